"""What a printer would say of a file whose edges are cut off: its proportions, and of a PDF its pages and boxes."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from pingxing.makers.facts import Facts
from pingxing.makers.formats import Platform
from pingxing.makers.formats.goods import MM_PER_INCH, Face
from pingxing.sheets import SLUG_MM

TRUE_MM = 0.1  # what a measure may be away
_RATIO = 0.01  # of width to height
_POINT = MM_PER_INCH / 72
_MAX_PAGES = 1_000


def is_pdf(data: bytes) -> bool:
    return data[:5] == b"%PDF-"


def of_pixels(facts: Facts, platform: Platform) -> Iterator[tuple[str, str, str]]:
    """Rules that pixels break: found, wanted. Crop marks around them are allowed."""
    if platform.face is None or not platform.face.bleed:
        return
    shapes = [platform.face.sheet().page, platform.face.sheet(marks=True).page]
    ratio = facts.width / facts.height
    if all(abs(ratio / (wide / high) - 1) > _RATIO for wide, high in shapes):
        wide, high = shapes[0]
        yield "ratio", f"{facts.width}×{facts.height}", f"{wide:.1f}×{high:.1f} mm"


def of_pdf(data: bytes, platform: Platform) -> Iterator[tuple[str, str, str]]:
    """Rules that a PDF breaks: found, wanted. One that cannot be read breaks "unreadable"."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    face = platform.face
    if face is None:
        yield "kind", "pdf", ", ".join(next(iter(platform.roles.values())).shape(moves=False).kinds)
        return
    try:
        reader = PdfReader(BytesIO(data), strict=False)
        pages = 0 if reader.is_encrypted else min(_MAX_PAGES, len(reader.pages))
        sizes = _sizes(reader) if pages else {}
    # pypdf meets damaged files with whatever the damage makes of its own code
    except (PyPdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError, ArithmeticError, OSError):
        yield "unreadable", "pdf", ""
        return
    if pages != 1:
        yield "pages", str(pages), "1"
        return
    yield from _boxes(sizes, face)


Size = tuple[float, float, float, float]  # left, low, width and height, millimetres


def _sizes(reader: object) -> dict[str, Size]:
    from pypdf import PdfReader

    assert isinstance(reader, PdfReader)  # noqa: S101 - the caller's
    page, found = reader.pages[0], {}
    for name, box in (("media", page.mediabox), ("bleed", page.bleedbox), ("trim", page.trimbox)):
        left, low = float(box.left) * _POINT, float(box.bottom) * _POINT
        found[name] = (left, low, float(box.width) * _POINT, float(box.height) * _POINT)
    return found


def _boxes(sizes: dict[str, Size], face: Face) -> Iterator[tuple[str, str, str]]:
    wanted = face.sheet()
    trim, bleed, media = sizes["trim"], sizes["bleed"], sizes["media"]
    if any(abs(found - side) > TRUE_MM for found, side in zip(trim[2:], wanted.trim, strict=True)):
        yield "trim", f"{trim[2]:.1f}×{trim[3]:.1f} mm", f"{wanted.trim[0]:.1f}×{wanted.trim[1]:.1f} mm"
    around = min(
        trim[0] - bleed[0], trim[1] - bleed[1],
        bleed[0] + bleed[2] - trim[0] - trim[2], bleed[1] + bleed[3] - trim[1] - trim[3],
    )  # fmt: skip
    if around < face.bleed - TRUE_MM:
        yield "bleed", f"{around:.1f} mm", f"≥ {face.bleed:g} mm"
    if any(found > side + 2 * (face.bleed + 2 * SLUG_MM) for found, side in zip(media[2:], wanted.trim, strict=True)):
        yield "page_size", f"{media[2]:.1f}×{media[3]:.1f} mm", f"≤ {wanted.trim[0] + 46:.0f}×{wanted.trim[1] + 46:.0f}"
