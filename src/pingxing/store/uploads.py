"""Pictures that people uploaded, and files that wait to be labelled: sealed with their account's key until their time
is over."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from pingxing.errors import Conflict, NotFound
from pingxing.store import tables
from pingxing.store.vault import Vault
from pingxing.types import LabelVerdict

Basis = Literal["nobody", "myself", "agreed"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the file: `salt` (hex) opens the ledger's commitment to `sha256`; `marks` is what it said of
    itself when it came (an ingredient's labels are carried on, EU code of practice): technique -> "valid", "found"."""

    sha256: str
    salt: str
    verdict: LabelVerdict  # how it was made, by its labels
    produce_id: str | None = None
    marks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Upload:
    """`faces`: how many were found; None where nothing here could look. `basis`: who is shown, as was stated."""

    id: str
    account: str
    media_type: str
    width: int
    height: int
    size: int
    faces: int | None
    basis: Basis | None
    terms: str | None
    log_index: int | None
    created_at: datetime
    expires_at: datetime
    facts: Facts


_SEEN = [column for column in tables.uploads.c if column.name != "data"]  # megabytes are read only when asked for

_PICTURE = tables.uploads.c.media_type.like("image/%")  # the others wait to be labelled, and go with their job


class Uploads:
    def __init__(self, connection: sa.Connection, vault: Vault) -> None:
        self._c, self._vault = connection, vault

    def add(self, upload: Upload, data: bytes) -> None:
        """Raises Conflict where the account's key was destroyed."""
        self._c.execute(
            tables.uploads.insert().values(
                id=upload.id,
                account=upload.account,
                data=self._seal(upload.account, f"upload/{upload.id}", data),
                facts=self._seal(
                    upload.account, f"upload-facts/{upload.id}", json.dumps(asdict(upload.facts)).encode()
                ),
                media_type=upload.media_type,
                width=upload.width,
                height=upload.height,
                size=upload.size,
                faces=-1 if upload.faces is None else upload.faces,
                basis=upload.basis,
                terms=upload.terms,
                log_index=upload.log_index,
                created_at=upload.created_at,
                expires_at=upload.expires_at,
            )
        )

    def get(self, upload_id: str, account: str, now: datetime) -> Upload:
        """One's own, while it is kept. Raises NotFound."""
        row = self._c.execute(
            sa.select(*_SEEN).where(self._kept(account, now), tables.uploads.c.id == upload_id)
        ).first()
        if row is None:
            raise NotFound("upload")
        return self._upload(row)

    def data(self, upload: Upload) -> bytes:
        """The bytes as they were uploaded. Raises Integrity where they were changed, NotFound where they are gone."""
        query = sa.select(tables.uploads.c.data).where(tables.uploads.c.id == upload.id)
        sealed = self._c.execute(query).scalar_one_or_none()
        if not sealed:
            raise NotFound("upload")
        return self._vault.open(self._key(upload.account), upload.account, f"upload/{upload.id}", sealed)

    def facts(self, upload_id: str, account: str) -> Facts | None:
        """One's own, also when its bytes are gone; None once it was forgotten."""
        uploads = tables.uploads
        row = self._c.execute(sa.select(*_SEEN).where(uploads.c.id == upload_id, uploads.c.account == account)).first()
        return None if row is None else self._upload(row).facts

    def note(self, upload: Upload, facts: Facts) -> None:
        """Other facts than those with which it came."""
        sealed = self._seal(upload.account, f"upload-facts/{upload.id}", json.dumps(asdict(facts)).encode())
        self._c.execute(tables.uploads.update().where(tables.uploads.c.id == upload.id).values(facts=sealed))

    def list(self, account: str, now: datetime) -> tuple[Upload, ...]:
        """Pictures, newest first."""
        order = (tables.uploads.c.created_at.desc(), tables.uploads.c.id)
        query = sa.select(*_SEEN).where(self._kept(account, now), _PICTURE).order_by(*order)
        return tuple(self._upload(row) for row in self._c.execute(query))

    def count(self, account: str, now: datetime) -> int:
        query = sa.select(sa.func.count()).select_from(tables.uploads).where(self._kept(account, now), _PICTURE)
        return int(self._c.execute(query).scalar_one())

    def empty(self, upload_id: str, now: datetime) -> None:
        """The bytes go now; the facts of its consent stay until `forget`."""
        uploads = tables.uploads
        self._c.execute(uploads.update().where(uploads.c.id == upload_id).values(data=b"", gone_at=now))

    def sweep(self, now: datetime) -> int:
        """Empty all whose time is over; how many that were."""
        uploads = tables.uploads
        over = sa.and_(uploads.c.expires_at <= now, uploads.c.gone_at.is_(None))
        return self._c.execute(uploads.update().where(over).values(data=b"", gone_at=now)).rowcount

    def forget(self, older_than: datetime) -> int:
        """Remove what is left of uploads of before. The ledger keeps that there was a consent."""
        uploads = tables.uploads
        return self._c.execute(
            uploads.delete().where(uploads.c.created_at < older_than, uploads.c.gone_at.is_not(None))
        ).rowcount

    def _kept(self, account: str, now: datetime) -> sa.ColumnElement[bool]:
        uploads = tables.uploads
        return sa.and_(uploads.c.account == account, uploads.c.gone_at.is_(None), uploads.c.expires_at > now)

    def _upload(self, row: Any) -> Upload:
        plain = self._vault.open(self._key(row.account), row.account, f"upload-facts/{row.id}", row.facts)
        return Upload(
            id=row.id,
            account=row.account,
            media_type=row.media_type,
            width=row.width,
            height=row.height,
            size=row.size,
            faces=None if row.faces < 0 else row.faces,
            basis=row.basis,
            terms=row.terms,
            log_index=row.log_index,
            created_at=row.created_at,
            expires_at=row.expires_at,
            facts=Facts(**json.loads(plain)),
        )

    def _seal(self, account: str, about: str, plain: bytes) -> bytes:
        return self._vault.seal(self._key(account), account, about, plain)

    def _key(self, account: str) -> bytes:
        query = sa.select(tables.accounts.c.data_key).where(tables.accounts.c.id == account)
        key = self._c.execute(query).scalar_one()
        if key is None:
            raise Conflict("shredded")
        return bytes(key)
