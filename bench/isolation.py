"""Nobody's picture depends on its company: `python -m bench.isolation [--quick]`.

Random crowds on tiny checkpoints of every family, with random weights: people join and leave between steps, each with
a prompt, seed, sampler, guidance and number of steps of their own. In `exact` mode every picture must have the very
bytes that it has alone; in `shared` mode at least 50 dB. The shapes are the families' own, the sizes are not: what
is tested is that nothing of one picture reaches another, which does not depend on how large they are.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

import numpy as np

from bench.common import Result, Target, conditions, run, say, spread
from pingxing.engine.backends.diffusion.backend import DiffusionBackend
from pingxing.engine.backends.diffusion.folder import inspect
from pingxing.types import Format, Model, Request

FAMILIES = ("sd", "sd-v", "sdxl", "sd3", "pixart", "flux")
WORDS = ("a red cat", "two boats at sea", "一只白猫", "portrait of a lighthouse keeper, oil on canvas", "moon")


def measure(quick: bool) -> Result:
    import torch
    from tests.fakes import checkpoints

    torch.set_num_threads(1)
    os.environ["HF_HUB_OFFLINE"] = "1"
    crowds = 10 if quick else 200
    facts = conditions(crowds=crowds, size="64x64", torch=torch.__version__, threads=1)
    ours: dict[str, Any] = {}
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="pingxing-isolation-") as folder:
        for family in FAMILIES:
            place = checkpoints.save(family, Path(folder) / family)
            exact, equal = _crowds(place, family, "exact", crowds)
            shared, _ = _crowds(place, family, "shared", crowds)
            ours[family] = {"pictures": len(exact), "same_bytes": equal, "shared_db": spread(shared)}
            if equal < len(exact):
                problems.append(f"{family}: {len(exact) - equal} pictures of {len(exact)} had other bytes in company")
            say(f"{family}: {ours[family]}")
    worst = min(found["shared_db"]["min"] for found in ours.values())
    share = min(found["same_bytes"] / found["pictures"] for found in ours.values())
    targets = [
        Target("same bytes alone and in company, exact mode", 1.0, share, "of pictures", "higher"),
        Target("likeness to the picture made alone, shared mode", 50, worst, "dB PSNR, the worst", "higher"),
    ]
    return Result("isolation", ours, {}, {}, targets, facts, problems)


def _crowds(place: Path, family: str, isolation: Literal["exact", "shared"], count: int) -> tuple[list[float], int]:
    """Likeness of every picture to the one made alone (99 dB: the same bytes), and how many have the same bytes."""
    card = Model(family, inspect(place).family, ("image",), "", "", "0" * 64, 0, (Format.PNG,), ())
    engine = DiffusionBackend(card, place, isolation)
    likeness, equal = [], 0
    for seed in range(count):
        chance = random.Random(f"{family}{seed}")
        wishes = [_wish(engine, chance) for _ in range(chance.randint(2, 6))]
        for wish, pixels in zip(wishes, _together(engine, wishes, chance), strict=True):
            alone = _together(engine, [wish], chance)[0]
            error = float(((pixels.astype(float) - alone) ** 2).mean())
            likeness.append(99.0 if error == 0 else round(10 * float(np.log10(255**2 / error)), 1))
            equal += bool((pixels == alone).all())
    engine.close()
    return likeness, equal


def _wish(engine: DiffusionBackend, chance: random.Random) -> Request:
    return Request(
        prompt=chance.choice(WORDS),
        width=64,
        height=64,
        seed=chance.randint(0, 9),
        steps=chance.randint(1, 6),
        guidance=chance.choice([1.0, 3.0, 7.5]),
        sampler=chance.choice(engine.samplers),
        negative=chance.choice(["", "blue"]),
    )


def _together(engine: DiffusionBackend, wishes: list[Request], chance: random.Random) -> list[Any]:
    states = [engine.prepare(wish) for wish in wishes]
    waiting = chance.sample(states, len(states))
    under_way: list[Any] = []
    while waiting or under_way:
        for _ in range(chance.randint(0 if under_way else 1, 2)):
            under_way.extend(waiting[-1:])
            del waiting[-1:]
        batch = chance.sample(under_way, chance.randint(1, len(under_way)))
        engine.step(batch)
        under_way = [state for state in under_way if state.step < state.steps]
    return [engine.finish(state).pixels for state in states]


if __name__ == "__main__":
    sys.exit(run("isolation", measure))
