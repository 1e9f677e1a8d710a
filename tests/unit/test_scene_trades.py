"""What people of a trade wear, and which drawings of ours stand for what sleeps, smokes and is served."""

from __future__ import annotations

import pytest

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.body import with_body
from pingxing.engine.backends.scene.casting import cast
from pingxing.engine.backends.scene.compose import compose
from pingxing.engine.backends.scene.figure import icon_for
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.people import plain
from pingxing.engine.backends.scene.shapes import Body, shape_of, shown
from pingxing.engine.backends.scene.stage import set_stage
from pingxing.engine.backends.scene.styles import STYLES
from pingxing.engine.backends.scene.trades import MARK, of_trade, outfits, trade_of
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import concept_of

PERSON, GIRL, COOK = concept_of("🧑"), concept_of("👧"), concept_of("🧑‍🍳")
CLOTHES = {
    "words", "shirt", "trousers", "apron", "cap", "round_cap", "school_cap", "helmet", "badge", "bag", "band", "collar",
    "clerical", "lanyard", "straps", "tie", "book",
}  # fmt: skip


def roles(prompt: str, style: str = "classic") -> tuple[str, ...]:
    return cast(parse(prompt), STYLES[style], "meadow", frozenset())


@pytest.mark.parametrize(
    ("concept", "words", "trade"),
    [
        (PERSON, "a postman", "postman"), (PERSON, "两个邮递员", "postman"), (PERSON, "外卖小哥", "courier"),
        (GIRL, "a schoolgirl", "pupil"), (PERSON, "咖啡师", "barista"), (PERSON, "a person", ""),
        (COOK, "a waiter", ""), (PERSON, "a guidebook", ""),
    ],
)  # fmt: skip
def test_a_trade_is_read_from_the_words_of_a_plain_person(concept: str, words: str, trade: str) -> None:
    assert trade_of(concept, words) == trade


def test_every_outfit_names_clothes_that_are_drawn() -> None:
    assert len(outfits()) >= 12
    for name, row in outfits().items():
        assert set(row) <= CLOTHES, name
        assert {"words", "shirt", "trousers"} < set(row), name


@pytest.mark.parametrize("style", sorted(STYLES))
def test_clothes_lie_over_the_art_and_the_face_stays_free(style: str) -> None:
    for name in outfits():
        concept = f"{PERSON}{MARK}{name}"
        icon = icon_for(shipped(), STYLES[style], concept)
        assert icon is not None
        assert (icon.concept, icon.trade, of_trade(concept), plain(concept)) == (PERSON, name, name, PERSON)
        bare = icon_for(shipped(), STYLES[style], PERSON)
        assert bare is not None
        dressed, other = with_body(icon, traits(PERSON)), with_body(bare, traits(PERSON))
        assert dressed.box == other.box  # who wears it is no larger for it
        assert dressed.under != other.under
        assert shape_of(dressed, shipped()).head == shape_of(other, shipped()).head


def test_a_postman_keeps_the_skin_that_was_asked_for() -> None:
    toned = f"{PERSON}-1F3FE"
    icon = icon_for(shipped(), STYLES["classic"], f"{toned}{MARK}postman")
    assert icon is not None
    assert (icon.concept, icon.trade) == (toned, "postman")


def test_a_postman_and_a_person_are_two_figures_of_one_picture() -> None:
    plan = parse("a postman and a person")
    markup = compose(plan, 640, 480, 3, STYLES["classic"], shipped()).markup
    assert markup.count("<title>person") == 2
    assert outfits()["postman"]["bag"] in markup
    assert (
        outfits()["postman"]["bag"] not in compose(parse("a person"), 640, 480, 3, STYLES["classic"], shipped()).markup
    )


@pytest.mark.parametrize("prompt", ["a cat sleeping on a sofa", "一只睡觉的猫", "a sleeping black cat"])
def test_a_cat_that_sleeps_lies(prompt: str) -> None:
    assert roles(prompt)[0] == "E16F"
    assert roles(prompt.replace("sleeping", "sitting").replace("睡觉", "开心"))[0] != "E16F"


@pytest.mark.parametrize(
    ("prompt", "smokes"),
    [
        ("a house with smoke coming out of the chimney", True), ("小木屋,烟囱冒着烟", True),
        ("a house by a lake", False),
        ("a house and a man smoking a pipe", False),
    ],
)  # fmt: skip
def test_smoke_is_seen_where_the_chimney_smokes(prompt: str, smokes: bool) -> None:
    assert ({"E171", "E174"} & set(roles(prompt)) != set()) == smokes


