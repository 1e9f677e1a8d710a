"""Rooms with a purpose: kitchen, bedroom, classroom, library."""

from __future__ import annotations

from pingxing.engine.backends.scene.backdrops.indoors import WALLS, window
from pingxing.engine.backends.scene.backdrops.props import box
from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import circle, ellipse, glow, num, path, polygon, rect
from pingxing.engine.backends.scene.words import concept_of

BED = concept_of("🛏️")
WOODS = ("#c99a6b", "#b98d63", "#d4a878")


def _wall(view: View, colours: tuple[str, ...] = WALLS) -> str:
    wall = view.land(view.colour or view.rng.choice(colours))
    paint = view.sheet.gradient([(0, shade(wall, 0.02)), (1, shade(wall, -0.05))])
    view.sheet.layer("wall").append(rect(-2, -2, view.width + 4, view.horizon + 4, paint))
    return wall


def _boards(view: View, colours: tuple[str, ...] = WOODS) -> str:
    """A floor of boards that run to the back, and the skirting above it."""
    h, floor, parts = view.horizon, view.land(view.rng.choice(colours)), view.sheet.layer("floor")
    paint = view.sheet.gradient([(0, shade(floor, -0.06)), (1, shade(floor, 0.04))])
    parts.append(rect(-2, h, view.width + 4, view.height - h + 4, paint))
    count = round(9 * view.width / view.short)
    for n in range(-count, count + 1):
        top, low = view.width / 2 + n * view.short * 0.11, view.width / 2 + n * view.short * 0.27
        line = f"M{num(top)} {num(h)}L{num(low)} {num(view.height)}"
        parts.append(path(line, stroke=shade(floor, -0.08), stroke_width=view.short * 0.0025, opacity=0.55))
    parts.append(rect(-2, h - 0.02 * view.short, view.width + 4, 0.022 * view.short, view.land("#f6f1e6")))
    return floor


def _tiles(view: View, first: str, second: str) -> None:
    h, parts = view.horizon, view.sheet.layer("floor")
    parts.append(rect(-2, h, view.width + 4, view.height - h + 4, view.land(first)))
    rows, dark = 5, view.land(second)
    count = round(8 * view.width / view.short)
    for row in range(rows):
        y0, y1 = (h + (view.height - h) * (n / rows) ** 1.5 for n in (row, row + 1))
        for n in range(-count, count):
            if (n + row) % 2:
                continue
            near = [((0.1 + 0.16 * (y - h) / (view.height - h)) * view.short, y) for y in (y0, y1)]
            (a, ya), (b, yb) = near
            middle = view.width / 2
            corners = [
                (middle + n * a, ya),
                (middle + (n + 1) * a, ya),
                (middle + (n + 1) * b, yb),
                (middle + n * b, yb),
            ]
            parts.append(path(polygon(corners), dark, opacity=0.75))


def kitchen(view: View) -> None:
    rng, s, h = view.rng, view.short, view.horizon
    _wall(view, ("#f3ead8", "#e4eee6", "#f6e3d3", "#e3ecf1"))
    tile = view.sheet.layer("tiles")
    line, side = view.land("#ffffff"), 0.045 * s
    for n in range(1, 5):
        tile.append(rect(-2, h - 0.2 * s - n * side, view.width + 4, 0.0025 * s, line, opacity=0.7))
    for n in range(round(view.width / side) + 1):
        tile.append(rect(n * side, h - 0.2 * s - 4 * side, 0.0025 * s, 4 * side, line, opacity=0.7))
    window(view, view.sheet.layer("window"))
    cabinets = view.land(rng.choice(("#8fb3a5", "#d98f6f", "#7f9cbf", "#e0b25f", "#c9776b")))
    parts, wide = view.sheet.layer("cabinets"), 0.2 * s
    x = -rng.random() * wide
    while x < view.width:
        parts.append(box(view, x, h - 0.2 * s, wide, 0.215 * s, cabinets))
        frame: dict[str, float | str | None] = {"stroke": shade(cabinets, -0.09), "stroke_width": s * 0.004}
        parts.append(rect(x + 0.014 * s, h - 0.165 * s, wide - 0.028 * s, 0.155 * s, "none", rx=0.006 * s, **frame))
        parts.append(rect(x + wide - 0.05 * s, h - 0.145 * s, 0.018 * s, 0.006 * s, view.land("#f5e9c9"), rx=0.003 * s))
        x += wide
    top = view.land("#e9dfcf")
    parts.append(
        rect(-2, h - 0.212 * s, view.width + 4, 0.026 * s, top)
        + rect(-2, h - 0.19 * s, view.width + 4, 0.006 * s, shade(top, -0.12))
    )
    _shelf(view, view.land("#b98d63"))
    _tiles(view, "#e8dccb", "#cdbba4")


