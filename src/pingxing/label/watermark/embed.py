"""Put a mark into a picture.

Of all families and offsets the one is taken that the picture itself comes nearest to (informed embedding: Cox, Miller,
McKellips, "Watermarking as communications with side information", Proc. IEEE 87, 1999): in a texture that would drown
the mark it is worth two decibels. A keyed dither decides where the picture has no say, so that no two pictures share
an offset.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.label.watermark.code import Message, encode, pack
from pingxing.label.watermark.pattern import FAMILIES, Complexes, Key, dither, lattice, modulate, surface
from pingxing.label.watermark.sense import LUMA, Floats, luma, residual, strength

PSNR = 42.2  # dB over all three channels; 0.2 above what is promised, for rounding
QUIETER = 2.0  # dB more where all is flat: there the mark shows most and nothing drowns it
SMALLEST, LARGEST = 64, 8192
SIDE = 1024  # mean side up to which a picture is marked at scale 1, and to which larger ones are reduced for analysis

Pixels = NDArray[np.uint8]

_DITHER = 0.5  # of the picture's own waves
_SPAN = 25  # waves on each side over which the picture's power is smoothed
_STRIP = 1024  # rows made at once
_KEPT = 1536  # pixels of a side up to which its waves are kept
_ROWS = 16  # rows added at once
_PROBED = 128  # rows at least on which the strength is first found
_EXACT = 0.03  # of the error wanted: 0.13 dB
_TRIES = 4
_QUIET = 1.3  # relative strength below which a part is flat
_HEADROOM = 8  # grey levels


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mark lies in its tiles: family of phases, offset in parts of a tile."""

    family: int
    across: float
    down: float


def embed(pixels: Pixels, message: Message, key: Key, at: Place | None = None) -> Pixels:
    """The picture with the mark in it. pixels: (h, w, 3) uint8 sRGB, left as it is. Same input, same bytes.

    The result has the same shape and lies at 42 to 44.4 dB PSNR, the flatter the picture the higher. Below 256 pixels
    a side the mark is put in, but little of it survives. `at`: where the mark is to lie, for frames of one scene; None
    for where the picture agrees with it best. Raises ValueError for another shape, a side outside 64..8192, or a
    message of another key.
    """
    check(pixels)
    if message.key_id != key.id:
        raise ValueError("the message must name the key that marks it")
    grey = luma(pixels)
    coded = encode(pack(message))
    at = at or _best(pixels, grey, message, key)
    steps = lattice().steps
    shift = np.exp(-2j * np.pi * (steps[:, 0] * at.across + steps[:, 1] * at.down)).astype(np.complex64)
    height, width = grey.shape
    wave = _synthesise(modulate(coded, key, at.family) * shift, height, width)
    quiet = 0
    for rows, relative in strength(grey):
        wave[rows] *= relative
        # Flat parts near white or black keep the full strength: clipping halves the mark there.
        part = grey[rows]
        quiet += int(np.count_nonzero((relative < _QUIET) & (part > _HEADROOM) & (part < 255 - _HEADROOM)))
    return _apply(pixels, wave, PSNR + QUIETER * (quiet / grey.size))


def best(pixels: Pixels, message: Message, key: Key) -> Place:
    """Where embed puts the mark of this picture and message."""
    check(pixels)
    return _best(pixels, luma(pixels), message, key)


def _best(pixels: Pixels, grey: Floats, message: Message, key: Key) -> Place:
    head = repr((pixels.shape, message.key_id, message.tag)).encode()
    seed = hashlib.sha256(head)
    seed.update(np.ascontiguousarray(pixels).data)
    return Place(*_agreeing(_host(grey), encode(pack(message)), key, seed.digest()))


def check(pixels: Pixels) -> None:
    """Raises ValueError unless pixels is (h, w, 3) uint8 with sides within 64..8192."""
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError("a picture is (height, width, 3) of uint8")
    if min(pixels.shape[:2]) < SMALLEST or max(pixels.shape[:2]) > LARGEST:
        raise ValueError(f"a picture's sides must be within {SMALLEST}..{LARGEST}")


def reduced(grey: Floats) -> Floats:
    """The picture brought down to a mean side of SIDE; smaller ones as they are."""
    height, width = grey.shape
    part = SIDE / math.sqrt(height * width)
    if part >= 1:
        return grey
    size = (max(1, round(width * part)), max(1, round(height * part)))
    filter_ = Image.Resampling.BOX if part < 0.4 else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(grey).resize(size, filter_), np.float32)


def _host(grey: Floats) -> Complexes:
    """(n,): what the picture itself puts on the lattice's waves, as the detector would see it, in deviations."""
    small = residual(reduced(grey))
    halved = np.asarray(Image.fromarray(small).reduce(2), np.float32)  # no wave is finer than 0.25: a quarter the work
    high, wide = small.shape
    both = halved @ _across(wide, 1.0, True)
    half = both.shape[1] // 2
    lines = np.empty((len(both), half), np.complex64)
    lines.real, lines.imag = both[:, :half], both[:, half:]
    lines *= _turns(high, 1.0, 1, True).conj()
    host: Complexes = np.sum(lines, axis=0)
    order = np.argsort(np.hypot(*lattice().steps.T), kind="stable")
    power = np.pad(np.abs(host[order]) ** 2, _SPAN, mode="reflect")
    smooth = np.empty(len(host), np.float32)
    smooth[order] = np.convolve(power, np.full(2 * _SPAN + 1, 1 / (2 * _SPAN + 1)), "valid")
    # A residual of less than a thousandth is rounding, not picture.
    return np.asarray(host / np.sqrt(smooth + np.float32(1e-6 * halved.size)), np.complex64)


