"""Checkpoints in the real shapes of their families, but tiny and with random weights: built from configs, offline.

    save("sd", folder)                       what `pipeline.save_pretrained` writes for that family
    adapter(folder, file, "kohya")           a LoRA for it, as trainers write them
    embedding(file, "diffusers", width)      a textual inversion
    FAMILIES                                 the names

A picture of theirs means nothing; that it is the same picture whatever runs beside it means everything.
"""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

SIZE = 64  # pixels of a side that these are quick at
FAMILIES = ("sd", "sd-v", "sdxl", "sd3", "pixart", "flux")
_LETTERS = string.ascii_lowercase + string.digits + ".,:;!?'-()"


def save(family: str, folder: Path) -> Path:
    """The folder of a tiny pipeline of `family`, with safetensors files only."""
    import torch

    torch.manual_seed(sum(map(ord, family)))
    pipeline = _MAKERS[family]()
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


def adapter(base: Path, file: Path, layout: str = "diffusers", *, seed: int = 0, rank: int = 2) -> Path:
    """A random LoRA for a checkpoint's network (attention, convolutions) and its first encoder, where it is CLIP's.

    `layout`: "diffusers" or "old diffusers" (what its trainers write now and wrote once), "kohya", "peft" (a network's
    own, with its config beside it). Strong enough to be seen, which is all that it must be.
    """
    import json

    import torch
    from safetensors import safe_open
    from safetensors.torch import save_file

    chance, told = torch.Generator().manual_seed(seed), dict[str, torch.Tensor]()
    network = "unet" if (base / "unet").is_dir() else "transformer"
    for part, last in ((network, "diffusion_pytorch_model"), ("text_encoder", "model")):
        with safe_open(base / part / f"{last}.safetensors", "pt") as weights:
            names = [name for name in weights.keys() if name.endswith(_ADAPTED)]  # noqa: SIM118 - it is no dict
            shapes = {name.removesuffix(".weight"): weights.get_tensor(name).shape for name in sorted(names)}
        for layer, (wide, *deep) in shapes.items():
            ones = [1] * (len(deep) - 1)  # a convolution's second matrix looks at one place
            down, up = (torch.randn(size, generator=chance) * 0.4 for size in ((rank, *deep), (wide, rank, *ones)))
            told |= _named(layout, part, layer, down, up)
    if layout == "peft":
        config = {"peft_type": "LORA", "r": rank, "lora_alpha": 2 * rank, "target_modules": ["to_q"]}
        file.with_name("adapter_config.json").write_text(json.dumps(config))
    save_file(told, file)
    return file


def flux_kohya(file: Path, *, seed: int = 0, rank: int = 2) -> Path:
    """As kohya's trainer names the layers of Flux: the makers' names, with what diffusers splits in one piece."""
    import torch
    from safetensors.torch import save_file

    chance, told, wide = torch.Generator().manual_seed(seed), dict[str, torch.Tensor](), 32
    shapes = {"double_blocks_0_img_attn_qkv": (3 * wide, wide), "double_blocks_0_txt_mlp_0": (4 * wide, wide),
              "single_blocks_0_linear2": (wide, 5 * wide)}  # fmt: skip
    for layer, (out, deep) in shapes.items():
        told[f"lora_unet_{layer}.lora_down.weight"] = torch.randn(rank, deep, generator=chance) * 0.4
        told[f"lora_unet_{layer}.lora_up.weight"] = torch.randn(out, rank, generator=chance) * 0.4
        told[f"lora_unet_{layer}.alpha"] = torch.tensor(1.0)
    save_file(told, file)
    return file


_ADAPTED = tuple(
    f".{name}.weight" for name in ("to_q", "to_k", "to_v", "to_out.0", "conv1", "q_proj", "out_proj", "fc1")
)


def _named(layout: str, part: str, layer: str, down: Any, up: Any) -> dict[str, Any]:
    """Two matrices under the names that a trainer gives them."""
    import torch

    if part == "text_encoder" and not layer.startswith("text_model."):
        layer = f"text_model.{layer}"  # as all files out there have it
    if layout == "peft":
        if part == "text_encoder":
            return {}
        return {f"base_model.model.{layer}.lora_A.weight": down, f"base_model.model.{layer}.lora_B.weight": up}
    if layout == "kohya":
        short = {"unet": "lora_unet", "transformer": "lora_transformer", "text_encoder": "lora_te"}[part]
        stem = f"{short}_{layer.replace('.', '_')}"
        alpha = torch.tensor(float(len(down)) / 2)
        return {f"{stem}.lora_down.weight": down, f"{stem}.lora_up.weight": up, f"{stem}.alpha": alpha}
    if layout == "old diffusers":
        between = ".lora_linear_layer" if part == "text_encoder" else ".lora"
        return {f"{part}.{layer}{between}.down.weight": down, f"{part}.{layer}{between}.up.weight": up}
    return {f"{part}.{layer}.lora_A.weight": down, f"{part}.{layer}.lora_B.weight": up}


