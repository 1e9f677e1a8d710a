"""One store over SQLite or PostgreSQL: `begin()` for a transaction that writes, `read()` for one that does not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

from pingxing.errors import InvalidRequest, StorageFailed
from pingxing.store.blobs import storage_failed
from pingxing.store.charges import Charges
from pingxing.store.copies import Copies
from pingxing.store.forbidden import Forbidden
from pingxing.store.log import LogRows
from pingxing.store.notices import Notices
from pingxing.store.openings import Openings
from pingxing.store.orders import Orders
from pingxing.store.oversight import Oversight
from pingxing.store.packs import Packs
from pingxing.store.people import People
from pingxing.store.persons import Persons
from pingxing.store.pleas import Pleas
from pingxing.store.uploads import Uploads
from pingxing.store.vault import Vault
from pingxing.store.work import Work


class Tx:
    """The repositories, all on one transaction."""

    def __init__(self, connection: sa.Connection, vault: Vault) -> None:
        self._connection, self._vault = connection, vault

    @cached_property
    def people(self) -> People:
        return People(self._connection)

    @cached_property
    def work(self) -> Work:
        return Work(self._connection, self._vault)

    @cached_property
    def charges(self) -> Charges:
        return Charges(self._connection)

    @cached_property
    def copies(self) -> Copies:
        return Copies(self._connection, self._vault)

    @cached_property
    def orders(self) -> Orders:
        return Orders(self._connection, self._vault)

    @cached_property
    def oversight(self) -> Oversight:
        return Oversight(self._connection)

    @cached_property
    def packs(self) -> Packs:
        return Packs(self._connection, self._vault)

    @cached_property
    def notices(self) -> Notices:
        return Notices(self._connection)

    @cached_property
    def uploads(self) -> Uploads:
        return Uploads(self._connection, self._vault)

    @cached_property
    def openings(self) -> Openings:
        return Openings(self._connection, self._vault)

    @cached_property
    def persons(self) -> Persons:
        return Persons(self._connection)

    @cached_property
    def pleas(self) -> Pleas:
        return Pleas(self._connection, self._vault)

    @cached_property
    def forbidden(self) -> Forbidden:
        return Forbidden(self._connection)

    @cached_property
    def log(self) -> LogRows:
        return LogRows(self._connection)


class Store:
    """Raises StorageFailed from any method when the database is missing, locked, full or read-only."""

    def __init__(self, url: str, vault: Vault) -> None:
        self._vault = vault
        with translated():
            self.engine = make_engine(url)

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """One transaction; committed, durably, when the block ends without an exception.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE): a read that later turned into a
        write could otherwise fail half-way. Keep the block short: no drawing, no encoding inside.
        """
        with translated(), self.engine.connect().execution_options(immediate=True) as connection, connection.begin():
            yield Tx(connection, self._vault)

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """One consistent view of the data; nothing is committed."""
        with translated(), self.engine.connect() as connection:
            yield Tx(connection, self._vault)

    def ping(self) -> None:
        with translated(), self.engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()


def make_engine(url: str, *, synchronous: str = "FULL") -> sa.Engine:
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_size=20, max_overflow=20, pool_pre_ping=True)
    file = sa.make_url(url).database
    if file:
        Path(file).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if Path(file).exists() and not os.access(file, os.W_OK):
            raise StorageFailed("readonly", problem=file)
    engine = sa.create_engine(url, poolclass=QueuePool, pool_size=20, max_overflow=40)

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        for pragma in ("busy_timeout = 15000", "journal_mode = WAL", "foreign_keys = ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.execute(f"PRAGMA synchronous = {synchronous}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


@contextmanager
def translated() -> Iterator[None]:
    """Failures as StorageFailed, which say their kind; what a database cannot hold as InvalidRequest; defects as is."""
    try:
        yield
    except OperationalError as error:
        raise StorageFailed(_kind(str(error.orig)), problem=type(error.orig).__name__) from error
    except DataError as error:
        # PostgreSQL holds no NUL in a text and no number beyond its column; SQLite takes both and finds nothing.
        raise InvalidRequest from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StorageFailed("unreachable", problem=type(error.orig).__name__) from error
        raise
    except OSError as error:
        raise storage_failed(error) from error


def _kind(message: str) -> str:
    signs = {
        "locked": "locked",
        "busy": "locked",
        "full": "full",
        "readonly": "readonly",
        "read-only": "readonly",
        "unable to open": "readonly",
        "no such table": "not_migrated",
    }
    return next((kind for sign, kind in signs.items() if sign in message.lower()), "unreachable")
