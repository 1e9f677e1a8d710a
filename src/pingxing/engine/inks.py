"""What an offset press makes of colours: which it cannot print as bright as a screen shows them, and how they come out.

Not colour management: no ICC profile, no rendering intent. The press's gamut is a table of the most chroma that it
reaches at every lightness and hue (CIE LCh, D50), derived from the FOGRA39L characterisation of coated offset printing
(`scripts/build_gamut.py`). Screen white is laid on paper white and black on the deepest ink; hue stays, and what lies
beyond the table goes to the nearest lightness and chroma in it. Other presses and papers, and shirts above all, differ.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Family = Literal["red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"]
FAMILIES: tuple[Family, ...] = get_args(Family)
SEEN = 8.0  # in CIE L*a*b*: a change that people see when both lie side by side
LEAST = 0.01  # of what is drawn: a smaller part is not told
_BOUNDS = (15.0, 52.0, 82.0, 112.0, 170.0, 225.0, 308.0, 325.0)  # CIE hue in degrees where the next family begins
_NAMED: tuple[Family, ...] = ("pink", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink")
_STEPS = 33  # of the table of printed colours, along each of red, green and blue
_MOVES = np.arange(-30.0, 20.1, 2.0, dtype=np.float32)  # of lightness, that are tried
_SAMPLES = 160_000  # pixels that are looked at
Pixels = NDArray[np.uint8]
_Floats = NDArray[np.float32]

# sRGB (D65) to XYZ of D50, Bradford adaptation, as in ICC's sRGB profiles.
_XYZ = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)
_RGB = np.linalg.inv(_XYZ)
_WHITE = np.array([0.96422, 1.0, 0.82521])


@dataclass(frozen=True, slots=True)
class Gamut:
    """`chroma` by lightness and hue; `white` and `black` are the lightness of paper and of the deepest ink."""

    chroma: _Floats
    lightness_step: float
    hue_step: float
    white: float
    black: float

    def most(self, lightness: _Floats, hue: _Floats) -> _Floats:
        """The most chroma at a lightness on paper (CIE L*) and a hue in degrees, between the table's cells."""
        rows, columns = self.chroma.shape
        y = np.clip(lightness / self.lightness_step, 0, rows - 1)
        x = (hue / self.hue_step) % columns
        y0, x0 = np.minimum(y.astype(np.int32), rows - 2), x.astype(np.int32) % columns
        fy, fx, x1 = y - y0, x - np.floor(x), (x0 + 1) % columns
        table = self.chroma
        low = table[y0, x0] * (1 - fx) + table[y0, x1] * fx
        high = table[y0 + 1, x0] * (1 - fx) + table[y0 + 1, x1] * fx
        return np.asarray(low * (1 - fy) + high * fy, np.float32)


@dataclass(frozen=True, slots=True)
class Duller:
    """A family of colours that a press prints duller: its part of what is drawn, and the colour that loses most."""

    family: Family
    share: float
    before: str
    after: str


@cache
def coated() -> Gamut:
    """Offset on coated paper, ISO 12647-2 (FOGRA39L)."""
    told = json.loads((files("pingxing.engine") / "data" / "fogra39.json").read_text("ascii"))
    table = np.array(told["chroma"], np.float32)
    return Gamut(table, told["lightness_step"], told["hue_step"], told["white"][0], told["black"])


def printed(pixels: Pixels) -> Pixels:
    """RGB pixels (height, width, 3) as they come out, seen on paper that is as white as the screen."""
    flat = pixels.reshape(-1, 3)
    done = [_looked_up(flat[start : start + 250_000]) for start in range(0, len(flat), 250_000)]
    return np.concatenate(done).reshape(pixels.shape)


