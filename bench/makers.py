"""Makers against the clock: `python -m bench.makers [--cells N]` prints cells per second of a grid at 512 px.

The grid of N cells is drawn by the scene engine by the whole way: checked, labelled, signed, recorded, released and
written to a folder. Target: 5 cells/s on two free cores, and less than 1 GB of memory over all processes.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import psutil

from pingxing import settings
from pingxing.bootstrap import build
from pingxing.makers.grid import Order, make_grid

THINGS = "cat|dog|fox|rabbit|owl|panda|whale|horse|duck|tiger"
PLACES = "on a beach|in a garden|in the snow|under the stars|by a lake"


def grid(cells: int) -> dict[str, object]:
    """Seconds and memory of a grid; the first cell, which waits for the engine to start, is told apart."""
    lists = (f"n=1..{-(-cells // 50)}", f"thing={THINGS}", f"place={PLACES}")
    order = Order("a {thing} {place}, {n} trees", lists=lists, seed=1)
    stamps: list[float] = []
    most = 0
    with tempfile.TemporaryDirectory() as folder:
        told = settings.load(data_dir=Path(folder) / "data", default_model="scene")
        with build(told) as app:
            app.worker.start()

            def on_file(done: int, total: int, newest: object) -> None:
                nonlocal most
                stamps.append(time.monotonic())
                if done % 10 == 0:
                    most = max(most, _memory())

            began = time.monotonic()
            made = make_grid(app, app.desk, app.identity.local_actor("en"), order, Path(folder) / "out", on_file)
    after = len(stamps) - 1
    return {
        "cells": len(made.files),
        "failed": len(made.findings),
        "first_s": round(stamps[0] - began, 2),
        "cells_per_s": round(after / (stamps[-1] - stamps[0]), 2),
        "memory_mb": round(most / 1e6),
        "conditions": {"cores": os.cpu_count(), "load_1m": round(os.getloadavg()[0], 1), "side": order.width},
    }


def _memory() -> int:
    """Unique bytes of this process and its children."""
    here = psutil.Process()
    return sum(process.memory_full_info().uss for process in (here, *here.children(recursive=True)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=100)
    print(json.dumps(grid(parser.parse_args().cells), indent=2))


if __name__ == "__main__":
    main()
