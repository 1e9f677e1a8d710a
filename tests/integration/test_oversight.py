"""Reviews, deadlines, statistics and the public report, on both databases."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from pingxing import appeals, flow, oversight
from pingxing.api.app import create
from pingxing.errors import Conflict, Forbidden, InvalidRequest, Refused
from pingxing.ledger import audit, entries
from pingxing.ledger.export import export
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.store import tables
from pingxing.types import Actor, JobState, Role, Scope

PASSWORD = "a long enough sentence"


class Named(FakeCheck):
    """A FakeCheck under a name of its own: two rules that doubt or block apart from each other."""

    def __init__(self, name, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.name = name

    def _finding(self, span, view, action):
        from dataclasses import replace

        return replace(super()._finding(span, view, action), rule=self.name)


def doubting(**kwargs):
    checks = [Named("doubt", ("perhaps",), action="review", **kwargs), Named("sure", ("forbidden",), action="block")]
    return Guard(checks)


@pytest.fixture
def app(make_app, database):
    return make_app(database, guard=doubting())


def refused(app, actor, request):
    with pytest.raises(Refused) as caught:
        flow.admit(app, actor, request)
    return caught.value.job


def kinds(app):
    with app.store.read() as tx:
        return [entries.decode(data)[0].kind for data in tx.log.entries(0, tx.log.size())]


def member(app, actor, name="somebody"):
    profile = app.identity.create_account(actor, name, Role.MEMBER, PASSWORD)
    return Actor(profile.id, Role.MEMBER, frozenset({Scope.GENERATE}), "local")


def test_a_doubt_is_put_before_people_in_the_same_transaction(app, actor, wish, clock):
    job = refused(app, actor, wish("perhaps a riot"))
    view = app.desk.job(actor, job)
    assert (view.job.state, view.job.verdict.decision) == (JobState.REFUSED, "review")
    assert (view.appeal.kind, view.appeal.state, view.appeal.words) == ("review", "open", "")
    assert abs(view.appeal.due_at - clock() - timedelta(days=7)) < timedelta(minutes=1)
    assert kinds(app) == ["refused", "review"]
    with app.store.read() as tx:
        assert app.ledger.attest(tx.log).size == 2
    assert [case.appeal.id for case in appeals.docket(app, actor)] == [view.appeal.id]


def test_what_is_blocked_waits_for_nobody_until_it_is_contested(app, actor, wish):
    for words in ("forbidden", "perhaps forbidden"):
        job = refused(app, actor, wish(words))
        assert app.desk.job(actor, job).appeal is None
    assert appeals.docket(app, actor) == ()
    assert kinds(app) == ["refused", "refused"]


def test_a_cut_within_the_refusal_leaves_neither_refusal_nor_review(app, actor, wish, monkeypatch):
    with monkeypatch.context() as cut:
        cut.setattr("pingxing.ledger.entries.Review.__post_init__", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            flow.admit(app, actor, wish("perhaps a riot"))
    assert kinds(app) == []
    assert appeals.pending(app, actor) == ()
    assert app.desk.jobs(actor) == ()
    refused(app, actor, wish("perhaps a riot"))
    assert kinds(app) == ["refused", "review"]


def test_released_it_is_made_with_that_rule_set_aside_and_upheld_it_is_not(app, actor, wish, tmp_path):
    released, kept = (appeals_of(app, actor, refused(app, actor, wish("perhaps a riot"))) for _ in range(2))
    done = appeals.decide(app, actor, released.id, overturn=True, words="")
    flow.fulfil(app, done.successor)
    assert app.desk.job(actor, done.successor).job.state is JobState.DELIVERED
    assert appeals.decide(app, actor, kept.id, overturn=False, words=" ").state == "upheld"
    assert appeals.pending(app, actor) == ()
    assert kinds(app) == [*["refused", "review"] * 2, "decided", "admitted", "labelled", "delivered", "decided"]
    file = tmp_path / "log.jsonl"
    with app.store.read() as tx:
        file.write_bytes(b"".join(export(tx.log, app.ledger)))
    assert audit.audit(file, app.ledger.vkey).ok


def appeals_of(app, actor, job):
    appeal = app.desk.job(actor, job).appeal
    assert appeal is not None
    return appeal


def test_a_picture_that_is_doubted_is_held_and_can_be_released(make_app, database, wish):
    app = make_app(database, guard=Guard([FakeCheck(pictures="review")]))
    actor = app.identity.local_actor("en")
    job = flow.admit(app, actor, wish())
    flow.fulfil(app, job.id)
    assert kinds(app) == ["admitted", "refused", "review"]
    done = appeals.decide(app, actor, appeals_of(app, actor, job.id).id, overturn=True, words="")
    flow.fulfil(app, done.successor)
    assert app.desk.job(actor, done.successor).job.state is JobState.DELIVERED
    assert oversight.statistics(app, actor, 7, stage="output").total.overturned == 1
    assert oversight.statistics(app, actor, 7, stage="input").total.stopped == 0


def test_whoever_asked_may_add_words_once_and_is_then_owed_an_answer(app, actor, wish):
    asking = member(app, actor)
    job = refused(app, asking, wish("perhaps a riot"))
    held = appeals_of(app, asking, job)
    said = appeals.file(app, asking, job, "It is a still of an old film.")
    assert (said.id, said.kind, said.due_at) == (held.id, "review", held.due_at)
    assert appeals.docket(app, actor)[0].appeal.words == "It is a still of an old film."
    with pytest.raises(Conflict):
        appeals.file(app, asking, job, "And another thing.")
    with pytest.raises(InvalidRequest):
        appeals.decide(app, actor, held.id, overturn=False, words=" ")
    with pytest.raises(Forbidden):
        appeals.decide(app, asking, held.id, overturn=True, words="yes")
    assert kinds(app) == ["refused", "review", "appealed"]


def test_what_is_due_first_comes_first_and_late_is_late(app, actor, wish, clock):
    later = appeals_of(app, actor, refused(app, actor, wish("perhaps a riot")))
    clock.offset = timedelta(days=-6)
    sooner = appeals_of(app, actor, refused(app, actor, wish("perhaps a flood")))
    clock.offset = timedelta(days=2)
    cases = appeals.docket(app, actor)
    assert [(case.appeal.id, case.late) for case in cases] == [(sooner.id, True), (later.id, False)]
    assert oversight.backlog(app, actor) == oversight.Backlog(2, 1)


def test_earlier_decisions_on_the_rule_are_at_hand(app, actor, wish):
    for overturn, words in ((True, "a film"), (False, "it looks real")):
        held = appeals_of(app, actor, refused(app, actor, wish("perhaps a riot")))
        appeals.decide(app, actor, held.id, overturn=overturn, words=words)
    refused(app, actor, wish("perhaps a flood"))
    (case,) = appeals.docket(app, actor)
    (seen,) = case.precedents
    assert (seen.rule, seen.upheld, seen.overturned) == ("fake/doubt", 1, 1)
    assert [earlier.answer for earlier in seen.last] == ["it looks real", "a film"]


def test_a_rule_that_came_meanwhile_makes_a_refusal_of_its_own(app, actor, wish):
    held = appeals_of(app, actor, refused(app, actor, wish("perhaps a riot")))
    app.guard.checks[1].stops = ("riot",)
    done = appeals.decide(app, actor, held.id, overturn=True, words="")
    again = app.desk.job(actor, done.successor)
    assert again.job.state is JobState.REFUSED
    assert again.job.verdict.rules == {"fake/sure"}
    assert appeals.pending(app, actor) == ()


def test_a_wish_past_its_retention_can_be_upheld_and_no_longer_released(app, actor, wish, clock):
    held = appeals_of(app, actor, refused(app, actor, wish("perhaps a riot")))
    with app.store.begin() as tx:
        tx.work.forget(clock() + timedelta(seconds=1))
    with pytest.raises(Conflict, match="forgotten"):
        appeals.decide(app, actor, held.id, overturn=True, words="")
    assert appeals.decide(app, actor, held.id, overturn=False, words="").state == "upheld"


def test_statistics_count_jobs_by_rule_and_what_people_set_right(app, actor, wish, clock):
    clock.offset = timedelta(days=-20)
    old = refused(app, actor, wish("forbidden"))
    appeals.decide(app, actor, appeals.file(app, actor, old, "no").id, overturn=True, words="right")
    clock.offset = timedelta()
    for _ in range(3):
        refused(app, actor, wish("forbidden forbidden"))
    refused(app, actor, wish("perhaps forbidden"))
    refused(app, actor, wish("perhaps"))
    month, week = oversight.statistics(app, actor, 30), oversight.statistics(app, actor, 7)
    assert month.total == oversight.Tally(stopped=6, review=1, contested=1, decided=1, overturned=1)
    assert (week.total.stopped, week.total.overturned, week.asked) == (5, 0, 5)
    sure, doubt = month.rules
    assert (sure.rule, sure.stage, sure.versions, sure.tally.stopped) == ("sure", "input", ("1",), 5)
    assert sure.tally.false_stop_rate == pytest.approx(0.2)
    assert (doubt.tally.stopped, doubt.tally.review) == (2, 1)
    assert dict(month.packs)["fake"].stopped == 6
    assert sum(count for _, count in month.days) == 6
    assert len(month.days) in (30, 31)
    assert oversight.statistics(app, actor, 30, language="zh").total.stopped == 0
    assert oversight.statistics(app, actor, 30, language="en").total.stopped == 6
    with pytest.raises(InvalidRequest):
        oversight.statistics(app, actor, 8)
    with pytest.raises(Forbidden):
        oversight.statistics(app, member(app, actor), 30)


def test_the_public_report_counts_whole_days_and_hides_small_counts(app, actor, wish, clock):
    for _ in range(6):
        refused(app, actor, wish("forbidden"))
    held = [refused(app, actor, wish("perhaps an unmistakable zebrafinch")) for _ in range(2)]
    appeals.decide(app, actor, appeals_of(app, actor, held[0]).id, overturn=True, words="a zebrafinch is a bird")
    assert oversight.report(app, 30).asked == 0  # today is counted tomorrow
    clock.offset = timedelta(days=1)
    told = oversight.report(app, 30)
    assert (told.asked, told.states[JobState.REFUSED], told.states[JobState.QUEUED]) == (9, 8, "<5")
    assert (told.total.stopped, told.total.review, told.total.overturned) == (8, "<5", "<5")
    assert told.total.false_stop_rate is None
    assert told.answer_hours is None
    by_rule = {one.rule: one.tally for one in told.rules}
    assert (by_rule["sure"].stopped, by_rule["sure"].false_stop_rate) == (6, 0.0)
    assert (by_rule["doubt"].stopped, by_rule["doubt"].false_stop_rate) == ("<5", None)
    with app.store.read() as tx:
        assert told.head.size == tx.log.size()
    with TestClient(create(app, work=False)) as client:
        answer = client.get("/report.json?days=30")
        assert answer.headers["cache-control"] == "public, max-age=60"
        assert answer.json()["total"] == {
            "stopped": 8, "review": "<5", "contested": 0, "decided": "<5", "overturned": "<5", "false_stop_rate": None,
        }  # fmt: skip
        assert "zebrafinch" not in answer.text
        assert actor.account not in answer.text
        assert not [job for job in held if job in answer.text]
        assert client.get("/report.json?days=8").status_code == 400
        for language in ("en", "zh"):
            page = client.get("/report", headers={"accept-language": language}).text
            assert "zebrafinch" not in page
            assert {"en": "fewer than 5", "zh": "少于 5"}[language] in page


def test_a_report_is_counted_once_a_minute_and_one_address_cannot_ask_without_end(app, actor, wish, monkeypatch):
    counted = []
    real = oversight.report
    monkeypatch.setattr(oversight, "report", lambda house, days: counted.append(days) or real(house, days))
    with TestClient(create(app, work=False)) as client:
        answers = [client.get("/report.json?days=7").status_code for _ in range(61)]
        assert client.get("/report", headers={"accept": "text/html"}).status_code == 429
    assert answers == [200] * 60 + [429]
    assert counted == [7]


def test_the_report_names_every_pack_and_whose_it_is(make_app, settings, tmp_path):
    from pingxing.policy.packs import default_packs
    from pingxing.policy.words import WordsCheck

    shipped = default_packs()
    foreign = shipped[0].model_copy(update={"pack": "house-rules", "version": "0.1.0"})
    app = make_app(settings, guard=Guard([WordsCheck([*shipped, foreign])]))
    told = oversight.report(app, 7)
    assert {card.pack for card in told.packs if card.own} == {"house-rules"}
    assert oversight.on_trial(app, app.identity.local_actor("en")) == ()
    assert len(told.packs) == len(shipped) + 1
    assert all(card.entries > 0 and card.rules > 0 and card.licence for card in told.packs)
    assert told.clauses
    with TestClient(create(app, work=False)) as client:
        page = client.get("/report", headers={"accept-language": "en"}).text
        assert "The operator of this studio loaded its own: house-rules." in page


def test_a_rule_on_trial_stops_nothing_and_is_counted(make_app, settings, wish):
    from pingxing.policy.packs import default_packs
    from pingxing.policy.words import WordsCheck

    (pack,) = (pack for pack in default_packs() if pack.pack == "violence")
    rules = tuple(rule.model_copy(update={"stage": "shadow"}) for rule in pack.rules)
    app = make_app(settings, guard=Guard([WordsCheck([pack.model_copy(update={"rules": rules})])]))
    actor = app.identity.local_actor("en")
    assert {count for _, count in oversight.on_trial(app, actor)} == {0}
    flow.admit(app, actor, wish("how to make a pipe bomb at home"))
    assert ("violence/weapon-instructions", 1) in oversight.on_trial(app, actor)
    (card,) = oversight.report(app, 7).packs
    assert (card.rules, card.on_trial, card.own) == (0, len(rules), True)


def test_a_forgotten_account_stays_in_the_counts_and_breaks_no_page(app, actor, wish):
    asking = member(app, actor)
    held = appeals_of(app, asking, refused(app, asking, wish("perhaps a riot")))
    with app.store.engine.connect().execution_options(immediate=True) as connection, connection.begin():
        connection.execute(tables.accounts.update().where(tables.accounts.c.id == asking.account).values(data_key=None))
    (case,) = appeals.docket(app, actor)
    assert (case.appeal.id, case.job.request.prompt) == (held.id, "")
    assert oversight.statistics(app, actor, 7).total.stopped == 1
    appeals.decide(app, actor, held.id, overturn=False, words="")
    assert appeals.pending(app, actor) == ()


def test_over_http_the_operator_sees_the_queue_and_decides(app, actor, wish):
    job = refused(app, actor, wish("perhaps a riot"))
    _, secret = app.identity.make_key(actor, "tests", frozenset({Scope.GENERATE, Scope.OPERATE}))
    _, plain = app.identity.make_key(actor, "no operator", frozenset({Scope.GENERATE}))
    with TestClient(create(app, work=False)) as client:
        for path in ("/api/oversight/queue", "/api/oversight/rules"):
            assert client.get(path).status_code == 401
            assert client.get(path, headers={"authorization": f"Bearer {plain}"}).status_code == 403
        client.headers["authorization"] = f"Bearer {secret}"
        (case,) = client.get("/api/oversight/queue").json()
        assert (case["appeal"]["job"], case["appeal"]["kind"], case["late"]) == (job, "review", False)
        assert case["verdict"]["findings"][0]["rule"] == "doubt"
        path = f"/api/appeals/{case['appeal']['id']}/decision"
        assert client.post(path, json={"outcome": "perhaps"}).status_code == 400
        told = client.post(path, json={"outcome": "uphold"}).json()
        assert (told["state"], told["kind"]) == ("upheld", "review")
        assert told["decided_at"]
        assert client.post(path, json={"outcome": "uphold"}).status_code == 409
        counted = client.get("/api/oversight/rules?days=7&stage=input").json()
        assert (counted["total"]["stopped"], counted["waiting"]) == (1, 0)
        assert json.dumps(counted).count("riot") == 0
