"""Makers against the clock, the ruler and the checker: `python -m bench.makers [--quick] [--only PART ...]`.

    pack      sixteen stickers for WeChat from an empty data folder: seconds, and whether they are valid at once
    grid      1,000 cells at 512 px: cells a second, and memory over all processes
    shirt     a T-shirt of 4500 x 5400: seconds until its PNG is there, and bytes
    lines     drawn tiles: what changes across an edge against what changes there where no edge is
    seams     tiles of every layout as they are delivered: seam against the mean of all inside
    woven     painted ones that were woven: likewise
    nails     sheets of every size, measured in the PDF as it is delivered: the largest error in millimetres
    exports   300 files of all makers, moving ones and members of ZIPs too, each shown to `verify`

The scene engine draws; everything goes by the whole way: checked, labelled, signed, recorded, released, written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from bench.common import RESULTS, Result, Target, conditions, run, say, spread
from bench.makers_exports import exports
from bench.makers_ruler import line_ratios, nail_errors, seam_ratios, woven_ratios
from pingxing import settings
from pingxing.bootstrap import App, build
from pingxing.makers import formats, grid, stickers
from pingxing.makers.ties import Ties
from pingxing.makers.wanted import PrintsWanted, prepared

THINGS = "cat|dog|fox|rabbit|owl|panda|whale|horse|duck|tiger"
PLACES = "on a beach|in a garden|in the snow|under the stars|by a lake"
PARTS = ("pack", "grid", "lines", "shirt", "seams", "woven", "nails", "exports")
STICKERS = 16
SHIRT = "t-shirt-amazon"
_SUBJECTS = ("一只柴犬", "a ginger cat")
_SHIRTS = ("a fox reading a book under a tree", "一只熊猫在竹林里喝茶")


@dataclass(frozen=True, slots=True)
class _Size:
    """How much of each; a quick run looks at a part."""

    packs: int
    cells: int
    shirts: int
    tiles: int
    paintings: int
    sheets: int
    exports: int


_FULL = _Size(packs=2, cells=1_000, shirts=3, tiles=48, paintings=60, sheets=48, exports=300)
_QUICK = _Size(packs=1, cells=50, shirts=1, tiles=6, paintings=6, sheets=4, exports=40)


def main(arguments: Sequence[str] | None = None) -> int:
    """A run of some parts keeps the others as they were measured before, each with the commit that it was made at."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--only", choices=PARTS, action="append", default=[])
    chosen, rest = parser.parse_known_args(arguments)
    return run("makers", lambda quick: measure(quick, tuple(chosen.only)), rest)


def measure(quick: bool, only: tuple[str, ...] = ()) -> Result:
    size = _QUICK if quick else _FULL
    facts = conditions(model="scene", size=f"{grid.SIDE}x{grid.SIDE}")
    ours = _before() if only and not quick else {"seconds": {}, "parts": {}}

    def part(name: str, work: Callable[[list[str]], dict[str, Any]]) -> None:
        if only and name not in only:
            return
        say(f"{name} ...")
        problems: list[str] = []
        busy, began = [round(value, 2) for value in os.getloadavg()], time.monotonic()
        ours[name] = work(problems)
        ours["seconds"][name] = round(time.monotonic() - began, 1)
        when = datetime.now(UTC).isoformat(timespec="seconds")
        ours["parts"][name] = {"commit": facts["commit"], "date": when, "load_average": busy, "problems": problems}

    with tempfile.TemporaryDirectory(prefix="pingxing-makers-") as folder:
        place = Path(folder)
        part("pack", lambda _: _packs(place / "packs", size.packs))
        part("grid", lambda wrong: _grid(place / "grid", size.cells, wrong))
        part("lines", lambda _: line_ratios(size.tiles))
        with _app(place / "data") as app:
            app.worker.start()
            part("shirt", lambda _: _shirts(app, place / "shirts", size.shirts))
            part("seams", lambda _: seam_ratios(app, place / "tiles", size.tiles))
            part("woven", lambda _: woven_ratios(app, size.paintings))
            part("nails", lambda _: nail_errors(app, place / "nails", size.sheets))
            part("exports", lambda wrong: exports(app, place / "exports", size.exports, wrong))
    problems = [problem for told in ours["parts"].values() for problem in told["problems"]]
    return Result("makers", ours, {}, {}, list(_targets(ours)), facts, problems)


def _before() -> dict[str, Any]:
    """What is on record of every part; parts of before there were such are of their run's commit."""
    file = RESULTS / "makers.json"
    if not file.exists():
        return {"seconds": {}, "parts": {}}
    told = json.loads(file.read_text("utf-8"))
    ours: dict[str, Any] = told["ours"]
    if "parts" not in ours:
        facts = {name: told["conditions"][name] for name in ("commit", "date", "load_average")}
        ours["parts"] = {name: facts | {"problems": []} for name in PARTS if name in ours}
        for problem in told["problems"]:
            of = problem.partition(":")[0]
            ours["parts"][of if of in ours["parts"] else "exports"]["problems"].append(problem)
    return ours


