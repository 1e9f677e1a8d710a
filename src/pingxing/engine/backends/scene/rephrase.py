"""Sentences turned into the plain order that the reader takes: what is said behind a noun, or of several at once.

Each rule takes the tokens and gives tokens: "red, yellow and blue balloons" becomes three noun phrases, "a bag in
navy blue" a bag that is navy blue, 一棵树都没有 a tree that is not wanted.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.bond import lives
from pingxing.engine.backends.scene.doing import doing, only, placed, topped
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import Kind, Meaning

PAINTED = frozenset({"in", "the colour of", "the color of", "painted", "coloured", "colored", "dyed"})
MADE_OF = frozenset({"made of", "made from", "made out of", "built of", "built from", "carved from", "carved of"})
MADE_ZH = frozenset({"做", "制", "制成", "做成", "制作", "打造", "雕成", "雕刻", "折", "折成", "质地", "制造"})
MATERIALS = frozenset({"glass", "wooden", "stone", "paper", "ice", "crystal", "golden", "silver"})
WHOLLY = frozenset({"都", "也", "都没", "也没"})
ROOFS, BUILDINGS = frozenset({"roof", "rooftop"}), frozenset({"place-building", "place-religious"})
PARTS = frozenset(
    {
        "roof",
        "rooftop",
        "branch",
        "branches",
        "top",
        "edge",
        "trunk",
        "tip",
        "lid",
        "deck",
        "back",
        "shore",
        "rim",
        "side",
        "handlebars",
        "handlebar",
        "seat",
        "hood",
        "bonnet",
        "mast",
        "bow",
        "stern",
        "chimney",
        "steps",
        "bumper",
        "arm",
        "foot",
    }
)
BABIES = frozenset({"宝宝", "幼崽", "崽崽", "宝贝"})
KIN = BABIES | {
    "妈妈",
    "爸爸",
    "先生",
    "小姐",
    "奶奶",
    "爷爷",
    "哥哥",
    "弟弟",
    "姐姐",
    "妹妹",
    "母亲",
    "父亲",
    "老师",
    "医生",
    "太太",
}
TAKING = ("端出", "拿出", "掏出", "取出", "变出", "拉出", "倒出", "拿起", "取下", "捞出", "钓出", "钓起", "飞走")
RELATIVE, GOES_ON = "clause", "goes on"
PLAIN_AT = frozenset({"在", "从", "位于", "处于", "靠近"})
CLAUSE_LENGTH = 16  # tokens; longer clauses before a noun are not written
INNER: tuple[Kind, ...] = ("thing", "locative", "background", "verb", "ground", "place", "trait")
GIVEN = frozenset({"with", "with its", "has", "带着", "有着", "有", "一脸", "长着"})
FACES = frozenset({"face", "smile", "expression", "look"})
MOODS_OF_FACES = {
    "happy": "happy", "smiling": "happy", "smiley": "happy", "sad": "sad", "angry": "angry", "sleepy": "sleepy",
    "surprised": "surprised", "crying": "crying", "laughing": "laughing", "scared": "scared", "grinning": "happy",
    "笑脸": "happy", "哭脸": "crying", "怒脸": "angry", "生气脸": "angry", "伤心脸": "sad", "惊讶脸": "surprised",
}  # fmt: skip
CLAUSE: tuple[Kind, ...] = ("not", "have", "locative", "background")
BE, AND = Meaning("be", ""), Meaning("and", "")
MAX_PAINTS = 6


def rephrased(tokens: list[Token]) -> list[Token]:
    """All rules, one after the other; linear in the number of tokens."""
    tokens = _relatives(_shared(_parents(_parts(_taken_out(_faces(topped(placed(tokens))))))))
    return _going_on(_materials(_spread(_painted(_none_at_all(_amid(doing(tokens)))))))


def _at(tokens: list[Token], index: int) -> Token | None:
    return tokens[index] if 0 <= index < len(tokens) else None


def _has(token: Token | None, *kinds: Kind) -> bool:
    if token is not None:
        for meaning in token.meanings:
            if meaning.kind in kinds:
                return True
    return False


def _relatives(tokens: list[Token]) -> list[Token]:
    """Marks the number before a clause whose noun is still to come: 一个戴绿帽子的外星人 is one alien."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if not (token.chinese and token.has("number")):
            continue
        at = index + 1
        if _has(_at(tokens, at), "measure"):
            at += 1
        if not _has(_at(tokens, at), "verb", "act", "at", "suffer", "trait"):
            continue
        while at < len(tokens) and at < index + CLAUSE_LENGTH and not tokens[at].mark:
            if (
                tokens[at].text == "的"
                and _noun_follows(tokens, at + 1)
                and _ends_clause(tokens[at - 2], tokens[at - 1])
            ):
                out[index] = replace(token, meanings=(*token.meanings, Meaning("ignore", RELATIVE)))
                break
            at += 1
    return out


