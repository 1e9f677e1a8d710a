"""One pass of an Aho-Corasick automaton over each form of a text, then the rules' combinations.

Time is linear in the text but for sorting the hits: every combination looks only at the nearest neighbours.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from pingxing.policy import views
from pingxing.policy.rules import Pack, Rule, WordList

_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]")
_WEIGHT = {"plain": 0, "folded": 1, "simplified": 2, "joined": 3}
MOST_MATCHES = 8  # of one rule in one text: enough to show, and a bound on what a hostile text can make us build

Span = tuple[int, int]
Key = tuple[str, str]  # pack, list


@dataclass(frozen=True, slots=True)
class Match:
    pack: Pack
    rule: Rule
    span: Span  # in the original text
    view: str


class _Spans:
    """Where the terms of one list stand in a view, ready to be asked for neighbours."""

    def __init__(self, spans: Iterable[Span]) -> None:
        # Where several begin or end together the longest is the one to show: "how to make", not "make".
        self.by_start = sorted(set(spans), key=lambda span: (span[0], -span[1]))
        self.by_end = sorted(self.by_start, key=lambda span: (span[1], -span[0]))
        self._starts = [span[0] for span in self.by_start]
        self._ends = [span[1] for span in self.by_end]
        self._reach = list(accumulate((span[1] for span in self.by_start), max))

    def after(self, end: int) -> Span | None:
        """The first that begins at `end` or later."""
        place = bisect_left(self._starts, end)
        return self.by_start[place] if place < len(self.by_start) else None

    def before(self, start: int) -> Span | None:
        """The last that ends at `start` or earlier."""
        place = bisect_right(self._ends, start) - 1
        return self.by_end[place] if place >= 0 else None

    def holds(self, span: Span) -> bool:
        """Whether `span` lies inside one of them."""
        place = bisect_right(self._starts, span[0])
        return place > 0 and self._reach[place - 1] >= span[1]

    def touches(self, span: Span) -> bool:
        """Whether one of them overlaps `span`."""
        place = bisect_left(self._starts, span[1])
        return place > 0 and self._reach[place - 1] > span[0]


class Matcher:
    """Compiled packs. Immutable after construction, so threads may share one."""

    def __init__(self, packs: Sequence[Pack]) -> None:
        from ahocorasick_rs import AhoCorasick

        self._rules = [(pack, rule) for pack in packs for rule in pack.rules]
        uses: dict[str, set[tuple[Key, bool]]] = {}
        for pack in packs:
            for name, words in pack.lists.items():
                for term in _spellings(words, words.en, words.zh):
                    uses.setdefault(term, set()).add(((pack.pack, name), False))
                for term in _spellings(words, words.not_in.en, words.not_in.zh):
                    uses.setdefault(term, set()).add(((pack.pack, name), True))
        self.terms = tuple(uses)
        self._uses = tuple(tuple(sorted(uses[term])) for term in self.terms)
        self._automaton = AhoCorasick(self.terms)

    def find(self, text: str) -> list[Match]:
        """Every rule that fires, at most MOST_MATCHES times, spans of one rule not overlapping."""
        found: list[Match] = []
        for view in views.forms(text):
            hits = self._hits(view)
            if not hits:
                continue
            place = _Places(view.text)
            for pack, rule in self._rules:
                found.extend(_fire(text, view, hits, place, pack, rule))
        return _distinct(found)

    def _hits(self, view: views.View) -> dict[Key, _Spans]:
        spans: dict[Key, list[Span]] = {}
        masks: dict[Key, list[Span]] = {}
        for number, start, end in self._automaton.find_matches_as_indexes(view.text, overlapping=True):
            if _whole_words(view, start, end):
                for key, mask in self._uses[number]:
                    (masks if mask else spans).setdefault(key, []).append((start, end))
        for key in masks.keys() & spans.keys():
            harmless = _Spans(masks[key])
            spans[key] = [span for span in spans[key] if not harmless.holds(span)]
        return {key: _Spans(found) for key, found in spans.items() if found}


class _Places:
    """Distances in half words: a Latin word or a number is two, a Chinese character one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: list[int] | None = None
        self._sums: list[int] = []

    def between(self, end: int, start: int) -> int:
        """Half words that begin in text[end:start]."""
        if self._starts is None:
            words = list(_WORD.finditer(self._text))
            self._starts = [word.start() for word in words]
            weights = (1 if word.group() >= "\u3400" else 2 for word in words)
            self._sums = list(accumulate(weights, initial=0))
        return self._sums[bisect_left(self._starts, start)] - self._sums[bisect_left(self._starts, end)]


