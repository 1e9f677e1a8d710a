"""A checkpoint behind every door: the unmodified `openai` client, A1111's shapes, the command line; a real server."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from PIL import Image
from tests.e2e.server import Server
from tests.e2e.test_studio import Person, browser, person, sign_in
from tests.fakes import checkpoints

from pingxing import label
from pingxing.engine.shelf import Shelf

__all__ = ["browser"]
pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="CHECKPOINTS WERE NOT SERVED: no torch"),
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning"),
]
PHOTO = Path(__file__).parents[1] / "bank" / "pictures" / "astronaut.jpg"
FEW = {"steps": "4", "seed": "3"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    os.environ["HF_HUB_OFFLINE"] = "1"
    return checkpoints.save("sd", tmp_path_factory.mktemp("checkpoint") / "tiny")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Server]:
    environ = {
        "PINGXING_READ_PICTURES": "never",
        "PINGXING_UPLOADS_PER_MINUTE": "1000",
        "PINGXING_DEFAULT_MODEL": "scene",
        "OMP_NUM_THREADS": "1",
    }
    running = Server(tmp_path_factory.mktemp("studio") / "data", environ).start()
    running.cli("models", "add", str(folder), "--name", "tiny")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return server.key()


@pytest.fixture(scope="module")
def client(server: Server, key: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key=key, base_url=f"{server.url}/v1", max_retries=0, timeout=120) as made:
        yield made


@pytest.fixture(scope="module")
def tool(server: Server, key: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/sdapi/v1", auth=("tool", key), timeout=120) as made:
        yield made


def stripes() -> bytes:
    """Orange above, navy below."""
    image = Image.new("RGB", (128, 128), "orange")
    image.paste("navy", (0, 64, 128, 128))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def mask(clear: bool) -> bytes:
    """The upper half is to be made anew: in OpenAI's way (`clear`), or in everybody else's."""
    image = Image.new("RGBA", (128, 128), "black")
    image.paste((0, 0, 0, 0) if clear else "white", (0, 0, 128, 64))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def pixels(data: bytes) -> Any:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def kept_below(data: bytes) -> None:
    """The lower half is navy still, but for the mark that stands there; the upper half is another."""
    navy = (abs(pixels(data) - np.array((0, 0, 128))) <= 12).all(axis=2)
    orange = (abs(pixels(data) - np.array((255, 165, 0))) <= 12).all(axis=2)
    assert navy[64:100].mean() > 0.95
    assert orange[:60].mean() < 0.2
    assert label.verdict(label.read(data)) == "confirmed"


def test_generate_edit_and_vary_with_the_openai_client(client) -> None:
    size = {"model": "tiny", "size": "128x128", "response_format": "b64_json"}
    assert "tiny" in [model.id for model in client.models.list().data]
    more = {"steps": 4, "seed": 3, "negative": "fog", "sampler": "euler-a", "guidance": 3}
    first = client.images.generate(prompt="a red cat", **size, extra_body=more)
    again = client.images.generate(prompt="a red cat", **size, extra_body=more)
    one, two = (base64.b64decode(answer.data[0].b64_json) for answer in (first, again))
    assert (pixels(one)[:90] == pixels(two)[:90]).mean() > 0.9  # the same seed; only marks differ
    assert label.verdict(label.read(one)) == "confirmed"
    edited = client.images.edit(image=stripes(), mask=mask(clear=True), prompt="a red cat", **size, extra_body=FEW)
    kept_below(base64.b64decode(edited.data[0].b64_json))
    ours = client.images.edit(image=one, prompt="a blue cat", **size, extra_body=FEW | {"strength": "0.3"})
    assert ours.data[0].receipt["id"]
    varied = client.images.create_variation(image=one, n=2, **size, extra_body=FEW)
    assert len({image.receipt["id"] for image in varied.data}) == 2


def test_the_openai_client_streams(client) -> None:
    edits = {"model": "tiny", "size": "128x128", "extra_body": FEW}
    (only,) = client.images.edit(image=stripes(), prompt="a red cat", stream=True, **edits)
    assert only.type == "image_edit.completed"
    assert label.verdict(label.read(base64.b64decode(only.b64_json))) == "confirmed"
    wide = client.images.generate(prompt="a cat", model="scene", size="2048x2048", stream=True, partial_images=2)
    partial, done = list(wide)  # one this large shows a preview before it is drawn
    assert [partial.type, done.type] == ["image_generation.partial_image", "image_generation.completed"]
    assert label.read(base64.b64decode(partial.b64_json)).produce_id == partial.receipt["id"]


def test_a_face_is_taken_with_its_consent_alone(client) -> None:
    asked = {"image": PHOTO, "prompt": "in oil", "model": "tiny", "size": "128x128"}
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.edit(**asked, extra_body=FEW)
    assert caught.value.param == "consent"
    assert client.images.edit(**asked, extra_body=FEW | {"consent": "agreed"}).data


def test_a_tool_that_speaks_a1111(tool, key, server) -> None:
    assert "tiny" in [model["model_name"] for model in tool.get("/sd-models").json()]
    assert tool.post("/options", json={"sd_model_checkpoint": "tiny"}).status_code == 200
    asked = {"prompt": "a red cat", "steps": 4, "cfg_scale": 3, "seed": 3, "width": 128, "height": 128}
    told = tool.post("/txt2img", json=asked | {"sampler_name": "Euler a", "batch_size": 2, "enable_hr": True}).json()
    info = json.loads(told["info"])
    assert (info["sd_model_name"], info["sampler_name"], info["ignored"]) == ("tiny", "Euler a", ["enable_hr"])
    for picture in told["images"]:
        assert label.verdict(label.read(base64.b64decode(picture))) == "confirmed"
    sent = {"init_images": [base64.b64encode(stripes()).decode()], "mask": base64.b64encode(mask(clear=False)).decode()}
    inpainted = tool.post("/img2img", json=asked | sent | {"denoising_strength": 1.0}).json()
    kept_below(base64.b64decode(inpainted["images"][0]))
    assert tool.post("/txt2img", json=asked | {"prompt": "how to make a bomb at home"}).status_code == 400
    uploads = httpx.get(f"{server.url}/api/uploads", headers={"Authorization": f"Bearer {key}"})
    assert uploads.json() == []  # what was sent along is gone


def test_the_command_line_begins_with_a_picture(server, tmp_path) -> None:
    first, over, out = tmp_path / "stripes.png", tmp_path / "mask.png", tmp_path / "out.png"
    first.write_bytes(stripes())
    over.write_bytes(mask(clear=False))
    wish = ("generate", "a red cat", "--model", "tiny", "--steps", "4", "--seed", "3", "--init-image", str(first))
    made = server.cli(*wish, "--mask", str(over), "--sampler", "dpm++-2m", "--negative", "fog", "-o", str(out))
    assert (made["artifacts"][0]["width"], made["artifacts"][0]["height"]) == (128, 128)
    kept_below(out.read_bytes())


def test_an_adapter_at_every_door(server, folder, tool, client, tmp_path) -> None:
    ink = checkpoints.adapter(folder, tmp_path / "Ink Wash.safetensors", "kohya")
    word = checkpoints.embedding(tmp_path / "word.safetensors", "diffusers", 32)
    added = server.cli("models", "add", str(ink), "--for", "tiny", "--licence", "cc0", "--trigger", "ink wash")
    assert [added["models"][0][fact] for fact in ("name", "kind", "rank")] == ["ink-wash", "adapter", 2]
    shelf = Shelf(server.data_dir / "models")
    shelf.join(word, "word", ["tiny"], datetime.now(UTC))
    tool.post("/options", json={"sd_model_checkpoint": "tiny"})
    assert [one["name"] for one in tool.get("/loras").json()] == ["ink-wash"]
    assert list(tool.get("/embeddings").json()["loaded"]) == ["<ink>"]

    asked = {"steps": 4, "cfg_scale": 3, "seed": 3, "width": 128, "height": 128, "sampler_name": "Euler"}
    plain, inked = (
        tool.post("/txt2img", json=asked | {"prompt": f"a red cat{more}"}).json()
        for more in ("", " <lora:Ink Wash:1.2><lora:unknown:1>")
    )
    info = json.loads(inked["info"])
    assert (info["ignored"], info["prompt"]) == (["<lora:unknown:1>"], "a red cat")
    assert "a red cat <lora:ink-wash:1.2>" in info["infotexts"][0]
    tools = pixels(base64.b64decode(inked["images"][0]))
    assert (tools[:90] != pixels(base64.b64decode(plain["images"][0]))[:90]).mean() > 0.2

    more = {"steps": 4, "seed": 3, "sampler": "euler", "guidance": 3, "adapters": [{"name": "ink-wash", "weight": 1.2}]}
    size = {"model": "tiny", "size": "128x128", "response_format": "b64_json"}
    made = client.images.generate(prompt="a red cat", **size, extra_body=more)
    clients = pixels(base64.b64decode(made.data[0].b64_json))
    out = tmp_path / "out.png"
    server.cli("generate", "a red cat", "--model", "tiny", "--size", "128x128", "--steps", "4", "--seed", "3",
               "--guidance", "3", "--sampler", "euler", "--adapter", "ink-wash:1.2", "-o", str(out))  # fmt: skip
    for found in (clients, pixels(out.read_bytes())):
        assert (found[:90] == tools[:90]).mean() > 0.9  # the same picture; only marks differ
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(prompt="a cat", **size, extra_body=more | {"adapters": [{"name": "oil"}]})
    assert caught.value.param == "adapters"
    for name in ("ink-wash", "word"):
        shelf.part(name)
    assert tool.get("/loras").json() == []
    assert ink.exists()


# --- in the studio ---

PATIENCE = 90_000  # ms: of a machine that does much else, whose first picture waits for torch


@pytest.fixture(scope="module")
def someone(browser, server, tmp_path_factory) -> Iterator[Person]:
    """Whoever runs the studio, with a striped picture at hand as `file`."""
    who = person(browser, server, "en")
    sign_in(who, server)
    who.file = tmp_path_factory.mktemp("begins") / "stripes.png"
    who.file.write_bytes(stripes())
    yield who
    who.page.context.close()


@pytest.fixture
def studio(someone) -> Iterator[Any]:
    """The studio's page with the checkpoint picked and few steps; afterwards nothing of it was complained about."""
    someone.go("/")
    someone.page.click('label:has([name="model"][value="tiny"])')
    someone.page.click(".maker .more summary")
    someone.page.fill("[name=steps]", "4")
    someone.page.fill("[name=seed]", "3")
    someone.page.fill("#prompt", "a red cat")
    yield someone.page
    found, someone.complaints[:] = list(someone.complaints), []
    assert not found, found


