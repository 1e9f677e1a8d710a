"""Which words of a prompt became which thing, and the sample of it on the start page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from pydantic import TypeAdapter

from pingxing.types import Language, Scene, SceneObject, SceneReplacement


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the prompt: `things` are the numbers of the objects it asked for; `setting` chose the scene.

    `written` numbers the inscriptions it asked for, `stand_in` is what stands for a word that no art draws, and
    `lost` says that nothing does.
    """

    text: str
    things: tuple[int, ...]
    setting: bool
    written: tuple[int, ...] = ()
    stand_in: SceneReplacement | None = None
    lost: bool = False

    @property
    def lights(self) -> str:
        """What of the picture and the lists this piece lights up, by the names in `data-things`."""
        marks = [*map(str, self.things), *(f"t{number}" for number in self.written)]
        return " ".join(marks or (["s"] if self.setting else []))


def pieces(prompt: str, scene: Scene) -> list[Piece]:
    """The prompt cut where its meaning changes, so that each word can light up what it became."""
    things = [thing.spans for thing in scene.objects]
    written = [_places(prompt, text.string) for text in scene.text]
    taken = [span for spans in (*things, *written) for span in spans]
    lost = [
        span
        for word in scene.not_drawn
        for span in _places(prompt, word)
        if not any(a < span[1] and span[0] < b for a, b in taken)
    ]
    stood = [(one.span, one) for one in scene.replaced]
    cuts = {0, len(prompt)}
    for start, end in (*taken, *lost, *scene.setting_spans, *(span for span, _ in stood)):
        cuts.update(at for at in (start, end) if 0 <= at <= len(prompt))

    def held(spans: Iterable[tuple[int, int]], start: int, end: int) -> bool:
        return any(a <= start and end <= b for a, b in spans)

    return [
        Piece(
            prompt[start:end],
            tuple(i for i, spans in enumerate(things) if held(spans, start, end)),
            held(scene.setting_spans, start, end),
            tuple(i for i, spans in enumerate(written) if held(spans, start, end)),
            next((one for span, one in stood if held([span], start, end)), None),
            held(lost, start, end),
        )
        for start, end in pairwise(sorted(cuts))
    ]


def _places(prompt: str, words: str) -> list[tuple[int, int]]:
    """Where these words stand in the prompt, whatever their case."""
    if not words:
        return []
    return [found.span() for found in re.finditer(re.escape(words), prompt, re.IGNORECASE)]


@dataclass(frozen=True, slots=True)
class Group:
    """Things that one word made alike: told once, with their number."""

    thing: SceneObject
    numbers: tuple[int, ...]


def groups(scene: Scene) -> list[Group]:
    """The scene's things, those of one name, paint and traits together, in the order of the first of each."""
    found: dict[tuple[object, ...], list[int]] = {}
    for number, thing in enumerate(scene.objects):
        found.setdefault((thing.concept, thing.colour, thing.traits), []).append(number)
    return [Group(scene.objects[numbers[0]], tuple(numbers)) for numbers in found.values()]


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture that ships with the product: `static/art/welcome-<language>.webp` and how it was understood."""

    prompt: str
    scene: Scene


@cache
def sample(language: Language) -> Sample:
    text = (files("pingxing.web") / "static" / "art" / f"welcome-{language}.json").read_text(encoding="utf-8")
    return TypeAdapter(Sample).validate_json(text)
