"""A LoRA (Hu et al. 2021) for an open checkpoint, learnt from pictures and captions: any family whose steps we share.

The frozen network is asked through the same `Family` that serves it, so what is learnt is learnt for exactly the
inputs that it will meet. Latents and words are prepared once; then encoders and decoder leave the memory. All chance
of step n follows from the seed and n, so a run that was cut off ends with the weights of one that was not.
"""

from __future__ import annotations

import gc
import math
import os
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pingxing.engine.backends.diffusion import loading
from pingxing.engine.backends.diffusion.family import Family, Row, Words
from pingxing.engine.backends.diffusion.folder import ALONE, Checkpoint
from pingxing.engine.backends.diffusion.schedule import is_flow
from pingxing.engine.devices import learns_in
from pingxing.errors import BackendFailed, Integrity, InvalidRequest
from pingxing.training.picture import checkpoint as tensors
from pingxing.training.picture.optimise import Optimiser, Rates
from pingxing.tuning import data
from pingxing.tuning.data import Example
from pingxing.tuning.jobs import Wish
from pingxing.types import MemoryPlan

DROPPED = 0.1  # part of the captions that are left out, so that guidance still knows what no words look like
_LAYERS = ("to_q", "to_k", "to_v", "to_out.0", "add_q_proj", "add_k_proj", "add_v_proj", "to_add_out")
_WORDS_KEPT = 64  # captions whose reading stays in memory
_PART = 15 << 20


@contextmanager
def honest(base: str) -> Iterator[None]:
    """What torch throws, and a checkpoint that is none, as errors of ours."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise BackendFailed("memory", model=base) from error
    except tensors.BadCheckpoint as error:
        raise Integrity("train_checkpoint", problem=str(error)[:200]) from error
    except RuntimeError as error:
        raise BackendFailed("load", model=base, problem=str(error).partition("\n")[0][:300]) from error


@contextmanager
def calm() -> Iterator[None]:
    """On the CPU one core is left to everybody else: threads that wait for one another collapse where it is busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, min(before, (os.cpu_count() or 1) - 1)))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def loaded(checkpoint: Checkpoint) -> tuple[Any, Family]:
    """Pipeline and family, whole, on the best device. Raises InvalidRequest for a kind that cannot be trained."""
    if checkpoint.family == ALONE:
        raise InvalidRequest("train_family", base=checkpoint.folder.name, found=checkpoint.pipeline)
    device = loading.plan(checkpoint).device
    plan = loading.Plan(
        device, learns_in(device), MemoryPlan(device, "fp32", "whole", 0, 0, 0, None, True, 1), native=True
    )
    pipeline = loading.load(checkpoint, plan)
    return pipeline, loading.family(checkpoint, pipeline, plan)


def prepare(
    family: Family, wish: Wish, side: int, examples: Sequence[Example], folder: Path, told: Callable[[int], bool]
) -> bool:
    """Latents of all pictures and the reading of all captions, in files; what is there already is kept.

    `told(done)` says whether to go on. False where it did not. Raises InvalidRequest for a picture that has changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    captions = [*dict.fromkeys(example.caption for example in examples), ""]
    kept: dict[Any, Words] = {}
    with torch.no_grad():
        for number, example in enumerate(examples):
            file = folder / f"latent-{number:05d}.safetensors"
            if not file.is_file():
                pixels = torch.from_numpy(data.pixels(wish.images, example, side).copy()).permute(2, 0, 1)
                _put(file, {"latent": family.noised(pixels.float() / 127.5 - 1).cpu()})
            if not told(number + 1):
                return False
        for number, caption in enumerate(captions):
            file = folder / f"words-{number:05d}.safetensors"
            if not file.is_file():
                kept.clear()
                words, _ = family.encode(caption, None, lambda key, read: read())
                named = {"embeds": words.embeds, "pooled": words.pooled, "mask": words.mask}
                _put(file, {name: value.float().cpu() for name, value in named.items() if value is not None})
            if not told(len(examples) + number + 1):
                return False
    return True


def _put(file: Path, values: dict[str, Tensor]) -> None:
    draft = file.with_suffix(".draft")
    tensors.write_tensors(draft, {name: value.contiguous() for name, value in values.items()})
    draft.replace(file)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What `prepare` left, read when it is needed."""

    folder: Path
    captions: tuple[int, ...]  # of each example: the number of its caption
    nothing: int  # the number of no words

    @classmethod
    def of(cls, folder: Path, examples: Sequence[Example]) -> Prepared:
        different = list(dict.fromkeys(example.caption for example in examples))
        where = {caption: number for number, caption in enumerate(different)}
        return cls(folder, tuple(where[example.caption] for example in examples), len(different))

    def latent(self, number: int) -> Tensor:
        return tensors.read_tensors(self.folder / f"latent-{number:05d}.safetensors")["latent"]

    def words(self, number: int, family: Family, dtype: torch.dtype) -> Words:
        found = tensors.read_tensors(self.folder / f"words-{number:05d}.safetensors")
        put = {name: value.to(family.device) for name, value in found.items()}
        mask = put.get("mask")
        pooled = put.get("pooled")
        return Words(put["embeds"].to(dtype), None if pooled is None else pooled.to(dtype), mask)


