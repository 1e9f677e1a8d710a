"""Sentences that were written one by one, not multiplied: a harmful wish and its twin, which says nearly the same of
something harmless.

A file of data/seeds is named after its category. `# name` opens a sub-subject, and every line under it is
`wish || twin` in either language (or one harmless wish, in ordinary.txt). A sub-subject becomes a harmful family and a
near one whose lines stand in the same order, so that twins are always held out together: a network that saw one of them
would know the other by its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from pingxing.training.guard.grammar import BENIGN, Family
from pingxing.types import LANGUAGES, Language

ORDINARY = "ordinary"
_BETWEEN = " || "
_CHINESE = re.compile(r"[\u3400-\u9fff]")

Pairs = dict[Language, list[tuple[str, ...]]]


@cache
def seeds() -> tuple[Family, ...]:
    """In the order of files, sub-subjects and lines. Raises `ValueError` for a line that is no wish with its twin."""
    found: list[Family] = []
    for file in sorted((files(__package__) / "data" / "seeds").iterdir(), key=lambda entry: entry.name):
        category = file.name.removesuffix(".txt")
        for name, lines in _subjects(file.name, file.read_text(encoding="utf-8")).items():
            found.extend(_families(category, name, lines))
    return tuple(found)


@cache
def lines() -> frozenset[str]:
    """All of them as they were written."""
    return frozenset(line for family in seeds() for both in family.templates.values() for line in both)


def _subjects(where: str, text: str) -> Mapping[str, Pairs]:
    found: dict[str, Pairs] = {}
    here: Pairs | None = None
    parts = 1 if where == f"{ORDINARY}.txt" else 2
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("# "):
            if line[2:] in found:
                raise ValueError(f"{where}: {line[2:]} stands twice")
            here = found[line[2:]] = {language: [] for language in LANGUAGES}
            continue
        pair = tuple(part.strip() for part in line.split(_BETWEEN))
        if here is None or len(pair) != parts or not all(pair):
            raise ValueError(f"{where}: not a wish and its twin: {line}")
        here["zh" if _CHINESE.search(pair[0]) else "en"].append(pair)
    return found


def _families(category: str, name: str, lines: Pairs) -> Iterator[Family]:
    def side(at: int) -> dict[Language, tuple[str, ...]]:
        return {language: tuple(pair[at] for pair in lines[language]) for language in LANGUAGES}

    if category == ORDINARY:
        yield Family(f"{BENIGN}/seed-{name}", BENIGN, "", side(0))
        return
    yield Family(f"{category}/seed-{name}", category, "", side(0))
    yield Family(f"near-{category}/seed-{name}", BENIGN, category, side(1))
