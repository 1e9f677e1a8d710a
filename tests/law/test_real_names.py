"""Deep-synthesis provisions, art. 9, and what privacy asks of what it makes a house keep. On both databases."""

from __future__ import annotations

import dataclasses
import logging
import re
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.conftest import finish

from pingxing import copies, flow, i18n, openings, realnames
from pingxing.errors import Conflict, Forbidden, Integrity, InvalidRequest, NotFound, Unauthenticated
from pingxing.identity.vault import Sealed
from pingxing.ledger import audit, entries
from pingxing.ledger.export import export
from pingxing.store import tables
from pingxing.types import ROLE_SCOPES, Actor, JobState, Role

NAME, NUMBER, OTHER = "欧阳　晓雪", "11010519491231002x", "440524188001010014"
SECRETS = ("欧阳", "晓雪", "11010519491231002", "440524188001010014")


@pytest.fixture
def app(make_app, database):
    return make_app(database.model_copy(update={"real_names": "required", "unlabelled_copies": True}))


def account(app, name: str, role: Role = Role.MEMBER) -> Actor:
    made = app.identity.create_account(app.identity.local_actor("en"), name, role, "a long pass phrase")
    return Actor(made.id, role, ROLE_SCOPES[role], "local")


def everything(app) -> str:
    """All that lies in the database but for the one table, as text."""
    told = []
    with app.store.engine.connect() as connection:
        for table in tables.metadata.sorted_tables:
            for row in connection.execute(sa.select(table)):
                told += [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in row]
    return "\n".join(told)


def kinds(app) -> list[entries.Entry]:
    with app.store.read() as tx:
        return [entries.decode(data)[0] for data in tx.log.entries(0, tx.log.size())]


def stored(app, who: Actor):
    with app.store.read() as tx:
        return tx.persons.get(who.account)


def test_deep_synthesis_art_9_whoever_is_not_verified_makes_nothing(app, actor, wish) -> None:
    ann = account(app, "ann")
    for who in (ann, actor):  # the administrator of the machine as well
        before = len(kinds(app))
        with pytest.raises(Forbidden) as caught:
            flow.admit(app, who, wish())
        assert caught.value.reason == "real_name"
        assert len(kinds(app)) == before
    for language, clause in (("en", "art. 9"), ("zh", "第九条")):
        title, hint = i18n.explain(caught.value, language)
        assert clause in title
        assert "people verify" in hint
    realnames.verify(app, actor, ann.account, NAME, "id_card", NUMBER)
    app.worker.start()
    assert finish(app, ann, flow.admit(app, ann, wish()).id).job.state is JobState.DELIVERED


@pytest.mark.parametrize("mode", ["off", "asked"])
def test_deep_synthesis_art_9_nobody_is_refused_where_it_is_not_required(make_app, settings, wish, mode) -> None:
    app = make_app(settings.model_copy(update={"real_names": mode}))
    assert flow.admit(app, account(app, "ann"), wish()).state is JobState.QUEUED


def test_deep_synthesis_art_9_is_asked_again_when_the_work_runs_and_when_it_ends(app, actor, fake, held, wish) -> None:
    ann = account(app, "ann")
    realnames.verify(app, actor, ann.account, NAME, "id_card", NUMBER)
    waiting = flow.admit(app, ann, wish())
    realnames.erase(app, actor, ann.account)
    with pytest.raises(Forbidden):
        flow.fulfil(app, waiting.id)
    realnames.verify(app, actor, ann.account, NAME, "id_card", NUMBER)
    go, running = held(fake), flow.admit(app, ann, wish())
    app.worker.start()
    while app.desk.job(ann, running.id).job.state is JobState.QUEUED:
        time.sleep(0.01)
    realnames.erase(app, actor, ann.account)
    go.set()
    view = finish(app, ann, running.id)
    assert (view.job.state, view.job.error, view.receipts) == (JobState.FAILED, "forbidden", ())


def test_deep_synthesis_art_9_a_copy_without_a_mark_needs_it_too(app, actor, wish) -> None:
    ann = account(app, "ann")
    realnames.verify(app, actor, ann.account, NAME, "id_card", NUMBER)
    app.worker.start()
    (receipt,) = finish(app, ann, flow.admit(app, ann, wish(width=320, height=320)).id).receipts
    copies.agree(app, ann)
    realnames.erase(app, actor, ann.account)
    with pytest.raises(Forbidden) as caught:
        copies.bare(app, ann, receipt.id, "Bob", "a poster")
    assert caught.value.reason == "real_name"


