"""What accounts are charged: a wish's cost is reserved when it is admitted, and settled by the steps that were run.

There is no balance that could go wrong. What an account has used is the sum over its jobs of the last day, each
counting what it cost in the end, or what was reserved for it while it runs; and both stand in the job's own row, which
is written together with the job's state. So a kill at any line can neither charge twice nor lose what is given back.

All amounts are thousandths of a step of a picture of 1024 x 1024 (`types.charge`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from pingxing.store import tables


@dataclass(frozen=True, slots=True)
class Used:
    spent: int  # of jobs that have ended
    reserved: int  # of jobs that have not

    @property
    def whole(self) -> int:
        return self.spent + self.reserved


class Charges:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def settle(self, job_id: str) -> None:
        """Charge a job for the part of its steps that was run; the rest of what was reserved is free again.

        Settling again charges by what stands there then, and not once more.
        """
        jobs = tables.jobs
        # In whole numbers, rounded up; a job that never began has no steps yet and costs nothing.
        part = (jobs.c.cost * jobs.c.step + jobs.c.steps - 1) // jobs.c.steps
        whole = jobs.c.step >= jobs.c.steps
        spent = sa.case((jobs.c.steps <= 0, 0), (whole, jobs.c.cost), else_=part)
        self._c.execute(jobs.update().where(jobs.c.id == job_id).values(spent=spent))

    def used(self, account: str, since: datetime) -> Used:
        """Of all jobs that were admitted after `since`."""
        jobs = tables.jobs
        query = sa.select(
            sa.func.coalesce(sa.func.sum(jobs.c.spent), 0),
            sa.func.coalesce(sa.func.sum(sa.case((jobs.c.spent.is_(None), jobs.c.cost), else_=0)), 0),
        ).where(jobs.c.account == account, jobs.c.created_at > since)
        spent, reserved = self._c.execute(query).one()
        return Used(int(spent), int(reserved))

    def room_at(self, account: str, since: datetime, wanted: int) -> datetime | None:
        """When the oldest job was admitted after which `wanted` and no more is left to be forgotten; None: never."""
        jobs = tables.jobs
        query = (
            sa.select(jobs.c.created_at, sa.func.coalesce(jobs.c.spent, jobs.c.cost).label("amount"))
            .where(jobs.c.account == account, jobs.c.created_at > since)
            .order_by(jobs.c.created_at)
        )
        for row in self._c.execute(query):
            wanted -= int(row.amount)
            if wanted <= 0:
                moment: datetime = row.created_at
                return moment
        return None

    def of(self, job_id: str) -> tuple[int, int | None]:
        """(reserved at admission, charged in the end or None)."""
        jobs = tables.jobs
        row = self._c.execute(sa.select(jobs.c.cost, jobs.c.spent).where(jobs.c.id == job_id)).one()
        return int(row.cost), None if row.spent is None else int(row.spent)
