"""Labels in AVIF, byte for byte, each bound at its edge: what mutation testing showed.

One item describes the picture, every coded picture is found where it now stands, and tables that point outside the
file are refused.
"""

from __future__ import annotations

import struct

import pytest
from tests.fakes.answers import answer

from pingxing.label.containers import Contents
from pingxing.label.metadata import heif
from pingxing.label.metadata.heif import read, write
from pingxing.label.metadata.merging import Label, merged, without_label

NEW = Label("N")
PACKET = merged(None, NEW)
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
OTHER = f'<x><rdf:RDF {RDF}><rdf:Description xmlns:d="d" d:x="1"/></rdf:RDF></x>'.encode()
OLD = merged(OTHER, Label("O"))
AGAIN = merged(OLD, NEW)
C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
EXIF = b'\0\0\0\0II*\0\x08\0\0\0\1\0\x86\x92\7\0\x12\0\0\0\x1a\0\0\0\0\0\0\0ASCII\0\0\0{"AIGC":1}'
BLANK = EXIF[:-10] + b" " * 10


def bx(kind: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind.encode() + body


def number(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


FTYP = bx("ftyp", b"avif", bytes(4), b"mif1")
HDLR = bx("hdlr", bytes(8), b"pict", bytes(13))


def pitm(item: int, version: int = 0) -> bytes:
    return bx("pitm", bytes([version, 0, 0, 0]), number(item, 4 if version else 2))


def infe(item: int, kind: str, content: str = "", version: int = 2, name: str = "") -> bytes:
    words = name.encode() + b"\0" + (content.encode() + b"\0" if content else b"")
    return bx("infe", bytes([version, 0, 0, 0]), number(item, 4 if version == 3 else 2), b"\0\0", kind.encode(), words)


def xmp(item: int, version: int = 2) -> bytes:
    return infe(item, "mime", "application/rdf+xml", version)


def ours(item: int) -> bytes:
    """As it is written: no name, and an empty encoding."""
    words = b"mime\0application/rdf+xml\0\0"
    wide = item >= 65_536
    return bx("infe", bytes([2 + wide, 0, 0, 0]), number(item, 4 if wide else 2), b"\0\0", words)


def iinf(*entries: bytes, version: int = 0, count: int | None = None) -> bytes:
    many = number(len(entries) if count is None else count, 4 if version else 2)
    return bx("iinf", bytes([version, 0, 0, 0]), many, *entries)


Place = tuple[int, int, int, int, list[tuple[int, int, int]]]  # number, construction, reference, base, extents


def iloc(*items: Place, version: int = 0, sizes: tuple[int, int, int, int] = (4, 4, 0, 0)) -> bytes:
    wide = 4 if version == 2 else 2
    out = [bytes([version, 0, 0, 0, sizes[0] << 4 | sizes[1], sizes[2] << 4 | sizes[3]]), number(len(items), wide)]
    for item, construction, reference, base, extents in items:
        out.append(number(item, wide))
        if version:
            out.append(number(construction, 2))
        out += [number(reference, 2), number(base, sizes[2]), number(len(extents), 2)]
        for index, offset, length in extents:
            out += [number(index, sizes[3]), number(offset, sizes[0]), number(length, sizes[1])]
    return bx("iloc", *out)


def at(item: int, *extents: tuple[int, int], base: int = 0, construction: int = 0, reference: int = 0) -> Place:
    return item, construction, reference, base, [(0, *extent) for extent in extents]


def meta(*parts: bytes) -> bytes:
    return bx("meta", bytes(4), *parts)


def ispe(wide: int, high: int, size: int = 12) -> bytes:
    return bx("ispe", (bytes(4) + struct.pack(">II", wide, high)).ljust(size, b"\0")[:size])


def props(*parts: bytes) -> bytes:
    return bx("iprp", bx("ipco", *parts))


def cdsc(item: int, primary: int, wide: bool = False) -> bytes:
    return bx("cdsc", number(item, 4 if wide else 2), b"\0\1", number(primary, 4 if wide else 2))


def iref(*parts: bytes, version: int = 0) -> bytes:
    return bx("iref", bytes([version, 0, 0, 0]), *parts)


# --- reading --------------------------------------------------------------------------------------------


def with_items(*entries: bytes, places: list[Place], rest: bytes = b"", more: tuple[bytes, ...] = (),
               version: int = 0, sizes: tuple[int, int, int, int] = (4, 4, 0, 0)) -> bytes:  # fmt: skip
    """`rest` is the media at the end; places count from its beginning, those in a store from the store's."""

    def built(start: int) -> bytes:
        moved = [
            (
                n,
                c,
                r,
                base + (start if base and c != 1 else 0),
                [(i, o + (0 if base or c == 1 else start), s) for i, o, s in es],
            )
            for n, c, r, base, es in places
        ]
        return FTYP + meta(iinf(*entries), *more, iloc(*moved, version=version, sizes=sizes))

    return built(len(built(0)) + 8) + bx("mdat", rest)


def test_what_describes_a_picture_is_found_where_the_tables_say() -> None:
    data = with_items(
        infe(1, "av01"),
        xmp(2),
        infe(3, "Exif"),
        infe(4, "mime", "text/plain"),
        infe(5, "uri ", "application/rdf+xml"),
        xmp(70_000, 3),
        infe(6, "mime", "application/rdf+xml", 2, "a name"),
        xmp(7, 1),
        xmp(8, 4),
        bx("infx", xmp(9)[8:]),
        xmp(10),
        infe(11, "exif"),
        places=[
            at(1, (0, 3)),
            at(2, (3, 2), (6, 1)),
            at(3, (8, 7)),
            at(4, (0, 9)),
            at(5, (0, 9)),
            at(70_000, (1, 3)),
            at(6, (2, 2)),
            at(7, (0, 9)),
            at(8, (0, 9)),
            at(9, (0, 9)),
            at(11, (8, 7)),
        ],
        version=2,
        rest=b"0123456789abcdefgh"[:8] + b"\0\0\0\1~ex" + b"rest",
    )
    found = read(data)
    assert found.xmp == [b"346", b"123", b"23", b""]
    assert found.exif == [b"ex"]
    assert (found.media_type, found.end, found.c2pa) == ("image/avif", len(data), None)


def test_a_manifest_beside_the_picture_is_found() -> None:
    data = FTYP + bx("uuid", C2PA, b"store") + bx("uuie", C2PA, b"no") + bx("uuid", C2PA[::-1], b"no") + bx("meta")
    assert read(data) == Contents("image/avif", c2pa=b"store", end=len(data))


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (at(2, (3, 2)), b"34"),
        (at(2, (0, 2), base=3), b"34"),
        (at(2, (1, 2), base=2), b"34"),
        (at(2, (1, 0), base=2), b"3456789"),
        (at(2, (3, 0)), b"3456789"),  # no length: to the end
        (at(2, (3, 7)), b"3456789"),
        (at(2, (3, 8)), "file: truncated"),
        (at(2, (10, 0)), b""),
        (at(2, (11, 0)), "file: truncated"),
        (at(2, (3, 2), reference=1), b""),
        (at(2, (3, 2), construction=2), b""),
        (at(2, (1, 2), construction=1), b"bc"),
        (at(2, (1, 0), construction=1), b"bcd"),
        (at(2, (1, 3), construction=1), b"bcd"),
        (at(2, (1, 4), construction=1), "file: truncated"),
        (at(2, (0, 2), base=1, construction=1), b"bc"),
        (at(2, (0, 2), construction=1, reference=1), b"ab"),
        (at(2, (3, 2), construction=16), b"34"),  # four bits
        (at(2), b""),
        (at(3, (3, 2)), b""),
    ],
)
def test_a_place_is_counted_from_the_file_or_from_its_store(place: Place, found: bytes | str) -> None:
    data = with_items(
        xmp(2),
        places=[place],
        rest=b"0123456789",
        more=(bx("idat", b"abcd"), bx("idax", b"efgh")),
        version=1,
        sizes=(4, 4, 4, 0),
    )
    assert answer(lambda: read(data).xmp[0]) == found


