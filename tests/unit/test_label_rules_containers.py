"""Pictures walked by their own structure, each bound at its edge: what mutation testing showed.

Every place of a label is found, sizes are those that the container says, and what is longer than its file is refused.
"""

from __future__ import annotations

import struct
import zlib

import pytest
from tests.fakes.answers import answer

from pingxing.label import containers
from pingxing.label.containers import (
    Contents,
    gif,
    gif_blocks,
    gif_packet,
    jpeg,
    jpeg_segments,
    palette,
    png,
    png_chunks,
    png_text,
    sniff,
    webp,
)

# --- what it is ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", None),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\x89PNG\r\n\x1a\nmore", "image/png"),
        (b"\x89PNG\r\n\x1a~", None),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\xff\xd8~", None),
        (b"~\xff\xd8\xff", None),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"RIFF\0\0\0\0WEBPmore", "image/webp"),
        (b"RIFX\0\0\0\0WEBP", None),
        (b"RIFF\0\0\0\0WEBQ", None),
        (b"GIF87a", "image/gif"),
        (b"GIF89a~", "image/gif"),
        (b"GIF88a", None),
        (b"II*\0", "image/tiff"),
        (b"MM\0*~", "image/tiff"),
        (b"II\0*", None),
        (b"RIFF\0\0\0\0WAVE", "audio/wav"),
        (b"RF64\0\0\0\0WAVE~", "audio/wav"),
        (b"RIFX\0\0\0\0WAVE", None),
        (b"RIFF\0\0\0\0AVI ", "video/x-msvideo"),
        (b"RF64\0\0\0\0AVI ~", "video/x-msvideo"),
        (b"RIFF\0\0\0\0AVIX", None),
        (b"\x1a\x45\xdf\xa3", "video/x-matroska"),
        (b"\x1a\x45\xdf\xa3\x42\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3" + bytes(53) + b"\x42\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3" + bytes(54) + b"\x42\x82\x84webm", "video/x-matroska"),
        (b"\x1a\x45\xdf\xa3\x42\x82\x85webm", "video/x-matroska"),
        (b"\x1a\x45\xdf\xa4", None),
        (b"fLaC", "audio/flac"),
        (b"fLaC~", "audio/flac"),
        (b"OggS", "audio/ogg"),
        (b"OggS~", "audio/ogg"),
        (b"FLV\1", "video/x-flv"),
        (b"FLV\1~", "video/x-flv"),
        (b"FLV\2", None),
        (b"ID3", "audio/mpeg"),
        (b"ID4", None),
        (b"\xff\xfb", "audio/mpeg"),
        (b"\xff\xfa~", "audio/mpeg"),
        (b"\xff\xf3", "audio/mpeg"),
        (b"\xff\xf2", "audio/mpeg"),
        (b"\xff\xe3", "audio/mpeg"),
        (b"\xff\xe2", "audio/mpeg"),
        (b"\xff\xf1", None),
        (b"\xff", None),
        (b"\xfe\xfb", None),
        (b"PK\3\4", "application/zip"),
        (b"PK\3\4~", "application/zip"),
        (b"PK\5\6", None),
        (b"%PDF-", "application/pdf"),
        (b"~" * 1_019 + b"%PDF-", "application/pdf"),
        (b"~" * 1_020 + b"%PDF-", None),
        (b"%PDF", None),
        (b"---\n", "text/markdown"),
        (b"---\r\n", "text/markdown"),
        (b"--- #", "text/markdown"),
        (b"\xef\xbb\xbf---\nmore", "text/markdown"),
        (b"----", None),
        (b" ---\n", None),
        (b"---\n\0", None),
        (b'{"AIGC":1}', "application/json"),
        (b'\xef\xbb\xbf \t\r\n{"AIGC":1}', "application/json"),
        (b'["AIGC"]', None),
        (b'{"aigc":1}', None),
        (b"{" + b" " * 1_017 + b'"AIGC"', "application/json"),
        (b"{" + b" " * 1_018 + b'"AIGC"', None),
        (b"<!DOCTYPE html><svg", None),
        (b"<!doctype HTML", None),
        (b"<HTML><svg", None),
        (b"<htm><svg", "image/svg+xml"),
        (b"<svg", "image/svg+xml"),
        (b" \n<svg", "image/svg+xml"),
        (b"<g><svg", "image/svg+xml"),
        (b"<?xml", "image/svg+xml"),
        (b"<?xml ?>", "image/svg+xml"),
        (b"<!--", "image/svg+xml"),
        (b"<!-- -->", "image/svg+xml"),
        (b"<!DOCTYPE svg>", "image/svg+xml"),
        (b"<g><?xml", None),
        (b"<!DOCTYPE svg", "image/svg+xml"),
        (b"<!DOCTYPE xml", None),
        (b"<g>", None),
        (b"a<svg", None),
        (b"~<?xml", None),
        (b"words", None),
    ],
)
def test_a_kind_is_told_by_the_first_bytes(data: bytes, kind: str | None) -> None:
    assert sniff(data) == kind


