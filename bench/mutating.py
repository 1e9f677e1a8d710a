"""The pytest plugin of bench/mutants.py: tests collected once, then one fork for each mutant. Not used elsewhere."""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import itertools
import json
import os
import resource
import signal
import sys
import time
import types
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.mutation import Mutant, mutants

ORDER: dict[str, Any] = json.loads(os.environ["PINGXING_MUTANTS"])
COPY = Path(ORDER["copy"])
ROOM = COPY / "src" / "pingxing" / "label"
LIMIT_S = 60.0  # of one mutant
_MEMORY = 8 << 30  # bytes of address space that a mutant may grow to
_KEPT_EVERY = 20  # mutants
FIRST = "test_label_rules"  # the tests written for this, quick and sharp, go first
_SURVIVED, _KILLED = 0, 7


def pytest_configure(config: pytest.Config) -> None:
    from hypothesis import settings

    settings.register_profile("mutants", derandomize=True, database=None, deadline=None)
    settings.load_profile("mutants")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Instead of running the tests once: once for their reach, then for every mutant."""
    begun = time.monotonic()
    reached = _reach(session.items)
    _say(f"{len(session.items)} tests, {sum(one['seconds'] for one in reached.values()):.1f} s")
    fates = []
    before = json.loads(Path(ORDER["before"]).read_text())
    for name in ORDER["modules"]:
        source = (ROOM / f"{name}.py").read_text("utf-8")
        made = mutants(source)
        standing = _standing(made, [one for one in before if one["module"] == name])
        for at, mutant in enumerate(made, 1):
            said = _described(name, mutant)
            fates.append(said | (standing.get(mutant.number) or _played(session, reached, name, mutant)))
            if at % _KEPT_EVERY == 0:
                _keep(fates, reached, begun, whole=False)
        alive = sum(one["fate"] == "survived" for one in fates if one["module"] == name)
        _say(f"{name}: {alive} of {len(made)} survived, {time.monotonic() - begun:.0f} s")
        _keep(fates, reached, begun, whole=name == ORDER["modules"][-1])
    return True


def _standing(made: Sequence[Mutant], before: Sequence[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """What an earlier run saw noticed, by number: tests were only added since. A kill stands as long as the function
    or statement that the mutant is in has the very same mutants; where that was edited, all of them are tried anew."""
    told = [(one["line"], one["says"]) for one in before]
    found: dict[int, dict[str, Any]] = {}
    for _, group in itertools.groupby(made, lambda mutant: (mutant.function, mutant.names)):
        part = list(group)
        wanted = [(mutant.line, mutant.says) for mutant in part]
        places = (i for i in range(len(told) - len(part) + 1) if told[i : i + len(part)] == wanted)
        start = next(places, None)
        if start is not None:
            for mutant, one in zip(part, before[start : start + len(part)], strict=True):
                if one["fate"] == "killed":
                    found[mutant.number] = {"fate": "killed", "tests": one["tests"]}
    return found


def _keep(fates: Sequence[dict[str, Any]], reached: dict[str, dict[str, Any]], begun: float, *, whole: bool) -> None:
    """Write down what is known so far: a run that is ended goes on from there."""
    told = {
        "commit": ORDER["commit"],
        "whole": whole,
        "mutants": fates,
        "tests": len(reached),
        "left_out": [name for name, one in reached.items() if not one["passed"]],
        "budget": ORDER["budget"],
        "seconds": round(time.monotonic() - begun, 1),
    }
    out = Path(ORDER["out"])
    out.with_suffix(".part").write_text(json.dumps(told, ensure_ascii=False))
    out.with_suffix(".part").replace(out)


def _say(text: str) -> None:
    print(text, file=sys.__stderr__, flush=True)


def _described(module: str, mutant: Mutant) -> dict[str, Any]:
    return {
        "module": module,
        "number": mutant.number,
        "lineno": mutant.lineno,
        "line": mutant.line,
        "says": mutant.says,
    }


# --- forks ---------------------------------------------------------------------------------------


def _forked(work: Callable[[], int], limit_s: float) -> int:
    """The exit status of `work` in a fork; a fork that takes too long is ended and counts as killed.

    One that others keep from the processor is waited for: how long it may compute is bounded by itself."""
    child = os.fork()
    if child == 0:
        code = _KILLED
        try:
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            code = work()
        finally:
            os._exit(code)
    until = time.monotonic() + limit_s
    pause = 0.002
    while time.monotonic() < until or not _rests(child):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(pause)
        pause = min(0.05, pause * 1.2)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return _KILLED


def _rests(process: int) -> bool:
    """Whether a process waits for something else than the processor."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "RZ"


