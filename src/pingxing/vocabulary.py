"""Words to numbers, for both languages: longest matches in a vocabulary. What trains and what serves read alike.

English is split into words, Chinese into the longest words known; what is not known falls apart into pieces ("##ing")
or characters. No download, no table that somebody else trained, and the same text gives the same numbers everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

PAD, UNKNOWN = 0, 1
SPECIAL = ("<pad>", "<unknown>")
_PART = re.compile(r"[a-z]+|[0-9]+|[\u3400-\u9fff]+")
_HAN = re.compile(r"[\u3400-\u9fff]")


def parts(text: str) -> list[str]:
    """Runs of letters, digits and Chinese characters; signs and spaces only separate."""
    return _PART.findall(text.lower().replace("'", ""))


@dataclass(frozen=True)
class Vocabulary:
    """Words in the order of their numbers; the first two are padding and the unknown."""

    words: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.words[:2] != SPECIAL or len(set(self.words)) != len(self.words):
            raise ValueError("a vocabulary begins with its two special words and holds every word once")

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words)}

    @cached_property
    def _longest(self) -> int:
        return max((len(word) for word in self.words if _HAN.match(word)), default=1)

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, text: str, length: int) -> list[int]:
        """At most `length` numbers, padded with 0 to exactly so many. Text without words is all padding."""
        found: list[int] = []
        for part in parts(text):
            found += self._chinese(part) if _HAN.match(part) else self._pieces(part)
            if len(found) >= length:
                break
        return (found + [PAD] * length)[:length]

    def _chinese(self, run: str) -> list[int]:
        found, at = [], 0
        while at < len(run):
            for size in range(min(self._longest, len(run) - at), 0, -1):
                number = self._numbers.get(run[at : at + size])
                if number is not None or size == 1:
                    found.append(UNKNOWN if number is None else number)
                    at += size
                    break
        return found

    def _pieces(self, word: str) -> list[int]:
        whole = self._numbers.get(word)
        if whole is not None:
            return [whole]
        if word.endswith("s") and word[:-1] in self._numbers and "##s" in self._numbers:
            return [self._numbers[word[:-1]], self._numbers["##s"]]
        found, at = [], 0
        while at < len(word):
            for end in range(len(word), at, -1):
                number = self._numbers.get(("##" if at else "") + word[at:end])
                if number is not None:
                    found.append(number)
                    at = end
                    break
            else:
                return [UNKNOWN]
        return found
