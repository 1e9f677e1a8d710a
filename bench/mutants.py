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
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.common import RESULTS, ROOT, Result, Target, conditions, run
from bench.mutation import mutants

ROOM = "src/pingxing/label"
_SEALED = (
    "test_label_rules",
    "test_label_rules_lint",
    "test_label_record",
    "test_label_seal",
    "test_label_visible",
    "test_label_transparent",
)
_SIGNED = ("test_label_rules_signed", "test_label_rules", "test_label_c2pa", "test_label_kit", "test_label_forged")
_DRAWN = ("test_label_rules_drawn", "test_label_visible", "test_label_transparent")
_MEDIA = ("test_label_rules_media", "test_label_rules_lint", "test_label_media", "test_watermark_film")
_MOVING = ("test_label_rules_frames", "test_label_rules_moving", "test_makers_moving")
_LINTED = ("test_label_rules_lint", "test_lint")
_FOUND = ("test_label_rules_find", "test_label_read")
_READ = ("test_label_rules_read", "test_label_read", "test_label_forged")
_RECOGNISED = ("test_label_rules_seen", "test_label_rules_drawn")
_PAGES = (
    "test_label_rules_pages",
    "test_label_rules",
    "test_label_seal",
    "test_label_visible",
    "test_prints_sheets",
)
_FOREIGN = ("test_label_rules_foreign", "test_label_foreign")
_MERGED = ("test_label_rules_merged",)
_BELIEVED = ("test_label_rules_woven",)
_WRITTEN = ("test_label_rules_texts",)
_PACKED = ("test_label_rules_packets",)
# Modules, and the tests that look at them; the sharp ones of `test_label_rules*` run first.
GROUPS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("record", "checking", "xmp", "writing"), _SEALED),
    (("signing", "kit", "credentials", "c2pa"), _SIGNED),
    (("plate", "visible", "measure"), _DRAWN),
    (("media/text", "media/audio", "media/video"), _MEDIA),
    (("moving", "webm", "encoding"), _MOVING),
    (("lint",), _LINTED),
    (("finding",), _FOUND),
    (("reading",), _READ),
    (("recognising",), _RECOGNISED),
    (("packets",), _PACKED),
    (("containers",), ("test_label_rules_containers",)),
    (("pdf",), ("test_label_rules_texts", "test_label_rules_pages")),
    (("vector", "pages", "boxes", "booklet"), _PAGES),
    (("foreign/ordering", "foreign/texts", "foreign/kinds", "foreign/pictures", "foreign/drawings"), _FOREIGN),
    (("metadata/merging", "metadata/labels"), _MERGED),
    (("tiff", "metadata/tiffs"), ("test_label_rules_tiffs",)),
    (("metadata/pictures",), ("test_label_rules_pictures",)),
    (("metadata/heif",), ("test_label_rules_heif",)),
    (("metadata/bmff",), ("test_label_rules_bmff",)),
    (("metadata/riff",), ("test_label_rules_riff",)),
    (("metadata/ebml",), ("test_label_rules_ebml",)),
    (("metadata/flv",), ("test_label_rules_flv",)),
    (("metadata/id3",), ("test_label_rules_id3",)),
    (("metadata/vorbis",), ("test_label_rules_vorbis",)),
    (("metadata/texts", "metadata/pdfs"), _WRITTEN),
    (("metadata/office",), ("test_label_rules_office",)),
    (("watermark/code", "watermark/detect", "watermark/film"), _BELIEVED),
    (("watermark/embed",), ("test_label_rules_embed",)),
)
MODULES = tuple(name for modules, _ in GROUPS for name in modules)
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
    return judged([play(modules[:2] if quick else modules, tests) for modules, tests in GROUPS[: 1 if quick else None]])


