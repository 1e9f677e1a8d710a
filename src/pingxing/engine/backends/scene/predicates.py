"""What a Chinese sentence says of its subject without a noun: 这只猫是条纹的, 碗是木头的, 球很大.

Each rule takes the tokens and gives tokens; linear in their number.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.company import has, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.words import Kind, Meaning

VERY = frozenset({"很", "非常", "特别", "十分", "极其", "超级", "格外", "真", "好", "挺", "有点"})
QUALITIES: tuple[Kind, ...] = ("size", "colour", "trait")
FAR = 8  # tokens of a noun phrase and what stands before it
BE = Meaning("be", "")


def predicates(tokens: list[Token]) -> list[Token]:
    """Both rules."""
    return _is_so(_very(tokens))


def _very(tokens: list[Token]) -> list[Token]:
    """球很大, 苹果非常红: it is large, it is red; 很大的球 says it before the noun."""
    if not any(token.chinese and (token.text in VERY or token.has("size")) for token in tokens):
        return tokens
    out: list[Token] = []
    for index, token in enumerate(tokens):
        noun, after = peek(out, len(out) - 1), peek(tokens, index + 1)
        subject = noun is not None and noun.chinese and noun.has("thing")
        quality = after if token.text in VERY else token
        said = has(quality, *QUALITIES) and not has(quality, "thing")
        closes = _closes(peek(tokens, index + 2) if token.text in VERY else after)
        if subject and said and closes and token.text in VERY:
            token = replace(token, meanings=(BE,))
        elif subject and said and closes and token.has("size") and not _compared(out):  # 很大 is one word
            out.append(replace(token, text="是", end=token.start, meanings=(BE,)))
        out.append(token)
    return out


def _is_so(tokens: list[Token]) -> list[Token]:
    """猫是条纹的, 碗是木头的: striped, wooden; there is no log."""
    if not any(token.text == "的" for token in tokens):
        return tokens
    out: list[Token] = []
    for index, token in enumerate(tokens):
        quality = out[-1] if out else None
        told = token.text == "的" and quality is not None and quality.chinese and quality.has("trait")
        if told and quality is not None and has(peek(out, len(out) - 2), "be") and _closes(peek(tokens, index + 1)):
            out[-1] = replace(quality, meanings=tuple(m for m in quality.meanings if m.kind == "trait"))
            continue
        out.append(token)
    return out


def _compared(before: list[Token]) -> bool:
    """红气球比绿气球大: of two things."""
    return any(token.text == "比" for token in before[-FAR:])


def _closes(token: Token | None) -> bool:
    return token is None or bool(token.mark)
