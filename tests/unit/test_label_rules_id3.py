"""Labels in MP3, byte for byte, each bound at its edge: what mutation testing showed.

One frame is left, every other frame of the tag stays as it is, and a tag that is longer than its file is refused.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.fakes.answers import answer

from pingxing.label.containers import Contents
from pingxing.label.metadata import id3
from pingxing.label.metadata.id3 import manifest, read, write
from pingxing.label.metadata.merging import Label, beside, merged
from pingxing.label.xmp import Provenance

NEW = Label("N")
FULL = Label("N", Provenance("S", "2", "m", datetime(2026, 8, 2, 9, 30, tzinfo=UTC)))
FACTS = beside(None, FULL) or b""
OLD = merged(None, Label("O"))
SOUND = b"\xff\xfbsound"
VERSIONS = [2, 3, 4]


def seven(size: int) -> bytes:
    return bytes([size // 128**3, size // 128**2 % 128, size // 128 % 128, size % 128])


def tag(version: int, *frames: bytes, flags: int = 0, footer: bytes = b"") -> bytes:
    body = b"".join(frames)
    return b"ID3" + bytes([version, 0, flags]) + seven(len(body)) + body + footer


def frame(version: int, name: str, body: bytes, flags: bytes = b"\0\0") -> bytes:
    if version == 2:
        return {"TXXX": b"TXX", "TIT2": b"TT2"}[name] + len(body).to_bytes(3, "big") + body
    size = seven(len(body)) if version == 4 else len(body).to_bytes(4, "big")
    return name.encode() + size + flags + body


def mine(version: int, text: str = "N") -> bytes:
    return frame(version, "TXXX", b"\0AIGC\0" + text.encode())


def title(version: int, size: int = 3) -> bytes:
    return frame(version, "TIT2", b"\0" + b"t" * (size - 1))


def texts(version: int, *bodies: bytes, flags: bytes = b"\0\0") -> list[str]:
    return read(tag(version, *(frame(version, "TXXX", body, flags) for body in bodies))).texts


# --- reading ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"\0AIGC\0a", ["a"]),
        (b"\0AIGC\0", [""]),
        (b"\0AIGC", [""]),
        (b"\0AIGC\0a\0\0", ["a"]),
        (b"\0AIGC\0\0a", ["a"]),
        (b"\0AIGC\0\xe9\0b", ["é\0b"]),
        (b"\1A\0I\0G\0C\0\0\0a\0", ["a"]),
        (b"\1\xff\xfeA\0I\0G\0C\0\0\0\xff\xfea\0\0\0", ["a"]),
        (b"\1\xfe\xff\0A\0I\0G\0C\0\0\xfe\xff\0a", ["a"]),
        (b"\2\0A\0I\0G\0C\0\0\0a", ["a"]),
        (b"\2\xfe\xff\0A\0I\0G\0C\0\0\xfe\xff\0a", ["a"]),
        (b"\2\0A\0I\0G\0C\0\0\1\0\0a", ["\u0100a"]),
        (b"\3AIGC\0\xe4\xba\xba\xff", ["人\ufffd"]),
        (b"\3\xef\xbb\xbfAIGC\0\xef\xbb\xbfa", ["a"]),
        (b"\0AIGC\0~a~", ["~a~"]),
        (b"\3\xffAIGC\0a", []),
        (b"\3AIGC\xff\0a", []),
        (b"\4AIGC\0\xe9", ["é"]),
        (b"\xffAIGC\0\xe9", ["é"]),
        (b"", []),
        (b"\0", []),
        (b"\0aigc\0a", []),
        (b"\0AIGC~\0a", []),
        (b"\0~AIGC\0a", []),
        (b"AIGC\0a", []),
        (b"\1AIGC\0\0\0a", []),
    ],
)
def test_a_text_is_a_record_by_its_description(version: int, body: bytes, found: list[str]) -> None:
    assert texts(version, body) == found
    assert read(tag(version, frame(version, "TIT2", body))).texts == []


def test_only_texts_of_ones_own_are_records() -> None:
    for version in (3, 4):
        assert read(tag(version, frame(version, "TXXY", b"\0AIGC\0a"))).texts == []
        assert read(tag(version, frame(version, "WXXX", b"\0AIGC\0a"))).texts == []
    assert texts(3, b"\0AIGC\0a", b"\0B\0c", b"\0AIGC\0d") == ["a", "d"]


def test_a_frame_of_2_4_may_say_its_length_again_and_hide_its_ff() -> None:
    assert texts(4, b"\0\0\0\x09\0AIGC\0a", flags=b"\0\1") == ["a"]
    assert texts(4, b"\0\0\0\x09\0AIGC\0a\xff\0b", flags=b"\0\1") == ["aÿ\0b"]
    assert texts(4, b"\0AIGC\0\xff\0b", flags=b"\0\2") == ["ÿb"]
    assert texts(4, b"\0\0\0\x09\0AIGC\0\xff\0b", flags=b"\0\3") == ["ÿb"]
    assert texts(4, b"\0AIGC\0\xff\0b", flags=b"\1\0") == ["ÿ\0b"]
    assert texts(4, b"\0AIGC\0a\xff\0b", flags=b"\3\xfc") == ["aÿ\0b"]
    assert texts(3, b"\0AIGC\0a\xff\0b", flags=b"\0\3") == ["aÿ\0b"]
    assert texts(2, b"\0AIGC\0a\xff\0b") == ["aÿ\0b"]


def test_a_tag_before_2_4_may_hide_every_ff() -> None:
    for version in (2, 3):
        whole = tag(version, frame(version, "TXXX", b"\0AIGC\0\xffb").replace(b"\xff", b"\xff\0"), flags=0x80)
        assert read(whole).texts == ["ÿb"]
        bare = tag(version, frame(version, "TXXX", b"\0AIGC\0\xff\0b"), flags=0x11)
        assert read(bare).texts == ["ÿ\0b"]
    assert read(tag(4, frame(4, "TXXX", b"\0AIGC\0\xff\0b"), flags=0x80)).texts == ["ÿ\0b"]


def test_an_extended_header_is_passed_over() -> None:
    assert read(tag(3, b"\0\0\0\6abcdef", mine(3), flags=0x40)).texts == ["N"]
    assert read(tag(4, b"\0\0\0\6ab", mine(4), flags=0x40)).texts == ["N"]
    assert read(tag(4, b"\0\0\1\0" + bytes(124), mine(4), flags=0x40)).texts == ["N"]
    assert read(tag(3, b"\0\0\1\0" + bytes(256), mine(3), flags=0x40)).texts == ["N"]
    assert read(tag(3, b"\0\0\0\0", mine(3), flags=0x40)).texts == ["N"]
    for version in VERSIONS:
        for flags in (0x20, 0x01, 0x2F):
            assert read(tag(version, mine(version), flags=flags)).texts == ["N"]
        assert read(tag(version, b"\0\0\1", flags=0x40)).texts == []
    assert read(tag(2, mine(2), flags=0x40)).texts == ["N"]
    assert write(tag(3, b"\0\0\0\0", flags=0x40) + SOUND, NEW) == tag(3, mine(3)) + SOUND


def test_the_size_of_a_tag_is_of_seven_bits_a_byte() -> None:
    assert [id3._synchsafe(bytes(4 * [0x80])), id3._synchsafe(bytes(4 * [0xFF]))] == [0, (1 << 28) - 1]
    for size in (1, 127, 128, 1 << 14, 1 << 21, (1 << 28) - 1, 0x0A1B2C3):
        assert id3._seven(size) == seven(size)
        assert id3._synchsafe(seven(size)) == size
    for place in range(4):
        said = bytes(0x41 if i == place else 0 for i in range(4))
        assert id3._synchsafe(said) == 0x41 * 128 ** (3 - place)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_tag_ends_where_it_says_or_it_is_truncated(version: int) -> None:
    whole = tag(version, title(version, 200), mine(version))
    for cut in range(len(whole)):
        found = answer(lambda cut=cut: read(whole[:cut]))
        assert found == (Contents("audio/mpeg", end=cut) if cut < 10 else "file: truncated")
    assert read(whole) == Contents("audio/mpeg", end=len(whole), texts=["N"])
    assert read(b"ID4" + whole[3:]).texts == []
    # a frame that goes on behind its tag
    frames = whole[10:]
    first = len(title(version, 200))
    least = 6 if version == 2 else 10
    for cut in range(len(frames)):
        found = answer(lambda cut=cut: read(tag(version, frames[:cut]) + b"~" * 300).texts)
        start = 0 if cut < first else first
        assert found == ([] if cut - start < least else "file: truncated")


def test_a_footer_belongs_to_a_tag_of_2_4_only() -> None:
    second = tag(4, mine(4, "b"))
    footed = tag(4, mine(4, "a"), flags=0x10, footer=b"3DI\4\0\x10\0\0\0\0")
    assert read(footed + second).texts == ["a", "b"]
    assert answer(lambda: read(footed[:-1])) == "file: truncated"
    assert read(tag(3, mine(3, "a"), flags=0x10) + second).texts == ["a", "b"]
    assert read(tag(4, mine(4, "a"), flags=0x20) + second).texts == ["a", "b"]
    assert write(footed + SOUND, NEW) == tag(4, mine(4)) + SOUND


def test_a_frame_of_2_2_has_a_size_of_three_bytes() -> None:
    assert read(tag(2, title(2, 65_536), title(2, 256), mine(2))).texts == ["N"]


def test_padding_ends_the_frames() -> None:
    for version in VERSIONS:
        assert read(tag(version, mine(version, "a"), bytes(20), mine(version, "b"))).texts == ["a"]
        assert read(tag(version, mine(version, "a"), b"A")).texts == ["a"]


def test_frames_and_tags_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (id3._MAX_FRAMES, id3._MAX_TAGS, id3._ROOM) == (10_000, 8, 1 << 28)
    monkeypatch.setattr(id3, "_MAX_FRAMES", 3)
    assert answer(lambda: read(tag(3, mine(3), mine(3))).texts) == ["N", "N"]
    assert answer(lambda: read(tag(3, mine(3), mine(3), mine(3))).texts) == "file: bomb"
    monkeypatch.setattr(id3, "_MAX_FRAMES", 9)
    monkeypatch.setattr(id3, "_MAX_TAGS", 2)
    assert read(tag(3, mine(3)) * 3).texts == ["N", "N"]
    assert read(tag(3, mine(3)) + b"~" + tag(3, mine(3))).texts == ["N"]


STORE = b"\0application/c2pa\0x\0y\0store"
OTHER_STORE = b"\0application/x-c2pa-manifest-store\0\0\0store"


@pytest.mark.parametrize("version", [3, 4])
def test_packets_and_manifests_are_found(version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def private(body: bytes, flags: bytes = b"\0\0", name: str = "PRIV") -> bytes:
        return frame(version, name, body, flags)

    data = tag(
        version, private(b"XMP\0abcdef"), private(b"XMP~abc"), private(b"XMP\0gh"), private(b"XMP\0i", name="PRIX")
    )
    assert read(data) == Contents("audio/mpeg", xmp=[b"abcdef", b"gh"], end=len(data))
    monkeypatch.setattr(id3, "MAX_PACKET", 4)
    assert read(data).xmp == [b"abcde", b"gh"]
    wrapped = tag(version, private(b"\0\0\0\6XMP\0a\xff\0b", b"\0\3"))
    assert read(wrapped).xmp == ([b"a\xffb"] if version == 4 else [])
    for store in (STORE, OTHER_STORE):
        data = tag(version, mine(version), frame(version, "GEOB", store))
        assert (read(data).c2pa, manifest(data + SOUND)) == (store, store)
        longer = tag(version, frame(version, "GEOB", b"\0\0\0\6" + store, b"\0\1"))
        assert manifest(longer) == (store if version == 4 else None)
        for other in (frame(version, "GEOX", store), frame(version, "GEOB", b"\0" + store)):
            assert (read(tag(version, other)).c2pa, manifest(tag(version, other))) == (None, None)
    two = tag(version, frame(version, "GEOB", b"\0text/plain\0"), frame(version, "GEOB", STORE))
    assert manifest(two + SOUND) == STORE
    assert manifest(tag(version)) is None
    assert manifest(SOUND) is None
    assert manifest(b"~" + two) is None


# --- writing ---------------------------------------------------------------------------------------------


def test_sound_without_a_tag_gets_one_of_2_3() -> None:
    assert id3._Tag(3, 0, b"", 0) == id3._NONE
    assert write(SOUND, NEW) == tag(3, mine(3)) + SOUND
    assert write(SOUND, FULL) == tag(3, mine(3), frame(3, "PRIV", b"XMP\0" + FACTS)) + SOUND
    assert write(b"", NEW) == tag(3, mine(3))
    assert write(SOUND, Label("x" * 300)) == tag(3, mine(3, "x" * 300)) + SOUND


@pytest.mark.parametrize("version", [3, 4])
def test_frames_stay_as_they_are_and_the_label_comes_behind_them(version: int) -> None:
    old = frame(version, "TXXX", b"\3AIGC\0old", b"\x40\0")
    others = title(version, 200), frame(version, "TXXX", b"\0Other\0AIGC", b"\x80\0"), frame(version, "PRIV", b"o\0x")
    data = tag(version, others[0], old, others[1], others[2], old, bytes(50)) + SOUND
    assert write(data, NEW) == tag(version, *others, mine(version)) + SOUND
    facts = frame(version, "PRIV", b"XMP\0" + FACTS)
    assert write(data, FULL) == tag(version, *others, mine(version), facts) + SOUND
    assert (
        write(write(data, FULL), FULL)
        == tag(version, *others, mine(version), frame(version, "PRIV", b"XMP\0" + (beside(FACTS, FULL) or b""))) + SOUND
    )


@pytest.mark.parametrize("version", [3, 4])
def test_the_packet_of_a_sound_loses_its_record(version: int) -> None:
    bare = frame(version, "PRIV", b"XMP\0" + (beside(OLD, NEW) or b""))
    described = frame(version, "PRIV", b"XMP\0" + OLD)
    assert write(tag(version, described, title(version)), NEW) == tag(version, title(version), mine(version), bare)
    # a second packet is kept whole, and reading back sees what it says
    second = frame(version, "PRIV", b"XMP\0more")
    done = write(tag(version, described, second), NEW)
    assert done == tag(version, second, mine(version), bare)
    bad = tag(version, frame(version, "PRIV", b"XMP\0none"))
    assert answer(lambda: write(bad, NEW)) == "label: metadata"


def test_a_wrapped_packet_of_2_4_loses_its_record_too() -> None:
    bare = frame(4, "PRIV", b"XMP\0" + (beside(OLD, NEW) or b""))
    wrapped = frame(4, "PRIV", seven(len(OLD) + 4) + b"XMP\0" + OLD, b"\0\1")
    assert write(tag(4, wrapped), NEW) == tag(4, mine(4), bare)


def test_what_a_tag_says_of_itself_stays_as_far_as_it_stays_true() -> None:
    for flags in range(256):
        three = tag(3, b"\0\0\0\0" if flags & 0x40 else b"", title(3), flags=flags)
        assert write(three + SOUND, NEW) == tag(3, title(3), mine(3), flags=flags & 0x20) + SOUND
        head = b"\0\0\0\4" if flags & 0x40 else b""
        four = tag(4, head, title(4), flags=flags, footer=b"~" * 10 if flags & 0x10 else b"")
        assert write(four + SOUND, NEW) == tag(4, title(4), mine(4), flags=flags & 0xA0) + SOUND
    hidden = tag(3, frame(3, "TIT2", b"\0\xffb").replace(b"\xff", b"\xff\0"), flags=0x80)
    assert write(hidden, NEW) == tag(3, frame(3, "TIT2", b"\0\xffb"), mine(3))


def test_old_and_several_tags_get_no_label() -> None:
    for version in (0, 1, 2, 5, 255):
        assert answer(lambda version=version: write(tag(version) + SOUND, NEW)) == "label: container"
    for more in (tag(3), b"ID3"):
        assert answer(lambda more=more: write(tag(3, title(3)) + more, NEW)) == "label: container"
    assert write(tag(3, title(3)) + b"~ID3", NEW) == tag(3, title(3), mine(3)) + b"~ID3"
    assert write(b"~" + tag(3), NEW) == tag(3, mine(3)) + b"~" + tag(3)


def test_a_tag_has_a_longest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(title(3)) + len(mine(3))
    monkeypatch.setattr(id3, "_ROOM", size + 1)
    assert answer(lambda: write(tag(3, title(3)), NEW)) == tag(3, title(3), mine(3))
    monkeypatch.setattr(id3, "_ROOM", size)
    assert answer(lambda: write(tag(3, title(3)), NEW)) == "label: no_room"
