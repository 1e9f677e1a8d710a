"""Where an English sentence begins a new statement without a comma: "a cat sleeps and a dog lies under the bed".

Whatever joins two statements becomes a comma, so that the reader begins anew; what joins two nouns stays. "And" begins
a statement where one has been made and another follows: a noun with a verb that agrees with it, "there is", or a word
of place in front ("and behind them stands a barn").
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from pingxing.engine.backends.scene.company import AND, has, living, peek
from pingxing.engine.backends.scene.nested import nested
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.words import Kind, Meaning

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
PREPOSITIONS = frozenset({
    "in", "on", "with", "under", "over", "at", "near", "behind", "above", "below", "between", "among", "around",
    "inside", "within", "by", "next", "beside", "beneath", "underneath", "before", "outside", "against", "atop", "onto",
    "into", "along", "round", "through", "to", "left", "right", "close", "alongside", "upon", "amid",
    "opposite", "full", "topped",
    "covered", "filled", "surrounded", "tied", "of", "for", "from", "across", "past",
})  # fmt: skip
ADVERBS = {
    "below": "below", "above": "above", "behind": "behind", "in front": "in-front-of", "beside": "next-to",
    "inside": "", "outside": "", "opposite": "", "nearby": "",
}  # fmt: skip
WHOSE = {"its": "it", "his": "him", "her": "her", "their": "them"}
LIMBS = frozenset({
    "arm", "arms", "shoulder", "shoulders", "back", "head", "heads", "lap", "nose", "tail", "knee", "knees", "hand",
    "wing", "finger", "horn", "horns", "trunk", "antlers", "leg", "foot", "feet", "belly",
    "neck", "paw", "shell", "hump",
})  # fmt: skip
CLAUSE = 60  # tokens of a statement that are looked at: no work grows with a sentence without an end
DESCRIBING: tuple[Kind, ...] = ("size", "colour", "trait", "place", "ignore")
PRONOUNS = frozenset({"it", "he", "she", "they", "who", "which", "that"})
GOVERNING = frozenset({"with", "wearing", "holding", "in", "looking-at", "~inside", "~on", "inside"})
HAVING = frozenset({"with", "wearing", "holding", "in"})
MOST_LISTED = 8
LONGEST, FAR = 7, 10  # tokens of a noun phrase; from its noun to its verb


def parted(tokens: list[Token]) -> list[Token]:
    """The tokens with a comma wherever another statement begins, and none inside a list; linear in their number."""
    return _statements(_having(_lists(_limbs(_adverbs(nested(tokens))))))


def _adverbs(tokens: list[Token]) -> list[Token]:
    """ "..., below a knight offers a rose": below what was named, and not below the knight."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        before, article = peek(tokens, index - 1), peek(tokens, index + 1)
        begins = before is None or before.mark or before.has("and")
        if token.chinese or token.text not in ADVERBS or not begins or article is None or article.has("the"):
            continue
        end = _noun_end(tokens, index + 1)
        verb = peek(tokens, end) if end and article.has("number") else None
        if verb is None or not (_is_finite(verb) or (not verb.meanings and _ends_in_s(verb))):
            continue
        stands = verb.has("have") or verb.has("be")
        if stands and _noun_end(tokens, end + 1):  # "behind a house stands a tree"
            continue
        relation = ADVERBS[token.text]
        if relation:
            out[index] = replace(token, text=f"{token.text} it", meanings=(Meaning("pronoun", relation),))
        else:
            out[index] = replace(token, meanings=(Meaning("ignore", ""),))
    return out


# --- lists -------------------------------------------------------------------------------------------