def test_without_a_store_nothing_is_found_in_one() -> None:
    data = with_items(xmp(2), places=[at(2, (1, 2), construction=1)], version=1, rest=b"0123")
    assert read(data).xmp == [b""]


@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("sizes", [(4, 4, 0, 0), (8, 8, 8, 8), (4, 8, 0, 4), (8, 4, 4, 0), (0, 4, 4, 8), (4, 0, 8, 0)])
def test_tables_of_every_version_and_width_are_read(version: int, sizes: tuple[int, int, int, int]) -> None:
    def built(start: int) -> bytes:
        base = start if sizes[2] else 0
        offset = (0 if base else start) + (3 if sizes[0] else 0)
        length = 2 if sizes[1] else 0
        items: list[Place] = [
            (1, 0, 0, 0, []),
            (2, 0, 0, base, [(7 if sizes[3] and version else 0, offset if sizes[0] else 0, length)]),
        ]
        kept = sizes if version else (*sizes[:3], 0)
        return FTYP + meta(iloc(*items, version=version, sizes=kept), iinf(xmp(2)))

    data = built(len(built(0))) + b"012345"
    wanted = b"012345"[3 if sizes[0] else 0 :]
    assert read(data).xmp == [wanted[:2] if sizes[1] else wanted]


def test_in_the_first_version_four_bits_are_reserved() -> None:
    data = bytearray(with_items(xmp(2), places=[at(2, (3, 2))], rest=b"012345"))
    place = data.index(b"\x44\0", data.index(b"iloc"))
    data[place + 1] = 0x04
    assert read(bytes(data)).xmp == [b"34"]


