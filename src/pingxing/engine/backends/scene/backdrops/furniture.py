"""What stands along the walls of a home: sofa or sideboard, pictures, a plant, a lamp; never what was asked for."""

from __future__ import annotations

from pingxing.engine.backends.scene.colour import mix, shade
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import Point, circle, ellipse, glow, num, path, polygon, rect
from pingxing.engine.backends.scene.words import concept_of

SEATS = frozenset((concept_of("🛋️"), concept_of("🪑"), "E067", "E093"))
LAMPS = frozenset((concept_of("💡"), "E027"))
PLANTS = frozenset((concept_of("🪴"), "E0BA"))
CLOTHS = ("#7f9fb8", "#c98f7a", "#8fa98a", "#b59bb5", "#cfae74")
MARGIN = 0.05  # of the short side: from the edge of the frame


def start(point: Point) -> str:
    return f"M{num(point[0])} {num(point[1])}"


def curve(control: Point, end: Point) -> str:
    return f"Q{num(control[0])} {num(control[1])} {num(end[0])} {num(end[1])}"


def furnish(view: View) -> None:
    """The wall that the window leaves free, from the mark "window" outwards."""
    rng, s, h = view.rng, view.short, view.horizon
    x, _, wide, _ = view.sheet.marks["window"]
    free = (
        (x + wide + 0.14 * s, view.width - MARGIN * s) if x + wide / 2 < view.width / 2 else (MARGIN * s, x - 0.14 * s)
    )
    room = free[1] - free[0]
    if room < 0.24 * s or h < 0.3 * s:
        return
    middle = (free[0] + free[1]) / 2
    broad = min(room * 0.92, 0.62 * s)
    pictures(view, middle, h - 0.36 * s, broad)
    if view.asked & SEATS:
        _sideboard(view, middle, broad * 0.8)
    else:
        _sofa(view, middle, broad, view.land(rng.choice(CLOTHS)))
    outer = free[1] if free[1] > view.width / 2 else free[0]
    if not view.asked & LAMPS and room > broad + 0.16 * s:
        _lamp(view, outer + (-0.06 if outer > view.width / 2 else 0.06) * s)
    if not view.asked & PLANTS:
        _plant(view, x - 0.11 * s if x > 0.2 * s and x + wide / 2 < view.width / 2 else x + wide + 0.11 * s)


def hang_pictures(view: View) -> None:
    """On the wall beside the mark "window", high enough to be seen over what stands on a table."""
    s, (x, _, wide, _) = view.short, view.sheet.marks["window"]
    left = x + wide / 2 > view.width / 2
    free = (MARGIN * s, x - 0.12 * s) if left else (x + wide + 0.12 * s, view.width - MARGIN * s)
    room = free[1] - free[0]
    if room > 0.3 * s and view.horizon > 0.42 * s:
        pictures(view, (free[0] + free[1]) / 2, 0.36 * view.horizon, min(room * 0.9, 0.62 * s))


def pictures(view: View, middle: float, y: float, broad: float) -> None:
    """Three small frames, hung by eye."""
    rng, s, parts = view.rng, view.short, view.sheet.layer("pictures")
    frame = view.land(rng.choice(("#8a5a3c", "#f7f2e8", "#5f5a56")))
    sizes = ((0.13, 0.1), (0.09, 0.12), (0.11, 0.09)) if broad > 0.4 * s else ((0.1, 0.12),)
    x = middle - sum(w for w, _ in sizes) * s / 2 - 0.025 * s * (len(sizes) - 1)
    for w, high in sizes:
        top = y - high * s / 2
        if top < 0.03 * s:
            return
        parts.append(rect(x, top, w * s, high * s, frame, rx=0.004 * s))
        inner = (x + 0.01 * s, top + 0.01 * s, (w - 0.02) * s, (high - 0.02) * s)
        _painting(view, parts, inner, view.land(rng.choice(("#cfe3ea", "#f4dcc0", "#e3d6ea", "#dbe6cf"))))
        x += (w + 0.05) * s


