"""The parent's side: one child process a device, started when it is first needed and again when it has died."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

from pingxing.engine.backends.apart import wire
from pingxing.engine.backends.apart.floor import STAY_S, Floor

_PATIENCE_S = 900.0  # one call: loading a large checkpoint from a slow disk, or one step on a slow device


_CHILD = (sys.executable, "-m", "pingxing.engine.backends.apart.child")


class Died(Exception):
    """The child went during this call, and everything that it held with it."""


class Replaced(Died):
    """The child that was meant had gone before this call, and another one is there: nobody's fault."""


class Workshop:
    """Speaks with the child, one call at a time. Thread-safe."""

    def __init__(self, command: Sequence[str] = _CHILD, *, memory: int | None = None, stay_s: float = STAY_S) -> None:
        """`memory`: bytes of the device that all models together may take; None: what is free there."""
        self._command = (*command, *([] if memory is None else ["--memory", str(memory)]))
        self.floor = Floor(stay_s)
        self.loaded: frozenset[str] = frozenset()  # names of the models that lay on the device at the last answer
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

    def enter(self) -> None:
        """One more model is served here."""
        with self._lock:
            self._users += 1

    def leave(self) -> None:
        """One model less; with the last one the child ends."""
        with self._lock:
            self._users -= 1
            if self._users <= 0:
                self._end()

    def _child(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
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
