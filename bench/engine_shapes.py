"""Checkpoints in the real shapes of Stable Diffusion 1.5 and SDXL, with random weights, for `bench.engine`.

Speed does not depend on what weights say. The tokenizer is a small one of ours; the encoders' tables have the real
number of words all the same, so that a program which brings its own tokenizer reads them too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.common import say

WORDS = 49_408  # of CLIP's vocabulary
PART = 4  # of the width that a small one has


def sd15(folder: Path, *, small: bool = False, device: str = "cpu") -> Path:
    """SD 1.5's shapes, random weights; `small` keeps the layers and takes a quarter of the width.

    `device` is where the weights are drawn: of billions, that takes minutes on a CPU."""
    import torch
    from diffusers import PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from tests.fakes.checkpoints import _clip_tokenizer
    from transformers import CLIPTextModel

    say("making a checkpoint in the shape of Stable Diffusion 1.5" + (", a quarter as wide" if small else ""))
    part, groups = (PART, 16) if small else (1, 32)
    torch.manual_seed(1)
    width = 768 // part
    tokenizer = _clip_tokenizer()
    words = len(tokenizer)
    with torch.device(device):
        unet = UNet2DConditionModel(
            sample_size=64,
            in_channels=4,
            out_channels=4,
            block_out_channels=tuple(side // part for side in (320, 640, 1280, 1280)),
            cross_attention_dim=width,
            attention_head_dim=8,
            layers_per_block=2,
            norm_num_groups=groups,
        )
        vae = _autoencoder(part, groups)
        text = CLIPTextModel(_reader(width, 12, 12, words))
    StableDiffusionPipeline(
        vae=vae,
        text_encoder=text,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=PNDMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder, safe_serialization=True)
    return folder


def sdxl(folder: Path, *, small: bool = False, device: str = "cpu") -> Path:
    """SDXL's shapes, random weights, in half precision on the disk; `small` as there."""
    import torch
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
    from tests.fakes.checkpoints import _clip_tokenizer
    from transformers import CLIPTextModel, CLIPTextModelWithProjection

    say("making a checkpoint in the shape of SDXL" + (", a quarter as wide" if small else ""))
    part, groups = (PART, 16) if small else (1, 32)
    torch.manual_seed(2)
    tokenizer = _clip_tokenizer()
    words = len(tokenizer)

    with torch.device(device):
        unet = UNet2DConditionModel(
            sample_size=128,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            block_out_channels=tuple(side // part for side in (320, 640, 1280)),
            cross_attention_dim=2048 // part,
            attention_head_dim=(5, 10, 20),
            transformer_layers_per_block=(1, 2, 10),
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=256,
            projection_class_embeddings_input_dim=6 * 256 + 1280 // part,
            norm_num_groups=groups,
        )
        vae = _autoencoder(part, groups)
        first = CLIPTextModel(_reader(768 // part, 12, 12, words))
        second = CLIPTextModelWithProjection(_reader(1280 // part, 32, 20, words))
    StableDiffusionXLPipeline(
        vae=vae.half(),
        text_encoder=first.half(),
        text_encoder_2=second.half(),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=unet.half(),
        scheduler=EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear"),
        add_watermarker=False,
    ).save_pretrained(folder, safe_serialization=True)
    return folder


def _autoencoder(part: int, groups: int) -> Any:
    """The same in both: a `part` of its width, normed in so many groups."""
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=tuple(side // part for side in (128, 256, 512, 512)),
        layers_per_block=2,
        latent_channels=4,
        norm_num_groups=groups,
    )


def _reader(width: int, layers: int, heads: int, words: int) -> Any:
    """The config of one of CLIP's text encoders, behind a tokenizer of so many words, of which the last two begin and
    end a text."""
    from transformers import CLIPTextConfig

    return CLIPTextConfig(
        vocab_size=WORDS,
        hidden_size=width,
        intermediate_size=width * 4,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        max_position_embeddings=77,
        projection_dim=width,
        bos_token_id=words - 2,
        eos_token_id=words - 1,
        pad_token_id=words - 1,
    )


SHAPES: dict[str, Callable[..., Path]] = {"sd15": sd15, "sdxl": sdxl}
