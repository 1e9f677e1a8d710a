"""A process that has imported the studio, and forks itself for every command of the tests.

Most of a server's start are imports, and compiling the packs we ship: minutes, over a whole run on two cores. A fork of
the nursery is a process of its own, with an environment, a folder, signals and an exit code of its own, and runs
`pingxing.cli.main`. The tests of the README, of the guides and of kill -9 start interpreters from nothing.
"""

from __future__ import annotations

import array
import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_ORDER = 1 << 20  # bytes of one order
_WIDTH = 16  # of a process's number, as it is told
_IMPORTED = (
    "alembic.command",
    "dbos",
    "pingxing.api.app",
    "pingxing.bootstrap",
    "pingxing.engine.backends.scene",
    "pingxing.engine.backends.scene.backend",
    "pingxing.policy.classifier",
    "pingxing.policy.opinion",
    "pingxing.policy.picture",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)


class Forked:
    """As much of `subprocess.Popen` as tests use."""

    def __init__(self, pid: int, fate: int, arguments: Sequence[str]) -> None:
        self.pid, self.args = pid, list(arguments)
        self.returncode: int | None = None
        self.stdout: IO[str] | None = None
        self._fate = fate

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._fate], [], [], timeout)[0]:
            self.returncode = int(os.read(self._fate, 32) or b"-9")
            os.close(self._fate)
        return self.returncode


class Nursery:
    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__)), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={k: v for k, v in os.environ.items() if not k.startswith("PINGXING_")} | {"PYTHONUTF8": "1"},
            )
        atexit.register(self.close)

    def start(self, arguments: Sequence[str], environ: Mapping[str, str], folder: Path, error: int = 2) -> Forked:
        """`pingxing ARGUMENTS` in `folder`; its standard output is a pipe, its standard error goes to `error`."""
        words, out = os.pipe()
        fate, tell = os.pipe()
        order = {"arguments": list(arguments), "environ": dict(environ), "folder": str(folder)}
        given = array.array("i", [out, error, tell])
        self._orders.sendmsg([json.dumps(order).encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, given)])
        os.close(out)
        os.close(tell)
        pid = int(os.read(fate, _WIDTH))
        forked = Forked(pid, fate, arguments)
        forked.stdout = os.fdopen(words, encoding="utf-8")
        return forked

    def run(
        self, arguments: Sequence[str], environ: Mapping[str, str], folder: Path
    ) -> subprocess.CompletedProcess[str]:
        """As `subprocess.run`, with what it said."""
        error_file = os.memfd_create("stderr")
        forked = self.start(arguments, environ, folder, error_file)
        assert forked.stdout is not None
        with forked.stdout, os.fdopen(error_file, encoding="utf-8") as error:
            said = forked.stdout.read()
            code = forked.wait()
            error.seek(0)
            return subprocess.CompletedProcess(list(arguments), code, said, error.read())

    def close(self) -> None:
        self._orders.close()
        self._process.wait(60)


# --- the other side ------------------------------------------------------------------------------


def _nursery(orders: socket.socket) -> list[str] | None:
    """Serve orders until nobody is left to give any (None); in a fork, return what it is to do."""
    import gc
    import importlib
    import pkgutil
    import threading

    import pingxing.cli
    from pingxing.engine.backends.scene.words import lexicon
    from pingxing.policy.packs import default_packs
    from pingxing.policy.words import WordsCheck

    for name in _IMPORTED + tuple(
        f"pingxing.cli.{found.name}" for found in pkgutil.iter_modules(pingxing.cli.__path__)
    ):
        importlib.import_module(name)
    lexicon()
    compiled = WordsCheck(default_packs())  # whoever judges by the same packs on the same day takes what is compiled

    assert threading.active_count() == 1
    assert compiled.version
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those who wait below tell how it ended
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        said, given, _, _ = socket.recv_fds(orders, _ORDER, 3)
        if not said:
            return None
        out, error, tell = given
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            orders.close()
            pid = os.fork()
            if pid == 0:
                os.close(tell)
                return _become(json.loads(said), out, error)
            os.close(out)
            os.close(error)
            os.write(tell, f"{pid:{_WIDTH}d}".encode())
            _, status = os.waitpid(pid, 0)
            os.write(tell, str(os.waitstatus_to_exitcode(status)).encode())
            os._exit(0)
        for number in given:
            os.close(number)


def _become(order: dict[str, object], out: int, error: int) -> list[str]:
    """What a fresh interpreter would be in this environment and folder; its arguments."""
    os.dup2(out, 1)
    os.dup2(error, 2)
    os.close(out)
    os.close(error)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(str(order["folder"]))
    os.environ.clear()
    os.environ.update(order["environ"])  # type: ignore[call-overload]
    arguments = [str(argument) for argument in order["arguments"]]  # type: ignore[attr-defined]
    sys.argv = ["pingxing", *arguments]
    return arguments


if __name__ == "__main__":
    if _nursery(socket.socket(fileno=int(sys.argv[1]))) is not None:
        from pingxing.cli.main import main

        main()
