"""Finding labels in strangers' files, each rule at its edge: what mutation testing showed that other tests let pass.

No label is overlooked or counted twice, and nothing is followed beyond its bounds. Numbers are written out once more on
purpose.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from pingxing.errors import TooLarge, UnreadableFile
from pingxing.label import containers, finding, pdf, tiff
from pingxing.label.containers import Contents
from pingxing.label.finding import Found
from pingxing.label.metadata import office
from pingxing.label.pdf import PdfContents
from pingxing.label.record import Aigc

CODE = "001191110102MACQD9K64010000"
FIRST = Aigc.first(CODE, "r-1")
NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"
TRACE = b"tc260.org.cn/ns/AIGC"


def packet(inner: str = "", head: str = "") -> bytes:
    return (
        f'{head}<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:t="{NAMESPACE}"'
        ' xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
        f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{inner}</rdf:RDF></x:xmpmeta>'
    ).encode()


def labelled(record: Aigc = FIRST) -> bytes:
    return packet(f"<t:AIGC>{record.text()}</t:AIGC>")


def png(*, ground: str = "white", size: tuple[int, int] = (8, 6), mode: str = "RGB", **options: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size, ground).save(out, "PNG", **options)
    return out.getvalue()


def judged(found: Found) -> list[Aigc | None]:
    return [one.aigc for one in found.records]


# --- finding: which reader, and what the container says ---------------------------------------------


@pytest.mark.parametrize(
    ("kind", "reader"),
    [
        ("image/png", "containers.png"),
        ("image/jpeg", "containers.jpeg"),
        ("image/webp", "containers.webp"),
        ("image/gif", "containers.gif"),
        ("image/avif", "heif.read"),
        ("image/heic", "heif.read"),
        ("video/mp4", "bmff.read"),
        ("video/quicktime", "bmff.read"),
        ("audio/mp4", "bmff.read"),
        ("video/x-msvideo", "riff.read_avi"),
        ("video/x-matroska", "ebml.read"),
        ("video/webm", "ebml.read"),
        ("video/x-flv", "flv.read"),
        ("audio/wav", "riff.read_wav"),
        ("audio/mpeg", "id3.read"),
        ("audio/flac", "vorbis.read_flac"),
        ("audio/ogg", "vorbis.read_ogg"),
        ("application/zip", "office.read"),
        ("text/markdown", "texts.read"),
        ("application/json", "texts.read_sidecar"),
    ],
)
def test_every_kind_has_its_reader(kind: str, reader: str) -> None:
    walker = finding._WALKERS[kind]
    assert f"{walker.__module__.rpartition('.')[2]}.{walker.__name__}" == reader
    assert len(finding._WALKERS) == 20


def test_the_words_that_mean_generated_and_the_traces_of_a_label() -> None:
    assert finding.GENERATED == ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia")
    assert finding._TRACES == (TRACE, b'{"AIGC":')
    for term in finding.GENERATED:
        for scheme in ("http", "https"):
            assert finding.generated(f"{scheme}://cv.iptc.org/newscodes/digitalsourcetype/{term}") == term
        assert finding.generated(term) == term
    for other in ("digitalCapture", "", "x/trainedAlgorithmicMedia", "ftp://cv.iptc.org/trainedAlgorithmicMedia"):
        assert finding.generated(other) is None


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Which of the four ways a file of a kind takes, with what it is given."""
    said: dict[str, Any] = {}
    for name in ("_svg", "_pdf", "_tiff", "_walked"):
        monkeypatch.setattr(finding, name, lambda found, *rest, name=name: said.update({name: rest}))
    return said


@pytest.mark.parametrize(
    ("kind", "way"),
    [("image/svg+xml", "_svg"), ("application/pdf", "_pdf"), ("image/tiff", "_tiff"), ("image/png", "_walked")],
)
def test_a_file_takes_the_way_of_its_kind(
    kind: str, way: str, handed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "sniff", lambda data: kind)
    monkeypatch.setattr(pdf, "contents", lambda data: "read here")
    monkeypatch.setitem(finding._WALKERS, "image/png", lambda data: "walked")
    assert finding.find(b"bytes").media_type == kind
    wanted = {"_pdf": ("read here",), "_walked": ("walked", b"bytes")}.get(way, (b"bytes",))
    assert handed == {way: wanted}


