"""Words for several people at once, and for those called by what they play: a family, twins, a violinist."""

from __future__ import annotations

import re
from dataclasses import replace

from pingxing.engine.backends.scene.bond import is_person, lives
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.words import Kind, Meaning, lexicon

BEFORE: tuple[Kind, ...] = ("number", "measure", "times", "trait", "size", "the", "tone")
PERSONS = frozenset({"lovers", "newlyweds", "spouses", "parents", "grandparents", "恋人", "父母", "老两口"})
SHOULDERS = frozenset({"肩上", "肩膀上", "左肩上", "右肩上", "左肩膀上", "右肩膀上"})
CROWDS = frozenset({"crowd", "crowds", "team", "crew"})
PAIRS = ("couple", "lovers", "newlywed", "情侣", "夫妻", "夫妇", "恋人", "两口", "twins", "双胞胎")
SHOPS = frozenset("店馆厅铺吧院行司厂房坊社所")
REACH = 8  # tokens that describe a shop at most
VESSELS = frozenset(
    {"碗", "篮", "篮子", "盘", "盘子", "箱", "箱子", "盒", "盒子", "袋", "袋子", "店", "摊", "市场", "蛋糕", "沙拉"}
)
SEVERAL = 3
_MEMBER = re.compile(r"(?:(\d)×)?([0-9A-F-]+|[a-z-]+)")
PLAYED = ("holding", "riding", "wearing", "next-to")
PLAYED_BY = "played"  # whose instrument it is: of the one named last, and of nobody before "and"
AND = Meaning("and", "")


def peek(tokens: list[Token], index: int) -> Token | None:
    """The token at `index`; None outside."""
    return tokens[index] if 0 <= index < len(tokens) else None


def has(token: Token | None, *kinds: Kind) -> bool:
    """Whether there is a token and it may mean one of the kinds."""
    if token is not None:
        for meaning in token.meanings:
            if meaning.kind in kinds:
                return True
    return False


def living(token: Token | None) -> bool:
    """Whether it names somebody: a person, an animal, a figure."""
    concept = token.get("thing") if token is not None else None
    return concept is not None and lives(concept)


def is_beast(token: Token) -> bool:
    """Whether it names an animal or a figure, and no person."""
    concept = token.get("thing")
    return concept is not None and lives(concept) and not is_person(concept)


def companies(tokens: list[Token]) -> list[Token]:
    """The tokens with each such word unfolded into its members; all of them stand where the word stands."""
    out: list[Token] = []
    for index, token in enumerate(tokens):
        members = token.get("company")
        following = peek(tokens, index + 1)
        if members is None:
            out.append(token)
        elif (
            token.text == "一家"
            and following is not None
            and (following.text[-1:] in SHOPS or has(following, "size", "colour") or _counts_a_house(tokens, index + 1))
        ):
            out.append(replace(token, text="一", meanings=(Meaning("number", "1"),)))  # 一家店
        elif out and is_beast(out[-1]) and out[-1].end + (not token.chinese) == token.start:
            out += _herd(out, token)  # a panda family, 熊猫一家
        elif token.text in ("一家", "全家", "一家子") and following is not None and is_beast(following):
            out.append(replace(token, text="三", meanings=_book(token)["三"]))  # 一家兔子
        elif following is not None and (token.chinese or following.has("thing")) and _numbers(token, following):
            word = _number(token)
            out.append(replace(token, text=word, meanings=_book(token)[word]))  # 一家四口鸭子
        elif (
            following is not None
            and following.has("thing")
            and not (living(following) or following.has("relation"))  # father and son building a castle
            and _close(token, following)
        ):
            continue  # a family car is a car, 水果碗 a bowl
        else:
            start = len(out)
            while start and len(out) - start < 6 and (has(out[start - 1], *BEFORE) or out[start - 1].text == "的"):
                start -= 1
            said, out = out[start:], out[:start]
            number = next((t.get("number") for t in said if t.has("number")), None)
            times = round(float(number)) if number is not None and token.text not in CROWDS else 1
            if token.text in PERSONS and times == len(members.split()):  # "two lovers": one and one
                times = 1
            if out and out[-1].has("not"):  # "no vegetables": none of them
                out += [t for t in _members(members, token, [], 1) if t.has("thing")]
                continue
            unfolded = _members(members, token, [t for t in said if not has(t, "number", "measure", "times")], times)
            fill = out[-1] if out and out[-1].has("fill") else None  # 一篮水果: all of it is in the basket
            out += [fill if fill is not None and t.has("and") else t for t in unfolded]
    return out


def _counts_a_house(tokens: list[Token], at: int) -> bool:
    """一家温馨的咖啡馆, 一家亮着灯的书店: whether a shop is what is counted, behind what describes it."""
    for index in range(at, min(at + REACH, len(tokens))):
        token = tokens[index]
        if token.mark or has(token, "at") or living(token):
            return False
        if token.text == "的":
            house = peek(tokens, index + 1)
            return house is not None and (house.text[-1:] in SHOPS or (peek(tokens, index + 2) or house).text in SHOPS)
    return False


def _close(token: Token, following: Token) -> bool:
    return not token.chinese or (following.chinese and token.end == following.start and following.text in VESSELS)


def _herd(out: list[Token], token: Token) -> list[Token]:
    """The animals of a family, taken from the end of `out`."""
    beast = out.pop()
    while out and has(out[-1], "number", "measure"):
        out.pop()
    word = _number(token)
    return [replace(beast, text=word, meanings=_book(token)[word], plural=False), beast]


def _numbers(token: Token, following: Token) -> bool:
    """Whether the family only says how many of the animals that follow there are."""
    return is_beast(following) and any(word in token.text for word in ("口", "three", "four", "five"))


def _number(token: Token) -> str:
    words = ("四", "五", "六", "三") if token.chinese else ("four", "five", "six", "three")
    if any(word in token.text for word in PAIRS):
        return "二" if token.chinese else "two"
    return next((word for word in words if word in token.text), words[-1])


def _book(token: Token) -> dict[str, tuple[Meaning, ...]]:
    return lexicon().chinese if token.chinese else lexicon().english


def _members(members: str, token: Token, said: list[Token], times: int) -> list[Token]:
    """Number, description and noun for each of them, with "and" between; all stand where the one word stands."""
    out: list[Token] = []
    names = lexicon().names
    title = 1 if token.chinese else 0
    the = any(t.has("the") for t in said)
    played = False
    for many, concept in _MEMBER.findall(members):
        if concept in PLAYED:  # a violinist has a violin
            out.append(replace(token, text=concept, meanings=(Meaning("fill", concept),)))
            played = True
            continue
        if played:
            many_of_them = token.plural or times > 1
            out.append(
                replace(token, text=names[concept][title], meanings=(Meaning("thing", concept),), plural=many_of_them)
            )
            continue
        if out:
            out.append(replace(token, text="和" if token.chinese else "and", meanings=(AND,)))
        count = int(many or 1) * times
        if token.plural and count == 1:
            count = SEVERAL
        if count > 1 or not the:
            out.append(replace(token, text=str(count), meanings=(Meaning("number", str(count)),)))
        out += [t for t in said if t.text != "的"]
        name = names.get(concept, ("", ""))[title]
        out.append(replace(token, text=name, meanings=(Meaning("thing", concept),), plural=False))
    return out
