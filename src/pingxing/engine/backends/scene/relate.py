"""Relations made true: things that belong together become units whose parts have fixed places.

Lengths inside a unit are "paces": real metres with the contrast turned down (a mouse beside an elephant
stays small, and stays visible). A unit's ground is y = 0 and up is positive; the frame's y runs down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from pingxing.engine.backends.scene.plan import Link

CONTRAST = 0.42  # exponent that turns metres into paces
# Relations that hold for several targets only when those stand together.
GATHERING = ("left-of", "right-of", "above", "below", "in-front-of", "behind", "around", "looking-at")
GAP = 0.12  # between neighbours, in parts of the smaller one


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to place. `wide` and `tall` in paces."""

    index: int
    wish: int
    wide: float
    tall: float
    stance: str
    place: str = ""
    wheeled: bool = False
    seat: float = 0.0  # where others rest on it, in parts of its height from the top; 0: at the top


@dataclass(frozen=True, slots=True)
class Spot:
    """An item in its unit: left edge and foot in paces; `order` breaks ties of depth, front is higher."""

    item: Item
    x: float
    y: float
    order: float = 0.0
    resting: bool = False  # on another thing, not on the ground

    @property
    def right(self) -> float:
        return self.x + self.item.wide

    @property
    def top(self) -> float:
        return self.y + self.item.tall

    @property
    def middle(self) -> float:
        return self.x + self.item.wide / 2

    def moved(self, dx: float, dy: float = 0.0, order: float = 0.0) -> Spot:
        return replace(self, x=self.x + dx, y=self.y + dy, order=self.order + order)


@dataclass(slots=True)
class Unit:
    """Things whose places depend on each other."""

    spots: list[Spot] = field(default_factory=list)

    @property
    def left(self) -> float:
        return min(s.x for s in self.spots)

    @property
    def right(self) -> float:
        return max(s.right for s in self.spots)

    @property
    def top(self) -> float:
        return max(s.top for s in self.spots)

    @property
    def bottom(self) -> float:
        return min(s.y for s in self.spots)

    @property
    def wide(self) -> float:
        return self.right - self.left

    @property
    def tall(self) -> float:
        return self.top - self.bottom

    def shift(self, dx: float, dy: float = 0.0, order: float = 0.0) -> None:
        self.spots = [s.moved(dx, dy, order) for s in self.spots]

    def spot(self, item: Item) -> Spot:
        return next(s for s in self.spots if s.item.index == item.index)

    @property
    def flying(self) -> bool:
        return all(s.item.stance in ("sky", "bird", "water") for s in self.spots)

    @property
    def place(self) -> str:
        return next((s.item.place for s in self.spots if s.item.place), "")


