"""Sealing: the only encoder in the house.

    seal(picture, format, mark, kit) -> bytes

weaves in the watermark, draws the visible mark over it, encodes, writes the metadata, signs the whole, and
then reads its own output back with other code than the one that wrote it. If anything does not agree,
LabelFailed, and nothing leaves. With a plain kit the same picture and mark give the same bytes: no clock, no
random identifiers, no machine's fonts. (A signed manifest has an identifier of its own: C2PA 2.x, 8.2.)
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from io import BytesIO

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from pingxing.errors import LabelFailed
from pingxing.label import c2pa, pdf, vector
from pingxing.label.c2pa import Ingredient
from pingxing.label.checking import check
from pingxing.label.kit import PLAIN, SMALLEST, TAG_BYTES, Kit
from pingxing.label.record import aigc_record
from pingxing.label.visible import WHITE, Placed, flat, place, stamp
from pingxing.label.xmp import packet
from pingxing.types import MAX_PIXELS, MAX_SIDE, MIN_SIDE, Format, Mark, Picture

JPEG_QUALITY, WEBP_QUALITY = 93, 90


def seal(picture: Picture, format: Format, mark: Mark, kit: Kit = PLAIN, origin: Sequence[Ingredient] = ()) -> bytes:
    """The labelled file. Transparent pixels (RGBA, straight alpha) stay so in every form but JPEG.

    `origin` are pictures that went into this one: its credentials name them, and carry on what theirs say.
    Raises LabelFailed where the mark's values break annex E, the picture has no such form (SVG of
    pixels), or the finished file does not read back as exactly one valid label and a lawful mark.
    """
    picture = _sound(picture, format)
    return _finished(picture, place(picture, mark.language), format, mark, kit, origin)


def bare(picture: Picture, format: Format, mark: Mark, kit: Kit, origin: Sequence[Ingredient] = ()) -> bytes:
    """The file without a visible mark but with every other label: labelling measures, art. 9.

    Only `copies` may ask for it, once an agreement and a recipient are on record. Raises as `seal` does.
    """
    return _finished(_sound(picture, format), None, format, mark, kit, origin)


def _sound(picture: Picture, format: Format) -> Picture:
    """The picture as `format` can hold it. Raises LabelFailed for one that no engine should have made."""
    width, height = picture.width, picture.height
    clear = picture.pixels.shape == (height, width, 4)
    if not (clear or picture.pixels.shape == (height, width, 3)) or str(picture.pixels.dtype) != "uint8":
        raise LabelFailed("picture")
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise LabelFailed("picture")
    if format is Format.JPEG and clear:  # it has no alpha: a white ground, as on paper
        return replace(picture, pixels=flat(picture.pixels, WHITE))
    return picture


def _finished(
    picture: Picture, placed: Placed | None, format: Format, mark: Mark, kit: Kit, origin: Sequence[Ingredient]
) -> bytes:
    width, height = picture.width, picture.height
    aigc_record(mark)  # refuse what cannot be written before spending time on pixels
    tag = kit.tag(mark.produce_id) if not format.vector and min(width, height) >= SMALLEST else None
    if tag is not None:
        picture = replace(picture, pixels=kit.weave(picture.pixels, tag))
    data = _encode(picture, placed, format, mark, woven=tag is not None)
    if kit.credentials is not None and format.media_type in c2pa.SIGNABLE:
        binding = b"" if tag is None else tag.to_bytes(TAG_BYTES, "big")
        data = c2pa.sign(data, format.media_type, mark, kit.credentials, tag=binding, ingredients=origin)
    check(data, format, mark, placed, width, height)
    return data


def _encode(picture: Picture, placed: Placed | None, format: Format, mark: Mark, *, woven: bool) -> bytes:
    if format is Format.SVG:
        if picture.svg is None:
            raise LabelFailed("not_vector")
        return vector.document(picture.svg, picture.width, picture.height, placed, mark).encode()
    if format is Format.PDF:
        instant = int(mark.created_at.astimezone(UTC).timestamp())
        page = _page(picture, placed, mark)
        return pdf.write(page, picture.width, picture.height, mark, instant, picture.sheet)
    image = Image.fromarray(picture.pixels)
    if placed is not None:
        stamp(image, placed)
    return _raster(image, format, packet(mark), picture.dpi, woven)


def _page(picture: Picture, placed: Placed | None, mark: Mark) -> str:
    """What the PDF's page shows: the vector picture where there is one, else its pixels under a vector seal."""
    svg = picture.svg if picture.svg is not None else vector.of_pixels(picture.pixels)
    return vector.document(svg, picture.width, picture.height, placed, mark=None)


def _raster(image: Image.Image, format: Format, xmp: bytes, dpi: int = 0, woven: bool = False) -> bytes:
    """`dpi` goes into pHYs or the JFIF header, where printers look for it; WebP has no place for it.

    In a PNG with the watermark nothing repeats but runs: whoever looks for more finds worse codes for it, and the file
    of a drawing is a fifth larger.
    """
    out = BytesIO()
    density = {"dpi": (dpi, dpi)} if dpi else {}
    if format is Format.PNG:
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        strategy = zlib.Z_RLE if woven else -1  # as Pillow thinks best
        image.save(out, "PNG", compress_level=1, compress_type=strategy, pnginfo=info, **density)
    elif format is Format.JPEG:
        # 4:4:4, because halved colour resolution eats the contrast of red lettering
        image.save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0, xmp=xmp, **density)
    else:
        image.save(out, "WEBP", quality=WEBP_QUALITY, method=2, xmp=xmp)
    return out.getvalue()
