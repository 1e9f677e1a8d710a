"""Strings: from a kite in the sky, or a balloon, to the hand of somebody who stands below it."""

from __future__ import annotations

from collections.abc import Sequence

from pingxing.engine.backends.scene.shapes import aboard
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.stage import Thing
from pingxing.engine.backends.scene.svg import num, path
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import concept_of
from pingxing.types import SceneRelation

KITE, BALLOON = concept_of("\N{KITE}"), concept_of("\N{BALLOON}")
KNOT = 0.8  # of a balloon's height
AT = 0.72  # of the kite's height, where its string is tied
HAND = 0.66  # of a person's height, from the top
REACH = 0.4  # of a person's width, from the middle


def strings(things: Sequence[Thing], relations: Sequence[SceneRelation], view: View) -> list[str]:
    """One line for every kite, to the people in turn, and for every balloon that is held; none where nobody is."""
    return [*_balloons(things, relations, view), *_kites(things, view)]


def _balloons(things: Sequence[Thing], relations: Sequence[SceneRelation], view: View) -> list[str]:
    held = {
        (things[known.subject].group, things[known.object].group) for known in relations if known.relation == "holding"
    }
    found = []
    for balloon in (thing for thing in things if thing.wish.concept == BALLOON):
        owners = [thing for thing in things if (thing.group, balloon.group) in held and _holds(thing)]
        if not owners:
            continue
        owner = min(
            owners, key=lambda thing: abs(thing.box[0] + thing.box[2] / 2 - balloon.box[0] - balloon.box[2] / 2)
        )
        x, y, w, h = balloon.box
        top, low = (x + w / 2, y + KNOT * h), _hand(owner, x + w / 2)
        far = abs(top[0] - low[0]) > 2.5 * owner.box[2]
        if low[1] > top[1] and not far:
            line = f"M{num(top[0])} {num(top[1])}Q{num(top[0])} {num(low[1])} {num(low[0])} {num(low[1])}"
            found.append(path(line, stroke="#8796a8", stroke_width=0.0028 * view.short, stroke_linecap="round"))
    return found


def _kites(things: Sequence[Thing], view: View) -> list[str]:
    kites = [thing for thing in things if thing.wish.concept == KITE]
    people = sorted((thing for thing in things if _holds(thing)), key=lambda thing: thing.box[0])
    if not people:
        return []
    found = []
    for number, kite in enumerate(sorted(kites, key=lambda thing: thing.box[0])):
        owner = people[min(number * len(people) // len(kites), len(people) - 1)]
        x, y, w, h = kite.box
        top, low = (x + w / 2, y + AT * h), _hand(owner, x + w / 2)
        if low[1] <= top[1]:
            continue
        sag = 0.12 * (low[1] - top[1])
        middle = ((top[0] + low[0]) / 2, (top[1] + low[1]) / 2 + sag)
        line = f"M{num(top[0])} {num(top[1])}Q{num(middle[0])} {num(middle[1])} {num(low[0])} {num(low[1])}"
        found.append(path(line, stroke="#f7f4ec", stroke_width=0.0035 * view.short, stroke_linecap="round"))
    return found


def _holds(thing: Thing) -> bool:
    return traits(thing.wish.concept).group == "people-body" and thing.grounded and not aboard(thing.wish.concept)


def _hand(owner: Thing, towards: float) -> tuple[float, float]:
    x, y, w, h = owner.box
    side = -1 if towards < x + w / 2 else 1
    return x + w / 2 + side * REACH * w, y + HAND * h
