"""What people write of sizes and platforms, and what they are told."""

import pytest

from pingxing.cli.make import millimetres, pixels
from pingxing.errors import InvalidRequest, NotFound
from pingxing.makers import formats


@pytest.mark.parametrize(("text", "size"), [("160", (160, 160)), ("160x120", (160, 120)), ("1.5×2", (1.5, 2))])
def test_a_size_is_one_side_or_two(text, size):
    assert millimetres(text) == size


@pytest.mark.parametrize("text", ["", "10x", "x10", "axb", "nan", "inf", "-5", "0", "99999", "1x2x3"])
def test_half_a_size_is_none(text):
    with pytest.raises(InvalidRequest):
        millimetres(text)
    with pytest.raises(InvalidRequest):
        pixels(text if text not in ("0", "99999") else "x")


def test_of_an_unknown_name_those_of_its_kind_are_told():
    for kind, known, other in (("pack", "wechat", "tote"), ("screen", "ipad-11", "slack"), ("product", "mug", "slack")):
        assert known in formats.platforms(kind)
        with pytest.raises(NotFound) as caught:
            formats.platform("sofa", kind)
        told = str(caught.value.params["known"]).split(", ")
        assert known in told
        assert other not in told
    assert formats.platforms() == tuple(dict.fromkeys(formats.platforms()))


def test_each_platform_of_packs_has_a_file_of_its_own():
    assert formats.platforms("pack") == formats.PACKS
    assert {formats.platform(name).version for name in formats.PACKS} == {"2026-11"}
