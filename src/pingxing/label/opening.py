"""Strangers' pictures as pixels, for whoever works on them further: uploads, lists of forbidden pictures.

Still pictures as PNG, JPEG or WebP; bounded in bytes and declared pixels before anything is decoded. What is shown here
is what people see: turned as the camera says, transparent where the file is.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from pingxing.errors import TooLarge, UnreadableFile
from pingxing.label.containers import sniff
from pingxing.label.finding import find
from pingxing.label.plate import layout
from pingxing.label.recognising import recognise
from pingxing.label.visible import at
from pingxing.types import MAX_SIDE, Picture

MAX_PIXELS = 50_000_000  # the largest phones; 150 MB once decoded
LEAST_SIDE = 16
_RIM = 2  # pixels around the mark that its edge may have touched
KINDS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}

# What Pillow's decoders raise on damage, over its formats; warnings where the caller made them errors.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    Warning,
)


@dataclass(frozen=True, slots=True)
class Opened:
    picture: Picture
    media_type: str


def open_picture(data: bytes, *, max_bytes: int, max_pixels: int = MAX_PIXELS) -> Opened:
    """RGB, or RGBA where anything shines through. Raises TooLarge (bytes, pixels) and UnreadableFile (kind, empty,
    animated, small, damaged, bomb)."""
    if len(data) > max_bytes:
        raise TooLarge(limit=max_bytes, member="file")
    if not data:
        raise UnreadableFile("empty")
    media_type = sniff(data)
    if media_type not in KINDS:
        raise UnreadableFile("kind", known=", ".join(KINDS))
    said = find(data)  # raises where the container breaks its own rules
    _bound(said.width, said.height, max_pixels)
    try:
        with Image.open(BytesIO(data), formats=[KINDS[media_type]]) as image:
            _bound(image.width, image.height, max_pixels)  # what Pillow believes, not only what we read
            if media_type != "image/jpeg" and getattr(image, "n_frames", 1) > 1:
                raise UnreadableFile("animated")  # every check sees one frame
            image.load()
            pixels = _pixels(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise UnreadableFile("bomb") from error
    except _DAMAGE as error:
        raise UnreadableFile("damaged") from error
    return Opened(Picture(pixels.shape[1], pixels.shape[0], pixels), media_type)


def opaque(picture: Picture) -> Picture:
    """The same without its transparency: what lies beneath it too."""
    plain = np.ascontiguousarray(picture.pixels[..., :3])
    return Picture(picture.width, picture.height, plain)


def bared(picture: Picture) -> Picture | None:
    """What the picture probably looked like before our visible mark was drawn on it, to be compared and never shown;
    None where no mark of ours stands where `seal` puts it.

    The mark's place is filled from around it, the nearer the more. Of 57 pictures the perceptual hash was then 2 bits
    (median) from that of the unmarked one, and 18 with the mark.
    """
    image = Image.fromarray(picture.pixels[..., :3])
    seen = recognise(image, 0.0)  # exactly where it belongs: no search
    if seen is None:
        return None
    placed = at(layout(*image.size, seen.language), *image.size, seen.corner)
    return Picture(picture.width, picture.height, _filled(picture.pixels[..., :3], placed.box))


def _filled(pixels: NDArray[np.uint8], box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    left, top = max(0, box[0] - _RIM), max(0, box[1] - _RIM)
    right, bottom = min(width, box[2] + _RIM), min(height, box[3] + _RIM)
    rows, columns = np.arange(bottom - top)[:, None, None], np.arange(right - left)[None, :, None]
    edges = (
        (top > 0, pixels[top - 1, left:right][None], rows + 1),
        (bottom < height, pixels[min(bottom, height - 1), left:right][None], bottom - top - rows),
        (left > 0, pixels[top:bottom, left - 1][:, None], columns + 1),
        (right < width, pixels[top:bottom, min(right, width - 1)][:, None], right - left - columns),
    )
    total, weights = np.zeros((bottom - top, right - left, 3)), np.zeros((bottom - top, right - left, 1))
    for there, colours, away in edges:
        if there:
            total, weights = total + colours / away, weights + 1 / away
    out = np.array(pixels)
    out[top:bottom, left:right] = (total / np.maximum(weights, 1e-9)).round().astype(np.uint8)
    return out


def _bound(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise TooLarge("pixels", width=width, height=height, limit=max_pixels)
    if max(width, height) > MAX_SIDE:
        raise TooLarge("pixels", width=width, height=height, limit=MAX_SIDE * MAX_SIDE)
    if min(width, height) < LEAST_SIDE:
        raise UnreadableFile("small", least=LEAST_SIDE)


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode.startswith("I"):  # sixteen bits of grey: Pillow would cut off, not scale
        grey = (np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)
        return np.ascontiguousarray(np.dstack([grey] * 3))
    if image.has_transparency_data:
        clear = np.asarray(image.convert("RGBA"))
        if int(clear[..., 3].min()) < 255:
            return np.ascontiguousarray(clear)
    return np.ascontiguousarray(np.asarray(image.convert("RGB")))