def _fire(
    text: str, view: views.View, hits: dict[Key, _Spans], places: _Places, pack: Pack, rule: Rule
) -> Iterator[Match]:
    excuses = [hits[pack.pack, name] for name in rule.unless if (pack.pack, name) in hits]
    count = 0
    for combination in rule.when:
        lists = [hits[pack.pack, name] for name in combination.all if (pack.pack, name) in hits]
        if len(lists) < len(combination.all):
            continue
        for parts in _together(lists, 2 * combination.within, places):
            whole = (min(p[0] for p in parts), max(p[1] for p in parts))
            if any(_near(whole, excuse, 2 * rule.unless_within, places) for excuse in excuses):
                continue
            form = max((views.origin(text, view, *part) for part in parts), key=_WEIGHT.__getitem__)
            yield Match(pack, rule, view.span(*whole), form)
            count += 1
            if count == MOST_MATCHES:
                return


def _together(lists: list[_Spans], most: int, places: _Places) -> Iterator[list[Span]]:
    """For every term of the first list, the nearest of each other list, where all are near enough."""
    for anchor in lists[0].by_start:
        parts = [anchor]
        for other in lists[1:]:
            near: list[tuple[int, Span]] = []
            if (after := other.after(anchor[1])) is not None:
                near.append((places.between(anchor[1], after[0]), after))
            if (before := other.before(anchor[0])) is not None:
                near.append((places.between(before[1], anchor[0]), before))
            if not near or min(near)[0] > most:
                break
            parts.append(min(near)[1])
        else:
            yield parts


def _near(whole: Span, excuses: _Spans, most: int, places: _Places) -> bool:
    if excuses.touches(whole):
        return True
    after, before = excuses.after(whole[1]), excuses.before(whole[0])
    return (after is not None and places.between(whole[1], after[0]) <= most) or (
        before is not None and places.between(before[1], whole[0]) <= most
    )


def _distinct(found: list[Match]) -> list[Match]:
    """Of the overlapping matches of one rule, the one in the lightest form, then the leftmost, then the shortest."""
    kept: dict[tuple[str, str], list[Match]] = {}
    order = sorted(found, key=lambda m: (_WEIGHT[m.view], m.span[0], m.span[1]))
    for match in order:
        mine = kept.setdefault((match.pack.pack, match.rule.id), [])
        if len(mine) < MOST_MATCHES and all(
            match.span[1] <= other.span[0] or other.span[1] <= match.span[0] for other in mine
        ):
            mine.append(match)
    return sorted((m for mine in kept.values() for m in mine), key=lambda m: (m.span, m.pack.pack, m.rule.id))


def _whole_words(view: views.View, start: int, end: int) -> bool:
    text = view.text
    if start and start not in view.loose and _latin(text[start]) and _latin(text[start - 1]):
        return False
    return not (end < len(text) and end not in view.loose and _latin(text[end - 1]) and _latin(text[end]))


def _latin(character: str) -> bool:
    return "a" <= character <= "z" or "0" <= character <= "9"


def _spellings(words: WordList, english: Iterable[str], chinese: Iterable[str]) -> Iterator[str]:
    for term in chinese:
        yield views.normal(term)
    for term in english:
        base = views.normal(term)
        yield base
        if "s" in words.inflect:
            yield from _plural(base)
        if "ing" in words.inflect:
            yield from _ing(base)


def _plural(term: str) -> Iterator[str]:
    if not _latin(term[-1]):
        return
    if term.endswith(("s", "x", "z", "ch", "sh")):
        yield term + "es"
    elif term.endswith("y") and len(term) > 1 and term[-2] not in "aeiou":
        yield term[:-1] + "ies"
    else:
        yield term + "s"


def _ing(term: str) -> Iterator[str]:
    """Of the first word: "make a bomb" -> "making a bomb". Both spellings where the last letter may double."""
    verb, gap, rest = term.partition(" ")
    if verb.endswith("e") and not verb.endswith("ee"):
        yield verb[:-1] + "ing" + gap + rest
        return
    yield verb + "ing" + gap + rest
    if len(verb) > 2 and verb[-1] not in "aeiouwxy" and verb[-2] in "aeiou" and verb[-3] not in "aeiou":
        yield verb + verb[-1] + "ing" + gap + rest
