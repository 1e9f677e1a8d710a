"""The parent's side of one device: a child process, started when it is first needed and again when it has died."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from pingxing.engine.backends.apart import wire
from pingxing.engine.backends.apart.floor import STAY_S, Floor

_PATIENCE_S = 900.0  # one call: loading a large checkpoint from a slow disk, or one step on a slow device


_CHILD = (sys.executable, "-m", "pingxing.engine.backends.apart.child")


class Died(Exception):
    """The child went during this call, and everything that it held with it."""


class Replaced(Died):
    """The child that was meant had gone before this call, and another one is there: nobody's fault."""


class Work(Protocol):
    """A picture that is made here, as far as its size is concerned."""

    @property
    def left(self) -> int:
        """Pixels times steps that are still to be done."""


class Workshop:
    """Speaks with the child, one call at a time. Thread-safe."""

    def __init__(
        self,
        command: Sequence[str] = _CHILD,
        *,
        memory: int | None = None,
        stay_s: float = STAY_S,
        device: str = "",
        threads: int = 0,
        recording: bool = False,
    ) -> None:
        """`memory`: bytes of the device that all models together may take; None: what is free there. `device` as torch
        names it, "" for the one that is used first. `threads` of the CPU for the child; 0: it decides. `recording`:
        whether it records calls where the device can."""
        limits = [] if memory is None else ["--memory", str(memory)]
        more = [*(["--device", device] if device else []), *(["--recording"] if recording else [])]
        self._command = (*command, *limits, *more)
        self._environment = {**os.environ, "OMP_NUM_THREADS": str(threads)} if threads else None
        self.floor = Floor(stay_s)
        self.loaded: frozenset[str] = frozenset()  # names of the models that lay on the device at the last answer
        self.others: tuple[str, ...] = ()  # further devices of this machine, as the child found them
        self._works: WeakKeyDictionary[Any, str] = WeakKeyDictionary()  # the pictures of this place, and their models
        self._counting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._users = 0
        self._dropped: deque[int] = deque()
        self.life = 0  # which child it is: what was begun in an earlier one is lost

    def call(
        self, head: dict[str, Any], blobs: Sequence[bytes] = (), *, life: int | None = None
    ) -> tuple[dict[str, Any], list[bytes]]:
        """The child's answer. Raises what it raised; Died where it went; Replaced where it is not the one of `life`."""
        with self._lock:
            child = self._child()
            if life is not None and life != self.life:
                raise Replaced
            dropped = [self._dropped.popleft() for _ in range(len(self._dropped))]
            timer = threading.Timer(_PATIENCE_S, child.kill)
            timer.daemon = True
            timer.start()
            try:
                if child.stdin is None or child.stdout is None:
                    raise wire.Broken("pipes")
                wire.send(child.stdin, {**head, "drop": dropped}, blobs)
                answer, data = wire.receive(child.stdout)
            except (wire.Broken, OSError) as error:
                self._end()
                raise Died from error
            finally:
                timer.cancel()
        self.loaded = frozenset(answer.pop("loaded", self.loaded))
        self.others = tuple(answer.pop("others", self.others))
        if "error" in answer:
            raise wire.raised(answer["error"])
        return answer, data

    def start(self) -> int:
        """The number of the child that answers the next call; starts it where there is none."""
        with self._lock:
            self._child()
            return self.life

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def drop(self, number: int) -> None:
        """A picture that nobody wants any more, said with the next call. The garbage collector calls: no lock."""
        self._dropped.append(number)

    def take_on(self, name: str, work: Work) -> None:
        """A picture of this model is made here, until nobody wants it any more or it is let go."""
        with self._counting:
            self._works[work] = name

    def let_go(self, work: Work) -> None:
        with self._counting:
            self._works.pop(work, None)

    @property
    def load(self) -> int:
        """What is still to be done here, in pixels times steps."""
        with self._counting:
            return sum(work.left for work in self._works)

    def has(self, name: str) -> bool:
        """Whether the model lies on this device, or is about to."""
        if name in self.loaded:
            return True
        with self._counting:
            return name in self._works.values()

    def enter(self) -> None:
        """One more model is served here."""
        with self._counting:  # and not the lock of the calls: nobody who opens a model waits for a step of another
            self._users += 1

    def leave(self) -> None:
        """One model less; with the last one the child ends."""
        with self._counting:
            self._users -= 1
            last = self._users <= 0
        if last:
            with self._lock:
                self._end()

    def _child(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(  # noqa: S603
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self._environment
            )
            self.life += 1
            self._dropped.clear()
        return self._process

    def _end(self) -> None:
        child, self._process = self._process, None
        self.loaded = frozenset()
        if child is None:
            return
        child.kill()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue  # the pipe is broken because the child has gone; that is what was wanted
        child.wait()
