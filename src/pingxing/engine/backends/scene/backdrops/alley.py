"""Streets that run away from us, in one-point perspective: shopfronts, and Chinatown with its gate."""

from __future__ import annotations

from dataclasses import dataclass

from pingxing.engine.backends.scene.backdrops.props import pane
from pingxing.engine.backends.scene.colour import mix, shade
from pingxing.engine.backends.scene.sky import View, paint_clouds, paint_sky
from pingxing.engine.backends.scene.svg import Point, circle, ellipse, glow, num, path, polygon, rect

WIDEST = 1.9  # aspect from which the houses along the sides would be torn apart
FACADES = ("#e8b79f", "#f1dba6", "#b4cfc3", "#c2cde4", "#e9c3c9", "#dcc7a8", "#a7c4b5")
CLOTHS = ("#d9534a", "#3f8f7a", "#3f74b5", "#e29a3a", "#9a5fa8")
RED_WALLS = ("#b5463a", "#c9604a", "#a8503c", "#cf8b4c", "#8f3f3a", "#c0563f")
SIGNS = ("#c9302b", "#e0a52e", "#2f7a5f", "#2f5f9a", "#8f2f5a")
DEPTHS = (1.0, 1.32, 1.78, 2.45, 3.4, 4.9)  # where one house ends and the next begins, in distances of the nearest


@dataclass(frozen=True, slots=True)
class Lane:
    """A street between two walls. Depth 1 is at the frame; heights are in parts of a house front there."""

    view: View
    x: float  # of the vanishing point
    y: float
    half: float  # from the middle to a wall, at depth 1
    fall: float  # from eye level to the ground, at depth 1
    rise: float  # of one unit of height, at depth 1

    def at(self, side: int, depth: float, up: float, inward: float = 0.0) -> Point:
        """The point of the wall (side -1 left, 1 right) at a depth and height; `inward` moves it into the street."""
        x = self.x + side * self.half * (1 - inward) / depth
        return x, self.y + (self.fall - up * self.rise) / depth

    def quad(self, side: int, near: float, far: float, low: float, high: float, colour: str) -> str:
        """A flat rectangle on the wall."""
        corners = [self.at(side, near, low), self.at(side, near, high), self.at(side, far, high),
                   self.at(side, far, low)]  # fmt: skip
        return path(polygon(corners), colour)

    def ledge(self, side: int, near: float, far: float, up: float, drop: float, out: float, colour: str) -> str:
        """Something that leans out of the wall from a height: an awning, an eave."""
        corners = [self.at(side, near, up), self.at(side, far, up), self.at(side, far, up - drop, out),
                   self.at(side, near, up - drop, out)]  # fmt: skip
        return path(polygon(corners), colour)

    def air(self, colour: str, depth: float) -> str:
        """A land colour seen through that much air."""
        view = self.view
        return mix(view.land(colour), view.light.sky[-1][1], min(0.55, 0.11 * (depth - 1)))


def lane(view: View) -> Lane:
    below = view.height - view.horizon
    x = view.width * (0.5 + view.rng.uniform(-0.05, 0.05))
    return Lane(view, x, view.horizon - 0.02 * view.height, max(x, view.width - x) + 0.03 * view.width, 0.62 * below,
                0.62 * below + 1.02 * view.horizon)  # fmt: skip


def fits(view: View) -> bool:
    return view.width < WIDEST * view.height