def _bounded(work: Callable[[], int], processor_s: int) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (processor_s, processor_s))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    return work()


# --- which test reaches which line ----------------------------------------------------------------


def _reach(items: Sequence[pytest.Item]) -> dict[str, dict[str, Any]]:
    """For each test the seconds it takes and the lines of the room that it runs."""
    out = Path(ORDER["out"]).with_suffix(".reach")
    if _forked(lambda: _trace(items, out), 900) != _SURVIVED:
        raise RuntimeError("the tests fail without any mutant, or cannot be traced")
    told: dict[str, dict[str, Any]] = json.loads(out.read_text())
    for name, one in told.items():
        if not one["passed"]:  # a time limit, mostly, on a busy machine: it proves nothing about a mutant
            one["lines"] = {}
            _say(f"left out, since it fails without any mutant: {name}")
    return told


def _trace(items: Sequence[pytest.Item], out: Path) -> int:
    told: dict[str, dict[str, Any]] = {}
    lines: set[tuple[str, int]] = set()
    room = str(ROOM)

    def line(frame: types.FrameType, event: str, _: object) -> Any:
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return line

    def call(frame: types.FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.startswith(room):
            return None
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        return line

    import threading

    for i, item in enumerate(items):
        lines.clear()
        _forget()  # what an earlier test left in a cache would hide that this one runs it too
        threading.settrace(call)
        sys.settrace(call)
        begun = time.perf_counter()
        passed = _passes(item, items[i + 1] if i + 1 < len(items) else None)
        taken = time.perf_counter() - begun
        sys.settrace(None)
        found: dict[str, list[int]] = {}
        for file, number in lines:
            found.setdefault(str(Path(file).relative_to(ROOM).with_suffix("")), []).append(number)
        told[item.nodeid] = {"seconds": taken, "passed": passed, "lines": found}
    out.write_text(json.dumps(told))
    return _SURVIVED


def _passes(item: pytest.Item, after: pytest.Item | None) -> bool:
    from _pytest.runner import runtestprotocol

    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=after))


# --- one mutant -----------------------------------------------------------------------------------


def _played(session: pytest.Session, reached: dict[str, dict[str, Any]], name: str, mutant: Mutant) -> dict[str, Any]:
    items = _chosen(session.items, reached, name, mutant)
    at_import = not mutant.function
    if not items and mutant.function:  # no test runs it: its module does, when it is imported
        at_import, mutant = True, replace(mutant, names=frozenset({mutant.function.partition(".")[0]}))
        items = _chosen(session.items, reached, name, replace(mutant, function=""))
    if not items:
        return {"fate": "survived", "tests": 0}
    file = str(ROOM / f"{name}.py")
    try:
        code = mutant.module(file)
    except (SyntaxError, ValueError):
        return {"fate": "killed", "tests": 0}
    module = f"pingxing.label.{name.replace('/', '.')}"

    def work() -> int:
        if not at_import and _exchange(module, mutant.function, code):
            return _run(items)
        return _import_anew(module, code, items)

    # a mutant that runs in circles, or eats memory, is noticed: no test would wait for it
    expected = sum(reached[item.nodeid]["seconds"] for item in items)
    ended = _forked(lambda: _bounded(work, round(5 + 3 * expected)), LIMIT_S)
    return {"fate": "survived" if ended == _SURVIVED else "killed", "tests": len(items)}


def _chosen(
    items: Sequence[pytest.Item], reached: dict[str, dict[str, Any]], name: str, mutant: Mutant
) -> list[pytest.Item]:
    """The tests that run the changed line, the sharp ones first, then the quick ones, as many as the budget allows."""

    def near(item: pytest.Item) -> bool:
        lines = reached[item.nodeid]["lines"]
        if not mutant.function:
            if not lines and FIRST in item.nodeid:
                return True  # it compares a table, and runs nothing
            return any(set(lines.get(file, ())) & numbers for file, numbers in _uses(name, mutant).items())
        return mutant.lineno in lines.get(name, ()) or bool(_spans(name, mutant) & set(lines.get(name, ())))

    able = [item for item in items if near(item)]
    able.sort(key=lambda item: (FIRST not in item.nodeid, reached[item.nodeid]["seconds"]))
    taken, kept = 0.0, list[pytest.Item]()
    for item in able:
        taken += reached[item.nodeid]["seconds"]
        if taken > ORDER["budget"] and kept and FIRST not in item.nodeid:
            break
        kept.append(item)
    return kept