@pytest.mark.parametrize(
    ("brand", "kind"),
    [
        (b"avif", "image/avif"),
        (b"avis", "image/avif"),
        (b"heic", "image/heic"),
        (b"heix", "image/heic"),
        (b"qt  ", "video/quicktime"),
        (b"M4A ", "audio/mp4"),
        (b"isom", "video/mp4"),
        (b"mp42", "video/mp4"),
        (b"~~~~", "video/mp4"),
    ],
)
def test_a_film_or_picture_is_told_by_its_brand(brand: bytes, kind: str) -> None:
    assert sniff(b"\0\0\0\x10ftyp" + brand + bytes(4)) == kind
    assert sniff(b"\0\0\0\x08ftyp" + brand) == kind
    # the compatible ones count where the major one is unknown, and only within the box
    if kind != "video/mp4":
        assert sniff(b"\0\0\0\x18ftyp" + b"~~~~" + bytes(4) + b"xxxx" + brand) == kind
        assert sniff(b"\0\0\0\x18ftyp" + b"~~~~" + bytes(4) + brand + b"xxxx" + b"more") == kind
        assert sniff(b"\0\0\0\x17ftyp" + b"~~~~" + bytes(4) + b"xxxx" + brand) == "video/mp4"
        assert sniff(b"\0\0\0\x14ftyp" + b"~~~~" + bytes(4) + b"xxxx" + brand) == "video/mp4"
        assert sniff(b"\0\0\0\x14ftyp" + b"~~~~" + brand + b"xxxx") == "video/mp4"  # the version is no brand
        assert sniff(b"\0\0\0\x14ftyp" + b"isom" + bytes(4) + brand) == "video/mp4"
        assert sniff(b"\0\0\1\0ftyp" + b"~~~~" + bytes(4) + b"xxxx" * 60 + brand) == "video/mp4"
        long = b"~~~~" + bytes(4) + b"xxxx" * 59 + brand
        assert sniff(b"\0\0\1\0ftyp" + long) == kind
        cut = b"\0\0\0\x18ftyp" + b"~~~~" + bytes(4) + b"xxxx" + brand[:3]
        assert sniff(cut) == "video/mp4"
        far = b"\0\1\0\0ftyp" + b"~~~~" + bytes(4) + b"xxxx" * 251 + brand
        assert sniff(far) == kind
        assert sniff(far[:-4] + b"xxxx" + brand) == "video/mp4"  # beyond what is looked at
    assert sniff(b"\0\0\0\x10ftyq" + brand) is None


