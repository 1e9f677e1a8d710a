"""A painter without a network: one bold thing on white where it is asked for a plain ground, else a full picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pingxing.engine.base import NOTHING, Inputs
from pingxing.errors import InvalidRequest
from pingxing.types import Format, Model, Picture, Request

SIDE = 128


@dataclass(slots=True, eq=False)
class Stroke:
    request: Request
    shape: object
    steps: int = 1
    step: int = 0


class Brush:
    """As a checkpoint behind the house's protocol: PNG alone, no transparency, no sheets."""

    parallel = 1
    draining = False

    def __init__(self, name: str = "brush") -> None:
        self.model = Model(name, "sd", ("image",), "cc0", "", "0" * 64, 1, (Format.PNG,), (), words_known=True,
                           cuts_out=True, usual_side=SIDE)  # fmt: skip
        self.asked: list[Request] = []  # for tests to read

    def prepare(self, request: Request, inputs: Inputs = NOTHING) -> Stroke:
        for member in ("transparent", "palette", "nails", "sheet", "caption", "edits"):
            if getattr(request, member):
                raise InvalidRequest("not_supported", member=member, value=member, model=self.model.name)
        return Stroke(request, (request.width, request.height))

    def step(self, states: Sequence[Stroke]) -> None:
        for state in states:
            self.asked.append(state.request)
            state.step += 1

    def finish(self, state: Stroke) -> Picture:
        width, height = state.request.width, state.request.height
        y, x = np.mgrid[:height, :width]
        across, down = x / width, y / height
        seed = (state.request.seed or 0) + sum(map(ord, state.request.prompt))  # another thing for another wish
        if "plain white" in state.request.prompt or "纯白" in state.request.prompt:
            turn = np.arctan2(down - 0.5, across - 0.5)
            edge = 0.3 + 0.08 * np.sin((3 + seed % 9) * turn + seed) + 0.03 * np.sin((2 + seed // 9 % 7) * turn)
            solid = np.hypot(across - 0.5, down - 0.5) < edge
            ink = np.array([30 + seed * 37 % 120, 60 + seed * 61 % 100, 190])
            pixels = np.where(solid[..., None], ink, 252)
        else:
            pixels = np.stack([60 + 150 * across, 200 - 120 * down, 90 + 60 * across * down], axis=2)
        return Picture(width, height, pixels.astype(np.uint8))

    def preview(self, state: Stroke) -> Picture | None:
        return None

    def warm(self) -> None: ...

    def close(self) -> None: ...