@pytest.mark.parametrize("width", [1, 2, 3, 5, 6, 7, 9, 12, 15])
@pytest.mark.parametrize("place", range(4))
def test_numbers_of_other_widths_are_damaged(width: int, place: int) -> None:
    sizes = [4, 4, 4, 4]
    sizes[place] = width
    data = FTYP + meta(bx("iloc", b"\1\0\0\0", bytes([sizes[0] << 4 | sizes[1], sizes[2] << 4 | sizes[3]]), bytes(60)))
    assert answer(lambda: read(data).xmp) == "file: damaged"


def test_a_table_of_a_later_version_is_damaged() -> None:
    for version in (3, 255):
        data = FTYP + meta(bx("iloc", bytes([version, 0, 0, 0]), bytes(60)))
        assert answer(lambda data=data: read(data).xmp) == "file: damaged"
    assert read(FTYP + meta(bx("iloc", bytes([2, 0, 0, 0]), bytes(60)))).xmp == []


def test_tables_end_within_their_boxes() -> None:
    whole = {
        "pitm": [pitm(1), pitm(1, 1)],
        "iloc": [iloc(at(2, (3, 2)), version=version, sizes=(4, 4, 4, 0)) for version in (0, 1, 2)],
    }
    for kind, boxes in whole.items():
        for one in boxes:
            body = one[8:]
            for cut in range(len(body)):
                for behind in (b"", bx("free", bytes(40))):
                    data = FTYP + meta(bx(kind, body[:cut]), behind)
                    assert answer(lambda data=data: read(data).xmp) == "file: truncated"
                    assert answer(lambda data=data: write(data, NEW)) == "file: truncated"
    for wide, head in ((0, 6), (1, 8)):
        for cut in range(head):
            data = FTYP + meta(bx("iinf", bytes([wide, *bytes(7)])[:cut]))
            assert answer(lambda data=data: read(data).xmp) == "file: truncated"
        assert read(FTYP + meta(iinf(version=wide))).xmp == []
    for version in (2, 3):
        entry = infe(2, "mime", version=version)[8:]
        least = 8 + (4 if version == 3 else 2) + 2
        for cut in range(least + 1):
            data = FTYP + meta(iinf(bx("infe", entry[:cut])), bx("free", bytes(40)))
            found = answer(lambda data=data: read(data).xmp)
            assert found == ([] if cut == least else "file: truncated")
    assert read(FTYP + meta(iinf(xmp(2), version=1, count=77))).xmp == [b""]


def test_items_and_extents_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (heif._MAX_ITEMS, heif._MAX_DESCRIBING, heif._RDF) == (20_000, 64, b"application/rdf+xml")
    data = with_items(xmp(2), xmp(3), places=[at(2, (0, 1)), at(3, (1, 1))], rest=b"ab")
    monkeypatch.setattr(heif, "_MAX_ITEMS", 2)
    assert read(data).xmp == [b"a", b"b"]
    three = with_items(xmp(2), xmp(3), xmp(4), places=[at(2, (0, 1))], rest=b"ab")
    assert read(three).xmp == [b"a", b""]  # no more are looked at
    many = with_items(xmp(2), places=[at(2, (0, 1), (1, 1)), at(3, (0, 1))], rest=b"ab")
    assert answer(lambda: read(many).xmp) == "file: bomb"
    monkeypatch.setattr(heif, "_MAX_ITEMS", 1)
    assert answer(lambda: read(data).xmp) == "file: bomb"
    monkeypatch.setattr(heif, "_MAX_ITEMS", 99)
    mixed = with_items(xmp(2), infe(3, "Exif"), infe(4, "mime", "text/plain"),
                       infe(5, "uri ", "application/rdf+xml"), infe(6, "av01"), places=[])  # fmt: skip
    for limit, good in ((2, True), (1, False)):
        monkeypatch.setattr(heif, "_MAX_DESCRIBING", limit)
        assert answer(lambda: read(mixed).xmp) == ([b""] if good else "file: bomb")
    monkeypatch.setattr(heif, "_MAX_DESCRIBING", 1)
    assert answer(lambda: read(with_items(xmp(2), xmp(3), places=[])).xmp) == "file: bomb"
    exifs = with_items(infe(2, "Exif"), infe(3, "Exif"), places=[])
    assert answer(lambda: read(exifs).exif) == "file: bomb"


