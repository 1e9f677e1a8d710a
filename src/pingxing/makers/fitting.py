"""Pictures into other sizes: never cropped, never stretched; padded where the ratio differs."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from pingxing.label.encoding import Pixels
from pingxing.makers.facts import Facts
from pingxing.makers.formats import Shape
from pingxing.makers.judging import thickness_of

_EDGE = 128  # alpha from which a pixel belongs to what is stroked


def size_for(facts: Facts, shape: Shape) -> tuple[int, int]:
    """What the file should measure, width and height in pixels."""
    width, height = facts.width, facts.height
    if shape.sizes:
        longest = max(width, height)
        return min(shape.sizes, key=lambda size: (abs(math.log(max(size) / longest)), size))
    scale = 1.0
    if shape.longest:
        scale = shape.longest / max(width, height)
    elif shape.within:
        scale = min(1.0, shape.within[0] / width, shape.within[1] / height)
        if shape.reaching and max(width, height) * scale < shape.reaching:
            scale = min(shape.within[0] / width, shape.within[1] / height)
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    if shape.reaching and max(wide, high) < shape.reaching:  # too narrow to reach it by its own ratio: padded
        wide, high = (shape.reaching, high) if wide >= high else (wide, shape.reaching)
    if shape.within and shape.margin:  # a splinter would be all margin
        wide, high = max(wide, 4 * shape.margin), max(high, 4 * shape.margin)
    if shape.even:
        wide, high = wide + wide % 2, high + high % 2
    if shape.within:
        wide, high = min(wide, shape.within[0]), min(high, shape.within[1])
    return wide, high


def fitted(frame: Pixels, size: tuple[int, int], rim: int, *, full: bool) -> Pixels:
    """The frame scaled into `size`, `rim` pixels away from every edge, in the middle.

    Around it nothing; where the ground has to be `full`, the mean colour of the frame's own edge.
    """
    height, width = frame.shape[:2]
    room = (max(1, size[0] - 2 * rim), max(1, size[1] - 2 * rim))
    scale = min(room[0] / width, room[1] / height)
    inner = (min(room[0], max(1, round(width * scale))), min(room[1], max(1, round(height * scale))))
    image = Image.fromarray(frame)
    if inner != (width, height):
        image = image.convert("RGBa").resize(inner, Image.Resampling.LANCZOS).convert("RGBA")
    ground = (*_edge_colour(frame), 255) if full else (0, 0, 0, 0)
    canvas = Image.new("RGBA", size, ground)
    canvas.paste(image, ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
    if full:
        canvas = Image.alpha_composite(Image.new("RGBA", size, ground), canvas)
    return np.asarray(canvas, dtype=np.uint8).copy()


def _edge_colour(frame: Pixels) -> tuple[int, int, int]:
    edge = np.concatenate([frame[0], frame[-1], frame[:, 0], frame[:, -1]]).astype(np.float64)
    weight = edge[:, 3:]
    if not weight.any():
        return (255, 255, 255)
    red, green, blue = ((edge[:, :3] * weight).sum(0) / weight.sum()).round().astype(int)
    return int(red), int(green), int(blue)


def stroked(frame: Pixels) -> Pixels:
    """With a white stroke around what is drawn; there has to be room for it (see `room_for_stroke`)."""
    width = thickness_of(frame.shape[1], frame.shape[0])
    solid = frame[..., 3] >= _EDGE
    grown = solid
    for i in range(width):
        grown = _grown(grown, diagonal=bool(i % 2))
    alpha = frame[..., 3:].astype(np.uint16)
    below = np.where(grown, 255, 0).astype(np.uint16)[..., None]
    colour = (frame[..., :3].astype(np.uint16) * alpha + 255 * (255 - alpha) + 127) // 255
    out = np.dstack([np.where(grown[..., None], colour, frame[..., :3]), np.maximum(alpha, below)])
    return out.astype(np.uint8)


def _grown(
    solid: np.ndarray[tuple[int, int], np.dtype[np.bool_]], *, diagonal: bool
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """One pixel more on every side; by turns with and without the corners, which comes near a circle."""
    padded = np.pad(solid, 1)
    out = padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
    if diagonal:
        out = out | padded[:-2, :-2] | padded[:-2, 2:] | padded[2:, :-2] | padded[2:, 2:]
    return out
