"""Compute where an engine process computes: in its main thread.

Checkpoints are served by a process of their own that does one thing after the other in its main thread. Called from
another thread, OpenMP (libgomp) takes the idle main thread for one that computes, believes that there are more threads
than cores, and lets its helpers sleep between any two operations: on two cores small products took twice as long. So
the bench, which keeps us and our peers in one process, lets the main thread serve the scheduler's calls too.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from pingxing.engine.backends.diffusion.backend import DiffusionBackend

_COMPUTES = frozenset({"prepare", "step", "preview", "finish", "warm"})
_Call = tuple[Future[Any], Callable[[], Any]]


class OnMain:
    """A backend whose computing is done by whoever is in `serve`; everything else of it is its own."""

    def __init__(self, backend: DiffusionBackend) -> None:
        self._backend = backend
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._backend, name)
        return self._handed(found) if name in _COMPUTES else found

    def _handed(self, do: Callable[..., Any]) -> Callable[..., Any]:
        def hand(*given: Any, **named: Any) -> Any:
            answer: Future[Any] = Future()
            self._calls.put((answer, lambda: do(*given, **named)))
            return answer.result()

        return hand

    def serve(self, people: Sequence[threading.Thread]) -> None:
        """Start them all and compute what they wait for, until none of them is left."""

        def wait() -> None:
            for person in people:
                person.join()
            self._calls.put(None)

        for person in people:
            person.start()
        waiting = threading.Thread(target=wait)
        waiting.start()
        while (call := self._calls.get()) is not None:
            answer, do = call
            try:
                answer.set_result(do())
            except BaseException as error:  # noqa: BLE001 - whoever asked is told
                answer.set_exception(error)
        waiting.join()
