"""The seal as it is drawn, placed and measured, each number at its edge: what other tests let pass.

The table is the seal itself: whoever changes it on purpose looks at the pictures first and then writes a new one.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from time import monotonic

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.fakes.pictures import picture

from pingxing.label import measure as measuring
from pingxing.label import visible
from pingxing.label.measure import Measured, likeness, measure
from pingxing.label.plate import Plate, layout, lettering, outlines
from pingxing.label.recognising import recognise
from pingxing.label.visible import at, drawn, flat, place, stamp
from pingxing.sheets import EDGE_SHARES
from pingxing.types import LANGUAGES, Language, Picture, Scene, SceneObject

# width, height, language, then of the plate: width, height, margin, ring, tone, digest of its drawing
SEALS = [
    (180, 190, "en", 100, 20, 4, 1, "#8E2517", "41f58ae9514c7b8d"),
    (64, 64, "zh", 54, 23, 1, 1, "#8E2517", "f00ee48721601c77"),
    (64, 64, "en", 59, 26, 1, 1, "#8E2517", "69e08d05ffc485b7"),
    (80, 70, "zh", 54, 23, 2, 1, "#8E2517", "f00ee48721601c77"),
    (80, 70, "en", 59, 26, 2, 1, "#8E2517", "69e08d05ffc485b7"),
    (640, 65, "zh", 54, 23, 1, 1, "#8E2517", "f00ee48721601c77"),
    (640, 65, "en", 69, 15, 1, 1, "#8E2517", "34a1a6815f375ad8"),
    (126, 126, "zh", 54, 23, 3, 1, "#8E2517", "f00ee48721601c77"),
    (126, 126, "en", 69, 15, 3, 1, "#8E2517", "34a1a6815f375ad8"),
    (200, 300, "zh", 54, 23, 4, 1, "#8E2517", "f00ee48721601c77"),
    (200, 300, "en", 110, 21, 4, 1, "#8E2517", "4e8b7e6f8ea43ad0"),
    (333, 512, "zh", 79, 33, 7, 1, "#8E2517", "dca7555e10000468"),
    (333, 512, "en", 178, 34, 7, 1, "#8E2517", "aa7d7dbf7241c208"),
    (393, 393, "zh", 92, 38, 9, 1, "#8E2517", "3c7c3275d7c6db7a"),
    (393, 393, "en", 207, 39, 9, 1, "#A93421", "b43053ea980d7b5a"),
    (394, 394, "zh", 92, 38, 9, 1, "#8E2517", "3c7c3275d7c6db7a"),
    (394, 394, "en", 207, 39, 9, 1, "#A93421", "b43053ea980d7b5a"),
    (512, 512, "zh", 118, 48, 11, 1, "#A93421", "0a59077af294f7d4"),
    (512, 512, "en", 266, 49, 11, 1, "#A93421", "6e1a4c8b9104a44a"),
    (1000, 760, "zh", 176, 72, 17, 2, "#A93421", "f9d030f7a0e5af28"),
    (1000, 760, "en", 394, 72, 17, 2, "#A93421", "383ce6899f274682"),
    (1024, 768, "zh", 180, 73, 17, 2, "#A93421", "d9ee5e86e8c0126b"),
    (1024, 768, "en", 404, 73, 17, 2, "#A93421", "dcc53e37153abd2f"),
    (1920, 192, "zh", 54, 23, 4, 1, "#8E2517", "f00ee48721601c77"),
    (1920, 192, "en", 110, 21, 4, 1, "#8E2517", "4e8b7e6f8ea43ad0"),
    (8192, 8192, "zh", 1890, 767, 180, 23, "#A93421", "0501a5cd1efb28f7"),
    (8192, 8192, "en", 4246, 771, 180, 23, "#A93421", "71e85400776805bf"),
    (150, 1500, "zh", 54, 23, 3, 1, "#8E2517", "f00ee48721601c77"),
    (150, 1500, "en", 79, 16, 3, 1, "#8E2517", "10975f1067ff0676"),
]


@pytest.mark.parametrize("row", SEALS, ids=lambda row: f"{row[0]}x{row[1]}-{row[2]}")
def test_the_seal_is_drawn_as_it_was_designed(row: tuple[int, int, Language, int, int, int, int, str, str]) -> None:
    width, height, language, *wanted = row
    plate = layout(width, height, language)
    digest = hashlib.sha256(plate.svg().encode()).hexdigest()[:16]
    assert [plate.width, plate.height, plate.margin, plate.ring, plate.tone, digest] == wanted


# The narrowest picture of an arrangement: its language, its rows, and the plate's size. An icon carries Chinese words.
ARRANGED: dict[Language, list[tuple[int, str, int, int, int]]] = {
    "en": [
        (44, "zh", 1, 40, 18),
        (45, "zh", 1, 45, 19),
        (50, "zh", 1, 50, 22),
        (54, "zh", 1, 54, 23),
        (59, "en", 2, 59, 26),
        (81, "en", 1, 69, 15),
        (134, "en", 1, 79, 16),
    ],
    "zh": [(44, "zh", 1, 40, 18), (45, "zh", 1, 45, 19), (50, "zh", 1, 50, 22), (54, "zh", 1, 54, 23)],
}


@pytest.mark.parametrize("tall", [1, 10])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_narrow_picture_takes_the_first_arrangement_that_has_room(language: Language, tall: int) -> None:
    for width in range(44, 140):
        plate = layout(width, tall * width, language)
        rows = len({glyph.baseline for glyph in plate.glyphs}) if plate.language == "en" else 1
        _, *wanted = max(row for row in ARRANGED[language] if row[0] <= width)
        assert [plate.language, rows, plate.width, plate.height] == wanted, width


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stranger_s_picture_of_one_pixel_has_the_smallest_plate(language: Language) -> None:
    assert layout(1, 1, language).width == layout(1, 1, "zh").width == 7


@pytest.mark.parametrize("row", SEALS, ids=lambda row: f"{row[0]}x{row[1]}-{row[2]}")
def test_gb45438_what_is_required_is_5_percent_and_every_glyph_is_taller(
    row: tuple[int, int, Language, int, int, int, int, str, str],
) -> None:
    width, height, language, *_ = row
    plate = layout(width, height, language)
    assert plate.required == pytest.approx(0.05 * min(width, height), abs=1e-9)
    letters = [c for c in lettering(language) if c != " "]
    assert [g.character for g in plate.glyphs] == letters
    for glyph in plate.glyphs:
        left, top, right, bottom = glyph.box
        assert bottom - top >= plate.required
        assert plate.ring < left < right < plate.width - plate.ring
        assert plate.ring < top < bottom < plate.height - plate.ring


def ink(plate: Plate) -> list[tuple[int, int, int, int]]:
    """Where each glyph's light pixels really are, counted in the drawing."""
    light = np.asarray(drawn(plate).convert("RGB"))[..., 1].astype(int) > 140
    found = []
    for glyph in plate.glyphs:
        left, top, right, bottom = (round(v) for v in glyph.box)
        part = light[top - 2 : bottom + 3, left : right + 1]
        rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        found.append((left + columns[0], top - 2 + rows[0], left + columns[-1] + 1, top - 2 + rows[-1] + 1))
    return found


