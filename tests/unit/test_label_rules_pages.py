"""Vectors, pages and booklets at their edges: what mutation testing (bench/mutants.py) showed that others let pass."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from tests.fakes.pictures import mark, photo, picture

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label import booklet, boxes, pages, pdf, seal, vector
from pingxing.label.metadata.labels import read_labels
from pingxing.label.plate import layout
from pingxing.label.visible import at
from pingxing.label.xmp import packet
from pingxing.types import Format, Sheet

NS = "http://www.w3.org/2000/svg"
INNER = f'<svg xmlns="{NS}"><rect width="9" height="9"/></svg>'


def document(inner: str = INNER, side: tuple[int, int] = (120, 80)) -> str:
    return vector.document(inner, *side, None, None)


def test_a_vector_document_is_root_record_picture_and_seal_and_nothing_else() -> None:
    root = f'<svg xmlns="{NS}" width="120" height="80" viewBox="0 0 120 80">'
    assert document() == f"{root}{INNER}</svg>\n"
    assert document('<?xml version="1.0"?>\n<!-- words -->\n' + INNER) == f"{root}{INNER}</svg>\n"
    assert document(f'<svg xmlns="{NS}"/>') == f'{root}<svg xmlns="{NS}"/></svg>\n'
    placed = at(layout(120, 80, "zh"), 120, 80, "bottom-right")
    whole = vector.document(INNER, 120, 80, placed, mark())
    assert whole == f"{root}<metadata>{packet(mark()).decode()}</metadata>{INNER}{placed.svg()}</svg>\n"


@pytest.mark.parametrize("inner", ["<g/>", "words", f"{INNER}<rect>", f"<svg {NS}", f"x{INNER}", ""])
def test_what_is_no_svg_is_not_put_under_a_seal(inner: str) -> None:
    with pytest.raises(LabelFailed) as told:
        document(inner)
    assert told.value.reason == "not_vector"


def test_pixels_in_a_vector_are_the_pixels() -> None:
    pixels = photo(40, 30, 2)
    said = vector.of_pixels(pixels)
    assert said.startswith(
        f'<svg xmlns="{NS}" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="30"><image '
    )
    assert '<image width="40" height="30" xlink:href="data:image/png;base64,' in said
    shown = vector.look(document(said, (40, 30)).encode(), 40, 30, (5, 4, 25, 24))
    assert (shown[..., :3] == pixels[4:24, 5:25]).all()
    signed = document(said, (40, 30)).replace('viewBox="0 0 40 30">', 'viewBox="0 0 40 30" xmlns:c="urn:c"><c:x/>', 1)
    assert (vector.look(signed.encode(), 40, 30, (5, 4, 25, 24)) == shown).all()
    with pytest.raises(LabelFailed) as told:
        vector.look(document(side=(41, 30)).encode(), 40, 30, (0, 0, 9, 9))
    assert told.value.params == {"part": "svg"}


def blank(width: float, height: float, count: int = 1) -> bytes:
    writer = PdfWriter()
    for _ in range(count):
        writer.add_blank_page(width, height)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_pages_are_looked_at_within_bounds() -> None:
    data = blank(300, 150)
    assert pages.size(data) == (400, 200)
    assert pages.look(data, (0, 0, 20, 10)).shape == (10, 20, 3)
    assert int(pages.look(data, (380, 190, 400, 200), 7).max()) == 7, "over the ground that is asked for"
    assert pages.draw(data, 2_048).shape == (200, 400, 3)
    assert pages.draw(data, 100).shape == (50, 100, 3)
    for page in (1, 2):
        with pytest.raises(UnreadableFile):
            pages.draw(data, 100, page)
    for broken in (b"%PDF-1.4 words", b""):
        with pytest.raises(UnreadableFile):
            pages.count(broken)
    assert pages.words(blank(90, 90)) == ""


@pytest.mark.parametrize("size", [(pages._WIDEST + 1, 90), (90, pages._WIDEST + 1)])
def test_a_page_that_nobody_can_show_is_refused(size: tuple[float, float]) -> None:
    with pytest.raises(UnreadableFile):
        pages.draw(blank(*size), 100)


def test_gb45438_every_page_of_a_booklet_shows_the_seal_and_the_file_has_one_record() -> None:
    source = '#rect(fill: black, width: 100%, height: 100%)\n#pagebreak()\n#image("a.jpg")\nwords 文字'
    picture = booklet.reduced(saved(), 90)
    side = (400, 300)
    data = booklet.bind(source, {"a.jpg": picture}, side, mark())
    assert booklet.bind(source, {"a.jpg": picture}, side, mark()) == data
    assert (pages.count(data), pages.size(data), pages.size(data, 1)) == (2, side, side)
    assert pages.words(data, 1).split() == ["words", "文字"]
    assert [judged.flaw for judged in read_labels(data)] == [None]
    left, top, right, bottom = booklet.seal_box(*side, mark())
    assert (right, bottom) > (300, 200)
    assert left > 200
    for page in range(2):
        seen = pages.look(data, (left, top, right, bottom), page=page)
        assert len(np.unique(seen.reshape(-1, 3), axis=0)) > 8, "the seal stands there, on black and on white"
    with pytest.raises(LabelFailed) as told:
        booklet.bind("#no-such-thing()", {}, side, mark())
    assert told.value.reason == "not_vector"


def test_gb45438_a_booklet_whose_seal_is_covered_on_one_page_does_not_leave() -> None:
    cover = "#place(top + left, rect(fill: black, width: 9cm, height: 9cm))"
    with pytest.raises(LabelFailed) as told:
        booklet.bind(f"words\n#pagebreak()\n#set page(foreground: none)\n{cover}", {}, (400, 300), mark())
    assert told.value.params == {"part": "visible"}


def saved() -> bytes:
    out = io.BytesIO()
    clear = np.dstack([photo(120, 80, 1), np.zeros((80, 120), np.uint8)])
    Image.fromarray(clear).save(out, "PNG")
    return out.getvalue()


def test_a_picture_in_a_booklet_is_small_and_on_white() -> None:
    with Image.open(io.BytesIO(booklet.reduced(saved(), 60))) as image:
        assert (image.format, image.size) == ("JPEG", (60, 40))
        assert int(np.asarray(image).min()) > 250


def test_a_print_s_profile_says_nothing_of_the_day_it_was_made() -> None:
    profile = boxes.srgb()
    assert profile[24:36] == bytes.fromhex("07e400010001000000000000")
    assert profile[84:100] == bytes(16)
    assert profile[36:40] == b"acsp"
    assert int.from_bytes(profile[:4], "big") == len(profile)
    assert profile[100:128] == bytes(28)
    assert profile[80:84] == b"lcms"


def test_a_damaged_pdf_is_told_and_an_encrypted_one_is_not_read() -> None:
    for broken in (b"%PDF-1.7\nwords", b"words"):
        with pytest.raises(UnreadableFile) as told:
            pdf.contents(broken)
        assert told.value.reason == "damaged"
    writer = PdfWriter()
    writer.add_blank_page(90, 60)
    writer.encrypt("a", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    assert pdf.contents(out.getvalue()) == pdf.PdfContents(0, 0, None, None, False, True)
    assert pdf.contents(blank(90, 60)) == pdf.PdfContents(120, 80, None, None, False, False)
    assert pdf.contents(blank(90, 60) + b"%/C2PA_Manifest\n").c2pa


def test_a_pdf_names_the_system_that_made_it_and_its_first_page_is_the_picture() -> None:
    made = seal(picture(120, 80), Format.PDF, mark())
    told = PdfReader(io.BytesIO(made)).metadata
    assert told is not None
    assert told["/Creator"] == f"{mark().system} {mark().version}"
    writer = PdfWriter()
    writer.add_blank_page(90, 60)
    writer.add_blank_page(300, 300)
    out = io.BytesIO()
    writer.write(out)
    assert (pdf.contents(out.getvalue()).width, pdf.contents(out.getvalue()).height) == (120, 80)


def test_a_region_of_a_page_is_where_and_as_it_was_drawn() -> None:
    source = '#place(bottom + right, rect(width: 30pt, height: 15pt, fill: rgb("#c01020"), stroke: none))'
    data = booklet._set({"main.typ": f"#set page(width: 300pt, height: 150pt, margin: 0pt)\n{source}".encode()}, 0)
    red = pages.look(data, (362, 182, 398, 198))
    assert red.reshape(-1, 3).tolist() == [[0xC0, 0x10, 0x20]] * (36 * 16)
    assert pages.look(data, (10, 10, 20, 20)).min() == 255


def test_a_print_has_its_boxes_its_profile_and_its_names() -> None:
    sheet = Sheet(
        good="poster", width_mm=100.0, height_mm=60.0, bleed_mm=3.0, marks=True, title=" A title ", author="An author"
    )
    writer = PdfWriter()
    wide, high = boxes.page_points(sheet)
    writer.add_blank_page(wide + 5, high + 5)
    writer.add_blank_page(90, 90)
    boxes.put(writer, sheet)
    out = io.BytesIO()
    writer.write(out)
    read = PdfReader(io.BytesIO(out.getvalue()))
    page = read.pages[0]

    def box(inset: float) -> list[float]:
        return pytest.approx([inset, inset, wide - inset, high - inset], abs=1e-3)

    points = boxes.POINTS_PER_MM
    assert [float(side) for side in page["/MediaBox"]] == box(0)
    assert [float(side) for side in page["/CropBox"]] == box(0)
    assert [float(side) for side in page["/BleedBox"]] == box((sheet.edge - 3.0) * points)
    assert [float(side) for side in page["/TrimBox"]] == box(sheet.edge * points)
    (intent,) = read.trailer["/Root"]["/OutputIntents"]
    told = intent.get_object()
    assert (told["/Type"], told["/S"]) == ("/OutputIntent", "/GTS_PDFA1")
    assert told["/Info"] == told["/OutputConditionIdentifier"]
    profile = told["/DestOutputProfile"].get_object()
    assert (profile["/N"], profile.get_data()) == (3, boxes.srgb())
    info = read.trailer["/Info"].get_object()
    assert (info["/Title"], info["/Author"], info["/Trapped"]) == ("A title", "An author", "/False")
    writer = PdfWriter()
    writer.add_blank_page(90, 90)
    boxes.put(writer, sheet.model_copy(update={"title": "", "author": " "}))
    out = io.BytesIO()
    writer.write(out)
    told = PdfReader(io.BytesIO(out.getvalue())).metadata or {}
    assert not {"/Title", "/Author"} & set(told)


def test_a_booklet_without_its_record_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(booklet, "labelled", lambda data, mark: data)
    with pytest.raises(LabelFailed):
        booklet.bind("words", {}, (400, 300), mark())