def embedding(file: Path, layout: str, width: int, *, count: int = 2, second: int = 0, seed: int = 0) -> Path:
    """A textual inversion of `count` vectors: "diffusers" under its word <ink>, "a1111" under a name that says nothing,
    "sdxl" with `second` wide vectors for the second encoder."""
    import torch
    from safetensors.torch import save_file

    chance = torch.Generator().manual_seed(seed)
    vectors = torch.randn(count, width, generator=chance)
    if layout == "sdxl":
        told = {"clip_l": vectors, "clip_g": torch.randn(count, second, generator=chance)}
    else:
        told = {"<ink>" if layout == "diffusers" else "emb_params": vectors}
    save_file(told, file)
    return file


def _clip_tokenizer() -> Any:
    from transformers import CLIPTokenizer

    letters = [*_LETTERS, *(letter + "</w>" for letter in _LETTERS)]
    vocab = {word: number for number, word in enumerate([*letters, "<|startoftext|>", "<|endoftext|>"])}
    return CLIPTokenizer(vocab=vocab, merges=[], model_max_length=77)


def _t5_tokenizer() -> Any:
    from transformers import T5Tokenizer

    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), *((letter, -3.0) for letter in _LETTERS)]
    return T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=77)


def _clip(width: int, *, projected: bool = False) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    vocabulary = len(_LETTERS) * 2 + 2
    config = CLIPTextConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=width * 2,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=77,
        projection_dim=width,
        bos_token_id=vocabulary - 2,
        eos_token_id=vocabulary - 1,
        pad_token_id=vocabulary - 1,
    )
    return (CLIPTextModelWithProjection if projected else CLIPTextModel)(config).eval()


def _t5(width: int) -> Any:
    from transformers import T5Config, T5EncoderModel

    return T5EncoderModel(
        T5Config(vocab_size=4 + len(_LETTERS), d_model=width, d_ff=width * 2, d_kv=8, num_layers=2, num_heads=2)
    ).eval()


def _vae(channels: int, *, shift: float | None = None) -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8, 8, 8, 8),
        layers_per_block=1,
        norm_num_groups=4,
        latent_channels=channels,
        sample_size=SIZE,
        shift_factor=shift,
        use_quant_conv=shift is None,
        use_post_quant_conv=shift is None,
    ).eval()


def _unet(width: int, **more: Any) -> Any:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=SIZE // 8,
        in_channels=4,
        out_channels=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        block_out_channels=(16, 32),
        layers_per_block=1,
        norm_num_groups=4,
        cross_attention_dim=width,
        attention_head_dim=4,
        **more,
    ).eval()


_BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}


def _sd(prediction: str = "epsilon") -> Any:
    from diffusers import DDIMScheduler, StableDiffusionPipeline

    return StableDiffusionPipeline(
        vae=_vae(4),
        text_encoder=_clip(32),
        tokenizer=_clip_tokenizer(),
        unet=_unet(32),
        scheduler=DDIMScheduler(**_BETAS, steps_offset=1, clip_sample=False, prediction_type=prediction),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _other() -> Any:
    """A pipeline that no family of ours covers."""
    from diffusers import PixArtAlphaPipeline

    parts = _pixart().components
    return PixArtAlphaPipeline(**{name: parts[name] for name in parts})


def _sdxl() -> Any:
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline

    more = {
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 8 * 6 + 32,
        "transformer_layers_per_block": (1, 1),
        "use_linear_projection": True,
    }
    return StableDiffusionXLPipeline(
        vae=_vae(4),
        text_encoder=_clip(32),
        text_encoder_2=_clip(32, projected=True),
        tokenizer=_clip_tokenizer(),
        tokenizer_2=_clip_tokenizer(),
        unet=_unet(64, **more),
        scheduler=EulerDiscreteScheduler(**_BETAS, steps_offset=1, timestep_spacing="leading"),
    )


def _sd3() -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel, StableDiffusion3Pipeline

    transformer = SD3Transformer2DModel(
        sample_size=SIZE // 8,
        patch_size=1,
        in_channels=4,
        out_channels=4,
        num_layers=2,
        attention_head_dim=8,
        num_attention_heads=4,
        joint_attention_dim=64,
        caption_projection_dim=32,
        pooled_projection_dim=64,
        pos_embed_max_size=96,
    ).eval()
    return StableDiffusion3Pipeline(
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_vae(4, shift=0.0609),
        text_encoder=_clip(32, projected=True),
        text_encoder_2=_clip(32, projected=True),
        text_encoder_3=_t5(64),
        tokenizer=_clip_tokenizer(),
        tokenizer_2=_clip_tokenizer(),
        tokenizer_3=_t5_tokenizer(),
    )


def _pixart() -> Any:
    from diffusers import DPMSolverMultistepScheduler, PixArtSigmaPipeline, PixArtTransformer2DModel

    transformer = PixArtTransformer2DModel(
        sample_size=SIZE // 8,
        num_layers=2,
        patch_size=2,
        attention_head_dim=8,
        num_attention_heads=4,
        caption_channels=32,
        in_channels=4,
        cross_attention_dim=32,
        out_channels=8,
        attention_bias=True,
        activation_fn="gelu-approximate",
        num_embeds_ada_norm=1000,
        norm_type="ada_norm_single",
        norm_elementwise_affine=False,
        norm_eps=1e-6,
        use_additional_conditions=False,
    ).eval()
    scheduler = DPMSolverMultistepScheduler(beta_start=0.0001, beta_end=0.02, beta_schedule="linear")
    return PixArtSigmaPipeline(
        transformer=transformer,
        text_encoder=_t5(32),
        tokenizer=_t5_tokenizer(),
        vae=_vae(4),
        scheduler=scheduler,
    )


def _flux(*, told: bool = True) -> Any:
    """`told` its guidance, as dev is; schnell was distilled to go without."""
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel

    transformer = FluxTransformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        axes_dims_rope=(4, 4, 8),
        guidance_embeds=told,
    ).eval()
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
        vae=_vae(4, shift=0.1159),
        text_encoder=_clip(32),
        tokenizer=_clip_tokenizer(),
        text_encoder_2=_t5(32),
        tokenizer_2=_t5_tokenizer(),
        transformer=transformer,
    )


