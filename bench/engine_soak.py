"""Mixed load for as long as it takes: `python -m bench.engine --soak MINUTES`.

The whole way, from admission to the receipt, over tiny checkpoints of two families in two engine processes, as on a
machine of two devices, each with a memory that holds one of them at a time. People ask for pictures of odd sizes and
lengths, with deadlines and as batch work; they cancel, ask for what cannot be and for what is forbidden; and the engine
processes are killed over and over, but for the last third, in which they live long enough to show whether they swell.
In the end everything that was admitted must have come to its end, every delivered picture must be there with its
receipt and have the charge that it should, the log must agree with itself, and the memory of no process may have grown,
nor the number of files and threads that the server holds.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
from pydantic import ValidationError

from bench.common import Result, Target, conditions, run, say, spread
from pingxing import flow
from pingxing.bootstrap import App, build, shelf
from pingxing.engine.backends.apart.backend import ApartBackend
from pingxing.errors import Conflict, InvalidRequest, NotFound, Overloaded, PingxingError, Refused
from pingxing.settings import load
from pingxing.types import Actor, JobState, Request, Role

PEOPLE = 6
MODELS = ("sd", "flux")
DEVICES = "cpu,cpu"
MIB = 1 << 20
_KILLS = 12  # of the engine process in a run
_CALM = 1 / 3  # of the run, at its end: nothing is killed
_APART_S = 20.0  # at least, between two kills: it starts in some seconds, and three deaths alone give a picture up
_LOOKS = 8  # at the memory of a process, before its life counts: it grows while it starts
_WORDS = ("a red cat", "two boats at sea", "一只白猫", "a lighthouse, oil on canvas", "moon")
_FORBIDDEN = "how to make a pipe bomb at home"
_WRONG: tuple[dict[str, Any], ...] = (
    {"width": 8},
    {"steps": 0},
    {"guidance": float("nan")},
    {"sampler": "magic"},
    {"transparent": True, "format": "jpeg"},
    {"init_image": "0" * 32},
    {"model": "nobody"},
    {"format": "svg"},
)


@dataclass
class Soak:
    """What happened. Appended to by all threads; each appends whole things."""

    admitted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    own: list[float] = field(default_factory=list)  # MiB of this process, one a look
    files: list[float] = field(default_factory=list)  # that it has open
    threads: list[float] = field(default_factory=list)
    lives: dict[int, list[float]] = field(default_factory=dict)  # MiB of each engine process
    engines: tuple[int, ...] = ()  # those that lived at the last look
    others: dict[int, list[float]] = field(default_factory=dict)  # MiB of each other child
    kills: int = 0


def measure(quick: bool, minutes: float) -> Result:
    from tests.fakes import checkpoints

    logging.getLogger("pingxing").setLevel(logging.ERROR)
    soak, stop = Soak(), threading.Event()
    with tempfile.TemporaryDirectory(prefix="pingxing-soak-") as folder:
        place = Path(folder)
        settings = load(
            {},
            data_dir=place / "data",
            workers=4,
            default_model="scene",
            # Tiny checkpoints of some 100 MB with what flows through: room for one.
            device_memory_gib=0.2,
            devices=DEVICES,
            read_pictures="never",
            classifier=False,  # prompts are not what is measured
            steps_per_day=10**6,
            queue_limit_account=10,
        )
        kept = shelf(settings)
        for name in MODELS:
            kept.add(checkpoints.save(name, place / name), name, datetime.now(UTC), licence="none")
        os.environ["OMP_NUM_THREADS"] = "1"
        with build(settings) as app:
            app.worker.start()
            people = _people(app)
            for name in MODELS:  # before the first look at the memory
                _finish(app, people[0], flow.admit(app, people[0], _wish(random.Random(name), model=name)).id, 120)
            say(f"soaking for {minutes:g} minutes")
            began, wild = time.monotonic(), minutes * 60 * (1 - _CALM)
            threads = [
                threading.Thread(target=_guarded, args=(soak, _person, app, actor, soak, stop, number))
                for number, actor in enumerate(people)
            ]
            threads += [
                threading.Thread(
                    target=_guarded,
                    args=(soak, _killer, app, soak, stop, max(_APART_S, wild / _KILLS), began + wild),
                ),
                threading.Thread(target=_guarded, args=(soak, _watch, app, soak, stop, min(5.0, minutes * 60 / 40))),
            ]
            for thread in threads:
                thread.start()
            stop.wait(minutes * 60)
            stop.set()
            for thread in threads:
                thread.join()
            say("waiting for what is unfinished")
            ends = _examine(app, people, soak)
            seconds = time.monotonic() - began
    return _result(soak, ends, seconds, minutes)


def _people(app: App) -> list[Actor]:
    admin = app.identity.local_actor("en")
    found = [admin]
    for number in range(1, PEOPLE):
        name, password = f"person {number}", "a long enough password"
        account = app.identity.create_account(admin, name, Role.MEMBER, password)
        app.identity.set_share(admin, account.id, weight=number, steps_per_day=None)
        found.append(app.identity.sign_in(name, password, "soak").actor)
    return found


def _wish(chance: random.Random, **members: Any) -> Request:
    wanted: dict[str, Any] = {
        "prompt": f"{chance.choice(_WORDS)} no. {chance.randrange(10**6)}",
        "model": chance.choice(MODELS),
        "width": chance.choice([64, 64, 72, 100, 128]),
        "height": chance.choice([64, 64, 90]),
        "steps": chance.randint(1, 12),
        "guidance": chance.choice([1.0, 4.0, 7.5]),
        "count": chance.choice([1, 1, 1, 2]),
        "seed": chance.randrange(100),
        "urgency": chance.choice(["interactive", "interactive", "batch"]),
        "deadline_s": chance.choice([None, None, None, 3, 300]),
    }
    return Request(**(wanted | members))


def _guarded(soak: Soak, act: Callable[..., None], *arguments: Any) -> None:
    try:
        act(*arguments)
    except Exception as error:  # noqa: BLE001 - a thread that ends early must be told of, whatever it was
        soak.problems.append(f"{act.__name__}: {type(error).__name__}: {error}")


def _person(app: App, actor: Actor, soak: Soak, stop: threading.Event, number: int) -> None:
    chance = random.Random(number)
    while not stop.wait(chance.expovariate(2.0)):
        choice = chance.random()
        try:
            if choice < 0.15:
                _ask_wrongly(app, actor, soak, chance)
            elif choice < 0.2:
                _ask_for_what_is_forbidden(app, actor, soak)
            else:
                _ask(app, actor, soak, stop, chance)
        except Overloaded as error:
            soak.counts["told to wait"] += 1
            stop.wait(min(error.retry_after, 2))


def _ask(app: App, actor: Actor, soak: Soak, stop: threading.Event, chance: random.Random) -> None:
    job = flow.admit(app, actor, _wish(chance))
    soak.admitted.append(job.id)
    if chance.random() < 0.25:
        stop.wait(chance.random())
        _cancel(app, actor, soak, job.id)


def _ask_wrongly(app: App, actor: Actor, soak: Soak, chance: random.Random) -> None:
    wrong = chance.choice(_WRONG)
    try:
        soak.admitted.append(flow.admit(app, actor, _wish(chance, **wrong)).id)
        soak.problems.append(f"taken on: {wrong}")
    except (InvalidRequest, NotFound, ValidationError):
        soak.counts["bad input, said so"] += 1


def _ask_for_what_is_forbidden(app: App, actor: Actor, soak: Soak) -> None:
    try:
        soak.admitted.append(flow.admit(app, actor, Request(prompt=_FORBIDDEN, model=MODELS[0])).id)
        soak.problems.append("a forbidden prompt was taken on")
    except Refused as error:
        soak.refused.append(error.job)


def _cancel(app: App, actor: Actor, soak: Soak, job_id: str) -> None:
    try:
        flow.cancel(app, actor, job_id)
        soak.counts["cancels"] += 1
    except Conflict:
        soak.counts["cancels that came too late"] += 1


def _engines(app: App) -> tuple[int, ...]:
    backend = app.registry.backend(MODELS[0])
    if not isinstance(backend, ApartBackend):
        return ()
    return tuple(place.pid for place in backend._hall.workshops if place.pid is not None)


def _killer(app: App, soak: Soak, stop: threading.Event, every_s: float, until: float) -> None:
    """`until` on the monotonic clock."""
    chance = random.Random(0)
    while not stop.wait(every_s * chance.uniform(0.7, 1.3)) and time.monotonic() < until:
        if engines := _engines(app):
            os.kill(chance.choice(engines), signal.SIGKILL)
            soak.kills += 1


def _watch(app: App, soak: Soak, stop: threading.Event, every_s: float) -> None:
    own = psutil.Process()
    while not stop.wait(every_s):
        soak.own.append(own.memory_info().rss / MIB)
        soak.files.append(own.num_fds())
        soak.threads.append(own.num_threads())
        soak.engines = _engines(app)
        for process in own.children(recursive=True):
            kept = soak.lives if process.pid in soak.engines or process.pid in soak.lives else soak.others
            try:
                kept.setdefault(process.pid, []).append(process.memory_info().rss / MIB)
            except psutil.NoSuchProcess:
                continue


def _finish(app: App, actor: Actor, job_id: str, within: float) -> JobState:
    until = time.monotonic() + within
    while not (state := app.desk.job(actor, job_id).job.state).final:
        if time.monotonic() > until:
            return state
        time.sleep(0.05)
    return state


def _examine(app: App, people: Sequence[Actor], soak: Soak) -> Counter[str]:
    """How everything ended, and everything that is not as it should be, into `soak.problems`."""
    admin, ends = people[0], Counter[str]()
    for job_id in soak.admitted:
        state = _finish(app, admin, job_id, 180)
        ends[state.value] += 1
        if not state.final:
            soak.problems.append(f"lost: {job_id} is {state.value}")
            continue
        view = app.desk.job(admin, job_id)
        job = view.job
        if job.spent is None or not 0 <= job.spent <= job.cost:
            soak.problems.append(f"charge of {job_id}: {job.spent} of {job.cost}")
        if state is JobState.DELIVERED:
            if job.spent != job.cost:
                soak.problems.append(f"delivered for {job.spent} of {job.cost}: {job_id}")
            # The check of pictures may hold some of them back (these are random): then its findings stand with the job.
            held_back = job.verdict is not None and job.verdict.findings and view.receipts
            if len(view.receipts) != job.request.count and not held_back:
                soak.problems.append(f"{len(view.receipts)} pictures of {job.request.count}: {job_id}")
            for receipt in view.receipts:
                try:
                    flow.release(app, admin, receipt.id)  # checks the proof and the bytes
                except PingxingError as error:
                    soak.problems.append(f"receipt {receipt.id}: {error}")
        elif state is JobState.FAILED and job.error != "deadline_passed":
            soak.problems.append(f"failed: {job_id}: {job.error}")
    for job_id in soak.refused:
        if app.desk.job(admin, job_id).job.state is not JobState.REFUSED:
            soak.problems.append(f"no longer refused: {job_id}")
    with app.store.read() as tx:
        app.ledger.attest(tx.log)
    for actor in people:
        if (told := app.desk.usage(actor)).reserved:
            soak.problems.append(f"still held for nobody: {told.reserved} steps")
    return ends


def _result(soak: Soak, ends: Counter[str], seconds: float, minutes: float) -> Result:
    growth, peaks = _growth(soak.own), [max(life) for life in soak.lives.values() if len(life) >= _LOOKS]
    swelling = max(peaks) / statistics.median(peaks) if peaks else 1.0
    calm = [soak.lives[pid] for pid in soak.engines if pid in soak.lives]
    others = [looks for looks in soak.others.values() if len(looks) >= _LOOKS]
    lost = sum(problem.startswith(("lost", "receipt", "delivered for")) for problem in soak.problems)
    ours = {
        "admitted": len(soak.admitted),
        "ended": dict(ends),
        "refused": len(soak.refused),
        "engine processes killed": soak.kills,
        "engine processes": len(soak.lives),
        "memory_mib": spread(soak.own),
        "memory_mib_by_twelfths": _course(soak.own),
        "open_files": spread(soak.files),
        "threads": spread(soak.threads),
        "engine_memory_peaks_mib": spread(peaks),
        "engine_memory_last_lives_mib_by_twelfths": [_course(looks) for looks in calm],
        "other_children_memory_mib": [spread(looks) for looks in soak.others.values()],
        **soak.counts,
    }
    targets = [
        Target("acknowledged jobs lost", 0, lost, "jobs"),
        Target("memory of the server, last quarter over second", 1.1, growth, "x"),
        Target("memory of the engine process, worst life over the middle one", 1.3, round(swelling, 3), "x"),
        Target(
            "memory of an engine process in its last life, last quarter over second",
            1.1,
            max(map(_growth, calm), default=1.0),
            "x",
        ),
        Target("memory of other children, last quarter over second", 1.1, max(map(_growth, others), default=1.0), "x"),
        Target("open files of the server, last quarter over second", 1.1, _growth(soak.files), "x"),
        Target("threads of the server, last quarter over second", 1.1, _growth(soak.threads), "x"),
        Target("delivered", 1, ends["delivered"], "jobs", "higher"),
    ]
    facts = conditions(minutes=minutes, seconds=round(seconds), people=PEOPLE, models=MODELS, devices=DEVICES)
    return Result("engine_soak", ours, {}, {}, targets, facts, soak.problems)


def _growth(looks: Sequence[float]) -> float:
    """The middle of the last quarter over the middle of the second: the first one is for caches to fill."""
    part = len(looks) // 4
    if part == 0:
        return 1.0
    return round(statistics.median(looks[-part:]) / statistics.median(looks[part : 2 * part]), 3)


def _course(looks: Sequence[float]) -> list[float]:
    """The middles of twelve equal parts, so that one can see where it grew."""
    ends = [round(len(looks) * part / 12) for part in range(13)]
    parts = [looks[begin:end] for begin, end in pairwise(ends) if end > begin]
    return [round(statistics.median(part), 1) for part in parts]


def main(minutes: float, arguments: Sequence[str]) -> int:
    return run("engine_soak", lambda quick: measure(quick, minutes), arguments)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0, sys.argv[2:]))
