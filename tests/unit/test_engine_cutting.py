"""What a checkpoint paints on a plain ground becomes a sticker; where there is no such ground, nothing is guessed."""

import numpy as np
import pytest
from pydantic import ValidationError

from pingxing.engine import cutting
from pingxing.types import Format, Model, Picture, Request

pytest.importorskip("cv2")
CARD = Model("tiny", "sd", ("image",), "cc0", "", "0" * 64, 1, (Format.PNG,), (), cuts_out=True, usual_side=512)


def painted(ground=(246, 244, 240), side=160):
    """A blue disc with a hole in the colour of the ground, on noise around the ground's colour."""
    y, x = np.mgrid[:side, :side]
    far = np.hypot(x - side / 2, y - side / 2)
    pixels = np.empty((side, side, 3), np.float32)
    pixels[:] = ground
    pixels[(far < 0.3 * side) & (far > 0.1 * side)] = (40, 90, 200)
    pixels += np.random.default_rng(1).normal(0, 2.5, pixels.shape)
    return pixels.clip(0, 255).astype(np.uint8), far


def test_the_subject_stands_alone_and_what_it_encloses_stays():
    pixels, far = painted()
    alpha = cutting.cut_out(pixels)[..., 3]
    assert not alpha[far > 0.33 * 160].any()
    assert (alpha[far < 0.27 * 160] == 255).all()  # the hole too: it is enclosed
    assert (cutting.cut_out(pixels) == cutting.cut_out(pixels)).all()


@pytest.mark.parametrize("kind", ["noise", "nothing"])
def test_without_a_plain_ground_or_a_subject_it_becomes_a_badge(kind):
    noise = np.random.default_rng(2).integers(0, 256, (90, 90, 3)).astype(np.uint8)
    alpha = cutting.cut_out(noise if kind == "noise" else np.full_like(noise, 240))[..., 3]
    assert alpha[0, 0] == 0
    assert (alpha[20:70, 20:70] == 255).all()


def test_a_sticker_has_its_size_its_margin_and_a_white_edge():
    pixels, _ = painted()
    wish = Request(prompt="x", width=240, height=200, transparent=True, stroke=True, margin=10)
    made = cutting.finished(Picture(160, 160, pixels), wish)
    assert made.pixels.shape == (200, 240, 4)
    assert not made.pixels[:10, :, 3].any()
    middle = made.pixels[100]
    first = int(np.flatnonzero(middle[:, 3] > 250)[0])
    assert (middle[first : first + 2, :3] > 245).all()
    assert cutting.finished(made, wish) is made  # what is cut out already stays as it is


def test_a_painter_is_asked_for_what_it_is_good_at():
    def asked(**more):
        told = cutting.drawn(Request(prompt="x", **more), CARD)
        return told.width, told.height, told.transparent

    assert asked(width=240, height=240, transparent=True) == asked(width=50, height=50, transparent=True)
    assert asked(width=240, height=240, transparent=True) == (512, 512, False)
    assert asked(width=4500, height=5400, transparent=True) == (4500, 5400, True)  # its engine refuses that
    assert asked(width=1290, height=2796, enlarge=True) == (344, 752, False)
    assert asked(width=300, height=200, enlarge=True) == (300, 200, False)
    with pytest.raises(ValidationError):
        Request(prompt="x", stroke=True)
