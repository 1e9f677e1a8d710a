"""A folder of every family, as `save_pretrained` writes it, behind every door: studio, terminal, the unmodified
`openai` client, A1111's shapes; from words alone, and in a part of a picture with an adapter and a sampler. One App in
this process, and the engine too: that it also works in one of its own is tested where that is (`test_apart_torch`,
`test_checkpoints`)."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import openai
import pytest
from PIL import Image
from starlette.testclient import TestClient
from tests.conftest import finish
from tests.fakes import checkpoints

from pingxing import flow, i18n, label
from pingxing.api.app import create
from pingxing.bootstrap import build
from pingxing.cli.main import main
from pingxing.engine.backends.diffusion import checkpoint
from pingxing.engine.backends.diffusion.backend import DiffusionBackend, Isolation
from pingxing.engine.base import Inputs
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.settings import load
from pingxing.types import AdapterUse, JobState, Model, Picture, Request, Role, Scope

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="FAMILIES WERE NOT SERVED: no torch"),
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning"),
]
SHARED = ("sd", "sdxl", "sd3", "pixart", "flux")
ALL = (*SHARED, "other")
SAMPLER = dict.fromkeys(("sd", "sdxl", "pixart"), "euler") | dict.fromkeys(("sd3", "flux"), "flow-euler")
PASSWORD = "a long enough sentence"
SIDE = 64
Door = Callable[[SimpleNamespace, str], bytes]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """An App whose shelf holds all of them, put there from the terminal, and ways to reach it."""
    import torch

    threads, place = torch.get_num_threads(), tmp_path_factory.mktemp("families")
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("PINGXING_DATA_DIR", str(place / "data"))
        patch.setattr("pingxing.bootstrap.default_guard", lambda *_, **__: Guard([FakeCheck()]))
        # As bootstrap makes it, but here instead of in a child; loaded once for the App and for the terminal's own.
        opened: dict[Path, DiffusionBackend] = {}

        def here(
            model: Model, folder: Path, isolation: Isolation, hall: Any, extras: Any = tuple, known: Any = None
        ) -> Any:
            if known is not None:
                return known
            if folder not in opened:
                opened[folder] = checkpoint(model, folder, isolation, extras)
            opened[folder].model = replace(model, additions=tuple(extra.addition for extra in extras()))
            return opened[folder]

        patch.setattr("pingxing.engine.backends.apart.backend.ApartBackend", here)
        (place / "picture.png").write_bytes(halves("orange", "navy"))
        (place / "mask.png").write_bytes(halves("white", "black"))
        for family in ALL:
            folder = checkpoints.save(family, place / family)
            terminal("models", "add", str(folder), "--name", family)
            if family in SHARED:
                ink = checkpoints.adapter(folder, place / f"{family}.safetensors", "diffusers")
                terminal("models", "add", str(ink), "--name", f"ink-{family}", "--for", family)
        terminal("models", "add", str(checkpoints.save("kontext", place / "kontext")), "--name", "kontext")
        with (
            build(load({}, data_dir=place / "data", workers=2, uploads_per_minute=1000)) as app,
            TestClient(create(app)) as http,
        ):
            admin = app.identity.local_actor("en")
            key = app.identity.make_key(admin, "tests", frozenset({Scope.GENERATE, Scope.MANAGE}))[1]
            app.identity.create_account(admin, "a member", Role.MEMBER, PASSWORD)
            member = app.identity.sign_in("a member", PASSWORD, "tests").actor
            with TestClient(http.app, follow_redirects=False) as person:
                person.post("/sign-in", data={"name": "a member", "password": PASSWORD})
                yield SimpleNamespace(
                    app=app, admin=admin, member=member, http=http, person=person, key=key, place=place
                )
    torch.set_num_threads(threads)


def terminal(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as stop, redirect_stdout(out):
        main(["--lang", "en", *arguments, "--json"])
    assert not stop.value.code, out.getvalue()
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def halves(above: str, below: str, mode: str = "RGB") -> bytes:
    image = Image.new(mode, (SIDE, SIDE), above)
    image.paste(below, (0, SIDE // 2, SIDE, SIDE))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def by_terminal(house: SimpleNamespace, model: str) -> bytes:
    out = house.place / f"{model}.png"
    terminal(
        "generate", "a red cat", "--model", model, "--size", "64x64", "--steps", "2", "--seed", "3", "-o", str(out)
    )
    return out.read_bytes()


def by_openai(house: SimpleNamespace, model: str) -> bytes:
    client = openai.OpenAI(api_key=house.key, base_url="http://testserver/v1", max_retries=0, http_client=house.http)
    more = {"steps": 2, "seed": 3}
    told = client.images.generate(
        prompt="a red cat", model=model, size="64x64", response_format="b64_json", extra_body=more
    )
    return base64.b64decode(told.data[0].b64_json)


def by_a1111(house: SimpleNamespace, model: str) -> bytes:
    asked = {"prompt": "a red cat", "steps": 2, "seed": 3, "width": 64, "height": 64}
    asked["override_settings"] = {"sd_model_checkpoint": model}
    told = house.http.post("/sdapi/v1/txt2img", json=asked, auth=("tool", house.key))
    assert told.status_code == 200, told.text
    assert json.loads(told.json()["info"])["sd_model_name"] == model
    return base64.b64decode(told.json()["images"][0])


def by_studio(
    house: SimpleNamespace,
    model: str,
    more: Mapping[str, str] = {},
    files: Any = None,
) -> bytes:
    csrf = re.search(r'name="csrf" value="([^"]+)"', house.person.get("/settings").text)
    form = {"csrf": csrf[1], "prompt": "a red cat", "model": model, "size": "64x64", "steps": "2", "seed": "3"}
    answer = house.person.post("/jobs", data=form | more, files=files)
    assert answer.status_code == 303, answer.text
    view = finish(house.app, house.admin, answer.headers["location"].rpartition("/")[2])
    return house.person.get(f"/files/{view.receipts[0].id}").content


def pixels(data: bytes) -> Any:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def part_by_terminal(house: SimpleNamespace, model: str) -> bytes:
    out = house.place / f"{model}-part.png"
    terminal(
        *("generate", "a red cat", "--model", model, "--steps", "2", "--seed", "3", "-o", str(out)),
        *("--init-image", str(house.place / "picture.png"), "--mask", str(house.place / "mask.png")),
        *("--adapter", f"ink-{model}:1.5", "--sampler", SAMPLER[model]),
    )
    return out.read_bytes()


def part_by_openai(house: SimpleNamespace, model: str) -> bytes:
    client = openai.OpenAI(api_key=house.key, base_url="http://testserver/v1", max_retries=0, http_client=house.http)
    more = {"steps": "2", "seed": "3", "adapters": f"ink-{model}:1.5", "sampler": SAMPLER[model]}
    told = client.images.edit(
        image=(house.place / "picture.png").read_bytes(),
        mask=halves("#00000000", "black", "RGBA"),
        prompt="a red cat",
        model=model,
        response_format="b64_json",
        extra_body=more,
    )
    return base64.b64decode(told.data[0].b64_json)


def part_by_a1111(house: SimpleNamespace, model: str) -> bytes:
    sent = {name: base64.b64encode((house.place / f"{name}.png").read_bytes()).decode() for name in ("picture", "mask")}
    asked = {"prompt": f"a red cat <lora:ink-{model}:1.5>", "steps": 2, "seed": 3, "sampler_name": "Euler"}
    asked |= {"init_images": [sent["picture"]], "mask": sent["mask"], "denoising_strength": 1}
    asked["override_settings"] = {"sd_model_checkpoint": model}
    told = house.http.post("/sdapi/v1/img2img", json=asked, auth=("tool", house.key))
    assert told.status_code == 200, told.text
    assert json.loads(told.json()["info"])["ignored"] == []
    return base64.b64decode(told.json()["images"][0])


def part_by_studio(house: SimpleNamespace, model: str) -> bytes:
    files = {
        name: (f"{name}.png", (house.place / f"{name}.png").read_bytes(), "image/png") for name in ("picture", "mask")
    }
    form = {"size": "auto", f"adapter-{model}/ink-{model}": "yes", f"weight-{model}/ink-{model}": "1.5"}
    return by_studio(house, model, form | {"sampler": SAMPLER[model]}, files)


DOORS: dict[str, Door] = {"terminal": by_terminal, "openai": by_openai, "a1111": by_a1111, "studio": by_studio}
PARTS: dict[str, Door] = {
    "terminal": part_by_terminal, "openai": part_by_openai, "a1111": part_by_a1111, "studio": part_by_studio
}  # fmt: skip


@pytest.mark.parametrize("family", ALL)
def test_a_family_behind_every_door(house: SimpleNamespace, family: str) -> None:
    pictures = {door: reach(house, family) for door, reach in DOORS.items()}
    for door, picture in pictures.items():
        assert label.verdict(label.read(picture)) == "confirmed", door
    # The same wish at four doors: the engine drew the same, and only the marks are each picture's own.
    first, *others = (pixels(picture) for picture in pictures.values())
    assert first.shape == (64, 64, 3)
    for other in others:
        assert (abs(first - other)[:32].max(axis=2) <= 24).mean() > 0.95


@pytest.mark.parametrize("family", SHARED)
def test_a_part_of_a_picture_with_an_adapter_and_a_sampler_behind_every_door(
    house: SimpleNamespace, family: str
) -> None:
    pictures = {door: reach(house, family) for door, reach in PARTS.items()}
    first, *others = (pixels(picture) for picture in pictures.values())
    for door, picture in pictures.items():
        assert label.verdict(label.read(picture)) == "confirmed", door
        navy = (abs(pixels(picture) - np.array((0, 0, 128))) <= 12).all(axis=2)
        assert navy[SIDE // 2 : SIDE // 2 + 6].mean() > 0.9, f"{door}: what the mask leaves dark stays"
    for other in others:
        assert (abs(first - other)[: SIDE // 2].max(axis=2) <= 24).mean() > 0.95
    inked, plain = (drawn_here(house, family, uses) for uses in ((AdapterUse(name=f"ink-{family}", weight=1.5),), ()))
    far, near = (((first - made)[: SIDE // 2] ** 2).mean() for made in (plain, inked))
    assert near < far, "the adapter is in it"


def drawn_here(house: SimpleNamespace, family: str, uses: tuple[AdapterUse, ...]) -> Any:
    """The engine's own pixels of that wish, without marks."""
    engine, names = house.app.registry.backend(family), ("picture", "mask")
    brought = [
        Picture(SIDE, SIDE, np.asarray(Image.open(house.place / f"{name}.png").convert("RGB"))) for name in names
    ]
    wish = Request(
        prompt="a red cat", model=family, width=SIDE, height=SIDE, seed=3, steps=2, sampler=SAMPLER[family],
        init_image="0" * 32, mask="1" * 32, adapters=uses,
    )  # fmt: skip
    state = engine.prepare(wish, Inputs(*brought))
    while state.step < state.steps:
        engine.step([state])
    return engine.finish(state).pixels.astype(int)


