"""Deep-synthesis provisions, art. 9: people say themselves who they are, and a person or a service verifies it. On both
databases; the service is a real one on this machine."""

from __future__ import annotations

import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pydantic import SecretStr
from tests.conftest import finish
from tests.fakes.verifiers import ANN, BOB, KEY, Service, serving
from tests.law.test_real_names import account, everything, kinds, stored

from pingxing import enrolment, flow, i18n, openings, realnames
from pingxing.enrolment import SERVICE, TRIES, WAITS
from pingxing.errors import Conflict, Forbidden, InvalidRequest, NotFound, Overloaded, ServiceDown, Unauthenticated
from pingxing.ledger import audit, entries
from pingxing.ledger.export import export
from pingxing.types import LANGUAGES, Actor, JobState, Role, Scope

SECRETS = ("Unmistakable", "11010519491231002", "欧阳", "440524188001010014", "call me at 555")


@pytest.fixture
def app(make_app, database):
    return make_app(database.model_copy(update={"real_names": "required"}))


@pytest.fixture
def service():
    with serving(Service()) as running:
        yield running


@pytest.fixture
def asking(make_app, database, service):
    """The same house where a service verifies."""
    changes = {"real_names": "required", "verifier": "service", "verifier_url": f"{service.url}/people"}
    return make_app(database.model_copy(update=changes | {"verifier_key": SecretStr(KEY), "verifier_seconds": 3.0}))


def enter(app, who: Actor, person=ANN, **more):
    return enrolment.hand_in(app, who, *person, agreed=True, **more)


def people(app) -> list[tuple[str, str]]:
    return [(entry.standing, entry.means) for entry in kinds(app) if isinstance(entry, entries.Vetted)]


def audited(app, folder) -> bool:
    with app.store.read() as tx:
        (folder / "log.jsonl").write_bytes(b"".join(export(tx.log, app.ledger)))
    return audit.audit(folder / "log.jsonl").ok


def test_deep_synthesis_art_9_what_a_person_enters_waits_for_somebody_to_look(app, actor, wish, tmp_path) -> None:
    ann = account(app, "ann")
    own = enter(app, ann, words="  call me at 555  ")
    assert (own.standing, own.may, own.host, own.tries_left) == ("waiting", False, "", TRIES - 1)
    with pytest.raises(Forbidden):  # to wait is not to be verified
        flow.admit(app, ann, wish())
    (first, *_) = realnames.register(app, actor)
    assert (first.account.name, first.standing, first.words) == ("ann", "waiting", "call me at 555")
    assert realnames.waiting(app, actor) == 1
    for other, members in (
        (("Ann Other", *ANN[1:]), "name"),
        ((ANN[0], "id_card", "440524188001010014"), "number"),
        ((ANN[0], "passport", "E12345678"), "paper, number"),
    ):
        with pytest.raises(Conflict) as caught:
            realnames.verify(app, actor, ann.account, *other)
        assert (caught.value.reason, caught.value.params) == ("person_differs", {"members": members})
    # The same person, as a document prints it.
    realnames.verify(app, actor, ann.account, "ANN  UNMISTAKABLE", "id_card", "11010519491231002x")
    assert enrolment.own(app, ann).standing == "verified"
    assert realnames.waiting(app, actor) == 0
    app.worker.start()
    assert finish(app, ann, flow.admit(app, ann, wish()).id).job.state is JobState.DELIVERED
    assert people(app) == [("asked", "by_hand"), ("verified", "by_hand")]
    assert audited(app, tmp_path)
    with app.store.read() as tx:
        assert tx.persons.attempt(ann.account).words == b""


def test_deep_synthesis_art_9_a_service_verifies_and_no_operator_is_needed(asking, service, wish, tmp_path) -> None:
    lonely = asking.identity.local_actor("en")  # the only administrator: nobody else could
    own = enter(asking, lonely)
    assert (own.standing, own.by_service, own.alone) == ("verified", True, False)
    ((path, _, body),) = service.asked
    told = json.loads(body)
    assert path == "/people"
    assert {name: told[name] for name in ("name", "paper", "number")} == dict(
        zip(("name", "paper", "number"), ANN, strict=True)
    )
    for known in (lonely.account, asking.ledger.pseudonym(lonely.account), "admin"):
        assert known not in body.decode()  # whose account it is, is not told
    asking.worker.start()
    assert finish(asking, lonely, flow.admit(asking, lonely, wish()).id).job.state is JobState.DELIVERED
    pseudonym = asking.ledger.pseudonym
    assert kinds(asking)[:2] == [
        entries.Vetted(pseudonym(lonely.account), pseudonym(lonely.account), "asked", "service"),
        entries.Vetted(pseudonym(SERVICE), pseudonym(lonely.account), "verified", "service"),
    ]
    assert audited(asking, tmp_path)


