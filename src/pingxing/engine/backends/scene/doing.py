"""What a word does in a clause: whether it is a verb or a noun, and clauses turned so that who does it comes first.

"A man plants a tree", "the girl waters the flowers", "her dog watches from under the bed"; 帽子上有一条鱼的女人.
Each rule takes the tokens and gives tokens.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.bond import is_worn
from pingxing.engine.backends.scene.company import has, is_beast, living, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.words import Kind, Meaning, said, verbs

ADVERBIAL: tuple[Kind, ...] = ("relation", "ignore", "background", "pronoun", "place", "time")
FEW = 6
NAMED = frozenset({"one", "the other", "another", "it", "he", "she", "who", "which"})
GIVEN = frozenset({"with", "has", "have", "having", "有", "长着", "有着", "一身"})
CLAUSE_LENGTH = 16  # tokens; longer clauses before a noun are not written


def doing(tokens: list[Token]) -> list[Token]:
    """Building, painting: what somebody does when something follows that it is done to, a thing otherwise."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if not token.chinese and token.has("thing") and not token.has("relation") and token.text in verbs():
            token = replace(token, meanings=(*token.meanings, Meaning("relation", verbs()[token.text])))  # plants
        if not token.chinese and token.has("thing") and token.has("relation") and token.text.endswith("ing"):
            doer = has(peek(tokens, index - 1), "be", "thing") and has(
                peek(tokens, index + 1), "number", "the", "thing"
            )
            out[index] = only(token, "relation" if doer else "thing")
        elif not token.chinese and token.has("thing") and token.has("relation") and " " not in token.text:
            before, after = peek(tokens, index - 1), peek(tokens, index + 1)
            agrees = before is not None and before.has("thing") and before.plural != token.text.endswith("s")
            done = after is not None and after.text in ("him", "her", "it", "them")
            told = before is not None and before.text in NAMED and token.text.endswith("s")  # "the other drinks tea"
            agrees = agrees or told
            doer = agrees and (done or has(after, "number", "the", "thing", "colour", "size", "times"))
            placed = has(after, *ADVERBIAL) and not has(after, "thing") and not done
            if agrees and before is not None and living(before) and (after is None or after.mark or placed):
                out[index] = replace(token, meanings=())  # "a crab watches (from under the bed)"
                continue
            many = token.plural or (token.text.endswith("s") and not token.text.endswith("ss"))
            out[index] = only(token, "relation") if doer else replace(only(token, "thing"), plural=many)
        elif _is_unknown_verb(tokens, index):
            # A verb nobody knows: what is done is done with the hands.
            out[index] = replace(token, meanings=(Meaning("relation", verbs().get(token.text, "holding")),))
    return out


def _is_unknown_verb(tokens: list[Token], index: int) -> bool:
    """Whether a word that nobody knows stands where only a verb can: "the girl waters the flowers"."""
    token, before, after = tokens[index], peek(tokens, index - 1), peek(tokens, index + 1)
    if token.chinese or token.meanings or token.mark or not token.text.isalpha():
        return False
    done = has(after, "number", "the", "thing") and not has(after, "not")
    doer = before is not None and not before.chinese and (before.has("be") or living(before))
    if not done or not doer or before is None:
        return False
    finite = token.text.endswith("s") and not token.text.endswith("ss") and before.has("thing") and not before.plural
    if token.text in verbs() and (finite or token.text.endswith("ing")):
        return True
    return has(after, "number", "the") and (finite or (token.text.endswith("ing") and len(token.text) > 5))


def topped(tokens: list[Token]) -> list[Token]:
    """帽子上有一条鱼的女人: she wears the hat, and the fish is on it."""
    for index, token in enumerate(tokens):
        have = peek(tokens, index + 2)
        clothing = token.chinese and is_worn(token.get("thing") or "") and has(peek(tokens, index + 1), "locative")
        if not clothing or not has(have, "have", "at"):
            continue
        what = _phrase_end(tokens, index + 3)
        of = peek(tokens, what) if what else None
        who = _phrase_end(tokens, what + 1) if of is not None and of.text == "的" else 0
        if not who or not living(tokens[who - 1]):
            continue
        end = next((i for i in range(who, len(tokens)) if tokens[i].mark), len(tokens))
        wears = replace(tokens[index + 1], text="戴着", meanings=(Meaning("verb", "wearing"),))
        comma = replace(token, text=",", meanings=(), mark=",")
        dressed = [*tokens[:index], wears, token, *tokens[what:end]]
        return [*dressed, comma, *tokens[index:what], *tokens[end:]]
    return tokens


def placed(tokens: list[Token]) -> list[Token]:
    """山的上方 is no more than 山上方."""
    kept = []
    for index, token in enumerate(tokens):
        where = index - 1 - (has(peek(tokens, index - 1), "locative") and _is_place(peek(tokens, index - 2)))
        before = peek(tokens, where - 1)
        if token.text == "的" and has(before, "at") and _is_place(peek(tokens, where)) and before is not None:
            end = _phrase_end(tokens, index + 1)
            if end and has(peek(tokens, end), "locative"):  # 在公园的大树下: in the park, under the tree
                kept.append(before)
                continue
            after = peek(tokens, end) if end else None
            if end and (after is None or after.mark or has(after, "ignore", "deed", "verb")):  # 站在雨中的公交站
                kept.append(before)
                continue
        of = token.text == "的" and has(peek(tokens, index + 1), "locative")
        if not (of and has(peek(tokens, index - 1), "background") and not has(peek(tokens, index - 1), "thing")):
            kept.append(token)
    return kept


def _is_place(token: Token | None) -> bool:
    return has(token, "background", "weather", "time") and not has(token, "thing")


