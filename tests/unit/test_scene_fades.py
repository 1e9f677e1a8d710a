"""Shapes cut to where their gradients can be seen: the same pixels for less work."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pingxing.engine.backends.scene import worker
from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.tone import lean

SIDE = 160
LARGE_SIDE = 256  # pixels from which shapes are worth strips
STEP = 1.2  # half a strip's step of colour, in 256ths, which nobody sees
STOPS = '<stop stop-color="#f00"/><stop offset="1" stop-color="#f00" stop-opacity="0"/>'
SHAPE = "M4 4h20a4 4 0 0 1 4 4c0 8-2 12-8 18s-14 2-16-2-4-12 0-20z"


def pixels(markup: str, side: int = SIDE) -> NDArray[np.int64]:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" viewBox="0 0 32 32">'
    found = np.asarray(worker.render(f"{head}{markup}</svg>", side, side, "RGBA"), np.int64)
    return found * found[..., 3:] // 255  # what is clear has no colour


def assert_alike(one: str, other: str, side: int = SIDE, mean: float = 0.2, edge: int = 64) -> None:
    """The same but for the grain of the renderer's edges, which it samples four times a pixel."""
    away = np.abs(pixels(one, side) - pixels(other, side)).max(axis=2)
    assert away.mean() < mean
    assert (away > 16).sum() <= edge
    assert away.max() <= max(64, edge // 2)


def radial(transform: str) -> str:
    return (
        f'<defs><radialGradient id="a" cx="0" cy="0" r="1" gradientTransform="{transform}" '
        f'gradientUnits="userSpaceOnUse">{STOPS}</radialGradient></defs><path d="{SHAPE}" fill="url(#a)"/>'
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(4, 28), st.integers(4, 28), st.integers(2, 14), st.integers(2, 14), st.integers(0, 180))
def test_round_light_keeps_its_pixels(x: int, y: int, wide: int, tall: int, turn: int) -> None:
    markup = radial(f"rotate({turn} {x / 2} {y}) translate({x} {y}) scale({wide} {tall})")
    assert_alike(markup, worker.faded(markup))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 31), st.integers(0, 31), st.integers(0, 31), st.integers(0, 31), st.booleans())
def test_straight_light_keeps_its_pixels(x1: int, y1: int, x2: int, y2: int, first: bool) -> None:
    if abs(x1 - x2) + abs(y1 - y2) < 3:
        return
    stops = STOPS
    if first:
        stops = '<stop stop-color="#f00" stop-opacity="0"/><stop offset=".7" stop-color="#f00"/>'
    markup = (
        f'<defs><linearGradient id="a" x1="{x1}" x2="{x2}" y1="{y1}" y2="{y2}" gradientUnits="userSpaceOnUse">'
        f'{stops}</linearGradient></defs><path d="{SHAPE}" fill="url(#a)"/>'
    )
    assert_alike(markup, worker.faded(markup))


def test_much_is_saved_on_the_art() -> None:
    art = shipped()
    icon = art.find("3d", "1F418")
    assert icon is not None
    body = lean(art.body(icon)).replace("~", "m")
    cut = worker.faded(body)
    changed = [a != b for a, b in zip(worker._TAG.findall(body), worker._TAG.findall(cut), strict=True)]
    assert len(changed) > 30
    assert cut.count("<path") == body.count("<path")
    assert_alike(body, cut)
    assert sum(len(found) for found in worker._D.findall(cut)) != sum(len(found) for found in worker._D.findall(body))


@pytest.mark.parametrize(
    "markup",
    [
        radial("skewX(20)"),
        radial("translate(9 9) scale(5)").replace(STOPS, STOPS.replace('stop-opacity="0"', 'stop-opacity=".2"')),
        radial("translate(9 9) scale(5)").replace('fill="url(#a)"', 'fill="url(#a)" stroke="#000"'),
        radial("translate(9 9) scale(5)").replace(SHAPE, "M4 4q4 4 8 8t4 4z"),
        radial("translate(9 9) scale(5)").replace(SHAPE, "L4 4h4z"),
        radial("translate(9 9) scale(5)").replace(SHAPE, "M4 4a4 4 0 2 1 8 8z"),
    ],
)
def test_what_is_not_understood_stays(markup: str) -> None:
    assert worker.faded(markup) == markup


def test_a_shape_beyond_its_light_is_empty() -> None:
    cut = worker.faded(radial("translate(200 200) scale(5)"))
    assert 'd="M0 0"' in cut
    assert pixels(cut).max() == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 31), st.integers(0, 31), st.integers(0, 31), st.integers(0, 31), st.booleans(), st.booleans())
def test_strips_keep_the_pixels_of_an_opaque_gradient(
    x1: int, y1: int, x2: int, y2: int, box: bool, bend: bool
) -> None:
    if abs(x1 - x2) + abs(y1 - y2) < 3:
        return
    where = f'id="s1" x1="{x1}" x2="{x2}" y1="{y1}" y2="{y2}" gradientUnits="userSpaceOnUse"'
    if box:
        where = 'id="s1" x1="0" y1="0" x2="0" y2="1"'
    stops = '<stop offset="0" stop-color="#f2d04a"/><stop offset="1" stop-color="#2a6e8f"/>'
    shape = SHAPE if bend else "M2 2H30Q30 30 16 28T2 2Z".replace("T2 2", "Q4 20 2 2")
    markup = f'<defs><linearGradient {where}>{stops}</linearGradient></defs><path d="{shape}" fill="url(#s1)"/>'
    cut = worker.ramped(markup, LARGE_SIDE / 32)
    if box:
        assert "url(#s1)" not in cut.partition("</defs>")[2]
    assert_alike(
        markup, cut, LARGE_SIDE, STEP, LARGE_SIDE
    )  # edges are a quarter of a pixel fuller where strips overlap


def test_an_outlined_shape_keeps_its_one_outline() -> None:
    stops = '<stop offset="0" stop-color="#fff"/><stop offset="1" stop-color="#222"/>'
    markup = (
        f'<defs><linearGradient id="s1" x1="0" y1="0" x2="0" y2="1">{stops}</linearGradient></defs>'
        f'<g id="slayer-ground" data-name="ground"><g stroke="#c00" stroke-width="1" stroke-linejoin="round">'
        f'<path d="{SHAPE}" fill="url(#s1)"/></g></g>'
    )
    cut = worker.ramped(markup, LARGE_SIDE / 32)
    assert cut != markup
    assert_alike(
        markup, cut, LARGE_SIDE, STEP, LARGE_SIDE
    )  # edges are a quarter of a pixel fuller where strips overlap


def test_light_on_an_outlined_thing_is_cut_and_its_outline_is_not() -> None:
    markup = radial("translate(10 12) scale(6 4)").replace("<defs>", '<defs><g id="s9">').replace("</defs>", "", 1)
    markup += '</g></defs><g transform="translate(0 0) scale(1 1)" stroke="#c00" stroke-width="1"><use href="#s9"/></g>'
    cut = worker.faded(markup)
    assert cut != markup
    assert_alike(markup, cut)
