"""What a season or a feast adds to any setting: something in the sky, something hung up, something in the air.

A season also colours the land itself; that is `season.py`, because every painter asks it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from pingxing.engine.backends.scene.backdrops.feasts import aurora, dragon_boat, lantern_festival, summer
from pingxing.engine.backends.scene.backdrops.town import lanterns
from pingxing.engine.backends.scene.colour import mix
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import Point, circle, ellipse, glow, num, path, polygon, rect

PARTY = ("#e8554d", "#f7b92e", "#3f8fe8", "#46b36b", "#f27fb2", "#8f5fd6")


def _open(view: View) -> bool:
    """Whether there is a sky to put something into."""
    return any(name == "sky" for name, _ in view.sheet.layers)


def _rope(view: View, row: int, count: int, colour: str) -> list[Point]:
    """A line hung across the top of the picture; the points along it."""
    s, sag, y = view.short, view.height * 0.045, view.height * (0.012 + 0.05 * row)
    d = f"M-10 {num(y)}Q{num(view.width / 2)} {num(y + 2 * sag)} {num(view.width + 10)} {num(y)}"
    view.sheet.layer("feast").append(path(d, stroke=colour, stroke_width=s * 0.003))
    parts = [(n + 0.5) / count for n in range(count)]
    return [(t * view.width, y + 4 * sag * t * (1 - t)) for t in parts]


def _scatter(view: View, count: int, draw: Callable[[float, float, float], str]) -> None:
    """Small things in the air of the whole picture, fewer where the main thing stands."""
    parts, rng = view.sheet.layer("air"), view.rng
    for _ in range(round(count * view.width * view.height / view.short**2)):
        x, y = rng.random() * view.width, rng.random() * view.height * 0.94
        parts.append(draw(x, y, view.short * rng.uniform(0.7, 1.3)))


def harvest_moon(view: View) -> None:
    if not _open(view) or "1F315" in view.banned:
        return
    parts, s = view.sheet.layer("sky"), view.short
    x, y, r = view.width * view.rng.choice((0.32, 0.68)), max(0.15 * s, view.horizon * 0.24), 0.12 * s
    parts.append(glow(x, y, r * 2.6, r * 2.6, "#ffe9a8", 0.55, 28))
    parts.append(circle(x, y, r, view.sheet.radial([(0, "#fffbe6"), (0.75, "#ffefb5"), (1, "#fbdc86")])))
    for dx, dy, size in ((-0.35, -0.2, 0.2), (0.3, 0.25, 0.26), (0.1, -0.45, 0.13), (-0.25, 0.42, 0.15)):
        parts.append(circle(x + dx * r, y + dy * r, size * r, "#f3cf78", opacity=0.45))


def spring_festival(view: View) -> None:
    if not any(name == "lanterns" for name, _ in view.sheet.layers):
        lanterns(view)
    parts, s = view.sheet.layer("feast"), view.short
    for x in (0.045 * view.width, 0.955 * view.width):
        _firecrackers(view, parts, x, 0.2 * view.height, 0.032 * s)


def _firecrackers(view: View, parts: list[str], x: float, y: float, size: float) -> None:
    parts.append(path(f"M{num(x)} -4V{num(y + size * 9)}", stroke="#e9b847", stroke_width=size * 0.14))
    for n in range(7):
        for side in (-1, 1):
            cy = y + n * size * 1.2
            turn = f"rotate({side * 32} {num(x)} {num(cy)})"
            cx = x + side * size * 0.55
            body = rect(cx - size * 0.3, cy - size * 0.5, size * 0.6, size * 1.3, "#d8342c", rx=size * 0.1)
            band = rect(cx - size * 0.3, cy - size * 0.32, size * 0.6, size * 0.16, "#f2c14e")
            parts.append(f'<g transform="{turn}">{body}{band}</g>')


def mid_autumn(view: View) -> None:
    harvest_moon(view)
    s, parts = view.short, view.sheet.layer("feast")
    for side in (0.07, 0.93):
        x = view.width * side
        for n, drop in enumerate((0.1, 0.19)):
            lx, y, r = x + (n - 0.5) * 0.07 * s * (1 if side < 0.5 else -1), view.height * drop, 0.036 * s
            parts.append(path(f"M{num(lx)} -4V{num(y)}", stroke="#7a4a30", stroke_width=s * 0.003))
            parts.append(circle(lx, y + r, r * 2.3, view.sheet.radial([(0, "#ffcf70", 0.5), (1, "#ffcf70", 0)])))
            body = view.sheet.radial([(0, "#ffb35c"), (0.7, "#ee6b36"), (1, "#c2441f")])
            parts.append(ellipse(lx, y + r, r * 0.95, r, body))
            parts.append(rect(lx - r * 0.4, y - r * 0.12, r * 0.8, r * 0.2, "#e9b847"))
            parts.append(rect(lx - r * 0.4, y + r * 1.9, r * 0.8, r * 0.2, "#e9b847"))
            parts.append(path(f"M{num(lx)} {num(y + r * 2.1)}v{num(r * 0.8)}", stroke="#e9b847", stroke_width=r * 0.16))


def christmas(view: View) -> None:
    s, parts = view.short, view.sheet.layer("feast")
    for row in range(2):
        for n, (x, y) in enumerate(_rope(view, row, max(8, round((13 - 2 * row) * view.width / s)), "#2f5f45")):
            colour = PARTY[(n + row) % 4]
            parts.append(circle(x, y + 0.016 * s, 0.026 * s, view.sheet.radial([(0, colour, 0.55), (1, colour, 0)])))
            parts.append(rect(x - 0.005 * s, y, 0.01 * s, 0.01 * s, "#3c4a42"))
            parts.append(ellipse(x, y + 0.02 * s, 0.009 * s, 0.013 * s, mix(colour, "#ffffff", 0.2)))
    if _open(view):
        _scatter(view, 26, lambda x, y, k: circle(x, y, k * 0.0042, "#ffffff", opacity=0.8))


def halloween(view: View) -> None:
    s, parts, rng = view.short, view.sheet.layer("feast"), view.rng
    for n, (x, y) in enumerate(_rope(view, 0, max(7, round(9 * view.width / s)), "#2b2030")):
        half, colour = 0.032 * s, ("#f0862c", "#3a2a4c")[n % 2]
        parts.append(path(polygon([(x - half, y), (x + half, y), (x, y + 0.07 * s)]), colour))
    for _ in range(5):
        x, y, r = (
            view.width * rng.uniform(0.06, 0.94),
            view.height * rng.uniform(0.13, 0.34),
            s * rng.uniform(0.02, 0.036),
        )
        wing = f"M{num(x)} {num(y)}q{num(-r * 0.5)} {num(-r * 0.9)} {num(-r * 1.7)} {num(-r * 0.7)}"
        wing += (
            f"q{num(r * 0.3)} {num(r * 0.5)} {num(r * 0.1)} {num(r * 0.9)}"
            f"q{num(r * 0.5)} {num(-r * 0.3)} {num(r * 0.8)} {num(r * 0.1)}"
        )
        wing += (
            f"q{num(r * 0.3)} {num(-r * 0.2)} {num(r * 0.8)} {num(r * 0.6)}"
            f"q{num(r * 0.5)} {num(-r * 0.8)} {num(r * 0.8)} {num(-r * 0.6)}"
        )
        wing += (
            f"q{num(r * 0.3)} {num(-r * 0.4)} {num(r * 0.8)} {num(-r * 0.1)}"
            f"q{num(-r * 0.2)} {num(-r * 0.4)} {num(r * 0.1)} {num(-r * 0.9)}"
        )
        wing += f"q{num(-r * 1.2)} {num(-r * 0.2)} {num(-r * 1.7)} {num(r * 0.7)}Z"
        parts.append(path(wing, "#241a2e"))
    for side in (0, 1):
        _web(parts, 0.0 if side == 0 else view.width, 1 if side == 0 else -1, 0.24 * s)


def _web(parts: list[str], x: float, way: int, size: float) -> None:
    """A cobweb in an upper corner."""
    rays = [n * math.pi / 8 for n in range(5)]
    d = "".join(f"M{num(x)} 0L{num(x + way * size * math.cos(a))} {num(size * math.sin(a))}" for a in rays)
    for ring in (0.35, 0.6, 0.85):
        spots = [(x + way * size * ring * math.cos(a), size * ring * math.sin(a)) for a in rays]
        d += f"M{num(spots[0][0])} {num(spots[0][1])}"
        for (ax, ay), (bx, by) in pairwise(spots):
            mx, my = (ax + bx) / 2, (ay + by) / 2
            d += f"Q{num(mx + (x - mx) * 0.16)} {num(my - my * 0.16)} {num(bx)} {num(by)}"
    parts.append(path(d, stroke="#f4f0fa", stroke_width=size * 0.012, opacity=0.6))


def birthday(view: View) -> None:
    s, parts, rng = view.short, view.sheet.layer("feast"), view.rng
    for row in range(2):
        for n, (x, y) in enumerate(_rope(view, row, max(7, round((10 - row) * view.width / s)), "#f6efe2")):
            half = 0.036 * s
            colour = PARTY[(n + 2 * row) % len(PARTY)]
            parts.append(
                path(polygon([(x - half, y - 0.003 * s), (x + half, y - 0.003 * s), (x, y + 0.075 * s)]), colour)
            )
    colours = rng.sample(PARTY, len(PARTY))
    for n in range(6):
        side = 0 if n < 3 else 1
        r = 0.058 * s
        x = (0.045 + 0.05 * (n % 3)) * view.width if side == 0 else (0.955 - 0.05 * (n % 3)) * view.width
        y = view.height * (0.3 + 0.1 * ((n * 2) % 3))
        parts.append(
            path(
                f"M{num(x)} {num(y + r * 1.2)}q{num(r * 0.4)} {num(r * 1.6)} 0 {num(r * 3.4)}",
                stroke="#b9b0a4",
                stroke_width=s * 0.002,
            )
        )
        parts.append(
            path(polygon([(x - r * 0.16, y + r * 1.32), (x, y + r * 1.12), (x + r * 0.16, y + r * 1.32)]), colours[n])
        )
        parts.append(
            ellipse(x, y, r, r * 1.18, colours[n])
            + ellipse(x - r * 0.34, y - r * 0.45, r * 0.2, r * 0.32, "#ffffff", opacity=0.5)
        )
    _scatter(
        view,
        30,
        lambda x, y, k: rect(
            x,
            y,
            k * 0.007,
            k * 0.012,
            rng.choice(PARTY),
            rx=k * 0.002,
            transform=f"rotate({rng.randrange(180)} {num(x)} {num(y)})",
        ),
    )


def wedding(view: View) -> None:
    s, parts, rng = view.short, view.sheet.layer("feast"), view.rng
    count = max(2, round(2 * view.width / s))
    step = view.width / count
    for n in range(count):
        x = n * step
        for drop, colour in ((0.17, "#f9dbe2"), (0.11, "#fff6f2")):
            d = f"M{num(x)} -4Q{num(x + step / 2)} {num(2 * drop * s)} {num(x + step)} -4Z"
            parts.append(path(d, colour, opacity=0.92))
    for n in range(count + 1):
        for dx, dy, r in ((0, 0, 0.03), (-0.03, 0.01, 0.022), (0.03, 0.012, 0.022), (0.008, 0.034, 0.02)):
            cx, cy = n * step + dx * s, 0.03 * s + dy * s
            parts.append(
                circle(cx, cy, r * s, "#f29bb0")
                + circle(cx, cy, r * s * 0.6, "#f7bccb")
                + circle(cx, cy, r * s * 0.26, "#fbe0e6")
            )
    _scatter(
        view,
        24,
        lambda x, y, k: _petal(x, y, k * 0.009, rng.randrange(360), rng.choice(("#f7bccb", "#ffffff", "#f29bb0"))),
    )


def _petal(x: float, y: float, r: float, turn: int, colour: str) -> str:
    d = (
        f"M{num(x - r)} {num(y)}Q{num(x)} {num(y - r)} {num(x + r)} "
        f"{num(y)}Q{num(x)} {num(y + r * 0.7)} {num(x - r)} {num(y)}Z"
    )
    return path(d, colour, opacity=0.85, transform=f"rotate({turn} {num(x)} {num(y)})")


def spring(view: View) -> None:
    rng, s = view.rng, view.short
    pinks = ("#f9c3d6", "#f7a8c4", "#fddbe6")
    if _open(view):
        parts, side = view.sheet.layer("branch"), rng.choice((0, 1))
        way, x = (1, -4.0) if side == 0 else (-1, view.width + 4)
        bark, y = view.land("#7a5346"), 0.05 * view.height
        tip = (x + way * 0.42 * s, y + 0.1 * s)
        parts.append(
            path(
                f"M{num(x)} {num(y)}Q{num(x + way * 0.2 * s)} {num(y - 0.02 * s)} {num(tip[0])} {num(tip[1])}",
                stroke=bark,
                stroke_width=0.014 * s,
                stroke_linecap="round",
            )
        )
        parts.append(
            path(
                f"M{num(x + way * 0.16 * s)} {num(y + 0.003 * s)}q{num(way * 0.08 * s)}"
                f" {num(0.08 * s)} {num(way * 0.13 * s)} {num(0.15 * s)}",
                stroke=bark,
                stroke_width=0.009 * s,
                stroke_linecap="round",
            )
        )
        for n in range(26):
            t = rng.random()
            bx, by = (
                x + way * s * (0.04 + 0.39 * t),
                y + s * (0.1 * t * t + rng.uniform(-0.045, 0.05 + 0.1 * (0.3 < t < 0.75))),
            )
            r, colour = s * rng.uniform(0.011, 0.018), view.land(pinks[n % 3])
            parts += [
                circle(bx + r * 0.8 * math.cos(a), by + r * 0.8 * math.sin(a), r * 0.68, colour)
                for a in (0.3, 1.56, 2.8, 4.1, 5.4)
            ]
            parts.append(circle(bx, by, r * 0.34, view.land("#e8688f")))
    _scatter(view, 22, lambda px, py, k: _petal(px, py, k * 0.0085, rng.randrange(360), rng.choice(pinks)))


def autumn(view: View) -> None:
    rng = view.rng
    colours = ("#e8742c", "#d94f2b", "#f2b134", "#b9402c")

    def leaf(x: float, y: float, k: float) -> str:
        r, points = k * 0.015, []
        for n in range(11):
            a = math.pi * (n / 10 * 1.7 - 0.35) - math.pi
            reach = r * (1.0 if n % 2 == 0 else 0.52)
            points.append((x + reach * math.cos(a), y + reach * math.sin(a)))
        points.append((x, y + r * 0.55))
        colour = view.land(rng.choice(colours)) if not view.night else mix(rng.choice(colours), "#33305a", 0.35)
        turn = f"rotate({rng.randrange(360)} {num(x)} {num(y)})"
        stalk = path(f"M{num(x)} {num(y)}v{num(r * 1.2)}", stroke=colour, stroke_width=r * 0.13)
        return f'<g transform="{turn}">{path(polygon(points), colour)}{stalk}</g>'

    _scatter(view, 24, leaf)


def winter(view: View) -> None:
    if view.weather != "snow" and _open(view):
        _scatter(view, 34, lambda x, y, k: circle(x, y, k * 0.0042, "#ffffff", opacity=0.8))


# touch -> (what paints it, the setting and the hour it brings where the prompt names none)
TOUCHES: dict[str, tuple[Callable[[View], None], str, str]] = {
    "aurora": (aurora, "snow", "night"),
    "mid-autumn": (mid_autumn, "courtyard", "night"),
    "spring-festival": (spring_festival, "chinatown", ""),
    "lantern-festival": (lantern_festival, "chinatown", "night"),
    "dragon-boat": (dragon_boat, "river", ""),
    "christmas": (christmas, "snow", ""),
    "halloween": (halloween, "village", "night"),
    "birthday": (birthday, "room", ""),
    "wedding": (wedding, "garden", ""),
    "spring": (spring, "", ""),
    "summer": (summer, "", ""),
    "autumn": (autumn, "", ""),
    "winter": (winter, "snow", ""),
}