def test_a_negative_prompt_that_nobody_reads_is_told_at_every_door(house: SimpleNamespace) -> None:
    asked = {"steps": 2, "seed": 3}
    told: dict[str, dict[str, list[str]]] = {}
    for family in (*ALL, "kontext"):
        client = openai.OpenAI(
            api_key=house.key, base_url="http://testserver/v1", max_retries=0, http_client=house.http
        )
        made = client.images.generate(
            prompt="a red cat", model=family, size="64x64", extra_body={"negative": "blue", **asked}
        )
        tool = {"prompt": "a red cat", "negative_prompt": "blue", "width": 64, "height": 64, "send_images": False}
        tool["override_settings"] = {"sd_model_checkpoint": family}
        answer = house.http.post("/sdapi/v1/txt2img", json=tool | asked, auth=("tool", house.key)).json()
        bearer = {"Authorization": f"Bearer {house.key}"}
        wanted = {"prompt": "a red cat", "negative": "blue", "model": family, "width": 64, "height": 64, **asked}
        job = house.http.post("/api/jobs", json=wanted, headers=bearer).json()
        finish(house.app, house.admin, job["job"])
        out = house.place / "negative.png"
        words = ("generate", "a red cat", "--negative", "blue", "--model", family, "--size", "64x64", "--steps", "2")
        told[family] = {
            "openai": made.model_extra["ignored"],
            "a1111": json.loads(answer["info"])["ignored"],
            "native": house.http.get(f"/api/jobs/{job['job']}", headers=bearer).json()["ignored"],
            "terminal": terminal(*words, "-o", str(out))["ignored"],
        }
    for family, doors in told.items():
        unread = family in ("flux", "kontext")
        assert doors == {
            "openai": ["negative"] * unread,
            "a1111": ["negative_prompt"] * unread,
            "native": ["negative"] * unread,
            "terminal": ["negative"] * unread,
        }, family


