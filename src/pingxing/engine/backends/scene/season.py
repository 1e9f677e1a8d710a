"""What a season makes of the land's colours: green turns to gold in autumn, to snow in winter."""

from __future__ import annotations

import math
from functools import lru_cache

from pingxing.engine.backends.scene.colour import chroma, hexed, hue, lch, oklab

GREEN = (1.7, 2.95)  # hues of leaves and grass, in radians


@lru_cache(maxsize=4096)
def seasonal(colour: str, season: str) -> str:
    """`colour` of the land in that season; only what grows changes."""
    lab = oklab(colour)
    if chroma(lab) < 0.05 or not GREEN[0] < hue(lab) < GREEN[1]:
        return colour
    part = (hue(lab) - GREEN[0]) / (GREEN[1] - GREEN[0])
    if season == "autumn":  # yellow greens to gold, blue greens to russet: variety stays
        return hexed(lch(lab[0] * 0.98, chroma(lab) * 0.98 + 0.015, 1.42 - 0.72 * part))
    if season == "winter":
        return hexed(lch(0.8 + lab[0] * 0.19, 0.014, math.radians(235)))
    if season == "spring":  # fresher, yellower
        return hexed(lch(min(0.93, lab[0] + 0.04), chroma(lab) * 1.04, hue(lab) - 0.12))
    return colour
