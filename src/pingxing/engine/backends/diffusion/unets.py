"""Stable Diffusion 1.x and 2.x, SDXL, and what was made from them (Taiyi among them): a U-Net with cross-attention."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from pingxing.engine.backends.diffusion.family import Kept, Latent, Row, Words, tokens
from pingxing.engine.backends.diffusion.known import Known

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class StableDiffusion(Latent):
    """Rombach et al. 2022."""

    def __init__(self, pipeline: Any, device: torch.device, dtype: torch.dtype) -> None:
        super().__init__(pipeline, device, dtype)
        self.unet = pipeline.unet
        self.told_guidance = self.unet.config.time_cond_proj_dim is not None  # consistency-distilled
        self._known = Known(self.unet) if device.type == "cpu" else None  # elsewhere memory is dear, arithmetic cheap

    def predict(self, rows: Sequence[Row]) -> Tensor:
        more: dict[str, Any] = {}
        if self.told_guidance:
            more["timestep_cond"] = self._told(rows)
        if added := self._added(rows):
            more["added_cond_kwargs"] = added
        words = self._embeds(rows)
        known = nullcontext() if self._known is None else self._known.told(words, [row.words for row in rows])
        with known:
            output: Tensor = self.unet(
                self._batch(rows), self._times(rows), encoder_hidden_states=words, return_dict=False, **more
            )[0]
        return output.float()

    def _told(self, rows: Sequence[Row]) -> Tensor:
        import torch

        scales = torch.tensor([row.guidance - 1 for row in rows])
        width = self.unet.config.time_cond_proj_dim
        told: Tensor = self.pipeline.get_guidance_scale_embedding(scales, embedding_dim=width)
        return told.to(self.device, self.dtype)

    def _added(self, rows: Sequence[Row]) -> dict[str, Tensor]:
        return {}

    def _fits(self, text: str) -> bool:
        tokenizer = self.pipeline.tokenizer
        return tokens(tokenizer, text) <= int(tokenizer.model_max_length)

    def _read(self, pieces: Sequence[str]) -> Words:
        import torch

        parts = [self.pipeline.encode_prompt(piece, self.device, 1, False)[0][0] for piece in pieces]
        return Words(torch.cat(parts).to(self.dtype))


class StableDiffusionXL(StableDiffusion):
    """Podell et al. 2023: two encoders, and the model is told the size of the picture."""

    def _added(self, rows: Sequence[Row]) -> dict[str, Tensor]:
        import torch

        def told(width: int, height: int) -> Tensor:
            return torch.tensor([height, width, 0, 0, height, width], dtype=self.dtype)

        sizes = [self._there(("size", row.size), partial(told, *row.size)) for row in rows]
        return {"text_embeds": self._pooled(rows), "time_ids": torch.stack(sizes)}

    def encode(self, prompt: str, negative: str | None, kept: Kept) -> tuple[Words, Words | None]:
        import torch

        if negative != "" or not self.pipeline.config.force_zeros_for_empty_prompt:
            return super().encode(prompt, negative, kept)
        along, _ = super().encode(prompt, None, kept)
        pooled = None if along.pooled is None else torch.zeros_like(along.pooled)
        return along, Words(torch.zeros_like(along.embeds), pooled)  # nothing is all zeros here, and need not be read

    def _read(self, pieces: Sequence[str]) -> Words:
        import torch

        read = [self.pipeline.encode_prompt(piece, device=self.device, do_classifier_free_guidance=False)
                for piece in pieces]  # fmt: skip
        return Words(torch.cat([one[0][0] for one in read]).to(self.dtype), read[0][2][0].to(self.dtype))
