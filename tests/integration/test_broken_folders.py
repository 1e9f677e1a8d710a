"""Folders of every family, each broken in one place: what is said names the file and what to do, in both languages."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.fakes import checkpoints

from pingxing import i18n
from pingxing.engine.backends.diffusion import checkpoint
from pingxing.engine.shelf import Shelf
from pingxing.errors import BackendFailed, PingxingError

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="FOLDERS WERE NOT BROKEN: no torch"),
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning"),
]
FAMILIES = ("sd", "sdxl", "sd3", "pixart", "flux", "other")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
_WIDTHS = ("cross_attention_dim", "joint_attention_dim", "caption_channels", "hidden_size", "d_model")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        for family in FAMILIES:
            checkpoints.save(family, place / family)
    return place


def network(folder: Path) -> str:
    return "unet" if (folder / "unet").is_dir() else "transformer"


def weights(folder: Path, part: str) -> Path:
    return next((folder / part).glob("*.safetensors"))


def changed(file: Path, **members: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | members))


def widened(folder: Path, part: str) -> str:
    """The config asks for another width than the weights have."""
    file = folder / part / "config.json"
    told = json.loads(file.read_text())
    name = next(name for name in _WIDTHS if isinstance(told.get(name), int))
    changed(file, **{name: told[name] * 2})
    return part


def no_weights(folder: Path) -> str:
    weights(folder, network(folder)).unlink()
    return f"{network(folder)}/diffusion_pytorch_model.safetensors"


def no_encoder(folder: Path) -> str:
    weights(folder, "text_encoder").unlink()
    return "text_encoder/model.safetensors"


def cut_off(folder: Path) -> str:
    file = weights(folder, network(folder))
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    return f"{network(folder)}/{file.name}"


def cut_off_in_its_header(folder: Path) -> str:
    file = weights(folder, "vae")
    file.write_bytes(file.read_bytes()[:100])
    return f"vae/{file.name}"


def empty(folder: Path) -> str:
    weights(folder, "vae").write_bytes(b"")
    return "vae/diffusion_pytorch_model.safetensors"


def pickled(folder: Path) -> str:
    weights(folder, "vae").rename(folder / "vae" / "diffusion_pytorch_model.bin")
    return "vae/diffusion_pytorch_model.bin"


def config_of_another(folder: Path) -> str:
    shutil.copy(folder / "vae/config.json", folder / network(folder) / "config.json")
    return f"{network(folder)}/config.json"


def config_empty(folder: Path) -> str:
    (folder / network(folder) / "config.json").write_bytes(b"")
    return f"{network(folder)}/config.json"


def unknown_network(folder: Path) -> str:
    changed(folder / "model_index.json", **{network(folder): ["diffusers", "NobodysNetwork"]})
    return "NobodysNetwork"


def unknown_encoder(folder: Path) -> str:
    changed(folder / "model_index.json", text_encoder=["transformers", "NobodysEncoder"])
    return "NobodysEncoder"


def unknown_scheduler(folder: Path) -> str:
    changed(folder / "model_index.json", scheduler=["diffusers", "NobodysScheduler"])
    return "NobodysScheduler"


def unknown_pipeline(folder: Path) -> str:
    changed(folder / "model_index.json", _class_name="NobodysPipeline")
    return "NobodysPipeline"


def pipeline_of_films(folder: Path) -> str:
    changed(folder / "model_index.json", _class_name="WanPipeline")
    return "WanPipeline"


def no_schedule(folder: Path) -> str:
    (folder / "scheduler/scheduler_config.json").unlink()
    return "scheduler/scheduler_config.json"


def schedule_empty(folder: Path) -> str:
    (folder / "scheduler/scheduler_config.json").write_bytes(b"")
    return "scheduler/scheduler_config.json"


def words_empty(folder: Path) -> str:
    for file in (folder / "tokenizer").iterdir():
        file.write_bytes(b"")
    return "tokenizer/"


def index_empty(folder: Path) -> str:
    (folder / "model_index.json").write_bytes(b"")
    return "model_index.json"


def no_part(folder: Path) -> str:
    shutil.rmtree(folder / "vae")
    return "vae/"


BROKEN: tuple[Callable[[Path], str], ...] = (
    *(no_weights, no_encoder, cut_off, cut_off_in_its_header, empty, pickled, config_of_another, config_empty),
    *(
        unknown_network,
        unknown_encoder,
        unknown_scheduler,
        unknown_pipeline,
        pipeline_of_films,
        no_schedule,
        schedule_empty,
    ),
    *(words_empty, index_empty, no_part),
)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_broken_is_not_added_and_named(whole: Path, tmp_path: Path, family: str) -> None:
    shelf = Shelf(tmp_path / "shelf")
    for number, harm in enumerate(BROKEN):
        folder = tmp_path / f"{family}{number}"
        shutil.copytree(whole / family, folder)
        name = harm(folder)
        with pytest.raises(PingxingError) as caught:
            shelf.add(folder, "broken", NOW)
        told(caught.value, name)
    assert shelf.names() == ()
    assert shelf.add(whole / family, "whole", NOW).name == "whole"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("encoder", [True, False])
def test_a_config_that_its_weights_do_not_fit_is_named_when_it_is_loaded(
    whole: Path, tmp_path: Path, family: str, encoder: bool
) -> None:
    folder = tmp_path / family
    shutil.copytree(whole / family, folder)
    part = widened(folder, "text_encoder" if encoder else network(folder))
    card = Shelf(tmp_path / "shelf").add(folder, "wide", NOW).card
    with pytest.raises(BackendFailed) as caught:
        checkpoint(card, folder).warm()
    assert caught.value.reason == "load_part"
    told(caught.value, part)
    told(caught.value, f"{part}/config.json")


def told(error: PingxingError, name: str) -> None:
    """In both languages, with a hint."""
    for language in ("en", "zh"):
        said, hint = i18n.explain(error, language)
        assert name in said, said
        assert hint, said
