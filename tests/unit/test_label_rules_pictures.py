"""Labels in JPEG, PNG, WebP and GIF, byte for byte, each bound at its edge: what mutation testing showed.

Exactly one packet is left at the place that each format has for it, and every other byte is copied as it stands.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import pytest
from tests.fakes.answers import answer

from pingxing.label.metadata import pictures
from pingxing.label.metadata.merging import Label, merged, without_label
from pingxing.label.metadata.pictures import write_gif, write_jpeg, write_png, write_webp

NEW = Label("N")
PACKET = merged(None, NEW)
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
OTHER = f'<x><rdf:RDF {RDF}><rdf:Description xmlns:d="d" d:x="1"/></rdf:RDF></x>'.encode()
OLD = merged(OTHER, Label("O"))
AGAIN = merged(OLD, NEW)
assert without_label(OLD) == OTHER
COMMENT = struct.pack("<2sHIH", b"II", 42, 8, 1) + struct.pack("<HHIII", 37510, 7, 18, 26, 0)
EXIF = COMMENT + b'ASCII\0\0\0{"AIGC":1}'
BLANK = COMMENT + b"ASCII\0\0\0" + b" " * 10

# --- JPEG ----------------------------------------------------------------------------------------------


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def app1(packet: bytes) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


SOI, EOI = b"\xff\xd8", b"\xff\xd9"
JFIF = segment(0xE0, b"JFIF\0rest")
META, PLAIN = segment(0xE1, b"Exif\0\0" + EXIF), segment(0xE1, b"Exif\0\0" + BLANK)
TABLE, FRAME = segment(0xDB, b"table"), segment(0xC0, b"\x08\0\1\0\1")
SCAN = segment(0xDA, b"scan") + b"\1\xff\0\2\xff\xd0\3"
PICTURE = TABLE + FRAME + SCAN + EOI


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PICTURE, app1(PACKET) + PICTURE),
        (JFIF + PICTURE, JFIF + app1(PACKET) + PICTURE),
        (META + PICTURE, PLAIN + app1(PACKET) + PICTURE),
        (JFIF + META + PICTURE, JFIF + PLAIN + app1(PACKET) + PICTURE),
        (TABLE + JFIF + PICTURE, TABLE + JFIF + app1(PACKET) + PICTURE),
        # where a packet is, the label comes to the same place
        (app1(OLD) + JFIF + PICTURE, app1(AGAIN) + JFIF + PICTURE),
        (JFIF + TABLE + app1(OLD) + META + PICTURE, JFIF + TABLE + app1(AGAIN) + PLAIN + PICTURE),
        (app1(b"") + PICTURE, app1(PACKET) + PICTURE),
        # further packets lose their record, or stay as they are
        (app1(OTHER) + TABLE + app1(OLD) + app1(OTHER) + app1(b"none") + PICTURE,
         app1(merged(OTHER, NEW)) + TABLE + app1(OTHER) + app1(OTHER) + app1(b"none") + PICTURE),
        # what only looks like a place for one
        (segment(0xE2, b"Exif\0\0x") + PICTURE, segment(0xE2, b"Exif\0\0x") + app1(PACKET) + PICTURE),
        (segment(0xE2, b"http://ns.adobe.com/xap/1.0/\0" + OLD) + PICTURE,
         app1(PACKET) + segment(0xE2, b"http://ns.adobe.com/xap/1.0/\0" + OLD) + PICTURE),
        (segment(0xE2, b"Exif\0\0" + EXIF) + PICTURE, segment(0xE2, b"Exif\0\0" + EXIF) + app1(PACKET) + PICTURE),
        (segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + OTHER) + PICTURE,
         app1(PACKET) + segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + OTHER) + PICTURE),
        (segment(0xE2, b"http://ns.adobe.com/xmp/extension/\0" + OLD) + PICTURE,
         app1(PACKET) + segment(0xE2, b"http://ns.adobe.com/xmp/extension/\0" + OLD) + PICTURE),
        (segment(0xE1, b"Exif~~" + EXIF) + PICTURE, app1(PACKET) + segment(0xE1, b"Exif~~" + EXIF) + PICTURE),
        (segment(0xE1, b"other" + OLD) + PICTURE, app1(PACKET) + segment(0xE1, b"other" + OLD) + PICTURE),
        (segment(0xE1, b"AIGC" + EXIF) + PICTURE, app1(PACKET) + segment(0xE1, b"AIGC" + EXIF) + PICTURE),
        # behind the first scan nothing is a place any more, but a packet that is there
        (TABLE + SCAN + JFIF + SCAN + EOI, app1(PACKET) + TABLE + SCAN + JFIF + SCAN + EOI),
        (JFIF + SCAN + META + SCAN + EOI, JFIF + app1(PACKET) + SCAN + PLAIN + SCAN + EOI),
        (JFIF + SCAN + app1(OLD) + EOI, JFIF + SCAN + app1(AGAIN) + EOI),
        # fill bytes and single markers
        (b"\xff\xff" + JFIF + b"\xff" + PICTURE, b"\xff\xff" + JFIF + app1(PACKET) + b"\xff" + PICTURE),
        (b"\xff\x01" + JFIF + b"\xff\xd3" + PICTURE, b"\xff\x01" + JFIF + app1(PACKET) + b"\xff\xd3" + PICTURE),
        (PICTURE + b"behind", app1(PACKET) + PICTURE + b"behind"),
        (EOI, app1(PACKET) + EOI),
        (b"\xff" + EOI + b"~", app1(PACKET) + b"\xff" + EOI + b"~"),
    ],
)  # fmt: skip
def test_the_packet_of_a_jpeg_stands_behind_jfif_and_exif(before: bytes, after: bytes) -> None:
    assert answer(lambda: write_jpeg(SOI + before, NEW)) == SOI + after


def test_a_record_in_an_extended_packet_is_not_written_over() -> None:
    extended = segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(40) + OLD)
    assert answer(lambda: write_jpeg(SOI + extended + PICTURE, NEW)) == "label: metadata"
    assert answer(lambda: write_jpeg(SOI + app1(b"none") + PICTURE, NEW)) == "label: metadata"
    bad = app1(OTHER) + app1(OLD[:-9])  # a second packet with a record that cannot be read
    assert answer(lambda: write_jpeg(SOI + bad + PICTURE, NEW)) == "label: metadata"


def test_a_jpeg_is_whole_or_gets_no_label() -> None:
    whole = SOI + JFIF + PICTURE
    for cut in range(2, len(whole)):
        assert answer(lambda cut=cut: write_jpeg(whole[:cut], NEW)) in ("file: truncated", "file: damaged")


def test_a_segment_has_a_longest_size() -> None:
    longest = bytes(65_533)
    assert pictures._segment(0xE7, longest) == b"\xff\xe7\xff\xff" + longest
    assert answer(lambda: pictures._segment(0xE7, longest + b"~")) == "label: no_room"
    pad = OTHER.replace(b"<x>", b"<x>" + b" " * (65_533 - 29 - len(merged(OTHER, NEW))))
    done = write_jpeg(SOI + app1(pad) + PICTURE, NEW)
    assert done == SOI + app1(merged(pad, NEW)) + PICTURE
    assert done[4:6] == b"\xff\xff"
    assert answer(lambda: write_jpeg(SOI + app1(pad.replace(b"<x>", b"<x> ")) + PICTURE, NEW)) == "label: no_room"


# --- PNG -------------------------------------------------------------------------------------------------


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def itxt(packet: bytes) -> bytes:
    return chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)


SIGN = b"\x89PNG\r\n\x1a\n"
IHDR, IDAT, IEND = chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0"), chunk(b"IDAT", b"pixels"), chunk(b"IEND")
XML = b"XML:com.adobe.xmp\0"
TITLE = chunk(b"tEXt", b"Title\0AIGC")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (IHDR + IDAT + IEND, IHDR + itxt(PACKET) + IDAT + IEND),
        (IHDR + TITLE + IDAT + IDAT + TITLE + IEND, IHDR + TITLE + itxt(PACKET) + IDAT + IDAT + TITLE + IEND),
        (IHDR + IDAT + IEND + b"behind", IHDR + itxt(PACKET) + IDAT + IEND + b"behind"),
        (IDAT + IEND, itxt(PACKET) + IDAT + IEND),
        # a packet anywhere, in any spelling
        (IHDR + itxt(OLD) + TITLE + IDAT + IEND, IHDR + TITLE + itxt(AGAIN) + IDAT + IEND),
        (IHDR + IDAT + itxt(OLD) + IEND, IHDR + itxt(AGAIN) + IDAT + IEND),
        (IHDR + chunk(b"iTXt", XML + b"\1\0" + b"en\0more\0" + zlib.compress(OLD)) + IDAT + IEND,
         IHDR + itxt(AGAIN) + IDAT + IEND),
        (IHDR + chunk(b"zTXt", XML + b"\0" + zlib.compress(OLD)) + IDAT + IEND, IHDR + itxt(AGAIN) + IDAT + IEND),
        (IHDR + chunk(b"tEXt", XML + OLD) + IDAT + IEND, IHDR + itxt(AGAIN) + IDAT + IEND),
        (IHDR + itxt(b"") + IDAT + IEND, IHDR + itxt(PACKET) + IDAT + IEND),
        (IHDR + chunk(b"tEXt", XML[:-1]) + IDAT + IEND, IHDR + itxt(PACKET) + IDAT + IEND),
        # further packets lose their record
        (IHDR + itxt(OTHER) + chunk(b"tEXt", XML + OLD) + IDAT + itxt(OTHER) + IEND,
         IHDR + itxt(OTHER) + itxt(merged(OTHER, NEW)) + IDAT + itxt(OTHER) + IEND),
        # records in texts of their own go
        (IHDR + chunk(b"tEXt", b"AIGC\0o") + chunk(b"zTXt", b"AIGC\0\0o") + chunk(b"iTXt", b"AIGC") + IDAT + IEND,
         IHDR + itxt(PACKET) + IDAT + IEND),
        (IHDR + chunk(b"tEXt", b"AIGCS\0o") + chunk(b"teXt", b"AIGC\0o") + IDAT + IEND,
         IHDR + chunk(b"tEXt", b"AIGCS\0o") + chunk(b"teXt", b"AIGC\0o") + itxt(PACKET) + IDAT + IEND),
        (IHDR + chunk(b"tEXt", XML[:-1] + b"s\0" + OLD) + IDAT + IEND,
         IHDR + chunk(b"tEXt", XML[:-1] + b"s\0" + OLD) + itxt(PACKET) + IDAT + IEND),
        # and those in EXIF
        (IHDR + chunk(b"eXIf", EXIF) + IDAT + IEND, IHDR + chunk(b"eXIf", BLANK) + itxt(PACKET) + IDAT + IEND),
        (IHDR + chunk(b"exIf", EXIF) + IDAT + IEND, IHDR + chunk(b"exIf", EXIF) + itxt(PACKET) + IDAT + IEND),
        # wrong sums of others stay theirs
        (IHDR[:-1] + b"~" + IDAT + IEND, IHDR[:-1] + b"~" + itxt(PACKET) + IDAT + IEND),
    ],
)  # fmt: skip
def test_the_packet_of_a_png_stands_before_its_pixels(before: bytes, after: bytes) -> None:
    assert answer(lambda: write_png(SIGN + before, NEW)) == SIGN + after


def test_a_png_is_whole_and_has_pixels_or_gets_no_label() -> None:
    whole = SIGN + IHDR + IDAT + IEND
    for cut in range(8, len(whole)):
        assert answer(lambda cut=cut: write_png(whole[:cut], NEW)) == "file: truncated"
    assert answer(lambda: write_png(SIGN + IHDR + IEND, NEW)) == "file: damaged"
    assert answer(lambda: write_png(SIGN + IHDR + chunk(b"IDAt") + IEND, NEW)) == "file: damaged"
    for bad in (itxt(b"none"), itxt(OTHER) + itxt(b"none")):
        assert answer(lambda bad=bad: write_png(SIGN + IHDR + bad + IDAT + IEND, NEW)) == "label: metadata"
    deep = chunk(b"zTXt", XML + b"\0none")
    assert answer(lambda: write_png(SIGN + IHDR + deep + IDAT + IEND, NEW)) == "file: damaged"


# --- WebP ------------------------------------------------------------------------------------------------


def piece(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def webp(*parts: bytes) -> bytes:
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def lossy(wide: int, high: int, rest: bytes = b"") -> bytes:
    return b"\x30\1\0\x9d\1\x2a" + struct.pack("<HH", wide, high) + rest


def lossless(wide: int, high: int, alpha: int, rest: bytes = b"") -> bytes:
    return b"\x2f" + struct.pack("<I", wide | high << 14 | alpha << 28) + rest


def vp8x(flags: int, wide: int, high: int) -> bytes:
    return piece(b"VP8X", bytes([flags, 0, 0, 0]) + wide.to_bytes(3, "little") + high.to_bytes(3, "little"))


XMP = piece(b"XMP ", PACKET)


@pytest.mark.parametrize(
    ("kind", "body", "head"),
    [
        (b"VP8 ", lossy(1, 1), (4, 0, 0)),
        (b"VP8 ", lossy(16_383, 1, b"~"), (4, 16_382, 0)),
        (b"VP8 ", lossy(1 | 3 << 14, 16_383 | 1 << 14), (4, 0, 16_382)),
        (b"VP8 ", lossy(0x1234, 0x0ABC), (4, 0x1233, 0x0ABB)),
        (b"VP8L", lossless(0, 0, 0), (4, 0, 0)),
        (b"VP8L", lossless(0x1234, 0x2ABC, 0, b"~~"), (4, 0x1234, 0x2ABC)),
        (b"VP8L", lossless(0x3FFF, 0, 1), (20, 0x3FFF, 0)),
        (b"VP8L", lossless(0, 0x3FFF, 2), (4, 0, 0x3FFF)),
        (b"VP8L", lossless(0, 0x3FFF, 5), (20, 0, 0x3FFF)),
    ],
)
def test_a_simple_webp_gets_the_extended_header_that_announces_the_packet(
    kind: bytes, body: bytes, head: tuple[int, int, int]
) -> None:
    assert write_webp(webp(piece(kind, body)), NEW) == webp(vp8x(*head), piece(kind, body), XMP)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"VP8 ", lossy(1, 1)[:-1]),
        (b"VP8 ", lossy(0, 1)),
        (b"VP8 ", lossy(1, 0)),
        (b"VP8 ", lossy(1 << 14, 1)),
        (b"VP8L", lossless(1, 1, 0)[:-1]),
        (b"VP8M", lossy(1, 1)),
        (b"VP8X", bytes(9)),
        (b"XMP~", b""),
    ],
)
def test_a_webp_without_a_size_is_damaged(kind: bytes, body: bytes) -> None:
    assert answer(lambda: write_webp(webp(piece(kind, body)), NEW)) == "file: damaged"


SIGHT = piece(b"VP8 ", lossy(1, 1))


def test_the_packet_of_a_webp_stands_at_its_end() -> None:
    head = vp8x(0x12, 7, 8)
    announced = vp8x(0x16, 7, 8)
    longer = piece(b"VP8X", bytes(11))
    assert write_webp(webp(head, SIGHT), NEW) == webp(announced, SIGHT, XMP)
    assert write_webp(webp(announced, piece(b"XMP ", OLD), SIGHT), NEW) == webp(announced, SIGHT, piece(b"XMP ", AGAIN))
    assert write_webp(webp(longer, SIGHT), NEW) == webp(piece(b"VP8X", b"\4" + bytes(10)), SIGHT, XMP)
    late = webp(SIGHT, head)  # an extended header that is not the first is none
    assert write_webp(late, NEW) == webp(vp8x(4, 0, 0), SIGHT, head, XMP)
    odd = piece(b"C2PA", b"abc")
    assert write_webp(webp(head, odd, SIGHT), NEW) == webp(announced, odd, SIGHT, XMP)
    assert write_webp(webp(head, SIGHT, odd[:-1]), NEW) == webp(announced, SIGHT, odd, XMP)
    ends = webp(head, SIGHT, odd)
    assert write_webp(ends + b"behind", NEW) == webp(announced, SIGHT, odd, XMP) + b"behind"
    short = webp(head, SIGHT, odd[:-1])
    assert write_webp(short + b"\0behind", NEW) == webp(announced, SIGHT, odd, XMP) + b"behind"


def test_further_packets_and_comments_of_a_webp_lose_their_record() -> None:
    head, announced = vp8x(0, 7, 8), vp8x(4, 7, 8)
    parts = piece(b"XMP ", OTHER), SIGHT, piece(b"XMP ", OLD), piece(b"EXIF", EXIF), piece(b"EXIF", b"Exif\0\0" + EXIF)
    assert write_webp(webp(head, *parts), NEW) == webp(
        announced,
        SIGHT,
        piece(b"XMP ", OTHER),
        piece(b"EXIF", BLANK),
        piece(b"EXIF", b"Exif\0\0" + BLANK),
        piece(b"XMP ", merged(OTHER, NEW)),
    )
    other = piece(b"exif", EXIF), piece(b"xmp ", OLD)
    assert write_webp(webp(head, *other), NEW) == webp(announced, *other, XMP)
    for bad in ((piece(b"XMP ", b"none"),), (piece(b"XMP ", OTHER), piece(b"XMP ", b"none"))):
        assert answer(lambda bad=bad: write_webp(webp(head, *bad), NEW)) == "label: metadata"


def test_a_webp_is_whole_or_gets_no_label() -> None:
    whole = webp(vp8x(0, 7, 8), SIGHT)
    for cut in range(8, len(whole)):
        assert answer(lambda cut=cut: write_webp(whole[:cut], NEW)) == "file: truncated"
    for cut in range(8):  # not even a size: nothing to label
        assert answer(lambda cut=cut: write_webp(whole[:cut], NEW)) in ("file: truncated", "file: damaged")
    for size in range(len(whole) - 8):
        said = whole[:4] + struct.pack("<I", size) + whole[8:]
        found = answer(lambda said=said: write_webp(said, NEW))
        if size < 12:
            assert found == "file: damaged"
        elif size < 22:
            assert found == "file: truncated"
        elif size < 30:
            # what lies behind is no part of the picture; an odd size has a byte of padding
            assert found == webp(vp8x(4, 7, 8), XMP) + whole[8 + size + size % 2 :]
        else:
            assert found == "file: truncated"
    far = whole[:4] + struct.pack("<I", 1 << 24 | len(whole) - 8) + whole[8:]
    assert answer(lambda: write_webp(far, NEW)) == "file: truncated"
    assert answer(lambda: write_webp(webp(), NEW)) == "file: damaged"
    assert answer(lambda: write_webp(webp(XMP), NEW)) == "file: damaged"


# --- GIF -------------------------------------------------------------------------------------------------


def gif(*parts: bytes, version: bytes = b"89a", flags: int = 0, palette: bytes = b"") -> bytes:
    return b"GIF" + version + b"\1\0\1\0" + bytes([flags]) + b"\0\0" + palette + b"".join(parts)


TRAILER = b"\1" + bytes(range(255, -1, -1)) + b"\0"


def extension(packet: bytes) -> bytes:
    return b"!\xff\x0bXMP DataXMP" + packet + TRAILER


LOOP = b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0"
DELAY = b"!\xf9\4\0\0\0\0\0"
IMAGE = b",\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
NOTE = b"!\xfe\4AIGC\0"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((IMAGE, b";"), (extension(PACKET), IMAGE, b";")),
        ((LOOP, DELAY, IMAGE, b";"), (LOOP, extension(PACKET), DELAY, IMAGE, b";")),
        ((LOOP, IMAGE, DELAY, IMAGE, b";"), (LOOP, extension(PACKET), IMAGE, DELAY, IMAGE, b";")),
        ((NOTE, IMAGE, b";behind"), (NOTE, extension(PACKET), IMAGE, b";behind")),
        ((b";",), (extension(PACKET), b";")),
        ((LOOP, b";",), (LOOP, extension(PACKET), b";")),
        ((extension(OLD), IMAGE, b";"), (extension(AGAIN), IMAGE, b";")),
        ((IMAGE, extension(OLD), b";"), (extension(AGAIN), IMAGE, b";")),
        ((extension(OTHER), IMAGE, extension(OLD), LOOP, b";"),
         (extension(merged(OTHER, NEW)), IMAGE, extension(OTHER), LOOP, b";")),
        ((b"!\xfe" + extension(OLD)[2:], IMAGE, b";"), (b"!\xfe" + extension(OLD)[2:], extension(PACKET), IMAGE, b";")),
        ((b"!\xff\x0bXMP DataXMQ\0", IMAGE, b";"), (b"!\xff\x0bXMP DataXMQ\0", extension(PACKET), IMAGE, b";")),
        ((b"!\x01\0", b"!,\0", IMAGE, b";"), (b"!\x01\0", extension(PACKET), b"!,\0", IMAGE, b";")),
    ],
)  # fmt: skip
def test_the_packet_of_a_gif_stands_before_the_first_frame(before: tuple[bytes, ...], after: tuple[bytes, ...]) -> None:
    assert answer(lambda: write_gif(gif(*before), NEW)) == gif(*after)


@pytest.mark.parametrize(("flags", "size"), [(0, 0), (0x7F, 0), (0x80, 6), (0x81, 12), (0xF7, 768)])
def test_the_palette_of_a_gif_stays_and_its_version_becomes_1989(flags: int, size: int) -> None:
    data = gif(IMAGE, b";", version=b"87a", flags=flags, palette=b";" * size)
    assert write_gif(data, NEW) == gif(extension(PACKET), IMAGE, b";", flags=flags, palette=b";" * size)


def test_a_gif_is_whole_or_gets_no_label() -> None:
    whole = gif(LOOP, IMAGE, b";")
    image = 13 + len(LOOP)
    for cut in range(len(whole)):  # a block whose head is cut off is none
        damaged = cut == 14 or image < cut < image + 10
        assert answer(lambda cut=cut: write_gif(whole[:cut], NEW)) == f"file: {'damaged' if damaged else 'truncated'}"
    bad: list[Callable[[], bytes]] = [
        lambda: write_gif(gif(b"!\xff\x0bXMP DataXMP\4none\0", IMAGE, b";"), NEW),
        lambda: write_gif(gif(extension(OTHER), b"!\xff\x0bXMP DataXMP\4none\0", IMAGE, b";"), NEW),
    ]
    assert [answer(work) for work in bad] == ["label: metadata"] * 2
    assert answer(lambda: pictures._gif_extension(b"a\0b")) == "label: metadata"
    assert pictures._gif_extension(b"ab") == extension(b"ab")


def test_the_bound_and_the_words_are_these() -> None:
    assert (pictures._SEGMENT, pictures._TRACE) == (65_533, b"tc260.org.cn/ns/AIGC")
    assert pictures._GIF_XMP == b"\x0bXMP DataXMP"
    assert pictures._GIF_TRAILER == TRAILER
