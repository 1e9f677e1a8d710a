"""Inscriptions as outlines, so that they look the same everywhere and need no fonts to be shown.

Noto Sans SC and Noto Serif SC (SIL Open Font License 1.1) from the package pylopdf-fonts-zh-cn. A string
is set whole or not at all: where the fonts lack a character, or it belongs to a script that must be shaped
(Arabic, Devanagari), the caller is told so.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from threading import Lock
from typing import Any

from pingxing.engine.backends.scene.svg import element, num, path, rect

FONTS = {"sans": "NotoSansSC-Regular.otf", "serif": "NotoSerifSC-Regular.otf"}
LEADING = 1.28  # line height in ems
# A line breaks before these never, after those never (the usual rule of Chinese typesetting).
NOT_FIRST = set(",。、;:?!)》」』”’,.;:?!)]}%")
NOT_LAST = set("(《「『“‘([{")
JOY = set("福喜寿春囍乐贺庆吉财发年节")  # red and gold
_lock = Lock()  # fontTools reads glyphs from one open file


@cache
def _font(face: str) -> tuple[Any, dict[int, str], int]:
    from fontTools.ttLib import TTFont

    font = TTFont(str(files("pylopdf_fonts_zh_cn") / FONTS[face]), lazy=True)
    return font.getGlyphSet(), font.getBestCmap(), font["head"].unitsPerEm


@lru_cache(maxsize=4096)
def _glyph(face: str, character: str) -> tuple[str, float]:
    """Outline with y up, and advance, both in ems of 1000."""
    from fontTools.pens.svgPathPen import SVGPathPen

    with _lock:
        glyphs, names, em = _font(face)
        glyph = glyphs[names[ord(character)]]
        pen = SVGPathPen(glyphs, ntos=lambda v: num(v * 1000 / em))
        glyph.draw(pen)
        return pen.getCommands(), glyph.width * 1000 / em


def writable(string: str) -> bool:
    """Whether every character can be set exactly."""
    _, names, _ = _font("sans")
    return all(
        ord(c) in names
        and not unicodedata.combining(c)
        and unicodedata.category(c)[0] not in "C"
        and unicodedata.bidirectional(c) not in ("R", "AL")
        for c in string
    )


def _wide(face: str, text: str) -> float:
    return sum(_glyph(face, c)[1] for c in text) / 1000


@dataclass(frozen=True, slots=True)
class Setting:
    """Lines of one inscription at a size of its own; lengths in the frame's units."""

    lines: tuple[str, ...]
    face: str
    size: float  # of an em
    wide: float
    tall: float


def set_lines(string: str, face: str, room: float, high: float) -> Setting:
    """The string in as few lines as stay large, within `room` wide and `high` tall."""
    best: Setting | None = None
    for count in range(1, 5):
        lines = _broken(string, count)
        wide = max(_wide(face, line) for line in lines)
        size = min(room / wide, high / (len(lines) * LEADING))
        if best is None or size > 1.25 * best.size:
            best = Setting(lines, face, size, wide * size, len(lines) * LEADING * size)
    if best is None:  # never: one line is always tried
        raise ValueError(string)
    return best


def _broken(string: str, count: int) -> tuple[str, ...]:
    """The string in at most `count` lines of about the same length, broken at spaces and between Han."""
    places = [
        i
        for i in range(1, len(string))
        if string[i] == " "
        or (
            max(string[i - 1], string[i]) > "\u2e80"
            and string[i] not in NOT_FIRST
            and string[i - 1] not in NOT_LAST
            and string[i - 1] != " "
        )
    ]
    lines, start = [], 0
    for number in range(1, count):
        goal = len(string) * number / count
        later = [i for i in places if i > start]
        if not later:
            break
        cut = min(later, key=lambda i: abs(i - goal))
        lines.append(string[start:cut].strip())
        start = cut
    lines.append(string[start:].strip())
    return tuple(line for line in lines if line)


def outlines(setting: Setting, x: float, y: float, colour: str) -> str:
    """The lines centred in their box whose upper left corner is (x, y)."""
    parts = []
    scale = setting.size / 1000
    for row, line in enumerate(setting.lines):
        at = x + (setting.wide - _wide(setting.face, line) * setting.size) / 2
        base = y + (row + 0.5) * LEADING * setting.size + 0.36 * setting.size
        for character in line:
            shape, advance = _glyph(setting.face, character)
            if shape:
                place = f"translate({num(at)} {num(base)}) scale({scale:.5f} {-scale:.5f})"
                # The fonts come in one weight; a stroke of its own colour makes it fit for a sign.
                parts.append(
                    path(shape, colour, stroke=colour, stroke_width=26, stroke_linejoin="round", transform=place)
                )
            at += advance * scale
    return element("g", "".join(parts))


def banner(
    string: str, face: str, frame: tuple[float, float], top: float, high: float
) -> tuple[str, tuple[float, ...]]:
    """A banner with the string on it, hung from the upper edge or from the banner above it.

    `frame` is the picture's width and height; the banner lies between `top` and `top + high`. Returns the markup
    and the box (x, y, w, h) of the lettering.
    """
    width, short = frame[0], min(frame)
    pad = 0.03 * short
    setting = set_lines(string, face, 0.86 * width - 2 * pad, min(high - 1.4 * pad, 0.3 * frame[1]))
    wide, tall = setting.wide + 3 * pad, setting.tall + pad
    x, y = (width - wide) / 2, top + (high - tall) / 2
    joy = bool(JOY & set(string))
    cloth, ink, edge = ("#c8352b", "#ffe9a8", "#e8b94a") if joy else ("#fffaf0", "#33302c", "#c9b48c")
    cords = "".join(
        rect(at - 0.003 * short, -2, 0.006 * short, y + 4, edge) for at in (x + 2 * pad, x + wide - 2 * pad)
    )
    line = 0.007 * short
    inner = (x + 1.4 * line, y + 1.4 * line, wide - 2.8 * line, tall - 2.8 * line)
    board = rect(x, y, wide, tall, cloth, rx=0.5 * pad)
    board += rect(*inner, "none", rx=0.35 * pad, stroke=edge, stroke_width=line)
    inside = (x + 1.5 * pad, y + 0.5 * pad)
    return cords + board + outlines(setting, *inside, ink), (*inside, setting.wide, setting.tall)
