"""The blanket of a picnic, under those who have one."""

from __future__ import annotations

import re

from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import Point, path, polygon
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import concept_of

_PICNIC = re.compile(r"\bpicnic(?:s|king|ked)?\b|野餐", re.I)
# Where a prompt names what they sit on or at, that is drawn, and no other.
NAMED = frozenset(("E063", "E0DE", "E090", "E0CD", "E0E3", "E16B", concept_of("🪑")))
WITH_LEGS, LAID = ("people-body", "smileys-emotion", "animals-nature"), ("food-drink", "objects")
CLOTH, CHECKS = "#fbf5ea", "#d9483f"
CHECK, DEEP = 0.085, 5  # width of a check in parts of the shorter side; rows of checks


def has_picnic(plan: Plan) -> bool:
    """Whether people or animals have a picnic, and nothing is named that they have it on."""
    concepts = {wish.concept for wish in plan.wishes}
    said = " ".join((plan.between, *(wish.words for wish in plan.wishes)))
    return _PICNIC.search(said) is not None and not concepts & NAMED


def sits_there(concept: str) -> bool:
    """Whether it has its place on the blanket: who has the picnic, and what they eat; no trees, no houses."""
    kind = traits(concept)
    return kind.group in WITH_LEGS + LAID and not kind.subgroup.startswith("plant") and kind.metres < 2.2


def blanket(view: View, box: tuple[float, float, float, float]) -> None:
    """A checked cloth on the ground: x, y, width and height of where feet stand, in the frame's units."""
    s, (x, y, wide, deep) = view.short, box
    left, right = max(-0.04 * s, x - 0.05 * s), min(view.width + 0.04 * s, x + wide + 0.05 * s)
    top = max(view.horizon + 0.03 * s, y - 0.06 * s)
    low = min(view.height - 0.012 * s, y + deep + 0.075 * s)
    lean = min(0.3 * (low - top), 0.1 * s)

    def at(across: float, down: float) -> Point:
        inset = lean * (1 - down)
        return left + inset + across * (right - left - 2 * inset), top + down * (low - top)

    def quad(a: float, b: float, c: float, d: float) -> str:
        return polygon([at(a, c), at(b, c), at(b, d), at(a, d)])

    parts = view.sheet.layer("blanket")
    parts.append(path(quad(-0.006, 1.006, -0.01, 1.05), view.land("#b8a88c"), opacity=0.7))
    parts.append(path(quad(0, 1, 0, 1), view.land(CLOTH)))
    columns = max(4, round((right - left) / (CHECK * s)))
    bands = [quad(n / columns, (n + 1) / columns, 0, 1) for n in range(0, columns, 2)]
    rows = [quad(0, 1, (n / DEEP) ** 1.15, ((n + 1) / DEEP) ** 1.15) for n in range(0, DEEP, 2)]
    for stripes in (bands, rows):
        parts.append(path("".join(stripes), view.land(CHECKS), opacity=0.5))
