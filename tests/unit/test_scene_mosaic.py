"""Pixel art: large even cells, few colours, the same in every format, writing still legible."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing.engine.backends.scene import SceneBackend
from pingxing.engine.backends.scene.mosaic import COLOURS, _runs
from pingxing.engine.backends.scene.render import RenderPool
from pingxing.types import Picture, Request


@pytest.fixture(scope="module")
def backend() -> Iterator[SceneBackend]:
    engine = SceneBackend(RenderPool(1))
    yield engine
    engine.close()


def drawn(backend: SceneBackend, prompt: str, side: int = 480, **more: object) -> Picture:
    request = Request(prompt=prompt, style="pixel", seed=3, width=side, height=side, **more)  # type: ignore[arg-type]
    state = backend.prepare(request)
    backend.step([state])
    return backend.finish(state)


def test_every_cell_is_one_colour(backend: SceneBackend) -> None:
    pixels = drawn(backend, "a red fox in the forest").pixels
    cells = pixels.reshape(96, 5, 96, 5, 3)
    assert (cells == cells[:, :1, :, :1]).all()
    assert 8 <= len(np.unique(pixels.reshape(-1, 3), axis=0)) <= COLOURS


def test_the_document_draws_the_same_cells(backend: SceneBackend) -> None:
    picture = drawn(backend, "two sheep")
    assert picture.svg is not None
    root = ElementTree.fromstring(picture.svg)
    names = {element.get("data-name") for element in root.iter()}
    assert "pixels" in names
    assert len(picture.svg) < 300_000
    fills = {element.get("fill") for element in root.iter() if element.get("fill")}
    seen = {"#{:02x}{:02x}{:02x}".format(*c) for c in np.unique(picture.pixels.reshape(-1, 3), axis=0).tolist()}
    assert seen <= fills


def test_writing_has_finer_cells(backend: SceneBackend) -> None:
    picture = drawn(backend, '一只猫,写着"生日快乐"')
    assert picture.scene is not None
    x, y, w, h = (round(v * 480) for v in picture.scene.text[0].box)
    board = picture.pixels[y : y + h, x : x + w].astype(int).sum(-1)
    turns = (np.abs(np.diff(board, axis=1)) > 150).sum(axis=1).max()
    assert turns >= 12


def test_a_palette_and_a_clear_ground_hold(backend: SceneBackend) -> None:
    palette = ("#264653", "#2a9d8f", "#e9c46a", "#e76f51")
    pixels = drawn(backend, "a fox", palette=palette, transparent=True).pixels
    assert set(np.unique(pixels[:, :, 3])) <= {0, 255}
    inks = {tuple(int(ink[n : n + 2], 16) for n in (1, 3, 5)) for ink in palette}
    solid = pixels[pixels[:, :, 3] == 255][:, :3]
    assert {tuple(colour) for colour in np.unique(solid, axis=0).tolist()} <= inks
    assert (pixels[:, :, 3] == 0).mean() > 0.3


@given(st.lists(st.lists(st.booleans(), min_size=7, max_size=7), min_size=1, max_size=9))
def test_rectangles_cover_exactly_the_cells(rows: list[list[bool]]) -> None:
    held = np.array(rows)
    covered = np.zeros(held.shape, int)
    for part in _runs(held).split("M")[1:]:
        head, bottom = part.split("V")
        start, right = head.split("H")
        left, top = (int(v) for v in start.split())
        covered[top : int(bottom.split("H")[0]), left : int(right)] += 1
    assert (covered == held).all()
