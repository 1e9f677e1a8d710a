"""The shop that a shop sign hangs on, where the prompt names none: wall, cornice, windows, door, an awning."""

from __future__ import annotations

from pingxing.engine.backends.scene.backdrops.props import PLASTER, awning, pane
from pingxing.engine.backends.scene.colour import mix, shade
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import Point, ellipse, num, path, polygon, rect

BASE = 0.3  # how far into the land the house stands, in parts of its depth
TILES = "#5f6a74"


def shopfront(view: View, sign: tuple[float, float, float, float]) -> str:
    """A house front around the box of a sign, down to the ground; `sign` is x, y, width and height in frame units.

    Flat colours only: a style may still be put on it.
    """
    s, foot = view.short, view.horizon + BASE * (view.height - view.horizon)
    x, wide = sign[0] - 0.06 * s, sign[2] + 0.12 * s
    top, low = sign[1] - 0.05 * s, sign[1] + sign[3] + 0.02 * s
    wall, wood = view.land(view.rng.choice(PLASTER)), view.land("#7d4a35")
    parts = [ellipse(x + wide / 2, foot, 0.54 * wide, 0.022 * s, view.light.shadow, opacity=0.22)]
    parts.append(rect(x, top, wide, foot - top, wall))
    parts.append(rect(x, foot - 0.035 * s, wide, 0.035 * s, shade(wall, -0.14)))
    parts += _roof(view, x, top, wide)
    drop = 0.075 * s
    glass_top, glass_low = low + 0.5 * drop, foot - 0.05 * s
    parts += _window(view, x + 0.06 * wide, glass_top, 0.34 * wide, glass_low - glass_top, wood)
    parts += _window(view, x + 0.6 * wide, glass_top, 0.34 * wide, glass_low - glass_top, wood)
    door = (x + 0.43 * wide, glass_top, 0.14 * wide, foot - glass_top)
    parts.append(rect(*door, wood))
    parts.append(rect(door[0] + 0.018 * wide, door[1] + 0.015 * s, 0.104 * wide, 0.62 * door[3], pane(view)))
    parts.append(
        rect(door[0] + 0.112 * wide, door[1] + 0.72 * door[3], 0.01 * wide, 0.05 * door[3], view.land("#e8c878"))
    )
    parts.append(awning(view, x + 0.03 * wide, low, 0.94 * wide, drop, "#b8443a"))
    for at in (0.02, 0.98):
        parts += _pot(view, x + at * wide, foot)
    return "".join(parts)


def _roof(view: View, x: float, top: float, wide: float) -> list[str]:
    """A low roof of grey tiles over the eaves."""
    s, tiles = view.short, view.land(TILES)
    high = 0.085 * s
    eaves: list[Point] = [(x - 0.035 * s, top + 0.008 * s), (x + 0.05 * s, top - high),
                          (x + wide - 0.05 * s, top - high), (x + wide + 0.035 * s, top + 0.008 * s)]  # fmt: skip
    rows = "".join(
        f"M{num(x + wide * n / 24)} {num(top)}L{num(x + 0.05 * s + (wide - 0.1 * s) * n / 24)} {num(top - high)}"
        for n in range(25)
    )
    return [
        path(polygon(eaves), tiles), path(rows, stroke=shade(tiles, -0.07), stroke_width=0.004 * s),
        rect(x + 0.04 * s, top - high - 0.012 * s, wide - 0.08 * s, 0.02 * s, shade(tiles, -0.1), rx=0.008 * s),
    ]  # fmt: skip


def _window(view: View, x: float, y: float, wide: float, high: float, wood: str) -> list[str]:
    glass, frame = pane(view), 0.008 * view.short
    shine = [(x + 0.12 * wide, y), (x + 0.3 * wide, y), (x + 0.14 * wide, y + high), (x, y + high), (x, y + 0.7 * high)]
    bars = f"M{num(x + wide / 2)} {num(y)}v{num(high)}M{num(x)} {num(y + 0.3 * high)}h{num(wide)}"
    return [
        rect(x - frame, y - frame, wide + 2 * frame, high + 2 * frame, wood), rect(x, y, wide, high, glass),
        path(polygon(shine), mix(glass, "#ffffff", 0.45)), path(bars, stroke=wood, stroke_width=frame * 0.7),
    ]  # fmt: skip


def _pot(view: View, x: float, foot: float) -> list[str]:
    s, leaf = view.short, view.land("#4f9450")
    pot = [(x - 0.03 * s, foot - 0.05 * s), (x + 0.03 * s, foot - 0.05 * s), (x + 0.022 * s, foot + 0.008 * s),
           (x - 0.022 * s, foot + 0.008 * s)]  # fmt: skip
    crown = [ellipse(x + dx * s, foot - up * s, 0.028 * s, 0.032 * s, shade(leaf, tone))
             for dx, up, tone in ((-0.02, 0.075, -0.03), (0.02, 0.075, -0.03), (0.0, 0.1, 0.02))]  # fmt: skip
    return [*crown, path(polygon(pot), view.land("#b5653f"))]
