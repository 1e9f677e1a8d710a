"""Makes disguised phrases for `bench.guard`. It knows nothing of the matcher: no table here comes from it.

Each transform takes a phrase and a chance and returns the phrase in disguise, or None where it cannot apply
(homophones of English, traditional characters that are the same). Pinyin and homophones need `pypinyin`; without
it those rows are left out and the run says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from random import Random

Transform = Callable[[str, Random], "str | None"]

_INVISIBLE = ["\u200b", "\u200c", "\u200d", "\u2060", "\ufe0f", "\u00ad", "\ufeff", "\u034f"]
_SYMBOLS = list("*_.·•~^+=#-★☆|")
_CYRILLIC = str.maketrans("aceopxyisjhABEKMHOPCTX", "асеорхуіѕјһАВЕКМНОРСТХ")
_LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "b": "8", "l": "1", "g": "9"}
_STYLES = [0x1D41A, 0x1D44E, 0x1D4EA, 0x1D5BA, 0x1D622, 0x1D68A, 0x24D0, 0xFF41]
# Written for this generator alone, by how people split characters in chat.
_PARTS = {
    "炸": "火乍", "弹": "弓单", "枪": "木仓", "强": "弓虽", "骗": "马扁", "诈": "讠乍", "证": "讠正", "体": "亻本",
    "假": "亻叚", "伪": "亻为", "信": "亻言", "作": "亻乍", "做": "亻故", "钱": "钅戋", "钞": "钅少", "银": "钅艮",
    "毒": "主母", "药": "艹约", "杀": "乂木", "材": "木才", "法": "氵去", "如": "女口", "好": "女子", "她": "女也",
    "妈": "女马", "照": "昭灬", "的": "白勺", "明": "日月", "脱": "月兑", "胸": "月匈", "裸": "衤果", "裤": "衤库",
    "裙": "衤君", "孩": "子亥", "炮": "火包", "烧": "火尧", "爆": "火暴", "刺": "朿刂", "割": "害刂", "别": "另刂",
    "驾": "加马", "驶": "马史", "拍": "扌白", "打": "扌丁", "偷": "亻俞", "换": "扌奂", "脸": "月佥", "情": "忄青",
    "红": "纟工", "结": "纟吉", "给": "纟合", "绑": "纟邦", "谣": "讠䍃", "识": "讠只", "话": "讠舌", "说": "讠兑",
    "词": "讠司", "讲": "讠井", "计": "讠十", "划": "戈刂", "视": "礻见", "现": "王见", "理": "王里", "教": "孝攵",
    "放": "方攵", "政": "正攵", "利": "禾刂", "私": "禾厶", "和": "禾口", "程": "禾呈", "码": "石马", "破": "石皮",
    "酒": "氵酉", "配": "酉己", "跳": "足兆", "路": "足各", "跑": "足包", "江": "氵工", "没": "氵殳", "洗": "氵先",
}  # fmt: skip
_PICTURES = {
    "bomb": "💣", "炸弹": "💣", "gun": "🔫", "手枪": "🔫", "baby": "👶", "婴儿": "👶", "child": "🧒", "儿童": "🧒",
    "bank": "🏦", "银行": "🏦", "school": "🏫", "学校": "🏫", "passport": "🛂", "护照": "🛂", "police": "👮",
    "警察": "👮", "news": "📰", "新闻": "📰", "cat": "🐱", "猫": "🐱", "dog": "🐶", "hospital": "🏥", "医院": "🏥",
    "receipt": "🧾",
    "credit card": "💳", "银行卡": "💳", "id card": "🪪", "身份证": "🪪",
}  # fmt: skip


def _han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _some(chance: Random, count: int, share: float = 0.7) -> set[int]:
    """Which of `count` places are changed: most, and always one."""
    chosen = {at for at in range(count) if chance.random() < share}
    return chosen or ({chance.randrange(count)} if count else set())


def width_and_case(text: str, chance: Random) -> str | None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" and chance.random() < 0.7 else c for c in text)
    found = "".join(c.upper() if chance.random() < 0.5 else c for c in wide)
    return found if found != text else None


def invisible(text: str, chance: Random) -> str | None:
    return "".join(c + (chance.choice(_INVISIBLE) if chance.random() < 0.5 else "") for c in text)


def lookalikes(text: str, chance: Random) -> str | None:
    if not any(map(_han, text)):
        found = "".join(c.translate(_CYRILLIC) if chance.random() < 0.7 else c for c in text)
        return found if found != text else None
    from opencc import OpenCC

    found = OpenCC("s2t").convert(text)
    return found if found != text else None


def symbols(text: str, chance: Random) -> str | None:
    mark = chance.choice(_SYMBOLS)
    if any(map(_han, text)):
        return re.sub(r"(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])", lambda _: mark, text)
    return " ".join(mark.join(word) if len(word) > 2 else word for word in text.split())


def spaces(text: str, chance: Random) -> str | None:
    if any(map(_han, text)):
        return re.sub(r"(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])", " ", text)
    return "  ".join(" ".join(word) for word in text.split())


def drawn_out(text: str, chance: Random) -> str | None:
    if any(map(_han, text)):
        times = chance.choice([2, 3])
        return "".join(c * times if _han(c) else c for c in text)
    words = text.split()
    for place in range(len(words)):
        letters = list(words[place])
        spots = [at for at, c in enumerate(letters) if c.isalpha()]
        if len(letters) > 2 and spots:
            letters[chance.choice(spots)] *= chance.choice([3, 4, 5])
            words[place] = "".join(c if len(c) == 1 else c[0] * len(c) for c in letters)
    return " ".join(words)


def leet_or_parts(text: str, chance: Random) -> str | None:
    if any(map(_han, text)):
        spots = [at for at, c in enumerate(text) if c in _PARTS]
        chosen = {spots[n] for n in _some(chance, len(spots))}
        return "".join(_PARTS[c] if at in chosen else c for at, c in enumerate(text)) if spots else None
    spots = [at for at, c in enumerate(text.lower()) if c in _LEET]
    chosen = {spots[n] for n in _some(chance, len(spots), 0.5)}
    return (
        "".join(chance.choice(_LEET[c.lower()]) if at in chosen else c for at, c in enumerate(text)) if spots else None
    )


def combining(text: str, chance: Random) -> str | None:
    mark = chance.choice(["\u0336", "\u0301", "\u0308", "\u0332", "\u0489"])
    return "".join(c + mark if not c.isspace() else c for c in text)


def styled_or_pinyin(text: str, chance: Random) -> str | None:
    if not any(map(_han, text)):
        start = chance.choice(_STYLES)
        return "".join(chr(start + ord(c) - 97) if "a" <= c <= "z" and c != "h" else c for c in text.lower())
    said = _pinyin()
    if said is None:
        return None
    syllables = said(text)
    runs = [m.span() for m in re.finditer(r"[\u4e00-\u9fff]+", text)]
    found, at = [], 0
    for start, end in runs:
        found.append(text[at:start])
        cut = chance.choice(["", " "])
        found.append(cut.join(syllables[start:end]))
        at = end
    return "".join(found) + text[at:]


def homophones(text: str, chance: Random) -> str | None:
    """About half of the characters by others of the same sound without tone."""
    said = _pinyin()
    if said is None or not any(map(_han, text)):
        return None
    syllables = said(text)
    chosen = _some(chance, len(text), 0.5)
    found = "".join(
        chance.choice(same) if at in chosen and _han(c) and (same := _same(syllables[at], c)) else c
        for at, c in enumerate(text)
    )
    return found if found != text else None


def pictures(text: str, chance: Random) -> str | None:
    found = text
    for word in sorted(_PICTURES, key=len, reverse=True):
        pattern = re.escape(word) if _han(word[0]) else rf"\b{word}\b"
        found = re.sub(pattern, _PICTURES[word], found)
    return found if found != text else None


def backwards(text: str, chance: Random) -> str | None:
    """The whole phrase, or (English) every word in its place."""
    if not any(map(_han, text)) and chance.random() < 0.5:
        return " ".join(word[::-1] for word in text.split(" "))
    return text[::-1]


def mixed(text: str, chance: Random) -> str | None:
    """Several scripts in one word: a character in pinyin beside one that is not, Cyrillic beside digits."""
    if not any(map(_han, text)):
        first = lookalikes(text, chance) or text
        return "".join("0" if c == "о" and chance.random() < 0.4 else c for c in first)
    said = _pinyin()
    if said is None:
        return None
    syllables = said(text)
    return "".join(syllables[at] if _han(c) and at % 2 == chance.randrange(2) else c for at, c in enumerate(text))


TRANSFORMS: dict[str, Transform] = {
    "width and case": width_and_case,
    "invisible characters": invisible,
    "look-alikes, traditional": lookalikes,
    "symbols between": symbols,
    "spaces between": spaces,
    "drawn out": drawn_out,
    "leet, split characters": leet_or_parts,
    "combining marks": combining,
    "styled letters, pinyin": styled_or_pinyin,
    "homophones": homophones,
    "emoji as words": pictures,
    "reversal": backwards,
    "mixed scripts": mixed,
}


@cache
def _pinyin() -> Callable[[str], list[str]] | None:
    try:
        from pypinyin import Style, pinyin
    except ImportError:
        return None

    def said(text: str) -> list[str]:
        found: list[str] = []
        for run in re.findall(r"[\u4e00-\u9fff]+|[^\u4e00-\u9fff]", text):
            found.extend(s[0] for s in pinyin(run, style=Style.NORMAL)) if _han(run[0]) else found.append(run)
        return [s.replace("ü", "v") for s in found]

    return said


def has_pinyin() -> bool:
    return _pinyin() is not None


@cache
def _by_sound() -> dict[str, list[str]]:
    """Everyday characters (the first level of GB 2312) by sound."""
    said = _pinyin()
    table: dict[str, list[str]] = {}
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF):
            try:
                character = bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            if said is not None:
                table.setdefault(said(character)[0], []).append(character)
    return table


def _same(syllable: str, character: str) -> list[str]:
    return [other for other in _by_sound().get(syllable, []) if other != character]