def test_a_tag_may_stand_before_flac() -> None:
    for size in (0, 1, 127, 128, 16_384, 2_097_152):
        said = bytes([size // 128**3, size // 128**2 % 128, size // 128 % 128, size % 128])
        head = b"ID3\4\0\0" + said + bytes(size)
        assert sniff(head + b"fLaC") == "audio/flac"
        assert sniff(head + b"fLaC~") == "audio/flac"
        assert sniff(head + b"fLaD") == "audio/mpeg"
        assert sniff(head) == "audio/mpeg"
    for cut in range(3, 10):
        assert sniff((b"ID3\4\0\0\0\0\0\0fLaC")[:cut]) == "audio/mpeg"
    assert sniff(b"\xff\xfb\4\0\0\0\0\0\0\0fLaC") == "audio/mpeg"


def test_the_names_and_bounds_are_these() -> None:
    assert containers.XMP_JPEG == b"http://ns.adobe.com/xap/1.0/\0"
    assert containers.XMP_EXTENSION == b"http://ns.adobe.com/xmp/extension/\0"
    bounds = (
        containers.MAX_PACKET,
        containers._MAX_PARTS,
        containers._MAX_INFLATED,
        containers._MAX_UNPACKED,
        containers._MAX_SCANS,
    )
    assert bounds == (1 << 20, 100_000, 1 << 20, 4 << 20, 200)
    fresh = Contents("x")
    assert fresh == Contents("x", 0, 0, [], [], [], {}, None, False, 0)


# --- PNG -------------------------------------------------------------------------------------------------


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


SIGN = b"\x89PNG\r\n\x1a\n"
IHDR, IEND = chunk(b"IHDR", struct.pack(">II", 640, 480) + bytes(5)), chunk(b"IEND")
XML = b"XML:com.adobe.xmp\0"


def test_chunks_go_on_to_the_end_or_the_file_is_truncated(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = SIGN + IHDR + chunk(b"tEXt", b"abc") + IEND
    places = [8, 8 + len(IHDR), 8 + len(IHDR) + 15, len(whole)]
    found = list(png_chunks(whole + b"behind"))
    assert found == [
        (b"IHDR", IHDR[8:-4], places[1]),
        (b"tEXt", b"abc", places[2]),
        (b"IEND", b"", places[3]),
    ]
    for cut in range(8, len(whole)):
        assert answer(lambda cut=cut: list(png_chunks(whole[:cut]))) == "file: truncated"
    for end in (b"\0\0\0\5IENDab", b"\0\0\0\5IENDabcde", b"\0\0\0\5IENDabcdecrc"):  # the last is no exception
        assert answer(lambda end=end: list(png_chunks(SIGN + end))) == "file: truncated"
    assert answer(lambda: list(png_chunks(SIGN + b"\0\0\0\5IENDabcdecrc~"))) == [(b"IEND", b"abcde", 25)]
    monkeypatch.setattr(containers, "_MAX_PARTS", 3)
    assert answer(lambda: len(list(png_chunks(whole)))) == 3
    monkeypatch.setattr(containers, "_MAX_PARTS", 2)
    assert answer(lambda: list(png_chunks(whole))) == "file: truncated"


def test_what_stands_in_a_png_is_read() -> None:
    deep = zlib.compress(b"deep")
    data = (
        SIGN
        + IHDR
        + chunk(b"tEXt", XML + b"<a/>")
        + chunk(b"tEXt", b"AIGC\0t\xff")
        + chunk(b"zTXt", b"AIGC\0\0" + deep)
        + chunk(b"iTXt", XML + b"\1\0en\0words\0" + deep)
        + chunk(b"iTXt", b"AIGC\0\0\0\0\0i")
        + chunk(b"tEXt", b"Title\0no")
        + chunk(b"tEXt", b"AIGCS\0no")
        + chunk(b"text", b"AIGC\0no")
        + chunk(b"eXIf", b"exif")
        + chunk(b"caBX", b"store")
        + chunk(b"eXIg", b"no")
        + chunk(b"tEXt", b"AIGC")
        + IEND
    )
    wanted = Contents("image/png", 640, 480, [b"<a/>", b"deep"], [b"exif"], ["t\ufffd", "deep", "i", ""])
    wanted.c2pa, wanted.end = b"store", len(data)
    assert png(data + b"behind") == wanted


def test_a_header_of_a_png_has_thirteen_bytes() -> None:
    for size, good in ((12, False), (13, True), (14, True)):
        data = SIGN + chunk(b"IHDR", (struct.pack(">II", 7, 9) + bytes(6))[:size]) + IEND
        found = answer(lambda data=data: (png(data).width, png(data).height))
        assert found == ((7, 9) if good else "file: damaged")


@pytest.mark.parametrize(
    ("kind", "rest", "found"),
    [
        (b"tEXt", b"\0ab", b"\0ab"),
        (b"zTXt", b"\0" + zlib.compress(b"ab"), b"ab"),
        (b"zTXt", b"~" + zlib.compress(b"ab") + b"behind", b"ab"),
        (b"zTXt", b"\0none", "file: damaged"),
        (b"zTXt", b"\0" + zlib.compress(b"ab")[:-5], b"ab"),
        (b"iTXt", b"\0\0\0\0ab", b"ab"),
        (b"iTXt", b"\0~en\0words\0a\0b", b"a\0b"),
        (b"iTXt", b"\1\0en\0words\0" + zlib.compress(b"a\0b"), b"a\0b"),
        (b"iTXt", b"\2\0\0\0ab", b"ab"),
        (b"iTXt", b"\1\0\0\0none", "file: damaged"),
        (b"iTXt", b"\0\0ab", b"ab"),
        (b"iTXt", b"", b""),
    ],
)
def test_a_text_of_a_png_is_spelled_in_three_ways(kind: bytes, rest: bytes, found: bytes | str) -> None:
    assert answer(lambda: png_text(kind, rest)) == found


def test_texts_unpack_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "_MAX_INFLATED", 1_000)
    for size, good in ((1_000, True), (1_001, False), (9_000, False)):
        text = bytes(i * i % 251 for i in range(size))
        found = answer(lambda text=text: png_text(b"zTXt", b"\0" + zlib.compress(text)))
        assert found == (text if good else "file: bomb")
    monkeypatch.setattr(containers, "_MAX_UNPACKED", 9)
    title = chunk(b"tEXt", b"Title\0" + b"x" * 99)
    for sizes, good in (((4, 5), True), ((4, 6), False), ((10,), False)):
        parts = b"".join(chunk(b"tEXt", b"AIGC\0" + b"x" * size) for size in sizes)
        assert (answer(lambda parts=parts: png(SIGN + title + parts + IEND).end) == "file: bomb") is not good


# --- JPEG ------------------------------------------------------------------------------------------------


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


SOI, EOI = b"\xff\xd8", b"\xff\xd9"
SCAN = segment(0xDA, b"scan")


def frame(marker: int, high: int = 480, wide: int = 640) -> bytes:
    return segment(marker, b"\x08" + struct.pack(">HH", high, wide))


def test_segments_go_on_to_the_end_or_the_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = SOI + b"\xff" + segment(0xE0, b"ab") + b"\xff\x01" + b"\xff\xd0\xff\xd7" + segment(0xD8, b"") + SCAN
    coded = b"\1\xff\0\2\xff\xd0\3\xff\xd7"
    whole = data + coded + segment(0xC4, b"t") + SCAN + b"\4" + EOI
    found = list(jpeg_segments(whole + b"behind"))
    first = 2 + 1 + 6
    behind = len(data) + len(coded)
    assert found == [
        (0xE0, b"ab", first),
        (0xD8, b"", first + 2 + 4 + 4),
        (0xDA, b"scan", len(data)),
        (0xC4, b"t", behind + 5),
        (0xDA, b"scan", behind + 5 + 8),
        (0xD9, b"", len(whole)),
    ]
    monkeypatch.setattr(containers, "_MAX_PARTS", 3)
    few = SOI + segment(0xE0, b"") * 2 + EOI
    assert answer(lambda: len(list(jpeg_segments(few)))) == 3
    monkeypatch.setattr(containers, "_MAX_PARTS", 2)
    assert answer(lambda: list(jpeg_segments(few))) == "file: truncated"


def test_entropy_coded_bytes_are_passed_over() -> None:
    for coded in (b"", b"\1", b"\xff\0", b"\xff\xd0", b"\xff\xd7~", b"\1\xff\0\xff\xd3\2"):
        for marker in (0xD8, 0xCF, 0x01, 0xFE, 0xC4):
            one = segment(marker, b"t") if marker != 0x01 else b"\xff\x01"
            data = SOI + SCAN + coded + one + EOI
            found = [m for m, _, _ in jpeg_segments(data)]
            assert found == ([0xDA, 0xD9] if marker == 0x01 else [0xDA, marker, 0xD9])
    filled = SOI + SCAN + b"\1\xff\xff\xff" + EOI  # fill bytes belong to the marker
    assert list(jpeg_segments(filled)) == [(0xDA, b"scan", 10), (0xD9, b"", len(filled))]
    for cut in (b"", b"\1", b"\xff", b"\xff\0", b"\xff\xd0"):
        assert answer(lambda cut=cut: list(jpeg_segments(SOI + SCAN + cut))) == "file: truncated"
    early = segment(0xE0, EOI) + SCAN + EOI  # what stands in a segment ends nothing
    assert [m for m, _, _ in jpeg_segments(SOI + early)] == [0xE0, 0xDA, 0xD9]


@pytest.mark.parametrize(
    ("rest", "why"),
    [
        (b"", "file: truncated"),
        (b"\xff", "file: truncated"),
        (b"\xff\xff", "file: truncated"),
        (b"\xff\xe0", "file: truncated"),
        (b"\xff\xe0\0", "file: truncated"),
        (b"\xff\xe0\0\1", "file: truncated"),
        (b"\xff\xe0\0\0~~", "file: truncated"),
        (b"\xff\xe0\0\1~~", "file: truncated"),
        (b"\xff\xe0\0\4a", "file: truncated"),
        (b"\xff\xe0\1\0" + bytes(253), "file: truncated"),
        (b"~\xd9", "file: damaged"),
        (b"\xfe\xd9", "file: damaged"),
        (b"\xff\xcf" + b"\0\2", "file: truncated"),
        (b"\xff\xd8\0\3~" + b"\xff", "file: truncated"),
        (b"\xff\0\0\2" + EOI, [0, 0xD9]),
        (b"\xff\2\0\2" + EOI, [2, 0xD9]),
        (b"\xff\xcf\0\2" + EOI, [0xCF, 0xD9]),
        (b"\xff\xd8\0\2" + EOI, [0xD8, 0xD9]),
        (b"\xff\xd0\xff\xd7\xff\1" + EOI, [0xD9]),
        (b"\xff\xe0\1\0" + bytes(254) + EOI, [0xE0, 0xD9]),
        (EOI, [0xD9]),
    ],
)
def test_a_segment_is_whole_or_the_file_is_refused(rest: bytes, why: object) -> None:
    assert answer(lambda: [m for m, _, _ in jpeg_segments(SOI + rest)]) == why


def test_nothing_is_told_of_a_segment_before_it_is_whole() -> None:
    def first(rest: bytes) -> object:
        return answer(lambda: next(jpeg_segments(SOI + rest)))

    whole = b"\xff\xe0\0\4ab"
    assert first(whole) == (0xE0, b"ab", 8)
    assert first(b"\xff\xe0\0\2") == (0xE0, b"", 6)
    for rest in (*(whole[:cut] for cut in range(1, 6)), b"\xff\xe0\0\1ab", b"\xff\xe0\0\0ab"):
        assert first(rest) == "file: truncated"


@pytest.mark.parametrize("marker", [*range(0xBE, 0xD0), 0xDB, 0xE1])
def test_the_size_of_a_jpeg_stands_in_its_frame(marker: int) -> None:
    found = jpeg(SOI + frame(marker) + SCAN + EOI)
    is_frame = 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)
    assert (found.width, found.height) == ((640, 480) if is_frame else (0, 0))
    short = jpeg(SOI + segment(marker, b"\x08\0\1\0") + SCAN + EOI)
    assert (short.width, short.height) == (0, 0)


def test_what_stands_in_a_jpeg_is_read() -> None:
    name, ours = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"
    data = (
        SOI
        + segment(0xE1, name + b"<a/>")
        + segment(0xE1, b"Exif\0\0exif")
        + segment(0xE1, name[:-1] + b"~no")
        + segment(0xE2, name + b"no")
        + segment(0xE2, b"Exif\0\0no")
        + segment(0xE1, b"Exif\0~no")
        + segment(0xEB, b"JP one c2")
        + segment(0xEB, b"JQ no")
        + segment(0xEC, b"JP no")
        + segment(0xEB, b"JPpa two")
        + segment(0xE2, ours + b"x" * 32 + bytes(8) + b"tc260.org.cn/ns/AIGC")
        + frame(0xC2)
        + segment(0xE1, name + b"<b/>")
        + SCAN
        + EOI
    )
    found = jpeg(data + b"behind")
    assert (found.media_type, found.width, found.height, found.end) == ("image/jpeg", 640, 480, len(data))
    assert (found.xmp, found.exif, found.c2pa, found.texts) == ([b"<a/>", b"<b/>"], [b"exif"], None, [])
    for marker, begins in (
        (0xEB, b"JQ"),
        (0xEC, b"JP"),
        (0xEB, b"J"),
        (0xEA, b"JP"),
    ):  # neither alone is a box of theirs
        assert jpeg(SOI + segment(marker, begins + b"jumb c2pa") + EOI).c2pa is None
    marked = SOI + segment(0xEB, b"JP jumb c2p") + segment(0xEB, b"JP c2pa two") + EOI
    assert jpeg(marked).c2pa == b"JP jumb c2pJP c2pa two"


def test_extended_packets_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    def part(name: str, place: int, text: bytes) -> bytes:
        head = b"http://ns.adobe.com/xmp/extension/\0" + name.encode() * 32 + struct.pack(">II", 999, place)
        return segment(0xE1, head + text)

    trace = b"tc260.org.cn/ns/AIGC"
    one = part("a", 300, b"third") + part("b", 0, b"of " + trace) + part("a", 5, trace) + part("a", 0, b"first")
    one += part("c", 0, b"depth map")
    assert jpeg(SOI + one + EOI).xmp == [b"first" + trace + b"third", b"of " + trace]
    same = part("a", 0, b"1") + part("a", 0, trace)
    assert jpeg(SOI + same + EOI).xmp == [b"1" + trace]
    wide = part("a", 65_536, trace) + part("a", 256, b"2") + part("a", 1, b"1")
    assert jpeg(SOI + wide + EOI).xmp == [b"12" + trace]
    short = segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + trace.ljust(39))
    assert jpeg(SOI + short + EOI).xmp == []
    assert jpeg(SOI + part("a", 0, b"") + EOI).xmp == []
    # names are of 32 bytes, then a length that nobody needs, then a place of four
    first, second, size = b"n" * 31 + b"a", b"n" * 31 + b"b", b"\0\1\2\3"

    def told(*pieces: bytes) -> list[bytes]:
        return [*containers._extended_xmp(list(pieces))]

    assert told(first + size + bytes(4) + trace, second + size + bytes(4) + b"~") == [trace]
    assert told(first + size + bytes(4) + trace, first + b"~~~~" + b"\0\0\0\1" + b"~") == [trace + b"~"]
    assert told(first + b"\1\1\1\1" + bytes(4) + trace, first + bytes(7) + b"\1" + b"~") == [trace + b"~"]
    assert told(first + size + b"\1\0\0\0" + b"~", first + size + b"\0\0\0\2" + trace) == [trace + b"~"]
    assert told(first + size + bytes(4) + b"~" + trace, first + size + bytes(4) + b"!") == [b"~" + trace + b"!"]
    assert told(first + size + b"\0\0\0\2" + b"!", first + size + b"\0\0\0\1" + trace) == [trace + b"!"]
    monkeypatch.setattr(containers, "_MAX_PARTS", 4)
    assert jpeg(SOI + part("a", 0, trace) + part("a", 1, b"~") + EOI).xmp == [trace + b"~"]
    assert [*containers._extended_xmp([b"n" * 40 + trace, b"n" * 36])] == [trace]
    assert [*containers._extended_xmp([b"n" * 20 + trace])] == [trace][:0]
    exact = [trace.ljust(32, b"n") + bytes(8)]
    assert [*containers._extended_xmp(exact)] == []


