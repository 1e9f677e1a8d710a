"""Land, water and rooms: one painter a setting, each drawing from far to near under the hour's light."""

from __future__ import annotations

import math
from collections.abc import Callable

from pingxing.engine.backends.scene.colour import mix, shade
from pingxing.engine.backends.scene.sky import View, paint_clouds, paint_rays, paint_sky, stars
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


def _hills(view: View, layer: str, y: float, amount: float, humps: float, near: str, far: str | None = None) -> None:
    points = wave_points(view.rng, view.width, y, amount, humps)
    paint = view.sheet.gradient([(0, far or near), (1, near)])
    view.sheet.layer(layer).append(path(filled(points, view.height + 4), paint))


def _ground(view: View, near: str, far: str, bend: float = 0.012) -> None:
    points = wave_points(view.rng, view.width, view.horizon, bend * view.height, 0.8)
    paint = view.sheet.gradient([(0, view.land(far)), (1, view.land(near))])
    view.sheet.layer("ground").append(path(filled(points, view.height + 4), paint))


def _haze(view: View, colour: str, part: float) -> str:
    """A far colour: the land's, drawn towards the sky at the horizon."""
    return mix(view.land(colour), view.light.sky[-1][1], part)


def _tufts(view: View, colours: tuple[str, ...], count: int) -> None:
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


def _blossoms(view: View, count: int) -> None:
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
    _hills(view, "far-hills", h - 0.075 * view.height, 0.09 * view.height, 1.3, _haze(view, "#8fc7b4", 0.55))
    _hills(view, "near-hills", h - 0.025 * view.height, 0.07 * view.height, 1.0, _haze(view, green, 0.35))
    _ground(view, shade(green, -0.09), shade(green, 0.06))
    _tufts(view, (shade(green, -0.13), shade(green, 0.07)), 34)
    _blossoms(view, view.rng.choice((8, 14, 20)))


def _tree_line(view: View, base: float, tall: float, colour: str, layer: str) -> None:
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


def forest(view: View) -> None:
    paint_sky(view)
    h = view.horizon
    _tree_line(view, h + 0.01 * view.height, 0.3 * view.height, _haze(view, "#5fa07a", 0.5), "far-trees")
    _tree_line(view, h + 0.015 * view.height, 0.24 * view.height, _haze(view, "#3f8a5c", 0.25), "mid-trees")
    _ground(view, "#4c8f45", "#6bab58")
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
    _tufts(view, ("#3c7a38", "#7fbf63"), 46)


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
    for layer, (tall, colour, haze) in enumerate(((0.42, "#8aa0c4", 0.5), (0.3, "#6d86ac", 0.25))):
        x = -0.15 * view.width + layer * 0.12 * view.width
        while x < 1.1 * view.width:
            wide = view.short * rng.uniform(0.5, 0.75)
            high = min(0.8 * h, tall * view.height * rng.uniform(0.75, 1.1))
            base, paint = _haze(view, colour, haze), _haze(view, shade(colour, -0.09), haze)
            top = (x + wide * rng.uniform(0.42, 0.58), h - high)
            foot = h + 0.02 * view.height
            parts.append(path(polygon([(x, foot), top, (x + wide, foot)]), base))
            parts.append(path(polygon([top, (x + wide, foot), (x + wide * 0.56, foot)]), paint))
            parts.append(_snow_cap(view, top, x, wide, high, haze))
            x += wide * rng.uniform(0.55, 0.75)
    _hills(view, "near-hills", h - 0.01 * view.height, 0.05 * view.height, 1.2, _haze(view, "#5f9c6b", 0.2))
    _ground(view, "#5fa052", "#86c06c")
    _tufts(view, ("#4c8a45", "#9bd07e"), 30)
    _blossoms(view, 9)


def _snow_cap(view: View, top: tuple[float, float], x: float, wide: float, high: float, haze: float) -> str:
    t, ty = top
    k = 0.27
    left, right = t + (x - t) * k, t + (x + wide - t) * k
    y = ty + high * k
    step = (right - left) / 4
    zigzag = f"L{num(right)} {num(y)}L{num(right - step)} {num(y - high * 0.05)}L{num(right - 2 * step)} {num(y + high * 0.03)}"
    zigzag += f"L{num(right - 3 * step)} {num(y - high * 0.05)}L{num(left)} {num(y)}Z"
    return path(f"M{num(t)} {num(ty)}{zigzag}", _haze(view, "#ffffff", haze * 0.5))


