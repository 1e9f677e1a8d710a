"""Numbers that count nothing in the picture: 一个十二岁的女孩 is one girl, 七点钟的闹钟 one clock, "grandpa turns 80".

Works on tokens and gives tokens; linear in their number.
"""

from __future__ import annotations

from dataclasses import replace

from pingxing.engine.backends.scene.company import has, peek
from pingxing.engine.backends.scene.read import Token
from pingxing.engine.backends.scene.words import Meaning, concept_of

UNITS_ZH = frozenset({
    "岁", "周岁", "岁半", "年", "周年", "月", "日", "号", "点", "点钟", "点半", "分钟", "秒", "小时",
    "元", "块钱", "美元", "欧元", "年级", "度", "折", "公里", "厘米", "级", "届", "英寸", "寸", "码",
})  # fmt: skip
UNITS = frozenset({
    "year", "years", "year-old", "years-old", "month", "months", "week", "weeks", "o'clock", "am", "pm", "dollars",
    "euros", "pounds", "minutes", "minute", "hours", "hour", "percent", "km", "kg", "cm", "degrees",
})  # fmt: skip
HEAPS, FIRES = frozenset({"一堆", "一丛", "一团"}), frozenset({concept_of("🔥"), "E00F"})
TURNS = frozenset({"aged", "age", "turns", "turning", "no", "number"})
YEARS = range(1900, 2100)  # "calendar 2026"


def aged(tokens: list[Token]) -> list[Token]:
    """The tokens without such numbers and their units."""
    out: list[Token] = []
    skip = -1
    for index, token in enumerate(tokens):
        if index <= skip:
            continue
        if token.has("number") and not token.has("thing"):
            unit, after = peek(tokens, index + 1), peek(tokens, index + 2)
            if unit is not None and token.chinese | unit.chinese and unit.start == token.end:
                pair = after is not None and after.start == unit.end
                joined = unit.text + (after.text if after is not None and pair else "")
                if joined in UNITS_ZH or joined in ("年级", "周年"):
                    skip = index + 2
                    continue
                if unit.text in UNITS_ZH and not has(unit, "thing", "measure"):
                    skip = index + 1
                    continue
            if unit is not None and not token.chinese and unit.text in UNITS:
                skip = index + 1 + (after is not None and after.text in ("old", "ago"))
                continue
            before = out[-1].text if out else ""
            year = token.text.isdigit() and int(token.text[:6]) in YEARS and not has(unit, "thing")
            if (before in TURNS and not has(unit, "thing")) or year:
                continue
            if token.text in HEAPS and unit is not None and unit.get("thing") in FIRES:  # 一堆篝火
                token = replace(token, text="一", meanings=(Meaning("number", "1"),))
        out.append(token)
    return out