def test_a_packet_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heif, "MAX_PACKET", 3)
    for extents, found in (
        ([(0, 6)], b"0123"),
        ([(0, 3), (5, 4)], b"0125678"),
        ([(0, 4), (5, 4)], b"0123"),
        ([(0, 2), (2, 2), (4, 2)], b"0123"),
        ([(0, 1), (2, 1), (4, 2)], b"0245"),
    ):
        assert read(with_items(xmp(2), places=[at(2, *extents)], rest=b"0123456789")).xmp == [found]


@pytest.mark.parametrize(
    ("block", "found"),
    [
        (b"\0\0\0\0", []),
        (b"\0\0\0\0e", [b"e"]),
        (b"\0\0\0\1~e", [b"e"]),
        (b"\0\0\1\0" + bytes(256) + b"e", [b"e"]),
        (b"\0\0\0\2e", [b""]),
        (b"", []),
    ],
)
def test_the_exif_block_stands_behind_its_offset(block: bytes, found: list[bytes]) -> None:
    data = with_items(infe(3, "Exif"), places=[at(3, (0, len(block)))] if block else [], rest=block)
    assert read(data).exif == found


@pytest.mark.parametrize(
    ("parts", "size"),
    [
        ([props(ispe(640, 480))], (640, 480)),
        ([props(ispe(640, 480, 11))], (0, 0)),
        ([props(ispe(640, 480, 16))], (640, 480)),
        ([props(ispe(64, 48), bx("colr"), ispe(640, 480), ispe(480, 640))], (640, 480)),
        ([props(ispe(64, 48), ispe(2, 100))], (64, 48)),
        ([props(bx("ispx", ispe(64, 48)[8:]))], (0, 0)),
        ([bx("iprp", bx("ipcx", ispe(64, 48)))], (0, 0)),
        ([bx("iprx", bx("ipco", ispe(64, 48)))], (0, 0)),
        ([bx("ipco", ispe(64, 48))], (0, 0)),
    ],
)
def test_the_size_of_a_picture_is_its_largest_items(parts: list[bytes], size: tuple[int, int]) -> None:
    found = read(FTYP + meta(*parts))
    assert (found.width, found.height) == size


# --- writing --------------------------------------------------------------------------------------------

MDAT = bx("mdat", b"coded")


def picture(places: list[Place], *, media: bytes = MDAT, iinf_: bytes, refs: bytes = b"", version: int = 0,
            sizes: tuple[int, int, int, int] = (4, 4, 0, 0), primary: bytes = b"") -> bytes:  # fmt: skip
    """A file whose offsets are given from the end of its tables."""

    def built(start: int) -> bytes:
        moved = [
            (n, c, r, base + (start if base else 0), [(i, o + (0 if base or c or r else start), s) for i, o, s in es])
            for n, c, r, base, es in places
        ]
        return FTYP + meta(HDLR, primary or pitm(1), iinf_, iloc(*moved, version=version, sizes=sizes), refs)

    return built(len(built(0))) + media


@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("sizes", [(4, 4, 0, 0), (8, 8, 0, 8), (4, 8, 0, 0)])
def test_a_picture_without_a_packet_gets_an_item_that_describes_it(
    version: int, sizes: tuple[int, int, int, int]
) -> None:
    sizes = sizes if version else (*sizes[:3], 0)
    before = picture([at(1, (8, 5))], iinf_=iinf(infe(1, "av01")), version=version, sizes=sizes)
    after = picture(
        [at(1, (8, 5)), at(2, (len(MDAT) + 8, len(PACKET)))],
        media=MDAT + bx("mdat", PACKET),
        iinf_=iinf(infe(1, "av01"), ours(2)),
        refs=iref(cdsc(2, 1)),
        version=version,
        sizes=sizes,
    )
    assert write(before, NEW) == after
    # labelled again the file does not grow, and only the packet is new
    newer = merged(PACKET, Label("M"))
    again = picture(
        [at(1, (8, 5)), at(2, (len(MDAT) + 8, len(newer)))],
        media=MDAT + bx("mdat", newer),
        iinf_=iinf(infe(1, "av01"), ours(2)),
        refs=iref(cdsc(2, 1)),
        version=version,
        sizes=sizes,
    )
    assert write(after, Label("M")) == again


