"""Whose turn it is on a device that does not hold all models at once.

A model with pictures under way is never put away. So that another one is not kept waiting by a stream of new pictures,
whoever finds no room stands in line here, and the models that are there then begin nothing new: they drain, make room,
and stand in line themselves. A model that has just come may stay for a while first, since loading takes long.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

STAY_S = 10.0  # that a model may go on beginning pictures while others wait for its room
_LOOK_S = 0.05  # how often who waits looks again: pictures that somebody gave up make room without a word


class Floor:
    """Of one device. Thread-safe."""

    def __init__(self, stay_s: float = STAY_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._stay_s, self._clock = stay_s, clock
        self._line: deque[str] = deque()
        self._came: dict[str, float] = {}
        self._changed = threading.Condition()

    def wanted(self, name: str) -> bool:
        """Whether another model waits for the room of this one, and this one has had its time."""
        with self._changed:
            others = any(waiting != name for waiting in self._line)
            return others and self._clock() - self._came.get(name, 0.0) >= self._stay_s

    def stand(self, name: str) -> None:
        """Stand in line, at its end where it is not in it yet."""
        with self._changed:
            if name not in self._line:
                self._line.append(name)

    def wait(self, name: str) -> None:
        """Until it is time to look again; longer for whoever is not the first."""
        with self._changed:
            self._changed.wait(_LOOK_S if self._line and self._line[0] == name else 4 * _LOOK_S)

    def first(self, name: str) -> bool:
        with self._changed:
            return not self._line or self._line[0] == name

    def came(self, name: str) -> None:
        """It has room now, and leaves the line."""
        with self._changed:
            if name in self._line:
                self._line.remove(name)
                self._came[name] = self._clock()
                self._changed.notify_all()

    def left(self, name: str) -> None:
        """It waits no more, whatever the reason."""
        with self._changed:
            if name in self._line:
                self._line.remove(name)
                self._changed.notify_all()
