"""The shapes of A1111, called as its tools call them: HTTP Basic, dozens of members, pictures in Base64."""

from __future__ import annotations

import base64
import io
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from pingxing import label, uploads
from pingxing.api.a1111_wishes import Txt2Img
from pingxing.api.app import create
from pingxing.bootstrap import App, build, default_loaders
from pingxing.engine.backends.fake import FakeBackend
from pingxing.errors import InvalidRequest
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.settings import load
from pingxing.types import ROLE_SCOPES, Actor, Addition, JobState, Role, Scope

SCOPES = frozenset({Scope.GENERATE, Scope.CHECK, Scope.MANAGE})
FACE = ((0.2, 0.2, 0.4, 0.4),)
LEARNED = Addition("ink", "embedding", "<ink>", "CC0-1.0", "sd-1.5", "0" * 64, 1, vectors=3, width=768)

# What tools send whether anybody changed it or not (from A1111's own documentation of its API).
USUAL: dict[str, Any] = {
    "prompt": "a lighthouse",
    "negative_prompt": "",
    "styles": [],
    "seed": -1,
    "subseed": -1,
    "subseed_strength": 0,
    "seed_resize_from_h": -1,
    "seed_resize_from_w": -1,
    "sampler_name": "DPM++ 2M",
    "scheduler": "Automatic",
    "batch_size": 1,
    "n_iter": 1,
    "steps": 3,
    "cfg_scale": 7,
    "width": 64,
    "height": 64,
    "restore_faces": False,
    "tiling": False,
    "do_not_save_samples": False,
    "do_not_save_grid": False,
    "eta": 0,
    "denoising_strength": 0.7,
    "s_min_uncond": 0,
    "s_churn": 0,
    "s_tmax": 0,
    "s_tmin": 0,
    "s_noise": 1,
    "override_settings": {},
    "override_settings_restore_afterwards": True,
    "refiner_checkpoint": None,
    "refiner_switch_at": 0,
    "disable_extra_networks": False,
    "comments": {},
    "enable_hr": False,
    "firstphase_width": 0,
    "hr_scale": 2,
    "hr_upscaler": "Latent",
    "hr_second_pass_steps": 0,
    "script_name": None,
    "script_args": [],
    "send_images": True,
    "save_images": False,
    "alwayson_scripts": {},
}


def faces(picture: Any) -> Any:
    return FACE if tuple(picture.pixels[0, 0, :3]) == (0, 128, 128) else ()


def b64(colour: str = "orange", size: tuple[int, int] = (96, 96)) -> str:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def half_white(size: tuple[int, int] = (96, 96)) -> str:
    image = Image.new("L", size, 0)
    image.paste(255, (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def pixels(picture: str) -> Any:
    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def orange(found: Any, within: int = 6) -> Any:
    return (abs(found - np.array((255, 165, 0))) <= within).all(axis=2)


@pytest.fixture(scope="module")
def fake() -> FakeBackend:
    return FakeBackend()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, fake: FakeBackend) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("tools") / "data"
    configured = load({}, data_dir=folder, default_model="fake", workers=2, uploads_per_minute=1_000)
    loaders = {"fake": lambda: fake, "other": lambda: FakeBackend("other", (LEARNED,))} | default_loaders(configured)
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
def http(app: App, actor: Actor, server: TestClient, key: str) -> TestClient:
    for upload in uploads.mine(app, actor):
        uploads.delete(app, actor, upload.id)
    server.app.state.tools.clear()  # type: ignore[attr-defined]
    server.auth = ("anybody", key)
    server.headers["Accept-Language"] = "en"
    return server


def asked(app: App, actor: Actor, info: dict[str, Any]) -> Any:
    return app.desk.job(actor, info["job"]).job.request


def test_words_become_a_labelled_picture_and_the_answer_says_how(app, actor, http) -> None:
    answer = http.post("/sdapi/v1/txt2img", json=USUAL | {"seed": 7, "negative_prompt": "fog"}).json()
    assert set(answer) == {"images", "parameters", "info"}
    data = base64.b64decode(answer["images"][0])
    assert label.verdict(label.read(data)) == "confirmed"
    info = json.loads(answer["info"])
    assert info["receipts"] == [label.read(data).produce_id]
    assert (info["seed"], info["all_seeds"], info["sampler_name"], info["ignored"]) == (7, [7], "DPM++ 2M", [])
    request = asked(app, actor, info)
    assert (request.sampler, request.steps, request.guidance, request.negative) == ("dpm++-2m", 3, 7.0, "fog")
    assert info["infotexts"] == [
        "a lighthouse\nNegative prompt: fog\n"
        "Steps: 3, Sampler: DPM++ 2M, CFG scale: 7.0, Seed: 7, Size: 64x64, Model: fake"
    ]
    assert answer["parameters"]["prompt"] == "a lighthouse"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Euler", "euler"),
        ("Euler a", "euler-a"),
        ("k_euler_a", "euler-a"),
        ("DPM++ 2M Karras", "dpm++-2m"),
        ("UniPC", "unipc"),
        ("LCM", "lcm"),
        ("", ""),
    ],
)
def test_samplers_by_their_names_there(theirs, ours) -> None:
    assert Txt2Img(prompt="a b", sampler_name=theirs).request("").sampler == ours
    assert Txt2Img(prompt="a b", sampler_index=theirs).request("").sampler == ours


