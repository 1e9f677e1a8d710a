"""The one way at 1024x1024, stage by stage: `python -m bench.path [--quick]`.

Four measurements, each against its number in the issue: the stages of `admit` and `fulfil` in one
process; a fresh `serve` from start to the first delivered picture; the server's memory while it
works; the size of a default install.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import httpx

from bench.common import Result, Target, conditions, run, say, spread
from bench.floor import floor_ms
from bench.studio import Person, Studio, people, prompts

SIDE = 1024
_STAGES = ("policy", "engine", "label", "ledger")


@dataclass
class Stages:
    """Milliseconds of each picture."""

    admit: list[float] = field(default_factory=list)
    fulfil: list[float] = field(default_factory=list)
    release: list[float] = field(default_factory=list)
    rest: list[float] = field(default_factory=list)  # admit and fulfil without the engine
    by_stage: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in _STAGES})


def measure(quick: bool) -> Result:
    count = 6 if quick else 60
    facts = conditions(size=f"{SIDE}x{SIDE}", format="png", pictures=count)
    say("bare render and encode")
    floor = floor_ms(SIDE, SIDE, count)
    with tempfile.TemporaryDirectory(prefix="pingxing-path-") as folder:
        say("the way, in one process")
        stages = _in_process(Path(folder) / "inside", count)
        say("serve, to the first picture")
        served = _served(Path(folder) / "served", 4 if quick else 30)
    install = installed_mib("pingxing")
    engine, rest = spread(stages.by_stage["engine"]), spread(stages.rest)
    whole = spread([a + b for a, b in zip(stages.admit, stages.fulfil, strict=True)])
    ours = {
        "stages_ms": {name: spread(values) for name, values in stages.by_stage.items()},
        "admit_ms": spread(stages.admit),
        "fulfil_ms": spread(stages.fulfil),
        "release_ms": spread(stages.release),
        "everything_but_the_engine_ms": rest,
        "whole_way_ms": whole,
        **served,
        "install_mib": install,
    }
    return Result(
        name="path",
        ours=ours,
        peers={"bare_render_and_encode_ms": round(floor, 2)},
        ratio={
            "whole_way_over_bare": round(whole["median"] / floor, 2),
            "engine_over_bare": round(engine["median"] / floor, 2),
        },
        targets=[
            Target("median engine time", 400, engine["median"], "ms"),
            Target("everything else on the way, median", 150, rest["median"], "ms"),
            Target("memory of the server and its children, resident", 600, served["memory_mib"]["resident"], "MiB"),
            Target("serve to first delivered picture", 10, served["first_picture_s"], "s"),
            Target("default install", 500, install["total"], "MB"),
        ],
        conditions=facts,
    )


def _in_process(data: Path, count: int) -> Stages:
    """`admit` and `fulfil` called as the worker does; the hand-over through the queue is measured with serve."""
    from pingxing import flow
    from pingxing.bootstrap import build
    from pingxing.settings import load
    from pingxing.types import Request

    stages = Stages()
    with build(load({}, data_dir=data)) as app:
        app.worker.start()  # makes the executor's tables; the worker itself would compete with what is timed
    with build(load({}, data_dir=data)) as app:
        actor = app.identity.local_actor("en")
        for number in range(-3, count):  # three that warm up and are not counted
            wish = Request(prompt=prompts()[number % len(prompts())], width=SIDE, height=SIDE, seed=number + 3)
            begun = time.perf_counter()
            job = flow.admit(app, actor, wish)
            admitted = time.perf_counter()
            flow.fulfil(app, job.id)
            fulfilled = time.perf_counter()
            view = app.desk.job(actor, job.id)
            released = time.perf_counter()
            flow.release(app, actor, view.receipts[0].id)
            handed_out = time.perf_counter()
            if number < 0:
                continue
            admit, fulfil = (admitted - begun) * 1000, (fulfilled - admitted) * 1000
            stages.admit.append(admit)
            stages.fulfil.append(fulfil)
            stages.release.append((handed_out - released) * 1000)
            stages.rest.append(admit + fulfil - view.job.timings_ms["engine"])
            for name in _STAGES:
                stages.by_stage[name].append(view.job.timings_ms[name])
    return stages


def _served(data: Path, count: int) -> dict[str, Any]:
    """A server on an empty folder: ready, first picture, then `count` more one after the other."""
    with Studio(data) as studio:
        begun = time.monotonic()
        ready = studio.start()  # the first start also makes keys, database and administrator
        studio.stop()
        person = people(data, 1)[0]  # an account and a key, which the one-time link would give a person
        made = time.monotonic()
        again = studio.start()
        with httpx.Client(base_url=studio.url, timeout=60, trust_env=False, headers=person.headers) as client:
            _generate(client, person, 0)
            first = time.monotonic() - made
            idle = studio.memory()
            taken, most = [], idle
            for number in range(1, count + 1):
                start = time.perf_counter()
                _generate(client, person, number)
                taken.append((time.perf_counter() - start) * 1000)
                now = studio.memory()
                most = (max(most[0], now[0]), max(most[1], now[1]))
            stopped = studio.stop()
    return {
        "first_start_ready_s": round(ready, 2),
        "later_start_ready_s": round(again, 2),
        "first_picture_s": round(first + max(0.0, ready - again), 2),
        "stop_s": round(stopped, 2),
        "http_openai_ms": spread(taken),
        "memory_mib": {
            "resident": round(most[0], 1),
            "proportional": round(most[1], 1),
            "after_first": round(idle[0], 1),
        },
        "benchmark_s": round(time.monotonic() - begun, 1),
    }


def _generate(client: httpx.Client, person: Person, seed: int) -> None:
    body = {"prompt": prompts()[seed % len(prompts())], "size": f"{SIDE}x{SIDE}", "seed": seed}
    answer = client.post("/v1/images/generations", json=body)
    if answer.status_code != 200 or not answer.json()["data"]:
        raise RuntimeError(f"no picture came back but {answer.status_code}: {answer.text[:300]}")


# --- the size of an install ----------------------------------------------------------------------


def installed_mib(name: str) -> dict[str, Any]:
    """Decimal megabytes on disk of a distribution and all that its default install pulls in, largest first.

    From what pip recorded for each, and what was compiled since, by pip or by use; Python itself is not counted.
    """
    sizes = {one.name.lower(): _size(one) for one in _closure(name)}
    ordered = sorted(sizes.items(), key=lambda item: -item[1])
    return {
        "total": round(sum(sizes.values()) / 1e6, 1),
        "distributions": len(sizes),
        "largest": {key: round(size / 1e6, 1) for key, size in ordered[:10]},
    }


def _closure(name: str) -> list[Distribution]:
    from packaging.requirements import Requirement

    found: dict[str, Distribution] = {}
    open_: list[tuple[str, frozenset[str]]] = [(name, frozenset())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while open_:
        wanted = open_.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        try:
            one = distribution(wanted[0])
        except PackageNotFoundError:
            continue  # needed on other systems only
        found[re.sub(r"[-_.]+", "-", wanted[0]).lower()] = one
        for text in one.requires or ():
            need = Requirement(text)
            extras = wanted[1] or frozenset({""})
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras):
                open_.append((need.name, frozenset(need.extras)))
    return list(found.values())


def _size(one: Distribution) -> int:
    files = {Path(str(one.locate_file(file))).resolve() for file in one.files or ()}
    files |= {Path(cache_from_source(str(file))) for file in files if file.suffix == ".py"}
    total = sum(file.stat().st_size for file in files if file.is_file())
    if one.name.lower() == "pingxing":  # installed editable here: count the package's own folder instead
        import pingxing

        folder = Path(pingxing.__file__).parent
        total += sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return total


def main() -> int:
    return run("path", measure)


if __name__ == "__main__":
    sys.exit(main())
