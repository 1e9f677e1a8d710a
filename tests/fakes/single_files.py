"""Checkpoints as their makers wrote them: one file, the layers under the names of the first code (ldm, sgm, mmdit).

    original(folder, tensors) -> tensors     a diffusers folder's weights, renamed and joined

Written from the makers' code, not from the converters that read it back, so that a mistake there would be seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Tensors = dict[str, Any]
_RESNET = {"norm1": "in_layers.0", "conv1": "in_layers.2", "norm2": "out_layers.0", "conv2": "out_layers.3",
           "time_emb_proj": "emb_layers.1", "conv_shortcut": "skip_connection"}  # fmt: skip
_ENDS = {"time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
         "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2",
         "add_embedding.linear_1": "label_emb.0.0", "add_embedding.linear_2": "label_emb.0.2"}  # fmt: skip


def parts(folder: Path) -> dict[str, Tensors]:
    from safetensors.torch import load_file

    found: dict[str, Tensors] = {}
    for file in sorted(folder.glob("*/*.safetensors")):
        found.setdefault(file.parent.name, {}).update(load_file(file))
    return found


def original(family: str, told: Mapping[str, Tensors], layers: int) -> Tensors:
    """`layers` is the U-Net's `layers_per_block`; `told` the weights of a diffusers folder by part."""
    network = told.get("unet") or told["transformer"]
    rename: Callable[[str], str] = lambda name: unet(name, layers)  # noqa: E731
    made = _mmdit(network) if family == "sd3" else _flux(network) if family == "flux" else _each(network, rename)
    made = {f"model.diffusion_model.{name}": value for name, value in made.items()}
    if "vae" in told:
        for name, value in told["vae"].items():
            renamed = autoencoder(name)
            # What was a 1x1 convolution then is a linear layer now.
            square = ".attn_1." in renamed and value.ndim == 2 and "norm" not in renamed
            made[f"first_stage_model.{renamed}"] = value[..., None, None].clone() if square else value
    prefixes = {"sd": ("cond_stage_model.transformer.",), "sdxl": ("conditioner.embedders.0.transformer.",),
                "sd3": ("text_encoders.clip_l.transformer.", "text_encoders.clip_g.transformer.")}  # fmt: skip
    for part, prefix in zip(("text_encoder", "text_encoder_2"), prefixes.get(family, ()), strict=False):
        made |= {f"{prefix}{_deep(name)}": value for name, value in told.get(part, {}).items()}
    if family == "sdxl" and "text_encoder_2" in told:
        made |= {f"conditioner.embedders.1.model.{k}": v for k, v in open_clip(told["text_encoder_2"]).items()}
    return made


def _each(told: Tensors, rename: Callable[[str], str]) -> Tensors:
    return {rename(name): value for name, value in told.items()}


def _deep(name: str) -> str:
    return name if name.startswith(("text_model.", "text_projection")) else f"text_model.{name}"


def unet(name: str, layers: int) -> str:
    """openaimodel.py: input_blocks, middle_block, output_blocks, counted through."""
    for ours, first in _ENDS.items():
        if name.startswith(f"{ours}."):
            return name.replace(ours, first, 1)
    found = re.match(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.*)", name)
    if found is None:
        _, kind, number, rest = re.match(r"(mid_block)\.(\w+)\.(\d+)\.(.*)", name).groups()  # type: ignore[union-attr]
        if kind == "attentions":
            return f"middle_block.1.{rest}"
        return f"middle_block.{2 * int(number)}.{_resnet(rest)}"
    way, block, kind, number, rest = found.groups()
    b, n = int(block), int(number)
    if kind == "downsamplers":
        return f"input_blocks.{(layers + 1) * (b + 1)}.0.op.{rest.removeprefix('conv.')}"
    if kind == "upsamplers":
        return f"output_blocks.{(layers + 1) * b + layers}.UP.{rest}"  # 1 or 2: behind an attention or not
    at = f"input_blocks.{(layers + 1) * b + n + 1}" if way == "down" else f"output_blocks.{(layers + 1) * b + n}"
    return f"{at}.0.{_resnet(rest)}" if kind == "resnets" else f"{at}.1.{rest}"


def settled(told: Tensors) -> Tensors:
    """Upsamplers get the number that is free in their block."""
    behind = {match[0] for name in told if (match := re.search(r"output_blocks\.\d+(?=\.1\.)", name))}
    made = {}
    for name, value in told.items():
        if ".UP." in name:
            block = re.search(r"output_blocks\.\d+", name)[0]  # type: ignore[index]
            name = name.replace(".UP.", ".2." if block in behind else ".1.")
        made[name] = value
    return made


def _resnet(rest: str) -> str:
    head, _, tail = rest.partition(".")
    return f"{_RESNET[head]}.{tail}"


