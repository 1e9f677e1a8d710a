"""Mildly worded prompts that the rules learnt from, and harmless wishes close to them."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from pingxing.policy.guard import Guard
from pingxing.policy.packs import default_packs
from pingxing.policy.words import WordsCheck
from pingxing.types import LANGUAGES, Language

BANK = Path(__file__).parent.parent / "bank" / "guard" / "development"


@cache
def guard() -> Guard:
    return Guard([WordsCheck(default_packs())])


def rows(name: str) -> list[tuple[str, str, str, str]]:
    lines = (BANK / name).read_text(encoding="utf-8").splitlines()
    found = [tuple(line.split("\t")) for line in lines if line and not line.startswith("#")]
    return [(number, language, category, text) for number, language, category, text in found]


def test_the_banks_are_as_long_as_they_claim() -> None:
    mild, near = rows("mild.tsv"), rows("near.tsv")
    assert Counter(row[1] for row in mild) == {"en": 455, "zh": 455}
    assert len({row[2] for row in mild}) == 13
    assert min(Counter((row[1], row[2]) for row in mild).values()) >= 35
    assert len(near) >= 400
    assert len({row[0] for row in mild + near}) == len({row[3] for row in mild + near}) == len(mild + near)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_learnt_stays_learnt(language: Language) -> None:
    mine = [row for row in rows("mild.tsv") if row[1] == language]
    missed = [row[0] for row in mine if guard().words(row[3]).allows]
    assert len(missed) <= 0.1 * len(mine), missed


def test_every_category_is_learnt() -> None:
    every, stopped = Counter[str](), Counter[str]()
    for _, _, category, text in rows("mild.tsv"):
        every[category] += 1
        stopped[category] += not guard().words(text).allows
    assert {name for name in every if stopped[name] < 0.8 * every[name]} == set()


def test_harmless_wishes_close_by_pass() -> None:
    assert [row[3] for row in rows("near.tsv") if not guard().words(row[3]).allows] == []
