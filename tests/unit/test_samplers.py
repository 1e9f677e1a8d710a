"""Samplers against the exact answer: for normally distributed data the way from noise to picture has a closed form."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from pingxing.engine.samplers import FLOW_SAMPLERS, SAMPLERS, Memory, Sampler

SPREAD = 0.7  # of the data
HIGH = 12.0


def levels(steps: int, low: float = 0.05) -> list[float]:
    return [HIGH * (low / HIGH) ** (i / steps) for i in range(steps + 1)]


def belief(x: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """What a perfect model believes: the mean of the clean data, given x = x0 + level * e."""
    return x * SPREAD**2 / (SPREAD**2 + level**2)


def walk(take: Sampler, passed: list[float], seed: int = 0, size: int = 64) -> tuple[NDArray, NDArray]:
    draw = np.random.default_rng(seed)
    x = draw.normal(size=size) * math.hypot(HIGH, SPREAD)
    start, memory = x, Memory()
    for now, then in pairwise(passed):
        x = take(x, belief(x, now), now, then, memory, lambda: draw.normal(size=size))
    return start, x


def error(name: str, steps: int) -> float:
    passed = levels(steps)
    start, x = walk(SAMPLERS[name], passed)
    exact = start * math.sqrt((SPREAD**2 + passed[-1] ** 2) / (SPREAD**2 + HIGH**2))
    return float(np.abs(x - exact).max())


@pytest.mark.parametrize(("name", "order"), [("euler", 1), ("dpm++-2m", 2), ("unipc", 2)])
def test_twice_the_steps_divide_the_error_as_the_order_says(name: str, order: int) -> None:
    rate = math.log2(error(name, 64) / error(name, 128))
    assert rate > order - 0.25


def test_higher_orders_earn_their_memory() -> None:
    assert error("unipc", 20) < error("dpm++-2m", 20) < error("euler", 20) / 4


@pytest.mark.parametrize("name", ["euler-a", "lcm"])
def test_fresh_noise_keeps_the_spread_of_the_data(name: str) -> None:
    passed = levels(200)
    _, x = walk(SAMPLERS[name], passed, size=20_000)
    if name == "lcm":  # it trusts the model's mean wholly, so with this model it shrinks towards it
        assert 0 < x.std() < SPREAD
    else:
        assert x.std() == pytest.approx(math.hypot(SPREAD, passed[-1]), rel=0.03)


@pytest.mark.parametrize("name", SAMPLERS)
def test_at_no_noise_the_belief_is_the_picture(name: str) -> None:
    take, memory = SAMPLERS[name], Memory()
    draw = np.random.default_rng(1)
    x = draw.normal(size=9)
    for now, then in ((3.0, 1.0), (1.0, 0.5)):
        x = take(x, belief(x, now), now, then, memory, lambda: draw.normal(size=9))
    last = belief(x, 0.5)
    assert np.allclose(take(x, last, 0.5, 0.0, memory, lambda: draw.normal(size=9)), last)


@pytest.mark.parametrize("name", SAMPLERS)
def test_pictures_stepped_in_turn_are_the_pictures_stepped_alone(name: str) -> None:
    passed, take = levels(12), SAMPLERS[name]
    alone = [walk(take, passed, seed)[1] for seed in (1, 2)]
    draws = [np.random.default_rng(seed) for seed in (1, 2)]
    samples = [draw.normal(size=64) * math.hypot(HIGH, SPREAD) for draw in draws]
    memories = [Memory(), Memory()]
    for now, then in pairwise(passed):
        for i in (1, 0):
            x, draw = samples[i], draws[i]
            samples[i] = take(x, belief(x, now), now, then, memories[i], lambda draw=draw: draw.normal(size=64))
    for one, other in zip(alone, samples, strict=True):
        assert (one == other).all()


def test_a_flow_walks_its_straight_line() -> None:
    """Where the picture is certain, every step of a flow lands on the line between noise and picture."""
    draw = np.random.default_rng(3)
    clean, noise, memory = draw.normal(size=5), draw.normal(size=5), Memory()
    x = noise
    for now, then in ((1.0, 0.8), (0.8, 0.3), (0.3, 0.0)):
        x = FLOW_SAMPLERS["flow-euler"](x, clean, now, then, memory, lambda: noise)
        assert np.allclose(x, (1 - then) * clean + then * noise)
