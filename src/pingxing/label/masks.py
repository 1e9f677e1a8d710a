"""Masks as files: white where a picture is to be made anew, black where it stays. What comes out is an upload of the
one who painted it; no engine made it, so it bears no label."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from pingxing.types import Picture

MOST_BLUR = 64


def where_clear(picture: Picture) -> NDArray[np.uint8] | None:
    """(height, width): 255 where nothing at all is left of the picture (alpha 0), as OpenAI's masks say it; None for
    one without any such place, which would change nothing."""
    if picture.pixels.shape[2] != 4:
        return None
    light = np.where(picture.pixels[..., 3] == 0, 255, 0).astype(np.uint8)
    return light if light.any() else None


def where_light(
    picture: Picture, *, size: tuple[int, int] | None = None, inverted: bool = False, blur: int = 0
) -> NDArray[np.uint8]:
    """(height, width): how light the picture is (on white, where it is clear), stretched to `size` (width, height);
    `blur` in pixels."""
    image = Image.fromarray(picture.pixels)
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("L")
    if size is not None and size != image.size:
        image = image.resize(size, Image.Resampling.BILINEAR)
    if inverted:
        image = ImageOps.invert(image)
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(min(blur, MOST_BLUR)))
    return np.asarray(image)


def file_of(light: NDArray[np.uint8]) -> bytes:
    """The PNG of a mask."""
    out = BytesIO()
    Image.fromarray(light).save(out, "PNG")
    return out.getvalue()
