"""PDFs of many pages that are set rather than drawn: names beside pictures, page numbers, one label for the whole.

    bind(source, files, side, mark) -> bytes
    reduced(data, side) -> bytes       a picture as it stands on a page

typst sets the pages, with the house's own typefaces and no others; the seal stands in the lower right corner of every
page, over whatever is there; PDFium looks at each page afterwards, so that none leaves without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files as resources
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from pingxing.errors import LabelFailed
from pingxing.label import pages
from pingxing.label.checking import check
from pingxing.label.measure import measure
from pingxing.label.pdf import POINTS_PER_PIXEL, labelled
from pingxing.label.plate import layout
from pingxing.label.vector import SVG
from pingxing.label.visible import BLACK, WHITE, Placed, at
from pingxing.types import Format, Mark

FACE = "Noto Sans SC"
_SEAL = "pingxing-seal.svg"
_QUALITY = 88  # of pictures on a page


def seal_box(width: int, height: int, mark: Mark) -> tuple[int, int, int, int]:
    """Where the seal will stand on each page (left, top, right, bottom; pixels of 1/96 inch): keep it free."""
    return _placed(width, height, mark).box


def bind(source: str, files: Mapping[str, bytes], side: tuple[int, int], mark: Mark) -> bytes:
    """The labelled document. `source` is typst without a page rule; `files` are what it names; `side` are width and
    height of a page in pixels of 1/96 inch. Words of people belong into a file that the source reads (json), never into
    the source. Same arguments, same bytes.

    Raises LabelFailed where typst cannot set it, and where a page does not show a lawful mark.
    """
    placed = _placed(*side, mark)
    wide, high = (f"{pixels * POINTS_PER_PIXEL:.6g}pt" for pixels in side)
    left, top = (f"{pixels * POINTS_PER_PIXEL:.6g}pt" for pixels in (placed.x, placed.y))
    plate = f'<svg xmlns="{SVG}" width="{placed.plate.width}" height="{placed.plate.height}">{placed.plate.svg()}</svg>'
    over = f'place(top + left, dx: {left}, dy: {top}, image("{_SEAL}", width: {placed.plate.width * 0.75:.6g}pt))'
    rule = f'#set page(width: {wide}, height: {high}, foreground: {over})\n#set text(font: "{FACE}")\n'
    given = {"main.typ": (rule + source).encode(), _SEAL: plate.encode(), **files}
    data = labelled(_set(given, int(mark.created_at.timestamp())), mark)
    check(data, Format.PDF, mark, placed, *side)
    for number in range(pages.count(data)):
        regions = [pages.look(data, placed.box, ground, page=number) for ground in (WHITE, BLACK)]
        if not all(measure(np.ascontiguousarray(region), placed.plate).keeps_the_law for region in regions):
            raise LabelFailed("read_back", part="visible")
    return data


def reduced(data: bytes, side: int) -> bytes:
    """A labelled picture of ours as a page shows it: a JPEG of at most `side` pixels, over white. Its seal is in its
    pixels and stays; its metadata are the booklet's to say. Raises OSError for what is no picture."""
    with Image.open(BytesIO(data)) as opened:
        image = opened.convert("RGBA")
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image)
    out = BytesIO()
    paper.save(out, "JPEG", quality=_QUALITY, subsampling=0)
    return out.getvalue()


def _set(files: Mapping[str, bytes], instant: int) -> bytes:
    """By way of a folder, because typst reads pictures from nowhere else; it may read nothing outside of it."""
    import typst

    with TemporaryDirectory(prefix="pingxing-booklet-") as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        try:
            return typst.compile(
                Path(folder) / "main.typ",
                root=Path(folder),
                format="pdf",
                font_paths=[Path(str(resources("pylopdf_fonts_zh_cn")))],
                ignore_system_fonts=True,
                timestamp=instant,
            )
        except typst.TypstError as error:
            raise LabelFailed("not_vector") from error


def _placed(width: int, height: int, mark: Mark) -> Placed:
    return at(layout(width, height, mark.language), width, height, "bottom-right")
