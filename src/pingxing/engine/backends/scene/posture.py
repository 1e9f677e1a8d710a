"""What people do with the whole body, and how it is drawn: who does yoga sits, who skis stands on skis.

Unicode's student wears a graduation gown; those in a classroom or at yoga come in their own clothes.
"""

from __future__ import annotations

import re

from pingxing.engine.backends.scene.plan import Link, Plan
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import concept_of

SITTING = concept_of("🧘")
SKIS, SKATES, LEVEL_SKIS, SKATE_PAIR = concept_of("🎿"), concept_of("⛸️"), "E178", "E179"
ON_FEET = {SKIS: LEVEL_SKIS, SKATES: SKATE_PAIR}
SURFBOARD, LEVEL_SURFBOARD = "E095", "E177"
STUDENT = "-200D-1F393"
_YOGA = re.compile(r"\byoga\b|\bmeditat(?:es?|ing|ion)\b|瑜伽|打坐|冥想", re.I)
_GRADUATES = re.compile(r"graduat|diploma|degree|commencement|\bgowns?\b|毕业|学位|学士|硕士|博士", re.I)
# By the first code point: the sign that makes the sitting figure a woman or a man.
SEXES = {**dict.fromkeys(("1F469", "1F467", "1F475"), "-200D-2640"),
         **dict.fromkeys(("1F468", "1F466", "1F474"), "-200D-2642"),
         **dict.fromkeys(("1F9D1", "1F9D2", "1F9D3"), "")}  # fmt: skip
TONES = frozenset(("1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF"))


def sitting(plan: Plan, number: int) -> str | None:
    """The concept of somebody cross-legged, where the prompt speaks of yoga; None for whoever is busy otherwise."""
    parts = plan.wishes[number].concept.split("-")
    if parts[0] not in SEXES or not _YOGA.search(plan.between):
        return None
    if any(k.subject == number and k.relation in ("riding", "wearing", "holding", "inside") for k in plan.links):
        return None
    tone = "".join(f"-{part}" for part in parts if part in TONES)
    return SITTING + tone + SEXES[parts[0]]


def student(plan: Plan, concept: str) -> str | None:
    """The person without gown and cap, where a student is meant and nobody graduates; None for others."""
    if STUDENT not in concept or _GRADUATES.search(plan.between):
        return None
    return concept.replace(STUDENT, "")


def gear(plan: Plan, number: int) -> str | None:
    """Skis and skates as they are at somebody's feet, a surfboard as it lies under one; None for what is not in use."""
    concept = plan.wishes[number].concept
    used = {k.relation for k in plan.links if k.object == number and _moves(plan, k)}
    if concept in ON_FEET and used & {"holding", "wearing", "on", "riding"}:
        return ON_FEET[concept]
    if concept == SURFBOARD and used & {"on", "riding"}:
        return LEVEL_SURFBOARD
    return None


def looks(drawn: str, said: tuple[str, ...]) -> tuple[str, ...]:
    """What is said of a thing's looks that can be painted on it: "ice skating" makes no skates of ice."""
    return tuple(look for look in said if look != "ice") if drawn in (*ON_FEET, *ON_FEET.values()) else said


def shod(plan: Plan, link: Link) -> Link | None:
    """Whoever has skis or skates has them at the feet, not in a hand; None for every other link."""
    if link.relation in ("holding", "on", "riding") and plan.wishes[link.object].concept in ON_FEET:
        return Link(link.subject, "wearing", link.object) if _moves(plan, link) else None
    return None


def _moves(plan: Plan, link: Link) -> bool:
    return traits(plan.wishes[link.subject].concept).group in ("people-body", "animals-nature")