_KNOWN_SPANS: dict[tuple[str, str], set[int]] = {}
_KNOWN_USES: dict[tuple[str, frozenset[str]], dict[str, set[int]]] = {}


def _spans(name: str, mutant: Mutant) -> set[int]:
    """Lines of the function in which a mutant stands: expressions over several lines are traced by their first."""
    import ast

    key = (name, mutant.function)
    if key not in _KNOWN_SPANS:
        tree = ast.parse((ROOM / f"{name}.py").read_text("utf-8"))
        last = mutant.function.rpartition(".")[2]
        _KNOWN_SPANS[key] = {
            number
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name == last
            for number in range(node.body[0].lineno, (node.end_lineno or 0) + 1)
        }
    return _KNOWN_SPANS[key]


def _uses(name: str, mutant: Mutant) -> dict[str, set[int]]:
    """Lines of functions, anywhere in the room, that use what an import-time statement defines; else all of its own."""
    import ast

    key = (name, mutant.names)
    if key not in _KNOWN_USES:
        names = set(mutant.names)
        found: dict[str, set[int]] = {}
        trees = {str(f.relative_to(ROOM).with_suffix("")): ast.parse(f.read_text("utf-8")) for f in ROOM.rglob("*.py")}
        for _ in range(3):  # constants made of constants
            for node in trees[name].body:
                if isinstance(node, ast.Assign) and names & {
                    n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)
                }:
                    names |= {t.id for t in node.targets if isinstance(t, ast.Name)}
        for file, tree in trees.items():
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef | ast.ClassDef):
                    for part in ast.walk(function):
                        said = part.id if isinstance(part, ast.Name) else getattr(part, "attr", "")
                        if said in names:
                            found.setdefault(file, set()).add(getattr(part, "lineno", 0))
                    if function.name in names:
                        span = range(function.body[0].lineno, (function.end_lineno or 0) + 1)
                        found.setdefault(file, set()).update(span)
        _KNOWN_USES[key] = found or {name: set(range(1, 10_000))}
    return _KNOWN_USES[key]


def _run(items: Sequence[pytest.Item]) -> int:
    for i, item in enumerate(items):
        if not _passes(item, items[i + 1] if i + 1 < len(items) else None):
            return _KILLED
    return _SURVIVED


def _exchange(module: str, function: str, code: types.CodeType) -> bool:
    """Give the living function the changed code; False where that cannot be."""
    changed = _code_of(code, function)
    live: Any = importlib.import_module(module)
    for part in function.split("."):
        live = vars(live).get(part)
    while not isinstance(live, types.FunctionType):
        below = next((b for n in ("fget", "__func__", "__wrapped__") if (b := getattr(live, n, None))), None)
        if below is None:
            return False
        live = below
    while hasattr(live, "__wrapped__"):
        live = live.__wrapped__
    if changed is None or changed.co_freevars != live.__code__.co_freevars:
        return False
    live.__code__ = changed
    _forget()
    return True


def _code_of(code: types.CodeType, function: str) -> types.CodeType | None:
    wanted = function
    waiting = [code]
    while waiting:
        one = waiting.pop()
        if one.co_qualname == wanted:
            return one
        waiting += [const for const in one.co_consts if isinstance(const, types.CodeType)]
    return None


def _forget() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("pingxing.label") and module is not None:
            for value in list(vars(module).values()):
                clear = getattr(value, "cache_clear", None)
                if callable(clear):
                    clear()


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module only, and gives it the changed code."""

    def __init__(self, module: str, code: types.CodeType) -> None:
        self._module, self._code = module, code

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == self._module else None

    def exec_module(self, module: types.ModuleType) -> None:
        module.__file__ = self._code.co_filename
        exec(self._code, vars(module))  # the source of this repository, changed in one place


def _import_anew(module: str, code: types.CodeType, items: Sequence[pytest.Item]) -> int:
    for name, known in list(sys.modules.items()):
        file = str(getattr(known, "__file__", ""))
        if file.startswith((str(ROOM), str(COPY / "tests"))) and not file.endswith("conftest.py"):
            del sys.modules[name]  # the rest of the house stays: no test here goes through it
    sys.meta_path.insert(0, _Changed(module, code))
    os.environ.pop("PINGXING_MUTANTS")
    words = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *(item.nodeid for item in items)]
    with contextlib.suppress(SystemExit):
        return _SURVIVED if pytest.main(words) == 0 else _KILLED
    return _KILLED
