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

from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.svg import circle, element, num, path, polygon, rect

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


# What carries the words: its ground, its letters, its edge.
BOARDS = {
    "card": ("#fffaf0", "#33302c", "#c9b48c"),
    "joy": ("#c8352b", "#ffe9a8", "#e8b94a"),
    "cloth": ("#2f6f8f", "#fff8e6", "#f2d28a"),
    "wood": ("#b07a48", "#fff3d6", "#7a4f2c"),
    "neon": ("#1b1430", "#ff8fd0", "#6fe3ff"),
}
Colours = tuple[str, str, str]


def banner(
    string: str,
    face: str,
    frame: tuple[float, float],
    top: float,
    high: float,
    board: str = "card",
    colours: Colours | None = None,
) -> tuple[str, tuple[float, ...]]:
    """A board hung from the upper edge with the string on it: markup, and the box of the lettering.

    `frame` is the picture's width and height; the board lies between `top` and `top + high`. `board` is a key
    of BOARDS, `colours` a style's own instead of the board's.
    """
    width, short = frame[0], min(frame)
    pad = 0.03 * short
    if board == "card" and JOY & set(string):
        board = "joy"
    tails = 1.6 * pad if board == "cloth" else 0.0
    room = 0.86 * width - 2 * pad - 2 * tails
    setting = set_lines(string, face, room, min(high - 1.4 * pad, 0.3 * frame[1]))
    wide, tall = setting.wide + 3 * pad, setting.tall + pad
    x, y = (width - wide) / 2, top + (high - tall) / 2
    ground, ink, edge = colours or BOARDS[board]
    spots = (x + 2 * pad, x + wide - 2 * pad)
    parts = [rect(at - 0.003 * short, -2, 0.006 * short, y + 4, edge) for at in spots]
    parts += _tails(x, y, wide, tall, tails, shade(ground, -0.09)) if tails else []
    parts += _board(board, x, y, wide, tall, pad, (ground, edge), 0.007 * short)
    inside = (x + 1.5 * pad, y + 0.5 * pad)
    parts.append(outlines(setting, *inside, ink))
    return "".join(parts), (*inside, setting.wide, setting.tall)


def _board(
    board: str, x: float, y: float, wide: float, tall: float, pad: float, paint: tuple[str, str], line: float
) -> list[str]:
    ground, edge = paint
    parts = [rect(x, y, wide, tall, ground, rx=0.5 * pad)]
    if board == "wood":  # planks
        parts += [rect(x, y + tall * part, wide, 0.45 * line, shade(ground, -0.09)) for part in (1 / 3, 2 / 3)]
        parts += [circle(at, y + 0.5 * pad, 0.7 * line, shade(edge, -0.1)) for at in (x + pad, x + wide - pad)]
        return [*parts, rect(x, y, wide, tall, "none", rx=0.5 * pad, stroke=edge, stroke_width=line)]
    gap = 1.4 * line
    frame = rect(
        x + gap, y + gap, wide - 2 * gap, tall - 2 * gap, "none", rx=0.35 * pad, stroke=edge, stroke_width=line
    )
    return [*parts, frame]


def _tails(x: float, y: float, wide: float, tall: float, long: float, colour: str) -> list[str]:
    """The swallow-tailed ends of a cloth banner, behind it."""
    drop = 0.14 * tall
    found = []
    for at, way in ((x, -1), (x + wide, 1)):
        far, near, low = at + way * long, at - way * long, y + drop + tall
        spots = [(near, y + drop), (far, y + drop), (at + way * long * 0.45, low - tall / 2), (far, low), (near, low)]
        found.append(path(polygon(spots), colour))
    return found
