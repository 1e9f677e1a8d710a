"""An old town by a canal: white walls under dark tiles, a round bridge, steps to the water, willows."""

from __future__ import annotations

from pingxing.engine.backends.scene.backdrops.props import box
from pingxing.engine.backends.scene.backdrops.terrain import distant, hills, water
from pingxing.engine.backends.scene.colour import mix, shade
from pingxing.engine.backends.scene.sky import View, paint_sky
from pingxing.engine.backends.scene.svg import Point, circle, ellipse, glow, num, path, polygon, rect

LIME, TILE, WOOD, RED = "#f3efe6", "#4d565f", "#7a4a35", "#d6402f"


def canal(view: View) -> None:
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    hills(view, "far-hills", h - 0.09 * view.height, 0.08 * view.height, 1.0, distant(view, "#86b0a0", 0.6))
    for haze, size, lift, layer in ((0.45, 0.17, 0.085, "far-houses"), (0.06, 0.25, 0.0, "houses")):
        x = -rng.random() * 0.2 * s
        while x < view.width:
            wide = s * size * rng.uniform(0.8, 1.25)
            _house(view, layer, x, h - lift * s, wide, min(s * size * rng.uniform(0.85, 1.2), 0.7 * h), haze)
            x += wide * rng.uniform(0.94, 1.04)
    depth = view.height - h
    quay = h + 0.52 * depth
    water(view, h + 0.02 * s, quay, "#5f9a94", "#9cc9bf")
    _reflections(view, h + 0.03 * s, quay)
    _bank(view, h)
    _bridge(view, view.width * rng.choice((0.3, 0.7)), h + 0.11 * depth)
    _front(view, quay)
    _willow(view, -1 if rng.random() < 0.5 else 1)


def _house(view: View, layer: str, x: float, foot: float, wide: float, high: float, haze: float) -> None:
    """A white house whose gable steps above its roof, as firewalls do there."""
    rng, parts = view.rng, view.sheet.layer(layer)
    wall, tile, wood = (distant(view, colour, haze) for colour in (LIME, TILE, WOOD))
    night = view.light.name in ("night", "sunset")
    glass = mix("#ffd98a", wall, haze * 0.5) if night else distant(view, "#6a5a50", haze)
    parts.append(
        rect(x, foot - high, wide, high + 4, view.sheet.gradient([(0, shade(wall, 0.01)), (1, shade(wall, -0.06))]))
    )
    if rng.random() < 0.45:
        for n, (at, up) in enumerate(((0.0, 0.0), (0.2, 0.09), (0.4, 0.18), (0.6, 0.09), (0.8, 0.0))):
            left, top = x + at * wide, foot - high - up * wide
            parts.append(rect(left, top, 0.2 * wide + 0.5, up * wide + 2, wall))
            parts.append(
                rect(left - 0.025 * wide, top - 0.05 * wide, 0.25 * wide, 0.06 * wide, shade(tile, 0.02 * (n % 2)))
            )
    else:
        eaves: list[Point] = [(x - 0.07 * wide, foot - high + 0.02 * wide), (x + 0.06 * wide, foot - high - 0.2 * wide),
                              (x + 0.94 * wide, foot - high - 0.2 * wide),
                              (x + 1.07 * wide, foot - high + 0.02 * wide)]  # fmt: skip
        parts.append(path(polygon(eaves), tile))
        ribs = "".join(
            f"M{num(x + wide * (n + 0.5) / 12)} {num(foot - high)}V{num(foot - high - 0.19 * wide)}" for n in range(12)
        )
        parts.append(path(ribs, stroke=shade(tile, -0.06), stroke_width=wide * 0.014))
        parts.append(rect(x + 0.04 * wide, foot - high - 0.225 * wide, 0.92 * wide, 0.035 * wide, shade(tile, -0.08)))
    for column in (0.16, 0.6):
        wx, wy, side = x + column * wide, foot - high * 0.82, 0.22 * wide
        parts.append(rect(wx - 0.02 * wide, wy - 0.02 * wide, side + 0.04 * wide, side + 0.04 * wide, wood))
        parts.append(rect(wx, wy, side, side, glass))
        bars = f"M{num(wx + side / 3)} {num(wy)}v{num(side)}M{num(wx + side * 2 / 3)} {num(wy)}v{num(side)}"
        parts.append(
            path(bars + f"M{num(wx)} {num(wy + side / 2)}h{num(side)}", stroke=wood, stroke_width=wide * 0.014)
        )
    door = x + wide * 0.4
    if haze < 0.3:
        parts.append(rect(door, foot - high * 0.4, wide * 0.2, high * 0.4, shade(wood, -0.04)))
        parts.append(rect(door - wide * 0.06, foot - high * 0.44, wide * 0.32, high * 0.045, tile))
        for at in (door - wide * 0.1, door + wide * 0.3):
            _lantern(view, parts, at, foot - high * 0.42, wide * 0.06)


