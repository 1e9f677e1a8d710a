"""The whole recipe: rows, networks on three quarters of the data each, calibration, threshold, the network that ships.

Everything that is reported is measured on whole families, subjects that the network in question had never been told of,
and calibration and thresholds are taken from them. Nothing is drawn from the clock or the machine: the same data and
numbers give the same file (see LOG.md for how far that holds).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pingxing.training.guard.grammar import BENIGN, Row
from pingxing.training.guard.rows import FOLDS, crumbs, fold, rows
from pingxing.training.guard.seeds import lines
from pingxing.training.guard.student import Floats, Members, Numbers, Plan, fit, stacked
from pingxing.types import LANGUAGES, Language

Features = Callable[[str], Numbers]  # the words of a text as numbers, as the product reads them
Score = Callable[[Members, Sequence[Numbers]], Floats]  # logits (rows, labels) as the product computes them


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sentences of a template family and language, and crumbs for each harmful sentence."""

    harmful: int = 30
    near: int = 30
    ordinary: int = 240
    crumbs: float = 0.1
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Budget:
    """Shares of held-out rows that may be sent to a person by mistake: wishes that people wrote without a thought of
    any guard, and harmless neighbours."""

    ordinary: float = 0.005
    near: float = 0.05


@dataclass(frozen=True, slots=True)
class Trained:
    """`labels` end with "harm". For English and Chinese, slopes and offsets (2, labels) calibrate logits, and
    thresholds (2,) say from when on a person is asked; `report` is what the card says."""

    labels: tuple[str, ...]
    members: Members
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
    features: Features,
    score: Score,
    table: Floats,
    sizes: Sizes,
    plan: Plan,
    budget: Budget,
    members: int,
    say: Callable[[str], None],
) -> Trained:
    """Some ten minutes on one core with the default sizes. Raises `ImportError` without torch."""
    every = data(sizes)
    say(f"{len(every)} rows of {len({row.family for row in every})} families")
    words = [features(row.text) for row in every]
    labels = (*sorted({row.label for row in every} - {BENIGN}), "harm")
    targets = _targets(every, labels)
    held = _held_out(words, targets, [_matter(row) for row in every], table, plan, score, say)
    scripts = np.array([LANGUAGES.index(row.language) for row in every])
    platt = [calibrate(held[scripts == at], targets[scripts == at]) for at in range(len(LANGUAGES))]
    slopes, offsets = (np.stack(parts) for parts in zip(*platt, strict=True))
    sure = 1 / (1 + np.exp(-(held * slopes[scripts] + offsets[scripts])))
    thresholds = np.array([_threshold(sure[:, -1], every, language, budget) for language in LANGUAGES])
    report = {
        "rows": len(every),
        "thresholds": {name: round(float(at), 4) for name, at in zip(LANGUAGES, thresholds, strict=True)},
        "held out by family": _report(every, labels, sure, sure[:, -1] >= thresholds[scripts]),
    }
    even = np.ones(len(every), np.float32)
    nets = []
    for member in range(members):
        nets.append(fit(words, targets, even, table, plan, 100 + member))
        say(f"member {member + 1} of {members}")
    return Trained(labels, stacked(nets), slopes, offsets, thresholds, report)


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


def natural(row: Row) -> bool:
    """An ordinary wish as somebody wrote it: of no template, in no frame, no neighbour of anything."""
    return _wished(row) and (row.family.startswith("scenes/") or row.text in lines())


def _wished(row: Row) -> bool:
    return row.label == BENIGN and not row.near and row.family.startswith(("scenes/", f"{BENIGN}/seed-"))


def _matter(row: Row) -> str:
    """What is held out together: a subject, and a harmless twin where its harmful one goes, else its words would
    betray it. Ordinary wishes have no subject that could be kept from the network: theirs go line by line."""
    return row.template if _wished(row) else row.family.removeprefix("near-")


def _held_out(
    words: Sequence[Numbers],
    targets: Floats,
    matters: Sequence[str],
    table: Floats,
    plan: Plan,
    score: Score,
    say: Callable[[str], None],
) -> Floats:
    """The logits of every row by a network that was told nothing of its matter."""
    parts = np.array([fold(name) for name in matters])
    held = np.zeros(targets.shape, np.float32)
    for part in range(FOLDS):
        mine, others = np.flatnonzero(parts == part), np.flatnonzero(parts != part)
        even = np.ones(len(others), np.float32)
        net = fit([words[i] for i in others.tolist()], targets[others], even, table, plan, part)
        held[mine] = score(stacked([net]), [words[i] for i in mine.tolist()])
        say(f"part {part + 1} of {FOLDS}: {len(mine)} rows held out")
    return held


def _targets(every: Sequence[Row], labels: tuple[str, ...]) -> Floats:
    targets = np.zeros((len(every), len(labels)), np.float32)
    for place, row in enumerate(every):
        if row.label != BENIGN:
            targets[place, labels.index(row.label)] = targets[place, -1] = 1
    return targets


def _threshold(harm: NDArray[np.float64], every: Sequence[Row], language: Language, budget: Budget) -> float:
    """The least that keeps every budget: of ordinary wishes those of people and those of templates each by itself."""
    found = 0.0
    for share, kind in ((budget.ordinary, "ordinary"), (budget.ordinary, "multiplied"), (budget.near, "near")):
        chosen = np.array([row.language == language and _kind(row) == kind for row in every])
        if not chosen.any():
            continue
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
        f"{kind} {language}": _share(stopped, np.array([r.language == language and _kind(r) == kind for r in every]))
        for kind in ("ordinary", "multiplied", "near")
        for language in ("en", "zh")
    }
    whole = {
        f"{said} {language}": _share(
            stopped,
            np.array([r.label != BENIGN and r.language == language and ("/seed-" in r.family) == own for r in every]),
        )
        for said, own in (("by hand", True), ("template", False))
        for language in ("en", "zh")
    }
    return {"categories": categories, "stopped": whole, "mistakes": mistakes}


def _kind(row: Row) -> str:
    if row.label != BENIGN:
        return "harmful"
    return "near" if row.near else "ordinary" if natural(row) else "multiplied"


def _share(hit: NDArray[np.bool_], of: NDArray[np.bool_]) -> float:
    return round(float(hit[of].mean()), 4) if of.any() else 0.0
