"""Labels in TIFF files and EXIF blocks, byte for byte, each bound at its edge: what mutation testing showed.

Exactly one packet is left, every other offset stays true, and a directory that points outside the file is refused.
"""

from __future__ import annotations

import struct
from typing import Any

import pytest
from tests.fakes.answers import answer

from pingxing.label import tiff
from pingxing.label.metadata import tiffs
from pingxing.label.metadata.merging import Label, merged
from pingxing.label.tiff import BrokenTiff, Entry, Fields, directories, entries, fields, without_comment

ORDERS = ["<", ">"]
NEW = Label("N")
PACKET = merged(None, NEW)
OLD = merged(None, Label("O"))
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
EMPTY = f"<x><rdf:RDF {RDF}></rdf:RDF></x>".encode()
XMP, EXIF, COMMENT, C2PA, WIDE, HIGH = 700, 34665, 37510, 52545, 256, 257


def head(order: str, at: int = 8) -> bytes:
    return (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, at)


def row(order: str, tag: int, kind: int, number: int, value: int | bytes) -> bytes:
    last = value.ljust(4, b"\0") if isinstance(value, bytes) else struct.pack(order + "I", value)
    return struct.pack(order + "HHI", tag, kind, number) + last


def table(order: str, *rows: bytes, behind: int | None = 0) -> bytes:
    end = b"" if behind is None else struct.pack(order + "I", behind)
    return struct.pack(order + "H", len(rows)) + b"".join(rows) + end


def one(order: str, *rows: bytes, rest: bytes = b"") -> bytes:
    """A file of one directory; `rest` begins at 14 + 12 * rows."""
    return head(order) + table(order, *rows) + rest


def broken(work: Any) -> str:
    with pytest.raises(BrokenTiff) as error:
        work()
    return str(error.value)


# --- the fields ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "header"),
        (b"II*\0", "header"),
        (b"II*\0\0\0\0", "header"),
        (b"II*\0\0\0\0\0", "directory"),
        (b"MM\0*\0\0\0\0", "directory"),
        (b"II*~\x08\0\0\0\0\0\0\0\0\0", "header"),
        (b"MM*\0\x08\0\0\0\0\0\0\0\0\0", "header"),
        (b"II*\0\x08\0\0\0", "directory"),
        (b"II*\0\x08\0\0\0\0", "directory"),
        (b"II*\0\x08\0\0\0\1\0", "directory"),
    ],
)
def test_what_is_no_tiff_is_broken(data: bytes, why: str) -> None:
    assert broken(lambda: fields(data)) == why


def test_a_directory_may_be_empty_and_end_with_the_file() -> None:
    nothing = Fields(None, None, (), (), None)
    for order in ORDERS:
        assert fields(head(order) + b"\0\0") == nothing
        assert fields(head(order) + table(order)) == nothing
        assert fields(one(order, row(order, 999, 2, 9, 999_999))) == nothing  # nothing of ours: never followed
        assert fields(head(order, 9) + b"~" + table(order, row(order, WIDE, 3, 1, b"\5\5"))).width == 0x0505


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("tag", [WIDE, HIGH])
@pytest.mark.parametrize(
    ("kind", "number", "value", "wide"),
    [
        (1, 1, [7], 1),
        (1, 3, [1, 2, 9], 2),
        (3, 1, [1, 2], 2),
        (1, 4, [1, 2, 3, 4], 4),
        (4, 1, [1, 2, 3, 4], 4),
        (3, 2, [1, 2, 3, 4], 4),
    ],
)
def test_the_size_is_a_number_of_two_or_four_bytes(
    order: str, tag: int, kind: int, number: int, value: list[int], wide: int
) -> None:
    found = fields(one(order, row(order, tag, kind, number, bytes(value))))
    wanted = int.from_bytes(bytes(value[:wide]), "little" if order == "<" else "big")
    assert (found.width, found.height) == ((wanted, None) if tag == WIDE else (None, wanted))


