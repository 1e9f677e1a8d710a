"""What people said of delivered pictures afterwards: marked as untrue, withdrawn, or set right again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from pingxing.errors import Withdrawn
from pingxing.store import tables

State = Literal["marked", "withdrawn", "lifted"]


@dataclass(frozen=True, slots=True)
class Notice:
    """`note` and `link` are public: whoever verifies the picture reads them."""

    number: int
    receipt: str
    state: State
    category: str
    note: str
    link: str
    account: str
    log_index: int
    at: datetime


class Notices:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def add(self, notice: Notice) -> None:
        """`notice.number` is given here. Writers take turns (`tx.log.lock()`)."""
        table = tables.notices
        last = self._c.execute(sa.select(sa.func.max(table.c.number))).scalar_one() or 0
        self._c.execute(
            table.insert().values(
                number=last + 1,
                receipt=notice.receipt,
                state=notice.state,
                category=notice.category,
                note=notice.note,
                link=notice.link,
                account=notice.account,
                log_index=notice.log_index,
                at=notice.at,
            )
        )

    def of(self, receipt_id: str) -> Notice | None:
        """What holds now; None where nothing was said or it was lifted."""
        return self.all_of([receipt_id]).get(receipt_id)

    def all_of(self, receipt_ids: Sequence[str]) -> dict[str, Notice]:
        """What holds now of each of these receipts that anything is said of."""
        table = tables.notices
        query = sa.select(table).where(table.c.receipt.in_(receipt_ids)).order_by(table.c.number)
        newest = {row.receipt: _notice(row) for row in self._c.execute(query)} if receipt_ids else {}
        return {receipt: notice for receipt, notice in newest.items() if notice.state != "lifted"}

    def unless_withdrawn(self, receipt_id: str) -> None:
        """Raises Withdrawn, with the public note."""
        notice = self.of(receipt_id)
        if notice is not None and notice.state == "withdrawn":
            raise Withdrawn(note=notice.note, link=notice.link)

    def list(self, *, receipt: str | None = None, limit: int = 200) -> tuple[Notice, ...]:
        """Newest first, lifted ones too."""
        table = tables.notices
        query = sa.select(table).order_by(table.c.number.desc()).limit(limit)
        if receipt is not None:
            query = query.where(table.c.receipt == receipt)
        return tuple(_notice(row) for row in self._c.execute(query))

    def counts(self, since: datetime, until: datetime) -> dict[tuple[str, State], int]:
        """How many pictures got each kind of notice in the period, by category."""
        table = tables.notices
        query = (
            sa.select(table.c.category, table.c.state, sa.func.count(sa.distinct(table.c.receipt)))
            .where(table.c.at >= since, table.c.at < until)
            .group_by(table.c.category, table.c.state)
        )
        return {(row[0], row[1]): int(row[2]) for row in self._c.execute(query)}

    def others(self, job: str, position: int, receipt_id: str) -> tuple[str, ...]:
        """Further receipts of the same picture: its previews and its copies without a visible mark."""
        receipts = tables.receipts
        same = sa.and_(receipts.c.job == job, receipts.c.position == position, receipts.c.id != receipt_id)
        query = sa.select(receipts.c.id).where(same).order_by(receipts.c.issued_at, receipts.c.id)
        return tuple(self._c.execute(query).scalars())


def _notice(row: Any) -> Notice:
    return Notice(
        row.number, row.receipt, row.state, row.category, row.note, row.link, row.account, row.log_index, row.at
    )