def test_a_witch_has_no_frying_pan() -> None:
    assert "E0C9" in roles("女巫和一口大锅")
    assert "E0C9" not in roles("厨师和一口大锅")


def test_a_birthday_has_a_whole_cake_unless_a_slice_is_asked_for() -> None:
    assert concept_of("🎂") in roles("a girl with a cake, birthday")
    assert concept_of("🎂") not in roles("a girl with a slice of cake, birthday")


def test_who_serves_stands_behind_the_middle_of_the_counter() -> None:
    for seed in range(6):
        stage = set_stage(parse("a barista behind the cafe counter"), 1024, 640, seed, STYLES["classic"], shipped())
        server, counter = sorted(stage.things, key=lambda thing: thing.group)
        assert counter.icon.concept == "E16E"
        assert server.depth < counter.depth
        middle = server.box[0] + server.box[2] / 2
        assert counter.box[0] + 0.3 * counter.box[2] < middle < counter.box[0] + 0.7 * counter.box[2]
        _, head = shown([Body(shape_of(t.icon, shipped()), t.box, t.flip) for t in (server, counter)])[0]
        assert head > 0.88


def test_a_basket_that_is_carried_holds_all_that_is_in_it() -> None:
    for seed in range(6):
        stage = set_stage(
            parse("a girl carrying a basket of strawberries"), 768, 768, seed, STYLES["classic"], shipped()
        )
        basket = next(t for t in stage.things if t.group == 1)
        girl = next(t for t in stage.things if t.group == 0)
        assert basket.box[2] < girl.box[2]
        for berry in (t for t in stage.things if t.group == 2):
            middle = berry.box[0] + berry.box[2] / 2
            assert basket.box[0] < middle < basket.box[0] + basket.box[2]
            assert berry.foot < basket.foot


@pytest.mark.parametrize("prompt", ["children in a museum", "爸爸带着孩子参观博物馆"])
def test_who_is_in_a_museum_has_it_around_them(prompt: str) -> None:
    plan = parse(prompt)
    assert plan.background == "museum"
    assert concept_of("🏛️") not in {wish.concept for wish in plan.wishes}


def test_a_family_sits_around_what_it_eats_at_new_year() -> None:
    plan = parse("一家人吃年夜饭")
    table = next(n for n, wish in enumerate(plan.wishes) if wish.concept == "E16B")
    around = {link.subject for link in plan.links if link.relation == "around" and link.object == table}
    assert around == {n for n in range(len(plan.wishes)) if n != table}


@pytest.mark.parametrize("prompt", ["全家人围着火锅吃饭", "爷爷奶奶、爸爸妈妈和两个孩子围着年夜饭"])
def test_a_family_is_around_a_laid_table_and_nobody_before_it(prompt: str) -> None:
    plan = parse(prompt)
    stage = set_stage(plan, 1024, 640, 2, STYLES["classic"], shipped())
    assert stage.background == "room"
    table = next(t for t in stage.things if t.icon.concept == "E16B")
    people = [t for t in stage.things if t is not table]
    assert len(people) == sum(wish.count for wish in plan.wishes) - 1
    left, right = table.box[0], table.box[0] + table.box[2]
    for person in people:
        middle = person.box[0] + person.box[2] / 2
        assert person.depth < table.depth or not left < middle < right


def test_who_sleeps_in_a_crib_cloth_has_no_legs() -> None:
    plan = parse("a sleeping baby with a moon and stars")
    stage = set_stage(plan, 640, 640, 1, STYLES["classic"], shipped())
    baby = next(t for t in stage.things if t.group == 0)
    assert baby.icon.concept == "E0D9"
    assert baby.icon.under == ""
    assert all(t.foot < baby.foot for t in stage.things if t is not baby)  # moon and stars are in the sky


def test_a_rainbow_is_a_whole_one() -> None:
    assert "E059" in roles("a rainbow in the bedroom", "flat")
    assert "E059" not in roles("a rainbow in the bedroom", "3d")


def test_whoever_is_in_a_house_that_smokes_is_seen_in_it_and_not_on_its_roof() -> None:
    plan = parse("a cat in a house with smoke coming out of the chimney")
    stage = set_stage(plan, 640, 640, 1, STYLES["classic"], shipped())
    house = next(t for t in stage.things if t.icon.concept == "E171")
    cat = next(t for t in stage.things if t is not house)
    assert house.box[1] + 0.3 * house.box[3] < cat.box[1]
    assert cat.foot < house.foot
