"""Where travellers wait and visitors marvel: railway platform, airport, the hall of a castle, an aquarium."""

from __future__ import annotations

from pingxing.engine.backends.scene.backdrops.halls import floor_slabs, panes
from pingxing.engine.backends.scene.backdrops.terrain import distant, hills
from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.sky import View, paint_sky
from pingxing.engine.backends.scene.svg import Point, circle, ellipse, glow, num, path, polygon, rect


def station(view: View) -> None:
    """A platform under its roof, a train at the far edge, hills beyond."""
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    hills(view, "far-hills", h - 0.16 * view.height, 0.08 * view.height, 1.1, distant(view, "#86b0a0", 0.5))
    _train(view, h, min(0.36 * s, 0.62 * h))
    depth, parts = view.height - h, view.sheet.layer("platform")
    stone = view.land("#c3bdb2")
    parts.append(rect(-2, h + 0.012 * s, view.width + 4, 0.05 * s, shade(stone, -0.22)))
    floor_slabs(view, "#c9c2b6", 5, 0.18)
    parts = view.sheet.layer("floor")
    parts.append(rect(-2, h, view.width + 4, 0.022 * s, view.land("#efebe2")))
    parts.append(rect(-2, h + 0.07 * depth, view.width + 4, 0.05 * depth, view.land("#f0c33c")))
    dots = "".join(
        f"M{num(n * 0.03 * s)} {num(h + 0.095 * depth)}h{num(0.012 * s)}" for n in range(round(view.width / s / 0.03))
    )
    parts.append(path(dots, stroke=view.land("#c99a22"), stroke_width=0.012 * s, stroke_linecap="round"))
    roof, iron = view.sheet.layer("roof"), view.land("#55636f")
    high = 0.15 * h
    roof.append(
        path(
            polygon([(-4, -4), (view.width + 4, -4), (view.width + 4, high), (-4, high)]),
            view.sheet.gradient([(0, shade(iron, -0.04)), (1, shade(iron, 0.05))]),
        )
    )
    ribs = "".join(
        f"M{num(n * 0.16 * s)} -4L{num(n * 0.16 * s + (n * 0.16 * s - view.width / 2) * -0.14)} {num(high)}"
        for n in range(round(view.width / s / 0.16) + 2)
    )
    roof.append(path(ribs, stroke=shade(iron, -0.1), stroke_width=0.006 * s))
    roof.append(rect(-2, high, view.width + 4, 0.018 * s, shade(iron, -0.12)))
    count = max(2, round(2 * view.width / s))
    for n in range(count):
        x = view.width * (n + 0.5) / count + (0.0 if count > 2 else (n - 0.5) * 0.3 * view.width)
        roof.append(rect(x - 0.014 * s, high, 0.028 * s, h + 0.16 * depth - high, iron))
        roof.append(rect(x - 0.026 * s, h + 0.13 * depth, 0.052 * s, 0.04 * depth, shade(iron, -0.08)))
        for side in (-1, 1):
            d = (
                f"M{num(x)} {num(high + 0.12 * s)}Q{num(x + side * 0.02 * s)} {num(high + 0.03 * s)} "
                f"{num(x + side * 0.1 * s)} {num(high + 0.008 * s)}"
            )
            roof.append(path(d, stroke=iron, stroke_width=0.012 * s))
        if view.light.name in ("night", "sunset"):
            roof.append(glow(x, high + 0.04 * s, 0.24 * s, 0.2 * s, "#ffe2a0", 0.6, 12))
        roof.append(rect(x - 0.05 * s, high + 0.018 * s, 0.1 * s, 0.012 * s, "#fff3cf"))
    _clock(view, view.width * rng.choice((0.36, 0.64)), high + 0.09 * s, 0.05 * s)


