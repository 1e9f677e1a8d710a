"""PDF: the seal on every page, over whatever is there; the record in Info and XMP (`metadata.pdfs`).

Looking and marking run in a process of their own (`apart`); PDFium looks at every finished page, so that an annotation
that hides the seal, or a page that pypdf could not write to, keeps the document here.
"""

from __future__ import annotations

from io import BytesIO
from math import ceil
from typing import Any

import numpy as np

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label import pages
from pingxing.label.measure import measure
from pingxing.label.metadata import pdfs
from pingxing.label.metadata.merging import Label
from pingxing.label.pdf import POINTS_PER_PIXEL
from pingxing.label.plate import layout
from pingxing.label.vector import SVG
from pingxing.label.visible import BLACK, WHITE, Placed, at
from pingxing.types import MAX_SIDE, MIN_SIDE, Language

_LOOKED = 1_024  # pixels of a page's longer side at which the rules look at it
_MOST_CHARS = 200_000  # of all its words


def look(data: bytes, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """{"words", "shapes", "width", "height"} and the pixels of all pages.

    Raises UnreadableFile (encrypted, too_many_pages, too_many_words, small, damaged).
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        if PdfReader(BytesIO(data), strict=False).is_encrypted:
            raise UnreadableFile("encrypted")
    except (PyPdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError, OSError) as error:
        raise UnreadableFile("damaged") from error
    number = pages.count(data)
    if not 0 < number <= asked["pages"]:
        raise UnreadableFile("too_many_pages", found=number, most=asked["pages"])
    sizes = [pages.size(data, page) for page in range(number)]
    if any(not all(MIN_SIDE <= side <= 4 * MAX_SIDE for side in size) for size in sizes):
        raise UnreadableFile("small", least=MIN_SIDE)
    drawn = [pages.draw(data, _LOOKED, page) for page in range(number)]
    words = "\n".join(pages.words(data, page) for page in range(number))
    if len(words) > _MOST_CHARS:
        raise UnreadableFile("too_many_words", most=_MOST_CHARS)
    shapes = [list(page.shape[:2]) for page in drawn]
    answer = {"words": words, "shapes": shapes, "width": sizes[0][0], "height": sizes[0][1]}
    return answer, b"".join(page.tobytes() for page in drawn)


def mark(data: bytes, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The document with its seals and this one record. Raises UnreadableFile(damaged), LabelFailed."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.errors import PyPdfError

    language: Language = asked["language"]
    try:
        writer = PdfWriter(clone_from=PdfReader(BytesIO(data), strict=False))
        seals: dict[tuple[int, int], bytes] = {}
        for page in writer.pages:
            if page.rotation:
                page.transfer_rotation_to_content()
            box = page.cropbox
            side = ceil(float(box.width) / POINTS_PER_PIXEL), ceil(float(box.height) / POINTS_PER_PIXEL)
            seal = seals.setdefault(side, _seal(*side, language))
            over = PdfReader(BytesIO(seal)).pages[0]
            top = float(box.top) - side[1] * POINTS_PER_PIXEL  # the seal counts from the top, as readers do
            page.merge_translated_page(over, float(box.left), top, over=True, expand=False)
        out = BytesIO()
        writer.write(out)
    # pypdf meets damaged files with whatever the damage makes of its own code
    except (PyPdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError, ArithmeticError) as error:
        raise UnreadableFile("damaged") from error
    made = pdfs.write(out.getvalue(), Label(asked["record"]))
    _check(made, language)
    if pages.record(made) != asked["record"]:
        raise LabelFailed("read_back", part="aigc")
    return {}, made


def placed(width: int, height: int, language: Language) -> Placed:
    """Where the seal stands on a page of so many pixels (1/96 inch)."""
    return at(layout(width, height, language), width, height, "bottom-right")


def _seal(width: int, height: int, language: Language) -> bytes:
    """A page of nothing but the seal, with nothing behind it."""
    import typst

    there = placed(width, height, language)
    svg = f'<svg xmlns="{SVG}" width="{width}" height="{height}" viewBox="0 0 {width} {height}">{there.svg()}</svg>'
    size = f"{width * POINTS_PER_PIXEL:.6g}pt, height: {height * POINTS_PER_PIXEL:.6g}pt"
    source = f'#set page(width: {size}, margin: 0pt, fill: none)\n#image("p.svg", width: {size}, fit: "stretch")'
    try:
        drawn: bytes = typst.compile(
            {"main.typ": source.encode(), "p.svg": svg.encode()},  # type: ignore[call-overload]
            format="pdf",
            ignore_system_fonts=True,
            timestamp=0,
            pdf_tags=False,
        )
    except typst.TypstError as error:
        raise LabelFailed("not_vector") from error
    return drawn


def _check(data: bytes, language: Language) -> None:
    for page in range(pages.count(data)):
        there = placed(*pages.size(data, page), language)
        for ground in (WHITE, BLACK):
            region = np.ascontiguousarray(pages.look(data, there.box, ground, page=page))
            if not measure(region, there.plate).keeps_the_law:
                raise LabelFailed("covered", page=page + 1)
