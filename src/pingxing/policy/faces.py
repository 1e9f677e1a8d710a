"""Where a picture shows faces of people, so that whoever uploads it can be asked for their consent.

The finder is OpenCV's (Viola and Jones, 2001; Lienhart's cascades, Intel licence), part of the optional extra. It finds
faces and recognises nobody: nothing is measured of a face, and nothing kept of it.
"""

from __future__ import annotations

import importlib.util
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pingxing.errors import BackendFailed
from pingxing.types import Picture

if TYPE_CHECKING:
    import cv2

Box = tuple[float, float, float, float]

_SIDE = 800  # pixels of the longer side at which the picture is looked at
_LEAST = 24  # pixels of a face there
_STEP, _VOTES = 1.1, 4
_CASCADES = ("haarcascade_frontalface_alt2.xml", "haarcascade_profileface.xml")

# In a drawing most pixels equal their neighbours exactly; in a photo hardly any do, however smooth the skin. Of 37
# faces in nine photos at most 0.12 of the pixels did, also after JPEG 30, smoothing and halving; in drawn faces that
# the cascades took for faces at least 0.72, and 0.2 to 0.6 once a JPEG had shaken them. In doubt it is a person's.
DRAWN = 0.5


def available() -> bool:
    """Whether the extra is installed; nothing is loaded to find out."""
    return importlib.util.find_spec("cv2") is not None


class FaceFinder:
    """Loaded at the first picture. Threads may share it, and take turns: the cascades keep notes while they look."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._cascades: tuple[cv2.CascadeClassifier, ...] = ()

    def __call__(self, picture: Picture) -> tuple[Box, ...]:
        """x, y, width and height of each face, in parts of the picture, largest first; drawn ones are left out.

        Seen from the front or from either side, upright, from 3 % of the longer side on. Raises BackendFailed where
        the extra is missing or cannot be loaded.
        """
        if not available():
            raise BackendFailed("no_reader")
        grey = _grey(picture.pixels)
        with self._turn:
            found = self._look(grey)
        height, width = grey.shape
        real = [box for box in _merged(found) if _flatness(picture.pixels, box, width, height) < DRAWN]
        real.sort(key=lambda box: (-box[2] * box[3], box))
        return tuple(
            (round(x / width, 4), round(y / height, 4), round(w / width, 4), round(h / height, 4))
            for x, y, w, h in real
        )

    def _look(self, grey: NDArray[np.uint8]) -> list[tuple[int, int, int, int]]:
        import cv2

        if not self._cascades:
            cv2.setNumThreads(1)
            folder = Path(cv2.__file__).parent / "data"
            self._cascades = tuple(cv2.CascadeClassifier(str(folder / name)) for name in _CASCADES)
            if any(cascade.empty() for cascade in self._cascades):
                raise BackendFailed("no_reader")
        front, side = self._cascades
        boxes: list[tuple[int, int, int, int]] = []
        for cascade, flipped in ((front, False), (side, False), (side, True)):  # the profile looks to one side only
            seen = np.ascontiguousarray(grey[:, ::-1]) if flipped else grey
            for x, y, w, h in cascade.detectMultiScale(seen, _STEP, _VOTES, minSize=(_LEAST, _LEAST)):
                boxes.append((grey.shape[1] - int(x) - int(w) if flipped else int(x), int(y), int(w), int(h)))
        return boxes


def _grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Luma at no more than `_SIDE`, over white."""
    import cv2

    plain = pixels[..., :3]
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3:].astype(np.float32) / 255
        plain = (plain * alpha + 255 * (1 - alpha)).round().astype(np.uint8)
    scale = _SIDE / max(plain.shape[:2])
    if scale < 1:
        size = (max(1, round(plain.shape[1] * scale)), max(1, round(plain.shape[0] * scale)))
        plain = cv2.resize(plain, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(plain), cv2.COLOR_RGB2GRAY), np.uint8)


def _merged(boxes: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """One box of those that lie on one another by more than half of the smaller."""
    kept: list[tuple[int, int, int, int]] = []
    for box in sorted(boxes, key=lambda box: (-box[2] * box[3], box)):
        if all(_shared(box, other) <= 0.5 * box[2] * box[3] for other in kept):
            kept.append(box)
    return kept


def _shared(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> int:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0, across) * max(0, down)


def _flatness(pixels: NDArray[np.uint8], box: tuple[int, int, int, int], width: int, height: int) -> float:
    """The share of a face's pixels that equal their right and lower neighbours; its hair and edges left out."""
    x, y, w, h = box
    across, down = pixels.shape[1] / width, pixels.shape[0] / height
    left, top = int((x + w / 8) * across), int((y + h / 8) * down)
    face = pixels[top : int((y + h * 7 / 8) * down), left : int((x + w * 7 / 8) * across), :3]
    if min(face.shape[:2]) < 2:
        return 0.0
    beside = (face[:-1, 1:] == face[:-1, :-1]).all(axis=2)
    below = (face[1:, :-1] == face[:-1, :-1]).all(axis=2)
    return float((beside & below).mean())