def test_of_longer_sizes_the_first_four_bytes_count_and_of_two_sizes_the_first() -> None:
    rows = [row("<", WIDE, 4, 2, 50), row("<", HIGH, 3, 1, 5), row("<", HIGH, 3, 1, 6)]
    found = fields(one("<", *rows, rest=struct.pack("<II", 77, 78)))
    assert (found.width, found.height) == (77, 5)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("kind", "size"),
    [*zip(range(15), [0, 1, 1, 2, 4, 0, 1, 1, 2, 4, 0, 0, 0, 4, 0], strict=True), (255, 0)],
)
def test_each_type_has_its_size(order: str, kind: int, size: int) -> None:
    for number in (1, 2, 4, 5, 9):
        data = one(order, row(order, XMP, kind, number, 26), rest=bytes(range(size * number)))
        whole = size * number
        if not size:
            assert broken(lambda data=data: fields(data)) == "tag 0x2bc"
            continue
        place = slice(18, 18 + whole) if whole <= 4 else slice(26, 26 + whole)
        assert entries(data, order, 8) == [Entry(XMP, 10, place)]
        if whole > 4:
            assert fields(data).xmp == (bytes(range(whole)),)
            assert broken(lambda data=data: fields(data[:-1])) == "tag 0x2bc"


def test_an_entry_of_nothing_is_broken() -> None:
    for tag in (XMP, EXIF, COMMENT, C2PA, WIDE, HIGH):
        assert broken(lambda tag=tag: fields(one("<", row("<", tag, 1, 0, 0)))) == f"tag {tag:#x}"
    assert fields(one("<", row("<", 258, 1, 0, 0))) == Fields(None, None, (), (), None)


def test_a_value_may_end_with_the_file_and_not_behind_it() -> None:
    for tag in (XMP, EXIF, COMMENT, C2PA):
        data = one("<", row("<", tag, 7, 5, 26), rest=b"\x1f\0\0\0~")
        if tag != EXIF:
            assert [e.where for e in entries(data, "<", 8)] == [slice(26, 31)]
        assert broken(lambda data=data: fields(data[:-1])) == f"tag {tag:#x}"


@pytest.mark.parametrize("order", ORDERS)
def test_everything_that_concerns_labels_is_found_on_every_page(order: str) -> None:
    # header 8, first table 8..8+2+60+4=74, exif table at 74 (2+12+4=18) -> 92, second page 92 (2+24+4=30) -> 122
    rows = [
        row(order, XMP, 7, 6, 122),
        row(order, COMMENT, 7, 9, 128),
        row(order, EXIF, 4, 1, 74),
        row(order, C2PA, 7, 5, 137),
        row(order, XMP, 1, 5, 142),
    ]
    below = table(order, row(order, COMMENT, 7, 10, 147), behind=0)
    later = table(order, row(order, XMP, 7, 5, 157), row(order, C2PA, 7, 5, 142))
    data = head(order) + table(order, *rows, behind=92) + below + later
    data += b"first~" + b"ASCII\0\0\0a" + b"c2pa!" + b"third" + b"ASCII\0\0\0bc" + b"later"
    assert fields(data) == Fields(None, None, (b"first~", b"third", b"later"), ("a", "bc"), b"c2pa!")


@pytest.mark.parametrize(
    ("kind", "number", "value", "found"),
    [
        (3, 1, b"\x1a\0", ()),
        (1, 3, b"\x1a\0\0", ()),
        (7, 3, b"\x1a\0\0", ()),
        (4, 1, b"\x1a\0\0\0", ("x",)),
        (13, 1, b"\x1a\0\0\0", ("x",)),
        (7, 4, b"\x1a\0\0\0", ("x",)),
        (7, 5, struct.pack("<I", 44), ("x",)),
    ],
)
def test_the_exif_directory_is_followed_where_its_place_is_said_in_four_bytes(
    kind: int, number: int, value: bytes, found: tuple[str, ...]
) -> None:
    below = table("<", row("<", COMMENT, 7, 3, b"x\0\0"))  # 26..44
    data = one("<", row("<", EXIF, kind, number, value), rest=below + b"\x1a\0\0\0~")
    assert fields(data).user_comments == found
    marked = one("<", row("<", EXIF, kind, number, value), rest=below.replace(b"x\0\0", b'"AI') + b"\x1a\0\0\0~")
    assert without_comment(marked) == marked


def test_a_broken_exif_directory_is_no_later_page() -> None:
    assert broken(lambda: fields(one("<", row("<", EXIF, 4, 1, 999)))) == "directory"
    assert broken(lambda: fields(one("<", row("<", EXIF, 4, 1, 26), rest=b"\1\0"))) == "directory"


def test_a_broken_later_page_says_nothing_and_a_first_one_is_refused() -> None:
    good = row("<", XMP, 1, 3, b"abc")
    bad = row("<", XMP, 7, 9, 999)
    later = head("<") + table("<", good, behind=26) + table("<", bad, good)
    assert fields(later).xmp == (b"abc",)
    assert fields(later[:-16] + good + bytes(4)).xmp == (b"abc",)
    first = head("<") + table("<", bad, behind=26) + table("<", good)
    assert broken(lambda: fields(first)) == "tag 0x2bc"


