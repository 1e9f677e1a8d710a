"""Training of our own picture model on the CPU: `python -m bench.own_training [--quick]`.

One step of our recipe (bf16, half of the cells routed past the middle blocks, Muon) against one of a plain PyTorch loop
of the same model (fp32, all cells, AdamW), turn by turn in one process on one thread. Both see the same batches, put
together and encoded in the same way. Pictures a second of CPU time; the other changes of the recipe cost or save
nothing here.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.common import Result, Target, conditions, run, say, spread

BATCH, WORDS = 64, 4642


@dataclass(frozen=True)
class Numbers:
    tokens: np.ndarray
    drawings: np.ndarray
    spots: np.ndarray
    light: np.ndarray
    background: np.ndarray
    scene: np.ndarray


def batch(number: int) -> Numbers:
    """Two drawings on a ground, said in nine words."""
    chance = np.random.default_rng(number)
    tokens = np.zeros((BATCH, 23), np.int64)
    tokens[:, :9] = chance.integers(2, WORDS, (BATCH, 9))
    spots = np.concatenate((chance.random((BATCH, 2, 2)), np.full((BATCH, 2, 1), 0.4)), 2).astype(np.float32)
    nothing = np.full(BATCH, -1, np.int64)
    drawings = chance.integers(0, 64, (BATCH, 2))
    return Numbers(tokens, drawings, spots, np.ones((BATCH, 3), np.float32), np.zeros(BATCH, np.int64), nothing)


def measure(quick: bool) -> Result:
    import torch

    from pingxing.training.picture.autoencoder import Autoencoder
    from pingxing.training.picture.canvas import Canvas
    from pingxing.training.picture.optimise import Rates
    from pingxing.training.picture.recipe import TransformerLearner
    from pingxing.training.picture.transformer import Transformer, flow_loss, plan_for

    torch.set_num_threads(1)
    rounds = 3 if quick else 8
    chance = np.random.default_rng(0)
    canvas = Canvas(
        chance.integers(0, 255, (64, 64, 64, 4), np.uint8), chance.integers(0, 255, (1, 64, 64, 3), np.uint8),
        np.zeros((1, 64, 64, 3), np.uint8), torch.device("cpu"),
    )  # fmt: skip
    plan, autoencoder = plan_for("nano", WORDS, 23), Autoencoder()
    learner = TransformerLearner(canvas, 0, autoencoder, plan, lambda text: [2] * 23, Rates())
    plain = Transformer(plan)
    adam = torch.optim.AdamW(plain.parameters(), 1e-3)

    def usual(step: int) -> Any:
        numbers = batch(step)
        with torch.no_grad():
            latents = autoencoder.encode(canvas.paint(numbers))
        noise, t = torch.randn_like(latents), torch.rand(BATCH)
        loss = flow_loss(plain, latents, noise, t, torch.from_numpy(numbers.tokens), None)
        adam.zero_grad()
        loss.backward()
        adam.step()
        return loss

    ways: dict[str, Callable[[int], Any]] = {"ours": lambda step: learner.learn(step, batch(step), 1.0), "plain": usual}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for step in range(rounds + 1):
        for name, way in ways.items():
            start = time.process_time()
            way(step)
            if step:
                taken[name].append(BATCH / (time.process_time() - start))
        say(f"step {step}: {taken}")
    ratio = round(statistics.median(taken["ours"]) / statistics.median(taken["plain"]), 3)
    target = Target("pictures a CPU second against a plain loop", 1.5, ratio, "x", "higher")
    facts = conditions(rounds=rounds, batch=BATCH, model="nano", torch=torch.__version__, threads=1)
    key = "pictures a CPU second"
    return Result(
        "own_training", {key: spread(taken["ours"])}, {key: spread(taken["plain"])}, {"nano": ratio}, [target], facts
    )


if __name__ == "__main__":
    sys.exit(run("own_training", measure))
