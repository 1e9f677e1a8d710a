"""What somebody does, and where the words of a sentence stand for it: verbs nobody knows, and verbs left out.

"A robin hops along the fence" has no hops in it; of two robots "the tall one holds a wrench, the short one a torch".
Each rule takes the tokens and gives tokens; all of them run before the other turns of phrase. Linear in their number.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.company import has, living, peek
from pingxing.engine.backends.scene.read import MAX_NUMBER, Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.usage import BEFORE, FAR, WINDOW
from pingxing.engine.backends.scene.which import noun_end
from pingxing.engine.backends.scene.words import Meaning, concept_of

ALONG = frozenset({"along", "across", "about", "around", "away", "up", "down", "past", "over", "through", "by", "from"})
MADE_BY = frozenset({"画", "画出", "写", "做", "织"})
COLOURS_BEGIN = frozenset({"of", "颜色", "不", "不同"})
SIDES_ZH = frozenset({"两边", "两旁", "两侧", "左右", "左右两边", "左右两侧"})
ONESELF = frozenset({"himself", "herself", "itself", "themselves", "myself", "yourself", "ourselves"})
HANGS = frozenset({"hangs", "hang"})
TALL = frozenset({"高", "矮", "胖", "瘦", "高个", "矮个", "高个子", "矮个子", "年长", "年轻"})
BLOOMS = frozenset({"花", "花儿", "花朵"})
FLIES = frozenset({"flies a", "flies an", "fly a"})
LOOKS = ("look", "watch", "wav", "peek", "peer", "gaz", "star", "spy", "smil", "greet", "call", "sing")
KITE = concept_of("\N{KITE}")
STRINGS = frozenset({"string", "strings", "线", "风筝线", "绳子", "线绳"})
TOP, BOTTOM = frozenset({"上面", "上方", "上边"}), frozenset({"下面", "下方", "下边"})
HAVING = frozenset({"带", "带有", "带着", "有", "配", "镶", "印着", "印有", "画着", "绣着"})
PARTS = frozenset({"尾巴", "耳朵", "爪子", "肚子", "鼻子", "脸", "脚", "翅膀", "嘴巴", "背", "头"})


def conducted(tokens: list[Token]) -> list[Token]:
    """All rules, one after the other."""
    for rule in (_from_where, _inverted, _hops, _is_there, _to_oneself, _drawn_by, _of_colours,
                 _on_both_sides, _hangs, _tall_one, _gapped, _written, _blooming,
                 _above_below, _strings, _coloured_before, _part_is):  # fmt: skip
        tokens = rule(tokens)
    return tokens


def _from_where(tokens: list[Token]) -> list[Token]:
    """ "A kitten looks out from the window sill": it is on it, "from the balcony" there."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        end = noun_end(tokens, index + 1) if token.text == "from" else 0
        if not end or token.has("relation"):
            continue
        clause = tokens[max(0, index - FAR) : index]
        start = max((i + 1 for i, t in enumerate(clause) if t.mark or has(t, "and")), default=0)
        clause = clause[start:]
        looks = any(t.text.startswith(LOOKS) and not has(t, "thing") for t in clause)
        seen = any(has(t, "thing") and not living(t) for t in clause)
        if looks and any(map(living, clause)) and not seen and not living(tokens[end - 1]):
            on = tokens[end - 1].text.endswith(("sill", "ledge", "balcony", "roof", "wall", "branch"))
            beside = tokens[end - 1].get("thing") == WINDOW and not on
            relation = "on" if on else "next-to" if beside else "inside"
            out[index] = replace(token, meanings=(Meaning("relation", relation),))
    return out


def _inverted(tokens: list[Token]) -> list[Token]:
    """ "Behind them flies a red kite", "above the castle flies a dragon": there is one, and nobody flies it."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if token.text not in FLIES:
            continue
        start = index
        while start and not tokens[start - 1].mark and not has(tokens[start - 1], "and"):
            start -= 1
        first = tokens[start]
        place = first.has("pronoun") or (first.has("relation") and noun_end(tokens, start + 1) == index)
        if place and not first.text.endswith("ing"):
            out[index] = replace(token, meanings=(Meaning("have", ""),))
            one = replace(token, text="a", start=token.end - 1, meanings=(Meaning("number", "1"),))
            return [*out[: index + 1], one, *_inverted(tokens[index + 1 :])]
    return out


def _hops(tokens: list[Token]) -> list[Token]:
    """ "A robin hops along the fence": what nobody knows, in -s behind one who lives, is what that one does."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        before, after = peek(tokens, index - 1), peek(tokens, index + 1)
        verb = not token.chinese and not token.meanings and not token.mark and token.text.endswith("s")
        does = verb and living(before) and before is not None and not before.plural and not before.text.endswith("'s")
        goes_on = after is None or bool(after.mark) or has(after, "relation", "and", "place", "pronoun")
        if does and token.text[-2:] != "ss" and (goes_on or (after is not None and after.text in ALONG)):
            out[index] = replace(token, meanings=(Meaning("ignore", ""),))
    return out


