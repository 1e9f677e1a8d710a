"""Nouns that stand beside each other and name one thing: "apple tree", 苹果树, 草莓蛋糕, 金毛小狗, 兔子魔术师."""

from __future__ import annotations

from pingxing.engine.backends.scene.bond import is_person, lives
from pingxing.engine.backends.scene.people import gender_of, gendered
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.rephrase import KIN
from pingxing.engine.backends.scene.traits import traits

# Heads of Chinese compounds: 苹果树 is a tree, not an apple and a tree.
CHINESE_HEADS = frozenset(
    {
        "树",
        "花",
        "汤",
        "店",
        "屋",
        "塔",
        "桥",
        "船",
        "树林",
        "车",
        "灯",
        "帽",
        "画",
        "雕像",
        "玩偶",
        "挂件",
        "气球",
        "印花",
        "摊",
        "摊位",
        "摊子",
        "亭",
    }
)
DISHES = ("food-prepared", "food-sweet", "drink")
KEEPERS = (
    "walker",
    "rider",
    "tamer",
    "watcher",
    "seller",
    "lady",
    "hunter",
    "farmer",
    "trainer",
    "keeper",
    "lover",
    "owner",
    "man",
    "woman",
    "boy",
    "girl",
    "men",
    "herder",
    "charmer",
)


# Men by trade: a snail postman is a snail.
CARRIERS = frozenset({"postman", "mailman", "fireman", "policeman", "milkman", "fisherman", "businessman", "salesman"})


def is_compound(prompt: str, noun: Token | None, token: Token) -> bool:
    """Whether the noun just before only describes this one ("apple tree", 苹果树)."""
    if noun is None or noun.end > token.start:
        return False
    between = prompt[noun.end : token.start]
    if not token.chinese:
        return between.isspace() and not noun.plural
    same = token.get("thing") in {m.value for m in noun.meanings}  # 金毛小狗
    kinds = (same, token.text in CHINESE_HEADS, _is_role(noun, token), _is_dish(noun, token), is_actor(noun, token))
    return not between and (any(kinds) or _is_made_of(noun, token))


def _is_made_of(noun: Token, token: Token) -> bool:
    """Whether a last character names the thing and a thing of another kind describes it: 车轮饼, 国王蟹; no 猫狗."""
    before, after = traits(noun.get("thing") or ""), traits(token.get("thing") or "")
    return len(token.text) == 1 and before.group != after.group and not is_person(token.get("thing") or "")


def is_actor(noun: Token | None, token: Token) -> bool:
    """Whether an animal plays the person named next: 兔子魔术师, "a cat chef" (but no "dog walker")."""
    before = noun.get("thing") if noun is not None else None
    beast = before is not None and lives(before) and not is_person(before)
    keeper = not token.chinese and token.text.endswith(KEEPERS) and token.text not in CARRIERS
    return beast and is_person(token.get("thing") or "") and token.text not in KIN and not keeper


def _is_dish(noun: Token, token: Token) -> bool:
    """Whether one food says what another is made of: 草莓蛋糕, 牛肉面."""
    before = noun.get("thing")
    food = before is not None and traits(before).group == "food-drink"
    return food and traits(token.get("thing") or "").subgroup in DISHES


def _is_role(noun: Token, token: Token) -> bool:
    """Whether a woman or man just named only says who does the work: 女性宇航员."""
    gender = gender_of(noun.get("thing") or "")
    concept = token.get("thing") or ""
    return bool(gender) and gendered(concept, gender) != concept