def units(items: Sequence[Item], links: Sequence[Link], rng: Random) -> list[Unit]:
    """Items joined by relations into units, each relation true inside its unit."""
    home: dict[int, Unit] = {item.index: Unit([Spot(item, 0.0, 0.0)]) for item in items}
    by_wish: dict[int, list[Item]] = {}
    for item in items:
        by_wish.setdefault(item.wish, []).append(item)
    company = Counter({(k.relation, k.object): 0 for k in links})  # all that share one relation to one thing
    for link in links:
        company[link.relation, link.object] += len(by_wish.get(link.subject, []))
    seated: Counter[tuple[str, int]] = Counter()
    for link in _ordered(links):
        subjects, targets = by_wish.get(link.subject, []), by_wish.get(link.object, [])
        if not subjects or not targets:
            continue
        if link.relation in GATHERING:
            _gather(targets, home, rng)
        if link.relation == "between":
            _part(subjects[0], targets, home, rng)
            continue
        for subject in subjects:
            number = seated[link.relation, link.object]
            seated[link.relation, link.object] += 1
            many = -(-company[link.relation, link.object] // len(targets))
            target = targets[number % len(targets)]
            mine, theirs = home[subject.index], home[target.index]
            if mine is theirs:
                continue
            _join(mine, theirs, subject, target, link.relation, number // len(targets), many, rng)
            for spot in mine.spots:
                home[spot.item.index] = theirs
            theirs.spots += mine.spots
    unique: list[Unit] = []
    for item in items:
        if all(home[item.index] is not u for u in unique):
            unique.append(home[item.index])
    return unique


def _part(subject: Item, targets: Sequence[Item], home: dict[int, Unit], rng: Random) -> None:
    """The targets go to both sides of the subject, which so stands between them."""
    ours = home[subject.index]
    for number, target in enumerate(targets):
        theirs = home[target.index]
        if theirs is ours:
            continue
        _join(theirs, ours, target, subject, ("left-of", "right-of")[number % 2], number, 1, rng)
        for spot in theirs.spots:
            home[spot.item.index] = ours
        ours.spots += theirs.spots


def _ordered(links: Sequence[Link]) -> list[Link]:
    """Inner relations first: what sits on a thing joins it before the thing itself is placed."""
    close = {"on", "riding", "holding", "inside", "under"}
    return sorted(links, key=lambda link: link.relation not in close)


def _gather(items: Sequence[Item], home: dict[int, Unit], rng: Random) -> None:
    """Several targets of one relation stand together, so that it can hold for all of them."""
    first = home[items[0].index]
    deep = len(items) > 2 and items[0].stance == "ground"  # three and more stand staggered, not in a long line
    for number, item in enumerate(items[1:], start=1):
        other = home[item.index]
        if other is first:
            continue
        back = deep and number % 2 == 1
        step = -0.3 * item.wide if deep else GAP * item.wide
        rise = 0.3 * item.tall if back else rng.uniform(-0.04, 0.04) * item.tall
        other.shift(first.right - other.left + step, rise, -2.0 if back else 0.0)
        for spot in other.spots:
            home[spot.item.index] = first
        first.spots += other.spots


def _join(
    mine: Unit, theirs: Unit, subject: Item, target: Item, relation: str, number: int, many: int, rng: Random
) -> None:
    """Move `mine` so that the relation between subject and target holds; `number` counts equal subjects."""
    at, me = theirs.spot(target), mine.spot(subject)
    gap = GAP * min(subject.wide, target.wide) + 0.04 + rng.random() ** 2 * 0.5 * min(subject.wide, target.wide)
    side = 1.0 if (number % 2 == 0) == (rng.random() < 0.5) else -1.0
    if relation == "under" and target.stance in ("sky", "bird"):
        relation = "below"
    if relation == "looking-at":  # animals are drawn looking to the left
        if target.stance == "sky" and len(theirs.spots) == 1:  # up to the moon
            theirs.shift(0.0, max(0.0, mine.top + 0.1 * target.tall - at.y))
            mine.shift(theirs.right + 0.3 * subject.wide - mine.left, -mine.bottom, 0.1)
            return
        relation = "right-of"
    if relation == "around":  # on both sides of it, and before it where it can be seen above them
        relation = "in-front-of" if number % 3 == 2 and target.tall > 1.6 * subject.tall else "next-to"
    if relation in ("left-of", "next-to", "right-of"):
        lift = at.y if theirs.flying and mine.flying else 0.0
        to_left = relation == "left-of" or (relation == "next-to" and side < 0)
        dx = theirs.left - gap - mine.right if to_left else theirs.right + gap - mine.left
        sway = rng.uniform(-0.16, 0.05) * min(1.0, subject.tall) if not lift else 0.0
        mine.shift(dx, lift - (mine.bottom if lift else 0.0) + sway, 0.1 - sway)
    elif relation == "above":
        rise = theirs.top + 0.1 * subject.tall - mine.bottom
        spread = (number - (many - 1) / 2) * subject.wide * 1.1
        mine.shift(at.middle - me.middle + spread + rng.uniform(-0.12, 0.12) * target.wide, rise, 0.2)
    elif relation == "below":
        theirs.shift(0.0, max(0.0, mine.top + 0.1 * target.tall - at.y), 0.0)
        mine.shift(theirs.spot(target).middle - me.middle, 0.0, 0.2)
    elif relation in ("on", "riding"):
        _put_on(mine, at, me, number, many, relation, rng)
    elif relation == "under":
        _put_under(mine, theirs, at, me, number, many, rng)
    elif relation == "in-front-of":
        slide = side * max(0.0, target.wide - subject.wide) * 0.28 + (number - (many - 1) / 2) * subject.wide * 1.05
        mine.shift(at.middle - me.middle + slide, -0.16 * min(1.0, subject.tall) - mine.bottom * 0, 1.0)
    elif relation == "behind":
        slide = side * (target.wide * 0.5 + subject.wide * 0.08)
        mine.shift(at.middle - me.middle + slide, 0.14, -1.0)
    elif relation == "inside":
        if target.tall > 1.8 * subject.tall:  # in the crown of a tree, at the window of a house
            mine.shift(at.middle - me.middle + side * 0.12 * target.wide, at.y + 0.56 * target.tall - me.y, 0.5)
        else:  # looking out of a box, whose front hides the rest
            mine.shift(at.middle - me.middle + (number - (many - 1) / 2) * subject.wide * 0.8,
                       at.y + 0.45 * target.tall - me.y, -0.5)  # fmt: skip
        mine.spots = [replace(s, resting=True) for s in mine.spots]
    else:  # holding
        step = 0.36 * target.wide if subject.wide > target.wide else 0.42 * target.wide
        mine.shift(at.middle - me.middle + side * step, at.y - mine.bottom, 0.6)
        _hold(mine, theirs, me, at, side, number)


def _hold(mine: Unit, theirs: Unit, me: Spot, at: Spot, side: float, number: int) -> None:
    """The thing held comes to the holder's hand, below the face, and is small enough to be held."""
    holder = mine.spot(me.item)
    if number:
        return
    part = min(1.0, 0.34 * holder.item.tall / at.item.tall, 0.5 * holder.item.wide / at.item.wide)
    reach, order = 0.42, 1.2
    dy = holder.y + holder.item.tall * 0.12
    if at.item.stance == "sky" or at.item.tall > 0.55 * holder.item.tall:  # held up by a string or a stick
        part = min(1.0, 0.62 * holder.item.tall / at.item.tall)
        dy = holder.y + holder.item.tall * 0.27
        reach, order = 0.4 + 0.3 * at.item.wide * part / holder.item.wide, -0.4
    theirs.spots = [
        replace(
            s,
            item=replace(s.item, wide=s.item.wide * part, tall=s.item.tall * part),
            x=at.x + (s.x - at.x) * part,
            y=at.y + (s.y - at.y) * part,
            resting=True,
            order=s.order + order,
        )
        for s in theirs.spots
    ]
    held = theirs.spot(at.item)
    theirs.shift(holder.middle - side * holder.item.wide * reach - held.middle, dy - held.y)


def _put_on(mine: Unit, at: Spot, me: Spot, number: int, many: int, relation: str, rng: Random) -> None:
    crown = at.item.tall > me.item.tall * 1.8  # a bird sits in a tree's crown, a cat on a box's top
    if relation == "riding":  # beside a bicycle's frame; behind a horse's back, where the legs are not seen
        rise, order = (0.2, 0.3) if at.item.wheeled else (0.4, -0.4)
        mine.shift(at.middle - me.middle, at.y + rise * at.item.tall - me.y, order)
        mine.spots = [replace(s, resting=True) for s in mine.spots]
        return
    sink = at.item.seat or (0.2 if crown else 0.06)
    width = at.item.wide * (0.62 if crown else 0.9)
    step = (number + 0.5) / many - 0.5
    slide = step * width if many > 1 else rng.uniform(-0.16, 0.16) * width * (1.0 if crown else 0.3)
    mine.shift(at.middle - me.middle + slide, at.top - at.item.tall * sink - me.y, 0.3)
    mine.spots = [replace(s, resting=True) for s in mine.spots]


def _put_under(mine: Unit, theirs: Unit, at: Spot, me: Spot, number: int, many: int, rng: Random) -> None:
    if at.item.tall < 1.25 * me.item.tall and len(theirs.spots) == 1 and number == 0:
        # A mushroom over a frog is a large mushroom; what is far smaller is laid on top instead.
        if at.item.tall > 0.5 * me.item.tall:
            part = 1.6 * me.item.tall / at.item.tall
            item = replace(at.item, wide=at.item.wide * part, tall=at.item.tall * part)
            theirs.spots = [replace(at, item=item)]
            at = theirs.spots[0]
        else:
            theirs.shift(me.middle - at.middle, me.top - at.y, 0.4)
            theirs.spots = [replace(s, resting=True) for s in theirs.spots]
            return
    side = 1.0 if rng.random() < 0.5 else -1.0
    spread = (number - (many - 1) / 2) * me.item.wide * 1.08 if many > 1 else side * at.item.wide * 0.24
    mine.shift(at.middle - me.middle + spread, at.y - 0.05 * at.item.tall - me.y, 0.8)  # at its foot, a little nearer