def test_a_sampler_that_nobody_knows_is_an_error(http) -> None:
    with pytest.raises(InvalidRequest, match="sampler_name"):
        Txt2Img(prompt="a b", sampler_name="Heun 9000").request("")
    answer = http.post("/sdapi/v1/txt2img", json=USUAL | {"sampler_name": "Heun 9000"})
    assert answer.status_code == 400
    assert "DPM++ 2M" in answer.json()["detail"]


def test_what_is_ignored_is_told_and_what_changes_nothing_is_not() -> None:
    assert Txt2Img(**USUAL).ignored() == []
    more = {
        "enable_hr": True,
        "tiling": True,
        "styles": ["film"],
        "subseed": 4,
        "alwayson_scripts": {"controlnet": {}},
        "sampler_name": "DPM++ 2M Karras",
        "prompt": "a cat <lora:fluffy:0.8>",
        "override_settings": {"CLIP_stop_at_last_layers": 2},
        "x" * 200: 1,
    }
    told = Txt2Img(**(USUAL | more))
    assert set(told.ignored()) == {
        "enable_hr",
        "tiling",
        "styles",
        "subseed",
        "alwayson_scripts",
        "sampler_name: Karras",
        "<lora:fluffy:0.8>",
        "override_settings.CLIP_stop_at_last_layers",
        "x" * 80,
    }
    assert told.request("").prompt == "a cat"


def test_batches_and_seeds(http) -> None:
    answer = http.post("/sdapi/v1/txt2img", json=USUAL | {"batch_size": 2, "n_iter": 2, "seed": 5}).json()
    assert len(set(answer["images"])) == 4
    assert json.loads(answer["info"])["all_seeds"] == [5, 6, 7, 8]
    one = http.post("/sdapi/v1/txt2img", json=USUAL | {"seed": 6}).json()
    assert (pixels(one["images"][0]) == pixels(answer["images"][1])).mean() > 0.9  # same pixels but for the watermark
    assert http.post("/sdapi/v1/txt2img", json=USUAL | {"send_images": False}).json()["images"] == []


def test_what_the_model_has_not_is_left_out_and_told(app, actor, http) -> None:
    body = USUAL | {"override_settings": {"sd_model_checkpoint": "scene"}, "width": 128, "height": 128}
    info = json.loads(http.post("/sdapi/v1/txt2img", json=body).json()["info"])
    assert set(info["ignored"]) == {"steps", "cfg_scale", "sampler_name"}
    assert (info["sd_model_name"], asked(app, actor, info).steps) == ("scene", None)
    answer = http.post("/sdapi/v1/img2img", json=body | {"init_images": [b64()]})
    assert answer.status_code == 400  # a picture to begin with is not left out
    assert answer.json()["member"] == "init_images"
    assert uploads.mine(app, actor) == ()


# --- pictures from pictures ----------------------------------------------------------------------