def test_deep_synthesis_art_9_a_refusal_says_why_and_can_be_tried_again(asking, service, wish, tmp_path) -> None:
    ann = account(asking, "ann")
    own = enter(asking, ann, ("Ann Mistaken", *ANN[1:]))
    assert (own.standing, own.reason, own.may, own.tries_left) == ("refused", "differs", True, TRIES - 1)
    record = stored(asking, ann)
    assert (record.sealed, record.data_key, record.mark, record.ring) == (b"", b"", None, 0)
    with pytest.raises(Forbidden):
        flow.admit(asking, ann, wish())
    assert enter(asking, ann).standing == "verified"
    assert enrolment.own(asking, ann).reason == ""
    for again in (ANN, BOB):
        with pytest.raises(Conflict) as caught:
            enter(asking, ann, again)
        assert caught.value.reason == "verified"
    assert len(service.asked) == 2
    assert people(asking) == [
        *(("asked", "service"), ("refused", "service")),
        *(("asked", "service"), ("verified", "service")),
    ]
    assert audited(asking, tmp_path)


def test_deep_synthesis_art_9_a_service_that_gives_no_answer_verifies_nobody_and_keeps_nothing(
    asking, service, caplog
) -> None:
    ann = account(asking, "ann")
    caplog.set_level(logging.DEBUG)
    for spoil in ("status", "other_key", "hang_up", "maybe"):
        service.spoil = spoil
        with pytest.raises(ServiceDown) as caught:
            enter(asking, ann)
        for language in LANGUAGES:
            title, hint = i18n.explain(caught.value, language)
            assert title == i18n.say(language, "error.service_down.verifier")
            assert hint == i18n.say(language, "error.service_down.verifier.hint")
        own = enrolment.own(asking, ann)
        assert (own.standing, own.reason, own.tries_left) == ("refused", "unanswered", TRIES)
        assert stored(asking, ann).sealed == b""
    told = caplog.text + everything(asking)
    for secret in (*SECRETS, KEY):
        assert secret not in told
    service.spoil = ""
    assert enter(asking, ann).standing == "verified"


def test_deep_synthesis_art_9_whoever_a_service_is_unsure_of_is_looked_at_by_people(asking, service) -> None:
    ann, boss = account(asking, "ann"), account(asking, "boss", Role.ADMIN)
    service.spoil = "people"
    own = enter(asking, ann)
    assert (own.standing, own.by_service) == ("waiting", False)
    realnames.verify(asking, boss, ann.account, *ANN)
    assert enrolment.own(asking, ann).standing == "verified"


def test_deep_synthesis_art_9_a_person_looks_where_one_is_asked_for(asking, service) -> None:
    ann, boss = account(asking, "ann"), account(asking, "boss", Role.ADMIN)
    stranger = ("Not In Their Books", "passport", "E12345678")
    assert enter(asking, ann, stranger).reason == "unknown"
    asked = len(service.asked)
    assert enter(asking, ann, stranger, people=True).standing == "waiting"
    assert len(service.asked) == asked  # nobody asks the service a second time
    realnames.verify(asking, boss, ann.account, *stranger)
    assert enrolment.own(asking, ann).standing == "verified"


def test_deep_synthesis_art_9_one_person_has_one_account_and_nobody_learns_whose(asking, actor) -> None:
    """Who knows somebody's name and number must not learn by this form whether they have an account here."""
    ann, eve = account(asking, "ann"), account(asking, "eve")
    assert enter(asking, ann).standing == "verified"
    own = enter(asking, eve)
    assert (own.standing, own.reason) == ("waiting", "")
    boss = asking.identity.local_actor("en")
    with pytest.raises(Conflict) as caught:
        realnames.verify(asking, boss, eve.account, *ANN)
    assert caught.value.reason == "person_known"
    realnames.refuse(asking, boss, eve.account, "not_theirs")
    assert enrolment.own(asking, eve).reason == "not_theirs"


def test_deep_synthesis_art_9_another_person_looks_at_a_refusal(app, actor) -> None:
    ann, boss = account(app, "ann"), account(app, "boss", Role.ADMIN)
    enter(app, ann)
    realnames.refuse(app, boss, ann.account, "unreadable")
    assert (enrolment.own(app, ann).standing, enrolment.own(app, ann).reason) == ("refused", "unreadable")
    enter(app, ann)  # simply once more: whoever is there may look
    realnames.refuse(app, boss, ann.account, "unreadable")
    enter(app, ann, people=True)  # an appeal
    for decide in (
        lambda: realnames.refuse(app, boss, ann.account, "unreadable"),
        lambda: realnames.verify(app, boss, ann.account, *ANN),
    ):
        with pytest.raises(Forbidden) as caught:
            decide()
        assert caught.value.reason == "second_look"
    assert [one.elsewhere for one in realnames.register(app, boss) if one.standing == "waiting"] == [True]
    assert [one.elsewhere for one in realnames.register(app, actor) if one.standing == "waiting"] == [False]
    realnames.verify(app, actor, ann.account, *ANN)
    assert enrolment.own(app, ann).standing == "verified"