def test_a_pdf_that_was_read_elsewhere_is_not_read_again(
    handed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(data: bytes) -> PdfContents:
        raise AssertionError("a stranger's document was opened in this process")

    monkeypatch.setattr(pdf, "contents", refuse)
    document = PdfContents(3, 4, None, None, c2pa=False, encrypted=False)
    finding.find(b"%PDF-1.7", document)
    assert handed == {"_pdf": (document,)}


def test_a_file_of_no_kind_has_no_labels() -> None:
    assert finding.find(b"hello") == Found(None)
    assert finding.kind(b"hello") is None
    assert finding.kind(png()) == "image/png"


def test_only_an_archive_is_asked_what_document_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "kind", lambda data: "a document")
    assert finding.kind(b"PK\3\4....") == "a document"
    assert finding.kind(png()) == "image/png"


def walked(kind: str = "image/png", data: bytes = b"", **said: Any) -> Found:
    found = Found(kind)
    contents = Contents(said.pop("media_type", kind), **({"width": 2, "height": 3, "end": len(data)} | said))
    finding._walked(found, contents, data)
    return found


def test_what_a_container_says_is_taken_over() -> None:
    found = walked(c2pa=b"c", broken=True, texts=["{"], facts={"system": "  S  ", "version": "v" * 300})
    assert (found.width, found.height, found.c2pa, found.broken_packet) == (2, 3, b"c", True)
    assert found.facts == {"system": "S", "version": "v" * 200}
    assert [one.flaw for one in found.records] == ["json"]
    assert walked().broken_packet is False
    assert (walked().trailing, walked().stray) == (0, False)


@pytest.mark.parametrize("size", [(0, 1), (1, 0), (0, 0)])
def test_a_picture_has_a_size(size: tuple[int, int]) -> None:
    with pytest.raises(UnreadableFile) as failed:
        walked(width=size[0], height=size[1])
    assert failed.value.reason == "damaged"
    assert walked("audio/wav", width=size[0], height=size[1]).width == size[0]
    assert walked(width=1, height=1).height == 1


def test_an_archive_becomes_the_document_that_it_is() -> None:
    assert walked("application/zip", media_type="application/x-document").media_type == "application/x-document"
    assert walked("application/zip", media_type="").media_type is None
    assert walked("image/png", media_type="image/other").media_type == "image/png"


def test_bytes_behind_the_end_are_counted_unless_they_only_fill() -> None:
    assert walked(data=b"1234", end=4).trailing == 0
    assert walked(data=b"1234xyz", end=4).trailing == 3
    assert walked(data=b"1234\0\r\n x\0", end=4).trailing == 6
    assert walked(data=b"1234~~~", end=4).trailing == 3
    for filling in (b"\0", b"\r", b"\n", b" "):
        assert walked(data=b"1234" + filling * 3, end=4).trailing == 0


@pytest.mark.parametrize("trace", [TRACE, b'{"AIGC":'])
def test_a_label_behind_the_end_is_a_stray_one_and_one_inside_is_none(trace: bytes) -> None:
    assert walked(data=b"1234" + trace, end=4).stray is True
    assert walked(data=b"1234" + trace, end=4 + len(trace)).stray is False


def test_every_packet_of_a_container_is_read() -> None:
    found = walked(xmp=[labelled(), labelled(Aigc.first(CODE, "r-2"))])
    assert judged(found) == [FIRST, Aigc.first(CODE, "r-2")]


def test_the_first_fact_stays() -> None:
    fact = "<i:AISystemUsed>{}</i:AISystemUsed>"
    found = walked(xmp=[packet(fact.format("A")), packet(fact.format("B"))])
    assert found.facts == {"system": "A"}
    assert walked(xmp=[packet(fact.format("A"))], facts={"system": "plain"}).facts == {"system": "plain"}