# --- the chain of directories ----------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS)
def test_the_chain_of_pages_ends_where_it_leaves_the_file_or_runs_in_a_circle(order: str) -> None:
    first, second = table(order, behind=14), table(order, row(order, 5, 1, 1, 0), behind=8)
    assert directories(head(order) + first + second, order) == [8, 14]
    assert directories(head(order) + first + table(order), order) == [8, 14]
    assert directories(head(order) + first + b"\0\0", order) == [8, 14]
    assert directories(head(order) + first + b"\0", order) == [8]
    assert directories(head(order) + first, order) == [8]
    assert directories(head(order) + b"\0\0" + struct.pack(order + "I", 8), order) == [8]
    # four bytes behind the rows, or no next page
    whole = head(order) + table(order, row(order, 5, 1, 1, 0), behind=8 + 18) + b"\0\0"
    assert directories(whole, order) == [8, 26]
    assert directories(head(order) + table(order, row(order, 5, 1, 1, 0), behind=None), order) == [8]
    assert directories(head(order) + table(order, behind=None) + b"\7\7\7", order) == [8]
    assert broken(lambda: directories(head(order, 0), order)) == "directory"
    assert broken(lambda: directories(head(order, 9) + b"~\0", order)) == "directory"
    assert directories(head(order, 9) + b"~\0\0", order) == [9]


def test_pages_and_entries_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    three = head("<") + table("<", behind=14) + table("<", behind=20) + table("<")
    monkeypatch.setattr(tiff, "_MAX_PAGES", 3)
    assert directories(three, "<") == [8, 14, 20]
    monkeypatch.setattr(tiff, "_MAX_PAGES", 2)
    assert broken(lambda: directories(three, "<")) == "directory"
    monkeypatch.setattr(tiff, "_MAX_PAGES", 9)
    rows = [row("<", 5, 1, 1, 0)] * 2
    two = head("<") + table("<", *rows, behind=38) + table("<", rows[0])
    monkeypatch.setattr(tiff, "_MAX_ALL", 3)
    assert directories(two, "<") == [8, 38]
    monkeypatch.setattr(tiff, "_MAX_ALL", 2)
    assert broken(lambda: directories(two, "<")) == "directory"


def test_entries_of_a_directory_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = one("<", row("<", 5, 1, 1, 0), row("<", XMP, 1, 1, b"a"))
    monkeypatch.setattr(tiff, "_MAX_ENTRIES", 2)
    assert entries(data, "<", 8) == [Entry(XMP, 22, slice(30, 31))]
    assert entries(data[:34], "<", 8) == [Entry(XMP, 22, slice(30, 31))]
    assert broken(lambda: entries(data[:33], "<", 8)) == "directory"
    assert broken(lambda: entries(data[:9], "<", 8)) == "directory"
    assert broken(lambda: entries(data[:8], "<", 8)) == "directory"
    assert entries(data[:8] + b"\0\0", "<", 8) == []
    monkeypatch.setattr(tiff, "_MAX_ENTRIES", 1)
    assert broken(lambda: entries(data, "<", 8)) == "directory"


def test_values_have_a_limit_on_the_first_page_and_on_all_others_together(monkeypatch: pytest.MonkeyPatch) -> None:
    many = one("<", *[row("<", XMP, 1, 1, b"a")] * 3)
    monkeypatch.setattr(tiff, "_MAX_LABELLING", 3)
    assert fields(many).xmp == (b"a",) * 3
    monkeypatch.setattr(tiff, "_MAX_LABELLING", 2)
    assert broken(lambda: fields(many)) == "directory"
    monkeypatch.setattr(tiff, "_MAX_LABELLING", 9)
    long = one("<", row("<", XMP, 1, 6, 26), rest=b"abcdef")
    monkeypatch.setattr(tiff, "_MAX_VALUE", 5)
    assert fields(long).xmp == (b"abcde",)
    assert entries(long, "<", 8)[0].where == slice(26, 32)
    # 26: a page of two bytes, 44: one of three, 62: one of one
    pages = head("<") + table("<", row("<", XMP, 1, 4, b"abcd"), behind=26)
    pages += table("<", row("<", XMP, 1, 2, b"ab"), behind=44) + table("<", row("<", XMP, 1, 3, b"abc"), behind=62)
    pages += table("<", row("<", XMP, 1, 1, b"a"))
    monkeypatch.setattr(tiff, "_MAX_OTHERS", 6)
    assert fields(pages).xmp == (b"abcd", b"ab", b"abc", b"a")
    monkeypatch.setattr(tiff, "_MAX_OTHERS", 5)
    assert broken(lambda: fields(pages)) == "directory"


