"""Labels in FLV, byte for byte, each bound at its edge: what mutation testing showed.

The key stands once, in the first script; every other tag stays, and what says it is longer than the file is refused.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest
from tests.fakes.answers import Claiming, answer

from pingxing.label.containers import Contents
from pingxing.label.metadata import flv
from pingxing.label.metadata.merging import Label
from pingxing.label.xmp import Provenance

HEAD = b"FLV\1\5\0\0\0\x09\0\0\0\0"
NEW = Label("N")
FULL = Label("N", Provenance("S", "2", "m", datetime(2026, 8, 2, 9, 30, tzinfo=UTC)))
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
META = b"\2\0\x0aonMetaData"


def tag(kind: int, body: bytes, times: bytes = b"\1\2\3\4\5\6\7") -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + times + body + (len(body) + 11).to_bytes(4, "big")


def name(text: str) -> bytes:
    return struct.pack(">H", len(text)) + text.encode()


def text(key: str, value: str) -> bytes:
    return name(key) + b"\2" + name(value)


def long(key: str, value: str) -> bytes:
    return name(key) + b"\x0c" + struct.pack(">I", len(value)) + value.encode()


def array(*pairs: bytes, count: int | None = None) -> bytes:
    return META + b"\x08" + struct.pack(">I", len(pairs) if count is None else count) + b"".join(pairs) + b"\0\0\x09"


def plain(*pairs: bytes) -> bytes:
    return META + b"\x03" + b"".join(pairs) + b"\0\0\x09"


SOUND, SIGHT = tag(8, b"sound"), tag(9, b"")
MINE = text("AIGC", "N")
ALL_MINE = MINE + text("DIGITALSOURCETYPE", SOURCE) + text("AISYSTEMUSED", "S") + text("AISYSTEMVERSIONUSED", "2")
TIME = text("CREATEDATE", "2026-08-02T09:30:00Z")


# --- reading --------------------------------------------------------------------------------------------


def test_records_and_facts_stand_in_the_script() -> None:
    pairs = (
        text("AIGC", "a"),
        long("AIGC", "b"),
        text("AISYSTEMUSED", "s"),
        long("CREATEDATE", "t"),
        text("aigc", "x"),
        text("AISystemUsed", "x"),
        name("AIGC") + b"\5",
        name("AISYSTEMVERSIONUSED") + b"\0" + bytes(8),
    )
    for body in (array(*pairs), plain(*pairs), array(*pairs, count=0)):
        data = HEAD + SOUND + tag(18, body) + SIGHT
        wanted = Contents("video/x-flv", end=len(data), texts=["a", "b"], facts={"system": "s", "created": "t"})
        assert flv.read(data) == wanted
        assert flv.read(HEAD + tag(18 | 0xE0, body)).texts == ["a", "b"]  # the upper bits are flags
    twice = HEAD + tag(18, array(text("AIGC", "a"))) + tag(18, array(text("AIGC", "c")))
    assert flv.read(twice).texts == ["a", "c"]
    odd = HEAD + tag(18, array(name("AIGC") + b"\2\0\2\xffa", b"\0\3A\xffC\2\0\1x"))
    assert (flv.read(odd).texts, flv.read(odd).facts) == (["\ufffda"], {})


@pytest.mark.parametrize(
    "other",
    [
        tag(17, array(MINE)),
        tag(19, array(MINE)),
        tag(18, b"\2\0\x0aonMetaDatA" + array(MINE)[13:]),
        tag(18, META),
        tag(18, META + b"\x0a" + array(MINE)[14:]),
        tag(18, META + b"\2" + array(MINE)[14:]),
        tag(18, META + b"\4" + array(MINE)[14:]),
        tag(18, META + b"\7" + array(MINE)[14:]),
        tag(18, META + b"\x09" + array(MINE)[14:]),
        tag(18, b""),
    ],
)
def test_what_is_no_script_of_this_kind_says_nothing(other: bytes) -> None:
    assert flv.read(HEAD + other) == Contents("video/x-flv", end=13 + len(other))
    done = flv.write(HEAD + other, NEW)
    assert done == HEAD + tag(18, array(MINE), bytes(7)) + other


def test_a_script_that_ends_with_its_name_reads_no_byte_behind_itself() -> None:
    data = HEAD + b"\x12" + b"\0\0\x0d" + bytes(7) + META + b"\x03\0\0\x09"  # its size, read as an object
    assert flv.read(data).texts == []
    assert answer(lambda: flv.write(data, NEW)) == HEAD + tag(18, array(MINE), bytes(7)) + data[13:]


SIZES = {0: 8, 1: 1, 5: 0, 6: 0, 7: 2, 11: 10, 13: 0}


@pytest.mark.parametrize("kind", range(20))
@pytest.mark.parametrize("shape", [array, plain])
def test_each_type_of_value_has_its_size(kind: int, shape: object) -> None:
    made = array if shape is array else plain
    value = {
        2: b"\0\3abc",
        3: text("a", "b") + name("") + b"\5" + b"\0\0\x09",
        8: b"\0\0\0\7" + text("a", "b") + name("o") + b"\3\0\0\x09" + b"\0\0\x09",
        10: b"\0\0\0\3" + b"\5" + b"\2\0\1a" + b"\x0a\0\0\0\1\6",
        12: b"\0\0\0\3abc",
    }.get(kind, bytes(SIZES.get(kind, 0)))
    body = made(name("v") + bytes([kind]) + value, MINE)
    found = answer(lambda: flv.read(HEAD + tag(18, body)).texts)
    known = kind in SIZES or kind in (2, 3, 8, 10, 12)
    assert found == (["N"] if known else "file: damaged")
    if not known:
        assert answer(lambda: flv.write(HEAD + tag(18, body), NEW)) == "file: damaged"
    for cut in range(len(body)):
        short = answer(lambda cut=cut: flv.read(HEAD + tag(18, body[:cut])).texts)
        assert short in (
            ([],) if cut <= 13 else ("file: truncated",) if known else ("file: truncated", "file: damaged")
        )
        if cut > 13:
            # what stands behind the tag is not its own
            assert flv_of(body, cut) == short


def flv_of(body: bytes, cut: int) -> object:
    """The tag says that it ends at `cut`, and its body goes on behind."""
    data = HEAD + b"\x12" + cut.to_bytes(3, "big") + bytes(7) + body + bytes(20)
    return answer(lambda: flv.read(data).texts)


def test_values_and_depth_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    nested = name("x") + b"\3" * 1 + text("a", "b") + b"\0\0\x09"
    data = HEAD + tag(18, array(nested, name("y") + b"\x0a\0\0\0\2\5\5"))  # six values in all
    for limit, good in ((5, True), (4, False)):
        monkeypatch.setattr(flv, "_MAX_VALUES", limit)
        assert answer(lambda: flv.read(data).texts) == ([] if good else "file: bomb")
    monkeypatch.setattr(flv, "_MAX_VALUES", 500_000)
    # depths 0, 1 and 2 in three ways
    for inner in (
        b"\3" + name("x") + b"\3" + name("y") + b"\5" + b"\0\0\x09" * 2,
        b"\x08\0\0\0\0" + name("x") + b"\x08\0\0\0\0" + name("y") + b"\5" + b"\0\0\x09" * 2,
        b"\x0a\0\0\0\1\x0a\0\0\0\1\5",
    ):
        deep = HEAD + tag(18, plain(name("v") + inner))
        for limit, good in ((2, True), (1, False)):
            monkeypatch.setattr(flv, "_MAX_DEPTH", limit)
            assert answer(lambda deep=deep: flv.read(deep).texts) == ([] if good else "file: bomb")


def test_tags_have_a_limit_and_the_bounds_are_these(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (flv._MAX_TAGS, flv._MAX_VALUES, flv._MAX_DEPTH) == (1_000_000, 500_000, 16)
    data = HEAD + SIGHT * 2
    monkeypatch.setattr(flv, "_MAX_TAGS", 3)
    assert answer(lambda: flv.read(data).texts) == []
    monkeypatch.setattr(flv, "_MAX_TAGS", 2)
    assert answer(lambda: flv.read(data).texts) == "file: bomb"


def test_a_film_is_cut_between_its_tags_or_it_is_truncated() -> None:
    data = HEAD + SOUND + tag(18, array(MINE)) + SIGHT
    edges = [13, 13 + len(SOUND), len(data) - len(SIGHT), len(data)]
    for cut in range(len(data) + 1):
        found = answer(lambda cut=cut: flv.read(data[:cut]))
        if cut < 13:
            assert found == "file: truncated"
            continue
        last = max(edge for edge in edges if edge <= cut)
        whole = cut - last < 11
        texts = ["N"] if last >= edges[2] else []
        assert found == (Contents("video/x-flv", end=cut, texts=texts) if whole else "file: truncated")


def test_the_header_says_where_the_first_tag_stands() -> None:
    longer = HEAD[:8] + b"\x0b" + b"~~" + HEAD[9:] + tag(18, array(MINE))
    assert flv.read(longer).texts == ["N"]
    wide = HEAD[:5] + b"\0\0\1\0" + bytes(247 + 4) + tag(18, array(MINE))
    assert flv.read(wide).texts == ["N"]
    for short in (0, 8):
        assert answer(lambda short=short: flv.read(HEAD[:8] + bytes([short]) + HEAD[9:] + SIGHT)) == "file: damaged"
    large = HEAD + tag(9, bytes(65_537)) + tag(18, array(MINE))
    assert flv.read(large).texts == ["N"]
    far = HEAD[:5] + b"\1\0\0\0" + HEAD[9:]
    assert flv.read(far + SIGHT).texts == []
    assert answer(lambda: flv.write(far + SIGHT, NEW)) == "file: truncated"


# --- writing ---------------------------------------------------------------------------------------------


def test_a_film_without_a_script_gets_one_in_front() -> None:
    assert flv.write(HEAD + SOUND + SIGHT, NEW) == HEAD + tag(18, array(MINE), bytes(7)) + SOUND + SIGHT
    done = flv.write(HEAD + SOUND + b"rest", FULL)
    assert done == HEAD + tag(18, array(ALL_MINE, TIME, count=5), bytes(7)) + SOUND + b"rest"
    longer = HEAD[:8] + b"\x0b" + b"~~" + HEAD[9:]
    assert flv.write(longer + SOUND, NEW) == longer + tag(18, array(MINE), bytes(7)) + SOUND
    assert answer(lambda: flv.write(HEAD, NEW)) == "file: truncated"
    assert answer(lambda: flv.write(HEAD + bytes(10), NEW)) == "file: truncated"


OTHERS = text("title", "t"), name("duration") + b"\0" + bytes(8)


@pytest.mark.parametrize("old", [(), (text("AIGC", "o"),), (long("AIGC", "o"), name("AIGC") + b"\5")])
def test_a_script_that_is_there_keeps_what_it_says(old: tuple[bytes, ...]) -> None:
    after = SOUND + SIGHT
    done = flv.write(HEAD + tag(18, array(OTHERS[0], *old, OTHERS[1], count=9)) + after, NEW)
    assert done == HEAD + tag(18, array(*OTHERS, MINE)) + after
    done = flv.write(HEAD + SOUND + tag(18, plain(*old, *OTHERS) + b"more", b"\7\6\5\4\3\2\1") + after + b"end", NEW)
    assert done == HEAD + SOUND + tag(18, plain(*OTHERS, MINE) + b"more", b"\7\6\5\4\3\2\1") + after + b"end"


def test_a_pair_without_a_name_goes() -> None:
    unnamed = name("") + b"\2" + name("v")
    assert flv.write(HEAD + tag(18, array(unnamed, OTHERS[0])), NEW) == HEAD + tag(18, array(OTHERS[0], MINE))


def test_of_several_scripts_the_first_is_labelled_and_the_others_lose_theirs() -> None:
    data = HEAD + tag(18, array(OTHERS[0])) + SOUND + tag(18, array(text("AIGC", "o"), OTHERS[1])) + SIGHT
    data += tag(18, plain(text("AIGC", "o")))
    wanted = HEAD + tag(18, array(OTHERS[0], MINE)) + SOUND + tag(18, array(OTHERS[1])) + SIGHT + tag(18, plain())
    assert flv.write(data, NEW) == wanted


def test_what_a_film_says_of_its_making_is_replaced_and_its_date_stays() -> None:
    old = (text("AISYSTEMUSED", "o"), text("AISYSTEMVERSIONUSED", "o"), text("DIGITALSOURCETYPE", "o"), OTHERS[0])
    assert flv.write(HEAD + tag(18, array(*old)), FULL) == HEAD + tag(18, array(OTHERS[0], ALL_MINE, TIME, count=6))
    assert flv.write(HEAD + tag(18, array(*old)), NEW) == HEAD + tag(18, array(*old, MINE))
    dated = text("CREATEDATE", "o")
    done = flv.write(HEAD + tag(18, array(dated, *old)), FULL)
    assert done == HEAD + tag(18, array(dated, OTHERS[0], ALL_MINE, count=6))
    empty = name("CREATEDATE") + b"\5"  # a date that says nothing goes
    done = flv.write(HEAD + tag(18, array(empty, OTHERS[0])), FULL)
    assert done == HEAD + tag(18, array(OTHERS[0], ALL_MINE, TIME, count=6))


def test_tables_for_seeking_would_have_to_move() -> None:
    seek = name("keyframes") + b"\3\0\0\x09"
    assert answer(lambda: flv.write(HEAD + tag(18, array(OTHERS[0], seek)), NEW)) == "label: metadata"
    other = name("keyframe") + b"\3\0\0\x09"
    assert flv.write(HEAD + tag(18, array(other)), NEW) == HEAD + tag(18, array(other, MINE))
    assert flv.read(HEAD + tag(18, array(MINE, seek))).texts == ["N"]


def test_a_name_and_a_script_have_a_longest_size() -> None:
    longest = "x" * 65_535
    assert flv.write(HEAD + SIGHT, Label(longest)) == HEAD + tag(18, array(text("AIGC", longest)), bytes(7)) + SIGHT
    assert answer(lambda: flv.write(HEAD + SIGHT, Label(longest + "x"))) == "label: no_room"
    body = Claiming.of(b"body", (1 << 24) - 1)
    assert flv._script(18, b"abcdefg", body) == b"\x12\xff\xff\xffabcdefgbody" + b"\1\0\0\x0a"
    assert answer(lambda: flv._script(18, b"abcdefg", Claiming.of(b"body", 1 << 24))) == "label: no_room"