def _phrase_end(tokens: list[Token], at: int) -> int:
    """Where the Chinese noun phrase ends that begins here; 0 where none does."""
    most = at + CLAUSE_LENGTH
    while at < min(most, len(tokens)) and not tokens[at].has("thing"):
        if not (has(tokens[at], "number", "measure", "colour", "size", "trait", "the") or tokens[at].text == "的"):
            return 0
        at += 1
    return at + 1 if has(peek(tokens, at), "thing") else 0


def only(token: Token, kind: Kind) -> Token:
    return replace(token, meanings=tuple(m for m in token.meanings if m.kind == kind))


def coated(tokens: list[Token]) -> list[Token]:
    """ "A cat with orange fur", 橙色羽毛的鸟: the animal is orange."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        coat = token.text in said("coats")
        at = len(out) - 1
        while coat and at > 0 and not has(out[at], "colour") and _describes_only(out[at]):
            at -= 1
        paint = peek(out, at) if coat else None
        if paint is None or not paint.has("colour"):
            out.append(token)
            continue
        given = peek(out, at - 1)
        owner = next((t for t in reversed(out[: max(0, at - 1)]) if t.has("thing")), None)
        of = peek(tokens, index + 1)
        if token.chinese and of is not None and of.text == "的":
            continue
        if given is not None and given.text in GIVEN and owner is not None and is_beast(owner):
            out[at - 1] = replace(given, text="is", meanings=(Meaning("be", ""),))
            del out[at + 1 :]
            out[at] = only(paint, "colour")
            continue
        out.append(token)
    return out


def _describes_only(token: Token) -> bool:
    return has(token, "ignore", "trait", "size") or token.text == "的"


def costumed(tokens: list[Token]) -> list[Token]:
    """ "Three kids dressed as ghosts": three ghosts; "a cat dressed as a pirate" is a cat."""
    for index, token in enumerate(tokens):
        as_ = peek(tokens, index + 1)
        up = as_ is not None and as_.text == "up"
        as_ = peek(tokens, index + 2) if up else as_
        if token.text not in said("dressed") or as_ is None or as_.text not in ("as", "成", "成了"):
            continue
        first = index + 2 + up
        if (behind := _costume_zh(tokens, index, first)) is not None:
            return behind
        doer = next((i for i in range(index - 1, -1, -1) if tokens[i].has("thing") or tokens[i].mark), -1)
        if doer < 0 or not living(tokens[doer]):
            continue
        start = doer
        while start and has(tokens[start - 1], "number", "measure", "times", "trait", "size", "the"):
            start -= 1
        if is_beast(tokens[doer]):
            end = first
            while end < len(tokens) and not tokens[end].has("thing") and not tokens[end].mark:
                end += 1
            return [*tokens[:index], *tokens[end + 1 :]]
        number = next((t for t in tokens[start:doer] if t.has("number") and t.get("number") != "1"), None)
        listed = any(t.has("and") or t.mark for t in tokens[first : first + FEW])
        head = [number] if number is not None and not listed and not has(peek(tokens, first), "number") else []
        return [*tokens[:start], *head, *tokens[first:]]
    return tokens


def _costume_zh(tokens: list[Token], index: int, first: int) -> list[Token] | None:
    """打扮成巫师的猫 is a cat, 打扮成幽灵的孩子 a ghost; None where nobody follows."""
    at = first
    while at < len(tokens) and at < first + FEW and not tokens[at].has("thing") and not tokens[at].mark:
        at += 1
    of = peek(tokens, at + 1)
    if not tokens[index].chinese or not has(peek(tokens, at), "thing") or of is None or of.text != "的":
        return None
    who = at + 2
    while has(peek(tokens, who), "size", "trait", "colour", "number", "measure") and not has(
        peek(tokens, who), "thing"
    ):
        who += 1
    noun = peek(tokens, who)
    if noun is None or not living(noun):
        return None
    if is_beast(noun):
        return [*tokens[:index], *tokens[at + 2 :]]
    return [*tokens[:index], tokens[at], *tokens[who + 1 :]]


def became(tokens: list[Token]) -> list[Token]:
    """ "The leaves have turned red", 树叶变红了: they are red, as is a gift wrapped in red paper."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        if token.text == "wrapped" and (paper := _wrapping(tokens, index + 1)):
            paint = next((t for t in tokens[index:paper] if t.has("colour")), None)
            if paint is not None and out:
                out += [replace(token, text="is", meanings=(Meaning("be", ""),)), only(paint, "colour")]
            skip = paper
            continue
        if token.text in said("became") and has(peek(tokens, index + 1), "colour") and out:
            while out and has(out[-1], "have", "be"):
                out.pop()
            token = replace(token, meanings=(Meaning("be", ""),))
        out.append(token)
    return out


def striped(tokens: list[Token]) -> list[Token]:
    """ "An orange and white cat": no orange beside it."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        joint, other = peek(tokens, index + 1), peek(tokens, index + 2)
        fruit = token.has("colour") and token.has("thing") and not token.plural
        if fruit and has(joint, "and") and other is not None and other.has("colour") and not other.has("thing"):
            noun = next((t for t in tokens[index + 3 : index + 6] if t.has("thing")), None)
            if noun is not None and not noun.mark:
                out[index] = only(token, "colour")
    return out


def _wrapping(tokens: list[Token], at: int) -> int:
    """Where the paper stands of "(wrapped) in red paper"; 0 where nothing of the kind is said."""
    joint = peek(tokens, at)
    if joint is None or joint.text not in ("in", "with"):
        return 0
    papers = ("paper", "wrapping paper", "foil", "brown paper", "gold foil")
    return next((i for i in range(at + 1, min(at + FEW, len(tokens))) if tokens[i].text.endswith(papers)), 0)
