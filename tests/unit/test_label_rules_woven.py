"""The watermark's words and what is believed of them, step by step: what mutation testing showed others let pass.

A mark that is wrongly found calls a photo generated; one that is overlooked leaves nothing once the rest is stripped.
Codes are computed here once more, by other means; numbers are written out on purpose.
"""

from __future__ import annotations

import binascii
import hashlib
import math
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pingxing.label.watermark import code, film
from pingxing.label.watermark.code import Message, decode, encode, pack, unpack
from pingxing.label.watermark.film import Cuts, Weaver, seek
from pingxing.label.watermark.pattern import Key, lattice, modulate
from pingxing.label.watermark.sync import Lock, Pose

# the package exports a function of this name
detecting: Any = import_module("pingxing.label.watermark.detect")
KEY, OTHER = Key(7, b"a secret of the tests"), Key(8, b"another secret of ours")
MESSAGE = Message(7, 0xC0FFEE1234)

# --- the words ------------------------------------------------------------------------------------


def test_a_mark_says_forty_eight_bits_and_their_checksum() -> None:
    assert (code.KEY_BITS, code.TAG_BITS, code.CRC_BITS, code.WORD_BITS) == (8, 40, 16, 64)
    assert (code.RATE, code.CODED_BITS, code._MEMORY, code._STATES, code._WRAPS) == (4, 256, 10, 1024, 3)
    assert code._GENERATORS == (0o2327, 0o2353, 0o2671, 0o3175)


@pytest.mark.parametrize(("key_id", "tag"), [(0, 0), (255, 2**40 - 1)])
def test_the_smallest_and_the_largest_message(key_id: int, tag: int) -> None:
    assert unpack(pack(Message(key_id, tag))) == Message(key_id, tag)


@pytest.mark.parametrize(("key_id", "tag"), [(-1, 0), (256, 0), (0, -1), (0, 2**40)])
def test_no_message_is_smaller_or_larger(key_id: int, tag: int) -> None:
    with pytest.raises(ValueError, match="within 0"):
        Message(key_id, tag)


def words(count: int = 6) -> list[Message]:
    chance = np.random.default_rng(11)
    return [MESSAGE, *(Message(int(chance.integers(256)), int(chance.integers(2**40))) for _ in range(count))]


def by_hand(message: Message) -> list[int]:
    """Key, tag and CRC-16/CCITT-FALSE (the library's function), most significant bit first."""
    body = message.key_id.to_bytes(1, "big") + message.tag.to_bytes(5, "big")
    whole = body + binascii.crc_hqx(body, 0xFFFF).to_bytes(2, "big")
    return [int(bit) for byte in whole for bit in f"{byte:08b}"]


@pytest.mark.parametrize("message", words(), ids=str)
def test_a_message_is_packed_and_unpacked_as_written(message: Message) -> None:
    bits = by_hand(message)
    assert pack(message).tolist() == bits
    assert unpack(np.array(bits, np.uint8)) == message
    for place in range(64):
        wrong = np.array(bits, np.uint8)
        wrong[place] ^= 1
        assert unpack(wrong) is None


def encoded(bits: Sequence[int]) -> list[int]:
    """Each bit with the ten before it, round the circle, over the four generators."""
    out = []
    for at in range(len(bits)):
        register = 0
        for back in range(10, -1, -1):
            register = register << 1 | bits[at - back]
        out += [bin(register & generator).count("1") % 2 for generator in (0o2327, 0o2353, 0o2671, 0o3175)]
    return out


@pytest.mark.parametrize("message", words(), ids=str)
def test_a_word_is_encoded_round_the_circle_and_decoded(message: Message) -> None:
    bits = by_hand(message)
    coded = encode(np.array(bits, np.uint8))
    assert coded.tolist() == encoded(bits)
    assert decode(1 - 2 * coded.astype(np.float32)).tolist() == bits
    assert decode(3 - 6 * coded.astype(np.float32)).tolist() == bits


def test_what_is_decoded_from_much_noise_does_not_change() -> None:
    """Whole numbers, so that every processor adds them alike; more than half of the words are beyond repair."""
    chance = np.random.default_rng(5)
    answers = bytearray()
    right = 0
    for message in words(23):
        soft = 4 - 8 * encode(pack(message)).astype(np.int64) + chance.integers(-10, 11, 256)
        bits = decode(soft.astype(np.float32))
        answers += bits.tobytes()
        right += unpack(bits) == message
    assert (right, hashlib.sha256(answers).hexdigest()[:16]) == (10, "fd9313b2c8337a9d")


@pytest.mark.parametrize("shape", [(255,), (257,), (64, 4)])
def test_only_two_hundred_and_fifty_six_values_are_a_word(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="256"):
        decode(np.zeros(shape, np.float32))


