"""Choosing from a grid: what is shown, what goes home, in which order."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pingxing.makers.viewing import By, Only, Piece, picked, shortlist, view_of
from pingxing.store.orders import Order

NAMES = ("owl", "cat", "Bee", "dog")
TOLD = {"kind": "grid", "template": "{n}", "lists": ["n=1..4"], "language": "en"}


def view(chosen=None, scores=None):
    pieces = [{"path": f"{name}.png", "folder": "", "role": "cell", "receipt": name} for name in NAMES]
    made = {"pieces": pieces, "chosen": chosen or {}, "scores": scores or {}}
    return view_of(Order("o", "a", "local", "done", datetime(2026, 11, 22, tzinfo=UTC), TOLD, made), "en")


def names(pieces: tuple[Piece, ...]) -> list[str]:
    return [piece.receipt for piece in pieces]


def test_the_best_come_first_and_equals_stay_as_the_table_has_them():
    told = view(scores={"cat": 3, "dog": 5, "Bee": 3})
    assert names(picked(told, by="score")) == ["dog", "cat", "Bee", "owl"]
    assert names(picked(told, by="name")) == ["Bee", "cat", "dog", "owl"]
    assert names(picked(told, least=3)) == ["cat", "Bee", "dog"]


def test_what_was_kept_goes_home_and_where_nothing_was_what_was_not_dropped():
    scores = {"owl": 5, "cat": 4, "dog": 4}
    assert names(shortlist(view({"dog": "keep", "Bee": "keep"}, scores), least=4)) == ["dog"]
    assert names(shortlist(view({"owl": "drop"}, scores), least=4)) == ["cat", "dog"]
    assert names(shortlist(view({"owl": "drop"}))) == ["cat", "Bee", "dog"]


@given(
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(("keep", "drop"))),
    st.dictionaries(st.sampled_from(NAMES), st.integers(1, 5)),
    st.integers(0, 5),
    st.sampled_from(("table", "score", "name")),
)
def test_every_picture_stands_under_one_choice_once(chosen, scores, least: int, by: By):
    told = view(chosen, scores)
    kinds: tuple[Only, ...] = ("keep", "drop", "open")
    parts = [one for kind in kinds for one in names(picked(told, kind, least, by))]
    assert sorted(parts) == sorted(names(picked(told, "all", least, by)))
    assert set(names(shortlist(told, least, by))) <= set(parts)
