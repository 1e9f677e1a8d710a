"""From a checkpoint's folder to a loaded family on the best device here: the only place that loads weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pingxing.engine.backends.diffusion.folder import ALONE, Checkpoint
from pingxing.engine.devices import dtype_of, memory_of
from pingxing.errors import BackendFailed

if TYPE_CHECKING:
    from pingxing.engine.backends.diffusion.family import Family

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
ROOM = 0.85  # of a device's free memory that weights may take; the rest is for what flows through them


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a checkpoint runs and how."""

    device: str  # as torch names it: "cpu", "cuda", "mps", "xpu", "npu", ...
    dtype: str
    offload: bool  # parts wait in the main memory until they are needed
    weights_bytes: int
    free_bytes: int | None  # of the device; None where it does not say


def plan(checkpoint: Checkpoint) -> Plan:
    """What fits: the narrowest type that the device is good at, and parts that take turns where all do not fit."""
    device = _accelerator()
    dtype = dtype_of(device)
    weights = checkpoint.parameters * _BYTES[dtype]
    free, _ = memory_of(device)
    offload = device != "cpu" and free is not None and weights > free * ROOM
    return Plan(device, dtype, offload, weights, free)


def load(checkpoint: Checkpoint, plan: Plan) -> Any:
    """The loaded diffusers pipeline. Raises BackendFailed("load") naming what the library could not do."""
    import diffusers
    import torch
    import transformers

    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    kind = getattr(diffusers, checkpoint.pipeline, None)
    if kind is None:
        raise BackendFailed("load", model=checkpoint.folder.name, problem=f"diffusers has no {checkpoint.pipeline}")
    absent = {"safety_checker": None, "feature_extractor": None} if checkpoint.family == "sd" else {}
    try:
        pipeline = kind.from_pretrained(
            checkpoint.folder,
            local_files_only=True,
            use_safetensors=True,
            dtype=getattr(torch, plan.dtype),
            variant=checkpoint.variant or None,
            **absent,
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, ImportError) as error:
        problem = str(error).partition("\n")[0][:300]
        raise BackendFailed("load", model=checkpoint.folder.name, problem=problem) from error
    pipeline.set_progress_bar_config(disable=True)
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            part.eval().requires_grad_(False)
    if plan.offload:
        pipeline.enable_model_cpu_offload(device=plan.device)
    else:
        pipeline.to(plan.device)
    return pipeline


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


def _accelerator() -> str:
    import torch

    if not torch.accelerator.is_available():
        return "cpu"
    found = torch.accelerator.current_accelerator()
    return "cpu" if found is None else found.type
