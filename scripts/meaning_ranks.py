"""Which drawn things are nearest to the nouns of English and of Chinese; see build_meaning.py."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from meaning_words import Embedder, Row, Rules, Targets, Vectors, WordNet
from pingxing.engine.backends.scene.bond import lives
from pingxing.engine.backends.scene.read import Token, tokens
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.whole import SCENE, characters, token_is
from pingxing.engine.backends.scene.words import Lexicon, singulars

# --- English -----------------------------------------------------------------------------------------

FIT = {"animal": {"animal"}, "plant": {"plant"}, "person": {"person"}, "food": {"food", "plant"},
       "thing": {"thing"}}  # fmt: skip
# What may begin the name of a thing of two or three words: sea cucumber, star anise, moon boot.
COMPOUND = ("thing", "ignore", "missing", "background", "weather", "time", "touch")
PREFERRED = ("animal", "food", "plant", "thing", "person")
ABOVE = 0.25  # what a direct ancestor is worth: a beagle is a dog
VECTOR = 0.12  # weight of one standard deviation of the vectors' likeness
NAMED = 0.05  # a thing called so itself, before things that only a synonym leads to
DOUBT = 0.8  # for a thing less like its nearest than this in the tree, its kind stands (rules.coarse)


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
        for lemma in self.net.senses:  # "rush hour" is no thing, so the rush in it is none
            word = lemma.replace("_", " ")
            parts = word.split(" ")
            if not 1 < len(parts) < 4 or word in found:
                continue
            if (whole := self._is_whole(word, parts)) or any(p in found and found[p].concepts for p in parts):
                found[word] = Row((), shy=whole)
        return found

    def _is_whole(self, word: str, parts: list[str]) -> bool:
        """Whether a phrase names nothing that it begins with: a bear hug, chicken pox; but not an apple tree."""
        first, head = self.words.english.get(parts[0], ()), self.words.english.get(parts[-1], ())
        inside = any(m.kind in ("thing", *SCENE) for m in first) and all(m.kind in COMPOUND for m in first)
        drawn = any(m.kind in ("thing", "background", "missing") for m in head)
        glosses = " ".join(self.net.synsets[s.synset].gloss for s in self.net.nouns(word)).lower()
        told = re.search(rf"\b{re.escape(parts[0])}", glosses) is not None  # "a contest of speed between horses"
        return (
            inside
            and bool(glosses)
            and not told
            and not drawn
            and not self._known(word)
            and re.fullmatch("[a-z' ]+", word) is not None
        )

    def _known(self, word: str) -> bool:
        """Whether the lexicon reads the word itself, or its plural's singular."""
        found = [self.words.english.get(form) for form in (word, *singulars(word))]
        return any(meanings and meanings[0].kind != "missing" for meanings in found)

    def _row(self, word: str, synset: str, shy: bool) -> Row | None:
        ranked = self.rank(word, synset)
        kind = self.kind(synset)
        if kind == "thing" and (not ranked or ranked[0][0] < DOUBT):
            coarse = self._coarse(synset)
            ranked = [(1.0, coarse)] if coarse else []
        if not ranked:
            return None
        if " " in word and not self._hides(word, ranked[0][1]):
            return None
        return Row(tuple(c for score, c in ranked[:3] if score > ranked[0][0] - 0.4), shy)

    def _coarse(self, synset: str) -> str:
        """The concept of the nearest kind above a synset that rules.coarse names; empty where none is."""
        line = sorted(self.net.line(synset), key=lambda n: (-self.net.information[n], n))
        return next((self.rules.coarse[node] for node in line if node in self.rules.coarse), "")

    def _hides(self, phrase: str, concept: str) -> bool:
        """Whether reading a phrase word by word goes wrong: a prairie dog is no dog, a coral snake is a snake."""
        *parts, head = phrase.split()
        if any(m.kind not in COMPOUND for p in parts for m in self.words.english.get(p, ())):
            return False
        meanings = [m for form in (head, *singulars(head)) for m in self.words.english.get(form, ())]
        return not any(m.value == concept or m.kind == "background" for m in meanings)


# --- Chinese -----------------------------------------------------------------------------------------

NEIGHBOURS = 12  # English words that vote on what kind of thing a Chinese word names
HEAD = 1.2  # what the last character's own thing is worth, in standard deviations of the vectors' likeness
SHARED = 0.6  # what ending like one of a concept's own words is worth
COMMON = 50  # times a word stands in jieba's texts, from which on it may not be cut in two
ABSTRACT = set("心面信派夜海路手头门火床人")  # at the end of a deed or quality they are no thing: 安心, 耐火, 见面
NUMERALS = set("一二三四五六七八九十百千万两半几单双")
PARTS = {"n", "nz", "nrt", "nrfg", "g", "ng"}  # jieba's marks that nouns carry


