"""A vocabulary built from the corpus's own words. How text becomes its numbers: `pingxing.vocabulary`."""

from __future__ import annotations

from collections.abc import Iterable

from pingxing.vocabulary import PAD as PAD
from pingxing.vocabulary import SPECIAL, Vocabulary, parts
from pingxing.vocabulary import UNKNOWN as UNKNOWN


def vocabulary(english: Iterable[str], chinese: Iterable[str]) -> Vocabulary:
    """All words of the English phrases, the Chinese words as they are, their characters, letters and digits."""
    words = {part for phrase in english for part in parts(phrase)}
    han = {part for word in chinese for part in parts(word)}
    characters = {character for word in han for character in word}
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)] + [str(digit) for digit in range(10)]
    pieces = {*letters, *(f"##{letter}" for letter in letters)}
    return Vocabulary((*SPECIAL, *sorted(words | han | characters | pieces)))
