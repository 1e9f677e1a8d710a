"""What is drawn for the size that was asked for: it covers it, nearly, and the middle is cut out exactly."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pingxing.engine.backends.diffusion.frames import GRID, framed
from pingxing.types import MAX_SIDE, MIN_SIDE

sides = st.integers(MIN_SIDE, MAX_SIDE)
multiples = st.sampled_from([8, 16, 32, 64])


@given(sides, sides, multiples)
def test_the_drawn_size_covers_what_was_asked_and_the_network_can_draw_it(
    width: int, height: int, multiple: int
) -> None:
    frame = framed(width, height, multiple)
    for asked, drawn in zip((width, height), frame.drawn, strict=True):
        assert drawn % multiple == 0
        assert asked <= drawn < asked + GRID
        assert drawn <= MAX_SIDE
    exact = width % multiple == 0 and height % multiple == 0
    assert (frame.drawn == frame.asked) == exact or frame.drawn == frame.asked
    if exact:
        assert frame.drawn == (width, height), "what can be drawn as it is, is"


@given(st.integers(64, 200), st.integers(64, 200), multiples)
def test_the_middle_is_cut_out_and_what_is_drawn_out_comes_back(width: int, height: int, multiple: int) -> None:
    frame = framed(width, height, multiple)
    pixels = np.random.default_rng(width * height).integers(0, 256, (height, width, 3), np.uint8)
    around = frame.around(pixels)
    assert around.shape == (frame.drawn[1], frame.drawn[0], 3)
    assert (frame.cut(around) == pixels).all()
    assert frame.around(pixels[..., 0]).shape == (frame.drawn[1], frame.drawn[0])
    small = frame.cut(np.zeros((frame.drawn[1] // 8, frame.drawn[0] // 8, 3), np.uint8))
    assert abs(small.shape[1] - width / 8) <= 1
    assert abs(small.shape[0] - height / 8) <= 1


def test_near_sizes_are_of_one_shape() -> None:
    assert {framed(width, 1000, 16).drawn for width in (980, 1000, 1001, 1024)} == {(1024, 1024)}
    assert framed(1024, 1008, 16).drawn == (1024, 1008)
