"""Inscriptions set as outlines: broken into lines or columns, sized to their room, measured by their ink.

A string is set whole and in one face, or not at all (`faces.writable` says which); nothing is shaped, replaced or
left out. The box of a setting is that of its ink, so that what stands in `SceneText.box` is what pixels show.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from pingxing.engine.backends.scene.colour import rgb
from pingxing.engine.backends.scene.faces import EM, FACES, glyph, writable
from pingxing.engine.backends.scene.svg import element, num, path

__all__ = ["Setting", "contrast", "fit", "legible", "outlines", "set_lines", "writable"]

LEADING, COLUMN = 1.24, 1.16  # height of a line, width of a column, in ems
MOST_LINES = 6
# A line breaks before these never, after those never (the usual rule of Chinese typesetting).
# Full-width forms (Unicode block FF00) are written as escapes: many fonts show them like their ASCII relatives.
NOT_FIRST = set("。、》」』】”’…—,.;:?!)]}%~\uff0c\uff0e\uff1b\uff1a\uff1f\uff01\uff09\uff3d\uff5d\uff05\uff5e")
NUMERALS = set("0123456789零〇一二三四五六七八九十百千万两几半")
MEASURES = set("杯个只条张朵颗双对名位面块把辆座家场副枚顶棵株岁周年月日号点折元件份碗盘瓶斤次天人级楼层届期章课价")
PREFIXES = set("第")
NOT_LAST = set("《「『【“‘([{\uff08\uff3b\uff5b")
TURNED = set(
    "(){}[]<>《》〈〉「」『』【】…—-~\uff08\uff09\uff3b\uff3d\uff5b\uff5d\uff5e\uff0d"
)  # lie on their side in a column
HANGING = set("。、,\uff0c")  # stand in the upper right of their cell in a column
READABLE = 4.5  # contrast of letters and ground, WCAG 2.2 success criterion 1.4.3
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Setting:
    """One inscription at a size of its own. `lines` are columns, right to left, where `upright`."""

    lines: tuple[str, ...]
    face: str
    size: float  # of an em, in the frame's units
    upright: bool = False
    bend: float = 0.0  # how far the middle of a line hangs below its ends, in parts of its width

    @property
    def ink(self) -> float:
        """Height of a capital or of a Chinese character, in the frame's units: what must be large enough to be read."""
        han = any(c > "\u2e80" for line in self.lines for c in line)
        return self.size * (FACES[self.face].han if han else FACES[self.face].capital) / EM


@dataclass(frozen=True, slots=True)
class _Spot:
    """A character and where its origin is, in ems of the setting (y down), turned by `angle` degrees."""

    character: str
    x: float
    y: float
    angle: float = 0.0


@lru_cache(maxsize=512)
def _spots(lines: tuple[str, ...], face: str, upright: bool, bend: float) -> tuple[tuple[_Spot, ...], Box]:
    """Every character's place, and the box of all ink, in ems."""
    spots = _columns(lines, face) if upright else _rows(lines, face, bend)
    half = FACES[face].bold / EM / 2
    xs, ys = [], []
    for spot in spots:
        angle = math.radians(spot.angle)
        cos, sin = math.cos(angle), math.sin(angle)
        for px, py in glyph(face, spot.character).points:
            x, y = px / EM, -py / EM
            xs.append(spot.x + x * cos - y * sin)
            ys.append(spot.y + x * sin + y * cos)
    if not xs:
        raise ValueError("nothing but spaces")
    return spots, (min(xs) - half, min(ys) - half, max(xs) + half, max(ys) + half)


def _wide(face: str, text: str) -> float:
    return sum(glyph(face, c).advance for c in text) / EM


def _rows(lines: tuple[str, ...], face: str, bend: float) -> tuple[_Spot, ...]:
    widest = max(_wide(face, line) for line in lines)
    found = []
    for row, line in enumerate(lines):
        wide = _wide(face, line)
        x, base = -wide / 2, row * LEADING
        for c in line:
            advance = glyph(face, c).advance / EM
            # A parabola: the middle hangs by `bend` of the width below the ends, letters lean with it.
            t = (x + advance / 2) / (widest / 2)
            drop = bend * widest * (1 - t * t)
            angle = -math.degrees(math.atan(4 * bend * t))
            found.append(_Spot(c, *_about_middle(x, base + drop, advance, angle), angle))
            x += advance
    return tuple(found)


def _about_middle(x: float, y: float, advance: float, angle: float) -> tuple[float, float]:
    """The origin of a character turned about the middle of its baseline."""
    turn = math.radians(angle)
    return x + advance / 2 * (1 - math.cos(turn)), y - advance / 2 * math.sin(turn)


def _step(character: str, face: str) -> float:
    """Height of a character's cell in a column, in ems."""
    if character in TURNED:
        return max(glyph(face, character).advance / EM, 0.6)
    return 0.7 if character in HANGING else 0.4 if character == " " else 1.06


def _cells(line: str, face: str) -> float:
    return sum(_step(c, face) for c in line)


def _columns(lines: tuple[str, ...], face: str) -> tuple[_Spot, ...]:
    found = []
    for number, line in enumerate(lines):
        middle = -number * COLUMN
        y = 0.0
        for c in line:
            advance = glyph(face, c).advance / EM
            if c in TURNED and c != " ":
                found.append(_Spot(c, middle - 0.38, y + (_step(c, face) - advance) / 2, 90.0))
            elif c in HANGING:
                found.append(_Spot(c, middle + 0.02, y + 0.36))
            elif c == " ":
                found.append(_Spot(c, middle, y))
            else:
                found.append(_Spot(c, middle - advance / 2, y + 0.88))
            y += _step(c, face)
    return tuple(found)


