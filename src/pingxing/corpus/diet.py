"""A smaller world out of a packed one: fewer things, settings and names, and how often each kind of picture is shown.

    pick(build/picture/narrow, build/picture/nano-world, diet("nano"))

What a model of a given size can learn in a given time is decided here more than anywhere else.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from pingxing.corpus import card, shards
from pingxing.corpus.operators import Operator, Sieve
from pingxing.corpus.splits import concept_held_out
from pingxing.corpus.values import LANGUAGES, Pair, Source
from pingxing.vocabulary import SPECIAL

SENTENCES = 40_000  # from which the vocabulary is read
WORDS_LICENCE = "Unicode-3.0"  # of what gives every thing its names


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
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.tar.gz"):
        old.unlink()
    sieves = _sieves(chosen, frozenset(row["id"] for row in kept))
    found = {stem: list(sieve(shards.read(*sorted(source.glob(f"{stem}-*.tar.gz"))))) for stem, sieve in sieves.items()}
    for stem, pairs in found.items():
        if pairs:
            shards.write(folder, stem, pairs)
    told = {"side": facts["side"], "styles": list(chosen.styles), "concepts": kept, "diet": chosen.ways}
    _tell(folder, {**told, "words": facts["words"]})
    words = _words_used(folder)
    _tell(folder, {**told, "words": words})
    counts = {stem: len(pairs) for stem, pairs in found.items()} | {"concepts": len(kept), "words": len(words)}
    whole = json.loads((source / "card.json").read_text("utf-8"))
    told_of = _card(whole, found, sieves) | {"picked": counts, "concepts": len(kept), "concepts_held_out": 0}
    (folder / "card.json").write_text(json.dumps(told_of, ensure_ascii=False, indent=1) + "\n", "utf-8")
    for language in LANGUAGES:
        (folder / f"card.{language}.md").write_text(card.page(told_of, language), "utf-8")
    return counts


def _card(whole: Mapping[str, Any], found: Mapping[str, list[Pair]], sieves: Mapping[str, Sieve]) -> dict[str, Any]:
    """Numbers of the card: of what was picked, of the filters that the whole corpus went through, of the choice."""
    sources = [Source(**row) for row in whole["sources"]]
    facts = card.counts([*found["drawings"], *found["scenes"]], {}, sources)
    licences = _licences([pair for pairs in found.values() for pair in pairs])
    credited = [asdict(one) for one in sources if one.licence in {*licences, WORDS_LICENCE}]
    chosen = {stem: {"seen": s.seen, "kept": s.kept, "dropped": s.counts()} for stem, s in sieves.items()}
    return {**facts, "licences": licences, "sources": credited, "filters": whole["filters"], "chosen": chosen}


def _called(row: dict[str, Any], chosen: Diet) -> dict[str, Any]:
    names = chosen.called.get(row["id"], row)
    return {**row, "en": names["en"][: chosen.names], "zh": names["zh"][: chosen.names]}


def _sieves(chosen: Diet, concepts: frozenset[str]) -> dict[str, Sieve]:
    """For each part of a corpus what of it the diet takes, and a count of what it leaves and why."""
    things = (
        Operator("styles", lambda pair: pair.idea.style in chosen.styles),
        Operator("things", lambda pair: all(thing.concept in concepts for thing in pair.idea.things)),
    )
    seen = Counter[tuple[str, str]]()

    def at(pair: Pair) -> tuple[str, str]:
        return pair.more["setting"], pair.more["time"]

    def first_ones(pair: Pair) -> bool:
        seen[at(pair)] += 1
        return not at(pair)[0] or seen[at(pair)] <= chosen.variants

    grounds = (
        Operator("settings", lambda pair: at(pair)[0] in ("", *chosen.settings)),
        Operator("hours", lambda pair: not at(pair)[0] or at(pair)[1] in chosen.times),
        Operator("variants", first_ones),
    )
    scenes = Operator("scenes", lambda pair: chosen.scenes > 0)
    return {"drawings": Sieve(things), "scenes": Sieve((scenes, *things)), "grounds": Sieve(grounds)}


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
