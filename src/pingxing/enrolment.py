"""A person says who they are (deep-synthesis provisions, art. 9): entered by themselves, sealed at once, asked about.

own()       how one's own account stands, and what can be done
hand_in()   name and document, to the verifier that the operator chose, or to a person
leave()     take it back, or have it deleted

What is entered goes into the vault and, where a service verifies, to that service's one address: nowhere else. A
refusal destroys it; who tries again enters it again. Who already waits, is verified or leaves enters nothing new.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from pingxing.errors import Conflict, InvalidRequest, NotFound, Overloaded, ServiceDown
from pingxing.house import House
from pingxing.identity.authority import require
from pingxing.identity.vault import Person, person
from pingxing.identity.verifiers import Answer
from pingxing.ledger import entries
from pingxing.realnames import Held, alone, destroy, emptied, enter
from pingxing.store.persons import Attempt, Record
from pingxing.store.store import Tx
from pingxing.types import Actor, Scope

MAX_WORDS = 500  # characters
TRIES = 5  # in a day: a form that says yes or no must not be a place to try out other people's numbers
DAY = timedelta(hours=24)
WAITS = timedelta(days=30)  # for somebody to look; then what was entered is destroyed
SERVICE = "verifier:service"  # who verified, where nobody looked: a pseudonym of its own in the ledger

Mode = Literal["off", "asked", "required"]


@dataclass(frozen=True, slots=True)
class Own:
    """`standing` is "none" where nothing was ever entered; `reason` of a refusal. `host` is who is sent what is
    entered, "" where only people look. `may` hand in now. `alone`: an operator whom nobody else can verify."""

    mode: Mode
    standing: Held
    host: str
    at: datetime | None = None
    ends_at: datetime | None = None
    reason: str = ""
    tries_left: int = TRIES
    by_service: bool = False
    alone: bool = False

    @property
    def may(self) -> bool:
        return self.mode != "off" and self.standing in ("none", "refused", "erased")


def own(house: House, actor: Actor) -> Own:
    with house.store.read() as tx:
        record, attempt = tx.persons.get(actor.account), tx.persons.attempt(actor.account)
        lonely = actor.may(Scope.OPERATE) and not house.verifier.host and alone(tx, actor.account)
    told = Own(house.settings.real_names, "none", house.verifier.host, alone=lonely)
    if record is None:
        return told
    told = replace(told, standing=record.standing, at=record.at, ends_at=record.ends_at)
    told = replace(told, by_service=record.means == "service")
    if attempt is None:
        return told
    reason = attempt.reason if record.standing == "refused" else ""
    return replace(told, reason=reason, tries_left=TRIES - _tries(house, attempt))


def hand_in(
    house: House,
    actor: Actor,
    name: str,
    paper: str,
    number: str,
    *,
    agreed: bool,
    words: str = "",
    people: bool = False,
) -> Own:
    """Enter who one is. With `people` a person looks even where a service verifies, and not the one who refused last:
    that is the second look at a refusal. `words` tell whoever looks how to reach one; never a name or a number.

    Raises InvalidRequest naming the member (never its content); Conflict "names_off", "waiting", "verified", "leaving";
    Overloaded "names" after five tries in a day; ServiceDown "verifier", after which nothing is kept; Forbidden.
    """
    require(actor, Scope.MANAGE)
    if house.settings.real_names == "off":
        raise Conflict("names_off")
    if not agreed:
        raise InvalidRequest("person_agreed", member="agreed")
    who = person(name, paper, number, house.clock().date())
    words = words.strip()
    if len(words) > MAX_WORDS:
        raise InvalidRequest("too_long", member="words", limit=MAX_WORDS)
    by_people = people or not house.verifier.host
    if not by_people:
        house.verifier.ready()
    case = _keep(house, actor, who, words, people=people, means="by_hand" if by_people else "service")
    if not by_people:
        _ask(house, actor.account, case, who)
    return own(house, actor)


def leave(house: House, actor: Actor) -> Own:
    """What waits is destroyed at once. A verified account stops being one at once, and its record goes once nothing is
    kept any more of what it asked for: until then it can still be asked whose that was. Raises NotFound, Forbidden."""
    require(actor, Scope.MANAGE)
    with house.store.begin() as tx:
        tx.log.lock()
        house.identity.still(tx, actor.account, actor.credential)
        record = tx.persons.get(actor.account)
        if record is None or record.standing not in ("waiting", "verified"):
            raise NotFound("own_name")
        if record.standing == "waiting":
            destroy(house, tx, record, actor.account, "by_hand")
        else:
            ends_at = house.clock() + timedelta(days=house.settings.retention_days)
            at = enter(house, tx, actor.account, actor.account, "leaving", "by_hand")
            tx.persons.put(replace(record, standing="leaving", at=house.clock(), log_index=at, ends_at=ends_at))
        house.ledger.seal(tx.log)
    return own(house, actor)


def _keep(house: House, actor: Actor, who: Person, words: str, *, people: bool, means: entries.Means) -> str:
    """Sealed and waiting; durable when this returns, and before anybody is asked. The case's number."""
    account, case, now = actor.account, uuid.uuid4().hex, house.clock()
    with house.store.begin() as tx:
        tx.log.lock()
        house.identity.still(tx, account, actor.credential)
        record, attempt = tx.persons.get(account), tx.persons.attempt(account)
        if record is not None and record.standing in ("waiting", "verified", "leaving"):
            raise Conflict(record.standing)
        tries = 0 if attempt is None else _tries(house, attempt)
        if attempt is not None and tries >= TRIES:
            raise Overloaded("names", retry_after=max(1, int((attempt.since + DAY - now).total_seconds())))
        names = house.identity.names
        sealed = names.seal(account, who)
        at = enter(house, tx, account, account, "asked", means)
        waits = Record(account, "waiting", now, at, sealed.ring, sealed.data_key, sealed.data, means=means)
        tx.persons.put(replace(waits, ends_at=now + WAITS))
        since = attempt.since if attempt is not None and tries else now
        before = None if attempt is None else attempt.refused_by
        beside = names.beside(account, sealed, words) if words else b""
        tx.persons.note(Attempt(account, case, tries + 1, since, people, "", before, beside))
        house.ledger.seal(tx.log)
    return case