def test_the_trellis_is_that_of_the_generators() -> None:
    before, outputs, signs = code._trellis()
    for state in (0, 1, 2, 5, 511, 512, 513, 1022, 1023):
        assert before[:, state].tolist() == [state >> 1, state // 2 + 512]
        for bit in (0, 1):
            register = state * 2 + bit
            wanted = [bin(register & generator).count("1") % 2 for generator in code._GENERATORS]
            assert outputs[state, bit].tolist() == wanted
        for way in (0, 1):
            entering = outputs[before[way, state], state % 2].astype(int)
            assert signs[:, way * 1024 + state].tolist() == [1.0 - 2.0 * bit for bit in entering]
    values = np.arange(2048)
    assert code._parity(values).tolist() == [bin(value).count("1") % 2 for value in range(2048)]


# --- where a mark is looked for ---------------------------------------------------------------------


def test_the_bounds_of_what_is_believed() -> None:
    assert (detecting.ALARM, detecting._MARGIN, detecting._FIRST, detecting._READ) == (1e-9, 1024.0, 3, 4)
    assert (detecting._CLEAR, detecting._PILOTS) == (9.0, 4.9)
    assert detecting.Detection(False, None, None, 1.0, None, None, None) == detecting.NOTHING


@pytest.mark.parametrize(
    ("height", "width", "times"), [(1024, 1024, 1.0), (64, 64, 1.0), (2048, 2048, 2.0), (1024, 4096, 2.0)]
)
def test_a_large_picture_is_looked_at_smaller(height: int, width: int, times: float) -> None:
    assert detecting.shrunk(np.broadcast_to(np.uint8(0), (height, width, 3))) == pytest.approx(times)


def test_a_picture_is_checked_and_its_residual_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("luma", "reduced", "residual"):
        monkeypatch.setattr(detecting, name, lambda given, name=name: (name, getattr(given, "shape", given)))
    monkeypatch.setattr(detecting, "search", lambda *given: given)
    asked: Any = detecting.detect(np.zeros((2048, 2048, 3), np.uint8), [KEY])
    assert asked == (("residual", ("reduced", ("luma", (2048, 2048, 3)))), [KEY], 2.0)
    with pytest.raises(ValueError, match="side"):
        detecting.detect(np.zeros((63, 64, 3), np.uint8), [KEY])


def test_poses_are_tried_as_made_then_the_likeliest_then_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Pose.of(scale, 0.0) for scale in (0.5, 0.6, 0.7, 0.8, 0.9)]
    monkeypatch.setattr(detecting, "poses", lambda spectrum: [(1.0, pose) for pose in found])
    parts = detecting._searched(None)
    first = next(parts)
    assert [(pose.scale, pose.turn) for pose in first] == [(1.0, 0.0)]
    assert list(parts) == [found[:3], found[3:]]


def lock(deviations: float, trials: int = 10, pose: Pose | None = None) -> Lock:
    return Lock(pose or Pose.of(1.0, 0.0), 3, (0.25, 0.5), deviations, trials)


