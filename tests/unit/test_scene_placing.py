"""Where things go: relations as they are drawn, on the outlines of the art, and the rules of composition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.backdrops import SETTINGS
from pingxing.engine.backends.scene.body import with_body
from pingxing.engine.backends.scene.figure import icon_for
from pingxing.engine.backends.scene.layout import THIRD
from pingxing.engine.backends.scene.plan import Link, Plan, Wish
from pingxing.engine.backends.scene.shapes import CELLS, Body, Shape, shape_of, shown, worn
from pingxing.engine.backends.scene.stage import Stage, Thing, set_stage
from pingxing.engine.backends.scene.styles import STYLES
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.unit import HIGH, LOW, MOST, narrowed, paces
from pingxing.engine.backends.scene.words import concept_of, lexicon

SIZES = [(1024, 1024), (768, 1024), (576, 1024), (1024, 576), (1024, 256), (256, 1024)]
SEEDS = range(5)


def wish(emoji: str, count: int = 1, place: str = "") -> Wish:
    concept = concept_of(emoji)
    return Wish(concept, *lexicon().names[concept], emoji, ((0, 1),), count, place=place)


def staged(*wishes: Wish, links: tuple[Link, ...] = (), seed: int = 1, size: tuple[int, int] = (1024, 1024),
           style: str = "classic", background: str = "") -> Stage:  # fmt: skip
    return set_stage(Plan(wishes, links, background=background), *size, seed, STYLES[style], shipped())


def pair(a: str, relation: str, b: str, *, seed: int = 1, size: tuple[int, int] = (1024, 1024),
         style: str = "classic") -> tuple[Thing, Thing]:  # fmt: skip
    stage = staged(wish(a), wish(b), links=(Link(0, relation, 1),), seed=seed, size=size, style=style)
    first, second = sorted(stage.things, key=lambda t: t.group)
    return first, second


def shape(thing: Thing) -> Shape:
    return shape_of(thing.icon, shipped())


def head(thing: Thing) -> tuple[float, float, float, float]:
    """Edges of the head in the frame: left, top, right, bottom."""
    part = shape(thing).head
    assert part is not None
    x, y, w, h = thing.box
    x0, x1 = (1 - part[2], 1 - part[0]) if thing.flip else (part[0], part[2])
    return x + x0 * w, y + part[1] * h, x + x1 * w, y + part[3] * h


def middle(thing: Thing) -> tuple[float, float]:
    x, y, w, h = thing.box
    return x + w / 2, y + h / 2


# --- what is worn, held, ridden ---------------------------------------------------------------------

WEARERS = ("🐈", "🐕", "🐎", "🐧", "🐼", "👧", "👨", "👮", "⛄", "🐘", "🐇", "🧍")


@pytest.mark.parametrize("style", ["classic", "flat", "cartoon"])
@pytest.mark.parametrize("wearer", WEARERS)
def test_hats_sit_on_heads(wearer: str, style: str) -> None:
    for seed, hat in enumerate(("🎩", "👒", "🧢", "👑")):
        who, what = pair(wearer, "wearing", hat, seed=seed, style=style)
        left, top, right, bottom = head(who)
        x, y, w, h = what.box
        assert left - 0.1 * (right - left) <= x + w / 2 <= right + 0.1 * (right - left)
        assert y < top + 0.05 * (bottom - top)  # above the head
        assert top - 0.05 * h <= y + h <= top + 0.65 * (bottom - top)  # and down to it, not over the face
        assert 0.3 * (right - left) < w < 1.6 * (right - left)
        assert what.depth > who.depth


@pytest.mark.parametrize("wearer", WEARERS)
def test_glasses_are_on_the_eyes(wearer: str) -> None:
    who, what = pair(wearer, "wearing", "🕶️")
    left, top, right, bottom = head(who)
    x, y = middle(what)
    assert left < x < right
    assert top + 0.2 * (bottom - top) < y < top + 0.75 * (bottom - top)


def test_scarves_shoes_and_dresses_have_their_places() -> None:
    for wearer in ("👧", "👨", "🐼"):
        who, scarf = pair(wearer, "wearing", "🧣")
        assert head(who)[1] + 0.6 * (head(who)[3] - head(who)[1]) < middle(scarf)[1]
        assert scarf.box[1] < head(who)[3] + 0.1 * who.box[3]
        who, shoes = pair(wearer, "wearing", "👟")
        assert shoes.foot == pytest.approx(who.foot, abs=0.05 * who.box[3])
        who, dress = pair(wearer, "wearing", "👗")
        assert dress.box[1] > head(who)[3] - 0.1 * who.box[3]
        assert dress.foot < who.foot


def test_one_garment_to_each_and_the_rest_is_carried() -> None:
    stage = staged(wish("🐈", 2), wish("🎩", 2), links=(Link(0, "wearing", 1),))
    cats, hats = ([t for t in stage.things if t.group == g] for g in (0, 1))
    for cat in cats:
        assert sum(head(cat)[0] < middle(hat)[0] < head(cat)[2] for hat in hats) == 1
    stage = staged(wish("👧"), wish("🧥", 3), links=(Link(0, "wearing", 1),))
    assert len(stage.things) == 4


@pytest.mark.parametrize("thing", ["🎈", "☂️", "🎸", "📖", "🍕", "🌹"])
def test_what_is_held_is_in_reach_and_below_or_beside_the_face(thing: str) -> None:
    for seed in SEEDS:
        who, what = pair("👧", "holding", thing, seed=seed)
        bodies = [Body(shape(t), t.box, t.flip) for t in sorted((who, what), key=lambda t: t.depth)]
        assert min(part for _, part in shown(bodies)) >= 0.85
        reach = abs(middle(what)[0] - middle(who)[0]) - (what.box[2] + who.box[2]) / 2
        assert reach < 0.25 * who.box[2]


def test_a_cat_carries_a_fish_in_its_mouth() -> None:
    for seed in SEEDS:
        cat, fish = pair("🐈", "holding", "🐟", seed=seed)
        assert (middle(fish)[0] < middle(cat)[0]) == (not cat.flip)


def test_riders_sit_on_the_back() -> None:
    for seed in SEEDS:
        for rider, mount in (("👦", "🐎"), ("🧒", "🚲"), ("👧", "🐘"), ("🐈", "🚲"), ("🐵", "🐘")):
            above, below = pair(rider, "riding", mount, seed=seed)
            assert below.box[0] < middle(above)[0] < below.box[0] + below.box[2]
            assert above.box[1] < below.box[1] + 0.35 * below.box[3]
            assert above.foot < below.foot


def test_who_drives_is_seen_through_the_window() -> None:
    for relation in ("riding", "inside"):
        man, car = pair("👨", relation, "🚗")
        x, y, w, h = car.box
        assert x <= man.box[0]
        assert man.box[0] + man.box[2] <= x + w
        assert y - 0.05 * h <= man.box[1]
        assert man.foot < y + 0.65 * h
        assert man.depth > car.depth
        assert not man.icon.under  # no legs behind the door


@pytest.mark.parametrize("container", ["📦", "🧺", "🛁", "☕", "🪣"])
def test_things_look_out_over_the_rim(container: str) -> None:
    for seed in SEEDS:
        cat, box = pair("🐈", "inside", container, seed=seed)
        assert box.box[0] < middle(cat)[0] < box.box[0] + box.box[2]
        assert cat.box[1] < box.box[1] + 0.5 * box.box[3] < box.foot
        assert cat.foot < box.foot


@pytest.mark.parametrize("below", ["📦", "🌳", "🏠", "🐘", "🚗", "⛰️"])
def test_what_is_on_a_thing_touches_its_outline(below: str) -> None:
    """Measured on the art: just under the upper thing's foot the lower one is drawn."""
    for seed in SEEDS:
        cat, base = pair("🐈", "on", below, seed=seed)
        found, (x, y, w, h) = shape(base), base.box
        foot = sum(shape(cat).feet) / 2
        at = cat.box[0] + (1 - foot if cat.flip else foot) * cat.box[2]
        part = min(0.999, max(0.0, (at - x) / w))
        top = found.tops[int((1 - part if base.flip else part) * CELLS)]
        assert abs(cat.foot - (y + top * h)) < 0.2 * h, (below, seed)


