"""The words of the mark: 64 bits with a checksum, and the convolutional code that carries them through damage.

A word is 8 bits of key id, 40 bits of receipt tag and a 16-bit CRC (CRC-16/CCITT-FALSE, polynomial 0x1021) over both.
A tail-biting convolutional code of rate 1/4 and constraint length 11 encodes it (generators of K. J. Larsen,
"Short convolutional codes with maximal free distance for rates 1/2, 1/3 and 1/4", IEEE Trans. Inf. Theory IT-19, 1973)
and the wrap-around Viterbi algorithm (Shao, Lin, Fossorier, "Two decoding algorithms for tailbiting codes",
IEEE Trans. Commun. 51, 2003) decodes it. Tail-biting spends no bits on flushing: 64 bits become 256.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

KEY_BITS = 8
TAG_BITS = 40
CRC_BITS = 16
WORD_BITS = KEY_BITS + TAG_BITS + CRC_BITS  # 64
RATE = 4
CODED_BITS = WORD_BITS * RATE  # 256

_MEMORY = 10
_STATES = 1 << _MEMORY
_GENERATORS = (0o2327, 0o2353, 0o2671, 0o3175)
_WRAPS = 3  # times round the circle; the first only finds where to start

Floats = NDArray[np.float32]
Bits = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Message:
    """What a mark says: whose key made it and the first 40 bits of the receipt's id."""

    key_id: int
    tag: int

    def __post_init__(self) -> None:
        if not 0 <= self.key_id < 1 << KEY_BITS:
            raise ValueError(f"key_id must be within 0..{(1 << KEY_BITS) - 1}")
        if not 0 <= self.tag < 1 << TAG_BITS:
            raise ValueError(f"tag must be within 0..2**{TAG_BITS} - 1")


def pack(message: Message) -> Bits:
    """The 64 bits of a message, most significant first: key id, tag, CRC."""
    body = message.key_id << TAG_BITS | message.tag
    word = body << CRC_BITS | _crc(body)
    return np.unpackbits(np.frombuffer(word.to_bytes(WORD_BITS // 8, "big"), np.uint8))


def unpack(bits: Bits) -> Message | None:
    """The message of 64 bits, or None when the CRC does not agree."""
    word = int.from_bytes(np.packbits(bits).tobytes(), "big")
    body, crc = word >> CRC_BITS, word & (1 << CRC_BITS) - 1
    if _crc(body) != crc:
        return None
    return Message(body >> TAG_BITS, body & (1 << TAG_BITS) - 1)


def encode(bits: Bits) -> Bits:
    """256 coded bits of 64: for each bit in turn one of each generator, starting in the state it ends in."""
    outputs = _trellis()[1]
    state = 0
    for bit in bits[-_MEMORY:]:
        state = (state << 1 | int(bit)) & _STATES - 1
    coded = np.empty((len(bits), RATE), np.uint8)
    for step, bit in enumerate(bits):
        coded[step] = outputs[state, int(bit)]
        state = (state << 1 | int(bit)) & _STATES - 1
    return coded.reshape(-1)


def decode(soft: Floats) -> Bits:
    """The most likely 64 bits. soft: (256,), log-likelihood ratios (any one positive scale), positive for a 0 bit."""
    if soft.shape != (CODED_BITS,):
        raise ValueError(f"wanted {CODED_BITS} soft bits")
    before, _, signs = _trellis()
    branch = (
        soft.reshape(WORD_BITS, RATE).astype(np.float32) @ signs
    )  # (64, 2 * states): worth of each way into a state
    worth = np.zeros(_STATES, np.float32)
    chosen = np.empty((WORD_BITS * _WRAPS, _STATES), np.bool_)
    for step in range(WORD_BITS * _WRAPS):
        ways = branch[step % WORD_BITS].reshape(2, _STATES)
        low = worth[before[0]] + ways[0]
        high = worth[before[1]] + ways[1]
        np.greater(high, low, out=chosen[step])
        worth = np.maximum(low, high)
        worth -= worth.max()
    return _trace(chosen, int(worth.argmax()), before)


def _trace(chosen: NDArray[np.bool_], state: int, before: NDArray[np.int64]) -> Bits:
    """Back along the best path. The last-but-one lap is read: both its ends are settled by then."""
    bits = np.empty(WORD_BITS, np.uint8)
    last = len(chosen)
    for step in range(last - 1, last - 2 * WORD_BITS - 1, -1):
        if last - 2 * WORD_BITS <= step < last - WORD_BITS:
            bits[step % WORD_BITS] = state & 1
        state = int(before[int(chosen[step, state]), state])
    return bits


@lru_cache(maxsize=1)
def _trellis() -> tuple[NDArray[np.int64], Bits, Floats]:
    """The two states before each, the coded bits of (state, input), and the sign each coded bit gives on the way in."""
    states = np.arange(_STATES)
    before = np.stack([states >> 1, states >> 1 | _STATES >> 1])
    register = (states[:, None] << 1 | np.arange(2)[None, :]).astype(np.int64)  # memory and the new bit: 11 bits
    outputs = np.stack([_parity(register & generator) for generator in _GENERATORS], axis=-1).astype(np.uint8)
    entering = outputs[before, (states & 1)[None, :]]  # (2, states, RATE)
    signs = (1 - 2 * entering.astype(np.float32)).reshape(2 * _STATES, RATE).T
    return before, outputs, np.ascontiguousarray(signs)


def _parity(values: NDArray[np.int64]) -> NDArray[np.int64]:
    for shift in (8, 4, 2, 1):
        values = values ^ values >> shift
    return values & 1


def _crc(body: int) -> int:
    crc = 0xFFFF
    for byte in body.to_bytes((KEY_BITS + TAG_BITS) // 8, "big"):
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc
