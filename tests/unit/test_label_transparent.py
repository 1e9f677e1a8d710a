"""Pictures without a ground: the alpha is kept, the mark is as opaque and lawful as on any other."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from tests.fakes.pictures import mark
from tests.fakes.pictures import picture as opaque

from pingxing.label import aigc_record, reading, seal
from pingxing.label.visible import flat, place
from pingxing.policy.base import PictureSubject
from pingxing.policy.picture import NudityCheck
from pingxing.types import Format, Language, Picture

RASTER = [Format.PNG, Format.WEBP]
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 100 100" '
    'preserveAspectRatio="none"><circle cx="50" cy="50" r="30" fill="#f2b134"/></svg>'
)


def cut_out(width: int, height: int, hidden: tuple[int, int, int] = (0, 0, 0)) -> Picture:
    """A disc on nothing; `hidden` is what the wholly transparent pixels hold, which nobody may see."""
    y, x = np.mgrid[0:height, 0:width]
    inside = ((x - width / 2) / (0.3 * width)) ** 2 + ((y - height / 2) / (0.3 * height)) ** 2 <= 1
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[..., :3] = np.where(inside[..., None], (0xF2, 0xB1, 0x34), hidden)
    pixels[..., 3] = np.where(inside, 255, 0)
    return Picture(width, height, pixels, SVG.format(width, height))


def alpha(data: bytes) -> NDArray[np.uint8]:
    with Image.open(BytesIO(data)) as image:
        assert image.mode == "RGBA"
        return np.asarray(image.getchannel("A"))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("format", RASTER)
def test_the_ground_stays_clear_and_the_mark_is_opaque(format: Format, language: Language) -> None:
    for width, height in ((64, 64), (333, 200), (512, 512)):
        source = cut_out(width, height)
        placed = place(source, language)
        x0, y0, x1, y1 = placed.box
        seen = alpha(seal(source, format, mark(language)))
        outside = np.ones(seen.shape, bool)
        outside[y0:y1, x0:x1] = False
        assert (seen[outside] == source.pixels[..., 3][outside]).all()
        round_corner = int(placed.plate.radius) + 1
        assert (seen[y0:y1, x0 + round_corner : x1 - round_corner] == 255).all()
        assert seen[y0, x0] < 128, "the plate's corners are round here too"


@pytest.mark.parametrize("format", [*RASTER, Format.SVG, Format.PDF])
def test_what_was_sealed_without_a_ground_verifies(format: Format) -> None:
    data = seal(cut_out(400, 300), format, mark())
    labels = reading.read(data)
    assert reading.verdict(labels) == "confirmed"
    assert labels.visible.found
    assert labels.visible.valid is not False
    assert labels.produce_id == mark().produce_id
    assert data.count(aigc_record(mark()).encode()) <= 1 or format is Format.PDF


def test_svg_and_pdf_have_no_sheet_behind_the_things() -> None:
    import pypdfium2
    import resvg_py

    svg = seal(cut_out(200, 200), Format.SVG, mark()).decode()
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True))
    assert alpha(png)[5, 5] == 0
    document = pypdfium2.PdfDocument(seal(cut_out(200, 200), Format.PDF, mark()))
    try:
        for ground in (255, 0, 77):
            page = document[0].render(fill_color=(ground, ground, ground, 255)).to_numpy()
            assert page[4, 4, :3].tolist() == [ground] * 3
    finally:
        document.close()


def test_jpeg_has_no_alpha_and_stands_on_white() -> None:
    with Image.open(BytesIO(seal(cut_out(200, 200, hidden=(0, 90, 0)), Format.JPEG, mark()))) as image:
        assert image.mode == "RGB"
        assert min(image.getpixel((3, 3))) >= 253


@pytest.mark.parametrize("format", RASTER)
def test_a_mark_that_is_there_but_cannot_be_seen_is_not_found(format: Format) -> None:
    """Somebody makes the seal's place transparent: the colours are in the file still, but nobody sees them."""
    with Image.open(BytesIO(seal(opaque(300, 300), Format.PNG, mark()))) as image:
        hidden = image.convert("RGBA")
    hidden.putalpha(0)
    out = BytesIO()
    hidden.save(out, format.value, **({"exact": True, "lossless": True} if format is Format.WEBP else {}))
    assert not reading.read(out.getvalue()).visible.found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
def test_flat_mixes_as_porter_and_duff_say(colour: int, cover: int, ground: int) -> None:
    pixels = np.full((2, 2, 4), (colour, colour, colour, cover), np.uint8)
    wanted = (colour * cover + ground * (255 - cover)) / 255
    assert abs(int(flat(pixels, ground)[0, 0, 0]) - wanted) <= 1


def test_the_rules_see_a_cut_out_over_two_grounds_and_count_the_worse() -> None:
    seen: list[tuple[int, ...]] = []

    def score(image: Image.Image) -> float:
        assert image.mode == "RGB"
        seen.append(image.getpixel((0, 0)))
        return 0.9 if image.getpixel((0, 0))[0] == 128 else 0.1

    check = NudityCheck(score=score)
    (finding,) = check.examine(PictureSubject(cut_out(100, 100)))
    assert seen == [(255, 255, 255), (128, 128, 128)]
    assert finding.action == "block"


def test_nothing_hidden_bleeds_into_what_the_rules_see() -> None:
    """Averaging blocks must not mix in the colour of pixels that nobody sees."""
    grey = []
    for hidden in ((0, 0, 0), (255, 0, 255)):
        seen: list[np.ndarray] = []
        source = cut_out(1100, 1100, hidden)
        NudityCheck(score=lambda image, kept=seen: kept.append(np.asarray(image)) or 0.0).score(source)
        grey.append(seen)
    assert all((a == b).all() for a, b in zip(*grey, strict=True))
