"""The imperceptible mark: what it survives, what it never says, what it refuses."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pingxing.label.watermark import Detection, Key, Message, detect, embed
from pingxing.label.watermark.code import CODED_BITS
from pingxing.label.watermark.pattern import FAMILIES, GRID, lattice, modulate, pilots, surface
from pingxing.label.watermark.sense import luma, residual
from pingxing.label.watermark.spectrum import whitened
from pingxing.label.watermark.sync import Pose, agreement, locks, sample

Pixels = NDArray[np.uint8]
KEY = Key(7, b"a secret of the tests")
MESSAGE = Message(7, 0xC0FFEE1234)
SIDE = 384


def _noise(strength: float, power: float, seed: int) -> Pixels:
    chance = np.random.default_rng(seed)
    radius = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE)[None])
    radius[0, 0] = 1
    grey = np.fft.irfft2(np.fft.rfft2(chance.normal(size=(SIDE, SIDE))) / radius**power, s=(SIDE, SIDE))
    grey = (grey - grey.mean()) / grey.std() * strength + 120
    return np.clip(grey[:, :, None] * np.array([1.0, 0.9, 0.8]), 0, 255).astype(np.uint8)


def _drawing() -> Pixels:
    image = Image.new("RGB", (SIDE, SIDE), (120, 190, 240))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 260, SIDE, SIDE), fill=(110, 170, 80))
    draw.ellipse((60, 60, 220, 220), fill=(250, 220, 60), outline=(20, 20, 20), width=5)
    for line in range(8):
        draw.text((20, 280 + 11 * line), "words upon a meadow, small and black", fill=(10, 10, 10))
    return np.asarray(image)


SCENES: dict[str, Pixels] = {
    "drawing": _drawing(),
    "grey": np.full((SIDE, SIDE, 3), 128, np.uint8),
    "white": np.full((SIDE, SIDE, 3), 255, np.uint8),
    "black": np.zeros((SIDE, SIDE, 3), np.uint8),
    "ramp": np.broadcast_to(np.linspace(20, 230, SIDE)[None, :, None], (SIDE, SIDE, 3)).astype(np.uint8),
    "soft": _noise(40, 1.8, 1),
    "photo-like": _noise(35, 1.2, 2),
    "grain": _noise(15, 0.3, 3),
    "checks": (np.indices((SIDE, SIDE)).sum(axis=0)[:, :, None] // 16 % 2 * np.array([90, 60, 120]) + 70).astype(
        np.uint8
    ),
}


@pytest.fixture(scope="module")
def marked() -> dict[str, Pixels]:
    return {name: embed(pixels, MESSAGE, KEY) for name, pixels in SCENES.items()}


def _jpeg(pixels: Pixels, quality: int) -> Pixels:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def _resized(pixels: Pixels, side: int) -> Pixels:
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC))


ATTACKS = {
    "nothing": lambda pixels: pixels,
    "jpeg50": lambda pixels: _jpeg(pixels, 50),
    "half": lambda pixels: _resized(pixels, SIDE // 2),
    "crop": lambda pixels: np.ascontiguousarray(pixels[31:-29, 45:-15]),
    "turn": lambda pixels: np.asarray(Image.fromarray(pixels).rotate(1.7, Image.Resampling.BICUBIC)),
    "dark": lambda pixels: (pixels * 0.8).astype(np.uint8),
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("scene", SCENES)
def test_the_message_survives(marked: dict[str, Pixels], scene: str, attack: str) -> None:
    found = detect(ATTACKS[attack](marked[scene]), [KEY])
    assert found.found
    assert (found.key_id, found.tag) == (MESSAGE.key_id, MESSAGE.tag)
    assert found.false_alarm <= 1e-9


@pytest.mark.parametrize("scene", SCENES)
def test_the_mark_is_42_db_or_better_and_the_same_every_time(marked: dict[str, Pixels], scene: str) -> None:
    pixels = SCENES[scene]
    error = float(np.mean((pixels.astype(float) - marked[scene]) ** 2))
    assert 42.0 <= 10 * math.log10(255**2 / error) <= 44.4
    assert marked[scene].shape == pixels.shape
    assert np.array_equal(embed(pixels, MESSAGE, KEY), marked[scene])


def test_flat_pictures_are_marked_more_quietly_where_nothing_is_clipped(marked: dict[str, Pixels]) -> None:
    def quality(name: str) -> float:
        return 10 * math.log10(255**2 / float(np.mean((SCENES[name].astype(float) - marked[name]) ** 2)))

    assert quality("grey") == pytest.approx(44.2, abs=0.15)
    assert quality("white") == pytest.approx(42.2, abs=0.15)  # half of the mark is clipped: all that is allowed is used
    assert quality("grain") == pytest.approx(42.2, abs=0.15)


def test_scale_and_rotation_are_told(marked: dict[str, Pixels]) -> None:
    half = detect(ATTACKS["half"](marked["soft"]), [KEY])
    assert half.scale == pytest.approx(0.5, rel=0.01)
    turned = detect(ATTACKS["turn"](marked["soft"]), [KEY])
    assert turned.rotation is not None
    assert abs(turned.rotation) == pytest.approx(1.7, abs=0.1)


def test_the_right_key_is_found_among_several(marked: dict[str, Pixels]) -> None:
    keys = [Key(1, b"one secret, not right"), Key(7, b"same id, other secret"), KEY]
    assert detect(marked["photo-like"], keys).tag == MESSAGE.tag


def test_nothing_is_found_without_a_mark_or_with_wrong_keys(marked: dict[str, Pixels]) -> None:
    wrong = [Key(7, b"same id, other secret"), Key(8, KEY.secret + b"!")]
    for pixels in marked.values():
        assert detect(pixels, wrong) == Detection(False)
    for pixels in SCENES.values():
        assert detect(pixels, [KEY]) == Detection(False)


def test_small_crops_hold_no_mark() -> None:
    """Whole searches of noise and of crops of every scene."""
    chance = np.random.default_rng(5)
    scenes = list(SCENES.values())
    for number in range(24):
        if number % 4 == 0:
            crop = chance.integers(0, 256, (64, 64, 3), dtype=np.uint8)
        else:
            top, left = chance.integers(0, SIDE - 64, 2)
            crop = scenes[number % len(scenes)][top : top + 64, left : left + 64]
        assert not detect(crop, [KEY]).found


def test_chance_agreement_keeps_its_bound() -> None:
    """2,000 crops and as many keys: P(agreement > t) <= exp(-t*t / 2), whatever the picture."""
    chance = np.random.default_rng(6)
    scenes = list(SCENES.values())
    waves = lattice()
    everything = np.arange(len(waves.steps))
    agreements = []
    for number in range(40):
        top, left = chance.integers(0, SIDE - 128, 2)
        crop = scenes[number % len(scenes)][top : top + 128, left : left + 128]
        values = sample(whitened(residual(luma(crop))), Pose.of(1.0, 0.0), everything)
        for _ in range(50):
            coded = chance.integers(0, 2, CODED_BITS).astype(np.uint8)
            expected = modulate(coded, Key(1, chance.bytes(16)), int(chance.integers(FAMILIES)))
            agreements.append(agreement(values, expected, waves.steps, (0.3, 0.7)))
    for level in (1.5, 2.0, 2.5, 3.0):
        assert np.mean(np.array(agreements) > level) <= math.exp(-(level**2) / 2)
    assert max(agreements) < 6


def test_the_fast_search_of_offsets_finds_what_the_transform_finds(marked: dict[str, Pixels]) -> None:
    """embed looks for its place by FFT, detect by sums over half a tile: the same values at the same places."""
    chosen = lattice().pilots
    poses = [Pose.of(1.0, 0.0), Pose.of(0.9, 0.02), Pose.of(1.4, -0.03)]
    places = set()
    for pixels in marked.values():
        spectrum = whitened(residual(luma(pixels)))
        values = np.stack([sample(spectrum, pose, chosen) for pose in poses])
        for one, found in zip(values, locks(values, poses, KEY), strict=True):
            sums = surface(one * pilots(KEY).conj(), lattice().steps[chosen])
            across, down = (round(part * GRID) for part in found.offset)
            spread = math.sqrt(float(np.sum(np.abs(one) ** 2)) / 2)
            assert sums[found.family, down, across] == pytest.approx(sums.max(), rel=1e-5)
            assert found.deviations == pytest.approx(sums.max() / spread, rel=1e-4)
            assert found.trials == sums.size
            places.add((down > GRID // 2, found.family))
    assert {half for half, _ in places} == {True, False}
    assert len(places) > 8


def test_values_between_bins_are_those_of_the_whole_transform() -> None:
    """Phases, that is: whitening leaves them alone. Waves that are all but absent have none to speak of."""
    fine = np.random.default_rng(4).normal(size=(90, 110)).astype(np.float32)
    wanted = np.random.default_rng(5).uniform(-0.4, 0.4, (300, 2))
    down, across = np.mgrid[-45:45, -55:55]
    exact = np.array([np.sum(fine * np.exp(-2j * np.pi * (across * x + down * y))) for x, y in wanted])
    strong = np.abs(exact) > 0.3 * math.sqrt(fine.size)
    assert strong.sum() > 250
    apart = np.abs(np.angle(whitened(fine).at(wanted[strong]) / exact[strong]))
    assert np.median(apart) < 0.002
    assert apart.max() < 0.1


def test_pictures_do_not_share_family_and_offset() -> None:
    """Flat pictures too, where the picture itself has no say: averaging must meet nothing that repeats."""
    places = set()
    for level in range(100, 112):
        pixels = np.full((SIDE, SIDE, 3), level, np.uint8)
        offset = detect(embed(pixels, Message(7, level), KEY), [KEY]).offset
        assert offset is not None
        places.add((round(offset[0], 1), round(offset[1], 1)))
    assert len(places) >= 8


def test_the_average_of_many_marks_says_nothing() -> None:
    pixels = np.full((SIDE, SIDE, 3), 128, np.uint8)
    total = np.zeros(pixels.shape)
    for tag in range(40):
        total += embed(pixels, Message(7, tag), KEY).astype(float) - 128
    estimate = total / total.std() * 2
    assert not detect(np.clip(np.rint(pixels + estimate), 0, 255).astype(np.uint8), [KEY]).found


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((63, 400, 3), np.uint8),
        np.zeros((64, 8193, 3), np.uint8),
        np.zeros((100, 100, 4), np.uint8),
        np.zeros((100, 100), np.uint8),
        np.zeros((100, 100, 3), np.float32),
    ],
)
def test_other_shapes_are_refused(pixels: Pixels) -> None:
    with pytest.raises(ValueError, match="picture"):
        embed(pixels, MESSAGE, KEY)
    with pytest.raises(ValueError, match="picture"):
        detect(pixels, [KEY])


def test_smallest_and_longest_sides_are_taken() -> None:
    for shape in ((64, 64, 3), (64, 640, 3)):
        pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
        assert embed(pixels, MESSAGE, KEY).shape == shape


def test_keys_and_messages_have_bounds() -> None:
    with pytest.raises(ValueError, match="name the key"):
        embed(SCENES["grey"], Message(8, 1), KEY)
    for make in (
        lambda: Message(256, 0),
        lambda: Message(0, 1 << 40),
        lambda: Message(-1, 0),
        lambda: Key(256, b"x" * 16),
    ):
        with pytest.raises(ValueError, match="within"):
            make()
    with pytest.raises(ValueError, match="16 bytes"):
        Key(1, b"short")


def test_a_large_picture_is_found_after_it_is_made_small() -> None:
    pixels = np.asarray(Image.fromarray(SCENES["soft"]).resize((2048, 1536), Image.Resampling.BICUBIC))
    small = np.asarray(Image.fromarray(embed(pixels, MESSAGE, KEY)).resize((800, 600), Image.Resampling.LANCZOS))
    assert detect(_jpeg(small, 75), [KEY]).tag == MESSAGE.tag
