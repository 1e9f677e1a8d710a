"""Nobody's picture depends on its company: `python -m bench.isolation [--quick] [--crowds N]`.

Random crowds on tiny checkpoints of every family, with random weights: people join and leave between steps, each with
a prompt, seed, sampler, guidance and number of steps of their own. In `exact` mode every picture must have the very
bytes that it has alone; in `shared` mode at least 50 dB. The shapes are the families' own, the sizes are not: what
is tested is that nothing of one picture reaches another, which does not depend on how large they are.

A full run tries 200 crowds of each family. `--crowds N` tries the next N of them, and adds what it finds to the parts
that lie in `bench/results/parts/isolation.json`, each with the commit and the day that it was tried on; once all 200
are there the result is written, and says which commits it stands on.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

import numpy as np

from bench.common import RESULTS, Result, Target, conditions, run, say, spread
from pingxing.engine.backends.diffusion.backend import DiffusionBackend
from pingxing.engine.backends.diffusion.folder import inspect
from pingxing.types import Format, Model, Request

FAMILIES = ("sd", "sd-v", "sdxl", "sd3", "pixart", "flux")
WORDS = ("a red cat", "two boats at sea", "一只白猫", "portrait of a lighthouse keeper, oil on canvas", "moon")
CROWDS = 200
_SITTING = ("crowds", "commit", "date", "cpu", "precision")  # precision: none where parts are from before it was told
PARTS = RESULTS / "parts" / "isolation.json"  # beside the results, which are one file each


class Family(TypedDict):
    """`shared_db`: how many pictures had which likeness to the one made alone."""

    pictures: int
    same_bytes: int
    shared_db: dict[str, int]


class Part(TypedDict):
    """What was found in one sitting."""

    conditions: dict[str, Any]
    families: dict[str, Family]


def measure(quick: bool) -> Result:
    return whole([part(0, 10 if quick else CROWDS)])


def part(first: int, last: int) -> Part:
    """The crowds from `first` up to `last`, of every family."""
    import torch
    from tests.fakes import checkpoints

    torch.set_num_threads(1)
    os.environ["HF_HUB_OFFLINE"] = "1"
    facts = conditions(crowds=[first, last], size="64x64", torch=torch.__version__, threads=1)
    found: dict[str, Family] = {}
    with tempfile.TemporaryDirectory(prefix="pingxing-isolation-") as folder:
        for family in FAMILIES:
            place = checkpoints.save(family, Path(folder) / family)
            facts.setdefault("precision", _engine(place, family, "exact").planned().precision)
            exact, equal = _crowds(place, family, "exact", range(first, last))
            shared, _ = _crowds(place, family, "shared", range(first, last))
            counted = {str(likeness): shared.count(likeness) for likeness in sorted(set(shared))}
            found[family] = {"pictures": len(exact), "same_bytes": equal, "shared_db": counted}
            say(f"{family}: {found[family]}")
    return {"conditions": facts, "families": found}


def whole(parts: Sequence[Part]) -> Result:
    """What all parts together say. The conditions are the last one's, and name every part's commit and day."""
    ours: dict[str, Any] = {}
    problems: list[str] = []
    for family in FAMILIES:
        told = [one["families"][family] for one in parts]
        pictures, equal = (sum(one[name] for one in told) for name in ("pictures", "same_bytes"))
        shared = [float(db) for one in told for db, times in one["shared_db"].items() for _ in range(times)]
        ours[family] = {"pictures": pictures, "same_bytes": equal, "shared_db": spread(shared)}
        if equal < pictures:
            problems.append(f"{family}: {pictures - equal} pictures of {pictures} had other bytes in company")
    worst = min(found["shared_db"]["min"] for found in ours.values())
    share = min(found["same_bytes"] / found["pictures"] for found in ours.values())
    targets = [
        Target("same bytes alone and in company, exact mode", 1.0, share, "of pictures", "higher"),
        Target("likeness to the picture made alone, shared mode", 50, worst, "dB PSNR, the worst", "higher"),
    ]
    sittings = [{name: one["conditions"].get(name) for name in _SITTING} for one in parts]
    facts = {**parts[-1]["conditions"], "crowds": _ended(parts), "sittings": sittings}
    return Result("isolation", ours, {}, {}, targets, facts, problems)


def further(crowds: int, kept: Path = PARTS) -> int:
    """Try the next `crowds` and keep what was found; with the last of them, the result is written."""
    parts: list[Part] = json.loads(kept.read_text("utf-8")) if kept.exists() else []
    first = _ended(parts)
    if first < CROWDS:
        parts.append(part(first, min(CROWDS, first + crowds)))
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(parts, indent=1) + "\n", "utf-8")
    say(f"{_ended(parts)} of {CROWDS} crowds of each family, in {len(parts)} sittings")
    if _ended(parts) < CROWDS:
        return 0
    ended = run("isolation", lambda _: whole(parts), [])
    kept.unlink()
    return ended


def _ended(parts: Sequence[Part]) -> int:
    return int(parts[-1]["conditions"]["crowds"][1]) if parts else 0


def _crowds(
    place: Path, family: str, isolation: Literal["exact", "shared"], seeds: Iterable[int]
) -> tuple[list[float], int]:
    """Likeness of every picture to the one made alone (99 dB: the same bytes), and how many have the same bytes."""
    engine = _engine(place, family, isolation)
    likeness, equal = [], 0
    for seed in seeds:
        chance = random.Random(f"{family}{seed}")
        wishes = [_wish(engine, chance) for _ in range(chance.randint(2, 6))]
        for wish, pixels in zip(wishes, _together(engine, wishes, chance), strict=True):
            alone = _together(engine, [wish], chance)[0]
            error = float(((pixels.astype(float) - alone) ** 2).mean())
            likeness.append(99.0 if error == 0 else round(10 * float(np.log10(255**2 / error)), 1))
            equal += bool((pixels == alone).all())
    engine.close()
    return likeness, equal


def _engine(place: Path, family: str, isolation: Literal["exact", "shared"]) -> DiffusionBackend:
    card = Model(family, inspect(place).family, ("image",), "", "", "0" * 64, 0, (Format.PNG,), ())
    return DiffusionBackend(card, place, isolation)


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
    if sys.argv[1:2] == ["--crowds"]:
        sys.exit(further(int(sys.argv[2])))
    sys.exit(run("isolation", measure))
