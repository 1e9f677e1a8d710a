"""By the water, with something built or grown beside it: harbour, river with a bridge, island."""

from __future__ import annotations

from pingxing.engine.backends.scene.backdrops.land import blossoms, tufts
from pingxing.engine.backends.scene.backdrops.props import PLASTER, ROOFS, box, cottage, palm, pane, round_tree
from pingxing.engine.backends.scene.backdrops.terrain import PETALS, distant, foreground, hills, tree_line, water
from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.sky import View, paint_sky
from pingxing.engine.backends.scene.svg import circle, filled, glow, num, path, polygon, rect, wave_points

BRIDGE = "E00B"


def harbour(view: View) -> None:
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    hills(view, "far-hills", h - 0.05 * view.height, 0.08 * view.height, 0.9, distant(view, "#8fb3b0", 0.55))
    houses, x = view.sheet.layer("houses"), -0.03 * s
    reach = view.width * rng.uniform(0.5, 0.66)
    while x < reach:
        wide = s * rng.uniform(0.09, 0.12)
        houses.append(
            cottage(view, x, h + 0.004 * s, wide, rng.choice((*PLASTER, "#e9b7a0", "#a9c4d6")), rng.choice(ROOFS), 0.25)
        )
        x += wide * 1.08
    _lighthouse(view, view.width * rng.uniform(0.78, 0.9), h + 0.01 * s, min(0.42 * s, 0.78 * h))
    depth = view.height - h
    quay = h + 0.5 * depth
    water(view, h, quay, "#2f86b5", "#7cc3dd")
    boats = view.sheet.layer("boats")
    for n in range(max(3, round(4 * view.width / s))):
        _mast(
            view,
            boats,
            view.width * (n + rng.uniform(0.2, 0.8)) / max(3, round(4 * view.width / s)),
            h + rng.uniform(0.06, 0.2) * depth,
            s * rng.uniform(0.14, 0.2),
        )
    _quay(view, quay)


def _mast(view: View, parts: list[str], x: float, y: float, high: float) -> None:
    """A moored boat, small and far, its sails furled."""
    hull = view.land(view.rng.choice(("#c94f43", "#3f6f9f", "#f2ede2", "#3f7f6b")))
    wood = view.land("#7a5a42")
    parts.append(rect(x - high * 0.012, y - high, high * 0.024, high * 0.9, wood))
    lines = (
        f"M{num(x)} {num(y - high)}L{num(x - high * 0.33)} {num(y - high * 0.12)}"
        f"M{num(x)} {num(y - high)}L{num(x + high * 0.36)} {num(y - high * 0.12)}"
    )
    parts.append(path(lines, stroke=wood, stroke_width=high * 0.008, opacity=0.7))
    parts.append(rect(x, y - high * 0.3, high * 0.28, high * 0.045, view.land("#f7f2e6"), rx=high * 0.02))
    shape = [
        (x - high * 0.36, y - high * 0.14),
        (x + high * 0.4, y - high * 0.14),
        (x + high * 0.28, y + high * 0.02),
        (x - high * 0.26, y + high * 0.02),
    ]
    parts.append(path(polygon(shape), view.sheet.gradient([(0, shade(hull, 0.03)), (1, shade(hull, -0.08))])))
    parts.append(
        rect(
            x - high * 0.28, y + high * 0.02, high * 0.58, high * 0.03, shade(view.land("#2f7aa5"), -0.06), opacity=0.5
        )
    )


def _lighthouse(view: View, x: float, foot: float, high: float) -> None:
    parts = view.sheet.layer("lighthouse")
    white, red, rock = (distant(view, c, 0.12) for c in ("#f7f3ea", "#cf4a3f", "#7f7a74"))
    parts.append(
        path(
            polygon(
                [
                    (x - high * 0.34, foot),
                    (x - high * 0.16, foot - high * 0.09),
                    (x + high * 0.18, foot - high * 0.1),
                    (x + high * 0.38, foot),
                ]
            ),
            rock,
        )
    )
    for n in range(5):
        low, up = 0.13 - 0.014 * n, 0.13 - 0.014 * (n + 1)
        y0, y1 = foot - high * (0.06 + 0.14 * n), foot - high * (0.06 + 0.14 * (n + 1))
        parts.append(
            path(
                polygon([(x - high * low, y0), (x + high * low, y0), (x + high * up, y1), (x - high * up, y1)]),
                red if n % 2 else white,
            )
        )
    y = foot - high * 0.76
    if view.light.name in ("night", "sunset"):
        parts.append(glow(x, y - high * 0.05, high * 0.5, high * 0.4, "#ffe9a0", 0.7))
    parts.append(rect(x - high * 0.085, y, high * 0.17, high * 0.02, shade(red, -0.1)))
    parts.append(rect(x - high * 0.05, y - high * 0.1, high * 0.1, high * 0.1, pane(view)))
    parts.append(
        path(polygon([(x - high * 0.07, y - high * 0.1), (x, y - high * 0.2), (x + high * 0.07, y - high * 0.1)]), red)
    )


