"""What people say around the things they want, and clauses that go on about somebody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing.engine.backends.scene.drawings import told
from pingxing.engine.backends.scene.inflect import forms
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.words import concept_of, lexicon, said


def things(plan: Plan) -> list[tuple[str, int]]:
    return sorted((told(wish.concept), wish.count) for wish in plan.wishes)


def links(plan: Plan) -> set[tuple[str, str, str]]:
    return {(told(plan.wishes[k.subject].concept), k.relation, told(plan.wishes[k.object].concept)) for k in plan.links}


def asked(*emoji: str) -> list[tuple[str, int]]:
    found = []
    for text in emoji:
        count, _, one = text.rpartition("×")
        found.append((concept_of(one), int(count or 1)))
    return sorted(found)


def link(text: str) -> tuple[str, str, str]:
    one, name, other = text.split(",")
    return concept_of(one), name, concept_of(other)


@pytest.mark.parametrize(
    ("verb", "wanted"),
    [
        ("hold/held", ("hold", "holds", "holding", "held")),
        ("carry", ("carry", "carries", "carrying", "carried")),
        ("hug", ("hug", "hugs", "hugging", "hugged")),
        ("ride/rode on", ("ride on", "rides on", "riding on", "rode on")),
        ("lie/lay in", ("lie in", "lies in", "lying in", "lay in")),
        ("watch", ("watch", "watches", "watching", "watched")),
        ("peek at", ("peek at", "peeks at", "peeking at", "peeked at")),
    ],
)
def test_verbs_have_their_forms(verb: str, wanted: tuple[str, ...]) -> None:
    assert forms(verb) == wanted


@pytest.mark.parametrize("prompt", ["two dogs, a big one and a small one", "两只狗，一大一小", "一大一小两只狗"])
def test_big_and_small_are_told_apart(prompt: str) -> None:
    sizes = sorted(wish.size for wish in parse(prompt).wishes)
    assert len(sizes) == 2
    assert sizes[0] < 1 < sizes[1]


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("my son wants a green dinosaur", ["🦖"]),
        ("儿子想要一只恐龙", ["🦖"]),
        ("a kid's drawing of a house", ["🏠"]),
        ("a picture of two dogs", ["2×🐕"]),
        ("my little brother's toy robot", ["🤖"]),
        ("弟弟的玩具机器人", ["🤖"]),
        ("Princess Lily has a dragon", ["👸", "🐉"]),
        ("two elephants, a mother and her baby", ["🐘", "🐘"]),
        ("a family of ducks: one mother and five ducklings", ["🦆", "5×🦆"]),
        ("the three bears: papa, mama and baby bear", ["🐻", "🐻", "🐻"]),
        ("三只熊：熊爸爸、熊妈妈和熊宝宝", ["🐻", "🐻", "🐻"]),
        ("大象和小象", ["🐘", "🐘"]),
        ("turtle race: three turtles", ["3×🐢"]),
        ("三块薰衣草香皂", ["3×🧼"]),
        ("一只青蛙雨伞", ["☂️"]),
        ("a kite shaped like a fish", ["🪁"]),
        ("鱼形风筝", ["🪁"]),
        ("a crocodile brushing its teeth", ["🐊"]),
        ("three scoops... 三球冰淇淋", ["3×🍦"]),
        ("one sock is blue, the other is red", ["🧦", "🧦"]),
        ("no vegetables, only cheese", ["🧀"]),
        ("two hearts", ["2×❤️"]),
        ("children making a snowman, one child waves", ["2×🧒", "🧒", "⛄"]),
        ("孩子们在堆雪人，一个孩子在笑", ["2×🧒", "🧒", "⛄"]),
        ("小孩吃烧卖", ["3×🧒", "3×🥟"]),
    ],
)
def test_what_is_wanted_is_there_and_nothing_else(prompt: str, wanted: list[str]) -> None:
    assert things(parse(prompt)) == asked(*wanted)


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("a girl in a garden, holding a basket, wearing a straw hat", ["👧,holding,🧺", "👧,wearing,👒"]),
        ("女孩戴着草帽，提着篮子，骑着马", ["👧,wearing,👒", "👧,holding,🧺", "👧,riding,🐎"]),
        ("A girl sits on a sofa. She holds a balloon.", ["👧,on,🛋️", "👧,holding,🎈"]),
        (
            "a boy in a red shirt and a girl in a blue dress are eating ice cream",
            ["👦,wearing,👕", "👧,wearing,👗", "👦,holding,🍦", "👧,holding,🍦"],
        ),
        (
            "穿红衬衫的男孩和穿蓝裙子的女孩在吃冰淇淋",
            ["👦,wearing,👕", "👧,wearing,👗", "👦,holding,🍦", "👧,holding,🍦"],
        ),
        ("a woman looks out of the window at the stars", ["👩,next-to,🪟", "👩,looking-at,⭐"]),
        ("女人望着窗外的星星", ["👩,next-to,🪟", "👩,looking-at,⭐"]),
        ("圣诞老人坐着雪橇", ["🎅,riding,🛷"]),
        ("a boy gives his mother a bouquet", ["👦,holding,💐", "👦,next-to,👩"]),
        ("小男孩送给妈妈一束花", ["👦,holding,💐", "👦,next-to,👩"]),
        ("猴子朝狮子扔香蕉", ["🐒,holding,🍌", "🐒,looking-at,🦁"]),
        ("女孩看着箱子里的猫", ["👧,looking-at,🐈", "🐈,inside,📦"]),
        ("男人推着坐轮椅的老爷爷", ["👨,next-to,👴", "👴,riding,🦽"]),
        ("a basket with five apples", ["🍎,inside,🧺"]),
        ("a cake with three candles", ["🕯️,on,🍰"]),
        ("a bus full of animals: a lion and a bear", ["🦁,inside,🚌", "🐻,inside,🚌"]),
        ("穿黄雨衣红雨靴的小女孩", ["👧,wearing,🧥", "👧,wearing,👢"]),
        ("猫在前面跑，狗在后面追", ["🐕,behind,🐈"]),
    ],
)
def test_who_does_what_to_whom(prompt: str, wanted: list[str]) -> None:
    assert links(parse(prompt)) == {link(text) for text in wanted}


@pytest.mark.parametrize(
    ("prompt", "concept"),
    [("Japanese “vacancy” button", "1F233"), ("日文的“打折”按钮", "1F239"), ("海关", "1F6C3"), ("三叉戟", "1F531")],
)
def test_a_name_is_found_whatever_words_are_in_it(prompt: str, concept: str) -> None:
    assert [wish.concept for wish in parse(prompt).wishes] == [concept]
    assert parse(prompt).texts == ()


def test_what_stands_alone_in_quotation_marks_is_written() -> None:
    for text in ("LOVE", "福", "新"):
        assert parse(f"“{text}”").texts == (text,)


@pytest.mark.parametrize("prompt", ["一台搅拌机", "一个龘龘龘"])
def test_what_nobody_knows_is_said_in_chinese_too(prompt: str) -> None:
    plan = parse(prompt)
    assert plan.not_drawn or plan.replaced or plan.wishes


def test_every_set_of_words_is_there() -> None:
    assert "wants" in said("wants")
    assert "想要" in said("wants")
    with pytest.raises(KeyError):
        said("nothing of the kind")


@given(
    st.lists(st.sampled_from(["a cat", "一只狗", "wants", "the other", "朝", "的", "里", "gives", "one big", ",", ":"]))
)
def test_no_order_of_such_words_breaks_the_reading(words: list[str]) -> None:
    prompt = " ".join(words)
    for wish in parse(prompt).wishes:
        assert wish.count >= 1
        assert wish.concept in lexicon().entries
