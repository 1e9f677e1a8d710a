"""What A1111's tools ask for when they start, to fill their menus: mostly what there is none of here, and said so.

A tool that finds no such address takes the whole server for broken; one that finds an empty list shows an empty menu.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pingxing.api.shapes import Shape
from pingxing.types import Addition


class ToolScheduler(Shape):
    """Noise levels, as A1111 names them."""

    name: str
    label: str
    aliases: list[str] | None
    default_rho: float
    need_inner_model: bool


class ToolUpscaler(Shape):
    name: str
    model_name: str | None
    model_path: str | None
    model_url: str | None
    scale: float


class ToolEmbedding(Shape):
    """`shape` is the width of a vector, over all encoders that it is for; `vectors` how many there are."""

    step: int | None
    sd_checkpoint: str | None
    sd_checkpoint_name: str | None
    shape: int
    vectors: int


class ToolEmbeddings(Shape):
    """By the word that a prompt calls them with. `skipped` are those of other models."""

    loaded: dict[str, ToolEmbedding]
    skipped: dict[str, ToolEmbedding]


class ToolScripts(Shape):
    txt2img: list[str]
    img2img: list[str]


def schedulers() -> list[ToolScheduler]:
    """One: the noise levels that the checkpoint's own folder names."""
    return [ToolScheduler(name="automatic", label="Automatic", aliases=None, default_rho=-1, need_inner_model=False)]


def upscalers() -> list[ToolUpscaler]:
    """None, under the name that A1111 has for that: sizes are drawn as they are asked for."""
    return [ToolUpscaler(name="None", model_name=None, model_path=None, model_url=None, scale=4)]


def embedding(one: Addition) -> ToolEmbedding:
    """What it was learned with, as far as its file says; by how many steps, no file says."""
    return ToolEmbedding(
        step=None, sd_checkpoint=None, sd_checkpoint_name=one.lineage or None, shape=one.width, vectors=one.vectors
    )


def scripts() -> ToolScripts:
    """None: nothing that a stranger sends is run."""
    return ToolScripts(txt2img=[], img2img=[])


def nothing() -> list[dict[str, Any]]:
    """There are none here."""
    return []


def flags() -> dict[str, Any]:
    """How the server was started is its operator's own affair."""
    return {}


def refreshed() -> None:
    """Nothing to do: what is put on the shelf or taken off it is seen at once."""


TOLD: dict[str, Callable[[], object]] = {
    "/schedulers": schedulers,
    "/upscalers": upscalers,
    "/latent-upscale-modes": nothing,
    "/sd-vae": nothing,
    "/sd-modules": nothing,
    "/hypernetworks": nothing,
    "/face-restorers": nothing,
    "/realesrgan-models": nothing,
    "/prompt-styles": nothing,
    "/script-info": nothing,
    "/extensions": nothing,
    "/scripts": scripts,
    "/cmd-flags": flags,
}
REFRESHED = ("/refresh-checkpoints", "/refresh-loras", "/refresh-embeddings", "/refresh-vae")
