"""People as the prompt describes them: Unicode's five skin tones, and women and men of every role."""

from __future__ import annotations

from functools import cache

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.trades import MARK, of_trade
from pingxing.engine.backends.scene.traits import TONE
from pingxing.engine.backends.scene.words import concept_of, lexicon

# What black, white and brown mean when said of a person: skin, not paint.
SKIN_OF_COLOUR = {"#26262b": "1F3FF", "#fafafa": "1F3FB", "#8b5a34": "1F3FE"}
SIGNS = {"female": "2640", "male": "2642"}
PERSONS = {"female": "1F469", "male": "1F468"}
_PAIRS = {
    "🧒": ("👧", "👦"), "🧑": ("👩", "👨"), "🧓": ("👵", "👴"), "🫅": ("👸", "🤴"),
    "💃": ("💃", "🕺"), "🕺": ("💃", "🕺"),
    "🧜‍♀️": ("🧜‍♀️", "🧜‍♂️"), "🎅": ("🤶", "🎅"),
}  # fmt: skip
_GENDER_OF = {"👩": "female", "👧": "female", "👨": "male", "👦": "male"}


@cache
def _drawn() -> frozenset[str]:
    art = shipped()
    return frozenset(concept for name in art.sets for concept in art.concepts(name))


def plain(concept: str) -> str:
    """The concept without skin tones and trade, under which its names and measures are kept."""
    trade = of_trade(concept)
    return TONE.sub("", concept.removesuffix(MARK + trade) if trade else concept)


def toned(concept: str, tone: str) -> str:
    """The person with that skin; the concept itself where the art has no such person."""
    first, *rest = plain(concept).split("-")
    found = "-".join((first, tone, *rest))
    return found if found in _drawn() else concept


@cache
def gendered(concept: str, gender: str) -> str:
    """The woman or man of a role ("female doctor", 女医生); the concept itself where it has no such form."""
    for neutral, pair in _PAIRS.items():
        if concept_of(neutral) == concept:
            return concept_of(pair[0 if gender == "female" else 1])
    known = lexicon().entries
    first, *rest = concept.split("-")
    for candidate in (
        "-".join((PERSONS[gender], *rest)) if first == "1F9D1" and rest else "",
        f"{concept}-200D-{SIGNS[gender]}",
    ):
        if candidate in known:
            return candidate
    return concept


# What an age makes of a plain person; roles keep their art and have the age as a trait.
AGED = {
    "old": {"👨": "👴", "👩": "👵", "🧑": "🧓"},
    "baby": {"👦": "👶", "👧": "👶", "🧒": "👶", "🧑": "👶"},
    "young": {"🧓": "🧑"},
}


@cache
def aged(concept: str, age: str) -> str:
    """The old man of "old" and a man; the concept itself where the age has no art of its own."""
    for person, other in AGED[age].items():
        if concept_of(person) == concept:
            return concept_of(other)
    return concept


@cache
def gender_of(concept: str) -> str:
    """The gender that a plain woman, man, girl or boy names; empty for everybody else."""
    return next((gender for emoji, gender in _GENDER_OF.items() if concept_of(emoji) == concept), "")
