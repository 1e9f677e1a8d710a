"""What agreement tells: "a rooster crows" has no crows in it, and "a crown, silver not gold" is a silver crown.

Each rule takes the tokens and gives tokens; they run before all others.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.company import has, living, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.which import DESCRIBING
from pingxing.engine.backends.scene.words import Kind, Meaning, concept_of

ONE = frozenset({"a", "an", "one"})
PERSON = concept_of("🧑")
PLAYERS = frozenset({"player", "players", "手"})
OVERHEAD = frozenset({"上面", "上方"})
HANGING = frozenset({"挂着", "吊着", "悬着", "挂有", "飘着"})
PLAYED = ("musical-instrument", "sport")  # "a boy drums" has a drum, "a girl skates" skates
NOT_COLOURS: tuple[Kind, ...] = ("thing", "background", "time")


def agreed(tokens: list[Token]) -> list[Token]:
    """All rules, one after the other; linear in the number of tokens."""
    return _hung(_played(_coloured_after(_verbs(tokens))))


def _played(tokens: list[Token]) -> list[Token]:
    """ "An accordion player", 手风琴手: somebody with the instrument, whatever instrument it is."""
    out: list[Token] = []
    for token in tokens:
        before = out[-1] if out else None
        concept = (before.get("thing") or "") if before is not None and before.end + 1 >= token.start else ""
        if token.text in PLAYERS and before is not None and traits(concept).subgroup == "musical-instrument":
            company = (Meaning("company", f"{PERSON} holding {concept}"),)
            text = f"{before.text} {token.text}"
            out[-1] = replace(before, text=text, end=token.end, meanings=company, plural=token.text.endswith("s"))
            continue
        out.append(token)
    return out


def _hung(tokens: list[Token]) -> list[Token]:
    """ "…,上面挂着一盏油灯": over it all, and on nothing of what was named."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        before, after = peek(tokens, index - 1), peek(tokens, index + 1)
        begins = before is not None and bool(before.mark)
        if token.text == "到" and has(after, "place") and not token.meanings:  # 抛到空中: the thing thrown is there
            out[index] = replace(token, text="在", meanings=(Meaning("at", ""),))
        elif begins and token.text in OVERHEAD and after is not None and after.text in HANGING:
            out[index] = replace(token, meanings=(Meaning("place", "top"),))
    return out


def _verbs(tokens: list[Token]) -> list[Token]:
    """ "A rooster crows", "a phone rings": "a" is said of one, so what follows in -s is what it does."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        if token.has("thing") and _is_done(tokens, index):
            if living(out[-1]) and traits(token.get("thing") or "").subgroup.startswith(PLAYED):
                out.append(replace(token, text="with", end=token.start, meanings=(Meaning("relation", "holding"),)))
                count = replace(token, text="1", end=token.start, meanings=(Meaning("number", "1"),))
                out += [count, replace(token, plural=False)]
            else:
                out.append(replace(token, meanings=(Meaning("ignore", ""),), plural=False))
            continue
        out.append(token)
    return out


def _is_done(tokens: list[Token], index: int) -> bool:
    token, subject = tokens[index], peek(tokens, index - 1)
    if token.chinese or not token.plural or not token.text.endswith("s") or " " in token.text or subject is None:
        return False
    if not subject.has("thing") or subject.plural or subject.chinese or subject.text.endswith("'s"):
        return False
    if has(peek(tokens, index + 1), "thing", "be", "have"):  # a sentence has one verb: "a school books are in"
        return False
    at = index - 2
    while has(peek(tokens, at), *DESCRIBING) and not has(peek(tokens, at), "number"):
        at -= 1
    article = peek(tokens, at)
    return article is not None and article.text in ONE


def _coloured_after(tokens: list[Token]) -> list[Token]:
    """ "A crown, silver not gold", 一顶王冠,要银色的,不要金色: what is said of the noun, and what it shall not be."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        if token.mark == "," and out and out[-1].has("thing") and (end := _colour_end(tokens, index + 1)):
            skip, colour = end - 1, next(t for t in tokens[index + 1 : end] if t.has("colour"))
            out.insert(len(out) - 1, colour)
            continue
        out.append(token)
    return out


def _colour_end(tokens: list[Token], at: int) -> int:
    """Where "silver not gold" ends that begins here; 0 where what stands here is no colour with one it shall not be."""
    at += has(peek(tokens, at), "ignore")
    if not _is_colour(peek(tokens, at)):
        return 0
    at += 1 + has(peek(tokens, at + 1), "of")
    after = peek(tokens, at)
    at += after is not None and bool(after.mark)
    after = peek(tokens, at)
    at += after is not None and after.text in ("and", "but", "而")
    if not has(peek(tokens, at), "not") or not _is_colour(peek(tokens, at + 1)):
        return 0
    at += 2 + has(peek(tokens, at + 2), "of")
    after = peek(tokens, at)
    return at if after is None or after.mark or has(after, "and", "be") else 0


def _is_colour(token: Token | None) -> bool:
    return token is not None and token.has("colour") and not has(token, *NOT_COLOURS)
