"""The studio's pages over a real App and the fake engine: who sees what, and what a page says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from tests.conftest import finish

from pingxing import flow, i18n
from pingxing.api.app import create
from pingxing.types import LANGUAGES, Role
from pingxing.web.routes import studio

PASSWORD = "a long enough sentence"


@pytest.fixture
def guest(app) -> Iterator[TestClient]:
    with TestClient(create(app), follow_redirects=False, headers={"accept-language": "en"}) as client:
        yield client


@pytest.fixture
def member(app, actor, guest) -> TestClient:
    return signed_in(app, actor, guest, Role.MEMBER)


def signed_in(app, actor, client: TestClient, role: Role) -> TestClient:
    app.identity.create_account(actor, f"a {role.value}", role, PASSWORD)
    answer = client.post("/sign-in", data={"name": f"a {role.value}", "password": PASSWORD, "next": "/gallery"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/gallery")
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "samesite=lax" in answer.headers["set-cookie"].lower()
    return client


def token(client: TestClient) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/settings").text)
    assert found
    return found[1]


def test_pages_forbid_what_they_do_not_need(guest):
    headers = guest.get("/").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert not re.search("unsafe|data:|blob:|https?:", headers["content-security-policy"])
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_a_guest_is_led_to_the_sign_in(guest):
    for path in ("/gallery", "/queue", "/keys", "/settings", "/operator", "/appeals", "/jobs/x"):
        answer = guest.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


def test_a_wrong_password_says_so_and_keeps_the_name(guest):
    answer = guest.post("/sign-in", data={"name": "somebody", "password": "x"})
    assert answer.status_code == 401
    assert 'value="somebody"' in answer.text
    assert i18n.say("en", "error.unauthenticated.password") in answer.text


def test_the_language_is_asked_for_then_chosen_then_the_browser_s(guest):
    assert 'lang="en"' in guest.get("/").text
    assert 'lang="zh-CN"' in guest.get("/?lang=zh").text
    assert 'lang="zh-CN"' in guest.get("/verify").text, "an address with a language holds for what follows it"
    answer = guest.get("/look", params={"lang": "en", "back": "//evil.example"})
    assert answer.headers["location"] == "/"
    assert 'lang="en"' in guest.get("/").text


def test_a_missing_page_is_a_page(guest):
    for language in LANGUAGES:
        answer = guest.get("/nowhere", headers={"accept-language": language})
        assert answer.status_code == 404
        assert i18n.say(language, "error.not_found.route") in answer.text


def test_made_without_javascript(app, actor, member):
    form = {"csrf": token(member), "prompt": "a quiet mosaic", "size": "64x64"}
    answer = member.post("/jobs", data=form)
    assert answer.status_code == 303
    finish(app, actor, answer.headers["location"].rpartition("/")[2])
    shown = member.get(answer.headers["location"])
    receipt = re.search(r'href="/pictures/(\w+)"', shown.text)
    assert receipt
    assert member.get(f"/pictures/{receipt[1]}").status_code == 200
    file = member.get(f"/files/{receipt[1]}?download=true")
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["cache-control"].startswith("private")


def test_another_s_picture_is_not_there(app, actor, guest, wish):
    receipt = finish(app, actor, flow.admit(app, actor, wish()).id).receipts[0].id
    client = signed_in(app, actor, guest, Role.MEMBER)
    assert client.get(f"/pictures/{receipt}").status_code == 404
    assert client.get(f"/files/{receipt}").status_code == 404
    assert client.get("/operator").status_code == 403


def test_a_refusal_says_which_words(member):
    form = {"csrf": token(member), "prompt": "a forbidden <b>thing</b>", "size": "64x64"}
    answer = member.post("/jobs", data=form)
    assert answer.status_code == 400
    assert "a <mark>forbidden</mark> &lt;b&gt;" in answer.text
    part = member.post("/jobs", data=form, headers={"hx-request": "true"})
    assert part.text.lstrip().startswith("<li")
    assert "<mark>forbidden</mark>" in part.text


MISFITS = [
    ("size", "big"),
    ("size", "1x1"),
    ("count", "x"),
    ("count", "99"),
    ("seed", "-1"),
    ("seed", str(2**70)),
    ("format", "bmp"),
    ("style", "nosuch"),
    ("model", "nosuch"),
    ("prompt", ""),
    ("prompt", "\x00"),
    ("prompt", "a" * 4_001),
]


def test_a_person_decides_an_appeal(app, actor, guest):
    admin = app.identity.profile(actor)
    app.identity.set_password(actor, old="", new=PASSWORD)
    guest.post("/sign-in", data={"name": admin.name, "password": PASSWORD})
    csrf = token(guest)
    guest.post("/jobs", data={"csrf": csrf, "prompt": "a forbidden mosaic", "size": "64x64"})
    job = re.search(r"/appeals\?job=(\w+)", guest.get("/").text)
    assert job
    assert "<mark>forbidden</mark>" in guest.get(f"/appeals?job={job[1]}").text
    guest.post("/appeals", data={"csrf": csrf, "job": job[1], "words": "It is the name of a <palace>."})
    asked = guest.get("/operator").text
    assert "It is the name of a &lt;palace&gt;." in asked
    path = re.search(r'action="(/operator/appeals/\w+)"', asked)
    assert path
    guest.post(path[1], data={"csrf": csrf, "outcome": "overturn", "words": "So it is."})
    answered = guest.get("/appeals").text
    assert "So it is." in answered
    made = re.search(r'href="/jobs/(\w+)"', answered)
    assert made
    finish(app, actor, made[1])
    assert i18n.say("en", "web.state.delivered") in guest.get(f"/jobs/{made[1]}").text


def test_a_field_that_does_not_fit_is_told_beside_the_form(member):
    csrf = token(member)
    for field, value in MISFITS:
        form = {"csrf": csrf, "prompt": "a mosaic", "size": "64x64"} | {field: value}
        answer = member.post("/jobs", data=form, headers={"hx-request": "true"})
        assert 'role="alert"' in answer.text, (field, value)
        assert member.post("/jobs", data=form).status_code in (400, 404), (field, value)


def test_an_account_that_only_reads_has_a_page(app, actor, guest):
    auditor = signed_in(app, actor, guest, Role.AUDITOR)
    answer = auditor.get("/")
    assert answer.status_code == 200
    assert i18n.say("en", "web.reader") in answer.text
    assert 'href="/gallery"' not in answer.text


def test_a_long_queue_is_watched_by_few_streams(make_app, fake, held, guest, member):
    gate = held(fake)
    forms = {"csrf": token(member), "prompt": "a mosaic", "size": "64x64"}
    cards = [member.post("/jobs", data=forms, headers={"hx-request": "true"}).text for _ in range(5)]
    assert ["sse-connect" in card for card in cards] == [True, True, True, False, False]
    assert all("every 2s" in card for card in cards[3:])
    assert member.get("/").text.count("sse-connect") == 3
    assert member.get("/queue").text.count("sse-connect") == 3
    gate.set()


def test_another_site_cannot_sign_anybody_in(app, actor, guest):
    app.identity.create_account(actor, "theirs", Role.MEMBER, PASSWORD)
    form = {"name": "theirs", "password": PASSWORD}
    for headers in ({"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}):
        assert guest.post("/sign-in", data=form, headers=headers).status_code == 403
    assert guest.post("/sign-in", data=form, headers={"origin": "http://testserver"}).status_code == 303


def test_a_change_needs_the_token(member):
    for path in ("/jobs", "/keys", "/settings", "/sign-out", "/appeals", "/operator/accounts"):
        assert member.post(path, data={"csrf": "wrong"}).status_code in (403, 422), path


def test_a_key_is_shown_once(member):
    form = {"csrf": token(member), "label": "shop", "scope": ["generate"]}
    made = member.post("/keys", data=form)
    secret = re.search(r"<code>(px-[\w-]+)</code>", made.text)
    assert secret
    again = member.get("/keys").text
    assert secret[1] not in again
    assert "shop" in again


def test_the_form_sends_what_the_picked_engine_knows(make_app, settings):
    from pingxing.bootstrap import default_loaders
    from pingxing.engine.backends.fake import FakeBackend

    loaders = {**default_loaders(settings), "dream": lambda: FakeBackend("dream")}
    app = make_app(settings.model_copy(update={"default_model": "scene"}), loaders=loaders)
    actor = app.identity.local_actor("en")
    with TestClient(create(app), follow_redirects=False, headers={"accept-language": "en"}) as client:
        member = signed_in(app, actor, client, Role.MEMBER)
        page = member.get("/").text
        assert re.search(r'name="model" value="scene" data-composes checked', page)
        dream = re.search(r'name="model" value="dream"([^>]*)>', page)
        assert dream is not None
        assert not {"data-composes", "checked"} & set(dream[1].split())
        both = {"csrf": token(member), "prompt": "a cat", "style": "pastel", "steps": "7", "guidance": "2.5"}
        for model in ("scene", "dream"):
            assert member.post("/jobs", data={**both, "model": model}).status_code in (200, 303)
        wrong = member.post("/jobs", data={**both, "model": "dream", "guidance": "much"})
        assert wrong.status_code == 400
        with app.store.read() as tx:
            found = [tx.work.get(job_id).request for job_id, _ in tx.work.waiting()]
        wishes = {wish.model: wish for wish in found}
    assert (wishes["scene"].style, wishes["scene"].steps) == ("pastel", None)
    assert (wishes["dream"].style, wishes["dream"].steps, wishes["dream"].guidance) == ("", 7, 2.5)


def test_shapes_are_of_the_size_that_the_model_was_made_for() -> None:
    assert studio.shapes(1024) == studio.SHAPES
    assert [size for size, _, _ in studio.shapes(512)] == [
        "512x512", "448x576", "576x448", "384x640", "640x384", "1024x256",
    ]  # fmt: skip
    for side in (50, 64, 768, 2048):
        for size, wide, high in studio.shapes(side):
            width, height = map(int, size.split("x"))
            assert width % 64 == height % 64 == 0
            assert width >= 64
            assert (wide > high) <= (width >= height)
