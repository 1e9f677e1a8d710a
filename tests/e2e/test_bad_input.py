"""Bad input gets a clear error in the reader's language, nothing is lost, and nothing is left behind."""

from __future__ import annotations

import errno
import io
import json
import os
import sqlite3
import struct
import tempfile
import threading
import time
import uuid
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from stat import S_ISFIFO
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import sqlalchemy as sa
from PIL import Image
from starlette.testclient import TestClient
from tests.conftest import finish

from pingxing import flow
from pingxing.api.app import create
from pingxing.bootstrap import App, build
from pingxing.cli import files
from pingxing.cli.main import main
from pingxing.engine.backends.fake import FakeBackend
from pingxing.errors import StorageFailed
from pingxing.i18n import explain
from pingxing.ledger import entries
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.settings import load
from pingxing.store import blobs as blobs_module
from pingxing.types import MAX_SEED, Actor, JobState, Request, Scope

WISH = {"prompt": "a cat", "width": 64, "height": 64}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One house for everything that must be turned away before it changes anything. Its worker is not started."""
    settings = load({}, data_dir=tmp_path_factory.mktemp("house"), default_model="fake", verify_per_minute=10_000)
    with build(settings, loaders={"fake": FakeBackend}, guard=Guard([FakeCheck()])) as app:
        yield app


@contextmanager
def client_of(app: App, *, key: bool = True) -> Iterator[TestClient]:
    headers = {}
    if key:
        scopes = frozenset({Scope.GENERATE, Scope.CHECK})
        headers["Authorization"] = f"Bearer {app.identity.make_key(app.identity.local_actor('en'), 'tests', scopes)[1]}"
    with TestClient(create(app, work=False), raise_server_exceptions=False, headers=headers) as client:
        yield client


@pytest.fixture(scope="module")
def door(house: App) -> Iterator[TestClient]:
    with client_of(house) as client:
        yield client


@pytest.fixture
def client(app: App) -> Iterator[TestClient]:
    """Over a house of its own, for tests that change something."""
    with client_of(app) as client:
        yield client


@pytest.fixture
def nothing_changes(house: App) -> Iterator[None]:
    """Asserts that the test left no job and no entry in the ledger."""
    yield
    assert house.desk.jobs(house.identity.local_actor("en")) == ()
    with house.store.read() as tx:
        assert tx.log.size() == 0


def assert_clear(answer: Any, status: int, *, member: str = "") -> None:
    """A problem document (native) or an OpenAI error object that says what is wrong and what to do."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    if "error" in body:
        assert body["error"]["message"].strip()
        assert body["error"]["code"]
        told = json.dumps(body, ensure_ascii=False)
    else:
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert body["status"] == status
        assert body["title"].strip()
        assert body["detail"].strip()
        told = body["title"]
    assert member in told
    assert "Traceback" not in told
    assert "pydantic" not in told


def in_both_languages(ask: Callable[[str], Any]) -> tuple[Any, Any]:
    english, chinese = ask("en"), ask("zh")
    assert english.headers["content-language"] == "en"
    assert chinese.headers["content-language"] == "zh"
    assert english.text != chinese.text
    return english, chinese


# --- prompts, sizes, seeds, names ----------------------------------------------------------------

