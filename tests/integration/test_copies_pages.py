"""The lawful door's pages (labelling measures, art. 9): quiet, behind the terms, and only for one's own pictures."""

from __future__ import annotations

import io
import re
import time

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests.conftest import finish

from pingxing import copies, flow, i18n, label, uploads
from pingxing.api.app import create
from pingxing.types import LANGUAGES, Role

PASSWORD = "long enough password"


@pytest.fixture
def opened(make_app, settings):
    return make_app(settings.model_copy(update={"unlabelled_copies": True}))


def client_of(app, name: str) -> TestClient:
    client = TestClient(create(app, work=False), base_url="http://127.0.0.1", follow_redirects=False)
    assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
    client.headers["accept-language"] = "en"
    return client


def member(app, name: str = "ann") -> TestClient:
    app.identity.create_account(app.identity.local_actor("en"), name, Role.MEMBER, PASSWORD)
    return client_of(app, name)


def token(client: TestClient) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/settings").text)
    assert found
    return found[1]


def picture(app, client: TestClient, csrf: str) -> str:
    form = {"csrf": csrf, "prompt": "a cat", "size": "320x320", "format": "png", "seed": "1"}
    job = client.post("/jobs", data=form).headers["location"].rpartition("/")[2]
    app.worker.start()
    until = time.monotonic() + 60
    while "/pictures/" not in (shown := client.get(f"/jobs/{job}").text):
        assert time.monotonic() < until, "no picture"
        time.sleep(0.05)
    found = re.search(r'href="/pictures/(\w+)"', shown)
    assert found
    return found[1]


def test_labelling_measures_art_9_a_shut_door_is_not_shown(make_app, settings) -> None:
    app = make_app(settings)
    client = member(app)
    csrf = token(client)
    receipt = picture(app, client, csrf)
    assert f"/pictures/{receipt}/copy" not in client.get(f"/pictures/{receipt}").text
    for answer in (
        client.get(f"/pictures/{receipt}/copy"),
        client.post(f"/pictures/{receipt}/copy", data={"csrf": csrf}),
    ):
        assert answer.status_code == 403
        assert i18n.say("en", "error.forbidden.copies_shut") in answer.text


def test_labelling_measures_art_9_terms_then_name_then_file_and_all_of_it_on_record(opened) -> None:
    client = member(opened)
    csrf = token(client)
    receipt = picture(opened, client, csrf)
    door = f"/pictures/{receipt}/copy"
    assert door in client.get(f"/pictures/{receipt}").text
    asked = client.get(door)
    assert copies.terms() in asked.text
    assert "six months" in asked.text

    told = {"csrf": csrf, "recipient": "Ann <Example> Ltd", "purpose": "a poster"}
    refused = client.post(door, data=told)  # without agreeing
    assert refused.status_code == 409
    assert i18n.say("en", "error.conflict.not_agreed") in refused.text
    assert 'value="Ann &lt;Example&gt; Ltd"' in refused.text  # what was typed is kept
    assert client.post(door, data=told | {"agree": "0" * 64}).status_code == 409  # other terms than these

    made = client.post(door, data=told | {"agree": copies.terms()})
    assert made.status_code == 303
    shown = client.get(made.headers["location"])
    assert "Ann &lt;Example&gt; Ltd" in shown.text
    assert 'name="agree"' not in shown.text  # agreed once
    found = re.search(r'href="(/files/\w+\?download=true)"', shown.text)
    assert found
    file = client.get(found[1])
    labels = label.read(file.content, opened.kit)
    assert not labels.visible.found
    assert labels.aigc.valid
    assert "Ann &lt;Example&gt; Ltd" in client.get("/copies").text
    copy = found[1].split("/")[2].partition("?")[0]
    assert f"/pictures/{copy}/copy" not in client.get(f"/pictures/{copy}").text  # a copy is copied no further
    assert client.get(f"/pictures/{copy}/copy").status_code == 409


def test_nobody_named_is_said_beside_the_form(opened) -> None:
    client = member(opened)
    csrf = token(client)
    door = f"/pictures/{picture(opened, client, csrf)}/copy"
    answer = client.post(door, data={"csrf": csrf, "agree": copies.terms(), "recipient": " ", "purpose": "x"})
    assert answer.status_code == 400
    assert '<form method="post" action="' + door in answer.text


def test_only_the_owner_and_only_with_the_page_s_token(opened) -> None:
    client = member(opened)
    csrf = token(client)
    door = f"/pictures/{picture(opened, client, csrf)}/copy"
    told = {"recipient": "Ann", "purpose": "x", "agree": copies.terms()}
    assert client.post(door, data=told).status_code == 403  # no token
    other = member(opened, "bob")
    assert other.get(door).status_code == 404
    assert other.post(door, data=told | {"csrf": token(other)}).status_code == 404
    guest = TestClient(create(opened, work=False), base_url="http://127.0.0.1", follow_redirects=False)
    assert guest.get(door).status_code == 303
    assert guest.get("/copies").status_code == 303


def test_the_operator_sees_who_gave_what_to_whom(opened) -> None:
    client = member(opened)
    csrf = token(client)
    door = f"/pictures/{picture(opened, client, csrf)}/copy"
    told = {"csrf": csrf, "recipient": "Example Ltd", "purpose": "a poster", "agree": copies.terms()}
    assert client.post(door, data=told).status_code == 303
    local = opened.identity.local_actor("en")
    opened.identity.set_password(local, old="", new=PASSWORD)
    operator = client_of(opened, opened.identity.profile(local).name)
    shown = operator.get("/copies").text
    assert "Example Ltd" in shown
    assert "ann" in shown
    assert 'href="/copies"' in operator.get("/operator").text
    stranger = member(opened, "bob")
    assert "Example Ltd" not in stranger.get("/copies").text


def test_the_terms_are_read_in_the_reader_s_language(opened) -> None:
    client = member(opened)
    receipt = picture(opened, client, token(client))
    for language in LANGUAGES:
        text = client.get(f"/pictures/{receipt}/copy?lang={language}").text
        assert i18n.say(language, "copies.terms").splitlines()[1] in text


def test_no_copy_is_offered_of_what_was_made_out_of_a_picture_that_is_gone(opened, wish) -> None:
    client = member(opened)
    ann = opened.identity.sign_in("ann", PASSWORD, "here").actor
    out = io.BytesIO()
    Image.new("RGB", (80, 80), "teal").save(out, "PNG")
    upload = uploads.keep(opened, ann, out.getvalue(), uploads.Consent("nobody", uploads.terms()))
    opened.worker.start()
    job = flow.admit(opened, ann, wish(init_image=upload.id, width=320, height=320))
    receipt = finish(opened, ann, job.id).receipts[0].id
    door = f"/pictures/{receipt}/copy"
    assert door in client.get(f"/pictures/{receipt}").text
    assert client.get(door).status_code == 200
    uploads.delete(opened, ann, upload.id)
    assert door not in client.get(f"/pictures/{receipt}").text
    refused = client.get(door)
    assert refused.status_code == 409
    assert i18n.say("en", "error.conflict.no_copy_origin") in refused.text