def test_the_new_item_has_a_number_that_nobody_has() -> None:
    for primary, known, place, item in ((9, 1, 1, 10), (1, 9, 1, 10), (1, 1, 9, 10), (1, 2, 3, 4)):
        before = picture([at(place, (8, 5))], iinf_=iinf(infe(known, "av01")), primary=pitm(primary))
        after = picture(
            [at(place, (8, 5)), at(item, (len(MDAT) + 8, len(PACKET)))],
            media=MDAT + bx("mdat", PACKET),
            iinf_=iinf(infe(known, "av01"), ours(item)),
            refs=iref(cdsc(item, primary)),
            primary=pitm(primary),
        )
        assert write(before, NEW) == after


def test_numbers_beyond_two_bytes_take_four() -> None:
    for known, item in ((65_533, 65_534), (65_534, 65_535), (65_535, 65_536), (70_000, 70_001)):
        wide = item >= 65_536
        primary = pitm(known, 1)
        entry = infe(known, "av01", version=3)
        version = 2 if known >= 65_536 else 0
        before = picture([at(known, (8, 5))], iinf_=iinf(entry, version=1), primary=primary, version=version)
        after = picture(
            [at(known, (8, 5)), at(item, (len(MDAT) + 8, len(PACKET)))],
            media=MDAT + bx("mdat", PACKET),
            iinf_=iinf(entry, ours(item), version=1),
            refs=iref(cdsc(item, known, wide), version=wide),
            primary=primary,
            version=2 if item >= 65_535 else 0,  # by then there may be 65,536 items
        )
        assert write(before, NEW) == after
        # a list of references that is there keeps its width
        narrow = picture(
            [at(known, (8, 5))], iinf_=iinf(entry, version=1), primary=primary, version=version, refs=iref()
        )
        if wide:
            assert answer(lambda narrow=narrow: write(narrow, NEW)) == "label: no_room"
        else:
            assert write(narrow, NEW) == after


def test_a_primary_item_beyond_two_bytes_needs_wide_references() -> None:
    before = picture([at(1, (8, 5))], iinf_=iinf(infe(1, "av01"), version=1), primary=pitm(65_536, 1))
    done = write(before, NEW)
    assert iref(cdsc(65_537, 65_536, True), version=1) in done
    assert heif._cdsc(65_535, 65_535, False) == cdsc(65_535, 65_535)
    assert heif._cdsc(65_536, 1, True) == cdsc(65_536, 1, True)
    for pair in ((65_536, 1), (1, 65_536)):
        assert answer(lambda pair=pair: heif._cdsc(*pair, False)) == "label: no_room"


@pytest.mark.parametrize("version", [0, 1])
def test_references_and_lists_that_are_there_get_one_more(version: int) -> None:
    thumb = bx("thmb", number(2, 4 if version else 2), b"\0\1", number(1, 4 if version else 2))
    entries = iinf(infe(1, "av01"), infe(2, "av01"), version=version)
    before = picture([at(1, (8, 5)), at(2, (9, 1))], iinf_=entries, refs=iref(thumb, version=version))
    after = picture(
        [at(1, (8, 5)), at(2, (9, 1)), at(3, (len(MDAT) + 8, len(PACKET)))],
        media=MDAT + bx("mdat", PACKET),
        iinf_=iinf(infe(1, "av01"), infe(2, "av01"), ours(3), version=version),
        refs=iref(thumb, cdsc(3, 1, bool(version)), version=version),
    )
    assert write(before, NEW) == after
    empty = picture([at(1, (8, 5))], iinf_=entries, refs=bx("iref"))
    assert answer(lambda: write(empty, NEW)) == "file: truncated"
    assert answer(lambda: write(picture([], iinf_=entries, refs=bx("iref", b"\0\0\0")), NEW)) == "file: truncated"
    odd = picture([at(1, (8, 5))], iinf_=iinf(infe(1, "av01")), refs=bx("iref", b"\0\0\0\1"))
    assert bx("iref", b"\0\0\0\1", cdsc(2, 1)) in write(odd, NEW)


