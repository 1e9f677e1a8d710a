"""One pass of an Aho-Corasick automaton over each form of a text, then the rules' combinations.

Time is linear in the text but for sorting the hits: every combination looks only at the nearest neighbours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from pingxing.policy import lexicon, views
from pingxing.policy.near import Places, Span, Spans, near_by, together
from pingxing.policy.readings import GUESSED, WEIGHT, Hits, Reader
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


@dataclass(frozen=True, slots=True)
class _Possible:
    """`relevant`: the lists of the combinations whose lists all occur, as bits; `wanted`: those, and the lists that
    excuse; `rules`: numbers of the rules that may fire, in their order."""

    relevant: int
    wanted: int
    rules: tuple[int, ...]


_NOTHING = _Possible(0, 0, ())


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
        self._bits = lexica.bits
        needs: dict[int, set[int]] = {}  # lists of a combination -> rules that fire by it
        for number, (pack, rule) in enumerate(self._rules):
            for combination in rule.when:
                needs.setdefault(self._lists(pack, combination.all), set()).add(number)
        self._needs = _by_rarest({need: tuple(sorted(rules)) for need, rules in sorted(needs.items())})
        self._excuses = tuple(self._lists(pack, rule.unless) for pack, rule in self._rules)
        self._known: dict[int, _Possible] = {0: _NOTHING}  # by the lists that occur

    def find(self, text: str) -> list[Match]:
        """Every rule that fires, at most MOST_MATCHES times, spans of one rule not overlapping."""
        light = views.light(text)
        base = views.spaced(light)
        rows, bits = self._reader.glance(base)
        scans = self._reader.undisguised(light, base) if self._disguises else []
        for scan in scans:
            bits |= scan.bits
        possible = self._known.get(bits) or self._possible(bits)
        if not possible.rules:  # of most texts: and this is the end
            return []
        hits = Hits()
        for scan in (self._reader.written(base, rows, bits), *scans):
            scan.take(hits, possible.relevant, possible.wanted)
        present = reduce(or_, map(self._bits.__getitem__, hits.spans), 0)  # words now, where letters were before
        rules = (self._known.get(present) or self._possible(present)).rules
        return self._fired(text, base, hits, rules) if rules else []

    def _lists(self, pack: Pack, names: Sequence[str]) -> int:
        return reduce(or_, (self._bits[pack.pack, name] for name in names), 0)

    def _possible(self, bits: int) -> _Possible:
        """What could happen where exactly these lists occur."""
        relevant, left, fit = 0, bits, set[int]()
        while left:
            lowest = left & -left
            left ^= lowest
            for need, rules in self._needs.get(lowest, ()):
                if bits & need == need:
                    relevant |= need
                    fit.update(rules)
        numbers = tuple(sorted(fit))
        found = _Possible(relevant, reduce(or_, (self._excuses[number] for number in numbers), relevant), numbers)
        if len(self._known) < _MOST_KNOWN:
            self._known[bits] = found
        return found

    def _fired(self, text: str, base: str, hits: Hits, rules: Sequence[int]) -> list[Match]:
        places, found = Places(base), []
        view: views.View | None = None
        for number in rules:
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


def _by_rarest(needs: Mapping[int, tuple[int, ...]]) -> dict[int, tuple[tuple[int, tuple[int, ...]], ...]]:
    """Each need with its rules, under that list of it (as a bit) which the fewest needs have: of what occurs in a text,
    only the few needs under it have to be looked at."""
    shares = Counter(bit for need in needs for bit in _each(need))
    found: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
    for need, rules in needs.items():
        found.setdefault(min(_each(need), key=lambda bit: (shares[bit], bit)), []).append((need, rules))
    return {bit: tuple(rows) for bit, rows in found.items()}


def _each(bits: int) -> Iterator[int]:
    while bits:
        yield bits & -bits
        bits &= bits - 1


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
    excuses: list[Spans] | None = None
    count = 0
    for combination in rule.when:
        present: list[Spans] = []
        for name in combination.all:
            found = _allowed(hits.found((pack.pack, name)), rule)
            if found is None:
                break
            present.append(found)
        if len(present) < len(combination.all):
            continue
        for parts in together(present, 2 * combination.within, places):
            if excuses is None:
                excuses = [one for name in rule.unless if (one := hits.certain((pack.pack, name))) is not None]
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
