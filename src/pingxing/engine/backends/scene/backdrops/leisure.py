"""Days off: the swimming pool, the balcony, the fairground."""

from __future__ import annotations

import math
from itertools import pairwise

from pingxing.engine.backends.scene.backdrops.furniture import curve, start
from pingxing.engine.backends.scene.backdrops.land import blossoms, footpath, tufts
from pingxing.engine.backends.scene.backdrops.props import awning, box, bush, palm
from pingxing.engine.backends.scene.backdrops.terrain import distant, earth, tree_line, water
from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.sky import View, paint_sky
from pingxing.engine.backends.scene.svg import Point, circle, ellipse, glow, num, path, polygon, rect, smooth


def pool(view: View) -> None:
    """A pool in the sun: a hedge, loungers and parasols behind it, a ladder and a paved edge before it."""
    paint_sky(view)
    rng, s, h, w = view.rng, view.short, view.horizon, view.width
    depth = view.height - h
    tree_line(view, h + 0.01 * s, 0.1 * view.height, distant(view, "#5fa56a", 0.35), "far-trees")
    far = view.sheet.layer("far")
    for at in (rng.uniform(0.02, 0.1), rng.uniform(0.9, 0.98)):
        far.append(palm(view, w * at, h + 0.01 * s, min(0.4 * s, 0.75 * h), rng.choice((-0.12, 0.12))))
    for n in range(round(9 * w / s)):
        far.append(bush(view, (n + 0.5) * w / round(9 * w / s), h + 0.02 * s, 0.05 * s, "#5f9f58"))
    stone, edge = view.land("#efe3cf"), view.land("#fbf5e8")
    deck = view.sheet.layer("deck")
    deck.append(rect(-2, h, w + 4, depth + 4, view.sheet.gradient([(0, shade(stone, -0.03)), (1, stone)])))
    for at in (0.22, 0.74):
        _lounger(view, deck, w * (at + rng.uniform(-0.03, 0.03)), h + 0.075 * depth)
    top, low = h + 0.14 * depth, h + 0.56 * depth
    water(view, top, low, "#2fa9d6", "#8fdcf0")
    tiles = view.sheet.layer("tiles")
    lanes = "".join(f"M-2 {num(top + (low - top) * part)}H{num(w + 4)}" for part in (0.36, 0.68))
    tiles.append(
        path(
            lanes,
            stroke=view.land("#ffffff"),
            stroke_width=0.006 * s,
            stroke_dasharray=f"{num(0.03 * s)} {num(0.02 * s)}",
            opacity=0.8,
        )
    )
    tiles.append(rect(-2, top - 0.012 * s, w + 4, 0.016 * s, edge))
    tiles.append(
        rect(-2, low, w + 4, 0.03 * s, view.land("#7fc4d6")) + rect(-2, low + 0.018 * s, w + 4, 0.03 * s, edge)
    )
    slabs = "".join(
        f"M{num(w / 2 + n * 0.16 * s)} {num(low + 0.048 * s)}L{num(w / 2 + n * 0.24 * s)} {num(view.height)}"
        for n in range(-round(5 * w / s), round(5 * w / s) + 1)
    )
    slabs += "".join(f"M-2 {num(low + (view.height - low) * part)}H{num(w + 4)}" for part in (0.42, 0.75))
    tiles.append(path(slabs, stroke=shade(stone, -0.06), stroke_width=0.0025 * s, opacity=0.7))
    _ladder(view, w * rng.choice((0.1, 0.88)), low)


def _lounger(view: View, parts: list[str], x: float, foot: float) -> None:
    s, cloth = view.short, view.land(view.rng.choice(("#f2785f", "#4fa3c9", "#f2b84a")))
    parts.append(rect(x - 0.003 * s, foot - 0.19 * s, 0.008 * s, 0.19 * s, view.land("#f4ede0")))
    brim = [(x - 0.11 * s, foot - 0.14 * s), (x + 0.002 * s, foot - 0.215 * s), (x + 0.114 * s, foot - 0.14 * s)]
    parts.append(
        path(
            start(brim[0])
            + curve((x - 0.06 * s, foot - 0.21 * s), brim[1])
            + curve((x + 0.064 * s, foot - 0.21 * s), brim[2])
            + "Z",
            cloth,
        )
    )
    middle = [(x - 0.035 * s, foot - 0.14 * s), (x + 0.002 * s, foot - 0.215 * s), (x + 0.04 * s, foot - 0.14 * s)]
    parts.append(
        path(
            start(middle[0])
            + curve((x - 0.02 * s, foot - 0.2 * s), middle[1])
            + curve((x + 0.024 * s, foot - 0.2 * s), middle[2])
            + "Z",
            view.land("#fff8ea"),
        )
    )
    corners = ((0.03, 0.03), (0.12, 0.03), (0.16, 0.075), (0.168, 0.07), (0.126, 0.018), (0.03, 0.018))
    parts.append(path(polygon([(x + dx * s, foot - up * s) for dx, up in corners]), view.land("#ffffff")))
    legs = "".join(f"M{num(x + dx * s)} {num(foot - 0.02 * s)}v{num(0.02 * s)}" for dx in (0.045, 0.11))
    parts.append(path(legs, stroke=view.land("#b08a5c"), stroke_width=0.006 * s))


