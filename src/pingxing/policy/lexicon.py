"""Compiles the lists of rule packs into automata, one for every way in which their terms may be written.

Compiling is done in bulk (one pass over all terms joined), because a start with 100,000 terms must take seconds at
most. Each term carries a number whose bits say in which lists it stands, so that a reader knows whether any rule
could fire before it looks at a single place.
"""

from __future__ import annotations

import gc
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from itertools import islice, product
from operator import or_
from typing import Any

from pingxing.policy import disguise, tables, views
from pingxing.policy.rules import WordList

Key = tuple[str, str]  # pack, list
Use = tuple[Key, bool]  # True: a phrase in which the list's terms mean something else
Said = tuple[Use, str, int]  # its use, the term, which of its ways of being said (tables.spoken)
_WAYS = 8  # more than tables.MOST_READINGS

_HAN = re.compile(r"(?=[0-9a-z]{0,3}[\u3400-\u9fff])[0-9a-z\u3400-\u9fff]{2,8}")
JOIN = "\uf8ff"  # private use: no view changes it, and no term may hold it (see packs)
_HISS = ("s", "x", "z", "ch", "sh")
_LEAST_INITIALS = 4  # initials of shorter terms are everywhere


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Terms in one way of writing. `uses`, `bits` and `touches` stand in the order of the automaton's patterns: the
    lists that a pattern is a term of, and those together with the lists in which it is a harmless phrase."""

    automaton: Any
    uses: tuple[tuple[Use, ...], ...]
    bits: tuple[int, ...]
    touches: tuple[int, ...]

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """(pattern, start, end) of every occurrence, overlapping ones too."""
        found: list[tuple[int, int, int]] = self.automaton.find_matches_as_indexes(text, overlapping=True)
        return found


@dataclass(frozen=True, slots=True)
class SoundLexicon:
    """Chinese terms as they sound. See disguise.sound.

    A pattern stands for one way to say one term, or for several: `codes` holds, for each pattern, the number of the
    term (in `terms`) times _WAYS plus the number of the way, or below 0 the place in `several`. Plain numbers: a
    hundred thousand tuples would be memory and work for the garbage collector.
    """

    automaton: Any
    terms: tuple[tuple[Use, str], ...]
    codes: array[int]
    several: tuple[tuple[int, ...], ...]
    bits: tuple[int, ...]

    def said(self, pattern: int) -> list[Said]:
        """What a pattern stands for."""
        code = self.codes[pattern]
        every = (code,) if code >= 0 else self.several[-1 - code]
        return [(*self.terms[one // _WAYS], one % _WAYS) for one in every]

    def find(self, text: str) -> list[tuple[int, int, int]]:
        found: list[tuple[int, int, int]] = self.automaton.find_matches_as_indexes(text, overlapping=True)
        return found


@dataclass(frozen=True, slots=True)
class Lexica:
    terms: tuple[str, ...]
    plain: Lexicon
    backwards: tuple[int, ...]  # bits of `plain`, of lists that are looked for from their end
    bits: Mapping[Key, int]
    bare: Lexicon | None = None
    solid: Lexicon | None = None
    sound: SoundLexicon | None = None
    initials: Mapping[str, tuple[Key, ...]] = field(default_factory=dict)


def compiled(chosen: Mapping[Key, WordList], *, disguises: bool) -> Lexica:
    """The terms of these lists. Without `disguises` only as they are written."""
    with _without_collecting():
        return _compiled(chosen, disguises=disguises)


def _compiled(chosen: Mapping[Key, WordList], *, disguises: bool) -> Lexica:
    bits = {key: 1 << number for number, key in enumerate(sorted(chosen))}
    lists = list(chosen.items())
    uses: dict[str, list[Use]] = {}
    solid: dict[str, list[Use]] = {}
    for key, words in lists:
        for mask, terms in ((False, words), (True, words.not_in)):
            english = _english(terms.en)
            _use_all(uses, normal(terms.zh), (key, mask))
            _use_all(uses, english, (key, mask))
            _use_all(uses, _inflected(words, english), (key, mask))
            if disguises:  # inside letters that were spelled out a word may end anywhere, so no endings are needed
                _use_all(solid, (term.replace(" ", "") for term in english if " " in term), (key, mask))
    plain = _lexicon(uses, bits)
    reversible = sum(bits[key] for key, words in lists if "reversed" in words.disguises)
    backwards = tuple(
        found & reversible if len(term) > 1 + ("0" <= term[0] <= "z") else 0
        for term, found in zip(uses, plain.bits, strict=True)
    )
    if not disguises:
        return Lexica(tuple(uses), plain, backwards, bits)
    return Lexica(
        terms=tuple(uses),
        plain=plain,
        backwards=backwards,
        bits=bits,
        bare=_lexicon(_bare(uses), bits),
        solid=_lexicon(solid, bits),
        sound=_sound(lists, bits),
        initials=_initials(lists),
    )


def _lexicon(uses: Mapping[str, Sequence[Use]], bits: Mapping[Key, int]) -> Lexicon:
    from ahocorasick_rs import AhoCorasick

    shared: dict[Use, tuple[Use, ...]] = {}  # most terms have one use: 100,000 tuples would be memory for nothing
    rows = tuple(
        shared.setdefault(row[0], (row[0],)) if len(row) == 1 else tuple(dict.fromkeys(row)) for row in uses.values()
    )
    known = {row: (_bits(row, bits), bits[row[0][0]]) for row in shared.values()}
    marks = [known[row] if len(row) == 1 else (_bits(row, bits), _touched(row, bits)) for row in rows]
    return Lexicon(
        automaton=AhoCorasick(list(uses), store_patterns=False),
        uses=rows,
        bits=tuple([mark[0] for mark in marks]),
        touches=tuple([mark[1] for mark in marks]),
    )


def _bits(uses: Iterable[Use], bits: Mapping[Key, int]) -> int:
    """The lists that these uses name; harmless phrases count for none."""
    found = 0
    for key, mask in uses:
        if not mask:
            found |= bits[key]
    return found


def _touched(uses: Iterable[Use], bits: Mapping[Key, int]) -> int:
    found = 0
    for key, _ in uses:
        found |= bits[key]
    return found


def _use_all(uses: dict[str, list[Use]], terms: Iterable[str], use: Use) -> None:
    for term in terms:
        row = uses.get(term)
        if row is None:
            uses[term] = [use]
        else:
            row.append(use)


# --- spellings -----------------------------------------------------------------------------------


def normal(terms: Sequence[str]) -> list[str]:
    """Terms in the form that texts are brought into, in one pass (views.normal of each)."""
    if not terms:
        return []
    found = views.spaced(views.light(JOIN.join(terms))).split(JOIN)
    return [term.strip() for term in found]


def _english(terms: Sequence[str]) -> list[str]:
    """Terms as they are read, and without their hyphens and apostrophes, which whoever spells a word out or types in
    haste leaves out: xray, dont."""
    base = normal(terms)
    base += normal([term.replace("-", "") for term in terms if "-" in term])
    base += [term.replace("'", "") for term in base if "'" in term]
    return base


def _inflected(words: WordList, base: Sequence[str]) -> Iterator[str]:
    if "s" in words.inflect:
        for term in base:
            if "0" <= term[-1] <= "z":
                yield term + "s" if term[-1] not in "sxzhy" else plural(term)
    if "ing" in words.inflect:
        for term in base:
            yield from _ing(term)
            yield from _third_person(term)
    if "ed" in words.inflect:
        for term in base:
            yield from _past(term)


def plural(term: str) -> str:
    if term.endswith(_HISS):
        return term + "es"
    if term.endswith("y") and len(term) > 1 and term[-2] not in "aeiou":
        return term[:-1] + "ies"
    return term + "s"


def _ing(term: str) -> Iterator[str]:
    """Of the first word: "make a bomb" -> "making a bomb". Both spellings where the last letter may double."""
    verb, gap, rest = term.partition(" ")
    if verb.endswith("e") and not verb.endswith("ee"):
        yield verb[:-1] + "ing" + gap + rest
        return
    yield verb + "ing" + gap + rest
    if _may_double(verb):
        yield verb + verb[-1] + "ing" + gap + rest


def _third_person(term: str) -> Iterator[str]:
    """Of the first word of several: "make a bomb" -> "makes a bomb"."""
    verb, gap, rest = term.partition(" ")
    if rest:
        yield plural(verb) + gap + rest


def _past(term: str) -> Iterator[str]:
    """Of the first word, regular: "forge a seal" -> "forged a seal"."""
    verb, gap, rest = term.partition(" ")
    if verb.endswith("e"):
        yield verb + "d" + gap + rest
        return
    if verb.endswith("y") and len(verb) > 1 and verb[-2] not in "aeiou":
        yield verb[:-1] + "ied" + gap + rest
        return
    yield verb + "ed" + gap + rest
    if _may_double(verb):
        yield verb + verb[-1] + "ed" + gap + rest


def _may_double(verb: str) -> bool:
    """Whether the last letter may double: stop, stopped."""
    return len(verb) > 2 and verb[-1] not in "aeiouwxy" and verb[-2] in "aeiou" and verb[-3] not in "aeiou"


# --- disguises -----------------------------------------------------------------------------------


def _bare(uses: Mapping[str, list[Use]]) -> dict[str, list[Use]]:
    """Latin terms as disguise.bare shows them (once whole, once with no letter twice) where that is another spelling;
    the others are found there as they are."""
    terms = [term for term in uses if len(term) > 2 and term.isascii()]
    found: dict[str, list[Use]] = {}
    for skeletons in disguise.skeletons(terms):
        for term, skeleton in zip(terms, skeletons, strict=True):
            if skeleton == term:
                continue
            row = found.get(skeleton)
            if row is None:
                found[skeleton] = uses[term]
            elif row is not uses[term]:
                found[skeleton] = [*row, *uses[term]]
    return found


def _sound(lists: Sequence[tuple[Key, WordList]], bits: Mapping[Key, int]) -> SoundLexicon | None:
    from ahocorasick_rs import AhoCorasick

    terms: list[tuple[Use, str]] = []
    said: dict[str, int | list[int]] = {}
    for key, words in lists:
        if "sound" in words.disguises:
            for mask, written in ((False, words.zh), (True, words.not_in.zh)):
                use = (key, mask)
                chosen = [term for term in dict.fromkeys(normal(written)) if _HAN.fullmatch(term)]
                for code, ways in enumerate(tables.sounded_each(chosen), start=len(terms)):
                    for number, way in enumerate(ways, start=code * _WAYS):
                        row = said.setdefault(way, number)
                        if row is not number:
                            said[way] = [row, number] if isinstance(row, int) else [*row, number]
                terms += [(use, term) for term in chosen]
    if not said:
        return None
    ways = sorted(said)  # patterns that begin alike beside one another: the automaton is built in half the time
    marks = [0 if mask else bits[key] for (key, mask), _ in terms]
    codes, several, shown = array("q"), list[tuple[int, ...]](), list[int]()
    for way in ways:
        row = said[way]
        if isinstance(row, int):
            codes.append(row)
            shown.append(marks[row // _WAYS])
        else:
            several.append(tuple(row))
            codes.append(-len(several))
            shown.append(reduce(or_, [marks[one // _WAYS] for one in row]))
    return SoundLexicon(AhoCorasick(ways, store_patterns=False), tuple(terms), codes, tuple(several), tuple(shown))


def _initials(lists: Sequence[tuple[Key, WordList]]) -> dict[str, tuple[Key, ...]]:
    found: dict[str, tuple[Key, ...]] = {}
    begins: dict[str, tuple[str, ...]] = {}
    for key, words in lists:
        if "sound" in words.disguises and "initials" in words.disguises:
            terms = dict.fromkeys(normal(words.zh))
            chosen = [term for term in terms if len(term) >= _LEAST_INITIALS and _HAN.fullmatch(term)]
            written = "\n".join(chosen).translate(tables.initials()).split("\n") if chosen else []
            for term, letters in zip(chosen, written, strict=True):
                for way in (letters,) if letters.isascii() else _first_letters(term, begins):
                    keys = found.get(way)
                    if keys is None:
                        found[way] = (key,)
                    elif key not in keys:
                        found[way] = (*keys, key)
    return found


def _first_letters(term: str, begins: dict[str, tuple[str, ...]]) -> set[str]:
    """Of a term with a character whose readings begin differently, or that nobody can read. `begins` remembers."""
    each = []
    for character in term:
        letters = begins.get(character)
        if letters is None:
            letters = tuple(dict.fromkeys(way[0] for way in tables.sounds().readings(character)))
            begins[character] = letters
        if not letters:
            return set()
        each.append(letters)
    return set(islice(map("".join, product(*each)), tables.MOST_READINGS))


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Half a million small objects that all stay would make the garbage collector look at them again and again, for a
    third of the time that compiling takes."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
