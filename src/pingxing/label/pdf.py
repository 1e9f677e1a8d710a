"""PDF: typst turns the labelled SVG into vector pages, pypdf writes and reads the label.

`pages` looks at the result with PDFium, so that no file is judged by the library that wrote it.

The record stands in two places because two rules name them: the Info dictionary under /AIGC (practice
guide TC260) and XMP, of which ISO 32000 wants that it agrees with Info. Both hold the same text, so a
PDF carries one label, said twice; a reader that finds them different has found two labels.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label import boxes
from pingxing.label.metadata import pdfs
from pingxing.label.record import aigc_record
from pingxing.label.xmp import packet
from pingxing.types import Mark, Sheet

if TYPE_CHECKING:
    from pypdf import PdfReader

POINTS_PER_PIXEL = 0.75  # a CSS pixel is 1/96 inch
_MAX_PACKET = 1 << 20


def write(svg: str, width: int, height: int, mark: Mark, instant: int, sheet: Sheet | None = None) -> bytes:
    """One page of the picture's size, or of the sheet's where it is printed on one. `instant` (Unix seconds) stands in
    for the clock.

    Raises LabelFailed where typst cannot read the picture.
    """
    import typst

    wide, high = (side * POINTS_PER_PIXEL for side in (width, height)) if sheet is None else boxes.page_points(sheet)
    page = f"{wide:.6g}pt, height: {high:.6g}pt"
    source = f'#set page(width: {page}, margin: 0pt, fill: none)\n#image("p.svg", width: {page}, fit: "stretch")'
    try:
        drawn: bytes = typst.compile(
            {"main.typ": source.encode(), "p.svg": svg.encode()},  # type: ignore[call-overload]
            format="pdf",
            ignore_system_fonts=True,
            timestamp=instant,
            pdf_tags=False,
        )
    except typst.TypstError as error:
        raise LabelFailed("not_vector") from error
    return labelled(drawn, mark, sheet)


def labelled(drawn: bytes, mark: Mark, sheet: Sheet | None = None) -> bytes:
    """The document with its label in both places."""
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=BytesIO(drawn))
    writer.add_metadata({"/Creator": f"{mark.system} {mark.version}"})
    if sheet is not None:
        boxes.put(writer, sheet)
    return pdfs.put(writer, aigc_record(mark), packet(mark))


@dataclass(frozen=True, slots=True)
class PdfContents:
    width: int  # pixels of the first page
    height: int
    info_record: str | None
    xmp: bytes | None
    c2pa: bool
    encrypted: bool


def contents(data: bytes) -> PdfContents:
    """What an untrusted PDF's Info dictionary, XMP stream and first page say. Raises UnreadableFile."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted:
            return PdfContents(0, 0, None, None, False, True)
        return _read(reader, b"/C2PA_Manifest" in data)
    # pypdf meets damaged files with whatever the damage makes of its own code
    except (PyPdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError, ArithmeticError) as error:
        raise UnreadableFile("damaged") from error
    except (AssertionError, NotImplementedError, OSError, zlib.error) as error:
        raise UnreadableFile("damaged") from error


def _read(reader: PdfReader, c2pa: bool) -> PdfContents:
    from pypdf.generic import StreamObject

    info = reader.metadata
    record = info.get("/AIGC") if info is not None else None
    metadata = reader.root_object.get("/Metadata")
    stream = metadata.get_object() if metadata is not None else None
    xmp = stream.get_data()[: _MAX_PACKET + 1] if isinstance(stream, StreamObject) else None
    box = reader.pages[0].mediabox
    return PdfContents(
        width=round(float(box.width) / POINTS_PER_PIXEL),
        height=round(float(box.height) / POINTS_PER_PIXEL),
        info_record=None if record is None else str(record),
        xmp=xmp,
        c2pa=c2pa,
        encrypted=False,
    )
