"""The network over word vectors, trained with torch: what pingxing.policy.network computes, with gradients.

The table of vectors stays as it is: only what is made of them is learnt, so that a word that no sentence had is
judged by what it means. Words are dropped by chance, so that none is needed. AdamW (Loshchilov & Hutter 2019), one
cycle of the learning rate (Smith 2018). Nothing of torch is imported before `fit` is called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Numbers = NDArray[np.int64]
Members = Mapping[str, Floats]
LONGEST = 64  # words of a sentence


@dataclass(frozen=True, slots=True)
class Plan:
    epochs: int = 3
    batch: int = 96
    rate: float = 2e-3
    decay: float = 0.02
    dropped: float = 0.15  # share of the words that each reading of a row goes without
    width: int = 96
    inner: int = 64
    heads: int = 4
    noise: float = 0.2  # dropout inside the layer; half as much again before the last one
    seed: int = 20261122


@dataclass(frozen=True, slots=True)
class Job:
    """What one network is fitted to; see `fit`."""

    rows: tuple[Numbers, ...]
    targets: Floats
    weights: Floats
    table: Floats
    plan: Plan
    seed: int

    def done(self) -> dict[str, Floats]:
        return fit(self.rows, self.targets, self.weights, self.table, self.plan, self.seed)


def fit(
    rows: Sequence[Numbers], targets: Floats, weights: Floats, table: Floats, plan: Plan, seed: int
) -> dict[str, Floats]:
    """Arrays by the names of `pingxing.policy.network.MEMBER`. `table` (V, D), `targets` (rows, labels) in 0..1,
    `weights` (rows,). The same inputs give the same network on one machine."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits

    torch.set_num_threads(1)
    torch.manual_seed(plan.seed + seed)
    chance = np.random.default_rng(plan.seed + seed)
    net = _module(table, targets.shape[1], plan)
    learnt = [part for part in net.parameters() if part.requires_grad]
    pace = torch.optim.AdamW(learnt, plan.rate, weight_decay=plan.decay)
    steps = plan.epochs * -(-len(rows) // plan.batch)
    cycle = torch.optim.lr_scheduler.OneCycleLR(pace, plan.rate, steps, pct_start=0.1)
    wanted = torch.from_numpy(targets.astype(np.float32))
    heavy = torch.from_numpy(weights.astype(np.float32))
    net.train()
    for _ in range(plan.epochs):
        for chosen in _shuffled(rows, plan.batch, chance):
            ids = _padded([rows[i] for i in chosen])
            ids[chance.random(ids.shape) < plan.dropped] = 0
            raw = net(torch.from_numpy(ids))
            each = binary_cross_entropy_with_logits(raw, wanted[chosen], reduction="none").sum(1)
            loss = (each * heavy[chosen]).mean()
            pace.zero_grad()
            loss.backward()
            pace.step()
            cycle.step()
    return _arrays(net)


def stacked(nets: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
    return {name: np.stack([net[name] for net in nets]) for name in nets[0]}


def _shuffled(rows: Sequence[Numbers], batch: int, chance: np.random.Generator) -> list[list[int]]:
    """Batches of rows of like length, in an order of chance: little of a batch is padding."""
    order = chance.permutation(len(rows)).tolist()
    found = []
    for first in range(0, len(order), batch * 16):
        lot = sorted(order[first : first + batch * 16], key=lambda row: int(rows[row].size))
        found += [lot[at : at + batch] for at in range(0, len(lot), batch)]
    return [found[at] for at in chance.permutation(len(found)).tolist()]


def _padded(rows: Sequence[Numbers]) -> Numbers:
    """Numbers from one; nought is no word."""
    ids = np.zeros((len(rows), max(1, *(min(row.size, LONGEST) for row in rows))), np.int64)
    for place, row in enumerate(rows):
        ids[place, : min(row.size, LONGEST)] = row[:LONGEST] + 1
    return ids


def _module(table: Floats, labels: int, plan: Plan) -> Any:
    import torch
    from torch import nn

    class Module(nn.Module):  # type: ignore[misc]  # torch has no types here
        def __init__(self) -> None:
            super().__init__()
            nothing = np.zeros((1, table.shape[1]), np.float32)
            self.table = nn.Embedding.from_pretrained(
                torch.from_numpy(np.concatenate((nothing, table)).astype(np.float32)), freeze=True
            )
            width = plan.width
            self.entry = nn.Linear(table.shape[1], width)
            self.conv = nn.Conv1d(width, width, 3, padding=1)
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.attention = nn.MultiheadAttention(width, plan.heads, plan.noise, batch_first=True)
            self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
            self.inner, self.outer = nn.Linear(2 * width, plan.inner), nn.Linear(plan.inner, labels)
            self.noise, self.last = nn.Dropout(plan.noise), nn.Dropout(1.5 * plan.noise)

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            here = ids > 0
            here[:, 0] = True
            x = self.entry(self.table(ids))
            x = x + torch.relu(self.conv((x * here[..., None]).transpose(1, 2))).transpose(1, 2)
            y = self.norm1(x)
            y, _ = self.attention(y, y, y, key_padding_mask=~here, need_weights=False)
            x = x + self.noise(y)
            x = x + self.noise(self.down(self.noise(torch.relu(self.up(self.norm2(x))))))
            highest = x.masked_fill(~here[..., None], -1e9).max(1)[0]
            mean = (x * here[..., None]).sum(1) / here.sum(1, keepdim=True)
            both = torch.relu(self.inner(torch.cat((highest, mean), 1)))
            found: torch.Tensor = self.outer(self.last(both))
            return found

    return Module()


def _arrays(net: Any) -> dict[str, Floats]:
    def of(part: Any) -> Floats:
        found: Floats = part.detach().numpy().astype(np.float32)
        return found

    conv = of(net.conv.weight)  # (out, in, 3): here three words side by side, (3 in, out)
    return {
        "entry": of(net.entry.weight).T,
        "entry_bias": of(net.entry.bias),
        "conv": conv.transpose(2, 1, 0).reshape(-1, conv.shape[0]),
        "conv_bias": of(net.conv.bias),
        "norm1": of(net.norm1.weight),
        "norm1_bias": of(net.norm1.bias),
        "qkv": of(net.attention.in_proj_weight).T,
        "qkv_bias": of(net.attention.in_proj_bias),
        "mix": of(net.attention.out_proj.weight).T,
        "mix_bias": of(net.attention.out_proj.bias),
        "norm2": of(net.norm2.weight),
        "norm2_bias": of(net.norm2.bias),
        "up": of(net.up.weight).T,
        "up_bias": of(net.up.bias),
        "down": of(net.down.weight).T,
        "down_bias": of(net.down.bias),
        "inner": of(net.inner.weight).T,
        "inner_bias": of(net.inner.bias),
        "outer": of(net.outer.weight).T,
        "outer_bias": of(net.outer.bias),
    }
