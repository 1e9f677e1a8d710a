"""Words whose sentence says what they stand for: walls, halves, whose dress it is, mountains behind a meadow."""

import pytest

from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.words import concept_of, lexicon

WALL, WINDOW = concept_of("🧱"), concept_of("🪟")


def links(prompt: str) -> set[tuple[str, str, str]]:
    plan = parse(prompt)
    name = {i: wish.name_en for i, wish in enumerate(plan.wishes)}
    return {(name[k.subject], k.relation, name[k.object]) for k in plan.links}


def shown(plan: Plan) -> dict[str, int]:
    return {wish.concept: wish.count for wish in plan.wishes}


@pytest.mark.parametrize(
    ("prompt", "there"),
    [
        ("a cat sitting on a wall", True),
        ("墙上坐着一只猫", True),
        ("墙边停着四辆自行车", True),
        ("a clock on the wall", False),
        ("墙上挂着一个钟", False),
        ("on the wall hangs a map of the world", False),
    ],
)
def test_a_wall_is_drawn_for_who_sits_on_it(prompt: str, there: bool) -> None:
    assert (WALL in shown(parse(prompt))) is there


@pytest.mark.parametrize("prompt", ["a dozen donuts in a box, half of them pink", "盒子里有十二个甜甜圈,一半是粉色的"])
def test_half_of_them_are_of_another_colour(prompt: str) -> None:
    found = {(wish.count, wish.colour) for wish in parse(prompt).wishes if wish.concept == concept_of("🍩")}
    assert found == {(6, None), (6, "#f584b4")}


@pytest.mark.parametrize(
    ("prompt", "link"),
    [
        ("a dog and a violinist", ("person", "holding", "violin")),
        ("一只狗和一个小提琴手", ("person", "holding", "violin")),
        ("a dog and a girl holding a balloon", ("girl", "holding", "balloon")),
        ("put a hat on the snowman", ("snowman", "wearing", "top hat")),
    ],
)
def test_only_one_of_them_does_it(prompt: str, link: tuple[str, str, str]) -> None:
    assert links(prompt) == {link}


@pytest.mark.parametrize(
    "prompt", ["the bride's dress is white and the groom's suit is black", "新娘的裙子是白色的,新郎的西装是黑色的"]
)
def test_who_owns_a_garment_wears_it(prompt: str) -> None:
    plan = parse(prompt)
    assert {(plan.wishes[k.object].colour, k.relation) for k in plan.links} == {
        ("#fafafa", "wearing"),
        ("#26262b", "wearing"),
    }
    assert len(plan.links) == 2


def test_whoever_is_dressed_in_black_has_any_skin() -> None:
    for prompt in ("黑衣男人", "a man in black"):
        (wish,) = parse(prompt).wishes
        assert (wish.concept, wish.colour) == (concept_of("👨"), "#26262b")


@pytest.mark.parametrize(
    ("prompt", "background"),
    [
        ("a deer in a meadow, snowy mountains in the background", "meadow"),
        ("草地上有一只鹿,远处是雪山", "meadow"),
        ("a deer in the mountains", "mountains"),
    ],
)
def test_mountains_far_behind_leave_the_meadow(prompt: str, background: str) -> None:
    plan = parse(prompt)
    assert plan.background == background
    assert (concept_of("🏔️") in shown(plan)) is (background == "meadow")


@pytest.mark.parametrize("prompt", ["猫在椅子上看着,窗外下着雪", "窗外下着雪,桌上有一只猫"])
def test_what_is_outside_is_seen_through_a_window(prompt: str) -> None:
    plan = parse(prompt)
    assert WINDOW in shown(plan)
    assert "snow" in (plan.weather, plan.background)


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("桌子上有面包和牛奶", {"bread", "milk"}),  # no 和牛
        ("一名敲着鼓行军的士兵", {"drum", "guard"}),  # no 的士
        ("球在桌子下面,猫在桌子上面", {"football", "cat", "wooden table"}),  # no 面
        ("a statue of a horse", {"statue"}),
        ("red wine in a glass", {"wine"}),
        ("a yellow crane lifting a container", {"tower crane", "box"}),
        ("a pizza restaurant", set()),
    ],
)
def test_no_word_is_found_inside_others(prompt: str, names: set[str]) -> None:
    assert {wish.name_en for wish in parse(prompt).wishes} == names


@pytest.mark.parametrize("prompt", ["a red table with three apples on it", "红桌子上有三个苹果"])
def test_a_coloured_table_is_a_thing(prompt: str) -> None:
    plan = parse(prompt)
    table = next(wish for wish in plan.wishes if wish.name_en == "wooden table")
    assert table.colour == "#e0342f"
    assert not plan.background


def test_words_of_the_list_name_what_it_says() -> None:
    words = lexicon()
    for word, emoji in (("windowsill", "🪟"), ("magnifying glass", "🔍"), ("footprint", "👣")):
        assert any(m.kind == "thing" and m.value == concept_of(emoji) for m in words.english[word]), word
    for word in ("醋", "宇航服", "水龙头", "渔网", "吸管"):
        assert any(m.kind == "thing" for m in words.chinese[word]), word
