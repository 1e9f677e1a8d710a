"""Small shops from within: a wall of shelves with what the trade sells, a lamp or two, a counter at one side."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from pingxing.engine.backends.scene.backdrops.halls import floor_slabs
from pingxing.engine.backends.scene.backdrops.props import box
from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import circle, ellipse, glow, num, path, polygon, rect

# One ware on a shelf: from the middle of its foot and its greatest height; no wider than 0.9 of that.
Ware = Callable[[View, float, float, float], list[str]]


def _loaf(view: View, x: float, foot: float, high: float) -> list[str]:
    crust = view.land(view.rng.choice(("#d99a4e", "#c8833c", "#e3b06a")))
    wide, tall = high * 0.82, high * view.rng.uniform(0.42, 0.6)
    d = f"M{num(x - wide / 2)} {num(foot)}q0 {num(-tall)} {num(wide / 2)} {num(-tall)}t{num(wide / 2)} {num(tall)}Z"
    cuts = "".join(f"M{num(x + dx * wide)} {num(foot - 0.8 * tall)}l{num(0.07 * wide)} {num(0.3 * tall)}"
                   for dx in (-0.22, 0.0, 0.2))  # fmt: skip
    return [path(d, crust), path(cuts, stroke=shade(crust, 0.09), stroke_width=0.05 * high, stroke_linecap="round")]


def _tart(view: View, x: float, foot: float, high: float) -> list[str]:
    cream, fruit = view.land(view.rng.choice(("#f7e3c8", "#f3c9cf", "#e6d3ee"))), view.land("#d9455a")
    wide, tall = 0.78 * high, 0.42 * high
    return [
        rect(x - wide / 2, foot - tall, wide, tall, cream, rx=0.06 * high),
        rect(x - wide / 2, foot - 0.45 * tall, wide, 0.14 * tall, shade(cream, -0.09)),
        circle(x, foot - tall - 0.05 * high, 0.1 * high, fruit),
    ]


def _flowers(view: View, x: float, foot: float, high: float) -> list[str]:
    rng, leaf = view.rng, view.land("#5a9a5c")
    petal = view.land(rng.choice(("#e8708a", "#f2b441", "#b98adf", "#f6f1e6", "#e0524a", "#f09ac0")))
    pail = view.land(rng.choice(("#9fb4bd", "#e9e0cf", "#7fa39a")))
    up = 0.42 * high
    parts = [path(polygon([(x - 0.3 * high, foot - 0.8 * up), (x + 0.3 * high, foot - 0.8 * up), (x, foot)]), leaf)]
    for n in range(7):
        turn = math.pi * (0.1 + 0.8 * n / 6)
        cx, cy = x - math.cos(turn) * 0.3 * high, foot - up - math.sin(turn) * 0.36 * high
        parts.append(circle(cx, cy, 0.115 * high, shade(petal, 0.03 * (n % 3) - 0.03)))
        parts.append(circle(cx, cy, 0.04 * high, shade(petal, -0.14)))
    foot_width = [
        (x - 0.24 * high, foot - up),
        (x + 0.24 * high, foot - up),
        (x + 0.18 * high, foot),
        (x - 0.18 * high, foot),
    ]
    return [
        *parts,
        path(polygon(foot_width), pail),
        rect(x - 0.26 * high, foot - up, 0.52 * high, 0.06 * high, shade(pail, 0.06)),
    ]


def _toy(view: View, x: float, foot: float, high: float) -> list[str]:
    rng = view.rng
    colour = view.land(rng.choice(("#e2574c", "#f0a73c", "#4f9fd1", "#6bb06a", "#a678c8")))
    kind = rng.randrange(4)
    if kind == 0:  # a ball
        r = 0.34 * high
        stripe = f"M{num(x - r)} {num(foot - r)}q{num(r)} {num(0.7 * r)} {num(2 * r)} 0"
        return [circle(x, foot - r, r, colour), path(stripe, stroke="#fff6e6", stroke_width=0.12 * high)]
    if kind == 1:  # building blocks
        side, other = 0.3 * high, view.land(rng.choice(("#f4c84b", "#5fb0a5", "#e98a8a")))
        return [rect(x - side, foot - side, side * 0.96, side, colour, rx=0.03 * high),
                rect(x, foot - side, side * 0.96, side, other, rx=0.03 * high),
                rect(x - side / 2, foot - 2 * side, side, side, shade(colour, 0.08), rx=0.03 * high)]  # fmt: skip
    if kind == 2:  # a bear
        fur = view.land(rng.choice(("#b98352", "#d9b184", "#8f6a4c")))
        head = foot - 0.58 * high
        parts = [ellipse(x, foot - 0.24 * high, 0.24 * high, 0.25 * high, fur), circle(x, head, 0.19 * high, fur)]
        parts += [
            circle(x + side * 0.15 * high, head - 0.15 * high, 0.07 * high, shade(fur, -0.05)) for side in (-1, 1)
        ]
        parts.append(ellipse(x, head + 0.06 * high, 0.09 * high, 0.07 * high, shade(fur, 0.12)))
        parts += [circle(x + side * 0.07 * high, head - 0.03 * high, 0.022 * high, "#3a2c26") for side in (-1, 1)]
        return parts
    wheel = view.land("#4a4a52")  # a cart
    return [rect(x - 0.36 * high, foot - 0.42 * high, 0.72 * high, 0.28 * high, colour, rx=0.06 * high),
            rect(x - 0.16 * high, foot - 0.62 * high, 0.36 * high, 0.24 * high, shade(colour, 0.1), rx=0.06 * high),
            *(circle(x + side * 0.2 * high, foot - 0.1 * high, 0.1 * high, wheel) for side in (-1, 1))]  # fmt: skip


def _packet(view: View, x: float, foot: float, high: float) -> list[str]:
    rng = view.rng
    colour = view.land(rng.choice(("#d9573f", "#e9b63f", "#4f8fc0", "#5fa36a", "#c86f9a", "#f0e6d2", "#7d6bb0")))
    label = shade(colour, 0.14)
    if rng.random() < 0.4:  # a tin
        wide, tall = 0.42 * high, 0.56 * high
        return [rect(x - wide / 2, foot - tall, wide, tall, colour, rx=0.05 * high),
                rect(x - wide / 2, foot - 0.72 * tall, wide, 0.4 * tall, label),
                ellipse(x, foot - tall, wide / 2, 0.06 * high, view.land("#c9ced2"))]  # fmt: skip
    wide, tall = high * rng.uniform(0.42, 0.6), high * rng.uniform(0.62, 0.8)
    return [rect(x - wide / 2, foot - tall, wide, tall, colour, rx=0.03 * high),
            rect(x - 0.36 * wide, foot - 0.74 * tall, 0.72 * wide, 0.36 * tall, label, rx=0.02 * high)]  # fmt: skip


def _jar(view: View, x: float, foot: float, high: float) -> list[str]:
    rng = view.rng
    if rng.random() < 0.4:
        return _packet(view, x, foot, high)
    glass, inside = view.land("#d7e6e6"), view.land(rng.choice(("#c98a4b", "#a85a4a", "#8a9a4f", "#e0b85a", "#7a5a86")))
    wide, tall, lid = 0.5 * high, 0.62 * high, view.land("#8a6a4c")
    return [rect(x - wide / 2, foot - tall, wide, tall, glass, rx=0.1 * high),
            rect(x - 0.42 * wide, foot - 0.7 * tall, 0.84 * wide, 0.64 * tall, inside, rx=0.07 * high),
            rect(x - 0.32 * wide, foot - tall - 0.1 * high, 0.64 * wide, 0.13 * high, lid, rx=0.03 * high)]  # fmt: skip


# trade: its wares, walls, wood
TRADES: dict[str, tuple[tuple[Ware, ...], tuple[str, ...], str]] = {
    "shop": ((_jar, _packet), ("#e9dcc4", "#d9e2d3", "#e8d3c4"), "#8f6443"),
    "bakery": ((_loaf, _loaf, _tart), ("#f3e2c6", "#efd8c2", "#e7dcc8"), "#a8734a"),
    "florist": ((_flowers,), ("#dfe9dd", "#ece3ea", "#e6ece4"), "#7f6a54"),
    "toyshop": ((_toy,), ("#f6e3b8", "#d3e6ef", "#f2d7d9"), "#b0804f"),
    "supermarket": ((_packet,), ("#e9eef0", "#eef0e6", "#f1ece2"), "#b9c0c4"),
}


def interior(trade: str, view: View) -> None:
    """Shelves over the whole wall but for a calm middle strip at eye level, lamps, a floor in slabs, a counter."""
    wares, walls, timber = TRADES[trade]
    rng, s, h = view.rng, view.short, view.horizon
    wall, wood = view.land(view.colour or rng.choice(walls)), view.land(timber)
    back = view.sheet.layer("wall")
    paint = view.sheet.gradient([(0, shade(wall, 0.02)), (1, shade(wall, -0.05))])
    back.append(rect(-2, -2, view.width + 4, h + 4, paint))
    back.append(rect(-2, h - 0.05 * s, view.width + 4, 0.05 * s, shade(wood, -0.04)))
    _shelves(view, wares, wood)
    floor_slabs(view, "#cfa77c" if trade != "supermarket" else "#cfd4d2")
    _counter(view, wood, left=rng.random() < 0.5)
    lamps, count = view.sheet.layer("lamps"), max(1, round(2 * view.width / s))
    for n in range(count):
        x, low = view.width * (n + 0.5) / count, min(0.16 * h, 0.12 * s)
        lamps.append(glow(x, low, 0.22 * s, 0.16 * s, "#fff1c9", 0.5))
        lamps.append(path(f"M{num(x)} -2V{num(low)}", stroke=shade(wood, -0.16), stroke_width=0.004 * s))
        hood = [(x - 0.05 * s, low + 0.02 * s), (x - 0.018 * s, low - 0.03 * s), (x + 0.018 * s, low - 0.03 * s),
                (x + 0.05 * s, low + 0.02 * s)]  # fmt: skip
        lamps.append(
            path(polygon(hood), shade(wood, -0.12)) + ellipse(x, low + 0.02 * s, 0.05 * s, 0.009 * s, "#fff3cf")
        )


def _shelves(view: View, wares: tuple[Ware, ...], wood: str) -> None:
    """Bays of boards as wide as high, each board full of one kind or two, a gap here and there as in a real shop."""
    rng, s, h, parts = view.rng, view.short, view.horizon, view.sheet.layer("shelves")
    top, low = 0.2 * h, h - 0.06 * s
    bays = max(2, round(view.width / (0.46 * s)))
    wide = view.width / bays
    rows = max(3, round((low - top) / (0.14 * s)))
    step = (low - top) / rows
    for bay in range(bays):
        x = bay * wide
        parts.append(rect(x + 0.02 * s, top, wide - 0.04 * s, low - top, shade(wood, 0.13), opacity=0.55))
        for row in range(rows):
            foot, kind = top + (row + 1) * step - 0.012 * s, rng.choice(wares)
            high = 0.78 * step
            count = max(2, int((wide - 0.08 * s) / (0.86 * high)))
            gap = (wide - 0.06 * s) / count
            for n in range(count):
                if rng.random() < 0.08:
                    continue
                parts += kind(view, x + 0.03 * s + (n + 0.5) * gap, foot, high)
            parts.append(rect(x + 0.015 * s, foot, wide - 0.03 * s, 0.014 * s, wood, rx=0.003 * s))
        for side in (x + 0.012 * s, x + wide - 0.026 * s):
            parts.append(rect(side, top - 0.02 * s, 0.014 * s, low - top + 0.04 * s, shade(wood, -0.05)))
    parts.append(rect(-2, top - 0.035 * s, view.width + 4, 0.02 * s, shade(wood, -0.08)))


def _counter(view: View, wood: str, left: bool) -> None:
    s, h, parts = view.short, view.horizon, view.sheet.layer("counter")
    wide, high = min(0.34 * view.width, 0.42 * s), 0.17 * s
    x, foot = -0.04 * s if left else view.width - wide + 0.04 * s, h + 0.07 * s
    parts.append(ellipse(x + wide / 2, foot, 0.54 * wide, 0.016 * s, "#000000", opacity=0.14))
    parts.append(box(view, x, foot - high, wide, high, wood))
    lines = "".join(f"M{num(x + wide * n / 5)} {num(foot - 0.86 * high)}v{num(0.8 * high)}" for n in range(1, 5))
    parts.append(path(lines, stroke=shade(wood, -0.07), stroke_width=0.004 * s))
    parts.append(
        rect(x - 0.01 * s, foot - high - 0.014 * s, wide + 0.02 * s, 0.026 * s, view.land("#efe4d2"), rx=0.006 * s)
    )
    till = x + (0.3 if left else 0.6) * wide
    parts.append(rect(till, foot - high - 0.075 * s, 0.085 * s, 0.062 * s, view.land("#5a6670"), rx=0.01 * s))
    parts.append(
        rect(till + 0.012 * s, foot - high - 0.066 * s, 0.06 * s, 0.026 * s, view.land("#bfe0d0"), rx=0.004 * s)
    )


SHOPS = {trade: partial(interior, trade) for trade in TRADES}
