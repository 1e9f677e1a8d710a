"""Exact palettes: the pixels hold the asked colours and no others, and things can still be told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pingxing.engine.backends.scene import SceneBackend
from pingxing.engine.backends.scene.colour import oklab
from pingxing.engine.backends.scene.exact import match
from pingxing.engine.backends.scene.render import RenderPool
from pingxing.types import Picture, Request

PALETTES = (
    ("#1d3a7a", "#fdf6e3"),
    ("#d8342c", "#fff4e0", "#2b2a2c"),
    ("#264653", "#2a9d8f", "#e9c46a", "#e76f51"),
    ("#0b132b", "#1c2541", "#3a506b", "#5bc0be", "#ffffff", "#ffb703", "#fb8500", "#d62828"),
    ("#000000", "#1d2b53", "#7e2553", "#008751", "#ab5236", "#5f574f", "#c2c3c7", "#fff1e8", "#ff004d", "#ffa300",
     "#ffec27", "#00e436", "#29adff", "#83769c", "#ff77a8", "#ffccaa"),
)  # fmt: skip
PROMPTS = ("a girl with a red balloon in the park", '一只白猫和一只黑狗,写着"你好"', "three glass bottles at night")
SIDE = 640
COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@pytest.fixture(scope="module")
def backend() -> Iterator[SceneBackend]:
    engine = SceneBackend(RenderPool(1))
    yield engine
    engine.close()


def drawn(backend: SceneBackend, prompt: str, palette: tuple[str, ...], **more: object) -> Picture:
    request = Request(prompt=prompt, seed=3, width=SIDE, height=SIDE, palette=palette, **more)  # type: ignore[arg-type]
    state = backend.prepare(request)
    backend.step([state])
    return backend.finish(state)


def exactness(pixels: NDArray[np.uint8], palette: tuple[str, ...]) -> tuple[float, int]:
    """The part of the pixels away from edges that are exactly of the palette, and how many of its colours occur."""
    pots = np.array([[int(ink[n : n + 2], 16) for n in (1, 3, 5)] for ink in palette])
    nearest = ((pixels[:, :, None, :3].astype(int) - pots) ** 2).sum(-1).argmin(-1)
    inner = np.ones(nearest.shape, bool)
    inner[[0, -1]] = False
    inner[:, [0, -1]] = False
    for axis in (0, 1):
        for step in (-1, 1):
            inner &= np.roll(nearest, step, axis) == nearest
    if pixels.shape[2] == 4:
        inner &= pixels[:, :, 3] == 255
    exact = (pixels[:, :, :3] == pots[nearest]).all(-1)
    return float(exact[inner].mean()), len(np.unique(nearest[exact & inner]))


@pytest.mark.parametrize("palette", PALETTES, ids=len)
@pytest.mark.parametrize("prompt", PROMPTS)
def test_pixels_are_of_the_palette(backend: SceneBackend, prompt: str, palette: tuple[str, ...]) -> None:
    picture = drawn(backend, prompt, palette)
    part, used = exactness(picture.pixels, palette)
    assert part >= 0.99
    assert used >= min(3, len(palette))
    assert picture.scene is not None
    assert picture.scene.palette == palette


@pytest.mark.parametrize("style", ["3d", "ink", "neon", "porcelain", "riso", "lowkey", "papercut", "blueprint"])
def test_styles_keep_to_the_palette(backend: SceneBackend, style: str) -> None:
    part, used = exactness(drawn(backend, PROMPTS[0], PALETTES[2], style=style).pixels, PALETTES[2])
    assert part >= 0.99
    assert used >= 2


def test_a_transparent_ground_stays_transparent(backend: SceneBackend) -> None:
    picture = drawn(backend, "a red fox", PALETTES[2], transparent=True)
    assert picture.pixels.shape[2] == 4
    assert (picture.pixels[:, :, 3] == 0).mean() > 0.3
    assert exactness(picture.pixels, PALETTES[2])[0] >= 0.99


def test_letters_stand_out_in_two_inks(backend: SceneBackend) -> None:
    picture = drawn(backend, 'a cat, says "OK"', PALETTES[0])
    assert picture.scene is not None
    x, y, w, h = (round(v * SIDE) for v in picture.scene.text[0].box)
    board = picture.pixels[y : y + h, x : x + w].astype(int).sum(-1)
    dark = (board < 400).mean()
    assert 0.1 < dark < 0.9


def test_one_ink_is_a_plain_sheet(backend: SceneBackend) -> None:
    picture = drawn(backend, "a cat", ("#336699",))
    off = np.abs(picture.pixels.astype(int) - (0x33, 0x66, 0x99)).max()
    assert off <= 2  # blending an ink with itself rounds


@given(
    st.dictionaries(COLOURS, st.integers(1, 9), max_size=12), st.lists(COLOURS, min_size=1, max_size=16), st.booleans()
)
def test_every_colour_gets_an_ink(weights: dict[str, int], inks: list[str], calm: bool) -> None:
    chosen = match(Counter(weights), inks, calm=calm)
    assert set(chosen) == set(weights)
    assert set(chosen.values()) <= set(inks)


def test_lightness_keeps_its_order() -> None:
    greys = Counter({"#111111": 1, "#555555": 1, "#999999": 1, "#eeeeee": 1})
    chosen = match(greys, PALETTES[3], calm=False)
    levels = [oklab(chosen[colour])[0] for colour in sorted(greys)]
    assert levels == sorted(levels)
    assert len(set(chosen.values())) >= 3
