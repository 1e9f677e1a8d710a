"""The recipe: data that hold what they promise, numbers that come out the same, a network that can learn."""

from __future__ import annotations

import itertools
from collections import Counter
from random import Random

import numpy as np
import pytest

from pingxing.training.guard import fit as fitting
from pingxing.training.guard.fit import Network, Plan, Shape, Sparse, fit, logits, merged
from pingxing.training.guard.grammar import BENIGN, families, frames, slots, speak
from pingxing.training.guard.recipe import Budget, Sizes, calibrate, data, quantized, train
from pingxing.training.guard.rows import FOLDS, crumbs, fold, rows, scenes
from pingxing.types import LANGUAGES

SMALL = Sizes(harmful=3, near=3, ordinary=6, crumbs=0.5)


def letters(text: str) -> np.ndarray:
    """Stands for the product's grams: every two characters, hashed plainly."""
    return np.unique([(ord(a) * 31 + ord(b)) % 512 for a, b in itertools.pairwise(text)] or [0])


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


def test_gradients_are_those_of_the_loss() -> None:
    chance = np.random.default_rng(1)
    net = fitting.start(Shape(20, 3, 4, 5), 1)
    net.table[:] = chance.standard_normal(net.table.shape)
    ids, counts = np.array([1, 2, 3, 3, 7]), np.array([3, 2])
    targets = np.array([[1, 0, 1], [0, 0, 0]], np.float32)
    even = np.ones(2, np.float32)

    def loss() -> float:
        raw = fitting._forward(net, ids, counts)[2].astype(np.float64)
        return float((np.log1p(np.exp(raw)) - targets * raw).sum() / len(targets))

    (inner, _, outer, _), into = fitting._backward(net, ids, counts, targets, even)
    step = 1e-3
    for array, gradient, at in ((net.inner, inner, (2, 3)), (net.outer, outer, (1, 2))):
        before = loss()
        array[at] += step
        assert (loss() - before) / step == pytest.approx(gradient[at], abs=5e-3)
        array[at] -= step
    before = loss()
    net.table[1, 0] += step
    assert (loss() - before) / step == pytest.approx(into[0, 0] / len(targets), abs=5e-3)


def test_it_learns_that_two_together_are_harmful_and_neither_alone() -> None:
    parts = [np.array(ids) for ids in ([1], [2], [1, 2], [3])] * 100
    targets = np.array([[0], [0], [1], [0]] * 100, np.float32)
    plan = Plan(epochs=300, batch=32, dropped=0.0)
    net = fit(Sparse(parts), targets, np.ones(400, np.float32), Shape(8, 1, 6, 6), plan)
    found = logits(net, Sparse(parts[:4]))[:, 0]
    assert found[2] > 1
    assert (found[[0, 1, 3]] < -1).all()


def test_merged_networks_say_the_mean() -> None:
    members = [fitting.start(Shape(10, 2, 3, 4), seed) for seed in (1, 2, 3)]
    for place, net in enumerate(members):
        net.table[:] = np.random.default_rng(place).standard_normal(net.table.shape)
    both = Sparse([np.array([1, 4]), np.array([2])])
    wanted = np.mean([logits(net, both) for net in members], axis=0)
    assert np.allclose(logits(merged(members), both), wanted, atol=1e-5)


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


def test_the_whole_recipe_gives_the_same_network_twice() -> None:
    said: list[str] = []
    plan = Plan(epochs=1, members=1)
    budget = Budget()
    sizes = Sizes(harmful=2, near=2, ordinary=2, crumbs=0.2)
    once, again = (train(letters, 512, sizes, plan, budget, said.append) for _ in range(2))
    assert isinstance(once.network, Network)
    assert np.array_equal(once.network.table, again.network.table)
    assert np.array_equal(once.slopes, again.slopes)
    assert once.report == again.report
    assert once.labels[-1] == "harm"
    assert (once.thresholds >= 0.5).all()
    assert len(data(SMALL)) > 1_000
    assert said
