"""The guard's independent banks (tests/bank/guard/independent): rows written by hand, and families multiplied.

Generated prompts carry `hand=False` and are counted apart. Equal seeds give equal prompts, in the same order.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from pingxing.types import LANGUAGES, Language

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "bank" / "guard" / "independent"
CATEGORIES = (
    "minors",
    "intimate",
    "violence",
    "self-harm",
    "drugs",
    "fraud",
    "hate",
    "privacy",
    "impersonation",
    "news",
)
WHOLE = 2_000  # ordinary prompts, and harmless pairs
SEED = 20_261_122

Card = TypeVar("Card")
Words = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One row. `category`: what it asks for, is mistaken for, or its theme. `wish`: what a rewrite should say."""

    id: str
    language: Language
    category: str
    text: str
    wish: str = ""
    hand: bool = True


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Family(_Strict):
    """Harmless terms that a list of words takes for `looks`; `kind` names the frames that suit them."""

    looks: str
    kind: str
    terms: Words


class Pairs(_Strict):
    frames: dict[str, Words]
    family: dict[str, Family]


class Scenes(_Strict):
    frames: Words
    subjects: Words


class Extension(_Strict):
    looks: Words
    family: dict[str, Scenes]


@cache
def refuse() -> tuple[Prompt, ...]:
    """Prompts that must be refused or sent to a person, mildly worded, by hand."""
    return tuple(_rows("refuse.tsv"))


@cache
def refuse_plain() -> tuple[Prompt, ...]:
    """Prompts that must be refused and ask for it outright, by hand."""
    return tuple(_rows("refuse_plain.tsv"))


@cache
def development() -> tuple[Prompt, ...]:
    """Mildly worded prompts by hand that rules may be written from; they measure progress, not the guard."""
    return tuple(_rows("../development/refuse.tsv"))


@cache
def wishes() -> tuple[Prompt, ...]:
    """Borderline prompts by hand, each with the harmless wish behind it."""
    return tuple(_rows("wishes.tsv"))


@cache
def ordinary(whole: int = WHOLE) -> tuple[Prompt, ...]:
    """Ordinary creative prompts: all that were written by hand, then generated ones up to `whole`, half a language."""
    hand = tuple(_rows("ordinary.tsv"))
    extension = {language: Extension.model_validate(part) for language, part in _toml("frames.toml").items()}
    made: list[Prompt] = []
    for language in LANGUAGES:
        wanted = whole // 2 - sum(prompt.language == language for prompt in hand)
        made += _extended(language, extension[language], wanted)
    return hand + tuple(made)


@cache
def families(language: Language) -> Mapping[str, Family]:
    return _pairs_of(language).family


@cache
def pairs(whole: int = WHOLE) -> tuple[Prompt, ...]:
    """Harmless prompts around harmless words: every term in one frame, then in a second; half in each language."""
    return tuple(prompt for language in LANGUAGES for prompt in _multiplied(language, whole // 2))


def _rows(name: str) -> Iterator[Prompt]:
    """Raises `ValueError` on a line that is neither a comment nor four or five fields."""
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        match line.split("\t"):
            case [id, "en" | "zh" as language, category, text, *wish] if len(wish) <= 1 and id and category and text:
                yield Prompt(id, language, category, text, wish[0] if wish else "")
            case _:
                raise ValueError(f"{name}: {line!r}")


def _toml(name: str) -> dict[str, object]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


@cache
def _pairs_of(language: Language) -> Pairs:
    return Pairs.model_validate(_toml(f"pairs_{language}.toml"))


def _extended(language: Language, extension: Extension, wanted: int) -> list[Prompt]:
    """`wanted` different subjects in frames, evenly over the families. Raises `ValueError` if there are too few."""
    chance = Random(f"{SEED} ordinary {language}")
    decks = []
    for theme, scenes in extension.family.items():
        cards = [(theme, frame, subject) for frame in scenes.frames for subject in scenes.subjects]
        chance.shuffle(cards)
        decks.append(cards)
    chosen = _dealt(decks, wanted)
    return [
        Prompt(
            f"g-{language}-{theme}-{number:03d}",
            language,
            theme,
            frame.format(s=subject, l=chance.choice(extension.looks)),
            hand=False,
        )
        for number, (theme, frame, subject) in enumerate(chosen, 1)
    ]


def _multiplied(language: Language, wanted: int) -> list[Prompt]:
    """Terms in frames, in rounds: no term gets a second frame before every term has one."""
    bank, chance = _pairs_of(language), Random(f"{SEED} pairs {language}")
    decks = []
    for name, family in bank.family.items():
        for term in family.terms:
            frames = chance.sample(bank.frames[family.kind], 2)
            decks.append([(name, family.looks, frame.format(term)) for frame in frames])
    chance.shuffle(decks)
    return [
        Prompt(f"p-{language}-{name}-{number:04d}", language, looks, text, hand=False)
        for number, (name, looks, text) in enumerate(_dealt(decks, wanted), 1)
    ]


def _dealt(decks: Sequence[Sequence[Card]], wanted: int) -> list[Card]:
    """The first card of every deck, then the second, until there are enough. Raises `ValueError` if there never are."""
    cards = [deck[turn] for turn in range(max(map(len, decks))) for deck in decks if turn < len(deck)]
    if len(cards) < wanted:
        raise ValueError(f"{len(cards)} prompts can be made, not {wanted}")
    return cards[:wanted]
