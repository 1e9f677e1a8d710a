"""What was published and is untrue: marked or withdrawn by a person, on record, told to everyone who verifies."""

import pytest
from starlette.testclient import TestClient
from tests.conftest import finish

from pingxing import flow, forbidden, takedown, verify
from pingxing.api.app import create
from pingxing.errors import Conflict, Forbidden, InvalidRequest, NotFound, Withdrawn
from pingxing.ledger import audit
from pingxing.ledger.export import export
from pingxing.types import Role

NOTE = "The flood shown here did not happen."


@pytest.fixture
def delivered(make_app, database, wish):
    app = make_app(database)
    actor = app.identity.local_actor("en")
    app.worker.start()
    view = finish(app, actor, flow.admit(app, actor, wish()).id)
    return app, actor, view.receipts[0]


def test_deep_synthesis_art_11_a_rumour_is_marked_rebutted_and_taken_down(delivered, tmp_path):
    app, actor, receipt = delivered
    data = flow.release(app, actor, receipt.id).data
    assert verify.verify(app, data).ledger.notice is None
    marked = takedown.say(app, actor, receipt.id, "marked", note=NOTE, link="https://example.org/truth")
    assert (marked.state, marked.receipt) == ("marked", receipt.id)
    assert flow.release(app, actor, receipt.id).data == data, "what is marked stays"
    takedown.say(app, actor, receipt.id, "withdrawn", note=NOTE, link="https://example.org/truth")
    with pytest.raises(Withdrawn, match="did not happen"):
        flow.release(app, actor, receipt.id)
    answer = verify.verify(app, data)
    assert answer.ledger.proof_ok is True
    assert (answer.ledger.notice.state, answer.ledger.notice.link) == ("withdrawn", "https://example.org/truth")
    assert [case.notice.state for case in takedown.cases(app, actor)] == ["withdrawn"]
    takedown.say(app, actor, receipt.id, "lifted")
    assert flow.release(app, actor, receipt.id).data == data
    assert verify.verify(app, data).ledger.notice is None
    assert [case.notice for case in takedown.cases(app, actor)] == [None]
    with app.store.read() as tx:
        file = tmp_path / "log.jsonl"
        file.write_bytes(b"".join(export(tx.log, app.ledger)))
    found = audit.audit(file, app.ledger.vkey)
    assert found.ok, found.problems
    assert b"flood" not in file.read_bytes()


def test_it_is_found_by_its_number_and_by_its_bytes(delivered):
    app, actor, receipt = delivered
    assert takedown.find(app, actor, receipt.id.upper()).id == receipt.id
    assert takedown.find(app, actor, f" sha256:{receipt.artifact.sha256} ").id == receipt.id
    for word in ("", "0" * 32, "0" * 64):
        with pytest.raises(NotFound):
            takedown.find(app, actor, word)


def test_previews_of_it_go_with_it(app, actor, wish, monkeypatch):
    monkeypatch.setattr("pingxing.engine.scheduler.PREVIEW_EVERY_S", 0.0)
    job = flow.admit(app, actor, wish(steps=3))
    flow.fulfil(app, job.id)
    (receipt,) = app.desk.job(actor, job.id).receipts
    with app.store.read() as tx:
        others = tx.notices.others(receipt.job, receipt.position, receipt.id)
    takedown.say(app, actor, receipt.id, "withdrawn", note=NOTE)
    assert others, "the fake engine shows previews"
    for one in others:
        with pytest.raises(Withdrawn):
            flow.release(app, actor, one)


@pytest.mark.parametrize(
    "said",
    [
        {"note": ""},
        {"note": " "},
        {"note": "x" * 501},
        {"note": NOTE, "link": "javascript:alert(1)"},
        {"note": NOTE, "link": "https://"},
        {"note": NOTE, "link": "https://example.org/" + "x" * 500},
        {"note": NOTE, "category": "Free words!"},
    ],
)
def test_what_everybody_reads_is_bounded(app, actor, said):
    with pytest.raises(InvalidRequest):
        takedown.say(app, actor, "0" * 32, "withdrawn", **said)


def test_only_the_operator_and_only_what_there_is(delivered):
    app, admin, receipt = delivered
    app.identity.create_account(admin, "ann", Role.MEMBER, "a long enough password")
    ann = app.identity.sign_in("ann", "a long enough password", "here").actor
    for ask in (
        lambda: takedown.say(app, ann, receipt.id, "withdrawn", note=NOTE),
        lambda: takedown.find(app, ann, receipt.id),
        lambda: takedown.cases(app, ann),
        lambda: takedown.of(app, ann, receipt.id),
    ):
        with pytest.raises(Forbidden):
            ask()
    assert takedown.of(app, admin, receipt.id) is None
    with pytest.raises(NotFound):
        takedown.say(app, admin, "0" * 32, "withdrawn", note=NOTE)
    with pytest.raises(Conflict):
        takedown.say(app, admin, receipt.id, "lifted")


def test_over_http_it_is_gone_and_says_so(delivered):
    app, actor, receipt = delivered
    data = flow.release(app, actor, receipt.id).data
    key = app.identity.make_key(actor, "test", actor.scopes)[1]
    with TestClient(create(app, work=False), headers={"authorization": f"Bearer {key}"}) as client:
        address = f"/api/receipts/{receipt.id}"
        assert client.get(f"{address}/notice").json() is None
        said = {"state": "withdrawn", "note": NOTE, "link": "https://example.org/truth"}
        assert client.post(f"{address}/notice", json=said).json()["state"] == "withdrawn"
        gone = client.get(f"{address}/file")
        assert (gone.status_code, gone.json()["code"]) == (410, "withdrawn")
        assert NOTE in gone.json()["title"]
        told = client.post("/api/verify", content=data).json()
        assert told["ledger"]["notice"]["note"] == NOTE
        assert client.post(f"{address}/notice", json={"state": "lifted"}).json()["state"] == "lifted"
        assert client.get(f"{address}/file").content == data


def test_generative_ai_measures_art_14_what_is_withdrawn_is_not_handed_out_nor_made_again(delivered, wish):
    app, actor, receipt = delivered
    with pytest.raises(InvalidRequest):
        takedown.say(app, actor, receipt.id, "marked", note=NOTE, never_again=True)
    takedown.say(app, actor, receipt.id, "withdrawn", note=NOTE, never_again=True)
    (listed,) = forbidden.listing(app, actor)
    assert listed.reason == NOTE
    takedown.say(app, actor, receipt.id, "lifted")
    takedown.say(app, actor, receipt.id, "withdrawn", note=NOTE, never_again=True)
    assert len(forbidden.listing(app, actor)) == 1, "once is enough"
    with pytest.raises(Withdrawn):
        takedown.say(app, actor, receipt.id, "withdrawn", note=NOTE, never_again=True)
