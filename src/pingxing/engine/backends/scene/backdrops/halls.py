"""Large rooms: restaurant, office, sports hall, station, airport, castle, aquarium."""

from __future__ import annotations

import math

from pingxing.engine.backends.scene.backdrops.props import box
from pingxing.engine.backends.scene.colour import mix, shade
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import Point, circle, ellipse, glow, num, path, polygon, rect


def _wall(view: View, colour: str) -> str:
    wall = view.land(view.colour or colour)
    paint = view.sheet.gradient([(0, shade(wall, 0.02)), (1, shade(wall, -0.05))])
    view.sheet.layer("wall").append(rect(-2, -2, view.width + 4, view.horizon + 4, paint))
    return wall


def floor_slabs(view: View, colour: str, rows: int = 5, fan: float = 0.16) -> str:
    """A floor in large slabs that run to the back."""
    s, h, parts, floor = view.short, view.horizon, view.sheet.layer("floor"), view.land(colour)
    paint = view.sheet.gradient([(0, shade(floor, -0.06)), (1, shade(floor, 0.04))])
    parts.append(rect(-2, h, view.width + 4, view.height - h + 4, paint))
    d = "".join(f"M-2 {num(h + (view.height - h) * (n / rows) ** 1.6)}H{num(view.width + 4)}" for n in range(1, rows))
    count = round(view.width / s * 7)
    for n in range(-count, count + 1):
        d += (
            f"M{num(view.width / 2 + n * fan * s * 0.7)} {num(h)}L"
            f"{num(view.width / 2 + n * fan * s * 1.7)} {num(view.height)}"
        )
    parts.append(path(d, stroke=shade(floor, -0.07), stroke_width=0.0025 * s, opacity=0.6))
    return floor


def panes(view: View, parts: list[str], area: tuple[float, float, float, float], columns: int, frame: str) -> None:
    """A glazed front: the sky of the hour, a skyline, bars before it."""
    x, y, w, h = area
    s, rng = view.short, view.rng
    parts.append(rect(x, y, w, h, view.sheet.gradient(view.light.sky)))
    at, line = x, ""
    while at < x + w:
        wide, high = min(s * rng.uniform(0.05, 0.1), x + w - at), h * rng.uniform(0.15, 0.5)
        line += f"M{num(at)} {num(y + h)}v{num(-high)}h{num(wide)}v{num(high)}Z"
        at += wide * rng.uniform(1.0, 1.25) + 0.1
    parts.append(path(line, mix(view.land("#7f98b0"), view.light.sky[-1][1], 0.5)))
    if view.light.name in ("night", "sunset"):
        lit = ((x + rng.random() * (w - 0.01 * s), y + h * rng.uniform(0.62, 0.96)) for _ in range(round(36 * w / s)))
        parts.extend(rect(wx, wy, 0.008 * s, 0.01 * s, "#ffe08a") for wx, wy in lit)
    bars = "".join(f"M{num(x + w * n / columns)} {num(y)}v{num(h)}" for n in range(columns + 1))
    bars += f"M{num(x)} {num(y)}h{num(w)}M{num(x)} {num(y + h)}h{num(w)}M{num(x)} {num(y + 0.28 * h)}h{num(w)}"
    parts.append(path(bars, stroke=frame, stroke_width=0.01 * s, stroke_linecap="square"))


def restaurant(view: View) -> None:
    """Tables by the window, lamps over them, a bar with bottles at one side."""
    rng, s, h = view.rng, view.short, view.horizon
    wall = _wall(view, rng.choice(("#efd9b8", "#e3d9c4", "#e9cdb5", "#d3dccb")))
    wood = view.land(rng.choice(("#8a5a3c", "#9a6846", "#75492f")))
    view.sheet.layer("wall").append(rect(-2, h - 0.13 * s, view.width + 4, 0.13 * s, shade(wood, 0.02)))
    view.sheet.layer("wall").append(rect(-2, h - 0.14 * s, view.width + 4, 0.014 * s, shade(wood, 0.09)))
    left = rng.random() < 0.5
    wide = min(0.56 * view.width, 0.9 * s)
    x = 0.05 * view.width if left else 0.95 * view.width - wide
    top, high = max(0.16 * h, h - 0.52 * s), min(0.34 * s, 0.6 * h)
    panes(view, view.sheet.layer("window"), (x, top, wide, high), 4, wood)
    _bar(view, view.width - 0.36 * s if left else 0.02 * s, top, wood)
    floor = view.sheet.layer("tables")
    floor_slabs(view, "#c79a6a")
    view.sheet.layers.append(view.sheet.layers.pop([n for n, _ in view.sheet.layers].index("tables")))
    count = max(2, round(2.6 * view.width / s))
    for n in range(count):
        _table(
            view,
            floor,
            view.width * (n + 0.5) / count,
            h + 0.05 * s,
            wood,
            rng.choice(("#c9503f", "#f4ede0", "#4f7f6a")),
        )
    lamps = view.sheet.layer("lamps")
    for n in range(count):
        _pendant(view, lamps, view.width * (n + 0.5) / count, min(0.24 * h, 0.17 * s))
    view.sheet.layer("lamps").append(rect(-2, -2, view.width + 4, 0.02 * s, shade(wall, -0.14)))


