"""Many wishes by the one way: admitted a few ahead, so that other people's stand between them; handed on in order."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from pingxing import flow
from pingxing.desk import Desk
from pingxing.errors import Conflict, Overloaded, PingxingError, Refused, Stopping, by_code
from pingxing.house import House
from pingxing.makers.ties import Ties
from pingxing.types import Actor, JobState, Receipt, Request, Verdict

AHEAD = 6  # wishes of one batch under way at once
_LOOK_EVERY_S, _LOOK_LATER_S = 0.02, 0.1  # the longer one waits, the less a little longer is felt, and a look costs
_PATIENCE_S = 5.0  # between two tries to be admitted, whatever the queue says

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Made(Generic[Key]):
    key: Key
    receipt: Receipt
    data: bytes


@dataclass(frozen=True, slots=True)
class Failed(Generic[Key]):
    """A wish that did not become a picture, and why; the others go on."""

    key: Key
    error: PingxingError


def make(
    house: House, desk: Desk, actor: Actor, wishes: Iterable[tuple[Key, Request]], ties: Ties | None = None
) -> Iterator[Made[Key] | Failed[Key]]:
    """One answer for each wish, in their order, each as soon as it is there.

    Whoever stops listening (closes the generator, or is interrupted) cancels what is under way; what was handed on
    stays, and where the house is stopping, everything does. Raises what admission raises, but for Refused, and for a
    full queue, which is waited for; and as `ties` do.
    """
    ties = ties or Ties()
    left = iter(wishes)
    under_way: deque[tuple[Key, str | PingxingError]] = deque()
    try:
        while True:
            while len(under_way) < AHEAD and (wish := next(left, None)) is not None:
                key, request = wish
                under_way.append((key, _admitted(house, actor, request, ties)))
            if not under_way:
                return
            key, job = under_way[0]
            answer = Failed(key, job) if isinstance(job, PingxingError) else _ended(house, desk, actor, key, job, ties)
            under_way.popleft()
            yield answer
    except Stopping:
        under_way.clear()  # taken up again at the next start, as they are
        raise
    finally:
        for _, job in under_way:
            if isinstance(job, str):
                _let_go(house, actor, job)


def _admitted(house: House, actor: Actor, request: Request, ties: Ties) -> str | PingxingError:
    if (known := ties.job(request)) is not None:
        return known
    while True:
        ties.going()
        try:
            job = flow.admit(house, actor, request).id
            ties.admitted(request, job)
            return job
        except Refused as refused:
            if refused.job:  # after a kill it is not put before the rules, and on record, once more
                ties.admitted(request, refused.job)
            return refused
        except Overloaded as full:
            if full.reason == "steps":  # the day's allowance is used up: that is said, not waited for
                raise
            time.sleep(min(_PATIENCE_S, full.retry_after))


def _ended(house: House, desk: Desk, actor: Actor, key: Key, job_id: str, ties: Ties) -> Made[Key] | Failed[Key]:
    began = time.monotonic()
    while True:
        with house.store.read() as tx:
            tick = tx.work.ticks([job_id])[job_id]
        if tick.state.final:
            break
        ties.going()
        ties.waited(job_id, tick)
        time.sleep(min(_LOOK_LATER_S, max(_LOOK_EVERY_S, (time.monotonic() - began) / 20)))
    view = desk.job(actor, job_id)
    if view.job.state is JobState.DELIVERED:
        receipt = view.receipts[0]
        return Made(key, receipt, flow.release(house, actor, receipt.id).data)
    if view.job.state is JobState.REFUSED:
        return Failed(key, Refused(view.job.verdict or Verdict("block"), job_id))
    if view.job.state is JobState.CANCELLED:
        return Failed(key, Conflict("cancelled"))
    return Failed(key, by_code(view.job.error or ""))


def _let_go(house: House, actor: Actor, job_id: str) -> None:
    try:
        flow.cancel(house, actor, job_id)
    except Conflict:
        return  # it ended by itself in the meantime