def _drawn_by(tokens: list[Token]) -> list[Token]:
    """一张孩子画的太阳: a sun, and no child beside it."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        drew, of = peek(tokens, index + 1), peek(tokens, index + 2)
        drawn = drew is not None and drew.text in MADE_BY and of is not None and of.text == "的"
        if (
            drawn
            and living(token)
            and has(peek(tokens, index - 1), "measure")
            and has(peek(tokens, index + 3), "thing")
        ):
            skip = index + 2
            continue
        out.append(token)
    return out


def _of_colours(tokens: list[Token]) -> list[Token]:
    """ "Three balloons of different colours: red, yellow and blue": what follows says which."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        if token.text not in COLOURS_BEGIN:
            out.append(token)
            continue
        words = [t.text for t in tokens[index : index + 4]]
        listed = any(
            t.mark and has(peek(tokens, at + 1), "colour") for at, t in enumerate(tokens[index : index + FAR], index)
        )
        if listed and words[0] == "of" and words[2:3] in (["colours"], ["colors"]):
            skip = index + 2
            continue
        if listed and words[:4] in (["颜色", "不", "同", "的"], ["不", "同", "颜色", "的"]):
            skip = index + 3
            continue
        if listed and words[:3] in (["颜色", "不同", "的"], ["不同", "颜色", "的"]):
            skip = index + 2
            continue
        out.append(token)
    return out


def _on_both_sides(tokens: list[Token]) -> list[Token]:
    """两边各有一个花篮: one on each side makes two."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        each, number = peek(tokens, index + 1), peek(tokens, index + 2)
        first = index == 0 or bool(tokens[index - 1].mark)
        if not (first and token.text in SIDES_ZH and each is not None and each.has("each") and number is not None):
            continue
        if (count := number.get("number")) is not None and int(count) * 2 <= MAX_NUMBER:
            out[index] = replace(token, meanings=(Meaning("ignore", ""),))
            out[index + 1] = replace(each, meanings=(Meaning("have", ""),))
            out[index + 2] = replace(number, meanings=(Meaning("number", str(int(count) * 2)),))
    return out


def _is_there(tokens: list[Token]) -> list[Token]:
    """左边是蓝房子: there is one; 左边的是蓝的 says which of them is blue."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if token.text != "是" or not index or not has(tokens[index - 1], "place"):
            continue
        at = index + 1
        while has(peek(tokens, at), "colour", "size", "trait", "shade") or (
            at < len(tokens) and tokens[at].text == "的"
        ):
            at += 1
        if at > index + 1 and has(peek(tokens, at), "thing"):
            out[index] = replace(token, meanings=(Meaning("have", ""),))
    return out


def _to_oneself(tokens: list[Token]) -> list[Token]:
    """ "The owner fans himself with a newspaper": no fans."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        after = peek(tokens, index + 1)
        if index <= skip:
            continue
        if has(token, "thing") and after is not None and after.text in ONESELF and out and not out[-1].mark:
            skip = index + 1
            continue
        out.append(token)
    return out


def _hangs(tokens: list[Token]) -> list[Token]:
    """ "His wife hangs towels on the line": she has them in her hands."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        before = peek(tokens, index - 1)
        if token.text not in HANGS or not living(before) or before is None or before.plural == token.text.endswith("s"):
            continue
        at = index + 1
        while has(peek(tokens, at), *BEFORE, "and") and not has(tokens[at], "thing"):
            at += 1
        what = peek(tokens, at)
        if at > index and what is not None and what.has("thing") and not living(what):
            out[index] = replace(token, meanings=(Meaning("relation", "holding"),))
    return out


