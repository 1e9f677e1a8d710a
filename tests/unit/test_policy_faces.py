"""Faces: people's are found, drawn ones rather not."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from pingxing.errors import BackendFailed
from pingxing.policy import faces
from pingxing.policy.faces import FaceFinder
from pingxing.types import Picture

FIND = FaceFinder()
PHOTO = Image.open(Path(__file__).parents[1] / "bank" / "pictures" / "astronaut.jpg").convert("RGB")


def picture(image: Image.Image) -> Picture:
    pixels = np.ascontiguousarray(np.asarray(image))
    return Picture(image.width, image.height, pixels)


def posterised(colours: int) -> Image.Image:
    """A portrait as a print of a few flat inks: what the cascades take for a face, and is drawn."""
    return PHOTO.resize((128, 128)).quantize(colours).convert("RGB").resize((640, 640), Image.Resampling.NEAREST)


def test_a_face_is_found_where_it_is() -> None:
    ((x, y, width, height),) = FIND(picture(PHOTO))
    assert x < 0.35 < 0.45 < x + width
    assert y < 0.4 < 0.5 < y + height


@pytest.mark.parametrize("side", [120, 900])
def test_at_any_size(side: int) -> None:
    assert len(FIND(picture(PHOTO.resize((side, side), Image.Resampling.BICUBIC)))) == 1


def test_mirrored_grey_and_over_nothing() -> None:
    assert len(FIND(picture(ImageOps.mirror(PHOTO)))) == 1
    assert len(FIND(picture(PHOTO.convert("L").convert("RGB")))) == 1
    clear = PHOTO.copy()
    clear.putalpha(255)
    assert len(FIND(picture(clear))) == 1


def test_among_other_things_and_more_than_one() -> None:
    wall = Image.effect_noise((900, 500), 60).convert("RGB")
    wall.paste(PHOTO, (40, 60))
    wall.paste(PHOTO.resize((200, 200)), (560, 220))
    found = FIND(picture(wall))
    assert len(found) == 2
    assert found[0][2] > found[1][2]


@pytest.mark.parametrize("colours", [6, 16])
def test_what_is_drawn_in_flat_colours_is_nobody(colours: int) -> None:
    print_ = picture(posterised(colours))
    assert FIND._look(faces._grey(print_.pixels)), "the cascades see a face here"
    assert FIND(print_) == ()


def test_a_photo_stays_one_however_it_was_saved() -> None:
    out = io.BytesIO()
    PHOTO.filter(ImageFilter.GaussianBlur(1)).save(out, "JPEG", quality=15)
    assert len(FIND(picture(Image.open(out).convert("RGB")))) == 1


def test_no_faces_in_noise_or_nothing() -> None:
    for image in (Image.new("RGB", (300, 300), "white"), Image.effect_noise((300, 300), 80).convert("RGB")):
        assert FIND(picture(image)) == ()


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (20, 20)])
def test_pictures_too_small_for_a_face(size: tuple[int, int]) -> None:
    assert FIND(picture(Image.new("RGB", size, "grey"))) == ()


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces.importlib.util, "find_spec", lambda name: None)
    assert not faces.available()
    with pytest.raises(BackendFailed, match="no_reader"):
        FaceFinder()(picture(PHOTO))
