"""Patterns: one seamless tile for cloth, paper and walls, in several colourways, at its true size in print.

Each colourway is a picture of its own by the one way: a PNG that says its density, and where the engine draws with
vectors an SVG beside it. Where an engine paints pixels, what its edges change is measured and told.
"""

from __future__ import annotations

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
from pingxing.makers.judging import Finding
from pingxing.makers.pieces import File, OnFile, Set, put
from pingxing.makers.ties import Ties
from pingxing.repeat import Repeat, RepeatName
from pingxing.types import MAX_SIDE, MIN_SIDE, Actor, Colour, Format, Request

MM_PER_INCH = 25.4
SEAM = 1.02  # of what changes inside: what an edge may change
Sides = tuple[int, int]


class _Colourways(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    date: object
    colourways: dict[str, Annotated[tuple[Colour, ...], Field(min_length=3)]]


@dataclass(frozen=True, slots=True)
class Order:
    """`width_mm` and `height_mm` are the size of one repeat in print. `colourways` are names of `colourways()`; the
    first tile is always in its own colours. `vector` asks for SVG as well, where the engine draws with vectors. Files
    are called `<stem>.png`, `<stem>-<colourway>.png` and so on."""

    wish: str
    layout: RepeatName = "half-drop"
    across: int = 3
    width_mm: float = 160.0
    height_mm: float = 160.0
    dpi: int = DPI_LEAST
    colourways: tuple[str, ...] = ()
    vector: bool = True
    model: str = ""
    style: str = ""
    seed: int = 0
    stem: str = "pattern"


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    role: Literal["tile", "vector"]


@cache
def colourways() -> dict[str, tuple[str, ...]]:
    """Inks by name, the ground first."""
    text = (files(__package__) / "colourways.yaml").read_text(encoding="utf-8")
    return dict(_Colourways.model_validate(yaml.safe_load(text)).colourways)


def plan(order: Order, *, vector: bool) -> tuple[tuple[_Key, Request], ...]:
    """Every picture with its wish. `vector`: whether the engine can write SVG.

    Raises InvalidRequest for a colourway nobody knows, a density that no printer should be sent (< 150 dpi), and a size
    that is none.
    """
    return tuple(_wishes(order, vector))


def sides(order: Order) -> Sides:
    """Of the tile, in pixels. Raises InvalidRequest."""
    if order.dpi < DPI_LEAST:
        raise InvalidRequest("density", member="dpi", value=order.dpi, least=DPI_LEAST)
    width, height = (round(mm / MM_PER_INCH * order.dpi) for mm in (order.width_mm, order.height_mm))
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE):
        most = int(MAX_SIDE / order.dpi * MM_PER_INCH)
        raise InvalidRequest("repeat_size", member="width_mm", most=most, dpi=order.dpi)
    return width, height


def make_patterns(
    house: House, desk: Desk, actor: Actor, order: Order, out: Path, on_file: OnFile, ties: Ties | None = None
) -> Set:
    """One PNG, and one SVG, for each colourway in `out`. What was made stays when something later fails or stops.

    Raises InvalidRequest, what stopped or failed a picture (Refused and others), StorageFailed.
    """
    first = next(_wishes(order, vector=False))[1]
    complete, _ = house.complete(first)
    vector = order.vector and Format.SVG in house.registry.backend(complete.model).model.formats
    wishes = plan(order, vector=vector)
    made: list[File] = []
    findings: list[tuple[str, Finding]] = []
    for answer in make(house, desk, actor, wishes, ties):
        if isinstance(answer, Failed):
            raise answer.error
        path = out / answer.key.name
        made.append(put(path, answer.key.role, answer.receipt.id, answer.data))
        on_file(len(made), len(wishes), made[-1])
        if answer.key.role == "tile" and not house.registry.backend(complete.model).model.describes_scene:
            found = seam(facts(answer.data).first)
            if found > SEAM:
                findings.append(("pattern", Finding(path.name, "seam", f"{found:.2f}", f"≤ {SEAM}", must=False)))
    return Set(tuple(made), tuple(findings))


def _wishes(order: Order, vector: bool) -> Iterator[tuple[_Key, Request]]:
    width, height = sides(order)
    known = colourways()
    for name in ("", *dict.fromkeys(order.colourways)):
        if name and name not in known:
            raise InvalidRequest("colourway", member="colourways", value=name, known=", ".join(known))
        asked = Request(
            prompt=order.wish,
            model=order.model,
            style=order.style,
            seed=order.seed,
            width=width,
            height=height,
            palette=known.get(name, ()),
            repeat=Repeat(layout=order.layout, across=order.across),
            dpi=order.dpi,
        )
        stem = "-".join(part for part in (order.stem, name) if part)
        yield _Key(f"{stem}.png", "tile"), asked
        if vector:
            yield _Key(f"{stem}.svg", "vector"), asked.model_copy(update={"format": Format.SVG, "dpi": None})
