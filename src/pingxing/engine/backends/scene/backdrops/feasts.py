"""Dragon boats, the Lantern Festival, high summer and the northern lights."""

from __future__ import annotations

import math

from pingxing.engine.backends.scene.backdrops.alley import lantern
from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import Point, circle, ellipse, glow, num, path, polygon, rect

GREENS = ("#3fe0a0", "#58c8f0", "#9a7df0")


def has(view: View, layer: str) -> bool:
    return any(name == layer for name, _ in view.sheet.layers)


def aurora(view: View) -> None:
    """Three curtains of light, green or in the colour asked for, each a row of upright rays."""
    if not has(view, "sky"):
        return
    parts, rng, low = view.sheet.layer("sky"), view.rng, view.horizon
    tints: tuple[str, ...] = GREENS
    if view.aurora is not None:
        tints = (view.aurora, shade(view.aurora, 0.07, 0.9, 16), shade(view.aurora, -0.02, 0.9, -22))
    for n, colour in enumerate(tints):
        top = shade(colour, -0.05, 0.95, 48 if view.aurora is None else 24)
        phase, base, rays = rng.random() * math.tau, low * (0.74 - 0.15 * n), 24
        reach = low * rng.uniform(0.4, 0.5) * (1 - 0.12 * n)
        foot = [base + low * 0.09 * math.sin(i * 0.42 + phase) + low * 0.04 * math.sin(i * 1.1 + 2 * phase)
                for i in range(rays + 1)]  # fmt: skip
        for i in range(rays):
            tall = reach * (0.72 + 0.28 * math.sin(i * 0.9 + phase)) * rng.uniform(0.85, 1.1)
            x0, x1 = (view.width * (k / rays * 1.1 - 0.05) for k in (i, i + 1))
            strength = (0.86 - 0.16 * n) * (0.6 + 0.4 * math.sin(i * 0.55 + phase) ** 2)
            stops = [(0.0, top, 0.0), (0.5, top, 0.25 * strength), (0.85, colour, strength), (0.94, colour, strength),
                     (1.0, colour, 0.0)]  # fmt: skip
            ray = [(x0, foot[i]), (x0, foot[i] - tall), (x1, foot[i + 1] - tall), (x1, foot[i + 1])]
            parts.append(path(polygon(ray), view.sheet.gradient(stops)))


# --- Dragon Boat Festival ----------------------------------------------------------------------------


def dragon_boat(view: View) -> None:
    """Dragon boats where there is water; everywhere zongzi on threads of five colours, calamus and mugwort."""
    s, feast = view.short, view.sheet.layer("feast")
    if has(view, "water"):
        boats = view.sheet.layer("boats")
        depth, way = view.height - view.horizon, view.rng.choice((-1, 1))
        first = view.width * view.rng.uniform(0.24, 0.34)
        for x, near, size, colour in ((first, 0.17, 0.36, "#d8402f"), (first + 0.42 * s, 0.09, 0.26, "#2f7a5f")):
            boats.append(_boat(view, x, view.horizon + near * depth, size * s, colour, way))
    for side in (0, 1):
        x = 0.055 * view.width if side == 0 else 0.945 * view.width
        feast.append(_herbs(view, x, 0.2 * s, 1 if side == 0 else -1))
    threads = ("#e8443f", "#f7b92e", "#3f8fe8", "#46b36b", "#f4f1ea")
    count = max(5, round(6 * view.width / s))
    for n in range(count):
        x = view.width * (0.14 + 0.72 * (n + 0.5) / count)
        drop = s * (0.07 + 0.05 * (n % 2) + 0.02 * math.sin(n * 1.7))
        feast.append(path(f"M{num(x)} -4V{num(drop)}", stroke=threads[n % 5], stroke_width=s * 0.003))
        feast.append(_zongzi(x, drop, 0.03 * s, threads[n % 5]))


