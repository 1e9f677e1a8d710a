"""What a tile of a pattern is printed on: a length of cloth that hangs in folds, a parcel with a ribbon.

    displayed(tile, repeat, draw) -> Composition

The plane is SIDE units square. The tile is shown at its size in print: cloth and parcel have sizes in millimetres, and
where the tile ends the next one begins. Templates are ours; pixels are laid point by point in numpy alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pingxing.engine.backends.scene.colour import chroma, hexed, hue, lch, mix, oklab
from pingxing.engine.backends.scene.compose import Composition
from pingxing.engine.backends.scene.raster import image
from pingxing.engine.backends.scene.render import Drawing
from pingxing.engine.backends.scene.svg import Sheet as Canvas
from pingxing.engine.backends.scene.svg import ellipse, num, path, polygon, rect
from pingxing.engine.backends.scene.warp import Corner, in_perspective
from pingxing.repeat import Repeat

SIDE = 1_400.0
CLOTH_MM = 760.0  # across the cloth as it hangs
PARCEL_MM = 260.0  # of each edge of the parcel
_FINE = 1.25  # samples to a unit of the plane, each way
_MOST = 2_048  # pixels of a tile's longer side: beyond, nothing more is seen of it here
_SHADE = "#2b2521"
Pixels = NDArray[np.uint8]
_Grid = NDArray[np.float64]
_Colours = NDArray[np.float32]
Draw = Callable[[Sequence[Drawing]], list[Pixels]]


@dataclass(frozen=True, slots=True)
class _Bolt:
    """The tile as pixels, and how large it is in print."""

    pixels: Pixels
    wide_mm: float
    high_mm: float

    def at(self, x_mm: _Grid, y_mm: _Grid) -> _Colours:
        """Colours 0..255, (..., 3), at places in print, between four neighbours; the next tile begins at its edge."""
        height, width = self.pixels.shape[:2]
        x, y = (x_mm * (width / self.wide_mm) - 0.5) % width, (y_mm * (height / self.high_mm) - 0.5) % height
        left, top = x.astype(np.int32), y.astype(np.int32)  # beyond what rounding makes of the last one: the first
        fx, fy = (x - left).astype(np.float32)[..., None], (y - top).astype(np.float32)[..., None]
        left, top = left % width, top % height
        right, rows, below = (left + 1) % width, top * width, (top + 1) % height * width
        light = self.pixels.reshape(-1, 3).astype(np.float32)
        upper: _Colours = light[rows + left]
        upper += (light[rows + right] - upper) * fx
        lower = light[below + left]
        lower += (light[below + right] - lower) * fx
        upper += (lower - upper) * fy
        return upper

    def piece(self, left_mm: float, top_mm: float, wide_mm: float, high_mm: float, per_mm: float) -> Pixels:
        """A flat piece of it, RGB."""
        across, down = max(2, round(wide_mm * per_mm)), max(2, round(high_mm * per_mm))
        x, y = np.meshgrid(
            left_mm + (np.arange(across) + 0.5) / across * wide_mm, top_mm + (np.arange(down) + 0.5) / down * high_mm
        )
        return np.asarray(np.rint(self.at(x, y)), np.uint8)


def displayed(tile: Composition, repeat: Repeat, draw: Draw) -> Composition:
    """Raises BackendFailed as `draw` does."""
    canvas = Canvas("bolt")
    fabric = repeat.view == "fabric"
    per_mm = (SIDE * 0.72 / CLOTH_MM if fabric else SIDE * 0.4 / PARCEL_MM) * _FINE
    bolt = _bolt(tile, repeat, per_mm, draw)
    pale = _pale(tile.scene.palette)
    body = _fabric(bolt, canvas) if fabric else _parcel(bolt, canvas, tile.scene.palette)
    markup = f"<defs>{''.join(canvas.definitions)}</defs><g>{rect(0, 0, SIDE, SIDE, pale)}{body}</g>"
    scene = replace(tile.scene, objects=(), text=(), relations=(), transparent=False)
    return Composition(markup, SIDE, SIDE, scene)


def _bolt(tile: Composition, repeat: Repeat, per_mm: float, draw: Draw) -> _Bolt:
    part = min(1.0, _MOST / (max(repeat.width_mm, repeat.height_mm) * per_mm))
    size = [max(2, round(side * per_mm * part)) for side in (repeat.width_mm, repeat.height_mm)]
    clear = tile.scene.transparent
    (drawn,) = draw([Drawing(tile.markup, (0, 0, tile.width, tile.height), size[0], size[1], clear)])
    if clear:  # cloth and paper are white where nothing is printed
        alpha = drawn[..., 3:].astype(np.uint16)
        drawn = ((drawn[..., :3].astype(np.uint16) * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return _Bolt(np.ascontiguousarray(drawn), repeat.width_mm, repeat.height_mm)


def _pale(palette: Sequence[str]) -> str:
    """A light wall with a breath of the pattern's own colour."""
    if not palette:
        return "#ece8e1"
    lab = oklab(palette[0])
    return mix(hexed(lch(0.92, min(0.025, 0.4 * chroma(lab)), hue(lab))), "#efebe4", 0.4)