def test_the_bounds_and_tags_are_these() -> None:
    bounds = tiff._MAX_ENTRIES, tiff._MAX_LABELLING, tiff._MAX_OTHERS, tiff._MAX_VALUE, tiff._MAX_PAGES, tiff._MAX_ALL
    assert bounds == (4_096, 32, 8_388_608, 1_048_577, 4_096, 65_536)
    tags = tiff.XMP, tiff.EXIF_IFD, tiff.USER_COMMENT, tiff.C2PA, tiff.WIDTH, tiff.HEIGHT
    assert tags == (XMP, EXIF, COMMENT, C2PA, WIDE, HIGH)


# --- comments in EXIF ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"ASCII\0\0\0 ab \0", "ab"),
        (b"\0\0\0\0\0\0\0\0ab", "ab"),
        (b"ASCII\0\0~ab", "ASCII\0\0~ab"),
        (b"ascii\0\0\0ab", "ascii\0\0\0ab"),
        (b"JIS\0\0\0\0\0ab", "JIS\0\0\0\0\0ab"),
        (b"UNICODE\0a\0b\0", "ab"),
        (b"UNICODE\0\0a\0b", "ab"),
        (b"UNICODE~\0a\0 \0\0", "a"),
        (b"UNICODE\0\x65", "\ufffd"),
        (b"UNICODE\0 \0~\0 \0", "~"),
        (b"ASCII\0\0\0 ~ ", "~"),
        (b"~ASCII\0\0~", "~ASCII\0\0~"),
        (b"~UNICODEab", "~UNICODEab"),
        (b"ASCII\0\0\0\xe4\xba\xba\xff", "人\ufffd"),
        (b"\xffa", "\ufffda"),
        (b"a", "a"),
        (b"\0 a\0 \0", "a"),
        (b"ASCII\0\0\0", ""),
    ],
)
def test_a_comment_says_how_it_is_spelled(value: bytes, text: str) -> None:
    where: int | bytes = 26 if len(value) > 4 else value
    data = one("<", row("<", COMMENT, 7, len(value), where), rest=value)
    assert fields(data).user_comments == (text,)


RECORD = b'ASCII\0\0\0{"AIGC":1}'


@pytest.mark.parametrize("order", ORDERS)
def test_a_record_in_a_comment_becomes_blank_and_nothing_moves(order: str) -> None:
    # directory of two rows: 8..38; exif directory of two rows: 38..68; comments behind
    rows = row(order, COMMENT, 7, 18, 68), row(order, EXIF, 4, 1, 38)
    below = table(order, row(order, COMMENT, 2, 10, 86), row(order, COMMENT, 7, 6, 96))
    data = one(order, *rows, rest=below + RECORD + b'{"AIGC":2}' + b'"AIGC"' + b"rest")
    done = one(order, *rows, rest=below + b"ASCII\0\0\0" + b" " * 10 + b'{"AIGC":' + b"  " + b'"AIGC"' + b"rest")
    assert without_comment(data) == done
    assert without_comment(data.replace(b"AIGC", b"AIGS")) == data.replace(b"AIGC", b"AIGS")


def test_a_comment_that_names_a_record_without_its_quotes_stays() -> None:
    for said in (b"ASCII\0\0\0AIGC 1", b"ASCII\0\0\0'AIGC'", b'ASCII\0\0\0"AIGC~"'):
        data = one("<", row("<", COMMENT, 7, len(said), 26), rest=said)
        assert without_comment(data) == data
    wide = b"UNICODE\0" + '{"AIGC":1}'.encode("utf-16-le")
    data = one("<", row("<", COMMENT, 7, len(wide), 26), rest=wide + b"~")
    assert without_comment(data) == data[:34] + b" " * 20 + b"~"


def test_only_comments_become_blank() -> None:
    said = b'{"AIGC":1}'
    for tag in (XMP, C2PA, WIDE, HIGH):
        data = one("<", row("<", tag, 7, 10, 26), rest=said)
        assert without_comment(data) == data
        below = table("<", row("<", tag, 7, 10, 44))
        data = one("<", row("<", EXIF, 4, 1, 26), rest=below + said)
        assert without_comment(data) == data
        assert fields(data).user_comments == ()


