"""Frozen values of the corpus: what may be shown, what a picture shows, and the pair of picture and words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
Relation = Literal["", "and", "left", "above"]  # of the first thing to the second; right and below are said, not stored


@dataclass(frozen=True, slots=True)
class Concept:
    """Something with drawings and names. The first name of each language is what most people say."""

    id: str  # code points, e.g. "1F408"
    group: str  # Unicode's group and subgroup, e.g. "animals-nature/animal-mammal"
    en: tuple[str, ...]
    zh: tuple[str, ...]
    measure: str  # the Chinese measure word, 只 for cats and 辆 for cars
    plural: bool = False  # the English name is a plural or names a stuff: "grapes", not "a grapes"

    def __post_init__(self) -> None:
        if not self.en or not self.zh:
            raise ValueError(f"{self.id} has no name in one of the languages")


@dataclass(frozen=True, slots=True)
class Thing:
    """One concept in the picture, `count` times, in its own colour or in one of `COLOURS`."""

    concept: str
    count: int = 1
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Idea:
    """What one picture shows, before anybody says it in words. `setting`, `time`: ids, "" for nothing said."""

    kind: Literal["single", "colour", "count", "pair", "position", "setting"]
    things: tuple[Thing, ...]
    relation: Relation = ""
    setting: str = ""
    time: str = ""
    style: str = "flat"

    def __post_init__(self) -> None:
        if not self.things or any(thing.count < 1 for thing in self.things):
            raise ValueError("an idea has things, each at least once")
        if (self.relation == "") != (len(self.things) == 1):
            raise ValueError("two things stand in a relation, one thing in none")


@dataclass(frozen=True, slots=True)
class Source:
    """Where drawings come from: an exact package and the licence it was taken under."""

    package: str
    version: str
    licence: str
    credit: str


@dataclass(frozen=True, slots=True)
class Pair:
    """One picture with what may be said of it.

    `image` is an encoded file (WebP or PNG); `width`, `height` in pixels; `phash` 64 bits; `shown` the concepts
    that are in the picture according to whoever drew it, `captions` language -> sentences.
    """

    key: str
    image: bytes
    width: int
    height: int
    licence: str
    idea: Idea
    shown: tuple[str, ...]
    captions: dict[Language, tuple[str, ...]]
    phash: int = 0
    detail: float = 1.0  # part of the picture that is not one flat colour
    split: str = "train"
    more: dict[str, str] = field(default_factory=dict)
