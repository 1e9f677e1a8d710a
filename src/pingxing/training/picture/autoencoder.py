"""The autoencoder: 64x64 pixels to an 8x8 map of 16 numbers and back, three million parameters, convolutions only.

What goes between is layer-normalised at every place, so latents have mean 0 and variance 1 by construction and no
statistics need keeping. Noise on them in training makes the decoder forgive what the transformer gets slightly wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FACTOR = 8  # pixels a side of one latent


@dataclass(frozen=True, slots=True)
class AutoencoderPlan:
    """Widths at half, quarter and eighth size, residual blocks at each on the way in and out."""

    widths: tuple[int, int, int] = (48, 96, 192)
    inward: tuple[int, int, int] = (1, 1, 2)
    outward: tuple[int, int, int] = (2, 2, 2)
    channels: int = 16
    noise: float = 0.15


class Residual(nn.Module):
    """norm, 3x3, SiLU, 3x3 beside the identity. The last convolution begins at zero."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, width)
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        x_in = x
        x = F.silu(self.first(F.silu(self.norm(x))))
        return x_in + self.second(x)


class Autoencoder(nn.Module):
    """`encode` and `decode`; `forward` is both, with noise between when training."""

    def __init__(self, plan: AutoencoderPlan | None = None) -> None:
        super().__init__()
        self.plan = plan or AutoencoderPlan()
        a, b, c = self.plan.widths
        inward: list[nn.Module] = [nn.Conv2d(12, a, 3, padding=1)]
        for width, following, count in zip((a, b, c), (b, c, 0), self.plan.inward, strict=True):
            inward += [Residual(width) for _ in range(count)]
            if following:
                inward.append(nn.Conv2d(width, following, 3, stride=2, padding=1))
        inward.append(nn.Conv2d(c, self.plan.channels, 1))
        outward: list[nn.Module] = [nn.Conv2d(self.plan.channels, c, 3, padding=1)]
        for width, following, count in zip((c, b, a), (b, a, 0), reversed(self.plan.outward), strict=True):
            outward += [Residual(width) for _ in range(count)]
            if following:  # to twice the size, by four times the channels
                outward += [nn.Conv2d(width, 4 * following, 1), nn.PixelShuffle(2)]
        outward += [nn.GroupNorm(8, a), nn.SiLU(), nn.Conv2d(a, 12, 3, padding=1)]
        self.inward, self.outward = nn.Sequential(*inward), nn.Sequential(*outward)

    def encode(self, pictures: Tensor) -> Tensor:
        """Pictures (n, 3, h, w) in -1..1, sides that 8 divides -> latents (n, channels, h/8, w/8), fp32."""
        x = self.inward(F.pixel_unshuffle(pictures, 2))
        x = x.float().movedim(1, -1)
        return F.layer_norm(x, x.shape[-1:]).movedim(-1, 1)

    def decode(self, latents: Tensor) -> Tensor:
        """Latents -> pictures in about -1..1, not clipped."""
        x: Tensor = F.pixel_shuffle(self.outward(latents), 2)
        return x

    def forward(self, pictures: Tensor, noise: Tensor | None = None) -> Tensor:
        """Pictures again. `noise` (standard normal, shape of the latents) is scaled by the plan's noise."""
        latents = self.encode(pictures)
        if noise is not None:
            latents = latents + self.plan.noise * noise
        return self.decode(latents)


def rebuild_loss(made: Tensor, pictures: Tensor) -> Tensor:
    """L1 + half the squared error + L1 of the differences between neighbours, which keeps outlines sharp."""
    made = made.float()
    off = made - pictures
    edges = (off[..., 1:, :] - off[..., :-1, :]).abs().mean() + (off[..., 1:] - off[..., :-1]).abs().mean()
    return off.abs().mean() + 0.5 * off.square().mean() + edges


def decibels(made: Tensor, pictures: Tensor) -> float:
    """Peak signal to noise ratio over all pictures, both in -1..1."""
    error = (made.float().clamp(-1, 1) - pictures).square().mean().item()
    return float(10 * torch.log10(torch.tensor(4 / max(error, 1e-12))))
