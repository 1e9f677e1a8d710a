"""Styles asked for by words of the prompt itself: "pixel art of a cat", 水墨画风格的虾."""

from __future__ import annotations

import re
from functools import cache

# Words that mean a manner of drawing and nothing that could be drawn (a porcelain vase is a vase, see `_pattern`).
WORDS: dict[str, tuple[str, ...]] = {
    "pixel": ("pixel art", "pixelart", "pixel style", "pixelated", "8-bit", "8 bit", "16-bit", "像素画", "像素风",
              "像素艺术", "像素"),
    "lineart": ("line art", "lineart", "line drawing", "line-art", "线稿", "线描", "简笔画"),
    "outline": ("coloring page", "colouring page", "coloring book", "colouring book", "outline style", "填色画",
                "涂色画", "涂色页", "填色页", "描边风"),
    "3d": ("3d render", "3d rendering", "3d style", "3d cartoon", "in 3d", "三维", "3d风", "立体风", "3d渲染"),
    "flat": ("flat design", "flat illustration", "flat style", "flat vector", "扁平风", "扁平化", "扁平插画"),
    "cartoon": ("cartoon style", "cartoon drawing", "卡通风"),
    "sticker": ("die-cut sticker", "die cut sticker", "sticker style", "as a sticker", "贴纸风", "贴纸样式",
                "做成贴纸"),
    "pastel": ("pastel style", "in pastels", "pastel tones", "粉彩", "马卡龙色", "马卡龙风"),
    "neon": ("neon style", "neon art", "neon glow style", "霓虹风"),
    "ink": ("ink wash painting", "ink wash", "ink painting", "chinese ink", "sumi-e", "水墨画", "水墨风", "水墨",
            "国画", "中国画"),
    "papercut": ("paper cut", "paper-cut", "papercut", "paper cutting", "paper-cutting", "剪纸画", "剪纸", "窗花风"),
    "porcelain": ("blue-and-white porcelain", "blue and white porcelain", "porcelain style", "delft style", "青花瓷",
                  "青花"),
    "riso": ("risograph", "riso print", "孔版印刷", "孔版画"),
    "blueprint": ("blueprint style", "as a blueprint", "blueprint drawing", "蓝图风", "工程蓝图"),
    "woodblock": ("woodblock print", "woodblock", "woodcut", "ukiyo-e", "木版画", "木刻版画", "木刻", "浮世绘"),
    "lowkey": ("low-key lighting", "low key lighting", "low-key", "chiaroscuro", "低调光", "暗调"),
    "moonlit": ("moonlit style", "月夜风"),
}  # fmt: skip
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|「[^」]*」|『[^』]*』|《[^》]*》|'[^']{2,}'(?![a-z])")
_LEAD = r"(?:(?:in|as)\s+(?:an?\s+|the\s+)?)?"
_TAIL = r"(?:\s+style|\s+of\b|\s*风格的?|\s*风的?|\s*样式的?|(?<=[\u4e00-\u9fff])的)?"


@cache
def _pattern() -> re.Pattern[str]:
    words = sorted((word for group in WORDS.values() for word in group), key=len, reverse=True)
    latin = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words if word.isascii())
    other = "|".join(re.escape(word) for word in words if not word.isascii())
    vessel = "(?!瓷?[瓶碗盘杯壶罐花器])"
    return re.compile(rf"{_LEAD}\b({latin})(?![a-z0-9]){_TAIL}|({other}){vessel}{_TAIL}", re.IGNORECASE)


@cache
def _styles() -> dict[str, str]:
    return {word: style for style, group in WORDS.items() for word in group}


def style_asked(prompt: str) -> tuple[str, str]:
    """The style that the prompt's own words ask for ("" for none), and the prompt with those words blanked.

    Blanks keep every other code point in its place. Quoted text is never read as a style. The first style wins;
    every style word goes, or it would be looked for among the things.
    """
    quotes = [match.span() for match in _QUOTED.finditer(prompt)]
    found, left = "", list(prompt)
    for match in _pattern().finditer(prompt):
        start, end = match.span()
        if any(start < stop and begin < end for begin, stop in quotes):
            continue
        word = re.sub(r"\s+", " ", (match.group(1) or match.group(2)).lower())
        found = found or _styles()[word]
        left[start:end] = " " * (end - start)
    blank = "".join(left)
    return (found, blank) if blank.strip() else (found, prompt)