@pytest.mark.parametrize(
    ("deviations", "read"),
    [
        ([4.8], []),
        ([4.9], ["4.9+"]),
        ([9.0], ["9.0+"]),
        ([9.1], ["9.1", "9.1+"]),
        ([5.0, 9.5, 4.0, 6.0], ["9.5", "9.5+", "6.0+", "5.0+"]),
        ([5.1, 5.2, 5.3, 5.4, 5.5, 5.6], ["5.6+", "5.5+", "5.4+", "5.3+"]),
    ],
)
def test_the_best_four_places_are_refined_and_clear_ones_read_at_once(
    deviations: list[float], read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def locks(pilots: object, candidates: object, key: Key) -> list[Lock]:
        assert (pilots, candidates, key) == ("pilots", "poses", KEY)
        return [lock(value) for value in deviations]

    monkeypatch.setattr(detecting, "locks", locks)
    monkeypatch.setattr(detecting, "refine", lambda spectrum, found, key: f"{found.deviations}+")
    said = detecting._places(None, "pilots", "poses", KEY)
    assert [one if isinstance(one, str) else f"{one.deviations}" for one in said] == read


class Searched:
    """`search` over two parts of one pose each, with marks and alarms that a test gives it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, messages: Sequence[Message | None], alarm: float) -> None:
        self.trials: list[int] = []
        self._messages, self._alarm = iter(messages), alarm
        pose = Pose.of(1.25, math.radians(2.0))
        monkeypatch.setattr(detecting, "whitened", lambda fine: "spectrum")
        monkeypatch.setattr(detecting, "_searched", lambda spectrum: iter([[pose], [pose, pose]]))
        monkeypatch.setattr(detecting, "sample", lambda spectrum, pose, chosen: np.zeros(3))
        monkeypatch.setattr(detecting, "_places", lambda spectrum, found, part, key: [lock(6.0, 100, pose)] * len(part))
        monkeypatch.setattr(detecting, "_read", lambda spectrum, place, key: next(self._messages, None))
        monkeypatch.setattr(detecting, "_alarm", self.alarm)

    def alarm(self, spectrum: object, place: Lock, key: Key, message: Message, trials: int) -> float:
        self.trials.append(trials)
        return self._alarm


def test_a_mark_of_the_key_below_the_alarm_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    search = Searched(monkeypatch, [MESSAGE], 1e-9)
    seen = detecting.search(None, [KEY], 2.0)
    assert search.trials == [100 * 17 * 1]
    assert (seen.found, seen.key_id, seen.tag, seen.false_alarm) == (True, 7, 0xC0FFEE1234, 1e-9)
    assert (seen.scale, seen.rotation) == (pytest.approx(2.5), pytest.approx(2.0))
    assert seen.offset == (0.25, 0.5)


def test_a_mark_above_the_alarm_or_of_another_key_is_none_and_every_place_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    search = Searched(monkeypatch, [MESSAGE] * 9, 1.01e-9)
    assert detecting.search(None, [KEY], 2.0) is detecting.NOTHING
    assert search.trials == [1700, 3400, 5100]
    strange = Searched(monkeypatch, [None, Message(8, 1), None], 0.0)
    assert detecting.search(None, [KEY], 2.0) is detecting.NOTHING
    assert strange.trials == []
    second = Searched(monkeypatch, [MESSAGE, Message(8, 5)], 0.0)  # the first is another key's, in our own key's place
    seen = detecting.search(None, [OTHER, KEY], 2.0)
    assert (seen.found, seen.key_id) == (False, None)
    assert second.trials == []
    third = Searched(monkeypatch, [None, MESSAGE], 0.0)
    seen = detecting.search(None, [OTHER, KEY], 2.0)
    assert (seen.key_id, seen.tag, third.trials) == (7, 0xC0FFEE1234, [100 * 17 * 2 * 2])


def woven(message: Message, key: Key, family: int, offset: tuple[float, float]) -> NDArray[np.complex64]:
    """The strength of every wave of a mark that lies at an offset."""
    waves = modulate(encode(pack(message)), key, family)
    return np.asarray(waves * np.exp(-2j * np.pi * (lattice().steps @ np.array(offset))), np.complex64)


@pytest.mark.parametrize("offset", [(0.0, 0.0), (0.25, 0.5), (0.1, 0.7)])
def test_a_mark_is_read_at_its_own_place_and_in_its_own_family(
    offset: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    waves = woven(MESSAGE, KEY, 3, offset)
    place = Lock(Pose.of(1.0, 0.0), 3, offset, 9.0, 1)
    monkeypatch.setattr(detecting, "sample", lambda spectrum, pose, chosen: waves[chosen])
    assert detecting._read(None, place, KEY) == MESSAGE
    assert detecting._read(None, place, OTHER) is None
    assert detecting._read(None, Lock(place.pose, 4, offset, 9.0, 1), KEY) is None
    elsewhere = (offset[0] + 0.3, offset[1] + 0.4)
    assert detecting._read(None, Lock(place.pose, 3, elsewhere, 9.0, 1), KEY) is None


def test_the_chance_of_a_false_alarm_is_that_of_all_places_and_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    waves = woven(MESSAGE, KEY, 3, (0.25, 0.5))
    everything: list[NDArray[np.int64]] = []

    def sample(spectrum: object, pose: Pose, chosen: NDArray[np.int64]) -> NDArray[np.complex64]:
        everything.append(chosen)
        return waves[chosen]

    monkeypatch.setattr(detecting, "sample", sample)
    genuine = detecting.agreement
    told: list[float] = []

    def agreement(*given: Any) -> float:
        told.append(genuine(*given))
        return 12.0

    monkeypatch.setattr(detecting, "agreement", agreement)
    alarm = detecting._alarm(None, lock(9.0), KEY, MESSAGE, 1700)
    assert alarm == pytest.approx(1700 * 1024 * 2**40 * math.exp(-72.0), rel=1e-9, abs=0)
    assert everything[0].tolist() == list(range(len(waves)))
    assert told[0] == pytest.approx(math.sqrt(2 * len(waves)), rel=1e-4)  # every wave agrees
    for deviations in (0.0, -12.0, 5.0):
        monkeypatch.setattr(detecting, "agreement", lambda *given, deviations=deviations: deviations)
        assert detecting._alarm(None, lock(9.0), KEY, MESSAGE, 1700) == 1.0


# --- films ----------------------------------------------------------------------------------------


def grey(level: int) -> NDArray[np.uint8]:
    return np.full((64, 96, 3), level, np.uint8)


def test_a_scene_begins_where_the_picture_changes_by_more_than_fourteen_levels() -> None:
    assert (film.CUT, film._THUMB, film._FRAMES) == (14.0, 32, 24)
    cuts = Cuts()
    levels = [100, 100, 114, 100, 115, 129, 144, 100]
    assert [cuts.starts(grey(level)) for level in levels] == [True, False, False, False, True, False, True, True]


def test_small_things_that_move_begin_no_scene() -> None:
    cuts = Cuts()
    cuts.starts(grey(0))
    box = grey(0)
    box[:8, :24] = 255  # a thirty-second of the picture: 8 levels
    assert cuts.starts(box) is False
    box[:32, :48] = 255
    assert cuts.starts(box) is True


def test_every_scene_has_a_place_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    places: list[int] = []

    def best(frame: NDArray[np.uint8], message: Message, key: Key) -> int:
        assert (message, key) == (MESSAGE, KEY)
        places.append(int(frame[0, 0, 0]))
        return len(places)

    monkeypatch.setattr(film, "best", best)
    monkeypatch.setattr(film, "embed", lambda frame, message, key, place: (int(frame[0, 0, 0]), message, key, place))
    weaver = Weaver(MESSAGE, KEY)
    woven_: list[Any] = [weaver.weave(grey(level)) for level in (10, 12, 90, 91, 10)]
    assert woven_ == [(level, MESSAGE, KEY, place) for level, place in ((10, 1), (12, 1), (90, 2), (91, 2), (10, 3))]
    assert places == [10, 90, 10]


def test_every_scene_searched_adds_to_the_chance_of_a_false_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = detecting.Detection(True, 7, 5, 1e-12, 1.0, 2.0, (0.1, 0.2))
    for number in (1, 2, 3):
        answers = iter([detecting.NOTHING] * (number - 1) + [seen])
        monkeypatch.setattr(film, "_scenes", lambda frames: ((frame, 2.0) for frame in frames))
        monkeypatch.setattr(film, "search", lambda mean, keys, smaller, answers=answers: next(answers))
        found = seek(iter("abcdef"), [KEY])  # type: ignore[arg-type]
        assert found == detecting.Detection(True, 7, 5, pytest.approx(1e-12 * number, abs=0), 1.0, 2.0, (0.1, 0.2))
    monkeypatch.setattr(film, "search", lambda mean, keys, smaller: detecting.NOTHING)
    assert seek(iter("abc"), [KEY]) is detecting.NOTHING  # type: ignore[arg-type]
    assert film._of_many(detecting.Detection(True, 7, 5, 0.4), 3).false_alarm == 1.0
    assert film._of_many(detecting.Detection(True, 7, 5, 0.4), 2).false_alarm == 0.8


def scenes(monkeypatch: pytest.MonkeyPatch, levels: Sequence[int]) -> list[tuple[float, float]]:
    """Means of scenes whose frames' residuals are their own level, frames over 200 being half as large."""
    checked: list[int] = []
    monkeypatch.setattr(film, "check", lambda frame: checked.append(1))
    monkeypatch.setattr(film, "luma", lambda frame: frame[:1, :1, 0].astype(np.float32))
    monkeypatch.setattr(film, "reduced", lambda values: values)
    monkeypatch.setattr(film, "residual", lambda values: values)
    monkeypatch.setattr(film, "shrunk", lambda frame: 2.0 if frame[0, 0, 0] > 200 else 1.0)

    def frames() -> Iterator[NDArray[np.uint8]]:
        for level in levels:
            yield grey(level)

    found = [(float(mean[0, 0]), smaller) for mean, smaller in film._scenes(frames())]
    assert len(checked) == len(levels)
    return found


def test_the_frames_of_a_scene_are_averaged_twenty_four_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    assert scenes(monkeypatch, []) == []
    assert scenes(monkeypatch, [10]) == [(10.0, 1.0)]
    assert scenes(monkeypatch, [10, 12, 90, 94, 98]) == [(11.0, 1.0), (94.0, 1.0)]
    assert scenes(monkeypatch, [10, 250]) == [(10.0, 1.0), (250.0, 2.0)]
    assert scenes(monkeypatch, [10] * 24) == [(10.0, 1.0)]
    assert scenes(monkeypatch, [10] * 24 + [12]) == [(10.0, 1.0), (12.0, 1.0)]
    assert scenes(monkeypatch, [10] * 48 + [12] * 2) == [(10.0, 1.0), (10.0, 1.0), (12.0, 1.0)]
    assert scenes(monkeypatch, [90] + [10] * 24 + [12]) == [(90.0, 1.0), (10.0, 1.0), (12.0, 1.0)]
