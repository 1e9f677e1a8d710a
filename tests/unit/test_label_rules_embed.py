"""Where a mark lies and how strong it is, step by step, by other means: what mutation testing showed others let pass.

A mark that lies elsewhere is not found, and one that is weaker does not last; one that is louder is seen.
"""

from __future__ import annotations

import hashlib
import math
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pingxing.label.watermark.code import Message, encode, pack
from pingxing.label.watermark.pattern import FAMILIES, GRID, Key, dither, lattice, modulate
from pingxing.label.watermark.sense import luma, residual, strength

# the package exports a function of this name
embedding: Any = import_module("pingxing.label.watermark.embed")
KEY = Key(7, b"a secret of the tests")
MESSAGE = Message(7, 0xC0FFEE1234)
CODED = encode(pack(MESSAGE))


def picture(height: int = 66, width: int = 70, seed: int = 3) -> NDArray[np.uint8]:
    chance = np.random.default_rng(seed)
    soft = np.cumsum(np.cumsum(chance.normal(size=(height, width)), 0), 1)
    soft = (soft - soft.min()) / np.ptp(soft) * 180 + 30
    noise = chance.normal(size=(height, width, 3)) * np.linspace(0, 12, width)[None, :, None]
    return np.clip(soft[:, :, None] + noise, 0, 255).astype(np.uint8)


def test_the_numbers_are_these() -> None:
    e = embedding
    assert (e.PSNR, e.QUIETER, e.SMALLEST, e.LARGEST, e.SIDE) == (42.2, 2.0, 64, 8192, 1024)
    assert (e._DITHER, e._SPAN, e._STRIP, e._KEPT, e._ROWS, e._PROBED) == (0.5, 25, 1024, 1536, 16, 128)
    assert (e._EXACT, e._TRIES, e._QUIET, e._HEADROOM) == (0.03, 4, 1.3, 8)
    assert (e._kept_turns.cache_info().maxsize, e._kept_across.cache_info().maxsize) == (4, 4)


@pytest.mark.parametrize("shape", [(64, 64, 3), (64, 8192, 3), (8192, 64, 3), (8192, 8192, 3)])
def test_sides_from_64_to_8192_are_taken(shape: tuple[int, int, int]) -> None:
    embedding.check(np.broadcast_to(np.uint8(0), shape))


@pytest.mark.parametrize(
    "shape",
    [(63, 64, 3), (64, 63, 3), (8193, 64, 3), (64, 8193, 3), (64, 64), (64, 64, 4), (64, 64, 1), (1, 64, 64, 3)],
)
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    for work in (
        embedding.check,
        lambda p: embedding.embed(p, MESSAGE, KEY),
        lambda p: embedding.best(p, MESSAGE, KEY),
    ):
        with pytest.raises(ValueError, match="a picture"):
            work(np.broadcast_to(np.uint8(0), shape))


def test_other_numbers_and_another_key_are_refused() -> None:
    for kind in (np.int8, np.uint16, np.float32):
        with pytest.raises(ValueError, match="a picture"):
            embedding.check(np.zeros((64, 64, 3), kind))
    with pytest.raises(ValueError, match="key"):
        embedding.embed(picture(), Message(8, 1), KEY)


# --- smaller for analysis --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "size", "filter_"),
    [
        ((32, 32), None, None),
        ((16, 64), None, None),
        ((31, 33), None, None),
        ((33, 32), (32, 32), Image.Resampling.LANCZOS),
        ((64, 64), (32, 32), Image.Resampling.LANCZOS),
        ((80, 80), (32, 32), Image.Resampling.LANCZOS),
        ((82, 80), (32, 32), Image.Resampling.BOX),
        ((40, 160), (64, 16), Image.Resampling.LANCZOS),
        ((4_096, 1), (1, 2_048), Image.Resampling.LANCZOS),
        ((1, 4_096), (2_048, 1), Image.Resampling.LANCZOS),
    ],
)
def test_larger_pictures_are_reduced_to_a_mean_side(
    shape: tuple[int, int], size: tuple[int, int] | None, filter_: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "SIDE", 32)
    grey = np.random.default_rng(1).random(shape, np.float32) * 255
    found = embedding.reduced(grey)
    if size is None:
        assert found is grey
    else:
        assert np.array_equal(found, np.asarray(Image.fromarray(grey).resize(size, filter_)))
        assert found.dtype == np.float32


