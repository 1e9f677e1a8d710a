"""Things with places that depend on each other, and how well they can be seen beside one another.

Lengths inside a unit are "paces": real metres with the contrast turned down (a mouse beside an elephant stays
small, and stays visible). A unit's ground is y = 0 and up is positive; the frame's y runs down.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from pingxing.engine.backends.scene.shapes import Body, Shape, shown, touching
from pingxing.engine.backends.scene.traits import traits

# Metres into paces. Between LOW and HIGH a length is its 0.42th power: an elephant (3.2 m) is 2.6 times as tall as
# a cat (0.32 m) and not ten times. Beyond, the curve is flatter still: a tower or a ladybird must share the page.
CONTRAST, BEYOND = 0.42, 0.24
LOW, HIGH = 0.15, 5.0
MOST = 3.6  # the tallest thing of a picture over the smallest, unless a prompt says huge or tiny
SEEN = 0.63  # part of every thing that the others leave visible
FACE_SEEN = 0.88  # part of every head


def paces(metres: float) -> float:
    """A length of the world as it is drawn."""
    near = min(max(metres, LOW), HIGH)
    return float(near**CONTRAST * (metres / near) ** BEYOND)


def narrowed(lengths: Sequence[float]) -> list[float]:
    """Lengths of one picture, drawn together until the smallest can be seen beside the largest; order is kept."""
    if not lengths or max(lengths) <= MOST * min(lengths):
        return list(lengths)
    high = max(lengths)
    power = math.log(MOST) / math.log(high / min(lengths))
    return [high * (length / high) ** power for length in lengths]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to place. `wide` and `tall` in paces; `flip` when its art is mirrored."""

    index: int
    wish: int
    concept: str
    wide: float
    tall: float
    stance: str
    shape: Shape
    place: str = ""
    human: bool = False  # or a face like one
    still: bool = False  # must not be mirrored
    flip: bool = False

    def looking(self, left: bool) -> Item:
        """The item turned to one side, where its art has sides and may be turned."""
        if self.still or self.shape.facing == "front":
            return self
        return replace(self, flip=(self.shape.facing == "left") != left)

    @property
    def flutters(self) -> bool:
        """Whether it is never seen on the ground beside somebody: butterflies, bees, dragonflies."""
        return self.stance == "bird" and traits(self.concept).subgroup == "animal-bug"

    @property
    def faces_left(self) -> bool:
        return self.shape.facing == "front" or (self.shape.facing == "left") != self.flip


@dataclass(frozen=True, slots=True)
class Spot:
    """An item in its unit: left edge and foot in paces; `order` breaks ties of depth, front is higher."""

    item: Item
    x: float
    y: float
    order: float = 0.0
    resting: bool = False  # on another thing, not on the ground
    over: int = -1  # index of the item that it may cover: who wears it

    @property
    def right(self) -> float:
        return self.x + self.item.wide

    @property
    def top(self) -> float:
        return self.y + self.item.tall

    @property
    def middle(self) -> float:
        return self.x + self.item.wide / 2

    @property
    def body(self) -> Body:
        return Body(self.item.shape, (self.x, -self.top, self.item.wide, self.item.tall), self.item.flip)

    def across(self, part: float) -> float:
        """x of a place on the art, given in parts of its width as it is drawn."""
        return self.x + (1 - part if self.item.flip else part) * self.item.wide

    def down(self, part: float) -> float:
        """y of a place on the art, given in parts of its height from the top."""
        return self.top - part * self.item.tall

    def moved(self, dx: float, dy: float = 0.0, order: float = 0.0) -> Spot:
        return replace(self, x=self.x + dx, y=self.y + dy, order=self.order + order)