def _ends_clause(before: Token, token: Token) -> bool:
    """Whether a clause may end before 的 with it: a noun, a deed, or a word nobody knows (穿僧袍的和尚)."""
    unknown = not token.meanings and not token.mark and (len(token.text) > 1 or not (before.meanings or before.mark))
    return _has(token, *INNER) or unknown


def _taken_out(tokens: list[Token]) -> list[Token]:
    """从箱子里探出头 says where one is, 从帽子里拿出兔子 does not."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if token.text == "从":
            clause = "".join(t.text for t in tokens[index : index + CLAUSE_LENGTH] if not t.mark)
            if any(verb in clause for verb in TAKING):
                out[index] = replace(token, meanings=())
    return out


def _shared(tokens: list[Token]) -> list[Token]:
    """ "Eight blue and four red stars": the noun is said once and meant twice."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        out.append(token)
        first = _painted_number(tokens, index)
        if first is None or not _has(token, "number"):
            continue
        joint = _at(tokens, first)
        second = (
            _painted_number(tokens, first + 1)
            if joint is not None and (joint.mark == "," or joint.has("and"))
            else None
        )
        noun = _at(tokens, second) if second is not None else None
        if noun is not None and noun.has("thing"):
            tokens = [*tokens[:first], noun, *tokens[first:]]
            return [*out, *_shared(tokens[index + 1 :])]
    return out


def _painted_number(tokens: list[Token], at: int) -> int | None:
    """Where "eight blue" or 八颗蓝色的 ends that begins here; None where nothing of the kind does."""
    if not _has(_at(tokens, at), "number"):
        return None
    at += 2 if _has(_at(tokens, at + 1), "measure") else 1
    if not _has(_at(tokens, at), "colour") or _has(_at(tokens, at), "thing"):
        return None
    following = _at(tokens, at + 1)
    return at + 2 if following is not None and following.text == "的" else at + 1


def _parents(tokens: list[Token]) -> list[Token]:
    """熊妈妈 is a bear, 小象宝宝 a young elephant."""
    out: list[Token] = []
    seen: set[str] = set()
    for token in tokens:
        before = out[-1] if out else None
        related = token.chinese and token.text in KIN and before is not None and before.end == token.start
        if related and before is not None and _is_animal(before):
            if token.text in BABIES:
                out.insert(-1, replace(token, meanings=(Meaning("trait", "baby"),)))
            elif before.text + token.text not in seen and not _has(_at(out, len(out) - 2), "number", "measure"):
                out.insert(-1, replace(before, meanings=(Meaning("number", "1"),)))  # the mother is one more bear
            seen.add(before.text + token.text)
        else:
            out.append(token)
    return out


def _is_animal(token: Token) -> bool:
    concept = token.get("thing")
    return concept is not None and traits(concept).subgroup.startswith("animal")


