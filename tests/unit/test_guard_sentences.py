"""The recipe of the second opinion: which rows are read, and how much words and sentence weigh."""

from __future__ import annotations

import numpy as np
import pytest

from pingxing.training.guard.grammar import BENIGN, Family, Row
from pingxing.training.guard.recipe import Sizes, data
from pingxing.training.guard.rows import by_hand, rows
from pingxing.training.guard.sentences import Reading, chosen, floor, mixed

MORE = (
    Family("fraud/seed-more", "fraud", "", {"en": ("one wish of ours",), "zh": ("我们的一个愿望",)}),
    Family("near-any/seed-more", BENIGN, "any", {"en": ("a harmless one",), "zh": ("一个无害的",)}),
)


def row(family: str, text: str = "a", label: str = BENIGN, near: str = "") -> Row:
    return Row(text, label, near, family, f"{family}#0", "en")


# --- rows ----------------------------------------------------------------------------------------


def test_all_by_hand_are_read_and_the_first_of_each_family() -> None:
    every = [
        *(row("fraud/seed-a", label="fraud") for _ in range(3)),
        *(row("fraud/letters", label="fraud") for _ in range(5)),
        *(row("benign/animals") for _ in range(9)),
        *(row("benign/animals", near="fraud") for _ in range(5)),
    ]
    written = [True, False, True] + [False] * 19
    found = chosen(every, written, Reading(harmful=2, near=1, ordinary=4)).tolist()
    assert found[:3] == written[:3], "not the frames of a line by hand"
    assert [sum(found[3:8]), sum(found[8:17]), sum(found[17:])] == [2, 4, 1]


def test_more_families_are_learnt_beside_the_data_and_move_nothing_else() -> None:
    small = Sizes(harmful=2, near=2, ordinary=3, crumbs=0)
    before, after = data(small), data(small, MORE)
    added = [row for row in after if row.family in {family.name for family in MORE}]
    assert {row.text for row in added} >= {"one wish of ours", "我们的一个愿望", "a harmless one", "一个无害的"}
    assert [row for row in after if row not in added] == before
    assert {row.label for row in added} == {"fraud", BENIGN}
    assert len(list(by_hand(1, 1, MORE))) - len(list(by_hand(1, 1))) == 4
    assert len(rows(1, 1, 1, 1, MORE)) - len(rows(1, 1, 1, 1)) == 4


# --- numbers -------------------------------------------------------------------------------------


def test_words_and_sentence_weigh_what_they_know() -> None:
    chance = np.random.default_rng(5)
    words, sentence = (chance.normal(0, 2, (20_000, 1)) for _ in range(2))
    sure = 1 / (1 + np.exp(-(0.5 * words + 1.5 * sentence - 1)))
    happened = (chance.random((20_000, 1)) < sure).astype(np.float32)
    assert mixed(words, sentence, happened, np.ones(20_000))[:, 0].tolist() == pytest.approx([0.5, 1.5, -1], abs=0.1)


def test_rows_that_count_for_nothing_are_as_good_as_absent() -> None:
    chance = np.random.default_rng(7)
    words, sentence = (chance.normal(0, 2, (2_000, 1)) for _ in range(2))
    happened = (chance.random((2_000, 1)) < 1 / (1 + np.exp(-words - sentence))).astype(np.float32)
    heavy = (np.arange(2_000) < 1_500).astype(float)
    half = slice(0, 1_500)
    found = mixed(words, sentence, np.where(heavy[:, None] > 0, happened, 1 - happened), heavy)
    alone = mixed(words[half], sentence[half], happened[half], np.ones(1_500))
    assert found[:2] == pytest.approx(alone[:2], abs=0.02)


def test_what_speaks_against_the_truth_is_left_out() -> None:
    chance = np.random.default_rng(6)
    words = chance.normal(0, 2, (5_000, 1))
    happened = (chance.random((5_000, 1)) < 1 / (1 + np.exp(-words))).astype(np.float32)
    beside = -happened - 0.1 * words + chance.normal(0, 1, (5_000, 1))
    found = mixed(words, beside, happened, np.ones(5_000))[:, 0]
    assert found[1] == 0
    assert found[0] == pytest.approx(1, abs=0.1)


def test_the_floor_is_reached_by_its_share_of_ordinary_wishes() -> None:
    every = [*(row("benign/a") for _ in range(101)), *(row("x", label="fraud") for _ in range(50))]
    harm = np.concatenate((np.linspace(0, 1, 101), np.ones(50)))
    assert floor(harm, every, 0.25) == pytest.approx(0.75)
    assert floor(harm[101:], every[101:], 0.25) == 0