def test_deep_synthesis_art_9_a_person_looks_at_the_document_of_somebody_else(app, actor) -> None:
    ann, bob = account(app, "ann"), account(app, "bob", Role.ADMIN)
    with pytest.raises(Forbidden):
        realnames.verify(app, ann, bob.account, NAME, "id_card", NUMBER)
    with pytest.raises(Forbidden) as caught:
        realnames.verify(app, actor, actor.account, NAME, "id_card", NUMBER)
    assert caught.value.reason == "own_name"
    assert kinds(app) == []
    realnames.verify(app, bob, actor.account, NAME, "id_card", NUMBER)
    (entry,) = kinds(app)
    pseudonym = app.ledger.pseudonym
    assert entry == entries.Vetted(pseudonym(bob.account), pseudonym(actor.account), "verified", "by_hand")
    by = {one.account.name: (one.standing, one.by) for one in realnames.register(app, bob)}
    assert by == {"admin": ("verified", "bob"), "ann": ("none", ""), "bob": ("none", "")}
    with pytest.raises(Forbidden):
        realnames.register(app, ann)


def test_deep_synthesis_art_9_an_operator_whose_account_was_closed_verifies_nobody(app, actor) -> None:
    ann, bob = account(app, "ann"), account(app, "bob", Role.ADMIN)
    app.identity.set_active(actor, bob.account, False)
    with pytest.raises(Unauthenticated):
        realnames.verify(app, bob, ann.account, NAME, "id_card", NUMBER)
    with pytest.raises(Conflict):
        realnames.verify(app, actor, bob.account, NAME, "id_card", NUMBER)
    with pytest.raises(NotFound):
        realnames.verify(app, actor, "0" * 32, NAME, "id_card", NUMBER)


def test_deep_synthesis_art_9_numbers_that_cannot_be_are_not_taken(app, actor) -> None:
    ann = account(app, "ann")
    for name, paper, number, member in (
        (NAME, "id_card", "110105194912310021", "number"),
        (NAME, "id_card", "1" * 500, "number"),
        (NAME, "library_card", NUMBER, "paper"),
        ("  ", "id_card", NUMBER, "name"),
        ("a\x07b", "id_card", NUMBER, "name"),
        ("x" * 101, "id_card", NUMBER, "name"),
    ):
        with pytest.raises(InvalidRequest) as caught:
            realnames.verify(app, actor, ann.account, name, paper, number)
        assert caught.value.params["member"] == member
        assert number not in str(caught.value)
    assert stored(app, ann) is None


def test_deep_synthesis_art_9_one_person_has_one_account(app, actor) -> None:
    ann, bob = account(app, "ann"), account(app, "bob")
    realnames.verify(app, actor, ann.account, NAME, "id_card", NUMBER)
    with pytest.raises(Conflict) as caught:
        realnames.verify(app, actor, bob.account, "Somebody Else", "id_card", " 110105 19491231 002X ")
    assert caught.value.reason == "person_known"
    with pytest.raises(Conflict) as caught:
        realnames.verify(app, actor, ann.account, NAME, "id_card", OTHER)
    assert caught.value.reason == "verified"
    realnames.erase(app, actor, ann.account)
    realnames.verify(app, actor, bob.account, NAME, "id_card", NUMBER)
    assert stored(app, bob).standing == "verified"


def test_privacy_identity_data_is_nowhere_in_the_clear(app, actor, wish, caplog, tmp_path) -> None:
    caplog.set_level(logging.DEBUG)
    ann = account(app, "ann")
    realnames.verify(app, actor, ann.account, NAME, "id_card", NUMBER)
    app.worker.start()
    finish(app, ann, flow.admit(app, ann, wish()).id)
    with app.store.read() as tx:
        lines = b"".join(export(tx.log, app.ledger)).decode()
    (tmp_path / "log.jsonl").write_text(lines, "utf-8")
    assert audit.audit(tmp_path / "log.jsonl").ok
    record = stored(app, ann)
    who = app.identity.names.open(ann.account, Sealed(record.ring, record.data_key, record.sealed))
    assert (who.name, who.paper, who.number) == ("欧阳 晓雪", "id_card", "11010519491231002X")
    told = "\n".join(
        (everything(app), lines, caplog.text, repr(who), repr(realnames.register(app, actor)), str(vars(app)))
    )
    assert "ann" in told
    for secret in SECRETS[:3]:
        assert secret not in told
    for file in (app.settings.data_dir / "keys" / "identity").iterdir():
        assert file.stat().st_mode & 0o077 == 0, file.name


