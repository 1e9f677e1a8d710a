"""A refusal can be contested, free of charge, and a person decides (DSA art. 20; deep-synthesis art. 12)."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import replace

from pingxing.errors import Conflict, InvalidRequest, NotFound
from pingxing.flow import admit
from pingxing.house import House
from pingxing.identity.authority import may_see, require
from pingxing.ledger import entries
from pingxing.store.store import Tx
from pingxing.store.work import Appeal
from pingxing.types import Actor, JobState, Scope

MAX_WORDS = 2_000


def file(house: House, actor: Actor, job_id: str, words: str) -> Appeal:
    """Ask a person to look at a refused job, once. Raises NotFound, Conflict, InvalidRequest."""
    require(actor, Scope.GENERATE)
    _bound(words)
    with house.store.begin() as tx:
        job = tx.work.get(job_id)
        if not may_see(actor, job.account):
            raise NotFound("job", job=job_id)
        if job.state is not JobState.REFUSED:
            raise Conflict("not_refused", state=job.state.value)
        appeal = Appeal(uuid.uuid4().hex, job_id, job.account, words, "open", "", None, house.clock(), None)
        tx.work.add_appeal(appeal)
        who = house.ledger.pseudonym(actor.account)
        house.ledger.append(tx.log, entries.Appealed(job_id, who, appeal.id, _statement(words)))
        house.ledger.seal(tx.log)
    return appeal


def mine(house: House, actor: Actor) -> tuple[Appeal, ...]:
    require(actor, Scope.GENERATE)
    with house.store.read() as tx:
        return tx.work.appeals(account=actor.account)


def pending(house: House, actor: Actor) -> tuple[Appeal, ...]:
    require(actor, Scope.OPERATE)
    with house.store.read() as tx:
        return tx.work.appeals(open_only=True)


def decide(house: House, actor: Actor, appeal_id: str, *, overturn: bool, words: str) -> Appeal:
    """Uphold the refusal, or overturn it: then the wish is admitted anew with the contested rules set aside.

    The answer is on record before the wish runs; if the wish could not be admitted then (a full queue, a crash),
    overturning once more admits it. Raises Conflict when it was decided before.
    """
    require(actor, Scope.OPERATE)
    _bound(words)
    with house.store.begin() as tx:
        appeal = tx.work.appeal(appeal_id)
        job = tx.work.get(appeal.job)
        halfway = appeal.state == "overturned" and appeal.successor is None and overturn
        if appeal.state != "open" and not halfway:
            raise Conflict("decided", state=appeal.state)
        if not halfway:
            appeal = _record(house, tx, actor, appeal, overturn=overturn, words=words)
        owner = house.identity.still(tx, job.account, job.credential) if overturn else None
    if owner is None or job.verdict is None:
        return appeal
    successor = admit(house, owner, job.request, cleared=job.verdict.rules)
    appeal = replace(appeal, successor=successor.id)
    with house.store.begin() as tx:
        tx.work.decide_appeal(appeal)
    return appeal


def _record(house: House, tx: Tx, actor: Actor, appeal: Appeal, *, overturn: bool, words: str) -> Appeal:
    outcome: entries.Outcome = "overturned" if overturn else "upheld"
    decided = replace(appeal, state=outcome, answer=words, decided_at=house.clock())
    tx.work.decide_appeal(decided)
    who = house.ledger.pseudonym(actor.account)
    house.ledger.append(tx.log, entries.Decided(appeal.job, who, appeal.id, outcome, _statement(words)))
    house.ledger.seal(tx.log)
    return decided


def _bound(words: str) -> None:
    if not 1 <= len(words.strip()) <= MAX_WORDS:
        raise InvalidRequest("length", member="words", least=1, most=MAX_WORDS)


def _statement(words: str) -> str:
    return entries.commit(words, secrets.token_bytes(entries.SALT_BYTES))
