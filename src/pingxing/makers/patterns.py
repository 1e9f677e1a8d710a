"""Patterns: one seamless tile for cloth, paper and walls, in several colourways, at its true size in print.

Each colourway is a picture of its own by the one way: a PNG that says its density, where the engine draws with vectors
an SVG beside it, and where they are asked for pictures of cloth and of a parcel with it. Where an engine paints pixels,
what its edges change is measured and told.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from pingxing.desk import Desk
from pingxing.engine.weaving import seam
from pingxing.errors import InvalidRequest
from pingxing.house import House
from pingxing.makers.batch import Failed, make
from pingxing.makers.facts import facts
from pingxing.makers.formats import DPI_LEAST
from pingxing.makers.ideas import Paints, directed, meant, paints_of
from pingxing.makers.judging import Finding
from pingxing.makers.pieces import File, OnFile, Set, put
from pingxing.makers.ties import Ties
from pingxing.nails import PIXELS_PER_INCH
from pingxing.repeat import REPEAT_VIEWS, Repeat, RepeatName
from pingxing.types import MAX_SIDE, MIN_SIDE, Actor, Colour, Format, Request

MM_PER_INCH = 25.4
SEAM = 1.02  # of what changes inside: what an edge may change
SHOWN = 1_400  # pixels of a mock-up's side
Sides = tuple[int, int]


class _Colourways(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    date: object
    colourways: dict[str, Annotated[tuple[Colour, ...], Field(min_length=3)]]


@dataclass(frozen=True, slots=True)
class Order:
    """`width_mm` and `height_mm` are the size of one repeat in print. `colourways` are names of `colourways()`; the
    first tile is always in its own colours. `vector` asks for SVG as well, where the engine draws with vectors,
    `mockup` for each tile on cloth and on a parcel. Files are called `<stem>.png`, `<stem>-<colourway>.png`,
    `<stem>-<colourway>-fabric.png` and so on."""

    wish: str
    layout: RepeatName = "half-drop"
    across: int = 3
    width_mm: float = 160.0
    height_mm: float = 160.0
    dpi: int = DPI_LEAST
    colourways: tuple[str, ...] = ()
    vector: bool = True
    mockup: bool = False
    model: str = ""
    style: str = ""
    seed: int = 0
    stem: str = "pattern"


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    role: Literal["tile", "vector", "mockup"]


@cache
def colourways() -> dict[str, tuple[str, ...]]:
    """Inks by name, the ground first."""
    text = (files(__package__) / "colourways.yaml").read_text(encoding="utf-8")
    return dict(_Colourways.model_validate(yaml.safe_load(text)).colourways)


def plan(order: Order, *, vector: bool, paints: Paints = False) -> tuple[tuple[_Key, Request], ...]:
    """Every picture with its wish. `vector`: whether the engine can write SVG; `paints`: whether it has to be told in
    words what a pattern is.

    Raises InvalidRequest for a colourway nobody knows, a density that no printer should be sent (< 150 dpi), and a size
    that is none.
    """
    meant(order.wish)
    return tuple(_wishes(order, vector, paints))


def sides(order: Order) -> Sides:
    """Of the tile, in pixels. Raises InvalidRequest."""
    if order.dpi < DPI_LEAST:
        raise InvalidRequest("density", member="dpi", value=order.dpi, least=DPI_LEAST)
    width, height = (round(mm / MM_PER_INCH * order.dpi) for mm in (order.width_mm, order.height_mm))
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE):
        least, most = math.ceil(MIN_SIDE / order.dpi * MM_PER_INCH), int(MAX_SIDE / order.dpi * MM_PER_INCH)
        raise InvalidRequest("repeat_size", member="width_mm", least=least, most=most, dpi=order.dpi)
    return width, height


def make_patterns(
    house: House, desk: Desk, actor: Actor, order: Order, out: Path, on_file: OnFile, ties: Ties | None = None
) -> Set:
    """One PNG, one SVG and two mock-ups for each colourway in `out`. What was made stays when something later fails or
    stops.

    Raises InvalidRequest, what stopped or failed a picture (Refused and others), StorageFailed.
    """
    card = house.registry.backend(order.model or house.registry.default).model
    vector = order.vector and Format.SVG in card.formats
    wishes = plan(order, vector=vector, paints=paints_of(card))
    for request in (request for key, request in wishes if key.role == "tile"):
        house.complete(request)  # what the engine cannot do is said before anything starts
    made: list[File] = []
    findings: list[tuple[str, Finding]] = []
    for answer in make(house, desk, actor, wishes, ties):
        if isinstance(answer, Failed):
            raise answer.error
        path = out / answer.key.name
        made.append(put(path, answer.key.role, answer.receipt.id, answer.data))
        on_file(len(made), len(wishes), made[-1])
        if answer.key.role == "tile" and not card.describes_scene:
            found = seam(facts(answer.data).first)
            if found > SEAM:
                findings.append(("pattern", Finding(path.name, "seam", f"{found:.2f}", f"≤ {SEAM}", must=False)))
    return Set(tuple(made), tuple(findings))


def _wishes(order: Order, vector: bool, paints: Paints) -> Iterator[tuple[_Key, Request]]:
    width, height = sides(order)
    known = colourways()
    wish = directed("makers.pattern.painted", order.wish, paints) if paints else order.wish
    for name in ("", *dict.fromkeys(order.colourways)):
        if name and name not in known:
            raise InvalidRequest("colourway", member="colourways", value=name, known=", ".join(known))
        asked = Request(
            prompt=wish,
            model=order.model,
            style=order.style,
            seed=order.seed,
            width=width,
            height=height,
            enlarge=bool(paints),
            palette=known.get(name, ()),
            repeat=Repeat(layout=order.layout, across=order.across),
            dpi=order.dpi,
        )
        stem = "-".join(part for part in (order.stem, name) if part)
        yield _Key(f"{stem}.png", "tile"), asked
        if vector:
            wide, high = _drawn(order, (width, height))
            shape = {"format": Format.SVG, "dpi": None, "width": wide, "height": high}
            yield _Key(f"{stem}.svg", "vector"), asked.model_copy(update=shape)
        for view in REPEAT_VIEWS if order.mockup else ():
            told = {"view": view, "width_mm": order.width_mm, "height_mm": order.height_mm}
            shown = Repeat.model_validate({"layout": order.layout, "across": order.across} | told)
            plane = {"width": SHOWN, "height": SHOWN, "dpi": None, "repeat": shown}
            yield _Key(f"{stem}-{view}.png", "mockup"), asked.model_copy(update=plane)


def _drawn(order: Order, tile: Sides) -> Sides:
    """Of an SVG: CSS's 96 pixels an inch, so that programs open it at its true size. Where whole pixels cannot have
    the tile's own proportions, those of the tile: its drawing is the same, and a program is told the size."""
    wide, high = (round(mm / MM_PER_INCH * PIXELS_PER_INCH) for mm in (order.width_mm, order.height_mm))
    return (wide, high) if min(wide, high) >= MIN_SIDE and wide * tile[1] == high * tile[0] else tile
