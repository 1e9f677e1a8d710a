"""What else a word may mean: other readings of the same phrase, and the nearest relatives of what was drawn."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from pingxing.engine.backends.scene.people import gendered, plain
from pingxing.engine.backends.scene.plan import Wish
from pingxing.engine.backends.scene.words import (
    Lexicon,
    concept_of,
    data_file,
    fold_chinese,
    fold_english,
    lexicon,
    singulars,
)

MOST = 8


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(data_file("senses.toml"))


@cache
def _split(line: str) -> tuple[str, ...]:
    """The concepts written one after the other in a line of emoji."""
    book, found, at = lexicon(), [], 0
    while at < len(line):
        for length in range(min(8, len(line) - at), 0, -1):
            if (concept := concept_of(line[at : at + length])) in book.entries:
                found.append(concept)
                at += length
                break
        else:
            at += 1
    return tuple(found)


@cache
def _kin() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in _tables()["kin"]:
        for concept in _split(line):
            found[concept] = (*found.get(concept, ()), *_split(line))
    return found


def _phrases(words: str) -> list[str]:
    """The whole of the wish's words, then what is left as the front is taken off: "a small mouse", ..., "mouse"."""
    english = fold_english(words).split()
    phrases = [" ".join(english[start:]) for start in range(len(english))]
    han = fold_chinese(words)
    if not han.isascii():
        phrases += [han[start:] for start in range(len(han))]
    return [form for phrase in phrases for form in (phrase, *singulars(phrase))]


def senses_of(wish: Wish, book: Lexicon) -> tuple[str, ...]:
    """Other concepts that the same words may mean, likeliest first, at most eight; none is the concept itself."""
    found: list[str] = []
    phrases, also = _phrases(wish.words[-40:]), _tables()["also"]
    for phrase in phrases:
        found += _split(also[phrase]) if phrase in also else ()
        for table in (book.english, book.chinese):
            found += [m.value for m in table.get(phrase, ()) if m.kind == "thing"]
    bare = plain(wish.concept)
    found += _kin().get(bare, ())
    for gender in ("female", "male"):
        found.append(gendered(bare, gender))
    for phrase in phrases:
        found += book.owners.get(phrase, ())[:6]
    kept = [
        concept for concept in dict.fromkeys(found) if concept not in (wish.concept, bare) and concept in book.entries
    ]
    return tuple(kept[:MOST])
