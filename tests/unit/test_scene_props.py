"""The stock of things: found by name in both languages, drawn by themselves, and read by the rules."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingxing.engine.backends.scene import SceneBackend
from pingxing.engine.backends.scene.render import RenderPool
from pingxing.engine.backends.scene.styles import STYLES
from pingxing.engine.base import SceneEngine
from pingxing.engine.registry import Registry
from pingxing.types import Request, SceneEdit

CAT, LION = "1F408", "1F981"


@pytest.fixture(scope="module")
def stock() -> Iterator[SceneBackend]:
    engine = SceneBackend(RenderPool(1))
    yield engine
    engine.close()


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("cat", "cat"), ("Cats", "cat"), ("猫", "cat"), ("貓", "cat"), ("猫咪", "cat"), ("mice", "mouse"),
        ("dumplings", "dumpling"), ("饺子", "dumpling"),
        ("轎車", "car"), (" hot  dog ", "hot dog"), ("热狗", "hot dog"),
    ],
)  # fmt: skip
def test_the_closest_name_comes_first(stock: SceneBackend, words: str, first: str) -> None:
    assert [prop.name_en for prop in stock.find(words, 5)][:1] == [first]


def test_whole_words_come_before_beginnings(stock: SceneBackend) -> None:
    found = [prop.name_en for prop in stock.find("cat", 8)]
    assert len(found) == 8
    assert all("cat" in name.split() for name in found)


@settings(max_examples=60, deadline=None)
@given(words=st.text(max_size=40))
def test_any_words_find_things_that_can_be_drawn_or_none(stock: SceneBackend, words: str) -> None:
    found = stock.find(words, 6)
    assert len(found) == len({prop.concept for prop in found}) <= 6
    assert all(stock.drawing(prop.concept, "", None) for prop in found)


@pytest.mark.parametrize("style", [*STYLES, "no such style"])
def test_a_thing_by_itself_is_a_whole_document_without_scripts_or_links(stock: SceneBackend, style: str) -> None:
    for concept in (CAT, "1F9D2", "1F697"):
        drawn = stock.drawing(concept, style, "#2f6fe0", ("striped", "old"))
        assert drawn is not None
        root = ET.fromstring(drawn)
        left, top, width, height = map(float, root.attrib["viewBox"].split())
        assert (left, top) == pytest.approx((-0.04 / 1.08 * width, -0.04 / 1.08 * height), abs=0.02)
        assert max(width, height) == pytest.approx(108, abs=0.02)
        assert not re.search(r"<script|<foreignObject|\son\w+=|(?:href|src)=\"(?!#)", drawn)
        assert drawn == stock.drawing(concept, style, "#2f6fe0", ("striped", "old"))


@pytest.mark.parametrize("concept", ["", "41", "1FFFF", "cat", "../etc", "1F408-1F408-1F408"])
def test_what_nothing_draws_is_none(stock: SceneBackend, concept: str) -> None:
    assert stock.prop(concept) is None
    assert stock.drawing(concept, "flat", None) is None


def test_the_rules_get_the_prompt_with_what_stands_in_the_place_of_words(stock: SceneBackend) -> None:
    assert isinstance(stock, SceneEngine)
    registry = Registry({"scene": lambda: stock}, "scene")
    wish = Request(prompt="a white cat on a box", seed=1)
    cat = next(i for i, thing in enumerate(stock.describe(wish).objects) if thing.concept == CAT)
    assert registry.texts(wish) == (wish.prompt,)
    assert registry.texts(wish.model_copy(update={"edits": (SceneEdit(object=cat, remove=True),)})) == (wish.prompt,)
    plain, english, chinese = registry.texts(
        wish.model_copy(update={"edits": (SceneEdit(object=cat, concept=LION), SceneEdit(object=99, concept=LION))})
    )
    assert plain == wish.prompt
    assert english == "lion on a box"
    assert chinese == "狮子 on a box"