def _bar(view: View, x: float, y: float, wood: str) -> None:
    rng, s, h, parts = view.rng, view.short, view.horizon, view.sheet.layer("bar")
    parts.append(rect(x, y, 0.34 * s, h - y, shade(wood, -0.1)))
    for row in range(3):
        level = y + (row + 1) * (h - y - 0.16 * s) / 3
        for n in range(8):
            w, tall = 0.016 * s, (h - y) * rng.uniform(0.09, 0.15)
            colour = view.land(rng.choice(("#3f7a5a", "#b5653f", "#d9b86a", "#7fa3b5", "#8f3f4a")))
            bx = x + 0.03 * s + n * 0.036 * s
            parts.append(rect(bx, level - tall, w, tall, colour, rx=0.005 * s))
            parts.append(rect(bx + w * 0.3, level - tall * 1.35, w * 0.4, tall * 0.4, shade(colour, -0.06)))
        parts.append(rect(x, level, 0.34 * s, 0.012 * s, shade(wood, 0.04)))
    parts.append(box(view, x - 0.03 * s, h - 0.14 * s, 0.4 * s, 0.18 * s, wood))
    parts.append(rect(x - 0.045 * s, h - 0.16 * s, 0.43 * s, 0.025 * s, view.land("#e9dcc6"), rx=0.006 * s))


def _table(view: View, parts: list[str], x: float, foot: float, wood: str, cloth: str) -> None:
    s, fabric = view.short, view.land(cloth)
    for side in (-1, 1):
        cx = x + side * 0.14 * s
        parts.append(rect(cx - 0.03 * s, foot - 0.17 * s, 0.06 * s, 0.1 * s, shade(wood, -0.02), rx=0.012 * s))
        parts.append(rect(cx - 0.034 * s, foot - 0.08 * s, 0.068 * s, 0.018 * s, shade(wood, 0.05), rx=0.006 * s))
        parts += [rect(cx + dx * s, foot - 0.07 * s, 0.008 * s, 0.075 * s, shade(wood, -0.08)) for dx in (-0.028, 0.02)]
    parts.append(rect(x - 0.008 * s, foot - 0.1 * s, 0.016 * s, 0.1 * s, shade(wood, -0.1)))
    parts.append(ellipse(x, foot, 0.05 * s, 0.009 * s, shade(wood, -0.12)))
    drape = (
        f"M{num(x - 0.115 * s)} {num(foot - 0.108 * s)}q{num(-0.01 * s)} {num(0.035 * s)} "
        f"{num(0.006 * s)} {num(0.042 * s)}"
    )
    drape += (
        f"q{num(0.11 * s)} {num(0.024 * s)} {num(0.218 * s)} 0q{num(0.016 * s)} {num(-0.007 * s)} "
        f"{num(0.006 * s)} {num(-0.042 * s)}Z"
    )
    parts.append(path(drape, shade(fabric, -0.05)) + ellipse(x, foot - 0.11 * s, 0.116 * s, 0.02 * s, fabric))
    parts.append(ellipse(x - 0.045 * s, foot - 0.112 * s, 0.03 * s, 0.0065 * s, view.land("#ffffff")))
    parts.append(rect(x + 0.028 * s, foot - 0.15 * s, 0.011 * s, 0.038 * s, view.land("#cfe3e8"), rx=0.004 * s))
    parts.append(circle(x + 0.033 * s, foot - 0.157 * s, 0.014 * s, view.land("#e2687a")))


def _pendant(view: View, parts: list[str], x: float, y: float) -> None:
    s = view.short
    parts.append(glow(x, y + 0.03 * s, 0.2 * s, 0.2 * s, "#ffe2a0", 0.75 if view.night else 0.4, 14))
    parts.append(path(f"M{num(x)} -4V{num(y - 0.03 * s)}", stroke=view.land("#4a4038"), stroke_width=0.004 * s))
    shade_: list[Point] = [
        (x - 0.055 * s, y + 0.015 * s),
        (x - 0.02 * s, y - 0.035 * s),
        (x + 0.02 * s, y - 0.035 * s),
        (x + 0.055 * s, y + 0.015 * s),
    ]
    parts.append(
        path(polygon(shade_), view.land("#3f5a56")) + ellipse(x, y + 0.015 * s, 0.055 * s, 0.01 * s, "#fff0c4")
    )


