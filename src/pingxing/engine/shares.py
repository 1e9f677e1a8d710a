"""Whose turn it is: weighted fair shares between accounts, and what goes first inside one account's share.

    shares = Shares()
    line = shares.line(waiting)     everybody, in the order of their turns
    shares.take(line[:batch])       these were stepped, and their accounts have had that much

Between accounts it is start-time fair queueing (Goyal et al. 1996): each account has a clock that a step moves by its
work over the account's weight, and the account whose clock is furthest behind goes next. Who comes new begins where the
furthest behind of the others stands, so nobody saves turns up while away, and nobody waits for more than the steps of
those who are there. A step's work is as many units as the picture has pixels.

Urgency moves the clock, and so it cannot be used to get more than one's share: a step of a "batch" picture counts
`BATCH` times. An account that marks its work as such gets that part of its share while others are there with pictures
that somebody waits for, and all of the machine when it is alone.

Inside one account interactive pictures go before batch ones, nearer deadlines before later ones and before none, and
among equals whoever was stepped longest ago. Every `_OLDEST`th turn of an account is outside that order and goes to the
one that was stepped longest ago, so that an endless run of urgent pictures starves none of its own.

Nothing here knows of time, threads or engines, so that it can be tested as the arithmetic it is.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heapreplace
from typing import Protocol, TypeVar

from pingxing.types import BATCH

_OLDEST = 8
_FINE = 2_520  # ticks of a clock for each pixel of work: whole numbers for the usual weights, so that ties are ties


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms an account's picture stands in line."""

    account: str = ""
    weight: int = 1  # an account of weight 2 gets twice the steps of one of weight 1 while both wait
    batch: bool = False
    until: float | None = None  # on the monotonic clock; afterwards it is dropped


class Turn(Protocol):
    """What stands in line."""

    @property
    def terms(self) -> Terms: ...

    @property
    def work(self) -> int:
        """Of one step, in pixels."""


_T = TypeVar("_T", bound=Turn)


@dataclass(slots=True)
class _Account:
    clock: int
    turns: int = 0  # that it has had


class Shares:
    """Of one lane. Not thread-safe: its lane holds a lock."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}

    def line(self, waiting: Sequence[_T], away: Iterable[str] = ()) -> list[_T]:
        """All of `waiting` (who was stepped longest ago stands first) in the order of their turns.

        `away` are accounts that have pictures here which do not wait at this moment, because they are being stepped:
        their clocks go on. Clocks of all others are forgotten.
        """
        groups: dict[str, list[_T]] = {}
        for turn in waiting:
            groups.setdefault(turn.terms.account, []).append(turn)
        self._enter(groups.keys() | set(away))
        queues = {account: self._inside(account, turns) for account, turns in groups.items()}
        heads = [(self._accounts[account].clock, place, account) for place, account in enumerate(groups)]
        heapify(heads)
        line: list[_T] = []
        while heads:
            clock, place, account = heads[0]
            turn = queues[account].popleft()
            line.append(turn)
            if queues[account]:
                heapreplace(heads, (clock + moved(turn), place, account))
            else:
                heappop(heads)
        return line

    def take(self, group: Iterable[Turn]) -> None:
        for turn in group:
            account = self._accounts[turn.terms.account]
            account.clock += moved(turn)
            account.turns += 1

    def _enter(self, here: Collection[str]) -> None:
        known = {account: self._accounts[account] for account in here if account in self._accounts}
        least = min((account.clock for account in known.values()), default=0)
        self._accounts = {account: known.get(account) or _Account(least) for account in here}

    def _inside(self, account: str, turns: Sequence[_T]) -> deque[_T]:
        """One account's own pictures in the order of its next turns."""
        ordered = sorted(turns, key=_urgency)  # stable: among equals who was stepped longest ago
        if _urgency(ordered[0]) == _urgency(ordered[-1]):
            return deque(ordered)
        had, placed = self._accounts[account].turns, set[int]()
        urgent, oldest, line = iter(ordered), iter(turns), deque[_T]()
        while len(line) < len(turns):
            chosen = oldest if (had + len(line)) % _OLDEST == _OLDEST - 1 else urgent
            turn = next(turn for turn in chosen if id(turn) not in placed)
            placed.add(id(turn))
            line.append(turn)
        return line


def moved(turn: Turn) -> int:
    """By how much a step of it moves its account's clock."""
    return turn.work * _FINE * (BATCH if turn.terms.batch else 1) // turn.terms.weight


def _urgency(turn: Turn) -> tuple[bool, float]:
    return turn.terms.batch, math.inf if turn.terms.until is None else turn.terms.until
