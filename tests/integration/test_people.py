"""The room of people and `pingxing people`: who is verified, said by whoever looked at a document."""

from __future__ import annotations

import io
import json
import re
import sys

import pytest
from fastapi.testclient import TestClient

from pingxing import enrolment, i18n, openings, realnames
from pingxing.api.app import create
from pingxing.cli import main as cli
from pingxing.types import LANGUAGES, Role

PASSWORD = "long enough password"
NAME, NUMBER = "Ann Unmistakable", "11010519491231002X"


def client_of(app, name: str) -> TestClient:
    client = TestClient(create(app, work=False), base_url="http://127.0.0.1", follow_redirects=False)
    assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
    client.headers["accept-language"] = "en"
    return client


def token(client: TestClient) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/settings").text)
    assert found
    return found[1]


@pytest.fixture
def app(make_app, settings):
    return make_app(settings.model_copy(update={"real_names": "required"}))


@pytest.fixture
def people(app, actor):
    members = {"ann": Role.MEMBER, "boss": Role.ADMIN}
    return {name: app.identity.create_account(actor, name, role, PASSWORD).id for name, role in members.items()}


def test_deep_synthesis_art_9_from_the_page_and_from_the_shell(app, people, monkeypatch, capsys) -> None:
    boss, ann = client_of(app, "boss"), client_of(app, "ann")
    csrf = token(boss)
    told = {"csrf": csrf, "account": people["ann"], "name": NAME, "paper": "id_card", "number": NUMBER}
    for language in LANGUAGES:
        shown = boss.get(f"/operator/people?lang={language}").text
        assert i18n.say(language, "names.mode.required").split("“")[0][:8] in shown
        refused = ann.post(f"/jobs?lang={language}", data={"csrf": token(ann), "prompt": "a cat"})
        assert refused.status_code == 403
        assert i18n.say(language, "error.forbidden.real_name") in refused.text
    assert ann.get("/operator/people").status_code == 403
    assert ann.post("/operator/people", data={**told, "csrf": token(ann), "seen": "true"}).status_code == 403
    boss.get("/operator/people?lang=en")
    unseen = boss.post("/operator/people", data=told)
    assert unseen.status_code == 400
    assert 'role="alert"' in unseen.text
    assert f'value="{NUMBER}"' in unseen.text  # what was typed stays, for whoever typed it
    wrong = boss.post("/operator/people", data={**told, "number": "110105194912310021", "seen": "true"})
    assert (wrong.status_code, "GB 11643" in wrong.text) == (400, True)
    own = boss.post("/operator/people", data={**told, "account": people["boss"], "seen": "true"})
    assert own.status_code == 403
    assert boss.post("/operator/people", data={**told, "seen": "true"}).status_code == 303
    shown = boss.get("/operator/people").text
    assert "Unmistakable" not in shown
    assert NUMBER not in shown
    assert ann.post("/jobs", data={"csrf": token(ann), "prompt": "a cat"}).status_code == 303
    assert boss.post(f"/operator/people/{people['ann']}/erase", data={"csrf": csrf}).status_code == 303
    assert ann.post("/jobs", data={"csrf": token(ann), "prompt": "a cat"}).status_code == 403

    shell = _shell(app, monkeypatch, capsys)
    document = json.dumps({"name": NAME, "number": NUMBER})
    assert shell("verify", "ann", "--paper", "id_card", stdin=document) == (
        0,
        {"account": "ann", "standing": "verified"},
    )
    assert shell("verify", "ann", "--paper", "id_card", stdin=document)[0] == 2
    assert shell("verify", "ann", "--paper", "id_card", stdin="Ann")[1]["error"]["code"] == "invalid_request"
    assert shell("verify", "nobody", "--paper", "id_card", stdin=document)[0] == 4
    listed = {one["account"]: one["standing"] for one in shell("list")[1]["people"]}
    assert listed == {"admin": "none", "ann": "verified", "boss": "none"}
    assert shell("turn-key") == (0, {"records": 1})
    assert shell("erase", "ann") == (0, {"account": "ann", "standing": "erased"})
    assert enrolment.own(app, app.identity.by_key(_key(app, boss))).standing == "none"


