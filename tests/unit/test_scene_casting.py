"""Which art stands for what in a scene, and what the relations of a prompt become when they are drawn."""

from __future__ import annotations

import pytest

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.backdrops import SETTINGS
from pingxing.engine.backends.scene.body import with_body
from pingxing.engine.backends.scene.casting import cast, meant
from pingxing.engine.backends.scene.plan import Link, Plan, Wish
from pingxing.engine.backends.scene.shapes import shape_of
from pingxing.engine.backends.scene.stage import Stage, set_stage
from pingxing.engine.backends.scene.styles import STYLES
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import concept_of, lexicon

CLASSIC = STYLES["classic"]
GIRL, KITE, BUTTERFLY, DOG = (concept_of(emoji) for emoji in "👧🪁🦋🐕")
UMBRELLA, LAMP, CANDLE, CAKE = concept_of("☂️"), "E00C", concept_of("🕯️"), concept_of("🎂")


def wish(concept: str, count: int = 1, **more: object) -> Wish:
    english, chinese = lexicon().names.get(concept, (concept, concept))
    return Wish(concept, english, chinese, english, ((0, 1),), count, **more)  # type: ignore[arg-type]


def planned(*concepts: str, links: tuple[tuple[int, str, int], ...] = (), background: str = "") -> Plan:
    return Plan(tuple(map(wish, concepts)), tuple(Link(*link) for link in links), background=background)


def staged(plan: Plan, seed: int = 1) -> Stage:
    return set_stage(plan, 1024, 768, seed, CLASSIC, shipped())


def roles(plan: Plan, style: str = "classic", background: str = "meadow") -> tuple[str, ...]:
    return cast(plan, STYLES[style], background, frozenset())


def test_a_unicorn_has_legs_but_keeps_its_modelled_head() -> None:
    plan = planned(concept_of("🦄"))
    assert roles(plan) == ("E0C1",)
    assert roles(plan, "3d") == (plan.wishes[0].concept,)


def test_goldfish_swim_in_a_bowl_that_has_none() -> None:
    fish = concept_of("🐟")
    assert roles(planned(fish, "E006", links=((0, "inside", 1),)))[1] == "E0C8"
    assert roles(planned(fish, "E006"))[1] == "E006"
    stage = staged(planned(fish, concept_of("🥣"), links=((0, "inside", 1),)))
    swimmer, bowl = (next(t for t in stage.things if t.group == group) for group in (0, 1))
    x, y, w, h = bowl.box
    assert x < swimmer.box[0]
    assert swimmer.box[0] + swimmer.box[2] < x + w
    assert y < swimmer.box[1]
    assert swimmer.foot < y + h


@pytest.mark.parametrize("relation", ["inside", "on", "next-to", "holding"])
@pytest.mark.parametrize("turned", [False, True])
def test_candles_stand_on_their_cake(relation: str, turned: bool) -> None:
    plan = planned(CANDLE, CAKE, links=((1, relation, 0) if turned else (0, relation, 1),))
    assert roles(plan) == (CANDLE, "E0C3")
    assert meant(plan) == (Link(0, "on", 1),)
    candle, cake = (next(t for t in staged(plan).things if t.group == group) for group in (0, 1))
    assert candle.box[1] < cake.box[1] < candle.foot < cake.foot


def test_flowers_go_into_their_vase_and_stand_beside_nothing_else() -> None:
    rose, vase = concept_of("🌹"), "E09E"
    plan = planned(rose, vase, CAKE, links=((1, "next-to", 0), (2, "next-to", 0)))
    assert meant(plan) == (Link(0, "inside", 1),)
    flower, pot = (next(t for t in staged(plan).things if t.group == group) for group in (0, 1))
    assert flower.box[1] < pot.box[1] < flower.foot < pot.foot


def test_twelve_roses_are_all_seen() -> None:
    rose = concept_of("🌹")
    plan = Plan((wish(rose, 12), wish("E09E")), (Link(0, "inside", 1),))
    assert sum(thing.group == 0 for thing in staged(plan).things) == 12


def test_who_is_in_a_chair_sits_and_who_is_on_a_bed_lies_in_it() -> None:
    chair, bed = concept_of("🪑"), concept_of("🛏️")
    assert meant(planned(GIRL, chair, links=((0, "inside", 1),))) == (Link(0, "on", 1),)
    assert meant(planned(GIRL, bed, links=((0, "on", 1),))) == (Link(0, "inside", 1),)
    assert meant(planned(DOG, bed, links=((0, "on", 1),))) == (Link(0, "on", 1),)


def test_a_panda_holds_the_bamboo_it_eats() -> None:
    plan = planned(concept_of("🐼"), "E007", links=((0, "next-to", 1),))
    assert meant(plan) == (Link(0, "holding", 1),)
    panda, bamboo = (next(t for t in staged(plan).things if t.group == group) for group in (0, 1))
    assert bamboo.box[3] < 0.6 * panda.box[3]


