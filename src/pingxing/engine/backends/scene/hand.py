"""A hand of ours to show nails on: the back of a right hand, fingers up, and its mirror image for a left one.

    drawn_hand(tone, hand, cloth) -> (behind, over)     markup below and above the nails
    seats(hand) -> where each nail lies

The plane is 1000 x 1000; a millimetre of the hand is `PER_MM` of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pingxing.engine.backends.scene.colour import mix, shade
from pingxing.engine.backends.scene.svg import Point, element, ellipse, num, path, smooth
from pingxing.nails import FINGERS, Finger, Hand

SIDE = 1000.0
PER_MM = 4.15
BED = 13.0  # mm of a nail that lie on the finger; the rest reaches beyond it
TONES = (
    "#fbe6d9", "#f7d9c5", "#f1c9ad", "#e6b592", "#d69d76", "#c0845b", "#a26a46", "#835134", "#5c3a2a", "#33251e",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Digit:
    """A finger from its knuckle to its tip: where it begins, degrees clockwise from upright, length, two widths."""

    x: float
    y: float
    turn: float
    length: float
    root: float
    tip: float


@dataclass(frozen=True, slots=True)
class NailSeat:
    """The middle of the cuticle, and degrees clockwise from upright."""

    x: float
    y: float
    turn: float


_DIGITS: dict[Finger, _Digit] = {
    "thumb": _Digit(318, 778, -39, 240, 104, 80),
    "index": _Digit(384, 590, -10, 312, 90, 70),
    "middle": _Digit(482, 560, -2.5, 352, 92, 72),
    "ring": _Digit(580, 572, 5, 322, 88, 69),
    "little": _Digit(668, 626, 15, 246, 76, 58),
}
_PALM: tuple[Point, ...] = (
    (404, 1040), (400, 965), (378, 916), (322, 878), (270, 830), (254, 784), (296, 722), (326, 652), (340, 586),
    (404, 546), (482, 520), (580, 530), (662, 562), (712, 618), (722, 690), (708, 780), (678, 870), (648, 940),
    (638, 1040),
)  # fmt: skip


def seats(hand: Hand) -> dict[Finger, NailSeat]:
    found = {}
    for finger, one in _DIGITS.items():
        x, y = _along(one, one.length - BED * PER_MM)
        found[finger] = NailSeat(x, y, one.turn) if hand == "right" else NailSeat(SIDE - x, y, -one.turn)
    return found


def drawn_hand(tone: int, hand: Hand, cloth: str) -> str:
    """The hand in a sleeve of `cloth`, under its nails. `tone` is 1 (light) to 10 (dark)."""
    skin = TONES[tone - 1]
    deep = 0.55 + 0.25 * (tone - 1) / (len(TONES) - 1)
    edge, dim = mix(skin, "#6b2f22" if tone < 8 else "#1a0d09", 0.34 * deep + 0.12), shade(skin, -0.045, 1.1)
    light = shade(skin, 0.03)
    shapes = [*(_digit(_DIGITS[finger]) for finger in FINGERS), _closed(_PALM)]
    rim = "".join(path(d, edge, stroke=edge, stroke_width=9, stroke_linejoin="round") for d in shapes)
    fills = "".join(path(d, skin) for d in shapes)
    parts = [rim, fills, *(_shaded(_DIGITS[finger], dim, light) for finger in FINGERS), _back(dim, light)]
    parts += [_creases(_DIGITS[finger], edge, finger == "thumb") for finger in FINGERS]
    parts += [_webs(edge), _bed_shadows(edge), _sleeve(cloth)]
    return element("g", "".join(parts), transform=None if hand == "right" else f"translate({num(SIDE)} 0) scale(-1 1)")


def _along(one: _Digit, up: float, across: float = 0.0) -> Point:
    """From the knuckle `up` towards the tip and `across` to the right of the finger."""
    angle = math.radians(one.turn)
    sin, cos = math.sin(angle), math.cos(angle)
    return one.x + sin * up + cos * across, one.y - cos * up + sin * across


def _digit(one: _Digit) -> str:
    """Slender between its joints, a little broader at them."""
    profile = (
        (-0.24, 0.52), (0.0, 0.5), (0.2, 0.462), (0.36, 0.462), (0.46, 0.47), (0.58, 0.44), (0.7, 0.425), (0.78, 0.42),
    )  # fmt: skip
    half = one.tip / 2
    right = [(up, part * (one.root + (one.tip - one.root) * max(0.0, up))) for up, part in profile]
    ball = one.length - half * 1.12
    crown = [
        (ball / one.length + (one.length - ball) / one.length * math.sin(a), half * 0.96 * math.cos(a))
        for a in (0.0, 0.5, 0.9, 1.25)
    ]
    side = [*right, *crown]
    outline = [_along(one, up * one.length, half_) for up, half_ in side]
    outline.append(_along(one, one.length, 0.0))
    outline += [_along(one, up * one.length, -half_) for up, half_ in reversed(side)]
    return f"M{num(outline[0][0])} {num(outline[0][1])}{smooth(outline)}Z"


def _closed(points: Sequence[Point]) -> str:
    return f"M{num(points[0][0])} {num(points[0][1])}{smooth(points)}Z"


def _shaded(one: _Digit, dim: str, light: str) -> str:
    """Soft light along one side of a finger, soft shade along the other."""
    parts = []
    for across, colour, broad, strength in ((0.3, dim, 0.2, 0.75), (-0.2, light, 0.16, 0.8)):
        points = [_along(one, up * one.length, across * (one.root + (one.tip - one.root) * up))
                  for up in (0.12, 0.4, 0.66, 0.84)]  # fmt: skip
        d = f"M{num(points[0][0])} {num(points[0][1])}{smooth(points)}"
        parts.append(path(d, stroke=colour, stroke_width=broad * one.tip, stroke_linecap="round", opacity=strength))
    return "".join(parts)


def _back(dim: str, light: str) -> str:
    """The tendons' hollows, hardly seen, and a shade along the outer edge."""
    outer = smooth([(700, 660), (690, 760), (660, 866), (634, 946)])
    hollows = "".join(
        path(f"M{x0} {y0}Q{(x0 + x1) / 2 + 8:.0f} {(y0 + y1) / 2:.0f} {x1} {y1}", stroke=dim, stroke_width=15,
             stroke_linecap="round", opacity=0.4)
        for x0, y0, x1, y1 in ((436, 640, 470, 770), (532, 622, 534, 760), (622, 650, 594, 770))
    )  # fmt: skip
    edge = path(f"M700 660{outer}", stroke=dim, stroke_width=22, stroke_linecap="round", opacity=0.8)
    shine = ellipse(392, 700, 26, 66, light, opacity=0.35, transform="rotate(14 392 700)")
    return hollows + edge + shine


