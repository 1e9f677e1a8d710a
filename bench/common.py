"""What every benchmark shares: the machine's facts, honest statistics, results as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results"
_PACKAGES = ("pingxing", "sqlalchemy", "dbos", "pillow", "resvg-py", "numpy", "onnxruntime", "fastapi", "uvicorn")


@dataclass(frozen=True)
class Target:
    """A number to reach. `wanted` is the bound, `better` the side of it that is good."""

    name: str
    wanted: float
    measured: float
    unit: str
    better: str = "lower"

    @property
    def met(self) -> bool:
        return self.measured <= self.wanted if self.better == "lower" else self.measured >= self.wanted


@dataclass(frozen=True)
class Result:
    """One run. `ours` and `peers` hold measurements by name, `ratio` ours over a peer's."""

    name: str
    ours: dict[str, Any]
    peers: dict[str, Any]
    ratio: dict[str, float]
    targets: list[Target]
    conditions: dict[str, Any]
    problems: list[str] = field(default_factory=list)

    @property
    def met(self) -> bool:
        return not self.problems and all(target.met for target in self.targets)

    def record(self) -> dict[str, Any]:
        targets = [{**asdict(target), "met": target.met} for target in self.targets]
        return {**asdict(self), "targets": targets, "met": self.met}


def run(name: str, measure: Callable[[bool], Result], arguments: Sequence[str] | None = None) -> int:
    """The `main` of every benchmark. A full run is kept in bench/results, a quick one only where --out says."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}")
    parser.add_argument("--quick", action="store_true", help="smaller numbers, for a look; not kept")
    parser.add_argument("--out", type=Path, help="where to write the result (default bench/results for a full run)")
    chosen = parser.parse_args(arguments)
    result = measure(chosen.quick)
    text = json.dumps(result.record(), ensure_ascii=False, indent=2) + "\n"
    out = chosen.out or (None if chosen.quick else RESULTS / f"{name}.json")
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    for target in result.targets:
        sign = "ok  " if target.met else "MISS"
        bound = "at most" if target.better == "lower" else "at least"
        say(f"{sign} {target.name}: {target.measured:g} {target.unit} ({bound} {target.wanted:g})")
    for problem in result.problems[:20]:
        say(f"PROBLEM {problem}")
    return 0 if result.met else 1


def say(text: str) -> None:
    """Progress, on stderr: stdout is the result's."""
    print(text, file=sys.stderr, flush=True)


# --- statistics ----------------------------------------------------------------------------------


def spread(values: Sequence[float]) -> dict[str, float]:
    """Count, median, 95th percentile (nearest rank), least and most."""
    if not values:
        return {"n": 0}
    ordered = sorted(values)
    rank = max(0, -(-len(ordered) * 95 // 100) - 1)
    return {
        "n": len(ordered),
        "median": round(statistics.median(ordered), 3),
        "p95": round(ordered[rank], 3),
        "min": round(ordered[0], 3),
        "max": round(ordered[-1], 3),
    }


def timed(action: Callable[[], Any], times: int) -> list[float]:
    """Milliseconds of each call."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        taken.append((time.perf_counter() - start) * 1000)
    return taken


# --- conditions ----------------------------------------------------------------------------------


def conditions(**more: Any) -> dict[str, Any]:
    """Under what the numbers hold: machine, versions, commit, how busy the machine was, how slow its disk."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: _version(name) for name in _PACKAGES},
        "load_average": [round(value, 2) for value in os.getloadavg()],
        "fsync_ms": spread(_fsyncs()),
        **more,
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    if shutil.which("git") is None:
        return "unknown"
    changed = git("status", "--porcelain", "--untracked-files=no", "--", "src")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + ("+changes" if changed else "")


def _fsyncs() -> list[float]:
    """How long 4 KiB take to reach the disk that temporary files lie on."""
    with tempfile.TemporaryFile() as file:

        def write() -> None:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())

        return timed(write, 20)
