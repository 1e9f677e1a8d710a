"""Nouns that only describe the noun behind them, and lists that only say again what a word before them meant.

薰衣草香皂 is soap, 小熊饼干 a biscuit; "a bus full of animals: a lion and a bear" has the lion and the bear in it;
"a family of ducks: one mother and five ducklings" is six ducks. Each rule takes the tokens and gives tokens.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from pingxing.engine.backends.scene.bond import is_person, is_vessel, lives
from pingxing.engine.backends.scene.company import has, living, peek
from pingxing.engine.backends.scene.people import plain
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import Kind, Meaning, concept_of, lexicon, said

MEASURES, LOADS, LOAD = frozenset("球车桌船盆锅勺缸箱屋壶筐篮"), frozenset("车桌船屋筐"), "7"
KINSFOLK = frozenset({"family", "一家", "一家人", "一家子", "一家几口"})
FORMS = frozenset("形状") | {"形状", "造型", "形的", "形状的"}
KINDRED = frozenset({"男孩", "女孩", "孩子", "小孩", "男人", "女人", "人"})
# What is drunk, and what it is drunk from.
GLASSES = {
    concept_of(drink): concept_of(glass)
    for drink, glass in ("🍷🍷", "🍾🥂", "🥂🥂", "🍺🍺", "🥛🥛", "🥃🥃", "🧃🥛", "🫗🥛")
}
POT, COOKING = concept_of("🪴"), frozenset({"cooking", "boiling", "stirring", "stove", "soup", "kitchen"})
FISH, FISHBOWL = frozenset(map(concept_of, "🐟🐠")), "E006"
GIVEN, THERE = frozenset({"with"}), frozenset({"there is", "there are", "there's", "has", "have"})
SERVED = frozenset({"tray", "waiter", "waitress", "bartender", "bottle", "bottles", "jug", "pitcher", "pouring"})
LISTED, LEAST, INSIDE = "listed", 3, Meaning("fill", "inside")
MEMBERS = 8  # tokens in which the members of a group are named
LIST_BEGINS: tuple[Kind, ...] = ("number", "thing", "the", "colour", "size", "trait", "measure")
DESCRIBES = ("animal", "plant", "food", "sky")  # what a thing made by people may be shaped like or taste of
MADE = ("clothing", "household", "other-object", "game", "office", "light", "light-video", "arts-crafts",
        "food-sweet", "food-prepared", "drink", "event", "hotel", "phone", "computer", "book-paper")  # fmt: skip
# Not seen in Chinese as the second half of such words.
WHOLE_WORDS = frozenset({"星星", "月亮", "太阳"})


def headed(tokens: list[Token]) -> list[Token]:
    """All rules, one after the other; linear in the number of tokens."""
    return _listed(_once(_described(_measured(_shaped(_own(_glasses(tokens)))))))


def _once(tokens: list[Token]) -> list[Token]:
    """ "Turtle race: three turtles": what stands before the colon is said again behind it, with its number."""
    colon = next((i for i, t in enumerate(tokens) if t.text in (":", "：")), 0)
    before = [t for t in tokens[:colon] if t.has("thing")]
    if len(before) != 1 or any(t.mark or t.has("number") for t in tokens[:colon]):
        return tokens
    at = colon + 1
    counted = has(peek(tokens, at), "number")
    while has(peek(tokens, at), "number", "measure", "size", "colour"):
        at += 1
    again = peek(tokens, at)
    same = again is not None and again.has("thing") and again.get("thing") == before[0].get("thing")
    return [t for t in tokens if t is not before[0]] if counted and same else tokens


def _shaped(tokens: list[Token]) -> list[Token]:
    """ "A kite shaped like a fish", 鱼形风筝, "a house made of candy": one thing, whatever it is like or made of."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        if token.text in said("shaped") and not token.chinese and has(peek(out, len(out) - 1), "thing", "ignore"):
            at = index + 1
            while has(peek(tokens, at), "number", "the", "size", "colour") and not has(peek(tokens, at), "thing"):
                at += 1
            like = peek(tokens, at)
            if has(like, "thing") and like is not None and not has(like, "trait"):
                skip = at
                continue
        of = peek(tokens, index + 2)
        made = peek(tokens, index + 1)
        if token.chinese and token.has("thing") and made is not None and made.text in said("shaped"):
            linked = of is not None and of.text == "的"
            noun = peek(tokens, index + 3) if linked else of
            if (linked or made.text in FORMS) and has(noun, "thing") and not has(token, "trait"):
                skip = index + 1 + (noun is not of)
                continue
        out.append(token)
    return out


