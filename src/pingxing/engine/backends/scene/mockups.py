"""The finished thing with the picture on it: our own templates, drawn as vectors, light and shade included.

    mounted(art, sheet, draw) -> Composition

The plane is SIDE units square. What lies flat carries the vector picture itself; what is bent or seen from the side
carries its pixels, laid there point by point.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pingxing.engine.backends.scene.colour import chroma, hexed, hue, lch, mix, oklab
from pingxing.engine.backends.scene.compose import Composition
from pingxing.engine.backends.scene.goods import case, poster, shirt, tote
from pingxing.engine.backends.scene.render import Drawing
from pingxing.engine.backends.scene.svg import Sheet as Canvas
from pingxing.engine.backends.scene.svg import ellipse, num, path, polygon, rect
from pingxing.engine.backends.scene.warp import Corner, around, in_perspective
from pingxing.sheets import Good, Sheet

SIDE = 1_400.0
_FINE = 1.5  # pixels of art to a unit of the plane it takes
Draw = Callable[[Sequence[Drawing]], list[NDArray[np.uint8]]]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Bench:
    """What a template works with."""

    art: Composition
    sheet: Sheet
    draw: Draw
    canvas: Canvas
    pale: str  # the wall or the table, kin to the picture

    @property
    def front(self) -> Box:
        """The front face, in the picture's own units."""
        return _part(self, self.sheet.front)

    def pixels(self, box: Box, wide: float) -> NDArray[np.uint8]:
        """A part of the picture, so many units of the plane wide."""
        width = max(2, round(wide * _FINE))
        clear = self.art.scene.transparent
        (found,) = self.draw([Drawing(self.art.markup, box, width, max(2, round(width * box[3] / box[2])), clear)])
        return found

    def placed(self, box: Box, left: float, top: float, wide: float, clip: str = "") -> str:
        """A part of the picture as vectors, its upper left corner there, so wide; `clip` is path data of the plane."""
        scale = wide / box[2]
        shape = clip or f"M{num(left)} {num(top)}h{num(wide)}v{num(wide * box[3] / box[2])}h{num(-wide)}Z"
        name = self.canvas.name()
        self.canvas.definitions.append(f'<clipPath id="{name}"><path d="{shape}"/></clipPath>')
        move = f"translate({num(left)} {num(top)}) scale({scale:.6f}) translate({num(-box[0])} {num(-box[1])})"
        return f'<g clip-path="url(#{name})"><g transform="{move}">{self.art.markup}</g></g>'


def mounted(art: Composition, sheet: Sheet, draw: Draw) -> Composition:
    """`art` is the page of `sheet` as it is printed. Raises BackendFailed as `draw` does."""
    bench = Bench(art, sheet, draw, Canvas("mock"), _pale(art))
    body = _TEMPLATES[sheet.good](bench)
    ground = rect(0, 0, SIDE, SIDE, bench.pale)
    markup = f"<defs>{''.join(bench.canvas.definitions)}</defs><g>{ground}{body}</g>"
    # Where each thing lies on the product is for the eye; a box of the flat page would be untrue here.
    scene = replace(art.scene, objects=(), text=(), relations=(), transparent=False)
    return Composition(markup, SIDE, SIDE, scene)


def _part(bench: Bench, millimetres: Box) -> Box:
    scale = bench.art.width / bench.sheet.page[0]
    x, y, w, h = millimetres
    return x * scale, y * scale, w * scale, h * scale


def _pale(art: Composition) -> str:
    """A light ground with a breath of the picture's own colour."""
    if not art.scene.palette:
        return "#ece8e1"
    lab = oklab(art.scene.palette[0])
    return mix(hexed(lch(0.93, min(0.03, 0.4 * chroma(lab)), hue(lab))), "#efebe4", 0.35)


def soft(bench: Bench, x: float, y: float, rx: float, ry: float, strength: float) -> str:
    """A shadow on the table."""
    stops = [(0.0, "#2b2521", strength), (0.55, "#2b2521", 0.45 * strength), (1.0, "#2b2521", 0.0)]
    return ellipse(x, y, rx, ry, bench.canvas.radial(stops))


# --- what is bent or seen from the side ----------------------------------------------------------


def _mug(bench: Bench) -> str:
    left, wide, top, high, dip = 330.0, 640.0, 360.0, 700.0, 62.0
    right, foot = left + wide, top + high
    x, y, w, h = bench.front
    turn = math.pi / 2
    share = math.pi * 82 / 2 / bench.sheet.width_mm  # half of the circumference of an 11 oz mug, of what is printed
    seen = (x + w * (1 - share) / 2, y, w * share, h)
    inset = 26.0
    printed_h = (wide * math.pi / 2) * h / (w * share)
    start = top + (high - printed_h) / 2
    wrap = around(bench.pixels(seen, wide * 1.4), left, start, wide, printed_h, dip, turn)
    body = (
        f"M{num(left)} {num(top)}L{num(left)} {num(foot - inset)}Q{num(left)} {num(foot + 8)} {num(left + 34)} "
        f"{num(foot + 20)}Q{num((left + right) / 2)} {num(foot + dip + 52)} {num(right - 34)} {num(foot + 20)}"
        f"Q{num(right)} {num(foot + 8)} {num(right)} {num(foot - inset)}L{num(right)} {num(top)}Z"
    )
    name = bench.canvas.name()
    bench.canvas.definitions.append(f'<clipPath id="{name}"><path d="{body}"/></clipPath>')
    shade = bench.canvas.gradient(
        [(0, "#3a3029", 0.34), (0.1, "#3a3029", 0.12), (0.26, "#ffffff", 0.0), (0.34, "#ffffff", 0.2),
         (0.44, "#ffffff", 0.0), (0.72, "#3a3029", 0.05), (1, "#3a3029", 0.42)],
        across=True,
    )  # fmt: skip
    inside = bench.canvas.gradient([(0, "#b9b0a6"), (0.7, "#e6e0d8")])
    handle = f"M{num(right - 14)} {num(top + 150)}c170 -34 236 60 214 196c-18 116 -108 190 -226 178"
    grip = bench.canvas.gradient([(0, "#fdfbf7"), (0.55, "#efeae2"), (1, "#cfc7bb")])
    parts = [
        soft(bench, 690, foot + 62, 500, 74, 0.4),
        path(handle, stroke="#cbc2b6", stroke_width=74, stroke_linecap="round"),
        path(handle, stroke=grip, stroke_width=66, stroke_linecap="round"),
        path(body, "#fbf9f5"),
        f'<g clip-path="url(#{name})">{wrap}</g>',
        path(body, shade),
        ellipse((left + right) / 2, top, wide / 2, dip, "#fbf9f5"),
        ellipse((left + right) / 2, top + 3, wide / 2 - 15, dip - 9, inside),
        ellipse((left + right) / 2, top + 20, wide / 2 - 60, dip - 24, "#6b4a33", opacity=0.9),
    ]
    return _table(bench, 980) + "".join(parts)


