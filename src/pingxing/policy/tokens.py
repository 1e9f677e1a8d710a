"""The words of a text as numbers, each knowing where it stands: what the classifier reads.

Words of Latin letters are looked up as they stand, then without an ending (knives, knife); Chinese is cut from the left
into the longest words that are known, of four characters at most. What nobody knows is passed over. A prompt takes some
ten microseconds, a megabyte about half a second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LONGEST = 4  # characters of a Chinese word
_RUN = re.compile(r"[a-z]+|[\u3400-\u9fff]+")
_MARK = re.compile(r"[.!?;\n\u3002\uff01\uff1f\uff1b]")  # ends a sentence
_ENDINGS = (
    *(("s", ""), ("es", ""), ("ies", "y"), ("ves", "f"), ("ves", "fe"), ("ed", ""), ("ed", "e"), ("ied", "y")),
    *(("ing", ""), ("ing", "e"), ("er", ""), ("er", "e"), ("est", ""), ("ly", "")),
)
_LONGEST_MENDED = 24
_SHORTEST = 3  # letters that must be left of a word without its ending

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Word i is number ids[i] and stands at text[starts[i]:ends[i]], both ascending.

    `halves` is its length in half words: two for a Latin word, one for each Chinese character; `opens` says whether it
    begins a sentence.
    """

    ids: Numbers
    starts: Numbers
    ends: Numbers
    halves: Numbers
    opens: NDArray[np.bool_]

    def chinese(self, first: int, last: int) -> bool:
        """Whether most of the words of a window are Chinese."""
        single = self.halves[first:last] == self.ends[first:last] - self.starts[first:last]
        return bool(single.mean() > 0.5)


class Vocabulary:
    """Words in the order of their numbers; lower case, simplified."""

    def __init__(self, words: Sequence[str]) -> None:
        self._ids: Mapping[str, int] = {word: number for number, word in enumerate(words)}

    def read(self, text: str) -> Tokens:
        """Of a text in the form of `views.light`."""
        found: list[tuple[int, int, int, int]] = []
        for run in _RUN.finditer(text):
            if run.group() < "\u3400":
                number = self._latin(run.group())
                if number is not None:
                    found.append((number, run.start(), run.end(), 2))
            else:
                found.extend(self._chinese(text, run.start(), run.end()))
        table = np.array(found, np.int64).reshape(-1, 4)
        ids, starts, ends, halves = (np.ascontiguousarray(column) for column in table.T)
        marks = np.array([mark.start() for mark in _MARK.finditer(text)], np.int64)
        before = np.searchsorted(marks, starts)  # marks that stand before each word
        opens = np.concatenate((np.ones(min(1, ids.size), bool), before[1:] > before[:-1]))
        return Tokens(ids, starts, ends, halves, opens)

    def _latin(self, word: str) -> int | None:
        number = self._ids.get(word)
        if number is not None:
            return number
        for ending, instead in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
                stem = word[: len(word) - len(ending)]
                number = self._ids.get(stem + instead)
                if number is None and stem[-1] == stem[-2]:  # stabbed, stab
                    number = self._ids.get(stem[:-1])
                if number is not None:
                    return number
        return self._mended(word)

    def _mended(self, word: str) -> int | None:
        """What a disguise was taken off has i where it may have had l (disguise.py): one of them is tried as that."""
        for place in range(min(len(word), _LONGEST_MENDED)):
            if word[place] == "i":
                number = self._ids.get(word[:place] + "l" + word[place + 1 :])
                if number is not None:
                    return number
        return None

    def _chinese(self, text: str, start: int, end: int) -> list[tuple[int, int, int, int]]:
        found = []
        while start < end:
            for size in range(min(LONGEST, end - start), 0, -1):
                number = self._ids.get(text[start : start + size])
                if number is not None:
                    found.append((number, start, start + size, size))
                    break
            start += size
        return found
