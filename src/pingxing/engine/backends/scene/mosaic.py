"""Pixel art: a picture in large square cells of few colours, as vectors, so that every format shows the same cells.

The picture is drawn small and finer than its cells, each cell takes the colour that covers most of it, and runs of
equal cells become rectangles. Where something is written cells are a third as wide, or small Chinese writing could
not be read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.engine.backends.scene.colour import oklab, rgb
from pingxing.engine.backends.scene.compose import Composition
from pingxing.engine.backends.scene.render import Drawing
from pingxing.engine.backends.scene.svg import num

Codes = NDArray[np.integer[Any]]
Draw = Callable[[Sequence[Drawing]], list[NDArray[np.uint8]]]
FINE = 4  # samples across a cell
LETTER = 3  # letter cells across a cell
COLOURS = 28


def mosaic(made: Composition, cells: float, draw: Draw, inks: Sequence[str] = ()) -> Composition:
    """`made` in cells, `cells` of them along its shorter side, in `inks` or else in COLOURS colours of its own.

    `draw` is RenderPool.draw. Raises BackendFailed as that does.
    """
    unit, clear = min(made.width, made.height) / cells, made.scene.transparent
    columns, rows = math.ceil(made.width / unit - 1e-6), math.ceil(made.height / unit - 1e-6)
    places = [(0, 0, columns, rows), *(_cells(text.box, made, unit, columns, rows) for text in made.scene.text)]
    drawings = []
    for number, (left, top, right, low) in enumerate(places):
        view = (left * unit, top * unit, (right - left) * unit, (low - top) * unit)
        fine = FINE * (LETTER if number else 1)
        drawings.append(Drawing(made.markup, view, (right - left) * fine, (low - top) * fine, clear))
    parts = []
    for number, ((left, top, _, _), pixels) in enumerate(zip(places, draw(drawings), strict=True)):
        side = unit / LETTER if number else unit
        place = f"translate({num(left * unit)} {num(top * unit)}) scale({side:.6f})"
        name = f"text-{number}" if number else "pixels"
        parts.append(_layer(name, pixels, place, inks, solid=not clear))
    return replace(made, markup="".join(parts))


def _cells(
    box: tuple[float, float, float, float], made: Composition, unit: float, columns: int, rows: int
) -> tuple[int, int, int, int]:
    """The whole cells (left, top, right, bottom) that hold a box given in parts of the picture."""
    x, y, w, h = box
    left, top = math.floor(x * made.width / unit), math.floor(y * made.height / unit)
    right, low = math.ceil((x + w) * made.width / unit), math.ceil((y + h) * made.height / unit)
    left, top = min(columns - 1, max(0, left)), min(rows - 1, max(0, top))
    return left, top, max(left + 1, min(columns, right)), max(top + 1, min(rows, low))


def _layer(name: str, pixels: NDArray[np.uint8], place: str, inks: Sequence[str], *, solid: bool) -> str:
    """Cells one unit wide from pixels of shape (rows * FINE, columns * FINE, 3 or 4), as one path per colour."""
    seen = np.ones(pixels.shape[:2], bool) if pixels.shape[2] == 3 else pixels[:, :, 3] >= 128
    pots, codes = _reduced(pixels[:, :, :3], seen, inks)
    grid = _commonest(codes, seen, len(pots), solid)
    paths = []
    if solid:  # one sheet of the commonest colour saves every rectangle of it
        common = int(np.bincount(grid.ravel()).argmax())
        paths.append(f'<path fill="{pots[common]}" d="M0 0H{grid.shape[1]}V{grid.shape[0]}H0Z"/>')
        grid = np.where(grid == common, -1, grid)
    for code, pot in enumerate(pots):
        d = _runs(grid == code)
        if d:
            paths.append(f'<path fill="{pot}" d="{d}"/>')
    head = f'id="slayer-{name}" data-name="{name}" shape-rendering="crispEdges" transform="{place}"'
    return f"<g {head}>{''.join(paths)}</g>"


def _reduced(pixels: NDArray[np.uint8], seen: NDArray[np.bool_], inks: Sequence[str]) -> tuple[list[str], Codes]:
    """A few colours, and for every pixel the number of the one nearest to it."""
    if inks:
        pots = np.array([rgb(ink) for ink in inks])
        labs = np.array([oklab(ink) for ink in inks])
        flat, where = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
        own = np.array([oklab("#{:02x}{:02x}{:02x}".format(*colour)) for colour in flat.tolist()])
        near = ((own[:, None] - labs) ** 2).sum(-1).argmin(-1)
        return list(inks), near[where.ravel()].reshape(pixels.shape[:2])
    visible = pixels[seen] if seen.any() else pixels.reshape(-1, 3)
    strip = Image.fromarray(np.ascontiguousarray(visible[None]))
    palette = strip.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
    whole = Image.fromarray(np.ascontiguousarray(pixels)).quantize(palette=palette, dither=Image.Dither.NONE)
    codes = np.asarray(whole)
    table = palette.getpalette() or []
    count = int(codes.max()) + 1
    pots = np.array(table[: 3 * count]).reshape(-1, 3)
    return ["#{:02x}{:02x}{:02x}".format(*pot) for pot in pots.tolist()], codes


def _commonest(codes: Codes, seen: NDArray[np.bool_], count: int, solid: bool) -> Codes:
    """The colour that covers most of each cell; -1 where more than half of it is clear."""
    rows, columns = codes.shape[0] // FINE, codes.shape[1] // FINE
    votes = np.zeros((rows, columns, count), np.int16)
    for code in range(count):
        held = ((codes == code) & seen).reshape(rows, FINE, columns, FINE)
        votes[:, :, code] = held.sum(axis=(1, 3), dtype=np.int16)
    grid = votes.argmax(-1)
    return grid if solid else np.where(votes.sum(-1) * 2 >= FINE * FINE, grid, -1)


def _runs(held: NDArray[np.bool_]) -> str:
    """Rectangles, in cells, that cover exactly the cells held: runs of a row, joined with equal runs below."""
    open_runs: dict[tuple[int, int], int] = {}
    parts: list[str] = []
    rows, columns = held.shape
    for row in range(rows + 1):
        line = held[row] if row < rows else np.zeros(columns, bool)
        edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0])))).tolist()
        now = set(zip(edges[::2], edges[1::2], strict=True))
        for (left, right), top in list(open_runs.items()):
            if (left, right) not in now:
                parts.append(f"M{left} {top}H{right}V{row}H{left}Z")
                del open_runs[left, right]
        for run in sorted(now):
            open_runs.setdefault(run, row)
    return "".join(parts)
