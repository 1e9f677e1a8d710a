"""The words of the mark: every message comes back, and comes back through errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingxing.label.watermark.code import CODED_BITS, Message, decode, encode, pack, unpack

messages = st.builds(Message, st.integers(0, 255), st.integers(0, 2**40 - 1))


@given(messages)
def test_every_message_packs_and_unpacks(message: Message) -> None:
    assert unpack(pack(message)) == message


@given(messages, st.integers(0, 63))
def test_one_wrong_bit_is_noticed(message: Message, place: int) -> None:
    bits = pack(message)
    bits[place] ^= 1
    assert unpack(bits) is None


@settings(max_examples=60, deadline=None)
@given(messages, st.sets(st.integers(0, CODED_BITS - 1), max_size=12))
def test_any_twelve_wrong_bits_of_256_are_corrected(message: Message, wrong: set[int]) -> None:
    soft = 1 - 2 * encode(pack(message)).astype(np.float32)
    soft[list(wrong)] *= -1
    assert unpack(decode(soft)) == message


@settings(max_examples=40, deadline=None)
@given(messages, st.integers(0, 2**32 - 1))
def test_noise_of_three_decibels_a_bit_is_decoded(message: Message, seed: int) -> None:
    """Es/N0 of -3 dB at rate 1/4 is Eb/N0 of 3 dB; errors there are rarer than one in ten thousand."""
    soft = 1 - 2 * encode(pack(message)).astype(np.float32)
    soft += np.random.default_rng(seed).normal(0, 1, CODED_BITS).astype(np.float32)
    assert unpack(decode(soft)) == message


def test_the_code_is_linear_and_tail_biting() -> None:
    """The sum of words is a word, and turning the message turns the word: no bit is better kept than another."""
    one, other = pack(Message(1, 2)), pack(Message(200, 99))
    assert np.array_equal(encode(one) ^ encode(other), encode(one ^ other))
    assert np.array_equal(np.roll(encode(one), 4), encode(np.roll(one, 1)))


def test_only_256_soft_bits_are_taken() -> None:
    with pytest.raises(ValueError, match="256"):
        decode(np.zeros(255, np.float32))