def test_a_cat_sits_on_the_seat_of_a_sofa() -> None:
    cat, sofa = pair("🐈", "on", "🛋️")
    assert sofa.box[1] + 0.45 * sofa.box[3] < cat.foot < sofa.box[1] + 0.85 * sofa.box[3]


# --- relations between places -----------------------------------------------------------------------


def test_animals_look_at_what_they_look_at() -> None:
    sides = set()
    for seed in range(12):
        cat, fish = pair("🐈", "looking-at", "🐟", seed=seed)
        to_left = middle(fish)[0] < middle(cat)[0]
        assert cat.flip != to_left  # the art looks to the left
        sides.add(to_left)
    assert sides == {True, False}


def test_a_ring_goes_all_around() -> None:
    stage = staged(wish("👧", 6), wish("🌳"), links=(Link(0, "around", 1),))
    tree = next(t for t in stage.things if t.group == 1)
    girls = [t for t in stage.things if t.group == 0]
    assert {middle(g)[0] < middle(tree)[0] for g in girls} == {True, False}
    assert {g.foot < tree.foot for g in girls} == {True, False}
    assert {g.depth < tree.depth for g in girls} == {True, False}
    stage = staged(wish("🐇", 8), wish("🥕"), links=(Link(0, "around", 1),))
    carrot = next(t for t in stage.things if t.group == 1)
    for rabbit in (t for t in stage.things if t.group == 0):
        assert rabbit.flip == (middle(rabbit)[0] <= middle(carrot)[0])  # they look at it


