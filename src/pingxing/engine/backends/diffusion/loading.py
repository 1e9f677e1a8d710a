"""From a checkpoint's folder to a loaded family on the best device here: the only place that loads weights."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pingxing.engine.backends.diffusion import blame, blocks, memory, wide, winograd
from pingxing.engine.backends.diffusion.folder import ALONE, Checkpoint
from pingxing.engine.devices import dtype_of, memory_of
from pingxing.errors import BackendFailed
from pingxing.types import MemoryPlan

if TYPE_CHECKING:
    from pingxing.engine.backends.diffusion.family import Family
    from pingxing.engine.backends.diffusion.recorded import Recordings


_ENDLESS = 1 << 20  # tokens: transformers' way of saying that nobody has said
_USUAL_LENGTH = 512


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a checkpoint runs and how."""

    device: str  # as torch names it: "cpu", "cuda", "mps", "xpu", "npu", ...
    dtype: str  # in which it computes
    memory: MemoryPlan
    native: bool  # whole and as it is: making more room would change nothing


def plan(checkpoint: Checkpoint, limit: int | None = None, adapters: tuple[int, ...] = (), device: str = "") -> Plan:
    """What fits into the device's free memory, or into `limit` bytes of it where that is less (`memory.planned`).

    `adapters` are the values of each that was added to it. `device` as torch names it; "": the one that is used first.
    """
    device = device or _accelerator()
    dtype = dtype_of(device)
    told, _ = memory_of(device)
    free = min((size for size in (told, limit) if size is not None), default=None)
    turns = device == "cpu" and winograd.of_use()
    room = memory.Room(device, memory.PRECISIONS[dtype], free, memory.able_int8(), adapters, turns)
    side = memory.usual_side(checkpoint)
    chosen = memory.planned(memory.weigh(checkpoint), memory.work(checkpoint, side, side), room)
    computes = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}.get(chosen.precision)
    if computes is None:  # 8-bit weights; the rest as narrow as the device likes it
        computes = "bfloat16" if device == "cpu" else dtype
    return Plan(device, computes, chosen, memory.native(chosen, room))


_TURNS = threading.Lock()
"""While it loads, the library exchanges a method of torch's for all threads, and puts back what it found: of two at
once the later would leave the other's behind, and everything that is made afterwards would hold no numbers."""


def load(checkpoint: Checkpoint, plan: Plan) -> Any:
    """The loaded diffusers pipeline. Raises BackendFailed naming the part, and what the library could not do."""
    import diffusers
    import torch
    import transformers

    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    kind = getattr(diffusers, checkpoint.pipeline, None)
    if kind is None:
        raise BackendFailed("load", model=checkpoint.folder.name, problem=f"diffusers has no {checkpoint.pipeline}")
    if ":" in plan.device:  # what names no number means this one
        torch.accelerator.set_device_index(torch.device(plan.device))
    absent = dict.fromkeys(checkpoint.absent)  # SD3 without T5: the library wants to be told what there is not
    if checkpoint.family == "sd":
        absent |= {"safety_checker": None, "feature_extractor": None}
    try:
        with _TURNS:
            pipeline = kind.from_pretrained(
                checkpoint.folder,
                local_files_only=True,
                use_safetensors=True,
                dtype=getattr(torch, plan.dtype),
                variant=checkpoint.variant or None,
                **absent,
            )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, ImportError) as error:
        model, wrong = checkpoint.folder.name, blame.blamed(checkpoint)
        if wrong is not None:
            raise BackendFailed("load_part", model=model, part=wrong[0], problem=wrong[1]) from error
        raise BackendFailed("load", model=model, problem=blame.brief(error)) from error
    pipeline.set_progress_bar_config(disable=True)
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            part.eval().requires_grad_(False)
    _bound(pipeline)
    if plan.memory.precision == "int8":
        _narrow(pipeline)
    if plan.memory.placing == "parts":
        pipeline.enable_model_cpu_offload(device=plan.device)
    elif plan.memory.placing == "layers":
        pipeline.enable_sequential_cpu_offload(device=plan.device)
    else:
        pipeline.to(plan.device)
    if plan.device == "cpu" and plan.memory.placing == "whole":
        for part in pipeline.components.values():
            if isinstance(part, torch.nn.Module):
                wide.laid(part)
                blocks.laid(part)
        if plan.memory.twice_bytes:
            winograd.laid(pipeline.unet)
    return pipeline


def _bound(pipeline: Any) -> None:
    """Tokenizers that do not say how much their encoder reads (BERT's, often) are told."""
    for name, tokenizer in pipeline.components.items():
        if name.startswith("tokenizer") and getattr(tokenizer, "model_max_length", 0) > _ENDLESS:
            encoder = getattr(pipeline, name.replace("tokenizer", "text_encoder"), None)
            places = getattr(getattr(encoder, "config", None), "max_position_embeddings", None)
            tokenizer.model_max_length = min(places or _USUAL_LENGTH, _USUAL_LENGTH)


def _narrow(pipeline: Any) -> None:
    """Keep the weights of linear layers in 8 bits, one scale a row; what they are multiplied with stays as it is, so
    nothing of one picture decides how another is rounded. The decoder is left alone: it is small, and shows it first.
    """
    import torch
    from torchao.quantization import Int8WeightOnlyConfig, quantize_

    for name, part in pipeline.components.items():
        if isinstance(part, torch.nn.Module) and name != "vae":
            quantize_(part, Int8WeightOnlyConfig(version=2), filter_fn=_dense)


def _dense(module: Any, name: str) -> bool:
    import torch

    return isinstance(module, torch.nn.Linear) and min(module.weight.shape) >= memory.DENSE


def family(checkpoint: Checkpoint, pipeline: Any, plan: Plan) -> Family:
    """Raises KeyError for a family that serves one at a time (`folder.ALONE`)."""
    import torch

    from pingxing.engine.backends.diffusion.dits import Flux, PixArtSigma, StableDiffusion3
    from pingxing.engine.backends.diffusion.unets import StableDiffusion, StableDiffusionXL

    if checkpoint.family == ALONE:
        raise KeyError(checkpoint.pipeline)
    kinds: dict[str, Any] = {
        "sd": StableDiffusion,
        "sdxl": StableDiffusionXL,
        "sd3": StableDiffusion3,
        "pixart-sigma": PixArtSigma,
        "flux": Flux,
    }
    made: Family = kinds[checkpoint.family](pipeline, torch.device(plan.device), getattr(torch, plan.dtype))
    return made


def recordings(pipeline: Any, plan: Plan) -> Recordings | None:
    """Of the network that denoises; None on a device, or in a layout, whose calls cannot be recorded."""
    from pingxing.engine.backends.diffusion.recorded import Recordings, on_cuda

    if plan.device.partition(":")[0] != "cuda" or plan.memory.placing != "whole":
        return None
    network = getattr(pipeline, "unet", None) or pipeline.transformer
    return Recordings(network, on_cuda())


def _accelerator() -> str:
    import torch

    if not torch.accelerator.is_available():
        return "cpu"
    found = torch.accelerator.current_accelerator()
    return "cpu" if found is None else found.type