@pytest.mark.parametrize(("side", "language"), [(64, "zh"), (64, "en"), (600, "zh"), (600, "en"), (2000, "en")])
def test_the_boxes_of_the_glyphs_are_where_their_ink_is(side: int, language: Language) -> None:
    plate = layout(side, side, language)
    for glyph, seen in zip(plate.glyphs, ink(plate), strict=True):
        assert np.abs(np.array(glyph.box) - np.array(seen)).max() <= 1.5 + 0.012 * side / 20, glyph.character


def test_the_boxes_of_two_glyphs_to_the_thousandth() -> None:
    first, *_, last = layout(512, 512, "en").glyphs
    assert first.box == pytest.approx((13.574, 11.0, 35.929, 38.0), abs=1e-3)
    assert last.box == pytest.approx((231.635, 11.0, 251.475, 38.0), abs=1e-3)


def test_the_outlines_that_a_sealed_drawing_must_hold() -> None:
    for language in ("zh", "en"):
        plate = layout(512, 512, language)
        drawing = plate.svg()
        assert len(outlines(language)) == len(plate.glyphs)
        at_ = -1
        for path in outlines(language):
            at_ = drawing.index(f'd="{path}"', at_ + 1)


# --- where it goes --------------------------------------------------------------------------------

PLATE = layout(400, 300, "zh")  # 71 x 30 or so; what matters is taken from it


