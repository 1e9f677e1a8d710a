"""Sound: the rhythm short-long-short-short before it (GB 45438-2025, 4.4), in the kind of file in which it came.

Sound is decoded and encoded again, block by block, in a process of its own (`apart`). Pictures inside (covers) and
tags other than those that name the piece stay behind. Nobody here can listen: what the rules read is what it says in
writing (`said`).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from typing import Any

import numpy as np

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label.foreign import said
from pingxing.label.media.audio import find_rhythm, rhythm

_MUXERS = {"audio/wav": "wav", "audio/mpeg": "mp3", "audio/flac": "flac", "audio/ogg": "ogg", "audio/mp4": "ipod"}
_CODECS = {"audio/mpeg": "mp3", "audio/flac": "flac", "audio/mp4": "aac"}
_LOSSLESS = ("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le")
_LEAST_RATE, _MOST_RATE, _MOST_CHANNELS = 8_000, 192_000, 8
_LEAST_BITS, _MOST_BITS = 128_000, 320_000  # a second, of what loses something
_HEARD = 8.0  # seconds from the start, and before the end, that are listened to


def look(data: bytes, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What it says in writing: {"words": [...]}. Raises UnreadableFile(damaged, too_long, no_sound), TooLarge."""
    import av

    try:
        with av.open(BytesIO(data), "r") as source:
            _sound(source, asked["seconds"])
            words = said.words(source)
        words += said.subtitles(data)
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise UnreadableFile("damaged") from error
    return {"words": words}, b""


def mark(data: bytes, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The sound with the rhythm before it, as `media_type`. Raises UnreadableFile, LabelFailed."""
    import av

    out = BytesIO()
    try:
        with (
            av.open(BytesIO(data), "r") as source,
            av.open(out, "w", format=_MUXERS[asked["media_type"]], options={"fflags": "+bitexact"}) as target,
        ):
            stream = _sound(source, asked["seconds"])
            target.metadata.update({k: v for k, v in source.metadata.items() if k.lower() in said.NAMING})
            _copy(source, stream, target, asked["media_type"], asked["seconds"])
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise UnreadableFile("damaged") from error
    made = out.getvalue()
    if not heard(made):
        raise LabelFailed("read_back", part="visible")
    return {}, made


def heard(data: bytes) -> bool:
    """Whether the rhythm stands at the start of a file of our own."""
    import av

    with av.open(BytesIO(data), "r") as source:
        return _rhythm(source) is not None


def listen(data: bytes, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Where the rhythm begins near the start or the end of anybody's sound: {"at": seconds or None}.

    Raises UnreadableFile(damaged, no_sound).
    """
    import av

    try:
        with av.open(BytesIO(data), "r") as source:
            _sound(source, asked["seconds"])
            at, length = _rhythm(source), (source.duration or 0) / av.time_base
            if at is None and length > _HEARD:
                source.seek(int((length - _HEARD) * av.time_base))
                near = _rhythm(source)
                at = None if near is None else round(length - _HEARD + near, 2)
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise UnreadableFile("damaged") from error
    return {"at": at}, b""


def _rhythm(source: Any) -> float | None:
    """Seconds from here on at which it begins, within the next few."""
    import av

    parts: list[Any] = []
    rate = source.streams.audio[0].rate
    resampler = av.AudioResampler("flt", "mono", rate)
    for frame in source.decode(audio=0):
        parts += [piece.to_ndarray().reshape(-1) for piece in resampler.resample(frame)]
        if sum(map(len, parts)) > _HEARD * rate:
            break
    return find_rhythm(np.concatenate(parts).astype(np.float32), rate) if parts else None


def _sound(source: Any, seconds: float) -> Any:
    """The first track of sound. Raises UnreadableFile."""
    import av

    if not source.streams.audio:
        raise UnreadableFile("no_sound")
    stream = source.streams.audio[0]
    if (source.duration or 0) / av.time_base > seconds:
        raise UnreadableFile("too_long", seconds=int(seconds))
    if not (_LEAST_RATE <= stream.rate <= _MOST_RATE and 1 <= stream.channels <= _MOST_CHANNELS):
        raise UnreadableFile("no_sound")
    return stream


def _copy(source: Any, stream: Any, target: Any, media_type: str, seconds: float) -> None:
    codec = _codec(stream, media_type)
    rate = 48_000 if codec == "libopus" else min(stream.rate, 48_000) if codec == "mp3" else stream.rate
    layout = stream.layout.name
    made = target.add_stream(codec, rate=rate, layout=layout)
    if codec in ("mp3", "aac", "libopus", "libvorbis"):
        made.bit_rate = min(_MOST_BITS, max(_LEAST_BITS, stream.bit_rate or 0))
    elif codec == "flac" and stream.format.bytes > 2:
        made.format = "s32"
    made.codec_context.flags |= 1 << 23  # bitexact: no version of the library in the file
    at = 0
    for frame in _frames(source, stream, made, rate, layout):
        at = _timed(frame, at, rate)
        if at > (seconds + 5) * rate:  # a header may say less than there is
            raise UnreadableFile("too_long", seconds=int(seconds))
        target.mux(made.encode(frame))
    target.mux(made.encode(None))


def _frames(source: Any, stream: Any, made: Any, rate: int, layout: str) -> Iterator[Any]:
    """The rhythm, then the sound, as the encoder wants them."""
    import av

    opening = rhythm(rate)
    channels = made.codec_context.layout.nb_channels
    first = av.AudioFrame.from_ndarray(np.repeat(opening[None], channels, axis=0), format="fltp", layout=layout)
    first.sample_rate = rate
    kind = made.codec_context.format.name
    resampler = av.AudioResampler(kind, layout, rate)
    yield from resampler.resample(first)
    yield from resampler.resample(None)
    resampler = av.AudioResampler(kind, layout, rate)
    for frame in source.decode(stream):
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def _timed(frame: Any, at: int, rate: int) -> int:
    frame.pts, frame.time_base = at, Fraction(1, rate)
    return at + int(frame.samples)


def _codec(stream: Any, media_type: str) -> str:
    name = str(stream.codec_context.name)
    if media_type == "audio/wav":
        return name if name in _LOSSLESS else "pcm_s16le"
    if media_type == "audio/ogg":
        return "libvorbis" if "vorbis" in name else "flac" if name == "flac" else "libopus"
    return _CODECS[media_type]