def office(view: View) -> None:
    """Desks before a glazed front, lamps in the ceiling, a plant."""
    rng, s, h = view.rng, view.short, view.horizon
    wall = _wall(view, rng.choice(("#e6eaee", "#ece7dd", "#dfe8e6")))
    ceiling = view.sheet.layer("ceiling")
    top = 0.12 * h
    ceiling.append(rect(-2, -2, view.width + 4, top + 2, shade(wall, 0.03)))
    for n in range(max(2, round(3 * view.width / s))):
        x = view.width * (n + 0.5) / max(2, round(3 * view.width / s))
        ceiling.append(
            path(
                polygon(
                    [
                        (x - 0.1 * s, 0.25 * top),
                        (x + 0.1 * s, 0.25 * top),
                        (x + 0.08 * s, 0.7 * top),
                        (x - 0.08 * s, 0.7 * top),
                    ]
                ),
                "#fffef4",
            )
        )
    panes(
        view,
        view.sheet.layer("window"),
        (0.03 * view.width, 1.35 * top, 0.94 * view.width, h - 0.16 * s - 1.35 * top),
        max(4, round(5 * view.width / s)),
        view.land("#f4f6f7"),
    )
    floor_slabs(view, rng.choice(("#9aa7b3", "#b3aca0", "#8fa09c")), 5, 0.2)
    parts, count = view.sheet.layer("desks"), max(2, round(2.4 * view.width / s))
    for n in range(count):
        _desk(view, parts, view.width * (n + 0.5) / count, h + 0.05 * s)
    for at in (0.03, 0.97):
        _plant(view, parts, view.width * at, h + 0.1 * s, 0.3 * s)


def _desk(view: View, parts: list[str], x: float, foot: float) -> None:
    s, wood, metal = view.short, view.land("#d9b489"), view.land("#6a747e")
    parts.append(rect(x - 0.045 * s, foot - 0.235 * s, 0.075 * s, 0.12 * s, view.land("#3f4f63"), rx=0.02 * s))
    parts.append(rect(x - 0.14 * s, foot - 0.12 * s, 0.28 * s, 0.018 * s, wood, rx=0.004 * s))
    parts += [rect(x + dx * s, foot - 0.105 * s, 0.01 * s, 0.105 * s, metal) for dx in (-0.125, 0.115)]
    parts.append(rect(x + 0.06 * s, foot - 0.1 * s, 0.055 * s, 0.09 * s, shade(wood, -0.06), rx=0.004 * s))
    parts.append(rect(x - 0.1 * s, foot - 0.225 * s, 0.125 * s, 0.08 * s, view.land("#2f3a46"), rx=0.006 * s))
    parts.append(rect(x - 0.094 * s, foot - 0.219 * s, 0.113 * s, 0.067 * s, mix("#8fd0ee", view.land("#5f9fc4"), 0.4)))
    parts.append(rect(x - 0.043 * s, foot - 0.146 * s, 0.012 * s, 0.027 * s, metal))
    parts.append(rect(x + 0.06 * s, foot - 0.15 * s, 0.02 * s, 0.03 * s, view.land("#e07a5a"), rx=0.004 * s))


def _plant(view: View, parts: list[str], x: float, foot: float, high: float) -> None:
    leaf, pot = view.land("#4f9a5f"), view.land("#e8e2d6")
    for n in range(9):
        turn = math.pi * (0.12 + 0.76 * n / 8)
        long = high * (0.62 + 0.12 * (n % 3))
        ex, ey = x - math.cos(turn) * long * 0.6, foot - 0.26 * high - math.sin(turn) * long
        mx, my = (x + ex) / 2, (foot - 0.26 * high + ey) / 2 - 0.1 * high
        d = f"M{num(x)} {num(foot - 0.24 * high)}Q{num(mx - 0.05 * high)} {num(my)} {num(ex)} {num(ey)}"
        parts.append(
            path(
                d + f"Q{num(mx + 0.08 * high)} {num(my + 0.06 * high)} {num(x)} {num(foot - 0.24 * high)}Z",
                shade(leaf, 0.04 * (n % 3) - 0.04),
            )
        )
    shape: list[Point] = [
        (x - 0.14 * high, foot - 0.27 * high),
        (x + 0.14 * high, foot - 0.27 * high),
        (x + 0.1 * high, foot),
        (x - 0.1 * high, foot),
    ]
    parts.append(path(polygon(shape), view.sheet.gradient([(0, pot), (1, shade(pot, -0.08))])))


