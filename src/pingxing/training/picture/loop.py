"""The loop around every learner: feeds it, writes down how it goes, saves, stops when told, and goes on from there.

A learner is a model with its optimiser and one function `learn(step, numbers)`. All chance of step n is drawn from a
generator seeded with n, and batch n depends on n alone; so weights, moments, means and the number of the step are all
there is to a training run, and one that was cut off ends with the very bytes of one that was not.
"""

from __future__ import annotations

import json
import math
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from pingxing.training.picture import checkpoint
from pingxing.training.picture.canvas import Numbers, png
from pingxing.training.picture.optimise import Optimiser, pace_at


class Source(Protocol):
    """Where batches come from: `pingxing.corpus.world.World`, or your own."""

    def batch(self, number: int, size: int, seed: int = 0) -> Numbers: ...


@dataclass(frozen=True, slots=True)
class Course:
    """How long and how. `minutes` of this sitting, 0 for no limit; saving and grids by the clock and by steps."""

    steps: int
    batch: int
    seed: int = 0
    minutes: float = 0.0
    workers: int = 0
    save_minutes: float = 3.0
    log_steps: int = 20
    grid_steps: int = 1000
    decay: float = 0.4  # last part of the steps over which rates fall to nothing
    finish: bool = False  # this sitting is the last: rates fall by its clock, over its last six tenths
    most: float = 1.0  # part of the rates that is never passed: less where a finished course is taken up once more


@dataclass(frozen=True, slots=True)
class Sitting:
    """How a sitting ended: steps done in all, and whether somebody asked to stop."""

    done: int
    stopped: bool


class Learner(Protocol):
    """A model in training."""

    @property
    def model(self) -> nn.Module: ...
    @property
    def optimiser(self) -> Optimiser: ...
    @property
    def facts(self) -> dict[str, Any]: ...
    def cost(self, pace: float) -> float: ...  # operations of one picture, 0 where nobody counted
    def learn(self, step: int, numbers: Numbers, pace: float) -> dict[str, Tensor]: ...
    def show(self) -> NDArray[np.uint8]: ...


class _Batches(Dataset[Numbers]):
    """Batches by their number, for workers."""

    def __init__(self, source: Source, size: int, seed: int) -> None:
        self._source, self._size, self._seed = source, size, seed

    def __getitem__(self, number: int) -> Numbers:
        return self._source.batch(number, self._size, self._seed)


def feed(source: Source, course: Course, start: int) -> Iterator[Numbers]:
    """Batches from number `start` on, in order, made ahead by `workers` processes."""
    batches = _Batches(source, course.batch, course.seed)
    numbers = range(start, course.steps)
    if not course.workers:
        return (batches[number] for number in numbers)
    loader: DataLoader[Numbers] = DataLoader(
        batches, batch_size=None, sampler=numbers, num_workers=course.workers, collate_fn=_same, prefetch_factor=4
    )
    return iter(loader)


def _same(numbers: Numbers) -> Numbers:
    return numbers


def state_of(learner: Learner) -> dict[str, Tensor]:
    """All there is: weights and what the optimiser keeps."""
    weights = {f"weight/{name}": weight.detach() for name, weight in learner.model.state_dict().items()}
    return weights | learner.optimiser.state()


def resume(learner: Learner, run: Path) -> int:
    """Steps done according to the run's checkpoint, 0 if there is none. Raises BadCheckpoint for another model's.

    Where only `model/` is there, because that is what travels, its mean is taken for weights and mean alike, and the
    moments begin at nothing.
    """
    folder = next((one for one in (run / "checkpoint", run / "model") if checkpoint.exists(one)), None)
    if folder is None:
        return 0
    tensors, facts = checkpoint.load(folder)
    if facts["model"] != json.loads(json.dumps(learner.facts)):
        raise checkpoint.BadCheckpoint(f"{folder} holds another model: {facts['model']}")
    if folder.name == "model":
        state = {name: torch.zeros_like(tensor) for name, tensor in learner.optimiser.state().items()}
        tensors = {name: tensor.float() for name, tensor in tensors.items()}
        tensors = state | {f"{kind}/{name}": t for kind in ("weight", "mean") for name, t in tensors.items()}
    try:
        weights = {name.removeprefix("weight/"): t for name, t in tensors.items() if name.startswith("weight/")}
        learner.model.load_state_dict(weights)
        learner.optimiser.load(tensors, int(facts["step"]))
    except (KeyError, RuntimeError) as error:
        raise checkpoint.BadCheckpoint(f"{folder}: {error}") from error
    return int(facts["step"])


