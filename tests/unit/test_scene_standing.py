"""What stands on what, and what is seen inside what: sills, shelves, plates, baskets, laps, horizons and shores."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.backdrops import SETTINGS
from pingxing.engine.backends.scene.heap import place as heap_place
from pingxing.engine.backends.scene.heap import ranks
from pingxing.engine.backends.scene.plan import Link, Plan, Wish
from pingxing.engine.backends.scene.stage import Stage, Thing, set_stage
from pingxing.engine.backends.scene.styles import STYLES
from pingxing.engine.backends.scene.words import concept_of, lexicon

CAT, WINDOW, BOOK, TREE, BIRD, APPLE, BASKET, PLATE, DUMPLING, MOUNTAIN, HOUSE, GRANNY, BABY, GIFT, XMAS = map(
    concept_of, ("🐈", "🪟", "📖", "🌳", "🐦", "🍎", "🧺", "🍽️", "🥟", "⛰️", "🏠", "👵", "👶", "🎁", "🎄")
)
BOOKSHELF, BENCH = "E026", "E00D"


def wish(concept: str, count: int = 1, words: str = "") -> Wish:
    english, chinese = lexicon().names.get(concept, (concept, concept))
    return Wish(concept, english, chinese, words or english, ((0, 1),), count)


def staged(*wishes: Wish, links: tuple[tuple[int, str, int], ...] = (), background: str = "", said: str = "") -> Stage:
    plan = Plan(wishes, tuple(Link(*link) for link in links), background=background, between=said)
    return set_stage(plan, 1024, 768, 1, STYLES["classic"], shipped())


def things(stage: Stage, group: int) -> list[Thing]:
    return [thing for thing in stage.things if thing.group == group]


def test_a_window_hangs_in_the_wall_with_the_cat_on_its_sill() -> None:
    stage = staged(wish(CAT), wish(WINDOW), links=((0, "on", 1),), background="room")
    (cat,), (window,) = things(stage, 0), things(stage, 1)
    assert window.foot <= stage.horizon
    assert window.box[1] < cat.box[1]
    assert window.box[1] + 0.75 * window.box[3] < cat.foot <= window.foot
    assert window.box[0] < cat.box[0]
    assert cat.box[0] + cat.box[2] < window.box[0] + window.box[2]


def test_a_shelf_that_only_carries_things_is_a_board_as_long_as_they_need() -> None:
    stage = staged(wish(BOOK, 4), wish(BOOKSHELF, words="shelf"), links=((0, "on", 1),), background="room")
    (shelf,) = things(stage, 1)
    assert shelf.foot <= stage.horizon
    for book in things(stage, 0):
        assert shelf.box[0] <= book.box[0]
        assert book.box[0] + book.box[2] <= shelf.box[0] + shelf.box[2]
        assert abs(book.foot - shelf.box[1]) < 0.3 * shelf.box[3]
    standing = staged(wish(BOOK), wish(BOOKSHELF, words="bookshelf"), links=((0, "on", 1),), background="room")
    assert things(standing, 1)[0].foot > standing.horizon


@pytest.mark.parametrize(("vessel", "content", "relation"), [(BASKET, APPLE, "inside"), (PLATE, DUMPLING, "on")])
def test_what_a_vessel_holds_lies_in_a_heap_within_it(vessel: str, content: str, relation: str) -> None:
    stage = staged(wish(content, 5), wish(vessel), links=((0, relation, 1),))
    (holder,) = things(stage, 1)
    left, right = holder.box[0], holder.box[0] + holder.box[2]
    feet = set()
    for thing in things(stage, 0):
        assert left <= thing.box[0]
        assert thing.box[0] + thing.box[2] <= right
        feet.add(round(thing.foot))
    assert len(feet) == len(ranks(5))


@given(st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_every_place_of_a_heap_is_taken_once(many: int) -> None:
    rows = ranks(many)
    assert sum(rows) == many
    assert all(low > high for low, high in pairwise(rows))
    assert len({heap_place(number, many) for number in range(many)}) == many


def test_a_bird_on_a_branch_sits_on_a_bough_that_grows_into_the_picture() -> None:
    stage = staged(wish(BIRD), wish(TREE, words="branch"), links=((0, "on", 1),), background="meadow")
    (bough,) = things(stage, 1)
    assert bough.icon.concept == "E164"
    assert bough.box[0] < 1 or bough.box[0] + bough.box[2] > stage.width - 1
    assert not bough.grounded


def test_a_mountain_behind_others_stands_on_the_horizon() -> None:
    stage = staged(wish(HOUSE), wish(MOUNTAIN), links=((1, "behind", 0),), background="lake")
    (house,), (mountain,) = things(stage, 0), things(stage, 1)
    assert mountain.foot == pytest.approx(stage.horizon, abs=0.02 * stage.height)
    assert mountain.depth < house.depth


def test_who_is_by_the_sea_stands_on_its_shore_and_who_swims_in_it() -> None:
    ashore = staged(wish(GRANNY), background="sea", said="a grandmother by the sea")
    assert (ashore.background, ashore.painted) == ("sea", "beach")
    assert staged(wish(GRANNY), background="sea", said="a grandmother swimming in the sea").painted == "sea"
    assert staged(wish(HOUSE), background="meadow").painted in SETTINGS


def test_what_is_on_a_lap_is_held_and_what_is_on_a_shoulder_sits_beside_the_head() -> None:
    lap = staged(wish(CAT), wish(GRANNY), links=((0, "on", 1),), said="a cat on grandmother's lap")
    (cat,), (granny,) = things(lap, 0), things(lap, 1)
    assert cat.box[1] > granny.box[1] + 0.4 * granny.box[3]
    perched = staged(wish(BIRD), wish(GRANNY), links=((0, "on", 1),), said="老奶奶肩上有一只鸟")
    (bird,), (granny,) = things(perched, 0), things(perched, 1)
    assert granny.box[1] < bird.foot < granny.foot
    assert abs(bird.box[0] + bird.box[2] / 2 - granny.box[0] - granny.box[2] / 2) > 0.15 * granny.box[2]


def test_two_who_hold_one_thing_stand_at_its_sides() -> None:
    father = concept_of("👨")
    stage = staged(wish(father), wish(GRANNY), wish(BABY), links=((0, "holding", 2), (1, "holding", 2)))
    (one,), (other,) = things(stage, 0), things(stage, 1)
    assert one.box[0] + one.box[2] < other.box[0] or other.box[0] + other.box[2] < one.box[0]


def test_several_on_a_bench_sit_side_by_side_on_its_seat() -> None:
    stage = staged(wish(concept_of("👧")), wish(GRANNY), wish(BENCH), links=((0, "on", 2), (1, "on", 2)))
    (bench,) = things(stage, 2)
    for group in (0, 1):
        (sitter,) = things(stage, group)
        assert bench.box[0] <= sitter.box[0] + sitter.box[2] / 2 <= bench.box[0] + bench.box[2]
        assert bench.box[1] + 0.5 * bench.box[3] < sitter.foot <= bench.foot


def test_presents_lie_below_the_tree_and_do_not_hang_on_it() -> None:
    stage = staged(wish(GIFT, 3), wish(XMAS), links=((0, "on", 1),))
    (tree,) = things(stage, 1)
    assert all(gift.foot > tree.box[1] + 0.85 * tree.box[3] for gift in things(stage, 0))


def test_what_is_in_a_vase_on_a_sill_stands_there_in_its_vase() -> None:
    flower, vase = concept_of("🌻"), concept_of("🏺")
    stage = staged(wish(flower), wish(vase), wish(WINDOW), links=((0, "inside", 1), (0, "on", 2)), background="room")
    (bloom,), (pot,), (window,) = things(stage, 0), things(stage, 1), things(stage, 2)
    assert bloom.box[1] < pot.box[1] < bloom.foot
    assert window.box[1] + 0.75 * window.box[3] < pot.foot <= window.foot
