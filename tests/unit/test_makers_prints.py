"""Prints say their true density, and keep saying it under every label."""

from datetime import UTC, datetime

import numpy as np
import pytest

from pingxing.label import forge, seal, write_label
from pingxing.label.record import Aigc
from pingxing.makers import formats
from pingxing.makers.facts import facts
from pingxing.makers.folder import open_pack
from pingxing.makers.judging import judge
from pingxing.makers.surfaces import Order, plan
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


def test_a_print_is_asked_for_at_its_products_density_and_a_screen_at_none():
    shirts = tuple(formats.platform(name) for name in ("t-shirt", "t-shirt-amazon", "tote", "phone-case", "iphone-16"))
    assert [wish.dpi for _, wish in plan(Order("a cat", shirts))] == [300, 300, 300, 300, None]


def test_a_density_that_is_not_true_is_told_and_rejects_nothing(tmp_path):
    case = formats.platform("phone-case")
    for dpi, rules in ((300, []), (0, []), (72, ["density"])):
        data = seal(picture(dpi, 2700, 2925), Format.PNG, MARK)
        (tmp_path / "case.png").write_bytes(data)
        found = judge(open_pack(tmp_path / "case.png", case), case)
        assert [finding.rule for finding in found] == rules
        assert not any(finding.must for finding in found)
