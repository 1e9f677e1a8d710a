"""Far from people: savanna, jungle, bamboo, waterfall, cave."""

from __future__ import annotations

import math

from pingxing.engine.backends.scene.backdrops.land import tufts
from pingxing.engine.backends.scene.backdrops.props import bush
from pingxing.engine.backends.scene.backdrops.terrain import distant, earth, foreground, hills, tree_line
from pingxing.engine.backends.scene.colour import mix, shade
from pingxing.engine.backends.scene.sky import View, paint_sky
from pingxing.engine.backends.scene.svg import ellipse, filled, glow, num, path, polygon, rect, wave_points


def savanna(view: View) -> None:
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    hills(view, "far-hills", h - 0.05 * view.height, 0.06 * view.height, 1.0, distant(view, "#a9a27f", 0.55))
    earth(view, "#c9a24a", "#e3c672")
    parts = view.sheet.layer("acacias")
    for at, size, haze in (
        (rng.uniform(0.3, 0.7), 0.13, 0.4),
        (rng.uniform(0.02, 0.16), 0.3, 0.1),
        (rng.uniform(0.84, 0.98), 0.24, 0.15),
    ):
        _acacia(view, parts, view.width * at, h + (0.01 if haze > 0.3 else 0.035) * view.height, s * size, haze)
    tufts(view, ("#a9842f", "#f0dc95", "#b9973f"), 60)
    foreground(view, "#c9a04a")


def _acacia(view: View, parts: list[str], x: float, foot: float, high: float, haze: float) -> None:
    bark, leaf = distant(view, "#6b4c34", haze), distant(view, "#6f8f45", haze)
    for lean in (-0.32, 0.0, 0.34):
        d = f"M{num(x)} {num(foot)}Q{num(x)} {num(foot - high * 0.5)} {num(x + lean * high)} {num(foot - high * 0.86)}"
        parts.append(path(d, stroke=bark, stroke_width=high * 0.045, stroke_linecap="round"))
    for dx, up, rx in ((0.0, 0.98, 0.6), (-0.36, 0.86, 0.36), (0.38, 0.88, 0.36)):
        parts.append(ellipse(x + dx * high, foot - up * high, rx * high, high * 0.1, shade(leaf, -0.04)))
        parts.append(
            ellipse(
                x + (dx - 0.04) * high, foot - (up + 0.03) * high, rx * high * 0.85, high * 0.065, shade(leaf, 0.04)
            )
        )


def jungle(view: View) -> None:
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    back = view.sheet.layer("mist")
    back.append(
        rect(
            -2,
            -2,
            view.width + 4,
            h + 6,
            view.sheet.gradient([(0, distant(view, "#6fae86", 0.3)), (1, distant(view, "#cfe8b8", 0.35))]),
        )
    )
    tree_line(view, h + 0.01 * view.height, 0.4 * view.height, distant(view, "#4f9a72", 0.4), "far-trees")
    tree_line(view, h + 0.02 * view.height, 0.26 * view.height, distant(view, "#2f8458", 0.18), "mid-trees")
    earth(view, "#3f7f3f", "#5fa04f")
    trunks = view.sheet.layer("trunks")
    for at in (0.05, 0.93):
        x, wide = view.width * (at + rng.uniform(-0.03, 0.03)), 0.075 * s
        bark = view.land("#5f4a35")
        foot = h + 0.16 * (view.height - h)
        paint = view.sheet.gradient(
            [(0, shade(bark, -0.06)), (0.4, shade(bark, 0.05)), (1, shade(bark, -0.1))], across=True
        )
        roots = [
            (x, -4),
            (x + wide, -4),
            (x + wide * 1.1, foot * 0.8),
            (x + wide * 1.7, foot),
            (x - wide * 0.7, foot),
            (x - wide * 0.1, foot * 0.8),
        ]
        trunks.append(path(polygon(roots), paint))
    _vines(view)
    leaves = view.sheet.layer("leaves")
    for side in (0, 1):
        for n in range(7):
            x = -0.02 * view.width if side == 0 else view.width * 1.02
            turn = (1 if side == 0 else -1) * (0.12 + 0.3 * rng.random())
            _fan(view, leaves, x, view.height * (0.02 + 0.06 * n), s * rng.uniform(0.16, 0.26), turn, 0.35 + 0.08 * n)
    tufts(view, ("#2f6f35", "#76bd5c"), 50)
    foreground(view, "#3f8a45")
    ferns = view.sheet.layer("ferns")
    for _ in range(round(6 * view.width / s)):
        ferns.append(
            bush(
                view,
                view.width * rng.random(),
                h + 0.05 * s,
                s * rng.uniform(0.02, 0.045),
                rng.choice(("#3f9250", "#52a85a")),
            )
        )


