"""Prints say their true density, and keep saying it under every label."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from pingxing.label import forge, seal, write_label
from pingxing.label.record import Aigc
from pingxing.makers import formats, patterns
from pingxing.makers.facts import facts
from pingxing.makers.folder import Pack, Piece
from pingxing.makers.judging import judge
from pingxing.makers.prints import Order, plan
from pingxing.settings import Settings
from pingxing.types import Format, Mark, Picture

MARK = Mark("en", "UNREGISTERED", "b" * 32, "Pingxing", "1", "scene", datetime(2026, 11, 22, tzinfo=UTC))


def picture(dpi, width=90, height=130):
    return Picture(width, height, np.full((height, width, 3), 200, np.uint8), dpi=dpi)


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    return forge(tmp_path_factory.mktemp("keys"), Settings(), datetime.now(UTC))


@pytest.mark.parametrize("form", [Format.PNG, Format.JPEG])
@pytest.mark.parametrize("dpi", [0, 150, 300])
def test_the_density_outlives_credentials_and_a_second_label(form, dpi, kit):
    data = seal(picture(dpi), form, kit.signed(MARK), kit)
    assert facts(data).dpi == pytest.approx(dpi, abs=0.02)
    again = write_label(data, form.media_type, Aigc.first("SOMEBODY", "1"))
    assert facts(again).dpi == pytest.approx(dpi, abs=0.02)


def test_a_print_is_asked_for_at_its_products_density():
    shirts = tuple(formats.platform(name) for name in ("t-shirt", "t-shirt-amazon", "tote", "phone-case"))
    assert [wish.dpi for key, wish in plan(Order("a cat", shirts)) if key.role == "print"] == [300] * 4


def test_a_density_that_is_not_true_is_told_and_rejects_nothing():
    case = formats.platform("phone-case")
    found = replace(facts(seal(picture(72), Format.PNG, MARK)), first=np.zeros((2925, 2700, 4), np.uint8))
    assert found.dpi == pytest.approx(72, abs=0.02)
    for dpi, rules in ((300, []), (0, []), (72, ["density"])):
        piece = Piece("case.png", "print", b"", replace(found, dpi=dpi))
        told = judge(Pack(Path(), (piece,), None), case)
        assert [finding.rule for finding in told] == rules
        assert not any(finding.must for finding in told)


@pytest.mark.parametrize(
    ("wide", "high", "size"), [(160, 160, (605, 605)), (101.6, 50.8, (384, 192)), (60, 40, (354, 236))]
)
def test_a_tile_s_svg_opens_at_its_true_size_where_whole_pixels_keep_its_shape(wide, high, size):
    order = patterns.Order("lemons", width_mm=wide, height_mm=high)
    asked = {key.role: request for key, request in patterns.plan(order, vector=True)}
    assert (asked["vector"].width, asked["vector"].height) == size
    tile = asked["tile"]
    assert size[0] * tile.height == size[1] * tile.width  # the same drawing