@pytest.mark.parametrize("corner", ["bottom-right", "bottom-left", "top-right", "top-left"])
def test_the_seal_stands_its_margin_from_two_edges(corner: str) -> None:
    placed = at(PLATE, 400, 300, corner)
    right, low = 400 - PLATE.width - PLATE.margin, 300 - PLATE.height - PLATE.margin
    wanted = {
        "bottom-right": (right, low),
        "bottom-left": (PLATE.margin, low),
        "top-right": (right, PLATE.margin),
        "top-left": (PLATE.margin, PLATE.margin),
    }[corner]
    assert (placed.x, placed.y, placed.corner) == (*wanted, corner)
    assert placed.box == (*wanted, wanted[0] + PLATE.width, wanted[1] + PLATE.height)
    assert placed.svg().startswith(f'<g id="pingxing-mark" transform="translate({wanted[0]} {wanted[1]})">')
    assert placed.svg() == f'<g id="pingxing-mark" transform="translate({wanted[0]} {wanted[1]})">{PLATE.svg()}</g>'


@pytest.mark.parametrize("corner", ["bottom-right", "bottom-left", "top-right", "top-left"])
def test_a_seal_as_large_as_the_picture_starts_at_its_corner(corner: str) -> None:
    exact = at(PLATE, PLATE.width, PLATE.height, corner)
    assert (exact.x, exact.y) == (0, 0)
    roomy = at(PLATE, PLATE.width + PLATE.margin + 1, PLATE.height + PLATE.margin + 1, corner)
    assert (roomy.x, roomy.y) == (1, 1)
    tight = at(PLATE, PLATE.width + PLATE.margin, PLATE.height + PLATE.margin, corner)
    assert (tight.x, tight.y) == (0, 0)


def busy(corners: dict[str, float]) -> Picture:
    """400 x 300 of grey with stripes of so many grey levels under the seal of each corner."""
    pixels = np.full((300, 400, 3), 128, np.uint8)
    for corner, step in corners.items():
        x0, y0, x1, y1 = at(PLATE, 400, 300, corner).box
        pixels[y0:y1, x0:x1, 1] = 128 + (np.arange(x1 - x0) % 2 * step).astype(np.uint8)
    return Picture(400, 300, pixels)


# Detail of one direction: steps a pixel. Costs are (2 + detail + 40 * hidden share) * 1, 1.25, 1.5, 1.5.
@pytest.mark.parametrize(
    ("corners", "taken"),
    [
        ({}, "bottom-right"),
        ({"bottom-right": 8}, "bottom-left"),
        ({"bottom-right": 8, "bottom-left": 8}, "top-right"),
        ({"bottom-right": 8, "bottom-left": 8, "top-right": 8}, "top-left"),
        ({"bottom-right": 8, "bottom-left": 8, "top-right": 8, "top-left": 8}, "bottom-right"),
        ({"bottom-right": 20, "bottom-left": 20, "top-right": 14, "top-left": 9}, "top-left"),
        ({"bottom-right": 20, "bottom-left": 20, "top-right": 9, "top-left": 14}, "top-right"),
        ({"bottom-right": 20, "bottom-left": 14, "top-right": 14, "top-left": 14}, "bottom-left"),
    ],
)
def test_the_calmest_corner_is_taken_and_the_usual_ones_are_preferred(corners: dict[str, float], taken: str) -> None:
    assert place(busy(corners), "zh").corner == taken


