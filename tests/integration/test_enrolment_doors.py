"""Real names at their doors: a person's own page and the API, the operator's queue, the shell. One way behind them."""

from __future__ import annotations

import json
import logging
import re
from html import unescape

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from tests.fakes.verifiers import ANN, BOB, KEY, Service, serving
from tests.integration.test_people import PASSWORD, _shell, client_of, token

from pingxing import enrolment, flow, i18n
from pingxing.api.app import create
from pingxing.cli.people import _OF_PEOPLE
from pingxing.errors import BadSettings, Forbidden
from pingxing.identity.verifiers import OF_PEOPLE
from pingxing.settings import load
from pingxing.types import LANGUAGES, ROLE_SCOPES, Actor, Request, Role, Scope

TOLD = dict(zip(("name", "paper", "number"), ANN, strict=True))


@pytest.fixture
def app(make_app, settings):
    return make_app(settings.model_copy(update={"real_names": "required"}))


@pytest.fixture
def service():
    with serving(Service()) as running:
        yield running


@pytest.fixture
def asking(make_app, settings, service):
    changes = {"real_names": "required", "verifier": "service", "verifier_url": f"{service.url}/people"}
    return make_app(settings.model_copy(update=changes | {"verifier_key": SecretStr(KEY)}))


def members(app) -> dict[str, str]:
    boss = app.identity.local_actor("en")
    roles = {"ann": Role.MEMBER, "bob": Role.MEMBER, "boss": Role.ADMIN}
    return {name: app.identity.create_account(boss, name, role, PASSWORD).id for name, role in roles.items()}


def keyed(app, account: str, role: Role = Role.MEMBER, scopes: frozenset[Scope] | None = None) -> TestClient:
    """A client of the API."""
    actor = Actor(account, role, ROLE_SCOPES[role], "local")
    _, secret = app.identity.make_key(actor, "k", ROLE_SCOPES[role] if scopes is None else scopes)
    client = TestClient(create(app, work=False), base_url="http://127.0.0.1")
    client.headers.update({"authorization": f"Bearer {secret}", "accept-language": "en"})
    return client


