"""A refusal can be contested, free of charge, and a person decides (DSA art. 20; deep-synthesis art. 12).

Where a rule only doubts, the case lies before people already (`refusal.hold`). Each is promised an answer by a day.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

from pingxing.errors import Conflict, InvalidRequest, NotFound, Refused
from pingxing.flow import admit
from pingxing.house import House
from pingxing.identity.authority import may_see, require
from pingxing.ledger import entries
from pingxing.store.oversight import Contest
from pingxing.store.store import Tx
from pingxing.store.work import Appeal
from pingxing.types import Actor, Job, JobState, Scope

MAX_WORDS = 2_000
_PRECEDENTS = 3  # earlier decisions on a rule that are shown beside a case


@dataclass(frozen=True, slots=True)
class Precedent:
    """What people decided before where this rule had fired, newest first."""

    rule: str  # "pack/rule"
    upheld: int
    overturned: int
    last: tuple[Appeal, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """What a person needs to decide."""

    appeal: Appeal
    job: Job
    late: bool
    precedents: tuple[Precedent, ...]


def file(house: House, actor: Actor, job_id: str, words: str) -> Appeal:
    """Ask a person to look at a refused job, once; a case that the house opened gets the words.

    Raises NotFound, Conflict, InvalidRequest.
    """
    require(actor, Scope.GENERATE)
    _bound(words)
    with house.store.begin() as tx:
        job = tx.work.get(job_id)
        if not may_see(actor, job.account):
            raise NotFound("job", job=job_id)
        if job.state is not JobState.REFUSED:
            raise Conflict("not_refused", state=job.state.value)
        appeal = _opened(house, tx, job, words)
        who = house.ledger.pseudonym(actor.account)
        house.ledger.append(tx.log, entries.Appealed(job_id, who, appeal.id, _statement(words)))
        house.ledger.seal(tx.log)
    return appeal


def _opened(house: House, tx: Tx, job: Job, words: str) -> Appeal:
    held = tx.work.appeal_of(job.id)
    if held is not None and (held.kind, held.state, held.words) == ("review", "open", ""):
        held = replace(held, words=words)
        tx.work.plead(held)
        return held
    now = house.clock()
    appeal = Appeal(
        id=uuid.uuid4().hex,
        job=job.id,
        account=job.account,
        words=words,
        state="open",
        answer="",
        successor=None,
        created_at=now,
        decided_at=None,
        due_at=now + timedelta(days=house.settings.appeal_days),
    )
    tx.work.add_appeal(appeal)  # raises Conflict where there is one
    return appeal


def mine(house: House, actor: Actor) -> tuple[Appeal, ...]:
    require(actor, Scope.GENERATE)
    with house.store.read() as tx:
        return tx.work.appeals(account=actor.account)


def unread(house: House, actor: Actor) -> int:
    """How many answers wait to be read by whoever asked. One look at an index: pages ask it each time."""
    require(actor, Scope.GENERATE)
    with house.store.read() as tx:
        return tx.work.unread(actor.account)


def read(house: House, actor: Actor) -> None:
    """They were shown."""
    require(actor, Scope.GENERATE)
    with house.store.begin() as tx:
        tx.work.read(actor.account, house.clock())


def pending(house: House, actor: Actor) -> tuple[Appeal, ...]:
    """What waits for a person, due first."""
    require(actor, Scope.OPERATE)
    with house.store.read() as tx:
        return tx.work.appeals(open_only=True)


def docket(house: House, actor: Actor, limit: int = 50) -> tuple[Case, ...]:
    """The same with everything a person needs to decide: the wish, what stopped it, and earlier decisions on it."""
    require(actor, Scope.OPERATE)
    now = house.clock()
    with house.store.read() as tx:
        waiting = [(appeal, tx.work.get(appeal.job)) for appeal in tx.work.appeals(open_only=True)[:limit]]
        wanted = {rule for _, job in waiting if job.verdict for rule in job.verdict.rules}
        known = _precedents(tx, wanted) if wanted else {}
    return tuple(
        Case(
            appeal,
            job,
            appeal.state == "open" and appeal.due_at < now,
            tuple(known[rule] for rule in sorted(job.verdict.rules) if rule in known) if job.verdict else (),
        )
        for appeal, job in waiting
    )


def _precedents(tx: Tx, wanted: set[str]) -> dict[str, Precedent]:
    found: dict[str, list[Contest]] = {}
    for contest, rules in tx.oversight.decided():
        for rule in rules & wanted:
            found.setdefault(rule, []).append(contest)
    return {
        rule: Precedent(
            rule=rule,
            upheld=sum(contest.state == "upheld" for contest in contests),
            overturned=sum(contest.state == "overturned" for contest in contests),
            last=tuple(tx.work.appeal(contest.id) for contest in contests[:_PRECEDENTS]),
        )
        for rule, contests in found.items()
    }


def decide(house: House, actor: Actor, appeal_id: str, *, overturn: bool, words: str) -> Appeal:
    """Uphold the refusal, or overturn it: then the wish is admitted anew with the contested rules set aside.

    The answer is on record before the wish runs; if the wish could not be admitted then (a full queue, a crash),
    overturning once more admits it. Where another rule stops the wish meanwhile, that refusal is what comes of it.
    Whoever pleaded is owed an answer in words; a review that nobody pleaded may be decided without.
    Raises Conflict when it was decided before, or the wish is past its retention; InvalidRequest.
    """
    require(actor, Scope.OPERATE)
    with house.store.begin() as tx:
        appeal = tx.work.appeal(appeal_id)
        job = tx.work.get(appeal.job)
        halfway = appeal.state == "overturned" and appeal.successor is None and overturn
        if appeal.state != "open" and not halfway:
            raise Conflict("decided", state=appeal.state)
        if overturn and not job.request.prompt:
            raise Conflict("forgotten")
        if not halfway:
            _bound(words, least=1 if appeal.words else 0)
            appeal = _record(house, tx, actor, appeal, overturn=overturn, words=words)
        owner = house.identity.still(tx, job.account, job.credential) if overturn else None
    if owner is None or job.verdict is None:
        return appeal
    try:
        successor = admit(house, owner, job.request, cleared=job.cleared | job.verdict.rules).id
    except Refused as refused:  # by a rule that did not stop it before: a refusal of its own, with its own appeal
        successor = refused.job
    appeal = replace(appeal, successor=successor)
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


def _bound(words: str, least: int = 1) -> None:
    if not least <= len(words.strip()) <= MAX_WORDS:
        raise InvalidRequest("length", member="words", least=least, most=MAX_WORDS)


def _statement(words: str) -> str:
    return entries.commit(words, secrets.token_bytes(entries.SALT_BYTES))
