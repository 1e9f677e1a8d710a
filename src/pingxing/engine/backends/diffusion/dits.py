"""Transformers over latents: PixArt-Sigma (diffusion), Stable Diffusion 3 and Flux (flows)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pingxing.engine.backends.diffusion.family import Kept, Latent, Row, Words

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class _Transformer(Latent, ABC):
    def __init__(self, pipeline: Any, device: torch.device, dtype: torch.dtype) -> None:
        super().__init__(pipeline, device, dtype)
        self.transformer = pipeline.transformer

    def encode(self, prompt: str, negative: str | None, kept: Kept) -> tuple[Words, Words | None]:
        along = kept(prompt, lambda: self._read(prompt))
        return along, None if negative is None else kept(negative, lambda: self._read(negative))

    @abstractmethod
    def _read(self, text: str) -> Words:
        """One text as the folder's own encoders read it."""


class PixArtSigma(_Transformer):
    """Chen et al. 2024. The encoder's padding is masked; of the output's two halves the second is a variance."""

    def _read(self, text: str) -> Words:
        found = self.pipeline.encode_prompt(
            text, do_classifier_free_guidance=False, device=self.device, clean_caption=False
        )
        return Words(found[0][0].to(self.dtype), mask=found[1][0])

    def predict(self, rows: Sequence[Row]) -> Tensor:
        import torch

        output: Tensor = self.transformer(
            self._batch(rows),
            encoder_hidden_states=self._embeds(rows),
            encoder_attention_mask=torch.stack([row.words.mask for row in rows if row.words.mask is not None]),
            timestep=self._times(rows),
            added_cond_kwargs={"resolution": None, "aspect_ratio": None},
            return_dict=False,
        )[0]
        return output[:, : self.channels].float()


class StableDiffusion3(_Transformer):
    """Esser et al. 2024."""

    def _read(self, text: str) -> Words:
        found = self.pipeline.encode_prompt(text, text, text, device=self.device, do_classifier_free_guidance=False)
        return Words(found[0][0].to(self.dtype), found[2][0].to(self.dtype))

    def predict(self, rows: Sequence[Row]) -> Tensor:
        output: Tensor = self.transformer(
            hidden_states=self._batch(rows),
            timestep=self._times(rows),
            encoder_hidden_states=self._embeds(rows),
            pooled_projections=self._pooled(rows),
            return_dict=False,
        )[0]
        return output.float()


class Flux(_Transformer):
    """Black Forest Labs 2024: guidance is an input; latents go in as a sequence of 2x2 patches."""

    def __init__(self, pipeline: Any, device: torch.device, dtype: torch.dtype) -> None:
        super().__init__(pipeline, device, dtype)
        self.told_guidance = bool(self.transformer.config.guidance_embeds)

    def _read(self, text: str) -> Words:
        embeds, pooled, _ = self.pipeline.encode_prompt(text, text, device=self.device)
        return Words(embeds[0].to(self.dtype), pooled[0].to(self.dtype))

    def predict(self, rows: Sequence[Row]) -> Tensor:
        import torch

        batch = self._batch(rows)
        count, channels, height, width = batch.shape
        words = self._embeds(rows)
        packed = batch.view(count, channels, height // 2, 2, width // 2, 2).permute(0, 2, 4, 1, 3, 5)
        guidance = self._numbers([row.guidance for row in rows])
        cells = (height // 2, width // 2)
        output: Tensor = self.transformer(
            hidden_states=packed.reshape(count, (height // 2) * (width // 2), channels * 4),
            timestep=self._times(rows) / 1000,
            guidance=guidance if self.told_guidance else None,
            pooled_projections=self._pooled(rows),
            encoder_hidden_states=words,
            txt_ids=torch.zeros(words.shape[1], 3, device=self.device, dtype=self.dtype),
            img_ids=self._there(("places", cells), lambda: _places(*cells, self.dtype)),
            return_dict=False,
        )[0]
        unpacked = output.view(count, height // 2, width // 2, channels, 2, 2).permute(0, 3, 1, 4, 2, 5)
        return unpacked.reshape(count, channels, height, width).float()


def _places(rows: int, columns: int, dtype: torch.dtype) -> Tensor:
    """Where each patch stands: (rows * columns, 3), the first coordinate unused."""
    import torch

    places = torch.zeros(rows, columns, 3)
    places[..., 1] = torch.arange(rows)[:, None]
    places[..., 2] = torch.arange(columns)[None, :]
    return places.view(rows * columns, 3).to(dtype)
