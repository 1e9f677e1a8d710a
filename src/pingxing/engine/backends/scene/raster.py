"""Pixels inside a vector picture: an <image> element that holds them. No file: that, the label alone writes."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from pingxing.engine.backends.scene.svg import num


def image(pixels: NDArray[np.uint8], x: float, y: float, wide: float, high: float) -> str:
    """Pixels (height, width, 3 or 4) that fill a box of the plane."""
    data = base64.b64encode(_png(pixels)).decode()
    return (
        f'<image x="{num(x)}" y="{num(y)}" width="{num(wide)}" height="{num(high)}" preserveAspectRatio="none" '
        f'href="data:image/png;base64,{data}"/>'
    )


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """PNG without filters (ISO/IEC 15948), packed lightly: it goes no farther than the next process."""
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)
    rows[:, 1:] = pixels.reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, 6 if channels == 4 else 2, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 1)), (b"IEND", b"")
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
