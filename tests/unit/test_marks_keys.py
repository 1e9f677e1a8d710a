"""The bench of whole searches with wrong keys: it searches as the detector does, and counts each pair once."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from bench.marks_attacks import Pixels
from bench.marks_keys import prepared, survey, tried, wrong_key

from pingxing.label.watermark import Key, Message, detect, embed

KEY = Key(7, b"a secret of the tests")


def _noise(seed: int) -> Pixels:
    chance = np.random.default_rng(seed)
    radius = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.rfftfreq(256)[None])
    radius[0, 0] = 1
    grey = np.fft.irfft2(np.fft.rfft2(chance.normal(size=(256, 256))) / radius, s=(256, 256))
    grey = grey / grey.std() * 30 + 120
    return np.clip(grey[:, :, None] * np.array([1.0, 0.9, 0.8]), 0, 255).astype(np.uint8)


def test_the_right_key_is_found_as_the_detector_finds_it_and_wrong_ones_are_not() -> None:
    marked = embed(_noise(1), Message(7, 99), KEY)
    assert detect(marked, [KEY]).tag == 99
    ready = prepared(marked)
    found = tried(ready, KEY)
    assert found["hits"] >= 1
    assert found["checksums"] >= found["numbers"] >= found["hits"]
    for number in range(3):
        assert not detect(marked, [wrong_key(number)]).found
        assert tried(ready, wrong_key(number))["hits"] == 0


def test_wrong_keys_are_many_and_half_of_them_claim_the_right_number() -> None:
    keys = [wrong_key(number) for number in range(100)]
    assert len({key.secret for key in keys}) == 100
    assert sum(key.id == KEY.id for key in keys) == pytest.approx(50, abs=1)


def test_a_run_is_taken_up_where_it_stopped_and_only_for_the_same_pictures(tmp_path: Path) -> None:
    pictures, log = [_noise(seed).repeat(2, axis=0).repeat(2, axis=1) for seed in (1, 2)], tmp_path / "log.jsonl"

    def run(pictures: list[Pixels], keys: int, until: float = math.inf) -> int:
        told = survey(pictures, crops=2, keys=keys, log=log, until=until, workers=1)
        assert told["hits"] == 0
        return int(told["searches"])

    assert run(pictures, 2, until=0) == 0
    assert run(pictures, 1) == 2
    assert run(pictures, 3) == 6
    lines = log.read_text().splitlines()
    assert sorted(json.loads(line)["key"] for line in lines) == [0, 1, 2]
    assert run(pictures, 3, until=0) == 6  # from the log alone
    assert run(pictures[:1], 1, until=0) == 0  # other pictures
