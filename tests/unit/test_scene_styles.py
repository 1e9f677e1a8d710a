"""Styles: each applies to any scene, keeps the things visible, and keeps its own colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.backdrops import SETTINGS
from pingxing.engine.backends.scene.colour import chroma, hue, oklab
from pingxing.engine.backends.scene.compose import Composition, compose
from pingxing.engine.backends.scene.inks import blue_and_white, carved, cut, far_cut, far_porcelain, low_key, riso
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.render import Drawing, RenderPool
from pingxing.engine.backends.scene.styles import STYLES

SIDE = 96
COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@pytest.fixture(scope="module")
def pool() -> Iterator[RenderPool]:
    one = RenderPool(1)
    yield one
    one.close()


def drawn(plan: Plan, style: str, seed: int = 3) -> Composition:
    return compose(plan, 600, 600, seed, STYLES[style], shipped())


def picture(pool: RenderPool, made: Composition) -> np.ndarray:
    (pixels,) = pool.draw([Drawing(made.markup, (0, 0, made.width, made.height), SIDE, SIDE)])
    return pixels.astype(int)


@cache
def meadow(style: str, pool: RenderPool) -> np.ndarray:
    """The setting without anything in it, drawn once for each style."""
    return picture(pool, drawn(replace(parse(""), background="meadow"), style))


def test_there_are_styles_enough() -> None:
    assert len(STYLES) >= 18


@pytest.mark.parametrize("style", STYLES)
def test_every_style_applies_to_every_scene(style: str) -> None:
    """A child with a balloon in every setting, all the things in one of them."""
    plan = replace(parse("三只白猫和一辆红色的汽车, a boy holding a balloon"), weather="rain")
    few = replace(parse("a boy holding a balloon"), weather="rain")
    for name, asked, count in ((("street", plan, 6)), *((name, few, 2) for name in SETTINGS)):
        made = drawn(replace(asked, background=name, touches=("christmas",)), style)
        root = ElementTree.fromstring(f"<svg>{made.markup}</svg>")
        ids = [e.get("id") for e in root.iter() if e.get("id")]
        assert len(ids) == len(set(ids))
        used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', made.markup))
        assert used <= set(ids)
        assert len(made.scene.objects) == count
        assert "kept-" not in made.markup


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("prompt", ["a white swan", "a black cat", "a red apple"])
def test_things_stay_visible(style: str, prompt: str, pool: RenderPool) -> None:
    plan = replace(parse(prompt), background="meadow")
    made = drawn(plan, style)
    x, y, w, h = (round(v * SIDE) for v in made.scene.objects[0].box)
    bare = meadow(style, pool)[y : y + h, x : x + w]
    seen = picture(pool, made)[y : y + h, x : x + w]
    assert (np.abs(seen - bare).max(axis=2) > 24).mean() > 0.06


def test_styles_keep_to_their_colours(pool: RenderPool) -> None:
    plan = parse("a girl with a red balloon in the village")
    means = {style: picture(pool, drawn(plan, style)).mean(axis=(0, 1)) for style in STYLES}
    assert np.ptp(means["outline"]) < 6
    assert means["outline"].min() > 200
    assert means["neon"].max() < 60
    assert means["porcelain"][2] > means["porcelain"][0] + 10
    assert means["blueprint"][2] > means["blueprint"][0] + 60
    assert means["papercut"][0] > means["papercut"][2] + 30
    assert means["lowkey"].mean() < 0.6 * means["classic"].mean()


def test_outlines_are_as_thick_on_a_mouse_as_on_an_elephant() -> None:
    markup = drawn(parse("a mouse and an elephant"), "outline").markup
    found = re.findall(r'scale\((-?[0-9.]+) [0-9.]+\)" stroke="#2b2a2c" stroke-width="([0-9.]+)"', markup)
    assert len(found) == 2
    thick = [abs(float(scale)) * float(width) for scale, width in found]
    assert thick == pytest.approx([4.8, 4.8], rel=0.03)


@given(COLOURS)
def test_inks_stay_in_their_pots(colour: str) -> None:
    for ink in (blue_and_white, far_porcelain):
        lab = oklab(ink(colour))
        assert chroma(lab) < 0.02 or 4.2 < hue(lab) % 6.2832 < 5.0
    for paper in (cut, far_cut):
        lab = oklab(paper(colour))
        assert chroma(lab) < 0.06 or 0.3 < hue(lab) < 1.4
    for any_ink in (riso, carved, low_key):
        assert re.fullmatch(r"#[0-9a-f]{6}", any_ink(colour))
    assert oklab(low_key(colour))[0] <= max(oklab(colour)[0], 0.06) + 0.01


def test_ink_paints_ranges_and_mist_behind_the_land() -> None:
    plan = parse("a cat by the lake")
    made = drawn(plan, "ink")
    assert 'data-name="clouds"' in drawn(plan, "classic").markup
    assert 'data-name="clouds"' not in made.markup  # mist, not billows
    assert 'data-name="clouds"' in drawn(replace(plan, weather="clouds"), "ink").markup  # asked for
    birds = drawn(replace(plan, banned=frozenset({"1F426"})), "ink")
    assert len(birds.markup) < len(made.markup)


def test_a_feast_is_held_at_home() -> None:
    made = drawn(parse("春节，一家四口围着大圆桌"), "classic")
    assert made.scene.background == "room"
    assert "spring-festival" in made.scene.touches