@pytest.mark.parametrize(("kind", "number"), [(1, 1), (3, 1), (7, 3)])
def test_an_exif_place_of_less_than_four_bytes_is_not_followed_when_comments_go(kind: int, number: int) -> None:
    below = table("<", row("<", COMMENT, 7, 18, 44))
    data = one("<", row("<", EXIF, kind, number, 26), rest=below + RECORD)
    assert without_comment(data) == data
    data = one("<", row("<", EXIF, 4, 1, 26), rest=below + RECORD)
    assert without_comment(data) == data[:52] + b" " * 10
    longer = one("<", row("<", EXIF, 7, 5, 62), rest=below + RECORD + b"\x1a\0\0\0~")
    assert without_comment(longer) == longer[:52] + b" " * 10 + longer[62:]


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"II*\0\x08\0\0",
        b"II*~\x08\0\0\0" + b"\0\0",
        one("<", row("<", COMMENT, 7, 99, 26), rest=RECORD),
        one("<", row("<", COMMENT, 7, 18, 38), row("<", EXIF, 4, 1, 999), rest=RECORD),
    ],
)
def test_a_block_that_cannot_be_walked_stays_as_it_is(block: bytes) -> None:
    assert without_comment(block) == block


def test_the_shortest_block_is_walked() -> None:
    assert without_comment(head("<", 0)) == head("<", 0)
    odd = b"II*\0" + struct.pack("<I", 4)  # its directory begins with its own place
    assert without_comment(odd) == odd


# --- the label in a TIFF file ------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS)
def test_a_file_without_a_packet_gets_a_longer_directory_at_its_end(order: str) -> None:
    rows = row(order, WIDE, 3, 1, b"\0\1"), row(order, 269, 2, 3, b"ab"), row(order, 1000, 1, 1, b"z")
    data = head(order) + table(order, *rows, behind=50) + table(order, row(order, WIDE, 3, 1, b"\0\1")) + b"~"
    assert len(data) == 69
    place = 70
    end = place + len(PACKET) + (len(PACKET) & 1)
    new = table(order, *rows[:2], row(order, XMP, 7, len(PACKET), place), rows[2], behind=50)
    wanted = head(order, end) + data[8:] + b"\0" + PACKET + b"\0" * (len(PACKET) & 1) + new
    assert tiffs.write(data, NEW) == wanted
    # labelled again: the packet stands at its place in the middle, so zeros stay there and it goes to the end
    again = tiffs.write(wanted, Label("M"))
    other = merged(PACKET, Label("M"))
    pad = b"\0" * (len(wanted) & 1)
    at = len(wanted) + len(pad)
    moved = new.replace(row(order, XMP, 7, len(PACKET), place), row(order, XMP, 7, len(other), at))
    assert (
        again == wanted[:place] + bytes(len(PACKET)) + wanted[place + len(PACKET) :].replace(new, moved) + pad + other
    )
    # and again: now it stands at the end, and the file does not grow
    third = tiffs.write(again, NEW)
    newest = merged(other, NEW)
    assert (
        third
        == again[: -len(other)].replace(
            moved, moved.replace(struct.pack(order + "I", len(other)), struct.pack(order + "I", len(newest)))
        )
        + newest
    )


def test_a_directory_without_a_next_page_gets_one_of_nothing() -> None:
    rows = (row("<", WIDE, 3, 1, 5),)
    data = head("<") + table("<", *rows, behind=None)
    end = 22 + len(PACKET) + (len(PACKET) & 1)
    wanted = head("<", end) + data[8:] + PACKET + b"\0" * (len(PACKET) & 1)
    assert tiffs.write(data, NEW) == wanted + table("<", *rows, row("<", XMP, 7, len(PACKET), 22))
    odd = head("<") + table("<", *rows, behind=None) + b"\x09\0"
    assert tiffs.write(odd, NEW).endswith(table("<", *rows, row("<", XMP, 7, len(PACKET), 24), behind=9))


@pytest.mark.parametrize("order", ORDERS)
def test_a_packet_in_front_of_other_things_leaves_zeros_and_goes_to_the_end(order: str) -> None:
    size = len(OLD)
    data = one(order, row(order, XMP, 1, size, 26), rest=OLD + b"more")
    new = merged(OLD, NEW)
    pad = b"\0" * (len(data) & 1)
    wanted = one(order, row(order, XMP, 7, len(new), len(data) + len(pad)), rest=bytes(size) + b"more" + pad + new)
    assert tiffs.write(data, NEW) == wanted


