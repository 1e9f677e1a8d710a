"""The scheduler owns time: pictures of one model whose shapes agree share each step, whoever asked for it.

Requests join and leave between steps. A picture's bytes do not depend on its company: seeds, states
and the order of steps are its own, and a backend may not carry anything from one state to another.

Turns are fair by construction: whoever was stepped goes to the back of the line, so a long picture cannot keep a short
one waiting for more than a step; and accounts that wait side by side get steps by their weights, however many pictures
each has asked for (`shares`). Whose deadline has passed is dropped before its next step.

Where a backend has several devices, its lane steps at all of them side by side, at each one group at a time.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from pingxing.engine import cutting
from pingxing.engine.base import NOTHING, Backend, Inputs, Mounting, Spread
from pingxing.engine.moving import moved
from pingxing.engine.registry import Registry
from pingxing.engine.shares import Shares, Terms
from pingxing.engine.weaving import woven
from pingxing.errors import Conflict, DeadlinePassed, PingxingError, Stopping
from pingxing.types import Picture, Request

PREVIEW_EVERY_S = 1.0
PREVIEW_PIXELS = 2_048 * 2_048  # a one-step picture this large shows a preview before it is drawn

# step, steps and sometimes a preview, of the whole request; called on the thread that called `run`,
# so that labelling a preview holds up nobody else's steps.
OnStep = Callable[[int, int, Picture | None], None]
ANYBODY = Terms()


@dataclass(slots=True, eq=False)
class _Ticket:
    """One picture in the making, and whom to tell."""

    request: Request
    state: Any
    news: SimpleQueue[Picture | None]  # one item a step; the preview, where there is one
    cancelled: threading.Event
    previewed_at: float
    terms: Terms = ANYBODY
    done: Future[Picture] = field(default_factory=Future)

    @property
    def work(self) -> int:
        return self.request.width * self.request.height


class Scheduler:
    """Runs pictures on the registry's backends. Thread-safe; call `close()` to end its threads."""

    def __init__(self, registry: Registry, *, batch: int = 16) -> None:
        self._registry, self._batch = registry, batch
        self._lanes: dict[str, _Lane] = {}
        self._lock = threading.Lock()
        self._closed = False

    def run(
        self,
        request: Request,
        on_step: OnStep,
        cancelled: threading.Event,
        inputs: Inputs = NOTHING,
        terms: Terms = ANYBODY,
    ) -> list[Picture]:
        """The pictures of a complete request, in order; blocks until all are ready, or have ended otherwise.

        However it ends, `on_step` has heard of every step that was run. Raises what the backend raises (BackendFailed,
        InvalidRequest), Conflict("cancelled") when `cancelled` is set between two steps, DeadlinePassed, Stopping when
        the scheduler is closed.
        """
        backend = self._registry.backend(request.model)
        now, news = time.monotonic(), SimpleQueue[Picture | None]()
        asked = cutting.drawn(request, backend.model)
        states = [(wish, backend.prepare(wish, inputs)) for wish in asked.each()]
        tickets = [_Ticket(wish, state, news, cancelled, now, terms) for wish, state in states]
        for ticket in tickets:
            ticket.done.add_done_callback(lambda _: news.put(None))
        steps = sum(ticket.state.steps for ticket in tickets)
        self._lane(request.model, backend).put(tickets)
        while not all(ticket.done.done() for ticket in tickets):
            preview = news.get()
            on_step(sum(ticket.state.step for ticket in tickets), steps, preview)
        on_step(sum(ticket.state.step for ticket in tickets), steps, None)
        mounting = self._registry.mounting() if cutting.mounts(request, backend.model) else None
        made = zip(tickets, request.each(), strict=True)
        return [_finished(ticket.done.result(), wish, mounting) for ticket, wish in made]

    def _lane(self, model: str, backend: Backend) -> _Lane:
        with self._lock:
            if self._closed:
                raise Stopping()
            if model not in self._lanes:
                self._lanes[model] = _Lane(model, backend, self._batch)
            return self._lanes[model]

    def close(self) -> None:
        with self._lock:
            self._closed = True
            lanes = list(self._lanes.values())
        for lane in lanes:
            lane.close()