# --- waves ----------------------------------------------------------------------------------------------


def phases(places: list[float], scale: float, axis: int) -> NDArray[np.complex128]:
    """Plain plane waves: exp(2 pi i f x / scale)."""
    return np.array([[np.exp(2j * math.pi * f / scale * x) for f in lattice().waves[:, axis]] for x in places])


PLACES = {
    (4, False): [-2.0, -1.0, 0.0, 1.0],
    (5, False): [-2.0, -1.0, 0.0, 1.0, 2.0],
    (4, True): [-1.5, 0.5],
    (5, True): [-1.5, 0.5, 2.5],
}


@pytest.mark.parametrize(("length", "halved"), list(PLACES))
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("scale", [1.0, 1.7])
def test_waves_have_phase_zero_in_the_middle(length: int, halved: bool, axis: int, scale: float) -> None:
    wanted = phases(PLACES[length, halved], scale, axis)
    found = embedding._turns(length, scale, axis, halved)
    assert np.allclose(found, wanted, atol=1e-5)
    assert found.dtype == np.complex64
    if axis == 0:
        sign = -1 if halved else 1
        parts = np.concatenate([wanted.real, sign * wanted.imag], axis=1)
        assert np.allclose(embedding._across(length, scale, halved), parts, atol=1e-5)
    if not halved:
        assert np.array_equal(embedding._turns(length, scale, axis), found)
        assert np.allclose(embedding._middled(length), PLACES[length, False])


def test_waves_of_usual_lengths_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_KEPT", 8)
    for make, more in ((embedding._turns, (0, False)), (embedding._across, (False,))):
        assert make(8, 1.0, *more) is make(8, 1.0, *more)
        assert make(9, 1.0, *more) is not make(9, 1.0, *more)


