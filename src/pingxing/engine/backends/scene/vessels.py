"""Vessels that measure what is in them: "a basket of apples", 一盘饺子 show the basket and the plate as well.

The tokens after this say: the vessel, a mark ("fill": how its contents lie, "inside" or "on"), what it holds. What
comes with its own vessel already, as Unicode draws noodles, coffee and popcorn, stays the one thing it was.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.bond import FLAT, is_vessel, lives
from pingxing.engine.backends.scene.company import has, living, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import Kind, Meaning, concept_of, lexicon

# What lies how, in Chinese: 装满信的邮箱.
FILLED = {
    "装满": "~inside", "装满了": "~inside", "装着": "~inside", "盛满": "~inside", "盛着": "~inside", "插着": "~inside",
    "装了": "~inside", "盛了": "~inside", "塞满": "~inside", "有": "~inside", "带": "~inside",
    "摆满": "~on", "堆满": "~on", "放满": "~on", "挂满": "~on", "挂满了": "~on", "开满": "~on", "长满": "~on",
    "挂着": "~on", "坐着": "~inside", "载着": "~inside", "躺着": "~on", "站着": "~on", "趴着": "~on",
    "载满": "~inside", "载满了": "~inside", "满载": "~inside",
    "铺着": "~on", "盖着": "~on", "堆着": "~on", "种着": "~on", "结着": "~on", "铺满": "~on",
    "盖满": "~on", "放着": "~on", "摆着": "~on", "插满": "~inside", "停着": "~on", "结满": "~on", "落满": "~on",
}  # fmt: skip
BORNE_ZH = frozenset({"挂着", "坐着", "载着", "躺着", "站着", "趴着"})

BASKET, PLATE, BOWL, BOX, JAR, BUCKET, BAG = map(concept_of, ("🧺", "🍽️", "🥣", "📦", "🫙", "🪣", "🛍️"))
VASE = "E09E"
WORDS = {
    BASKET: "basket, punnet, hamper | 篮, 篮子, 竹篮, 小篮, 小篮子, 大篮, 筐, 竹筐, 箩筐",
    PLATE: "plate, platter, dish, tray | 盘, 盘子, 碟, 碟子, 大盘, 小盘, 小碟, 托盘",
    BOWL: "bowl | 碗, 大碗, 小碗",
    BOX: "box, crate | 箱, 箱子, 盒, 盒子, 纸箱, 大箱, 小盒",
    JAR: "jar, glass jar | 罐, 罐子, 玻璃罐, 小罐",
    BUCKET: "bucket, pail | 桶, 水桶, 小桶",
    BAG: "bag, paper bag | 袋, 袋子, 纸袋",
    VASE: "vase | 瓶, 花瓶",
}
# Drawn in a cup, bowl, pan or box of its own, or on a plate.
SERVED = frozenset(map(concept_of, "🍜🍲🍛🍚🥣🥗🍝🥘🍳🫕🍯🍨🍧🍮🍿🍱🥡🥫🍟🍶🍼🫙🍦🥧🧋🪴🍽💐☕🥛")) | frozenset(
    {"E018", "E019", "E01D", "E084", "E085", "E11C", "E11B", "E0F0"}
)
# One picture stands for all of it: bread, fish, cheese, a cake.
WHOLE = frozenset(map(concept_of, "🍞🐟🧀🎂🍰🍕🥩🍗🍖🥓🍣🍔🥪🌮🧈🥖🧊🌾"))
STUFF = frozenset({"water", "sand", "soil", "水", "清水", "沙子", "泥土"})
FOOD_ONLY = frozenset({PLATE, BOWL})
SMALL = 0.75  # metres: what is larger is in no basket
BEFORE: tuple[Kind, ...] = ("number", "the", "size", "colour", "trait", "times")
DESCRIBES: tuple[Kind, ...] = ("size", "colour", "trait", "shade", "ignore")
MOST = 5  # tokens that describe what is inside


def _read(words: dict[str, str], half: int) -> dict[str, str]:
    return {w.strip(): concept for concept, line in words.items() for w in line.split("|")[half].split(",")}


ENGLISH, CHINESE = _read(WORDS, 0), _read(WORDS, 1)


def vessels(tokens: list[Token]) -> list[Token]:
    """The tokens with such vessels as things of their own; linear in their number."""
    out: list[Token] = []
    filled = gone = -1
    for index, token in enumerate(tokens):
        if index == gone:
            continue
        if index == filled and not has(token, "company"):  # 一篮苹果: as many as go in
            token = replace(token, plural=token.plural or _many(token))
        vessel = _vessel(token, out)
        end = _contents(tokens, index + 1, vessel) if vessel else 0
        stuff = peek(tokens, index + 1)
        if vessel == BUCKET and stuff is not None and stuff.text in STUFF:  # 一桶水 shows the bucket
            out.append(replace(token, meanings=(Meaning("thing", vessel),), end=stuff.end))
            filled, gone = -1, index + 1
            continue
        if not end:
            out.append(token)
            continue
        many = token.text.split(" ")[0].endswith("s") or token.text.startswith(("boxes", "dishes"))
        plural = not token.chinese and many and not token.text.startswith("glass")
        word = token.text.removesuffix(" of")
        out.append(replace(token, text=word, meanings=(Meaning("thing", vessel),), plural=plural))
        how = "on" if vessel in FLAT else "inside"
        out.append(replace(token, start=token.end, text="of", meanings=(Meaning("fill", how),)))
        filled = end - 1
    return out


def _vessel(token: Token, before: list[Token]) -> str:
    """The concept of the vessel that a word counts with: "baskets of", 盘 after a number; empty where it does not."""
    last = before[-1] if before else None
    if token.chinese:
        at = len(before) - 1
        while at >= 0 and has(before[at], "size") and not has(before[at], "thing"):
            at -= 1
        counted = has(peek(before, at), "number") and token.text in CHINESE
        return CHINESE[token.text] if counted else ""
    if not (token.has("measure") and token.text.endswith(" of")) or not has(last, *BEFORE):
        return ""
    word = token.text.removesuffix(" of")
    return next(
        (ENGLISH[form] for form in (word, word.removesuffix("s"), word.removesuffix("es")) if form in ENGLISH), ""
    )


def _contents(tokens: list[Token], at: int, vessel: str) -> int:
    """Where the noun phrase ends that begins here, if it can be in the vessel and is not drawn with one; else 0."""
    start = at
    while at < start + MOST and not has(peek(tokens, at), "thing", "company"):
        paints = has(peek(tokens, at), "and") and has(peek(tokens, at - 1), "colour") and at > start
        if not (has(peek(tokens, at), *DESCRIBES) or (paints and has(peek(tokens, at + 1), "colour"))):
            break
        at += 1
    if at > start and tokens[at - 1].text == "地":
        return 0
    while at < start + MOST and (of := peek(tokens, at)) is not None and of.text == "的":
        at += 1
    noun = peek(tokens, at)
    if noun is None or noun.mark or not (_goes_in(noun, vessel) or _is_fruit(noun)):
        return 0
    following = peek(tokens, at + 1)  # 一盒牛奶糖, "wonton soup": the next noun is the one that is meant
    gap = 0 if noun.chinese else 1
    if following is not None and has(following, "thing") and following.start == noun.end + gap:
        return 0
    return at + 1


def _goes_in(noun: Token, vessel: str) -> bool:
    concept = noun.get("thing")
    if concept is None or concept in SERVED or concept == vessel or is_vessel(concept):
        return False
    kind = traits(concept)
    flower = kind.subgroup == "plant-flower"
    if vessel == VASE or flower:
        return flower and vessel not in FOOD_ONLY
    if kind.subgroup == "drink" or kind.metres > SMALL:
        return False
    if vessel in FOOD_ONLY:
        return kind.group == "food-drink" or kind.subgroup in ("plant-other", "food-vegetable", "food-fruit")
    return not (lives(concept) and kind.group == "people-body")


def _is_fruit(noun: Token) -> bool:
    """Whether it is a word for many kinds of food at once: fruit, 蔬菜."""
    members = noun.get("company")
    if members is None:
        return False
    names = lexicon().names
    return all(word in names and traits(word).group == "food-drink" for word in members.split())


def _many(noun: Token) -> bool:
    return noun.chinese and noun.get("thing") not in WHOLE


def filled(tokens: list[Token], at: int) -> bool:
    """装满信的邮箱: whether a thing, 的 and another thing follow, a vessel where the word says only 有."""
    for index in range(at + 1, min(at + 8, len(tokens) - 1)):
        if tokens[index].mark:
            return False
        if tokens[index].text == "的" and tokens[index - 1].has("thing"):
            owner = next((t for t in tokens[index + 1 : index + 4] if t.has("thing")), None)
            if owner is None or tokens[index + 1].mark:
                return False
            if tokens[at].text in ("有", "带"):  # 有四个蛋的鸟窝
                return is_vessel(owner.get("thing") or "")
            return tokens[at].text not in BORNE_ZH or not living(owner)  # 挂着相机的男孩 wears it
    return False
