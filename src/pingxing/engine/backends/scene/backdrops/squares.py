"""Between houses: a street of shops, a market, a Chinese courtyard."""

from __future__ import annotations

from pingxing.engine.backends.scene.backdrops.alley import alley, fits
from pingxing.engine.backends.scene.backdrops.props import awning, box, lamp, pane, round_tree
from pingxing.engine.backends.scene.backdrops.terrain import distant
from pingxing.engine.backends.scene.backdrops.town import pavement, paving
from pingxing.engine.backends.scene.colour import mix, shade
from pingxing.engine.backends.scene.sky import View, paint_sky
from pingxing.engine.backends.scene.svg import circle, ellipse, num, path, polygon, rect

FACADES = ("#e6b8a2", "#f0d9a8", "#b9d0c4", "#c4cfe3", "#e8c4c9", "#d9c7b0", "#a9c0b0", "#f2e3cf")
CLOTHS = ("#d9534a", "#3f8f7a", "#3f74b5", "#e29a3a", "#9a5fa8")


def street(view: View) -> None:
    if fits(view):
        alley(view)
        return
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    parts, x = view.sheet.layer("houses"), -0.05 * s - rng.random() * 0.1 * s
    while x < view.width:
        wide, high = s * rng.uniform(0.24, 0.32), min(0.86 * h, s * rng.uniform(0.42, 0.6))
        _shopfront(view, parts, x, h + 0.008 * s, wide, high)
        x += wide
    pavement(view, road=False)
    paving(view)
    lamps = view.sheet.layer("lamps")
    for at in (0.08, 0.92):
        lamps.append(lamp(view, view.width * at, h + 0.09 * (view.height - h), 0.34 * s))


def _shopfront(view: View, parts: list[str], x: float, base: float, wide: float, high: float) -> None:
    rng = view.rng
    wall = view.land(rng.choice(FACADES))
    glass, trim = pane(view), shade(wall, -0.14)
    parts.append(box(view, x, base - high, wide, high, wall))
    parts.append(rect(x - wide * 0.01, base - high - wide * 0.05, wide * 1.02, wide * 0.07, shade(wall, -0.09)))
    ground = wide * 0.62
    rows = max(1, int((high - ground - wide * 0.1) / (wide * 0.36)))
    for row in range(rows):
        for column in range(3):
            wx, wy = x + wide * (0.1 + 0.3 * column), base - ground - wide * 0.34 * (row + 1) + wide * 0.02
            lit = glass if rng.random() < 0.7 else mix(glass, wall, 0.6)
            parts.append(rect(wx - wide * 0.015, wy - wide * 0.015, wide * 0.23, wide * 0.27, shade(wall, 0.07)))
            parts.append(rect(wx, wy, wide * 0.2, wide * 0.24, lit))
            parts.append(
                path(f"M{num(wx + wide * 0.1)} {num(wy)}v{num(wide * 0.24)}", stroke=trim, stroke_width=wide * 0.012)
            )
    parts.append(
        rect(
            x + wide * 0.06, base - wide * 0.44, wide * 0.54, wide * 0.38, glass, stroke=trim, stroke_width=wide * 0.02
        )
    )
    parts.append(rect(x + wide * 0.68, base - wide * 0.46, wide * 0.24, wide * 0.46, trim, rx=wide * 0.01))
    parts.append(rect(x + wide * 0.72, base - wide * 0.42, wide * 0.16, wide * 0.24, glass))
    parts.append(awning(view, x + wide * 0.03, base - wide * 0.58, wide * 0.94, wide * 0.13, rng.choice(CLOTHS)))