def _lists(tokens: list[Token]) -> list[Token]:
    """ "With a scarf, a hat and gloves": the commas of a list join, as its "and" does."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if token.mark == "," and token.text == "," and _lists_from(tokens, index) and _governed(out[:index][-FAR:]):
            out[index] = replace(token, text="and", mark="", meanings=(AND,))
    return out


def _lists_from(tokens: list[Token], at: int) -> bool:
    """Whether nouns follow the comma at `at`, with the last of them after "and" and no verb that all of them do."""
    for _ in range(MOST_LISTED):
        end = _noun_end(tokens, at + 1)
        while end and has(peek(tokens, end), "fill"):  # "a basket of apples"
            end = _noun_end(tokens, end + 1)
        after = peek(tokens, end) if end else None
        if after is None:
            return False
        joint = end + (after.mark == "," and has(peek(tokens, end + 1), "and"))
        if has(peek(tokens, joint), "and") and not tokens[joint].chinese:
            last = _noun_end(tokens, joint + 1)
            return bool(last) and not _does(peek(tokens, last))
        if after.mark != ",":
            return False
        at = end
    return False


def _does(token: Token | None) -> bool:
    """Whether the nouns just named do something: "a dog and a bird play", not "(she in) a hat and a scarf stands"."""
    if token is None or token.mark or token.chinese:
        return False
    return (
        token.text in MANY or _base(token) or (token.has("relation") and token.text.partition(" ")[0].endswith("ing"))
    )


def _governed(before: list[Token]) -> bool:
    """Whether the nouns before a comma are what somebody has, wears or holds, or what there is."""
    for token in reversed(before):
        if token.mark or token.chinese:
            return False
        if token.has("have"):
            return True
        if token.has("relation"):
            return token.get("relation") in GOVERNING
    return False


def _having(tokens: list[Token]) -> list[Token]:
    """ "The snowman has a green scarf": he is with it."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        before = peek(tokens, index - 1)
        somebody = before is not None and (living(before) or before.text in PRONOUNS)
        given = has(peek(tokens, index + 1), "number", "the") or _noun_end(tokens, index + 1) > 0
        if token.text in ("has", "have") and token.has("have") and somebody and given:
            out[index] = replace(token, meanings=(Meaning("relation", "with"),))
    return out