# --- as Chinese models are made ------------------------------------------------------------------

_HANZI = "一二三只两条大小红白黑猫狗船海上的在画山水夜晚月亮天空花树人，。"


def _bert_tokenizer(length: int = 512) -> Any:
    from transformers import BertTokenizer

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *_HANZI, *_LETTERS, *(f"##{letter}" for letter in _LETTERS)]
    return BertTokenizer(vocab={word: n for n, word in enumerate(words)}, model_max_length=length)


def _bert(kind: str, width: int, length: int = 512) -> Any:
    """`bert` as Taiyi and HunyuanDiT have it, `chinese_clip` as Chinese-CLIP."""
    import transformers

    config, model = {
        "bert": (transformers.BertConfig, transformers.BertModel),
        "chinese_clip": (transformers.ChineseCLIPTextConfig, transformers.ChineseCLIPTextModel),
    }[kind]
    return model(
        config(
            vocab_size=5 + len(_HANZI) + 2 * len(_LETTERS),
            hidden_size=width,
            intermediate_size=width * 2,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=length,
        )
    ).eval()


def _taiyi(kind: str = "bert") -> Any:
    """Stable Diffusion with the text encoder of Taiyi (IDEA-CCNL, BERT) or with Chinese-CLIP's."""
    from diffusers import PNDMScheduler, StableDiffusionPipeline

    return StableDiffusionPipeline(
        vae=_vae(4),
        text_encoder=_bert(kind, 32),
        tokenizer=_bert_tokenizer(),
        unet=_unet(32),
        scheduler=PNDMScheduler(**_BETAS, steps_offset=1, skip_prk_steps=True),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _mt5() -> Any:
    """PixArt-Sigma that reads with mT5, whose pieces are Chinese too."""
    from diffusers import PixArtSigmaPipeline
    from transformers import MT5Config, MT5EncoderModel, T5Tokenizer

    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), *((one, -3.0) for one in _LETTERS + _HANZI)]
    config = MT5Config(vocab_size=len(pieces), d_model=32, d_ff=64, d_kv=8, num_layers=2, num_heads=2)
    parts = _pixart().components
    parts |= {
        "text_encoder": MT5EncoderModel(config).eval(),
        "tokenizer": T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=77),
    }
    return PixArtSigmaPipeline(**parts)


