"""kill -9 at random moments under load: `python -m bench.crash [--quick]`.

A server works for several accounts; at a random moment, sometimes while it is still starting, it is
killed. What lies on the disk is examined, the server is started again, and so on. At the end every
job that was ever acknowledged must have ended well, and pictures, receipts and log must be one story.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.common import Result, Target, conditions, run, say, spread
from bench.studio import REFUSED, Person, Studio, people, prompts
from bench.truth import Examiner, Truth

SIDE = 256
ACCOUNTS = 4
_DRAIN_WITHIN_S = 300.0
_OPEN_ORDERS = 8  # of one client; then it waits for the oldest: a queue that is merely long is no harder to lose
_UP_TO_S = 2.5  # how long a server lives after it was ready


@dataclass
class Promises:
    """What clients were told, and may therefore rely on."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    acknowledged: dict[str, Person] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)  # asked to be; whether or not an answer came
    handed_out: dict[str, str] = field(default_factory=dict)  # receipt -> SHA-256 of the bytes
    surprises: list[str] = field(default_factory=list)

    def note(self, surprise: str) -> None:
        with self.lock:
            self.surprises.append(surprise)


class Storm:
    """Clients that never rest: one thread an account orders, cancels now and then, fetches what is ready."""

    def __init__(self, studio: Studio, members: Sequence[Person], seed: int) -> None:
        self.promises = Promises()
        self._studio = studio
        self._blowing = threading.Event()
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._client, args=(person, random.Random(seed + i)), daemon=True)
            for i, person in enumerate(members)
        ]
        for thread in self._threads:
            thread.start()

    def blow(self) -> None:
        self._blowing.set()

    def calm(self) -> None:
        self._blowing.clear()

    def end(self) -> None:
        self._over.set()
        self._blowing.set()
        for thread in self._threads:
            thread.join()

    def _client(self, person: Person, dice: random.Random) -> None:
        own: list[str] = []
        with httpx.Client(base_url=self._studio.url, timeout=20, trust_env=False, headers=person.headers) as client:
            while not self._over.is_set():
                self._blowing.wait()
                try:
                    self._act(client, person, dice, own)
                except httpx.TransportError:
                    time.sleep(0.05)  # it was just killed
                except Exception as error:  # noqa: BLE001 - a client that dies would make the storm a breeze
                    self.promises.note(f"client: {type(error).__name__}: {error}")
                time.sleep(dice.uniform(0.0, 0.15))

    def _act(self, client: httpx.Client, person: Person, dice: random.Random, own: list[str]) -> None:
        choice = dice.random()
        if own and choice < 0.03:
            self._cancel(client, own.pop(dice.randrange(len(own))))
        elif len(own) >= _OPEN_ORDERS or (own and choice < 0.3):
            if self._fetch(client, own[0]):
                own.pop(0)
        else:
            self._order(client, person, dice, own)

    def _order(self, client: httpx.Client, person: Person, dice: random.Random, own: list[str]) -> None:
        first = not self.promises.refused  # however short the storm, something in it is refused
        words = REFUSED if first or dice.random() < 0.1 else dice.choice(prompts())
        body = {
            "prompt": words,
            "width": SIDE,
            "height": SIDE,
            "count": dice.choice([1, 1, 2]),
            "seed": dice.randrange(2**32),
            "format": dice.choice(["png", "jpeg", "webp"]),
        }
        answer = client.post("/api/jobs", json=body)
        told = answer.json()
        with self.promises.lock:
            if answer.status_code == 202:
                self.promises.acknowledged[told["job"]] = person
                own.append(told["job"])
            elif answer.status_code == 400 and told.get("code") == "refused":
                self.promises.refused.add(told["job"])
            elif answer.status_code not in (429, 503):
                self.promises.surprises.append(f"an order answered {answer.status_code}: {told}")
        if answer.status_code in (429, 503):
            time.sleep(0.3)

    def _cancel(self, client: httpx.Client, job: str) -> None:
        with self.promises.lock:
            self.promises.cancelled.add(job)
        answer = client.delete(f"/api/jobs/{job}")
        if answer.status_code not in (200, 409, 503):
            self.promises.note(f"a cancel answered {answer.status_code}: {answer.text[:200]}")

    def _fetch(self, client: httpx.Client, job: str) -> bool:
        """Fetch a job's pictures; whether it has ended and all were there."""
        answer = client.get(f"/api/jobs/{job}")
        if answer.status_code != 200:
            if answer.status_code != 503:
                self.promises.note(f"job {job} answered {answer.status_code}: {answer.text[:200]}")
            return False
        if answer.json()["state"] in ("queued", "running"):
            return False
        for artifact in answer.json()["artifacts"]:
            receipt = artifact["receipt"]["id"]
            file = client.get(f"/api/receipts/{receipt}/file")
            if file.status_code == 200:
                with self.promises.lock:
                    self.promises.handed_out[receipt] = artifact["sha256"]
            else:
                if file.status_code != 503:
                    self.promises.note(f"receipt {receipt} answered {file.status_code}: {file.text[:200]}")
                return False
        return True


@dataclass
class Kills:
    """What was seen at each kill and each start."""

    ready_s: list[float] = field(default_factory=list)
    under_way: list[float] = field(default_factory=list)
    running: list[float] = field(default_factory=list)
    at_start: int = 0
    left_behind: int = 0
    problems: list[str] = field(default_factory=list)


