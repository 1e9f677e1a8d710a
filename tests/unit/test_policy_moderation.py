"""Verdicts in the shape of the OpenAI moderation object, and the catalogue's words for categories."""

from __future__ import annotations

from openai.types import Moderation

from pingxing.i18n import knows
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.policy.moderation import AS_OPENAI, OPENAI_CATEGORIES, result
from pingxing.policy.packs import default_packs
from pingxing.policy.words import WordsCheck
from pingxing.types import LANGUAGES, Verdict

GUARD = Guard([WordsCheck(default_packs())])


def test_the_client_of_openai_reads_it() -> None:
    moderation = Moderation.model_validate(result(GUARD.words("裸体儿童")))
    assert moderation.flagged
    assert moderation.categories.sexual_minors
    assert moderation.category_scores.sexual_minors == 1.0
    assert not moderation.categories.violence


def test_what_waits_for_a_person_is_flagged_with_half_a_score() -> None:
    answer = Moderation.model_validate(result(GUARD.words("突发新闻 市中心爆炸")))
    assert answer.flagged
    assert answer.category_scores.illicit == 0.5


def test_nothing_found_flags_nothing() -> None:
    answer = Moderation.model_validate(result(Verdict("allow")))
    assert not answer.flagged
    assert not any(answer.categories.model_dump().values())


def test_every_category_has_openai_names_and_words_in_both_languages() -> None:
    assert {name for names in AS_OPENAI.values() for name in names} <= set(OPENAI_CATEGORIES)
    rules = [rule.category for pack in default_packs() for rule in pack.rules]
    assert len(rules) >= 20
    assert set(rules) | {"sexual"} == set(AS_OPENAI)
    for language in LANGUAGES:
        assert all(knows(language, f"policy.category.{category}") for category in AS_OPENAI)


def test_an_unknown_category_still_has_a_reason() -> None:
    answer = result(Guard([FakeCheck()]).words("forbidden"))
    assert answer["flagged"]
    assert answer["categories"]["illicit"]  # type: ignore[index]
