"""A small network over hashed grams, trained in plain numpy: sum of vectors, one hidden layer, a logistic per label.

    x = sum(table[gram]) / sqrt(number of different grams)          width W
    h = max(0, x @ inner + inner_bias)                              width H
    logits = [x, h] @ outer + outer_bias                            one per label

The table is fitted by Adagrad (Duchi et al. 2011), which gives rare grams long steps, the rest by Adam (Kingma & Ba
2015). The sum is linear, so that every gram's part in a decision can be told exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]  # 32 bits throughout; arithmetic keeps them
Numbers = NDArray[np.int64]

TABLE_RATE = 0.08
DENSE_RATE = 0.002
_LITTLE = 1e-8


@dataclass(frozen=True, slots=True)
class Shape:
    buckets: int
    labels: int
    width: int = 12
    hidden: int = 12


@dataclass(slots=True)
class Network:
    """table (buckets, W), inner (W, H), inner_bias (H,), outer (W + H, labels), outer_bias (labels,)."""

    table: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats

    def dense(self) -> tuple[Floats, Floats, Floats, Floats]:
        return self.inner, self.inner_bias, self.outer, self.outer_bias


@dataclass(frozen=True, slots=True)
class Plan:
    epochs: int = 4
    batch: int = 256
    dropped: float = 0.5  # share of the grams that each reading of a row goes without, so that no word is needed
    decay: float = 1e-6
    members: int = 3  # networks that differ in what chance gave them; together they are less sure of nonsense
    seed: int = 20261122


class Sparse:
    """Rows of different grams end to end: row i is ids[offsets[i]:offsets[i + 1]]."""

    def __init__(self, rows: Sequence[Numbers]) -> None:
        self.ids = np.concatenate(rows).astype(np.int64) if rows else np.zeros(0, np.int64)
        self.offsets = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, chosen: Numbers) -> tuple[Numbers, Numbers]:
        """The grams of these rows, and how many each has."""
        counts = self.offsets[chosen + 1] - self.offsets[chosen]
        places = np.repeat(self.offsets[chosen] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        return self.ids[places + np.arange(counts.sum())], counts


def merged(members: Sequence[Network]) -> Network:
    """One network whose logits are the mean of the members': their widths side by side, nothing between them."""
    widths, hidden = [net.inner.shape[0] for net in members], [net.inner.shape[1] for net in members]
    inner = np.zeros((sum(widths), sum(hidden)), np.float32)
    for place, net in enumerate(members):
        first, last = sum(widths[:place]), sum(hidden[:place])
        inner[first : first + widths[place], last : last + hidden[place]] = net.inner
    outer = [net.outer[:width] for net, width in zip(members, widths, strict=True)]
    outer += [net.outer[width:] for net, width in zip(members, widths, strict=True)]
    return Network(
        table=np.concatenate([net.table for net in members], axis=1),
        inner=inner,
        inner_bias=np.concatenate([net.inner_bias for net in members]),
        outer=np.concatenate(outer) / np.float32(len(members)),
        outer_bias=np.mean([net.outer_bias for net in members], axis=0, dtype=np.float32),
    )


def start(shape: Shape, seed: int) -> Network:
    chance = np.random.default_rng(seed)

    def drawn(*size: int, scale: float) -> Floats:
        return (chance.standard_normal(size) * scale).astype(np.float32)

    return Network(
        table=np.zeros((shape.buckets, shape.width), np.float32),  # an unseen gram says nothing
        inner=drawn(shape.width, shape.hidden, scale=shape.width**-0.5),
        inner_bias=np.zeros(shape.hidden, np.float32),
        outer=drawn(shape.width + shape.hidden, shape.labels, scale=(shape.width + shape.hidden) ** -0.5),
        outer_bias=np.full(shape.labels, -2.0, np.float32),
    )


def logits(net: Network, rows: Sparse, batch: int = 1024) -> Floats:
    """Of shape (rows, labels)."""
    found = [np.zeros((0, net.outer_bias.size), np.float32)]
    for first in range(0, len(rows), batch):
        ids, counts = rows.take(np.arange(first, min(first + batch, len(rows))))
        found.append(_forward(net, ids, counts)[2])
    return np.concatenate(found)


