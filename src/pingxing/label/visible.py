"""Where the seal goes and how it gets onto a picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.label.plate import Plate, layout

if TYPE_CHECKING:
    from pingxing.types import Language, Picture

# The habit of readers is to look for a mark at the bottom right; another corner must be clearly calmer.
CORNERS = (("bottom-right", 1.0), ("bottom-left", 1.25), ("top-right", 1.5), ("top-left", 1.5))
_CALM = 2.0  # grey levels of detail per step that nobody minds covering
_THING = 40.0  # what covering a whole named thing of the scene weighs, in the same unit


@dataclass(frozen=True, slots=True)
class Placed:
    plate: Plate
    x: int
    y: int
    corner: str

    @property
    def box(self) -> tuple[int, int, int, int]:
        return self.x, self.y, self.x + self.plate.width, self.y + self.plate.height

    def svg(self) -> str:
        return f'<g id="{GROUP}" transform="translate({self.x} {self.y})">{self.plate.svg()}</g>'


GROUP = "pingxing-mark"


EMPTY_EDGES = (10,)
"""Margins, in pixels, that platforms want empty on every side: there the plate stands further in."""


def at(plate: Plate, width: int, height: int, corner: str, least: int = 0) -> Placed:
    """The plate in a corner, its own margin or `least` pixels from the edges, whichever is more."""
    margin = max(plate.margin, least)
    right, low = width - plate.width - margin, height - plate.height - margin
    x = max(0, right if corner.endswith("right") else min(margin, right))
    y = max(0, low if corner.startswith("bottom") else min(margin, low))
    return Placed(plate, x, y, corner)


def place(picture: Picture, language: Language) -> Placed:
    """The corner where the plate covers least; deterministic, in whole numbers as far as it matters."""
    plate = layout(picture.width, picture.height, language)
    size = (picture.width, picture.height)
    choices = [(at(plate, *size, corner, picture.margin), weight) for corner, weight in CORNERS]
    costs = [(_CALM + _detail(picture.pixels, p) + _THING * _covered(picture, p)) * weight for p, weight in choices]
    return choices[costs.index(min(costs))][0]


def _detail(pixels: NDArray[np.uint8], placed: Placed) -> float:
    """Mean absolute step between neighbouring samples of green under the plate, in grey levels."""
    x0, y0, x1, y1 = placed.box
    stride = max(1, (y1 - y0) // 48)
    under = flat(pixels[y0:y1:stride, x0:x1:stride], MIDDLE)[..., 1].astype(np.int32)
    steps = int(np.abs(np.diff(under, axis=0)).sum()) + int(np.abs(np.diff(under, axis=1)).sum())
    return steps / max(1, under.size)


def _covered(picture: Picture, placed: Placed) -> float:
    """How much of the scene's named things the plate would hide: sum over things of hidden share."""
    if picture.scene is None:
        return 0.0
    x0, y0, x1, y1 = placed.box
    hidden = 0.0
    for thing in picture.scene.objects:
        left, top, width, height = thing.box
        left, width, top, height = (
            left * picture.width,
            width * picture.width,
            top * picture.height,
            height * picture.height,
        )
        across, down = min(x1, left + width) - max(x0, left), min(y1, top + height) - max(y0, top)
        if across > 0 and down > 0 and width * height > 0:
            hidden += across * down / (width * height)
    return hidden


@lru_cache(maxsize=8)
def _drawn_png(plate: Plate) -> bytes:
    import resvg_py

    document = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{plate.width}" height="{plate.height}">{plate.svg()}</svg>'
    )
    return bytes(resvg_py.svg_to_bytes(svg_string=document, skip_system_fonts=True))


def drawn(plate: Plate) -> Image.Image:
    """The plate as RGBA pixels of its own size."""
    with Image.open(BytesIO(_drawn_png(plate)), formats=["PNG"]) as image:
        return image.convert("RGBA")


def stamp(image: Image.Image, placed: Placed) -> None:
    """Draw the seal onto an RGB or RGBA image in place (a second copy of 8192 x 8192 pixels would cost 268 MB).

    On a transparent ground the plate is as opaque as anywhere: only its rounded corners let the ground through.
    """
    seal = drawn(placed.plate)
    if image.mode == "RGBA":
        image.alpha_composite(seal, (placed.x, placed.y))
    else:
        image.paste(seal.convert("RGB"), (placed.x, placed.y), seal.getchannel("A"))


WHITE, MIDDLE, BLACK = 255, 128, 0  # grounds that a transparent picture is looked at over


def flat(pixels: NDArray[np.uint8], ground: int) -> NDArray[np.uint8]:
    """Pixels (height, width, 3 or 4) as they look over a grey `ground` (0..255): (height, width, 3)."""
    if pixels.shape[2] == 3:
        return pixels
    image = Image.fromarray(np.ascontiguousarray(pixels))
    under = Image.new("RGB", image.size, (ground, ground, ground))
    under.paste(image, mask=image.getchannel("A"))
    return np.asarray(under)