def costs(source: Picture) -> list[float]:
    """What `place` weighs, written out once more."""
    plate = layout(source.width, source.height, "zh")
    found = []
    for corner, weight in (("bottom-right", 1.0), ("bottom-left", 1.25), ("top-right", 1.5), ("top-left", 1.5)):
        x0, y0, x1, y1 = at(plate, source.width, source.height, corner).box
        stride = max(1, (y1 - y0) // 48)
        green = source.pixels[y0:y1:stride, x0:x1:stride, 1].astype(int)
        detail = (np.abs(np.diff(green, axis=0)).sum() + np.abs(np.diff(green, axis=1)).sum()) / green.size
        hidden = 0.0
        for thing in source.scene.objects if source.scene else ():
            left, top = thing.box[0] * source.width, thing.box[1] * source.height
            right, low = left + thing.box[2] * source.width, top + thing.box[3] * source.height
            across, down = min(x1, right) - max(x0, left), min(y1, low) - max(y0, top)
            if across > 0 and down > 0:
                hidden += across * down / ((right - left) * (low - top))
        found.append((2 + detail + 40 * hidden) * weight)
    return found


@pytest.mark.parametrize("seed", range(60))
def test_the_corner_is_the_one_that_costs_least(seed: int) -> None:
    rng = np.random.default_rng(seed)
    width, height = (int(v) for v in rng.integers(64, 700, 2))
    pixels = np.full((height, width, 3), 100, np.uint8)
    for rows in (slice(0, height // 2), slice(height // 2, None)):
        for columns in (slice(0, width // 2), slice(width // 2, None)):
            part = pixels[rows, columns]
            part[...] = rng.integers(100, 101 + rng.integers(1, 9), part.shape)
    things = tuple(
        SceneObject("1F408", "cat", "猫", "cat", ((0, 3),), None, tuple(float(v) for v in rng.uniform(0, 0.8, 4)), 0)
        for _ in range(rng.integers(0, 4))
    )
    scene = Scene("plain", "day", "clear", "flat", (), things) if things else None
    source = Picture(width, height, pixels, scene=scene)
    order = ("bottom-right", "bottom-left", "top-right", "top-left")
    assert place(source, "zh").corner == order[int(np.argmin(costs(source)))]


@pytest.mark.parametrize("seed", range(20))
def test_the_parts_of_the_cost_are_what_they_say(seed: int) -> None:
    rng = np.random.default_rng(seed)
    side = int(rng.integers(64, 3000))
    plate = layout(side, side, "en")
    placed = at(plate, side, side, "bottom-right")
    pixels = np.broadcast_to(rng.integers(0, 256, (1, side, 3), dtype=np.uint8), (side, side, 3)).copy()
    pixels[placed.y :: 3] = 9
    x0, y0, x1, y1 = placed.box
    stride = max(1, (y1 - y0) // 48)
    green = pixels[y0:y1:stride, x0:x1:stride, 1].astype(int)
    steps = np.abs(np.diff(green, axis=0)).sum() + np.abs(np.diff(green, axis=1)).sum()
    assert visible._detail(pixels, placed) == pytest.approx(steps / green.size, abs=1e-12)
    clear = np.dstack([pixels, np.zeros((side, side), np.uint8)])
    assert visible._detail(clear, placed) == 0.0  # what nobody sees is no detail


def thing(*box: float) -> Scene:
    one = SceneObject("1F408", "cat", "猫", "cat", ((0, 3),), None, box, 0)  # type: ignore[arg-type]
    return Scene("plain", "day", "clear", "flat", (), (one,))


def test_how_much_of_a_thing_is_hidden() -> None:
    source = picture(400, 300)
    placed = at(PLATE, 400, 300, "bottom-right")
    x0, y0, x1, y1 = placed.box
    whole = (x0 / 400, y0 / 300, (x1 - x0) / 400, (y1 - y0) / 300)
    twice = (whole[0] - whole[2], whole[1], 2 * whole[2], whole[3])
    beside = (whole[0] - whole[2], whole[1], whole[2], whole[3])
    above = (whole[0], whole[1] - whole[3], whole[2], whole[3])
    for box, share in ((whole, 1.0), (twice, 0.5), (beside, 0.0), (above, 0.0), ((0.9, 0.95, 0.0, 0.01), 0.0)):
        assert visible._covered(replace(source, scene=thing(*box)), placed) == pytest.approx(share, abs=1e-6)
    assert visible._covered(source, placed) == 0.0


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_stamped_picture_shows_the_plate_and_nothing_else_changes(mode: str) -> None:
    source = picture(400, 300)
    placed = at(PLATE, 400, 300, "bottom-right")
    image = Image.fromarray(source.pixels).convert(mode)
    stamp(image, placed)
    x0, y0, x1, y1 = placed.box
    seen = np.asarray(image.convert("RGB")).astype(int)
    plate = np.asarray(drawn(PLATE))
    opaque = plate[..., 3] == 255
    assert np.abs(seen[y0:y1, x0:x1] - plate[..., :3])[opaque].max() <= 1
    outside = np.ones(seen.shape[:2], bool)
    outside[y0:y1, x0:x1] = False
    assert np.array_equal(seen[outside], source.pixels[outside])


def test_round_corners_do_not_mix_in_what_nobody_sees() -> None:
    clear = np.zeros((300, 400, 4), np.uint8)
    clear[..., 1] = 255  # green under an alpha of nothing
    image = Image.fromarray(clear)
    placed = at(PLATE, 400, 300, "bottom-right")
    stamp(image, placed)
    x0, y0, x1, y1 = placed.box
    seen, plate = np.asarray(image)[y0:y1, x0:x1].astype(int), np.asarray(drawn(PLATE)).astype(int)
    assert np.abs(seen[..., 3] - plate[..., 3]).max() <= 1
    half = (plate[..., 3] > 60) & (plate[..., 3] < 200)
    assert half.any()
    assert np.abs(seen - plate)[half].max() <= 4


def test_a_clear_picture_is_seen_over_its_ground() -> None:
    pixels = np.array([[[10, 20, 30, 255], [10, 20, 30, 0]]], np.uint8)
    assert flat(pixels, 200).tolist() == [[[10, 20, 30], [200, 200, 200]]]


def test_the_grounds_are_white_grey_and_black() -> None:
    assert (visible.WHITE, visible.MIDDLE, visible.BLACK) == (255, 128, 0)
    rgb = picture(70, 64).pixels
    assert flat(rgb, 0) is rgb


# --- measuring ------------------------------------------------------------------------------------


def test_the_law_asks_for_height_contrast_and_likeness_all_three() -> None:
    good = Measured(ink=10.0, required=10.0, contrast=4.5, likeness=0.8)
    assert good.keeps_the_law
    for less in ({"ink": 9.999}, {"required": 10.001}, {"contrast": 4.499}, {"likeness": 0.799}):
        assert not replace(good, **less).keeps_the_law


def reference(region: NDArray[np.uint8], plate: Plate) -> tuple[float, float, float]:
    """Ink, contrast and likeness, computed once more, glyph by glyph and row by row."""
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in range(256)]
    lights = np.array(linear)[region] @ np.array([0.2126, 0.7152, 0.0722])
    height, width = region.shape[:2]
    greys = region.astype(float) @ np.array([0.299, 0.587, 0.114])
    edge, first = plate.ring + 1, int(plate.glyphs[0].box[0])
    ground = float(np.median(greys[edge : height - edge, edge : edge + max(1, first - 2 * edge)]))
    inks, contrasts = [], []
    for glyph in plate.glyphs:
        x0, x1 = max(0, int(glyph.box[0])), int(glyph.box[2]) + 1
        y0, y1 = max(0, int(glyph.box[1]) - 2), min(height, int(glyph.box[3]) + 3)
        most = float(greys[y0:y1, x0:x1].max())
        rows = [y for y in range(y0, y1) if greys[y, x0:x1].max() > (ground + most) / 2]
        inks.append(rows[-1] - rows[0] + 1 if rows else 0)
        if len(rows) > 2:
            beside = range(plate.ring + 1, max(plate.ring + 2, first - 1))
            for y in range(rows[0] + 1, rows[-1]):
                dark = float(lights[y, list(beside)].max())
                bright = float(lights[y, x0 : min(x1, width)].max())
                contrasts.append((bright + 0.05) / (dark + 0.05))
        else:
            contrasts.append(0.0)
    expected = np.asarray(drawn(plate).convert("L"), float)
    corner = max(1, int(plate.radius))
    a = expected[plate.ring : -plate.ring, corner:-corner]
    b = greys[plate.ring : -plate.ring, corner:-corner]
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float(min(inks)), min(contrasts), float((a * b).sum()) / scale if scale else 0.0


def spoiled(plate: Plate, how: str) -> NDArray[np.uint8]:
    region = np.asarray(drawn(plate).convert("RGB")).copy()
    rng = np.random.default_rng(5)
    x0, y0, x1, y1 = (int(v) for v in plate.glyphs[-1].box)
    if how == "noisy":
        region = np.clip(region + rng.normal(0, 25, region.shape), 0, 255).astype(np.uint8)
    elif how == "one row faint":
        row = (y0 + y1) // 2
        region[row] = region[row] // 2 + np.array((84, 26, 16), np.uint8)
    elif how == "last glyph gone":
        region[y0 - 3 : y1 + 3, x0 - 2 : x1 + 2] = region[plate.ring + 3, plate.ring + 3]
    elif how == "feet cut":
        region[y1 - 2 :, plate.ring :] = region[plate.ring + 3, plate.ring + 3]
    elif how == "left side light":
        region[plate.height // 2 : plate.height // 2 + 2, : int(plate.glyphs[0].box[0])] = 200
    elif how == "blank":
        region[:] = 90
    return region


HOW = ["as drawn", "noisy", "one row faint", "last glyph gone", "feet cut", "left side light", "blank"]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(("side", "language"), [(64, "zh"), (100, "en"), (300, "zh"), (240, "en")])
def test_a_measurement_agrees_with_one_made_by_hand(side: int, language: Language, how: str) -> None:
    plate = layout(side, side, language)
    region = spoiled(plate, how)
    found = measure(region, plate)
    high, contrast, like = reference(region, plate)
    assert found.ink == high
    assert found.required == plate.required
    assert found.contrast == pytest.approx(contrast, rel=1e-4)
    assert found.likeness == pytest.approx(like, abs=1e-4)
    assert found.keeps_the_law is (high >= plate.required and contrast >= 4.5 and like >= 0.8)


@pytest.mark.parametrize("seed", range(150))
def test_a_measurement_of_anything_agrees_with_one_made_by_hand(seed: int) -> None:
    """Bands and grain of any lightness, where a row more or less, or a column beside, changes the answer."""
    rng = np.random.default_rng(seed)
    plate = layout(*([64, 64], [64, 64], [300, 400], [520, 512])[seed % 4], ("zh", "en")[seed // 4 % 2])  # type: ignore[arg-type]
    bands = rng.integers(0, 200, (plate.height, 1, 1)) + rng.integers(0, 30, (1, plate.width, 1))
    region = (bands + rng.integers(0, 25, (plate.height, plate.width, 3))).astype(np.uint8)
    found = measure(region, plate)
    high, contrast, like = reference(region, plate)
    assert found.ink == high
    assert found.contrast == pytest.approx(contrast, rel=1e-4)
    assert found.likeness == pytest.approx(like, abs=1e-4)


@pytest.mark.parametrize("rows", range(6))
def test_ink_of_two_rows_has_no_contrast_that_could_be_measured(rows: int) -> None:
    plate = layout(300, 300, "zh")
    region = np.full((plate.height, plate.width, 3), (60, 10, 10), np.uint8)
    middle = plate.height // 2
    region[middle : middle + rows, int(plate.glyphs[0].box[0]) :] = 255
    found = measure(region, plate)
    assert found.ink == rows
    assert (found.contrast > 10) is (rows > 2)
    assert not found.keeps_the_law


def test_likeness_of_nothing_is_nothing() -> None:
    plate = layout(200, 200, "zh")
    assert likeness(np.full((plate.height, plate.width), 7, np.float32), plate) == 0.0
    same = np.asarray(drawn(plate).convert("L"), dtype=np.float32)
    assert likeness(same, plate) == pytest.approx(1, abs=1e-5)
    assert likeness(255 - same, plate) == pytest.approx(-1, abs=1e-5)


def test_wcag_relative_luminance_of_every_grey() -> None:
    for code in range(256):
        share = code / 255
        wanted = share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        assert measuring._LINEAR[code] == pytest.approx(wanted, rel=1e-5)
    white = measuring._luminance(np.array([[[255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8))
    assert white[0].tolist() == pytest.approx([1.0, 0.2126, 0.7152, 0.0722], rel=1e-5)


@pytest.mark.parametrize("share", [0.0, *EDGE_SHARES])
def test_on_what_is_cut_the_seal_is_found_inside_the_safe_zone_when_the_page_is_drawn_smaller(share: float) -> None:
    source = picture(600, 820)
    image = Image.fromarray(source.pixels)
    placed = place(replace(source, margin=round(share * 600)), "zh")
    stamp(image, placed)
    smaller = image.resize((430, 588), Image.Resampling.BOX)
    seen = recognise(smaller, monotonic() + 60)
    assert seen is not None
    assert (seen.corner, seen.measured) == (placed.corner, None)
    assert recognise(Image.fromarray(source.pixels).resize((430, 588)), monotonic() + 60) is None
