"""Drawing in a small pool of child processes, so that no request ever waits for another one's pixels."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Timer
from typing import IO

import numpy as np
from numpy.typing import NDArray

from pingxing.errors import BackendFailed

TIME_LIMIT = 180.0  # seconds one drawing may take before its process is ended


@dataclass(frozen=True, slots=True)
class Drawing:
    """Markup without its <svg> element, the part of its plane to show, and the size to show it at."""

    markup: str
    view: tuple[float, float, float, float]
    width: int
    height: int


class RenderPool:
    """`size` processes, each started when first needed; one that dies is replaced by the next call."""

    def __init__(self, size: int | None = None) -> None:
        self.size = size or max(1, min(4, os.cpu_count() or 1))
        self._idle: queue.LifoQueue[subprocess.Popen[bytes] | None] = queue.LifoQueue()
        for _ in range(self.size):
            self._idle.put(None)
        self._threads: ThreadPoolExecutor | None = None
        self._lock = Lock()
        self._closed = False

    def warm(self) -> None:
        """Start every process and have it draw one dot."""
        dot = Drawing('<rect width="1" height="1"/>', (0, 0, 1, 1), 1, 1)
        self.draw([dot] * self.size)

    def draw(self, drawings: Sequence[Drawing]) -> list[NDArray[np.uint8]]:
        """Each drawing as uint8 RGB (height, width, 3). Raises BackendFailed if a process died on one."""
        if len(drawings) == 1:
            return [self._draw(drawings[0])]
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self.size, thread_name_prefix="scene-render")
        return list(self._threads.map(self._draw, drawings))

    def _draw(self, drawing: Drawing) -> NDArray[np.uint8]:
        worker = self._idle.get()
        healthy: subprocess.Popen[bytes] | None = None
        try:
            if self._closed:
                raise BackendFailed("closed")
            if worker is None or worker.poll() is not None:
                worker = _start()
            pixels = _ask(worker, drawing)
            healthy = worker
            return pixels
        except OSError as error:
            raise BackendFailed("render") from error
        finally:
            if healthy is None and worker is not None:
                _end(worker)
            self._idle.put(healthy)

    def close(self) -> None:
        """End every process once it has finished what it draws. Drawing afterwards raises BackendFailed."""
        self._closed = True
        for _ in range(self.size):
            worker = self._idle.get()
            if worker is not None:
                _end(worker)
        for _ in range(self.size):
            self._idle.put(None)
        with self._lock:
            if self._threads is not None:
                self._threads.shutdown()
                self._threads = None


def _start() -> subprocess.Popen[bytes]:
    script = Path(__file__).with_name("worker.py")
    # -P keeps the script's folder off the path: our module names must not shadow the library's.
    command = [sys.executable, "-P", "-X", "utf8", str(script)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own file


def _ask(worker: subprocess.Popen[bytes], drawing: Drawing) -> NDArray[np.uint8]:
    if worker.stdin is None or worker.stdout is None:  # never: it was started with both pipes
        raise BackendFailed("render")
    body = drawing.markup.encode()
    head = {"markup": len(body), "view": drawing.view, "width": drawing.width, "height": drawing.height}
    timer = Timer(TIME_LIMIT, worker.kill)
    timer.daemon = True
    timer.start()
    try:
        worker.stdin.write(json.dumps(head).encode() + b"\n" + body)
        worker.stdin.flush()
        pixels = np.empty((drawing.height, drawing.width, 3), np.uint8)
        expected = pixels.nbytes
        answer = _read(worker.stdout, 9)
        if answer[:1] != b"+" or int.from_bytes(answer[1:], "little") != expected:
            raise BackendFailed("render")
        _fill(worker.stdout, pixels.data.cast("B"))
        return pixels
    finally:
        timer.cancel()


def _read(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise BackendFailed("render")
    return data


def _fill(stream: IO[bytes], view: memoryview) -> None:
    done = 0
    while done < len(view):
        count = stream.readinto(view[done:])  # type: ignore[attr-defined]
        if not count:
            raise BackendFailed("render")
        done += count


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    for stream in (worker.stdin, worker.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:
                continue  # the pipe is broken because the process is gone; that is what was wanted
    worker.wait()
