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


def has_own_colour(concept: str, colour: str) -> bool:
    """Whether the concept is such a variant already, so that its art needs no paint."""
    return any(variant == concept and shade == colour for (_, shade), variant in _variants().items())