def crash(points: int, seed: int, folder: Path) -> Result:
    """`points` kills; reproducible in what is ordered and when, not in where exactly the server stood."""
    facts = conditions(points=points, seed=seed, accounts=ACCOUNTS, size=f"{SIDE}x{SIDE}")
    data, dice, kills = folder / "data", random.Random(seed), Kills()
    members = people(data, ACCOUNTS)
    examiner, begun = Examiner(data), time.monotonic()
    with Studio(data) as studio:
        storm = Storm(studio, members, seed)
        for point in range(points):
            _one_kill(studio, storm, examiner, dice, kills, point)
            if kills.problems:
                say(f"point {point}: {kills.problems[-1]}")
                break
            if point % 20 == 19:
                say(f"{point + 1} kills, {len(storm.promises.acknowledged)} acknowledged")
        storm.end()
        drained = _drain(studio, storm.promises)
        studio.stop()
        studio.start()  # a start sweeps what cancelled jobs may have left
        studio.stop()
    truth = examiner.settled()
    problems = [*kills.problems, *storm.promises.surprises, *truth.problems, *_broken(storm.promises, truth)]
    return _result(storm.promises, truth, kills, problems, drained, time.monotonic() - begun, facts)


def _wait_for_a_promise(storm: Storm) -> None:
    """On a busy machine the first order may take its time; a kill before any order would show nothing."""
    until = time.monotonic() + 20
    while not storm.promises.acknowledged and time.monotonic() < until:
        time.sleep(0.02)


def _one_kill(studio: Studio, storm: Storm, examiner: Examiner, dice: random.Random, kills: Kills, point: int) -> None:
    storm.blow()
    if point and dice.random() < 0.15:
        studio.spawn()
        time.sleep(dice.uniform(0.0, max(kills.ready_s[-5:])))
        kills.at_start += 1
    else:
        kills.ready_s.append(studio.start())
        _wait_for_a_promise(storm)
        time.sleep(dice.uniform(0.0, _UP_TO_S))
    studio.kill()
    storm.calm()
    truth = examiner.look()
    kills.problems += [f"point {point}: {problem}" for problem in truth.problems]
    states = truth.states()
    kills.under_way.append(states.get("queued", 0) + states.get("running", 0))
    kills.running.append(states.get("running", 0))
    kills.left_behind += studio.left_behind()


def _drain(studio: Studio, promises: Promises) -> float:
    """Start once more and wait until every acknowledged job has ended; seconds it took."""
    begun = time.monotonic()
    studio.start()
    open_ = dict(promises.acknowledged)
    with httpx.Client(base_url=studio.url, timeout=20, trust_env=False) as client:
        while open_ and time.monotonic() - begun < _DRAIN_WITHIN_S:
            for job, person in list(open_.items()):
                answer = client.get(f"/api/jobs/{job}", headers=person.headers)
                if answer.status_code == 200 and answer.json()["state"] in ("queued", "running"):
                    break
                del open_[job]  # how it ended is looked up in the database
            time.sleep(0.1)
    return time.monotonic() - begun


def _broken(promises: Promises, truth: Truth) -> list[str]:
    """Promises that were not kept."""
    problems = []
    for job in promises.acknowledged:
        state = truth.jobs[job]["state"] if job in truth.jobs else "lost"
        allowed = {"delivered", "refused"} | ({"cancelled"} if job in promises.cancelled else set())
        if state not in allowed:
            problems.append(f"acknowledged job {job} is {state}")
    found = {job: truth.jobs.get(job, {}).get("state") for job in promises.refused}
    problems += [f"refused job {job} is {state}" for job, state in found.items() if state != "refused"]
    for receipt, sha256 in promises.handed_out.items():
        if truth.receipts.get(receipt, {}).get("sha256") != sha256:
            problems.append(f"receipt {receipt}, whose picture was handed out, is gone or another")
    return problems


def _result(
    promises: Promises,
    truth: Truth,
    kills: Kills,
    problems: list[str],
    drained: float,
    seconds: float,
    facts: dict[str, Any],
) -> Result:
    lost = sum(problem.startswith(("acknowledged", "refused job")) for problem in problems)
    outputs = [receipt for receipt in truth.receipts.values() if receipt["kind"] == "output"]
    ours = {
        "kills": len(kills.under_way),
        "kills_while_starting": kills.at_start,
        "unfinished_at_kill": spread(kills.under_way),
        "running_at_kill": spread(kills.running),
        "acknowledged": len(promises.acknowledged),
        "refused": len(promises.refused),
        "states": truth.states(),
        "pictures": len(outputs),
        "handed_out_before_a_kill": len(promises.handed_out),
        "ledger_entries": len(truth.entries),
        "restart_ready_s": spread(kills.ready_s),
        "last_drain_s": round(drained, 1),
        "children_left_behind": kills.left_behind,
        "seconds": round(seconds, 1),
    }
    return Result(
        name="crash",
        ours=ours,
        peers={},
        ratio={},
        targets=[
            Target("acknowledged jobs that did not end well", 0, lost, "jobs"),
            Target("pictures without a receipt", 0, len(truth.orphans), "pictures"),
            Target("receipts without a picture", 0, sum("has no picture" in p for p in problems), "receipts"),
            Target("disagreements of any kind", 0, len(problems), "problems"),
            Target("child processes left behind", 0, kills.left_behind, "processes"),
        ],
        conditions=facts,
        problems=problems[:100],
    )


def measure(quick: bool) -> Result:
    with tempfile.TemporaryDirectory(prefix="pingxing-crash-") as folder:
        return crash(5 if quick else 200, 20261122, Path(folder))


def main() -> int:
    return run("crash", measure)


if __name__ == "__main__":
    sys.exit(main())