def test_privacy_identity_data_is_shown_once_on_the_page(app, people, actor, monkeypatch, capsys) -> None:
    boss = client_of(app, "boss")
    csrf = token(boss)
    other = app.identity.create_account(actor, "other", Role.ADMIN, PASSWORD).id
    realnames.verify(app, actor, people["ann"], NAME, "id_card", NUMBER)
    realnames.verify(app, actor, people["boss"], "Boss", "phone", "13800138000")
    realnames.verify(app, actor, other, "Other", "phone", "13800138001")
    second = client_of(app, "other")
    app.identity.create_account(actor, "late", Role.MEMBER, PASSWORD)
    asked = {"csrf": csrf, "account": people["ann"], "reason": " "}
    assert boss.post("/operator/people/openings", data=asked).status_code == 400
    assert boss.post("/operator/people/openings", data={**asked, "reason": "a court asks"}).status_code == 303
    found = re.search(r"/operator/people/openings/(\w{32})", second.get("/operator/people").text)
    assert found
    door = found[0]
    assert door not in boss.get("/operator/people").text  # nothing for whoever asked to press
    assert boss.post(door, data={"csrf": csrf, "approve": "true"}).status_code == 403
    assert second.post(door, data={"csrf": token(second), "approve": "true"}).status_code == 303
    assert f"{door}/show" in boss.get("/operator/people").text
    shown = boss.post(f"{door}/show", data={"csrf": csrf})
    assert (NAME in shown.text, NUMBER in shown.text) == (True, True)
    assert shown.headers["cache-control"] == "no-store"
    assert boss.post(f"{door}/show", data={"csrf": csrf}).status_code == 409
    assert NUMBER not in boss.get("/operator/people").text
    assert i18n.say("en", "names.own.verified") in boss.get("/settings").text
    assert i18n.say("en", "names.own.none.required") in client_of(app, "late").get("/settings").text


def test_privacy_identity_data_is_opened_from_the_shell_with_a_second_person(
    app, people, actor, monkeypatch, capsys
) -> None:
    shell = _shell(app, monkeypatch, capsys)
    boss = app.identity.session(client_of(app, "boss").cookies["pingxing_session"]).actor
    realnames.verify(app, actor, people["ann"], NAME, "id_card", NUMBER)
    realnames.verify(app, actor, people["boss"], "Boss", "phone", "13800138000")
    realnames.verify(app, boss, actor.account, "Admin", "phone", "13800138001")
    code, asked = shell("open", "ann", "--reason", "a court asks")
    assert code == 0
    for step in ("approve", "decline"):  # the shell is the administrator who asked
        assert shell(step, asked["opening"])[1]["error"]["code"] == "forbidden"
    assert shell("show", asked["opening"])[1]["error"]["code"] == "conflict"
    openings.decide(app, boss, asked["opening"], approve=True)
    (listed,) = shell("openings")[1]["openings"]
    told = ("ann", "approved", "admin", "boss", "a court asks")
    assert tuple(listed[name] for name in ("account", "state", "asker", "second", "reason")) == told
    assert shell("show", asked["opening"]) == (0, {"name": NAME, "paper": "id_card", "number": NUMBER})
    assert shell("show", asked["opening"])[0] == 2
    theirs = openings.ask(app, boss, people["ann"], "another reason")
    assert shell("decline", theirs) == (0, {"opening": theirs, "standing": "declined"})


def _shell(app, monkeypatch, capsys):
    """`pingxing people …` in this process: (exit code, the one object on stdout)."""
    monkeypatch.setattr("pingxing.cli.people._app", lambda: _Open(app))

    def shell(*arguments: str, stdin: str = ""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as ended:
            cli.main(["people", *arguments, "--json"])
        return int(ended.value.code or 0), json.loads(capsys.readouterr().out)

    return shell


def _key(app, client: TestClient) -> str:
    made = client.post("/keys", data={"csrf": token(client), "label": "k", "scope": ["generate"]})
    found = re.search(r"px-[\w-]{20,}", made.text)
    assert found
    return found[0]


class _Open:
    """An App that a command must not close: the test goes on with it."""

    def __init__(self, app) -> None:
        self._app = app

    def __enter__(self):
        return self._app

    def __exit__(self, *_: object) -> None:
        return None
