"""The transformer: from noise to latents along straight paths, told by words what to make.

A flow-matching transformer (Lipman et al., "Flow Matching for Generative Modeling", 2022; Peebles and Xie, "Scalable
Diffusion Models with Transformers", 2022). Words become 23 numbers of a vocabulary of ours, pass two small trainable
blocks, and then stand as extra keys and values in every attention; their mean joins the time in adaLN. One adaLN
projection serves all blocks, each with an offset of its own (Chen et al., PixArt-alpha, 2023).

Time runs from 0 (the picture) to 1 (noise): x_t = (1 - t) x + t e, and the model says v = e - x.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint as recomputed

WORD_SPREAD = 0.05  # of words and of their places in the sentence alike


@dataclass(frozen=True, slots=True)
class TransformerPlan:
    """Sizes. `cells` a side of the latent map, `words` in the vocabulary, `tokens` in a caption."""

    width: int
    depth: int
    heads: int
    text_width: int
    words: int
    text_depth: int = 2
    tokens: int = 23
    cells: int = 8
    channels: int = 16
    widen: int = 4  # of the hidden layer
    first: int = 2  # blocks before and after the ones that half of the cells may skip while training
    last: int = 2


SIZES = {
    "tiny": {"width": 64, "depth": 4, "heads": 2, "text_width": 64, "first": 1, "last": 1},
    "nano": {"width": 256, "depth": 8, "heads": 4, "text_width": 192},
    "small": {"width": 512, "depth": 12, "heads": 8, "text_width": 256},
}


def plan_for(size: str, words: int, tokens: int) -> TransformerPlan:
    """The plan of a named size. Raises KeyError for a name that there is not."""
    return TransformerPlan(words=words, tokens=tokens, **SIZES[size])


def attend(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
    """Attention over (n, heads, places, head width), queries scaled already. Plain products where fused are slow."""
    if q.is_cuda:
        mask = None if bias is None else bias.to(q.dtype)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=1.0)
    scores = q @ k.transpose(-2, -1)
    if bias is not None:
        scores = scores + bias.to(scores.dtype)
    return torch.softmax(scores, -1, dtype=scores.dtype) @ v


class Heads(nn.Module):
    """Self-attention with normalised queries and keys, which may also look at keys and values from elsewhere.

    `sharp`, learnt for each head, stands for the usual 1 / sqrt(head width) (Dehghani et al., ViT-22B, 2023, have a
    vector; a number does).
    """

    def __init__(self, width: int, heads: int, beside: int = 0) -> None:
        super().__init__()
        self.heads, self.each = heads, width // heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.kv = nn.Linear(beside, 2 * width, bias=False) if beside else None
        self.sharp = nn.Parameter(torch.full((heads, 1, 1), (width // heads) ** -0.5))

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, self.each)).transpose(1, 2)

    def forward(self, x: Tensor, beside: Tensor | None, bias: Tensor | None) -> Tensor:
        q, k, v = (self._split(part) for part in self.qkv(x).chunk(3, -1))
        q, k = normed(q, self.each) * self.sharp.to(q.dtype), normed(k, self.each)
        if self.kv is not None and beside is not None:
            more_k, more_v = (self._split(part) for part in self.kv(beside).chunk(2, -1))
            k = torch.cat((k, normed(more_k, self.each)), 2)
            v = torch.cat((v, more_v), 2)
        out: Tensor = self.out(attend(q, k, v, bias).transpose(1, 2).flatten(2))
        return out


def normed(x: Tensor, width: int) -> Tensor:
    """Mean 0 and variance 1 along the last axis, `width` long, in the type that it has."""
    return F.layer_norm(x, (width,)).to(x.dtype)


class SquaredRelu(torch.autograd.Function):
    """max(0, x) squared. Autograd would go over the widest numbers of the model seven times; this does three times."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        above = F.relu(x)
        ctx.save_for_backward(above)
        return above * above

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        (above,) = ctx.saved_tensors
        return torch.mul(above, slope).mul_(2)


