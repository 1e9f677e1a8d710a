"""Words that unfold into several: families, deeds, likenesses, branches."""

from __future__ import annotations

import pytest

from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.words import concept_of


def things(prompt: str) -> list[tuple[str, int]]:
    return [(wish.concept, wish.count) for wish in parse(prompt).wishes]


def links(prompt: str) -> set[tuple[str, str, str]]:
    plan = parse(prompt)
    return {(plan.wishes[k.subject].concept, k.relation, plan.wishes[k.object].concept) for k in plan.links}


def emoji(*wanted: str) -> list[str]:
    return [concept_of(one) for one in wanted]


@pytest.mark.parametrize("prompt", ["a family having a picnic on the grass", "一家人在草地上野餐"])
def test_a_family_is_people(prompt: str) -> None:
    assert [concept for concept, _ in things(prompt)] == emoji("👨", "👩", "🧒")


@pytest.mark.parametrize("prompt", ["a panda family eating bamboo", "熊猫一家在吃竹子"])
def test_a_family_of_animals_is_animals(prompt: str) -> None:
    assert things(prompt)[0] == (concept_of("🐼"), 3)


def test_a_family_car_is_a_car() -> None:
    assert things("a family car") == [(concept_of("🚗"), 1)]


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("纽约唐人街小孩吃烧卖", 3),
        ("孩子们在公园里踢足球", 3),
        ("一个小孩在海边", 1),
        ("小孩和狗", 1),
        ("妈妈抱着孩子", 1),
    ],
)
def test_children_without_a_number(prompt: str, count: int) -> None:
    kids = {concept_of(one) for one in "🧒👶"}
    assert [number for concept, number in things(prompt) if concept in kids] == [count]


@pytest.mark.parametrize("prompt", ["a skateboarding dog", "玩滑板的狗", "a dog skateboarding"])
def test_a_deed_shows_its_thing(prompt: str) -> None:
    assert links(prompt) == {(concept_of("🐕"), "riding", concept_of("🛹"))}


def test_two_nouns_for_one_picture_are_two() -> None:
    assert len(things("医生和护士")) == len(things("a doctor and a nurse")) == 2


@pytest.mark.parametrize("prompt", ["a horse as white as snow", "一匹像雪一样白的马"])
def test_a_likeness_is_a_colour(prompt: str) -> None:
    plan = parse(prompt)
    assert [wish.colour for wish in plan.wishes] == ["#fafafa"]
    assert not plan.background
    assert not plan.weather


@pytest.mark.parametrize("prompt", ["an owl on a branch", "树枝上的猫头鹰"])
def test_a_branch_is_of_a_tree(prompt: str) -> None:
    assert links(prompt) == {(concept_of("🦉"), "on", concept_of("🌳"))}


@pytest.mark.parametrize("prompt", ["a woman wearing a hat and sunglasses", "戴着帽子和墨镜的女人"])
def test_both_are_worn(prompt: str) -> None:
    woman = concept_of("👩")
    assert links(prompt) == {(woman, "wearing", concept_of("🎩")), (woman, "wearing", concept_of("🕶"))}


@pytest.mark.parametrize("prompt", ["a girl reading a book, a cat beside her", "女孩在看书，旁边有一只猫"])
def test_beside_the_reader_not_beside_the_book(prompt: str) -> None:
    assert (concept_of("🐈"), "next-to", concept_of("👧")) in links(prompt)


@pytest.mark.parametrize("prompt", ["a cow jumps over the moon", "一头牛跃过月亮"])
def test_over_is_above(prompt: str) -> None:
    assert links(prompt) == {(concept_of("🐄"), "above", concept_of("🌕"))}
