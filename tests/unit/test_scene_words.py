"""The words the engine knows: our synonyms lead to art that exists, and no word hides inside another."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from pingxing.engine.backends.scene import words
from pingxing.engine.backends.scene.art import Entry, shipped
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.words import concept_of, fold_chinese, fold_english, lexicon, singulars

TRAPS = [
    [part.strip() for part in line.split("|")]
    for line in (Path(__file__).parents[1] / "bank" / "traps.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


@cache
def entries() -> dict[str, Entry]:
    return {entry.concept: entry for entry in shipped().vocabulary()}


def unicode_says(concept: str, word: str) -> bool:
    """Whether CLDR has the word, in either language, among the concept's names and keywords."""
    entry = entries()[concept]
    return word in map(fold_english, entry.en) or word in map(fold_chinese, (*entry.zh, *entry.hant))


def is_ours(concept: str) -> bool:
    return len(concept) == 4 and "E000" <= concept <= "F8FF"


def test_every_synonym_leads_to_art() -> None:
    art = shipped()
    drawn = {concept for name in art.sets for concept in art.concepts(name)}
    targets = {concept for concept, _, _ in words._synonyms()}
    assert len(targets) > 500
    assert targets <= drawn
    assert targets <= set(lexicon().entries)


def test_no_synonym_is_said_twice() -> None:
    found = Counter(word for _, english, chinese in words._synonyms() for word in (*english, *chinese))
    found.update(word for concept, *halves in words._things() if concept != "2D" for half in halves for word in half)
    assert len(found) > 9_000
    twice = {word for word, times in found.items() if times > 1}
    ours = {word for _, english, chinese in words._synonyms() for word in (*english, *chinese)}
    assert not twice & ours


@pytest.mark.parametrize("side", [0, 1], ids=["en", "zh"])
def test_thousands_of_words_that_unicode_lacks(side: int) -> None:
    ours = [(concept, word) for concept, *halves in words._synonyms() for word in halves[side]]
    assert sum(not unicode_says(concept, word) for concept, word in ours) >= 4_000


def test_no_line_repeats_what_unicode_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = list(words._synonyms())
    monkeypatch.setattr(words, "_synonyms", lambda: iter(()))
    bare = words.lexicon.__wrapped__()
    repeated = [
        (concept, word)
        for concept, english, chinese in ours
        for table, group in ((bare.english, english), (bare.chinese, chinese))
        for word in group
        if any(m.value == concept for m in next((table[f] for f in (word, *singulars(word)) if f in table), ()))
    ]
    assert repeated == []


def test_every_synonym_is_understood() -> None:
    book = lexicon()
    for concept, english, chinese in words._synonyms():
        for table, group in ((book.english, english), (book.chinese, chinese)):
            for word in group:
                elsewhere = ("background", "touch", "company", "deed")
                places = any(m.kind in elsewhere for m in table[word])  # a market is a setting first
                ours = any(is_ours(m.value) for m in table[word])  # what we drew ourselves comes before Unicode
                assert ours or places or concept in {m.value for m in table[word]}, word


def test_there_are_traps_enough() -> None:
    assert len(TRAPS) >= 400
    assert len({concept_of(emoji) for _, emoji in TRAPS} - set(lexicon().entries)) == 0


@pytest.mark.parametrize("part", range(8))
def test_no_thing_inside_another_word(part: int) -> None:
    read = [(prompt, emoji, {wish.concept for wish in parse(prompt).wishes}) for prompt, emoji in TRAPS[part::8]]
    assert not [(prompt, emoji) for prompt, emoji, concepts in read if concept_of(emoji) in concepts]
