"""The mark of a film: the same 64 bits in every scene, each scene's where its first frame wants them.

Within a scene the mark lies still: it does not flicker, codecs keep what they can predict, and the mean over frames
holds it better than one frame. With every cut it moves, so that the mean of a whole film holds no mark to copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from PIL import Image

from pingxing.label.watermark.code import Message
from pingxing.label.watermark.detect import NOTHING, Detection, search, shrunk
from pingxing.label.watermark.embed import Pixels, Place, best, check, embed, reduced
from pingxing.label.watermark.pattern import Key
from pingxing.label.watermark.sense import Floats, luma, residual

CUT = 14.0  # mean grey levels between two frames of different scenes; a fast pan within one stays below
_THUMB = 32  # pixels a side on which frames are compared
_FRAMES = 24  # of a scene, that its mean is taken over at most


class Cuts:
    """Tells where scenes begin, frame after frame."""

    def __init__(self) -> None:
        self._last: Floats | None = None

    def starts(self, frame: Pixels) -> bool:
        """Whether this frame, (h, w, 3), begins a scene. The first one does."""
        small = Image.fromarray(frame).convert("L").resize((_THUMB, _THUMB), Image.Resampling.BOX)
        now = np.asarray(small, np.float32)
        last, self._last = self._last, now
        return last is None or float(np.abs(now - last).mean()) > CUT


class Weaver:
    """Marks the frames of one film in their order. Same frames, same bytes."""

    def __init__(self, message: Message, key: Key) -> None:
        self._message, self._key, self._cuts = message, key, Cuts()
        self._place: Place | None = None

    def weave(self, frame: Pixels) -> Pixels:
        """(h, w, 3) uint8, marked; raises ValueError as embed does."""
        if self._cuts.starts(frame) or self._place is None:
            self._place = best(frame, self._message, self._key)
        return embed(frame, self._message, self._key, self._place)


def seek(frames: Iterable[Pixels], keys: Sequence[Key]) -> Detection:
    """The mark of any of the keys in a film's frames, all (h, w, 3) of one size: scene after scene until one is found.

    Frames are read no further than needed. With every scene searched the bound on a false alarm grows: it is the sum.
    Raises ValueError for a frame without room (sides outside 64..8192).
    """
    for searched, (mean, smaller) in enumerate(_scenes(frames), 1):
        seen = search(mean, keys, smaller)
        if seen.found:
            return seen if searched == 1 else _of_many(seen, searched)
    return NOTHING


def _of_many(seen: Detection, searched: int) -> Detection:
    alarm = min(1.0, seen.false_alarm * searched)
    return Detection(True, seen.key_id, seen.tag, alarm, seen.scale, seen.rotation, seen.offset)


def _scenes(frames: Iterable[Pixels]) -> Iterator[tuple[Floats, float]]:
    """The mean residual of each run of at most _FRAMES frames of one scene, and how much smaller it is."""
    cuts = Cuts()
    total: Floats | None = None
    count, smaller = 0, 1.0
    for frame in frames:
        check(frame)
        if (cuts.starts(frame) or count == _FRAMES) and total is not None:
            yield total / np.float32(count), smaller
            total, count = None, 0
        fine = residual(reduced(luma(frame)))
        total = fine if total is None else total + fine
        count, smaller = count + 1, shrunk(frame)
    if total is not None:
        yield total / np.float32(count), smaller
