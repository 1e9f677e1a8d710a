"""What one file of a pack is, read with limits: kind, size, frames, time, and what is drawn where.

Strangers' folders are validated too, so everything is bounded before it is decoded: bytes, declared pixels, frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from pingxing.errors import TooLarge, UnreadableFile
from pingxing.label.containers import sniff
from pingxing.label.encoding import Film, Pixels
from pingxing.label.webm import decoded
from pingxing.makers.formats import Kind
from pingxing.types import MAX_PIXELS

if TYPE_CHECKING:
    from av.container import InputContainer

MAX_BYTES = 250_000_000  # of one file
MAX_FRAMES = 600
MAX_DECODED = 100_000_000  # pixels of all frames together

_KINDS: dict[str, Kind] = {
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/gif": "gif",
    "image/webp": "webp",
    "video/webm": "webm",
    "video/x-matroska": "webm",
}
_SOLID = 128  # alpha from which a pixel counts as drawn
_FAINT = 9  # alpha from which something can be seen at all
_WHITE = 232  # of 255, in every channel
_NO_TIME_S = 0.1  # what players make of a frame that says it lasts no time (GIF's old custom)
_DAMAGE = (OSError, SyntaxError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is judged of a file. Only its first frame is kept, so that a folder of films fits into memory."""

    kind: Kind
    first: Pixels
    frames: int
    seconds: float  # all frames together; 0 for a picture
    quickest: float  # the shortest time that a frame stays
    loops: int  # 0: for ever
    silent: bool
    clear: bool  # somewhere, something shines through
    full: bool  # nothing shines through anywhere
    dpi: float  # what the file says of itself; 0 where it says nothing
    margin: int  # pixels between the edge and the nearest thing drawn in any frame; the shorter side where nothing is

    @property
    def width(self) -> int:
        return int(self.first.shape[1])

    @property
    def height(self) -> int:
        return int(self.first.shape[0])

    @property
    def moves(self) -> bool:
        return self.frames > 1

    @property
    def fps(self) -> float:
        """Of its quickest part, as platforms count: what a player must keep up with."""
        return 1 / self.quickest if self.moves else 0.0

    def stroke(self, thickness: int) -> float:
        """How much of the outermost `thickness` pixels of what is drawn is white, 0..1, in the first frame."""
        solid = np.pad(self.first[..., 3] >= _SOLID, 1)
        core = solid
        for _ in range(thickness):
            core = eroded(core)
        rim = (solid & ~core)[1:-1, 1:-1]
        if not rim.any():
            return 0.0
        return float((self.first[..., :3][rim] >= _WHITE).all(1).mean())


