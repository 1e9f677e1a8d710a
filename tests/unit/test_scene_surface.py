"""Two colours on one thing, pictures printed on cloth, and clauses whose nouns are not there or stand apart."""

from time import process_time

import pytest

from pingxing.engine.backends.scene.casting import meant
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.surface import PRINTED, accent, second
from pingxing.engine.backends.scene.words import concept_of


def links(plan: Plan) -> set[tuple[str, str, str]]:
    return {(plan.wishes[k.subject].concept, k.relation, plan.wishes[k.object].concept) for k in plan.links}


def of(plan: Plan, emoji: str) -> tuple[str | None, frozenset[str]]:
    wish = next(w for w in plan.wishes if w.concept == concept_of(emoji))
    return wish.colour, frozenset(wish.traits)


@pytest.mark.parametrize(
    ("prompt", "emoji", "colour", "looks"),
    [
        ("a red and white striped scarf", "🧣", "#e0342f", {"striped", "and-white"}),
        ("蓝白相间的围巾", "🧣", "#2f6fe0", {"and-white"}),
        ("蓝黄条纹的围巾", "🧣", "#2f6fe0", {"striped", "and-yellow"}),
        ("a blue suitcase with white stripes", "🧳", "#2f6fe0", {"striped", "and-white"}),
        ("白色条纹的蓝色行李箱", "🧳", "#2f6fe0", {"striped", "and-white"}),
        ("a white dog with black spots", "🐕", "#fafafa", {"dotted", "and-black"}),
        ("an orange and white cat", "🐈", "#f58a1f", {"and-white"}),
        ("a panda", "🐼", None, set()),
    ],
)
def test_the_second_colour_of_a_thing_is_kept(prompt: str, emoji: str, colour: str | None, looks: set[str]) -> None:
    assert of(parse(prompt), emoji) == (colour, looks)


def test_people_have_no_second_colour() -> None:
    assert not any(w.traits for w in parse("a black and white girl").wishes)


def test_a_second_colour_is_told_by_its_nearest_name() -> None:
    assert accent("#fdfdfd") == "and-white"
    assert second((accent("#2f6fe0"), "striped")) == "#2f6fe0"
    assert second(("striped",)) is None


@pytest.mark.parametrize(
    ("prompt", "picture", "cloth"),
    [
        ("a black T-shirt with a white cat on it", "🐈", "👕"),
        ("一件印着白猫的黑色T恤", "🐈", "👕"),
        ("T恤上印着一只熊猫", "🐼", "👕"),
        ("男孩穿着印有恐龙的T恤", "🦖", "👕"),
        ("a mug with a rainbow on it", "🌈", "☕"),
        ("a panda printed on a red T-shirt", "🐼", "👕"),
    ],
)
def test_what_is_printed_on_a_thing_is_on_its_front(prompt: str, picture: str, cloth: str) -> None:
    plan = parse(prompt)
    assert (concept_of(picture), "on", concept_of(cloth)) in links(plan)
    assert plan.texts == ()  # a picture is no inscription
    drawn = {(plan.wishes[k.subject].concept, k.relation) for k in meant(plan)}
    assert (concept_of(picture), PRINTED) in drawn


def test_words_that_are_printed_are_still_words() -> None:
    assert parse("一件印着加油的T恤").texts == ("加油",)


