"""Parts of landscapes that several settings share."""

from __future__ import annotations

import math

from pingxing.engine.backends.scene.colour import mix, shade
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import (
    circle,
    filled,
    num,
    path,
    rect,
    wave_points,
)

# Flowers of one meadow.
PETALS = (("#ffffff", "#fff3b8"), ("#ffd1e3", "#ffffff"), ("#d9c7ff", "#ffffff"), ("#ffe08a", "#ff9f8a"))


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


def sward(view: View, colour: str) -> None:
    """The light on a slope: broad soft folds from the horizon to the front, each a little other than its neighbour."""
    rng, parts, h = view.rng, view.sheet.layer("ground"), view.horizon
    depth = view.height - h
    for at, turn in ((0.1, 0.035), (0.3, -0.03), (0.56, 0.03)):
        y = h + (at + rng.uniform(-0.03, 0.03)) * depth
        tint = view.land(shade(colour, turn, 1.04, rng.uniform(-6, 6)))
        points = wave_points(rng, view.width, y, 0.09 * depth, 0.7)
        parts.append(path(filled(points, view.height + 4), tint, opacity=0.42))  # flat: a gradient costs four times


def foreground(view: View, green: str, petals: tuple[str, ...] = (), *, corners: bool = False) -> None:
    """Blades, and flowers among them, along the lower edge and up its corners, or only there: nearer than all else."""
    rng, s, parts = view.rng, view.short, view.sheet.layer("foreground")
    low = view.height + 0.005 * s
    leaves: dict[str, list[str]] = {}
    flowers: list[str] = []
    petals = () if view.season in ("winter", "autumn") else petals
    tints = [view.land(shade(green, lift, 1.05)) for lift in (-0.16, -0.11, -0.05)]
    for _ in range(round(min(120, 44 * view.width / s))):
        x = rng.uniform(-0.02, 1.02) * view.width
        if corners and min(x, view.width - x) > 0.16 * s:
            continue
        corner = max(0.0, 1 - min(x, view.width - x) / (0.3 * s)) ** 1.5
        high = s * (0.028 + 0.02 * rng.random() + 0.1 * corner * rng.uniform(0.6, 1.1))
        lean, wide = rng.uniform(-0.35, 0.35) * high, 0.085 * high + 0.002 * s
        tip = f"{num(x + lean)} {num(low - high)}"
        blade = f"M{num(x - wide)} {num(low)}Q{num(x - wide + 0.2 * lean)} {num(low - 0.6 * high)} {tip}"
        blade += f"Q{num(x + wide + 0.35 * lean)} {num(low - 0.5 * high)} {num(x + wide)} {num(low)}Z"
        leaves.setdefault(rng.choice(tints), []).append(blade)
        if petals and high > 0.042 * s and rng.random() < 0.16 + 0.3 * corner:
            flowers.append(_flower(x + lean, low - high, s * rng.uniform(0.008, 0.013), view.land(rng.choice(petals)),
                                   view.land("#ffc83d"), rng.uniform(0, 1.2)))  # fmt: skip
    parts.extend(path("".join(d), colour) for colour, d in leaves.items())
    parts.extend(flowers)


def _flower(x: float, y: float, size: float, petal: str, eye: str, turn: float) -> str:
    leaves = "".join(
        circle(
            x + size * math.cos(turn + n * 1.2566), y + size * 0.86 * math.sin(turn + n * 1.2566), 0.66 * size, petal
        )
        for n in range(5)
    )
    return leaves + circle(x, y, 0.5 * size, eye)
