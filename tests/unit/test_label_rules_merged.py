"""One label in somebody else's document, to the byte: what mutation testing showed that other tests let pass.

Exactly one record is left, whatever stood there, nothing else moves, and what is no XMP is refused and not overwritten.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pingxing.errors import LabelFailed, TooLarge, UnreadableFile
from pingxing.label import finding
from pingxing.label.finding import Found
from pingxing.label.metadata import labels, merging, second
from pingxing.label.metadata.labels import republish, write_label
from pingxing.label.metadata.merging import Label, beside, in_svg, merged, without_label
from pingxing.label.record import Aigc, judge
from pingxing.label.xmp import Provenance

NS = "http://www.tc260.org.cn/ns/AIGC/1.0/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
XMP = "http://ns.adobe.com/xap/1.0/"
MADE = Provenance("S & T", "2", "m", datetime(2026, 8, 2, 9, 30, tzinfo=UTC))
NEW = Label("N")
FULL = Label("N", MADE)
SAID_NEW = "<TC260:AIGC>N</TC260:AIGC>"
SAID_FACTS = (
    "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    "</Iptc4xmpExt:DigitalSourceType><Iptc4xmpExt:AISystemUsed>S &amp; T</Iptc4xmpExt:AISystemUsed>"
    "<Iptc4xmpExt:AISystemVersionUsed>2</Iptc4xmpExt:AISystemVersionUsed>"
)
SAID_TIME = "<xmp:CreateDate>2026-08-02T09:30:00Z</xmp:CreateDate>"
SAID_TOOL = "<xmp:CreatorTool>S &amp; T 2 (m)</xmp:CreatorTool>"


def doc(inner: str, after: str = "") -> bytes:
    space = f'xmlns:x="adobe:ns:meta/" xmlns:t="{NS}" xmlns:i="{IPTC}" xmlns:m="{XMP}" xmlns:d="d"'
    return f'<x:xmpmeta {space}><r:RDF xmlns:r="{RDF}">{inner}</r:RDF>{after}</x:xmpmeta>'.encode()


def mine(words: str = SAID_NEW, about: str = '""', *prefixes: str) -> str:
    known = {"TC260": NS, "Iptc4xmpExt": IPTC, "xmp": XMP}
    declared = "".join(f' xmlns:{prefix}="{known[prefix]}"' for prefix in prefixes or ("TC260",))
    return f'<rdf:Description xmlns:rdf="{RDF}" rdf:about={about}{declared}>{words}</rdf:Description>'


def whole(words: str, *prefixes: str) -> bytes:
    inner = mine(words, '""', *prefixes).replace(f' xmlns:rdf="{RDF}"', "")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{RDF}">{inner}</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


KEPT = '<r:Description r:about=""><d:x>1</d:x></r:Description>'


# What stood in the RDF, and what is left of it.
@pytest.mark.parametrize(
    ("before", "left"),
    [
        ("", ""),
        (KEPT, KEPT),
        ('<r:Description r:about=""/>', '<r:Description r:about=""/>'),
        ('<r:Description r:about=""><t:AIGC>o</t:AIGC></r:Description>', ""),
        ('<r:Description r:about="" t:AIGC="o"/>', ""),
        ('<r:Description r:about="" t:AIGC="o"></r:Description >', ""),
        ('<r:Description><t:AIGC>o</t:AIGC><t:AIGC/></r:Description>', ""),
        ('<r:Description d:y="2" t:AIGC="o"/>', '<r:Description d:y="2"/>'),
        ("<r:Description  t:AIGC = 'o\"'  d:y='2'/>", "<r:Description   d:y='2'/>"),
        ('<r:Description d:z="a>b" t:AIGC="o>o" d:y=\'"\'/>', '<r:Description d:z="a>b" d:y=\'"\'/>'),
        ('<r:Description t:AIGCs="o" d:AIGC="o"/>', '<r:Description t:AIGCs="o" d:AIGC="o"/>'),
        ("<r:Description><d:x>1</d:x><t:AIGC>o</t:AIGC\n></r:Description>",
         "<r:Description><d:x>1</d:x></r:Description>"),
        ("<r:Description><d:x>1</d:x><t:AIGC>o</t:AIGC><t:AIGC>p</t:AIGC></r:Description>",
         "<r:Description><d:x>1</d:x></r:Description>"),
        ("<r:Description><d:x>1</d:x><t:AIGC/><t:AIGC/> <t:AIGC q='>'/></r:Description>",
         "<r:Description><d:x>1</d:x> </r:Description>"),
        ("<r:Description><d:x><t:AIGC>o<t:AIGC>p</t:AIGC></t:AIGC></d:x></r:Description>",
         "<r:Description><d:x></d:x></r:Description>"),
        (f'<r:Description><d:x/><AIGC xmlns="{NS}">o</AIGC></r:Description>', "<r:Description><d:x/></r:Description>"),
        ('<r:Description t:AIGC="o"/>' + KEPT + '<r:Description t:AIGC="p"/>', KEPT),
        ('<r:Description t:AIGC="o"/><r:Description t:AIGC="p"/>', ""),
        ("<r:Description><d:x><r:Description t:AIGC='o'/></d:x></r:Description>",
         "<r:Description><d:x></d:x></r:Description>"),
        ("<r:Description><r:Description t:AIGC='o'/></r:Description>", "<r:Description></r:Description>"),
    ],
)  # fmt: skip
def test_exactly_one_record_is_left_and_nothing_else_moves(before: str, left: str) -> None:
    assert merged(doc(before), NEW) == doc(left + mine())
    again = merged(merged(doc(before), Label("first")), NEW)
    assert again == doc(left + mine())


def test_records_behind_the_rdf_go_too() -> None:
    assert merged(doc(KEPT, "<t:AIGC>o</t:AIGC>"), NEW) == doc(KEPT + mine())
    both = doc(KEPT + '<r:Description t:AIGC="o"/>', "<t:AIGC>o</t:AIGC>")
    assert merged(both, NEW) == doc(KEPT + mine())


def test_of_two_rdf_elements_the_first_gets_the_label() -> None:
    after = f'<r:RDF xmlns:r="{RDF}">{KEPT}</r:RDF>'
    assert merged(doc(KEPT, after), NEW) == doc(KEPT + mine(), after)
    empty = f'<r:RDF xmlns:r="{RDF}"/>'
    assert merged(doc(KEPT, empty), NEW) == doc(KEPT + mine(), empty)


def test_the_label_speaks_of_what_the_document_speaks_of() -> None:
    first = '<r:Description r:about=""/><r:Description r:about="u&amp;ü"/><r:Description r:about="v"/>'
    assert merged(doc(first), NEW) == doc(first).replace(
        b"</r:RDF>", mine(about='"u&amp;&#252;"').encode() + b"</r:RDF>"
    )
    other = '<r:Description d:about="w"/><d:x r:about="w"/>'
    assert merged(doc(other), NEW) == doc(other + mine())


def test_iptc_what_a_file_says_of_its_making_is_replaced_and_its_dates_stay() -> None:
    everything = SAID_NEW + SAID_FACTS + SAID_TIME + SAID_TOOL
    prefixes = ("TC260", "Iptc4xmpExt", "xmp")
    assert merged(doc(KEPT), FULL) == doc(KEPT + mine(everything, '""', *prefixes))
    for name in ("DigitalSourceType", "AISystemUsed", "AISystemVersionUsed"):
        for old in (f"<i:{name}>o</i:{name}>", f"<i:{name}/>"):
            said = doc(f"<r:Description><d:x/>{old}</r:Description>")
            left = "<r:Description><d:x/></r:Description>"
            assert merged(said, FULL) == doc(left + mine(everything, '""', *prefixes))
        said = doc(f'<r:Description i:{name}="o" d:x="1"/>')
        assert merged(said, FULL) == doc('<r:Description d:x="1"/>' + mine(everything, '""', *prefixes))
        assert merged(said, NEW) == doc(f'<r:Description i:{name}="o" d:x="1"/>' + mine())
    for name, words in (("CreateDate", SAID_NEW + SAID_FACTS + SAID_TOOL), ("CreatorTool", everything)):
        words = words.replace(SAID_TOOL, "") if name == "CreatorTool" else words
        for old in (f'<r:Description m:{name}="o"/>', f"<r:Description><m:{name}>o</m:{name}></r:Description>"):
            assert merged(doc(old), FULL) == doc(old + mine(words, '""', *prefixes))
    both = '<r:Description m:CreateDate="o" m:CreatorTool="p"/>'
    assert merged(doc(both), FULL) == doc(both + mine(SAID_NEW + SAID_FACTS, '""', "TC260", "Iptc4xmpExt"))


@pytest.mark.parametrize("packet", [None, b"", b"\0 \t\r\n"])
def test_where_there_is_no_packet_a_whole_one_is_written(packet: bytes | None) -> None:
    assert merged(packet, NEW) == whole(SAID_NEW)
    assert beside(packet, FULL) == whole(SAID_FACTS + SAID_TIME + SAID_TOOL, "Iptc4xmpExt", "xmp")
    assert beside(packet, NEW) is None


@pytest.mark.parametrize(
    "packet",
    [
        b"~",
        b"<x",
        b"<x/>",
        b"\xff\xfe<",
        b"\xff\xfe\0\xd8",
        b'<!DOCTYPE a [<!ENTITY b "c">]>' + doc(KEPT),
        doc(KEPT)[:-1],
        doc(KEPT).removesuffix(b"</x:xmpmeta>"),
        doc(KEPT) + b"<",
        f'<r:RDF xmlns:r="{RDF}"/>'.encode(),
        f'<x><r:rdf xmlns:r="{RDF}"></r:rdf></x>'.encode(),
    ],
)
def test_what_is_no_xmp_is_not_overwritten(packet: bytes) -> None:
    for write in (merged, beside):
        with pytest.raises(LabelFailed) as failed:
            write(packet, FULL)
        assert failed.value.reason == "metadata"


def test_a_document_is_two_hundred_and_fifty_six_deep_at_most() -> None:
    deep = "<d:x>" * 254 + "</d:x>" * 254
    assert merged(doc(deep), NEW) == doc(deep + mine())
    with pytest.raises(LabelFailed) as failed:
        merged(doc("<d:x>" * 255 + "</d:x>" * 255), NEW)
    assert failed.value.reason == "metadata"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_packet_of_two_byte_characters_is_written_in_one_byte_ones(encoding: str, mark: str) -> None:
    assert merged((mark + doc(KEPT).decode()).encode(encoding), NEW) == doc(KEPT + mine())


def test_an_encoding_that_extends_ascii_stays() -> None:
    head = b'<?xml version="1.0" encoding="iso-8859-1"?>'
    said = head + doc('<r:Description r:about="é"/>').decode().encode("latin-1")
    done = merged(said, NEW)
    assert done == said.replace(b"</r:RDF>", mine(about='"&#233;"').encode() + b"</r:RDF>")
    odd = head + f'<x><r:RDF xmlns:r="{RDF}" xmlns:é="{NS}" é:AIGC="o"></r:RDF></x>'.encode("latin-1")
    with pytest.raises(LabelFailed) as failed:  # a prefix that cannot be found again
        merged(odd, NEW)
    assert failed.value.reason == "metadata"


# --- beside a label that stands elsewhere, and in drawings ------------------------------------------


def test_beside_a_label_that_stands_elsewhere_xmp_holds_no_record() -> None:
    old = '<r:Description t:AIGC="o"/>' + KEPT
    facts = SAID_FACTS + SAID_TIME + SAID_TOOL
    assert beside(None, NEW) is None
    assert beside(doc(old), NEW) == doc(KEPT)
    assert beside(doc(old), FULL) == doc(KEPT + mine(facts, '""', "Iptc4xmpExt", "xmp"))
    assert beside(None, FULL) == whole(facts, "Iptc4xmpExt", "xmp")


def test_without_a_record_a_packet_is_the_same_one() -> None:
    packet = doc(KEPT + '<r:Description i:AISystemUsed="S"/>')
    assert without_label(packet) is packet
    both = doc(KEPT + '<r:Description i:AISystemUsed="S" t:AIGC="o"/>')
    assert without_label(both) == packet
    wide = packet.decode().encode("utf-16")
    assert without_label(wide) is wide


SVG = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:t="{NS}"{{attribute}}>{{inner}}<rect/></svg>'


@pytest.mark.parametrize(
    ("attribute", "inner"),
    [
        ("", ""),
        ("", "<t:AIGC>o</t:AIGC>"),
        (' t:AIGC="o"', ""),
        (' t:AIGC="o"', "<t:AIGC/><t:AIGC>p</t:AIGC>"),
    ],
)
def test_a_drawing_gets_its_label_behind_its_first_tag(attribute: str, inner: str) -> None:
    label = "<metadata>" + whole(SAID_NEW).decode() + "</metadata>"
    done = in_svg(SVG.format(attribute=attribute, inner=inner).encode(), NEW)
    assert done == SVG.format(attribute="", inner=label).encode()


def test_a_drawing_with_rdf_keeps_it() -> None:
    rdf = f'<metadata><r:RDF xmlns:r="{RDF}">{{}}</r:RDF></metadata>'
    before = SVG.format(attribute=' t:AIGC="o"', inner=rdf.format(""))
    assert in_svg(before.encode(), NEW) == SVG.format(attribute="", inner=rdf.format(mine())).encode()


def test_a_drawing_without_room_or_form_gets_no_label() -> None:
    for data in (b"<svg/>", b"<svg", b'<svg xmlns="http://www.w3.org/2000/svg" />'):
        with pytest.raises(LabelFailed) as failed:
            in_svg(data, NEW)
        assert failed.value.reason == "metadata"


# --- writing, passing on, reading back --------------------------------------------------------------

FIRST, OTHER = Aigc.first("P", "r-1"), Aigc.first("P", "r-2")
OFFICE = "application/vnd.openxmlformats-officedocument."


@pytest.mark.parametrize(
    ("kind", "writer"),
    [
        ("image/jpeg", "pictures.write_jpeg"),
        ("image/png", "pictures.write_png"),
        ("image/webp", "pictures.write_webp"),
        ("image/gif", "pictures.write_gif"),
        ("image/tiff", "tiffs.write"),
        ("image/avif", "heif.write"),
        ("image/svg+xml", "merging.in_svg"),
        ("video/mp4", "bmff.write"),
        ("video/quicktime", "bmff.write"),
        ("audio/mp4", "bmff.write"),
        ("video/x-msvideo", "riff.write_avi"),
        ("video/x-matroska", "ebml.write"),
        ("video/webm", "ebml.write"),
        ("video/x-flv", "flv.write"),
        ("audio/wav", "riff.write_wav"),
        ("audio/mpeg", "id3.write"),
        ("audio/flac", "vorbis.write_flac"),
        ("audio/ogg", "vorbis.write_ogg"),
        ("application/pdf", "pdfs.write"),
        (OFFICE + "wordprocessingml.document", "office.write"),
        (OFFICE + "spreadsheetml.sheet", "office.write"),
        (OFFICE + "presentationml.presentation", "office.write"),
        ("text/markdown", "texts.write"),
        ("text/plain", "texts.sidecar"),
    ],
)
def test_every_kind_has_its_writer(kind: str, writer: str) -> None:
    found = labels._WRITERS[kind]
    assert f"{found.__module__.rpartition('.')[2]}.{found.__name__}" == writer
    assert len(labels.KINDS) == 24
    assert kind in labels.KINDS


class Room:
    """A house in which a test says what is read back, and by whom."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.found: Found | Exception = Found("image/png", records=[judge(FIRST.text())])
        self.second = [FIRST.text()]
        self.kind: str | None = "image/png"
        monkeypatch.setattr(labels, "find", self._find)
        monkeypatch.setattr(second, "records", lambda data, kind: self.second)
        monkeypatch.setattr(finding, "kind", lambda data: self.kind)
        monkeypatch.setitem(labels._WRITERS, "image/png", self._write)
        self.written: list[tuple[bytes, Label]] = []

    def _find(self, data: bytes) -> Found:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    def _write(self, data: bytes, label: Label) -> bytes:
        self.written.append((data, label))
        return b"done"


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    return Room(monkeypatch)


