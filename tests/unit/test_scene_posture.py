"""Bouquets, boards, decks and postures: how things are drawn that an emoji shows in another way."""

from __future__ import annotations

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.casting import cast, meant
from pingxing.engine.backends.scene.compose import compose
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.posture import SITTING
from pingxing.engine.backends.scene.stage import Stage, set_stage
from pingxing.engine.backends.scene.styles import STYLES

CLASSIC = STYLES["classic"]
PAPER = "#f7efdf"


def staged(prompt: str, seed: int = 1) -> Stage:
    return set_stage(parse(prompt), 768, 768, seed, CLASSIC, shipped())


def roles(prompt: str) -> tuple[str, ...]:
    return cast(parse(prompt), CLASSIC, "meadow", frozenset())


def test_who_does_yoga_sits_and_who_holds_something_stands() -> None:
    for prompt in ("a woman doing yoga on a mat", "一位女士在海边做瑜伽"):
        assert roles(prompt)[0] == f"{SITTING}-200D-2640", prompt
    assert roles("三个人在练瑜伽")[0] == SITTING
    assert not roles("a woman holding a ball at a yoga class")[0].startswith(SITTING)
    assert not roles("a dog doing yoga")[0].startswith(SITTING)
    sits = staged("a woman doing yoga").things[0].icon
    assert sits.concept.startswith(SITTING)
    assert not sits.under  # no second body below the crossed legs


def test_students_wear_gowns_where_they_graduate() -> None:
    assert roles("six students in the classroom") == ("1F9D1-200D-student",)
    assert roles("六个学生在教室里") == ("1F9D1-200D-student",)
    assert roles("students at their graduation")[0] == "1F9D1-200D-1F393"
    assert roles("毕业典礼上的学生")[0] == "1F9D1-200D-1F393"


def test_skates_and_skis_are_under_both_feet() -> None:
    for prompt in ("a girl skating", "一个女孩滑雪"):
        plan = parse(prompt)
        assert [k.relation for k in meant(plan)] == ["wearing"], prompt
        stage = staged(prompt)
        assert stage.background == "snow", prompt
        person, gear = (next(t for t in stage.things if t.group == group) for group in (0, 1))
        assert gear.box[0] < person.box[0] + 0.45 * person.box[2], prompt
        assert gear.box[0] + gear.box[2] > person.box[0] + 0.55 * person.box[2], prompt
        assert abs(gear.foot - person.foot) < 0.1 * person.box[3], prompt
    assert roles("a pair of skis") == ("1F3BF",)


def test_riders_stand_on_a_deck() -> None:
    for prompt, deck in (("a boy riding a kick scooter", 0.86), ("a dog riding a surfboard", 0.3)):
        plan = parse(prompt)
        stage = staged(prompt)
        rider = next(t for t in stage.things if plan.wishes[t.group].concept in ("1F466", "1F415"))
        board = next(t for t in stage.things if t.group != rider.group)
        assert abs(rider.foot - (board.box[1] + deck * board.box[3])) < 1, prompt
        assert rider.depth > board.depth, prompt
        assert board.box[2] > board.box[3] or deck > 0.5, prompt  # the surfboard lies


def test_a_bouquet_is_held_by_its_paper() -> None:
    one = {"a bouquet of roses": "E17B", "一束郁金香": "E17C", "a bunch of sunflowers in her hand": "E17D"}
    for prompt, role in one.items():
        plan = parse(prompt)
        if plan.wishes[0].count == 1:
            assert roles(prompt)[0] == role, prompt
    assert roles("一束郁金香") == ("E17C",)
    assert roles("a rose") == ("1F339",)
    assert roles("一束玫瑰插在花瓶里")[0] == "1F339"
    mixed = "a bouquet of pink tulips, sunflowers and roses"
    assert roles(mixed) == ("1F337", "1F33B", "1F339")
    assert PAPER in compose(parse(mixed), 400, 400, 1, CLASSIC, shipped()).markup
    assert PAPER not in compose(parse("tulips, sunflowers and roses"), 400, 400, 1, CLASSIC, shipped()).markup
    stage = staged(mixed)
    assert max(t.foot for t in stage.things) < 0.8 * stage.height  # room for the paper below
    assert not any(t.grounded for t in stage.things)


def test_fireworks_that_are_watched_are_in_the_sky() -> None:
    for prompt in ("a family watching fireworks by the river", "爸爸和女儿看烟花"):
        stage = staged(prompt)
        burst = next(t for t in stage.things if t.wish.concept == "1F386")
        assert burst.foot < stage.horizon, prompt
        assert burst.box[3] > 0.2 * stage.height, prompt


