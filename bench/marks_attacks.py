"""What people do to pictures, each with one random generator. Only numpy and Pillow: peers run it too."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

Pixels = NDArray[np.uint8]
Attack = Callable[[Pixels, np.random.Generator], Pixels]


def psnr(one: Pixels, other: Pixels) -> float:
    """dB over all three channels."""
    error = float(np.mean((one.astype(np.float64) - other) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def _coded(pixels: Pixels, form: str, quality: int) -> Pixels:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def _scaled(pixels: Pixels, part: float) -> Pixels:
    height, width = pixels.shape[:2]
    size = (round(width * part), round(height * part))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def _cropped(pixels: Pixels, part: float, chance: np.random.Generator) -> Pixels:
    """A random window of `part` of each side."""
    height, width = pixels.shape[:2]
    rows, columns = round(height * part), round(width * part)
    top, left = chance.integers(height - rows + 1), chance.integers(width - columns + 1)
    return np.ascontiguousarray(pixels[top : top + rows, left : left + columns])


def _turned(pixels: Pixels, degrees: float) -> Pixels:
    """Same size, black corners."""
    return np.asarray(Image.fromarray(pixels).rotate(degrees, Image.Resampling.BICUBIC))


def _bright(pixels: Pixels, factor: float) -> Pixels:
    return np.asarray(ImageEnhance.Brightness(Image.fromarray(pixels)).enhance(factor))


def _contrast(pixels: Pixels, factor: float) -> Pixels:
    return np.asarray(ImageEnhance.Contrast(Image.fromarray(pixels)).enhance(factor))


def _blurred(pixels: Pixels, sigma: float) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(sigma)))


def _screenshot(pixels: Pixels, chance: np.random.Generator) -> Pixels:
    """Shown at 0.7..1.4 of its size in a window with a bar and words, 3 % cut off above and below, kept as JPEG 85."""
    shown = _scaled(pixels, chance.uniform(0.7, 1.4))
    cut = round(0.03 * len(shown))
    shown = shown[cut : len(shown) - cut]
    height, width = shown.shape[:2]
    full = (round(width * 1.3), round(height * 1.25))
    screen = Image.new("RGB", full, (245, 246, 248))
    draw = ImageDraw.Draw(screen)
    draw.rectangle((0, 0, full[0], full[1] // 12), fill=(50, 54, 62))
    for line in range(12):
        draw.text((10, full[1] // 10 + line * 16), "words beside the picture", fill=(20, 20, 20))
    place = (int(chance.integers(full[0] - width + 1)), int(chance.integers(full[1] // 12, full[1] - height + 1)))
    screen.paste(Image.fromarray(np.ascontiguousarray(shown)), place)
    return _coded(np.asarray(screen), "JPEG", 85)


def _combined(pixels: Pixels, chance: np.random.Generator) -> Pixels:
    return _coded(_scaled(_cropped(pixels, math.sqrt(0.75), chance), 0.75), "JPEG", 75)


def _combined_turned(pixels: Pixels, chance: np.random.Generator) -> Pixels:
    return _coded(_bright(_turned(pixels, chance.uniform(-2, 2)), 1.1), "JPEG", 60)


ATTACKS: dict[str, Attack] = {
    "nothing": lambda pixels, chance: pixels,
    "JPEG 75": lambda pixels, chance: _coded(pixels, "JPEG", 75),
    "JPEG 50": lambda pixels, chance: _coded(pixels, "JPEG", 50),
    "WebP 60": lambda pixels, chance: _coded(pixels, "WEBP", 60),
    "rescale 0.5": lambda pixels, chance: _scaled(pixels, 0.5),
    "rescale 0.5..2": lambda pixels, chance: _scaled(pixels, math.exp(chance.uniform(math.log(0.5), math.log(2)))),
    "rescale 2": lambda pixels, chance: _scaled(pixels, 2.0),
    "crop 25 % of the area": lambda pixels, chance: _cropped(pixels, math.sqrt(0.75), chance),
    "crop 25 % of each side": lambda pixels, chance: _cropped(pixels, 0.75, chance),
    "rotation up to 2 degrees": lambda pixels, chance: _turned(pixels, chance.uniform(-2, 2)),
    "rotation 2 degrees": lambda pixels, chance: _turned(pixels, 2.0),
    "brightness 20 %": lambda pixels, chance: _bright(pixels, float(chance.choice([0.8, 1.2]))),
    "contrast 20 %": lambda pixels, chance: _contrast(pixels, float(chance.choice([0.8, 1.2]))),
    "blur (Gaussian, 1 px)": lambda pixels, chance: _blurred(pixels, 1.0),
    "screenshot": _screenshot,
    "crop 25 %, rescale 0.75, JPEG 75": _combined,
    "rotation, brightness 10 %, JPEG 60": _combined_turned,
}
