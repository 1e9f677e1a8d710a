"""The size that is drawn for the size that was asked for.

A network draws sizes whose sides are multiples of some pixels. Such a size is drawn as it is. For any other, the
smallest size of a coarse grid that covers it is drawn, and the margins, at most 63 pixels altogether on a side, are cut
away evenly: exactly what was asked for is delivered, and no pixel of it was scaled. Because the grid is coarse, wishes
of nearly the same size are of one shape, and share steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GRID = 64  # pixels


@dataclass(frozen=True, slots=True)
class Frame:
    """Sizes in pixels: width, height."""

    asked: tuple[int, int]
    drawn: tuple[int, int]

    def cut(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(height, width, channels) of what was drawn, also in a smaller scale -> its middle, as was asked for."""
        if self.asked == self.drawn:
            return pixels
        height, width = pixels.shape[:2]
        left, right = _middle(self.asked[0], self.drawn[0], width)
        top, bottom = _middle(self.asked[1], self.drawn[1], height)
        return np.ascontiguousarray(pixels[top:bottom, left:right])

    def around(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(height, width[, channels]) of the size that was asked for -> of the drawn size; the edges go on outwards."""
        if self.asked == self.drawn:
            return pixels
        (width, height), (whole_width, whole_height) = self.asked, self.drawn
        left, top = (whole_width - width) // 2, (whole_height - height) // 2
        sides = [(top, whole_height - height - top), (left, whole_width - width - left)]
        return np.pad(pixels, sides + [(0, 0)] * (pixels.ndim - 2), mode="edge")


def framed(width: int, height: int, multiple: int) -> Frame:
    """For a network that draws multiples of `multiple`."""
    asked = (width, height)
    if width % multiple == 0 and height % multiple == 0:
        return Frame(asked, asked)
    grid = math.lcm(multiple, GRID)
    return Frame(asked, (-(-width // grid) * grid, -(-height // grid) * grid))


def _middle(asked: int, drawn: int, there: int) -> tuple[int, int]:
    """Where the middle part begins and ends, in a row of `there` pixels that stand for `drawn`."""
    begin = (drawn - asked) // 2
    first = round(begin * there / drawn)
    return first, max(first + 1, round((begin + asked) * there / drawn))
