"""English verbs in all their forms, from a table of "base/past": "hold/held" is hold, holds, holding and held."""

from __future__ import annotations

VOWELS = frozenset("aeiou")
DOUBLING = frozenset("bdgmnprt")  # consonants that double before -ing: hug, hugging


def forms(verb: str) -> tuple[str, str, str, str]:
    """Base, third person, participle and past of "base" or "base/past"; a particle behind stays ("look/looked at")."""
    word, _, particle = verb.partition(" ")
    base, _, past = word.partition("/")

    def said(form: str) -> str:
        return f"{form} {particle}".strip()

    return said(base), said(third(base)), said(participle(base)), said(past or regular(base))


def third(base: str) -> str:
    if base.endswith(("s", "x", "z", "ch", "sh", "o")):
        return base + "es"
    if base.endswith("y") and base[-2] not in VOWELS:
        return base[:-1] + "ies"
    return base + "s"


def participle(base: str) -> str:
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and not base.endswith("ee"):
        return base[:-1] + "ing"
    return _stem(base) + "ing"


def regular(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in VOWELS:
        return base[:-1] + "ied"
    return _stem(base) + "ed"


def _stem(base: str) -> str:
    """The base as endings find it: hug, hugg-; eat, eat-."""
    short = len(base) > 2 and base[-1] in DOUBLING and base[-2] in VOWELS and base[-3] not in VOWELS
    return base + base[-1] if short and sum(c in VOWELS for c in base) == 1 else base


def finite(phrase: str) -> list[str]:
    """The statement of a participle that has an object: "taking photos" gives "takes photos" and "take photos"."""
    word, _, rest = phrase.partition(" ")
    if not rest or not word.endswith("ing"):
        return []
    stem = word[:-3]
    doubled = len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] in DOUBLING
    short = len(stem) > 2 and stem[-1] not in VOWELS | {"w", "x", "y"} and stem[-2] in VOWELS and stem[-3] not in VOWELS
    base = stem[:-1] if doubled else stem + "e" if short else stem
    return [f"{third(base)} {rest}", f"{base} {rest}"]