def _clock(view: View, x: float, y: float, r: float) -> None:
    parts, iron = view.sheet.layer("roof"), view.land("#37424c")
    parts.append(rect(x - r * 0.1, y - r * 1.9, r * 0.2, r, iron))
    parts.append(circle(x, y, r, iron) + circle(x, y, r * 0.84, "#fdfbf3"))
    hands = f"M{num(x)} {num(y)}V{num(y - r * 0.62)}M{num(x)} {num(y)}L{num(x + r * 0.42)} {num(y + r * 0.24)}"
    parts.append(path(hands, stroke=iron, stroke_width=r * 0.12, stroke_linecap="round"))


def _train(view: View, foot: float, high: float) -> None:
    rng, s, parts = view.rng, view.short, view.sheet.layer("train")
    body, stripe = view.land("#f1f2ee"), view.land(rng.choice(("#2f6fb0", "#c9413a", "#2f8f6a")))
    glass = "#ffe6a6" if view.night else view.land("#8fc0d8")
    top = foot - high
    parts.append(
        rect(
            -2,
            top,
            view.width + 4,
            high,
            view.sheet.gradient([(0, shade(body, 0.02)), (0.75, body), (1, shade(body, -0.12))]),
        )
    )
    parts.append(rect(-2, top - 0.012 * s, view.width + 4, 0.03 * s, shade(body, -0.1)))
    parts.append(rect(-2, foot - 0.34 * high, view.width + 4, 0.1 * high, stripe))
    x, n = -rng.random() * 0.3 * s, 0
    while x < view.width:
        if n % 4 == 3:
            parts.append(rect(x, top + 0.13 * high, 0.13 * s, 0.86 * high, shade(stripe, 0.02), rx=0.012 * s))
            parts.append(rect(x + 0.012 * s, top + 0.2 * high, 0.047 * s, 0.34 * high, glass, rx=0.008 * s))
            parts.append(rect(x + 0.071 * s, top + 0.2 * high, 0.047 * s, 0.34 * high, glass, rx=0.008 * s))
            parts.append(rect(x + 0.063 * s, top + 0.13 * high, 0.004 * s, 0.86 * high, shade(stripe, -0.12)))
            x += 0.16 * s
        else:
            parts.append(rect(x, top + 0.18 * high, 0.17 * s, 0.36 * high, shade(body, -0.16), rx=0.018 * s))
            parts.append(rect(x + 0.006 * s, top + 0.2 * high, 0.158 * s, 0.32 * high, glass, rx=0.014 * s))
            shine: list[Point] = [
                (x + 0.03 * s, top + 0.52 * high),
                (x + 0.07 * s, top + 0.2 * high),
                (x + 0.1 * s, top + 0.2 * high),
                (x + 0.06 * s, top + 0.52 * high),
            ]
            parts.append(path(polygon(shine), "#ffffff", opacity=0.3))
            x += 0.2 * s
        n += 1


