"""The whole recipe: rows, networks on three quarters of the data each, calibration, threshold, the network that ships.

Everything that is reported is measured on templates, or on whole families, that the network in question had not seen,
and calibration and threshold are taken from held-out templates. Nothing is drawn from
the clock or the machine: the same data and numbers give the same file (see LOG.md for how far that holds).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pingxing.training.guard.fit import Floats, Network, Numbers, Plan, Shape, Sparse, fit, logits, merged
from pingxing.training.guard.grammar import BENIGN, Row
from pingxing.training.guard.rows import FOLDS, crumbs, fold, rows
from pingxing.types import LANGUAGES, Language

Features = Callable[[str], Numbers]  # a text's different grams, as the product reads them


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sentences of a family and language, and crumbs for each harmful sentence."""

    harmful: int = 220
    near: int = 200
    ordinary: int = 600
    crumbs: float = 0.3
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Budget:
    """Shares of held-out rows that may be sent to a person by mistake: ordinary wishes, and harmless neighbours."""

    ordinary: float = 0.005
    near: float = 0.05


@dataclass(frozen=True, slots=True)
class Trained:
    """`labels` end with "harm". For English and Chinese, slopes and offsets (2, labels) calibrate logits, and
    thresholds (2,) say from when on a person is asked; `report` is what the card says."""

    labels: tuple[str, ...]
    network: Network
    slopes: NDArray[np.float64]
    offsets: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    report: Mapping[str, object]


def data(sizes: Sizes) -> list[Row]:
    spoken = rows(sizes.seed, sizes.harmful, sizes.near, sizes.ordinary)
    harmful = [row for row in spoken if row.label != BENIGN]
    ordinary = [row for row in spoken if row.label == BENIGN and not row.near]
    return [*spoken, *crumbs(harmful, ordinary, sizes.seed, sizes.crumbs)]


def train(
    features: Features, buckets: int, sizes: Sizes, plan: Plan, budget: Budget, say: Callable[[str], None]
) -> Trained:
    """Some minutes on one core with the default sizes."""
    every = data(sizes)
    say(f"{len(every)} rows of {len({row.family for row in every})} families")
    grams = [features(row.text) for row in every]
    labels = (*sorted({row.label for row in every} - {BENIGN}), "harm")
    targets = _targets(every, labels)
    shape = Shape(buckets, len(labels))
    held = {by: _held_out(grams, targets, names, shape, plan, say) for by, names in _splits(every).items()}
    scripts = np.array([LANGUAGES.index(row.language) for row in every])
    platt = [calibrate(held["template"][scripts == at], targets[scripts == at]) for at in range(len(LANGUAGES))]
    slopes, offsets = (np.stack(parts) for parts in zip(*platt, strict=True))
    sure = {by: 1 / (1 + np.exp(-(raw * slopes[scripts] + offsets[scripts]))) for by, raw in held.items()}
    thresholds = np.array([_threshold(sure["template"][:, -1], every, language, budget) for language in LANGUAGES])
    stopped = {by: found[:, -1] >= thresholds[scripts] for by, found in sure.items()}
    report = {
        "rows": len(every),
        "thresholds": {name: round(float(at), 4) for name, at in zip(LANGUAGES, thresholds, strict=True)},
        **{f"held out by {by}": _report(every, labels, found, stopped[by]) for by, found in sure.items()},
    }
    network = _fitted(grams, targets, np.arange(len(every)), shape, plan)
    return Trained(labels, network, slopes, offsets, thresholds, report)


