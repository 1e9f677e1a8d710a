"""The corpus: how fast filters, captions and batches are, and how fast pictures are drawn: `python -m bench.corpus`.

Metadata operators (licence, resolution, detail, text, language, agreement, duplicates by hash) run on pairs without
their pictures, in one process, timed by that process's own clock: the number is for one core. Rendering is timed by the
wall, by one process and by two, on compositions made beforehand; twice as many pictures in the same time would be 2.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from scripts import build_corpus

from bench.common import Result, Target, conditions, run, say
from pingxing.corpus import shards
from pingxing.corpus.captions import caption
from pingxing.corpus.ideas import draw_idea
from pingxing.corpus.operators import perceptual_hash, standard
from pingxing.corpus.values import LANGUAGES, Concept, Pair
from pingxing.corpus.world import World
from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.compose import compose
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.render import Drawing, RenderPool
from pingxing.engine.backends.scene.styles import STYLES

SIDES = (64, 128, 256)


def rows(world: World, count: int) -> list[Pair]:
    """Pairs as they come from a list of strangers: one in five has something wrong with it."""
    rng, found = Random("bench corpus"), []
    for number in range(count):
        idea = draw_idea(world.stock, rng)
        said = {tongue: tuple(caption(idea, world.concepts, tongue, rng) for _ in range(3)) for tongue in LANGUAGES}
        shown = tuple(thing.concept for thing in idea.things for _ in range(thing.count))
        pair = Pair(
            f"{number:08d}", b"", 64, 64, "MIT; Apache-2.0", idea, shown, said, rng.getrandbits(64), 0.5, "train"
        )
        wrong = rng.randrange(25)
        spoilt: dict[int, dict[str, Any]] = {
            0: {"licence": "CC-BY-NC-4.0"},
            1: {"width": 20},
            2: {"captions": {"en": said["zh"], "zh": said["zh"]}},
            3: {"shown": shown[1:]},
            4: {"detail": 0.0},
        }
        found.append(replace(pair, **spoilt.get(wrong, {})))
    return found


def _per_cpu_second(count: int, begun: float) -> float:
    return round(count / max(time.process_time() - begun, 1e-9), 1)


def _drawn(world: World, side: int, count: int, processes: int) -> float:
    """Pictures a second by the wall."""
    rng, art = Random("bench drawings"), shipped()
    made = []
    for number in range(count):
        idea = draw_idea(world.stock, rng, kinds={"setting": 0.5, "position": 0.5})
        words = caption(idea, world.concepts, "en", rng)
        made.append(compose(parse(words), side, side, number, STYLES[idea.style], art))
    pool = RenderPool(processes)
    try:
        pool.warm()
        drawings = [Drawing(c.markup, (0, 0, c.width, c.height), side, side) for c in made]
        pool.draw(drawings[: 2 * processes])
        begun = time.perf_counter()
        pool.draw(drawings)
        return round(count / (time.perf_counter() - begun), 1)
    finally:
        pool.close()


def _corpus(folder: Path) -> Iterator[Path]:
    ready = Path("build/picture/corpus")
    if (ready / "world.json").is_file():
        yield ready
        return
    build_corpus.main([str(folder), "--narrow", "--scenes", "40", "--processes", "1"])
    yield folder


def measure(quick: bool) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        (place,) = _corpus(Path(folder))
        world = World(place)
        known: dict[str, Concept] = world.concepts
        count = 2_000 if quick else 20_000
        say(f"{count} pairs")
        begun = time.process_time()
        pairs = rows(world, count)
        captions = _per_cpu_second(6 * count, begun)
        sieve = standard(known)
        begun = time.process_time()
        kept = sum(1 for _ in sieve(pairs))
        metadata = _per_cpu_second(count, begun)
        begun = time.process_time()
        for number in range(8):
            world.batch(number, 256)
        batches = _per_cpu_second(8 * 256, begun)
        begun = time.process_time()
        for picture in world.backgrounds[:200]:
            perceptual_hash(picture)
        hashes = _per_cpu_second(min(200, len(world.backgrounds)), begun)
        shard = sorted(place.glob("drawings-*.tar.gz"))[0]
        begun = time.process_time()
        streamed = _per_cpu_second(sum(1 for _ in shards.read(shard)), begun)
        rendering: dict[str, Any] = {}
        for side in SIDES:
            say(f"drawing at {side} pixels")
            one, two = (_drawn(world, side, 30 if quick else 200, processes) for processes in (1, 2))
            rendering[str(side)] = {"one_process": one, "two_processes": two, "gain": round(two / one, 2)}
    ours = {
        "metadata_pairs_s_core": metadata,
        "kept": kept / count,
        "dropped": sieve.counts(),
        "captions_s_core": captions,
        "batch_rows_s_core": batches,
        "hashes_s_core": hashes,
        "streamed_pairs_s_core": streamed,
        "drawn_pictures_s": rendering,
    }
    targets = [
        Target("metadata operators", 1_000, metadata, "pairs/s/core", "higher"),
        Target("rendering on two cores against one", 1.8, rendering["64"]["gain"], "times", "higher"),
    ]
    return Result("corpus", ours, {}, {}, targets, conditions(load_before=os.getloadavg()[0]))


if __name__ == "__main__":
    sys.exit(run("corpus", measure))
