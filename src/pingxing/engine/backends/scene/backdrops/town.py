"""Streets: a city of glass and stone, and Chinatown."""

from __future__ import annotations

from pingxing.engine.backends.scene.backdrops.alley import chinese_lane, fits
from pingxing.engine.backends.scene.backdrops.terrain import distant
from pingxing.engine.backends.scene.colour import mix, shade
from pingxing.engine.backends.scene.sky import View, paint_sky
from pingxing.engine.backends.scene.svg import (
    circle,
    ellipse,
    num,
    path,
    rect,
)


def _skyline(view: View, base: float, tall: float, colours: tuple[str, ...], haze: float, layer: str) -> None:
    rng, parts, x = view.rng, view.sheet.layer(layer), -0.02 * view.width
    while x < 1.02 * view.width:
        wide = view.short * rng.uniform(0.075, 0.15)
        high = tall * rng.uniform(0.45, 1.0)
        colour = distant(view, rng.choice(colours), haze)
        paint = view.sheet.gradient([(0, shade(colour, 0.03)), (1, shade(colour, -0.05))])
        parts.append(rect(x, base - high, wide + 0.6, high, paint))
        if rng.random() < 0.3:
            parts.append(rect(x + wide * 0.3, base - high - wide * 0.22, wide * 0.4, wide * 0.22, colour))
        parts.append(_windows(view, x, base - high, wide, high, colour, haze))
        x += wide


def _windows(view: View, x: float, y: float, wide: float, high: float, wall: str, haze: float) -> str:
    rng = view.rng
    columns, cell = rng.choice((3, 4)), wide / 4.4
    rows = min(16, max(1, int(high / (cell * 1.25)) - 1))
    dark = shade(wall, -0.1)
    lit = mix("#ffdf8a", wall, 0.15 + haze * 0.4) if view.light.name in ("night", "sunset") else shade(wall, 0.09)
    parts: dict[str, list[str]] = {dark: [], lit: []}
    step = wide / columns
    for row in range(rows):
        for column in range(columns):
            colour = lit if rng.random() < (0.5 if view.light.name in ("night", "sunset") else 0.35) else dark
            wx, wy = x + step * (column + 0.5) - cell * 0.28, y + cell * (0.6 + row * 1.25)
            parts[colour].append(f"M{num(wx)} {num(wy)}h{num(cell * 0.56)}v{num(cell * 0.7)}h{num(-cell * 0.56)}Z")
    return "".join(path("".join(d), colour, opacity=0.9) for colour, d in parts.items() if d)


def pavement(view: View, road: bool = True) -> None:
    h = view.horizon
    parts = view.sheet.layer("street")
    depth = view.height - h
    parts.append(
        rect(
            -2,
            h,
            view.width + 4,
            depth + 4,
            view.sheet.gradient([(0, view.land("#b9b4ae")), (1, view.land("#d2ccc4"))]),
        )
    )
    if not road:
        return
    top, bottom = h + 0.2 * depth, h + 0.99 * depth
    paint = view.sheet.gradient([(0, view.land("#5c626d")), (1, view.land("#474c56"))])
    parts.append(rect(-2, top, view.width + 4, bottom - top, paint))
    parts.append(rect(-2, top, view.width + 4, depth * 0.02, view.land("#e6e0d6")))
    dash, y = view.short * 0.09, (top + bottom) / 2
    x = -view.rng.random() * dash * 2
    while x < view.width:
        parts.append(rect(x, y, dash, depth * 0.028, view.land("#f3efe2"), rx=depth * 0.01))
        x += dash * 1.9


def city(view: View) -> None:
    paint_sky(view)
    h = view.horizon
    walls = ("#a9b8cc", "#b8c4d4", "#c9b9ae", "#9fb3c4", "#c4c9d6")
    _skyline(view, h + 2, 0.44 * view.height, walls, 0.55, "far-city")
    _skyline(view, h + 2, 0.3 * view.height, ("#8fa5bf", "#b59a8b", "#c9a98f", "#8796ad", "#a6b0c0"), 0.18, "near-city")
    _hedge(view, h)
    pavement(view)


def _hedge(view: View, base: float) -> None:
    rng, parts, x = view.rng, view.sheet.layer("hedge"), 0.0
    while x < view.width * 1.03:
        r = view.short * rng.uniform(0.018, 0.03)
        parts.append(circle(x, base, r, view.land(rng.choice(("#5c9c5a", "#6cae66", "#4f8c52")))))
        x += r * 1.2


def chinatown(view: View) -> None:
    if fits(view):
        chinese_lane(view)
        return
    paint_sky(view)
    rng, h, parts = view.rng, view.horizon, view.sheet.layer("houses")
    x = -0.03 * view.width
    while x < 1.02 * view.width:
        wide, high = view.short * rng.uniform(0.26, 0.36), min(0.82 * h, view.short * rng.uniform(0.42, 0.58))
        _shop(view, parts, x, h + 0.01 * view.height, wide, high)
        x += wide * 0.99
    pavement(view, road=False)
    paving(view)
    lanterns(view)


