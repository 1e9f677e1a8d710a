"""Whose account it is (deep-synthesis provisions, art. 9): verified once, kept apart, and never told in passing.

register()   how each account stands, those that wait first; no name is told
verify()     an operator looked at the document
refuse()     and it was not so
erase()      the record is destroyed, and how the account stands with it
turn()       a new key on the vault's ring, the older ones destroyed
forget()     what is over: records of accounts that were closed long enough ago

The ledger hears that somebody was verified and by whom, as pseudonyms, and nothing of what the vault holds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from pingxing.errors import Conflict, Forbidden, InvalidRequest, NotFound
from pingxing.house import House
from pingxing.identity.authority import require
from pingxing.identity.service import Profile
from pingxing.identity.vault import Sealed, person
from pingxing.identity.verifiers import OF_PEOPLE
from pingxing.ledger import entries
from pingxing.store.persons import Attempt, Record
from pingxing.store.store import Tx
from pingxing.types import ROLE_SCOPES, Actor, Scope

Held = Literal["none", "waiting", "verified", "refused", "leaving", "erased"]


@dataclass(frozen=True, slots=True)
class Registered:
    """`standing` of the account: "none" where nobody has ever verified it. Of one that waits: `words` to whoever looks,
    and `elsewhere` where the one who reads this refused it before, and another operator has to look."""

    account: Profile
    standing: Held
    at: datetime | None = None
    means: str = ""
    by: str = ""  # the operator's account name
    log_index: int | None = None
    ends_at: datetime | None = None
    reason: str = ""
    words: str = ""
    elsewhere: bool = False


def register(house: House, actor: Actor) -> tuple[Registered, ...]:
    """All accounts: those that wait, those that are not verified, those that are. Raises Forbidden."""
    accounts = house.identity.accounts(actor)
    names = {account.id: account.name for account in accounts}
    with house.store.read() as tx:
        records = {record.account: record for record in tx.persons.all()}
        attempts = {attempt.account: attempt for attempt in tx.persons.attempts()}
        others = not alone(tx, actor.account)

    def told(account: Profile) -> Registered:
        record, attempt = records.get(account.id), attempts.get(account.id)
        if record is None:
            return Registered(account, "none")
        by = names.get(record.by or "", "")
        one = Registered(account, record.standing, record.at, record.means, by, record.log_index, record.ends_at)
        if attempt is None:
            return one
        if record.standing == "refused":
            return replace(one, reason=attempt.reason)
        if record.standing != "waiting":
            return one
        words = house.identity.names.words(account.id, _sealed(record), attempt.words)
        return replace(one, words=words, elsewhere=others and _refused_before(attempt, actor.account))

    ranks = {"waiting": 0, "verified": 2}
    return tuple(sorted(map(told, accounts), key=lambda one: (ranks.get(one.standing, 1), not one.account.active)))


def waiting(house: House, actor: Actor) -> int:
    """How many wait for somebody to look. Raises Forbidden."""
    require(actor, Scope.OPERATE)
    with house.store.read() as tx:
        return tx.persons.waiting()


def alone(tx: Tx, account: str) -> bool:
    """Whether nobody else can verify whoever that is: no second operator with an open account."""
    return not any(
        Scope.OPERATE in ROLE_SCOPES[other.role] and other.active and other.id != account for other in tx.people.all()
    )


def verify(house: House, actor: Actor, account: str, name: str, paper: str, number: str) -> None:
    """`actor` has the document before their eyes, and it is the person's whose account this is. Nobody does that for
    their own account: a single administrator is verified by a second one. What a person entered before is not shown:
    what is read off the document now has to be the same.

    Raises InvalidRequest naming the member; Conflict "verified", "account_closed", "person_differs" from what the
    person entered, or "person_known" where another account was verified by that document; Forbidden "own_name",
    "second_look" where another operator has to look; NotFound.
    """
    require(actor, Scope.OPERATE)
    if account == actor.account:
        raise Forbidden("own_name")
    who = person(name, paper, number, house.clock().date())
    with house.store.begin() as tx:
        tx.log.lock()  # writers take turns from here on: the ring is not turned meanwhile
        house.identity.still(tx, actor.account, actor.credential)
        if not tx.people.account(account).active:
            raise Conflict("account_closed")
        record = tx.persons.get(account)
        if record is not None and record.standing in ("verified", "leaving"):
            raise Conflict(record.standing)
        if record is not None and record.standing == "waiting":
            _second_look(tx, actor, account)
            if differs := house.identity.names.differs(account, _sealed(record), who):
                raise Conflict("person_differs", members=", ".join(differs))
        mark = house.identity.names.mark(who)
        if tx.persons.known(mark):
            raise Conflict("person_known")
        sealed = house.identity.names.seal(account, who)
        at = enter(house, tx, actor.account, account, "verified", "by_hand")
        tx.persons.put(
            Record(
                account,
                "verified",
                house.clock(),
                at,
                sealed.ring,
                sealed.data_key,
                sealed.data,
                mark,
                "by_hand",
                actor.account,
            )
        )
        if attempt := tx.persons.attempt(account):
            tx.persons.note(replace(attempt, words=b""))
        house.ledger.seal(tx.log)


def refuse(house: House, actor: Actor, account: str, reason: str) -> None:
    """`actor` looked, and it is not so: what was entered is destroyed, and the person is told why.

    Raises InvalidRequest naming the member; Conflict "not_waiting"; Forbidden "own_name", "second_look"; NotFound."""
    require(actor, Scope.OPERATE)
    if reason not in OF_PEOPLE:
        raise InvalidRequest("choice", member="reason", limit=", ".join(OF_PEOPLE))
    if account == actor.account:
        raise Forbidden("own_name")
    with house.store.begin() as tx:
        tx.log.lock()
        house.identity.still(tx, actor.account, actor.credential)
        tx.people.account(account)
        record = tx.persons.get(account)
        if record is None or record.standing != "waiting":
            raise Conflict("not_waiting")
        _second_look(tx, actor, account)
        at = enter(house, tx, actor.account, account, "refused", "by_hand")
        tx.persons.put(replace(emptied(record), standing="refused", at=house.clock(), log_index=at, by=actor.account))
        if attempt := tx.persons.attempt(account):
            tx.persons.note(replace(attempt, reason=reason, refused_by=actor.account, words=b""))
        house.ledger.seal(tx.log)


def erase(house: House, actor: Actor, account: str) -> None:
    """Destroy what is kept of a person: at their wish, or because it was wrong. Raises Forbidden, NotFound."""
    require(actor, Scope.OPERATE)
    with house.store.begin() as tx:
        tx.log.lock()
        house.identity.still(tx, actor.account, actor.credential)
        record = tx.persons.get(account)
        if record is None or not record.sealed:
            raise NotFound("person")
        destroy(house, tx, record, actor.account, "by_hand")
        house.ledger.seal(tx.log)


def forget(house: House) -> int:
    """Erase what is over; how many records that were."""
    with house.store.read() as tx:
        if not tx.persons.due(house.clock()):
            return 0
    with house.store.begin() as tx:
        tx.log.lock()
        due = tx.persons.due(house.clock())
        for record in due:
            destroy(house, tx, record, record.account, "time")
        if due:
            house.ledger.seal(tx.log)
    return len(due)


def turn(house: House, actor: Actor) -> int:
    """Wrap all records anew and destroy the older keys, so that no copy of the database can be read with them; how
    many records there are. A crash on the way leaves both keys, and the next turn ends it. Raises Forbidden."""
    require(actor, Scope.OPERATE)
    names = house.identity.names
    with house.store.begin() as tx:
        tx.log.lock()
        house.identity.still(tx, actor.account, actor.credential)
        ring = names.turn()
        kept = [record for record in tx.persons.all() if record.sealed]
        for record in kept:
            sealed = names.rewrap(record.account, Sealed(record.ring, record.data_key, record.sealed), ring)
            tx.persons.rewrap(record.account, ring, sealed.data_key)
    names.drop(ring)  # only once all of it is durable under the new one
    return len(kept)


def destroy(house: House, tx: Tx, record: Record, by: str, means: entries.Means) -> None:
    at = enter(house, tx, by, record.account, "erased", means)
    gone = replace(emptied(record), standing="erased", at=house.clock(), log_index=at, means=means, by=by)
    tx.persons.put(gone)
    if attempt := tx.persons.attempt(record.account):
        tx.persons.note(replace(attempt, words=b""))


def emptied(record: Record) -> Record:
    """Without what says who it is, and without the key of it."""
    return replace(record, ring=0, data_key=b"", sealed=b"", mark=None, ends_at=None)


def enter(house: House, tx: Tx, by: str, account: str, what: entries.Standing, means: entries.Means) -> int:
    """The line in the ledger; its index."""
    pseudonym = house.ledger.pseudonym
    return house.ledger.append(tx.log, entries.Vetted(pseudonym(by), pseudonym(account), what, means)).index


def _sealed(record: Record) -> Sealed:
    return Sealed(record.ring, record.data_key, record.sealed)


def _second_look(tx: Tx, actor: Actor, account: str) -> None:
    attempt = tx.persons.attempt(account)
    if attempt is not None and _refused_before(attempt, actor.account) and not alone(tx, actor.account):
        raise Forbidden("second_look")


def _refused_before(attempt: Attempt, operator: str) -> bool:
    return attempt.appeal and attempt.refused_by == operator