def _quay(view: View, top: float) -> None:
    s, parts = view.short, view.sheet.layer("quay")
    stone = view.land("#b3a898")
    parts.append(box(view, -2, top, view.width + 4, view.height - top + 4, stone))
    parts.append(rect(-2, top, view.width + 4, 0.016 * s, shade(stone, 0.07)))
    for n in range(1, 5):
        y = top + (view.height - top) * (n / 5) ** 1.4
        parts.append(rect(-2, y, view.width + 4, 0.002 * s, shade(stone, -0.1), opacity=0.6))
        step = 0.1 * s * (1 + 0.4 * n)
        joints = "".join(
            f"M{num(x * step + (n % 2) * step / 2)} {num(y)}v{num(0.035 * s * n**0.5)}"
            for x in range(round(view.width / step) + 1)
        )
        parts.append(path(joints, stroke=shade(stone, -0.1), stroke_width=0.002 * s, opacity=0.6))
    iron = view.land("#3f464e")
    for n in range(max(3, round(4 * view.width / s))):
        x = view.width * (n + 0.5) / max(3, round(4 * view.width / s))
        parts.append(rect(x - 0.013 * s, top - 0.024 * s, 0.026 * s, 0.036 * s, iron, rx=0.006 * s))
        parts.append(rect(x - 0.02 * s, top - 0.03 * s, 0.04 * s, 0.013 * s, iron, rx=0.006 * s))


def river(view: View) -> None:
    """A river from side to side, a stone bridge over it, grass in front."""
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    hills(view, "far-hills", h - 0.075 * view.height, 0.09 * view.height, 1.1, distant(view, "#86b7a2", 0.5))
    tree_line(view, h + 0.004 * view.height, 0.08 * view.height, distant(view, "#5a9a68", 0.25), "far-trees")
    trees = view.sheet.layer("trees")
    for at in (rng.uniform(0.0, 0.1), rng.uniform(0.9, 1.0)):
        trees.append(
            round_tree(
                view,
                view.width * at,
                h + 0.012 * s,
                s * rng.uniform(0.22, 0.3),
                rng.choice(("#6fae5a", "#5a9f5f")),
                0.15,
            )
        )
    depth = view.height - h
    shore = h + 0.42 * depth
    water(view, h, shore + 0.06 * view.height, "#3d8fb8", "#8fd0e2")
    if BRIDGE not in view.asked:
        _bridge(view, h + 0.16 * depth)
    points = wave_points(rng, view.width, shore, 0.04 * view.height, 0.8)
    paint = view.sheet.gradient([(0, view.land("#93cc6c")), (1, view.land("#5da24c"))])
    view.sheet.layer("shore").append(path(filled(points, view.height + 4), paint))
    reeds = view.sheet.layer("reeds")
    for _ in range(round(12 * view.width / s)):
        x, high = (
            rng.choice((rng.uniform(-0.02, 0.2), rng.uniform(0.8, 1.02))) * view.width,
            s * rng.uniform(0.05, 0.09),
        )
        y = shore + 0.03 * view.height
        reeds.append(
            path(
                f"M{num(x)} {num(y)}q{num(high * 0.1)} {num(-high * 0.6)} {num(high * 0.2)} {num(-high)}",
                stroke=view.land("#4f8a45"),
                stroke_width=s * 0.004,
            )
        )
        if rng.random() < 0.4:
            reeds.append(
                rect(x + high * 0.14, y - high * 1.1, s * 0.009, high * 0.28, view.land("#7a5236"), rx=s * 0.0045)
            )
    tufts(view, ("#4f9447", "#a5da84"), 18)
    blossoms(view, 8)
    foreground(view, "#62a854", view.rng.choice(PETALS))


