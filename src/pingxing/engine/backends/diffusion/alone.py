"""Any other pipeline of the diffusers library: it serves too, one request at a time, by the pipeline's own loop.

Its steps cannot be shared, previewed or interrupted, because they are its own; so a request is one step here. A picture
to begin with, and a mask, it takes where its call has places for them.
"""

from __future__ import annotations

import inspect as inspecting
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from pingxing.engine.backends.diffusion.backend import DiffusionBackend, DiffusionState, strength
from pingxing.engine.backends.diffusion.blame import brief
from pingxing.engine.backends.diffusion.extras import asked
from pingxing.engine.backends.diffusion.frames import Frame, framed
from pingxing.engine.backends.diffusion.hearing import heard, hearing
from pingxing.engine.backends.diffusion.pixels import blended, shown
from pingxing.engine.base import NOTHING, Inputs
from pingxing.errors import BackendFailed, InvalidRequest
from pingxing.types import Picture, Request

_MULTIPLE = 16  # pixels; enough for every pipeline that scales by 8 and reads patches of 2
_TURNS = itertools.count()


class AloneBackend(DiffusionBackend):
    """As `DiffusionBackend` to the outside; the pipeline is called once a picture."""

    @property
    def samplers(self) -> tuple[str, ...]:
        return ()

    @property
    def _multiple(self) -> int:
        return max(_MULTIPLE, self.checkpoint.multiple)

    def prepare(self, request: Request, inputs: Inputs = NOTHING) -> DiffusionState:
        self._accept(request)
        told = hearing(self.checkpoint.pipeline)
        able = {"init_image": told is not None and told.picture, "mask": told is not None and told.mask}
        for member in ("sampler", "init_image", "mask"):
            if getattr(request, member) and not able.get(member):
                raise InvalidRequest("not_supported", member=member, value=member, model=self.model.name)
        wanted = asked(self._extras(), request, self.model.name)
        frame = framed(request.width, request.height, self._multiple)
        return DiffusionState(request, ("alone", next(_TURNS)), 1, 1, "", frame, inputs, asked=wanted)

    def unheeded(self, request: Request) -> tuple[str, ...]:
        told = hearing(self.checkpoint.pipeline)
        return () if told is None else told.unheeded(request)

    def step(self, states: Sequence[DiffusionState]) -> None:
        with self._careful():
            pipeline = self._opened()
            for state in states:
                added = self._additions()
                with added.reading(state.asked, added.applied(state.asked)) as spelled:
                    prompts = {"prompt": spelled(state.request.prompt), "negative": spelled(state.request.negative)}
                    request = state.request.model_copy(update=prompts)
                    state.made = _made(pipeline, request, state.frame, state.inputs)
                state.step = 1

    def finish(self, state: DiffusionState) -> Picture:
        if state.made is None:
            raise RuntimeError("asked for before its step")
        return state.made

    def preview(self, state: DiffusionState) -> Picture | None:
        return None

    def warm(self) -> None:
        with self._careful():
            self._opened()


def _made(pipeline: Any, request: Request, frame: Frame, inputs: Inputs) -> Picture:
    """Raises BackendFailed for a pipeline that gives no picture of the size that was asked for."""
    import torch

    wanted: dict[str, Any] = {
        "prompt": request.prompt,
        "negative_prompt": request.negative or None,
        "width": frame.drawn[0],
        "height": frame.drawn[1],
        "max_area": frame.drawn[0] * frame.drawn[1],  # Flux Kontext would make everything one megapixel
        "num_inference_steps": request.steps,
        "guidance_scale": request.guidance,
        "generator": torch.Generator("cpu").manual_seed(request.seed or 0),
        "use_resolution_binning": False,
        "clean_caption": False,
    }
    if inputs.init is not None:
        # Flux Kontext would take its picture in another size than it draws.
        wanted |= {"image": shown(inputs.init, frame), "strength": strength(request), "_auto_resize": False}
        if inputs.mask is not None:
            wanted["mask_image"] = shown(inputs.mask, frame).convert("L")
    known = inspecting.signature(pipeline.__call__).parameters
    told = heard({name: one.default for name, one in known.items()})
    if told.guidance == "true_cfg_scale":  # Qwen-Image: guidance is called so, and needs something to stay away from
        wanted |= {"true_cfg_scale": request.guidance, "negative_prompt": request.negative or " "}
        del wanted["guidance_scale"]
    if not told.negative:
        del wanted["negative_prompt"]
    given = {name: value for name, value in wanted.items() if name in known and value is not None}
    try:
        made = pipeline(**given)
        images = made.images if "images" in made else made.image  # Kandinsky 5 calls them so
    except (
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        ArithmeticError,
        AssertionError,
    ) as error:  # what it cannot do, it says in its own way
        raise BackendFailed("load", model=type(pipeline).__name__, problem=brief(error)) from error
    pixels = np.asarray(images[0].convert("RGB"), np.uint8)
    if pixels.shape != (*reversed(frame.drawn), 3):
        raise BackendFailed("load", model=type(pipeline).__name__, problem=f"made a picture of {pixels.shape}")
    pixels = frame.cut(pixels)
    if inputs.init is not None and inputs.mask is not None:
        pixels = blended(pixels, inputs.init, inputs.mask)
    return Picture(*frame.asked, np.ascontiguousarray(pixels))
