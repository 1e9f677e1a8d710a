"""What A1111's tools ask of pictures that are there, of the machine, and for what is not done here; and a real client
library of theirs, unmodified, over all of it."""

from __future__ import annotations

import base64
import importlib.util
import io
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, PngImagePlugin
from starlette.testclient import TestClient
from tests.integration.test_a1111 import FACE, SCOPES, USUAL, b64, faces, half_white

from pingxing import label, uploads
from pingxing.api import a1111_pictures
from pingxing.api.a1111_pictures import parsed
from pingxing.api.app import create
from pingxing.bootstrap import App, build
from pingxing.engine.backends.fake import FakeBackend
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.settings import load
from pingxing.types import ROLE_SCOPES, Actor, Role, Scope

LARGE = {"width": 256, "height": 256}  # from here on a picture carries the watermark
FOREIGN = (
    'a cat, "best"\nin two lines\nNegative prompt: fog,\nrain\nSteps: 20, Sampler: Euler a, CFG scale: 7, '
    'Lora hashes: "ink: 12, oil: 34", Size: 512x512'
)


@pytest.fixture(scope="module")
def fake() -> FakeBackend:
    return FakeBackend()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, fake: FakeBackend) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("asking") / "data"
    configured = load({}, data_dir=folder, default_model="fake", workers=2, uploads_per_minute=1_000)
    loaders = {"fake": lambda: fake, "other": lambda: FakeBackend("other")}
    with build(configured, loaders=loaders, guard=Guard([FakeCheck()]), faces=faces) as made:
        yield made


@pytest.fixture(scope="module")
def server(app: App) -> Iterator[TestClient]:
    with TestClient(create(app)) as running:
        yield running


@pytest.fixture(scope="module")
def key(app: App) -> str:
    return app.identity.make_key(app.identity.local_actor("en"), "tool", SCOPES)[1]


@pytest.fixture
def http(server: TestClient, key: str) -> TestClient:
    server.app.state.tools.clear()  # type: ignore[attr-defined]
    server.auth = ("anybody", key)
    server.headers["Accept-Language"] = "en"
    return server


def stranger(app: App, name: str) -> str:
    """A key of somebody else's."""
    made = app.identity.create_account(app.identity.local_actor("en"), name, Role.MEMBER, "a long enough sentence")
    actor = Actor(made.id, Role.MEMBER, ROLE_SCOPES[Role.MEMBER], "local")
    return app.identity.make_key(actor, "k", SCOPES)[1]


def png(**texts: str) -> str:
    info = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        info.add_text(name, text, zip=name == "squeezed")
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "orange").save(out, "PNG", pnginfo=info)
    return base64.b64encode(out.getvalue()).decode()


# --- png-info ------------------------------------------------------------------------------------


def test_a_picture_of_one_s_own_says_by_what_it_was_made(app, http) -> None:
    wish = USUAL | LARGE | {"seed": 7, "negative_prompt": "fog", "sampler_name": "Euler a"}
    made = http.post("/sdapi/v1/txt2img", json=wish).json()["images"][0]
    told = http.post("/sdapi/v1/png-info", json={"image": made}).json()
    assert told["info"] == (
        "a lighthouse\nNegative prompt: fog\n"
        "Steps: 3, Sampler: Euler a, CFG scale: 7.0, Seed: 7, Size: 256x256, Model: fake"
    )
    assert told["parameters"]["Prompt"] == "a lighthouse"
    assert told["parameters"]["Seed"] == "7"
    out = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(made))) as image:
        image.convert("RGB").save(out, "PNG")  # as a tool saves it: without its metadata
    assert label.read(out.getvalue()).produce_id is None
    bare = "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
    assert http.post("/sdapi/v1/png-info", json={"image": bare}).json()["info"] == told["info"]
    theirs = http.post("/sdapi/v1/png-info", json={"image": made}, auth=("ann", stranger(app, "ann"))).json()
    assert (theirs["info"], theirs["parameters"]) == ("", {}), "what somebody asked for is nobody else's business"


def test_other_servers_pictures_are_read_as_they_write_them(app, actor, http) -> None:
    told = http.post("/sdapi/v1/png-info", json={"image": png(parameters=FOREIGN, squeezed="x" * 90)}).json()
    assert told["info"] == FOREIGN
    assert told["items"] == {"squeezed": "x" * 90}
    assert told["parameters"] == {
        "Prompt": 'a cat, "best"\nin two lines',
        "Negative prompt": "fog,\nrain",
        "Steps": "20",
        "Sampler": "Euler a",
        "CFG scale": "7",
        "Lora hashes": '"ink: 12, oil: 34"',
        "Size": "512x512",
    }
    assert http.post("/sdapi/v1/png-info", json={"image": b64()}).json() == {"info": "", "items": {}, "parameters": {}}
    assert uploads.mine(app, actor) == ()