def _painting(view: View, parts: list[str], area: tuple[float, float, float, float], sky: str) -> None:
    """A landscape of two hills and a sun, or two leaves."""
    rng, (x, y, w, h) = view.rng, area
    parts.append(rect(x, y, w, h, sky))
    if rng.random() < 0.5:
        parts.append(circle(x + 0.68 * w, y + 0.32 * h, 0.1 * min(w, h), view.land("#f2b45a")))
        hill = f"M{num(x)} {num(y + h)}V{num(y + 0.7 * h)}" + curve((x + 0.35 * w, y + 0.4 * h), (x + w, y + 0.8 * h))
        parts.append(path(f"{hill}V{num(y + h)}Z", view.land("#8fb58a")))
        return
    for lean in (-0.22, 0.2):
        tip = (x + (0.5 + lean) * w, y + 0.16 * h)
        root = (x + 0.5 * w, y + 0.92 * h)
        leaf = (
            start(root) + curve((tip[0] - 0.16 * w, y + 0.5 * h), tip) + curve((tip[0] + 0.2 * w, y + 0.55 * h), root)
        )
        parts.append(path(leaf + "Z", view.land("#6f9f7a" if lean < 0 else "#8fb58a")))


def _sofa(view: View, middle: float, broad: float, cloth: str) -> None:
    s, foot, parts = view.short, view.horizon + 0.05 * view.short, view.sheet.layer("sofa")
    x, seat, back = middle - broad / 2, foot - 0.09 * s, foot - 0.2 * s
    cloth = mix(cloth, view.land("#e9e2d6"), 0.25)  # it stays behind
    parts.append(ellipse(middle, foot + 0.012 * s, broad * 0.52, 0.014 * s, view.light.shadow, opacity=0.16))
    parts += [
        rect(at, foot - 0.02 * s, 0.018 * s, 0.03 * s, view.land("#7a5a44"))
        for at in (x + 0.03 * s, x + broad - 0.048 * s)
    ]
    parts.append(rect(x + 0.03 * s, back, broad - 0.06 * s, 0.16 * s, shade(cloth, -0.03), rx=0.035 * s))
    half = (broad - 0.12 * s) / 2
    for n in range(2):
        left = x + 0.06 * s + n * half
        parts.append(
            rect(left + 0.004 * s, back + 0.022 * s, half - 0.008 * s, 0.1 * s, shade(cloth, 0.02), rx=0.022 * s)
        )
        parts.append(rect(left, seat, half, 0.05 * s, shade(cloth, 0.05), rx=0.016 * s))
    parts.append(rect(x + 0.02 * s, seat + 0.04 * s, broad - 0.04 * s, 0.042 * s, cloth, rx=0.01 * s))
    for side in (x, x + broad - 0.07 * s):
        parts.append(rect(side, seat - 0.035 * s, 0.07 * s, 0.115 * s, shade(cloth, -0.01), rx=0.03 * s))
    pillow = view.land(view.rng.choice(("#f0c674", "#e8927c", "#f4ede0")))
    parts.append(path(_square(x + 0.115 * s, seat - 0.028 * s, 0.075 * s), pillow))


def _square(x: float, y: float, side: float) -> str:
    """A cushion leaning on one corner."""
    k = side / 2
    corners = ((-1.0, 0.0), (-0.1, -0.7), (0.3, -1.0), (0.6, -0.1), (1.0, 0.5), (0.2, 0.7), (-0.4, 1.0), (-0.6, 0.5))
    points = [(x + dx * k, y + dy * k) for dx, dy in (*corners, corners[0])]
    return start(points[0]) + "".join(curve(points[n], points[n + 1]) for n in range(1, 9, 2)) + "Z"


