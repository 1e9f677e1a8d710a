"""Labels in MP4, MOV and M4A, byte for byte, each bound at its edge: what mutation testing showed.

One item is left, every offset follows a header that grows, and a box that is longer than what holds it is refused.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest
from tests.fakes.answers import Claiming, answer

from pingxing.label.containers import Contents
from pingxing.label.metadata import bmff
from pingxing.label.metadata.bmff import Box, Boxes, box, read, shift, write
from pingxing.label.metadata.merging import Label, beside, merged
from pingxing.label.xmp import Provenance

NEW = Label("N")
FULL = Label("N", Provenance("S", "2", "m", datetime(2026, 8, 2, 9, 30, tzinfo=UTC)))
FACTS = beside(None, FULL) or b""
OLD = merged(None, Label("O"))
BARE = beside(OLD, NEW) or b""
XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")


def bx(kind: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind.encode() + body


def wide(kind: str, *parts: bytes) -> bytes:
    """The same with its size in eight bytes."""
    body = b"".join(parts)
    return b"\0\0\0\1" + kind.encode() + struct.pack(">Q", len(body) + 16) + body


def u32(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)


def hdlr(handler: str) -> bytes:
    return bx("hdlr", bytes(8), handler.encode(), bytes(13))


def keys(*names: str) -> bytes:
    return bx("keys", u32(0, len(names)), *(u32(len(n) + 8) + b"mdta" + n.encode() for n in names))


def data(text: str) -> bytes:
    return bx("data", u32(1, 0), text.encode())


def item(number: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return u32(len(body) + 8, number) + body


def free_form(name: str, text: str) -> bytes:
    return bx("----", bx("mean", u32(0), b"com.apple"), bx("name", u32(0), name.encode()), data(text))


def meta(*parts: bytes, version: bytes = bytes(4)) -> bytes:
    return bx("meta", version, *parts)


FRESH = meta(hdlr("mdta"), keys("AIGC"), bx("ilst", item(1, data("N"))))
FTYP = bx("ftyp", b"isom", u32(0), b"mp42")
MVHD = bx("mvhd", b"head")
MDAT = bx("mdat", b"media")

# --- boxes ----------------------------------------------------------------------------------------------


def test_a_box_has_a_size_of_four_or_eight_bytes_or_goes_to_the_end() -> None:
    whole = b"~~" + bx("aaaa", b"123") + wide("bbbb", b"4567") + bx("cccc")
    boxes = [Box(b"aaaa", 2, 10, 13), Box(b"bbbb", 13, 29, 33), Box(b"cccc", 33, 41, 41)]
    assert list(Boxes(whole).within(2, len(whole))) == boxes
    for end in range(2, len(whole) + 1):
        found = answer(lambda end=end: len(list(Boxes(whole).within(2, end))))
        edge = max(e for e in (2, 13, 33, 41) if e <= end)
        many = (2, 13, 33, 41).index(edge)
        assert found == (many if end - edge < 8 else "file: truncated")
        assert answer(lambda end=end: len(list(Boxes(whole[:end]).within(2, end)))) == found
    endless = bx("aaaa") + b"\0\0\0\0bbbb123"
    assert list(Boxes(endless).within(0, 19)) == [Box(b"aaaa", 0, 8, 8), Box(b"bbbb", 8, 16, 19)]
    assert list(Boxes(endless).within(0, 16)) == [Box(b"aaaa", 0, 8, 8), Box(b"bbbb", 8, 16, 16)]
    ends = bx("aaaa") + bytes(8) + bx("bbbb")  # QuickTime ends its user data with zeros
    assert list(Boxes(ends).within(0, len(ends))) == [Box(b"aaaa", 0, 8, 8)]
    for size in (2, 7):
        assert answer(lambda size=size: list(Boxes(u32(size) + b"aaaa").within(0, 8))) == "file: truncated"
    for size, good in ((15, False), (16, True)):
        said = b"\0\0\0\1aaaa" + struct.pack(">Q", size)
        found = answer(lambda said=said: list(Boxes(said).within(0, 16)))
        assert found == ([Box(b"aaaa", 0, 16, 16)] if good else "file: truncated")
    far = b"\0\0\0\1aaaa" + struct.pack(">Q", 1 << 32 | 16)
    assert answer(lambda: list(Boxes(far).within(0, 16))) == "file: truncated"


def test_boxes_have_one_limit_for_all_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (bmff._MAX_BOXES, bmff._MAX_VALUE) == (100_000, 65_536)
    assert (bmff.XMP_UUID, bmff.C2PA_UUID) == (XMP, C2PA)
    assert {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"mfra"} == bmff._ABSOLUTE
    monkeypatch.setattr(bmff, "_MAX_BOXES", 2)
    assert answer(lambda: len(list(Boxes(MVHD * 2).within(0, 24)))) == 2
    assert answer(lambda: len(list(Boxes(MVHD * 3).within(0, 36)))) == "file: bomb"
    both = Boxes(MVHD * 2)
    assert len(list(both.within(0, 12))) == 1
    assert answer(lambda: len(list(both.within(0, 24)))) == "file: bomb"


def test_the_first_box_of_a_kind() -> None:
    both = bx("aaaa", b"1") + bx("bbbb", b"2") + bx("bbbb", b"3")
    assert Boxes(both).first(b"bbbb", 0, len(both)) == Box(b"bbbb", 9, 17, 18)
    assert Boxes(both).first(b"cccc", 0, len(both)) is None
    assert Boxes(both).first(b"bbbb", 0, 9) is None


def test_a_box_has_a_longest_size() -> None:
    assert box(b"abcd", b"ef") == bx("abcd", b"ef")
    assert box(b"abcd", Claiming.of(b"ef", (1 << 32) - 9)) == b"\xff\xff\xff\xffabcdef"
    assert answer(lambda: box(b"abcd", Claiming.of(b"ef", (1 << 32) - 8))) == "label: no_room"


# --- reading --------------------------------------------------------------------------------------------


def movie(*udta: bytes) -> bytes:
    return FTYP + bx("moov", MVHD, bx("udta", *udta)) + MDAT


def test_records_stand_in_lists_of_keys_and_in_free_forms() -> None:
    listed = meta(
        hdlr("mdta"),
        keys("a", "AIGC", "AIGC"),
        bx(
            "ilst",
            item(1, data("no")),
            item(2, data("b")),
            item(3, bx("mean"), data("c~\0\0"), data("no")),
            item(4, data("no")),
            item(0, data("no")),
            item(2, bx("dada", u32(1, 0), b"no")),
            free_form("AIGC", "d"),
            free_form("AIGS", "no"),
            bx("----", data("no")),
            bx("---.", bx("name", u32(0), b"AIGC"), data("no")),
        ),
    )
    assert read(movie(listed)).texts == ["b", "c~", "d"]
    again = FTYP + bx("moov", meta(keys("AIGC"), bx("ilst", item(1, data("e")))), bx("udta", listed, listed)) + MDAT
    assert read(again).texts == ["e", "b", "c~", "d", "b", "c~", "d"]
    assert read(bx("udta", listed) + bx("moov", bx("trak", bx("udta", listed)))).texts == []
    assert read(movie(meta(bx("ilst", item(1, data("no")))))).texts == []
    odd = meta(keys("AIGC"), bx("ilst", item(1, bx("data", u32(1, 0), b"\xffx"))))
    assert read(movie(odd)).texts == ["\ufffdx"]


def test_a_list_of_quicktime_has_no_version() -> None:
    inside = hdlr("mdta") + keys("AIGC") + bx("ilst", item(1, data("a")))
    assert read(movie(bx("meta", inside))).texts == ["a"]
    assert read(movie(meta(inside, version=b"\1\2\3\4"))).texts == ["a"]
    assert read(movie(bx("meta"))).texts == []
    assert read(movie(bx("meta", b"\0\0"))).texts == []
    assert write(movie(bx("meta", inside)), NEW) == movie(
        bx("meta", hdlr("mdta"), keys("AIGC"), bx("ilst", item(1, data("N"))))
    )


def test_a_key_that_is_longer_than_its_list_is_refused() -> None:
    def said(*parts: bytes) -> object:
        return answer(lambda: read(movie(meta(bx("keys", u32(0, 1), *parts), bx("ilst", item(1, data("a")))))).texts)

    assert said(u32(12), b"mdtaAIGC") == ["a"]
    assert said(u32(12), b"mdtaAIG") == "file: truncated"
    assert said(u32(13), b"mdtaAIGC") == "file: truncated"
    assert said(u32(13), b"mdtaAIGC~") == []
    assert said(u32(7), b"mdtaAIGC") == "file: truncated"
    assert said(u32(8), b"mdta", u32(12), b"mdtaAIGC") == []
    assert said() == []
    assert said(b"1234567") == []


def test_a_value_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bmff, "_MAX_VALUE", 3)
    listed = meta(keys("AIGC"), bx("ilst", item(1, data("abc")), item(1, data("abcd"))))
    assert read(movie(listed)).texts == ["abc", "abc"]


def test_packets_and_manifests_of_a_film_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = (
        bx("uuid", XMP, b"<x/>")
        + bx("uuid", C2PA, b"store")
        + bx("moov", bx("udta", bx("XMP_", b"<y/>"), bx("xmp_", b"no")), bx("XMP_", b"no"))
        + bx("uuid", XMP[::-1], b"no")
        + bx("uuie", XMP, b"no")
        + bx("uuie", C2PA, b"no")
        + bx("uuid", XMP, b"z")
    )
    assert read(whole) == Contents("video/mp4", xmp=[b"<x/>", b"<y/>", b"z"], c2pa=b"store", end=len(whole))
    monkeypatch.setattr(bmff, "MAX_PACKET", 2)
    assert read(whole).xmp == [b"<x/", b"<y/", b"z"]


@pytest.mark.parametrize(
    ("traks", "size"),
    [
        ([(84, 640, 480)], (640, 480)),
        ([(83, 640, 480)], (0, 0)),
        ([(96, 640, 480)], (640, 480)),
        ([(84, 640, 480), (84, 320, 500)], (640, 500)),
        ([(84, 0, 0), (84, 7, 9)], (7, 9)),
    ],
)
def test_the_size_of_a_film_is_its_largest_tracks(traks: list[tuple[int, int, int]], size: tuple[int, int]) -> None:
    made = []
    for many, across, down in traks:
        made.append(
            bx("trak", bx("edts"), bx("tkhd", bytes(many - 8), u32(across << 16 | 0x8000, down << 16 | 0xFFFF)))
        )
    found = read(FTYP + bx("moov", *made, bx("trak", bx("mdia"))))
    assert (found.width, found.height) == size
    other = read(FTYP + bx("moov", bx("trax", bx("tkhd", bytes(76), u32(1 << 16, 1 << 16)))))
    assert (other.width, other.height) == (0, 0)


# --- writing --------------------------------------------------------------------------------------------


def test_a_film_has_one_plain_header_or_gets_no_label() -> None:
    moov = bx("moov", MVHD)
    for film in (b"", FTYP + MDAT, FTYP + moov + moov, FTYP + bx("moov", bx("cmov", b"packed"))):
        assert answer(lambda film=film: write(film, NEW)) == "label: container"
    film = FTYP + moov + MDAT
    for cut in range(len(FTYP) + len(moov) + 8, len(film)):
        assert answer(lambda cut=cut: write(film[:cut], NEW)) == "file: truncated"
    assert write(FTYP + bx("moov", bx("trak", bx("cmov"))), NEW).endswith(bx("udta", FRESH))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((MVHD,), (MVHD, bx("udta", FRESH))),
        ((bx("udta"), MVHD), (bx("udta", FRESH), MVHD)),
        ((MVHD, bx("udta", bx("name", b"n"))), (MVHD, bx("udta", bx("name", b"n"), FRESH))),
        ((bx("udta", bx("name", b"n"), bytes(4)), MVHD), (bx("udta", bx("name", b"n"), FRESH, bytes(4)), MVHD)),
        ((bx("udta", FRESH), MVHD), (bx("udta", FRESH), MVHD)),
        # two of user data: the first is labelled
        ((bx("udta"), bx("udta", FRESH)), (bx("udta", FRESH), bx("udta", meta(hdlr("mdta"), keys(), bx("ilst"))))),
        # a list beside the user data
        ((meta(hdlr("mdta"), keys("AIGC", "b"), bx("ilst", item(1, data("o")), item(2, data("x")))),),
         (meta(hdlr("mdta"), keys("b"), bx("ilst", item(1, data("x")))), bx("udta", FRESH))),
        # an iTunes list stays, less its label, and the label gets a list of its own
        ((bx("udta", meta(hdlr("mdir"), bx("ilst", bx("name", data("x")), free_form("AIGC", "o")), bx("free"))),),
         (bx("udta", meta(hdlr("mdir"), bx("free"), bx("ilst", bx("name", data("x")))), FRESH),)),
        ((bx("udta", meta(hdlr("mdir"), bx("ilst", free_form("AIGC", "o")))),),
         (bx("udta", meta(hdlr("mdir"), bx("ilst")), FRESH),)),
        ((bx("udta", meta(hdlr("mdir"))),), (bx("udta", meta(hdlr("mdir")), FRESH),)),
        # a list of keys is labelled at its end, and the numbers of what stays count anew
        ((bx("udta", meta(hdlr("mdta"), keys("a", "AIGC", "b"),
                          bx("ilst", item(3, data("z")), item(2, data("o")), item(1, data("y"))))),),
         (bx("udta", meta(hdlr("mdta"), keys("a", "b", "AIGC"),
                          bx("ilst", item(2, data("z")), item(1, data("y")), item(3, data("N"))))),)),
        # of two lists of keys the first is labelled
        ((bx("udta", FRESH, bx("name"), FRESH),),
         (bx("udta", FRESH, bx("name"), meta(hdlr("mdta"), keys(), bx("ilst"))),)),
        # other names that only look like it
        ((bx("udta", meta(hdlr("mdta"), keys("AIGCs", "xAIGC"), bx("ilst", item(1, data("y")), item(2, data("z"))))),),
         (bx("udta", meta(hdlr("mdta"), keys("AIGCs", "xAIGC", "AIGC"),
                          bx("ilst", item(1, data("y")), item(2, data("z")), item(3, data("N"))))),)),
        # a packet in the user data loses its record
        ((bx("udta", bx("XMP_", OLD)),), (bx("udta", bx("XMP_", BARE), FRESH),)),
        ((bx("udta", bx("XMP_", b"  "), bx("XMPx", OLD)),), (bx("udta", bx("XMP_"), bx("XMPx", OLD), FRESH),)),
        ((bx("trak", bx("udta", bx("XMP_", OLD))),), (bx("trak", bx("udta", bx("XMP_", OLD))), bx("udta", FRESH))),
    ],
)  # fmt: skip
def test_the_label_stands_once_in_the_header_and_everything_else_stays(
    before: tuple[bytes, ...], after: tuple[bytes, ...]
) -> None:
    assert answer(lambda: write(FTYP + bx("moov", *before) + MDAT, NEW)) == FTYP + bx("moov", *after) + MDAT


def test_items_without_a_key_go_and_those_of_four_letters_stay() -> None:
    items = [item(number, data(str(number))) for number in (1, 2, 0, (1 << 24) - 1, 1 << 24)]
    listed = meta(hdlr("mdta"), keys("a"), bx("ilst", *items))
    done = meta(hdlr("mdta"), keys("a", "AIGC"), bx("ilst", items[0], items[4], item(2, data("N"))))
    assert write(movie(listed), NEW) == movie(done)
    # a key without a name is one, also as the last
    listed = meta(hdlr("mdta"), keys("a", ""), bx("ilst", item(2, data("y"))))
    done = meta(hdlr("mdta"), keys("a", "", "AIGC"), bx("ilst", item(2, data("y")), item(3, data("N"))))
    assert write(movie(listed), NEW) == movie(done)


def test_a_packet_that_is_none_is_not_overwritten_in_a_film() -> None:
    assert answer(lambda: write(movie(bx("XMP_", b"none")), NEW)) == "label: metadata"
    assert answer(lambda: write(movie() + bx("uuid", XMP, b"none"), NEW)) == "label: metadata"


LABELLED = bx("moov", MVHD, bx("udta", FRESH))
PLAIN = bx("moov", MVHD)


def test_the_packet_of_a_film_stands_behind_its_header() -> None:
    assert write(FTYP + PLAIN + MDAT, FULL) == FTYP + LABELLED + bx("uuid", XMP, FACTS) + MDAT
    old, bare = bx("uuid", XMP, OLD), bx("uuid", XMP, BARE)
    assert write(FTYP + PLAIN + old + MDAT, NEW) == FTYP + LABELLED + bare + MDAT
    gone = bx("free", bytes(len(old) - 8))
    assert write(FTYP + old + PLAIN + MDAT, NEW) == FTYP + gone + LABELLED + bare + MDAT
    assert write(FTYP + PLAIN + MDAT + old, NEW) == FTYP + LABELLED + bare + MDAT + gone
    # the first packet counts, and further ones go: behind the header they make room
    other = bx("uuid", XMP, OLD.replace(b"x:xmpmeta", b"y:xmpmeta").replace(b"xmlns:x", b"xmlns:y"))
    told = bx("uuid", XMP, beside(other[24:], NEW) or b"")
    assert write(FTYP + other + PLAIN + old + MDAT + old, NEW) == (
        FTYP + bx("free", bytes(len(other) - 8)) + LABELLED + told + MDAT + gone
    )
    stranger = bx("uuid", XMP[::-1], OLD)
    assert write(FTYP + stranger + PLAIN + stranger, NEW) == FTYP + stranger + LABELLED + stranger
    fake = bx("uuie", XMP, OLD)
    assert write(FTYP + PLAIN + fake, NEW) == FTYP + LABELLED + fake
    blank = bx("uuid", XMP, b"   ")
    assert write(FTYP + PLAIN + blank + MDAT, NEW) == FTYP + LABELLED + MDAT


def test_an_index_that_counts_over_the_header_must_not_move() -> None:
    sidx = bx("sidx", b"index")
    assert answer(lambda: write(FTYP + sidx + PLAIN + MDAT, NEW)) == "label: no_room"
    assert write(FTYP + PLAIN + sidx + MDAT, NEW) == FTYP + LABELLED + sidx + MDAT
    assert write(FTYP + sidx + LABELLED + MDAT, NEW) == FTYP + sidx + LABELLED + MDAT  # nothing grows
    assert write(FTYP + bx("sidy") + PLAIN, NEW) == FTYP + bx("sidy") + LABELLED


# --- offsets --------------------------------------------------------------------------------------------


def track(*tables: bytes) -> bytes:
    return bx("trak", bx("mdia", bx("minf", bx("stbl", *tables))))


def stco(*offsets: int) -> bytes:
    return bx("stco", u32(0, len(offsets), *offsets))


def co64(*offsets: int) -> bytes:
    return bx("co64", u32(0, len(offsets)), struct.pack(f">{len(offsets)}Q", *offsets))


def saio(*offsets: int, version: int = 0, flags: int = 0) -> bytes:
    extra = u32(0x61626364, 7) if flags & 1 else b""
    table = struct.pack(f">{len(offsets)}{'Q' if version else 'I'}", *offsets)
    return bx("saio", bytes([version, 0, 0, flags]), extra, u32(len(offsets)), table)


def moved(whole: bytes, after: int, by: int) -> object:
    out = bytearray(whole)

    def work() -> bytes:
        shift(out, after, by)
        return bytes(out)

    return answer(work)


def test_offsets_follow_a_header_that_grows_or_shrinks() -> None:
    start = len(FTYP)

    def film(offset: int, header: bytes, udta: bytes) -> bytes:
        return FTYP + bx("moov", track(stco(start - 1, offset), co64(offset, offset + 1)), udta) + header

    grown = len(FRESH) + 8 - 8
    before = len(film(0, b"", bx("udta")))
    assert write(film(before, MDAT, bx("udta")), NEW) == film(before + grown, MDAT, bx("udta", FRESH))
    behind = MDAT + bx("moov", track(stco(8)), bx("udta"))
    assert write(behind, NEW) == MDAT + bx("moov", track(stco(8)), bx("udta", FRESH))
    long = bx("udta", meta(hdlr("mdta"), keys("AIGC"), bx("ilst", item(1, data("older")))))
    end = len(film(0, b"", long))
    assert write(film(end + 5, MDAT, long), NEW) == film(end + 1, MDAT, bx("udta", FRESH))
    # with a packet behind the header, what counts is where that ends
    old, bare = bx("uuid", XMP, OLD), bx("uuid", XMP, BARE)
    end = len(film(0, old, bx("udta")))
    by = grown + len(bare) - len(old)
    assert write(film(end, old + MDAT, bx("udta")), NEW) == film(end + by, bare + MDAT, bx("udta", FRESH))
    # nothing grows: not one offset is looked at
    same = film(999, MDAT, bx("udta", FRESH))
    assert write(same, NEW) == same


def test_every_table_of_absolute_offsets_moves_behind_the_place_and_not_before() -> None:
    for make in (stco, co64, saio):
        for tables in ([make(99, 100, 101)], [make(100), make(), make(100, 5)]):
            done = {99: 99, 100: 107, 101: 108, 5: 5}
            asked = [[99, 100, 101]] if len(tables) == 1 else [[100], [], [100, 5]]
            wanted = [make(*(done[o] for o in offsets)) for offsets in asked]
            assert moved(bx("moov", track(*tables)), 100, 7) == bx("moov", track(*wanted))
    for version in (0, 1):
        for flags in (0, 1, 2, 3):
            before, after = (saio(100, 99, version=version, flags=flags), saio(90, 99, version=version, flags=flags))
            assert moved(bx("moov", track(before)), 100, -10) == bx("moov", track(after))
            # in a fragment, or higher up, they do not count from the file's beginning
            for other in (bx("moof", bx("traf", before)), bx("moov", bx("trak", before)), before):
                assert moved(other, 100, -10) == other
    deeper = bx("moov", bx("trak", bx("mdia", bx("minf", bx("stbl", bx("stbl", saio(100), stco(100)))))))
    assert moved(deeper, 100, 1) == deeper.replace(stco(100), stco(101))
    for kind in ("moov", "trak", "mdia", "minf", "stbl", "moof", "traf", "mfra"):
        assert moved(bx(kind, stco(100)), 100, 1) == bx(kind, stco(101))
    sizes = bx("moov", track(bx("stsz", u32(0, 1, 100)), bx("saiz", u32(0, 1, 100))))
    assert moved(sizes, 100, 1) == sizes
    for kind in ("udta", "edts", "dinf", "stcp"):
        assert moved(bx(kind, stco(100)), 100, 1) == bx(kind, stco(100))
    assert moved(stco(100), 100, 1) == stco(101)
    assert moved(bx("xtco", u32(0, 1, 100)), 100, 1) == bx("xtco", u32(0, 1, 100))


def test_a_fragment_that_says_where_it_begins_says_it_anew() -> None:
    def tfhd(flags: int, offset: int, more: bytes = b"") -> bytes:
        return bx("moof", bx("traf", bx("tfhd", bytes([0, 0, 0, flags]), u32(1), struct.pack(">Q", offset), more)))

    assert moved(tfhd(1, 100), 100, 7) == tfhd(1, 107)
    assert moved(tfhd(0xFF, 100, b"more"), 100, 7) == tfhd(0xFF, 107, b"more")
    assert moved(tfhd(1, 99), 100, 7) == tfhd(1, 99)
    assert moved(tfhd(2, 100), 100, 7) == tfhd(2, 100)
    short = bx("moof", bx("traf", bx("tfhd", b"\0\0\0\1", u32(1), b"\0\0\0\0\0\0\x64")), bx("free", bytes(9)))
    assert moved(short, 1, 7) == short


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("sizes", [0, 1, 2, 3, 4, 8, 12, 16, 32, 48, 0b011011, 63])
def test_the_index_of_fragments_follows_them(version: int, sizes: int) -> None:
    rest = 3 + (sizes & 3) + (sizes >> 2 & 3) + (sizes >> 4 & 3)

    def tfra(*offsets: int, cut: int = 0, count: int | None = None, more: bytes = b"") -> bytes:
        form = ">QQ" if version else ">II"
        rows = b"".join(struct.pack(form, 100, offset) + bytes([9]) * rest for offset in offsets)
        head = bytes([version, 0, 0, 0]) + u32(1, sizes, len(offsets) if count is None else count)
        return bx("mfra", bx("tfra", head, rows[: len(rows) - cut] + more)) + bx("free", bytes(40))

    assert moved(tfra(100, 99, 101), 100, 7) == tfra(107, 99, 108)
    assert moved(tfra(), 100, 7) == tfra()
    assert moved(tfra(100, 100, cut=1), 100, 7) == "file: truncated"
    assert moved(tfra(100, count=2), 100, 7) == "file: truncated"
    assert moved(tfra(100, count=1, more=b"more"), 100, 7) == tfra(107, count=1, more=b"more")


def test_a_table_ends_within_its_box() -> None:
    for make in (stco, co64, saio):
        whole = make(100, 100)
        for cut in range(len(whole) - 8):
            body = whole[8 : len(whole) - 1 - cut]
            bad = bx("moov", track(bx(whole[4:8].decode(), body)), bx("free", bytes(50)))
            assert moved(bad, 100, 7) == "file: truncated"
            last = bx("moov", track(bx(whole[4:8].decode(), body)))
            assert moved(last, 100, 7) == "file: truncated"
        assert moved(bx("moov", track(bx(whole[4:8].decode(), whole[8:], b"rest"))), 100, 7) == (
            bx("moov", track(bx(whole[4:8].decode(), make(107, 107)[8:], b"rest")))
        )
    short = bx("mfra", bx("tfra", bytes(15)), bx("free", bytes(50)))
    assert moved(short, 1, 7) == short
    one = bx("mfra", bx("tfra", bytes(15), b"\1"), bx("free", bytes(50)))
    assert moved(one, 1, 7) == "file: truncated"
    none = bx("mfra", bx("tfra", bytes(16)))
    assert moved(none, 1, 7) == none


def test_an_offset_that_no_longer_fits_is_refused() -> None:
    most = (1 << 32) - 1
    assert moved(stco(most - 7), 100, 7) == stco(most)
    assert moved(stco(most - 6), 100, 7) == "label: no_room"
    assert moved(co64(most), 100, 7) == co64(most + 7)
    most = (1 << 64) - 1
    assert moved(co64(most - 7), 100, 7) == co64(most)
    assert moved(co64(most - 6), 100, 7) == "label: no_room"


def test_boxes_within_boxes_are_eight_deep_at_most() -> None:
    deep = stco(100)
    for _ in range(8):
        deep = bx("trak", deep)
    assert moved(deep, 100, 0) == deep
    assert isinstance(moved(deep, 100, 1), bytes)
    assert moved(bx("trak", deep), 100, 0) == bx("trak", deep)
    assert moved(bx("trak", deep), 100, 1) == "file: bomb"
