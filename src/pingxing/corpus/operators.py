"""Filters as small operators: each says of one pair whether it stays, and is counted.

An operator is a name and a pure function of the pair (duplicates remember digests they have seen). A `Sieve` runs them
in order and counts what each of them dropped, for the data card. The same operators run on one machine or, through
`Sieve.batch`, inside `ray.data.Dataset.map_batches`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pingxing.corpus.values import Concept, Pair

Check = Callable[[Pair], bool]
LICENCES = frozenset({"MIT", "Apache-2.0", "CC-BY-4.0", "Unicode-3.0"})
NEAR = 3  # bits of 64 in which two pictures may differ and still be called the same
_LETTER = re.compile(r"[A-Za-z]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LINK = re.compile(r"https?://|www\.|[\w.]+@[\w.]+|<[^>]+>|[{}\\]|�")


@dataclass(frozen=True, slots=True)
class Operator:
    """`keeps` is whether the pair stays. It never changes the pair."""

    name: str
    keeps: Check


def licence(allowed: frozenset[str] = LICENCES) -> Operator:
    """Every licence named for the picture ("MIT; CC-BY-4.0" where sets meet) must be one we may ship."""

    def keeps(pair: Pair) -> bool:
        named = [part.strip() for part in pair.licence.split(";") if part.strip()]
        return bool(named) and all(part in allowed for part in named)

    return Operator("licence", keeps)


def resolution(least: int) -> Operator:
    """Both sides at least `least` pixels, and neither twice the other."""

    def keeps(pair: Pair) -> bool:
        short, long = sorted((pair.width, pair.height))
        return short >= least and long <= 2 * short

    return Operator("resolution", keeps)


def detail(least: float = 0.02) -> Operator:
    """Something is in the picture: at most the rest of it is one flat colour."""
    return Operator("detail", lambda pair: pair.detail >= least)


def text(longest: int = 160) -> Operator:
    """Captions are single lines of sensible length without links, markup or broken characters."""

    def good(caption: str) -> bool:
        return 0 < len(caption) <= longest and "\n" not in caption and not _LINK.search(caption)

    def keeps(pair: Pair) -> bool:
        sentences = [caption for captions in pair.captions.values() for caption in captions]
        return bool(sentences) and all(map(good, sentences))

    return Operator("text", keeps)


def language() -> Operator:
    """Captions are in the language they are filed under, and both languages are there."""

    def keeps(pair: Pair) -> bool:
        english, chinese = pair.captions.get("en", ()), pair.captions.get("zh", ())
        return (
            bool(english)
            and bool(chinese)
            and all(_LETTER.search(c) and not _HAN.search(c) for c in english)
            and all(_HAN.search(c) for c in chinese)
        )

    return Operator("language", keeps)


def agreement(concepts: Mapping[str, Concept]) -> Operator:
    """The picture shows what the idea says, as often as it says, and every caption names each of its things.

    `Pair.shown` comes from whoever drew the picture: things that were misunderstood, left out or hidden drop the pair.
    """
    names = {
        (concept.id, tongue): tuple(name.lower() for name in (concept.en if tongue == "en" else concept.zh))
        for concept in concepts.values()
        for tongue in ("en", "zh")
    }
    stems = {key: tuple(_stem(name) if key[1] == "en" else name for name in found) for key, found in names.items()}

    def keeps(pair: Pair) -> bool:
        wanted = Counter[str]()
        for thing in pair.idea.things:
            wanted[thing.concept] += thing.count
        if Counter(pair.shown) != wanted:
            return False
        return all(
            any(stem in caption.lower() for stem in stems.get((concept, tongue), ()))
            for tongue, captions in pair.captions.items()
            for caption in captions
            for concept in wanted
        )

    return Operator("agreement", keeps)


def _stem(name: str) -> str:
    """What singular and plural of an English noun share: "fox", "cherr", "lea"."""
    head = re.split(r" (?:of|with|in|on) ", name, maxsplit=1)[0]
    if head.endswith(("y", "fe", "f")) and len(head) > 3:
        return head[: -2 if head.endswith("fe") else -1]
    short = {"mouse": "m", "goose": "g", "tooth": "t", "foot": "f", "man": "m", "child": "child", "person": "pe"}
    before, space, last = head.rpartition(" ")
    return before + space + short.get(last, last)


def duplicates(near: int = NEAR) -> Operator:
    """Drops a picture whose perceptual hash differs from one kept before in at most `near` bits, if its idea is equal.

    Exact within `near` <= 3: four bands of 16 bits, of which two equal hashes share at least one (pigeonhole).
    Pictures of different ideas may look alike (a plain ball, a plain moon) and both stay.
    """
    if not 0 <= near <= 3:
        raise ValueError("four bands find differences of at most three bits")
    seen: dict[tuple[object, int, int], list[int]] = {}

    def keeps(pair: Pair) -> bool:
        keys = [(pair.idea, band, pair.phash >> 16 * band & 0xFFFF) for band in range(4)]
        if any((other ^ pair.phash).bit_count() <= near for key in keys for other in seen.get(key, ())):
            return False
        for key in keys:
            seen.setdefault(key, []).append(pair.phash)
        return True

    return Operator("duplicates", keeps)


@dataclass(slots=True)
class Sieve:
    """Operators in their order, with what they saw and dropped."""

    operators: tuple[Operator, ...]
    seen: int = 0
    dropped: Counter[str] = field(default_factory=Counter)

    @property
    def kept(self) -> int:
        return self.seen - self.dropped.total()

    def keeps(self, pair: Pair) -> bool:
        self.seen += 1
        for operator in self.operators:
            if not operator.keeps(pair):
                self.dropped[operator.name] += 1
                return False
        return True

    def __call__(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        return filter(self.keeps, pairs)

    def batch(self, rows: dict[str, NDArray[np.object_]]) -> dict[str, NDArray[np.object_]]:
        """The same for a column batch {"pair": pairs} of a distributed dataset. Counts stay with the worker."""
        return {"pair": rows["pair"][[self.keeps(pair) for pair in rows["pair"]]]}

    def counts(self) -> dict[str, int]:
        """Operator -> pairs it dropped, in order, zeros too."""
        return {operator.name: self.dropped[operator.name] for operator in self.operators}


def standard(concepts: Mapping[str, Concept], least: int = 64) -> Sieve:
    """The corpus's own sieve, the cheapest checks first."""
    return Sieve((licence(), resolution(least), detail(), text(), language(), agreement(concepts), duplicates()))


