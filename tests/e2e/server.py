"""The real thing: `pingxing serve` as a process of its own, on a free port, over a data folder of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import httpx
from tests.e2e.nursery import Forked, Nursery


@cache
def nursery() -> Nursery:
    """One for all servers of this process of tests."""
    return Nursery()


@dataclass
class Server:
    data_dir: Path
    environ: dict[str, str] = field(default_factory=dict)
    process: Forked | None = None
    url: str = ""
    link: str = ""
    greeting: str = ""
    _key: str = ""

    @property
    def env(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PINGXING_")}
        return clean | {"PINGXING_DATA_DIR": str(self.data_dir), "PYTHONUTF8": "1"} | self.environ

    def start(self) -> Server:
        self.process = nursery().start(["--lang", "en", "serve", "--port", "0"], self.env, self.data_dir.parent)
        self.greeting = ""
        for line in self.process.stdout:
            self.greeting += line
            if found := re.search(r"Studio\s+(http://\S+)", line):
                self.url = found[1]
            if found := re.search(r"Sign in\s+(http://\S+)", line):
                self.link = found[1]
            if "Ctrl+C" in line:
                break
        self._until_ready()
        return self

    def _until_ready(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                pass  # not listening yet; the loop's end says when that is too long
            assert self.process.poll() is None, f"the server ended: {self.greeting}"
            time.sleep(0.05)
        raise AssertionError(f"not ready within 60 s: {self.greeting}")

    def cli(self, *arguments: str, check: bool = True) -> dict:
        """One command beside the server; its JSON, with the exit code as `exit`."""
        done = nursery().run(["--lang", "en", *arguments, "--json"], self.env, self.data_dir.parent)
        assert not check or done.returncode == 0, done.stderr + done.stdout
        lines = done.stdout.splitlines()
        assert len(lines) == 1, f"stdout must hold one JSON object: {done.stdout!r} {done.stderr!r}"
        return json.loads(lines[0]) | {"exit": done.returncode}

    def key(self) -> str:
        self._key = self._key or self.cli("key", "tests")["key"]
        return self._key

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(60)
        self.process.stdout.close()

    def stop(self) -> int:
        """Ask it to end, as Ctrl+C does; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self.process.stdout.close()
        return code
