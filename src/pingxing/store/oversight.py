"""What the rules did, counted from verdicts and appeals: no prompt is opened for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

import sqlalchemy as sa

from pingxing.store import tables
from pingxing.types import Decision, JobState, Language

Stage = Literal["input", "output", "upload"]


@dataclass(frozen=True, slots=True)
class Fired:
    """One rule in one verdict, however often it matched there."""

    rule: str
    pack: str
    version: str
    category: str
    clause: str
    action: Decision
    stage: Stage


@dataclass(frozen=True, slots=True)
class Stopped:
    """A job whose verdict kept something back: the wish, or some of its pictures; or a picture that was brought and
    refused, which has no job and names nobody."""

    job: str
    language: Language | None  # of the account; the prompt's own is sealed
    refused: bool
    at: datetime
    fired: tuple[Fired, ...]


@dataclass(frozen=True, slots=True)
class Contest:
    """An appeal without its words."""

    id: str
    job: str
    kind: Literal["contested", "review"]
    state: Literal["open", "upheld", "overturned"]
    created_at: datetime
    decided_at: datetime | None
    due_at: datetime


class Oversight:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def stopped(self, since: datetime, until: datetime) -> Iterator[Stopped]:
        """Jobs of the period that a rule stopped, in the order they came."""
        jobs, accounts = tables.jobs, tables.accounts
        query = (
            sa.select(jobs.c.id, jobs.c.state, jobs.c.created_at, jobs.c.verdict, accounts.c.language)
            .join(accounts, accounts.c.id == jobs.c.account)
            .where(jobs.c.created_at >= since, jobs.c.created_at < until, jobs.c.verdict.is_not(None))
            .order_by(jobs.c.created_at, jobs.c.id)
        )
        for row in self._c.execute(query):
            fired = tuple(sorted(_fired(row.verdict), key=lambda f: (f.pack, f.rule, f.stage)))
            if fired:
                refused = row.state == JobState.REFUSED.value
                yield Stopped(row.id, row.language, refused, row.created_at, fired)

    def states(self, since: datetime, until: datetime) -> dict[JobState, int]:
        """How the jobs of the period stand."""
        jobs = tables.jobs
        period = sa.and_(jobs.c.created_at >= since, jobs.c.created_at < until)
        query = sa.select(jobs.c.state, sa.func.count()).where(period).group_by(jobs.c.state)
        found = {JobState(state): count for state, count in self._c.execute(query)}
        return {state: found.get(state, 0) for state in JobState}

    def contests(self, since: datetime, until: datetime) -> tuple[Contest, ...]:
        """Appeals about jobs of the period, whenever they were filed."""
        jobs, appeals = tables.jobs, tables.appeals
        query = (
            sa.select(appeals)
            .join(jobs, jobs.c.id == appeals.c.job)
            .where(jobs.c.created_at >= since, jobs.c.created_at < until)
            .order_by(appeals.c.created_at, appeals.c.id)
        )
        return tuple(_contest(row) for row in self._c.execute(query))

    def decided(self, limit: int = 1_000) -> tuple[tuple[Contest, frozenset[str]], ...]:
        """What people decided, newest first, with the rules it was about."""
        jobs, appeals = tables.jobs, tables.appeals
        query = (
            sa.select(appeals, jobs.c.verdict)
            .join(jobs, jobs.c.id == appeals.c.job)
            .where(appeals.c.decided_at.is_not(None))
            .order_by(appeals.c.decided_at.desc(), appeals.c.id)
            .limit(limit)
        )
        return tuple(
            (_contest(row), frozenset(f"{fired.pack}/{fired.rule}" for fired in _fired(row.verdict)))
            for row in self._c.execute(query)
        )

    def waiting(self, now: datetime) -> tuple[int, int]:
        """How many appeals and pleas are open, and how many of them are late."""
        count = late = 0
        for table in (tables.appeals, tables.pleas):
            overdue = sa.func.coalesce(sa.func.sum(sa.case((table.c.due_at < now, 1), else_=0)), 0)
            row = self._c.execute(sa.select(sa.func.count(), overdue).where(table.c.state == "open")).one()
            count, late = count + int(row[0]), late + int(row[1])
        return count, late


def _fired(verdict: str | None) -> set[Fired]:
    # Read as plain JSON: ninety days may hold a hundred thousand verdicts, and the types were checked on their way in.
    findings: list[dict[str, Any]] = json.loads(verdict)["findings"] if verdict else []
    return {
        Fired(
            rule=finding["rule"],
            pack=finding["pack"],
            version=finding["version"],
            category=finding["category"],
            clause=finding["clause"],
            action=cast(Decision, finding["action"]),
            stage="output" if finding["view"] == "picture" else "input",
        )
        for finding in findings
        if finding["action"] != "allow"
    }


def _contest(row: Any) -> Contest:
    return Contest(row.id, row.job, row.kind, row.state, row.created_at, row.decided_at, row.due_at)
