"""The network of the classifier: a file of numbers, scores of a text, and which of its words weighed how much.

    x = table[word] @ entry + bias, then x += relu(conv(x)) over three words
    x += attention(norm(x)), x += feed_forward(norm(x))          one layer, Vaswani et al. 2017, norms first
    logits = relu([max(x), mean(x)] @ inner + bias) @ outer + bias, mean of the members
    probability = 1 / (1 + exp(-(logit * slope + offset)))       Platt 1999

The table holds what words mean (vectors of multilingual-e5-small), and was not trained on our sentences: a word that
none of them had is read by its neighbours in meaning, in either language. Slopes, offsets and the threshold are of the
script that most of a window is written in. The last label says whether the text is harmful at all.
The file is NumPy's .npz without pickles; `scripts/build_classifier.py` makes it, docs/cards/classifier.md says how good
it is.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from pingxing.errors import BackendFailed
from pingxing.policy.tokens import Numbers, Tokens, Vocabulary

HARM = "harm"
# Half words (a Latin word is two, a Chinese character one) that are judged together: a wish with all that belongs to
# it, and a clause, so that a few bad words cannot hide among many good ones. Of a longer text every sentence, too.
WINDOW, CLAUSE = 120, 24
HEADS = 4
_BATCH = 4096  # words of one pass through the network, padding counted
_LITTLE = 1e-5  # in norms, as in torch

Floats = NDArray[np.floating[Any]]
_PLAIN = ("scale", "slopes", "offsets", "thresholds")
# Of each member, stacked: shapes for D columns of the table, width W, N labels, inner width H, feed-forward width F.
MEMBER = (
    *("entry", "entry_bias", "conv", "conv_bias"),  # (D, W), (W,), (3 W, W), (W,)
    *("norm1", "norm1_bias", "qkv", "qkv_bias", "mix", "mix_bias"),  # (W,), (W,), (W, 3 W), (3 W,), (W, W), (W,)
    *("norm2", "norm2_bias", "up", "up_bias", "down", "down_bias"),  # (W,), (W,), (W, F), (F,), (F, W), (W,)
    *("inner", "inner_bias", "outer", "outer_bias"),  # (2 W, H), (H,), (H, N), (N,)
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A window of a text: calibrated probability of each label, and which words it holds."""

    probabilities: dict[str, float]
    tokens: Tokens
    first: int
    last: int
    threshold: float  # of the window's script
    chinese: bool
    logits: Floats = field(repr=False, compare=False)  # (labels,), before calibration

    @property
    def harm(self) -> float:
        return self.probabilities[HARM]

    @property
    def above(self) -> float:
        """By how much it is too likely to be harmful; negative where it is not."""
        return self.harm - self.threshold


