"""The one way, on both databases: what is promised at each point, and what a second run may not do."""

import errno
import hashlib
import io
import threading
import time
from datetime import timedelta

import pytest
from PIL import Image
from tests.conftest import finish

from pingxing import flow, label
from pingxing.errors import (
    Conflict,
    Forbidden,
    Integrity,
    InvalidRequest,
    LedgerBroken,
    NotFound,
    QuotaExceeded,
    Refused,
    ServiceDown,
    StorageFailed,
)
from pingxing.ledger import audit, entries
from pingxing.ledger.export import export
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.store import tables
from pingxing.types import Actor, Format, JobState, Role, Scope
from pingxing.verify import verify


def kinds(app):
    with app.store.read() as tx:
        return [entries.decode(data)[0].kind for data in tx.log.entries(0, tx.log.size())]


@pytest.fixture
def app(make_app, database):
    return make_app(database)


def test_a_wish_becomes_a_labelled_receipted_picture(app, actor, wish):
    app.worker.start()
    job = flow.admit(app, actor, wish("a cat", count=2))
    view = finish(app, actor, job.id)
    assert view.job.state is JobState.DELIVERED
    assert [receipt.seed for receipt in view.receipts] == [1, 2]
    for receipt in view.receipts:
        data = flow.release(app, actor, receipt.id).data
        assert hashlib.sha256(data).hexdigest() == receipt.artifact.sha256
        assert label.read(data).produce_id == receipt.id
        answer = verify(app, data)
        assert answer.verdict == "confirmed"
        assert (answer.ledger.found, answer.ledger.proof_ok, answer.ledger.same_bytes) == (True, True, True)
    assert kinds(app) == ["admitted", "labelled", "delivered", "labelled", "delivered"]
    assert set(view.job.timings_ms) == {"queue", "policy", "engine", "label", "ledger", "total"}


def test_the_same_seed_gives_the_same_pixels_and_every_picture_its_own_receipt(app, actor, wish):
    app.worker.start()
    views = [finish(app, actor, flow.admit(app, actor, wish("a dog", format=Format.PNG)).id) for _ in range(2)]
    receipts = [view.receipts[0] for view in views]
    assert receipts[0].id != receipts[1].id
    assert receipts[0].artifact.sha256 != receipts[1].artifact.sha256  # the label names the receipt


def test_a_refusal_is_on_record_and_says_which_rule_where_and_why(app, actor, wish):
    with pytest.raises(Refused) as caught:
        flow.admit(app, actor, wish("please forbidden thing"))
    finding = caught.value.verdict.findings[0]
    assert "please forbidden thing"[slice(*finding.span)]
    assert finding.reason("zh")
    assert finding.reason("en")
    assert finding.appeal
    view = app.desk.job(actor, caught.value.job)
    assert (view.job.state, view.receipts) == (JobState.REFUSED, ())
    assert kinds(app) == ["refused"]


def test_the_ledger_holds_no_word_of_a_prompt_and_no_account(app, actor, wish):
    app.worker.start()
    prompt = "an unmistakable zebrafinch"
    finish(app, actor, flow.admit(app, actor, wish(prompt)).id)
    with app.store.read() as tx:
        everything = b"".join(tx.log.entries(0, tx.log.size()))
    assert b"zebrafinch" not in everything
    assert actor.account.encode() not in everything


def test_prompts_at_rest_are_sealed_and_the_commitment_opens_with_the_salt(app, actor, wish):
    job = flow.admit(app, actor, wish("an unmistakable zebrafinch"))
    with app.store.engine.connect() as connection:
        row = connection.execute(tables.jobs.select()).one()
    assert b"zebrafinch" not in bytes(row.request)
    with app.store.read() as tx:
        entry, _ = entries.decode(tx.log.entry(job.log_index))
        assert entry.prompt == entries.commit("an unmistakable zebrafinch", tx.work.salt(job.id))


def test_running_a_finished_job_again_changes_nothing(app, actor, wish):
    job = flow.admit(app, actor, wish())
    flow.fulfil(app, job.id)
    before = kinds(app)
    flow.fulfil(app, job.id)
    flow.give_up(app, job.id, "backend_failed")
    assert kinds(app) == before
    assert len(app.desk.job(actor, job.id).receipts) == 1


