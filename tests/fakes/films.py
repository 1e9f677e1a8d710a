"""A film of plain shades, small and quick to encode."""

from __future__ import annotations

import io

import av
import numpy as np


def film(frames=20, rate=8, size=(160, 120)):
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as target:
        stream = target.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            shade = np.full((size[1], size[0], 3), 90 + number, np.uint8)
            target.mux(stream.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
        target.mux(stream.encode(None))
    return out.getvalue()
