"""Pictures that people bring along, as a model wants them: fitted to the size, and masks as parts of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from pingxing.engine.backends.diffusion.frames import Frame
from pingxing.types import Picture

if TYPE_CHECKING:
    from torch import Tensor


def fitted(picture: Picture, frame: Frame) -> Tensor:
    """(3, height, width) of the drawn size in -1..1: scaled to cover the size that was asked for, cut to it around the
    middle, and its edges drawn out to where more is drawn than was asked for."""
    import torch

    pixels = frame.around(np.asarray(_fit(picture, frame.asked))).astype(np.float32) / 127.5 - 1
    return torch.from_numpy(pixels.transpose(2, 0, 1).copy())


def shown(picture: Picture, frame: Frame) -> Image.Image:
    """As `fitted`, for whoever wants to be handed a picture: RGB, of the drawn size."""
    return Image.fromarray(frame.around(np.asarray(_fit(picture, frame.asked))))


def covered(mask: Picture, frame: Frame, scale: int) -> Tensor:
    """(1, height / scale, width / scale) in 0..1: how much of each latent pixel is to be made anew."""
    import torch

    light = frame.around(np.asarray(_fit(mask, frame.asked).convert("L"))).astype(np.float32) / 255
    height, width = light.shape
    parts = light.reshape(height // scale, scale, width // scale, scale).max(axis=(1, 3))
    return torch.from_numpy(parts[None].copy())


def blended(made: NDArray[np.uint8], init: Picture, mask: Picture) -> NDArray[np.uint8]:
    """What the mask leaves dark keeps its very pixels: a decoder would change them slightly everywhere."""
    size = (made.shape[1], made.shape[0])
    light = np.asarray(_fit(mask, size).convert("L"), np.float32)[..., None] / 255
    kept = np.asarray(_fit(init, size), np.float32)
    return np.asarray((made * light + kept * (1 - light)).round(), np.uint8)


def _fit(picture: Picture, size: tuple[int, int]) -> Image.Image:
    image = Image.fromarray(picture.pixels)
    if image.mode == "RGBA":  # on white, as on paper
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return ImageOps.fit(image.convert("RGB"), size, Image.Resampling.LANCZOS)
