"""Concepts that Unicode draws in a colour of their own: a black cat is an emoji, not a repainted cat."""

from __future__ import annotations

from functools import cache

from pingxing.engine.backends.scene.words import concept_of

_TABLE = """
🐈 #26262b 🐈‍⬛
🐦 #26262b 🐦‍⬛
🐻 #fafafa 🐻‍❄️
🍎 #3fae49 🍏
🍎 #9bd66b 🍏
📖 #e0342f 📕
📖 #3fae49 📗
📖 #2f6fe0 📘
📖 #f58a1f 📙
❤️ #f58a1f 🧡
❤️ #f8cf2c 💛
❤️ #3fae49 💚
❤️ #2f6fe0 💙
❤️ #57b6f2 🩵
❤️ #8a4fd0 💜
❤️ #26262b 🖤
❤️ #8b5a34 🤎
❤️ #fafafa 🤍
❤️ #9a9da3 🩶
❤️ #f584b4 🩷
"""


@cache
def _variants() -> dict[tuple[str, str], str]:
    rows = (line.split() for line in _TABLE.strip().splitlines())
    return {(concept_of(plain), colour): concept_of(variant) for plain, colour, variant in rows}


def concept_for(concept: str, colour: str | None) -> str:
    return concept if colour is None else _variants().get((concept, colour), concept)


# Several of whom the prompt does not say who they are: neither all girls nor all of nobody's sex.
SITTING = concept_of("🧘")
MIXED = {"1F9D2": ("1F467", "1F466"), "1F9D1": ("1F469", "1F468"), "1F9D3": ("1F475", "1F474")}


def mixed(concept: str, turn: int) -> str:
    """The concept of one of several people, girls and boys in turn; others stay as they are.

    What follows the first code point (a tone of skin, a trade) is kept.
    """
    who, joint, rest = concept.partition("-")
    if who == SITTING and "264" not in rest:
        return concept + ("-200D-2640", "-200D-2642")[turn % 2]
    return MIXED[who][turn % 2] + joint + rest if who in MIXED else concept


def has_own_colour(concept: str, colour: str) -> bool:
    """Whether the concept is such a variant already, so that its art needs no paint."""
    return any(variant == concept and shade == colour for (_, shade), variant in _variants().items())