def test_words_of_a_tall_card_hang_and_signs_keep_their_posts() -> None:
    card = compose(parse('a fox, "Thank You"'), 600, 800, 1, CLASSIC, shipped()).markup
    sign = compose(parse('a fox beside a wooden sign that says "Thank You"'), 600, 800, 1, CLASSIC, shipped()).markup
    supports = [markup.partition('data-name="supports"')[2].partition("</g>")[0] for markup in (card, sign)]
    assert 'y="-2"' in supports[0]  # strings from above the frame
    assert 'y="-2"' not in supports[1]


def test_a_shop_banner_shows_wares_and_the_cat_of_the_house() -> None:
    assert staged("coffee shop banner, a cup of coffee, croissants and a cat").background == "plain"
    assert staged("二手书店横幅,书、台灯和一只猫").background == "plain"
    assert staged("a cup of coffee, croissants and a cat").background != "plain"
    assert staged("a dog and a cat sleeping by the fireplace, Christmas").background == "room"


def test_fireworks_and_the_moon_are_behind_the_glass_of_a_window() -> None:
    for prompt in (
        "fireworks seen through a window, a family watching",
        "a cat sitting on the window sill, the moon outside the window",
    ):
        stage = staged(prompt)
        assert stage.background == "room", prompt
        x, y, w, h = next(t.box for t in stage.things if t.wish.concept == "1FA9F")
        light = next(t for t in stage.things if t.wish.concept in ("1F386", "1F315"))
        assert x < light.box[0], prompt
        assert light.box[0] + light.box[2] < x + w, prompt
        assert y < light.box[1], prompt
        assert light.foot < y + 0.7 * h, prompt
    by_night, by_day = (
        compose(parse(prompt), 400, 400, 1, CLASSIC, shipped()).markup.count('fill="#131f4d"')
        for prompt in ("a window and a clock on the wall at night", "a window and a clock on the wall")
    )
    assert (by_night, by_day) == (4, 0)


def test_a_group_is_of_both_sexes_and_who_is_named_stays() -> None:
    assert len({t.icon.concept for t in staged("six children in the park").things}) == 2
    assert len({t.icon.concept for t in staged("教室里有六个学生").things}) == 2
    assert len({t.icon.concept for t in staged("three people doing yoga in the park").things}) == 2
    assert len({t.icon.concept for t in staged("four girls in the park").things}) == 1
    assert len({t.icon.concept for t in staged("a child in the park").things}) == 1


def test_a_courier_sits_behind_the_handlebar() -> None:
    stage = staged("一位外卖小哥骑着电动车")
    rider, scooter = (next(t for t in stage.things if (t.wish.concept == "1F6F5") == is_it) for is_it in (False, True))
    hips = rider.box[1] + 0.7 * rider.box[3]
    assert scooter.box[1] + 0.3 * scooter.box[3] < hips < scooter.foot
    middle = rider.box[0] + rider.box[2] / 2 - (scooter.box[0] + scooter.box[2] / 2)
    assert (middle < 0) == scooter.flip  # the art looks to the left, the seat is at its right


def test_skating_on_ice_makes_no_skates_of_ice() -> None:
    made = compose(parse("a girl ice skating"), 400, 400, 1, CLASSIC, shipped()).markup
    assert made == compose(parse("a girl skating"), 400, 400, 1, CLASSIC, shipped()).markup


def test_a_picnic_has_its_blanket_unless_one_is_named() -> None:
    for prompt, laid in (
        ("a family having a picnic in the park", True),
        ("两只小熊在草地上野餐,三明治和果汁", True),
        ("a family in the park", False),
        ("a family having a picnic on a blue picnic blanket", False),
        ("a picnic table", False),
        ("a family having a picnic in the living room", False),
    ):
        assert ('data-name="blanket"' in compose(parse(prompt), 400, 400, 1, CLASSIC, shipped()).markup) == laid, prompt


def test_a_rocket_flies_to_a_planet_without_a_ring_and_stars_are_all_around() -> None:
    for prompt in ("a rocket flying to Mars among the stars", "火箭在群星间飞向火星"):
        assert "E17E" in roles(prompt), prompt
    assert roles("a planet") == ("1FA90",)
    stage = staged("火箭在群星间飞向火星")
    rocket, planet = (next(t for t in stage.things if t.wish.concept == c) for c in ("1F680", "1FA90"))
    assert rocket.flip == (planet.box[0] < rocket.box[0])  # its nose points to where it flies
    stars = [t for t in staged("a rocket flying to Mars among the stars").things if t.wish.concept == "2B50"]
    assert len({round(t.foot) for t in stars}) == len(stars) == 3


def test_a_camp_has_one_tent() -> None:
    assert roles("a campsite with a tent and a campfire")[0] == "1F332"
    assert roles("a campsite in the forest")[0] == "1F3D5"
