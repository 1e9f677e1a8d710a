"""A child process whose engine is the fake one: it starts in a moment, and dies like a real one.

`python -m tests.fakes.child [LOG [ROOM]]`; a picture with seed 13 ends the process whenever it is stepped.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pingxing.engine.backends.apart.child import Bench, main
from pingxing.engine.backends.fake import FakeBackend, FakeState
from pingxing.types import MemoryPlan

POISON = 13


class Fragile(FakeBackend):
    """What the child asks of a checkpoint, over random mosaics; every loading and unloading is written down."""

    room = 2  # models that fit at once
    here: list[Fragile] = []  # noqa: RUF012

    def __init__(self, model: Any, folder: Path, isolation: str) -> None:
        super().__init__(model.name)
        print("libraries print to where answers go", flush=True)
        self.loaded = False

    def offer(self, extras: Sequence[object]) -> None:
        """Nothing can be added to mosaics."""

    def fits(self) -> bool:
        return len(self.here) < self.room

    def planned(self) -> MemoryPlan:
        free = (self.room - len(self.here)) * 100
        return MemoryPlan("cpu", "fp32", "whole", 100, 100, 10, free, free >= 100, 1, self.loaded)

    def warm(self) -> None:
        if not self.loaded:
            self.loaded = True
            self.here.append(self)
            note(f"load {self.model.name}")

    def unload(self) -> None:
        self.loaded = False
        self.here.remove(self)
        note(f"unload {self.model.name}")

    def step(self, states: Sequence[FakeState]) -> None:
        self.warm()
        if any(state.request.seed == POISON for state in states):
            os._exit(9)
        super().step(states)


def note(words: str) -> None:
    if len(sys.argv) > 1:
        with Path(sys.argv[1]).open("a") as log:
            log.write(words + "\n")


if __name__ == "__main__":
    Fragile.room = int(sys.argv[2]) if len(sys.argv) > 2 else Fragile.room
    main(Bench(Fragile))  # type: ignore[arg-type]
