"""How much a picture hides, and where: the strength the mark may take at each pixel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_BLOCK = 4
_EXPONENT = 0.6  # strength grows with the root of local activity: linear would starve flat parts, zero would show there
_FLOOR = 2.0  # grey levels of activity every part is taken to have
_MOST = 4.0  # strongest over weakest part
_TOGETHER = 16  # rows of blocks brought to pixels at once
# Smith's network for the middle of nine (Implementing median filters in XC4000E FPGAs, Xcell 23, 1996): pairs that
# change places where the first is larger.
_EXCHANGES = (
    (1, 2), (4, 5), (7, 8), (0, 1), (3, 4), (6, 7), (1, 2), (4, 5), (7, 8), (0, 3),
    (5, 8), (4, 7), (3, 6), (1, 4), (2, 5), (4, 7), (4, 2), (6, 4), (4, 2),
)  # fmt: skip


LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def luma(pixels: NDArray[np.uint8]) -> Floats:
    """(h, w) float32 BT.601 luma of (h, w, 3)."""
    return np.asarray(pixels @ LUMA, np.float32)


def strength(grey: Floats) -> Iterator[tuple[slice, Floats]]:
    """Relative strength of the mark, 1.._MOST, from the activity of 4x4 blocks and their neighbours: some rows at a
    time, (rows, values)."""
    height, width = grey.shape
    blocks = (-(-height // _BLOCK), -(-width // _BLOCK))
    mean, square = np.empty(blocks, np.float32), np.empty(blocks, np.float32)
    for rows, within in _strips(height):
        mean[within] = _blocks(grey[rows])
        square[within] = _blocks(grey[rows] * grey[rows])
    square -= mean * mean
    # The middle value of nine, not the mean: one hard edge beside a flat part must not count as texture there.
    activity = _median(np.sqrt(np.maximum(square, 0)))
    values = np.minimum(((activity + _FLOOR) / _FLOOR) ** np.float32(_EXPONENT), np.float32(_MOST))
    for rows, part in _growing(values):
        yield slice(rows.start, min(rows.stop, height)), part[: height - rows.start, :width]


def _strips(height: int) -> Iterator[tuple[slice, slice]]:
    """Some rows of pixels, and the rows of blocks that they are: what is done with them stays in the cache."""
    step = _TOGETHER * _BLOCK
    for top in range(0, height, step):
        bottom = min(top + step, height)
        yield slice(top, bottom), slice(top // _BLOCK, -(-bottom // _BLOCK))


def _blocks(values: Floats) -> Floats:
    """Means of _BLOCK x _BLOCK pixels; the last of a side may be smaller."""
    return np.asarray(Image.fromarray(values).reduce(_BLOCK), np.float32)


def _growing(values: Floats) -> Iterator[tuple[slice, Floats]]:
    """Values of blocks brought to every pixel by bilinear interpolation, some rows at a time: (rows, values).

    To the last bit what Pillow makes of them, which computes in double precision, across and then down, and rounds
    after each: the weights are eighths. Some rows stay in the processor's cache until they are used.
    """
    across = _spread(values.T).T
    edged = np.concatenate([across[:1], across, across[-1:]]).astype(np.float64)
    edged *= 0.125
    columns = edged.shape[1]
    for top in range(0, len(values), _TOGETHER):
        one = edged[top : min(top + _TOGETHER, len(values)) + 2]
        count = len(one) - 2
        part = np.empty((count, _BLOCK, columns), np.float32)
        _blend(one[:-2], one[1:-1], one[2:], part)
        yield slice(top * _BLOCK, (top + count) * _BLOCK), part.reshape(count * _BLOCK, columns)


def _spread(values: Floats) -> Floats:
    """(rows, n) -> (4 * rows, n): blocks brought to pixels along the first axis."""
    edged = np.concatenate([values[:1], values, values[-1:]]).astype(np.float64)
    edged *= 0.125
    part = np.empty((len(values), _BLOCK, values.shape[1]), np.float32)
    _blend(edged[:-2], edged[1:-1], edged[2:], part)
    return part.reshape(len(values) * _BLOCK, values.shape[1])


def _blend(before: Doubles, here: Doubles, after: Doubles, out: Floats) -> None:
    """(rows, 4, n): the four pixels of a block between its neighbours; all in eighths."""
    both, part = before * 3, here * 5
    both += part
    out[:, 0] = both
    np.multiply(after, 3, out=both)
    both += part
    out[:, 3] = both
    np.multiply(here, 7, out=part)
    out[:, 1] = np.add(before, part, out=both)
    out[:, 2] = np.add(part, after, out=both)


def _median(values: Floats) -> Floats:
    """Median over 3x3 blocks."""
    wide = np.pad(values, 1, mode="edge")
    rows, columns = values.shape
    nine = [wide[y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
    for low, high in _EXCHANGES:
        nine[low], nine[high] = np.minimum(nine[low], nine[high]), np.maximum(nine[low], nine[high])
    return nine[4]


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
    height, width = grey.shape
    fine = np.empty_like(grey)
    power = np.empty((-(-height // _BLOCK), -(-width // _BLOCK)), np.float32)
    for rows, within in _strips(height):
        part = np.subtract(grey[rows], _box(grey, rows, _REACH), out=fine[rows])
        power[within] = _blocks(part * part)
    local = np.sqrt(_pool(_pool(power)) + np.float32(_PRIOR**2))
    weights, cuts = _growing(local ** np.float32(-_WEIGHT)), _growing(local * np.float32(_CUT))
    for (rows, weight), (_, cut) in zip(weights, cuts, strict=True):
        part = fine[rows]
        weight, cut = weight[: len(part), :width], cut[: len(part), :width]
        np.minimum(np.maximum(part, -cut, out=part), cut, out=part)
        part *= weight
    return fine


def _box(values: Floats, rows: slice, reach: int) -> Floats:
    """Mean over squares of 2 * reach + 1, edges repeated: of these rows."""
    size = 2 * reach + 1
    high = values[np.clip(np.arange(rows.start - reach, rows.stop + reach), 0, len(values) - 1)]
    tall = _sums(high, size, 0)
    width = values.shape[1]
    wide = np.empty((len(tall), width + 2 * reach), np.float32)
    wide[:, reach : reach + width] = tall
    wide[:, :reach], wide[:, reach + width :] = tall[:, :1], tall[:, -1:]
    mean = _sums(wide, size, 1)
    mean *= np.float32(1 / size**2)
    return mean


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
    first, *others = pieces
    total = first.copy() if not others else first + others[0]
    for piece in others[1:]:
        total += piece
    return total


def _from(values: Floats, start: int, count: int | None, axis: int) -> Floats:
    """`count` rows or columns from `start`; None for all the rest."""
    part = slice(start, None if count is None else start + count)
    return values[part] if axis == 0 else values[:, part]