def _card(bench: Bench) -> str:
    _x, _y, w, h = bench.front
    tall = 840.0
    wide = tall * w / h * 0.86
    if w > h:
        wide, tall = 820.0, 820.0 * h / w
    left, foot = (SIDE - wide) / 2 + 40, 1_130.0
    front: tuple[Corner, ...] = (
        (left, foot - tall + 6), (left + wide, foot - tall * 0.955), (left + wide, foot - 34), (left, foot),
    )  # fmt: skip
    back = ((left, foot - tall + 6), (left - 74, foot - tall * 0.965), (left - 74, foot - 62), (left, foot))
    shade = bench.canvas.gradient([(0, "#2b2521", 0.26), (0.1, "#2b2521", 0.04), (1, "#ffffff", 0.06)], across=True)
    parts = [
        soft(bench, left + wide / 2 - 20, foot - 14, wide * 0.78, 84, 0.42),
        path(polygon(back), "#f6f1e7"),
        path(polygon(back), bench.canvas.gradient([(0, "#2b2521", 0.1), (1, "#2b2521", 0.26)], across=True)),
        in_perspective(bench.pixels(bench.front, wide), front),
        path(polygon(front), shade),
        path(polygon(front), stroke="#ffffff", stroke_width=2, opacity=0.5),
    ]
    return _table(bench, 960) + "".join(parts)


def _book(bench: Bench) -> str:
    """Standing, turned so that the spine is seen; covers are board, pages show above."""
    sheet = bench.sheet
    tall = 860.0
    wide = min(720.0, tall * sheet.width_mm / sheet.height_mm * 0.9)
    thick = max(16.0, min(190.0, tall * sheet.spine_mm / sheet.height_mm * 0.95))
    left, foot = (SIDE - wide - thick) / 2 + thick, 1_150.0
    front: tuple[Corner, ...] = (
        (left, foot - tall), (left + wide, foot - tall + 62), (left + wide, foot - 66), (left, foot),
    )  # fmt: skip
    drop = 0.42 * thick
    spine: tuple[Corner, ...] = (
        (left - thick, foot - tall + drop), (left, foot - tall), (left, foot), (left - thick, foot - drop * 1.05),
    )  # fmt: skip
    rear = (left + wide - thick * 0.86, foot - tall + 62 + drop * 0.72)
    lid = ((left, foot - tall), (left + wide, foot - tall + 62), rear, (left - thick, foot - tall + drop))
    back = _part(bench, (sheet.edge + sheet.width_mm, sheet.edge, max(0.1, sheet.spine_mm), sheet.height_mm))
    light = bench.canvas.gradient([(0, "#2b2521", 0.22), (0.035, "#ffffff", 0.16), (0.07, "#2b2521", 0.1),
                                   (0.16, "#ffffff", 0.05), (1, "#2b2521", 0.1)], across=True)  # fmt: skip
    dark = bench.canvas.gradient([(0, "#1c1714", 0.5), (0.6, "#1c1714", 0.3), (1, "#1c1714", 0.12)], across=True)
    parts = [
        soft(bench, left + wide * 0.42, foot - 24, wide * 0.86, 92, 0.5),
        path(polygon(lid), "#efe8da") if rear[1] < foot - tall + 62 else "",
        in_perspective(bench.pixels(back, max(24.0, thick)), spine) if sheet.spine_mm else "",
        path(polygon(spine), dark) if sheet.spine_mm else "",
        in_perspective(bench.pixels(bench.front, wide * 1.1), front),
        path(polygon(front), light),
        path(f"M{num(left)} {num(foot - tall)}L{num(left)} {num(foot)}", stroke="#ffffff", stroke_width=2,
             opacity=0.28),
    ]  # fmt: skip
    return _table(bench, 980) + "".join(parts)


def _table(bench: Bench, level: float) -> str:
    """The edge where wall and table meet, out of focus."""
    deep = mix(bench.pale, "#8d7f72", 0.16)
    blend = bench.canvas.gradient([(0, deep, 0.0), (0.18, deep, 0.75), (1, deep, 1.0)])
    glow = bench.canvas.radial([(0, "#ffffff", 0.55), (1, "#ffffff", 0.0)])
    return rect(0, level - 60, SIDE, SIDE - level + 60, blend) + ellipse(520, 420, 760, 620, glow)


_TEMPLATES: dict[Good, Callable[[Bench], str]] = {
    "shirt": shirt, "tote": tote, "mug": _mug, "case": case, "poster": poster, "card": _card, "book": _book,
}  # fmt: skip