def test_a_run_cut_off_before_its_commit_makes_the_same_picture_again(app, actor, wish, monkeypatch):
    job = flow.admit(app, actor, wish())
    stored = []
    real_put = app.blobs.put
    monkeypatch.setattr(app.blobs, "put", lambda data: stored.append(real_put(data)) or stored[-1])
    with monkeypatch.context() as cut:
        cut.setattr(flow, "issue", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            flow.fulfil(app, job.id)
    assert app.desk.job(actor, job.id).job.state is JobState.RUNNING
    assert kinds(app) == ["admitted"]
    flow.fulfil(app, job.id)
    (receipt,) = app.desk.job(actor, job.id).receipts
    assert len(stored) == 2
    assert receipt.artifact.sha256 == stored[1]
    first, second = (Image.open(io.BytesIO(app.blobs.get(name))) for name in stored)
    assert first.convert("RGB").tobytes() == second.convert("RGB").tobytes()  # mark and watermark included
    assert label.read(app.blobs.get(stored[0])).produce_id == receipt.id  # a manifest alone has a number of its own
    app.blobs.sweep({stored[1]}, 0.0)
    assert not app.blobs.has(stored[0])


def test_authority_is_asked_again_when_the_work_runs(app, actor, wish):
    key, secret = app.identity.make_key(actor, "a program", frozenset({Scope.GENERATE}))
    program = app.identity.by_key(secret)
    job = flow.admit(app, program, wish())
    app.identity.revoke_key(actor, key.id)
    app.worker.start()
    view = finish(app, actor, job.id)
    assert (view.job.state, view.job.error) == (JobState.FAILED, "unauthenticated")
    assert kinds(app) == ["admitted", "failed"]


def test_who_may_not_generate_is_turned_away_before_anything_is_written(app, actor, wish):
    auditor = app.identity.create_account(actor, "an auditor", Role.AUDITOR, "long enough password")
    who = Actor(auditor.id, Role.AUDITOR, frozenset({Scope.AUDIT}), "local")
    with pytest.raises(Forbidden):
        flow.admit(app, who, wish())
    assert kinds(app) == []


def test_another_members_picture_is_not_found(app, actor, wish):
    app.worker.start()
    view = finish(app, actor, flow.admit(app, actor, wish()).id)
    profile = app.identity.create_account(actor, "someone", Role.MEMBER, "long enough password")
    stranger = Actor(profile.id, Role.MEMBER, frozenset({Scope.GENERATE}), "local")
    for look in (
        lambda: flow.release(app, stranger, view.receipts[0].id),
        lambda: app.desk.job(stranger, view.job.id),
        lambda: app.desk.receipt(stranger, view.receipts[0].id),
        lambda: flow.cancel(app, stranger, view.job.id),
    ):
        with pytest.raises(NotFound):
            look()


def test_a_changed_file_is_not_handed_out(app, actor, wish):
    job = flow.admit(app, actor, wish())
    flow.fulfil(app, job.id)
    receipt = app.desk.job(actor, job.id).receipts[0]
    path = app.settings.data_dir / "artifacts" / receipt.artifact.sha256[:2]
    file = next(path.rglob(receipt.artifact.sha256))
    file.write_bytes(file.read_bytes() + b"!")
    with pytest.raises(Integrity):
        flow.release(app, actor, receipt.id)


def test_a_receipt_that_the_log_does_not_bear_out_hands_out_nothing(app, actor, wish):
    jobs = [flow.admit(app, actor, wish()) for _ in range(2)]
    for job in jobs:
        flow.fulfil(app, job.id)
    first, second = (app.desk.job(actor, job.id).receipts[0] for job in jobs)
    with app.store.engine.connect().execution_options(immediate=True) as connection, connection.begin():
        change = tables.receipts.update().where(tables.receipts.c.id == first.id)
        connection.execute(change.values(sha256=second.artifact.sha256))
    with pytest.raises(LedgerBroken):
        flow.release(app, actor, first.id)


def test_an_output_that_a_check_stops_is_refused_and_never_stored(make_app, database, wish):
    app = make_app(database, guard=Guard([FakeCheck(pictures="block")]))
    actor = app.identity.local_actor("en")
    job = flow.admit(app, actor, wish())
    flow.fulfil(app, job.id)
    view = app.desk.job(actor, job.id)
    assert view.job.state is JobState.REFUSED
    assert view.job.verdict.findings[0].view == "picture"
    assert kinds(app) == ["admitted", "refused"]
    assert not [path for path in (app.settings.data_dir / "artifacts").rglob("*") if path.is_file()]


def test_what_fails_once_is_tried_again_and_what_always_fails_ends_with_an_answer(app, actor, wish):
    app.worker.start()
    once = flow.admit(app, actor, wish("fail once"))
    always = flow.admit(app, actor, wish("fail always"))
    assert finish(app, actor, once.id).job.state is JobState.DELIVERED
    ended = finish(app, actor, always.id)
    assert (ended.job.state, ended.job.error) == (JobState.FAILED, "backend_failed")
    assert kinds(app).count("failed") == 1


def test_cancel_while_waiting_and_while_running(app, actor, wish, fake, held):
    gate = held(fake)
    running = flow.admit(app, actor, wish())
    thread = threading.Thread(target=flow.fulfil, args=(app, running.id))
    thread.start()
    waiting = flow.admit(app, actor, wish())
    flow.cancel(app, actor, waiting.id)
    flow.cancel(app, actor, running.id)
    gate.set()
    thread.join(60)
    flow.fulfil(app, waiting.id)
    for job in (running, waiting):
        view = app.desk.job(actor, job.id)
        assert (view.job.state, view.receipts) == (JobState.CANCELLED, ())
        with pytest.raises(Conflict):
            flow.cancel(app, actor, job.id)
    assert kinds(app) == ["admitted", "admitted", "cancelled", "cancelled"]


def test_the_queue_has_an_end_for_one_account_and_for_all(make_app, database, wish):
    app = make_app(database.model_copy(update={"queue_limit_account": 2, "queue_limit": 3}))
    actor = app.identity.local_actor("en")
    for _ in range(2):
        flow.admit(app, actor, wish())
    with pytest.raises(QuotaExceeded) as own:
        flow.admit(app, actor, wish())
    assert own.value.retry_after >= 1
    other = app.identity.create_account(actor, "other", Role.MEMBER, "long enough password")
    member = Actor(other.id, Role.MEMBER, frozenset({Scope.GENERATE}), "local")
    flow.admit(app, member, wish())
    with pytest.raises(Exception, match="overloaded") as full:
        flow.admit(app, member, wish())
    assert full.value.params["place"] == 4
    assert kinds(app) == ["admitted"] * 3


def test_a_crowd_does_not_stand_before_a_newcomer(app, actor, wish):
    crowd = [flow.admit(app, actor, wish()) for _ in range(10)]
    other = app.identity.create_account(actor, "other", Role.MEMBER, "long enough password")
    member = Actor(other.id, Role.MEMBER, frozenset({Scope.GENERATE}), "local")
    newcomer = flow.admit(app, member, wish())
    assert app.desk.job(member, newcomer.id).place <= 3
    places = [app.desk.job(actor, job.id).place for job in crowd]
    assert places == sorted(places)


def test_unknown_model_style_and_format_name_what_is_known(app, actor, wish):
    with pytest.raises(NotFound, match="unknown_model"):
        flow.admit(app, actor, wish(model="nonesuch"))
    with pytest.raises(InvalidRequest, match="unknown_style"):
        flow.admit(app, actor, wish(style="baroque"))
    with pytest.raises(InvalidRequest, match="not_supported"):
        flow.admit(app, actor, wish(format=Format.PDF))
    assert kinds(app) == []


def test_a_long_picture_shows_labelled_previews_with_receipts_of_their_own(app, actor, wish, fake, monkeypatch):
    monkeypatch.setattr("pingxing.engine.scheduler.PREVIEW_EVERY_S", 0.0)
    job = flow.admit(app, actor, wish(steps=3))
    flow.fulfil(app, job.id)
    with app.store.read() as tx:
        preview = tx.work.ticks([job.id])[job.id].preview
    released = flow.release(app, actor, preview)
    assert released.receipt.artifact.media_type == "image/webp"
    assert label.read(released.data).produce_id == preview
    assert label.verdict(label.read(released.data)) == "confirmed"
    assert "previewed" in kinds(app)


def test_a_clock_set_back_loses_nothing_and_never_reorders_the_log(app, actor, wish, clock, tmp_path):
    app.worker.start()
    finish(app, actor, flow.admit(app, actor, wish()).id)
    clock.offset = timedelta(days=-3)
    view = finish(app, actor, flow.admit(app, actor, wish()).id)
    assert view.job.state is JobState.DELIVERED
    assert min(view.job.timings_ms.values()) >= 0
    file = tmp_path / "log.jsonl"
    with app.store.read() as tx:
        file.write_bytes(b"".join(export(tx.log, app.ledger)))
    assert audit.audit(file, app.ledger.vkey).ok


def test_retention_forgets_prompts_and_scenes_but_not_receipts(app, actor, wish, clock):
    job = flow.admit(app, actor, wish("to be forgotten"))
    flow.fulfil(app, job.id)
    with app.store.begin() as tx:
        assert tx.work.forget(clock() + timedelta(seconds=1)) == 1
    view = app.desk.job(actor, job.id)
    assert view.job.request.prompt == ""
    assert verify(app, flow.release(app, actor, view.receipts[0].id).data).ledger.proof_ok


def test_an_overturned_refusal_runs_and_an_upheld_one_does_not(app, actor, wish):
    from pingxing import appeals

    def refused():
        with pytest.raises(Refused) as caught:
            flow.admit(app, actor, wish("forbidden thing"))
        return appeals.file(app, actor, caught.value.job, "it is a film title")

    upheld = appeals.decide(app, actor, refused().id, overturn=False, words="the rule stands")
    assert (upheld.state, upheld.successor) == ("upheld", None)
    overturned = appeals.decide(app, actor, refused().id, overturn=True, words="you are right")
    flow.fulfil(app, overturned.successor)
    assert app.desk.job(actor, overturned.successor).job.state is JobState.DELIVERED
    with pytest.raises(Conflict):
        appeals.decide(app, actor, overturned.id, overturn=True, words="again")
    assert {appeal.words for appeal in appeals.mine(app, actor)} == {"it is a film title"}
    assert appeals.pending(app, actor) == ()


@pytest.mark.parametrize(("language", "wording"), [("zh", "AI生成"), ("en", "AI generated")])
def test_the_mark_is_worded_as_the_account_asks(app, actor, wish, language, wording):
    app.identity.update_profile(actor, label_language=language)
    job = flow.admit(app, app.identity.local_actor("en"), wish(width=512, height=512))
    flow.fulfil(app, job.id)
    data = flow.release(app, actor, app.desk.job(actor, job.id).receipts[0].id).data
    visible = label.read(data).visible
    assert (visible.found, visible.valid, visible.facts["wording"]) == (True, True, wording)


def test_an_overturned_appeal_whose_wish_was_not_admitted_can_be_finished(app, actor, wish, monkeypatch):
    from pingxing import appeals

    with pytest.raises(Refused) as caught:
        flow.admit(app, actor, wish("forbidden thing"))
    appeal = appeals.file(app, actor, caught.value.job, "it is a film title")
    with monkeypatch.context() as cut:
        cut.setattr(appeals, "admit", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            appeals.decide(app, actor, appeal.id, overturn=True, words="you are right")
    assert [waiting.id for waiting in appeals.pending(app, actor)] == [appeal.id]
    with pytest.raises(Conflict):
        appeals.decide(app, actor, appeal.id, overturn=False, words="no, after all")
    done = appeals.decide(app, actor, appeal.id, overturn=True, words="again")
    flow.fulfil(app, done.successor)
    assert done.answer == "you are right"
    assert app.desk.job(actor, done.successor).job.state is JobState.DELIVERED
    assert appeals.pending(app, actor) == ()
    assert kinds(app).count("decided") == 1


@pytest.mark.parametrize(
    "fault",
    [
        StorageFailed("full", problem="No space left on device"),
        ServiceDown("timestamp"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_what_is_no_fault_of_a_job_never_ends_it(make_app, database, wish, monkeypatch, fault):
    app = make_app(database.model_copy(update={"retries": 1}))
    actor = app.identity.local_actor("en")
    monkeypatch.setattr("pingxing.jobs.worker._ROUND_S", 0.3)
    full, tries = threading.Event(), []
    full.set()
    put = app.blobs.put

    def maybe(data):
        if full.is_set():
            tries.append(data)
            raise fault
        return put(data)

    monkeypatch.setattr(app.blobs, "put", maybe)
    app.worker.start()
    job = flow.admit(app, actor, wish())
    until = time.monotonic() + 60
    while len(tries) < 3:  # once, once again, and in the worker's next round
        assert time.monotonic() < until, tries
        time.sleep(0.02)
    assert not app.desk.job(actor, job.id).job.state.final
    full.clear()
    assert finish(app, actor, job.id).job.state is JobState.DELIVERED
    assert kinds(app) == ["admitted", "labelled", "delivered"]


@pytest.mark.parametrize("form", ["png", "webp"])
def test_without_a_ground_the_file_is_transparent_and_verifies(app, actor, wish, form):
    app.worker.start()
    told = finish(app, actor, flow.admit(app, actor, wish(transparent=True, format=form)).id)
    data = flow.release(app, actor, told.receipts[0].id).data
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "RGBA"
        assert image.getchannel("A").getextrema() == (0, 255)
    assert verify(app, data).verdict == "confirmed"


def test_jpeg_without_a_ground_is_turned_away_before_anything_is_written(app, actor, wish):
    with app.store.read() as tx:
        before = tx.work.counts()
    with pytest.raises(InvalidRequest) as caught:
        flow.admit(app, actor, wish(transparent=True, format="jpeg"))
    assert (caught.value.reason, caught.value.params["member"]) == ("transparent_format", "format")
    with app.store.read() as tx:
        assert tx.work.counts() == before
