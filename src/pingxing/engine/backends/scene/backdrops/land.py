"""Fields, woods, mountains, sand and snow."""

from __future__ import annotations

import math

from pingxing.engine.backends.scene.backdrops.terrain import distant, earth, hills, tree_line
from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.sky import View, paint_sky
from pingxing.engine.backends.scene.svg import (
    circle,
    ellipse,
    filled,
    num,
    path,
    polygon,
    rect,
    wave_points,
)


def tufts(view: View, colours: tuple[str, ...], count: int) -> None:
    parts, rng = view.sheet.layer("grass"), view.rng
    for _ in range(round(count * view.width / view.short)):
        depth = rng.random() ** 0.8
        x, y = rng.random() * view.width, view.horizon + (0.06 + 0.92 * depth) * (view.height - view.horizon)
        size = view.short * (0.008 + 0.02 * depth)
        colour = view.land(rng.choice(colours))
        d = "".join(
            f"M{num(x + i * size * 0.35)} {num(y)}q{num(i * size * 0.12)} {num(-size * 0.7)} "
            f"{num(i * size * 0.4)} {num(-size * rng.uniform(0.8, 1.2))}"
            for i in (-1, 0, 1)
        )
        parts.append(path(d, stroke=colour, stroke_width=size * 0.16, stroke_linecap="round", opacity=0.75))


def blossoms(view: View, count: int) -> None:
    parts, rng = view.sheet.layer("grass"), view.rng
    colour = view.land(rng.choice(("#ffffff", "#ffe9f2", "#fff3b8", "#f6d3ff")))
    for _ in range(round(count * view.width / view.short)):
        depth = rng.random()
        x, y = rng.random() * view.width, view.horizon + (0.1 + 0.86 * depth) * (view.height - view.horizon)
        size = view.short * (0.0025 + 0.0042 * depth)
        petals = "".join(
            circle(x + size * math.cos(a), y + size * 0.7 * math.sin(a), size * 0.75, colour)
            for a in (0.3, 1.56, 2.8, 4.1, 5.4)
        )
        parts.append(petals + circle(x, y, size * 0.6, view.land("#ffc83d")))


def meadow(view: View) -> None:
    paint_sky(view)
    turn = view.rng.uniform(-14, 10)
    green = shade("#79c257", 0, 1, turn)
    h = view.horizon
    hills(view, "far-hills", h - 0.075 * view.height, 0.09 * view.height, 1.3, distant(view, "#8fc7b4", 0.55))
    hills(view, "near-hills", h - 0.025 * view.height, 0.07 * view.height, 1.0, distant(view, green, 0.35))
    _clumps(view, h)
    earth(view, shade(green, -0.09), shade(green, 0.06))
    if view.rng.random() < 0.4:
        footpath(view, shade("#e3cfa0", view.rng.uniform(-0.04, 0.03)))
    tufts(view, (shade(green, -0.13), shade(green, 0.07)), 34)
    blossoms(view, view.rng.choice((8, 14, 20)))


def _clumps(view: View, base: float) -> None:
    """A few round trees far off, now on this side, now on that."""
    rng, parts = view.rng, view.sheet.layer("far-trees")
    for _ in range(rng.choice((0, 1, 2, 3))):
        x, size = rng.random() * view.width, view.short * rng.uniform(0.03, 0.06)
        y = base + 0.004 * view.height
        crown = distant(view, rng.choice(("#6fae6a", "#5f9f6c", "#86b860")), 0.32)
        for n in range(rng.choice((1, 2, 3))):
            r = size * rng.uniform(0.7, 1.1)
            cx = x + n * size * 1.15
            parts.append(rect(cx - r * 0.1, y - r * 0.9, r * 0.2, r, distant(view, "#7d6248", 0.3)))
            parts.append(ellipse(cx, y - r * 1.35, r * 0.78, r, crown))
            parts.append(ellipse(cx - r * 0.2, y - r * 1.6, r * 0.42, r * 0.5, shade(crown, 0.035)))