@pytest.mark.parametrize(("height", "width"), [(7, 9), (12, 5)])
def test_a_mark_is_the_sum_of_its_waves(height: int, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "_STRIP", 5)
    waves = modulate(CODED, KEY, 3)

    def wanted(scale: float) -> NDArray[np.float64]:
        down = phases([y - height // 2 for y in range(height)], scale, 1)
        across = phases([x - width // 2 for x in range(width)], scale, 0)
        return np.einsum("yn,xn,n->yx", down, across, waves).real

    assert np.allclose(embedding._synthesise(waves, height, width), wanted(1.0), atol=1e-3)
    monkeypatch.setattr(embedding, "SIDE", 4)
    assert np.allclose(embedding._synthesise(waves, height, width), wanted(math.sqrt(height * width) / 4), atol=1e-3)
    monkeypatch.setattr(embedding, "SIDE", 100)
    assert np.allclose(embedding._synthesise(waves, height, width), wanted(1.0), atol=1e-3)


# --- where the picture agrees ----------------------------------------------------------------------------


def hosted(grey: NDArray[np.float32]) -> NDArray[np.complex128]:
    """What the picture puts on each wave, over the root of the mean power of the fifty-one nearest in length."""
    small = residual(embedding.reduced(grey))
    halved = np.asarray(Image.fromarray(small).reduce(2), np.float64)
    high, wide = small.shape
    down = phases([y - high // 2 + 0.5 for y in range(0, high, 2)], 1.0, 1)
    across = phases([x - wide // 2 + 0.5 for x in range(0, wide, 2)], 1.0, 0)
    host = np.einsum("yx,yn,xn->n", halved, down.conj(), across.conj())
    order = np.argsort([math.hypot(*step) for step in lattice().steps], kind="stable")
    power = np.abs(host[order]) ** 2
    count = len(power)
    smooth = np.empty(count)
    for i in range(count):
        near = [abs(j) if j < count else 2 * (count - 1) - j for j in range(i - 25, i + 26)]
        smooth[order[i]] = power[near].mean()
    found: NDArray[np.complex128] = host / np.sqrt(smooth + 1e-6 * halved.size)
    return found


@pytest.mark.parametrize("side", [1024, 48])
def test_what_a_picture_puts_on_the_waves(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "SIDE", side)
    for shape in ((66, 70), (65, 67)):
        grey = luma(picture(*shape))
        found = embedding._host(grey)
        assert found.dtype == np.complex64
        assert np.allclose(found, hosted(grey), atol=2e-3)
    flat = np.full((64, 64), 99, np.float32)
    assert np.abs(embedding._host(flat)).max() < 1e-2
    # where there is hardly anything, what counts as rounding keeps it down
    faint = np.random.default_rng(8).normal(size=(64, 64)).astype(np.float32) * np.float32(2e-3)
    found, wanted = embedding._host(faint), hosted(faint)
    assert np.allclose(found, wanted, rtol=1e-3, atol=1e-3)
    assert 0.1 < np.abs(wanted).mean() < 0.8


def test_no_wave_counts_for_more_than_two_deviations(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[NDArray[np.complex64]] = []
    answer = np.zeros((FAMILIES, GRID, GRID), np.float32)
    monkeypatch.setattr(embedding, "surface", lambda products, steps: seen.append(products) or answer)
    host = np.linspace(0.1, 9, len(lattice().steps)).astype(np.complex64) * np.complex64(1j)
    embedding._agreeing(host, CODED, KEY, b"seed")
    limited = np.where(np.abs(host) > 2, 2j, host) + 0.5 * dither(KEY, b"seed")
    for family in range(FAMILIES):
        assert np.allclose(seen[0][family], limited * modulate(CODED, KEY, family).conj(), atol=1e-5)


def test_family_and_offset_are_those_that_agree_best() -> None:
    chance = np.random.default_rng(5)
    count = len(lattice().steps)
    for number in range(3):
        host = (chance.normal(size=count) + 1j * chance.normal(size=count)) * (2.0, 0.3, 20.0)[number]
        # beyond two deviations a wave counts as two
        limited = np.where(np.abs(host) > 2, 2 * host / np.abs(host), host)
        seed = bytes([number])
        wanted = limited + 0.5 * dither(KEY, seed)
        best = (-math.inf, 0, 0, 0)
        for family in range(FAMILIES):
            product = wanted * modulate(CODED, KEY, family).conj()
            turns = np.exp(2j * math.pi / GRID * np.outer(np.arange(GRID), np.arange(-GRID, GRID + 1)))
            grid = np.zeros((2 * GRID + 1, 2 * GRID + 1), complex)
            grid[lattice().steps[:, 1] + GRID, lattice().steps[:, 0] + GRID] = product
            values = (turns @ grid @ turns.T).real
            row, column = np.unravel_index(int(values.argmax()), values.shape)
            best = max(best, (float(values.max()), family, int(row), int(column)))
        _, family, row, column = best
        found = embedding._agreeing(host.astype(np.complex64), CODED, KEY, seed)
        assert found == (family, column / GRID, row / GRID)
        assert [type(part) for part in found] == [int, float, float]


def test_the_place_hangs_on_pixels_message_and_key(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(embedding, "_agreeing", lambda *given: seen.append(given) or (3, 0.25, 0.5))
    pixels = picture()
    assert embedding.best(pixels, MESSAGE, KEY) == embedding.Place(3, 0.25, 0.5)
    host, coded, key, seed = seen[0]
    assert np.array_equal(host, embedding._host(luma(pixels)))
    assert np.array_equal(coded, CODED)
    assert key is KEY
    said = repr(((66, 70, 3), 7, 0xC0FFEE1234)).encode() + pixels.tobytes()
    assert seed == hashlib.sha256(said).digest()


# --- how strong -----------------------------------------------------------------------------------------


def mse(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float:
    return float(np.mean((before.astype(float) - after.astype(float)) ** 2))


SHARE = np.array([0.299, 0.587, 0.114]) / (0.299**2 + 0.587**2 + 0.114**2)


def added(pixels: NDArray[np.uint8], wave: NDArray[np.float32], gain: float) -> NDArray[np.float64]:
    return np.clip(np.rint(pixels + (gain * SHARE)[None, None] * wave[:, :, None]), 0, 255)


def test_a_wave_is_added_to_the_channels_as_they_make_up_luma() -> None:
    share = (SHARE).astype(np.float32)
    for height in (15, 16, 17, 40):
        pixels = picture(height, 11)
        wave = np.random.default_rng(2).normal(size=(height, 11)).astype(np.float32)
        for gain in (2.0, 60.0):
            marked, error = embedding._added(pixels, wave, gain, share)
            wanted = added(pixels, wave, gain)
            assert marked.dtype == np.uint8
            assert np.abs(marked - wanted).max() <= 1  # of a tie, either way
            assert np.mean(marked != wanted) < 0.01
            assert error == pytest.approx(mse(pixels, marked), rel=1e-4)
            assert embedding._error(pixels, marked) == pytest.approx(mse(pixels, marked), rel=1e-4)
    assert embedding._added(pixels, np.zeros_like(wave), 2.0, share)[1] == 0.0
    assert embedding._error(pixels, pixels) == 1e-6
    one = pixels.copy()
    one[0, 0, 0] ^= 1
    assert embedding._error(pixels, one) == pytest.approx(1 / pixels.size)


@pytest.mark.parametrize("psnr", [30.0, 42.2, 44.2])
@pytest.mark.parametrize("height", [64, 127, 300])
def test_the_error_is_the_one_wanted(psnr: float, height: int) -> None:
    pixels = picture(height, 70)
    wave = np.random.default_rng(4).normal(size=(height, 70)).astype(np.float32)
    wave[height // 2 :] *= 3
    marked = embedding._apply(pixels, wave, psnr)
    wanted = 255**2 / 10 ** (psnr / 10)
    assert abs(mse(pixels, marked) / wanted - 1) < 0.03
    # it is the wave, at one strength
    moved = (marked.astype(float) - pixels)[:, :, 1]
    inside = (pixels[:, :, 1] > 60) & (pixels[:, :, 1] < 195)
    assert np.corrcoef(moved[inside], wave[inside])[0, 1] > 0.9


class Steps:
    """`_added` and `_error` as they are told: which gains are asked for, and which errors they meet."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: list[float], exact: list[float]) -> None:
        self.gains: list[tuple[int, float]] = []
        self.rows: list[int] = []
        self._answers, self._exact = iter(answers), iter(exact)
        monkeypatch.setattr(embedding, "_added", self.added)
        monkeypatch.setattr(embedding, "_error", self.error)

    def added(self, pixels: Any, wave: Any, gain: float, share: Any) -> tuple[Any, float]:
        assert np.allclose(share, SHARE)
        assert len(pixels) == len(wave)
        self.gains.append((len(pixels), gain))
        if len(self.gains) <= 3:  # a part of the rows
            return "part", 0.0
        return f"marked {len(self.gains)}", next(self._answers)

    def error(self, pixels: Any, marked: Any) -> float:
        return next(self._exact)


def test_the_strength_is_found_on_a_part_and_proved_on_all(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.zeros((257, 64, 3), np.uint8)
    wave = np.zeros((257, 64), np.float32)
    wave[::2] = 2.0  # the rows that are looked at first: 257 // 128 is two
    wanted = 255**2 / 10**4.0
    first = math.sqrt(3 * wanted / (float(SHARE @ SHARE) * 4.0))
    probes = [wanted, wanted * 4, wanted]
    run = Steps(monkeypatch, [wanted], list(probes))
    assert embedding._apply(pixels, wave, 40.0) == "marked 4"
    assert [rows for rows, _ in run.gains] == [129, 129, 129, 257]
    assert [gain for _, gain in run.gains] == pytest.approx([first, first, first / 2, first / 2])

    # near enough by the way; else what was added up exactly decides, and the strength is corrected by it
    for near, tries in ((1.0299, 1), (0.9701, 1), (1.02998, 2), (1.03, 2), (1.05, 2)):
        run = Steps(monkeypatch, [wanted * near] * tries, [wanted] * 4)
        assert embedding._apply(pixels, wave, 40.0) == "marked 4"
        assert next(run._exact, None) == (wanted if tries == 1 else None)
    exact = [wanted] * 3 + [wanted * 4, wanted * 1.0301, wanted * 0.9699, wanted * 0.9701]
    run = Steps(monkeypatch, [wanted * 2] * 9, exact)
    assert embedding._apply(pixels, wave, 40.0) == "marked 7"
    gains = [gain for rows, gain in run.gains if rows == 257]
    assert gains == pytest.approx(
        [first, first / 2, first / 2 / math.sqrt(1.0301), first / 2 / math.sqrt(1.0301) / math.sqrt(0.9699)]
    )
    # four tries; then quieter by two in a hundred until it is not louder than wanted
    exact = [wanted] * 3 + [wanted * 1.21] * 4 + [wanted * 1.031, wanted * 1.0301, wanted * 1.03]
    run = Steps(monkeypatch, [wanted * 2] * 9, exact)
    assert embedding._apply(pixels, wave, 40.0) == "marked 9"
    gains = [gain for rows, gain in run.gains if rows == 257]
    assert gains == pytest.approx([first / 1.1**i for i in range(4)] + [first / 1.1**4 * 0.98**i for i in (1, 2)])
    # too quiet is not made louder
    run = Steps(monkeypatch, [wanted * 2] * 9, [wanted] * 3 + [wanted * 0.81] * 4 + [wanted * 0.5])
    assert embedding._apply(pixels, wave, 40.0) == "marked 7"


def test_small_pictures_are_looked_at_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    for height, looked in ((255, 255), (256, 128), (383, 192), (384, 128)):
        pixels, wave = np.zeros((height, 64, 3), np.uint8), np.ones((height, 64), np.float32)
        run = Steps(monkeypatch, [255**2 / 10**4.0], [1.0] * 3)
        assert embedding._apply(pixels, wave, 40.0) == "marked 4"
        assert [rows for rows, _ in run.gains] == [looked] * 3 + [height]


# --- altogether ------------------------------------------------------------------------------------------


def test_a_mark_is_its_waves_shifted_as_strong_as_each_part_bears(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = picture(70, 74)
    pixels[:20, :30] = 248  # flat near white, near black, and flat in the middle
    pixels[20:40, :30] = 7
    pixels[40:, :30] = 100
    seen: list[Any] = []
    monkeypatch.setattr(embedding, "_apply", lambda *given: seen.append(given) or "marked")
    place = embedding.Place(5, 0.25, 0.6)
    assert embedding.embed(pixels, MESSAGE, KEY, at=place) == "marked"
    given, wave, psnr = seen[0]
    assert given is pixels
    steps = lattice().steps
    shift = np.exp([-2j * math.pi * (kx * 0.25 + ky * 0.6) for kx, ky in steps])
    grey = luma(pixels)
    bears = np.concatenate([values for _, values in strength(grey)])
    wanted = embedding._synthesise((modulate(CODED, KEY, 5) * shift).astype(np.complex64), 70, 74) * bears
    assert np.allclose(wave, wanted, atol=1e-3)
    quiet = np.mean((bears < 1.3) & (grey > 8) & (grey < 247))
    assert 0 < quiet < np.mean(bears < 1.3) < 1
    assert psnr == pytest.approx(42.2 + 2.0 * float(quiet))


@pytest.mark.parametrize(("grey", "quiet"), [(8, 0.0), (9, 1.0), (246, 1.0), (247, 0.0)])
def test_flat_parts_near_white_and_black_keep_the_full_strength(
    grey: int, quiet: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float] = []
    monkeypatch.setattr(embedding, "_apply", lambda pixels, wave, psnr: seen.append(psnr))
    monkeypatch.setattr(embedding, "luma", lambda pixels: np.full((64, 64), grey, np.float32))
    embedding.embed(np.full((64, 64, 3), grey, np.uint8), MESSAGE, KEY, at=embedding.Place(0, 0.0, 0.0))
    assert seen == [pytest.approx(42.2 + 2.0 * quiet)]


@pytest.mark.parametrize(("bears", "quiet"), [(1.29, 1.0), (1.3, 0.0)])
def test_quiet_is_what_bears_less_than_the_full_strength(
    bears: float, quiet: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float] = []
    monkeypatch.setattr(embedding, "_apply", lambda pixels, wave, psnr: seen.append(psnr))
    values = np.full((64, 64), bears, np.float32)
    monkeypatch.setattr(embedding, "strength", lambda grey: iter([(slice(0, 64), values)]))
    embedding.embed(np.full((64, 64, 3), 99, np.uint8), MESSAGE, KEY, at=embedding.Place(0, 0.0, 0.0))
    assert seen == [pytest.approx(42.2 + 2.0 * quiet)]


def test_without_a_place_the_best_is_taken() -> None:
    pixels = picture()
    place = embedding.best(pixels, MESSAGE, KEY)
    assert np.array_equal(embedding.embed(pixels, MESSAGE, KEY), embedding.embed(pixels, MESSAGE, KEY, at=place))
    marked = embedding.embed(pixels, MESSAGE, KEY)
    assert 42.0 <= 10 * math.log10(255**2 / mse(pixels, marked)) <= 44.4
