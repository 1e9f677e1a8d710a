"""Find a mark in a picture and read it.

The chance of a false alarm is a bound, not a fit. Poses are found without any key. For a key that had no part in
making the picture the phases of its waves are random, so the agreement of one whole mark (pilots and coded bits) at one
place exceeds t with a chance of at most exp(-t*t / 2); there are 2**40 valid marks of a key (8 bits of key and 16 of
checksum are determined) and so many places tried; the sum of all those chances is the bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pingxing.label.watermark.code import CODED_BITS, TAG_BITS, Message, decode, encode, pack, unpack
from pingxing.label.watermark.embed import SIDE, Pixels, check, reduced
from pingxing.label.watermark.pattern import Key, carriers, lattice, modulate, slots
from pingxing.label.watermark.sense import Floats, luma, residual
from pingxing.label.watermark.spectrum import Complexes, Spectrum, whitened
from pingxing.label.watermark.sync import KEPT, Lock, Pose, agreement, locks, poses, refine, sample

ALARM = 1e-9  # a mark is found when the chance of a false one is at most this
_MARGIN = 2.0**10  # places tried are counted this often: refining moves between them freely
_FIRST = 3  # poses tried before the rest
_READ = 4  # locks read for each key, best first
_CLEAR = 9.0
_PILOTS = 4.9  # deviations the pilots must reach: the best of all offsets by chance is 4.5, the weakest mark read 6


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found. false_alarm: bound on the chance that an unmarked picture, or one of other keys, says as much.

    scale: pixels of this picture for one of the marked picture at scale 1; rotation: degrees; offset: parts of a tile.
    All None when nothing was found, and false_alarm is 1.
    """

    found: bool
    key_id: int | None = None
    tag: int | None = None
    false_alarm: float = 1.0
    scale: float | None = None
    rotation: float | None = None
    offset: tuple[float, float] | None = None


NOTHING = Detection(False)


def detect(pixels: Pixels, keys: Sequence[Key]) -> Detection:
    """The mark of any of the keys in a picture (h, w, 3) uint8, sides within 64..8192; ValueError otherwise."""
    check(pixels)
    return search(residual(reduced(luma(pixels))), keys, shrunk(pixels))


def shrunk(pixels: Pixels) -> float:
    """How many times smaller than the picture its residual is."""
    return max(1.0, math.sqrt(pixels.shape[0] * pixels.shape[1]) / SIDE)


def search(fine: Floats, keys: Sequence[Key], smaller: float) -> Detection:
    """The mark of any of the keys in a residual (h, w): of one picture, or the mean of several that share a mark."""
    spectrum = whitened(fine)
    trials = 0
    for part in _searched(spectrum):
        found = [sample(spectrum, pose, lattice().pilots) for pose in part]
        for key in keys:
            for place in _places(spectrum, np.stack(found), part, key):
                trials += place.trials * (KEPT + 1) * len(keys)
                message = _read(spectrum, place, key)
                if message is None or message.key_id != key.id:
                    continue
                alarm = _alarm(spectrum, place, key, message, trials)
                if alarm <= ALARM:
                    turn = math.degrees(place.pose.turn)
                    scale = place.pose.scale * smaller
                    return Detection(True, message.key_id, message.tag, alarm, scale, turn, place.offset)
    return NOTHING


def _searched(spectrum: Spectrum) -> Iterator[list[Pose]]:
    """Poses to try, in parts: as it was made, before anything is searched; the likeliest; the rest."""
    yield [Pose.of(1.0, 0.0)]
    found = [pose for _, pose in poses(spectrum)]
    yield found[:_FIRST]
    yield found[_FIRST:]


def _places(spectrum: Spectrum, pilots: Complexes, candidates: Sequence[Pose], key: Key) -> Iterator[Lock]:
    for found in sorted(locks(pilots, candidates, key), key=lambda lock: -lock.deviations)[:_READ]:
        if found.deviations < _PILOTS:
            return
        if found.deviations > _CLEAR:
            yield found  # a clear mark is read where it was met
        yield refine(spectrum, found, key)


def _read(spectrum: Spectrum, place: Lock, key: Key) -> Message | None:
    """The message at one place, or None when its checksum is wrong."""
    chosen = lattice().carriers
    moved = np.exp(2j * np.pi * (lattice().steps[chosen] @ np.array(place.offset)))
    soft = sample(spectrum, place.pose, chosen) * moved * carriers(key, place.family).conj()
    parts = np.stack([soft.real, soft.imag], axis=1).reshape(-1)
    return unpack(decode(np.bincount(slots(), weights=parts, minlength=CODED_BITS).astype(np.float32)))


def _alarm(spectrum: Spectrum, place: Lock, key: Key, message: Message, trials: int) -> float:
    """The bound on the chance of a false alarm, for the whole mark of this message at this place."""
    everything = np.arange(len(lattice().steps))
    expected = modulate(encode(pack(message)), key, place.family)
    values = sample(spectrum, place.pose, everything)
    deviations = max(agreement(values, expected, lattice().steps, place.offset), 0.0)
    exponent = math.log(trials * _MARGIN) + TAG_BITS * math.log(2) - deviations**2 / 2
    return math.exp(min(exponent, 0.0))
