"""Where our seal is looked for in strangers' pixels, each step at its edge: what mutation testing showed.

A seal that is there and not looked for leaves a generated picture unmarked in the answer; a likeness that is too cheap
calls a photo marked. Numbers are written out once more on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pingxing.label import recognising
from pingxing.label.measure import Measured
from pingxing.label.plate import Plate, layout
from pingxing.label.recognising import Recognised, recognise, recognise_frame
from pingxing.label.visible import Placed, at, drawn
from pingxing.types import LANGUAGES

CORNERS = ("bottom-right", "bottom-left", "top-right", "top-left")
SCALES = (1.0, 0.985, 1.015, 0.97, 1.03, 0.955, 1.045)
SEAL = Recognised("zh", "top-left", 0.99, None)
OTHER = Recognised("en", "top-left", 0.99, None)


def coded(width: int, height: int) -> NDArray[np.uint8]:
    """A picture whose every pixel says where it stands."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([x % 256, y % 256, x // 256 * 16 + y // 256], axis=2).astype(np.uint8)


def where(pixels: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Left, top, width, height of a part of a coded picture."""
    r, g, b = (int(v) for v in pixels[0, 0])
    return r + (b >> 4) * 256, g + (b & 15) * 256, pixels.shape[1], pixels.shape[0]


# --- exactly, or else roughly ---------------------------------------------------------------------


def test_a_picture_is_looked_at_exactly_and_then_roughly(monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image.new("RGB", (2, 2))
    exact: Recognised | None = SEAL
    monkeypatch.setattr(recognising, "_exactly", lambda given: exact if given is image else None)
    monkeypatch.setattr(recognising, "_roughly", lambda *given: OTHER if given == (image, 5.0) else None)
    assert recognise(image, 5.0) is SEAL
    exact = None
    assert recognise(image, 5.0) is OTHER


def frames(monkeypatch: pytest.MonkeyPatch, exact: Any, rough: Any) -> Callable[[Image.Image], Any]:
    monkeypatch.setattr(recognising, "_exactly", exact)
    monkeypatch.setattr(recognising, "_roughly", rough)
    return lambda image: recognise_frame(image, 5.0, 1.6)


def test_a_frame_is_looked_at_with_and_without_its_last_row_and_column(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[tuple[int, int, int, int], float]] = []
    rough: list[tuple[Any, ...]] = []
    look = frames(
        monkeypatch,
        lambda part, times: seen.append((where(np.asarray(part)), times)),
        lambda *given: rough.append(given),
    )
    image = Image.fromarray(coded(40, 30))
    assert look(image) is None
    sizes = [(40, 30), (39, 30), (40, 29), (39, 29)]
    assert seen == [((0, 0, *size), times) for size in sizes for times in (1.0, 1.6)]
    assert rough == [(image, 5.0), (image, 5.0, 1.6)]


@pytest.mark.parametrize("number", range(8))
def test_the_first_exact_seal_of_a_frame_is_taken(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([None] * number + [SEAL, OTHER])
    look = frames(monkeypatch, lambda *_: next(answers), lambda *_: OTHER)
    assert look(Image.new("RGB", (4, 4))) is SEAL


def test_a_frame_that_was_scaled_is_looked_at_roughly_in_both_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image.new("RGB", (4, 4))
    assert frames(monkeypatch, lambda *_: None, lambda *given: None if len(given) > 2 else SEAL)(image) is SEAL
    assert frames(monkeypatch, lambda *_: None, lambda *given: SEAL if len(given) > 2 else None)(image) is SEAL


# --- exactly --------------------------------------------------------------------------------------


def placed(width: int, height: int, times: float, least: int = 0) -> Iterator[Placed]:
    for language in LANGUAGES:
        plate = layout(round(width * times), round(height * times), language)
        if plate.width <= width and plate.height <= height:
            yield from (at(plate, width, height, corner, least) for corner in CORNERS)


@pytest.mark.parametrize(
    ("width", "height", "times"),
    [(300, 200, 1.0), (200, 300, 1.6), (900, 700, 1.0), (600, 23, 1.0), (600, 22, 1.0), (54, 300, 1.0), (53, 300, 1.6)],
)
def test_the_seal_is_looked_for_in_every_corner_at_every_margin(
    width: int, height: int, times: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[tuple[int, int, int, int], Plate]] = []
    monkeypatch.setattr(recognising, "_toned", lambda region, plate: seen.append((where(region), plate)))
    assert recognising._exactly(Image.fromarray(coded(width, height)), times) is None
    short = min(width, height)
    margins = (0, 10, round(0.06 * short), round(0.145 * short))
    wanted = [one for least in margins for one in placed(width, height, times, least)]
    assert seen == [((one.x, one.y, one.plate.width, one.plate.height), one.plate) for one in wanted]
    assert len({box for box, _ in seen}) >= (4 if (width, height) == (300, 200) else 0)


def test_a_plate_as_large_as_the_picture_has_room_and_a_larger_one_none() -> None:
    high = layout(600, 23, "zh")
    assert (high.width, high.height) == (54, 23)
    assert {one.height for _, p in recognising._places(600, 23) for one in [p.plate]} >= {23}
    assert 23 not in {p.plate.height for _, p in recognising._places(600, 22)}
    wide = layout(54, 300, "zh")
    assert wide.width == 54
    assert [p.plate.width for _, p in recognising._places(54, 300)].count(54) >= 4
    assert not list(recognising._places(54, 300, times=1.6)) or all(
        p.plate.width <= 54 for _, p in recognising._places(54, 300, times=1.6)
    )


def test_an_icon_says_in_which_language_its_plate_is() -> None:
    assert {language for language, _ in recognising._places(50, 50)} == {"zh"}
    assert {language for language, _ in recognising._places(500, 500)} == {"zh", "en"}


@pytest.mark.parametrize(("likeness", "found"), [(0.96, True), (0.9599, False), (1.0, True)])
@pytest.mark.parametrize("times", [1.0, 1.6])
def test_an_exact_seal_is_very_like_and_its_rule_is_that_of_the_picture(
    times: float, likeness: float, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Measured(ink=20.0, required=16.0, contrast=6.0, likeness=likeness)
    monkeypatch.setattr(recognising, "_toned", lambda region, plate: True)
    monkeypatch.setattr(recognising, "measure", lambda region, plate: said)
    seal = recognising._exactly(Image.new("RGB", (300, 200)), times)
    if not found:
        assert seal is None
        return
    measured = Measured(ink=20.0, required=16.0 / times, contrast=6.0, likeness=likeness)
    assert seal == Recognised(LANGUAGES[0], "bottom-right", likeness, measured)


# --- roughly --------------------------------------------------------------------------------------


class Search:
    """`_roughly` with places and scores that a test gives it, and a clock that it sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *scores: float, tick: float = 0.0) -> None:
        self.now, self.tick = 0.0, tick
        self.calls: list[tuple[Any, ...]] = []
        self.sizes: list[tuple[Any, ...]] = []
        self.plate = layout(300, 300, "zh")
        self._scores = iter(scores)
        monkeypatch.setattr(recognising, "monotonic", self.clock)
        monkeypatch.setattr(recognising, "_places", self.places)
        monkeypatch.setattr(recognising, "_score", self.score)

    def clock(self) -> float:
        self.now += self.tick
        return self.now

    def places(self, width: int, height: int, *, times: float) -> list[tuple[str, Placed]]:
        self.sizes.append((width, height, times))
        return [(language, Placed(self.plate, 0, 0, corner)) for language, corner in (("zh", "one"), ("en", "two"))]

    def score(self, pixels: NDArray[np.uint8], place: Placed, ratio: float, scale: float, inset: float) -> float:
        self.calls.append((pixels.shape, place.corner, ratio, scale, inset))
        return next(self._scores, 0.0)