def _zongzi(x: float, y: float, r: float, thread: str) -> str:
    """A rice dumpling in a leaf, bound with thread, a tassel below."""
    d = f"M{num(x)} {num(y)}C{num(x + 0.3 * r)} {num(y)} {num(x + 1.25 * r)} {num(y + 1.4 * r)} {num(x + 1.2 * r)} "
    d += f"{num(y + 1.8 * r)}C{num(x + 0.6 * r)} {num(y + 2.15 * r)} {num(x - 0.6 * r)} {num(y + 2.15 * r)} "
    d += f"{num(x - 1.2 * r)} {num(y + 1.8 * r)}C{num(x - 1.25 * r)} {num(y + 1.4 * r)} {num(x - 0.3 * r)} {num(y)} "
    d += f"{num(x)} {num(y)}Z"
    fold = f"M{num(x)} {num(y)}C{num(x + 0.35 * r)} {num(y + 0.9 * r)} {num(x + 0.5 * r)} {num(y + 1.5 * r)} "
    fold += f"{num(x + 0.3 * r)} {num(y + 2.04 * r)}L{num(x + 1.2 * r)} {num(y + 1.8 * r)}"
    fold += f"C{num(x + 1.25 * r)} {num(y + 1.4 * r)} {num(x + 0.3 * r)} {num(y)} {num(x)} {num(y)}Z"
    bands = "".join(
        f"M{num(x - k * r)} {num(y + up * r)}Q{num(x)} {num(y + (up + 0.22) * r)} {num(x + k * r)} {num(y + up * r)}"
        for k, up in ((0.62, 0.86), (0.94, 1.32))
    )
    tassel = "".join(
        f"M{num(x)} {num(y + 2.05 * r)}L{num(x + k * r)} {num(y + 3.1 * r)}" for k in (-0.18, -0.06, 0.06, 0.18)
    )
    return (
        path(d, "#4f8f4a") + path(fold, "#3d7a40") + path(bands, stroke=thread, stroke_width=0.12 * r)
        + path(tassel, stroke=thread, stroke_width=0.09 * r)
    )  # fmt: skip


def _herbs(view: View, x: float, long: float, way: int) -> str:
    """A bundle of calamus blades and mugwort tied with a red ribbon, hung as on a door."""
    rng, parts = view.rng, [path(f"M{num(x)} -4V{num(long * 0.3)}", stroke="#c9302b", stroke_width=long * 0.02)]
    knot = 0.34 * long
    for n in range(7):
        lean = (n - 3) * 0.075 + rng.uniform(-0.01, 0.01)
        tip: Point = (x + lean * 2.2 * long, knot + long * (1.05 - abs(lean)))
        half = 0.032 * long
        d = f"M{num(x - half)} {num(knot)}Q{num(x + lean * long - half)} {num(knot + 0.5 * long)} {num(tip[0])} "
        d += f"{num(tip[1])}Q{num(x + lean * long + half)} {num(knot + 0.5 * long)} {num(x + half)} {num(knot)}Z"
        parts.append(path(d, ("#3f8a4f", "#57a35a", "#2f7344")[n % 3]))
    for n in range(8):
        y, side = knot + long * (0.12 + 0.085 * n), way * (1 if n % 2 else -1)
        leaf = f"M{num(x)} {num(y)}q{num(side * 0.12 * long)} {num(-0.06 * long)} {num(side * 0.17 * long)} "
        leaf += f"{num(0.03 * long)}q{num(-side * 0.1 * long)} {num(0.05 * long)} {num(-side * 0.17 * long)} "
        leaf += f"{num(-0.03 * long)}Z"
        parts.append(path(leaf, "#8db98a"))
    parts.append(rect(x - 0.07 * long, knot - 0.03 * long, 0.14 * long, 0.07 * long, "#d8342c", rx=0.02 * long))
    for side in (-1, 1):
        bow = [(x, knot), (x + side * 0.13 * long, knot - 0.07 * long), (x + side * 0.13 * long, knot + 0.06 * long)]
        parts.append(path(polygon(bow), "#e8503f"))
    return "".join(parts)


