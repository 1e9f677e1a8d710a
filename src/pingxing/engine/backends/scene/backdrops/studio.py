"""The studio: one colour, and where things of one group stand in it, a set built around them in its own tones.

What is built is what a product photographer would put up: an arch or a disc behind the group, a floor, a low podium
under what is for sale, the shadow of leaves from one corner. Where the prompt itself asks for a plain background, or
for a white or black one, nothing is built.
"""

from __future__ import annotations

import math

from pingxing.engine.backends.scene.colour import chroma, mix, oklab, shade
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import circle, ellipse, glow, num, path, polygon, rect

PLAIN = ("#f6d9c4", "#cfe6dc", "#d6e0f5", "#f5e3b5", "#e9d5ea", "#cfe4ef")
GROUP, PODIUM = "group", "podium"  # marks: the box of all things; "podium 0", ...: of those that one carries
WORDS = "words"  # mark: a board is all there is
PALE = 0.04  # chroma below which a background that was asked for is white, grey or black
TALL, BROAD = 1.12, 1.9  # heights over widths, and widths over heights, from which a set is built for the shape


def plain(view: View) -> None:
    """A soft pool of light on one colour, and the set."""
    sheet = view.sheet
    base = view.land(view.colour or view.rng.choice(PLAIN))
    parts = sheet.layer("backdrop")
    stops = [(0, shade(base, -0.02)), (0.62, shade(base, 0.03)), (0.7, shade(base, -0.03)), (1, shade(base, -0.07))]
    group = sheet.marks.get(GROUP) or sheet.marks.get(WORDS)
    built = group is not None and (view.colour is None or chroma(oklab(view.colour)) > PALE)
    if built:
        stops = [(0, shade(base, -0.035)), (1, shade(base, -0.005))]
    parts.append(rect(-2, -2, view.width + 4, view.height + 4, sheet.gradient(stops)))
    if group is None or not built:
        parts.append(glow(view.width / 2, view.height * 0.42, view.width * 0.6, view.height * 0.5, "#ffffff", 0.5))
        return
    if WORDS in sheet.marks:
        _rays(view, base)
    else:
        _set(view, base, group)


def _rays(view: View, base: str) -> None:
    """Rays from the middle, in two tones, and paper snippets that fall: a notice that is good news."""
    rng, s, parts = view.rng, view.short, view.sheet.layer("backdrop")
    x, y, reach = view.width / 2, 0.44 * view.height, view.width + view.height
    count, turn = 36, rng.random()
    d = ""
    for n in range(0, count, 2):
        a, b = ((n + k + turn) * math.tau / count for k in (0, 1))
        d += polygon([(x, y), (x + reach * math.cos(a), y + reach * math.sin(a)),
                      (x + reach * math.cos(b), y + reach * math.sin(b))])  # fmt: skip
    parts.append(path(d, shade(base, 0.028), opacity=0.75))
    parts.append(glow(x, y, 0.62 * view.width, 0.62 * view.height, "#ffffff", 0.6, 20))
    tints = [view.land(colour) for colour in ("#e8604f", "#f2b134", "#4fa3c7", "#6fae6a", "#c77fb5")]
    for _ in range(round(34 * max(1.0, view.width * view.height / (1.4 * s * s)))):
        px, py = rng.random() * view.width, rng.random() * view.height
        if abs(px - x) < 0.34 * view.width and abs(py - y) < 0.26 * view.height:
            continue
        size, lean = s * rng.uniform(0.009, 0.019), round(rng.uniform(0, 180))
        tint = rng.choice(tints)
        parts.append(
            circle(px, py, 0.5 * size, tint)
            if rng.random() < 0.4
            else rect(
                px, py, size * 1.7, size * 0.75, tint, rx=0.1 * size, transform=f"rotate({lean} {num(px)} {num(py)})"
            )
        )


