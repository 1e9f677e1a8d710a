"""Find a mark in a picture and read it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from pingxing.label.watermark.code import CODED_BITS, Message, decode, unpack
from pingxing.label.watermark.embed import Pixels, check
from pingxing.label.watermark.pattern import Key, carriers, lattice, slots
from pingxing.label.watermark.sense import Floats, luma, residual
from pingxing.label.watermark.spectrum import Spectrum, whitened
from pingxing.label.watermark.sync import Lock, Pose, _unit, _within, lock, poses, refine

_SIDE = 1024


@dataclass(frozen=True, slots=True)
class Detection:
    found: bool
    key_id: int | None
    tag: int | None
    false_alarm: float
    scale: float | None = None
    rotation: float | None = None
    offset: tuple[float, float] | None = None
    note: object = None


def detect(pixels: Pixels, keys: Sequence[Key]) -> Detection:
    check(pixels)
    spectrum = whitened(residual(_reduced(luma(pixels))))
    candidates = [pose for _, pose in poses(spectrum)]
    candidates.append(Pose.of(1.0, 0.0))
    best = None
    for key in keys:
        locks = sorted((lock(spectrum, pose, key) for pose in candidates), key=lambda l: -l.deviations)
        for first in locks[:4]:
            fine = refine(spectrum, first, key)
            if best is None or fine.deviations > best.deviations:
                best = fine
            message = read(spectrum, fine, key)
            if message is not None and message.key_id == key.id:
                return Detection(True, message.key_id, message.tag, 0.0, fine.pose.scale, fine.pose.turn, fine.offset, fine.deviations)
    return Detection(False, None, None, 1.0, best.pose.scale, best.pose.turn, best.offset, best.deviations)


def read(spectrum: Spectrum, found: Lock, key: Key) -> Message | None:
    chosen = lattice().carriers
    values = _unit(spectrum.at(_within(lattice().waves[chosen] @ found.pose.map)))
    turned = np.exp(2j * np.pi * (lattice().steps[chosen] @ np.array(found.offset)))
    soft = values * turned * carriers(key, found.family).conj()
    parts = np.stack([soft.real, soft.imag], axis=1).reshape(-1)
    sums = np.bincount(slots(), weights=parts, minlength=CODED_BITS).astype(np.float32)
    return unpack(decode(sums))


def _reduced(grey: Floats) -> Floats:
    height, width = grey.shape
    part = _SIDE / math.sqrt(height * width)
    if part >= 1:
        return grey
    size = (round(width * part), round(height * part))
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BOX if part < .5 else Image.Resampling.LANCZOS))
