"""Where people live and play outdoors: village, farm, park, garden, sports field."""

from __future__ import annotations

from pingxing.engine.backends.scene.backdrops.land import blossoms, footpath, tufts
from pingxing.engine.backends.scene.backdrops.props import (
    PLASTER,
    ROOFS,
    bench,
    box,
    bush,
    cottage,
    fence,
    lamp,
    pane,
    round_tree,
)
from pingxing.engine.backends.scene.backdrops.terrain import PETALS, distant, earth, foreground, hills, tree_line
from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.sky import View, paint_sky
from pingxing.engine.backends.scene.svg import circle, ellipse, num, path, polygon, rect

GREENS = ("#5fa55a", "#6fb15f", "#4f9660", "#83b45a")
BLOOMS = ("#f0567a", "#ffd447", "#ffffff", "#b57be0", "#ff8f4a", "#f7a8c4")


def village(view: View) -> None:
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    hills(view, "far-hills", h - 0.1 * view.height, 0.1 * view.height, 1.2, distant(view, "#86b89c", 0.5))
    hills(view, "near-hills", h - 0.035 * view.height, 0.06 * view.height, 1.0, distant(view, "#74b063", 0.3))
    parts = view.sheet.layer("houses")
    for haze, size, base in ((0.42, 0.11, -0.035), (0.16, 0.19, 0.012)):
        x = -0.04 * view.width + rng.random() * 0.1 * s
        while x < view.width:
            wide = s * size * rng.uniform(0.85, 1.2)
            foot = h + base * view.height + rng.uniform(-0.008, 0.008) * s
            if rng.random() < 0.62:
                parts.append(cottage(view, x, foot, wide, rng.choice(PLASTER), rng.choice(ROOFS), haze))
                x += wide * rng.uniform(1.25, 1.5)
            else:
                parts.append(round_tree(view, x + wide * 0.3, foot, wide * 1.25, rng.choice(GREENS), haze))
                x += wide * 0.9
    earth(view, "#6fae52", "#9acb70")
    footpath(view, "#e3cfa0")
    tufts(view, ("#5b9a48", "#a3d47f"), 26)
    blossoms(view, 9)
    foreground(view, "#6fae58", view.rng.choice(PETALS))


def farm(view: View) -> None:
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    hills(view, "far-hills", h - 0.07 * view.height, 0.08 * view.height, 1.1, distant(view, "#93bf94", 0.5))
    tree_line(view, h + 0.004 * view.height, 0.07 * view.height, distant(view, "#5f9c66", 0.3), "far-trees")
    earth(view, "#7fae4c", "#a9cc6a")
    left = rng.random() < 0.5
    _barn(view, 0.05 * view.width if left else view.width * 0.95 - 0.42 * s, h + 0.03 * view.height, 0.36 * s)
    field, depth = view.sheet.layer("field"), view.height - h
    ends = (0.55, 1.6) if left else (-0.6, 0.45)
    for n in range(9):
        far = view.width * (ends[0] + (ends[1] - ends[0]) * n / 9 * 0.6)
        near = view.width * (ends[0] - 0.5 + (ends[1] - ends[0] + 1.0) * n / 9)
        step = view.width * 0.03
        row = [
            (far, h + 0.1 * depth),
            (far + step, h + 0.1 * depth),
            (near + step * 3, view.height),
            (near, view.height),
        ]
        field.append(path(polygon(row), view.land("#d8b455" if n % 2 else "#c39d45"), opacity=0.4))
    view.sheet.layer("fence").append(fence(view, h + 0.13 * depth, 0.075 * s, "#c9a274", pickets=False))
    tufts(view, ("#5f9440", "#b9d67a"), 26)
    foreground(view, "#76a850")


