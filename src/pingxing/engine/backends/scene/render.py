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

WHOLE_PIXELS = 2_500_000  # up to this, a picture is drawn in one piece
BAND_PIXELS = 2_000_000  # beyond it, in bands of so many
FILTERED_BAND_PIXELS = 17_000_000  # with filters, which the renderer works out in full for every band they touch
TIME_LIMIT = 180.0  # seconds one drawing may take before its process is ended


@dataclass(frozen=True, slots=True)
class Drawing:
    """Markup without its <svg> element, the part of its plane to show, and the size to show it at.

    With `alpha` the pixels are RGBA (straight alpha): what the markup leaves open stays transparent.
    """

    markup: str
    view: tuple[float, float, float, float]
    width: int
    height: int
    alpha: bool = False


def bands(width: int, height: int, filtered: bool = False) -> list[tuple[int, int]]:
    """First row and number of rows of each band of a picture."""
    most = FILTERED_BAND_PIXELS if filtered else BAND_PIXELS
    rows = height if width * height <= WHOLE_PIXELS else max(16, most // width)
    return [(top, min(rows, height - top)) for top in range(0, height, rows)]


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
        """Each drawing as uint8 (height, width, 3), or (height, width, 4) with alpha. Raises BackendFailed if a
        process died on one.

        Large drawings are cut into bands of rows. Where they are cut depends on size and markup alone, never
        on how many processes there are, so the bytes are the same on every machine.
        """
        pictures = [np.empty((d.height, d.width, 4 if d.alpha else 3), np.uint8) for d in drawings]
        tasks = [
            (drawing, top, picture[top : top + count])
            for drawing, picture in zip(drawings, pictures, strict=True)
            for top, count in bands(drawing.width, drawing.height, "<filter" in drawing.markup)
        ]
        if len(tasks) == 1:
            self._draw(*tasks[0])
            return pictures
        with self._lock:
            if self._closed:
                raise BackendFailed("closed")
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self.size, thread_name_prefix="scene-render")
            running = [self._threads.submit(self._draw, *task) for task in tasks]
        for future in running:
            future.result()
        return pictures

    def _draw(self, drawing: Drawing, top: int, rows: NDArray[np.uint8]) -> None:
        worker = self._idle.get()
        healthy: subprocess.Popen[bytes] | None = None
        try:
            if self._closed:
                raise BackendFailed("closed")
            if worker is None or worker.poll() is not None:
                worker = _start()
            _ask(worker, drawing, top, rows)
            healthy = worker
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


def _ask(worker: subprocess.Popen[bytes], drawing: Drawing, top: int, rows: NDArray[np.uint8]) -> None:
    if worker.stdin is None or worker.stdout is None:  # never: it was started with both pipes
        raise BackendFailed("render")
    body = drawing.markup.encode()
    job = {
        "markup": len(body), "view": drawing.view, "width": drawing.width, "height": drawing.height,
        "top": top, "rows": rows.shape[0], "alpha": drawing.alpha,
    }  # fmt: skip
    timer = Timer(TIME_LIMIT, worker.kill)
    timer.daemon = True
    timer.start()
    try:
        worker.stdin.write(json.dumps(job).encode() + b"\n" + body)
        worker.stdin.flush()
        answer = _read(worker.stdout, 9)
        if answer[:1] != b"+" or int.from_bytes(answer[1:], "little") != rows.nbytes:
            raise BackendFailed("render")
        _fill(worker.stdout, rows.data.cast("B"))
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
