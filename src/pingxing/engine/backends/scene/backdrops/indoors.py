"""Rooms, tables and a stage."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from pingxing.engine.backends.scene.backdrops.furniture import furnish, hang_pictures
from pingxing.engine.backends.scene.backdrops.terrain import distant, hills
from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.sky import View, paint_sky
from pingxing.engine.backends.scene.svg import (
    circle,
    ellipse,
    filled,
    glow,
    num,
    path,
    polygon,
    rect,
    wave_points,
)
from pingxing.engine.backends.scene.traits import traits

WINDOW = "1FA9F"
WALLS = ("#f3dfc6", "#dfe9df", "#e6e0f0", "#f6d9cf", "#d9e8f0", "#f4e8c9")


def room(view: View) -> None:
    """A living room: window and curtains on one side, a sofa under pictures on the other, a plant, a lamp, a rug."""
    rng, sheet, h, s = view.rng, view.sheet, view.horizon, view.short
    wall = view.land(view.colour or rng.choice(WALLS))
    parts = sheet.layer("wall")
    parts.append(rect(-2, -2, view.width + 4, h + 4, sheet.gradient([(0, shade(wall, 0.02)), (1, shade(wall, -0.05))])))
    window(view, parts)
    floor = view.land(rng.choice(("#c99a6b", "#b98d63", "#d4a878")))
    parts.append(rect(-2, h - 0.022 * s, view.width + 4, 0.024 * s, shade(wall, 0.07)))
    ground = sheet.layer("floor")
    paint = sheet.gradient([(0, shade(floor, -0.05)), (1, shade(floor, 0.04))])
    ground.append(rect(-2, h, view.width + 4, view.height - h + 4, paint))
    seams = "".join(
        f"M{num(view.width / 2 + n * 0.12 * s)} {num(h)}L{num(view.width / 2 + n * 0.26 * s)} {num(view.height)}"
        for n in range(-round(8 * view.width / s), round(8 * view.width / s) + 1)
    )
    ground.append(path(seams, stroke=shade(floor, -0.08), stroke_width=0.0025 * s, opacity=0.6))
    if "E090" not in view.asked:  # the rug that was asked for
        rug = view.land(rng.choice(("#d9796a", "#6f9bb5", "#8fae7a", "#c9a0c0")))
        y = h + 0.56 * (view.height - h)
        for part, colour in ((1.0, rug), (0.9, shade(rug, 0.09)), (0.85, rug), (0.5, shade(rug, 0.06)), (0.46, rug)):
            ground.append(ellipse(view.width / 2, y, view.width * 0.4 * part, (view.height - h) * 0.36 * part, colour))
    curtains(view, rng.choice(CLOTHS))
    sunbeam(view)
    furnish(view)


def window(view: View, parts: list[str]) -> None:
    """One with a view; none where the prompt asks for a window, which then hangs there itself."""
    rng, s = view.rng, view.short
    wide, high = 0.3 * s, min(0.36 * s, view.horizon * 0.6)
    x = view.width * rng.choice((0.14, 0.62)) + rng.uniform(-0.02, 0.02) * view.width
    x = min(x, view.width - wide - 0.06 * s)
    y = (view.horizon - high) * 0.36
    view.sheet.marks["window"] = _glass(view, (x, y, wide, high))
    if WINDOW in view.asked:
        return
    parts.append(
        rect(x - 0.016 * s, y - 0.016 * s, wide + 0.032 * s, high + 0.032 * s, view.land("#ffffff"), rx=0.01 * s)
    )
    parts.append(rect(x, y, wide, high, view.sheet.gradient(view.light.sky)))
    if view.night:
        parts.append(circle(x + wide * 0.7, y + high * 0.28, s * 0.03, "#fff3c9"))
    else:
        hill = f"M{num(x)} {num(y + high)}v{num(-high * 0.1)}q{num(wide * 0.5)} {num(-high * 0.24)} {num(wide)} 0"
        parts.append(path(f"{hill}v{num(high * 0.1)}Z", view.land("#8fc98a")))
    if view.weather in ("rain", "snow"):
        parts.append(_falling(view, x, y, wide, high))
    bar = view.land("#fbfaf6")
    parts.append(
        rect(x + wide / 2 - 0.006 * s, y, 0.012 * s, high, bar)
        + rect(x, y + high / 2 - 0.006 * s, wide, 0.012 * s, bar)
    )
    parts.append(rect(x - 0.03 * s, y + high + 0.012 * s, wide + 0.06 * s, 0.022 * s, bar, rx=0.006 * s))


def _glass(view: View, free: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The window's place: that of the one asked for, inside its frame and above its sill; else the free one."""
    if "window asked" not in view.sheet.marks:
        return free
    x, y, wide, high = view.sheet.marks["window asked"]
    return x + 0.1 * wide, y + 0.05 * high, 0.8 * wide, 0.78 * high