def extent(setting: Setting) -> tuple[float, float]:
    """Width and height of the ink, in the frame's units."""
    _, (x0, y0, x1, y1) = _spots(setting.lines, setting.face, setting.upright, setting.bend)
    return (x1 - x0) * setting.size, (y1 - y0) * setting.size


def cell_height(setting: Setting) -> float:
    """Height of the longest column's cells, in the frame's units; 0 for lines."""
    if not setting.upright:
        return 0.0
    return max(_cells(line, setting.face) for line in setting.lines) * setting.size


def nudge(setting: Setting) -> tuple[float, float]:
    """How far the middle of a setting's ink lies from the middle of its cells, in the frame's units; 0 for lines."""
    if not setting.upright:
        return 0.0, 0.0
    _, (x0, y0, x1, y1) = _spots(setting.lines, setting.face, setting.upright, setting.bend)
    middle = -(len(setting.lines) - 1) * COLUMN / 2
    return ((x0 + x1) / 2 - middle) * setting.size, ((y0 + y1) / 2) * setting.size - cell_height(setting) / 2


def set_lines(string: str, face: str, room: float, high: float, bend: float = 0.0) -> Setting:
    """The string in as few lines as stay large, its ink within `room` wide and `high` tall."""
    best: Setting | None = None
    for count in range(1, MOST_LINES + 1):
        lines = _broken(string, count)
        if len(lines) < count and best is not None:
            break
        found = _sized(lines, face, room, high, False, bend if len(lines) <= 2 else 0.0)
        torn = count > 1 and len(string) < 4 and string[0] > "\u2e80"  # three characters make no two good lines
        if best is None or found.size > (1.7 if torn else 1.15 if count < 4 else 1.1) * best.size:
            best = found
    if best is None:
        raise ValueError(string)
    return best


def set_columns(string: str, face: str, room: float, high: float, most: int = MOST_LINES) -> Setting:
    """The string in columns from right to left, as few as stay large."""
    best: Setting | None = None
    for count in range(1, most + 1):
        found = _sized(_broken(string, count), face, room, high, True, 0.0)
        if best is None or found.size > (1.9 if len(string) < 6 else 1.2) * best.size:
            best = found
    if best is None:
        raise ValueError(string)
    return best


def fit(string: str, face: str, room: float, high: float, *, upright: bool = False, bend: float = 0.0) -> Setting:
    """Lines or, for Chinese where `upright` allows it and the room is tall, columns: whichever is larger."""
    rows = set_lines(string, face, room, high, bend)
    if not upright or not all(c > "\u2e80" or c in HANGING for c in string):
        return rows
    columns = set_columns(string, face, room, high)
    if len(rows.lines) > 1 and all(len(line) == 1 for line in rows.lines):
        return columns  # as good as a column, and not set as one
    ragged = len(rows.lines) > 1 and len(string) < 8 and len({len(line) for line in rows.lines}) > 1
    return columns if columns.size > (0.7 if ragged else 1.1) * rows.size else rows


def _sized(lines: tuple[str, ...], face: str, room: float, high: float, upright: bool, bend: float) -> Setting:
    _, (x0, y0, x1, y1) = _spots(lines, face, upright, bend)
    return Setting(lines, face, min(room / (x1 - x0), high / (y1 - y0)), upright, bend)


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
            and not (string[i - 1].isascii() and string[i].isascii())
        )
    ]
    lines, start = [], 0
    for number in range(1, count):
        goal = len(string) * number / count
        later = [i for i in places if i > start]
        if not later:
            break
        cut = min(later, key=lambda i: abs(i - goal) + _reluctance(string[i - 1], string[i]))
        lines.append(string[start:cut].strip())
        start = cut
    lines.append(string[start:].strip())
    return tuple(line for line in lines if line)


def _reluctance(before: str, after: str) -> float:
    """How many characters out of balance a break there is worth avoiding: best after a stop, worst in a number."""
    if before in NOT_FIRST:
        return -0.8
    counted = before in NUMERALS and (after in NUMERALS or after in MEASURES)
    return 2.5 if counted or before in PREFIXES else 0.0


def outlines(setting: Setting, x: float, y: float, colour: str, glow: str | None = None) -> str:
    """The lettering with the upper left corner of its ink at (x, y); `glow` adds light of that colour around it."""
    spots, (x0, y0, _, _) = _spots(setting.lines, setting.face, setting.upright, setting.bend)
    scale, bold = setting.size / EM, FACES[setting.face].bold
    placed = []
    for spot in spots:
        shape = glyph(setting.face, spot.character).path
        if shape:
            at = f"translate({x + (spot.x - x0) * setting.size:.3f} {y + (spot.y - y0) * setting.size:.3f})"
            turn = f" rotate({num(spot.angle)})" if spot.angle else ""
            placed.append((shape, f"{at}{turn} scale({scale:.6f} {-scale:.6f})"))
    heavy: dict[str, float | str | None] = (
        {"stroke": colour, "stroke_width": bold, "stroke_linejoin": "round"} if bold else {"stroke": "none"}
    )
    parts = []
    if glow is not None:
        parts += [
            path(d, glow, stroke=glow, stroke_width=f"{wide * EM:.0f}", stroke_linejoin="round", transform=t)
            for wide in (0.2,)
            for d, t in placed
        ]
        parts = [element("g", "".join(parts), opacity="0.3")]
    parts += [path(d, colour, transform=t, **heavy) for d, t in placed]
    return element("g", "".join(parts), data_text="letters")


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=4096)
def _luminance(colour: str) -> float:
    parts = [v / 255 for v in rgb(colour)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def legible(ground: str, *inks: str) -> str:
    """The first of the inks that can be read on the ground; else black or white, of which one always can."""
    for ink in inks:
        if contrast(ground, ink) >= READABLE:
            return ink
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ground, ink))
