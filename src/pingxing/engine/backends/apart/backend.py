"""A model that is served by child processes, one for each device, as the scheduler sees it.

When a child dies, everything that was under way in it begins again in the next one or at another device, from the
same seeds, so the pictures are the same. Whoever was in the step that killed it is stepped alone from then on: a
picture that goes on killing children, alone, is an error; the others that stood beside it come to their end.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from pingxing.engine.backends.apart import wire
from pingxing.engine.backends.apart.hall import Hall
from pingxing.engine.backends.apart.workshop import Died, Replaced, Workshop
from pingxing.engine.backends.diffusion import checkpoint
from pingxing.engine.backends.diffusion.backend import Isolation
from pingxing.engine.backends.diffusion.extras import NOT_ASKED, Asked, Extra
from pingxing.engine.base import NOTHING, Inputs
from pingxing.errors import BackendFailed
from pingxing.types import MemoryPlan, Model, Picture, Request

_DEATHS = 3  # of children that a picture may have been held by before it is given up
_NUMBERS = itertools.count(1)


@dataclass(slots=True, eq=False, weakref_slot=True)
class ApartState:
    number: int
    request: Request
    inputs: Inputs
    shape: Hashable
    steps: int
    step: int = 0
    life: int = 0  # of the child in which it was begun
    deaths: int = 0
    extras: tuple[Extra, ...] = ()
    place: Workshop | None = None  # whose child makes it

    @property
    def left(self) -> int:
        return (self.steps - self.step) * self.request.width * self.request.height


class Known(Protocol):
    """What is asked of a model's folder here, without loading anything."""

    @property
    def samplers(self) -> tuple[str, ...]: ...

    def prepare(self, request: Request, inputs: Inputs = NOTHING) -> Any: ...

    def unheeded(self, request: Request) -> tuple[str, ...]: ...