def _parts(tokens: list[Token]) -> list[Token]:
    """ "On the roof of a house" is on the house; "the roof" is that of the house that was named."""
    out: list[Token] = []
    skip = False
    house: Token | None = None
    for index, token in enumerate(tokens):
        of = _at(tokens, index + 1)
        house = token if traits(token.get("thing") or "").subgroup in BUILDINGS and token.text not in ROOFS else house
        if (
            token.text in ROOFS
            and house is not None
            and out
            and out[-1].text == "the"
            and (of is None or of.text != "of")
        ):
            out.append(replace(token, meanings=tuple(m for m in house.meanings if m.kind == "thing")))
            continue
        if skip:
            skip = False
        elif not token.chinese and token.text in PARTS and of is not None and of.text == "of":
            skip = True
            while out and _has(out[-1], "the") and out[-1].text == "the":
                out.pop()
        else:
            out.append(token)
    return out


def _noun_follows(tokens: list[Token], at: int) -> bool:
    while _has(_at(tokens, at), "colour", "size", "trait", "shade", "gender") and not _has(_at(tokens, at), "thing"):
        at += 1
    return _has(_at(tokens, at), "thing")


def _faces(tokens: list[Token]) -> list[Token]:
    """ "With a happy face" is a mood and no second face."""
    out: list[Token] = []
    for token in tokens:
        words = token.text.split()
        mood = MOODS_OF_FACES.get(words[0] if words and not token.chinese else token.text)
        if mood and token.has("thing") and (token.chinese or words[-1] in FACES):
            start = len(out)
            while start and start > len(out) - 4 and _has(out[start - 1], "number", "measure", "the"):
                start -= 1
            if start and out[start - 1].text in GIVEN:
                del out[start - 1 :]
                token = replace(token, text=f"with {token.text}", meanings=(Meaning("trait", mood),))
        out.append(token)
    return out


def _amid(tokens: list[Token]) -> list[Token]:
    """ "In the middle of the market" is in the market; "at the top of the tree" is on it."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        following = _at(tokens, index + 1)
        if not token.chinese and token.has("place") and following is not None and following.text == "of":
            relation = "on" if token.get("place") == "top" else "inside"
            out[index] = replace(token, meanings=(Meaning("relation", relation),))
    return out


def _none_at_all(tokens: list[Token]) -> list[Token]:
    """一棵树都没有, 云也没有: the refusal comes before what it refuses; "除了狗都有" likewise."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        if token.has("not") and token.chinese and _after_wholly(out, token):
            start = len(out)
            floor = max(0, start - CLAUSE_LENGTH)
            while start > floor and not out[start - 1].mark and not _has(out[start - 1], *CLAUSE):
                start -= 1
                if _has(out[start], "number"):
                    break
            if any(_has(part, "thing") for part in out[start:]) and not _has(_at(tokens, index + 1), "thing", "number"):
                out.insert(start, replace(token, text="没有"))
                continue
        out.append(token)
    return out


def _after_wholly(before: list[Token], token: Token) -> bool:
    return token.text.startswith(("都没", "也没")) or bool(before and before[-1].text in WHOLLY)


