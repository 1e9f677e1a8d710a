"""Which of Unicode's concepts may be drawn as things, and which of their names may stand in a sentence."""

from __future__ import annotations

from pingxing.engine.backends.scene.art import Entry

# Emoji that are whole little pictures (a cityscape at dusk) belong in no picture.
TILES = frozenset(
    ["1F3D9", "1F306", "1F307", "1F303", "1F309", "1F3DE", "1F3DC", "1F305", "1F304", "1F30C", "1F391", "1F46A"]
)
FLAGS = frozenset(["1F6A9", "1F3C1", "1F3F4-200D-2620"])  # a pennant, the chequered one, a pirate's
# Where Unicode names a state, a deed or an order (担心, 好的, 向上), only these endings make a noun of it.
NOUN_ENDINGS = (
    *(
        "脸",
        "表情",
        "符号",
        "按钮",
        "箭头",
        "标志",
        "手势",
        "气泡",
        "对话框",
        "座",
        "圆",
        "圆形",
        "方块",
        "方形",
        "三角",
        "菱形",
    ),
    *(
        "猫",
        "猴",
        "猴子",
        "心",
        "星",
        "十字架",
        "法轮",
        "手",
        "手指",
        "拳头",
        "鬼",
        "恶魔",
        "怪",
        "怪兽",
        "怪物",
        "号",
        "人",
        "天狗",
    ),
    *(
        "骨头",
        "牙齿",
        "舌头",
        "鼻子",
        "耳朵",
        "眼睛",
        "肌肉",
        "大脑",
        "口罩",
        "指甲油",
        "取款机",
        "提款机",
        "烛台",
        "头骨",
        "骷髅",
    ),
    *(
        "骷髅头",
        "小丑",
        "便便",
        "唇印",
        "吻痕",
        "情书",
        "炸弹",
        "漩涡",
        "女孩",
        "男孩",
        "超人",
        "精灵",
        "厕所",
        "卫生间",
    ),
)
SUFFIX_OF_STATE = {"symbols": "符号", "smileys-emotion": "表情", "people-body": "手势"}


def drawable(entry: Entry) -> bool:
    """Things and signal flags; no flags of countries, which are emblems, and no half symbols."""
    if entry.group == "flags":
        return entry.subgroup == "flag" and entry.concept in FLAGS
    return entry.group != "component" and entry.concept not in TILES


def nouns_of(entry: Entry, names: list[str]) -> list[str]:
    """The names that may stand in a sentence; states and orders only with a word that makes them things."""
    suffix = SUFFIX_OF_STATE.get(entry.group)
    if suffix is None or (entry.group == "people-body" and not entry.subgroup.startswith(("hand", "body"))):
        return names
    return [name if name.endswith(NOUN_ENDINGS) else name + suffix for name in names]
