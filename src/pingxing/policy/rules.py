"""The shape of a rule pack: plain lists of terms, and rules that combine them.

A pack is a YAML file. Everything in it is checked; an unknown member, an unknown list or a rule without its own
cases is an error, so that no rule is ever silently weaker than it looks.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pingxing.policy.base import Purpose
from pingxing.policy.risks import RiskLabel
from pingxing.types import Language

ViewName = Literal[
    "plain",
    "folded",
    "simplified",
    "joined",
    "repeated",
    "leet",
    "split",
    "emoji",
    "reversed",
    "pinyin",
    "homophone",
    "initials",
]
Disguise = Literal["sound", "initials", "reversed"]
Stage = Literal["draft", "shadow", "active", "retired"]
Severity = Literal["low", "medium", "high", "critical"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*(/[a-z][a-z0-9-]*)?$", max_length=60)]
Term = Annotated[str, Field(min_length=1, max_length=100)]
Sentence = Annotated[str, Field(min_length=1, max_length=400)]


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Terms(Strict):
    en: tuple[Term, ...] = ()
    zh: tuple[Term, ...] = ()

    def of(self, language: Language) -> tuple[str, ...]:
        return self.zh if language == "zh" else self.en


class WordList(Terms):
    """Plain terms. Inside a phrase of `not_in` a term means something else (the "killer" in "killer whale")."""

    not_in: Terms = Terms()
    inflect: tuple[Literal["s", "ing", "ed"], ...] = ("s",)  # English endings that the terms may also take
    # Uncertain readings in which the terms may be looked for. They must be long or odd enough not to turn up by
    # chance: "sound" reads pinyin and homophones, "initials" those of four syllables and more.
    disguises: tuple[Disguise, ...] = ()


class Both(Strict):
    en: Sentence
    zh: Sentence

    def of(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Combination(Strict):
    """A term of every named list, the others at most `within` words from the first. Two Chinese characters
    count as one word. One list alone means that any of its terms is enough."""

    all: Annotated[tuple[Name, ...], Field(min_length=1, max_length=4)]
    within: Annotated[int, Field(ge=0, le=200)] = 8


class Cases(Strict):
    stop: Terms  # must be caught by this rule
    allow: Terms  # look like it, and must not be


class Rule(Strict):
    id: Name
    category: Name
    when: Annotated[tuple[Combination, ...], Field(min_length=1)]
    unless: tuple[Name, ...] = ()  # lists: one of their terms near the match excuses it
    unless_within: Annotated[int, Field(ge=0, le=200)] = 6
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)] = ("prompt", "output")
    views: Annotated[tuple[ViewName, ...], Field(min_length=1)] | None = None  # None: in every form
    stage: Stage = "active"  # draft: only proved; shadow: counts, stops nothing; retired: kept for the record
    expires: date | None = None  # the last day on which it holds
    labels: tuple[RiskLabel, ...] = ()  # GB/T 45654-2025 annex A
    action: Literal["review", "block"]
    severity: Severity
    reason: Both
    clause: Annotated[str, Field(min_length=1, max_length=200)]
    rewrite: Both | None = None
    cases: Cases

    def lives(self, today: date | None) -> bool:
        return today is None or self.expires is None or today <= self.expires

    def lists(self) -> set[str]:
        return {name for combination in self.when for name in combination.all} | set(self.unless)


class Pack(Strict):
    pack: Name
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    date: date
    licence: Annotated[str, Field(min_length=1, max_length=60)]
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    about: Both
    lists: Annotated[dict[Name, WordList], Field(min_length=1)]
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> Pack:
        ids = [rule.id for rule in self.rules]
        if twice := {name for name in ids if ids.count(name) > 1}:
            raise ValueError(f"rules: {', '.join(sorted(twice))} stands twice")
        for rule in self.rules:
            if unknown := rule.lists() - set(self.lists):
                raise ValueError(f"rules.{rule.id}: no such list: {', '.join(sorted(unknown))}")
            for language in self.languages:
                if not rule.cases.stop.of(language) or not rule.cases.allow.of(language):
                    raise ValueError(f"rules.{rule.id}: no cases in {language}")
        if idle := set(self.lists) - {name for rule in self.rules for name in rule.lists()}:
            raise ValueError(f"lists: no rule reads {', '.join(sorted(idle))}")
        return self
