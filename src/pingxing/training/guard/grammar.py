"""Sentences from templates: `(a|b|)` chooses one way, `<name>` a way of the slot of that name, both may be nested.

A template is one way of saying a thing, and a family a handful of templates about the same thing. Data are split by
template or by family, never by sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import yaml

from pingxing.types import LANGUAGES, Language

_CHOICE = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"<([a-z][a-z0-9-]*)>")
_DEEPEST = 200  # choices and slots in one sentence; a slot that holds itself would never end
BENIGN = "benign"
_NO_FAMILIES = ("slots.yaml", "frames.yaml", "crumbs.yaml")

Slots = Mapping[Language, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Family:
    """`label` is a category of the guard or BENIGN; `near` the category that a harmless family looks like."""

    name: str
    label: str
    near: str
    templates: Mapping[Language, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    label: str
    near: str
    family: str
    template: str  # the family and the place of the template in it
    language: Language


def speak(template: str, slots: Mapping[str, tuple[str, ...]], chance: Random) -> str:
    """One sentence of a template. Raises `KeyError` for an unknown slot, `ValueError` for one without an end."""
    text = template
    for _ in range(_DEEPEST):
        if (choice := _CHOICE.search(text)) is not None:
            chosen = chance.choice(choice.group(1).split("|"))
            text = text[: choice.start()] + chosen + text[choice.end() :]
        elif (slot := _SLOT.search(text)) is not None:
            text = text[: slot.start()] + chance.choice(slots[slot.group(1)]) + text[slot.end() :]
        else:
            return _tidy(text)
    raise ValueError(f"no end: {template}")


def _tidy(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip().strip(",").strip(",").strip()
    text = re.sub(r"\s+([,.;:!?])", r"\1", text)
    return re.sub(r"\b([Aa]) (?=[aeiouAEIOU])(?!one\b|uni|use|eu)", r"\1n ", text)


@cache
def families() -> tuple[Family, ...]:
    """Of every file in data/ that names a category, in the order of their names. Raises `ValueError` for a bad file."""
    found: list[Family] = []
    for file in sorted((files(__package__) / "data").iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".yaml") or file.name in _NO_FAMILIES:
            continue
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        label = data["category"]
        if extra := set(data) - {"category", "families", "near"}:
            raise ValueError(f"{file.name}: unknown {', '.join(sorted(extra))}")
        for kind, name_of in (("families", label), ("near", BENIGN)):
            for name, templates in (data.get(kind) or {}).items():
                near = label if name_of == BENIGN and label != BENIGN else ""
                full = f"{label}/{name}" if kind == "families" else f"near-{label}/{name}"
                found.append(Family(full, name_of, near, _lines(f"{file.name}: {name}", templates)))
    if len({family.name for family in found}) < len(found):
        raise ValueError("two families share a name")
    return tuple(found)


def _lines(where: str, templates: Any) -> dict[Language, tuple[str, ...]]:
    if not isinstance(templates, dict) or set(templates) - set(LANGUAGES):
        raise ValueError(f"{where}: wants en and zh")
    return {lang: tuple(filter(None, map(str.strip, templates[lang].splitlines()))) for lang in sorted(templates)}


@cache
def slots() -> Slots:
    data = yaml.safe_load((files(__package__) / "data" / "slots.yaml").read_text(encoding="utf-8"))
    return {lang: {name: _ways(both[lang]) for name, both in data.items() if lang in both} for lang in LANGUAGES}


@cache
def frames() -> Mapping[Language, tuple[str, ...]]:
    """Ways to wrap a wish: `{}` is where it goes. Harmful and harmless wishes get the same ones."""
    data = yaml.safe_load((files(__package__) / "data" / "frames.yaml").read_text(encoding="utf-8"))
    return _lines("frames.yaml", data)


@cache
def crumb_shapes() -> Mapping[Language, tuple[str, ...]]:
    """Ways to put a `{word}` beside an ordinary wish, the `{host}`."""
    data = yaml.safe_load((files(__package__) / "data" / "crumbs.yaml").read_text(encoding="utf-8"))
    return _lines("crumbs.yaml", data)


def _ways(text: str) -> tuple[str, ...]:
    return tuple(way.strip() for way in text.replace("\n", " ").split("|"))
