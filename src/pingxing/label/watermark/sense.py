"""How much a picture hides, and where: the strength the mark may take at each pixel."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

_BLOCK = 4
_EXPONENT = 0.6  # strength grows with the root of local activity: linear would starve flat parts, zero would show there
_FLOOR = 2.0  # grey levels of activity every part is taken to have
_MOST = 4.0  # strongest over weakest part


LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def luma(pixels: NDArray[np.uint8]) -> Floats:
    """(h, w) float32 BT.601 luma of (h, w, 3)."""
    return np.asarray(pixels @ LUMA, np.float32)


def strength(grey: Floats) -> Floats:
    """(h, w): relative strength of the mark, 1.._MOST, from the activity of 4x4 blocks and their neighbours."""
    mean = _blocks(grey)
    square = _blocks(grey * grey) - mean * mean
    # The middle value of nine, not the mean: one hard edge beside a flat part must not count as texture there.
    activity = _median(np.sqrt(np.maximum(square, 0)))
    values = np.minimum(((activity + _FLOOR) / _FLOOR) ** np.float32(_EXPONENT), np.float32(_MOST))
    return _grown(values, *grey.shape)


def _blocks(values: Floats) -> Floats:
    """Means of _BLOCK x _BLOCK pixels; the last of a side may be smaller."""
    return np.asarray(Image.fromarray(values).reduce(_BLOCK), np.float32)


def _grown(values: Floats, height: int, width: int) -> Floats:
    """Values of blocks brought to every pixel."""
    rows, columns = values.shape
    grown = Image.fromarray(values).resize((columns * _BLOCK, rows * _BLOCK), Image.Resampling.BILINEAR)
    return np.asarray(grown, np.float32)[:height, :width]


def _median(values: Floats) -> Floats:
    """Median over 3x3 blocks."""
    wide = np.pad(values, 1, mode="edge")
    rows, columns = values.shape
    stack = np.stack([wide[y : y + rows, x : x + columns] for y in range(3) for x in range(3)])
    stack.partition(4, axis=0)
    middle: Floats = stack[4]
    return middle


def _pool(values: Floats) -> Floats:
    """Mean over 3x3 blocks."""
    wide = np.pad(values, 1, mode="edge")
    across = wide[:, :-2] + wide[:, 1:-1] + wide[:, 2:]
    pooled: Floats = (across[:-2] + across[1:-1] + across[2:]) / np.float32(9)
    return pooled


_REACH = 6  # pixels: the local mean that the residual leaves out
_PRIOR = 1.5  # grey levels: residual that even the flattest part is taken to have
_WEIGHT = 1.4  # matched to strength: what grows as s**0.5 against noise s is worth s**-1.5
_CUT = 2.5  # deviations: a residual beyond is an edge, and is cut


def residual(grey: Floats) -> Floats:
    """(h, w): fine structure, each part by how little the picture itself stirs there. Nothing known of the mark."""
    fine = grey - _box(grey, _REACH)
    local = np.sqrt(_pool(_pool(_blocks(fine * fine))) + np.float32(_PRIOR**2))
    weight = _grown(local ** np.float32(-_WEIGHT), *grey.shape)
    cut = _grown(local * np.float32(_CUT), *grey.shape)
    result: Floats = np.clip(fine, -cut, cut) * weight
    return result


def _box(values: Floats, reach: int) -> Floats:
    """Mean over squares of 2 * reach + 1, edges repeated."""
    width = 2 * reach + 1
    for axis in (0, 1):
        pad = [(0, 0), (0, 0)]
        pad[axis] = (reach, reach)
        values = _sums(np.pad(values, pad, mode="edge"), width, axis)
    values *= np.float32(1 / width**2)
    return values


def _sums(values: Floats, width: int, axis: int) -> Floats:
    """Sums of `width` neighbours along an axis, from sums of 1, 2, 4...: a few whole-array additions."""
    count = values.shape[axis] - width + 1
    pieces = []
    done, size = 0, 1
    while size <= width:
        if width & size:
            pieces.append(_from(values, done, count, axis))
            done += size
        size *= 2
        if size <= width:
            values = _from(values, 0, values.shape[axis] - size // 2, axis) + _from(values, size // 2, None, axis)
    return reduce(np.add, pieces)


def _from(values: Floats, start: int, count: int | None, axis: int) -> Floats:
    """`count` rows or columns from `start`; None for all the rest."""
    part = slice(start, None if count is None else start + count)
    return values[part] if axis == 0 else values[:, part]
