"""A backend for tests: real steps, real pixels, no art. Each picture depends on its request alone."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.engine.base import NOTHING, Inputs
from pingxing.errors import BackendFailed, InvalidRequest
from pingxing.types import Addition, Format, Model, Picture, Request

FAIL_ONCE = "fail once"  # prompts that ask for trouble
FAIL_ALWAYS = "fail always"


@dataclass(slots=True, eq=False)
class FakeState:
    request: Request
    shape: Hashable
    steps: int
    inputs: Inputs = NOTHING
    step: int = 0
    noise: np.random.Generator = field(init=False)
    canvas: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha256(f"{self.request.prompt}|{self.request.seed}".encode()).digest()
        self.noise = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        self.canvas = np.zeros((8, 8, 3))


class FakeBackend:
    """Draws an 8x8 mosaic that grows clearer with each step; without a ground, its darker half is left out. A picture
    that it begins with shines through by what `strength` leaves, and stays as it is where a mask is dark."""

    parallel = 1
    draining = False

    def __init__(self, name: str = "fake", additions: tuple[Addition, ...] = (), usual_side: int = 1_024) -> None:
        """`additions` can be asked for, and change nothing."""
        self.model = Model(
            name=name,
            family="fake",
            media=("image",),
            licence="Apache-2.0",
            lineage="random numbers",
            sha256="0" * 64,
            size_bytes=0,
            formats=(Format.PNG, Format.JPEG, Format.WEBP),
            styles=("plain",),
            words_known=True,  # it sets none
            additions=additions,
            usual_side=usual_side,
        )
        self.batches: list[int] = []  # how many pictures shared each step, for tests to read
        self._failed: set[str] = set()

    def prepare(self, request: Request, inputs: Inputs = NOTHING) -> FakeState:
        if request.edits:
            raise InvalidRequest("not_supported", member="edits", model=self.model.name)
        known = [one.name for one in self.model.additions if one.kind == "adapter"]
        for use in request.adapters:
            if use.name not in known:
                facts = {"value": use.name, "model": self.model.name, "known": ", ".join(known) or "–"}
                raise InvalidRequest("unknown_adapter", member="adapters", **facts)
        return FakeState(request, shape=(request.width, request.height), steps=request.steps or 4, inputs=inputs)

    def step(self, states: Sequence[FakeState]) -> None:
        self.batches.append(len(states))
        for state in states:
            self._maybe_fail(state.request)
            state.canvas += state.noise.random((8, 8, 3))
            state.step += 1

    def finish(self, state: FakeState) -> Picture:
        made = _picture(state.canvas / state.steps, state.request, state.request.width, state.request.height)
        return made if state.inputs.init is None else _upon(made, state.inputs.init, state.inputs.mask, state.request)

    def preview(self, state: FakeState) -> Picture | None:
        return _picture(state.canvas / max(state.step, 1), state.request, 128, 128)

    def warm(self) -> None:
        """There is nothing to load."""

    def close(self) -> None:
        self._failed.clear()

    def _maybe_fail(self, request: Request) -> None:
        if FAIL_ALWAYS in request.prompt:
            raise BackendFailed("asked")
        if FAIL_ONCE in request.prompt and request.prompt not in self._failed:
            self._failed.add(request.prompt)
            raise BackendFailed("asked")


def _picture(canvas: NDArray[np.float64], request: Request, width: int, height: int) -> Picture:
    small = (canvas.clip(0, 1) * 255).astype(np.uint8)
    if request.palette:
        inks = np.array([tuple(bytes.fromhex(colour[1:])) for colour in request.palette], np.uint8)
        away = np.abs(small[:, :, None].astype(int) - inks.astype(int)).sum(axis=3)
        small = inks[away.argmin(axis=2)]
    if request.transparent:
        clear = np.where(canvas.mean(axis=2) < np.median(canvas.mean(axis=2)), 0, 255).astype(np.uint8)
        small = np.dstack([small, clear])
    rows, columns = np.arange(height) * 8 // height, np.arange(width) * 8 // width
    return Picture(width, height, np.ascontiguousarray(small[rows][:, columns]))


def _upon(made: Picture, init: Picture, mask: Picture | None, request: Request) -> Picture:
    size = (made.width, made.height)
    under = np.asarray(Image.fromarray(init.pixels).convert("RGB").resize(size), np.float64)
    strength = (1.0 if mask is not None else 0.75) if request.strength is None else request.strength
    part = np.full((made.height, made.width, 1), strength)
    if mask is not None:
        part *= np.asarray(Image.fromarray(mask.pixels).convert("L").resize(size), np.float64)[..., None] / 255
    pixels = made.pixels.copy()
    pixels[..., :3] = (made.pixels[..., :3] * part + under * (1 - part)).round()
    return Picture(made.width, made.height, pixels)