LONG = 2**70
BAD_WISHES: list[tuple[dict[str, Any], str]] = [
    ({"prompt": ""}, "prompt"),
    ({"prompt": " \t\n\u3000"}, "prompt"),
    ({"prompt": "苹" * 33_000}, "prompt"),  # 100 kB
    ({"prompt": "x" * 100_000}, "prompt"),
    ({"prompt": None}, "prompt"),
    ({"prompt": 7}, "prompt"),
    ({"prompt": ["a cat"]}, "prompt"),
    ({"prompt": "\ud800"}, "prompt"),
    ({"width": 0}, "width"),
    ({"width": 1}, "width"),
    ({"height": 8193}, "height"),
    ({"width": 100_000, "height": 1}, "width"),
    ({"width": -64}, "width"),
    ({"width": 64.5}, "width"),
    ({"width": 64.0}, "width"),
    ({"width": "64"}, "width"),
    ({"width": True}, "width"),
    ({"width": LONG}, "width"),
    ({"width": 8192, "height": 8192, "count": 2}, "size"),
    ({"count": 0}, "count"),
    ({"count": 11}, "count"),
    ({"seed": -1}, "seed"),
    ({"seed": 1.5}, "seed"),
    ({"seed": LONG}, "seed"),
    ({"seed": MAX_SEED + 1}, "seed"),
    ({"seed": "7"}, "seed"),
    ({"style": "no-such-style"}, "style"),
    ({"style": "x" * 41}, "style"),
    ({"format": "bmp"}, "format"),
    ({"format": 1}, "format"),
    ({"steps": 0}, "steps"),
    ({"guidance": 31}, "guidance"),
    ({"negative": "x" * 4001}, "negative"),
    ({"sampler": "x" * 41}, "sampler"),
    ({"mask": "0" * 32}, "init_image"),
    ({"init_image": "../../x"}, "init_image"),
    ({"palette": "#aabbcc"}, "palette"),
    ({"palette": ["red"]}, "palette.0"),
    ({"palette": ["#aabbcc", "#AABBCC"]}, "palette.1"),
    ({"palette": ["#000000"] * 17}, "palette"),
    ({"transparent": "yes"}, "transparent"),
    ({"transparent": True, "format": "jpeg"}, "JPEG"),
    ({"edits": {}}, "edits"),
    ({"edits": [{}]}, "edits.0.object"),
    ({"edits": [{"object": 0, "concept": "cat"}]}, "edits.0.concept"),
    ({"edits": [{"object": 0, "at": [0.5, 1.5]}]}, "edits.0.at.1"),
    ({"edits": [{"object": 0, "scale": 0}]}, "edits.0.scale"),
    ({"edits": [{"object": 0, "move": True}]}, "edits.0.move"),
    ({"edits": [{"object": 0, "remove": True}]}, "edits"),  # this engine composes no scene
    ({"prompt": "a cat", "Prompt": "a dog"}, "Prompt"),
]


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize(("change", "member"), BAD_WISHES, ids=lambda value: str(value)[:40])
def test_a_wish_that_cannot_be_is_told_why(door: TestClient, change: dict[str, Any], member: str) -> None:
    body = json.dumps(WISH | change)

    def ask(language: str) -> Any:
        return door.post(
            "/api/jobs",
            content=body,
            headers={"Accept-Language": language, "Content-Type": "application/json"},
        )

    for answer in in_both_languages(ask):
        assert_clear(answer, 400, member=member)


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("model", ["no-such-model", "../../etc/passwd", "模型"])
def test_an_unknown_model_is_not_found(door: TestClient, model: str) -> None:
    for answer in in_both_languages(
        lambda language: door.post("/api/jobs", json=WISH | {"model": model}, headers={"Accept-Language": language})
    ):
        assert_clear(answer, 404, member=model)


BAD_OPENAI: list[tuple[dict[str, Any], str]] = [
    *(({"size": size}, "") for size in ("0x0", "1x1", "8193x64", "100000x1", "64", "axb", "64x64x64", "６４x６４")),
    *(({"size": size}, "size") for size in ("-64x64", "64.5x64", "9" * 30 + "x1", "", 64)),
    ({"prompt": ""}, "prompt"),
    ({"prompt": "   "}, "prompt"),
    ({"prompt": "x" * 100_000}, "prompt"),
    ({"n": 0}, "n"),
    ({"n": 10, "size": "8192x8192"}, "size"),
    ({"seed": -1}, "seed"),
    ({"seed": 1.5}, "seed"),
    ({"seed": LONG}, "seed"),
    ({"output_format": "bmp"}, "output_format"),
    ({"style": "no-such-style"}, "style"),
    ({"quality": "best"}, "quality"),
    ({"stream": "yes"}, "stream"),
    ({"stream": True, "response_format": "url"}, "stream"),
    ({"partial_images": 1}, "partial_images"),
    ({"tools": []}, "tools"),
    ({"background": "blurred"}, "background"),
    ({"background": "transparent", "output_format": "jpeg"}, "JPEG"),
    ({"palette": ["red"]}, "palette.0"),
]


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize(("change", "member"), BAD_OPENAI, ids=lambda value: str(value)[:40])
def test_the_openai_door_tells_why_too(door: TestClient, change: dict[str, Any], member: str) -> None:
    body = {"prompt": "a cat", "size": "64x64"} | change
    for answer in in_both_languages(
        lambda language: door.post("/v1/images/generations", json=body, headers={"Accept-Language": language})
    ):
        assert_clear(answer, 400, member=member)


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b"\xff\xfe", 400),
        (b'{"prompt": "\xff"}', 400),
        (b"[" * 50_000, 400),
        (b'{"prompt": "a cat", "seed": 1e999}', 400),
        (b'{"prompt": "a cat", "seed": NaN}', 400),
        (b'{"prompt": "a cat", "seed": ' + b"9" * 5_000 + b"}", 400),
        (b'{"prompt": "' + b"x" * 300_000 + b'"}', 413),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_body_that_is_no_wish(door: TestClient, content: bytes, status: int) -> None:
    for path in ("/api/jobs", "/v1/images/generations"):
        assert_clear(door.post(path, content=content, headers={"Content-Type": "application/json"}), status)


