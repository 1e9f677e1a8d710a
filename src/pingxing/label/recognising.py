"""Finding our own seal in strangers' pixels, by its shapes at the places where it would stand.

Not a general detector: it knows one seal, four corners, and pictures whose sides were kept or
scaled together. A crop that cut the corner off, a rotation, or another maker's mark is not found,
and the answer says so instead of claiming that there is nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.label.measure import Measured, measure
from pingxing.label.plate import Plate, layout, wording
from pingxing.label.visible import CORNERS, EMPTY_EDGES, Placed, at, drawn
from pingxing.sheets import EDGE_SHARES
from pingxing.types import LANGUAGES, Language

_WORKING_SIDE = 480  # pixels of the shortest side at which the search runs
_USUAL_SIDE = 1024  # where the plate's proportions are free of its smallest size
_SCALES = (1.0, 0.985, 1.015, 0.97, 1.03, 0.955, 1.045)
_REACH = 3  # pixels to either side
_TONE_REACH = 40.0  # how far the mean colour may lie from the plate's, per channel
_LOWEST = 12  # pixels of plate height; below, a few red and pale spots would do
_SCALED_LIKENESS = 0.7  # 700 red fields of texture reached 0.39 at most
_SURE = 0.9  # good enough to stop searching
_EXACT = 0.96  # lossy compression at our own qualities stays above; a scaled picture falls below
_GREY = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Recognised:
    language: Language
    corner: str
    likeness: float
    measured: Measured | None  # None where the picture was scaled, so that pixel rows mean nothing

    @property
    def wording(self) -> str:
        return wording(self.language)


def recognise(image: Image.Image, deadline: float) -> Recognised | None:
    """Look for the seal in an RGB image until `deadline` (monotonic seconds)."""
    return _exactly(image) or _roughly(image, deadline)


def recognise_frame(image: Image.Image, deadline: float, larger: float) -> Recognised | None:
    """Look for the seal in a frame of a film (RGB): at its usual size, or `larger`, as the opening shows it.

    Codecs want even sides, so there may be one row or column more than were sealed.
    """
    for right, low in ((0, 0), (1, 0), (0, 1), (1, 1)):
        part = image.crop((0, 0, image.width - right, image.height - low))
        for times in (1.0, larger):
            if seal := _exactly(part, times):
                return seal
    return _roughly(image, deadline) or _roughly(image, deadline, larger)


def _places(width: int, height: int, least: int = 0, times: float = 1.0) -> Iterator[tuple[Language, Placed]]:
    for language in LANGUAGES:
        plate = layout(round(width * times), round(height * times), language)
        if plate.width > width or plate.height > height:
            continue
        for corner, _ in CORNERS:  # an icon has no room for English: its plate says so
            yield plate.language, at(plate, width, height, corner, least)


def _exactly(image: Image.Image, times: float = 1.0) -> Recognised | None:
    """The seal where `seal` would have put it, to the pixel, `times` as large as the rule asks."""
    inset = (round(share * min(image.size)) for share in EDGE_SHARES)  # on what is cut, inside its safe zone
    for language, placed in (one for least in (0, *EMPTY_EDGES, *inset) for one in _places(*image.size, least, times)):
        region = np.asarray(image.crop(placed.box))
        if not _toned(region, placed.plate):
            continue
        measured = measure(region, placed.plate)
        if measured.likeness >= _EXACT:
            measured = replace(measured, required=measured.required / times)
            return Recognised(language, placed.corner, measured.likeness, measured)
    return None


def _roughly(image: Image.Image, deadline: float, times: float = 1.0) -> Recognised | None:
    """The seal on a picture that was scaled after sealing, within a few pixels of where it should be."""
    width, height = image.size
    down = min(1.0, _WORKING_SIDE / min(width, height))
    small = image.resize((round(width * down), round(height * down)), Image.Resampling.BOX)
    pixels = np.asarray(small)
    up = max(1.0, _USUAL_SIDE / min(width, height))
    virtual = (round(width * up), round(height * up))
    ratio = small.width / virtual[0]
    best: Recognised | None = None
    for share in (0.0, *EDGE_SHARES):  # where nothing is cut first, then inside the safe zone of what is
        inset = share * min(small.size)
        for language, placed in _places(*virtual, times=times):
            for scale in _SCALES:
                if monotonic() > deadline or (best is not None and best.likeness >= _SURE):
                    return best
                score = _score(pixels, placed, ratio, scale, inset)
                if score >= _SCALED_LIKENESS and (best is None or score > best.likeness):
                    best = Recognised(language, placed.corner, score, None)
    return best


def _score(pixels: NDArray[np.uint8], placed: Placed, ratio: float, scale: float, inset: float) -> float:
    """The best correlation of the scaled plate over the offsets in reach of its corner, or of `inset` from there."""
    width, height = (round(side * ratio * scale) for side in (placed.plate.width, placed.plate.height))
    if height < _LOWEST:
        return 0.0
    rows, columns = pixels.shape[:2]
    margin = max(placed.plate.margin * ratio, inset)
    x = round(columns - width - margin if placed.corner.endswith("right") else margin)
    y = round(rows - height - margin if placed.corner.startswith("bottom") else margin)
    x0, y0 = max(0, x - _REACH), max(0, y - _REACH)
    around = pixels[y0 : y + height + _REACH, x0 : x + width + _REACH]
    middle = pixels[max(0, y) : y + height, max(0, x) : x + width]
    if not _toned(middle, placed.plate):
        return 0.0
    seal = drawn(placed.plate).convert("L").resize((width, height), Image.Resampling.BOX)
    grey, wanted = around.astype(np.float32) @ _GREY, np.asarray(seal, dtype=np.float32)
    wanted -= wanted.mean()
    wanted /= float(np.sqrt((wanted * wanted).sum()))
    best = 0.0  # also where the plate is larger than what is left of the picture: there is no offset to try
    for dy in range(around.shape[0] - height + 1):
        for dx in range(around.shape[1] - width + 1):
            region = grey[dy : dy + height, dx : dx + width]
            spread = float(region.std()) * float(np.sqrt(region.size))
            if spread > 0:
                best = max(best, float(np.vdot(region, wanted)) / spread)
    return best


def _toned(region: NDArray[np.uint8], plate: Plate) -> bool:
    """A cheap first gate: the mean colour. Nearly every place of nearly every photo ends here."""
    difference = region.mean(axis=(0, 1)) - _tone(plate)
    return bool(np.abs(difference).max() <= _TONE_REACH)


@lru_cache(maxsize=64)
def _tone(plate: Plate) -> NDArray[np.float64]:
    pixels = np.asarray(drawn(plate).convert("RGB"), dtype=np.float64)
    return np.array([pixels[..., channel].mean() for channel in range(3)])
