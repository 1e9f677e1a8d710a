"""Nothing of a wish is placed where a screen draws its clock, its icons and its buttons."""

import pytest
from pydantic import ValidationError

from pingxing.engine.backends.scene import SceneBackend
from pingxing.makers import formats, surfaces
from pingxing.makers.screens import zones_of
from pingxing.makers.wanted import screens
from pingxing.types import Request


def test_every_screen_has_zones_and_they_lie_on_it():
    kinds = {screen.name: zones_of(screen.name) for screen in screens()}
    assert len(kinds) >= 13
    assert all(kinds.values())
    assert {zones.name for zones in kinds.values()} == {"phone", "phone-with-button", "tablet", "desktop"}
    for zones in kinds.values():
        assert all(x + w <= 1 and y + h <= 1 for x, y, w, h in zones.zones.values())
    assert zones_of("t-shirt") is None


@pytest.mark.parametrize("screen", ["iphone-16", "ipad-11", "desktop-hd"])
@pytest.mark.parametrize("wish", ["a lighthouse by the sea with three seagulls", "草地上的小狗和五个气球"])
def test_things_stand_clear_of_what_the_system_draws(screen, wish):
    order = surfaces.Order(wish, (formats.platform(screen),), seed=5)
    ((_, asked),) = surfaces.plan(order)
    above, right, below, left = zones_of(screen).clear
    engine = SceneBackend()
    try:
        things = engine.describe(asked).objects
    finally:
        engine.close()
    assert len(things) >= 4
    for x, y, w, h in (thing.box for thing in things):
        assert left - 0.02 <= x
        assert x + w <= 1 - right + 0.02
        assert above - 0.02 <= y
        assert y + h <= 1 - below + 0.02


def test_a_picture_cannot_be_all_calm():
    with pytest.raises(ValidationError):
        Request(prompt="x", calm=(0.5, 0, 0.4, 0))
