"""What a sticker set shows: one subject in many situations, each with a word that people type."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from pingxing.errors import InvalidRequest
from pingxing.i18n import say
from pingxing.types import Language, Model, MotionName

MAX_SUBJECT = 60  # characters
Paints = bool | Literal["simple"]  # whether an engine paints; simple: it knows things by their names alone

_NUMBER = r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})"
_HOW_MANY = re.compile(rf"[\s,，、]*(?:共|一共)?({_NUMBER})\s*(?:张|个|款|枚|stickers?|pictures?|emojis?)\s*$", re.I)
_ABOUT_ZH = re.compile(r"(?:的)?(?:日常|一天|生活|故事|表情包|表情|贴纸|专辑)+$")
_ABOUT_EN = re.compile(
    r"^(?:the )?(?:daily life|everyday life|life|a day in the life|adventures?|stickers?|a set) of ", re.I
)
_AFTER_EN = re.compile(r"(?:['’]s (?:daily life|everyday life|life|day)| stickers?| sticker pack| emojis?)$", re.I)
_ARTICLE = re.compile(r"^(?:一[只个位名条头匹颗朵辆]|an? |the )\s*", re.I)
_DIGITS = "一二三四五六七八九"


class Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Situation(BaseModel):
    """One line of `situations.yaml`. `{it}` stands for the subject."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str
    word: Said
    emoji: tuple[str, ...]
    said: bool = False  # the word is set into the picture
    motion: MotionName = "bounce"  # in a set that moves

    def prompt(self, subject: str, language: Language) -> str:
        wish = (self.zh if language == "zh" else self.en).replace("{it}", subject)
        if not self.said:
            return wish
        word = self.word.in_(language)
        return f"{wish},写着“{word}”" if language == "zh" else f"{wish}, that says “{word}”"

    def painted(self, subject: str, language: Language) -> str:
        """For an engine that paints: no word in it, which it could not spell."""
        return (self.zh if language == "zh" else self.en).replace("{it}", subject)


@cache
def situations() -> tuple[Situation, ...]:
    data = yaml.safe_load((files("pingxing.makers") / "situations.yaml").read_text("utf-8"))
    return tuple(Situation.model_validate(one) for one in data)


def understood(wish: str) -> tuple[str, int | None, Language]:
    """Subject, how many where the wish says so, and its language: 一只柴犬的日常,16张 -> 柴犬, 16, zh.

    Raises InvalidRequest where no subject is left, or one too long.
    """
    count = None
    rest = wish.strip().rstrip("。.!！")
    if said := _HOW_MANY.search(rest):
        count, rest = _number(said[1]), rest[: said.start()]
    rest = _ABOUT_ZH.sub("", rest)
    rest = _AFTER_EN.sub("", _ABOUT_EN.sub("", rest))
    rest = _ARTICLE.sub("", rest.strip()).strip(" ,，、")
    meant(rest)
    if len(rest) > MAX_SUBJECT:
        raise InvalidRequest("too_long", member="subject", limit=MAX_SUBJECT)
    return rest, count, language_of(rest)


def paints_of(card: Model) -> Paints:
    return "simple" if card.cuts_out and card.simple else card.cuts_out


def directed(words: str, wish: str, paints: Paints) -> str:
    """What a painter is told of a wish: the catalogue's `words` around it; the wish alone where it is simple."""
    return wish if paints == "simple" else say(language_of(wish), words, wish=wish)


def meant(wish: str) -> str:
    """The wish, which has to show something. Raises InvalidRequest for spaces and what nobody can see."""
    if not any(unicodedata.category(letter)[0] in "LNPS" for letter in wish):
        raise InvalidRequest("no_subject", member="subject")
    return wish


def language_of(wish: str) -> Language:
    """Chinese where there is a Chinese character."""
    return "zh" if any("\u4e00" <= letter <= "\u9fff" for letter in wish) else "en"


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    tens, _, ones = text.rpartition("十")
    if "十" not in text:
        return _DIGITS.index(text[0]) + 1
    return (_DIGITS.index(tens[0]) + 1 if tens else 1) * 10 + (_DIGITS.index(ones[0]) + 1 if ones else 0)
