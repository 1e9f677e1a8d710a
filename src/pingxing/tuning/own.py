"""Our own picture model trained on: all its weights, from pictures and captions, and words that it did not know.

What comes out is a model of its own, exported as its base was. All chance of step n follows from the seed and n.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from pingxing.engine.backends.own import folder as folders
from pingxing.engine.devices import memory_of
from pingxing.errors import BackendFailed, Integrity, NotFound, UnreadableFile
from pingxing.training.picture import checkpoint as tensors
from pingxing.training.picture.enlarge import shipped
from pingxing.training.picture.export import TRAINED, Card, Sampling, export, resumed
from pingxing.training.picture.optimise import Optimiser, Rates
from pingxing.training.picture.recipe import DROPPED, TIME_MEAN, TIME_SPREAD, autocast, chance
from pingxing.training.picture.transformer import Transformer, flow_loss
from pingxing.tuning import data
from pingxing.tuning.data import Example
from pingxing.tuning.jobs import Wish
from pingxing.tuning.room import Need
from pingxing.vocabulary import SPECIAL, UNKNOWN, Vocabulary, parts

_MUON = 4.0  # times the rate that was asked for: what stands for Adam's 1e-4 in matrices whose steps are orthogonal
_KEPT = 6 << 20  # bytes that one picture of nano leaves for the way back, measured
_BESIDE = 1 << 30


def need(base: Path, batch: int) -> Need:
    """The memory that training takes: weights, gradients, moments and mean, and what a batch leaves for the way back.

    Raises NotFound for a model that was exported without its weights.
    """
    if not any((base / TRAINED).glob("*.safetensors")):
        raise NotFound("train_weights", model=base.name)
    weights = folders.facts(base).parameters
    free, _ = memory_of("cpu")
    return Need("cpu", weights * 8 + _BESIDE // 2, weights * 4 * 6 + batch * _KEPT + _BESIDE, free)


def words_with(known: Vocabulary, captions: Sequence[str]) -> tuple[str, ...]:
    """All words of the model, and after them those of the captions that it would hear as unknown, in their order."""
    more: dict[str, None] = {}
    for caption in captions:
        for part in parts(caption):
            singles = [part] if part.isascii() else list(part)
            more |= {one: None for one in singles if UNKNOWN in known.encode(one, 8)}
    return (*known.words, *more)


class Learner:
    """As `lora.Learner`: `learn(step)` is one update."""

    def __init__(self, base: Path, wish: Wish, examples: Sequence[Example]) -> None:
        """Raises what reading the base and the pictures raises."""
        self.facts = folders.facts(base)
        self._check(base)
        try:
            model, self._autoencoder = resumed(base)
        except FileNotFoundError as error:
            raise NotFound("train_weights", model=base.name) from error
        except tensors.BadCheckpoint as error:
            raise UnreadableFile("model_file", file=TRAINED) from error
        self.words = words_with(folders.vocabulary(base, self.facts), [example.caption for example in examples])
        self.model = widened(model, len(self.words)).train()
        self._autoencoder.eval().requires_grad_(False)
        self._wish = wish
        rates = Rates(muon=wish.rate * _MUON, adam=wish.rate, ema=0.99)
        self.optimiser = Optimiser(self.model, rates)
        spoken = Vocabulary(self.words)
        self._tokens = torch.tensor([spoken.encode(example.caption, self.facts.tokens) for example in examples])
        self._latents = torch.cat([self._encoded(wish, example) for example in examples])

    def _check(self, base: Path) -> None:
        """Raises Integrity where the weights are not those that were exported."""
        for file in sorted((base / TRAINED).glob("*")):
            name = file.relative_to(base).as_posix()
            if hashlib.sha256(file.read_bytes()).hexdigest() != self.facts.files.get(name):
                raise Integrity("model_changed", model=base.name)

    def _encoded(self, wish: Wish, example: Example) -> Tensor:
        pixels = data.pixels(wish.images, example, self.facts.side)
        picture = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
        with torch.no_grad():
            return self._autoencoder.encode(picture)

    def learn(self, step: int) -> float:
        """Raises BackendFailed where the loss is no number."""
        wish, count = self._wish, len(self._latents)
        generator = chance(wish.seed, step, torch.device("cpu"))
        rows = torch.tensor(self._chosen(step, count))
        latents, tokens = self._latents[rows], self._tokens[rows]
        noise = torch.randn(latents.shape, generator=generator)
        t = torch.sigmoid(TIME_MEAN + TIME_SPREAD * torch.randn(len(rows), generator=generator))
        dropped = torch.rand(len(rows), generator=generator) < DROPPED
        with autocast(torch.device("cpu")):
            loss = flow_loss(self.model, latents, noise, t, tokens.masked_fill(dropped[:, None], 0), None)
        loss.backward()
        value = float(loss.detach())
        if not math.isfinite(value):
            raise BackendFailed("train_lost", step=step + 1)
        self.optimiser.step(min(1.0, (step + 1) / 20, (wish.steps - step) / max(1.0, 0.4 * wish.steps)))
        return value

    def _chosen(self, step: int, count: int) -> list[int]:
        """All pictures once in an order of chance, then again in another."""
        found, seed, batch = list[int](), self._wish.seed * 7919, self._wish.batch
        for at in range(step * batch, (step + 1) * batch):
            order = torch.randperm(count, generator=torch.Generator().manual_seed(seed + at // count))
            found.append(int(order[at % count]))
        return found

    def save(self, folder: Path, step: int) -> None:
        weights = {f"weight/{name}": weight.detach() for name, weight in self.model.state_dict().items()}
        tensors.keep(folder, weights | self.optimiser.state(), {"step": step})

    def resume(self, folder: Path) -> int:
        """The step to go on from. Raises tensors.BadCheckpoint."""
        if not tensors.exists(folder):
            return 0
        held, facts = tensors.load(folder)
        try:
            self.model.load_state_dict(
                {name.removeprefix("weight/"): t for name, t in held.items() if name.startswith("weight/")}
            )
            self.optimiser.load(held, int(facts["step"]))
        except (KeyError, RuntimeError) as error:
            raise tensors.BadCheckpoint(f"{folder}: {error}") from error
        return int(facts["step"])

    def export(self, folder: Path, card: Card) -> Path:
        """The running mean as a folder that serves, sampled as its base is."""
        self.model.load_state_dict(self.optimiser.mean)
        facts = self.facts
        enlarger = shipped() if folders.ENLARGE in facts.files else None
        sampling = Sampling(facts.steps, facts.guidance, facts.shift, facts.guided, facts.tuned)
        model = self.model.eval()
        return export(model, self._autoencoder, self.words, folder, card, facts.precision, sampling, enlarger)


def widened(model: Transformer, words: int) -> Transformer:
    """The same model with room for more words, each of which begins as the unknown one. SPECIAL stay where they are."""
    table = model.words.table.weight.detach()
    if words < len(table) or len(table) < len(SPECIAL):
        raise ValueError(f"{words} words for a table of {len(table)}")
    more = table[UNKNOWN].expand(words - len(table), -1)
    model.words.table = nn.Embedding.from_pretrained(torch.cat((table, more)), freeze=False)
    model.plan = replace(model.plan, words=words)
    return model
