"""WEBM with alpha: VP9 twice in one track, colours and coverage, as Matroska's BlockAdditions hold them.

Needs the extra `media` (PyAV with libvpx). One thread and no stamps of time or chance: same frames, same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pingxing.errors import LabelFailed, UnreadableFile

Pixels = NDArray[np.uint8]

_OPTIONS = {
    "b": "0",  # constant quality
    "auto-alt-ref": "0",  # libvpx refuses it with alpha
    "deadline": "good",
    "cpu-used": "4",
    "threads": "1",
    "row-mt": "0",
}


def available() -> bool:
    """Whether this installation can write it."""
    try:
        import av
    except ImportError:
        return False
    return "libvpx-vp9" in av.codecs_available


def write(frames: tuple[Pixels, ...], seconds: float, quality: int) -> bytes:
    """RGBA frames of equal time, `seconds` each; `quality` is libvpx's crf, 0 (best) to 63. No sound.

    Both sides are made even, as the codec's halved colour wants them. Raises LabelFailed where it cannot be written.
    """
    if not available():
        raise LabelFailed("no_media")
    import av

    rate = Fraction(1 / seconds).limit_denominator(1_000)
    height, width = (side + side % 2 for side in frames[0].shape[:2])
    out = BytesIO()
    try:
        with av.open(out, "w", format="webm", options={"fflags": "+bitexact"}) as target:
            stream: Any = target.add_stream("libvpx-vp9", rate=rate, options={**_OPTIONS, "crf": str(quality)})
            stream.width, stream.height, stream.pix_fmt = width, height, "yuva420p"
            stream.codec_context.flags |= 1 << 23  # bitexact: no version of the library in the file
            for number, pixels in enumerate(frames):
                frame = av.VideoFrame.from_ndarray(_evened(pixels), format="rgba").reformat(
                    format="yuva420p", dst_colorspace="ITU709"
                )
                frame.pts = number
                frame.time_base = 1 / rate
                target.mux(stream.encode(frame))
            target.mux(stream.encode(None))
    except (av.error.FFmpegError, ValueError) as error:
        raise LabelFailed("film") from error
    return out.getvalue()


def _evened(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    grown = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    # What nothing is seen of still costs bits, and bleeds into edges: one flat white, as the stickers' stroke is.
    grown[grown[..., 3] == 0] = (255, 255, 255, 0)
    return np.ascontiguousarray(grown)


def decoded(source: Any) -> Iterator[Any]:
    """The frames (av.VideoFrame) of an opened container's picture, of VP9 with their alpha.

    Raises what PyAV raises on damage.
    """
    import av

    stream = source.streams.video[0]
    # The decoder that ffmpeg takes by itself leaves alpha out.
    own = stream.codec_context.name in ("vp9", "libvpx-vp9") and "libvpx-vp9" in av.codecs_available
    decoder: Any = av.CodecContext.create("libvpx-vp9", "r") if own else stream.codec_context
    for packet in source.demux(stream):
        yield from decoder.decode(packet if packet.size else None)


def read(data: bytes) -> tuple[Pixels, ...]:
    """All frames of a file of our own as RGBA. Raises UnreadableFile (damaged)."""
    import av

    try:
        with av.open(BytesIO(data), "r", format="matroska") as source:
            return tuple(np.asarray(frame.to_ndarray(format="rgba"), np.uint8) for frame in decoded(source))
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        raise UnreadableFile("damaged") from error
