"""Places inside places: 坐在壁炉旁的摇椅上, 沙发前面的地毯上趴着一只猫.

The outer place is told first, as a clause of its own (壁炉旁有摇椅); the sentence then speaks of the inner one alone.
Each rule takes the tokens and gives tokens.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.bond import lives
from pingxing.engine.backends.scene.company import has, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.which import noun_end
from pingxing.engine.backends.scene.words import Kind, Meaning

STANDS: tuple[Kind, ...] = ("at", "have")
HAVE, COMMA = Meaning("have", ""), ","
PRONOUNS = frozenset({"它", "他", "她", "它们", "他们", "她们"})
FAR = 14  # tokens between the begin of a clause and its place


def nested(tokens: list[Token]) -> list[Token]:
    """The tokens with such places taken apart; linear in their number."""
    out: list[Token] = []
    start = index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.mark:
            out.append(token)
            index += 1
            start = len(out)
            continue
        setting = peek(tokens, index + 2)
        of = peek(tokens, index + 1)
        placed = has(token, "locative", "place") and of is not None and of.text == "的"
        if len(out) == start and placed and has(setting, "background", "ground") and not has(setting, "thing"):
            index += 2  # 下面的街道上停着警车
            continue
        after_at = token.chinese and token.has("at") and not token.has("thing")
        opens = len(out) == start and token.chinese
        found = _inner(tokens, index + after_at) if after_at or opens else None
        if found is None:
            out.append(token)
            index += 1
            continue
        inner, end = found
        outer = tokens[index + after_at : inner - 1]
        held = tokens[inner:end]
        if after_at and not _has_doer(out[start:]):  # ",坐在壁炉旁的摇椅上" goes on about those before
            out.append(token)
            index += 1
            continue
        if opens and not after_at and not has(peek(tokens, end + 1), *STANDS):  # 沙发前面的地毯上|趴着猫
            out.append(token)
            index += 1
            continue
        told = [*outer, replace(held[0], text="有", meanings=(HAVE,)), *held]
        told.append(replace(held[-1], text=COMMA, mark=COMMA, meanings=()))
        clause = out[start:]
        the = replace(held[-1], text="那", meanings=(Meaning("the", ""),))
        out = [*out[:start], *told, *clause, *([token] if after_at else []), the, held[-1]]
        start += len(told)
        index = end
    return out


def _inner(tokens: list[Token], at: int) -> tuple[int, int] | None:
    """Where the inner noun phrase of "NOUN place 的 NOUN place" begins and ends; None where nothing so begins here."""
    first = peek(tokens, at)
    if first is None:
        return None
    end = at + 1 if first.text in PRONOUNS else noun_end(tokens, at)
    of = peek(tokens, end + 1) if end else None
    if not end or not has(peek(tokens, end), "locative") or of is None or of.text != "的":
        return None
    inner_end = noun_end(tokens, end + 2)
    if not inner_end or not has(peek(tokens, inner_end), "locative"):
        return None
    return None if lives(tokens[inner_end - 1].get("thing") or "") else (end + 2, inner_end)


def _has_doer(clause: list[Token]) -> bool:
    """Whether the clause has named who stands there."""
    return any(t.has("thing") for t in clause[-FAR:])
