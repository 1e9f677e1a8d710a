"""Where the lattice lies: scale, rotation, then family and offset."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pingxing.label.watermark.pattern import FAMILIES, GRID, Key, lattice, pilots
from pingxing.label.watermark.sense import Floats
from pingxing.label.watermark.spectrum import EDGE, LIMIT, Complexes, Spectrum

SCALES = (0.45, 2.3)  # pixels of the picture searched per pixel of the mark at scale 1
TURNS = math.radians(3.0)
KEPT = 16  # poses that keys are tried on
_JUDGED = 64


@dataclass(frozen=True, slots=True)
class Pose:
    """How the lattice lies in the picture searched: a linear map of its frequencies (2, 2)."""

    map: NDArray[np.float64]

    def frequencies(self) -> NDArray[np.float64]:
        return lattice().waves @ self.map

    @property
    def scale(self) -> float:
        return 1 / math.sqrt(abs(float(np.linalg.det(self.map))))

    @property
    def turn(self) -> float:
        return math.atan2(float(self.map[0, 1] - self.map[1, 0]), float(self.map[0, 0] + self.map[1, 1]))

    @staticmethod
    def of(scale: float, turn: float) -> Pose:
        cos, sin = math.cos(turn) / scale, math.sin(turn) / scale
        return Pose(np.array([[cos, sin], [-sin, cos]]))


@dataclass(frozen=True, slots=True)
class Lock:
    """A pose with the family and offset whose pilots agree best. deviations: of the pilots' sum from none."""

    pose: Pose
    family: int
    offset: tuple[float, float]  # parts of a tile
    deviations: float
    trials: int


def poses(spectrum: Spectrum, scales: tuple[float, float] = SCALES, turns: float = TURNS) -> list[tuple[float, Pose]]:
    """The likeliest poses, best first, by the power on the lattice's points. Needs no key.

    Half the waves look everywhere; the poses they like best are judged by all.
    """
    side = max(spectrum.height_px, spectrum.width_px)
    step = 0.35 / (side * 0.15)
    names = np.exp(np.arange(math.log(scales[0]), math.log(scales[1]), step))
    angles = np.arange(-math.ceil(turns / step), math.ceil(turns / step) + 1) * step
    power, reach = _tall(spectrum)
    table = np.stack([_score(spectrum, power, reach, float(angle), names, 2) for angle in angles])
    likely = [(float(angles[row]), names[column : column + 1]) for row, column in _peaks(table, _JUDGED)]
    judged = [
        (float(_score(spectrum, power, reach, angle, name, 1)[0]), float(name[0]), angle) for angle, name in likely
    ]
    best = sorted(judged, key=lambda found: -found[0])[:KEPT]
    return [(worth, Pose.of(scale, angle)) for worth, scale, angle in best]