def airport(view: View) -> None:
    """A departure hall: aeroplanes behind a wall of glass, rows of seats, a floor that shines."""
    rng, s, h = view.rng, view.short, view.horizon
    wall = view.land(view.colour or "#e9ecee")
    view.sheet.layer("wall").append(rect(-2, -2, view.width + 4, h + 4, wall))
    top = 0.1 * h
    glass = view.sheet.layer("window")
    panes(
        view,
        glass,
        (-0.02 * view.width, top, 1.04 * view.width, h - top - 0.02 * s),
        max(4, round(5 * view.width / s)),
        view.land("#fafbfb"),
    )
    apron = view.sheet.layer("apron")
    apron.append(rect(-2, h - 0.12 * s, view.width + 4, 0.1 * s, view.land("#9aa3a8")))
    apron.append(rect(-2, h - 0.075 * s, view.width + 4, 0.006 * s, view.land("#f2d25a")))
    for n in range(max(1, round(1.4 * view.width / s))):
        _plane(
            view,
            apron,
            view.width * (n + rng.uniform(0.3, 0.6)) / max(1, round(1.4 * view.width / s)),
            h - 0.1 * s,
            0.42 * s,
        )
    bars = view.sheet.layer("bars")
    count = max(4, round(5 * view.width / s))
    d = (
        "".join(f"M{num((1.04 * n / count - 0.02) * view.width)} {num(top)}V{num(h)}" for n in range(count + 1))
        + f"M-2 {num(h - 0.02 * s)}H{num(view.width + 4)}"
    )
    bars.append(path(d, stroke=view.land("#f4f6f7"), stroke_width=0.014 * s))
    floor = floor_slabs(view, "#d5d8d8", 5, 0.2)
    shine = view.sheet.layer("floor")
    for n in range(count):
        x = view.width * (n + 0.5) / count
        patch: list[Point] = [
            (x - 0.06 * s, h),
            (x + 0.06 * s, h),
            (x + 0.1 * s + (x - view.width / 2) * 0.4, h + 0.6 * (view.height - h)),
            (x - 0.1 * s + (x - view.width / 2) * 0.4, h + 0.6 * (view.height - h)),
        ]
        shine.append(path(polygon(patch), view.sheet.gradient([(0, view.light.sky[-1][1], 0.5), (1, floor, 0.0)])))
    seats, step = view.sheet.layer("seats"), 0.1 * s
    colour = view.land(rng.choice(("#3f6f9f", "#4f7f6f", "#7a5f8f")))
    for n in range(round(view.width / step) + 1):
        x, foot = n * step, h + 0.06 * s
        if n % 6 == 5:
            continue
        seats.append(rect(x, foot - 0.1 * s, 0.088 * s, 0.066 * s, colour, rx=0.014 * s))
        seats.append(rect(x - 0.002 * s, foot - 0.04 * s, 0.092 * s, 0.02 * s, shade(colour, 0.07), rx=0.008 * s))
        seats.append(rect(x + 0.04 * s, foot - 0.02 * s, 0.008 * s, 0.026 * s, view.land("#8a949c")))


def _plane(view: View, parts: list[str], x: float, y: float, long: float) -> None:
    body, tail = view.land("#fbfcfc"), view.land(view.rng.choice(("#d9483a", "#2f6fb0", "#2f8f6a")))
    fin: list[Point] = [
        (x + 0.34 * long, y - 0.1 * long),
        (x + 0.46 * long, y - 0.27 * long),
        (x + 0.54 * long, y - 0.27 * long),
        (x + 0.5 * long, y - 0.1 * long),
    ]
    parts.append(path(polygon(fin), tail))
    hull = (
        f"M{num(x - 0.5 * long)} {num(y - 0.07 * long)}q{num(0.04 * long)} {num(-0.07 * long)} "
        f"{num(0.16 * long)} {num(-0.075 * long)}H{num(x + 0.36 * long)}"
    )
    hull += (
        f"L{num(x + 0.53 * long)} {num(y - 0.12 * long)}Q{num(x + 0.4 * long)} {num(y)} "
        f"{num(x + 0.2 * long)} {num(y)}H{num(x - 0.36 * long)}Q{num(x - 0.5 * long)} {num(y)} "
        f"{num(x - 0.5 * long)} {num(y - 0.07 * long)}Z"
    )
    parts.append(path(hull, view.sheet.gradient([(0, body), (1, shade(body, -0.14))])))
    dots = "".join(f"M{num(x + (k * 0.05 - 0.3) * long)} {num(y - 0.09 * long)}h{num(0.016 * long)}" for k in range(13))
    parts.append(path(dots, stroke=view.land("#5f7f9a"), stroke_width=0.022 * long, stroke_linecap="round"))
    wing: list[Point] = [
        (x - 0.06 * long, y - 0.04 * long),
        (x + 0.1 * long, y - 0.04 * long),
        (x + 0.26 * long, y + 0.06 * long),
        (x + 0.17 * long, y + 0.06 * long),
    ]
    parts.append(path(polygon(wing), shade(body, -0.2)))


