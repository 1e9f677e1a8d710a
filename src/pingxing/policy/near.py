"""Terms near terms: where those of a list stand, how far apart words are, and which of them belong together."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate

from pingxing.policy import disguise, tables

# A drawn-out character counts once, and signs inside a word (doctor's, pr@i$e) do not part it.
_WORD = re.compile(r"[a-z0-9]+(?:[@$!|+€£¢¥'’]+[a-z0-9]+)*|([\u3400-\u9fff])\1*")

Span = tuple[int, int]


class Spans:
    """Where the terms of one list stand in a view, ready to be asked for neighbours."""

    def __init__(self, forms: dict[Span, str]) -> None:
        self.forms = forms
        # Where several begin or end together the longest is the one to show: "how to make", not "make".
        self.by_start = sorted(forms, key=lambda span: (span[0], -span[1]))
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


class Places:
    """Distances in half words: a Latin word or a number is two, a Chinese character one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: list[int] | None = None
        self._sums: list[int] = []

    def between(self, end: int, start: int) -> int:
        """Half words that begin in text[end:start]."""
        if self._starts is None:
            self._starts, self._sums = _measured(self._text)
        return self._sums[bisect_left(self._starts, start)] - self._sums[bisect_left(self._starts, end)]


def _measured(text: str) -> tuple[list[int], list[int]]:
    """Where words begin, and how many half words begin before each of them."""
    starts: list[int] = []
    sums, total = [0], 0
    syllables: frozenset[str] | None = None
    for word in _WORD.finditer(text):
        starts.append(word.start())
        if word.lastindex:  # Chinese
            total += 1
        else:
            if syllables is None:
                syllables = tables.sounds().syllables if disguise.mostly_pinyin(text) else frozenset()
            total += _weight(word.group(), syllables)
        sums.append(total)
    return starts, sums


def _weight(word: str, syllables: frozenset[str]) -> int:
    """Half words. A letter that stands alone is most likely of a word that was spelled out; a syllable of pinyin
    is a Chinese character."""
    if word in syllables:
        return 1
    return 0 if len(word) == 1 and word.isalpha() and word not in "ai" else 2


def together(lists: list[Spans], most: int, places: Places) -> Iterator[list[Span]]:
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


def near_by(whole: Span, excuses: Spans, most: int, places: Places) -> bool:
    if excuses.touches(whole):
        return True
    after, before = excuses.after(whole[1]), excuses.before(whole[0])
    return (after is not None and places.between(whole[1], after[0]) <= most) or (
        before is not None and places.between(before[1], whole[0]) <= most
    )
