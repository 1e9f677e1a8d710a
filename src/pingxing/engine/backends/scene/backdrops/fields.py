"""What people sow and plant: rice in flat fields and on terraces, wheat, seas of flowers, an avenue in blossom."""

from __future__ import annotations

import math
from itertools import pairwise

from pingxing.engine.backends.scene.backdrops.land import footpath, tufts
from pingxing.engine.backends.scene.backdrops.props import PLASTER, cottage, round_tree
from pingxing.engine.backends.scene.backdrops.terrain import distant, earth, hills, tree_line
from pingxing.engine.backends.scene.colour import mix, shade
from pingxing.engine.backends.scene.sky import View, paint_sky
from pingxing.engine.backends.scene.svg import Point, circle, ellipse, filled, num, path, polygon, wave_points

SLATE = "#5d6a76"  # roofs of farmhouses


def _mirror(view: View, part: float = 0.66) -> str:
    """Still water: the sky at the horizon, a little of the earth below it."""
    return mix(view.land("#7fb5c4"), view.light.sky[-1][1], part)


def _peaks(view: View) -> None:
    """Steep round hills one behind another, as where rice grows."""
    rng, h, s = view.rng, view.horizon, view.short
    for haze, high, count in ((0.68, 0.26, 5), (0.46, 0.17, 6)):
        d, reach = "", view.width / count
        for n in range(count + 1):
            x, up, half = (n + rng.uniform(-0.3, 0.3)) * reach, s * high * rng.uniform(0.6, 1.1), reach * 0.62
            d += f"M{num(x - half)} {num(h + 4)}C{num(x - half * 0.5)} {num(h - up * 0.5)} {num(x - half * 0.42)} "
            d += f"{num(h - up)} {num(x)} {num(h - up)}S{num(x + half * 0.5)} {num(h - up * 0.5)} {num(x + half)} "
            d += f"{num(h + 4)}Z"
        view.sheet.layer("far-hills").append(path(d, distant(view, "#6fa58a", haze)))


def paddy(view: View) -> None:
    """Flooded fields between low banks, seedlings in rows, farmhouses at the edge."""
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    _peaks(view)
    tree_line(view, h + 0.004 * view.height, 0.05 * view.height, distant(view, "#5b9a63", 0.3), "far-trees")
    houses, x = view.sheet.layer("houses"), view.width * rng.uniform(0.05, 0.6)
    for _ in range(3):
        houses.append(cottage(view, x, h + 0.012 * s, s * rng.uniform(0.09, 0.12), PLASTER[0], SLATE, 0.25))
        x += 0.15 * s
    earth(view, "#6fa84c", "#9cc96e", 0.0)
    depth, water, rice = view.height - h, view.sheet.layer("water"), view.sheet.layer("rice")
    edges = [h + depth * (0.03 + 0.97 * (n / 5) ** 1.55) for n in range(6)]
    middle = view.width * rng.uniform(0.42, 0.58)
    for row in range(5):
        top, low = edges[row] + 0.006 * s, edges[row + 1] - (0.004 + 0.006 * row) * s
        broad = 0.34 * view.width * (1 + 0.55 * row)
        start = rng.uniform(-0.5, 0.0)
        for n in range(-5, 6):
            a, b = (n + start) * broad, (n + start + 0.965) * broad
            near = 1 + 0.22 * (low - top) / depth * 2
            cell: list[Point] = [(middle + a, top), (middle + b, top), (middle + b * near, low),
                                 (middle + a * near, low)]  # fmt: skip
            if cell[1][0] < -0.1 * view.width or cell[0][0] > 1.1 * view.width:
                continue
            paint = view.sheet.gradient([(0, _mirror(view, 0.78)), (1, _mirror(view, 0.45))])
            water.append(path(polygon(cell), paint, stroke=view.land("#7d9a4a"), stroke_width=0.004 * s))
            if rng.random() < 0.78:
                rice.append(_seedlings(view, cell, row))


def _seedlings(view: View, cell: list[Point], row: int) -> str:
    (ax, top), (bx, _), (cx, low), (dx, _) = cell
    d, size, ranks = "", view.short * (0.007 + 0.005 * row), 3
    for rank in range(ranks):
        t = (rank + 0.6) / ranks
        left, right, y = ax + (dx - ax) * t, bx + (cx - bx) * t, top + (low - top) * t
        count = int(min((right - left) / (3.2 * size), 26))
        for n in range(count):
            x = left + (right - left) * (n + 0.6) / max(1, count)
            for lean in (-0.6, 0.0, 0.6):
                d += f"M{num(x)} {num(y)}q{num(lean * size * 0.2)} {num(-size)} {num(lean * size)} {num(-size * 1.5)}"
    return path(d, stroke=view.land("#4f9a3d"), stroke_width=size * 0.28, stroke_linecap="round")


