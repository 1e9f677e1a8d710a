"""A family whose members are then named: "a family picnic, mum pours lemonade, dad flies a kite" has one mum."""

from __future__ import annotations

import re
from dataclasses import replace

from pingxing.engine.backends.scene.bond import is_person
from pingxing.engine.backends.scene.people import plain
from pingxing.engine.backends.scene.plan import Link, Wish
from pingxing.engine.backends.scene.sentence import Sentence
from pingxing.engine.backends.scene.words import concept_of, said

LEAST = 3  # members that stand for one word
CHILD = concept_of("🧒")
CHILDREN = frozenset(map(concept_of, "🧒👦👧👶"))
_WORD = re.compile(r"[a-z]+")
CHILD = concept_of("🧒")
CHILDREN = frozenset(map(concept_of, "🧒👦👧👶"))


def kin_named(reader: Sentence) -> None:
    """Of those whom the word for the family stood for, who is named again is there once, with the links of both."""
    groups: dict[tuple[int, int], list[int]] = {}
    for index, wish in enumerate(reader.wishes):
        if is_person(wish.concept) and wish.spans:
            groups.setdefault(wish.spans[0], []).append(index)
    family = next((members for members in groups.values() if len(members) >= LEAST), None)
    if family is None:
        return
    named = [i for i in range(max(family) + 1, len(reader.wishes)) if _is_kin(reader, i)]
    for member in family:
        same = [i for i in named if _role(reader.wishes[i]) == _role(reader.wishes[member])]
        if not same or reader.wishes[member].count > 1:
            continue
        links: list[Link] = []
        for link in reader.links:
            if member == link.subject:
                links += [replace(link, subject=i) for i in same if i != link.object]
            elif member == link.object:
                links += [replace(link, object=i) for i in same if i != link.subject]
            else:
                links.append(link)
        reader.links = list(dict.fromkeys(links))
        reader.wishes[member] = replace(reader.wishes[member], count=0)


def _role(wish: Wish) -> str:
    concept = plain(wish.concept)
    return CHILD if concept in CHILDREN else concept


def _is_kin(reader: Sentence, index: int) -> bool:
    wish = reader.wishes[index]
    if not is_person(wish.concept) or not wish.words:
        return False
    words = wish.words.lower().removesuffix("们")
    family = said("family")  # by the word alone: "a man" who comes by is none of it
    return any(w in family for w in _WORD.findall(words)) or words.endswith(tuple(w for w in family if not w.isascii()))