def _water(view: View, top: float, bottom: float, near: str, far: str, layer: str = "water") -> None:
    parts, rng = view.sheet.layer(layer), view.rng
    stops = [(0, mix(view.land(far), view.light.sky[-1][1], 0.35)), (1, view.land(near))]
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


def lake(view: View) -> None:
    paint_sky(view)
    h = view.horizon
    _hills(view, "far-hills", h - 0.08 * view.height, 0.1 * view.height, 1.1, _haze(view, "#7fb0a8", 0.5))
    _tree_line(view, h + 0.004 * view.height, 0.07 * view.height, _haze(view, "#4f8f6b", 0.25), "far-trees")
    shore = h + 0.42 * (view.height - h)
    _water(view, h, shore + 0.1 * view.height, "#3f93c4", "#7cc4e0")
    points = wave_points(view.rng, view.width, shore, 0.05 * view.height, 0.7)
    paint = view.sheet.gradient([(0, view.land("#8fcb6a")), (1, view.land("#5da24c"))])
    view.sheet.layer("shore").append(path(filled(points, view.height + 4), paint))


def sea(view: View) -> None:
    paint_sky(view)
    _water(view, view.horizon, view.height, "#1f78b8", "#6fbfe4")
    rng = view.rng
    for n in range(4):
        y = view.horizon + (view.height - view.horizon) * (0.3 + 0.2 * n)
        points = wave_points(rng, view.width, y, 0.018 * view.height * (1 + n * 0.4), 4 + rng.random() * 2, 30)
        paint = view.sheet.gradient([(0, view.land("#5fb4e0"), 0.55), (1, view.land("#1c6cab"), 0)])
        view.sheet.layer("waves").append(path(filled(points, y + 0.2 * view.height), paint))


def beach(view: View) -> None:
    paint_sky(view)
    h = view.horizon
    shore = h + 0.3 * (view.height - h)
    _water(view, h, shore + 0.08 * view.height, "#3fb4cf", "#7fd3e8")
    points = wave_points(view.rng, view.width, shore, 0.03 * view.height, 1.1)
    foam = [(x, y - 0.012 * view.height) for x, y in points]
    parts = view.sheet.layer("sand")
    parts.append(path(filled(foam, view.height + 4), view.land("#ffffff"), opacity=0.85))
    paint = view.sheet.gradient([(0, view.land("#e2c48e")), (0.12, view.land("#f2dcab")), (1, view.land("#e3bf80"))])
    parts.append(path(filled(points, view.height + 4), paint))
    for _ in range(round(50 * view.width / view.short)):
        depth = view.rng.random()
        y = shore + (0.2 + 0.8 * depth) * (view.height - shore)
        size = view.short * (0.0012 + 0.0025 * depth)
        parts.append(ellipse(view.rng.random() * view.width, y, size * 1.5, size, view.land("#c39d60"), opacity=0.5))


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


def desert(view: View) -> None:
    paint_sky(view, clouds=view.weather != "")
    h = view.horizon
    _hills(view, "far-dunes", h - 0.06 * view.height, 0.08 * view.height, 1.2, _haze(view, "#e6b877", 0.4))
    _hills(view, "mid-dunes", h - 0.02 * view.height, 0.07 * view.height, 0.9, _haze(view, "#e0a862", 0.15))
    _ground(view, "#d6914a", "#f0bf7a", 0.03)
    rng = view.rng
    for _ in range(5):
        y = view.horizon + rng.uniform(0.2, 0.95) * (view.height - view.horizon)
        points = wave_points(rng, view.width, y, 0.02 * view.height, 1.2)
        paint = view.sheet.gradient([(0, view.land("#c57f3c"), 0.3), (1, view.land("#c57f3c"), 0)])
        view.sheet.layer("ripples").append(path(filled(points, y + 0.06 * view.height), paint))


def snow(view: View) -> None:
    paint_sky(view)
    h = view.horizon
    _tree_line(view, h + 0.01 * view.height, 0.13 * view.height, _haze(view, "#7fa3b4", 0.45), "far-trees")
    _hills(view, "far-snow", h - 0.02 * view.height, 0.08 * view.height, 1.1, _haze(view, "#dcebf6", 0.25))
    _ground(view, "#cfe3f3", "#f7fcff", 0.03)
    rng = view.rng
    for _ in range(4):
        y = h + rng.uniform(0.2, 0.9) * (view.height - h)
        points = wave_points(rng, view.width, y, 0.025 * view.height, 1.1)
        paint = view.sheet.gradient([(0, view.land("#a9cbe6"), 0.35), (1, view.land("#a9cbe6"), 0)])
        view.sheet.layer("drifts").append(path(filled(points, y + 0.07 * view.height), paint))


