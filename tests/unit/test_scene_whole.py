"""No false object inside another word: words that no list of ours knows, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingxing.engine.backends.scene import meaning, standin, whole
from pingxing.engine.backends.scene.meaning import Near
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.read import tokens
from pingxing.engine.backends.scene.words import concept_of, lexicon

BANK = Path(__file__).parents[1] / "bank" / "whole.txt"
FORMS = {"zh": ("{}", "桌上有一个{}"), "en": ("a {}",)}


@cache
def words(language: str) -> dict[str, frozenset[str]]:
    """The words of the bank, and the concepts that each may show without a word about it."""
    found: dict[str, frozenset[str]] = {}
    for line in BANK.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            word, _, emoji = (part.strip() for part in line.partition("|"))
            if (word > "\u2e80") == (language == "zh"):
                found[word] = frozenset(e if e.isascii() else concept_of(e) for e in emoji.split())
    return found


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "model", lambda: None)
    meaning.nearest.cache_clear()
    parse.cache_clear()


def false_objects(plan: Plan, allowed: frozenset[str]) -> list[str]:
    """What is in the picture and was neither told to stand for something nor allowed."""
    told = {one.concept for one in plan.replaced} | allowed
    table = {concept_of("🍽️"), "E0CD"}  # 桌上
    return [wish.name_en for wish in plan.wishes if wish.concept not in told | table]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_false_object_in_any_form(language: str) -> None:
    bank = words(language)
    fresh = {w for w in bank if w not in lexicon().chinese and w not in lexicon().english}
    wrong = {
        form.format(word): false
        for word in fresh
        for form in FORMS[language]
        if (false := false_objects(parse(form.format(word)), bank[word]))
    }
    assert len(fresh) >= 300
    assert len(wrong) <= 0.01 * len(fresh) * len(FORMS[language]), wrong


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_comes_instead_is_told(language: str) -> None:
    form = "一个{}" if language == "zh" else "a {}"
    silent = [
        word
        for word, allowed in words(language).items()
        if not allowed and not (plan := parse(form.format(word))).replaced and not plan.not_drawn and not plan.wishes
    ]
    assert len(silent) <= 0.05 * len(words(language)), silent


def test_the_shape_alone_tells_most_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """With every word of the bank taken out of the shipped table, the rule about characters is left."""
    bank = words("zh")
    starting, known = meaning.starting, meaning.known

    def starts(text: str, ends: Sequence[int]) -> list[tuple[int, Near]]:
        return [(end, near) for end, near in starting(text, ends) if text[:end] not in bank]

    monkeypatch.setattr(whole, "starting", starts)
    monkeypatch.setattr(standin, "starting", starts)
    monkeypatch.setattr(standin, "known", lambda word: None if word in bank else known(word))
    wrong = [word for word, allowed in bank.items() if false_objects(parse(f"一个{word}"), allowed)]
    assert len(wrong) <= 0.25 * len(bank), wrong


@pytest.mark.parametrize(
    ("prompt", "emoji"),
    [
        ("胖猫", "🐈"), ("瘦狗", "🐕"), ("孤舟", "⛵"), ("骏马", "🐎"), ("遛狗", "🐕"), ("撸猫", "🐈"), ("喂鱼", "🐟"),
        ("猫嗅花", "🐈"), ("狗叼骨头", "🦴"), ("鱼跃出水面", "🐟"), ("小狗撒娇", "🐕"), ("龙腾飞", "🐉"),
        ("虎啸山林", "🐅"), ("马奔腾", "🐎"), ("蛙跳", "🐸"), ("猫舔爪子", "🐈"),
        ("农夫牵牛", "🐄"), ("车停着", "🚗"), ("剑插在石头里", "🗡️"), ("桃熟了", "🍑"), ("云飘过", "☁️"),
        ("蛋破壳", "🥚"), ("象喷水", "🐘"), ("牛羊成群", "🐑"), ("鸡鸭鹅", "🦆"),
        ("an egg and a timer", "🥚"), ("a snow-covered tree", "🌳"), ("a dog-eared book", "📕"),
    ],
)  # fmt: skip
def test_what_stands_as_a_word_is_still_seen(prompt: str, emoji: str) -> None:
    kin = {"📕": {"📕", "📖"}, "🚗": {"🚗", "🚚"}}.get(emoji, {emoji})
    assert {concept_of(e) for e in kin} & {wish.concept for wish in parse(prompt).wishes}


@pytest.mark.parametrize(("prompt", "background"), [("山谷", "mountains"), ("海湾", "sea"), ("岛屿", "island")])
def test_a_word_of_place_may_say_where_in_it(prompt: str, background: str) -> None:
    assert parse(prompt).background == background


@pytest.mark.parametrize("prompt", ["a lion-hearted man", "a pig-headed man"])
def test_a_quality_shows_nothing(prompt: str) -> None:
    assert [wish.name_en for wish in parse(prompt).wishes] == ["man"]


HAN = st.text(st.sampled_from("离心机打火山药猫狗花鱼马上一个台只的在和有红大坐喂筒垫仪器 ,-abc"), max_size=30)


@given(HAN)
@settings(max_examples=200, deadline=None)
def test_joining_keeps_every_character_in_its_place(text: str) -> None:
    before = tokens(text, lexicon())
    after = whole.whole(text, before)
    assert [t.start for t in after] == sorted({t.start for t in after})
    assert {t.start for t in after} <= {t.start for t in before}
    assert {t.end for t in after} <= {t.end for t in before}
    assert sum(t.end - t.start for t in after) >= sum(t.end - t.start for t in before)


# --- every name of Unicode leads to its own picture, or to the setting that it names ---------------------

SETTINGS = {
    "1F301": "fog", "1F32B": "fog", "1F325": "clouds", "1F327": "rain", "1F328": "snow", "26C8": "rain",
    "1F492": "wedding", "1F6BB": "bathroom", "1F6E3": "road",
}  # fmt: skip


@pytest.mark.parametrize("language", [0, 1], ids=["en", "zh"])
def test_every_name_leads_to_its_concept_or_its_declared_setting(language: int) -> None:
    book, lost = lexicon(), []
    for concept, names in book.names.items():
        plan = parse(names[language])
        if SETTINGS.get(concept) in (plan.background, plan.weather, *plan.touches):
            continue
        seen = {wish.concept for wish in plan.wishes}
        kin = any(
            set(wish.name_en.split()) & set(names[0].split()) or set(wish.name_zh) & set(names[1])
            for wish in plan.wishes
        )
        if concept not in seen and not kin:
            lost.append((names[language], [wish.name_en for wish in plan.wishes], plan.background))
    assert len(book.names) >= 1_700
    assert lost == []


@pytest.mark.parametrize(
    ("prompt", "emoji"),
    [("体育馆", "🏟️"), ("自拍", "🤳"), ("情侣", "💑"), ("小屋", "🛖"), ("山", "⛰️"), ("hut", "🛖"), ("mountain", "⛰️")],
)
def test_a_name_alone_is_the_thing_and_in_a_sentence_the_place(prompt: str, emoji: str) -> None:
    assert [wish.concept for wish in parse(prompt).wishes] == [concept_of(emoji)]
    assert parse("在体育馆里打篮球").background == "gym"


# --- words that stand for more than one thing --------------------------------------------------------------


@pytest.mark.parametrize("prompt", ["十二生肖", "Chinese zodiac", "the twelve animals of the Chinese zodiac"])
def test_the_twelve_animals_of_the_zodiac(prompt: str) -> None:
    assert [wish.concept for wish in parse(prompt).wishes] == [concept_of(e) for e in "🐀🐂🐅🐇🐉🐍🐎🐐🐒🐓🐕🐖"]


@pytest.mark.parametrize("prompt", ["小红帽", "Little Red Riding Hood"])
def test_a_tale_is_told_by_what_its_girl_wears(prompt: str) -> None:
    girl, hood = parse(prompt).wishes
    assert (girl.concept, hood.concept) == (concept_of("👧"), "E0CA")
    assert hood.colour is not None
    assert [(link.subject, link.relation, link.object) for link in parse(prompt).links] == [(0, "wearing", 1)]


@pytest.mark.parametrize(
    ("prompt", "emoji"),
    [("奶茶店海报", "🧋"), ("a poster for a bubble tea shop", "🧋"), ("咖啡店logo", "☕"), ("a bakery logo", "🍞"),
     ("打针", "💉"), ("a nurse giving an injection", "💉"), ("箭头", "➡️"), ("内裤", "🩲")],
)  # fmt: skip
def test_words_that_were_read_as_something_else(prompt: str, emoji: str) -> None:
    assert concept_of(emoji) in {wish.concept for wish in parse(prompt).wishes}


def test_a_snowball_is_no_snowman() -> None:
    for prompt in ("a snowball", "雪球", "two snowballs"):
        assert concept_of("⛄") not in {wish.concept for wish in parse(prompt).wishes}
