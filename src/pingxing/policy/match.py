"""One pass of an Aho-Corasick automaton over each form of a text, then the rules' combinations.

Time is linear in the text but for sorting the hits: every combination looks only at the nearest neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any

from pingxing.policy import disguise, tables, views
from pingxing.policy.near import Places, Span, Spans, near_by, together
from pingxing.policy.rules import Pack, Rule, WordList
from pingxing.types import Decision

_HAN = re.compile(r"[\u3400-\u9fff]+")
# Lighter forms first: where several catch the same words, the lightest is the one to show.
_FORMS = (
    *("base", "plain", "folded", "simplified", "joined", "repeated", "leet", "split"),
    *("emoji", "reversed", "pinyin", "homophone", "initials"),
)
_WEIGHT = {name: weight for weight, name in enumerate(_FORMS)}
GUESSED = frozenset({"emoji", "reversed", "pinyin", "homophone", "initials"})  # forms in which a match may be chance
VAGUE = frozenset({"homophone", "initials"})  # where even a critical rule only asks a person: 炸蛋 is also a dish
MOST_MATCHES = 8  # of one rule in one text: enough to show, and a bound on what a hostile text can make us build
MOST_GUESSES = 400  # hits of one uncertain form in one text that are looked at closely

Key = tuple[str, str]  # pack, list
Use = tuple[Key, bool]  # True: a phrase in which the list's terms mean something else


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


@dataclass(slots=True)
class _Hits:
    """Where terms stand in the light text: span -> form, the lightest where there are several."""

    spans: dict[Key, dict[Span, str]] = field(default_factory=dict)
    masks: dict[Key, list[Span]] = field(default_factory=dict)

    def add(self, key: Key, span: Span, form: str) -> None:
        mine = self.spans.setdefault(key, {})
        if span not in mine or _WEIGHT[form] < _WEIGHT[mine[span]]:
            mine[span] = form

    def lists(self) -> dict[Key, Spans]:
        found: dict[Key, Spans] = {}
        for key, spans in self.spans.items():
            if key in self.masks:
                harmless = Spans(dict.fromkeys(self.masks[key], ""))
                spans = {span: form for span, form in spans.items() if not harmless.holds(span)}
            if spans:
                found[key] = Spans(spans)
        return found


class Matcher:
    """Compiled packs. Immutable after construction, so threads may share one."""

    def __init__(self, packs: Sequence[Pack], *, today: date | None = None, disguises: bool = True) -> None:
        """`today`: rules that expired before it are left out. `disguises=False` reads plain words only."""
        from ahocorasick_rs import AhoCorasick

        self._disguises = disguises
        self._rules = [(p, r) for p in packs for r in p.rules if r.stage in ("active", "shadow") and r.lives(today)]
        needed = {(p.pack, name) for p, r in self._rules for name in r.lists()}
        uses: dict[str, list[Use]] = {}
        for pack in packs:
            for name, words in pack.lists.items():
                key = (pack.pack, name)
                if key in needed:
                    for mask, terms in ((False, words), (True, words.not_in)):
                        for term in _spellings(words, terms.en, terms.zh):
                            _use(uses, term, (key, mask))
        self.terms = tuple(uses)
        self._uses = tuple(map(tuple, uses.values()))
        self._automaton = AhoCorasick(self.terms)
        self._firsts: dict[Key, list[int]] = {}
        for number, (pack, rule) in enumerate(self._rules):
            for first in dict.fromkeys(combination.all[0] for combination in rule.when):
                self._firsts.setdefault((pack.pack, first), []).append(number)
        if disguises:
            self._disguise(packs, needed)

    def _disguise(self, packs: Sequence[Pack], needed: set[Key]) -> None:
        from ahocorasick_rs import AhoCorasick

        bare: dict[str, list[Use]] = {}
        solid: dict[str, list[Use]] = {}  # without the spaces, for texts that were spelled out letter by letter
        for term, used in zip(self.terms, self._uses, strict=True):
            if len(term) > 2 and term.isascii():
                for use, skeleton in product(used, sorted(disguise.skeletons(term))):
                    _use(bare, skeleton, use)
                if " " in term:
                    for use in used:
                        _use(solid, term.replace(" ", ""), use)
        self._bare_uses = tuple(map(tuple, bare.values()))
        self._bare = AhoCorasick(list(bare))
        self._solid_uses = tuple(map(tuple, solid.values()))
        self._solid = AhoCorasick(list(solid))
        said: dict[str, list[tuple[Use, str, tuple[str, ...]]]] = {}
        self._initials: dict[str, list[Key]] = {}
        self._reversible: set[Key] = set()
        for pack in packs:
            for name, words in pack.lists.items():
                key = (pack.pack, name)
                if key not in needed:
                    continue
                if "reversed" in words.disguises:
                    self._reversible.add(key)
                if "sound" in words.disguises:
                    self._say(said, key, words, "initials" in words.disguises)
        self._said_uses = tuple(map(tuple, said.values()))
        self._said = AhoCorasick(list(said)) if said else None

    def _say(
        self, said: dict[str, list[tuple[Use, str, tuple[str, ...]]]], key: Key, words: WordList, initials: bool
    ) -> None:
        codes = tables.sounds().codes
        for mask, terms in ((False, words.zh), (True, words.not_in.zh)):
            for term in dict.fromkeys(map(views.normal, terms)):
                if not 2 <= len(term) <= 8 or not _HAN.fullmatch(term):
                    continue
                for way in tables.spoken(term):
                    row = said.setdefault("".join(codes[syllable] for syllable in way), [])
                    row.append(((key, mask), term, way))
                    if initials and not mask and len(way) >= 4:
                        self._initials.setdefault(disguise.initials(way), []).append(key)

    # --- reading ---------------------------------------------------------------------------------

    def find(self, text: str) -> list[Match]:
        """Every rule that fires, at most MOST_MATCHES times, spans of one rule not overlapping."""
        hits = _Hits()
        light = views.light(text)
        base = views.spaced(light)
        self._read(hits, disguise.identity("base", base), written=True)
        if self._disguises:
            self._undisguised(hits, light, base)
        if not hits.spans:
            return []
        return self._fired(text, base, hits.lists())

    def _fired(self, text: str, base: str, hits: dict[Key, Spans]) -> list[Match]:
        candidates = sorted({number for key in hits if key in self._firsts for number in self._firsts[key]})
        if not candidates:
            return []
        places, found = Places(base), []
        view: views.View | None = None
        for number in candidates:
            pack, rule = self._rules[number]
            for whole, parts, form in _fire(pack, rule, hits, places):
                view = view or views.based(text)
                if form == "base":
                    form = max((views.origin(text, view, *part) for part in parts), key=_WEIGHT.__getitem__)
                    if rule.views is not None and form not in rule.views:
                        continue
                found.append(Match(pack, rule, view.span(*whole), form))
        return _distinct(found)

    def _undisguised(self, hits: _Hits, light: str, base: str) -> None:
        plain = disguise.identity("base", base)
        tight = disguise.tight(light)
        if tight is not None:
            self._read(hits, tight, written=True)
            self._search(hits, tight, self._solid, self._solid_uses)
        compact = tight or plain
        for bare in disguise.bare(compact):
            self._search(hits, bare, self._bare, self._bare_uses, changed=base)
        for reading in (disguise.squeezed(compact), disguise.assembled(compact)):
            if reading is not None:
                self._read(hits, reading)
        for chinese in (False, True):
            if (pictured := disguise.pictured(plain, chinese=chinese)) is None:
                break
            self._read(hits, pictured)
        if self._reversible:
            self._read_backwards(hits, compact)
        if self._said is not None:
            self._listen(self._said, hits, base)
        if self._initials:
            for start, end in disguise.consonant_words(base):
                for key in self._initials.get(base[start:end], ()):
                    hits.add(key, (start, end), "initials")

    def _read(self, hits: _Hits, view: views.View, *, written: bool = False) -> None:
        self._search(hits, view, self._automaton, self._uses, written=written)

    def _search(
        self,
        hits: _Hits,
        view: views.View,
        automaton: Any,
        uses: Sequence[Sequence[Use]],
        *,
        written: bool = False,
        changed: str | None = None,
    ) -> None:
        """Harmless phrases that are `written` hold for every form; those in a disguise only for their own.

        `changed`: the light text; hits that show no letter in disguise there are left to the other forms.
        """
        found: dict[Key, list[Span]] = {}
        masks: dict[Key, list[Span]] = {}
        for number, start, end in automaton.find_matches_as_indexes(view.text, overlapping=True):
            if not _whole_words(view.text, start, end, view.loose):
                continue
            span = view.span(start, end)
            plain = changed is not None and not disguise.changed_letters(changed[slice(*span)])
            for key, mask in uses[number]:
                if mask or not plain:
                    (masks if mask else found).setdefault(key, []).append(span)
        if written:
            for key, harmless in masks.items():
                hits.masks.setdefault(key, []).extend(harmless)
        _add(hits, view.name, found, masks)

    def _read_backwards(self, hits: _Hits, view: views.View) -> None:
        """The whole text from its end, and every word from its end."""
        long = len(view.text)
        whole = [
            (number, long - end, long - start)
            for number, start, end in self._backwards(view.text[::-1])
            if self.terms[number] != view.text[long - end : long - start]
        ]
        words = [
            row
            for row in self._backwards(disguise.words_reversed(view.text))
            if self.terms[row[0]] != view.text[slice(*row[1:])]
        ]
        found: dict[Key, list[Span]] = {}
        masks: dict[Key, list[Span]] = {}
        sure: list[tuple[int, int, int]] = []
        chance: list[tuple[int, int, int]] = []
        for number, start, end in (*whole, *words):
            term, written = self.terms[number], view.text[start:end]
            if _latin(term[0]):
                if len(term) > 2:
                    (chance if written in tables.words_backwards() else sure).append((number, start, end))
            elif len(term) > 1:
                accident = len(term) < 4 and disguise.accident(view.text, start, end, "")
                (chance if accident else sure).append((number, start, end))
        # Where a longer term or several stand backwards the whole text probably does, and "感性" is 性感 indeed.
        if len({row[1:] for row in sure}) > 1 or any(end - start > 3 for _, start, end in sure):
            sure += chance
        for number, start, end in sure:
            for key, mask in self._uses[number]:
                if key in self._reversible:
                    (masks if mask else found).setdefault(key, []).append(view.span(start, end))
        _add(hits, "reversed", found, masks)

    def _backwards(self, text: str) -> list[tuple[int, int, int]]:
        found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        return [row for row in found if _whole_words(text, row[1], row[2])][:MOST_GUESSES]

    def _listen(self, automaton: Any, hits: _Hits, base: str) -> None:
        heard = disguise.sound(base)
        near = automaton.find_matches_as_indexes(heard, overlapping=True)
        if len(heard) == len(base):  # character for character: what is written as it sounds is soon told apart
            near = [row for row in near if not all(use[1] == base[row[1] : row[2]] for use in self._said_uses[row[0]])]
        if not near:
            return
        near = near[:MOST_GUESSES]
        view, exact = disguise.sound_places(base)
        readings = tables.sounds().readings
        pinyin: bool | None = None
        found: dict[str, dict[Key, list[Span]]] = {"pinyin": {}, "homophone": {}}
        masks: dict[Key, list[Span]] = {}
        for number, start, end in near:
            span = view.span(start, end)
            written = base[slice(*span)]
            for (key, mask), term, way in self._said_uses[number]:
                if written == term or written.replace(" ", "") == term:
                    if mask:
                        masks.setdefault(key, []).append(span)
                    continue
                apart = sum(
                    exact[at] != syllable and syllable not in readings(base[view.starts[at]])
                    for at, syllable in zip(range(start, end), way, strict=True)
                )
                if apart > (0 if len(way) < 3 else 1) or not all(exact[start:end]):
                    continue
                if mask:
                    masks.setdefault(key, []).append(span)
                elif not any(_latin(character) for character in written):
                    if not disguise.accident(base, *span, term):
                        found["homophone"].setdefault(key, []).append(span)
                else:
                    if pinyin is None:
                        pinyin = disguise.mostly_pinyin(base)
                    if pinyin and _spelled(written, way):
                        found["pinyin"].setdefault(key, []).append(span)
        for form, spans in found.items():
            _add(hits, form, spans, masks)


def _spelled(written: str, way: Sequence[str]) -> bool:
    """Whether letters are enough to be pinyin of a term: four, or fewer beside Chinese characters."""
    letters = sum(_latin(character) for character in written)
    return letters >= 4 or (letters >= 2 and letters < sum(map(len, way)))


def _use(uses: dict[str, list[Use]], term: str, use: Use) -> None:
    row = uses.setdefault(term, [])
    if use not in row:
        row.append(use)


def _add(hits: _Hits, form: str, found: dict[Key, list[Span]], masks: dict[Key, list[Span]]) -> None:
    for key, spans in found.items():
        harmless = Spans(dict.fromkeys(masks[key], "")) if key in masks else None
        for span in spans:
            if harmless is None or not harmless.holds(span):
                hits.add(key, span, form)


def _fire(pack: Pack, rule: Rule, hits: dict[Key, Spans], places: Places) -> Iterator[tuple[Span, list[Span], str]]:
    """Whole span, its parts, and the heaviest form among them."""
    excuses = [found for name in rule.unless if (found := _certain(hits.get((pack.pack, name)))) is not None]
    count = 0
    for combination in rule.when:
        lists = [_allowed(hits.get((pack.pack, name)), rule) for name in combination.all]
        present = [found for found in lists if found is not None]
        if len(present) < len(lists):
            continue
        for parts in together(present, 2 * combination.within, places):
            whole = (min(p[0] for p in parts), max(p[1] for p in parts))
            if any(near_by(whole, excuse, 2 * rule.unless_within, places) for excuse in excuses):
                continue
            forms = [found.forms[part] for found, part in zip(present, parts, strict=True)]
            yield whole, parts, max(forms, key=_WEIGHT.__getitem__)
            count += 1
            if count == MOST_MATCHES:
                return


def _certain(found: Spans | None) -> Spans | None:
    """Only what is plainly written excuses: a guess that somebody meant "prevent" does not."""
    if found is None or not any(form in GUESSED for form in found.forms.values()):
        return found
    sure = {span: form for span, form in found.forms.items() if form not in GUESSED}
    return Spans(sure) if sure else None


def _allowed(found: Spans | None, rule: Rule) -> Spans | None:
    if found is None or rule.views is None:
        return found
    chosen = {span: form for span, form in found.forms.items() if form == "base" or form in rule.views}
    return Spans(chosen) if chosen else None


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


def _whole_words(text: str, start: int, end: int, loose: frozenset[int] = frozenset()) -> bool:
    if start and start not in loose and _latin(text[start]) and _latin(text[start - 1]):
        return False
    return not (end < len(text) and end not in loose and _latin(text[end - 1]) and _latin(text[end]))


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
            yield from _third_person(base)
        if "ed" in words.inflect:
            yield from _past(base)


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
    if _may_double(verb):
        yield verb + verb[-1] + "ing" + gap + rest


def _third_person(term: str) -> Iterator[str]:
    """Of the first word of several: "make a bomb" -> "makes a bomb"."""
    verb, gap, rest = term.partition(" ")
    if rest:
        for form in _plural(verb):
            yield form + gap + rest


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