def test_privacy_identity_data_is_sealed_under_keys_of_its_own_and_found_by_a_keyed_hash(app, actor) -> None:
    ann, bob = account(app, "ann"), account(app, "bob")
    realnames.verify(app, actor, ann.account, NAME, "id_card", NUMBER)
    realnames.verify(app, actor, bob.account, NAME, "id_card", OTHER)
    keys = app.settings.data_dir / "keys"
    assert {file.name for file in (keys / "identity").iterdir()} == {"0001.key", "mark.key"}
    secrets = {file.read_bytes() for file in keys.rglob("*.key")}
    assert len(secrets) == len(list(keys.rglob("*.key")))
    one, two = stored(app, ann), stored(app, bob)
    assert re.fullmatch(r"[0-9a-f]{64}", one.mark)
    assert one.mark != two.mark
    assert one.data_key != two.data_key
    names = app.identity.names
    with pytest.raises(Integrity):  # moved to another's row
        names.open(bob.account, Sealed(one.ring, one.data_key, one.sealed))
    with pytest.raises(Integrity):  # changed
        names.open(ann.account, Sealed(one.ring, one.data_key, one.sealed[:-1] + b"x"))


def test_privacy_identity_data_is_destroyed_by_destroying_its_key(app, actor) -> None:
    ann = account(app, "ann")
    realnames.verify(app, actor, ann.account, NAME, "id_card", NUMBER)
    before = stored(app, ann)
    realnames.erase(app, actor, ann.account)
    record = stored(app, ann)
    assert record == dataclasses.replace(
        before, standing="erased", at=record.at, log_index=1, ring=0, data_key=b"", sealed=b"", mark=None
    )
    with pytest.raises(NotFound):
        realnames.erase(app, actor, ann.account)
    pseudonym = app.ledger.pseudonym
    assert kinds(app)[-1] == entries.Vetted(pseudonym(actor.account), pseudonym(ann.account), "erased", "by_hand")
    # An old copy of the database can still be read, until the ring has turned.
    names, old = app.identity.names, Sealed(before.ring, before.data_key, before.sealed)
    assert names.open(ann.account, old).name == "欧阳 晓雪"
    assert realnames.turn(app, actor) == 0
    with pytest.raises(Integrity):
        names.open(ann.account, old)


def test_privacy_identity_data_goes_when_an_account_has_ended(app, actor, clock) -> None:
    ann = account(app, "ann")
    realnames.verify(app, actor, ann.account, NAME, "id_card", NUMBER)
    app.identity.set_active(actor, ann.account, False)
    app.identity.set_active(actor, ann.account, True)
    clock.offset = timedelta(days=app.settings.retention_days + 1)
    assert realnames.forget(app) == 0  # opened again in time
    app.identity.set_active(actor, ann.account, False)
    assert realnames.forget(app) == 0
    clock.offset *= 2
    app.worker.start()  # which looks at once
    record = stored(app, ann)
    assert (record.standing, record.data_key, record.sealed, record.mark) == ("erased", b"", b"", None)
    subject = app.ledger.pseudonym(ann.account)
    assert kinds(app)[-1] == entries.Vetted(subject, subject, "erased", "time")
    assert realnames.forget(app) == 0


def test_privacy_identity_data_is_rewrapped_by_a_new_key_and_the_old_one_destroyed(app, actor, make_app) -> None:
    ann, bob = account(app, "ann"), account(app, "bob")
    other = make_app(app.settings)  # another process: it holds the old key in memory
    realnames.verify(other, actor, ann.account, NAME, "id_card", NUMBER)
    assert realnames.turn(app, actor) == 1
    folder = app.settings.data_dir / "keys" / "identity"
    assert {file.name for file in folder.iterdir()} == {"0002.key", "mark.key"}
    realnames.verify(other, actor, bob.account, NAME, "id_card", OTHER)
    for who, number in ((ann, "11010519491231002X"), (bob, OTHER)):
        record = stored(app, who)
        assert record.ring == 2
        for house in (app, other):
            sealed = Sealed(record.ring, record.data_key, record.sealed)
            assert house.identity.names.open(who.account, sealed).number == number
    with pytest.raises(Conflict):  # the hash did not change with the ring
        realnames.verify(app, actor, account(app, "eve").account, NAME, "id_card", NUMBER)
    with pytest.raises(Forbidden):
        realnames.turn(app, ann)