def market(view: View) -> None:
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    far, x = view.sheet.layer("far-city"), -0.02 * s
    while x < view.width:
        wide, high = s * rng.uniform(0.12, 0.2), min(0.7 * h, s * rng.uniform(0.26, 0.44))
        colour = distant(view, rng.choice(FACADES), 0.4)
        far.append(box(view, x, h - high, wide, high + 4, colour))
        for n in range(4):
            far.append(
                rect(
                    x + wide * (0.14 + 0.42 * (n % 2)),
                    h - high * (0.86 - 0.26 * (n // 2)),
                    wide * 0.26,
                    wide * 0.26,
                    mix(pane(view), colour, 0.35),
                )
            )
        x += wide
    pavement(view, road=False)
    paving(view)
    stalls, count = view.sheet.layer("stalls"), max(2, round(3 * view.width / s))
    cloths = rng.sample(CLOTHS, len(CLOTHS))
    for n in range(count):
        wide = 0.29 * s
        _stall(view, stalls, view.width * (n + 0.5) / count - wide / 2, h + 0.07 * s, wide, cloths[n % len(cloths)])
    _bulbs(view)


def _stall(view: View, parts: list[str], x: float, foot: float, wide: float, cloth: str) -> None:
    rng, wood = view.rng, view.land("#a8764c")
    high = wide * 1.02
    parts += [rect(x + wide * at, foot - high, wide * 0.03, high, wood) for at in (0.04, 0.93)]
    parts.append(
        rect(
            x + wide * 0.05,
            foot - high * 0.92,
            wide * 0.9,
            high * 0.5,
            "#ffe3a8" if view.light.name in ("night", "sunset") else shade(wood, -0.16),
            opacity=0.55,
        )
    )
    top = foot - wide * 0.36
    for n in range(8):
        colour = view.land(rng.choice(("#e2574c", "#f2b84b", "#7fb55a", "#f08a3c", "#b07fd0")))
        cx = x + wide * (0.12 + 0.11 * n)
        parts += [
            circle(cx + dx * wide, top - up * wide, wide * 0.042, shade(colour, lift))
            for dx, up, lift in ((-0.025, 0.01, -0.03), (0.025, 0.01, 0.0), (0, 0.06, 0.03))
        ]
    parts.append(box(view, x, top, wide, wide * 0.36, wood))
    for n in range(1, 6):
        parts.append(rect(x + wide * n / 6, top, wide * 0.008, wide * 0.36, shade(wood, -0.09)))
    parts.append(rect(x - wide * 0.02, top - wide * 0.01, wide * 1.04, wide * 0.045, shade(wood, 0.07)))
    parts.append(awning(view, x - wide * 0.04, foot - high - wide * 0.06, wide * 1.08, wide * 0.19, cloth))


def _bulbs(view: View) -> None:
    s, parts, dark = view.short, view.sheet.layer("bulbs"), view.light.name in ("night", "sunset")
    sag, y = view.height * 0.055, view.height * 0.035
    parts.append(
        path(
            f"M-10 {num(y)}Q{num(view.width / 2)} {num(y + 2 * sag)} {num(view.width + 10)} {num(y)}",
            stroke=view.land("#4a4038"),
            stroke_width=s * 0.003,
        )
    )
    count = round(13 * view.width / s)
    for n in range(count):
        t = (n + 0.5) / count
        bx, by = t * view.width, y + 4 * sag * t * (1 - t) + 0.014 * s
        if dark:
            parts.append(circle(bx, by, 0.032 * s, view.sheet.radial([(0, "#ffdf8a", 0.6), (1, "#ffdf8a", 0)])))
        parts.append(circle(bx, by, 0.0085 * s, "#fff1b8" if dark else view.land("#f7d774")))


def courtyard(view: View) -> None:
    """White wall, grey tiles, a moon gate and lattice windows, after the gardens of Suzhou."""
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    trees = view.sheet.layer("trees")
    for at in (rng.uniform(0.05, 0.2), rng.uniform(0.78, 0.95)):
        trees.append(
            round_tree(
                view, view.width * at, h, min(0.62 * s, 0.92 * h), rng.choice(("#6fa05f", "#7fae62", "#5a9468")), 0.2
            )
        )
    wall, high = view.land(view.colour or "#f7f3ea"), min(0.4 * s, (0.62 if view.width < 2.2 * s else 0.46) * h)
    parts, base = view.sheet.layer("wall"), h + 0.006 * s
    parts.append(box(view, -2, base - high, view.width + 4, high, wall))
    parts.append(rect(-2, base - 0.045 * s, view.width + 4, 0.045 * s, view.land("#9a9a98")))
    _tiles(view, parts, base - high)
    middle = view.width * rng.choice((0.22, 0.78))
    r, cy = high * 0.37, base - high * 0.42
    inside = view.sheet.gradient(
        [(0, mix(view.light.sky[-1][1], "#cfe6c4", 0.4)), (0.6, view.land("#a9cf8f")), (1, view.land("#7fae62"))]
    )
    parts.append(
        circle(middle, cy, r * 1.13, view.land("#6f7470")) + circle(middle, cy, r * 1.05, view.land("#d9d4c6"))
    )
    parts.append(circle(middle, cy, r, inside))
    for n in range(5):
        lx = middle - r * 0.6 + n * r * 0.22
        parts.append(
            path(
                f"M{num(lx)} {num(cy + r * 0.72)}q{num(r * 0.06)} {num(-r * 0.7)}"
                f" {num(r * 0.02)} {num(-r * (0.9 + 0.12 * (n % 2)))}",
                stroke=view.land("#5a8f4a"),
                stroke_width=r * 0.045,
            )
        )
    parts.append(
        path(
            f"M{num(middle - r * 0.55)} {num(base)}L{num(middle + r * 0.55)} {num(base)}L"
            f"{num(middle + r * 0.5)} {num(cy + r * 0.86)}L{num(middle - r * 0.5)} {num(cy + r * 0.86)}Z",
            view.land("#b9b3a6"),
        )
    )
    for at in (view.width - middle, view.width / 2):
        if 0.1 * s < at < view.width - 0.1 * s:
            _lattice(view, parts, at, base - high * 0.5, 0.085 * s)
    pavement(view, road=False)
    paving(view)


def _tiles(view: View, parts: list[str], y: float) -> None:
    s, grey = view.short, view.land("#545c60")
    parts.append(
        path(
            polygon(
                [
                    (-4, y + 0.012 * s),
                    (-4, y - 0.045 * s),
                    (view.width + 4, y - 0.045 * s),
                    (view.width + 4, y + 0.012 * s),
                ]
            ),
            grey,
        )
    )
    step, caps, ribs = 0.026 * s, "", ""
    for n in range(round(view.width / step) + 2):
        x = n * step
        caps += (
            f"M{num(x - step * 0.42)} {num(y + 0.012 * s)}a{num(step * 0.42)}"
            f" {num(step * 0.42)} 0 0 0 {num(step * 0.84)} 0Z"
        )
        ribs += f"M{num(x)} {num(y - 0.042 * s)}V{num(y + 0.012 * s)}"
    parts.append(path(ribs, stroke=shade(grey, -0.09), stroke_width=step * 0.2))
    parts.append(
        path(caps, shade(grey, -0.05))
        + rect(-2, y - 0.056 * s, view.width + 4, 0.016 * s, shade(grey, -0.1), rx=0.006 * s)
    )


def _lattice(view: View, parts: list[str], x: float, y: float, r: float) -> None:
    dark = view.land("#5f6663")
    parts.append(rect(x - r, y - r, 2 * r, 2 * r, view.land("#a9cf9a"), stroke=dark, stroke_width=r * 0.14))
    lines = "".join(
        f"M{num(x + d * r)} {num(y - r)}v{num(2 * r)}M{num(x - r)} {num(y + d * r)}h{num(2 * r)}"
        for d in (-0.5, 0.0, 0.5)
    )
    parts.append(path(lines, stroke=dark, stroke_width=r * 0.07))
    parts.append(ellipse(x, y, r * 0.36, r * 0.36, view.land("#f7f3ea"), stroke=dark, stroke_width=r * 0.08))
