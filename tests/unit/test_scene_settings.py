"""Settings, hours, seasons and feasts: each can be asked for in both languages, and each is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from pingxing.engine.backends.scene.art import shipped
from pingxing.engine.backends.scene.backdrops import SETTINGS
from pingxing.engine.backends.scene.backdrops.touches import TOUCHES
from pingxing.engine.backends.scene.colour import chroma, hue, oklab
from pingxing.engine.backends.scene.compose import Composition, compose
from pingxing.engine.backends.scene.light import LIGHTS
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.render import Drawing, RenderPool
from pingxing.engine.backends.scene.season import GREEN, seasonal
from pingxing.engine.backends.scene.styles import DEFAULT, STYLES
from pingxing.engine.backends.scene.words import _settings

SIZES = [(640, 640), (360, 640), (640, 160)]


@pytest.fixture(scope="module")
def pool() -> Iterator[RenderPool]:
    one = RenderPool(1)
    yield one
    one.close()


def drawn(plan: Plan, size: tuple[int, int] = (640, 640), seed: int = 1) -> Composition:
    return compose(plan, *size, seed, STYLES[DEFAULT], shipped())


@pytest.fixture(scope="module")
def hours(pool: RenderPool) -> dict[tuple[str, str], np.ndarray]:
    """Every setting by day and by night, drawn once."""
    return {
        (name, time): picture(pool, drawn(Plan(background=name, time=time)))
        for name in SETTINGS
        for time in ("day", "night")
    }


def picture(pool: RenderPool, made: Composition) -> np.ndarray:
    (pixels,) = pool.draw([Drawing(made.markup, (0, 0, made.width, made.height), 48, 48)])
    return pixels


def test_there_are_settings_enough() -> None:
    assert len(SETTINGS) >= 30
    assert len(TOUCHES) >= 13


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_at_every_hour_in_every_shape(name: str) -> None:
    for time in LIGHTS:
        for size in SIZES:
            made = drawn(Plan(background=name, time=time), size)
            ElementTree.fromstring(f"<svg>{made.markup}</svg>")
            assert len(made.markup) < 200_000
            assert made.scene.background == name
            assert "nan" not in made.markup


def test_hours_and_settings_differ(hours: dict[tuple[str, str], np.ndarray]) -> None:
    seen = {pixels.tobytes() for pixels in hours.values()}
    assert len(seen) >= 2 * len(SETTINGS) - 4  # space, the Moon and the stage know no day


def test_nights_are_darker_than_days(hours: dict[tuple[str, str], np.ndarray]) -> None:
    for name in set(SETTINGS) - {"space", "moon", "stage", "plain"}:
        assert hours[name, "night"].mean() < 0.85 * hours[name, "day"].mean(), name


def test_every_word_of_a_setting_chooses_it() -> None:
    asked = 0
    for kind, value, halves in _settings():
        for language, phrases in enumerate(halves):
            assert phrases, value
            for phrase in phrases:
                plan = parse(f"a cat, {phrase}" if language == 0 else f"{phrase},一只猫")
                asked += 1
                assert value in (plan.background if kind == "background" else plan.touches), phrase
                assert [w.name_en for w in plan.wishes] == ["cat"], phrase
    assert asked > 250


@pytest.mark.parametrize("touch", TOUCHES)
def test_every_touch_is_seen(touch: str, pool: RenderPool) -> None:
    plain = Plan(background="park", time="night")
    base = picture(pool, drawn(plain)).astype(int)
    seen = picture(pool, drawn(replace(plain, touches=(touch,)))).astype(int)
    assert (np.abs(seen - base).max(axis=2) > 12).mean() > 0.005


def test_lights_and_skies_take_the_colour_asked_for(pool: RenderPool) -> None:
    north = Plan(background="snow", time="night", touches=("aurora",))
    plain = picture(pool, drawn(replace(north, touches=()))).astype(int)[:24]
    for name, colour, channel in (("red", "#e0342f", 0), ("green", "#3fae49", 1)):
        seen = picture(pool, drawn(replace(north, sky_colour=colour))).astype(int)[:24]
        gained = (seen - plain).clip(0).sum(axis=(0, 1))
        assert gained.argmax() == channel, name
    pink = picture(pool, drawn(Plan(background="meadow", sky_colour="#f584b4")))[:3].astype(int)
    pink = np.median(pink.reshape(-1, pink.shape[-1]), axis=0)  # between the clouds
    assert pink[0] > pink[1] + 40


@pytest.mark.parametrize("name", ["street", "chinatown"])
def test_streets_run_away_unless_the_frame_is_a_strip(name: str) -> None:
    assert "gate" in drawn(Plan(background="chinatown")).markup
    for size in SIZES:
        ElementTree.fromstring(f"<svg>{drawn(Plan(background=name, time='night'), size).markup}</svg>")


def test_every_touch_suits_every_setting() -> None:
    """All of them in every setting, and each alone in every fifth, so that none leans on another."""
    for number, name in enumerate(SETTINGS):
        alone = [(touch,) for n, touch in enumerate(TOUCHES) if (n + number) % 5 == 0]
        for touches in (tuple(TOUCHES), *alone):
            made = drawn(Plan(background=name, touches=touches), (640, 320))
            ElementTree.fromstring(f"<svg>{made.markup}</svg>")
            assert made.scene.touches == touches, name


def test_a_touch_can_be_refused() -> None:
    assert "christmas" in parse("a cat at christmas").touches
    assert not parse("a cat, no christmas").touches
    assert not parse("a cat at christmas", "christmas").touches


def test_seasons_colour_what_grows_and_nothing_else() -> None:
    for grass in ("#79c257", "#4c8f45", "#3f8a5c"):
        assert GREEN[0] < hue(oklab(grass)) < GREEN[1]
        assert hue(oklab(seasonal(grass, "autumn"))) < 1.5
        assert oklab(seasonal(grass, "winter"))[0] > 0.85
        assert chroma(oklab(seasonal(grass, "winter"))) < 0.03
    for other in ("#b8463a", "#3f93c4", "#ffffff", "#7a5a42"):
        assert seasonal(other, "autumn") == other