def test_a_list_of_65535_items_has_no_room() -> None:
    for count, good in ((65_534, True), (65_535, False)):
        data = picture([at(1, (8, 5))], iinf_=iinf(infe(1, "av01"), count=count))
        done = answer(lambda data=data: write(data, NEW))
        if good:
            assert isinstance(done, bytes)
            assert iinf(infe(1, "av01"), ours(2), count=65_535) in done
        else:
            assert done == "label: no_room"
    data = picture([at(1, (8, 5))], iinf_=iinf(infe(1, "av01"), count=65_535, version=1))
    assert iinf(infe(1, "av01"), ours(2), count=65_536, version=1) in write(data, NEW)


def moving(before: Place, after: Place | None = None) -> bool:
    """Whether a place moves with the file when the tables grow."""
    sizes = (4, 4, 4, 0)
    version = 1

    def built(place: Place, *more: Place, entries: tuple[bytes, ...] = (), refs: bytes = b"") -> bytes:
        return FTYP + meta(
            HDLR, pitm(1), iinf(infe(1, "av01"), *entries), iloc(place, *more, version=version, sizes=sizes), refs
        )

    start = len(built(before))
    done = write(built(before) + MDAT, NEW)
    end = len(built(before, at(2, (0, 0)), entries=(ours(2),), refs=iref(cdsc(2, 1))))
    wanted = built(
        after or before, at(2, (end + len(MDAT) + 8, len(PACKET))), entries=(ours(2),), refs=iref(cdsc(2, 1))
    )
    grown = end - start
    moved = wanted + MDAT + bx("mdat", PACKET)
    assert grown == heif_grown()
    return done == moved


def heif_grown() -> int:
    return len(ours(2)) + len(iref(cdsc(2, 1))) + 2 + 2 + 2 + 4 + 2 + 8


def test_offsets_behind_the_tables_move_and_others_stay() -> None:
    by = heif_grown()
    sample = FTYP + meta(HDLR, pitm(1), iinf(infe(1, "av01")), iloc(at(1, (0, 1)), version=1, sizes=(4, 4, 4, 0)))
    end = len(sample)
    assert moving(at(1, (end, 1)), at(1, (end + by, 1)))
    assert moving(at(1, (end - 1, 1)))
    assert moving(at(1, (0, 1), base=end), at(1, (0, 1), base=end + by))
    assert moving(at(1, (5, 1), base=end + 1), at(1, (5, 1), base=end + 1 + by))
    assert moving(at(1, (1, 1), base=end - 1), at(1, (1 + by, 1), base=end - 1))
    assert moving(at(1, (0, 1), base=end - 1))
    assert moving(at(1, (end, 1), construction=1))
    assert moving(at(1, (end, 1), construction=2))
    assert moving(at(1, (end, 1), reference=1))
    assert moving(at(1, (0, 1), base=end, reference=1))
    two = FTYP + meta(HDLR, pitm(1), iinf(infe(1, "av01")),
                      iloc(at(1, (0, 1), (0, 1)), version=1, sizes=(4, 4, 4, 0)))  # fmt: skip
    end = len(two)
    assert moving(at(1, (end - 1, 2), (end, 3)), at(1, (end - 1, 2), (end + by, 3)))


def test_numbers_of_no_width_get_four_bytes() -> None:
    sizes = (0, 0, 4, 0)
    before = picture([(1, 0, 0, 8, [(0, 0, 0)])], iinf_=iinf(infe(1, "av01")), sizes=sizes)
    done = write(before, NEW)
    after = picture(
        [(1, 0, 0, 8, [(0, 0, 0)]), (2, 0, 0, 0, [(0, len(MDAT) + 8, len(PACKET))])],
        media=MDAT + bx("mdat", PACKET),
        iinf_=iinf(infe(1, "av01"), ours(2)),
        refs=iref(cdsc(2, 1)),
        sizes=(4, 4, 4, 0),
    )
    assert done == after


def test_an_offset_that_no_longer_fits_is_refused() -> None:
    assert heif._number(0, 0) == b""
    assert heif._number(255, 1) == b"\xff"
    assert heif._number((1 << 32) - 1, 4) == b"\xff" * 4
    assert heif._number(1 << 32, 8) == b"\0\0\0\1\0\0\0\0"
    for value, size in ((1, 0), (256, 1), (1 << 32, 4)):
        assert answer(lambda value=value, size=size: heif._number(value, size)) == "label: no_room"