# --- cloth ---------------------------------------------------------------------------------------

_LEFT, _TOP, _WIDE, _HIGH = 196.0, 214.0, 1_008.0, 1_010.0  # of the cloth on the plane
_FOLDS = ((5.0, 0.4, 1.0), (8.6, 2.1, 0.45), (2.3, 4.4, 0.6))  # waves across the cloth, phase, part


def _fabric(bolt: _Bolt, canvas: Canvas) -> str:
    """A length of cloth over a rod, in folds that grow deeper downwards."""
    across, down = (math.ceil(side * _FINE) for side in (_WIDE, _HIGH))
    u, v = np.meshgrid((np.arange(across) + 0.5) / across, (np.arange(down) + 0.5) / down)
    wave, slope = (np.broadcast_to(line, u.shape) for line in _waves(u[:1]))  # folds hang straight down
    deep = 0.15 + 0.85 * v
    per_unit = CLOTH_MM / _WIDE
    # A fold shows less cloth where it turns away: the place in print runs ahead of the place on the plane.
    x = (u * _WIDE + 26.0 * deep * wave) * per_unit
    y = (v * _HIGH + 9.0 * deep * wave) * per_unit
    light = 1.0 + deep * (0.15 * slope - 0.05 * np.abs(wave)) - 0.10 * np.exp(-v / 0.02)
    threads = np.sign(np.sin(u[:1] * (1.9 * across))) * np.sign(np.sin(v[:, :1] * (1.9 * down)))
    light *= 1.0 + 0.012 * threads
    colour = bolt.at(x, y) * light.astype(np.float32)[..., None]
    pixels = np.empty((down, across, 4), np.uint8)
    pixels[..., :3] = np.clip(colour, 0, 255) + 0.5
    pixels[..., 3] = np.rint(255 * _within(u, v, wave))
    hung = image(pixels, _LEFT, _TOP, _WIDE, _HIGH)
    shadow = [(x, _TOP + 30) for x in (_LEFT + 24, _LEFT + _WIDE + 30)]
    shadow += [(_LEFT + _WIDE + 34, _TOP + _HIGH + 6), (_LEFT + 34, _TOP + _HIGH + 6)]
    wood = canvas.gradient([(0, "#e0bd8c"), (0.45, "#c99f69"), (1, "#8f6a3e")])
    rod_y, ends = _TOP - 22, (_LEFT - 90, _LEFT + _WIDE + 90)
    parts = [
        *(path(polygon(shadow), _SHADE, opacity=0.05, transform=f"translate({6 * n} {8 * n})") for n in range(3)),
        rect(ends[0] + 10, rod_y + 14, ends[1] - ends[0], 24, _SHADE, opacity=0.14, rx=12),
        rect(ends[0], rod_y, ends[1] - ends[0], 24, wood, rx=12),
        hung,
        rect(_LEFT, rod_y - 4, _WIDE, 40, canvas.gradient([(0, "#ffffff", 0.0), (0.6, "#ffffff", 0.12),
                                                          (1, _SHADE, 0.16)]), rx=6),
        *(ellipse(end, rod_y + 12, 20, 22, wood) for end in ends),
    ]  # fmt: skip
    return "".join(parts)


def _waves(u: _Grid) -> tuple[_Grid, _Grid]:
    """Height of the folds across the cloth, about -1 to 1, and how they face the light."""
    wave, slope = np.zeros_like(u), np.zeros_like(u)
    for count, phase, part in _FOLDS:
        wave += part * np.sin(2 * np.pi * count * u + phase)
        slope += part * np.cos(2 * np.pi * count * u + phase)
    total = sum(part for _, _, part in _FOLDS)
    return wave / total, slope / total


def _within(u: _Grid, v: _Grid, wave: _Grid) -> _Grid:
    """1 where there is cloth, 0 beyond its edges and its hem, which follows the folds."""
    side = np.minimum(u, 1 - u) * _WIDE - 3.0 - 5.0 * v * np.sin(5 * v + 3 * u) ** 2
    hem = (1 - v) * _HIGH - 12.0 + 9.0 * wave
    found: _Grid = np.clip(np.minimum(side, hem) + 0.5, 0, 1)
    return found


# --- parcel --------------------------------------------------------------------------------------

# Corners on the plane: left, near, right and far edge, above and below.
_L, _N, _R, _F = (238.0, 520.0), (742.0, 612.0), (1_168.0, 506.0), (664.0, 432.0)
_LB, _NB, _RB = (272.0, 1_010.0), (742.0, 1_158.0), (1_136.0, 988.0)
_BAND = (0.43, 0.57)  # of an edge: where the ribbon lies


