"""What is done for speed shows in no pixel: strips for gradients, rings for glows, fewer filter steps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.render import Drawing, RenderPool
from pingxing.engine.backends.scene.svg import Sheet, glow, rect
from pingxing.engine.backends.scene.tone import lean

SIDE = 300


@pytest.fixture(scope="module")
def pool() -> Iterator[RenderPool]:
    one = RenderPool(1)
    yield one
    one.close()


def pixels(pool: RenderPool, markup: str) -> NDArray[np.int64]:
    (found,) = pool.draw([Drawing(markup, (0, 0, 1000, 1000), SIDE, SIDE)])
    return found.astype(np.int64)


def test_strips_are_the_gradient(pool: RenderPool) -> None:
    sheet = Sheet("s")
    stops = [(0.0, "#4aa8ec"), (0.55, "#9ad6f7"), (1.0, "#e4f5fb")]
    sheet.layer("sky").append(rect(-2, -2, 1004, 1004, sheet.gradient(stops)))
    striped = sheet.markup()
    smooth = striped.replace('<rect x="-2"', '<rect stroke="none" x="-2"')  # which the strips leave alone
    assert smooth != striped
    assert np.abs(pixels(pool, striped) - pixels(pool, smooth)).max() <= 2


def test_glows_fade_evenly(pool: RenderPool) -> None:
    made = '<rect width="1000" height="1000" fill="#101840"/>' + glow(500, 500, 400, 400, "#ffffff", 0.8)
    line = pixels(pool, made)[SIDE // 2, SIDE // 2 :, 0]
    assert line[0] > 120
    assert line[-1] == 0x10
    assert (np.diff(line) <= 4).all()  # where two rings meet a trace of the ground shows
    assert np.abs(np.diff(line)).max() < 14


def test_lean_art_looks_the_same(pool: RenderPool) -> None:
    seen = 0
    for concept in ("1F697", "1F34E", "1F431", "1F3E0", "1F382"):
        icon = shipped().find("3d", concept)
        assert icon is not None
        body = shipped().body(icon)
        if lean(body) == body:
            continue
        seen += 1
        full, thin = (
            pixels(pool, f'<rect width="1000" height="1000" fill="#fff"/><g transform="scale(31)">{markup}</g>')
            for markup in (body.replace("~", "n"), lean(body).replace("~", "n"))
        )
        assert np.abs(full - thin).mean() < 2.0, concept
    assert seen >= 3
