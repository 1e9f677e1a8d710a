"""A museum from inside: framed pictures under their lamps, an archway to the next room, plinths, ropes, parquet."""

from __future__ import annotations

from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import Point, circle, ellipse, glow, num, path, polygon, rect

WALLS = ("#5f7f86", "#8a5a5c", "#5d6f8c", "#6f7a5e", "#7d6a86")
FRAMES = (0.2, 0.15, 0.24, 0.17)  # widths of the pictures, in parts of the shorter side


def museum(view: View) -> None:
    """The hall, from far to near: wall, archway, pictures, floor, plinths along the wall."""
    rng, sheet, h, s = view.rng, view.sheet, view.horizon, view.short
    wall = view.land(view.colour or rng.choice(WALLS))
    parts = sheet.layer("wall")
    parts.append(rect(-2, -2, view.width + 4, h + 4, sheet.gradient([(0, shade(wall, -0.04)), (1, shade(wall, 0.05))])))
    _ceiling(view)
    middle = view.width * rng.uniform(0.44, 0.56)
    wide = min(0.3 * s, 0.3 * view.width)
    _archway(view, middle, wide, min(0.62 * h, 1.5 * wide), wall)
    _pictures(view, middle - 0.72 * wide, middle + 0.72 * wide)
    base = sheet.layer("skirting")
    base.append(rect(-2, h - 0.05 * s, view.width + 4, 0.05 * s, view.land("#f1ece1")))
    base.append(rect(-2, h - 0.05 * s, view.width + 4, 0.008 * s, view.land("#d8d0bf")))
    _parquet(view)
    _plinths(view, middle, wide)


def _ceiling(view: View) -> None:
    """A white cornice and the edge of a skylight above it."""
    s, parts = view.short, view.sheet.layer("cornice")
    high = 0.085 * view.horizon
    light = view.sheet.gradient([(0, view.land("#f8f6f0")), (1, view.land("#dfd9cc"))])
    parts.append(rect(-2, -2, view.width + 4, high + 2, light))
    teeth = "".join(
        f"M{num(n * 0.034 * s)} {num(high - 0.022 * s)}h{num(0.018 * s)}v{num(0.014 * s)}h{num(-0.018 * s)}Z"
        for n in range(round(view.width / s / 0.034) + 1)
    )
    parts.append(path(teeth, view.land("#c6beae")))
    parts.append(rect(-2, high, view.width + 4, 0.01 * s, view.land("#b7ad9b")))
    parts.append(rect(-2, high + 0.01 * s, view.width + 4, 0.02 * s, "#000000", opacity=0.12))


def _archway(view: View, x: float, wide: float, high: float, wall: str) -> None:
    """A round arch, and the next room behind it with one more picture."""
    parts, h = view.sheet.layer("archway"), view.horizon

    def arch(half: float, top: float) -> str:
        return (
            f"M{num(x - half)} {num(h)}V{num(top + half)}"
            f"A{num(half)} {num(half)} 0 0 1 {num(x + half)} {num(top + half)}V{num(h)}Z"
        )

    half, top = wide / 2, h - high
    trim = view.land("#efe8da")
    parts.append(path(arch(half * 1.16, top - half * 0.16), trim))
    parts.append(path(arch(half * 1.06, top - half * 0.06), shade(trim, -0.1)))
    far = shade(wall, 0.14, 0.7)
    parts.append(path(arch(half, top), view.sheet.gradient([(0, shade(far, 0.04)), (1, shade(far, -0.03))])))
    low = h - 0.1 * high
    floor: list[Point] = [(x - half, h), (x - half * 0.8, low), (x + half * 0.8, low), (x + half, h)]
    parts.append(path(polygon(floor), view.land("#b88a5c")))
    parts.append(glow(x, top + 0.52 * high, 0.8 * half, 0.5 * half, "#fff4d2", 0.5, 14))
    _picture(view, parts, x, top + 0.52 * high, 0.86 * half, 0.6 * half, 0)
    key = half * 0.16
    parts.append(path(polygon([(x - key, top - key * 1.3), (x + key, top - key * 1.3), (x + key * 0.7, top + key * 0.7),
                               (x - key * 0.7, top + key * 0.7)]), shade(trim, -0.05)))  # fmt: skip


def _pictures(view: View, left: float, right: float) -> None:
    """Pictures of several sizes on both sides of the archway, their middles in one line, each under a lamp."""
    rng, s, parts = view.rng, view.short, view.sheet.layer("pictures")
    line, number = 0.44 * view.horizon, rng.randrange(4)
    for x0, x1 in ((0.03 * s, left), (right, view.width - 0.03 * s)):
        x = x0
        while True:
            wide = min(FRAMES[number % len(FRAMES)] * s, 0.86 * (x1 - x0))
            if x + wide > x1 or wide < 0.08 * s:
                break
            high = min(wide * (1.2, 0.9, 0.72)[number % 3], 0.5 * view.horizon)
            middle = x + wide / 2
            parts.append(glow(middle, line - high * 0.2, wide * 0.9, high * 0.95, "#fff3cf", 0.42, 16))
            _picture(view, parts, middle, line, wide, high, number)
            parts.append(rect(middle - 0.05 * s, line - high / 2 - 0.045 * s, 0.1 * s, 0.014 * s, view.land("#d9b25c"),
                              rx=0.006 * s))  # fmt: skip
            parts.append(
                rect(middle + 0.02 * s, line + high / 2 + 0.03 * s, 0.045 * s, 0.026 * s, view.land("#f6f2e8"))
            )
            x, number = x + wide + 0.09 * s, number + 1