def test_control_characters_and_mixed_scripts_are_drawn_and_kept_as_they_are(make_app, fake, settings) -> None:
    app = make_app()
    actor = app.identity.local_actor("en")
    app.worker.start()
    prompts = [
        "a\x00cat\x07 and\x1b[31m a \x7fdog",
        "кот und 猫 と 고양이 مع قطة",
        "\u202eright to left\u202c",
        "e\u0301\u0301\u0301" * 50,
        "👩‍👩‍👧‍👦" * 20,
        "a \U0010ffff cat",
    ]
    for prompt in prompts:
        view = finish(app, actor, flow.admit(app, actor, Request(prompt=prompt, width=64, height=64)).id)
        assert view.job.state is JobState.DELIVERED
        assert view.job.request.prompt == prompt


@pytest.mark.parametrize("odd", ["\0", "\uffff", "\U0010ffff", "'", "%", "\\"], ids=ascii)
def test_no_character_upsets_either_database(make_app, database, odd: str) -> None:
    app = make_app(database)
    name = quote("a" + odd, safe="")
    with client_of(app) as client:
        refused = client.post("/api/jobs", json=WISH | {"prompt": f"forbidden {odd}"})
        assert_clear(refused, 400)
        appeal = client.post("/api/appeals", json={"job": refused.json()["job"], "words": f"please {odd}"})
        assert appeal.status_code == 201
        assert [told["words"] for told in client.get("/api/appeals").json()] == [f"please {odd}"]
        assert client.post("/api/jobs", json=WISH | {"prompt": f"a cat {odd}"}).status_code == 202
        answers = [
            client.get(f"/api/jobs/{name}"),
            client.get(f"/api/jobs/{name}/events"),
            client.delete(f"/api/jobs/{name}"),
            client.get(f"/api/receipts/{name}"),
            client.get(f"/v1/files/{name}?until=1&by={name}&seal={name}"),
            client.get(f"/v1/models/{name}"),
            client.post("/api/appeals", json={"job": f"a{odd}", "words": "please"}),
            client.post("/api/jobs", json=WISH | {"style": f"a{odd}"}),
        ]
        for answer in answers:
            assert answer.status_code in (400, 404), answer.text
            assert_clear(answer, answer.status_code)
        assert client.get(f"/api/jobs?before={name}").status_code in (200, 400)