def duller(pixels: Pixels) -> tuple[Duller, ...]:
    """The families that lose visibly, the largest part first. Pixels (height, width, 3 or 4); what is clear does not
    count."""
    height, width = pixels.shape[:2]
    stride = max(1, int((height * width / _SAMPLES) ** 0.5))
    flat = pixels[::stride, ::stride].reshape(-1, pixels.shape[2])
    if flat.shape[1] == 4:
        flat = flat[flat[:, 3] >= 128][:, :3]
    if not len(flat):
        return ()
    after = _looked_up(flat)
    before, seen = _lch(flat), _lch(after)
    lost = np.hypot(before[:, 1] - seen[:, 1], before[:, 0] - seen[:, 0])
    families = np.searchsorted(_BOUNDS, before[:, 2], side="right")
    found = []
    for family in FAMILIES:
        mine = (lost > SEEN) & np.isin(families, [n for n, name in enumerate(_NAMED) if name == family])
        if float(mine.mean()) < LEAST:
            continue
        worst = int(np.flatnonzero(mine)[np.argmax(lost[mine])])
        found.append(Duller(family, float(mine.mean()), _hex(flat[worst]), _hex(after[worst])))
    return tuple(sorted(found, key=lambda one: -one.share))


@cache
def _table() -> _Floats:
    """Printed colours of evenly spaced screen colours: (n, n, n, 3), 0..255."""
    levels = np.rint(np.linspace(0, 255, _STEPS)).astype(np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    lch = _lch(grid)
    best = _nearest(lch)
    kept = (np.abs(best - lch) < 1e-3).all(1)
    out = _rgb(best).astype(np.float32)
    out[kept] = grid[kept]
    return out.reshape(_STEPS, _STEPS, _STEPS, 3)


def _nearest(lch: _Floats) -> _Floats:
    """The nearest lightness and chroma that the press reaches, at the same hue."""
    gamut = coated()
    part = (gamut.white - gamut.black) / 100
    best, least = lch.copy(), np.full(len(lch), np.inf, np.float32)
    for move in (np.float32(0), *_MOVES):
        light = np.clip(lch[:, 0] + move, 0, 100)
        chroma = np.minimum(lch[:, 1], gamut.most(gamut.black + light * part, lch[:, 2]))
        away = np.hypot(lch[:, 1] - chroma, light - lch[:, 0])
        nearer = away < least - 1e-4
        least = np.where(nearer, away, least)
        best = np.where(nearer[:, None], np.stack([light, chroma, lch[:, 2]], axis=1), best)
    return best


def _looked_up(flat: Pixels) -> Pixels:
    """Between the eight neighbours in the table."""
    table, at = _table().reshape(-1, 3), flat.astype(np.float32) * ((_STEPS - 1) / 255)
    low = np.minimum(at.astype(np.int32), _STEPS - 2)
    part = at - low
    start = (low[:, 0] * _STEPS + low[:, 1]) * _STEPS + low[:, 2]
    out = np.zeros_like(at)
    for red in (0, 1):
        for green in (0, 1):
            for blue in (0, 1):
                weight = np.abs(1 - red - part[:, 0]) * np.abs(1 - green - part[:, 1]) * np.abs(1 - blue - part[:, 2])
                out += table[start + (red * _STEPS + green) * _STEPS + blue] * weight[:, None]
    return np.asarray(np.clip(out, 0, 255) + 0.5, np.uint8)


def _lch(pixels: Pixels) -> _Floats:
    """CIE L*, chroma, hue in degrees of (n, 3) bytes."""
    xyz = _LINEAR[pixels] @ _XYZ.T.astype(np.float32) / _WHITE.astype(np.float32)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (xyz * 24389 / 27 + 16) / 116)
    a, b = 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])
    hue = np.degrees(np.arctan2(b, a)) % 360
    return np.stack([116 * f[:, 1] - 16, np.hypot(a, b), hue], axis=1).astype(np.float32)


def _rgb(lch: _Floats) -> Pixels:
    """Bytes (n, 3); what no screen shows is cut to what it does."""
    turn = np.radians(lch[:, 2])
    fy = (lch[:, 0] + 16) / 116
    f = np.stack([fy + lch[:, 1] * np.cos(turn) / 500, fy, fy - lch[:, 1] * np.sin(turn) / 200], axis=1)
    xyz = np.where(f**3 > 216 / 24389, f**3, (116 * f - 16) * 27 / 24389) * _WHITE.astype(np.float32)
    light = np.clip(xyz @ _RGB.T.astype(np.float32), 0, 1)
    value = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    return np.asarray(value * 255 + 0.5, np.uint8)


def _hex(pixel: NDArray[np.uint8]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*(int(part) for part in pixel[:3]))


def _linear() -> _Floats:
    c = np.arange(256, dtype=np.float64) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR = _linear()
