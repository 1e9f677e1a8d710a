"""Which of several is spoken of: "one is black", "the white one sleeps", "two cats, one black and one white"."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pingxing.engine.backends.scene.bond import lives
from pingxing.engine.backends.scene.memory import MAX_WISHES, Memory
from pingxing.engine.backends.scene.noun import Pending
from pingxing.engine.backends.scene.people import plain
from pingxing.engine.backends.scene.plan import Wish
from pingxing.engine.backends.scene.variants import concept_for

WALLS = {"wall", "walls", "ceiling", "ledge", "windowsill", "doorstep", "surface", "floorboards"}


@dataclass(slots=True)
class Several(Memory):
    """Groups of things, and how a sentence parts them."""

    def some(self) -> bool:
        """ "One is black, the other is white": the clause speaks of that many of those named before."""
        pending = self.pending
        if pending.count is None or pending.unknown or pending.start is None or pending.clause:
            return False
        if self.prompt[pending.start : pending.start + 3].partition(" ")[0].lower() in ("a", "an"):
            return False  # "three bears have a picnic in the forest": "a" never is one of them
        number = pending.count
        kinds = {self.wishes[i].concept.partition("-")[0] for i in self.parts}  # a black cat is a cat
        open_ = [
            i
            for i, wish in enumerate(self.wishes)
            if i not in self.parts
            and (wish.count > number or (wish.count == number and wish.concept.partition("-")[0] in kinds))
        ]
        if not open_:
            return False
        like = [i for i in open_ if self.wishes[i].concept.partition("-")[0] in kinds]  # 一个装红苹果,一个装饼干
        counted = [i for i in open_ if i in self.told and lives(self.wishes[i].concept)]  # "three dogs chase cats: one"
        index = (like or counted or open_)[-1]
        wish = self.wishes[index]
        if self.joined and not self.parts and wish.count > number and len(self.wishes) < MAX_WISHES:
            self.wishes.append(replace(wish, count=number))  # "six birds on a wire and one on the roof"
            self.pending, self.chain, self.joined = Pending(), [len(self.wishes) - 1], False
            self.head = list(self.chain)
            return True
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
            self.paint(index, pending.colours[0])
        if pending.place:
            self.wishes[index] = replace(self.wishes[index], place=pending.place)
        if pending.size != 1.0:  # "the biggest one is white"
            self.wishes[index] = replace(self.wishes[index], size=pending.size)
        self.pending = Pending()
        self.chain, self.joined = [index], False
        return True

    def of_these(self, pending: Pending) -> bool:
        """ "Two cats, one black and one white", "two white ones": number and colour of what was named before."""
        bare = [i for i in reversed(range(len(self.wishes))) if self.wishes[i].colour is None]
        more = [i for i in bare if self.wishes[i].count > (pending.count or 0)]  # "balloons, a child with a red one"
        enough = [i for i in bare if self.wishes[i].count >= (pending.count or 0)]  # "12 donuts in a box, 6 pink"
        kinds = {self._kind(i) for i in self.parts} | {self._kind(i) for i, w in enumerate(self.wishes) if w.colour}
        group = [i for i in bare if self.wishes[i].count > (pending.count or 0) or self._kind(i) in kinds]
        index = next(iter(more if pending.unknown == "ones" and more else group or enough or bare), None)
        if pending.count is None or not pending.colours or not self.wishes or pending.lost:
            return False
        if self.last is not None and self.last.text in WALLS:  # "two bicycles leaning against a yellow wall"
            return False
        colour = pending.colours[0]
        if pending.the and pending.unknown == "ones" and self.relation is None and self.pick(pending, colour):
            return True
        like = next((w for w in reversed(self.wishes) if w.colour is not None), self.wishes[-1])
        many = index is not None and (
            self.wishes[index].count > pending.count or plain(self.wishes[index].concept) == plain(like.concept)
        )
        if pending.unknown == "ones" and not many:
            self.again(like, pending.count, colour)
            if self.relation is not None and self.subjects:  # "a girl with a red one"
                self.relate(self.subjects, self.relation, len(self.wishes) - 1)
        elif pending.unknown not in ("", "ones") or index is None or self.wishes[index].count < pending.count:
            return False
        elif self.wishes[index].count == pending.count:
            wish = self.wishes[index]
            self.wishes[index] = replace(wish, colour=colour, concept=concept_for(wish.concept, colour))
        else:
            before = len(self.wishes)
            self.again(self.wishes[index], pending.count, colour)
            self.wishes[index] = replace(self.wishes[index], count=self.wishes[index].count - pending.count)
            if len(self.wishes) > before:
                self.links += [replace(link, subject=before) for link in self.links if link.subject == index]
        return True

    def pick(self, pending: Pending, colour: str) -> bool:
        """ "The white one sleeps", 白色的那只在睡觉: the clause is about that one of those named before."""
        number = pending.count or 1
        open_ = [i for i, wish in enumerate(self.wishes) if wish.colour is None and i not in self.parts]
        kinds = {self.wishes[i].concept.partition("-")[0] for i in self.parts}
        groups = [
            i for i in open_ if self.wishes[i].count > number or self.wishes[i].concept.partition("-")[0] in kinds
        ]
        if not groups:
            return False
        index = groups[-1]
        wish = self.wishes[index]
        if wish.count > number:
            if len(self.wishes) >= MAX_WISHES:
                return False
            self.wishes[index] = replace(wish, count=wish.count - number)
            self.wishes.append(replace(wish, count=number))
            self.links += [replace(link, subject=len(self.wishes) - 1) for link in self.links if link.subject == index]
            index = len(self.wishes) - 1
        self.paint(index, colour)
        if pending.size != 1.0:
            self.wishes[index] = replace(self.wishes[index], size=pending.size)
        self.parts.add(index)
        self.chain, self.head, self.joined = [index], [index], False
        return True

    def again(self, wish: Wish, count: int, colour: str) -> None:
        """The same thing once more in another colour, if there is room for it."""
        if len(self.wishes) < MAX_WISHES:
            self.wishes.append(replace(wish, concept=concept_for(wish.concept, colour), count=count, colour=colour))

    def _kind(self, index: int) -> str:
        """The concept without what sets one of a kind apart: a black cat is a cat."""
        return self.wishes[index].concept.partition("-")[0]