@pytest.mark.parametrize(
    ("info", "parts"),
    [
        ("", {}),
        ("\n", {}),
        ("only words", {"Prompt": "only words"}),
        ("time: noon, place: here", {"Prompt": "time: noon, place: here"}),
        ("Negative prompt: fog", {"Negative prompt": "fog"}),
        ("a\nSteps: 1, Seed: 2, Size: 3", {"Prompt": "a", "Steps": "1", "Seed": "2", "Size": "3"}),
        ('a\nSteps: 1, Note: "open, Size: 3', {"Prompt": 'a\nSteps: 1, Note: "open, Size: 3'}),
    ],
)
def test_infotexts_in_parts(info: str, parts: dict[str, str]) -> None:
    assert parsed(info) == parts


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"image": None}, 400),
        ({"image": "not base64!"}, 400),
        ({"image": ""}, 415),
        ({"image": "AAAA"}, 415),
        ({"image": base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\xff" * 40).decode()}, 415),
        ({"image": png(parameters="x" * (2 << 20))}, 415),
    ],
)
def test_what_is_no_picture_is_said(http, body, status) -> None:
    answer = http.post("/sdapi/v1/png-info", json=body)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) >= {"error", "detail", "body", "errors"}


# --- the machine, and what is not done -----------------------------------------------------------


def test_the_memory_is_the_operator_s(app, actor, http) -> None:
    assert http.get("/sdapi/v1/memory").status_code == 403
    operator = app.identity.make_key(actor, "operator", frozenset({Scope.OPERATE}))[1]
    ram = http.get("/sdapi/v1/memory", auth=("me", operator)).json()["ram"]
    assert ram["total"] == ram["free"] + ram["used"]
    assert ram["free"] > 0


@pytest.mark.parametrize("path", sorted(a1111_pictures._NOT_OFFERED))
def test_what_is_not_done_here_says_so_and_what_is(http, server, path) -> None:
    pictures = path in ("/extra-single-image", "/extra-batch-images", "/interrogate")
    body = {"image": "A" * (600_000 if pictures else 600)}
    said = set()
    for language in ("en", "zh"):
        answer = http.post(f"/sdapi/v1{path}", json=body, headers={"Accept-Language": language})
        assert (answer.status_code, answer.json()["error"]) == (501, "not_offered"), answer.text
        said.add(answer.json()["detail"])
    assert len(said) == 2
    assert min(map(len, said)) > 20
    assert TestClient(server.app).post(f"/sdapi/v1{path}", json=body).status_code == 401


def test_skipping_ends_what_runs_and_not_what_waits(app, actor, http, fake, monkeypatch) -> None:
    going, go, step = threading.Event(), threading.Event(), fake.step

    def held(states: Any) -> None:
        going.set()
        go.wait(30)
        step(states)

    monkeypatch.setattr(fake, "step", held)
    told: list[int] = []
    drawing = threading.Thread(
        target=lambda: told.append(http.post("/sdapi/v1/txt2img", json=USUAL | {"steps": 50}).status_code)
    )
    drawing.start()
    assert going.wait(30)
    assert http.post("/sdapi/v1/skip").json() == {"cancelled": 1}
    assert http.post("/sdapi/v1/skip").json() == {"cancelled": 0}
    go.set()
    drawing.join(30)
    assert told == [409]


# --- a client library of theirs ------------------------------------------------------------------


@pytest.fixture
def api(http: TestClient, key: str) -> Any:
    """`webuiapi` as it comes, its requests carried to the server in this process."""
    if importlib.util.find_spec("webuiapi") is None:
        pytest.skip("webuiapi is not installed")
    import requests
    import webuiapi

    class Carrier(requests.adapters.BaseAdapter):
        def send(self, request: Any, **_: Any) -> Any:
            told = http.request(request.method, request.path_url, content=request.body, headers=dict(request.headers))
            answer = requests.Response()
            answer.status_code, answer.raw = told.status_code, io.BytesIO(told.content)
            answer.headers.update(told.headers)
            answer.request, answer.url = request, request.url
            return answer

        def close(self) -> None:
            """Nothing is held."""

    made = webuiapi.WebUIApi(host="studio.test", port=80, username="anybody", password=key)
    made.session.mount("http://", Carrier())
    return made


