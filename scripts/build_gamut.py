"""Build src/pingxing/engine/data/fogra39.json: how colourful an offset press can be, by lightness and hue.

    python scripts/build_gamut.py FOGRA39L.ti3

The input is Fogra's characterisation of coated offset printing (ISO 12647-2), FOGRA39L, as shipped under the zlib
licence in Debian's package icc-profiles-free 2.0.1 (/usr/share/color/icc/FOGRA39L.ti3). Of its 1,617 measured patches
the surface of the CMY cube, and its darkening by black, are sampled finely by multilinear interpolation; the farthest
chroma in each cell of lightness and hue is kept. What is written is derived data, not the original.
"""

from __future__ import annotations

import json
import sys
from itertools import product
from pathlib import Path

import numpy as np

L_STEP, H_STEP = 5, 10  # of CIE L* and of hue in degrees
OUT = Path(__file__).parents[1] / "src/pingxing/engine/data/fogra39.json"


def patches(text: str) -> dict[tuple[float, ...], tuple[float, ...]]:
    lines = text.splitlines()
    start, end = lines.index("BEGIN_DATA") + 1, lines.index("END_DATA")
    rows = [[float(cell) for cell in line.split()[1:]] for line in lines[start:end]]
    return {tuple(row[:4]): tuple(row[7:10]) for row in rows}


def grid(found: dict[tuple[float, ...], tuple[float, ...]], black: float) -> tuple[list[float], np.ndarray] | None:
    """Steps and Lab values (n, n, n, 3) of the full CMY cube measured at one amount of black."""
    here = {key[:3]: lab for key, lab in found.items() if key[3] == black}
    steps = sorted({key[0] for key in here})
    for drop in range(len(steps)):
        use = steps if not drop else [s for s in steps if all((s, m, y) in here for m in (0, 100) for y in (0, 100))]
        full = [s for s in use if all((a, b, c) in here for a, b, c in product((s,), use, use))]
        if len(full) >= 2 and all((a, b, c) in here for a, b, c in product(full, full, full)):
            return full, np.array([[[here[(a, b, c)] for c in full] for b in full] for a in full])
    return None


def surface(steps: list[float], lab: np.ndarray, fine: int = 60) -> np.ndarray:
    """Lab values all over the six sides of the cube, (n, 3)."""
    at = np.interp(np.linspace(0, 100, fine), steps, np.arange(len(steps)))
    low = np.minimum(at.astype(int), len(steps) - 2)
    part = (at - low)[:, None]

    def along(values: np.ndarray, axis: int) -> np.ndarray:
        a, b = np.take(values, low, axis), np.take(values, low + 1, axis)
        shape = [1] * values.ndim
        shape[axis] = fine
        return a + (b - a) * part.reshape(shape)

    out = []
    for axis in range(3):
        for side in (0, -1):
            face = np.take(lab, side, axis)
            out.append(along(along(face, 0), 1).reshape(-1, 3))
    return np.concatenate(out)


def main() -> None:
    found = patches(Path(sys.argv[1]).read_text("ascii"))
    points = []
    for black in sorted({key[3] for key in found}):
        made = grid(found, black)
        if made is not None:
            points.append(surface(*made))
            print(f"K {black:g}: cube of {len(made[0])} steps")
    lab = np.concatenate(points)
    chroma, hue = np.hypot(lab[:, 1], lab[:, 2]), np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    levels, hues = 100 // L_STEP + 1, 360 // H_STEP
    table = np.zeros((levels, hues))
    rows, columns = np.rint(lab[:, 0] / L_STEP).astype(int), np.rint(hue / H_STEP).astype(int) % hues
    np.maximum.at(table, (rows, columns), chroma)
    for column in range(hues):  # cells that no sample fell into lie between their neighbours
        known = np.flatnonzero(table[:, column])
        inside = np.arange(known[0], known[-1] + 1)
        table[inside, column] = np.interp(inside, known, table[known, column])
    told = {
        "source": "FOGRA39L characterisation data (Fogra, www.fogra.org), from Debian icc-profiles-free 2.0.1, "
        "copyright Kai-Uwe Behrmann, zlib licence; derived by scripts/build_gamut.py, altered",
        "date": "2026-11-22",
        "white": [round(value, 2) for value in found[(0.0, 0.0, 0.0, 0.0)]],
        "black": round(float(lab[:, 0].min()), 2),
        "lightness_step": L_STEP,
        "hue_step": H_STEP,
        "chroma": [[round(float(value), 1) for value in row] for row in table],
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(told, separators=(",", ":")) + "\n")
    print(OUT, OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