def _set(view: View, base: str, group: tuple[float, float, float, float]) -> None:
    x, y, w, h = group
    s, parts = view.short, view.sheet.layer("backdrop")
    foot, middle = y + h, x + w / 2
    lowest = min((box[1] + box[3] for name, box in view.sheet.marks.items() if name.startswith(PODIUM)), default=foot)
    floor = min(lowest - 0.1 * s, 0.94 * view.height)
    light, glowing = shade(base, 0.045, 0.9, 8), mix(shade(base, 0.06, 0.8), "#ffffff", 0.35)
    if view.height > TALL * view.width:
        half = min(0.43 * view.width, max(0.34 * view.width, 0.56 * w))
        middle = min(max(middle, half + 0.04 * view.width), view.width - half - 0.04 * view.width)
        top = max(0.07 * view.height, min(y - 0.3 * half, floor - 2.1 * half))
        parts.append(_arch(middle, half * 1.09, top - half * 0.09, floor, shade(base, 0.012)))
        parts.append(_arch(middle, half, top, floor, view.sheet.gradient([(0, glowing), (1, light)])))
    else:
        broad = view.width > BROAD * view.height
        r = min(0.46 * s, max(0.34 * s, 0.5 * max(w if not broad else 0.0, h) * 1.12))
        cy = min(floor - 0.3 * r, max(r * 0.9, y + 0.46 * h))
        for at in _discs(view, middle, r) if broad else (middle,):
            near = 1.0 if abs(at - middle) < 1 else 0.6
            parts.append(circle(at, cy, r * 1.12 * near, shade(base, 0.012)))
            parts.append(circle(at, cy, r * near, glowing if near == 1.0 else light))
    ground = view.sheet.layer("floor")
    paint = view.sheet.gradient([(0, shade(base, -0.075)), (1, shade(base, -0.03))])
    ground.append(rect(-2, floor, view.width + 4, view.height - floor + 4, paint))
    ground.append(rect(-2, floor, view.width + 4, 0.004 * s, shade(base, -0.11)))
    for mark, stand in sorted(view.sheet.marks.items()):  # far to near
        if mark.startswith(PODIUM):
            _podium(view, base, stand)
    _leaves(view, base)


def _discs(view: View, middle: float, r: float) -> tuple[float, ...]:
    """Behind the group, and smaller ones where a broad picture would be bare."""
    step = 2.1 * r
    found = [middle]
    for way in (-1, 1):
        at = middle + way * step * 1.1
        while -0.2 * r < at < view.width + 0.2 * r:
            found.append(at)
            at += way * step
    return tuple(found)


def _arch(x: float, half: float, top: float, low: float, paint: str) -> str:
    d = f"M{num(x - half)} {num(low)}V{num(top + half)}A{num(half)} {num(half)} 0 0 1 {num(x + half)} {num(top + half)}"
    return path(f"{d}V{num(low)}Z", paint)


def _podium(view: View, base: str, stand: tuple[float, float, float, float]) -> None:
    """A low drum: its top where the things stand, as wide as they are."""
    x, y, w, h = stand
    s, parts = view.short, view.sheet.layer("floor")
    foot, middle, rx = y + h, x + w / 2, min(0.58 * w + 0.03 * view.short, 0.48 * view.width)
    ry, high = min(0.16 * rx, 0.05 * s), min(0.075 * s, 0.8 * (view.height - foot))
    side, top = shade(base, -0.1, 1.15), shade(base, 0.02)
    cy = foot - 0.2 * ry
    parts.append(ellipse(middle, cy + high + 0.2 * ry, rx * 1.08, ry * 1.15, shade(base, -0.2), opacity=0.35))
    drum = f"M{num(middle - rx)} {num(cy)}v{num(high)}A{num(rx)} {num(ry)} 0 0 0 {num(middle + rx)} {num(cy + high)}"
    shine = [(0, shade(side, 0.02)), (0.3, shade(side, 0.05)), (1, shade(side, -0.05))]
    parts.append(path(f"{drum}v{num(-high)}Z", view.sheet.gradient(shine, across=True)))
    parts.append(ellipse(middle, cy, rx, ry, top))


def _leaves(view: View, base: str) -> None:
    """The shadow of a branch that grows outside the picture, from an upper corner."""
    rng, s = view.rng, view.short
    left, dark = rng.random() < 0.5, shade(base, -0.12, 1.1)
    root = (-0.04 * s if left else view.width + 0.04 * s, rng.uniform(-0.02, 0.06) * view.height)
    way, d = 1 if left else -1, ""
    for n in range(7):
        at = 0.08 + 0.075 * n
        px, py = root[0] + way * at * s, root[1] + (0.1 + 0.55 * at) * s * 0.6
        for up in (-1, 1):
            turn = 0.5 + up * 0.85
            long, wide = s * (0.17 - 0.011 * n), s * 0.026
            ex, ey = px + way * long * math.cos(turn), py + long * math.sin(turn)
            nx, ny = -way * math.sin(turn) * wide, math.cos(turn) * wide
            mx, my = (px + ex) / 2, (py + ey) / 2
            d += f"M{num(px)} {num(py)}Q{num(mx + nx)} {num(my + ny)} {num(ex)} {num(ey)}"
            d += f"Q{num(mx - nx)} {num(my - ny)} {num(px)} {num(py)}Z"
    stem = polygon([root, (root[0], root[1] + 0.012 * s), (root[0] + way * 0.6 * s, root[1] + 0.26 * s)])
    view.sheet.layer("backdrop").append(path(d + stem, dark, opacity=0.16))
