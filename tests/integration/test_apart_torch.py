"""A real checkpoint in a process of its own: the pictures are those that it makes here, also after its death."""

from __future__ import annotations

import os
from pathlib import Path

from tests.integration.test_diffusion import alone, backend, half, photo, psnr, pytestmark, quiet, shelf, wish

from pingxing.engine.backends.apart.backend import ApartBackend
from pingxing.engine.backends.apart.hall import Hall
from pingxing.engine.backends.apart.workshop import Workshop
from pingxing.engine.base import Inputs

__all__ = ["pytestmark", "quiet", "shelf"]


def test_the_pictures_are_the_same_as_here(shelf: Path, monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    workshop = Workshop()
    for family in ("sd", "flux"):
        engine = ApartBackend(backend(shelf, family).model, shelf / family, "exact", Hall((workshop,)))
        states = [engine.prepare(wish(seed=n, steps=n)) for n in (1, 2, 3)]
        while going := [state for state in states if state.step < state.steps]:
            engine.step(going)
            assert engine.preview(going[0]) is not None
        for n, state in zip((1, 2, 3), states, strict=True):
            assert psnr(engine.finish(state).pixels, alone(backend(shelf, family, "exact"), wish(seed=n, steps=n))) > 60
    begun = engine.prepare(wish(init_image="0" * 32, mask="1" * 32), Inputs(photo(side=64), half(64)))
    engine.step([begun])
    assert workshop.pid is not None
    os.kill(workshop.pid, 9)
    while begun.step < begun.steps:
        engine.step([begun])
    made = engine.finish(begun).pixels
    assert (made[:, :32] == photo(side=64).pixels[:, :32]).all()
    while workshop.pid is not None:
        workshop.leave()
