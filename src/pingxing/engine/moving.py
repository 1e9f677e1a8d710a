"""Movements as pure functions of time, and how pixels follow them where no vectors are at hand.

    pose(name, t) -> Pose          t in 0..1 of one showing; the pose at 1 is the one at 0, so loops have no seam
    moved(picture, motion) -> ...  a picture that stands still, made to move as a whole (checkpoints)

A vector engine draws each pose anew (`backends.scene.moving`): same functions, sharper edges, and the words of a
picture move by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pingxing.types import Motion, MotionName, Picture

ROOM = 0.085  # of the shorter side, left free along every edge for what jumps and turns
_ZOOM = 1.14  # of a picture without transparency, so that its edges never come into sight
_FINE = 4  # samples across a pixel of a star
STAR_FILL, STAR_EDGE = "#ffd24a", "#ffffff"


@dataclass(frozen=True, slots=True)
class Star:
    """A four-pointed star: its middle in parts of the picture, its reach in parts of the shorter side."""

    x: float
    y: float
    reach: float


@dataclass(frozen=True, slots=True)
class Pose:
    """Where everything is at one moment. Shifts in parts of the shorter side, degrees clockwise; things stand on
    their feet: they are stretched and turned about the middle of their lower edge. Words about their own middle."""

    right: float = 0.0
    down: float = 0.0
    wide: float = 1.0
    high: float = 1.0
    turn: float = 0.0
    shown: float = 1.0  # of its colours; the rest is white light
    words: float = 1.0  # their size
    closed: float = 0.0  # of its eyes, where an engine knows them
    stars: tuple[Star, ...] = ()


STILL = Pose()
_TWINKLES = ((0.13, 0.2, 0.0), (0.86, 0.14, 0.38), (0.9, 0.58, 0.7), (0.09, 0.66, 0.55), (0.7, 0.07, 0.16))


def pose(name: MotionName, t: float) -> Pose:
    """The pose at `t` (any number; whole numbers are the beginning)."""
    return _POSES[name](t % 1.0)


def times(frames: int) -> tuple[float, ...]:
    """The moments of a loop of so many frames: the last is one step before the first again."""
    return tuple(number / frames for number in range(frames))


def _hump(t: float, begin: float, end: float) -> float:
    """0 outside, up to 1 and down again between, smooth at both ends."""
    return math.sin(math.pi * (t - begin) / (end - begin)) ** 2 if begin < t < end else 0.0


def _shut(t: float, when: float) -> float:
    """Of eyes: down in a twelfth of the loop, a moment closed, and open again."""
    away = abs(t - when)
    return min(1.0, max(0.0, (0.125 - away) / 0.075))


def _bounce(t: float) -> Pose:
    """Ducks, jumps, lands. The jump is a parabola, as falling things are."""
    low = 0.13 * _hump(t, 0.0, 0.26) + 0.1 * _hump(t, 0.74, 1.0)
    along = (t - 0.22) / 0.56
    height = 0.115 * 4 * along * (1 - along) if 0 < along < 1 else 0.0
    tall = 0.06 * _hump(t, 0.22, 0.5)
    return Pose(down=-height, wide=1 + 0.7 * low - 0.5 * tall, high=1 - low + tall, closed=_shut(t, 0.14))


def _shake(t: float) -> Pose:
    """To and fro three times, strongest in the middle."""
    strength = 0.35 + 0.65 * _hump(t, 0.0, 1.0)
    swing = math.sin(6 * math.pi * t + 0.5) * strength  # begun a little aside: few frames must not all be still ones
    return Pose(right=0.02 * swing, turn=6.5 * swing)


def _blink(t: float) -> Pose:
    """Its eyes close twice, and it nods a little. Where nobody knows its eyes, it lights up instead, its outline as it
    is (GIF knows no half clear pixels); not thrice a second (WCAG 2.3.1)."""
    nod = 0.03 * _hump(t, 0.05, 0.95)
    light = 0.72 * (_hump(t, 0.08, 0.42) + _hump(t, 0.5, 0.84))
    return Pose(shown=1 - light, high=1 - nod, wide=1 + 0.5 * nod, closed=_shut(t, 0.2) + _shut(t, 0.46))


def _sparkle(t: float) -> Pose:
    """Stars come and go around it, each in its own time; it breathes."""
    stars = []
    for x, y, phase in _TWINKLES:
        size = _hump((t + phase) % 1.0, 0.0, 0.62)
        if size > 0.02:
            stars.append(Star(x, y, 0.085 * size))
    breath = 0.02 * math.sin(2 * math.pi * t)
    return Pose(wide=1 - 0.6 * breath, high=1 + breath, stars=tuple(stars), closed=_shut(t, 0.62))


def _pop(t: float) -> Pose:
    """The words shrink, spring up too far, and settle; the rest starts with them."""
    if t < 0.18:
        words = 1 - 0.72 * (1 - math.cos(math.pi * t / 0.18)) / 2
    elif t < 0.85:
        along = (t - 0.18) / 0.67
        words = 1 - 0.72 * math.exp(-6.5 * along) * math.cos(2 * math.pi * 1.25 * along) * (1 - along)
    else:
        words = 1.0
    start = _hump(t, 0.18, 0.6)
    return Pose(wide=1 + 0.035 * start, high=1 + 0.05 * start, words=words)


_POSES: dict[MotionName, Callable[[float], Pose]] = {
    "bounce": _bounce,
    "shake": _shake,
    "blink": _blink,
    "sparkle": _sparkle,
    "pop": _pop,
}


def star(x: float, y: float, reach: float) -> tuple[tuple[float, float], ...]:
    """Its eight corners: points at `reach`, waists at a quarter of it."""
    corners = []
    for number in range(8):
        far = reach if number % 2 == 0 else 0.27 * reach
        angle = math.pi / 4 * number
        corners.append((x + far * math.sin(angle), y - far * math.cos(angle)))
    return tuple(corners)


# --- pixels --------------------------------------------------------------------------------------


def moved(picture: Picture, motion: Motion, margin: int = 0) -> Picture:
    """The picture as a loop: moved as a whole about its feet, where it is a cut-out; else enlarged a little first.

    A picture has no words of its own here: what pops is all of it. `margin` pixels along every edge are emptied.
    """
    poses = [_as_a_whole(pose(motion.name, t)) for t in times(motion.frames)]
    clear = picture.pixels.shape[2] == 4
    foot = _foot(picture.pixels) if clear else (picture.width / 2, picture.height / 2)
    frames = tuple(emptied(_posed(picture.pixels, one, foot), margin) for one in poses)
    return replace(picture, pixels=frames[0], frames=frames, svg=None, margin=margin)


def emptied(pixels: NDArray[np.uint8], margin: int) -> NDArray[np.uint8]:
    """RGBA pixels with nothing in the outermost `margin` of them; itself where there is no margin."""
    if not margin:
        return pixels
    kept = np.zeros_like(pixels)
    kept[margin:-margin, margin:-margin] = pixels[margin:-margin, margin:-margin]
    return kept


def _as_a_whole(one: Pose) -> Pose:
    return replace(one, wide=one.wide * one.words, high=one.high * one.words)


def _foot(pixels: NDArray[np.uint8]) -> tuple[float, float]:
    rows, columns = np.nonzero(pixels[..., 3] > 127)
    if not len(rows):
        return pixels.shape[1] / 2, pixels.shape[0] / 2
    return (float(columns.min()) + float(columns.max()) + 1) / 2, float(rows.max()) + 1


def _posed(pixels: NDArray[np.uint8], one: Pose, foot: tuple[float, float]) -> NDArray[np.uint8]:
    height, width, channels = pixels.shape
    short, clear = min(width, height), channels == 4
    # A cut-out is made smaller so that it has room; a full picture larger so that its edges stay outside.
    room = 1 - 2 * ROOM if clear else _ZOOM
    about = (width / 2 + (foot[0] - width / 2) * room, height / 2 + (foot[1] - height / 2) * room)
    angle = math.radians(one.turn) * (1.0 if clear else 0.4)
    cos, sin = math.cos(angle), math.sin(angle)
    across, up = 1 / (room * max(0.05, one.wide)), 1 / (room * max(0.05, one.high))
    right, down = one.right * short, one.down * short
    if not clear:
        right, down = right * 0.5, max(-0.05 * short, down * 0.4)
        across, up = min(across, 1 / 1.1), min(up, 1 / 1.1)
    # From a point of the frame back to the point of the picture that is seen there (Pillow's AFFINE).
    a, b, d, e = cos * across, sin * across, -sin * up, cos * up
    x, y = about[0] + right, about[1] + down
    coefficients = (a, b, foot[0] - a * x - b * y, d, e, foot[1] - d * x - e * y)
    image = Image.fromarray(pixels)
    if clear:
        image = image.convert("RGBa")
    image = image.transform((width, height), Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC)
    if clear:
        image = image.convert("RGBA")
    out = lit(np.asarray(image, dtype=np.uint8).copy(), one.shown)
    for each in one.stars:
        out = _starred(out, each)
    return out


def lit(pixels: NDArray[np.uint8], shown: float) -> NDArray[np.uint8]:
    """Its colours nearer to white, where `shown` is below 1; as clear as before."""
    if shown >= 1:
        return pixels
    out = pixels.copy()
    out[..., :3] = np.round(pixels[..., :3] * shown + 255.0 * (1 - shown)).astype(np.uint8)
    return out


def _starred(pixels: NDArray[np.uint8], one: Star) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    reach = one.reach * min(width, height)
    ground = Image.fromarray(pixels).convert("RGBA")
    for colour, far in ((STAR_EDGE, reach * 1.35), (STAR_FILL, reach)):
        shape = _mask(round(far * 16))
        red, green, blue = bytes.fromhex(colour[1:])
        layer = Image.new("RGBA", ground.size, (red, green, blue, 0))
        x, y = round(one.x * width - shape.width / 2), round(one.y * height - shape.height / 2)
        layer.paste(Image.new("RGBA", shape.size, (red, green, blue, 255)), (x, y), shape)
        ground = Image.alpha_composite(ground, layer)
    mode = "RGBA" if pixels.shape[2] == 4 else "RGB"
    return np.asarray(ground.convert(mode), dtype=np.uint8).copy()


@cache
def _mask(sixteenths: int) -> Image.Image:
    """A star as coverage, its reach in sixteenths of a pixel."""
    reach = sixteenths / 16
    side = 2 * math.ceil(reach) + 2
    fine = Image.new("L", (side * _FINE, side * _FINE))
    middle = side * _FINE / 2
    ImageDraw.Draw(fine).polygon(star(middle, middle, reach * _FINE), fill=255)
    return fine.resize((side, side), Image.Resampling.BOX)