def test_a_picture_to_begin_with(app, actor, http) -> None:
    body = USUAL | {"denoising_strength": 0.05, "width": 128, "height": 128, "init_images": [b64(), b64("navy")]}
    for init in (body["init_images"], ["data:image/png;base64," + b64()]):
        answer = http.post("/sdapi/v1/img2img", json=body | {"init_images": init}).json()
        assert orange(pixels(answer["images"][0]), 20).mean() > 0.8
        assert label.verdict(label.read(base64.b64decode(answer["images"][0]))) == "confirmed"
        info = json.loads(answer["info"])
        assert info["denoising_strength"] == 0.05
        assert info["ignored"] == (["init_images[1]"] if len(init) > 1 else [])
        assert "init_images" not in answer["parameters"]
    assert uploads.mine(app, actor) == ()


@pytest.mark.parametrize(("invert", "anew"), [(0, 0), (1, 1)])
def test_a_mask_is_light_where_it_is_made_anew(http, invert, anew) -> None:
    body = USUAL | {"denoising_strength": 1, "width": 128, "height": 128, "inpainting_mask_invert": invert}
    body |= {"init_images": [b64("orange", (192, 96))], "mask": half_white((96, 48)), "mask_blur": 2}
    body |= {"width": 256, "height": 128}
    found = orange(pixels(http.post("/sdapi/v1/img2img", json=body).json()["images"][0])[:80])
    halves = (found[:, :110].mean(), found[:, 146:].mean())
    assert halves[anew] < 0.2
    assert halves[1 - anew] > 0.95


def test_a_face_needs_a_statement(app, actor, http) -> None:
    body = USUAL | {"init_images": [b64("teal")]}
    for language, word in (("en", "Say who"), ("zh", "请说明是谁")):
        answer = http.post("/sdapi/v1/img2img", json=body, headers={"Accept-Language": language})
        assert (answer.status_code, answer.json()["member"]) == (400, "consent")
        assert word in answer.json()["detail"]
    assert uploads.mine(app, actor) == ()
    assert http.post("/sdapi/v1/img2img", json=body | {"consent": "myself"}).status_code == 200


@pytest.mark.parametrize(
    ("members", "status", "member"),
    [
        ({"init_images": []}, 400, "init_images"),
        ({"init_images": None}, 400, "init_images"),
        ({"init_images": ["not base64!"]}, 400, "init_images"),
        ({"init_images": ["https://example.com/a.png"]}, 400, "init_images"),
        ({"init_images": ["AAAA"]}, 415, "image"),
        ({"init_images": [b64("red", (8, 8))]}, 415, "image"),
        ({"mask": "%%%"}, 400, "mask"),
        ({"mask": "AAAA"}, 415, "mask"),
        ({"denoising_strength": 0}, 400, "denoising_strength"),
        ({"denoising_strength": 1.5}, 400, "denoising_strength"),
        ({"consent": "yes"}, 400, "consent"),
        ({"steps": 151}, 400, "steps"),
        ({"cfg_scale": 31}, 400, "cfg_scale"),
        ({"width": 8}, 400, "width"),
        ({"width": 9_000}, 400, "width"),
        ({"seed": -2}, 400, "seed"),
        ({"n_iter": 4, "batch_size": 4}, 400, "batch_size * n_iter"),
        ({"prompt": ""}, 400, "prompt"),
        ({"prompt": "<lora:a:1>"}, 400, "prompt"),
        ({"prompt": "x" * 5_000}, 400, "prompt"),
        ({"override_settings": {"sd_model_checkpoint": "nonesuch"}}, 404, None),
    ],
)
def test_members_beyond_their_limits_are_named(app, actor, http, members, status, member) -> None:
    answer = http.post("/sdapi/v1/img2img", json=USUAL | {"init_images": [b64()]} | members)
    assert (answer.status_code, answer.json()["member"]) == (status, member), answer.text
    assert set(answer.json()) >= {"error", "detail", "body", "errors"}
    assert uploads.mine(app, actor) == ()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"3", b"[" * 200_000, b"\xff\xfe"])