def castle(view: View) -> None:
    """A hall of stone: tall windows, banners, torches, a red carpet to the steps."""
    rng, s, h = view.rng, view.short, view.horizon
    wall = view.land(view.colour or "#a39a8c")
    parts = view.sheet.layer("wall")
    parts.append(
        rect(-2, -2, view.width + 4, h + 4, view.sheet.gradient([(0, shade(wall, -0.12)), (1, shade(wall, 0.0))]))
    )
    d, row = "", 0.075 * s
    for n in range(int(h / row) + 1):
        d += f"M-2 {num(n * row)}H{num(view.width + 4)}"
        for k in range(round(view.width / (0.17 * s)) + 1):
            d += f"M{num((k + 0.5 * (n % 2)) * 0.17 * s)} {num(n * row)}v{num(row)}"
    parts.append(path(d, stroke=shade(wall, -0.1), stroke_width=0.003 * s, opacity=0.6))
    count = max(3, round(3 * view.width / s)) | 1
    cloth = view.land(rng.choice(("#a3262e", "#28508f", "#5f2f7f")))
    for n in range(count):
        x = view.width * (n + 0.5) / count
        _arch(view, x, 0.12 * h, 0.17 * s, h * 0.62) if n % 2 == 0 else _banner(
            view, x, 0.08 * h, 0.15 * s, h * 0.6, cloth
        )
    for n in range(count + 1):
        _column(view, view.width * n / count, h)
    stone = floor_slabs(view, "#8f877b", 5, 0.2)
    steps = view.sheet.layer("floor")
    for n in range(2):
        steps.append(
            rect(
                view.width / 2 - (0.3 + 0.05 * n) * s,
                h - (0.045 - 0.024 * n) * s,
                (0.6 + 0.1 * n) * s,
                0.026 * s,
                shade(stone, 0.08 - 0.04 * n),
            )
        )
    carpet: list[Point] = [
        (view.width / 2 - 0.11 * s, h - 0.045 * s),
        (view.width / 2 + 0.11 * s, h - 0.045 * s),
        (view.width / 2 + 0.34 * s, view.height + 4),
        (view.width / 2 - 0.34 * s, view.height + 4),
    ]
    steps.append(path(polygon(carpet), view.sheet.gradient([(0, view.land("#8f1f2a")), (1, view.land("#bf3038"))])))
    hem = (
        f"M{num(view.width / 2 - 0.1 * s)} {num(h - 0.04 * s)}L{num(view.width / 2 - 0.31 * s)} "
        f"{num(view.height)}M{num(view.width / 2 + 0.1 * s)} {num(h - 0.04 * s)}L"
        f"{num(view.width / 2 + 0.31 * s)} {num(view.height)}"
    )
    steps.append(path(hem, stroke=view.land("#e6bd5a"), stroke_width=0.01 * s))


def _arch(view: View, x: float, y: float, wide: float, high: float) -> None:
    parts, s = view.sheet.layer("windows"), view.short
    stone, left = view.land("#c2b8a6"), x - wide / 2

    def shape(grow: float) -> str:
        a, b, top = left - grow, wide + 2 * grow, y - grow
        return (
            f"M{num(a)} {num(y + high + grow)}V{num(top + b * 0.62)}Q{num(a)} {num(top + b * 0.16)} "
            f"{num(x)} {num(top)}Q{num(a + b)} {num(top + b * 0.16)} {num(a + b)} "
            f"{num(top + b * 0.62)}V{num(y + high + grow)}Z"
        )

    parts.append(path(shape(0.02 * s), stone) + path(shape(0.0), view.sheet.gradient(view.light.sky)))
    bars = f"M{num(x)} {num(y)}V{num(y + high)}" + "".join(
        f"M{num(left)} {num(y + high * k)}h{num(wide)}" for k in (0.36, 0.68)
    )
    parts.append(path(bars, stroke=shade(stone, -0.2), stroke_width=0.007 * s))
    if not view.night:
        view.sheet.layer("light").append(
            path(
                polygon(
                    [
                        (left, y + 0.2 * high),
                        (left + wide, y + 0.2 * high),
                        (left + wide + 0.2 * s, view.height),
                        (left + 0.1 * s, view.height),
                    ]
                ),
                view.sheet.gradient([(0, "#fff2c8", 0.28), (1, "#fff2c8", 0.0)]),
            )
        )