@dataclass(slots=True)
class Unit:
    """Things whose places depend on each other."""

    spots: list[Spot] = field(default_factory=list)
    below: float = 0.0  # room kept under them, for what holds them together

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
        return min(s.y for s in self.spots) - self.below

    @property
    def wide(self) -> float:
        return self.spots[0].item.wide if len(self.spots) == 1 else self.right - self.left  # most are alone, in crowds

    @property
    def tall(self) -> float:
        return self.spots[0].item.tall + self.below if len(self.spots) == 1 else self.top - self.bottom

    def moved(self, dx: float, dy: float = 0.0, order: float = 0.0) -> Unit:
        return Unit([s.moved(dx, dy, order) for s in self.spots], self.below)

    def scaled(self, part: float) -> Unit:
        """Larger or smaller as a whole, its ground staying where it is."""
        return Unit(
            [
                replace(
                    s, item=replace(s.item, wide=s.item.wide * part, tall=s.item.tall * part),
                    x=s.x * part, y=s.y * part,
                )
                for s in self.spots
            ],
            self.below * part,
        )  # fmt: skip

    def resting(self) -> Unit:
        return Unit([replace(s, resting=True) for s in self.spots])

    def with_item(self, item: Item) -> Unit:
        return Unit([replace(s, item=item) if s.item.index == item.index else s for s in self.spots])

    def spot(self, item: Item) -> Spot:
        return next(s for s in self.spots if s.item.index == item.index)

    @property
    def flying(self) -> bool:
        """Whether nothing of it stands on the ground: what sits on a cloud, or on a window's sill, is up there."""
        carrying = [s for s in self.spots if not s.resting] or self.spots
        return all(s.item.stance in ("sky", "bird", "water", "arch", "far") for s in carrying)

    @property
    def afloat(self) -> bool:
        """Whether what carries the others swims or floats."""
        return max(self.spots, key=lambda s: s.item.wide * s.item.tall).item.stance == "afloat"

    @property
    def place(self) -> str:
        return next((s.item.place for s in self.spots if s.item.place), "")


def spared(spots: Sequence[Spot]) -> frozenset[tuple[int, int]]:
    """Pairs (far, near) of positions where one is worn by the other: a hat before its wearer, a hood behind."""
    where = {s.item.index: n for n, s in enumerate(spots)}
    worn = [(where[s.over], n) for n, s in enumerate(spots) if s.over in where]
    return frozenset((*worn, *((garment, wearer) for wearer, garment in worn)))


def crowding(mine: Sequence[Spot], theirs: Sequence[Spot]) -> float:
    """How far two groups fall short of leaving each other visible; 0 where all can be seen well."""
    ours, others = [s.body for s in mine], [s.body for s in theirs]
    close = {n for n, o in enumerate(others) if any(touching(b, o) for b in ours)}
    if not close:
        return 0.0
    # What hides a thing already counts as well.
    close |= {n for n, o in enumerate(others) if any(touching(others[k], o) for k in close)}
    return shortfall(sorted((*mine, *(theirs[n] for n in close)), key=lambda s: (s.order, s.item.index)))


def shortfall(spots: Sequence[Spot]) -> float:
    """The same of things in one list, far to near."""
    parts = shown([s.body for s in spots], spared(spots))
    return sum(max(0.0, SEEN - whole) + 2 * max(0.0, FACE_SEEN - head) for whole, head in parts)


def clearest(candidates: Iterable[Unit], theirs: Unit, *, aside: bool = True) -> Unit:
    """The first candidate beside which everything can be seen, or else the one that hides least.

    With `aside`, the last resort is a place of its own: past the edge of the others, at the height of the best.
    """
    best: tuple[float, Unit] | None = None
    for candidate in candidates:
        cost = crowding(candidate.spots, theirs.spots)
        if cost == 0:
            return candidate
        if best is None or cost < best[0]:
            best = (cost, candidate)
    if best is None:
        raise ValueError("no candidates")
    if not aside:
        return best[1]
    unit = best[1]
    to_right, to_left = theirs.right - unit.left, theirs.left - unit.right
    return unit.moved(to_right if to_right < -to_left else to_left)
