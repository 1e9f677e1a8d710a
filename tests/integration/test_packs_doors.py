"""The operator's packs over HTTP and from the shell: the same use cases, the same answers."""

import json
from base64 import b64encode

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient
from tests.fakes.rulepacks import pack

from pingxing.api.app import create
from pingxing.cli import main as cli
from pingxing.cli.console import Console
from pingxing.errors import Conflict, InvalidRequest, NotFound
from pingxing.policy.guard import Guard
from pingxing.policy.packs import default_packs
from pingxing.policy.words import WordsCheck
from pingxing.types import Scope


@pytest.fixture
def app(make_app):
    return make_app(guard=Guard([WordsCheck(default_packs()[:1])]))


@pytest.fixture
def client(app):
    actor = app.identity.local_actor("en")
    key = app.identity.make_key(actor, "tests", frozenset({Scope.GENERATE, Scope.CHECK, Scope.OPERATE}))[1]
    with TestClient(create(app, work=False), headers={"authorization": f"Bearer {key}"}) as client:
        yield client


def test_over_http_a_pack_is_loaded_tried_brought_in_force_and_rolled_back(client):
    body = pack().decode()
    checked = client.post("/api/packs/check", json={"body": pack(allow="a small teapot").decode()}).json()
    assert (checked["ok"], checked["cases"][0]["text"], checked["cases"][0]["ok"]) == (False, "a small teapot", False)
    bad = client.post("/api/packs", json={"body": pack(allow="a small teapot").decode()})
    assert (bad.status_code, bad.json()["reason"]) == (400, "pack_case")
    assert "a small teapot" in bad.json()["title"]
    made = client.post("/api/packs", json={"body": body})
    assert (made.status_code, made.json()["stage"], made.json()["signed_by"]) == (201, "draft", "house")
    tried = client.post("/api/packs/try", json={"body": body, "text": "a teapot of glass"}).json()
    assert (tried["before"]["decision"], tried["verdict"]["decision"]) == ("allow", "block")
    assert tried["verdict"]["findings"][0]["automatic"] is True
    seen = client.post("/api/packs/rehearse", json={"body": body, "days": 7}).json()
    assert (seen["asked"], seen["stopped"], seen["glimpses"]) == (0, 0, [])
    early = client.post("/api/packs/house-rules/stage", json={"stage": "active"})
    assert (early.status_code, early.json()["reason"]) == (409, "pack_stage")
    for stage in ("shadow", "active"):
        assert client.post("/api/packs/house-rules/stage", json={"stage": stage}).json()["stage"] == stage
    assert client.post("/api/check", json={"text": "a teapot"}).json()["decision"] == "block"
    client.post("/api/packs", json={"body": pack("1.1.0", en="kettle", zh="水壶").decode()})
    for stage in ("shadow", "active"):
        client.post("/api/packs/house-rules/stage", json={"stage": stage, "version": "1.1.0"})
    assert client.post("/api/check", json={"text": "a teapot"}).json()["decision"] == "allow"
    assert client.post("/api/packs/house-rules/rollback").json()["version"] == "1.0.0"
    assert client.post("/api/check", json={"text": "a teapot"}).json()["decision"] == "block"
    listed = client.get("/api/packs").json()
    assert [(one["version"], one["stage"]) for one in listed] == [("1.1.0", "retired"), ("1.0.0", "active")]
    shown = client.get("/api/packs/house-rules", params={"version": "1.0.0"}).json()
    assert shown["body"] == body
    assert shown["history"][0]["by"] == "admin"
    lines = client.get("/api/packs/house-rules/difference", params={"old": "1.0.0", "new": "1.1.0"}).json()
    assert "-  pot: {en: [teapot], zh: [茶壶]}" in lines
    told = client.get("/api/oversight/rules").json()
    assert told["on_trial"] == {}
    report = client.get("/report.json").json()
    assert [one["pack"] for one in report["packs"] if one["own"]] == ["house-rules"]
    assert client.get("/api/packs/nowhere").status_code == 404
    assert client.post("/api/packs", json={"body": body, "signature": "?"}).json()["reason"] == "pack_signature"


