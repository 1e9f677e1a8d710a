"""What to show next: ideas drawn by chance, and where their things stand in a square picture.

Chance is an argument, so the idea of sample n is the same on every machine. Things are large, pairs that tell left
from right are many: a small model learns relations only from being shown them often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random

from pingxing.corpus.splits import Split, split_of
from pingxing.corpus.values import Idea, Relation, Thing

MOST_THINGS = 5
TRIES = 200
# kind -> part of all pictures. Left against right takes nine of fourteen positions.
MIX = {"single": 0.28, "setting": 0.17, "colour": 0.14, "count": 0.13, "pair": 0.08, "position": 0.20}
LEFT = 0.65
WEIGHTS = {"animals-nature": 3.0, "food-drink": 2.5, "travel-places": 2.0, "objects": 1.5, "activities": 1.5}
FLOATING = frozenset({"underwater", "sky", "space", ""})  # settings without a ground to stand on


@dataclass(frozen=True)
class Stock:
    """What there is to draw with: concept -> group, (concept, style) -> colours it is painted in, settings -> times."""

    groups: Mapping[str, str]
    colours: Mapping[tuple[str, str], tuple[str, ...]]
    styles: tuple[str, ...]
    settings: Mapping[str, tuple[str, ...]]
    counts: tuple[int, ...] = (2, 2, 3, 3, 4, 5)  # of the pictures that count, drawn from evenly

    @cached_property
    def chances(self) -> dict[str, tuple[list[str], list[float]]]:
        """Style -> its concepts and their running weights."""
        found = {}
        for style in dict.fromkeys(self.styles):  # which may stand there more than once, to be drawn more often
            concepts = sorted(concept for concept, drawn in self.colours if drawn == style)
            total, running = 0.0, []
            for concept in concepts:
                total += WEIGHTS.get(self.groups[concept].partition("/")[0], 1.0)
                running.append(total)
            found[style] = (concepts, running)
        return found

    @cached_property
    def painted(self) -> dict[str, list[str]]:
        """Style -> concepts that come in colours."""
        return {
            style: sorted(concept for (concept, drawn), colours in self.colours.items() if drawn == style and colours)
            for style in self.styles
        }

    def concept(self, style: str, rng: Random) -> str:
        concepts, running = self.chances[style]
        return rng.choices(concepts, cum_weights=running)[0]


def draw_idea(stock: Stock, rng: Random, split: Split = "train", kinds: Mapping[str, float] = MIX) -> Idea:
    """An idea of one split. Raises LookupError if chance finds none in `TRIES` draws."""
    for _ in range(TRIES):
        idea = _any_idea(stock, rng, kinds)
        if idea is not None and split_of(idea) == split:
            return idea
    raise LookupError(f"no idea of split {split} among {TRIES}")


def _any_idea(stock: Stock, rng: Random, kinds: Mapping[str, float]) -> Idea | None:
    kind = rng.choices(list(kinds), list(kinds.values()))[0]
    style = rng.choice(stock.styles)
    first = stock.concept(style, rng)
    setting = time = ""
    if kind == "setting" or (kind != "single" and rng.random() < 0.3):
        setting = rng.choice(list(stock.settings))
        if rng.random() < 0.35:
            time = rng.choice(stock.settings[setting])
    if kind in ("single", "setting"):
        return Idea("setting" if setting else "single", (Thing(first),), "", setting, time, style)
    if kind == "colour":
        if not stock.painted[style]:
            return None
        concept = rng.choice(stock.painted[style])
        thing = Thing(concept, 1, rng.choice(stock.colours[concept, style]))
        return Idea("colour", (thing,), "", setting, time, style)
    if kind == "count":
        return Idea("count", (Thing(first, rng.choice(stock.counts)),), "", setting, time, style)
    second = stock.concept(style, rng)
    if second == first:
        return None
    if kind == "pair":
        return Idea("pair", (Thing(first), Thing(second)), "and", setting, time, style)
    relation: Relation = "left" if rng.random() < LEFT else "above"
    a, b = (_maybe_painted(stock, concept, style, rng) for concept in (first, second))
    return Idea("position", (a, b), relation, setting, time, style)


def _maybe_painted(stock: Stock, concept: str, style: str, rng: Random) -> Thing:
    colours = stock.colours[concept, style]
    return Thing(concept, 1, rng.choice(colours) if colours and rng.random() < 0.25 else "")


@dataclass(frozen=True, slots=True)
class Spot:
    """A square for one drawing, in parts of the picture's side: centre and length."""

    x: float
    y: float
    size: float


def lay_out(idea: Idea, rng: Random) -> list[tuple[Thing, Spot]]:
    """Each drawing of the idea and its place, far ones first. At most `MOST_THINGS`."""
    grounded = idea.setting not in FLOATING
    if len(idea.things) == 1:
        spots = _row_or_block(idea.things[0].count, grounded, rng)
        return [(idea.things[0], spot) for spot in sorted(spots, key=lambda spot: spot.y)]
    a, b = idea.things
    if idea.relation == "above":
        x, size = 0.5 + rng.uniform(-0.06, 0.06), rng.uniform(0.42, 0.5)
        lift = rng.uniform(-0.02, 0.02)
        return [(a, Spot(x + rng.uniform(-0.05, 0.05), 0.26 + lift, size)), (b, Spot(x, 0.74 + lift, size))]
    size = rng.uniform(0.44, 0.52)
    level = (0.9 - size / 2 if grounded else 0.5) + rng.uniform(-0.05, 0.05)
    left, right = Spot(0.26, level, size), Spot(0.74, level + rng.uniform(-0.04, 0.04), size)
    if idea.relation == "and" and rng.random() < 0.5:
        left, right = right, left
    return [(a, left), (b, right)]


# Counts as rows of so many, far to near: five are two behind three.
_ROWS: Mapping[int, Sequence[tuple[int, ...]]] = {
    1: ((1,),),
    2: ((2,),),
    3: ((3,), (1, 2), (2, 1)),
    4: ((2, 2),),
    5: ((2, 3), (3, 2)),
}
_SIZES = {1: (0.66, 0.9), 2: (0.42, 0.5), 3: (0.33, 0.36)}  # by the longest row


def _row_or_block(count: int, grounded: bool, rng: Random) -> list[Spot]:
    rows = rng.choice(_ROWS[count])
    low, high = _SIZES[max(rows)]
    size = rng.uniform(low, high)
    if len(rows) > 1:
        size = min(size, 0.45)
    height = size * 1.06 * len(rows)
    bottom = min(0.97, max(height + 0.02, 0.93 + rng.uniform(-0.04, 0.02))) if grounded else 0.5 + height / 2
    spots = []
    for number, across in enumerate(rows):
        y = bottom - height + size * 1.06 * (number + 0.5)
        shift = rng.uniform(-0.03, 0.03)
        for column in range(across):
            x = 0.5 + (column - (across - 1) / 2) * min(size * 1.06, 0.96 / across) + shift
            spots.append(Spot(x, y + rng.uniform(-0.01, 0.01), size))
    return spots
