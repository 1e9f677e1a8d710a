"""Metadata of strangers: every container, mutated. An answer or one of the house's refusals, in bounded time.

120 inputs a container on every day; PINGXING_THOROUGH=1 takes 100,000 in all.
"""

from __future__ import annotations

import os
import struct
import zipfile
from io import BytesIO
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes import files

from pingxing.errors import LabelFailed, TooLarge, UnreadableFile
from pingxing.label.finding import find
from pingxing.label.metadata.bmff import box
from pingxing.label.metadata.labels import KINDS, republish, write_label
from pingxing.label.record import Aigc

THOROUGH = bool(os.environ.get("PINGXING_THOROUGH"))
EXAMPLES = 100_000 // len(KINDS) if THOROUGH else 120
RECORD = Aigc.first("P", "1")
LABELLED = {k: write_label(files.TEXT if k == "text/plain" else files.sample(k), k, RECORD) for k in KINDS}
REFUSALS = (UnreadableFile, TooLarge, LabelFailed)
_EDGES = [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1", b"\0\0\0\x08", b"\x01\0\0\0", b"\0"]
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["flip", "edge", "cut", "repeat", "drop", "insert"]),
        st.floats(0, 1, exclude_max=True),
        st.integers(1, 64),
        st.one_of(st.sampled_from(_EDGES), st.binary(min_size=1, max_size=8)),
    ),
    min_size=1,
    max_size=4,
)


def mutated(data: bytes, changes: list[tuple[str, float, int, bytes]]) -> bytes:
    out = bytearray(data)
    for change, place, size, value in changes:
        at = int(place * len(out))
        if change == "flip" and out:
            out[at] ^= value[0] or 1
        elif change == "edge":
            out[at : at + len(value)] = value
        elif change == "cut":
            del out[at:]
        elif change == "repeat":
            out[at:at] = out[at : at + size] * 2
        elif change == "drop":
            del out[at : at + size]
        else:
            out[at:at] = value
    return bytes(out)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(changes=CHANGES, write=st.integers(0, 9))
def test_mutated_files_are_answered_or_refused(
    kind: str, changes: list[tuple[str, float, int, bytes]], write: int
) -> None:
    data = mutated(LABELLED[kind], changes)
    started, reason = process_time(), "none"
    try:
        found = find(data)
        assert len(found.records) < 1_000
        if write < 2:
            write_label(data, found.media_type or "", RECORD)
        elif write == 2:
            republish(data, "Q", "2")
    except REFUSALS as refused:
        reason = refused.reason
    assert reason, "a refusal names its reason"
    assert process_time() - started < 5


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(
    st.sampled_from([LABELLED[kind][:12] for kind in KINDS] + [b"ID3\4\0\0", b"\0\0\0\x18ftypavif", b"---\nAIGC:"]),
    st.binary(max_size=200),
)
def test_beginnings_with_anything_behind_are_answered_or_refused(head: bytes, rest: bytes) -> None:
    reason = "none"
    try:
        find(head + rest)
    except (UnreadableFile, TooLarge) as refused:
        reason = refused.reason
    assert reason


def refused(data: bytes) -> str:
    started = process_time()
    with pytest.raises((UnreadableFile, TooLarge)) as failed:
        find(data)
    assert process_time() - started < 3
    return failed.value.reason


def test_boxes_within_boxes_end() -> None:
    inner = b""
    for _ in range(10_000):
        inner = box(b"moof", inner)
    data = box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", box(b"udta", b"")) + inner
    assert find(data).media_type == "video/mp4"  # depth that nobody asks about is not followed
    with pytest.raises((LabelFailed, UnreadableFile)):
        write_label(data, "video/mp4", RECORD)


def test_a_million_empty_boxes_are_refused() -> None:
    data = box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", box(b"udta", struct.pack(">I4s", 8, b"free") * 1_000_000))
    assert refused(data) == "bomb"


def test_a_table_that_says_it_is_larger_than_the_file_is_refused_when_written() -> None:
    table = box(b"stco", struct.pack(">II", 0, 1 << 31))
    moov = box(b"moov", box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", table)))))
    with pytest.raises(UnreadableFile):
        write_label(box(b"ftyp", b"isom\0\0\0\0") + moov + box(b"mdat", b"x"), "video/mp4", RECORD)


def test_a_million_elements_of_matroska_are_refused() -> None:
    tags = b"\x12\x54\xc3\x67\x01" + (2_000_000).to_bytes(7, "big") + b"\xec\x80" * 1_000_000
    segment = b"\x18\x53\x80\x67\x01" + len(tags).to_bytes(7, "big") + tags
    assert refused(b"\x1a\x45\xdf\xa3\x80" + segment) == "bomb"


def test_tags_within_tags_of_matroska_end() -> None:
    inner = b""
    for _ in range(60):
        inner = _element(b"\x67\xc8", inner)
    tags = _element(b"\x12\x54\xc3\x67", _element(b"\x73\x73", inner))
    assert refused(b"\x1a\x45\xdf\xa3\x80" + _element(b"\x18\x53\x80\x67", tags)) == "bomb"


def _element(kind: bytes, body: bytes) -> bytes:
    return kind + (len(body) | 1 << 56).to_bytes(8, "big") + body


def test_comments_that_say_they_are_many_are_refused() -> None:
    body = struct.pack("<II", 0, 1 << 31)
    flac = b"fLaC" + b"\0\0\0\x22" + bytes(34) + b"\x84" + len(body).to_bytes(3, "big") + body
    assert refused(flac) == "bomb"


def test_an_ogg_header_without_end_is_refused() -> None:
    first = b"OggS\0\2" + bytes(8) + struct.pack("<III", 1, 0, 0) + b"\1\x13OpusHead" + bytes(11)
    page = b"OggS\0\0" + bytes(8) + struct.pack("<III", 1, 1, 0) + b"\xff" + b"\xff" * 255 + bytes(255 * 255)
    assert refused(first + page * 300) == "bomb"


def test_a_zip_bomb_in_the_properties_is_refused() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<a/>")
        archive.writestr("docProps/custom.xml", b" " * (64 << 20))
    assert refused(out.getvalue()) == "bomb"


@pytest.mark.parametrize(
    "part",
    ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "<a>" * 100_000, "<a", ""],
    ids=["entity", "deep", "broken", "empty"],
)
def test_hostile_xml_in_office_files_is_refused(part: str) -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<a/>")
        archive.writestr("docProps/custom.xml", part)
    assert refused(out.getvalue()) in ("hostile_xml", "damaged")