def _floor(way: Lane, stone: str) -> None:
    """Paving that runs to the vanishing point, with a kerb along each wall."""
    view, parts = way.view, way.view.sheet.layer("street")
    top, low = way.y + way.fall / DEPTHS[-1], view.height + 4
    far, near = mix(view.land(stone), view.light.sky[-1][1], 0.25), view.land(shade(stone, 0.02))
    parts.append(rect(-2, top, view.width + 4, low - top, view.sheet.gradient([(0, far), (1, near)])))
    line = view.land(shade(stone, -0.12))
    reach = (low - way.y) / way.fall
    d = ""
    for n in range(-6, 7):
        spread = n / 6 * way.half * 0.9
        d += f"M{num(way.x + spread / DEPTHS[-1])} {num(top)}L{num(way.x + spread * reach)} {num(low)}"
    depth, step = 0.62, 1.16
    while depth < DEPTHS[-1]:
        y = way.y + way.fall / depth
        d += f"M-2 {num(y)}H{num(view.width + 2)}"
        depth *= step
    parts.append(path(d, stroke=line, stroke_width=view.short * 0.0016, opacity=0.55))
    for side in (-1, 1):
        inner = [way.at(side, DEPTHS[-1], 0), way.at(side, 0.6, 0), way.at(side, 0.6, 0, 0.16),
                 way.at(side, DEPTHS[-1], 0, 0.16)]  # fmt: skip
        parts.append(path(polygon(inner), view.land(shade(stone, 0.045)), opacity=0.8))
        for depth in (0.95, 1.3, 1.9, 2.8) if _dark(view) else ():  # light from the shops
            x, y = way.at(side, depth, 0, 0.08)
            parts.append(glow(x, y, 0.3 * way.half / depth, 0.13 * way.fall / depth, "#ffc46a", 0.5, 10))


def _dark(view: View) -> bool:
    return view.light.name in ("night", "sunset")


def _windows(way: Lane, side: int, near: float, far: float, rows: tuple[tuple[float, float], ...], wall: str) -> str:
    """Rows of windows between two depths, spaced evenly as perspective spaces them."""
    view, rng, count = way.view, way.view.rng, 3
    glass, parts = pane(view), []
    for low, high in rows:
        for n in range(count):
            a, b = (n + 0.22) / count, (n + 0.78) / count
            start, end = (1 / (1 / near + (1 / far - 1 / near) * t) for t in (a, b))
            lit = glass if rng.random() < 0.68 else mix(glass, wall, 0.62)
            margin = (end - start) * 0.14
            frame = shade(wall, 0.07)
            parts.append(way.quad(side, start - margin, end + margin, low - 0.008, high + 0.008, frame))
            parts.append(way.quad(side, start, end, low, high, mix(lit, wall, min(0.3, 0.06 * (near - 1)))))
            middle = (start + end) / 2
            parts.append(way.quad(side, middle - margin * 0.3, middle + margin * 0.3, low, high, frame))
    return "".join(parts)


