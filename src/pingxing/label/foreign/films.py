"""Films: the seal large for two seconds and small to the end, the watermark scene by scene (`media.video`), as MP4.

Both tasks run in a process of their own (`apart`): first frames are taken out for the rules to look at, the beginning
of every scene among them; then the film is marked. Sound is kept as it is where MP4 carries it; nobody here listens.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label.foreign import apart, said
from pingxing.label.media.video import mark_video
from pingxing.label.watermark import Key, Message
from pingxing.label.watermark.film import Cuts, Weaver
from pingxing.types import MIN_SIDE

Pixels = NDArray[np.uint8]

SHOWN = 24  # frames that the rules look at, at most
SIDE = 768  # pixels of the longer side at which they do
_TOLD_EVERY = 5  # frames
_EVERY = 2.0  # seconds between two of them within a scene


def glance(data: bytes, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Whether what its header says is within the limits: a moment's work. Raises UnreadableFile."""
    import av

    try:
        with av.open(BytesIO(data), "r") as source:
            measured(source, asked)
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise UnreadableFile("damaged") from error
    return {}, b""


def look(data: bytes, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Frames as {"width", "height", "shapes": [[rows, columns], ...]} and their pixels, one after another; "heard"
    where there is no sound that nobody listens to; "words" that it says in writing.

    The first and the last, the first of every scene, and one every two seconds; of more than SHOWN, evenly as many.
    Raises UnreadableFile(no_picture, too_long, small, pixels, damaged), TooLarge("chars").
    """
    import av

    picked: list[Pixels] = []
    try:
        with av.open(BytesIO(data), "r") as source:
            width, height, rate = measured(source, asked)
            heard, words = not source.streams.audio, said.words(source)
            cuts, last, since = Cuts(), None, 0
            expected = (source.duration or 0) / av.time_base * rate
            for number, frame in enumerate(source.decode(video=0)):
                if number >= _most(asked, width, height):
                    raise UnreadableFile("too_long", seconds=int(asked["seconds"]))
                _tell(number, expected)
                last = _small(frame)
                if cuts.starts(last) or number - since >= _EVERY * rate:
                    picked, since = _thinned([*picked, last]), number
        words += said.subtitles(data)
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise UnreadableFile("damaged") from error
    if last is None:
        raise UnreadableFile("no_picture")
    shown = [*picked, last]
    shapes = [list(pixels.shape[:2]) for pixels in shown]
    answer = {"width": width, "height": height, "shapes": shapes, "heard": heard, "words": words}
    return answer, b"".join(pixels.tobytes() for pixels in shown)


def mark(data: bytes, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The marked film. `key` is [number, secret in hex] or None, `tag` what the watermark is to say.

    Raises UnreadableFile, LabelFailed as `media.video.mark_video` does.
    """
    import av

    try:
        with av.open(BytesIO(data), "r") as source:
            width, height, rate = measured(source, asked)
            expected = (source.duration or 0) / av.time_base * rate
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise UnreadableFile("damaged") from error
    weaver = None
    if asked["key"] is not None:
        number, secret = asked["key"]
        key = Key(number, bytes.fromhex(secret))
        weaver = Weaver(Message(key.id, asked["tag"]), key)
    try:
        made = mark_video(
            data,
            asked["language"],
            seconds=asked["seconds"],
            frames=_most(asked, width, height),
            weaver=weaver,
            told=lambda number: _tell(number, expected),
        )
    except LabelFailed as error:
        if error.reason == "film":
            raise UnreadableFile("film") from error
        raise
    return {}, made


def measured(source: Any, asked: dict[str, Any]) -> tuple[int, int, float]:
    """Width, height and frames a second. Raises UnreadableFile."""
    import av

    if not source.streams.video:
        raise UnreadableFile("no_picture")
    stream = source.streams.video[0]
    width, height = stream.codec_context.width, stream.codec_context.height
    rate = float(stream.average_rate or stream.guessed_rate or 0)
    if (source.duration or 0) / av.time_base > asked["seconds"]:
        raise UnreadableFile("too_long", seconds=int(asked["seconds"]))
    if min(width, height) < MIN_SIDE:
        raise UnreadableFile("small", least=MIN_SIDE)
    if width * height > asked["pixels"]:
        raise UnreadableFile("large_frames", width=width, height=height)
    if not 1 <= rate <= 240:
        raise UnreadableFile("damaged")
    if (source.duration or 0) / av.time_base * rate > _most(asked, width, height) + rate:
        lasts = int(_most(asked, width, height) / rate)
        raise UnreadableFile("film_work", width=width, height=height, seconds=lasts)
    return width, height, rate


def _most(asked: dict[str, Any], width: int, height: int) -> int:
    """Frames of this size that are marked at most."""
    return int(min(asked["frames"], asked["work"] // (width * height)))


def _tell(number: int, expected: float) -> None:
    """So many frames of so many, now and then. The container's word on how long it lasts may be wrong, or missing."""
    if expected >= 1 and number % _TOLD_EVERY == 0:
        apart.tell(number / expected)


def _small(frame: Any) -> Pixels:
    factor = min(1.0, SIDE / max(frame.width, frame.height))
    size = (max(1, round(frame.width * factor)), max(1, round(frame.height * factor)))
    image = Image.fromarray(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
    return np.asarray(image if factor == 1.0 else image.resize(size, Image.Resampling.BOX))


def _thinned(picked: list[Pixels]) -> list[Pixels]:
    """Never twice as many as are shown: every second one goes, the first stays."""
    return picked if len(picked) < SHOWN else picked[::2]