def _shelf(view: View, wood: str) -> None:
    """A board with pots and jars above the counter, on the side away from the window."""
    rng, s, h, parts = view.rng, view.short, view.horizon, view.sheet.layer("shelf")
    at = 0.08 if rng.random() < 0.5 else 0.34
    x, y, wide = view.width * at, h - 0.46 * s, 0.36 * s
    if y < 0.12 * s:
        return
    for n in range(6):
        colour = view.land(rng.choice(("#d9796a", "#6f9bb5", "#8fae7a", "#e8c66b", "#f2ece0", "#a98fc0")))
        w, high = s * rng.uniform(0.03, 0.045), s * rng.uniform(0.05, 0.085)
        jx = x + 0.02 * s + n * 0.056 * s
        parts.append(box(view, jx, y - high, w, high, colour, rx=0.008 * s))
        parts.append(rect(jx + w * 0.1, y - high - 0.009 * s, w * 0.8, 0.011 * s, shade(colour, -0.14), rx=0.003 * s))
    parts.append(rect(x, y, wide, 0.014 * s, wood, rx=0.004 * s))


def bedroom(view: View) -> None:
    rng, s, h = view.rng, view.short, view.horizon
    wall = _wall(view, ("#e6e0f0", "#dfe9e4", "#f6ddd4", "#dbe6f1"))
    stripe, x = view.sheet.layer("paper"), 0.0
    while x < view.width:
        stripe.append(rect(x, -2, 0.05 * s, h + 2, shade(wall, 0.018)))
        x += 0.1 * s
    window(view, view.sheet.layer("window"))
    _boards(view)
    left = rng.random() < 0.5
    parts: list[str] = view.sheet.layer("bed") if BED not in view.asked else []  # the one that was asked for
    wide, cover = min(0.72 * s, 0.8 * view.width), view.land(rng.choice(("#7f9cc9", "#c98a9c", "#8bb09a", "#d8a95f")))
    x = -0.16 * wide if left else view.width - 0.84 * wide
    wood = view.land("#a87a52")
    parts.append(box(view, x, h - 0.25 * s, wide, 0.32 * s, wood, rx=0.03 * s))
    parts.append(rect(x + 0.02 * s, h - 0.06 * s, wide - 0.04 * s, 0.13 * s, view.land("#fbf7ef"), rx=0.03 * s))
    white = view.land("#ffffff")
    parts += [box(view, x + n * wide, h - 0.14 * s, wide * 0.34, 0.12 * s, white, rx=0.04 * s) for n in (0.12, 0.54)]
    parts.append(box(view, x + 0.01 * s, h - 0.02 * s, wide - 0.02 * s, 0.14 * s, cover, rx=0.03 * s))
    parts.append(rect(x + 0.01 * s, h - 0.02 * s, wide - 0.02 * s, 0.03 * s, shade(cover, 0.08), rx=0.015 * s))
    table = x + wide + 0.05 * s if left else x - 0.2 * s
    parts.append(box(view, table, h - 0.12 * s, 0.15 * s, 0.17 * s, shade(wood, 0.03), rx=0.006 * s))
    parts.append(circle(table + 0.075 * s, h - 0.03 * s, 0.007 * s, view.land("#f3e3b8")))
    bulb = table + 0.075 * s
    parts.append(glow(bulb, h - 0.22 * s, 0.3 * s, 0.24 * s, "#ffe3a0", 0.75 if view.night else 0.35))
    parts.append(rect(bulb - 0.006 * s, h - 0.18 * s, 0.012 * s, 0.06 * s, wood))
    shape = [
        (bulb - 0.06 * s, h - 0.17 * s),
        (bulb - 0.036 * s, h - 0.25 * s),
        (bulb + 0.036 * s, h - 0.25 * s),
        (bulb + 0.06 * s, h - 0.17 * s),
    ]
    parts.append(path(polygon(shape), "#ffe9b8"))
    rug = view.land(rng.choice(("#d9a59a", "#9fb9cf", "#b9c9a0")))
    y = h + 0.6 * (view.height - h)
    for part, colour in ((1.0, rug), (0.86, shade(rug, 0.06)), (0.8, rug)):
        view.sheet.layer("floor").append(
            ellipse(view.width / 2, y, view.width * 0.36 * part, (view.height - h) * 0.3 * part, colour)
        )


def classroom(view: View) -> None:
    s, h = view.short, view.horizon
    wall = _wall(view, ("#f3ead2", "#e7efe6", "#efe3d3"))
    lower = view.sheet.layer("wall")
    lower.append(rect(-2, h - 0.13 * s, view.width + 4, 0.13 * s, shade(wall, -0.08)))
    if not {"blackboard", "whiteboard"} & view.banned:  # not a second one behind the words
        _chalkboard(view)
    _boards(view, ("#c99a6b", "#d4a878"))
    _desks(view)