def test_between_is_between() -> None:
    for size in SIZES:
        stage = staged(wish("🐕"), wish("🐈", 2), links=(Link(0, "between", 1),), size=size)
        (dog,) = (t for t in stage.things if t.group == 0)
        first, second = sorted(middle(t)[0] for t in stage.things if t.group == 1)
        assert first < middle(dog)[0] < second


def test_a_crowd_beside_a_thing_stands_in_ranks() -> None:
    stage = staged(wish("🐧", 40), wish("🌳"), links=(Link(0, "right-of", 1),))
    tree = next(t for t in stage.things if t.group == 1)
    assert tree.box[3] > 0.15 * stage.height
    assert all(t.box[0] >= tree.box[0] + tree.box[2] - 1 for t in stage.things if t.group == 0)


@pytest.mark.parametrize("relation", ["in-front-of", "behind"])
def test_before_and_behind_by_depth_and_height(relation: str) -> None:
    for seed in SEEDS:
        for a, b in (("🐈", "🏠"), ("🐘", "🐁"), ("🐈", "📦")):
            first, second = pair(a, relation, b, seed=seed)
            near, far = (first, second) if relation == "in-front-of" else (second, first)
            assert near.depth > far.depth
            assert near.foot >= far.foot - 0.02 * near.box[3]


# --- composition ------------------------------------------------------------------------------------


@given(st.floats(0.005, 200), st.floats(0.005, 200))
def test_the_curve_of_sizes_rises_and_is_flatter_than_the_world(a: float, b: float) -> None:
    small, large = sorted((a, b))
    assert paces(small) <= paces(large)
    assert paces(large) / paces(small) <= max(1.0, large / small) + 1e-9


def test_the_curve_in_numbers() -> None:
    assert paces(1.0) == 1.0
    assert paces(3.2) / paces(0.32) == pytest.approx(2.63, abs=0.01)  # elephant and cat
    assert paces(3.2) / paces(0.14) < 4  # elephant and mouse: it can still be seen
    assert paces(HIGH * 10) / paces(HIGH) < 2 < (HIGH * 10 / HIGH)
    assert paces(LOW / 10) / paces(LOW) > 0.5


@given(st.lists(st.floats(0.05, 20), max_size=9))
def test_one_picture_holds_no_giants_and_no_dwarfs(lengths: list[float]) -> None:
    found = narrowed(lengths)
    assert sorted(range(len(found)), key=lambda n: (found[n], lengths[n])) == sorted(
        range(len(lengths)), key=lambda n: lengths[n]
    )
    if lengths:
        assert max(found) == pytest.approx(max(lengths))
        assert max(found) <= MOST * min(found) * (1 + 1e-9)


def test_a_single_subject_stands_at_a_third_of_a_wide_frame_and_looks_into_it() -> None:
    for seed in range(10):
        for size in ((1024, 576), (1600, 400), (1200, 630)):
            (cat,) = staged(wish("🐈"), size=size, seed=seed, background="meadow").things
            at = middle(cat)[0] / (1000 * size[0] / size[1])
            assert abs(at - (2 / 3 if not cat.flip else 1 / 3)) < 0.06
    assert THIRD < 1024 / 576
    for size in ((1024, 1024), (768, 1024)):
        (cat,) = staged(wish("🐈"), size=size, background="meadow").things
        assert abs(middle(cat)[0] / (1000 if size[0] <= size[1] else 1) - 0.5) < 0.2