def _skyline(view: View, base: float, tall: float, colours: tuple[str, ...], haze: float, layer: str) -> None:
    rng, parts, x = view.rng, view.sheet.layer(layer), -0.02 * view.width
    while x < 1.02 * view.width:
        wide = view.short * rng.uniform(0.075, 0.15)
        high = tall * rng.uniform(0.45, 1.0)
        colour = _haze(view, rng.choice(colours), haze)
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


def _pavement(view: View, road: bool = True) -> None:
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
    _pavement(view)


def _hedge(view: View, base: float) -> None:
    rng, parts, x = view.rng, view.sheet.layer("hedge"), 0.0
    while x < view.width * 1.03:
        r = view.short * rng.uniform(0.018, 0.03)
        parts.append(circle(x, base, r, view.land(rng.choice(("#5c9c5a", "#6cae66", "#4f8c52")))))
        x += r * 1.2


def chinatown(view: View) -> None:
    paint_sky(view)
    rng, h, parts = view.rng, view.horizon, view.sheet.layer("houses")
    x = -0.03 * view.width
    while x < 1.02 * view.width:
        wide, high = view.short * rng.uniform(0.26, 0.36), min(0.82 * h, view.short * rng.uniform(0.42, 0.58))
        _shop(view, parts, x, h + 0.01 * view.height, wide, high)
        x += wide * 1.02
    _pavement(view, road=False)
    _paving(view)
    _lanterns(view)


def _shop(view: View, parts: list[str], x: float, base: float, wide: float, high: float) -> None:
    rng = view.rng
    wall = view.land(rng.choice(("#b5463a", "#c9604a", "#a8503c", "#d08a52", "#8f3f3a")))
    trim, roof = view.land("#e8b94e"), view.land(rng.choice(("#2f6b5c", "#35506b", "#44503f")))
    parts.append(rect(x, base - high, wide, high, view.sheet.gradient([(0, wall), (1, shade(wall, -0.07))])))
    for level in (0.0, 0.46):
        y = base - high + high * level
        lip = wide * 0.09
        d = f"M{num(x - lip)} {num(y - wide * 0.03)}q{num(lip)} {num(wide * 0.1)} {num(lip * 2)} {num(wide * 0.02)}"
        d += f"L{num(x + wide - lip)} {num(y - wide * 0.01)}q{num(lip)} {num(wide * 0.08)} {num(lip * 2)} {num(-wide * 0.02)}"
        d += f"L{num(x + wide * 0.93)} {num(y - wide * 0.13)}L{num(x + wide * 0.07)} {num(y - wide * 0.13)}Z"
        parts.append(path(d, roof) + rect(x, y + wide * 0.01, wide, wide * 0.025, trim))
    lit = "#ffdf8f" if view.light.name in ("night", "sunset") else "#fbe8bd"
    for column in range(3):
        wx, wy = x + wide * (0.11 + 0.29 * column), base - high * 0.86
        parts.append(rect(wx, wy, wide * 0.2, high * 0.22, lit, rx=wide * 0.01))
        parts.append(path(f"M{num(wx + wide * 0.1)} {num(wy)}v{num(high * 0.22)}M{num(wx)} {num(wy + high * 0.11)}h{num(wide * 0.2)}",
                          stroke=shade(wall, -0.12), stroke_width=wide * 0.012))  # fmt: skip
    parts.append(rect(x + wide * 0.1, base - high * 0.3, wide * 0.8, high * 0.3, shade(wall, -0.16)))
    parts.append(rect(x + wide * 0.14, base - high * 0.26, wide * 0.42, high * 0.26, lit, opacity=0.85))
    parts.append(rect(x + wide * 0.16, base - high * 0.42, wide * 0.68, high * 0.075, trim, rx=wide * 0.012))
    for n in range(4):
        parts.append(circle(x + wide * (0.26 + 0.16 * n), base - high * 0.383, wide * 0.024, shade(wall, -0.14)))


def _paving(view: View) -> None:
    parts, depth = view.sheet.layer("street"), view.height - view.horizon
    line = view.land("#a09a92")
    for n in range(1, 7):
        y = view.horizon + depth * (n / 7) ** 1.6
        parts.append(rect(-2, y, view.width + 4, view.short * 0.002, line, opacity=0.6))
    for n in range(-9, 10):
        top, low = view.width / 2 + n * view.short * 0.12, view.width / 2 + n * view.short * 0.34
        parts.append(path(f"M{num(top)} {num(view.horizon)}L{num(low)} {num(view.height)}", stroke=line,
                          stroke_width=view.short * 0.002, opacity=0.5))  # fmt: skip


