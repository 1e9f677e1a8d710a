"""Our own model trained on from a folder of pictures: a model of its own, with new words, the same after a pause."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from tests.integration.test_own_engine import CARD, WORDS, export, made  # noqa: E402

from pingxing.engine.backends.own import folder as folders  # noqa: E402
from pingxing.engine.backends.own import shipped  # noqa: E402
from pingxing.engine.backends.own.backend import OwnBackend  # noqa: E402
from pingxing.engine.shelf import Shelf  # noqa: E402
from pingxing.errors import Integrity, NotFound  # noqa: E402
from pingxing.training.picture.export import resumed  # noqa: E402
from pingxing.tuning.jobs import Job, Jobs, wished  # noqa: E402
from pingxing.tuning.own import words_with  # noqa: E402
from pingxing.tuning.run import bases, begin, need, result, run  # noqa: E402
from pingxing.types import Request  # noqa: E402
from pingxing.vocabulary import Vocabulary  # noqa: E402

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path) -> tuple[Shelf, Path]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    shelf, images = Shelf(tmp_path / "models"), tmp_path / "mine"
    shelf.add(export(*made(), WORDS, tmp_path / "base", CARD, "int8", spare=True), "base", NOW)
    images.mkdir()
    for number in range(4):
        Image.fromarray(np.full((40, 40, 3), 60 * number, np.uint8)).save(images / f"p{number}.png")
        (images / f"p{number}.txt").write_text("a red zorp" if number % 2 else "一只红鼬")
    yield shelf, images
    torch.set_num_threads(threads)


def job(house: tuple[Shelf, Path], place: Path, name: str) -> Job:
    shelf, images = house
    wish = wished(images=images, base="base", name=name, licence="CC0-1.0", steps=4, batch=2, rate=0.01)
    return begin(wish, shelf, Jobs(place), NOW)


def test_it_becomes_a_model_with_the_new_words(house, tmp_path: Path) -> None:
    shelf, _ = house
    begun = job(house, tmp_path / "one", "mine")
    assert need(begun, shelf).fits
    state = run(begun, shelf, clock=lambda: NOW)
    assert (state.stage, state.step, state.model) == ("done", 4, "mine")
    shelved = result(begun, shelf)
    assert shelved is not None
    assert shelved.name == "mine"
    facts = folders.facts(shelved.path)
    assert facts.words == len(WORDS) + 2
    assert folders.vocabulary(shelved.path, facts).words[-2:] == ("鼬", "zorp")
    assert "base (" in facts.lineage
    assert "CC0-1.0" in facts.licence
    card = json.loads((shelved.path / "data_card.json").read_text())
    assert (card["pictures"], card["recipe"]["kind"]) == (4, "whole")
    backend = OwnBackend(shelf.card("mine"), shelved.path)
    state = backend.prepare(Request(prompt="a red zorp", width=64, height=64, seed=1, steps=1, model="mine"))
    backend.step([state])
    assert backend.finish(state).pixels.shape == (64, 64, 3)


def test_a_pause_changes_nothing(house, tmp_path: Path) -> None:
    shelf, _ = house
    straight, halted = job(house, tmp_path / "one", "straight"), job(house, tmp_path / "two", "halted")
    run(straight, shelf, clock=lambda: NOW)
    told: list[int] = []

    def stop() -> bool:
        told.append(1)
        return len(told) == 2

    assert run(halted, shelf, stop=stop, clock=lambda: NOW).stage == "paused"
    assert 0 < halted.state.saved < 4
    assert run(halted, shelf, clock=lambda: NOW).stage == "done"
    ends = [resumed(shelf.get(name).path)[0].state_dict() for name in ("straight", "halted")]
    first = resumed(shelf.get("base").path)[0].state_dict()
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
    assert any(not torch.equal(ends[0][name], first[name]) for name in first if "blocks" in name)


def test_weights_that_are_missing_or_changed_are_said(house, tmp_path: Path) -> None:
    shelf, _ = house
    begun = job(house, tmp_path / "one", "mine")
    part = shelf.get("base").path / "trained" / "part-000.safetensors"
    data = bytearray(part.read_bytes())
    data[-1] ^= 1
    part.write_bytes(data)
    with pytest.raises(Integrity):
        run(begun, shelf)
    for file in part.parent.iterdir():
        file.unlink()
    part.parent.rmdir()
    with pytest.raises(NotFound) as missing:
        job(house, tmp_path / "two", "other")
    assert missing.value.reason == "train_weights"


def test_the_model_that_comes_with_the_package_can_be_begun_with(house, tmp_path: Path) -> None:
    shelf, images = house
    assert bases(shelf) == (shipped.NAME, "base")
    begun = begin(wished(images=images, base=shipped.NAME), shelf, Jobs(tmp_path / "one"), NOW)
    assert begun.base_sha256 == shipped.card().sha256
    assert (begun.wish.side, begun.wish.name) == (64, f"mine-{shipped.NAME}")
    assert need(begun, shelf).training > 100 << 20
    shelf.add(tmp_path / "base", shipped.NAME, NOW)  # whoever has one of that name means that one
    own = begin(wished(images=images, base=shipped.NAME, name="other"), shelf, Jobs(tmp_path / "two"), NOW)
    assert own.base_sha256 == shelf.get(shipped.NAME).sha256


def test_only_words_that_it_does_not_know_are_added() -> None:
    known = Vocabulary(WORDS)
    assert words_with(known, ["a cat", "两只猫 red cats zorp", "zorp"]) == (*WORDS, "两", "cats", "zorp")
