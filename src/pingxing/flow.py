"""Open this first: the one way from a wish to a picture. Nothing reaches anyone by another road.

    Actor + Request
      admit()    authority -> quota -> policy on the input -> ledger intent -> job queued -> commit -> Job
      fulfil()   authority again -> engine -> policy on the output -> label -> read back -> blob -> ledger -> commit
      release()  Receipt -> bytes, after the ledger's proof and the bytes' digest were checked

What no engine makes (contact sheets, files brought to be labelled) goes by record() instead of the first two; a file
that takes long to be labelled by admit_file(), and by fulfil() like everything else.

Each `store.begin()` is one transaction: job state and ledger entry are committed together or not at all, and nobody
is told of either before. A kill at any line leaves a job that will be run again, or one that has wholly ended.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pingxing import drawing, marking
from pingxing.errors import Conflict, LedgerBroken, NotFound, Refused
from pingxing.house import House
from pingxing.identity.authority import may_see, require
from pingxing.ledger import entries
from pingxing.news import News
from pingxing.policy.base import TextSubject
from pingxing.press import BROUGHT, Labelled, issue
from pingxing.records import empty, end, enter, refuse_output
from pingxing.refusal import hold
from pingxing.stopwatch import Stopwatch
from pingxing.store.uploads import Upload
from pingxing.types import Actor, Job, JobState, Receipt, Request, Scope, Verdict
from pingxing.uploads import brought


@dataclass(frozen=True, slots=True)
class Released:
    data: bytes
    receipt: Receipt


def admit(house: House, actor: Actor, request: Request, *, cleared: frozenset[str] = frozenset()) -> Job:
    """Take a wish on: once this returns it will end delivered, refused, failed or cancelled, come what may.

    `cleared` are rules that a person set aside for this wish, on appeal. Raises Forbidden, UnknownModel,
    InvalidRequest, Overloaded, StorageFailed; Refused once the refusal is on record.
    """
    require(actor, Scope.GENERATE)
    request, cost = house.complete(request)
    brought(house, actor.account, request)
    watch = Stopwatch()
    with house.store.read() as tx:
        house.identity.named(tx, actor.account)
        house.queue.make_room(tx, actor.account, cost, house.clock())
    with watch("policy"):
        said = [TextSubject(text) for text in house.registry.texts(request)]
        verdict = house.guard.judge(*said, TextSubject(request.negative, "negative")).without(cleared)
    with house.store.begin() as tx:
        tx.log.lock()  # writers take turns from here on, so the limits, asked again, are exact
        house.queue.make_room(tx, actor.account, cost, house.clock())
        now = house.clock()
        job = Job(
            id=uuid.uuid4().hex,
            account=actor.account,
            credential=actor.credential,
            state=JobState.QUEUED if verdict.allows else JobState.REFUSED,
            request=request,
            created_at=now,
            priority=house.queue.tag(tx, actor.account, cost, request.urgency),
            finished_at=None if verdict.allows else now,
            verdict=None if verdict.allows else verdict,
            cleared=cleared,
            timings_ms=watch.ms,
            cost=cost if verdict.allows else 0,
            spent=None if verdict.allows else 0,
            due_at=None if request.deadline_s is None else now + timedelta(seconds=request.deadline_s),
        )
        job = enter(house, tx, job, request.count)
        hold(house, tx, job, verdict)
        house.ledger.seal(tx.log)
    if not verdict.allows:
        raise Refused(verdict, job.id)
    house.queue.push(job.id, job.priority)
    return job


def admit_file(house: House, actor: Actor, request: Request, upload: Upload, data: bytes) -> Job:
    """Take a file on that is to be labelled, as `admit` does a wish; what the rules say of it, `fulfil` learns. It lies
    sealed beside its job until that has ended. Raises Forbidden, Overloaded, QuotaExceeded, StorageFailed."""
    require(actor, Scope.GENERATE)
    with house.store.begin() as tx:
        tx.log.lock()
        house.identity.named(tx, actor.account)
        now = house.clock()
        house.queue.make_room(tx, actor.account, 0, now)
        tag = house.queue.tag(tx, actor.account, 0, request.urgency)
        tx.uploads.add(upload, data)
        job = Job(uuid.uuid4().hex, actor.account, actor.credential, JobState.QUEUED, request, now, tag)
        job = enter(house, tx, job, 1)
        house.ledger.seal(tx.log)
    house.queue.push(job.id, job.priority, aside=True)
    return job


def fulfil(house: House, job_id: str, stop: threading.Event | None = None) -> None:
    """Run an admitted job to its end. Running one that has ended does nothing. `stop`: set when this process ends.

    Raises what may go well next time (`retryable`) or what must end the job: see `give_up`.
    """
    with house.store.begin() as tx:
        job = tx.work.get(job_id, lock=True)
        if job.state.final:
            return
        actor = house.identity.maker(tx, job.account, job.credential)
        started = house.clock()
        tx.work.update(job_id, state=JobState.RUNNING, started_at=started, step=0, steps=0)
        terms = house.terms(tx, job)
    watch = Stopwatch({**job.timings_ms, "queue": max(0.0, (started - job.created_at).total_seconds() * 1000)})
    try:
        with News(house, job, actor) as news:
            if job.request.model == BROUGHT:
                files, verdicts = marking.fulfil(house, job, actor, news, watch, stop)
            else:
                files, verdicts = drawing.fulfil(house, job, actor, news, watch, terms)
    except Conflict:
        return  # cancelled between two steps, and recorded where that was asked
    with house.store.begin() as tx:
        ended = tx.work.get(job_id, lock=True).state.final
        news.note(tx)
        if ended:
            tx.charges.settle(job_id)
            return  # cancelled, or another worker was first: nothing is delivered twice
        house.identity.maker(tx, job.account, job.credential)
        findings = tuple(finding for verdict in verdicts for finding in verdict.findings)
        if not files:
            refuse_output(house, tx, job, Verdict("block", findings).without(job.cleared))
            return
        with watch("ledger"):
            issue(house, tx, job, files)
        watch.ms["total"] = max(0.0, (house.clock() - job.created_at).total_seconds() * 1000)
        verdict = Verdict("allow", findings) if findings else None
        tx.work.update(job_id, state=JobState.DELIVERED, finished_at=house.clock(), verdict=verdict, timings=watch.ms)
        tx.charges.settle(job_id)
        empty(house, tx, job)


def record(house: House, job: Job, files: Sequence[Labelled]) -> None:
    """Admit and end at once a job that needed no engine: delivered with its `files`, or without any refused."""
    with house.store.begin() as tx:
        tx.log.lock()
        house.identity.maker(tx, job.account, job.credential)
        enter(house, tx, job, len(files))
        if files:
            issue(house, tx, job, files)
        else:
            hold(house, tx, job, job.verdict or Verdict("block"))
            house.ledger.seal(tx.log)


def release(house: House, actor: Actor, receipt_id: str) -> Released:
    """The bytes of a receipt: the only function that hands any to anyone.

    Raises NotFound (also for what is another's), Withdrawn, LedgerBroken where receipt and log disagree,
    Integrity where the file is no longer what was delivered.
    """
    with house.store.read() as tx:
        receipt = tx.work.receipt(receipt_id)
        if not may_see(actor, receipt.account):
            raise NotFound("receipt")
        tx.notices.unless_withdrawn(receipt_id)
        proof = house.ledger.prove(tx.log, receipt.log_index)
    if entries.handed_over(proof.leaf) != (receipt.id, receipt.artifact.sha256):
        raise LedgerBroken("receipt", receipt=receipt.id)
    return Released(house.blobs.get(receipt.artifact.sha256), receipt)


def cancel(house: House, actor: Actor, job_id: str) -> None:
    """End a job before its time. Raises NotFound for another's job, Conflict for one that has ended."""
    with house.store.begin() as tx:
        job = tx.work.get(job_id, lock=True)
        if not may_see(actor, job.account):
            raise NotFound("job", job=job_id)
        if job.state.final:
            raise Conflict("ended", state=job.state.value)
        entry = entries.Cancelled(job_id, house.ledger.pseudonym(actor.account))
        end(house, tx, job_id, JobState.CANCELLED, entry)


def give_up(house: House, job_id: str, error: str) -> None:
    """End a job that no further try will help; `error` is a code of `errors`. Does nothing to one that has ended."""
    with house.store.begin() as tx:
        if not tx.work.get(job_id, lock=True).state.final:
            end(house, tx, job_id, JobState.FAILED, entries.Failed(job_id, error), error=error)
