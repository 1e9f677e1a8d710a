"""Uploads and the list of forbidden pictures over HTTP and from the shell; models whose pictures nobody can read."""

from __future__ import annotations

import io
import json
import logging
import re
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from PIL import Image
from tests.conftest import finish
from tests.integration.test_uploads import no_face, one_face, png

from pingxing import flow, forbidden, i18n
from pingxing.api.app import create
from pingxing.api.body import SMALL
from pingxing.bootstrap import build
from pingxing.cli.console import Console
from pingxing.cli.main import group
from pingxing.engine.backends.fake import FakeBackend
from pingxing.errors import Unavailable
from pingxing.policy import ocr
from pingxing.policy.faces import FaceFinder
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.policy.ocr import Line, Reading, WritingCheck
from pingxing.types import Role, Scope


class Visitor(TestClient):
    def __init__(self, app, actor, scopes=frozenset(Scope)) -> None:
        super().__init__(create(app, work=False))
        self.headers["Authorization"] = f"Bearer {app.identity.make_key(actor, 'k', scopes)[1]}"

    def upload(self, data=None, **words):
        return self.post("/api/uploads", files={"file": ("a.png", data or png())}, data=words)


@pytest.fixture
def visitor(make_app, settings):
    app = make_app(settings.model_copy(update={"uploads_per_minute": 30}), faces=no_face)
    return Visitor(app, app.identity.local_actor("en"))


@pytest.fixture
def gated(make_app, settings):
    app = make_app(settings, faces=one_face)
    return Visitor(app, app.identity.local_actor("en"))


def test_there_and_back_again(visitor) -> None:
    answer = visitor.upload()
    assert answer.status_code == 201
    kept = answer.json()
    assert answer.headers["location"] == f"/api/uploads/{kept['id']}"
    assert (kept["width"], kept["media_type"], kept["faces"], kept["consent"]) == (96, "image/png", 0, None)
    assert kept["made"] == {"verdict": "none", "produce_id": None, "marks": {}}
    assert "account" not in answer.text
    assert visitor.get(f"/api/uploads/{kept['id']}").json() == kept
    assert visitor.get("/api/uploads").json() == [kept]
    assert visitor.delete(f"/api/uploads/{kept['id']}").status_code == 204
    for deed in (visitor.get, visitor.delete):
        assert deed(f"/api/uploads/{kept['id']}").status_code == 404
    assert visitor.get("/api/uploads").json() == []


@pytest.mark.parametrize(("language", "word"), [("en", "face"), ("zh", "人脸")])
def test_a_face_without_the_statement_is_told_what_is_missing(gated, language, word) -> None:
    gated.headers["Accept-Language"] = language
    answer = gated.upload()
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["code"], told["reason"]) == ("invalid_request", "consent")
    assert word in told["title"]
    assert "/api/uploads/terms" in told["detail"]


def test_the_statement_is_read_and_sent_back(gated) -> None:
    terms = gated.get("/api/uploads/terms").json()
    assert set(terms["answers"]) == {"nobody", "myself", "agreed"}
    assert "14" in terms["text"]
    kept = gated.upload(consent="agreed", terms=terms["digest"]).json()
    assert kept["consent"] == {"basis": "agreed", "terms": terms["digest"], "log_index": 0}
    assert gated.upload(consent="agreed", terms="0" * 64).status_code == 409
    assert gated.upload(consent="agreed").status_code == 400
    assert gated.upload(consent="perhaps", terms=terms["digest"]).status_code == 400


def test_what_else_is_wrong_with_a_form(visitor) -> None:
    assert visitor.post("/api/uploads", content=b"x").status_code == 400
    assert visitor.post("/api/uploads", data={"file": "words"}).status_code == 400
    assert visitor.upload(colour="red").json()["reason"] == "unknown_member"
    two = [("file", ("a.png", png())), ("file", ("b.png", png()))]
    assert visitor.post("/api/uploads", files=two).status_code == 400
    assert visitor.upload(b"GIF89a" + bytes(30)).status_code == 415
    boundary = {"content-type": "multipart/form-data; boundary=x"}
    assert visitor.post("/api/uploads", content=b"--x\r\nnonsense", headers=boundary).status_code == 400
    assert visitor.post("/api/uploads", content=b"", headers={"content-type": "multipart/form-data"}).status_code == 400


def test_large_files_are_taken_here_and_too_large_ones_nowhere(make_app, settings) -> None:
    app = make_app(settings.model_copy(update={"max_upload_bytes": 2 * SMALL}), faces=no_face)
    visitor = Visitor(app, app.identity.local_actor("en"))
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (340, 340, 3), dtype=np.uint8))
    out = io.BytesIO()
    noise.save(out, "PNG")
    assert SMALL < out.tell() < 2 * SMALL
    assert visitor.upload(out.getvalue()).status_code == 201
    assert visitor.upload(bytes(2 * SMALL + 1)).status_code == 413


