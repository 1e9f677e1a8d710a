"""Above the clouds, in space, on the Moon."""

from __future__ import annotations

from pingxing.engine.backends.scene.colour import mix
from pingxing.engine.backends.scene.sky import View, paint_clouds, paint_sky, stars
from pingxing.engine.backends.scene.svg import (
    circle,
    ellipse,
    filled,
    glow,
    path,
    rect,
    wave_points,
)


def sky(view: View) -> None:
    paint_sky(view)
    paint_clouds(view, 4, "high-clouds")
    parts, rng = view.sheet.layer("cloud-sea"), view.rng
    tops = {"day": "#ffffff", "dawn": "#fff0e8", "sunset": "#ffcfae", "night": "#6474b4"}[view.light.name]
    low = {"day": "#cfe4f4", "dawn": "#f0c9cf", "sunset": "#c46f8c", "night": "#2f3c78"}[view.light.name]
    for n in range(3):
        y = view.height * (0.9 + 0.05 * n)
        x = -0.05 * view.width
        colour = mix(low, tops, 0.5 + 0.25 * n)
        while x < 1.05 * view.width:
            r = view.short * rng.uniform(0.06, 0.12)
            parts.append(circle(x, y + r * 0.4, r, colour))
            x += r * 1.1


def space(view: View) -> None:
    sheet, rng = view.sheet, view.rng
    parts = sheet.layer("sky")
    low = rng.choice(("#2b1c5c", "#16305e", "#3a1747"))
    parts.append(
        rect(-2, -2, view.width + 4, view.height + 4, sheet.gradient([(0, "#070a20"), (0.6, "#0f1338"), (1, low)]))
    )
    for colour in rng.sample(("#7a4fd0", "#3f6fd9", "#c2478f", "#2fa3b5"), 2):
        x, y = rng.random() * view.width, rng.random() * view.height
        parts.append(glow(x, y, view.width * 0.5, view.short * 0.36, colour, 0.34))
    parts += stars(view, view.height, 130)


def moon(view: View) -> None:
    space(view)
    points = wave_points(view.rng, view.width, view.horizon, 0.03 * view.height, 0.8)
    paint = view.sheet.gradient([(0, "#c9ccd6"), (1, "#878c9c")])
    parts = view.sheet.layer("ground")
    parts.append(path(filled(points, view.height + 4), paint))
    for _ in range(round(9 * view.width / view.short)):
        depth = view.rng.random()
        x, y = view.rng.random() * view.width, view.horizon + (0.12 + 0.85 * depth) * (view.height - view.horizon)
        r = view.short * (0.015 + 0.05 * depth) * view.rng.uniform(0.6, 1.2)
        parts.append(ellipse(x, y, r, r * 0.32, "#8b90a0") + ellipse(x, y + r * 0.05, r * 0.9, r * 0.24, "#a6abb8"))
