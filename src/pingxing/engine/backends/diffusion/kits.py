"""What a single-file checkpoint leaves out: the configs and the tokenizer of its family, as a folder without weights.

Facts of the published models (their papers and the configs beside their weights). CLIP's byte-pair merges are OpenAI's
(MIT), cut to the 48,894 that its tokenizer uses; T5's pieces are not here, so what reads with T5 names a folder that
has them.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pingxing.engine.backends.diffusion.tensors import Entry

_MERGES = Path(__file__).parent / "assets" / "clip_merges.txt.gz"
_START, _END = "<|startoftext|>", "<|endoftext|>"
Folder = dict[str, dict[str, Any]]  # file -> what it says

_BETAS = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
    "steps_offset": 1,
    "trained_betas": None,
}


def sd1() -> Folder:
    return {
        **_index("StableDiffusionPipeline", "UNet2DConditionModel", "DDIMScheduler", ("CLIPTextModel",)),
        "unet/config.json": _unet(cross_attention_dim=768, attention_head_dim=8),
        "vae/config.json": _vae(),
        "text_encoder/config.json": _clip(768, 12, 12, 768),
        "scheduler/scheduler_config.json": {
            "_class_name": "DDIMScheduler", **_BETAS, "clip_sample": False, "set_alpha_to_one": False,
            "prediction_type": "epsilon",
        },
    }  # fmt: skip


def sd2() -> Folder:
    plain = {"hidden_act": "gelu", "projection_dim": 512, "pad_token_id": 0}
    return {
        **_index("StableDiffusionPipeline", "UNet2DConditionModel", "DDIMScheduler", ("CLIPTextModel",)),
        "unet/config.json": _unet(cross_attention_dim=1024, attention_head_dim=[5, 10, 20, 20],
                                  use_linear_projection=True),
        "vae/config.json": _vae(),
        "text_encoder/config.json": _clip(1024, 23, 16, 512) | plain,
        "scheduler/scheduler_config.json": {
            "_class_name": "DDIMScheduler", **_BETAS, "clip_sample": False, "set_alpha_to_one": False,
            "prediction_type": "v_prediction",
        },
    }  # fmt: skip


def sdxl() -> Folder:
    encoders = ("CLIPTextModel", "CLIPTextModelWithProjection")
    return {
        **_index("StableDiffusionXLPipeline", "UNet2DConditionModel", "EulerDiscreteScheduler", encoders,
                 force_zeros_for_empty_prompt=True),
        "unet/config.json": _unet(
            block_out_channels=[320, 640, 1280],
            down_block_types=["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
            up_block_types=["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
            cross_attention_dim=2048,
            attention_head_dim=[5, 10, 20],
            transformer_layers_per_block=[1, 2, 10],
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=256,
            projection_class_embeddings_input_dim=2816,
        ),
        "vae/config.json": _vae() | {"scaling_factor": 0.13025, "force_upcast": True},
        "text_encoder/config.json": _clip(768, 12, 12, 768),
        "text_encoder_2/config.json": _clip(1280, 32, 20, 1280) | {"hidden_act": "gelu"},
        "scheduler/scheduler_config.json": {
            "_class_name": "EulerDiscreteScheduler", **_BETAS, "timestep_spacing": "leading",
            "interpolation_type": "linear", "use_karras_sigmas": False, "prediction_type": "epsilon",
        },
    }  # fmt: skip


def sd3(entries: Mapping[str, Entry]) -> Folder:
    """3 and 3.5, of any size: depth, normalisation and places are read from the file's own names (without prefix)."""
    depth = 1 + max(int(name.split(".")[1]) for name in entries if name.startswith("joint_blocks."))
    twice = sorted({int(name.split(".")[1]) for name in entries if ".attn2." in name})
    places = entries.get("pos_embed", Entry("F32", (1, 192 * 192, 1))).shape[1]
    encoders = ("CLIPTextModelWithProjection", "CLIPTextModelWithProjection")
    index = _index("StableDiffusion3Pipeline", "SD3Transformer2DModel", "FlowMatchEulerDiscreteScheduler", encoders)
    index["model_index.json"] |= {"text_encoder_3": [None, None], "tokenizer_3": [None, None]}
    return {
        **index,
        "transformer/config.json": {
            "_class_name": "SD3Transformer2DModel",
            "sample_size": 128,
            "patch_size": 2,
            "in_channels": 16,
            "out_channels": 16,
            "num_layers": depth,
            "attention_head_dim": 64,
            "num_attention_heads": depth,
            "joint_attention_dim": 4096,
            "caption_projection_dim": depth * 64,
            "pooled_projection_dim": 2048,
            "pos_embed_max_size": math.isqrt(places),
            "dual_attention_layers": twice,
            "qk_norm": "rms_norm" if any(".ln_q." in name for name in entries) else None,
        },
        "vae/config.json": _vae()
        | {
            "latent_channels": 16, "scaling_factor": 1.5305, "shift_factor": 0.0609, "force_upcast": True,
            "use_quant_conv": False, "use_post_quant_conv": False,
        },
        "text_encoder/config.json": _clip(768, 12, 12, 768),
        "text_encoder_2/config.json": _clip(1280, 32, 20, 1280) | {"hidden_act": "gelu"},
        "scheduler/scheduler_config.json": {
            "_class_name": "FlowMatchEulerDiscreteScheduler", "num_train_timesteps": 1000, "shift": 3.0,
        },
    }  # fmt: skip