def test_deep_synthesis_art_9_where_there_is_nobody_else_the_same_person_looks_again(app, actor) -> None:
    ann = account(app, "ann")
    enter(app, ann)
    realnames.refuse(app, actor, ann.account, "not_shown")
    enter(app, ann, people=True)
    realnames.verify(app, actor, ann.account, *ANN)
    assert enrolment.own(app, ann).standing == "verified"


def test_deep_synthesis_art_9_a_single_administrator_is_told_to_find_a_second_one(app, actor) -> None:
    assert enrolment.own(app, actor).alone
    ann = account(app, "ann")
    assert (enrolment.own(app, actor).alone, enrolment.own(app, ann).alone) == (True, False)
    enter(app, actor)
    with pytest.raises(Forbidden) as caught:
        realnames.verify(app, actor, actor.account, *ANN)
    assert caught.value.reason == "own_name"
    with pytest.raises(Forbidden):
        realnames.refuse(app, actor, actor.account, "differs")
    boss = account(app, "boss", Role.ADMIN)
    assert not enrolment.own(app, actor).alone
    realnames.verify(app, boss, actor.account, *ANN)
    app.identity.set_active(actor, boss.account, False)
    assert enrolment.own(app, actor).alone


def test_deep_synthesis_art_9_five_tries_in_a_day(asking, service, clock) -> None:
    """The form must be no place to find out whose number is whose."""
    ann = account(asking, "ann")
    for number in ("E12345670", "E12345671", "E12345672", "E12345673", "E12345674"):
        assert enter(asking, ann, ("Ann", "passport", number)).standing == "refused"
    with pytest.raises(InvalidRequest):  # what cannot be is no try
        enter(asking, ann, ("Ann", "id_card", "1"))
    with pytest.raises(Overloaded) as caught:
        enter(asking, ann)
    assert caught.value.reason == "names"
    assert 86_000 < caught.value.retry_after <= 86_400
    assert len(service.asked) == TRIES
    bob = account(asking, "bob")
    assert enter(asking, bob, BOB).standing == "verified"  # each account for itself
    clock.offset = timedelta(hours=24, seconds=5)
    with pytest.raises(ServiceDown):  # whose clock stands by then
        enter(asking, ann)
    assert enrolment.own(asking, ann).tries_left == TRIES


def test_deep_synthesis_art_9_whoever_may_not_enter_does_not(app, actor, make_app, database) -> None:
    ann = account(app, "ann")
    with pytest.raises(InvalidRequest) as caught:
        enrolment.hand_in(app, ann, *ANN, agreed=False)
    assert caught.value.params == {"member": "agreed"}
    with pytest.raises(InvalidRequest) as caught:
        enter(app, ann, words="x" * 501)
    assert caught.value.params["member"] == "words"
    narrow = Actor(ann.account, Role.MEMBER, frozenset({Scope.GENERATE}), "local")
    for attempt in (lambda: enter(app, narrow), lambda: enrolment.leave(app, narrow)):
        with pytest.raises(Forbidden):
            attempt()
    with pytest.raises(Forbidden):
        realnames.refuse(app, ann, ann.account, "differs")
    with pytest.raises(InvalidRequest):
        realnames.refuse(app, actor, ann.account, "looks odd")
    with pytest.raises(Conflict) as caught:
        realnames.refuse(app, actor, ann.account, "differs")
    assert caught.value.reason == "not_waiting"
    with pytest.raises(NotFound):
        realnames.refuse(app, actor, "0" * 32, "differs")
    app.identity.set_active(actor, ann.account, False)
    for attempt in (lambda: enter(app, ann), lambda: enrolment.leave(app, ann)):
        with pytest.raises(Unauthenticated):
            attempt()
    assert people(app) == []
    off = make_app(database.model_copy(update={"real_names": "off"}))
    with pytest.raises(Conflict) as caught:
        enter(off, off.identity.local_actor("en"))
    assert caught.value.reason == "names_off"


