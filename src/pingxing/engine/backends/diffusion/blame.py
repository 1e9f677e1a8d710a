"""Which part of a checkpoint it is that cannot be loaded: asked only when loading has failed.

The libraries say what went wrong, but seldom where. Each part is built again by itself from its config, without
memory, and its weights' names and shapes are held against what the files say.
"""

from __future__ import annotations

from typing import Any

from pingxing.engine.backends.diffusion.folder import Checkpoint, Part

_RAISED = (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, ImportError)


def blamed(checkpoint: Checkpoint) -> tuple[str, str] | None:
    """The first part that is wrong, and what is wrong with it; None where each by itself is well."""
    for part in checkpoint.parts:
        if (problem := _problem(checkpoint, part)) is not None:
            return part.name, problem
    return None


def brief(error: Exception) -> str:
    """An error of a library as one line."""
    return str(error).strip().partition("\n")[0][:300] or type(error).__name__


def _problem(checkpoint: Checkpoint, part: Part) -> str | None:
    import diffusers
    import torch
    import transformers

    library = {"diffusers": diffusers, "transformers": transformers}.get(part.library)
    if library is None:
        return None
    place = str(checkpoint.folder / part.name)
    try:
        kind: Any = getattr(library, part.kind)
        if not part.files:
            kind.from_pretrained(place, local_files_only=True)
            return None
        with torch.device("meta"):
            if library is diffusers:
                built = kind.from_config(kind.load_config(place, local_files_only=True))
            else:
                built = kind(kind.config_class.from_pretrained(place, local_files_only=True))
    except _RAISED as error:
        return brief(error)
    return _unlike(checkpoint, part, {name: tuple(value.shape) for name, value in built.state_dict().items()})


def _unlike(checkpoint: Checkpoint, part: Part, wanted: dict[str, tuple[int, ...]]) -> str | None:
    held = checkpoint.tensors(part.name)
    where = f"{part.name}/{part.files[0].name}"
    for name, shape in wanted.items():
        entry = held.get(name)
        if entry is not None and entry.shape != shape:
            return f"{where}: {name} {list(entry.shape)}; {part.name}/config.json: {list(shape)}"
    if part.library == "diffusers" and (lacking := next((name for name in wanted if name not in held), None)):
        return f"{where}: {lacking} –"
    return None
