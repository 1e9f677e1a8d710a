"""Our own picture model as it is served: `python -m bench.own_model [--quick] [--trained FOLDER]`.

The same weights draw the same picture by the same steps three ways: plain PyTorch eager (the modules of the training
package), the exported graphs in fp32, and those in int8, turn by turn in one process, one thread each. Weights are
random, those of `nano` the trained ones where an exported folder with its `trained/` is named. A picture of 256x256,
enlarged, is timed on two threads.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bench.common import Result, Target, conditions, run, say, spread
from pingxing.engine.backends.own.backend import OwnBackend
from pingxing.engine.shelf import Shelf
from pingxing.types import Request

STEPS = 6
WORDS = "two red apples on the grass"


def measure(quick: bool, trained: Path | None = None) -> Result:
    import torch

    from pingxing.training.picture.autoencoder import Autoencoder
    from pingxing.training.picture.enlarge import Enlarger
    from pingxing.training.picture.export import Card, Sampling, export, resumed
    from pingxing.training.picture.transformer import Transformer, plan_for

    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    rounds, sizes = (3, ("nano",)) if quick else (7, ("nano", "small"))
    facts = conditions(rounds=rounds, steps=STEPS, torch=torch.__version__, weights="random", threads=1)
    if trained is not None:
        facts |= {"weights": "nano's trained, small's random"}
    ours: dict[str, Any] = {}
    peers: dict[str, Any] = {}
    ratio: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="pingxing-own-") as folder:
        for size in sizes:
            if trained is not None and size == "nano":
                model, pictures = (part.eval() for part in resumed(trained))
                words = json.loads((trained / "vocabulary.json").read_text("utf-8"))
            else:
                torch.manual_seed(0)
                words = ["<pad>", "<unknown>", *(f"w{number}" for number in range(4640))]
                model, pictures = Transformer(plan_for(size, len(words), 23)).eval(), Autoencoder().eval()
                for layer in (model.tune, model.tune_last, model.out):  # zero at first: would be simplified away
                    torch.nn.init.normal_(layer.weight, std=0.02)
            card = Card("none", "random", (), "", "")
            engines = {}
            for kind in ("fp32", "int8"):
                place = export(model, pictures, words, Path(folder) / f"{size}-{kind}", card, kind, Sampling(STEPS))
                engines[kind] = _engine(place, f"{size}-{kind}", 1)
            plain = _plain(model, pictures)
            ways: dict[str, Callable[[], Any]] = {
                "torch": lambda plain=plain: plain(),  # type: ignore[misc]
                **{kind: lambda engine=engine: _drawn(engine, 64) for kind, engine in engines.items()},  # type: ignore[misc]
            }
            taken: dict[str, list[float]] = {name: [] for name in ways}
            for turn in range(rounds + 1):
                for name, way in ways.items():
                    start = time.process_time()  # of this process: others on the machine do not count
                    way()
                    if turn:  # the first opens the graphs
                        taken[name].append((time.process_time() - start) * 1000)
            peers[f"{size} torch eager, CPU ms"] = spread(taken["torch"])
            for kind in ("fp32", "int8"):
                ours[f"{size} {kind}, CPU ms"] = spread(taken[kind])
                ratio[f"{size} {kind}"] = round(statistics.median(taken["torch"]) / statistics.median(taken[kind]), 3)
                ours[f"{size} {kind}, MB"] = round(engines[kind].model.size_bytes / 1e6, 1)
            ours[f"{size} int8 against fp32, dB"] = round(
                _likeness(_drawn(engines["fp32"], 64), _drawn(engines["int8"], 64)), 1
            )
            place = export(
                model, pictures, words, Path(folder) / f"{size}-large", card, "int8", Sampling(STEPS), Enlarger()
            )
            large = _engine(place, f"{size}-large", 2)
            _drawn(large, 256)
            walls = []
            for _ in range(rounds):
                start = time.perf_counter()
                _drawn(large, 256)
                walls.append(time.perf_counter() - start)
            ours[f"{size} int8, 256x256 on two threads, s"] = spread(walls)
            say(f"{size}: {ratio}, {ours}")
    first = sizes[0]
    targets = [
        Target("fp32 graphs against torch eager", 1.5, ratio[f"{first} fp32"], "x", "higher"),
        Target("int8 graphs against torch eager", 2.5, ratio[f"{first} int8"], "x", "higher"),
        Target(
            "a picture of 256x256, two threads", 2.0, ours[f"{first} int8, 256x256 on two threads, s"]["median"], "s"
        ),
    ]
    return Result("own_model", ours, peers, ratio, targets, facts)


def _engine(folder: Path, name: str, threads: int) -> OwnBackend:
    found = Shelf(folder.parent / "shelf").add(folder, name, datetime.now(UTC))
    return OwnBackend(found.card, folder, "exact", threads)


def _drawn(engine: OwnBackend, side: int) -> np.ndarray:
    state = engine.prepare(Request(prompt=WORDS, width=side, height=side, seed=1, sampler="flow-euler"))
    while state.step < state.steps:
        engine.step([state])
    return engine.finish(state).pixels


def _plain(model: Any, pictures: Any) -> Callable[[], Any]:
    """The same steps as a person writes them down in PyTorch: Euler, guidance between the same times."""
    import torch

    tokens = torch.randint(2, model.plan.words, (1, 23), generator=torch.Generator().manual_seed(0))
    both = torch.cat((tokens, torch.zeros_like(tokens)))

    @torch.inference_mode()
    def draw() -> Any:
        x = torch.randn((1, 16, 8, 8))
        times = [1 - n / STEPS for n in range(STEPS + 1)]
        for now, then in pairwise(times):
            if 0.1 <= now <= 0.95:
                told, free = model(torch.cat((x, x)), torch.full((2,), now), both).chunk(2)
                velocity = free + 5.0 * (told - free)
            else:
                velocity = model(x, torch.full((1,), now), tokens)
            x = x + (then - now) * velocity
        return ((pictures.decode(x).clamp(-1, 1)[0] + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()

    return draw


def _likeness(one: np.ndarray, other: np.ndarray) -> float:
    error = float(((one.astype(float) - other) ** 2).mean())
    return 99.0 if error == 0 else float(10 * np.log10(255**2 / error))


if __name__ == "__main__":
    ours = argparse.ArgumentParser(add_help=False)
    ours.add_argument("--trained", type=Path)
    own, others = ours.parse_known_args()
    sys.exit(run("own_model", lambda quick: measure(quick, own.trained), others))