def _painted(tokens: list[Token]) -> list[Token]:
    """ "A bag in navy blue", "a door painted red": the bag is navy blue. A person in red wears red, and is not dyed."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        if token.chinese or token.text not in PAINTED or not _has(_at(tokens, index + 1), "colour", "shade"):
            continue
        end = index + 1
        while _has(_at(tokens, end), "colour", "shade") or (
            (_has(_at(tokens, end), "and") or _lists_on(tokens, end)) and _has(_at(tokens, end + 1), "colour")
        ):
            end += 1
        after = _at(tokens, end)
        garment = token.text == "in" and after is not None and not after.meanings and after.text.isalpha()
        noun = _at(tokens, index - 1)
        many = noun is not None and noun.has("thing") and noun.plural and end > index + 2 and token.text == "in"
        if many and noun is not None and not lives(noun.get("thing") or "") and (after is None or after.mark):
            return [
                *tokens[: index - 1],
                *tokens[index + 1 : end],
                noun,
                *_painted(tokens[end:]),
            ]  # socks in pink and grey
        if not garment and not _has(after, "thing", "size", "trait", "backdrop", "measure", "background"):
            out[index] = replace(token, meanings=(BE,))
    return out


def _lists_on(tokens: list[Token], at: int) -> bool:
    """Whether a comma parts two paints of a list that ends with "and": "in red, blue and green"."""
    joint, after = _at(tokens, at), _at(tokens, at + 2)
    bare = _has(_at(tokens, at + 1), "colour") and not _has(_at(tokens, at + 1), "thing")
    return joint is not None and joint.text == "," and bare and (_has(after, "and") or _lists_on(tokens, at + 2))


def _spread(tokens: list[Token]) -> list[Token]:
    """Several paints before one noun of many ("red, yellow and blue balloons") or behind it (三个气球,红黄蓝)."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        found = _paints(tokens, index)
        if found is None:
            out.append(tokens[index])
            index += 1
            continue
        paints, listed, end = found
        number = out[-1] if out and out[-1].has("number") else None
        if number is None and len(out) > 1 and out[-1].has("measure") and out[-2].has("number"):
            number = out[-2]
        noun = _at(tokens, end)
        count = _count(number)
        if noun is not None and noun.has("thing") and _asks_for_many(noun, count, paints, listed):
            if number is not None:
                del out[len(out) - (1 if out[-1] is number else 2) :]
            fill = next((t for t in out[-1:] if t.has("fill")), None)  # "a basket of red and green apples"
            spread = _phrases(paints, noun, count, number)
            out += [fill if fill is not None and t.has("and") else t for t in spread]
            index = end + 1
            continue
        behind = _spread_behind(out, paints, noun)
        if behind is not None:
            out = behind
            index = end
            continue
        out += tokens[index:end]
        index = end
    return out


def _paints(tokens: list[Token], index: int) -> tuple[list[Token], bool, int] | None:
    """Two and more colours in a row, whether anything stood between them, and where they end."""
    if not tokens[index].has("colour") or (tokens[index].has("thing") and not _has(_at(tokens, index + 1), "and")):
        return None
    paints, listed, at = [tokens[index]], False, index + 1
    while at < len(tokens) and len(paints) < MAX_PAINTS:
        ahead = at
        while ahead < len(tokens) and (
            tokens[ahead].mark == "," or _has(tokens[ahead], "and") or (tokens[ahead].text == "的" and ahead - at < 2)
        ):
            ahead += 1
        if ahead >= len(tokens) or not tokens[ahead].has("colour"):
            break
        listed = listed or any(t.mark or t.has("and") for t in tokens[at:ahead])
        paints.append(tokens[ahead])
        at = ahead + 1
    if len(paints) < 2:
        return None
    if at < len(tokens) and tokens[at].text == "的":
        at += 1
    while at < len(tokens) and tokens[at].has("size") and not tokens[at].has("thing"):
        at += 1
    return paints, listed, at


def _count(number: Token | None) -> int | None:
    value = number.get("number") if number is not None else None
    return round(float(value)) if value is not None else None


def _asks_for_many(noun: Token, count: int | None, paints: list[Token], listed: bool) -> bool:
    if count == 1 or (not listed and len(paints) < 3):
        return False
    if count is not None:
        return count >= len(paints)
    return noun.plural if not noun.chinese else listed


def _phrases(paints: list[Token], noun: Token, count: int | None, number: Token | None) -> list[Token]:
    out: list[Token] = []
    for order, paint in enumerate(paints):
        if order:
            out.append(replace(paint, text="and", meanings=(AND,)))
        if count is not None and number is not None:
            share = count // len(paints) + (1 if order < count % len(paints) else 0)
            out.append(replace(number, meanings=(Meaning("number", str(share)),)))
        out += [paint, noun]
    return out