def _limbs(tokens: list[Token]) -> list[Token]:
    """ "Sits on its arm", "on her left shoulder", "on the pirate's left shoulder": on it, on her, on the pirate."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        if token.get("relation") == "on" and (end := _limb_of(tokens, index + 1)) is not None:
            out.append(token)
            skip = end
            continue
        if token.text.endswith("'s") and living(token) and out and _on(out) and (end := _limb(tokens, index + 1)):
            token, skip = replace(token, text=token.text.removesuffix("'s")), end
        whose = peek(tokens, index + 1)
        if token.get("relation") == "on" and whose is not None and whose.text in WHOSE:
            at = index + 2
            while has(peek(tokens, at), *DESCRIBING) and not has(peek(tokens, at), "thing"):
                at += 1
            limb = peek(tokens, at)
            if limb is not None and limb.text in LIMBS and not has(peek(tokens, at + 1), "thing", "of"):
                token = replace(token, text=f"on {WHOSE[whose.text]}", meanings=(Meaning("pronoun", "on"),))
                skip = at
        out.append(token)
    return out


def _on(before: list[Token]) -> bool:
    """Whether the last word is "on", or "on the"."""
    return before[-1].get("relation") == "on" or (
        has(before[-1], "the", "number") and len(before) > 1 and before[-2].get("relation") == "on"
    )


def _limb(tokens: list[Token], at: int) -> int | None:
    """Where a limb is named from `at` on, behind what describes it, and nothing that it is a part of."""
    while has(peek(tokens, at), *DESCRIBING) and tokens[at].text not in LIMBS and not has(tokens[at], "thing"):
        at += 1
    limb = peek(tokens, at)
    named = limb is not None and limb.text in LIMBS and not has(peek(tokens, at + 1), "thing", "of")
    return at if named else None


def _limb_of(tokens: list[Token], at: int) -> int | None:
    """ "On the right shoulder of the pirate": where its "of" stands."""
    if not has(peek(tokens, at), "the"):
        return None
    at += 1
    while has(peek(tokens, at), "place", "ignore") and tokens[at].text not in LIMBS:
        at += 1
    limb, of = peek(tokens, at), peek(tokens, at + 1)
    if limb is None or limb.text not in LIMBS or of is None or not of.has("of"):
        return None
    whose = at + 2
    while has(peek(tokens, whose), "the", "number", *DESCRIBING) and not has(tokens[whose], "thing"):
        whose += 1
    return at + 1 if living(peek(tokens, whose)) else None


# --- statements --------------------------------------------------------------------------------------


def _statements(tokens: list[Token]) -> list[Token]:
    """A comma wherever another statement begins."""
    out: list[Token] = []
    start = 0
    for index, token in enumerate(tokens):
        if not token.chinese and not token.mark and len(out) > start:
            clause = out[max(start, len(out) - CLAUSE) :]
            joint = token.text in ALWAYS
            may = token.has("and") or token.text in JOINTS
            if not joint and may and _begins(tokens, index + 1, True):  # what costs little first
                finite = _is_stated(clause)
                joint = (finite or any(map(_states, clause))) and _begins(tokens, index + 1, finite)
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
    end = _noun_end(tokens, at) or _place_end(tokens, at)
    if end < at + 2 and not (end and tokens[at].plural):
        return False  # "a scarf and sunglasses stands"
    verb = _verb(tokens, end, tokens[end - 1].plural) or _behind_with(tokens, end)
    return verb is not None and (finite or verb.text not in MANY)


def _behind_with(tokens: list[Token], at: int) -> Token | None:
    """The plain verb of several behind what they have: "three fairies with golden wands fly"; None elsewhere."""
    given = peek(tokens, at)
    end = _noun_end(tokens, at + 1) if given is not None and given.get("relation") in HAVING else 0
    verb = peek(tokens, end) if end and tokens[at - 1].plural else None
    return verb if verb is not None and (_base(verb) or verb.text in MANY) else None


def _noun_end(tokens: list[Token], at: int) -> int:
    start = at
    while at < start + LONGEST and (token := peek(tokens, at)) is not None and not token.mark:
        if has(token, "thing") and not has(peek(tokens, at + 1), "thing"):
            return at + 1
        if not has(token, "thing", *NOUN_PHRASE) and (token.meanings or at == start):
            return 0
        at += 1
    return 0


def _place_end(tokens: list[Token], at: int) -> int:
    """Where "the northern lights", "the sky" ends that begins here; 0 where no such thing does."""
    while has(peek(tokens, at), "the", "number", "colour", "trait", "size"):
        at += 1
    return at + 1 if has(peek(tokens, at), "touch", "background") and not has(peek(tokens, at), "thing") else 0


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
    plain = token.has("relation") and len(token.text.split()) < 3 and token.text.split()[0] not in PREPOSITIONS
    return (plain and not _acts(token)) or (token.has("have") and not _ends_in_s(token) and token.text != "with")


def _is_stated(clause: list[Token]) -> bool:
    """Whether the clause has a finite verb: "a dog sleeps", "two stars shine"."""
    plain = (after for before, after in pairwise(clause) if before.has("thing") and before.plural)
    single = (
        not after.has("thing") and not after.mark and _ends_in_s(after)
        for before, after in pairwise(clause)
        if living(before) and not before.plural
    )  # "a walrus claps"
    return any(map(_is_finite, clause)) or any(map(_base, plain)) or any(single)


def _states(token: Token) -> bool:
    """Whether it says what somebody or something does or is."""
    return _is_finite(token) or _acts(token) or (token.has("trait") and token.text.endswith(("ing", "eps")))


def _ends_in_s(token: Token) -> bool:
    first = token.text.partition(" ")[0]
    return first.endswith("s") and not first.endswith("ss") and first not in NO_VERBS and not token.chinese
