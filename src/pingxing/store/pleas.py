"""Pictures that a rule stopped on their way in, shown to a person by whoever brought them: sealed, and only until then.

A refused upload is not kept. Who contests that sends it once more with the plea; its bytes go in the transaction
that ends the plea (answered or withdrawn), or when the house has kept it as long as it keeps anything.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import TypeAdapter

from pingxing.errors import Conflict, NotFound
from pingxing.store import tables
from pingxing.store.vault import Vault
from pingxing.types import Verdict

_VERDICT: TypeAdapter[Verdict] = TypeAdapter(Verdict)
_UNREADABLE = Verdict("block")  # of an account whose key was destroyed


@dataclass(frozen=True, slots=True)
class Plea:
    """`shown`: whether the picture is still there to be looked at; `width` and `height` in pixels."""

    id: str
    account: str
    words: str
    sha256: str
    verdict: Verdict
    media_type: str
    width: int
    height: int
    state: Literal["open", "upheld", "overturned", "withdrawn"]
    answer: str
    created_at: datetime
    due_at: datetime  # by when an answer was promised
    decided_at: datetime | None = None
    shown: bool = True


_SEEN = [column for column in tables.pleas.c if column.name != "data"]  # megabytes are read only when asked for
_THERE = (sa.func.length(tables.pleas.c.data) > 0).label("there")


class Pleas:
    def __init__(self, connection: sa.Connection, vault: Vault) -> None:
        self._c, self._vault = connection, vault

    def add(self, plea: Plea, data: bytes) -> None:
        """Raises Conflict where the account's key was destroyed."""
        told = {"words": plea.words, "sha256": plea.sha256, "verdict": _VERDICT.dump_python(plea.verdict, mode="json")}
        self._c.execute(
            tables.pleas.insert().values(
                id=plea.id,
                account=plea.account,
                data=self._seal(plea, "picture", data),
                told=self._seal(plea, "told", json.dumps(told).encode()),
                media_type=plea.media_type,
                width=plea.width,
                height=plea.height,
                state=plea.state,
                created_at=plea.created_at,
                due_at=plea.due_at,
            )
        )

    def get(self, plea_id: str, *, lock: bool = False) -> Plea:
        """Raises NotFound. With `lock` the row stays as it is until this transaction ends."""
        query = sa.select(*_SEEN, _THERE).where(tables.pleas.c.id == plea_id)
        row = self._c.execute(query.with_for_update() if lock else query).first()
        if row is None:
            raise NotFound("appeal")
        return self._plea(row)

    def data(self, plea: Plea) -> bytes:
        """The picture as it was brought. Raises NotFound where it is gone, Integrity where it was changed."""
        query = sa.select(tables.pleas.c.data).where(tables.pleas.c.id == plea.id)
        sealed = self._c.execute(query).scalar_one_or_none()
        key = self._key(plea.account)
        if not sealed or key is None:
            raise NotFound("appeal")
        return self._vault.open(key, plea.account, f"plea-picture/{plea.id}", sealed)

    def list(self, *, account: str | None = None, open_only: bool = False, limit: int = 200) -> tuple[Plea, ...]:
        """Newest first; of the open ones those that are due first."""
        pleas = tables.pleas
        order = (pleas.c.due_at, pleas.c.id) if open_only else (pleas.c.created_at.desc(), pleas.c.id)
        query = sa.select(*_SEEN, _THERE).order_by(*order).limit(limit)
        if account is not None:
            query = query.where(pleas.c.account == account)
        if open_only:
            query = query.where(pleas.c.state == "open")
        return tuple(self._plea(row) for row in self._c.execute(query))

    def decided(self, limit: int = 200) -> tuple[Plea, ...]:
        """What people decided, newest first."""
        pleas = tables.pleas
        query = sa.select(*_SEEN, _THERE).where(pleas.c.state.in_(["upheld", "overturned"]))
        return tuple(self._plea(row) for row in self._c.execute(query.order_by(pleas.c.decided_at.desc()).limit(limit)))

    def end(self, plea: Plea) -> None:
        """Write down how it ended, and let go of the picture."""
        readable = self._key(plea.account) is not None
        self._c.execute(
            tables.pleas.update()
            .where(tables.pleas.c.id == plea.id)
            .values(
                state=plea.state,
                answer=self._seal(plea, "answer", plea.answer.encode()) if readable else None,
                decided_at=plea.decided_at,
                data=b"",
            )
        )

    def released(self, account: str, sha256: str) -> frozenset[str]:
        """Rules ("pack/rule") that a person set aside for exactly this file of this account."""
        pleas = tables.pleas
        query = sa.select(*_SEEN, _THERE).where(pleas.c.account == account, pleas.c.state == "overturned")
        found = (self._plea(row) for row in self._c.execute(query))
        return frozenset(rule for plea in found if plea.sha256 == sha256 for rule in plea.verdict.rules)

    def unread(self, account: str) -> int:
        """How many answers the account has not looked at."""
        query = sa.select(sa.func.count()).select_from(tables.pleas).where(self._answered(account))
        return int(self._c.execute(query).scalar_one())

    def read(self, account: str, at: datetime) -> None:
        self._c.execute(tables.pleas.update().where(self._answered(account)).values(seen_at=at))

    def forget(self, older_than: datetime) -> int:
        """Remove all of before, answered or not, with what was kept for them; how many that were."""
        pleas = tables.pleas
        return self._c.execute(pleas.delete().where(pleas.c.created_at < older_than)).rowcount

    def _answered(self, account: str) -> sa.ColumnElement[bool]:
        pleas = tables.pleas
        answered = pleas.c.state.in_(["upheld", "overturned"])
        return sa.and_(pleas.c.account == account, answered, pleas.c.seen_at.is_(None))

    def _plea(self, row: Any) -> Plea:
        key = self._key(row.account)
        told, answer = {"words": "", "sha256": ""}, ""
        verdict = _UNREADABLE
        if key is not None:
            told = json.loads(self._vault.open(key, row.account, f"plea-told/{row.id}", row.told))
            verdict = _VERDICT.validate_python(told["verdict"])
            if row.answer:
                answer = self._vault.open(key, row.account, f"plea-answer/{row.id}", row.answer).decode()
        return Plea(
            id=row.id,
            account=row.account,
            words=told["words"],
            sha256=told["sha256"],
            verdict=verdict,
            media_type=row.media_type,
            width=row.width,
            height=row.height,
            state=row.state,
            answer=answer,
            created_at=row.created_at,
            due_at=row.due_at,
            decided_at=row.decided_at,
            shown=bool(row.there) and key is not None,
        )

    def _seal(self, plea: Plea, about: str, plain: bytes) -> bytes:
        key = self._key(plea.account)
        if key is None:
            raise Conflict("shredded")
        return self._vault.seal(key, plea.account, f"plea-{about}/{plea.id}", plain)

    def _key(self, account: str) -> bytes | None:
        query = sa.select(tables.accounts.c.data_key).where(tables.accounts.c.id == account)
        key = self._c.execute(query).scalar_one_or_none()
        return None if key is None else bytes(key)
