"""Adapters and embeddings of one loaded pipeline: loaded when a request asks for them, in force for its rows alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from pingxing.engine.backends.diffusion.adapters import Applied, Beside, Fitted, fitted
from pingxing.engine.backends.diffusion.embeddings import Reading
from pingxing.engine.backends.diffusion.extras import Asked, Extra, digest
from pingxing.engine.backends.diffusion.folder import Checkpoint
from pingxing.engine.backends.diffusion.memory import ADAPTERS_KEPT
from pingxing.errors import Integrity, NotFound

if TYPE_CHECKING:
    import torch


class Additions:
    def __init__(self, checkpoint: Checkpoint, pipeline: Any, device: torch.device, dtype: torch.dtype) -> None:
        self._checkpoint, self._device, self._dtype = checkpoint, device, dtype
        self._beside, self._reading = Beside(pipeline), Reading(checkpoint, pipeline)
        self._kept: OrderedDict[str, Fitted] = OrderedDict()  # by digest; the one that was used last stands last

    def applied(self, asked: Asked) -> Applied:
        """Raises Integrity where a file is no longer what was added, NotFound where it has gone."""
        for extra in asked.embeddings:
            _unchanged(extra)
        return tuple((self._adapter(extra), weight) for extra, weight in asked.weighed)

    def over(self, rows: Sequence[Applied]) -> AbstractContextManager[None]:
        """In this call of the network, row i takes the adapters `rows[i]`."""
        return self._beside.over(rows)

    @contextmanager
    def reading(self, asked: Asked, applied: Applied) -> Iterator[Callable[[str], str]]:
        """While one request's words are read, or its pipeline runs: what every prompt must be spelled like."""
        with self._beside.everywhere(applied), self._reading.of(asked.embeddings) as spelling:
            yield spelling.spelled

    def _adapter(self, extra: Extra) -> Fitted:
        key = extra.addition.sha256
        if key not in self._kept:
            _unchanged(extra)
            self._kept[key] = fitted(self._checkpoint, extra.path).to(self._device, self._dtype)
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and sum(one.size_bytes for one in self._kept.values()) > ADAPTERS_KEPT:
            self._kept.popitem(last=False)
        return self._kept[key]


def _unchanged(extra: Extra) -> None:
    if not extra.path.is_file():
        raise NotFound("model_file", file=extra.path.name, path=extra.path.parent)
    if digest(extra.path) != extra.addition.sha256:
        raise Integrity("model_changed", model=extra.addition.name)