def _creases(one: _Digit, edge: str, thumb: bool) -> str:
    """Fine lines over the joints."""
    parts = []
    for up in (0.52,) if thumb else (0.44, 0.7):
        for shift, reach in ((-0.016, 0.2), (0.016, 0.25)):
            a, b = (_along(one, (up + shift) * one.length, side * reach * one.tip) for side in (-1, 1))
            c = _along(one, (up + shift * 2.6) * one.length)
            d = f"M{num(a[0])} {num(a[1])}Q{num(c[0])} {num(c[1])} {num(b[0])} {num(b[1])}"
            parts.append(path(d, stroke=edge, stroke_width=3.2, stroke_linecap="round", opacity=0.42))
    return "".join(parts)


def _webs(edge: str) -> str:
    """Short folds where two fingers part, and the thumb's."""
    folds = ("M433 553Q436 574 442 590", "M532 541Q532 564 530 580", "M627 568Q624 588 618 602")
    return "".join(path(d, stroke=edge, stroke_width=5, stroke_linecap="round", opacity=0.55) for d in folds)


def _bed_shadows(edge: str) -> str:
    """Where a nail lies on its finger, a little darker skin around it."""
    parts = []
    for one in _DIGITS.values():
        x, y = _along(one, one.length - BED * PER_MM + 10)
        turn = f"rotate({num(one.turn)} {num(x)} {num(y)})"
        parts.append(ellipse(x, y, 0.42 * one.tip, 0.34 * one.tip, edge, opacity=0.2, transform=turn))
    return "".join(parts)


def _sleeve(cloth: str) -> str:
    """A ribbed cuff, which hides where the arm ends."""
    dark, pale = shade(cloth, -0.07), shade(cloth, 0.035)
    body = path("M352 1010L362 924Q366 902 388 904Q520 926 652 904Q676 902 680 924L694 1010Z", cloth,
                stroke=shade(cloth, -0.12), stroke_width=5, stroke_linejoin="round")  # fmt: skip
    ribs = "".join(
        path(f"M{x + (x - 521) * -0.08:.0f} {918 + 0.00018 * (132**2 - (x - 521) ** 2) * 2:.0f}L{x} 1004",
             stroke=dark if n % 2 else pale, stroke_width=7, stroke_linecap="round")
        for n, x in enumerate(range(378, 684, 19))
    )  # fmt: skip
    return body + ribs
