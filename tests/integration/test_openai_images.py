"""The OpenAI images API with the unmodified client, over a real App in this process and the fake engine."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from PIL import Image
from starlette.testclient import TestClient
from tests.conftest import finish

from pingxing import flow, label, uploads
from pingxing.api.app import create
from pingxing.api.pictures import size_like
from pingxing.bootstrap import App, build
from pingxing.engine.backends.fake import FakeBackend
from pingxing.ledger import entries
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.settings import load
from pingxing.types import ROLE_SCOPES, Actor, Role, Scope

SCOPES = frozenset({Scope.GENERATE, Scope.CHECK, Scope.MANAGE})
FACE = ((0.2, 0.2, 0.4, 0.4),)


def faces(picture: Any) -> Any:
    """Who is all teal has a face."""
    return FACE if tuple(picture.pixels[0, 0, :3]) == (0, 128, 128) else ()


def png(colour: Any = "orange", size: tuple[int, int] = (96, 96), form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGBA" if isinstance(colour, tuple) and len(colour) == 4 else "RGB", size, colour).save(out, form)
    return out.getvalue()


def mask_png(size: tuple[int, int] = (96, 96), clear: tuple[int, int, int, int] = (0, 0, 48, 96)) -> bytes:
    """White and opaque, but wholly transparent within the box."""
    image = Image.new("RGBA", size, "white")
    image.paste((255, 255, 255, 0), clear)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def pixels(data: bytes | str) -> Any:
    data = base64.b64decode(data) if isinstance(data, str) else data
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def of_colour(found: Any, colour: tuple[int, int, int], within: int = 12) -> Any:
    return (abs(found - np.array(colour)) <= within).all(axis=2)


@pytest.fixture(scope="module")
def fake() -> FakeBackend:
    return FakeBackend()


@pytest.fixture(scope="module")
def check() -> FakeCheck:
    return FakeCheck()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, fake: FakeBackend, check: FakeCheck) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("images") / "data"
    configured = load({}, data_dir=folder, default_model="fake", workers=2, uploads_per_minute=1_000)
    with build(configured, loaders={"fake": lambda: fake}, guard=Guard([check]), faces=faces) as made:
        yield made


@pytest.fixture(scope="module")
def http(app: App) -> Iterator[TestClient]:
    with TestClient(create(app)) as running:
        yield running


@pytest.fixture(scope="module")
def key(app: App) -> str:
    return app.identity.make_key(app.identity.local_actor("en"), "tests", SCOPES)[1]


@pytest.fixture
def client(app: App, actor: Actor, http: TestClient, key: str) -> openai.OpenAI:
    for upload in uploads.mine(app, actor):
        uploads.delete(app, actor, upload.id)
    return of_key(http, key)


def of_key(http: TestClient, key: str, **more: Any) -> openai.OpenAI:
    return openai.OpenAI(api_key=key, base_url="http://testserver/v1", max_retries=0, http_client=http, **more)


def kept(app: Any, actor: Any) -> int:
    return len(uploads.mine(app, actor))


def test_an_edit_begins_with_the_picture_that_was_sent(app, actor, client) -> None:
    answer = client.images.edit(image=png(), prompt="a fox", size="128x128", extra_body={"strength": "0.05"})
    data = base64.b64decode(answer.data[0].b64_json)
    assert (answer.size, answer.output_format, answer.background) == ("128x128", "png", "opaque")
    assert label.verdict(label.read(data)) == "confirmed"
    assert of_colour(pixels(data), (255, 165, 0), 20).mean() > 0.8
    receipt = app.desk.receipt(actor, answer.data[0].receipt["id"])
    asked = app.desk.job(actor, receipt.job).job.request
    assert (asked.prompt, asked.strength, len(asked.init_image)) == ("a fox", 0.05, 32)
    assert kept(app, actor) == 0  # what was sent is gone when the job has ended


def test_only_what_is_wholly_transparent_in_the_mask_is_made_anew(app, actor, client) -> None:
    sent = {"image": ("a.png", png()), "mask": ("m.png", mask_png())}
    answer = client.images.edit(**sent, prompt="a fox", size="256x256")
    left, right = np.split(of_colour(pixels(answer.data[0].b64_json), (255, 165, 0), 6), 2, axis=1)
    assert left.mean() < 0.2
    assert right[:180].mean() > 0.95  # the mark stands below
    assert kept(app, actor) == 0


def test_half_transparent_is_not_transparent(client) -> None:
    soft = png((255, 255, 255, 128))
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.edit(image=png(), mask=soft, prompt="a fox")
    assert caught.value.param == "mask"
    assert "transparent" in str(caught.value)


@pytest.mark.parametrize(
    ("mask", "said"),
    [(mask_png((64, 64)), "same size"), (png("white"), "transparent"), (b"no picture", "PNG"), (b"", "empty")],
)
def test_masks_that_do_not_fit(app, actor, client, mask, said) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        client.images.edit(image=png(), mask=("m.png", mask), prompt="a fox")
    assert caught.value.param == "mask"
    assert said in str(caught.value)
    assert kept(app, actor) == 0


def test_links_and_several_pictures(http, client) -> None:
    answer = client.images.edit(image=png(), prompt="a fox", n=2, size="64x64", response_format="url")
    assert [image.b64_json for image in answer.data] == [None, None]
    path = httpx.URL(answer.data[1].url)
    assert label.read(http.get(path.raw_path.decode()).content).produce_id == answer.data[1].receipt["id"]


def test_of_several_images_the_first_is_used_and_the_others_are_named(client) -> None:
    more = {"strength": "0.05"}
    answer = client.images.edit(image=[png(), png("navy"), png("red")], prompt="a fox", size="128x128", extra_body=more)
    assert answer.ignored == ["image[1]", "image[2]"]
    assert of_colour(pixels(answer.data[0].b64_json), (255, 165, 0), 20).mean() > 0.8
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.edit(image=[png()] * 18, prompt="a fox")
    assert caught.value.status_code == 400


def test_what_openai_s_models_would_do_and_ours_do_not_is_taken_and_told(client) -> None:
    more = {"quality": "hd", "output_compression": 80, "moderation": "low", "style": "vivid"}
    told = client.images.generate(prompt="a red fox", output_format="jpeg", response_format="b64_json", **more)
    assert told.ignored == ["quality", "output_compression", "moderation", "style"]
    plain = {"quality": "standard", "output_compression": 100, "moderation": "auto"}
    assert client.images.generate(prompt="a red fox", output_format="jpeg", **plain).ignored == []
    edited = client.images.edit(image=png(), prompt="a fox", input_fidelity="high", quality="high")
    assert edited.ignored == ["quality", "input_fidelity"]
    *_, done = client.images.edit(image=[png(), png()], prompt="a fox", input_fidelity="high", stream=True)
    assert done.ignored == ["input_fidelity", "image[1]"]
    *_, done = client.images.generate(prompt="a red fox", style="natural", stream=True)
    assert done.ignored == ["style"]


def test_without_a_size_the_picture_keeps_its_proportions(client) -> None:
    assert client.images.edit(image=png("orange", (250, 125)), prompt="a fox").size == "256x128"


@pytest.mark.parametrize(
    ("size", "made"),
    [((4000, 2000), (1472, 704)), ((16, 16), (64, 64)), ((512, 768), (512, 768)), ((8192, 16), (8192, 64))],
)
def test_sizes_that_any_model_can_do(size, made) -> None:
    assert size_like(*size) == made


def test_a_face_needs_a_statement_and_the_error_says_which(app, actor, http, client) -> None:
    for language, words in (("en", ('extra_body={"consent": "agreed"}', "Say who")), ("zh", ("consent", "请说明是谁"))):
        speaking = of_key(http, client.api_key, default_headers={"Accept-Language": language})
        with pytest.raises(openai.BadRequestError) as caught:
            speaking.images.edit(image=png("teal"), prompt="a fox")
        assert caught.value.param == "consent"
        assert all(word in caught.value.body["message"] for word in words)
    assert kept(app, actor) == 0
    answer = client.images.edit(image=png("teal"), prompt="a fox", size="64x64", extra_body={"consent": "agreed"})
    assert answer.data
    with app.store.read() as tx:
        told = [entries.decode(data)[0] for data in tx.log.entries(0, tx.log.size())]
    (entry,) = [entry for entry in told if entry.kind == "consented"]
    assert (entry.kind, entry.basis, entry.terms) == ("consented", "agreed", uploads.terms())
    stated = {"consent": "myself", "terms": uploads.terms()}
    assert client.images.create_variation(image=png("teal"), size="64x64", extra_body=stated).data
    with pytest.raises(openai.ConflictError):
        client.images.edit(image=png("teal"), prompt="x y", extra_body=stated | {"terms": "0" * 64})
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.edit(image=png("teal"), prompt="a fox", extra_body={"consent": "yes"})
    assert caught.value.param == "consent"


def test_a_variation_of_our_own_picture_keeps_its_words(app, actor, client) -> None:
    first = client.images.generate(prompt="a heron at dawn", size="128x128", response_format="b64_json").data[0]
    made = client.images.create_variation(image=base64.b64decode(first.b64_json), n=2, size="64x64")
    assert len(made.data) == 2
    asked = app.desk.job(actor, made.job).job.request
    assert (asked.prompt, asked.count, asked.strength) == ("a heron at dawn", 2, 0.6)
    other = client.images.create_variation(image=png(), size="64x64")
    assert app.desk.job(actor, other.job).job.request.prompt == "a picture"


def somebody(app: Any, actor: Actor, name: str) -> Actor:
    made = app.identity.create_account(actor, name, Role.MEMBER, "a long enough sentence")
    return Actor(made.id, Role.MEMBER, ROLE_SCOPES[Role.MEMBER], "local")


def test_another_person_s_words_stay_theirs(app, actor, http, client) -> None:
    first = client.images.generate(prompt="a heron at dawn", size="128x128", response_format="b64_json").data[0]
    other = somebody(app, actor, "ann")
    key = app.identity.make_key(other, "theirs", SCOPES)[1]
    made = of_key(http, key).images.create_variation(image=base64.b64decode(first.b64_json), size="64x64")
    assert app.desk.job(other, made.job).job.request.prompt == "a picture"


def test_another_person_s_upload_is_not_there(app, actor, http, client) -> None:
    other = somebody(app, actor, "bob")
    theirs = uploads.keep(app, other, png())
    answer = http.post(
        "/api/jobs",
        json={"prompt": "a fox", "init_image": theirs.id},
        headers={"Authorization": f"Bearer {client.api_key}"},
    )
    assert answer.status_code == 404


# --- streams -------------------------------------------------------------------------------------


@pytest.fixture
def watched(fake: Any, monkeypatch: Any) -> SimpleNamespace:
    """An engine that is watched: it goes on when as many of the `wanted` previews as are due have been handed out."""
    monkeypatch.setattr("pingxing.engine.scheduler.PREVIEW_EVERY_S", 0.0)
    told, step, release, out = SimpleNamespace(wanted=0, out=0), fake.step, flow.release, threading.Condition()

    def counted(*what: Any) -> Any:
        released = release(*what)
        with out:
            told.out += 1
            out.notify_all()
        return released

    def steadily(states: Any) -> None:
        done, steps = states[0].step, states[0].steps
        due = sum(done > 0 and done * (told.wanted + 1) >= n * steps for n in range(told.wanted))
        with out:
            assert out.wait_for(lambda: told.out >= due, 60)
        step(states)

    monkeypatch.setattr(flow, "release", counted)
    monkeypatch.setattr(fake, "step", steadily)
    return told


def names(told: list[Any]) -> list[str]:
    return [event.type.partition(".")[2] for event in told]


def test_a_stream_shows_labelled_previews_and_then_the_picture(app, actor, client, watched) -> None:
    watched.wanted = 2
    asked = {"prompt": "a fox", "size": "256x256", "extra_body": {"steps": 6}}
    told = list(client.images.generate(**asked, stream=True, partial_images=2))
    assert names(told) == ["partial_image", "partial_image", "completed"]
    assert {event.type.partition(".")[0] for event in told} == {"image_generation"}
    assert [event.partial_image_index for event in told[:2]] == [0, 1]
    for event in told:
        data = base64.b64decode(event.b64_json)
        receipt = app.desk.receipt(actor, label.read(data).produce_id)
        assert receipt.id == event.receipt["id"]
        assert receipt.artifact.sha256 == hashlib.sha256(data).hexdigest()
        assert Image.open(io.BytesIO(data)).format.lower() == event.output_format
        assert (event.size, event.background, event.quality) == ("256x256", "opaque", "auto")
    assert told[-1].usage.total_tokens == 0
    assert told[0].created_at <= told[-1].created_at


@pytest.mark.parametrize(("partial", "shown"), [(None, 0), (0, 0), (1, 1), (3, 3)])
def test_no_more_previews_than_were_asked_for(client, watched, partial, shown) -> None:
    watched.wanted = shown
    more = {} if partial is None else {"partial_images": partial}
    told = list(client.images.generate(prompt="a fox", size="128x128", stream=True, extra_body={"steps": 8}, **more))
    assert names(told) == ["partial_image"] * shown + ["completed"]


def test_each_picture_of_several_is_told(client) -> None:
    told = list(client.images.generate(prompt="a fox", size="64x64", n=3, stream=True))
    assert names(told) == ["completed"] * 3
    assert len({event.receipt["id"] for event in told}) == 3


def test_an_edit_streams_too_and_leaves_nothing_behind(app, actor, client, watched) -> None:
    watched.wanted = 1
    told = list(client.images.edit(image=png(), prompt="a fox", size="128x128", stream=True, partial_images=1))
    assert [event.type for event in told] == ["image_edit.partial_image", "image_edit.completed"]
    until = time.monotonic() + 60
    while kept(app, actor):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_what_is_refused_before_it_begins_is_a_plain_error(client) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(prompt="a forbidden thing", stream=True)
    assert caught.value.code == "content_policy_violation"


def test_what_fails_on_the_way_ends_the_stream_with_an_error(client, check, monkeypatch) -> None:
    monkeypatch.setattr(check, "pictures", "block")
    with pytest.raises(openai.APIError) as caught:
        list(client.images.generate(prompt="a fox", size="64x64", stream=True))
    assert caught.value.code == "content_policy_violation"


# --- what is not taken ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"n": 0}, "n"),
        ({"n": 11}, "n"),
        ({"size": "9000x9000"}, "width"),
        ({"size": "big"}, "size"),
        ({"partial_images": 2}, "partial_images"),
        ({"stream": True, "partial_images": 4}, "partial_images"),
        ({"stream": True, "response_format": "url"}, "response_format"),
        ({"background": "transparent"}, "background"),
        ({"input_fidelity": "highest"}, "input_fidelity"),
        ({"output_compression": 101}, "output_compression"),
        ({"output_format": "gif"}, "output_format"),
        ({"extra_body": {"strength": "0"}}, "strength"),
        ({"extra_body": {"strength": "nan"}}, "strength"),
        ({"extra_body": {"nonsense": "1"}}, "nonsense"),
        ({"extra_body": {"terms": "short"}}, "terms"),
        ({"prompt": "x" * 4_001}, "prompt"),
        ({"prompt": "  "}, "prompt"),
    ],
)
def test_members_beyond_their_limits_are_named(app, actor, client, members, param) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.edit(**({"image": png(), "prompt": "a fox"} | members))
    assert caught.value.param == param
    assert kept(app, actor) == 0


def bomb() -> bytes:
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("data", [b"", b"GIF89a" + bytes(40), b"<svg/>", png()[:200], png("red", (8, 8)), bomb()])
def test_files_that_are_no_good_pictures(app, actor, client, data) -> None:
    for ask in (client.images.create_variation, lambda image: client.images.edit(image=image, prompt="a fox")):
        with pytest.raises(openai.APIStatusError) as caught:
            ask(image=("a.png", data))
        assert caught.value.status_code in (413, 415)
        assert caught.value.param == "image"
    assert kept(app, actor) == 0


def test_forms_that_are_none(http, client) -> None:
    header = {"Authorization": f"Bearer {client.api_key}"}
    for body, param in (
        ({"json": {"prompt": "a fox"}}, "body"),
        ({"data": {"prompt": "a fox"}, "files": {"other": b"x"}}, "other"),
        ({"files": {"prompt": (None, "a fox")}}, "image"),
        ({"files": {"image": (None, "https://example.com/a.png"), "prompt": (None, "a fox")}}, "image"),
        ({"files": {"image": ("a.png", png())}}, "prompt"),
        ({"files": [("image", png()), ("prompt", (None, "x y")), ("mask", mask_png()), ("mask", mask_png())]}, "mask"),
    ):
        answer = http.post("/v1/images/edits", headers=header, **body)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, param), answer.text
    answer = http.post("/v1/images/edits", headers=header | {"Content-Type": "multipart/form-data"}, content=b"xx")
    assert answer.status_code == 400


def test_nobody_s_file_is_read(http) -> None:
    for path in ("edits", "variations"):
        assert http.post(f"/v1/images/{path}", files={"image": png()}).status_code == 401


def test_a_body_beyond_the_limit_and_too_many_within_a_minute(make_app, settings) -> None:
    house = make_app(settings.model_copy(update={"max_upload_bytes": 4_000, "uploads_per_minute": 3}), faces=faces)
    secret = house.identity.make_key(house.identity.local_actor("en"), "tests", SCOPES)[1]
    other = of_key(TestClient(create(house, work=False)), secret)
    with pytest.raises(openai.APIStatusError) as caught:
        other.images.edit(image=np.random.default_rng(1).bytes(8_000), prompt="a fox")
    assert caught.value.status_code == 413
    for _ in range(2):
        with pytest.raises(openai.APIStatusError, match="PNG"):
            other.images.edit(image=b"no picture", prompt="a fox")
    with pytest.raises(openai.RateLimitError) as late:
        other.images.create_variation(image=png())
    assert late.value.response.headers["retry-after"] == "60"


def test_what_a_rule_stopped_stays_for_whoever_hears_the_appeal(app, actor, client) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.edit(image=png(), prompt="a forbidden thing")
    assert caught.value.code == "content_policy_violation"
    assert kept(app, actor) == 1
    asked = app.desk.job(actor, caught.value.body["job"]).job.request
    again = flow.admit(app, actor, asked, cleared=frozenset({"fake/fake"}))
    assert finish(app, actor, again.id).job.state == "delivered"