@pytest.mark.parametrize("size", SIZES)
def test_fifty_things_are_fifty_things(size: tuple[int, int]) -> None:
    for seed in SEEDS:
        stage = staged(wish("🌷", 50), size=size, seed=seed)
        assert len(stage.things) == 50
        assert min(t.box[3] for t in stage.things) > 0.02 * min(stage.width, stage.height)


# --- shapes -----------------------------------------------------------------------------------------


def test_every_icon_of_the_packed_sets_is_measured() -> None:
    found = 0
    for name in ("noto", "flat", "twemoji", "3d"):
        for concept in shipped().concepts(name)[::7]:
            icon = shipped().find(name, concept)
            assert icon is not None
            measured = shape_of(icon, shipped())
            assert measured.mask.shape == (CELLS, CELLS)
            assert len(measured.tops) == CELLS
            assert 0.02 < measured.mask.mean() <= 1
            assert min(measured.tops) < 0.1  # the box is tight
            found += 1
    assert found > 1_500


def test_our_own_drawings_are_measured() -> None:
    from pingxing.engine.backends.scene.shapes import _measured

    missing = set(shipped().concepts("drawn")) - set(_measured("drawn"))
    assert not missing, "run: python scripts/build_shapes.py drawn"


def test_heads_are_where_people_and_animals_have_them() -> None:
    for emoji in ("👧", "👮", "🐈", "🐼", "🐘", "🏃", "⛄", "😀"):
        icon = icon_for(shipped(), STYLES["classic"], concept_of(emoji))
        assert icon is not None
        part = shape_of(with_body(icon, traits(icon.concept)), shipped()).head
        assert part is not None
        assert 0 <= part[0] < part[2] <= 1
        assert 0 <= part[1] < part[3] <= 1
        assert part[1] < 0.35  # a head is at the top
    icon = icon_for(shipped(), STYLES["classic"], concept_of("🚗"))
    assert icon is not None
    assert shape_of(icon, shipped()).head is None


def test_what_hides_what_is_counted_in_solid_cells() -> None:
    full = np.ones((CELLS, CELLS), bool)
    square = Shape(full, (0.0,) * CELLS, "front", (0.0, 0.0, 1.0, 0.5), 0.25, (0.0, 1.0), (0.0, 0.0, 1.0, 1.0), 0.5)
    far, near = Body(square, (0, 0, 10, 10), False), Body(square, (0, 5, 10, 10), False)
    assert shown([far, near]) == [(0.5, 1.0), (1.0, 1.0)]
    assert shown([near, far])[0] == (0.5, 0.0)
    assert shown([far, near], frozenset({(0, 1)})) == [(1.0, 1.0), (1.0, 1.0)]
    beside = Body(square, (10, 0, 10, 10), True)
    assert shown([far, beside]) == [(1.0, 1.0), (1.0, 1.0)]


def test_what_can_be_worn_is_known() -> None:
    places = {emoji: worn(concept_of(emoji)) for emoji in "🎩👒👓🧣👟👗🎧👑"}
    assert all(places.values())
    assert worn(concept_of("🍕")) is None


@settings(max_examples=40, deadline=None)
@given(st.sampled_from("🐈🐕🐎👧🌳🏠🚗🍎🎈⭐🐟"), st.integers(1, 12), st.sampled_from(SIZES), st.integers(0, 10**6))
def test_things_of_one_kind_do_not_overlap_much(emoji: str, count: int, size: tuple[int, int], seed: int) -> None:
    stage = staged(wish(emoji, count), size=size, seed=seed)
    bodies = [Body(shape(t), t.box, t.flip) for t in stage.things]
    assert all(whole >= 0.6 and face >= 0.85 for whole, face in shown(bodies))


def test_seeds_change_the_order() -> None:
    orders = set()
    for seed in range(20):
        stage = staged(wish("🐈"), wish("🏠"), wish("🐘"), seed=seed)
        orders.add(tuple(t.group for t in sorted(stage.things, key=lambda t: middle(t)[0])))
    assert len(orders) >= 4


@pytest.mark.parametrize("background", ["lake", "beach", "river", "island", "harbour"])
def test_boats_float_and_dogs_stand_ashore(background: str) -> None:
    for seed in SEEDS:
        stage = staged(wish("⛵"), wish("🐕"), seed=seed, size=(1024, 768), background=background)
        boat, dog = sorted(stage.things, key=lambda t: t.group)
        _, _, start = SETTINGS[background]
        shore = stage.horizon + start * (stage.height - stage.horizon)
        assert stage.horizon < boat.foot < shore
        assert dog.foot > boat.foot
