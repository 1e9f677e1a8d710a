"""Prints: one wish at the true size of each product, ready for a printer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pingxing.desk import Desk
from pingxing.errors import InvalidRequest
from pingxing.house import House
from pingxing.makers.batch import Failed, make
from pingxing.makers.folder import open_pack
from pingxing.makers.formats import Platform
from pingxing.makers.judging import Finding, judge
from pingxing.makers.pieces import File, OnFile, Set, put
from pingxing.makers.ties import Ties
from pingxing.types import Actor, Format, Request


@dataclass(frozen=True, slots=True)
class Order:
    """`goods` are products of `formats`. `file` is the name of the one picture where only one is made; without it
    pictures are called after their goods."""

    wish: str
    goods: tuple[Platform, ...]
    model: str = ""
    style: str = ""
    seed: int = 0
    file: str = ""


@dataclass(frozen=True, slots=True)
class _Key:
    good: Platform
    name: str


def plan(order: Order) -> tuple[tuple[_Key, Request], ...]:
    """Every picture with its wish. Raises InvalidRequest for what is no product."""
    return tuple(_wishes(order))


def make_prints(
    house: House, desk: Desk, actor: Actor, order: Order, out: Path, on_file: OnFile, ties: Ties | None = None
) -> Set:
    """Files `out/<product>.<kind>`. What was made stays when something later fails or is interrupted.

    Raises InvalidRequest, what stopped or failed a picture (Refused and others), StorageFailed.
    """
    wishes = plan(order)
    files: list[File] = []
    findings: list[tuple[str, Finding]] = []
    for answer in make(house, desk, actor, wishes, ties):
        if isinstance(answer, Failed):
            raise answer.error
        path, good = out / answer.key.name, answer.key.good
        files.append(put(path, next(iter(good.roles)), answer.receipt.id, answer.data))
        on_file(len(files), len(wishes), files[-1])
        findings += [(good.name, one) for one in judge(open_pack(path, good), good)]
    return Set(tuple(files), tuple(findings))


def _wishes(order: Order) -> Iterator[tuple[_Key, Request]]:
    for good in order.goods:
        if good.inches is None:
            raise InvalidRequest("no_surface", member="surface", surface=good.name)
        shape = next(iter(good.roles.values())).shape(moves=False)
        width, height = shape.sizes[0] if shape.sizes else shape.within or (1024, 1024)
        kind = Format(next(kind for kind in shape.kinds if kind in set(Format)))
        name = f"{good.name}.{'jpg' if kind is Format.JPEG else kind.value}"
        yield (
            _Key(good, order.file if order.file and len(order.goods) == 1 else name),
            Request(
                prompt=order.wish,
                model=order.model,
                style=order.style,
                seed=order.seed,
                width=width,
                height=height,
                transparent=shape.ground == "clear",
                format=kind,
                dpi=round(width / good.inches[0]),
            ),
        )