def test_an_old_packet_becomes_zeros_and_the_new_one_stands_at_the_end() -> None:
    media = bx("mdat", b"coded", OLD, b"rest")
    entries = iinf(infe(1, "av01"), xmp(2))
    refs = iref(cdsc(2, 1))
    before = picture([at(1, (8, 5)), at(2, (13, len(OLD)))], media=media, iinf_=entries, refs=refs)
    zeros = bx("mdat", b"coded", bytes(len(OLD)), b"rest")
    after = picture(
        [at(1, (8, 5)), at(2, (len(zeros) + 8, len(AGAIN)))], media=zeros + bx("mdat", AGAIN), iinf_=entries, refs=refs
    )
    assert write(before, NEW) == after
    # in pieces, and behind another item in the table
    half = len(OLD) // 2
    media = bx("mdat", OLD[half:], b"coded", OLD[:half])
    size = len(OLD) - half
    before = picture([at(2, (size + 13, half), (8, size)), at(1, (8 + size, 5))], media=media, iinf_=entries, refs=refs)
    zeros = bx("mdat", bytes(size), b"coded", bytes(half))
    done = write(before, NEW)
    first = FTYP + meta(HDLR, pitm(1), entries, iloc(at(1, (0, 5)), at(2, (0, len(AGAIN)))), refs)
    wanted = FTYP + meta(
        HDLR, pitm(1), entries,
        iloc(at(1, (len(first) + 8 + size, 5)), at(2, (len(first) + len(zeros) + 8, len(AGAIN)))), refs,
    ) + zeros + bx("mdat", AGAIN)  # fmt: skip
    assert done == wanted


def test_only_a_packet_that_is_the_whole_last_box_is_taken_off() -> None:
    entries, refs = iinf(infe(1, "av01"), xmp(2)), iref(cdsc(2, 1))
    size = len(OLD)
    for media, place, left in (
        (MDAT + bx("mdat", OLD), (len(MDAT) + 8, size), MDAT),
        (MDAT + bx("mdat", OLD, b"~"), (len(MDAT) + 8, size), MDAT + bx("mdat", bytes(size), b"~")),
        (MDAT + bx("mdat", b"~", OLD), (len(MDAT) + 9, size), MDAT + bx("mdat", b"~", bytes(size))),
        (MDAT + bx("free", OLD), (len(MDAT) + 8, size), MDAT + bx("free", bytes(size))),
        (bx("mdat", OLD) + MDAT, (8, size), bx("mdat", bytes(size)) + MDAT),
    ):
        before = picture([at(1, (0, 1)), at(2, place)], media=media, iinf_=entries, refs=refs)
        after = picture(
            [at(1, (0, 1)), at(2, (len(left) + 8, len(AGAIN)))],
            media=left + bx("mdat", AGAIN),
            iinf_=entries,
            refs=refs,
        )
        assert write(before, NEW) == after
    # nothing lists the last box: it is somebody's, whatever it holds
    alone = picture([at(1, (8, size))], media=bx("mdat", OLD), iinf_=iinf(infe(1, "av01")))
    assert bx("mdat", OLD) in write(alone, NEW)


def test_further_packets_and_comments_lose_their_record() -> None:
    entries = iinf(infe(1, "av01"), xmp(2), xmp(3), infe(4, "Exif"), xmp(5), infe(6, "Exif"))
    bare = without_label(OLD).ljust(len(OLD))
    first = OTHER.replace(b'd:x="1"', b'd:x="2"')
    parts = (first, OLD, EXIF, OTHER, EXIF[:4])
    starts = [8 + sum(len(p) for p in parts[:i]) for i in range(len(parts))]
    items = [at(2 + i, (start, len(part))) for i, (start, part) in enumerate(zip(starts, parts, strict=True))]
    before = picture([at(1, (0, 1)), *items], media=bx("mdat", *parts), iinf_=entries)
    new = merged(first, NEW)
    left = bx("mdat", bytes(len(first)), bare, BLANK, OTHER, EXIF[:4])
    after = picture(
        [at(1, (0, 1)), *items[1:], at(2, (len(left) + 8, len(new)))], media=left + bx("mdat", new), iinf_=entries
    )
    assert write(before, NEW) == after


def test_items_of_other_kinds_are_no_packets() -> None:
    others = infe(1, "av01"), infe(2, "mime", "text/plain"), infe(3, "uri ", "application/rdf+xml")
    items = [at(1, (0, 1)), at(2, (8, len(OLD))), at(3, (8, len(OLD)))]
    media = bx("mdat", OLD)
    before = picture(items, media=media, iinf_=iinf(*others))
    after = picture(
        [*items, at(4, (len(media) + 8, len(PACKET)))],
        media=media + bx("mdat", PACKET),
        iinf_=iinf(*others, ours(4)),
        refs=iref(cdsc(4, 1)),
    )
    assert write(before, NEW) == after


