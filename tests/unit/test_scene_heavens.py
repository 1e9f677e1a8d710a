"""What hangs in the sky stays there; flowers come in bunches; kites have strings; shop signs have shops."""

from __future__ import annotations

import pytest

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.compose import Composition, compose
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.stage import set_stage
from pingxing.engine.backends.scene.styles import STYLES

Box = tuple[float, float, float, float]


def drawn(prompt: str, seed: int = 1, size: tuple[int, int] = (1024, 768)) -> Composition:
    return compose(parse(prompt), *size, seed, STYLES["classic"], shipped())


def box(made: Composition, name: str) -> Box:
    return next(thing.box for thing in made.scene.objects if thing.name_en == name)


@pytest.mark.parametrize("seed", range(1, 6))
@pytest.mark.parametrize(
    "prompt", ["a rabbit under the full moon", "满月下的兔子", "a rabbit looking at the full moon"]
)
def test_the_moon_stands_high_and_clear_of_the_rabbit(prompt: str, seed: int) -> None:
    made = drawn(prompt, seed)
    moon, rabbit = box(made, "full moon"), box(made, "rabbit")
    assert moon[1] + moon[3] < 0.55
    assert moon[1] + moon[3] / 2 < rabbit[1]
    assert 0.08 < moon[3] < 0.4
    assert len(made.scene.relations) == 1


@pytest.mark.parametrize("size", [(1024, 768), (768, 1024), (1600, 400)])
def test_a_rainbow_spans_the_sky_behind_everything(size: tuple[int, int]) -> None:
    made = drawn("a unicorn under a rainbow", 1, size)
    arc = next(thing for thing in made.scene.objects if thing.name_en == "rainbow")
    assert arc.box[2] * size[0] > 1.5 * arc.box[3] * size[1]
    assert arc.z == 0
    assert abs(arc.box[0] + arc.box[2] / 2 - 0.5) < 0.02


def test_people_stay_readable_before_buildings() -> None:
    for seed in range(1, 6):
        made = drawn("a doctor in front of a hospital", seed)
        assert max(thing.box[3] for thing in made.scene.objects if thing.name_en != "hospital") >= 0.28


def test_flowers_of_several_kinds_make_a_bunch() -> None:
    made = drawn("pink tulips, sunflowers and roses")
    middles = [thing.box[0] + thing.box[2] / 2 for thing in made.scene.objects]
    assert max(middles) - min(middles) < 0.62
    assert len({round(thing.box[1], 2) for thing in made.scene.objects}) > 3


def test_a_kite_has_a_string_only_where_somebody_holds_it() -> None:
    assert 'data-name="strings"' in drawn("a boy and a kite on the meadow").markup
    assert 'data-name="strings"' not in drawn("a cat and a kite on the meadow").markup


def test_words_on_a_blackboard_need_one_board_only() -> None:
    assert 'data-name="board"' in drawn("a cat in the classroom").markup
    assert 'data-name="board"' not in drawn('a cat in the classroom, a blackboard that says "Hi"').markup


def test_what_hangs_on_a_wall_hangs_in_a_room() -> None:
    for prompt in ("a clock hanging on the wall", "一只钟挂在墙上", "墙上挂着一幅画", "three medals on the wall"):
        made = drawn(prompt)
        assert made.scene.background == "room", prompt
        for thing in made.scene.objects:
            assert thing.box[1] + thing.box[3] < 0.65, prompt
    for prompt, background in (
        ("a cat on the wall", "meadow"),  # whoever sits there needs a wall of his own
        ("a clock on the wall of the kitchen", "kitchen"),
        ("a medal on the wall in the forest", "forest"),
    ):
        assert drawn(prompt).scene.background == background, prompt


def test_medals_are_read_and_leave_faces_free() -> None:
    for seed in range(1, 7):
        stage = set_stage(parse("three gold medals"), 1024, 768, seed, STYLES["classic"], shipped())
        assert [thing.flip for thing in stage.things] == [False] * 3
        made = drawn("a boy wearing a gold medal", seed)
        boy, medal = box(made, "boy"), next(t.box for t in made.scene.objects if "medal" in t.name_en)
        assert medal[1] > boy[1] + 0.45 * boy[3]