# --- the command line ----------------------------------------------------------------------------


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Run a command with --json: (exit code, the one object on stdout)."""
    monkeypatch.setenv("PINGXING_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            main([*arguments, "--json"])
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return int(stop.value.code or 0), json.loads(out)

    return run


@pytest.mark.parametrize(
    "arguments",
    [
        [""],
        ["  "],
        ["x" * 100_000],
        ["a cat", "--size", "0x0"],
        ["a cat", "--size", "1x1"],
        ["a cat", "--size", "8193x64"],
        ["a cat", "--size", "100000x1"],
        ["a cat", "--size", "9" * 5_000 + "x64"],
        ["a cat", "--size", "big"],
        ["a cat", "--seed", "-1"],
        ["a cat", "--seed", "1.5"],
        ["a cat", "--seed", str(LONG)],
        ["a cat", "--seed", "9" * 5_000],
        ["a cat", "--count", "0"],
        ["a cat", "--guidance", "nan"],
        ["a cat", "--format", "bmp"],
        ["a cat", "--no-such-option", "1"],
        ["a cat", "--init-image", "x.png"],
        ["a cat", "--palette", "red"],
        ["a cat", "--transparent", "-o", "cat.jpg"],
        ["a cat", "--edit", "{"],
        ["a cat", "--edit", '{"object": 99, "remove": true}'],
        ["a cat", "--edit", '{"object": 0, "concept": "1FFFF"}'],
        ["a cat", "--edit", '{"object": 0, "colour": "red"}'],
        [],
    ],
    ids=lambda value: str(value)[:40],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_command_line_tells_why(cli, tmp_path: Path, arguments: list[str], language: str) -> None:
    code, told = cli("--lang", language, "generate", *arguments)
    assert code == 2
    assert told["error"]["message"].strip()
    assert told["error"]["hint"].strip()
    assert not list(tmp_path.glob("*.png"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_unknown_settings_stop_the_program_and_are_named(
    cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("PINGXING_PROT", "8188")
    code, told = cli("--lang", language, "ledger", "verify")
    assert (code, told["error"]["code"]) == (2, "bad_settings")
    assert "prot" in told["error"]["message"].lower()
    monkeypatch.delenv("PINGXING_PROT")
    for content, named in (
        ("prot = 1", "prot"),
        ("port = 99999", "port"),
        ('port = "many"', "port"),
        ("port = ", "pingxing.toml"),
        ('language = "fr"', "language"),
        ("[server]\nport = 1", "server"),
    ):
        (tmp_path / "pingxing.toml").write_text(content)
        code, told = cli("--lang", language, "ledger", "verify")
        assert (code, told["error"]["code"]) == (2, "bad_settings")
        assert named in told["error"]["message"]
    assert not (tmp_path / "data").exists()


def test_a_missing_file_is_not_found(cli, tmp_path: Path) -> None:
    for arguments in (("verify", "none.png"), ("ledger", "audit", "none.jsonl")):
        code, told = cli(*arguments)
        assert (code, told["error"]["code"]) == (4, "not_found")


def test_a_place_that_is_not_there_is_told_before_anything_is_drawn(cli, tmp_path: Path) -> None:
    code, told = cli("generate", "a cat", "-o", str(tmp_path / "none" / "cat.png"))
    assert (code, told["error"]["code"]) == (4, "not_found")
    assert str(tmp_path / "none") in told["error"]["message"]
    assert not (tmp_path / "data").exists()


def test_what_is_no_plain_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    files.write(pipe, [b"a pic", b"ture"])
    reader.join(60)
    assert got == [b"a picture"]
    assert S_ISFIFO(pipe.stat().st_mode)


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half a pic"
        raise OSError(errno.ENOSPC, "full")

    path = tmp_path / "cat.png"
    path.write_bytes(b"the old one")
    with pytest.raises(StorageFailed) as caught:
        files.write(path, broken())
    assert caught.value.reason == "full"
    assert path.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [path]


# --- files to verify -----------------------------------------------------------------------------


@pytest.fixture
def delivered(make_app, settings, wish) -> tuple[App, bytes]:
    app = make_app(settings.model_copy(update={"name": f"Delivered {uuid.uuid4()}", "verify_per_minute": 1_000}))
    actor = app.identity.local_actor("en")
    job = flow.admit(app, actor, wish(width=256, height=256))
    flow.fulfil(app, job.id)
    return app, flow.release(app, actor, app.desk.job(actor, job.id).receipts[0].id).data


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, *more: bytes) -> bytes:
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + b"".join(more)
        + png_chunk(b"IDAT", zlib.compress(b"\0"))
        + png_chunk(b"IEND", b"")
    )


def photo(kind: str, side: int = 64) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 255, (side, side, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def zipped(name: str = "a.html") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "<script>1</script>")
    return out.getvalue()


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "'
    + b"ha" * 50
    + b'">'
    + b"".join(b'<!ENTITY a%d "%s">' % (i, (b"&a%d;" % (i - 1) if i else b"&a;") * 10) for i in range(12))
    + b']><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&a11;</text></svg>'
)

STRANGE: dict[str, bytes] = {
    "one byte": b"\0",
    "noise": bytes(range(256)) * 64,
    "text": "not a picture 不是图片".encode(),
    "pixel bomb": png_of(60_000, 60_000),
    "no pixels": png_of(0, 0),
    "text bomb": png_of(64, 64, png_chunk(b"zTXt", b"XML\0\0" + zlib.compress(b"\0" * 50_000_000, 9))),
    "itxt bomb": png_of(
        64, 64, png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b" " * 50_000_000, 9))
    ),
    "entity bomb": LAUGHS,
    "svg that reaches out": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "png that is also html": photo("PNG") + b"<script>alert(1)</script>",
    "png that is also zip": photo("PNG") + zipped(),
    "jpeg that is also zip": photo("JPEG") + zipped(),
    "gif that is also script": photo("GIF")[:6] + b"/*" + photo("GIF")[8:] + b"*/=1;",
    "pdf that is also png": b"%PDF-1.7\n" + photo("PNG") + b"\n%%EOF",
    "pdf without end": b"%PDF-1.7\n1 0 obj<</Length 9999999>>stream\n" + b"x" * 100,
    "webp that lies about its size": photo("WEBP")[:4] + b"\xff\xff\xff\x7f" + photo("WEBP")[8:],
    "chunk that lies about its size": b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 0x7FFFFFFF) + b"IHDR",
    "zip": zipped("AIGC.json"),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_files_get_an_answer_soon(door: TestClient, name: str) -> None:
    began = time.perf_counter()
    answer = door.post("/api/verify", content=STRANGE[name])
    assert time.perf_counter() - began < 60
    if answer.status_code == 200:
        assert answer.json()["verdict"] in ("none", "suspected")
        assert not answer.json()["ledger"]["found"]
    else:
        assert_clear(answer, answer.status_code)
        assert answer.status_code in (413, 415)


def test_a_truncated_picture_never_passes_for_the_whole(delivered: tuple[App, bytes]) -> None:
    app, data = delivered
    with client_of(app, key=False) as client:
        whole = client.post("/api/verify", content=data).json()
        assert whole["ledger"]["same_bytes"] is True
        cuts = [1, 8, 20, 33, 100, *range(200, len(data), max(1, len(data) // 12)), len(data) - 1]
        for cut in cuts[:28]:
            answer = client.post("/api/verify", content=data[:cut])
            assert answer.status_code in (200, 415), (cut, answer.text)
            if answer.status_code == 200:
                assert not answer.json()["ledger"]["same_bytes"]


def test_a_changed_copy_is_not_the_same_file(delivered: tuple[App, bytes]) -> None:
    app, data = delivered
    with client_of(app, key=False) as client:
        for changed in (data + b"\0", data + zipped(), data + b"<script>alert(1)</script>"):
            answer = client.post("/api/verify", content=changed)
            if answer.status_code == 200:
                assert answer.json()["ledger"]["same_bytes"] is not True
            else:
                assert_clear(answer, 415)


def test_uploads_have_limits(make_app, settings) -> None:
    app = make_app(
        settings.model_copy(update={"max_upload_bytes": 2_048, "verify_per_minute": 1_000, "name": "Limits"})
    )
    with client_of(app, key=False) as client:
        assert_clear(client.post("/api/verify", content=b""), 400, member="file")
        assert_clear(client.post("/api/verify", content=b"x" * 2_049), 413)
        assert_clear(client.post("/api/verify", content=(b"x" * 512 for _ in range(9))), 413)  # says no length
        assert_clear(client.post("/api/verify", files={"other": b"x"}), 400, member="file")
        assert_clear(client.post("/api/verify", files={"file": (None, "words")}), 400, member="file")


def test_verify_is_rate_limited_and_says_when_to_come_back(make_app, settings) -> None:
    app = make_app(settings.model_copy(update={"verify_per_minute": 2, "name": "Twice"}))
    with client_of(app, key=False) as client:
        codes = [client.post("/api/verify", content=photo("PNG")).status_code for _ in range(2)]
        answer = client.post("/api/verify", content=photo("PNG"))
    assert codes == [200, 200]
    assert_clear(answer, 429)
    assert int(answer.headers["retry-after"]) > 0


# --- keys ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Bearer px-", "Bearer px-wrong", "Basic cHg6", "Bearer \xff\xfe", "px-wrong"],
)
@pytest.mark.parametrize("path", ["/api/jobs", "/v1/images/generations"])
def test_without_a_good_key_nothing_happens(house: App, header: str | None, path: str) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    with client_of(house, key=False) as stranger:
        answer = stranger.post(path, json={"prompt": "a cat"}, headers=headers)
    assert_clear(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.usefixtures("nothing_changes")
def test_a_revoked_key_opens_nothing(house: App, door: TestClient) -> None:
    actor = house.identity.local_actor("en")
    made, secret = house.identity.make_key(actor, "soon gone", frozenset({Scope.GENERATE}))
    house.identity.revoke_key(actor, made.id)
    answer = door.post("/api/jobs", json=WISH, headers={"Authorization": f"Bearer {secret}"})
    assert_clear(answer, 401)


@pytest.mark.usefixtures("nothing_changes")
def test_a_key_for_checking_may_not_draw(house: App, door: TestClient) -> None:
    _, secret = house.identity.make_key(house.identity.local_actor("en"), "checks", frozenset({Scope.CHECK}))
    headers = {"Authorization": f"Bearer {secret}"}
    assert_clear(door.post("/api/jobs", json=WISH, headers=headers), 403)
    assert door.post("/api/check", json={"text": "a cat"}, headers=headers).status_code == 200


# --- disks, databases, clocks --------------------------------------------------------------------


class FullDisk:
    """Stands in for the `os` module of the blob store: its fsync fails as on a full disk, as often as told."""

    def __init__(self, times: int) -> None:
        self.left = times

    def fsync(self, descriptor: int) -> None:
        if self.left:
            self.left -= 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)


def kinds_of(app: App) -> list[str]:
    with app.store.read() as tx:
        return [entries.decode(data)[0].kind for data in tx.log.entries(0, tx.log.size())]


def test_a_full_disk_leaves_no_half_picture_and_the_job_goes_on_when_there_is_room(
    make_app, settings, wish, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(settings.model_copy(update={"retries": 1}))
    actor = app.identity.local_actor("en")
    monkeypatch.setattr("pingxing.jobs.worker._ROUND_S", 0.3)
    app.worker.start()
    with monkeypatch.context() as full:
        full.setattr(blobs_module, "os", FullDisk(10**6))
        job = flow.admit(app, actor, wish())
        time.sleep(2)
        view = app.desk.job(actor, job.id)
        assert (view.job.state.final, view.receipts) == (False, ())
        assert kinds_of(app) == ["admitted"]
        assert [path for path in (settings.data_dir / "artifacts").rglob("*") if path.is_file()] == []
    assert finish(app, actor, job.id).job.state is JobState.DELIVERED


def test_a_disk_that_is_full_for_a_moment_costs_a_moment(make_app, wish, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    actor = app.identity.local_actor("en")
    app.worker.start()
    monkeypatch.setattr(blobs_module, "os", FullDisk(1))
    view = finish(app, actor, flow.admit(app, actor, wish()).id)
    assert view.job.state is JobState.DELIVERED
    assert kinds_of(app).count("delivered") == 1


def test_a_full_database_refuses_new_wishes_and_keeps_the_old(app: App, actor: Actor, client: TestClient) -> None:
    assert client.post("/api/jobs", json=WISH).status_code == 202

    @sa.event.listens_for(app.store.engine, "connect")
    def small(connection: Any, _: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    app.store.engine.dispose()
    answers = [client.post("/api/jobs", json=WISH | {"prompt": f"{i} " + "x" * 3_900}) for i in range(40)]
    refused = [answer for answer in answers if answer.status_code != 202]
    assert refused
    for answer in refused:
        assert_clear(answer, 503)
        assert answer.json()["reason"] == "full"
    kept = 1 + len(answers) - len(refused)
    sa.event.remove(app.store.engine, "connect", small)
    app.store.engine.dispose()
    with app.store.read() as tx:
        assert tx.log.size() == kept
        assert app.ledger.verify(tx.log).ok
    assert client.post("/api/jobs", json=WISH).status_code == 202


def test_a_locked_database_is_a_clear_and_passing_error(app: App, client: TestClient) -> None:
    @sa.event.listens_for(app.store.engine, "connect")
    def impatient(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 50")

    app.store.engine.dispose()
    assert client.get("/api/jobs").status_code == 200  # the key has been used, which is written down now and then
    other = sqlite3.connect(app.settings.data_dir / "pingxing.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        answer = client.post("/api/jobs", json=WISH)
        assert client.get("/api/jobs").status_code == 200  # reading goes on
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert_clear(answer, 503)
    assert answer.json()["reason"] == "locked"
    assert client.post("/api/jobs", json=WISH).status_code == 202


def test_a_clock_that_goes_backwards_loses_nothing(make_app, clock, wish) -> None:
    app = make_app()
    actor = app.identity.local_actor("en")
    app.worker.start()
    views = []
    for days in (0, -1, 400, -3_650):
        job = flow.admit(app, actor, wish())
        clock.offset = timedelta(days=days)
        views.append(finish(app, actor, job.id))
    for view in views:
        assert view.job.state is JobState.DELIVERED
        assert all(value >= 0 for value in view.job.timings_ms.values())
        assert flow.release(app, actor, view.receipts[0].id).data
    with app.store.read() as tx:
        assert app.ledger.verify(tx.log).ok
    assert len({view.job.id for view in app.desk.jobs(actor)}) == 4


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may reach, which those of tmp_path are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)


@contextmanager
def without_leave(folder: Path) -> Iterator[None]:
    """Nobody may write in `folder`. Root may everywhere, so root becomes somebody else who owns it."""
    paths = [folder, *folder.rglob("*")]
    modes = [path.stat().st_mode for path in paths]
    for path in paths:
        path.chmod(path.stat().st_mode & 0o555)
    root = os.geteuid() == 0
    if root:
        for path in paths:
            os.chown(path, 65534, 65534)
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path, mode in zip(paths, modes, strict=True):
            path.chmod(mode)


def assert_read_only(caught: pytest.ExceptionInfo[StorageFailed]) -> None:
    assert caught.value.reason in ("readonly", "write")
    (english, hint), (chinese, rat) = explain(caught.value, "en"), explain(caught.value, "zh")
    assert english
    assert hint
    assert english != chinese
    assert hint != rat


def test_a_read_only_data_folder_at_the_first_start(make_app, settings, open_folder: Path) -> None:
    make_app().close()  # everything that is imported late is imported before we become somebody else
    data = open_folder / "data"
    data.mkdir()
    with without_leave(data), pytest.raises(StorageFailed) as caught:
        make_app(settings.model_copy(update={"data_dir": data}))
    assert_read_only(caught)
    assert list(data.iterdir()) == []


def test_a_data_folder_that_became_read_only_keeps_everything(make_app, settings, wish, open_folder: Path) -> None:
    there = settings.model_copy(update={"data_dir": open_folder / "data"})
    app = make_app(there)
    actor = app.identity.local_actor("en")
    job = flow.admit(app, actor, wish())
    flow.fulfil(app, job.id)
    receipt = app.desk.job(actor, job.id).receipts[0]
    app.close()
    with without_leave(there.data_dir), pytest.raises(StorageFailed) as caught:
        make_app(there)
    assert_read_only(caught)
    again = make_app(there)
    assert flow.release(again, again.identity.local_actor("en"), receipt.id).receipt == receipt
    with again.store.read() as tx:
        assert again.ledger.verify(tx.log).ok


def test_a_data_folder_that_is_a_file(make_app, settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageFailed):
        make_app(settings.model_copy(update={"data_dir": tmp_path / "file"}))
    assert (tmp_path / "file").read_text() == "not a folder"
