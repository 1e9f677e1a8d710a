"""Training on one's own pictures, on tiny checkpoints: it ends as if nobody had killed it, and its result is served."""

from __future__ import annotations

import json
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from tests.fakes import checkpoints

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from pingxing.engine.backends.diffusion.backend import DiffusionBackend  # noqa: E402
from pingxing.engine.backends.diffusion.folder import inspect  # noqa: E402
from pingxing.engine.shelf import Shelf  # noqa: E402
from pingxing.errors import BackendFailed, Conflict, Integrity, InvalidRequest, NotFound, Unavailable  # noqa: E402
from pingxing.tuning import room  # noqa: E402
from pingxing.tuning.jobs import Job, Jobs, State, wished  # noqa: E402
from pingxing.tuning.run import begin, need, result, run  # noqa: E402
from pingxing.types import AdapterUse, Request  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
STEPS = 5


@pytest.fixture(scope="module", autouse=True)
def quiet():
    os.environ["HF_HUB_OFFLINE"] = "1"
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # a forked child has no other threads
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def bases(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("bases")
    for family in ("sd", "sd3"):
        checkpoints.save(family, place / family)
    return place


@pytest.fixture
def house(bases: Path, tmp_path: Path) -> tuple[Shelf, Jobs, Path]:
    shelf = Shelf(tmp_path / "models")
    for folder in bases.iterdir():
        shelf.add(folder, folder.name, NOW)
    images = tmp_path / "mine"
    images.mkdir()
    for number in range(4):
        shade = np.full((64, 70, 3), 60 * number, np.uint8)
        Image.fromarray(shade).save(images / f"p{number}.png")
        (images / f"p{number}.txt").write_text("a red thing" if number % 2 else "一个 " + "long words " * 20)
    return shelf, Jobs(tmp_path / "tuning"), images


def job(house: tuple[Shelf, Jobs, Path], **more: Any) -> Job:
    shelf, jobs, images = house
    facts = {"images": images, "base": "sd", "steps": STEPS, "batch": 2, "rank": 4, "rate": 0.05, "side": 64}
    return begin(wished(**(facts | more)), shelf, jobs, NOW)


def weights(found: Job) -> dict[str, Any]:
    from safetensors.torch import load_file

    (file,) = (found.folder / "result").rglob("*.safetensors")
    return load_file(file)


def clock() -> datetime:
    return NOW


def pixels(shelf: Shelf, name: str, weight: float) -> Any:
    record = shelf.get("sd")
    engine = DiffusionBackend(record.card, record.path, "exact", lambda: shelf.extras("sd"))
    use = (AdapterUse(name=name, weight=weight),) if weight else ()
    state = engine.prepare(Request(prompt="a red thing", width=64, height=64, seed=1, steps=2, adapters=use))
    while state.step < state.steps:
        engine.step([state])
    return engine.finish(state).pixels


@pytest.mark.slow
def test_killed_on_the_way_it_ends_with_the_same_bytes(house) -> None:
    shelf, _, _ = house
    straight = job(house, name="straight")
    seen: list[State] = []
    assert run(straight, shelf, seen.append, clock=clock).stage == "done"
    assert {state.stage for state in seen} == {"preparing", "training", "done"}

    cut = job(house, name="cut")
    child = os.fork()
    if child == 0:

        def dying(state: State) -> None:
            if state.step == 3:
                os.kill(os.getpid(), signal.SIGKILL)

        run(cut, shelf, dying, clock=clock, save_s=0)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert cut.interrupted
    assert cut.state.saved == 3 < STEPS
    assert run(cut, shelf, clock=clock).stage == "done"
    one, other = weights(straight), weights(cut)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert any(value.abs().max() > 0 for name, value in one.items() if "lora_B" in name)
    assert not (cut.folder / "checkpoint").exists()
    assert not (cut.folder / "prepared").exists()
    assert run(cut, shelf).model == "cut"  # once more changes nothing


def test_what_was_learnt_is_an_adapter_with_its_data_card(house) -> None:
    shelf, _, images = house
    found = job(house, name="look", licence="CC0-1.0", trigger="zx")
    run(found, shelf, clock=clock)
    made = result(found, shelf)
    assert made is not None
    assert (made.bases, made.licence, made.trigger, made.parts, made.rank) == (("sd",), "CC0-1.0", "zx", ("unet",), 4)
    assert found.id in made.lineage
    card = json.loads((made.path.parent / "data_card.json").read_text())
    assert (card["pictures"], card["captions"], card["chinese_captions"]) == (4, 2, 2)
    assert card["licence_stated"] == "CC0-1.0"
    assert set(card["files"]) == {file.name for file in images.glob("*.png")}
    assert not np.array_equal(pixels(shelf, "look", 1.0), pixels(shelf, "look", 0.0))


def test_another_family_is_trained_by_the_same_code_and_learns(house) -> None:
    shelf, _, _ = house
    found = job(house, base="sd3", steps=18, rate=0.05, sparing=False)
    run(found, shelf, clock=clock)
    losses = [json.loads(line)["loss"] for line in (found.folder / "metrics.jsonl").read_text().splitlines()]
    assert len(losses) == 18
    assert np.mean(losses[-6:]) < 0.97 * np.mean(losses[:6])
    made = result(found, shelf)
    assert made is not None
    assert made.parts == ("transformer",)


def test_pause_resume_and_cancel(house) -> None:
    shelf, _, _ = house
    found = job(house)

    def pausing(state: State) -> None:
        if state.stage == "training" and not (found.folder / "pause").exists():
            found.pause()

    assert run(found, shelf, pausing).stage == "paused"
    assert not found.running
    assert 0 < found.state.step < STEPS
    assert found.state.saved == found.state.step

    def cancelling(state: State) -> None:
        if state.stage == "training":
            found.cancel()

    assert run(found, shelf, cancelling).stage == "cancelled"
    assert not (found.folder / "checkpoint").exists()
    assert job(house).id == found.id, "the same command is the same job"
    found.reopen()
    found.cancel()  # while the process that shall train it still starts
    assert run(found, shelf, clock=clock).stage == "cancelled"
    found.reopen()
    assert run(found, shelf, clock=clock).stage == "done", "and begins again"
    with pytest.raises(Conflict):
        found.cancel()


def test_what_cannot_be_trained_is_said_before_anything_is_loaded(house, monkeypatch) -> None:
    shelf, _, images = house
    with pytest.raises(NotFound):
        job(house, base="none")
    with pytest.raises(InvalidRequest, match="train_small"):
        job(house, side=512)
    shelf.join(
        checkpoints.adapter(inspect(shelf.get("sd").path).folder, images / "a.safetensors"), "taken", ["sd"], NOW
    )
    with pytest.raises(Conflict):
        job(house, name="taken")
    assert list(house[1]) == [], "nothing of what was refused is left"
    found = job(house)
    assert need(found, shelf).fits
    monkeypatch.setattr(room, "memory_of", lambda kind: (1 << 20, 1 << 30))
    with pytest.raises(Unavailable, match="train_memory"):
        run(found, shelf)
    assert found.state.stage == "failed"
    assert found.state.error is not None
    assert found.state.error["params"]["free"] == "0.0"


def test_a_loss_that_is_lost_and_a_base_that_changed(house) -> None:
    shelf, _, _ = house
    wild = job(house, rate=0.1, name="wild")
    (wild.folder / "prepared").mkdir()
    from pingxing.training.picture.checkpoint import write_tensors

    for number in range(4):
        write_tensors(
            wild.folder / f"prepared/latent-{number:05d}.safetensors", {"latent": torch.full((4, 8, 8), torch.inf)}
        )
    with pytest.raises(BackendFailed, match="train_lost"):
        run(wild, shelf)
    found = job(house)
    shelf.remove("sd")
    shelf.add(checkpoints.save("sd-v", found.folder.parent.parent / "other"), "sd", NOW)
    with pytest.raises(Integrity, match="model_changed"):
        run(found, shelf)


def test_from_the_command_line(house, monkeypatch, tmp_path) -> None:
    from pingxing.cli.main import main

    shelf, _, images = house
    monkeypatch.setenv("PINGXING_DATA_DIR", str(tmp_path))
    assert shelf.names()

    def told(*arguments: str) -> tuple[int, dict[str, Any]]:
        import click

        @click.command(context_settings={"ignore_unknown_options": True})
        @click.argument("words", nargs=-1, type=click.UNPROCESSED)
        def called(words: tuple[str, ...]) -> None:
            main(words)

        done = CliRunner().invoke(called, ["--", *arguments, "--json"])
        return done.exit_code, json.loads(done.stdout.strip().splitlines()[-1])

    given = ["train", "--images", str(images), "--base", "sd", "--steps", "2", "--side", "64", "--rank", "2"]
    code, later = told(*given, "--later")
    assert (code, later["stage"], later["model"]) == (0, "ready", None)
    code, done = told(*given)
    assert (code, done["stage"], done["job"]) == (0, "done", later["job"])
    assert done["model"]["bases"] == ["sd"]
    code, every = told("train", "list")
    assert [one["job"] for one in every["jobs"]] == [later["job"]]
    assert told("train", "show", "f" * 16)[0] == 4
    assert told("train", "pause", later["job"])[0] == 2
    (images / "p0.txt").unlink()
    code, wrong = told(*given)
    assert code == 2
    assert "p0.png" in wrong["error"]["message"]