def _targets(ours: dict[str, Any]) -> Iterator[Target]:
    """Of what was measured."""
    if pack := ours.get("pack"):
        yield Target(f"a WeChat pack of {STICKERS}, from an empty folder", 20, pack["s"]["max"], "s")
        yield Target("findings in packs that were not touched", 0, pack["findings"], "findings")
    if cells := ours.get("grid"):
        yield Target(f"grid of {cells['cells']} cells", 5, cells["cells_per_s"], "cells/s", "higher")
        yield Target("memory of all processes during the grid", 1_000, cells["memory_mb"], "MB")
    if shirt := ours.get("shirt"):
        yield Target("T-shirt of 4500x5400", 8, shirt["s"]["max"], "s")
        yield Target("bytes of it", 25, shirt["mb"], "MB")
    if lines := ours.get("lines"):
        yield Target("edges against the same lines inside, drawn tiles", 1.02, lines["ratio"], "x")
    if tiles := ours.get("seams"):
        yield Target("seam against inside, drawn tiles", 1.02, tiles["ratio"], "x")
    if woven := ours.get("woven"):
        yield Target("seam against inside, painted tiles", 1.02, woven["with_watermark"]["ratio"], "x")
        yield Target("the worst painted tile, before the watermark", 1.02, woven["each"]["max"], "x")
    if nails := ours.get("nails"):
        yield Target("nail sheet, largest error", 0.1, nails["largest_mm"], "mm")
    if shown := ours.get("exports"):
        yield Target("exports confirmed by verify", 1, shown["confirmed"] / shown["files"], "of all", "higher")


def _app(data: Path) -> App:
    return build(settings.load(data_dir=data, default_model="scene"))


def _packs(place: Path, count: int) -> dict[str, Any]:
    """Each from an empty data folder, the start of the engine counted."""
    taken, findings = [], 0
    for index in range(count):
        subject = _SUBJECTS[index % len(_SUBJECTS)]
        order = stickers.Order(subject, (formats.platform("wechat"),), STICKERS, seed=index)
        began = time.monotonic()
        with _app(place / f"data{index}") as app:
            app.worker.start()
            actor = app.identity.local_actor("zh")
            made = stickers.make_stickers(app, app.desk, actor, order, place / f"out{index}", lambda *_: None)
            taken.append(time.monotonic() - began)
        findings += len(made.findings)
    return {"s": spread(taken), "subjects": list(_SUBJECTS[:count]), "findings": findings}


def _grid(place: Path, cells: int, problems: list[str]) -> dict[str, Any]:
    """The first cell, which waits for the engine to start, is told apart."""
    lists = (f"n=1..{-(-cells // 50)}", f"thing={THINGS}", f"place={PLACES}")
    order = grid.Order("a {thing} {place}, {n} trees", lists=lists, seed=1)
    stamps: list[float] = []
    most = 0

    def on_file(done: int, total: int, newest: object) -> None:
        nonlocal most
        stamps.append(time.monotonic())
        if done % 10 == 0:
            most = max(most, _memory())

    with _app(place / "data") as app:
        app.worker.start()
        began = time.monotonic()
        made = grid.make_grid(app, app.desk, app.identity.local_actor("en"), order, place / "out", on_file)
    problems += [f"grid: {finding.file} {finding.rule} {finding.found}" for _, finding in made.findings]
    return {
        "cells": len(made.files),
        "failed": len(made.findings),
        "first_s": round(stamps[0] - began, 2),
        "cells_per_s": round((len(stamps) - 1) / (stamps[-1] - stamps[0]), 2),
        "memory_mb": round(most / 1e6),
    }


def _memory() -> int:
    """Unique bytes of this process and its children."""
    here = psutil.Process()
    return sum(process.memory_full_info().uss for process in (here, *here.children(recursive=True)))


def _shirts(app: App, place: Path, count: int) -> dict[str, Any]:
    """One at a time, the engine running already; the PNG comes first, its PDF and SVG are made beside it."""
    made = [_shirt(app, place / str(index), index) for index in range(count)]
    taken, whole, sizes = zip(*made, strict=True)
    return {"s": spread(taken), "with_vectors_s": spread(whole), "mb": round(max(sizes) / 1e6, 2)}


def _shirt(app: App, place: Path, seed: int) -> tuple[float, float, int]:
    """Seconds until the PNG is there, and until all is; bytes of the largest file."""
    stamps: list[float] = []
    work = prepared(PrintsWanted(wish=_SHIRTS[seed % len(_SHIRTS)], products=(SHIRT,), seed=seed))
    began, busy = time.monotonic(), _busy()
    actor = app.identity.local_actor("en")
    made = work(app, app.desk, actor, place, lambda *_: stamps.append(time.monotonic()), Ties())
    taken, whole = stamps[0] - began, time.monotonic() - began
    say(f"  {taken:.1f} s, all {whole:.1f} s, {_busy() - busy:.1f} s of processors")
    return taken, whole, max(file.path.stat().st_size for file in made.files)


def _busy() -> float:
    """Processor seconds of this process and the children it has now."""
    own = os.times()
    children = (child.cpu_times() for child in psutil.Process().children(recursive=True))
    return own.user + own.system + sum(times.user + times.system for times in children)


if __name__ == "__main__":
    sys.exit(main())
