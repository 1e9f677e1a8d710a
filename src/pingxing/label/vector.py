"""SVG: the picture, the seal as paths, the label as metadata; and looking at one region of such a file."""

from __future__ import annotations

import base64
import re
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.errors import LabelFailed
from pingxing.label.visible import Placed
from pingxing.label.xmp import packet
from pingxing.types import Mark

SVG = "http://www.w3.org/2000/svg"
_PROLOGUE = re.compile(r"\s*(<\?xml[^>]*\?>|<!--.*?-->|<!DOCTYPE[^>\[]*>|\s)*", re.DOTALL)


def document(svg: str, width: int, height: int, placed: Placed | None, mark: Mark | None) -> str:
    """A standalone document of `width` x `height` that shows `svg` with the seal on top.

    The picture becomes a nested <svg>, byte for byte, so its own viewBox keeps its meaning and
    nothing in it can reach out over the seal, which is drawn last.
    """
    inner = svg[_end_of_prologue(svg) :].strip()
    if not inner.startswith("<svg") or not inner.endswith(("</svg>", "/>")):
        raise LabelFailed("not_vector")
    metadata = f"<metadata>{packet(mark).decode()}</metadata>" if mark is not None else ""
    seal = "" if placed is None else placed.svg()
    return f"{_root(width, height, f'0 0 {width} {height}')}{metadata}{inner}{seal}</svg>\n"


def of_pixels(pixels: NDArray[np.uint8]) -> str:
    """An SVG that shows pixels (height, width, 3 or 4), for pictures that have no other form."""
    out = BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    height, width = pixels.shape[:2]
    picture = base64.b64encode(out.getvalue()).decode()
    return (
        f'<svg xmlns="{SVG}" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" xlink:href="data:image/png;base64,{picture}"/></svg>'
    )


def look(data: bytes, width: int, height: int, box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Render one region of a document made by `document`, pixel for pixel, as (height, width, 4)."""
    import resvg_py

    text, root = data.decode(), _root(width, height, f"0 0 {width} {height}").removesuffix(">")
    if not text.startswith(root):
        raise LabelFailed("read_back", part="svg")
    x0, y0, x1, y1 = box  # a signature may have added a namespace to the root: it stays
    cut = _root(x1 - x0, y1 - y0, f"{x0} {y0} {x1 - x0} {y1 - y0}").removesuffix(">")
    region = cut + text[len(root) :]
    png = bytes(resvg_py.svg_to_bytes(svg_string=region, skip_system_fonts=True))
    with Image.open(BytesIO(png), formats=["PNG"]) as image:
        return np.asarray(image.convert("RGBA"))


def _root(width: int, height: int, view: str) -> str:
    return f'<svg xmlns="{SVG}" width="{width}" height="{height}" viewBox="{view}">'


def _end_of_prologue(svg: str) -> int:
    match = _PROLOGUE.match(svg)
    return match.end() if match else 0
