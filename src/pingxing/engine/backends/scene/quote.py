"""Words to be written in the picture: what a prompt puts in quotation marks, exactly as it stands there."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST = 60  # characters of one inscription

# Apostrophes are single quotation marks too: a quotation begins after a space and ends before one.
_MARKED = (
    r'"[^"\n]{1,200}"|“[^”\n]{1,200}”|„[^“”\n]{1,200}[“”]|「[^」\n]{1,200}」|『[^』\n]{1,200}』|《[^》\n]{1,200}》'
    r"|〈[^〉\n]{1,200}〉|«[^»\n]{1,200}»|＂[^＂\n]{1,200}＂|〝[^〞\n]{1,200}〞|‘[^‘’\n]{1,200}’(?![a-z])"
    r"|(?<![A-Za-z0-9'])'(?=\S)[^'\n]{1,200}(?:'[a-z]{1,2}\s[^'\n]{1,200})?(?<=\S)'(?![A-Za-z0-9'])"
)
_EN = r"(?:sign|banner|poster|placard|signboard|billboard|board|blackboard|chalkboard|whiteboard|speech bubble|notice)"
_ZH = r"(?:横幅|牌子|招牌|标语牌|标语|海报|告示牌|木牌|条幅|牌匾|广告牌|黑板|白板|告示|对话框|对话气泡|气泡框|标牌|路牌|霓虹灯牌|灯牌)"
# A board that carries the words is the banner that we hang; it is no thing beside it.
_BEFORE = (
    rf"(?:(?:(?:an?|the|one|big|large|small|wooden|neon)\s+){{0,4}}{_EN}\s+)?"
    r"(?:(?:(?:that|which)\s+(?:says?|reads?)|saying|reading|(?:labell?ed|titled|captioned|inscribed)(?:\s+with)?"
    r"|with\s+(?:the\s+)?(?:words?|text|title|caption|inscription|lettering|message|writing)"
    r"|(?:the\s+)?(?:words?|text|title|caption|message)|with)\s*[:,]?\s*)?"
    rf"(?:(?:[一这那]?[块个条张幅面](?:大|小|红|木)?)?(?:霓虹灯?)?{_ZH}(?:上面|上)?)?"
    r"(?:(?:(?:上面|上边|上)?(?:写着|写有|写上|写了|印着|印有|刻着|题着|标着|贴着)"
    r"|[配加]?(?:文字|标题|字幕|字样)[是为]?)[::,,]?\s*)?"
)
_AFTER = rf"(?:这?[一二两三四五六七八九十几]?个?[大小]?字样?)?(?:的(?:{_ZH}|字样|字))?(?:\s+{_EN}\b)?"
_QUOTE = re.compile(f"{_BEFORE}(?P<quote>{_MARKED}){_AFTER}", re.IGNORECASE)


_BOARDS = {
    "neon": ("neon", "霓虹"),
    "cloth": ("banner", "横幅", "条幅", "标语"),
    "wood": ("sign", "board", "placard", "牌", "木"),
}


@dataclass(frozen=True, slots=True)
class Quote:
    """One inscription: its words, and what part of the prompt asked for it."""

    string: str
    start: int
    end: int
    board: str = "card"  # what the words are written on


def _board(match: re.Match[str]) -> str:
    """The board that the words around the quotation name."""
    around = (
        match.group(0)[: match.start("quote") - match.start()] + match.group(0)[match.end("quote") - match.start() :]
    ).lower()
    for board, names in _BOARDS.items():
        if any(name in around for name in names):
            return board
    return "card"


def quotes(prompt: str) -> tuple[list[Quote], str]:
    """Every inscription in order, and the prompt of the same length with them and the words around them blank.

    What is quoted is not read for things: a banner that says "cat food" asks for no cat.
    """
    found: list[Quote] = []
    blank = prompt
    for match in _QUOTE.finditer(prompt):
        string = match.group("quote")[1:-1].strip()
        if string:
            found.append(Quote(string, *match.span(), _board(match)))
            blank = blank[: match.start()] + " " * (match.end() - match.start()) + blank[match.end() :]
    return found, blank
