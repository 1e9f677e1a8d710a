"""What becomes of a colour in print, on porcelain, in cut paper and in lamplight. Pure: "#rrggbb" -> "#rrggbb"."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from pingxing.engine.backends.scene.colour import chroma, hexed, hue, lch, mix, oklab


def ramp(lightness: float, stops: Sequence[tuple[float, str]]) -> str:
    """The colour at a lightness along stops of rising lightness."""
    if lightness <= stops[0][0]:
        return stops[0][1]
    for (low, first), (high, second) in pairwise(stops):
        if lightness <= high:
            return mix(first, second, (lightness - low) / (high - low))
    return stops[-1][1]


def cut(colour: str) -> str:
    """Red paper: the darkest shapes (eyes, mouths) are cut out, the rest is red, varied so that parts tell apart."""
    lightness = oklab(colour)[0]
    if lightness < 0.33:
        return "#fdf3df"
    return ramp(lightness, ((0.33, "#a3161a"), (0.6, "#c4231f"), (0.76, "#d5342a"), (0.9, "#e8624c"), (1.0, "#f08d76")))


def far_cut(colour: str) -> str:
    """Layers of thinner paper behind: cream to a pale red, the darkest the strongest."""
    return ramp(
        oklab(colour)[0], ((0.2, "#eaa386"), (0.5, "#f2bfa1"), (0.72, "#f7d7bb"), (0.92, "#fbe9d2"), (1.0, "#fdf3df"))
    )


def blue_and_white(colour: str) -> str:
    """Cobalt under a clear glaze: hue is gone, lightness is how thin the blue was laid."""
    return ramp(
        oklab(colour)[0],
        ((0.15, "#0f2a6b"), (0.45, "#1f4aa3"), (0.66, "#4f7fcb"), (0.84, "#bcd3f0"), (0.95, "#f4f8fd")),
    )


def far_porcelain(colour: str) -> str:
    return ramp(
        oklab(colour)[0], ((0.15, "#7fa3dc"), (0.5, "#b4cbed"), (0.75, "#dbe7f7"), (0.92, "#f1f6fc"), (1.0, "#f8fbfe"))
    )


def riso(colour: str) -> str:
    """Three inks on uncoated paper, fluorescent pink, teal and a sunny yellow; dark is pink over teal."""
    lab = oklab(colour)
    paper, pink, teal, both = "#f8f1e4", "#ff5a78", "#1f7f9c", "#3b2f63"
    if chroma(lab) > 0.11 and 1.22 < hue(lab) < 2.0 and lab[0] > 0.6:
        return mix("#ffc42e", paper, min(0.6, max(0.0, (lab[0] - 0.8) * 1.5)))
    warm = 0.5 + 0.5 * math.cos(hue(lab) - 0.55)  # 1 at red, 0 at blue green
    part = min(1.0, chroma(lab) / 0.1)
    ink = mix(mix("#6a5f86", teal, 0.4), mix(teal, pink, min(1.0, max(0.0, (warm - 0.5) * 4))), part)
    if lab[0] > 0.66:
        return mix(ink, paper, min(1.0, (lab[0] - 0.66) / 0.32))
    return mix(both, ink, min(1.0, max(0.0, (lab[0] - 0.2) / 0.46)))


def far_riso(colour: str) -> str:
    """The same inks through a coarser screen, so that what stands in front is heavier."""
    return mix(riso(colour), "#f8f1e4", 0.3)


# Pigments of the old printers: indigo, vermilion, yellow ochre, moss, brown, ash, paper.
_PIGMENTS = ("#2f4a7a", "#6f93b5", "#c9482f", "#e08a5a", "#d9ab4f", "#ecd08a", "#6f7f45", "#a3ad6f", "#7a4f38",
             "#b58d66", "#9a9488", "#cfc7b3", "#f3e8cf", "#33302e")  # fmt: skip


def carved(colour: str) -> str:
    """The nearest pigment of a wood block's printer, hue before lightness; a trace of the old colour stays."""
    lab = oklab(colour)

    def away(pigment: str) -> float:
        other = oklab(pigment)
        return (lab[0] - other[0]) ** 2 + 2.2 * ((lab[1] - other[1]) ** 2 + (lab[2] - other[2]) ** 2)

    return mix(min(_PIGMENTS, key=away), colour, 0.14)


def far_wash(colour: str) -> str:
    """Much water and little ink on rice paper: what is far is a pale wash, and light is the bare paper."""
    lab = oklab(colour)
    wash = ramp(lab[0], ((0.15, "#4b4a49"), (0.45, "#7d7b75"), (0.64, "#b3ae9f"), (0.82, "#e6decc"), (1.0, "#faf5e9")))
    return mix(wash, colour, 0.14)


def low_key(colour: str) -> str:
    """One small lamp: everything falls towards black, warm colours last."""
    lab = oklab(colour)
    warm = 0.5 + 0.5 * math.cos(hue(lab) - 1.0)
    return hexed(lch(max(0.05, lab[0] ** 1.12 * (0.88 + 0.12 * warm)), chroma(lab) * (0.62 + 0.3 * warm), hue(lab)))