def autoencoder(name: str) -> str:
    """ldm's AutoencoderKL, whose decoder counts its blocks from the other end."""
    name = name.replace("mid_block.attentions.0.", "mid.attn_1.").replace("conv_norm_out", "norm_out")
    if ".attn_1." in name:
        for ours, first in (("group_norm.", "norm."), ("to_q.", "q."), ("to_k.", "k."), ("to_v.", "v."),
                            ("to_out.0.", "proj_out.")):  # fmt: skip
            name = name.replace(ours, first)
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    name = re.sub(r"down_blocks\.(\d)\.resnets\.(\d)", r"down.\1.block.\2", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets\.(\d)", lambda m: f"up.{3 - int(m[1])}.block.{m[2]}", name)
    name = re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{3 - int(m[1])}.upsample", name)
    return name.replace("conv_shortcut", "nin_shortcut")


def open_clip(told: Tensors) -> Tensors:
    """open_clip's transformer: queries, keys and values in one matrix."""
    import torch

    names = {"layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj",
             "self_attn.out_proj": "attn.out_proj"}  # fmt: skip
    ends = {"embeddings.token_embedding.weight": "token_embedding.weight",
            "embeddings.position_embedding.weight": "positional_embedding",
            "final_layer_norm.weight": "ln_final.weight", "final_layer_norm.bias": "ln_final.bias"}  # fmt: skip
    made: Tensors = {}
    plain = {name.removeprefix("text_model."): value for name, value in told.items()}
    for name, value in plain.items():
        if name in ends:
            made[ends[name]] = value
        elif name == "text_projection.weight":
            made["text_projection"] = value.T.contiguous()
        elif (found := re.match(r"encoder\.layers\.(\d+)\.(.*)\.(weight|bias)", name)) is not None:
            number, rest, kind = found.groups()
            if rest in names:
                made[f"transformer.resblocks.{number}.{names[rest]}.{kind}"] = value
            elif rest == "self_attn.q_proj":
                three = [plain[f"encoder.layers.{number}.self_attn.{x}_proj.{kind}"] for x in "qkv"]
                made[f"transformer.resblocks.{number}.attn.in_proj_{kind}"] = torch.cat(three)
    return made


def _turned(value: Any) -> Any:
    """Scale and shift in the order of the makers: shift first."""
    import torch

    scale, shift = value.chunk(2)
    return torch.cat([shift, scale])


def _mmdit(told: Tensors) -> Tensors:
    """Stability's mmdit.py."""
    import torch

    ends = {"pos_embed.proj": "x_embedder.proj", "time_text_embed.timestep_embedder.linear_1": "t_embedder.mlp.0",
            "time_text_embed.timestep_embedder.linear_2": "t_embedder.mlp.2",
            "time_text_embed.text_embedder.linear_1": "y_embedder.mlp.0",
            "time_text_embed.text_embedder.linear_2": "y_embedder.mlp.2", "context_embedder": "context_embedder",
            "proj_out": "final_layer.linear"}  # fmt: skip
    inner = {"attn.to_out.0": "x_block.attn.proj", "attn.to_add_out": "context_block.attn.proj",
             "norm1.linear": "x_block.adaLN_modulation.1", "norm1_context.linear": "context_block.adaLN_modulation.1",
             "ff.net.0.proj": "x_block.mlp.fc1", "ff.net.2": "x_block.mlp.fc2",
             "ff_context.net.0.proj": "context_block.mlp.fc1", "ff_context.net.2": "context_block.mlp.fc2"}  # fmt: skip
    last = max(int(name.split(".")[1]) for name in told if name.startswith("transformer_blocks."))
    made: Tensors = {"pos_embed": told["pos_embed.pos_embed"]}
    for name, value in told.items():
        stem, _, kind = name.rpartition(".")
        found = re.match(r"transformer_blocks\.(\d+)\.(.*)", stem)
        if stem in ends:
            made[f"{ends[stem]}.{kind}"] = value
        elif stem == "norm_out.linear":
            made[f"final_layer.adaLN_modulation.1.{kind}"] = _turned(value)
        elif found is not None:
            number, rest = found.groups()
            block = f"joint_blocks.{number}"
            if rest in inner:
                turned = rest == "norm1_context.linear" and int(number) == last
                made[f"{block}.{inner[rest]}.{kind}"] = _turned(value) if turned else value
            elif rest in ("attn.to_q", "attn.add_q_proj"):
                names = ("to_q", "to_k", "to_v") if rest == "attn.to_q" else ("add_q_proj", "add_k_proj", "add_v_proj")
                three = [told[f"transformer_blocks.{number}.attn.{one}.{kind}"] for one in names]
                side = "x_block" if rest == "attn.to_q" else "context_block"
                made[f"{block}.{side}.attn.qkv.{kind}"] = torch.cat(three)
    return made


def _flux(told: Tensors) -> Tensors:
    """Black Forest Labs' model.py."""
    import torch

    ends = {"x_embedder": "img_in", "context_embedder": "txt_in", "proj_out": "final_layer.linear",
            "time_text_embed.timestep_embedder.linear_1": "time_in.in_layer",
            "time_text_embed.timestep_embedder.linear_2": "time_in.out_layer",
            "time_text_embed.text_embedder.linear_1": "vector_in.in_layer",
            "time_text_embed.text_embedder.linear_2": "vector_in.out_layer",
            "time_text_embed.guidance_embedder.linear_1": "guidance_in.in_layer",
            "time_text_embed.guidance_embedder.linear_2": "guidance_in.out_layer"}  # fmt: skip
    double = {"norm1.linear": "img_mod.lin", "norm1_context.linear": "txt_mod.lin", "attn.to_out.0": "img_attn.proj",
              "attn.to_add_out": "txt_attn.proj", "ff.net.0.proj": "img_mlp.0", "ff.net.2": "img_mlp.2",
              "ff_context.net.0.proj": "txt_mlp.0", "ff_context.net.2": "txt_mlp.2"}  # fmt: skip
    norms = {
        "attn.norm_q": "img_attn.norm.query_norm",
        "attn.norm_k": "img_attn.norm.key_norm",
        "attn.norm_added_q": "txt_attn.norm.query_norm",
        "attn.norm_added_k": "txt_attn.norm.key_norm",
    }
    joined = {"attn.to_q": ("img_attn.qkv", ("to_q", "to_k", "to_v")),
              "attn.add_q_proj": ("txt_attn.qkv", ("add_q_proj", "add_k_proj", "add_v_proj"))}  # fmt: skip
    made: Tensors = {}
    for name, value in told.items():
        stem, _, kind = name.rpartition(".")
        found = re.match(r"(single_)?transformer_blocks\.(\d+)\.(.*)", stem)
        if stem in ends:
            made[f"{ends[stem]}.{kind}"] = value
        elif stem == "norm_out.linear":
            made[f"final_layer.adaLN_modulation.1.{kind}"] = _turned(value)
        elif found is not None and found[1] is None:
            _, number, rest = found.groups()
            block = f"double_blocks.{number}"
            if rest in double:
                made[f"{block}.{double[rest]}.{kind}"] = value
            elif rest in norms:
                made[f"{block}.{norms[rest]}.scale"] = value
            elif rest in joined:
                place, names = joined[rest]
                three = [told[f"transformer_blocks.{number}.attn.{one}.{kind}"] for one in names]
                made[f"{block}.{place}.{kind}"] = torch.cat(three)
        elif found is not None:
            _, number, rest = found.groups()
            block = f"single_blocks.{number}"
            if rest in ("norm.linear", "proj_out"):
                made[f"{block}.{'modulation.lin' if rest == 'norm.linear' else 'linear2'}.{kind}"] = value
            elif rest in ("attn.norm_q", "attn.norm_k"):
                made[f"{block}.norm.{'query' if rest.endswith('q') else 'key'}_norm.scale"] = value
            elif rest == "attn.to_q":
                four = [told[f"single_transformer_blocks.{number}.{one}.{kind}"]
                        for one in ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp")]  # fmt: skip
                made[f"{block}.linear1.{kind}"] = torch.cat(four)
    return made


def save(family: str, folder: Path, file: Path, *, layers: int = 1, **more: Any) -> Path:
    """One file with all of a folder's weights. `more` are tensors under their own names."""
    from safetensors.torch import save_file

    told = settled(original(family, parts(folder), layers)) | more
    save_file({name: value.clone().contiguous() for name, value in told.items()}, file)
    return file


_Z_IMAGE = {"all_final_layer.2-1.": "final_layer.", "all_x_embedder.2-1.": "x_embedder.", ".to_out.0.": ".out.",
            ".norm_q.": ".q_norm.", ".norm_k.": ".k_norm."}  # fmt: skip


def z_image(told: Tensors) -> Tensors:
    """Queries, keys and values in one matrix; the patches' layers without their size."""
    import torch

    made: Tensors = {}
    for name, value in told.items():
        head, found, _ = name.partition(".attention.to_q.weight")
        if found:
            made[f"{head}.attention.qkv.weight"] = torch.cat([told[name.replace("to_q", f"to_{one}")] for one in "qkv"])
        elif ".attention.to_k." not in name and ".attention.to_v." not in name:
            for ours, first in _Z_IMAGE.items():
                name = name.replace(ours, first)
            made[name] = value
    return made