@pytest.mark.parametrize(
    ("prompt", "subject", "relation", "target"),
    [
        ("a giraffe taller than a tree, wearing a green scarf", "🦒", "wearing", "🧣"),
        ("一只比树还高的长颈鹿，围着绿围巾", "🦒", "next-to", "🌳"),
        ("a dog with a ball in its mouth", "🐕", "holding", "⚽"),
        ("荷叶上戴着皇冠的青蛙", "🐸", "wearing", "👑"),
        ("a farmer's wife feeds six hens", "👩", "next-to", "🐓"),
        ("a cat watching the birds from a window", "🐈", "next-to", "🪟"),
        ("a boy and his dog watching fireworks from the roof", "🐕", "on", "🏠"),
        ("a basket with three apples, and next to it a book", "📖", "next-to", "🧺"),
        ("a coffee to the left of a laptop and a croissant to the right", "🥐", "right-of", "💻"),
        ("红房子的屋顶上有一只山羊", "🐐", "on", "🏠"),
        ("a hat on a cat", "🐈", "wearing", "🎩"),
        ("a scarf around a snowman's neck", "⛄", "wearing", "🧣"),
        ("a mother holding a baby", "👩", "holding", "👶"),
        ("抱着宝宝的妈妈", "👩", "holding", "👶"),
        ("kids flying colorful kites", "🧒", "holding", "🪁"),
        ("男孩放龙形风筝", "👦", "holding", "🪁"),
        ("奶奶在织绿毛衣", "👵", "holding", "👕"),
        ("a robot holding a flower for a girl", "🤖", "next-to", "👧"),
        ("机器人给女孩送花", "🤖", "next-to", "👧"),
        ("刺猬背上背着苹果和蘑菇", "🦔", "holding", "🍄"),
        ("Santa flying over snowy roofs", "🎅", "above", "🏠"),
        ("a man walking his dog in the rain with a yellow umbrella", "👨", "holding", "☂️"),
        ("a monkey in a tree with a banana in its hand", "🐒", "holding", "🍌"),
        ("a girl looking at the stars through a telescope", "👧", "holding", "🔭"),
        ("老人用望远镜看星星", "👴", "holding", "🔭"),
        ("a wolf blowing at a house, three pigs inside", "🐖", "inside", "🏠"),
        ("a christmas tree with red balls", "⚽", "on", "🎄"),
        ("医生给泰迪熊打针", "🧑‍⚕️", "next-to", "🧸"),
    ],
)
def test_clauses_find_who_and_where(prompt: str, subject: str, relation: str, target: str) -> None:
    assert (concept_of(subject), relation, concept_of(target)) in links(parse(prompt))


@pytest.mark.parametrize(
    ("prompt", "emoji"),
    [
        ("a penguin that lost its hat", "🐧"),
        ("丢了帽子的企鹅", "🐧"),
        ("a pyramid of oranges", "🍊"),
        ("堆成金字塔的橙子", "🍊"),
        ("a huge wheel of cheese", "🧀"),
        ("a pink pig with wings", "🐖"),
        ("一辆坐满动物的校车", "🚌"),
        ("农夫的妻子", "👩"),
    ],
)
def test_nouns_of_what_is_not_there_are_not_drawn(prompt: str, emoji: str) -> None:
    assert [(w.concept, w.count > 0) for w in parse(prompt).wishes] == [(concept_of(emoji), True)]


def test_something_is_left_and_right_of_a_road() -> None:
    plan = parse("路左边是一栋红房子，右边是一栋蓝房子")
    assert [(w.colour, w.place) for w in plan.wishes] == [("#e0342f", "left"), ("#2f6fe0", "right")]


def test_what_a_word_of_place_says_of_a_setting_is_of_nothing_else() -> None:
    assert links(parse("灯塔上方是月亮，下面是海浪")) == {(concept_of("🌕"), "above", "E000")}


def test_a_white_wall_whitens_no_door() -> None:
    assert [w.colour for w in parse("白墙上的紫色门").wishes] == ["#8a4fd0"]


def test_ships_are_on_the_sea_and_fish_in_it() -> None:
    assert parse("a lighthouse, no ships in the sea").background == "sea"
    assert parse("a fish in the sea").background == "underwater"


@pytest.mark.parametrize("prompt", ["四" * 1000, "给" * 1000, "with red " * 120, "printed " * 120])
def test_the_rules_take_time_in_proportion(prompt: str) -> None:
    started = process_time()
    parse(prompt)
    assert process_time() - started < 0.5
