"""Training in the studio: the operator's alone, errors beside the form, and a job in a process of its own."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests.fakes import checkpoints
from tests.integration.test_copies_pages import PASSWORD, client_of, member, token

pytest.importorskip("peft")

from pingxing.bootstrap import shelf, training_jobs
from pingxing.errors import Conflict
from pingxing.tuning import background
from pingxing.tuning.jobs import State, wished
from pingxing.tuning.run import begin
from pingxing.types import Role

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")


@pytest.fixture
def opened(make_app, settings, tmp_path: Path):
    app = make_app(settings)
    kept = shelf(settings)
    kept.add(checkpoints.save("sd", tmp_path / "sd"), "tiny", datetime.now(UTC))
    return app


@pytest.fixture
def images(tmp_path: Path) -> Path:
    place = tmp_path / "<mine>"
    place.mkdir()
    for number in range(4):
        Image.fromarray(np.full((64, 64, 3), 50 * number, np.uint8)).save(place / f"p{number}.png")
        (place / f"p{number}.txt").write_text("a red thing")
    return place


def operator(app) -> TestClient:
    app.identity.create_account(app.identity.local_actor("en"), "boss", Role.ADMIN, PASSWORD)
    return client_of(app, "boss")


def test_it_is_the_operators_room(opened) -> None:
    client = member(opened)
    assert client.get("/operator/training").status_code == 403
    form = {"csrf": token(client), "images": "/", "base": "tiny"}
    assert client.post("/operator/training", data=form).status_code == 403
    boss = operator(opened)
    assert "tiny" in boss.get("/operator/training").text
    assert boss.post("/operator/training", data={"images": "/", "base": "tiny", "csrf": "x"}).status_code == 403


def test_what_is_wrong_stands_beside_the_form(opened, images: Path) -> None:
    client = operator(opened)
    form = {"csrf": token(client), "images": str(images), "base": "tiny", "side": "64", "licence": "my <own>"}
    (images / "p2.txt").unlink()
    answer = client.post("/operator/training", data=form)
    assert answer.status_code == 400
    assert "p2.png has no caption" in answer.text
    assert "my &lt;own&gt;" in answer.text
    assert "<mine>" not in answer.text
    assert "more pictures" not in answer.text, "one alone is wrong"
    assert '<details class="more" open>' in answer.text, "what was typed there is seen again"
    assert "Name of what comes of it" in answer.text
    assert client.post("/operator/training", data={**form, "steps": "0"}).status_code == 400
    assert client.post("/operator/training", data={**form, "base": "none"}).status_code == 404
    assert list(training_jobs(opened.settings)) == []


def test_buttons_follow_the_job(opened, images: Path, monkeypatch) -> None:
    client = operator(opened)
    begun: list[str] = []
    monkeypatch.setattr(background, "start", lambda job, folder: begun.append(job.id) or 1)
    form = {"csrf": token(client), "images": str(images), "base": "tiny", "side": "64", "steps": "9"}
    assert client.post("/operator/training", data={**form, "batch": "65"}).status_code == 400
    form |= {"batch": "3", "rate": "0.0003"}
    assert client.post("/operator/training", data=form).status_code == 303
    (job,) = training_jobs(opened.settings)
    assert (job.wish.batch, job.wish.rate) == (3, 0.0003)
    assert begun == [job.id]
    door = f"/operator/training/{job.id}"
    assert 'hx-trigger="every 2s"' in client.get("/operator/training").text, "what is about to begin is looked for"
    with job.held():
        job.note(State(stage="training", step=3, steps=9, loss=0.5, rate=0.05))
        part = client.get("/operator/training", headers={"hx-request": "true"}).text
        assert 'hx-trigger="every 2s"' in part
        assert 'value="33"' in part
        assert f'id="pause-{job.id}"' in part, (
            "whoever stands on it with the keyboard stays there when it is fetched anew"
        )
        assert "6 min left" in part
        assert client.post(f"{door}/pause", data={"csrf": form["csrf"]}).status_code == 303
        assert job.asked() == "pause"
    shown = client.get("/operator/training").text
    assert "cut off" in shown
    assert "every 2s" not in shown
    assert client.post(f"{door}/pause", data={"csrf": form["csrf"]}).status_code == 409
    client.post(f"{door}/resume", data={"csrf": form["csrf"]})
    assert begun == [job.id] * 2
    for made, words in (("tiny", "is a model of its own now"), ("mine", "can be added to pictures of tiny")):
        job.note(State(stage="done", step=9, steps=9, model=made))
        assert words in client.get("/operator/training").text
    failed = {
        "kind": "Unavailable",
        "reason": "train_memory",
        "params": {"device": "cpu", "needs": "9.1", "free": "2.0"},
    }
    job.note(State(stage="failed", step=3, steps=9, error=failed))
    assert "9.1 GiB" in client.get("/operator/training").text
    client.post(f"{door}/cancel", data={"csrf": form["csrf"]})
    assert job.state.stage == "cancelled"
    assert f"{door}/resume" not in client.get("/operator/training").text


def test_a_job_runs_in_a_process_of_its_own(opened, images: Path, monkeypatch, tmp_path: Path) -> None:
    """That process is `pingxing train resume`, which test_tuning runs; here a stand-in says how it was called."""
    script = tmp_path / "python"
    script.write_text('#!/bin/sh\necho "$@ $PINGXING_DATA_DIR"\n')
    script.chmod(0o755)
    monkeypatch.setattr(background.sys, "executable", str(script))
    wish = wished(images=images, base="tiny", side=64, steps=2)
    job = begin(wish, shelf(opened.settings), training_jobs(opened.settings), datetime.now(UTC))
    background.start(job, opened.settings.data_dir)
    until = time.monotonic() + 60
    while not (said := (job.folder / "log.txt").read_text()):
        assert time.monotonic() < until
        time.sleep(0.02)
    assert said == f"-m pingxing train resume {job.id} --json --reopened {opened.settings.data_dir.resolve()}\n"
    with job.held(), pytest.raises(Conflict):
        background.start(job, opened.settings.data_dir)


def test_the_same_over_http(opened, images: Path, monkeypatch) -> None:
    begun: list[str] = []
    monkeypatch.setattr(background, "start", lambda job, folder: begun.append(job.id) or 1)
    door, client = "/api/v1/trainings", member(opened)
    headers = {"x-csrf-token": token(client)}
    wish = {"images": str(images), "base": "tiny", "side": 64, "steps": 9}
    assert client.get(door).status_code == 403
    assert client.post(door, json=wish, headers=headers).status_code == 403
    client = operator(opened)
    headers = {"x-csrf-token": token(client)}
    assert client.get(door).json() == {"trainings": []}
    for wrong, status in (({"steps": 0}, 422), ({"more": 1}, 422), ({"base": "none"}, 404), ({"images": "\0"}, 400)):
        answer = client.post(door, json={**wish, **wrong}, headers=headers)
        assert answer.status_code in (status, 400), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert begun == []
    made = client.post(door, json=wish, headers=headers)
    assert made.status_code == 202, made.text
    told = made.json()
    assert (told["stage"], told["steps"], told["pictures"], told["base"]) == ("ready", 9, 4, "tiny")
    assert begun == [told["id"]]
    assert client.post(door, json=wish, headers=headers).json()["id"] == told["id"]
    one = f"{door}/{told['id']}"
    assert client.post(f"{one}/pause", headers=headers).status_code == 409
    job = training_jobs(opened.settings).get(told["id"])
    failed = {"kind": "Unavailable", "reason": "train_memory", "params": {"device": "cpu", "needs": "9", "free": "2"}}
    job.note(State(stage="failed", step=3, steps=9, error=failed))
    assert "9 GiB" in client.get(one, headers={"accept-language": "zh"}).json()["error"]["message"]
    assert client.post(f"{one}/resume", headers=headers).status_code == 202
    assert client.post(f"{one}/cancel", headers=headers).json()["stage"] == "cancelled"
    assert [row["id"] for row in client.get(door).json()["trainings"]] == [told["id"]]
    assert client.get(f"{door}/{'0' * 16}").status_code == 404
