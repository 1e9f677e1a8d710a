"""The operator's rule packs: bodies that never change, the stages they went through, and what they caught on trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from pingxing.errors import Conflict, NotFound
from pingxing.store import tables
from pingxing.store.vault import Vault

Stage = Literal["draft", "shadow", "active", "retired"]
Key = tuple[str, str]  # name, version


@dataclass(frozen=True, slots=True)
class StoredPack:
    """`signer`: the raw Ed25519 public key (32 bytes) in hex, of the house or of one of the operator's people."""

    name: str
    version: str
    digest: str  # SHA-256 of the body, hex
    body: bytes
    signer: str
    signature: bytes
    account: str
    added_at: datetime

    @property
    def key(self) -> Key:
        return self.name, self.version


@dataclass(frozen=True, slots=True)
class Move:
    """A pack came to a stage. Numbers rise without gaps over all packs."""

    number: int
    name: str
    version: str
    stage: Stage
    account: str
    log_index: int
    at: datetime

    @property
    def key(self) -> Key:
        return self.name, self.version


@dataclass(frozen=True, slots=True)
class Search:
    """Somebody was shown words of retained prompts that a pack would have stopped."""

    id: str
    account: str
    digest: str
    reason: str
    days: int
    looked: int
    shown: int
    log_index: int
    at: datetime


class Packs:
    def __init__(self, connection: sa.Connection, vault: Vault) -> None:
        self._c, self._vault = connection, vault

    # --- bodies ---

    def add(self, pack: StoredPack) -> None:
        """Raises Conflict where that version is there already."""
        if self._row(pack.key) is not None:
            raise Conflict("pack_version", pack=pack.name, version=pack.version)
        self._c.execute(
            tables.packs.insert().values(
                name=pack.name,
                version=pack.version,
                digest=pack.digest,
                body=pack.body,
                signer=pack.signer,
                signature=pack.signature,
                account=pack.account,
                added_at=pack.added_at,
            )
        )

    def get(self, name: str, version: str) -> StoredPack:
        row = self._row((name, version))
        if row is None:
            raise NotFound("pack", pack=f"{name} {version}")
        return _pack(row)

    def of(self, name: str) -> tuple[StoredPack, ...]:
        """Every version, in the order they were added."""
        packs = tables.packs
        query = sa.select(packs).where(packs.c.name == name).order_by(packs.c.added_at, packs.c.version)
        return tuple(_pack(row) for row in self._c.execute(query))

    def _row(self, key: Key) -> Any:
        packs = tables.packs
        query = sa.select(packs).where(packs.c.name == key[0], packs.c.version == key[1])
        return self._c.execute(query).first()

    # --- stages ---

    def revision(self) -> int:
        """The number of the newest move; 0 before the first. One look at an index."""
        return int(self._c.execute(sa.select(sa.func.max(tables.pack_moves.c.number))).scalar_one() or 0)

    def move(self, pack: StoredPack, stage: Stage, account: str, log_index: int, at: datetime) -> Move:
        """Writers take turns (`tx.log.lock()`), so that numbers are in the order of their commits."""
        move = Move(self.revision() + 1, pack.name, pack.version, stage, account, log_index, at)
        self._c.execute(
            tables.pack_moves.insert().values(
                number=move.number,
                name=move.name,
                version=move.version,
                stage=stage,
                account=account,
                log_index=log_index,
                at=at,
            )
        )
        return move

    def moves(self, name: str | None = None) -> tuple[Move, ...]:
        """In their order; all in one statement, so that they agree with one another on every database."""
        query = sa.select(tables.pack_moves).order_by(tables.pack_moves.c.number)
        if name is not None:
            query = query.where(tables.pack_moves.c.name == name)
        return tuple(
            Move(row.number, row.name, row.version, row.stage, row.account, row.log_index, row.at)
            for row in self._c.execute(query)
        )

    # --- what they caught on trial ---

    def count(self, hits: Mapping[str, int], day: int) -> None:
        """Add to the counts of rules ("pack@version/rule") in shadow. `day`: days since 1970 (UTC)."""
        table = tables.shadow_hits
        insert = postgresql.insert if self._c.dialect.name == "postgresql" else sqlite.insert
        for rule, number in sorted(hits.items()):
            row = insert(table).values(rule=rule[:160], day=day, hits=number)
            more = {"hits": table.c.hits + row.excluded.hits}
            self._c.execute(row.on_conflict_do_update(index_elements=["rule", "day"], set_=more))

    def counted(self, since: int) -> dict[str, int]:
        """What rules in shadow would have stopped, from that day on."""
        table = tables.shadow_hits
        query = sa.select(table.c.rule, sa.func.sum(table.c.hits)).where(table.c.day >= since).group_by(table.c.rule)
        return {rule: int(number) for rule, number in self._c.execute(query)}

    # --- who looked at prompts ---

    def searched(self, search: Search) -> None:
        self._c.execute(
            tables.searches.insert().values(
                id=search.id,
                account=search.account,
                digest=search.digest,
                reason=self._vault.seal_own(f"search/{search.id}", search.reason.encode()),
                days=search.days,
                looked=search.looked,
                shown=search.shown,
                log_index=search.log_index,
                at=search.at,
            )
        )

    def searches(self, limit: int = 50) -> tuple[Search, ...]:
        """Newest first. Raises Integrity where a row was changed."""
        query = sa.select(tables.searches).order_by(tables.searches.c.at.desc(), tables.searches.c.id).limit(limit)
        return tuple(
            Search(
                row.id,
                row.account,
                row.digest,
                self._vault.open_own(f"search/{row.id}", row.reason).decode(),
                row.days,
                row.looked,
                row.shown,
                row.log_index,
                row.at,
            )
            for row in self._c.execute(query)
        )


def standing(moves: tuple[Move, ...]) -> dict[Key, Stage]:
    """The stage of every version after these moves, in the order in which they first moved."""
    return {move.key: move.stage for move in moves}


def _pack(row: Any) -> StoredPack:
    return StoredPack(
        row.name, row.version, row.digest, bytes(row.body), row.signer, bytes(row.signature), row.account, row.added_at
    )