def test_what_the_scene_says_of_itself_stays() -> None:
    plan = planned(CANDLE, CAKE, links=((0, "inside", 1),))
    assert [relation.relation for relation in staged(plan).relations] == ["inside"]


def test_boats_and_umbrellas_suit_the_place() -> None:
    boat = planned(concept_of("⛵"))
    assert roles(boat, background="canal") == ("E0AF",)
    assert roles(boat, background="sea") == boat_concepts(boat)
    shade = planned(UMBRELLA)
    assert roles(shade, background="beach") == (concept_of("⛱️"),)
    assert roles(planned(GIRL, UMBRELLA, links=((0, "holding", 1),)), background="beach")[1] == UMBRELLA
    striped = Plan((wish(UMBRELLA, traits=("striped",)),))
    assert roles(striped, background="beach") == (UMBRELLA,)


def boat_concepts(plan: Plan) -> tuple[str, ...]:
    return tuple(each.concept for each in plan.wishes)


@pytest.mark.parametrize("seed", range(4))
def test_a_kite_flies_over_its_owner(seed: int) -> None:
    stage = staged(planned(GIRL, KITE, links=((0, "holding", 1),)), seed)
    girl, kite = (next(t for t in stage.things if t.group == group) for group in (0, 1))
    assert kite.foot < girl.box[1] + 0.2 * girl.box[3]
    assert not kite.grounded


@pytest.mark.parametrize("seed", range(4))
def test_an_umbrella_is_over_the_head(seed: int) -> None:
    stage = staged(planned(GIRL, UMBRELLA, links=((0, "holding", 1),)), seed)
    girl, umbrella = (next(t for t in stage.things if t.group == group) for group in (0, 1))
    middle = girl.box[0] + girl.box[2] / 2
    assert umbrella.box[0] < middle < umbrella.box[0] + umbrella.box[2]
    assert umbrella.box[1] < girl.box[1]
    assert umbrella.depth < girl.depth


@pytest.mark.parametrize("seed", range(4))
def test_a_cart_stays_on_the_ground(seed: int) -> None:
    stage = staged(planned(GIRL, "E0A0", links=((0, "holding", 1),)), seed)
    girl, pram = (next(t for t in stage.things if t.group == group) for group in (0, 1))
    assert abs(pram.foot - girl.foot) < 0.1 * girl.box[3]
    assert pram.box[3] > 0.35 * girl.box[3]


@pytest.mark.parametrize("seed", range(4))
def test_butterflies_fly_beside_whom_they_are_with(seed: int) -> None:
    for link in ((0, "next-to", 1), (1, "next-to", 0)):
        stage = staged(planned(DOG, BUTTERFLY, links=(link,)), seed)
        dog, insect = (next(t for t in stage.things if t.group == group) for group in (0, 1))
        assert insect.foot < dog.foot - 0.3 * dog.box[3]


@pytest.mark.parametrize("seed", range(4))
def test_two_before_a_house_stand_side_by_side(seed: int) -> None:
    doctor = concept_of("🧑‍⚕️")
    stage = staged(
        planned(doctor, "E0AE", concept_of("🏥"), links=((0, "in-front-of", 2), (1, "in-front-of", 2))), seed
    )
    one, two = (next(t for t in stage.things if t.group == group) for group in (0, 1))
    left, right = sorted((one, two), key=lambda thing: thing.box[0])
    assert left.box[0] + 0.8 * left.box[2] < right.box[0] + 0.2 * right.box[2]


def test_a_lamp_is_taller_than_those_who_sit_under_it() -> None:
    bench = "E00D"
    plan = planned(GIRL, bench, LAMP, links=((0, "on", 1), (1, "under", 2)))
    girl, lamp = (next(t for t in staged(plan).things if t.group == group) for group in (0, 2))
    assert lamp.box[1] < girl.box[1]


@pytest.mark.parametrize("set_name", ["noto", "flat", "twemoji", "3d"])
def test_nobody_stands_under_a_hand_or_a_whole_figure(set_name: str) -> None:
    art, seen = shipped(), 0
    for concept in art.concepts(set_name):
        kind = traits(concept)
        part = kind.subgroup.startswith("hand") or kind.subgroup in ("body-parts", "person-symbol")
        icon = art.find(set_name, concept)
        if icon is not None and (part or concept.startswith("1F9DC")):
            seen += 1
            assert not with_body(icon, kind).under, concept
    assert seen > 40


def test_a_hand_alone_needs_no_meadow() -> None:
    assert staged(planned(concept_of("👍"))).background == "plain"


def test_rocks_lie_on_the_sea_floor() -> None:
    stage = staged(planned(concept_of("🪨"), background="underwater"))
    assert stage.things[0].foot > 0.8 * stage.height


def test_brides_wear_gowns() -> None:
    art = shipped()
    bride, groom = (art.find("noto", concept_of(emoji)) for emoji in "👰🤵")
    assert bride is not None
    assert groom is not None
    wide = [with_body(icon, traits(icon.concept)) for icon in (bride, groom)]
    assert "#f4f2f6" in wide[0].under
    assert wide[0].foot[1] - wide[0].foot[0] > wide[1].foot[1] - wide[1].foot[0]