def test_who_may_what(visitor, make_app, settings) -> None:
    app = visitor.app.state.app
    admin = app.identity.local_actor("en")
    made = app.identity.create_account(admin, "other", Role.MEMBER, "long enough password")
    stranger = Visitor(app, replace(admin, account=made.id, role=Role.MEMBER), frozenset({Scope.GENERATE}))
    kept = visitor.upload().json()["id"]
    assert stranger.get(f"/api/uploads/{kept}").status_code == 404
    assert stranger.delete(f"/api/uploads/{kept}").status_code == 404
    assert stranger.get("/api/uploads").json() == []
    for answer in (
        stranger.get("/api/forbidden"),
        stranger.post("/api/forbidden", json={"hashes": ["0" * 64], "reason": "r"}),
        stranger.post("/api/forbidden/pictures", files={"file": png()}, data={"reason": "r"}),
        stranger.delete("/api/forbidden/x"),
    ):
        assert answer.status_code == 403
    nobody = TestClient(create(app, work=False))
    for path in ("/api/uploads", "/api/uploads/terms", "/api/uploads/x", "/api/forbidden"):
        assert nobody.get(path).status_code == 401


def test_too_many_within_a_minute(make_app, settings) -> None:
    app = make_app(settings.model_copy(update={"uploads_per_minute": 2}), faces=no_face)
    visitor = Visitor(app, app.identity.local_actor("zh"))
    assert [visitor.upload().status_code for _ in range(3)] == [201, 201, 429]
    answer = visitor.upload()
    assert answer.headers["retry-after"] == "60"
    assert answer.json()["code"] == "overloaded"


def test_the_list_of_forbidden_pictures(visitor) -> None:
    answer = visitor.post(
        "/api/forbidden/pictures", files={"file": png(200)}, data={"reason": "withdrawn", "clause": "art. 10"}
    )
    assert answer.status_code == 201
    listed = answer.json()
    assert (listed["reason"], listed["clause"], len(listed["hash"])) == ("withdrawn", "art. 10", 64)
    more = visitor.post("/api/forbidden", json={"hashes": ["AB" * 32, "cd" * 32], "reason": "from a list"})
    assert [one["hash"] for one in more.json()] == ["ab" * 32, "cd" * 32]
    assert len(visitor.get("/api/forbidden").json()) == 3
    assert visitor.post("/api/forbidden", json={"hashes": ["ab" * 32], "reason": "again"}).status_code == 409
    assert visitor.post("/api/forbidden", json={"hashes": ["xy"], "reason": "r"}).status_code == 400
    assert visitor.post("/api/forbidden/pictures", files={"file": png()}).status_code == 400  # no reason
    assert visitor.delete(f"/api/forbidden/{listed['id']}").status_code == 204
    assert visitor.delete(f"/api/forbidden/{listed['id']}").status_code == 404


def test_a_refused_upload_says_why_and_names_no_job(make_app, settings) -> None:
    app = make_app(settings, guard=Guard([FakeCheck(pictures="block")]), faces=no_face)
    answer = Visitor(app, app.identity.local_actor("en")).upload()
    told = answer.json()
    assert (answer.status_code, told["code"], told["reason"], told["job"]) == (400, "refused", "upload", None)
    assert told["findings"][0]["rule"] == "fake"