def fit(rows: Sparse, targets: Floats, weights: Floats, shape: Shape, plan: Plan) -> Network:
    """`targets` (rows, labels) in 0..1, `weights` (rows,). The same inputs give the same network on one machine."""
    net = start(shape, plan.seed)
    chance = np.random.default_rng(plan.seed + 1)
    squares = np.full((shape.buckets, 1), 1e-3, np.float32)  # of one bucket, over its whole vector
    first = [np.zeros_like(part) for part in net.dense()]
    second = [np.zeros_like(part) for part in net.dense()]
    step, steps = 0, plan.epochs * -(-len(rows) // plan.batch)
    for _ in range(plan.epochs):
        order = chance.permutation(len(rows))
        for at in range(0, len(rows), plan.batch):
            step += 1
            pace = 1 - step / (steps + 1)  # down to nothing: the last steps only settle
            chosen = order[at : at + plan.batch]
            ids, counts = _thinned(*rows.take(chosen), plan.dropped, chance)
            gradients, into = _backward(net, ids, counts, targets[chosen], weights[chosen])
            _adagrad(net.table, squares, ids, np.repeat(into, counts, axis=0), TABLE_RATE * pace, plan.decay)
            for part, gradient, m, v in zip(net.dense(), gradients, first, second, strict=True):
                m += 0.1 * (gradient - m)
                v += 0.01 * (gradient**2 - v)
                part -= (DENSE_RATE * pace * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.99**step)) + _LITTLE)).astype(
                    np.float32
                )
    return net


def _thinned(ids: Numbers, counts: Numbers, dropped: float, chance: np.random.Generator) -> tuple[Numbers, Numbers]:
    keep = chance.random(ids.size) >= dropped
    owner = np.repeat(np.arange(counts.size), counts)
    heads = np.cumsum(counts) - counts
    keep[heads[counts > 0]] = True  # no row without any
    return ids[keep], np.bincount(owner[keep], minlength=counts.size)


def _forward(net: Network, ids: Numbers, counts: Numbers) -> tuple[Floats, Floats, Floats]:
    x = np.zeros((counts.size, net.table.shape[1]), np.float32)
    some = counts > 0
    heads = (np.cumsum(counts) - counts)[some]
    if heads.size:
        x[some] = np.add.reduceat(net.table[ids], heads, axis=0) / np.sqrt(counts[some, None]).astype(np.float32)
    h = np.maximum(x @ net.inner + net.inner_bias, 0)
    return x, h, np.concatenate((x, h), axis=1) @ net.outer + net.outer_bias


def _backward(
    net: Network, ids: Numbers, counts: Numbers, targets: Floats, weights: Floats
) -> tuple[tuple[Floats, Floats, Floats, Floats], Floats]:
    """Gradients of the dense parts, and for every row what one of its grams gets."""
    x, h, raw = _forward(net, ids, counts)
    out: Floats = ((1 / (1 + np.exp(-raw)) - targets) * weights[:, None]).astype(np.float32)
    both = out @ net.outer.T
    width = x.shape[1]
    hidden = both[:, width:] * (h > 0)
    into = both[:, :width] + hidden @ net.inner.T
    out_mean, hidden_mean = _shared(out), _shared(hidden)
    parts = (
        x.T @ hidden_mean,
        hidden_mean.sum(axis=0),
        np.concatenate((x, h), axis=1).T @ out_mean,
        out_mean.sum(axis=0),
    )
    each: Floats = into / np.sqrt(np.maximum(counts, 1))[:, None].astype(np.float32)
    return parts, each


def _shared(gradients: Floats) -> Floats:
    """Each row's part in the mean over a batch."""
    found: Floats = (gradients / np.float32(len(gradients))).astype(np.float32)
    return found


def _adagrad(table: Floats, squares: Floats, ids: Numbers, gradients: Floats, rate: float, decay: float) -> None:
    order = np.argsort(ids, kind="stable")
    ordered = ids[order]
    heads = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    touched = ordered[heads]
    total = np.add.reduceat(gradients[order], heads, axis=0) + decay * table[touched]
    squares[touched] += (total**2).mean(axis=1, keepdims=True)
    table[touched] -= np.float32(rate) * total / np.sqrt(squares[touched] + np.float32(_LITTLE))
