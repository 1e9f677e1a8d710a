"""The bathroom."""

from __future__ import annotations

from pingxing.engine.backends.scene.backdrops.furniture import curve, start
from pingxing.engine.backends.scene.colour import mix, shade
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import circle, ellipse, num, path, polygon, rect

BATH = "1F6C1"


def bathroom(view: View) -> None:
    """Tiles, a bath with bubbles, a basin under its mirror."""
    rng, s, h, w = view.rng, view.short, view.horizon, view.width
    wall = view.land(view.colour or rng.choice(("#cfe6ea", "#dcebe0", "#f3ddd8", "#dfe3f0")))
    parts = view.sheet.layer("wall")
    parts.append(rect(-2, -2, w + 4, h + 4, view.sheet.gradient([(0, shade(wall, 0.03)), (1, shade(wall, -0.03))])))
    side = 0.075 * s
    grid = "".join(f"M{num(n * side)} -2V{num(h)}" for n in range(round(w / side) + 1))
    grid += "".join(f"M-2 {num(h - n * side)}H{num(w + 4)}" for n in range(1, round(h / side) + 1))
    parts.append(path(grid, stroke=shade(wall, 0.06), stroke_width=0.004 * s, opacity=0.8))
    parts.append(rect(-2, h - 4 * side - 0.012 * s, w + 4, 0.024 * s, mix(wall, view.land("#4f9fb5"), 0.5)))
    floor = view.land("#e9e4da")
    ground = view.sheet.layer("floor")
    ground.append(rect(-2, h, w + 4, view.height - h + 4, view.sheet.gradient([(0, shade(floor, -0.05)), (1, floor)])))
    lines = "".join(
        f"M{num(w / 2 + n * 0.11 * s)} {num(h)}L{num(w / 2 + n * 0.24 * s)} {num(view.height)}"
        for n in range(-round(8 * w / s), round(8 * w / s) + 1)
    )
    lines += "".join(f"M-2 {num(h + (view.height - h) * (n / 5) ** 1.5)}H{num(w + 4)}" for n in range(1, 5))
    ground.append(path(lines, stroke=shade(floor, -0.07), stroke_width=0.0025 * s))
    mat, y = view.land(rng.choice(("#7fb5c4", "#e8a09a", "#9fc29a"))), h + 0.62 * (view.height - h)
    for part, colour in ((1.0, mat), (0.86, shade(mat, 0.05))):
        ground.append(ellipse(w / 2, y, 0.3 * w * part, 0.24 * (view.height - h) * part, colour))
    left = rng.random() < 0.5
    if BATH not in view.asked:
        _bath(view, 0.06 * s if left else w - 0.66 * s)
    _basin(view, w - 0.2 * s if left else 0.2 * s)


def _bath(view: View, x: float) -> None:
    rng, s, foot, parts = view.rng, view.short, view.horizon + 0.07 * view.short, view.sheet.layer("bath")
    wide, top, white = 0.6 * s, view.horizon - 0.13 * view.short, view.land("#fbfdfd")
    parts.append(ellipse(x + wide / 2, foot, 0.5 * wide, 0.014 * s, view.light.shadow, opacity=0.16))
    for n in range(11):
        parts.append(
            circle(
                x + wide * (n + 0.7) / 12,
                top - rng.uniform(-0.005, 0.02) * s,
                rng.uniform(0.022, 0.038) * s,
                view.land("#ffffff"),
            )
        )
    body = (
        start((x, top)) + f"H{num(x + wide)}" + curve((x + wide, foot - 0.02 * s), (x + 0.82 * wide, foot - 0.015 * s))
    )
    body += f"H{num(x + 0.18 * wide)}" + curve((x, foot - 0.02 * s), (x, top)) + "Z"
    parts.append(
        path(body, white)
        + path(
            start((x + 0.03 * s, top + 0.04 * s)) + f"H{num(x + wide - 0.03 * s)}",
            stroke=shade(white, -0.05),
            stroke_width=0.006 * s,
        )
    )
    parts.append(rect(x - 0.015 * s, top - 0.012 * s, wide + 0.03 * s, 0.028 * s, shade(white, -0.02), rx=0.014 * s))
    parts += [circle(x + wide * at, foot - 0.006 * s, 0.014 * s, view.land("#d9b25f")) for at in (0.24, 0.76)]
    tap = x + 0.88 * wide
    pipe = (
        start((tap, top))
        + f"v{num(-0.07 * s)}"
        + curve((tap, top - 0.1 * s), (tap - 0.035 * s, top - 0.1 * s))
        + f"v{num(0.02 * s)}"
    )
    parts.append(path(pipe, stroke=view.land("#b9c6cc"), stroke_width=0.012 * s, stroke_linecap="round"))


def _basin(view: View, x: float) -> None:
    s, h, parts = view.short, view.horizon, view.sheet.layer("basin")
    top, white = h - 0.16 * s, view.land("#fbfdfd")
    if top - 0.3 * s > 0:
        parts.append(ellipse(x, top - 0.19 * s, 0.1 * s, 0.125 * s, view.land("#d9b78a")))
        parts.append(ellipse(x, top - 0.19 * s, 0.088 * s, 0.113 * s, view.land("#d3ecf2")))
        shine = [
            (x - 0.05 * s, top - 0.13 * s),
            (x + 0.02 * s, top - 0.27 * s),
            (x + 0.04 * s, top - 0.255 * s),
            (x - 0.03 * s, top - 0.115 * s),
        ]
        parts.append(path(polygon(shine), "#ffffff", opacity=0.5))
    parts.append(rect(x - 0.025 * s, top + 0.03 * s, 0.05 * s, 0.19 * s, shade(white, -0.05)))
    bowl = (
        start((x - 0.1 * s, top))
        + f"H{num(x + 0.1 * s)}"
        + curve((x + 0.09 * s, top + 0.075 * s), (x, top + 0.075 * s))
    )
    parts.append(path(bowl + curve((x - 0.09 * s, top + 0.075 * s), (x - 0.1 * s, top)) + "Z", white))
    parts.append(rect(x - 0.11 * s, top - 0.01 * s, 0.22 * s, 0.02 * s, shade(white, -0.02), rx=0.01 * s))
    pipe = (
        start((x, top - 0.01 * s)) + f"v{num(-0.035 * s)}" + curve((x, top - 0.06 * s), (x + 0.03 * s, top - 0.055 * s))
    )
    parts.append(path(pipe, stroke=view.land("#b9c6cc"), stroke_width=0.01 * s, stroke_linecap="round"))
