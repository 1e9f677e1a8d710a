"""Faces, bleed, spines and boxes: true to a tenth of a millimetre, by other eyes than the ones that wrote them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from time import monotonic

import numpy as np
import pypdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pingxing.engine.backends.scene import SceneBackend
from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.printing import on_sheet
from pingxing.engine.backends.scene.render import RenderPool
from pingxing.engine.backends.scene.styles import DEFAULT, STYLES
from pingxing.errors import InvalidRequest, NotFound
from pingxing.label import seal
from pingxing.label.pages import draw
from pingxing.label.recognising import recognise
from pingxing.makers import formats
from pingxing.makers.formats.goods import cover_name, covers
from pingxing.makers.paper import of_pdf
from pingxing.makers.prints import Order, plan
from pingxing.makers.wanted import _prints, check, read_wanted
from pingxing.sheets import EDGE_SHARES, Sheet
from pingxing.types import Format, Mark, Picture

MARK = Mark("en", "UNREGISTERED", "b" * 32, "Pingxing", "1", "scene", datetime(2026, 11, 22, tzinfo=UTC))
COVER = formats.platform("book-cover-6x9-120-white")
GOODS = tuple(formats.platform(name) for name in formats.platforms() if formats.platform(name).good)
CUT = tuple(good for good in GOODS if good.face and good.face.bleed)


def wishes(order):
    return {key.role: request for key, request in plan(order)}


def paper(sheet: Sheet) -> bytes:
    wide, high = (round(side / 25.4 * 96) for side in sheet.page)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}"><rect width="{wide}" height="{high}" fill="#88aacc"/></svg>'  # noqa: E501
    pixels = np.full((high, wide, 3), 160, np.uint8)
    return seal(Picture(wide, high, pixels, svg, margin=sheet.keep(wide, high), sheet=sheet), Format.PDF, MARK)


def measured(data: bytes) -> dict[str, tuple[float, ...]]:
    page = pypdf.PdfReader(BytesIO(data)).pages[0]
    boxes = {"media": page.mediabox, "bleed": page.bleedbox, "trim": page.trimbox}
    return {name: tuple(float(side) * 25.4 / 72 for side in box) for name, box in boxes.items()}


def test_the_cover_of_six_by_nine_with_120_white_pages_is_exactly_what_kdp_says():
    request = wishes(Order("a fox", (COVER,)))["print"]
    assert (request.width, request.height, request.dpi) == (3756, 2775, 300)
    assert COVER.inches == pytest.approx((12.520, 9.25), abs=0.0005)


@given(st.sampled_from(sorted(covers().trims)), st.integers(24, 828), st.sampled_from(sorted(covers().papers)))
@settings(max_examples=40, deadline=None)
def test_every_cover_is_two_trims_a_spine_and_two_bleeds(trim, pages, kind):
    good = formats.platform(cover_name(trim, pages, kind))
    wide, high = covers().trims[trim]
    assert good.inches[0] == pytest.approx(2 * wide + pages * covers().papers[kind] + 0.25, abs=1e-6)
    assert good.inches[1] == pytest.approx(high + 0.25, abs=1e-6)
    assert good.face.spine_words is (pages >= 79)


@pytest.mark.parametrize(
    ("name", "error"),
    [("book-cover-6x9-23-white", InvalidRequest), ("book-cover-6x9-829-white", InvalidRequest),
     ("book-cover-1x1-120-white", InvalidRequest), ("book-cover-6x9-120-silk", InvalidRequest),
     ("book-cover-", NotFound), ("book-covers", NotFound)],
)  # fmt: skip
def test_a_book_nobody_prints_is_refused(name, error):
    with pytest.raises(error):
        formats.platform(name)


@pytest.mark.parametrize("good", CUT, ids=lambda good: good.name)
@pytest.mark.parametrize("marks", [False, True])
def test_the_boxes_of_a_pdf_are_true(good, marks):
    sheet = good.face.sheet(marks=marks, title="山 & (sea)")
    if marks and good.name not in ("card-a6", "book-cover"):  # one small and one with a spine stand for all
        return
    data = paper(sheet)
    found, edge = measured(data), sheet.edge
    assert found["media"] == pytest.approx((0, 0, *sheet.page), abs=0.05)
    assert found["trim"] == pytest.approx((edge, edge, sheet.page[0] - edge, sheet.page[1] - edge), abs=0.05)
    slug = edge - sheet.bleed_mm
    assert found["bleed"] == pytest.approx((slug, slug, sheet.page[0] - slug, sheet.page[1] - slug), abs=0.05)
    document = pypdfium2.PdfDocument(data)
    assert [side * 25.4 / 72 for side in document[0].get_size()] == pytest.approx(sheet.page, abs=0.1)
    assert document.get_metadata_value("Title") == "山 & (sea)"
    document.close()
    assert list(of_pdf(data, good)) == []
    root = pypdf.PdfReader(BytesIO(data)).trailer["/Root"]
    intent = root["/OutputIntents"][0]
    assert intent["/OutputConditionIdentifier"] == "sRGB IEC61966-2.1"
    assert "GTS_PDFX" not in str(intent)  # it says nothing that it is not


def test_a_pdf_is_the_same_bytes_again_and_another_book_s_is_found_out():
    data = paper(COVER.face.sheet())
    assert data == paper(COVER.face.sheet())
    rules = [rule for rule, _, _ in of_pdf(data, formats.platform("book-cover-6x9-300-white"))]
    assert rules == ["trim"]
    bare = paper(replace_face(bleed=0.0).sheet())
    assert [rule for rule, _, _ in of_pdf(bare, COVER)] == ["bleed"]
    assert [rule for rule, _, _ in of_pdf(data[: len(data) // 2], COVER)] == ["unreadable"]
    assert [rule for rule, _, _ in of_pdf(data, formats.platform("t-shirt"))] == ["kind"]


def replace_face(**changes):
    return COVER.face.model_copy(update=changes)


@pytest.mark.parametrize("good", CUT, ids=lambda good: good.name)
def test_the_seal_is_recognised_where_it_stands_inside_the_safe_zone(good):
    shown = Image.fromarray(draw(paper(good.face.sheet()), 4_000))
    seen = recognise(shown, monotonic() + 20)
    assert seen is not None
    assert seen.measured is not None
    assert seen.measured.keeps_the_law


# --- what stands where ---------------------------------------------------------------------------


@pytest.mark.parametrize("prompt", ["a fox by a lighthouse at night", "三只熊猫在竹林里吃竹子", "a whale in the sea"])
@pytest.mark.parametrize("name", ["book-cover", "poster-a3", "card-a6"])
def test_nothing_that_matters_lies_in_the_bleed_or_near_a_cut(prompt, name):
    sheet = formats.platform(name).face.sheet(title="山海之间", author="Ada Winter")
    made = on_sheet(parse(prompt, ""), sheet, 5, STYLES[DEFAULT], shipped())
    assert made.scene.objects
    left, top, wide, high = sheet.front
    for thing in made.scene.objects:
        x, y, w, h = (part * side for part, side in zip(thing.box, (*sheet.page, *sheet.page), strict=True))
        assert x >= left - 0.5, thing.name_en
        assert x + w <= left + wide + 0.5, thing.name_en
        assert y >= top - 0.5
        assert y + h <= top + high + 0.5
    title = max((text for text in made.scene.text if text.string == "山海之间"), key=lambda text: text.box[0])
    x, y, w, h = (part * side for part, side in zip(title.box, (*sheet.page, *sheet.page), strict=True))
    assert x >= left + sheet.safe_mm - 0.1
    assert x + w <= left + wide - sheet.safe_mm + 0.1
    assert y >= top + sheet.safe_mm - 0.1


def test_a_chinese_title_runs_down_the_spine_upright_and_a_thin_spine_has_no_words():
    thick = formats.platform("book-cover-6x9-300-cream").face.sheet(title="山海之间", author="林晚")
    made = on_sheet(parse("群山", ""), thick, 5, STYLES[DEFAULT], shipped())
    spine = [text for text in made.scene.text if text.string == "山海之间"]
    assert len(spine) == 2
    x, _, w, h = (part * side for part, side in zip(spine[0].box, (*thick.page, *thick.page), strict=True))
    assert h > 3 * w
    start = thick.edge + thick.width_mm
    assert x >= start + 1.5
    assert x + w <= start + thick.spine_mm - 1.5
    thin = formats.platform("book-cover-6x9-78-white").face.sheet(title="山海之间")
    made = on_sheet(parse("群山", ""), thin, 5, STYLES[DEFAULT], shipped())
    assert len([text for text in made.scene.text if text.string == "山海之间"]) == 1


def test_words_that_no_typeface_sets_are_refused_and_named():
    sheet = formats.platform("poster-a4").face.sheet(title="\U0001f600 \u202e")
    with pytest.raises(InvalidRequest) as caught:
        on_sheet(parse("a fox", ""), sheet, 1, STYLES[DEFAULT], shipped())
    assert caught.value.params["member"] == "title"


@pytest.mark.parametrize("good", CUT, ids=lambda good: good.name)
def test_the_seal_stands_where_no_knife_goes(good):
    for marks in (False, True):
        sheet = good.face.sheet(marks=marks)
        keep = sheet.keep(*(round(side * 4) for side in sheet.page))
        assert keep / 4 >= sheet.edge + sheet.safe_mm - 0.2
        short = min(round(side * 4) for side in sheet.page)
        assert keep in {round(share * short) for share in EDGE_SHARES}  # where a reader looks for it


# --- orders --------------------------------------------------------------------------------------


def test_an_order_says_what_is_made_of_each_good():
    made = plan(Order("a fox", (COVER, formats.platform("t-shirt")), mockup=True, proof=True, marks=True))
    names = [key.name for key, _ in made]
    assert names == [
        "book-cover-6x9-120-white.png", "book-cover-6x9-120-white.pdf", "book-cover-6x9-120-white-mockup.png",
        "book-cover-6x9-120-white-proof.png", "t-shirt.png", "t-shirt.pdf", "t-shirt.svg", "t-shirt-mockup.png",
        "t-shirt-proof.png",
    ]  # fmt: skip
    requests = {key.name: request for key, request in made}
    assert requests["book-cover-6x9-120-white.pdf"].sheet.marks
    assert not requests["book-cover-6x9-120-white.png"].sheet.marks
    assert requests["t-shirt.png"].sheet is None
    assert requests["t-shirt.png"].transparent


@pytest.mark.parametrize("good", [one for one in GOODS if one.vector], ids=lambda good: good.name)
def test_what_is_drawn_and_not_cut_has_its_vectors_at_their_true_size_and_a_painting_has_none(good):
    asked = {key.name: request for key, request in plan(Order("a fox", (good,))) if key.role == "vector"}
    assert list(asked) == [f"{good.name}.{kind}" for kind in good.vector]
    for request in asked.values():
        assert request.width / 96 == pytest.approx(good.inches[0], abs=0.005)
        assert request.height / 96 == pytest.approx(good.inches[1], abs=0.005)
        assert request.transparent is (good.good in ("shirt", "tote"))
    assert asked[f"{good.name}.pdf"].sheet.page == pytest.approx([side * 25.4 for side in good.inches])
    assert not [key for key, _ in plan(Order("a fox", (good,)), paints=True) if key.role == "vector"]
    assert not [key for key, _ in plan(Order("a fox", (good,), pdf=False)) if key.role == "vector"]


def test_a_shirts_pdf_is_true_to_the_millimetre_of_vectors_alone_and_clear_where_its_png_is():
    good = formats.platform("t-shirt")
    asked = {key.name: request for key, request in plan(Order("a fox under a tree", (good,), seed=3))}
    scene = SceneBackend(RenderPool(1))
    try:
        state = scene.prepare(asked["t-shirt.pdf"])
        pixels = asked["t-shirt.png"].model_copy(update={"width": 360, "height": 480})
        small = scene.prepare(pixels)
        scene.step([state, small])
        vectors, png = scene.finish(state), scene.finish(small)
    finally:
        scene.close()
    data = seal(vectors, Format.PDF, MARK)
    boxes = measured(data)
    for box in boxes.values():
        assert box == pytest.approx((0, 0, 304.8, 406.4), abs=0.01)
    assert b"/Subtype /Image" not in data
    assert b"/Subtype/Image" not in data
    with pypdfium2.PdfDocument(data) as document:
        shown = np.asarray(document[0].render(scale=360 / 864, fill_color=(255, 0, 255, 255)).to_pil().convert("RGB"))
    nothing = (shown == (255, 0, 255)).all(axis=2)
    clear = png.pixels[..., 3] == 0
    top = slice(0, 400)  # above the seal, which a small picture sets larger
    assert (nothing[top] == clear[top]).mean() > 0.98
    assert 0.2 < clear[top].mean() < 0.9


def test_an_engine_that_paints_pixels_prints_them_and_sets_no_title():
    order = Order("a fox", (COVER,), mockup=True, proof=True)
    assert [key.role for key, _ in plan(order, drawn=False)] == ["print"]
    with pytest.raises(InvalidRequest):
        plan(replace(order, title="The Fox"), drawn=False)
    with pytest.raises(InvalidRequest):
        plan(Order("a fox", (formats.platform("tote"),), title="The Fox"))


@pytest.mark.parametrize("dpi", [1, 149, 1_200])
def test_a_density_that_no_printer_should_be_sent_or_no_file_can_have_is_refused(dpi):
    with pytest.raises(InvalidRequest):
        plan(Order("a fox", (formats.platform("poster-50x70"),), dpi=dpi))


@given(st.sampled_from(GOODS), st.integers(150, 300), st.booleans())
@settings(max_examples=40, deadline=None)
def test_whatever_is_ordered_has_150_dots_to_the_inch_or_is_refused(good, dpi, mockup):
    order = Order("a fox", (good,), dpi=dpi, mockup=mockup)
    if max(good.inches) * dpi > 8_192.5:
        with pytest.raises(InvalidRequest, match="print_size"):
            plan(order)
        return
    first = plan(order)[0][1]
    assert max(first.width / good.inches[0], first.height / good.inches[1]) >= 149.5


def test_everything_that_is_filled_in_reaches_the_order():
    told = {
        "kind": "prints", "wish": "a fox", "products": ["book-cover-6x9-200-cream"], "title": "The Fox", "author": "A",
        "marks": True, "mockup": True, "proof": True, "dpi": 200,
    }  # fmt: skip
    order = _prints(read_wanted(told))
    assert (order.title, order.author, order.dpi) == ("The Fox", "A", 200)
    assert (order.marks, order.mockup, order.proof) == (True, True, True)
    assert [good.name for good in order.goods] == ["book-cover-6x9-200-cream"]
    assert check(read_wanted(told)) == 4
    with pytest.raises(InvalidRequest):
        check(read_wanted(told | {"products": ["wechat"]}))
