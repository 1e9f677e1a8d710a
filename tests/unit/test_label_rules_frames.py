"""Frames into files of every form: what was drawn is what is shown, at its time, clear where it was clear."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from pingxing.label import encoding
from pingxing.label.encoding import Film, encode

RED, BLUE, CLEAR = (200, 30, 20, 255), (20, 40, 220, 255), (0, 0, 0, 0)


def flat(*colours: tuple[int, ...], side: int = 24) -> NDArray[np.uint8]:
    """Stripes of equal width."""
    pixels = np.zeros((side, side, 4), np.uint8)
    for number, colour in enumerate(colours):
        pixels[:, number * side // len(colours) : (number + 1) * side // len(colours)] = colour
    return pixels


def film(*frames: NDArray[np.uint8], loops: int = 0) -> Film:
    return Film(frames, (0.1,) * len(frames), loops)


def opened(data: bytes | None) -> Image.Image:
    return Image.open(BytesIO(data or b""))


def test_a_still_picture_is_the_first_frame_in_every_form() -> None:
    two = film(flat(RED, CLEAR), flat(BLUE, CLEAR))
    with opened(encode(two, "png", None)) as image:
        assert image.format == "PNG"
        assert (np.asarray(image.convert("RGBA")) == two.frames[0]).all()
    with opened(encoding._png(two, 16)) as image:
        assert image.convert("RGBA").getpixel((2, 2)) == RED
    with opened(encode(two, "jpeg", None)) as image:
        assert (image.format, image.mode) == ("JPEG", "RGB")
        assert image.getpixel((3, 3)) == pytest.approx(RED[:3], abs=6)
        assert image.getpixel((21, 12)) == pytest.approx((255, 255, 255), abs=3)  # as on paper
    with opened(encode(film(flat(RED, CLEAR)), "webp", None)) as image:
        assert image.format == "WEBP"
        assert getattr(image, "n_frames", 1) == 1
        assert "duration" not in image.info
        assert image.convert("RGBA").getpixel((21, 3))[3] == 0  # type: ignore[index]
    with opened(encode(film(flat(RED, CLEAR)), "gif", None)) as image:
        assert "loop" not in image.info
        assert image.convert("RGBA").getpixel((3, 3)) == RED


def test_gif_knows_clear_and_solid_and_the_colours_of_what_is_solid() -> None:
    frame = flat((*RED[:3], 127), (*RED[:3], 128), (*BLUE[:3], 128), BLUE)
    frame[:, 18:] = (0, 200, 0, 255)
    with opened(encode(film(frame, frame[::-1]), "gif", None)) as image:
        shown = [image.convert("RGBA").getpixel((x, 5)) for x in (2, 9, 15, 21)]
    assert shown[0][3] == 0  # type: ignore[index]
    assert shown[1:] == [RED, BLUE, (0, 200, 0, 255)]
    nothing = encode(film(flat(CLEAR), flat(CLEAR)), "gif", None)
    with opened(nothing) as image:
        assert not np.asarray(image.convert("RGBA"))[..., 3].any()


def test_hard_edges_are_cut_at_half() -> None:
    frame = flat(*((9, 8, 7, alpha) for alpha in (0, 1, 127, 128, 254, 255)))
    cut = encoding._hard(frame)
    assert cut[0, ::4, 3].tolist() == [0, 0, 0, 255, 255, 255]
    assert (cut[..., :3] == frame[..., :3]).all()
    assert frame[0, 4, 3] == 1


@pytest.mark.parametrize(("quality", "soft"), [(31, True), (30, False), (5, False), (92, True)])
def test_soft_edges_go_at_a_low_quality_only(quality: int, soft: bool) -> None:
    with opened(encoding._webp(film(flat((90, 80, 70, 100))), quality)) as image:
        alpha = np.asarray(image.convert("RGBA"))[..., 3]
    assert int(alpha.max()) == pytest.approx(100 if soft else 0, abs=3)


def test_frames_of_one_palette_stay_apart_and_whole() -> None:
    frames = (flat(RED, BLUE), flat(BLUE, RED), flat(RED))
    made = encoding._paletted(frames, 16)
    assert [image.size for image in made] == [(24, 24)] * 3
    for image, frame in zip(made, frames, strict=True):
        assert (np.asarray(image.convert("RGBA")) == frame).all()
    wide = np.concatenate([flat(RED), flat(BLUE)], axis=1)
    assert [image.size for image in encoding._paletted([wide], 16)] == [(48, 24)]
    with opened(encoding._apng(film(*frames), 16)) as image:
        for shown, frame in zip(ImageSequence.Iterator(image), frames, strict=True):
            assert (np.asarray(shown.convert("RGBA")) == frame).all()
    clear = (flat(RED, CLEAR), flat(CLEAR, RED))
    with opened(encoding._apng(film(*clear), 16)) as image:
        for shown, frame in zip(ImageSequence.Iterator(image), clear, strict=True):
            assert (np.asarray(shown.convert("RGBA"))[..., 3] == frame[..., 3]).all()


def test_what_keeps_two_frames_apart_is_one_level_of_blue_in_the_corner() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (24, 24, 4), np.uint8)
    frames = [Image.fromarray(noise), Image.fromarray(noise)]
    encoding._keep_apart(frames)
    after = np.asarray(frames[1]).copy()
    assert (np.asarray(frames[0]) == noise).all()
    assert after[0, 0].tolist() == [*noise[0, 0, :2].tolist(), int(noise[0, 0, 2]) ^ 1, int(noise[0, 0, 3])]
    after[0, 0] = noise[0, 0]
    assert (after == noise).all()


def test_times_are_whole_hundredths() -> None:
    asked = Film((), (0.29, 2.0, 0.0199, 0.03, 9.999), 0)
    assert encoding._milliseconds(asked) == [290, 2000, 20, 30, 9990]


def test_each_frame_is_the_one_in_the_middle_of_its_time() -> None:
    long = Film(tuple(np.full((1, 1, 4), n, np.uint8) for n in range(60)), (0.01,) * 60, 0)
    thin = encoding.resampled(long, 4, 0.6)
    assert [int(frame[0, 0, 0]) for frame in thin.frames] == [7, 22, 37, 52]
    assert thin.seconds == pytest.approx((0.15,) * 4)
    assert encoding.resampled(long, 3, 0.3).seconds == pytest.approx((0.1,) * 3)
    halves = Film(long.frames[:2], (0.5, 0.5), 0)
    assert int(encoding.resampled(halves, 1, 1.0).frames[0][0, 0, 0]) == 1


def test_two_frames_are_the_fewest_of_a_film(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setitem(encoding._WRITERS, "gif", lambda film, step: seen.append(len(film.frames)) or b"xx")
    assert encode(film(*(flat(RED),) * 3), "gif", 1) is None
    assert seen == [3, 3, 3, 3, 3, 2, 2, 2]
