"""Measure the outline of every icon of the scene engine's art: `python scripts/build_shapes.py [SET ...]`.

With names of sets ("drawn" after `build_drawn.py`), only these are measured again.

Reads the shipped art, draws each icon once, small, and writes `assets/shapes.npz`: for every set one array of
concept names (joined by newlines) and one of uint8 rows, each 72 bytes of mask (24 x 24 cells of the visible box,
row by row, a bit is set where at least half of the cell is drawn) and 24 bytes of skyline (the topmost drawn
point of each column, in 255ths of the height from the top; 255 where the column is empty). Skin tones share the
outline of their plain relative. The same art gives the same bytes.
"""

from __future__ import annotations

import io
import re
import sys
from typing import Any

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image

from pingxing.engine.backends.scene.art import Art, Icon, assets, shipped
from pingxing.engine.backends.scene.traits import TONE

CELLS = 24
FINE = 4  # pixels a side of one cell
FILTER = re.compile(r' filter="[^"]*"')
SOLID = 90  # alpha from which a pixel counts as drawn


def drawn(art: Art, icon: Icon) -> NDArray[np.bool_]:
    """The visible box of the icon as CELLS * FINE square pixels."""
    side = CELLS * FINE
    x0, y0, _, _ = icon.box
    view = f'viewBox="{x0} {y0} {icon.width} {icon.height}" preserveAspectRatio="none"'
    body = FILTER.sub("", art.body(icon)).replace("~", "m")  # blurs are shading; resvg fails on some at this size
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" {view}>{body}</svg>'
    png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGBA"))[:, :, 3] > SOLID


def row_of(solid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    cells = solid.reshape(CELLS, FINE, CELLS, FINE).mean(axis=(1, 3)) >= 0.5
    first = np.where(solid.any(axis=0), solid.argmax(axis=0), solid.shape[0])
    tops = np.median(first.reshape(CELLS, FINE), axis=1) / solid.shape[0]
    return np.concatenate([np.packbits(cells.ravel()), np.round(tops * 255).astype(np.uint8)])


def main() -> None:
    art, found, path = shipped(), dict[str, Any](), assets() / "shapes.npz"
    wanted = sys.argv[1:] or list(art.sets)
    if sys.argv[1:]:
        with np.load(path, allow_pickle=False) as known:
            found.update(known)
    for name in wanted:
        concepts = sorted(c for c in art.concepts(name) if not TONE.search(c))
        rows = []
        for concept in concepts:
            icon = art.find(name, concept)
            if icon is None:  # never: the set lists it
                raise SystemExit(f"{name} {concept}: listed and not found")
            rows.append(row_of(drawn(art, icon)))
        found[f"{name}-names"] = np.frombuffer("\n".join(concepts).encode(), np.uint8)
        found[f"{name}-rows"] = np.stack(rows) if rows else np.zeros((0, CELLS * CELLS // 8 + CELLS), np.uint8)
        print(name, len(rows), file=sys.stderr)
    np.savez_compressed(path, **{name: found[name] for name in sorted(found)})
    print(path, path.stat().st_size, "bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
