"""Things that belong to settings: trees, houses, fences, lamps. None of them is ever a thing the prompt asked for."""

from __future__ import annotations

import math

from pingxing.engine.backends.scene.backdrops.terrain import distant
from pingxing.engine.backends.scene.colour import mix, shade
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import circle, ellipse, num, path, polygon, rect

ROOFS = ("#b5533f", "#a8483c", "#8a5a4a", "#5f6f86", "#c0704a")
PLASTER = ("#f5e6cc", "#f1d9c0", "#e9e4d8", "#f3ddd0", "#dfe6e4")


def pane(view: View) -> str:
    """What a window shows from outside: lamplight after dark, the sky by day."""
    return "#ffdf8a" if view.light.name in ("night", "sunset") else view.land("#b8dcec")


def box(view: View, x: float, y: float, w: float, h: float, colour: str, **more: float | str) -> str:
    """A wall or board with the faint gradient that makes it stand in light."""
    paint = view.sheet.gradient([(0, shade(colour, 0.025)), (1, shade(colour, -0.045))])
    return rect(x, y, w, h, paint, **more)


def round_tree(view: View, x: float, foot: float, high: float, colour: str, haze: float = 0.0) -> str:
    """A broad tree: trunk, a crown of lobes, light from the upper left."""
    rng = view.rng
    crown, bark = distant(view, colour, haze), distant(view, "#7a5a42", haze)
    trunk = [(x - high * 0.05, foot), (x - high * 0.028, foot - high * 0.5), (x + high * 0.028, foot - high * 0.5),
             (x + high * 0.05, foot)]  # fmt: skip
    parts = [path(polygon(trunk), bark)]
    lobes = [(-0.2, 0.56, 0.19), (0.2, 0.55, 0.19), (0.0, 0.72, 0.24), (-0.12, 0.78, 0.17), (0.14, 0.74, 0.17)]
    lobes = [(dx + rng.uniform(-0.02, 0.02), up, r * rng.uniform(0.92, 1.08)) for dx, up, r in lobes]
    parts += [circle(x + dx * high, foot - up * high, r * high, shade(crown, -0.035)) for dx, up, r in lobes]
    parts += [
        circle(x + (dx - 0.025) * high, foot - (up + 0.03) * high, r * high * 0.8, shade(crown, 0.015))
        for dx, up, r in lobes
    ]
    parts += [
        circle(x + (dx - 0.05) * high, foot - (up + 0.055) * high, r * high * 0.42, shade(crown, 0.05))
        for dx, up, r in lobes[2:4]
    ]
    return "".join(parts)


def fir(view: View, x: float, foot: float, high: float, colour: str, haze: float = 0.0) -> str:
    crown = distant(view, colour, haze)
    parts = [rect(x - high * 0.03, foot - high * 0.14, high * 0.06, high * 0.14, distant(view, "#6d4f3a", haze))]
    for n in range(3):
        y, half = foot - high * (0.1 + 0.26 * n), high * (0.27 - 0.06 * n)
        parts.append(path(polygon([(x - half, y), (x, y - high * 0.42), (x + half, y)]), shade(crown, 0.02 * n - 0.02)))
        parts.append(path(polygon([(x, y), (x, y - high * 0.42), (x + half, y)]), shade(crown, 0.02 * n - 0.05)))
    return "".join(parts)


def palm(view: View, x: float, foot: float, high: float, lean: float) -> str:
    """A palm whose stem bends by `lean` of its height."""
    bark, leaf = view.land("#9a7449"), view.land("#3f9a55")
    tx, ty = x + lean * high, foot - high
    stem = f"M{num(x)} {num(foot)}Q{num(x + lean * high * 0.2)} {num(foot - high * 0.55)} {num(tx)} {num(ty)}"
    parts = [path(stem, stroke=bark, stroke_width=high * 0.055, stroke_linecap="round")]
    for n, turn in enumerate((-2.9, -2.45, -1.9, -1.2, -0.7, -0.2, 0.25)):
        long = high * (0.42 if n % 2 else 0.48)
        ex, ey = tx + math.cos(turn) * long, ty + math.sin(turn) * long * 0.62 + high * 0.13
        mx, my = tx + math.cos(turn) * long * 0.55, ty + math.sin(turn) * long * 0.75 - high * 0.07
        d = f"M{num(tx)} {num(ty)}Q{num(mx)} {num(my - high * 0.04)} {num(ex)} {num(ey)}"
        d += f"Q{num(mx)} {num(my + high * 0.09)} {num(tx)} {num(ty)}Z"
        parts.append(path(d, shade(leaf, 0.04 if n % 2 else -0.04)))
    parts += [circle(tx + dx * high, ty + 0.03 * high, high * 0.03, view.land("#7b5332")) for dx in (-0.03, 0.035)]
    return "".join(parts)


def bush(view: View, x: float, base: float, r: float, colour: str) -> str:
    crown = view.land(colour)
    parts = [circle(x + dx * r, base - up * r, r * part, shade(crown, -0.03))
             for dx, up, part in ((-0.7, 0.35, 0.6), (0.7, 0.35, 0.6), (0, 0.6, 0.8))]  # fmt: skip
    parts.append(ellipse(x - r * 0.15, base - r * 0.85, r * 0.5, r * 0.38, shade(crown, 0.03)))
    return "".join(parts)


