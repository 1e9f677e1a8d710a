"""A tiny Kolors: random weights in the shapes that its configs make, offline."""

from __future__ import annotations

import io
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any


def pipeline(vae: Any, betas: dict[str, Any], size: int) -> Any:
    """SDXL's network behind ChatGLM, whose tokenizer is learned here from a few words."""
    import torch
    from diffusers import EulerDiscreteScheduler, KolorsPipeline, UNet2DConditionModel
    from diffusers.pipelines.kolors.text_encoder import ChatGLMConfig, ChatGLMModel
    from diffusers.pipelines.kolors.tokenizer import ChatGLMTokenizer
    from sentencepiece import SentencePieceTrainer

    pieces = io.BytesIO()
    words = ["a red cat and a boat at sea", "一只白猫在海边", "portrait of a lighthouse keeper, oil on canvas"] * 20
    SentencePieceTrainer.train(
        sentence_iterator=iter(words), model_writer=pieces, vocab_size=80, model_type="bpe", minloglevel=2
    )
    place = Path(tempfile.mkdtemp())  # it reads its file again when it is saved
    (place / "tokenizer.model").write_bytes(pieces.getvalue())
    tokenizer = ChatGLMTokenizer(str(place / "tokenizer.model"))
    weakref.finalize(tokenizer, shutil.rmtree, place)
    wide = 32
    encoder = ChatGLMModel(
        ChatGLMConfig(
            num_layers=2,
            padded_vocab_size=128,
            hidden_size=wide,
            ffn_hidden_size=48,
            kv_channels=8,
            num_attention_heads=4,
            seq_length=256,
            add_qkv_bias=True,
            multi_query_attention=True,
            multi_query_group_num=2,
            original_rope=True,
        )
    ).eval()
    for name, weights in encoder.named_parameters():  # it leaves them as memory happens to be
        (torch.nn.init.ones_ if "norm" in name else torch.nn.init.normal_)(weights)
    unet = UNet2DConditionModel(
        sample_size=size // 8,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=(16, 32),
        layers_per_block=1,
        norm_num_groups=4,
        cross_attention_dim=wide,
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 2),
        projection_class_embeddings_input_dim=wide + 6 * 8,
    ).eval()
    return KolorsPipeline(
        vae=vae,
        text_encoder=encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=EulerDiscreteScheduler(**betas),
    )
