"""The operator's list of forbidden pictures: perceptual hashes, with who listed them and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pingxing.errors import Conflict, NotFound
from pingxing.store import tables


@dataclass(frozen=True, slots=True)
class Listed:
    """One forbidden picture. `hash`: PDQ, 64 hex digits; `log_index` of the entry that says it was listed."""

    id: str
    hash: str
    reason: str
    clause: str
    account: str
    log_index: int
    added_at: datetime
    removed_at: datetime | None = None


class Forbidden:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def revision(self) -> int:
        """The ledger's index of the newest change, -1 before the first. One look at an index."""
        newest = self._c.execute(sa.select(sa.func.max(tables.forbidden.c.changed))).scalar_one()
        return -1 if newest is None else int(newest)

    def add(self, listed: Listed) -> None:
        """Raises Conflict where the very same hash is on the list already."""
        table = tables.forbidden
        same = sa.select(table.c.id).where(table.c.hash == listed.hash, table.c.removed_at.is_(None))
        if self._c.execute(same).first() is not None:
            raise Conflict("listed")
        self._c.execute(
            table.insert().values(
                id=listed.id,
                hash=listed.hash,
                reason=listed.reason,
                clause=listed.clause,
                account=listed.account,
                log_index=listed.log_index,
                added_at=listed.added_at,
                changed=listed.log_index,
            )
        )

    def get(self, listed_id: str) -> Listed:
        """What is on the list now. Raises NotFound."""
        table = tables.forbidden
        query = sa.select(table).where(table.c.id == listed_id, table.c.removed_at.is_(None))
        row = self._c.execute(query).first()
        if row is None:
            raise NotFound("forbidden")
        return _listed(row)

    def remove(self, listed_id: str, log_index: int, at: datetime) -> None:
        table = tables.forbidden
        self._c.execute(table.update().where(table.c.id == listed_id).values(removed_at=at, changed=log_index))

    def list(self, limit: int | None = None) -> tuple[Listed, ...]:
        """What is on the list now, newest first."""
        table = tables.forbidden
        query = sa.select(table).where(table.c.removed_at.is_(None)).order_by(table.c.added_at.desc(), table.c.id)
        return tuple(_listed(row) for row in self._c.execute(query if limit is None else query.limit(limit)))

    def each(self) -> tuple[tuple[str, str, str, str], ...]:
        """Identifier, hash, reason and clause of all that is on the list, oldest first: a hundred thousand at once."""
        table = tables.forbidden
        query = sa.select(table.c.id, table.c.hash, table.c.reason, table.c.clause)
        rows = self._c.execute(query.where(table.c.removed_at.is_(None)).order_by(table.c.changed, table.c.id))
        return tuple((row[0], row[1], row[2], row[3]) for row in rows)


def _listed(row: Any) -> Listed:
    return Listed(row.id, row.hash, row.reason, row.clause, row.account, row.log_index, row.added_at, row.removed_at)
