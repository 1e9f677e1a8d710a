"""Samplers as plain functions with one signature: from the sample at one noise level to the sample at the next.

    sampler(x, x0, now, then, memory, noise) -> x at `then`

`x` is the sample at noise level `now`, `x0` what the model believes the clean picture is, given x; both are
arrays of one shape (numpy or torch: only arithmetic is used). Levels are sigma of x = x0 + sigma * e (Karras et
al. 2022) for diffusion models and t of x = (1 - t) x0 + t e for flow models. `memory` belongs to one picture and
is the sampler's own; `noise()` draws standard normal noise from that picture's own generator. So whatever runs
beside a picture cannot reach its sampler.

For diffusion models all of these work in the variance-exploding form, in which DDIM, DPM-Solver and UniPC take
their simplest shape: alpha is 1 everywhere, and lambda is -log sigma.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Array = Any  # numpy.ndarray or torch.Tensor
Noise = Callable[[], Array]
Sampler = Callable[[Array, Array, float, float, "Memory", Noise], Array]


@dataclass(slots=True)
class Memory:
    """What a multistep sampler remembers of the steps before: at most two beliefs and where they were held."""

    x: Array = None  # the sample before the last step
    beliefs: tuple[tuple[float, Array], ...] = ()  # (level, x0), the newest last
    order: int = 0  # of the last prediction


def euler(x: Array, x0: Array, now: float, then: float, memory: Memory, noise: Noise) -> Array:
    """Along the straight line through x and x0: Euler's method (Karras et al. 2022, algorithm 2 without churn).

    For flow models it is the same line: dx/dt = (x - x0) / t (Liu et al. 2022). With sigma it is DDIM (Song 2020).
    """
    return x + (x - x0) * ((then - now) / now)


def euler_ancestral(x: Array, x0: Array, now: float, then: float, memory: Memory, noise: Noise) -> Array:
    """Euler to below `then`, and fresh noise back up to it: never settles, more varied (Song et al. 2021, eta 1)."""
    up = min(then, math.sqrt(max(0.0, then**2 * (now**2 - then**2) / now**2)))
    down = math.sqrt(max(0.0, then**2 - up**2))
    x = x + (x - x0) * ((down - now) / now)
    return x + noise() * up if then > 0 else x


def dpmpp_2m(x: Array, x0: Array, now: float, then: float, memory: Memory, noise: Noise) -> Array:
    """DPM-Solver++ of second order, multistep (Lu et al. 2022, algorithm 2)."""
    before, memory.beliefs = memory.beliefs, ((now, x0),)
    if then == 0:
        return x0
    step = math.log(now / then)
    guess = x0
    if before:
        level, older = before[-1]
        ratio = math.log(level / now) / step
        guess = x0 + (x0 - older) * (0.5 / ratio)
    return x * (then / now) - guess * math.expm1(-step)


def unipc(x: Array, x0: Array, now: float, then: float, memory: Memory, noise: Noise) -> Array:
    """UniPC of second order, B2 form, predicting x0 (Zhao et al. 2023): corrects x by the new belief, then predicts."""
    if memory.x is not None:
        x = _corrected(x0, now, memory)
    beliefs = (*memory.beliefs, (now, x0))[-2:]
    order = 1 if then == 0 else min(len(beliefs), memory.order + 1, 2)
    memory.x, memory.beliefs, memory.order = x, beliefs, order
    if then == 0:
        return x0
    step = math.log(now / then)
    bend = math.expm1(-step)
    ahead = x * (then / now) - x0 * bend
    if order == 2:
        level, older = beliefs[0]
        ratio = math.log(level / now) / step
        ahead = ahead + (older - x0) * (bend * 0.5 / ratio)
    return ahead


def _corrected(x0: Array, now: float, memory: Memory) -> Array:
    """The sample at `now` again, now that the model's belief there is known (UniC, equation 9)."""
    was, belief = memory.beliefs[-1]
    step = math.log(was / now)
    bend = math.expm1(-step)
    again = memory.x * (now / was) - belief * bend
    if memory.order == 1:
        return again - (x0 - belief) * (bend * 0.5)
    level, older = memory.beliefs[0]
    ratio = -math.log(level / was) / step  # negative: the older belief lies behind
    # Two equations for two weights, solved by hand: r1 + r2 = b1 and ratio * r1 + r2 = b2.
    phi = bend / -step - 1
    first = phi / bend
    second = (phi / -step - 0.5) * 2 / bend
    weight_older = (second - first) / (ratio - 1)
    weight_new = first - weight_older
    return again - ((older - belief) * (weight_older / ratio) + (x0 - belief) * weight_new) * bend


def lcm(x: Array, x0: Array, now: float, then: float, memory: Memory, noise: Noise) -> Array:
    """For consistency-distilled checkpoints: trust x0 wholly, and noise it again (Luo et al. 2023, algorithm 3)."""
    return x0 + noise() * then if then > 0 else x0


SAMPLERS: dict[str, Sampler] = {
    "euler": euler,
    "euler-a": euler_ancestral,
    "dpm++-2m": dpmpp_2m,
    "unipc": unipc,
    "lcm": lcm,
}
FLOW_SAMPLERS: dict[str, Sampler] = {"flow-euler": euler}
