"""What a picture is called before it says what it shows: "flower shop banner with a rose", 酒吧招牌:一杯鸡尾酒.

Whose picture it is, where it will hang and what it is printed on are not in it: shops, trades, rooms, carriers, the
card itself. A creature or a plant before the word for a picture is what it shows ("a unicorn birthday card").
"""

from __future__ import annotations

import tomllib
from functools import cache

from pingxing.engine.backends.scene.bond import is_person
from pingxing.engine.backends.scene.company import SHOPS, has, living, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import Kind, concept_of, data_file, singulars

REACH = 12  # tokens of a heading at most
CARRIERS = frozenset(map(concept_of, "💻📱👕🧥🧢🛍📦🍾🫙🍯🚪🧊🖥📖📚📔📓🏫🏥")) | {"E00A"}
HOUSES = "place-building"
TIED: tuple[Kind, ...] = ("verb", "relation", "be", "not", "deed")
FEASTS: tuple[Kind, ...] = ("background", "time", "weather", "touch")
# What follows a heading: dropped with it, or the beginning of what it says.
JOINTS = frozenset({"with", "of", "showing", "shows", "featuring", "where"})
SAYING = frozenset({"that", "saying", "says", "which", "reading"})
JOINTS_ZH = frozenset({"上", "上面", "里", "里面", "中"})
OPENS_ZH = frozenset({"有", "画着", "印着", "画有", "印有", "是", "画了", "的", "用的", "配", "配上", "画"})
GIVEN = ("给", "送给", "为")
DRAWN_FOR = ("的画", "的图", "的图片")  # 给女儿房间的画, where somebody is given it
BOOKS = frozenset({"绘本", "童话", "童话书", "故事书", "漫画", "图画书", "儿童书", "童书", "连环画", "动画片"})
# Settings that are where a picture hangs or whom it is for; "a beach holiday poster" shows the beach.
ROOMS = frozenset({"room", "bedroom", "kitchen", "restaurant", "classroom", "library", "gym", "bathroom", "shop"})


@cache
def _names() -> tuple[frozenset[str], tuple[str, ...], frozenset[str], tuple[str, ...]]:
    """Words for pictures with a use, English and Chinese, and those that are signs where a trade stands before them."""
    table: dict[str, str] = tomllib.loads(data_file("phrases.toml"))["set"]

    def half(name: str, which: int) -> list[str]:
        return [word.strip() for word in table[name].split("|")[which].split(",")]

    return (
        frozenset(half("used pictures", 0)),
        tuple(half("used pictures", 1)),
        frozenset(half("signs", 0)),
        tuple(half("signs", 1)),
    )


def headings(tokens: list[Token]) -> list[Token]:
    """The tokens without what only says whose the picture is; linear in the length of a heading."""
    if not tokens:
        return tokens
    return _chinese(tokens) if tokens[0].chinese else _english(tokens)


def _shows(tokens: list[Token]) -> bool:
    return any(has(t, "thing", "company", "deed") for t in tokens)


def _english(tokens: list[Token]) -> list[Token]:
    pictures, _, signs, _ = _names()
    at = -1
    for index, token in enumerate(tokens[:REACH]):
        if token.mark or token.chinese or (has(token, *TIED) and not has(token, "thing")):
            break
        last = token.text.rpartition(" ")[2]
        if not {last, *singulars(last)}.isdisjoint(pictures | signs):
            at = index
        elif token.text == "for" or at >= 0:
            break
    if at < 0:
        return tokens
    end = at + 1
    follows = peek(tokens, end)
    if follows is not None and follows.text in ("for", "from"):
        while end < min(len(tokens), at + REACH) and not tokens[end].mark and tokens[end].text not in JOINTS | SAYING:
            if end > at + 1 and has(tokens[end], *TIED) and not has(tokens[end], "thing"):
                return tokens
            end += 1
        follows = peek(tokens, end)
    if follows is None or not (follows.mark or follows.text in JOINTS | SAYING):
        return tokens
    rest = tokens[end + (follows.text not in SAYING) :]
    sign = tokens[at].text.rpartition(" ")[2] in signs
    return _parted(tokens, at, end, rest, sign)


def _chinese(tokens: list[Token]) -> list[Token]:
    _, pictures, _, signs = _names()
    if tokens[0].text in BOOKS and len(tokens) > 2 and tokens[1].get("locative") == "inside":  # 绘本里的一只小熊
        return tokens[2 + (tokens[2].text == "的") :]
    at, text, sign = -1, "", False
    given = tokens[0].text in GIVEN
    for index, token in enumerate(tokens[:REACH]):
        if token.mark or not token.chinese or (has(token, *TIED) and token.text not in GIVEN):
            break
        text += token.text
        if text.endswith(pictures + signs) or (given and text.endswith(DRAWN_FOR)):
            at, sign = index, text.endswith(signs)
        elif at >= 0:
            break
    if at < 0:
        return tokens
    end = at + 1
    follows = peek(tokens, end)
    while follows is not None and follows.text in JOINTS_ZH:
        end += 1
        follows = peek(tokens, end)
    inside = end > at + 1
    if follows is not None and follows.mark:
        end += 1
        follows = peek(tokens, end)
        if follows is not None and follows.text in JOINTS_ZH:  # 名片,上面有一只狗
            end += 1
            follows = peek(tokens, end)
        opened = True
    else:
        opened = inside
    while follows is not None and (follows.text in OPENS_ZH or (follows.text == "用" and not opened)):
        end, opened = end + 1, True
        follows = peek(tokens, end)
    return _parted(tokens, at, end, tokens[end:], sign) if opened else tokens


def _parted(tokens: list[Token], at: int, end: int, rest: list[Token], sign: bool) -> list[Token]:
    """Heading and rest, if there is something to leave out and something left to show."""
    head = tokens[: at + 1]
    whose = max((i for i, t in enumerate(head) if t.text.endswith("'s") or t.text in ("的", *GIVEN)), default=-1)
    shown = [i for i, t in enumerate(head) if i > whose and has(t, "thing", "company") and not _is_use(head, i, at)]
    dropped = [i for i, t in enumerate(tokens[:end]) if i not in shown and (has(t, "thing", "company") or _is_room(t))]
    trade = any(i != at for i in dropped) or any(not t.meanings or t.text[-1] in SHOPS for t in head[:-1])
    if (sign and not trade) or not (dropped or sign) or not _shows(rest):
        return tokens
    if shown:
        kept = [t for i, t in enumerate(head[:-1]) if i > whose and i not in dropped]
        comma = Token(",", head[-1].end, head[-1].end, (), head[-1].chinese, mark=",")
        return [*kept, comma, *rest]
    return [*(t for t in tokens[:end] if has(t, *FEASTS) and not has(t, "thing") and not _is_room(t)), *rest]


def _is_room(token: Token) -> bool:
    return token.get("background") in ROOMS


def _is_use(head: list[Token], index: int, at: int) -> bool:
    """Whether a noun of the heading says only whose or on what: a shop, a trade, a room, a mug, the card itself."""
    token = head[index]
    concept = token.get("thing") or ""
    if index == at or concept in CARRIERS or (concept and traits(concept).subgroup == HOUSES):
        return True
    following = peek(head, index + 1)
    trade = following is not None and not following.meanings and index + 1 < at  # a dog groomer's card, 自行车店海报
    return trade or (living(token) and is_person(concept))
