"""Bring a database to the shape this version needs, with Alembic, from code (there is no alembic.ini)."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import Any

import sqlalchemy as sa

from pingxing.store.store import translated

HEAD = "0011"


def migrate(engine: sa.Engine, revision: str = "head") -> None:
    """Upgrade (or downgrade, when `revision` is older) in one transaction. Raises StorageFailed."""
    with translated():
        if revision == "head" and current(engine) == HEAD:
            return  # the usual start: no need to load Alembic
        from alembic import command
        from alembic.config import Config

        with as_file(files("pingxing.store") / "migrations") as folder:
            config = Config()
            config.set_main_option("script_location", str(folder).replace("%", "%%"))
            with engine.connect().execution_options(immediate=True) as connection, connection.begin():
                _take_turns(connection)
                config.attributes["connection"] = connection
                older = revision == "base" or (revision != "head" and (_current(connection) or "") > revision)
                (command.downgrade if older else command.upgrade)(config, revision)


def current(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        return _current(connection)


def _current(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: Any = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found if found is None else str(found)


def _take_turns(connection: sa.Connection) -> None:
    # Two processes that start at once must not both create the tables.
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(5787213827)"))