def _shop(view: View, parts: list[str], x: float, base: float, wide: float, high: float) -> None:
    rng = view.rng
    wall = view.land(rng.choice(("#b5463a", "#c9604a", "#a8503c", "#d08a52", "#8f3f3a")))
    trim, roof = view.land("#e8b94e"), view.land(rng.choice(("#2f6b5c", "#35506b", "#44503f")))
    parts.append(rect(x, base - high, wide, high, view.sheet.gradient([(0, wall), (1, shade(wall, -0.07))])))
    for level in (0.0, 0.46):
        y = base - high + high * level
        lip = wide * 0.09
        d = f"M{num(x - lip)} {num(y - wide * 0.03)}q{num(lip)} {num(wide * 0.1)} {num(lip * 2)} {num(wide * 0.02)}"
        d += f"L{num(x + wide - lip)} {num(y - wide * 0.01)}"
        d += f"q{num(lip)} {num(wide * 0.08)} {num(lip * 2)} {num(-wide * 0.02)}"
        d += f"L{num(x + wide * 0.93)} {num(y - wide * 0.13)}L{num(x + wide * 0.07)} {num(y - wide * 0.13)}Z"
        parts.append(path(d, roof) + rect(x, y + wide * 0.01, wide, wide * 0.025, trim))
    lit = "#ffdf8f" if view.light.name in ("night", "sunset") else "#fbe8bd"
    for column in range(3):
        wx, wy = x + wide * (0.11 + 0.29 * column), base - high * 0.86
        parts.append(rect(wx, wy, wide * 0.2, high * 0.22, lit, rx=wide * 0.01))
        bars = (
            f"M{num(wx + wide * 0.1)} {num(wy)}v{num(high * 0.22)}M{num(wx)} {num(wy + high * 0.11)}h{num(wide * 0.2)}"
        )
        parts.append(path(bars, stroke=shade(wall, -0.12), stroke_width=wide * 0.012))
    parts.append(rect(x + wide * 0.1, base - high * 0.3, wide * 0.8, high * 0.3, shade(wall, -0.16)))
    parts.append(rect(x + wide * 0.14, base - high * 0.26, wide * 0.42, high * 0.26, lit, opacity=0.85))
    parts.append(rect(x + wide * 0.16, base - high * 0.42, wide * 0.68, high * 0.075, trim, rx=wide * 0.012))
    signs = (x + wide * (0.26 + 0.16 * n) for n in range(4))
    parts.extend(circle(at, base - high * 0.383, wide * 0.024, shade(wall, -0.14)) for at in signs)


def paving(view: View) -> None:
    parts, depth = view.sheet.layer("street"), view.height - view.horizon
    line = view.land("#a09a92")
    for n in range(1, 7):
        y = view.horizon + depth * (n / 7) ** 1.6
        parts.append(rect(-2, y, view.width + 4, view.short * 0.002, line, opacity=0.6))
    for n in range(-9, 10):
        top, low = view.width / 2 + n * view.short * 0.12, view.width / 2 + n * view.short * 0.34
        parts.append(path(f"M{num(top)} {num(view.horizon)}L{num(low)} {num(view.height)}", stroke=line,
                          stroke_width=view.short * 0.002, opacity=0.5))  # fmt: skip


def lanterns(view: View) -> None:
    rng, parts = view.rng, view.sheet.layer("lanterns")
    for row in range(2):
        y0, sag = view.height * (0.02 + 0.07 * row), view.height * 0.06
        count = max(4, round((5 + row) * view.width / view.short))
        d = f"M-10 {num(y0)}Q{num(view.width / 2)} {num(y0 + 2 * sag)} {num(view.width + 10)} {num(y0)}"
        parts.append(path(d, stroke="#5a2a20", stroke_width=view.short * 0.003))
        for n in range(count):
            t = (n + 0.5 + rng.uniform(-0.1, 0.1)) / count
            x, y = t * view.width, y0 + 4 * sag * t * (1 - t)
            r = view.short * (0.036 - 0.008 * row)
            halo = view.sheet.radial([(0, "#ffcf70", 0.5), (1, "#ffcf70", 0)]) if view.night else None
            if halo:
                parts.append(circle(x, y + r * 1.3, r * 2.4, halo))
            body = view.sheet.radial([(0, "#ff7a52"), (0.7, "#e03a2c"), (1, "#b5221f")])
            parts.append(rect(x - r * 0.4, y + r * 0.22, r * 0.8, r * 0.2, "#e9b847"))
            parts.append(ellipse(x, y + r * 1.3, r * 1.1, r * 0.95, body))
            parts.append(rect(x - r * 0.4, y + r * 2.15, r * 0.8, r * 0.2, "#e9b847"))
            parts.append(path(f"M{num(x)} {num(y + r * 2.35)}v{num(r * 0.8)}", stroke="#e9b847", stroke_width=r * 0.16))
