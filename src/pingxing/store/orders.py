"""What people ordered of the makers: the order, what is made of it so far, sealed with the account's key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from pingxing.errors import Conflict, NotFound
from pingxing.store import tables
from pingxing.store.vault import Vault

OrderState = Literal["making", "paused", "done", "failed", "refused", "cancelled"]


@dataclass(frozen=True, slots=True)
class Order:
    """`told` is what was asked, `made` what there is of it; both are the makers' own words, JSON objects."""

    id: str
    account: str
    credential: str
    state: OrderState
    created_at: datetime
    told: dict[str, Any]
    made: dict[str, Any] = field(default_factory=dict)
    done: int = 0  # files
    total: int = 0
    finished_at: datetime | None = None


class Orders:
    def __init__(self, connection: sa.Connection, vault: Vault) -> None:
        self._c, self._vault = connection, vault

    def add(self, order: Order) -> None:
        """Raises Conflict where the account's key was destroyed."""
        self._c.execute(
            tables.orders.insert().values(
                id=order.id,
                account=order.account,
                credential=order.credential,
                state=order.state,
                told=self._seal(order.account, f"order/{order.id}", order.told),
                made=self._seal(order.account, f"order-made/{order.id}", order.made),
                done=order.done,
                total=order.total,
                created_at=order.created_at,
            )
        )

    def get(self, order_id: str) -> Order:
        """Raises NotFound."""
        row = self._c.execute(sa.select(tables.orders).where(tables.orders.c.id == order_id)).first()
        if row is None:
            raise NotFound("order")
        return self._order(row)

    def list(self, account: str, limit: int) -> tuple[Order, ...]:
        """One's own, newest first."""
        orders = tables.orders
        query = sa.select(orders).where(orders.c.account == account)
        newest = query.order_by(orders.c.created_at.desc(), orders.c.id).limit(limit)
        return tuple(self._order(row) for row in self._c.execute(newest))

    def unfinished(self) -> tuple[tuple[str, str], ...]:
        """(order, account) of all that are still to be made, oldest first."""
        orders = tables.orders
        query = sa.select(orders.c.id, orders.c.account).where(orders.c.state == "making").order_by(orders.c.created_at)
        return tuple((row.id, row.account) for row in self._c.execute(query))

    def keep(self, order: Order, made: dict[str, Any], done: int, total: int) -> None:
        """What there is of it by now."""
        sealed = self._seal(order.account, f"order-made/{order.id}", made)
        orders = tables.orders
        self._c.execute(
            orders.update().where(orders.c.id == order.id).values(made=sealed, done=done, total=max(total, done))
        )

    def end(self, order_id: str, state: OrderState, now: datetime) -> bool:
        """False where it had ended already."""
        orders = tables.orders
        going = sa.and_(orders.c.id == order_id, orders.c.state.in_(("making", "paused")))
        return self._c.execute(orders.update().where(going).values(state=state, finished_at=now)).rowcount > 0

    def turn(self, order_id: str, before: Sequence[OrderState], after: OrderState) -> bool:
        """Pause it, or set it going again. False where it was in none of the states `before`."""
        orders = tables.orders
        there = sa.and_(orders.c.id == order_id, orders.c.state.in_(before))
        changed = orders.update().where(there).values(state=after, finished_at=None)
        return self._c.execute(changed).rowcount > 0

    def state(self, order_id: str) -> str:
        """Raises NotFound."""
        found = self._c.execute(sa.select(tables.orders.c.state).where(tables.orders.c.id == order_id)).scalar()
        if found is None:
            raise NotFound("order")
        return str(found)

    def forget(self, older_than: datetime) -> int:
        """Remove ended ones of before; their pictures have a time of their own."""
        orders = tables.orders
        return self._c.execute(
            orders.delete().where(orders.c.created_at < older_than, orders.c.state != "making")
        ).rowcount

    def _order(self, row: Any) -> Order:
        return Order(
            id=row.id,
            account=row.account,
            credential=row.credential,
            state=row.state,
            created_at=row.created_at,
            told=self._open(row.account, f"order/{row.id}", row.told),
            made=self._open(row.account, f"order-made/{row.id}", row.made),
            done=row.done,
            total=row.total,
            finished_at=row.finished_at,
        )

    def _seal(self, account: str, about: str, told: dict[str, Any]) -> bytes:
        plain = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        return self._vault.seal(self._key(account), account, about, plain)

    def _open(self, account: str, about: str, sealed: bytes) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._vault.open(self._key(account), account, about, sealed))
        return found

    def _key(self, account: str) -> bytes:
        query = sa.select(tables.accounts.c.data_key).where(tables.accounts.c.id == account)
        key = self._c.execute(query).scalar_one()
        if key is None:
            raise Conflict("shredded")
        return bytes(key)
