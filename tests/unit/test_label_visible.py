"""The visible mark, measured on decoded files by code that shares nothing with the room's own measuring."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.fakes.pictures import BACKGROUNDS, drawing, mark, picture

from pingxing.errors import LabelFailed
from pingxing.label import seal
from pingxing.label.measure import measure
from pingxing.label.plate import layout, wording
from pingxing.label.visible import place
from pingxing.types import Format, Language, Picture, Scene, SceneObject

SIZES = [(64, 64), (64, 80), (65, 640), (640, 65), (100, 100), (127, 255), (256, 256), (333, 512), (512, 512)]
LARGE = [(1024, 1024), (1920, 192), (150, 1500)]


def decoded(data: bytes) -> NDArray[np.uint8]:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def changed_box(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Where the file differs from the picture: the plate's rows and columns."""
    different = (before != after).any(axis=2)
    rows, columns = np.flatnonzero(different.any(axis=1)), np.flatnonzero(different.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def runs(line: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def glyph_boxes(plate: NDArray[np.uint8]) -> list[tuple[int, int, int, int]]:
    """Boxes of what is nearer to paper than to the plate's red, away from the paper ring: lines, then gaps."""
    light = plate[..., 1].astype(int) > 140  # green parts paper (248) from vermilion (52, 37)
    ring = max(2, plate.shape[0] // 10)
    inside = light[ring:-ring, ring:-ring]
    boxes = []
    for top, bottom in runs(inside.any(axis=1)):
        for left, right in runs(inside[top:bottom].any(axis=0)):
            rows = np.flatnonzero(inside[top:bottom, left:right].any(axis=1))
            if len(rows) and bottom - top > 2:
                boxes.append((left + ring, top + int(rows[0]) + ring, right + ring, top + int(rows[-1]) + 1 + ring))
    return boxes


def luminance(colours: NDArray[np.floating]) -> NDArray[np.floating]:
    c = np.asarray(colours) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("width", "height"), SIZES + LARGE)
def test_gb45438_image_glyph_height_at_least_5_percent(width: int, height: int, language: Language) -> None:
    source = picture(width, height, "white")
    output = decoded(seal(source, Format.PNG, mark(language)))
    x0, y0, x1, y1 = changed_box(source.pixels, output)
    boxes = glyph_boxes(output[y0:y1, x0:x1])
    assert len(boxes) >= (3 if language == "zh" else 2)
    lowest = min(bottom - top for _, top, _, bottom in boxes)
    assert lowest >= 0.05 * min(width, height)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("width", "height"), [(8192, 8192), (8192, 820), (820, 8192), (4096, 3000)])
def test_gb45438_image_glyph_height_holds_up_to_8192(width: int, height: int, language: Language) -> None:
    """Laid out without drawing 67 million pixels; the drawn table above shows that layout is what is drawn."""
    plate = layout(width, height, language)
    assert min(bottom - top for _, top, _, bottom in (g.box for g in plate.glyphs)) >= 0.0505 * min(width, height)
    assert plate.width <= width
    assert plate.height <= height


@pytest.mark.parametrize("format", [Format.PNG, Format.JPEG, Format.WEBP])
@pytest.mark.parametrize("background", BACKGROUNDS)
def test_contrast_at_least_4_5_to_1_on_any_background(background: str, format: Format) -> None:
    for language, side in (("zh", 64), ("en", 64), ("en", 200), ("zh", 420)):
        source = picture(side, side, background)
        placed = place(source, language)
        output = decoded(seal(source, format, mark(language)))
        x0, y0, x1, y1 = placed.box
        plate = output[y0:y1, x0:x1].astype(float)
        glyph = placed.plate.glyphs[0]
        top, bottom = int(glyph.box[1]) + 1, int(glyph.box[3]) - 1
        beside = plate[top:bottom, placed.plate.ring + 1 : int(glyph.box[0]) - 1]
        ground = luminance(beside).max()
        words = plate[top:bottom, int(glyph.box[0]) : int(placed.plate.glyphs[-1].box[2])]
        assert len(words) > 3
        assert ((luminance(words).max(axis=1) + 0.05) / (ground + 0.05)).min() >= 4.5


def test_the_wording_holds_what_the_law_names() -> None:
    assert wording("zh") == "AI生成"
    assert wording("en") == "AI generated"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("width", "height"), [(w, h) for w in (64, 65, 90, 640, 8192) for h in (64, 99, 640, 8192)])
