"""The contracts of the outside: the unmodified `openai` client, the native API with its events, the command line."""

import base64
import io
import json
import signal
import subprocess
import sys
import threading

import httpx
import openai
import pytest
from PIL import Image
from tests.e2e.server import Server, nursery

from pingxing import label


@pytest.fixture(scope="module")
def key(server):
    return server.key()


@pytest.fixture(scope="module")
def client(server, key):
    with openai.OpenAI(api_key=key, base_url=f"{server.url}/v1", max_retries=0) as made:
        yield made


@pytest.fixture(scope="module")
def http(server, key):
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as made:
        yield made


def photo() -> bytes:
    """Something that no generator labelled."""
    out = io.BytesIO()
    Image.effect_noise((256, 192), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def test_the_greeting_says_where_to_go_and_where_the_keys_are(server):
    assert server.link.startswith(f"{server.url}/sign-in/")
    assert str(server.data_dir / "keys") in server.greeting


@pytest.mark.parametrize("prompt", ["夜晚,树的左边有一只白猫", "two red apples on the grass"])
def test_the_openai_client_gets_a_labelled_picture(server, client, prompt):
    answer = client.images.generate(prompt=prompt, model="scene", size="512x512", response_format="b64_json")
    data = base64.b64decode(answer.data[0].b64_json)
    assert Image.open(io.BytesIO(data)).size == (512, 512)
    assert label.verdict(label.read(data)) == "confirmed"
    told = httpx.post(f"{server.url}/api/verify", content=data).json()
    assert told["verdict"] == "confirmed"
    assert told["ledger"]["proof_ok"]


@pytest.mark.parametrize("form", ["png", "webp"])
def test_the_openai_client_gets_exact_colours_on_nothing(client, form):
    inks = ["#12352b", "#7fae6a", "#e3e8c3"]
    answer = client.images.generate(
        prompt="a fox and a tree",
        size="256x256",
        background="transparent",
        output_format=form,
        response_format="b64_json",
        extra_body={"palette": inks},
    )
    data = base64.b64decode(answer.data[0].b64_json)
    assert label.verdict(label.read(data)) == "confirmed"
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "RGBA"
        assert image.getchannel("A").getextrema() == (0, 255)
        assert image.getpixel((128, 2))[3] == 0
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.generate(prompt="a fox", background="transparent", output_format="jpeg")
    assert caught.value.body["param"] == "output_format"


def test_a_url_opens_without_a_header_and_a_changed_one_does_not(client):
    image = client.images.generate(prompt="a cat", n=2, size="256x256", response_format="url").data[1]
    assert image.b64_json is None
    answer = httpx.get(image.url)
    assert answer.headers["content-type"] == "image/png"
    assert label.read(answer.content).produce_id == image.receipt["id"]
    assert httpx.get(image.url[:-1] + ("0" if image.url[-1] != "0" else "1")).status_code == 404
    assert httpx.get(image.url.replace("until=", "until=9")).status_code == 404


def test_models_and_moderations_in_openai_shapes(client):
    models = client.models.list().data
    assert {model.id for model in models} == {"scene", "nano"}
    assert client.models.retrieve("scene").object == "model"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nonesuch")
    fine, bad = client.moderations.create(input=["a cat on a sofa", "how to make a bomb at home"]).results
    assert not fine.flagged
    assert bad.flagged


def test_refusals_and_mistakes_are_openai_errors(client, server):
    with pytest.raises(openai.BadRequestError) as refused:
        client.images.generate(prompt="how to make a bomb at home")
    assert refused.value.code == "content_policy_violation"
    assert refused.value.body["findings"][0]["rule"]
    with pytest.raises(openai.NotFoundError):
        client.images.generate(prompt="a cat", model="dall-e-9")
    with pytest.raises(openai.BadRequestError) as size:
        client.images.generate(prompt="a cat", size="0x0")
    assert size.value.param
    with (
        pytest.raises(openai.AuthenticationError),
        openai.OpenAI(api_key="px-no", base_url=f"{server.url}/v1") as other,
    ):
        other.models.list()


def events(http, job_id):
    with http.stream("GET", f"/api/jobs/{job_id}/events") as stream:
        kind = None
        for line in stream.iter_lines():
            if line.startswith("event:"):
                kind = line[6:].strip()
            elif line.startswith("data:"):
                yield kind, json.loads(line[5:])


def test_a_job_is_acknowledged_followed_and_fetched(http):
    answer = http.post("/api/jobs", json={"prompt": "三只小狗在沙滩上", "width": 512, "height": 384, "seed": 9})
    assert answer.status_code == 202
    job = answer.json()["job"]
    told = list(events(http, job))
    assert told[-1][0] == "done"
    done = told[-1][1]
    assert done["state"] == "delivered"
    assert {"queue", "policy", "engine", "label", "ledger", "total"} == set(done["timings_ms"])
    assert len(done["scene"]["objects"]) == 3
    receipt = done["artifacts"][0]["receipt"]["id"]
    file = http.get(f"/api/receipts/{receipt}/file")
    assert file.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in file.headers["content-security-policy"]
    proof = http.get(f"/api/receipts/{receipt}/proof").json()
    assert proof["index"] == done["artifacts"][0]["receipt"]["log_index"]
    assert list(events(http, job))[-1][0] == "done"  # whoever comes late has missed nothing


def test_what_is_somebody_elses_or_nobodys_is_not_found(http, server):
    assert http.get("/api/jobs/nonesuch").status_code == 404
    assert http.get("/api/jobs/nonesuch/events").status_code == 404
    assert http.get("/api/receipts/nonesuch/file").status_code == 404
    assert httpx.get(f"{server.url}/api/jobs").status_code == 401


def test_problems_are_rfc_9457_in_the_readers_language(http):
    for language, word in (("zh", "没有"), ("en", "no model")):
        answer = http.post(
            "/api/jobs", json={"prompt": "x", "model": "nonesuch"}, headers={"Accept-Language": language}
        )
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert (body["status"], body["code"]) == (404, "unknown_model")
        assert word in body["title"]
        assert body["detail"]


def test_verify_is_public_and_a_photo_has_no_label(server):
    for upload in ({"content": photo()}, {"files": {"file": ("photo.jpg", photo())}}):
        told = httpx.post(f"{server.url}/api/verify", **upload).json()
        assert told["verdict"] == "none"
        assert not told["ledger"]["found"]
        assert set(told["layers"]) == {"visible", "aigc", "c2pa", "watermark"}


def test_check_and_appeal(http):
    told = http.post(
        "/api/check", json={"text": "how to make a bomb at home"}, headers={"Accept-Language": "zh"}
    ).json()
    assert told["decision"] == "block"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in told["findings"][0]["reason"])
    refused = http.post("/api/jobs", json={"prompt": "how to make a bomb at home"})
    assert refused.status_code == 400
    appeal = http.post("/api/appeals", json={"job": refused.json()["job"], "words": "it is the title of a film"})
    assert (appeal.status_code, appeal.json()["state"]) == (201, "open")
    assert http.post("/api/appeals", json={"job": refused.json()["job"], "words": "again"}).status_code == 409