def _lantern(view: View, parts: list[str], x: float, y: float, r: float) -> None:
    if view.light.name in ("night", "sunset"):
        parts.append(glow(x, y + r, r * 3.4, r * 3.4, "#ff9a5a", 0.6, 10))
    red = "#f0503a" if view.light.name in ("night", "sunset") else view.land(RED)
    parts.append(ellipse(x, y + r, r * 0.95, r, red))
    parts.append(rect(x - r * 0.4, y - r * 0.16, r * 0.8, r * 0.24, view.land("#e3b34f")))
    parts.append(path(f"M{num(x)} {num(y + r * 2)}v{num(r * 0.7)}", stroke=view.land("#e3b34f"), stroke_width=r * 0.2))


def _reflections(view: View, top: float, low: float) -> None:
    """White walls upside down in the water, broken by ripples."""
    rng, s, parts = view.rng, view.short, view.sheet.layer("water")
    veil = view.sheet.gradient([(0, view.land("#f3efe6"), 0.5), (1, view.land("#f3efe6"), 0.0)])
    x = 0.0
    while x < view.width:
        wide = s * rng.uniform(0.08, 0.2)
        parts.append(rect(x, top, wide, (low - top) * rng.uniform(0.4, 0.8), veil))
        x += wide + s * rng.uniform(0.02, 0.08)


def _bank(view: View, h: float) -> None:
    """The far bank: dressed stone, a row of steps, moorings."""
    s, parts = view.short, view.sheet.layer("bank")
    stone = distant(view, "#a49c8e", 0.1)
    parts.append(rect(-2, h - 0.004 * s, view.width + 4, 0.036 * s, stone))
    parts.append(rect(-2, h - 0.008 * s, view.width + 4, 0.01 * s, shade(stone, 0.08)))
    joints = "".join(
        f"M{num(n * 0.06 * s)} {num(h + 0.004 * s)}v{num(0.026 * s)}" for n in range(round(view.width / s / 0.06) + 1)
    )
    parts.append(path(joints, stroke=shade(stone, -0.1), stroke_width=0.002 * s))
    x = view.width * view.rng.uniform(0.42, 0.55)
    for n in range(4):
        parts.append(
            rect(
                x - (0.03 + 0.014 * n) * s,
                h + 0.009 * n * s,
                (0.06 + 0.028 * n) * s,
                0.009 * s,
                shade(stone, 0.05 - 0.03 * n),
            )
        )


