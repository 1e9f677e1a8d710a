"""Few steps, tuned: for each step the numbers with which a picture of many steps is met best.

Each of n steps takes latents x, the velocity that is told (with words) and the free one (without) to

    kept * x + told * v_told + free * v_free

Euler's method with guidance g has kept 1, told g * dt and free (1 - g) * dt. Here the three are what brings x nearest,
by least squares over many prompts and all cells, to where the same noise is at that time after many small steps: along
the path that the few steps themselves take, so that later ones mend what earlier ones missed. Nothing is trained; six
steps have 17 numbers. (Compare Shaul et al., "Bespoke Solvers for Generative Flow Models", 2023, who learn as many.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from pingxing.training.picture.transformer import Transformer

Numbers = tuple[float, float, float]  # kept, told, free
Velocity = Callable[[Tensor, float], tuple[Tensor, Tensor | None]]  # told and free; no free one where nobody guides
LEAST = 1e-4  # of the ridge that holds the numbers near Euler's
FINE = 6  # small steps of the many that stand for one of the few


def velocity_of(model: Transformer, tokens: Tensor, guided: tuple[float, float], batch: int = 56) -> Velocity:
    """The model's velocities for these prompts, which are read once."""
    nothing = torch.zeros_like(tokens)
    spans = [slice(first, first + batch) for first in range(0, len(tokens), batch)]
    read = [(model.words(tokens[span]), model.words(nothing[span])) for span in spans]

    @torch.no_grad()
    def velocity(x: Tensor, t: float) -> tuple[Tensor, Tensor | None]:
        told, free = [], []
        for span, (said, unsaid) in zip(spans, read, strict=True):
            part, time = x[span], torch.full((len(x[span]),), t, device=x.device)
            if not guided[0] <= t <= guided[1]:
                told.append(model.told(part, time, *said))
                continue
            words = [torch.cat(pair) for pair in zip(said, unsaid, strict=True)]
            one, other = model.told(torch.cat((part, part)), torch.cat((time, time)), *words).chunk(2)
            told.append(one)
            free.append(other)
        return torch.cat(told), torch.cat(free) if free else None

    return velocity


def many(velocity: Velocity, noise: Tensor, times: Sequence[float], guidance: float, fine: int = FINE) -> list[Tensor]:
    """Where the noise is at each of the times, by Heun's method in `fine` steps between two of them."""

    def along(x: Tensor, t: float) -> Tensor:
        told, free = velocity(x, t)
        return told if free is None else free + guidance * (told - free)

    found = [noise]
    for start, end in pairwise(times):
        x = found[-1]
        for now, then in pairwise(start + (end - start) * number / fine for number in range(fine + 1)):
            v = along(x, now)
            ahead = x + (then - now) * v
            x = ahead if then <= 0 else x + (then - now) * (v + along(ahead, then)) / 2
        found.append(x)
    return found


def tuned(
    velocity: Velocity, goals: Sequence[Tensor], times: Sequence[float], guidance: float
) -> tuple[tuple[Numbers, ...], list[float]]:
    """The numbers of each step, and how far each ends from its goal, in parts of the goal's deviation."""
    x, found, far = goals[0], [], []
    for (now, then), goal in zip(pairwise(times), goals[1:], strict=True):
        told, free = velocity(x, now)
        parts = [x, told] if free is None else [x, told, free]
        dt = then - now
        usual = [1.0, dt] if free is None else [1.0, dt * guidance, dt * (1 - guidance)]
        numbers = _nearest(parts, goal, torch.tensor(usual, dtype=torch.float64))
        x = torch.stack([number * part for number, part in zip(numbers, parts, strict=True)]).sum(0)
        far.append(float((x - goal).square().mean().sqrt() / goal.std()))
        found.append((numbers[0], numbers[1], numbers[2] if free is not None else 0.0))
    return tuple(found), far


def _nearest(parts: Sequence[Tensor], goal: Tensor, usual: Tensor) -> list[float]:
    columns = torch.stack([part.flatten() for part in parts], 1).double()
    square = columns.T @ columns / len(columns) + LEAST * torch.eye(len(parts), dtype=torch.float64)
    missed = goal.flatten().double() - columns @ usual
    return [float(value) for value in torch.linalg.solve(square, columns.T @ missed / len(columns)) + usual]