def _barn(view: View, x: float, base: float, wide: float) -> None:
    parts, high = view.sheet.layer("barn"), wide * 0.52
    red, roof, white = view.land("#b8463a"), view.land("#6f5a52"), view.land("#f6efe2")
    silo = x + wide * 1.03
    parts.append(box(view, silo, base - wide * 0.95, wide * 0.2, wide * 0.95, view.land("#c9cdd1")))
    parts.append(
        path(
            f"M{num(silo)} {num(base - wide * 0.95)}a{num(wide * 0.1)} {num(wide * 0.12)} 0 0 1 {num(wide * 0.2)} 0Z",
            view.land("#9aa3ab"),
        )
    )
    middle = x + wide / 2
    wall = [(x, base), (x, base - high), (x + wide * 0.16, base - high * 1.5), (middle, base - high * 1.72),
            (x + wide * 0.84, base - high * 1.5), (x + wide, base - high), (x + wide, base)]  # fmt: skip
    parts.append(path(polygon(wall), view.sheet.gradient([(0, shade(red, 0.03)), (1, shade(red, -0.05))])))
    brim = "M" + "L".join(f"{num(px)} {num(py)}" for px, py in wall[1:6])
    parts.append(path(brim, stroke=roof, stroke_width=wide * 0.055, stroke_linejoin="round", stroke_linecap="round"))
    door = rect(
        middle - wide * 0.17,
        base - high * 0.78,
        wide * 0.34,
        high * 0.78,
        shade(red, -0.1),
        stroke=white,
        stroke_width=wide * 0.018,
    )
    cross = (
        f"M{num(middle - wide * 0.17)} {num(base - high * 0.78)}l{num(wide * 0.34)} "
        f"{num(high * 0.78)}m{num(-wide * 0.34)} 0l{num(wide * 0.34)} {num(-high * 0.78)}"
    )
    parts.append(door + path(cross, stroke=white, stroke_width=wide * 0.016))
    parts.append(
        rect(
            middle - wide * 0.07,
            base - high * 1.32,
            wide * 0.14,
            wide * 0.12,
            pane(view),
            stroke=white,
            stroke_width=wide * 0.016,
        )
    )


def park(view: View) -> None:
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    skyline, x = "", -0.02 * view.width
    while x < view.width:
        w, high = s * rng.uniform(0.05, 0.1), view.height * rng.uniform(0.06, 0.2)
        skyline += f"M{num(x)} {num(h)}v{num(-high)}h{num(w)}v{num(high)}Z"
        x += w * rng.uniform(0.9, 1.5)
    view.sheet.layer("far-city").append(path(skyline, distant(view, "#8fa9c4", 0.66)))
    tree_line(view, h + 0.006 * view.height, 0.1 * view.height, distant(view, "#6aa86c", 0.35), "far-trees")
    earth(view, "#6fb356", "#94cf73")
    footpath(view, "#ead9b4")
    depth = view.height - h
    trees = view.sheet.layer("trees")
    for at in (rng.uniform(-0.02, 0.08), rng.uniform(0.9, 1.02)):
        trees.append(ellipse(view.width * at, h + 0.1 * depth, 0.14 * s, 0.018 * s, view.light.shadow, opacity=0.2))
        trees.append(round_tree(view, view.width * at, h + 0.1 * depth, min(0.52 * s, 0.85 * h), rng.choice(GREENS)))
    side = rng.choice((0.2, 0.66))
    trees.append(lamp(view, view.width * side, h + 0.08 * depth, 0.28 * s))
    trees.append(bench(view, view.width * side + 0.05 * s, h + 0.1 * depth, 0.17 * s))
    tufts(view, ("#5a9f49", "#a8dc86"), 26)
    blossoms(view, 10)
    foreground(view, "#6cb15a", view.rng.choice(PETALS))


def garden(view: View) -> None:
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    tree_line(view, h, 0.13 * view.height, distant(view, "#6fae72", 0.4), "far-trees")
    hedge, x = view.sheet.layer("hedge"), 0.0
    while x < view.width * 1.05:
        r = s * rng.uniform(0.05, 0.075)
        hedge.append(bush(view, x, h + 0.01 * s, r, rng.choice(("#4f9450", "#5aa258", "#468a52"))))
        x += r * 1.1
    earth(view, "#74b957", "#97d277")
    depth = view.height - h
    view.sheet.layer("fence").append(fence(view, h + 0.06 * depth, 0.085 * s, "#fbf7ee"))
    for side in (0, 1):
        _bed(view, side, h + 0.07 * depth, h + 0.6 * depth)
    footpath(view, "#e9dcc0")
    tufts(view, ("#5aa24a", "#a9de88"), 20)
    foreground(view, "#6cb15a", view.rng.choice(PETALS))


