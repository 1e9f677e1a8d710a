"""Press-on nails as they are composed: outlines, order of hands, exact inks, what does not fit."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingxing.engine.backends.scene.backend import SceneBackend
from pingxing.engine.backends.scene.decals import thick
from pingxing.engine.backends.scene.manicure import outline
from pingxing.engine.backends.scene.nails import order
from pingxing.errors import InvalidRequest
from pingxing.nails import FINGERS, NAIL_DESIGNS, NAIL_SHAPES
from pingxing.types import Request


@pytest.fixture(scope="module")
def backend():
    return SceneBackend()


def composed(backend, prompt="草莓", **nails):
    more = {name: nails.pop(name) for name in ("palette", "width", "height", "dpi", "seed") if name in nails}
    asked = {"width": 672, "height": 480, "seed": 3} | more
    return backend.prepare(Request(prompt=prompt, nails=nails, **asked)).composition


def reach(path):
    """Least and most x and y of cubic curves, by points along them."""
    numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*", path)]
    points = np.array(numbers).reshape(-1, 2)
    t = np.linspace(0, 1, 400)[:, None]
    found = [points[:1]]
    for n in range(0, len(points) - 1, 3):
        a, b, c, d = points[n : n + 4]
        found.append((1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d)
    line = np.concatenate(found)
    return (*line.min(axis=0), *line.max(axis=0))


@given(st.sampled_from(NAIL_SHAPES), st.floats(80, 200), st.floats(1.2, 3.0))
@settings(max_examples=40, deadline=None)
def test_an_outline_is_as_wide_and_as_long_as_it_says(shape, width, ratio):
    length = width * ratio
    x0, y0, x1, y1 = reach(outline(shape, width, length))
    assert (x0, x1) == (pytest.approx(-width / 2, abs=0.3), pytest.approx(width / 2, abs=0.3))  # 0.03 mm
    assert (y0, y1) == (pytest.approx(0, abs=0.3), pytest.approx(length, abs=0.3))


def test_the_left_hand_is_the_right_one_in_mirrored_order_and_nothing_is_mirrored(backend):
    assert order("left") == FINGERS[::-1]
    assert order("right") == FINGERS
    made = composed(backend, design="motifs")
    assert "scale(-1" not in made.markup
    bodies = re.findall(r'<g clip-path="url\(#n([lr])(\d)\)">(.*?)</g>', made.markup)
    by_nail = {(hand, finger): body for hand, finger, body in bodies}
    assert len(by_nail) == 10
    assert all(by_nail["l", finger] == by_nail["r", finger] for finger in "01234")


@pytest.mark.parametrize("design", NAIL_DESIGNS)
def test_an_exact_palette_is_kept_by_every_design(backend, design):
    inks = ("#f7f0e4", "#b23a66", "#24354f")
    made = composed(backend, design=design, palette=inks, view="tip", finger="ring", width=800, height=800, dpi=600)
    paints = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', made.markup))
    assert paints <= {*inks, "#ffffff"}
    assert 'fill="url(' not in made.markup
    assert made.scene.palette == inks


def test_lines_of_the_sheet_are_a_quarter_of_a_millimetre(backend):
    made = composed(backend)
    assert made.width == pytest.approx(1778.0)
    assert made.height == pytest.approx(1270.0)
    assert set(re.findall(r'stroke-width="([0-9.]+)"[^>]*data-cut="line"', made.markup)) == {"2.5"}
    assert made.markup.count('data-cut="line"') == 10


@pytest.mark.parametrize(("size", "view"), [((300, 300), "sheet"), ((100, 100), "tip")])
def test_nails_that_do_not_fit_say_what_they_need(backend, size, view):
    with pytest.raises(InvalidRequest) as caught:
        composed(backend, view=view, width=size[0], height=size[1], dpi=600 if view == "tip" else 96)
    assert caught.value.reason == "nail_room"


def test_motifs_need_a_thing_and_other_designs_need_none(backend):
    with pytest.raises(InvalidRequest) as caught:
        composed(backend, prompt="pink and gold", design="motifs")
    assert caught.value.reason == "no_motif"
    for design in ("french", "ombre", "glitter"):
        assert composed(backend, prompt="pink and gold", design=design).scene.objects == ()


def test_things_lie_inside_the_picture_and_on_accent_nails_they_are_large(backend):
    things = composed(backend, accents=("ring",), design="motifs").scene.objects
    assert len(things) == 14
    assert all(t.box[0] >= 0 and t.box[0] + t.box[2] <= 1.0001 and t.box[1] + t.box[3] <= 1.0001 for t in things)


@pytest.mark.parametrize("more", [{"motion": {"name": "bounce"}}, {"repeat": {}}, {"margin": 5, "transparent": True}])
def test_nails_neither_move_nor_repeat(more):
    with pytest.raises(ValueError, match="nails"):
        Request(prompt="a fox", nails={}, **more)


@pytest.mark.parametrize(("page", "count"), [((480, 288), 80), ((480, 288), 20), ((576, 384), 47), ((672, 480), 80)])
def test_decals_are_as_many_as_asked_for_apart_and_not_too_small(backend, page, count):
    made = composed(backend, "星星和蝴蝶", view="decals", decals=count, width=page[0], height=page[1])
    lines = re.findall(r"<rect ([^>]*)data-cut=\"line\"", made.markup)
    assert len(lines) == count
    boxes = [
        [float(re.search(rf'\b{name}="([-\d.]+)"', line)[1]) for name in ("x", "y", "width", "height")]
        for line in lines
    ]
    assert all(float(re.search(r'stroke-width="([\d.]+)"', line)[1]) >= 2.5 for line in lines)
    for n, (x, y, w, h) in enumerate(boxes):
        assert x > 0
        assert y > 0
        assert x + w < made.width
        assert y + h < made.height
        assert max(w, h) >= 50 + 16 - 0.1  # 5 mm and the film about it
        for other in boxes[:n]:
            apart = max(other[0] - x - w, x - other[0] - other[2], other[1] - y - h, y - other[1] - other[3])
            assert apart > 5  # half a millimetre for the blade


def test_no_stroke_of_a_decal_is_thinner_than_a_quarter_of_a_millimetre():
    inner = '<g transform="matrix(0.2 0 0 0.2 3 4)"><path d="a>b" stroke-width="90"/></g>'
    markup = f'<g transform="scale(0.5)"><path stroke-width="1"/>{inner}</g><path stroke-width="3"/>'
    assert re.findall(r'stroke-width="([\d.]+)"', thick(markup, 2.0)) == ["4", "90", "3"]
    assert thick("<a><b/>text</a>", 2.0) == "<a><b/>text</a>"
