"""The second opinion: which sentences are read, and how much words and sentence weigh together (heads.py fits it).

It learns from every line that was written by hand and from a sample of the multiplied ones, and is calibrated together
with the network of words on the same held-out matters (stacking, Wolpert 1992): what it sees of the words is what a
network said that was told nothing of the matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pingxing.training.guard.grammar import BENIGN, Row
from pingxing.training.guard.student import Floats


@dataclass(frozen=True, slots=True)
class Reading:
    """What the second network learns from. `harmful`, `near` and `ordinary` are the sentences of a template family and
    language that are read, fewer than the words learn from: each takes the model some ten milliseconds. `by_hand` says
    how much more a line by hand counts. Of ordinary wishes the share `asked` is at least as suspect by the words as the
    floor from which on the sentence is read."""

    harmful: int = 8
    near: int = 8
    ordinary: int = 90
    by_hand: float = 3.0
    asked: float = 0.08


def chosen(rows: Sequence[Row], written: Sequence[bool], plan: Reading) -> NDArray[np.bool_]:
    """Which rows are read: all as they were written by hand, not those in frames, and the first of each family."""
    found, seen = np.array(written, bool), Counter[tuple[str, str, bool]]()
    for place, row in enumerate(rows):
        if found[place] or "/seed-" in row.family:
            continue
        kind = (row.family, row.language, bool(row.near))
        seen[kind] += 1
        most = plan.harmful if row.label != BENIGN else plan.near if row.near else plan.ordinary
        found[place] = seen[kind] <= most
    return found


def mixed(
    words: Floats, sentences: Floats, targets: Floats, weights: NDArray[np.float64], steps: int = 60
) -> NDArray[np.float64]:
    """What words, sentence and an offset weigh, (3, labels), by Newton's method on the logistic loss, with Platt's
    targets (Lin, Lin & Weng 2007); `weights` (rows,) says how much each row counts. Neither weighs less than nothing:
    one that would is left out."""
    found = np.zeros((3, words.shape[1]))
    for column in range(words.shape[1]):
        both = np.stack((words[:, column], sentences[:, column], np.ones(len(words))), axis=1).astype(np.float64)
        right = targets[:, column].sum()
        wanted = np.where(targets[:, column] > 0.5, (right + 1) / (right + 2), 1 / (len(words) - right + 2))
        heard = [0, 1, 2]
        while True:
            at = _newton(both[:, heard], wanted, weights, steps)
            less = [place for place, weight in zip(heard[:-1], at[:-1], strict=True) if weight < 0]
            if not less:
                break
            heard = [place for place in heard if place not in less]
        found[heard, column] = at
    return found


def _newton(
    x: NDArray[np.float64], wanted: NDArray[np.float64], weights: NDArray[np.float64], steps: int
) -> NDArray[np.float64]:
    at = np.zeros(x.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-(x @ at)))
        bend = (x * (weights * p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(x.shape[1])
        at -= np.clip(np.linalg.solve(bend, x.T @ (weights * (p - wanted))), -1, 1)
    return at


def floor(harm: NDArray[np.float64], rows: Sequence[Row], share: float) -> float:
    """The probability by the words that `share` of ordinary wishes reach."""
    plain = np.sort([sure for sure, row in zip(harm, rows, strict=True) if row.label == BENIGN and not row.near])
    return float(plain[int((1 - share) * (plain.size - 1))]) if plain.size else 0.0
