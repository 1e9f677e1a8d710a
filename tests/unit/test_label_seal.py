"""Sealing, judged by other readers: Pillow's metadata, ElementTree, and patterns over the raw bytes."""

from __future__ import annotations

import json
import re
import threading
import xml.etree.ElementTree as ET
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from tests.fakes.pictures import drawing, mark, picture

from pingxing.errors import LabelFailed
from pingxing.i18n import explain
from pingxing.label import aigc_record, pdf, read, seal, verdict, writing
from pingxing.types import LANGUAGES, Format, Labels, Picture

FORMATS = list(Format)
TC260 = "{http://www.tc260.org.cn/ns/AIGC/1.0/}"


def source(format: Format) -> Picture:
    return drawing() if format.vector else picture(320, 240)


def records(data: bytes, format: Format) -> list[str]:
    """Every AIGC record of a file, by libraries and patterns that are not ours."""
    if format is Format.SVG:
        packets = [data]
    elif format is Format.PDF:
        packets = re.findall(rb"<x:xmpmeta.*?</x:xmpmeta>", data, re.DOTALL)
    else:
        with Image.open(BytesIO(data)) as image:
            xmp = image.info.get("XML:com.adobe.xmp") or image.info.get("xmp") or b""
        packets = [xmp if isinstance(xmp, bytes) else xmp.encode()]
    roots = [ET.fromstring(p if format is Format.SVG else p[p.index(b"<x:xmpmeta") :]) for p in packets]
    found = [str(element.text) for root in roots for element in root.iter(f"{TC260}AIGC")]
    assert data.count(b"<TC260:AIGC>") == len(found), "a record that only raw bytes show"
    return found


@pytest.mark.parametrize("format", FORMATS)
def test_exactly_one_label_per_file_by_an_independent_reader(format: Format) -> None:
    data = seal(source(format), format, mark())
    assert records(data, format) == [aigc_record(mark())]


def test_pdf_info_and_xmp_hold_the_same_record() -> None:
    data = seal(drawing(), Format.PDF, mark())
    assert re.findall(rb"/AIGC \((.*?)\)\n", data) == [aigc_record(mark()).encode()]
    assert records(data, Format.PDF) == [aigc_record(mark())]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("format", FORMATS)
def test_round_trip_is_confirmed(format: Format, language: str) -> None:
    labels = read(seal(source(format), format, mark(language)))
    assert verdict(labels) == "confirmed"
    assert labels.produce_id == "r-0123456789abcdef"
    assert labels.media_type == format.media_type
    assert labels.visible.found
    assert labels.visible.facts["wording"] == {"zh": "AI生成", "en": "AI generated"}[language]
    assert labels.aigc.facts["system"] == "Pingxing"
    assert labels.aigc.facts["version"] == "0.1.0"


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_picture_and_mark_give_the_same_bytes(format: Format) -> None:
    assert seal(source(format), format, mark()) == seal(source(format), format, mark())


@pytest.mark.parametrize("format", FORMATS)
def test_another_number_gives_other_bytes(format: Format) -> None:
    assert seal(source(format), format, mark()) != seal(source(format), format, mark(produce_id="r-2"))


@pytest.mark.parametrize("format", [Format.PNG, Format.JPEG, Format.WEBP])
def test_the_picture_outside_the_seal_is_kept(format: Format) -> None:
    original = picture(320, 240)
    with Image.open(BytesIO(seal(original, format, mark()))) as image:
        kept = np.asarray(image.convert("RGB")).astype(int)
    off = np.abs(kept[:120] - original.pixels[:120].astype(int))
    assert off.max() <= {Format.PNG: 0, Format.JPEG: 12, Format.WEBP: 24}[format]


def test_svg_keeps_the_picture_byte_for_byte_and_draws_the_seal_last() -> None:
    original = drawing()
    text = seal(original, Format.SVG, mark()).decode()
    assert original.svg is not None
    assert original.svg in text
    assert text.index('id="pingxing-mark"') > text.index(original.svg) + len(original.svg) - 1
    root = ET.fromstring(text)
    assert [element.tag.rpartition("}")[2] for element in root] == ["metadata", "svg", "g"]


def test_pdf_is_vector_and_has_the_pictures_size() -> None:
    from pypdf import PdfReader

    page = PdfReader(BytesIO(seal(drawing(320, 240), Format.PDF, mark()))).pages[0]
    assert (float(page.mediabox.width), float(page.mediabox.height)) == (240, 180)  # 96 pixels an inch
    assert len(page.images) == 0


def test_pdf_of_pixels_keeps_them_as_one_image() -> None:
    from pypdf import PdfReader

    data = seal(picture(300, 200, "noise"), Format.PDF, mark())
    images = PdfReader(BytesIO(data)).pages[0].images
    assert [i.image.size for i in images if i.image] == [(300, 200)]


