"""What the house asks of an engine: five verbs. The scheduler owns time; an engine owns pictures."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pingxing.types import MemoryPlan, Model, Picture, Request, Scene

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class State(Protocol):
    """One picture in the making.

    `shape` says who may share a step: states of one backend whose shapes are equal are stepped
    together. `step` counts from 0 to `steps`; the picture is ready when they are equal.
    """

    shape: Hashable
    step: int
    steps: int


@dataclass(frozen=True, slots=True)
class Inputs:
    """The pixels that a request brings along (`Request.init_image`, `Request.mask`), of any size."""

    init: Picture | None = None
    mask: Picture | None = None  # light where the picture is to be made anew


NOTHING = Inputs()


class Backend(Protocol):
    """An engine. Errors: `InvalidRequest` from prepare for what it cannot do (it names the member),
    `BackendFailed` from the others for what may go well next time."""

    @property
    def model(self) -> Model: ...

    @property
    def parallel(self) -> int:
        """How many `step` calls it can use at once: 1 for one device, the pool's size for child processes. May grow."""

    @property
    def draining(self) -> bool:
        """Whether another model waits for the room of this one: the scheduler then begins no new pictures of it while
        others of it are under way."""

    def prepare(self, request: Request, inputs: Inputs = NOTHING) -> Any:
        """A State for one picture (request.count is 1, request.seed is set). Cheap; no drawing.

        At admission it is asked without `inputs`, whether it could; what it makes of that is thrown away.
        """

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


@runtime_checkable
class Spread(Protocol):
    """What an engine with several devices can say besides: a picture is made on one of them."""

    def places(self, states: Sequence[Any]) -> Sequence[Hashable]:
        """Where each of them is made. One that was begun stays there; the others are shared out anew at each call.

        States are stepped together only with others of their place; calls for several places go on side by side, and
        at one place there is never more than one. None of `states` is being stepped at this moment.
        """


@runtime_checkable
class Planned(Protocol):
    """What an engine can say besides, when it runs on a device with a memory of its own."""

    def planned(self) -> MemoryPlan:
        """How its weights lie there, or would if they were loaded now. Raises BackendFailed; NotFound, UnreadableFile,
        InvalidRequest naming the file."""


@runtime_checkable
class Telling(Protocol):
    """What an engine can say besides, when a wish may ask it for something that it has no use for."""

    def unheeded(self, request: Request) -> tuple[str, ...]:
        """Members of a wish that it would take, by name, that change nothing in the picture. Loads nothing.

        Raises NotFound, UnreadableFile for its folder.
        """


@dataclass(frozen=True, slots=True)
class Prop:
    """A thing that a scene can show: emoji code points as in `SceneObject`, and its names."""

    concept: str
    name_en: str
    name_zh: str


@runtime_checkable
class SceneEngine(Protocol):
    """What an engine can do besides, when it composes scenes out of things (`Model.describes_scene`)."""

    def describe(self, request: Request) -> Scene:
        """The scene that would be drawn. Raises InvalidRequest as `prepare` does."""

    def prop(self, concept: str) -> Prop | None:
        """The names of a concept, or None where no art draws it."""

    def find(self, words: str, limit: int) -> tuple[Prop, ...]:
        """Things that these words may mean, the closest match first."""

    def drawing(self, concept: str, style: str, colour: str | None, looks: tuple[str, ...] = ()) -> str | None:
        """One thing by itself as an SVG document, `looks` as in `SceneObject.traits`; None for what nothing draws."""


@runtime_checkable
class Mounting(Protocol):
    """What an engine that draws can do for one that paints (`Model.cuts_out`): lay its picture on goods, nails, cloth
    and paper (`Request.sheet`, `nails`, `repeat.view`), and set the words that it cannot spell (`caption`)."""

    def mountable(self, request: Request) -> None:
        """Raises InvalidRequest for what could not be laid out or set, whatever is painted. Draws nothing."""

    def mount(self, request: Request, painting: Picture) -> Picture:
        """What `request` asks for, with the painting on it: RGBA where the thing was cut out of it, RGB where it is
        whole; of a tile, with edges that meet. Raises as `mountable`, BackendFailed."""

    def letters(self, words: str, width: int, height: int, like: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """RGBA of that size: the words alone, in an ink that goes with the pixels `like` them. Raises BackendFailed."""
