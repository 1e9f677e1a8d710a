"""One pass of an Aho-Corasick automaton over each form of a text, then the rules' combinations.

Time is linear in the text but for sorting the hits: every combination looks only at the nearest neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from pingxing.policy import lexicon, views
from pingxing.policy.lexicon import Key
from pingxing.policy.near import Places, Span, Spans, near_by, together
from pingxing.policy.readings import GUESSED, WEIGHT, Hits, Reader, Scan
from pingxing.policy.rules import Pack, Rule
from pingxing.types import Decision

VAGUE = frozenset({"homophone", "initials"})  # where even a critical rule only asks a person: 炸蛋 is also a dish
MOST_MATCHES = 8  # of one rule in one text: enough to show, and a bound on what a hostile text can make us build
_MOST_KNOWN = 1 << 14  # bounded: sets of lists that have been judged once


@dataclass(frozen=True, slots=True)
class Match:
    pack: Pack
    rule: Rule
    span: Span  # in the original text
    view: str

    @property
    def action(self) -> Decision:
        """The rule's own. What was only guessed goes to a person, unless the rule is critical and the guess good."""
        unsure = self.view in VAGUE or (self.view in GUESSED and self.rule.severity != "critical")
        return "review" if unsure else self.rule.action


class Matcher:
    """Compiled packs. Immutable after construction, so threads may share one."""

    def __init__(self, packs: Sequence[Pack], *, today: date | None = None, disguises: bool = True) -> None:
        """`today`: rules that expired before it are left out. `disguises=False` reads plain words only."""
        self._rules = [(p, r) for p in packs for r in p.rules if r.stage in ("active", "shadow") and r.lives(today)]
        needed = {(p.pack, name) for p, r in self._rules for name in r.lists()}
        lists = {(p.pack, name): words for p in packs for name, words in p.lists.items() if (p.pack, name) in needed}
        lexica = lexicon.compiled(lists, disguises=disguises)
        self._reader = Reader(lexica, {key for key, words in lists.items() if "reversed" in words.disguises})
        self._disguises = disguises
        self.terms = lexica.terms
        self._firsts: dict[Key, list[int]] = {}
        needs: set[int] = set()
        for number, (pack, rule) in enumerate(self._rules):
            for combination in rule.when:
                needs.add(reduce(or_, (lexica.bits[pack.pack, name] for name in combination.all)))
            for first in dict.fromkeys(combination.all[0] for combination in rule.when):
                self._firsts.setdefault((pack.pack, first), []).append(number)
        self._needs = tuple(sorted(needs))
        self._known: dict[int, int] = {0: 0}  # lists that occur -> those of them that could make a rule fire

    def find(self, text: str) -> list[Match]:
        """Every rule that fires, at most MOST_MATCHES times, spans of one rule not overlapping."""
        light = views.light(text)
        base = views.spaced(light)
        scans = [self._reader.written(base)]
        if self._disguises:
            scans += self._reader.undisguised(light, base)
        relevant = self._relevant(scans)
        if not relevant:
            return []
        hits = Hits()
        for scan in scans:
            scan.take(hits, relevant)
        return self._fired(text, base, hits) if hits.spans else []

    def _relevant(self, scans: Sequence[Scan]) -> int:
        """The lists of the combinations whose lists all occur, as bits. Of most texts none do, and this is the end."""
        bits = 0
        for scan in scans:
            bits |= scan.bits
        known = self._known.get(bits)
        if known is None:
            known = reduce(or_, (need for need in self._needs if bits & need == need), 0)
            if len(self._known) < _MOST_KNOWN:
                self._known[bits] = known
        return known

    def _fired(self, text: str, base: str, hits: Hits) -> list[Match]:
        candidates = sorted({number for key in hits.spans if key in self._firsts for number in self._firsts[key]})
        if not candidates:
            return []
        places, found = Places(base), []
        view: views.View | None = None
        for number in candidates:
            pack, rule = self._rules[number]
            for whole, parts, form in _fire(pack, rule, hits, places):
                view = view or views.based(text)
                form = "joined" if form == "spelled" else form
                if form == "base":
                    form = max((views.origin(text, view, *part) for part in parts), key=WEIGHT.__getitem__)
                    if rule.views is not None and form not in rule.views:
                        continue
                found.append(Match(pack, rule, view.span(*whole), form))
        return _distinct(found)


class Matchers:
    """Matchers of several groups of packs, read as one. Immutable after construction."""

    def __init__(self, parts: Sequence[Matcher]) -> None:
        self.parts = tuple(parts)

    def find(self, text: str) -> list[Match]:
        """As Matcher.find of all the groups' packs together."""
        if len(self.parts) == 1:
            return self.parts[0].find(text)
        found = [match for part in self.parts for match in part.find(text)]
        return sorted(found, key=lambda match: (match.span, match.pack.pack, match.rule.id))


def _fire(pack: Pack, rule: Rule, hits: Hits, places: Places) -> Iterator[tuple[Span, list[Span], str]]:
    """Whole span, its parts, and the heaviest form among them."""
    excuses = [found for name in rule.unless if (found := hits.certain((pack.pack, name))) is not None]
    count = 0
    for combination in rule.when:
        lists = [_allowed(hits.found((pack.pack, name)), rule) for name in combination.all]
        present = [found for found in lists if found is not None]
        if len(present) < len(lists):
            continue
        for parts in together(present, 2 * combination.within, places):
            whole = (min(p[0] for p in parts), max(p[1] for p in parts))
            if any(near_by(whole, excuse, 2 * rule.unless_within, places) for excuse in excuses):
                continue
            forms = [found.forms[part] for found, part in zip(present, parts, strict=True)]
            yield whole, parts, max(forms, key=WEIGHT.__getitem__)
            count += 1
            if count == MOST_MATCHES:
                return


def _allowed(found: Spans | None, rule: Rule) -> Spans | None:
    if found is None or rule.views is None:
        return found
    views_ = {*rule.views, "base", *(("spelled",) if "joined" in rule.views else ())}
    chosen = {span: form for span, form in found.forms.items() if form in views_}
    return Spans(chosen) if chosen else None


def _distinct(found: list[Match]) -> list[Match]:
    """Of the overlapping matches of one rule, the one in the lightest form, then the leftmost, then the shortest."""
    kept: dict[tuple[str, str], list[Match]] = {}
    order = sorted(found, key=lambda m: (WEIGHT[m.view], m.span[0], m.span[1]))
    for match in order:
        mine = kept.setdefault((match.pack.pack, match.rule.id), [])
        if len(mine) < MOST_MATCHES and all(
            match.span[1] <= other.span[0] or other.span[1] <= match.span[0] for other in mine
        ):
            mine.append(match)
    return sorted((m for mine in kept.values() for m in mine), key=lambda m: (m.span, m.pack.pack, m.rule.id))
