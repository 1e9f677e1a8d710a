"""A smaller world out of a packed one: fewer things, settings and names, and how often each kind of picture is shown.

    pick(build/picture/narrow, build/picture/nano-world, diet("nano"))

What a model of a given size can learn in a given time is decided here more than anywhere else.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from pingxing.corpus import shards
from pingxing.corpus.splits import concept_held_out
from pingxing.corpus.values import Pair
from pingxing.vocabulary import SPECIAL

SENTENCES = 40_000  # from which the vocabulary is read


@dataclass(frozen=True, slots=True)
class Diet:
    """One file of this folder."""

    concepts: frozenset[str]  # code points
    settings: tuple[str, ...]
    times: tuple[str, ...]
    variants: int  # of each setting at each hour
    names: int  # of each concept in each language, at most
    scenes: float  # part of the pictures that are finished scenes
    counts: tuple[int, ...]  # drawn from evenly
    styles: Mapping[str, int]  # weights; the first is the usual one, which need not be said
    kinds: Mapping[str, float]
    called: Mapping[str, Mapping[str, list[str]]]  # other names than the corpus has

    @property
    def ways(self) -> dict[str, Any]:
        """What `World` must know besides the pictures."""
        shares = {"scenes": self.scenes, "counts": list(self.counts), "kinds": dict(self.kinds)}
        return {**shares, "styles": dict(self.styles)}


def points(emoji: str) -> str:
    """ "🐱" -> "1F431", as concepts are named: without the sign that asks for colour."""
    return "-".join(f"{ord(sign):X}" for sign in emoji if sign != "\ufe0f")


def diet(name: str) -> Diet:
    """The diet of that name. Raises FileNotFoundError."""
    told = tomllib.loads(files("pingxing.corpus").joinpath(f"{name}.toml").read_text("utf-8"))
    return Diet(
        frozenset(points(emoji) for row in told["concepts"] for emoji in row.split()),
        tuple(told["settings"]),
        tuple(told["times"]),
        told["variants"],
        told["names"],
        told["scenes"],
        tuple(told["counts"]),
        told["styles"],
        told["kinds"],
        {points(emoji): names for emoji, names in told.get("called", {}).items()},
    )


def pick(source: Path, folder: Path, chosen: Diet) -> dict[str, int]:
    """Write the part of the corpus in `source` that the diet names to `folder`. Returns what there is of each.

    Pictures are taken over byte by byte. Raises FileNotFoundError or shards.BadShard where there is no corpus, KeyError
    for a concept that it does not hold.
    """
    facts: dict[str, Any] = json.loads((source / "world.json").read_text("utf-8"))
    known = {row["id"]: row for row in facts["concepts"]}
    kept = [_called(known[concept], chosen) for concept in sorted(chosen.concepts) if not concept_held_out(concept)]
    wanted = {row["id"] for row in kept}
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.tar.gz"):
        old.unlink()

    def ours(pair: Pair) -> bool:
        return pair.idea.style in chosen.styles and all(thing.concept in wanted for thing in pair.idea.things)

    def those(stem: str) -> list[Pair]:
        return list(shards.read(*sorted(source.glob(f"{stem}-*.tar.gz"))))

    drawings = [pair for pair in those("drawings") if ours(pair)]
    scenes = [pair for pair in those("scenes") if chosen.scenes and ours(pair)]
    grounds = _grounds(those("grounds"), chosen)
    for stem, pairs in (("drawings", drawings), ("scenes", scenes), ("grounds", grounds)):
        if pairs:
            shards.write(folder, stem, pairs)
    told = {"side": facts["side"], "styles": list(chosen.styles), "concepts": kept, "diet": chosen.ways}
    _tell(folder, {**told, "words": facts["words"]})
    words = _words_used(folder)
    _tell(folder, {**told, "words": words})
    card = json.loads((source / "card.json").read_text("utf-8"))
    parts = {"drawings": len(drawings), "scenes": len(scenes), "grounds": len(grounds)}
    counts = parts | {"concepts": len(kept), "words": len(words)}
    card = {"sources": card["sources"], "licences": _licences([*drawings, *scenes, *grounds]), "picked": counts}
    (folder / "card.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return counts


def _called(row: dict[str, Any], chosen: Diet) -> dict[str, Any]:
    names = chosen.called.get(row["id"], row)
    return {**row, "en": names["en"][: chosen.names], "zh": names["zh"][: chosen.names]}


def _grounds(pairs: list[Pair], chosen: Diet) -> list[Pair]:
    found, seen = [], Counter[tuple[str, str]]()
    for pair in pairs:
        setting, time = pair.more["setting"], pair.more["time"]
        if setting and (setting not in chosen.settings or time not in chosen.times):
            continue
        seen[setting, time] += 1
        if not setting or seen[setting, time] <= chosen.variants:
            found.append(pair)
    return found


def _licences(pairs: list[Pair]) -> dict[str, int]:
    """Licence -> pictures that have something under it."""
    return dict(sorted(Counter(one for pair in pairs for one in pair.licence.split("; ")).items()))


def _tell(folder: Path, world: Mapping[str, Any]) -> None:
    text = json.dumps(world, ensure_ascii=False, separators=(",", ":"))
    (folder / "world.json").write_text(text + "\n", "utf-8")


def _words_used(folder: Path) -> list[str]:
    """The words that captions of this world use. What is not among them the model is told to be unknown."""
    from pingxing.corpus.world import TOKENS, World

    world, rng, used = World(folder), Random("words of a smaller world"), set[int]()
    for _ in range(SENTENCES):
        used.update(world.vocabulary.encode(world.say(rng).words, TOKENS))
    words = world.vocabulary.words
    return [*SPECIAL, *(words[number] for number in sorted(used) if number >= len(SPECIAL))]
