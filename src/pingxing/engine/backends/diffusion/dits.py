"""Transformers over latents: PixArt-Sigma (diffusion), Stable Diffusion 3 and Flux (flows)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pingxing.engine.backends.diffusion.family import Latent, Row, Words, tokens

if TYPE_CHECKING:
    import torch
    from torch import Tensor


_PIXART, _SD3, _FLUX = 300, 256, 512  # tokens of T5 that each is usually given, by its own pipeline


class _Transformer(Latent):
    def __init__(self, pipeline: Any, device: torch.device, dtype: torch.dtype) -> None:
        super().__init__(pipeline, device, dtype)
        self.transformer = pipeline.transformer


class PixArtSigma(_Transformer):
    """Chen et al. 2024. The encoder's padding is masked; of the output's two halves the second is a variance."""

    def _fits(self, text: str) -> bool:
        return tokens(self.pipeline.tokenizer, text.lower()) <= _PIXART  # as its pipeline spells it

    def _read(self, pieces: Sequence[str]) -> Words:
        import torch

        found = [
            self.pipeline.encode_prompt(
                piece,
                do_classifier_free_guidance=False,
                device=self.device,
                clean_caption=False,
                max_sequence_length=_PIXART,
            )
            for piece in pieces
        ]
        mask = torch.cat([one[1][0] for one in found])
        return Words(torch.cat([one[0][0] for one in found]).to(self.dtype), mask=mask)

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

    def _fits(self, text: str) -> bool:
        """By T5's tokens: CLIP reads the beginning of each piece. A folder may come without T5; then by CLIP's."""
        if self.pipeline.text_encoder_3 is not None:
            return tokens(self.pipeline.tokenizer_3, text) <= _SD3
        tokenizer = self.pipeline.tokenizer
        return tokens(tokenizer, text) <= int(tokenizer.model_max_length)

    def _read(self, pieces: Sequence[str]) -> Words:
        import torch

        read = self.pipeline.encode_prompt
        found = [
            read(*[piece] * 3, device=self.device, do_classifier_free_guidance=False, max_sequence_length=_SD3)
            for piece in pieces
        ]
        return Words(torch.cat([one[0][0] for one in found]).to(self.dtype), found[0][2][0].to(self.dtype))

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

    def _fits(self, text: str) -> bool:
        return tokens(self.pipeline.tokenizer_2, text) <= _FLUX

    def _read(self, pieces: Sequence[str]) -> Words:
        """CLIP's summary is of the first piece."""
        import torch

        found = [
            self.pipeline.encode_prompt(piece, piece, device=self.device, max_sequence_length=_FLUX) for piece in pieces
        ]
        return Words(torch.cat([one[0][0] for one in found]).to(self.dtype), found[0][1][0].to(self.dtype))

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
