"""Press-on nails: a set of ten as files that can be printed, cut and shown.

A true-to-millimetre PDF sheet with cut lines, one PNG per nail with its true density on a transparent ground, and a
mock-up of each hand; every file by the one way. Print files are flat: light and shade are the mock-up's alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pingxing.desk import Desk
from pingxing.errors import InvalidRequest
from pingxing.house import House
from pingxing.makers.batch import Failed, make
from pingxing.makers.ideas import Paints, directed, meant, paints_of
from pingxing.makers.pieces import File, OnFile, Set, put
from pingxing.makers.ties import Ties
from pingxing.nails import (
    DECALS,
    FINGERS,
    HANDS,
    MM_PER_INCH,
    NAIL_DESIGNS,
    NAIL_SHAPES,
    TONES,
    Finger,
    NailDesign,
    NailLength,
    Nails,
    NailShape,
    NailView,
)  # fmt: skip
from pingxing.types import Actor, Format, Request

DPI = 600  # of single nails
HAND_SIDE = 1_200  # pixels of a mock-up
_SEAL_ROOM = 0.86  # of a single nail's square: what the nail takes of its height, so that the seal stands below it
_EDGE_MM = 1.0  # above and below it together
_POSSIBLE = {
    "accents": ", ".join(FINGERS), "shape": ", ".join(NAIL_SHAPES), "design": ", ".join(NAIL_DESIGNS),
    "palette": "#rrggbb", "tone": f"1-{TONES}", "decals": f"{DECALS[0]}-{DECALS[1]}",
}  # fmt: skip

_Five = Annotated[tuple[float, float, float, float, float], Field(strict=False)]


class Measures(BaseModel):
    """Millimetres by name, thumb to little finger; papers in pixels of 1/96 inch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    date: object
    sizes: dict[str, _Five]
    lengths: dict[NailLength, _Five]
    papers: dict[str, tuple[int, int]]
    decals: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Order:
    """`accents` are fingers that carry the larger picture; `tone` is the mock-up's skin, 1 (light) to 10 (dark);
    with a `palette` no other colour is on any nail. `tips` and `hands` ask for those files beside the sheet, `decals`
    (a number, 0: none) for a sheet of so many small ones on `decal_paper`."""

    wish: str
    size: str = "M"
    shape: NailShape = "almond"
    length: NailLength = "medium"
    design: NailDesign = "motifs"
    accents: tuple[Finger, ...] = ("ring",)
    tone: int = 3
    paper: str = "5x7"
    palette: tuple[str, ...] = ()
    tips: bool = True
    hands: bool = True
    decals: int = 0
    decal_paper: str = "4x6"
    model: str = ""
    style: str = ""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    role: NailView


@cache
def measures() -> Measures:
    text = (files(__package__) / "nails.yaml").read_text(encoding="utf-8")
    return Measures.model_validate(yaml.safe_load(text))


def plan(order: Order, *, paints: Paints = False) -> tuple[tuple[_Key, Request], ...]:
    """Every picture with its wish: the sheet, ten nails, both hands. `paints`: whether the engine has to be told in
    words what is wanted of it.

    Raises InvalidRequest for a size, length or paper nobody knows, and for what no nail can be.
    """
    meant(order.wish)
    try:
        return tuple(_wishes(order, paints))
    except ValidationError as error:
        first = error.errors()[0]
        member = str(first["loc"][0]) if first["loc"] else "wish"
        possible = _POSSIBLE.get(member, "-")
        raise InvalidRequest("nail_measure", member=member, value=str(first["input"])[:40], known=possible) from error


def make_nails(
    house: House, desk: Desk, actor: Actor, order: Order, out: Path, on_file: OnFile, ties: Ties | None = None
) -> Set:
    """`sheet.pdf`, `tips/<hand>-<n>-<finger>.png`, `decals.pdf` and `hand-<hand>.png` in `out`. What was made stays
    when something later fails or stops.

    Raises InvalidRequest (also for an engine whose pictures cannot be laid on nails here), what stopped or failed a
    picture, StorageFailed.
    """
    card = house.registry.backend(order.model or house.registry.default).model
    wishes = plan(order, paints=paints_of(card))
    house.complete(wishes[0][1])  # what the engine cannot do is said before anything starts
    made: list[File] = []
    for answer in make(house, desk, actor, wishes, ties):
        if isinstance(answer, Failed):
            raise answer.error
        made.append(put(out / answer.key.name, answer.key.role, answer.receipt.id, answer.data))
        on_file(len(made), len(wishes), made[-1])
    return Set(tuple(made), ())


def tip_side(length_mm: float) -> int:
    """Pixels of the square that one nail stands on: its length, and beneath it room for the seal."""
    return math.ceil((length_mm + _EDGE_MM) / _SEAL_ROOM / MM_PER_INCH * DPI)


def _wishes(order: Order, paints: Paints) -> Iterator[tuple[_Key, Request]]:
    known = measures()
    for member, value, names in (
        ("size", order.size, tuple(known.sizes)),
        ("length", order.length, tuple(known.lengths)),
        ("paper", order.paper, tuple(known.papers)),
        ("decal_paper", order.decal_paper, tuple(known.decals)),
    ):
        if value not in names:
            raise InvalidRequest("nail_measure", member=member, value=value, known=", ".join(names))
    set_ = _nails(order, known)
    if paints:
        way = "full" if order.design == "continuous" else "alone"
        order = replace(order, wish=directed(f"makers.print.painted.{way}", order.wish, paints))
    sheet = known.papers[order.paper]
    yield _Key("sheet.pdf", "sheet"), _request(order, set_, sheet, format=Format.PDF)
    for hand in HANDS if order.tips else ():
        for number, finger in enumerate(FINGERS, 1):
            side = tip_side(set_.length(finger))
            one = set_.model_copy(update={"view": "tip", "hand": hand, "finger": finger})
            asked = _request(order, one, (side, side), dpi=DPI, transparent=True)
            yield _Key(f"tips/{hand}-{number}-{finger}.png", "tip"), asked
    if order.decals:
        page = known.decals[order.decal_paper]
        small = Nails.model_validate(set_.model_dump() | {"view": "decals", "decals": order.decals})
        yield _Key("decals.pdf", "decals"), _request(order, small, page, format=Format.PDF)
    for hand in HANDS if order.hands else ():
        worn = set_.model_copy(update={"view": "hand", "hand": hand})
        yield _Key(f"hand-{hand}.png", "hand"), _request(order, worn, (HAND_SIDE, HAND_SIDE))


def _nails(order: Order, known: Measures) -> Nails:
    return Nails(
        label=order.size,
        widths_mm=known.sizes[order.size],
        lengths_mm=known.lengths[order.length],
        shape=order.shape,
        design=order.design,
        accents=order.accents,
        tone=order.tone,
    )


def _request(
    order: Order, nails: Nails, size: tuple[int, int], *,
    format: Format = Format.PNG, dpi: int | None = None, transparent: bool = False,
) -> Request:  # fmt: skip
    return Request(
        prompt=order.wish,
        model=order.model,
        style=order.style,
        seed=order.seed,
        width=size[0],
        height=size[1],
        palette=order.palette,
        transparent=transparent,
        format=format,
        dpi=dpi,
        nails=nails,
    )