def play(
    modules: Sequence[str],
    tests: Sequence[str],
    *,
    commit: str = "",
    budget: float = 8.0,
    keep: Path | None = None,
    before: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Run every mutant of `modules`; what became of each.

    `budget`: seconds of tests that a mutant may live through; `before`: what an earlier run saw, whose kills stand.
    """
    with tempfile.TemporaryDirectory(prefix="pingxing-mutants-") as folder:
        copy = Path(folder) / "copy"
        _copy(copy, commit)
        out = keep or Path(folder) / "out.json"
        known = Path(folder) / "before.json"
        known.write_text(json.dumps(list(before)))
        order = {
            "modules": list(modules),
            "budget": budget,
            "before": str(known),
            "out": str(out),
            "copy": str(copy),
            "commit": _named(commit),
        }
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


def _named(commit: str) -> str:
    """The commit a run is about, in twelve letters; with `+changes` where it is the folder as it lies there."""
    words = ["git", "rev-parse", "--short=12", commit or "HEAD"]
    name = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    return name if commit else f"{name}+changes"


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


def judged(runs: Sequence[dict[str, Any]], known: dict[str, dict[str, Any]] | None = None) -> Result:
    """The table: per module how many mutants were made, noticed, excused with a reason, and not noticed, and the commit
    that was looked at. A later run's module takes the place of an earlier one's; `known` are rows of a table before."""
    reasons = _reasons()
    table: dict[str, dict[str, Any]] = {}
    holes: list[Survivor] = []
    used: set[tuple[str, str]] = set()
    kinds: Counter[str] = Counter()
    newest = {mutant["module"]: number for number, played in enumerate(runs) for mutant in played["mutants"]}
    for number, one in ((n, mutant) for n, played in enumerate(runs) for mutant in played["mutants"]):
        if newest[one["module"]] != number:
            continue
        fresh = {
            "mutants": 0,
            "killed": 0,
            "excused": 0,
            "survived": 0,
            "commit": runs[number].get("commit", "unknown"),
        }
        row = table.setdefault(one["module"], fresh)
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
    begun = {
        name: f"{row['mutants']} of {many}"
        for name, row in table.items()
        if (many := _many(name, row)) > row["mutants"]
    }
    stale = [f"{m}: {line}" for m, line in reasons if m in table and m not in begun and (m, line) not in used]
    table = {name: row for name, row in ((known or {}) | table).items() if name in MODULES}
    total = {name: sum(row[name] for row in table.values()) for name in ("mutants", "killed", "excused", "survived")}
    missing = [name for name in MODULES if name not in table] if known is not None else []
    changed = [name for name, row in table.items() if _differs(name, row["commit"])]
    return Result(
        name="mutants",
        ours={
            **total,
            "excuses": dict(kinds),
            "modules": {name: table[name] for name in MODULES if name in table},
            "begun": begun,
            "never_run": missing,
            "not_listed": _unlisted(),
            "changed_since": changed,
            "seconds": round(sum(played["seconds"] for played in runs)),
        },
        peers={},
        ratio={},
        targets=[
            Target("label rules: mutants that no test notices", 0, total["survived"], "mutants"),
            Target("reasons in the list that excuse nothing", 0, len(stale), "reasons"),
            Target("modules that were never run, or not to their end", 0, len(missing) + len(begun), "modules"),
        ],
        conditions=conditions(
            runs=len(runs),
            most_tests_of_a_run=max(played["tests"] for played in runs),
            left_out=sorted({name for played in runs for name in played.get("left_out", ())}),
            budget_s=max(played["budget"] for played in runs),
        ),
        problems=[hole.text for hole in holes] + [f"stale reason: {text}" for text in stale],
    )


def _unlisted() -> list[str]:
    """Modules of the room that are in no group: nobody has asked what a slip in them would do."""
    room = ROOT / ROOM
    names = (str(file.relative_to(room).with_suffix("")) for file in room.rglob("*.py") if file.stem != "__init__")
    return sorted(set(names) - set(MODULES))


def _many(module: str, row: dict[str, Any]) -> int:
    """How many mutants a module has, as it was when it was looked at."""
    return len(mutants(_source(module, row["commit"])))


def _source(module: str, commit: str) -> str:
    file = f"{ROOM}/{module}.py"
    if commit.endswith("+changes") or commit == "unknown":
        return (ROOT / file).read_text("utf-8")
    return subprocess.run(
        ["git", "show", f"{commit}:{file}"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def _differs(module: str, commit: str) -> bool:
    """Whether a module is no longer what was looked at; edits that were not committed then cannot be known."""
    return _source(module, commit.removesuffix("+changes")) != (ROOT / f"{ROOM}/{module}.py").read_text("utf-8")


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


def _look(arguments: Sequence[str]) -> int:
    """`python -m bench.mutants look MODULE...`: the survivors of some modules, for whoever writes the tests.

    With `--keep FILE` that is there already, only those are tried again that survived when it was written.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.mutants look")
    parser.add_argument("modules", nargs="+")
    parser.add_argument("--commit", default="")
    parser.add_argument("--budget", type=float, default=8.0)
    parser.add_argument("--keep", type=Path)
    chosen = parser.parse_args(arguments)
    before = json.loads(chosen.keep.read_text())["mutants"] if chosen.keep and chosen.keep.exists() else []
    tests = dict.fromkeys(test for modules, tests in GROUPS if set(modules) & set(chosen.modules) for test in tests)
    played = play(
        chosen.modules, list(tests), commit=chosen.commit, budget=chosen.budget, keep=chosen.keep, before=before
    )
    return _told(judged([played]))


def _read(files: Sequence[str]) -> int:
    """`python -m bench.mutants read FILE...`: the table of runs that were kept, written to bench/results.

    Modules that none of them looked at keep their rows and holes, with the commit at which they were made."""
    before = json.loads((RESULTS / "mutants.json").read_text())
    commit = before["conditions"]["commit"]
    known = {name: {"commit": commit} | row for name, row in before["ours"]["modules"].items()}
    runs = [json.loads(Path(file).read_text()) for file in files]
    looked = {mutant["module"] for played in runs for mutant in played["mutants"]}
    result = judged(runs, known)
    result.problems.extend(text for text in before["problems"] if text.partition(":")[0] in known.keys() - looked)
    text = json.dumps(result.record(), ensure_ascii=False, indent=2) + "\n"
    (RESULTS / "mutants.json").write_text(text, encoding="utf-8")
    return _told(result)


def _told(result: Result) -> int:
    for problem in result.problems:
        print(problem)
    print(json.dumps(result.ours, indent=1))
    return 0 if result.met else 1


def main() -> int:
    """`look` and `read` for whoever writes tests, else the benchmark as every other."""
    doors = {"look": _look, "read": _read}
    door = doors.get(sys.argv[1]) if len(sys.argv) > 1 else None
    return door(sys.argv[2:]) if door is not None else run("mutants", measure)


if __name__ == "__main__":
    sys.exit(main())
