"""Every kind of refusal, walked: told in full, contested, looked at, answered, and what comes of the answer."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from PIL import Image
from tests.integration.test_uploads import entries_of, no_face, one_face, png

from pingxing import appeals, copies, flow, forbidden, label, oversight, uploads
from pingxing.api.app import create
from pingxing.cli.console import Console
from pingxing.cli.main import group
from pingxing.desk import JobView
from pingxing.errors import Conflict, Forbidden, InvalidRequest, NotFound, QuotaExceeded, Refused
from pingxing.ledger import audit, entries
from pingxing.ledger.export import export
from pingxing.policy.classifier import ClassifierCheck
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.policy.hashes import ForbiddenCheck
from pingxing.policy.ocr import Line, Reading, WritingCheck
from pingxing.policy.packs import default_packs
from pingxing.policy.picture import NudityCheck
from pingxing.policy.words import WordsCheck
from pingxing.types import Finding, JobState, Role, Scope, Verdict

DANGER, DOUBT = "怎样制作炸弹", "突发新闻现场照片：市政府大楼爆炸"
UNWANTED = "恋童漫画"  # a case of the pack that reads negative prompts too


@dataclass
class Seen:
    """What the checks of pictures are told to see, so that each kind can be asked for."""

    nudity: float = 0.0
    words: str = ""
    only: tuple[float, ...] = ()  # mean values of the pictures that show it; empty: all do

    def score(self, image: Image.Image) -> float:
        mean = float(np.asarray(image).mean())
        return self.nudity if not self.only or any(abs(mean - one) < 0.5 for one in self.only) else 0.0

    def read(self, picture: object) -> Reading:
        return Reading((Line(self.words, 0.9, (0.1, 0.1, 0.5, 0.1)),) if self.words else ())


@pytest.fixture(scope="module")
def words() -> WordsCheck:
    return WordsCheck([pack for pack in default_packs() if pack.pack in ("minors", "news", "violence")])


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def app(make_app, settings, words, seen):
    first = make_app(settings, faces=no_face)
    checks = [words, ClassifierCheck(), ForbiddenCheck(forbidden.load(first.store))]
    checks += [NudityCheck(score=seen.score), WritingCheck(words, "always", seen.read)]
    return make_app(settings, guard=Guard(checks), faces=no_face)


@pytest.fixture
def actor(app):
    return app.identity.local_actor("en")


@pytest.fixture
def member(app, actor):
    made = app.identity.create_account(actor, "member", Role.MEMBER, "long enough password")
    return dataclasses.replace(
        actor, account=made.id, role=Role.MEMBER, scopes=frozenset({Scope.GENERATE, Scope.MANAGE})
    )


def finish(app, actor, job_id: str) -> JobView:
    """As the worker does it, here and now."""
    flow.fulfil(app, job_id)
    return app.desk.job(actor, job_id)


def whole(verdict: Verdict, text: str) -> Iterator[Finding]:
    """Each finding holds every field that the issue asks for."""
    assert verdict.findings
    for finding in verdict.findings:
        assert all((finding.rule, finding.pack, finding.version, finding.category, finding.view, finding.clause))
        assert all((finding.reason_en, finding.reason_zh, finding.appeal))
        assert finding.action in ("review", "block")
        assert finding.automatic is True
        if finding.view == "picture":
            assert finding.span == (0, 0)
        else:
            assert 0 <= finding.span[0] < finding.span[1] <= len(text)
        yield finding


# --- what was asked for --------------------------------------------------------------------------

WISHES = {
    "words, blocked": {"prompt": DANGER},
    "words, doubted": {"prompt": DOUBT},
    "words it should not show": {"prompt": "a lighthouse", "negative": UNWANTED},
    "classifier": {"prompt": "a calm picture that shows how to get rid of somebody without anyone noticing"},
    "nudity": {"prompt": "a person by the sea"},
    "nudity, doubted": {"prompt": "a person by the lake"},
    "words read in the picture": {"prompt": "a poster"},
    "a forbidden picture": {"prompt": "a picture that is listed"},
    "some pictures of several": {"prompt": "four persons by the sea", "count": 2},
}
BROUGHT = ("nudity", "nudity, doubted", "words read in the picture", "a forbidden picture")
KINDS = len(WISHES) + len(BROUGHT) + 1  # and a copy without a mark


def prepared(seen: Seen, kind: str) -> None:
    if kind == "nudity":
        seen.nudity = 0.95
    elif kind == "nudity, doubted":
        seen.nudity = 0.6
    elif kind == "words read in the picture":
        seen.words = DANGER


def refused(app, actor, seen, wish, kind: str):
    prepared(seen, kind)
    request = wish(**{"width": 256, "height": 256} | WISHES[kind])
    if kind == "a forbidden picture":
        job = finish(app, actor, flow.admit(app, actor, request).id)
        made = flow.release(app, actor, job.receipts[0].id).data
        forbidden.add(app, actor, [forbidden.fingerprint(app, actor, made)], "drawn by mistake")
    if kind == "some pictures of several":  # the second alone
        (wanted,) = app.scheduler.run(list(app.complete(request)[0].each())[1], lambda *_: None, threading.Event())
        seen.nudity, seen.only = 0.95, (float(wanted.pixels.mean()),)
    try:
        job_id = flow.admit(app, actor, request).id
    except Refused as error:
        job_id = error.job
    return finish(app, actor, job_id).job


def test_no_kind_is_left_out() -> None:
    assert KINDS == 14


@pytest.mark.parametrize("kind", WISHES)
def test_a_wish_that_is_refused_is_told_whole_contested_looked_at_and_answered(
    app, actor, seen, wish, kind, monkeypatch
) -> None:
    if kind == "classifier":  # whatever it has learnt: here it doubts
        check = next(check for check in app.guard.checks if isinstance(check, ClassifierCheck))
        unsure = Finding(
            *("violence", "classifier", check.version, "violence", (0, 5), "classifier", "review"),
            *("It may be about harm.", "可能涉及伤害。", "GB/T 45654-2025"),
        )
        monkeypatch.setattr(check, "examine", lambda subject: (unsure,) if "rid of" in subject.text else ())
    job = refused(app, actor, seen, wish, kind)
    text = job.request.negative if kind == "words it should not show" else job.request.prompt
    findings = list(whole(job.verdict, text))
    assert job.state is (JobState.DELIVERED if kind.startswith("some") else JobState.REFUSED)
    assert all(finding.appeal == "/appeals" for finding in findings)

    case = appeals.file(app, actor, job.id, "这是小说里的一幕。")
    assert case.due_at - case.created_at == timedelta(days=app.settings.appeal_days)
    (waiting,) = appeals.docket(app, actor)
    assert (waiting.appeal.id, waiting.appeal.words, waiting.job.id) == (case.id, "这是小说里的一幕。", job.id)
    drawn = any(finding.view == "picture" for finding in findings)
    assert waiting.pictures == (() if not drawn else (1,) if kind.startswith("some") else (0,))
    if drawn:
        shown = appeals.show(app, actor, case.id, waiting.pictures[0])
        with Image.open(io.BytesIO(shown.data)) as image:
            assert image.size == (256, 256)
        labels = label.read(shown.data, app.kit)
        assert (labels.visible.found, labels.aigc.found) == (True, True)
        assert entries_of(app)[-1] == entries.Looked(app.ledger.pseudonym(actor.account), case.id)
        with app.store.read() as tx:  # and is stored nowhere
            assert app.blobs.has(hashlib.sha256(shown.data).hexdigest()) is False
            assert not tx.work.has_receipt(labels.produce_id or "")
    else:
        with pytest.raises(NotFound):
            appeals.show(app, actor, case.id)

    decided = appeals.decide(app, actor, case.id, overturn=True, words="没有问题。")
    assert appeals.unread(app, actor) == 1
    assert appeals.mine(app, actor)[0].answer == "没有问题。"
    again = finish(app, actor, decided.successor)
    assert (again.job.state, len(again.receipts)) == (JobState.DELIVERED, job.request.count)
    with pytest.raises(NotFound):
        appeals.show(app, actor, case.id)  # decided: nothing to look at any more


def test_a_copy_that_rules_of_today_refuse_can_be_contested_too(make_app, settings, seen, wish) -> None:
    lawful = settings.model_copy(update={"unlabelled_copies": True})
    app = make_app(lawful, guard=Guard([FakeCheck(), NudityCheck(score=seen.score)]), faces=no_face)
    actor = app.identity.local_actor("en")
    view = finish(app, actor, flow.admit(app, actor, wish()).id)
    copies.agree(app, actor)
    seen.nudity = 0.95
    with pytest.raises(Refused) as caught:
        copies.bare(app, actor, view.receipts[0].id, "a printer", "a poster")
    assert list(whole(caught.value.verdict, ""))
    case = appeals.file(app, actor, caught.value.job, "It was fine yesterday.")
    decided = appeals.decide(app, actor, case.id, overturn=True, words="It is.")
    again = finish(app, actor, decided.successor)
    assert copies.bare(app, actor, again.receipts[0].id, "a printer", "a poster").job == again.job.id


# --- what was brought ----------------------------------------------------------------------------


def stopped(app, actor, seen, kind: str) -> tuple[bytes, Verdict]:
    prepared(seen, kind)
    data = png(256, seed=7)
    if kind == "a forbidden picture":
        forbidden.add(app, actor, [forbidden.fingerprint(app, actor, data)], "withdrawn", "art. 10")
    with pytest.raises(Refused) as caught:
        uploads.keep(app, actor, data)
    return data, caught.value.verdict


def rows(app):
    with app.store.read() as tx:
        return tx._connection.exec_driver_sql("SELECT id, data, told, answer FROM pleas").all()


@pytest.mark.parametrize("kind", BROUGHT)
def test_an_upload_that_is_refused_is_shown_to_a_person_and_then_taken(app, actor, member, seen, kind, tmp_path):
    data, verdict = stopped(app, actor, seen, kind)
    for finding in whole(verdict, ""):
        assert finding.appeal == uploads.CONTEST
    assert rows(app) == []  # nothing is kept of what nobody contests

    plea = appeals.plead(app, member, data, "It is a statue.")
    ((_, sealed, told, _),) = rows(app)
    assert data[20:60] not in bytes(sealed)
    assert b"statue" not in bytes(told)
    (exhibit,) = appeals.exhibits(app, actor)
    assert exhibit.plea == plea
    assert exhibit.plea.verdict.rules == verdict.rules
    assert list(whole(exhibit.plea.verdict, ""))
    assert appeals.show(app, actor, plea.id).data == data
    assert entries_of(app)[-1] == entries.Looked(app.ledger.pseudonym(actor.account), plea.id)

    ended = appeals.answer(app, actor, plea.id, overturn=True, words="So it is.")
    ((_, gone, _, _),) = rows(app)
    assert bytes(gone) == b""  # in the transaction that answers
    with pytest.raises(NotFound):
        appeals.show(app, actor, plea.id)
    assert appeals.unread(app, member) == 1
    assert [(one.state, one.answer) for one in appeals.pleas(app, member)] == [("overturned", "So it is.")]
    appeals.read(app, member)
    assert appeals.unread(app, member) == 0
    kept = uploads.keep(app, member, data)  # exactly this file of exactly this account
    assert uploads.read(app, member, kept.id).width == 256
    with pytest.raises(Refused):
        uploads.keep(app, actor, data)
    with pytest.raises(Refused):
        uploads.keep(app, member, png(256, seed=7, form="WEBP", lossless=True))
    assert ended.shown is False
    with app.store.read() as tx:
        (tmp_path / "log").write_bytes(b"".join(export(tx.log, app.ledger)))
    assert audit.audit(tmp_path / "log", app.ledger.vkey).problems == ()


def test_an_upheld_refusal_stays_one_and_is_not_asked_twice(app, actor, member, seen) -> None:
    data, _ = stopped(app, actor, seen, "nudity")
    plea = appeals.plead(app, member, data, "Please.")
    with pytest.raises(Conflict, match="appealed"):
        appeals.plead(app, member, data, "Please, please.")
    with pytest.raises(InvalidRequest):
        appeals.answer(app, actor, plea.id, overturn=False, words=" ")
    appeals.answer(app, actor, plea.id, overturn=False, words="It is not one.")
    with pytest.raises(Conflict, match="decided"):
        appeals.answer(app, actor, plea.id, overturn=True, words="Or is it?")
    with pytest.raises(Conflict, match="appealed"):
        appeals.plead(app, member, data, "Please.")
    with pytest.raises(Refused):
        uploads.keep(app, member, data)
    other = appeals.plead(app, member, png(256, seed=8), "Another.")
    (exhibit,) = appeals.exhibits(app, actor)
    assert exhibit.plea.id == other.id
    assert [(one.rule, one.upheld, one.overturned) for one in exhibit.precedents] == [("pictures/nudity", 1, 0)]


def test_taken_back_it_is_gone_at_once_and_may_be_shown_again(app, actor, member, seen) -> None:
    data, _ = stopped(app, actor, seen, "nudity")
    plea = appeals.plead(app, member, data, "Please.")
    with pytest.raises(NotFound):
        appeals.withdraw(app, actor, plea.id)  # not one's own
    assert appeals.withdraw(app, member, plea.id).state == "withdrawn"
    assert bytes(rows(app)[0][1]) == b""
    assert appeals.exhibits(app, actor) == ()
    with pytest.raises(Conflict, match="decided"):
        appeals.withdraw(app, member, plea.id)
    assert appeals.plead(app, member, data, "After all.").state == "open"


def test_what_may_not_be_done(app, actor, member, seen) -> None:
    with pytest.raises(Conflict, match="upload_passes"):
        appeals.plead(app, member, png(), "No rule stops it.")
    seen.nudity = 0.95
    for words in ("", " ", "x" * 2_001):
        with pytest.raises(InvalidRequest):
            appeals.plead(app, member, png(), words)
    for number in range(appeals.MAX_PLEAS):
        plea = appeals.plead(app, member, png(seed=number), "Look.")
    with pytest.raises(QuotaExceeded):
        appeals.plead(app, member, png(seed=99), "Look.")
    for deed in (
        lambda: appeals.exhibits(app, member),
        lambda: appeals.show(app, member, plea.id),
        lambda: appeals.answer(app, member, plea.id, overturn=True, words="mine"),
    ):
        with pytest.raises(Forbidden):
            deed()


def test_nothing_is_kept_longer_than_the_house_keeps_anything(app, actor, member, seen, clock) -> None:
    data, _ = stopped(app, actor, seen, "nudity")
    appeals.plead(app, member, data, "Please.")
    clock.offset = timedelta(days=app.settings.retention_days + 1)
    app.worker._forget()
    assert rows(app) == []


def test_a_face_is_a_question_and_never_a_refusal(make_app, settings) -> None:
    """The gate asks who is shown; each of its answers passes, so there is nothing to contest."""
    app = make_app(settings, faces=one_face)
    actor = app.identity.local_actor("en")
    for basis in uploads.BASES:
        assert uploads.keep(app, actor, png(), uploads.Consent(basis, uploads.terms())).basis == basis
    with pytest.raises(Conflict, match="upload_passes"):
        appeals.plead(app, actor, png(), "There was a face.")


# --- the other doors -----------------------------------------------------------------------------


def test_over_http_it_is_contested_looked_at_and_answered(app, actor, member, seen) -> None:
    server = create(app, work=False)
    theirs, ours = TestClient(server), TestClient(server)
    theirs.headers["Authorization"] = f"Bearer {app.identity.make_key(member, 'k', frozenset({Scope.GENERATE}))[1]}"
    ours.headers["Authorization"] = f"Bearer {app.identity.make_key(actor, 'k', frozenset(Scope))[1]}"
    theirs.headers["Accept-Language"] = "zh"
    seen.nudity, data = 0.95, png(256)
    refusal = theirs.post("/api/uploads", files={"file": ("a.png", data)}).json()
    assert (refusal["code"], refusal["findings"][0]["appeal"]) == ("refused", "/appeals/upload")
    assert "/api/appeals/uploads" in refusal["detail"]

    answer = theirs.post("/api/appeals/uploads", files={"file": ("a.png", data)}, data={"words": "是雕像。"})
    assert answer.status_code == 201
    plea = answer.json()
    assert (plea["state"], plea["words"], plea["verdict"]["decision"]) == ("open", "是雕像。", "block")
    assert theirs.post("/api/appeals/uploads", files={"file": ("a.png", data)}, data={"words": "x"}).status_code == 409
    assert theirs.post("/api/appeals/uploads", files={"file": ("a.png", data)}).status_code == 400
    assert theirs.get("/api/oversight/uploads").status_code == 403
    assert theirs.get(f"/api/oversight/cases/{plea['id']}/picture").status_code == 403

    (waiting,) = ours.get("/api/oversight/uploads").json()
    assert waiting["id"] == plea["id"]
    picture = ours.get(f"/api/oversight/cases/{plea['id']}/picture")
    assert (picture.content, picture.headers["content-type"]) == (data, "image/png")
    assert "sandbox" in picture.headers["content-security-policy"]
    assert picture.headers["cache-control"] == "private, no-store"
    body = {"outcome": "overturn", "words": "是雕像，放行。"}
    assert ours.post(f"/api/appeals/uploads/{plea['id']}/decision", json=body).json()["state"] == "overturned"
    assert ours.post(f"/api/appeals/uploads/{plea['id']}/decision", json=body).status_code == 409
    assert ours.get(f"/api/oversight/cases/{plea['id']}/picture").status_code == 404
    (told,) = theirs.get("/api/appeals/uploads").json()
    assert (told["state"], told["answer"]) == ("overturned", "是雕像，放行。")
    assert theirs.post("/api/uploads", files={"file": ("a.png", data)}).status_code == 201
    other = theirs.post("/api/appeals/uploads", files={"file": ("b.png", png(seed=3))}, data={"words": "x"}).json()
    assert theirs.delete(f"/api/appeals/uploads/{other['id']}").json()["state"] == "withdrawn"


def test_from_the_shell_it_is_contested_looked_at_and_answered(app, settings, seen, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("pingxing.cli.appeals._app", lambda: _Open(app))
    picture, seen.nudity = tmp_path / "a.png", 0.95
    picture.write_bytes(png(256))

    def run(*arguments: str) -> dict:
        found = CliRunner().invoke(group(Console("zh", json_only=True)), ["appeals", *arguments, "--json"])
        assert found.exit_code == 0, found.output
        return json.loads(found.stdout)

    filed = run("picture", str(picture), "是雕像。")
    assert (filed["state"], filed["about"]) == ("open", f"sha256:{hashlib.sha256(picture.read_bytes()).hexdigest()}")
    assert [one["id"] for one in run("waiting")["appeals"]] == [filed["id"]]
    shown = run("show", filed["id"], "-o", str(tmp_path / "look.png"))
    assert (tmp_path / "look.png").read_bytes() == picture.read_bytes()
    assert shown["media_type"] == "image/png"
    assert run("answer", filed["id"], "overturn", "放行。")["appeals"][0]["state"] == "overturned"
    with pytest.raises(Refused) as caught:
        flow.admit(app, app.identity.local_actor("zh"), _wish(DANGER))
    job = run("job", caught.value.job, "小说里的一句话。")
    assert run("answer", job["id"], "uphold", "请只写场景。")["appeals"][0]["answer"] == "请只写场景。"
    assert [one["answer"] for one in run("list")["appeals"]] == ["请只写场景。", "放行。"]
    plain = CliRunner().invoke(group(Console("zh", json_only=False)), ["appeals", "list"])
    assert "答复：放行。" in plain.output


class _Open:
    """The one App of a test, which a command leaves open."""

    def __init__(self, app) -> None:
        self._app = app

    def __enter__(self):
        return self._app

    def __exit__(self, *_: object) -> None:
        return None


def _wish(prompt: str):
    from pingxing.types import Request

    return Request(prompt=prompt, width=64, height=64)


# --- and counted ---------------------------------------------------------------------------------


def test_refused_uploads_and_pictures_kept_back_are_counted_by_rule(app, actor, member, seen, wish, clock) -> None:
    prepared(seen, "nudity")
    data = png(256, seed=7)
    for who in (actor, member):
        with pytest.raises(Refused):
            uploads.keep(app, who, data)
    plea = appeals.plead(app, member, data, "It is a statue.")
    appeals.answer(app, actor, plea.id, overturn=True, words="So it is.")
    job = finish(app, actor, flow.admit(app, actor, wish("a person by the sea", width=256, height=256)).id).job
    assert job.state is JobState.REFUSED

    counted = oversight.statistics(app, actor, 7)
    by_stage = {one.stage: one for one in counted.rules}
    assert set(by_stage) == {"output", "upload"}
    assert (by_stage["upload"].rule, by_stage["upload"].category) == ("nudity", "sexual")
    assert by_stage["upload"].tally == oversight.Tally(stopped=2, contested=1, decided=1, overturned=1)
    assert by_stage["upload"].tally.false_stop_rate == 0.5
    assert (counted.total.stopped, counted.uploads.stopped, counted.kept_back.stopped) == (3, 2, 1)
    assert dict(counted.packs)["pictures"].stopped == 3
    assert counted.asked == 1  # nobody asked for a picture by bringing one
    assert oversight.statistics(app, actor, 7, stage="upload").total.stopped == 2
    assert oversight.statistics(app, actor, 7, language="en").uploads.stopped == 0

    clock.offset = timedelta(days=1)
    with TestClient(create(app)) as client:
        told = client.get("/report.json?days=7").json()
        page = client.get("/report?days=7").text
    assert (told["uploads"]["stopped"], told["kept_back"]["stopped"], told["total"]["stopped"]) == ("<5", "<5", "<5")
    assert [one["stage"] for one in told["rules"] if one["rule"] == "nudity"] == ["upload", "output"]
    assert "of these uploads" in page