def _ask(house: House, account: str, case: str, who: Person) -> None:
    """No transaction is open while the service thinks."""
    try:
        answer = house.verifier.ask(case, who)
    except ServiceDown:
        _settle(house, account, case, who, Answer("refused", "unanswered"))
        raise
    _settle(house, account, case, who, answer)


def _settle(house: House, account: str, case: str, who: Person, answer: Answer) -> None:
    """Write the answer down, unless somebody was faster: the person took it back, or an operator decided."""
    with house.store.begin() as tx:
        tx.log.lock()
        record, attempt = tx.persons.get(account), tx.persons.attempt(account)
        if record is None or attempt is None or record.standing != "waiting" or attempt.case != case:
            return
        if answer.outcome == "refused":
            _refused(house, tx, record, attempt, answer)
        else:
            mark = house.identity.names.mark(who)
            # That another account has this document is told to operators only: here it would tell who has an account.
            free = tx.people.account(account).active and not tx.persons.known(mark)
            if answer.outcome == "verified" and free:
                at = enter(house, tx, SERVICE, account, "verified", "service")
                found = replace(record, standing="verified", at=house.clock(), log_index=at, mark=mark, ends_at=None)
                tx.persons.put(found)
            else:
                tx.persons.put(replace(record, means="by_hand"))
        house.ledger.seal(tx.log)


def _refused(house: House, tx: Tx, record: Record, attempt: Attempt, answer: Answer) -> None:
    """A service that gave no answer costs nobody a try."""
    at = enter(house, tx, SERVICE, record.account, "refused", "service")
    tx.persons.put(replace(emptied(record), standing="refused", at=house.clock(), log_index=at))
    tries = attempt.tries - (answer.reason == "unanswered")
    tx.persons.note(replace(attempt, tries=tries, reason=answer.reason, words=b""))


def _tries(house: House, attempt: Attempt) -> int:
    return attempt.tries if house.clock() < attempt.since + DAY else 0
