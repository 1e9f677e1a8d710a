"""What is wrong in a form stands beside its field, in words for people."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from pingxing.api.invalid import invalid
from pingxing.errors import InvalidRequest, Overloaded
from pingxing.makers.wanted import read_wanted
from pingxing.types import LANGUAGES
from pingxing.web.faults import fault_of
from pingxing.web.routes import grid, makers


def fault(told, language="en", fields=makers.FIELDS, room="makers"):
    try:
        read_wanted(told)
    except ValidationError as error:
        return fault_of(invalid(list(error.errors())), language, fields, room)
    raise AssertionError("nothing was wrong")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"kind": "stickers", "wish": ""}, "wish"),
        ({"kind": "nails", "wish": "x" * 401}, "wish"),
        ({"kind": "prints", "wish": "x", "products": []}, "place"),
        ({"kind": "wallpapers", "wish": "x", "devices": ["a"] * 7}, "place"),
        ({"kind": "prints", "wish": "x", "title": "t" * 81}, "title"),
        ({"kind": "patterns", "wish": "x", "width_mm": 0.0}, "size"),
        ({"kind": "nails", "wish": "x", "tone": 0}, "size"),
    ],
)
def test_a_fault_names_its_field_and_no_member_of_a_program(told, field, language):
    found = fault(told, language)
    assert found.field == field
    assert "`" not in found.what
    assert "{" not in found.what


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_grid_s_faults_too(language):
    found = fault({"kind": "grid", "template": ""}, language, grid.FIELDS, "grid")
    assert (found.field, "`" in found.what) == ("template", False)
    found = fault_of(InvalidRequest("grid_empty", member="table"), language, grid.FIELDS, "grid")
    assert (found.field, bool(found.what), bool(found.hint)) == ("table", True, True)


def test_what_concerns_no_field_is_said_of_the_whole():
    found = fault_of(Overloaded("orders", retry_after=5, most=4), "en", makers.FIELDS, "makers")
    assert (found.field, "4" in found.what) == ("", True)


def test_numbers_that_are_none_are_nobody_s_numbers():
    numbers = {text: makers._number(text) for text in ("12", " 7 ", "-5", "1e9", "٣", "", "99999999999999")}
    assert numbers == {"12": 12, " 7 ": 7, "-5": 0, "1e9": 0, "٣": 0, "": 0, "99999999999999": 9_999}
