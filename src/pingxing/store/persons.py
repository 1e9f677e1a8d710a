"""Who was verified, in a table of its own. What it holds of a person is sealed by another key than all else."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from pingxing.store import tables

Standing = Literal["waiting", "verified", "refused", "leaving", "erased"]
HELD = ("waiting", "verified", "leaving")  # of whom something is kept


@dataclass(frozen=True, slots=True)
class Record:
    """`ring`, `data_key` and `sealed` are empty once refused or erased; `means` how and `by` who verified; `ends_at`
    when what is sealed will be destroyed: where it waits, and where the account was closed or its person leaves."""

    account: str
    standing: Standing
    at: datetime
    log_index: int | None = None
    ring: int = 0
    data_key: bytes = b""
    sealed: bytes = b""
    mark: str | None = None
    means: str = ""
    by: str | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last try of an account. `tries` since `since`; `reason` and `refused_by` of the last refusal; `appeal` where
    somebody else has to look; `words` sealed with the record."""

    account: str
    case: str
    tries: int
    since: datetime
    appeal: bool = False
    reason: str = ""
    refused_by: str | None = None
    words: bytes = b""


class Persons:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def get(self, account: str) -> Record | None:
        row = self._c.execute(sa.select(tables.persons).where(tables.persons.c.account == account)).first()
        return None if row is None else _record(row)

    def verified(self, account: str) -> bool:
        persons = tables.persons
        query = sa.select(persons.c.account).where(persons.c.account == account, persons.c.standing == "verified")
        return self._c.execute(query).first() is not None

    def known(self, mark: str) -> bool:
        """Whether an account was verified by that document."""
        return (
            self._c.execute(sa.select(tables.persons.c.account).where(tables.persons.c.mark == mark)).first()
            is not None
        )

    def all(self) -> tuple[Record, ...]:
        return tuple(_record(row) for row in self._c.execute(sa.select(tables.persons)))

    def put(self, record: Record) -> None:
        """In place of what the account had."""
        self._c.execute(tables.persons.delete().where(tables.persons.c.account == record.account))
        self._c.execute(
            tables.persons.insert().values(
                account=record.account,
                standing=record.standing,
                at=record.at,
                log_index=record.log_index,
                ring=record.ring,
                data_key=record.data_key,
                sealed=record.sealed,
                mark=record.mark,
                means=record.means,
                by=record.by,
                ends_at=record.ends_at,
            )
        )

    def ends(self, account: str, at: datetime | None) -> None:
        """When what is sealed for a verified account goes; None: not while the account is open. What ends for another
        reason (nobody looked, the person wants it so) ends when it would have."""
        persons = tables.persons
        verified = sa.and_(persons.c.account == account, persons.c.standing == "verified")
        self._c.execute(persons.update().where(verified).values(ends_at=at))

    def waiting(self) -> int:
        persons = tables.persons
        query = sa.select(sa.func.count()).select_from(persons).where(persons.c.standing == "waiting")
        return int(self._c.execute(query).scalar_one())

    def attempt(self, account: str) -> Attempt | None:
        row = self._c.execute(sa.select(tables.attempts).where(tables.attempts.c.account == account)).first()
        return None if row is None else _attempt(row)

    def attempts(self) -> tuple[Attempt, ...]:
        return tuple(_attempt(row) for row in self._c.execute(sa.select(tables.attempts)))

    def note(self, attempt: Attempt) -> None:
        """In place of what the account had."""
        self._c.execute(tables.attempts.delete().where(tables.attempts.c.account == attempt.account))
        self._c.execute(tables.attempts.insert().values(**asdict(attempt)))

    def due(self, now: datetime) -> tuple[Record, ...]:
        """What must be erased by now."""
        persons = tables.persons
        query = sa.select(persons).where(persons.c.ends_at <= now, persons.c.standing.in_(HELD))
        return tuple(_record(row) for row in self._c.execute(query.order_by(persons.c.ends_at)))

    def rewrap(self, account: str, ring: int, data_key: bytes) -> None:
        values = {"ring": ring, "data_key": data_key}
        self._c.execute(tables.persons.update().where(tables.persons.c.account == account).values(**values))


def _record(row: Any) -> Record:
    return Record(
        row.account,
        row.standing,
        row.at,
        row.log_index,
        row.ring,
        bytes(row.data_key),
        bytes(row.sealed),
        row.mark,
        row.means,
        row.by,
        row.ends_at,
    )


def _attempt(row: Any) -> Attempt:
    return Attempt(
        row.account, row.case, row.tries, row.since, row.appeal, row.reason, row.refused_by, bytes(row.words)
    )