def test_bodies_that_are_no_object(http, body) -> None:
    for path in ("txt2img", "img2img", "options"):
        answer = http.post(f"/sdapi/v1/{path}", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400, answer.text


def test_a_body_beyond_the_limit(http) -> None:
    assert http.post("/sdapi/v1/txt2img", json=USUAL | {"x": "y" * 300_000}).status_code == 413


def test_refusals_say_the_reason_in_both_languages(app, actor, http) -> None:
    for language, reason in (("en", "A test asked"), ("zh", "测试要求")):
        answer = http.post(
            "/sdapi/v1/txt2img", json=USUAL | {"prompt": "a forbidden thing"}, headers={"Accept-Language": language}
        )
        assert answer.status_code == 400
        assert reason in answer.json()["findings"][0]["reason"]
        assert app.desk.job(actor, answer.json()["job"]).job.state is JobState.REFUSED


# --- who -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + base64.b64encode(b"no colon").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"me:px-wrong").decode()},
        {"Authorization": "Bearer px-wrong"},
        {"Cookie": "pingxing_session=x"},
    ],
)
def test_nobody_comes_in_without_a_key(app, server, header) -> None:
    stranger = TestClient(server.app)
    for method, path in (("GET", "progress"), ("GET", "options"), ("POST", "txt2img"), ("POST", "img2img")):
        body = {"json": USUAL} if method == "POST" else {}
        answer = stranger.request(method, f"/sdapi/v1/{path}", headers=header, **body)
        assert answer.status_code == 401
        assert "Basic" not in answer.headers["www-authenticate"]  # no browser is to keep a key and send it along


