"""Typefaces as outlines, so that inscriptions look the same everywhere and need no fonts to be shown.

Noto Sans SC and Noto Serif SC are read by FreeType from the package pylopdf-fonts-zh-cn; the display faces come from
`assets/faces.pxf`, which `scripts/build_faces.py` writes and documents. All are under the SIL Open Font License 1.1. No
outline is hinted, rounded or changed.
"""

from __future__ import annotations

import json
import lzma
import struct
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from threading import Lock
from typing import Any

from pingxing.engine.backends.scene.svg import num
from pingxing.errors import BackendFailed

MAGIC = b"PXFACE1\n"
EM = 1000.0  # units of every length here; the fonts' own em is the same
_FILTERS = [
    {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 20, "lc": 0, "lp": 1, "pb": 1}
]
_PACKED_TOGETHER = 64  # glyphs of one block
_STEPS = 8  # straight pieces that stand for one curve where ink is measured
_lock = Lock()  # FreeType reads glyphs from one open file

Point = tuple[float, float]
SPACES = " \u3000"
JAMO = (("\u1100", "\u11ff"), ("\ua960", "\ua97f"), ("\ud7b0", "\ud7ff"))  # must be joined to syllables


@dataclass(frozen=True, slots=True)
class Face:
    """One typeface; lengths in ems of 1000. `bold` is the width of the stroke that makes it heavy enough for a sign."""

    id: str
    name: str
    capital: float  # height by which its Latin letters are judged: that of H, less where small letters are very small
    han: float = 0.0  # usual height of a Chinese character's ink
    bold: float = 0.0
    file: str = ""  # of the package with the Noto fonts; empty for those in faces.pxf


FACES = {
    face.id: face
    for face in (
        Face("sans", "Noto Sans SC", 733, 900, 26, "NotoSansSC-Regular.otf"),
        Face("serif", "Noto Serif SC", 728, 900, 26, "NotoSerifSC-Regular.otf"),
        Face("round", "ZCOOL KuaiLe", 692, 820),
        Face("brush", "Ma Shan Zheng", 700, 870),
        Face("bubble", "Fredoka", 699),
        Face("script", "Pacifico", 700),
    )
}


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character's outline: SVG path data with y up, its advance, and its curves as straight pieces."""

    path: str
    advance: float
    points: tuple[Point, ...]  # on the outline, dense enough to measure ink to a five-hundredth of an em


def writable(string: str) -> bool:
    """Whether every character can be set exactly, in Noto at least. Scripts that must be shaped cannot.

    Nor can a character without ink: what nobody sees cannot be right.
    """
    if not string.strip():
        return False
    return all(c in SPACES or (_plain(c) and _covers("sans", c) and bool(glyph("sans", c).points)) for c in string)


def covers(face: str, string: str) -> bool:
    """Whether the face has every character of the string: a string is set in one face, or in another."""
    return all(_covers(face, c) for c in string)


def _plain(character: str) -> bool:
    return (
        unicodedata.category(character)[0] not in "CM"
        and not any(low <= character <= high for low, high in JAMO)
        and unicodedata.bidirectional(character) not in ("R", "AL")
    )


@lru_cache(maxsize=8192)
def _covers(face: str, character: str) -> bool:
    if FACES[face].file:
        with _lock:
            return bool(_noto(face).get_char_index(character))
    return _packed().index(face, ord(character)) is not None


@lru_cache(maxsize=4096)
def glyph(face: str, character: str) -> Glyph:
    """Raises KeyError for a character the face lacks."""
    if not FACES[face].file:
        return _traced(*_packed().glyph(face, ord(character)))
    import freetype

    with _lock:
        font = _noto(face)
        index = font.get_char_index(character)
        if not index:
            raise KeyError(character)
        font.load_glyph(index, freetype.FT_LOAD_NO_SCALE | freetype.FT_LOAD_NO_HINTING)
        pen: list[tuple[Point, ...]] = []
        font.glyph.outline.decompose(
            pen,
            lambda a, to: to.append(((a.x, a.y),)),
            lambda a, to: to.append(((a.x, a.y), (a.x, a.y))),
            lambda a, b, to: to.append(((a.x, a.y), (b.x, b.y), (b.x, b.y))),
            lambda a, b, c, to: to.append(((a.x, a.y), (b.x, b.y), (c.x, c.y), (c.x, c.y))),
        )
        return _traced(float(font.glyph.metrics.horiAdvance), pen)


def warm() -> None:
    """Open every face, so that the first inscription is set as fast as the next."""
    for face in FACES:
        glyph(face, "A")


@cache
def _noto(face: str) -> Any:
    """Raises BackendFailed where the package with the fonts is missing or broken."""
    import freetype

    try:
        return freetype.Face(str(files("pylopdf_fonts_zh_cn") / FACES[face].file))
    except (ModuleNotFoundError, freetype.FT_Exception) as error:
        raise BackendFailed("art", file=FACES[face].file) from error


