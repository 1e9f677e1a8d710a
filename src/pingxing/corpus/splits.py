"""What the model never sees: whole concepts, combinations and a style, chosen by digest and so for ever.

A picture belongs to the first of these that it touches, so nothing of a held-out kind leaks into training.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from itertools import combinations
from typing import Literal

from pingxing.corpus.values import Idea

Split = Literal["train", "concept", "combination", "style"]
SPLITS: tuple[Split, ...] = ("train", "concept", "combination", "style")

CONCEPTS = 0.04  # part of all concepts that is held out whole
COMBINATIONS = 0.06  # part of pairs, colourings, counts and places that is held out
STYLE = "pastel"  # a whole style that is drawn and described, and never trained on


@lru_cache(maxsize=200_000)
def part(*words: str) -> float:
    """A number in [0, 1) that depends on the words alone."""
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    return int.from_bytes(digest[:8], "little") / 2**64


def concept_held_out(concept: str) -> bool:
    return part("concept", concept) < CONCEPTS


def combinations_of(idea: Idea) -> list[tuple[str, ...]]:
    """Every combination in the idea that a model could have learnt or not: order does not matter."""
    found: list[tuple[str, ...]] = []
    for thing in idea.things:
        if thing.colour:
            found.append(("colour", thing.concept, thing.colour))
        if thing.count > 1:
            found.append(("count", thing.concept, str(thing.count)))
        if idea.setting:
            found.append(("setting", thing.concept, idea.setting))
    found += [("pair", *sorted((a.concept, b.concept))) for a, b in combinations(idea.things, 2)]
    return found


def split_of(idea: Idea) -> Split:
    """Where a picture of this idea belongs."""
    if idea.style == STYLE:
        return "style"
    if any(concept_held_out(thing.concept) for thing in idea.things):
        return "concept"
    if any(part(*combination) < COMBINATIONS for combination in combinations_of(idea)):
        return "combination"
    return "train"
