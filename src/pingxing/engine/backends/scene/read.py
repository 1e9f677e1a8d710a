"""From a prompt to tokens: longest match over known phrases, each tied to its place in the prompt."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from pingxing.engine.backends.scene.words import IRREGULAR, Kind, Lexicon, Meaning, is_han, simplified, singulars

CHINESE_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "俩": 2}
_CHINESE_NUMBER = re.compile("[零〇一二两三四五六七八九十百]+")
_ENGLISH_WORD = re.compile(r"[a-z0-9][a-z0-9']{0,40}(?:-[a-z0-9']{1,40}){0,4}", re.ASCII)
MAX_NUMBER = 9999
MAX_READ = 4200  # characters; a prompt of 4,000 that unfolds into more is read so far and no farther
BEYOND = 4  # words looked at behind a phrase: "sitting | on the left hand side"
MAX_TOKENS = 560  # far more than a picture has room for; what comes after is not read
UNCHANGED = {"fish", "sheep", "deer", "dice"}  # one or many, the word is the same


@dataclass(frozen=True, slots=True)
class Token:
    """One phrase of the prompt. `meanings` is empty for a word nobody knows."""

    text: str  # folded
    start: int  # code points of the original prompt
    end: int
    meanings: tuple[Meaning, ...]
    chinese: bool
    plural: bool = False
    mark: str = ""  # "," or "." for punctuation

    def get(self, kind: Kind) -> str | None:
        for meaning in self.meanings:  # asked some twenty times of every token, so no generator
            if meaning.kind == kind:
                return meaning.value
        return None

    def has(self, kind: Kind) -> bool:
        for meaning in self.meanings:  # noqa: SIM110 - likewise
            if meaning.kind == kind:
                return True
        return False


def fold(prompt: str) -> tuple[str, list[int]]:
    """The prompt in half width, lower case and simplified characters, and where each character came from."""
    folded: list[str] = []
    origin: list[int] = []
    for index, original in enumerate(prompt):
        for character in unicodedata.normalize("NFKC", original).lower():
            if unicodedata.combining(character):
                continue
            bare = unicodedata.normalize("NFD", character)[0] if character.isalpha() and character < "\u0250" else ""
            folded.append(bare or simplified(character))
            origin.append(index)
        if len(folded) > MAX_READ:
            break
    return "".join(folded), origin


def tokens(prompt: str, lexicon: Lexicon) -> list[Token]:
    """Every phrase of the prompt in order. Takes any text; time grows with its length only."""
    text, origin = fold(prompt.replace("’", "'"))
    found: list[Token] = []
    at = 0
    while at < len(text) and len(found) < MAX_TOKENS:
        character = text[at]
        if is_han(character) or _is_mixed(text, at, lexicon):
            token = _chinese(text, at, origin, lexicon, found[-1] if found else None)
        elif _ENGLISH_WORD.match(text, at):
            token = _english(text, at, origin, lexicon)
        else:
            token = _other(text, at, origin, lexicon)
        if token[0] is not None:
            found.append(token[0])
        at = token[1]
    return found


def _is_mixed(text: str, at: int, lexicon: Lexicon) -> bool:
    """Whether a Chinese word that begins with a Latin letter or digit begins here: T恤, 4K电视."""
    if text[at] not in lexicon.mixed:
        return False
    piece = text[at : at + lexicon.longest_chinese]
    return any(is_han(c) for c in piece) and any(piece[:n] in lexicon.chinese for n in range(2, len(piece) + 1))


def _span(origin: list[int], start: int, end: int) -> tuple[int, int]:
    return origin[start], origin[end - 1] + 1


def chinese_number(text: str) -> int | None:
    """ "十二" -> 12, "二十五" -> 25, "一百" -> 100; None for what is no number."""
    total, digit = 0, -1
    for character in text:
        if character in CHINESE_DIGITS:
            if digit >= 0:
                return None
            digit = CHINESE_DIGITS[character]
        else:
            unit = 10 if character == "十" else 100
            total += (1 if digit < 0 else digit) * unit
            digit = -1
    return total + max(digit, 0)


def _chinese(text: str, at: int, origin: list[int], lexicon: Lexicon, before: Token | None) -> tuple[Token | None, int]:
    best = 0
    for length in range(min(lexicon.heads.get(text[at], 1), lexicon.longest_chinese, len(text) - at), 0, -1):
        if text[at : at + length] in lexicon.chinese:
            best = length
            break
    counted = before is not None and before.chinese and before.has("number") and before.end == origin[at]
    if best > 1 and _places(text, at, best, lexicon):
        best -= 1
    if best > 1 and text[at] in "的和与跟" and at and _names(text, at + 1, best, lexicon):  # 行军的|士兵, and no 的士
        best = 1
    if best > 1 and (_splits_sooner(text, at, best, lexicon) or (counted and _measures(text, at, best, lexicon))):
        best = 1
    if best == 2 and text[at + 2 : at + 3] == "子" and _is_thing(text[at + 1 : at + 3], lexicon):
        best = 1  # 煎|饺子, 包|包子
    if best > 2 and _leaves(text, at + best, lexicon) and _is_thing(text[at : at + best - 1], lexicon):
        best -= 1  # 玫瑰|花环, and no 玫瑰花|环
    if text[at : at + 3] == "白衣服":  # clothes that are white, and no lab coat
        best = 1
    if best == 2 and _acts(text, at, lexicon):
        best = 1
    number = _CHINESE_NUMBER.match(text, at)
    if (end := _doubled(text, at, best, lexicon)) is not None:  # 孤零零的, 绿油油的
        return Token(
            text[at:end], *_span(origin, at, end), _first(text[at], lexicon) or (Meaning("ignore", ""),), True
        ), end
    if number and number.end() - at >= max(best, 1):
        value = chinese_number(number.group())
        if value is not None:
            meaning = (Meaning("number", str(min(value, MAX_NUMBER))),)
            return Token(number.group(), *_span(origin, at, number.end()), meaning, True), number.end()
    end = at + max(best, 1)
    phrase = text[at:end]
    return Token(phrase, *_span(origin, at, end), lexicon.chinese.get(phrase, ()), True), end


def _leaves(text: str, end: int, lexicon: Lexicon) -> bool:
    """Whether a character nobody knows alone would be left that makes a thing with the one before it."""
    rest = text[end : end + 1]
    return bool(rest) and rest not in lexicon.chinese and _is_thing(text[end - 1 : end + 1], lexicon)


def _is_thing(phrase: str, lexicon: Lexicon) -> bool:
    return any(m.kind == "thing" for m in lexicon.chinese.get(phrase, ()))


def _acts(text: str, at: int, lexicon: Lexicon) -> bool:
    """Whether a thing of one character does something: 熊|抱着蜂蜜 and no bear hug, 狗|追着球."""
    if text[at + 2 : at + 3] != "着" or any(m.kind == "thing" for m in lexicon.chinese.get(text[at : at + 2], ())):
        return False
    deed = lexicon.chinese.get(text[at + 1 : at + 3], ())
    return any(m.kind == "thing" for m in lexicon.chinese.get(text[at], ())) and any(
        m.kind in ("verb", "act", "have", "relation", "deed") for m in deed
    )


def _places(text: str, at: int, best: int, lexicon: Lexicon) -> bool:
    """Whether a word of place goes on behind the phrase: 桌子|上面, 桥|上方, but 桌子上|面包."""
    end = at + best
    if text[end - 1] not in "上下里外前后" or text[end : end + 1] not in ("面", "边", "方") or text[at : end - 1] == "":
        return False
    noun = any(m.kind in ("thing", "background") for m in lexicon.chinese.get(text[at : end - 1], ()))
    return noun and not _names(text, end, 2, lexicon)


def _names(text: str, at: int, least: int, lexicon: Lexicon) -> bool:
    """Whether a thing of at least so many characters is named here."""
    most = min(lexicon.longest_chinese, len(text) - at)
    pieces = (lexicon.chinese.get(text[at : at + length], ()) for length in range(least, most + 1))
    return any(m.kind == "thing" for piece in pieces for m in piece)


def _measures(text: str, at: int, best: int, lexicon: Lexicon) -> bool:
    """Whether the character is a measure word and a thing follows it: 一|个|人, not 一|个人; 一|台|风扇 and no 台风."""
    phrase = lexicon.chinese.get(text[at : at + best], ())
    if not any(m.kind == "measure" for m in lexicon.chinese.get(text[at], ())):
        return False
    if any(m.kind == "thing" for m in phrase):
        return _names(text, at + 1, best, lexicon)
    if any(m.kind in ("measure", "number", "times") for m in phrase):
        return False
    return any(
        any(m.kind == "thing" for m in lexicon.chinese.get(text[at + 1 : at + 1 + length], ()))
        for length in range(1, min(lexicon.longest_chinese, len(text) - at - 1) + 1)
    )


VERBAL: tuple[Kind, ...] = ("verb", "act", "number", "be", "have", "at", "not", "measure", "the", "and", "each")


def _doubled(text: str, at: int, best: int, lexicon: Lexicon) -> int | None:
    """Where an adjective of the form ABB ends that stands before 的 or 地; None where there is none."""
    a, b, c, of = (text[at + step : at + step + 1] for step in range(4))
    if best < 2 and a == b and c in ("的", "地") and is_han(a) and a not in "看走听想星点":  # 高高的, 圆圆的
        return at + 2
    if best > 2 or not b or b != c or a == b or of not in ("的", "地") or not (is_han(a) and is_han(b)):
        return None
    if any(m.kind == "thing" for m in lexicon.chinese.get(b + c, ())):  # 看星星的猫
        return None
    verb = any(m.kind in VERBAL for m in lexicon.chinese.get(a, ()))
    return None if verb else at + 3


def _first(character: str, lexicon: Lexicon) -> tuple[Meaning, ...]:
    """What the first character of such an adjective still says: 绿 of 绿油油."""
    return tuple(m for m in lexicon.chinese.get(character, ()) if m.kind in ("colour", "trait", "size", "weather"))


def _splits_sooner(text: str, at: int, best: int, lexicon: Lexicon) -> bool:
    """Whether one character of colour or size and then a thing reach further: 白|天鹅, not 白天|鹅."""
    idle = any(
        m.kind in ("ignore", "deed") for m in lexicon.chinese.get(text[at : at + best], ())
    )  # 看|报纸, not 看报|纸
    kinds: tuple[Kind, ...] = ("colour", "size", "trait", "act", "verb") if idle else ("colour", "size", "trait")
    if not any(m.kind in kinds for m in lexicon.chinese.get(text[at], ())):
        return False
    return any(
        any(m.kind == "thing" for m in lexicon.chinese.get(text[at + 1 : at + 1 + length], ()))
        for length in range(best, min(lexicon.longest_chinese, len(text) - at - 1) + 1)
    )


def _english(text: str, at: int, origin: list[int], lexicon: Lexicon) -> tuple[Token | None, int]:
    words: list[tuple[str, int]] = []
    where, reach, most = at, 1, 1
    while len(words) < reach:
        match = _ENGLISH_WORD.match(text, where)
        if match is None:
            break
        words.append((match.group(), match.end()))
        reach = most = lexicon.heads.get(words[0][0], 1)
        reach += BEYOND if most > 1 else 0
        where = match.end()
        if where >= len(text) or text[where] not in " \t\n":
            break
        while where < len(text) and text[where] in " \t\n":
            where += 1
    first, first_end = words[0]
    if first == "w" and text[first_end : first_end + 1] == "/":  # "w/ a hat", "w/o a hat"
        without = text[first_end + 1 : first_end + 3] in ("o", "o ")
        end = first_end + 1 + without
        word = "without" if without else "with"
        return Token(word, *_span(origin, at, end), lexicon.english[word], False), end
    if first.isdigit():
        meaning = (Meaning("number", str(min(int(first[:6]), MAX_NUMBER))),)
        return Token(first, *_span(origin, at, first_end), meaning, False), first_end
    for count in range(min(most, len(words)), 0, -1):
        phrase = " ".join(word for word, _ in words[:count])
        end = words[count - 1][1]
        head, _, last = phrase.rpartition(" ")
        forms = [(phrase, False)]
        if "-" in phrase:
            forms += [(phrase.replace("-", " "), False), (phrase.replace("-", ""), False)]
        forms += [(f"{head} {single}".strip(), True) for single in singulars(last)]
        if last.endswith("'s"):
            forms.append((phrase[:-2], False))
        for form, plural in forms:
            if form in lexicon.english:
                meanings = lexicon.english[form]
                if plural and not any(m.kind in ("thing", "background", "missing", "company") for m in meanings):
                    continue
                if count > 1 and last.endswith("ing") and _is_deed(words, count, meanings):
                    break  # a woman | walking her dog
                if count > 1 and any(m.kind == "relation" for m in meanings) and _goes_on(words, count - 1, lexicon):
                    break  # "landing | on the moon", "sitting | on the left"
                many = (plural or last in IRREGULAR) and last not in UNCHANGED
                return Token(phrase, *_span(origin, at, end), meanings, False, many), end
    if "-" in first:  # "red-roofed" is read as "red", then "roofed"
        part = first.index("-")
        token, _ = _english(text[: at + part], at, origin, lexicon)
        return token, at + part
    return Token(first, *_span(origin, at, first_end), (), False), first_end


DETERMINERS = frozenset({"a", "an", "the", "his", "her", "its", "their", "one", "two", "three", "some"})
SETTINGS: tuple[Kind, ...] = ("background", "place", "time", "weather", "pronoun", "ignore")


def _is_deed(words: list[tuple[str, int]], count: int, meanings: tuple[Meaning, ...]) -> bool:
    """Whether a name like "woman walking" is followed by what is walked, so that it is a sentence and no name."""
    following = words[count][0] if count < len(words) else ""
    return following in DETERMINERS and any(m.kind == "thing" for m in meanings)


def _goes_on(words: list[tuple[str, int]], first: int, lexicon: Lexicon) -> bool:
    """Whether a word of place that is longer than the last word of a relation begins with that word."""
    for count in range(len(words) - first, 1, -1):
        phrase = " ".join(word for word, _ in words[first : first + count])
        if any(m.kind in SETTINGS for m in lexicon.english.get(phrase, ())):
            return True
    return False


def _other(text: str, at: int, origin: list[int], lexicon: Lexicon) -> tuple[Token | None, int]:
    character = text[at]
    if character == "、":
        return Token(character, *_span(origin, at, at + 1), (Meaning("and", ""),), True), at + 1
    if character == "&":
        return Token(character, *_span(origin, at, at + 1), (Meaning("and", ""),), False), at + 1
    if character in ".。!！?？;；\n":
        return Token(character, *_span(origin, at, at + 1), (), False, mark="."), at + 1
    if character in ",，:：—(（)）|/":
        return Token(character, *_span(origin, at, at + 1), (), False, mark=","), at + 1
    if character not in lexicon.signs:
        return None, at + 1
    for length in (8, 7, 6, 5, 4, 3, 2, 1):  # an emoji says what it is
        piece = text[at : at + length]
        concept = "-".join(f"{ord(c):X}" for c in piece if c != "\ufe0f")
        if len(piece) == length and concept in lexicon.entries:
            return Token(piece, *_span(origin, at, at + length), (Meaning("thing", concept),), False), at + length
    return None, at + 1
