"""Vessels that measure: the basket, the plate and the vase are in the picture, and what they hold lies in them."""

from __future__ import annotations

import pytest
from tests.fakes.plans import links, things

from pingxing.engine.backends.scene.parse import parse


@pytest.mark.parametrize(
    ("prompt", "holds", "lies"),
    [
        ("a basket of apples", {"basket": 1, "apple": 3}, {("apple", "inside", "basket")}),
        ("一篮苹果", {"basket": 1, "apple": 3}, {("apple", "inside", "basket")}),
        ("一篮子新鲜的草莓", {"basket": 1, "strawberry": 3}, {("strawberry", "inside", "basket")}),
        ("two plates of dumplings", {"plate": 2, "dumpling": 3}, {("dumpling", "on", "plate")}),
        ("两盘饺子", {"plate": 2, "dumpling": 3}, {("dumpling", "on", "plate")}),
        ("a basket of ten eggs", {"basket": 1, "egg": 10}, {("egg", "inside", "basket")}),
        ("一篮子十个鸡蛋", {"basket": 1, "egg": 10}, {("egg", "inside", "basket")}),
        ("a plate of sushi", {"plate": 1, "sushi": 1}, {("sushi", "on", "plate")}),
        ("一盘寿司", {"plate": 1, "sushi": 1}, {("sushi", "on", "plate")}),
        ("a vase of tulips", {"vase": 1, "tulip": 3}, {("tulip", "inside", "vase")}),
        ("一瓶郁金香", {"vase": 1, "tulip": 3}, {("tulip", "inside", "vase")}),
        (
            "a cat next to a bowl of cherries",
            {"cat": 1, "bowl": 1, "cherry": 3},
            {("cherry", "inside", "bowl"), ("cat", "next-to", "bowl")},
        ),
        (
            "一只猫坐在一篮土豆旁边",
            {"cat": 1, "basket": 1, "potato": 3},
            {("potato", "inside", "basket"), ("cat", "next-to", "basket")},
        ),
    ],
)
def test_the_vessel_is_there_with_what_it_holds(
    prompt: str, holds: dict[str, int], lies: set[tuple[str, str, str]]
) -> None:
    plan = parse(prompt)
    assert things(plan) == holds
    assert links(plan) == lies


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("a bowl of noodles", {"noodles": 1}),
        ("一碗米饭", {"cooked rice": 1}),
        ("two cups of coffee", {"coffee": 2}),
        ("一盒牛奶", {"milk": 1}),
        ("一桶爆米花", {"popcorn": 1}),
        ("a jar of honey", {"honey pot": 1}),
    ],
)
def test_what_is_drawn_in_a_vessel_gets_no_second_one(prompt: str, wanted: dict[str, int]) -> None:
    found = parse(prompt)
    assert {w.count for w in found.wishes} == set(wanted.values())
    assert len(found.wishes) == 1


@pytest.mark.parametrize("prompt", ["a bowl of fruit", "一碗水果"])
def test_every_kind_of_fruit_is_in_the_bowl(prompt: str) -> None:
    plan = parse(prompt)
    inside = {plan.wishes[k.subject].name_en for k in plan.links if k.relation == "inside"}
    assert len(inside) == 3
    assert len(plan.wishes) == 4


@pytest.mark.parametrize("prompt", ["a girl holds a basket of apples and a boy waits", "女孩提着一篮苹果,男孩在等"])
def test_the_sentence_goes_on_about_the_vessel(prompt: str) -> None:
    held = [k for k in links(parse(prompt)) if k[1] == "holding"]
    assert held == [("girl", "holding", "basket")]
