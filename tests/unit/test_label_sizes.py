"""GB 45438-2025 over sizes from 64 to 8192 pixels and ratios to 10:1: the seal, drawn, encoded and measured.

Only the seal's surroundings are drawn (a whole picture of 8192 x 8192 would take 200 MB and show nothing more); where
it stands is asked of the whole picture.
"""

from __future__ import annotations

import os
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pingxing.label.measure import measure
from pingxing.label.plate import layout
from pingxing.label.visible import CORNERS, at, place, stamp
from pingxing.types import LANGUAGES, MAX_SIDE, MIN_SIDE, Language, Picture

COUNT = 1_000 if os.environ.get("PINGXING_THOROUGH") else 40
GROUNDS = ("light", "dark", "vermilion", "noise", "stripes")
AROUND = 16  # pixels of the ground beside the seal, so that encoders have something to smear into it


def sizes(count: int) -> list[tuple[int, int]]:
    """Even over the logarithms of sides, ratios to 10:1 either way; the corners of that field first."""
    rng = np.random.default_rng(45438)
    found = [
        (50, 50),
        (50, 50),
        (64, 64),
        (64, 640),
        (640, 64),
        (8192, 8192),
        (8192, 820),
        (820, 8192),
        (65, 127),
        (255, 256),
    ]
    while len(found) < count:
        short = round(np.exp(rng.uniform(np.log(MIN_SIDE), np.log(MAX_SIDE))))
        long = min(MAX_SIDE, round(short * np.exp(rng.uniform(0, np.log(10)))))
        found.append((long, short) if rng.random() < 0.5 else (short, long))
    return found[:count]


def ground(kind: str, width: int, height: int) -> NDArray[np.uint8]:
    flat = {"light": (252, 252, 250), "dark": (4, 4, 6), "vermilion": (169, 52, 33)}
    if kind in flat:
        return np.full((height, width, 3), flat[kind], np.uint8)
    if kind == "noise":
        return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return np.ascontiguousarray(
        np.broadcast_to((np.arange(width) // 2 % 2 * 255).astype(np.uint8)[None, :, None], (height, width, 3))
    )


@pytest.mark.parametrize("number", range(COUNT))
def test_gb45438_every_size_has_a_lawful_seal_on_every_ground(number: int) -> None:
    width, height = sizes(COUNT)[number]
    language: Language = LANGUAGES[number % 2]
    blank = Picture(width, height, np.broadcast_to(np.uint8(128), (height, width, 3)))
    placed = place(blank, language)
    plate = placed.plate
    for corner, _ in CORNERS:
        x0, y0, x1, y1 = at(plate, width, height, corner).box
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height
    kinds = GROUNDS if plate.width < 600 else GROUNDS[number % len(GROUNDS) :][:1]
    for kind in kinds:
        image = Image.fromarray(ground(kind, plate.width + 2 * AROUND, plate.height + 2 * AROUND))
        stamp(image, type(placed)(plate, AROUND, AROUND, placed.corner))
        for form, options in (
            ("PNG", {"compress_level": 1}),
            ("JPEG", {"quality": 93, "subsampling": 0}),
            ("WEBP", {"quality": 90, "method": 2}),
        ):
            if form != "JPEG" and plate.width > 2_000:
                continue  # seconds each, and the strokes are many pixels thick
            out = BytesIO()
            image.save(out, form, **options)
            with Image.open(out) as decoded:
                seen = np.asarray(decoded.convert("RGB"))[AROUND:-AROUND, AROUND:-AROUND]
            found = measure(seen, plate)
            assert found.ink >= 0.05 * min(width, height), (kind, form)
            assert found.contrast >= 4.5, (kind, form)
            assert found.keeps_the_law, (kind, form)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_icon_of_fifty_pixels_carries_a_mark_that_reads_back(language):
    """WeChat's smallest picture. English words as tall as asked have no room there: the Chinese ones stand in."""
    plate = layout(50, 50, language)
    assert plate.language == "zh"
    assert plate.width <= 50
    assert layout(64, 64, language).language == language