def _tall(spectrum: Spectrum) -> tuple[Floats, int]:
    """The power with negative vertical frequencies first, and how many rows of them: look-ups need no remainder."""
    reach = min(spectrum.rows // 2 - 1, math.ceil(LIMIT * spectrum.rows) + 1)
    return np.concatenate([spectrum.power[-reach:], spectrum.power[: reach + 1]]), reach


def _score(
    spectrum: Spectrum, power: Floats, reach: int, turn: float, scales: NDArray[np.float64], every: int
) -> Floats:
    """(scales,): deviations of the mean power on the lattice from that of noise (1, spread 1 for one point)."""
    waves = (lattice().waves @ Pose.of(1, turn).map)[::every].astype(np.float32)
    lengths = np.hypot(waves[:, 0], waves[:, 1])
    sizes = (1 / scales).astype(np.float32)[:, None]
    inside = lengths * sizes < np.float32(LIMIT)
    signed = np.where(waves[:, :1] < 0, -waves, waves) * np.array([spectrum.width, spectrum.rows], np.float32)
    across = (signed[:, 0] * sizes + np.float32(0.5 + EDGE)).astype(np.int32)
    down = (signed[:, 1] * sizes + np.float32(0.5 + reach)).astype(np.int32)
    down *= power.shape[1]
    down += across
    down *= inside  # what lies outside looks at the first bin, and is not counted
    values = power.reshape(-1)[down] * inside
    count = inside.sum(axis=1, dtype=np.float32)
    return np.asarray((values.sum(axis=1) - count) / np.sqrt(count), np.float32)


def _peaks(table: Floats, count: int) -> list[tuple[int, int]]:
    left = table.copy()
    found = []
    for _ in range(count):
        row, column = np.unravel_index(int(left.argmax()), left.shape)
        found.append((int(row), int(column)))
        left[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2] = -np.inf
    return found


def locks(found: Complexes, candidates: Sequence[Pose], key: Key) -> list[Lock]:
    """For each pose the family and offset whose pilots agree best. found: (poses, pilots), as `sample` gives them."""
    phases = pilots(key).conj()
    products = (found[:, None, :] * phases).reshape(-1, found.shape[1])
    # A wave's real part is even round the tile's middle, its imaginary part odd: half the tile tells the other half.
    even, odd = _tile()
    sums = products.real @ even
    turned = products.imag @ odd
    best = np.abs(turned)
    best += sums
    best, turned = best.reshape(len(found), -1), turned.reshape(len(found), -1)
    result = []
    for pose, values, worth, odds in zip(candidates, found, best, turned, strict=True):
        place = int(worth.argmax())
        family, (down, across) = place // even.shape[1], divmod(place % even.shape[1], GRID)
        if odds[place] < 0:
            down, across = -down % GRID, -across % GRID
        spread = math.sqrt(max(float(np.sum(np.abs(values) ** 2)) / 2, 1e-12))
        deviations = float(worth[place]) / spread
        result.append(Lock(pose, family, (across / GRID, down / GRID), deviations, FAMILIES * GRID * GRID))
    return result


@lru_cache(maxsize=1)
def _tile() -> tuple[Floats, Floats]:
    """(pilots, places): cosines and negative sines of the pilots at the offsets of half a tile, row by row."""
    down, across = np.mgrid[: GRID // 2 + 1, :GRID].reshape(2, -1) / GRID
    angles = 2 * np.pi * (lattice().steps[lattice().pilots] @ np.stack([across, down]))
    return np.cos(angles).astype(np.float32), -np.sin(angles).astype(np.float32)


def refine(spectrum: Spectrum, start: Lock, key: Key) -> Lock:
    """Climb in scale, rotation, stretch, shear and offset to where the pilots agree best."""
    chosen = lattice().pilots
    steps = lattice().steps[chosen]
    expected = pilots(key)[start.family]
    side = max(spectrum.height_px, spectrum.width_px)
    trials = start.trials

    def worth(state: NDArray[np.float64]) -> float:
        values = sample(spectrum, Pose(_bent(start.pose, state)), chosen)
        return agreement(values, expected, steps, (float(state[4]), float(state[5])))

    state = np.array([0.0, 0.0, 0.0, 0.0, *start.offset])
    best = worth(state)
    pitch = np.array([1, 1, 1, 1, 0, 0]) * (0.6 * start.pose.scale / side / 0.15) + np.array([0, 0, 0, 0, 1, 1]) * 0.008
    for _ in range(5):
        for axis in range(6):
            for sign in (1, -1):
                moved = state.copy()
                moved[axis] += sign * pitch[axis]
                value = worth(moved)
                trials += 1
                if value > best:
                    best, state = value, moved
                    break
        pitch /= 1.8
    offset = (float(state[4]), float(state[5]))
    return Lock(Pose(_bent(start.pose, state)), start.family, offset, best, trials)


def _bent(pose: Pose, state: NDArray[np.float64]) -> NDArray[np.float64]:
    grow, turn, stretch, shear = state[:4]
    bend = np.array([[1 + grow + stretch, turn + shear], [shear - turn, 1 + grow - stretch]])
    return np.asarray(pose.map @ bend)


def sample(spectrum: Spectrum, pose: Pose, chosen: NDArray[np.int64]) -> Complexes:
    """The spectrum on the chosen waves of a pose; nothing for waves beyond its edge.

    Values of more than twice the noise are cut to that: no single wave decides.
    """
    frequencies = lattice().waves[chosen] @ pose.map
    inside = np.hypot(frequencies[:, 0], frequencies[:, 1]) < LIMIT
    values = spectrum.at(np.where(inside[:, None], frequencies, 0.0)) * inside
    return (values / np.maximum(np.abs(values) / 2, 1)).astype(np.complex64)


def agreement(values: Complexes, expected: Complexes, steps: NDArray[np.int64], offset: tuple[float, float]) -> float:
    """Deviations from zero of the sum of values over expected phases, moved to the offset.

    For phases drawn from a key that is independent of the picture, P(agreement > t) <= exp(-t*t / 2), whatever the
    picture: each term is bounded like a normal variable of its own variance (Hoeffding).
    """
    moved = np.exp(2j * np.pi * (steps @ np.array(offset)))
    spread = math.sqrt(max(float(np.sum(np.abs(values) ** 2)) / 2, 1e-12))
    return float(np.real(values * expected.conj() * moved).sum()) / spread
