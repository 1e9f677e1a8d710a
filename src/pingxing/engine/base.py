"""What the house asks of an engine: five verbs. The scheduler owns time; an engine owns pictures."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Protocol

from pingxing.types import Model, Picture, Request


class State(Protocol):
    """One picture in the making.

    `shape` says who may share a step: states of one backend whose shapes are equal are stepped
    together. `step` counts from 0 to `steps`; the picture is ready when they are equal.
    """

    shape: Hashable
    step: int
    steps: int


class Backend(Protocol):
    """An engine. Errors: `InvalidRequest` from prepare for what it cannot do (it names the member),
    `BackendFailed` from the others for what may go well next time."""

    @property
    def model(self) -> Model: ...

    @property
    def parallel(self) -> int:
        """How many `step` calls it can use at once: 1 for one device, the pool's size for child processes."""

    def prepare(self, request: Request) -> Any:
        """A State for one picture (request.count is 1, request.seed is set). Cheap; no drawing."""

    def step(self, states: Sequence[Any]) -> None:
        """Advance every given state by one step. Their shapes are equal."""

    def finish(self, state: Any) -> Picture:
        """The picture; the same bytes for the same request, whatever else was stepped beside it."""

    def preview(self, state: Any) -> Picture | None:
        """A small picture (at most 256 pixels a side) of how far it is, or None."""

    def warm(self) -> None:
        """Load and start what the first picture would otherwise wait for."""

    def close(self) -> None:
        """Release processes and memory."""
