"""Who was verified, in a table of its own. What it holds of a person is sealed by another key than all else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from pingxing.store import tables

Standing = Literal["verified", "erased"]


@dataclass(frozen=True, slots=True)
class Record:
    """`ring`, `data_key` and `sealed` are empty once erased; `means` how and `by` who verified; `ends_at` when what is
    sealed will be destroyed, where the account was closed."""

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
        """When what is sealed for the account goes; None: not while the account is open."""
        self._c.execute(tables.persons.update().where(tables.persons.c.account == account).values(ends_at=at))

    def due(self, now: datetime) -> tuple[Record, ...]:
        """What must be erased by now."""
        persons = tables.persons
        query = sa.select(persons).where(persons.c.ends_at <= now, persons.c.standing != "erased")
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