def _bridge(view: View, x: float, foot: float) -> None:
    """A half-moon bridge that its reflection makes a full one."""
    s, parts = view.short, view.sheet.layer("bridge")
    stone = view.land("#b5ab9b")
    wide, rise, r = 0.56 * s, 0.19 * s, 0.115 * s
    left, right = x - wide / 2, x + wide / 2
    back = (
        f"M{num(left)} {num(foot)}L{num(x - 0.07 * s)} {num(foot - rise)}H{num(x + 0.07 * s)}L{num(right)} {num(foot)}Z"
    )
    hole = f"M{num(x - r)} {num(foot)}A{num(r)} {num(r)} 0 0 1 {num(x + r)} {num(foot)}Z"
    parts.append(path(hole.replace("0 0 1", "0 0 0"), shade(stone, -0.22), opacity=0.3))
    parts.append(
        path(back + hole, view.sheet.gradient([(0, shade(stone, 0.04)), (1, shade(stone, -0.06))]), fill_rule="evenodd")
    )
    parts.append(
        path(
            f"M{num(x - r)} {num(foot)}A{num(r)} {num(r)} 0 0 1 {num(x + r)} {num(foot)}",
            stroke=shade(stone, -0.14),
            stroke_width=0.012 * s,
        )
    )
    rail = f"M{num(left)} {num(foot - 0.03 * s)}L{num(x - 0.07 * s)} {num(foot - rise - 0.035 * s)}H{num(x + 0.07 * s)}"
    rail += f"L{num(right)} {num(foot - 0.03 * s)}"
    parts.append(path(rail, stroke=shade(stone, 0.06), stroke_width=0.012 * s, stroke_linejoin="round"))
    for n in range(13):
        t = n / 12
        px = left + wide * t
        lift = rise * min(1.0, min(t, 1 - t) * wide / (wide / 2 - 0.07 * s))
        parts.append(rect(px - 0.005 * s, foot - lift - 0.042 * s, 0.01 * s, 0.045 * s, stone))
    parts.append(
        path(
            f"M{num(x - r)} {num(foot)}A{num(r)} {num(r * 0.8)} 0 0 0 {num(x + r)} {num(foot)}",
            stroke=stone,
            stroke_width=0.01 * s,
            opacity=0.35,
        )
    )


def _front(view: View, top: float) -> None:
    """Flagstones on our side."""
    s, parts = view.short, view.sheet.layer("quay")
    stone = view.land("#b9b0a1")
    parts.append(box(view, -2, top, view.width + 4, view.height - top + 4, stone))
    parts.append(rect(-2, top, view.width + 4, 0.02 * s, shade(stone, 0.07)))
    parts.append(rect(-2, top + 0.02 * s, view.width + 4, 0.008 * s, shade(stone, -0.12)))
    depth, joints = view.height - top, ""
    for n in range(1, 5):
        y, below = (top + depth * (k / 5) ** 1.4 for k in (n, n + 1))
        joints += f"M-2 {num(y)}H{num(view.width + 4)}"
        step = 0.13 * s * (1 + 0.35 * n)
        for k in range(round(view.width / step) + 1):
            joints += (
                f"M{num((k + 0.5 * (n % 2)) * step)} {num(y)}L"
                f"{num((k + 0.5 * (n % 2)) * step + (k * step - view.width / 2) * 0.05)} {num(below)}"
            )
    parts.append(path(joints, stroke=shade(stone, -0.09), stroke_width=0.003 * s, opacity=0.7))


def _willow(view: View, side: int) -> None:
    """Twigs that hang into the picture from above one corner."""
    rng, s, parts = view.rng, view.short, view.sheet.layer("willow")
    leaf = view.land("#7fae52")
    edge = -0.02 * view.width if side < 0 else 1.02 * view.width
    for n in range(15):
        x = edge - side * (0.02 + 0.024 * n) * s * rng.uniform(0.7, 1.3)
        long = min(0.62 * view.horizon, 0.5 * s) * (1.05 - 0.055 * n) * rng.uniform(0.75, 1.1)
        bend = -side * long * 0.08
        parts.append(
            path(
                f"M{num(x)} -4Q{num(x + bend)} {num(long * 0.5)} {num(x)} {num(long)}",
                stroke=shade(leaf, -0.08),
                stroke_width=0.0025 * s,
            )
        )
        d = ""
        for k in range(10):
            t = (k + 1) / 10
            px, py = x + 2 * bend * t * (1 - t), long * t
            way = 1 if k % 2 else -1
            d += (
                f"M{num(px)} {num(py)}q{num(way * 0.014 * s)} {num(0.004 * s)} {num(way * 0.012 * s)} "
                f"{num(0.03 * s)}q{num(-way * 0.014 * s)} {num(-0.01 * s)} {num(-way * 0.012 * s)} "
                f"{num(-0.03 * s)}Z"
            )
        parts.append(path(d, shade(leaf, 0.03 if n % 2 else -0.02)))
    parts.append(circle(edge, -0.02 * s, 0.05 * s, shade(leaf, -0.06)))