def exif(comment: bytes, *, width: int = 0) -> bytes:
    """A TIFF-structured block of one directory with a user comment below it, little-endian."""
    entries = [(0x100, 4, 1, width), (0x101, 4, 1, width)] if width else []
    entries.append((0x8769, 4, 1, 0))
    below = 8 + 2 + 12 * len(entries) + 4
    entries[-1] = (0x8769, 4, 1, below)
    first = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *one) for one in entries) + bytes(4)
    text = b"ASCII\0\0\0" + comment
    inner = struct.pack("<HHHII", 1, 0x9286, 7, len(text), below + 18) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + first + inner + text


def test_a_record_in_a_user_comment_is_one_and_other_comments_are_none() -> None:
    text = '{"AIGC":' + FIRST.text() + "}"
    assert judged(walked(exif=[exif(text.encode())])) == [FIRST]
    assert judged(walked(exif=[exif(b" \n" + text.encode())])) == [FIRST]
    assert judged(walked(exif=[exif(b"holiday " + text.encode())])) == []
    assert judged(walked(exif=[exif(b"x" * 40)])) == []


def test_a_block_that_is_broken_matters_where_a_label_is_in_it() -> None:
    assert walked(exif=[b"II*\0\xff\xff\xff\xff" + TRACE]).broken_packet is True
    assert walked(exif=[b'II*\0\xff\xff\xff\xff{"AIGC":']).broken_packet is True
    assert walked(exif=[b"II*\0\xff\xff\xff\xff"]).broken_packet is False
    assert walked(exif=[b"II*\0\xff\xff\xff\xff"], broken=True).broken_packet is True


def test_a_packet_that_is_broken_matters_where_a_label_is_in_it() -> None:
    hostile = packet(head='<!DOCTYPE a [<!ENTITY b "c">]>')
    for broken in (b"<x " + TRACE, b'<x {"AIGC":', hostile + TRACE, hostile):
        found = Found("image/png")
        assert finding._packet(found, broken) is None
        assert found.broken_packet is True, broken
        assert found.records == []
    for none in (b"<x", b"\xff\xfe<", b"~<x/>", b"<x/>~"):
        found = Found("image/png")
        assert finding._packet(found, none) is None
        assert found.broken_packet is False
        earlier = Found("image/png", broken_packet=True)
        finding._packet(earlier, none)
        assert earlier.broken_packet is True


def test_a_packet_may_be_padded_and_has_a_length() -> None:
    found = Found("image/png")
    said = finding._packet(found, b"\0 \t\r\n" + labelled() + b"\0 \t\r\n")
    assert said is not None
    assert said.records == [FIRST.text()]
    whole = labelled() + b" " * ((1 << 20) - len(labelled()))
    assert finding._packet(Found(None), whole) is not None
    with pytest.raises(TooLarge) as failed:
        finding._packet(Found(None), whole + b" ")
    assert failed.value.reason == "metadata"


def test_what_is_signed_is_found_in_the_first_place_that_says_so() -> None:
    found = Found("image/tiff")
    finding._fields(found, tiff.Fields(1, 1, (labelled(),), (), b"manifest"))
    assert found.c2pa == b"manifest"
    assert judged(found) == [FIRST]
    finding._fields(found, tiff.Fields(1, 1, (), (), b"another"))
    finding._fields(found, tiff.Fields(1, 1, (), (), None))
    assert found.c2pa == b"manifest"


@pytest.mark.parametrize(("width", "height"), [(None, 3), (3, None), (0, 3), (3, 0)])
def test_a_tiff_has_a_size(width: int | None, height: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiff, "fields", lambda data: tiff.Fields(width, height, (), (), None))
    with pytest.raises(UnreadableFile) as failed:
        finding._tiff(Found("image/tiff"), b"")
    assert failed.value.reason == "damaged"


def test_a_tiff_says_its_size_and_its_labels() -> None:
    text = '{"AIGC":' + FIRST.text() + "}"
    found = finding.find(exif(text.encode(), width=9))
    assert (found.media_type, found.width, found.height, judged(found)) == ("image/tiff", 9, 9, [FIRST])
    with pytest.raises(UnreadableFile) as failed:
        finding.find(b"II*\0\xff\xff\xff\xff")
    assert failed.value.reason == "damaged"


