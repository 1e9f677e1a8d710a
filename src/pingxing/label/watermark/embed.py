"""Put a mark into a picture."""

from __future__ import annotations

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

from pingxing.label.watermark.code import Message, encode, pack
from pingxing.label.watermark.pattern import Complexes, Key, draw, lattice, modulate
from pingxing.label.watermark.sense import luma, strength

PSNR = 42.2  # dB over all three channels
SMALLEST, LARGEST = 64, 8192
_UNIT = 1024  # pictures up to this mean side are marked at scale 1; larger ones in proportion

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


def embed(pixels: Pixels, message: Message, key: Key) -> Pixels:
    """The picture with the mark in it. pixels: (h, w, 3) uint8 sRGB, left as it is. Same input, same bytes.

    Raises ValueError for another shape, a side outside 64..8192, or a message that names another key.
    """
    check(pixels)
    if message.key_id != key.id:
        raise ValueError("the message must name the key that marks it")
    height, width = pixels.shape[:2]
    seed = hashlib.sha256(repr((pixels.shape, message.key_id, message.tag)).encode() + pixels.tobytes()).digest()
    family, across, down = draw(key, seed)
    waves = modulate(encode(pack(message)), key, family)
    steps = lattice().steps
    waves = waves * np.exp(-2j * np.pi * (steps[:, 0] * across + steps[:, 1] * down)).astype(np.complex64)
    wave = synthesise(waves, height, width, unit(height, width))
    return _apply(pixels, wave * strength(luma(pixels)))


def check(pixels: Pixels) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError("a picture is (height, width, 3) of uint8")
    if min(pixels.shape[:2]) < SMALLEST or max(pixels.shape[:2]) > LARGEST:
        raise ValueError(f"a picture's sides must be within {SMALLEST}..{LARGEST}")


def unit(height: int, width: int) -> float:
    """By how much the mark is magnified in a picture of this size."""
    return max(1.0, math.sqrt(height * width) / _UNIT)


def synthesise(waves: Complexes, height: int, width: int, scale: float) -> Floats:
    """(h, w): the sum of all waves about the picture's middle, as one matrix product of columns and rows."""
    frequencies = 2 * np.pi * lattice().waves / scale
    x = np.arange(width) - (width - 1) / 2
    y = np.arange(height) - (height - 1) / 2
    rows = np.exp(1j * y[:, None] * frequencies[:, 1]).astype(np.complex64) * waves
    columns = np.exp(1j * frequencies[:, 0, None] * x).astype(np.complex64)
    return np.concatenate([rows.real, -rows.imag], axis=1) @ np.concatenate([columns.real, columns.imag], axis=0)


def _apply(pixels: Pixels, wave: Floats) -> Pixels:
    """Add to all channels alike, as strong as the PSNR lets, clipping and rounding counted."""
    wanted = 255.0**2 / 10 ** (PSNR / 10)
    plain = pixels.astype(np.float32)
    gain = math.sqrt(wanted / float(np.mean(wave * wave)))
    for _ in range(2):
        marked = np.rint(np.clip(plain + (gain * wave)[:, :, None], 0, 255)).astype(np.uint8)
        error = float(np.mean((marked - plain) ** 2))
        gain *= math.sqrt(wanted / error)
    return marked