def perceptual_hash(pixels: NDArray[np.uint8]) -> int:
    """64 bits of a picture's low frequencies: DCT of a 32x32 grey version, 8x8 corner against its median.

    `pixels` is (height, width, 3) with sides that 32 divides or that are above it. After Zauner, "Implementation and
    benchmarking of perceptual image hash functions", 2010, with the constant term left out.
    """
    grey = pixels[..., :3].astype(np.float64) @ (0.299, 0.587, 0.114)
    small = _shrunk(_shrunk(grey, 32).T, 32).T
    basis = _cosines()
    corner = (basis @ small @ basis.T)[:8, :8].ravel()
    bits = corner > np.median(corner[1:])
    bits[0] = False
    return int(np.packbits(bits).view(">u8")[0])


def _shrunk(values: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """Mean over `rows` equal bands of rows."""
    edges = np.linspace(0, len(values), rows + 1)
    sums = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    at = np.clip(edges.astype(int), 0, len(values) - 1)
    whole = sums[at] + (edges - at)[:, None] * values[at]
    return np.asarray(np.diff(whole, axis=0) / (len(values) / rows))


def _cosines(size: int = 32) -> NDArray[np.float64]:
    rows, columns = np.arange(8)[:, None], np.arange(size)[None, :]
    return np.asarray(np.cos(np.pi * rows * (2 * columns + 1) / (2 * size)))


def detail_of(pixels: NDArray[np.uint8]) -> float:
    """Part of the pixels that differ from the commonest colour (in steps of 16)."""
    coarse = (pixels[..., :3] >> 4).astype(np.uint32) @ np.array([256, 16, 1], np.uint32)
    return 1.0 - float(np.bincount(coarse.ravel()).max()) / coarse.size