def _bed(view: View, side: int, top: float, low: float) -> None:
    """Flowers along the fence at one side, smaller towards the back."""
    rng, s, parts = view.rng, view.short, view.sheet.layer("beds")
    spots = sorted((rng.random() ** 0.7, rng.random()) for _ in range(34))
    for depth, across in spots:
        y = top + (low - top) * depth
        reach = (0.4 - 0.26 * depth) * view.width
        x = across * reach if side == 0 else view.width - across * reach
        size = s * (0.007 + 0.009 * depth)
        leaf, bloom = view.land("#3f8f45"), view.land(rng.choice(BLOOMS))
        parts.append(
            path(
                f"M{num(x)} {num(y)}q{num(size * 0.4)} {num(-size * 2)} 0 {num(-size * 3.4)}",
                stroke=leaf,
                stroke_width=size * 0.4,
            )
        )
        parts.append(ellipse(x + size * 0.9, y - size * 1.2, size, size * 0.42, leaf))
        cx, cy = x, y - size * 3.6
        parts += [
            circle(cx + dx * size, cy + dy * size, size * 0.8, bloom)
            for dx, dy in ((-0.8, 0), (0.8, 0), (0, -0.8), (0, 0.8))
        ]
        parts.append(circle(cx, cy, size * 0.55, view.land("#f7c437" if bloom != view.land("#ffd447") else "#c9812f")))


def field(view: View) -> None:
    """A sports field: mown stripes, white lines, a goal, a stand with people as dots of colour."""
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    depth, stand = view.height - h, view.sheet.layer("stand")
    high = 0.2 * s
    stand.append(box(view, -2, h - high, view.width + 4, high + 4, view.land("#8b98a8")))
    for row in range(5):
        y = h - high * (0.86 - 0.17 * row)
        stand.append(rect(-2, y + 0.013 * s, view.width + 4, 0.009 * s, view.land("#74808f")))
        drawn: dict[str, list[str]] = {}
        for n in range(round(40 * view.width / s)):
            if rng.random() < 0.8:
                x, r = (n + 0.5) * view.width / round(40 * view.width / s), 0.0085 * s
                drawn.setdefault(
                    rng.choice(("#e2574c", "#f2b84b", "#f6f1e6", "#4f86c6", "#5fae7a", "#3f4a5a")), []
                ).append(f"M{num(x - r)} {num(y + r)}a{num(r)} {num(r)} 0 0 1 {num(2 * r)} 0v{num(r)}h{num(-2 * r)}Z")
        stand.extend(path("".join(d), view.land(colour)) for colour, d in drawn.items())
    stand.append(rect(-2, h - 0.03 * s, view.width + 4, 0.034 * s, view.land("#2f5f9f")))
    for at in (0.07, 0.93):
        x = view.width * at
        stand.append(rect(x - 0.006 * s, h - 0.44 * s, 0.012 * s, 0.44 * s, view.land("#5b6672")))
        stand.append(rect(x - 0.06 * s, h - 0.47 * s, 0.12 * s, 0.06 * s, view.land("#4a545f"), rx=0.006 * s))
        lit = "#fffbe0" if view.night else view.land("#e9eef2")
        stand += [circle(x + dx * s, h - 0.44 * s, 0.014 * s, lit) for dx in (-0.038, 0.0, 0.038)]
    grass = view.sheet.layer("ground")
    for n in range(7):
        y0, y1 = (h + depth * (k / 7) ** 1.5 for k in (n, n + 1))
        grass.append(rect(-2, y0, view.width + 4, y1 - y0 + 1, view.land("#5fae54" if n % 2 else "#6dbc60")))
    white = view.land("#f4f8f0")
    line: dict[str, float | str | None] = {"stroke": white, "stroke_width": s * 0.006, "opacity": 0.85}
    grass.append(rect(-2, h + 0.1 * depth, view.width + 4, s * 0.005, white, opacity=0.8))
    middle, wide = view.width / 2, 0.36 * s
    box_ = [
        (middle - wide, h + 0.1 * depth),
        (middle - wide * 1.35, h + 0.34 * depth),
        (middle + wide * 1.35, h + 0.34 * depth),
        (middle + wide, h + 0.1 * depth),
    ]
    grass.append(path(polygon(box_), "none", **line))
    goal, gw, gh = view.sheet.layer("goal"), 0.3 * s, 0.14 * s
    net = "".join(f"M{num(middle - gw / 2 + gw * n / 12)} {num(h + 0.1 * depth)}v{num(-gh)}" for n in range(13))
    net += "".join(f"M{num(middle - gw / 2)} {num(h + 0.1 * depth - gh * n / 6)}h{num(gw)}" for n in range(7))
    goal.append(path(net, stroke=white, stroke_width=s * 0.0018, opacity=0.6))
    post = f"M{num(middle - gw / 2)} {num(h + 0.1 * depth)}v{num(-gh)}h{num(gw)}v{num(gh)}"
    goal.append(path(post, stroke=white, stroke_width=s * 0.009, stroke_linejoin="round"))
