"""Pictures that another engine painted, as this one's art: on goods, on nails, on cloth and paper, with words on them.

    laid(request, pixels, art) -> Composition       what `request` asks for, made of the painting
    lettered(words, width, height, ink) -> Drawing   words for the head of a sticker

What a painter draws is one picture: on nails it is the one motif of the set, or the picture that runs across a hand.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pingxing.engine.backends.scene.art import Art
from pingxing.engine.backends.scene.colour import oklab
from pingxing.engine.backends.scene.compose import BARE, Composition
from pingxing.engine.backends.scene.faces import covers, writable
from pingxing.engine.backends.scene.letters import extent, legible, outlines, set_lines
from pingxing.engine.backends.scene.nails import nailed
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.printing import painted_on
from pingxing.engine.backends.scene.raster import image
from pingxing.engine.backends.scene.render import Drawing
from pingxing.engine.backends.scene.styles import DEFAULT, STYLES
from pingxing.engine.backends.scene.tile import Motif
from pingxing.errors import InvalidRequest
from pingxing.types import Request, Scene

INKS = 6  # colours that a painting is known by
_CELL = 16  # levels of a channel that count as one colour
_LOOKED_AT = 96  # samples across
_SOLID = 128
_FACES = ("bubble", "round")  # of captions, the first that has every letter
Pixels = NDArray[np.uint8]


def laid(request: Request, pixels: Pixels, art: Art) -> Composition:
    """`pixels` are (height, width, 3), or 4 where the thing was cut out. The page of a sheet and the tile of a repeat
    are not on their things yet. Raises InvalidRequest as `painted_on` and `nailed` do."""
    scene = _scene(pixels)
    if request.sheet is not None:
        return painted_on(pixels, request.sheet, scene)
    height, width = pixels.shape[:2]
    whole = Composition(image(pixels, 0, 0, width, height), width, height, scene)
    if request.nails is None:
        return whole
    plan = replace(parse(request.prompt, request.negative), transparent=request.transparent)
    size = (request.width, request.height)
    motif = Motif(whole, _ink(pixels))
    return nailed(plan, request.nails, *size, request.dpi, request.seed or 0, STYLES[DEFAULT], art, motif)


def _scene(pixels: Pixels) -> Scene:
    """What is known of a painting: its colours."""
    clear = pixels.shape[2] == 4
    return Scene(BARE if clear else "plain", "day", "clear", DEFAULT, palette_of(pixels), (), transparent=clear)


def palette_of(pixels: Pixels) -> tuple[str, ...]:
    """The colours that most of it has, the most frequent first."""
    stride = max(1, min(pixels.shape[:2]) // _LOOKED_AT)
    flat = pixels[::stride, ::stride].reshape(-1, pixels.shape[2])
    if flat.shape[1] == 4:
        flat = flat[flat[:, 3] >= _SOLID][:, :3]
    if not len(flat):
        return ()
    cells = (flat // _CELL).astype(np.int64) @ np.array([_CELL * _CELL, _CELL, 1])
    names, counts = np.unique(cells, return_counts=True)
    found = []
    for name in names[np.lexsort((names, -counts))][:INKS]:
        mean = flat[cells == name].astype(np.int64)
        found.append("#{:02x}{:02x}{:02x}".format(*(int(v) for v in (mean.sum(0) + len(mean) // 2) // len(mean))))
    return tuple(dict.fromkeys(found))


def _ink(pixels: Pixels) -> tuple[float, float, float, float]:
    """The box of what is drawn."""
    if pixels.shape[2] == 3 or not (pixels[..., 3] > 8).any():
        return 0.0, 0.0, float(pixels.shape[1]), float(pixels.shape[0])
    rows, columns = np.nonzero(pixels[..., 3] > 8)
    left, top = int(columns.min()), int(rows.min())
    return float(left), float(top), float(columns.max() + 1 - left), float(rows.max() + 1 - top)


# --- words ---------------------------------------------------------------------------------------


def can_say(words: str) -> None:
    """Raises InvalidRequest for words that no typeface here can set whole."""
    if not writable(words):
        raise InvalidRequest("not_writable", member="caption", value=words[:40])


def lettered(words: str, width: int, height: int, ink: str) -> Drawing:
    """The words alone, on nothing, in one line or two that fill `width` x `height` pixels as far as they go."""
    face = next((name for name in _FACES if covers(name, words)), "sans")
    setting = set_lines(words, face, float(width), float(height))
    wide, high = extent(setting)
    letters = outlines(setting, (width - wide) / 2, (height - high) / 2, ink)
    return Drawing(letters, (0, 0, width, height), width, height, True)


def ink_for(pixels: Pixels) -> str:
    """Of words on a sticker: the darkest of its colours that reads on white, else nearly black."""
    by_light = sorted(palette_of(pixels), key=lambda colour: oklab(colour)[0])
    return legible("#ffffff", *by_light[:1], "#22262e")