def _ladder(view: View, x: float, edge: float) -> None:
    s, steel = view.short, view.land("#c3d0d8")
    for dx in (0.0, 0.06 * s):
        rail = start((x + dx, edge + 0.045 * s)) + curve(
            (x + dx, edge - 0.09 * s), (x + dx - 0.035 * s, edge - 0.06 * s)
        )
        rail += f"V{num(edge + 0.02 * s)}"
        view.sheet.layer("ladder").append(path(rail, stroke=steel, stroke_width=0.009 * s, stroke_linecap="round"))
    for dy in (-0.03, -0.005):
        view.sheet.layer("ladder").append(rect(x - 0.035 * s, edge + dy * s, 0.06 * s, 0.006 * s, shade(steel, -0.06)))


def balcony(view: View) -> None:
    """High over the roofs: a railing with flower boxes, a string of lights, planks underfoot."""
    paint_sky(view)
    rng, s, h, w = view.rng, view.short, view.horizon, view.width
    city = view.sheet.layer("far-city")
    for haze, tall in ((0.62, 0.34), (0.4, 0.22)):
        d, lit, x = "", "", -0.02 * w
        while x < w:
            wide, high = s * rng.uniform(0.07, 0.13), h * rng.uniform(0.35, 1.0) * tall * 1.5
            d += f"M{num(x)} {num(h)}v{num(-high)}h{num(wide)}v{num(high)}Z"
            for n in range(3):
                wx, wy = x + wide * (0.2 + 0.25 * n), h - high * rng.uniform(0.35, 0.85)
                lit += f"M{num(wx)} {num(wy)}h{num(wide * 0.1)}v{num(s * 0.014)}h{num(-wide * 0.1)}Z"
            x += wide * rng.uniform(1.0, 1.25)
        city.append(path(d, distant(view, "#8fa3bd", haze)))
        city.append(path(lit, "#ffe08a" if view.light.name in ("night", "sunset") else distant(view, "#dfe9f2", haze)))
    wood = view.land(rng.choice(("#c79a6a", "#b98a5f", "#d3a878")))
    floor = view.sheet.layer("floor")
    floor.append(
        rect(-2, h, w + 4, view.height - h + 4, view.sheet.gradient([(0, shade(wood, -0.06)), (1, shade(wood, 0.03))]))
    )
    seams = "".join(f"M-2 {num(h + (view.height - h) * (n / 6) ** 1.5)}H{num(w + 4)}" for n in range(1, 6))
    floor.append(path(seams, stroke=shade(wood, -0.09), stroke_width=0.003 * s, opacity=0.7))
    iron, top, low = view.land("#4f5a63"), h - 0.2 * s, h + 0.02 * s
    rail = view.sheet.layer("railing")
    bars = "".join(f"M{num(n * 0.035 * s)} {num(top)}V{num(low)}" for n in range(round(w / (0.035 * s)) + 1))
    rail.append(path(bars, stroke=iron, stroke_width=0.005 * s))
    rail.append(
        rect(-2, top - 0.016 * s, w + 4, 0.022 * s, shade(wood, -0.08), rx=0.006 * s)
        + rect(-2, low - 0.008 * s, w + 4, 0.012 * s, iron)
    )
    _boxes(view, top)
    _garland(view)


