"""How often the model draws what was asked, by a recogniser that was trained on the same art and knows no model.

The recogniser says for each of 8x8 cells which concept stands there and in which colour, and for the whole picture
which setting and style. From that are read what there is, how often and where. Its own accuracy, on pictures put
together from drawings and so known to be right, stands beside every figure: nobody can score above what it can see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from pingxing.training.picture.autoencoder import Residual
from pingxing.training.picture.canvas import Canvas, Numbers
from pingxing.training.picture.loop import Source
from pingxing.training.picture.optimise import Optimiser, Rates, kernels, pace_at

CELLS = 8
INSIDE, AROUND = 0.28, 0.36  # parts of a drawing's side that are surely it, and that may be. Beyond is nothing: with
# a half instead, two large things side by side had no cell of nothing between them and were counted as one.


@dataclass(frozen=True, slots=True)
class Labels:
    """What the numbers of a batch stand for. Zero is nothing: no thing, its own colour, no setting."""

    concepts: NDArray[np.int64]  # of each drawing, from 1
    colours: NDArray[np.int64]  # of each drawing, from 0
    styles: NDArray[np.int64]  # of each drawing, from 0
    settings: NDArray[np.int64]  # of each background, from 0


@dataclass(frozen=True, slots=True)
class Case:
    """One prompt and what must be seen. `things`: concept, count and colour (0: not asked for)."""

    kind: str
    language: str
    words: str
    things: tuple[tuple[int, int, int], ...]
    relation: str = ""  # "left" or "above": of the first thing to the second
    setting: int = 0
    style: int = -1  # -1: not asked for


@dataclass(frozen=True, slots=True)
class Seen:
    """What the recogniser reads from one picture: spots of one concept each, largest first."""

    spots: tuple[tuple[int, float, float, int, int], ...]  # concept, x and y in 0..1, cells, colour
    setting: int
    style: int


class Recogniser(nn.Module):
    """A small residual network with four heads."""

    def __init__(self, labels: Labels, width: int = 96) -> None:
        super().__init__()
        counts = [int(values.max()) + 1 for values in (labels.concepts, labels.colours, labels.settings, labels.styles)]
        self.trunk = nn.Sequential(
            nn.Conv2d(12, width, 3, padding=1),
            Residual(width),
            nn.Conv2d(width, width, 3, 2, 1),
            Residual(width),
            nn.Conv2d(width, 2 * width, 3, 2, 1),
            Residual(2 * width),
            Residual(2 * width),
            nn.GroupNorm(8, 2 * width),
            nn.SiLU(),
        )
        self.concepts = nn.Conv2d(2 * width, counts[0], 3, padding=1)
        self.colours = nn.Conv2d(2 * width, counts[1], 1)
        self.settings, self.styles = nn.Linear(2 * width, counts[2]), nn.Linear(2 * width, counts[3])

    def features(self, pictures: Tensor) -> Tensor:
        """Pictures in -1..1 -> (n, channels, 8, 8)."""
        out: Tensor = self.trunk(F.pixel_unshuffle(pictures, 2))
        return out

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        x = self.features(pictures)
        whole = x.mean((2, 3))
        return self.concepts(x), self.colours(x), self.settings(whole), self.styles(whole)


def targets(numbers: Numbers, labels: Labels) -> tuple[NDArray[np.int64], ...]:
    """For each row: concept and colour of its cells (-100: does not count), its setting and its style."""
    n, slots = numbers.drawings.shape
    middles = (np.arange(CELLS) + 0.5) / CELLS
    concept, colour = np.zeros((n, CELLS, CELLS), np.int64), np.full((n, CELLS, CELLS), -100)
    for slot in range(slots):
        drawing = numbers.drawings[:, slot]
        x, y, size = (numbers.spots[:, slot, at, None, None] for at in range(3))
        away = np.maximum(abs(middles[None, None] - x), abs(middles[None, :, None] - y)) / np.maximum(size, 1e-6)
        there = (drawing >= 0)[:, None, None]
        edge, inside = there & (away < AROUND), there & (away < INSIDE)
        for cells, values in ((concept, labels.concepts), (colour, labels.colours)):
            cells[edge] = -100
            cells[inside] = np.broadcast_to(values[drawing][:, None, None], cells.shape)[inside]
    return concept, colour, labels.settings[numbers.background], labels.styles[numbers.drawings[:, 0]]


def _only_made(numbers: Numbers) -> NDArray[np.int64]:
    """Rows that are put together from drawings, so that what is in them is known."""
    return np.flatnonzero((numbers.scene < 0) & (numbers.drawings[:, 0] >= 0))


def train_recogniser(
    canvas: Canvas, source: Source, labels: Labels, steps: int, batch: int, say: Callable[[str], None]
) -> Recogniser:
    """Trained on as many batches as there are steps. They are of the source's own seed 77."""
    torch.manual_seed(7)
    model = Recogniser(labels).to(canvas.device, memory_format=torch.channels_last)
    optimiser = Optimiser(model, Rates(muon=5e-3, adam=1e-3, ema=0.995), kernels)
    for step in range(steps):
        numbers = source.batch(step, batch, 77)
        rows = _only_made(numbers)
        wanted = [torch.from_numpy(values[rows]).to(canvas.device) for values in targets(numbers, labels)]
        with torch.autocast(canvas.device.type, torch.bfloat16):
            found = model(canvas.paint(numbers)[torch.from_numpy(rows).to(canvas.device)])
        losses = [
            F.cross_entropy(logits.float(), values) for logits, values in zip(found, wanted, strict=True)
        ]  # a map or a row, the same
        total = torch.stack(losses).sum()
        total.backward()
        optimiser.step(pace_at(step, steps, warm=min(100, steps // 10 + 1)))
        if (step + 1) % max(1, steps // 10) == 0:
            say(f"recogniser {step + 1}/{steps}: loss {float(total.detach()):.3f}")
    model.load_state_dict(optimiser.mean)
    return model.eval()


@torch.no_grad()
def look(model: Recogniser, pictures: Tensor) -> list[Seen]:
    """What is in each picture."""
    with torch.autocast(pictures.device.type, torch.bfloat16):
        concepts, colours, settings, styles = model(pictures)
    cells, paint = concepts.argmax(1).cpu().numpy(), colours.argmax(1).cpu().numpy()
    whole = zip(settings.argmax(1).tolist(), styles.argmax(1).tolist(), strict=True)
    return [Seen(_spots(map_, tint), *rest) for map_, tint, rest in zip(cells, paint, whole, strict=True)]


def _spots(cells: NDArray[np.int64], paint: NDArray[np.int64]) -> tuple[tuple[int, float, float, int, int], ...]:
    """Cells of one concept that touch, as spots."""
    left = {(int(y), int(x)) for y, x in zip(*np.nonzero(cells), strict=True)}
    found = []
    while left:
        start = min(left)
        group, edge = {start}, [start]
        left.discard(start)
        while edge:
            y, x = edge.pop()
            for near in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
                if near in left and cells[near] == cells[start]:
                    left.discard(near)
                    group.add(near)
                    edge.append(near)
        rows, columns = np.array(sorted(group)).T
        colour = Counter(paint[rows, columns].tolist()).most_common(1)[0][0]
        middle = ((columns.mean() + 0.5) / CELLS, (rows.mean() + 0.5) / CELLS)
        found.append((int(cells[start]), float(middle[0]), float(middle[1]), len(group), int(colour)))
    return tuple(sorted(found, key=lambda spot: -spot[3]))


def shows(seen: Seen, case: Case) -> bool:
    """Whether the picture is what the prompt asked for, in what its kind is about."""
    area = Counter[int]()
    for concept, _, _, cells, _ in seen.spots:
        area[concept] += cells
    named = [concept for concept, _, _ in case.things]
    if case.kind in ("pair", "position"):
        if not all(area[concept] for concept in named):
            return False
        first, second = (next(spot for spot in seen.spots if spot[0] == concept) for concept in named)
        return case.relation not in ("left", "above") or (
            first[1] < second[1] if case.relation == "left" else first[2] < second[2]
        )
    (concept, count, colour) = case.things[0]
    if not area or area.most_common(1)[0][0] != concept:
        return False
    if case.kind == "count":
        return sum(spot[0] == concept for spot in seen.spots) == count
    if case.kind == "colour":
        return next(spot for spot in seen.spots if spot[0] == concept)[4] == colour
    if case.kind == "setting":
        return seen.setting == case.setting
    return case.kind != "style" or seen.style == case.style


def right(seen: Sequence[Seen], cases: Sequence[Case]) -> list[bool]:
    """Of each picture, whether it is what its prompt asked for."""
    return [shows(one, case) for one, case in zip(seen, cases, strict=True)]


def shares(seen: Sequence[Seen], cases: Sequence[Case]) -> dict[str, Any]:
    """Part of the pictures that are right, by kind, and by language within each kind."""
    rows = [(case.kind, case.language, good) for case, good in zip(cases, right(seen, cases), strict=True)]
    kinds: dict[str, Any] = {}
    for kind in dict.fromkeys(row[0] for row in rows):
        ours = [row for row in rows if row[0] == kind]
        kinds[kind] = {"n": len(ours), "share": _mean(row[2] for row in ours)}
        for language in dict.fromkeys(row[1] for row in ours):
            kinds[kind][language] = _mean(row[2] for row in ours if row[1] == language)
    return kinds


def _mean(values: Any) -> float:
    found = list(values)
    return round(sum(found) / max(1, len(found)), 4)


@torch.no_grad()
def described(model: Recogniser, pictures: Tensor) -> NDArray[np.float64]:
    """Features of whole pictures (n, channels), for distances."""
    parts = [model.features(some).float().mean((2, 3)).cpu() for some in pictures.split(256)]
    return np.asarray(torch.cat(parts).numpy().astype(np.float64))


def frechet(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Fréchet distance of two clouds of features as if they were normal (Heusel et al., 2017)."""
    means, spreads = [x.mean(0) for x in (a, b)], [np.cov(x, rowvar=False) for x in (a, b)]
    values, vectors = np.linalg.eigh(spreads[0])
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    middle = np.linalg.eigvalsh(root @ spreads[1] @ root)
    cross = 2 * np.sqrt(np.clip(middle, 0, None)).sum()
    return float(((means[0] - means[1]) ** 2).sum() + np.trace(spreads[0]) + np.trace(spreads[1]) - cross)


def nearest(made: Tensor, known: Tensor) -> NDArray[np.float64]:
    """Root mean square difference from each made picture (n, 3, s, s) to the nearest known one, in -1..1."""
    far = torch.cdist(made.flatten(1).float(), known.flatten(1).float()).min(1).values
    return np.asarray((far / made[0].numel() ** 0.5).cpu().numpy().astype(np.float64))


def variety(batches: Sequence[NDArray[np.float64]]) -> float:
    """Mean distance between features of different seeds for the same prompts; `batches`: one a seed, the same order."""
    apart = [np.linalg.norm(a - b, axis=1).mean() for n, a in enumerate(batches) for b in batches[:n]]
    return float(np.mean(apart))


def parity(kinds: Mapping[str, Mapping[str, Any]]) -> float:
    """The largest difference between the languages over all kinds, in points of a hundred."""
    return max(abs(kind["en"] - kind["zh"]) * 100 for kind in kinds.values() if "en" in kind and "zh" in kind)


def languages(good: Sequence[bool], cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    """For each kind and for all: by how many points of a hundred English is ahead, and half of the 95 % interval of it.

    Every idea is told once in each language, in the same order; only ideas that one language gets right and the other
    wrong count (McNemar, 1947), so the interval is narrower than that of two independent samples.
    """
    sides: dict[str, list[list[bool]]] = {}
    for case, one in zip(cases, good, strict=True):
        for kind in (case.kind, "all"):
            sides.setdefault(kind, [[], []])[case.language == "zh"].append(one)
    found = {}
    for kind, (en, zh) in sides.items():
        apart = np.array(en, float) - np.array(zh, float)
        spread = apart.std(ddof=1) / len(apart) ** 0.5 if len(apart) > 1 else 1.0
        found[kind] = {"english_ahead": round(100 * float(apart.mean()), 2), "within": round(196 * float(spread), 2)}
    return found
