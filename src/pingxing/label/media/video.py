"""Moving pictures: the seal large for the first two seconds and in a corner to the end (GB 45438-2025, 4.5).

Under the seal every frame carries the watermark, where the film is large enough (watermark.film: a place a scene).

The rule asks for glyphs of at least 5 % of the shortest side, at the start, for at least 2 s. Ours stay to the end,
because clips are cut: what is left still says what it is. Both sizes keep the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.errors import LabelFailed
from pingxing.label.measure import measure
from pingxing.label.plate import Plate, layout
from pingxing.label.visible import Placed, at, place, stamp
from pingxing.label.watermark.film import Weaver
from pingxing.types import MIN_SIDE, Language, Picture

Frame = NDArray[np.uint8]
OPENING = 2.2  # seconds: the two the rule asks for, and a little for players that drop the first frames
LARGER = 1.6  # the opening's seal, of what the rule's own size would be
WOVEN = 192  # pixels of the shorter side from which a film carries the watermark: its frames help each other


@dataclass(frozen=True, slots=True)
class Marks:
    """Where the seals of one film stand: the large one of the opening, the small one of the rest."""

    opening: Placed
    rest: Placed
    until: int  # frames


def plan(first: Frame, rate: float, language: Language) -> Marks:
    """For frames like `first`, (height, width, 3), at `rate` a second. Raises LabelFailed for one without room."""
    height, width = first.shape[:2]
    if min(width, height) < MIN_SIDE or not 1 <= rate <= 240:
        raise LabelFailed("picture")
    rest = place(Picture(width, height, first), language)
    large: Plate = layout(round(width * LARGER), round(height * LARGER), language)
    if large.width + 2 * large.margin > width or large.height + 2 * large.margin > height:
        large = rest.plate  # a narrow film: the rule's own size is as large as fits
    return Marks(at(large, width, height, rest.corner), rest, ceil(OPENING * rate))


def marked(frames: Iterable[Frame], rate: float, language: Language) -> Iterator[Frame]:
    """The frames with their seals, one by one; each (height, width, 3), all alike. Raises LabelFailed."""
    marks: Marks | None = None
    for number, frame in enumerate(frames):
        marks = marks or plan(frame, rate, language)
        image = Image.fromarray(frame)
        stamp(image, marks.opening if number < marks.until else marks.rest)
        yield np.asarray(image)


def mark_video(
    data: bytes,
    language: Language,
    *,
    seconds: float = 600.0,
    frames: int = 36_000,
    weaver: Weaver | None = None,
    told: Callable[[int], None] | None = None,
) -> bytes:
    """A film re-encoded as MP4 (H.264) with its seals, sound and pace kept. Needs the extra `media` (PyAV).

    `weaver`: a new one, that puts the watermark in; films whose shorter side is below WOVEN have room for none.
    `told`: called with each frame's number.

    Raises LabelFailed where it cannot be read, has no picture, is longer than `seconds` or has more than `frames`,
    or where the finished film's first two seconds do not hold the mark.
    """
    import av

    out = BytesIO()
    try:
        with av.open(BytesIO(data)) as source, av.open(out, "w", format="mp4") as target:
            _copy(source, target, language, (seconds, frames), weaver, told)
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        raise LabelFailed("film") from error
    film = out.getvalue()
    if not keeps_the_rule(film, language):
        raise LabelFailed("read_back", part="visible")
    return film


def _copy(
    source: object,
    target: object,
    language: Language,
    most: tuple[float, int],
    weaver: Weaver | None,
    told: Callable[[int], None] | None,
) -> None:
    from typing import Any, cast

    import av

    film, copy = cast(Any, source), cast(Any, target)
    picture = film.streams.video[0]
    rate = picture.average_rate or picture.guessed_rate
    if rate is None or (film.duration or 0) / av.time_base > most[0]:
        raise LabelFailed("film")
    width, height = picture.codec_context.width // 2 * 2, picture.codec_context.height // 2 * 2
    stream = copy.add_stream("h264", rate=rate, options={"crf": "18", "preset": "veryfast"})
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    sound = copy.add_stream_from_template(film.streams.audio[0]) if film.streams.audio else None
    marks: Marks | None = None
    for number, frame in enumerate(film.decode(picture)):
        if number >= most[1]:  # a header may say less than there is
            raise LabelFailed("film")
        if told is not None:
            told(number)
        pixels = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)[:height, :width]
        marks = marks or plan(pixels, float(rate), language)
        if weaver is not None and min(width, height) >= WOVEN:
            pixels = weaver.weave(np.ascontiguousarray(pixels))
        image = Image.fromarray(pixels)
        stamp(image, marks.opening if number < marks.until else marks.rest)
        made = av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24")
        copy.mux(stream.encode(made))
    copy.mux(stream.encode(None))
    if sound is not None:
        film.seek(0)
        for packet in film.demux(film.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = sound
                copy.mux(packet)


def keeps_the_rule(film: bytes, language: Language) -> bool:
    """Whether every frame of the first two seconds shows the large seal, lawful by measurement."""
    import av

    with av.open(BytesIO(film), "r") as source:
        picture = source.streams.video[0]
        rate = float(picture.average_rate or 25)
        marks: Marks | None = None
        for number, frame in enumerate(source.decode(picture)):
            if number >= 2 * rate:
                break
            pixels = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            marks = marks or _where(pixels, rate, language)
            if marks is None:
                return False
            x0, y0, x1, y1 = marks.opening.box
            if not measure(pixels[y0:y1, x0:x1], marks.opening.plate).keeps_the_law:
                return False
    return marks is not None


def _where(frame: Frame, rate: float, language: Language) -> Marks | None:
    """The corner in which the first frame shows the seal: nothing of what was planned is trusted."""
    height, width = frame.shape[:2]
    base = plan(frame, rate, language)
    for corner in ("bottom-right", "bottom-left", "top-right", "top-left"):
        there = at(base.opening.plate, width, height, corner)
        x0, y0, x1, y1 = there.box
        if measure(frame[y0:y1, x0:x1], there.plate).keeps_the_law:
            return Marks(there, at(base.rest.plate, width, height, corner), base.until)
    return None