@pytest.fixture
def trio(app, actor):
    """Two administrators and somebody whose name is kept; where names are required the two are verified as well."""
    boss, ann = account(app, "boss", Role.ADMIN), account(app, "ann")
    realnames.verify(app, actor, ann.account, NAME, "id_card", NUMBER)
    realnames.verify(app, actor, boss.account, "Boss", "phone", "13800138000")
    realnames.verify(app, boss, actor.account, "Admin", "phone", "13800138001")
    return actor, boss, ann


def test_privacy_identity_data_is_opened_for_a_reason_that_a_second_person_approved(app, trio, tmp_path) -> None:
    asker, second, ann = trio
    with pytest.raises(InvalidRequest):
        openings.ask(app, asker, ann.account, "  ")
    one = openings.ask(app, asker, ann.account, "court order 17/2026")
    with pytest.raises(Conflict):  # nobody approved
        openings.show(app, asker, one)
    with pytest.raises(Forbidden) as caught:
        openings.decide(app, asker, one, approve=True)
    assert caught.value.reason == "second_person"
    openings.decide(app, second, one, approve=True)
    with pytest.raises(Forbidden):
        openings.show(app, second, one)
    who = openings.show(app, asker, one)
    assert (who.name, who.paper, who.number) == ("欧阳 晓雪", "id_card", "11010519491231002X")
    with pytest.raises(Conflict):  # once
        openings.show(app, asker, one)
    (listed,) = openings.listing(app, second)
    assert (listed.reason, listed.asker, listed.second) == ("court order 17/2026", asker.account, second.account)
    entered = [entry for entry in kinds(app) if isinstance(entry, entries.Opened)]
    pseudonym = app.ledger.pseudonym
    assert [(entry.turn, entry.actor) for entry in entered] == [
        ("asked", pseudonym(asker.account)),
        ("approved", pseudonym(second.account)),
        ("shown", pseudonym(asker.account)),
    ]
    assert {entry.statement for entry in entered} == {entries.commit(listed.reason, listed.salt)}
    told = everything(app)
    for secret in (*SECRETS[:3], "court order"):
        assert secret not in told
    with app.store.read() as tx:
        (tmp_path / "log.jsonl").write_bytes(b"".join(export(tx.log, app.ledger)))
    assert audit.audit(tmp_path / "log.jsonl").ok


def test_privacy_identity_data_is_not_opened_by_whom_it_is_about_nor_by_whoever_may_not(app, trio) -> None:
    asker, second, ann = trio
    one = openings.ask(app, asker, second.account, "a complaint")
    for who in (second, ann):
        with pytest.raises(Forbidden):
            openings.decide(app, who, one, approve=True)
    with pytest.raises(Forbidden):
        openings.ask(app, ann, second.account, "curious")
    with pytest.raises(Forbidden):
        openings.listing(app, ann)
    stranger = account(app, "second account of the first", Role.ADMIN)  # nobody verified it, and nobody can once more
    with pytest.raises(Forbidden) as caught:
        openings.decide(app, stranger, one, approve=True)
    assert caught.value.reason == "real_name"
    with pytest.raises(Conflict):
        realnames.verify(app, second, stranger.account, "Admin", "phone", "13800138001")
    with pytest.raises(NotFound):
        openings.decide(app, asker, "0" * 32, approve=True)


def test_privacy_identity_data_stays_shut_once_declined_late_or_erased(app, trio, clock) -> None:
    asker, second, ann = trio
    declined, late, stale, gone = (openings.ask(app, asker, ann.account, f"reason {n}") for n in range(4))
    openings.decide(app, second, declined, approve=False)
    openings.decide(app, second, late, approve=True)
    clock.offset = openings.SHOWN_WITHIN + timedelta(seconds=5)
    for one in (declined, late):
        with pytest.raises(Conflict):
            openings.show(app, asker, one)
        with pytest.raises(Conflict):
            openings.decide(app, second, one, approve=True)
    openings.decide(app, second, gone, approve=True)
    realnames.erase(app, asker, ann.account)
    with pytest.raises(NotFound):
        openings.show(app, asker, gone)
    with pytest.raises(NotFound):
        openings.ask(app, asker, ann.account, "too late")
    clock.offset = openings.ASKED_FOR + timedelta(seconds=5)
    with pytest.raises(Conflict):
        openings.decide(app, second, stale, approve=True)
    assert [openings.state(app, one) for one in openings.listing(app, asker)].count("over") == 3
    assert all(entry.turn != "shown" for entry in kinds(app) if isinstance(entry, entries.Opened))
    clock.offset = timedelta(days=app.settings.retention_days + 1)
    app.worker.start()
    assert openings.listing(app, asker) == ()
