"""The memory of one reading: the noun phrases of a prompt as they grow, and the relations between them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pingxing.engine.backends.scene.bond import bond, is_person
from pingxing.engine.backends.scene.noun import Pending, fitting, inner_colour, inner_traits, person
from pingxing.engine.backends.scene.people import gender_of, gendered, plain, toned
from pingxing.engine.backends.scene.plan import Link, Wish
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.variants import concept_for
from pingxing.engine.backends.scene.words import Lexicon, concept_of

MAX_THINGS = 50  # drawn in one picture
MAX_WISHES = 24  # different things in one picture
BARE_PLURAL = 3  # "dogs" without a number
# A later setting refines an earlier one of these ("New York Chinatown" is Chinatown).
BROAD = {"city", "sky", "meadow", "sea", "snow", "mountains", "plain"}
# Art that shows a pair, or a thing that is called one: "a pair of glasses" is one picture.
PAIRED = frozenset(map(concept_of, "👓🕶🧦🧤🥢✂👖🩳🩰🎧🎿🥽💑💏👭👬👫👯👀"))
# Heads of Chinese compounds: 苹果树 is a tree, not an apple and a tree.
CHINESE_HEADS = {"树", "花", "汤", "店", "屋", "塔", "桥", "船", "树林"}
CHINESE_MANY = {"星星", "繁星", "树木", "人们", "孩童", "花朵", "云朵", "落叶", "树叶"}
# Black and white by nature: 黑白相间的熊猫 asks for no paint.
PIED = frozenset(map(concept_of, "🐼🦓🐧🐄🦨🐮⚽"))
SITTING = {"坐在", "站在", "躺在", "趴在", "停在", "落在", "骑在", "睡在", "蹲在", "卧在", "放在", "摆在"}
PERSONAL = frozenset({"him", "her", "his", "她", "他"})
BESIDE = {"left": "left-of", "right": "right-of"}


@dataclass(slots=True)
class Sentence:
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
    pending: Pending = field(default_factory=Pending)
    stash: Pending | None = None  # what was said before a relative clause
    chain: list[int] = field(default_factory=list)  # the things the clause speaks of
    earlier: list[int] = field(default_factory=list)  # those of the clause before
    head: list[int] = field(default_factory=list)  # whom the clause is about: "a man in a coat is ..." the man
    it: int | None = None  # what the last pronoun stood for
    relation: str | None = None  # waiting for its object
    subjects: list[int] = field(default_factory=list)
    front: tuple[str, int] | None = None  # (relation, object) waiting for its subjects
    front_used: bool = False
    front_place: str = ""
    at: str = ""  # 在, or a verb with it, waiting for a place
    at_object: int | None = None
    at_first: int | None = None  # the one before "and": "在树和房子之间"
    anchor: int | None = None  # what the last word of place was said of, until the sentence ends
    beyond: int | None = None  # what must stand right of the next noun ("between")
    negated: bool = False
    joined: bool = False  # "and" stood before
    after_be: bool = False
    last: Token | None = None
    noun: Token | None = None  # the last thing, while nothing but 的 has followed it
    each: bool = False  # what comes is there once for each of those spoken of
    sides: bool = False  # what comes stands on both sides, so there are two of it
    victim: list[int] = field(default_factory=list)  # whom 被 speaks of, until its verb has come
    leaning: bool = False  # 靠在: the 上 that follows adds nothing
    told: set[int] = field(default_factory=set)  # wishes whose number was said
    parts: set[int] = field(default_factory=set)  # wishes that "one ... the other" has spoken of
    sky_colour: str | None = None
    sky_open: bool = False  # "the sky is ...": a colour may follow

    # --- noun phrases ---------------------------------------------------------------------------

    def thing(self, token: Token, concept: str) -> None:
        if self.stash is not None and self.front is not None and not self.front_used:
            self.pending, self.stash = self.stash.joined(self.pending), None
        pending, self.pending = self.pending, Pending()
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

    def _unsaid(self, token: Token) -> int:
        """How many there are where no number says so: "cats wearing hats" have a hat each."""
        holders = sum(self.wishes[i].count for i in self.subjects)
        if token.plural and holders > 1 and self.relation in ("wearing", "holding", "with", "riding"):
            return holders
        return BARE_PLURAL if token.plural else 1

    def _same(self, concept: str, token: Token, pending: Pending) -> int | None:
        """The wish a bare or definite noun speaks of again, if there is one."""
        if pending.count is not None or (pending.colours and not pending.the) or (token.plural and not pending.the):
            return None
        if not (token.chinese or pending.the) or pending.traits:
            return None
        place = pending.place or self.front_place
        for index in reversed(range(len(self.wishes))):
            wish = self.wishes[index]
            if (place and wish.place != place) or (pending.colours and wish.colour != pending.colours[0]):
                continue
            if plain(wish.concept) == concept or self.prompt[wish.spans[0][0] : wish.spans[0][1]].endswith(token.text):
                return index
        return None

    def _new(self, concept: str, token: Token, pending: Pending, start: int) -> int | None:
        compound = self.noun is not None and self.noun.end <= token.start and self._is_compound(token)
        count = pending.count if pending.count is not None else self._unsaid(token)
        if compound and self.chain:
            index = self.chain.pop()
            old = self.wishes[index]
            colour = pending.colours[0] if pending.colours else old.colour
            count = old.count if old.count > 1 or not token.plural else count
            if gender := gender_of(plain(old.concept)):
                concept = gendered(concept, gender)
            self.wishes[index] = self._wish(concept, old.spans[0][0], token.end, count, colour, old.size)
            self.links = [link for link in self.links if index not in (link.subject, link.object)]
            return index
        if len(self.wishes) >= MAX_WISHES or count == 0:
            if count:
                self.not_drawn.append(token.text)
            return None
        colour = pending.colours[0] if pending.colours else inner_colour(self.lexicon, concept, token)
        if len(set(pending.colours)) > 1 and concept in PIED:
            colour = None
        if pending.paired and concept in PAIRED:
            count = max(1, count // 2)
        concept, colour = person(concept, colour, pending)
        if token.chinese and pending.count is None and token.text in CHINESE_MANY:
            count = BARE_PLURAL
        looks, colour = fitting(concept, [*pending.traits, *inner_traits(self.lexicon, concept, token)], colour)
        wish = self._wish(concept, start, token.end, count, colour, pending.size)
        self.wishes.append(replace(wish, place=pending.place, traits=looks))
        if pending.count is not None:
            self.told.add(len(self.wishes) - 1)
        return len(self.wishes) - 1

    def skin(self, tone: str) -> bool:
        """Skin said after the person ("a woman with dark skin"); False where nobody has been named."""
        if not self.chain:
            return False
        wish = self.wishes[self.chain[-1]]
        self.wishes[self.chain[-1]] = replace(wish, concept=toned(wish.concept, tone))
        return True

    def _wish(self, concept: str, start: int, end: int, count: int, colour: str | None, size: float) -> Wish:
        concept = concept_for(concept, colour)
        en, zh = self.lexicon.names[plain(concept)]
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
            return not between and (token.text in CHINESE_HEADS or self._is_role(token))
        return between.isspace() and not self.noun.plural

    def _is_role(self, token: Token) -> bool:
        """Whether a woman or man just named only says who does the work: 女性宇航员."""
        gender = gender_of(next((m.value for m in self.noun.meanings if m.kind == "thing"), "")) if self.noun else ""
        concept = token.get("thing") or ""
        return bool(gender) and gendered(concept, gender) != concept

    def _link(self, index: int) -> None:
        """Place the noun in the sentence: object of what waits, subject of what was said in front, or new."""
        if self.relation == "between":
            self._between(index)
            return
        if self.relation is not None:
            if self.subjects:
                self._share(index)
                self.anchor = index if self.relation in BESIDE.values() else self.anchor
                self._relate(self.subjects, self.relation, index)
                self.relation = None
                self.chain = [index] if not self.after_be else self.chain
            else:
                self.front, self.front_used = (self.relation, index), False
                self.anchor = index if self.relation in BESIDE.values() else self.anchor
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
        self.head = list(self.chain)

    def _share(self, index: int) -> None:
        """ "Each with a balloon": as many balloons as there are of those."""
        if self.each and self.wishes[index].count == 1:
            self.wishes[index] = replace(self.wishes[index], count=min(MAX_THINGS, self._number(self.subjects)))
        self.each = False

    def _number(self, indexes: list[int]) -> int:
        return max(1, sum(self.wishes[i].count for i in indexes))

    def _between(self, index: int) -> None:
        """Two objects: what is spoken of stands right of the first and left of the second."""
        if self.at_object is None:
            self.at_object = index
            if self.wishes[index].count > 1:  # "between two trees"
                if not self.subjects:
                    self.front, self.front_used = ("between", index), False
                self._relate(self.subjects, "between", index)
                self.at_object = self.relation = None
            return
        first, self.at_object, self.relation = self.at_object, None, None
        if not self.subjects:  # "between the house and the tree there is ..."
            self.front, self.front_used, self.beyond = ("right-of", first), False, index
            self.chain, self.joined = [], False
            return
        self._relate(self.subjects, "right-of", first)
        for subject in self.subjects[-1:]:
            self._relate([index], "right-of", subject)

    def _relate(self, subjects: list[int], relation: str, target: int) -> None:
        for subject in subjects:
            one, other = (target, subject) if relation.startswith("~") else (subject, target)
            if self.sides and self.wishes[one].count == 1:
                self.wishes[one] = replace(self.wishes[one], count=2)
            name = bond(relation.removeprefix("~"), self.wishes[one], self.wishes[other])
            link = Link(one, name, other)
            if one != other and link not in self.links and Link(other, name, one) not in self.links:
                self.links.append(link)

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
        pending, self.pending = self.pending, Pending()
        if self._of_these(pending):
            return
        if pending.unknown and pending.count is not None:
            self.not_drawn.append(pending.unknown)
        if pending.colours:
            target = self.chain or self.earlier
            if self.after_be and target:
                for index in target if len(self.chain) > 1 else target[-1:]:
                    self._paint(index, pending.colours[0])
            elif self.sky_open:
                self.sky_colour = pending.colours[0]
            else:
                self.palette.extend(pending.colours)
        elif pending.count is not None and pending.count > 1 and self.chain and self.noun is not None:
            index = self.chain[-1]  # 苹果三个: the number follows
            if self.wishes[index].count == 1:
                self.wishes[index] = replace(self.wishes[index], count=min(pending.count, MAX_THINGS))

    def _paint(self, index: int, colour: str) -> None:
        wish = self.wishes[index]
        if wish.colour is None:
            self.wishes[index] = replace(wish, colour=colour, concept=concept_for(wish.concept, colour))

    def mark(self, trait: str) -> None:
        """A trait said after the thing: "the cat is sad", 小狗开心地跑."""
        for index in self.chain or self.earlier[-1:]:
            wish = self.wishes[index]
            looks, colour = fitting(wish.concept, [*wish.traits, trait], wish.colour)
            self.wishes[index] = replace(wish, traits=looks, colour=colour)

    def some(self) -> bool:
        """ "One is black, the other is white": the clause speaks of that many of those named before."""
        pending = self.pending
        if pending.count is None or pending.unknown or pending.start is None or pending.clause:
            return False
        number = pending.count
        open_ = [
            i
            for i, wish in enumerate(self.wishes)
            if i not in self.parts and (wish.count > number or (wish.count == number and self.parts))
        ]
        if not open_:
            return False
        index = open_[-1]
        wish = self.wishes[index]
        if wish.count > pending.count:
            if len(self.wishes) >= MAX_WISHES:
                return False
            left = wish.count - pending.count
            self.wishes[index] = replace(wish, count=left)
            self.wishes.append(replace(wish, count=pending.count))
            self.links += [replace(link, subject=len(self.wishes) - 1) for link in self.links if link.subject == index]
            index = len(self.wishes) - 1
        self.parts.add(index)
        if pending.colours:
            self._paint(index, pending.colours[0])
        if pending.place:
            self.wishes[index] = replace(self.wishes[index], place=pending.place)
        self.pending = Pending()
        self.chain, self.joined = [index], False
        return True

    def _of_these(self, pending: Pending) -> bool:
        """ "Two cats, one black and one white", "two white ones": number and colour of what was named before."""
        index = next((i for i in reversed(range(len(self.wishes))) if self.wishes[i].colour is None), None)
        if pending.count is None or not pending.colours or not self.wishes:
            return False
        colour = pending.colours[0]
        if pending.unknown == "ones":
            self._again(self.wishes[-1], pending.count, colour)
        elif pending.unknown or index is None or self.wishes[index].count < pending.count:
            return False
        elif self.wishes[index].count == pending.count:
            wish = self.wishes[index]
            self.wishes[index] = replace(wish, colour=colour, concept=concept_for(wish.concept, colour))
        else:
            self._again(self.wishes[index], pending.count, colour)
            self.wishes[index] = replace(self.wishes[index], count=self.wishes[index].count - pending.count)
        return True

    def _again(self, wish: Wish, count: int, colour: str) -> None:
        """The same thing once more in another colour, if there is room for it."""
        if len(self.wishes) < MAX_WISHES:
            self.wishes.append(replace(wish, concept=concept_for(wish.concept, colour), count=count, colour=colour))

    def locative(self, relation: str) -> None:
        if relation == "between" and self._amid():
            return
        if relation == "between":
            last = self.at_object if self.at_object is not None else (self.chain[-1] if self.chain else None)
            relation = "between" if last is not None and self.wishes[last].count > 1 else "inside"
        if self.at_object is not None:
            target, self.at_object, self.at = self.at_object, None, ""
            subjects = [i for i in self.chain if i != target]
            self.anchor = target
            if subjects:
                self._relate(subjects, relation, target)
            else:
                self.front, self.front_used = (relation, target), False
                self.chain = []
        elif self.leaning and self.chain:
            self.leaning = False
        elif self.chain:
            target = self.anchor = self.chain.pop()
            self.front, self.front_used = (relation, target), False
            self.chain = []
        self.noun = None

    def pronoun(self, relation: str, text: str) -> None:
        """ "... on its back", "behind it": places the last thing by the one before it, or what comes by the last."""
        self.drop()
        self.settle()
        mine = self.chain[-1] if self.chain else None
        if mine is None:
            if (other := self._antecedent(text)) is not None:
                self.front, self.front_used = (relation, other), False
            return
        joined = [link for link in self.links if link.object == mine and link.relation in ("holding", "next-to")]
        spoken = [i for i in (*self.earlier, *self.chain[:-1]) if i != mine]
        others = [joined[-1].subject] if joined else [self.it] if self.it not in (None, mine) else spoken[-1:]
        for link in joined[-1:]:
            self.links.remove(link)
        for other in others:
            self.it = other
            if other is not None:
                self._relate([mine], relation, other)

    def _antecedent(self, text: str) -> int | None:
        """Whom "her" in "beside her" or 她 speaks of: the last person, else the last thing spoken of."""
        if any(word in PERSONAL for word in text.split()) or text[:1] in PERSONAL:
            for index in reversed(range(len(self.wishes))):
                if is_person(self.wishes[index].concept):
                    return index
        spoken = self.chain or self.earlier
        return spoken[-1] if spoken else None

    def speaking(self) -> list[int]:
        """Whom a verb is said of; "each" may speak of those of the clause before."""
        free = [index for index in self.chain if not any(link.object == index for link in self.links)]
        return list(free or self.chain or (self.earlier if self.each else []))

    def suffered(self, relation: str) -> None:
        """被: the one just named does it to the one named before."""
        for victim in self.victim:
            self._relate(self.chain, relation, victim)
        self.chain, self.victim = self.victim, []
        self.noun = None

    def turn_back(self) -> None:
        """Before "is": the clause goes on about its head, not about what the head wears or stands on."""
        if self.chain and any(link.object == self.chain[-1] and link.subject in self.head for link in self.links):
            self.chain = list(self.head)

    def recall(self, token: Token) -> bool:
        """它 before a word of place stands for the thing last spoken of; False where there is none."""
        other = self._antecedent(token.text)
        if other is None:
            return False
        self.drop()
        self.settle()
        self.chain, self.noun = [other], token
        return True

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
        if not self.at and not self.chain and self.anchor is not None and where in BESIDE:
            self.front, self.front_used = (BESIDE[where], self.anchor), False  # 女孩左边是狗,右边是猫
            return
        beside = where in BESIDE and not token.chinese and bool(self.chain) and self.anchor not in (None, *self.chain)
        if beside and self.anchor is not None:  # "a lamp on the left side of the bed, a clock on the right"
            self._relate(self.chain[-1:], BESIDE[where], self.anchor)
            return
        if self.joined and not token.chinese:  # "... and on the left there is a cow" speaks of what comes
            self.chain, self.joined = [], False
        target = self.chain if self.chain and (not token.chinese or self.at) else []
        if where == "left+right":
            self._both_ways(target or self.chain or self.earlier)
        elif target:
            if not token.chinese and self._carried(target[-1]):
                target = self.head
            for index in target if token.chinese else target[-1:]:
                self.wishes[index] = replace(self.wishes[index], place=where)
            self.at = ""
        else:
            self.front_place = where
            self.at = ""

    def _carried(self, index: int) -> bool:
        """Whether it is in someone's hand or on someone, so that a word of place is said of that one."""
        return any(
            link.object == index and link.subject in self.head and link.relation in ("holding", "wearing", "riding")
            for link in self.links
        )

    def _both_ways(self, target: list[int]) -> None:
        """One on the left and one on the right."""
        if len(target) == 1 and self.wishes[target[0]].count == 2 and len(self.wishes) < MAX_WISHES:
            wish = replace(self.wishes[target[0]], count=1)
            self.wishes[target[0]] = replace(wish, place="left")
            self.wishes.append(replace(wish, place="right"))
        elif len(target) == 2:
            for index, side in zip(target, ("left", "right"), strict=True):
                self.wishes[index] = replace(self.wishes[index], place=side)
        self.at = ""

    def set(self, axis: str, value: str, token: Token) -> None:
        if self.negated:
            self.banned.add(value)
        elif axis not in self.setting or (
            axis == "background"
            and self.setting[axis] in BROAD
            and (value not in BROAD or self.setting[axis] in ("sky", "plain"))
        ):
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
            self.front, self.front_place, self.anchor, self.it = None, "", None, None
        self.earlier, self.chain, self.head = self.chain or self.earlier, [], []
        self.relation, self.subjects = None, []
        self.negated = self.joined = self.after_be = self.leaning = self.sides = False
        self.each = self.each and not full
        self.sky_open = False
        self.victim = []
        self.noun = None
