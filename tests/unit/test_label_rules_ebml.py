"""Labels in Matroska and WebM, byte for byte, each bound at its edge: what mutation testing showed.

One tag is left, clusters and cues never move, the seek head tells the truth, and an element that is longer than what
holds it is refused.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.fakes.answers import answer

from pingxing.label.containers import Contents
from pingxing.label.metadata import ebml
from pingxing.label.metadata.ebml import Element, Elements, element, read, write
from pingxing.label.metadata.merging import Label
from pingxing.label.xmp import Provenance

NEW = Label("N")
FULL = Label("N", Provenance("S", "2", "m", datetime(2026, 8, 2, 9, 30, tzinfo=UTC)))
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
HEADER, SEGMENT, SEEK_HEAD, TAGS = "1a45dfa3", "18538067", "114d9b74", "1254c367"
CLUSTER, VOID, CRC, INFO, CUES, TRACKS = "1f43b675", "ec", "bf", "1549a966", "1c53bb6b", "1654ae6b"
TAG, TARGETS, SIMPLE, NAME, STRING, BINARY, LANGUAGE = "7373", "63c0", "67c8", "45a3", "4487", "4485", "447a"
SEEK, SEEK_ID, SEEK_PLACE = "4dbb", "53ab", "53ac"


def el(kind: str, *parts: bytes, wide: int = 0) -> bytes:
    body = b"".join(parts)
    wide = wide or next(w for w in range(1, 9) if len(body) < 2 ** (7 * w) - 1)
    return bytes.fromhex(kind) + (len(body) + 2 ** (7 * wide)).to_bytes(wide, "big") + body


def void(size: int) -> bytes:
    """Padding of so many bytes, its header counted."""
    return el(VOID, bytes(size - 2)) if size < 128 else el(VOID, bytes(size - 9), wide=8)


def simple(name: str, value: str, *more: bytes, kind: str = STRING) -> bytes:
    return el(SIMPLE, el(NAME, name.encode()), el(kind, value.encode()), *more)


def mine(**said: str) -> bytes:
    """A tag as it is written: the sizes of values in two bytes."""
    words = (el(SIMPLE, el(NAME, n.encode()), el(STRING, v.encode(), wide=2)) for n, v in said.items())
    return el(TAG, el(TARGETS), *words)


def tags(*parts: bytes) -> bytes:
    return el(TAGS, *parts)


HEAD = el(HEADER, b"\x42\x82\x84webm")
FACTS = {"DIGITALSOURCETYPE": SOURCE, "AISYSTEMUSED": "S", "AISYSTEMVERSIONUSED": "2"}
TIME = {"CREATEDATE": "2026-08-02T09:30:00Z"}
LABEL = tags(mine(AIGC="N"))
SIGHT, MORE = el(CLUSTER, el("e7", b"\0"), el("a3", b"sight")), el(CLUSTER, el("e7", b"\1"))
INDEX = el(CUES, b"\xbb\x80")


def film(*parts: bytes, wide: int = 8, behind: bytes = b"") -> bytes:
    return HEAD + el(SEGMENT, *parts, wide=wide) + behind


# --- elements -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wide", range(1, 9))
def test_a_size_has_one_to_eight_bytes(wide: int) -> None:
    data = el("ec", b"12345", wide=wide) + el("ec")
    elements = list(Elements(data).within(0, len(data)))
    body = 1 + wide
    assert elements == [
        Element(0xEC, 0, body, body + 5, False),
        Element(0xEC, body + 5, body + 7, body + 7, False),
    ]
    for cut in range(len(data)):
        found = answer(lambda cut=cut: len(list(Elements(data).within(0, cut))))
        assert found == (0 if cut == 0 else 1 if cut == body + 5 else "file: truncated")
    most = 2 ** (7 * wide) - 2  # one more would leave the size open
    for size in {0, 1, min(most, 1 << 40), most, 2 ** (7 * wide - 1)}:
        assert ebml._size(size, wide) == (size + 2 ** (7 * wide)).to_bytes(wide, "big")
    if wide < 8:
        assert ebml._size(most + 1, wide) == (most + 1 + 2 ** (7 * wide + 7)).to_bytes(wide + 1, "big")
        assert ebml._size(most + 1) == (most + 1 + 2 ** (7 * wide + 7)).to_bytes(wide + 1, "big")
    assert ebml._size(most) == (most + 2 ** (7 * wide)).to_bytes(wide, "big") if most > 2 ** (7 * wide - 7) else True


@pytest.mark.parametrize("kind", ["ec", "4dbb", "2ad7b1", "18538067", "ff", "10000000", "81"])
def test_an_element_has_a_name_of_one_to_four_bytes(kind: str) -> None:
    data = el(kind, b"ab")
    width = len(kind) // 2
    assert list(Elements(data).within(0, len(data))) == [Element(int(kind, 16), 0, width + 1, width + 3, False)]
    assert element(int(kind, 16), b"ab") == data
    assert element(int(kind, 16), b"ab", 3) == el(kind, b"ab", wide=3)
    for cut in range(1, len(data)):
        assert answer(lambda cut=cut: list(Elements(data).within(0, cut))) == "file: truncated"


@pytest.mark.parametrize("data", ["000000000000000001", "080000000080", "0fffffffff80", "ec" + "00" * 9])
def test_a_name_or_a_size_of_more_bytes_is_damaged(data: str) -> None:
    whole = bytes.fromhex(data)
    assert answer(lambda: list(Elements(whole).within(0, len(whole)))) == "file: damaged"
    assert answer(lambda: list(Elements(whole).within(0, 3))) == "file: truncated"


@pytest.mark.parametrize("wide", range(1, 9))
def test_of_a_segment_and_a_cluster_only_the_size_may_be_left_open(wide: int) -> None:
    left_open = (2 ** (7 * wide + 1) - 1).to_bytes(wide, "big")
    one = bytes.fromhex(SEGMENT) + left_open + el("ec", b"abc")
    assert list(Elements(one).within(0, len(one))) == [Element(0x18538067, 0, 4 + wide, len(one), True)]
    for cut in range(1, 4 + wide):
        assert answer(lambda cut=cut: list(Elements(one).within(0, cut))) == "file: truncated"
    for kind in (TAGS, SEEK_HEAD, VOID, HEADER, TRACKS):
        bad = bytes.fromhex(kind) + left_open + el("ec", b"abc")
        assert answer(lambda bad=bad: list(Elements(bad).within(0, len(bad)))) == "file: damaged"


@pytest.mark.parametrize("next_", [CLUSTER, CUES, TAGS, SEEK_HEAD, INFO, TRACKS, "1043a770", "1941a469", SEGMENT])
def test_a_cluster_without_a_size_ends_where_the_next_part_begins(next_: str) -> None:
    inside = el("e7", b"\0") + el("a3", b"sight") + el(VOID, b"x")
    begin = bytes.fromhex(CLUSTER) + b"\xff"
    data = begin + inside + el(next_, b"")
    start = len(begin) + len(inside)
    found = list(Elements(data).within(0, len(data)))
    assert found[0] == Element(0x1F43B675, 0, 5, start, True)
    assert [e.start for e in found] == [0, start]
    alone = list(Elements(begin + inside).within(0, start))
    assert alone == [Element(0x1F43B675, 0, 5, start, True)]
    live = begin + inside + begin + inside
    assert [e.start for e in Elements(live).within(0, len(live))] == [0, start]
    sized = el(CLUSTER, inside) + el(next_, b"")
    assert [e.unknown for e in Elements(sized).within(0, len(sized))] == [False, False]


def test_elements_and_depth_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (ebml._MAX_ELEMENTS, ebml._MAX_DEPTH) == (200_000, 8)
    data = el("ec") * 3
    monkeypatch.setattr(ebml, "_MAX_ELEMENTS", 3)
    assert answer(lambda: len(list(Elements(data).within(0, 6)))) == 3
    monkeypatch.setattr(ebml, "_MAX_ELEMENTS", 2)
    assert answer(lambda: len(list(Elements(data).within(0, 6)))) == "file: bomb"
    both = Elements(data)
    assert len(list(both.within(0, 2))) == 1
    assert answer(lambda: list(both.within(0, 6))) == "file: bomb"  # one budget for all levels
    monkeypatch.setattr(ebml, "_MAX_ELEMENTS", 999)
    for depth, limit, good in ((3, 3, True), (3, 2, False)):
        deep = simple("x", "y")
        for _ in range(depth - 1):
            deep = simple("x", "y", deep)
        # depths 0 to `depth`: the innermost has no children, but is looked into
        monkeypatch.setattr(ebml, "_MAX_DEPTH", limit)
        nested = film(tags(el(TAG, deep)))
        assert answer(lambda nested=nested: read(nested).texts) == ([] if good else "file: bomb")
        monkeypatch.setattr(ebml, "read", lambda data: Contents(""))
        assert isinstance(answer(lambda nested=nested: write(nested, NEW)), bytes) is good
        monkeypatch.undo()


def test_padding_has_any_size_from_two_bytes_on() -> None:
    for size in (2, 3, 126, 127, 128, 129, 130, 135, 300, 20_000):
        assert ebml._void(size) == void(size)
        assert len(void(size)) == size


# --- reading --------------------------------------------------------------------------------------------


def test_what_stands_in_the_tags_is_read() -> None:
    one = el(
        TAG,
        simple("AIGC", "a"),
        el(TARGETS, simple("AIGC", "no")),
        simple("aigc", "b\0\0", kind=BINARY),
        simple("AISYSTEMUSED", "s", simple("AIGC", "c", simple("AIGC", "d"))),
        el(SIMPLE, el(NAME, b"AIGC\0"), el(BINARY, b"no"), el(STRING, b"\xffe")),
        el(SIMPLE, el(NAME, b"AIGC")),
        el(SIMPLE, el(STRING, b"no")),
        simple("AIGCS", "no"),
        simple("AIGC~", "no"),
        simple("AIGC", "f~"),
    )
    two = el(TAG, simple("CreateDate", "t", simple("AISYSTEMVERSIONUSED", "no")))
    other = el("7374", simple("AIGC", "no"))
    data = film(tags(one, other), SIGHT, tags(two, el(VOID, b"x")), el(INFO, one), behind=el(VOID, b"x"))
    wanted = Contents(
        "video/x-matroska",
        texts=["a", "b", "c", "d", "\ufffde", "", "f~"],
        facts={"system": "s", "created": "t"},
        end=len(data),
    )
    assert read(data) == wanted
    assert read(HEAD + el(SEGMENT, tags(one)) * 2).texts == wanted.texts * 2
    assert read(HEAD + tags(one)).texts == []
    assert read(b"").texts == []
    odd = el(SIMPLE, el(NAME, b"AIGC\xff"), el(STRING, b"no"))
    assert read(film(tags(el(TAG, odd)))).texts == []


def test_a_film_that_ends_too_early_is_refused() -> None:
    data = film(SIGHT, LABEL)
    for cut in range(1, len(data)):
        wanted: object = [] if cut == len(HEAD) else "file: truncated"
        assert answer(lambda cut=cut: read(data[:cut]).texts) == wanted
        refused = "label: container" if cut == len(HEAD) else "file: truncated"
        assert answer(lambda cut=cut: write(data[:cut], NEW)) == refused


# --- writing --------------------------------------------------------------------------------------------


def test_a_film_has_one_segment_or_gets_no_label() -> None:
    for data in (b"", HEAD, HEAD + LABEL, film(SIGHT) + el(SEGMENT, SIGHT)):
        assert answer(lambda data=data: write(data, NEW)) == "label: container"


@pytest.mark.parametrize("wide", [1, 2, 4, 8])
def test_a_film_without_tags_gets_them_at_its_end(wide: int) -> None:
    behind = el(VOID, b"behind")
    assert write(film(SIGHT, wide=wide, behind=behind), NEW) == film(SIGHT, LABEL, wide=wide, behind=behind)
    assert write(film(wide=wide), FULL) == film(tags(mine(AIGC="N", **FACTS, **TIME)), wide=max(wide, 2))
    assert write(film(void(400), SIGHT), NEW) == film(void(400), SIGHT, LABEL)


def test_the_size_of_a_segment_takes_more_bytes_where_it_must() -> None:
    for size in range(70, 100):
        before = el(CLUSTER, bytes(size))
        assert write(film(before, wide=1), NEW) == film(before, LABEL, wide=1 if size + 5 + len(LABEL) < 127 else 2)
    live = HEAD + bytes.fromhex(SEGMENT) + b"\x01\xff\xff\xff\xff\xff\xff\xff" + SIGHT
    assert write(live, NEW) == live + LABEL


def test_a_long_record_has_a_size_of_three_bytes() -> None:
    for size, wide in ((16_382, 2), (16_383, 3), (16_384, 3)):
        text = "x" * size
        tag = el(TAG, el(TARGETS), el(SIMPLE, el(NAME, b"AIGC"), el(STRING, text.encode(), wide=wide)))
        done = write(film(SIGHT), Label(text))
        assert done == film(SIGHT, tags(tag))
        assert read(done).texts == [text]


TITLE = el(TAG, el(TARGETS, b"\x68\xca\x81\x32"), simple("TITLE", "t"))


@pytest.mark.parametrize(
    ("old", "left"),
    [
        (mine(AIGC="o"), b""),
        (el(TAG, simple("AIGC", "o")), b""),
        (TITLE, TITLE),
        (el(TAG, el(TARGETS), simple("AIGC", "o"), simple("A", "1")), el(TAG, el(TARGETS), simple("A", "1"))),
        (el(TAG, simple("A", "1", simple("aigc", "o"), simple("B", "2"))), el(TAG, simple("A", "1", simple("B", "2")))),
        (el(TAG, simple("A", "1", simple("B", "2", simple("AIGC", "o")))), el(TAG, simple("A", "1", simple("B", "2")))),
        (el(TAG, simple("AIGC", "o", simple("B", "2")), simple("A", "1")), el(TAG, simple("A", "1"))),
        (el(TAG, el(CRC, b"1234"), simple("AIGC", "o"), simple("A", "1")), el(TAG, simple("A", "1"))),
        (el(TAG, el(CRC, b"1234"), simple("A", "1")), el(TAG, el(CRC, b"1234"), simple("A", "1"))),
        (el(TAG, simple("A", "1", el(CRC, b"1234"), simple("AIGC", "o"))), el(TAG, simple("A", "1"))),
        # what holds none of it stays, byte for byte, checksums and all
        (
            el(TAG, simple("AIGC", "o"), el(SIMPLE, el(NAME, b"A"), el(CRC, b"1234"), wide=4)),
            el(TAG, el(SIMPLE, el(NAME, b"A"), el(CRC, b"1234"), wide=4)),
        ),
        (el(CRC, b"1234") + TITLE, TITLE),
        (void(9) + TITLE, void(9) + TITLE),
        (el("7374", simple("AIGC", "o")), el("7374", simple("AIGC", "o"))),
        (el(TAG, el(TARGETS), wide=4), el(TAG, el(TARGETS), wide=4)),
        (el(TAG, simple("AISYSTEMUSED", "o")), el(TAG, simple("AISYSTEMUSED", "o"))),
        (TITLE + el(TAG, simple("AIGC", "o")) + TITLE, TITLE + TITLE),
    ],
)
def test_other_tags_stay_and_the_label_comes_behind_them(old: bytes, left: bytes) -> None:
    done = tags(left + mine(AIGC="N"))
    less = len(tags(old)) - len(done)
    assert write(film(SIGHT, tags(old)), NEW) == film(SIGHT, done, void(less) if less > 1 else b"")


def test_what_a_film_says_of_its_making_is_replaced_and_its_date_stays() -> None:
    old = el(TAG, simple("AISYSTEMUSED", "o"), simple("aisystemversionused", "o"), simple("TITLE", "t"))
    kept = el(TAG, simple("TITLE", "t"))
    assert write(film(SIGHT, tags(old)), FULL) == film(SIGHT, tags(kept, mine(AIGC="N", **FACTS, **TIME)))
    dated = el(TAG, simple("CREATEDATE", "o"), simple("DIGITALSOURCETYPE", "o"))
    left = el(TAG, simple("CREATEDATE", "o"))
    assert write(film(SIGHT, tags(dated)), FULL) == film(SIGHT, tags(left, mine(AIGC="N", **FACTS)))
    inner = el(TAG, simple("TITLE", "t", simple("CREATEDATE", "o")))  # not said of the film: it goes
    assert write(film(SIGHT, tags(inner)), FULL) == film(SIGHT, tags(kept, mine(AIGC="N", **FACTS, **TIME)))


def test_a_checksum_of_the_whole_segment_goes() -> None:
    assert write(film(el(CRC, b"1234"), SIGHT), NEW) == film(void(6), SIGHT, LABEL)


SIZE = len(LABEL)


@pytest.mark.parametrize(
    ("parts", "done"),
    [
        ((LABEL, SIGHT), (LABEL, SIGHT)),
        ((tags(mine(AIGC="oooo")), SIGHT), (LABEL, void(3), SIGHT)),
        ((tags(void(SIZE - 5)), SIGHT), (void(SIZE), SIGHT, tags(void(SIZE - 5), mine(AIGC="N")))),
        ((tags(), void(SIZE - 5), SIGHT), (LABEL, SIGHT)),
        ((tags(), void(SIZE - 4), SIGHT), (void(5), void(SIZE - 4), SIGHT, LABEL)),
        ((tags(), void(SIZE - 3), SIGHT), (LABEL, void(2), SIGHT)),
        ((tags(), void(300), SIGHT), (LABEL, void(305 - SIZE), SIGHT)),
        ((void(SIZE - 5), tags(), SIGHT), (LABEL, SIGHT)),
        ((void(SIZE), SIGHT, tags(), MORE), (LABEL, SIGHT, void(5), MORE)),
        ((void(SIZE - 1), SIGHT, tags(), MORE), (void(SIZE - 1), SIGHT, void(5), MORE, LABEL)),
        ((void(20), SIGHT, tags(), void(20), MORE), (void(20), SIGHT, void(5), void(20), MORE, LABEL)),
        ((void(20), tags(), void(20), MORE), (LABEL, void(45 - SIZE), MORE)),
        ((void(SIZE), SIGHT), (void(SIZE), SIGHT, LABEL)),
        ((SIGHT, tags()), (SIGHT, LABEL)),
        ((tags(), SIGHT, tags()), (void(5), SIGHT, LABEL)),
        ((SIGHT, tags(), MORE), (SIGHT, void(5), MORE, LABEL)),
        ((SIGHT, void(9), tags()), (SIGHT, void(9), LABEL)),
    ],
)
def test_tags_go_where_padding_and_old_tags_have_room_else_to_the_end(
    parts: tuple[bytes, ...], done: tuple[bytes, ...]
) -> None:
    assert write(film(*parts), NEW) == film(*done)
    # clusters stand where they stood, counted from the segment's beginning
    assert b"".join(parts).find(SIGHT) == b"".join(done).find(SIGHT)


# --- the seek head ----------------------------------------------------------------------------------------


def line(kind: str, place: int) -> bytes:
    return el(SEEK, el(SEEK_ID, bytes.fromhex(kind)), el(SEEK_PLACE, place.to_bytes(8, "big")))


def seeks(*lines: bytes, wide: int = 0) -> bytes:
    return el(SEEK_HEAD, *lines, wide=wide)


LINE = 21  # bytes


def test_the_seek_head_gets_the_place_of_the_tags_where_it_has_room() -> None:
    assert len(line(TAGS, 0)) == LINE
    cues = line(CUES, 77)
    for padding in (LINE, LINE + 2, LINE + 9):
        place = 5 + LINE + padding + len(SIGHT)
        rest = (void(padding - LINE),) if padding > LINE else ()
        done = film(seeks(cues, line(TAGS, place)), *rest, SIGHT, LABEL)
        assert write(film(seeks(cues), void(padding), SIGHT), NEW) == done
    for padding in (2, LINE - 2, LINE - 1, LINE + 1):  # too little, or one byte too much for padding
        before = film(seeks(cues), void(padding), SIGHT)
        assert write(before, NEW) == film(seeks(cues), void(padding), SIGHT, LABEL)
    place = len(SIGHT) + 5 + 2 * LINE
    assert write(film(SIGHT, seeks(cues), void(LINE)), NEW) == film(SIGHT, seeks(cues, line(TAGS, place)), LABEL)
    three = seeks(cues, line(INFO, 7), line(TAGS, 5 + 3 * LINE + len(SIGHT)))
    assert write(film(seeks(cues, line(INFO, 7)), void(LINE), SIGHT), NEW) == film(three, SIGHT, LABEL)
    other = el(INFO, bytes(60))  # padding that is not right behind it is not its own
    assert write(film(seeks(cues), other, void(60), SIGHT), NEW) == film(seeks(cues), other, void(60), SIGHT, LABEL)
    assert write(film(SIGHT, seeks(cues)), NEW) == film(SIGHT, seeks(cues), LABEL)


def test_a_line_of_the_seek_head_that_leads_to_old_tags_leads_to_the_new_ones() -> None:
    cues = line(CUES, 77)
    old = tags(mine(AIGC="o"))
    for lines in ((line(TAGS, 5), cues), (cues, line(TAGS, 5))):
        place = 5 + 2 * LINE + len(SIGHT)
        done = film(seeks(cues, line(TAGS, place)), SIGHT, LABEL)
        assert write(film(seeks(*lines), SIGHT, old), NEW) == done
    short = el(SEEK, el(SEEK_ID, bytes.fromhex(TAGS)), el(SEEK_PLACE, b"\5"))  # fourteen bytes: no room for a new one
    assert len(short) == 14
    assert write(film(seeks(short, cues), SIGHT, old), NEW) == film(seeks(cues), void(14), SIGHT, LABEL)
    assert write(film(seeks(short, cues), void(7), SIGHT, old), NEW) == film(
        seeks(cues, line(TAGS, 5 + 2 * LINE + len(SIGHT))), SIGHT, LABEL
    )
    strange = el(SEEK, el(SEEK_ID, bytes.fromhex(CUES)), el(SEEK_PLACE, bytes.fromhex(TAGS)))
    assert write(film(seeks(strange), SIGHT), NEW) == film(seeks(strange), SIGHT, LABEL)
    other = el(SEEK, el(SEEK_ID, bytes.fromhex(TAGS) + b"~"), el(SEEK_PLACE, b"\5")), void(9), el("4dbc", short)
    assert write(film(seeks(*other), SIGHT), NEW) == film(seeks(*other), SIGHT, LABEL)


def test_a_checksum_of_the_seek_head_goes_and_one_byte_is_no_padding() -> None:
    cues = line(CUES, 77)
    assert write(film(seeks(el(CRC, b"1234"), cues), SIGHT), NEW) == film(seeks(cues), void(6), SIGHT, LABEL)
    assert write(film(seeks(cues, wide=2), SIGHT), NEW) == film(seeks(cues, wide=2), SIGHT, LABEL)
    assert write(film(seeks(cues, wide=3), SIGHT), NEW) == film(seeks(cues), void(2), SIGHT, LABEL)
    many = [line(CUES, number) for number in range(6)]
    assert write(film(seeks(*many), SIGHT), NEW) == film(seeks(*many), SIGHT, LABEL)
    # 126 bytes of lines in a head of one byte less than it had: 127 would need two bytes for its size
    assert write(film(seeks(*many, wide=3), SIGHT), NEW) == film(seeks(*many), void(2), SIGHT, LABEL)
    assert write(film(seeks(*many, wide=2), SIGHT), NEW) == film(seeks(*many, wide=2), SIGHT, LABEL)


def test_of_several_seek_heads_the_first_knows_the_tags() -> None:
    cues = line(CUES, 77)
    one, two = seeks(cues), seeks(line(TAGS, 5), cues)
    place = 5 + 2 * LINE + len(SIGHT) + len(two) + 40
    done = film(seeks(cues, line(TAGS, place)), SIGHT, seeks(cues), void(LINE), void(40), LABEL)
    assert write(film(one, void(LINE), SIGHT, two, void(40)), NEW) == done


def test_tags_in_the_padding_behind_the_seek_head_leave_it_its_own_room() -> None:
    cues, old = line(CUES, 77), tags(mine(AIGC="older"))
    place = 5 + 2 * LINE
    before = film(seeks(cues, line(TAGS, 999)), void(SIZE + 40), SIGHT, old, MORE)
    done = film(seeks(cues, line(TAGS, place)), LABEL, void(40), SIGHT, void(len(old)), MORE)
    assert write(before, NEW) == done
    none = film(seeks(cues), void(SIZE + 40), SIGHT, old, MORE)
    assert write(none, NEW) == film(seeks(cues), LABEL, void(40), SIGHT, void(len(old)), MORE)


def test_the_names_of_elements_are_these() -> None:
    names = ebml.SEGMENT, ebml.SEEK_HEAD, ebml.TAGS_ID, ebml.CLUSTER, ebml.VOID, ebml.CRC
    assert [f"{name:x}" for name in names] == [SEGMENT, SEEK_HEAD, TAGS, CLUSTER, VOID, CRC]
    names_2 = ebml.TAG, ebml.TARGETS, ebml.SIMPLE, ebml.NAME, ebml.STRING, ebml.BINARY, ebml.SEEK, ebml.SEEK_ID
    assert [f"{name:x}" for name in names_2] == [TAG, TARGETS, SIMPLE, NAME, STRING, BINARY, SEEK, SEEK_ID]
    others = {INFO, TRACKS, CUES, "1043a770", "1941a469"}
    assert {f"{name:x}" for name in ebml._LEVEL_1} == {SEEK_HEAD, TAGS, CLUSTER, *others}
