"""A proof: the page as a screen shows it, and beside it as an offset press prints it, with the colours that lose most.

The words on it are figures and names of colour spaces, which every language reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pingxing.engine.backends.scene.compose import Composition
from pingxing.engine.backends.scene.letters import extent, outlines, set_lines
from pingxing.engine.backends.scene.raster import image
from pingxing.engine.backends.scene.render import Drawing
from pingxing.engine.backends.scene.svg import num, path, rect
from pingxing.engine.inks import Duller, duller, printed
from pingxing.sheets import PROOF_GAP

_INK, _LINE = "#3d3a38", "#d8d2c8"
_MOST = 5  # pairs of colours that are shown
Draw = Callable[[Sequence[Drawing]], list[NDArray[np.uint8]]]


def proofed(art: Composition, width: int, height: int, draw: Draw) -> Composition:
    """Both views of the page on a sheet of `width` x `height`. Raises BackendFailed as `draw` does."""
    wide = (width - 3 * PROOF_GAP) // 2
    high = max(2, round(wide * art.height / art.width))
    (drawn,) = draw([Drawing(art.markup, (0, 0, art.width, art.height), wide, high, art.scene.transparent)])
    before = np.ascontiguousarray(_on_white(drawn))
    losses = duller(drawn)[:_MOST]
    parts = [rect(0, 0, width, height, "#ffffff")]
    for at, pixels, name in ((PROOF_GAP, before, "sRGB"), (2 * PROOF_GAP + wide, printed(before), "FOGRA39 · CMYK")):
        parts += [
            image(pixels, at, PROOF_GAP, wide, high),
            rect(at, PROOF_GAP, wide, high, "none", stroke=_LINE, stroke_width=1),
        ]
        parts.append(_words(name, at, 1.5 * PROOF_GAP + high, 15.0))
    parts += _pairs(losses, 2 * PROOF_GAP + wide, 1.5 * PROOF_GAP + high + 26, wide)
    scene = replace(art.scene, objects=(), text=(), relations=(), transparent=False)
    return Composition(f'<g id="proof" data-name="proof">{"".join(parts)}</g>', width, height, scene)


def _on_white(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:].astype(np.uint16)
    return ((pixels[..., :3].astype(np.uint16) * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def _pairs(losses: Sequence[Duller], x: float, y: float, wide: float) -> list[str]:
    """Chips of colour, before and after, with the part of the picture that they stand for."""
    parts = []
    for n, loss in enumerate(losses):
        at = x + n * wide / _MOST
        parts += [rect(at, y, 26, 26, loss.before, rx=4), rect(at + 42, y, 26, 26, loss.after, rx=4)]
        parts.append(path(f"M{num(at + 30)} {num(y + 13)}h8m-3 -3l3 3l-3 3", stroke=_INK, stroke_width=1.4))
        parts.append(_words(f"{100 * loss.share:.0f}%", at + 76, y + 7, 11.0))
    return parts


def _words(text: str, x: float, y: float, capital: float) -> str:
    setting = set_lines(text, "sans", 1e4, capital)
    return outlines(setting, x, y + (capital - extent(setting)[1]) / 2, _INK)
