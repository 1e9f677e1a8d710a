"""What a running job tells the database: how far it is, a preview, and at its end how many steps were really run."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from pingxing.house import House
from pingxing.press import Labelled, issue, markable, press
from pingxing.store.store import Tx
from pingxing.types import Actor, Job, Picture

_NEWS_EVERY_S = 0.3  # how often a running job's progress is written down


class News:
    """Writes progress down where any process can read it, and learns there of a cancel. Once around each run:

        with News(house, job, actor) as news:
            pictures = house.scheduler.run(job.request, news, news.cancelled, ...)

    Where the run does not come to its end, the steps that it took are written down before anybody hears why; where
    the job was ended meanwhile (cancelled), its charge is settled again, since the last steps were run after that.
    """

    def __init__(self, house: House, job: Job, actor: Actor) -> None:
        self._house, self._job, self._actor = house, job, actor
        self._last = time.monotonic()
        self._step = self._steps = 0
        self.cancelled = threading.Event()

    def __enter__(self) -> News:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            with self._house.store.begin() as tx:
                job = tx.work.get(self._job.id, lock=True)
                self.note(tx)
                if job.state.final:
                    tx.charges.settle(job.id)

    def __call__(self, step: int, steps: int, preview: Picture | None) -> None:
        self._step, self._steps = step, steps
        if preview is None and time.monotonic() - self._last < _NEWS_EVERY_S:
            return
        self._last = time.monotonic()
        house, job = self._house, self._job
        shown: list[Labelled] = []
        if preview is not None and markable(preview) and house.look(job, preview).allows:
            shown.append(press(house, job, self._actor, preview, 0, preview=step + 1))
        with house.store.begin() as tx:
            if tx.work.get(job.id, lock=True).state.final:
                self.cancelled.set()
                return
            if shown and not tx.work.has_receipt(shown[0].receipt):  # a run before a crash may have shown it
                issue(house, tx, job, shown, "preview", step)
                tx.work.update(job.id, preview=shown[0].receipt)
            self.note(tx)

    def note(self, tx: Tx) -> None:
        """How far it has come, in the caller's transaction."""
        tx.work.update(self._job.id, step=self._step, steps=self._steps)