def _boat(view: View, x: float, y: float, wide: float, colour: str, way: int) -> str:
    """A dragon boat seen from the side: head, scales, drum and tail. Its middle is at (x, y) on the water."""
    body, belly = view.land(colour), view.land("#f2c14e")
    teeth, dark, high = view.land("#fff6e0"), view.land("#3a2a26"), 0.1 * wide

    def at(u: float, v: float) -> Point:
        return x + way * u * wide, y - v * high

    def line(spots: tuple[tuple[float, float], ...]) -> str:
        return polygon([at(u, v) for u, v in spots])

    (ax, ay), (bx, by), (cx, cy), (dx, dy) = at(-0.46, 0.75), at(-0.2, -0.5), at(0.2, -0.5), at(0.46, 0.75)
    hull = f"M{num(ax)} {num(ay)}C{num(bx)} {num(by)} {num(cx)} {num(cy)} {num(dx)} {num(dy)}"
    hull += f"L{num(at(0.4, 0.95)[0])} {num(at(0.4, 0.95)[1])}Q{num(x)} {num(y - 0.5 * high)} "
    hull += f"{num(at(-0.4, 0.95)[0])} {num(at(-0.4, 0.95)[1])}Z"
    parts = [ellipse(x, y + 0.12 * high, 0.5 * wide, 0.2 * high, view.land("#1f5f8a"), opacity=0.45)]
    (tx, ty), (ux, uy) = at(-0.4, 0.8), at(-0.56, 2.3)
    parts.append(path(f"M{num(tx)} {num(ty)}Q{num(at(-0.5, 1.0)[0])} {num(ty)} {num(ux)} {num(uy)}", stroke=body,
                      stroke_width=0.5 * high, stroke_linecap="round"))  # fmt: skip
    (nx, ny), (hx, hy) = at(0.4, 0.8), at(0.5, 2.2)
    neck = f"M{num(nx)} {num(ny)}Q{num(at(0.49, 0.9)[0])} {num(ny)} {num(hx)} {num(hy)}"
    parts.append(path(neck, stroke=body, stroke_width=0.62 * high, stroke_linecap="round"))
    parts.append(path(hull, body))
    for n in range(9):
        sx, sy = at(-0.32 + 0.08 * n, 0.42 - 0.22 * math.cos((n - 4) * 0.32))
        parts.append(circle(sx, sy, 0.2 * high, belly) + circle(sx, sy - 0.05 * high, 0.13 * high, body))
    parts.append(path(line(((0.46, 2.75), (0.58, 2.95), (0.66, 2.35), (0.56, 2.25), (0.64, 1.95), (0.5, 1.75))), body))
    parts.append(path(line(((0.57, 2.28), (0.65, 2.28), (0.6, 2.08))), teeth))
    mane = ((0.47, 2.9), (0.4, 3.1), (0.44, 2.5), (0.36, 2.5), (0.42, 1.95), (0.36, 1.8), (0.44, 1.4))
    parts.append(path(line(mane), belly))
    parts.append(path(line(((0.5, 2.85), (0.46, 3.6), (0.54, 2.9))), teeth))
    ex, ey = at(0.54, 2.62)
    parts.append(circle(ex, ey, 0.15 * high, teeth) + circle(ex, ey, 0.08 * high, dark))
    gx, gy = at(0.1, 1.15)
    parts.append(rect(gx - 0.35 * high, gy - 0.35 * high, 0.7 * high, 0.75 * high, view.land("#b8342c"), rx=0.1 * high))
    parts.append(ellipse(gx, gy - 0.35 * high, 0.35 * high, 0.12 * high, view.land("#f7ead0")))
    oars = ""
    for n in range(6):
        (ox, oy), (px, py) = at(-0.3 + 0.1 * n, 0.7), at(-0.36 + 0.1 * n, -0.45)
        oars += f"M{num(ox)} {num(oy)}L{num(px)} {num(py)}"
    parts.append(path(oars, stroke=view.land("#a8764c"), stroke_width=0.1 * high, stroke_linecap="round"))
    fx, fy = at(-0.16, 0.7)
    parts.append(rect(fx - 0.03 * high, fy - 2.1 * high, 0.06 * high, 2.1 * high, view.land("#7a5a42")))
    flag = [(fx, fy - 2.1 * high), (fx - way * 1.0 * high, fy - 1.75 * high), (fx, fy - 1.4 * high)]
    parts.append(path(polygon(flag), belly))
    return "".join(parts)


# --- Lantern Festival, summer ------------------------------------------------------------------------