class _Packed:
    """Random access to the packed faces. Safe to share between threads: it is only read."""

    def __init__(self, data: bytes) -> None:
        if data[:8] != MAGIC:
            raise BackendFailed("art", file="faces.pxf")
        self._start = 16 + int.from_bytes(data[8:16], "little")
        self._directory: dict[str, dict[str, Any]] = json.loads(data[16 : self._start])
        self._data = data
        self._firsts = {name: [first for first, _ in row["runs"]] for name, row in self._directory.items()}
        self._before: dict[str, list[int]] = {}
        for name, row in self._directory.items():
            total, before = 0, []
            for _, count in row["runs"]:
                before.append(total)
                total += count
            self._before[name] = before

    def index(self, face: str, code: int) -> int | None:
        """Place of a character among the face's glyphs."""
        run = bisect_right(self._firsts[face], code) - 1
        if run < 0:
            return None
        first, count = self._directory[face]["runs"][run]
        return self._before[face][run] + code - first if code < first + count else None

    def codes(self, face: str) -> list[int]:
        return [first + i for first, count in self._directory[face]["runs"] for i in range(count)]

    def glyph(self, face: str, code: int) -> tuple[float, list[tuple[Point, ...]]]:
        """Advance, and the pen's moves (one point) and curves (two controls' worth of points)."""
        index = self.index(face, code)
        if index is None:
            raise KeyError(chr(code))
        advances, outlines = _block(face, index // _PACKED_TOGETHER)
        return float(advances[index % _PACKED_TOGETHER]), _pen(outlines[index % _PACKED_TOGETHER])

    def block(self, face: str, number: int) -> bytes:
        offset, length = self._directory[face]["blocks"][number]
        begin = self._start + offset
        return self._data[begin : begin + length]


@cache
def _packed() -> _Packed:
    return _Packed((files("pingxing.engine.backends.scene") / "assets" / "faces.pxf").read_bytes())


Contour = list[tuple[int, int, int]]  # x, y, on the curve


@lru_cache(maxsize=64)
def _block(face: str, number: int) -> tuple[tuple[int, ...], list[list[Contour]]]:
    return unpacked(inflated(_packed().block(face, number)))


def inflated(block: bytes) -> bytes:
    return lzma.decompress(block, format=lzma.FORMAT_RAW, filters=_FILTERS)


def unpacked(data: bytes) -> tuple[tuple[int, ...], list[list[Contour]]]:
    """Advances and contours of a block's glyphs (the form is `scripts/build_faces.py`'s)."""
    at = 0
    streams: list[tuple[int, ...]] = []
    for kind, size in (("H", 2), ("B", 1), ("H", 2), ("B", 1), ("h", 2), ("h", 2)):
        (length,) = struct.unpack_from("<I", data, at)
        streams.append(struct.unpack_from(f"<{length // size}{kind}", data, at + 4))
        at += 4 + length
    advances, counts, lengths, flags, xs, ys = streams
    glyphs: list[list[Contour]] = []
    contour = point = 0
    for count in counts:
        outline: list[Contour] = []
        x = y = 0
        for length in lengths[contour : contour + count]:
            found: Contour = []
            for i in range(point, point + length):
                x, y = x + xs[i], y + ys[i]
                found.append((x, y, flags[i]))
            outline.append(found)
            point += length
        contour += count
        glyphs.append(outline)
    return advances, glyphs


def _pen(outline: list[Contour]) -> list[tuple[Point, ...]]:
    """TrueType contours (ISO/IEC 14496-22, glyf) as moves, lines and quadratic curves."""
    pen: list[tuple[Point, ...]] = []
    for contour in outline:
        points: list[tuple[float, float, int]] = []
        for i, (ahead_x, ahead_y, on) in enumerate(contour):
            px, py, before = contour[i - 1]
            if not on and not before:  # between two controls lies a point on the curve
                points.append(((px + ahead_x) / 2, (py + ahead_y) / 2, 1))
            points.append((ahead_x, ahead_y, on))
        first = next(i for i, point in enumerate(points) if point[2])
        points = points[first:] + points[: first + 1]
        pen.append((points[0][:2],))
        control: Point | None = None
        for x, y, on in points[1:]:
            if not on:
                control = (x, y)
            elif control is None:
                pen.append(((x, y), (x, y)))
            else:
                pen.append((control, (x, y), (x, y)))
                control = None
    return pen


def _traced(advance: float, pen: Sequence[tuple[Point, ...]]) -> Glyph:
    """Path and points of a pen's way: a move has one point, a line or curve its controls and, twice, its end."""
    parts: list[str] = []
    points: list[Point] = []
    at: Point = (0.0, 0.0)
    for step in pen:
        to = step[-1]
        if len(step) == 1:
            parts.append(("Z" if parts else "") + f"M{num(to[0])} {num(to[1])}")
            points.append(to)
        else:
            letter = "LQC"[len(step) - 2]
            parts.append(letter + " ".join(f"{num(x)} {num(y)}" for x, y in step[:-1]))
            points += _along(at, step[:-1])
        at = to
    return Glyph("".join(parts) + ("Z" if parts else ""), advance, tuple(points))


def _along(start: Point, rest: Sequence[Point]) -> list[Point]:
    """Points along a Bézier curve of any degree (de Casteljau); of a line, its end."""
    if len(rest) == 1:
        return [rest[0]]
    found = []
    for step in range(1, _STEPS + 1):
        t = step / _STEPS
        level: list[Point] = [start, *rest]
        while len(level) > 1:
            level = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(level)]
        found.append(level[0])
    return found
