"""What a painter paints, laid on goods, nails, cloth and paper by the engine that draws; its words set by it."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from io import BytesIO
from threading import Event

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError
from tests.fakes.brush import SIDE, Brush

from pingxing.engine import cutting
from pingxing.engine.backends.scene import SceneBackend
from pingxing.engine.backends.scene.painted import palette_of
from pingxing.engine.backends.scene.render import RenderPool
from pingxing.engine.registry import Registry
from pingxing.engine.scheduler import Scheduler
from pingxing.errors import InvalidRequest
from pingxing.makers import formats, nails, patterns, prints
from pingxing.types import Format, Picture, Repeat, Request, Sheet

pytest.importorskip("cv2")
CARD = Sheet(good="card", width_mm=60, height_mm=84, wrap=True, bleed_mm=3, safe_mm=5)
POSTER = Sheet(good="poster", width_mm=60, height_mm=80, bleed_mm=3, safe_mm=5)


@pytest.fixture(scope="module")
def house():
    scene, brush = SceneBackend(RenderPool(1)), Brush()
    registry = Registry({"scene": lambda: scene, "brush": lambda: brush}, "scene")
    scheduler = Scheduler(registry)
    yield registry, scheduler, brush
    scheduler.close()
    registry.close()


def painted(house, **members):
    registry, scheduler, _ = house
    asked = Request(model="brush", **({"prompt": "a fox", "seed": 1} | members))
    complete = registry.complete(asked, lambda _: 0)
    (picture,) = scheduler.run(complete, lambda *_: None, Event())
    return picture


def within(svg: str) -> np.ndarray:
    """The pixels of the one <image> of a document."""
    (data,) = re.findall(r'href="data:image/png;base64,([^"]+)"', svg)
    return np.asarray(Image.open(BytesIO(base64.b64decode(data))))


def test_a_print_bleeds_by_mirrored_edges_and_is_pixels_at_their_true_size(house):
    made = painted(house, width=330, height=430, format=Format.PDF, sheet=POSTER)
    assert made.sheet == POSTER
    assert made.scene is None
    inner = within(made.svg)
    assert inner.shape[1] - SIDE * 60 / (60 * 80) ** 0.5 == pytest.approx(2 * 3 / 60 * inner.shape[1], abs=9)
    across = (inner.shape[1] - 2 * (reach := 6)) and reach
    height, width = inner.shape[:2]
    bleed = round(3 / 66 * width)
    assert (inner[height // 2, bleed - 3] == inner[height // 2, bleed + 2]).all() or across  # a mirror at the cut
    left = re.search(r'<image x="([-\d.]+)"[^>]* width="([-\d.]+)"', made.svg)
    x, wide = float(left[1]), float(left[2])
    assert x <= 0.5  # units are tenths of a millimetre: the bleed is covered
    assert x + wide >= 660 - 0.5


def test_file_mock_up_and_proof_show_one_painting(house):
    asked = house[2].asked
    asked.clear()
    for view, size in (("print", (330, 430)), ("mockup", (200, 200)), ("proof", (300, 200))):
        told = painted(house, width=size[0], height=size[1], sheet=POSTER.model_copy(update={"view": view}))
        assert (told.width, told.height) == size
    assert len({request.model_dump_json() for request in asked}) == 1
    assert asked[0].width / asked[0].height == pytest.approx(60 / 80, rel=0.05)


def test_a_folded_card_has_its_picture_in_front_and_paper_behind(house):
    pixels = painted(house, width=252, height=180, sheet=CARD).pixels
    assert (pixels[90, 20] > 230).all()
    assert pixels[90, 190].min() < 200
    with pytest.raises(InvalidRequest) as caught:
        painted(house, width=252, height=180, sheet=CARD.model_copy(update={"title": "🦊"}))
    assert caught.value.reason == "not_writable"


def test_on_cloth_the_thing_stands_alone(house):
    shirt = Sheet(good="shirt", width_mm=305, height_mm=406, view="mockup")
    made = painted(house, prompt="a fox on a plain white background", width=200, height=200, sheet=shirt)
    # Below the collar is the print; beside it the shirt is white, and not the painting's ground.
    assert made.pixels[78:100, 90:110, 2].astype(int).max() > made.pixels[78:100, 90:110, 0].astype(int).min() + 30
    assert (made.pixels[160, 60:70] > 200).all()


@pytest.mark.parametrize("view", ["fabric", "wrapping"])
def test_a_tile_is_shown_on_cloth_and_paper_and_repeats_nothing(house, view):
    tile = Repeat(view=view, width_mm=60, height_mm=60)
    made = painted(house, width=120, height=120, repeat=tile)
    assert not made.repeats
    drawn = house[0].complete(Request(prompt="lemons", width=120, height=120, seed=1, repeat=tile), lambda _: 0)
    (scene,) = house[1].run(drawn, lambda *_: None, Event())
    assert not scene.repeats
    assert made.pixels.shape == scene.pixels.shape == (120, 120, 3)
    assert (made.pixels[60, 60] != scene.pixels[60, 60]).any()


@pytest.mark.parametrize("design", ["motifs", "continuous"])
def test_nails_bear_the_painting(house, design):
    order = nails.Order("a fox", design=design, tips=False)
    key, wish = next(one for one in nails.plan(order, paints=True) if one[0].role == "hand")
    assert key.name == "hand-left.png"
    made = painted(house, **{name: getattr(wish, name) for name in ("prompt", "nails")}, width=200, height=200)
    assert made.pixels.shape == (200, 200, 3)
    assert house[2].asked[-1].width >= house[2].asked[-1].height * (2 if design == "continuous" else 1)


def test_words_stand_over_a_sticker_on_a_white_edge(house):
    plain = {"prompt": "a fox on a plain white background", "width": 240, "height": 240, "transparent": True}
    silent, said = painted(house, **plain), painted(house, **plain, caption="早上好")
    assert said.pixels.shape == (240, 240, 4)
    head = said.pixels[: round(0.2 * 240)]
    ink = (head[..., 3] > 250) & (head[..., 0] < 160)
    assert ink.any()
    rows, columns = np.nonzero(ink)
    assert (said.pixels[rows.min() - 2, columns[rows.argmin()], :3] > 200).all()
    below = said.pixels[60:, :, 3] > 128
    assert 0.3 < below.sum() / (silent.pixels[..., 3] > 128).sum() < 0.9  # it made room
    assert house[2].asked[-1].caption == ""


def test_captions_are_read_by_the_rules_and_set_only_where_they_can_be(house):
    wish = Request(prompt="a fox", model="brush", width=240, height=240, transparent=True, caption="hello")
    assert house[0].texts(wish) == ("a fox", "hello", "hello\na fox")
    for broken in ({"caption": "hello"}, {"caption": " ", "transparent": True}, {"caption": "x" * 25}):
        with pytest.raises(ValidationError):
            Request(prompt="a fox", **broken)
    for refused in (wish.model_copy(update={"model": "scene"}), wish.model_copy(update={"caption": "🦊"})):
        with pytest.raises(InvalidRequest):
            house[0].complete(refused, lambda _: 0)
    alone = Registry({"brush": Brush}, "brush")
    with pytest.raises(InvalidRequest):  # nobody here sets words
        alone.complete(wish, lambda _: 0)


def test_a_painter_s_orders_are_planned_in_words_and_enlarged():
    shirt = formats.platform("t-shirt-amazon")
    (_, printed), (_, shown) = prints.plan(prints.Order("一只猫", (shirt,), mockup=True), paints=True)
    assert "纯白背景" in printed.prompt == shown.prompt
    assert printed.enlarge
    card = Brush().model
    assert cutting.drawn(printed, card).width == cutting.drawn(shown, card).width == SIDE
    tiles = patterns.plan(patterns.Order("cats", mockup=True, colourways=("sea",)), vector=True, paints=True)
    assert [key.name for key, _ in tiles] == [
        "pattern.png", "pattern.svg", "pattern-fabric.png", "pattern-wrapping.png",
        "pattern-sea.png", "pattern-sea.svg", "pattern-sea-fabric.png", "pattern-sea-wrapping.png",
    ]  # fmt: skip
    assert all(request.enlarge for _, request in tiles)


def test_the_colours_of_a_painting_are_those_that_most_of_it_has():
    pixels = np.full((100, 100, 3), (200, 30, 40), np.uint8)
    pixels[:30] = (10, 20, 250)
    assert palette_of(pixels)[:2] == ("#c81e28", "#0a14fa")
    assert palette_of(np.zeros((4, 4, 4), np.uint8)) == ()


@pytest.mark.parametrize(
    "asked",
    [
        {"width": 1206, "height": 2622, "enlarge": True},
        {"width": 750, "height": 400, "enlarge": True},
        {"width": 300, "height": 200, "enlarge": True, "repeat": Repeat()},
        {"width": 1400, "height": 1400, "repeat": Repeat(view="fabric", width_mm=100, height_mm=60)},
        {"width": 330, "height": 430, "sheet": POSTER},
    ],
)
def test_who_paints_squares_alone_is_asked_for_squares_and_what_is_wanted_is_cut_from_them(house, asked):
    card = replace(house[2].model, simple=True)
    wish = Request(prompt="a fox", model="brush", seed=1, **asked)
    told = cutting.drawn(wish, card)
    assert (told.width, told.height) == (card.usual_side, card.usual_side)
    if wish.enlarge:
        assert cutting.scale(wish, card) == max(wish.width, wish.height) / card.usual_side
    side = card.usual_side
    rows, columns = np.mgrid[:side, :side].astype(np.uint8)
    made = Picture(side, side, np.dstack([rows, columns, np.zeros((side, side), np.uint8)]))
    laid = cutting.painting(made, wish) if wish.sheet or not wish.enlarge else cutting.finished(made, wish)
    ratio = 60 / 80 if wish.sheet else 100 / 60 if not wish.enlarge else wish.width / wish.height
    assert laid.width / laid.height == pytest.approx(ratio, rel=0.02)
    shares = (min(1.0, ratio), min(1.0, 1 / ratio))  # a square's, that are left
    seen = np.ptp(laid.pixels[..., 1]) / side, np.ptp(laid.pixels[..., 0]) / side
    assert seen == pytest.approx(shares, abs=0.06)  # from the middle, and nothing is stretched
