"""Pictures whose edges meet: how well they do, and how to make them where an engine paints pixels.

woven(picture) -> Picture     the same size, its edges woven into each other
seam(pixels) -> float         how much more changes across its edges than between any neighbours inside: 1 is no more
steps(pixels) -> (met, within)   both, to be added up over many pictures
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pingxing.types import Picture

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

_BAND = 0.18  # of a side, from an edge inwards, in which the picture passes into its own middle
_MIDDLE = (0.35, 0.65)  # of a side: where the line may lie that becomes the edge


def woven(picture: Picture) -> Picture:
    """Towards each edge the picture passes into itself moved by about half a side, whose middle now lies at the edge
    and simply goes on there. Its own edges have come to lie in the middle, where nothing of them is shown. Which line
    of its middle becomes the edge is the picture's choice: the calmest, so that least of it is cut."""
    pixels = picture.pixels.astype(np.float32)
    for axis in (1, 0):
        pixels = _passed(pixels, axis)
    return replace(picture, pixels=np.rint(pixels).astype(np.uint8), svg=None, scene=None, repeats=True)


def seam(pixels: Pixels) -> float:
    """Mean step across the two pairs of meeting edges, in parts of the mean step between neighbours inside.

    1.0 where nothing changes anywhere. A picture of a plain colour with one line along an edge has much more.
    """
    met, within = steps(pixels)
    if within == 0:
        return 1.0 if met == 0 else float("inf")
    return met / within


def steps(pixels: Pixels) -> tuple[float, float]:
    """Mean step in grey levels across the meeting edges, and between neighbours inside; left-right and top-bottom
    added."""
    grey = pixels[..., :3].astype(np.float32).mean(axis=2)
    across, down = np.abs(grey[:, 0] - grey[:, -1]).mean(), np.abs(grey[0] - grey[-1]).mean()
    inside = (np.abs(np.diff(grey, axis=1)).mean(), np.abs(np.diff(grey, axis=0)).mean())
    return float(across + down), float(sum(inside))


def _passed(pixels: Floats, axis: int) -> Floats:
    side = pixels.shape[axis]
    from_edge = np.minimum(np.arange(side) + 0.5, side - np.arange(side) - 0.5) / (_BAND * side)
    along = np.clip(from_edge, 0, 1)
    own = (along * along * (3 - 2 * along)).astype(np.float32)  # smoothstep: 0 at the edge, 1 inside
    own = own.reshape((1, -1, 1) if axis == 1 else (-1, 1, 1))
    moved = np.roll(pixels, -_calmest(pixels, axis), axis=axis)
    passed: Floats = own * pixels + (1 - own) * moved
    return passed


def _calmest(pixels: Floats, axis: int) -> int:
    """The line, about the middle, that differs least from the one before it. Whole numbers: alike on every machine."""
    side: int = pixels.shape[axis]
    first, last = max(1, round(_MIDDLE[0] * side)), max(2, round(_MIDDLE[1] * side))
    lines = np.moveaxis(np.rint(pixels).astype(np.int32), axis, 0)[first - 1 : last]
    changes = [int(line) for line in np.abs(np.diff(lines, axis=0)).reshape(len(lines) - 1, -1).sum(axis=1)]
    nearest = sorted(range(len(changes)), key=lambda line: abs(first + line - side // 2))
    return first + int(min(nearest, key=lambda line: changes[line]))
