"""Which typeface an inscription is set in: the one asked for, else what suits the words, the feast or the board."""

from __future__ import annotations

import re

from pingxing.engine.backends.scene.faces import covers
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.styles import Style

# Words of the inscription that call for a typeface. The first that matches counts.
_OCCASIONS = tuple(
    (face, re.compile("|".join(words.split()).replace("_", " "), re.IGNORECASE))
    for face, words in (
        ("round", r"birthday party kids baby hooray yummy \bhello\b welcome love_you"),
        ("round", "生日 派对 宝宝 儿童 六一 萌 可爱 么么 欢迎 加油 你好"),
        ("brush", "新年 新春 春节 福 囍 中秋 端午 元宵 重阳 冬至 立春 清明 恭喜 恭贺 大吉 如意 财源 招财 万事"),
        ("brush", "诗 酒 茶 禅 道"),
        ("serif", r"wedding married marry poem poetry chapter novel once_upon in_memory rest_in_peace r\.?i\.?p\b"),
        ("serif", "新婚 婚礼 百年好合 永结同心"),
        ("sans", r"\bsale\b %_?off warning danger caution \bstop\b \bexit\b \bopen\b \bclosed\b \bkeep\b wi-?fi \bno_"),
        ("sans", "打折 特价 促销 注意 禁止 小心 警告 危险 出口 营业"),
    )
)  # fmt: skip
_OF_TOUCHES = {"birthday": "round", "halloween": "round", "christmas": "script", "spring-festival": "brush",
               "mid-autumn": "brush", "wedding": "serif"}  # fmt: skip
_OF_STYLES = {"ink": "brush", "woodblock": "brush", "papercut": "serif", "porcelain": "serif", "blueprint": "sans"}
# What a face is for letters without Chinese, and what stands in where it lacks a character.
_LATIN = {"round": "bubble", "brush": "script"}
_NEXT = {"round": "sans", "brush": "serif", "bubble": "sans", "script": "serif", "serif": "sans"}


def choose(plan: Plan, text: int, style: Style, usual: str = "") -> str:
    """The face of one inscription; it has every character of it. `usual` is that of what it stands on."""
    string = plan.texts[text]
    asked = plan.faces[text] if text < len(plan.faces) else ""
    face = asked or _OF_STYLES.get(style.id, "") or _occasion(plan, string) or usual or "sans"
    chinese = any(c > "\u2e80" for c in string)
    if not chinese:
        face = _LATIN.get(face, face)
    elif face == "script":
        face = "brush" if asked else "round"
    if face == "script" and re.search(r"[A-Z]{3}", string):
        face = "bubble"  # capitals of a running hand do not join
    while not covers(face, string) and face in _NEXT:
        face = _NEXT[face]
    return face


def _occasion(plan: Plan, string: str) -> str:
    for face, words in _OCCASIONS:
        if words.search(string):
            return face
    return next((_OF_TOUCHES[touch] for touch in plan.touches if touch in _OF_TOUCHES), "")