class _Adapter:
    """The adapter's own weights as the optimiser likes them: a model with nothing else in it."""

    def __init__(self, network: Any) -> None:
        self._weights = OrderedDict(
            (name, weight) for name, weight in network.named_parameters() if weight.requires_grad
        )

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        return iter(self._weights.items())


class Learner:
    """One adapter in the making: `learn(step)` is one update of its weights."""

    def __init__(
        self, checkpoint: Checkpoint, pipeline: Any, family: Family, wish: Wish, side: int, prepared: Prepared
    ) -> None:
        from peft import LoraConfig, inject_adapter_in_model

        self._family, self._wish, self._side, self._prepared = family, wish, side, prepared
        self._config = checkpoint.config("scheduler")
        self.flow = is_flow(self._config)
        self.part = "unet" if checkpoint.part("unet") is not None else "transformer"
        self._network = getattr(pipeline, self.part)
        self._dtype = getattr(torch, learns_in(str(family.device.type)))
        _emptied(pipeline, family, self.part)
        torch.manual_seed(wish.seed)
        layers = [name for name in _LAYERS if self._has(name)]
        config = LoraConfig(r=wish.rank, lora_alpha=wish.rank, init_lora_weights="gaussian", target_modules=layers)
        inject_adapter_in_model(config, self._network)
        if wish.sparing:
            self._network.enable_gradient_checkpointing()
        self._network.train()
        rates = Rates(adam=wish.rate, betas=(0.9, 0.999), ema=0.0, clip=1.0)
        self.optimiser = Optimiser(_Adapter(self._network), rates, muon=lambda name, weight: False)
        self._alphas = None if self.flow else _alphas(self._config)
        self._read: OrderedDict[int, Words] = OrderedDict()

    def _has(self, layer: str) -> bool:
        return any(name.endswith(f".{layer}") for name, _ in self._network.named_modules())

    @property
    def values(self) -> int:
        return sum(weight.numel() for weight in self.optimiser.weights.values())

    def learn(self, step: int) -> float:
        """The loss of one batch, from which the adapter has learnt. Raises BackendFailed where it is no number."""
        wish, total = self._wish, 0.0
        chance = torch.Generator().manual_seed((wish.seed * 1_000_003 + step) % 2**63)
        groups: defaultdict[Any, list[tuple[Row, Tensor]]] = defaultdict(list)
        for number in self._chosen(step):
            row, target = self._row(number, chance)
            groups[row.words.signature].append((row, target))
        for group in groups.values():  # captions of other lengths go in calls of their own
            said = self._family.predict([row for row, _ in group])
            aims = torch.stack([target for _, target in group]).to(said.device)
            loss = (said - aims).square().mean() * (len(group) / wish.batch)
            loss.backward()
            total += float(loss.detach())
        if not math.isfinite(total):
            raise BackendFailed("train_lost", step=step + 1)
        self.optimiser.step(_pace(step, wish.steps))
        return total

    def _chosen(self, step: int) -> list[int]:
        """The pictures of this step: all of them once in an order of chance, then again in another."""
        count, batch = len(self._prepared.captions), self._wish.batch
        found = []
        for at in range(step * batch, (step + 1) * batch):
            order = torch.randperm(count, generator=torch.Generator().manual_seed(self._wish.seed * 7919 + at // count))
            found.append(int(order[at % count]))
        return found

    def _row(self, number: int, chance: torch.Generator) -> tuple[Row, Tensor]:
        latent = self._prepared.latent(number)
        noise = torch.randn(latent.shape, generator=chance)
        silent = float(torch.rand((), generator=chance)) < DROPPED
        words = self._words(self._prepared.nothing if silent else self._prepared.captions[number])
        sample, target, time = self._noised(latent, noise, chance)
        size = (self._side, self._side)
        return Row(sample.to(self._family.device), time, words, 1.0, size), target

    def _noised(self, latent: Tensor, noise: Tensor, chance: torch.Generator) -> tuple[Tensor, Tensor, float]:
        """A latent on its way to noise, what the network should say there, and the time it is told."""
        if self._alphas is None:
            t = float(
                torch.sigmoid(torch.randn((), generator=chance))
            )  # Esser et al. 2024, 3.1: the middle counts most
            shift = float(self._config.get("shift") or 1.0)
            t = shift * t / (1 + (shift - 1) * t)
            return (1 - t) * latent + t * noise, noise - latent, 1000 * t
        time = int(torch.randint(len(self._alphas), (), generator=chance))
        alpha = float(self._alphas[time])
        kept, added = math.sqrt(alpha), math.sqrt(1 - alpha)
        sample = kept * latent + added * noise
        prediction = self._config.get("prediction_type", "epsilon")
        aims = {"epsilon": noise, "sample": latent, "v_prediction": kept * noise - added * latent}
        return sample, aims[str(prediction)], float(time)

    def _words(self, number: int) -> Words:
        if number not in self._read:
            self._read[number] = self._prepared.words(number, self._family, self._dtype)
            if len(self._read) > _WORDS_KEPT:
                self._read.popitem(last=False)
        self._read.move_to_end(number)
        return self._read[number]

    def save(self, folder: Path, step: int) -> None:
        """All there is, whole or not at all."""
        weights = {f"weight/{name}": weight.detach() for name, weight in self.optimiser.weights.items()}
        tensors.keep(folder, weights | self.optimiser.state(), {"step": step}, most=_largest(weights))

    def resume(self, folder: Path) -> int:
        """The step to go on from. Raises tensors.BadCheckpoint."""
        if not tensors.exists(folder):
            return 0
        held, facts = tensors.load(folder)
        try:
            with torch.no_grad():
                for name, weight in self.optimiser.weights.items():
                    weight.copy_(held[f"weight/{name}"])
            self.optimiser.load(held, int(facts["step"]))
        except (KeyError, RuntimeError) as error:
            raise tensors.BadCheckpoint(f"{folder}: {error}") from error
        return int(facts["step"])

    def adapter(self) -> dict[str, Tensor]:
        """The result under the names that diffusers gives its adapters."""
        found = {}
        for name, weight in self.optimiser.weights.items():
            found[f"{self.part}.{name.replace('.default.', '.')}"] = weight.detach().float().cpu().contiguous()
        return found


def _emptied(pipeline: Any, family: Any, part: str) -> None:
    """Let go of everything but the network that learns."""
    family.vae = None
    for name, component in list(pipeline.components.items()):
        if name != part and isinstance(component, torch.nn.Module):
            setattr(pipeline, name, None)
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _alphas(config: dict[str, Any]) -> Tensor:
    """How much of the picture is left at each time of a diffusion model, by its own config."""
    from diffusers import DDPMScheduler

    known = (
        "beta_start",
        "beta_end",
        "beta_schedule",
        "trained_betas",
        "num_train_timesteps",
        "rescale_betas_zero_snr",
    )
    alphas: Tensor = DDPMScheduler(**{name: config[name] for name in known if name in config}).alphas_cumprod
    return alphas


def _pace(step: int, steps: int) -> float:
    """Up over the first twentieth, then a half cosine down to a tenth."""
    warm = max(1, steps // 20)
    if step < warm:
        return (step + 1) / warm
    return 0.55 + 0.45 * math.cos(math.pi * (step - warm) / max(1, steps - warm))


def _largest(weights: dict[str, Tensor]) -> int:
    """A file's size that every tensor fits into."""
    sizes = [int(weight.numel()) * int(weight.element_size()) for weight in weights.values()]
    return max(_PART, 2 * max(sizes) + 4096)
