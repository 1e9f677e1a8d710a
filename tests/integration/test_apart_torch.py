"""A real checkpoint in a process of its own: the pictures are those that it makes here, also after its death."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from tests.fakes import checkpoints
from tests.integration.test_diffusion import alone, backend, half, photo, psnr, pytestmark, quiet, shelf, wish

from pingxing.engine.backends.apart.backend import ApartBackend
from pingxing.engine.backends.apart.hall import Hall
from pingxing.engine.backends.apart.workshop import Workshop
from pingxing.engine.base import Inputs
from pingxing.engine.shelf import Shelf

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


def test_an_adapter_of_no_weight_is_named_and_changes_nothing(shelf: Path, tmp_path: Path, monkeypatch) -> None:
    """It was refused by the child, which was not told of what does nothing: the job failed and could not say why."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    now, models, workshop = datetime(2026, 11, 1, tzinfo=UTC), Shelf(tmp_path / "models"), Workshop()
    models.add(shelf / "sd", "sd", now)
    models.join(checkpoints.adapter(shelf / "sd", tmp_path / "ink.safetensors"), "", ["sd"], now)
    found = models.get("sd")
    engine = ApartBackend(found.card, found.path, "exact", Hall((workshop,)), lambda: models.extras("sd"))
    made = {}
    for weight in (None, 0.0, 1.5):
        state = engine.prepare(wish(adapters=() if weight is None else ({"name": "ink", "weight": weight},)))
        while state.step < state.steps:
            engine.step([state])
        made[weight] = engine.finish(state).pixels
    assert (made[0.0] == made[None]).all()
    assert psnr(made[1.5], made[None]) < 45
    while workshop.pid is not None:
        workshop.leave()
