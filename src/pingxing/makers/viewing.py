"""What there is of an order, as whoever ordered it sees it: its files, and what a person chose and scored among them.

view_of(order, language) -> View
picked(view)             -> cells of a grid, filtered by choice and score, in an order
shortlist(view, least)   -> what goes home: what was kept, or scored well where nothing was kept
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pingxing.makers.judging import Finding
from pingxing.makers.wanted import Wanted, read_wanted
from pingxing.store.orders import Order
from pingxing.types import Language

Choice = Literal["keep", "drop"]
Only = Literal["all", "keep", "drop", "open"]  # open: neither kept nor dropped
By = Literal["table", "score", "name"]
SCORES = (1, 2, 3, 4, 5)  # 5 is the best


@dataclass(frozen=True, slots=True)
class Piece:
    """One finished file of an order: where it stands in what is uploaded, and the receipt that hands it out."""

    path: str
    folder: str  # the platform's, the ZIP's; "" where there is but one folder
    role: str
    receipt: str


@dataclass(frozen=True, slots=True)
class View:
    order: Order
    wanted: Wanted
    pieces: tuple[Piece, ...]
    words: dict[str, dict[str, Any]]  # pack.json of each folder
    findings: tuple[tuple[str, Finding], ...]
    chosen: dict[str, Choice]  # by receipt
    scores: dict[str, int]  # likewise, one of SCORES
    trouble: dict[str, str] | None  # of one that failed: title and hint in the reader's language, "job" of a refusal

    @property
    def folders(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(piece.folder for piece in self.pieces))

    @property
    def cells(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.role == "cell")


def view_of(order: Order, language: Language) -> View:
    trouble = order.made.get("trouble")
    told = None if trouble is None else trouble[language] | {"job": trouble.get("job", "")}
    return View(
        order=order,
        wanted=wanted_of(order),
        pieces=tuple(Piece(**piece) for piece in order.made.get("pieces", ())),
        words=order.made.get("words", {}),
        findings=tuple((name, Finding(**finding)) for name, finding in order.made.get("findings", ())),
        chosen=order.made.get("chosen", {}),
        scores=order.made.get("scores", {}),
        trouble=told,
    )


def wanted_of(order: Order) -> Wanted:
    return read_wanted({name: value for name, value in order.told.items() if name != "language"})


def picked(view: View, only: Only = "all", least: int = 0, by: By = "table") -> tuple[Piece, ...]:
    """Cells with that choice and at least that score (0: scored or not). `by` score: the best first, what has none
    last; within a score, and by table, as the table has them."""
    found = [piece for piece in view.cells if view.scores.get(piece.receipt, 0) >= least]
    if only != "all":
        told = None if only == "open" else only
        found = [piece for piece in found if view.chosen.get(piece.receipt) == told]
    return _sorted(view, found, by)


def shortlist(view: View, least: int = 0, by: By = "table") -> tuple[Piece, ...]:
    """Of what was kept, or where nothing was kept of all that was not dropped, what has at least that score."""
    pool = picked(view, "keep") or tuple(one for one in view.cells if view.chosen.get(one.receipt) != "drop")
    return _sorted(view, [piece for piece in pool if view.scores.get(piece.receipt, 0) >= least], by)


def _sorted(view: View, pieces: Sequence[Piece], by: By) -> tuple[Piece, ...]:
    if by == "score":
        return tuple(sorted(pieces, key=lambda piece: -view.scores.get(piece.receipt, 0)))
    return tuple(sorted(pieces, key=lambda piece: piece.path.casefold())) if by == "name" else tuple(pieces)
