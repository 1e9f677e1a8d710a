"""How much a picture hides, and where: the strength the mark may take at each pixel."""

from __future__ import annotations

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
    height, width = grey.shape
    rows, columns = -(-height // _BLOCK), -(-width // _BLOCK)
    padded = np.pad(grey, ((0, rows * _BLOCK - height), (0, columns * _BLOCK - width)), mode="edge")
    blocks = padded.reshape(rows, _BLOCK, columns, _BLOCK)
    mean = blocks.mean(axis=(1, 3))
    square = (blocks * blocks).mean(axis=(1, 3)) - mean * mean
    # The middle value of nine, not the mean: one hard edge beside a flat part must not count as texture there.
    activity = _median(np.sqrt(np.maximum(square, 0)))
    values = np.minimum(((activity + _FLOOR) / _FLOOR) ** np.float32(_EXPONENT), np.float32(_MOST))
    image = Image.fromarray(values.astype(np.float32))
    grown = image.resize((columns * _BLOCK, rows * _BLOCK), Image.Resampling.BILINEAR)
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
    height, width = grey.shape
    rows, columns = -(-height // _BLOCK), -(-width // _BLOCK)
    padded = np.pad(fine, ((0, rows * _BLOCK - height), (0, columns * _BLOCK - width)), mode="edge")
    blocks = np.square(padded).reshape(rows, _BLOCK, columns, _BLOCK).mean(axis=(1, 3))
    local = np.sqrt(_pool(_pool(blocks)) + np.float32(_PRIOR**2))
    image = Image.fromarray(local.astype(np.float32))
    local = np.asarray(image.resize((columns * _BLOCK, rows * _BLOCK), Image.Resampling.BILINEAR))[:height, :width]
    fine = np.clip(fine, -_CUT * local, _CUT * local)
    result: Floats = fine / local ** np.float32(_WEIGHT)
    return result


def _box(values: Floats, reach: int) -> Floats:
    """Mean over squares of 2 * reach + 1, edges repeated."""
    for axis in (0, 1):
        pad = [(0, 0), (0, 0)]
        pad[axis] = (reach + 1, reach)
        sums = np.cumsum(np.pad(values, pad, mode="edge"), axis=axis, dtype=np.float32)
        after = np.take(sums, range(2 * reach + 1, sums.shape[axis]), axis=axis)
        values = (after - np.take(sums, range(sums.shape[axis] - 2 * reach - 1), axis=axis)) / np.float32(2 * reach + 1)
    return values