def _parcel(bolt: _Bolt, canvas: Canvas, palette: Sequence[str]) -> str:
    """The paper runs on round the near edge and over the top."""
    per_mm = SIDE * 0.4 / PARCEL_MM * _FINE
    edge = PARCEL_MM
    faces: tuple[tuple[Pixels, tuple[Corner, ...], str], ...] = (
        (bolt.piece(0, -edge, edge, edge, per_mm), (_F, _R, _N, _L), ""),
        (bolt.piece(0, 0, edge, edge, per_mm), (_L, _N, _NB, _LB), "left"),
        (bolt.piece(edge, 0, edge, edge, per_mm), (_N, _R, _RB, _NB), "right"),
    )
    light = {
        "": canvas.gradient([(0, "#ffffff", 0.16), (1, "#ffffff", 0.04)]),
        "left": canvas.gradient([(0, _SHADE, 0.02), (1, _SHADE, 0.16)]),
        "right": canvas.gradient([(0, _SHADE, 0.2), (1, _SHADE, 0.36)]),
    }
    ribbon = _ribbon(palette)
    blur = canvas.radial([(0.0, _SHADE, 0.42), (0.6, _SHADE, 0.2), (1.0, _SHADE, 0.0)])
    parts = [_table(canvas), ellipse(720, 1_090, 620, 130, blur)]
    for pixels, corners, side in faces:
        parts += [in_perspective(pixels, corners), path(polygon(corners), light[side])]
    parts += _bands(ribbon)
    parts.append(path(f"M{_at(_L)}L{_at(_N)}L{_at(_R)}M{_at(_N)}L{_at(_NB)}", stroke="#ffffff", stroke_width=2.5,
                      opacity=0.35))  # fmt: skip
    parts.append(_bow(ribbon, *_between(_between(_L, _R, 0.5), _between(_N, _F, 0.5), 0.5)))
    return "".join(parts)


def _ribbon(palette: Sequence[str]) -> str:
    """Satin in the pattern's colour that stands out most from its ground; red where it has but one."""
    if len(palette) < 2:
        return "#b3433b"
    ground = oklab(palette[0])
    chosen = max(palette[1:], key=lambda ink: math.dist(oklab(ink), ground))
    light = oklab(chosen)
    return hexed((min(0.72, max(0.36, light[0])), light[1], light[2]))


def _bands(ribbon: str) -> list[str]:
    """Round the parcel both ways, with a lighter thread along each edge."""
    first, last = _BAND
    ways = (
        (_L, _N, _LB, _NB, 0.0), (_N, _R, _NB, _RB, 0.22), (_L, _N, _F, _R, -0.12), (_L, _F, _N, _R, -0.12),
    )  # fmt: skip
    parts = []
    for a, b, c, d, dark in ways:
        ink = mix(ribbon, "#15100d" if dark > 0 else "#ffffff", abs(dark))
        corners = [_between(a, b, first), _between(a, b, last), _between(c, d, last), _between(c, d, first)]
        parts.append(path(polygon(corners), ink))
        for at in (first + 0.012, last - 0.012):
            line = f"M{_at(_between(a, b, at))}L{_at(_between(c, d, at))}"
            parts.append(path(line, stroke="#ffffff", stroke_width=2, opacity=0.3))
    return parts


def _bow(ribbon: str, x: float, y: float) -> str:
    dark, light = mix(ribbon, "#15100d", 0.3), mix(ribbon, "#ffffff", 0.18)
    loop = "M0 0C-40 -120 -190 -170 -232 -96C-262 -40 -150 20 0 0Z"
    hole = "M-34 -18C-70 -86 -166 -126 -196 -84C-214 -52 -140 -18 -34 -18Z"
    tail = "M-6 6C-50 40 -120 60 -168 104L-128 112L-118 148C-80 96 -30 70 14 30Z"
    one = path(tail, dark) + path(loop, ribbon) + path(hole, dark) + path(
        "M-30 -34C-80 -110 -170 -140 -212 -100", stroke=light, stroke_width=7, stroke_linecap="round", opacity=0.7
    )  # fmt: skip
    knot = ellipse(0, -6, 34, 30, ribbon) + ellipse(-8, -14, 14, 10, light, opacity=0.6)
    under = ellipse(0, 12, 150, 30, _SHADE, opacity=0.14)
    return f'<g transform="translate({num(x)} {num(y)})">{under}{one}<g transform="scale(-1 1)">{one}</g>{knot}</g>'


def _table(canvas: Canvas) -> str:
    blend = canvas.gradient([(0, "#8d7f72", 0.0), (0.2, "#8d7f72", 0.16), (1, "#8d7f72", 0.26)])
    glow = canvas.radial([(0, "#ffffff", 0.5), (1, "#ffffff", 0.0)])
    return rect(0, 800, SIDE, SIDE - 800, blend) + ellipse(560, 420, 760, 620, glow)


def _between(a: Corner, b: Corner, part: float) -> Corner:
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part


def _at(corner: Corner) -> str:
    return f"{num(corner[0])} {num(corner[1])}"
