"""From a prompt to a plan: things, counts, colours, places and relations, in Chinese and English.

One pass over the tokens with a small memory, after the way both languages build a noun phrase: what
describes a thing stands before it (number, measure word, size, colour), what places it stands between
two things in English ("a cat under a tree") and after the second in Chinese ("猫在树下", "树下有猫").
Pure and total: any text gives a plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

from pingxing.engine.backends.scene.plan import Link, Plan, Wish
from pingxing.engine.backends.scene.read import Token, tokens
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.variants import concept_for
from pingxing.engine.backends.scene.words import Lexicon, lexicon, singulars

MAX_THINGS = 50  # drawn in one picture
MAX_WISHES = 24  # different things in one picture
BARE_PLURAL = 3  # "dogs" without a number
# A later setting refines an earlier one of these ("New York Chinatown" is Chinatown).
BROAD = {"city", "sky", "meadow", "sea", "snow", "mountains", "plain"}
# Heads of Chinese compounds: 苹果树 is a tree, not an apple and a tree.
CHINESE_HEADS = {"树", "花", "汤", "店", "屋", "塔", "桥", "船", "树林"}
SITTING = {"坐在", "站在", "躺在", "趴在", "停在", "落在", "骑在", "睡在", "蹲在", "卧在", "放在", "摆在"}
PERSON_GROUP = "people-body"


@dataclass(slots=True)
class _Pending:
    """What has been said of a noun that has not come yet."""

    count: int | None = None
    colours: list[str] = field(default_factory=list)
    size: float = 1.0
    start: int | None = None
    the: bool = False
    unknown: str = ""  # a word nobody knows, standing where a noun may stand

    def note(self, token: Token) -> None:
        if self.start is None:
            self.start = token.start


@dataclass(slots=True)
class _Reader:
    prompt: str
    lexicon: Lexicon
    wishes: list[Wish] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    setting: dict[str, str] = field(default_factory=dict)
    setting_spans: list[tuple[int, int]] = field(default_factory=list)
    backdrop: str | None = None
    palette: list[str] = field(default_factory=list)
    not_drawn: list[str] = field(default_factory=list)
    banned: set[str] = field(default_factory=set)
    pending: _Pending = field(default_factory=_Pending)
    stash: _Pending | None = None  # what was said before a relative clause
    chain: list[int] = field(default_factory=list)  # the things the clause speaks of
    earlier: list[int] = field(default_factory=list)  # those of the clause before
    relation: str | None = None  # waiting for its object
    subjects: list[int] = field(default_factory=list)
    front: tuple[str, int] | None = None  # (relation, object) waiting for its subjects
    front_used: bool = False
    front_place: str = ""
    at: str = ""  # 在, or a verb with it, waiting for a place
    at_object: int | None = None
    at_first: int | None = None  # the one before "and": "在树和房子之间"
    beyond: int | None = None  # what must stand right of the next noun ("between")
    negated: bool = False
    joined: bool = False  # "and" stood before
    after_be: bool = False
    last: Token | None = None
    noun: Token | None = None  # the last thing, while nothing but 的 has followed it

    # --- noun phrases ---------------------------------------------------------------------------

    def thing(self, token: Token, concept: str) -> None:
        if self.stash is not None and self.front is not None and not self.front_used:
            self.pending, self.stash = self.stash, None
        pending, self.pending = self.pending, _Pending()
        start = token.start if pending.start is None else pending.start
        if self.negated:
            self.banned.add(concept)
            self.setting_spans.append((start, token.end))
            self.noun = None
            return
        index = self._same(concept, token, pending)
        if index is None:
            index = self._new(concept, token, pending, start)
            if index is None:
                return
        elif (span := (start, token.end)) not in self.wishes[index].spans:
            self.wishes[index] = replace(self.wishes[index], spans=(*self.wishes[index].spans, span))
        self._link(index)
        self.joined = self.after_be = False
        self.noun = token

    def _same(self, concept: str, token: Token, pending: _Pending) -> int | None:
        """The wish a bare or definite noun speaks of again, if there is one."""
        if pending.count is not None or (pending.colours and not pending.the) or (token.plural and not pending.the):
            return None
        if not (token.chinese or pending.the):
            return None
        for index in reversed(range(len(self.wishes))):
            wish = self.wishes[index]
            if wish.concept == concept or self.prompt[wish.spans[0][0] : wish.spans[0][1]].endswith(token.text):
                return index
        return None

    def _new(self, concept: str, token: Token, pending: _Pending, start: int) -> int | None:
        compound = self.noun is not None and self.noun.end <= token.start and self._is_compound(token)
        count = pending.count if pending.count is not None else (BARE_PLURAL if token.plural else 1)
        if compound and self.chain:
            index = self.chain.pop()
            old = self.wishes[index]
            colour = pending.colours[0] if pending.colours else old.colour
            count = old.count if old.count > 1 or not token.plural else count
            self.wishes[index] = self._wish(concept, old.spans[0][0], token.end, count, colour, old.size)
            self.links = [link for link in self.links if index not in (link.subject, link.object)]
            return index
        if len(self.wishes) >= MAX_WISHES or count == 0:
            if count:
                self.not_drawn.append(token.text)
            return None
        colour = pending.colours[0] if pending.colours else self._inner_colour(concept, token)
        self.wishes.append(self._wish(concept, start, token.end, count, colour, pending.size))
        return len(self.wishes) - 1

    def _inner_colour(self, concept: str, token: Token) -> str | None:
        """The colour inside a phrase that is one word to us: 黑猫, "red apple" (but not 黄瓜, "red wine")."""
        table = self.lexicon.chinese if token.chinese else self.lexicon.english
        cuts = range(1, len(token.text)) if token.chinese else [i for i, c in enumerate(token.text) if c == " "]
        for cut in cuts:
            colour = next((m.value for m in table.get(token.text[:cut], ()) if m.kind == "colour"), None)
            rest = token.text[cut:].strip().removeprefix("的")
            forms = [rest] if token.chinese else [rest, *singulars(rest)]
            if colour is not None and any(
                concept_for(m.value, colour) == concept
                for form in forms
                for m in table.get(form, ())
                if m.kind == "thing"
            ):
                return colour
        return None

    def _wish(self, concept: str, start: int, end: int, count: int, colour: str | None, size: float) -> Wish:
        concept = concept_for(concept, colour)
        en, zh = self.lexicon.names[concept]
        words = self.prompt[start:end]
        return Wish(concept, en, zh, words, ((start, end),), min(count, MAX_THINGS), colour, size)

    def _is_compound(self, token: Token) -> bool:
        """Whether the noun just before only describes this one ("apple tree", 苹果树)."""
        if self.noun is None:
            return False
        between = self.prompt[self.noun.end : token.start]
        if self.pending.colours or self.pending.count is not None:
            return False
        if token.chinese:
            return not between and token.text in CHINESE_HEADS
        return between.isspace() and not self.noun.plural

    def _link(self, index: int) -> None:
        """Place the noun in the sentence: object of what waits, subject of what was said in front, or new."""
        if self.relation == "between":
            self._between(index)
            return
        if self.relation is not None:
            if self.subjects:
                self._relate(self.subjects, self.relation, index)
                self.relation = None
                self.chain = [index] if not self.after_be else self.chain
            else:
                self.front, self.front_used = (self.relation, index), False
                self.relation = None
            return
        if self.at:
            self.at_first = self.at_object if self.joined else None
            self.at_object = index
            return
        if self.front is not None and (not self.front_used or self.joined):
            relation, target = self.front
            self._relate([index], relation, target)
            self.front_used = True
            if self.beyond is not None:
                self._relate([self.beyond], "right-of", index)
                self.beyond = None
        if self.front_place:
            self.wishes[index] = replace(self.wishes[index], place=self.front_place)
            if not self.joined:
                self.front_place = ""
        self.chain = [*self.chain, index] if self.joined and self.chain else [index]

    def _between(self, index: int) -> None:
        """Two objects: what is spoken of stands right of the first and left of the second."""
        if self.at_object is None:
            self.at_object = index
            return
        first, self.at_object, self.relation = self.at_object, None, None
        self._relate(self.subjects, "right-of", first)
        for subject in self.subjects[-1:]:
            self._relate([index], "right-of", subject)

    def _relate(self, subjects: list[int], relation: str, target: int) -> None:
        for subject in subjects:
            name = relation
            if name == "holding" and not self._can_hold(subject, target):
                name = "next-to"
            link = Link(subject, name, target)
            if subject != target and link not in self.links and Link(target, name, subject) not in self.links:
                self.links.append(link)

    def _can_hold(self, subject: int, target: int) -> bool:
        """People hold what is no person and not much larger than a balloon; a farmer stands beside cows."""
        holder, held = traits(self.wishes[subject].concept), traits(self.wishes[target].concept)
        return holder.group == PERSON_GROUP and held.group != PERSON_GROUP and held.metres < 1.4

    # --- everything between the nouns -----------------------------------------------------------

    def settle(self) -> None:
        """在 and a thing without a word of place after it ("坐在椅子")."""
        if self.at_object is not None:
            target, self.at_object = self.at_object, None
            subjects = [i for i in self.chain if i != target]
            relation = "on" if self.at in SITTING else "next-to"
            if subjects:
                self._relate(subjects, relation, target)
            elif not self.chain:
                self.chain = [target]
        self.at = ""

    def drop(self) -> None:
        """Forget what was said of a noun that did not come; a word nobody knows stood there."""
        pending, self.pending = self.pending, _Pending()
        if pending.unknown and pending.count is not None:
            self.not_drawn.append(pending.unknown)
        if pending.colours:
            target = self.chain or self.earlier
            if self.after_be and target:
                index = target[-1]
                wish = self.wishes[index]
                if wish.colour is None:
                    colour = pending.colours[0]
                    self.wishes[index] = replace(wish, colour=colour, concept=concept_for(wish.concept, colour))
            else:
                self.palette.extend(pending.colours)
        elif pending.count is not None and pending.count > 1 and self.chain and self.noun is not None:
            index = self.chain[-1]  # 苹果三个: the number follows
            if self.wishes[index].count == 1:
                self.wishes[index] = replace(self.wishes[index], count=min(pending.count, MAX_THINGS))

    def locative(self, relation: str) -> None:
        if relation == "between" and self._amid():
            return
        relation = "inside" if relation == "between" else relation
        if self.at_object is not None:
            target, self.at_object, self.at = self.at_object, None, ""
            subjects = [i for i in self.chain if i != target]
            if subjects:
                self._relate(subjects, relation, target)
            else:
                self.front, self.front_used = (relation, target), False
                self.chain = []
        elif self.chain:
            target = self.chain.pop()
            self.front, self.front_used = (relation, target), False
            self.chain = []
        self.noun = None

    def _amid(self) -> bool:
        """之间 after two nouns: places what was said before 在, or what comes next, between them."""
        if self.at_first is not None and self.at_object is not None:
            pair = (self.at_first, self.at_object)
        elif not self.at and len(self.chain) > 1:
            pair = (self.chain[-2], self.chain[-1])
        else:
            return False
        subjects = [i for i in self.chain if i not in pair]
        self.at, self.at_first, self.at_object = "", None, None
        if subjects:
            self._relate(subjects, "right-of", pair[0])
            self._relate([pair[1]], "right-of", subjects[-1])
        else:
            self.front, self.front_used, self.beyond = ("right-of", pair[0]), False, pair[1]
        self.chain, self.noun = subjects, None
        return True

    def place(self, token: Token, where: str) -> None:
        target = self.chain if self.chain and (not token.chinese or self.at) else []
        if target:
            for index in target if token.chinese else target[-1:]:
                self.wishes[index] = replace(self.wishes[index], place=where)
            self.at = ""
        else:
            self.front_place = where
            self.at = ""

    def set(self, axis: str, value: str, token: Token) -> None:
        if self.negated:
            self.banned.add(value)
        elif axis not in self.setting or (axis == "background" and self.setting[axis] in BROAD and value not in BROAD):
            self.setting[axis] = value
        self.setting_spans.append((token.start, token.end))

    def pause(self, full: bool) -> None:
        """A comma, or with `full` the end of a sentence."""
        self.drop()
        self.settle()
        if self.relation is not None and not self.subjects:
            self.relation = None
        if self.front is not None and self.front_used:
            self.front = None
        if full and self.front is not None and not self.front_used and self.earlier:
            self._relate([i for i in self.earlier if i != self.front[1]], *self.front)
        if full:
            self.front, self.front_place = None, ""
        self.earlier, self.chain = self.chain or self.earlier, []
        self.relation, self.subjects = None, []
        self.negated = self.joined = self.after_be = False
        self.noun = None


def _step(reader: _Reader, token: Token, following: Token | None) -> None:
    """Take one token. The order of the questions is the order of what is likelier meant."""
    pending = reader.pending
    if token.mark:
        reader.pause(token.mark == ".")
    elif (relation := token.get("locative")) is not None and _after_noun(reader, token):
        reader.drop()
        reader.locative(relation)
    elif token.has("locative") and reader.last is not None and _is_setting(reader.last):
        reader.setting_spans.append((token.start, token.end))
    elif token.has("measure") and (not token.chinese or (reader.last is not None and _counts(reader.last))):
        pending.note(token)
    elif (colour := token.get("colour")) is not None and _is_colour(token, following):
        pending.note(token)
        pending.colours.append(colour)
    elif (number := token.get("number")) is not None:
        if reader.joined:  # "no clouds and three sheep"
            reader.negated = False
        pending.note(token)
        pending.count = round(float(number) + 0.01) if pending.count in (None, 1) or number != "1" else pending.count
    elif token.has("size"):
        pending.note(token)
        pending.size = float(token.get("size") or 1)
    elif token.has("not"):
        reader.drop()
        reader.negated = True
        reader.joined = False
    elif token.has("place") and not _needs_object(token, following):
        reader.drop()
        reader.place(token, token.get("place") or "")
        if token.has("background") and not reader.wishes:
            reader.set("background", token.get("background") or "", token)
    elif token.has("missing"):
        reader.pending = _Pending()
        if not reader.negated:
            reader.not_drawn.append(reader.prompt[token.start : token.end])
    elif token.has("background") or token.has("time") or token.has("weather"):
        _setting(reader, token)
    elif token.has("thing"):
        reader.thing(token, token.get("thing") or "")
    else:
        _grammar(reader, token, following)
    if not (token.has("thing") or token.has("of")):
        reader.noun = None
    reader.last = token


def _setting(reader: _Reader, token: Token) -> None:
    if reader.pending.colours and not reader.negated:
        reader.pending.colours.clear()
    reader.pending.count = None
    reader.drop()
    for axis in ("background", "time", "weather"):
        value = token.get(axis)
        if value is not None:
            reader.set(axis, value, token)
    reader.relation = None
    reader.at = ""


def _grammar(reader: _Reader, token: Token, following: Token | None) -> None:
    pending = reader.pending
    if (relation := token.get("relation")) is not None:
        reader.drop()
        reader.settle()
        if relation == "holding" and not reader.chain:  # "night, with an owl": only joins
            return
        reader.relation, reader.subjects = relation, list(reader.chain)
        reader.after_be = False
        if reader.negated:
            reader.negated = False
    elif (verb := token.get("verb")) is not None:
        if not reader.chain and pending.count is not None:  # 一只戴着帽子的狗: one dog, not one hat
            reader.stash, reader.pending = pending, _Pending()
        reader.drop()
        reader.settle()
        reader.relation, reader.subjects = verb, list(reader.chain)
    elif token.has("and") or token.has("or"):
        if pending.colours and following is not None and following.has("colour"):
            return  # "a black and white cat"
        reader.drop()
        if reader.at_object is None:  # not inside "在树和房子之间"
            reader.settle()
        reader.joined = True
        if reader.relation != "between":
            reader.relation = None
    elif token.has("be"):
        reader.drop()
        reader.settle()
        reader.after_be = bool(reader.chain)
    elif token.has("have"):
        reader.drop()
        reader.settle()
        reader.chain = [] if reader.front is not None or reader.front_place else reader.chain
        reader.joined = False
    elif token.has("at"):
        reader.drop()
        reader.settle()
        reader.at = token.text
        reader.joined = False
    elif token.has("of"):
        if reader.negated and reader.last is not None and not reader.last.has("not"):
            reader.negated = False
    elif token.has("the"):
        pending.the = True
        pending.note(token)
    elif token.has("ground"):
        reader.drop()
        reader.relation = None
        reader.at = ""
    elif token.has("backdrop"):
        if pending.colours:
            reader.backdrop = pending.colours[-1]
            reader.setting_spans.append((pending.start or token.start, token.end))
            pending.colours.clear()
        reader.drop()
        reader.relation = None
    elif not token.meanings and len(token.text) > 1:
        pending.unknown = token.text


def _after_noun(reader: _Reader, token: Token) -> bool:
    if reader.noun is None or not (reader.chain or reader.at_object is not None):
        return False
    return reader.prompt[reader.noun.end : token.start].strip() in ("", "的")


def _is_setting(token: Token) -> bool:
    return token.chinese and (token.has("background") or token.has("ground"))


def _counts(token: Token) -> bool:
    return token.has("number") or token.has("the")


def _is_colour(token: Token, following: Token | None) -> bool:
    """Orange, rose and gold are colours before a noun and things elsewhere."""
    if not token.has("thing"):
        return True
    return following is not None and (
        following.has("thing") or following.has("of") or following.has("size") or following.has("backdrop")
    )


def _needs_object(token: Token, following: Token | None) -> bool:
    return False


@lru_cache(maxsize=256)
def parse(prompt: str, negative: str = "") -> Plan:
    """What the prompt asks for. `negative` names what must not appear. Never raises; the same for the same."""
    words = lexicon()
    reader = _Reader(prompt, words)
    stream = tokens(prompt, words)
    for position, token in enumerate(stream):
        _step(reader, token, stream[position + 1] if position + 1 < len(stream) else None)
    reader.pause(full=True)
    banned = frozenset(reader.banned | (_named(negative, words) if negative else set()))
    return _finished(reader, banned)


def _named(text: str, words: Lexicon) -> set[str]:
    kinds = ("thing", "background", "time", "weather")
    return {m.value for token in tokens(text, words) for m in token.meanings if m.kind in kinds}


def _finished(reader: _Reader, banned: frozenset[str]) -> Plan:
    wishes: list[Wish] = []
    moved: dict[int, int] = {}
    room = MAX_THINGS
    for index, wish in enumerate(reader.wishes):
        count = min(wish.count, room)
        if wish.concept in banned or count == 0:
            continue
        room -= count
        moved[index] = len(wishes)
        wishes.append(replace(wish, count=count))
    links = [
        Link(moved[link.subject], link.relation, moved[link.object])
        for link in reader.links
        if link.subject in moved and link.object in moved
    ]
    setting = {axis: value for axis, value in reader.setting.items() if value not in banned}
    return Plan(
        tuple(wishes),
        tuple(links),
        setting.get("background", ""),
        setting.get("time", ""),
        setting.get("weather", ""),
        reader.backdrop,
        tuple(dict.fromkeys(reader.palette)),
        tuple(dict.fromkeys(reader.setting_spans)),
        tuple(dict.fromkeys(reader.not_drawn)),
        banned,
    )
