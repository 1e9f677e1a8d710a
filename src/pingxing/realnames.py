"""Whose account it is (deep-synthesis provisions, art. 9): verified once, kept apart, and never told in passing.

register()   how each account stands; no name is told
verify()     an operator looked at the document
erase()      the record is destroyed, and how the account stands with it
turn()       a new key on the vault's ring, the older ones destroyed
forget()     what is over: records of accounts that were closed long enough ago

The ledger hears that somebody was verified and by whom, as pseudonyms, and nothing of what the vault holds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from pingxing.errors import Conflict, Forbidden, NotFound
from pingxing.house import House
from pingxing.identity.authority import require
from pingxing.identity.service import Profile
from pingxing.identity.vault import Sealed, person
from pingxing.ledger import entries
from pingxing.store.persons import Record
from pingxing.store.store import Tx
from pingxing.types import Actor, Scope


@dataclass(frozen=True, slots=True)
class Registered:
    """`standing` of the account: "none" where nobody has ever verified it."""

    account: Profile
    standing: str
    at: datetime | None = None
    means: str = ""
    by: str = ""  # the operator's account name
    log_index: int | None = None
    ends_at: datetime | None = None


def standing(house: House, actor: Actor) -> Record | None:
    """Of one's own account; None where nobody has ever verified it."""
    with house.store.read() as tx:
        return tx.persons.get(actor.account)


def register(house: House, actor: Actor) -> tuple[Registered, ...]:
    """All accounts, those that are not verified first. Raises Forbidden."""
    accounts = house.identity.accounts(actor)
    names = {account.id: account.name for account in accounts}
    with house.store.read() as tx:
        records = {record.account: record for record in tx.persons.all()}
    told = [_told(account, records.get(account.id), names) for account in accounts]
    return tuple(sorted(told, key=lambda one: (one.standing == "verified", not one.account.active)))


def _told(account: Profile, record: Record | None, names: dict[str, str]) -> Registered:
    if record is None:
        return Registered(account, "none")
    by = names.get(record.by or "", "")
    return Registered(account, record.standing, record.at, record.means, by, record.log_index, record.ends_at)


def verify(house: House, actor: Actor, account: str, name: str, paper: str, number: str) -> None:
    """`actor` has the document before their eyes, and it is the person's whose account this is. Nobody does that for
    their own account: a single administrator is verified by a second one.

    Raises InvalidRequest naming the member; Conflict "verified", "account_closed", or "person_known" where another
    account was verified by that document; Forbidden, NotFound.
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
        if tx.persons.verified(account):
            raise Conflict("verified")
        mark = house.identity.names.mark(who)
        if tx.persons.known(mark):
            raise Conflict("person_known")
        sealed = house.identity.names.seal(account, who)
        at = _enter(house, tx, actor.account, account, "verified", "by_hand")
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
        house.ledger.seal(tx.log)


def erase(house: House, actor: Actor, account: str) -> None:
    """Destroy what is kept of a person: at their wish, or because it was wrong. Raises Forbidden, NotFound."""
    require(actor, Scope.OPERATE)
    with house.store.begin() as tx:
        tx.log.lock()
        house.identity.still(tx, actor.account, actor.credential)
        record = tx.persons.get(account)
        if record is None or record.standing == "erased":
            raise NotFound("person")
        _erase(house, tx, record, actor.account, "by_hand")
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
            _erase(house, tx, record, record.account, "time")
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


def _erase(house: House, tx: Tx, record: Record, by: str, means: entries.Means) -> None:
    at = _enter(house, tx, by, record.account, "erased", means)
    gone = replace(record, ring=0, data_key=b"", sealed=b"", mark=None, means=means, ends_at=None)
    tx.persons.put(replace(gone, standing="erased", at=house.clock(), log_index=at, by=by))


def _enter(house: House, tx: Tx, by: str, account: str, what: entries.Standing, means: entries.Means) -> int:
    pseudonym = house.ledger.pseudonym
    return house.ledger.append(tx.log, entries.Vetted(pseudonym(by), pseudonym(account), what, means)).index
