"""Which of several is which: "two dogs, a big one and a small one", "one sock is blue, the other red".

Each rule takes the tokens and gives tokens.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.company import AND, has, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.words import Kind, Meaning, said

DESCRIBING: tuple[Kind, ...] = ("size", "colour", "trait", "shade")
FEW, FAR = 6, 60  # tokens that are looked at ahead; tokens of a prompt in which "the other" is looked for
BETWEEN = frozenset({"with", ":", "of", "different", "colours", "colors", "sizes", "in"})
MOST_PARTS = 4


SIDES = frozenset({"left", "right", "middle"})
SIDES_ZH = frozenset({"左边", "右边", "中间", "左侧", "右侧"})


def noun_end(tokens: list[Token], at: int) -> int:
    """Where the noun phrase ends that begins here, counted to behind its noun; 0 where none begins."""
    most = at + FEW
    while at < most and has(peek(tokens, at), "number", "measure", "the", "gender", *DESCRIBING):
        if has(tokens[at], "thing"):
            break
        at += 1
    return at + 1 if has(peek(tokens, at), "thing") else 0


def others(tokens: list[Token]) -> list[Token]:
    """ "One sock is blue, the other is red": two socks, though no number says so."""
    for index, token in enumerate(tokens):
        if token.text not in said("other"):
            continue
        if index > FAR:
            break
        gap = _gap(tokens, index)
        if gap is not None:
            return [*tokens[: index + 1], gap, *tokens[index + 1 :]]
        before = [i for i in range(index) if tokens[i].has("thing")]
        numbers = [round(float(t.get("number") or 1)) for t in tokens[:index] if t.has("number")]
        following = peek(tokens, index + 1)
        at = index + 1 + (has(following, "measure") and not has(following, "thing"))
        first = next((i for i in range(before[0]) if tokens[i].has("number")), -1) if before else -1
        fresh = numbers and max(numbers) == 1 and first >= 0 and tokens[first].text in ("one", "一", "1", "其中一")
        if fresh and not has(peek(tokens, at), "thing", *DESCRIBING) and not tokens[before[0]].plural:
            one = replace(token, text="1", meanings=(Meaning("number", "1"),))
            noun = replace(tokens[before[0]], start=token.start, end=token.end)
            return [*tokens[:index], one, noun, *tokens[at:]]
    return tokens


def sides(tokens: list[Token]) -> list[Token]:
    """ "The left apple is red, the right one green", 左边的苹果是红的,右边的是绿的: two apples."""
    told = ""
    noun: Token | None = None
    many: set[str] = set()
    out: list[Token] = []
    for index, token in enumerate(tokens):
        before, first = peek(tokens, index - 1), peek(tokens, index - 2)
        of = before is not None and token.chinese and before.text == "的"
        side = first if of else before
        named = side is not None and side.text in (SIDES_ZH if token.chinese else SIDES)
        if token.has("thing"):
            if named and side is not None and token.text not in many and (token.chinese or has(first, "the")):
                told, noun = side.text, token
            elif token.plural or any(t.get("number") not in (None, "1") for t in tokens[max(0, index - FEW) : index]):
                many.add(token.text)
        elif noun is not None and named and side is not None and side.text != told and noun.text not in many:
            if token.text == "one" and not token.chinese:
                token = replace(noun, start=token.start, end=token.end)
            elif of and before is not None and has(token, "be", "at"):
                out.append(replace(noun, start=side.start, end=before.end))
        out.append(token)
    return out


def _gap(tokens: list[Token], index: int) -> Token | None:
    """The verb left out in "one wearing a scarf, the other a hat"; None where none is."""
    if tokens[index].chinese or not has(peek(tokens, index + 1), "number") or not noun_end(tokens, index + 1):
        return None
    for at in range(max(0, index - 12), index - 1):
        verb = peek(tokens, at + 1)
        if tokens[at].text in ("one", "one of them") and has(verb, "relation") and verb is not None:
            return verb if verb.text.endswith(("ing", "s", "with", "in")) else None
    return None


def sorted_out(tokens: list[Token]) -> list[Token]:
    """ "Two dogs, a big one and a small one", 一大一小两只狗: two noun phrases, each with what is said of it."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        parts, end = _listed(tokens, index)
        if len(parts) > 1:
            total = sum(count for count, _ in parts)
            noun, after = _group_ahead(tokens, end, total)
            if noun is not None:
                out += _spelled(parts, noun)
                index = after
                continue
            start, noun = _group_behind(out, total)
            if noun is not None and not _more(tokens, end):
                out = [*out[:start], *_spelled(parts, noun)]
                index = end
                continue
            if tokens[index].chinese and not _more(tokens, end):  # 两只猫坐在沙发上,一只黑色一只白色
                out += _with_commas(tokens[index:end])
                index = end
                continue
        out.append(tokens[index])
        index += 1
    return out


