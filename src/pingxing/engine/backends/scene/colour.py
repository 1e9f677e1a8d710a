"""Colour in OKLab, where equal steps look equal, so that shading survives a change of hue.

Björn Ottosson, "A perceptual color space for image processing" (2020),
https://bottosson.github.io/posts/oklab/ (matrices of the 2021-01-25 revision).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

Lab = tuple[float, float, float]

_HEX = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b")
_PAINT = re.compile(r'\b(fill|stroke|stop-color|flood-color)="([a-zA-Z]+|#[0-9a-fA-F]{3,6})"')
_NAMED = {"white": "#ffffff", "black": "#000000", "red": "#ff0000", "gray": "#808080", "grey": "#808080"}


def _linear(value: int) -> float:
    c = value / 255
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4


def _byte(value: float) -> int:
    value = min(1.0, max(0.0, value))
    c = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return round(c * 255)


def rgb(colour: str) -> tuple[int, int, int]:
    """ "#rgb" or "#rrggbb" -> bytes."""
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(d * 2 for d in digits)
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


@lru_cache(maxsize=8192)
def oklab(colour: str) -> Lab:
    r, g, b = (_linear(v) for v in rgb(colour))
    lms = (
        0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b,
        0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b,
        0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b,
    )
    long, medium, short = (v ** (1 / 3) for v in lms)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _to_linear(lab: Lab) -> tuple[float, float, float]:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def hexed(lab: Lab) -> str:
    """The colour as "#rrggbb"; what the screen cannot show loses chroma, not hue or lightness."""
    lightness = min(1.0, max(0.0, lab[0]))
    scale = 1.0
    for _ in range(12):
        linear = _to_linear((lightness, lab[1] * scale, lab[2] * scale))
        if all(-0.002 <= v <= 1.002 for v in linear):
            break
        scale *= 0.88
    r, g, b = (_byte(v) for v in linear)
    return f"#{r:02x}{g:02x}{b:02x}"


def chroma(lab: Lab) -> float:
    return math.hypot(lab[1], lab[2])


def hue(lab: Lab) -> float:
    return math.atan2(lab[2], lab[1])


def lch(lightness: float, c: float, h: float) -> Lab:
    """From lightness, chroma and hue in radians."""
    return lightness, c * math.cos(h), c * math.sin(h)


@lru_cache(maxsize=8192)
def mix(first: str, second: str, part: float) -> str:
    """`part` of the second colour in the first, 0..1."""
    a, b = oklab(first), oklab(second)
    return hexed((a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part, a[2] + (b[2] - a[2]) * part))


@lru_cache(maxsize=8192)
def shade(colour: str, lightness: float = 0.0, chroma_by: float = 1.0, turn: float = 0.0) -> str:
    """Lighter by `lightness`, chroma times `chroma_by`, hue turned by `turn` degrees."""
    lab = oklab(colour)
    return hexed(lch(lab[0] + lightness, chroma(lab) * chroma_by, hue(lab) + math.radians(turn)))


def repaint(markup: str, change: Callable[[str], str]) -> str:
    """Every paint of the markup through `change`, which maps "#rrggbb" to "#rrggbb"."""
    known: dict[str, str] = {}

    def swap(match: re.Match[str]) -> str:
        paint = match.group(2)
        colour = _NAMED.get(paint, paint)
        if not _HEX.fullmatch(colour):
            return match.group(0)
        if colour not in known:
            known[colour] = change("#{:02x}{:02x}{:02x}".format(*rgb(colour)))
        return f'{match.group(1)}="{known[colour]}"'

    return _PAINT.sub(swap, markup)


def recolour(mains: Sequence[str], wanted: str) -> Callable[[str], str]:
    """A change that turns things of the colours `mains` into `wanted`, and leaves the rest of the icon alone.

    Colours of a main colour's family move together and keep their differences in lightness (that is
    the shading); other hues (a leaf, a wheel) stay. Dark details on a thing turned dark become light,
    or a black dog would have no eyes.
    """
    goal = oklab(wanted)
    bases = [oklab(main) for main in mains]
    base = bases[0]
    base_chroma, goal_chroma = chroma(base), chroma(goal)
    room = min(goal[0] + 0.08, 1.04 - goal[0])  # little room for shading at either end
    contrast = min(0.85, max(0.45, room / 0.35))

    def change(colour: str) -> str:
        lab = oklab(colour)
        if not any(akin(lab, b) for b in bases):
            dark_on_dark = goal[0] < 0.42 and lab[0] < 0.36 and chroma(lab) < 0.06
            return "#f2e6c9" if dark_on_dark else colour
        lightness = goal[0] + (lab[0] - base[0]) * contrast
        if goal[0] > 0.9:
            lightness = max(lightness, 0.72)
        ratio = min(1.25, max(0.35, chroma(lab) / base_chroma)) if base_chroma > GREY else 1.0
        return hexed(lch(min(0.995, max(0.12, lightness)), goal_chroma * ratio, hue(goal)))

    return change


GREY = 0.045  # chroma below which a person sees no hue


def akin(lab: Lab, base: Lab) -> bool:
    """Whether a colour belongs to the family of a main colour: its tints and shades."""
    c = chroma(lab)
    if chroma(base) < GREY:
        return c < 0.07 and lab[0] > 0.42
    turn = abs((hue(lab) - hue(base) + math.pi) % (2 * math.pi) - math.pi)
    return c > 0.025 and turn < (0.75 if c > 0.06 else 1.0) and lab[0] > 0.22
