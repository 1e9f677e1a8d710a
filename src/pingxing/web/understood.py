"""Which words of a prompt became which thing, and the sample of it on the start page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from pydantic import TypeAdapter

from pingxing.types import Language, Scene


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the prompt: `things` are the numbers of the objects it asked for; `setting` chose the scene."""

    text: str
    things: tuple[int, ...]
    setting: bool


def pieces(prompt: str, scene: Scene) -> list[Piece]:
    """The prompt cut where its meaning changes, so that each word can light up what it became."""
    cuts = {0, len(prompt)}
    spans = [span for thing in scene.objects for span in thing.spans] + list(scene.setting_spans)
    cuts.update(at for span in spans for at in span if 0 <= at <= len(prompt))
    edges = sorted(cuts)
    return [
        Piece(
            prompt[start:end],
            tuple(i for i, thing in enumerate(scene.objects) if any(a <= start and end <= b for a, b in thing.spans)),
            any(a <= start and end <= b for a, b in scene.setting_spans),
        )
        for start, end in pairwise(edges)
    ]


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture that ships with the product: `static/art/welcome-<language>.webp` and how it was understood."""

    prompt: str
    scene: Scene


@cache
def sample(language: Language) -> Sample:
    text = (files("pingxing.web") / "static" / "art" / f"welcome-{language}.json").read_text(encoding="utf-8")
    return TypeAdapter(Sample).validate_json(text)
