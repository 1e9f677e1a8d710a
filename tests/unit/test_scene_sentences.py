"""Long sentences: where a statement begins, what a list goes on with, what "it" is, and who of several is meant."""

from __future__ import annotations

import pytest
from tests.fakes.plans import links

from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.plan import Plan


def painted(plan: Plan) -> dict[str, str | None]:
    return {wish.name_en: wish.colour for wish in plan.wishes}


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        # a list goes on with what its first noun is to somebody
        ("a woman wearing a red dress, a black hat and sunglasses stands next to a car",
         {("woman", "wearing", "dress"), ("woman", "wearing", "top hat"), ("woman", "wearing", "sunglasses"),
          ("woman", "next-to", "car")}),
        ("under the tree there are a dog, two cats and a rabbit",
         {("dog", "under", "tree"), ("cat", "under", "tree"), ("rabbit", "under", "tree")}),
        ("the snowman has a carrot nose, a green scarf and a black hat",
         {("snowman", "wearing", "scarf"), ("snowman", "wearing", "top hat")}),
        # a statement begins without a comma
        ("a grey cat sits beside a man and three seagulls fly above a boat",
         {("cat", "next-to", "man"), ("seagull", "above", "sailboat")}),
        ("three boys in red shirts and two girls in skirts are dancing around a campfire",
         {("boy", "wearing", "shirt"), ("girl", "wearing", "dress"), ("boy", "around", "campfire"),
          ("girl", "around", "campfire")}),
        # what places are told by stays the same
        ("to the left of the sofa stands a plant, to the right of it there is a lamp, and in front of it lies a ball",
         {("potted plant", "left-of", "sofa"), ("table lamp", "right-of", "sofa"),
          ("football", "in-front-of", "sofa")}),
        ("a white bench stands under a cherry tree, on it lies a straw hat",
         {("bench", "under", "cherry tree"), ("straw hat", "on", "bench")}),
        ("a pirate with a parrot on his shoulder stands on a ship, he looks through a telescope",
         {("parrot", "on", "pirate"), ("pirate", "on", "ship"), ("pirate", "looking-at", "telescope")}),
        # places inside places
        ("奶奶坐在壁炉旁的摇椅上", {("rocking chair", "next-to", "fireplace"), ("old woman", "on", "rocking chair")}),
        ("沙发前面的地毯上趴着一只猫", {("rug", "in-front-of", "sofa"), ("cat", "on", "rug")}),
        ("猴子骑着自行车,一头大象站在它身后的大鼓上",
         {("monkey", "riding", "bicycle"), ("drum", "behind", "monkey"), ("elephant", "on", "drum")}),
        # somebody's tool is no topic
        ("一位穿黄色雨衣的老渔夫坐在湖上的小船里,他拿着一根钓鱼竿",
         {("old man", "wearing", "coat"), ("old man", "inside", "sailboat"), ("old man", "holding", "fishing pole")}),
        ("车筐里坐着一只小狗,爸爸拿着一把伞", {("dog", "inside", "basket"), ("man", "holding", "umbrella")}),
        ("女孩抱着泰迪熊坐在床上", {("girl", "holding", "teddy bear"), ("girl", "on", "bed")}),
    ],
)  # fmt: skip
def test_who_is_where(prompt: str, wanted: set[tuple[str, str, str]]) -> None:
    assert links(parse(prompt)) == wanted


@pytest.mark.parametrize(
    "prompt",
    [
        "three parrots sit on a branch: the first is red, the second blue and the third green",
        "树枝上停着三只鹦鹉,第一只是红色的,第二只是蓝色的,第三只是绿色的",
        "三只鹦鹉停在树枝上,左边的是红色的,中间的是蓝色的,右边的是绿色的",
    ],
)
def test_each_of_several_has_its_colour(prompt: str) -> None:
    parrots = [wish for wish in parse(prompt).wishes if wish.name_en == "parrot"]
    assert {wish.colour for wish in parrots} == {"#e0342f", "#2f6fe0", "#3fae49"}
    assert sum(wish.count for wish in parrots) == 3


@pytest.mark.parametrize(
    "prompt",
    [
        "two robots at a table, the silver one smiles and the black one looks sad",
        "两个机器人坐在桌子旁,银色的那个在笑,黑色的那个很难过",
    ],
)
def test_the_mood_is_of_the_one_that_is_meant(prompt: str) -> None:
    robots = {wish.traits for wish in parse(prompt).wishes if wish.name_en == "robot"}
    assert robots == {("happy",), ("sad",)}


@pytest.mark.parametrize("prompt", ["老师站在黑板前面", "一只戴着小红帽的老鼠", "红鼻子小丑", "墙上挂着一幅画"])
def test_no_noun_is_found_inside_a_word_and_none_is_lost(prompt: str) -> None:
    names = {wish.name_en for wish in parse(prompt).wishes}
    wanted = {"老": {"teacher"}, "一": {"mouse", "top hat"}, "红": {"clown"}, "墙": {"framed picture"}}
    assert names == wanted[prompt[0]]


@pytest.mark.parametrize("prompt", ["a general on a horse", "一位将军骑着马"])
def test_a_general_is_somebody(prompt: str) -> None:
    assert links(parse(prompt)) == {("guard", "riding", "horse")}