def clip_tokenizer(folder: Path, filler: str = _END) -> None:
    """Write CLIP's tokenizer as transformers reads it. Raises OSError."""
    merges = gzip.decompress(_MERGES.read_bytes()).decode().splitlines()
    letters = list(_byte_letters())
    words = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(pair.split()) for pair in merges)]
    vocabulary = {word: number for number, word in enumerate([*words, _START, _END])}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), "utf-8")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n", "utf-8")
    told = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": 77,
        "bos_token": _START,
        "eos_token": _END,
        "unk_token": _END,
        "pad_token": filler,
        "do_lower_case": True,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(told, indent=2), "utf-8")


def _byte_letters() -> tuple[str, ...]:
    """A letter for each byte, as GPT-2's tokenizer has it: what can be printed stands for itself."""
    printed = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printed]
    return (*(chr(byte) for byte in printed), *(chr(256 + number) for number in range(len(others))))


def _index(pipeline: str, network: str, scheduler: str, encoders: tuple[str, ...], **more: Any) -> Folder:
    told: dict[str, Any] = {"_class_name": pipeline, **more}
    told["unet" if network.startswith("UNet") else "transformer"] = ["diffusers", network]
    told |= {"vae": ["diffusers", "AutoencoderKL"], "scheduler": ["diffusers", scheduler]}
    for number, kind in enumerate(encoders, 1):
        ending = "" if number == 1 else f"_{number}"
        told |= {
            f"text_encoder{ending}": ["transformers", kind],
            f"tokenizer{ending}": ["transformers", "CLIPTokenizer"],
        }
    if pipeline == "StableDiffusionPipeline":
        told |= {"safety_checker": [None, None], "feature_extractor": [None, None], "requires_safety_checker": False}
    return {"model_index.json": told}


def _unet(**more: Any) -> dict[str, Any]:
    return {
        "_class_name": "UNet2DConditionModel",
        "in_channels": 4,
        "out_channels": 4,
        "sample_size": 64,
        "layers_per_block": 2,
        "block_out_channels": [320, 640, 1280, 1280],
        "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
        "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3,
        "norm_num_groups": 32,
    } | more


def _vae() -> dict[str, Any]:
    return {
        "_class_name": "AutoencoderKL",
        "in_channels": 3,
        "out_channels": 3,
        "latent_channels": 4,
        "layers_per_block": 2,
        "block_out_channels": [128, 256, 512, 512],
        "down_block_types": ["DownEncoderBlock2D"] * 4,
        "up_block_types": ["UpDecoderBlock2D"] * 4,
        "norm_num_groups": 32,
        "sample_size": 512,
        "scaling_factor": 0.18215,
    }


def _clip(width: int, layers: int, heads: int, projected: int) -> dict[str, Any]:
    """`eos_token_id` 2 is what the published configs say, and what makes encoders take the last token for the end."""
    return {
        "model_type": "clip_text_model",
        "hidden_size": width,
        "intermediate_size": width * 4,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "projection_dim": projected,
        "max_position_embeddings": 77,
        "vocab_size": 49408,
        "hidden_act": "quick_gelu",
        "layer_norm_eps": 1e-5,
        "bos_token_id": 0,
        "eos_token_id": 2,
        "pad_token_id": 1,
    }
