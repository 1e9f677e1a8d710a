"""Typefaces and setting: every character is its font's own outline, once and in order, and ink is where it is said."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import numpy as np
import pytest
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from scripts import build_faces

from pingxing.engine.backends.scene import faces
from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.compose import Composition, compose
from pingxing.engine.backends.scene.faces import FACES, SPACES, covers, glyph, writable
from pingxing.engine.backends.scene.letters import (
    NOT_FIRST,
    NOT_LAST,
    contrast,
    extent,
    fit,
    legible,
    outlines,
    set_columns,
    set_lines,
)
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.styles import DEFAULT, STYLES
from pingxing.engine.backends.scene.worker import render

NOTO = [face for face in FACES.values() if face.file]
PACKED = [face for face in FACES.values() if not face.file]
ASCII = "".join(map(chr, range(0x21, 0x7F)))


@cache
def gb2312() -> str:
    """The 6,763 characters of GB/T 2312-1980, rows 16 to 87."""
    return bytes(b for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF) for b in (row, cell)).decode(
        "gb2312", errors="ignore"
    )


def of_outline(face: str, character: str) -> list[tuple[float, ...]]:
    """The numbers of the outline that we draw, contour by contour, without a closing line."""
    contours = []
    for part in glyph(face, character).path.split("Z"):
        numbers = tuple(float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", part))
        if numbers:
            contours.append(numbers[:-2] if numbers[-2:] == numbers[:2] else numbers)
    return contours


def of_font(font: TTFont, character: str) -> list[tuple[float, ...]]:
    """The same, as fontTools reads the font."""
    pen = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[font.getBestCmap()[ord(character)]].draw(pen)
    contours: list[list[float]] = []
    for name, points in pen.value:
        if name == "moveTo":
            contours.append([])
        for x, y in points:
            contours[-1] += [float(x), float(y)]
    return [tuple(c[:-2] if c[-2:] == c[:2] else c) for c in contours]


@pytest.mark.parametrize("face", NOTO, ids=lambda face: face.id)
def test_outlines_are_the_fonts_own(face: faces.Face) -> None:
    font = TTFont(str(files("pylopdf_fonts_zh_cn") / face.file), lazy=True)
    assert font["head"].unitsPerEm == faces.EM
    sample = gb2312()[::97] + ASCII[::4] + "龘囍锟。《》“”·\uff01\uff0c\uff1a\uff1f"
    assert len(sample) > 90
    for character in sample:
        assert of_outline(face.id, character) == of_font(font, character), character
        assert glyph(face.id, character).advance == font["hmtx"][font.getBestCmap()[ord(character)]][0]
    assert abs(max(y for _, y in glyph(face.id, "H").points) - face.capital) <= 2


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 4000),
            st.lists(
                st.lists(
                    st.tuples(st.integers(-2000, 3000), st.integers(-2000, 3000), st.integers(0, 1)),
                    min_size=2, max_size=9,
                ),
                max_size=4,
            ),
        ),
        min_size=1, max_size=5,
    )
)  # fmt: skip
def test_packing_loses_nothing(glyphs: list[tuple[int, list[list[tuple[int, int, int]]]]]) -> None:
    packed = build_faces.block(glyphs)
    advances, outlines_ = faces.unpacked(faces.inflated(packed))
    assert list(advances) == [advance for advance, _ in glyphs]
    assert outlines_ == [outline for _, outline in glyphs]


def test_a_curve_between_two_controls_passes_through_their_middle() -> None:
    square = [(0, 0, 0), (100, 0, 0), (100, 100, 0), (0, 100, 0)]  # all controls, as TrueType may have it
    found = faces._traced(0.0, faces._pen([square]))
    assert found.path == "M0 50Q0 0 50 0Q100 0 100 50Q100 100 50 100Q0 100 0 50Z"
    assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in found.points)


@pytest.mark.parametrize("face", PACKED, ids=lambda face: face.id)
def test_display_faces_have_what_they_are_for(face: faces.Face) -> None:
    assert covers(face.id, ASCII)
    if face.id in ("round", "brush"):
        lacking = [c for c in gb2312() if not covers(face.id, c)]
        assert len(gb2312()) == 6763
        assert len(lacking) <= 40
        assert covers(face.id, "。“”《》、…—「」\uff0c\uff01\uff1f\uff1a\uff1b\uff08\uff09")
    seen = [glyph(face.id, c).path for c in ASCII]
    assert all(seen)
    assert len(set(seen)) > 0.96 * len(seen)  # I, l and | may look alike
    with pytest.raises(KeyError):
        glyph(face.id, "ぁ" if face.id in ("bubble", "script") else "\u4e02")


def test_display_faces_are_small_and_licensed() -> None:
    folder = files("pingxing.engine.backends.scene") / "assets"
    assert len((folder / "faces.pxf").read_bytes()) <= 5_000_000
    licence = (folder / "faces.OFL.txt").read_text(encoding="utf-8")
    for owner in ("ZCOOL KuaiLe", "MaShanZheng", "Fredoka", "Pacifico", "SIL OPEN FONT LICENSE Version 1.1"):
        assert owner in licence
    assert "Reserved Font Name" not in licence.split("SIL OPEN FONT LICENSE")[0]


@pytest.mark.parametrize(
    "string",
    ["", " ", "\u3000", "عربي", "नमस्ते", "กำ", "a\u0301", "☃\ufe0f", "\u1112\u1161", "a\nb", "\u3164", "\U0001f600"],
)
def test_what_cannot_be_set_exactly_is_not_writable(string: str) -> None:
    assert not writable(string)


def drawn(composition: Composition) -> list[str]:
    """The outlines of every letter in the picture, in order, glow apart."""
    groups = re.findall(r'<g data-text="letters">(.*?)</g>(?=</g>|<)', composition.markup)
    found = []
    for group in groups:
        group = re.sub(r'<g opacity="0.3">.*?</g>', "", group)
        found += re.findall(r'<path d="([^"]+)"', group)
    return found


def face_id(name: str) -> str:
    return next(face.id for face in FACES.values() if face.name == name)


ORDINARY = ASCII.replace('"', "") + " 。《》\uff0c\uff01\uff1f\uff08\uff09"
CARRIERS = ("蛋糕上写着“{}”", "写着“{}”的T恤,一个女孩",
            "红色对联写着“{}”", "黑板上写着“{}”,一个老师", "一只猫说“{}”", "“{}”",
            "竖幅写着“{}”,一只熊猫", "灯笼上写着“{}”", '霓虹灯招牌写着“{}”')  # fmt: skip


@settings(max_examples=70, deadline=None)
@given(
    st.text(st.sampled_from(gb2312()) | st.sampled_from(ORDINARY), min_size=1, max_size=16),
    st.sampled_from(CARRIERS), st.sampled_from([(512, 512), (384, 640), (800, 300)]),
    st.sampled_from([DEFAULT, "ink", "neon", "papercut"]),
)  # fmt: skip
def test_every_character_is_drawn_once_and_in_order(
    string: str, carrier: str, size: tuple[int, int], style: str
) -> None:
    string = string.strip()
    if not string:
        return
    composition = compose(parse(carrier.format(string)), *size, 3, STYLES[style], shipped())
    if not composition.scene.text:
        assert string in composition.scene.not_drawn
        return
    (text,) = composition.scene.text
    assert text.string == string
    wanted = [glyph(face_id(text.face), c).path for c in string if c not in SPACES]
    assert drawn(composition) == wanted
    x, y, w, h = text.box
    assert min(x, y) >= 0
    assert max(x + w, y + h) <= 1


def ink_box(picture: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(picture.any(axis=1))[0], np.nonzero(picture.any(axis=0))[0]
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


@pytest.mark.parametrize(
    ("prompt", "style"),
    [
        ("写着“生日快乐”的蛋糕,一个女孩", DEFAULT),
        ('a mug that says "World\'s Best Dad"', DEFAULT),
        ("竖幅写着“宁静致远”,一只熊猫", DEFAULT),
        ('a greeting card that says "I love you" in a handwritten font', "flat"),
        ("黑板上写着“好好学习,天天向上”", "ink"),
        ("一本书,封面上写着“红楼梦”", "porcelain"),
    ],
)
def test_the_box_is_that_of_the_ink_in_pixels(prompt: str, style: str) -> None:
    side = 800
    composition = compose(parse(prompt), side, side, 5, STYLES[style], shipped())
    bare = re.sub(r'<g data-text="letters">.*?</g>(?=</g>|<)', "", composition.markup)
    assert bare != composition.markup
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" viewBox="0 0 1000 1000" '
    shots = [
        np.asarray(render(f'{head}preserveAspectRatio="none">{markup}</svg>', side, side, "RGB"), np.int16)
        for markup in (composition.markup, bare)
    ]
    left, top, right, bottom = ink_box(np.abs(shots[0] - shots[1]).max(axis=2) > 40)
    (text,) = composition.scene.text
    x, y, w, h = (v * side for v in text.box)
    for found, said in ((left, x), (top, y), (right, x + w), (bottom, y + h)):
        assert abs(found - said) <= 0.01 * side
    assert abs((right - left) - w) <= max(2, 0.01 * w)
    assert abs((bottom - top) - h) <= max(2, 0.01 * h)


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.sampled_from("ab 中文字\uff0c。\uff08(《」!\uff01,word"), min_size=1, max_size=40)
    .map(str.strip)
    .filter(bool),
    st.integers(50, 900),
    st.integers(20, 300),
    st.sampled_from(["sans", "round"]),
)
def test_lines_hold_the_whole_string_in_order(string: str, room: int, high: int, face: str) -> None:
    for setting in (set_lines(string, face, room, high), set_columns(string, face, room, high)):
        assert "".join(setting.lines).replace(" ", "") == string.replace(" ", "")
        wide, tall = extent(setting)
        assert wide <= room * 1.001
        assert tall <= high * 1.001
        for before, after in zip(setting.lines, setting.lines[1:], strict=False):
            if " " not in string:
                assert after[0] not in NOT_FIRST
                assert before[-1] not in NOT_LAST


def test_chinese_stands_in_columns_where_the_room_is_tall() -> None:
    assert fit("大吉大利", "brush", 60, 300, upright=True).upright
    assert not fit("大吉大利", "brush", 300, 60, upright=True).upright
    assert not fit("Good luck", "script", 60, 300, upright=True).upright
    columns = set_columns("床前明月光疑是地上霜", "brush", 120, 300, 2)
    assert columns.lines == ("床前明月光", "疑是地上霜")
    assert set_columns("春眠不觉晓\uff0c处处闻啼鸟。", "brush", 120, 300, 2).lines == (
        "春眠不觉晓\uff0c",
        "处处闻啼鸟。",
    )
    markup = outlines(columns, 0, 0, "#000000")
    xs = [float(x) for x in re.findall(r"translate\((-?[\d.]+) ", markup)]
    assert max(xs[5:]) < min(xs[:5])  # the second column is left of the first


def test_of_two_inks_the_one_that_can_be_read_is_taken() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert legible("#ffffff", "#ffee00", "#333333") == "#333333"
    for grey in range(0, 256, 5):
        ground = f"#{grey:02x}{grey:02x}{grey:02x}"
        assert contrast(ground, legible(ground, ground)) >= 4.5