def test_deep_synthesis_art_9_a_person_enters_it_on_their_page_and_an_operator_looks(app, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    ids = members(app)
    ann, boss = client_of(app, "ann"), client_of(app, "boss")
    form = {"csrf": token(ann), **TOLD, "words": "room 12, mornings"}
    for language in LANGUAGES:
        shown = ann.get(f"/settings/name?lang={language}").text
        for key in ("names.own.none.required", "names.what.stays", "names.what.opened", "names.agree"):
            assert i18n.say(language, key) in shown
        assert "/settings/name" in ann.get(f"/settings?lang={language}").text
    ann.get("/settings/name?lang=en")
    unagreed = ann.post("/settings/name", data=form)
    assert (unagreed.status_code, 'role="alert"' in unagreed.text) == (400, True)
    assert f'value="{ANN[2]}"' in unagreed.text  # what was typed stays for whoever typed it
    assert unagreed.headers["cache-control"] == "no-store"
    wrong = ann.post("/settings/name", data={**form, "agreed": "true", "number": "1101051949123100"})
    assert (wrong.status_code, "GB 11643" in wrong.text) == (400, True)
    assert enrolment.own(app, _actor(ids["ann"])).standing == "none"
    done = ann.post("/settings/name", data={**form, "agreed": "true"})
    assert (done.status_code, done.headers["location"]) == (303, "/settings/name")
    mine = ann.get("/settings/name").text
    assert i18n.say("en", "names.own.waiting") in mine
    assert 'name="number"' not in mine
    again = ann.post("/settings/name", data={**form, "agreed": "true"})
    assert (again.status_code, i18n.say("en", "error.conflict.waiting") in again.text) == (409, True)

    queue = boss.get("/operator/people").text
    assert "room 12, mornings" in queue
    for page in (mine, queue, ann.get("/settings").text):
        assert "Unmistakable" not in page
        assert ANN[2] not in page
    assert re.search(r'class="count wait"[^>]*>1<', boss.get("/").text)
    told = {"csrf": token(boss), "account": ids["ann"], "seen": "true", **TOLD}
    differs = boss.post("/operator/people", data={**told, "name": "Ann Other"})
    assert differs.status_code == 409
    assert i18n.say("en", "error.conflict.person_differs", members="name") in differs.text
    refuse = f"/operator/people/{ids['ann']}/refuse"
    assert ann.post(refuse, data={"csrf": token(ann), "reason": "differs"}).status_code == 403
    assert boss.post(refuse, data={"csrf": token(boss), "reason": "looks odd"}).status_code == 400
    assert boss.post(refuse, data={"csrf": token(boss), "reason": "ended"}).status_code == 303
    mine = ann.get("/settings/name").text
    assert i18n.say("en", "names.why.ended") in mine
    assert i18n.say("en", "names.enter.people") in mine
    assert boss.post(refuse, data={"csrf": token(boss), "reason": "ended"}).status_code == 409

    ann.post("/settings/name", data={**form, "agreed": "true", "people": "true"})
    assert i18n.say("en", "names.elsewhere") in boss.get("/operator/people").text
    assert boss.post("/operator/people", data=told).status_code == 403  # the second look is another's
    enrolment.leave(app, _actor(ids["ann"]))
    ann.post("/settings/name", data={**form, "agreed": "true"})
    assert boss.post("/operator/people", data=told).status_code == 303
    assert i18n.say("en", "names.own.verified") in ann.get("/settings/name").text
    assert ann.post("/jobs", data={"csrf": token(ann), "prompt": "a cat"}).status_code == 303
    assert ann.post("/settings/name/leave", data={"csrf": token(ann)}).status_code == 303
    assert i18n.say("en", "names.own.leaving") in ann.get("/settings/name").text
    assert ann.post("/jobs", data={"csrf": token(ann), "prompt": "a cat"}).status_code == 403
    assert ann.post("/settings/name/leave", data={"csrf": token(ann)}).status_code == 404
    for secret in ("Unmistakable", ANN[2]):
        assert secret not in caplog.text


def test_deep_synthesis_art_9_a_single_administrator_reads_what_to_do(app, asking) -> None:
    """Where a service verifies, one administrator is enough. (The two houses are one, on the same folder.)"""
    clients = []
    for house, alone in ((asking, False), (app, True)):
        client = TestClient(create(house, work=False), base_url="http://127.0.0.1", follow_redirects=False)
        client.post(f"/sign-in/{house.identity.first_link()}")
        clients.append(client)
        for language in LANGUAGES:
            for page in ("/settings", "/settings/name", "/operator/people"):
                shown = unescape(client.get(f"{page}?lang={language}").text)
                assert (i18n.say(language, "names.alone") in shown) == alone, page
                assert (i18n.say(language, "names.alone.hint") in shown) == alone
        assert 'id="accounts"' in client.get("/operator").text  # where the notice leads to
    app.identity.create_account(app.identity.local_actor("en"), "boss", Role.ADMIN, PASSWORD)
    assert i18n.say("zh", "names.alone") not in clients[1].get("/operator/people?lang=zh").text


def test_deep_synthesis_art_9_a_service_answers_on_the_page_in_the_persons_words(asking, service) -> None:
    members(asking)
    ann = client_of(asking, "ann")
    host = service.url.removeprefix("http://")
    form = {"csrf": token(ann), **TOLD, "agreed": "true"}
    shown = ann.get("/settings/name").text
    assert i18n.say("en", "names.agree.service", host=host) in shown
    assert i18n.say("en", "names.what.sent", host=host) in shown
    service.spoil = "status"
    down = ann.post("/settings/name", data=form)
    assert down.status_code == 503
    assert i18n.say("en", "error.service_down.verifier") in down.text
    assert i18n.say("en", "names.tries", left=5) in down.text  # the service's fault is no try of hers
    assert f'value="{ANN[0]}"' in down.text
    service.spoil = ""
    assert ann.post("/settings/name", data={**form, "name": "Ann Mistaken"}).status_code == 303
    refused = ann.get("/settings/name?lang=zh").text
    for key in ("names.why.differs", "names.own.refused", "names.enter.people"):
        assert i18n.say("zh", key) in refused
    assert i18n.say("zh", "names.tries", left=4) in refused
    assert ann.post("/settings/name", data=form).status_code == 303
    assert i18n.say("en", "names.own.verified") in ann.get("/settings/name?lang=en").text


def test_deep_synthesis_art_9_over_the_api(asking, service) -> None:
    ids = members(asking)
    ann, boss = keyed(asking, ids["ann"]), keyed(asking, ids["boss"], Role.ADMIN)
    own = ann.get("/api/name").json()
    assert own == {
        "mode": "required",
        "standing": "none",
        "verifier": service.url.removeprefix("http://"),
        "reason": None,
        "told": i18n.say("en", "names.own.none.required"),
        "at": None,
        "ends_at": None,
        "may_enter": True,
        "tries_left": 5,
    }
    for wrong, member in (
        (TOLD, "agreed"),
        (TOLD | {"agreed": False}, "agreed"),
        (TOLD | {"agreed": True, "number": "110105194912310021"}, "number"),
        (TOLD | {"agreed": True, "number": "1" * 41}, "number"),
        (TOLD | {"agreed": True, "paper": "library_card"}, "paper"),
        (TOLD | {"agreed": True, "name": 7}, "name"),
        (TOLD | {"agreed": True, "more": ANN[2]}, "more"),
    ):
        answer = ann.post("/api/name", json=wrong)
        assert answer.status_code == 400, wrong
        assert member in answer.text
        for secret in ("Unmistakable", str(wrong["number"])):
            assert secret not in answer.text
    service.spoil = "unsigned"
    down = ann.post("/api/name", json=TOLD | {"agreed": True})
    assert (down.status_code, down.json()["code"], down.json()["reason"]) == (503, "service_down", "verifier")
    service.spoil = ""
    refused = ann.post("/api/name", json=TOLD | {"agreed": True, "name": "Ann Mistaken"})
    assert (refused.status_code, refused.json()["standing"], refused.json()["reason"]) == (201, "refused", "differs")
    assert refused.json()["told"].startswith(i18n.say("en", "names.why.differs"))
    chinese = ann.get("/api/name", headers={"accept-language": "zh"}).json()
    assert chinese["told"] == i18n.say("zh", "names.why.differs") + i18n.say("zh", "names.own.refused")
    waiting = ann.post("/api/name", json=TOLD | {"agreed": True, "people": True, "words": "room 12"}).json()
    assert (waiting["standing"], waiting["may_enter"], waiting["tries_left"]) == ("waiting", False, 3)
    assert ann.post("/api/name", json=TOLD | {"agreed": True}).status_code == 409

    assert ann.get("/api/oversight/names").status_code == 403
    (first, *rest) = boss.get("/api/oversight/names").json()
    assert (first["name"], first["standing"], first["words"], first["another"]) == ("ann", "waiting", "room 12", False)
    assert {one["standing"] for one in rest} == {"none"}
    door = f"/api/oversight/names/{ids['ann']}"
    for method, path, body in (
        ("post", f"{door}/verify", TOLD),
        ("post", f"{door}/refuse", {"reason": "ended"}),
        ("delete", door, None),
    ):
        extra = {} if body is None else {"json": body}
        assert getattr(ann, method)(path, **extra).status_code == 403
    differs = boss.post(f"{door}/verify", json=TOLD | {"name": "Ann Other"})
    assert (differs.status_code, differs.json()["reason"]) == (409, "person_differs")
    assert boss.post(f"{door}/refuse", json={"reason": "unanswered"}).status_code == 400  # no person says that
    verified = boss.post(f"{door}/verify", json=TOLD).json()
    assert (verified["standing"], verified["by"], verified["words"]) == ("verified", "boss", "")
    assert boss.post(f"{door}/verify", json=TOLD).status_code == 409
    assert boss.post("/api/oversight/names/nobody/refuse", json={"reason": "ended"}).status_code == 404
    left = ann.delete("/api/name").json()
    assert (left["standing"], left["ends_at"] is not None) == ("leaving", True)
    assert ann.delete("/api/name").status_code == 404
    assert boss.delete(door).json()["standing"] == "erased"
    assert boss.delete(door).status_code == 404

    narrow = keyed(asking, ids["bob"], scopes=frozenset({Scope.GENERATE}))
    assert narrow.get("/api/name").status_code == 200
    assert narrow.post("/api/name", json=TOLD | {"agreed": True}).status_code == 403
    assert TestClient(create(asking, work=False)).get("/api/name").status_code == 401


def test_deep_synthesis_art_9_the_api_counts_tries_as_the_page_does(asking, service) -> None:
    ids = members(asking)
    ann, page = keyed(asking, ids["ann"]), client_of(asking, "ann")
    for number in range(4):
        ann.post("/api/name", json={"name": "A", "paper": "passport", "number": f"E1234567{number}", "agreed": True})
    form = {"csrf": token(page), "name": "A", "paper": "passport", "number": "E12345678", "agreed": "true"}
    assert page.post("/settings/name", data=form).status_code == 303
    over = ann.post("/api/name", json=TOLD | {"agreed": True})
    assert (over.status_code, over.json()["code"], over.json()["reason"]) == (429, "overloaded", "names")
    assert 86_000 < int(over.headers["retry-after"]) <= 86_400
    assert page.post("/settings/name", data=form).status_code == 429
    assert len(service.asked) == 5


def test_deep_synthesis_art_9_refused_from_the_shell(app, monkeypatch, capsys) -> None:
    assert _OF_PEOPLE == OF_PEOPLE
    ids = members(app)
    shell = _shell(app, monkeypatch, capsys)
    enrolment.hand_in(app, _actor(ids["bob"]), *BOB, agreed=True)
    listed = shell("list")[1]["people"]
    assert (listed[0]["account"], listed[0]["standing"]) == ("bob", "waiting")
    other = json.dumps({"name": "Somebody", "number": BOB[2]})
    assert shell("verify", "bob", "--paper", "id_card", stdin=other)[1]["error"]["code"] == "conflict"
    assert shell("refuse", "bob", "--because", "unreadable") == (0, {"account": "bob", "standing": "refused"})
    assert shell("refuse", "bob", "--because", "unreadable")[0] == 2
    enrolment.hand_in(app, _actor(ids["bob"]), *BOB, agreed=True)
    same = json.dumps({"name": BOB[0], "number": BOB[2]})
    assert shell("verify", "bob", "--paper", "id_card", stdin=same)[0] == 0


def test_a_server_whose_verifier_is_a_service_opens_only_with_its_key(settings, make_app, monkeypatch, capsys) -> None:
    """A command in a shell without the key still works, but for verifying anybody."""
    given = {"PINGXING_VERIFIER": "service", "PINGXING_VERIFIER_URL": "https://verify.example/people"}
    changes = {"data_dir": settings.data_dir, "default_model": "fake", "real_names": "required"}
    app = make_app(load(given).model_copy(update=changes))
    with pytest.raises(BadSettings) as caught:
        create(app, work=False)
    assert caught.value.params["setting"] == "verifier_key"
    ann = _actor(members(app)["ann"])
    assert {one["account"] for one in _shell(app, monkeypatch, capsys)("list")[1]["people"]} >= {"ann", "bob"}
    with pytest.raises(BadSettings):
        enrolment.hand_in(app, ann, *ANN, agreed=True)
    assert enrolment.own(app, ann).standing == "none"  # nothing is kept that nobody could ask about
    with pytest.raises(Forbidden):
        flow.admit(app, ann, Request(prompt="a cat"))


def _actor(account: str) -> Actor:
    return Actor(account, Role.MEMBER, ROLE_SCOPES[Role.MEMBER], "local")
