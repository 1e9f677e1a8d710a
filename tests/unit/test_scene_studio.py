"""Composition for shapes that are not square: sets around wares, groups in tall pictures, banners."""

from __future__ import annotations

import re

import pytest

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.compose import Composition, compose
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.stage import Stage, set_stage
from pingxing.engine.backends.scene.styles import STYLES
from pingxing.types import SceneEdit

PODIUM = "A"  # only the studio's drum has an arc in its floor


def drawn(prompt: str, size: tuple[int, int], seed: int = 1) -> Composition:
    return compose(parse(prompt), *size, seed, STYLES["classic"], shipped())


def staged(prompt: str, size: tuple[int, int], seed: int = 1) -> Stage:
    return set_stage(parse(prompt), *size, seed, STYLES["classic"], shipped())


def layer(composition: Composition, name: str) -> str:
    found = re.search(rf'data-name="{name}">(.*?)</g>(?=<g id="slayer|$)', composition.markup, re.S)
    return found.group(1) if found else ""


@pytest.mark.parametrize("size", [(576, 1024), (768, 768), (1200, 300)])
def test_wares_stand_on_a_podium_of_the_studio(size: tuple[int, int]) -> None:
    assert PODIUM in layer(drawn("a lipstick and a necklace", size), "floor")
    assert layer(drawn("a lipstick and a necklace, plain background", size), "floor") == ""
    assert layer(drawn("a lipstick on a white background", size), "floor") == ""


@pytest.mark.parametrize("prompt", ["a lipstick and a mirror", "a single candle", "一双运动鞋", "a dog and a cat"])
def test_in_a_tall_picture_a_group_stands_near_its_middle(prompt: str) -> None:
    for seed in range(4):
        stage = staged(prompt, (576, 1024), seed)
        top, low = min(t.box[1] for t in stage.things), max(t.foot for t in stage.things)
        assert 0.42 < (top + low) / 2 / stage.height < 0.74, seed


def test_three_things_in_a_tall_picture_are_one_group() -> None:
    for seed in range(6):
        stage = staged("a bar of soap, lavender and a towel", (576, 1024), seed)
        feet = sorted(t.foot for t in stage.things)
        assert feet[-1] - feet[0] < 0.36 * stage.height


@pytest.mark.parametrize("size", [(1200, 300), (1024, 256), (1280, 400)])
def test_a_banners_words_stand_beside_its_things(size: tuple[int, int]) -> None:
    sides = set()
    for seed in range(8):
        prompt = 'a dog and a cat, banner that says "Paws and Claws"'
        stage, picture = staged(prompt, size, seed), drawn(prompt, size, seed)
        assert stage.column is not None
        left, wide = stage.column
        for thing in stage.things:
            assert thing.box[0] + thing.box[2] <= left + 1 or thing.box[0] >= left + wide - 1
        x, y, w, h = picture.scene.text[0].box
        assert left <= x * stage.width
        assert (x + w) * stage.width <= left + wide
        assert y > 0.05
        assert y + h < 0.9
        assert max(thing.box[3] for thing in stage.things) > 0.4 * stage.height
        sides.add(left == 0.0)
    assert sides == {True, False}


def test_squares_and_posters_keep_their_words_above() -> None:
    for size in ((800, 800), (576, 1024), (1024, 576)):
        assert staged('a dog, banner that says "Hello"', size).column is None


def test_words_alone_need_no_meadow() -> None:
    assert drawn('banner that says "New"', (1200, 300)).scene.background == "plain"
    assert drawn('a wooden sign that says "Farm"', (800, 800)).scene.background != "plain"
    assert drawn('"Rain today", rain', (800, 800)).scene.background != "plain"


def test_trees_grow_only_where_a_banner_is_bare() -> None:
    assert layer(drawn("a rabbit in a meadow", (1200, 300)), "grove")
    assert layer(drawn("a rabbit in a meadow", (800, 600)), "grove") == ""
    assert layer(drawn("a rabbit in the desert", (1200, 300)), "grove") == ""


def test_a_die_cut_sticker_and_a_logo_lie_in_the_middle_of_a_sheet() -> None:
    for prompt, style in (
        ("three ice creams", "sticker"),
        ("a fox with a scarf", "sticker"),
        ("a fox logo", "classic"),
    ):
        for size in ((640, 640), (576, 1024), (960, 400)):
            stage = set_stage(parse(prompt), *size, 3, STYLES[style], shipped())
            assert stage.background == "plain"
            top, low = min(t.box[1] for t in stage.things), max(t.foot for t in stage.things)
            assert 0.4 < (top + low) / 2 / stage.height < 0.6
        assert layer(compose(parse(prompt), 640, 640, 3, STYLES[style], shipped()), "floor") == ""


def test_a_product_photo_is_taken_in_the_studio_and_the_product_is_its_hero() -> None:
    for prompt in ("a perfume with roses, product photo", "香水广告,玫瑰"):
        stage = staged(prompt, (768, 768))
        assert stage.background == "plain"
        hero = next(t for t in stage.things if t.icon.concept == "E16C")
        plain_size = next(t for t in staged("a perfume and roses", (768, 768)).things if t.icon.concept == "E16C")
        other, before = (next(t for t in s.things if t.icon.concept != "E16C") for s in (
            stage, staged("a perfume and roses", (768, 768))))  # fmt: skip
        assert hero.box[3] / other.box[3] > 1.2 * plain_size.box[3] / before.box[3]


def test_the_only_thing_in_the_air_is_in_the_middle() -> None:
    for size in ((768, 768), (576, 1024), (1024, 576)):
        for seed in range(4):
            stage = staged("a hot air balloon in the sky", size, seed)
            (balloon,) = stage.things
            x, y, w, h = balloon.box
            assert 0.3 < (x + w / 2) / stage.width < 0.7
            assert 0.3 < (y + h / 2) / stage.height < 0.7


def test_a_boat_before_mountains_is_on_a_lake() -> None:
    assert staged("a boat, mountains", (768, 768)).painted == "lake"
    assert staged("a cabin, mountains", (768, 768)).painted == "mountains"


def test_what_a_person_takes_away_leaves_the_setting_as_it_was() -> None:
    plan = parse("a lipstick and a necklace")
    whole = compose(plan, 640, 640, 1, STYLES["classic"], shipped())
    edit = SceneEdit(object=0, remove=True)
    without = compose(plan, 640, 640, 1, STYLES["classic"], shipped(), (edit,))
    assert layer(whole, "floor") == layer(without, "floor")
    assert layer(whole, "backdrop") == layer(without, "backdrop")