def _picture(view: View, parts: list[str], x: float, y: float, wide: float, high: float, number: int) -> None:
    """A small landscape, a flower piece or a sea in a gilded frame."""
    gold, left, top = view.land("#d2a44a"), x - wide / 2, y - high / 2
    edge = 0.09 * min(wide, high)
    parts.append(rect(left + 0.02 * wide, top + 0.05 * high, wide, high, "#000000", opacity=0.16))
    parts.append(rect(left, top, wide, high, gold) + rect(left + edge * 0.4, top + edge * 0.4, wide - edge * 0.8,
                                                          high - edge * 0.8, shade(gold, -0.1)))  # fmt: skip
    a, b, w, t = left + edge, top + edge, wide - 2 * edge, high - 2 * edge
    kind = number % 4
    if kind == 0:  # hills under a sun
        parts.append(
            rect(a, b, w, t, view.land("#f3d9a8")) + circle(a + w * 0.7, b + t * 0.34, t * 0.13, view.land("#e8834a"))
        )
        d = f"M{num(a)} {num(b + t * 0.7)}q{num(w * 0.3)} {num(-t * 0.34)} {num(w * 0.6)} {num(-t * 0.05)}"
        parts.append(path(f"{d}t{num(w * 0.4)} {num(-t * 0.1)}V{num(b + t)}H{num(a)}Z", view.land("#6f9a6a")))
    elif kind == 1:  # flowers in a vase
        parts.append(rect(a, b, w, t, view.land("#3f4f5c")))
        for dx, dy, colour in ((-0.16, 0.36, "#e2736a"), (0.14, 0.32, "#f0c05a"), (0.0, 0.24, "#f3e6dc"),
                               (0.02, 0.44, "#c9577a")):  # fmt: skip
            parts.append(circle(x + dx * w, b + dy * t, 0.12 * min(w, t), view.land(colour)))
        parts.append(ellipse(x, b + 0.74 * t, 0.17 * w, 0.2 * t, view.land("#8fb3c4")))
    elif kind == 2:  # a sail on the sea
        parts.append(rect(a, b, w, t, view.land("#bfdcea")) + rect(a, b + t * 0.62, w, t * 0.38, view.land("#3f7fa8")))
        sail: list[Point] = [(x, b + t * 0.2), (x + 0.2 * w, b + t * 0.6), (x, b + t * 0.6)]
        parts.append(path(polygon(sail), view.land("#fbf6ea")))
        parts.append(rect(x - 0.14 * w, b + t * 0.62, 0.36 * w, t * 0.08, view.land("#8a5638"), rx=t * 0.04))
    else:  # shapes and colours
        parts.append(rect(a, b, w, t, view.land("#f4efe4")))
        parts.append(circle(a + w * 0.36, b + t * 0.42, 0.24 * min(w, t), view.land("#d9483f")))
        cone: list[Point] = [(a + w * 0.16, b + t * 0.88), (a + w * 0.4, b + t * 0.52), (a + w * 0.62, b + t * 0.88)]
        parts.append(path(polygon(cone), view.land("#f0b93a")))


def _parquet(view: View) -> None:
    """A waxed floor: boards that run away from us, the light of the pictures on it."""
    s, h, parts = view.short, view.horizon, view.sheet.layer("floor")
    wood, depth = view.land("#b9864f"), view.height - view.horizon
    parts.append(rect(-2, h, view.width + 4, depth + 4,
                      view.sheet.gradient([(0, shade(wood, -0.07)), (1, shade(wood, 0.05))])))  # fmt: skip
    count = round(9 * view.width / s)
    seams = "".join(
        f"M{num(view.width / 2 + n * 0.11 * s)} {num(h)}L{num(view.width / 2 + n * 0.3 * s)} {num(view.height)}"
        for n in range(-count, count + 1)
    )
    parts.append(path(seams, stroke=shade(wood, -0.1), stroke_width=0.0028 * s, opacity=0.6))
    rows = "".join(f"M-2 {num(h + depth * at)}H{num(view.width + 4)}" for at in (0.1, 0.24, 0.44, 0.7))
    parts.append(path(rows, stroke=shade(wood, -0.08), stroke_width=0.002 * s, opacity=0.4))
    parts.append(rect(-2, h, view.width + 4, 0.03 * s, "#000000", opacity=0.14))
    parts.append(glow(view.width / 2, h + 0.42 * depth, 0.5 * view.width, 0.42 * depth, "#ffe9bd", 0.4, 20))


