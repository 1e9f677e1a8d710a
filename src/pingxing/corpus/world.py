"""A packed world: drawings, settings, finished scenes and words, from which every batch of training is made.

Batch n is a function of the seed and n alone, whoever makes it and in whatever order: training that was cut off goes on
at its batch, and workers need not talk to each other. Pictures are put together by the trainer (`places` says how);
here are only numbers.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.corpus import shards
from pingxing.corpus.captions import caption
from pingxing.corpus.ideas import MIX, MOST_THINGS, Stock, draw_idea, lay_out
from pingxing.corpus.splits import Split, concept_held_out
from pingxing.corpus.values import LANGUAGES, Concept, Idea, Language, Pair
from pingxing.vocabulary import Vocabulary

TOKENS = 23  # with the learnt first one 24: attention likes multiples of eight
SCENES = 0.2  # part of the pictures that are finished scenes of the engine
NIGHTLY = {"night": (0.66, 0.7, 0.92), "sunset": (1.0, 0.88, 0.78), "dawn": (1.0, 0.94, 0.9)}  # light on things


@dataclass(frozen=True, slots=True)
class Batch:
    """Numbers for `n` pictures. A picture is either a finished scene or drawings laid over a background."""

    tokens: NDArray[np.int64]  # (n, TOKENS)
    drawings: NDArray[np.int64]  # (n, MOST_THINGS), -1 where there is none
    spots: NDArray[np.float32]  # (n, MOST_THINGS, 3): centre x, y and size in parts of the side
    light: NDArray[np.float32]  # (n, 3) factors on the drawings' colours
    background: NDArray[np.int64]  # (n,)
    scene: NDArray[np.int64]  # (n,), -1 where the picture is put together


@dataclass(frozen=True, slots=True)
class Said:
    """One picture to be made and what is said of it; `scene` as in `Batch`."""

    idea: Idea
    words: str
    language: Language
    scene: int = -1


class World:
    """What `scripts/build_corpus.py` packed into a folder. Reading it decodes every picture once."""

    def __init__(self, folder: Path, concepts: frozenset[str] | None = None, styles: Sequence[str] = ()) -> None:
        """`concepts` and `styles` narrow the world; held-out concepts stay known, for evaluation.

        Raises FileNotFoundError or shards.BadShard for a folder that holds no corpus.
        """
        facts: dict[str, Any] = json.loads((folder / "world.json").read_text("utf-8"))
        self.vocabulary = Vocabulary(tuple(facts["words"]))
        self.concepts = {
            row["id"]: Concept(
                row["id"], row["group"], tuple(row["en"]), tuple(row["zh"]), row["measure"], row["plural"]
            )
            for row in facts["concepts"]
            if concepts is None or row["id"] in concepts
        }
        self.styles = tuple(style for style in facts["styles"] if not styles or style in styles)
        self.side: int = facts["side"]
        ways: dict[str, Any] = facts.get("diet", {})  # of `pingxing.corpus.diet`
        self._scenes: float = ways.get("scenes", SCENES)
        self._kinds: Mapping[str, float] = ways.get("kinds", MIX)
        self._counts: tuple[int, ...] = tuple(ways.get("counts", ()))
        self._often: Mapping[str, int] = ways.get("styles", {})
        self._read(folder)

    def _read(self, folder: Path) -> None:
        drawings: list[NDArray[np.uint8]] = []
        scenes: list[NDArray[np.uint8]] = []
        grounds: list[NDArray[np.uint8]] = []
        self.table: dict[tuple[str, str, str], int] = {}
        self.told: list[Pair] = []
        for pair in shards.read(*sorted(folder.glob("drawings-*.tar.gz"))):
            (thing,) = pair.idea.things
            if thing.concept in self.concepts and pair.idea.style in self.styles:
                self.table[thing.concept, pair.idea.style, thing.colour] = len(drawings)
                drawings.append(_pixels(pair.image, "RGBA"))
        for pair in shards.read(*sorted(folder.glob("scenes-*.tar.gz"))):
            wanted = all(thing.concept in self.concepts for thing in pair.idea.things)
            if wanted and pair.idea.style in self.styles and pair.split == "train":
                self.told.append(pair)
                scenes.append(_pixels(pair.image, "RGB"))
        self.grounds: dict[tuple[str, str], list[int]] = {}
        for pair in shards.read(*sorted(folder.glob("grounds-*.tar.gz"))):
            self.grounds.setdefault((pair.more["setting"], pair.more["time"]), []).append(len(grounds))
            grounds.append(_pixels(pair.image, "RGB"))
        if not drawings or not grounds:
            raise FileNotFoundError(f"{folder} holds no drawings of these concepts and styles")
        self.drawings = np.stack(drawings)  # (n, side, side, 4), straight alpha
        self.backgrounds = np.stack(grounds)  # (n, side, side, 3)
        self.scenes = np.stack(scenes) if scenes else np.zeros((0, self.side, self.side, 3), np.uint8)

    @cached_property
    def stock(self) -> Stock:
        colours: dict[tuple[str, str], list[str]] = {}
        for concept, style, colour in sorted(self.table):
            colours.setdefault((concept, style), []).extend([colour] if colour else [])
        times: dict[str, list[str]] = {}
        for setting, time in sorted(self.grounds):
            if setting:
                times.setdefault(setting, []).append(time)
        stock = Stock(
            {concept.id: concept.group for concept in self.concepts.values()},
            {key: tuple(found) for key, found in colours.items()},
            tuple(style for style in self.styles for _ in range(self._often.get(style, 1))),
            {setting: tuple(found) for setting, found in times.items()},
        )
        return replace(stock, counts=self._counts) if self._counts else stock

    @property
    def held_out(self) -> list[str]:
        return sorted(concept for concept in self.concepts if concept_held_out(concept))

    @property
    def usual(self) -> str:
        """The style that need not be said, "" where all are alike."""
        return next(iter(self._often), "")

    def say(self, rng: Random, split: Split = "train", kinds: Mapping[str, float] | None = None) -> Said:
        """One idea and one sentence for it. `kinds` -> part of all ideas, those of this world by default."""
        language = LANGUAGES[rng.random() < 0.5]
        if split == "train" and self.told and rng.random() < self._scenes:
            number = rng.randrange(len(self.told))
            pair = self.told[number]
            return Said(pair.idea, rng.choice(pair.captions[language]), language, number)
        idea = draw_idea(self.stock, rng, split, self._kinds if kinds is None else kinds)
        return Said(idea, caption(idea, self.concepts, language, rng, self.usual), language)

    def batch(self, number: int, size: int, seed: int = 0) -> Batch:
        """Batch `number` of a run with this seed."""
        rng = Random(f"pingxing picture {seed} {number}")
        return self.numbers([self.say(rng) for _ in range(size)], rng)

    def numbers(self, said: Sequence[Said], rng: Random) -> Batch:
        """Lay out each idea and put everything into numbers."""
        n = len(said)
        batch = Batch(
            np.zeros((n, TOKENS), np.int64),
            np.full((n, MOST_THINGS), -1, np.int64),
            np.zeros((n, MOST_THINGS, 3), np.float32),
            np.ones((n, 3), np.float32),
            np.zeros(n, np.int64),
            np.full(n, -1, np.int64),
        )
        for row, one in enumerate(said):
            batch.tokens[row] = self.vocabulary.encode(one.words, TOKENS)
            batch.scene[row] = one.scene
            if one.scene < 0:
                self._place(batch, row, one.idea, rng)
        return batch

    def _place(self, batch: Batch, row: int, idea: Idea, rng: Random) -> None:
        time = idea.time or ("day" if idea.setting else "")
        at = (idea.setting, time) if (idea.setting, time) in self.grounds else (idea.setting, "day")
        if not idea.setting and idea.time:  # an hour without a place: any open country at that hour
            at = ("meadow", time) if ("meadow", time) in self.grounds else at
        batch.background[row] = rng.choice(self.grounds[at])
        batch.light[row] = NIGHTLY.get(time, (1.0, 1.0, 1.0))
        for slot, (thing, spot) in enumerate(lay_out(idea, rng)):
            batch.drawings[row, slot] = self.table[thing.concept, idea.style, thing.colour]
            batch.spots[row, slot] = (spot.x, spot.y, spot.size)


def _pixels(data: bytes, mode: str) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert(mode))
