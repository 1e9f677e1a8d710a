"""Parts of landscapes that several settings share."""

from __future__ import annotations

from pingxing.engine.backends.scene.colour import mix
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import (
    filled,
    num,
    path,
    rect,
    wave_points,
)


def hills(view: View, layer: str, y: float, amount: float, humps: float, near: str, far: str | None = None) -> None:
    points = wave_points(view.rng, view.width, y, amount, humps)
    paint = view.sheet.gradient([(0, far or near), (1, near)])
    low = min(view.height, view.horizon + 0.12 * view.height) + 4  # the rest lies behind nearer land
    view.sheet.layer(layer).append(path(filled(points, low), paint))


def earth(view: View, near: str, far: str, bend: float = 0.012) -> None:
    points = wave_points(view.rng, view.width, view.horizon, bend * view.height, 0.8)
    paint = view.sheet.gradient([(0, view.land(far)), (1, view.land(near))])
    view.sheet.layer("ground").append(path(filled(points, view.height + 4), paint))


def distant(view: View, colour: str, part: float) -> str:
    """A far colour: the land's, drawn towards the sky at the horizon."""
    return mix(view.land(colour), view.light.sky[-1][1], part)


def water(view: View, top: float, bottom: float, near: str, far: str, layer: str = "water") -> None:
    parts, rng = view.sheet.layer(layer), view.rng
    low_sun = view.light.name in ("sunset", "dawn")  # then water is more sky than water
    deep = mix(view.land(near), view.light.sky[1][1], 0.42 if low_sun else 0.0)
    stops = [(0, mix(view.land(far), view.light.sky[-1][1], 0.6 if low_sun else 0.35)), (1, deep)]
    parts.append(rect(-2, top, view.width + 4, bottom - top + 4, view.sheet.gradient(stops)))
    for _ in range(round(26 * view.width / view.short)):
        depth = rng.random()
        y = top + (bottom - top) * depth
        long = view.short * (0.02 + 0.09 * depth) * rng.uniform(0.6, 1.4)
        x = rng.random() * view.width
        d = f"M{num(x)} {num(y)}q{num(long / 4)} {num(-long * 0.06)} {num(long / 2)} 0t{num(long / 2)} 0"
        parts.append(
            path(d, stroke=mix(view.light.glow, "#ffffff", 0.5), stroke_width=view.short * (0.0015 + 0.003 * depth),
                 stroke_linecap="round", opacity=rng.uniform(0.2, 0.5))
        )  # fmt: skip


def tree_line(view: View, base: float, tall: float, colour: str, layer: str) -> None:
    """A row of firs and round trees seen from afar, as one dark shape."""
    rng, d, x = view.rng, "", -0.05 * view.width
    while x < 1.05 * view.width:
        high = tall * rng.uniform(0.6, 1.15)
        wide = high * rng.uniform(0.42, 0.6)
        if rng.random() < 0.6:
            d += f"M{num(x)} {num(base)}L{num(x + wide / 2)} {num(base - high)}L{num(x + wide)} {num(base)}Z"
        else:
            r = wide * 0.62
            d += f"M{num(x)} {num(base)}a{num(r)} {num(r * 1.25)} 0 0 1 {num(r * 2)} 0Z"
        x += wide * rng.uniform(0.45, 0.8)
    view.sheet.layer(layer).append(path(d, colour))