def _plinths(view: View, middle: float, wide: float) -> None:
    """A vase and a bust on white plinths beside the archway, a rope before the wall."""
    s, h, parts = view.short, view.horizon, view.sheet.layer("plinths")
    for side in (-1, 1):
        x = middle + side * (0.5 * wide + 0.11 * s)
        if not 0.06 * s < x < view.width - 0.06 * s:
            continue
        foot, broad, high = h + 0.03 * s, 0.1 * s, 0.2 * s
        top = foot - high
        parts.append(ellipse(x, foot, broad * 0.75, 0.016 * s, "#2a1d12", opacity=0.22))
        parts.append(rect(x - broad / 2, top, broad, high, view.land("#f4f0e6")))
        parts.append(rect(x + broad * 0.18, top, broad * 0.32, high, view.land("#ddd6c6")))
        parts.append(rect(x - broad * 0.6, top - 0.016 * s, broad * 1.2, 0.02 * s, view.land("#fbf8f0")))
        parts.append(
            _vase(view, x, top - 0.014 * s, 0.13 * s) if side < 0 else _bust(view, x, top - 0.014 * s, 0.14 * s)
        )
    rope = view.sheet.layer("ropes")
    y, brass, red = h + 0.1 * s, view.land("#d9b25c"), view.land("#a3262e")
    step = 0.24 * s
    for x0, way in ((0.02 * s, 1), (view.width - 0.02 * s, -1)):
        for n in range(max(1, round(0.24 * view.width / step))):
            x = x0 + way * n * step
            d = f"M{num(x)} {num(y - 0.1 * s)}q{num(way * step / 2)} {num(0.075 * s)} {num(way * step)} 0"
            rope.append(path(d, stroke=red, stroke_width=0.013 * s, stroke_linecap="round"))
            for post in (x, x + way * step):
                rope.append(rect(post - 0.006 * s, y - 0.1 * s, 0.012 * s, 0.11 * s, brass))
                rope.append(circle(post, y - 0.108 * s, 0.013 * s, shade(brass, 0.06)))
                rope.append(ellipse(post, y + 0.01 * s, 0.028 * s, 0.009 * s, shade(brass, -0.08)))


def _vase(view: View, x: float, foot: float, high: float) -> str:
    glaze, half = view.land("#2f6f8f"), 0.3 * high
    body = (
        f"M{num(x - half * 0.45)} {num(foot)}C{num(x - half * 1.5)} {num(foot - high * 0.34)} "
        f"{num(x - half * 1.1)} {num(foot - high * 0.72)} {num(x - half * 0.42)} {num(foot - high * 0.8)}"
        f"L{num(x - half * 0.6)} {num(foot - high)}H{num(x + half * 0.6)}"
        f"L{num(x + half * 0.42)} {num(foot - high * 0.8)}"
        f"C{num(x + half * 1.1)} {num(foot - high * 0.72)} {num(x + half * 1.5)} {num(foot - high * 0.34)} "
        f"{num(x + half * 0.45)} {num(foot)}Z"
    )
    band = rect(x - half * 1.0, foot - high * 0.56, half * 2.0, high * 0.08, view.land("#f3e2b4"))
    return (
        path(body, view.sheet.gradient([(0, shade(glaze, 0.08)), (0.5, glaze), (1, shade(glaze, -0.1))], across=True))
        + band
    )


def _bust(view: View, x: float, foot: float, high: float) -> str:
    stone, half = view.land("#e4ddd0"), 0.42 * high
    dim = shade(stone, -0.09)
    chest = (
        f"M{num(x - half * 0.35)} {num(foot)}L{num(x - half * 0.9)} {num(foot - high * 0.3)}"
        f"Q{num(x - half * 0.6)} {num(foot - high * 0.46)} {num(x)} {num(foot - high * 0.46)}"
        f"Q{num(x + half * 0.6)} {num(foot - high * 0.46)} {num(x + half * 0.9)} {num(foot - high * 0.3)}"
        f"L{num(x + half * 0.35)} {num(foot)}Z"
    )
    neck = rect(x - half * 0.22, foot - high * 0.56, half * 0.44, high * 0.16, dim)
    head = ellipse(x, foot - high * 0.74, half * 0.5, high * 0.24, stone)
    hair = path(
        f"M{num(x - half * 0.52)} {num(foot - high * 0.72)}Q{num(x - half * 0.5)} {num(foot - high)} {num(x)} "
        f"{num(foot - high)}Q{num(x + half * 0.5)} {num(foot - high)} {num(x + half * 0.52)} {num(foot - high * 0.72)}"
        f"Q{num(x + half * 0.2)} {num(foot - high * 0.9)} {num(x - half * 0.52)} {num(foot - high * 0.72)}Z", dim
    )  # fmt: skip
    return path(chest, stone) + neck + head + hair
