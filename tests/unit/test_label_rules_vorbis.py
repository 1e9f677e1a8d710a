"""Labels in FLAC and Ogg, byte for byte, each bound at its edge: what mutation testing showed.

One comment is left, every packet of every stream stays, and a block or page that is longer than its file is refused.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest
from tests.fakes.answers import Claiming, answer

from pingxing.label.containers import Contents
from pingxing.label.metadata import vorbis
from pingxing.label.metadata.merging import Label
from pingxing.label.metadata.vorbis import Comments, read_flac, read_ogg, write_flac, write_ogg
from pingxing.label.xmp import Provenance

NEW = Label("N")
FULL = Label("N", Provenance("S", "2", "m", datetime(2026, 8, 2, 9, 30, tzinfo=UTC)))
SOURCE = b"DIGITALSOURCETYPE=http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
FACTS = SOURCE, b"AISYSTEMUSED=S", b"AISYSTEMVERSIONUSED=2"
TIME = b"CREATEDATE=2026-08-02T09:30:00Z"


def said(*entries: bytes, vendor: bytes = b"v", rest: bytes = b"", count: int | None = None) -> bytes:
    parts = [struct.pack("<I", len(part)) + part for part in (vendor, *entries)]
    many = struct.pack("<I", len(entries) if count is None else count)
    return parts[0] + many + b"".join(parts[1:]) + rest


# --- comments --------------------------------------------------------------------------------------------


def test_comments_are_counted_and_cut_nowhere() -> None:
    body = said(b"AIGC=a", b"", b"TITLE=t", rest=b"\1rest")
    assert Comments.parse(body) == Comments(b"v", (b"AIGC=a", b"", b"TITLE=t"), b"\1rest")
    assert Comments.parse(said(b"a", b"")) == Comments(b"v", (b"a", b""), b"")
    assert Comments.parse(said(vendor=b"")) == Comments(b"", (), b"")
    whole = said(b"AIGC=a", b"", b"TITLE=t")
    for cut in range(len(whole)):
        assert answer(lambda cut=cut: Comments.parse(whole[:cut])) == "file: truncated"
    assert answer(lambda: Comments.parse(b"\0\0\0\1" + bytes(20))) == "file: truncated"
    assert Comments.parse(b"\0\1\0\0" + bytes(260)) == Comments(bytes(256), (), b"")


def test_comments_have_a_limit_and_the_bounds_are_these(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds = vorbis._MAX_COMMENTS, vorbis._MAX_HEADER, vorbis._MAX_BLOCKS, vorbis._MAX_PAGES, vorbis._COMMENT_BLOCK
    assert bounds == (100_000, 16 << 20, 10_000, 2_000_000, 4)
    assert (vorbis._BEGINNING, vorbis._NOWHERE) == (b"\0" * 8, b"\xff" * 8)
    monkeypatch.setattr(vorbis, "_MAX_COMMENTS", 2)
    assert len(Comments.parse(said(b"a", b"b")).entries) == 2
    assert answer(lambda: Comments.parse(said(b"a", b"b", b"c"))) == "file: bomb"


def test_a_comment_is_a_record_by_its_name() -> None:
    entries = (
        b"AIGC=a",
        b"aigc=b=c",
        b"Aigc=\xff",
        b"AIGC",
        b"AIGCS=d",
        b"XAIGC=e",
        b"\xffAIGC=f",
        b"=AIGC",
        b"AISystemUsed=s",
        b"AISYSTEMVERSIONUSED=1=2",
        b"createdate=t\xff",
        b"AIGC" + b" " * 59 + b"=late",
        b"CREATEDATE",
        b"TITLE=u",
    )
    found = Comments(b"", entries, b"")
    assert found.labels == ["a", "b=c", "\ufffd"]
    assert found.facts == {"system": "s", "version": "1=2", "created": "t\ufffd"}
    # the sign of equality stands among the first sixty-four bytes
    assert vorbis._name(b"x" * 63 + b"=") == "X" * 63
    assert vorbis._name(b"x" * 64 + b"=") == ""
    assert vorbis._name(b"a\xff=b") == "A\ufffd"
    assert Comments(b"", (b"CREATEDATE=a", b"CREATEDATE=b"), b"").facts == {"created": "b"}


def test_a_label_takes_the_place_of_every_other_one() -> None:
    old = (b"AIGC=o", b"TITLE=t", b"aigc=p", b"junk", b"AISYSTEMUSED=o", b"CreateDate=d")
    block = Comments(b"ven", old, b"rest")
    assert block.with_label(None) == said(
        b"TITLE=t", b"junk", b"AISYSTEMUSED=o", b"CreateDate=d", vendor=b"ven", rest=b"rest"
    )
    assert block.with_label(NEW) == said(
        b"TITLE=t", b"junk", b"AISYSTEMUSED=o", b"CreateDate=d", b"AIGC=N", vendor=b"ven", rest=b"rest"
    )
    assert block.with_label(FULL) == said(
        b"TITLE=t", b"junk", b"CreateDate=d", b"AIGC=N", *FACTS, vendor=b"ven", rest=b"rest"
    )
    undated = Comments(b"", (b"AIGC=o", b"aisystemversionused=1", b"DIGITALSOURCETYPE=x", b"CREATEDATE"), b"")
    assert undated.with_label(FULL) == said(b"CREATEDATE", b"AIGC=N", *FACTS, TIME, vendor=b"")


# --- FLAC ------------------------------------------------------------------------------------------------


def block(kind: int, body: bytes, last: bool = False) -> bytes:
    return bytes([kind | 128 * last]) + len(body).to_bytes(3, "big") + body


INFO = b"i" * 34
SOUND = b"\xff\xf8sound"
STORE = b"\0application/c2pa\0store"


def id3(body: bytes) -> bytes:
    size = len(body)
    return b"ID3\3\0\0" + bytes([size // 128**3, size // 128**2 % 128, size // 128 % 128, size % 128]) + body


def test_what_stands_in_a_flac_is_read() -> None:
    one = block(4, said(b"AIGC=a", b"AISYSTEMUSED=s"))
    two = block(4, said(b"AIGC=b", b"CREATEDATE=t"), True)
    data = b"fLaC" + block(0, INFO) + one + block(1, b"AIGC") + block(5, said(b"AIGC=no")) + two + SOUND
    wanted = Contents("audio/flac", texts=["a", "b"], facts={"system": "s", "created": "t"}, end=len(data))
    assert read_flac(data) == wanted
    tagged = id3(b"GEOB" + len(STORE).to_bytes(4, "big") + b"\0\0" + STORE) + data
    wanted.c2pa, wanted.end = STORE, len(tagged)
    assert read_flac(tagged) == wanted
    behind = b"fLaC" + block(0, INFO, True) + two + SOUND  # sound has begun: no block any more
    assert read_flac(behind).texts == []


def test_blocks_of_a_flac_end_with_the_last_or_the_file_is_truncated() -> None:
    whole = b"fLaC" + block(0, INFO) + block(4, said(b"AIGC=a"), True)
    for data in (whole, id3(b"\0\0") + whole):
        for cut in range(len(data)):
            found = answer(lambda data=data, cut=cut: read_flac(data[:cut]))
            start = len(data) - len(whole) + 4
            if cut == 0 or (cut < start and data is whole):
                assert found == "file: damaged"
            elif cut >= start:
                assert found == "file: truncated"
            else:
                assert found in ("file: damaged", "file: truncated")
            assert answer(lambda data=data, cut=cut: write_flac(data[:cut], NEW)) in (
                "file: damaged",
                "file: truncated",
            )
        assert read_flac(data).texts == ["a"]


def test_a_last_block_that_is_cut_off_is_refused() -> None:
    start = b"fLaC" + block(0, INFO)
    for last in (b"\x81", b"\x81\0", b"\x81\0\0", block(1, b"abc", True)[:-1]):
        assert answer(lambda last=last: read_flac(start + last)) == "file: truncated"
    assert read_flac(start + b"\x81\0\0\0").texts == []


@pytest.mark.parametrize("size", [0, 1, 127, 128, 300, 16_384, 2_097_152])
def test_a_flac_may_stand_behind_a_tag(size: int) -> None:
    whole = b"fLaC" + block(0, INFO) + block(4, said(b"AIGC=a"), True) + SOUND
    front = id3(bytes(size))
    assert read_flac(front + whole).texts == ["a"]
    assert write_flac(front + whole, NEW) == front + write_flac(whole, NEW)
    assert answer(lambda: read_flac(front + b"~" + whole)) == "file: damaged"
    assert answer(lambda: write_flac(front + whole[1:], NEW)) == "file: damaged"


def test_blocks_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"fLaC" + block(0, INFO) + block(1, b"") + block(1, b"", True)
    monkeypatch.setattr(vorbis, "_MAX_BLOCKS", 3)
    assert answer(lambda: read_flac(data).texts) == []
    monkeypatch.setattr(vorbis, "_MAX_BLOCKS", 2)
    assert answer(lambda: read_flac(data).texts) == "file: bomb"


def test_a_flac_without_comments_gets_them_as_its_second_block() -> None:
    fresh = said(b"AIGC=N", vendor=b"")
    assert write_flac(b"fLaC" + block(0, INFO, True) + SOUND, NEW) == (
        b"fLaC" + block(0, INFO) + block(4, fresh, True) + SOUND
    )
    assert write_flac(b"fLaC" + block(0, INFO) + block(1, bytes(300), True) + SOUND, NEW) == (
        b"fLaC" + block(0, INFO) + block(4, fresh) + block(1, bytes(300), True) + SOUND
    )


def test_comments_of_a_flac_are_labelled_once_and_every_other_block_stays() -> None:
    data = (
        b"fLaC"
        + block(0, INFO)
        + block(4, said(b"AIGC=o", b"T=t", rest=b"~"))
        + block(2, said(b"AIGC=o"))
        + block(4, said(b"AIGC=p", b"U=u"))
        + block(126, b"x" * 70_000, True)
        + SOUND
    )
    assert write_flac(data, NEW) == (
        b"fLaC"
        + block(0, INFO)
        + block(4, said(b"T=t", b"AIGC=N", rest=b"~"))
        + block(2, said(b"AIGC=o"))
        + block(4, said(b"U=u"))
        + block(126, b"x" * 70_000, True)
        + SOUND
    )


def test_a_block_of_a_flac_has_a_longest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    fits, none = Claiming.of(b"body", (1 << 24) - 1), Claiming.of(b"body", 1 << 24)
    monkeypatch.setattr(Comments, "with_label", lambda *_: fits)
    assert answer(lambda: write_flac(b"fLaC" + block(0, b"", True), NEW)) == (
        b"fLaC" + block(0, b"") + b"\x84\xff\xff\xffbody"
    )
    monkeypatch.setattr(Comments, "with_label", lambda *_: none)
    assert answer(lambda: write_flac(b"fLaC" + block(0, b"", True), NEW)) == "label: no_room"


# --- Ogg -------------------------------------------------------------------------------------------------


def crc(data: bytes) -> int:
    """RFC 3533, 6: the polynomial 0x04c11db7, bit by bit, from nothing."""
    value = 0
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value >> 31 else value << 1) & 0xFFFFFFFF
    return value


def page(serial: int, number: int, body: bytes, lacing: list[int], flags: int = 0, granule: bytes = bytes(8)) -> bytes:
    head = b"OggS\0" + bytes([flags]) + granule + struct.pack("<II", serial, number)
    rest = bytes([len(lacing), *lacing]) + body
    return head + struct.pack("<I", crc(head + bytes(4) + rest)) + rest


def packets(serial: int, number: int, *parts: bytes, flags: int = 0, granule: bytes = bytes(8)) -> bytes:
    """A page of whole packets."""
    lacing = [size for part in parts for size in (*[255] * (len(part) // 255), len(part) % 255)]
    return page(serial, number, b"".join(parts), lacing, flags, granule)


HEAD, SETUP = b"\1vorbishead", b"\5vorbissetup"
OPUS = b"OpusHeadhead"


def comments(*entries: bytes, rest: bytes = b"") -> bytes:
    return b"\3vorbis" + said(*entries, rest=rest)


def tags(*entries: bytes, rest: bytes = b"") -> bytes:
    return b"OpusTags" + said(*entries, rest=rest)


def sound(serial: int, number: int, flags: int = 0) -> bytes:
    return packets(serial, number, b"sound", b"more" * 99, flags=flags, granule=b"\1\2\3\4\5\6\7\x08")


def test_a_page_is_spelled_as_the_rfc_says() -> None:
    for data in (b"OggS", b"", bytes(range(256)), b"\xff" * 9):
        assert vorbis._checksum(bytearray(data)) == crc(data)
    made = vorbis._Page(5, b"12345678", 0x01020304, 0x05060708, b"\2\1", b"abc")
    assert made.bytes() == page(0x01020304, 0x05060708, b"abc", [2, 1], 5, b"12345678")


def test_what_stands_in_an_ogg_is_read() -> None:
    data = packets(7, 0, HEAD, flags=2) + packets(7, 1, comments(b"AIGC=a", b"AISYSTEMUSED=s"), SETUP) + sound(7, 2)
    assert read_ogg(data) == Contents("audio/ogg", texts=["a"], facts={"system": "s"}, end=len(data))
    opus = packets(8, 0, OPUS, flags=2) + packets(8, 1, tags(b"AIGC=b", b"CREATEDATE=t")) + sound(8, 2)
    assert read_ogg(data + opus).texts == ["a", "b"]
    assert read_ogg(data + opus).facts == {"system": "s", "created": "t"}
    again = packets(7, 0, OPUS, flags=6) + packets(7, 1, tags(b"AIGC=c"))  # a chained file takes the number again
    assert read_ogg(data + again).texts == ["a", "c"]
    assert read_ogg(b"") == Contents("audio/ogg")


def test_streams_between_each_other_are_told_apart() -> None:
    a, b = packets(7, 0, HEAD, flags=2), packets(8, 0, OPUS, flags=2)
    data = a + b + packets(8, 1, tags(b"AIGC=b")) + packets(7, 1, comments(b"AIGC=a")) + packets(7, 2, SETUP)
    assert read_ogg(data).texts == ["b", "a"]
    video = packets(9, 0, b"\x80theora", flags=2) + packets(9, 1, b"\x81theora" + said(b"AIGC=no"))
    assert read_ogg(video + data).texts == ["b", "a"]
    # what is no comment header, or comes where none is expected
    assert read_ogg(b + packets(8, 1, b"opusTags" + said(b"AIGC=b"))).texts == []
    assert read_ogg(b + packets(8, 1, b"sound") + packets(8, 2, tags(b"AIGC=b"))).texts == []
    assert read_ogg(a + packets(7, 1, SETUP, comments(b"AIGC=a"))).texts == []
    assert read_ogg(a + packets(7, 1, comments(b"AIGC=a"))).texts == []  # the setup never comes
    assert read_ogg(packets(7, 0, b"\1vorbix", flags=2) + packets(7, 1, comments(b"AIGC=a"), SETUP)).texts == []
    assert read_ogg(packets(7, 0, b"\1vorbis", flags=2) + packets(7, 1, comments(b"AIGC=a"), SETUP)).texts == ["a"]
    assert read_ogg(packets(8, 0, b"OpusHea", flags=2) + packets(8, 1, tags(b"AIGC=b"))).texts == []
    assert read_ogg(packets(8, 0, b"OpusHead", flags=2) + packets(8, 1, tags(b"AIGC=b"))).texts == ["b"]
    assert read_ogg(packets(8, 0, OPUS, flags=5) + packets(8, 1, tags(b"AIGC=b"))).texts == []  # begins nothing


def test_a_header_may_go_over_several_pages() -> None:
    long = comments(b"AIGC=" + b"x" * 600)
    body = long + SETUP
    first = page(7, 1, body[:510], [255, 255], 0, b"\xff" * 8)
    second = page(7, 2, body[510:], [len(long) - 510, len(SETUP)], 1)
    data = packets(7, 0, HEAD, flags=2) + first + second + sound(7, 3)
    assert read_ogg(data).texts == ["x" * 600]
    done = write_ogg(data, NEW)
    assert done == packets(7, 0, HEAD, flags=2) + packets(7, 1, comments(b"AIGC=N"), SETUP) + sound(7, 2)


def test_pages_end_where_they_say_or_the_file_is_damaged() -> None:
    first, second = packets(8, 0, OPUS, flags=2), packets(8, 1, tags(b"AIGC=b"))
    data = first + second
    for cut in range(1, len(data)):
        wanted: object = [] if cut == len(first) else "file: truncated"
        assert answer(lambda cut=cut: read_ogg(data[:cut]).texts) == wanted
    assert answer(lambda: read_ogg(data + b"OggT" + bytes(23))) == "file: damaged"
    assert answer(lambda: read_ogg(data + b"OggS\1" + bytes(22))) == "file: damaged"
    assert answer(lambda: read_ogg(data + b"OggS" + bytes(23)).texts) == ["b"]  # a page of nothing
    assert answer(lambda: read_ogg(data + b"OggS" + bytes(22))) == "file: truncated"
    assert answer(lambda: read_ogg(data + b"~" * 26)) == "file: truncated"


def test_pages_and_headers_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packets(8, 0, OPUS, flags=2) + packets(8, 1, tags(b"AIGC=b"))
    monkeypatch.setattr(vorbis, "_MAX_PAGES", 3)
    assert answer(lambda: read_ogg(data).texts) == ["b"]
    monkeypatch.setattr(vorbis, "_MAX_PAGES", 2)
    assert answer(lambda: read_ogg(data).texts) == "file: bomb"
    monkeypatch.setattr(vorbis, "_MAX_PAGES", 9)
    size = len(tags(b"AIGC=b"))
    monkeypatch.setattr(vorbis, "_MAX_HEADER", size)
    assert answer(lambda: read_ogg(data).texts) == ["b"]
    monkeypatch.setattr(vorbis, "_MAX_HEADER", size - 1)
    assert answer(lambda: read_ogg(data).texts) == "file: bomb"


@pytest.mark.parametrize("rest", [b"", b"\1", b"padding"])
def test_the_label_comes_into_the_comment_header_and_every_packet_stays(rest: bytes) -> None:
    start = packets(7, 0, HEAD, flags=2, granule=b"87654321")
    data = start + packets(7, 1, comments(b"AIGC=o", b"T=t", rest=rest), SETUP) + sound(7, 2) + sound(7, 3, 4)
    wanted = start + packets(7, 1, comments(b"T=t", b"AIGC=N", rest=rest), SETUP) + sound(7, 2) + sound(7, 3, 4)
    assert write_ogg(data, NEW) == wanted
    opus = packets(8, 0, OPUS, flags=2) + packets(8, 1, tags(b"T=t", rest=rest)) + sound(8, 2)
    assert write_ogg(opus, FULL) == (
        packets(8, 0, OPUS, flags=2) + packets(8, 1, tags(b"T=t", b"AIGC=N", *FACTS, TIME, rest=rest)) + sound(8, 2)
    )


def test_a_packet_of_254_bytes_ends_its_page() -> None:
    start = packets(8, 0, OPUS, flags=2)
    text = "x" * (254 - len(tags(b"AIGC=")))
    one = packets(8, 1, tags(b"AIGC=" + text.encode()))
    assert one[27] == 254
    assert write_ogg(start + packets(8, 1, tags()), Label(text)) == start + one
    assert read_ogg(start + one).texts == [text]
    assert write_ogg(start + one, NEW) == start + packets(8, 1, tags(b"AIGC=N"))


def test_a_later_stream_of_another_kind_may_take_up_a_number() -> None:
    start, two = packets(7, 0, HEAD, flags=2), packets(7, 1, comments()) + packets(7, 2, SETUP)
    later = packets(7, 0, b"\x80theora", flags=2) + packets(7, 1, b"\x81theora") + sound(7, 2)
    done = start + packets(7, 1, comments(b"AIGC=N"), SETUP) + sound(7, 2)
    assert write_ogg(start + two + sound(7, 3) + later, NEW) == done + later
    cut = start + packets(7, 1, b"~")  # its headers never end
    assert read_ogg(cut + packets(7, 0, b"\x80theora", flags=2) + packets(7, 1, SETUP)).texts == []
    # whoever takes up a number before any header came is no music either
    taken = start + packets(7, 0, b"\x80theora", flags=2) + packets(7, 1, comments(b"AIGC=a"), SETUP)
    assert read_ogg(taken).texts == []
    assert answer(lambda: write_ogg(taken, NEW)) == "label: container"
    again = packets(7, 0, HEAD, flags=2) + two
    assert write_ogg(start + again, NEW) == start + start + packets(7, 1, comments(b"AIGC=N"), SETUP)
    # headers that never end: their pages would be lost
    assert answer(lambda: write_ogg(cut + later + again, NEW)) == "file: damaged"
    assert answer(lambda: write_ogg(cut + again, NEW)) == "file: damaged"
    other = packets(8, 0, OPUS, flags=2) + packets(8, 1, tags())
    assert answer(lambda: write_ogg(cut + other, NEW)) == "file: truncated"
    assert answer(lambda: write_ogg(other + cut, NEW)) == "file: truncated"
    assert write_ogg(other + start, NEW) == packets(8, 0, OPUS, flags=2) + packets(8, 1, tags(b"AIGC=N")) + start


def test_what_is_not_touched_keeps_even_a_wrong_checksum() -> None:
    wrong = bytearray(sound(7, 2))
    wrong[22:26] = b"~~~~"
    data = packets(7, 0, HEAD, flags=2) + packets(7, 1, comments(), SETUP) + bytes(wrong)
    assert write_ogg(data, NEW).endswith(bytes(wrong))


def test_later_pages_count_on_from_headers_of_more_or_fewer_pages() -> None:
    two = packets(7, 1, comments(b"T=t")) + packets(7, 2, SETUP)
    start = packets(7, 0, HEAD, flags=2)
    other = packets(9, 0, b"\x80theora", flags=2)
    data = start + other + two + sound(7, 3) + sound(9, 3) + sound(7, 4)
    one = packets(7, 1, comments(b"T=t", b"AIGC=N"), SETUP)
    assert write_ogg(data, NEW) == start + other + one + sound(7, 2) + sound(9, 3) + sound(7, 3)
    round_ = start + two + sound(7, 0)  # below nothing, numbers go round
    assert write_ogg(round_, NEW) == start + one + sound(7, 0xFFFFFFFF)
    # a record of 66,000 bytes: 259 lacing values, 255 of them on the first page
    text = "x" * 66_000
    long = comments(b"T=t", b"AIGC=" + text.encode())
    body = long + SETUP
    lacing = [*[255] * (len(long) // 255), len(long) % 255, len(SETUP)]
    first = page(7, 1, body[: 255 * 255], lacing[:255], 0, b"\xff" * 8)
    second = page(7, 2, body[255 * 255 :], lacing[255:], 1)
    short = start + packets(7, 1, comments(b"T=t"), SETUP) + sound(7, 2) + sound(7, 0xFFFFFFFF)
    assert write_ogg(short, Label(text)) == start + first + second + sound(7, 3) + sound(7, 0)


def test_a_packet_of_a_multiple_of_255_ends_with_nothing() -> None:
    start = packets(8, 0, OPUS, flags=2)
    size = 255 - len(tags(b"AIGC=" + b""))
    text = "x" * size
    assert len(tags(b"AIGC=" + text.encode())) == 255
    done = write_ogg(start + packets(8, 1, tags()), Label(text))
    assert done == start + page(8, 1, tags(b"AIGC=" + text.encode()), [255, 0])
    assert read_ogg(done).texts == [text]
    # exactly one page of lacing values without an end, and the end on the next
    size = 255 * 255 - len(tags(b"AIGC="))
    long = tags(b"AIGC=" + b"x" * size)
    done = write_ogg(start + packets(8, 1, tags()), Label("x" * size))
    assert done == start + page(8, 1, long, [255] * 255, 0, b"\xff" * 8) + page(8, 2, b"", [0], 1)
    assert read_ogg(done).texts == ["x" * size]
    # and one whose end is the last of its page: the next packet is no continuation
    size = 254 * 255 + 9 - len(comments(b"AIGC="))
    full = comments(b"AIGC=" + b"x" * size)
    begin = packets(7, 0, HEAD, flags=2)
    done = write_ogg(begin + packets(7, 1, comments(), SETUP), Label("x" * size))
    assert done == begin + page(7, 1, full, [*[255] * 254, 9]) + page(7, 2, SETUP, [len(SETUP)])


def test_the_first_stream_is_labelled_and_the_others_lose_theirs() -> None:
    a, b = packets(7, 0, HEAD, flags=2), packets(8, 0, OPUS, flags=2)
    data = a + b + packets(8, 1, tags(b"AIGC=o")) + packets(7, 1, comments(b"AIGC=o"), SETUP) + sound(8, 2)
    assert write_ogg(data, NEW) == (
        a + b + packets(8, 1, tags(b"AIGC=N")) + packets(7, 1, comments(), SETUP) + sound(8, 2)
    )
    chain = b + packets(8, 1, tags(b"AIGC=o")) + sound(8, 2, 4)
    later = packets(8, 0, HEAD, flags=2) + packets(8, 1, comments(b"AIGC=o"), SETUP) + sound(8, 2)
    assert write_ogg(chain + later, NEW) == (
        b + packets(8, 1, tags(b"AIGC=N")) + sound(8, 2, 4)
        + packets(8, 0, HEAD, flags=2) + packets(8, 1, comments(), SETUP) + sound(8, 2)
    )  # fmt: skip
    two = packets(8, 0, HEAD, flags=2) + packets(8, 1, comments(b"AIGC=o")) + packets(8, 2, SETUP) + sound(8, 3)
    assert write_ogg(two + two, NEW) == (
        packets(8, 0, HEAD, flags=2) + packets(8, 1, comments(b"AIGC=N"), SETUP) + sound(8, 2)
        + packets(8, 0, HEAD, flags=2) + packets(8, 1, comments(), SETUP) + sound(8, 2)
    )  # fmt: skip


def test_an_ogg_without_a_place_for_comments_gets_no_label() -> None:
    assert answer(lambda: write_ogg(b"", NEW)) == "label: container"
    assert answer(lambda: write_ogg(packets(9, 0, b"\x80theora", flags=2) + sound(9, 1), NEW)) == "label: container"
    assert answer(lambda: write_ogg(packets(8, 0, OPUS, flags=2), NEW)) == "label: container"
    assert (
        answer(lambda: write_ogg(packets(7, 0, HEAD, flags=2) + packets(7, 1, comments()), NEW)) == "label: container"
    )
    start = packets(7, 0, HEAD, flags=2)
    for bad in (
        packets(7, 1, SETUP, comments()),
        packets(7, 1, comments(), SETUP, b"sound"),
        page(7, 1, comments() + SETUP + b"s" * 255, [len(comments()), len(SETUP), 255]),
        packets(7, 1, b"", SETUP),
    ):
        assert answer(lambda bad=bad: write_ogg(start + bad, NEW)) == "file: damaged"
    opus = packets(8, 0, OPUS, flags=2)
    assert answer(lambda: write_ogg(opus + packets(8, 1, tags(), b"sound"), NEW)) == "file: damaged"
    assert answer(lambda: write_ogg(opus + page(8, 1, tags() + b"s" * 255, [len(tags()), 255]), NEW)) == "file: damaged"
    assert answer(lambda: write_ogg(opus + packets(8, 1, tags())[:-1], NEW)) == "file: truncated"
