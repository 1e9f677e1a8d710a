"""Water: lake, beach, open sea and the sea floor."""

from __future__ import annotations

import math

from pingxing.engine.backends.scene.backdrops.terrain import PETALS, distant, foreground, hills, tree_line, water
from pingxing.engine.backends.scene.colour import mix, shade
from pingxing.engine.backends.scene.sky import View, paint_rays, paint_sky
from pingxing.engine.backends.scene.svg import (
    Point,
    circle,
    ellipse,
    filled,
    num,
    path,
    polygon,
    rect,
    smooth,
    wave_points,
)


def lake(view: View) -> None:
    paint_sky(view)
    h = view.horizon
    hills(view, "far-hills", h - 0.08 * view.height, 0.1 * view.height, 1.1, distant(view, "#7fb0a8", 0.5))
    tree_line(view, h + 0.004 * view.height, 0.07 * view.height, distant(view, "#4f8f6b", 0.25), "far-trees")
    shore = h + 0.42 * (view.height - h)
    water(view, h, shore + 0.1 * view.height, "#3f93c4", "#7cc4e0")
    points = wave_points(view.rng, view.width, shore, 0.05 * view.height, 0.7)
    paint = view.sheet.gradient([(0, view.land("#8fcb6a")), (1, view.land("#5da24c"))])
    view.sheet.layer("shore").append(path(filled(points, view.height + 4), paint))
    _bank(view, shore)
    foreground(view, "#6fb25a", view.rng.choice(PETALS))


def _bank(view: View, shore: float) -> None:
    """Reeds along the water's edge, grass and flowers in front of them."""
    rng, parts, s = view.rng, view.sheet.layer("grass"), view.short
    green, deep = view.land("#4f9244"), view.land("#3f7a3c")
    for n in range(round(30 * view.width / s)):
        near = rng.random() ** 0.8
        x, y = rng.random() * view.width, shore + (0.12 + 0.86 * near) * (view.height - shore)
        size = s * (0.01 + 0.02 * near)
        d = "".join(
            f"M{num(x + i * size * 0.35)} {num(y)}q{num(i * size * 0.12)} {num(-size * 0.7)} {num(i * size * 0.4)} "
            f"{num(-size)}"
            for i in (-1, 0, 1)
        )
        parts.append(path(d, stroke=green if n % 2 else deep, stroke_width=size * 0.16, stroke_linecap="round"))
        if n % 3 == 0:
            bloom = view.land(rng.choice(("#ffffff", "#ffe27a", "#f7b6d0")))
            parts.append(circle(x + size, y - size * 0.4, size * 0.2, bloom))
    for side in (0, 1):
        for _ in range(round(7 * view.width / s)):
            out = rng.random() ** 1.5 * 0.3 * view.width
            x, high = out if side == 0 else view.width - out, s * rng.uniform(0.06, 0.13)
            foot = shore + 0.03 * view.height
            top = f"M{num(x)} {num(foot)}q{num(high * 0.04)} {num(-high * 0.6)} {num(high * 0.1)} {num(-high)}"
            parts.append(path(top, stroke=deep, stroke_width=s * 0.003))
            if rng.random() < 0.5:
                parts.append(ellipse(x + high * 0.1, foot - high, s * 0.005, high * 0.15, view.land("#7a4f33")))


def sea(view: View) -> None:
    sun = paint_sky(view)
    h, rng, s = view.horizon, view.rng, view.short
    _isles(view)
    water(view, h, view.height, "#1f78b8", "#6fbfe4")
    _glitter(view, sun, view.height)
    depth = view.height - h
    for n, at in enumerate((0.22, 0.4, 0.6, 0.82)):
        y = h + depth * at
        points = wave_points(rng, view.width, y, 0.014 * view.height * (1 + n * 0.6), 3 + rng.random() * 2, 34)
        paint = view.sheet.gradient([(0, view.land("#58b2df"), 0.75), (1, view.land("#1c6cab"), 0)])
        view.sheet.layer("waves").append(path(filled(points, y + 0.2 * view.height), paint))
        crest = f"M{num(points[0][0])} {num(points[0][1])}{smooth(points)}"
        foam = mix(view.land("#ffffff"), view.light.glow, 0.2)
        view.sheet.layer("waves").append(
            path(crest, stroke=foam, stroke_width=s * (0.0012 + 0.0012 * n), opacity=0.3 + 0.08 * n)
        )