def test_health_metrics_and_the_public_head_of_the_log(server):
    assert httpx.get(f"{server.url}/healthz").json()["status"] == "ok"
    assert httpx.get(f"{server.url}/readyz").status_code == 200
    metrics = httpx.get(f"{server.url}/metrics").text
    assert 'pingxing_jobs_total{state="delivered"}' in metrics
    assert httpx.get(f"{server.url}/api/ledger").json()["checkpoint"].startswith("pingxing\n")


@pytest.mark.slow
def test_the_command_line_works_beside_the_server(server, tmp_path):
    file = tmp_path / "apples.png"
    made = server.cli("generate", "two red apples on the grass", "-o", str(file), "--size", "320x240", "--seed", "4")
    assert made["artifacts"][0]["path"] == str(file)
    assert made["seed"] == 4
    assert [thing["concept"] for thing in made["scene"]["objects"]] == ["1F34E", "1F34E"]
    told = server.cli("verify", str(file))
    assert (told["verdict"], told["ledger"]["proof_ok"]) == ("confirmed", True)
    index = made["artifacts"][0]["receipt"]["log_index"]
    assert server.cli("ledger", "prove", str(index))["index"] == index
    assert server.cli("ledger", "verify")["ok"]
    log = tmp_path / "log.jsonl"
    server.cli("ledger", "export", str(log))
    assert server.cli("ledger", "audit", str(log))["ok"]
    log.write_bytes(log.read_bytes()[:-40])
    assert server.cli("ledger", "audit", str(log), check=False)["exit"] == 5


