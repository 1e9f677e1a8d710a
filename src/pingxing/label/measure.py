"""Measuring a visible mark on decoded pixels, and recognising ours.

Nothing here trusts what was drawn: ink heights are counted in pixel rows of the decoded output, and
contrast is computed from its luminance (WCAG 2.2, relative luminance and contrast ratio).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pingxing.label.plate import Plate
from pingxing.label.visible import drawn

REQUIRED_CONTRAST = 4.5
LIKENESS = 0.8  # correlation with the drawn plate from which a region counts as our seal


@dataclass(frozen=True, slots=True)
class Measured:
    ink: float  # rows of the lowest glyph
    required: float
    contrast: float  # of the worst pixel row
    likeness: float  # -1..1

    @property
    def keeps_the_law(self) -> bool:
        return self.ink >= self.required and self.contrast >= REQUIRED_CONTRAST and self.likeness >= LIKENESS


def measure(region: NDArray[np.uint8], plate: Plate) -> Measured:
    """Measure the pixels (height, width, 3) that cover exactly the plate's place in a decoded output."""
    light = _luminance(region)
    grey = region.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    edge = plate.ring + 1
    ground = np.median(grey[edge:-edge, edge : edge + max(1, int(plate.glyphs[0].box[0]) - 2 * edge)])
    heights: list[int] = []
    contrasts: list[float] = []
    for glyph in plate.glyphs:
        left, top, right, bottom = glyph.box
        x0, x1 = max(0, int(left)), int(right) + 1
        y0, y1 = max(0, int(top) - 2), min(region.shape[0], int(bottom) + 3)
        inked = grey[y0:y1, x0:x1].max(axis=1) > (ground + grey[y0:y1, x0:x1].max()) / 2
        rows = np.flatnonzero(inked)
        heights.append(int(rows[-1] - rows[0]) + 1 if len(rows) else 0)
        if len(rows) > 2:
            contrasts.append(_worst_row(light, plate, x0, x1, y0 + int(rows[0]) + 1, y0 + int(rows[-1])))
    return Measured(
        ink=float(min(heights)),
        required=plate.required,
        contrast=min(contrasts) if len(contrasts) == len(plate.glyphs) else 0.0,
        likeness=likeness(grey, plate),
    )


def _worst_row(light: NDArray[np.float32], plate: Plate, x0: int, x1: int, y0: int, y1: int) -> float:
    """The lowest contrast between a glyph's ink and the plate beside the words, over the glyph's rows.

    The first and last row hold antialiased edges, partly covered by nature, and are left out.
    """
    beside = slice(plate.ring + 1, max(plate.ring + 2, int(plate.glyphs[0].box[0]) - 1))
    ink = light[y0:y1, x0:x1].max(axis=1)
    ground = light[y0:y1, beside].max(axis=1)
    return float(((ink + 0.05) / (ground + 0.05)).min())


def likeness(grey: NDArray[np.float32], plate: Plate) -> float:
    """Normalised correlation between a region's greys and the drawn plate's, rounded corners left out."""
    expected = np.asarray(drawn(plate).convert("L"), dtype=np.float32)
    corner = max(1, int(plate.radius))
    inner = np.s_[plate.ring : -plate.ring, corner:-corner]
    a, b = expected[inner] - expected[inner].mean(), grey[inner] - grey[inner].mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale > 0 else 0.0


def _luminance(region: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(_LINEAR[region] @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32))


def _linear() -> NDArray[np.float32]:
    c = np.arange(256, dtype=np.float64) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR = _linear()
