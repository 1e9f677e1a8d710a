"""Pictures that a page lends to one job, and deletes when that job has ended: as the API does with what is sent along.

What somebody chose to keep (an upload made before) is never touched here. After a restart nobody remembers who was
lent what; such an upload goes when its time is over, as all do.
"""

from __future__ import annotations

from contextlib import suppress
from threading import Lock

from pingxing import uploads
from pingxing.bootstrap import App
from pingxing.errors import NotFound
from pingxing.types import Actor, JobState


class Lending:
    """Thread-safe. `note` when a job was admitted; `settle` whenever its account comes by."""

    def __init__(self) -> None:
        self._lent: dict[str, dict[str, tuple[str, ...]]] = {}  # account -> job -> uploads
        self._lock = Lock()

    def note(self, account: str, job_id: str, lent: tuple[str, ...]) -> None:
        if lent:
            with self._lock:
                self._lent.setdefault(account, {})[job_id] = lent

    def settle(self, app: App, actor: Actor) -> None:
        """Delete what the ended jobs of this account were lent. Of a refused one it stays until it expires: a person
        may allow the wish on appeal."""
        with self._lock:
            waiting = dict(self._lent.get(actor.account, {}))
        for job_id, lent in waiting.items():
            state = app.desk.job(actor, job_id).job.state
            if not state.final:
                continue
            if state is not JobState.REFUSED:
                drop(app, actor, lent)
            with self._lock:
                self._lent[actor.account].pop(job_id, None)


def drop(app: App, actor: Actor, lent: tuple[str, ...]) -> None:
    for upload_id in lent:
        with suppress(NotFound):  # its time was over before
            uploads.delete(app, actor, upload_id)
