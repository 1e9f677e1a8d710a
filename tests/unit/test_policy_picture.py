"""The nudity check around its network, and what the network says of harmless pictures."""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL.Image import Image

from pingxing.errors import BackendFailed
from pingxing.policy.base import PictureSubject, TextSubject
from pingxing.policy.picture import BLOCK, REVIEW, NudityCheck
from pingxing.types import Picture


def plain(width: int, height: int, colour: tuple[int, int, int] = (90, 120, 200)) -> Picture:
    return Picture(width, height, np.full((height, width, 3), colour, np.uint8))


@pytest.mark.parametrize(
    ("score", "action"),
    [
        (0.0, None),
        (REVIEW - 0.01, None),
        (REVIEW, "review"),
        (BLOCK - 0.01, "review"),
        (BLOCK, "block"),
        (1.0, "block"),
    ],
)
def test_thresholds(score: float, action: str | None) -> None:
    found = NudityCheck(score=lambda image: score).examine(PictureSubject(plain(64, 64)))
    assert [finding.action for finding in found] == ([] if action is None else [action])
    for finding in found:
        assert (finding.span, finding.view, finding.category) == ((0, 0), "picture", "sexual")
        assert finding.reason_en
        assert finding.reason_zh
        assert finding.clause


@pytest.mark.parametrize("answer", [math.nan, -0.1, 1.1])
def test_an_answer_that_is_no_probability_is_no_answer(answer: float) -> None:
    with pytest.raises(BackendFailed):
        NudityCheck(score=lambda image: answer).examine(PictureSubject(plain(64, 64)))


def test_a_network_that_breaks() -> None:
    def broken(image: Image) -> float:
        raise RuntimeError("no memory")

    with pytest.raises(BackendFailed) as caught:
        NudityCheck(score=broken).examine(PictureSubject(plain(64, 64)))
    assert isinstance(caught.value.__cause__, RuntimeError)


@pytest.mark.parametrize(
    ("size", "seen"),
    [((64, 64), (64, 64)), ((1024, 1024), (512, 512)), ((3000, 600), (3000, 600)), ((2048, 4096), (512, 1024))],
)
def test_large_pictures_are_averaged_down_first(size: tuple[int, int], seen: tuple[int, int]) -> None:
    sizes: list[tuple[int, int]] = []

    def score(image: Image) -> float:
        sizes.append(image.size)
        return 0.0

    NudityCheck(score=score).examine(PictureSubject(plain(*size)))
    assert sizes == [seen]


@pytest.mark.parametrize(
    ("colour", "grey", "composed", "action"),
    [
        (0.7, 0.1, True, None),
        (0.95, 0.7, True, "review"),
        (0.95, 0.99, True, "block"),
        (0.4, 0.99, True, None),
        (0.7, 0.1, False, "review"),
        (0.95, 0.1, False, "block"),
    ],
)
def test_a_second_look_counts_for_the_houses_own_drawings_alone(
    colour: float, grey: float, composed: bool, action: str | None
) -> None:
    def score(image: Image) -> float:
        pixels = np.asarray(image).astype(int)
        return grey if (pixels[..., 0] == pixels[..., 2]).all() else colour

    found = NudityCheck(score=score).examine(PictureSubject(plain(64, 64), composed=composed))
    assert [finding.action for finding in found] == ([] if action is None else [action])


def test_the_second_look_keeps_what_is_transparent() -> None:
    pixels = np.full((8, 8, 4), (200, 100, 50, 0), np.uint8)
    seen: list[tuple[int, ...]] = []

    def score(image: Image) -> float:
        seen.append(tuple(np.asarray(image)[0, 0].tolist()))
        return 1.0

    NudityCheck(score=score).examine(PictureSubject(Picture(8, 8, pixels), composed=True))
    assert seen == [(255, 255, 255), (128, 128, 128)] * 2


def test_a_network_that_cannot_be_loaded_is_told_when_warmed() -> None:
    seen: list[tuple[int, int]] = []
    NudityCheck(score=lambda image: seen.append(image.size) or 0.0).warm()
    assert seen == [(64, 64)]
    with pytest.raises(BackendFailed):
        NudityCheck(score=lambda image: math.nan).warm()


def test_text_is_not_its_business() -> None:
    check = NudityCheck(score=lambda image: 1.0)
    assert not check.reads(TextSubject("a"))
    with pytest.raises(TypeError):
        check.examine(TextSubject("a"))


def test_the_network_lets_harmless_pictures_pass_and_is_loaded_once() -> None:
    check = NudityCheck()
    noise = np.random.default_rng(7).integers(0, 255, (256, 256, 3), dtype=np.uint8)
    pictures = [
        plain(64, 64, (0, 0, 0)),
        plain(300, 100, (255, 255, 255)),
        plain(128, 128, (232, 176, 140)),  # the colour of skin
        Picture(256, 256, noise),
    ]
    before = threading.active_count()
    with ThreadPoolExecutor(4) as pool:
        scores = list(pool.map(check.score, pictures * 2))
    assert scores[:4] == scores[4:]
    assert max(scores) < REVIEW / 2
    assert threading.active_count() <= before + 1
