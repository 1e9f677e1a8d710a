"""Label closure under kill -9: no stage of writing, storing or handing out leaves an unlabelled picture within reach.

Every day a studio dies at each of the stages of tests/fakes/dying.py over one data folder. With PINGXING_THOROUGH=1
also in a folder of its own for each stage, with the worker from the start, in every raster format, and with a disk
that fails instead of a kill. Labels are judged by the independent reader alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from bench.truth import Examiner
from fastapi.testclient import TestClient
from tests.fakes.dying import STAGES, studio
from tests.independent import reader

from pingxing import flow
from pingxing.api.app import create
from pingxing.bootstrap import App
from pingxing.errors import NotFound
from pingxing.press import receipt_id

ROOT = Path(__file__).parents[2]
THOROUGH = bool(os.environ.get("PINGXING_THOROUGH"))
# Up to here nothing of the picture is on the disk, from there on a draft, then a whole file, then a receipt.
IN_MEMORY = ("before-watermark", "after-watermark", "after-visible-mark", "after-packet", "after-encode",
             "before-signing", "signed-not-read", "after-signing", "before-read-back", "record-read-back",
             "before-measuring", "after-read-back", "before-blob")  # fmt: skip
DRAFTED = ("blob-half-written", "blob-not-synced", "blob-not-named")
STORED = ("blob-just-named", "after-blob", "before-ledger", "after-ledger", "ledger-sealed", "receipt-written",
          "before-commit")  # fmt: skip
DELIVERED = ("after-commit", "before-release", "releasing", "released", "half-handed-out")


def die(root: Path, kind: str, form: str, how: str, *stages: str) -> Path:
    words = [sys.executable, "-m", "tests.fakes.dying", str(root), kind, form, how, *stages]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PINGXING_")}
    ended = subprocess.run(words, cwd=ROOT, env=kept | {"OMP_NUM_THREADS": "1"}, capture_output=True, check=False)
    log = (root / "log").read_text(errors="replace") if (root / "log").exists() else ""
    assert ended.returncode == 0, ended.stderr.decode() + log
    return root


@pytest.fixture(scope="module")
def dead(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return die(tmp_path_factory.mktemp("dead"), "kill", "PNG", "together")


def rows(data: Path, query: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(data / "pingxing.db")) as database:
        return database.execute(query).fetchall()


def receipts(data: Path) -> dict[str, str]:
    """Receipt to the SHA-256 of its picture."""
    return dict(rows(data, "SELECT id, sha256 FROM receipts"))  # type: ignore[arg-type]


def stored(data: Path) -> dict[str, bytes]:
    """Everything in `artifacts`, drafts too."""
    return {path.name: path.read_bytes() for path in (data / "artifacts").glob("??/??/*")}


def own_label(data: bytes) -> str:
    """The number in a file's one valid label, by the independent reader."""
    assert reader.problems(data) == []
    (text,) = reader.labels(data)
    return str(json.loads(text)["ProduceID"])