def footpath(view: View, colour: str) -> None:
    """A footpath that winds from the horizon to the front."""
    rng, h = view.rng, view.horizon
    start, end = view.width * rng.uniform(0.25, 0.75), view.width * rng.uniform(0.1, 0.9)
    bend = view.width * rng.uniform(-0.25, 0.25)
    low, wide = view.height + 4, view.short * rng.uniform(0.1, 0.16)
    middle = (h + low) / 2
    d = f"M{num(start - 3)} {num(h + 4)}C{num(start + bend)} {num(middle)} "
    d += f"{num(end - bend - wide * 0.4)} {num(middle)} {num(end - wide)} {num(low)}H{num(end + wide)}"
    d += f"C{num(end - bend + wide * 0.6)} {num(middle)} {num(start + bend + wide * 0.12)} {num(middle)} "
    d += f"{num(start + 3)} {num(h + 4)}Z"
    view.sheet.layer("ground").append(path(d, view.land(colour), opacity=0.75))


def forest(view: View) -> None:
    paint_sky(view)
    h = view.horizon
    tree_line(view, h + 0.01 * view.height, 0.3 * view.height, distant(view, "#5fa07a", 0.5), "far-trees")
    tree_line(view, h + 0.015 * view.height, 0.24 * view.height, distant(view, "#3f8a5c", 0.25), "mid-trees")
    earth(view, "#4c8f45", "#6bab58")
    parts, rng = view.sheet.layer("trunks"), view.rng
    for side in (0, 1):
        for n in range(2):
            wide = view.short * (0.05 + 0.03 * n)
            x = (0.015 + 0.07 * (1 - n)) * view.width * rng.uniform(0.6, 1.1)
            x = x - wide if side == 0 else view.width - x
            foot = h + (0.1 + 0.16 * n) * (view.height - h)
            bark = view.land(rng.choice(("#6b4a34", "#5d4030", "#74533c")))
            paint = view.sheet.gradient([(0, shade(bark, -0.05)), (0.4, shade(bark, 0.05)), (1, shade(bark, -0.1))],
                                        across=True)  # fmt: skip
            parts.append(
                path(polygon([(x, -4), (x + wide, -4), (x + wide * 1.15, foot), (x - wide * 0.15, foot)]), paint)
            )
    _canopy(view)
    tufts(view, ("#3c7a38", "#7fbf63"), 46)


def _canopy(view: View) -> None:
    parts, rng = view.sheet.layer("canopy"), view.rng
    for shade_, drop in (("#3b7f46", 0.1), ("#57a155", 0.055)):
        colour = view.land(shade_)
        x = -0.04 * view.width
        while x < 1.04 * view.width:
            r = view.short * rng.uniform(0.06, 0.1)
            fall = abs(x / view.width - 0.5) * 0.14 * view.height
            parts.append(circle(x, drop * view.height * 0.3 - r * 0.45 + fall * 0.6, r, colour))
            x += r * 0.9


def mountains(view: View) -> None:
    paint_sky(view)
    h, rng = view.horizon, view.rng
    parts = view.sheet.layer("mountains")
    for layer, (tall, colour, far) in enumerate(((0.42, "#8aa0c4", 0.5), (0.3, "#6d86ac", 0.25))):
        x = -0.15 * view.width + layer * 0.12 * view.width
        while x < 1.1 * view.width:
            wide = view.short * rng.uniform(0.5, 0.75)
            high = min(0.8 * h, tall * view.height * rng.uniform(0.75, 1.1))
            base, paint = distant(view, colour, far), distant(view, shade(colour, -0.09), far)
            top = (x + wide * rng.uniform(0.42, 0.58), h - high)
            foot = h + 0.02 * view.height
            parts.append(path(polygon([(x, foot), top, (x + wide, foot)]), base))
            parts.append(path(polygon([top, (x + wide, foot), (x + wide * 0.56, foot)]), paint))
            parts.append(_snow_cap(view, top, x, wide, high, far))
            x += wide * rng.uniform(0.55, 0.75)
    hills(view, "near-hills", h - 0.01 * view.height, 0.05 * view.height, 1.2, distant(view, "#5f9c6b", 0.2))
    earth(view, "#5fa052", "#86c06c")
    tufts(view, ("#4c8a45", "#9bd07e"), 30)
    blossoms(view, 9)


