"""All devices that checkpoints run on: a workshop for each, and at which of them a picture is made.

    hall = Hall.of(["cuda:0", "cuda:1"], memory=None)
    hall.share("sdxl", states)      each state that was not begun has a place now

A picture goes to the least loaded of the workshops that have its model. One that has not got it comes into question
where none has it, or where it has nothing at all to do and all that have it are at work: a second copy is loaded there.
Whatever was not begun is shared out anew each time, so that nobody waits at one device while another one is idle; what
was begun stays with the child that holds it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from pingxing.engine.backends.apart.floor import STAY_S
from pingxing.engine.backends.apart.workshop import Work, Workshop


class Placed(Work, Protocol):
    """A picture in the making, as far as its place is concerned."""

    place: Workshop | None
    life: int  # of the child at that place in which it was begun; 0: not begun


_T = TypeVar("_T", bound=Placed)


class Hall:
    """Thread-safe."""

    def __init__(self, workshops: Sequence[Workshop], make: Callable[[str], Workshop] | None = None) -> None:
        """`make` builds the workshop of a further device, once the first child has told that there is one."""
        self._workshops, self._make = tuple(workshops), make
        self._lock = threading.Lock()
        self._users = 0

    @classmethod
    def of(
        cls, devices: Sequence[str] = (), memory: int | None = None, stay_s: float = STAY_S, *, recording: bool = False
    ) -> Hall:
        """`devices` as torch names them; none: every accelerator, or the CPU where there is none. `memory`: bytes of
        each that all models there together may take. `recording`: whether calls are recorded where a device can."""
        if not devices:
            return cls(
                [Workshop(memory=memory, stay_s=stay_s, recording=recording)],
                lambda device: Workshop(memory=memory, stay_s=stay_s, device=device, recording=recording),
            )
        cores = sum(device == "cpu" for device in devices)
        threads = max(1, (os.cpu_count() or 1) // cores) if cores > 1 else 0  # they share them, and do not fight
        return cls(
            [
                Workshop(
                    memory=memory,
                    stay_s=stay_s,
                    device=device,
                    threads=threads if device == "cpu" else 0,
                    recording=recording,
                )
                for device in devices
            ]
        )

    @property
    def workshops(self) -> tuple[Workshop, ...]:
        if self._make is not None and (others := self._workshops[0].others):
            with self._lock:
                if self._make is not None:
                    added = tuple(self._make(device) for device in others)
                    for workshop in added:
                        for _ in range(self._users):
                            workshop.enter()
                    self._workshops, self._make = (*self._workshops, *added), None
        return self._workshops

    @property
    def loaded(self) -> frozenset[str]:
        """Names of the models that lie on some device."""
        return frozenset[str]().union(*(workshop.loaded for workshop in self._workshops))

    def wanted(self, name: str) -> bool:
        """Whether at every place another model waits for the room of this one."""
        return all(workshop.floor.wanted(name) for workshop in self._workshops)

    def share(self, name: str, states: Sequence[_T]) -> None:
        """Give those a place that were not begun, in their order."""
        workshops = self.workshops
        if len(workshops) == 1:
            for state in states:
                state.place = workshops[0]
            return
        with self._lock:
            free = [state for state in states if not _begun(state)]
            for state in free:
                if state.place is not None:
                    state.place.let_go(state)
            for state in free:
                state.place, state.life = _best(name, workshops), 0
                state.place.take_on(name, state)

    def home(self, name: str) -> Workshop:
        """Where a model lies already, or would be loaded now."""
        return _best(name, self.workshops)

    def enter(self) -> None:
        """One more model is served here."""
        with self._lock:
            self._users += 1
            workshops = self._workshops
        for workshop in workshops:
            workshop.enter()

    def leave(self) -> None:
        """One model less; with the last one the children end."""
        with self._lock:
            self._users -= 1
            workshops = self._workshops
        for workshop in workshops:  # outside the lock: one whose child is at work waits for its answer
            workshop.leave()


def _begun(state: Placed) -> bool:
    return state.place is not None and state.life != 0 and state.life == state.place.life


def _best(name: str, workshops: Sequence[Workshop]) -> Workshop:
    """Of equals the first, so that the same wishes find the same places."""
    open_to_it = [workshop for workshop in workshops if not workshop.floor.wanted(name)] or list(workshops)
    having = [workshop for workshop in open_to_it if workshop.has(name)]
    nearest = min(having or open_to_it, key=lambda workshop: workshop.load)
    if having and nearest.load:
        return next((workshop for workshop in open_to_it if not workshop.load), nearest)
    return nearest