def test_the_document_tells_the_forms(visitor) -> None:
    paths = visitor.get("/api/openapi.json").json()["paths"]
    form = paths["/api/uploads"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["file"]
    assert set(form["properties"]) == {"file", "consent", "terms"}
    form = paths["/api/forbidden/pictures"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["file", "reason"]


def test_the_list_from_the_shell(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("PINGXING_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "a.png").write_bytes(png(200))
    root = group(Console("en", json_only=True))

    def run(*words: str):
        result = CliRunner().invoke(root, ["forbidden", *words])
        return json.loads(result.stdout) if result.exception is None else result.exception

    (listed,) = run("add", str(tmp_path / "a.png"), "--reason", "withdrawn", "--json")["forbidden"]
    assert run("list", "--json")["forbidden"] == [listed]
    assert run("remove", listed["id"], "--json") == {"removed": listed["id"]}
    assert run("list", "--json") == {"forbidden": []}
    assert run("add", "nonesuch", "--reason", "r", "--json").code == "not_found"


# --- words in generated pictures -----------------------------------------------------------------


class Writer(FakeBackend):
    """An engine that may write anything into its pictures."""

    def __init__(self) -> None:
        super().__init__("writer")
        self.model = replace(self.model, words_known=False)


def reading(*words: str):
    lines = tuple(Line(word, 0.9, (0.1, 0.2, 0.3, 0.1)) for word in words)
    return lambda picture: Reading(lines)


def test_words_in_a_picture_stop_it_and_are_told_to_whoever_asked_and_nobody_else(make_app, database, wish) -> None:
    both = {"fake": FakeBackend, "writer": Writer}
    check = FakeCheck()
    guard = Guard([check, WritingCheck(check, read=reading("so forbidden"))])
    app = make_app(database, loaders=both, guard=guard)
    actor = app.identity.local_actor("en")
    app.worker.start()
    view = finish(app, actor, flow.admit(app, actor, wish(model="writer")).id)
    assert view.job.state == "refused"
    (finding,) = view.job.verdict.findings
    assert (finding.words, finding.box) == ("forbidden", (0.1, 0.2, 0.3, 0.1))
    with app.store.read() as tx:
        verdict, quoted = tx._connection.exec_driver_sql("SELECT verdict, quoted FROM jobs").one()
    assert "forbidden" not in verdict
    assert b"forbidden" not in bytes(quoted)
    told = Visitor(app, actor).get(f"/api/jobs/{view.job.id}").json()
    assert told["verdict"]["findings"][0]["words"] == "forbidden"
    assert finish(app, actor, flow.admit(app, actor, wish(model="fake")).id).job.state == "delivered"


def test_a_model_whose_pictures_nobody_can_read_is_not_offered_and_the_operator_is_told(
    make_app, settings, wish, monkeypatch, caplog
) -> None:
    monkeypatch.setattr(ocr, "_folder", lambda: None)
    check = FakeCheck()
    chosen = settings.model_copy(update={"default_model": "writer"})
    for when, offered in (("auto", False), ("always", False), ("never", True)):
        app = make_app(chosen, loaders={"writer": Writer}, guard=Guard([check, WritingCheck(check, when)]))
        actor = app.identity.local_actor("en")
        app.worker.start()
        if offered:
            assert finish(app, actor, flow.admit(app, actor, wish()).id).job.state == "delivered"
            assert app.unread() == ()
        else:
            with pytest.raises(Unavailable) as caught:
                flow.admit(app, actor, wish())
            assert (caught.value.reason, caught.value.exit_code) == ("no_reader", 6)
            assert "pingxing[pictures]" in i18n.explain(caught.value, "zh")[1]
            client = TestClient(create(app, work=False))
            assert client.get("/readyz").json() == {"status": "ready", "unread": "writer"}
        app.worker.stop()
        app.close()


def test_the_log_says_so_at_the_start(make_app, settings, monkeypatch, caplog) -> None:
    monkeypatch.setattr(ocr, "_folder", lambda: None)
    check = FakeCheck()
    chosen = settings.model_copy(update={"default_model": "writer"})
    app = make_app(chosen, loaders={"writer": Writer}, guard=Guard([check, WritingCheck(check)]))
    with caplog.at_level(logging.WARNING):
        app.worker._warm()
    app.registry.backend("writer")
    with caplog.at_level(logging.WARNING):
        app.worker._warm()
    assert "writer" in caplog.text
    assert "pingxing[pictures]" in caplog.text


def test_a_studio_as_it_is_built_has_every_check(settings, monkeypatch) -> None:
    with build(settings, loaders={"fake": FakeBackend}) as app:
        assert {"words", "forbidden", "nudity", "writing"} <= {check.name for check in app.guard.checks}
        assert isinstance(app.faces, FaceFinder)
        assert app.unread() == ()
    monkeypatch.setattr("pingxing.bootstrap.find_faces", lambda: False)
    with build(settings, loaders={"fake": FakeBackend}) as app:
        assert app.faces is None


def test_the_list_as_a_page(make_app, settings) -> None:
    app = make_app(settings, faces=no_face)
    app.identity.create_account(app.identity.local_actor("en"), "boss", Role.ADMIN, "long enough password")
    client = TestClient(create(app, work=False), base_url="http://127.0.0.1", follow_redirects=True)
    client.post("/sign-in", data={"name": "boss", "password": "long enough password"})
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/operator/forbidden").text)
    assert token is not None
    words = {"csrf": token[1], "reason": "withdrawn <b>", "clause": "art. 10", "hash": ""}
    made = client.post("/operator/forbidden", data=words, files={"file": ("a.png", png(200))})
    assert made.status_code == 200
    assert "withdrawn &lt;b&gt;" in made.text
    nothing = client.post("/operator/forbidden", data=words, files={"file": ("", b"")})
    assert nothing.status_code == 400
    assert 'value="art. 10"' in nothing.text  # what was typed is kept
    assert client.post("/operator/forbidden", data=words | {"hash": "AB" * 32}).status_code == 200
    wrong = client.post("/operator/forbidden", data=words | {"hash": "nonsense"})
    assert (wrong.status_code, "nonsense" in wrong.text) == (400, True)
    listed = forbidden.listing(app, app.identity.local_actor("en"))
    assert len(listed) == 2
    gone = client.post(f"/operator/forbidden/{listed[0].id}/remove", data={"csrf": token[1]})
    assert gone.status_code == 200
    assert len(forbidden.listing(app, app.identity.local_actor("en"))) == 1
    assert client.post("/operator/forbidden", data=words | {"csrf": "x"}).status_code == 403