def trained(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The weights that one uses, of a run's folder, and its facts: the exact running mean, or what travelled of it.

    Raises FileNotFoundError or BadCheckpoint.
    """
    if not checkpoint.exists(folder / "checkpoint"):
        tensors, facts = checkpoint.load(folder / "model")
        return {name: tensor.float() for name, tensor in tensors.items()}, facts
    tensors, facts = checkpoint.load(folder / "checkpoint")
    mean = {name.removeprefix("mean/"): t.float() for name, t in tensors.items() if name.startswith("mean/")}
    return mean, facts


class Record:
    """metrics.jsonl, TensorBoard where it is installed, and one line for whoever watches."""

    def __init__(self, folder: Path, files: ExitStack) -> None:
        self._file = files.enter_context((folder / "metrics.jsonl").open("a", encoding="utf-8"))
        self._board: Any = None
        if find_spec("tensorboard") is not None:
            from torch.utils.tensorboard import SummaryWriter

            self._board = files.enter_context(SummaryWriter(str(folder / "tensorboard")))

    def write(self, row: dict[str, float]) -> None:
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()
        if self._board is not None:
            for name, value in row.items():
                self._board.add_scalar(name, value, int(row["step"]))

    @staticmethod
    def say(row: dict[str, float], course: Course, left: float) -> None:
        parts = [
            f"{name} {row[name]:.4f}" for name in row if name not in ("step", "seconds", "samples_s", "pace", "time")
        ]
        print(
            f"step {row['step']:.0f}/{course.steps}  {'  '.join(parts)}  {row['samples_s']:.1f} pictures/s  "
            f"{left / 60:.0f} min left",
            file=sys.stderr,
            flush=True,
        )


class _Ask:
    """Whether somebody asked to stop (SIGINT, SIGTERM): the step is finished and saved first."""

    def __init__(self) -> None:
        self.stop = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.stop = True


def train(
    learner: Learner,
    source: Source,
    course: Course,
    folder: Path,
    clock: Callable[[], float] = time.monotonic,
    peak: float = 0.0,
) -> Sitting:
    """Train from the folder's checkpoint to the course's end or the sitting's, or until asked to stop.

    `peak`: operations a second of which the device is capable; where it is known, the part that is used is written down
    (`mfu`). Leaves in `folder`: checkpoint/, metrics.jsonl, grids/*.png, and model/ (the running mean in bf16).
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "grids").mkdir(exist_ok=True)
    began = saved = noted = clock()
    start = step = resume(learner, folder)
    until = math.inf if not course.minutes else began + 60 * course.minutes
    ask, before = _Ask(), {}
    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, ask)
    noted_at = step
    try:
        with ExitStack() as files:
            record = Record(folder, files)
            for numbers in feed(source, course, start):
                pace = min(course.most, pace_at(step, course.steps, last=course.decay))
                if course.finish and course.minutes:
                    falling = max(0.0, until - clock()) / (0.6 * 60 * course.minutes)
                    pace = min(pace, course.most * falling)
                told = learner.learn(step, numbers, pace)
                step += 1
                if step % course.log_steps == 0 or step == course.steps:
                    values = {name: float(value) for name, value in told.items()}
                    if not all(map(math.isfinite, values.values())):
                        raise ArithmeticError(f"step {step}: {values}")
                    now = clock()
                    rate = (step - noted_at) * course.batch / max(now - noted, 1e-9)
                    row = {"step": step, **values, "pace": pace, "samples_s": rate, "seconds": now - began}
                    row |= {"time": time.time(), "tflops": rate * learner.cost(pace) / 1e12}
                    row |= {"mfu": rate * learner.cost(pace) / peak} if peak else {}
                    noted, noted_at = now, step
                    left = (course.steps - step) * course.batch / max(rate, 1e-9)
                    record.write(row)
                    record.say(row, course, min(left, until - now))
                if step % course.grid_steps == 0 and step != course.steps:
                    (folder / "grids" / f"{step:07d}.png").write_bytes(png(learner.show()))
                if ask.stop or clock() > until:
                    break
                if clock() - saved > 60 * course.save_minutes:
                    save(learner, folder, step, course)
                    saved = clock()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    save(learner, folder, step, course)
    if step > start:
        (folder / "grids" / f"{step:07d}.png").write_bytes(png(learner.show()))
    return Sitting(step, ask.stop)


def save(learner: Learner, folder: Path, step: int, course: Course) -> None:
    """The exact checkpoint, and beside it the mean in bf16, which is what travels and what is used."""
    facts = {"model": learner.facts, "step": step, "course": asdict(course)}
    checkpoint.keep(folder / "checkpoint", state_of(learner), facts)
    mean = {name: tensor.to(torch.bfloat16) for name, tensor in learner.optimiser.mean.items()}
    checkpoint.keep(folder / "model", mean, facts)


def wanted(prompts: Sequence[str], encode: Callable[[str], list[int]]) -> Tensor:
    """Prompts as tokens (n, tokens)."""
    return torch.tensor([encode(prompt) for prompt in prompts])