def _tall_one(tokens: list[Token]) -> list[Token]:
    """两个机器人…,高的拿着扳手,矮的拿着手电筒: one of them each."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        begins = bool(out) and bool(out[-1].mark)
        of, verb = peek(tokens, index + 1), peek(tokens, index + 2)
        told = (
            begins and token.chinese and of is not None and of.text == "的" and has(verb, "verb", "at", "act", "have")
        )
        if told and (token.text in TALL or token.has("size")):
            out.append(replace(token, meanings=(Meaning("number", "1"),)))
            if token.has("size"):
                out.append(token)
            skip = index + 1
            continue
        out.append(token)
    return out


def _gapped(tokens: list[Token]) -> list[Token]:
    """ "The tall one holds a wrench, the short one a flashlight": what the first does the second does."""
    out: list[Token] = []
    verb: Token | None = None
    for index, token in enumerate(tokens):
        out.append(token)
        if token.chinese or token.text != "one":
            continue
        after = peek(tokens, index + 1)
        if after is not None and after.has("relation") and after.text.partition(" ")[0].endswith(("s", "ing")):
            verb = after
        elif verb is not None and has(after, "number") and noun_end(tokens, index + 1):
            out.append(replace(verb, start=token.end, end=token.end))
    return out


def _written(tokens: list[Token]) -> list[Token]:
    """ "Skull Island" written at the top, 上方写着“骷髅岛”的藏宝图: where the words stand, and not the map."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        before, after = out[-1] if out else None, peek(tokens, index + 1)
        if has(token, "place") and before is not None and before.text in ("written", "printed"):
            continue
        gap = after is not None and after.text == "的" and after.start - token.end > 3  # the blank of an inscription
        if token.chinese and has(token, "place") and gap:
            skip = index + 1
            continue
        out.append(token)
    return out


def _blooming(tokens: list[Token]) -> list[Token]:
    """樱花树开着花: a tree in bloom, and nobody drives a flower."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        flowers = peek(tokens, index + 1)
        plant = bool(out) and traits(out[-1].get("thing") or "").subgroup.startswith("plant")
        if token.text == "开着" and has(token, "verb") and _flowers(tokens, index + 1):  # 桃树开着粉色的花
            token = replace(token, meanings=tuple(m for m in token.meanings if m.kind == "have"))
        if (
            token.text in ("开着", "开了", "开满了", "开满")
            and plant
            and flowers is not None
            and flowers.text in BLOOMS
        ):
            skip = index + 1
            continue
        out.append(token)
    return out


def _flowers(tokens: list[Token], at: int) -> bool:
    """Whether flowers are named there, behind what describes them."""
    while (token := peek(tokens, at)) is not None and (has(token, *BEFORE) or token.text == "的"):
        at += 1
    return token is not None and traits(token.get("thing") or "").subgroup == "plant-flower"


def _above_below(tokens: list[Token]) -> list[Token]:
    """上面是风筝,下面是男孩, where nothing was named before: the top and the bottom of the picture."""
    out = list(tokens)
    opened = False
    for index, token in enumerate(tokens):
        after = peek(tokens, index + 1)
        says = has(after, "be", "have")
        if index == 0 and token.text in TOP and says and has(token, "locative", "place"):
            opened = any(t.mark and (nxt := peek(tokens, i + 1)) and nxt.text in BOTTOM for i, t in enumerate(tokens))
            if opened:
                out[0] = replace(token, meanings=(Meaning("place", "top"),))
        elif opened and token.text in BOTTOM and tokens[index - 1].mark and says:
            out[index] = replace(token, meanings=(Meaning("place", "bottom"),))
    return out


def _strings(tokens: list[Token]) -> list[Token]:
    """ "A boy holding the string of a kite", 牵着风筝线: every kite has one."""
    if not any(t.get("thing") == KITE for t in tokens):
        return tokens
    return [
        replace(t, meanings=(Meaning("ignore", ""),)) if t.text in STRINGS and t.has("thing") else t for t in tokens
    ]


def _coloured_before(tokens: list[Token]) -> list[Token]:
    """天蓝色带白点的花瓶: the vase is blue, though a clause stands between."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        verb = peek(tokens, index + 1)
        if not (token.chinese and token.has("colour") and not token.has("thing")) or verb is None:
            continue
        if verb.text not in HAVING or index + 1 >= len(tokens):
            continue
        of = next((i for i in range(index + 2, min(index + FAR, len(tokens))) if tokens[i].text == "的"), 0)
        if of and not any(t.mark for t in tokens[index:of]) and noun_end(tokens, of + 1):
            colour = replace(token, meanings=tuple(m for m in token.meanings if m.kind == "colour"))
            return [*out[:index], *out[index + 1 : of + 1], colour, *_coloured_before(tokens[of + 1 :])]
    return out


def _part_is(tokens: list[Token]) -> list[Token]:
    """尾巴尖是白色的狐狸: so is its tail, and not the fox."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        at = index + 1
        if token.text in PARTS:
            tip = peek(tokens, at)
            at += tip is not None and tip.text in ("尖", "梢", "尖端")
            be, paint, of = peek(tokens, at), peek(tokens, at + 1), peek(tokens, at + 2)
            said = has(be, "be") and has(paint, "colour") and of is not None and of.text == "的"
            end = noun_end(tokens, at + 3) if said else 0
            if end and living(tokens[end - 1]):
                skip = at + 2
                continue
        out.append(token)
    return out
