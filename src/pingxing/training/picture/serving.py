"""The transformer as it is served: the same numbers, cut where they change.

    Told       once a picture      t (k,), said, pooled of one prompt -> turned for k steps, heard
    Velocity   once a step         latents, turned, heard, hidden -> velocity

What words are in every block (`heard`: their keys and values) and how time and words turn a block (`turned`: shifts,
scales and gates) depends on nothing that is drawn, so it is made for a whole picture at once. What is left is written
down in fixed sizes but for the rows of a call and the length of the words: an exporter that must ask for sizes writes
hundreds of small nodes, which took a fifth of the time in int8.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pingxing.training.picture.transformer import Block, Transformer, normed, waves


class Told(nn.Module):
    """Keys and values of words for all blocks, (1, 2 depth, heads, length, each), keys and values by turns; and for
    each time (6 depth + 2) rows of a width: what is added to, and multiplied with, in every block, and at the end.
    """

    def __init__(self, model: Transformer) -> None:
        super().__init__()
        plan = model.plan
        self.plan, self.clock, self.pooled = plan, model.clock, model.pooled
        self.tune, self.tune_last = model.tune, model.tune_last
        self.kv = _joined([_of(block).attention.kv for block in model.blocks])
        offsets = torch.stack([_of(block).offset.detach() for block in model.blocks])
        offsets[:, (1, 4)] += 1  # of the two scales, so that no step adds it
        self.register_buffer("offsets", offsets.flatten(1))
        self.register_buffer("last", torch.cat((torch.zeros(plan.width), torch.ones(plan.width))))

    def forward(self, t: Tensor, said: Tensor, pooled: Tensor) -> tuple[Tensor, Tensor]:
        plan, each = self.plan, self.plan.width // self.plan.heads
        tuned = F.silu(self.clock(waves(t)) + self.pooled(pooled))
        steps = (self.tune(tuned).unsqueeze(1) + self.offsets).reshape(-1, plan.depth * 6 * plan.width)
        turned = torch.cat((steps, self.tune_last(tuned) + self.last), 1)
        both = self.kv(said).reshape(1, -1, plan.depth, 2, plan.heads, each)
        both = both.permute(3, 0, 2, 4, 1, 5)  # (2, 1, depth, heads, length, each)
        heard = torch.stack((normed(both[0], each), both[1]), 2)
        return turned, heard.flatten(1, 2)


class Velocity(nn.Module):
    """One evaluation of what changes with the picture."""

    def __init__(self, model: Transformer) -> None:
        super().__init__()
        self.plan, self.into, self.out = model.plan, model.into, model.out
        self.register_buffer("places", model.places.detach())
        self.blocks = nn.ModuleList(_Block(_of(block)) for block in model.blocks)

    def forward(self, latents: Tensor, turned: Tensor, heard: Tensor, hidden: Tensor) -> Tensor:
        plan, cells = self.plan, self.plan.cells**2
        rows = turned.unsqueeze(1).split(plan.width, -1)
        x = self.into(latents.reshape(-1, plan.channels, cells).transpose(1, 2)) + self.places
        bias = F.pad(hidden, (cells, 0))
        for number, block in enumerate(self.blocks):
            k, v = heard[:, 2 * number], heard[:, 2 * number + 1]
            x = block(x, k, v, bias, rows[6 * number : 6 * number + 6])
        x = self.out(normed(x, plan.width) * rows[-1] + rows[-2])
        return x.transpose(1, 2).reshape(-1, plan.channels, plan.cells, plan.cells)


class _Block(nn.Module):
    """`transformer.Block` without what `Told` has done. Queries and keys are normalised together, as so many heads."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        attention = block.attention
        self.width, self.heads, self.each = block.width, attention.heads, attention.each
        self.qkv, self.out, self.mlp = attention.qkv, attention.out, block.mlp
        self.register_buffer("sharp", attention.sharp.detach())

    def forward(self, x: Tensor, more_k: Tensor, more_v: Tensor, bias: Tensor, rows: tuple[Tensor, ...]) -> Tensor:
        shift1, scale1, gate1, shift2, scale2, gate2 = rows
        cells, width = x.shape[1], self.width
        both, v = self.qkv(normed(x, width) * scale1 + shift1).split((2 * width, width), -1)
        both = normed(both.reshape(-1, cells, 2 * self.heads, self.each), self.each).transpose(1, 2)
        q, k = both.split(self.heads, 1)
        v = v.reshape(-1, cells, self.heads, self.each).transpose(1, 2)
        scores = (q * self.sharp) @ torch.cat((k, more_k), 2).transpose(-2, -1) + bias
        found = torch.softmax(scores, -1) @ torch.cat((v, more_v), 2)
        x = x + gate1 * self.out(found.transpose(1, 2).reshape(-1, cells, width))
        wide = F.relu(self.mlp.up(normed(x, width) * scale2 + shift2))
        return x + gate2 * self.mlp.down(wide * wide)


def _of(block: nn.Module) -> Block:
    if not isinstance(block, Block):
        raise TypeError(type(block).__name__)
    return block


def _joined(layers: list[nn.Linear | None]) -> nn.Linear:
    """Layers over the same numbers as one, in their order."""
    weight = torch.cat([layer.weight.detach() for layer in layers if layer is not None])
    whole = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    whole.weight = nn.Parameter(weight, requires_grad=False)
    return whole