def lantern_festival(view: View) -> None:
    """Lanterns in every colour overhead, riddle slips below them, and sky lanterns that rise."""
    s, rng, parts = view.short, view.rng, view.sheet.layer("lanterns")
    if has(view, "sky") and view.light.name in ("night", "sunset"):
        air = view.sheet.layer("air")
        for _ in range(round(11 * view.width / s)):
            x, y = rng.random() * view.width, view.horizon * rng.uniform(0.22, 0.86)
            _sky_lantern(air, x, y, s * rng.uniform(0.008, 0.02))
    count = max(5, round(7 * view.width / s))
    for n in range(count):
        x, drop = view.width * (n + 0.5) / count, s * (0.015 + 0.035 * (n % 2))
        parts.append(path(f"M{num(x)} -4V{num(drop + 0.01 * s)}", stroke="#5a2a20", stroke_width=s * 0.003))
        if n % 2 == 0:
            lantern(view, parts, x, drop, 0.036 * s)
        else:
            _palace_lantern(view, parts, x, drop, 0.032 * s, ("#f2a33a", "#e86a9a", "#5fb0a8")[n // 2 % 3])
        slip = drop + 0.118 * s
        parts.append(rect(x - 0.011 * s, slip, 0.022 * s, 0.06 * s, ("#f7d9a0", "#f5b8b0")[n % 2]))


def _palace_lantern(view: View, parts: list[str], x: float, y: float, r: float, colour: str) -> None:
    """A six-sided lantern of silk in a dark frame."""
    if view.light.name in ("night", "sunset"):
        parts.append(glow(x, y + 1.4 * r, 2.4 * r, 2.4 * r, colour, 0.7, 10))
    frame = "#6b3426"
    shape = ((-0.6, 0.4), (0.6, 0.4), (1.05, 1.4), (0.6, 2.4), (-0.6, 2.4), (-1.05, 1.4))
    body = [(x + u * r, y + v * r) for u, v in shape]
    light = [(x + 0.37 * u * r, y + v * r) for u, v in shape]
    parts.append(path(polygon(body), colour, stroke=frame, stroke_width=0.1 * r))
    parts.append(path(polygon(light), shade(colour, 0.1), stroke=frame, stroke_width=0.05 * r))
    parts += [rect(x - 0.7 * r, y + at * r, 1.4 * r, 0.2 * r, frame, rx=0.06 * r) for at in (0.24, 2.36)]
    parts.append(path(f"M{num(x)} {num(y + 2.5 * r)}v{num(0.9 * r)}", stroke="#e0a93a", stroke_width=0.16 * r))


def _sky_lantern(parts: list[str], x: float, y: float, r: float) -> None:
    parts.append(glow(x, y, 3.2 * r, 3.2 * r, "#ffb45a", 0.7, 8))
    d = f"M{num(x - 0.7 * r)} {num(y + 1.1 * r)}L{num(x - r)} {num(y - 0.6 * r)}Q{num(x)} {num(y - 1.6 * r)} "
    d += f"{num(x + r)} {num(y - 0.6 * r)}L{num(x + 0.7 * r)} {num(y + 1.1 * r)}Z"
    parts.append(path(d, "#ff9f43") + ellipse(x, y + 0.8 * r, 0.6 * r, 0.35 * r, "#ffe08a"))


def summer(view: View) -> None:
    """Full leaves over a corner, warm light through them; fireflies after dark."""
    rng, s = view.rng, view.short
    side = rng.choice((0, 1))
    edge, way = (0.0, 1) if side == 0 else (view.width, -1)
    parts = view.sheet.layer("leaves")
    if view.light.name == "day" and has(view, "sky"):
        parts.append(glow(edge + way * 0.1 * s, 0.02 * s, 0.6 * s, 0.5 * s, "#fff2b8", 0.75, 30))
    for _ in range(34):
        out, down = rng.random() ** 1.4, rng.random()
        x, y = edge + way * s * 0.42 * out, s * 0.2 * down * (1 - 0.75 * out) - 0.01 * s
        r, turn = s * rng.uniform(0.03, 0.05), rng.uniform(-40, 70) if side == 0 else rng.uniform(110, 220)
        d = f"M0 0C{num(r * 0.4)} {num(-r * 0.55)} {num(r * 1.2)} {num(-r * 0.5)} {num(r * 1.7)} 0"
        d += f"C{num(r * 1.2)} {num(r * 0.5)} {num(r * 0.4)} {num(r * 0.55)} 0 0Z"
        place = f"translate({num(x)} {num(y)}) rotate({num(turn)})"
        colour = view.land(rng.choice(("#3f9a4a", "#57b256", "#2f8443", "#7cc45f")))
        vein = path(f"M0 0H{num(r * 1.5)}", stroke=shade(colour, -0.07), stroke_width=r * 0.06)
        parts.append(f'<g transform="{place}">{path(d, colour)}{vein}</g>')
    dark = view.light.name in ("night", "sunset")
    air = view.sheet.layer("air")
    for _ in range(round((26 if dark else 12) * view.width / s)):
        x, y = rng.random() * view.width, view.height * rng.uniform(0.35, 0.94)
        if dark:
            air.append(glow(x, y, 0.016 * s, 0.016 * s, "#eaff8a", 0.9, 6))
        air.append(circle(x, y, s * 0.0032, "#f4ffb0" if dark else "#ffffff", opacity=0.85))