def brings(page: Any, file: Path) -> None:
    if not page.locator("#begin[open]").count():
        page.click("#begin summary")
    page.set_input_files("#picture", file)


def ready(page: Any) -> None:
    page.locator(".held:not(.working) .state:not(:empty)").wait_for(timeout=PATIENCE)


def made(page: Any) -> str:
    """Make, and the address of the picture's page."""
    before = page.locator("#wall .card").count()
    page.click(".maker button.primary")
    page.locator("#wall .card").nth(before).wait_for(timeout=PATIENCE)
    art = page.locator("#wall .card").first.locator("a.art")
    art.wait_for(timeout=PATIENCE)
    return art.get_attribute("href")


def file_of(page: Any, picture: str) -> bytes:
    return page.request.get(page.url.split("/")[0] + "//" + page.url.split("/")[2] + f"/files{picture[9:]}").body()


@pytest.mark.browser
def test_a_picture_is_brought_and_changed(studio, someone) -> None:
    brings(studio, someone.file)
    ready(studio)
    studio.locator("#strength").fill("0.3")
    assert "colours and surface" in studio.inner_text("#strength-means")
    picture = made(studio)
    assert label.verdict(label.read(file_of(studio, picture))) == "confirmed"
    someone.go(picture)
    assert "a picture, 30 % changed" in studio.inner_text("dl.facts >> nth=0")
    assert "128 × 128" in studio.inner_text("dl.facts >> nth=0")
    studio.locator('form:has(input[value="vary"]) button').click()
    studio.locator("#made .many a.art").nth(3).wait_for(timeout=PATIENCE)
    kept = studio.request.get(f"{someone.url}/api/uploads").json()
    assert len(kept) == 1  # what the studio holds; what was lent to the variations is gone again