def eroded(solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """One pixel less on every side; beyond the edge counts as empty."""
    padded = np.pad(solid, 1)
    inner: NDArray[np.bool_] = (
        padded[1:-1, 1:-1] & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    )
    return inner


def kind_of(data: bytes) -> Kind | None:
    """By the first bytes; a moving PNG is told from a still one only once it is opened."""
    return _KINDS.get(sniff(data) or "")


def facts(data: bytes) -> Facts:
    """Raises TooLarge (bytes) and UnreadableFile (empty, kind, bomb, damaged, no_media)."""
    with _opened(data) as (kind, loops, silent, dpi, frames):
        return _facts(kind, loops, silent, dpi, frames)


def film(data: bytes) -> Film:
    """All frames at once. Raises as `facts`."""
    with _opened(data) as (_, loops, _, _, frames):
        shown = tuple(frames)
    return Film(tuple(pixels for pixels, _ in shown), tuple(seconds for _, seconds in shown), loops)


def _facts(kind: Kind, loops: int, silent: bool, dpi: float, frames: Iterable[tuple[Pixels, float]]) -> Facts:
    first, number, total, quickest, clear, full = None, 0, 0.0, float("inf"), False, True
    seen: NDArray[np.bool_] | None = None
    for pixels, seconds in frames:
        alpha = np.ascontiguousarray(pixels[..., 3])  # looked at often; a print has 24 million
        first = pixels if first is None else first
        number, total, quickest = number + 1, total + seconds, min(quickest, seconds)
        least = int(alpha.min())
        clear, full = clear or least < _SOLID, full and least == 255
        seen = alpha >= _FAINT if seen is None else seen | (alpha >= _FAINT)
    if first is None or seen is None:
        raise UnreadableFile("damaged")
    moves = number > 1
    return Facts(
        kind="apng" if kind == "png" and moves else kind,
        first=first,
        frames=number,
        seconds=total if moves else 0.0,
        quickest=quickest if moves else 0.0,
        loops=loops if moves else 1,
        silent=silent,
        clear=clear,
        full=full,
        dpi=dpi,
        margin=_margin(seen),
    )


def _margin(seen: NDArray[np.bool_]) -> int:
    height, width = seen.shape
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    if not len(rows):
        return int(min(width, height))
    return int(min(rows[0], height - 1 - rows[-1], columns[0], width - 1 - columns[-1]))


_Opened = tuple[Kind, int, bool, float, Iterable[tuple[Pixels, float]]]  # kind, loops, silent, dpi, frames with times


@contextmanager
def _opened(data: bytes) -> Iterator[_Opened]:
    if len(data) > MAX_BYTES:
        raise TooLarge(limit=MAX_BYTES, member="file")
    if not data:
        raise UnreadableFile("empty")
    kind = kind_of(data)
    if kind is None:
        raise UnreadableFile("kind", known=", ".join(sorted({*_KINDS.values(), "apng"})))
    try:
        with _webm(data) if kind == "webm" else _pictures(data, kind) as opened:
            yield opened
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise UnreadableFile("bomb") from error
    except (*_DAMAGE, Warning) as error:
        raise UnreadableFile("damaged") from error


@contextmanager
def _pictures(data: bytes, kind: Kind) -> Iterator[_Opened]:
    with Image.open(BytesIO(data), formats=[kind.upper()]) as image:
        bound(image.width, image.height, getattr(image, "n_frames", 1))
        loops = int(image.info.get("loop", 1 if kind == "gif" else 0))
        if kind == "gif" and loops and "loop" in image.info:
            loops += 1  # GIF counts the times after the first one, and says nothing at all where that is the only one
        dpi = image.info.get("dpi", (0, 0))[0]
        yield kind, loops, True, float(dpi), _stills(image)


def _stills(image: Image.Image) -> Iterator[tuple[Pixels, float]]:
    for frame in ImageSequence.Iterator(image):
        seconds = float(frame.info.get("duration", 0)) / 1_000 or _NO_TIME_S
        shown = frame if frame.mode == "RGBA" else frame.convert("RGBA")
        yield np.array(shown, dtype=np.uint8), seconds


def bound(width: int, height: int, frames: int) -> None:
    """Raises UnreadableFile for more than is ever decoded."""
    if width * height > MAX_PIXELS or frames > MAX_FRAMES or width * height * frames > MAX_DECODED:
        raise UnreadableFile("bomb")


@contextmanager
def _webm(data: bytes) -> Iterator[_Opened]:
    try:
        import av
    except ImportError as error:
        raise UnreadableFile("no_media") from error
    with av.open(BytesIO(data), "r", format="matroska") as container:
        if not container.streams.video:
            raise UnreadableFile("damaged")
        rate = float(container.streams.video[0].average_rate or 0)
        if rate <= 0:
            raise UnreadableFile("damaged")
        yield "webm", 0, not container.streams.audio, 0.0, _shown(container, 1 / rate)


def _shown(container: InputContainer, seconds: float) -> Iterator[tuple[Pixels, float]]:
    for number, frame in enumerate(decoded(container), 1):
        bound(frame.width, frame.height, number)
        yield np.asarray(frame.to_ndarray(format="rgba"), dtype=np.uint8), seconds
