"""Correcting a scene: the form's words become corrections, later ones count, and nothing is lost on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pingxing import i18n
from pingxing.engine.base import Prop
from pingxing.errors import InvalidRequest
from pingxing.types import LANGUAGES, Request, Scene, SceneEdit, SceneObject, SceneReplacement, SceneText
from pingxing.web import made_here
from pingxing.web.editing import SWATCHES, corrigible, merge, read, same_wish
from pingxing.web.palettes import PALETTES
from pingxing.web.understood import groups, pieces

CAT, DOG, LION = "1F408", "1F415", "1F981"


def thing(concept: str = CAT, box: tuple[float, float, float, float] = (0.1, 0.2, 0.2, 0.4), z: int = 0) -> SceneObject:
    return SceneObject(concept, "cat", "猫", "a cat", ((0, 5),), None, box, z, senses=(LION,))


def scene(*things: SceneObject) -> Scene:
    return Scene("meadow", "day", "clear", "classic", (), things)


def named(concepts: tuple[str, ...]) -> tuple[Prop, ...]:
    return tuple(Prop(concept, "a", "甲") for concept in concepts)


PLAIN = scene(thing(), thing(DOG), thing(LION))
THINGS = corrigible(PLAIN, PLAIN, (), named)


def test_each_thing_may_be_what_its_words_may_mean() -> None:
    assert [prop.concept for prop in THINGS[0].senses] == [CAT, LION]
    assert [one.number for one in THINGS] == [0, 1, 2]


def test_things_of_one_name_are_told_apart() -> None:
    plain = scene(thing(), thing(DOG), thing())
    assert [one.which for one in corrigible(plain, plain, (), named)] == [1, 0, 2]


def test_an_edited_scene_is_laid_over_the_plain_one_by_order() -> None:
    edits = (SceneEdit(object=0, remove=True), SceneEdit(object=2, concept=DOG, at=(0.5, 0.5)))
    moved = thing(DOG, (0.4, 0.3, 0.2, 0.4), 1)
    found = corrigible(PLAIN, scene(thing(DOG), moved), edits, named)
    assert [one.now for one in found] == [None, thing(DOG), moved]
    assert found[0].box == PLAIN.objects[0].box
    assert found[2].box == moved.box
    assert (found[2].concept, found[2].thing.concept) == (DOG, LION)
    assert DOG in [prop.concept for prop in found[2].senses]


def test_what_is_typed_becomes_corrections_and_what_is_not_does_not() -> None:
    form = {
        "concept-0": CAT, "colour-0": "", "scale-0": "100", "x-0": "", "y-0": " ",
        "concept-1": LION, "colour-1": "#E0342F", "scale-1": "150", "x-1": "12.5", "y-1": "",
        "remove-2": "1", "unknown-9": "1",
    }  # fmt: skip
    assert read(form, THINGS) == (
        SceneEdit(object=1, concept=LION, colour="#e0342f", scale=1.5, at=(0.125, 0.4)),
        SceneEdit(object=2, remove=True),
    )


@pytest.mark.parametrize(
    ("field", "value", "reason", "member"),
    [
        ("x-1", "left", "number", "x-1"),
        ("x-1", "101", "most", "edits.1.at.0"),
        ("y-1", "nan", "number", "edits.1.at.1"),
        ("scale-1", "5000", "most", "edits.1.scale"),
        ("scale-1", "0", "least", "edits.1.scale"),
        ("colour-1", "red", "colour", "edits.1.colour"),
        ("concept-1", "cat", "concept", "edits.1.concept"),
    ],
)
def test_what_cannot_be_is_told_with_the_name_of_the_field(field: str, value: str, reason: str, member: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read({field: value}, THINGS)
    assert (caught.value.reason, caught.value.params["member"]) == (reason, member)
    for language in LANGUAGES:
        assert member in i18n.explain(caught.value, language)[0]


@given(st.dictionaries(st.sampled_from([f"{n}-{i}" for n in ("x", "y", "scale", "colour", "concept", "remove")
                                        for i in range(3)]), st.text(max_size=12)))  # fmt: skip
def test_any_form_is_corrections_or_a_clear_error(form: dict[str, str]) -> None:
    refused: InvalidRequest | None = None
    edits: tuple[SceneEdit, ...] = ()
    try:
        edits = read(form, THINGS)
    except InvalidRequest as error:
        refused = error
    assert refused is None or refused.params["member"]
    assert [edit.object for edit in edits] == sorted({edit.object for edit in edits})
    assert SceneEdit(object=0) not in edits


def test_corrections_of_a_corrected_picture_are_merged_by_thing() -> None:
    merged = merge(
        (
            SceneEdit(object=0, colour="#ff0000", at=(0.1, 0.1)),
            SceneEdit(object=1, remove=True),
            SceneEdit(object=0, colour="#0000ff"),
        )
    )
    assert merged == {
        0: SceneEdit(object=0, colour="#0000ff", at=(0.1, 0.1)),
        1: SceneEdit(object=1, remove=True),
    }


def test_the_wish_is_the_same_but_for_its_corrections() -> None:
    wish = Request(prompt="four cats", seed=7, count=4, style="flat", palette=("#ffffff",))
    edits = (SceneEdit(object=0, remove=True),)
    assert same_wish(wish, 9, edits) == Request(
        prompt="four cats", seed=9, style="flat", palette=("#ffffff",), edits=edits
    )
    with pytest.raises(InvalidRequest, match="too_many"):
        same_wish(wish, 9, tuple(SceneEdit(object=n, remove=True) for n in range(101)))


def test_swatches_and_palettes_have_names_and_are_apart() -> None:
    assert len(SWATCHES) == len(set(SWATCHES.values())) == 24
    art = Path(made_here.__file__).parent / "static" / "art"
    for language in LANGUAGES:
        names = [i18n.say(language, f"web.colour.{key}") for key in SWATCHES]
        assert len(set(names)) == 24
        assert all(i18n.say(language, f"web.palette.{key}") for key in PALETTES)
    for key, colours in PALETTES.items():
        Request(prompt="a cat", palette=colours)
        greys = sorted(sum(bytes.fromhex(colour[1:])) / 3 for colour in colours)
        assert greys[0] < 90 < 180 < greys[-1], f"{key}: what is drawn must tell from what is behind it"
        with Image.open(art / f"palette-{key}.webp") as image:
            assert image.size == (240, 240)


# --- prompt and picture, word by word ------------------------------------------------------------


def test_words_are_tied_to_inscriptions_stand_ins_and_what_is_lost() -> None:
    prompt = 'A wombat with a sign that says "Open", and a zeitgeist'
    stand_in = SceneReplacement("wombat", (2, 8), "1F43B", "bear", "熊")
    bear = SceneObject("1F43B", "bear", "熊", "A wombat", ((0, 8),), None, (0, 0, 1, 1), 0)
    told = Scene(
        "meadow", "day", "clear", "classic", (), (bear,), (SceneText("Open", (0, 0, 1, 1), "placard"),),
        not_drawn=("zeitgeist",), replaced=(stand_in,),
    )  # fmt: skip
    found = {piece.text: piece for piece in pieces(prompt, told)}
    assert found["wombat"].stand_in == stand_in
    assert found["wombat"].lights == "0"
    assert (found["Open"].written, found["Open"].lights) == ((0,), "t0")
    assert found["zeitgeist"].lost
    assert "".join(piece.text for piece in pieces(prompt, told)) == prompt


def test_things_alike_are_told_once() -> None:
    red = SceneObject(CAT, "cat", "猫", "", (), "#ff0000", (0, 0, 1, 1), 0)
    found = groups(scene(thing(), red, thing(), thing(DOG)))
    assert [group.numbers for group in found] == [(0, 2), (1,), (3,)]


# --- the wall ------------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    gallery = tmp_path / "static" / "gallery"
    gallery.mkdir(parents=True)
    monkeypatch.setattr(made_here, "files", lambda package: tmp_path)
    made_here.made_here.cache_clear()
    yield gallery
    made_here.made_here.cache_clear()


def test_without_an_index_there_is_no_wall(shelf: Path) -> None:
    assert made_here.made_here() == ()


def test_the_wall_holds_twelve_with_sizes_and_words_in_both_languages(shelf: Path) -> None:
    Image.new("RGB", (64, 48)).save(shelf / "fox.webp")
    one = {"file": "fox.webp", "prompt_en": "a fox", "prompt_zh": "一只狐狸", "alt": "A fox looks at you"}
    (shelf / "index.json").write_text(json.dumps([one] * 13), encoding="utf-8")
    shown = made_here.made_here()
    assert len(shown) == 12
    assert (shown[0].width, shown[0].height) == (64, 48)
    assert [shown[0].prompt(language) for language in ("en", "zh")] == ["a fox", "一只狐狸"]
    assert [shown[0].described(language) for language in ("en", "zh")] == ["A fox looks at you", "一只狐狸"]


@pytest.mark.parametrize("file", ["../../secret.webp", "fox.svg", "", "/etc/passwd"])
def test_an_index_that_leads_elsewhere_is_refused(shelf: Path, file: str) -> None:
    one = {"file": file, "prompt_en": "a fox", "prompt_zh": "一只狐狸", "alt": ""}
    (shelf / "index.json").write_text(json.dumps([one]), encoding="utf-8")
    with pytest.raises(ValueError, match="file"):
        made_here.made_here()
