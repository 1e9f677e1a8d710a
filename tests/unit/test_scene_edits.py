"""A person's corrections: what is asked happens, and everything else stays exactly where it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingxing.engine.backends.scene import SceneBackend
from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.compose import BARE, Composition, compose
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.render import RenderPool
from pingxing.engine.backends.scene.styles import STYLES
from pingxing.errors import InvalidRequest
from pingxing.types import Format, Request, Scene, SceneEdit, SceneObject

PROMPTS = (
    "a white cat to the left of a tree",
    "一只猫坐在沙发上,旁边有两只狗",
    "three birds in the sky and a man holding a balloon",
    "海底有七条鱼和两只章鱼",
    'a sign that says "OPEN" and a red car',
    "a cake, five candles and a gift",
)
TRUCK, DOG = "1F69A", "1F415"


@pytest.fixture(scope="module")
def backend() -> Iterator[SceneBackend]:
    engine = SceneBackend(RenderPool(1))
    yield engine
    engine.close()


def drawn(prompt: str, *edits: SceneEdit, seed: int = 4, size: tuple[int, int] = (800, 600)) -> Composition:
    return compose(parse(prompt), *size, seed, STYLES["classic"], shipped(), edits)


@cache
def plainly(prompt: str, seed: int) -> Scene:
    return drawn(prompt, seed=seed).scene


def middle(thing: SceneObject) -> tuple[float, float]:
    x, y, w, h = thing.box
    return x + w / 2, y + h / 2


def figures(markup: str) -> list[str]:
    """How every thing is set on the page: its transform and name, without the numbers of definitions."""
    return re.findall(r'<g transform="[^"]+"[^>]*><title>[^<]*</title>', markup)


def test_nothing_but_the_edited_thing_moves() -> None:
    before = drawn(PROMPTS[1])
    for number, thing in enumerate(before.scene.objects):
        after = drawn(PROMPTS[1], SceneEdit(object=number, at=(0.5, 0.4), scale=0.7))
        assert middle(after.scene.objects[number]) == pytest.approx((0.5, 0.4), abs=2e-4)
        assert after.scene.objects[number].box[2] == pytest.approx(0.7 * thing.box[2], abs=2e-4)
        for other, (old, new) in enumerate(zip(before.scene.objects, after.scene.objects, strict=True)):
            if other != number:
                assert (old.box, old.concept, old.colour) == (new.box, new.concept, new.colour)
        assert len(set(figures(before.markup)) - set(figures(after.markup))) == 1
        assert before.scene.background == after.scene.background
        settings_of = [c.markup.split('data-name="shadows"')[0].split("<defs>")[1] for c in (before, after)]
        assert settings_of[0].split("</defs>")[1] == settings_of[1].split("</defs>")[1]


def test_pixels_away_from_the_edit_are_the_same(backend: SceneBackend) -> None:
    plain = Request(prompt="a red car, a tree and a dog", seed=11, width=240, height=160)
    states = [backend.prepare(plain)]
    things = states[0].composition.scene.objects
    number = next(n for n, thing in enumerate(things) if thing.name_en == "dog")
    states.append(backend.prepare(plain.model_copy(update={"edits": (SceneEdit(object=number, remove=True),)})))
    backend.step(states)
    before, after = (backend.finish(state).pixels for state in states)
    changed = np.argwhere((before != after).any(axis=2))
    x, y, w, _ = things[number].box
    assert len(changed) > 50
    reach = 0.5 * w  # its shadow is wider than the thing
    assert changed[:, 1].min() >= (x - reach) * 240 - 2
    assert changed[:, 1].max() <= (x + w + reach) * 240 + 2
    assert changed[:, 0].min() >= y * 160 - 2


def test_a_removed_thing_takes_its_relations_with_it() -> None:
    before = drawn(PROMPTS[0]).scene
    assert before.relations
    after = drawn(PROMPTS[0], SceneEdit(object=0, remove=True)).scene
    assert [o.concept for o in after.objects] == [before.objects[1].concept]
    assert after.objects[0].box == before.objects[1].box
    assert after.relations == ()
    both = drawn(PROMPTS[0], SceneEdit(object=1, remove=True), SceneEdit(object=0, remove=True)).scene
    assert both.objects == ()
    assert both.background == before.background


def test_relations_of_those_that_stay_keep_their_ends() -> None:
    prompt = "a ball, and a cat on a box"
    before = drawn(prompt).scene
    ball = next(n for n, o in enumerate(before.objects) if o.name_en not in ("cat", "box", "package"))
    after = drawn(prompt, SceneEdit(object=ball, remove=True)).scene
    for scene in (before, after):
        (link,) = scene.relations
        assert scene.objects[link.subject].name_en == "cat"


def test_another_sense_stands_where_the_first_one_stood() -> None:
    before = drawn("a red car").scene.objects[0]
    after = drawn("a red car", SceneEdit(object=0, concept=TRUCK)).scene.objects[0]
    assert (after.concept, after.name_en, after.words, after.colour) == (TRUCK, "truck", before.words, before.colour)
    assert before.concept in after.senses
    assert after.box[1] + after.box[3] == pytest.approx(before.box[1] + before.box[3], abs=1e-3)
    assert middle(after)[0] == pytest.approx(middle(before)[0], abs=1e-3)
    assert after.box[2] * after.box[3] == pytest.approx(before.box[2] * before.box[3], rel=0.02)


def test_what_is_dragged_to_the_front_is_drawn_last() -> None:
    scene = drawn(PROMPTS[1]).scene
    far = min(range(len(scene.objects)), key=lambda n: scene.objects[n].z)
    x = middle(scene.objects[far])[0]
    after = drawn(PROMPTS[1], SceneEdit(object=far, at=(x, 0.98 - scene.objects[far].box[3] / 2))).scene
    assert after.objects[far].z == len(after.objects) - 1
    assert sorted(o.z for o in after.objects) == list(range(len(after.objects)))


def test_a_placard_takes_its_words_with_it() -> None:
    before = drawn(PROMPTS[4]).scene
    assert [t.string for t in before.text] == ["OPEN"]
    number = next((n for n, o in enumerate(before.objects) if o.concept == "1FAA7"), None)
    if number is not None:
        moved = drawn(PROMPTS[4], SceneEdit(object=number, at=(0.3, 0.5))).scene
        (text,), sign = moved.text, moved.objects[number]
        assert sign.box[0] <= text.box[0]
        assert text.box[0] + text.box[2] <= sign.box[0] + sign.box[2] + 1e-3


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (SceneEdit(object=99, remove=True), "unknown_object"),
        (SceneEdit(object=0, concept="1FFFF"), "unknown_concept"),
        (SceneEdit(object=0, concept="41"), "unknown_concept"),
    ],
)
def test_what_cannot_be_done_is_said(edit: SceneEdit, code: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        drawn("a cat", edit)
    assert caught.value.params["member"] == "edits"
    assert caught.value.reason == code


EDITS = st.builds(
    SceneEdit,
    object=st.integers(0, 7),
    concept=st.sampled_from([None, None, TRUCK, DOG, "1F427", "1FFFF"]),
    colour=st.sampled_from([None, "#e0342f", "#2f6fe0"]),
    at=st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)),
    scale=st.none() | st.floats(0.1, 10),
    remove=st.sampled_from([False, False, False, True]),
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PROMPTS), st.integers(0, 3), st.lists(EDITS, max_size=5, unique_by=lambda e: e.object))
def test_any_edits_hold_or_are_refused(prompt: str, seed: int, edits: list[SceneEdit]) -> None:
    before = plainly(prompt, seed)
    if any(e.object >= len(before.objects) or e.concept == "1FFFF" for e in edits):
        with pytest.raises(InvalidRequest) as caught:
            drawn(prompt, *edits, seed=seed)
        assert caught.value.params["member"] == "edits"
        return
    after = drawn(prompt, *edits, seed=seed).scene
    gone = {e.object for e in edits if e.remove}
    left = [n for n in range(len(before.objects)) if n not in gone]
    assert len(after.objects) == len(left)
    assert sorted(o.z for o in after.objects) == list(range(len(left)))
    wished = {e.object: e for e in edits}
    for number, thing in zip(left, after.objects, strict=True):
        edit, old = wished.get(number), before.objects[number]
        if edit is None:
            assert (thing.box, thing.concept, thing.colour) == (old.box, old.concept, old.colour)
            continue
        assert thing.concept == (edit.concept or old.concept)
        assert thing.colour == (edit.colour or old.colour)
        if edit.at is not None:
            assert middle(thing) == pytest.approx(edit.at, abs=2e-4)
        if edit.scale is not None and edit.concept is None:
            assert thing.box[2] == pytest.approx(old.box[2] * edit.scale, abs=1e-3)
    for link in after.relations:
        assert max(link.subject, link.object) < len(after.objects)


# --- nothing behind the things ----------------------------------------------------------------------


@pytest.mark.parametrize("style", list(STYLES))
def test_a_transparent_picture_has_nothing_behind_the_things(backend: SceneBackend, style: str) -> None:
    request = Request(prompt="a cat in the snow at night", seed=2, width=96, height=96, style=style, transparent=True)
    state = backend.prepare(request)
    backend.step([state])
    picture = backend.finish(state)
    assert picture.pixels.shape == (96, 96, 4)
    assert picture.scene is not None
    assert picture.scene.transparent
    assert picture.scene.background == BARE
    (cat,) = picture.scene.objects
    alpha = picture.pixels[:, :, 3]
    x, y, w, h = (round(v * 96) for v in cat.box)
    outside = np.ones_like(alpha, bool)
    edge = 4  # the sticker's white border and the neon's glow reach beyond the art
    outside[max(0, y - edge) : y + h + edge, max(0, x - edge) : x + w + edge] = False
    assert outside.any()
    assert not alpha[outside].any()
    assert (alpha[y : y + h, x : x + w] > 250).mean() > 0.3
    assert picture.svg is not None
    assert 'data-name="sky"' not in picture.svg
    assert 'data-name="shadows"' not in picture.svg


def test_without_a_setting_the_things_fill_the_sheet_as_they_stood(backend: SceneBackend) -> None:
    request = Request(prompt="two dogs and a ball on the beach", seed=5, width=128, height=96, format=Format.WEBP)
    bare = request.model_copy(update={"transparent": True})
    states = [backend.prepare(request), backend.prepare(bare)]
    backend.step(states)
    with_setting, without = (backend.finish(state) for state in states)
    assert with_setting.pixels.shape == (96, 128, 3)
    assert backend.preview(states[1]) is not None
    assert with_setting.scene is not None
    assert without.scene is not None
    before, after = (np.array([o.box for o in p.scene.objects]) for p in (with_setting, without) if p.scene)
    grown = after[:, 2] / before[:, 2]
    assert np.allclose(grown, grown[0], rtol=0.02)  # all by the same part
    assert grown[0] > 1
    order = np.argsort(before[:, 0])
    assert (np.diff(after[order, 0]) >= -1e-6).all()
    left, top = after[:, 0].min(), after[:, 1].min()
    right, low = (after[:, 0] + after[:, 2]).max(), (after[:, 1] + after[:, 3]).max()
    assert left == pytest.approx(1 - right, abs=0.01)
    assert top == pytest.approx(1 - low, abs=0.01)
    assert min(left, top) == pytest.approx(0.05, abs=0.02)


def test_corrections_of_a_bare_picture_are_in_its_own_measures(backend: SceneBackend) -> None:
    edit = SceneEdit(object=0, at=(0.25, 0.75))
    request = Request(prompt="a cat and a dog", seed=5, width=96, height=96, transparent=True, edits=(edit,))
    assert middle(backend.describe(request).objects[0]) == pytest.approx((0.25, 0.75), abs=2e-4)


def test_a_large_transparent_picture_is_drawn_in_bands() -> None:
    engine = SceneBackend(RenderPool(1))
    try:
        state = engine.prepare(Request(prompt="a cat", seed=1, width=1700, height=1700, transparent=True))
        engine.step([state])
        pixels = engine.finish(state).pixels
        assert pixels.shape == (1700, 1700, 4)
        assert pixels[0, 0].tolist() == [0, 0, 0, 0]
        assert (pixels[:, :, 3] == 255).mean() > 0.05
    finally:
        engine.close()