def cottage(view: View, x: float, base: float, wide: float, wall: str, roof: str, haze: float = 0.0) -> str:
    """A gabled house seen from the side, `wide` across its walls."""
    wall, roof = distant(view, wall, haze), distant(view, roof, haze)
    high, trim = wide * 0.52, shade(wall, -0.16)
    glass = mix(pane(view), wall, haze * 0.6)
    chimney = x + wide * 0.68
    parts = [rect(chimney, base - high - wide * 0.42, wide * 0.1, wide * 0.3, shade(roof, -0.08)),
             box(view, x, base - high, wide, high, wall)]  # fmt: skip
    ridge = [(x - wide * 0.08, base - high + wide * 0.02), (x + wide * 0.14, base - high - wide * 0.34),
             (x + wide * 0.86, base - high - wide * 0.34), (x + wide * 1.08, base - high + wide * 0.02)]  # fmt: skip
    parts.append(path(polygon(ridge), view.sheet.gradient([(0, shade(roof, 0.03)), (1, shade(roof, -0.05))])))
    door = x + wide * 0.41
    parts.append(rect(door, base - high * 0.62, wide * 0.18, high * 0.62, shade(roof, -0.1), rx=wide * 0.02))
    for wx in (x + wide * 0.12, x + wide * 0.7):
        y, side = base - high * 0.72, wide * 0.18
        parts.append(rect(wx - wide * 0.015, y - wide * 0.015, side + wide * 0.03, side + wide * 0.03, trim))
        parts.append(rect(wx, y, side, side, glass))
        bars = f"M{num(wx + side / 2)} {num(y)}v{num(side)}M{num(wx)} {num(y + side / 2)}h{num(side)}"
        parts.append(path(bars, stroke=trim, stroke_width=wide * 0.014))
    return "".join(parts)


def fence(view: View, y: float, high: float, colour: str, *, pickets: bool = True) -> str:
    """A fence over the whole width; `y` is the line it stands on."""
    wood, step, x = view.land(colour), high * (0.42 if pickets else 2.2), -high
    parts: list[str] = []
    rails = (y - high * up for up in (0.39, 0.77))
    parts.extend(rect(-2, rail, view.width + 4, high * 0.1, shade(wood, -0.06)) for rail in rails)
    while x < view.width + high:
        w = high * (0.22 if pickets else 0.14)
        if pickets:
            top = [(x, y), (x, y - high * 0.88), (x + w / 2, y - high * 1.02), (x + w, y - high * 0.88), (x + w, y)]
            parts.append(path(polygon(top), wood))
        else:
            parts.append(rect(x, y - high, w, high, wood))
        x += step
    return "".join(parts)


def lamp(view: View, x: float, foot: float, high: float) -> str:
    """A street lamp that burns after dark."""
    iron, head = view.land("#3c434c"), foot - high
    parts = []
    if view.light.name in ("night", "sunset"):
        halo = view.sheet.radial([(0, "#ffdf8a", 0.55), (1, "#ffdf8a", 0)])
        parts.append(circle(x, head, high * 0.42, halo))
    glass = "#fff0c0" if view.light.name in ("night", "sunset") else view.land("#f4ead0")
    parts.append(rect(x - high * 0.016, head, high * 0.032, high, iron))
    parts.append(rect(x - high * 0.04, foot - high * 0.06, high * 0.08, high * 0.06, iron))
    top = [(x - high * 0.035, head + high * 0.05), (x - high * 0.06, head - high * 0.08),
           (x + high * 0.06, head - high * 0.08), (x + high * 0.035, head + high * 0.05)]  # fmt: skip
    parts.append(path(polygon(top), glass))
    cap = [(x - high * 0.075, head - high * 0.08), (x, head - high * 0.13), (x + high * 0.075, head - high * 0.08)]
    parts.append(path(polygon(cap), iron))
    return "".join(parts)


def bench(view: View, x: float, foot: float, wide: float) -> str:
    wood, iron = view.land("#a9744a"), view.land("#44494f")
    parts = [rect(x + wide * at, foot - wide * 0.36, wide * 0.05, wide * 0.36, iron) for at in (0.08, 0.87)]
    parts += [rect(x, foot - wide * up, wide, wide * 0.07, shade(wood, lift), rx=wide * 0.015)
              for up, lift in ((0.4, 0.03), (0.3, 0.0), (0.18, -0.04))]  # fmt: skip
    return "".join(parts)


def awning(view: View, x: float, y: float, wide: float, drop: float, first: str, second: str = "#fbf6ea") -> str:
    """A striped awning that hangs from `y`, with a scalloped hem."""
    stripes = max(5, round(wide / (drop * 0.55)) | 1)
    step, parts = wide / stripes, []
    for n in range(stripes):
        colour = view.land(first if n % 2 == 0 else second)
        left, flare = x + n * step, step * 0.12
        d = f"M{num(left)} {num(y)}h{num(step)}l{num(flare * (n + 1 - stripes / 2) * 0.6)} {num(drop)}"
        d += f"a{num(step * 0.52)} {num(step * 0.45)} 0 0 1 {num(-step - flare * 0.6)} 0Z"
        parts.append(path(d, colour))
    return "".join(parts)