def _agreeing(host: Complexes, coded: NDArray[np.uint8], key: Key, seed: bytes) -> tuple[int, float, float]:
    """Family and offset (parts of a tile) for which the picture agrees best with the mark."""
    host = host / np.maximum(np.abs(host) / 2, 1) + np.float32(_DITHER) * dither(key, seed)
    products = np.stack([host * modulate(coded, key, family).conj() for family in range(FAMILIES)])
    found = surface(products, lattice().steps)
    family, row, column = np.unravel_index(int(found.argmax()), found.shape)
    return int(family), float(column / found.shape[2]), float(row / found.shape[1])


def _middled(length: int) -> Floats:
    """(length,): places of pixels along one side, zero in its middle."""
    return np.arange(length, dtype=np.float32) - np.float32(length // 2)


def _turns(length: int, scale: float, axis: int, halved: bool = False) -> Complexes:
    """(places, n): every wave along one side, phase zero in its middle; of every second place where it is halved.

    Pictures of one size follow each other, so what they share is kept, up to some 30 MB.
    """
    return (_kept_turns if length <= _KEPT else _made_turns)(length, scale, axis, halved)


def _made_turns(length: int, scale: float, axis: int, halved: bool) -> Complexes:
    places = _middled(length)[::2] + np.float32(0.5) if halved else _middled(length)
    angles = (places[:, None] * (2 * np.pi / scale * lattice().waves[:, axis])).astype(np.float32)
    return (np.cos(angles) + 1j * np.sin(angles)).astype(np.complex64)


def _across(length: int, scale: float, halved: bool) -> Floats:
    """(places, 2 * n): real and imaginary parts of `_turns` along a row."""
    return (_kept_across if length <= _KEPT else _made_across)(length, scale, halved)


def _made_across(length: int, scale: float, halved: bool) -> Floats:
    columns = _made_turns(length, scale, 0, halved)
    return np.concatenate([columns.real, -columns.imag if halved else columns.imag], axis=1)


_kept_turns, _kept_across = lru_cache(maxsize=4)(_made_turns), lru_cache(maxsize=4)(_made_across)


def _synthesise(waves: Complexes, height: int, width: int) -> Floats:
    """(h, w): the sum of all waves, as a matrix product of rows and columns, strip by strip."""
    scale = max(1.0, math.sqrt(height * width) / SIDE)
    rows = _turns(height, scale, 1) * waves
    left = np.empty((height, 2 * len(waves)), np.float32)
    left[:, : len(waves)] = rows.real
    np.negative(rows.imag, out=left[:, len(waves) :])
    right = _across(width, scale, False).T
    result = np.empty((height, width), np.float32)
    for top in range(0, height, _STRIP):
        np.matmul(left[top : top + _STRIP], right, out=result[top : top + _STRIP])
    return result


def _apply(pixels: Pixels, wave: Floats, psnr: float) -> Pixels:
    """Add the wave as strong as the PSNR (dB) lets, clipping and rounding counted.

    Channels share it as they make up luma: that moves luma most for the same error over all channels (1.3 dB).
    The strength is found on a part of the rows, and proved on all.
    """
    wanted = 255.0**2 / 10 ** (psnr / 10)
    share = LUMA / float(LUMA @ LUMA)
    part = slice(0, None, max(1, pixels.shape[0] // _PROBED))
    gain = math.sqrt(3 * wanted / (float(share @ share) * float(np.mean(wave[part] ** 2))))
    for _ in range(3):
        gain *= math.sqrt(wanted / _error(pixels[part], _added(pixels[part], wave[part], gain, share)[0]))
    for _ in range(_TRIES):
        marked, apart = _added(pixels, wave, gain, share)
        # Whether it is near enough shows by the way; how far it is off must not hang on how that was added up.
        if abs(apart / wanted - 1) < _EXACT * 0.999:
            return marked
        part_of_wanted = _error(pixels, marked) / wanted
        if abs(part_of_wanted - 1) < _EXACT:
            return marked
        gain /= math.sqrt(part_of_wanted)
    while _error(pixels, marked) > wanted * (1 + _EXACT):  # whole levels only, in a small flat picture: never louder
        gain *= 0.98
        marked = _added(pixels, wave, gain, share)[0]
    return marked


def _added(pixels: Pixels, wave: Floats, gain: float, share: Floats) -> tuple[Pixels, float]:
    """The marked picture, and its mean square error."""
    marked = np.empty_like(pixels)
    height, width = wave.shape
    gains = np.tile(np.array([np.float32(gain * part) for part in share], np.float32), width)
    error = 0.0
    for top in range(0, height, _ROWS):  # as much at once as a cache holds
        rows = slice(top, top + _ROWS)
        before = pixels[rows].reshape(-1, 3 * width).astype(np.float32)
        plane = np.repeat(wave[rows], 3, axis=1)
        plane *= gains
        plane += before
        np.rint(plane, out=plane)
        np.minimum(np.maximum(plane, 0, out=plane), 255, out=plane)
        marked[rows] = plane.reshape(-1, width, 3)
        plane -= before
        flat = plane.ravel()
        error += float(flat @ flat)
    return marked, error / pixels.size


def _error(pixels: Pixels, marked: Pixels) -> float:
    """Mean square, never nothing."""
    apart = np.subtract(pixels, marked, dtype=np.float32).ravel()
    return max(float(apart @ apart) / apart.size, 1e-6)
