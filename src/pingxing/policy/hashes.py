"""Forbidden pictures, known again by a perceptual hash: near in bits is near in looks.

The hash is PDQ (Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019): luma,
two passes of a box filter, 64 x 64 samples, the 16 x 16 lowest frequencies of a DCT without the constant ones, one
bit for each that exceeds their median. Bits are numbered and written as there, so lists can be exchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pingxing.errors import InvalidRequest
from pingxing.policy.base import PictureSubject, Subject
from pingxing.types import Finding, Picture

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

# The authors' own advice: at most 31 of 256 bits apart is the same picture, and what has a quality under 50 of 100
# (skies, gradients, blank pages) has too few edges to be known again by any of its bits.
NEAR = 31
LEAST_QUALITY = 50

_SIDE, _LOW = 64, 16
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
# Whole blocks are averaged first, down to no less than this: a photo of 50 megapixels then takes no longer than one
# of two, and its hash moved by at most 4 bits.
_ENOUGH = 768
_HEX = re.compile(r"[0-9a-f]{64}")
_CHUNK = 4_096  # hashes compared at once: what lies in the processor's nearest cache

_CLAUSE = "Deep-synthesis provisions art. 10 (review of inputs and outputs)"


@dataclass(frozen=True, slots=True)
class Hashed:
    """A picture's hash (64 hex digits) and how much there was to see in it, 0..100.

    `turned` holds the hashes of the picture turned and mirrored, itself first: eight, of 32 bytes each.
    """

    hex: str
    quality: int
    turned: tuple[bytes, ...]

    @property
    def tells(self) -> bool:
        return self.quality >= LEAST_QUALITY


def hash_of(picture: Picture) -> Hashed:
    """The same for the same pixels on every machine; transparent pictures are looked at over white."""
    views = _samples(_luma(picture.pixels))
    low = [_transform() @ view @ _transform().T for view in views]
    turned = tuple(_bits(seen) for view in low for seen in (view, view.T))
    return Hashed(turned[0].hex(), _quality(views[0]), turned)


def parse(text: str) -> str:
    """A hash as people write it, in our form. Raises InvalidRequest."""
    plain = text.strip().lower()
    if not _HEX.fullmatch(plain):
        raise InvalidRequest("hash", member="hash")
    return plain


def distance(one: str, other: str) -> int:
    """In how many of 256 bits two hashes (hex) differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


# --- many hashes ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One forbidden picture: why, and by which clause, in the operator's words."""

    id: str
    hash: str
    reason: str
    clause: str


class HashList:
    """Hashes to be searched all at once: exact, without an index, a popcount for each."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = tuple(entries)
        self._rows = _words(b"".join(bytes.fromhex(entry.hash) for entry in self.entries))

    def near(self, hashed: Hashed, most: int = NEAR) -> tuple[Entry, int] | None:
        """The nearest entry at most `most` bits from the picture in any of its eight positions, and how far it is.

        Of two equally near the one that was listed first.
        """
        if not self.entries or not hashed.tells:
            return None
        best = np.full(len(self.entries), 257, np.uint16)
        for start in range(0, len(best), _CHUNK):
            rows, least = self._rows[start : start + _CHUNK], best[start : start + _CHUNK]
            for turned in hashed.turned:
                apart = np.bitwise_count(rows ^ _words(turned)).sum(axis=1, dtype=np.uint16)
                np.minimum(least, apart, out=least)
        place = int(best.argmin())
        return (self.entries[place], int(best[place])) if best[place] <= most else None


def _words(data: bytes) -> NDArray[np.uint64]:
    return np.frombuffer(data, dtype=np.uint64).reshape(-1, 4)


Load = Callable[[int | None], "tuple[int, HashList] | None"]


class ForbiddenCheck:
    """Stops pictures of the operator's list, and what is nearly one of them."""

    name = "forbidden"
    version = f"pdq-1.{NEAR}.{LEAST_QUALITY}"

    def __init__(self, load: Load) -> None:
        """`load` is asked before each picture: given the revision we have (None at first), None where that is still
        the newest, else the newest one and its list. So an entry counts from the moment it was committed."""
        self._load = load
        self._held: tuple[int | None, HashList] = (None, HashList(()))

    def reads(self, subject: Subject) -> bool:
        return isinstance(subject, PictureSubject)

    def examine(self, subject: Subject) -> Sequence[Finding]:
        if not isinstance(subject, PictureSubject):
            raise TypeError("the guard asks `reads` first")
        held = self._load(self._held[0]) or self._held
        self._held = held  # whole or not at all: threads may share the check
        if not held[1].entries:
            return ()
        found = held[1].near(hash_of(subject.picture))
        return () if found is None else (_finding(found[0], self.version),)


