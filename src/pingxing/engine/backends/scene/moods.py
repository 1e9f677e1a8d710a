"""Small comic marks beside a head that say how something feels; they stand beside faces, never on them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from pingxing.engine.backends.scene.art import Icon
from pingxing.engine.backends.scene.svg import circle, num, path
from pingxing.engine.backends.scene.traits import traits

Box = tuple[float, float, float, float]


def _heart(x: float, y: float, r: float, turn: float) -> str:
    d = (
        f"M{num(x)} {num(y + r)}C{num(x - 1.7 * r)} {num(y - 0.1 * r)} {num(x - 0.9 * r)} {num(y - 1.3 * r)} "
        f"{num(x)} {num(y - 0.4 * r)}C{num(x + 0.9 * r)} {num(y - 1.3 * r)} {num(x + 1.7 * r)} {num(y - 0.1 * r)} "
        f"{num(x)} {num(y + r)}Z"
    )
    return path(d, "#f0507a", stroke="#ffffff", stroke_width=0.16 * r, paint_order="stroke",
                transform=f"rotate({num(turn)} {num(x)} {num(y)})")  # fmt: skip


def _spark(x: float, y: float, r: float) -> str:
    k = 0.2 * r
    d = f"M{num(x)} {num(y - r)}" + "".join(
        f"Q{num(x + k * a)} {num(y + k * b)} {num(x + r * c)} {num(y + r * e)}"
        for a, b, c, e in ((1, -1, 1, 0), (1, 1, 0, 1), (-1, 1, -1, 0), (-1, -1, 0, -1))
    )
    return path(d + "Z", "#ffd24a", stroke="#ffffff", stroke_width=0.12 * r)


def _drop(x: float, y: float, r: float, turn: float = 0.0) -> str:
    d = (
        f"M{num(x)} {num(y - 1.6 * r)}C{num(x + 0.5 * r)} {num(y - 0.7 * r)} {num(x + r)} {num(y - 0.3 * r)} "
        f"{num(x + r)} {num(y + 0.2 * r)}A{num(r)} {num(r)} 0 0 1 {num(x - r)} {num(y + 0.2 * r)}"
        f"C{num(x - r)} {num(y - 0.3 * r)} {num(x - 0.5 * r)} {num(y - 0.7 * r)} {num(x)} {num(y - 1.6 * r)}Z"
    )
    spin = f"rotate({num(turn)} {num(x)} {num(y)})" if turn else None
    shine = circle(x - 0.35 * r, y + 0.2 * r, 0.22 * r, "#e9f8ff", transform=spin)
    return path(d, "#5bb8f2", stroke="#ffffff", stroke_width=0.2 * r, transform=spin) + shine


def happy(x: float, y: float, s: float) -> str:
    return _heart(x, y, 0.34 * s, 14) + _spark(x + 0.62 * s, y + 0.42 * s, 0.26 * s) + _spark(
        x - 0.6 * s, y + 0.22 * s, 0.18 * s
    )  # fmt: skip


def loving(x: float, y: float, s: float) -> str:
    return _heart(x, y - 0.12 * s, 0.4 * s, 12) + _heart(x + 0.66 * s, y + 0.4 * s, 0.24 * s, 22) + _heart(
        x - 0.52 * s, y + 0.36 * s, 0.18 * s, -14
    )  # fmt: skip


def sad(x: float, y: float, s: float) -> str:
    """A small rain cloud of one's own."""
    lobes = "".join(
        circle(x + dx * s, y + dy * s, r * s, "#8b98ab") for dx, dy, r in ((-0.36, 0, 0.24), (0, -0.14, 0.34),
                                                                          (0.36, 0, 0.24), (0, 0.05, 0.26))
    )  # fmt: skip
    base = path(f"M{num(x - 0.36 * s)} {num(y + 0.24 * s)}H{num(x + 0.36 * s)}", stroke="#8b98ab",
                stroke_width=0.1 * s, stroke_linecap="round")  # fmt: skip
    return lobes + base + _drop(x - 0.3 * s, y + 0.58 * s, 0.09 * s) + _drop(x + 0.02 * s, y + 0.7 * s, 0.09 * s) + (
        _drop(x + 0.32 * s, y + 0.56 * s, 0.09 * s)
    )  # fmt: skip