def _own(tokens: list[Token]) -> list[Token]:
    """ "Brushing its teeth" asks for no teeth beside it, "a round tray" for nothing around a tray."""
    out: list[Token] = []
    for token in tokens:
        before = out[-1] if out else None
        part = traits(token.get("thing") or "").subgroup == "body-parts" if token.has("thing") else False
        if part and before is not None and before.text in ("its", "his", "her", "their"):
            out.pop()
            continue
        does = token.has("relation")  # "hands" what was to be handed over
        limb = not does and token.text in said("body parts") and before is not None and before.has("thing")
        of = before is not None and before.end + (not token.chinese) == token.start
        if limb and of and before is not None and (any(t.text == "with" for t in out[-4:]) or not living(before)):
            out.pop()  # "with cat ears", 彩虹鬃毛: what the ears are like
            if token.chinese or not any(t.text == "with" for t in out[-3:]):
                continue
        housed = token.text in ("chimney", "chimneys", "烟囱") and token.has("missing")
        if housed and any(traits(t.get("thing") or "").subgroup == "place-building" for t in out if t.has("thing")):
            continue  # the chimney of the house that is there
        if token.text == "round" and has(before, "number", "the", "colour", "size"):
            continue
        out.append(token)
    return out


def _glasses(tokens: list[Token]) -> list[Token]:
    """ "A bottle of wine and two glasses": glasses to drink from; "a cactus in a pot": no pan."""
    out: list[Token] = []
    for token in tokens:
        before = out[-1] if out else None
        if token.text in ("pot", "pots") and any(_grows(t) for t in out) and not any(t.text in COOKING for t in out):
            token = replace(token, meanings=(Meaning("thing", POT),))  # "a cactus in a pot"
        if token.text in ("bowl", "tank") and _swims(out):
            token = replace(token, meanings=(Meaning("thing", FISHBOWL),))  # "a goldfish in a bowl"
        if token.text == "glasses" and before is not None and before.has("number"):
            glass = next((GLASSES[c] for t in out if (c := t.get("thing") or "") in GLASSES), "")
            if not glass and any(t.text in SERVED for t in out):
                glass = concept_of("🥛")
            if glass:
                token = replace(token, meanings=(Meaning("thing", glass),), plural=True)
        out.append(token)
    return out


def _swims(before: list[Token]) -> bool:
    """Whether fish were named just before "in a (glass) bowl"."""
    return any(t.text == "in" for t in before[-4:]) and any(t.get("thing") in FISH for t in before[-7:])


def _grows(token: Token) -> bool:
    """Whether it is a flower or another plant."""
    return traits(token.get("thing") or "").subgroup.startswith("plant") if token.has("thing") else False


def _measured(tokens: list[Token]) -> list[Token]:
    """三球冰淇淋, 一车西瓜: the second noun is what is counted; but "a basket of ten eggs" has a basket."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        counted, held = peek(tokens, index + 1), out[-1] if out else None
        vase = held is not None and is_vessel(held.get("thing") or "")
        if token.text == "of" and vase and has(counted, "number", "colour", "thing", "trait", "size"):
            out.append(replace(token, meanings=(INSIDE,)))  # "a vase of roses"
            continue
        single = held is not None and held.get("number") == "1"
        if (
            token.chinese and single and is_vessel(token.get("thing") or "") and has(counted, "number")
        ):  # 一篮子十个鸡蛋
            out += [token, replace(token, text="里", start=token.end, meanings=(INSIDE,))]
            continue
        if token.has("measure") and not token.chinese and has(counted, "number") and counted is not None:
            vessel = next(
                (m for m in lexicon().english.get(token.text.removesuffix(" of"), ()) if m.kind == "thing"), None
            )
            thread = token.text.startswith("string")  # "a string of nine lanterns"
            if vessel is not None and not thread and counted.get("number") != "1" and token.text.endswith(" of"):
                noun = replace(token, text=token.text.removesuffix(" of"), end=token.end - 3, meanings=(vessel,))
                full = replace(token, text="of", start=token.end - 2, meanings=(INSIDE,))
                out += [noun, full]
                continue
        before, following = (out[-1] if out else None), peek(tokens, index + 1)
        load = token.chinese and token.text in MEASURES and before is not None and before.has("number")
        if load and following is not None and following.has("thing") and following.start == token.end:
            if token.text in LOADS and before is not None and before.get("number") == "1":
                out[-1] = replace(before, meanings=(Meaning("number", LOAD),))
            token = replace(token, meanings=(Meaning("measure", ""),))
        out.append(token)
    return out


def _described(tokens: list[Token]) -> list[Token]:
    """薰衣草香皂, 小熊饼干, 青蛙雨伞: the first noun says what the second is like."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        following, after = peek(tokens, index + 1), peek(tokens, index + 2)
        if following is not None and _describes(token, following, out) and not has(after, "locative", "place"):
            continue
        if following is not None and _plays(token, following):
            continue
        before = out[-1] if out else None
        close = before is not None and before.has("thing") and before.end + 1 == token.start
        of = traits(before.get("thing") or "").subgroup if close and before is not None else ""
        if of.startswith("place-") and token.text in said("building parts"):  # a temple gate is before the temple
            continue
        out.append(token)
    return out


