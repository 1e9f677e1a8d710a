"""What a prompt says of the whole picture and not of its things: an exact palette, no background."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pingxing.types import MAX_PALETTE

_COLOUR = r"#?[0-9a-fA-F]{6}(?![0-9a-zA-Z])|#[0-9a-fA-F]{3}(?![0-9a-zA-Z])"
_PALETTE = re.compile(
    r"(?:,\s?|，\s?)?(?:(?:colou?r )?palette|colou?rs|配色方案|配色|调色板|調色板|色板|颜色|顏色)"
    r"\s{0,3}(?:[=:＝：]|of|为|為|是|用)\s{0,3}"
    rf"(?P<colours>(?:{_COLOUR})(?:\s{{0,3}}(?:[,，、;；/|]|and|和|\s)\s{{0,3}}(?:{_COLOUR})){{0,40}})",
    re.IGNORECASE,
)
_ONE = re.compile(_COLOUR)
_BARE = re.compile(
    r"(?:,\s?|，\s?)?(?:"
    r"(?:(?:on|with|against|having)\s)?(?:an?\s|the\s)?(?:fully\s|completely\s)?transparent\s(?:background|backdrop|bg)(?:\spng)?"
    r"|(?:with\s)?(?:no|without(?:\san?y?)?|zero)\s(?:background|backdrop)\b(?!\s(?:people|person|character|noise|music))"
    r"|background[- ]free|(?:as\san?\s)?(?:transparent\s)?png\scut-?out|(?:as\san?\s)?cut-?out\spng"
    r"|isolated\scut-?out|(?:as\san?\s)?transparent\spng"
    r"|(?:背景|底)(?:是|为|為)?透明的?|透明的?(?:背景|底图|底圖|底|png)|(?:没有|沒有|不要|去掉|去除|无|無|不带|不帶)(?:任何)?背景(?!音|人)"
    r"|抠图|摳圖|免抠图?|免摳圖?|去背景?|png免抠(?:素材)?|抠像"
    r")",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Asides:
    """What was found, where, and the prompt of the same length with it blank."""

    blank: str
    exact: tuple[str, ...] = ()  # "#rrggbb"
    transparent: bool = False
    spans: tuple[tuple[int, int], ...] = ()


def _hexed(text: str) -> str:
    digits = text.removeprefix("#").lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def asides(prompt: str) -> Asides:
    """An exact palette (`palette=#aabbcc,#112233`, 配色=…) and the wish for no background, anywhere in the prompt."""
    spans: list[tuple[int, int]] = []
    exact: list[str] = []
    for match in _PALETTE.finditer(prompt):
        spans.append(match.span())
        exact += [_hexed(found.group()) for found in _ONE.finditer(match.group("colours"))]
    bare = [match.span() for match in _BARE.finditer(prompt)]
    letters = list(prompt)
    for start, end in (*spans, *bare):
        letters[start:end] = "," + " " * (end - start - 1)
    found = tuple(dict.fromkeys(exact))[:MAX_PALETTE]
    return Asides("".join(letters), found, bool(bare), (*spans, *bare))