class ApartBackend:
    """`prepare` asks here, without loading anything, what the folder can do; all the rest is a child's."""

    def __init__(
        self,
        model: Model,
        folder: Path,
        isolation: Isolation,
        hall: Hall,
        extras: Callable[[], Iterable[Extra]] = tuple,
        known: Known | None = None,
    ) -> None:
        """`extras()` tells what may be added to the model at this moment; `known` knows its folder, and None is a
        checkpoint's."""
        self._card, self._extras = model, extras
        self._folder, self._isolation, self._hall = folder, isolation, hall
        self._known: Known = known or checkpoint(model, folder, isolation, extras)
        self._planned: MemoryPlan | None = None  # as the child said last
        hall.enter()

    @property
    def parallel(self) -> int:
        """One call for each device; more, once the first child has told of further ones."""
        return len(self._hall.workshops)

    @property
    def model(self) -> Model:
        here = self._card.name in self._hall.loaded
        plan = None if self._planned is None else replace(self._planned, loaded=here)
        return replace(self._card, additions=tuple(extra.addition for extra in self._extras()), plan=plan)

    @property
    def samplers(self) -> tuple[str, ...]:
        return self._known.samplers

    def prepare(self, request: Request, inputs: Inputs = NOTHING) -> ApartState:
        """Raises InvalidRequest naming the member; NotFound, UnreadableFile naming the file."""
        seen = self._known.prepare(request, inputs)
        asked: Asked = getattr(seen, "asked", NOT_ASKED)
        wanted = (*(extra for extra, _ in asked.adapters), *asked.embeddings)
        return ApartState(next(_NUMBERS), request, inputs, seen.shape, seen.steps, extras=wanted)

    def unheeded(self, request: Request) -> tuple[str, ...]:
        return self._known.unheeded(request)

    def places(self, states: Sequence[ApartState]) -> list[Hashable]:
        self._hall.share(self._card.name, states)
        return [state.place for state in states]

    def step(self, states: Sequence[ApartState]) -> None:
        """Waits for the device's room where other models hold it. Raises BackendFailed for a picture in whose steps
        three children died, and what the child raises."""
        floor, name = self._place(states).floor, self._card.name
        going_on = any(_under_way(state) for state in states)
        if (going_on or not floor.wanted(name)) and self._stepped(states):
            return
        floor.stand(name)  # no room, or all new while others wait already
        try:
            while not (floor.first(name) and self._stepped(states)):
                floor.wait(name)
        finally:
            floor.left(name)

    def _stepped(self, states: Sequence[ApartState]) -> bool:
        """False where the child has no room for the model."""
        workshop = self._place(states)
        try:
            life = self._begin(workshop, states)
            answer, _ = workshop.call({"do": "step", "ids": [state.number for state in states]}, life=life)
        except Replaced:
            return True  # another model found the child dead and started the next one: begun again at the next turn
        except Died as error:
            self._mourn(states, error)
            return True
        if "full" in answer:
            return False
        workshop.floor.came(self._card.name)
        self._planned = _plan(answer) or self._planned
        for state, (step, steps) in zip(states, answer["steps"], strict=True):
            state.step, state.steps = step, steps
        return True

    def _place(self, states: Sequence[ApartState]) -> Workshop:
        """Where these, who are stepped together, are made."""
        first = states[0]
        if first.place is None:
            self._hall.share(self._card.name, states[:1])
        if first.place is None:
            raise RuntimeError("a hall without a workshop")
        for state in states:
            state.place = state.place or first.place
        return first.place

    @property
    def draining(self) -> bool:
        return self._hall.wanted(self._card.name)

    def planned(self) -> MemoryPlan:
        """How it lies on the device, or would if it were loaded now; starts the child where there is none.

        Raises BackendFailed, and what looking at the folder raises.
        """
        try:
            answer, _ = self._hall.home(self._card.name).call({"do": "plan", **self._naming()})
        except Died as error:
            raise BackendFailed("engine", problem="died") from error
        self._planned = _plan(answer)
        if self._planned is None:
            raise BackendFailed("engine", problem="no plan")
        return self._planned

    def finish(self, state: ApartState) -> Picture:
        workshop = self._place([state])
        while True:
            try:
                while state.life != workshop.start() or state.step < state.steps:
                    self.step([state])  # the child that held it has gone: once more, the same way
                answer, blobs = workshop.call({"do": "finish", "id": state.number}, life=state.life)
            except Replaced:
                continue
            except Died as error:
                self._mourn([state], error)
                continue
            made = wire.picture(answer["shape"], blobs[0])
            if made is None:
                raise BackendFailed("engine", problem="no picture")
            return made

    def preview(self, state: ApartState) -> Picture | None:
        workshop = state.place
        if workshop is None or state.life == 0 or state.life != workshop.life:
            return None
        try:
            answer, blobs = workshop.call({"do": "preview", "id": state.number}, life=state.life)
        except Died:
            return None  # the next step begins it again
        return wire.picture(answer["shape"], blobs[0])

    def warm(self) -> None:
        try:
            self._hall.home(self._card.name).call({"do": "warm", **self._naming()})
        except Died as error:
            raise BackendFailed("engine", problem="died") from error

    def close(self) -> None:
        self._hall.leave()

    def _begin(self, workshop: Workshop, states: Sequence[ApartState]) -> int:
        """The life of the child that holds them all now. Raises Died."""
        life = workshop.start()
        for state in states:
            if state.life == life:
                continue
            given = (state.inputs.init, state.inputs.mask)
            head: dict[str, Any] = {
                "do": "begin",
                "id": state.number,
                "request": state.request.model_dump_json(),
                "inputs": [wire.shape(one) for one in given],
                "extras": [extra.told() for extra in state.extras],
                **self._naming(),
            }
            workshop.call(head, [wire.pixels(one) for one in given], life=life)
            state.life, state.step = life, 0
            weakref.finalize(state, workshop.drop, state.number)
        return life

    def _mourn(self, states: Sequence[ApartState], error: Died) -> None:
        for state in states:
            state.deaths += 1
            state.step = state.life = 0
            state.shape = (state.shape, state.number)  # alone from now on
        if len(states) == 1 and states[0].deaths >= _DEATHS:
            raise BackendFailed("engine", problem="died") from error

    def _naming(self) -> dict[str, Any]:
        card = asdict(replace(self._card, plan=None))
        card["formats"] = [form.value for form in self._card.formats]
        beside = [extra.addition.values for extra in self._extras() if extra.addition.kind == "adapter"]
        return {"model": card, "folder": str(self._folder), "isolation": self._isolation, "beside": beside}


def _under_way(state: ApartState) -> bool:
    return state.place is not None and state.step > 0 and state.life == state.place.life


def _plan(answer: dict[str, Any]) -> MemoryPlan | None:
    return MemoryPlan(**answer["plan"]) if "plan" in answer else None
