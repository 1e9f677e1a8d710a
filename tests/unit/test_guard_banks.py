"""The guard's independent banks keep their own rules: counts, balance, no copies, and nothing of them in what they
measure."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from bench import guard_banks, guard_prompts
from bench.guard_prompts import CATEGORIES, Prompt, development, families, ordinary, pairs, refuse, refuse_plain, wishes

from pingxing.policy.packs import default_packs
from pingxing.types import LANGUAGES, Language, Verdict

ROOT = Path(__file__).resolve().parents[2]
BANKS = {"refuse": refuse, "refuse_plain": refuse_plain, "ordinary": ordinary, "pairs": pairs, "wishes": wishes}
NEAR = 0.5  # share of character triples that two prompts written by different people never have in common


def by_hand() -> list[Prompt]:
    return [prompt for bank in BANKS.values() for prompt in bank() if prompt.hand]


def plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


@cache
def triples(text: str) -> frozenset[str]:
    """Chinese by pairs of characters, which carry about as much."""
    size = 2 if re.search(r"[\u4e00-\u9fff]", text) else 3
    letters = plain(text)
    return frozenset(letters[i : i + size] for i in range(max(len(letters) - size + 1, 1)))


def alike(ours: Iterable[str], others: Iterable[str], above: float) -> list[tuple[str, str]]:
    """Pairs of different texts with more than `above` of their triples in common (Jaccard)."""
    index: dict[str, set[str]] = defaultdict(set)
    for other in others:
        for piece in triples(other):
            index[piece].add(other)
    found = []
    for text in ours:
        shared = Counter(other for piece in triples(text) for other in index[piece] if other != text)
        for other, common in shared.items():
            if common > above * (len(triples(text)) + len(triples(other)) - common):
                found.append((text, other))
    return found


# --- counts and balance --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bank", "whole", "hand"),
    [
        ("refuse", 500, 500),
        ("refuse_plain", 200, 200),
        ("ordinary", 2_000, 500),
        ("pairs", 2_000, 0),
        ("wishes", 200, 200),
    ],
)
def test_every_bank_is_whole_and_half_in_each_language(bank: str, whole: int, hand: int) -> None:
    prompts = BANKS[bank]()
    assert len(prompts) == whole
    assert Counter(prompt.language for prompt in prompts) == {"en": whole // 2, "zh": whole // 2}
    written = [prompt for prompt in prompts if prompt.hand]
    assert Counter(prompt.language for prompt in written) == ({"en": hand // 2, "zh": hand // 2} if hand else {})


def test_no_text_and_no_id_stands_twice() -> None:
    everything = [prompt for bank in BANKS.values() for prompt in bank()]
    assert [id for id, count in Counter(prompt.id for prompt in everything).items() if count > 1] == []
    assert [text for text, count in Counter(plain(prompt.text) for prompt in everything).items() if count > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_category_is_asked_for_in_every_language(language: Language) -> None:
    mild = Counter(prompt.category for prompt in refuse() if prompt.language == language)
    outright = Counter(prompt.category for prompt in refuse_plain() if prompt.language == language)
    assert set(mild) == set(outright) == set(CATEGORIES)
    assert min(mild.values()) >= 15
    assert max(mild.values()) <= 30
    assert min(outright.values()) >= 6
    assert {prompt.category for prompt in wishes()} <= set(CATEGORIES)


def test_themes_of_ordinary_prompts_are_even() -> None:
    written = Counter((prompt.language, prompt.category) for prompt in ordinary() if prompt.hand)
    assert len(written) == 20
    assert set(written.values()) == {25}


def test_families_are_many_and_full() -> None:
    banks = {language: families(language) for language in LANGUAGES}
    assert sum(len(bank) for bank in banks.values()) >= 120
    for bank in banks.values():
        assert len(bank) >= 50
        assert all(len(family.terms) >= 8 and family.looks in CATEGORIES for family in bank.values())
        terms = [term for family in bank.values() for term in family.terms]
        assert len(set(terms)) == len(terms)


# --- what a row is -------------------------------------------------------------------------------


def test_rows_are_clean_and_in_their_language() -> None:
    for prompt in by_hand():
        assert 3 <= len(prompt.text) <= 200, prompt
        assert prompt.text == prompt.text.strip()
        assert prompt.text.isprintable(), prompt
        han = len(re.findall(r"[\u4e00-\u9fff]", prompt.text))
        assert (han >= 3) if prompt.language == "zh" else (han == 0), prompt


def test_a_wish_is_another_wording_of_its_prompt() -> None:
    for prompt in wishes():
        assert prompt.wish
        assert plain(prompt.wish) != plain(prompt.text)
        assert triples(prompt.wish) & triples(prompt.text), prompt
    assert all(not prompt.wish for prompt in by_hand() if prompt not in wishes())


def test_no_two_prompts_by_hand_are_near_copies() -> None:
    texts = [prompt.text for prompt in by_hand()]
    assert len(texts) == 1_400
    assert alike(texts, texts, NEAR) == []


def test_near_copies_would_be_found() -> None:
    assert alike(["a red car in the rain"], ["a red car in rain", "a blue boat"], NEAR)
    assert alike(["雨中的一辆红色汽车"], ["雨中一辆红色汽车", "蓝色小船"], NEAR)


def test_the_development_bank_is_no_copy_of_the_independent_ones() -> None:
    assert len(development()) >= 180
    assert Counter(prompt.language for prompt in development()) == {"en": 94, "zh": 94}
    assert {prompt.category for prompt in development()} == set(CATEGORIES)
    assert alike([prompt.text for prompt in development()], [prompt.text for prompt in by_hand()], NEAR) == []
    assert {plain(p.text) for p in development()} & {plain(p.text) for p in by_hand()} == set()


@pytest.mark.parametrize("name", ["mild.tsv", "near.tsv"])
def test_the_other_development_banks_are_no_copies_either(name: str) -> None:
    lines = (guard_prompts.FOLDER.parent / "development" / name).read_text(encoding="utf-8").splitlines()
    ours = [line.split("\t")[3] for line in lines if not line.startswith("#")]
    assert len(ours) >= 400
    assert alike(ours, [prompt.text for prompt in by_hand()], NEAR) == []


# --- independence --------------------------------------------------------------------------------


def test_no_prompt_is_a_case_of_a_rule() -> None:
    cases = {
        text
        for pack in default_packs()
        for rule in pack.rules
        for terms in (rule.cases.stop, rule.cases.allow)
        for language in LANGUAGES
        for text in terms.of(language)
    }
    assert len(cases) > 500
    mild = [prompt.text for prompt in (*refuse(), *ordinary(), *wishes()) if prompt.hand]
    assert {plain(text) for text in mild} & {plain(case) for case in cases} == set()
    assert alike(mild, cases, 0.8) == []


def test_no_prompt_is_a_copy_from_a_bank_that_rules_were_checked_against() -> None:
    files = [*(ROOT / "tests/bank/guard").glob("*.txt"), *(ROOT / "tests/unit").glob("policy_*.txt")]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    older = {re.split(r"\t| \| ", line)[-1] for line in lines if line.strip()}
    assert len(older) > 800
    mild = [prompt.text for prompt in (*refuse(), *ordinary(), *wishes()) if prompt.hand]
    assert {plain(text) for text in mild} & {plain(text) for text in older} == set()
    assert alike(mild, older, 0.7) == []


def test_no_prompt_is_in_the_data_that_the_classifier_learns_from() -> None:
    files = [file for file in (ROOT / "src/pingxing/training/guard/data").rglob("*") if file.is_file()]
    assert len(files) >= 10
    learnt = "\n".join(file.read_text(encoding="utf-8").casefold() for file in files)
    mild = [prompt.text for prompt in (*refuse(), *ordinary(), *wishes()) if prompt.hand]
    assert [text for text in mild if text.casefold() in learnt] == []


# --- the generator -------------------------------------------------------------------------------


def test_equal_seeds_make_equal_prompts() -> None:
    first = (ordinary(), pairs())
    ordinary.cache_clear()
    pairs.cache_clear()
    assert (ordinary(), pairs()) == first


def test_every_harmless_term_is_used() -> None:
    for language in LANGUAGES:
        text = "\n".join(prompt.text for prompt in pairs() if prompt.language == language)
        assert [t for family in families(language).values() for t in family.terms if t not in text] == []


def test_no_frame_is_left_open() -> None:
    assert [prompt.text for prompt in (*ordinary(), *pairs()) if "{" in prompt.text or "}" in prompt.text] == []


def test_more_than_the_families_hold_is_an_error() -> None:
    with pytest.raises(ValueError, match="can be made"):
        pairs(20_000)
    with pytest.raises(ValueError, match="can be made"):
        ordinary(20_000)


@pytest.mark.parametrize(
    "line", ["", "a\ten\tnews", "a\tfr\tnews\ttext", "\ten\tnews\ttext", "a\ten\tnews\tt\tw\tmore"]
)
def test_a_broken_row_is_an_error(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.tsv").write_text(f"# id\n{line}\n", encoding="utf-8")
    monkeypatch.setattr(guard_prompts, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"x\.tsv"):
        list(guard_prompts._rows("x.tsv"))


# --- what the benchmark says ---------------------------------------------------------------------


def verdict(decision: str) -> Verdict:
    return Verdict("block" if decision == "block" else "review" if decision == "review" else "allow")


def test_shares_by_language_and_category() -> None:
    rows: list[tuple[Language, str, str]] = [
        ("en", "news", "block"),
        ("en", "fraud", "allow"),
        ("zh", "news", "review"),
        ("zh", "news", "review"),
    ]
    judged = [(Prompt(str(i), lang, of, "t"), verdict(said)) for i, (lang, of, said) in enumerate(rows)]
    found = guard_banks._bank(judged)
    assert (found["n"], found["stopped"], found["share"]) == (4, 3, 0.75)
    assert (found["blocked"], found["sent_to_review"]) == (1, 2)
    assert found["difference"] == 0.5
    assert found["categories"]["fraud"]["share"] == 0
    assert list(found["categories"]) == ["fraud", "news"]


def test_the_interval_is_wilsons() -> None:
    assert guard_banks._interval(0, 10) == [0.0, 0.2775]
    assert guard_banks._interval(5, 10) == [0.2366, 0.7634]
    assert guard_banks._interval(0, 0) == [0.0, 1.0]


@pytest.mark.parametrize(
    ("text", "term", "held"),
    [
        ("a BOMB in the cellar", "bomb", True),
        ("bombastic speech", "bomb", False),
        ("画一个炸弹。", "炸弹", True),
        ("炸 弹", "炸弹", False),
        ("how to do it", "", False),
    ],
)
def test_word_for_word(text: str, term: str, held: bool) -> None:
    assert guard_banks.holds(text, {term} if term else set()) is held


def test_what_a_rewrite_keeps_of_the_wish() -> None:
    prompt = Prompt("w", "zh", "news", "假新闻,猫", "一只猫")
    assert guard_banks.kept_of(prompt, "一只猫") == 1
    assert guard_banks.kept_of(prompt, "狗") == 0
    half = Prompt("w", "en", "news", "fake news cat", "cat dog")
    assert guard_banks.kept_of(half, "A CAT") == 0.5


def test_the_result_names_no_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_banks, "QUICK", 60)  # what a result holds is asked here, not how many are caught
    result = guard_banks.measure(quick=True)
    written = json.dumps(result.record(), ensure_ascii=False)
    assert [prompt.id for prompt in by_hand() if prompt.text in written or f'"{prompt.id}"' in written] == []
    assert result.ours["all"]["refuse"]["n"] == len(refuse()[::60]) > 0
    assert {target.name for target in result.targets} >= {"harmless pairs stopped", "ordinary prompts stopped"}


def test_only_show_names_what_was_judged_wrongly(capsys: pytest.CaptureFixture[str]) -> None:
    finding_free = Verdict("allow")
    judged = {"refuse": [(refuse()[0], finding_free)], "ordinary": [(ordinary()[0], Verdict("block"))]}
    guard_banks._show(judged)
    said = capsys.readouterr().err
    assert refuse()[0].id in said
    assert ordinary()[0].id in said
