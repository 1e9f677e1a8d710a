"""Normal forms, and the way back to the original text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing.policy import views

ANY_TEXT = st.text(alphabet=st.characters(codec=None), max_size=60)  # lone surrogates too


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Bomb", "bomb"),
        ("ｂｏｍｂ", "bomb"),
        ("𝒷𝑜𝓂𝒷", "bomb"),
        ("bómb", "bomb"),
        ("bo\u200bmb", "bomb"),
        ("bo\u00admb", "bomb"),
        ("b\ufe0fomb", "bomb"),
        ("b\u0336o\u0336m\u0336b", "bomb"),
        ("\u202ebomb", "bomb"),
        ("bоmb", "bomb"),  # a Cyrillic o
        ("Straße", "strasse"),
        ("a  \t\u3000b", "a b"),
        ("炸\u2060弹", "炸弹"),
        ("self\x00-harm", "self-harm"),
    ],
)
def test_folding(text: str, form: str) -> None:
    assert views.folded(text).text == form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("b*o*m*b", "bomb"),
        ("b o m b", "bomb"),
        ("b.o.m.b now", "bomb now"),
        ("make bo*mb", "make bomb"),
        ("炸 弹", "炸弹"),
        ("炸*弹", "炸弹"),
        ("炸·弹", "炸弹"),
    ],
)
def test_joining(text: str, form: str) -> None:
    view = views.joined(views.simplified(views.folded(text)))
    assert view is not None
    assert view.text == form


@pytest.mark.parametrize("text", ["油炸,弹吉他", "炸。弹", "he/she", "a cat sat", "men, women", "一只猫"])
def test_what_is_not_joined(text: str) -> None:
    assert views.joined(views.simplified(views.folded(text))) is None


def test_a_span_points_into_the_original() -> None:
    text = "请画 b\u200b*o*m*b!"
    view = views.forms(text)[-1]
    at = view.text.index("bomb")
    assert text[slice(*view.span(at, at + 4))] == "b\u200b*o*m*b"


def test_one_character_that_becomes_several() -> None:
    view = views.folded("㎏ cat")
    at = view.text.index("cat")
    assert view.text.startswith("kg")
    assert view.span(0, 2) == (0, 1)
    assert view.span(at, at + 3) == (2, 5)


def test_traditional_becomes_simplified_in_place() -> None:
    view = views.simplified(views.folded("製作炸彈"))
    assert view.text == "制作炸弹"
    assert list(view.starts) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("text", "name"), [("bomb", "plain"), ("BOMB", "plain"), ("bömb", "folded"), ("b*o*m*b", "joined")]
)
def test_the_lightest_form_is_named(text: str, name: str) -> None:
    view = next(v for v in views.forms(text) if "bomb" in v.text)
    at = view.text.index("bomb")
    assert views.origin(text, view, at, at + 4) == name


def test_the_simplified_form_is_named() -> None:
    view = views.forms("炸彈")[0]
    assert views.origin("炸彈", view, 0, 2) == "simplified"


@given(ANY_TEXT)
def test_every_form_maps_into_the_text(text: str) -> None:
    for view in (views.plain(text), *views.forms(text)):
        assert len(view.text) == len(view.starts) == len(view.ends)
        assert all(0 <= s < e <= len(text) for s, e in zip(view.starts, view.ends, strict=True))
        assert list(view.starts) == sorted(view.starts)
        if view.name != "plain":
            view.text.encode()  # no lone surrogates are left for the automaton
        assert all(0 <= place <= len(view.text) for place in view.loose)


@given(ANY_TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = views.folded(text).text
    assert views.folded(once).text == once
