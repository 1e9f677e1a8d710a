"""Reads a text in every form it may be meant in, and says which terms of which lists stand where.

Reading has two steps. `Reader.scans` runs the automata and knows of each form only which lists occur: cheap, and
for most texts enough to see that no rule can fire. `Scan.take` then looks at words, places and harmless phrases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from pingxing.policy import disguise, tables, views
from pingxing.policy.lexicon import Key, Lexica, Lexicon, Said, SoundLexicon
from pingxing.policy.near import Span, Spans

# Lighter forms first: where several catch the same words, the lightest is the one to show.
_FORMS = (
    *("base", "plain", "folded", "simplified", "joined", "spelled", "repeated", "leet", "split"),
    *("emoji", "reversed", "pinyin", "homophone", "initials"),
)
# "spelled" is "joined" where letters touch that nobody can part into words; to readers both are "joined".
WEIGHT = {name: weight for weight, name in enumerate(_FORMS)}
GUESSED = frozenset({"emoji", "reversed", "pinyin", "homophone", "initials"})  # forms in which a match may be chance
_UNSURE = GUESSED | {"spelled"}
MOST_GUESSES = 400  # hits of one uncertain form in one text that are looked at closely

Row = tuple[int, int, int]  # pattern, start, end


@dataclass(slots=True)
class Hits:
    """Where terms stand in the light text: span -> form, the lightest where there are several."""

    spans: dict[Key, dict[Span, str]] = field(default_factory=dict)
    masks: dict[Key, list[Span]] = field(default_factory=dict)
    disguised_masks: dict[Key, list[Span]] = field(default_factory=dict)
    _found: dict[Key, Spans | None] = field(default_factory=dict)

    def add(self, key: Key, span: Span, form: str) -> None:
        mine = self.spans.setdefault(key, {})
        if span not in mine or WEIGHT[form] < WEIGHT[mine[span]]:
            mine[span] = form

    def add_all(self, form: str, found: dict[Key, list[Span]], masks: dict[Key, list[Span]]) -> None:
        """Hits of one form, without those inside its harmless phrases."""
        for key, spans in masks.items():
            self.disguised_masks.setdefault(key, []).extend(spans)
        for key, spans in found.items():
            harmless = Spans(dict.fromkeys(masks[key], "")) if key in masks else None
            for span in spans:
                if harmless is None or not harmless.holds(span):
                    self.add(key, span, form)

    def found(self, key: Key) -> Spans | None:
        """Where the terms of a list stand, outside its harmless phrases."""
        if key not in self._found:
            spans = self.spans.get(key, {})
            self._found[key] = _outside(spans, self.masks.get(key))
        return self._found[key]

    def certain(self, key: Key) -> Spans | None:
        """Only what is plainly written excuses: a guess that somebody meant "prevent" does not, nor do letters
        that read so in words spelled out, nor a term inside a phrase that is harmful in disguise."""
        spans = {span: form for span, form in self.spans.get(key, {}).items() if form not in _UNSURE}
        return _outside(spans, [*self.masks.get(key, ()), *self.disguised_masks.get(key, ())])


def _outside(spans: dict[Span, str], masks: list[Span] | None) -> Spans | None:
    if masks:
        harmless = Spans(dict.fromkeys(masks, ""))
        spans = {span: form for span, form in spans.items() if not harmless.holds(span)}
    return Spans(spans) if spans else None


@dataclass(frozen=True, slots=True)
class Scan:
    """One form of a text, scanned: the lists that occur in it at least by letters, and how to look closely.

    `take` gets the lists (as bits) that could make a rule fire at all, and those together with the ones that excuse;
    forms that only guess, and never excuse, look at the first alone.
    """

    bits: int
    take: Callable[[Hits, int, int], None]


class Reader:
    """Immutable after construction, so threads may share one."""

    def __init__(self, lexica: Lexica, reversible: set[Key]) -> None:
        self._lexica = lexica
        self._plain = lexica.plain
        self._find, self._marks = lexica.plain.automaton.find_matches_as_indexes, lexica.plain.bits
        self._reversible = reversible
        self._initial_bits = {word: sum(lexica.bits[key] for key in keys) for word, keys in lexica.initials.items()}

    def glance(self, base: str) -> tuple[list[Row], int]:
        """The text as it stands: which patterns occur in it, and which lists. The way that every text takes, and most
        no further, so nothing is made here that is not needed."""
        rows: list[Row] = self._find(base, overlapping=True)
        marks, bits = self._marks, 0
        for row in rows:
            bits |= marks[row[0]]
        return rows, bits

    def written(self, base: str, rows: list[Row], bits: int) -> Scan:
        """The text as it stands, to be looked at closely."""
        return Scan(
            bits,
            lambda hits, _, wanted: _take(
                hits, disguise.identity("base", base), self._plain, rows, wanted, written=True
            ),
        )

    def undisguised(self, light: str, base: str) -> list[Scan]:
        """The text with every disguise taken off that it shows."""
        letters = frozenset(light)
        scans: list[Scan] = []
        plain = disguise.identity("base", base)
        tight = disguise.tight(light, letters)
        if tight is not None:
            scans.append(self._scan(tight, self._plain, written=True))
            if self._lexica.solid is not None:
                scans.append(self._scan(tight, self._lexica.solid))
        compact = tight or plain
        if self._lexica.bare is not None:
            for view in disguise.bare(compact, letters):
                scans.append(self._scan(view, self._lexica.bare, changed=base))
                scans.append(self._scan(view, self._plain, changed=base, least=3))
        further = (*disguise.unfolded(compact), *disguise.pictures(plain, letters))
        scans.extend(self._scan(view, self._plain) for view in further)
        if self._reversible:
            scans.append(self._backwards(tight or disguise.identity("base", light)))
        if self._lexica.sound is not None and disguise.speaks(base):
            scans.append(_heard(base, self._lexica.sound))
            if disguise.parted_otherwise(base):
                scans.append(_heard(base, self._lexica.sound, late=True))
        if self._initial_bits:
            scans.extend(self._initials(base))
        return scans

    def _scan(
        self, view: views.View, lexicon: Lexicon, *, written: bool = False, changed: str | None = None, least: int = 0
    ) -> Scan:
        """`least`: only Latin terms of so many letters."""
        rows = lexicon.find(view.text)
        if least:
            rows = [row for row in rows if row[2] - row[1] >= least and view.text[row[1] : row[2]].isascii()]
        return Scan(
            _bits(lexicon.bits, rows),
            lambda hits, _, wanted: _take(hits, view, lexicon, rows, wanted, written=written, changed=changed),
        )

    def _initials(self, base: str) -> list[Scan]:
        found = []
        for start, end in disguise.consonant_words(base):
            if bits := self._initial_bits.get(base[start:end], 0):
                found.append(Scan(bits, self._take_initials(base, start, end)))
        return found

    def _take_initials(self, base: str, start: int, end: int) -> Callable[[Hits, int, int], None]:
        def take(hits: Hits, _: int, wanted: int) -> None:
            for key in self._lexica.initials[base[start:end]]:
                hits.add(key, (start, end), "initials")

        return take

    # --- backwards -------------------------------------------------------------------------------

    def _backwards(self, view: views.View) -> Scan:
        """The whole text from its end, and every word from its end."""
        turned, each = views.spaced(view.text[::-1]), views.spaced(disguise.words_reversed(view.text))
        whole, words = self._plain.find(turned), self._plain.find(each) if " " in each else []
        marks = self._lexica.backwards

        def take(hits: Hits, relevant: int, _: int) -> None:
            if (_bits(marks, whole) | _bits(marks, words)) & relevant:
                # Rows without bits are harmless phrases alone.
                found = [r for r in whole if marks[r[0]] & relevant or not self._plain.bits[r[0]]]
                single = [r for r in words if marks[r[0]] & relevant or not self._plain.bits[r[0]]]
                self._take_backwards(hits, view, _guesses(turned, found), _guesses(each, single))

        return Scan(_bits(marks, whole) | _bits(marks, words), take)

    def _take_backwards(self, hits: Hits, view: views.View, whole: list[Row], words: list[Row]) -> None:
        long, terms = len(view.text), self._lexica.terms
        found = [(n, long - end, long - start) for n, start, end in whole]
        places = disguise.places_reversed(view.text) if words else []
        for n, start, end in words:
            inside = places[start:end]
            found.append((n, min(inside), max(inside) + 1))
        turned: bool | None = None
        sure: list[Row] = []
        chance: list[Row] = []
        for number, start, end in found:
            term, written = terms[number], view.text[start:end]
            if term == views.spaced(written):
                continue
            if latin(term[0]):
                if len(term) > 2:
                    (chance if written in tables.words_backwards() else sure).append((number, start, end))
            elif len(term) > 1:
                accident = len(term) < 4 and disguise.accident(view.text, start, end, "")
                if accident:
                    turned = disguise.runs_backwards(view.text) if turned is None else turned
                    accident = not turned
                (chance if accident else sure).append((number, start, end))
        # Where a longer term or several stand backwards the whole text probably does, and "感性" is 性感 indeed.
        if len({row[1:] for row in sure}) > 1 or any(end - start > 3 for _, start, end in sure):
            sure += chance
        spans: dict[Key, list[Span]] = {}
        masks: dict[Key, list[Span]] = {}
        for number, start, end in sure:
            for key, mask in self._plain.uses[number]:
                if key in self._reversible:
                    (masks if mask else spans).setdefault(key, []).append(view.span(start, end))
        hits.add_all("reversed", spans, masks)


def _heard(base: str, lexicon: SoundLexicon, *, late: bool = False) -> Scan:
    """The text as it sounds."""
    heard = disguise.sound(base, late=late)
    rows = lexicon.find(heard)
    alike = len(heard) == len(base)  # character for character: what is written as it sounds is soon told apart
    if alike:
        rows = [r for r in rows if not all(said[1] == base[r[1] : r[2]] for said in lexicon.said(r[0]))]
    places = None if alike else partial(disguise.sound_places, base, late=late)

    def take(hits: Hits, relevant: int, _: int) -> None:
        # Rows without bits are harmless phrases alone.
        chosen = [row for row in rows if lexicon.bits[row[0]] & relevant]
        if chosen:
            masks = [row for row in rows if not lexicon.bits[row[0]]]
            _take_sounds(hits, base, lexicon.said, chosen[:MOST_GUESSES] + masks[:MOST_GUESSES], places)

    return Scan(_bits(lexicon.bits, rows), take)


def _take_sounds(
    hits: Hits,
    base: str,
    every: Callable[[int], Sequence[Said]],
    rows: list[Row],
    places: Callable[[], tuple[views.View, list[str]]] | None,
) -> None:
    """`places`: the way back from sounds to the text, or None where each character has its own."""
    readings = tables.sounds().readings
    if places is None:
        view, exact = disguise.identity("sound", base), disguise.exactly(base)
    else:
        view, exact = places()
    pinyin: bool | None = None
    found: dict[str, dict[Key, list[Span]]] = {"pinyin": {}, "homophone": {}}
    masks: dict[Key, list[Span]] = {}
    for number, start, end in rows:
        heard = tuple(exact[start:end])
        if "" in heard:
            continue
        span = view.span(start, end)
        written = base[slice(*span)]
        for (key, mask), term, place in every(number):
            if written == term or written.replace(" ", "") == term:
                if mask:
                    masks.setdefault(key, []).append(span)
                continue
            way = tables.spoken(term)[place]
            if heard != way:
                apart = sum(
                    heard[at - start] != syllable and syllable not in readings(base[view.starts[at]])
                    for at, syllable in zip(range(start, end), way, strict=True)
                )
                if apart > (0 if len(way) < 3 else 1):
                    continue
            if mask:
                masks.setdefault(key, []).append(span)
            elif not any(latin(character) for character in written):
                if not disguise.accident(base, *span, term):
                    found["homophone"].setdefault(key, []).append(span)
            else:
                if pinyin is None:
                    pinyin = disguise.mostly_pinyin(base)
                if pinyin and _spelled(written, way):
                    found["pinyin"].setdefault(key, []).append(span)
    for form, spans in found.items():
        hits.add_all(form, spans, masks)


def _spelled(written: str, way: Sequence[str]) -> bool:
    """Whether letters are enough to be pinyin of a term: four, or fewer beside Chinese characters."""
    letters = sum(latin(character) for character in written)
    return letters >= 4 or (letters >= 2 and letters < sum(map(len, way)))


def _take(
    hits: Hits,
    view: views.View,
    lexicon: Lexicon,
    rows: Sequence[Row],
    wanted: int,
    *,
    written: bool = False,
    changed: str | None = None,
) -> None:
    """Hits of the lists that are `wanted`.

    Harmless phrases that are `written` hold for every form; those in a disguise only for their own. `changed`: the
    light text; hits that show no letter in disguise there are left to the other forms.
    """
    found: dict[Key, list[Span]] = {}
    spelled: dict[Key, list[Span]] = {}
    masks: dict[Key, list[Span]] = {}
    touches = lexicon.touches
    for number, start, end in rows:
        if not touches[number] & wanted or not whole_words(view.text, start, end, view.loose):
            continue
        span = view.span(start, end)
        plain = changed is not None and not disguise.changed_letters(changed[slice(*span)])
        apart = not view.loose or whole_words(view.text, start, end)
        chance = view.name == "base" and disguise.parted(view.text, start, end)
        for key, mask in lexicon.uses[number]:
            if mask:
                masks.setdefault(key, []).append(span)
            elif not plain and not chance:
                (found if apart else spelled).setdefault(key, []).append(span)
    if written:
        for key, harmless in masks.items():
            hits.masks.setdefault(key, []).extend(harmless)
    hits.add_all(view.name, found, masks)
    hits.add_all("spelled", spelled, masks)


def _bits(marks: Sequence[int], rows: Sequence[Row]) -> int:
    bits = 0
    for row in rows:
        bits |= marks[row[0]]
    return bits


def _guesses(text: str, rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if whole_words(text, row[1], row[2])][:MOST_GUESSES]


def whole_words(text: str, start: int, end: int, loose: frozenset[int] = frozenset()) -> bool:
    if start and start not in loose and latin(text[start]) and latin(text[start - 1]):
        return False
    return not (end < len(text) and end not in loose and latin(text[end - 1]) and latin(text[end]))


def latin(character: str) -> bool:
    return "a" <= character <= "z" or "0" <= character <= "9"