@pytest.mark.parametrize(
    "matter",
    [
        "a: &a [x]\nb: &b [*a,*a]\nAIGC: *b\n",
        "AIGC: [" * 5_000,
        "AIGC: !!python/object:os.system x\n  y: [",
        "AIGC:\n" + "".join(f"{' ' * i}a:\n" for i in range(1, 300)),
        "? " * 20_000 + "AIGC: 1\n",
        "AIGC: {a: {b: c}}\n",
    ],
)
def test_hostile_front_matter_is_no_valid_label(matter: str) -> None:
    started = process_time()
    found = find(f"---\n{matter}---\n".encode())
    assert found.broken_packet or all(record.flaw for record in found.records)
    assert process_time() - started < 5


def test_front_matter_beyond_the_limit_is_not_read() -> None:
    started = process_time()
    assert find(b"---\n" + b"a: b\n" * 200_000 + b"---\n").records == []
    assert process_time() - started < 2


def test_tiff_directories_in_a_circle_end() -> None:
    data = b"II*\0" + struct.pack("<I", 8) + struct.pack("<HHHII", 1, 256, 4, 1, 5) + struct.pack("<I", 8)
    assert refused(data) == "damaged"  # no height


def test_avif_extents_outside_the_file_are_refused() -> None:
    data = bytearray(LABELLED["image/avif"])
    at = data.index(b"iloc") + 12
    data[at : at + 40] = b"\xff" * 40
    assert refused(bytes(data)) in ("truncated", "damaged", "bomb")


# --- few bytes that ask for many: entries that share theirs, texts that unpack to more ---------------------


def test_png_texts_that_unpack_to_gigabytes_are_refused() -> None:
    import zlib

    body = b"zTXtXML:com.adobe.xmp\0\0" + zlib.compress(b" " * 1_000_000, 9)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    source = LABELLED["image/png"]
    assert refused(source[:33] + chunk * 2_000 + source[33:]) == "bomb"


def test_tiff_entries_that_share_a_long_value_are_refused() -> None:
    rows = 2_000
    value = 8 + 2 + 12 * rows + 4
    entry = struct.pack("<HHII", 0x2BC, 7, 4_000_000, value)
    data = b"II*\0" + struct.pack("<IH", 8, rows) + entry * rows + bytes(4) + b" " * 4_000_000
    assert refused(data) == "damaged"


def test_tiff_pages_that_share_a_long_value_are_refused() -> None:
    pages, size = 2_000, 1_000_000
    value = 8 + 42 * pages
    data = b"II*\0" + struct.pack("<I", 8)
    for page in range(pages):
        after = 8 + 42 * (page + 1) if page + 1 < pages else 0
        rows = struct.pack("<HHIIHHIIHHII", 256, 4, 1, 5, 257, 4, 1, 5, 0x2BC, 7, size, value)
        data += struct.pack("<H", 3) + rows + struct.pack("<I", after)
    assert refused(data + b" " * size) == "damaged"


def test_avif_items_that_share_their_bytes_are_refused() -> None:
    entries = b"".join(
        box(b"infe", b"\2\0\0\0" + struct.pack(">HH", i, 0) + b"mime\0application/rdf+xml\0\0") for i in range(1, 5_000)
    )
    iinf = box(b"iinf", bytes(4) + struct.pack(">H", 4_999) + entries)
    places = b"".join(struct.pack(">HHHII", i, 0, 1, 0, 900_000) for i in range(1, 5_000))
    iloc = box(b"iloc", bytes(4) + b"\x44\0" + struct.pack(">H", 4_999) + places)
    meta = box(b"meta", bytes(4) + iinf + iloc)
    assert refused(box(b"ftyp", b"avif\0\0\0\0avif") + meta + box(b"mdat", bytes(900_000))) == "bomb"


def test_office_relations_to_thousands_of_parts_are_refused() -> None:
    out = BytesIO()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
    lines = "".join(f'<Relationship Id="r{i}" Type="{kind}" Target="p{i}"/>' for i in range(20_000))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<a/>")
        archive.writestr("_rels/.rels", f"<Relationships>{lines}</Relationships>")
        for i in range(2_000):
            archive.writestr(f"p{i}", "<a/>")
    assert refused(out.getvalue()) == "bomb"


def test_xmp_with_thousands_of_attributes_is_written_in_time() -> None:
    from pingxing.label.metadata.merging import Label, merged

    names = " ".join(f'xmp:a{i}="1"' for i in range(20_000))
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" {names}/></rdf:RDF></x:xmpmeta>'
    )
    started = process_time()
    assert RECORD.text().encode() in merged(packet.encode(), Label(RECORD.text()))
    assert process_time() - started < 3