def _snow_cap(view: View, top: tuple[float, float], x: float, wide: float, high: float, haze: float) -> str:
    t, ty = top
    k = 0.27
    left, right = t + (x - t) * k, t + (x + wide - t) * k
    y = ty + high * k
    step = (right - left) / 4
    zigzag = f"L{num(right)} {num(y)}L{num(right - step)} {num(y - high * 0.05)}"
    zigzag += f"L{num(right - 2 * step)} {num(y + high * 0.03)}"
    zigzag += f"L{num(right - 3 * step)} {num(y - high * 0.05)}L{num(left)} {num(y)}Z"
    return path(f"M{num(t)} {num(ty)}{zigzag}", distant(view, "#ffffff", haze * 0.5))


def desert(view: View) -> None:
    paint_sky(view, clouds=view.weather != "")
    h = view.horizon
    hills(view, "far-dunes", h - 0.06 * view.height, 0.08 * view.height, 1.2, distant(view, "#e6b877", 0.4))
    hills(view, "mid-dunes", h - 0.02 * view.height, 0.07 * view.height, 0.9, distant(view, "#e0a862", 0.15))
    earth(view, "#d6914a", "#f0bf7a", 0.03)
    rng = view.rng
    for _ in range(5):
        y = view.horizon + rng.uniform(0.2, 0.95) * (view.height - view.horizon)
        points = wave_points(rng, view.width, y, 0.02 * view.height, 1.2)
        paint = view.sheet.gradient([(0, view.land("#c57f3c"), 0.3), (1, view.land("#c57f3c"), 0)])
        view.sheet.layer("ripples").append(path(filled(points, y + 0.06 * view.height), paint))


def snow(view: View) -> None:
    paint_sky(view)
    h = view.horizon
    tree_line(view, h + 0.01 * view.height, 0.13 * view.height, distant(view, "#7fa3b4", 0.45), "far-trees")
    hills(view, "far-snow", h - 0.02 * view.height, 0.08 * view.height, 1.1, distant(view, "#dcebf6", 0.25))
    earth(view, "#cfe3f3", "#f7fcff", 0.03)
    rng = view.rng
    for _ in range(4):
        y = h + rng.uniform(0.2, 0.9) * (view.height - h)
        points = wave_points(rng, view.width, y, 0.025 * view.height, 1.1)
        paint = view.sheet.gradient([(0, view.land("#a9cbe6"), 0.35), (1, view.land("#a9cbe6"), 0)])
        view.sheet.layer("drifts").append(path(filled(points, y + 0.07 * view.height), paint))


def road(view: View) -> None:
    paint_sky(view)
    h = view.horizon
    hills(view, "far-hills", h - 0.06 * view.height, 0.09 * view.height, 1.2, distant(view, "#8fc0a4", 0.5))
    tree_line(view, h + 0.008 * view.height, 0.08 * view.height, distant(view, "#5d9a62", 0.2), "far-trees")
    earth(view, "#76b557", "#9ccf74")
    depth = view.height - h
    top, low = h + 0.38 * depth, h + 0.97 * depth
    parts = view.sheet.layer("street")
    parts.append(
        rect(
            -2,
            top,
            view.width + 4,
            low - top,
            view.sheet.gradient([(0, view.land("#6a6f79")), (1, view.land("#50555f"))]),
        )
    )
    dash, y = view.short * 0.09, (top + low) / 2
    x = -view.rng.random() * dash * 2
    while x < view.width:
        parts.append(rect(x, y, dash, depth * 0.03, view.land("#f5f0dc"), rx=depth * 0.01))
        x += dash * 1.9