def test_webuiapi_draws_from_words_and_from_pictures(app, actor, api) -> None:
    assert FACE
    made = api.txt2img(prompt="a lighthouse", negative_prompt="fog", seed=7, steps=3, **LARGE)
    assert made.image.size == (256, 256)
    assert made.info["seed"] == 7
    assert made.info["ignored"] == []
    again = api.img2img(images=[made.image], prompt="a cat", seed=5, steps=3, denoising_strength=0.5, **LARGE)
    assert again.image.size == (256, 256)
    with Image.open(io.BytesIO(base64.b64decode(half_white((256, 256))))) as mask:
        part = api.img2img(images=[made.image], mask_image=mask, prompt="a dog", seed=5, steps=3, **LARGE)
    assert part.image.size == (256, 256)
    assert api.png_info(made.image).info.startswith("a lighthouse\nNegative prompt: fog\n")
    assert uploads.mine(app, actor) == ()


def test_webuiapi_finds_its_menus(api) -> None:
    assert [model["model_name"] for model in api.get_sd_models()] == ["fake", "other"]
    assert "Euler a" in [sampler["name"] for sampler in api.get_samplers()]
    assert api.get_options()["sd_model_checkpoint"].startswith("fake ")
    api.set_options({"sd_model_checkpoint": "other"})
    assert api.util_get_current_model().startswith("other ")
    assert api.get_progress()["progress"] == 0.0
    for menu in (api.get_sd_vae, api.get_hypernetworks, api.get_face_restorers, api.get_realesrgan_models):
        assert menu() == []
    assert [one["name"] for one in api.get_upscalers()] == ["None"]
    assert api.get_prompt_styles() == []
    assert api.get_cmd_flags() == {}
    assert api.get_scripts() == {"txt2img": [], "img2img": []}
    assert api.get_embeddings()["loaded"] == {}
    assert api.interrupt() == {"cancelled": 0}
    assert api.skip() == {"cancelled": 0}


def test_webuiapi_hears_what_is_not_done(api) -> None:
    picture = Image.new("RGB", (64, 64), "orange")
    for ask in (
        lambda: api.extra_single_image(picture, upscaling_resize=2),
        lambda: api.extra_batch_images([picture, picture], upscaling_resize=2),
        lambda: api.interrogate(picture),
    ):
        with pytest.raises(RuntimeError, match=r"501.*not_offered"):
            ask()


def test_sillytavern_s_way_in(http) -> None:
    """What its server asks for, in its order, and all that it reads of the answers (endpoints/stable-diffusion.js)."""

    def told(path: str) -> Any:
        answer = http.get(f"/sdapi/v1/{path}")
        assert answer.status_code == 200, path
        return answer.json()

    assert told("options")["sd_model_checkpoint"].startswith("fake ")  # its ping, too
    assert "forge_preset" not in told("options")
    assert [one["name"] for path in ("upscalers", "latent-upscale-modes") for one in told(path)] == ["None"]
    assert [one["model_name"] for path in ("sd-vae", "sd-modules") for one in told(path)] == []
    samplers, schedulers = ([one["name"] for one in told(path)] for path in ("samplers", "schedulers"))
    titles = [one["title"] for one in told("sd-models")]
    assert http.post("/sdapi/v1/options", json={"sd_model_checkpoint": titles[1]}).status_code == 200
    assert told("options")["sd_model_checkpoint"] == titles[1]
    progress = told("progress")
    assert (progress["progress"], progress["state"]["job_count"]) == (0.0, 0), (
        "it waits for that after a change of model"
    )
    asked = {
        "url": "http://studio.test", "auth": "anybody:px-…", "prompt": "a lighthouse", "negative_prompt": "fog",
        "sampler_name": samplers[0], "scheduler": schedulers[0], "steps": 3, "cfg_scale": 7, "seed": -1,
        "restore_faces": False, "enable_hr": False, "hr_upscaler": "None", "hr_scale": 1, "denoising_strength": 0.7,
        "hr_second_pass_steps": 0, "override_settings": {"CLIP_stop_at_last_layers": 1}, "clip_skip": 1,
        "override_settings_restore_afterwards": True, "save_images": True, "send_images": True,
        "do_not_save_grid": False, "do_not_save_samples": False, **LARGE,
    }  # fmt: skip
    answer = http.post("/sdapi/v1/txt2img", json=asked)
    assert answer.status_code == 200, answer.text
    with Image.open(io.BytesIO(base64.b64decode(answer.json()["images"][0]))) as picture:
        assert picture.size == (256, 256)
    assert http.post("/sdapi/v1/interrupt").status_code == 200
