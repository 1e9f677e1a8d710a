"""Above the clouds, in space, on the Moon."""

from __future__ import annotations

from pingxing.engine.backends.scene.colour import mix
from pingxing.engine.backends.scene.sky import View, paint_clouds, paint_sky, stars
from pingxing.engine.backends.scene.svg import (
    circle,
    ellipse,
    filled,
    glow,
    num,
    path,
    rect,
    wave_points,
)


def sky(view: View) -> None:
    paint_sky(view)
    paint_clouds(view, 2, "high-clouds")
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
    _nebula(view, parts)
    parts += stars(view, view.height, 130)
    for _ in range(round(5 * view.width / view.short)):
        parts.append(
            _flare(rng.random() * view.width, rng.random() * view.height, view.short * rng.uniform(0.01, 0.022))
        )


def _nebula(view: View, parts: list[str]) -> None:
    """A band of glowing gas across the frame, with the dust of far stars in it."""
    rng, w, h, s = view.rng, view.width, view.height, view.short
    rise = rng.choice((-1, 1)) * rng.uniform(0.35, 0.6)
    first, second = rng.sample(("#8a5be0", "#3f7fe0", "#d4569a", "#2fb3c4"), 2)
    for n in range(5):
        t = (n + 0.5) / 5
        x, y = t * w, h * (0.5 + rise * (t - 0.5) + rng.uniform(-0.06, 0.06))
        parts.append(glow(x, y, 0.3 * w, rng.uniform(0.2, 0.32) * s, first if n % 2 else second, 0.42, 26))
    d = ""
    for _ in range(170):
        t = rng.random()
        x, y = t * w, h * (0.5 + rise * (t - 0.5)) + rng.gauss(0, 0.07) * s
        d += f"M{num(x)} {num(y)}h{num(s * rng.choice((0.0014, 0.002, 0.0028)))}"
    parts.append(path(d, stroke="#eef2ff", stroke_width=s * 0.0018, opacity=0.6))


def _flare(x: float, y: float, r: float) -> str:
    """A near star with four rays."""
    k = 0.09 * r
    d = f"M{num(x)} {num(y - r)}L{num(x + k)} {num(y - k)}L{num(x + r)} {num(y)}L{num(x + k)} {num(y + k)}"
    d += f"L{num(x)} {num(y + r)}L{num(x - k)} {num(y + k)}L{num(x - r)} {num(y)}L{num(x - k)} {num(y - k)}Z"
    return path(d, "#ffffff", opacity=0.9) + circle(x, y, r * 0.2, "#ffffff")


def moon(view: View) -> None:
    space(view)
    rng, h, s = view.rng, view.horizon, view.short
    far = view.sheet.layer("ridges")
    for lift, colour in ((0.055, "#6f7486"), (0.02, "#8d92a3")):
        points = wave_points(rng, view.width, h - lift * view.height, 0.06 * view.height, 1.6, 9)
        far.append(path(filled(points, h + 0.1 * view.height), view.sheet.gradient([(0, colour), (1, "#b3b7c4")])))
    points = wave_points(rng, view.width, h, 0.03 * view.height, 0.8)
    parts = view.sheet.layer("ground")
    parts.append(path(filled(points, view.height + 4), view.sheet.gradient([(0, "#cfd2db"), (1, "#878c9c")])))
    depth = view.height - h
    spots = sorted(rng.random() for _ in range(round(13 * view.width / s)))
    for near in spots:
        x, y = rng.random() * view.width, h + (0.1 + 0.88 * near) * depth
        r = s * (0.012 + 0.07 * near) * rng.uniform(0.5, 1.25)
        parts.append(ellipse(x, y, r, r * 0.34, "#e4e6ec"))
        parts.append(ellipse(x, y + r * 0.03, r * 0.88, r * 0.28, "#747a8c"))
        parts.append(ellipse(x + r * 0.08, y + r * 0.08, r * 0.76, r * 0.2, "#9da2b1"))
    for _ in range(round(18 * view.width / s)):
        near = rng.random()
        x, y, r = rng.random() * view.width, h + (0.1 + 0.88 * near) * depth, s * (0.002 + 0.006 * near)
        parts.append(ellipse(x + r * 0.8, y + r * 0.3, r * 1.6, r * 0.5, "#6d7284", opacity=0.6))
        parts.append(ellipse(x, y, r, r * 0.8, "#c3c7d1"))
