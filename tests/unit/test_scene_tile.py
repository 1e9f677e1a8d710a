"""Tiles of patterns: edges meet, shape for shape; motifs keep apart; what cannot be a motif is said."""

import math
import re
from collections import Counter
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingxing.engine.backends.scene import SceneBackend
from pingxing.engine.backends.scene.tile import lattice
from pingxing.engine.weaving import seam, woven
from pingxing.errors import InvalidRequest
from pingxing.repeat import REPEATS, Repeat
from pingxing.types import Picture, Request

USE = re.compile(r'<use href="#(motif\d+)" transform="translate\(([-\d.]+) ([-\d.]+)\) ([^"]*)"')
DOT = re.compile(r'<circle cx="([-\d.]+)" cy="([-\d.]+)" r="([\d.]+)" fill="(#\w+)"')
SCALE = re.compile(r"scale\(([\d.]+)\) translate")


@pytest.fixture(scope="module")
def backend():
    made = SceneBackend()
    yield made
    made.close()


def drawn(backend, **asked):
    request = Request(**{"prompt": "a fox and a mushroom", "width": 240, "height": 240, "seed": 3} | asked)
    state = backend.prepare(request)
    backend.step([state])
    return backend.finish(state)


@pytest.mark.parametrize("layout", REPEATS)
@pytest.mark.parametrize("size", [(240, 240), (300, 170)])
def test_whatever_crosses_an_edge_goes_on_one_tile_away(backend, layout, size):
    """The proof, shape for shape: each motif and dot stands at every place, whole tiles apart, from which it reaches
    into the tile, and in the same order as everywhere else."""
    width, height = size
    asked = Request(prompt="一只猫和一条鱼", width=width, height=height, seed=7, repeat=Repeat(layout=layout, across=2))
    made = backend.prepare(asked).composition
    plane = (made.width, made.height)
    shapes = [(f"{k} {rest}", float(x), float(y)) for k, x, y, rest in USE.findall(made.markup)]
    shapes += [(f"dot {r} {ink}", float(x), float(y)) for x, y, r, ink in DOT.findall(made.markup)]
    reach = max(plane) / 3
    crossing = 0
    orders: dict[tuple[int, int], list[int]] = {}
    homes: dict[tuple[str, int, int], int] = {}
    for shape, x, y in shapes:
        i, j = math.floor(x / plane[0]), math.floor(y / plane[1])
        home = homes.setdefault((shape, round(x - i * plane[0]), round(y - j * plane[1])), len(homes))
        orders.setdefault((i, j), []).append(home)
        crossing += (i, j) != (0, 0)
    assert crossing >= 2, "nothing crosses an edge: the tile proves nothing"
    for places in orders.values():
        assert places == sorted(places)
    assert sorted(orders[0, 0]) == list(range(len(homes))), "every shape stands in the tile itself once"
    boxes = {(shape, round(x), round(y)) for shape, x, y in shapes}
    for shape, x, y in shapes:
        size_ = SCALE.search(shape)
        own = min(reach, 0.45 * float(size_[1]) * 1000) if size_ else 0.0
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            far = x + dx * plane[0], y + dy * plane[1]
            if all(-own < at < side + own for at, side in zip(far, plane, strict=True)):
                assert any(
                    (shape, round(far[0]) + a, round(far[1]) + b) in boxes for a in (-1, 0, 1) for b in (-1, 0, 1)
                )


@pytest.mark.parametrize("layout", REPEATS)
def test_steps_across_the_edges_are_no_larger_than_inside(backend, layout):
    picture = drawn(backend, repeat={"layout": layout, "across": 3})
    assert picture.repeats
    others = [seam(np.roll(picture.pixels, (k * 37, k * 53), axis=(0, 1))) for k in range(1, 9)]
    assert seam(picture.pixels) <= max(1.02, 1.3 * max(others))
    assert picture.svg is not None
    assert picture.svg.count("<use href=") >= 9


def test_a_cut_edge_is_seen():
    """The measure itself: a ramp has a seam, a wave has none."""
    x = np.arange(128)
    ramp = np.repeat(np.tile(x.astype(np.uint8), (128, 1))[..., None], 3, axis=2)
    wave = np.repeat(np.tile((127 + 100 * np.sin(x / 128 * math.tau)).astype(np.uint8), (128, 1))[..., None], 3, axis=2)
    assert seam(ramp) > 50
    assert seam(wave) < 1.8
    assert seam(np.zeros((8, 8, 3), np.uint8)) == 1.0


