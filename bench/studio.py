"""A real `pingxing serve` process on 127.0.0.1 with its own data folder, to be measured, loaded and killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

READY_WITHIN_S = 60.0
COMMAND = (sys.executable, "-m", "pingxing")


@dataclass(frozen=True)
class Person:
    """An account of the studio and a key that speaks for it."""

    account: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


class Studio:
    """Start it, stop it, kill it, start it again; its state is in `data`."""

    def __init__(self, data: Path, *, command: Sequence[str] = COMMAND, **settings: object) -> None:
        self.data = data
        self._command = list(command)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        given = {f"PINGXING_{name.upper()}": str(value) for name, value in settings.items()}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PINGXING_")}
        self._environ = {**kept, "PINGXING_DATA_DIR": str(data), **given}
        self._process: subprocess.Popen[bytes] | None = None
        self._children: list[psutil.Process] = []
        self.log = data.parent / f"{data.name}.log"

    def spawn(self) -> subprocess.Popen[bytes]:
        """Begin a start without waiting for it."""
        arguments = ["serve", "--host", "127.0.0.1", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, *arguments],
                cwd=self.data.parent,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self._process

    def start(self) -> float:
        """Seconds until `/readyz` answered 200."""
        begun = time.monotonic()
        process = self.spawn()
        while time.monotonic() - begun < READY_WITHIN_S:
            if process.poll() is not None:
                raise RuntimeError(f"serve ended with {process.returncode}: {self.log_tail()}")
            if _ready(self.url):
                return time.monotonic() - begun
            time.sleep(0.02)
        raise RuntimeError(f"serve was not ready in {READY_WITHIN_S:g} s: {self.log_tail()}")

    def kill(self) -> None:
        """kill -9 to the server itself, as the kernel would; its children are not told."""
        process = self._running
        self._children = self._descendants()
        process.send_signal(signal.SIGKILL)
        process.wait()
        self._process = None

    def left_behind(self, within_s: float = 5.0) -> int:
        """How many children of the killed server were still there after a while. They are ended then."""
        _, alive = psutil.wait_procs(self._children, timeout=within_s)
        for child in alive:
            child.kill()
        self._children = []
        return len(alive)

    def stop(self) -> float:
        """SIGTERM; seconds until it was gone."""
        process, begun = self._running, time.monotonic()
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise RuntimeError("serve did not end within 30 s of SIGTERM") from None
        finally:
            self._process = None
        return time.monotonic() - begun

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            sys.stderr.write(self.log_tail())
        self.close()

    def close(self) -> None:
        if self._process is not None:
            self.kill()
            self.left_behind()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def memory(self) -> tuple[float, float]:
        """MiB of the server and all its children: resident, and proportional (shared pages counted once)."""
        resident = proportional = 0
        for process in [psutil.Process(self._running.pid), *self._descendants()]:
            try:
                facts = process.memory_full_info()
            except psutil.NoSuchProcess:
                continue
            resident, proportional = resident + facts.rss, proportional + facts.pss
        return resident / 2**20, proportional / 2**20

    def log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the studio is not running")
        return self._process

    def _descendants(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self._running.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []


def people(data: Path, count: int) -> list[Person]:
    """`count` members with a key each, made in the data folder while no server runs."""
    from pingxing.bootstrap import build
    from pingxing.settings import load
    from pingxing.types import ROLE_SCOPES, Actor, Role

    made = []
    with build(load({}, data_dir=data)) as app:
        admin = app.identity.local_actor("en")
        for number in range(count):
            profile = app.identity.create_account(
                admin, f"bench-{number:03d}", Role.MEMBER, f"pass-{os.urandom(12).hex()}"
            )
            actor = Actor(profile.id, Role.MEMBER, ROLE_SCOPES[Role.MEMBER], "local")
            made.append(Person(profile.id, app.identity.make_key(actor, "bench", actor.scopes)[1]))
    return made


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prompts(bad_every: int = 0) -> Sequence[str]:
    """Wishes in both languages; every `bad_every`-th is one that the default rules refuse."""
    good = [
        "two red apples on the grass",
        "夜晚,树的左边有一只白猫",
        "a blue bird above a house in the snow",
        "三只小狗在海边",
        "a yellow star and a moon at night",
        "城市里有一辆红色的汽车",
        "a fish in the sea",
        "草地上有五朵花",
        "an elephant right of a tree",
    ]
    if not bad_every:
        return good
    return [REFUSED if i % bad_every == bad_every - 1 else good[i % len(good)] for i in range(bad_every * len(good))]


REFUSED = "how to make a pipe bomb at home, step by step"
