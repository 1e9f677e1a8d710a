"""Our own model in a process of its own: it dies without taking anybody along, and needs no torch there."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pingxing.bootstrap import default_loaders
from pingxing.engine.backends.apart.backend import ApartBackend
from pingxing.engine.backends.own import shipped
from pingxing.engine.backends.own.backend import OwnBackend
from pingxing.errors import InvalidRequest
from pingxing.types import Request


def wish(**members: Any) -> Request:
    return Request(**{"prompt": "a red apple", "width": 64, "height": 64, "seed": 3, "steps": 3} | members)


def drawn(engine: Any, state: Any) -> Any:
    while state.step < state.steps:
        engine.step([state])
    return engine.finish(state).pixels


def test_it_is_drawn_apart_and_a_death_changes_nothing(settings) -> None:
    engine = default_loaders(settings)[shipped.NAME]()
    assert isinstance(engine, ApartBackend)
    try:
        with pytest.raises(InvalidRequest):
            engine.prepare(wish(width=128))
        (workshop,) = engine._hall.workshops
        assert workshop.pid is None, "what it cannot do is said without a child"
        here = OwnBackend(shipped.card(), shipped.FOLDER)
        whole = [drawn(here, here.prepare(wish(seed=seed))) for seed in (3, 4)]
        states = [engine.prepare(wish(seed=seed)) for seed in (3, 4)]
        engine.step(states)
        assert engine.preview(states[0]) is not None
        assert engine.model.plan is not None
        assert engine.model.plan.loaded
        assert engine.model.plan.weights_bytes == shipped.card().size_bytes
        child = workshop.pid
        assert child is not None
        assert "libtorch" not in Path(f"/proc/{child}/maps").read_text()
        os.kill(child, signal.SIGKILL)
        for state, picture in zip(states, whole, strict=True):
            assert (drawn(engine, state) == picture).all()
        assert workshop.pid != child
        assert not np.array_equal(*whole)
    finally:
        engine.close()
    assert workshop.pid is None
