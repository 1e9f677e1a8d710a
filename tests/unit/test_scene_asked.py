"""Styles asked for in the prompt's own words, and words that only look like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing.engine.backends.scene.asked import WORDS, style_asked
from pingxing.engine.backends.scene.styles import STYLES


@pytest.mark.parametrize(
    ("prompt", "style", "left"),
    [
        ("pixel art of a cat", "pixel", "a cat"),
        ("像素风的猫", "pixel", "猫"),
        ("一只猫,线稿", "lineart", "一只猫,"),
        ("a cat, line art", "lineart", "a cat,"),
        ("水墨画 一只虾", "ink", "一只虾"),
        ("剪纸风格的兔子", "papercut", "兔子"),
        ("in pixel art style, a dog", "pixel", ", a dog"),
        ("a fox as a die-cut sticker", "sticker", "a fox"),
        ("浮世绘风格的海浪", "woodblock", "海浪"),
    ],
)
def test_style_words_choose_a_style_and_leave_the_rest(prompt: str, style: str, left: str) -> None:
    found, rest = style_asked(prompt)
    assert found == style
    assert rest.strip() == left
    assert len(rest) == len(prompt)


@pytest.mark.parametrize(
    "prompt",
    ["a neon sign", "a roll of stickers", '写着"像素画"', 'a sign that says "line art"', "青花瓷瓶", "a flat tyre"],
)
def test_things_are_no_styles(prompt: str) -> None:
    assert style_asked(prompt) == ("", prompt)


def test_every_word_means_a_style_there_is() -> None:
    asked = 0
    for style, words in WORDS.items():
        assert style in STYLES
        for word in words:
            assert style_asked(f"a cat, {word}" if word.isascii() else f"{word}的猫")[0] == style, word
            asked += 1
    assert asked > 80


@given(st.text(max_size=60))
def test_any_text_keeps_its_length(text: str) -> None:
    _, rest = style_asked(text)
    assert len(rest) == len(text)
