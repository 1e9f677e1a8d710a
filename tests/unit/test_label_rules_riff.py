"""Labels in WAV and AVI, byte for byte, each bound at its edge: what mutation testing showed.

One chunk is left, every other chunk stays in its place, and a chunk that is longer than its form is refused.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest
from tests.fakes.answers import Claiming, answer

from pingxing.label.containers import Contents
from pingxing.label.metadata import riff
from pingxing.label.metadata.merging import Label, beside, merged
from pingxing.label.metadata.riff import Chunk, chunks, read_avi, read_wav, write_avi, write_wav
from pingxing.label.xmp import Provenance

NEW = Label("N")
FULL = Label("N", Provenance("S", "2", "m", datetime(2026, 8, 2, 9, 30, tzinfo=UTC)))
FACTS = beside(None, FULL) or b""
OLD = merged(None, Label("O"))
BARE = beside(OLD, NEW) or b""


def chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def form(name: bytes, *parts: bytes, head: bytes = b"RIFF") -> bytes:
    body = name + b"".join(parts)
    return head + struct.pack("<I", len(body)) + body


def wav(*parts: bytes) -> bytes:
    return form(b"WAVE", *parts)


def avi(*parts: bytes) -> bytes:
    return form(b"AVI ", *parts)


def info(*parts: bytes) -> bytes:
    return chunk(b"LIST", b"INFO" + b"".join(parts))


def junk(size: int) -> bytes:
    """Padding of `size` bytes, its header counted."""
    return chunk(b"JUNK", bytes(size - 8))


FMT, DATA, ODD = chunk(b"fmt ", b"1234"), chunk(b"data", b"sound!"), chunk(b"note", b"abc")
MINE = chunk(b"AIGC", b"N")
ASKED = Label("NN")  # of even length


# --- chunks ------------------------------------------------------------------------------------------------


def test_chunks_end_on_even_places_and_never_behind_their_form() -> None:
    data = b"~~" + ODD + DATA
    assert list(chunks(data, 2, len(data))) == [Chunk(b"note", 2, 10, 3), Chunk(b"data", 14, 22, 6)]
    assert [c.end for c in chunks(data, 2, len(data))] == [14, 28]
    for end in range(2, len(data) + 1):
        found = answer(lambda end=end: len(list(chunks(data, 2, end))))
        if end < 10:
            assert found == 0
        elif end < 13:
            assert found == "file: truncated"
        elif end < 22:
            assert found == 1  # the padding byte may be missing, and seven bytes are no chunk
        else:
            assert found == (2 if end == 28 else "file: truncated")
    assert list(chunks(b"", 0, 0)) == []
    assert list(chunks(chunk(b"abcd", b""), 0, 8)) == [Chunk(b"abcd", 0, 8, 0)]


def test_chunks_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert riff._MAX_PARTS == 200_000
    monkeypatch.setattr(riff, "_MAX_PARTS", 3)
    assert answer(lambda: len(list(chunks(DATA * 3, 0, 42)))) == 3
    assert answer(lambda: len(list(chunks(DATA * 4, 0, 56)))) == "file: truncated"


# --- WAV ---------------------------------------------------------------------------------------------------


def test_a_form_says_how_long_it_is() -> None:
    whole = wav(FMT)
    for cut in range(len(whole)):
        for work in (read_wav, lambda data: write_wav(data, NEW), lambda data: write_avi(data, NEW)):
            assert answer(lambda work=work, cut=cut: work(whole[:cut])) == "file: truncated"
    empty = b"RIFF\4\0\0\0WAVE"
    assert read_wav(empty) == Contents("audio/wav", end=12)
    assert write_wav(empty, NEW) == wav(MINE)
    for work in (read_wav, lambda data: write_wav(data, NEW), lambda data: write_avi(data, NEW)):
        wide = form(b"WAVE", FMT, head=b"RF64")
        assert answer(lambda work=work, wide=wide: work(wide)) == "file: truncated"
    for work in (read_wav, lambda data: write_wav(data, NEW), lambda data: write_avi(data, NEW)):
        assert answer(lambda work=work: work(b"RIFF\3\0\0\0WAV")) == "file: truncated"
    assert answer(lambda: read_wav(whole[:4] + struct.pack("<I", 17) + whole[8:])) == "file: truncated"
    assert read_wav(whole[:4] + struct.pack("<I", 16) + whole[8:]).end == 24


def test_what_stands_in_a_wav_is_read() -> None:
    parts = (
        chunk(b"AIGC", b"a\0\0"),
        FMT,
        chunk(b"AIGC", b"\xffb\0c~"),
        chunk(b"_PMX", b"<x/>"),
        chunk(b"C2PA", b"store"),
        chunk(b"_PMX", b"y"),
        chunk(b"aigc", b"no"),
    )
    data = wav(*parts)
    wanted = Contents("audio/wav", xmp=[b"<x/>", b"y"], texts=["a", "\ufffdb\0c~"], c2pa=b"store", end=len(data))
    assert read_wav(data) == wanted
    assert read_wav(data + b"behind") == wanted
    odd = wav(FMT, chunk(b"AIGC", b"abc")[:-1])  # a form that ends on an odd place
    assert read_wav(odd).end == len(odd) + 1
    assert read_wav(odd + b"\0behind").end == len(odd) + 1


def test_what_is_read_of_a_chunk_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(riff, "MAX_PACKET", 4)
    parts = [chunk(b"AIGC", b"123"), chunk(b"AIGC", b"1234"), chunk(b"AIGC", b"12345")]
    described = [chunk(b"_PMX", b"1234"), chunk(b"_PMX", b"12345"), chunk(b"_PMX", b"123456")]
    found = read_wav(wav(*parts, *described, chunk(b"C2PA", b"123456")))
    assert (found.texts, found.xmp, found.c2pa) == (["123", "1234", "1234"], [b"1234", b"12345", b"12345"], b"123456")
    found = read_avi(avi(info(*parts), *described, chunk(b"C2PA", b"123456")))
    assert (found.texts, found.xmp, found.c2pa) == (["123", "1234", "1234"], [b"1234", b"12345", b"12345"], b"123456")


def test_the_label_of_a_wav_stands_behind_everything_else() -> None:
    old = chunk(b"AIGC", b"old")
    assert write_wav(wav(FMT, old, ODD, old, DATA), NEW) == wav(FMT, ODD, DATA, MINE)
    assert write_wav(wav(FMT), ASKED) == wav(FMT, chunk(b"AIGC", b"NN"))
    assert write_wav(wav(FMT), FULL) == wav(FMT, chunk(b"_PMX", FACTS), MINE)
    described = wav(chunk(b"_PMX", OLD), FMT, chunk(b"_PMX", OLD.replace(b"x:", b"y:").replace(b"xmlns:x", b"xmlns:y")))
    assert write_wav(described, NEW) == wav(FMT, chunk(b"_PMX", BARE), MINE)
    assert write_wav(described, FULL) == wav(FMT, chunk(b"_PMX", beside(OLD, FULL) or b""), MINE)
    assert answer(lambda: write_wav(wav(chunk(b"_PMX", b"none")), NEW)) == "label: metadata"


def test_what_stands_behind_a_wav_stays_there_and_a_missing_padding_byte_comes() -> None:
    assert write_wav(wav(FMT) + b"behind", NEW) == wav(FMT, MINE) + b"behind"
    odd = wav(FMT, ODD[:-1])
    assert write_wav(odd, NEW) == wav(FMT, ODD, MINE)
    assert write_wav(odd + b"\0behind", NEW) == wav(FMT, ODD, MINE) + b"behind"
    strange = wav(FMT, ODD[:-1] + b"~", DATA)  # padding that is no zero is somebody's
    assert write_wav(strange, NEW) == wav(FMT, ODD[:-1] + b"~", DATA, MINE)


def test_a_form_of_four_gigabytes_has_no_room() -> None:
    most = Claiming.of(b"WAVE", (1 << 32) - 1)
    assert riff._riff(most) == b"RIFF\xff\xff\xff\xffWAVE"
    assert answer(lambda: riff._riff(Claiming.of(b"WAVE", 1 << 32))) == "label: no_room"


# --- AVI ---------------------------------------------------------------------------------------------------


def header(wide: int, high: int, size: int = 56, kind: bytes = b"avih") -> bytes:
    body = (bytes(32) + struct.pack("<II", wide, high)).ljust(size, b"\0")[:size]
    return chunk(b"LIST", b"hdrl" + chunk(kind, body) + chunk(b"avih", b"\1" * 56))


def test_what_stands_in_an_avi_is_read() -> None:
    data = avi(
        header(640, 480),
        info(chunk(b"INAM", b"t"), chunk(b"AIGC", b"a\0")),
        chunk(b"LIST", b"movi" + chunk(b"AIGC", b"no")),
        chunk(b"JUNK", b"INFO" + chunk(b"AIGC", b"no")),
        chunk(b"AIGC", b"no"),
        chunk(b"_PMX", b"<x/>"),
        info(chunk(b"AIGC", b"b"), chunk(b"AIGC", b"c")),
        chunk(b"C2PA", b"store"),
        chunk(b"_PMX", b"y"),
    )
    wanted = Contents("video/x-msvideo", 640, 480, [b"<x/>", b"y"], [], ["a", "b", "c"], {}, b"store", False, len(data))
    assert read_avi(data) == wanted
    assert read_avi(data + b"RIFF") == wanted
    assert read_avi(data + b"RIFX\4\0\0\0AVIX") == wanted


def test_the_forms_that_follow_in_an_avi_are_read_too() -> None:
    first = avi(info(chunk(b"AIGC", b"a")))
    odd = form(b"AVIX", info(chunk(b"AIGC", b"b")), chunk(b"note", b"x")[:-1])
    last = form(b"AVIX", info(chunk(b"AIGC", b"c")))
    assert len(odd) % 2 == 1
    data = first + odd + b"\0" + last
    found = read_avi(data)
    assert (found.texts, found.end) == (["a", "b", "c"], len(data))
    assert (read_avi(data + b"~").texts, read_avi(data + b"~").end) == (["a", "b", "c"], len(data))
    assert read_avi(first + odd).end == len(first + odd)  # not behind the file
    assert read_avi(first + b"RIFF\4\0\0\0AVIX").end == len(first) + 12
    assert read_avi(first + b"RIFF\4\0\0\0AVI").end == len(first)
    assert answer(lambda: read_avi(first + last[:-1])) == "file: truncated"
    assert answer(lambda: read_avi(first + b"RIFF\5\0\0\0AVIX")) == "file: truncated"
    beyond = b"RIFF" + struct.pack("<I", 4 + len(DATA) - 1) + b"AVI " + DATA  # a chunk that is longer than its form
    assert answer(lambda: read_avi(beyond)) == "file: truncated"
    assert read_avi(b"").end == 0


@pytest.mark.parametrize(
    ("part", "size"),
    [
        (header(640, 480, 40), (640, 480)),
        (header(640, 480, 39), (0, 0)),
        (header(640, 480, 56, b"strh"), (0, 0)),
        (chunk(b"LIST", b"hdrl"), (0, 0)),
        (chunk(b"LIST", b"hdrm" + chunk(b"avih", b"\1" * 56)), (0, 0)),
        (chunk(b"LISS", b"hdrl" + chunk(b"avih", b"\1" * 56)), (0, 0)),
    ],
)
def test_the_size_of_an_avi_stands_in_its_first_header(part: bytes, size: tuple[int, int]) -> None:
    found = read_avi(avi(part, DATA * 8))
    assert (found.width, found.height) == size


def test_an_avi_without_padding_gets_its_label_behind_the_index() -> None:
    assert write_avi(avi(DATA, ODD), NEW) == avi(DATA, ODD, info(MINE))
    assert write_avi(avi(DATA) + b"rest", NEW) == avi(DATA, info(MINE)) + b"rest"
    assert write_avi(avi(DATA), FULL) == avi(DATA, info(MINE), chunk(b"_PMX", FACTS))
    assert write_avi(avi(DATA, ODD[:-1]), NEW) == avi(DATA, ODD, info(MINE))
    assert write_avi(avi(DATA, ODD[:-1]) + b"\0rest", NEW) == avi(DATA, ODD, info(MINE)) + b"rest"
    assert write_avi(avi(), NEW) == avi(info(MINE))
    assert write_avi(avi(DATA, junk(10)), NEW) == avi(DATA, info(MINE))  # padding behind the index goes
    assert write_avi(avi(junk(400)), NEW) == avi(info(MINE))


TITLE = chunk(b"INAM", b"t")


def test_what_an_avi_says_of_itself_stays_and_its_old_place_becomes_padding() -> None:
    old = info(TITLE, chunk(b"AIGC", b"older"), chunk(b"IART", b"me"))
    new = info(TITLE, chunk(b"IART", b"me"), MINE)
    assert len(old) - len(new) == 4
    data = avi(old, DATA)
    done = write_avi(data, NEW)
    assert done == avi(chunk(b"JUNK", bytes(len(old) - 8)), DATA, new)
    several = avi(info(TITLE), DATA, old, chunk(b"_PMX", OLD), ODD)
    gone = [chunk(b"JUNK", bytes(len(part) - 8)) for part in (info(TITLE), old, chunk(b"_PMX", OLD))]
    assert len(BARE) < len(OLD) - 8
    rest = len(chunk(b"_PMX", OLD)) + len(old)
    run = info(TITLE, TITLE, chunk(b"IART", b"me"), MINE)
    room = rest - len(run)
    second = chunk(b"_PMX", BARE)
    wanted = avi(gone[0], DATA, run, second, junk(room - len(second)), ODD)
    assert write_avi(several, NEW) == wanted
    assert answer(lambda: write_avi(avi(chunk(b"_PMX", b"none"), DATA), NEW)) == "label: metadata"


def test_only_lists_of_information_are_taken_for_them() -> None:
    others = (
        chunk(b"LIST", b"movi" + chunk(b"INAM", b"t") + chunk(b"AIGC", b"o")),
        chunk(b"LISX", b"INFO" + chunk(b"AIGC", b"o")),
        chunk(b"LIST", b"INFX" + chunk(b"AIGC", b"o")),
    )
    assert write_avi(avi(*others), NEW) == avi(*others, info(MINE))
    strange = b"RIFX" + form(b"AVIX", info(chunk(b"AIGC", b"o")))[4:]
    assert write_avi(avi(DATA) + strange, NEW) == avi(DATA, info(MINE)) + strange


def test_of_several_packets_of_an_avi_the_first_counts() -> None:
    other = OLD.replace(b"x:", b"yy:").replace(b"xmlns:x", b"xmlns:yy")
    assert len(other) > len(OLD)
    done = write_avi(avi(DATA, chunk(b"_PMX", OLD), DATA, chunk(b"_PMX", other), ODD), NEW)
    assert chunk(b"_PMX", BARE) in done
    assert done.count(b"_PMX") == done.count(b"<x:xmpmeta") == 1
    assert done.count(b"yy:xmpmeta") == 0


NEED = len(info(MINE))


@pytest.mark.parametrize(
    ("padding", "done"),
    [
        ([NEED], [info(MINE)]),
        ([NEED + 2], None),
        ([NEED + 4], None),
        ([NEED + 6], None),
        ([NEED + 8], [info(MINE), junk(8)]),
        ([NEED + 10], [info(MINE), junk(10)]),
        ([NEED - 2], None),
        ([NEED - 2, NEED], [junk(NEED - 2), info(MINE)]),
        ([8, NEED - 8], [info(MINE)]),
        ([10, NEED], [info(MINE), junk(10)]),
        ([8, 8, NEED - 8], [info(MINE), junk(8)]),
    ],
)
def test_the_label_takes_padding_that_it_fills_or_that_leaves_room_for_padding(
    padding: list[int], done: list[bytes] | None
) -> None:
    data = [ODD, *(junk(size) for size in padding), DATA]
    wanted = avi(*data, info(MINE)) if done is None else avi(ODD, *done, DATA)
    if padding == [NEED - 2, NEED]:  # the run of both is long enough, and holds it with padding behind
        wanted = avi(ODD, info(MINE), junk(NEED - 2), DATA)
    assert write_avi(avi(*data), NEW) == wanted


def test_padding_that_is_interrupted_is_no_run() -> None:
    data = avi(junk(NEED - 4), ODD, junk(NEED - 4), DATA)
    assert write_avi(data, NEW) == avi(junk(NEED - 4), ODD, junk(NEED - 4), DATA, info(MINE))
    data = avi(junk(NEED - 4), ODD, junk(NEED), DATA)
    assert write_avi(data, NEW) == avi(junk(NEED - 4), ODD, info(MINE), DATA)


def test_in_an_avi_of_several_forms_nothing_moves_or_nothing_is_written() -> None:
    more = form(b"AVIX", info(TITLE), DATA)
    assert write_avi(avi(junk(NEED), DATA) + more, NEW) == avi(info(MINE), DATA) + more
    assert write_avi(avi(DATA, junk(NEED)) + more, NEW) == avi(DATA, info(MINE)) + more
    assert write_avi(avi(DATA, junk(NEED + 12)) + more, NEW) == avi(DATA, info(MINE), junk(12)) + more
    assert answer(lambda: write_avi(avi(DATA) + more, NEW)) == "label: no_room"
    assert answer(lambda: write_avi(avi(junk(NEED), DATA) + more, FULL)) == "label: no_room"
    size = NEED + len(chunk(b"_PMX", FACTS))
    done = write_avi(avi(junk(size), DATA) + more, FULL)
    assert done == avi(info(MINE), chunk(b"_PMX", FACTS), DATA) + more


def test_a_label_in_a_later_form_of_an_avi_is_not_left_beside_a_new_one() -> None:
    for later in (info(chunk(b"AIGC", b"o")), DATA + info(TITLE, chunk(b"AIGC", b"o"))):
        more = form(b"AVIX", later)
        assert answer(lambda more=more: write_avi(avi(junk(NEED), DATA) + more, NEW)) == "label: metadata"
    for other in (
        chunk(b"LIST", b"movi" + chunk(b"AIGC", b"o")),
        chunk(b"JUNK", b"INFO" + chunk(b"AIGC", b"o")),
        info(chunk(b"aigc", b"o")),
    ):
        more = form(b"AVIX", other)
        assert write_avi(avi(junk(NEED), DATA) + more, NEW) == avi(info(MINE), DATA) + more
    beyond = form(b"AVIX", DATA) + info(chunk(b"AIGC", b"o"))  # behind the form's own end
    assert write_avi(avi(junk(NEED), DATA) + beyond, NEW) == avi(info(MINE), DATA) + beyond
    short = b"RIFF" + struct.pack("<I", 4 + len(info(TITLE)) - 1) + b"AVIX" + info(TITLE)  # longer than its form
    assert answer(lambda: write_avi(avi(junk(NEED), DATA) + short, NEW)) == "file: truncated"
    long = b"RIFF" + struct.pack("<I", 1 << 24 | 4) + b"AVIX" + info(chunk(b"AIGC", b"o"))  # it goes on behind the file
    assert answer(lambda: write_avi(avi(junk(NEED), DATA) + long, NEW)) == "label: metadata"
    cut = form(b"AVIX", info(chunk(b"AIGC", b"o")))[:-2]
    assert answer(lambda: write_avi(avi(junk(NEED), DATA) + cut, NEW)) == "file: truncated"
    assert write_avi(avi(junk(NEED), DATA) + b"RIFF", NEW) == avi(info(MINE), DATA) + b"RIFF"