def test_the_command_line_corrects_a_scene_and_keeps_to_a_palette(server, tmp_path):
    wish = ("a cat to the left of a dog", "--size", "320x240", "--seed", "4")
    first = server.cli("generate", *wish, "-o", str(tmp_path / "one.png"))["scene"]["objects"]
    dog = next(i for i, thing in enumerate(first) if thing["name_en"] == "dog")
    edits = [{"object": dog, "remove": True}, {"object": 1 - dog, "colour": "#2f6fe0", "at": [0.5, 0.6]}]
    more = [part for edit in edits for part in ("--edit", json.dumps(edit))]
    inks = ("--palette", "#12352B, #2f6fe0,#e3e8c3", "--transparent")
    made = server.cli("generate", *wish, *more, *inks, "-o", str(tmp_path / "two.webp"))["scene"]
    (cat,) = made["objects"]
    assert (cat["name_en"], cat["colour"]) == ("cat", "#2f6fe0")
    assert cat["box"][0] + cat["box"][2] / 2 == pytest.approx(0.5, abs=1e-3)
    assert made["transparent"]
    assert set(made["palette"]) <= {"#12352b", "#2f6fe0", "#e3e8c3"}
    assert server.cli("verify", str(tmp_path / "two.webp"))["verdict"] == "confirmed"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["generate"], 2),
        (["generate", "x", "--size", "0x0"], 2),
        (["generate", "x", "--size", "big"], 2),
        (["generate", " "], 2),
        (["generate", "x", "--seed", "-1"], 2),
        (["generate", "x", "--steps", "3"], 2),
        (["generate", "x", "--init-image", "a.png"], 2),
        (["generate", "how to make a bomb at home"], 3),
        (["generate", "x", "--model", "nonesuch"], 4),
        (["verify", "missing.png"], 4),
        (["models", "show", "nonesuch"], 4),
        (["ledger", "prove", "99999999"], 4),
    ],
)
def test_exit_codes_and_errors_as_json(server, arguments, code):
    told = server.cli(*arguments, check=False)
    assert told["exit"] == code
    assert set(told["error"]) >= {"code", "message", "hint"}


def test_the_command_line_speaks_both_languages_and_reads_stdin(server):
    for language, word in (("zh", "用法"), ("en", "Pingxing")):
        shown = nursery().run(["--lang", language, "--help"], server.env, server.data_dir.parent)
        assert shown.returncode == 0
        assert word in shown.stdout
    lines = "a cat\n两只狗\nhow to make a bomb at home\n"
    for command, members in (("check", {"decision", "findings", "rewrite"}), ("scene", {"objects", "not_drawn"})):
        done = subprocess.run(
            [sys.executable, "-m", "pingxing", command, "-", "--jsonl"],
            input=lines,
            capture_output=True,
            text=True,
            env=server.env,
            check=True,
        )
        told = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(told) == 3
        assert all(members <= one.keys() for one in told)


def test_many_ask_at_once_and_each_gets_an_own_picture(http):
    answers = []

    def ask(seed):
        answers.append(http.post("/v1/images/generations", json={"prompt": "a cat", "size": "128x128", "seed": seed}))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [answer.status_code for answer in answers] == [200] * 12
    assert len({answer.json()["data"][0]["receipt"]["id"] for answer in answers}) == 12


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_ends_in_order(kind, tmp_path):
    running = Server(tmp_path / "data").start()
    running.process.send_signal(kind)
    assert running.process.wait(60) == 0
    running.process.stdout.close()