def quantized(table: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Whole numbers of -127..127 and the size of one, for each column."""
    scale = (np.abs(table).max(axis=0) / 127).astype(np.float32)
    return np.round(table / scale).astype(np.int8), scale


def calibrate(held: Floats, targets: Floats, steps: int = 60) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Platt's slopes and offsets for each column, by Newton's method on the logistic loss (Lin, Lin & Weng 2007)."""
    found = np.zeros((2, held.shape[1]))
    for column in range(held.shape[1]):
        x = np.stack((held[:, column].astype(np.float64), np.ones(len(held))), axis=1)
        right = targets[:, column].sum()
        # Platt's targets, a little inside 0 and 1, keep the slope finite where the rows can be told apart.
        wanted = np.where(targets[:, column] > 0.5, (right + 1) / (right + 2), 1 / (len(held) - right + 2))
        at = np.array([1.0, 0.0])
        for _ in range(steps):
            p = 1 / (1 + np.exp(-(x @ at)))
            bend = (x * (p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(2)
            at -= np.clip(np.linalg.solve(bend, x.T @ (p - wanted)), -1, 1)
        found[:, column] = at
    return found[0], found[1]


def _splits(every: Sequence[Row]) -> dict[str, list[str]]:
    """Two ways to hold rows out: other words for a thing that is known, and things that were never spoken of."""
    return {"template": [row.template for row in every], "family": [row.family for row in every]}


def _held_out(
    grams: Sequence[Numbers],
    targets: Floats,
    names: Sequence[str],
    shape: Shape,
    plan: Plan,
    say: Callable[[str], None],
) -> Floats:
    """The logits of every row by a network that saw no row of the same name."""
    parts = np.array([fold(name) for name in names])
    held = np.zeros(targets.shape, np.float32)
    for part in range(FOLDS):
        mine, others = np.flatnonzero(parts == part), np.flatnonzero(parts != part)
        net = _fitted(grams, targets, others, shape, plan)
        held[mine] = logits(net, Sparse([grams[i] for i in mine.tolist()]))
        say(f"part {part + 1} of {FOLDS}: {len(mine)} rows held out")
    return held


def _targets(every: Sequence[Row], labels: tuple[str, ...]) -> Floats:
    targets = np.zeros((len(every), len(labels)), np.float32)
    for place, row in enumerate(every):
        if row.label != BENIGN:
            targets[place, labels.index(row.label)] = targets[place, -1] = 1
    return targets


def _fitted(grams: Sequence[Numbers], targets: Floats, chosen: Numbers, shape: Shape, plan: Plan) -> Network:
    sparse, mine, even = Sparse([grams[i] for i in chosen.tolist()]), targets[chosen], np.ones(len(chosen), np.float32)
    plans = [replace(plan, seed=plan.seed + 100 * member) for member in range(plan.members)]
    return merged([fit(sparse, mine, even, shape, each) for each in plans])


def _threshold(harm: NDArray[np.float64], every: Sequence[Row], language: Language, budget: Budget) -> float:
    """The least that keeps both budgets, and at least a half."""
    found = 0.5
    for share, wanted in ((budget.ordinary, False), (budget.near, True)):
        chosen = np.array([r.label == BENIGN and bool(r.near) == wanted and r.language == language for r in every])
        ordered = np.sort(harm[chosen])[::-1]
        found = max(found, float(ordered[int(share * ordered.size)]) + 1e-6)
    return found


def _report(
    every: Sequence[Row], labels: tuple[str, ...], sure: NDArray[np.float64], stopped: NDArray[np.bool_]
) -> dict[str, object]:
    """Precision and recall of each category and language on held-out families, and how much is stopped by mistake."""
    best = sure[:, :-1].argmax(axis=1)
    categories: dict[str, object] = {}
    for number, label in enumerate(labels[:-1]):
        row: dict[str, object] = {}
        for language in ("en", "zh"):
            mine = np.array([r.label == label and r.language == language for r in every])
            said = stopped & (best == number) & np.array([r.language == language for r in every])
            row[language] = {
                "rows": int(mine.sum()),
                "stopped": _share(stopped, mine),
                "recall": _share(said, mine),
                "precision": _share(mine, said),
            }
        categories[label] = row
    mistakes = {
        f"{kind} {language}": _share(
            stopped,
            np.array(
                [r.label == BENIGN and bool(r.near) == (kind == "near") and r.language == language for r in every]
            ),
        )
        for kind in ("ordinary", "near")
        for language in ("en", "zh")
    }
    return {"categories": categories, "mistakes": mistakes}


def _share(hit: NDArray[np.bool_], of: NDArray[np.bool_]) -> float:
    return round(float(hit[of].mean()), 4) if of.any() else 0.0