def test_deep_synthesis_art_9_an_answer_that_comes_too_late_changes_nothing(asking, service, tmp_path) -> None:
    """While the service thinks no transaction is open, and the person may take it back."""
    ann, boss = account(asking, "ann"), account(asking, "boss", Role.ADMIN)
    service.held = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(enter, asking, ann)
        _until(lambda: service.asked)
        assert (enrolment.own(asking, ann).standing, enrolment.own(asking, ann).by_service) == ("waiting", True)
        with pytest.raises(Conflict):
            enter(asking, ann)
        enrolment.leave(asking, ann)
        service.held.set()
        assert going.result(30).standing == "erased"
    service.held = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(enter, asking, ann)
        _until(lambda: len(service.asked) == 2)
        asking.identity.set_active(boss, ann.account, False)
        service.held.set()
        assert going.result(30).standing == "waiting"
    assert people(asking) == [("asked", "service"), ("erased", "by_hand"), ("asked", "service")]
    assert audited(asking, tmp_path)


def test_privacy_identity_data_that_a_person_enters_reaches_the_vault_alone(asking, service, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    ann, bob, boss = account(asking, "ann"), account(asking, "bob"), account(asking, "boss", Role.ADMIN)
    assert enter(asking, ann, words="call me at 555").standing == "verified"
    enter(asking, bob, BOB, people=True, words="call me at 555")
    (waiting, *_) = realnames.register(asking, boss)
    assert waiting.words == "call me at 555"
    with asking.store.read() as tx:
        lines = b"".join(export(tx.log, asking.ledger)).decode()
    told = "\n".join((everything(asking), lines, caplog.text, str(vars(asking)), repr(enrolment.own(asking, ann))))
    assert "ann" in told
    for secret in (*SECRETS, KEY):
        assert secret not in told
    for where in (asking.settings.data_dir).rglob("*"):
        if where.is_file():
            data = where.read_bytes()
            assert not any(secret.encode() in data for secret in (*SECRETS, KEY)), where.name
    # The words go with the record, and are nobody's to read where it is wrapped anew.
    realnames.turn(asking, boss)
    (waiting, *_) = realnames.register(asking, boss)
    assert waiting.words == "call me at 555"
    enrolment.leave(asking, bob)
    with asking.store.read() as tx:
        assert tx.persons.attempt(bob.account).words == b""


def test_privacy_identity_data_is_taken_back_at_once_and_deleted_once_nothing_else_is_kept(
    app, actor, clock, tmp_path
) -> None:
    ann, boss = account(app, "ann"), account(app, "boss", Role.ADMIN)
    with pytest.raises(NotFound):
        enrolment.leave(app, ann)
    enter(app, ann)
    own = enrolment.leave(app, ann)
    assert (own.standing, own.may, stored(app, ann).sealed) == ("erased", True, b"")
    with pytest.raises(NotFound):
        enrolment.leave(app, ann)
    enter(app, ann)
    realnames.verify(app, actor, ann.account, *ANN)
    own = enrolment.leave(app, ann)
    assert (own.standing, own.may) == ("leaving", False)
    assert own.ends_at - app.clock() == pytest.approx(
        timedelta(days=app.settings.retention_days), abs=timedelta(seconds=30)
    )
    with app.store.read() as tx:
        assert not tx.persons.verified(ann.account)
    with pytest.raises(Conflict):  # not to be another person meanwhile, nor to make another account of this one
        enter(app, ann, BOB)
    other = account(app, "other")
    enter(app, other)
    with pytest.raises(Conflict) as caught:
        realnames.verify(app, actor, other.account, *ANN)
    assert caught.value.reason == "person_known"
    # Until it ends, two people can still open it for a reason.
    for admin, number in ((actor, "13800138001"), (boss, "13800138000")):
        realnames.verify(app, boss if admin is actor else actor, admin.account, "Admin", "phone", number)
    one = openings.ask(app, actor, ann.account, "court order 17/2026")
    openings.decide(app, boss, one, approve=True)
    assert openings.show(app, actor, one).number == ANN[2]
    app.identity.set_active(actor, ann.account, False)  # which must not put it off
    clock.offset = timedelta(days=app.settings.retention_days, seconds=-30)
    realnames.forget(app)
    assert stored(app, ann).standing == "leaving"
    clock.offset = timedelta(days=app.settings.retention_days, seconds=30)
    realnames.forget(app)
    assert (stored(app, ann).standing, stored(app, ann).sealed) == ("erased", b"")
    assert people(app)[-1] == ("erased", "time")
    assert audited(app, tmp_path)


def test_privacy_identity_data_that_nobody_looks_at_is_destroyed(app, clock) -> None:
    ann = account(app, "ann")
    own = enter(app, ann, words="call me at 555")
    assert own.ends_at - own.at == WAITS
    clock.offset = WAITS - timedelta(minutes=1)
    assert realnames.forget(app) == 0
    clock.offset = WAITS + timedelta(minutes=1)
    assert realnames.forget(app) == 1
    assert (stored(app, ann).standing, stored(app, ann).sealed) == ("erased", b"")
    assert enter(app, ann).standing == "waiting"


def _until(found) -> None:
    until = time.monotonic() + 30
    while not found():
        assert time.monotonic() < until
        time.sleep(0.01)
