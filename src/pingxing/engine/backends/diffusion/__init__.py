"""Open checkpoints: any folder that `save_pretrained` of a diffusers pipeline wrote, served to many at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from pingxing.engine.backends.diffusion.alone import AloneBackend
from pingxing.engine.backends.diffusion.backend import DiffusionBackend, Isolation
from pingxing.engine.backends.diffusion.extras import Extra
from pingxing.engine.backends.diffusion.folder import ALONE
from pingxing.types import Model


def checkpoint(
    model: Model,
    folder: Path,
    isolation: Isolation = "shared",
    extras: Callable[[], Iterable[Extra]] = tuple,
) -> DiffusionBackend:
    """The backend for a model of the shelf: steps are shared where its family is known, else one at a time."""
    return (AloneBackend if model.family == ALONE else DiffusionBackend)(model, folder, isolation, extras)
