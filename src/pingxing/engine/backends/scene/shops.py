"""A shop that somebody is in is where the scene takes place; one that is seen from outside is a house in it.

So is a house whose room is named: "the school library" is a library, and no school beside it.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache

from pingxing.engine.backends.scene.company import has, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.which import DESCRIBING
from pingxing.engine.backends.scene.words import Kind, Meaning, concept_of, data_file

SHOP = concept_of("🏪")
HOUSES = frozenset(map(concept_of, "🏫🏥🏨🏢🏦🏪🏬🏛"))
INSIDE = frozenset({"in", "inside", "at"})
AROUND: tuple[Kind, ...] = ("number", "measure", "the", "ignore", *DESCRIBING)
OF_IT = frozenset({"window", "windows", "door", "doorway", "sign", "front", "entrance", "owner"})


@cache
def _trades() -> dict[str, str]:
    """Words of shops, both languages, and the setting of their trade."""
    table: dict[str, str] = tomllib.loads(data_file("shops.toml"))
    return {word.strip(): trade for trade, line in table.items() for word in line.replace("|", ",").split(",")}


def within_shops(tokens: list[Token]) -> list[Token]:
    """ "In the bakery a woman", 花店里有一个女孩: the setting is the inside of the shop. Where another setting is
    named the shop stays a house in it. Linear in the number of tokens."""
    tokens = _rooms(tokens)
    if not any(t.get("thing") == SHOP for t in tokens):
        return tokens
    if any(t.get("background") not in (None, "table") and not t.has("thing") for t in tokens):  # a counter is in it
        return tokens
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        trade = _trades().get(token.text) if token.get("thing") == SHOP else None
        following = peek(tokens, index + 1)
        if trade is not None and token.chinese and _is_within(out, following):
            while out and has(out[-1], "number", "measure", "size", "trait"):
                out.pop()
            skip = index + has(following, "locative")
            token = replace(token, meanings=(Meaning("background", trade),))
        elif trade is not None and not token.chinese and (following is None or following.text not in OF_IT):
            at = len(out)
            while at and has(out[at - 1], *AROUND):
                at -= 1
            if at and out[at - 1].text in INSIDE:
                out = [*out[:at], *(t for t in out[at:] if not has(t, "number", "size", "trait"))]
                token = replace(token, meanings=(Meaning("background", trade),))
        out.append(token)
    return out


def _rooms(tokens: list[Token]) -> list[Token]:
    """The tokens without the house before its room: "the school library", 医院的厨房里."""
    out: list[Token] = []
    for token in tokens:
        of = bool(out) and token.chinese and out[-1].text == "的"
        house = out[-1 - of] if len(out) > of else None
        room = token.has("background") and not token.has("thing")
        if room and house is not None and house.get("thing") in HOUSES:
            near = (out[-1].end == token.start) if token.chinese else (house.end + 1 == token.start)
            if near and not house.plural:
                del out[len(out) - 1 - of :]
        out.append(token)
    return out


def _is_within(before: list[Token], following: Token | None) -> bool:
    """Whether a Chinese word of place says that one is inside: 花店里, 在花店买花."""
    if following is not None and following.has("locative"):
        return following.get("locative") == "inside"
    at = len(before)
    while at and has(before[at - 1], *AROUND):
        at -= 1
    return bool(at) and before[at - 1].text == "在" and (following is None or following.text != "的")
