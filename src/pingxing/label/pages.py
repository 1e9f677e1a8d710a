"""PDF pages as PDFium draws and reads them: another eye than typst and pypdf, which write them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from math import ceil
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label.pdf import POINTS_PER_PIXEL

_PDFIUM = Lock()  # PDFium is not thread-safe, not even over separate documents
_WIDEST = 1e6  # points; beyond, a page is a joke or an attack


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    """The document, alone in PDFium while it is open. Raises UnreadableFile."""
    import pypdfium2

    with _PDFIUM:
        try:
            with closing(pypdfium2.PdfDocument(data)) as document:
                yield document
        except pypdfium2.PdfiumError as error:
            raise UnreadableFile("damaged") from error


def count(data: bytes) -> int:
    """Of the document's pages."""
    with _opened(data) as document:
        return len(document)


def look(data: bytes, box: tuple[int, int, int, int], ground: int = 255, *, page: int = 0) -> NDArray[np.uint8]:
    """One region (in pixels from the top left) of a page (the first is 0) over a grey `ground`: (height, width, 3)."""
    x0, y0, x1, y1 = box
    with _opened(data) as document:
        sheet = document[page]
        width, height = (side / POINTS_PER_PIXEL for side in sheet.get_size())
        crop = tuple(side * POINTS_PER_PIXEL for side in (x0, height - y1, width - x1, y0))
        bitmap = sheet.render(
            scale=1 / POINTS_PER_PIXEL, crop=crop, rev_byteorder=True, fill_color=(ground,) * 3 + (255,)
        )
        drawn = np.array(bitmap.to_numpy()[..., :3])
    if drawn.shape[0] < y1 - y0 or drawn.shape[1] < x1 - x0:
        raise LabelFailed("read_back", part="visible")
    return drawn[: y1 - y0, : x1 - x0]


def record(data: bytes) -> str:
    """The Info dictionary's /AIGC."""
    with _opened(data) as document:
        return str(document.get_metadata_value("AIGC"))


def size(data: bytes, page: int = 0) -> tuple[int, int]:
    """Width and height of a page in pixels of 1/96 inch, as a reader shows it: parts of a pixel count as one."""
    with _opened(data) as document:
        width, height = document[page].get_size()
        return ceil(width / POINTS_PER_PIXEL), ceil(height / POINTS_PER_PIXEL)


def words(data: bytes, page: int = 0) -> str:
    """What can be read of a page as text."""
    with _opened(data) as document:
        return str(document[page].get_textpage().get_text_range())


def draw(data: bytes, max_side: int, page: int = 0) -> NDArray[np.uint8]:
    """A page (the first is 0), at most `max_side` pixels a side. Unbounded in time: see `apart`. Raises
    UnreadableFile."""
    with _opened(data) as document:
        if len(document) <= page:
            raise UnreadableFile("damaged")
        sheet = document[page]
        width, height = sheet.get_size()
        if not (0 < width < _WIDEST and 0 < height < _WIDEST):
            raise UnreadableFile("damaged")
        scale = min(1 / POINTS_PER_PIXEL, max_side / max(width, height))
        bitmap = sheet.render(scale=scale, rev_byteorder=True)
        return np.array(bitmap.to_numpy()[..., :3])