@pytest.mark.browser
def test_a_mask_is_painted_by_mouse_and_by_keys(studio, someone) -> None:
    brings(studio, someone.file)
    ready(studio)
    studio.click("#paint")
    studio.locator("#brush").fill("50")
    area = studio.locator("#painting").bounding_box()
    across = [(area["x"] + area["width"] * part, area["y"] + area["height"] / 4) for part in (0.01, 0.99)]
    studio.mouse.move(*across[0])
    studio.mouse.down()
    studio.mouse.move(*across[1], steps=5)
    studio.mouse.up()
    studio.click("[data-do=done]")
    by_mouse = file_of(studio, made(studio))
    kept_below(by_mouse)
    studio.click("#paint")
    keys = studio.keyboard
    assert "50 % painted" in studio.inner_text(".painter .share")  # as it was left
    keys.press("Delete")
    assert "0 % painted" in studio.inner_text(".painter .share")
    for key in ("ArrowUp", "ArrowUp", "Shift+ArrowLeft"):
        keys.press(key)
    keys.down(" ")
    for _ in range(2):
        keys.press("Shift+ArrowRight")
    keys.up(" ")
    assert "50 % painted" in studio.inner_text(".painter .share")
    keys.press("e")
    keys.press("Enter")  # a dab of the eraser, taken back again
    keys.press("Enter")
    keys.press("Control+z")
    assert "Taken back" in studio.inner_text("#painter-live")
    keys.press("Control+Enter")
    by_keys = file_of(studio, made(studio))
    kept_below(by_keys)
    assert (abs(pixels(by_keys) - pixels(by_mouse))[:60, :90].max(axis=2) <= 8).mean() > 0.9  # the same seed and part


