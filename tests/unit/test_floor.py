"""Whose turn it is on a device that does not hold all models at once."""

from __future__ import annotations

from pingxing.engine.backends.apart.floor import Floor


def test_who_waits_makes_the_others_drain_after_their_stay_and_in_turn() -> None:
    now = [100.0]
    floor = Floor(10, lambda: now[0])
    assert not floor.wanted("a")
    floor.stand("a")
    assert not floor.wanted("a"), "nobody else waits"
    floor.came("a")
    floor.stand("b")
    floor.stand("b")
    assert not floor.wanted("a"), "it came just now"
    now[0] += 10
    assert floor.wanted("a")
    assert floor.first("b")
    floor.stand("a")
    floor.came("b")
    assert floor.first("a")
    assert not floor.wanted("b")
    now[0] += 10
    assert floor.wanted("b")
    floor.left("a")
    assert not floor.wanted("b")
    assert floor.first("c")


def test_nobody_waits_long_before_looking_again() -> None:
    floor = Floor()
    floor.stand("a")
    floor.wait("a")
    floor.wait("b")
