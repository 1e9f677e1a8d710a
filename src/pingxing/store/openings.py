"""Who asked to see whose name, why, and who approved. The reason is sealed by the house's key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from pingxing.errors import NotFound
from pingxing.store import tables
from pingxing.store.vault import Vault

_SALT = 16  # bytes, before the reason


@dataclass(frozen=True, slots=True)
class Opening:
    """`salt` belongs to the commitment to the reason in the ledger."""

    id: str
    subject: str
    asker: str
    reason: str
    salt: bytes
    state: Literal["asked", "approved", "declined", "shown"]
    created_at: datetime
    second: str | None = None
    decided_at: datetime | None = None
    shown_at: datetime | None = None


class Openings:
    def __init__(self, connection: sa.Connection, vault: Vault) -> None:
        self._c, self._vault = connection, vault

    def add(self, opening: Opening) -> None:
        self._c.execute(
            tables.openings.insert().values(
                id=opening.id,
                subject=opening.subject,
                asker=opening.asker,
                reason=self._vault.seal_own(f"opening/{opening.id}", opening.salt + opening.reason.encode()),
                state=opening.state,
                created_at=opening.created_at,
            )
        )

    def get(self, opening_id: str) -> Opening:
        """Raises NotFound."""
        row = self._c.execute(sa.select(tables.openings).where(tables.openings.c.id == opening_id)).first()
        if row is None:
            raise NotFound("opening")
        return self._opening(row)

    def update(self, opening: Opening) -> None:
        """Write down how far it is."""
        self._c.execute(
            tables.openings.update()
            .where(tables.openings.c.id == opening.id)
            .values(
                state=opening.state, second=opening.second, decided_at=opening.decided_at, shown_at=opening.shown_at
            )
        )

    def list(self, limit: int) -> tuple[Opening, ...]:
        """Newest first."""
        query = sa.select(tables.openings).order_by(tables.openings.c.created_at.desc(), tables.openings.c.id)
        return tuple(self._opening(row) for row in self._c.execute(query.limit(limit)))

    def forget(self, older_than: datetime) -> int:
        """Remove what was asked before a time. The ledger keeps that it was."""
        return self._c.execute(tables.openings.delete().where(tables.openings.c.created_at < older_than)).rowcount

    def _opening(self, row: Any) -> Opening:
        told = self._vault.open_own(f"opening/{row.id}", row.reason)
        return Opening(
            row.id,
            row.subject,
            row.asker,
            told[_SALT:].decode(),
            told[:_SALT],
            row.state,
            row.created_at,
            row.second,
            row.decided_at,
            row.shown_at,
        )
