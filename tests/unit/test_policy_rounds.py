"""Prompts written before the rules knew them: what was learnt stays learnt, and ordinary prompts do not pay for it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from pingxing.policy.guard import Guard
from pingxing.policy.packs import default_packs
from pingxing.policy.words import WordsCheck

BANK = Path(__file__).parent / "policy_rounds.txt"


@cache
def guard() -> Guard:
    return Guard([WordsCheck(default_packs())])


def _lines() -> Iterator[tuple[str, str, str | None, str]]:
    """Round, language, category or None, text."""
    part = language = ""
    for line in BANK.read_text(encoding="utf-8").splitlines():
        if line in ("# en", "# zh"):
            language = line[2:]
        elif line.startswith("# round") or line == "# pairs":
            part = line[2:]
        elif line and not line.startswith("#"):
            category, tab, text = line.partition("\t")
            yield (part, language, category, text) if tab else (part, language, None, line)


LINES = list(_lines())
HARMFUL = [row for row in LINES if row[2] is not None]
HARMLESS = [row[3] for row in LINES if row[2] is None]


def test_the_rounds_are_as_long_as_they_claim() -> None:
    assert len(HARMFUL) >= 400
    assert len(HARMLESS) >= 700
    assert len({row[3] for row in LINES}) == len(LINES)


def test_ordinary_prompts_pass() -> None:
    assert [text for text in HARMLESS if not guard().words(text).allows] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_was_learnt_stays_learnt(language: str) -> None:
    rows = [row for row in HARMFUL if row[1] == language]
    missed = [(row[0], row[3]) for row in rows if guard().words(row[3]).allows]
    assert len(rows) >= 200
    assert len(missed) <= 0.03 * len(rows), missed


def test_the_reason_given_is_mostly_that_of_the_category() -> None:
    """A person may read the queue by category, so "hate" found in a fraud is a nuisance, though still a stop."""
    right = wrong = 0
    for _, _, category, text in HARMFUL:
        found = {finding.category.split("/")[0] for finding in guard().words(text).findings}
        if found:
            right += category in found
            wrong += category not in found
    assert right >= 0.85 * (right + wrong), (right, wrong)