def _lanterns(view: View) -> None:
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


def road(view: View) -> None:
    paint_sky(view)
    h = view.horizon
    _hills(view, "far-hills", h - 0.06 * view.height, 0.09 * view.height, 1.2, _haze(view, "#8fc0a4", 0.5))
    _tree_line(view, h + 0.008 * view.height, 0.08 * view.height, _haze(view, "#5d9a62", 0.2), "far-trees")
    _ground(view, "#76b557", "#9ccf74")
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


WALLS = ("#f3dfc6", "#dfe9df", "#e6e0f0", "#f6d9cf", "#d9e8f0", "#f4e8c9")


def room(view: View) -> None:
    rng, sheet, h = view.rng, view.sheet, view.horizon
    wall = view.land(view.colour or rng.choice(WALLS))
    parts = sheet.layer("wall")
    parts.append(rect(-2, -2, view.width + 4, h + 4, sheet.gradient([(0, shade(wall, 0.02)), (1, shade(wall, -0.05))])))
    _window(view, parts)
    floor = view.land(rng.choice(("#c99a6b", "#b98d63", "#d4a878")))
    parts.append(rect(-2, h - 0.022 * view.short, view.width + 4, 0.024 * view.short, shade(wall, 0.07)))
    ground = sheet.layer("floor")
    ground.append(
        rect(
            -2,
            h,
            view.width + 4,
            view.height - h + 4,
            sheet.gradient([(0, shade(floor, -0.05)), (1, shade(floor, 0.04))]),
        )
    )
    for n in range(1, 6):
        y = h + (view.height - h) * (n / 6) ** 1.5
        ground.append(rect(-2, y, view.width + 4, view.short * 0.0025, shade(floor, -0.09), opacity=0.6))
    rug = view.land(rng.choice(("#d9796a", "#6f9bb5", "#8fae7a", "#c9a0c0")))
    y = h + 0.56 * (view.height - h)
    for part, colour in ((1.0, rug), (0.88, shade(rug, 0.09)), (0.82, rug)):
        ground.append(ellipse(view.width / 2, y, view.width * 0.4 * part, (view.height - h) * 0.36 * part, colour))


def _window(view: View, parts: list[str]) -> None:
    rng, s = view.rng, view.short
    wide, high = 0.3 * s, min(0.36 * s, view.horizon * 0.6)
    x = view.width * rng.choice((0.14, 0.62)) + rng.uniform(-0.02, 0.02) * view.width
    x = min(x, view.width - wide - 0.06 * s)
    y = (view.horizon - high) * 0.36
    parts.append(
        rect(x - 0.016 * s, y - 0.016 * s, wide + 0.032 * s, high + 0.032 * s, view.land("#ffffff"), rx=0.01 * s)
    )
    parts.append(rect(x, y, wide, high, view.sheet.gradient(view.light.sky)))
    if view.night:
        parts.append(circle(x + wide * 0.7, y + high * 0.28, s * 0.03, "#fff3c9"))
    else:
        parts.append(ellipse(x + wide * 0.5, y + high * 1.0, wide * 0.5, high * 0.2, view.land("#8fc98a")))
        parts.append(rect(x, y + high, wide, high * 0.22, shade(view.land("#ffffff"), -0.02)))
    bar = view.land("#fbfaf6")
    parts.append(
        rect(x + wide / 2 - 0.006 * s, y, 0.012 * s, high, bar)
        + rect(x, y + high / 2 - 0.006 * s, wide, 0.012 * s, bar)
    )
    parts.append(rect(x - 0.03 * s, y + high + 0.012 * s, wide + 0.06 * s, 0.022 * s, bar, rx=0.006 * s))


