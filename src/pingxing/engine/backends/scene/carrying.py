"""Who has what: what is held, worn, carried on a tray, hung on a chair or ridden, while a sentence is read."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pingxing.engine.backends.scene.bond import (
    bond,
    filled,
    is_held,
    is_open,
    is_person,
    is_rack,
    is_seat,
    is_vessel,
    is_worn,
    lives,
)
from pingxing.engine.backends.scene.memory import Memory
from pingxing.engine.backends.scene.plan import Link
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.several import Several
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import concept_of

HEAVENLY = frozenset(map(concept_of, ("🌙", "🌕", "🌖", "🌗", "🌘", "☀️", "🌈")))
SMALL = 0.6  # metres: on what is larger one may sit, beside it stand


def is_beast_or_person(concept: str) -> bool:
    """Whether it has a body to wear things on."""
    return lives(concept) and not is_worn(concept)


@dataclass(slots=True)
class Carrying(Several):
    """The questions about belongings that the reading of a sentence asks of its memory."""

    def fill_on(self, subjects: list[int], index: int) -> bool:
        """ "A plate with two eggs and some bread": what is of one kind with the first is on the plate as well."""
        before = traits(self.wishes[self.chain[-1]].concept).group if self.chain else ""
        same = traits(self.wishes[index].concept).group == before
        if not same or not filled("with", self.wishes[subjects[-1]], self.wishes[index]):
            return False
        self.relate(subjects, "with", index)
        self.chain, self.joined = [*self.chain, index], False
        return True

    def put_on_clothes(self, subjects: list[int], index: int) -> None:
        """ "A woman with a fish on her hat": she wears the hat, and the fish is nowhere else."""
        wearers = [i for i in self.head if lives(self.wishes[i].concept) and i not in subjects]
        if not is_worn(self.wishes[index].concept) or not wearers:
            return
        given = {(k.subject, k.object) for k in self.links if k.relation in ("next-to", "holding")}
        self.links = [
            k
            for k in self.links
            if not ((k.subject, k.object) in given and k.subject in wearers and k.object in subjects)
        ]
        self.relate(wearers, "wearing", index)

    def relate(self, subjects: list[int], relation: str, target: int) -> None:
        """ "A scarf around a snowman's neck", "a hat on the cat": who has it on wears it."""
        somebody = any(lives(self.wishes[i].concept) for i in subjects)
        if relation == "with" and somebody and self.wishes[target].concept in HEAVENLY:
            return  # "a family at dinner with a round moon above": nobody holds it
        if relation == "~on" and is_worn(self.wishes[target].concept):
            alive = [i for i in subjects if lives(self.wishes[i].concept)]
            if alive and alive == subjects:  # 头上顶着一顶帽子
                relation = "wearing"
        whole = is_beast_or_person(self.wishes[target].concept)
        if (
            relation in ("around", "on")
            and whole
            and subjects
            and all(is_worn(self.wishes[i].concept) for i in subjects)
        ):
            for index in subjects:
                Memory.relate(self, [target], "wearing", index)
            return
        Memory.relate(self, subjects, relation, target)

    def whole(self, text: str) -> int | None:
        """What "it" is in "a vase with three flowers, and next to it a book": the vase, which the clause was about."""
        last = self.earlier[-1] if self.earlier else None
        if {"it", "its"}.isdisjoint(text.split()) or last is None or last in self.past or len(self.past) != 1:
            return None
        head = self.past[0]
        linked = any(k.subject == last and k.object == head and k.relation in ("inside", "on") for k in self.links)
        return head if linked and not is_person(self.wishes[head].concept) else None

    def in_hand(self, index: int) -> bool:
        """Whether "with" brings what one of the clause holds: "a woman at a bus stop with an umbrella"."""
        people = any(is_person(self.wishes[i].concept) for i in self.head)
        last = self.wishes[self.subjects[-1]] if self.subjects else None
        if not people or last is None or is_open(last.concept) or filled("with", last, self.wishes[index]):
            return False
        done = any(
            k.object == self.subjects[-1] and k.relation == "next-to" and k.subject in self.head for k in self.links
        )
        placed = traits(last.concept).group == "travel-places" or is_seat(last.concept)
        return (placed or done) and not lives(last.concept) and is_held(self.wishes[index].concept)

    def doers(self, indexes: list[int]) -> list[int]:
        """撑着伞在公交站等车: who holds the umbrella is there."""
        found: list[int] = []
        for index in indexes:
            mine = [k.subject for k in self.links if k.object == index and k.subject in self.head]
            held = [k.subject for k in self.links if k.object == index and k.relation in ("holding", "riding")]
            if held and index not in self.head and set(held) <= set(self.head):  # 抱着泰迪熊坐在床上
                found += held
                continue
            borne = not lives(self.wishes[index].concept) and mine and index not in self.head
            found += mine if borne else [index]
        return list(dict.fromkeys(found))

    def shelve(self, index: int) -> None:
        """ "A shelf with three plants, a clock and a radio": all of them are on the shelf."""
        racks = [k.object for k in self.links if k.subject == self.chain[-1] and k.relation == "on"]
        if racks and is_rack(self.wishes[racks[-1]].concept) and not lives(self.wishes[index].concept):
            self.relate([index], "on", racks[-1])

    def placed(self, index: int) -> list[int]:
        """ "A girl reading a book under a tree": she sits under the tree; but cake is eaten on a plate."""
        if self.loosely.issuperset(self.subjects):  # "..., with a kettle on the bench": nobody holds the kettle
            held = ("holding", "next-to")
            self.links = [k for k in self.links if not (k.object in self.subjects and k.relation in held)]
            return self.subjects
        if all(self.set_on(i) for i in self.subjects):  # "a cake with candles on a plate"
            return list(self.head)
        if self.relation in ("on", "in", "inside") and is_held(self.wishes[index].concept, SMALL):
            return self.subjects
        inside = self.relation in ("in", "inside") and is_vessel(self.wishes[index].concept)
        if inside and all(self.in_use(i) for i in self.subjects):  # "stirs a potion in a cauldron"
            return self.subjects
        fixed = [i for i in self.subjects if i in self.given and not lives(self.wishes[i].concept)]
        if fixed and self.head:  # "a nest with three eggs on a branch"
            return list(self.head)
        return list(dict.fromkeys(b for i in self.subjects for b in self.bearers(i)))

    def in_use(self, index: int) -> bool:
        """Whether somebody of the clause holds it."""
        return any(k.object == index and k.relation == "holding" and k.subject in self.head for k in self.links)

    def hung(self) -> bool:
        """Whether something that does not live stands in front, so that a verb says what hangs there."""
        if self.front is None or self.front_used or self.front[0] not in ("on", "above", "under", "next-to", "inside"):
            return False
        return not lives(self.wishes[self.front[1]].concept)

    def ridden(self) -> bool:
        """Whether the last one named is whom those of the clause ride on."""
        last = [k for k in self.links if self.chain[-1:] == [k.object] and k.relation == "riding"]
        return bool(last) and last[-1].subject in self.head

    def multiplies(self, token: Token) -> bool:
        """Whether 双 or "pair of" counts what comes; 打 does right after its number only (not in 一个打伞的人)."""
        if token.text == "打":
            return self.last is not None and self.last.has("number")
        return self.pending.count is not None or not token.chinese

    def set_on(self, index: int) -> bool:
        """Whether it stands on or in what the clause is about."""
        return any(k.subject == index and k.object in self.head and k.relation in ("on", "inside") for k in self.links)

    def goes_with(self, index: int) -> bool:
        """Whether "with" brings clothes or company, which are of somebody; a fish may lie on a table."""
        concept = self.wishes[index].concept
        laid = bool(self.subjects) and bool(filled("with", self.wishes[self.subjects[-1]], self.wishes[index]))
        return is_worn(concept) or (lives(concept) and not laid)

    def rebound(self, link: Link) -> Link:
        """The link after one of its ends has become another thing: an apple is held, an apple tree is not."""
        return replace(link, relation=bond(link.relation, self.wishes[link.subject], self.wishes[link.object]))
