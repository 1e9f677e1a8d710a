"""`pingxing generate --init-image`: in this process, with the fake engine in the place of the usual one."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pingxing import flow, label, uploads
from pingxing.bootstrap import build
from pingxing.cli.console import Console
from pingxing.cli.main import main
from pingxing.engine.backends.fake import FakeBackend
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.settings import load
from pingxing.types import Request

Run = Callable[..., tuple[int, dict[str, Any]]]
PHOTO = Path(__file__).parents[1] / "bank" / "pictures" / "astronaut.jpg"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """(exit code, the one object on stdout), in a folder with a picture and a mask."""
    monkeypatch.setenv("PINGXING_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PINGXING_DEFAULT_MODEL", "fake")
    monkeypatch.setattr("pingxing.bootstrap.default_loaders", lambda _: {"fake": FakeBackend})
    monkeypatch.setattr("pingxing.bootstrap.default_guard", lambda *_, **__: Guard([FakeCheck()]))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orange.png").write_bytes(png("orange"))
    (tmp_path / "left.png").write_bytes(png("black", (0, 0, 64, 128)))
    (tmp_path / "words.txt").write_text("no picture")

    notes: list[str] = []
    monkeypatch.setattr(Console, "note", lambda self, key, **blanks: notes.append(self.say(key, **blanks)))

    def go(*arguments: str, language: str = "en") -> tuple[int, dict[str, Any]]:
        # stdout alone: the worker's log keeps whatever stands for stderr when it starts, longer than a test lives.
        out = io.StringIO()
        with pytest.raises(SystemExit) as stop, redirect_stdout(out):
            main(["--lang", language, "generate", "a fox", *arguments, "--json"])
        return int(stop.value.code or 0), json.loads(out.getvalue()) | {"notes": "".join(notes)}

    return go


def png(colour: str, white: tuple[int, int, int, int] | None = None) -> bytes:
    image = Image.new("RGB", (128, 128), colour)
    if white:
        image.paste("white", white)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def orange(path: Path) -> Any:
    with Image.open(path) as image:
        return (abs(np.asarray(image.convert("RGB")).astype(int) - np.array((255, 165, 0))) <= 6).all(axis=2)


def test_a_picture_a_mask_and_what_is_stated(run: Run, tmp_path: Path) -> None:
    code, told = run("--init-image", "orange.png", "--mask", "left.png", "--who", "nobody", "-o", "out.png")
    assert code == 0
    assert (told["artifacts"][0]["width"], told["artifacts"][0]["height"]) == (128, 128)
    assert "No real person" in told["notes"]
    found = orange(tmp_path / "out.png")[:90]
    assert found[:, :60].mean() < 0.2
    assert found[:, 68:].mean() > 0.95
    assert label.verdict(label.read((tmp_path / "out.png").read_bytes())) == "confirmed"
    code, told = run("--init-image", "orange.png", "--strength", "0.05", "--size", "64x96", "--count", "2")
    assert (code, [one["height"] for one in told["artifacts"]]) == (0, [96, 96])
    with build(load({}, data_dir=tmp_path / "data", default_model="fake")) as app:
        assert uploads.mine(app, app.identity.local_actor("en")) == ()  # gone when their jobs had ended


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--init-image", "none.png"], 4, {"en": "none.png"}),
        (["--init-image", "."], 4, {"zh": "."}),
        (["--init-image", "words.txt"], 2, {"en": "PNG"}),
        (["--init-image", "orange.png", "--mask", "words.txt"], 2, {"zh": "PNG"}),
        (["--mask", "left.png"], 2, {"en": "init_image"}),
        (["--strength", "0.5"], 2, {"zh": "init_image"}),
        (["--init-image", "orange.png", "--strength", "0"], 2, {"zh": "`strength` 必须大于 0"}),
        (["--init-image", "orange.png", "--who", "everybody"], 2, {"en": "nobody"}),
        (["--init-image", str(PHOTO)], 2, {"en": "--who agreed", "zh": "未经本人同意"}),
    ],
)
def test_what_is_wrong_is_said(run: Run, tmp_path: Path, arguments, code, words) -> None:
    for language, word in words.items():
        found, told = run(*arguments, language=language)
        assert found == code
        assert word in told["error"]["message"] + told["error"]["hint"], told
    if (tmp_path / "data" / "pingxing.db").exists():
        with build(load({}, data_dir=tmp_path / "data", default_model="fake")) as app:
            assert uploads.mine(app, app.identity.local_actor("en")) == ()


def test_urgency_deadline_and_what_it_cost(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Request] = []
    admit = flow.admit
    monkeypatch.setattr(
        flow, "admit", lambda app, actor, request: (asked.append(request), admit(app, actor, request))[1]
    )
    code, _ = run("--urgency", "batch", "--deadline", "600", "--steps", "4", "--size", "512x512", "-o", "out.png")
    assert code == 0
    assert (asked[0].urgency, asked[0].deadline_s, asked[0].width) == ("batch", 600, 512)
    assert run("-o", "out.png")[1]["artifacts"][0]["width"] == FakeBackend().model.usual_side
    assert asked[1].model_fields_set.isdisjoint({"width", "height"}), "nobody asked for a size"
    code, told = run("--deadline", "0")
    assert (code, told["error"]["code"]) == (2, "invalid_request")
    assert "deadline_s" in told["error"]["message"]
    for language, word in (("en", "hours: 5 steps"), ("zh", "已用：5 步")):
        out = io.StringIO()
        with pytest.raises(SystemExit) as stop, redirect_stdout(out):
            main(["--lang", language, "usage"])
        assert stop.value.code == 0
        assert word in out.getvalue()
    out = io.StringIO()
    with pytest.raises(SystemExit), redirect_stdout(out):
        main(["usage", "--json"])
    told = json.loads(out.getvalue())
    assert told["spent"] == 5, "four steps of a quarter each, and four whole ones"
    assert (told["reserved"], told["limit"], told["weight"]) == (0, None, 1)