def test_pixels_have_no_svg() -> None:
    with pytest.raises(LabelFailed) as failed:
        seal(picture(100, 100), Format.SVG, mark())
    assert failed.value.reason == "not_vector"


@pytest.mark.parametrize("svg", ["", "hello", "<html></html>", '<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "<svg>"])
@pytest.mark.parametrize("format", [Format.SVG, Format.PDF])
def test_what_is_no_svg_is_not_wrapped(svg: str, format: Format) -> None:
    base = picture(100, 100)
    with pytest.raises(LabelFailed):
        seal(Picture(100, 100, base.pixels, svg), format, mark())


@pytest.mark.parametrize("shape", [(50, 100, 3), (100, 100, 2), (100, 100)])
def test_a_picture_that_is_not_what_it_claims_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(LabelFailed) as failed:
        seal(Picture(100, 100, np.zeros(shape, np.uint8)), Format.PNG, mark())
    assert failed.value.reason == "picture"


@pytest.mark.parametrize("size", [(49, 64), (64, 8193)])
def test_a_size_without_a_lawful_mark_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(LabelFailed):
        seal(picture(*size), Format.PNG, mark())


# --- read back after every write: each fault must stop delivery ---------------------------------------


@pytest.mark.parametrize("fault", ["no_record", "two_records", "other_number", "label_2", "no_iptc"])
@pytest.mark.parametrize("format", FORMATS)
def test_a_wrong_record_is_never_delivered(fault: str, format: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    from pingxing.label import xmp

    genuine = xmp.description

    def wrong(m: object) -> str:
        text = genuine(mark(produce_id="r-other") if fault == "other_number" else mark())
        element = re.search(r"<TC260:AIGC>.*?</TC260:AIGC>", text)
        assert element is not None
        changed = {
            "no_record": text.replace(element[0], ""),
            "two_records": text.replace(element[0], element[0] * 2),
            "other_number": text,
            "label_2": text.replace('"Label":"1"', '"Label":"2"'),
            "no_iptc": text.replace("DigitalSourceType", "SourceType"),
        }
        return changed[fault]

    monkeypatch.setattr(xmp, "description", wrong)
    with pytest.raises(LabelFailed) as failed:
        seal(source(format), format, mark())
    assert failed.value.reason == "read_back"


def test_a_pdf_without_the_info_entry_is_never_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "labelled", lambda drawn, *_: drawn)
    with pytest.raises(LabelFailed):
        seal(drawing(), Format.PDF, mark())


@pytest.mark.parametrize(
    ("fault", "changes"),
    [("record", {"producer": "有限公司"}), ("record", {"system": "a\x01"}), ("not_vector", {}), ("read_back", {})],
)
def test_every_failure_has_words(fault: str, changes: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    if fault == "read_back":
        monkeypatch.setattr(writing, "stamp", lambda image, placed: None)
    with pytest.raises(LabelFailed) as failed:
        seal(picture(100, 100), Format.SVG if fault == "not_vector" else Format.PNG, mark(**changes))
    assert failed.value.reason == fault
    for language in LANGUAGES:
        assert all(words and "{" not in words for words in explain(failed.value, language))


@pytest.mark.parametrize("format", [Format.PNG, Format.JPEG, Format.WEBP])
@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_truncated_file_is_never_delivered(format: Format, cut: float, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = writing._raster
    monkeypatch.setattr(writing, "_raster", lambda *a: (out := genuine(*a))[: int(len(out) * cut)])
    with pytest.raises(LabelFailed):
        seal(picture(200, 200), format, mark())


def test_bytes_after_the_end_are_never_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = writing._raster
    monkeypatch.setattr(writing, "_raster", lambda *a: genuine(*a) + b"PK\x03\x04more")
    with pytest.raises(LabelFailed):
        seal(picture(200, 200), Format.PNG, mark())


def test_threads_get_the_same_bytes_as_one_alone() -> None:
    wanted = {format: seal(source(format), format, mark()) for format in FORMATS}
    got: list[bool] = []

    def work(format: Format) -> None:
        got.append(seal(source(format), format, mark()) == wanted[format])

    threads = [threading.Thread(target=work, args=(f,)) for f in FORMATS * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [True] * len(threads)


def test_metadata_stripped_is_not_confirmed_but_the_seal_is_seen() -> None:
    with Image.open(BytesIO(seal(picture(512, 512), Format.PNG, mark()))) as image:
        out = BytesIO()
        image.convert("RGB").save(out, "JPEG", quality=80)
    labels: Labels = read(out.getvalue())
    assert verdict(labels) == "suspected"
    assert not labels.aigc.found
    assert labels.visible.found
    assert labels.produce_id is None


def test_the_record_survives_json_readers() -> None:
    (record,) = records(seal(source(Format.PNG), Format.PNG, mark()), Format.PNG)
    assert json.loads(record)["Label"] == "1"