def _listed(tokens: list[Token], at: int) -> tuple[list[tuple[int, list[Token]]], int]:
    """The "one big, one small" that begins here, as numbers and what describes, and where it ends."""
    parts: list[tuple[int, list[Token]]] = []
    end = at
    while len(parts) < MOST_PARTS:
        here = end
        if parts:
            while here < len(tokens) and (tokens[here].mark == "," or tokens[here].has("and")):
                here += 1
        one = _one(tokens, here, coloured=any(t.has("colour") for _, said_ in parts for t in said_))
        if one is None:
            break
        parts.append(one[:2])
        end = one[2]
    return parts, end


def _one(tokens: list[Token], at: int, coloured: bool = False) -> tuple[int, list[Token], int] | None:
    """A number, what describes, "one" or 的 behind it; None where no such thing begins here."""
    number = peek(tokens, at)
    if not has(number, "number") or number is None:
        return None
    count = round(float(number.get("number") or 1))
    at += 1
    if number.chinese and has(peek(tokens, at), "measure") and not has(peek(tokens, at), *DESCRIBING):
        at += 1
    described = []
    while has(peek(tokens, at), *DESCRIBING):
        if tokens[at].has("thing"):  # "one orange": a colour, if others were told by theirs
            if not coloured or has(peek(tokens, at + 1), "thing", *DESCRIBING):
                break
            described.append(replace(tokens[at], meanings=tuple(m for m in tokens[at].meanings if m.kind == "colour")))
        else:
            described.append(tokens[at])
        at += 1
    if not described:
        return None
    ending = peek(tokens, at)
    if ending is not None and ending.text in ("one", "ones", "的"):
        at += 1
    return count, described, at


def _group_ahead(tokens: list[Token], at: int, total: int) -> tuple[Token | None, int]:
    """两只狗 or "two dogs" right behind the list; in Chinese the noun alone does."""
    here = at
    if peek(tokens, here) is not None and (tokens[here].mark == "," or tokens[here].text == "的"):
        here += 1
    number = peek(tokens, here)
    if has(number, "number") and number is not None and round(float(number.get("number") or 0)) == total:
        here += 1
        if has(peek(tokens, here), "measure"):
            here += 1
    elif here != at and tokens[at].text != "的":
        return None, at
    noun = peek(tokens, here)
    return (noun, here + 1) if noun is not None and noun.has("thing") else (None, at)


def _group_behind(before: list[Token], total: int) -> tuple[int, Token | None]:
    """Where the "two dogs," begins that ends here, and its noun."""
    at = len(before) - 1
    while at >= 0 and (before[at].mark == "," or has(before[at], "be") or before[at].text in BETWEEN):
        at -= 1
    noun = peek(before, at)
    if noun is None or not noun.has("thing"):
        return 0, None
    start = at
    while start > 0 and has(before[start - 1], "measure", *DESCRIBING):
        start -= 1
    number = peek(before, start - 1)
    if number is None or not number.has("number") or round(float(number.get("number") or 0)) != total:
        return 0, None
    described = [t for t in before[start:at] if has(t, *DESCRIBING)]
    return (start - 1, noun) if not described else (0, None)


def _with_commas(listed: list[Token]) -> list[Token]:
    """A comma before every number but the first, where nothing parts them."""
    out: list[Token] = []
    for token in listed:
        if out and token.has("number") and not out[-1].mark and not has(out[-1], "and", "number"):
            out.append(replace(token, text=",", meanings=(), mark=",", end=token.start))
        out.append(token)
    return out


def _more(tokens: list[Token], at: int) -> bool:
    """Whether what was described is a noun phrase of its own: "two dogs, one big cat"."""
    return has(peek(tokens, at), "thing", "relation", "verb", *DESCRIBING)


def _spelled(parts: list[tuple[int, list[Token]]], noun: Token) -> list[Token]:
    out: list[Token] = []
    for order, (count, described) in enumerate(parts):
        if order:
            out.append(replace(noun, text="和" if noun.chinese else "and", meanings=(AND,), plural=False))
        out.append(replace(described[0], text=str(count), meanings=(Meaning("number", str(count)),), plural=False))
        out += [*described, replace(noun, plural=count > 1)]
    return out
