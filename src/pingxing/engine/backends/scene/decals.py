"""Decals for nails: small motifs on a sheet, each within a cut line, at their true size.

    laid(count, kinds, room) -> decals in rows         thick(markup, least) -> no stroke thinner than that

Lengths are tenths of a millimetre, like everything on a nail sheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, sqrt

from pingxing.engine.backends.scene.manicure import THINNEST, UNITS
from pingxing.engine.backends.scene.svg import num, rect

LEAST, MOST = 5.0 * UNITS, 17.0 * UNITS  # a decal's longer side: smaller cannot be handled, larger covers no nail
_EDGE = 0.8 * UNITS  # of film around the motif, within the cut line
_GAP = 0.8 * UNITS  # between two cut lines: room for a blade
_SIZES = (1.0, 0.78, 0.9, 0.7)  # in turn, so that a sheet has some for thumbs and some for little fingers
_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>")
_WIDTH = re.compile(r'(stroke-width[=:]\s*"?)([\d.]+)')
_TRANSFORM = re.compile(r'\btransform="([^"]*)"')
_SCALE = re.compile(r"\bscale\(\s*(-?[\d.eE-]+)(?:[\s,]+(-?[\d.eE-]+))?\s*\)")
_MATRIX = re.compile(r"\bmatrix\(([^)]*)\)")
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Decal:
    """Which motif, its middle, and its longer side."""

    kind: int
    x: float
    y: float
    size: float


def laid(count: int, kinds: int, room: Box) -> tuple[Decal, ...] | None:
    """`count` decals in even rows within a box (left, top, width, height); None where they would be too small."""
    left, top, wide, high = room
    columns = max(range(1, count + 1), key=lambda n: min(wide / n, high / ceil(count / n)))
    rows = ceil(count / columns)
    across, down = wide / columns, high / rows
    largest = min(MOST, min(across, down) - _GAP - 2 * _EDGE)
    if largest < LEAST:
        return None
    return tuple(
        Decal(
            (n + n // columns) % kinds,  # a row on, a motif on: no column of one kind
            left + (n % columns + 0.5) * across,
            top + (n // columns + 0.5) * down,
            max(LEAST, largest * _SIZES[(n // kinds + n // columns) % len(_SIZES)]),
        )
        for n in range(count)
    )


def cut_line(decal: Decal, wide: float, high: float, ink: str) -> str:
    """About a motif of these sides, with round corners, so that no corner lifts off the nail."""
    w, h = (side * decal.size / max(wide, high) + 2 * _EDGE for side in (wide, high))
    return rect(
        decal.x - w / 2, decal.y - h / 2, w, h, "none",
        rx=0.3 * min(w, h), stroke=ink, stroke_width=THINNEST, data_cut="line",
    )  # fmt: skip


def thick(markup: str, least: float) -> str:
    """The same with every stroke at least `least` wide, in units of the whole markup: scales on the way are counted."""
    return "".join(_thickened(markup, least))


def _thickened(markup: str, least: float) -> Iterator[str]:
    scales, at = [1.0], 0
    for tag in _TAG.finditer(markup):
        yield markup[at : tag.start()]
        at = tag.end()
        if tag[1]:
            scales.pop()
            yield tag[0]
            continue
        scale = scales[-1] * _scale(tag[3])
        wanted = least / scale if scale else 0.0
        yield _WIDTH.sub(lambda found, wanted=wanted: f"{found[1]}{num(max(wanted, float(found[2])))}", tag[0])  # type: ignore[misc]
        if not tag[4]:
            scales.append(scale)
    yield markup[at:]


def _scale(members: str) -> float:
    """How much a tag's transform enlarges lengths, on the mean of both ways."""
    told = _TRANSFORM.search(members)
    if told is None:
        return 1.0
    area = 1.0
    for found in _SCALE.finditer(told[1]):
        area *= float(found[1]) * float(found[2] or found[1])
    for matrix in _MATRIX.finditer(told[1]):
        a, b, c, d = (float(number) for number in re.split(r"[\s,]+", matrix[1].strip())[:4])
        area *= a * d - b * c
    return sqrt(abs(area))
