"""Where a Chinese scene takes place, where more than one word says so.

古镇的小河上 is on the river, as "on the river of an old town" is: what stands last is meant. 开满玫瑰的花园里,新娘 says
what is in the garden and then begins anew: 花园里开满玫瑰,新娘. 提着装满苹果的篮子 is to carry
a basket and not apples. All rules are linear in the number of tokens.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.company import has, is_beast, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import Kind, Meaning

ABOVE = frozenset({"sky", "space", "plain", "table", "snow", "stage"})
FULL = ("满", "满了")
DESCRIBES: tuple[Kind, ...] = ("colour", "size", "trait", "shade", "ignore", "number", "measure")
ON = frozenset("堆摆放挂铺")
LADEN = frozenset({"装着", "装了", "盛了", "盛着", "放着", "摆着", "放了", "摆了"})
FAR = 8  # tokens from the verb to the setting


def grounds(tokens: list[Token]) -> list[Token]:
    """All rules."""
    return _nearest(_filled(_loaded(_sweet(tokens))))


def _is_setting(token: Token | None) -> bool:
    return has(token, "background") and not has(token, "thing") and token is not None and token.chinese


def _nearest(tokens: list[Token]) -> list[Token]:
    """The tokens without a setting that only says of which larger one the next is a part: 森林里的湖边."""
    out: list[Token] = []
    for token in tokens:
        at = len(out) - 1
        if _is_setting(token) and at > 0 and out[at].text == "的" and token.get("background") not in ABOVE:
            at -= 1
            while at > 0 and has(out[at], "locative") and not _is_setting(out[at]):
                at -= 1
            if _is_setting(out[at]) and out[at].get("background") not in ABOVE:
                del out[at:]
        out.append(token)
    return out


def _sweet(tokens: list[Token]) -> list[Token]:
    """一只巧克力兔子 is a rabbit, 彩虹独角兽 a unicorn: what stands right before an animal says of what kind it is."""
    out: list[Token] = []
    for token in tokens:
        before, first = (out[-1] if out else None), (out[-2] if len(out) > 1 else None)
        near = before is not None and token.chinese and before.end == token.start and is_beast(token)
        kind = traits((before.get("thing") or "") if before is not None else "")
        begins = first is None or bool(first.mark) or has(first, "measure", "size")
        if near and begins and before is not None and (kind.subgroup == "food-sweet" or before.text == "彩虹"):
            out.pop()
        out.append(token)
    return out


def _loaded(tokens: list[Token]) -> list[Token]:
    """The tokens with 提着装满苹果的篮子 as 提着, a basket, and what it is filled with."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        loads = token.chinese and (token.text.endswith(FULL) or token.text in LADEN) and len(token.text) > 1
        at = len(out) - 1
        while at >= 0 and has(out[at], "number", "measure"):
            at -= 1
        if loads and at >= 0 and has(out[at], "verb", "act") and not out[at].mark:
            of = next((i for i in range(index + 1, min(index + FAR, len(tokens))) if tokens[i].text == "的"), 0)
            end = of + 1
            while of and has(peek(tokens, end), *DESCRIBES) and not has(peek(tokens, end), "thing"):
                end += 1
            inside = tokens[index + 1 : of]
            what = inside[-1] if inside else None
            if of and has(peek(tokens, end), "thing") and not any(t.mark for t in inside):
                out += tokens[of + 1 : end + 1]
                if has(what, "thing"):
                    how = "on" if token.text[0] in ON else "inside"
                    out.append(replace(token, text="of", meanings=(Meaning("fill", how),)))
                    full = token.text.endswith(FULL)
                    out += [*inside[:-1], *(replace(t, plural=t.plural or full) for t in inside[-1:])]
                index = end + 1
                continue
        out.append(token)
        index += 1
    return out


def _filled(tokens: list[Token]) -> list[Token]:
    """The tokens with 开满玫瑰的花园里 as 花园里开满玫瑰 and a comma."""
    for index, token in enumerate(tokens):
        before = peek(tokens, index - 1)
        begins = before is None or before.mark or before.text == "在"
        if not (token.chinese and token.text.endswith(FULL) and len(token.text) > 1 and begins):
            continue
        of = next((i for i in range(index + 1, min(index + FAR, len(tokens))) if tokens[i].text == "的"), 0)
        while of and has(peek(tokens, of - 1), "colour", "trait", "size") and not has(peek(tokens, of - 1), "thing"):
            of = next((i for i in range(of + 1, min(index + FAR, len(tokens))) if tokens[i].text == "的"), 0)
        noun = peek(tokens, of - 1) if of else None
        at = of + 1
        while of and has(peek(tokens, at), *DESCRIBES) and not _is_setting(peek(tokens, at)):
            at += 1
        if not of or not has(noun, "thing", "company") or not _is_setting(peek(tokens, at)):
            continue
        end = at + 1
        while has(peek(tokens, end), "locative"):
            end += 1
        after = peek(tokens, end)
        comma = replace(tokens[of], text=",", meanings=(), mark=",")
        skip = end + (after is not None and after.mark == ",")
        front = tokens[: index - (before is not None and before.text == "在")]
        return [*front, *tokens[of + 1 : end], *tokens[index:of], comma, *_filled(tokens[skip:])]
    return tokens
