"""Where the ledger keeps its leaves, subtree hashes and checkpoints: in the transaction of the work they record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa

from pingxing.errors import NotFound
from pingxing.store import tables

_LOCK = 0x50584C4F47  # "PXLOG": the advisory lock that makes appenders take turns on PostgreSQL
_PAGE = 1_000

# SQLite lets anyone put text where bytes belong. The log must then be found wrong, and not unreadable.
_DATA = sa.cast(tables.log_entries.c.data, sa.LargeBinary)
_HASH = sa.cast(tables.log_nodes.c.hash, sa.LargeBinary).label("hash")


class LogRows:
    """Implements `ledger.storage.LogStorage` over one database transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    def lock(self) -> int:
        # On SQLite a write transaction is already alone (BEGIN IMMEDIATE).
        if self._c.dialect.name == "postgresql":
            self._c.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        return self.size()

    def size(self) -> int:
        last = self._c.execute(sa.select(sa.func.max(tables.log_entries.c.position))).scalar_one()
        return 0 if last is None else int(last) + 1

    def last_time(self) -> datetime | None:
        entries = tables.log_entries
        query = sa.select(entries.c.at).order_by(entries.c.position.desc()).limit(1)
        return self._c.execute(query).scalar_one_or_none()

    def add_entry(self, index: int, data: bytes, leaf_hash: bytes, at: datetime) -> None:
        self._c.execute(tables.log_entries.insert().values(position=index, data=data, leaf_hash=leaf_hash, at=at))

    def entry(self, index: int) -> bytes:
        entries = tables.log_entries
        data = self._c.execute(sa.select(_DATA).where(entries.c.position == index)).scalar_one_or_none()
        if data is None:
            raise NotFound("log_entry", index=index)
        return bytes(data)

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        entries = tables.log_entries
        for first in range(start, stop, _PAGE):
            window = entries.c.position.between(first, min(first + _PAGE, stop) - 1)
            query = sa.select(_DATA).where(window).order_by(entries.c.position)
            yield from (bytes(data) for data in self._c.execute(query).scalars())

    def kinds(self, kinds: Sequence[str], since: datetime) -> Iterator[tuple[int, bytes]]:
        """Position and bytes of the entries of these kinds from `since` on, in order. Kinds are told apart by what
        stands in the bytes, so whoever decodes one may find that it only quotes the name of a kind."""
        entries = tables.log_entries
        text: sa.ColumnElement[str] = sa.cast(entries.c.data, sa.Text)
        if self._c.dialect.name == "postgresql":
            text = sa.func.encode(entries.c.data, "escape", type_=sa.Text)
        named = sa.or_(*(text.contains(f'"kind":"{kind}"', autoescape=True) for kind in kinds))
        query = sa.select(entries.c.position, _DATA).where(entries.c.position >= self._first(since), named)
        for row in self._c.execute(query.order_by(entries.c.position)):
            yield row[0], bytes(row[1])

    def _first(self, since: datetime) -> int:
        """The position from which on entries are no older: times never fall, and there is no index of them."""
        entries = tables.log_entries
        low, high = 0, self.size()
        while low < high:
            middle = (low + high) // 2
            at = self._c.execute(sa.select(entries.c.at).where(entries.c.position == middle)).scalar_one_or_none()
            low, high = (middle + 1, high) if at is None or at < since else (low, middle)
        return low

    def put_nodes(self, nodes: Sequence[tuple[int, int, bytes]]) -> None:
        if nodes:
            rows = [{"level": level, "position": index, "hash": digest} for level, index, digest in nodes]
            self._c.execute(tables.log_nodes.insert(), rows)

    def nodes(self, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        if not keys:
            return {}
        table = tables.log_nodes
        wanted = sa.or_(*(sa.and_(table.c.level == level, table.c.position == index) for level, index in keys))
        rows = self._c.execute(sa.select(table.c.level, table.c.position, _HASH).where(wanted))
        return {(row.level, row.position): bytes(row.hash) for row in rows}

    def put_checkpoint(self, size: int, text: str) -> None:
        self._c.execute(tables.log_checkpoints.insert().values(size=size, text=text))

    def checkpoint(self, size: int | None = None) -> str | None:
        table = tables.log_checkpoints
        query = sa.select(table.c.text).order_by(table.c.size.desc()).limit(1)
        if size is not None:
            query = query.where(table.c.size == size)
        return self._c.execute(query).scalar_one_or_none()