def terraces(view: View) -> None:
    """Steps of water and young rice down a slope, mist in the valley behind."""
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    _peaks(view)
    parts, steps = view.sheet.layer("terraces"), 9
    first, last = h - 0.12 * view.height, view.height * 1.0
    phase, tilt = rng.random() * math.tau, rng.choice((-1, 1)) * 0.1
    for n in range(steps):
        t = n / (steps - 1)
        y, haze = first + (last - first) * t**1.35, 0.4 * (1 - t) ** 1.4
        step = (last - first) * 1.35 * max(t, 0.1) ** 0.35 / steps
        bend = (0.085 - 0.045 * t) * view.height
        points: list[Point] = []
        for k in range(15):
            u = k / 14
            wave = math.sin(u * 6.2 + phase + 0.35 * n) + 0.5 * math.sin(u * 11 + phase * 2 - 0.5 * n)
            points.append(
                (u * (view.width + 40) - 20, y + bend * wave * 0.6 + tilt * (u - 0.5) * (1 - t) * view.height)
            )
        lower = [(x, py + 0.56 * step) for x, py in points]
        low = min(view.height + 4, y + 1.6 * step + 2 * bend + 0.06 * view.height)  # nearer steps hide the rest
        sheen = mix(_mirror(view, 0.8 - 0.3 * t), view.light.sky[-1][1], haze)
        parts.append(path(filled(points, low), distant(view, "#8fc25f", haze)))
        parts.append(path(filled([(x, py + 0.07 * step) for x, py in points], low), sheen))
        parts.append(path(filled(lower, low), distant(view, ("#5f9f48", "#6dad4f", "#57964a")[n % 3], haze)))
        if n > 2:
            parts.append(_blades(view, lower, 0.006 * s + 0.014 * s * t, distant(view, "#a6d36e", haze)))
    tufts(view, ("#4f8f3f", "#a6d778"), 14)


def _blades(view: View, edge: list[Point], size: float, colour: str) -> str:
    d = ""
    for (ax, ay), (bx, by) in pairwise(edge):
        for k in range(4):
            x, y = ax + (bx - ax) * k / 4, ay + (by - ay) * k / 4
            d += f"M{num(x)} {num(y)}q{num(size * 0.1)} {num(-size)} {num(size * 0.5)} {num(-size * 1.4)}"
    return path(d, stroke=colour, stroke_width=size * 0.25, stroke_linecap="round")


def wheat(view: View) -> None:
    """Ripe grain in waves up to the horizon."""
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    hills(view, "far-hills", h - 0.05 * view.height, 0.07 * view.height, 1.1, distant(view, "#a9bf86", 0.5))
    tree_line(view, h + 0.004 * view.height, 0.06 * view.height, distant(view, "#6a9a5a", 0.32), "far-trees")
    earth(view, "#d9a83c", "#eccb6e", 0.004)
    depth, parts = view.height - h, view.sheet.layer("grain")
    for n in range(7):
        t = (n + 0.4) / 7
        y, size = h + depth * t**1.5, s * (0.008 + 0.03 * t)
        points = wave_points(rng, view.width, y, 0.03 * view.height * t, 1.2)
        tone = view.land(("#d8a63a", "#e3b54a", "#cf9a30")[n % 3])
        parts.append(path(filled(points, view.height + 4), tone, opacity=0.75))
        parts += _ears(view, points, size, shade(tone, 0.07), shade(tone, -0.09))
    footpath(view, "#e6cf98")


def _ears(view: View, line: list[Point], size: float, light: str, dark: str) -> list[str]:
    rng, stems, ears = view.rng, "", ""
    count = round(min(view.width / (size * 0.9), 90))
    for n in range(count):
        k = n / count * (len(line) - 1)
        (ax, ay), (bx, by) = line[int(k)], line[min(len(line) - 1, int(k) + 1)]
        x, y = ax + (bx - ax) * (k % 1), ay + (by - ay) * (k % 1) + size * 0.4
        lean, high = size * rng.uniform(-0.1, 0.5), size * rng.uniform(1.0, 1.5)
        stems += f"M{num(x)} {num(y)}q0 {num(-high * 0.6)} {num(lean)} {num(-high)}"
        ears += f"M{num(x + lean)} {num(y - high)}l{num(size * 0.16)} {num(-size * 0.55)}"
    return [path(stems, stroke=dark, stroke_width=size * 0.08),
            path(ears, stroke=light, stroke_width=size * 0.24, stroke_linecap="round")]  # fmt: skip


def lavender(view: View) -> None:
    _rows_of_flowers(view, "#8f78c8", "#a992dc", "#6fa35c")


def sunflowers(view: View) -> None:
    _rows_of_flowers(view, "#f2b92e", "#ffd75a", "#5f9a45", dark="#7a4a26")


def flowers(view: View) -> None:
    """A sea of flowers of many colours, in drifts."""
    _rows_of_flowers(view, "", "", "#6fae57")


DRIFTS = ("#ef6f93", "#f7b23f", "#fff1f4", "#b07fdc", "#f2555a", "#f9d64c", "#f49ac1")