def _isles(view: View) -> None:
    """Two or three far islands, one behind another."""
    rng, parts, h = view.rng, view.sheet.layer("isles"), view.horizon
    for n in range(rng.choice((1, 2, 3))):
        x, wide = rng.uniform(-0.05, 0.95) * view.width, view.short * rng.uniform(0.16, 0.34)
        high = wide * rng.uniform(0.16, 0.3)
        d = f"M{num(x)} {num(h + 3)}C{num(x + wide * 0.2)} {num(h - high * 0.4)} {num(x + wide * 0.3)} {num(h - high)} "
        d += f"{num(x + wide * 0.46)} {num(h - high)}C{num(x + wide * 0.62)} {num(h - high)} {num(x + wide * 0.66)} "
        d += f"{num(h - high * 0.45)} {num(x + wide)} {num(h + 3)}Z"
        parts.append(path(d, distant(view, "#5f93a8", 0.6 - 0.12 * n)))


def _glitter(view: View, x0: float, bottom: float) -> None:
    """The path of light under the sun or moon: short strokes that widen towards us."""
    rng, parts, h = view.rng, view.sheet.layer("glitter"), view.horizon
    colour = mix(view.light.glow, "#ffffff", 0.5 if view.light.name == "day" else 0.15)
    for _ in range(70):
        depth = rng.random() ** 1.4
        y = h + depth * (bottom - h)
        reach, long = view.short * (0.035 + 0.13 * depth), view.short * (0.012 + 0.05 * depth)
        x = x0 + rng.gauss(0, 0.5) * reach
        parts.append(ellipse(x, y, long, view.short * (0.0012 + 0.0022 * depth), colour, opacity=0.5 - 0.2 * depth))


def beach(view: View) -> None:
    paint_sky(view)
    h = view.horizon
    _isles(view)
    shore = h + 0.3 * (view.height - h)
    water(view, h, shore + 0.08 * view.height, "#3fb4cf", "#7fd3e8")
    points = wave_points(view.rng, view.width, shore, 0.03 * view.height, 1.1)
    foam = [(x, y - 0.012 * view.height) for x, y in points]
    parts = view.sheet.layer("sand")
    parts.append(path(filled(foam, view.height + 4), view.land("#ffffff"), opacity=0.85))
    paint = view.sheet.gradient([(0, view.land("#e2c48e")), (0.12, view.land("#f2dcab")), (1, view.land("#e3bf80"))])
    parts.append(path(filled(points, view.height + 4), paint))
    wet = view.sheet.gradient([(0, view.land("#b99860"), 0.6), (1, view.land("#d9b97c"), 0.0)])
    parts.append(path(filled(points, shore + 0.07 * view.height), wet))  # where the last wave was
    for at in (0.42, 0.7):
        fold = wave_points(view.rng, view.width, shore + at * (view.height - shore), 0.035 * view.height, 0.8)
        tint = view.sheet.gradient([(0, view.land("#fbeac2"), 0.55), (1, view.land("#efd29a"), 0.0)])
        parts.append(path(filled(fold, shore + (at + 0.3) * (view.height - shore)), tint))
    for _ in range(round(50 * view.width / view.short)):
        depth = view.rng.random()
        y = shore + (0.2 + 0.8 * depth) * (view.height - shore)
        size = view.short * (0.0012 + 0.0025 * depth)
        parts.append(ellipse(view.rng.random() * view.width, y, size * 1.5, size, view.land("#c39d60"), opacity=0.5))
    _surf(view, points, h)
    _finds(view, shore)
    foreground(view, "#a9a05a", corners=True)


def _surf(view: View, line: list[Point], horizon: float) -> None:
    """Two soft rollers before the beach, and the sheen of sand that the last one wetted."""
    rng, s, parts = view.rng, view.short, view.sheet.layer("surf")
    for part, wide in ((0.45, 0.004), (0.74, 0.007)):
        y = horizon + (line[0][1] - horizon) * part
        d, x = "", -0.1 * view.width + rng.random() * 0.2 * view.width
        while x < view.width:
            long = s * rng.uniform(0.18, 0.4)
            d += f"M{num(x)} {num(y + rng.uniform(-0.006, 0.006) * s)}"
            d += f"q{num(long / 4)} {num(-0.014 * s)} {num(long / 2)} 0"
            d += f"t{num(long / 2)} 0"
            x += long * rng.uniform(1.2, 1.9)
        parts.append(path(d, stroke="#ffffff", stroke_width=wide * s, stroke_linecap="round", opacity=0.75))
    wet = [(x, y + 0.03 * view.height) for x, y in line]
    ring = f"M{num(line[0][0])} {num(line[0][1])}{smooth(line)}L{num(wet[-1][0])} {num(wet[-1][1])}{smooth(wet[::-1])}Z"
    parts.append(path(ring, view.land("#c9a568"), opacity=0.45))