def test_a_key_may_come_as_a_bearer_too_and_must_hold_the_scope(app, actor, server, key) -> None:
    stranger = TestClient(server.app)
    assert stranger.get("/sdapi/v1/samplers", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    weak = app.identity.make_key(actor, "weak", frozenset({Scope.CHECK}))[1]
    for path, body in (("txt2img", USUAL), ("img2img", USUAL), ("options", {"sd_model_checkpoint": "fake"})):
        assert stranger.post(f"/sdapi/v1/{path}", json=body, auth=("me", weak)).status_code == 403


# --- models, options, progress, interrupt --------------------------------------------------------


def test_models_samplers_and_options(app, actor, http) -> None:
    models = http.get("/sdapi/v1/sd-models").json()
    assert sorted(model["model_name"] for model in models) == ["fake", "nano", "other", "scene"]
    assert {sampler["name"] for sampler in http.get("/sdapi/v1/samplers").json()} >= {"Euler a", "DPM++ 2M", "UniPC"}
    assert http.get("/sdapi/v1/options").json()["sd_model_checkpoint"] == models[0]["title"]
    told = http.post("/sdapi/v1/options", json={"sd_model_checkpoint": models[2]["title"], "CLIP_skip": 2}).json()
    assert told["ignored"] == ["CLIP_skip"]
    assert http.get("/sdapi/v1/options").json()["sd_model_checkpoint"] == models[2]["title"]
    assert http.post("/sdapi/v1/options", json={"sd_model_checkpoint": "other"}).status_code == 200
    info = json.loads(http.post("/sdapi/v1/txt2img", json=USUAL).json()["info"])
    assert info["sd_model_name"] == "other"
    once = USUAL | {"override_settings": {"sd_model_checkpoint": "fake"}}
    assert json.loads(http.post("/sdapi/v1/txt2img", json=once).json()["info"])["sd_model_name"] == "fake"
    for wrong, status in (("nonesuch", 404), (3, 400)):
        assert http.post("/sdapi/v1/options", json={"sd_model_checkpoint": wrong}).status_code == status


def test_learned_words_are_told_with_their_shape(http) -> None:
    told = {"step": None, "sd_checkpoint": None, "sd_checkpoint_name": "sd-1.5", "shape": 768, "vectors": 3}
    assert http.get("/sdapi/v1/embeddings").json() == {"loaded": {}, "skipped": {"<ink>": told}}
    http.post("/sdapi/v1/options", json={"sd_model_checkpoint": "other"})
    assert http.get("/sdapi/v1/embeddings").json() == {"loaded": {"<ink>": told}, "skipped": {}}


def test_info_has_every_member_that_a1111_s_has(http) -> None:
    info = json.loads(http.post("/sdapi/v1/txt2img", json=USUAL | {"batch_size": 2}).json()["info"])
    assert len(info["all_seeds"]) == len(info["all_subseeds"]) == 2
    theirs = """prompt all_prompts negative_prompt all_negative_prompts seed all_seeds subseed all_subseeds
        subseed_strength
        width height sampler_name cfg_scale steps batch_size restore_faces face_restoration_model sd_model_name
        sd_model_hash sd_vae_name sd_vae_hash seed_resize_from_w seed_resize_from_h denoising_strength
        extra_generation_params index_of_first_image infotexts styles job_timestamp clip_skip
        is_using_inpainting_conditioning version"""
    assert set(theirs.split()) <= info.keys()


def test_the_menus_of_tools_are_filled_or_empty_and_never_missing(http, server) -> None:
    empty = ("latent-upscale-modes", "sd-vae", "sd-modules", "hypernetworks", "face-restorers", "realesrgan-models",
             "prompt-styles", "script-info", "extensions")  # fmt: skip
    for path in empty:
        assert http.get(f"/sdapi/v1/{path}").json() == [], path
    assert [one["name"] for one in http.get("/sdapi/v1/schedulers").json()] == ["automatic"]
    assert [one["name"] for one in http.get("/sdapi/v1/upscalers").json()] == ["None"]
    assert http.get("/sdapi/v1/scripts").json() == {"txt2img": [], "img2img": []}
    for path in ("checkpoints", "loras", "embeddings", "vae"):
        answer = http.post(f"/sdapi/v1/refresh-{path}")
        assert (answer.status_code, answer.json()) == (200, None)
    stranger = TestClient(server.app)
    assert stranger.get("/sdapi/v1/schedulers").status_code == 401
    assert stranger.post("/sdapi/v1/refresh-checkpoints").status_code == 401


def test_one_account_s_choice_is_not_another_s(app, actor, http, server) -> None:
    made = app.identity.create_account(actor, "ann", Role.MEMBER, "a long enough sentence")
    theirs = app.identity.make_key(Actor(made.id, Role.MEMBER, ROLE_SCOPES[Role.MEMBER], "local"), "k", SCOPES)[1]
    http.post("/sdapi/v1/options", json={"sd_model_checkpoint": "other"})
    told = TestClient(server.app).get("/sdapi/v1/options", auth=("ann", theirs)).json()
    assert told["sd_model_checkpoint"].startswith("fake ")


def test_progress_is_seen_and_interrupted_by_the_same_key_alone(app, actor, http, fake, key, monkeypatch) -> None:
    monkeypatch.setattr("pingxing.engine.scheduler.PREVIEW_EVERY_S", 0.0)
    going, seen, step = threading.Event(), threading.Event(), fake.step

    def watched(states: Any) -> None:
        if states[0].step >= 3:
            going.set()
            assert seen.wait(60)
        step(states)

    monkeypatch.setattr(fake, "step", watched)
    told: list[Any] = []
    body = USUAL | {"steps": 100, "width": 128, "height": 128}
    drawing = threading.Thread(target=lambda: told.append(http.post("/sdapi/v1/txt2img", json=body)))
    drawing.start()
    assert going.wait(60)
    until = time.monotonic() + 60
    while not (now := http.get("/sdapi/v1/progress").json())["current_image"]:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert 0 < now["progress"] < 1
    assert now["state"]["sampling_steps"] == 100
    assert now["eta_relative"] > 0
    shown = base64.b64decode(now["current_image"])
    assert app.desk.receipt(actor, label.read(shown).produce_id).job == now["state"]["job"]
    assert http.get("/sdapi/v1/progress?skip_current_image=true").json()["current_image"] is None
    other = app.identity.make_key(actor, "another tool", SCOPES)[1]
    assert http.post("/sdapi/v1/interrupt", auth=("me", other)).json() == {"cancelled": 0}
    assert http.get("/sdapi/v1/progress", auth=("me", other)).json()["state"]["job_count"] == 0
    assert http.post("/sdapi/v1/interrupt").json() == {"cancelled": 1}
    seen.set()
    drawing.join(60)
    assert told[0].status_code == 409
    idle = http.get("/sdapi/v1/progress").json()
    assert (idle["progress"], idle["current_image"], idle["state"]["job"]) == (0.0, None, "")