def svg(
    inner: str = "", *, root: str = "svg", attributes: str = 'width="40px" height="30.6"', space: bool = True
) -> bytes:
    declared = ' xmlns="http://www.w3.org/2000/svg"' if space else ""
    return f"<{root}{declared} {attributes}>{inner}</{root}>".encode()


def test_a_drawing_says_its_size_and_its_labels() -> None:
    inner = f'<g xmlns:t="{NAMESPACE}"><t:AIGC>{FIRST.text()}</t:AIGC></g>'
    for space in (True, False):
        found = Found("image/svg+xml")
        finding._svg(found, svg(inner, space=space))
        assert (found.media_type, found.width, found.height) == ("image/svg+xml", 40, 31)
        assert judged(found) == [FIRST]
        assert (found.c2pa, found.outlines) == (None, ())


def test_another_document_is_no_drawing() -> None:
    found = Found("image/svg+xml")
    finding._svg(found, svg(root="html", space=False))
    assert found == Found(None)


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b'<!DOCTYPE a [<!ENTITY b "c">]><svg>&b;</svg>', "hostile_xml"), (b"<svg", "damaged")],
)
def test_a_drawing_that_is_hostile_or_broken_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile) as failed:
        finding._svg(Found("image/svg+xml"), data)
    assert failed.value.reason == reason


def test_a_drawing_signed_or_sealed_says_so() -> None:
    signed = Found("image/svg+xml")
    finding._svg(signed, svg('<c:manifest xmlns:c="http://c2pa.org/manifest"/>'))
    assert signed.c2pa == b""
    sealed = Found("image/svg+xml")
    finding._svg(sealed, svg('<rect/><g id="pingxing-mark"><path d="M0 0"/></g>'))
    assert sealed.outlines == ("M0 0",)
    covered = Found("image/svg+xml")
    finding._svg(covered, svg('<g id="pingxing-mark"><path d="M0 0"/></g><rect/>'))
    assert covered.outlines == ()


@pytest.mark.parametrize(
    ("value", "pixels"),
    [
        (None, 0), ("", 0), ("7", 7), ("7px", 7), ("7.6", 8), ("-4", 0), ("50%", 0), ("1e400", 0), ("nan", 0),
        ("1073741824", 1 << 30), ("1073741825", 1 << 30), ("9e12", 1 << 30), ("0", 0),
    ],
)  # fmt: skip
def test_a_length_is_whole_pixels_within_bounds(value: str | None, pixels: int) -> None:
    assert finding._length(value) == pixels


def document(**said: Any) -> Found:
    found = Found("application/pdf")
    values: dict[str, Any] = (
        {"width": 5, "height": 6, "xmp": None, "info_record": None} | {"c2pa": False, "encrypted": False} | said
    )
    finding._pdf(found, PdfContents(**values))
    return found


def test_iso32000_info_and_xmp_that_agree_are_one_label_and_others_are_two() -> None:
    other = Aigc.first(CODE, "r-2")
    both = document(xmp=labelled(), info_record=FIRST.text())
    assert (judged(both), both.said_twice) == ([FIRST], True)
    apart = document(xmp=labelled(), info_record=other.text())
    assert (judged(apart), apart.said_twice) == ([FIRST, other], False)
    for packet_, record, wanted in (
        (labelled(), None, [FIRST]),
        (None, FIRST.text(), [FIRST]),
        (packet(), FIRST.text(), [FIRST]),
        (b"<x", FIRST.text(), [FIRST]),
        (None, None, []),
    ):
        found = document(xmp=packet_, info_record=record)
        assert (judged(found), found.said_twice) == (wanted, False)


def test_a_document_says_its_size_its_lock_and_its_signature() -> None:
    found = document(encrypted=True, c2pa=True)
    assert (found.width, found.height, found.encrypted, found.c2pa) == (5, 6, True, b"")
    assert (document().encrypted, document().c2pa) == (False, None)