def _boxes(view: View, top: float) -> None:
    rng, s, w, parts = view.rng, view.short, view.width, view.sheet.layer("flowers")
    count = max(2, round(1.6 * w / s))
    for n in range(count):
        x, wide = w * (n + 0.5) / count - 0.15 * s + rng.uniform(-0.03, 0.03) * s, 0.3 * s
        leaf = view.land("#5f9f58")
        parts += [
            circle(x + wide * (k + 0.5) / 7, top - 0.012 * s, 0.03 * s, shade(leaf, rng.uniform(-0.04, 0.03)))
            for k in range(7)
        ]
        for k in range(9):
            bloom = view.land(rng.choice(("#ee6f90", "#f7b92e", "#ffffff", "#c98fe0", "#f2785f")))
            parts.append(circle(x + wide * (k + 0.5) / 9, top - rng.uniform(0.015, 0.045) * s, 0.012 * s, bloom))
        parts.append(box(view, x, top, wide, 0.055 * s, view.land("#c9744f"), rx=0.008 * s))
        parts.append(rect(x, top, wide, 0.01 * s, view.land("#dd8f68"), rx=0.004 * s))


def _garland(view: View) -> None:
    """A string of small lamps across the top."""
    s, w, parts = view.short, view.width, view.sheet.layer("lights")
    spans = max(2, round(2 * w / s))
    points: list[Point] = []
    for n in range(spans * 6 + 1):
        t = n / 6 - math.floor(n / 6)
        points.append((w * n / (spans * 6), (0.03 + 0.055 * 4 * t * (1 - t)) * s))
    parts.append(path(start(points[0]) + smooth(points), stroke=view.land("#5f5a56"), stroke_width=0.003 * s))
    for n, (x, y) in enumerate(points):
        if n % 2:
            if view.light.name in ("night", "sunset"):
                parts.append(glow(x, y + 0.014 * s, 0.05 * s, 0.05 * s, "#ffe3a0", 0.8, 8))
            parts.append(ellipse(x, y + 0.015 * s, 0.009 * s, 0.012 * s, "#fff0b8"))


def fairground(view: View) -> None:
    """A big wheel, a tent, a track of hills and falls, flags and stalls."""
    paint_sky(view)
    rng, s, h, w = view.rng, view.short, view.horizon, view.width
    tree_line(view, h + 0.006 * view.height, 0.08 * view.height, distant(view, "#6aa86c", 0.35), "far-trees")
    left = rng.random() < 0.5
    _track(view, h, "#c96f8f")
    if "1F3A1" not in view.asked:
        _wheel(view, w * (0.2 if left else 0.8), h, min(0.32 * s, 0.42 * h))
    if "1F3AA" not in view.asked:
        _tent(
            view,
            w * (0.8 if left else 0.2),
            h + 0.01 * s,
            min(0.34 * s, 0.5 * w),
            view.land(rng.choice(("#e0564a", "#4f8fd0"))),
        )
    earth(view, "#7fbc62", "#a3d682")
    footpath(view, "#ead9b4")
    stalls = view.sheet.layer("stalls")
    for at in (0.4, 0.58) if w > 0.9 * view.height else (0.5,):
        _stall(view, stalls, w * at, h + 0.05 * s)
    _flags(view)
    tufts(view, ("#5f9f4f", "#b0dd90"), 16)
    blossoms(view, 6)


def _wheel(view: View, x: float, foot: float, r: float) -> None:
    s, parts, y = view.short, view.sheet.layer("wheel"), foot - 1.18 * r
    steel, lit = distant(view, "#8a97b5", 0.15), view.light.name in ("night", "sunset")
    parts.append(
        path(
            f"M{num(x)} {num(y)}L{num(x - 0.5 * r)} {num(foot)}M{num(x)} {num(y)}L{num(x + 0.5 * r)} {num(foot)}",
            stroke=steel,
            stroke_width=0.014 * s,
        )
    )
    spokes = "".join(
        f"M{num(x)} {num(y)}L{num(x + r * math.cos(math.tau * n / 12))} {num(y + r * math.sin(math.tau * n / 12))}"
        for n in range(12)
    )
    parts.append(path(spokes, stroke=steel, stroke_width=0.004 * s))
    for part, wide in ((1.0, 0.009), (0.82, 0.005)):
        parts.append(circle(x, y, r * part, "none", stroke=steel, stroke_width=wide * s))
    for n in range(12):
        cx, cy = x + r * math.cos(math.tau * n / 12), y + r * math.sin(math.tau * n / 12)
        colour = distant(view, ("#e8624f", "#f2b632", "#4fa8d0", "#7fbf6a")[n % 4], 0.1)
        parts.append(
            rect(cx - 0.1 * r, cy, 0.2 * r, 0.15 * r, colour, rx=0.04 * r)
            + rect(cx - 0.07 * r, cy + 0.03 * r, 0.14 * r, 0.055 * r, "#ffe9a8" if lit else "#e8f5fa")
        )
    parts.append(circle(x, y, 0.09 * r, distant(view, "#f2b632", 0.1)))