def _plays(one: Token, other: Token) -> bool:
    """宇航员猫, 厨师熊: an animal in somebody's role; 女孩猫 is no such word."""
    mine, theirs = one.get("thing") or "", other.get("thing") or ""
    role = is_person(mine) and plain(mine).startswith("1F9D1-200D-")
    beast = traits(theirs).subgroup.startswith("animal") if theirs else False
    return one.chinese and other.chinese and one.end == other.start and role and beast


def _describes(one: Token, other: Token, before: list[Token]) -> bool:
    mine, theirs = one.get("thing"), other.get("thing")
    if not (one.chinese and other.chinese) or one.end != other.start or mine is None or theirs is None:
        return False
    if is_person(mine) and traits(theirs).subgroup == "clothing" and one.text not in KINDRED:  # 超人披风
        return True
    if mine == theirs or lives(theirs) or is_person(mine) or other.text in WHOLE_WORDS:
        return False
    if has(one, "trait", "colour") or has(other, "verb", "act", "have", "at"):
        return False
    kind, made = traits(mine), traits(theirs)
    counted = len(before) > 1 and before[-1].has("measure") and before[-2].has("number")
    if made.subgroup.startswith(("plant", "animal")) and not counted:
        return False
    shaped = kind.subgroup.startswith(DESCRIBES) or kind.group == "food-drink"
    if kind.group == "food-drink" and made.group == "food-drink":
        return counted and len(one.text) > 1
    return shaped and len(one.text) > 1 and (counted or made.subgroup in MADE)


