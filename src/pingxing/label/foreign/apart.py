"""Work on strangers' files that large decoders do, in a process of its own, which may be killed.

The kernel bounds its memory and its seconds of a processor, a clock in the parent the time that passes. The child gets
one line of JSON and the file on standard input and gives one line and bytes back; nothing is written anywhere.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, Literal

from pingxing.errors import LabelFailed, PingxingError, UnreadableFile

Task = Literal[
    "sound.look",
    "sound.mark",
    "sound.listen",
    "films.look",
    "films.mark",
    "documents.look",
    "documents.mark",
    "drawings.look",
]
Work = Callable[[bytes, dict[str, Any]], tuple[dict[str, Any], bytes]]

_MEMORY = 4 << 30  # bytes of address space; decoders reserve much and use little
_PATIENCE = 4  # on a crowded machine honest work waits for its turn so many times as long as it computes
_STARTING = 10.0  # seconds: for the child's imports
_HOME = "pingxing.label.foreign"
_ERRORS: dict[str, type[PingxingError]] = {"unreadable_file": UnreadableFile, "label_failed": LabelFailed}


def run(task: Task, data: bytes, limit: int, /, **asked: Any) -> tuple[dict[str, Any], bytes]:
    """What the child says and the bytes that it made. `limit` are seconds of a processor.

    Raises UnreadableFile (too_slow, damaged, and what the task says), LabelFailed.
    """
    command = [sys.executable, "-I", "-c", f"from {_HOME}.apart import child; child({limit})"]
    header = json.dumps({"task": task, "asked": asked}).encode()
    ran = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no words of a stranger
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.defpath, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    try:
        said, _ = ran.communicate(header + b"\n" + data, timeout=_PATIENCE * limit + _STARTING)
    except subprocess.TimeoutExpired as error:
        ran.kill()
        ran.communicate()
        raise UnreadableFile("too_slow") from error
    line, _, made = said.partition(b"\n")
    if not line or ran.returncode:
        slow = -ran.returncode in (signal.SIGKILL, signal.SIGXCPU)
        raise UnreadableFile("too_slow" if slow else "damaged")
    answer = json.loads(line)
    if "error" in answer:
        code, reason, params = answer["error"]
        raise _ERRORS[code](reason, **params)
    return answer, made


def child(seconds: int) -> None:
    """What runs in the other process."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    header, _, data = sys.stdin.buffer.read().partition(b"\n")
    wanted = json.loads(header)
    room, _, name = str(wanted["task"]).partition(".")
    work: Work = getattr(import_module(f"{_HOME}.{room}"), name)
    try:
        answer, made = work(data, wanted["asked"])
    except (UnreadableFile, LabelFailed) as error:
        answer, made = {"error": [error.code, error.reason, error.params]}, b""
    except MemoryError:
        answer, made = {"error": ["unreadable_file", "bomb", {}]}, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + made)