def _bridge(view: View, foot: float) -> None:
    s, parts = view.short, view.sheet.layer("bridge")
    stone = distant(view, "#b9a88f", 0.1)
    wide, rise = min(0.82 * view.width, 1.05 * s), 0.13 * s
    x0, middle = (view.width - wide) / 2, view.width / 2
    deck = f"M{num(x0)} {num(foot)}Q{num(middle)} {num(foot - 2 * rise - 0.06 * s)} {num(x0 + wide)} {num(foot)}"
    arches = ""
    for n, (at, r) in enumerate(((0.5, 0.13), (0.25, 0.09), (0.75, 0.09))):
        cx, rad = x0 + wide * at, wide * r
        arches += (
            f"M{num(cx - rad)} {num(foot)}A{num(rad)} "
            f"{num(rise * (0.98 if n == 0 else 0.66))} 0 0 1 {num(cx + rad)} {num(foot)}Z"
        )
    paint = view.sheet.gradient([(0, shade(stone, 0.04)), (1, shade(stone, -0.07))])
    parts.append(path(deck + "Z" + arches, paint, fill_rule="evenodd"))
    parts.append(path(deck, stroke=shade(stone, -0.12), stroke_width=0.012 * s, stroke_linecap="round"))
    for n in range(13):
        t = (n + 0.5) / 13
        x, y = x0 + wide * t, foot - (2 * rise + 0.06 * s) * 2 * t * (1 - t)
        parts.append(rect(x - 0.005 * s, y - 0.04 * s, 0.01 * s, 0.04 * s, stone))
    top = (
        f"M{num(x0)} {num(foot - 0.035 * s)}Q{num(middle)} "
        f"{num(foot - 2 * rise - 0.1 * s)} {num(x0 + wide)} {num(foot - 0.035 * s)}"
    )
    parts.append(path(top, stroke=shade(stone, 0.05), stroke_width=0.011 * s, stroke_linecap="round"))
    parts.append(
        path(
            f"M{num(x0)} {num(foot)}Q{num(middle)} {num(foot + rise * 0.9)} {num(x0 + wide)} {num(foot)}Z",
            shade(stone, -0.2),
            opacity=0.16,
        )
    )


def island(view: View) -> None:
    """A small beach in front, palms at the sides, and another island on the horizon."""
    paint_sky(view)
    rng, s, h = view.rng, view.short, view.horizon
    far, x = view.sheet.layer("far-island"), view.width * rng.uniform(0.2, 0.6)
    wide = 0.34 * s
    water(view, h, view.height, "#23a3bf", "#86dbe8")
    d = (
        f"M{num(x)} {num(h + 0.006 * s)}q{num(wide * 0.25)} {num(-0.13 * s)} "
        f"{num(wide * 0.5)} {num(-0.085 * s)}t{num(wide * 0.5)} {num(0.085 * s)}Z"
    )
    far.append(path(d, distant(view, "#6fa884", 0.42)))
    depth = view.height - h
    top = h + 0.34 * depth
    sand = view.sheet.layer("sand")
    for grow, colour in ((0.03, "#d5f5f3"), (0.0, "#f5e2b3")):
        shape = (
            f"M{num(-0.2 * view.width)} {num(view.height + 4)}C{num(0.02 * view.width)} {num(top - grow * s)}"
            f" {num(0.98 * view.width)} {num(top - grow * s)} {num(1.2 * view.width)} {num(view.height + 4)}Z"
        )
        sand.append(
            path(
                shape,
                view.land(colour)
                if grow
                else view.sheet.gradient([(0, view.land("#f7e7bd")), (1, view.land("#e3c283"))]),
                opacity=0.8 if grow else None,
            )
        )
    for _ in range(round(40 * view.width / s)):
        size = s * rng.uniform(0.0014, 0.0032)
        sand.append(
            circle(
                view.width * rng.uniform(0.15, 0.85),
                view.height - depth * rng.uniform(0.02, 0.42),
                size,
                view.land("#c9a567"),
                opacity=0.5,
            )
        )
    trees = view.sheet.layer("palms")
    high = min(0.56 * s, 0.8 * view.height)
    foot = h + 0.62 * depth
    trees.append(palm(view, 0.1 * view.width, foot, high, 0.16))
    trees.append(palm(view, 0.045 * view.width, foot + 0.03 * s, high * 0.8, -0.05))
    if rng.random() < 0.7:
        trees.append(palm(view, 0.93 * view.width, foot, high * 0.86, -0.14))
