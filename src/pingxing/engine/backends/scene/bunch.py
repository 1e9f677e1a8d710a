"""Flowers of several kinds: a bouquet is a tight bunch, a flower bed a loose one; neither stands in rank and file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from pingxing.engine.backends.scene.plan import Link
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.unit import Item, Spot, Unit, shortfall
from pingxing.engine.backends.scene.words import concept_of

BOUQUET = concept_of("💐")
FEWEST, MOST = 3, 16
TIGHT = (0.56, 0.64, 0.72, 0.82, 0.94)  # of a flower's width, from one to the next; the first that hides none
LOOSE = (0.74, 0.84, 0.96, 1.1)


def bunched(items: Sequence[Item], links: Sequence[Link], rng: Random) -> Unit | None:
    """All the things as one bunch, where they are flowers of several kinds that the prompt leaves together."""
    kinds = {item.concept for item in items}
    if links or not FEWEST <= len(items) <= MOST or len(kinds) < 2:
        return None
    if any(traits(kind).subgroup != "plant-flower" for kind in kinds) or any(item.place for item in items):
        return None
    wrapped = [item for item in items if item.concept == BOUQUET]
    flowers = _mixed([item for item in items if item.concept != BOUQUET], rng)
    if wrapped:  # heads of one size, or the largest would hold all others apart
        least = min(flower.tall for flower in flowers)
        flowers = [replace(f, wide=f.wide * least / f.tall, tall=least) for f in flowers]
    jitter = [(rng.uniform(-0.07, 0.07), rng.uniform(-0.06, 0.06)) for _ in flowers]
    group = Unit([])
    for part in TIGHT if wrapped or len(items) < 7 else LOOSE:
        group = Unit(_fan(flowers, jitter, part))
        for number, item in enumerate(wrapped):  # its paper is what all the stems are held by
            size = max(1.2, 0.9 * (group.right - group.left) / item.wide)
            item = replace(item, wide=size * item.wide, tall=size * item.tall)
            x = (group.left + group.right - item.wide) / 2 + 0.7 * number * item.wide
            group.spots.append(Spot(item, x, group.bottom + 0.3 * flowers[0].tall - item.tall, 3.0 + number))
        if shortfall(sorted(group.spots, key=lambda spot: (spot.order, spot.item.index))) == 0:
            break
    return group.moved(0.0, -group.bottom)


def _mixed(flowers: Sequence[Item], rng: Random) -> list[Item]:
    """Kinds in turn, so that no colour clots."""
    by_kind: dict[str, list[Item]] = {}
    for flower in flowers:
        by_kind.setdefault(flower.concept, []).append(flower)
    lots = list(by_kind.values())
    rng.shuffle(lots)
    return [lot[n] for n in range(max(map(len, lots), default=0)) for lot in lots if n < len(lot)]


def _fan(flowers: Sequence[Item], jitter: Sequence[tuple[float, float]], part: float) -> list[Spot]:
    """Ranks over each other, the upper ones broader, bent upwards in the middle."""
    wide, tall = max(f.wide for f in flowers), max(f.tall for f in flowers)
    ranks = 1 if len(flowers) < 5 else round(math.sqrt(len(flowers) / 1.2))
    spots: list[Spot] = []
    done = 0
    for rank in range(ranks):
        count = round((len(flowers) - done) / (ranks - rank) - (0.5 if rank < ranks - 1 else 0.0))
        for place in range(count):
            flower, (dx, dy) = flowers[done + place], jitter[done + place]
            across = place - (count - 1) / 2
            bend = 0.1 * (1 - (2 * across / max(1, count)) ** 2)
            x = (across * part * 1.1 + dx) * wide - flower.wide / 2
            spots.append(Spot(flower, x, (rank * part * 0.85 + bend + dy) * tall, -2.0 * rank - abs(across) * 0.1))
        done += count
    return spots
