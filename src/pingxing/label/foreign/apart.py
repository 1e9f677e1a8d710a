"""Work on strangers' files that large decoders do, in a process of its own, which may be killed.

The kernel bounds its memory and its seconds of a processor, a clock in the parent the time that passes. The child gets
one line of JSON and the file on standard input and gives one line and bytes back; nothing is written anywhere.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, Literal

from pingxing.errors import LabelFailed, PingxingError, TooLarge, UnreadableFile
from pingxing.label.alone import begun

Task = Literal[
    "sound.look",
    "sound.mark",
    "sound.listen",
    "films.glance",
    "films.look",
    "films.mark",
    "documents.look",
    "documents.mark",
    "drawings.look",
]
Work = Callable[[bytes, dict[str, Any]], tuple[dict[str, Any], bytes]]
Watch = Callable[[float], None]
"""Told now and then how much of the work is done, 0 to 1; what it raises ends the work."""

_MEMORY = 4 << 30  # bytes of address space; decoders reserve much and use little
_PATIENCE = 4  # on a crowded machine honest work waits for its turn so many times as long as it computes
_STARTING = 10.0  # seconds: for the child's imports
_GLANCE = 0.3  # seconds between two looks at how far it is
_HOME = "pingxing.label.foreign"
_ERRORS: dict[str, type[PingxingError]] = {error.code: error for error in (UnreadableFile, TooLarge, LabelFailed)}


def run(
    task: Task, data: bytes, limit: int, /, watch: Watch | None = None, **asked: Any
) -> tuple[dict[str, Any], bytes]:
    """What the child says and the bytes that it made. `limit` are seconds of a processor.

    Raises UnreadableFile (too_slow, damaged, and what the task says), LabelFailed, and what `watch` does.
    """
    header = json.dumps({"task": task, "asked": asked}).encode()
    news, told = os.pipe()
    os.set_blocking(news, False)
    try:
        ran = begun(f"from {_HOME}.apart import child; child({limit}, {told})", [told])
    except BaseException:
        os.close(news)
        raise
    finally:
        os.close(told)
    try:
        said = _awaited(ran, header + b"\n" + data, _PATIENCE * limit + _STARTING, news, watch)
    except BaseException:
        ran.kill()
        ran.communicate()
        raise
    finally:
        os.close(news)
    line, _, made = said.partition(b"\n")
    if not line or ran.returncode:
        slow = -ran.returncode in (signal.SIGKILL, signal.SIGXCPU)
        raise UnreadableFile("too_slow" if slow else "damaged")
    answer = json.loads(line)
    if "error" in answer:
        code, reason, params = answer["error"]
        raise _ERRORS[code](reason, **params)
    return answer, made


def _awaited(ran: subprocess.Popen[bytes], given: bytes, wait: float, news: int, watch: Watch | None) -> bytes:
    """All that it says. Raises UnreadableFile(too_slow), and what `watch` does."""
    if watch is None:
        try:
            return ran.communicate(given, timeout=wait)[0]
        except subprocess.TimeoutExpired as error:
            raise UnreadableFile("too_slow") from error
    # A `communicate` that is asked again writes no more of what it was given (CPython 3.11), so a thread does that.
    given_to, ran.stdin = ran.stdin, None
    threading.Thread(target=_feed, args=(given_to, given), daemon=True).start()
    until, part = time.monotonic() + wait, 0.0
    while True:
        try:
            return ran.communicate(timeout=_GLANCE)[0]
        except subprocess.TimeoutExpired as error:
            if time.monotonic() > until:
                raise UnreadableFile("too_slow") from error
        part = _newest(news, part)
        watch(part)


def _feed(to: Any, given: bytes) -> None:
    with contextlib.suppress(OSError), to:  # a child that ended has no use for the rest
        to.write(given)


def _newest(news: int, before: float) -> float:
    """The last of the bytes that the child wrote there, each so many hundredths."""
    try:
        said = os.read(news, 4096)
    except BlockingIOError:
        return before
    return min(100, said[-1]) / 100 if said else before


_told = -1  # where this process, if it is a child, says how far it is


def tell(part: float) -> None:
    """From within a task: so much of it is done, 0 to 1. Nobody may be listening."""
    if _told >= 0:
        with contextlib.suppress(OSError):  # a full pipe, or a parent that went: no reason to stop
            os.write(_told, bytes([max(0, min(100, int(100 * part)))]))


def child(seconds: int, told: int = -1) -> None:
    """What runs in the other process."""
    global _told
    import resource

    if told >= 0:
        os.set_blocking(told, False)
    _told = told

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    header, _, data = sys.stdin.buffer.read().partition(b"\n")
    wanted = json.loads(header)
    room, _, name = str(wanted["task"]).partition(".")
    work: Work = getattr(import_module(f"{_HOME}.{room}"), name)
    try:
        answer, made = work(data, wanted["asked"])
    except (UnreadableFile, TooLarge, LabelFailed) as error:
        answer, made = {"error": [error.code, error.reason, error.params]}, b""
    except MemoryError:
        answer, made = {"error": ["unreadable_file", "bomb", {}]}, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + made)
