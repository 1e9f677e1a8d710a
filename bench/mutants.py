"""Mutation testing of the label rules: `python -m bench.mutants [--quick]`.

Every module that says what a label is gets changed in one place (bench/mutation.py), and the tests that reach that
place must notice. A change that none of them notices either changes nothing that anybody could see, and
`bench/mutants.toml` says why, or it is a hole in the tests.

The tests are collected once, in a copy of the source; a mutant is a fork of that process. Where the change lies in a
function its code object is exchanged, so that a mutant costs little more than the first test that fails; where it
takes effect at import, the room is imported anew.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.common import ROOT, Result, Target, conditions, run, say
from bench.mutation import mutants

ROOM = "src/pingxing/label"
MODULES = (
    "record", "checking", "measure", "visible", "plate", "writing", "xmp", "credentials", "c2pa", "kit", "signing",
    "media/audio", "media/text", "media/video",
)  # fmt: skip
TESTS = (
    "test_label_rules", "test_label_rules_drawn", "test_label_rules_signed", "test_label_rules_media",
    "test_label_record", "test_label_seal", "test_label_visible", "test_label_kit", "test_label_c2pa",
    "test_label_media", "test_label_transparent", "test_label_read", "test_label_forged",
)  # fmt: skip
REASONS = ROOT / "bench" / "mutants.toml"


@dataclass(frozen=True)
class Survivor:
    module: str
    lineno: int
    line: str
    says: str

    @property
    def text(self) -> str:
        return f"{self.module}:{self.lineno}: {self.says}   [{self.line}]"


def measure(quick: bool) -> Result:
    return judged(play(MODULES[:2] if quick else MODULES))


def play(
    modules: Sequence[str],
    *,
    commit: str = "",
    budget: float = 20.0,
    keep: Path | None = None,
    tests: Sequence[str] = TESTS,
) -> dict[str, Any]:
    """Run every mutant of `modules`; what became of each. `budget`: seconds of tests a mutant may live through."""
    with tempfile.TemporaryDirectory(prefix="pingxing-mutants-") as folder:
        copy = Path(folder) / "copy"
        _copy(copy, commit)
        out = keep or Path(folder) / "out.json"
        order = {"modules": list(modules), "budget": budget, "out": str(out), "copy": str(copy)}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PINGXING_")}
        environ = kept | {
            "PYTHONPATH": f"{copy / 'src'}{os.pathsep}{copy}",
            "PINGXING_MUTANTS": json.dumps(order),
            "PYTHONHASHSEED": "0",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        paths = [f"tests/unit/{name}.py" for name in tests]
        words = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "bench.mutating", *paths]
        subprocess.run([sys.executable, "-m", "pytest", *words], cwd=copy, env=environ, check=True)
        played: dict[str, Any] = json.loads(out.read_text())
        return played


def _copy(to: Path, commit: str) -> None:
    """The source as it is, or as it was at `commit`: nobody's edits reach a run that has begun."""
    if commit:
        to.mkdir(parents=True)
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x"], input=archive, cwd=to, check=True)
        return
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("src", "tests", "bench"):
        shutil.copytree(ROOT / name, to / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", to)


def judged(played: dict[str, Any]) -> Result:
    """The table: per module how many mutants were made, noticed, excused with a reason, and not noticed."""
    reasons = _reasons()
    table: dict[str, dict[str, int]] = {}
    holes: list[Survivor] = []
    used: set[tuple[str, str]] = set()
    kinds: Counter[str] = Counter()
    for one in played["mutants"]:
        row = table.setdefault(one["module"], {"mutants": 0, "killed": 0, "excused": 0, "survived": 0})
        row["mutants"] += 1
        if one["fate"] == "killed":
            row["killed"] += 1
            continue
        kind = _excuse(reasons, one, used)
        if kind is not None:
            row["excused"] += 1
            kinds[kind] += 1
        else:
            row["survived"] += 1
            holes.append(Survivor(one["module"], one["lineno"], one["line"], one["says"]))
    total = {name: sum(row[name] for row in table.values()) for name in ("mutants", "killed", "excused", "survived")}
    stale = [f"{m}: {line}" for m, line in reasons if m in table and (m, line) not in used]
    return Result(
        name="mutants",
        ours={**total, "excuses": dict(kinds), "modules": table, "seconds": played["seconds"]},
        peers={},
        ratio={},
        targets=[
            Target("label rules: mutants that no test notices", 0, total["survived"], "mutants"),
            Target("reasons in the list that excuse nothing", 0, len(stale), "reasons"),
        ],
        conditions=conditions(tests=played["tests"], left_out=played["left_out"], budget_s=played["budget"]),
        problems=[hole.text for hole in holes] + [f"stale reason: {text}" for text in stale],
    )


def _reasons() -> dict[tuple[str, str], list[dict[str, str]]]:
    """By module and text of the line; several for a line where `says` tells its mutants apart."""
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for one in tomllib.loads(REASONS.read_text("utf-8")).get("mutant", []):
        found.setdefault((one["module"], one["line"]), []).append(one)
    return found


def _excuse(reasons: dict[tuple[str, str], list[dict[str, str]]], one: dict[str, Any], used: set[Any]) -> str | None:
    for reason in reasons.get((one["module"], one["line"]), []):
        if "says" not in reason or reason["says"] in one["says"]:
            used.add((one["module"], one["line"]))
            return reason["kind"]
    return None


def listed(modules: Sequence[str]) -> int:
    return sum(len(mutants((ROOT / ROOM / f"{name}.py").read_text("utf-8"))) for name in modules)


def _look(arguments: Sequence[str]) -> int:
    """`python -m bench.mutants look MODULE...`: the survivors of some modules, for whoever writes the tests."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutants look")
    parser.add_argument("modules", nargs="*", default=list(MODULES))
    parser.add_argument("--commit", default="")
    parser.add_argument("--budget", type=float, default=6.0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--tests", nargs="*", default=TESTS)
    chosen = parser.parse_args(arguments)
    say(f"{listed(chosen.modules)} mutants")
    result = judged(
        play(chosen.modules, commit=chosen.commit, budget=chosen.budget, keep=chosen.keep, tests=chosen.tests)
    )
    for problem in result.problems:
        print(problem)
    print(json.dumps(result.ours["modules"], indent=1))
    return 0 if result.met else 1


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    time.tzset()
    return _look(sys.argv[2:]) if sys.argv[1:2] == ["look"] else run("mutants", measure)


if __name__ == "__main__":
    sys.exit(main())