def test_the_studio_knows_which_model_reads_what_must_not_appear(house: SimpleNamespace) -> None:
    page = house.person.get("/").text
    avoids = dict(re.findall(r'name="model" value="([^"]+)"[^>]* data-avoids="([^"]*)"', page))
    assert avoids == dict.fromkeys(avoids, "usual strong") | {
        "scene": "weak usual strong", "nano": "usual strong", "flux": "", "kontext": ""
    }  # fmt: skip
    assert set(avoids) >= {*ALL, "scene"}
    assert i18n.say("en", "studio.negative.never") in page
    csrf = re.search(r'name="csrf" value="([^"]+)"', house.person.get("/settings").text)
    for family, note in (("flux", True), ("sd", False)):
        form = {"prompt": "a red cat", "model": family, "size": "64x64", "steps": "2", "negative": "blue"}
        answer = house.person.post("/jobs", data=form | {"csrf": csrf[1]})
        view = finish(house.app, house.admin, answer.headers["location"].rpartition("/")[2])
        picture = house.person.get(f"/pictures/{view.receipts[0].id}").text
        assert (i18n.say("en", "studio.ignored", model=family) in picture) is note


def test_one_at_a_time_says_at_every_door_that_it_takes_no_picture(house: SimpleNamespace) -> None:
    with pytest.raises(AssertionError, match="init_image"):
        terminal("generate", "a cat", "--model", "other", "--init-image", str(house.place / "picture.png"))
    client = openai.OpenAI(api_key=house.key, base_url="http://testserver/v1", max_retries=0, http_client=house.http)
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.edit(image=(house.place / "picture.png").read_bytes(), prompt="a cat", model="other")
    assert caught.value.param == "image"
    sent = base64.b64encode((house.place / "picture.png").read_bytes()).decode()
    asked = {"prompt": "a cat", "init_images": [sent], "override_settings": {"sd_model_checkpoint": "other"}}
    told = house.http.post("/sdapi/v1/img2img", json=asked, auth=("tool", house.key))
    assert (told.status_code, told.json()["member"]) == (400, "init_images"), told.text


