"""The operator's shelf of models: what is written when one is added, and what every process then sees."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.test_checkpoint_folder import folder

from pingxing.engine.backends.fake import FakeBackend
from pingxing.engine.registry import Registry
from pingxing.engine.shelf import Shelf
from pingxing.errors import Conflict, Integrity, InvalidRequest, NotFound, UnknownModel
from pingxing.types import Request

__all__ = ["folder"]
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "models", frozenset({"scene"}))


def test_what_is_added_is_known_to_everybody(shelf: Shelf, folder: Path, tmp_path: Path) -> None:
    read: list[tuple[int, int]] = []
    added = shelf.add(folder, "", NOW, licence="openrail", told=lambda done, whole: read.append((done, whole)))
    assert (added.name, added.family, added.licence, added.parameters) == ("dream", "sd", "openrail", 38)
    assert read[-1][0] >= added.size_bytes
    other = Shelf(tmp_path / "models")
    assert tuple(other) == (added,)
    assert other.check("dream") == added
    assert added.card.sha256 == added.sha256


@pytest.mark.parametrize("name", ["Dream", "a b", "../up", "-x", "x" * 65, "a/b", ".hidden"])
def test_names_are_plain(shelf: Shelf, folder: Path, name: str) -> None:
    with pytest.raises(InvalidRequest):
        shelf.add(folder, name, NOW)
    with pytest.raises(NotFound):
        shelf.get(name)


def test_a_name_is_given_once(shelf: Shelf, folder: Path) -> None:
    shelf.add(folder, "dream", NOW)
    for name in ("dream", "scene"):
        with pytest.raises(Conflict):
            shelf.add(folder, name, NOW)


def test_what_cannot_be_served_is_not_added(shelf: Shelf, folder: Path) -> None:
    (folder / "unet/diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(NotFound):
        shelf.add(folder, "dream", NOW)
    assert shelf.names() == ()


def test_changed_weights_and_changed_records_are_noticed(shelf: Shelf, folder: Path, tmp_path: Path) -> None:
    shelf.add(folder, "dream", NOW)
    weights = folder / "vae/diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\1")
    with pytest.raises(Integrity) as caught:
        shelf.check("dream")
    assert caught.value.reason == "model_changed"
    (tmp_path / "models/dream.json").write_text("{}")
    with pytest.raises(Integrity):
        shelf.get("dream")


def test_removed_is_removed_and_the_folder_stays(shelf: Shelf, folder: Path) -> None:
    shelf.add(folder, "dream", NOW)
    shelf.remove("dream")
    assert shelf.names() == ()
    assert (folder / "model_index.json").exists()
    with pytest.raises(NotFound):
        shelf.remove("dream")


def test_a_registry_follows_the_shelf() -> None:
    there: dict[str, FakeBackend] = {}
    registry = Registry({"fake": FakeBackend}, "fake", lambda: {name: lambda name=name: there[name] for name in there})
    with pytest.raises(UnknownModel):
        registry.backend("dream")
    there["dream"] = FakeBackend("dream")
    assert registry.backend("dream") is there["dream"]
    assert [card.name for card in registry.models()] == ["fake", "dream"], "those of the house first"
    closed: list[bool] = []
    there.pop("dream").close = lambda: closed.append(True)  # type: ignore[method-assign]
    with pytest.raises(UnknownModel):
        registry.backend("dream")
    assert closed == [True]


@pytest.mark.parametrize(("told", "side"), [(None, 1024), (64, 512), (96, 768), (4, 50), (2_000, 8192), ("64", 1024)])
def test_the_side_that_a_model_was_made_for_is_what_it_makes_when_nobody_says(
    shelf: Shelf, folder: Path, told: object, side: int
) -> None:
    config = {"block_out_channels": [4, 4, 4, 4]} | ({} if told is None else {"sample_size": told})
    (folder / "unet/config.json").write_text(json.dumps(config))
    (folder / "vae/config.json").write_text(json.dumps({"block_out_channels": [4, 4, 4, 4]}))
    card = shelf.add(folder, "dream", NOW).card
    assert card.usual_side == side
    registry = Registry({"dream": lambda: FakeBackend(usual_side=card.usual_side)}, "dream")

    def made(**members: int) -> tuple[int, int]:
        complete = registry.complete(Request(prompt="a cat", **members), lambda most: 0)
        assert registry.complete(complete, lambda most: 1) == complete, "what is complete stays as it is"
        return complete.width, complete.height

    assert made() == (side, side)
    assert made(width=640, height=320) == (640, 320)
    assert made(height=320) == (1024, 320)
    assert made(count=10) == ((side, side) if side < 8192 else (1024, 1024)), "ten of the largest are too many pixels"