def test_a_label_is_written_once_and_read_back(room: Room) -> None:
    assert write_label(b"data", "image/png", FIRST, MADE) == b"done"
    assert room.written == [(b"data", Label(FIRST.text(), MADE))]
    assert write_label(b"data", "image/png", FIRST) == b"done"
    assert room.written[1] == (b"data", Label(FIRST.text(), None))


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"media_type": "image/jpeg"}, "container"),
        ({"media_type": None}, "container"),
        ({"broken_packet": True}, "container"),
        ({"stray": True}, "container"),
        ({"records": []}, "aigc"),
        ({"records": [judge(OTHER.text())]}, "aigc"),
        ({"records": [judge(FIRST.text())] * 2}, "aigc"),
        ({"records": [judge("{")]}, "aigc"),
    ],
)
def test_gb45438_a_label_that_does_not_read_back_alone_is_no_label(
    change: dict[str, Any], part: str, room: Room
) -> None:
    assert isinstance(room.found, Found)
    room.found = replace(room.found, **change)
    with pytest.raises(LabelFailed) as failed:
        write_label(b"data", "image/png", FIRST)
    assert (failed.value.reason, failed.value.params["part"]) == ("read_back", part)


@pytest.mark.parametrize("error", [UnreadableFile("damaged"), TooLarge("metadata")])
def test_what_cannot_be_read_back_is_no_label(error: Exception, room: Room) -> None:
    room.found = error
    with pytest.raises(LabelFailed) as failed:
        write_label(b"data", "image/png", FIRST)
    assert (failed.value.reason, failed.value.params["part"]) == ("read_back", "container")


