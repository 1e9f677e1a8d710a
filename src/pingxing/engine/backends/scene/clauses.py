"""Where an English sentence begins a new statement without a comma: "a cat sleeps and a dog lies under the bed".

Whatever joins two statements becomes a comma, so that the reader begins anew; what joins two nouns stays. "And" begins
a statement where one has been made and another follows: a noun with a verb that agrees with it, "there is", or a word
of place in front ("and behind them stands a barn").
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.company import has, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.words import Kind

JOINTS = frozenset({"while", "whereas", "whilst", "and while", "as", "where", "when"})
ALWAYS = frozenset({"while", "whereas", "whilst"})
ONE, MANY = frozenset({"is", "was", "has"}), frozenset({"are", "were", "have"})
NO_VERBS = frozenset({"across", "besides", "always", "its", "his", "this", "us", "towards", "perhaps", "sometimes"})
NOUN_PHRASE: tuple[Kind, ...] = (
    "number",
    "the",
    "colour",
    "size",
    "trait",
    "shade",
    "gender",
    "ignore",
    "times",
    "measure",
)
IN_FRONT: tuple[Kind, ...] = ("relation", "pronoun", "place")
LONGEST, FAR = 7, 10  # tokens of a noun phrase; from its noun to its verb


def parted(tokens: list[Token]) -> list[Token]:
    """The tokens with a comma wherever another statement begins; linear in their number."""
    out: list[Token] = []
    start = 0
    for index, token in enumerate(tokens):
        if not token.chinese and not token.mark and len(out) > start:
            clause = out[start:]
            joint = token.text in ALWAYS or (
                (token.has("and") or token.text in JOINTS)
                and any(_states(t) for t in clause)
                and _begins(tokens, index + 1, any(_is_finite(t) for t in clause))
            )
            if joint:
                token = replace(token, text=",", mark=",", meanings=())
        out.append(token)
        if token.mark:
            start = len(out)
    return out


def _begins(tokens: list[Token], at: int, finite: bool) -> bool:
    """Whether a statement begins here; after a clause that is not `finite` only one that cannot go on with it."""
    first = peek(tokens, at)
    if first is None or first.mark:
        return False
    if first.text.startswith("there ") and has(first, "have"):
        return True
    if has(first, *IN_FRONT) and not _acts(first):
        return finite and _verb(tokens, at + 1, None) is not None
    end = _noun_end(tokens, at)
    if end < at + 2 and not (end and tokens[at].plural):
        return False  # "a scarf and sunglasses stands"
    verb = _verb(tokens, end, tokens[end - 1].plural)
    return verb is not None and (finite or verb.text not in MANY)


def _noun_end(tokens: list[Token], at: int) -> int:
    start = at
    while at < start + LONGEST and (token := peek(tokens, at)) is not None and not token.mark:
        if has(token, "thing") and not has(peek(tokens, at + 1), "thing"):
            return at + 1
        if not has(token, "thing", *NOUN_PHRASE) and (token.meanings or at == start):
            return 0
        at += 1
    return 0


def _verb(tokens: list[Token], at: int, many: bool | None) -> Token | None:
    """The finite verb ahead, before any mark or "and", that agrees with its noun (any with None)."""
    for index in range(at, min(at + FAR, len(tokens))):
        token = tokens[index]
        if token.mark or token.has("and") or token.text in ALWAYS:
            return None
        if many is not True and index == at and not token.meanings and _ends_in_s(token):
            return token  # "a dog barks"
        if _is_finite(token):
            plural = token.text in MANY
            return token if many is None or many == plural else None
        if many and index == at and _base(token):
            return token
    return None


def _is_finite(token: Token) -> bool:
    if token.chinese:
        return False
    if token.has("be"):
        return token.text in ONE | MANY
    if token.has("have"):
        return token.text in ONE | MANY or _ends_in_s(token) or token.text.startswith("there ")
    return _acts(token) and _ends_in_s(token)


def _acts(token: Token) -> bool:
    first = token.text.partition(" ")[0]
    return token.has("relation") and (first.endswith(("ing", "ed")) or _ends_in_s(token))


def _base(token: Token) -> bool:
    """Whether it may be the plain form of a verb: "two dogs chase a ball"."""
    plain = token.has("relation") and len(token.text.split()) < 3 and not token.text.startswith(("with", "in ", "on "))
    return (plain and not _acts(token)) or (token.has("have") and not _ends_in_s(token) and token.text != "with")


def _states(token: Token) -> bool:
    """Whether it says what somebody or something does or is."""
    return _is_finite(token) or _acts(token) or (token.has("trait") and token.text.endswith(("ing", "eps")))


def _ends_in_s(token: Token) -> bool:
    first = token.text.partition(" ")[0]
    return first.endswith("s") and not first.endswith("ss") and first not in NO_VERBS and not token.chinese
