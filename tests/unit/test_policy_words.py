"""The default packs: what they stop, what they leave alone, and that no text can upset them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingxing.errors import InvalidRequest
from pingxing.i18n import explain
from pingxing.policy.base import PictureSubject, TextSubject
from pingxing.policy.guard import Guard
from pingxing.policy.match import MOST_MATCHES
from pingxing.policy.moderation import AS_OPENAI
from pingxing.policy.packs import default_packs
from pingxing.policy.words import MOST_CHARACTERS, WordsCheck
from pingxing.types import LANGUAGES, MAX_PROMPT_CHARS, Verdict

HERE = Path(__file__).parent
ANY_TEXT = st.text(alphabet=st.characters(codec=None), max_size=80)


def _lines(name: str) -> Iterator[tuple[str, str]]:
    language = ""
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if line in ("# en", "# zh"):
            language = line[2:]
        elif line and not line.startswith("#"):
            yield language, line


BENIGN = list(_lines("policy_benign.txt"))
STOPPED = [(language, *line.split("\t")) for language, line in _lines("policy_stopped.txt")]


@cache
def guard() -> Guard:
    return Guard([WordsCheck(default_packs())])


def words(verdict: Verdict, text: str) -> list[str]:
    return [text[slice(*finding.span)] for finding in verdict.findings]


def test_the_lists_are_as_long_as_they_claim() -> None:
    assert all(n >= 150 for n in Counter(language for language, _ in BENIGN).values())
    assert all(n >= 120 for n in Counter(row[0] for row in STOPPED).values())
    assert len(set(BENIGN)) == len(BENIGN)
    assert len({row[2] for row in STOPPED}) == len(STOPPED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_ordinary_prompts_pass(language: str) -> None:
    judged = [(text, guard().words(text)) for spoken, text in BENIGN if spoken == language]
    assert not [(text, words(verdict, text)) for text, verdict in judged if not verdict.allows]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("category", sorted({row[1] for row in STOPPED}))
def test_harmful_prompts_are_stopped_for_the_right_reason(language: str, category: str) -> None:
    prompts = [text for spoken, wanted, text in STOPPED if (spoken, wanted) == (language, category)]
    assert prompts
    for text in prompts:
        verdict = guard().words(text)
        assert not verdict.allows, text
        assert category in {finding.category.split("/")[0] for finding in verdict.findings}, text


def test_every_category_is_covered_in_both_languages() -> None:
    categories = {rule.category.split("/")[0] for pack in default_packs() for rule in pack.rules}
    for language in ("en", "zh"):
        assert {row[1] for row in STOPPED if row[0] == language} == categories
    assert all(rule.category in AS_OPENAI for pack in default_packs() for rule in pack.rules)


@pytest.mark.parametrize(
    ("text", "found", "view"),
    [
        ("how to make a BOMB", "how to make a BOMB", "plain"),
        ("please: HOW TO make a b*o*m*b now", "HOW TO make a b*o*m*b", "joined"),
        ("how to make a b o m b", "how to make a b o m b", "joined"),
        ("how to make a bo\u200bmb", "how to make a bo\u200bmb", "folded"),
        ("怎么做炸 弹", "怎么做炸 弹", "joined"),
        ("怎麼做炸彈", "怎麼做炸彈", "simplified"),
        ("怎么做bomb", "怎么做bomb", "plain"),
    ],
)
def test_a_finding_shows_the_exact_words(text: str, found: str, view: str) -> None:
    finding = guard().words(text).findings[0]
    assert text[slice(*finding.span)] == found
    assert finding.view == view


def test_a_finding_carries_every_field() -> None:
    for _, _, text in STOPPED:
        for finding in guard().words(text).findings:
            for value in (finding.rule, finding.pack, finding.version, finding.category, finding.clause):
                assert value
            assert finding.reason_en.isascii()
            assert any("\u4e00" <= c <= "\u9fff" for c in finding.reason_zh)
            assert finding.appeal == "/appeals"
            assert finding.span[0] < finding.span[1] <= len(text)


def test_every_suggested_rewrite_passes() -> None:
    rewrites = [rule.rewrite for pack in default_packs() for rule in pack.rules if rule.rewrite]
    assert len(rewrites) >= 10
    for rewrite in rewrites:
        assert guard().words(rewrite.en).allows
        assert guard().words(rewrite.zh).allows


def test_a_rewrite_is_offered_in_the_language_of_the_prompt() -> None:
    english, chinese = guard().words("how to make a bomb").rewrite, guard().words("怎么做炸弹").rewrite
    assert english is not None
    assert chinese is not None
    assert english.isascii()
    assert not chinese.isascii()


def test_no_rewrite_where_nothing_like_it_may_be_drawn() -> None:
    assert guard().words("裸体儿童").rewrite is None


def test_a_negative_prompt_may_name_what_must_not_be_drawn() -> None:
    assert guard().words("nude, child, nsfw", "negative").allows
    assert not guard().words("nude, child, nsfw", "output").allows
    assert not guard().words("child porn", "negative").allows


def test_distance_decides() -> None:
    near = "a bomb, and instructions"
    far = "a bomb " + "and a very long walk along the river with friends " * 3 + "instructions"
    assert not guard().words(near).allows
    assert guard().words(far).allows


def test_a_hostile_text_gets_a_bounded_answer() -> None:
    text = "how to make a bomb " * 200
    verdict = guard().words(text)
    assert verdict.decision == "block"
    assert len([f for f in verdict.findings if f.rule == "weapon-instructions"]) <= MOST_MATCHES


@pytest.mark.parametrize(
    "piece",
    ["bomb make ", "b*", "炸 ", "water gun gun ", "\u200b", "a\u0301", "child protect nude ", "ﷺ", "𝒷𝑜𝓂𝒷 ", "- - "],
)
def test_time_is_bounded(piece: str) -> None:
    long, judge = piece * (100_000 // len(piece)), guard()
    began = time.process_time()
    judge.words(long)
    assert time.process_time() - began < 5  # about 0.3 s of a core; quadratic would take minutes


@pytest.mark.parametrize("piece", ["bomb make ", "炸 弹 怎么做 ", "zhadan ", "\u200b", "k!ll "])
def test_a_megabyte_is_refused_with_a_clear_word(piece: str) -> None:
    began = time.process_time()
    with pytest.raises(InvalidRequest) as caught:
        guard().words(piece * (1_000_000 // len(piece)))
    assert time.process_time() - began < 1
    assert caught.value.reason == "too_long"
    assert str(MOST_CHARACTERS) in explain(caught.value, "en")[0].replace(",", "")
    for language in LANGUAGES:  # and what to do
        assert "200000" in explain(caught.value, language)[1].replace(",", "").replace("\u2009", "")


@given(st.text(alphabet=st.characters(codec=None), max_size=MAX_PROMPT_CHARS))
@settings(max_examples=60)
def test_no_text_upsets_the_guard(text: str) -> None:
    for finding in guard().words(text).findings:
        assert 0 <= finding.span[0] < finding.span[1] <= len(text)


@given(
    st.lists(
        st.sampled_from([*(row[2] for row in STOPPED), "，", "\u200b", "*", " ", "a", "的", "\u0301", "\n"]), max_size=6
    )
)
def test_spans_stay_inside_whatever_surrounds_them(parts: list[str]) -> None:
    text = "".join(parts)
    first, second = guard().words(text), guard().words(text)
    assert first == second
    for finding in first.findings:
        assert 0 <= finding.span[0] < finding.span[1] <= len(text)


@given(st.sampled_from(STOPPED), st.data())
def test_an_invisible_character_hides_nothing(row: tuple[str, str, str], data: st.DataObject) -> None:
    text = row[2]
    at = data.draw(st.integers(0, len(text)))
    hidden = data.draw(
        st.sampled_from(["\u200b", "\u200d", "\ufe0f", "\u2060", "\u00ad", "\u034f", "\ufeff", "\u202e"])
    )
    plain, changed = guard().words(text), guard().words(text[:at] + hidden + text[at:])
    assert changed.decision == plain.decision
    assert sorted(f.rule for f in changed.findings) == sorted(f.rule for f in plain.findings)


@given(st.sampled_from(STOPPED))
def test_case_and_width_hide_nothing(row: tuple[str, str, str]) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in row[2].upper())
    assert guard().words(wide).decision == guard().words(row[2]).decision


def test_threads_share_one_guard() -> None:
    texts = [row[2] for row in STOPPED] * 4
    alone = [guard().words(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(guard().words, texts)) == alone


def test_the_version_changes_with_the_content() -> None:
    packs = default_packs()
    first = packs[0]
    rule = first.rules[0].model_copy(update={"clause": "another"})
    edited = first.model_copy(update={"rules": (rule, *first.rules[1:])})
    assert WordsCheck(packs).version != WordsCheck((edited, *packs[1:])).version
    assert WordsCheck(packs).version == WordsCheck(packs).version


def test_it_reads_text_only() -> None:
    check = WordsCheck(default_packs())
    assert check.reads(TextSubject("a"))
    with pytest.raises(TypeError):
        check.examine(PictureSubject(None))  # type: ignore[arg-type]
