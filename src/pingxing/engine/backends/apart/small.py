"""Our own models as a child keeps them: small enough to lie there for as long as it lives."""

from __future__ import annotations

from collections.abc import Sequence

from pingxing.engine.backends.diffusion.extras import Extra
from pingxing.engine.backends.own import folder as folders
from pingxing.engine.backends.own.backend import OwnBackend
from pingxing.engine.devices import main_memory
from pingxing.errors import InvalidRequest
from pingxing.types import MemoryPlan

_WORK = 24 << 20  # bytes that a picture's calls take beside the graphs, the enlarger's most of all; measured
_TOGETHER = 16


class SmallBackend(OwnBackend):
    """What `child.Bench` asks of a model besides; there is nothing to plan."""

    beside: tuple[int, ...] | None = None
    device = ""
    limit: int | None = None
    recording = False

    @property
    def loaded(self) -> bool:
        return bool(self._graphs)

    def offer(self, extras: Sequence[Extra]) -> None:
        """Raises InvalidRequest: nothing is added to these models."""
        if extras:
            name = extras[0].addition.name
            raise InvalidRequest("unknown_adapter", member="adapters", value=name, model=self.model.name, known="–")

    def fits(self) -> bool:
        return True

    def planned(self) -> MemoryPlan:
        size, (free, _) = folders.inspect(self._folder).size_bytes, main_memory()
        alone = self.isolation == "exact" or self.facts.precision == "int8"
        return MemoryPlan(
            device="cpu",
            precision=self.facts.precision,
            placing="whole",
            weights_bytes=size,
            resident_bytes=size,
            work_bytes=_WORK,
            free_bytes=free,
            fits=size + _WORK <= free,
            together=1 if alone else _TOGETHER,
            loaded=self.loaded,
        )

    def unload(self) -> None:
        self.close()
