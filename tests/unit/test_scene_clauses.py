"""Clauses: who does what when the subject changes, what a verb nobody knows does, who wears, holds and follows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.plans import links, things

from pingxing.engine.backends.scene.inflect import finite
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.words import lexicon, verbs


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("a boy flies a kite while his dog chases it", {("boy", "holding", "kite"), ("dog", "next-to", "kite")}),
        ("the girl waters the flowers and her brother rides a bike",
         {("girl", "next-to", "flower"), ("boy", "riding", "bicycle")}),
        ("a woman with a fish on her hat", {("fish", "on", "top hat"), ("woman", "wearing", "top hat")}),
        ("一个帽子上有一条鱼的女人", {("fish", "on", "top hat"), ("woman", "wearing", "top hat")}),
        ("女孩把牛奶倒进杯子里", {("girl", "holding", "milk"), ("milk", "inside", "coffee")}),
        ("一只黄狗跟在男孩后面,小猫跟在他后面", {("dog", "next-to", "boy"), ("cat", "next-to", "boy")}),
        ("a dog surfing a big wave", {("dog", "riding", "surfboard"), ("dog", "on", "water wave")}),
        ("two penguins, one wearing a blue scarf, the other a red hat",
         {("penguin", "wearing", "scarf"), ("penguin", "wearing", "top hat")}),
        ("a girl feeds bread to three ducks", {("girl", "holding", "bread"), ("girl", "next-to", "duck")}),
        ("a woman is waiting at the bus stop with an umbrella",
         {("woman", "next-to", "bus stop"), ("woman", "holding", "umbrella")}),
        ("一个女人撑着伞在公交站等车", {("woman", "holding", "umbrella"), ("woman", "next-to", "bus stop")}),
        ("小女孩骑在爸爸的肩膀上看烟花", {("girl", "riding", "man"), ("girl", "looking-at", "fireworks")}),
        ("two old men in the park, with a kettle of tea on the bench", {("teapot", "on", "bench")}),
        ("a cake and a vase with roses on the table", {("rose", "inside", "vase")}),
        ("a plate with three eggs and two slices of bread", {("egg", "on", "plate"), ("bread", "on", "plate")}),
        ("a bird that is not in a cage", set()),
        ("cats everywhere except on the sofa", set()),
    ],
)  # fmt: skip
def test_who_does_what(prompt: str, wanted: set[tuple[str, str, str]]) -> None:
    assert links(parse(prompt)) == wanted


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("an ear and an eye", {"ear": 1, "eye": 1}),
        ("a dog with long ears", {"dog": 1}),
        ("a hammer and a saw", {"hammer": 1, "carpentry saw": 1}),
        ("I saw a cat", {"cat": 1}),
        ("an archer with a bow", {"person": 1, "bow and arrow": 1}),
        ("a cat with a pink bow", {"cat": 1, "bow tie": 1}),
        ("a boat under a bridge", {"sailboat": 1, "arch bridge": 1}),
        ("a dog on a bridge", {"dog": 1}),
        ("a cat under the table", {"cat": 1, "wooden table": 1}),
        ("an apple on the table", {"apple": 1}),
        ("a basket of ten eggs", {"basket": 1, "egg": 10}),
        ("一篮子十个鸡蛋", {"basket": 1, "egg": 10}),
        ("a bowl of strawberries", {"bowl": 1, "strawberry": 3}),
        ("three kids dressed as ghosts", {"ghost": 3}),
        ("a dog dressed as a pirate", {"dog": 1}),
        ("six birds on a fence and one on the roof", {"bird": 7, "fence": 1, "house": 1}),
        ("孔明灯六个", {"sky lantern": 6}),
        ("一群鸭子排队过马路", {"duck": 7}),
        ("一个打红伞的女人", {"umbrella": 1, "woman": 1}),
        ("一打鸡蛋", {"egg": 12}),
        ("a fisherman holding a fishing rod", {"man": 1, "fishing pole": 1}),
        ("twelve roses for my girlfriend", {"rose": 12}),
        ("送给女朋友的十二朵玫瑰", {"rose": 12}),
        ("a mountain", {"mountain": 1}),
        ("a cat in the mountains", {"cat": 1}),
    ],
)
def test_what_is_there(prompt: str, wanted: dict[str, int]) -> None:
    found = things(parse(prompt))
    if "strawberry" in wanted:
        assert found.keys() == wanted.keys()
    else:
        assert found == wanted


@pytest.mark.parametrize("prompt", ["a cat with orange fur", "my cat has orange fur", "一只橙色毛发的猫"])
def test_the_coat_colours_the_animal(prompt: str) -> None:
    (cat,) = parse(prompt).wishes
    assert cat.colour == "#f58a1f"


@pytest.mark.parametrize(
    ("prompt", "size"), [("一棵大树", 1.4), ("一头大象", 1.0), ("一只大熊猫", 1.0), ("a big tree", 1.4)]
)
def test_size_inside_a_word(prompt: str, size: float) -> None:
    assert parse(prompt).wishes[0].size == size


@pytest.mark.parametrize(
    "prompt",
    ['a wooden sign on the beach saying "No swimming"', 'a sign on the door: "Come in"', "门上的木牌写着“请进”"],
)
def test_a_board_away_from_its_words_is_no_second_thing(prompt: str) -> None:
    plan = parse(prompt)
    assert len(plan.texts) == 1
    assert "placard" not in things(plan)


def test_forms_of_verbs() -> None:
    assert finite("taking photos") == ["takes photos", "take photos"]
    assert finite("jumping rope") == ["jumps rope", "jump rope"]
    assert finite("sledding") == []
    assert verbs()["waters"] == "next-to"
    assert "waters" not in lexicon().english


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(
    ["a", "toys", "玩具", "wrapped", "in", "paper", "dressed", "as", "fur", "orange", "with", "bridge", "table", "bow",
     "the other", "one", "feeds", "to", "of", "watches", "them", "它", "把", "倒进", "打", "上面", "的", ",", "cat",
     "猫", "戴着", "for", "my", "mother", "basket of", "3", "except", "on", "white coat", "他", "后面", "跟在"]
), max_size=14))  # fmt: skip
def test_any_order_of_such_words_is_read(words: list[str]) -> None:
    parse(" ".join(words))
    parse("".join(words))
