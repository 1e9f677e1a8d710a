"""What binds a batch to whoever runs it: which wish is which job, whether to go on, who does the work.

The plain one is for a command line; the workshop's remembers jobs in the database, so that a batch that was cut off
by a crash goes on with the pictures that it has.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from pingxing.errors import Unavailable
from pingxing.store.work import Tick
from pingxing.types import Request

STALLED_S = 900.0  # without a step of the picture that is waited for: longer than any step of any model here
LOOK_AFTER_S = 2.0  # how often it is asked whether anybody works


class Ties:
    """The plain one: remembers nothing, goes on until nothing moves any more."""

    def __init__(self, tend: Callable[[], object] | None = None, stalled_s: float = STALLED_S) -> None:
        """`tend` is called now and then while it waits: a command line takes the work over where a server stopped."""
        self._tend, self._stalled = tend, stalled_s
        self._seen: tuple[str, Tick] | None = None
        self._since = self._tended = time.monotonic()

    def job(self, request: Request) -> str | None:
        """The job that this wish became before."""
        return None

    def admitted(self, request: Request, job: str) -> None:
        """It is this job from now on."""

    def going(self) -> None:
        """Raises what ends the batch: Conflict("cancelled"), Stopping (then what is under way is left under way)."""

    def waited(self, job: str, tick: Tick) -> None:
        """Called while a job is waited for. Raises Unavailable("stalled") where nothing has moved for too long."""
        now = time.monotonic()
        if self._seen != (job, tick):
            self._seen, self._since = (job, tick), now
        if now - self._since > self._stalled:
            raise Unavailable("stalled", job=job, minutes=round(self._stalled / 60))
        if self._tend is not None and now - self._tended > LOOK_AFTER_S:
            self._tended = now
            self._tend()


def name_of(request: Request) -> str:
    """The same for the same wish, after a restart too."""
    return hashlib.sha256(request.model_dump_json().encode()).hexdigest()[:24]
