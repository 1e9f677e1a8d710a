"""The bank of parallel prompts: what is reached is held, and Chinese is read as well as English."""

from __future__ import annotations

import pytest
from bench.scene_bank import WHOLE, bank, by_hand, fault, score

from pingxing.engine.backends.scene.parse import parse

PAIRS = bank()
LANGUAGES = ("en", "zh")


def listed(wrong: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(f"{prompt}: {reason}" for prompt, reason in wrong)


def test_the_bank_is_large_enough() -> None:
    assert len(PAIRS) == WHOLE
    assert len(by_hand()) >= 1_150
    assert len({pair.en for pair in by_hand()}) == len(by_hand())
    assert len({pair.category for pair in PAIRS}) >= 15


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_score_is_held(language: str) -> None:
    found = score(PAIRS)["all"][language]
    assert found.part >= 0.99, listed(found.wrong)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_score_of_what_people_wrote_is_held(language: str) -> None:
    found = score(by_hand())
    assert found["all"][language].part >= 0.99, listed(found["all"][language].wrong)
    for category, scores in found.items():
        assert len(scores[language].wrong) <= 1, (category, listed(scores[language].wrong))


def test_no_language_is_read_worse() -> None:
    found = score(PAIRS)["all"]
    assert abs(found["en"].part - found["zh"].part) <= 0.01


def test_a_wrong_reading_is_noticed() -> None:
    pair = next(p for p in PAIRS if p.category == "binding")
    assert not fault(pair, parse(pair.en))
    for other in ("", "a cat", pair.en + " and a giraffe", pair.en.replace("red", "green").replace("white", "pink")):
        assert fault(pair, parse(other))


@pytest.mark.parametrize("category", sorted({pair.category for pair in by_hand()}))
def test_words_are_where_the_spans_say(category: str) -> None:
    for prompt in (words for pair in by_hand() if pair.category == category for words in (pair.en, pair.zh)):
        for wish in parse(prompt).wishes:
            start, end = wish.spans[0]
            assert prompt[start:end] == wish.words, prompt
