"""The spectrum of a picture's fine structure, at any frequency wanted.

A padded FFT of the residual, read between its bins by Kaiser-Bessel interpolation (Fessler and Sutton, "Nonuniform fast
Fourier transforms using min-max interpolation", IEEE Trans. Signal Process. 51, 2003): one transform, then every scale
and rotation of the lattice is a thousand look-ups. Phases are about the picture's middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.label.watermark.sense import Floats

LIMIT = 0.46  # cycles per pixel: the highest frequency kept
_TAPS = 4
_BETA = math.pi * math.sqrt((_TAPS / 2) ** 2 * 1.5**2 - 0.8)  # for padding to twice the size
EDGE = 4  # columns kept left of zero, so that taps never fall off
_BETWEEN = 2048  # places between two bins at which weights are kept; the error of interpolating them is that of float32
_PATCH = 8  # bins on a side of one noise estimate

Complexes = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Spectrum:
    """bins: (rows, columns) complex, padded FFT, whitened to unit noise power; column EDGE is frequency zero.

    power: the same, squared and cut, for fast search. Sides of the padded transform: rows, width.
    """

    bins: Complexes
    power: Floats
    rows: int
    width: int
    height_px: int
    width_px: int

    def at(self, frequencies: NDArray[np.float64]) -> Complexes:
        """(n,) complex values at (n, 2) frequencies (fx, fy) in cycles per pixel, |f| within LIMIT."""
        mirrored = frequencies[:, 0] < 0
        signed = np.where(mirrored[:, None], -frequencies, frequencies)
        across, weights_x = _taps(signed[:, 0] * self.width)
        down, weights_y = _taps(signed[:, 1] * self.rows)
        places = (down % self.rows * self.bins.shape[1])[:, :, None] + (across + EDGE)[:, None, :]
        values = self.bins.reshape(-1).take(places)
        found = np.einsum("nij,ni,nj->n", values, weights_y, weights_x)
        return np.asarray(np.where(mirrored, found.conj(), found), np.complex64)


def whitened(residual: Floats) -> Spectrum:
    """The whitened spectrum of a residual (h, w)."""
    height, width = residual.shape
    rows, columns = _good(2 * height), _good(2 * width)
    flat = residual / (_kernel_spectrum(height, rows)[:, None] * _kernel_spectrum(width, columns)[None, :])
    top, left = height // 2, width // 2
    kept = min(columns // 2, math.ceil(LIMIT * columns) + EDGE)
    # Rows first, and of those only what is kept: rfft2 would transform the empty half and what is thrown away.
    lines = np.zeros((height, columns), np.float32)
    lines[:, : width - left] = flat[:, left:]
    lines[:, -left:] = flat[:, :left]
    across = np.fft.rfft(lines)[:, : kept + 1]
    tall = np.zeros((rows, kept + 1), np.complex64)
    tall[: height - top] = across[top:]
    tall[-top:] = across[:top]
    half = np.fft.fft(tall, axis=0)
    mirror = half[(-np.arange(rows)) % rows, 1 : EDGE + 1][:, ::-1].conj()
    bins = np.concatenate([mirror, half], axis=1)
    power = bins.real**2 + bins.imag**2
    noise = _noise(power)
    bins /= np.sqrt(noise)
    power /= noise
    np.minimum(power, np.float32(6), out=power)
    return Spectrum(bins, power, rows, columns, height, width)


def _noise(power: Floats) -> Floats:
    """Mean power round each bin: patches, pooled 3x3, spread back."""
    rows, columns = power.shape
    patches = np.asarray(Image.fromarray(power).reduce(_PATCH), np.float32)
    ring = np.pad(np.pad(patches, ((1, 1), (0, 0)), mode="wrap"), ((0, 0), (1, 1)), mode="edge")
    across = ring[:, :-2] + ring[:, 1:-1] + ring[:, 2:]
    pooled = (across[:-2] + across[1:-1] + across[2:]) / 9 + np.float32(1e-20)
    return np.asarray(pooled.repeat(_PATCH, axis=0).repeat(_PATCH, axis=1)[:rows, :columns], np.float32)


def _taps(places: NDArray[np.float64]) -> tuple[NDArray[np.int64], Floats]:
    """Indices (n, _TAPS) of the bins round each place, and their weights."""
    whole = np.floor(places)
    between = (places - whole) * _BETWEEN
    nearest = between.astype(np.int64)
    kept, rising = _weights()
    weights = kept[nearest]
    weights += rising[nearest] * (between - nearest).astype(np.float32)[:, None]
    return whole.astype(np.int64)[:, None] + np.arange(1 - _TAPS // 2, 1 + _TAPS // 2), weights


@lru_cache(maxsize=1)
def _weights() -> tuple[Floats, Floats]:
    """(_BETWEEN, _TAPS): the kernel's weights of a place that lies so far between two bins, and how they go on."""
    places = np.arange(_BETWEEN + 1)[:, None] / _BETWEEN
    distance = (np.arange(1 - _TAPS // 2, 1 + _TAPS // 2) - places) * (2 / _TAPS)
    kept = np.i0(_BETA * np.sqrt(np.maximum(1 - distance**2, 0))) * (_BETA / (_TAPS * math.sinh(_BETA)))
    return kept[:-1].astype(np.float32), np.diff(kept, axis=0).astype(np.float32)


def _kernel_spectrum(length: int, padded: int) -> Floats:
    """The transform of the interpolation kernel over the picture's places: what interpolation multiplies them by."""
    places = (np.arange(length) - length // 2) / padded
    inside = np.sqrt(np.maximum(_BETA**2 - (np.pi * _TAPS * places) ** 2, 1e-12))
    return (np.sinh(inside) / inside * (_BETA / math.sinh(_BETA))).astype(np.float32)


def _good(length: int) -> int:
    """The next even length without prime factors above 5."""
    length += length % 2
    while True:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 2
