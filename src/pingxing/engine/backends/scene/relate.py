"""Relations made true: things that belong together become units whose parts have fixed places."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from pingxing.engine.backends.scene.attach import (
    SHOULDER,
    dressed,
    held,
    on_shoulder,
    printed,
    put_inside,
    put_on,
    ridden,
    roomier,
)
from pingxing.engine.backends.scene.bunch import bunched
from pingxing.engine.backends.scene.heap import PLATE, SHELF
from pingxing.engine.backends.scene.heavens import SILL
from pingxing.engine.backends.scene.plan import Link
from pingxing.engine.backends.scene.shapes import aboard, shown, worn
from pingxing.engine.backends.scene.surface import PRINTED
from pingxing.engine.backends.scene.unit import Item, Spot, Unit, clearest, crowding, shortfall
from pingxing.engine.backends.scene.words import concept_of

# Relations that hold for several targets only when those stand together.
GATHERING = ("left-of", "right-of", "above", "below", "in-front-of", "behind", "around", "looking-at")
CARRYING = ("wearing", "holding")
CLOSE = (
    "on",
    "riding",
    "inside",
    "under",
    PRINTED,
    SHOULDER,
)  # what sits on a thing joins it before the thing itself is placed
BESIDE = ("left-of", "right-of", "next-to", "above", "below", "behind", "in-front-of")
CROWD = 5  # so many are placed beside a thing as one group
SITTERS = 5  # side by side on a sofa, at most, where that must grow for them
FULL = 12  # the most that are put into one thing
SMALLER = 0.5  # to which things shrink that share a seat
HOVER = 0.55  # height at which a butterfly flies beside somebody, in parts of theirs
CHESS_TABLE = "E0D2"
COUNTER, BANQUET = "E16E", "E16B"
BROAD = frozenset((SILL, SHELF))
LOFTY = 2.4  # times as tall as a bird: it flies beside such a thing
GAP = 0.12  # between neighbours, in parts of the smaller one
HANDS = 3  # one in each, and one more before the chest; what else somebody has stands where it likes
FRAMING = 0.25  # part of a hood that its wearer leaves visible
# Where things without a head wear what heads wear: the face in parts of the thing, and the height of its eyes.
FACED = ("head", "eyes", "neck", "ears")
FACE = ((0.14, 0.06, 0.86, 0.86), 0.42)
FACES = {concept_of("🍍"): ((0.14, 0.42, 0.86, 0.98), 0.62), concept_of("🌵"): ((0.26, 0.02, 0.74, 0.6), 0.3)}
PUSHES = (0.0, 0.15, 0.3, 0.5, 0.75, 1.0)  # how much farther a thing is moved until all can be seen


def units(items: Sequence[Item], links: Sequence[Link], rng: Random, tied: bool = False) -> list[Unit]:
    """Items joined by relations into units, each relation true inside its unit; `tied` flowers are a bouquet."""
    if (bunch := bunched(items, links, rng, tied)) is not None:
        return [bunch]
    concepts = {item.wish: item.concept for item in items}
    wearers = {k.object: k.subject for k in links if k.relation == "wearing" and worn(concepts.get(k.object, ""))}
    # What sits on the sofa is who wears the crown, not the crown.
    meant = [
        replace(k, subject=wearers[k.subject])
        if k.subject in wearers and wearers[k.subject] != k.object and k.relation != "wearing"
        else k
        for k in links
    ]
    return _Circle(items, meant, rng).joined()


class _Circle:
    """The units while they grow: every item's home, by the item's index."""

    def __init__(self, items: Sequence[Item], links: Sequence[Link], rng: Random) -> None:
        self.items, self.links, self.rng = items, links, rng
        self.home: dict[int, Unit] = {item.index: Unit([Spot(item, 0.0, 0.0)]) for item in items}
        self.of: dict[int, list[Item]] = {}
        for item in items:
            self.of.setdefault(item.wish, []).append(item)
        self.company: Counter[tuple[str, int]] = Counter()  # all that share one relation to one thing
        for link in links:
            self.company[link.relation, link.object] += len(self.of.get(link.subject, []))
        self.seated: Counter[tuple[str, int]] = Counter()
        self.hands: Counter[int] = Counter()  # things an item holds already
        self.borne: dict[int, Item] = {}  # who holds an item already
        self.circled = {link.subject for link in links if link.relation == "around"}
        self.hats: Counter[tuple[int, str]] = Counter()

    def joined(self) -> list[Unit]:
        rank = {relation: n for n, group in enumerate((CARRYING, CLOSE)) for relation in group}
        held_ = {k.object for k in self.links if k.relation == "holding"}  # a basket is filled before it is lifted

        def turn(link: Link) -> int:
            return -1 if link.relation == "inside" and link.object in held_ else rank.get(link.relation, 2)

        for link in sorted(self.links, key=turn):
            subjects, targets = self.of.get(link.subject, []), self.of.get(link.object, [])
            if not subjects or not targets:
                continue
            if link.relation in CARRYING:
                self._carry(subjects, targets)
                continue
            if link.relation in GATHERING:
                self._gather(targets)
            if link.relation == "between":
                self._part(subjects, targets)
                continue
            self._relate(subjects, targets, link)
        unique: list[Unit] = []
        for item in self.items:
            if all(self.home[item.index] is not u for u in unique):
                unique.append(self.home[item.index])
        return unique

    def _now(self, item: Item) -> Spot:
        return self.home[item.index].spot(item)

    def _merge(self, mine: Unit, theirs: Unit) -> None:
        """`mine`, moved to its place, becomes a part of `theirs`."""
        both = Unit([*theirs.spots, *mine.spots])
        for spot in both.spots:
            self.home[spot.item.index] = both

    def _relate(self, subjects: Sequence[Item], targets: Sequence[Item], link: Link) -> None:
        key = (link.relation, link.object)
        many = -(-self.company[key] // len(targets))
        crowd = link.relation in BESIDE and len(subjects) >= CROWD
        if crowd:  # in ranks, not in one line across the picture
            groups = [subjects[0::2], subjects[1::2]] if link.relation == "next-to" else [subjects]
            for group in groups:
                self._gather(group)
            subjects, many = [group[0] for group in groups], 1
        moved: set[int] = set()
        for subject in subjects:
            number = self.seated[key]
            self.seated[key] += 1
            target = targets[number % len(targets)]
            mine = self.home[subject.index]
            together = {spot.item.index for spot in mine.spots}
            if mine is self.home[target.index] or not together.isdisjoint(moved):
                continue
            moved |= together
            turn, relation = number // len(targets), link.relation
            fits = _capacity(subject, target, relation) if relation in CLOSE else many
            if turn < fits:  # those for whom there is no room stand where they like
                self._join(subject, target, relation, turn, min(many, fits))

    def _carry(self, subjects: Sequence[Item], targets: Sequence[Item]) -> None:
        """Each thing to a bearer in turn; bearers for whom nothing is left stand where they like."""
        if len(subjects) > 1 and len(targets) == 1 and targets[0].concept == CHESS_TABLE:
            self._part(targets, subjects)  # they sit at it face to face
            return
        for number, target in enumerate(targets):
            bearer = subjects[number % len(subjects)]
            if self.home[bearer.index] is self.home[target.index]:
                continue
            who, what = self._now(bearer), self._now(target)
            if target.index in self.borne and bearer.wish in self.circled:
                continue  # one bowl for all who sit around a table: they keep their places
            if target.index in self.borne:  # somebody holds it: the second one stands at its other side
                mine, theirs = self.home[bearer.index], self.home[target.index]
                holder = theirs.spot(self.borne[target.index])
                self._merge(self._beside(mine, theirs, who, what, what.middle < holder.middle), theirs)
                continue
            garment = self._garment(who, what)
            if garment is None:
                slot, side = self.hands[bearer.index], 1.0 if self.rng.random() < 0.5 else -1.0
                self.hands[bearer.index] += 1
                if slot >= HANDS and what.item.stance not in ("sky", "bird") and who.item.human:
                    continue
                self.borne[target.index] = bearer
                garment = held(self.home[bearer.index], who, self.home[target.index], what, slot, side)
            self._merge(garment, self.home[bearer.index])

    def _garment(self, who: Spot, what: Spot) -> Unit | None:
        """The thing as it is worn; None for what is carried, as is the second coat that would hide the first."""
        wear, unit = worn(what.item.concept), self.home[who.item.index]
        if wear is None or len(self.home[what.item.index].spots) > 1:
            return None
        if who.item.shape.head is None:  # a pineapple in sunglasses
            if wear.place not in FACED:
                return None
            box, eyes = FACES.get(who.item.concept, FACE)
            who = replace(who, item=replace(who.item, shape=replace(who.item.shape, head=box, eyes=eyes)))
        spot = dressed(who, what.item, wear, self.hats[who.item.index, wear.place])
        spot = replace(spot, order=spot.order + who.order)
        behind = spot.order < who.order and shown([spot.body, who.body])[0][0] < FRAMING
        if crowding([spot], unit.spots) > 0 or behind:
            return None
        self.hats[who.item.index, wear.place] += 1
        return Unit([spot])

    def _part(self, subjects: Sequence[Item], targets: Sequence[Item]) -> None:
        """The targets go to both sides of the subjects, which so stand between them."""
        self._gather(subjects)
        middle = subjects[0]
        if len(targets) >= CROWD:
            self._gather(targets[0::2])
            self._gather(targets[1::2])
        for number, target in enumerate(targets):
            if self.home[target.index] is not self.home[middle.index]:
                self._join(target, middle, ("left-of", "right-of")[number % 2], number, 1)

    def _gather(self, items: Sequence[Item]) -> None:
        """Several targets of one relation stand together, so that it can hold for all of them."""
        own: list[Unit] = []
        for item in items:
            unit = self.home[item.index]
            if all(unit is not known for known in own):
                own.append(unit)
        if len(own) > CROWD:
            group = _ranks(own, items[0].stance in ("ground", "afloat"))
        else:
            group = own[0]
            for number, other in enumerate(own[1:], start=1):
                group = Unit([*group.spots, *self._next(other, group, number, len(own) > 2).spots])
        self._merge(Unit([]), group)

    def _next(self, other: Unit, group: Unit, number: int, deep: bool) -> Unit:
        """The next in a line; three and more stand staggered."""
        deep = deep and other.spots[0].item.stance == "ground"
        back = deep and number % 2 == 1
        wide, tall = other.wide, other.tall
        rise = 0.3 * tall if back else self.rng.uniform(-0.04, 0.04) * tall
        tries = (
            other.moved(group.right - other.left + step * wide, rise, -2.0 if back else 0.0)
            for step in ((-0.3, -0.15, 0.0, GAP) if deep else (GAP,))
        )
        return clearest(tries, group)

    def _join(self, subject: Item, target: Item, relation: str, number: int, many: int) -> None:
        """Move the subject's unit so that the relation holds; `number` counts equal subjects."""
        mine, theirs = self.home[subject.index], self.home[target.index]
        at, me = theirs.spot(target), mine.spot(subject)
        side = 1.0 if (number % 2 == 0) == (self.rng.random() < 0.5) else -1.0
        if relation == "under" and target.stance in ("sky", "bird"):
            relation = "below"
        if relation in ("on", "riding") and aboard(target.concept):
            relation = "inside"
        if relation == "on":
            placed, theirs = self._on(mine, theirs, me, at, number, many)
        elif relation == SHOULDER:
            placed = on_shoulder(mine, theirs, me, at, number, side)
        elif relation == PRINTED:
            self._merge(printed(mine, me, at, number, many), theirs)
            return
        elif relation == "riding":
            placed = ridden(mine, theirs, me, at, number, many)
        elif relation == "inside":
            theirs = theirs.scaled(roomier(mine, at, many))
            placed = put_inside(mine, theirs, me, theirs.spot(target), number, many)
        elif relation == "looking-at":
            placed, theirs = self._look(mine, theirs, me, at, side)
        elif relation == "around":
            if me.item.stance == "bird" and len(mine.spots) == 1:  # bees are smaller than what they fly around
                mine = mine.scaled(min(1.0, max(0.4, 0.45 * at.item.tall / me.item.tall)))
                me = mine.spot(me.item)
            placed = clearest(_ring(mine, theirs, me, at, number, many), theirs)
            if len(placed.spots) == 1:  # turned to what they stand around; but a hat was put on as its wearer stands
                placed = placed.with_item(me.item.looking(left=placed.spot(me.item).middle > at.middle))
        elif relation == "above":
            rise = theirs.top + 0.1 * me.item.tall - mine.bottom
            spread = (number - (many - 1) / 2) * me.item.wide * 1.1
            sway = self.rng.uniform(-0.12, 0.12) * at.item.wide
            placed = clearest([mine.moved(at.middle - me.middle + spread + sway, rise, 0.2)], theirs)
        elif relation == "below":
            lifted = theirs.moved(0.0, max(0.0, mine.top + 0.1 * at.item.tall - at.y))
            spread = (number - (many - 1) / 2) * mine.wide * 1.1
            placed, theirs = clearest([mine.moved(at.middle - me.middle + spread, 0.0, 0.2)], lifted), lifted
        elif relation == "under":
            placed, theirs = self._under(mine, theirs, me, at, number, many, side)
        elif relation == "in-front-of":
            placed = clearest(_before(mine, me, at, number, many, side), theirs)
        elif relation == "behind":
            placed = clearest(_behind(mine, me, at, side, number), theirs)
        else:  # left-of, right-of, next-to
            left = relation == "left-of" or (relation != "right-of" and side < 0)
            if at.item.flutters and len(theirs.spots) == 1 and not mine.flying:
                theirs = theirs.moved(0.0, HOVER * me.item.tall)  # it flies beside who stands there
                at = theirs.spot(target)
            placed = self._beside(mine, theirs, me, at, left)
        if crowding(placed.spots, theirs.spots) > 0:  # a pile of relations: to be seen matters more than the last one
            placed = self._beside(mine.moved(0.0, -mine.bottom), theirs, me, at, side < 0)
        self._merge(placed, theirs)

    def _on(self, mine: Unit, theirs: Unit, me: Spot, at: Spot, number: int, many: int) -> tuple[Unit, Unit]:
        """On what is large enough to be seen below it: seats, sills and shelves grow with all that they bear."""
        sits = at.item.shape.seat is not None
        if len(theirs.spots) == 1:
            theirs = theirs.scaled(self._grown(mine, me, at, number, many))
        company = sits and _company(mine)
        if company:
            theirs = theirs.scaled(max(1.0, min(2.4, 1.2 * mine.wide / theirs.spot(at.item).item.wide)))
            number, many = 0, 1
        if sits:
            mine = _seated(mine, at.item)
            me = mine.spot(me.item)
        on, alike = theirs.spot(at.item), many == len(self.of[me.item.wish])
        placed = put_on(mine, theirs, me, on, number, many, alike=alike)
        if company:  # all of them, and not only the one who was named, in its middle
            placed = placed.moved(on.middle - (placed.left + placed.right) / 2)
        return placed, theirs

    def _grown(self, mine: Unit, me: Spot, at: Spot, number: int, many: int) -> float:
        """How much larger the thing becomes that others sit or stand on."""
        if at.item.concept in BROAD:
            return max(1.0, min(3.0, self._room_on(mine, me, at))) if number == 0 else 1.0
        if at.item.shape.seat is None:
            return 1.0
        if many > 1 and number == 0:  # a longer sofa
            most = 1.2 if at.item.concept == PLATE else 2.4
            return max(1.0, min(most, 1.3 * self._all_on(at) / at.item.wide))
        if me.item.shape.head is not None:  # seen on both sides
            return max(1.0, min(1.8, 1.7 * me.item.wide / at.item.wide))
        return 1.0

    def _room_on(self, mine: Unit, me: Spot, at: Spot) -> float:
        """How much larger a window's sill or a shelf must be for all that stands on it."""
        wide = self._all_on(at)
        high = 1.5 * mine.tall / at.item.tall if at.item.concept == SILL else 1.0
        return max(1.2 * max(wide, me.item.wide) / at.item.wide, high)

    def _all_on(self, at: Spot) -> float:
        """Width of all that shares a seat, a sill or a shelf."""
        links = [k for k in self.links if k.relation == "on" and k.object == at.item.wish]
        return sum(item.wide for k in links for item in self.of.get(k.subject, []))

    def _beside(self, mine: Unit, theirs: Unit, me: Spot, at: Spot, left: bool) -> Unit:
        small = min(me.item.wide, at.item.wide)
        gap = GAP * small + 0.04 + self.rng.random() ** 2 * 0.5 * small
        lift = at.y - me.y if theirs.flying and mine.flying else 0.0
        dx = theirs.left - gap - mine.right if left else theirs.right + gap - mine.left
        sway = self.rng.uniform(-0.16, 0.05) * min(1.0, me.item.tall) if not lift else 0.0
        if me.item.stance == "water" and at.item.stance == "floor":
            sway += HOVER * at.item.tall  # it swims there
        soars = me.item.stance == "bird" and at.item.tall > LOFTY * me.item.tall  # a gull beside a lighthouse
        if (me.item.flutters or soars) and len(mine.spots) == 1 and not theirs.flying:
            sway += HOVER * at.item.tall
        return mine.moved(dx, lift + sway, 0.1 - sway)

    def _look(self, mine: Unit, theirs: Unit, me: Spot, at: Spot, side: float) -> tuple[Unit, Unit]:
        """Beside what it looks at, turned towards it; what hangs in the sky is looked up to."""
        turned = me.item.looking(left=False)
        left = side < 0 and turned.shape.facing != "front" and not turned.still
        if me.item.place.endswith(("left", "right")):
            left = me.item.place.endswith("left") and not turned.still
        if any(s.over == me.item.index or s.order for s in mine.spots if s is not me):
            left = me.item.faces_left is False  # what it wears was put on as it stands
        mine = mine.with_item(me.item.looking(left=not left))
        if at.item.stance == "sky" and len(theirs.spots) == 1:
            theirs = theirs.moved(0.0, max(0.0, mine.top + 0.1 * at.item.tall - at.y))
            away = 0.3 * me.item.wide
            dx = theirs.left - away - mine.right if left else theirs.right + away - mine.left
            return mine.moved(dx, -mine.bottom, 0.1), theirs
        return self._beside(mine, theirs, me, at, left), theirs

    def _under(
        self, mine: Unit, theirs: Unit, me: Spot, at: Spot, number: int, many: int, side: float
    ) -> tuple[Unit, Unit]:
        high = max(me.item.tall, mine.tall)  # with who sits on it
        if at.item.tall < 1.25 * high and len(theirs.spots) == 1 and number == 0:
            # A mushroom over a frog is a large mushroom; what is far smaller is laid on top instead.
            if at.item.tall <= 0.5 * me.item.tall and len(mine.spots) == 1:
                return mine, put_on(theirs, mine, at, me, 0, 1)
            theirs = theirs.scaled(1.6 * high / at.item.tall)
            at = theirs.spot(at.item)
        broad = 1.25 * many * me.item.wide / at.item.wide if many > 1 else 1.0
        if number == 0 and broad > 1 and len(theirs.spots) == 1:  # room for all of them
            theirs = theirs.scaled(min(2.0, broad))
            at = theirs.spot(at.item)
        low = at.y - 0.05 * at.item.tall - mine.bottom  # at its foot, a little nearer

        def tries() -> Iterator[Unit]:
            for push in PUSHES:
                if many > 1:
                    spread = (number - (many - 1) / 2) * me.item.wide * (1.08 + push)
                else:
                    spread = side * at.item.wide * (0.24 + 0.25 * push)
                yield mine.moved(at.middle - me.middle + spread, low - 0.1 * push * me.item.tall, 0.8)

        return clearest(tries(), theirs), theirs


