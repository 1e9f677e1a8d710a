"""Things heaped up: apples in a basket, dumplings on a plate, rank on rank, each shorter than the one below."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from pingxing.engine.backends.scene.unit import Spot, Unit
from pingxing.engine.backends.scene.words import concept_of

HIGHEST = 3  # ranks
CLOSE = 0.92  # from one to the next, in parts of their width
RISES = (0.6, 0.7, 0.84, 0.95)  # from rank to rank, in parts of their height: the first that leaves all in sight
NEST = "E161"  # an open basket
PLATE = "E162"
BOWL = "E163"
CUP = "E166"
CARTON = "E167"
POT = "E168"
JAR = concept_of("🫙")
EMPTY_NEST = concept_of("🪹")
HOLLOWS = {PLATE: 0.76, EMPTY_NEST: 0.44}  # one looks down into them: parts of their width in which things lie
SHELF = "E165"  # a board on a wall


def ranks(many: int) -> tuple[int, ...]:
    """How many lie in each rank of a heap, the lowest first: 5 are (3, 2), 6 are (3, 2, 1). `many` is at least 1."""
    for broad in count(1):
        found, left = [], many
        for rank in range(min(HIGHEST, broad)):
            found.append(min(left, broad - rank))
            left -= found[-1]
            if left == 0:
                return tuple(found)
    raise AssertionError("the count never ends")


def place(number: int, many: int) -> tuple[int, float]:
    """Rank of one of them, from 0, and how far it lies from the middle, in places."""
    left = number
    for rank, broad in enumerate(ranks(many)):
        if left < broad:
            return rank, left - (broad - 1) / 2
        left -= broad
    raise ValueError("no such place in the heap")


def heaped(
    mine: Unit, me: Spot, at: Spot, number: int, many: int, *, base: float, room: float, sink: float, order: float
) -> Iterator[Unit]:
    """Places in a heap: its lowest rank has its foot at `base` less `sink` of its height, and is `room` paces wide.

    The lowest rank is nearest, so that it hides the feet of those above it and not the other way round.
    """
    rank, across = place(number, many)
    broad = ranks(many)[0]
    unit = mine.scaled(min(1.0, room / ((1 + CLOSE * (broad - 1)) * mine.wide), 0.55 * at.item.wide / mine.tall))
    spot = unit.spot(me.item)
    for shallow, rise in enumerate(RISES):
        x = at.middle + across * CLOSE * spot.item.wide
        low = base + (rank * rise - sink * (1 - 0.25 * shallow)) * spot.item.tall
        yield unit.moved(x - spot.middle, low - spot.y, order - 0.1 * rank).resting()