@dataclass(frozen=True, slots=True)
class Network:
    """words (V,), table (V, D) int8 times scale (D,), `members` by the names of MEMBER with the members' axis first;
    for Latin and for Chinese writing slopes and offsets (2, labels) and thresholds (2,)."""

    labels: tuple[str, ...]
    words: tuple[str, ...]
    table: NDArray[np.int8]
    scale: Floats
    members: Mapping[str, Floats]
    slopes: Floats
    offsets: Floats
    thresholds: Floats
    vocabulary: Vocabulary = field(repr=False)

    @classmethod
    def of(cls, *, words: Sequence[str], **parts: Any) -> Network:
        return cls(words=tuple(words), vocabulary=Vocabulary(words), **parts)

    @classmethod
    def read(cls, data: bytes) -> Network:
        """Raises `BackendFailed` for anything that is not such a file."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                plain = {name: file[name].astype(np.float32) for name in _PLAIN}
                members = {name: file[name].astype(np.float32) for name in MEMBER}
                table, labels = file["table"], tuple(map(str, file["labels"]))
                words = file["words"].tobytes().decode("utf-8").split("\n")
        except (ValueError, KeyError, OSError, EOFError, UnicodeDecodeError, BadZipFile) as fault:
            raise BackendFailed("check", check="classifier") from fault
        if table.dtype != np.int8 or table.shape[0] != len(words) or labels[-1:] != (HARM,):
            raise BackendFailed("check", check="classifier")
        return cls.of(words=words, labels=labels, table=table, members=members, **plain)

    def bytes(self) -> bytes:
        """The file: the same network gives the same bytes."""
        out = io.BytesIO()
        small: dict[str, Any] = {name: getattr(self, name).astype(np.float32) for name in _PLAIN}
        half: dict[str, Any] = {name: self.members[name].astype(np.float16) for name in MEMBER}
        words = np.frombuffer("\n".join(self.words).encode("utf-8"), np.uint8)
        np.savez_compressed(out, labels=np.array(self.labels), words=words, table=self.table, **small, **half)
        return out.getvalue()

    def judge(self, text: str) -> Judged | None:
        """The worst window of a text in the form of `views.light`; None where there is nothing to read.

        Every word is in some window, however long the text is: time grows with its length, and nothing is cut.
        """
        return next(iter(self.weigh(self.vocabulary.read(text), 1)), None)

    def weigh(self, read: Tokens, most: int) -> list[Judged]:
        """The `most` windows that look worst, worst first, of those that differ."""
        found: list[Judged] = []
        # What stands in a text many times is weighed once.
        different = {read.ids[first:last].tobytes(): (first, last) for first, last in reversed(list(_windows(read)))}
        for spans in _batches(sorted(different.values())):
            logits = self.logits([read.ids[first:last] for first, last in spans])
            scripts = np.array([int(read.chinese(first, last)) for first, last in spans])
            sure = 1 / (1 + np.exp(-(logits * self.slopes[scripts] + self.offsets[scripts])))
            above = sure[:, -1] - self.thresholds[scripts]
            for at in np.argsort(-above, kind="stable")[:most].tolist():
                named = dict(zip(self.labels, map(float, sure[at]), strict=True))
                (first, last), script = spans[at], int(scripts[at])
                least = float(self.thresholds[script])
                found.append(Judged(named, read, first, last, least, bool(script), logits[at]))
            found = sorted(found, key=lambda judged: -judged.above)[:most]
        return found

    def weights(self, judged: Judged, label: str) -> list[tuple[float, int, int]]:
        """Weight, start and end of every word of the window, in order of place.

        A weight is by how much the label's logit falls where the word is left out.
        """
        inside = judged.tokens.ids[judged.first : judged.last]
        column = self.labels.index(label)
        rows = [inside, *(np.delete(inside, place) for place in range(inside.size))]
        found = np.concatenate([self.logits(part)[:, column] for part in _batches_of(rows)])
        return [
            (float(found[0] - without), int(judged.tokens.starts[place]), int(judged.tokens.ends[place]))
            for place, without in enumerate(found[1:], judged.first)
        ]

    def logits(self, rows: Sequence[Numbers]) -> Floats:
        """Of shape (rows, labels); a row without words is read as one word that says nothing."""
        longest = max(1, *(row.size for row in rows))
        ids = np.zeros((len(rows), longest), np.int64)
        here = np.zeros((len(rows), longest), bool)
        for place, row in enumerate(rows):
            ids[place, : row.size] = row
            here[place, : row.size] = True
        vectors = self.table[ids] * self.scale
        vectors[~here] = 0
        here[:, 0] = True
        found: Floats = _members(self.members, vectors, here).mean(axis=0)
        return found


def _members(net: Mapping[str, Floats], vectors: Floats, here: NDArray[np.bool_]) -> Floats:
    """Of shape (members, rows, labels). All members at once: of a prompt's time half went into calling NumPy."""
    rows, length, _ = vectors.shape
    seen = here[:, :, None]
    x = vectors @ net["entry"][:, None] + _to_each(net["entry_bias"])
    count, *_, width = x.shape
    padded = np.zeros((count, rows, length + 2, width), np.float32)
    np.multiply(x, seen, out=padded[:, :, 1:-1])
    around = np.concatenate((padded[:, :, :-2], padded[:, :, 1:-1], padded[:, :, 2:]), axis=3)
    x += np.maximum(around @ net["conv"][:, None] + _to_each(net["conv_bias"]), 0)

    qkv = _norm(x, net["norm1"], net["norm1_bias"]) @ net["qkv"][:, None] + _to_each(net["qkv_bias"])
    q, k, v = qkv.reshape(count, rows, length, 3, HEADS, width // HEADS).transpose(3, 0, 1, 4, 2, 5)
    scores = q @ k.swapaxes(-1, -2) / np.float32(np.sqrt(width // HEADS))
    if not here.all():
        scores = np.where(here[:, None, None, :], scores, np.float32(-1e9))
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ v
    x = x + mixed.swapaxes(2, 3).reshape(count, rows, length, width) @ net["mix"][:, None] + _to_each(net["mix_bias"])

    up = np.maximum(_norm(x, net["norm2"], net["norm2_bias"]) @ net["up"][:, None] + _to_each(net["up_bias"]), 0)
    x = x + up @ net["down"][:, None] + _to_each(net["down_bias"])

    highest = np.where(seen, x, np.float32(-1e9)).max(axis=2)
    mean = (x * seen).sum(axis=2) / here.sum(axis=1, keepdims=True)
    both = np.concatenate((highest, mean), axis=2)
    last = zip(both, net["inner"], net["inner_bias"], net["outer"], net["outer_bias"], strict=True)
    return np.stack([np.maximum(one @ a + b, 0) @ c + d for one, a, b, c, d in last])


def _norm(x: Floats, weight: Floats, bias: Floats) -> Floats:
    away = x - x.mean(axis=3, keepdims=True)
    size = np.sqrt((away * away).mean(axis=3, keepdims=True) + np.float32(_LITTLE))
    found: Floats = away / size * _to_each(weight) + _to_each(bias)
    return found


def _to_each(parts: Floats) -> Floats:
    """What each member adds to every word of every row."""
    return parts[:, None, None]


def _windows(read: Tokens) -> Iterator[tuple[int, int]]:
    """First and last word of each window; windows of one size overlap by two thirds, of a long text by a half."""
    if not read.ids.size:
        return
    half_words = np.cumsum(read.halves)
    whole = int(half_words[-1])
    if whole <= WINDOW:
        yield 0, read.ids.size
    if whole <= CLAUSE * 2:
        return
    openings = [*np.flatnonzero(read.opens).tolist(), read.ids.size]
    for first, last in pairwise(openings):
        if int(read.halves[first:last].sum()) <= WINDOW:
            yield first, last
    for size in (WINDOW, CLAUSE) if whole > WINDOW else (CLAUSE,):
        step = size // 3 if whole <= 10 * WINDOW else size // 2
        for low in range(0, max(whole - size + step, 1), step):
            first, last = np.searchsorted(half_words, (low, low + size), side="right")
            if last > first:
                yield int(first), int(last)


def _batches(spans: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    for first, last in _cuts([last - first for first, last in spans]):
        yield spans[first:last]


def _batches_of(rows: list[Numbers]) -> Iterator[list[Numbers]]:
    for first, last in _cuts([row.size for row in rows]):
        yield rows[first:last]


def _cuts(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbours that together, padded to the longest, have no more words than a pass takes."""
    first, longest = 0, 1
    for place, size in enumerate(sizes):
        if place > first and max(longest, size) * (place + 1 - first) > _BATCH:
            yield first, place
            first, longest = place, 1
        longest = max(longest, size)
    if sizes:
        yield first, len(sizes)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]
