"""Sealing: the only encoder in the house.

    seal(picture, format, mark) -> bytes

draws the visible mark, encodes, writes the metadata, and then reads its own output back with other
code than the one that wrote it. If anything does not agree, LabelFailed, and nothing leaves.
The same picture and mark give the same bytes: no clock, no random identifiers, no machine's fonts.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from io import BytesIO

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from pingxing.errors import LabelFailed
from pingxing.label import pdf, vector
from pingxing.label.checking import check
from pingxing.label.record import aigc_record
from pingxing.label.visible import WHITE, Placed, flat, place, stamp
from pingxing.label.xmp import packet
from pingxing.types import MAX_PIXELS, MAX_SIDE, MIN_SIDE, Format, Mark, Picture

JPEG_QUALITY, WEBP_QUALITY = 93, 90


def seal(picture: Picture, format: Format, mark: Mark) -> bytes:
    """The labelled file. Transparent pixels (RGBA, straight alpha) stay so in every form but JPEG.

    Raises LabelFailed where the mark's values break annex E, the picture has no such form (SVG of
    pixels), or the finished file does not read back as exactly one valid label and a lawful mark.
    """
    width, height = picture.width, picture.height
    clear = picture.pixels.shape == (height, width, 4)
    if not (clear or picture.pixels.shape == (height, width, 3)) or str(picture.pixels.dtype) != "uint8":
        raise LabelFailed("picture")
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise LabelFailed("picture")
    if format is Format.JPEG and clear:  # it has no alpha: a white ground, as on paper
        picture = replace(picture, pixels=flat(picture.pixels, WHITE))
    aigc_record(mark)  # refuse what cannot be written before spending time on pixels
    placed = place(picture, mark.language)
    data = _encode(picture, placed, format, mark)
    check(data, format, mark, placed, width, height)
    return data


def _encode(picture: Picture, placed: Placed, format: Format, mark: Mark) -> bytes:
    if format is Format.SVG:
        if picture.svg is None:
            raise LabelFailed("not_vector")
        return vector.document(picture.svg, picture.width, picture.height, placed, mark).encode()
    if format is Format.PDF:
        instant = int(mark.created_at.astimezone(UTC).timestamp())
        return pdf.write(_page(picture, placed, mark), picture.width, picture.height, mark, instant)
    image = Image.fromarray(picture.pixels)
    stamp(image, placed)
    return _raster(image, format, packet(mark))


def _page(picture: Picture, placed: Placed, mark: Mark) -> str:
    """What the PDF's page shows: the vector picture where there is one, else its pixels under a vector seal."""
    svg = picture.svg if picture.svg is not None else vector.of_pixels(picture.pixels)
    return vector.document(svg, picture.width, picture.height, placed, mark=None)


def _raster(image: Image.Image, format: Format, xmp: bytes) -> bytes:
    out = BytesIO()
    if format is Format.PNG:
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        image.save(out, "PNG", compress_level=1, pnginfo=info)
    elif format is Format.JPEG:
        # 4:4:4, because halved colour resolution eats the contrast of red lettering
        image.save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0, xmp=xmp)
    else:
        image.save(out, "WEBP", quality=WEBP_QUALITY, method=2, xmp=xmp)
    return out.getvalue()
