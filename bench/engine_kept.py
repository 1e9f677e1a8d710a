"""What a long run of `bench.engine` has found so far, part by part: one that is cut off is taken up where it stopped.

It lies beside the results until the run has ended, and is of one commit, machine and number of threads: another one
begins anew.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.common import RESULTS, Target, conditions, say

PARTS = RESULTS / "parts" / "engine.json"
_SAME = ("commit", "cpu", "cores", "python")  # of the conditions; and all of `facts` as a run begins
_SITTING = ("date", "load_average")


@dataclass
class Found:
    """What a run finds out, case by case. Without a `path` nothing is kept."""

    facts: dict[str, Any]
    path: Path | None = None
    ours: dict[str, Any] = field(default_factory=dict)
    peers: dict[str, Any] = field(default_factory=dict)
    ratio: dict[str, float] = field(default_factory=dict)
    targets: list[Target] = field(default_factory=list)
    asked: dict[str, tuple[int, float]] = field(default_factory=dict)  # by case: steps, seconds a step takes alone
    sittings: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        now = conditions()
        self._of = {name: now[name] for name in _SAME} | self.facts
        before = json.loads(self.path.read_text("utf-8")) if self.path is not None and self.path.exists() else None
        if before is not None and before["of"] == self._of:
            self.facts, self.ours, self.peers, self.ratio = (before[n] for n in ("facts", "ours", "peers", "ratio"))
            self.targets = [Target(**target) for target in before["targets"]]
            self.asked = {name: (int(steps), float(pace)) for name, (steps, pace) in before["asked"].items()}
            self.sittings = before["sittings"]
            say(f"taken up from {self.path}: {', '.join(self.done)}")
        elif before is not None:
            say(f"{self.path} is of another commit, machine or number of threads: everything is measured anew")
        self.sittings.append({name: now[name] for name in _SITTING} | {"minutes": 0.0, "parts": []})
        self._begin = time.monotonic()

    @property
    def done(self) -> list[str]:
        return [part for sitting in self.sittings for part in sitting["parts"]]

    @property
    def minutes(self) -> float:
        """Of all sittings, as far as their parts were kept."""
        return round(sum(float(sitting["minutes"]) for sitting in self.sittings), 1)

    def once(self, part: str, measure: Callable[[], None]) -> None:
        """Measure it, where no sitting before has, and keep what was found."""
        if part in self.done:
            return
        measure()
        self.sittings[-1]["parts"].append(part)
        self.sittings[-1]["minutes"] = round((time.monotonic() - self._begin) / 60, 1)
        if self.path is None:
            return
        told = {name: getattr(self, name) for name in ("facts", "ours", "peers", "ratio", "asked", "sittings")}
        told |= {"of": self._of, "targets": [asdict(target) for target in self.targets]}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.path.with_suffix(".new")
        aside.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
        aside.replace(self.path)  # whole or not at all