def _spread_behind(before: list[Token], paints: list[Token], after: Token | None) -> list[Token] | None:
    """Three balloons, then exactly three paints and nothing that they could describe."""
    if _has(after, "thing", "size", "trait", "measure"):
        return None
    at = len(before) - 1
    while at >= 0 and (
        before[at].mark == ","
        or before[at].text in PAINTED
        or _has(before[at], "be", "the", "ignore", "at", "place")
        or (before[at].chinese and _has(before[at], "measure") and _has(_at(before, at + 1), "ignore"))  # 叠在一起
    ):
        at -= 1
    noun = _at(before, at)
    if noun is None or not noun.has("thing") or at == len(before) - 1:
        return None
    start = at - 1
    while start >= 0 and _has(before[start], "measure", "size", "the", *(("of", "ignore") if noun.chinese else ())):
        start -= 1
    if (
        noun.plural and before[-1].text in (":", "：") and not _has(_at(before, start), "number")
    ):  # "scarves: red, blue"
        return before[: start + 1] + _phrases(paints, noun, len(paints), replace(noun, plural=False))
    if start < 0 or _count(before[start]) != len(paints):
        return None
    where = before[at + 1 :] if any(t.has("place") for t in before[at + 1 :]) else []  # 三个气球飘在空中: red, ...
    phrases = [*_phrases(paints, noun, len(paints), before[start]), *(t for t in where if not t.mark)]
    heap = start > 1 and _has(before[start - 1], "measure") and _has(before[start - 2], "number")  # "a stack of three"
    return before[: start - 2 if heap else start] + phrases


def _materials(tokens: list[Token]) -> list[Token]:
    """Glass, stone, paper: a thing of its own, or what the next thing is made of."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        trait = token.get("trait")
        if trait == "baby" and token.has("thing"):
            following = _at(tokens, index + 1)
            if not (_has(following, "thing") and following is not None and following.start <= token.end + 1):
                out[index] = only(token, "thing")
            else:
                out[index] = only(token, "trait")
            continue
        if trait not in MATERIALS:
            continue
        before, at = _at(tokens, index - 1), index + 1
        while at < len(tokens) and (tokens[at].text in MADE_ZH or tokens[at].text == "的"):
            at += 1
        noun = _at(tokens, at)
        made = (before is not None and before.has("made")) or (at > index + 1 and tokens[index + 1].text in MADE_ZH)
        adjacent = noun is not None and noun.has("thing") and not noun.mark
        painted = noun is not None and noun.has("colour") and not token.has("colour")
        if made:
            out[index] = only(token, "trait")
        elif token.has("thing") and not (adjacent or painted):
            out[index] = only(token, "thing")
        elif adjacent and token.has("thing"):
            out[index] = only(token, "trait")
    return out


def _going_on(tokens: list[Token]) -> list[Token]:
    """Marks the Chinese verb that goes on about those of the clause before: 女孩戴着帽子,提着篮子."""
    out = list(tokens)
    for index, token in enumerate(tokens):
        verb = token.has("verb") or (token.has("at") and token.text not in PLAIN_AT)
        if not (token.chinese and verb) or not index:
            continue
        at = index - 1
        while at >= 0 and (_has(tokens[at], "ignore", "the", "each") or tokens[at].text in PLAIN_AT):
            at -= 1
        if at >= 0 and tokens[at].mark and not _is_relative(tokens, index + 1):
            out[index] = replace(token, meanings=(*token.meanings, Meaning("ignore", GOES_ON)))
    return out


def _is_relative(tokens: list[Token], at: int) -> bool:
    """Whether the clause that begins here ends before a noun that it describes: 戴着帽子|的狗."""
    for index in range(at, min(at + CLAUSE_LENGTH, len(tokens))):
        if tokens[index].mark:
            return False
        if tokens[index].text == "的" and _has(tokens[index - 1], *INNER) and _noun_follows(tokens, index + 1):
            return True
    return False