def dark_panes(box: tuple[float, float, float, float], sill: bool) -> str:
    """The night in the glass of a window that is a thing of the picture, given its box."""
    x, y, wide, high = box
    across, down = ((0.14, 0.476), (0.514, 0.85)), ((0.06, 0.347), (0.368, 0.824))
    if not sill:
        across, down = ((0.115, 0.47), (0.535, 0.915)), ((0.11, 0.47), (0.52, 0.91))
    return "".join(
        rect(x + a * wide, y + c * high, (b - a) * wide, (d - c) * high, "#131f4d", opacity=0.78)
        for a, b in across
        for c, d in down
    )


def _falling(view: View, x: float, y: float, wide: float, high: float) -> str:
    """Rain or snow behind the glass: indoors it falls nowhere else."""
    chance, s = Random(f"glass {round(x)} {round(y)}"), view.short  # of its own: the room stays as it is without rain
    spots = [(x + chance.uniform(0.06, 0.97) * wide, y + chance.uniform(0.02, 0.84) * high) for _ in range(24)]
    if view.weather == "snow":
        return "".join(circle(a, b, s * chance.choice((0.003, 0.0045, 0.006)), "#ffffff") for a, b in spots)
    d = "".join(f"M{num(a)} {num(b)}l{num(-0.008 * s)} {num(0.036 * s)}" for a, b in spots)
    veil = rect(x, y, wide, high, "#5f7284", opacity=0.35)
    return veil + path(d, stroke="#eef6ff", stroke_width=0.0035 * s, stroke_linecap="round", opacity=0.85)


def curtains(view: View, cloth: str) -> None:
    """Two drawn-back curtains and their rod, at the window painted last; the sun through it lies on the floor."""
    if WINDOW in view.asked and "window asked" not in view.sheet.marks:
        return
    parts, s = view.sheet.layer("curtains"), view.short
    x, y, wide, high = view.sheet.marks["window"]
    for side in (-1, 1):
        edge = x - 0.05 * s if side < 0 else x + wide + 0.05 * s
        tone, inner = view.land(cloth), edge - side * 0.15 * s
        tie, low = y + high * 0.62, y + high + 0.09 * s
        d = f"M{num(edge)} {num(y - 0.05 * s)}H{num(inner)}Q{num(inner)} {num(tie - 0.08 * s)} "
        d += f"{num(edge - side * 0.045 * s)} {num(tie)}Q{num(edge - side * 0.1 * s)} {num(tie + 0.1 * s)} "
        d += f"{num(edge - side * 0.085 * s)} {num(low)}H{num(edge)}Z"
        folds = "".join(
            f"M{num(edge - side * k * s)} {num(y - 0.04 * s)}Q{num(edge - side * k * 0.9 * s)} {num(tie - 0.1 * s)} "
            f"{num(edge - side * k * 0.32 * s)} {num(tie)}"
            for k in (0.04, 0.08, 0.115)
        )
        parts.append(path(d, tone) + path(folds, stroke=shade(tone, -0.06), stroke_width=0.005 * s))
        parts.append(rect(min(edge, edge - side * 0.055 * s), tie - 0.008 * s, 0.055 * s, 0.018 * s, shade(tone, -0.1)))
    parts.append(rect(x - 0.08 * s, y - 0.062 * s, wide + 0.16 * s, 0.014 * s, view.land("#8a6a4c"), rx=0.007 * s))


