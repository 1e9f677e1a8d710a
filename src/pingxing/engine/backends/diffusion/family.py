"""What differs between families of checkpoints, and nothing else: five verbs over one loaded pipeline.

The scheduler never sees a pipeline, a pipeline never sees a scheduler: between two calls of `predict` there is
nothing in a family that belongs to a picture. Text encoders and tokenizers are whatever the folder names (CLIP,
Taiyi's BERT, Chinese-CLIP, T5, Qwen); each family asks its own pipeline to encode.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import torch
    from torch import Tensor


_KEPT = 4_096  # small tensors: times, places of patches


@dataclass(frozen=True, slots=True)
class Words:
    """One prompt as the model reads it; tensors without a batch dimension. Rows of equal `signature` share a call."""

    embeds: Tensor  # (tokens, width)
    pooled: Tensor | None = None  # (width,)
    mask: Tensor | None = None  # (tokens,)

    @property
    def signature(self) -> tuple[int, ...]:
        return tuple(self.embeds.shape)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(part.nbytes for part in (self.embeds, self.pooled, self.mask) if part is not None)


Kept = Callable[[Hashable, Callable[[], Words]], Words]
"""What was read from a text before, or else what the function reads now: of all who ask for nothing to stay away from,
that is read once."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a batch: a sample with the words it is to become."""

    sample: Tensor  # (channels, height, width), scaled as the model wants it
    time: float
    words: Words
    guidance: float  # for models that were distilled to be told it
    size: tuple[int, int]  # pixels: width, height


class Family(Protocol):
    device: torch.device
    channels: int
    told_guidance: bool
    """Whether guidance is an input of the model, so that no second row without words is needed."""

    def encode(self, prompt: str, negative: str | None, kept: Kept) -> tuple[Words, Words | None]:
        """The words to follow and those to stay away from, of equal signature; None where nobody will ask for those."""

    def predict(self, rows: Sequence[Row]) -> Tensor:
        """The model's output for each row, (rows, channels, height, width), in float32. One call of the network."""

    def decode(self, latent: Tensor) -> Tensor:
        """(channels, h, w) -> (3, height, width) in 0..1, float32."""

    def noised(self, pixels: Tensor) -> Tensor:
        """(3, height, width) in -1..1 -> the latent that stands for it."""


class Latent(ABC):
    """What all families share: an AutoencoderKL that turns pictures into latents and back, and how texts are cut."""

    told_guidance = False

    def __init__(self, pipeline: Any, device: torch.device, dtype: torch.dtype) -> None:
        self.pipeline, self.device, self.dtype = pipeline, device, dtype
        self.vae = pipeline.vae
        self.channels = int(self.vae.config.latent_channels)
        self._kept: OrderedDict[Hashable, Tensor] = OrderedDict()

    def encode(self, prompt: str, negative: str | None, kept: Kept) -> tuple[Words, Words | None]:
        """Texts beyond the encoder's length are read piece by piece, both in as many pieces."""
        along = list(long_words(prompt, self._fits))
        if negative is None:
            return kept(tuple(along), lambda: self._read(along)), None
        along, away = padded(along, list(long_words(negative, self._fits)), "")
        return kept(tuple(along), lambda: self._read(along)), kept(tuple(away), lambda: self._read(away))

    @abstractmethod
    def _fits(self, text: str) -> bool:
        """Whether the folder's encoder reads all of it at once."""

    @abstractmethod
    def _read(self, pieces: Sequence[str]) -> Words:
        """The pieces, each as the folder's own encoders read it, laid end to end."""

    def decode(self, latent: Tensor) -> Tensor:
        config = self.vae.config
        value = latent[None].to(self.vae.dtype) / config.scaling_factor + (getattr(config, "shift_factor", None) or 0.0)
        picture: Tensor = self.vae.decode(value, return_dict=False)[0][0]
        return (picture.float() / 2 + 0.5).clamp(0, 1)

    def noised(self, pixels: Tensor) -> Tensor:
        config = self.vae.config
        mean = self.vae.encode(pixels[None].to(self.device, self.vae.dtype)).latent_dist.mode()[0]
        shifted = mean - (getattr(config, "shift_factor", None) or 0.0)
        value: Tensor = (shifted * config.scaling_factor).float()
        return value

    def _batch(self, rows: Sequence[Row]) -> Tensor:
        import torch

        return torch.stack([row.sample for row in rows]).to(self.dtype)

    def _times(self, rows: Sequence[Row]) -> Tensor:
        return self._numbers([row.time for row in rows])

    def _numbers(self, values: Sequence[float]) -> Tensor:
        """(rows,) in float32, on the device."""
        import torch

        made = partial(torch.tensor, dtype=torch.float32)
        return torch.stack([self._there(("number", value), partial(made, value)) for value in values])

    def _there(self, key: Hashable, make: Callable[[], Tensor]) -> Tensor:
        """What `make` makes on the CPU, on the device; equal for equal keys, so it is brought there once. To bring it
        anew for each step would let the device wait for it, and for nothing else."""
        if key not in self._kept:
            self._kept[key] = make().to(self.device)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]

    def _embeds(self, rows: Sequence[Row]) -> Tensor:
        import torch

        return torch.stack([row.words.embeds for row in rows])

    def _pooled(self, rows: Sequence[Row]) -> Tensor:
        import torch

        return torch.stack([row.words.pooled for row in rows if row.words.pooled is not None])


def tokens(tokenizer: Any, text: str) -> int:
    """How many a text becomes, with those that begin and end it."""
    return len(tokenizer(text).input_ids)


def long_words(text: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """A text in pieces that each fit the encoder, cut between words, or between letters where there are no words.

    CLIP reads 77 tokens, T5 as many as a family gives it; a longer prompt is read piece by piece.
    """
    while text and not fits(text):
        low, high = 1, len(text)  # the longest beginning that fits, by halving: tokens grow with letters
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if fits(text[:middle]) else (low, middle)
        cut = text.rfind(" ", 1, low + 1)
        cut = low if cut <= 0 else cut
        yield text[:cut]
        text = text[cut:].lstrip()
    yield text


def padded(one: Sequence[Any], other: Sequence[Any], filler: Any) -> tuple[list[Any], list[Any]]:
    """Both as long as the longer, the shorter one filled up."""
    most = max(len(one), len(other))
    return [*one, *[filler] * (most - len(one))], [*other, *[filler] * (most - len(other))]


def guided(without: Tensor, along: Tensor, guidance: float) -> Tensor:
    """Classifier-free guidance (Ho & Salimans 2022)."""
    return without + (along - without) * guidance


def believed(prediction: str, sample: Tensor, output: Tensor, level: float) -> Tensor:
    """The clean picture that the model's output stands for, at noise level `level` of the exploding form.

    Raises ValueError for a kind of prediction that is not known.
    """
    if prediction == "epsilon":
        return sample - output * level
    if prediction == "v_prediction":  # Salimans & Ho 2022, appendix D, in the exploding form
        return sample / (level**2 + 1) - output * (level / math.sqrt(level**2 + 1))
    if prediction == "sample":
        return output
    if prediction == "flow":
        return sample - output * level
    raise ValueError(prediction)