def _chalkboard(view: View) -> None:
    rng, s, h = view.rng, view.short, view.horizon
    parts = view.sheet.layer("board")
    wide = min(0.86 * view.width, 1.15 * s)
    high = min(0.42 * s, 0.62 * h)
    x, y = (view.width - wide) / 2, (h - high) * 0.34
    parts.append(rect(x - 0.02 * s, y - 0.02 * s, wide + 0.04 * s, high + 0.04 * s, view.land("#b98555"), rx=0.008 * s))
    parts.append(box(view, x, y, wide, high, view.land("#2f6650")))
    chalk: dict[str, float | str | None] = {
        "stroke": "#eef5ee",
        "stroke_width": s * 0.004,
        "stroke_linecap": "round",
        "opacity": 0.55,
    }
    for n in range(3):
        cx, cy = x + wide * (0.07 + 0.04 * n), y + high * (0.2 + 0.2 * n)
        parts.append(path(f"M{num(cx)} {num(cy)}h{num(wide * rng.uniform(0.1, 0.18))}", "none", **chalk))
    parts.append(circle(x + wide * 0.86, y + high * 0.3, high * 0.12, "none", **chalk))
    triangle = polygon(
        [(x + wide * 0.8, y + high * 0.82), (x + wide * 0.92, y + high * 0.82), (x + wide * 0.86, y + high * 0.55)]
    )
    parts.append(path(triangle, "none", **chalk))
    parts.append(rect(x, y + high, wide, 0.018 * s, view.land("#d9ac78")))
    for n, colour in enumerate(("#ffffff", "#f5d76b", "#f2a3b3")):
        parts.append(
            rect(x + wide * (0.1 + 0.05 * n), y + high - 0.006 * s, 0.028 * s, 0.008 * s, colour, rx=0.003 * s)
        )


def _desks(view: View) -> None:
    s, h, parts = view.short, view.horizon, view.sheet.layer("desks")
    wood, iron = view.land("#d3a06a"), view.land("#6a737c")
    count = max(2, round(3 * view.width / s))
    for n in range(count):
        x, wide, top = view.width * (n + 0.5) / count - 0.11 * s, 0.22 * s, h - 0.035 * s
        parts += [rect(x + wide * at, top, 0.012 * s, 0.13 * s, iron) for at in (0.08, 0.86)]
        parts.append(box(view, x, top, wide, 0.035 * s, wood, rx=0.006 * s))
        parts.append(rect(x, top + 0.03 * s, wide, 0.008 * s, shade(wood, -0.1)))


def library(view: View) -> None:
    rng, s, h = view.rng, view.short, view.horizon
    _wall(view, ("#e6d3b3", "#d8c7ae", "#cfd3c2"))
    wood = view.land(rng.choice(("#8a5a3a", "#7a4f36", "#9a6a45")))
    spines = ("#b5473f", "#3f6b8f", "#d0a24a", "#4f7f5f", "#7a4f7f", "#e3d6bd", "#c9724a", "#35506b")
    case, gap = 0.46 * s, 0.0
    top, row = max(0.05 * s, h - 0.78 * s), 0.135 * s
    rows = max(2, int((h - top - 0.05 * s) / row))
    top = h - rows * row - 0.045 * s
    x = -rng.random() * 0.2 * s
    while x < view.width:
        parts = view.sheet.layer("shelves")
        parts.append(rect(x, top, case, h - top, shade(wood, -0.13)))
        for n in range(rows):
            y = top + 0.02 * s + (n + 1) * row
            _books(view, parts, x + 0.022 * s, y, case - 0.044 * s, row, spines)
            parts.append(rect(x, y, case, 0.016 * s, wood))
        for side in (x, x + case - 0.02 * s):
            parts.append(rect(side, top, 0.02 * s, h - top, shade(wood, 0.02)))
        parts.append(rect(x - 0.01 * s, top - 0.012 * s, case + 0.02 * s, 0.034 * s, shade(wood, 0.05), rx=0.004 * s))
        x += case + gap
    view.sheet.layer("light").append(glow(view.width / 2, top, 0.7 * view.width, 0.5 * h, "#ffe9bd", 0.22, 16))
    _boards(view, ("#a9784f", "#9a6d49"))
    rug = view.land(rng.choice(("#8f3f3f", "#3f5f6b", "#5f6b3f")))
    y = h + 0.6 * (view.height - h)
    for part, colour in ((1.0, rug), (0.9, shade(rug, 0.13)), (0.85, rug)):
        view.sheet.layer("floor").append(
            ellipse(view.width / 2, y, view.width * 0.38 * part, (view.height - h) * 0.31 * part, colour)
        )


def _books(
    view: View, parts: list[str], x: float, foot: float, wide: float, row: float, spines: tuple[str, ...]
) -> None:
    """One shelf of spines, now and then a gap; one path a colour, so a wall of books stays cheap."""
    rng, drawn, end = view.rng, dict[str, list[str]](), x + wide
    while x < end - row * 0.1:
        w, high = row * rng.uniform(0.1, 0.2), row * rng.uniform(0.56, 0.78)
        if rng.random() < 0.06:
            x += row * 0.3
            continue
        w = min(w, end - x)
        drawn.setdefault(rng.choice(spines), []).append(
            f"M{num(x)} {num(foot)}v{num(-high)}h{num(w * 0.92)}v{num(high)}Z"
        )
        x += w
    parts.extend(path("".join(d), view.land(colour)) for colour, d in drawn.items())
