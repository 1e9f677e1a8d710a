"""Flowers of several kinds: a bouquet is a tight bunch, a flower bed a loose one; neither stands in rank and file."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from pingxing.engine.backends.scene.plan import Link, Plan
from pingxing.engine.backends.scene.svg import num, path
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.unit import Item, Spot, Unit, shortfall
from pingxing.engine.backends.scene.words import concept_of

BOUQUET = concept_of("💐")
FEWEST, MOST = 3, 16
TIGHT = (0.56, 0.64, 0.72, 0.82, 0.94)  # of a flower's width, from one to the next; the first that hides none
PAPER = 1.05  # of a flower's height: what is below the lowest of a tied bouquet
BUNCH = re.compile(r"\bbouquets?\b|\bbunch(?:es)?\b|\bposy\b|[束捧扎]|花束")
LOOSE = (0.74, 0.84, 0.96, 1.1)


def nosegay(plan: Plan) -> bool:
    """Whether the prompt asks for flowers of several kinds as one bouquet."""
    said = any(BUNCH.search(wish.words.lower()) for wish in plan.wishes)
    flowers = all(traits(wish.concept).subgroup == "plant-flower" for wish in plan.wishes)
    many = len({wish.concept for wish in plan.wishes}) > 1 and FEWEST <= sum(w.count for w in plan.wishes) <= MOST
    free = not any(wish.place or wish.concept == BOUQUET for wish in plan.wishes)
    return said and flowers and many and free and not plan.links


def bunched(items: Sequence[Item], links: Sequence[Link], rng: Random, tied: bool = False) -> Unit | None:
    """All the things as one bunch, where they are flowers of several kinds that the prompt leaves together.

    One that is `tied` has room below it for the paper that holds its stems.
    """
    kinds = {item.concept for item in items}
    if links or not FEWEST <= len(items) <= MOST or len(kinds) < 2:
        return None
    if any(traits(kind).subgroup != "plant-flower" for kind in kinds) or any(item.place for item in items):
        return None
    wrapped = [item for item in items if item.concept == BOUQUET]
    flowers = _mixed([item for item in items if item.concept != BOUQUET], rng)
    if wrapped or tied:  # heads of one size, or the largest would hold all others apart
        least = min(flower.tall for flower in flowers)
        flowers = [replace(f, wide=f.wide * least / f.tall, tall=least) for f in flowers]
    jitter = [(rng.uniform(-0.07, 0.07), rng.uniform(-0.06, 0.06)) for _ in flowers]
    group = Unit([])
    for part in TIGHT if wrapped or tied or len(items) < 7 else LOOSE:
        group = Unit(_fan(flowers, jitter, part))
        for number, item in enumerate(wrapped):  # its paper is what all the stems are held by
            size = max(1.2, 0.9 * (group.right - group.left) / item.wide)
            item = replace(item, wide=size * item.wide, tall=size * item.tall)
            x = (group.left + group.right - item.wide) / 2 + 0.7 * number * item.wide
            group.spots.append(Spot(item, x, group.bottom + 0.3 * flowers[0].tall - item.tall, 3.0 + number))
        if shortfall(sorted(group.spots, key=lambda spot: (spot.order, spot.item.index))) == 0:
            break
    group.below = PAPER * flowers[0].tall if tied else 0.0
    return group.moved(0.0, -group.bottom)


def wrapping(things: Sequence[tuple[float, float, float, float]]) -> tuple[str, str]:
    """Paper behind a bouquet's flowers and before their stems, from the flowers' boxes in the frame (y down)."""
    x0, x1 = min(x for x, _, _, _ in things), max(x + w for x, _, w, _ in things)
    foot = max(y + h for _, y, _, h in things)
    tall = next(h for _, y, _, h in things if y + h == foot)
    wide, x = x1 - x0, (x0 + x1) / 2
    rim, waist, low = foot - 0.36 * tall, foot + 0.5 * PAPER * tall, foot + PAPER * tall
    neck, flare = 0.11 * wide, 0.17 * wide

    def at(across: float, y: float) -> str:
        return f"{num(x + across)} {num(y)}"

    half = 0.5 * wide
    back = f"M{at(-half, rim - 0.3 * tall)}L{at(0, rim - 0.62 * tall)}L{at(half, rim - 0.3 * tall)}L{at(neck, waist)}"
    front = f"M{at(-1.04 * half, rim - 0.16 * tall)}Q{at(0, rim + 0.36 * tall)} {at(1.04 * half, rim - 0.16 * tall)}"
    front += f"L{at(neck, waist)}H{num(x - neck)}Z"
    fold = f"M{at(-1.04 * half, rim - 0.16 * tall)}Q{at(-0.3 * half, rim + 0.5 * tall)} {at(0.4 * neck, waist)}"
    fold += f"H{num(x - neck)}ZM{at(1.04 * half, rim - 0.16 * tall)}Q{at(0.5 * half, rim + 0.4 * tall)} "
    fold += f"{at(-0.2 * neck, waist)}H{num(x + neck)}Z"
    hem = f"M{at(-neck, waist)}H{num(x + neck)}L{at(flare, low - 0.03 * tall)}Q{at(0, low + 0.03 * tall)} "
    hem += f"{at(-flare, low - 0.03 * tall)}Z"
    band = f"M{at(-1.1 * neck, waist - 0.08 * tall)}H{num(x + 1.1 * neck)}V{num(waist + 0.08 * tall)}"
    band += f"H{num(x - 1.1 * neck)}Z"
    bow = "".join(
        f"M{at(0, waist)}C{at(side * 0.5 * neck, waist - 0.36 * tall)} {at(side * 2.6 * neck, waist - 0.3 * tall)} "
        f"{at(side * 2.2 * neck, waist)}C{at(side * 2.6 * neck, waist + 0.26 * tall)} "
        f"{at(side * 0.5 * neck, waist + 0.2 * tall)} {at(0, waist)}Z" for side in (-1, 1)
    )  # fmt: skip
    front_parts = ((front, "#f7efdf"), (fold, "#e6d8bf"), (hem, "#efe4cf"), (band, "#d98a6a"), (bow, "#e6a082"))
    return path(back + "Z", "#e9dcc6"), "".join(path(d, paint) for d, paint in front_parts)


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
