"""Where inscriptions go: on a standing placard, else on a board; legible in every style; never over a thing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.backdrops import SETTINGS
from pingxing.engine.backends.scene.colour import oklab
from pingxing.engine.backends.scene.compose import compose
from pingxing.engine.backends.scene.inscribe import FACES, PLACARD, hung, placard
from pingxing.engine.backends.scene.letters import BOARDS
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.styles import DEFAULT, STYLES
from pingxing.types import Scene

SIZES = [(1024, 1024), (576, 1024), (1024, 576), (1024, 256)]


def scene_of(prompt: str, seed: int, size: tuple[int, int], style: str = DEFAULT) -> Scene:
    return compose(parse(prompt), *size, seed, STYLES[style], shipped()).scene


def contrast(first: str, second: str) -> float:
    return abs(oklab(first)[0] - oklab(second)[0])


@pytest.mark.parametrize("style", STYLES)
def test_words_stand_on_the_placard_in_every_style(style: str) -> None:
    for prompt in ('a placard and a cat, saying "Keep off"', "村口有一块木牌,写着“欢迎光临”,一只公鸡"):
        for seed in range(3):
            for size in SIZES:
                scene = scene_of(prompt, seed, size, style)
                (text,) = scene.text
                x, y, w, h = next(o.box for o in scene.objects if o.concept == PLACARD)
                tx, ty, tw, th = text.box
                assert x <= tx
                assert tx + tw <= x + w
                assert y <= ty
                assert ty + th <= y + 0.75 * h
                assert th * size[1] > 0.02 * min(size)


def test_what_does_not_fit_the_placard_is_hung() -> None:
    fits = parse('a placard and a cat, saying "Keep off"')
    assert placard(fits) is not None
    assert hung(fits) == ()
    for prompt in (
        'a placard and a cat, saying "The quick brown fox jumps over lazy dogs"',
        'two placards and a cat, saying "Hi"',
        "一个男孩举着牌子,上面写着“加油”",
        'a cat, saying "Hi"',
    ):
        plan = parse(prompt)
        assert placard(plan) is None
        assert [string for string, _ in hung(plan)] == list(plan.texts) != []
    second = parse('a placard and a cat, saying "Keep off" and a banner that says "Hello"')
    assert hung(second) == (("Hello", "cloth"),)


def test_the_board_is_what_the_prompt_calls_it() -> None:
    for prompt, board in (
        ('a wooden sign that says "Hi"', "wood"),
        ("木牌写着“你好”", "wood"),
        ('a banner that says "Hi"', "cloth"),
        ("横幅上写着“加油”", "cloth"),
        ('a neon sign that says "OPEN"', "neon"),
        ("霓虹招牌写着“营业中”", "neon"),
        ('a cat saying "Hi"', "card"),
    ):
        assert parse(prompt).boards == (board,), prompt


def test_letters_stand_out_on_every_board() -> None:
    boards = [*BOARDS.values(), *(style.board for style in STYLES.values() if style.board is not None)]
    assert len(boards) >= 12
    for ground, ink, _ in boards:
        assert contrast(ground, ink) > 0.3, (ground, ink)
    for style in STYLES.values():
        if style.board is None and style.colour is not None:
            for ground, ink, _ in BOARDS.values():
                assert contrast(style.colour(ground), style.colour(ink)) > 0.15, (style.id, ground, ink)


def test_every_set_has_a_placard_whose_face_is_known() -> None:
    assert set(FACES) == set(shipped().sets)


@pytest.mark.parametrize("name", SETTINGS)
def test_boards_hang_inside_the_frame_and_over_no_thing(name: str) -> None:
    plan = replace(parse('a boy, a horse and a banner that says "Grand Opening 开业大吉"'), background=name)
    for size in SIZES:
        scene = compose(plan, *size, 2, STYLES[DEFAULT], shipped()).scene
        (text,) = scene.text
        x, y, w, h = text.box
        assert min(x, y) >= 0
        assert max(x + w, y + h) <= 1
        for thing in scene.objects:
            left, top, wide, tall = thing.box
            assert left + wide <= x or x + w <= left or top + tall <= y or y + h <= top
