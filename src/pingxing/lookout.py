"""One pair of eyes for everybody who waits: a single query a moment, however many watch however many jobs."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Literal

from pingxing.store.store import Store
from pingxing.types import JobState, Progress

_LOOK_EVERY_S = 0.08

EventKind = Literal["queued", "progress", "done", "refused", "failed", "cancelled"]
_EVENTS: dict[JobState, EventKind] = {
    JobState.QUEUED: "queued",
    JobState.RUNNING: "progress",
    JobState.DELIVERED: "done",
    JobState.REFUSED: "refused",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}


class Lookout:
    """Belongs to one event loop; looks only while somebody watches."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._watchers: dict[str, set[asyncio.Queue[Progress | Exception]]] = defaultdict(set)
        self._looking: asyncio.Task[None] | None = None

    async def follow(self, job_id: str) -> AsyncIterator[Progress]:
        """Present state and changes of one job, up to its final one. Raises StorageFailed."""
        news: asyncio.Queue[Progress | Exception] = asyncio.Queue()
        self._watchers[job_id].add(news)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        last: Progress | None = None
        try:
            while last is None or last.kind in ("queued", "progress"):
                item = await news.get()
                if isinstance(item, Exception):
                    raise item
                if item != last:
                    yield item
                last = item
        finally:
            self._watchers[job_id].discard(news)
            if not self._watchers[job_id]:
                del self._watchers[job_id]

    async def _look(self) -> None:
        while self._watchers:
            watched = tuple(self._watchers)
            try:
                found = await asyncio.to_thread(self._read, watched)
            except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
                for queue in [queue for queues in self._watchers.values() for queue in queues]:
                    queue.put_nowait(error)
                return
            for progress in found:
                for queue in self._watchers.get(progress.job, ()):
                    queue.put_nowait(progress)
            await asyncio.sleep(_LOOK_EVERY_S)

    def _read(self, watched: tuple[str, ...]) -> list[Progress]:
        with self._store.read() as tx:
            ticks = tx.work.ticks(watched)
            places = tx.work.places() if any(t.state is JobState.QUEUED for t in ticks.values()) else {}
        return [
            Progress(job_id, _EVENTS[tick.state], tick.step, tick.steps, places.get(job_id, 0), tick.preview)
            for job_id, tick in ticks.items()
        ]