class Chinese:
    """jieba's nouns: English neighbours say which kind, the head and both languages' words which thing."""

    def __init__(self, rules: Rules, targets: Targets, words: Lexicon, vectors: Embedder, rows: dict[str, Row]) -> None:
        self.rules, self.targets, self.words, self.vectors = rules, targets, words, vectors
        pool = {w: "" for w, row in rows.items() if not row.concepts and w in vectors}
        pool |= {
            w: targets.kinds.get(row.concepts[0], "thing") for w, row in rows.items() if row.concepts and w in vectors
        }
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
                nouns.append((word, part))
            elif self._is_whole(word, int(often), part):
                found[word] = self._headed(word, part)
        self.vectors.learn(word for word, _ in nouns)
        votes = self.votes(self.vectors.of([word for word, _ in nouns]))
        for (word, part), vote in zip(nouns, votes, strict=True):
            kind = self.kind(word, vote)
            ranked = self.rank(word, kind) if kind else []
            if ranked and not self._is_read(word):
                found[word] = Row(tuple(c for n, c in ranked[:3] if n > ranked[0][0] - 1.5), shy=len(word) == 1)
            elif len(word) > 1 and not ranked and (not self._inside(word) or self._is_whole(word, COMMON, part)):
                found[word] = self._headed(word, part)
        return found

    def _headed(self, word: str, part: str) -> Row:
        """What the last character means by itself, of a common noun that ends so; else nothing."""
        noun = part == "n" and len(word) < 5 and word[0] not in self.rules.verbs
        head = self._head_of(word) if noun and word[-1] in characters("heads") else ""
        return Row((head,) if head else (), shy=not head and part in ("n", "nz"))

    def _head_of(self, word: str) -> str:
        return next((m.value for m in self.words.chinese.get(word[-1], ()) if m.kind == "thing"), "")

    def _is_whole(self, word: str, often: int, part: str) -> bool:
        """Whether the word names nothing that its parts name, so that it must be known not to be cut in two."""
        if not 1 < len(word) < 7 or word[0] in NUMERALS:
            return False
        parts, inside = tokens(word, self.words), self._inside(word)
        if not inside:
            return len(word) < 5 and often >= COMMON and not part.startswith("n")
        first, last = parts[0], parts[-1]
        if first.has("thing") and lives(first.get("thing") or "") and characters("free").issuperset(word[1:]):
            return False  # 鸟鸣, 龙腾: an animal does something
        if all(t.meanings for t in parts):
            return part == "n" and self._hides_two(parts)
        if part == "nr" and (len(inside) > 1 or often < 5):  # the list has sayings among its names
            return False
        if part.startswith("n"):
            return not self._is_told(word, first, last, part)
        if part in ("i", "l"):
            if any(len(t.text) > 1 for t in inside) or len(inside) > 1:  # 日落时分, 龙凤呈祥
                return False
            return len(word) == 4 or (part == "l" and word[-1] in characters("ends"))
        if part[0] not in "vadbz" or len(inside) > 1:
            return False
        return token_is(first) or (token_is(last) and word[-1] in ABSTRACT)

    def _inside(self, word: str) -> list[Token]:
        """The things and settings that the lexicon finds in a word."""
        return [t for t in tokens(word, self.words) if token_is(t)]

    def _is_told(self, word: str, first: Token, last: Token, part: str) -> bool:
        """Whether a noun names what the lexicon finds in it: 犯人 is a person, 岛屿 an island, 养花 shows flowers."""
        if last.has("thing") and (len(last.text) > 1 or last.text == "人"):
            return True
        if token_is(first, SCENE) and word[-1] in characters("places"):
            return True
        if token_is(last, SCENE) and part != "nr":
            return True
        return len(word) == 2 and word[0] in self.rules.verbs and last.has("thing")

    def _hides_two(self, parts: list[Token]) -> bool:
        """Whether two known characters are one word for neither: 竹鼠, 面膜; but not 猫狗, 白云, 树上."""
        kinds = ("thing", "ignore")
        if any(len(t.text) > 1 or not any(t.has(kind) for kind in kinds) for t in parts) or not parts[0].has("thing"):
            return False
        groups = {traits(t.get("thing") or "").group for t in parts if t.has("thing")}
        return len(groups) > 1 or not parts[-1].has("thing")

    def _may_name(self, word: str, often: int, part: str) -> bool:
        concept, sure = self.rules.heads.get(word[-1], ("", False))
        if len(word) == 1:
            return part in ("n", "g", "ng") and sure
        if (word[0] in self.rules.verbs and len(word) == 2) or word[0] in NUMERALS or word in self.rules.block:
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