def test_from_the_shell(app, client, settings, tmp_path, monkeypatch):
    monkeypatch.setenv("PINGXING_DATA_DIR", str(settings.data_dir))
    good, bad = tmp_path / "house.yaml", tmp_path / "bad.yaml"
    good.write_bytes(pack())
    bad.write_bytes(pack(allow="a small teapot"))

    def run(*arguments, as_json=True):
        group = cli.group(Console("en", json_only=as_json))
        found = CliRunner().invoke(group, ["packs", *arguments, *(["--json"] if as_json else [])])
        return found.exit_code, (json.loads(found.stdout) if as_json and found.stdout else found.stdout), found

    assert run("list")[:2] == (0, {"packs": []})
    code, told, _ = run("check", str(bad))
    assert (code, told["ok"], [c["case"] for c in told["cases"] if not c["ok"]]) == (2, False, ["a small teapot"])
    assert isinstance(run("add", str(bad))[2].exception, InvalidRequest)
    assert isinstance(run("add", str(tmp_path / "none.yaml"))[2].exception, NotFound)
    assert run("check", str(good))[0] == 0
    assert run("add", str(good))[1]["stage"] == "draft"
    assert isinstance(run("stage", "house-rules", "active")[2].exception, Conflict)
    assert run("stage", "house-rules", "shadow")[1]["stage"] == "shadow"
    assert run("stage", "house-rules", "active")[1]["stage"] == "active"
    assert client.post("/api/check", json={"text": "a teapot"}).json()["decision"] == "block", "another process"
    assert run("show", "house-rules")[1]["body"].encode() == pack()
    assert "house-rules 1.0.0  in force  rules: 1" in run("list", as_json=False)[1]
    assert isinstance(run("rollback", "house-rules")[2].exception, Conflict)
    good.with_name("house.yaml.sig").write_bytes(b64encode(bytes(64)))
    assert isinstance(run("add", str(good))[2].exception, InvalidRequest)


def checked(text):
    """What `pingxing check` answers."""
    found = CliRunner().invoke(cli.group(Console("en", json_only=True)), ["check", text, "--json"])
    assert found.exception is None, found.exception
    return json.loads(found.stdout)


def test_the_shell_judges_as_the_server_does(app, client, settings, monkeypatch):
    monkeypatch.setenv("PINGXING_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("PINGXING_CLASSIFIER", "false")
    assert checked("a teapot of glass")["decision"] == "allow"
    client.post("/api/packs", json={"body": pack().decode()})
    for stage in ("shadow", "active"):
        client.post("/api/packs/house-rules/stage", json={"stage": stage})
    told = checked("a teapot of glass")
    assert (told["decision"], told["findings"][0]["pack"]) == ("block", "house-rules")
    assert client.post("/api/check", json={"text": "a teapot of glass"}).json()["decision"] == "block"
    client.post("/api/packs/house-rules/stage", json={"stage": "retired"})
    assert checked("a teapot of glass")["decision"] == "allow"


def test_the_shell_weighs_wordings_only_where_the_server_does(tmp_path, monkeypatch):
    asked = []

    class Weigher:
        name, version = "classifier", "1"

        def reads(self, subject):
            return hasattr(subject, "text")

        def examine(self, subject):
            asked.append(subject.text)
            return ()

    monkeypatch.setattr("pingxing.policy.classifier.ClassifierCheck", Weigher)
    monkeypatch.setenv("PINGXING_DATA_DIR", str(tmp_path / "never-opened"))
    monkeypatch.setenv("PINGXING_CLASSIFIER", "false")
    assert checked("a jug")["decision"] == "allow"
    assert asked == []
    monkeypatch.setenv("PINGXING_CLASSIFIER", "true")
    assert checked("a jug")["decision"] == "allow"
    assert asked == ["a jug"]
    assert not (tmp_path / "never-opened").exists()