def test_scans_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "_MAX_SCANS", 2)
    assert jpeg(SOI + SCAN * 2 + EOI).end == len(SOI + SCAN * 2 + EOI)
    assert answer(lambda: jpeg(SOI + SCAN * 3 + EOI).end) == "file: bomb"


# --- WebP ------------------------------------------------------------------------------------------------


def piece(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def riff(*parts: bytes) -> bytes:
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_what_stands_in_a_webp_is_read() -> None:
    data = riff(
        piece(b"XMP ", b"<a/>~"),
        piece(b"EXIF", b"Exif\0\0exif"),
        piece(b"EXIF", b"bare"),
        piece(b"C2PA", b"store"),
        piece(b"XMP ", b"<b/>"),
        piece(b"xmp ", b"no"),
    )
    wanted = Contents("image/webp", xmp=[b"<a/>~", b"<b/>"], exif=[b"exif", b"bare"], c2pa=b"store", end=len(data))
    assert webp(data + b"behind") == wanted


def test_chunks_of_a_webp_end_within_it(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = riff(piece(b"XMP ", b"abc"), piece(b"XMP ", b"de"))
    for cut in range(len(whole)):
        found = answer(lambda cut=cut: webp(whole[:cut]).xmp)
        assert found == ("file: truncated" if cut > 4 else found)  # without a size nothing is asked
    for size in range(4, len(whole) - 8):
        said = whole[:4] + struct.pack("<I", size) + whole[8:]
        found = answer(lambda said=said: (webp(said).xmp, webp(said).end))
        end = 8 + size
        if end < 20:
            assert found == ([], end)
        elif end < 23:
            assert found == "file: truncated"
        elif end < 32:
            assert found == ([b"abc"], end)
        else:
            assert found == "file: truncated"
    padded = riff(piece(b"XMP ", b"abc"))
    assert webp(padded).xmp == [b"abc"]
    assert answer(lambda: webp(padded[:-1])) == "file: truncated"
    far = whole[:4] + struct.pack("<I", 1 << 24 | len(whole) - 8) + whole[8:]
    assert answer(lambda: webp(far)) == "file: truncated"
    assert answer(lambda: webp(b"")) == "file: truncated"
    assert answer(lambda: webp(b"RIFF\0\0\0\0")).end == 8
    monkeypatch.setattr(containers, "_MAX_PARTS", 2)
    assert webp(whole).xmp == [b"abc", b"de"]
    monkeypatch.setattr(containers, "_MAX_PARTS", 1)
    assert answer(lambda: webp(whole)) == "file: truncated"


@pytest.mark.parametrize(
    ("kind", "body", "size"),
    [
        (b"VP8X", bytes(4) + b"\1\2\3\4\5\6", (0x030202, 0x060505)),
        (b"VP8X", bytes(4) + b"\1\2\3\4\5\6\7", (0x030202, 0x060505)),
        (b"VP8X", bytes(10), (1, 1)),
        (b"VP8X", bytes(4) + b"\1\2\3\4\5", (0, 0)),
        (b"VP8 ", bytes(6) + b"\1\x42\2\x83", (0x0201, 0x0302)),
        (b"VP8 ", bytes(6) + b"\xff\xff\xff\xff~", (0x3FFF, 0x3FFF)),
        (b"VP8 ", bytes(6) + b"\1\2\3", (0, 0)),
        (b"VP8L", b"\x2f" + struct.pack("<I", 0x1234 | 0x2ABC << 14 | 0xF << 28), (0x1235, 0x2ABD)),
        (b"VP8L", b"\x2f" + struct.pack("<I", 0x1235 | 0x2ABD << 14), (0x1236, 0x2ABE)),
        (b"VP8L", b"\x2f" + struct.pack("<I", 0) + b"~", (1, 1)),
        (b"VP8L", b"\x2f\1\2\3", (0, 0)),
        (b"VP8M", b"\7" * 20, (0, 0)),
    ],
)
def test_the_size_of_a_webp_stands_in_its_first_bytes(kind: bytes, body: bytes, size: tuple[int, int]) -> None:
    found = webp(riff(piece(kind, body)))
    assert (found.width, found.height) == size


def test_the_size_of_a_webp_is_the_largest_that_is_said() -> None:
    def lossy(wide: int, high: int) -> bytes:
        return piece(b"VP8 ", bytes(6) + struct.pack("<HH", wide, high))

    found = webp(riff(lossy(7, 3), lossy(5, 9), lossy(1, 1)))
    assert (found.width, found.height) == (7, 9)


# --- GIF -------------------------------------------------------------------------------------------------


def gif_of(*parts: bytes, flags: int = 0, table: bytes = b"") -> bytes:
    return b"GIF89a" + struct.pack("<HH", 640, 480) + bytes([flags]) + b"\0\0" + table + b"".join(parts)


def image(flags: int = 0, table: bytes = b"") -> bytes:
    return b"," + bytes(8) + bytes([flags]) + table + b"\2\2ab\1c\0"


TRAILER = b"\1" + bytes(range(255, -1, -1)) + b"\0"


def test_what_stands_in_a_gif_is_read() -> None:
    packet = b"!\xff\x0bXMP DataXMP<a/>" + TRAILER
    parts = (
        b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0",
        packet,
        image(),
        b"!\xff\x0bC2PA_GIF\1\2\3\5store\0",
        b"!\xff\x0aXMP DataXM\0",
        b"!\xfe\x0bXMP DataXMP\2no\0",
        b"!\xff\x0bXMP DataXMP\2b>\0",
        b";",
    )
    data = gif_of(*parts)
    found = gif(data + b"behind")
    assert (found.media_type, found.width, found.height, found.end) == ("image/gif", 640, 480, len(data))
    assert found.xmp == [b"<a/>", b"\2b>\0"]
    assert found.c2pa == b"\5store\0"
    other = gif(gif_of(b"!\xff\x0cXMP DataXMP~\0", b"!\xff\x0bC2PA_GIE123\1s\0", b";"))
    assert (other.xmp, other.c2pa) == ([], None)


def test_the_magic_trailer_is_no_part_of_a_packet() -> None:
    assert gif_packet(b"\x0bXMP DataXMP" + b"a" + TRAILER) == b"a"
    assert gif_packet(b"\x0bXMP DataXMP" + TRAILER) == TRAILER
    assert gif_packet(b"\x0bXMP DataXMP" + b"ab") == b"ab"


@pytest.mark.parametrize("flags", [0, 7, 0x7F, 0x80, 0x81, 0x83, 0xF0, 0xF7, 0xFF])
def test_a_palette_has_up_to_256_colours(flags: int) -> None:
    size = 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
    assert palette(flags) == size
    data = gif_of(image(flags, b";" * size), b";", flags=flags, table=b"~" * size)
    assert gif(data).end == len(data)
    assert [(k, b) for k, b, _ in gif_blocks(data, 13 + size)] == [(b",", b""), (b";", b"")]


def test_blocks_go_on_to_the_trailer_or_the_file_is_refused() -> None:
    note = b"!\xfe\3abc\1d\0"
    whole = gif_of(note, image(), b";")
    assert list(gif_blocks(whole, 13)) == [
        (b"\xfe", b"\3abc\1d\0", 22),
        (b",", b"", 22 + 17),
        (b";", b"", 22 + 18),
    ]
    for cut in range(len(whole)):
        # a block whose head is cut off is none, and where nothing stands the file ends too early
        damaged = cut == 14 or 22 < cut < 32
        assert answer(lambda cut=cut: gif(whole[:cut])) == f"file: {'damaged' if damaged else 'truncated'}"
    assert answer(lambda: gif(gif_of(b"~"))) == "file: damaged"
    assert answer(lambda: gif(gif_of(image(), b"~;"))) == "file: damaged"


def test_blocks_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = gif_of(b"!\xfe\0", b"!\xfe\0", b";")
    monkeypatch.setattr(containers, "_MAX_PARTS", 3)
    assert gif(data).end == len(data)
    monkeypatch.setattr(containers, "_MAX_PARTS", 2)
    assert answer(lambda: gif(data)) == "file: damaged"
    monkeypatch.setattr(containers, "_MAX_PARTS", 99)
    # a thousand small blocks, and one more for every sixteen bytes; the end of each run is one
    for many in range(1_128, 1_150):
        for runs in (1, 2):
            blocks = b"!\xfe" + b"\1~" * (many // runs) + b"\0"
            rest = gif_of(*[blocks] * runs, b";")
            used = runs * (many // runs + 1)
            wanted: object = len(rest) if used <= 1_000 + len(rest) // 16 else "file: bomb"
            assert answer(lambda rest=rest: gif(rest).end) == wanted