def _vines(view: View) -> None:
    rng, s, parts = view.rng, view.short, view.sheet.layer("vines")
    for _ in range(round(4 * view.width / s)):
        x, drop, reach = view.width * rng.random(), view.height * rng.uniform(0.12, 0.3), s * rng.uniform(0.15, 0.35)
        colour = view.land(rng.choice(("#3b7f46", "#2f6f45")))
        parts.append(
            path(
                f"M{num(x)} -4Q{num(x + reach / 2)} {num(drop * 1.7)} {num(x + reach)} -4",
                stroke=colour,
                stroke_width=s * 0.007,
            )
        )
        for n in range(5):
            t = (n + 1) / 6
            parts.append(
                ellipse(x + reach * t, 3.4 * drop * t * (1 - t) + 0.012 * s, s * 0.008, s * 0.016, shade(colour, 0.06))
            )


def _fan(view: View, parts: list[str], x: float, y: float, long: float, turn: float, droop: float) -> None:
    """One long leaf from the edge of the frame, with its rib."""
    colour = view.land(view.rng.choice(("#2f8a4f", "#3f9f55", "#58b062", "#277a48")))
    way = 1 if turn > 0 else -1
    ex, ey = x + way * long, y + long * droop
    mx, my = x + way * long * 0.5, y - long * 0.06
    d = (
        f"M{num(x)} {num(y)}Q{num(mx)} {num(my - long * 0.14)} {num(ex)} {num(ey)}"
        f"Q{num(mx - way * long * 0.05)} {num(my + long * 0.38)} {num(x)} {num(y)}Z"
    )
    parts.append(path(d, colour))
    parts.append(
        path(
            f"M{num(x)} {num(y)}Q{num(mx)} {num(my + long * 0.1)} {num(ex)} {num(ey)}",
            stroke=shade(colour, 0.08),
            stroke_width=long * 0.014,
        )
    )


def bamboo(view: View) -> None:
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    view.sheet.layer("mist").append(
        rect(
            -2,
            -2,
            view.width + 4,
            h + 6,
            view.sheet.gradient([(0, distant(view, "#8fc78f", 0.25)), (1, distant(view, "#e6f2cf", 0.3))]),
        )
    )
    for layer, haze, size, count in (("far", 0.5, 0.012, 16), ("mid", 0.25, 0.019, 10)):
        parts = view.sheet.layer(f"{layer}-bamboo")
        for _ in range(round(count * view.width / s)):
            _cane(view, parts, rng.random() * view.width, h + 0.02 * s, s * size, haze)
    earth(view, "#6f9a4c", "#a3c274")
    parts = view.sheet.layer("bamboo")
    for at in (0.02, 0.085, 0.9, 0.965):
        _cane(
            view,
            parts,
            view.width * (at + rng.uniform(-0.012, 0.012)),
            h + rng.uniform(0.06, 0.14) * (view.height - h),
            s * 0.03,
            0.0,
        )
    tufts(view, ("#5b8a3f", "#c3dd8f"), 32)
    foreground(view, "#7fae5a")


def _cane(view: View, parts: list[str], x: float, foot: float, wide: float, haze: float) -> None:
    rng = view.rng
    colour = distant(view, rng.choice(("#6fae4a", "#5f9f4f", "#86b955")), haze)
    parts.append(
        rect(x, -4, wide, foot + 4, colour) + rect(x + wide * 0.16, -4, wide * 0.2, foot + 4, shade(colour, 0.06))
    )
    y, step = foot - rng.random() * wide * 4, wide * rng.uniform(6, 7.5)
    while y > 0:
        parts.append(rect(x - wide * 0.08, y, wide * 1.16, wide * 0.16, shade(colour, -0.1), rx=wide * 0.08))
        if rng.random() < 0.5 and y < foot * 0.7:
            way = rng.choice((-1, 1))
            for n in range(3):
                long, drop = wide * rng.uniform(3.2, 4.6), wide * (n - 0.4) * 1.2
                lx = x + wide / 2
                d = (
                    f"M{num(lx)} {num(y)}q{num(way * long * 0.4)} {num(drop * 0.2 - wide * 0.5)} {num(way * long)}"
                    f" {num(drop)}q{num(-way * long * 0.5)} {num(wide * 0.4)} {num(-way * long)} {num(-drop)}Z"
                )
                parts.append(path(d, shade(colour, 0.03 - 0.03 * n)))
        y -= step


