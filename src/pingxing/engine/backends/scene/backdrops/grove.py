"""Trees for the bare stretches of a banner: a landscape four times as wide as high needs more than its own middle."""

from __future__ import annotations

from collections.abc import Sequence

from pingxing.engine.backends.scene.backdrops.props import bush, fir, round_tree
from pingxing.engine.backends.scene.colour import shade
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import ellipse

# Settings with room for them, and what grows there.
ROUND = ("meadow", "park", "garden", "field", "farm", "village", "road", "river", "flowers", "lake")
GROWS = {**dict.fromkeys(ROUND, "round"), "mountains": "fir"}
GREENS = ("#5fa65a", "#6fb35c", "#4f9a5c", "#82bb5a")
BARE = 0.85  # of the height: a stretch without anything, from which it gets trees


def grove(view: View, setting: str, taken: Sequence[tuple[float, float]]) -> None:
    """Clumps of trees wherever nothing stands between two of the `taken` stretches (left, right) or at an edge."""
    kind = GROWS.get(setting)
    if kind is None:
        return
    free = _free(view.width, taken)
    for left, right in free:
        wide = right - left
        if wide < BARE * view.height:
            continue
        clumps = max(1, round(wide / (1.9 * view.height)))
        for n in range(clumps):
            at = left + wide * (n + view.rng.uniform(0.35, 0.65)) / clumps
            if left == 0.0 and clumps == 1:
                at = left + view.rng.uniform(0.12, 0.4) * wide
            elif right == view.width and clumps == 1:
                at = right - view.rng.uniform(0.12, 0.4) * wide
            _clump(view, at, kind)


def _free(width: float, taken: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    found, at = [], 0.0
    for left, right in sorted(taken):
        if left > at:
            found.append((at, left))
        at = max(at, right)
    if at < width:
        found.append((at, width))
    return found


def _clump(view: View, x: float, kind: str) -> None:
    """Two or three trees and bushes at their feet, the far ones paler."""
    rng, s, parts = view.rng, view.short, view.sheet.layer("grove")
    depth = view.height - view.horizon
    spots = sorted((rng.uniform(0.04, 0.26), rng.uniform(-0.42, 0.42)) for _ in range(rng.choice((2, 3, 3))))
    for near, aside in spots:
        foot, high = view.horizon + near * depth, s * rng.uniform(0.4, 0.56) * (0.74 + 1.3 * near)
        at, green = x + aside * s, rng.choice(GREENS)
        parts.append(ellipse(at, foot, 0.2 * high, 0.026 * high, view.land("#2c4a2a"), opacity=0.22))
        tree = fir if kind == "fir" else round_tree
        parts.append(tree(view, at, foot, high, "#3f7f5a" if kind == "fir" else green, max(0.0, 0.26 - near)))
    for _ in range(rng.choice((1, 2, 3))):
        r = s * rng.uniform(0.05, 0.085)
        parts.append(bush(view, x + rng.uniform(-0.45, 0.45) * s, view.horizon + rng.uniform(0.2, 0.34) * depth, r,
                          shade(rng.choice(GREENS), rng.uniform(-0.03, 0.03))))  # fmt: skip
