"""Labels of texts and PDF documents, to the byte: what mutation testing showed that other tests let pass.

Front matter keeps every other key, exactly one record is left, a sidecar speaks of one text, and what is no plain
mapping is refused and not overwritten.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from io import BytesIO
from typing import Any

import pypdf
import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label import pdf
from pingxing.label.metadata import pdfs, texts
from pingxing.label.metadata.merging import Label, merged
from pingxing.label.metadata.texts import parted, read, read_sidecar
from pingxing.label.record import Aigc, judge

FIRST, OTHER = Aigc.first("P", "it's"), Aigc.first("P", "r-2")
MINE = (
    "AIGC:\n  Label: '1'\n  ContentProducer: 'P'\n  ProduceID: 'it''s'\n  ReservedCode1: ''\n"
    "  ContentPropagator: 'P'\n  PropagateID: 'it''s'\n  ReservedCode2: ''\n"
)


def write(text: str) -> str:
    done = texts.write(text.encode(), Label(FIRST.text()))
    assert [judge(one).aigc for one in read(done).texts] == [FIRST]
    assert texts.write(done, Label(FIRST.text())) == done
    return done.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"---\n{MINE}---\n\n"),
        ("Text\n", f"---\n{MINE}---\n\nText\n"),
        ("\ufeffText", f"\ufeff---\n{MINE}---\n\nText"),
        ("Text\n---\na: 1\n---\n", f"---\n{MINE}---\n\nText\n---\na: 1\n---\n"),
        ("----\nText", f"---\n{MINE}---\n\n----\nText"),
        ("---\n---\nText", f"---\n{MINE}---\nText"),
        ("---\n \n---\nText", f"---\n \n{MINE}---\nText"),
        ("---\na: 1\n---\nText\n", f"---\na: 1\n{MINE}---\nText\n"),
        ("--- \t\na: 1\n--- \nText\n", f"--- \t\na: 1\n{MINE}--- \nText\n"),
        ("---\na: 1\n...\nText\n", f"---\na: 1\n{MINE}...\nText\n"),
        ("---\na: 1\n---", f"---\na: 1\n{MINE}---"),
        ("\ufeff---\na: 1\n---\n", f"\ufeff---\na: 1\n{MINE}---\n"),
        ("---\r\na: 1\r\n---\r\nT", "---\r\na: 1\r\n" + MINE.replace("\n", "\r\n") + "---\r\nT"),
        ("---\na: 1\r\n---\nT", f"---\na: 1\r\n{MINE}---\nT"),
        ("---\nAIGC: old\n---\nT", f"---\n{MINE}---\nT"),
        ("---\nAIGC: a\nb: 1\nAIGC: c\n---\nT", f"---\nb: 1\n{MINE}---\nT"),
        ("---\nb: 1\nAIGC:\n  Label: '1'\n  x: y\n# more\nc:\n  - 2\n  - {d: e}\n---\nT",
         f"---\nb: 1\nc:\n  - 2\n  - {{d: e}}\n{MINE}---\nT"),
        ("---\n\"AIGC\": {x: [1, {y: z}]}\nc: 2\n---\nT", f"---\nc: 2\n{MINE}---\nT"),
        ("---\n? [a, b]\n: 1\nAIGC: o\n---\nT", f"---\n? [a, b]\n: 1\n{MINE}---\nT"),
        ("---\naigc: o\nx: {AIGC: p}\n---\nT", f"---\naigc: o\nx: {{AIGC: p}}\n{MINE}---\nT"),
    ],
)  # fmt: skip
def test_the_label_is_the_last_key_and_the_only_one_of_its_name(before: str, after: str) -> None:
    assert write(before) == after


@pytest.mark.parametrize("matter", ["- a", "a", "{a: 1}", "a: [", "a: &x 1", "a: *x", "a: 1\n b: 2", "\tb: 1", "# no"])
def test_front_matter_that_is_no_plain_mapping_is_not_overwritten(matter: str) -> None:
    with pytest.raises(LabelFailed) as failed:
        texts.write(f"---\n{matter}\n---\nT".encode(), Label(FIRST.text()))
    assert failed.value.reason == "metadata"


@pytest.mark.parametrize("data", [b"a\xff", b"a\0b"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    for action in (read, lambda data: texts.write(data, Label(FIRST.text()))):
        with pytest.raises(UnreadableFile) as failed:
            action(data)
        assert failed.value.reason == "damaged"


def test_a_text_is_parted_behind_its_front_matter() -> None:
    assert parted("---\na: 1\n---\nText") == ("---\na: 1\n---\n", "Text")
    assert parted("Text") == ("", "Text")
    assert parted("---\na: 1\nText") == ("", "---\na: 1\nText")


def said(matter: str) -> tuple[list[str], bool]:
    data = f"---\n{matter}\n---\nT".encode()
    found = read(data)
    assert (found.media_type, found.end) == ("text/markdown", len(data))
    return found.texts, found.broken


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("o", "o"),
        ('\'{"Label":"1"}\'', '{"Label":"1"}'),
        ("\n  Label: '1'\n  b: \"x\"", '{"Label":"1","b":"x"}'),
        ("{Label: '1', b: x}", '{"Label":"1","b":"x"}'),
        ("{Label: 1}", '{"Label":0}'),
        ("{Label: true}", '{"Label":0}'),
        ("{Label: ~}", '{"Label":0}'),
        ("{Label: '1', Label: '2'}", '{"Label":"1","Label":"2"}'),
        ("{a: {b: c}}", "[]"),
        ("{[a]: b}", "[]"),
        ("[a, b]", "[]"),
        ("[[a], b]", "[]"),
        ("{}", "{}"),
    ],
)
def test_a_record_in_front_matter_is_judged_as_it_stands(value: str, text: str) -> None:
    assert said(f"a: 1\nAIGC: {value}\nb: 2") == ([text], False)
    assert said(f"AIGC: {value}") == ([text], False)


def test_two_records_are_two_and_none_is_none() -> None:
    assert said("AIGC: a\nb: 1\nAIGC: c") == (["a", "c"], False)
    assert said("b: {AIGC: c}") == ([], False)
    assert read(b"Text").texts == []
    assert read(b"Text\n---\nAIGC: a\n---\n").texts == []


@pytest.mark.parametrize(
    ("matter", "broken"),
    [
        ("AIGC: [", True),
        ("a: [\n  'AIGC' : x", True),
        ('a: [\n"AIGC": x', True),
        ("a: [ AIGC: x", False),
        ("a: [\nAIGCs: x", False),
        ("- AIGC", False),
        ("a: &x 1\nAIGC: x", True),
        ("AIGC: &x 1", True),
        ("a: 1\nAIGC: *x", True),
    ],
)
def test_a_label_in_front_matter_that_cannot_be_read_is_a_broken_one(matter: str, broken: bool) -> None:
    assert said(matter) == ([], broken)


def test_front_matter_ends_within_sixty_four_kilobytes() -> None:
    def long(size: int) -> bytes:
        head = "---\nAIGC: a\n# "
        return (head + "x" * (size - len(head) - 5) + "\n---\n").encode()

    assert len(long(65_536)) == 65_536
    assert read(long(65_536)).texts == ["a"]
    assert read(long(65_540)).texts == []
    assert parted(long(65_536).decode())[1] == ""
    for size in (262_143, 262_144, 262_145, 300_000):
        body = b"---\nAIGC: a\n---\n"
        data = body + b"x" + "中".encode() * ((size - len(body)) // 3 + 1)  # a character is cut in the middle
        assert read(data).texts == ["a"]
        assert read(data).end == len(data)
    assert read(b"---\nAIGC: a\n---\n" + b"x" * 262_128 + b"\xff").texts == ["a"]  # what follows is not looked at
    with pytest.raises(UnreadableFile):
        read(b"---\nAIGC: a\n---\n" + b"x" * 262_127 + b"\xff")


# --- beside a text --------------------------------------------------------------------------------


def test_a_sidecar_to_the_byte_speaks_of_one_text() -> None:
    digest = hashlib.sha256(b"Text").hexdigest()
    beside = texts.sidecar(b"Text", Label(FIRST.text()))
    assert beside == f'{{"AIGC":{FIRST.text()},"sha256":"{digest}"}}\n'.encode()
    assert texts.describes(beside, b"Text") is True
    assert texts.describes(beside, b"text") is False
    assert texts.describes(b"{}", b"Text") is False
    found = read_sidecar(beside)
    assert (found.media_type, found.end, found.broken) == ("application/json", len(beside), False)
    assert [judge(one).aigc for one in found.texts] == [FIRST]


@pytest.mark.parametrize(
    ("data", "records", "broken"),
    [
        (b"{}", [], False),
        (b'{"AIGC":null}', ["null"], False),
        (b'{"AIGC":', [], True),
        (b"[]", [], True),
        (b'{"AIGC":1,"AIGC":2}', [], True),
        (b'{"AIGC":{"a":1,"a":2}}', [], True),
        (b'{"AIGC":"\xff"}', [], True),
        (b"[" * 60_000, [], True),
    ],
)
def test_a_sidecar_is_one_object_of_members_that_are_not_repeated(
    data: bytes, records: list[str], broken: bool
) -> None:
    found = read_sidecar(data)
    assert (found.texts, found.broken, found.end) == (records, broken, len(data))
    if broken:
        with pytest.raises(UnreadableFile) as failed:
            texts.describes(data, b"Text")
        assert failed.value.reason == "damaged"


def test_a_sidecar_has_a_length() -> None:
    beside = texts.sidecar(b"Text", Label(FIRST.text()))
    assert len(read_sidecar(beside.ljust(65_536)).texts) == 1
    assert read_sidecar(beside.ljust(65_537)).texts == []


# --- PDF ------------------------------------------------------------------------------------------


def blank(packet: bytes | None = None, **info: str) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(90, 60)
    writer.add_metadata({f"/{name}": value for name, value in info.items()})
    if packet is not None:
        stream = StreamObject()
        stream.set_data(packet)
        writer.root_object[NameObject("/Metadata")] = writer._add_object(stream)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def told(data: bytes) -> tuple[Any, bytes]:
    reader = PdfReader(BytesIO(data))
    assert reader.metadata is not None
    stream: Any = reader.root_object["/Metadata"]
    assert (stream["/Type"], stream["/Subtype"]) == ("/Metadata", "/XML")
    return reader.metadata, stream.get_data()


def test_iso32000_a_record_stands_in_info_and_in_xmp_and_the_rest_stays() -> None:
    label = Label(FIRST.text())
    info, packet = told(pdfs.write(blank(Title="T"), label))
    assert (info["/AIGC"], info["/Title"]) == (FIRST.text(), "T")
    assert packet == merged(None, label)
    old = merged(None, Label(OTHER.text()))
    again = pdfs.write(blank(old, AIGC=OTHER.text()), label)
    info, packet = told(again)
    assert info["/AIGC"] == FIRST.text()
    assert packet == merged(old, label)
    assert again.count(b"r-2") == 0


def test_a_record_stands_in_a_pdf_as_it_is_with_the_fewest_escapes() -> None:
    text = FIRST.text().replace("it's", "a(b)")
    assert b'"ProduceID":"a\\(b\\)"' in pdfs.write(blank(), Label(text))
    said = b"(" + FIRST.text().encode() + b")"
    (behind,) = pdfs.write(blank(), Label(FIRST.text())).split(said)[1:]
    assert behind[:1] in (b"\n", b" ", b">", b"/")
    assert told(pdfs.write(blank(), Label(text)))[0]["/AIGC"] == text
    assert told(pdfs.write(blank(), Label("a\\b")))[0]["/AIGC"] == "a\\b"


def test_a_document_without_info_gets_one() -> None:
    writer = PdfWriter()
    writer.add_blank_page(90, 60)
    writer._info = None
    info, packet = told(pdfs.put(writer, FIRST.text(), b"<x/>"))
    assert (info["/AIGC"], packet) == (FIRST.text(), b"<x/>")


def test_a_document_whose_info_is_none_gets_no_label(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = PdfWriter()
    writer.add_blank_page(90, 60)
    monkeypatch.setattr(PdfWriter, "_info", property(lambda self: 5, lambda self, value: None))
    with pytest.raises(LabelFailed) as failed:
        pdfs.put(writer, FIRST.text(), b"<x/>")
    assert (failed.value.reason, failed.value.params["part"]) == ("read_back", "container")


def test_a_damaged_or_locked_document_gets_no_label() -> None:
    for data in (b"%PDF-1.7\nwords", b""):
        with pytest.raises(UnreadableFile) as failed:
            pdfs.write(data, Label(FIRST.text()))
        assert failed.value.reason == "damaged"
    writer = PdfWriter(clone_from=BytesIO(blank()))
    writer.encrypt("a", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    with pytest.raises(LabelFailed) as locked:
        pdfs.write(out.getvalue(), Label(FIRST.text()))
    assert (locked.value.reason, locked.value.params["kind"]) == ("container", "application/pdf")
    with pytest.raises(LabelFailed) as strange:
        pdfs.write(blank(b"<x/>"), Label(FIRST.text()))
    assert strange.value.reason == "metadata"


@pytest.mark.parametrize("error", [OSError("x"), zlib.error("x"), AssertionError(), NotImplementedError()])
def test_whatever_damage_makes_of_pypdf_has_a_reason(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: Any, **asked: Any) -> None:
        raise error

    monkeypatch.setattr(pypdf, "PdfReader", fail)
    for action in (lambda: pdfs.write(b"", Label(FIRST.text())), lambda: pdf.contents(b"")):
        with pytest.raises(UnreadableFile) as failed:
            action()
        assert failed.value.reason == "damaged"


def test_a_document_behind_other_bytes_is_read_and_written() -> None:
    data = b"other bytes\n" + blank(AIGC=FIRST.text())
    assert pdf.contents(data).info_record == FIRST.text()
    assert told(pdfs.write(data, Label(OTHER.text())))[0]["/AIGC"] == OTHER.text()


def test_what_typst_cannot_read_is_no_picture_of_a_page() -> None:
    from tests.fakes.pictures import mark

    with pytest.raises(LabelFailed) as failed:
        pdf.write("<svg", 10, 10, mark(), 0)
    assert failed.value.reason == "not_vector"


def test_metadata_that_is_no_stream_is_replaced() -> None:
    writer = PdfWriter()
    writer.add_blank_page(90, 60)
    writer.root_object[NameObject("/Metadata")] = DictionaryObject()
    out = BytesIO()
    writer.write(out)
    assert told(pdfs.write(out.getvalue(), Label(FIRST.text())))[1] == merged(None, Label(FIRST.text()))


def test_a_mapping_keeps_what_yaml_would_read_as_something_else() -> None:
    odd = json.loads(FIRST.text()) | {"ProduceID": "null", "PropagateID": "1e3"}
    done = texts.write(b"", Label(json.dumps(odd)))
    assert json.loads(read(done).texts[0]) == odd
