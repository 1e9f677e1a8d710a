"""What is written of a job when it begins and when it ends: its row, and beside it what the ledger says.

Nothing here begins a transaction: `flow` does, and commits row and entry together.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import replace

from pingxing.house import House
from pingxing.ledger import entries
from pingxing.press import BROUGHT
from pingxing.refusal import hold, rules
from pingxing.store.store import Tx
from pingxing.types import Actor, Job, JobState, Request, Verdict


def ended(
    house: House, actor: Actor, request: Request, verdict: Verdict | None, timings_ms: dict[str, float] | None = None
) -> Job:
    """A job that needed no engine, for `flow.record`: it has ended already, so that no worker takes it up.

    `verdict` is what stopped it, None where nothing did.
    """
    now = house.clock()
    return Job(
        id=uuid.uuid4().hex,
        account=actor.account,
        credential=actor.credential,
        state=JobState.DELIVERED if verdict is None else JobState.REFUSED,
        request=request,
        created_at=now,
        priority=0,
        finished_at=now,
        verdict=verdict,
        spent=0,
        timings_ms={} if timings_ms is None else timings_ms,
    )


def enter(house: House, tx: Tx, job: Job, count: int) -> Job:
    """Write a new job down, admitted with `count` pictures or refused on its input; the caller holds the log's lock."""
    salt = secrets.token_bytes(entries.SALT_BYTES)
    who, prompt = house.ledger.pseudonym(job.account), entries.commit(job.request.prompt, salt)
    entry: entries.Entry = entries.Admitted(job.id, who, prompt, job.request.model, count)
    if job.state is JobState.REFUSED:
        entry = entries.Refused(job.id, who, prompt, rules(job.verdict or Verdict("block")), "input")
    entered = replace(job, log_index=house.ledger.append(tx.log, entry).index)
    tx.work.add(entered, salt)
    return entered


def refuse_output(house: House, tx: Tx, job: Job, verdict: Verdict) -> None:
    """None of its pictures may leave."""
    prompt = entries.commit(job.request.prompt, tx.work.salt(job.id))
    entry = entries.Refused(job.id, house.ledger.pseudonym(job.account), prompt, rules(verdict), "output")
    end(house, tx, job.id, JobState.REFUSED, entry, verdict=verdict)
    hold(house, tx, job, verdict)


def end(house: House, tx: Tx, job_id: str, state: JobState, entry: entries.Entry, **more: object) -> None:
    """Without a delivery; `more` are columns of the job. What was reserved for it is free again."""
    house.ledger.append(tx.log, entry)
    house.ledger.seal(tx.log)
    tx.work.update(job_id, state=state, finished_at=house.clock(), **more)
    tx.charges.settle(job_id)
    empty(house, tx, tx.work.get(job_id))


def empty(house: House, tx: Tx, job: Job) -> None:
    """What was brought to be labelled is kept no longer than its job."""
    if job.request.model == BROUGHT and job.request.init_image:
        tx.uploads.empty(job.request.init_image, house.clock())
