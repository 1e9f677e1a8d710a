"""Where units float: free places in the air, in water and on walls, each as far from the others as can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np
from numpy.typing import NDArray

from pingxing.engine.backends.scene.frame import BANNER, Frame, Placed
from pingxing.engine.backends.scene.heavens import (
    BOUGH,
    BURSTS,
    HANGABLE,
    HIGH,
    LEAST,
    LEAST_ON_WALL,
    ON_WALLS,
    SILL,
    WINDOW,
    heavenly,
)
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.unit import Unit

LEAST_WITH_SILL = 0.3  # of the shorter side
WITH_A_VIEW = 0.5  # of a window through which something is seen
PANES = (WINDOW, SILL)
FEW_OUTSIDE = 6  # seen through one window
LEAST_BURST = 0.36  # of fireworks, which fill a sky
HUNG = ON_WALLS | HANGABLE
LOFTY = HUNG | {"E0CC", "E0D1", "E0D5", "1F386", "1F387"}  # a web in its corner, fireworks, a sign of luck
CHANCES = 60  # places tried for each thing that floats
LOW_SKY, LEAST_IN_BANNER = 3.0, 0.3  # widths over heights of such a sky; of its height, what hangs there


PLACES = {
    "left": (0.2, None), "right": (0.8, None), "top": (None, 0.18), "bottom": (None, 0.8), "centre": (0.5, 0.5),
    "top-centre": (0.5, 0.18),
    "top-left": (0.2, 0.18), "top-right": (0.8, 0.18), "bottom-left": (0.2, 0.8), "bottom-right": (0.8, 0.8),
}  # fmt: skip


def floated(units_: Sequence[Unit], standing: Sequence[Placed], frame: Frame, rng: Random) -> list[Placed]:
    """Free places: the size at which all find room, then for each the spot farthest from the others.

    What belongs into the sky is seen through a window, where one hangs on the wall.
    """
    outside = [u for u in units_ if _outdoors(u)] if any(map(_is_window, units_)) else []
    if not 0 < len(outside) <= FEW_OUTSIDE:
        return _floated(units_, standing, frame, rng, LEAST_ON_WALL)
    placed = _floated([u for u in units_ if u not in outside], standing, frame, rng, WITH_A_VIEW)
    pane = max((p for p in placed if p.item.concept in PANES), key=lambda p: p.w * p.h)
    before = [p for p in (*placed, *standing) if p is not pane]
    return [*placed, *_through(pane, outside, before)]


def _is_window(unit: Unit) -> bool:
    return any(s.item.concept in PANES and s.item.stance == "sky" and not s.resting for s in unit.spots)


def _outdoors(unit: Unit) -> bool:
    """Whether it is fireworks, the moon or another light of the sky, and nothing is tied to it."""
    first = unit.spots[0].item
    return len(unit.spots) == 1 and (first.concept in BURSTS or heavenly(first.concept))


def _through(pane: Placed, outside: Sequence[Unit], before: Sequence[Placed]) -> list[Placed]:
    """Things behind the glass, side by side in its upper part, where what stands on the sill hides least of them."""
    left, top, wide, high = pane.x + 0.14 * pane.w, pane.y + 0.12 * pane.h, 0.72 * pane.w, 0.5 * pane.h
    step, found = wide / len(outside), list[Placed]()
    for number, unit in enumerate(outside):
        item = unit.spots[0].item
        size = min(0.9 * step, (0.34 if heavenly(item.concept) else 0.8) * wide) / item.wide
        size = min(size, 0.94 * high / item.tall)
        w, h = size * item.wide, size * item.tall
        middle, slack = left + (number + 0.5) * step - w / 2, 0.9 * (step - w) / 2
        spots = [(middle + side * slack, top + low * (high - h)) for low in (0.3, 0.0) for side in (0.0, -1.0, 1.0)]
        x, y = min(spots, key=lambda at: sum(_overlap((*at, w, h), (p.x, p.y, p.w, p.h)) for p in before))
        found.append(Placed(item, x, y, w, h, pane.depth + 0.001 * (number + 1), False))
    return found


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> float:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0.0, across) * max(0.0, down)


def _floated(
    units_: Sequence[Unit], standing: Sequence[Placed], frame: Frame, rng: Random, on_wall: float
) -> list[Placed]:
    """The same for what is not seen through glass; `on_wall` is the least size of what hangs there."""
    edge, left = 0.05 * frame.height, 0.05 * frame.width
    top = max(edge, frame.ceiling + 0.01 * frame.height)
    bottom = frame.height - edge if not standing else max(frame.horizon + 0.1 * frame.height, top + 0.2 * frame.height)
    wall = None if frame.floating else max(0.97 * frame.horizon, top + 0.3 * frame.height)
    area = (frame.width - 2 * left) * (bottom - top)
    taken = [(p.x, p.y, p.w, p.h) for p in standing]
    demand = sum(u.wide * u.tall for u in units_)
    fill = 0.5 if not standing else 0.2
    scale = (area * fill / demand) ** 0.5
    widest, tallest = max(u.wide for u in units_), max(u.tall for u in units_)
    great = len(units_) <= 2 and any(traits(s.item.concept).metres >= 3 for u in units_ for s in u.spots)
    limit = 0.62 if not standing else 0.42 if great else 0.3  # an airship is no toy
    limit = 0.72 if not standing and len(units_) == 1 else limit
    if not standing and len(units_) == 1 and frame.width > 1.6 * frame.height:
        limit, scale = 0.84, 1e9  # a single thing in a wide frame fills its height
    if not frame.floating and any(map(_lofty, units_)):
        limit = min(limit, 0.36)  # over a city the moon is no planet
    scale = min(scale, limit * frame.width / widest, limit * 1.05 * (bottom - top) / tallest)
    if standing:
        biggest = max(p.h for p in standing)
        scale = min(scale, max(0.9 * biggest, 0.24 * frame.short) / tallest)
        banner = frame.width > BANNER * frame.height
        units_ = [
            _large_enough(u, frame.short / scale, LEAST_IN_BANNER if banner and len(units_) <= 2 else LEAST, on_wall)
            for u in units_
        ]
    if not standing and len(units_) == 1 and units_[0].place in ("", "top"):
        units_ = [_in_the_middle(units_[0])]
    for attempt in range(60):
        loose = min(1.0, 0.08 * 1.25 ** (attempt // 2))  # a corner that is too small for all of them is left
        found = _tryfloated(units_, taken, (left, top, frame.width - left, bottom), wall, scale, rng, loose)
        if found is not None:
            return found
        scale *= 0.94
    return _tryfloated(units_, [], (left, top, frame.width - left, bottom), wall, scale, rng, 1.0) or []


def _in_the_middle(unit: Unit) -> Unit:
    """The only one of a picture, with its place in the middle."""
    if any(s.item.stance == "floor" or s.item.concept == BOUGH for s in unit.spots):
        return unit
    first = unit.spots[0]
    return unit.with_item(replace(first.item, place="top-centre" if unit.place else "centre"))


def _lofty(unit: Unit) -> bool:
    """Whether its place is high up, however near the ground there were room: the moon, fireworks, a window."""
    return len(unit.spots) == 1 and (heavenly(unit.spots[0].item.concept) or unit.spots[0].item.concept in LOFTY)


def _hung_up(unit: Unit) -> bool:
    """Whether it hangs on a wall, and what stands on its sill with it: above the floor."""
    return any(s.item.concept in HUNG and s.item.stance == "sky" and not s.resting for s in unit.spots)


def _large_enough(unit: Unit, short: float, usual: float, on_wall: float) -> Unit:
    """What hangs high, not so small beside a tall building that nobody finds it; `short` side of the frame in paces."""
    if _hung_up(unit) and len(unit.spots) > 1:  # a window with what stands on its sill
        return unit.scaled(max(1.0, LEAST_WITH_SILL * short / unit.tall))
    if not _lofty(unit):
        return unit
    first = unit.spots[0].item.concept
    least = on_wall if first in HUNG else max(usual, LEAST_BURST) if first in BURSTS else usual
    return unit.scaled(max(1.0, least * short / unit.tall))


def _tryfloated(
    units_: Sequence[Unit],
    taken: Sequence[tuple[float, float, float, float]],
    area: tuple[float, float, float, float],
    wall: float | None,
    scale: float,
    rng: Random,
    loose: float,
) -> list[Placed] | None:
    x0, y0, x1, y1 = area
    boxes = list(taken)
    placed: list[Placed] = []
    for unit in sorted(units_, key=lambda u: (not u.place, -u.wide * u.tall)):
        w, h = unit.wide * scale, unit.tall * scale
        end = wall if wall is not None and _hung_up(unit) else y1
        if w > x1 - x0 or h > end - y0:
            return None
        want_x, want_y = PLACES.get(unit.place, (None, None))
        if want_y is None and any(s.item.stance == "floor" for s in unit.spots):
            want_y = 1.0  # it lives on the sea floor
        high = HIGH if x1 - x0 < LOW_SKY * (y1 - y0) else 0.0  # the little sky of a banner: at its top
        low = y0 + max(high * (y1 - y0), h) if (taken or wall is not None) and _lofty(unit) else end
        xs = _chances(rng, (x0, x1), w, want_x, loose)
        ys = _chances(rng, (y0, low), h, want_y, loose)
        bough = next((s.item for s in unit.spots if s.item.concept == BOUGH), None)
        if bough is not None:  # its end is cut off by the frame, not in the air
            xs = np.full(CHANCES, x1 + x0 - w if bough.flip else 0.0)
        room = _room(xs, ys, (w, h), boxes, (0.0, y0, x0 + x1, y1) if bough is not None else area)
        chosen = int(room.argmax())
        if room[chosen] <= 0:
            return None
        x, y = float(xs[chosen]), float(ys[chosen])
        boxes.append((x, y, w, h))
        for spot in unit.spots:
            high = spot.item.tall * scale
            foot = y + h - (spot.y - unit.bottom) * scale
            at = x + (spot.x - unit.left) * scale
            placed.append(Placed(spot.item, at, foot - high, spot.item.wide * scale, high, spot.order - 1000, False))
    return placed


def _chances(
    rng: Random, span: tuple[float, float], size: float, want: float | None, loose: float
) -> NDArray[np.float64]:
    """Places in one direction for the lower edge of a thing; near the one that the prompt wants, where it wants one."""
    low, high = span
    chance = np.array([rng.random() for _ in range(CHANCES)])
    if want is None:
        return low + chance * (high - low - size)
    near = low + (want + (chance - 0.5) * loose) * (high - low) - size / 2
    return np.clip(near, low, high - size)


def _room(
    xs: NDArray[np.float64],
    ys: NDArray[np.float64],
    size: tuple[float, float],
    boxes: Sequence[tuple[float, float, float, float]],
    area: tuple[float, float, float, float],
) -> NDArray[np.float64]:
    """How far each place is from its nearest neighbour; 0 or less where they touch. Edges count a little."""
    w, h = size
    nearest = np.full(len(xs), 0.35 * min(area[2] - area[0], area[3] - area[1]))
    if boxes:
        ox, oy, ow, oh = np.array(boxes).T
        x, y = xs[:, None], ys[:, None]
        across = np.maximum(ox - (x + w), x - (ox + ow))
        down = np.maximum(oy - (y + h), y - (oy + oh))
        nearest = np.minimum(nearest, np.maximum(across, down).min(axis=1) - 0.06 * min(w, h))
    sides = np.minimum(np.minimum(xs - area[0], area[2] - xs - w), np.minimum(ys - area[1], area[3] - ys - h))
    found: NDArray[np.float64] = np.where(nearest <= 0, nearest, np.minimum(nearest, sides + 0.08 * (w + h)))
    return found