class Widened(nn.Module):
    """Two layers with a squared ReLU between (So et al., Primer, 2021)."""

    def __init__(self, width: int, widen: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, widen * width, bias=False)
        self.down = nn.Linear(widen * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.up(x)
        x = SquaredRelu.apply(x) if torch.is_grad_enabled() else F.relu(x).square()
        out: Tensor = self.down(x)
        return out


class TextBlock(nn.Module):
    def __init__(self, width: int, widen: int) -> None:
        super().__init__()
        self.width = width
        self.attention, self.mlp = Heads(width, max(1, width // 64)), Widened(width, widen)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        x = x + self.attention(normed(x, self.width), None, bias)
        return x + self.mlp(normed(x, self.width))


class Block(nn.Module):
    """Attention and widened layer, each shifted, scaled and gated by time and words."""

    def __init__(self, plan: TransformerPlan) -> None:
        super().__init__()
        self.width = plan.width
        self.attention = Heads(plan.width, plan.heads, plan.text_width)
        self.mlp = Widened(plan.width, plan.widen)
        self.offset = nn.Parameter(torch.zeros(6, plan.width))

    def forward(self, x: Tensor, said: Tensor, bias: Tensor, tuned: Tensor) -> Tensor:
        shift1, scale1, gate1, shift2, scale2, gate2 = (tuned + self.offset).to(x.dtype).unsqueeze(2).unbind(1)
        x = torch.addcmul(
            x, gate1, self.attention(torch.addcmul(shift1, normed(x, self.width), 1 + scale1), said, bias)
        )
        return torch.addcmul(x, gate2, self.mlp(torch.addcmul(shift2, normed(x, self.width), 1 + scale2)))


class Words(nn.Module):
    """Numbers of words (n, as many as there are or fewer) to states (n, 1 + so many, text width), their mean, and the
    bias that hides the padding.

    The first state is learnt and always there: with no words at all it is what the model sees.
    """

    def __init__(self, plan: TransformerPlan) -> None:
        super().__init__()
        self.width = plan.text_width
        self.table = nn.Embedding(plan.words, plan.text_width)
        self.places = nn.Parameter(WORD_SPREAD * torch.randn(plan.tokens, plan.text_width))
        self.nothing = nn.Parameter(WORD_SPREAD * torch.randn(plan.text_width))
        self.blocks = nn.ModuleList(TextBlock(plan.text_width, plan.widen) for _ in range(plan.text_depth))
        nn.init.normal_(self.table.weight, std=WORD_SPREAD)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = self.table(tokens) + self.places[: tokens.shape[1]]
        x = torch.cat((self.nothing.expand(tokens.shape[0], 1, -1), x), 1)
        if torch.is_autocast_enabled(x.device.type):
            x = x.to(torch.get_autocast_dtype(x.device.type))
        there = F.pad(tokens > 0, (1, 0), value=True)
        bias = torch.zeros(there.shape, device=x.device).masked_fill(~there, -1e4)[:, None, None, :]
        for block in self.blocks:
            x = block(x, bias)
        x = normed(x, self.width)
        weight = there.unsqueeze(-1).to(x.dtype)
        return x, (x * weight).sum(1) / weight.sum(1), bias


def map_places(cells: int, width: int) -> Tensor:
    """Where each cell is: sines and cosines of row and column, (cells^2, width), as loud as the latents beside them.

    Places that began near zero were drowned by what stands there, and left was not told from right.
    """
    line = torch.arange(cells) / cells
    rates = math.pi * torch.logspace(-1, math.log2(cells), width // 4, base=2.0)
    angles = line[:, None] * rates
    each = torch.cat((angles.cos(), angles.sin()), -1)  # (cells, width / 2)
    rows, columns = each[:, None].expand(-1, cells, -1), each[None].expand(cells, -1, -1)
    return torch.cat((rows, columns), -1).reshape(cells * cells, width)


class Transformer(nn.Module):
    """`forward` says the velocity for latents at time t under these words."""

    def __init__(self, plan: TransformerPlan) -> None:
        super().__init__()
        self.plan = plan
        self.sparing = False  # compute blocks once more on the way back instead of keeping what they need
        self.into = nn.Linear(plan.channels, plan.width)
        self.places = nn.Parameter(map_places(plan.cells, plan.width))
        self.words = Words(plan)
        self.clock = nn.Sequential(nn.Linear(128, plan.width), nn.SiLU(), nn.Linear(plan.width, plan.width))
        self.pooled = nn.Linear(plan.text_width, plan.width)
        self.tune = nn.Linear(plan.width, 6 * plan.width)
        self.blocks = nn.ModuleList(Block(plan) for _ in range(plan.depth))
        self.tune_last = nn.Linear(plan.width, 2 * plan.width)
        self.out = nn.Linear(plan.width, plan.channels)
        for layer in (self.tune, self.tune_last, self.out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, latents: Tensor, t: Tensor, tokens: Tensor, order: Tensor | None = None) -> Tensor:
        """Latents (n, channels, cells, cells), times (n,), tokens (n, tokens) -> velocity, fp32.

        `order` (n, cells^2), a random permutation of the cells for each picture, lets the second half of it skip the
        middle blocks (Krause et al., TREAD, 2025): training costs a third less. Leave it out for the whole model.
        """
        said, pooled, hidden = self.words(tokens)
        return self.told(latents, t, said, pooled, hidden, order)

    def told(
        self, latents: Tensor, t: Tensor, said: Tensor, pooled: Tensor, hidden: Tensor, order: Tensor | None = None
    ) -> Tensor:
        """As `forward`, for words that `self.words` has read already: whoever samples reads them once."""
        tuned = F.silu(self.clock(waves(t)) + self.pooled(pooled))
        steps = self.tune(tuned).unflatten(-1, (6, self.plan.width))
        x = self.into(latents.flatten(2).transpose(1, 2))
        x = x + self.places.to(x.dtype)
        bias = torch.cat((hidden.new_zeros(x.shape[0], 1, 1, x.shape[1]), hidden), -1)
        early, late = self.plan.first, self.plan.depth - self.plan.last
        for block in self.blocks[:early]:
            x = self._through(block, x, said, bias, steps)
        if order is None:
            for block in self.blocks[early:late]:
                x = self._through(block, x, said, bias, steps)
        else:
            half = order.shape[1] // 2
            chosen = order[:, :half, None].expand(-1, -1, x.shape[-1])
            some, narrow = x.gather(1, chosen), bias[..., half:]
            for block in self.blocks[early:late]:
                some = self._through(block, some, said, narrow, steps)
            x = x.scatter(1, chosen, some.to(x.dtype))
        for block in self.blocks[late:]:
            x = self._through(block, x, said, bias, steps)
        shift, scale = self.tune_last(tuned).unsqueeze(1).chunk(2, -1)
        x = self.out(normed(x, self.plan.width) * (1 + scale) + shift)
        return x.float().transpose(1, 2).unflatten(-1, (self.plan.cells, self.plan.cells))

    def _through(self, block: nn.Module, *given: Tensor) -> Tensor:
        out: Tensor = (
            recomputed(block, *given, use_reentrant=False)
            if self.sparing and torch.is_grad_enabled()
            else block(*given)
        )
        return out


def waves(t: Tensor, count: int = 64) -> Tensor:
    """Times in 0..1 as sines and cosines of 64 frequencies (Vaswani et al., 2017), (n, 128)."""
    rates = torch.exp(torch.arange(count, device=t.device) * (-math.log(10_000) / count))
    angles = 1000 * t[:, None].float() * rates
    return torch.cat((angles.cos(), angles.sin()), -1)


def flow_loss(
    model: nn.Module, latents: Tensor, noise: Tensor, t: Tensor, tokens: Tensor, order: Tensor | None
) -> Tensor:
    """Mean squared error of the velocity."""
    at = t[:, None, None, None]
    said = model((1 - at) * latents + at * noise, t, tokens, order)
    return (said - (noise - latents)).square().mean()


@torch.no_grad()
def sample(model: Transformer, tokens: Tensor, noise: Tensor, steps: int = 8, guidance: float = 5.0) -> Tensor:
    """Latents for these words, by Heun's method (two evaluations a step, the last by Euler), with guidance.

    Guidance is left out near the two ends (t above 0.95, below 0.1), where it only burns colours
    (Kynkäänniemi et al., "Applying Guidance in a Limited Interval", 2024).
    """
    nothing = torch.zeros_like(tokens)

    def velocity(x: Tensor, t: float) -> Tensor:
        time = torch.full((len(x),), t, device=x.device)
        if guidance == 1.0 or not 0.1 <= t <= 0.95:
            said: Tensor = model(x, time, tokens)
            return said
        both: Tensor = model(torch.cat((x, x)), torch.cat((time, time)), torch.cat((tokens, nothing)))
        told, free = both.chunk(2)
        return free + guidance * (told - free)

    x, times = noise, torch.linspace(1, 0, steps + 1).tolist()
    for now, then in pairwise(times):
        v = velocity(x, now)
        ahead = x + (then - now) * v
        x = ahead if then == 0 else x + (then - now) * (v + velocity(ahead, then)) / 2
    return x