def _listed(tokens: list[Token]) -> list[Token]:
    """ "Full of animals: a lion and a bear": what is listed takes the place of the word for all of it."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        mark, first = peek(tokens, index + 1), peek(tokens, index + 2)
        colon = mark is not None and mark.text in (":", "：", "—", "（", "(")
        if (token.text in said("kinds") or token.has("company")) and colon and has(first, *LIST_BEGINS):
            while (
                out
                and has(out[-1], "number", "measure", "the", "size", "ignore", "times")
                and not has(out[-1], "thing")
            ):
                out.pop()
            skip = index + 1
            if out and has(out[-1], "relation", "verb", "have", "and"):
                end = _end(tokens, index + 2)
                out += [_comma(t) for t in tokens[index + 2 : end]]
                skip = end - 1
                continue
            continue
        out.append(token)
    return out


def _comma(token: Token) -> Token:
    """A comma of a list joins what it parts."""
    parts = token.mark == "," or token.has("and")
    return replace(token, mark="", meanings=(Meaning("and", ""), Meaning("ignore", LISTED))) if parts else token


def _end(tokens: list[Token], at: int) -> int:
    """Where the list ends that begins here: at a full stop, or at a verb."""
    while at < len(tokens) and tokens[at].mark != "." and not has(tokens[at], "relation", "verb", "at"):
        at += 1
    return at


def named_apart(tokens: list[Token]) -> list[Token]:
    """ "Two elephants, a mother and her baby"; "only cats: four cats on a wall": said twice, meant once."""
    for index, token in enumerate(tokens):
        mark = peek(tokens, index + 1)
        if not (token.has("thing") and mark is not None and mark.mark == ","):
            continue
        start = index
        while start and has(tokens[start - 1], "number", "measure", "size", "the"):
            start -= 1
        number = next((t.get("number") for t in tokens[start:index] if t.has("number")), None)
        rest = tokens[index + 2 : index + 2 + MEMBERS]
        if rest and rest[0].has("not"):  # 一只猫,没有别的猫
            continue
        if number is None and mark.text in (":", "：") and token.plural:
            again = next((t for t in rest if t.has("thing")), None)
            if again is not None and again.get("thing") == token.get("thing"):
                return [*tokens[:start], *tokens[index + 2 :]]
        ends = next((i for i, t in enumerate(rest) if _ends_list(t, peek(rest, i + 1))), len(rest))
        kin = [t for t in rest[:ends] if t.text in said("parents")]
        others = [t for t in rest[:ends] if t.has("thing") and t not in kin]
        named = [t for t in others if t.get("thing") == token.get("thing")]
        others = [] if len(named) == len(others) else others  # "papa, mama and baby bear"
        if number is not None and len(named) == round(float(number)) and not others and token.chinese:
            return [*tokens[:start], *tokens[index + 2 :]]  # 三只熊:熊爸爸、熊妈妈和熊宝宝
        beast = living(token) and not is_person(token.get("thing") or "")
        several = number is not None and number != "1"  # 一只小狗,爸爸拿着伞: the man is no dog
        if beast and kin and not others and several and len(kin) == round(float(number or 1)):
            kind = tuple(m for m in token.meanings if m.kind == "thing")
            members: list[Token] = []
            for part in (t for t in rest[:ends] if t not in named):
                members += _member(part, kind)
            return [*tokens[:start], *members, *tokens[index + 2 + ends :]]
    return tokens


def _ends_list(token: Token, following: Token | None) -> bool:
    """Whether the members of a group have all been named where this token stands."""
    if token.mark == ",":
        return following is None or not (following.text in said("parents") or has(following, "number", "trait", "and"))
    return bool(token.mark) or has(token, "relation", "verb", "be", "at")


def _member(part: Token, kind: tuple[Meaning, ...]) -> list[Token]:
    """One word of "a mother and her baby", of whichever kind of animal they are."""
    if part.text not in said("parents"):
        one = part.has("the") and not part.has("number")
        return [replace(part, text="a", meanings=(Meaning("number", "1"),))] if one else [part]
    noun = replace(part, meanings=kind)
    young = part.text.startswith(("bab", "chick", "宝"))
    return [replace(part, text="baby", meanings=(Meaning("trait", "baby"),)), noun] if young else [noun]


def lists(tokens: list[Token]) -> list[Token]:
    """ "Mum, dad and a baby are sitting": the commas of a list before its verb join as "and" does."""
    start = 0
    out = list(tokens)
    for index, token in enumerate([*tokens, replace(tokens[-1], mark=".")] if tokens else []):
        if token.mark == "." or has(token, *CLAUSE):
            given = 0 < start <= len(tokens) and tokens[start - 1].text in GIVEN
            if (not token.mark or given) and start < index:
                _join_list(out, start, index)
            start = index + 1 if token.mark or token.text in GIVEN or token.text in THERE else len(tokens)
    return out


CLAUSE: tuple[Kind, ...] = ("relation", "verb", "at", "be", "have", "locative", "act", "not", "deed", "pronoun")


def _join_list(out: list[Token], start: int, end: int) -> None:
    """Commas between bare noun phrases from `start` to `end`, where "and" comes before the last of them."""
    commas = [i for i in range(start, end) if out[i].mark == ","]
    ands = [i for i in range(start, end) if out[i].has("and")]
    if not commas or not ands or ands[-1] < commas[-1] or out[start].chinese or out[start].has("place"):
        return
    parts = sorted([start - 1, *commas, *ands, end])
    if sum(last - first > 1 for first, last in pairwise(parts)) < LEAST:  # "a ball, and a cat on a box"
        return
    for first, last in pairwise(parts):
        piece = out[first + 1 : last]
        bare = [
            t for t in piece if not has(t, "number", "the", "colour", "size", "trait", "measure", "times", "ignore")
        ]
        nouns = [t for t in piece if t.has("thing") and not has(t, "background", "time", "touch", "weather")]
        part = bool(piece) and piece[-1].text in said("body parts") and len(nouns) < 2  # "a carrot nose"
        whole = len(nouns) == 1 and piece[-1] is nouns[0]
        if piece and (not (whole or part) or any(t not in (*nouns, piece[-1]) for t in bare)):
            return
    for comma in commas:
        out[comma] = replace(out[comma], mark="", text="and", meanings=(Meaning("and", ""),))


def families(tokens: list[Token]) -> list[Token]:
    """ "A family of ducks: one mother and five ducklings": those named one by one are the family."""
    for index, token in enumerate(tokens):
        group = _is_group(token)
        noun, mark = peek(tokens, index + 1), peek(tokens, index + 2)
        if living(token) and not is_person(token.get("thing") or "") and noun is not None and noun.text in KINSFOLK:
            group, noun = True, token  # "a hedgehog family: dad, mum and three babies"
        if not group or noun is None or mark is None or mark.text not in (":", "：", ",", "，", "—"):
            continue
        members = [t for t in tokens[index + 3 : _end(tokens, index + 3)] if living(t) or t.text in said("parents")]
        if living(noun) and len(members) > 1:
            kind = tuple(m for m in noun.meanings if m.kind == "thing")
            rest = [replace(t, meanings=kind) if t.text in said("parents") else t for t in tokens[index + 3 :]]
            return [*tokens[:index], *rest]
    return tokens


def _is_group(token: Token) -> bool:
    return token.text in said("groups")
