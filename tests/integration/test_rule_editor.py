"""The rule editor without a browser: what is missing is said by name, wrong doors stay shut, no scripts are needed."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient
from tests.fakes.rulepacks import pack

from pingxing import rulebook
from pingxing.api.app import create
from pingxing.policy.guard import Guard
from pingxing.policy.packs import default_packs
from pingxing.policy.words import WordsCheck
from pingxing.types import Role

PASSWORD = "a long enough password"
FORM = {
    "pack": "house-rules",
    "base": "1.0.0",
    "rule": "no-teapots",
    "version": "1.0.1",
    "id": "no-teapots",
    "category": "house",
    "words_en": "teapot\nkettle",
    "words_zh": "茶壶",
    "reason_en": "No.",
    "reason_zh": "不画。",
    "clause": "House rules 1",
    "stop_en": "a kettle",
    "stop_zh": "一把茶壶",
    "allow_en": "a cup",
    "allow_zh": "一杯茶",
}


@pytest.fixture
def app(make_app):
    app = make_app(guard=Guard([WordsCheck(default_packs()[:1])]))
    app.identity.set_password(app.identity.local_actor("en"), old="", new=PASSWORD)
    return app


def signed_in(app, name: str) -> TestClient:
    client = TestClient(create(app, work=False), headers={"accept-language": "en"})
    client.cookies.set("pingxing_session", app.identity.sign_in(name, PASSWORD, "here").cookie)
    client.token = re.search(r'X-CSRF-Token": "([^"]+)"', client.get("/settings").text)[1]
    return client


@pytest.fixture
def operator(app):
    with signed_in(app, "admin") as client:
        yield client


def test_the_form_works_without_scripts_and_says_what_is_missing(app, operator):
    rulebook.add(app, app.identity.local_actor("en"), pack())
    assert "teapot" in operator.get("/operator/packs/house-rules/edit?rule=no-teapots").text
    sent = FORM | {"csrf": operator.token}
    checked = operator.post("/operator/packs/check", data=sent)
    assert checked.status_code == 200
    assert "All 4 cases come out right" in checked.text
    assert '<textarea name="words_en"' in checked.text, "the form around it"
    tried = operator.post("/operator/packs/try", data=sent | {"text": "a k-e-t-t-l-e of tin"})
    assert "<mark>k-e-t-t-l-e</mark>" in tried.text
    looked = operator.post("/operator/packs/lately", data=sent | {"days": "7"})
    assert "Recorded in the ledger as no." in looked.text
    missing = operator.post("/operator/packs/save", data=sent | {"clause": "", "stop_zh": ""})
    assert missing.status_code == 400
    assert "the law or house rule it serves" in missing.text
    assert "teapot\nkettle" in missing.text, "nothing typed is lost"
    saved = operator.post("/operator/packs/save", data=sent, follow_redirects=False)
    assert (saved.status_code, saved.headers["location"]) == (303, "/operator/packs/house-rules?version=1.0.1")
    again = operator.post("/operator/packs/save", data=sent | {"words_zh": "茶壶\n茶碗"})
    assert (again.status_code, "is here already" in again.text) == (409, True)
    dropped = operator.post("/operator/packs/save", data=sent | {"drop": "yes", "version": "2.0.0"})
    assert dropped.status_code == 400, "a pack without rules is none"
    part = operator.post("/operator/packs/check", data=sent | {"id": ""}, headers={"hx-request": "true"}).text
    assert "Still to be written" in part
    assert "<html" not in part


def test_a_file_is_loaded_shown_and_taken_out_again(app, operator):
    file = {"file": ("house.yaml", pack(), "application/yaml")}
    bad = {"file": ("house.yaml", pack(allow="a small teapot"), "application/yaml")}
    told = operator.post("/operator/packs", data={"csrf": operator.token}, files=bad)
    assert (told.status_code, "“a small teapot”" in told.text) == (400, True)
    operator.post("/operator/packs", data={"csrf": operator.token}, files=file)
    assert operator.get("/operator/packs/house-rules/file?version=1.0.0").content == pack()
    edited = operator.get("/operator/packs/house-rules/edit?file=true")
    assert "version: 1.0.1" in edited.text
    body = pack("1.0.1", zh="水壶").decode()
    operator.post("/operator/packs/save", data={"csrf": operator.token, "body": body.replace("\n", "\r\n")})
    assert rulebook.show(app, app.identity.local_actor("en"), "house-rules").body == body.encode()
    page = operator.get("/operator/packs/house-rules?version=1.0.1&against=1.0.0").text
    assert "+  pot: {en: [teapot], zh: [水壶]}" in page
    assert operator.get("/operator/packs/nowhere").status_code == 404
    assert operator.get("/operator/packs/house-rules/edit?rule=nothing").status_code == 404
    assert (
        operator.post(
            "/operator/packs/house-rules/stage", data={"csrf": operator.token, "wanted": "on", "version": "1.0.0"}
        ).status_code
        == 400
    )


def test_only_the_operator_comes_in(app):
    app.identity.create_account(app.identity.local_actor("en"), "ann", Role.MEMBER, PASSWORD)
    with signed_in(app, "ann") as client:
        for path in ("/operator/packs", "/operator/packs/new", "/operator/packs/x", "/operator/pictures?find=x"):
            assert client.get(path).status_code == 403, path
        for path in ("check", "try", "lately", "save", "x/stage", "x/rollback"):
            data = FORM | {"csrf": client.token, "wanted": "active", "base": ""}
            assert client.post(f"/operator/packs/{path}", data=data).status_code == 403, path
        assert client.get("/rules").status_code == 200