@pytest.mark.parametrize("records", [[], [OTHER.text()], [FIRST.text()] * 2, [" " + FIRST.text()]])
def test_the_second_reader_must_find_the_very_same_text(records: list[str], room: Room) -> None:
    room.second = records
    with pytest.raises(LabelFailed) as failed:
        write_label(b"data", "image/png", FIRST)
    assert (failed.value.reason, failed.value.params["part"]) == ("read_back", "second")


@pytest.mark.parametrize(
    ("kind", "looks", "fits"),
    [
        ("image/png", "image/png", True),
        ("image/png", "image/jpeg", False),
        ("image/png", None, False),
        ("image/png", "text/markdown", False),
        ("text/markdown", "text/markdown", True),
        ("text/markdown", None, True),
        ("text/markdown", "image/png", False),
        ("text/plain", "text/markdown", True),
        ("text/plain", None, True),
        ("text/plain", "image/png", False),
        ("image/bmp", "image/bmp", True),
    ],
)
def test_a_file_is_of_the_kind_that_it_is_said_to_be(kind: str, looks: str | None, fits: bool, room: Room) -> None:
    room.kind = looks
    assert labels._is(b"data", kind) is fits


def test_a_kind_that_has_no_writer_or_is_another_gets_no_label(room: Room) -> None:
    room.kind = "image/bmp"
    for kind in ("image/bmp", "image/png"):
        with pytest.raises(LabelFailed) as failed:
            write_label(b"data", kind, FIRST)
        assert failed.value.reason == "container"
    assert room.written == []


