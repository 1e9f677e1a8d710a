"""Four times as large: a network of 32,000 weights that has seen our art at both sizes, and adds what enlarging blurs.

Convolutions at the small size, then sixteen values a pixel laid out as 4x4 (Shi et al., "Real-Time Single Image and
Video Super-Resolution Using an Efficient Sub-Pixel CNN", 2016), added to the picture enlarged by repetition.

`enlarger/` beside this file holds weights of 127 CPU-seconds (`scripts/train_enlarger.py`): on held-out scenes of the
engine, made small, a little soft and noisy, 28.6 dB where Lanczos has 26.5 and repetition 25.1.
"""

from __future__ import annotations

from importlib.resources import as_file, files

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pingxing.training.picture import checkpoint

TIMES = 4


class Enlarger(nn.Module):
    """Pictures (n, 3, h, w) in -1..1 -> (n, 3, 4h, 4w) in -1..1."""

    def __init__(self, width: int = 24, depth: int = 4) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, width, 3, padding=1)
        self.middle = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(depth))
        self.last = nn.Conv2d(width, 3 * TIMES**2, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, pictures: Tensor) -> Tensor:
        x = F.leaky_relu(self.first(pictures), 0.1)
        for layer in self.middle:
            x = x + F.leaky_relu(layer(x), 0.1)
        return (self._repeated(pictures) + F.pixel_shuffle(self.last(x), TIMES)).clamp(-1, 1)

    @staticmethod
    def _repeated(pictures: Tensor) -> Tensor:
        return F.interpolate(pictures, scale_factor=float(TIMES), mode="nearest")


def shipped() -> Enlarger:
    """With the weights that lie beside this file."""
    with as_file(files("pingxing.training.picture") / "enlarger") as folder:
        mean, _ = checkpoint.load(folder)
    model = Enlarger()
    model.load_state_dict(mean)
    return model.eval()


def smaller(large: Tensor, chance: torch.Generator) -> Tensor:
    """(n, 3, 4h, 4w) -> (n, 3, h, w): averaged, then soft and noisy by chance, as decoders leave them."""
    small = F.avg_pool2d(large, TIMES)
    n = len(small)
    soft = F.avg_pool2d(F.pad(small, (1, 1, 1, 1), mode="replicate"), 3, 1)
    part = 0.6 * torch.rand((n, 1, 1, 1), generator=chance) ** 2
    noise = 0.04 * torch.rand((n, 1, 1, 1), generator=chance) * torch.randn(small.shape, generator=chance)
    return (small + part * (soft - small) + noise).clamp(-1, 1)


def crops(pictures: Tensor, count: int, side: int, chance: torch.Generator) -> Tensor:
    """Squares of `side` pixels out of pictures (n, 3, h, w) uint8, in -1..1, turned over by half of them."""
    n, _, height, width = pictures.shape
    found = []
    for number in torch.randint(n, (count,), generator=chance).tolist():
        y, x = (int(torch.randint(most - side + 1, (), generator=chance)) for most in (height, width))
        cut = pictures[number, :, y : y + side, x : x + side]
        found.append(cut.flip(-1) if float(torch.rand((), generator=chance)) < 0.5 else cut)
    return torch.stack(found).float() / 127.5 - 1
