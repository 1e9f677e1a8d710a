"""Patterns, materials, moods and ages: seen in the pixels, inside the silhouette, and still the thing itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.colour import chroma, hue, oklab
from pingxing.engine.backends.scene.compose import Composition, compose
from pingxing.engine.backends.scene.dress import AGES, MATERIALS, PATTERNS
from pingxing.engine.backends.scene.moods import MOODS
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.render import Drawing, RenderPool
from pingxing.engine.backends.scene.styles import STYLES

SIDE = 200
THINGS = ("a cat", "an elephant", "a car", "a teapot")


@pytest.fixture(scope="module")
def pool() -> Iterator[RenderPool]:
    one = RenderPool(1)
    yield one
    one.close()


def drawn(prompt: str, looks: tuple[str, ...], style: str = "classic", **more: object) -> Composition:
    plan = replace(parse(prompt), background="plain", **more)  # type: ignore[arg-type]
    plan = replace(plan, wishes=tuple(replace(wish, traits=looks) for wish in plan.wishes))
    return compose(plan, 600, 600, 5, STYLES[style], shipped())


def picture(pool: RenderPool, made: Composition) -> NDArray[np.int64]:
    (pixels,) = pool.draw([Drawing(made.markup, (0, 0, made.width, made.height), SIDE, SIDE)])
    return pixels.astype(np.int64)


def changed(pool: RenderPool, prompt: str, looks: tuple[str, ...]) -> tuple[NDArray[np.bool_], Composition]:
    made = drawn(prompt, looks)
    return np.abs(picture(pool, made) - picture(pool, drawn(prompt, ()))).max(axis=2) > 24, made


@pytest.mark.parametrize("look", [*PATTERNS, *MATERIALS])
@pytest.mark.parametrize("thing", THINGS)
def test_looks_are_seen_on_the_thing_and_nowhere_else(look: str, thing: str, pool: RenderPool) -> None:
    difference, made = changed(pool, thing, (look,))
    x, y, w, h = (v * SIDE for v in made.scene.objects[0].box)
    inside = difference[round(y) - 2 : round(y + h) + 2, round(x) - 2 : round(x + w) + 2]
    assert inside.mean() > 0.04
    assert difference.sum() == inside.sum()
    assert made.scene.objects[0].traits == (look,)


def test_patterns_leave_the_face_alone(pool: RenderPool) -> None:
    (icon,) = [i for i in (shipped().find("noto", "1F408"),) if i]
    body = shipped().body(icon)
    dark = {c for c in re.findall(r'fill="(#[0-9a-f]{6})"', body) if chroma(oklab(c)) < 0.04 and oklab(c)[0] < 0.6}
    assert dark
    for look in PATTERNS:
        markup = drawn("a cat", (look,)).markup
        assert all(f'fill="{colour}"' in markup for colour in dark)


def test_gold_is_gold_and_silver_grey(pool: RenderPool) -> None:
    for look, low, high in (("golden", 0.07, 0.2), ("silver", 0.0, 0.03), ("wooden", 0.04, 0.13)):
        made = drawn("an elephant", (look,))
        difference, _ = changed(pool, "an elephant", (look,))
        mean = picture(pool, made)[difference].mean(axis=0).round().astype(int)
        lab = oklab("#{:02x}{:02x}{:02x}".format(*mean.tolist()))
        assert low <= chroma(lab) <= high, (look, chroma(lab))
        if look != "silver":
            assert 0.9 < hue(lab) < 1.7


def test_glass_lets_the_ground_through(pool: RenderPool) -> None:
    means = []
    for ground in ("#d02020", "#2040d0"):
        made = drawn("an elephant", ("glass",), backdrop=ground)
        x, y, w, h = (v * SIDE for v in made.scene.objects[0].box)
        middle = picture(pool, made)[round(y + 0.4 * h) : round(y + 0.6 * h), round(x + 0.4 * w) : round(x + 0.6 * w)]
        means.append(middle.reshape(-1, 3).mean(axis=0))
    assert means[0][0] - means[1][0] > 15
    assert means[1][2] - means[0][2] > 15


def test_asked_colours_hold_under_a_pattern(pool: RenderPool) -> None:
    made = drawn("a blue car", ("striped",))
    assert made.scene.objects[0].colour is not None
    x, y, w, h = (v * SIDE for v in made.scene.objects[0].box)
    part = picture(pool, made)[round(y) : round(y + h), round(x) : round(x + w)].reshape(-1, 3)
    assert ((part[:, 2] > part[:, 0] + 60) & (part[:, 2] > 120)).mean() > 0.12


def test_clothes_are_striped_and_hair_is_not() -> None:
    markup = drawn("a girl", ("striped",)).markup
    pattern = re.search(r'<pattern id="([^"]+)"', markup)
    assert pattern is not None
    assert markup.count(f"url(#{pattern.group(1)})") <= 2


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("prompt", ["a fox", "a girl", "a fish in the corner"])  # a cat that sleeps lies down
def test_moods_stand_beside_the_head(mood: str, prompt: str, pool: RenderPool) -> None:
    difference, made = changed(pool, prompt, (mood,))
    assert 0.0004 < difference.mean() < 0.05
    x, y, w, h = (v * SIDE for v in made.scene.objects[0].box)
    face = difference[round(y + 0.3 * h) : round(y + h), round(x) : round(x + w)]
    assert face.mean() < 0.03
    rows = np.flatnonzero(difference.any(axis=1))
    assert rows.min() >= 1


def test_the_young_are_smaller() -> None:
    plan = replace(parse("a dog and a house"), background="plain")
    part = {}
    for look in AGES:
        wishes = (replace(plan.wishes[0], traits=(look,)), plan.wishes[1])
        objects = compose(replace(plan, wishes=wishes), 600, 600, 5, STYLES["classic"], shipped()).scene.objects
        tall = {thing.name_en: thing.box[3] for thing in objects}
        part[look] = tall["dog"] / tall["house"]
    assert part["baby"] < part["young"] < part["old"]


@pytest.mark.parametrize("style", STYLES)
def test_every_style_can_draw_looks(style: str) -> None:
    made = drawn("a cat and a house", ("floral", "golden", "happy"), style)
    root = ElementTree.fromstring(f"<svg>{made.markup}</svg>")
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', made.markup))
    assert used <= set(ids)


def test_unknown_looks_change_nothing() -> None:
    assert drawn("a cat", ("brave",)).markup == drawn("a cat", ()).markup


def test_plans_without_looks_are_as_before() -> None:
    assert "<pattern" not in compose(Plan(background="meadow"), 300, 300, 1, STYLES["classic"], shipped()).markup