def test_a_packet_that_stands_in_the_directory_itself_is_no_end_of_the_file() -> None:
    rows = row("<", XMP, 7, 4, b"    ")
    data = head("<") + struct.pack("<H", 1) + rows  # ends with the four bytes
    wanted = head("<") + struct.pack("<H", 1) + row("<", XMP, 7, len(PACKET), 22) + PACKET
    assert tiffs.write(data, NEW) == wanted
    five = head("<") + struct.pack("<H", 1) + row("<", XMP, 7, 5, 22) + b"     "
    assert tiffs.write(five, NEW) == wanted


def test_of_several_packets_the_first_is_labelled_and_the_others_lose_theirs() -> None:
    rest = EMPTY.replace(b"></rdf:RDF>", b"><rdf:Description/></rdf:RDF>")
    marked = OLD.replace(b'rdf:about=""', b'rdf:about="" xmlns:d="d" d:x="1"')
    # two directories: first of three packets (8..50), then one of two (50..80)
    size, many = len(marked), len(rest)
    places = [80 + size * i for i in range(3)]
    rows = [row("<", XMP, 7, size, place) for place in places]
    later = [row("<", XMP, 7, many, places[2] + size), row("<", XMP, 7, size, places[2] + size + many)]
    data = head("<") + table("<", *rows, behind=50) + table("<", *later) + marked * 3 + rest + marked
    done = tiffs.write(data + b"~", NEW)
    found = fields(done).xmp
    bare = tiffs.without_label(marked)
    assert found == (merged(marked, NEW), bare, bare, rest, bare)
    assert done.count(b">O<") == 0
    assert done.count(b">N<") == 1
    assert done[80 : 80 + 3 * size] == bytes(3 * size)
    assert done[80 + 3 * size : 80 + 3 * size + many] == rest  # nothing in it: it stays where it is
    # places are even, one behind the other
    assert [e.where.start % 2 for e in entries(done, "<", 8)] == [0, 0, 0]


def test_a_packet_of_a_later_page_alone_does_not_count_as_the_first_pages() -> None:
    data = head("<") + table("<", behind=14) + table("<", row("<", XMP, 7, len(OLD), 32)) + OLD + b"~"
    done = tiffs.write(data, NEW)
    assert fields(done).xmp == (PACKET, tiffs.without_label(OLD))
    assert directories(done, "<")[1] == 14


def test_a_record_in_an_exif_comment_goes_from_a_tiff_too() -> None:
    data = one("<", row("<", COMMENT, 7, 18, 26), rest=RECORD)
    assert b'AIGC":1' not in tiffs.write(data, NEW)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"II*~\x08\0\0\0\0\0\0\0\0\0",
        b"II*\0\0\0\0\0",
        one("<", row("<", XMP, 7, 9, 99)),
        head("<") + table("<", behind=14) + table("<", row("<", XMP, 7, 9, 99)),
    ],
)
def test_a_tiff_that_points_outside_itself_gets_no_label(data: bytes) -> None:
    assert answer(lambda: tiffs.write(data, NEW)) == "file: damaged"


def test_a_packet_that_is_no_xmp_is_not_overwritten_in_a_tiff() -> None:
    for page in (0, 1):
        bad = table("<", row("<", XMP, 7, 4, b"none"), behind=26 if page == 0 else 0)
        good = table("<", row("<", WIDE, 3, 1, 5), behind=26 if page == 1 else 0)
        data = head("<") + (bad + good if page == 0 else good + bad)
        assert answer(lambda data=data: tiffs.write(data, NEW)) == "label: metadata"


def test_a_tiff_of_four_gigabytes_has_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    class Long(bytearray):
        many = 0

        def __len__(self) -> int:
            return max(self.many, super().__len__())

    monkeypatch.setattr(tiffs, "bytearray", Long, raising=False)
    data = one("<", row("<", XMP, 7, 4, b"    "), rest=b"~")
    monkeypatch.setattr(tiffs, "_append", lambda out, value: 7)
    monkeypatch.setattr(Long, "many", (1 << 32) - 1)
    assert isinstance(answer(lambda: tiffs.write(data, NEW)), bytes)
    monkeypatch.setattr(Long, "many", 1 << 32)
    assert answer(lambda: tiffs.write(data, NEW)) == "label: no_room"