def _tent(view: View, x: float, foot: float, wide: float, colour: str) -> None:
    parts, high = view.sheet.layer("tent"), 0.62 * wide
    cream, top, eave = view.land("#fff3de"), foot - high, foot - 0.42 * high
    for n in range(8):
        a, b = (x - wide / 2 + wide * k / 8 for k in (n, n + 1))
        tone = colour if n % 2 == 0 else cream
        parts.append(path(polygon([(x, top), (b + 0.4, eave), (a, eave)]), tone))
        parts.append(rect(a + 0.02 * wide * (4 - n) / 4, eave, wide / 8 + 0.6, foot - eave, shade(tone, -0.05)))
        parts.append(ellipse((a + b) / 2, eave, wide / 16, 0.05 * high, tone))
    parts.append(
        path(polygon([(x - 0.1 * wide, foot), (x, eave + 0.05 * high), (x + 0.1 * wide, foot)]), view.land("#6b2f3a"))
    )
    parts.append(
        path(
            polygon([(x, top - 0.16 * high), (x + 0.1 * wide, top - 0.11 * high), (x, top - 0.06 * high)]),
            view.land("#f2b632"),
        )
    )
    if view.light.name in ("night", "sunset"):
        parts.append(glow(x, foot - 0.1 * high, 0.5 * wide, 0.5 * high, "#ffd98a", 0.6, 16))
    parts.append(rect(x - 0.006 * wide, top - 0.17 * high, 0.012 * wide, 0.18 * high, view.land("#7a5a44")))


def _track(view: View, foot: float, colour: str) -> None:
    """A roller coaster far behind."""
    rng, s, w, parts = view.rng, view.short, view.width, view.sheet.layer("track")
    tone = distant(view, colour, 0.45)
    points = [
        (w * n / 14, foot - s * (0.07 + 0.16 * (0.5 + 0.5 * math.sin(n * 1.15 + rng.random() * 0.5)) ** 1.4))
        for n in range(-1, 16)
    ]
    posts = "".join(f"M{num(x)} {num(y)}V{num(foot)}" for x, y in points)
    posts += "".join(f"M{num(a[0])} {num(foot)}L{num(b[0])} {num(b[1])}" for a, b in pairwise(points))
    parts.append(path(posts, stroke=tone, stroke_width=0.003 * s, opacity=0.7))
    parts.append(path(start(points[0]) + smooth(points), stroke=tone, stroke_width=0.011 * s))


def _stall(view: View, parts: list[str], x: float, foot: float) -> None:
    s, stripe = view.short, view.land(view.rng.choice(("#f2785f", "#4fa3c9", "#f2b84a")))
    parts.append(rect(x - 0.07 * s, foot - 0.15 * s, 0.14 * s, 0.15 * s, view.land("#7a4f3a")))
    parts.append(box(view, x - 0.075 * s, foot - 0.065 * s, 0.15 * s, 0.065 * s, view.land("#fbe8c8")))
    if view.light.name in ("night", "sunset"):
        parts.append(rect(x - 0.06 * s, foot - 0.125 * s, 0.12 * s, 0.06 * s, "#ffdf94"))
        parts.append(glow(x, foot - 0.09 * s, 0.2 * s, 0.16 * s, "#ffd98a", 0.7, 14))
    parts.append(awning(view, x - 0.088 * s, foot - 0.175 * s, 0.176 * s, 0.05 * s, stripe))


def _flags(view: View) -> None:
    """Two strings of pennants from the upper edge."""
    s, w, parts = view.short, view.width, view.sheet.layer("flags")
    colours = ("#e8624f", "#f2b632", "#4fa8d0", "#7fbf6a", "#c98fe0")
    count = round(14 * w / s)
    line: list[Point] = [
        (w * n / count, (0.02 + 0.07 * abs(math.sin(math.pi * n / count * 2))) * s) for n in range(count + 1)
    ]
    parts.append(path(start(line[0]) + smooth(line), stroke=view.land("#8a7a6a"), stroke_width=0.003 * s))
    for n, (x, y) in enumerate(line[:-1]):
        parts.append(
            path(polygon([(x, y), (x + 0.034 * s, y), (x + 0.017 * s, y + 0.045 * s)]), view.land(colours[n % 5]))
        )