def told(root: Path, stage: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((root / stage / "told.json").read_text())
    return found


def test_every_stage_is_named_once() -> None:
    assert sorted([*IN_MEMORY, *DRAFTED, *STORED, *DELIVERED]) == sorted(STAGES)
    assert len(STAGES) == 28


@pytest.mark.parametrize("stage", STAGES)
def test_what_lies_on_the_disk_after_kill_9_is_labelled_or_nobody_s(stage: str, dead: Path) -> None:
    assert told(dead, stage)["ended"] == -9
    killed = dead / stage / "killed"
    issued, files = receipts(killed), stored(killed)
    whole = {name: data for name, data in files.items() if not name.startswith(".")}
    for name, data in whole.items():  # also of those without a receipt, which the next start sweeps
        assert hashlib.sha256(data).hexdigest() == name
        own_label(data)
    for receipt, sha256 in issued.items():
        assert own_label(whole[sha256]) == receipt
    last = rows(killed, "SELECT id FROM jobs ORDER BY created_at DESC LIMIT 1")[0][0]
    assert (receipt_id(last, 0) in issued) is (stage in DELIVERED)
    mine = {own_label(data) for data in whole.values()}
    assert (receipt_id(last, 0) in mine) is (stage in STORED + DELIVERED)
    if stage in DRAFTED:
        assert any(name.startswith(".") for name in files)


def doors(app: App, asked: list[str]) -> dict[str, bytes]:
    """Everything that the HTTP door and `release` hand out for these names."""
    actor = app.identity.local_actor("en")
    headers = {"Authorization": f"Bearer {app.identity.make_key(actor, 'door', actor.scopes)[1]}"}
    client = TestClient(create(app, work=False), base_url="http://127.0.0.1", headers=headers)
    given: dict[str, bytes] = {}
    for name in asked:
        answer = client.get(f"/api/receipts/{name}/file")
        try:
            released = flow.release(app, actor, name).data
        except NotFound:
            assert answer.status_code == 404, name
            continue
        assert answer.status_code == 200
        assert answer.content == released
        given[name] = released
    return given


@pytest.mark.parametrize("stage", [*DRAFTED, *STORED, *DELIVERED])
def test_no_door_opens_to_a_picture_without_its_receipt(stage: str, dead: Path) -> None:
    killed = dead / stage / "killed"
    issued, files = receipts(killed), stored(killed)
    jobs = [row[0] for row in rows(killed, "SELECT id FROM jobs")]
    names = [*files, *jobs, *(receipt_id(job, 0) for job in jobs), *(name.split(".")[-1] for name in files)]
    with studio(killed) as app:
        given = doors(app, names)
    assert set(given) == set(issued)
    for receipt, data in given.items():
        assert own_label(data) == receipt


def checked_at_the_end(folder: Path, *, may_fail: bool = False) -> None:
    """After the restart: pictures, receipts and log are one story, nothing is left over, everything is labelled.

    `may_fail`: an unknown failure of the disk may end a job as failed; then there is no picture of it anywhere.
    """
    truth = Examiner(folder / "data").settled()
    assert truth.problems == []
    issued, files = receipts(folder / "data"), stored(folder / "data")
    states = [job["state"] for job in truth.jobs.values()]
    assert set(states) <= ({"delivered", "failed"} if may_fail else {"delivered"})
    assert len(issued) == states.count("delivered")  # what was acknowledged was delivered, once
    assert set(files) == set(issued.values())  # orphans and drafts are swept
    for receipt, sha256 in issued.items():
        assert own_label(files[sha256]) == receipt
    handed_out = [path for path in (folder / "outbox").iterdir() if not path.name.startswith(".")]
    assert {path.name for path in handed_out} == {f"{receipt}.{sha256}" for receipt, sha256 in issued.items()}
    for path in handed_out:
        receipt, _, sha256 = path.name.partition(".")
        data = path.read_bytes()
        assert hashlib.sha256(data).hexdigest() == sha256
        assert own_label(data) == receipt


def test_after_the_restart_everything_is_delivered_once_and_labelled(dead: Path) -> None:
    checked_at_the_end(dead / "together")


def test_a_disk_that_fails_at_any_stage_delivers_late_or_not_at_all(tmp_path: Path) -> None:
    stages = list(STAGES) if THOROUGH else ["after-encode", "blob-half-written", "before-commit", "releasing"]
    die(tmp_path, "fail", "JPEG", "together", *stages)
    assert [told(tmp_path, stage)["ended"] for stage in stages] == [0] * len(stages)
    checked_at_the_end(tmp_path / "together")


@pytest.mark.slow
@pytest.mark.skipif(not THOROUGH, reason="28 stages in 3 formats, each started twice: set PINGXING_THOROUGH=1")
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("kind", ["kill", "fail"])
def test_each_stage_in_a_folder_of_its_own_with_the_worker(kind: str, form: str, tmp_path: Path) -> None:
    die(tmp_path, kind, form, "apart")
    wanted: Callable[[object], bool] = (lambda ended: ended == -9) if kind == "kill" else (lambda ended: ended == 0)
    for stage in STAGES:
        said = told(tmp_path, stage)
        assert wanted(said["ended"]), (stage, (tmp_path / stage / "log").read_text())
        assert said["again"] == 0, (stage, (tmp_path / stage / "log").read_text())
        checked_at_the_end(tmp_path / stage, may_fail=kind == "fail")
