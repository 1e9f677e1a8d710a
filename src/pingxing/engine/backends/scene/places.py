"""What stands between the nouns of a sentence: words of place, pronouns, settings, and what was said of no noun."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pingxing.engine.backends.scene.bond import is_person, lives
from pingxing.engine.backends.scene.carrying import Carrying
from pingxing.engine.backends.scene.clauses import LIMBS
from pingxing.engine.backends.scene.memory import BORNE, MAX_THINGS, MAX_WISHES, is_personal
from pingxing.engine.backends.scene.noun import Pending
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import concept_of

# A later setting refines an earlier one of these ("New York Chinatown" is Chinatown).
BROAD = {"city", "pool", "sky", "meadow", "sea", "snow", "mountains", "plain"}
SITTING = {"坐在", "站在", "躺在", "趴在", "停在", "落在", "骑在", "睡在", "蹲在", "卧在", "放在", "摆在"}
SNOWY = {"snow", "sky", "mountains", "plain", "moon", "meadow"}
BODY = set("脚身头肩背怀腿")  # 脚边, 身旁: of somebody, not of the sofa
CARRIED = frozenset({"holding", "next-to"})
ON_THEM = {"on it", "on him", "on her", "on them"}
DOOR = concept_of("🚪")
BESIDE = {"left": "left-of", "right": "right-of"}


@dataclass(slots=True)
class Places(Carrying):
    """How everything but a noun changes what is remembered."""

    def settle(self) -> None:
        """在 and a thing without a word of place after it ("坐在椅子")."""
        if self.at_object is not None:
            target, self.at_object = self.at_object, None
            subjects = self.doers([i for i in self.chain if i != target])
            stop = traits(self.wishes[target].concept).group == "travel-places"  # 站在公交站
            relation = "on" if self.at in SITTING and not (stop and self.at == "站在") else "next-to"
            if subjects:
                self.relate(subjects, relation, target)
            elif not self.chain:
                self.chain = [target]
        self.at = ""

    def drop(self) -> None:
        """Forget what was said of a noun that did not come; a word nobody knows stood there."""
        pending, self.pending = self.pending, Pending()
        if self.of_these(pending):
            return
        if pending.unknown == "ones" and pending.count and not pending.colours and self.wishes:
            self.wishes.append(replace(self.wishes[-1], count=min(pending.count, MAX_THINGS), size=pending.size))
            return
        word = pending.unknown if len(pending.unknown) > 1 or pending.unknown.isascii() else ""
        if word and pending.count is not None and not self.negated:
            self.not_drawn.append(pending.unknown)
        if pending.colours:
            target = self.chain or self.earlier
            if self.relation == "wearing" and self.subjects:  # "the one on the right is wearing red"
                for index in self.subjects:
                    self.paint(index, pending.colours[0])
            elif self.after_be and target:
                for index in target if len(self.chain) > 1 else target[-1:]:
                    self.paint(index, pending.colours[0])
            elif self.sky_open:
                self.sky_colour = pending.colours[0]
            else:
                self.palette.extend(pending.colours)
        elif pending.count is not None and pending.count > 1 and self.chain and self.noun is not None:
            index = self.chain[-1]  # 苹果三个: the number follows
            if self.wishes[index].count == 1:
                self.wishes[index] = replace(self.wishes[index], count=min(pending.count, MAX_THINGS))

    def locative(self, relation: str) -> None:
        if relation == "between" and len(self.chain) == len(self.also) == 1:  # 他们中间
            self.chain, self.also = [*self.also, *self.chain], []
        if relation == "between" and self.amid():
            return
        if relation == "between":
            last = self.at_object if self.at_object is not None else (self.chain[-1] if self.chain else None)
            several = last is not None and (self.wishes[last].count > 1 or lives(self.wishes[last].concept))
            relation = "between" if several else "inside"  # nothing is inside somebody
        if self.at_object is not None:
            target, self.at_object, self.at = self.at_object, None, ""
            subjects = self.doers([i for i in self.chain if i != target])
            self.anchor, self.sided = target, relation in BESIDE.values()
            if subjects:
                for other in (target, *self.at_also):
                    self.relate(subjects, relation, other)
                self.at_also = []
            else:
                if self.front is not None and not self.front_used and self.front[0] in BORNE:
                    self.outer = self.front
                self.front, self.front_used = (relation, target), False
                self.chain = []
        elif self.leaning and self.chain:
            self.leaning = False
        elif relation == "on" and self.ridden():  # 骑在爸爸的肩膀上看烟花: the child looks
            self.chain = list(self.head)
        elif self.chain:
            target = self.anchor = self.chain.pop()
            self.sided = relation in BESIDE.values()
            self.front, self.front_used = (relation, target), False
            self.chain = []
        self.noun = None

    def loaded(self, mine: int) -> bool:
        """ "A mule with two sacks and a lamp on its back": all that it was said to carry with the last lies there."""
        body = next((i for i in reversed(range(mine)) if lives(self.wishes[i].concept)), None)
        if body is None or lives(self.wishes[mine].concept) or mine in self.given:
            return False
        beside = {link.object: link for link in self.links if link.subject == body and link.relation in CARRIED}
        load = [i for i in range(body + 1, mine) if i in beside and not lives(self.wishes[i].concept)]
        if load != list(range(body + 1, mine)) or not load:
            return False
        for link in (beside[i] for i in (*load, mine) if i in beside):
            self.links.remove(link)
        self.relate([*load, mine], "on", body)
        return True

    def pronoun(self, relation: str, text: str) -> None:
        """ "... on its back", "behind it": places the last thing by the one before it, or what comes by the last."""
        self.drop()
        self.settle()
        if self.joined and self.chain:  # "behind the bus there is a car, and in front of it a bicycle"
            place = self.front[1] if self.front is not None and self.front_used else self.chain[-1]
            self.front, self.front_used, self.chain, self.joined = (relation, place), False, [], False
            return
        mine = self.chain[-1] if self.chain else None
        if mine is None and self.sides and len(self.wishes) == 1:
            mine = self.named
        if relation == "inside" and any(link.subject == mine and link.relation == "inside" for link in self.links):
            return  # "a bucket with two fish in it" says so twice
        if mine is None:
            other = self.by_landmark(text)
            if other is None:
                other = self.whole(text)
            if other is None:
                other = self.topic(text)
            if other is None:
                other = self.antecedent(text)
            if other is not None:
                self.front, self.front_used, self.said_it = (relation, other), False, True
                self.also = [i for i in self.all_of(other, text) if i != other]
            if relation == "between" and other is not None and len(self.also) == 1:
                pair = sorted((other, *self.also))
                self.front, self.beyond, self.also = ("right-of", pair[0]), pair[1], []
            return
        held = [link.object for link in self.links if link.relation in BORNE]
        mates = [i for i in self.chain if i not in held] if mine in self.company else [mine]
        joined = [link for link in self.links if link.object in mates and link.relation in ("holding", "next-to")]
        carrier = joined[-1].subject if joined and joined[-1].relation == "holding" else None
        on_body = relation == "on" and (text.rpartition(" ")[2] in LIMBS or text in ON_THEM)
        if on_body and self.loaded(mine):
            return
        if carrier is not None and on_body and lives(self.wishes[carrier].concept) and mine not in self.given:
            self.links.remove(joined[-1])  # "a hedgehog carrying an apple on its back"
            self.relate([mine], "on", carrier)
            return
        if joined and joined[-1].relation == "holding" and mine not in self.given:  # "holds a spoon beside him"
            mine = joined[-1].subject
            mates, joined = [mine], []
        spoken = [self.bearer(i) for i in (*self.earlier, *self.chain[:-1]) if i != mine]
        spoken = [i for i in spoken if i != mine]
        spoken = [i for i in spoken if i not in mates] or spoken  # "a moon and stars hang above it"
        others = [joined[-1].subject] if joined else [self.it] if self.it not in (None, mine) else spoken[-1:]
        for link in joined:
            self.links.remove(link)
        if text.endswith(" it") and others and others[0] is not None and is_person(self.wishes[others[0]].concept):
            said = [i for i in (*self.earlier, *self.chain[:-1]) if i != mine and i not in mates]
            things = [i for i in (*said, *spoken) if not is_person(self.wishes[i].concept)]
            others = things[-1:] or others  # "his ship is in the bay, and a shark swims around it"
        whom = self.antecedent(text) if is_personal(text) or "them" in text.split() else None
        if whom is not None and whom != mine:
            others = [*self.all_of(whom, text)]
        self.each = self.each or text.endswith("each")
        if relation == "between" and len(others) == 2 and None not in others:
            pair = sorted(i for i in others if i is not None)
            self.relate([mine], "right-of", pair[0])
            self.relate([pair[1]], "right-of", mine)
            return
        others = others or [k.object for k in self.links if k.subject == mine][-1:]
        if not others and self.sides and self.wishes[mine].count == 1:  # "a banner with a basket on each side"
            self.wishes[mine] = replace(self.wishes[mine], count=2)
        same = {self.wishes[i].concept.partition("-")[0] for i in others if i is not None and mine in self.parts}
        if self.wishes[mine].concept.partition("-")[0] in same:
            return  # "five ducks, the biggest one swims in front"
        for other in others:
            self.portion(mine, [] if other is None else [other])
            self.it = other
            if other is not None:
                placed = [k.subject for k in self.links if k.object == other]
                self.relate([i for i in mates if i not in (other, *placed)] or [mine], relation, other)
                if other in self.head:  # "a pirate with a parrot on his shoulder stands ...": the pirate does
                    self.head = [i for i in self.head if i == other or i not in mates]

    def by_side(self, index: int) -> None:
        """What a side is said of is what the next side is said of as well."""
        if self.relation in BESIDE.values():
            self.anchor, self.sided = index, True

    def all_of(self, index: int, text: str) -> list[int]:
        """ "A duck and a goose on a log, behind them a mill": behind both; the one alone where it is many by itself."""
        mates = self.past if index in self.past else self.earlier
        alive = [i for i in mates if lives(self.wishes[i].concept) and i not in self.chain]
        plural = "them" in text.split() or text[:2] in ("他们", "她们", "它们")
        if not plural or self.wishes[index].count > 1:
            return [index]
        if len(alive) < 2 or index not in alive:
            return self.together(index)
        return alive

    def by_landmark(self, text: str) -> int | None:
        """What "it" is where places are told in a row: left of the sofa ..., in front of it ...: the sofa."""
        if {"it", "its"}.isdisjoint(text.split()) or self.landmark is None or not self.outlasts():
            return None
        return self.landmark[1]

    def topic(self, text: str) -> int | None:
        """What "it" is where the clause before was about one thing alone: the bench that stands under the tree."""
        if {"it", "its"}.isdisjoint(text.split()) or len(self.past) != 1:
            return None
        head = self.wishes[self.past[0]]
        return None if is_person(head.concept) or head.count > 1 else self.past[0]

    def outlasts(self) -> bool:
        """Whether what the clause before placed its thing by is still spoken of: the elephant, but not the table."""
        if self.landmark is None:
            return False
        return self.said_it or self.landmark[0] not in ("on", "inside") or lives(self.wishes[self.landmark[1]].concept)

    def another(self, index: int, where: str) -> list[int]:
        """ "The man on the left ..., the man on the right": not the same man."""
        if self.wishes[index].place in ("", where) or len(self.wishes) >= MAX_WISHES:
            return [index]
        self.wishes.append(replace(self.wishes[index], colour=None))
        self.chain = self.head = [len(self.wishes) - 1]
        return self.chain

    def recall(self, token: Token, *, bare: bool = False) -> bool:
        """它 before a word of place stands for the thing last spoken of; False where there is none."""
        on_body = token.text[0] in BODY
        doors = [i for i, wish in enumerate(self.wishes) if wish.concept == DOOR]
        if token.text[:1] == "门" and doors and not self.at:
            bare, self.anchor = True, doors[-1]  # 茶壶上有一扇门,门前有刺猬
        if on_body and not self.at and self.landmark is not None and lives(self.wishes[self.landmark[1]].concept):
            bare, self.anchor = True, self.landmark[1]  # 大象背上坐着猴子,身后有鳄鱼
            on_body = False
        other = self.anchor if bare and self.anchor is not None and not on_body else self.antecedent(token.text)
        others = [i for i in self.past if lives(self.wishes[i].concept)]
        if bare and others and other == self.anchor and not token.has("place") and not self.series:
            met = [k for k in self.links if other in (k.subject, k.object) and {k.subject, k.object} & set(others)]
            seated = [k.subject for k in met if k.relation == "on" and k.object == other]
            self.sitter = seated[-1] if seated and token.get("locative") == "next-to" else None
            other = other if met else others[-1]  # 树下有石桌,两个老人在下棋,旁边站着男孩: beside them, not the tree
        if other is None:
            return False
        self.drop()
        self.recalled = bare
        if self.at and self.chain and other not in self.chain:  # 狗坐在他旁边
            self.at_object, self.noun = other, token
            self.at_also = [i for i in self.all_of(other, token.text) if i != other]  # 在他们头顶飞
            return True
        self.settle()
        self.also = [i for i in self.all_of(other, token.text) if i != other]
        self.chain, self.noun = [other], token
        return True

    def meant(self, token: Token) -> bool:
        """他 before a word of place: the object of a verb that waits, or what the next noun is placed by."""
        return self.follow(token) or self.recall(token)

    def place(self, token: Token, where: str, *, of: bool = False) -> None:
        several = of and (
            bool(self.parts) or any(wish.count > 1 for wish in self.wishes)
        )  # 三只猫坐在地毯上,左边的是白色的
        opposite = {"left": "right", "right": "left"}.get(where, "")  # 左边是面包店,窗户里有猫,右边是钟楼
        several = several or any(wish.place == opposite for wish in self.wishes if opposite)
        sided = self.sided and not self.at and not self.chain and not several
        if sided and self.anchor is not None and where in BESIDE:
            self.front, self.front_used = (BESIDE[where], self.anchor), False  # 女孩左边是狗,右边是猫
            return
        beside = (
            where in BESIDE and not token.chinese and bool(self.chain) and self.anchor not in (None, self.chain[-1])
        )
        if beside and self.anchor is not None:  # "a lamp on the left side of the bed, a clock on the right"
            self.relate(self.chain[-1:], BESIDE[where], self.anchor)
            return
        if self.joined and not token.chinese:  # "... and on the left there is a cow" speaks of what comes
            self.chain, self.joined = [], False
        target = self.chain if self.chain and (not token.chinese or self.at) else []
        if where == "left+right":
            self.both_ways(target or self.chain or self.earlier)
        elif target:
            if not token.chinese and self.carried(target[-1]):
                target = self.head
            for index in target if token.chinese else self.another(target[-1], where):
                self.wishes[index] = replace(self.wishes[index], place=where)
            self.at = ""
        else:
            self.front_place = where
            self.at = ""

    def set(self, axis: str, value: str, token: Token) -> None:
        both = {value, self.setting.get(axis, value)}
        if axis == "background" and "snow" in both and both - SNOWY and not self.negated:  # a street in the snow
            self.setting.setdefault("weather", "snow")
        if self.negated:
            self.banned.add(value)
        elif axis == "background" and self.supposed:
            self.setting[axis], self.supposed = value, False
        elif axis not in self.setting or (
            axis == "background"
            and self.setting[axis] in BROAD
            and (value not in BROAD or self.setting[axis] in ("sky", "plain"))
        ):
            self.setting[axis] = value
        self.setting_spans.append((token.start, token.end))
