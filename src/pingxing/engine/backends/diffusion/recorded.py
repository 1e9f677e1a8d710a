"""Calls of a network that are recorded once and played again, where a device waits for Python and not for arithmetic.

A U-Net on small pictures is a thousand short kernels, and an accelerator of today has run each before the next one is
asked for. A recording (a CUDA graph) asks for all of them at once. It holds for the very shapes that it was made with,
so there is one for each number of rows and size, made when that has come back a few times; the ones that were not
played for longest go first. Rows of large pictures keep a device busy by themselves, and are not recorded.
"""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

log = logging.getLogger(__name__)
AFTER = 3  # times that a shape was seen: recording costs about as many calls
MOST = 16  # recordings
PLACES = 8 * 64 * 64  # of the latents, all rows together; above, arithmetic takes longer than asking for it

Replay = Callable[[], None]
Record = Callable[[Callable[[], "Tensor"]], tuple[Replay, "Tensor"]]
"""Runs a call once, and gives what runs it again on what its inputs hold then, and the tensor that it writes to."""


@dataclass(frozen=True, slots=True)
class _Recorded:
    given: tuple[Tensor, ...]  # what the recording reads
    replay: Replay
    made: Tensor  # what it writes


class Recordings:
    """Of one network, whose `forward` gives a tuple with one tensor. Not thread-safe: one call at a time, as steps are.

    Nothing is recorded or played outside `played()`.
    """

    def __init__(self, network: Any, record: Record) -> None:
        self._plain, self._record = network.forward, record
        self._seen = Counter[Hashable]()
        self._kept: OrderedDict[Hashable, _Recorded] = OrderedDict()
        self._playing = self._failed = False
        network.forward = self._forward

    @contextmanager
    def played(self, wanted: bool) -> Iterator[None]:
        """Within, calls may be recorded and played, where that is `wanted`."""
        self._playing = wanted and not self._failed
        try:
            yield
        finally:
            self._playing = False

    def __len__(self) -> int:
        return len(self._kept)

    def _forward(self, *given: Any, **named: Any) -> Any:
        if not self._playing or named.get("return_dict") is not False:
            return self._plain(*given, **named)
        tensors, key = _told(given, named)
        if key not in self._kept:
            self._seen[key] += 1
            if self._seen[key] <= AFTER or not self._recorded(key, given, named):
                return self._plain(*given, **named)
        found = self._kept[key]
        self._kept.move_to_end(key)
        for mine, theirs in zip(found.given, tensors, strict=True):
            mine.copy_(theirs)
        found.replay()
        return (found.made.clone(),)

    def _recorded(self, key: Hashable, given: tuple[Any, ...], named: dict[str, Any]) -> bool:
        """Whether it could be; where not, nothing of this network is recorded any more."""
        kept: list[Tensor] = []

        def own(tensor: Tensor) -> Tensor:
            kept.append(tensor.clone())
            return kept[-1]

        mine = tuple(_mapped(one, own) for one in given)
        mine_named = {name: _mapped(one, own) for name, one in named.items()}
        try:
            replay, made = self._record(lambda: self._plain(*mine, **mine_named)[0])
        except RuntimeError as error:
            log.warning("calls cannot be recorded: %s", str(error).partition("\n")[0][:200])
            self._failed, self._playing = True, False
            self._kept.clear()
            return False
        self._kept[key] = _Recorded(tuple(kept), replay, made)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return True


def on_cuda() -> Record:
    """Into memory that all recordings of one network share: only one of them is played at a time."""
    import torch

    pool = torch.cuda.graph_pool_handle()

    def record(call: Callable[[], Tensor]) -> tuple[Replay, Tensor]:
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):  # libraries settle what they do on their first calls
            for _ in range(2):
                call()
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=pool, capture_error_mode="thread_local"):
            made = call()
        return graph.replay, made

    return record


def _told(given: tuple[Any, ...], named: Mapping[str, Any]) -> tuple[list[Tensor], Hashable]:
    """All tensors in their order, and what a recording must agree in."""
    tensors: list[Tensor] = []

    def heard(tensor: Tensor) -> tuple[Any, ...]:
        tensors.append(tensor)
        return tuple(tensor.shape), tensor.dtype

    facts = tuple((name, repr(_mapped(one, heard))) for name, one in (*enumerate(given), *named.items()))
    return tensors, facts


def _mapped(value: Any, change: Callable[[Tensor], Any]) -> Any:
    """With each tensor changed, also of a mapping."""
    import torch

    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _mapped(one, change) for name, one in value.items()}
    return value
