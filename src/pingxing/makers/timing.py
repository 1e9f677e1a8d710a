"""Frames over time: fewer of them, other lengths, other counts of showings."""

from __future__ import annotations

from dataclasses import replace

from pingxing.label.encoding import GRAIN_S, Film, resampled
from pingxing.makers.formats import Shape


def timed(film: Film, shape: Shape) -> Film:
    """The film within the platform's limits of frames, frames a second, showings and seconds."""
    if len(film.frames) == 1:
        return film
    loops = film.loops
    if shape.loops:
        loops = min(max(loops or shape.loops[1], shape.loops[0]), shape.loops[1])
    lasts = max(sum(film.seconds), _shortest(shape))
    if shape.seconds:
        if shape.loops:
            loops = max(shape.loops[0], min(loops, int(shape.seconds / lasts)))
        lasts = min(lasts, shape.seconds / (loops if shape.loops else 1))
    number = len(film.frames)
    if shape.frames:
        number = min(max(number, shape.frames[0]), shape.frames[1])
    if shape.fps:
        number = max(2, min(number, int(lasts * shape.fps)))
    number = max(2, min(number, int(lasts / (2 * GRAIN_S))))
    same = number == len(film.frames) and abs(lasts - sum(film.seconds)) < 1e-9
    quick = shape.fps is not None and min(film.seconds) < 1 / shape.fps - 1e-9
    if not same or quick or min(film.seconds) < 2 * GRAIN_S:
        film = resampled(film, number, lasts)
    return replace(film, loops=loops)


def _shortest(shape: Shape) -> float:
    """Seconds that hold as many frames as are asked for, each as long as players show them."""
    least = shape.frames[0] if shape.frames else 2
    return least * max(2 * GRAIN_S, 1 / shape.fps if shape.fps else 0.0)
