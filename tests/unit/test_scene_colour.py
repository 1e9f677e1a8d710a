"""Recolouring: the asked colour is measured in the pixels, shading and dark details stay."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.colour import chroma, hue, oklab
from pingxing.engine.backends.scene.figure import Figures, icon_for, near
from pingxing.engine.backends.scene.render import Drawing, RenderPool
from pingxing.engine.backends.scene.styles import STYLES
from pingxing.engine.backends.scene.svg import Sheet
from pingxing.engine.backends.scene.words import concept_of

THINGS = "🐈🐕🐇🐘🦊🐎🐄🐖🐑🐓🦆🐟🐬🐢🦋🐸🍎🍌🍐🍓🥕🌷🌹🌻🌳🚗🚌🚲🚀⛵🎈🎁☂👕👗🎩👜🏠🪑🫖"
COLOURS = {
    "red": "#e0342f", "orange": "#f58a1f", "yellow": "#f8cf2c", "green": "#3fae49", "blue": "#2f6fe0",
    "purple": "#8a4fd0", "pink": "#f584b4", "brown": "#8b5a34", "white": "#fafafa", "black": "#26262b",
    "grey": "#9a9da3", "navy": "#1d3a7a",
}  # fmt: skip
SIDE = 56
NEAR = 0.17  # OKLab distance between the asked colour and the mean of what was recoloured
TURN = 24.0  # degrees of hue between them


@pytest.fixture(scope="module")
def pool() -> Iterator[RenderPool]:
    one = RenderPool(1)
    yield one
    one.close()


def drawing(thing: str, colour: str | None) -> Drawing:
    sheet = Sheet("s")
    figures = Figures(sheet, shipped(), STYLES["classic"], {})
    icon = icon_for(shipped(), STYLES["classic"], concept_of(thing))
    assert icon is not None, thing
    sheet.layer("things").append(
        figures.draw(icon, (0, 0, 100, 100), colour=colour, light=None, flip=False, title=thing)
    )
    return Drawing('<rect width="100" height="100" fill="#00ff88"/>' + sheet.markup(), (0, 0, 100, 100), SIDE, SIDE)


@cache
def lab_of(colour: tuple[int, ...]) -> tuple[float, float, float]:
    return oklab("#{:02x}{:02x}{:02x}".format(*colour))


def mean_lab(pixels: NDArray[np.uint8]) -> tuple[float, float, float]:
    labs = np.array([lab_of(tuple(pixel)) for pixel in pixels.tolist()])
    mean = np.median(labs, axis=0)
    return float(mean[0]), float(mean[1]), float(mean[2])


@pytest.mark.parametrize("name", COLOURS)
def test_the_asked_colour_is_in_the_pixels(name: str, pool: RenderPool) -> None:
    asked = COLOURS[name]
    goal, wrong, measured = oklab(asked), [], 0
    plain = pool.draw([drawing(thing, None) for thing in THINGS])
    dyed = pool.draw([drawing(thing, asked) for thing in THINGS])
    for thing, before, after in zip(THINGS, plain, dyed, strict=True):
        icon = icon_for(shipped(), STYLES["classic"], concept_of(thing))
        assert icon is not None
        changed = np.abs(before.astype(int) - after).max(axis=2) > 20
        if near(icon, asked) or changed.mean() < 0.04:
            continue
        measured += 1
        lab = mean_lab(after[changed])
        away = math.dist(lab, goal)
        turn = abs((hue(lab) - hue(goal) + math.pi) % math.tau - math.pi)
        if away > NEAR or (chroma(goal) > 0.05 and math.degrees(turn) > TURN):
            wrong.append((thing, round(away, 3), round(math.degrees(turn))))
    assert measured >= 30
    assert len(wrong) <= 2, wrong


@pytest.mark.parametrize("thing", ["🐈", "🐘", "🍎", "🚗", "👕"])
def test_shading_survives(thing: str, pool: RenderPool) -> None:
    before, after = pool.draw([drawing(thing, None), drawing(thing, COLOURS["blue"])])
    changed = np.abs(before.astype(int) - after).max(axis=2) > 20
    assert len({tuple(p) for p in after[changed].tolist()}) > 8
    light = [lab_of(tuple(p))[0] for p in after[changed].tolist()]
    assert np.percentile(light, 95) - np.percentile(light, 5) > 0.05


def test_eyes_stay_on_a_black_cat(pool: RenderPool) -> None:
    (black,) = pool.draw([drawing("🐈", COLOURS["black"])])
    bright = black.astype(int).min(axis=2) > 150
    assert 2 <= bright.sum() < 400
