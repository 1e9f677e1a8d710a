"""Inscriptions: what is quoted is written exactly, is not read for things, and covers nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.compose import compose
from pingxing.engine.backends.scene.faces import writable
from pingxing.engine.backends.scene.parse import MAX_TEXTS, parse
from pingxing.engine.backends.scene.quote import MOST, quotes
from pingxing.engine.backends.scene.styles import DEFAULT, STYLES
from pingxing.types import Scene

SIZES = [(1024, 1024), (768, 1024), (576, 1024), (1024, 576), (1024, 256)]


def scene_of(prompt: str, seed: int, size: tuple[int, int]) -> Scene:
    return compose(parse(prompt), *size, seed, STYLES[DEFAULT], shipped()).scene


@pytest.mark.parametrize(
    ("prompt", "string", "things"),
    [
        ('a sign that says "Cat food" and a dog', "Cat food", ["1F415"]),
        ("写着“猫粮”的牌子,旁边有一只狗", "猫粮", ["1F415"]),
        ("三只企鹅,写着「冬至快樂」", "冬至快樂", ["1F427"]),
        ('a cake with the words "Happy Birthday, Tom!"', "Happy Birthday, Tom!", ["1F370"]),
        ('a "No Dogs" poster above a cat', "No Dogs", ["1F408"]),
    ],
)
def test_what_is_quoted_is_written_and_not_read(prompt: str, string: str, things: list[str]) -> None:
    plan = parse(prompt)
    assert plan.texts == (string,)
    assert [wish.concept for wish in plan.wishes] == things
    assert string in prompt[slice(*plan.setting_spans[-1])]
    assert not plan.not_drawn


def test_what_cannot_be_set_exactly_is_said_and_not_drawn() -> None:
    for string in ("مرحبا", "שלום", "नमस्ते", "a🎂b", "x" * (MOST + 1)):
        plan = parse(f'a cat, saying "{string}"')
        assert plan.texts == ()
        assert plan.not_drawn == (string,)
        assert [wish.name_en for wish in plan.wishes] == ["cat"]
    many = parse('a cat "a" "b" "c" "d" "e"')
    assert len(many.texts) == MAX_TEXTS
    assert many.not_drawn == ("d", "e")


@pytest.mark.parametrize(
    ("prompt", "string"),
    [
        ("a cake that says Happy Birthday", "Happy Birthday"),
        ("a cake that says happy birthday and a cat", "happy birthday"),
        ("a sign that reads Grand Opening, two dogs", "Grand Opening"),
        ("a sign that says I love you next to a tree", "I love you"),
        ("写着生日快乐的蛋糕", "生日快乐"),
        ("写着福字的灯笼", "福"),
        ("黑板上写着好好学习", "好好学习"),
        ("招牌上写着老王饺子馆,一只猫", "老王饺子馆"),
        ("一件写着我爱北京的红色T恤", "我爱北京"),
        ("写着加油的横幅", "加油"),
        ("'Grand Opening' on a banner", "Grand Opening"),
        ("a banner that says ‘Grand Opening’", "Grand Opening"),
    ],
)
def test_words_in_no_marks_are_written_where_nothing_else_can_be_meant(prompt: str, string: str) -> None:
    plan = parse(prompt)
    assert plan.texts == (string,)
    assert not plan.not_drawn


@pytest.mark.parametrize(
    "prompt",
    [
        "一个写着作业的男孩",
        "女孩正在写着信",
        "墙上写着字",
        "a cat which reads a book",
        "桌子上写着作业的孩子",
        "the cat's toy and the dog's bone",
    ],
)
def test_writing_and_reading_are_no_inscriptions(prompt: str) -> None:
    assert parse(prompt).texts == ()


@pytest.mark.parametrize("prompt", ['a cat 5" tall', "it's a dog's life", 'a "', '""', "“”"])
def test_a_lone_mark_quotes_nothing(prompt: str) -> None:
    assert parse(prompt).texts == ()


@pytest.mark.parametrize("string", ["冬至快乐", "Grand Opening", "福", "The quick brown fox jumps over 13 lazy dogs"])
def test_inscriptions_are_in_the_picture_and_cover_nothing(string: str) -> None:
    for seed in range(4):
        for size in SIZES:
            for prompt in (
                f'two cats and a tall tree, saying "{string}"',
                f'a dragon above a castle "{string}" "{string}"',
            ):
                scene = scene_of(prompt, seed, size)
                for text in scene.text:
                    x, y, w, h = text.box
                    assert text.string == string
                    assert min(x, y) >= 0
                    assert max(x + w, y + h) <= 1
                    assert w * h > 0.002
                    for thing in scene.objects:
                        left, top, wide, tall = thing.box
                        apart = left + wide <= x or x + w <= left or top + tall <= y or y + h <= top
                        assert apart, (prompt, seed, size, thing, text)
                assert len(scene.text) == prompt.count(string)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120))
def test_any_text_has_its_quotes_found(text: str) -> None:
    found, blank = quotes(text)
    assert len(blank) == len(text)
    for quote in found:
        assert quote.string in text[quote.start : quote.end]
        assert blank[quote.start : quote.end].isspace()
    assert all(writable(string) for string in parse(text).texts)


def test_full_width_punctuation_is_what_chinese_prompts_have() -> None:
    comma, colon, stop = "\uff0c", "\uff1a", "\u3002"
    for prompt, string, board in (
        (f"一张贺卡{comma}上面写着{colon}“妈妈我爱你”{stop}", "妈妈我爱你", "greeting"),
        (
            f"红色对联写着“天增岁月人增寿{comma}春满乾坤福满门”{comma}一个女孩",
            f"天增岁月人增寿{comma}春满乾坤福满门",
            "couplet",
        ),
        (f"招牌上写着老王饺子馆{comma}一只猫", "老王饺子馆", "shopsign"),
        ("\uff02你好\uff02横幅", "你好", "cloth"),
        (f"一只狗说{colon}“我饿了{comma}想吃肉”", f"我饿了{comma}想吃肉", "speech"),
    ):
        plan = parse(prompt)
        assert plan.texts == (string,)
        assert plan.boards == (board,)
        assert not plan.not_drawn
    for size in SIZES:
        (text,) = scene_of(f"一个箱子{comma}上面写着“轻放”{comma}一只猫", 1, size).text
        assert text.on == "carton"
