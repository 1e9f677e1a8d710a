"""The keyed carriers: waves on a tilted lattice of frequencies, so that the mark repeats in tiles of one period.

A mark is a sum of plane waves whose frequencies are the points of a square lattice of pitch 1/PERIOD, turned by TILT.
Nothing else in it is fixed: every wave's phase comes from the key's secret and a family number, and the whole is
shifted by an offset chosen for each picture. A quarter of the waves are pilots (phase from key and family only: they
find family and offset), the rest carry two coded bits each. The lattice alone, which everyone may know, tells scale
and rotation from the strength of the waves, whatever their phases; so no template is common to two pictures, and the
average of many pictures tends to nothing. The tilt keeps the lattice off the axes, where pictures have their own lines.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pingxing.label.watermark.code import CODED_BITS

PERIOD = 80.0  # pixels at scale 1: side of a tile
TILT = math.radians(27.0)
FAMILIES = 32
_LOWEST, _HIGHEST = 0.033, 0.215  # cycles per pixel at scale 1: below, pictures shout; above, compression cuts
_PILOT_EVERY = 4
GRID = 48  # offsets tried along a tile

Complexes = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Key:
    """A marking key. id: 0..255, public, written into the mark. secret: at least 16 bytes, never in a file."""

    id: int
    secret: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.id <= 255:
            raise ValueError("a key's id must be within 0..255")
        if len(self.secret) < 16:
            raise ValueError("a key's secret must be at least 16 bytes")


@dataclass(frozen=True, slots=True)
class Lattice:
    """The waves of half the frequency plane (the other half is their mirror).

    steps: (n, 2) whole numbers (kx, ky). waves: (n, 2) cycles per pixel at scale 1, unturned picture.
    pilots, carriers: indices into both.
    """

    steps: NDArray[np.int64]
    waves: NDArray[np.float64]
    pilots: NDArray[np.int64]
    carriers: NDArray[np.int64]


@lru_cache(maxsize=1)
def lattice() -> Lattice:
    reach = math.ceil(PERIOD * _HIGHEST)
    ky, kx = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    steps = np.stack([kx.ravel(), ky.ravel()], axis=1)
    lengths = np.hypot(steps[:, 0], steps[:, 1]) / PERIOD
    half = (steps[:, 1] > 0) | ((steps[:, 1] == 0) & (steps[:, 0] > 0))
    steps = steps[(lengths >= _LOWEST) & (lengths <= _HIGHEST) & half]
    # By length, then angle, so that pilots and the bits of each code step meet every part of the band.
    angles = np.arctan2(steps[:, 1], steps[:, 0])
    steps = steps[np.lexsort((angles, np.hypot(steps[:, 0], steps[:, 1]).round(6)))]
    turn = np.array([[math.cos(TILT), math.sin(TILT)], [-math.sin(TILT), math.cos(TILT)]])
    indices = np.arange(len(steps))
    pilot = indices % _PILOT_EVERY == 0
    return Lattice(steps, steps @ turn / PERIOD, indices[pilot], indices[~pilot])


@lru_cache(maxsize=64)
def pilots(key: Key) -> Complexes:
    """(FAMILIES, pilots): the unit phases of every family's pilots."""
    count = len(lattice().pilots)
    return np.stack([_phases(key, "pilot", family, count) for family in range(FAMILIES)])


@lru_cache(maxsize=256)
def carriers(key: Key, family: int) -> Complexes:
    """(carriers,): the unit phases that the coded bits turn."""
    return _phases(key, "carrier", family, len(lattice().carriers))


@lru_cache(maxsize=1)
def slots() -> NDArray[np.int64]:
    """(2 * carriers,): which coded bit lies in the real and the imaginary part of each carrier.

    A fixed shuffle, each coded bit as often as any other to within one.
    """
    count = 2 * len(lattice().carriers)
    rounds = -(-count // CODED_BITS)
    generator = np.random.Generator(np.random.PCG64(0x9E3779B9))
    order = np.concatenate([generator.permutation(CODED_BITS) for _ in range(rounds)])
    return order[:count].astype(np.int64)


def modulate(coded: NDArray[np.uint8], key: Key, family: int) -> Complexes:
    """(n,): the complex strength of every wave of the lattice, all of unit size, for 256 coded bits."""
    waves = np.empty(len(lattice().steps), np.complex64)
    waves[lattice().pilots] = pilots(key)[family]
    waves[lattice().carriers] = _signs(coded.tobytes()) * carriers(key, family)
    return waves


@lru_cache(maxsize=1)
def _signs(coded: bytes) -> Complexes:
    """(carriers,): what the coded bits turn their carriers by; the same for every family."""
    signs = (1 - 2 * np.frombuffer(coded, np.uint8).astype(np.float32))[slots()] / np.float32(math.sqrt(2))
    return np.asarray(signs[0::2] + 1j * signs[1::2], np.complex64)


def dither(key: Key, seed: bytes) -> Complexes:
    """(n,): unit phases of one picture and message, that nobody without the secret can foresee."""
    return _phases(key, "dither:" + seed.hex(), 0, len(lattice().steps))


def surface(products: Complexes, steps: NDArray[np.int64]) -> NDArray[np.float32]:
    """(families, GRID, GRID): the real sum of products for every offset (down, across)."""
    # A wave's mirror in the other half plane carries the conjugate; rfft wants the half with kx >= 0.
    mirrored = steps[:, 0] < 0
    kx, ky = np.where(mirrored, -steps[:, 0], steps[:, 0]), np.where(mirrored, -steps[:, 1], steps[:, 1])
    values = np.where(mirrored, products.conj(), products)
    grid = np.zeros((len(products), GRID, GRID // 2 + 1), np.complex64)
    grid[:, ky % GRID, kx] = values
    on_axis = kx == 0
    grid[:, (-ky[on_axis]) % GRID, 0] = values[:, on_axis].conj()
    return np.asarray(np.fft.irfft2(grid, s=(GRID, GRID), norm="forward") / 2, np.float32)


def _phases(key: Key, use: str, family: int, count: int) -> Complexes:
    stream = hashlib.shake_256(hmac.digest(key.secret, f"{use}:{family}".encode(), "sha256")).digest(4 * count)
    turns = np.frombuffer(stream, ">u4").astype(np.float64) / 2**32
    return np.asarray(np.exp(2j * np.pi * turns), np.complex64)
