"""Who agreed to what, and who got a copy without a visible mark (labelling measures, art. 9)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pingxing.store import tables
from pingxing.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Copy:
    receipt: str
    origin: str  # receipt of the marked picture
    account: str
    recipient: str
    purpose: str
    at: datetime


class Copies:
    def __init__(self, connection: sa.Connection, vault: Vault) -> None:
        self._c, self._vault = connection, vault

    def agree(self, account: str, terms: str, credential: str, log_index: int, at: datetime) -> None:
        row = {"account": account, "terms": terms, "credential": credential, "log_index": log_index, "at": at}
        self._c.execute(tables.agreements.insert().values(**row))

    def agreed(self, account: str, terms: str) -> bool:
        agreements = tables.agreements
        query = sa.select(agreements.c.at).where(agreements.c.account == account, agreements.c.terms == terms)
        return self._c.execute(query).first() is not None

    def add(self, copy: Copy) -> None:
        told = json.dumps([copy.recipient, copy.purpose], ensure_ascii=False).encode()
        self._c.execute(
            tables.copies.insert().values(
                receipt=copy.receipt,
                origin=copy.origin,
                account=copy.account,
                recipient=self._vault.seal_own(f"copy/{copy.receipt}", told),
                at=copy.at,
            )
        )

    def list(self, *, account: str | None = None, origin: str | None = None, limit: int = 200) -> tuple[Copy, ...]:
        """Newest first. Raises Integrity where a row was changed."""
        query = sa.select(tables.copies).order_by(tables.copies.c.at.desc()).limit(limit)
        if account is not None:
            query = query.where(tables.copies.c.account == account)
        if origin is not None:
            query = query.where(tables.copies.c.origin == origin)
        return tuple(self._copy(row) for row in self._c.execute(query))

    def forget(self, older_than: datetime) -> int:
        """Remove who got copies before a time. The ledger keeps that there were copies."""
        copies = tables.copies
        return self._c.execute(copies.delete().where(copies.c.at < older_than)).rowcount

    def _copy(self, row: Any) -> Copy:
        recipient, purpose = json.loads(self._vault.open_own(f"copy/{row.receipt}", row.recipient))
        return Copy(row.receipt, row.origin, row.account, recipient, purpose, row.at)
