"""Character n-grams of a text as hashed numbers, each knowing where it stands: what the classifier reads.

Chinese is read in runs of one to three characters, other scripts in runs of two to five letters inside a word (with
whether the run begins or ends the word), whole words and pairs of words. Hashing follows Weinberger et al. 2009,
"Feature hashing for large scale multitask learning". Everything is arithmetic over arrays: a prompt takes a tenth
of a millisecond, a megabyte about a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BUCKETS_BITS = 16
BUCKETS = 1 << BUCKETS_BITS

_SEPARATOR, _LETTER, _SINGLE = 0, 1, 2
_HAN_LENGTHS, _LETTER_LENGTHS = (1, 2, 3), (2, 3, 4, 5)
_PRIME = np.uint64(0x100000001B3)  # of FNV-1a, 64 bits
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio, odd: spreads sums over the high bits
_WORD_SALT, _PAIR_SALT = np.uint64(101), np.uint64(211)
_LONGEST_WORD = 64  # letters beyond it count as if the table of powers began anew

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grams:
    """Occurrence i is bucket ids[i] and stands at text[starts[i]:ends[i]]; `units` are words and Chinese characters.

    unit_starts and unit_ends (both ascending) are places in the text; `first` holds the unit each gram begins in.
    """

    ids: Numbers
    starts: Numbers
    ends: Numbers
    first: Numbers
    unit_starts: Numbers
    unit_ends: Numbers
    unit_single: NDArray[np.bool_]  # a character that stands for itself, not a word of letters


def grams(text: str) -> Grams:
    """Of a text in the form of `views.light`: lower case, simplified, without invisible characters."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    kinds = _kinds(codes)
    here = np.flatnonzero(kinds)
    if not here.size:
        none = np.zeros(0, np.int64)
        return Grams(none, none, none, none, none, none, none.astype(bool))
    before = np.concatenate(([np.uint8(_SEPARATOR)], kinds[:-1]))
    after = np.concatenate((kinds[1:], [np.uint8(_SEPARATOR)]))
    opens = (kinds != before) & (kinds != _SEPARATOR)  # where a run of letters, or of Chinese, begins
    closes = (kinds != after) & (kinds != _SEPARATOR)
    run = np.cumsum(opens)
    unit_opens = opens | (kinds == _SINGLE)
    unit_starts = np.flatnonzero(unit_opens)
    unit_ends = np.flatnonzero(closes | (kinds == _SINGLE)) + 1
    unit = np.cumsum(unit_opens) - 1

    ids, starts, ends = [], [], []
    rolling = np.zeros_like(codes)
    for length in range(1, max(_LETTER_LENGTHS) + 1):
        if length > codes.size:
            break
        rolling = rolling[: codes.size - length + 1] * _PRIME + codes[length - 1 :]
        at = _whole(kinds, run, length)
        if at.size:
            edges = opens[at].astype(np.uint64) + np.uint64(2) * closes[at + length - 1]
            edges[kinds[at] == _SINGLE] = 0
            ids.append(_bucket(rolling[at], np.uint64(8 * length) + edges))
            starts.append(at)
            ends.append(at + length)
    for found, first, last in _words(codes, kinds, unit_starts, unit_ends):
        ids.append(found)
        starts.append(first)
        ends.append(last)
    every = np.concatenate(starts)
    single = kinds[unit_starts] == _SINGLE
    return Grams(np.concatenate(ids), every, np.concatenate(ends), unit[every], unit_starts, unit_ends, single)


def _kinds(codes: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Letters and digits of scripts that write words, characters that stand for themselves, and the rest."""
    kinds = np.zeros(codes.size, np.uint8)
    kinds[(codes >= 0x61) & (codes <= 0x7A) | (codes >= 0x30) & (codes <= 0x39)] = _LETTER
    kinds[(codes >= 0xC0) & (codes < 0x2000)] = _LETTER
    kinds[(codes >= 0x3040) & (codes < 0xA000) | (codes >= 0xAC00) & (codes < 0xD7A4)] = _SINGLE
    kinds[(codes >= 0x1F000) | (codes >= 0x2600) & (codes < 0x27C0)] = _SINGLE  # emoji, rare Chinese characters
    return kinds


def _whole(kinds: NDArray[np.uint8], run: NDArray[np.int64], length: int) -> Numbers:
    """Where `length` characters of one run begin, for the kinds that are read at that length."""
    heads = kinds[: kinds.size - length + 1]
    allowed = np.zeros(heads.size, bool)
    if length in _HAN_LENGTHS:
        allowed |= heads == _SINGLE
    if length in _LETTER_LENGTHS:
        allowed |= heads == _LETTER
    # A separator inside would belong to no run of its own, but the run after it has another number.
    tails = kinds[length - 1 :]
    return np.flatnonzero(allowed & (tails == heads) & (run[: heads.size] == run[length - 1 :]))


def _words(
    codes: NDArray[np.uint64], kinds: NDArray[np.uint8], starts: Numbers, ends: Numbers
) -> list[tuple[Numbers, Numbers, Numbers]]:
    """Words of letters, and every two units that stand side by side of which one at least is such a word."""
    inside = np.flatnonzero(kinds)
    owner = np.searchsorted(starts, inside, side="right") - 1
    powers = _powers()[(inside - starts[owner]) % _LONGEST_WORD]
    sums = np.add.reduceat(codes[inside] * powers, np.searchsorted(inside, starts))
    latin = kinds[starts] == _LETTER
    words = np.flatnonzero(latin)
    found = [(_bucket(sums[words], _WORD_SALT), starts[words], ends[words])] if words.size else []
    pairs = np.flatnonzero(latin[:-1] | latin[1:])
    if pairs.size:
        both = sums[pairs] * _PRIME + sums[pairs + 1]
        found.append((_bucket(both, _PAIR_SALT), starts[pairs], ends[pairs + 1]))
    return found


def _powers() -> NDArray[np.uint64]:
    return np.cumprod(np.full(_LONGEST_WORD, _PRIME, np.uint64), dtype=np.uint64)


def _bucket(hashes: NDArray[np.uint64], salt: NDArray[np.uint64] | np.uint64) -> Numbers:
    mixed = (hashes ^ (hashes >> np.uint64(29))) * _MIX + salt * _PRIME
    mixed = (mixed ^ (mixed >> np.uint64(32))) * _MIX
    found: Numbers = (mixed >> np.uint64(64 - BUCKETS_BITS)).astype(np.int64)
    return found