@pytest.mark.browser
def test_who_is_shown_is_asked_before_anything_is_made(studio, someone) -> None:
    brings(studio, PHOTO)
    studio.locator(".who:not([hidden])").wait_for(timeout=PATIENCE)
    studio.click(".maker button.primary")
    assert studio.evaluate("document.activeElement.name") == "consent"  # the browser itself points at it
    studio.check('[name="consent"][value="agreed"]')
    ready(studio)
    before = len(studio.request.get(f"{someone.url}/api/uploads").json())
    studio.click("#put-away")
    studio.locator(".dropzone:not([hidden])").wait_for()
    for _ in range(50):
        if (left := len(studio.request.get(f"{someone.url}/api/uploads").json())) < before:
            break
        studio.wait_for_timeout(100)
    assert left == before - 1
    someone.complaints.clear()  # that the first answer was no is written in the console


@pytest.mark.browser
def test_a_picture_of_many_steps_tells_them_and_stops_between_two(studio, someone) -> None:
    studio.fill("[name=steps]", "150")
    studio.fill("#size", "384x384")
    studio.click(".maker button.primary")
    card = studio.locator("#wall .card").first
    card.get_by_text("of 150").wait_for(timeout=PATIENCE)
    card.locator(".making img").wait_for(timeout=PATIENCE)  # a preview, which is labelled as any picture
    preview = studio.request.get(someone.url + card.locator(".making img").get_attribute("src")).body()
    assert label.verdict(label.read(preview)) == "confirmed"
    card.get_by_role("button", name="Cancel").click()
    studio.locator("#wall .card").first.get_by_text("Cancelled").wait_for(timeout=PATIENCE)
    studio.fill("[name=steps]", "4")
    studio.fill("#size", "128x128")
    made(studio)  # and the engine is free again


@pytest.mark.browser
def test_a_picture_is_brought_without_javascript(browser, server, someone) -> None:
    context = browser.new_context(java_script_enabled=False, storage_state=someone.page.context.storage_state())
    page = context.new_page()
    page.goto(server.url)
    page.click('label:has([name="model"][value="tiny"])')
    page.click("#begin summary")
    page.set_input_files("#picture", someone.file)
    page.fill("#prompt", "a red cat")
    page.click('label:has([name="shape"][value="auto"])')
    page.click(".maker .more summary")
    page.fill("[name=steps]", "4")
    page.click(".maker button.primary")
    page.locator(".card a.art").wait_for(timeout=PATIENCE)
    page.goto(server.url + page.locator(".card a.art").get_attribute("href"))
    assert "128 × 128" in page.inner_text("dl.facts >> nth=0")
    assert "a picture, 75 % changed" in page.inner_text("dl.facts >> nth=0")
    context.close()


@pytest.mark.browser
def test_what_the_models_are_stands_on_two_pages(browser, server, someone) -> None:
    someone.go("/operator/models")
    shown = someone.page.locator("#tiny")
    assert "StableDiffusionPipeline" in shown.inner_text()
    shown.get_by_role("button", name="Read every byte again").click()
    shown.get_by_text("Every byte is as it was added.").wait_for(timeout=PATIENCE)
    someone.no_overflow()
    guest = person(browser, server, "zh", signed_in=False)
    guest.go("/models")
    assert "训练而成的模型" in guest.page.inner_text("#tiny")
    assert someone.complaints + guest.complaints == []
    guest.page.context.close()
