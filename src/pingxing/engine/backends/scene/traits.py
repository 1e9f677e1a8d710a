"""What is known of a thing beside its name: how it stands in the world, how tall it is, whether it glows."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

from pingxing.engine.backends.scene.drawings import drawings
from pingxing.engine.backends.scene.words import concept_of, data_file, lexicon

TONE = re.compile(r"-1F3F[B-F]")

Stance = Literal["ground", "sky", "bird", "water", "floor", "bust", "head"]


@dataclass(frozen=True, slots=True)
class Traits:
    stance: Stance
    metres: float  # height
    glows: bool
    still: bool  # must not be mirrored
    group: str
    subgroup: str


@cache
def _tables() -> tuple[dict[str, Any], dict[str, str], frozenset[str], frozenset[str]]:
    tables = tomllib.loads(data_file("traits.toml"))
    by_concept = {concept_of(e): trait for trait, line in tables["emoji"].items() for e in line.split()}
    glowing, still = (
        frozenset(e[2:] if e.startswith("U+") else concept_of(e) for e in tables[name]["all"].split())
        for name in ("glowing", "still")
    )
    return tables, by_concept, glowing, still


@cache
def traits(concept: str) -> Traits:
    """Traits of any concept; those of its group where it has none of its own."""
    tables, by_concept, glowing, still = _tables()
    concept = TONE.sub("", concept)
    entry = lexicon().entries.get(concept)
    group, subgroup = (entry.group, entry.subgroup) if entry else ("objects", "")
    ours = drawings().get(concept)
    usual = tables["subgroup"].get(subgroup) or tables["group"].get(group, "ground 0.5")
    text = ours.trait if ours is not None else by_concept.get(concept) or usual
    stance, metres = text.split()
    return Traits(
        cast(Stance, stance),
        float(metres),
        concept in glowing,
        concept in still,
        group,
        subgroup,
    )
