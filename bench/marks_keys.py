"""Whole searches that must find nothing: every picture with every wrong key.

What a search does before it looks at a key (spectrum, poses, the pilots' values there) is done once for each picture;
from there on each pair goes the way of `detect.search`, step by step, with its functions: the pilots at all offsets of
all families in every pose, refining where they agree by chance, reading, and the bound. Half of the pictures are crops
of unmarked ones, half carry the mark of another key, so that the lattice is truly found and only the phases are wrong.

Lines are kept for each key and block of pictures, so that a run can be stopped and taken up again; they count for the
same code and pictures only.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.common import say
from bench.marks_attacks import Pixels
from bench.marks_survival import KEY, kept, source
from pingxing.label.watermark import Key, Message, embed
from pingxing.label.watermark.detect import ALARM, _alarm, _places, _read, _searched
from pingxing.label.watermark.pattern import lattice
from pingxing.label.watermark.sense import luma, residual
from pingxing.label.watermark.spectrum import Spectrum, whitened
from pingxing.label.watermark.sync import KEPT, Pose, sample

BLOCK = 125  # pictures whose spectra are held at once


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture as far as no key is needed: parts of the search, each with its poses and the pilots' values there."""

    spectrum: Spectrum
    parts: list[tuple[list[Pose], NDArray[np.complex64]]]


def prepared(pixels: Pixels) -> Prepared:
    spectrum = whitened(residual(luma(pixels)))
    pilots = lattice().pilots
    parts = [(part, np.stack([sample(spectrum, pose, pilots) for pose in part])) for part in _searched(spectrum)]
    return Prepared(spectrum, parts)


def windows(pictures: Sequence[Pixels], first: int, count: int) -> Iterator[Pixels]:
    """Windows of 192 to 384 pixels a side, every other one of a marked picture."""
    for number in range(first, first + count):
        chance = np.random.default_rng([number, 41])
        pixels = pictures[number % len(pictures)]
        if number % 2:
            pixels = embed(pixels, Message(KEY.id, number), KEY)
        side = int(chance.integers(192, 385))
        top, left = chance.integers(0, pixels.shape[0] - side + 1, 2)
        yield np.ascontiguousarray(pixels[top : top + side, left : left + side])


def wrong_key(number: int) -> Key:
    """Half of them say the number of the right key: only the secret differs."""
    secret = hashlib.sha256(f"wrong key {number}".encode()).digest()
    return Key(KEY.id if number % 2 else number % 256, secret)


def tried(picture: Prepared, key: Key) -> Counter[str]:
    """One pair, as `detect.search` goes: places read, checksums that agreed by chance, of those with the key's own
    number, marks found."""
    told: Counter[str] = Counter(searches=1)
    trials = 0
    for poses, values in picture.parts:
        for place in _places(picture.spectrum, values, poses, key):
            trials += place.trials * (KEPT + 1)
            told["read"] += 1
            told["pilots_over_5.5"] += place.deviations > 5.5
            message = _read(picture.spectrum, place, key)
            if message is None:
                continue
            told["checksums"] += 1
            if message.key_id == key.id:
                told["numbers"] += 1
                told["hits"] += _alarm(picture.spectrum, place, key, message, trials) <= ALARM
    return told


def survey(
    pictures: Sequence[Pixels], *, crops: int, keys: int, log: Path, until: float, workers: int
) -> dict[str, Any]:
    """Every one of `crops` windows with every one of `keys` keys, those in `log` first; none is begun after `until`."""
    code = source(Path(__file__))
    seen = hashlib.sha256()
    for pixels in pictures:
        seen.update(pixels.tobytes())
    code += seen.hexdigest()[:12]
    total: Counter[str] = Counter()
    done: set[tuple[int, int]] = set()
    for line in kept(log):
        if line["code"] == code and line["block"] * BLOCK < crops and line["key"] < keys:
            done.add((line["block"], line["key"]))
            total.update(line["told"])
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        for block in range(-(-crops // BLOCK)):
            missing = [key for key in range(keys) if (block, key) not in done]
            if not missing or time.time() > until:
                continue
            say(f"{total['searches']} searches with a wrong key, {total['hits']} hits")
            for key, told in _block(pictures, block, min(BLOCK, crops - block * BLOCK), missing, until, workers):
                file.write(json.dumps({"code": code, "block": block, "key": key, "told": told}) + "\n")
                file.flush()
                total.update(told)
    return {"crops": crops, "keys": keys, **{name: total[name] for name in _TOLD}}


_TOLD = ("searches", "read", "pilots_over_5.5", "checksums", "numbers", "hits")
_HELD: list[Prepared] = []  # of the block in hand: workers are forks, and see it


def _block(
    pictures: Sequence[Pixels], block: int, count: int, keys: Sequence[int], until: float, workers: int
) -> Iterator[tuple[int, Counter[str]]]:
    _HELD[:] = [prepared(crop) for crop in windows(pictures, block * BLOCK, count)]
    if workers == 1:
        for key in keys:
            if time.time() > until:
                return
            yield _one(key)
        return
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        for told in pool.imap_unordered(_one, keys):
            yield told
            if time.time() > until:
                return


def _one(number: int) -> tuple[int, Counter[str]]:
    """All pictures of the block with one key: its phases are made once."""
    key = wrong_key(number)
    return number, sum((tried(picture, key) for picture in _HELD), Counter())
