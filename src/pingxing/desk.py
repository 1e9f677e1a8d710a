"""What people look at: their jobs and receipts, the queue, the operator's overview. Reads only."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from pingxing.errors import NotFound, UnreadableFile
from pingxing.house import House
from pingxing.identity.authority import may_see, require
from pingxing.jobs.queue import DAY
from pingxing.ledger.log import InclusionProof
from pingxing.lookout import Lookout
from pingxing.store.store import Tx
from pingxing.store.work import Appeal
from pingxing.types import Actor, Job, JobState, Progress, Receipt, Scope

_RECENT = 200  # refusals that the operator's rule counts are taken from


@dataclass(frozen=True, slots=True)
class JobView:
    """A job with what a person asks next: its place, the wait, its pictures."""

    job: Job
    place: int  # 0 once running
    wait_s: float | None
    receipts: tuple[Receipt, ...]
    appeal: Appeal | None = None  # of a refused one, or one that was delivered without some of its pictures
    gone: frozenset[str] = frozenset()  # receipts that a person withdrew
    ignored: tuple[str, ...] = ()  # members of the request that its model has no use for


@dataclass(frozen=True, slots=True)
class Usage:
    """What an account used of the machine in the last 24 hours, in steps of a picture of 1024 x 1024."""

    spent: float  # of jobs that have ended
    reserved: float  # of jobs that wait or run
    limit: int | None  # None: as much as it likes
    weight: int  # its share of steps beside other accounts


@dataclass(frozen=True, slots=True)
class Overview:
    queued: int
    running: int
    by_state: dict[JobState, int]
    queue: tuple[JobView, ...]
    refusals: tuple[JobView, ...]
    top_rules: tuple[tuple[str, int], ...]
    ledger_size: int
    ledger_root: str
    accounts: int


class Desk:
    def __init__(self, house: House) -> None:
        self._house = house
        self._lookout = Lookout(house.store)

    def job(self, actor: Actor, job_id: str) -> JobView:
        """Raises NotFound, also for somebody else's."""
        with self._house.store.read() as tx:
            return self._view(tx, self._own(tx, actor, job_id))

    def jobs(
        self,
        actor: Actor,
        *,
        before: str | None = None,
        limit: int = 24,
        states: Iterable[JobState] | None = None,
    ) -> tuple[JobView, ...]:
        """One's own jobs, newest first, at most 100; `before` is the last job of the page before."""
        require(actor, Scope.GENERATE)
        with self._house.store.read() as tx:
            jobs = tx.work.list(account=actor.account, before=before, limit=min(limit, 100), states=states)
            return tuple(self._view(tx, job) for job in jobs)

    def usage(self, actor: Actor) -> Usage:
        """One's own."""
        require(actor, Scope.GENERATE)
        with self._house.store.read() as tx:
            used = tx.charges.used(actor.account, self._house.clock() - DAY)
            allowed = self._house.queue.allowance(tx, actor.account)
            weight = tx.people.account(actor.account).weight
        limit = None if allowed is None else allowed // 1000
        return Usage(used.spent / 1000, used.reserved / 1000, limit, weight)

    def receipt(self, actor: Actor, receipt_id: str) -> Receipt:
        with self._house.store.read() as tx:
            receipt = tx.work.receipt(receipt_id)
        if not (may_see(actor, receipt.account) or actor.may(Scope.AUDIT)):
            raise NotFound("receipt")
        return receipt

    def proof(self, actor: Actor, receipt_id: str) -> InclusionProof:
        """That the receipt's delivery is in the log, under the newest checkpoint."""
        receipt = self.receipt(actor, receipt_id)
        with self._house.store.read() as tx:
            return self._house.ledger.prove(tx.log, receipt.log_index)

    def overview(self, actor: Actor) -> Overview:
        require(actor, Scope.OPERATE)
        with self._house.store.read() as tx:
            counts = tx.work.counts()
            queue = tx.work.list(states=[JobState.QUEUED, JobState.RUNNING], limit=50)
            refused = tx.work.list(states=[JobState.REFUSED], limit=_RECENT)
            rules = Counter(rule for job in refused if job.verdict for rule in job.verdict.rules)
            sealed = self._house.ledger.attest(tx.log)
            return Overview(
                queued=counts[JobState.QUEUED],
                running=counts[JobState.RUNNING],
                by_state=counts,
                queue=tuple(self._view(tx, job) for job in sorted(queue, key=lambda j: (j.priority, j.created_at))),
                refusals=tuple(self._view(tx, job) for job in refused[:20]),
                top_rules=tuple(rules.most_common(10)),
                ledger_size=sealed.size if sealed else 0,
                ledger_root=sealed.root if sealed else "",
                accounts=len(tx.people.all()),
            )

    async def watch(self, actor: Actor, job_id: str) -> AsyncIterator[Progress]:
        """The job's present state, then each change, ending after a final one. Raises NotFound.

        Reads the database and not this process's memory, so it also follows jobs of other workers,
        and whoever reconnects has missed nothing.
        """
        await asyncio.to_thread(self.job, actor, job_id)
        async for progress in self._lookout.follow(job_id):
            yield progress

    def _own(self, tx: Tx, actor: Actor, job_id: str) -> Job:
        job = tx.work.get(job_id)
        if not may_see(actor, job.account):
            raise NotFound("job", job=job_id)
        return job

    def _view(self, tx: Tx, job: Job) -> JobView:
        place = tx.work.place(job) if job.state is JobState.QUEUED else 0
        wait = self._house.queue.wait_s(tx, place) if place else None
        receipts = tx.work.receipts_of(job.id) if job.state is JobState.DELIVERED else ()
        appeal = tx.work.appeal_of(job.id) if job.state is JobState.REFUSED or job.verdict is not None else None
        said = tx.notices.all_of([receipt.id for receipt in receipts])
        gone = frozenset(receipt for receipt, notice in said.items() if notice.state == "withdrawn")
        return JobView(job, place, wait, receipts, appeal, gone, self._ignored(job))

    def _ignored(self, job: Job) -> tuple[str, ...]:
        try:
            return self._house.registry.unheeded(job.request)
        except (NotFound, UnreadableFile):  # the model's folder is gone: the job stays what it was
            return ()
