"""Up, down and up again, on both databases, ending in the tables as declared."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from pingxing.store.schema import HEAD, current, migrate
from pingxing.store.store import make_engine
from pingxing.store.tables import metadata


def test_up_down_up(database):
    engine = make_engine(database.database)
    for _ in range(2):
        migrate(engine)
        assert current(engine) == HEAD
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        migrate(engine, "base")
        assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()
