"""Who asks from another thread is served in the main one, and gets the answer or the error."""

from __future__ import annotations

import threading

import pytest
from bench.engine_main import OnMain


class Backend:
    name = "backend"

    def __init__(self) -> None:
        self.where: list[threading.Thread] = []

    def prepare(self, number: int, *, more: int = 0) -> int:
        self.where.append(threading.current_thread())
        return number + more

    def step(self, states: list[int]) -> None:
        raise LookupError(states)


def test_what_computes_runs_where_it_is_served_and_answers_come_back() -> None:
    backend = Backend()
    served = OnMain(backend)
    found: list[object] = []

    def person(number: int) -> None:
        found.append(served.prepare(number, more=1))
        with pytest.raises(LookupError, match=str(number)):
            served.step([number])
        found.append(served.name)

    served.serve([threading.Thread(target=person, args=(number,)) for number in (1, 2, 3)])
    assert sorted(one for one in found if isinstance(one, int)) == [2, 3, 4]
    assert found.count("backend") == 3
    assert backend.where == [threading.current_thread()] * 3