def _sideboard(view: View, middle: float, broad: float) -> None:
    rng, s, foot, parts = view.rng, view.short, view.horizon + 0.04 * view.short, view.sheet.layer("sideboard")
    wood = mix(view.land("#b98a5f"), view.land("#efe6d8"), 0.15)
    x, top = middle - broad / 2, foot - 0.16 * s
    parts += [
        rect(at, foot - 0.03 * s, 0.014 * s, 0.035 * s, shade(wood, -0.16))
        for at in (x + 0.02 * s, x + broad - 0.034 * s)
    ]
    parts.append(rect(x, top, broad, 0.135 * s, wood, rx=0.006 * s))
    parts.append(rect(x - 0.006 * s, top - 0.01 * s, broad + 0.012 * s, 0.016 * s, shade(wood, 0.05), rx=0.004 * s))
    third = broad / 3
    for n in range(3):
        parts.append(
            rect(x + n * third + 0.01 * s, top + 0.018 * s, third - 0.02 * s, 0.1 * s, shade(wood, -0.05), rx=0.004 * s)
        )
        parts.append(circle(x + (n + 0.5) * third, top + 0.03 * s, 0.005 * s, view.land("#f3e3b8")))
    bx = x + 0.04 * s
    for colour in ("#b5473f", "#3f6b8f", "#d0a24a", "#4f7f5f", "#e3d6bd"):
        high = s * rng.uniform(0.05, 0.075)
        parts.append(rect(bx, top - 0.01 * s - high, 0.014 * s, high, view.land(colour)))
        bx += 0.0155 * s
    px, py = x + broad - 0.07 * s, top - 0.01 * s
    pot = start((px - 0.02 * s, py)) + curve((px - 0.036 * s, py - 0.04 * s), (px - 0.012 * s, py - 0.06 * s))
    pot += f"H{num(px + 0.012 * s)}" + curve((px + 0.036 * s, py - 0.04 * s), (px + 0.02 * s, py)) + "Z"
    parts.append(path(pot, view.land("#e9ded0")))


def _lamp(view: View, x: float) -> None:
    """A standing lamp; it is lit after dark."""
    s, foot, parts = view.short, view.horizon + 0.05 * view.short, view.sheet.layer("lamp")
    top = foot - 0.4 * s
    parts.append(glow(x, top + 0.02 * s, 0.28 * s, 0.26 * s, "#ffe3a0", 0.7 if view.night else 0.22, 20))
    parts.append(rect(x - 0.005 * s, top, 0.01 * s, 0.4 * s, view.land("#6f5a4a")))
    parts.append(ellipse(x, foot, 0.045 * s, 0.009 * s, view.land("#5f4c3f")))
    cone = [
        (x - 0.065 * s, top + 0.06 * s),
        (x - 0.038 * s, top - 0.045 * s),
        (x + 0.038 * s, top - 0.045 * s),
        (x + 0.065 * s, top + 0.06 * s),
    ]
    parts.append(path(polygon(cone), "#ffeec2" if view.night else view.land("#f7ead0")))


def _plant(view: View, x: float) -> None:
    """A rubber tree in a basket."""
    s, foot, parts = view.short, view.horizon + 0.055 * view.short, view.sheet.layer("plant")
    leaf = view.land("#5f9a6a")
    for n, (lean, up) in enumerate(
        ((-0.5, 0.2), (0.5, 0.21), (-0.3, 0.27), (0.32, 0.28), (0.0, 0.32), (-0.62, 0.13), (0.6, 0.14))
    ):
        tx, ty = x + lean * 0.15 * s, foot - (0.06 + up) * s
        root = (x, foot - 0.07 * s)
        d = start(root) + curve((tx - 0.05 * s, ty + 0.07 * s), (tx, ty))
        d += curve((tx + 0.055 * s, ty + 0.08 * s), root) + "Z"
        parts.append(path(d, shade(leaf, 0.03 if n % 2 else -0.04)))
    basket = [
        (x - 0.05 * s, foot - 0.085 * s),
        (x + 0.05 * s, foot - 0.085 * s),
        (x + 0.038 * s, foot),
        (x - 0.038 * s, foot),
    ]
    parts.append(path(polygon(basket), view.land("#c9a678")))
    parts.append(rect(x - 0.054 * s, foot - 0.095 * s, 0.108 * s, 0.018 * s, view.land("#b08a5c"), rx=0.006 * s))
