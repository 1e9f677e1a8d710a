"""How weights move: Muon for matrices, Adam for the rest, and a running mean of everything.

Muon (Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024) makes each step orthogonal by
Newton and Schulz's iteration. Matrices of one shape go through it together. All state is plain tensors under names, so
that a checkpoint is a folder of arrays and training goes on from it bit by bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Rates:
    """Learning rates at their highest; `decay` shrinks matrices a little with every step."""

    muon: float = 2e-3
    adam: float = 1e-3
    decay: float = 0.01
    momentum: float = 0.95
    betas: tuple[float, float] = (0.9, 0.98)
    ema: float = 0.998
    clip: float = 1.0


def orthogonal(gradient: Tensor, rounds: int = 5) -> Tensor:
    """Stack of matrices (n, rows, columns) -> the nearest orthogonal ones, roughly (singular values 0.7 to 1.2)."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = gradient.bfloat16()
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.transpose(1, 2)
    x = x / (x.float().norm(dim=(1, 2), keepdim=True) + 1e-7).to(x.dtype)
    for _ in range(rounds):
        square = x @ x.transpose(1, 2)
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return (x.transpose(1, 2) if tall else x).float()


def in_blocks(name: str, weight: Tensor) -> bool:
    """Matrices inside of blocks: not the embeddings, and not what goes in or comes out."""
    return weight.ndim == 2 and "blocks." in name and name.endswith("weight")


def kernels(name: str, weight: Tensor) -> bool:
    """Kernels of convolutions between many channels."""
    return weight.ndim == 4 and min(weight.shape[:2]) > 16


class Optimiser:
    """One model's weights, their moments and their running mean. `step` is one update at part `pace` of the rates."""

    def __init__(self, model: nn.Module, rates: Rates, muon: Callable[[str, Tensor], bool] | None = None) -> None:
        """`muon`: which weights are moved as matrices; kernels are, as one row for each channel that comes out."""
        muon = muon or in_blocks
        self.rates = rates
        self.weights = dict(model.named_parameters())
        matrices = {name for name, weight in self.weights.items() if muon(name, weight)}
        shapes: dict[tuple[int, ...], list[str]] = {}
        for name in sorted(matrices):
            shapes.setdefault(tuple(self.weights[name].shape), []).append(name)
        self.stacks = list(shapes.values())
        self.others = [name for name in self.weights if name not in matrices]
        zeros = {name: torch.zeros_like(weight, dtype=torch.float32) for name, weight in self.weights.items()}
        self.first = zeros
        self.second = {name: torch.zeros_like(zeros[name]) for name in self.others}
        self.mean = {name: weight.detach().float().clone() for name, weight in self.weights.items()}
        self.done = 0

    @torch.no_grad()
    def step(self, pace: float) -> Tensor:
        """Move along the gradients that the weights hold, forget them, and return their common length."""
        gradients = {name: weight.grad for name, weight in self.weights.items() if weight.grad is not None}
        norm = torch.stack(torch._foreach_norm(list(gradients.values()))).norm()
        scale = (self.rates.clip / (norm + 1e-6)).clamp(max=1.0)
        torch._foreach_mul_(list(gradients.values()), scale)
        self.done += 1
        for names in self.stacks:
            self._muon([name for name in names if name in gradients], gradients, pace)
        self._adam([name for name in self.others if name in gradients], gradients, pace)
        keep = min(self.rates.ema, (1 + self.done) / (10 + self.done))  # a young mean follows closely
        torch._foreach_lerp_(list(self.mean.values()), [weight.float() for weight in self.weights.values()], 1 - keep)
        for weight in self.weights.values():
            weight.grad = None
        return norm

    def _muon(self, names: list[str], gradients: dict[str, Tensor], pace: float) -> None:
        if not names:
            return
        moments, given = [self.first[name] for name in names], [gradients[name] for name in names]
        torch._foreach_lerp_(moments, given, 1 - self.rates.momentum)
        ahead = torch.stack([g.lerp(m, self.rates.momentum) for g, m in zip(given, moments, strict=True)])
        steps = orthogonal(ahead.flatten(2)).view_as(ahead)
        rate = self.rates.muon * pace
        for name, step in zip(names, steps, strict=True):
            weight = self.weights[name]
            weight.mul_(1 - rate * self.rates.decay)
            weight.sub_(step, alpha=rate * 0.2 * max(len(weight), weight[0].numel()) ** 0.5)

    def _adam(self, names: list[str], gradients: dict[str, Tensor], pace: float) -> None:
        one, two = self.rates.betas
        first, second = [self.first[n] for n in names], [self.second[n] for n in names]
        given, weights = [gradients[n] for n in names], [self.weights[n] for n in names]
        torch._foreach_lerp_(first, given, 1 - one)
        torch._foreach_mul_(second, two)
        torch._foreach_addcmul_(second, given, given, 1 - two)
        root = torch._foreach_sqrt(second)
        torch._foreach_div_(root, (1 - two**self.done) ** 0.5)
        torch._foreach_add_(root, 1e-8)
        torch._foreach_addcdiv_(weights, first, root, -self.rates.adam * pace / (1 - one**self.done))

    def state(self) -> dict[str, Tensor]:
        """Everything but the weights themselves, under names that say which is which."""
        parts = {"first": self.first, "second": self.second, "mean": self.mean}
        return {f"{part}/{name}": tensor for part, tensors in parts.items() for name, tensor in tensors.items()}

    @torch.no_grad()
    def load(self, state: dict[str, Tensor], done: int) -> None:
        """The other way. Raises KeyError if something is missing."""
        for key, tensor in self.state().items():
            tensor.copy_(state[key])
        self.done = done


def pace_at(step: int, total: int, warm: int = 100, last: float = 0.4) -> float:
    """Part of the rates at this step: up over `warm` steps, level, and down in a line over the `last` part."""
    return min(1.0, (step + 1) / warm, max(0.0, (total - step) / max(1.0, last * total)))