@pytest.mark.parametrize(
    ("size", "small", "virtual"),
    [
        ((400, 500), (400, 500), (1024, 1280)),
        ((480, 960), (480, 960), (1024, 2048)),
        ((960, 1200), (480, 600), (1024, 1280)),
        ((1200, 960), (600, 480), (1280, 1024)),
        ((2048, 4096), (480, 960), (2048, 4096)),
    ],
)
def test_the_search_runs_on_a_small_picture_with_the_plate_of_a_usual_one(
    size: tuple[int, int], small: tuple[int, int], virtual: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    search = Search(monkeypatch)
    assert recognising._roughly(Image.new("RGB", size), 5.0, 1.6) is None
    assert search.sizes == [(*virtual, 1.6)] * 3
    shape, ratio, short = (small[1], small[0], 3), small[0] / virtual[0], min(small)
    wanted = [
        (shape, corner, ratio, scale, share * short)
        for share in (0.0, 0.06, 0.145)
        for corner in ("one", "two")
        for scale in SCALES
    ]
    assert search.calls == wanted


@pytest.mark.parametrize(
    ("scores", "tried", "best"),
    [
        ((0.9,), 1, ("one", 0.9)),
        ((0.0, 0.95), 2, ("one", 0.95)),
        ((0.7,), 42, ("one", 0.7)),
        ((0.6999,), 42, None),
        ((0.8999, *(0.0,) * 5, 0.0, 0.75), 42, ("one", 0.8999)),
        ((*(0.0,) * 7, 0.75), 42, ("two", 0.75)),
        ((0.75, *(0.0,) * 6, 0.75), 42, ("one", 0.75)),
        ((0.75, *(0.0,) * 6, 0.8), 42, ("two", 0.8)),
        ((0.75, *(0.0,) * 6, 0.72), 42, ("one", 0.75)),
    ],
)
def test_the_likest_place_is_taken_and_a_sure_one_ends_the_search(
    scores: tuple[float, ...], tried: int, best: tuple[str, float] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = Search(monkeypatch, *scores)
    seal = recognising._roughly(Image.new("RGB", (100, 100)), 5.0)
    assert len(search.calls) == tried
    if best is None:
        assert seal is None
        return
    assert seal == Recognised("zh" if best[0] == "one" else "en", best[0], best[1], None)


def test_the_search_ends_in_time_with_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image.new("RGB", (100, 100))
    late = Search(monkeypatch, 0.75, tick=1.0)
    late.now = 5.0
    assert recognising._roughly(image, 5.0) is None
    assert late.calls == []
    just = Search(monkeypatch, 0.75, tick=1.0)
    seal = recognising._roughly(image, 3.0)  # at one, two and three seconds there is time
    assert len(just.calls) == 3
    assert seal is not None
    assert seal.likeness == 0.75


# --- likeness at one place ------------------------------------------------------------------------

PLATE = layout(1024, 1024, "zh")
GREY = np.array([0.299, 0.587, 0.114])


def sealed(size: tuple[int, int], x: int, y: int, width: int, height: int) -> NDArray[np.uint8]:
    """A picture in the plate's own colour and some noise, with a seal of so many pixels at x, y."""
    rng = np.random.default_rng(3)
    ground = np.array([169, 52, 33]) + rng.integers(-9, 10, (size[1], size[0], 3))
    image = Image.fromarray(ground.astype(np.uint8))
    image.paste(drawn(PLATE).convert("RGB").resize((width, height), Image.Resampling.BOX), (x, y))
    return np.asarray(image)


def best(pixels: NDArray[np.uint8], x: int, y: int, width: int, height: int) -> float:
    """The best correlation over seven by seven places, computed once more."""
    wanted = np.asarray(drawn(PLATE).convert("L").resize((width, height), Image.Resampling.BOX), float)
    rows, columns = pixels.shape[:2]
    scores = [0.0]
    for top in range(max(0, y - 3), min(rows - height, y + 3) + 1):
        for left in range(max(0, x - 3), min(columns - width, x + 3) + 1):
            region = pixels[top : top + height, left : left + width] @ GREY
            if region.std() > 0:
                scores.append(float(np.corrcoef(region.ravel(), wanted.ravel())[0, 1]))
    return max(scores)


def corner_of(size: tuple[int, int], corner: str, width: int, height: int, margin: float) -> tuple[int, int]:
    x = round(size[0] - width - margin if corner.endswith("right") else margin)
    y = round(size[1] - height - margin if corner.startswith("bottom") else margin)
    return x, y


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize(("scale", "inset"), [(1.0, 0.0), (0.955, 0.0), (1.045, 13.0)])
@pytest.mark.parametrize("offset", [(0, 0), (3, 3), (-3, -3), (3, -3), (-3, 2)])
def test_the_seal_is_found_three_pixels_to_either_side_of_its_place(
    corner: str, scale: float, inset: float, offset: tuple[int, int]
) -> None:
    ratio, size = 0.25, (110, 90)
    width, height = round(PLATE.width * ratio * scale), round(PLATE.height * ratio * scale)
    x, y = corner_of(size, corner, width, height, max(PLATE.margin * ratio, inset))
    pixels = sealed(size, x + offset[0], y + offset[1], width, height)
    found = recognising._score(pixels, Placed(PLATE, 0, 0, corner), ratio, scale, inset)
    inside = 0 <= x + offset[0] <= size[0] - width and 0 <= y + offset[1] <= size[1] - height
    assert found == pytest.approx(best(pixels, x, y, width, height), abs=1e-4)
    assert inside
    assert found > 0.99


@pytest.mark.parametrize("corner", CORNERS)
def test_a_seal_at_the_very_edge_is_found(corner: str) -> None:
    ratio, size = 0.25, (100, 80)
    plate = layout(1024, 1024, "zh")
    low = Plate(**{name: getattr(plate, name) for name in plate.__slots__} | {"margin": 8})  # two pixels of it are left
    width, height = round(low.width * ratio), round(low.height * ratio)
    x = size[0] - width if corner.endswith("right") else 0
    y = size[1] - height if corner.startswith("bottom") else 0
    assert recognising._score(sealed(size, x, y, width, height), Placed(low, 0, 0, corner), ratio, 1.0, 0.0) > 0.99


def test_a_seal_four_pixels_away_is_not_this_one() -> None:
    ratio, size = 0.25, (110, 90)
    width, height = round(PLATE.width * ratio), round(PLATE.height * ratio)
    x, y = corner_of(size, "top-left", width, height, PLATE.margin * ratio)
    pixels = sealed(size, x + 6, y, width, height)
    assert recognising._score(pixels, Placed(PLATE, 0, 0, "top-left"), ratio, 1.0, 0.0) < 0.9


def test_a_seal_of_fewer_than_twelve_rows_is_not_looked_for() -> None:
    size = (110, 90)
    for rows, seen in ((12, True), (11, False)):
        ratio = rows / PLATE.height
        width = round(PLATE.width * ratio)
        x, y = corner_of(size, "top-left", width, rows, PLATE.margin * ratio)
        pixels = sealed(size, x, y, width, rows)
        score = recognising._score(pixels, Placed(PLATE, 0, 0, "top-left"), ratio, 1.0, 0.0)
        assert (score > 0.99) if seen else score == 0.0


def test_a_seal_in_other_colours_is_not_ours_however_like_it_is() -> None:
    ratio, size = 0.25, (110, 90)
    width, height = round(PLATE.width * ratio), round(PLATE.height * ratio)
    x, y = corner_of(size, "top-left", width, height, PLATE.margin * ratio)
    blue = np.ascontiguousarray(sealed(size, x, y, width, height)[..., ::-1])
    assert best(blue, x, y, width, height) > 0.9
    assert recognising._score(blue, Placed(PLATE, 0, 0, "top-left"), ratio, 1.0, 0.0) == 0.0


def tone() -> tuple[int, int, int]:
    mean = np.asarray(drawn(PLATE).convert("RGB")).reshape(-1, 3).mean(axis=0)
    return int(mean[0]), int(mean[1]), int(mean[2])


def test_a_flat_place_is_like_nothing_and_one_pixel_is_little() -> None:
    ratio, size = 0.25, (110, 90)
    flat = np.full((90, 110, 3), tone(), np.uint8)
    assert recognising._score(flat, Placed(PLATE, 0, 0, "top-left"), ratio, 1.0, 0.0) == 0.0
    width, height = round(PLATE.width * ratio), round(PLATE.height * ratio)
    x, y = corner_of(size, "top-left", width, height, PLATE.margin * ratio)
    flat[y + height // 2, x + width // 2] += np.array([2, 0, 0], np.uint8)
    score = recognising._score(flat, Placed(PLATE, 0, 0, "top-left"), ratio, 1.0, 0.0)
    assert score == pytest.approx(best(flat, x, y, width, height), rel=5e-2)
    assert 0.001 < score < 0.1


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.parametrize("size", [(30, 60), (60, 14), (110, 90)])
def test_the_tone_is_that_of_the_middle_place_as_far_as_it_is_in_the_picture(
    corner: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int, int, int]] = []
    monkeypatch.setattr(recognising, "_toned", lambda region, plate: seen.append(where(region)))
    ratio = 0.25
    bare = Plate(**{name: getattr(PLATE, name) for name in PLATE.__slots__} | {"margin": 0})
    assert recognising._score(coded(*size), Placed(bare, 0, 0, corner), ratio, 1.0, 0.0) == 0.0
    width, height = round(PLATE.width * ratio), round(PLATE.height * ratio)
    x, y = corner_of(size, corner, width, height, 0)
    left, top = max(0, x), max(0, y)
    right, low = min(size[0], x + width), min(size[1], y + height)
    assert seen == [(left, top, right - left, low - top)]


def test_a_plate_larger_than_the_picture_is_nowhere() -> None:
    for size in ((30, 60), (60, 14)):
        pixels = np.full((size[1], size[0], 3), tone(), np.uint8)
        pixels[::2, ::2] += 3
        assert recognising._score(pixels, Placed(PLATE, 0, 0, "top-left"), 0.25, 1.0, 0.0) == 0.0


def test_a_tone_may_lie_forty_levels_away_in_every_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognising, "_tone", lambda plate: np.array([100.0, 100.0, 100.0]))
    for colour, near in (
        ((140, 60, 100), True),
        ((141, 100, 100), False),
        ((100, 59, 100), False),
        ((100, 100, 141), False),
        ((100, 100, 100), True),
    ):
        assert recognising._toned(np.full((2, 3, 3), colour, np.uint8), PLATE) is near


def test_the_tone_of_a_plate_is_its_mean_colour() -> None:
    wanted = np.asarray(drawn(PLATE).convert("RGB"), float).reshape(-1, 3).mean(axis=0)
    assert recognising._tone(PLATE).tolist() == pytest.approx(wanted.tolist(), rel=1e-9)


def test_the_bounds_of_the_search() -> None:
    assert (recognising._WORKING_SIDE, recognising._USUAL_SIDE, recognising._SCALES) == (480, 1024, SCALES)
    assert (recognising._REACH, recognising._TONE_REACH, recognising._LOWEST) == (3, 40.0, 12)
    assert (recognising._SCALED_LIKENESS, recognising._SURE, recognising._EXACT) == (0.7, 0.9, 0.96)
    assert recognising._GREY.tolist() == pytest.approx(GREY.tolist())
