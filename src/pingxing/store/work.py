"""Jobs, receipts and appeals. What quotes a prompt is sealed with its account's key before it is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import TypeAdapter

from pingxing.errors import Conflict, NotFound
from pingxing.store import tables
from pingxing.store.vault import Vault
from pingxing.types import Artifact, Finding, Job, JobState, Receipt, Request, Scene, Verdict

_SCENE: TypeAdapter[Scene] = TypeAdapter(Scene)
_VERDICT: TypeAdapter[Verdict] = TypeAdapter(Verdict)
_IN = 500  # values in one IN list
_FORGOTTEN = Request.model_construct(prompt="")  # shown once retention has removed the request

ReceiptKind = Literal["output", "preview", "copy"]


@dataclass(frozen=True, slots=True)
class Tick:
    """How far a running job is."""

    state: JobState
    step: int
    steps: int
    preview: str | None


@dataclass(frozen=True, slots=True)
class Appeal:
    id: str
    job: str
    account: str
    words: str
    state: Literal["open", "upheld", "overturned"]
    answer: str
    successor: str | None
    created_at: datetime
    decided_at: datetime | None
    due_at: datetime  # by when an answer was promised
    kind: Literal["contested", "review"] = "contested"  # by whoever asked, or put before people by the house


class Work:
    def __init__(self, connection: sa.Connection, vault: Vault) -> None:
        self._c = connection
        self._vault = vault
        self._data_keys: dict[str, bytes | None] = {}

    # jobs

    def add(self, job: Job, salt: bytes) -> None:
        self._c.execute(
            tables.jobs.insert().values(
                id=job.id,
                account=job.account,
                credential=job.credential,
                state=job.state.value,
                request=self._seal(job.account, f"job/{job.id}", job.request.model_dump_json().encode()),
                salt=self._seal(job.account, f"salt/{job.id}", salt),
                priority=job.priority,
                created_at=job.created_at,
                finished_at=job.finished_at,
                log_index=job.log_index,
                **self._told(job.account, job.id, job.verdict),
                cleared=" ".join(sorted(job.cleared)),
                timings=json.dumps(job.timings_ms),
                cost=job.cost,
                spent=job.spent,
                due_at=job.due_at,
            )
        )

    def get(self, job_id: str, *, lock: bool = False) -> Job:
        """Raises NotFound. With `lock` the row stays as it is until this transaction ends."""
        query = sa.select(tables.jobs).where(tables.jobs.c.id == job_id)
        row = self._c.execute(query.with_for_update() if lock else query).first()
        if row is None:
            raise NotFound("job", job=job_id)
        return self._job(row)

    def salt(self, job_id: str) -> bytes:
        """The salt of the prompt's commitment in the ledger: with it and the prompt anyone can check the entry."""
        row = self._c.execute(
            sa.select(tables.jobs.c.account, tables.jobs.c.salt).where(tables.jobs.c.id == job_id)
        ).one()
        return self._open(row.account, f"salt/{job_id}", row.salt)

    def update(self, job_id: str, **changes: Any) -> None:
        if "state" in changes:
            changes["state"] = JobState(changes["state"]).value
        if changes.get("verdict") is not None:
            account = self._c.execute(sa.select(tables.jobs.c.account).where(tables.jobs.c.id == job_id)).scalar_one()
            changes |= self._told(account, job_id, changes["verdict"])
        if "timings" in changes:
            changes["timings"] = json.dumps(changes["timings"])
        self._c.execute(tables.jobs.update().where(tables.jobs.c.id == job_id).values(**changes))

    def list(
        self,
        *,
        account: str | None = None,
        states: Iterable[JobState] | None = None,
        before: str | None = None,
        limit: int = 24,
    ) -> tuple[Job, ...]:
        """Newest first; `before` is the id of the last job of the page before."""
        jobs = tables.jobs
        query = sa.select(jobs).order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(limit)
        if account is not None:
            query = query.where(jobs.c.account == account)
        if states is not None:
            query = query.where(jobs.c.state.in_([state.value for state in states]))
        if before is not None:
            mark = sa.select(jobs.c.created_at).where(jobs.c.id == before).scalar_subquery()
            query = query.where(
                sa.or_(jobs.c.created_at < mark, sa.and_(jobs.c.created_at == mark, jobs.c.id < before))
            )
        return tuple(self._job(row) for row in self._c.execute(query))

    def readable(self, since: datetime, until: datetime) -> int:
        """How many jobs of the period hold a wish that can still be read."""
        jobs, accounts = tables.jobs, tables.accounts
        query = (
            sa.select(sa.func.count())
            .select_from(jobs.join(accounts, accounts.c.id == jobs.c.account))
            .where(jobs.c.created_at >= since, jobs.c.created_at < until, jobs.c.request != b"")
            .where(accounts.c.data_key.is_not(None))
        )
        return int(self._c.execute(query).scalar_one())

    def asked(self, since: datetime, until: datetime, limit: int) -> Iterator[Job]:
        """Jobs of the period whose wish can still be read (retention, forgotten accounts), newest first."""
        jobs = tables.jobs
        query = (
            sa.select(jobs)
            .where(jobs.c.created_at >= since, jobs.c.created_at < until, jobs.c.request != b"")
            .order_by(jobs.c.created_at.desc(), jobs.c.id)
            .limit(limit)
        )
        for row in self._c.execute(query):
            job = self._job(row)
            if job.request.prompt:
                yield job

    def ticks(self, job_ids: Sequence[str]) -> dict[str, Tick]:
        """How far these jobs are; unknown ones are left out."""
        jobs, found = tables.jobs, dict[str, Tick]()
        columns = sa.select(jobs.c.id, jobs.c.state, jobs.c.step, jobs.c.steps, jobs.c.preview)
        for first in range(0, len(job_ids), _IN):
            for row in self._c.execute(columns.where(jobs.c.id.in_(job_ids[first : first + _IN]))):
                found[row.id] = Tick(JobState(row.state), row.step, row.steps, row.preview)
        return found

    def places(self) -> dict[str, int]:
        """The place of every queued job; 1 runs next."""
        jobs = tables.jobs
        query = sa.select(jobs.c.id).where(jobs.c.state == "queued").order_by(jobs.c.priority, jobs.c.created_at)
        return {job_id: place for place, job_id in enumerate(self._c.execute(query).scalars(), start=1)}

    def waiting(self) -> tuple[tuple[str, int], ...]:
        """Every job that was acknowledged and has not ended, with its tag, in fair order."""
        jobs = tables.jobs
        query = sa.select(jobs.c.id, jobs.c.priority).where(jobs.c.state.in_(["queued", "running"]))
        rows = self._c.execute(query.order_by(jobs.c.priority, jobs.c.created_at))
        return tuple((row.id, row.priority) for row in rows)

    def overdue(self, now: datetime) -> tuple[str, ...]:
        """Jobs that still wait, though their deadline has passed."""
        jobs = tables.jobs
        query = sa.select(jobs.c.id).where(jobs.c.state == "queued", jobs.c.due_at <= now)
        return tuple(self._c.execute(query).scalars())

    def counts(self, account: str | None = None) -> dict[JobState, int]:
        jobs = tables.jobs
        query = sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state)
        if account is not None:
            query = query.where(jobs.c.account == account)
        found = {JobState(state): count for state, count in self._c.execute(query)}
        return {state: found.get(state, 0) for state in JobState}

    def queued(self, account: str | None = None) -> int:
        jobs = tables.jobs
        query = sa.select(sa.func.count()).where(jobs.c.state == "queued")
        if account is not None:
            query = query.where(jobs.c.account == account)
        return int(self._c.execute(query).scalar_one())

    def tags(self, account: str) -> tuple[int, int]:
        """The smallest fair-queue tag of all unfinished jobs, and the largest of this account's (0 when none)."""
        jobs = tables.jobs
        unfinished = jobs.c.state.in_(["queued", "running"])
        lowest = self._c.execute(sa.select(sa.func.min(jobs.c.priority)).where(unfinished)).scalar_one()
        query = sa.select(sa.func.max(jobs.c.priority)).where(unfinished, jobs.c.account == account)
        return int(lowest or 0), int(self._c.execute(query).scalar_one() or 0)

    def place(self, job: Job) -> int:
        """How many will run before it, plus one."""
        jobs = tables.jobs
        ahead = sa.or_(
            jobs.c.priority < job.priority,
            sa.and_(jobs.c.priority == job.priority, jobs.c.created_at < job.created_at),
        )
        query = sa.select(sa.func.count()).where(jobs.c.state == "queued", ahead)
        return int(self._c.execute(query).scalar_one()) + 1

    def pace(self, sample: int = 20) -> float | None:
        """Seconds of work a job took lately (median of the last `sample` delivered), None before the first."""
        jobs = tables.jobs
        query = (
            sa.select(jobs.c.started_at, jobs.c.finished_at)
            .where(jobs.c.state == "delivered", jobs.c.started_at.is_not(None))
            .order_by(jobs.c.finished_at.desc())
            .limit(sample)
        )
        spans = sorted((row.finished_at - row.started_at).total_seconds() for row in self._c.execute(query))
        return max(0.0, spans[len(spans) // 2]) if spans else None

    def forget(self, older_than: datetime) -> int:
        """Remove sealed requests and scenes past their retention; receipts and ledger stay."""
        jobs, receipts = tables.jobs, tables.receipts
        final = [state.value for state in JobState if state.final]
        old = sa.and_(jobs.c.created_at < older_than, jobs.c.request != b"", jobs.c.state.in_(final))
        self._c.execute(receipts.update().where(receipts.c.job.in_(sa.select(jobs.c.id).where(old))).values(scene=None))
        return self._c.execute(jobs.update().where(old).values(request=b"", salt=b"", quoted=None)).rowcount

    # receipts

    def add_receipt(self, receipt: Receipt, kind: ReceiptKind) -> None:
        scene = receipt.scene and self._seal(receipt.account, f"scene/{receipt.id}", _SCENE.dump_json(receipt.scene))
        artifact = receipt.artifact
        self._c.execute(
            tables.receipts.insert().values(
                id=receipt.id,
                job=receipt.job,
                account=receipt.account,
                position=receipt.position,
                kind=kind,
                sha256=artifact.sha256,
                size=artifact.size,
                width=artifact.width,
                height=artifact.height,
                media_type=artifact.media_type,
                seed=receipt.seed,
                log_index=receipt.log_index,
                tree_size=receipt.tree_size,
                root=receipt.root,
                issued_at=receipt.issued_at,
                scene=scene,
            )
        )

    def receipt(self, receipt_id: str) -> Receipt:
        row = self._c.execute(sa.select(tables.receipts).where(tables.receipts.c.id == receipt_id)).first()
        if row is None:
            raise NotFound("receipt")
        return self._receipt(row)

    def receipts_beginning(self, start: str) -> tuple[Receipt, ...]:
        """At most two: more than one is already too many to choose from. `start` is lower-case hexadecimal."""
        receipts = tables.receipts
        query = sa.select(receipts).where(receipts.c.id >= start, receipts.c.id < start + "g").limit(2)
        return tuple(self._receipt(row) for row in self._c.execute(query))

    def has_receipt(self, receipt_id: str) -> bool:
        query = sa.select(tables.receipts.c.id).where(tables.receipts.c.id == receipt_id)
        return self._c.execute(query).first() is not None

    def receipts_of(self, job_id: str) -> tuple[Receipt, ...]:
        receipts = tables.receipts
        query = sa.select(receipts).where(receipts.c.job == job_id, receipts.c.kind == "output")
        return tuple(self._receipt(row) for row in self._c.execute(query.order_by(receipts.c.position)))

    def receipt_of_bytes(self, sha256: str) -> Receipt | None:
        row = self._c.execute(
            sa.select(tables.receipts).where(tables.receipts.c.sha256 == sha256).order_by(tables.receipts.c.issued_at)
        ).first()
        return None if row is None else self._receipt(row)

    def blobs_wanted(self) -> frozenset[str]:
        return frozenset(self._c.execute(sa.select(tables.receipts.c.sha256)).scalars())

    # appeals

    def add_appeal(self, appeal: Appeal) -> None:
        """Raises Conflict when the job was already appealed."""
        if self.appeal_of(appeal.job) is not None:
            raise Conflict("appealed")
        self._c.execute(
            tables.appeals.insert().values(
                id=appeal.id,
                job=appeal.job,
                account=appeal.account,
                words=self._seal(appeal.account, f"appeal/{appeal.id}", appeal.words.encode()),
                state=appeal.state,
                created_at=appeal.created_at,
                kind=appeal.kind,
                due_at=appeal.due_at,
            )
        )

    def plead(self, appeal: Appeal) -> None:
        """Keep the words of whoever asked, added to a case that the house opened."""
        words = self._seal(appeal.account, f"appeal/{appeal.id}", appeal.words.encode())
        self._c.execute(tables.appeals.update().where(tables.appeals.c.id == appeal.id).values(words=words))

    def decide_appeal(self, appeal: Appeal) -> None:
        """The answer is left away where the account's key was destroyed: nobody could read it."""
        readable = self._data_key(appeal.account) is not None
        answer = self._seal(appeal.account, f"answer/{appeal.id}", appeal.answer.encode()) if readable else None
        self._c.execute(
            tables.appeals.update()
            .where(tables.appeals.c.id == appeal.id)
            .values(
                state=appeal.state,
                answer=answer,
                successor=appeal.successor,
                decided_at=appeal.decided_at,
            )
        )

    def appeal(self, appeal_id: str) -> Appeal:
        row = self._c.execute(sa.select(tables.appeals).where(tables.appeals.c.id == appeal_id)).first()
        if row is None:
            raise NotFound("appeal")
        return self._appeal(row)

    def appeal_of(self, job_id: str) -> Appeal | None:
        row = self._c.execute(sa.select(tables.appeals).where(tables.appeals.c.job == job_id)).first()
        return None if row is None else self._appeal(row)

    def appeals(self, *, account: str | None = None, open_only: bool = False) -> tuple[Appeal, ...]:
        """Newest first; of the open ones those that are due first."""
        order = tables.appeals.c.due_at if open_only else tables.appeals.c.created_at.desc()
        query = sa.select(tables.appeals).order_by(order).limit(200)
        if account is not None:
            query = query.where(tables.appeals.c.account == account)
        if open_only:
            # Overturned without a successor is unfinished: the wish was not admitted yet (a crash, a full queue).
            halfway = sa.and_(tables.appeals.c.state == "overturned", tables.appeals.c.successor.is_(None))
            query = query.where(sa.or_(tables.appeals.c.state == "open", halfway))
        return tuple(self._appeal(row) for row in self._c.execute(query))

    def unread(self, account: str) -> int:
        """How many answers to an account's appeals it has not looked at."""
        appeals = tables.appeals
        answered = sa.and_(appeals.c.account == account, appeals.c.decided_at.is_not(None))
        query = sa.select(sa.func.count()).where(answered, appeals.c.seen_at.is_(None))
        return int(self._c.execute(query).scalar_one())

    def read(self, account: str, at: datetime) -> None:
        appeals = tables.appeals
        answered = sa.and_(appeals.c.account == account, appeals.c.decided_at.is_not(None))
        self._c.execute(appeals.update().where(answered, appeals.c.seen_at.is_(None)).values(seen_at=at))

    # rows to values

    def _job(self, row: Any) -> Job:
        request = _FORGOTTEN
        if row.request and self._data_key(row.account) is not None:
            request = Request.model_validate_json(self._open(row.account, f"job/{row.id}", row.request))
        return Job(
            id=row.id,
            account=row.account,
            credential=row.credential,
            state=JobState(row.state),
            request=request,
            created_at=row.created_at,
            priority=row.priority,
            started_at=row.started_at,
            finished_at=row.finished_at,
            log_index=row.log_index,
            verdict=self._verdict(row),
            cleared=frozenset(row.cleared.split()),
            error=row.error,
            timings_ms=json.loads(row.timings),
            cost=row.cost,
            spent=row.spent,
            due_at=row.due_at,
        )

    def _told(self, account: str, job_id: str, verdict: Verdict | None) -> dict[str, Any]:
        """A verdict's columns. What findings read in pictures may quote the prompt, so it is sealed apart."""
        if verdict is None:
            return {"verdict": None, "quoted": None}
        plain = replace(verdict, findings=tuple(replace(found, words="") for found in verdict.findings))
        words, quoted = [found.words for found in verdict.findings], None
        if any(words) and self._data_key(account) is not None:
            quoted = self._seal(account, f"quoted/{job_id}", json.dumps(words).encode())
        return {"verdict": _VERDICT.dump_json(plain).decode(), "quoted": quoted}

    def _verdict(self, row: Any) -> Verdict | None:
        if row.verdict is None:
            return None
        verdict = _VERDICT.validate_json(row.verdict)
        if not row.quoted or self._data_key(row.account) is None:
            return verdict
        words = json.loads(self._open(row.account, f"quoted/{row.id}", row.quoted))
        return replace(
            verdict, findings=tuple(_with_words(*pair) for pair in zip(verdict.findings, words, strict=True))
        )

    def _receipt(self, row: Any) -> Receipt:
        scene = None
        if row.scene and self._data_key(row.account) is not None:
            scene = _SCENE.validate_json(self._open(row.account, f"scene/{row.id}", row.scene))
        return Receipt(
            id=row.id,
            job=row.job,
            account=row.account,
            position=row.position,
            artifact=Artifact(row.sha256, row.size, row.width, row.height, row.media_type),
            seed=row.seed,
            log_index=row.log_index,
            tree_size=row.tree_size,
            root=row.root,
            issued_at=row.issued_at,
            scene=scene,
        )

    def _appeal(self, row: Any) -> Appeal:
        readable = self._data_key(row.account) is not None
        return Appeal(
            id=row.id,
            job=row.job,
            account=row.account,
            words=self._open(row.account, f"appeal/{row.id}", row.words).decode() if readable else "",
            state=row.state,
            answer=self._open(row.account, f"answer/{row.id}", row.answer).decode() if row.answer and readable else "",
            successor=row.successor,
            created_at=row.created_at,
            decided_at=row.decided_at,
            due_at=row.due_at,
            kind=row.kind,
        )

    def _data_key(self, account: str) -> bytes | None:
        if account not in self._data_keys:
            query = sa.select(tables.accounts.c.data_key).where(tables.accounts.c.id == account)
            self._data_keys[account] = self._c.execute(query).scalar_one()
        return self._data_keys[account]

    def _seal(self, account: str, about: str, plain: bytes) -> bytes:
        data_key = self._data_key(account)
        if data_key is None:
            raise Conflict("shredded")
        return self._vault.seal(data_key, account, about, plain)

    def _open(self, account: str, about: str, sealed: bytes) -> bytes:
        data_key = self._data_key(account)
        if data_key is None:
            raise NotFound("shredded")
        return self._vault.open(data_key, account, about, sealed)


def _with_words(finding: Finding, words: str) -> Finding:
    return replace(finding, words=words)
