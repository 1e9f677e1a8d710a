"""Wallpapers: pictures that fill a screen. One wish, each screen at its own size.

The same seed everywhere, so that phone and desk match; by day and by night where a pair is asked for. Where a screen
draws its clock and its icons (`screens`), nothing is placed; what lies there is measured too, and said where it is too
restless to read on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from pingxing.desk import Desk
from pingxing.engine.cutting import scale
from pingxing.errors import InvalidRequest
from pingxing.house import House
from pingxing.i18n import say
from pingxing.makers.batch import Failed, make
from pingxing.makers.facts import Facts, facts
from pingxing.makers.folder import open_pack
from pingxing.makers.formats import Platform
from pingxing.makers.ideas import Paints, directed, language_of, meant, paints_of
from pingxing.makers.judging import Finding, judge
from pingxing.makers.pieces import File, OnFile, Set, put
from pingxing.makers.screens import zones_of
from pingxing.makers.ties import Ties
from pingxing.types import Actor, Format, Request

Hour = Literal["", "day", "night"]
RESTLESS = 14.0  # mean step between neighbouring samples, in grey levels: on more, small white letters are hard to read
ENLARGED = 1.5  # times its own size: from there on one sees that a checkpoint's picture was enlarged
_SOLID = frozenset({"camera", "dock", "bar"})  # what has a ground of its own: nobody reads letters on the picture there
_SAMPLES = 128  # across a screen; what is smaller than this does not disturb a letter


@dataclass(frozen=True, slots=True)
class Order:
    """`surfaces` are screens of `formats`; `pair` asks for each by day and by night. `file` is the name of the
    one picture where only one is made; without it pictures are called after their surfaces."""

    wish: str
    surfaces: tuple[Platform, ...]
    pair: bool = False
    model: str = ""
    style: str = ""
    seed: int = 0
    file: str = ""


@dataclass(frozen=True, slots=True)
class _Key:
    surface: Platform
    hour: Hour
    name: str


def plan(order: Order, *, paints: Paints = False) -> tuple[tuple[_Key, Request], ...]:
    """Every picture with its wish, in words for an engine that `paints` or for one that composes.

    Raises InvalidRequest for what is no surface, and a wish that shows nothing.
    """
    return tuple(_wishes(order, paints))


def make_surfaces(
    house: House, desk: Desk, actor: Actor, order: Order, out: Path, on_file: OnFile, ties: Ties | None = None
) -> Set:
    """Files `out/<surface>[-day|-night].<kind>`. What was made stays when something later fails or is interrupted.

    Raises InvalidRequest, what stopped or failed a picture (Refused and others), StorageFailed.
    """
    card = house.registry.backend(order.model or house.registry.default).model
    wishes = plan(order, paints=paints_of(card))
    asked = {key.name: request for key, request in wishes}
    files: list[File] = []
    findings: list[tuple[str, Finding]] = []
    for answer in make(house, desk, actor, wishes, ties):
        if isinstance(answer, Failed):
            raise answer.error
        path = out / answer.key.name
        files.append(put(path, next(iter(answer.key.surface.roles)), answer.receipt.id, answer.data))
        on_file(len(files), len(wishes), files[-1])
        surface = answer.key.surface
        findings += [(surface.name, one) for one in judge(open_pack(path, surface), surface)]
        findings += [(surface.name, one) for one in _restless(path.name, facts(answer.data), surface)]
        if (part := scale(asked[answer.key.name], card)) > ENLARGED:
            findings.append((surface.name, Finding(path.name, "enlarged", f"{part:.1f}×", "", must=False)))
    return Set(tuple(files), tuple(findings))


def _wishes(order: Order, paints: Paints) -> Iterator[tuple[_Key, Request]]:
    language = language_of(meant(order.wish))
    hours: tuple[Hour, ...] = ("day", "night") if order.pair else ("",)
    for surface in order.surfaces:
        if surface.calm is None:
            raise InvalidRequest("no_surface", member="surface", surface=surface.name)
        shape = next(iter(surface.roles.values())).shape(moves=False)
        width, height = shape.sizes[0] if shape.sizes else shape.within or (1024, 1024)
        kind = Format(next(kind for kind in shape.kinds if kind in set(Format)))
        for hour in hours:
            wish = say(language, f"makers.hour.{hour}", wish=order.wish) if hour else order.wish
            if paints:  # it knows no zones: it has to be told in words
                wish = directed("makers.wallpaper.painted", wish, paints)
            zones = zones_of(surface.name)
            stem = "-".join(part for part in (surface.name, hour) if part)
            name = f"{stem}.{'jpg' if kind is Format.JPEG else kind.value}"
            yield (
                _Key(surface, hour, order.file if order.file and len(order.surfaces) * len(hours) == 1 else name),
                Request(
                    prompt=wish,
                    model=order.model,
                    style=order.style,
                    seed=order.seed,
                    width=width,
                    height=height,
                    enlarge=True,
                    calm=zones.clear if zones else (0.0, 0.0, 0.0, 0.0),
                    format=kind,
                ),
            )


def _restless(name: str, found: Facts, surface: Platform) -> Iterator[Finding]:
    """How much the picture changes from sample to sample under the clock, the icons, and what else is drawn there."""
    zones = zones_of(surface.name)
    if zones is None:
        return
    stride = max(1, found.width // _SAMPLES)
    grey = found.first[::stride, ::stride, :3].astype(np.float32).mean(2)
    high, wide = grey.shape
    for place, (x, y, width, height) in zones.zones.items():
        if place in _SOLID:
            continue
        part = grey[round(y * high) : round((y + height) * high), round(x * wide) : round((x + width) * wide)]
        steps = float((np.abs(np.diff(part, axis=0)).mean() + np.abs(np.diff(part, axis=1)).mean()) / 2)
        if steps > RESTLESS:
            yield Finding(name, f"restless_{place}", f"{steps:.0f}", f"≤ {RESTLESS:.0f}", must=False)