def test_five_new_settings_are_known_in_both_languages() -> None:
    table = lexicon()
    for name, english, chinese in (
        ("pool", "swimming pool", "游泳池"), ("balcony", "balcony", "阳台"), ("bathroom", "bathroom", "浴室"),
        ("fairground", "amusement park", "游乐园"), ("great-wall", "great wall", "长城"),
    ):  # fmt: skip
        assert name in SETTINGS
        assert name in {meaning.value for meaning in table.english[english]}
        assert name in {meaning.value for meaning in table.chinese[chinese]}


def test_shapes_of_new_drawings_are_measured() -> None:
    art = shipped()
    for concept in ("E090", "E0A7", "E0C8"):
        icon = art.find("drawn", concept)
        assert icon is not None
        assert 0.05 < shape_of(icon, art).mask.mean() < 0.99


PERSON, BOAT, BABY, BAG = (concept_of(emoji) for emoji in "👩⛵👶🎒")


def box(stage: Stage, group: int) -> tuple[float, float, float, float]:
    return next(thing.box for thing in stage.things if thing.group == group)


def depth(stage: Stage, group: int) -> float:
    return next(thing.depth for thing in stage.things if thing.group == group)


def test_couples_and_fireworks_are_ours_in_every_style() -> None:
    for style in ("classic", "flat", "3d", "cartoon"):
        assert roles(planned(concept_of("💏")), style) == ("E0D6",)
        assert roles(planned(concept_of("🎆")), style) == ("E0D1",)


def test_who_is_in_a_boat_is_seen_and_a_boat_alone_keeps_its_sail() -> None:
    boat = Wish(BOAT, "sailboat", "帆船", "a small boat", ((0, 1),))
    aboard = Plan((wish(PERSON), boat), (Link(0, "on", 1),))
    assert roles(aboard)[1] == "E0D0"
    assert roles(planned(PERSON, BOAT, links=((0, "on", 1),)))[1] == BOAT  # a sailing boat was asked for
    assert roles(Plan((boat,))) == (BOAT,)
    stage = staged(aboard)
    (_, top, _, _), (_, rim, _, _) = box(stage, 0), box(stage, 1)
    assert top < rim
    assert depth(stage, 0) < depth(stage, 1)


def test_a_held_baby_is_in_arms_and_another_stands() -> None:
    held = planned(PERSON, BABY, links=((0, "holding", 1),))
    assert roles(held)[1] == "E0D9"
    assert roles(planned(PERSON, BABY))[1] == BABY
    stage = staged(held)
    assert depth(stage, 1) > depth(stage, 0)


def test_a_hood_frames_its_wearer_and_a_bag_is_on_the_back() -> None:
    for thing, relation in (("E0CA", "wearing"), (BAG, "holding")):
        for seed in range(3):
            stage = staged(planned(GIRL, thing, links=((0, relation, 1),)), seed)
            x, y, w, h = box(stage, 1)
            girl_x, girl_y, girl_w, girl_h = box(stage, 0)
            assert depth(stage, 1) < depth(stage, 0)
            assert x < girl_x + girl_w
            assert girl_x < x + w
            assert y + h <= girl_y + girl_h + 1


def test_a_collar_lies_below_the_head_and_not_on_the_face() -> None:
    for animal in (DOG, concept_of("🐈")):
        stage = staged(planned(animal, "E0CB", links=((0, "wearing", 1),)))
        (_, y, _, h), (_, top, _, tall) = box(stage, 1), box(stage, 0)
        assert top + 0.38 * tall < y < top + 0.6 * tall
        assert h < 0.3 * tall


def test_a_web_hangs_in_its_corner_and_a_window_on_the_wall() -> None:
    web = staged(planned(concept_of("🕸️"), concept_of("🐈")))
    x, y, _, h = box(web, 0)
    assert x < 0.4 * web.width
    assert y + h < 0.6 * web.height
    room = staged(planned(concept_of("🪟"), PERSON, background="room"))
    _, y, _, h = box(room, 0)
    assert y + h < room.horizon + 0.15 * room.height


@pytest.mark.parametrize("seed", range(4))
def test_the_moon_beside_a_tower_is_no_dot(seed: int) -> None:
    stage = staged(planned(concept_of("🏢"), concept_of("🌕"), background="city"), seed)
    _, y, _, h = box(stage, 1)
    assert h >= 0.12 * min(stage.width, stage.height)
    assert y + h < stage.horizon


def test_where_things_belong_that_name_no_place() -> None:
    settings = {
        ("🐬", "🪨"): "sea",
        ("🐬", "👧"): "beach",
        ("📺", "👴"): "room",
        ("🏮", "🧧"): "courtyard",
        ("🛒", "👩"): "street",
    }
    for emojis, background in settings.items():
        assert staged(planned(*map(concept_of, emojis))).background == background, emojis
