"""A child of our own Python for what strangers sent: it sees no environment, imports nothing of the folder it runs in,
computes with one thread, and what it complains of goes nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence


def begun(code: str, told: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    """Our interpreter at `code`, with pipes to its input and from its output; of our open files it gets `told` alone.

    `code` is ours: no word of a stranger may stand in it. Raises OSError where no process can be started.
    """
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module, no words of a stranger
        [sys.executable, "-I", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.defpath, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        pass_fds=tuple(told),
    )
