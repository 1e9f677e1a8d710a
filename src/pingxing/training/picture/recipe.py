"""How our picture model is made: first the autoencoder, then the transformer between its latents and words.

learner = AutoencoderLearner(canvas, seed)            train(learner, world, Course(...), folder / "autoencoder")
learner = TransformerLearner(canvas, ...)             train(learner, world, Course(...), folder / "nano")
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from importlib.resources import files
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pingxing.training.picture.autoencoder import Autoencoder, AutoencoderPlan, decibels, rebuild_loss
from pingxing.training.picture.canvas import Canvas, Numbers, contact_sheet
from pingxing.training.picture.loop import wanted
from pingxing.training.picture.optimise import Optimiser, Rates, kernels
from pingxing.training.picture.transformer import Transformer, TransformerPlan, flow_loss, sample
from pingxing.vocabulary import UNKNOWN

DROPPED = 0.1  # part of the captions that are left out, so that guidance knows what no words look like
UNHEARD = 0.02  # part of the words that are told as unknown ones, so that later an unknown word changes nothing
ROUTED = 0.375  # pace above which half of the cells skip the middle blocks: all but the last 15 % of a course
TIME_MEAN, TIME_SPREAD = -0.2, 1.0  # of the logit of t
AUTOENCODER = Rates(muon=5e-3, adam=1e-3, ema=0.998)  # Muon on kernels too: 21.7 dB where Adam alone had 16.0


def prompts() -> list[str]:
    """What every grid shows."""
    return files("pingxing.training.picture").joinpath("prompts.txt").read_text("utf-8").splitlines()


def autocast(device: torch.device) -> AbstractContextManager[None]:
    """Products in bf16, sums in fp32."""
    return torch.autocast(device.type, torch.bfloat16)


def chance(seed: int, step: int, device: torch.device) -> torch.Generator:
    """The chance of one step, the same whenever it is taken."""
    return torch.Generator(device).manual_seed((seed * 1_000_003 + step) % 2**63)


class AutoencoderLearner:
    """Learns to rebuild pictures through 8x8x16 numbers."""

    def __init__(self, canvas: Canvas, seed: int, held: Numbers, plan: AutoencoderPlan | None = None) -> None:
        """`held`: a batch that is never trained on, for the grid and the decibels."""
        torch.manual_seed(seed)
        self.canvas, self._seed = canvas, seed
        self.model = Autoencoder(plan).to(canvas.device, memory_format=torch.channels_last)
        self.optimiser = Optimiser(self.model, AUTOENCODER, kernels)
        self._held = canvas.paint(held)

    @property
    def facts(self) -> dict[str, Any]:
        return {"kind": "autoencoder", **asdict(self.model.plan)}

    def cost(self, pace: float) -> float:
        return 0.0

    def learn(self, step: int, numbers: Numbers, pace: float) -> dict[str, Tensor]:
        pictures = self.canvas.paint(numbers).contiguous(memory_format=torch.channels_last)
        n, _, height, width = pictures.shape
        generator = chance(self._seed, step, pictures.device)
        shape = (n, self.model.plan.channels, height // 8, width // 8)
        noise = torch.randn(shape, device=pictures.device, generator=generator)
        with autocast(pictures.device):
            loss = rebuild_loss(self.model(pictures, noise), pictures)
        loss.backward()
        return {"loss": loss.detach(), "norm": self.optimiser.step(pace)}

    @torch.no_grad()
    def rebuilt(self) -> tuple[Tensor, float]:
        """The held-out pictures rebuilt by the mean weights, and their decibels."""
        model = copy.deepcopy(self.model).eval()
        model.load_state_dict(self.optimiser.mean)
        with autocast(self._held.device):
            made = model(self._held)
        return made, decibels(made, self._held)

    def show(self) -> NDArray[np.uint8]:
        made, db = self.rebuilt()
        print(f"held-out pictures: {db:.2f} dB", flush=True)
        n = min(32, len(made))
        pairs = torch.stack((self._held[:n], made[:n].float()), 1).flatten(0, 1)
        return contact_sheet(pairs, 8)


class TransformerLearner:
    """Learns to go from noise to what words say."""

    def __init__(
        self,
        canvas: Canvas,
        seed: int,
        autoencoder: Autoencoder,
        plan: TransformerPlan,
        encode: Callable[[str], list[int]],
        rates: Rates,
        *,
        compiled: bool = False,
        sparing: bool = False,
    ) -> None:
        """`sparing` takes a third more time and a fraction of the memory, and changes no weight."""
        torch.manual_seed(seed)
        self.canvas, self._seed = canvas, seed
        self.model = Transformer(plan).to(canvas.device)
        self.model.sparing = sparing
        self._autoencoder = autoencoder.to(canvas.device).eval().requires_grad_(False)
        self.optimiser = Optimiser(self.model, rates)
        self._asked = wanted(prompts(), encode).to(canvas.device)
        if compiled:  # one block's code serves all: seconds instead of minutes
            for block in self.model.blocks:
                block.compile()

    @property
    def facts(self) -> dict[str, Any]:
        return {"kind": "transformer", **asdict(self.model.plan)}

    def cost(self, pace: float) -> float:
        return flops(self.model.plan, routed=pace > ROUTED)

    def learn(self, step: int, numbers: Numbers, pace: float) -> dict[str, Tensor]:
        device = self.canvas.device
        generator = chance(self._seed, step, device)
        tokens = torch.from_numpy(numbers.tokens).to(device)
        n, cells = len(tokens), self.model.plan.cells**2
        with autocast(device):
            with torch.no_grad():
                latents = self._autoencoder.encode(self.canvas.paint(numbers))
            noise = torch.randn(latents.shape, device=device, generator=generator)
            t = torch.sigmoid(TIME_MEAN + TIME_SPREAD * torch.randn(n, device=device, generator=generator))
            dropped = torch.rand(n, device=device, generator=generator) < DROPPED
            unheard = torch.rand(tokens.shape, device=device, generator=generator) < UNHEARD
            tokens = tokens.masked_fill(unheard & (tokens > 0), UNKNOWN)
            order = None
            if pace > ROUTED:
                order = torch.rand((n, cells), device=device, generator=generator).argsort(1)
            loss = flow_loss(self.model, latents, noise, t, tokens.masked_fill(dropped[:, None], 0), order)
        loss.backward()
        return {"loss": loss.detach(), "norm": self.optimiser.step(pace)}

    @torch.no_grad()
    def show(self) -> NDArray[np.uint8]:
        """The fixed prompts, drawn by the mean weights from fixed noise."""
        model = Transformer(self.model.plan).to(self.canvas.device).eval()
        model.load_state_dict(self.optimiser.mean)
        return contact_sheet(draw(model, self._autoencoder, self._asked, self._seed), 6)


@torch.no_grad()
def draw(
    model: Transformer, autoencoder: Autoencoder, tokens: Tensor, seed: int, steps: int = 10, guidance: float = 5.0
) -> Tensor:
    """Pictures (n, 3, side, side) for these words. Each has noise of its own from the seed and its place."""
    device = tokens.device
    plan = model.plan
    noise = torch.stack(
        [
            torch.randn(
                (plan.channels, plan.cells, plan.cells), generator=torch.Generator().manual_seed(seed * 9973 + n)
            )
            for n in range(len(tokens))
        ]
    ).to(device)
    with autocast(device):
        pictures: Tensor = autoencoder.decode(sample(model, tokens, noise, steps, guidance))
    return pictures.float()


def flops(plan: TransformerPlan, routed: bool = False) -> float:
    """Floating-point operations of one picture forward and back; `routed`: half of its cells skip the middle blocks."""
    w, text = plan.width, plan.tokens + 1

    def block(places: int) -> int:
        beside = 2 * plan.text_width * w * text + 2 * places * (places + text) * w
        return (4 + 2 * plan.widen) * w * w * places + beside

    middle = plan.depth - plan.first - plan.last
    cells = plan.cells**2
    blocks = (plan.depth - middle) * block(cells) + middle * block(cells // 2 if routed else cells)
    words = plan.text_depth * (4 + 2 * plan.widen) * plan.text_width**2 * text
    return 6.0 * (blocks + words + 6 * w * w)
