"""The noun phrases of a prompt as they grow, and the relations between them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pingxing.engine.backends.scene.bond import SHOES, is_held, is_person, is_seat, is_worn, lives
from pingxing.engine.backends.scene.compound import is_actor, is_compound
from pingxing.engine.backends.scene.drawings import told
from pingxing.engine.backends.scene.memory import BORNE, MAX_WISHES
from pingxing.engine.backends.scene.noun import (
    BUNCHES,
    CHINESE_MANY,
    PAIRED,
    PIED,
    Pending,
    fitting,
    inner_colour,
    inner_size,
    inner_traits,
    kindred,
    person,
)
from pingxing.engine.backends.scene.people import gender_of, gendered, plain
from pingxing.engine.backends.scene.places import Places
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.surface import pied
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.vessels import WHOLE
from pingxing.engine.backends.scene.words import concept_of

BARE_PLURAL, MANY = 3, 5  # "dogs" without a number; 满 before them
PLACES = {
    "next-to",
    "above",
    "below",
    "around",
    "in-front-of",
    "behind",
    "under",
    "on",
    "in",
    "inside",
    "left-of",
    "right-of",
}
OTHERS = ("other", "others", "else", "别的", "其他", "其它", "另外的")
PARENTS = {"妈妈", "爸爸", "母亲", "父亲"}
SEATS = {concept_of("🪑")}
BIG, LITTLE = set("大巨老"), set("小")
IN_VESSEL = {"inside", "on"}
CUPS = {"cup", "mug", "glass", "teacup", "杯子", "茶杯", "咖啡杯", "玻璃杯"}
CARS = {"车", "车子", "vehicle"}
BUILDINGS = {"building", "楼", "大楼", "楼房", "建筑", "建筑物"}
SHARED = {"wearing", "holding", "with"}


@dataclass(slots=True)
class Sentence(Places):
    # --- noun phrases ---------------------------------------------------------------------------

    def thing(self, token: Token, concept: str) -> None:
        if self.stash is not None and self.front is not None and not self.front_used and self.relation is None:
            self.pending, self.stash = self.stash.joined(self.pending), None
        pending, self.pending = self.pending, Pending()
        start = token.start if pending.start is None else min(pending.start, token.start)  # 苹果三个
        if self.negated:
            if not (self._of_others() and any(plain(w.concept) == plain(concept) for w in self.wishes)):
                self.banned.add(concept)
            self.setting_spans.append((start, token.end))
            self.noun = None
            return
        if self.fill is not None:
            if self.fill[0] not in IN_VESSEL and token.plural:  # "three violinists" have as many violins
                pending.count = self.wishes[self.fill[1]].count
            vessel = self.wishes[self.fill[1]]
            if told(vessel.concept) == told(concept):  # a jar of jam is one thing, and so it was drawn
                whole = (vessel.spans[0][0], token.end)
                self.wishes[self.fill[1]] = replace(
                    vessel, concept=concept, spans=(whole,), words=self.prompt[slice(*whole)]
                )
                self.fill, self.noun = None, token
                return
            self._fill(self._new(concept, token, pending, start), token)
            return
        index = self._same(concept, token, pending)
        if index is None:
            placed = self._is_placed() and is_compound(self.prompt, self.noun, token)
            index = self._new(concept, token, pending, start)
            if index is None:
                return
            if placed and index == self.named:  # "a fox between two birch trees": where they stand is said
                self.noun = token
                return
        elif (span := (start, token.end)) not in self.wishes[index].spans:
            self.wishes[index] = replace(self.wishes[index], spans=(*self.wishes[index].spans, span))
        if token.text.endswith("'s"):  # "a butterfly on the girl's hat" is on the hat
            self.owner, self.noun = index, None
            return
        on = list(self.subjects) if self.relation == "on" else []
        self.named = index
        self._link(index)
        if pending.own and on:
            self.put_on_clothes(on, index)
        if self.owner is not None:
            if is_worn(self.wishes[index].concept):
                self.relate([self.owner], "with", index)
            self.owner = None
        self.joined = self.after_be = False
        self.noun = token

    def _fill(self, index: int | None, token: Token) -> None:
        """What a vessel holds, or what somebody is known by: the sentence goes on about the one that has it."""
        if self.fill is not None and index is not None:
            how, owner = self.fill
            if how in IN_VESSEL:
                self.relate([index], how, owner)
            else:
                self.relate([owner], how, index)
        self.fill, self.noun = None, token

    def _unsaid(self, token: Token, concept: str) -> int:
        """How many there are where no number says so: "cats wearing hats" have a hat each."""
        holders = sum(self.wishes[i].count for i in self.subjects)
        dressed = self.relation == "in" and is_worn(concept)
        if token.plural and holders > 1 and (dressed or self.relation in ("wearing", "holding", "with", "riding")):
            return holders
        if concept in PAIRED | SHOES:
            return 1
        if (
            token.plural and holders > 1 and self.relation == "on" and concept in SEATS
        ):  # "a king and a queen on thrones"
            return holders
        return BARE_PLURAL if token.plural else 1

    def _same(self, concept: str, token: Token, pending: Pending) -> int | None:
        """The wish a bare or definite noun speaks of again, if there is one."""
        many = token.plural and not (pending.the or token.chinese)
        if pending.count is not None or (pending.colours and not pending.the) or many:
            return None
        if not (token.chinese or pending.the) or pending.traits:
            return None
        place = pending.place or self.front_place
        if pending.the and pending.place and (index := self._one_of(concept, pending.place)) is not None:
            return index
        again = pending.the or (self.placing and not self.at and not self.chain and pending.count is None)
        if again and token.text in CARS:
            cars = [i for i, wish in enumerate(self.wishes) if traits(wish.concept).subgroup == "transport-ground"]
            if cars:
                return cars[-1]
        if token.text in BUILDINGS and not pending.colours:  # "the hospital ... in front of the building", 楼前面
            houses = [i for i, w in enumerate(self.wishes) if traits(w.concept).subgroup == "place-building"]
            if houses and (again or (token.chinese and not self.joined)):
                return houses[-1]
        if token.text == "椅子" and token.chinese and not pending.colours:  # 公园长椅…靠在椅子上
            seats = [i for i, w in enumerate(self.wishes) if is_seat(w.concept) and plain(w.concept) != concept]
            if seats and (again or self.at or self.relation is not None) and not self.joined:
                return seats[-1]
        if again and token.text in CUPS:
            drinks = [i for i, wish in enumerate(self.wishes) if traits(wish.concept).subgroup == "drink"]
            if drinks:
                return drinks[-1]
        for index in reversed(range(len(self.wishes))):
            wish = self.wishes[index]
            if (place and wish.place != place) or (pending.colours and wish.colour != pending.colours[0]):
                continue
            if pending.size not in (1.0, wish.size):
                continue
            said = self.prompt[wish.spans[0][0] : wish.spans[0][1]]
            if plain(wish.concept) == concept and token.chinese and self._apart(index, said, token.text):
                continue
            if plain(wish.concept) == concept and token.chinese and not pending.the and not kindred(said, token.text):
                continue  # 医生和护士 are two, though one picture stands for both
            listed = self.joined and index in self.chain  # 美人鱼和鱼
            if plain(wish.concept) == concept or (said.endswith(token.text) and not listed):
                return index
        return None

    def _one_of(self, concept: str, place: str) -> int | None:
        """ "Two lions ..., the right lion", 中间那只青蛙: one of those named before; None where there are none."""
        for index in reversed(range(len(self.wishes))):
            wish = self.wishes[index]
            if plain(wish.concept) == concept and wish.count > 1 and len(self.wishes) < MAX_WISHES:
                self.wishes[index] = replace(wish, count=wish.count - 1)
                self.wishes.append(replace(wish, count=1, place=place))
                made = len(self.wishes) - 1
                self.taken[made] = index
                self.links += [replace(link, subject=made) for link in self.links if link.subject == index]
                return made
        return None

    def _apart(self, index: int, said: str, text: str) -> bool:
        """大象和小象, 大鱼吃小鱼: two of a kind, though neither has a number."""
        parent = self.prompt[self.wishes[index].spans[0][1] :][:2] in PARENTS and text[:1] in LITTLE  # 袋鼠妈妈和小袋鼠
        sized = (said[:1] in BIG and text[:1] in LITTLE) or (said[:1] in LITTLE and text[:1] in BIG)
        alive = lives(self.wishes[index].concept)
        return sized or parent or (alive and self.joined and index in self.chain and said != text)

    def worn(self) -> set[str]:
        """What somebody has on: "a bear without a scarf next to a bear with a green scarf" has one."""
        on = {link.object for link in self.links if link.relation == "wearing"}
        return {plain(self.wishes[i].concept) for i in on} | {self.wishes[i].concept for i in on}

    def _of_others(self) -> bool:
        """ "A dog, no other dogs", 没有别的狗: the one that is there stays."""
        return self.last is not None and self.last.text.endswith(OTHERS)

    def _is_placed(self) -> bool:
        """Whether the last noun is already bound to what others stand by, and nobody the sentence is about."""
        return self.at_object is None and self.named is not None and bool(self.chain) and self.named not in self.chain

    def _new(self, concept: str, token: Token, pending: Pending, start: int) -> int | None:
        compound = is_compound(self.prompt, self.noun, token)
        count = pending.count if pending.count is not None else self._unsaid(token, concept)
        if pending.bunch and concept in BUNCHES:
            count = 1
        if pending.many and pending.count is None and concept not in WHOLE:  # 天空中飘满了气球
            count = MANY
        if compound and (self.chain or self.at_object is not None):
            index = self.at_object
            if index is None:
                index = self.named if self.named is not None and self._is_placed() else self.chain.pop()
            old = self.wishes[index]
            if is_actor(self.noun, token):
                self.wishes[index] = replace(
                    old, spans=((old.spans[0][0], token.end),), words=self.prompt[old.spans[0][0] : token.end]
                )
                return index
            colour = pending.colours[0] if pending.colours else old.colour
            count = old.count if old.count > 1 or not token.plural else count
            if gender := gender_of(plain(old.concept)):
                concept = gendered(concept, gender)
            self.wishes[index] = self.wish(concept, old.spans[0][0], token.end, count, colour, old.size)
            self.links = [self.rebound(link) if index in (link.subject, link.object) else link for link in self.links]
            return index
        if pending.count == 1 and not (self.chain or self.joined or pending.colours or pending.traits or pending.place):
            self.take_one(concept, token)
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
        pending.traits += pied(concept, colour, pending.colours)
        if token.chinese and pending.count is None and token.text in CHINESE_MANY and not self.placing:
            count = BARE_PLURAL
        inner = inner_traits(self.lexicon, concept, token)
        looks, colour = fitting(concept, [*pending.traits, *inner], colour, named=True)
        size = pending.size if pending.size != 1.0 else inner_size(self.lexicon, concept, token)
        wish = self.wish(concept, start, token.end, count, colour, size)
        self.wishes.append(replace(wish, place=pending.place, traits=looks))
        if pending.count is not None:
            self.told.add(len(self.wishes) - 1)
        return len(self.wishes) - 1

    def _link(self, index: int) -> None:
        """Place the noun in the sentence: object of what waits, subject of what was said in front, or new."""
        if self.relation == "between":
            self._between(index)
            return
        if self.relation is None and self.joined and self._coordinate(index):
            return
        if self.relation is not None:
            if self.loose and not (is_worn(self.wishes[index].concept) or is_held(self.wishes[index].concept)):
                self.relation, self.subjects = None, []
                self.chain = self.head = [index]
                self.loose = False
                return
            self.loosely = {index} if self.loose else self.loosely
            self.loose = False
            dressed = self.relation == "in" and is_worn(self.wishes[index].concept)  # "in a coat and boots"
            shared = "wearing" if dressed else self.relation if self.relation in SHARED else ""
            self.shared = (shared, list(self.subjects)) if shared else None
            self.filling = (self.relation, list(self.subjects)) if self.relation.startswith("~") else None
            alive = [i for i in self.head if lives(self.wishes[i].concept)]
            dead = not any(lives(self.wishes[i].concept) for i in self.subjects)
            whose = self.in_hand(index) or self.goes_with(index)
            if self.relation == "with" and alive and dead and whose:  # "on a throne with a crown"
                self.subjects = alive
            if self.relation in PLACES and index in self.subjects and len(self.subjects) > 1:
                self.subjects = self.subjects[-1:]  # "a fridge, a stove and a cat on the fridge"
            if self.relation in PLACES and len(self.subjects) > 1:  # "a hat on the snowman and a bird on the hat"
                has_it = {k.subject for k in self.links if k.object == index and k.relation in BORNE}
                self.subjects = [i for i in self.subjects if i not in has_it] or self.subjects
                standing = {k.subject for k in self.links if k.relation in PLACES and k.object not in self.subjects}
                if self.subjects[-1] not in standing:  # "a bus behind the taxi and a man on a horse"
                    self.subjects = [i for i in self.subjects if i not in standing]
            if self.relation in PLACES and self.subjects:
                self.subjects = self.placed(index)
            if self.relation == "with":
                self.given.add(index)
            if self.subjects:
                self.portion(index, self.subjects)
                self.by_side(index)
                self.relate(self.subjects, self.relation, index)
                self.relation = None
                self.chain = [index] if not self.after_be else self.chain
            else:
                self.outer = self.front if not self.front_used else None  # 学校前面,戴着帽子的孩子
                self.front, self.front_used = (self.relation, index), False
                self.by_side(index)
                self.relation = None
            return
        if self.at:
            self.at_first = self.at_object if self.joined else None
            self.at_object = index
            worn = self.front is not None and self.front[0] in BORNE and not lives(self.wishes[index].concept)
            if self.front is not None and not self.front_used and not worn:  # 戴皇冠坐在宝座上的蜂后
                self.relate([index], *self.front)
                self.front = None
            return
        dress = self.front is not None and not self.front_used and self.front[0] == "wearing"
        if dress and self.relation is None and is_worn(self.wishes[index].concept):  # 穿黄雨衣红雨靴的女孩
            self.also.append(index)
            return
        unlike = bool(self.chain) and is_person(self.wishes[self.chain[-1]].concept) != is_person(
            self.wishes[index].concept
        )
        apart = index in self.told or not self.direct or unlike  # 戴帽子的猫和一只狗, 骑马的骑士在城堡前与龙战斗
        borne = self.front is not None and (self.front[0] in BORNE or self.front[0].startswith("~"))
        own = borne and self.front_used and apart
        own = own or (self.placing and self.front_used)  # 盒子里的黑猫和椅子上的白猫
        if self.front is not None and not own and (not self.front_used or self.joined):
            relation, target = self.front
            if self.sitter is not None and lives(self.wishes[index].concept):
                target = self.sitter  # somebody is beside somebody, a thing beside a thing
            self.sitter = None
            self.portion(index, [target])
            self.relate([index], relation, target)
            for other in self.also:
                self.relate([index], relation, other)
            if self.outer is not None:
                self.relate([index], *self.outer)
                self.around = self.outer
            self.also, self.outer, self.front_used = [], None, True
            if self.beyond is not None:
                self.relate([self.beyond], "right-of", index)
                self.beyond = None
        elif own and self.joined and self.around is not None:  # 船里坐着戴帽子的男孩和一位老师
            self.relate([index], *self.around)
        if self.front_place:
            self.wishes[index] = replace(self.wishes[index], place=self.front_place)
            self.place_kept = self.front_place
            if not self.joined:
                self.front_place = ""
        elif self.place_kept and self.joined and self.chain and not self.wishes[index].place:
            self.wishes[index] = replace(self.wishes[index], place=self.place_kept)  # 天上有一只红的和一只蓝的
        if self.joined and self.chain and self.chain[-1] in self.given and not lives(self.wishes[index].concept):
            self.given.add(index)  # "with sandwiches, apples and a melon under a tree": all of them are with somebody
            self.shelve(index)
            self.chain = [*self.chain, index]
            return
        if self.joined and self.chain:
            self.company.update((*self.chain, index))
        living, before = lives(self.wishes[index].concept), []
        if self.joined and self.chain and living:  # "a boy in a shirt and a girl": the boy and the girl
            before = list(dict.fromkeys(b for i in self.chain for b in self.wearers(i)))
        elif self.mates and living and not self.joined:
            self.chain = before = list(self.mates)
        self.mates = []
        if before and before != self.chain:
            self.chain, self.head = [index], [*before, index]
            return
        self.chain = [*self.chain, index] if (self.joined or before) and self.chain else [index]
        self.head = list(self.chain)

    def _coordinate(self, index: int) -> bool:
        """ "Wearing a hat and sunglasses", 戴着帽子和墨镜的人: the second is worn as well."""
        if self.shared is None or self.at:
            return False
        relation, subjects = self.shared
        concept = self.wishes[index].concept
        if relation == "with" and subjects and not any(lives(self.wishes[i].concept) for i in subjects):
            return self.fill_on(subjects, index)
        carried = is_worn(concept) or (relation != "wearing" and is_held(concept))
        if not carried:
            return False
        if subjects:
            self.relate(subjects, relation, index)
            self.chain = [*self.chain, index]
        elif self.front is not None and not self.front_used:
            self.also.append(index)
        else:
            return False
        self.joined = False
        return True

    def _between(self, index: int) -> None:
        """Two objects: what is spoken of stands right of the first and left of the second."""
        if self.at_object is None:
            self.at_object = index
            if self.wishes[index].count > 1:  # "between two trees"
                if not self.subjects:
                    self.front, self.front_used = ("between", index), False
                self.relate(self.subjects, "between", index)
                self.at_object = self.relation = None
            return
        first, self.at_object, self.relation = self.at_object, None, None
        if not self.subjects:  # "between the house and the tree there is ..."
            self.front, self.front_used, self.beyond = ("right-of", first), False, index
            self.chain, self.joined = [], False
            return
        self.relate(self.subjects, "right-of", first)
        for subject in self.subjects[-1:]:
            self.relate([index], "right-of", subject)

    # --- marks ------------------------------------------------------------------------------------

    def pause(self, full: bool) -> None:
        """A comma, or with `full` the end of a sentence."""
        self.drop()
        self.settle()
        if self.relation is not None and not self.subjects:
            self.relation = None
        self.said_it = self.said_it and self.front is not None and self.front_used
        self.landmark = self.front if self.front is not None and self.front_used else None
        if self.front is not None and self.front_used:
            self.front = None
        if full and self.front is not None and not self.front_used and self.earlier and not self.awaited:
            whom = [i for i in self.past if lives(self.wishes[i].concept)] if not self.head else []
            self.relate([i for i in whom or self.earlier if i != self.front[1]], *self.front)
        if full:
            self.front, self.front_place, self.anchor, self.it = None, "", None, None
        self.series, self.recalled = self.recalled and not full, False
        self.past = self.head or self.chain or self.past
        self.earlier, self.chain, self.head = self.chain or self.earlier, [], []
        self.relation, self.subjects = None, []
        self.awaited = False
        self.negated = self.joined = self.after_be = self.leaning = self.sides = False
        self.each = self.each and not full
        self.mates, self.loose, self.sitter = [], False, None
        self.sky_open, self.place_kept = False, ""
        self.victim, self.shared, self.also, self.outer, self.around = [], None, [], None, None
        self.at_also = []
        self.noun = self.fill = None