def angry(x: float, y: float, s: float) -> str:
    """The swollen vein of comics, a cross of four bent strokes."""
    d = ""
    for n in range(4):
        turn = math.pi / 2 * n + 0.25
        at = [(0.5, 0.16), (0.2, 0.2), (0.16, 0.5)]
        spots = [(x + s * (u * math.cos(turn) - v * math.sin(turn)), y + s * (u * math.sin(turn) + v * math.cos(turn)))
                 for u, v in at]  # fmt: skip
        (ax, ay), (bx, by), (cx, cy) = spots
        d += f"M{num(ax)} {num(ay)}Q{num(bx)} {num(by)} {num(cx)} {num(cy)}"
    under = path(d, stroke="#ffffff", stroke_width=0.24 * s, stroke_linecap="round")
    return under + path(d, stroke="#e0342f", stroke_width=0.14 * s, stroke_linecap="round")


def sleepy(x: float, y: float, s: float) -> str:
    d = ""
    for dx, dy, r in ((-0.4, 0.42, 0.2), (0.02, 0.06, 0.27), (0.52, -0.34, 0.34)):
        left, top, wide = x + (dx - r / 2) * s, y + (dy - r / 2) * s, r * s
        d += f"M{num(left)} {num(top)}h{num(wide)}L{num(left)} {num(top + wide)}h{num(wide)}"
    more = {"stroke_linecap": "round", "stroke_linejoin": "round"}
    return path(d, stroke="#ffffff", stroke_width=0.19 * s, **more) + path(
        d, stroke="#5a6fd0", stroke_width=0.095 * s, **more
    )


def surprised(x: float, y: float, s: float) -> str:
    d = ""
    for angle, near, far in ((-2.35, 0.28, 0.6), (-1.57, 0.3, 0.78), (-0.79, 0.28, 0.6)):
        d += f"M{num(x + near * s * math.cos(angle))} {num(y + 0.4 * s + near * s * math.sin(angle))}"
        d += f"L{num(x + far * s * math.cos(angle))} {num(y + 0.4 * s + far * s * math.sin(angle))}"
    under = path(d, stroke="#ffffff", stroke_width=0.25 * s, stroke_linecap="round")
    return under + path(d, stroke="#f0862c", stroke_width=0.14 * s, stroke_linecap="round")


def scared(x: float, y: float, s: float) -> str:
    return (
        _drop(x, y, 0.26 * s, 10) + _drop(x + 0.56 * s, y + 0.36 * s, 0.2 * s, 24)
        + _drop(x - 0.5 * s, y + 0.26 * s, 0.16 * s, -12)
    )  # fmt: skip


def dizzy(x: float, y: float, s: float) -> str:
    d = f"M{num(x)} {num(y)}"
    for n in range(1, 19):
        angle, reach = n * 0.72, 0.028 * n * s
        d += f"L{num(x + reach * math.cos(angle))} {num(y + reach * math.sin(angle))}"
    more = {"stroke_linecap": "round", "stroke_linejoin": "round"}
    return path(d, stroke="#ffffff", stroke_width=0.2 * s, **more) + path(
        d, stroke="#8a63d2", stroke_width=0.1 * s, **more
    )


MOODS: dict[str, Callable[[float, float, float], str]] = {
    "happy": happy, "loving": loving, "sad": sad, "angry": angry, "sleepy": sleepy, "surprised": surprised,
    "scared": scared, "dizzy": dizzy,
}  # fmt: skip
LEAN = {"sad": -4.0, "sleepy": -5.0}  # degrees


def mood_of(looks: Sequence[str]) -> str:
    """The first of the looks that is a mood; "" for none."""
    return next((look for look in looks if look in MOODS), "")


def head_of(icon: Icon, flip: bool) -> float:
    """Where the head of a thing is, in parts of its width: animals that stand on four legs look to the left in art."""
    if icon.under or traits(icon.concept).group != "animals-nature" or icon.width < 0.8 * icon.height:
        return 0.5
    return 0.7 if flip else 0.3


def mark(mood: str, box: Box, head: float, frame: tuple[float, float]) -> str:
    """The mark of a mood at the upper edge of `box`, beside the head, whose middle is `head` of the width in.

    It keeps within `frame` (width, height); where there is no room above, it moves to the side.
    """
    x, y, w, h = box
    size = min(0.42 * min(w, h), 0.13 * min(frame))
    size = max(size, 0.03 * min(frame))
    side = 1.0 if head <= 0.6 else -1.0
    at = (x + head * w + side * min(0.34 * w, 0.9 * size + 0.12 * w), y - 0.3 * size)
    if mood in ("sad", "surprised"):  # straight above
        at = (x + head * w, y - 0.75 * size)
    px = min(frame[0] - 0.8 * size, max(0.8 * size, at[0]))
    py = max(0.75 * size, at[1])
    return f"<g>{MOODS[mood](px, py, size)}</g>"
