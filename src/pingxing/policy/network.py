"""The network of the classifier: a file of numbers, scores of a text, and which of its words weighed how much.

    x = sum(table[gram]) / sqrt(number of different grams)
    h = max(0, x @ inner + inner_bias)
    logits = [x, h] @ outer + outer_bias
    probability = 1 / (1 + exp(-(logit * slope + offset)))          Platt 1999

Slopes, offsets and the threshold are of the script that most of a window is written in: a Chinese wish has a third of
an English one's grams, and so other logits. The last label says whether the text is harmful at all.
The file is NumPy's .npz without pickles; `scripts/build_classifier.py` makes it, docs/cards/classifier.md says how good
it is.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pingxing.errors import BackendFailed
from pingxing.policy.grams import BUCKETS, Grams, Numbers, grams

HARM = "harm"
# Half words (a Latin word is two, a Chinese character one) that are judged together: a wish with all that belongs to
# it, and a clause, so that a few bad words cannot hide among many good ones.
WINDOW, CLAUSE = 120, 24
_PIECE = 1 << 15  # characters of a long text that are turned into grams at once
_OVERLAP = 1 << 11  # more characters than a window of ordinary words has

Floats = NDArray[np.float64]
_ARRAYS = ("table", "scale", "inner", "inner_bias", "outer", "outer_bias", "slopes", "offsets", "thresholds")


@dataclass(frozen=True, slots=True)
class Judged:
    """The window of a text that looks worst: calibrated probability of each label, and where it lies in `grams`."""

    probabilities: dict[str, float]
    grams: Grams
    inside: Numbers  # indices of the window's grams
    shift: int  # where the grams' text begins in the whole
    threshold: float  # of the window's script

    @property
    def harm(self) -> float:
        return self.probabilities[HARM]


@dataclass(frozen=True, slots=True)
class Network:
    """table (BUCKETS, W) int8 times scale (W,), inner (W, H), outer (W + H, labels); for letters and for Chinese
    slopes and offsets (2, labels) and thresholds (2,)."""

    labels: tuple[str, ...]
    table: NDArray[np.int8]
    scale: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats
    slopes: Floats
    offsets: Floats
    thresholds: Floats
    digest: str = ""

    @classmethod
    def read(cls, data: bytes) -> Network:
        """Raises `BackendFailed` for anything that is not such a file."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                arrays = {name: file[name] for name in _ARRAYS}
                labels = tuple(map(str, file["labels"]))
        except (ValueError, KeyError, OSError, EOFError) as fault:
            raise BackendFailed("check", check="classifier") from fault
        table = arrays.pop("table")
        if table.dtype != np.int8 or table.shape[0] != BUCKETS or labels[-1:] != (HARM,):
            raise BackendFailed("check", check="classifier")
        floats = {name: array.astype(np.float64) for name, array in arrays.items()}
        return cls(labels, table, **floats, digest=hashlib.sha256(data).hexdigest()[:12])

    def bytes(self) -> bytes:
        """The file: the same network gives the same bytes."""
        out = io.BytesIO()
        small = {name: getattr(self, name).astype(np.float32) for name in _ARRAYS if name != "table"}
        np.savez(out, labels=np.array(self.labels), table=self.table, **small)
        return out.getvalue()

    def judge(self, text: str) -> Judged | None:
        """The worst window of a text in the form of `views.light`; None where there is nothing to read.

        Every character is in some window, however long the text is: time grows with its length, and nothing is cut.
        """
        worst: Judged | None = None
        for first in range(0, max(len(text) - _OVERLAP, 1), _PIECE - _OVERLAP):
            read = grams(text[first : first + _PIECE])
            for inside in _windows(read):
                logits = self._logits(read.ids[inside])[0]
                script = int(read.unit_single[read.first[inside]].mean() > 0.5)
                sure = 1 / (1 + np.exp(-(logits * self.slopes[script] + self.offsets[script])))
                if worst is None or sure[-1] - self.thresholds[script] > worst.harm - worst.threshold:
                    named = dict(zip(self.labels, map(float, sure), strict=True))
                    worst = Judged(named, read, inside, first, float(self.thresholds[script]))
        return worst

    def words(self, judged: Judged, label: str) -> list[tuple[float, int, int]]:
        """Weight, start and end of every word (or Chinese character) of the window, in order of place.

        A weight is the part of the label's logit that the grams of the word brought, to first order: exact where
        no hidden unit would have changed sides.
        """
        read, inside = judged.grams, judged.inside
        different, back, often = np.unique(read.ids[inside], return_inverse=True, return_counts=True)
        _, hidden = self._logits(read.ids[inside])
        width = self.table.shape[1]
        column = self.outer[:, self.labels.index(label)]
        slope = column[:width] + self.inner @ (column[width:] * (hidden > 0))
        each = (self.table[different] * self.scale) @ slope / np.sqrt(different.size)
        starts, ends = read.first[inside], np.searchsorted(read.unit_starts, read.ends[inside])
        weights = np.zeros(read.unit_starts.size)
        shares = (each / often)[back] / np.maximum(ends - starts, 1)
        for step in range(int((ends - starts).max(initial=0))):
            some = starts + step < ends
            np.add.at(weights, starts[some] + step, shares[some])
        units = range(int(starts.min()), int(ends.max()))
        return [
            (float(weights[u]), int(read.unit_starts[u]) + judged.shift, int(read.unit_ends[u]) + judged.shift)
            for u in units
        ]

    def _logits(self, ids: Numbers) -> tuple[Floats, Floats]:
        different = np.unique(ids)
        total = self.table[different].sum(axis=0, dtype=np.int64)  # exact on every machine
        x = total * self.scale / np.sqrt(max(different.size, 1))
        hidden = np.maximum(x @ self.inner + self.inner_bias, 0)
        return np.concatenate((x, hidden)) @ self.outer + self.outer_bias, hidden


def _windows(read: Grams) -> Iterator[Numbers]:
    """Indices of the grams of each window; windows of one size overlap by two thirds."""
    if not read.ids.size:
        return
    half_words = np.cumsum(np.where(read.unit_single, 1, 2))
    whole = int(half_words[-1])
    if whole <= WINDOW:
        yield np.arange(read.ids.size)
    if whole <= CLAUSE * 2:
        return
    order = np.argsort(read.first, kind="stable")
    owner = read.first[order]
    for size in (WINDOW, CLAUSE) if whole > WINDOW else (CLAUSE,):
        for low in range(0, whole - size * 2 // 3, size // 3):
            begin, end = np.searchsorted(half_words, (low, low + size), side="right")
            first, last = np.searchsorted(owner, (begin, end))
            if last > first:
                yield order[first:last]
