"""The seal: a small vermilion plate with `AI生成` or `AI generated`, in capitals, on it.

A plate of its own makes the contrast independent of the picture: the words stand on vermilion
(6.2:1 against paper, 8.2:1 where they are small), whatever lies around, and a hairline of paper
parts the plate from a picture that is vermilion itself. Everything is drawn from outlines, so that
raster and vector formats show the same shapes and no machine's fonts matter.

GB 45438-2025, image labels: glyph height at least 5 % of the shortest side. We count ink, not the
font's nominal size, and we count it for the lowest glyph of the wording, so every single glyph
passes. English is set in capitals: they share one height, where small letters (a, e, n, r) would
force all others, and the plate, to be half as large again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from math import ceil
from typing import Any

from pingxing.types import Language

PAPER = "#FAF8F3"
# The studio's vermilion #B93A27 gives 5.4:1 and, after lossy compression of a small mark, less than the
# 4.5:1 that must remain. One shade deeper holds; small words, whose strokes are mostly antialiased
# edges, get a deeper one still.
VERMILION, DEEP_VERMILION = "#A93421", "#8E2517"
_SMALL_EM = 26  # pixels; below, the deeper shade
REQUIRED_SHARE = 0.05  # GB 45438-2025: of the shortest side
_AIM_SHARE = 0.0525  # a little more, so that a row lost to antialiasing never breaks the rule
_LOWEST_INK = {"zh": 12, "en": 7}  # pixels; below, the words could not be read on a small picture
# Beside Chinese, capitals are set larger, as tall as their neighbours: all four glyphs share the height
# the law asks for, and the whole plate becomes a seventh smaller.
_CAPITALS_IN_CHINESE, _CAPITALS_SINK = 1.16, 45  # factor; units downwards
_BOLDER, _BOLDER_SMALL = 40, 62  # units; Noto Sans SC Regular, thickened so that white on red does not look thin
_SMALL_INK = 10  # pixels; strokes of lower letters would be thinner than one
_CORNER, _PADDING_X, _PADDING_Y, _LEADING = 0.26, 0.36, 0.25, 1.3  # in em
_MARGIN_SHARE = 0.022  # of the shortest side, between plate and edge
_WIDEST = 0.86  # of the picture; a wider line is broken in two


@dataclass(frozen=True, slots=True)
class Glyph:
    """One drawn glyph in plate pixels: origin on the baseline, and the box its ink should fill."""

    character: str
    x: float
    baseline: float
    scale: float  # pixels per font unit
    box: tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Plate:
    """A laid-out plate, not yet placed. Sizes are whole pixels, so that its edges are sharp."""

    language: Language
    width: int
    height: int
    margin: int
    ring: int
    radius: float
    stroke: float  # font units
    tone: str
    required: float  # pixels of ink height that the law asks for
    glyphs: tuple[Glyph, ...]

    def svg(self) -> str:
        """The plate as SVG elements, its top left corner at the origin."""
        outlines = _font()["glyphs"]
        inner, ring = max(0.0, self.radius - self.ring), self.ring
        shapes = "".join(
            f'<path transform="translate({_n(g.x)} {_n(g.baseline)}) scale({g.scale:.6f})"'
            f' d="{outlines[g.character]["path"]}"/>'
            for g in self.glyphs
        )
        return (
            f'<rect width="{self.width}" height="{self.height}" rx="{_n(self.radius)}" fill="{PAPER}"/>'
            f'<rect x="{ring}" y="{ring}" width="{self.width - 2 * ring}" height="{self.height - 2 * ring}"'
            f' rx="{_n(inner)}" fill="{self.tone}"/>'
            f'<g fill="{PAPER}" stroke="{PAPER}" stroke-width="{_n(self.stroke)}" stroke-linejoin="round">{shapes}</g>'
        )


def wording(language: Language) -> str:
    """What the seal says."""
    return str(_font()["wordings"][language])


def lettering(language: Language) -> str:
    """The same as it is drawn."""
    return wording(language).upper()


def outlines(language: Language) -> tuple[str, ...]:
    """The path data of the wording's drawn glyphs, in order: what a sealed SVG must contain."""
    glyphs = _font()["glyphs"]
    return tuple(str(glyphs[c]["path"]) for c in lettering(language) if glyphs[c]["ink"])


