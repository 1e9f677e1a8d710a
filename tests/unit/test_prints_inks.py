"""What a press makes of colours, pictures bent onto things, and what the rules read of a title."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.mockups import SIDE, mounted
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.printing import on_sheet
from pingxing.engine.backends.scene.styles import DEFAULT, STYLES
from pingxing.engine.backends.scene.warp import _laid, _projected, _sampled
from pingxing.engine.inks import FAMILIES, duller, printed
from pingxing.engine.registry import Registry
from pingxing.sheets import GOODS, Sheet
from pingxing.types import Request


def one(colour):
    return np.array([[[int(colour[at : at + 2], 16) for at in (1, 3, 5)]]], np.uint8)


@pytest.mark.parametrize("colour", ["#ffffff", "#000000", "#808080", "#cc4433", "#2f7d6b", "#e8d5b0"])
def test_what_a_press_reaches_stays_as_it_is(colour):
    assert np.abs(printed(one(colour)).astype(int) - one(colour)).max() <= 3
    assert duller(one(colour)) == ()


@pytest.mark.parametrize(
    ("colour", "family"),
    [("#0000ff", "blue"), ("#00ff00", "green"), ("#00ffff", "teal"), ("#ff00ff", "pink"), ("#ff7f00", "orange"),
     ("#ff0000", "red"), ("#ffff00", "yellow")],
)  # fmt: skip
def test_a_screen_s_purest_colours_print_duller_and_are_named(colour, family):
    (told,) = duller(one(colour))
    assert (told.family, told.share, told.before) == (family, 1.0, colour)
    after = printed(one(colour))[0, 0].astype(int)
    assert np.ptp(after) < 255  # less pure than on the screen


def test_the_blue_of_screens_is_told_by_its_part_and_what_is_clear_does_not_count():
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[:50] = (0, 0, 255, 255)
    pixels[50:75] = (128, 128, 128, 255)
    (told,) = duller(pixels)
    assert told.family == "blue"
    assert told.share == pytest.approx(2 / 3, abs=0.02)
    assert duller(np.zeros((8, 8, 4), np.uint8)) == ()


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_every_colour_has_a_print_and_printing_it_again_changes_little(colour):
    pixels = np.array([[colour]], np.uint8)
    once = printed(pixels)
    assert np.abs(printed(once).astype(int) - once).max() <= 32
    assert {told.family for told in duller(pixels)} <= set(FAMILIES)


# --- bent and turned -----------------------------------------------------------------------------


def test_a_picture_on_its_own_corners_is_itself_and_clear_beyond_them():
    art = np.random.default_rng(1).integers(0, 256, (20, 30, 3)).astype(np.uint8)
    source = _projected(((0, 0), (30, 0), (30, 20), (0, 20)))
    x, y = np.meshgrid(np.arange(-1, 31) + 0.5, np.arange(-1, 21) + 0.5)
    laid = _sampled(art, *source(x, y))
    assert np.abs(laid[1:-1, 1:-1, :3].astype(int) - art).max() <= 1
    assert laid[0, :, 3].max() == laid[:, 0, 3].max() == laid[-1, :, 3].max() == 0


def test_corners_in_perspective_carry_the_picture_s_corners():
    corners = ((10.0, 20.0), (90.0, 5.0), (85.0, 95.0), (12.0, 80.0))
    source = _projected(corners)
    for (x, y), wanted in zip(corners, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True):
        found = source(np.array([x]), np.array([y]))
        assert (found[0][0], found[1][0]) == pytest.approx(wanted, abs=1e-9)
    assert _laid(np.zeros((4, 4, 3), np.uint8), corners, source).startswith("<image ")


@pytest.mark.parametrize("good", GOODS)
def test_every_good_has_a_mock_up_and_its_definitions_are_named_once(good):
    drawn = []

    def draw(drawings):
        drawn.extend(drawings)
        return [np.full((d.height, d.width, 4 if d.alpha else 3), 200, np.uint8) for d in drawings]

    sheet = Sheet(good=good, view="mockup", width_mm=100, height_mm=150, wrap=good in ("book", "card"),
                  spine_mm=8.0 if good == "book" else 0.0)  # fmt: skip
    plan = parse("a fox", "")
    made = mounted(on_sheet(plan, sheet, 3, STYLES[DEFAULT], shipped()), sheet, draw)
    assert (made.width, made.height, made.scene.transparent) == (SIDE, SIDE, False)
    names = [part.split('"')[0] for part in made.markup.split(' id="')[1:]]
    assert len(names) == len(set(names))
    used = {part.split(")")[0] for part in made.markup.split("url(#")[1:]}
    assert used <= set(names)
    assert ("<image" in made.markup) is (good in ("mug", "card", "book"))
    assert bool(drawn) is (good in ("mug", "card", "book"))


def test_the_rules_read_a_title_by_itself_and_with_the_wish():
    house = SimpleNamespace(backend=lambda name: None, default="scene")
    sheet = Sheet(good="book", width_mm=100, height_mm=150, wrap=True, title="one", author="two")
    assert Registry.texts(house, Request(prompt="a fox", sheet=sheet)) == ("a fox", "one", "two", "one\ntwo\na fox")