def waterfall(view: View) -> None:
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    tree_line(view, h * 0.5, 0.12 * view.height, distant(view, "#4f9468", 0.4), "far-trees")
    middle, wide = view.width * rng.uniform(0.42, 0.58), 0.26 * s
    rock = distant(view, "#7f8a86", 0.12)
    cliff, top = view.sheet.layer("cliff"), 0.26 * h
    lip = [(middle - wide * 1.5, top * 0.95), (middle - wide * 0.6, top), (middle + wide * 0.6, top)]
    lip += [(middle + wide * 1.5, top * 0.9), (view.width + 4, top * 0.7), (view.width + 4, h + 8)]
    shape = [(-4.0, h + 8), (-4.0, top * 0.8), *lip]
    cliff.append(path(polygon(shape), view.sheet.gradient([(0, shade(rock, 0.05)), (1, shade(rock, -0.08))])))
    for _ in range(round(22 * view.width / s)):
        x, y = rng.random() * view.width, rng.uniform(top * 1.05, h)
        size = s * rng.uniform(0.03, 0.08)
        facet = [
            (x, y),
            (x + size, y - size * 0.35),
            (x + size * 1.1, y + size * 0.5),
            (x + size * 0.2, y + size * 0.8),
        ]
        cliff.append(path(polygon(facet), shade(rock, rng.choice((-0.05, 0.04, -0.03))), opacity=0.55))
    x = -0.02 * s
    while x < view.width:
        r = s * rng.uniform(0.03, 0.055)
        if abs(x - middle) > wide * 0.75:
            cliff.append(bush(view, x, top * 0.86 + r * 0.4, r, rng.choice(("#4f9a55", "#5fa85c"))))
        x += r * 1.2
    fall = view.sheet.layer("fall")
    white, blue = view.land("#f4fbff"), view.land("#9fd3ea")
    sheet = [
        (middle - wide * 0.5, top - 2),
        (middle + wide * 0.5, top - 2),
        (middle + wide * 0.62, h + 0.05 * s),
        (middle - wide * 0.62, h + 0.05 * s),
    ]
    fall.append(path(polygon(sheet), view.sheet.gradient([(0, blue), (0.6, mix(blue, white, 0.6)), (1, white)])))
    for n in range(15):
        sx = middle + wide * (n / 14 - 0.5) * 0.94
        fall.append(
            path(
                f"M{num(sx)} {num(top)}L{num(sx + (sx - middle) * 0.22)} {num(h + 0.03 * s)}",
                stroke=white if n % 2 else shade(blue, -0.04),
                stroke_width=s * rng.uniform(0.003, 0.009),
                opacity=0.6,
            )
        )
    depth = view.height - h
    pool = view.sheet.layer("water")
    pool.append(
        path(
            filled(wave_points(rng, view.width, h + 0.02 * s, 0.01 * s, 1.0), view.height),
            view.sheet.gradient([(0, view.land("#8ed0df")), (1, view.land("#3a93ad"))]),
        )
    )
    for n in range(5):
        pool.append(
            ellipse(
                middle,
                h + (0.05 + 0.06 * n) * depth,
                wide * (0.8 + 0.3 * n),
                depth * 0.022,
                white,
                opacity=0.32 - 0.05 * n,
            )
        )
    pool.append(glow(middle, h + 0.01 * s, wide * 1.1, 0.1 * s, "#ffffff", 0.8))
    points = wave_points(rng, view.width, h + 0.42 * depth, 0.05 * view.height, 0.8)
    view.sheet.layer("shore").append(
        path(
            filled(points, view.height + 4), view.sheet.gradient([(0, view.land("#84c265")), (1, view.land("#559a48"))])
        )
    )