def test_one_at_a_time_takes_a_picture_where_its_pipeline_does(house: SimpleNamespace) -> None:
    client = openai.OpenAI(api_key=house.key, base_url="http://testserver/v1", max_retries=0, http_client=house.http)
    edited = client.images.edit(
        image=(house.place / "picture.png").read_bytes(),
        prompt="a cat",
        model="kontext",
        response_format="b64_json",
        extra_body={"steps": "1", "strength": "0.5"},
    )
    assert edited.ignored == ["strength"]
    assert label.verdict(label.read(base64.b64decode(edited.data[0].b64_json))) == "confirmed"
    page = house.person.get("/").text
    offers = dict(re.findall(r'name="model" value="([^"]+)"([^>]*)>', page))
    can = {name: [word for word in ("begins", "masks", "varies") if f"data-{word}" in offers[name]] for name in offers}
    assert (can["kontext"], can["sd"]) == (["begins"], ["begins", "masks", "varies"])
    assert "begins" not in can["other"]


def test_the_models_page_says_who_shares_steps(house: SimpleNamespace) -> None:
    for language in ("en", "zh"):
        page = house.http.get("/models", headers={"accept-language": language}).text
        assert page.count(i18n.say(language, "studio.models.kind.alone")) == 2, "those that are not of a known family"
        for family in ALL:
            assert f'id="{family}"' in page


@pytest.mark.parametrize("family", SHARED)
def test_two_people_share_steps_and_get_the_pictures_they_would_have_got_alone(
    house: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    engine = house.app.registry.backend(family)
    known, finished = (engine.step, engine.finish)
    calls: list[list[int | None]] = []
    made: dict[int, Any] = {}

    def step(states: Any) -> None:
        if not calls and len(states) == 1:  # whoever came first is held back until the other one waits in line
            _until(lambda: bool(house.app.scheduler._lanes[family]._ready))
        calls.append([state.request.seed for state in states])
        known(states)

    def finish_one(state: Any) -> Any:
        picture = finished(state)
        made[state.request.seed] = picture.pixels.astype(int)
        return picture

    asked = {
        actor: Request(prompt=words, model=family, width=64, height=64, seed=seed, steps=steps)
        for actor, words, seed, steps in ((house.admin, "a red cat", 11, 4), (house.member, "two boats at sea", 12, 6))
    }
    monkeypatch.setattr(engine, "step", step)
    monkeypatch.setattr(engine, "finish", finish_one)
    jobs = {actor: flow.admit(house.app, actor, request) for actor, request in asked.items()}
    for actor, job in jobs.items():
        assert finish(house.app, actor, job.id).job.state is JobState.DELIVERED
    assert sum(set(call) == {11, 12} for call in calls) >= 3, "steps that both had a part in"
    assert sum(len(call) for call in calls) == 4 + 6
    monkeypatch.undo()
    for request in asked.values():
        state = engine.prepare(request)
        while state.step < state.steps:
            engine.step([state])
        error = ((engine.finish(state).pixels.astype(int) - made[request.seed or 0]) ** 2).mean()
        assert error < 255**2 / 10**5, "50 dB"


def _until(true: Callable[[], bool], within_s: float = 60.0) -> None:
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