def test_the_sidecar_of_a_text_is_read_back_as_what_it_is(room: Room) -> None:
    room.found, room.kind = Found("application/json", records=[judge(FIRST.text())]), None
    assert write_label(b"text", "text/plain", FIRST).startswith(b'{"AIGC":')
    room.found = Found("text/plain", records=[judge(FIRST.text())])
    with pytest.raises(LabelFailed):
        write_label(b"text", "text/plain", FIRST)


def test_a_file_is_passed_on_with_its_one_valid_label(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Any] = []

    def write(*given: Any) -> bytes:
        said.append(given)
        return b"passed"

    monkeypatch.setattr(labels, "write_label", write)
    assert republish(b"data", "Q", "q-7") == b"passed"
    assert said == [(b"data", "image/png", FIRST.passed_on("Q", "q-7"))]
    one = judge(FIRST.text())
    for records, kind in (
        ([], "image/png"),
        ([one, one], "image/png"),
        ([judge("{")], "image/png"),
        ([one], None),
        ([one], "image/bmp"),
    ):
        room.found, room.kind = Found("image/png", records=records), kind
        with pytest.raises(LabelFailed) as failed:
            republish(b"data", "Q", "q-7")
        assert (failed.value.reason, failed.value.params["found"]) == ("none", len(records))
    assert len(said) == 1


def test_the_names_that_a_label_says() -> None:
    names = {NS: ["AIGC"], IPTC: ["DigitalSourceType", "AISystemUsed", "AISystemVersionUsed"]}
    names[XMP] = ["CreateDate", "CreatorTool"]
    assert {f"{space} {name}" for space, all_ in names.items() for name in all_} == merging._KNOWN