def _finding(entry: Entry, version: str) -> Finding:
    return Finding(
        rule=f"forbidden-{entry.id[:12]}",
        pack="pictures",
        version=version,
        category="forbidden",
        span=(0, 0),
        view="picture",
        action="block",
        reason_en=f"The picture is on this studio's list of forbidden pictures: {entry.reason}",
        reason_zh=f"这张图片在本站的禁止图片名单上：{entry.reason}",
        clause=entry.clause or _CLAUSE,
    )


# --- PDQ -----------------------------------------------------------------------------------------


def _luma(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3:].astype(np.float32) / 255
        return np.asarray((pixels[..., :3] * alpha + 255 * (1 - alpha)) @ _LUMA, np.float32)
    factor = max(1, min(pixels.shape[:2]) // _ENOUGH)
    if factor == 1:
        return pixels[..., :3].astype(np.float32) @ _LUMA
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).reduce(factor), np.float32) @ _LUMA


def _samples(luma: NDArray[np.float32]) -> NDArray[np.float64]:
    """64 x 64 samples of the smoothed picture as it is, mirrored, upside down and both; stacked in that order.

    Mirroring before smoothing, and not the frequencies after it, makes a mirrored copy agree in every bit.
    """
    down, across = (_sampler(n) for n in luma.shape)
    halves = [luma @ side.T for side in (across, across[:, ::-1])]
    return np.stack([side @ half for side in (down, down[:, ::-1]) for half in halves])


@lru_cache(64)
def _sampler(n: int) -> NDArray[np.float64]:
    """(64, n): what each sample takes of n pixels in a row, smoothed twice by a box and taken amid 64 tiles."""
    if n == _SIDE:
        return np.eye(_SIDE)
    window = (n + 2 * _SIDE - 1) // (2 * _SIDE)
    after = (window + 2) // 2  # an even window leans to the right, as there

    def reach(at: int) -> tuple[int, int]:
        return max(0, at - (window - after)), min(n, at + after)

    out = np.zeros((_SIDE, n))
    for row, weights in enumerate(out):
        start, stop = reach(int((row + 0.5) * n / _SIDE))
        for at in range(start, stop):
            first, last = reach(at)
            weights[first:last] += 1 / (last - first) / (stop - start)
    return out


@cache
def _transform() -> NDArray[np.float64]:
    """Rows 1 to 16 of the orthonormal DCT-II of 64 samples."""
    waves, at = np.arange(1, _LOW + 1)[:, None], np.arange(_SIDE)[None, :]
    return np.asarray(np.sqrt(2 / _SIDE) * np.cos(np.pi / 2 / _SIDE * waves * (2 * at + 1)))


def _quality(small: NDArray[np.float64]) -> int:
    """Steps between neighbours in hundredths of the whole range, whole ones only, summed and scaled to 100."""
    steps = [np.trunc(np.diff(small, axis=axis) * 100 / 255) for axis in (0, 1)]
    return min(100, int(sum(float(np.abs(step).sum()) for step in steps)) // 90)


def _bits(low: ArrayLike) -> bytes:
    values = np.round(np.asarray(low).reshape(-1), 6)  # what differs only in rounding is equal on every machine
    lower_median = np.partition(values, values.size // 2 - 1)[values.size // 2 - 1]
    return np.packbits((values > lower_median)[::-1]).tobytes()  # bit 0 is written last
