"""The vault of names is opened by two people, or not at all (privacy: a stated reason that a second person approved).

ask()      an operator says whose name, and why
decide()   a second operator, who is neither the first nor whom it is about, approves or declines
show()     the first one sees it, once, within a quarter of an hour
listing()  every opening that was asked for, with its reason; no names

Each step is a line in the ledger before anybody is shown anything.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from pingxing.errors import Conflict, Forbidden, InvalidRequest, NotFound
from pingxing.house import House
from pingxing.identity.authority import require
from pingxing.identity.vault import Person, Sealed
from pingxing.ledger import entries
from pingxing.store.openings import Opening
from pingxing.store.store import Tx
from pingxing.types import Actor, Scope

MAX_REASON = 500  # characters
ASKED_FOR = timedelta(days=7)  # that a second person may take
SHOWN_WITHIN = timedelta(minutes=15)  # after the approval

State = Literal["asked", "approved", "declined", "shown", "over"]


def ask(house: House, actor: Actor, account: str, reason: str) -> str:
    """The identifier of the opening. Raises Forbidden; InvalidRequest; NotFound where no name is kept."""
    require(actor, Scope.OPERATE)
    reason = reason.strip()
    if not 1 <= len(reason) <= MAX_REASON:
        raise InvalidRequest("length", member="reason", least=1, most=MAX_REASON)
    salt = secrets.token_bytes(entries.SALT_BYTES)
    opening = Opening(uuid.uuid4().hex, account, actor.account, reason, salt, "asked", house.clock())
    with house.store.begin() as tx:
        _begin(house, tx, actor)
        _sealed(tx, account)
        _enter(house, tx, actor, opening, "asked")
        tx.openings.add(opening)
        house.ledger.seal(tx.log)
    return opening.id


def decide(house: House, actor: Actor, opening_id: str, *, approve: bool) -> None:
    """Raises Forbidden "second_person", Conflict "opening_over", NotFound."""
    require(actor, Scope.OPERATE)
    with house.store.begin() as tx:
        _begin(house, tx, actor)
        opening = tx.openings.get(opening_id)
        if actor.account in (opening.asker, opening.subject):
            raise Forbidden("second_person")
        if state(house, opening) != "asked":
            raise Conflict("opening_over")
        turn: entries.Turn = "approved" if approve else "declined"
        _enter(house, tx, actor, opening, turn)
        tx.openings.update(replace(opening, state=turn, second=actor.account, decided_at=house.clock()))
        house.ledger.seal(tx.log)


def show(house: House, actor: Actor, opening_id: str) -> Person:
    """Who it is: told to whoever asked, this once. Raises Forbidden, Conflict "opening_over", NotFound."""
    require(actor, Scope.OPERATE)
    with house.store.begin() as tx:
        _begin(house, tx, actor)
        opening = tx.openings.get(opening_id)
        if opening.asker != actor.account:
            raise Forbidden("opening_asker")
        if state(house, opening) != "approved":
            raise Conflict("opening_over")
        who = house.identity.names.open(opening.subject, _sealed(tx, opening.subject))
        _enter(house, tx, actor, opening, "shown")
        tx.openings.update(replace(opening, state="shown", shown_at=house.clock()))
        house.ledger.seal(tx.log)
    return who


def listing(house: House, actor: Actor, limit: int = 200) -> tuple[Opening, ...]:
    """Newest first. Raises Forbidden."""
    require(actor, Scope.OPERATE)
    with house.store.read() as tx:
        return tx.openings.list(limit)


def state(house: House, opening: Opening) -> State:
    """As it stands now: what was asked or approved too long ago is over."""
    now = house.clock()
    if opening.state == "asked" and now > opening.created_at + ASKED_FOR:
        return "over"
    if opening.state == "approved" and (opening.decided_at is None or now > opening.decided_at + SHOWN_WITHIN):
        return "over"
    return opening.state


def _begin(house: House, tx: Tx, actor: Actor) -> None:
    """Where real names are required both are verified: one person with two accounts is still one person."""
    tx.log.lock()
    house.identity.still(tx, actor.account, actor.credential)
    house.identity.named(tx, actor.account)


def _sealed(tx: Tx, account: str) -> Sealed:
    record = tx.persons.get(account)
    if record is None or not record.sealed:
        raise NotFound("person")
    return Sealed(record.ring, record.data_key, record.sealed)


def _enter(house: House, tx: Tx, actor: Actor, opening: Opening, turn: entries.Turn) -> None:
    pseudonym = house.ledger.pseudonym
    statement = entries.commit(opening.reason, opening.salt)
    entry = entries.Opened(pseudonym(actor.account), pseudonym(opening.subject), opening.id, turn, statement)
    house.ledger.append(tx.log, entry)