def table(view: View) -> None:
    rng, sheet, h, s = view.rng, view.sheet, view.horizon, view.short
    wall = view.land(view.colour or rng.choice(WALLS))
    parts = sheet.layer("wall")
    parts.append(rect(-2, -2, view.width + 4, h + 4, sheet.gradient([(0, shade(wall, 0.03)), (1, shade(wall, -0.05))])))
    glow = sheet.radial([(0, "#fffdf2", 0.75), (1, "#fffdf2", 0)])
    parts.append(ellipse(view.width * rng.choice((0.28, 0.72)), h * 0.4, 0.6 * s, 0.5 * s, glow))
    _window(view, parts)
    wood = view.land(rng.choice(("#c98f5a", "#b97f4e", "#d6a36c", "#a8744a")))
    top = sheet.layer("tabletop")
    top.append(
        rect(
            -2,
            h,
            view.width + 4,
            view.height - h + 4,
            sheet.gradient([(0, shade(wood, 0.05)), (1, shade(wood, -0.03))]),
        )
    )
    top.append(rect(-2, h, view.width + 4, 0.008 * s, shade(wood, 0.12)))
    for n in range(1, 5):
        y = h + (view.height - h) * (n / 5) ** 1.4
        points = wave_points(rng, view.width, y, 0.006 * s, 1.5)
        d = filled(points, y + 0.006 * s)
        top.append(path(d, shade(wood, -0.07), opacity=0.35))


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
        paint = sheet.radial([(0, colour, 0.42), (1, colour, 0)])
        parts.append(
            ellipse(rng.random() * view.width, rng.random() * view.height, view.width * 0.5, view.short * 0.36, paint)
        )
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


def stage(view: View) -> None:
    sheet, h, rng = view.sheet, view.horizon, view.rng
    curtain = view.colour or rng.choice(("#a3202f", "#7a2350", "#23407a"))
    parts = sheet.layer("curtain")
    parts.append(
        rect(-2, -2, view.width + 4, h + 4, sheet.gradient([(0, shade(curtain, -0.14)), (1, shade(curtain, -0.05))]))
    )
    fold = view.short * 0.07
    x = 0.0
    while x < view.width:
        paint = sheet.gradient(
            [(0, shade(curtain, -0.1)), (0.45, shade(curtain, 0.05)), (1, shade(curtain, -0.12))], across=True
        )
        parts.append(rect(x, -2, fold + 0.5, h + 4, paint))
        x += fold
    floor = "#8a5a36"
    sheet.layer("floor").append(
        rect(-2, h, view.width + 4, view.height - h + 4, sheet.gradient([(0, shade(floor, -0.08)), (1, floor)]))
    )
    beam = sheet.radial([(0, "#fff2c4", 0.75), (1, "#fff2c4", 0)])
    sheet.layer("floor").append(
        ellipse(view.width / 2, h + 0.5 * (view.height - h), view.width * 0.46, (view.height - h) * 0.5, beam)
    )
    cone = sheet.gradient([(0, "#fff6d6", 0.4), (1, "#fff6d6", 0.02)])
    w = view.width
    sheet.layer("light").append(
        path(polygon([(w * 0.44, -4), (w * 0.56, -4), (w * 0.88, view.height), (w * 0.12, view.height)]), cone)
    )


PLAIN = ("#f6d9c4", "#cfe6dc", "#d6e0f5", "#f5e3b5", "#e9d5ea", "#cfe4ef")


def plain(view: View) -> None:
    """A studio: one colour, a soft pool of light, a floor one only guesses at."""
    sheet = view.sheet
    base = view.land(view.colour or view.rng.choice(PLAIN))
    parts = sheet.layer("backdrop")
    parts.append(
        rect(
            -2,
            -2,
            view.width + 4,
            view.height + 4,
            sheet.gradient(
                [(0, shade(base, -0.02)), (0.62, shade(base, 0.03)), (0.7, shade(base, -0.03)), (1, shade(base, -0.07))]
            ),
        )
    )
    glow = sheet.radial([(0, "#ffffff", 0.6), (1, "#ffffff", 0)])
    parts.append(ellipse(view.width / 2, view.height * 0.42, view.width * 0.6, view.height * 0.5, glow))


Painter = Callable[[View], None]
# setting -> (painter, horizon as a part of the height, whether things float in it)
SETTINGS: dict[str, tuple[Painter, float, bool]] = {
    "meadow": (meadow, 0.6, False),
    "forest": (forest, 0.6, False),
    "mountains": (mountains, 0.62, False),
    "lake": (lake, 0.52, False),
    "beach": (beach, 0.48, False),
    "sea": (sea, 0.5, False),
    "underwater": (underwater, 0.86, True),
    "desert": (desert, 0.6, False),
    "snow": (snow, 0.6, False),
    "city": (city, 0.62, False),
    "chinatown": (chinatown, 0.62, False),
    "road": (road, 0.5, False),
    "room": (room, 0.62, False),
    "table": (table, 0.56, False),
    "sky": (sky, 0.9, True),
    "space": (space, 0.95, True),
    "moon": (moon, 0.68, False),
    "stage": (stage, 0.66, False),
    "plain": (plain, 0.66, False),
}
