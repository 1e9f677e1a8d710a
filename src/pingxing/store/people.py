"""Accounts, sessions, keys and one-time links. Only hashes of secrets are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pingxing.errors import Conflict, NotFound
from pingxing.store import tables
from pingxing.types import Language, Role, Scope


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    name: str
    role: Role
    password_hash: str | None
    language: Language
    label_language: Language
    active: bool
    created_at: datetime
    weight: int = 1
    steps_per_day: int | None = None  # None: as the settings say


@dataclass(frozen=True, slots=True)
class StoredSession:
    hash: str
    account: str
    csrf: str
    expires_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyInfo:
    id: str
    account: str
    label: str
    prefix: str
    scopes: frozenset[Scope]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class People:
    def __init__(self, connection: sa.Connection) -> None:
        self._c = connection

    # accounts

    def add(self, account: Account, data_key: bytes) -> None:
        """Raises Conflict where the name is taken."""
        taken = self._c.execute(sa.select(tables.accounts.c.id).where(tables.accounts.c.name == account.name)).first()
        if taken:
            raise Conflict("name_taken", name=account.name)
        self._c.execute(
            tables.accounts.insert().values(
                id=account.id,
                name=account.name,
                role=account.role.value,
                password_hash=account.password_hash,
                language=account.language,
                label_language=account.label_language,
                active=account.active,
                created_at=account.created_at,
                data_key=data_key,
            )
        )

    def account(self, account_id: str) -> Account:
        return self._one_account(tables.accounts.c.id == account_id)

    def by_name(self, name: str) -> Account:
        return self._one_account(tables.accounts.c.name == name)

    def _one_account(self, condition: sa.ColumnElement[bool]) -> Account:
        row = self._c.execute(sa.select(tables.accounts).where(condition)).first()
        if row is None:
            raise NotFound("account")
        return _account(row)

    def all(self) -> tuple[Account, ...]:
        rows = self._c.execute(sa.select(tables.accounts).order_by(tables.accounts.c.created_at, tables.accounts.c.id))
        return tuple(_account(row) for row in rows)

    def update(self, account_id: str, **changes: Any) -> None:
        done = self._c.execute(tables.accounts.update().where(tables.accounts.c.id == account_id).values(**changes))
        if done.rowcount != 1:
            raise NotFound("account")

    # one-time links

    def add_link(self, digest: str, account: str, expires_at: datetime) -> None:
        self._c.execute(tables.sign_in_links.insert().values(hash=digest, account=account, expires_at=expires_at))

    def use_link(self, digest: str, now: datetime) -> str | None:
        """The account, once: the row is marked used in the same statement that finds it unused."""
        links = tables.sign_in_links
        used = self._c.execute(
            links.update()
            .where(links.c.hash == digest, links.c.used_at.is_(None), links.c.expires_at > now)
            .values(used_at=now)
        )
        if used.rowcount != 1:
            return None
        return str(self._c.execute(sa.select(links.c.account).where(links.c.hash == digest)).scalar_one())

    # sessions

    def add_session(self, digest: str, account: str, csrf: str, now: datetime, expires_at: datetime) -> None:
        self._c.execute(
            tables.sessions.insert().values(
                hash=digest, account=account, csrf=csrf, created_at=now, expires_at=expires_at
            )
        )

    def session(self, digest: str) -> StoredSession | None:
        row = self._c.execute(sa.select(tables.sessions).where(tables.sessions.c.hash == digest)).first()
        return None if row is None else StoredSession(row.hash, row.account, row.csrf, row.expires_at, row.ended_at)

    def end_sessions(self, now: datetime, *, digest: str | None = None, account: str | None = None) -> None:
        sessions = tables.sessions
        condition = sessions.c.hash == digest if digest else sessions.c.account == account
        self._c.execute(sessions.update().where(condition, sessions.c.ended_at.is_(None)).values(ended_at=now))

    # keys

    def add_key(self, key: KeyInfo, digest: str) -> None:
        self._c.execute(
            tables.keys.insert().values(
                id=key.id,
                account=key.account,
                label=key.label,
                prefix=key.prefix,
                hash=digest,
                scopes=" ".join(sorted(key.scopes)),
                created_at=key.created_at,
            )
        )

    def key_by_hash(self, digest: str) -> KeyInfo | None:
        row = self._c.execute(sa.select(tables.keys).where(tables.keys.c.hash == digest)).first()
        return None if row is None else _key(row)

    def key(self, key_id: str) -> KeyInfo:
        row = self._c.execute(sa.select(tables.keys).where(tables.keys.c.id == key_id)).first()
        if row is None:
            raise NotFound("key")
        return _key(row)

    def keys_of(self, account: str) -> tuple[KeyInfo, ...]:
        rows = self._c.execute(
            sa.select(tables.keys).where(tables.keys.c.account == account).order_by(tables.keys.c.created_at.desc())
        )
        return tuple(_key(row) for row in rows)

    def update_key(self, key_id: str, **changes: Any) -> None:
        self._c.execute(tables.keys.update().where(tables.keys.c.id == key_id).values(**changes))


def _account(row: Any) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        password_hash=row.password_hash,
        language=row.language,
        label_language=row.label_language,
        active=row.active,
        created_at=row.created_at,
        weight=row.weight,
        steps_per_day=row.steps_per_day,
    )


def _key(row: Any) -> KeyInfo:
    return KeyInfo(
        id=row.id,
        account=row.account,
        label=row.label,
        prefix=row.prefix,
        scopes=frozenset(Scope(scope) for scope in row.scopes.split()),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
