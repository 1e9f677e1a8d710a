"""Still pictures: the seal, the watermark under it, one record, and a manifest opened from the file as it came.

A picture leaves in the format in which it came, with its colours (ICC profile) and its density. Of its metadata it
keeps what says how it was made; positions, names of devices and hidden thumbnails stay behind: they would be
somebody's whereabouts, or the picture without its mark.
"""

from __future__ import annotations

from io import BytesIO
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label.finding import Found
from pingxing.label.foreign.kinds import Brought
from pingxing.label.foreign.ordering import Order
from pingxing.label.kit import SMALLEST
from pingxing.label.measure import measure
from pingxing.label.opening import KINDS, Opened
from pingxing.label.recognising import recognise
from pingxing.label.record import NAMESPACE
from pingxing.label.visible import BLACK, WHITE, Placed, flat, place, stamp
from pingxing.label.writing import JPEG_QUALITY, WEBP_QUALITY
from pingxing.label.xmp import IPTC, SOURCE_TYPES, XMP, Property, rdf, wrapped
from pingxing.types import MIN_SIDE, Picture

_MOST_PROFILE = 1 << 17  # bytes of an ICC profile
_PROFILED = ("RGB", "RGBA", "P")  # modes whose profile still means something once the pixels are RGB


def mark(file: Brought, opened: Opened, order: Order, found: Found) -> tuple[bytes, int | None]:
    """The marked picture without its manifest, and what its watermark says (None where none was woven in).

    Raises UnreadableFile(small) for one without room for a lawful mark, LabelFailed.
    """
    picture = opened.picture
    if min(picture.width, picture.height) < MIN_SIDE:
        raise UnreadableFile("small", least=MIN_SIDE)
    pixels = flat(picture.pixels, WHITE) if file.media_type == "image/jpeg" else picture.pixels
    tag = order.kit.tag(order.mark.produce_id)
    if order.woven or min(picture.width, picture.height) < SMALLEST:
        tag = None
    if tag is not None:
        pixels = order.kit.weave(pixels, tag)
    placed = None if order.sealed else place(Picture(picture.width, picture.height, pixels), order.mark.language)
    image = Image.fromarray(pixels)
    if placed is not None:
        stamp(image, placed)
    data = _encoded(image, file, packet(order, found))
    _check(data, placed)
    return data, tag


def packet(order: Order, found: Found) -> bytes:
    """The record, and what the file said of its making before."""
    facts = found.facts
    said = [Property(NAMESPACE, "AIGC", escape(order.record.text()), True)]
    source = facts.get("source_type", "")
    if source and not source.startswith("http"):
        source = SOURCE_TYPES + source
    kept = (
        (IPTC, "DigitalSourceType", source),
        (IPTC, "AISystemUsed", facts.get("system", "")),
        (IPTC, "AISystemVersionUsed", facts.get("version", "")),
        (XMP, "CreateDate", facts.get("created", "")),
    )
    said += [Property(space, name, escape(_plain(value)), False) for space, name, value in kept if value]
    return wrapped(rdf(tuple(said)))


def _plain(value: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in value)[:200]


def _encoded(image: Image.Image, file: Brought, xmp: bytes) -> bytes:
    form = KINDS[file.media_type]
    with Image.open(BytesIO(file.data), formats=[form]) as source:
        profile = source.info.get("icc_profile") if source.mode in _PROFILED else None
        dpi = source.info.get("dpi")
    more: dict[str, object] = {}
    if isinstance(profile, bytes) and len(profile) <= _MOST_PROFILE:
        more["icc_profile"] = profile
    if isinstance(dpi, tuple) and len(dpi) == 2 and all(1 <= float(side) <= 9_600 for side in dpi):
        more["dpi"] = (float(dpi[0]), float(dpi[1]))
    out = BytesIO()
    if form == "PNG":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        image.save(out, "PNG", compress_level=6, pnginfo=info, **more)
    elif form == "JPEG":
        image.save(out, "JPEG", quality=JPEG_QUALITY, subsampling=0, xmp=xmp, **more)
    else:
        more.pop("dpi", None)
        image.save(out, "WEBP", quality=WEBP_QUALITY, method=2, xmp=xmp, **more)
    return out.getvalue()


def _check(data: bytes, placed: Placed | None) -> None:
    """The decoded file shows a lawful seal: where it was put, or where it was before. Raises LabelFailed."""
    with Image.open(BytesIO(data)) as image:
        if placed is None:
            seen = recognise(image.convert("RGB"), 0.0)
            good = seen is not None and seen.measured is not None and seen.measured.keeps_the_law
        else:
            region = np.asarray(image.crop(placed.box).convert("RGBA"))
            grounds = (WHITE,) if int(region[..., 3].min()) == 255 else (WHITE, BLACK)
            good = all(measure(flat(region, ground), placed.plate).keeps_the_law for ground in grounds)
    if not good:
        raise LabelFailed("read_back", part="visible")
