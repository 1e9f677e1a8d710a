"""Verbs that look like nouns, colours said after the noun, and places that are said of the whole picture."""

from __future__ import annotations

import pytest

from pingxing.engine.backends.scene.drawings import told
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.words import concept_of, lexicon

SILVER, BLUE = (next(m.value for m in lexicon().english[c] if m.kind == "colour") for c in ("silver", "blue"))


def things(prompt: str) -> set[str]:
    return {told(wish.concept) for wish in parse(prompt).wishes}


@pytest.mark.parametrize(
    ("prompt", "there"),
    [
        ("a rooster crows on the roof", "🐓 🏠"),
        ("a phone rings", "📱"),
        ("a cat ducks", "🐈"),
        ("a boy drums", "👦 🥁"),
        ("an accordion player sits on a bench", "🧑 🪗 🪑"),
        ("手风琴手坐在长椅上", "🧑 🪗 🪑"),
        ("a straw hat and a beach bag", "👒 👜"),
        ("a kitchen table and chairs", "table 🪑"),
        ("a bowl with apples", "🥣 🍎"),
        ("two cats and crows", "🐈 🐦"),
    ],
)
def test_what_one_does_is_no_second_thing(prompt: str, there: str) -> None:
    found = {"E0CD": "table", concept_of("🐦‍⬛"): "1F426"}
    assert {found.get(c, c) for c in things(prompt)} == {w if w == "table" else concept_of(w) for w in there.split()}


@pytest.mark.parametrize(
    ("prompt", "colour"),
    [
        ("a crown, silver not gold", SILVER),
        ("一顶王冠,要银色的,不要金色", SILVER),
        ("a car, blue not red", BLUE),
        ("要一辆车,蓝色的,不要红色的", BLUE),
    ],
)
def test_a_colour_after_the_noun_is_its_colour(prompt: str, colour: str) -> None:
    assert [wish.colour for wish in parse(prompt).wishes] == [colour]


@pytest.mark.parametrize(
    ("prompt", "places"),
    [
        ("a fish at the top of the picture and an anchor at the bottom", ["top", "bottom"]),
        ("on the left side of the picture a tree", ["left"]),
        ("太阳在左上角,彩虹在右边", ["top-left", "right"]),
        ("绿色外星人在左边挥手", ["left"]),
        ("工作台上有一把锤子,上面挂着一盏油灯", ["", "top"]),
        ("厨师把煎饼抛到空中,服务员端着果汁", ["", "top", "", ""]),
    ],
)
def test_places_of_the_picture(prompt: str, places: list[str]) -> None:
    assert [wish.place for wish in parse(prompt).wishes] == places


@pytest.mark.parametrize("house", ["一间小木屋", "一座房子", "一座城堡", "一家旅馆"])
def test_a_roof_is_of_the_building_that_was_named(house: str) -> None:
    plan = parse(f"{house},一只黑猫蹲在屋顶上")
    assert len(plan.wishes) == 2
    assert [(k.subject, k.relation, k.object) for k in plan.links] == [(1, "on", 0)]


@pytest.mark.parametrize("prompt", ["a whale for the baby's wall", "贴在宝宝房间墙上的鲸鱼", "奶奶的厨房里有一条鲸鱼"])
def test_whose_room_it_is_is_not_in_the_picture(prompt: str) -> None:
    assert things(prompt) == {concept_of("🐳")}


@pytest.mark.parametrize(
    ("prompt", "counts"),
    [
        ("three bears have a picnic in the forest", [3]),
        ("两只兔子在跳,右下角坐着一只犯困的熊", [2, 1]),
        ("女孩拿着三朵红玫瑰,右边一只犯困的白猫", [1, 3, 1]),
    ],
)
def test_nobody_is_parted_from_the_others_by_what_is_said_of_somebody_else(prompt: str, counts: list[int]) -> None:
    assert [wish.count for wish in parse(prompt).wishes] == counts