def _banner(view: View, x: float, y: float, wide: float, high: float, cloth: str) -> None:
    parts, gold = view.sheet.layer("banners"), view.land("#e6bd5a")
    left, low = x - wide / 2, y + high
    shape: list[Point] = [(left, y), (left + wide, y), (left + wide, low), (x, low - wide * 0.35), (left, low)]
    parts.append(
        path(
            polygon(shape),
            view.sheet.gradient([(0, shade(cloth, 0.02)), (1, shade(cloth, -0.08))]),
            stroke=gold,
            stroke_width=wide * 0.05,
        )
    )
    parts.append(rect(left - wide * 0.12, y - wide * 0.06, wide * 1.24, wide * 0.1, gold, rx=wide * 0.05))
    cy, r = y + high * 0.4, wide * 0.26
    crown = (
        f"M{num(x - r)} {num(cy + r * 0.6)}V{num(cy - r * 0.5)}l{num(r * 0.5)} {num(r * 0.45)}L"
        f"{num(x)} {num(cy - r * 0.8)}l{num(r * 0.5)} {num(r * 0.75)}L{num(x + r)} "
        f"{num(cy - r * 0.5)}V{num(cy + r * 0.6)}Z"
    )
    parts.append(path(crown, gold))


def _column(view: View, x: float, foot: float) -> None:
    s, parts, stone = view.short, view.sheet.layer("columns"), view.land("#b8ae9d")
    wide = 0.08 * s
    paint = view.sheet.gradient(
        [(0, shade(stone, -0.1)), (0.35, shade(stone, 0.05)), (1, shade(stone, -0.14))], across=True
    )
    parts.append(rect(x - wide / 2, -4, wide, foot + 4, paint))
    for y, grow in ((foot - 0.03 * s, 0.016), (0.03 * s, 0.016)):
        parts.append(rect(x - wide / 2 - grow * s, y, wide + 2 * grow * s, 0.032 * s, shade(stone, 0.02), rx=0.005 * s))
    y = foot * 0.52
    parts.append(glow(x, y - 0.03 * s, 0.2 * s, 0.2 * s, "#ffb75a", 0.6, 12))
    parts.append(
        path(
            polygon(
                [(x - 0.018 * s, y), (x + 0.018 * s, y), (x + 0.007 * s, y + 0.075 * s), (x - 0.007 * s, y + 0.075 * s)]
            ),
            view.land("#4a3a2c"),
        )
    )
    flame = (
        f"M{num(x - 0.018 * s)} {num(y)}q{num(-0.006 * s)} {num(-0.03 * s)} {num(0.018 * s)} "
        f"{num(-0.062 * s)}q{num(0.026 * s)} {num(0.032 * s)} {num(0.018 * s)} {num(0.062 * s)}Z"
    )
    parts.append(path(flame, "#ff9a3c") + ellipse(x, y - 0.014 * s, 0.008 * s, 0.014 * s, "#ffe08a"))