def _hunyuan() -> Any:
    """HunyuanDiT (Tencent 2024): BERT and mT5 side by side."""
    from diffusers import DDPMScheduler, HunyuanDiT2DModel, HunyuanDiTPipeline

    transformer = HunyuanDiT2DModel(
        sample_size=16,
        num_layers=2,
        patch_size=2,
        attention_head_dim=8,
        num_attention_heads=3,
        in_channels=4,
        cross_attention_dim=32,
        cross_attention_dim_t5=32,
        pooled_projection_dim=16,
        hidden_size=24,
        activation_fn="gelu-approximate",
    ).eval()
    return HunyuanDiTPipeline(
        transformer=transformer,
        vae=_vae(4),
        scheduler=DDPMScheduler(),
        text_encoder=_bert("bert", 32),
        tokenizer=_bert_tokenizer(),
        text_encoder_2=_t5(32),
        tokenizer_2=_t5_tokenizer(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _qwen() -> Any:
    """Qwen-Image (Alibaba 2025): a vision-language model reads the words."""
    from diffusers import (
        AutoencoderKLQwenImage,
        FlowMatchEulerDiscreteScheduler,
        QwenImagePipeline,
        QwenImageTransformer2DModel,
    )
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer

    transformer = QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=16,
        out_channels=4,
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=3,
        joint_attention_dim=16,
        guidance_embeds=False,
        axes_dims_rope=(8, 4, 4),
    ).eval()
    vae = AutoencoderKLQwenImage(
        base_dim=24,
        z_dim=4,
        dim_mult=[1, 2, 4, 4],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
    ).eval()
    letters = [chr(number) for number in (*range(33, 127), *range(161, 173), *range(174, 256), *range(256, 324))]
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer = Qwen2Tokenizer(vocab={word: n for n, word in enumerate([*letters, *special])}, merges=[])
    words = {
        "vocab_size": len(letters) + len(special),
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "rope_scaling": {"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"},
        "rope_theta": 1_000_000.0,
    }
    seen = {"depth": 2, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16}
    reader = Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(text_config=words, vision_config=seen)).eval()
    return QwenImagePipeline(
        transformer=transformer,
        vae=vae,
        scheduler=FlowMatchEulerDiscreteScheduler(),
        text_encoder=reader,
        tokenizer=tokenizer,
    )


def _playground() -> Any:
    """SDXL's parts with another noise and other latents (Playground 2024): what its network reads is scaled by EDM's
    preconditioning, and its decoder counts latents from their mean."""
    from diffusers import EDMDPMSolverMultistepScheduler, StableDiffusionXLPipeline

    parts = {name: part for name, part in _sdxl().components.items() if name not in _PICTURES}
    parts["vae"].register_to_config(latents_mean=[0.2, -0.1, 0.3, 0.0], latents_std=[0.7, 1.3, 0.9, 1.1])
    return StableDiffusionXLPipeline(**parts | {"scheduler": EDMDPMSolverMultistepScheduler()})


def _z_image() -> Any:
    """Z-Image (Alibaba 2025): one stream of words and patches, read by a language model."""
    from diffusers import FlowMatchEulerDiscreteScheduler, ZImagePipeline, ZImageTransformer2DModel
    from transformers import Qwen2Tokenizer, Qwen3Config, Qwen3Model

    transformer = ZImageTransformer2DModel(
        in_channels=4,
        dim=32,
        n_layers=1,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=16,
        axes_dims=[8, 4, 4],
        axes_lens=[256, 32, 32],
    ).eval()
    letters = [chr(number) for number in (*range(33, 127), *range(161, 173), *range(174, 256), *range(256, 324))]
    words = {word: number for number, word in enumerate([*letters, "<|endoftext|>", "<|im_start|>", "<|im_end|>"])}
    tokenizer = Qwen2Tokenizer(vocab=words, merges=[])
    tokenizer.chat_template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    config = Qwen3Config(
        vocab_size=len(words),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
    )
    return ZImagePipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_vae(4, shift=0.1159),
        text_encoder=Qwen3Model(config).eval(),
        tokenizer=tokenizer,
        transformer=transformer,
    )


def _kolors() -> Any:
    from tests.fakes.kolors import pipeline

    return pipeline(_vae(4), _BETAS, SIZE)


def _kontext() -> Any:
    """Flux that may begin with a picture and be told guidance twice (Black Forest Labs 2025); no family of ours."""
    from diffusers import FluxKontextPipeline

    return FluxKontextPipeline(**{name: part for name, part in _flux().components.items() if name not in _PICTURES})


def _inpaint() -> Any:
    """Stable Diffusion's parts in a pipeline that cannot begin without a picture and a mask."""
    from diffusers import StableDiffusionInpaintPipeline

    parts = {name: part for name, part in _sd().components.items() if name not in ("image_encoder", "safety_checker")}
    return StableDiffusionInpaintPipeline(**parts, safety_checker=None, requires_safety_checker=False)


_PICTURES = ("image_encoder", "feature_extractor")
_MAKERS = {
    "inpaint": _inpaint,
    "kontext": _kontext,
    "kolors": _kolors,
    "playground": _playground,
    "z-image": _z_image,
    "taiyi": _taiyi,
    "chinese-clip": lambda: _taiyi("chinese_clip"),
    "mt5": _mt5,
    "hunyuan": _hunyuan,
    "qwen": _qwen,
    "sd": _sd,
    "other": _other,
    "sd-v": lambda: _sd("v_prediction"),
    "sdxl": _sdxl,
    "sd3": _sd3,
    "pixart": _pixart,
    "flux": _flux,
    "schnell": lambda: _flux(told=False),
}
