"""What makers deliver, measured: seams of tiles in parts of what changes inside, nails on a sheet in millimetres."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
from numpy.typing import NDArray

from bench.common import spread
from bench.marks_pictures import pictures
from pingxing.bootstrap import App
from pingxing.engine.backends.scene import SceneBackend
from pingxing.engine.backends.scene.compose import Composition
from pingxing.engine.backends.scene.render import Drawing, RenderPool
from pingxing.engine.weaving import steps, woven
from pingxing.makers import nails, patterns
from pingxing.makers.facts import facts
from pingxing.nails import FINGERS, HANDS, MM_PER_INCH, NAIL_LENGTHS, NAIL_SHAPES, Finger, Hand
from pingxing.repeat import REPEATS, Repeat, RepeatName
from pingxing.types import Picture, Request

_TILES = ("lemons and leaves", "小雏菊和蜜蜂", "sailing boats and stars", "樱花和燕子", "foxes", "草莓")
_DPI = 600  # at which a sheet is measured
_CUT_MM = 0.25  # a cut line's width: nails are measured to its middle
_DARK = 128
_SEEN = 8  # grey levels: two pixels farther apart than this are not the same
_NOTHING = 0.5  # grey levels added over all tiles: between motifs nothing changes, and a ratio says nothing
# White nails: nothing but the cut lines is dark.
_SHEET = nails.Order("樱花", palette=("#ffffff", "#fefefe"), paper="a5", tips=False, hands=False)
_GROUND = re.compile(r'<rect [^>]*fill="(#[0-9a-f]{6})"')
_SHAPES = re.compile(
    r'<use href="#motif\d+" transform="translate\((?P<ux>[-\d.]+) (?P<uy>[-\d.]+)\)[^>]*/>'
    r'|<circle cx="(?P<cx>[-\d.]+)" cy="(?P<cy>[-\d.]+)"[^>]*/>'
)
Marked = NDArray[np.bool_]
Steps = tuple[float, float]  # across the edges, inside


def seam_ratios(app: App, place: Path, count: int) -> dict[str, Any]:
    """Tiles of every layout with several wishes and across: the delivered PNG with its seal and watermark."""
    actor = app.identity.local_actor("en")
    found: dict[str, list[Steps]] = {name: [] for name in REPEATS}
    for index in range(count):
        layout, wish, across = _kind(index)
        order = patterns.Order(wish, layout, across, 110.0, 90.0, vector=False, seed=index, stem=f"tile{index}")
        (file,) = patterns.make_patterns(app, app.desk, actor, order, place, lambda *_: None).files
        found[layout].append(steps(facts(file.path.read_bytes()).first))
    by_layout = {name: _told(each) for name, each in found.items() if each}
    return _told([one for each in found.values() for one in each]) | {"by_layout": by_layout}


def _kind(index: int) -> tuple[RepeatName, str, int]:
    """Layout, wish and motifs across of a tile: every layout meets every wish, and two to four motifs across."""
    turn = index // len(REPEATS)
    return REPEATS[index % len(REPEATS)], _TILES[turn % len(_TILES)], 2 + (turn + turn // len(_TILES)) % 3


def line_ratios(count: int) -> dict[str, Any]:
    """Like with like, of drawn tiles before their seal: what changes across a tile's edges, against what changes at the
    very same lines of the same pattern where they lie in the middle of a picture.

    The mean of all inside is no fair measure of one tile: an edge that runs through motifs has more than it, as every
    line through motifs has, and one that runs between them has less.
    """
    found: dict[str, list[Steps]] = {name: [] for name in REPEATS}
    apart = 0.0
    pool = RenderPool(1)
    engine = SceneBackend(pool)
    try:
        for index in range(count):
            layout, wish, across = _kind(index)
            repeat = Repeat(layout=layout, across=across)
            made = engine.prepare(Request(prompt=wish, width=650, height=530, seed=index, repeat=repeat)).composition
            wide, high = made.width, made.height
            tile = Drawing(made.markup, (0.0, 0.0, wide, high), 650, 530)
            unbroken = Drawing(_unbroken(made), (wide / 2, high / 2, wide, high), 650, 530)
            whole, moved = pool.draw([tile, unbroken])
            half = (moved.shape[0] // 2, moved.shape[1] // 2)
            inside = sum(np.abs(_step(moved, axis, half[axis])).mean() for axis in (0, 1))
            edge = sum(np.abs(_step(whole, axis, 0)).mean() for axis in (0, 1))
            found[layout].append((float(edge), float(inside)))
            far = np.abs(np.roll(whole, half, (0, 1)).astype(np.int16) - moved).max(axis=2) > _SEEN
            apart = max(apart, float(far.mean()))
    finally:
        engine.close()
    by_layout = {name: _told(each) for name, each in found.items() if sum(within for _, within in each) > _NOTHING}
    told = _told([one for each in found.values() for one in each])
    return {"ratio": told["ratio"], "by_layout": by_layout, "pixels_apart": round(apart, 5)}


def _unbroken(made: Composition) -> str:
    """The pattern without tiles: every motif and dot once for each place where it stands, whole, wherever an edge was.

    Of what the tile holds, only what has its middle inside it is taken, so that nothing is taken twice and nothing of
    what the tile says about its own edges is believed.
    """
    head, _, body = made.markup.partition('<g id="tile"')
    ground = _GROUND.search(body)
    parts = [f'<rect x="{-made.width}" y="{-made.height}" width="{4 * made.width}" height="{4 * made.height}" '
             f'fill="{ground[1]}"/>' if ground else ""]  # fmt: skip
    for shape in _SHAPES.finditer(body):
        x, y = float(shape["ux"] or shape["cx"]), float(shape["uy"] or shape["cy"])
        if 0 <= x < made.width and 0 <= y < made.height:
            parts += [
                f'<g transform="translate({i * made.width} {j * made.height})">{shape[0]}</g>'
                for j in range(-1, 3)
                for i in range(-1, 3)
            ]
    return head + "".join(parts)


def _step(pixels: NDArray[np.uint8], axis: int, at: int) -> NDArray[np.float32]:
    """From the line before `at` to the one there; 0: from the last to the first."""
    grey = pixels[..., :3].astype(np.float32).mean(axis=2)
    step: NDArray[np.float32] = np.take(grey, at, axis) - np.take(grey, at - 1, axis)
    return step


def woven_ratios(app: App, count: int) -> dict[str, Any]:
    """Pictures that were painted, not drawn: photographs where they are at hand, scenes as pixels, textures; woven, and
    then with the watermark in them, whose own waves (of one or two grey levels) do not meet at the edges."""
    kinds, about = pictures(count)
    found: list[Steps] = []
    marked: list[Steps] = []
    before: list[Steps] = []
    for pixels in (one for kind, each in kinds.items() if kind != "flat" for one in each):
        done = woven(Picture(pixels.shape[1], pixels.shape[0], pixels)).pixels
        before.append(steps(pixels))
        found.append(steps(done))
        marked.append(steps(app.kit.weave(done, len(found))))
    told = {"as_painted": _told(before), "with_watermark": _told(marked)}
    return _told(found) | told | {"pictures": about["count"]}


def _told(found: Sequence[Steps]) -> dict[str, Any]:
    """All edges against all that is inside, and each picture's own: there an edge that happens to run through a motif
    has more, one that runs between motifs less."""
    each = [met / within for met, within in found if within]
    return {"ratio": round(sum(met for met, _ in found) / sum(within for _, within in found), 3), "each": spread(each)}


def nail_errors(app: App, place: Path, count: int) -> dict[str, Any]:
    """Sheets of every size, shape and length on papers where they fit; ten widths and ten lengths of each."""
    actor, known = app.identity.local_actor("zh"), nails.measures()
    kinds = itertools.cycle(itertools.product(NAIL_LENGTHS, NAIL_SHAPES, known.sizes))
    widths: list[float] = []
    lengths: list[float] = []
    pages: list[float] = []
    for index, (length, shape, size) in enumerate(itertools.islice(kinds, count)):
        order = replace(_SHEET, size=size, shape=shape, length=length, seed=index)
        (file,) = nails.make_nails(app, app.desk, actor, order, place / str(index), lambda *_: None).files
        page, found = measured(file.path.read_bytes())
        told = {(hand, finger): pair for (hand, finger), pair in zip(_places(), found, strict=True)}
        for (_, finger), (wide, high) in told.items():
            at = FINGERS.index(finger)
            widths.append(abs(wide - known.sizes[size][at]))
            lengths.append(abs(high - known.lengths[length][at]))
        wanted = (side / 96 * MM_PER_INCH for side in known.papers["a5"])
        pages += [abs(is_ - should) for is_, should in zip(page, wanted, strict=True)]
    return {
        "sheets": count,
        "largest_mm": round(max(*widths, *lengths, *pages), 3),
        "width_error_mm": spread(widths),
        "length_error_mm": spread(lengths),
        "page_error_mm": spread(pages),
        "measured_at_dpi": _DPI,
    }


def _places() -> tuple[tuple[Hand, Finger], ...]:
    """As they lie on a sheet: the left hand's row first, its little finger outside."""
    rows = {"left": FINGERS[::-1], "right": FINGERS}
    return tuple((hand, finger) for hand in HANDS for finger in rows[hand])


def measured(data: bytes) -> tuple[tuple[float, float], list[tuple[float, float]]]:
    """The page's sides, and width and length of every nail by the middle of its cut line, row by row; millimetres."""
    document = pypdfium2.PdfDocument(data)
    try:
        page = document[0]
        wide, high = (side / 72 * MM_PER_INCH for side in page.get_size())
        grey = np.asarray(page.render(scale=_DPI / 72, grayscale=True).to_numpy()).squeeze()
    finally:
        document.close()
    mm = MM_PER_INCH / _DPI
    # Without the head, the ruler and the hands' letters.
    dark: Marked = np.asarray(grey[int(12 / mm) : int((high - 14) / mm), int(14 / mm) :] < _DARK)
    found = []
    for top, foot in _runs(np.any(dark, axis=1), int(15 / mm)):
        row = dark[top:foot]
        for left, right in _runs(np.any(row, axis=0), int(5 / mm)):
            tall = np.flatnonzero(np.any(row[:, left:right], axis=1))
            found.append(((right - left) * mm - _CUT_MM, (tall[-1] - tall[0] + 1) * mm - _CUT_MM))
    return (wide, high), found


def _runs(marked: NDArray[np.bool_] | np.bool_, least: int) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= least]
