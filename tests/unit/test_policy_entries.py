"""Every entry of every pack works: for each term a sentence is built that its rule must catch, in every list."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest

from pingxing.policy.match import Matcher
from pingxing.policy.packs import default_packs
from pingxing.policy.rules import Pack, Rule
from pingxing.types import LANGUAGES, Language


@cache
def matchers() -> dict[str, Matcher]:
    """One for each pack, which is several times as fast; every sentence is written plainly."""
    return {pack.pack: Matcher([pack], disguises=False) for pack in default_packs()}


def _entries(language: Language) -> Iterator[tuple[Pack, Rule, int, int, str]]:
    """Every term of every list that a rule looks for, with the combination and place where it stands."""
    for pack in default_packs():
        for rule in pack.rules:
            for number, combination in enumerate(rule.when):
                for place, name in enumerate(combination.all):
                    for term in pack.lists[name].of(language):
                        yield pack, rule, number, place, term


def _sentences(pack: Pack, rule: Rule, number: int, place: int, term: str, language: Language) -> Iterator[str]:
    """The term with terms of the other lists, in both orders, until one is not excused by what it happens to hold."""
    others = [
        (pack.lists[name].of(language) or pack.lists[name].zh)[:12]
        for at, name in enumerate(rule.when[number].all)
        if at != place
    ]
    gap = "" if language == "zh" else " "
    for chosen in product(*others):
        yield gap.join([*chosen, term])
        yield gap.join([term, *chosen])
        yield " ".join([*chosen, term])
        yield " ".join([term, *chosen])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_is_caught_by_its_rule(language: Language) -> None:
    tried, dead = 0, []
    for pack, rule, number, place, term in _entries(language):
        tried += 1
        sentences = _sentences(pack, rule, number, place, term, language)
        find = matchers()[pack.pack].find
        if not any(match.rule is rule for text in sentences for match in find(text)):
            dead.append((pack.pack, rule.id, rule.when[number].all[place], term))
    assert tried >= 8_000
    assert not dead, dead[:30]


def test_there_are_as_many_entries_as_promised() -> None:
    terms = {
        (pack.pack, name, term)
        for pack in default_packs()
        for name, words in pack.lists.items()
        for term in (*words.en, *words.zh)
    }
    assert len(terms) >= 24_000


def test_every_rule_is_labelled_and_has_cases_in_both_languages() -> None:
    rules = [rule for pack in default_packs() for rule in pack.rules]
    assert len(rules) >= 60
    for rule in rules:
        assert rule.labels
        assert rule.stage == "active"
        for language in LANGUAGES:
            assert len(rule.cases.stop.of(language)) >= 2
            assert len(rule.cases.allow.of(language)) >= 2