def sunbeam(view: View) -> None:
    """The window's light on the floor, by day."""
    if view.light.name not in ("day", "dawn") or (WINDOW in view.asked and "window asked" not in view.sheet.marks):
        return
    x, _, wide, _ = view.sheet.marks["window"]
    h, depth, lean = view.horizon, view.height - view.horizon, -0.5 * wide if x > view.width / 2 else 0.5 * wide
    for part in (0.0, 0.52):
        a, b, top, low = x + part * wide, x + (part + 0.48) * wide, h + 0.12 * depth, h + 0.62 * depth
        patch = [(a + 0.3 * lean, top), (b + 0.3 * lean, top), (b + 1.3 * lean, low), (a + 1.3 * lean, low)]
        view.sheet.layer("sun").append(path(polygon(patch), "#fff3c4", opacity=0.3))


CLOTHS = ("#e8b4a0", "#a9c4b4", "#b7c3df", "#e6cf9a", "#d8b3c4")


def table(view: View) -> None:
    rng, sheet, h, s = view.rng, view.sheet, view.horizon, view.short
    if any(traits(concept).subgroup == "plant-other" and traits(concept).metres > 2 for concept in view.asked):
        _in_the_open(view)
        _top(view)
        return
    wall = view.land(view.colour or rng.choice(WALLS))
    parts = sheet.layer("wall")
    parts.append(rect(-2, -2, view.width + 4, h + 4, sheet.gradient([(0, shade(wall, 0.03)), (1, shade(wall, -0.05))])))
    parts.append(glow(view.width * rng.choice((0.28, 0.72)), h * 0.4, 0.6 * s, min(0.5 * s, h * 0.55), "#fffdf2", 0.6))
    _panels(view, parts, wall)
    window(view, parts)
    hang_pictures(view)
    curtains(view, rng.choice(CLOTHS))
    _chairs(view)
    _top(view)
    sunbeam(view)


def _panels(view: View, parts: list[str], wall: str) -> None:
    """Boards on the lower wall behind the table, with a rail above them: something that the light can lie on."""
    s, h = view.short, view.horizon
    top, wide = h - 0.15 * s, 0.075 * s
    board = shade(wall, -0.045)
    parts.append(
        rect(-2, top, view.width + 4, h - top + 4, view.sheet.gradient([(0, board), (1, shade(board, -0.05))]))
    )
    lines = "".join(f"M{num(n * wide)} {num(top)}V{num(h + 4)}" for n in range(round(view.width / wide) + 2))
    parts.append(path(lines, stroke=shade(board, -0.06), stroke_width=0.003 * s, opacity=0.7))
    parts.append(rect(-2, top - 0.012 * s, view.width + 4, 0.016 * s, shade(wall, 0.05)))


def _in_the_open(view: View) -> None:
    """A garden behind the table, where trees are asked for."""
    paint_sky(view)
    h, s = view.horizon, view.short
    low = replace(view, horizon=h - 0.1 * s)
    hills(low, "far-hills", h - 0.12 * s, 0.1 * s, 1.2, distant(view, "#8fc29a", 0.45))
    points = wave_points(view.rng, view.width, h - 0.08 * s, 0.03 * s, 1.1)
    paint = view.sheet.gradient([(0, view.land("#93cc6c")), (1, view.land("#6fb157"))])
    view.sheet.layer("grass").append(path(filled(points, h + 4), paint))