def _rows_of_flowers(view: View, bloom: str, light: str, leaf: str, dark: str = "") -> None:
    """Rows that run to the horizon: leaves below, blossoms above them, larger towards us."""
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    hills(view, "far-hills", h - 0.06 * view.height, 0.08 * view.height, 1.2, distant(view, "#8fb59f", 0.5))
    tree_line(view, h + 0.004 * view.height, 0.05 * view.height, distant(view, "#5f9a63", 0.3), "far-trees")
    earth(view, shade(leaf, -0.08), shade(leaf, 0.06), 0.004)
    depth, parts = view.height - h, view.sheet.layer("flowers")
    end = view.width * rng.uniform(0.4, 0.6)
    spread = max(end, view.width - end)
    count = min(12, max(5, round(6 * view.width / s)))
    for n in range(-count, count + 1):
        drift = bloom or rng.choice(DRIFTS)
        far, near = end + n * spread / count * 0.32, end + n * spread / count * 1.75
        step_far, step_near = spread / count * 0.2, spread / count * 1.1
        top, low = h + 0.012 * s, view.height + 4
        strip: list[Point] = [(far, top), (far + step_far, top), (near + step_near, low), (near, low)]
        colour = mix(view.land(drift), view.land(leaf), 0.22)
        paint = view.sheet.gradient([(0, mix(colour, view.light.sky[-1][1], 0.25)), (1, colour)])
        parts.append(path(polygon(strip), paint))
        dots: dict[str, str] = {}
        for k in range(15):
            t = ((k + 0.5) / 15) ** 1.7
            y, r = h + depth * (0.03 + 0.97 * t), s * (0.0022 + 0.0115 * t)
            for across in (0.15, 0.5, 0.85):
                x = far + (near - far) * t + (step_far + (step_near - step_far) * t) * across + rng.uniform(-r, r)
                if not -r < x < view.width + r:
                    continue
                tone = (light or shade(drift, 0.05)) if rng.random() < 0.55 else drift
                cy = y - r * rng.uniform(0.3, 1.6)
                dots[tone] = dots.get(tone, "") + _disc(x, cy, r)
                if dark and t > 0.12:
                    dots[dark] = dots.get(dark, "") + _disc(x, cy, r * 0.45)
        order = sorted(dots, key=lambda tone: tone == dark)
        parts += [path(dots[tone], view.land(tone)) for tone in order]
    tufts(view, (shade(leaf, -0.1), shade(leaf, 0.08)), 14)


def _disc(x: float, y: float, r: float) -> str:
    return (
        f"M{num(x - r)} {num(y)}a{num(r)} {num(r * 0.85)} 0 1 0 {num(2 * r)} 0a{num(r)} "
        f"{num(r * 0.85)} 0 1 0 {num(-2 * r)} 0Z"
    )


PINKS = ("#f4b3c8", "#f7c3d3", "#ef9fbb", "#f9d2de")


def blossom(view: View) -> None:
    """Cherry trees on both sides of a path, petals on the ground and in the air."""
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    hills(view, "far-hills", h - 0.05 * view.height, 0.08 * view.height, 1.1, distant(view, "#9fc0a9", 0.55))
    earth(view, "#7fb865", "#a9d488")
    depth, end = view.height - h, view.width * 0.5
    lane: list[Point] = [(end - 0.02 * s, h), (end + 0.02 * s, h), (end + 0.5 * s, view.height + 4),
                         (end - 0.5 * s, view.height + 4)]  # fmt: skip
    paint = view.sheet.gradient([(0, view.land("#f0e2d2")), (1, view.land("#dfc9b2"))])
    view.sheet.layer("path").append(path(polygon(lane), paint))
    trees = view.sheet.layer("trees")
    reach = max(0.5 * view.width, 0.6 * s)
    for t in (0.0, 0.06, 0.16, 0.32, 0.58):
        haze = 0.5 * (1 - t) ** 4
        high = s * (0.16 + 0.86 * t)
        foot = h + depth * (0.01 + 0.62 * t)
        for side in (-1, 1):
            x = end + side * (0.07 * s + reach * 1.12 * t**0.8) + rng.uniform(-0.01, 0.01) * s
            trees.append(ellipse(x, foot, high * 0.3, high * 0.03, view.light.shadow, opacity=0.18))
            trees.append(round_tree(view, x, foot, min(high, 1.1 * h), rng.choice(PINKS), haze))
    fallen = view.sheet.layer("petals")
    for _ in range(round(80 * view.width / s)):
        t = rng.random()
        x, y, r = rng.random() * view.width, h + depth * (0.05 + 0.95 * t), s * (0.0018 + 0.0045 * t)
        fallen.append(ellipse(x, y, r * 1.3, r * 0.7, view.land(rng.choice(PINKS)), opacity=0.9))
    air = view.sheet.layer("air")
    for _ in range(round(26 * view.width / s)):
        x, y, r = rng.random() * view.width, rng.random() * view.height, s * rng.uniform(0.003, 0.006)
        air.append(circle(x, y, r, rng.choice(PINKS), opacity=0.8))
