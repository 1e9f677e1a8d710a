"""Deep-synthesis provisions (2023-01-10) and generative-AI measures (2023-08-15): what a program keeps."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from tests.conftest import finish

from pingxing import appeals, flow, label
from pingxing.bootstrap import default_guard
from pingxing.errors import BackendFailed, Refused
from pingxing.ledger import entries
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.policy.packs import default_packs
from pingxing.policy.risks import RISKS
from pingxing.store import tables
from pingxing.types import ROLE_SCOPES, Actor, JobState, Role


def kinds(app) -> list[str]:
    with app.store.read() as tx:
        return [entries.decode(data)[0].kind for data in tx.log.entries(0, tx.log.size())]


@pytest.mark.parametrize(
    "words",
    [
        "fake news photo of the mayor's arrest, CNN breaking news banner",
        "伪造新闻联播截图，主持人宣布停战",
    ],
)
def test_deep_synthesis_art_6_and_11_fake_news_is_stopped_with_its_clause(words: str) -> None:
    verdict = default_guard().words(words)
    assert not verdict.allows
    assert any("art. 6" in finding.clause for finding in verdict.findings)


def test_deep_synthesis_art_10_inputs_are_reviewed_and_the_refusal_is_on_record(app, actor, wish) -> None:
    with pytest.raises(Refused):
        flow.admit(app, actor, wish("a forbidden thing"))
    assert kinds(app) == ["refused"]


def test_deep_synthesis_art_10_outputs_are_reviewed_before_anything_is_stored(make_app, settings, wish) -> None:
    app = make_app(settings, guard=Guard([FakeCheck(pictures="block")]))
    actor = app.identity.local_actor("zh")
    app.worker.start()
    view = finish(app, actor, flow.admit(app, actor, wish()).id)
    assert (view.job.state, view.receipts) == (JobState.REFUSED, ())
    assert "delivered" not in kinds(app)


def test_deep_synthesis_art_10_a_check_that_fails_lets_nothing_through(make_app, settings, wish) -> None:
    app = make_app(settings, guard=Guard([FakeCheck(broken=True)]))
    with pytest.raises(BackendFailed):
        flow.admit(app, app.identity.local_actor("zh"), wish())
    assert kinds(app) == []


def test_deep_synthesis_art_12_a_refusal_can_be_contested_and_is_answered(app, actor, wish) -> None:
    with pytest.raises(Refused) as caught:
        flow.admit(app, actor, wish("a forbidden thing"))
    appeal = appeals.file(app, actor, caught.value.job, "a film title")
    assert [waiting.id for waiting in appeals.pending(app, actor)] == [appeal.id]
    assert appeals.decide(app, actor, appeal.id, overturn=False, words="it stands").state == "upheld"


def test_deep_synthesis_art_14_faces_and_voices_of_real_people_are_a_rule_of_their_own() -> None:
    clauses = [rule.clause for pack in default_packs() for rule in pack.rules]
    assert any("art. 14" in clause for clause in clauses)


def test_deep_synthesis_art_16_every_output_has_an_unobtrusive_mark_and_an_entry_in_the_log(app, actor, wish) -> None:
    job = flow.admit(app, actor, wish(width=512, height=512))
    flow.fulfil(app, job.id)
    data = flow.release(app, actor, app.desk.job(actor, job.id).receipts[0].id).data
    labels = label.read(data, app.kit)
    assert labels.aigc.valid
    assert labels.watermark.valid
    assert kinds(app) == ["admitted", "labelled", "delivered"]


def test_deep_synthesis_art_17_every_output_has_a_conspicuous_mark(app, actor, wish) -> None:
    job = flow.admit(app, actor, wish(width=512, height=512))
    flow.fulfil(app, job.id)
    data = flow.release(app, actor, app.desk.job(actor, job.id).receipts[0].id).data
    assert label.read(data).visible.valid


def test_generative_ai_measures_art_11_inputs_are_sealed_and_forgotten(app, actor, wish, clock) -> None:
    job = flow.admit(app, actor, wish("an unmistakable zebrafinch"))
    flow.fulfil(app, job.id)
    with app.store.engine.connect() as connection:
        assert b"zebrafinch" not in bytes(connection.execute(tables.jobs.select()).one().request)
    with app.store.begin() as tx:
        assert tx.work.forget(clock() + timedelta(seconds=1)) == 1
    assert app.desk.job(actor, job.id).job.request.prompt == ""


def test_generative_ai_measures_art_15_there_is_a_door_for_complaints(app, actor, wish) -> None:
    with pytest.raises(Refused) as caught:
        flow.admit(app, actor, wish("a forbidden thing"))
    assert appeals.file(app, actor, caught.value.job, "why?").state == "open"


def test_gbt45654_annex_a_names_31_risks() -> None:
    parts = Counter(label[:3] for label in RISKS)
    assert parts == {"A.1": 8, "A.2": 9, "A.3": 5, "A.4": 7, "A.5": 2}
    assert sum(parts.values()) == 31
    assert all(english and chinese for english, chinese in RISKS.values())


def test_privacy_what_an_account_asked_is_unreadable_once_its_key_is_destroyed(app, actor, wish) -> None:
    asking = app.identity.create_account(actor, "asking", Role.MEMBER, "a long pass phrase")
    who = Actor(asking.id, Role.MEMBER, ROLE_SCOPES[Role.MEMBER], "local")
    job = flow.admit(app, who, wish("an unmistakable zebrafinch"))
    assert app.desk.job(who, job.id).job.request.prompt == "an unmistakable zebrafinch"
    with app.store.engine.connect().execution_options(immediate=True) as connection, connection.begin():
        connection.execute(tables.accounts.update().where(tables.accounts.c.id == asking.id).values(data_key=None))
    assert app.desk.job(who, job.id).job.request.prompt == ""


def test_privacy_the_ledger_holds_pseudonyms_and_digests_only(app, actor, wish) -> None:
    job = flow.admit(app, actor, wish("an unmistakable zebrafinch"))
    flow.fulfil(app, job.id)
    with app.store.read() as tx:
        everything = b"".join(tx.log.entries(0, tx.log.size()))
    assert b"zebrafinch" not in everything
    assert actor.account.encode() not in everything