def _seated(unit: Unit, seat: Item) -> Unit:
    """Those who sit, and what lies there, may hide the most of what they are on."""
    return Unit([replace(s, over=seat.index) if s.over < 0 else s for s in unit.spots])


def _company(unit: Unit) -> bool:
    """Whether several people stand side by side in it."""
    return sum(s.item.human and not s.resting for s in unit.spots) > 1


def _capacity(subject: Item, target: Item, relation: str) -> int:
    """How many can be on or in a thing side by side, if they may be a good deal smaller than they are."""
    if relation in ("inside", "under"):
        return FULL  # what contains or roofs them is made larger
    if target.concept in BROAD or target.concept == PLATE:
        return FULL
    if target.shape.seat is not None:
        return max(SITTERS, int(1.25 * target.wide / (SMALLER * subject.wide)))  # a sofa becomes longer
    return max(1, int(1.25 * target.wide / (SMALLER * subject.wide)))


def _ranks(own: Sequence[Unit], ground: bool) -> Unit:
    """Many in ranks, each farther and higher on the page: as close as leaves all of them in sight."""
    ranks = round(math.sqrt(len(own) / 2))
    broad = -(-len(own) // ranks)
    wide, tall = max(u.wide for u in own), max(u.tall for u in own)
    group = Unit([])
    for part in (0.55, 0.7, 0.85, 1.08) if ground else (1.12,):
        group = Unit([])
        for number, unit in enumerate(own):
            rank, place = divmod(number, broad)
            x = (place + 0.5 * (rank % 2)) * (1 + GAP) * wide
            group.spots += unit.moved(x - unit.left, rank * part * tall, -2.0 * rank).spots
        if shortfall(sorted(group.spots, key=lambda s: (s.order, s.item.index))) == 0:
            break
    return group


def _before(mine: Unit, me: Spot, at: Spot, number: int, many: int, side: float) -> Iterator[Unit]:
    """Nearer to us and lower; aside, until what is behind can be seen."""
    middle, wide = (mine.left + mine.right) / 2, mine.wide
    across = number - (many - 1) / 2
    slide = side * max(0.0, at.item.wide - wide) * 0.28 if many == 1 else across * wide * 1.08
    side = side if many == 1 or across == 0 else math.copysign(1.0, across)
    for push in (*PUSHES, 1.4, 1.8):
        aside = slide + side * push * 0.5 * (at.item.wide + wide)
        low = at.y - (0.16 + 0.3 * push) * min(1.0, me.item.tall) - mine.top + me.top - me.y
        yield mine.moved(at.middle - middle + aside, low, 1.0)


def _behind(mine: Unit, me: Spot, at: Spot, side: float, number: int) -> Iterator[Unit]:
    """Farther and higher, to one side of it, most of it in sight; a crowd on both sides and above."""
    middle, wide, row = (mine.left + mine.right) / 2, mine.wide, number // 2
    if at.item.concept == COUNTER and me.item.human:  # who serves stands at its middle, seen from the waist up
        for rise in (0.12, 0.2, 0.28, 0.36):
            shift = (number + 1) // 2 * (1 if number % 2 else -1) * (1 + GAP) * wide
            yield mine.moved(at.middle - middle + shift, at.y + rise - me.y, -1.0)
    if wide > 1.6 * at.item.wide:
        for part in (0.15, 0.35, 0.6, 0.85):
            yield mine.moved(at.middle - middle, at.y + part * at.item.tall - me.y, -1.0)
    for push in (*PUSHES, 1.3):
        slide = side * (at.item.wide * (0.42 + 0.3 * push) + wide * (0.1 + 0.3 * push + 0.9 * row))
        rise = 0.14 + 0.12 * push * min(1.0, me.item.tall)
        yield mine.moved(at.middle - middle + slide, at.y + rise - me.y, -1.0)


def _ring(mine: Unit, theirs: Unit, me: Spot, at: Spot, number: int, many: int) -> Iterator[Unit]:
    """On an ellipse around it, seen from a little above: some behind, some before, none straight in the line."""
    if me.item.stance == "bird" and not theirs.flying:
        yield from _hovering(mine, theirs, me, at, number, many)
    if at.item.concept == BANQUET and me.item.human:
        yield from _seated_at(mine, me, at, number, many)
    turn = math.tau * (number + 0.5) / max(2, many) + (math.pi / 2 if many <= 2 else 0.0)
    middle = (theirs.left + theirs.right) / 2 if len(theirs.spots) > 1 else at.middle
    for push in (*PUSHES, 1.5, 2.0):
        across = 0.5 * theirs.wide + (0.55 + push) * me.item.wide
        deep = (0.3 + 0.35 * push) * across
        x, y = math.sin(turn) * across, math.cos(turn) * deep  # from the back, clockwise
        if y < 0:
            y -= 0.25 * push * me.item.tall
        order = -1.0 - y if y > 0 else 1.0 - y
        yield mine.moved(middle + x - me.middle, at.y + y - me.y, order)


def _seated_at(mine: Unit, me: Spot, at: Spot, number: int, many: int) -> Iterator[Unit]:
    """At a laid table, as a family is photographed: two at its ends, the others behind it, nobody before the dishes."""
    if number < 2:
        way = -1.0 if number == 0 else 1.0
        for part in (0.32, 0.42, 0.5):
            x = at.middle + way * (0.5 * at.item.wide + part * me.item.wide)
            yield mine.moved(x - me.middle, at.y + 0.04 - me.y, 0.5)
    behind = max(1, many - 2)
    place = (number - 2 + 0.5) / behind - 0.5 if number >= 2 else 0.0
    wide = max(0.7 * at.item.wide, 1.02 * behind * me.item.wide)
    for rise in (0.5, 0.6, 0.7, 0.82):
        yield mine.moved(at.middle + place * wide - me.middle, at.y + rise * at.item.tall - me.y, -1.0)


def _hovering(mine: Unit, theirs: Unit, me: Spot, at: Spot, number: int, many: int) -> Iterator[Unit]:
    """What flies around a thing: in an arc over it, from one shoulder to the other."""
    turn = math.pi * ((number + 0.5) / many if many > 1 else 0.2)
    for push in PUSHES:
        across = 0.5 * theirs.wide + (0.3 + 0.5 * push) * me.item.wide
        x, rise = math.cos(turn) * across, at.item.tall * (0.62 + (0.5 + 0.2 * push) * math.sin(turn))
        yield mine.moved(at.middle + x - me.middle, at.y + rise - me.item.tall / 2 - me.y, 0.4)
