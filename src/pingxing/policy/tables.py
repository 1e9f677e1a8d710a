"""The small tables that the views read, each loaded at its first use.

lookalikes.txt: letters drawn like Latin ones (UTS 39 confusables.txt, and enclosed and small capital letters).
pinyin.txt: syllables without tone, the characters read so first, then those read so sometimes (pinyin-data).
words.txt: everyday Chinese words of two and three characters (jieba), words_more.txt: those added by hand.
english.txt: English words that read as pinyin, and those that are words backwards.
splits.txt: characters and their parts. emoji.txt: pictures used as words.
`scripts/build_guard.py` makes the first three and english.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data"
_FIRST_CODE = 0xE000  # private use: one code point a syllable, so that an automaton walks over syllables
_AS_WRITTEN = "0123456789abcdefghijklmnopqrstuvwxyz"
_UNREAD = re.compile(r"[\u3400-\u9fff]")  # no syllable known
MOST_READINGS = 4  # of one term; "行行重行行" has hundreds and is no threat

# Sounds that many speakers do not tell apart, and that are swapped to hide a word.
_NEAR = (("zh", "z"), ("ch", "c"), ("sh", "s"))
# A radical written alone stands for the character that it is short for.
_RADICALS = str.maketrans("讠氵亻扌忄犭钅纟饣礻衤刂灬艹攵", "言水人手心犬金丝食示衣刀火草文")


def _read(name: str) -> str:
    return (_DATA / name).read_text(encoding="utf-8")


@cache
def lookalikes() -> dict[int, str]:
    """Code point -> Latin letter."""
    rows = (line.split(" ", 1) for line in _read("lookalikes.txt").splitlines())
    return {ord(shape): letter for letter, shapes in rows for shape in shapes}


@dataclass(frozen=True, slots=True)
class Sounds:
    syllables: frozenset[str]
    codes: dict[str, str]  # syllable -> the code point of its class of near sounds
    first: dict[str, str]  # character -> its usual syllable
    others: dict[str, tuple[str, ...]]  # character -> its further syllables
    table: dict[int, str]  # code point of a character -> code point of its usual syllable's class
    coded: dict[str, tuple[str, ...]]  # character or digit -> the codes of all its readings, the usual one first

    def readings(self, character: str) -> tuple[str, ...]:
        """Its syllables, the usual one first; a digit or letter is read as itself."""
        if character in self.first:
            return (self.first[character], *self.others.get(character, ()))
        return (character,) if character in _AS_WRITTEN else ()


def near(syllable: str) -> str:
    """The class of a syllable: zh/z, ch/c, sh/s, -ng/-n and l-/n- are one."""
    for full, short in _NEAR:
        if syllable.startswith(full):
            syllable = short + syllable[len(full) :]
            break
    if syllable.endswith("ng"):
        syllable = syllable[:-1]
    return "l" + syllable[1:] if syllable[0] == "n" and len(syllable) > 1 else syllable


@cache
def sounds() -> Sounds:
    first: dict[str, str] = {}
    others: dict[str, list[str]] = {}
    codes: dict[str, str] = {}
    classes: dict[str, str] = {}
    for line in _read("pinyin.txt").splitlines():
        syllable, usual, *more = line.split(" ")
        codes[syllable] = classes.setdefault(near(syllable), chr(_FIRST_CODE + len(classes)))
        first.update(dict.fromkeys(usual, syllable))
        for character in "".join(more):
            others.setdefault(character, []).append(syllable)
    coded = {
        character: (codes[syllable], *(codes[other] for other in others.get(character, ())))
        for character, syllable in first.items()
    }
    return Sounds(
        coded=coded | {character: (character,) for character in _AS_WRITTEN},
        syllables=frozenset(codes),
        codes=codes,
        first=first,
        others={character: tuple(found) for character, found in others.items()},
        table={ord(character): codes[syllable] for character, syllable in first.items()},
    )


@lru_cache(maxsize=1 << 14)
def spoken(term: str) -> tuple[tuple[str, ...], ...]:
    """The ways to say a term of Chinese characters, each a tuple of syllables; none when a character is unknown."""
    each = [sounds().readings(character) for character in term]
    return tuple(islice(_ways(each), MOST_READINGS)) if all(each) else ()


def _ways(each: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """The usual reading of every character, then of longer terms one character at a time read otherwise: several rare
    readings together (投毒 as dou dai), or one in a short term (假的 as jie de), are nobody's."""
    usual = tuple(readings[0] for readings in each)
    yield usual
    for at, readings in enumerate(each if len(each) > 2 else ()):
        for other in readings[1:]:
            yield (*usual[:at], other, *usual[at + 1 :])


def sounded_each(terms: Sequence[str]) -> Iterator[list[str]]:
    """The ways of `spoken` of each term, in its order, each as a string of the codes of its classes of near sounds."""
    found = sounds()
    others, coded = found.others, found.coded
    usual = "\n".join(terms).translate(found.table).split("\n") if terms else []
    for term, way in zip(terms, usual, strict=True):
        if _UNREAD.search(way):
            yield []
            continue
        ways = [way]
        if len(term) > 2 and not others.keys().isdisjoint(term):
            for at, character in enumerate(term):
                if character in others:
                    ways += [way[:at] + code + way[at + 1 :] for code in coded[character][1:]]
        yield ways[:MOST_READINGS]


@cache
def initials() -> dict[int, str]:
    """Code point of a character -> the letter with which its syllable begins, where all its readings share it."""
    found = sounds()
    letters = {character: {way[0] for way in found.readings(character)} for character in found.first}
    return {ord(character): own.pop() for character, own in letters.items() if len(own) == 1}


@cache
def words() -> frozenset[str]:
    return frozenset((_read("words.txt") + _read("words_more.txt")).split())


@cache
def _english() -> dict[str, frozenset[str]]:
    rows = (line.partition(" ") for line in _read("english.txt").splitlines())
    return {name: frozenset(found.split(" ")) for name, _, found in rows}


def read_as_pinyin() -> frozenset[str]:
    return _english()["pinyin"]


def words_backwards() -> frozenset[str]:
    return _english()["backwards"]


@cache
def splits(*, from_end: bool = False) -> tuple[Any, tuple[str, ...]]:
    """An automaton over characters written as their parts (`from_end`: parts turned round), and what each of its
    patterns stands for."""
    from ahocorasick_rs import AhoCorasick, MatchKind

    table: dict[str, str] = {}
    for row in _read("splits.txt").split():
        for parts in (row[1:], row[1:].translate(_RADICALS)):
            if len(parts) > 1:
                table.setdefault(parts[::-1] if from_end else parts, row[0])
    return AhoCorasick(list(table), matchkind=MatchKind.LeftmostLongest), tuple(table.values())


@cache
def emoji() -> tuple[re.Pattern[str], dict[str, tuple[str, str]]]:
    """A pattern of pictures that stand for words, and their English and Chinese terms."""
    rows = (line.split("|") for line in _read("emoji.txt").splitlines() if not line.startswith("#"))
    table = {picture: (english, chinese) for picture, english, chinese in rows}
    return re.compile("[" + "".join(table) + "]"), table
