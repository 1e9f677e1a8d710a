"""The rows that the classifier is trained and measured on: sentences of every family, in frames, and real prompts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from random import Random

from pingxing.training.guard.grammar import BENIGN, Family, Row, crumb_shapes, families, frames, slots, speak
from pingxing.training.guard.seeds import seeds
from pingxing.types import LANGUAGES, Language

FOLDS = 4
SAID = 3  # rows of one line that was written by hand: as it stands, and in frames
_TRIES = 4  # a family that has said everything it can is not asked for ever
_SCENES_A_FAMILY = 40
_CRUMB = re.compile(r"[a-z]{3,}|[\u3400-\u9fff]{2}")


def rows(seed: int, harmful: int, near: int, ordinary: int, more: Sequence[Family] = ()) -> list[Row]:
    """At most so many different sentences of each family and language; the same for the same numbers. `more` are
    families of lines by hand that are no part of data/."""
    found: list[Row] = []
    for family in families():
        wanted = harmful if family.label != BENIGN else near if family.near else ordinary
        for language in sorted(family.templates):
            found.extend(_spoken(family, language, wanted, Random(f"{seed} {family.name} {language}")))
    return [*found, *by_hand(seed, min(SAID, harmful), more), *scenes()]


def by_hand(seed: int, times: int, more: Sequence[Family] = ()) -> Iterator[Row]:
    """Every line that was written by hand, as it stands and then in frames: `times` rows of each, where they differ."""
    for family in (*seeds(), *more):
        for language in LANGUAGES:
            chance, words = Random(f"{seed} {family.name} {language}"), _words()[language]
            for place, line in enumerate(family.templates[language]):
                wraps = ["{}", *chance.sample(frames()[language], times - 1)]
                for text in dict.fromkeys(speak(wrap.replace("{}", line), words, chance) for wrap in wraps):
                    yield Row(
                        text, family.label, family.near, family.name, f"{family.name}#{language}{place}", language
                    )


def crumbs(harmful: Sequence[Row], ordinary: Sequence[Row], seed: int, share: float) -> Iterator[Row]:
    """Ordinary wishes with a word or two of a harmful one in them: no word by itself is a reason to stop anybody.

    As many as `share` of the harmful rows; each belongs to the family of its ordinary wish.
    """
    for language in LANGUAGES:
        chance = Random(f"{seed} crumbs {language}")
        mine = [row for row in harmful if row.language == language]
        plain = [row for row in ordinary if row.language == language]
        for row in chance.sample(mine, int(share * len(mine))) if plain else ():
            words = [match.group() for match in _CRUMB.finditer(row.text.lower())]
            if words:
                word, host = chance.choice(words), chance.choice(plain)
                shape = chance.choice(crumb_shapes()[language])
                yield Row(
                    shape.format(host=host.text, word=word), BENIGN, row.label, host.family, host.template, language
                )


def fold(name: str) -> int:
    """Which part of the data a template or family belongs to: by its name, so that adding some moves no other."""
    return hashlib.sha256(name.encode()).digest()[0] % FOLDS


def scenes() -> Iterator[Row]:
    """Ordinary prompts that were written for another purpose, in lots of neighbours."""
    text = (files(__package__) / "data" / "scenes.txt").read_text(encoding="utf-8")
    lines = [line.split(" | ") for line in text.splitlines() if not line.startswith("#")]
    for place, (_, english, chinese) in enumerate(lines):
        family = f"scenes/{place // _SCENES_A_FAMILY}"
        yield Row(english, BENIGN, "", family, family, "en")
        yield Row(chinese, BENIGN, "", family, family, "zh")


def _spoken(family: Family, language: Language, wanted: int, chance: Random) -> Iterator[Row]:
    templates, wraps, words = family.templates[language], frames()[language], _words()[language]
    seen: set[str] = set()
    for attempt in range(wanted * _TRIES):
        if len(seen) == wanted:
            return
        place = attempt % len(templates)
        text = speak(chance.choice(wraps).replace("{}", templates[place]), words, chance)
        if text not in seen:
            seen.add(text)
            yield Row(text, family.label, family.near, family.name, f"{family.name}#{language}{place}", language)


@cache
def _words() -> Mapping[Language, Mapping[str, tuple[str, ...]]]:
    """The slots, with <thing> from the list of everyday things."""
    text = (files(__package__) / "data" / "things.txt").read_text(encoding="utf-8")
    return {
        language: {
            **slots()[language],
            "thing": tuple(line[3:] for line in text.splitlines() if line.startswith(f"{language} ")),
        }
        for language in LANGUAGES
    }
