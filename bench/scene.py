"""The scene engine: what it understands and how fast it draws: `python -m bench.scene [--quick]`.

The bank says which prompts are read wholly right, by category and language; the clock says what reading,
composing and drawing take; memory is what this process and the drawing processes hold after the last picture.
"""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from random import Random
from typing import Any

import psutil

from bench.common import Result, Target, conditions, run, say, spread, timed
from bench.scene_bank import Pair, bank, by_hand, score
from pingxing.engine.backends.scene import SceneBackend
from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.compose import compose
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.styles import DEFAULT, STYLES
from pingxing.types import Request

ONE = "a cat"
TWENTY = (
    "a cat, a dog, a horse, a cow, a pig, a sheep, a rabbit, a duck, a tree, a house, "
    "a car, a bicycle, a bus, a rose, a sunflower, an apple, a pear, a chair, a balloon, a gift"
)


def measure(quick: bool) -> Result:
    pairs = bank()
    facts = conditions(prompts=2 * len(pairs), by_hand=2 * len(by_hand()), style=DEFAULT)
    say("reading the bank")
    understood = _understood(pairs)
    prompts = [prompt for pair in pairs for prompt in (pair.en, pair.zh)]
    parsing, composing = _words_to_scene(prompts[:: 12 if quick else 1])
    say("drawing")
    drawing = _drawn(prompts, quick)
    ours: dict[str, Any] = {
        "score": understood,
        "parse_ms": spread(parsing),
        "compose_ms": spread(composing),
        **drawing,
    }
    whole = understood["all"]
    targets = [
        Target("prompts read wholly right, English", 0.97, whole["en"]["part"], "of 1", "higher"),
        Target("prompts read wholly right, Chinese", 0.97, whole["zh"]["part"], "of 1", "higher"),
        Target("difference between languages", 0.01, round(abs(whole["en"]["part"] - whole["zh"]["part"]), 4), "of 1"),
        Target("parse, 95th percentile", 5, ours["parse_ms"]["p95"], "ms"),
        Target("1024x1024, median", 300, drawing["draw_1024_ms"]["median"], "ms"),
        Target("memory, drawing processes included", 500, drawing["memory_mib"], "MiB"),
        Target("20 things over one thing", 2, drawing["twenty_over_one"], "times"),
    ]
    if "draw_4096_ms" in drawing:
        targets.append(Target("4096x4096, median", 3_000, drawing["draw_4096_ms"]["median"], "ms"))
    problems = [f"{prompt}: {reason}" for language in ("en", "zh") for prompt, reason in whole[language]["wrong"]]
    say(f"{len(problems)} prompts read wrongly")
    return Result("scene", ours, {}, {}, targets, facts)


def _understood(pairs: list[Pair]) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        category: {language: {**asdict(found), "part": round(found.part, 4)} for language, found in scores.items()}
        for category, scores in score(pairs).items()
    }


def _words_to_scene(prompts: list[str]) -> tuple[list[float], list[float]]:
    """Milliseconds of each parse and each composition, nothing remembered from before."""
    parse("warm")
    parse.cache_clear()
    parsing, composing = [], []
    for prompt in prompts:
        parsing += timed(lambda text=prompt: parse(text), 1)  # type: ignore[misc]
        plan = parse(prompt)
        composing += timed(lambda p=plan: compose(p, 1024, 1024, 1, STYLES[DEFAULT], shipped()), 1)  # type: ignore[misc]
    return parsing, composing


def _drawn(prompts: list[str], quick: bool) -> dict[str, Any]:
    engine = SceneBackend()
    try:
        engine.warm()
        chosen = Random(1).sample(prompts, 6 if quick else 40)
        found: dict[str, Any] = {"draw_1024_ms": spread([_draw(engine, p, 1024) for p in chosen])}
        ratios = sorted(_draw(engine, TWENTY, 1024) / _draw(engine, ONE, 1024) for _ in range(3 if quick else 9))
        found["twenty_over_one"] = round(ratios[len(ratios) // 2], 2)
        if not quick:
            found["draw_4096_ms"] = spread([_draw(engine, p, 4096) for p in chosen[:5]])
        found["memory_mib"] = _memory()
    finally:
        engine.close()
    return found


def _draw(engine: SceneBackend, prompt: str, side: int) -> float:
    """Milliseconds from the prompt to the pixels."""
    start = time.perf_counter()
    state = engine.prepare(Request(prompt=prompt, seed=1, width=side, height=side))
    engine.step([state])
    engine.finish(state)
    return (time.perf_counter() - start) * 1000


def _memory() -> float:
    """Proportional memory of this process and its children, in MiB."""
    me = psutil.Process()
    return round(sum(p.memory_full_info().pss for p in (me, *me.children(recursive=True))) / 2**20, 1)


if __name__ == "__main__":
    sys.exit(run("scene", measure))
