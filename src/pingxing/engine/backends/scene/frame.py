"""The frame, what has its place in it, and what belongs to the frame itself: rainbows and mountains on its horizon.

The frame's y runs down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pingxing.engine.backends.scene.shapes import Body
from pingxing.engine.backends.scene.unit import Item

BANNER = 2.2  # widths over heights from which a picture is a banner


@dataclass(frozen=True, slots=True)
class Placed:
    """An item in the frame: visible box in frame units (y down) and depth; greater depth is nearer."""

    item: Item
    x: float
    y: float
    w: float
    h: float
    depth: float
    grounded: bool
    unit: int = 0  # which of the units it belongs to
    over: int = -1  # index of the item that wears it

    @property
    def body(self) -> Body:
        return Body(self.item.shape, (self.x, self.y, self.w, self.h), self.item.flip)


@dataclass(frozen=True, slots=True)
class Frame:
    """Size, horizon and margins in frame units; `floating` scenes have no ground to stand on."""

    width: float
    height: float
    horizon: float
    floating: bool = False
    start: float = 0.0  # part of the land, from the horizon down, on which nothing stands (water)
    ceiling: float = 0.0  # lower edge of a banner; everything else stays below it
    water: float | None = None  # the line on which boats float, where a shore lies before it
    sheet: bool = False  # nothing but a colour is behind the things: no floor to stand on

    @property
    def short(self) -> float:
        return min(self.width, self.height)

    @property
    def foot(self) -> float:  # the lowest line things stand on
        return self.height - 0.07 * self.short


def arch(item: Item, frame: Frame) -> Placed:
    """A rainbow: behind everything, over the whole width, its feet on the horizon."""
    foot = frame.horizon if not frame.floating else 0.9 * frame.height
    top = max(0.07 * frame.height, frame.ceiling)
    high = min(max(0.3 * frame.height, foot - top), 0.5 * frame.width)
    wide = min(0.9 * frame.width, 2.9 * high)
    return Placed(item, (frame.width - wide) / 2, foot - high, wide, high, -9000.0, False)


def on_horizon(peaks: Sequence[Item], placed: Sequence[Placed], frame: Frame) -> list[Placed]:
    """Mountains: far away, large, each where the nearer things hide least of it."""
    found: list[Placed] = []
    foot = frame.horizon + 0.012 * frame.height
    for number, item in enumerate(peaks):
        top = max(0.1 * frame.height, frame.ceiling)
        high = min(0.86 * (foot - top), 0.62 * frame.width * item.tall / item.wide) * (1 - 0.2 * (number % 2))
        wide = high * item.wide / item.tall
        best: tuple[float, Placed] | None = None
        for part in (0.7, 0.3, 0.5, 0.86, 0.14, 0.95, 0.05):
            x = part * (frame.width - wide)
            spot = Placed(item, x, foot - high, wide, high, -8500.0 + number, False)
            hidden = sum(_shared(spot, other) for other in (*placed, *found) if other.item.stance != "arch")
            if best is None or hidden < best[0] - 0.01:
                best = (hidden, spot)
        if best is not None:
            found.append(best[1])
    return found


def _shared(far: Placed, near: Placed) -> float:
    """Part of the far one's box that lies under the near one's."""
    across = min(far.x + far.w, near.x + near.w) - max(far.x, near.x)
    down = min(far.y + far.h, near.y + near.h) - max(far.y, near.y)
    return max(0.0, across) * max(0.0, down) / (far.w * far.h)
