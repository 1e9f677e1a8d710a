"""Flat pictures on things that are not: seen in perspective, or around a cylinder. Exact per pixel, in numpy alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pingxing.engine.backends.scene.raster import image

Pixels = NDArray[np.uint8]
Corner = tuple[float, float]
_Grid = NDArray[np.float64]
_Source = Callable[[_Grid, _Grid], tuple[_Grid, _Grid]]  # a place in the plane -> one on the picture, in parts


def in_perspective(art: Pixels, corners: Sequence[Corner]) -> str:
    """The picture with its corners (top left, top right, bottom right, bottom left) where these are, as SVG."""
    return _laid(art, corners, _projected(corners))


def around(art: Pixels, left: float, top: float, wide: float, high: float, dip: float, turn: float) -> str:
    """The picture on the front of an upright cylinder: `wide` is its diameter, `high` the picture's height, `dip` how
    far the front's middle hangs below its sides; `turn` (radians) is half of what the picture covers of the front."""

    def source(x: _Grid, y: _Grid) -> tuple[_Grid, _Grid]:
        across = np.clip((x - left) / wide * 2 - 1, -1.0, 1.0)
        u = (np.arcsin(across) / turn + 1) / 2
        return u, (y - top - dip * np.sqrt(1 - across**2)) / high

    half = wide / 2 * min(1.0, float(np.sin(min(turn, np.pi / 2))))
    middle = left + wide / 2
    box = ((middle - half, top), (middle + half, top), (middle + half, top + high + dip), (middle - half, top + high))
    return _laid(art, box, source)


def _projected(corners: Sequence[Corner]) -> _Source:
    """Place on the picture, in parts of its sides, of a place in the plane (the inverse homography)."""
    rows, wanted = [], []
    for (x, y), (u, v) in zip(corners, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    a, b, c, d, e, f, g, h = _solved(rows, wanted)

    def source(x: _Grid, y: _Grid) -> tuple[_Grid, _Grid]:
        depth = g * x + h * y + 1
        return (a * x + b * y + c) / depth, (d * x + e * y + f) / depth

    return source


def _solved(rows: Sequence[Sequence[float]], wanted: Sequence[float]) -> list[float]:
    """Eight equations by elimination, in one order of steps: a library's answer may differ in its last bit."""
    table = [[*map(float, row), float(value)] for row, value in zip(rows, wanted, strict=True)]
    size = len(table)
    for i in range(size):
        best = max(range(i, size), key=lambda n: (abs(table[n][i]), -n))
        table[i], table[best] = table[best], table[i]
        table[i] = [value / table[i][i] for value in table[i]]
        for n in range(size):
            if n != i:
                part = table[n][i]
                table[n] = [value - part * step for value, step in zip(table[n], table[i], strict=True)]
    return [row[-1] for row in table]


_FINE = 1.25  # samples to a unit of the plane, each way


def _laid(art: Pixels, box: Sequence[Corner], source: _Source) -> str:
    xs, ys = [x for x, _ in box], [y for _, y in box]
    left, top = int(np.floor(min(xs))), int(np.floor(min(ys)))
    wide, high = int(np.ceil(max(xs))) - left + 1, int(np.ceil(max(ys))) - top + 1
    across, down = (np.arange(math.ceil(side * _FINE)) for side in (wide, high))
    x, y = np.meshgrid(left + (across + 0.5) * (wide / len(across)), top + (down + 0.5) * (high / len(down)))
    u, v = source(x, y)
    pixels = _sampled(art, u, v)
    return image(pixels, left, top, wide, high)


def _sampled(art: Pixels, u: _Grid, v: _Grid) -> Pixels:
    """Between four neighbours, colours weighed by how solid they are; clear beyond the picture's edges."""
    height, width = art.shape[:2]
    out = np.zeros((*u.shape, 4), np.uint8)
    inside = (u >= 0) & (u <= 1) & (v >= 0) & (v <= 1)
    x, y = np.clip(u[inside] * width - 0.5, 0, width - 1), np.clip(v[inside] * height - 0.5, 0, height - 1)
    x0, y0 = x.astype(np.int32), y.astype(np.int32)
    fx, fy = (x - x0).astype(np.float32)[:, None], (y - y0).astype(np.float32)[:, None]
    below, right = np.where(y0 < height - 1, width, 0), np.where(x0 < width - 1, 1, 0)
    solid = art if art.shape[2] == 4 else np.dstack([art, np.full(art.shape[:2], 255, np.uint8)])
    light = solid.astype(np.float32)
    if art.shape[2] == 4:
        light[..., :3] *= light[..., 3:] / 255
    light, at = light.reshape(-1, 4), y0 * width + x0
    mixed = (light[at] * (1 - fx) + light[at + right] * fx) * (1 - fy)
    mixed += (light[at + below] * (1 - fx) + light[at + below + right] * fx) * fy
    if art.shape[2] == 4:
        mixed[:, :3] *= 255 / np.maximum(mixed[:, 3:], 1e-3)
    out[inside] = (np.clip(mixed, 0, 255) + 0.5).astype(np.uint8)
    return out