def test_the_plate_always_fits_inside_the_picture(width: int, height: int, language: Language) -> None:
    blank = Picture(width, height, np.broadcast_to(np.uint8(128), (height, width, 3)))
    x0, y0, x1, y1 = place(blank, language).box
    assert 0 <= x0 < x1 <= width
    assert 0 <= y0 < y1 <= height


def test_the_calmest_corner_is_taken() -> None:
    source = picture(400, 400, "white")
    pixels = source.pixels.copy()
    pixels[200:] = picture(400, 200, "noise").pixels
    assert place(Picture(400, 400, pixels), "zh").corner == "top-right"
    assert place(source, "zh").corner == "bottom-right"


def test_a_named_thing_of_the_scene_is_not_covered_where_another_corner_is_free() -> None:
    source = picture(400, 400, "white")
    thing = SceneObject("1F408", "cat", "猫", "cat", ((0, 3),), None, (0.75, 0.75, 0.25, 0.25), 0)
    scene = Scene("plain", "day", "clear", "flat", (), (thing,))
    assert place(Picture(400, 400, source.pixels, scene=scene), "zh").corner == "bottom-left"


def test_svg_and_png_show_the_same_seal() -> None:
    source = drawing(320, 240)
    placed = place(source, "zh")
    import resvg_py

    svg = seal(source, Format.SVG, mark()).decode()
    drawn = decoded(bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)))
    x0, y0, x1, y1 = placed.box
    assert measure(drawn[y0:y1, x0:x1], placed.plate).keeps_the_law


@pytest.mark.parametrize("spoil", ["erased", "shrunk", "faint"])
def test_measuring_sees_what_is_wrong(spoil: str) -> None:
    source = picture(512, 512, "white")
    placed = place(source, "zh")
    x0, y0, x1, y1 = placed.box
    region = decoded(seal(source, Format.PNG, mark()))[y0:y1, x0:x1].copy()
    assert measure(region, placed.plate).keeps_the_law
    if spoil == "erased":
        region[:] = (169, 52, 33)
    elif spoil == "shrunk":
        half = Image.fromarray(region).resize((region.shape[1] // 2, region.shape[0] // 2))
        region[:] = (169, 52, 33)
        region[: half.height, : half.width] = np.asarray(half)
    else:
        region[:] = (region.astype(int) + 3 * np.array((169, 52, 33))) // 4
    assert not measure(region, placed.plate).keeps_the_law


@pytest.mark.parametrize("format", list(Format))
def test_nothing_leaves_whose_mark_cannot_be_measured(format: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pingxing.label.writing.stamp", lambda image, placed: None)
    monkeypatch.setattr("pingxing.label.visible.Placed.svg", lambda self: "<g/>")
    with pytest.raises(LabelFailed) as failed:
        seal(drawing(200, 150), format, mark())
    assert failed.value.params == {"part": "visible"}


@pytest.mark.parametrize("format", list(Format))
def test_nothing_leaves_whose_mark_is_too_small(format: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    from pingxing.label import plate

    plate.layout.cache_clear()
    monkeypatch.setattr(plate, "_AIM_SHARE", 0.045)
    with pytest.raises(LabelFailed) as failed:
        seal(drawing(640, 600), format, mark("en"))
    plate.layout.cache_clear()
    assert failed.value.params == {"part": "visible"}