@given(st.integers(0, 2**32), st.sampled_from([(64, 64), (90, 64), (65, 131)]))
@settings(max_examples=25, deadline=None)
def test_a_painted_picture_is_woven_at_its_edges(seed, size):
    width, height = size
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    slopes = chance.uniform(-1, 1, (3, 2))
    pixels = np.stack(
        [127 + 120 * np.tanh(a * (x / width - 0.5) * 2 + b * (y / height - 0.5) * 2) for a, b in slopes], 2
    )
    before = Picture(width, height, pixels.astype(np.uint8))
    after = woven(before)
    assert after.pixels.shape == before.pixels.shape
    assert after.repeats
    assert seam(after.pixels) <= max(2.0, seam(before.pixels) / 8)
    middle = slice(int(0.3 * height), int(0.7 * height)), slice(int(0.3 * width), int(0.7 * width))
    assert np.array_equal(after.pixels[middle], before.pixels[middle])


@given(st.sampled_from(REPEATS), st.integers(1, 8), st.integers(1, 6), st.floats(0.34, 3.0), st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_seats_come_out_even_and_keep_apart(layout, across, kinds, ratio, seed):
    plane = (1000.0, 1000.0 * ratio) if ratio >= 1 else (1000.0 / ratio, 1000.0)
    seats, pace = lattice(Repeat(layout=layout, across=min(across, 5)), kinds, plane, Random(seed))

    def gap(a, b):
        dx, dy = (
            ((q - p + side / 2) % side) - side / 2 for p, q, side in zip((a.x, a.y), (b.x, b.y), plane, strict=True)
        )
        return math.hypot(dx, dy)

    for n, seat in enumerate(seats):
        assert all(gap(seat, other) >= pace * 0.999 for other in seats[n + 1 :])
    counts = Counter(seat.kind for seat in seats)
    if layout == "tossed":
        assert max(counts.values()) - min(counts.get(kind, 0) for kind in range(kinds)) <= max(
            1, -(-len(seats) // kinds)
        )
    else:
        assert set(counts) == set(range(kinds))
        assert len(set(counts.values())) == 1


def test_tossed_motifs_stand_in_blue_noise():
    """No pair is much nearer than an even spread allows: a hexagonal one of as many points is 1."""
    for seed in range(12):
        plane = (1000.0, 1000.0)
        seats, pace = lattice(Repeat(layout="tossed", across=4), 2, plane, Random(seed))
        even = math.sqrt(2 / math.sqrt(3) * plane[0] * plane[1] / len(seats))
        assert pace >= 0.7 * even
        assert len({round(seat.turn) for seat in seats}) > 8


def test_each_thing_is_a_motif_and_what_belongs_together_stays_together(backend):
    apart = drawn(backend, prompt="a lemon, a leaf and a bee", repeat={"layout": "grid", "across": 3})
    names = Counter(thing.name_en for thing in apart.scene.objects)
    assert len(names) == 3
    assert len(set(names.values())) == 1
    held = drawn(backend, prompt="a cat on a box", repeat={"layout": "grid", "across": 2})
    assert len(held.scene.objects) == 8
    assert held.svg.count('id="motif') == 1


def test_the_ground_is_the_one_that_was_asked_for(backend):
    blue = drawn(backend, prompt="lemons on a blue background", repeat={})
    assert tuple(blue.pixels[0, 0]) == tuple(blue.pixels[120, 0]) == (0x2F, 0x6F, 0xE0)
    inks = ("#24354f", "#f7f0e4", "#f2b632")
    colours = drawn(backend, palette=inks, repeat={})
    assert colours.scene.palette == inks
    assert "#{:02x}{:02x}{:02x}".format(*colours.pixels[0, 0]) == inks[0]
    clear = drawn(backend, transparent=True, repeat={})
    assert clear.pixels.shape[2] == 4
    assert clear.pixels[..., 3].min() == 0


def test_same_wish_same_tile_and_other_seeds_other_tiles(backend):
    one, same, other = (drawn(backend, seed=seed, repeat={"layout": "tossed"}) for seed in (1, 1, 2))
    assert np.array_equal(one.pixels, same.pixels)
    assert not np.array_equal(one.pixels, other.pixels)


def test_a_place_without_things_makes_no_pattern(backend):
    with pytest.raises(InvalidRequest) as caught:
        drawn(backend, prompt="海边的日落", repeat={})
    assert caught.value.reason == "no_motif"


@pytest.mark.parametrize("more", [{"motion": {"name": "bounce"}}, {"margin": 10, "transparent": True}])
def test_a_tile_neither_moves_nor_has_a_margin(more):
    with pytest.raises(ValueError, match="repeat"):
        Request(prompt="a fox", repeat={}, **more)
