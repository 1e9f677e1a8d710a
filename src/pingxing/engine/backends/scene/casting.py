"""Which art stands for each wish of a picture: another drawing of the same thing, where that one fits better.

Emoji are made to be read alone. In a scene a skateboard lies level, a unicorn has four legs, the cake that is asked
for with five candles brings none of its own, and goldfish swim in a bowl that has no fish yet.
"""

from __future__ import annotations

from collections.abc import Sequence

from pingxing.engine.backends.scene.attach import VASES
from pingxing.engine.backends.scene.bond import is_person
from pingxing.engine.backends.scene.heavens import ARCH
from pingxing.engine.backends.scene.plan import Link, Plan
from pingxing.engine.backends.scene.styles import Style
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import concept_of

BOARD, LEVEL_BOARD = concept_of("🛹"), "E08A"
# Heads without a body of their kind and an octave of keys, drawn whole by us. The 3D set keeps its own models.
WHOLE = {concept_of("🎹"): "E021", concept_of("🦄"): "E0C1", concept_of("🐸"): "E0C2"}
SAIL, COVERED_BOAT = concept_of("⛵"), "E0AF"  # no yacht passes under the bridges of an old town
UMBRELLA, PARASOL = concept_of("☂️"), concept_of("⛱️")
CANDLE = concept_of("🕯️")
CAKES = {concept_of("🎂"): "E0C3", concept_of("🍰"): "E0C3", "E0C3": "E0C3", "E0B1": "E0B1"}
BOWLS = frozenset((concept_of("🥣"), "E006"))
FISHBOWL, EMPTY_BOWL = "E006", "E0C8"
BED = concept_of("🛏️")
SEATS = frozenset((concept_of("🪑"), concept_of("💺"), concept_of("🛋️"), "E067", "E093", "E00D", "E0C5", "E092"))
PANDA, BAMBOO = concept_of("🐼"), "E007"
BESIDE = ("next-to", "with", "holding", "inside", "on")


def cast(plan: Plan, style: Style, background: str, arched: frozenset[int]) -> tuple[str, ...]:
    """For every wish the concept whose art is drawn; `arched` are the rainbows that span the sky."""
    return tuple(_role(plan, style, background, number, number in arched) for number in range(len(plan.wishes)))


def _role(plan: Plan, style: Style, background: str, number: int, arched: bool) -> str:
    concept = plan.wishes[number].concept
    if arched:
        return ARCH
    if concept == BOARD and any(k.object == number and k.relation in ("on", "riding") for k in plan.links):
        return LEVEL_BOARD  # the emoji's stands on its nose
    if concept == SAIL and background == "canal":
        return COVERED_BOAT
    if concept == UMBRELLA and background in ("beach", "pool") and _plain(plan, number):
        return PARASOL
    if concept in CAKES and any(_lights(plan, link) == number for link in plan.links):
        return CAKES[concept]
    if concept in BOWLS and _fish_in(plan, number):
        return EMPTY_BOWL
    if concept in WHOLE and style.sets[0] != "3d":
        return WHOLE[concept]
    if "blackboard" in plan.boards or "whiteboard" in plan.boards:  # the emoji's teacher brings a board along
        return concept.replace("-200D-1F3EB", "")
    return concept


def _plain(plan: Plan, number: int) -> bool:
    """Whether nobody holds it, and nothing is said of its looks that would be painted on the sand below it."""
    wish = plan.wishes[number]
    held = any(k.object == number and k.relation in ("holding", "next-to", "under") for k in plan.links)
    return not held and not wish.traits and wish.colour is None


def _fish_in(plan: Plan, bowl: int) -> bool:
    inside = [plan.wishes[k.subject].concept for k in plan.links if k.object == bowl and k.relation == "inside"]
    return bool(inside) and all(traits(concept).stance in ("water", "floor") for concept in inside)


def _lights(plan: Plan, link: Link) -> int | None:
    """The cake that these candles belong on, as an index into the wishes."""
    for candle, cake in ((link.subject, link.object), (link.object, link.subject)):
        known = plan.wishes[candle].concept == CANDLE and plan.wishes[cake].concept in CAKES
        if known and link.relation in BESIDE:
            return cake
    return None


def _cut(plan: Plan, link: Link) -> int | None:
    """The flowers, as an index into the wishes, where the link joins flowers and a vase."""
    for flower, vase in ((link.subject, link.object), (link.object, link.subject)):
        if plan.wishes[vase].concept in VASES and traits(plan.wishes[flower].concept).subgroup == "plant-flower":
            return flower
    return None


def meant(plan: Plan) -> Sequence[Link]:
    """The links as they are drawn: candles on their cake, flowers in their vase, who is in a chair on its seat.

    What the scene says of itself stays as the prompt has it.
    """
    found = tuple(_meant(plan, link) for link in plan.links)
    cut = {link.subject for link in found if link.relation == "inside" and plan.wishes[link.object].concept in VASES}
    # "A cake and a vase with roses": the roses are in the vase, and nothing else has to stand beside them.
    return tuple(k for k in found if k.relation != "next-to" or not cut & {k.subject, k.object})


def _meant(plan: Plan, link: Link) -> Link:
    cake = _lights(plan, link)
    if cake is not None:
        return Link(link.object if cake == link.subject else link.subject, "on", cake)
    if link.relation in BESIDE and (flower := _cut(plan, link)) is not None:
        return Link(flower, "inside", link.subject + link.object - flower)
    target = plan.wishes[link.object].concept
    if link.relation == "next-to" and (plan.wishes[link.subject].concept, target) == (PANDA, BAMBOO):
        return Link(link.subject, "holding", link.object)  # it eats
    if link.relation == "inside" and target in SEATS:
        return Link(link.subject, "on", link.object)
    if link.relation == "on" and target == BED and is_person(plan.wishes[link.subject].concept):
        return Link(link.subject, "inside", link.object)
    return link
