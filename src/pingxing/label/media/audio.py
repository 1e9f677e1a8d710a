"""Sound: the rhythm short-long-short-short before it (GB 45438-2025, 4.4: speech or this rhythm, start, middle or end).

Tones rather than speech: they say the same in every language, need no voice, and can be found again by a program.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

TONE = 880.0  # hertz: heard on any loudspeaker
SHORT, LONG, GAP, REST = 0.12, 0.36, 0.12, 0.25  # seconds
RHYTHM = (SHORT, LONG, SHORT, SHORT)
LOUDNESS = 0.25  # of full scale
_FADE = 0.008  # seconds: no clicks
_HOP = 0.01  # seconds between looks
_LOOK = 6.0  # seconds from the start and from the end in which the rhythm is looked for


def mark_sound(samples: Samples, rate: int) -> Samples:
    """`samples` (n, channels) in -1..1 at `rate` hertz, with the rhythm before them.

    Raises ValueError for another shape or a rate below 8,000 hertz.
    """
    if samples.ndim != 2 or not 1 <= samples.shape[1] <= 32:
        raise ValueError("samples must be (n, channels)")
    opening = np.repeat(rhythm(rate)[:, None], samples.shape[1], axis=1)
    return np.concatenate([opening, samples.astype(np.float32)])


def rhythm(rate: int) -> Samples:
    """Short, long, short, short, and a rest: (n,)."""
    if rate < 8_000:
        raise ValueError("a rate below 8,000 hertz")
    silence = np.zeros(round(GAP * rate), np.float32)
    parts: list[Samples] = []
    for seconds in RHYTHM:
        parts += [_beep(seconds, rate), silence]
    return np.concatenate([*parts, np.zeros(round(REST * rate), np.float32)])


def _beep(seconds: float, rate: int) -> Samples:
    count = round(seconds * rate)
    edge = np.minimum(1, np.arange(count) / (_FADE * rate))
    wave = np.sin(2 * np.pi * TONE * np.arange(count) / rate) * edge * edge[::-1]
    return np.asarray(LOUDNESS * wave, np.float32)


def find_rhythm(samples: Samples, rate: int) -> float | None:
    """Seconds from the start at which the rhythm begins, looked for near both ends; None where it is not."""
    mono = samples.mean(axis=1) if samples.ndim == 2 else samples
    reach = round(_LOOK * rate)
    starts = dict.fromkeys((0, max(0, len(mono) - reach)))
    for start in starts:
        at = _in(mono[start : start + reach], rate)
        if at is not None:
            return start / rate + at
    return None


def _in(part: Samples, rate: int) -> float | None:
    """Where the tone's energy goes on and off in the rhythm's own times, within a third."""
    hop = max(1, round(_HOP * rate))
    count = len(part) // hop
    if count < 10:
        return None
    cut = part[: count * hop].astype(np.float64)
    turned = cut * np.exp(-2j * np.pi * TONE * np.arange(len(cut)) / rate)
    tone = 2 * np.abs(turned.reshape(count, hop).mean(axis=1))
    loud = np.sqrt((cut.reshape(count, hop) ** 2).mean(axis=1)) * np.sqrt(2)
    on = (tone > 0.02) & (tone > 0.6 * loud)  # the tone, and little beside it
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(np.int8), [0]])))
    runs = [(int(a) * _HOP, int(b - a) * _HOP) for a, b in edges.reshape(-1, 2)]
    for i in range(len(runs) - 3):
        four = runs[i : i + 4]
        gaps = [four[j + 1][0] - sum(four[j]) for j in range(3)]
        beats = zip((length for _, length in four), RHYTHM, strict=True)
        if all(abs(had - wanted) <= wanted / 3 for had, wanted in beats) and all(abs(g - GAP) <= GAP / 2 for g in gaps):
            return four[0][0]
    return None
