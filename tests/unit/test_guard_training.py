"""The recipe: data that hold what they promise, and thresholds that keep their budgets."""

from __future__ import annotations

from collections import Counter
from random import Random

import numpy as np
import pytest

from pingxing.training.guard.grammar import BENIGN, Row, families, frames, slots, speak
from pingxing.training.guard.recipe import Budget, Sizes, _matter, _threshold, calibrate, data, natural, quantized, twin
from pingxing.training.guard.rows import FOLDS, by_hand, crumbs, fold, rows, scenes
from pingxing.training.guard.seeds import _subjects, seeds
from pingxing.types import LANGUAGES

SMALL = Sizes(harmful=3, near=3, ordinary=6, crumbs=0.5)


# --- data ----------------------------------------------------------------------------------------


def test_every_family_speaks_both_languages() -> None:
    assert len(families()) > 140
    for family in families():
        assert set(family.templates) == set(LANGUAGES), family.name
        assert all(family.templates.values()), family.name


def test_every_category_has_as_many_harmless_neighbours_as_it_has_ways_to_ask() -> None:
    harmful = Counter(family.label for family in families() if family.label != BENIGN)
    near = Counter(family.near for family in families() if family.near)
    assert len(harmful) >= 13
    for label, count in harmful.items():
        assert count >= 4
        assert near[label] * 2 >= count, label


def test_every_template_and_frame_can_be_spoken() -> None:
    said = 0
    for language in LANGUAGES:
        words = {**slots()[language], "thing": ("x",)}
        lines = [line for family in families() for line in family.templates[language]]
        for line in (*lines, *frames()[language]):
            text = speak(line, words, Random(1))
            assert text
            assert not set("<>|()") & set(text), line
            said += 1
    assert said > 1_200
    assert all("{}" in frame for both in frames().values() for frame in both)


def test_languages_are_balanced_and_no_two_rows_of_a_family_are_the_same() -> None:
    every = rows(1, 20, 20, 20)
    count = Counter((row.label != BENIGN, row.language) for row in every)
    for harmful in (True, False):
        assert 0.9 < count[harmful, "en"] / count[harmful, "zh"] < 1.1
    texts = Counter((row.family, row.language, row.text) for row in every)
    spoken = [key for key, times in texts.items() if times > 1 and not key[0].startswith("scenes/")]
    assert spoken == []


def test_the_same_numbers_give_the_same_rows_and_a_new_family_moves_no_other() -> None:
    assert rows(1, 3, 3, 3) == rows(1, 3, 3, 3)
    assert rows(1, 3, 3, 3) != rows(2, 3, 3, 3)
    assert {fold(f"a{number}") for number in range(50)} == set(range(FOLDS))
    assert len(list(scenes())) > 1_900


def test_crumbs_are_harmless_and_hold_no_harmful_wish() -> None:
    every = rows(1, 10, 10, 10)
    harmful = [row for row in every if row.label != BENIGN]
    found = list(crumbs(harmful, [row for row in every if row.label == BENIGN and not row.near], 1, 0.5))
    assert len(found) > 500
    whole = {row.text for row in harmful if len(row.text) > 12}
    assert all(row.label == BENIGN for row in found)
    assert not [row for row in found if any(text in row.text for text in list(whole)[:50])]


def test_a_template_that_never_ends_is_an_error() -> None:
    with pytest.raises(ValueError, match="no end"):
        speak("<a>", {"a": ("<a>",)}, Random(1))
    with pytest.raises(KeyError):
        speak("<nothing>", {}, Random(1))


# --- numbers -------------------------------------------------------------------------------------


def test_calibration_makes_shares_true() -> None:
    chance = np.random.default_rng(3)
    raw = chance.normal(0, 3, (20_000, 1)).astype(np.float32)
    happened = (chance.random((20_000, 1)) < 1 / (1 + np.exp(-(0.5 * raw - 1)))).astype(np.float32)
    slopes, offsets = calibrate(raw, happened)
    assert slopes[0] == pytest.approx(0.5, abs=0.03)
    assert offsets[0] == pytest.approx(-1, abs=0.06)


def test_quantized_is_near() -> None:
    table = np.random.default_rng(1).standard_normal((50, 4)).astype(np.float32)
    whole, scale = quantized(table)
    assert whole.dtype == np.int8
    assert np.abs(whole * scale - table).max() <= scale.max() / 2 + 1e-6


def test_only_wishes_as_people_wrote_them_set_the_budget_of_ordinary_ones() -> None:
    every = data(SMALL)
    chosen = [row for row in every if natural(row)]
    assert len(chosen) > 2_000
    assert all(row.label == BENIGN and not row.near for row in chosen)
    assert {row.family.partition("/")[0] for row in chosen} == {"scenes", BENIGN}
    assert not [row for row in chosen if row.template.startswith("benign/how")]


def test_the_threshold_keeps_both_budgets() -> None:
    def row(near: str) -> Row:
        return Row("", BENIGN, near, "scenes/1", "", "en")

    every = [row("") for _ in range(200)] + [row("fraud") for _ in range(100)]
    harm = np.concatenate((np.linspace(0, 0.4, 200), np.linspace(0, 1, 100)))
    found = _threshold(harm, every, "en", Budget())
    assert (harm[:200] >= found).mean() <= 0.005
    assert (harm[200:] >= found).mean() <= 0.05
    assert found < 1


def test_each_language_has_its_own_budget() -> None:
    harm = np.linspace(0, 1, 200)
    found = [
        _threshold(harm, [Row("", BENIGN, "", "scenes/1", "", language)] * 200, language, Budget((0.1, 0.02)))
        for language in LANGUAGES
    ]
    assert [round(float((harm >= at).mean()), 2) for at in found] == [0.1, 0.02]


# --- seeds ---------------------------------------------------------------------------------------


def test_every_wish_by_hand_has_its_twin_in_the_same_place() -> None:
    by_name = {family.name: family for family in seeds()}
    harmful = [family for family in by_name.values() if family.label != BENIGN]
    assert len({family.label for family in harmful}) == 13
    for family in harmful:
        twin = by_name[f"near-{family.name}"]
        assert (twin.label, twin.near) == (BENIGN, family.label)
        for language in LANGUAGES:
            assert len(family.templates[language]) == len(twin.templates[language]) >= 5, family.name
            assert not set(family.templates[language]) & set(twin.templates[language])


def test_no_line_by_hand_stands_twice() -> None:
    lines = Counter(line for family in seeds() for both in family.templates.values() for line in both)
    assert sum(lines.values()) > 2_500
    assert [line for line, times in lines.items() if times > 1] == []


def test_twins_are_held_out_together() -> None:
    mine = {row.template: fold(_matter(row)) for row in by_hand(1, 1)}
    twins = [(at, part) for name, part in mine.items() if (at := mine.get(f"near-{name}")) is not None]
    assert len(twins) > 1_000
    assert all(one == other for one, other in twins)


def test_a_twin_is_what_was_written_for_one_wish() -> None:
    every = data(SMALL)
    twins = {row.family for row in every if twin(row)}
    assert twins == {family.name for family in seeds() if family.near}
    assert not twin(Row("a", BENIGN, "any", "near-any/seed-0", "near-any/seed-0#en0", "en"))


@pytest.mark.parametrize(
    "text", ["a wish || its twin", "# one\na wish", "# one\n|| twin", "# one\na || b\n# one\nc || d"]
)
def test_a_line_that_is_no_pair_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"x\.txt"):
        _subjects("x.txt", text)
