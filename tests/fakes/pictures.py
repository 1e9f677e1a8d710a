"""Pictures and marks for tests: every background a seal may meet, drawn from a seed."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from pingxing.types import Language, Mark, Picture

BACKGROUNDS = ("white", "black", "vermilion", "paper", "gradient", "noise", "stripes")


def picture(width: int, height: int, background: str = "gradient", seed: int = 1) -> Picture:
    rng = np.random.default_rng(seed)
    flat = {"white": (255, 255, 255), "black": (0, 0, 0), "vermilion": (185, 58, 39), "paper": (250, 248, 243)}
    if background in flat:
        pixels = np.full((height, width, 3), flat[background], dtype=np.uint8)
    elif background == "noise":
        pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    elif background == "stripes":
        rows = (np.arange(height) % 2 * 255).astype(np.uint8)
        pixels = np.repeat(np.repeat(rows[:, None, None], width, axis=1), 3, axis=2)
    else:
        across, down = np.linspace(0, 1, width)[None, :], np.linspace(0, 1, height)[:, None]
        pixels = np.stack(
            [60 + 150 * across + 0 * down, 200 - 120 * down + 0 * across, 90 + 80 * across * down], axis=2
        )
        pixels = pixels.astype(np.uint8)
    return Picture(width, height, np.ascontiguousarray(pixels))


def photo(width: int, height: int, seed: int) -> np.ndarray:
    """What a camera might see: smooth patches of several scales, grain, warm and cold light. (h, w, 3) uint8."""
    rng = np.random.default_rng(seed)
    field = np.zeros((height, width, 3))
    for size in (2, 5, 13, 40):
        coarse = rng.normal(0, 60 / size**0.4, (size, size, 3))
        ys, xs = np.linspace(0, size - 1, height).astype(int), np.linspace(0, size - 1, width).astype(int)
        field += coarse[ys][:, xs]
    field += rng.normal(0, 4, field.shape) + rng.uniform(60, 190, 3)
    return np.clip(field, 0, 255).astype(np.uint8)


def drawing(width: int = 320, height: int = 240, extra: str = "") -> Picture:
    """A vector picture with its own viewBox, and its pixels."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 100 75">'
        f'<rect width="100" height="75" fill="#9cc7e8"/><circle cx="40" cy="35" r="20" fill="#f2b134"/>{extra}</svg>'
    )
    pixels = np.full((height, width, 3), (0x9C, 0xC7, 0xE8), dtype=np.uint8)
    return Picture(width, height, pixels, svg)


def mark(language: Language = "zh", **changes: object) -> Mark:
    values: dict[str, object] = {
        "language": language,
        "producer": "001191110102MACQD9K64010000",
        "produce_id": "r-0123456789abcdef",
        "system": "Pingxing",
        "version": "0.1.0",
        "model": "scene",
        "created_at": datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
    }
    return Mark(**(values | changes))  # type: ignore[arg-type]
