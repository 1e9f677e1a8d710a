"""What a printer reads of a PDF besides its page: where it is cut (ISO 32000-2, 14.11.2), and what its colours mean.

The boxes are those that PDF/X asks for, and the output intent says that every colour is sRGB. PDF/X itself this is not:
its output intent has to name a printing condition, and the press's own operator knows that better than we do.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pingxing.sheets import Sheet

if TYPE_CHECKING:
    from pypdf import PdfWriter

POINTS_PER_MM = 72 / 25.4
_CONDITION = "sRGB IEC61966-2.1"


def page_points(sheet: Sheet) -> tuple[float, float]:
    """Width and height of the whole page, bleed and crop marks included."""
    wide, high = sheet.page
    return wide * POINTS_PER_MM, high * POINTS_PER_MM


def put(writer: PdfWriter, sheet: Sheet) -> None:
    """Trim, bleed and media boxes of the first page, the output intent, title and author."""
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject, TextStringObject

    page, (wide, high) = writer.pages[0], page_points(sheet)
    for name, inset in (
        ("/MediaBox", 0.0),
        ("/CropBox", 0.0),
        ("/BleedBox", sheet.edge - sheet.bleed_mm),
        ("/TrimBox", sheet.edge),
    ):
        page[NameObject(name)] = _box(inset * POINTS_PER_MM, wide, high)
    profile = StreamObject()
    profile.set_data(srgb())
    profile[NameObject("/N")] = NumberObject(3)
    intent = DictionaryObject({
        NameObject("/Type"): NameObject("/OutputIntent"),
        NameObject("/S"): NameObject("/GTS_PDFA1"),
        NameObject("/OutputConditionIdentifier"): TextStringObject(_CONDITION),
        NameObject("/Info"): TextStringObject(_CONDITION),
        NameObject("/DestOutputProfile"): writer._add_object(profile.flate_encode()),
    })  # fmt: skip
    writer.root_object[NameObject("/OutputIntents")] = ArrayObject([writer._add_object(intent)])
    info = {"/Title": sheet.title.strip(), "/Author": sheet.author.strip()}
    writer.add_metadata({name: text for name, text in info.items() if text})
    found = writer._info
    if isinstance(found, DictionaryObject):
        found[NameObject("/Trapped")] = NameObject("/False")


def _box(inset: float, wide: float, high: float) -> object:
    from pypdf.generic import ArrayObject, FloatObject

    sides = (inset, inset, wide - inset, high - inset)
    return ArrayObject([FloatObject(f"{side:.4f}") for side in sides])


@cache
def srgb() -> bytes:
    """An sRGB profile as LittleCMS builds it, without the moment at which it did: the same bytes every time."""
    from PIL import ImageCms

    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[24:36] = bytes((7, 228, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))  # 1 January 2020 (ICC.1, 7.2.8)
    data[84:100] = bytes(16)  # the profile's digest: none given
    return bytes(data)