def test_a_comment_behind_an_offset_or_in_pieces() -> None:
    entries = iinf(infe(1, "av01"), infe(2, "Exif"))
    shifted = b"\0\0\0\3abc" + EXIF[4:]
    for block, left in ((shifted, b"\0\0\0\3abc" + BLANK[4:]), (EXIF[:5], EXIF[:5]), (b"\0\0\0\0", b"\0\0\0\0")):
        before = picture([at(1, (0, 1)), at(2, (8, len(block)))], media=bx("mdat", block), iinf_=entries)
        assert bx("mdat", left) in write(before, NEW)
    pieces = picture([at(1, (0, 1)), at(2, (8, 20), (28, len(EXIF) - 20))], media=bx("mdat", EXIF), iinf_=entries)
    assert bx("mdat", EXIF) in write(pieces, NEW)  # left, and seen when it is read back
    other = picture([at(1, (0, 1)), at(2, (8, len(EXIF)))], media=bx("mdat", EXIF), iinf_=iinf(infe(2, "av01")))
    assert bx("mdat", EXIF) in write(other, NEW)


def test_a_further_packet_that_would_grow_has_no_room() -> None:
    text = OLD.replace(b'd:x="1"', 'd:x="{}"'.format("人" * 400).encode())
    wide = b"\xff\xfe" + text.decode().encode("utf-16-le")
    entries = iinf(infe(1, "av01"), xmp(2), xmp(3))
    bare = without_label(wide)
    assert len(bare) < len(wide)
    places = [at(1, (0, 1)), at(2, (8, len(OTHER))), at(3, (8 + len(OTHER), len(wide)))]
    done = write(picture(places, media=bx("mdat", OTHER, wide), iinf_=entries), NEW)
    assert bx("mdat", bytes(len(OTHER)), bare.ljust(len(wide))) in done
    text = OLD.replace(b'd:x="1"', 'd:x="{}"'.format("人" * 4_000).encode())
    wide = b"\xff\xfe" + text.decode().encode("utf-16-le")
    assert len(without_label(wide)) > len(wide)
    places = [at(1, (0, 1)), at(2, (8, len(OTHER))), at(3, (8 + len(OTHER), len(wide)))]
    long = picture(places, media=bx("mdat", OTHER, wide), iinf_=entries)
    assert answer(lambda: write(long, NEW)) == "label: no_room"


def test_a_place_of_a_mebibyte_without_a_packet_keeps_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heif, "MAX_PACKET", 100)
    blank = bytes(300)
    entries = iinf(infe(1, "av01"), xmp(2))
    before = picture([at(1, (0, 1)), at(2, (8, 300))], media=bx("mdat", blank, b"rest"), iinf_=entries)
    after = picture(
        [at(1, (0, 1)), at(2, (312 + 8, len(PACKET)))],
        media=bx("mdat", blank, b"rest") + bx("mdat", PACKET),
        iinf_=entries,
    )
    assert write(before, NEW) == after


def test_what_is_no_single_picture_gets_no_label() -> None:
    whole = picture([at(1, (8, 5))], iinf_=iinf(infe(1, "av01")))
    endless = whole[: -len(MDAT)] + b"\0\0\0\0mdatcoded"
    for data in (
        b"",
        FTYP,
        FTYP + MDAT,
        whole + meta(HDLR),
        whole + bx("moov"),
        bx("moov") + whole,
        endless,
    ):
        assert answer(lambda data=data: write(data, NEW)) == "label: container"
    for cut in range(len(whole) - len(MDAT) + 8, len(whole)):
        assert answer(lambda cut=cut: write(whole[:cut], NEW)) == "file: truncated"
    bad = picture([at(1, (0, 1)), at(2, (8, 4))], media=bx("mdat", b"none"), iinf_=iinf(xmp(2)))
    assert answer(lambda: write(bad, NEW)) == "label: metadata"
    second = picture([at(2, (8, len(OTHER))), at(3, (8 + len(OTHER), 4))], media=bx("mdat", OTHER, b"none"),
                     iinf_=iinf(xmp(2), xmp(3)))  # fmt: skip
    assert answer(lambda: write(second, NEW)) == "label: metadata"