def gym(view: View) -> None:
    """A sports hall: wooden floor with court lines, a hoop, wall bars, windows under the roof."""
    s, h = view.short, view.horizon
    wall = _wall(view, view.rng.choice(("#e9e2d2", "#dfe6ea", "#efe0c6")))
    parts = view.sheet.layer("wall")
    parts.append(
        rect(-2, h - 0.17 * s, view.width + 4, 0.17 * s, view.land(view.rng.choice(("#3f7fae", "#3f8f74", "#c9583f"))))
    )
    parts.append(rect(-2, h - 0.182 * s, view.width + 4, 0.014 * s, view.land("#ffffff")))
    panes(
        view,
        view.sheet.layer("window"),
        (0.06 * view.width, 0.1 * h, 0.88 * view.width, min(0.2 * h, 0.14 * s)),
        max(5, round(7 * view.width / s)),
        shade(wall, -0.2),
    )
    for side in (0.04, 0.8):
        _bars(view, side * view.width + 0.02 * s, h, 0.13 * view.width)
    floor = floor_slabs(view, "#d9a566", 4, 0.09)
    lines, depth = view.sheet.layer("court"), view.height - h
    middle, white = view.width / 2, view.land("#fdf7ea")
    key: list[Point] = [
        (middle - 0.16 * s, h + 0.06 * depth),
        (middle + 0.16 * s, h + 0.06 * depth),
        (middle + 0.26 * s, h + 0.5 * depth),
        (middle - 0.26 * s, h + 0.5 * depth),
    ]
    lines.append(path(polygon(key), mix(floor, view.land("#c9583f"), 0.6), stroke=white, stroke_width=0.007 * s))
    d = f"M{num(middle - 0.26 * s)} {num(h + 0.5 * depth)}a{num(0.26 * s)} {num(0.17 * depth)} 0 0 0 {num(0.52 * s)} 0"
    d += (
        f"M{num(middle - 0.62 * s)} {num(h + 0.06 * depth)}C{num(middle - 0.75 * s)} "
        f"{num(view.height * 1.02)} {num(middle + 0.75 * s)} {num(view.height * 1.02)} "
        f"{num(middle + 0.62 * s)} {num(h + 0.06 * depth)}"
    )
    d += f"M-2 {num(h + 0.06 * depth)}H{num(view.width + 4)}"
    lines.append(path(d, stroke=white, stroke_width=0.007 * s))
    _hoop(view, middle, max(0.2 * h, h - 0.5 * s))


def _bars(view: View, x: float, foot: float, wide: float) -> None:
    s, parts, wood = view.short, view.sheet.layer("bars"), view.land("#c98f52")
    top = foot - min(0.44 * s, 0.66 * foot)
    d = "".join(f"M{num(x)} {num(top + (foot - top) * (n + 0.5) / 11)}h{num(wide)}" for n in range(11))
    parts.append(path(d, stroke=shade(wood, 0.04), stroke_width=0.01 * s))
    parts += [rect(x + wide * at - 0.009 * s, top, 0.018 * s, foot - top, shade(wood, -0.06)) for at in (0.0, 0.5, 1.0)]


def _hoop(view: View, x: float, y: float) -> None:
    s, parts = view.short, view.sheet.layer("hoop")
    parts.append(rect(x - 0.012 * s, y + 0.1 * s, 0.024 * s, view.horizon - y - 0.1 * s, view.land("#6a747e")))
    parts.append(
        rect(
            x - 0.15 * s,
            y,
            0.3 * s,
            0.18 * s,
            view.land("#fdfdfb"),
            rx=0.008 * s,
            stroke=view.land("#3f4a56"),
            stroke_width=0.008 * s,
        )
    )
    parts.append(
        rect(
            x - 0.055 * s, y + 0.06 * s, 0.11 * s, 0.08 * s, "none", stroke=view.land("#d9482f"), stroke_width=0.007 * s
        )
    )
    net = "".join(
        f"M{num(x + k * 0.014 * s)} {num(y + 0.158 * s)}L{num(x + k * 0.008 * s)} {num(y + 0.235 * s)}"
        for k in range(-4, 5)
    )
    net += "".join(
        f"M{num(x - (0.055 - 0.008 * k) * s)} {num(y + (0.175 + 0.02 * k) * s)}h{num((0.11 - 0.016 * k) * s)}"
        for k in range(3)
    )
    parts.append(path(net, stroke=view.land("#f4f4f0"), stroke_width=0.0035 * s))
    parts.append(
        ellipse(x, y + 0.157 * s, 0.06 * s, 0.011 * s, "none", stroke=view.land("#e2582f"), stroke_width=0.009 * s)
    )