def _finds(view: View, shore: float) -> None:
    """Shells, a starfish and pebbles, small and to the sides, where nothing stands."""
    rng, s, parts = view.rng, view.short, view.sheet.layer("shells")
    for n in range(round(5 * view.width / s)):
        near, edge = rng.random(), rng.random() * 0.3
        x, y = view.width * (edge if n % 2 else 1 - edge), shore + (0.22 + 0.7 * near) * (view.height - shore)
        r = s * (0.008 + 0.012 * near)
        kind = n % 3
        if kind == 0:
            tone = view.land(rng.choice(("#f7d9c4", "#f4c3b5", "#fdf3e3")))
            fan = "".join(
                f"M{num(x)} {num(y + 0.5 * r)}L{num(x + dx * r)} {num(y - 0.55 * r)}" for dx in (-0.5, 0.0, 0.5)
            )
            parts.append(ellipse(x, y, r, 0.8 * r, tone) + path(fan, stroke=shade(tone, -0.09), stroke_width=0.1 * r))
        elif kind == 1 and "E003" not in view.asked:
            tips = [
                (x + math.sin(math.tau * k / 10) * (r if k % 2 == 0 else 0.42 * r),
                 y - math.cos(math.tau * k / 10) * (r if k % 2 == 0 else 0.42 * r) * 0.85)
                for k in range(10)
            ]  # fmt: skip
            parts.append(
                path(
                    polygon(tips),
                    view.land("#e8835a"),
                    stroke=view.land("#e8835a"),
                    stroke_width=0.3 * r,
                    stroke_linejoin="round",
                )
            )
        else:
            parts.append(
                ellipse(x, y, 0.8 * r, 0.5 * r, view.land("#b7a28a"))
                + ellipse(x - 0.2 * r, y - 0.12 * r, 0.35 * r, 0.16 * r, view.land("#d3c3ad"))
            )


def underwater(view: View) -> None:
    rng, sheet = view.rng, view.sheet
    top, low = ("#4fc3e6", "#0b4f8a") if not view.night else ("#1d5f94", "#06213f")
    parts = sheet.layer("water")
    parts.append(rect(-2, -2, view.width + 4, view.height + 4,
                      sheet.gradient([(0, mix(top, "#e8fbff", 0.35)), (0.3, top), (1, low)])))  # fmt: skip
    sheet.layer("rays").append(paint_rays(view, view.width * 0.05, -4, "#e9fdff", 0.32))
    floor = view.height - 0.13 * view.short
    for n, (colour, lift) in enumerate((("#2f7fa6", 0.08), ("#3f8fae", 0.03))):
        points = wave_points(rng, view.width, floor - lift * view.short, 0.09 * view.short, 1.1 + n)
        sheet.layer("reef").append(path(filled(points, view.height + 4), mix(colour, low, 0.45 - 0.2 * n)))
    _seaweed(view, floor)
    points = wave_points(rng, view.width, floor + 0.03 * view.short, 0.045 * view.short, 0.9)
    paint = sheet.gradient([(0, mix("#ecd9a4", top, 0.25)), (1, mix("#b89f6a", low, 0.3))])
    sheet.layer("sand").append(path(filled(points, view.height + 4), paint))
    for _ in range(round(16 * view.width / view.short)):
        x, y = rng.random() * view.width, rng.random() * view.height * 0.85
        r = view.short * rng.uniform(0.004, 0.013)
        sheet.layer("bubbles").append(
            circle(x, y, r, "#ffffff", fill_opacity=0.14, stroke="#e6fbff", stroke_width=r * 0.18, opacity=0.75)
            + circle(x - r * 0.3, y - r * 0.35, r * 0.22, "#ffffff", opacity=0.85)
        )


def _seaweed(view: View, floor: float) -> None:
    rng, parts = view.rng, view.sheet.layer("seaweed")
    for _ in range(round(7 * view.width / view.short)):
        edge = rng.random()
        x = view.width * (edge**1.6 * 0.5 if rng.random() < 0.5 else 1 - edge**1.6 * 0.5)
        colour = mix(rng.choice(("#2fa36b", "#3fb98a", "#c2557a", "#e0895a")), "#0b4f8a", 0.28)
        for leaf in range(3):
            high = view.short * rng.uniform(0.1, 0.24)
            lean = (leaf - 1) * high * 0.18
            d = f"M{num(x)} {num(floor + 0.06 * view.short)}c{num(lean - high * 0.16)} {num(-high * 0.4)} "
            d += f"{num(lean + high * 0.2)} {num(-high * 0.6)} {num(lean)} {num(-high)}"
            parts.append(path(d, stroke=colour, stroke_width=view.short * 0.013, stroke_linecap="round", opacity=0.9))