class _Lane:
    """All pictures of one backend: as many threads as the backend can use side by side, one turn each."""

    def __init__(self, name: str, backend: Backend, batch: int) -> None:
        self._name, self._backend, self._batch = name, backend, batch
        self._spread = backend if isinstance(backend, Spread) else None
        self._occupied: set[Hashable] = set()  # places where a group is being stepped
        self._ready: deque[_Ticket] = deque()  # who has waited longest for a turn stands first
        self._stepped = Counter[str]()  # pictures of each account that are being stepped now
        self._shares = Shares()
        self._wake = threading.Condition()
        self._closing = False
        self._threads: list[threading.Thread] = []
        with self._wake:
            self._grow()

    def _grow(self) -> None:
        """As many threads as the backend can use now. With the lock held."""
        while len(self._threads) < self._backend.parallel:
            name = f"engine-{self._name}-{len(self._threads)}"
            self._threads.append(threading.Thread(target=self._run, name=name, daemon=True))
            self._threads[-1].start()

    def put(self, tickets: Iterable[_Ticket]) -> None:
        with self._wake:
            if self._closing:
                raise Stopping()
            self._ready.extend(tickets)
            self._wake.notify_all()

    def close(self) -> None:
        with self._wake:
            self._closing = True
            for ticket in self._ready:
                ticket.done.set_exception(Stopping())
            self._ready.clear()
            self._wake.notify_all()
            threads = list(self._threads)
        for thread in threads:
            thread.join()

    def _run(self) -> None:
        while turn := self._next():
            group, place = turn
            self._advance(group)
            unfinished = [ticket for ticket in group if not ticket.done.done()]
            with self._wake:
                self._occupied.discard(place)
                self._stepped -= Counter(ticket.terms.account for ticket in group)
                if self._closing:
                    for ticket in unfinished:
                        ticket.done.set_exception(Stopping())
                    return
                self._ready.extend(unfinished)
                if self._spread is not None:
                    self._grow()
                    self._wake.notify_all()  # whoever found only occupied places looks again

    def _next(self) -> tuple[list[_Ticket], Hashable] | None:
        """The ticket whose turn it is and others of its shape and place, taken out of the queue, and that place; None
        when closing."""
        with self._wake:
            while not self._closing:
                if self._wanted() and (turn := self._turn()) is not None:
                    return turn
                self._wake.wait()
            return None

    def _turn(self) -> tuple[list[_Ticket], Hashable] | None:
        """As `_next`; None where all who wait are made at places that are occupied."""
        line = self._shares.line(self._ready, self._stepped)
        if self._backend.draining:
            line = [ticket for ticket in line if ticket.state.step > 0] or line
        free = [(ticket, place) for ticket, place in self._placed(line) if place not in self._occupied]
        if not free:
            return None
        first, there = free[0]
        shape = first.state.shape
        group = [ticket for ticket, place in free if place == there and ticket.state.shape == shape][: self._batch]
        for ticket in group:
            self._ready.remove(ticket)
        self._shares.take(group)
        self._stepped.update(ticket.terms.account for ticket in group)
        if self._spread is not None:
            self._occupied.add(there)
        return group, there

    def _placed(self, line: Sequence[_Ticket]) -> list[tuple[_Ticket, Hashable]]:
        if self._spread is None:
            return [(ticket, None) for ticket in line]
        return list(zip(line, self._spread.places([ticket.state for ticket in line]), strict=True))

    def _wanted(self) -> bool:
        """Whether anybody is ready. Whom nobody waits for any more leaves the line here, and not only at its turn."""
        self._ready = deque(ticket for ticket in self._ready if not self._dropped(ticket))
        return bool(self._ready)

    def _advance(self, group: list[_Ticket]) -> None:
        going = [ticket for ticket in group if not self._dropped(ticket)]
        if not going:
            return
        try:
            for ticket in going:
                if ticket.state.step == 0 and _large(ticket):
                    self._tell(ticket, force=True)
            self._backend.step([ticket.state for ticket in going])
        except Exception as error:  # noqa: BLE001 - a lane must outlive any backend; the callers get the error
            for ticket in going:
                ticket.done.set_exception(error)
            return
        for ticket in going:
            self._settle(ticket)

    def _settle(self, ticket: _Ticket) -> None:
        try:
            self._tell(ticket)
            if ticket.state.step >= ticket.state.steps:
                ticket.done.set_result(self._backend.finish(ticket.state))
        except Exception as error:  # noqa: BLE001 - as above
            ticket.done.set_exception(error)

    def _tell(self, ticket: _Ticket, *, force: bool = False) -> None:
        step, steps, now = ticket.state.step, ticket.state.steps, time.monotonic()
        preview = None
        if force or (step < steps and now - ticket.previewed_at >= PREVIEW_EVERY_S):
            preview = self._backend.preview(ticket.state)
            ticket.previewed_at = now
        ticket.news.put(preview)

    def _dropped(self, ticket: _Ticket) -> bool:
        if not ticket.done.done():
            if ticket.cancelled.is_set():
                ticket.done.set_exception(cancelled())
            elif ticket.terms.until is not None and time.monotonic() >= ticket.terms.until:
                ticket.done.set_exception(DeadlinePassed())
        return ticket.done.done()


def _finished(picture: Picture, request: Request, mounting: Mounting | None = None) -> Picture:
    """The picture as a tile or a loop where that was asked for and its engine drew neither; with `mounting`, on what a
    painter was asked to put it on."""
    if mounting is not None and not request.caption:
        laid = cutting.painting(picture, request)
        return mounting.mount(request, laid if request.repeat is None else woven(laid))
    picture = cutting.finished(picture, request, mounting.letters if mounting is not None else None)
    if request.repeat is not None and request.repeat.view == "tile" and not picture.repeats:
        return woven(picture)
    if request.motion is None or picture.frames:
        return picture
    return moved(picture, request.motion, request.margin)


def _large(ticket: _Ticket) -> bool:
    return ticket.state.steps == 1 and ticket.request.width * ticket.request.height >= PREVIEW_PIXELS


def cancelled() -> PingxingError:
    return Conflict("cancelled")