def cave(view: View) -> None:
    """Rings of rock around a mouth through which the land outside is seen; crystals along the floor."""
    rng, s, h = view.rng, view.short, view.horizon
    rock = view.land(view.colour or rng.choice(("#6b5f72", "#5f6a78", "#735f55")))
    parts = view.sheet.layer("rock")
    parts.append(rect(-2, -2, view.width + 4, view.height + 4, shade(rock, -0.24)))
    x, y = view.width * rng.uniform(0.42, 0.58), h * 0.64
    for wide, lift in ((0.46, -0.19), (0.38, -0.13), (0.31, -0.07)):
        parts.append(path(_hole(view, x, y, wide * s, wide * 0.92 * s), shade(rock, lift)))
    _outside(view, parts, x, y, 0.25 * s)
    parts.append(glow(x, y, 0.5 * s, 0.44 * s, view.light.sky[-1][1], 0.42, 30))
    ground, tones = view.sheet.layer("ground"), [(0, shade(rock, 0.0)), (1, shade(rock, -0.16))]
    floor = filled(wave_points(rng, view.width, h, 0.03 * view.height, 1.3), view.height + 4)
    ground.append(path(floor, view.sheet.gradient(tones)))
    ground.append(glow(x, h + 0.1 * s, 0.46 * s, 0.1 * s, view.light.sky[-1][1], 0.55, 24))
    spikes = view.sheet.layer("spikes")
    for n in range(round(18 * view.width / s)):
        cx, wide = rng.random() * view.width, s * rng.uniform(0.025, 0.06)
        long = s * rng.uniform(0.08, 0.24) * (1.25 - 0.9 * (1 - abs(cx / view.width - 0.5) * 2))
        tone = shade(rock, rng.uniform(-0.16, -0.04))
        hang = [(cx - wide, -4), (cx + wide, -4), (cx + wide * 0.12, long), (cx - wide * 0.12, long)]
        lit = [(cx - wide * 0.2, -4), (cx + wide, -4), (cx + wide * 0.12, long)]
        spikes.append(path(polygon(hang), tone) + path(polygon(lit), shade(tone, 0.03)))
        if n % 3 == 0 and abs(cx - x) > 0.26 * s:
            foot, high = h + 0.03 * s, long * 0.8
            stand = [(cx - wide, foot), (cx - wide * 0.15, foot - high), (cx + wide * 0.15, foot - high),
                     (cx + wide, foot)]  # fmt: skip
            spikes.append(path(polygon(stand), tone))
    for side in (0, 1):
        for _ in range(4):
            out = rng.random() * 0.28 * view.width
            _crystals(view, spikes, out if side == 0 else view.width - out, h + 0.035 * s, s * rng.uniform(0.02, 0.036))


def _hole(view: View, x: float, y: float, rx: float, ry: float) -> str:
    """A rough oval."""
    spots = []
    for n in range(15):
        angle, reach = math.tau * n / 15, view.rng.uniform(0.9, 1.08)
        spots.append((x + rx * reach * math.cos(angle), y + ry * reach * math.sin(angle)))
    return polygon(spots)


def _outside(view: View, parts: list[str], x: float, y: float, r: float) -> None:
    """What is seen through the mouth: the sky of the hour and two ranges of hills, in a rough arch."""
    name = view.sheet.name()
    shape = path(_hole(view, x, y, r, r * 0.95), "#ffffff")
    view.sheet.definitions.append(f'<clipPath id="{name}">{shape}</clipPath>')
    far, near = distant(view, "#8fb7b0", 0.5), distant(view, "#6fa56a", 0.25)
    hill = f"M{num(x - 1.2 * r)} {num(y + 0.3 * r)}Q{num(x - 0.3 * r)} {num(y - 0.3 * r)} {num(x + 0.3 * r)} "
    hill += f"{num(y + 0.25 * r)}T{num(x + 1.2 * r)} {num(y + 0.1 * r)}V{num(y + 1.2 * r)}H{num(x - 1.2 * r)}Z"
    mead = f"M{num(x - 1.2 * r)} {num(y + 0.5 * r)}Q{num(x)} {num(y + 0.3 * r)} {num(x + 1.2 * r)} {num(y + 0.55 * r)}"
    mead += f"V{num(y + 1.2 * r)}H{num(x - 1.2 * r)}Z"
    air = rect(x - 1.2 * r, y - 1.2 * r, 2.4 * r, 2.4 * r, view.sheet.gradient(view.light.sky))
    parts.append(f'<g clip-path="url(#{name})">{air}{path(hill, far)}{path(mead, near)}</g>')


def _crystals(view: View, parts: list[str], x: float, foot: float, r: float) -> None:
    gem = view.rng.choice(("#7fe0e6", "#c59cf2", "#f2a3d0"))
    parts.append(glow(x, foot - r, r * 3.4, r * 3.4, gem, 0.55, 12))
    for lean, high in ((-0.7, 1.5), (0.75, 1.3), (0.0, 2.4)):
        tip, half = (x + lean * r * 1.3, foot - high * r), 0.34 * r
        body = [(x + lean * r * 0.5 - half, foot), (tip[0] - half * 0.8, tip[1] + 0.5 * r), tip,
                (tip[0] + half * 0.8, tip[1] + 0.5 * r), (x + lean * r * 0.5 + half, foot)]  # fmt: skip
        parts.append(path(polygon(body), gem) + path(polygon([body[0], body[1], tip]), mix(gem, "#ffffff", 0.45)))