def _chairs(view: View) -> None:
    """Backs of chairs beyond the table: what tells it from a floor."""
    chance, s, h = Random(f"chairs {round(view.width)} {round(view.horizon)}"), view.short, view.horizon
    parts, step = view.sheet.layer("chairs"), 0.62 * s
    count = max(1, round(view.width / step))
    wood = view.land(chance.choice(("#8a6244", "#a2795a", "#7a5a48")))
    for n in range(count):
        x = view.width * (n + 0.5) / count + chance.uniform(-0.03, 0.03) * s
        wide, high = 0.24 * s, chance.uniform(0.155, 0.175) * s
        left, top, rail = x - wide / 2, h - high, 0.045 * s
        for part in (0.0, 0.3, 0.5, 0.7):
            parts.append(rect(left + (part + 0.02) * wide * 0.94, top + 0.4 * rail, 0.03 * s, high, shade(wood, -0.03)))
        parts.append(rect(left + 0.9 * wide, top + 0.4 * rail, 0.03 * s, high, shade(wood, -0.03)))
        parts.append(rect(left - 0.01 * s, top, wide + 0.026 * s, rail, shade(wood, 0.03), rx=0.02 * s))


def _top(view: View) -> None:
    rng, sheet, h, s = view.rng, view.sheet, view.horizon, view.short
    wood = view.land(rng.choice(("#c98f5a", "#b97f4e", "#d6a36c", "#a8744a")))
    top = sheet.layer("tabletop")
    top.append(
        rect(
            -2,
            h,
            view.width + 4,
            view.height - h + 4,
            sheet.gradient([(0, shade(wood, 0.05)), (1, shade(wood, -0.03))]),
        )
    )
    top.append(rect(-2, h, view.width + 4, 0.008 * s, shade(wood, 0.12)))
    for n in range(1, 5):
        y = h + (view.height - h) * (n / 5) ** 1.4
        points = wave_points(rng, view.width, y, 0.006 * s, 1.5)
        d = filled(points, y + 0.006 * s)
        top.append(path(d, shade(wood, -0.07), opacity=0.35))
    edge = 0.034 * s
    top.append(rect(-2, view.height - edge, view.width + 4, edge + 4, shade(wood, -0.13)))
    for y, tone in ((h, shade(wood, 0.12)), (view.height - edge, shade(wood, 0.13))):  # seen where only lines are
        line = f"M-2 {num(y)}H{num(view.width + 2)}"
        top.append(path(line, stroke=tone, stroke_width=0.006 * s))


def stage(view: View) -> None:
    sheet, h, rng = view.sheet, view.horizon, view.rng
    curtain = view.colour or rng.choice(("#a3202f", "#7a2350", "#23407a"))
    parts = sheet.layer("curtain")
    parts.append(
        rect(-2, -2, view.width + 4, h + 4, sheet.gradient([(0, shade(curtain, -0.14)), (1, shade(curtain, -0.05))]))
    )
    fold = view.short * 0.07
    x = 0.0
    while x < view.width:
        paint = sheet.gradient(
            [(0, shade(curtain, -0.1)), (0.45, shade(curtain, 0.05)), (1, shade(curtain, -0.12))], across=True
        )
        parts.append(rect(x, -2, fold + 0.5, h + 4, paint))
        x += fold
    floor = "#8a5a36"
    boards, depth = sheet.layer("floor"), view.height - h
    paint = sheet.gradient([(0, shade(floor, -0.08)), (1, floor)])
    boards.append(rect(-2, h, view.width + 4, depth + 4, paint))
    boards.append(glow(view.width / 2, h + 0.5 * depth, view.width * 0.46, depth * 0.5, "#fff2c4", 0.6))
    cone = sheet.gradient([(0, "#fff6d6", 0.4), (1, "#fff6d6", 0.02)])
    w = view.width
    sheet.layer("light").append(
        path(polygon([(w * 0.44, -4), (w * 0.56, -4), (w * 0.88, view.height), (w * 0.12, view.height)]), cone)
    )
