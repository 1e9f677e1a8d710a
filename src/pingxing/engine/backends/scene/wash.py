"""Ink wash: mountains of several dilutions behind the land, mist between them, birds, a brushed edge and a seal.

What a painter adds to any landscape and no prompt asks for, so none of it ever carries a word.
"""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random

from pingxing.engine.backends.scene.colour import mix
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import Sheet, num, path, rect

BIRD = "1F426"
INK, PAPER = "#3a3a3c", "#f6efdf"
AIRY = frozenset(("sky", "space", "moon", "underwater"))  # settings without a horizon to put mountains on


def ranges(view: View) -> None:
    """Into the sky, behind everything else: three ranges, paler and higher the farther they are, each lost in mist."""
    sky = next((parts for name, parts in view.sheet.layers if name == "sky"), None)
    if sky is None:
        return
    rng, h, s = Random(f"ranges {view.rng.random()}"), view.horizon, view.short
    if view.weather in ("", "clear"):  # mist, not billows
        view.sheet.layers[:] = [(name, parts) for name, parts in view.sheet.layers if name != "clouds"]
    air = mix(PAPER, INK, 0.5) if view.night else PAPER
    if not view.night:
        sky.append(rect(-2, -2, view.width + 4, h + 0.1 * view.height + 4, PAPER, opacity=0.5))
    for far in (2, 1, 0):
        tall, strength = min(0.74 * h, s * (0.26 + 0.15 * far)), 0.64 - 0.17 * far
        _range(view, sky, rng, h - 0.03 * far * s, tall, mix(air, INK, strength), 1 - 0.12 * far)
    if BIRD not in view.banned:
        _birds(view, sky, rng)


def _range(view: View, parts: list[str], rng: Random, base: float, tall: float, ink: str, opacity: float) -> None:
    """One range: steep peaks in groups with empty air between, as the brush leaves it; the foot runs out in mist."""
    s, x = view.short, -0.1 * view.width
    turn, spots = rng.uniform(0, 6.28), list[tuple[float, float]]()
    while x < 1.12 * view.width:
        swell = max(0.0, math.sin(turn + 3.1 * x / s) + 0.45 * math.sin(2.2 * turn + 7.3 * x / s)) / 1.45
        jag = rng.uniform(0.72, 1.0)
        spots.append((x, base - tall * (0.1 + 0.9 * swell**0.7 * jag)))
        x += s * rng.uniform(0.028, 0.06)
    d = f"M{num(spots[0][0])} {num(base + 0.1 * s)}L{num(spots[0][0])} {num(spots[0][1])}"
    for (ax, ay), (bx, by) in pairwise(spots):
        d += f"Q{num(ax + 0.55 * (bx - ax))} {num(min(ay, by) - 0.08 * abs(by - ay))} {num(bx)} {num(by)}"
    d += f"V{num(base + 0.1 * s)}Z"
    fade = view.sheet.gradient([(0, ink, opacity), (0.45, ink, 0.55 * opacity), (0.95, ink, 0.0)])
    parts.append(path(d, fade))
    strokes = ""
    for (ax, ay), (bx, by) in pairwise(spots):  # folds of rock below each summit
        if by > ay + 0.012 * s and rng.random() < 0.8:
            for n in range(rng.choice((1, 2, 3))):
                x0, y0 = ax + n * 0.3 * (bx - ax), ay + n * 0.25 * (by - ay)
                strokes += f"M{num(x0)} {num(y0)}q{num(0.012 * s)} {num(0.03 * s)} {num(rng.uniform(0.0, 0.03) * s)} "
                strokes += f"{num(rng.uniform(0.04, 0.09) * s)}"
    if strokes:
        parts.append(path(strokes, stroke=ink, stroke_width=0.0032 * s, stroke_linecap="round", opacity=0.5))


def _birds(view: View, parts: list[str], rng: Random) -> None:
    x, y, s = view.width * rng.choice((0.2, 0.78)), view.horizon * rng.uniform(0.16, 0.3), view.short
    d = ""
    for n in range(5):
        bx, by = x + (n - 2) * 0.032 * s + rng.uniform(-0.01, 0.01) * s, y + abs(n - 2) * 0.018 * s
        k = 0.013 * s * rng.uniform(0.8, 1.2)
        d += f"M{num(bx - k)} {num(by - 0.5 * k)}q{num(0.6 * k)} {num(-0.3 * k)} {num(k)} {num(0.5 * k)}"
        d += f"q{num(0.4 * k)} {num(-0.8 * k)} {num(k)} {num(-0.5 * k)}"
    parts.append(path(d, stroke=INK, stroke_width=0.0028 * s, stroke_linecap="round", opacity=0.7))


def rice_paper(sheet: Sheet, width: float, height: float) -> None:
    """The washes run out before the edge of the sheet, in an edge as uneven as a wet brush's; a seal without words."""
    short, parts, chance = min(width, height), sheet.layer("paper"), Random("edge of the wash")
    band = 0.075 * short
    for reach, opacity in ((1.0, 0.34), (0.72, 0.5), (0.46, 0.7), (0.24, 1.0)):
        parts.append(path(_edge(width, height, reach * band, chance), PAPER, fill_rule="evenodd", opacity=opacity))
    parts.append(_seal(width - 0.085 * short, height - 0.09 * short, 0.042 * short))


def _edge(width: float, height: float, band: float, chance: Random) -> str:
    """The sheet's rim as one outline: straight outside, wavy inside."""
    d = f"M-2 -2H{num(width + 2)}V{num(height + 2)}H-2Z"
    corners = ((0.0, 0.0), (width, 0.0), (width, height), (0.0, height))
    inner: list[tuple[float, float]] = []
    for (ax, ay), (bx, by) in zip(corners, (*corners[1:], corners[0]), strict=True):
        steps = max(6, round(math.hypot(bx - ax, by - ay) / (0.055 * min(width, height))))
        for n in range(steps):
            t, deep = n / steps, band * chance.uniform(0.72, 1.28)
            x, y = ax + t * (bx - ax), ay + t * (by - ay)
            inner.append((min(max(x, deep), width - deep), min(max(y, deep), height - deep)))
    first = inner[0]
    d += f"M{num((inner[-1][0] + first[0]) / 2)} {num((inner[-1][1] + first[1]) / 2)}"
    for (ax, ay), (bx, by) in zip(inner, (*inner[1:], first), strict=True):
        d += f"Q{num(ax)} {num(ay)} {num((ax + bx) / 2)} {num((ay + by) / 2)}"
    return d + "Z"


def _seal(x: float, y: float, side: float) -> str:
    """A square of cinnabar with a wave and a sun cut out of it."""
    mark = rect(x, y, side, side, "#b8402f", rx=0.12 * side)
    waves = "".join(
        f"M{num(x + 0.2 * side)} {num(y + at * side)}q{num(0.15 * side)} {num(-0.12 * side)} {num(0.3 * side)} 0"
        f"t{num(0.3 * side)} 0"
        for at in (0.66, 0.82)
    )
    sun = f"M{num(x + 0.5 * side)} {num(y + 0.34 * side)}h.01"
    drawn = path(waves, stroke=PAPER, stroke_width=0.075 * side, stroke_linecap="round")
    return mark + drawn + path(sun, stroke=PAPER, stroke_width=0.26 * side, stroke_linecap="round")
