"""What belongs into the sky keeps its place there, whatever the prompt says of it and what stands on the ground.

The moon over a rabbit is not a lamp on the meadow: both halves of such a relation go free, with hints where to stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pingxing.engine.backends.scene.backdrops import INDOORS
from pingxing.engine.backends.scene.heap import SHELF
from pingxing.engine.backends.scene.plan import Link, Plan
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.unit import Item
from pingxing.engine.backends.scene.words import concept_of

RAINBOW = concept_of("🌈")
BURSTS = frozenset((concept_of("🎆"), "E0D1"))  # fireworks: over the roofs, whoever watches them
ARCH = "E059"  # our own drawing of it: a wide arc, both feet on the horizon
SUNS = frozenset(map(concept_of, ("☀️", "🌞")))
MOONS = frozenset(map(concept_of, ("🌙", "🌕", "🌛", "🌝", "🌜", "🌑", "🌒", "🌓", "🌔", "🌖", "🌗", "🌘")))
CLOUDS = frozenset(map(concept_of, ("☁️", "🌥️", "⛅", "🌤️", "🌧️", "⛈️", "🌩️", "🌨️")))
KITE = concept_of("🪁")
WINDOW, SILL = concept_of("🪟"), "E160"  # the second one is drawn with a sill, for what stands on it
ON_WALLS = frozenset((WINDOW, SILL, SHELF, concept_of("🖼️")))  # indoors
HANGABLE = frozenset(map(concept_of, ("⏰", "🕰️", "🥇", "🥈", "🥉", "🏅", "🎖️", "📅", "📆", "🗺️", "🪞", "🎯", "📜")))
_ON_A_WALL = re.compile(r"\bon (?:the|a|my|our|his|her|their) (?:\w+ )?wall\b|墙上|墙壁上", re.I)
BOUGH = "E164"  # it grows into the picture from one side
HIGH = 0.62  # of the free room above the ground: lights of the sky, and what hangs from it, stay in its upper part
LEAST, LEAST_ON_WALL = 0.13, 0.24  # of the shorter side: the smallest that they are drawn
PEAKS = frozenset(map(concept_of, ("⛰️", "🏔️", "🗻", "🌋")))
LOOSE = frozenset(("behind", "in-front-of", "under", "below", "above", "next-to", "looking-at"))
FREE = frozenset(("under", "below", "above", "next-to", "in-front-of", "looking-at", "left-of", "right-of"))
AIRBORNE = frozenset(("under", "below", "above"))  # an aeroplane may also stand beside somebody
NO_SKY = INDOORS | {"underwater", "space", "moon", "transparent"}


def heavenly(concept: str) -> bool:
    """Sun, moon, star, cloud, rainbow."""
    kind = traits(concept)
    return kind.stance == "sky" and kind.subgroup == "sky-weather"


def on_a_wall(plan: Plan) -> frozenset[str]:
    """What the prompt hangs on a wall, of which nothing else would be known: the wall is that of a room."""
    if not _ON_A_WALL.search(plan.between):
        return frozenset()
    return frozenset(wish.concept for wish in plan.wishes) & (HANGABLE | ON_WALLS)


def shown_in_sky(plan: Plan) -> frozenset[str]:
    """Lights of the sky that the prompt asks for as things: the setting must not paint them a second time."""
    asked = {wish.concept for wish in plan.wishes}
    found: set[str] = set()
    if asked & SUNS:
        found.add("2600")
    if asked & MOONS:
        found.add("1F315")
    if asked & CLOUDS:
        found.add("2601")
    return frozenset(found)


def distant(plan: Plan, number: int, background: str) -> bool:
    """Whether a mountain stands behind all the rest, on the horizon; before a table in the open, so does a tree."""
    wish, kind = plan.wishes[number], traits(plan.wishes[number].concept)
    far = wish.concept in PEAKS and background not in NO_SKY
    far = far or (background == "table" and (kind.subgroup in ("plant-other", "place-building") and kind.metres > 2))
    near = any(traits(w.concept).stance != "sky" for n, w in enumerate(plan.wishes) if n != number)
    mine = [k for k in plan.links if number in (k.subject, k.object)]
    return far and near and not wish.place and wish.count <= 2 and all(k.relation in LOOSE for k in mine)


def freed(items: Sequence[Item], links: Sequence[Link]) -> tuple[list[Item], list[Link]]:
    """Items and links without those that would tie the sky to the ground; `place` and looks say what they meant."""
    by_wish = {item.wish: item for item in items}
    placed: dict[int, str] = {}
    looks: dict[int, bool] = {}
    left: list[Link] = []
    for link in links:
        subject, target = by_wish.get(link.subject), by_wish.get(link.object)
        if subject is None or target is None or not _apart(subject, target, link.relation):
            left.append(link)
            continue
        if "far" in (subject.stance, target.stance):
            continue  # it is behind everything as it is
        above, other = (subject, target) if subject.stance in ("sky", "arch") else (target, subject)
        side = _side(link.relation, above is subject, above, other, looks)
        placed.setdefault(above.wish, above.place or ("top" + side))
        if link.relation in ("left-of", "right-of"):
            placed.setdefault(other.wish, other.place or ("right" if side == "-left" else "left"))
    return [_hinted(item, placed, looks) for item in items], left


def _apart(subject: Item, target: Item, relation: str) -> bool:
    if not {"arch", "far"}.isdisjoint((subject.stance, target.stance)):
        return True  # a rainbow is behind everything as it is
    if (subject.stance == "sky") == (target.stance == "sky"):
        return _behind_glass(subject, target) or _behind_glass(target, subject)
    above = subject if subject.stance == "sky" else target
    if above.concept == KITE and relation in ("holding", "next-to"):
        return True  # high up, on its string
    high = heavenly(above.concept) or above.concept in ON_WALLS or above.concept in BURSTS
    return relation in (FREE if high else AIRBORNE)


def _behind_glass(light: Item, pane: Item) -> bool:
    """Whether the one is seen through the other, which hangs on its wall: fireworks, the moon, and a window."""
    outside = heavenly(light.concept) or light.concept in BURSTS
    return outside and pane.stance == "sky" and pane.concept in (WINDOW, SILL)


def _side(relation: str, lifted: bool, above: Item, other: Item, looks: dict[int, bool]) -> str:
    """Which upper corner: "" where the middle of the sky will do."""
    if relation in ("left-of", "right-of"):
        return "-left" if (relation == "left-of") == lifted else "-right"
    if relation == "looking-at" and not lifted:
        left = other.faces_left if other.shape.facing != "front" and not other.place else False
        looks[other.wish] = left
        return "-left" if left else "-right"
    return ""


def _hinted(item: Item, placed: dict[int, str], looks: dict[int, bool]) -> Item:
    item = replace(item, place=placed.get(item.wish, item.place))
    return item.looking(looks[item.wish]) if item.wish in looks else item