@lru_cache(maxsize=512)
def layout(width: int, height: int, language: Language) -> Plate:
    """The plate for a picture of `width` x `height` pixels: the first arrangement that has room.

    In what is smaller than any picture of ours, a stranger's file that is looked at, the smallest one.
    """
    for plate in _arrangements(width, min(width, height), language):
        if plate.width <= width:
            break
    return plate


def _arrangements(width: int, shortest: int, language: Language) -> Iterator[Plate]:
    line = lettering(language)
    if language == "en":
        one = _lay([line], shortest, "en")
        if one.width <= _WIDEST * width:
            yield one
        yield _lay(line.split(" "), shortest, "en")
    # An icon has no room for English words that can be read; the Chinese ones are half as wide, and still legible
    # a pixel or two below the size that is preferred. What the law asks for is kept at any size.
    for ink in range(_LOWEST_INK["zh"], 0, -1):
        yield _lay([lettering("zh")], shortest, "zh", ink)


def _lay(lines: list[str], shortest: int, language: Language, lowest_ink: int = _LOWEST_INK["en"]) -> Plate:
    """Scale the wording so that its lowest glyph is tall enough, and set it on whole pixel rows."""
    font = _font()["glyphs"]
    drawn = [c for line in lines for c in line if font[c]["ink"]]
    # Above the baseline: what a round letter reaches below it, antialiasing may swallow.
    lowest = min(font[c]["ink"][3] * _factor(c, language) for c in drawn)
    aim = max(ceil(_AIM_SHARE * shortest), lowest_ink)
    bolder = _BOLDER_SMALL if aim < _SMALL_INK else _BOLDER
    scale = aim / (lowest + bolder)
    em, half = 1000 * scale, bolder * scale / 2
    ring = max(1, round(0.0028 * shortest))
    pad_x, pad_y = ring + _PADDING_X * em, ring + _PADDING_Y * em
    top = max(font[c]["ink"][3] for c in lines[0] if font[c]["ink"]) * scale + half
    bottom = -min(font[c]["ink"][1] for c in drawn) * scale + half
    first = ceil(pad_y + top + half) - half  # the stroke's lower edge on a whole row: sharp feet
    glyphs: list[Glyph] = []
    right = 0.0
    for row, line in enumerate(lines):
        x, baseline = pad_x - font[line[0]]["ink"][0] * scale + half, first + row * round(_LEADING * em)
        for character in line:
            own = scale * _factor(character, language)
            if font[character]["ink"]:
                sunk = baseline + (round(_CAPITALS_SINK * scale) if own != scale else 0)
                glyphs.append(_glyph(character, x, sunk, own, bolder))
                right = max(right, glyphs[-1].box[2])
            x += font[character]["advance"] * own
    return Plate(
        language=language,
        width=ceil(right + pad_x),
        height=ceil(glyphs[-1].baseline + bottom + pad_y),
        margin=max(1, round(_MARGIN_SHARE * shortest)),
        ring=ring,
        radius=_CORNER * em,
        stroke=float(bolder),
        tone=DEEP_VERMILION if em < _SMALL_EM else VERMILION,
        required=REQUIRED_SHARE * shortest,
        glyphs=tuple(glyphs),
    )


def _glyph(character: str, x: float, baseline: float, scale: float, bolder: float) -> Glyph:
    left, bottom, right, top = _font()["glyphs"][character]["ink"]
    half = bolder / 2
    begin = (x + (left - half) * scale, baseline - (top + half) * scale)
    return Glyph(
        character, x, baseline, scale, (*begin, x + (right + half) * scale, baseline - (bottom - half) * scale)
    )


def _factor(character: str, language: Language) -> float:
    return _CAPITALS_IN_CHINESE if language == "zh" and character.isascii() else 1.0


def _n(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


@cache
def _font() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((files("pingxing.label") / "glyphs.json").read_text(encoding="utf-8"))
    return data
