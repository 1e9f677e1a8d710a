"""A stranger's film is looked at in a process of its own, which may be killed: decoders are large, and films hostile.

Stretches of the film are read in turn (its beginning, middle, quarters) until one holds the watermark or time is up;
the seal is looked for in the first and the last frame of the first one. What is clear is seen over white.
The child gets the keys on standard input with the film; nothing of either is written anywhere.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.label import webm
from pingxing.label.alone import begun
from pingxing.label.measure import Measured
from pingxing.label.media.video import LARGER
from pingxing.label.recognising import Recognised, recognise_frame
from pingxing.label.visible import WHITE, flat
from pingxing.label.watermark import Detection, Key
from pingxing.label.watermark.film import seek
from pingxing.types import MIN_SIDE

Frame = NDArray[np.uint8]
SMALLEST, LARGEST = 96, 8192  # pixels of a side
_LEAST = 2048  # bytes below which a film has no frame worth a process
_MEMORY = 3 << 30  # bytes of address space; decoders reserve much and use little
_STRETCHES = (0.0, 0.5, 0.25, 0.75)
_FRAMES = 24  # of each stretch
_STARTING = 2.0  # seconds: for the child's imports


@dataclass(frozen=True, slots=True)
class Looked:
    """`small`: no frame is large enough to hold a watermark. `seals`: our visible mark, frame by frame looked at."""

    seen: Detection
    small: bool = False
    seals: tuple[Recognised | None, ...] = ()


def look(film: bytes, keys: Sequence[Key], max_pixels: int, seconds: float) -> Looked | None:
    """Seal and watermark (of any of the keys) in a film of any container. None where it could not be looked at.

    That is: no decoder (extra `media`), no picture in it, more than `max_pixels` a frame, damaged, or too slow.
    """
    if len(film) < _LEAST or seconds <= 0:
        return None
    limit = max(1, round(seconds))
    asked = {"keys": [[key.id, key.secret.hex()] for key in keys], "max_pixels": max_pixels}
    ran = begun(f"from pingxing.label.media.looking import child; child({limit})")
    try:
        said, _ = ran.communicate(json.dumps(asked).encode() + b"\n" + film, timeout=2 * seconds + _STARTING)
    except subprocess.TimeoutExpired:
        ran.kill()
        ran.communicate()
        return None
    answer = json.loads(said) if said and ran.returncode == 0 else None
    if answer is None:
        return None
    offset = answer["seen"].pop("offset")
    seen = Detection(**answer["seen"], offset=None if offset is None else tuple(offset))
    return Looked(seen, answer["small"], tuple(_told(seal) for seal in answer["seals"]))


def _told(seal: dict[str, Any] | None) -> Recognised | None:
    if seal is None:
        return None
    measured = seal.pop("measured")
    return Recognised(**seal, measured=None if measured is None else Measured(**measured))


def child(seconds: int) -> None:
    """What runs in the other process: a line of JSON and the film in, one answer out."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    cpu = 2 * seconds + round(_STARTING)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    header, _, film = sys.stdin.buffer.read().partition(b"\n")
    asked = json.loads(header)
    keys = [Key(number, bytes.fromhex(secret)) for number, secret in asked["keys"]]
    answer = _look(film, keys, asked["max_pixels"], time.monotonic() + seconds)
    sys.stdout.write(json.dumps(None if answer is None else asdict(answer)))


def _look(film: bytes, keys: Sequence[Key], max_pixels: int, until: float) -> Looked | None:
    import av

    found: Looked | None = None
    for part in _STRETCHES if keys else _STRETCHES[:1]:
        if time.monotonic() > until:
            break
        try:
            with av.open(BytesIO(film), "r") as source:
                if not source.streams.video:
                    return None
                if part and _short(source):
                    break
                context = source.streams.video[0].codec_context
                width, height = context.width, context.height
                if width * height > max_pixels or max(width, height) > LARGEST:
                    return None
                small = min(width, height) < SMALLEST
                if min(width, height) < MIN_SIDE:
                    return Looked(Detection(False), small)
                ends: list[Frame] = []
                frames = _ends_kept(_frames(source, part, until), ends)
                seen = Detection(False) if small or not keys else seek(frames, keys)
                deque(frames, maxlen=0)  # what `seek` did not need: its last frame is looked at
        except (av.error.FFmpegError, ValueError):  # damaged here: other stretches may not be
            continue
        seals = found.seals if found else tuple(_seal(frame, until) for frame in ends)
        found = Looked(seen, small, seals)
        if seen.found or small:
            break
    return found


def _ends_kept(frames: Iterable[Frame], ends: list[Frame]) -> Iterator[Frame]:
    """The frames, of which `ends` holds the first and the last."""
    for frame in frames:
        ends[1:] = [frame] if ends else []
        if not ends:
            ends.append(frame)
        yield frame


def _seal(frame: Frame, until: float) -> Recognised | None:
    return recognise_frame(Image.fromarray(frame), until, LARGER)


def _short(film: Any) -> bool:
    """Whether one stretch holds the whole of it."""
    stream = film.streams.video[0]
    frames = stream.frames or (film.duration or 0) / 1e6 * float(stream.average_rate or 25)
    return 0 < frames <= _FRAMES + 1


def _frames(film: Any, part: float, until: float) -> Iterator[Frame]:
    """Frames of one size from `part` of the film on, until there are enough or time is up."""
    if part:
        if not film.duration:
            return
        film.seek(int(film.duration * part))
    size: tuple[int, int] | None = None
    for number, frame in enumerate(_decoded(film)):
        size = size or (frame.width, frame.height)
        if number >= _FRAMES or (frame.width, frame.height) != size or (number and time.monotonic() > until):
            return
        yield np.ascontiguousarray(_pixels(frame))


def _pixels(frame: Any) -> Frame:
    if not frame.format.name.startswith("yuva"):
        return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
    return flat(np.asarray(frame.to_ndarray(format="rgba"), np.uint8), WHITE)


def _decoded(film: Any) -> Iterator[Any]:
    """The frames up to where the film ends or is damaged: what comes before the damage is looked at."""
    import av

    try:
        yield from webm.decoded(film)
    except (av.error.FFmpegError, ValueError):
        return
