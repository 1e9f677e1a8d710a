"""From noise to a picture in few steps, in numpy: where the steps lie, and three ways to take one.

    solver(x, x0, now, then, memory, noise) -> x at `then`      as in `pingxing.engine.samplers`

`TUNED` goes by numbers of the model's own (`Facts.tuned`) where it takes as many steps, with as much guidance, as they
were made for, and is Euler's method everywhere else.

x = (1 - t) x0 + t e, so in the words of diffusion alpha is 1 - t and sigma is t, and lambda = log((1 - t) / t).
"""

from __future__ import annotations

import math

from pingxing.engine.samplers import Array, Memory, Noise, Sampler, euler


def times(steps: int, shift: float) -> tuple[float, ...]:
    """From 1 to 0, `steps` + 1 of them; a shift above 1 lays more near the noise (Esser et al. 2024, 5.3.2)."""
    even = [1 - number / steps for number in range(steps + 1)]
    return tuple(shift * t / (1 + (shift - 1) * t) for t in even)


def dpmpp_2m_flow(x: Array, x0: Array, now: float, then: float, memory: Memory, noise: Noise) -> Array:
    """DPM-Solver++ of second order, multistep (Lu et al. 2022, algorithm 2), on the straight paths of a flow.

    One evaluation a step, as Euler; what was believed before bends the line. The first step, where lambda is not
    finite, and the last are Euler's.
    """
    before, memory.beliefs = memory.beliefs, ((now, x0),)
    if then == 0 or now == 1 or not before:
        return euler(x, x0, now, then, memory, noise)
    level, older = before[-1]
    if level == 1:  # lambda was infinite there: a line through both beliefs by time instead
        guess = x0 + (x0 - older) * (0.5 * (now - then) / (level - now))
    else:
        step = _log(then) - _log(now)
        guess = x0 + (x0 - older) * (0.5 * step / (_log(now) - _log(level)))
    return x * (then / now) + guess * (1 - then / now)


def _log(t: float) -> float:
    return math.log((1 - t) / t)


TUNED = "flow-tuned"
SOLVERS: dict[str, Sampler] = {TUNED: euler, "flow-euler": euler, "flow-dpm++-2m": dpmpp_2m_flow}