def aquarium(view: View) -> None:
    """A dark hall before a great window into the sea."""
    rng, s, h = view.rng, view.short, view.horizon
    dark = "#16273f" if view.night else "#2c4a6e"
    deep = ("#4fb3d6", "#1f7fb4", "#0f4a84") if view.night else ("#8fe6f8", "#3fb4e2", "#1f78b8")
    view.sheet.layer("wall").append(
        rect(-2, -2, view.width + 4, h + 4, view.sheet.gradient([(0, shade(dark, -0.03)), (1, shade(dark, 0.02))]))
    )
    x, y, wide = 0.05 * view.width, 0.07 * h, 0.9 * view.width
    high, tank = h - y - 0.05 * s, view.sheet.layer("tank")
    tank.append(rect(x - 0.02 * s, y - 0.02 * s, wide + 0.04 * s, high + 0.04 * s, shade(dark, 0.1), rx=0.05 * s))
    tank.append(rect(x, y, wide, high, view.sheet.gradient([(0, deep[0]), (0.5, deep[1]), (1, deep[2])]), rx=0.035 * s))
    for _ in range(4):
        at = x + wide * rng.uniform(0.08, 0.8)
        ray: list[Point] = [(at, y), (at + 0.05 * s, y), (at + 0.16 * s, y + high), (at - 0.02 * s, y + high)]
        tank.append(
            path(
                polygon([(min(px, x + wide), py) for px, py in ray]),
                view.sheet.gradient([(0, "#dff8ff", 0.4), (1, "#dff8ff", 0.0)]),
            )
        )
    rocks, px = f"M{num(x + 0.03 * s)} {num(y + high)}", x + 0.03 * s
    while px < x + wide - 0.12 * s:
        step = s * rng.uniform(0.07, 0.14)
        rocks += f"q{num(step / 2)} {num(-s * rng.uniform(0.06, 0.2))} {num(step)} 0"
        px += step
    tank.append(path(rocks + "Z", "#1a6a9a"))
    for n in range(round(8 * view.width / s)):
        wx = x + wide * rng.uniform(0.04, 0.95)
        tall = high * rng.uniform(0.12, 0.32)
        d = (
            f"M{num(wx)} {num(y + high)}q{num(-0.03 * s)} {num(-tall * 0.5)} 0 {num(-tall * 0.75)}q"
            f"{num(0.02 * s)} {num(-tall * 0.12)} {num(0.005 * s)} {num(-tall * 0.25)}"
        )
        tank.append(
            path(d, stroke=("#2f9a6a", "#e07a8a", "#3fae8a")[n % 3], stroke_width=0.012 * s, stroke_linecap="round")
        )
    fish: dict[str, str] = {}
    for n in range(round(22 * view.width / s)):
        fx, fy, r = x + wide * rng.uniform(0.06, 0.94), y + high * rng.uniform(0.1, 0.74), s * rng.uniform(0.008, 0.02)
        way = 1 if n % 2 else -1
        tone = ("#f2b24a", "#ef7a5a", "#1c6fa8", "#f4e3a0", "#8fd6e6")[n % 5]
        fish[tone] = fish.get(tone, "") + (
            f"M{num(fx - way * r)} {num(fy)}q{num(way * r)} {num(-r)} {num(way * 2 * r)} 0q"
            f"{num(-way * r)} {num(r)} {num(-way * 2 * r)} 0Z"
            f"M{num(fx - way * r * 0.85)} {num(fy)}l{num(-way * r * 0.8)} {num(-r * 0.55)}v{num(r * 1.1)}Z"
        )
    tank.extend(path(d, tone) for tone, d in fish.items())
    tank.extend(
        circle(
            x + wide * rng.uniform(0.05, 0.95),
            y + high * rng.random(),
            s * rng.uniform(0.003, 0.008),
            "#e6fbff",
            opacity=0.5,
        )
        for _ in range(18)
    )
    floor = view.sheet.layer("floor")
    floor.append(
        rect(
            -2,
            h,
            view.width + 4,
            view.height - h + 4,
            view.sheet.gradient([(0, shade(dark, 0.08)), (1, shade(dark, -0.02))]),
        )
    )
    floor.append(glow(view.width / 2, h + 0.06 * s, 0.55 * view.width, 0.7 * (view.height - h), "#6fd3ee", 0.5, 26))
    floor.append(rect(-2, h - 0.012 * s, view.width + 4, 0.02 * s, shade(dark, 0.13)))