def _end(way: Lane, colours: tuple[str, ...]) -> None:
    """What closes the view: a few pale houses far away."""
    view, rng = way.view, way.view.rng
    parts, foot = view.sheet.layer("far-city"), way.y + way.fall / DEPTHS[-1] + 2
    reach = way.half / DEPTHS[-1]
    x = way.x - 1.4 * reach
    while x < way.x + 1.4 * reach:
        wide, high = reach * rng.uniform(0.4, 0.7), view.short * rng.uniform(0.08, 0.17)
        colour = mix(view.land(rng.choice(colours)), view.light.sky[-1][1], 0.5)
        parts.append(rect(x, foot - high, wide + 1, high, colour))
        lit = mix(pane(view), colour, 0.4)
        parts += [rect(x + wide * (0.18 + 0.36 * (n % 2)), foot - high * (0.86 - 0.3 * (n // 2)), wide * 0.2,
                       high * 0.16, lit) for n in range(4)]  # fmt: skip
        x += wide


def alley(view: View) -> None:
    """A shopping street."""
    paint_sky(view)
    way, rng = lane(view), view.rng
    _end(way, FACADES)
    _floor(way, "#c3bcb2")
    houses = view.sheet.layer("houses")
    for side in (-1, 1):
        tints = rng.sample(FACADES, len(DEPTHS) - 1)
        for n in reversed(range(len(DEPTHS) - 1)):
            _shopfront(way, houses, side, DEPTHS[n], DEPTHS[n + 1], tints[n])
    for depth in (3.0, 1.5):
        for side in (-1, 1):
            _lamp(way, side, depth)


def _wall(way: Lane, side: int, depth: float, colour: str) -> str:
    """The wall's colour: the right side stands in the shade by day."""
    return shade(way.air(colour, depth), -0.04 if side > 0 and not way.view.night else 0.0)


def _shopfront(way: Lane, parts: list[str], side: int, near: float, far: float, colour: str) -> None:
    rng = way.view.rng
    wall, tall = _wall(way, side, near, colour), rng.uniform(0.78, 1.02)
    parts.append(way.quad(side, near, far, 0, tall, wall))
    parts.append(way.ledge(side, near, far, tall, -0.03, 0.03, shade(wall, -0.1)))
    parts.append(way.quad(side, near, far, tall - 0.03, tall, shade(wall, 0.06)))
    rows = ((0.42, 0.55), (0.63, 0.75)) if tall < 0.92 else ((0.42, 0.53), (0.6, 0.71), (0.78, 0.88))
    parts.append(_windows(way, side, near, far, rows, wall))
    span, glass = far - near, pane(way.view)
    trim = shade(wall, -0.15)
    parts.append(way.quad(side, near + 0.06 * span, near + 0.66 * span, 0.035, 0.25, trim))
    parts.append(way.quad(side, near + 0.09 * span, near + 0.62 * span, 0.05, 0.24, glass))
    parts.append(way.quad(side, near + 0.74 * span, near + 0.94 * span, 0.0, 0.25, trim))
    parts.append(way.quad(side, near + 0.78 * span, near + 0.9 * span, 0.1, 0.23, glass))
    parts.append(way.quad(side, near + 0.04 * span, near + 0.96 * span, 0.3, 0.35, shade(wall, -0.07)))
    cloth = rng.choice(CLOTHS)
    stripes = 7
    for n in range(stripes):
        a, b = (near * far / (far + (near - far) * (n + k) / stripes) for k in (0, 1))
        tint = way.air(cloth if n % 2 == 0 else "#fbf6ea", near)
        parts.append(way.ledge(side, a, b, 0.31, 0.07, 0.14, tint))


def _lamp(way: Lane, side: int, depth: float) -> None:
    view, parts = way.view, way.view.sheet.layer("lamps")
    x, foot = way.at(side, depth, 0, 0.2)
    _, head = way.at(side, depth, 0.46, 0.2)
    high, iron = foot - head, way.air("#3c434c", depth)
    parts.append(rect(x - high * 0.014, head, high * 0.028, high, iron))
    parts.append(rect(x - high * 0.035, foot - high * 0.05, high * 0.07, high * 0.05, iron))
    if _dark(view):
        parts.append(glow(x, head - high * 0.02, high * 0.36, high * 0.36, "#ffdf8a", 0.7, 14))
        parts.append(glow(x, foot, high * 0.4, high * 0.07, "#ffdf8a", 0.35, 8))
    lit = "#fff0c0" if _dark(view) else way.air("#f7efd8", depth)
    glass = [(x - high * 0.03, head + high * 0.04), (x - high * 0.05, head - high * 0.07),
             (x + high * 0.05, head - high * 0.07), (x + high * 0.03, head + high * 0.04)]  # fmt: skip
    parts.append(path(polygon(glass), lit))
    cap = [(x - high * 0.065, head - high * 0.07), (x, head - high * 0.115), (x + high * 0.065, head - high * 0.07)]
    parts.append(path(polygon(cap), iron))


# --- Chinatown ---------------------------------------------------------------------------------------


def chinese_lane(view: View) -> None:
    """Red walls and green eaves, hanging signs, a gate at the far end and lanterns over the street."""
    paint_sky(view, clouds=False)
    if view.weather not in ("clear", "") or "2601" not in view.banned:
        paint_clouds(view, 2)
    way, rng = lane(view), view.rng
    _end(way, RED_WALLS)
    _floor(way, "#b9aea3")
    _gate(way, DEPTHS[-1] * 0.86)
    houses = view.sheet.layer("houses")
    for side in (-1, 1):
        tints = rng.sample(RED_WALLS, len(DEPTHS) - 1)
        for n in reversed(range(len(DEPTHS) - 1)):
            _teahouse(way, houses, side, DEPTHS[n], DEPTHS[n + 1], tints[n])
            _sign(way, houses, side, DEPTHS[n] * 1.1, rng.choice(SIGNS))
    _garlands(way)


def _teahouse(way: Lane, parts: list[str], side: int, near: float, far: float, colour: str) -> None:
    view, rng = way.view, way.view.rng
    wall, tall = _wall(way, side, near, colour), rng.uniform(0.8, 0.98)
    gold = way.air("#e8b94e", near)
    roof = way.air(rng.choice(("#2f6b5c", "#35586b", "#3f5a48")), near)
    glass = "#ffd98a" if _dark(view) else way.air("#fbe8bd", near)
    parts.append(way.quad(side, near, far, 0, tall, wall))
    parts.append(_windows(way, side, near, far, ((0.46, 0.6), (0.68, 0.78)) if tall > 0.86 else ((0.46, 0.62),), wall))
    span = far - near
    parts.append(way.quad(side, near + 0.05 * span, far - 0.05 * span, 0.0, 0.27, shade(wall, -0.17)))
    parts.append(way.quad(side, near + 0.1 * span, near + 0.6 * span, 0.03, 0.25, glass))
    bars = "".join(
        f"M{num(a[0])} {num(a[1])}L{num(b[0])} {num(b[1])}"
        for t in (0.22, 0.35, 0.48)
        for a, b in [(way.at(side, near + t * span, 0.03), way.at(side, near + t * span, 0.25))]
    )
    parts.append(path(bars, stroke=shade(wall, -0.17), stroke_width=view.short * 0.004 / near))
    parts.append(way.quad(side, near + 0.08 * span, far - 0.08 * span, 0.3, 0.37, gold))
    parts.append(way.quad(side, near + 0.12 * span, far - 0.12 * span, 0.31, 0.36, shade(wall, -0.12)))
    parts.append(way.ledge(side, near, far, 0.46, 0.065, 0.13, shade(roof, -0.03)))
    parts.append(way.ledge(side, near, far, tall, 0.0, 0.1, shade(roof, -0.1)))  # above us, so seen from below
    for low, high, inward, tint in ((0.372, 0.395, 0.13, gold), (tall, tall + 0.04, 0.1, roof),
                                    (tall - 0.008, tall + 0.006, 0.1, gold)):  # fmt: skip
        rim = [way.at(side, near, low, inward), way.at(side, far, low, inward), way.at(side, far, high, inward),
               way.at(side, near, high, inward)]  # fmt: skip
        parts.append(path(polygon(rim), tint))


def _sign(way: Lane, parts: list[str], side: int, depth: float, colour: str) -> None:
    """A board that hangs out over the street, facing us; marks instead of words, for words are the prompt's."""
    x0, top = way.at(side, depth, 0.8, 0.04)
    x1, low = way.at(side, depth, 0.5, 0.17)
    left, wide, high = min(x0, x1), abs(x1 - x0), low - top
    body, gold = way.air(colour, depth), way.air("#f2c95c", depth)
    if _dark(way.view):
        parts.append(glow(left + wide / 2, top + high / 2, wide * 1.3, high * 0.75, colour, 0.45, 8))
        body = mix(colour, "#ffb070", 0.12)
    parts.append(rect(left, top, wide, high, body, stroke=gold, stroke_width=wide * 0.09, rx=wide * 0.08))
    for n in range(3):
        y, r = top + high * (0.2 + 0.3 * n), wide * 0.24
        cx = left + wide / 2
        parts.append(path(polygon([(cx, y - r), (cx + r, y), (cx, y + r), (cx - r, y)]), gold))
        parts.append(circle(cx, y, r * 0.36, body))


def _gate(way: Lane, depth: float) -> None:
    """A paifang: two tall and two low columns, beams, and three swept roofs."""
    parts = way.view.sheet.layer("gate")
    foot, half = way.y + way.fall / depth, 0.98 * way.half / depth
    high = 0.74 * way.rise / depth
    red, green, gold = (way.air(c, depth * 0.75) for c in ("#b8342c", "#2f6b5c", "#e8b94e"))
    for at, tall in ((-0.98, 0.62), (-0.46, 0.86), (0.46, 0.86), (0.98, 0.62)):
        x = way.x + at * half
        parts.append(rect(x - half * 0.05, foot - high * tall, half * 0.1, high * tall, red))
        parts.append(rect(x - half * 0.07, foot - high * 0.07, half * 0.14, high * 0.07, way.air("#b9b3a6", depth)))
    parts.append(rect(way.x - half, foot - high * 0.56, half * 2, high * 0.09, red))
    parts.append(rect(way.x - half * 0.5, foot - high * 0.8, half, high * 0.2, green, stroke=gold,
                      stroke_width=half * 0.025))  # fmt: skip
    parts += [circle(way.x + at * half, foot - high * 0.7, half * 0.055, gold) for at in (-0.27, -0.09, 0.09, 0.27)]
    for middle, wide, up in ((-0.72, 0.36, 0.62), (0.72, 0.36, 0.62), (0.0, 0.68, 0.86)):
        x, y, w, r = way.x + middle * half, foot - high * up, wide * half, high * 0.1
        d = f"M{num(x - w * 1.12)} {num(y - r * 0.25)}Q{num(x - w * 0.8)} {num(y + r * 0.2)} "
        d += f"{num(x - w * 0.5)} {num(y)}"
        d += f"H{num(x + w * 0.5)}Q{num(x + w * 0.8)} {num(y + r * 0.2)} {num(x + w * 1.12)} {num(y - r * 0.25)}"
        d += f"L{num(x + w * 0.72)} {num(y - r)}H{num(x - w * 0.72)}Z"
        parts.append(path(d, green) + rect(x - w * 0.72, y - r * 1.16, w * 1.44, r * 0.22, gold))


def _garlands(way: Lane) -> None:
    """Strings of lanterns across the street, one behind the other."""
    view, parts = way.view, way.view.sheet.layer("lanterns")
    for depth, up, count in ((3.4, 0.86, 5), (2.3, 0.8, 6), (1.55, 0.79, 7)):
        (x0, y), (x1, _) = way.at(-1, depth, up), way.at(1, depth, up)
        sag, size = 0.11 * way.rise / depth, 0.05 * view.short / depth
        d = f"M{num(x0)} {num(y)}Q{num((x0 + x1) / 2)} {num(y + 2 * sag)} {num(x1)} {num(y)}"
        parts.append(path(d, stroke=way.air("#5a2a20", depth), stroke_width=view.short * 0.0032 / depth**0.5))
        for n in range(count):
            t = (n + 0.5) / count
            lantern(view, parts, x0 + t * (x1 - x0), y + 4 * sag * t * (1 - t), size)


def lantern(view: View, parts: list[str], x: float, y: float, r: float) -> None:
    """A red lantern hung at (x, y), `r` its half width."""
    if _dark(view):
        parts.append(glow(x, y + r * 1.25, r * 2.5, r * 2.5, "#ff9a4a", 0.75, 10))
    body, dark = ("#ff5a3c", "#e63a2a") if _dark(view) else ("#e8402f", "#c42a22")
    gold = "#f0c050"
    parts.append(rect(x - r * 0.38, y + r * 0.2, r * 0.76, r * 0.22, gold))
    parts.append(ellipse(x, y + r * 1.25, r * 1.08, r * 0.92, dark))
    parts.append(ellipse(x, y + r * 1.25, r * 0.74, r * 0.92, body))
    parts.append(ellipse(x, y + r * 1.25, r * 0.34, r * 0.92, "#ffb05a" if _dark(view) else "#f4604a"))
    parts.append(rect(x - r * 0.38, y + r * 2.08, r * 0.76, r * 0.22, gold))
    parts.append(path(f"M{num(x)} {num(y + r * 2.3)}v{num(r * 0.85)}", stroke=gold, stroke_width=r * 0.2))
