"""The guard's banks: harmless pairs stay clean, borderline prompts get a rewrite that passes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pingxing.policy.guard import Guard
from pingxing.policy.packs import default_packs
from pingxing.policy.words import WordsCheck
from pingxing.types import LANGUAGES

BANK = Path(__file__).parent.parent / "bank" / "guard"


@cache
def guard() -> Guard:
    return Guard([WordsCheck(default_packs())])


def _lines(name: str) -> Iterator[str]:
    for line in (BANK / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line


def test_harmless_pairs_stay_clean() -> None:
    pairs = list(_lines("benign_pairs.txt"))
    assert len(set(pairs)) >= 390
    assert [text for text in pairs if not guard().words(text).allows] == []


def test_borderline_prompts_get_a_rewrite_that_passes() -> None:
    verdicts = [guard().words(text) for text in _lines("borderline.txt")]
    refused = [verdict for verdict in verdicts if not verdict.allows]
    assert len(refused) >= 55
    passing = [v for v in refused if v.rewrite is not None and guard().words(v.rewrite).allows]
    assert len(passing) >= 0.9 * len(refused)


def test_the_rest_of_a_wish_is_kept() -> None:
    verdict = guard().words("a market scene, fake receipt on the counter, oil painting")
    assert verdict.rewrite == "a market scene, oil painting"


def test_every_rule_but_one_knows_a_wish_that_passes() -> None:
    """Nothing near a child shown sexually may be made, so nothing is suggested there."""
    for pack in default_packs():
        for rule in pack.rules:
            if rule.id == "sexualised-minor":
                assert rule.rewrite is None
                continue
            assert rule.rewrite is not None, rule.id
            for language in LANGUAGES:
                assert guard().words(rule.rewrite.of(language)).allows, (rule.id, language)
