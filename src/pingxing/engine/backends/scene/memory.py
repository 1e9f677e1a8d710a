"""What is remembered while a sentence is read, and what may be said again of what it holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pingxing.engine.backends.scene.bond import bond, filled, is_open, is_person, is_worn, lives
from pingxing.engine.backends.scene.noun import Pending, fitting
from pingxing.engine.backends.scene.people import gender_of, plain, toned
from pingxing.engine.backends.scene.plan import Link, Wish
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.variants import concept_for
from pingxing.engine.backends.scene.words import Lexicon, fold_chinese

MAX_THINGS = 50  # drawn in one picture
MAX_WISHES = 24  # different things in one picture
CHILDREN = ("小孩", "小孩子", "孩子", "儿童", "小朋友", "孩童")
SEVERAL = 3
BORNE = frozenset({"holding", "wearing", "riding", "looking-at"})
STANDING = frozenset({"with", "on", "in", "under", "next-to", "in-front-of", "behind", "inside", "riding"})
PERSONAL = frozenset({"him", "her", "his", "她", "他"})


def is_personal(text: str) -> bool:
    """Whether a pronoun speaks of a person: "beside her", 他旁边."""
    return any(word in PERSONAL for word in text.split()) or text[:1] in PERSONAL


@dataclass(slots=True)
class Memory:
    """What one reading knows so far; `Sentence` adds how each word changes it."""

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
    awaited: bool = False  # 窗户上蒙着…: something there is named next, known to us or not
    pending: Pending = field(default_factory=Pending)
    stash: Pending | None = None  # what was said before a relative clause
    chain: list[int] = field(default_factory=list)  # the things the clause speaks of
    earlier: list[int] = field(default_factory=list)  # those of the clause before
    head: list[int] = field(default_factory=list)  # whom the clause is about: "a man in a coat is ..." the man
    series: bool = False  # the clause before began with a word of place alone: 后面有猫,前面有狗,上面有鸟
    recalled: bool = False
    direct: bool = False  # the noun stood right before "and"
    supposed: bool = False  # the background is only what we made of a table
    past: list[int] = field(default_factory=list)  # whom the clause before was about
    mates: list[int] = field(default_factory=list)  # those named before "and" and a clause: 穿裤子的男孩和穿裙子的女孩
    loose: bool = False  # "with" after a comma: what comes may be in the hand of those, or stand for itself
    loosely: set[int] = field(default_factory=set)  # what "with" after a comma brought, until it is placed
    it: int | None = None  # what the last pronoun stood for
    relation: str | None = None  # waiting for its object
    subjects: list[int] = field(default_factory=list)
    front: tuple[str, int] | None = None  # (relation, object) waiting for its subjects
    front_used: bool = False
    front_place: str = ""
    place_kept: str = ""  # the `front_place` of what "and" may go on with
    at: str = ""  # 在, or a verb with it, waiting for a place
    at_object: int | None = None
    at_first: int | None = None  # the one before "and": "在树和房子之间"
    anchor: int | None = None  # what the last word of place was said of, until the sentence ends
    sided: bool = False  # the anchor was named by a side: 女孩左边是狗,右边是猫
    sitter: int | None = None  # who sits on what 旁边 is said of: 坐在礁石上,旁边有一只海豹
    beyond: int | None = None  # what must stand right of the next noun ("between")
    negated: bool = False
    joined: bool = False  # "and" stood before
    after_be: bool = False
    last: Token | None = None
    placing: bool = False  # a word of place follows the noun
    noun: Token | None = None  # the last thing, while nothing but 的 has followed it
    each: bool = False  # what comes is there once for each of those spoken of
    sides: bool = False  # what comes stands on both sides, so there are two of it
    owner: int | None = None  # "the girl's": whose the next thing is
    named: int | None = None  # the thing named last, but for what is in a vessel
    fill: tuple[str, int] | None = None  # how the next thing lies in or on which vessel: "a basket of apples"
    taker: list[int] = field(default_factory=list)  # who does what 把 says
    victim: list[int] = field(default_factory=list)  # whom 被 speaks of, until its verb has come
    shared: tuple[str, list[int]] | None = None  # relation and subjects that "and" may go on with
    filling: tuple[str, list[int]] | None = None  # "full of" and its subjects, for a list that goes on
    given: set[int] = field(default_factory=set)  # objects of "with"
    said_it: bool = False  # a pronoun named it, so that the next one names it again
    landmark: tuple[str, int] | None = None  # by what the clause before placed its thing: "behind the bus is a car"
    outer: tuple[str, int] | None = None  # the `front` of the sentence, while a clause has its own
    around: tuple[str, int] | None = None  # the `outer` that "and" may go on with
    also: list[int] = field(default_factory=list)  # more objects of `front`
    at_also: list[int] = field(default_factory=list)  # and of `at`: 在他们头顶
    leaning: bool = False  # 靠在: the 上 that follows adds nothing
    told: set[int] = field(default_factory=set)  # wishes whose number was said
    company: set[int] = field(default_factory=set)  # wishes that stand beside others by "and"
    taken: dict[int, int] = field(default_factory=dict)  # one of several -> those it was taken from: "the right lion"
    parts: set[int] = field(default_factory=set)  # wishes that "one ... the other" has spoken of
    sky_colour: str | None = None
    sky_open: bool = False  # "the sky is ...": a colour may follow

    def skin(self, tone: str) -> bool:
        """Skin said after the person ("a woman with dark skin"); False where nobody has been named."""
        if not self.chain:
            return False
        wish = self.wishes[self.chain[-1]]
        self.wishes[self.chain[-1]] = replace(wish, concept=toned(wish.concept, tone))
        return True

    def wish(self, concept: str, start: int, end: int, count: int, colour: str | None, size: float) -> Wish:
        concept = concept_for(concept, colour)
        en, zh = self.lexicon.names[plain(concept)]
        words = self.prompt[start:end]
        return Wish(concept, en, zh, words, ((start, end),), min(count, MAX_THINGS), colour, size)

    def number(self, indexes: list[int]) -> int:
        return max(1, sum(self.wishes[i].count for i in indexes))

    def relate(self, subjects: list[int], relation: str, target: int) -> None:
        for subject in subjects:
            one, other = (target, subject) if relation.startswith("~") else (subject, target)
            if self.sides and self.wishes[one].count == 1:
                self.wishes[one] = replace(self.wishes[one], count=2)
            if held := filled(relation, self.wishes[one], self.wishes[other]):  # "a vase with five tulips"
                one, other, relation = other, one, held
            name = bond(relation.removeprefix("~"), self.wishes[one], self.wishes[other])
            link = Link(one, name, other)
            if one != other and link not in self.links and Link(other, name, one) not in self.links:
                self.links.append(link)

    def paint(self, index: int, colour: str) -> None:
        wish = self.wishes[index]
        if wish.colour is None:
            self.wishes[index] = replace(wish, colour=colour, concept=concept_for(wish.concept, colour))

    def mark(self, trait: str) -> None:
        """A trait said after the thing: "the cat is sad", 小狗开心地跑."""
        whom = self.chain or self.earlier[-1:]
        held = any(k.object == self.chain[-1] and k.subject in self.head for k in self.links) if self.chain else False
        if held and trait in ("sleepy", "crying", "laughing", "happy", "sad") and self.relation is None:
            whom = [i for i in self.head if lives(self.wishes[i].concept)] or whom  # 女孩抱着熊睡着了: she sleeps
        for index in whom:
            wish = self.wishes[index]
            is_so = self.after_be or (whom == self.head and trait in ("happy", "crying", "laughing"))  # 左边的南瓜在笑
            looks, colour = fitting(wish.concept, [*wish.traits, trait], wish.colour, named=is_so)
            self.wishes[index] = replace(wish, traits=looks, colour=colour)

    def children(self) -> None:
        """唐人街小孩吃烧卖 shows several: children in a place or at play; 小孩和狗 and 抱着小孩 do not."""
        placed = bool(self.setting)
        people = [i for i, wish in enumerate(self.wishes) if is_person(wish.concept)]
        for index, wish in enumerate(self.wishes):
            word = fold_chinese(wish.words)
            if index in self.told or wish.count > 1 or not word.endswith(CHILDREN) or index in self.company:
                continue
            if len(people) > 1:  # 奶奶在打毛线,对面的小孩在吃香蕉
                continue
            mine = [link for link in self.links if index in (link.subject, link.object)]
            others = [link.object for link in mine if link.subject == index]
            alone = len(others) == len(mine) and not any(lives(self.wishes[i].concept) for i in others)
            plays = any(link.relation in ("holding", "looking-at", "around") for link in mine)
            worn = any(link.relation in ("wearing", "riding") for link in mine)
            if not alone or not (placed or plays) or (worn and not placed):
                continue
            self.wishes[index] = replace(wish, count=SEVERAL)

    def antecedent(self, text: str) -> int | None:
        """Whom "her" in "beside her" or 她 speaks of: the last person, else the last thing spoken of."""
        if not {"them", "their", "他们", "她们"}.isdisjoint(text.split()) or text[:2] in ("他们", "她们", "它们"):
            many = [i for i, wish in enumerate(self.wishes) if lives(wish.concept)]
            many = [i for i in many if i not in self.chain] or many
            group = [i for i in many if self.wishes[i].count > 1]
            if group or many:
                return (group or many)[-1]
        if is_personal(text):
            people = [i for i, wish in enumerate(self.wishes) if is_person(wish.concept)]
            others = [i for i in people if i not in self.chain]  # "a boy next to her": not himself
            words = {*text.split(), text[:1]}
            gender = "female" if words & {"her", "她"} else "male" if words & {"him", "his", "他"} else ""
            fit = [i for i in others if gender_of(plain(self.wishes[i].concept)) in ("", gender)]
            if people:
                return (fit or others or people)[-1]
            whom: list[int] = [*range(len(self.wishes)), *self.past, *self.earlier, *self.chain]
            alive = [i for i in whom if lives(self.wishes[i].concept)]
            if alive:  # 他身后 of a fox
                return alive[-1]
        spoken = self.chain or self.earlier
        if text[:1] == "它" and self.at and self.chain:  # 乌鸦停在它的胳膊上: not on itself
            spoken = [i for i in self.past if i not in self.chain] or [i for i in self.earlier if i not in self.chain]
        if text[:2] in ("上面", "里面", "上边", "里边") and spoken and is_open(self.wishes[spoken[-1]].concept):
            return spoken[-1]  # 端着托盘,上面有两杯酒
        if text[:1] in "脚身头肩背怀腿" and (alive := [i for i in spoken if lives(self.wishes[i].concept)]):
            return alive[-1]
        if text[:1] in "脚身肩怀腿":
            return next((i for i in reversed(range(len(self.wishes))) if lives(self.wishes[i].concept)), None)
        on = [k.object for k in self.links if spoken[-1:] == [k.subject] and k.relation == "on"]
        if (
            text[:1] == "它"
            and on
            and lives(self.wishes[on[-1]].concept)
            and not lives(self.wishes[spoken[-1]].concept)
        ):
            return on[-1]  # 头上顶着一个球,它身后
        return self.bearer(spoken[-1]) if spoken else None

    def spoken_of(self) -> int | None:
        """What "it" is to a verb: the animal the clause before was about, else the last thing that is nobody."""
        free = [i for i in range(len(self.wishes)) if i not in self.subjects and not is_person(self.wishes[i].concept)]
        head = [i for i in self.past if i in free and lives(self.wishes[i].concept)]
        bare = [i for i in free if not is_worn(self.wishes[i].concept)]
        return next(iter([*head[-1:], *(bare or free)[-1:]]), None)

    def object_pronoun(self, text: str) -> bool:
        """ "Watching him", 看着她: what waits for its object has it; False where nobody can be meant."""
        if self.relation is None or not self.subjects:
            return False
        if text in ("it", "它") and (what := self.spoken_of()) is not None:
            self.relate(self.subjects, self.relation, what)
            self.relation = None
            return True
        spoken = [i for i in range(len(self.wishes)) if i not in self.subjects and lives(self.wishes[i].concept)]
        gender = {"him": "male", "他": "male", "her": "female", "她": "female"}.get(text, "")
        fit = [i for i in spoken if not gender or is_person(self.wishes[i].concept)]
        if text in ("them", "他们", "她们", "它们"):
            fit = [i for i in fit if self.wishes[i].count > 1] or fit
        same = [i for i in fit if gender and gender_of(plain(self.wishes[i].concept)) == gender]
        if not fit:
            return False
        if text in ("them", "他们", "她们", "它们") and self.wishes[fit[-1]].count == 1:
            for other in self.together(fit[-1]):
                self.relate([i for i in self.subjects if i != other], self.relation, other)
        else:
            self.relate(self.subjects, self.relation, (same or fit)[-1])
        self.relation = None
        return True

    def together(self, index: int) -> list[int]:
        """ "A girl plays the violin, a boy the piano, stars hang above them": all of its kind whom the sentence named
        and whom this clause is not about."""
        last = max((wish.spans[0][0] for wish in self.wishes), default=0)
        stop = max(self.prompt.rfind(mark, 0, last) for mark in ".!?。!?;；")
        person = is_person(self.wishes[index].concept)
        whom = [
            i
            for i, wish in enumerate(self.wishes)
            if lives(wish.concept) and wish.count == 1 and is_person(wish.concept) == person
        ]
        apart = {*self.chain, *self.subjects}
        whom = [i for i in whom if i not in apart and self.wishes[i].spans[0][0] > stop]
        return whom if index in whom else [index]

    def amid(self) -> bool:
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
            self.relate(subjects, "right-of", pair[0])
            self.relate([pair[1]], "right-of", subjects[-1])
        else:
            self.front, self.front_used, self.beyond = ("right-of", pair[0]), False, pair[1]
        self.chain, self.noun = subjects, None
        return True

    def follow(self, token: Token) -> bool:
        """跟在他后面: the verb has its object in 他, and 后面 adds nothing; False where no verb waits."""
        other = self.antecedent(token.text)
        if self.relation is None or not self.subjects or other is None or other in self.subjects:
            return False
        self.relate(self.subjects, self.relation, other)
        self.chain, self.relation, self.leaning = list(self.subjects), None, True
        return True

    def bearers(self, index: int) -> list[int]:
        """All who hold, wear, ride or look at it; itself where nobody does."""
        if lives(self.wishes[index].concept):
            return [index]
        return [k.subject for k in self.links if k.object == index and k.relation in BORNE] or [index]

    def bearer(self, index: int) -> int:
        """Who holds, wears or rides it: "a girl reading a book, a cat beside her" speaks of the girl."""
        for link in reversed(self.links):
            if link.object != index or link.relation not in BORNE:
                continue
            beast = link.relation == "holding" and not is_person(self.wishes[link.subject].concept)  # a cat with a fish
            if beast or not lives(self.wishes[index].concept):
                return link.subject
        return index

    def speaking(self, *, acting: bool = True) -> list[int]:
        """Whom a verb (with `acting`) or a preposition is said of; "each" may speak of those of the clause before."""
        free = [index for index in self.chain if not any(link.object == index for link in self.links)]
        if free or not self.chain:
            return list(free or (self.earlier if self.each else []))
        if not acting:
            return list(self.chain)
        borne = [bearer for index in self.chain for bearer in self.holders(index)]  # 拿着气球骑车: who holds it rides
        if not set(borne) <= set(self.head):
            return list(self.chain)
        clothed = {k.subject for k in self.links if k.relation == "wearing"}
        # "A boy in a red shirt and a girl in a blue dress holding balloons": both of them
        both = len(self.head) > 1 and clothed.issuperset(self.head)
        return self.idle(list(self.head)) if both else list(dict.fromkeys(borne))

    def holders(self, index: int) -> list[int]:
        """Those of whom the clause is that have to do with a thing; itself where it lives or nobody has."""
        if lives(self.wishes[index].concept):
            return [index]
        return [k.subject for k in self.links if k.object == index and k.subject in self.head] or [index]

    def wearers(self, index: int) -> list[int]:
        """Who wears or holds a thing, those of the clause only; itself where nobody does."""
        if lives(self.wishes[index].concept):
            return [index]
        mine = [k for k in self.links if k.object == index and k.subject in self.head]
        return [k.subject for k in mine if k.relation in ("wearing", "holding")] or [index]

    def idle(self, whom: list[int]) -> list[int]:
        """Those of several who do nothing yet: "a boy flying a kite and a girl in a dress reading" is she alone."""
        busy = {k.subject for k in self.links if k.relation in ("holding", "riding", "looking-at")}
        free = [index for index in whom if index not in busy]
        return free if len(whom) > 1 and free else whom

    def resume(self, *, alive: bool = True) -> bool:
        """ "..., holding a basket", 提着篮子: the clause goes on about those of the clause before."""
        whom = [index for index in self.past if not alive or lives(self.wishes[index].concept)]
        if self.chain or self.front is not None or not whom:
            return False
        self.chain, self.head = list(whom), list(whom)
        return True

    def both(self) -> None:
        """ "..., both asleep": of all whom the clause before had to do with."""
        if not self.chain:
            self.chain = list(dict.fromkeys([*self.past, *self.earlier]))

    def resize(self, size: float) -> None:
        """A size said after the thing: "the dragon is small"."""
        for index in self.chain:
            self.wishes[index] = replace(self.wishes[index], size=size)

    def speak_again(self, text: str) -> bool:
        """ "It sleeps", "she holds": the clause is about whom the pronoun means; False where there is nobody."""
        alive = [i for i in range(len(self.wishes)) if lives(self.wishes[i].concept)]
        people = [i for i in alive if is_person(self.wishes[i].concept)]
        recent = [i for i in self.past if i in alive]
        if text == "it":
            found = [i for i in recent if i not in people][-1:] or [i for i in self.past if i not in people][-1:]
        elif text == "they":
            found = recent if len(recent) > 1 or any(self.wishes[i].count > 1 for i in recent) else alive
        else:
            gender = "male" if text == "he" else "female"
            fit = [i for i in recent or people if gender_of(plain(self.wishes[i].concept)) in ("", gender)]
            found = (fit or people or alive)[-1:]
        self.chain, self.head = list(found), list(found)
        return bool(found)

    def dressed(self, relation: str) -> bool:
        """Whether "with" is said of who wears what was named last: "a woman in a kimono with an umbrella"."""
        worn = [k for k in self.links if k.object == self.chain[-1]] if self.chain else []
        return relation in STANDING and any(k.relation == "wearing" for k in worn)

    def beside_the_former(self, relation: str, place: str) -> None:
        """在后面: behind whom the clause before was about. 在右边: of the picture, where nobody was named before or
        that one has a place of its own."""
        self.at = ""
        former = [index for index in self.past if index not in self.chain]
        if self.chain and place and (not former or self.wishes[former[-1]].place):
            for index in self.chain:
                self.wishes[index] = replace(self.wishes[index], place=place)
        elif self.chain and former:
            self.relate(self.chain, relation, former[-1])

    def stands_alone(self) -> bool:
        """Whether 在左边 says where in the picture: nothing stood before, or that has such a place itself."""
        former = [index for index in self.past if index not in self.chain]
        return not former or bool(self.wishes[former[-1]].place)

    def suffered(self, relation: str) -> None:
        """被: the one just named does it to the one named before."""
        for victim in self.victim:
            self.relate(self.chain, relation, victim)
        self.chain, self.victim = self.victim, []
        self.noun = None

    def turn_back(self) -> None:
        """Before "is": the clause goes on about its head, not about what the head wears or stands on."""
        last = self.chain[-1:]
        on_head = any([k.subject] == last and k.object in self.head and k.relation == "on" for k in self.links)
        on_head = on_head and last[0] not in self.head  # "an astronaut with a cat on her lap looks at Saturn"
        if on_head or any([link.object] == last and link.subject in self.head for link in self.links):
            self.chain = list(self.head)

    def take_one(self, concept: str, token: Token) -> None:
        """ "Children making a snowman, one child has a carrot": the one is of those."""
        said = self.prompt[max(0, token.start - 4) : token.start].lower()
        for index, wish in enumerate(self.wishes):
            if (
                plain(wish.concept) == concept
                and wish.count > 2
                and wish.colour is None
                and ("one " in said or "一" in said)
            ):
                self.wishes[index] = replace(wish, count=wish.count - 1)
                return

    def portion(self, index: int, whom: list[int]) -> None:
        """ "With a cherry on each": as many as there are of those."""
        if self.each and whom and self.wishes[index].count == 1:
            self.wishes[index] = replace(self.wishes[index], count=min(MAX_THINGS, self.number(whom)))
        self.each = False

    def borne(self) -> bool:
        """Whether the last one only carries the head: "a boy on his father's shoulders watching fireworks"."""
        last = [k for k in self.links if self.chain[-1:] == [k.object] and k.relation in ("on", "riding")]
        return bool(last) and last[-1].subject in self.head and lives(self.wishes[last[-1].subject].concept)

    def spread(self) -> bool:
        """Whether what the clause before spoke of has its place in the picture, and by nothing else."""
        return bool(self.earlier) and bool(self.wishes[self.earlier[-1]].place)

    def earlier_text(self, one: int, other: int) -> str:
        """The mark that stands between two wishes, if nothing but it and a number does; else what does stand there."""
        between = self.prompt[self.wishes[one].spans[0][1] : self.wishes[other].spans[0][0]]
        return between.replace("，", ",").replace(":", ",").replace("：", ",").strip()

    def carried(self, index: int) -> bool:
        """Whether it is in someone's hand or on someone, so that a word of place is said of that one."""
        return any(
            link.object == index and link.subject in self.head and link.relation in ("holding", "wearing", "riding")
            for link in self.links
        )

    def both_ways(self, target: list[int]) -> None:
        """One on the left and one on the right."""
        if len(target) == 1 and self.wishes[target[0]].count == 2 and len(self.wishes) < MAX_WISHES:
            wish = replace(self.wishes[target[0]], count=1)
            self.wishes[target[0]] = replace(wish, place="left")
            self.wishes.append(replace(wish, place="right"))
        elif len(target) == 2:
            for index, side in zip(target, ("left", "right"), strict=True):
                self.wishes[index] = replace(self.wishes[index], place=side)
        self.at = ""
