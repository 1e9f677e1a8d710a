"""Sealing, blobs and migrations: what is written is whole, and what is damaged is noticed."""

import contextlib
import errno
import os

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st

from pingxing.errors import Integrity, NotFound, StorageFailed
from pingxing.store.blobs import LocalBlobs
from pingxing.store.schema import HEAD, current, migrate
from pingxing.store.store import Store, make_engine
from pingxing.store.tables import metadata
from pingxing.store.vault import Vault, secret_file

VAULT = Vault(bytes(32))


@given(st.binary(max_size=300), st.integers(0, 400))
def test_sealed_values_open_only_whole_in_place_and_with_their_key(plain, at):
    key, other = VAULT.new_data_key("ann"), VAULT.new_data_key("bob")
    sealed = VAULT.seal(key, "ann", "job/1", plain)
    assert VAULT.open(key, "ann", "job/1", sealed) == plain
    broken = bytearray(sealed)
    broken[at % len(sealed)] ^= 1
    for attempt in (
        lambda: VAULT.open(key, "ann", "job/1", bytes(broken)),
        lambda: VAULT.open(key, "ann", "job/2", sealed),
        lambda: VAULT.open(other, "bob", "job/1", sealed),
        lambda: VAULT.open(key, "bob", "job/1", sealed),
        lambda: Vault(b"1" * 32).open(key, "ann", "job/1", sealed),
    ):
        with pytest.raises(Integrity):
            attempt()


def test_a_secret_file_is_made_once_and_read_by_its_owner_alone(tmp_path):
    path = tmp_path / "keys" / "master.key"
    secret = secret_file(path)
    assert len(secret) == 32
    assert secret_file(path) == secret
    assert path.stat().st_mode & 0o077 == 0
    path.chmod(0o640)
    with pytest.raises(Integrity, match="key_open"):
        secret_file(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(Integrity, match="key_length"):
        secret_file(path)


def test_a_blob_is_whole_or_absent(tmp_path, monkeypatch):
    blobs = LocalBlobs(tmp_path)
    name = blobs.put(b"picture")
    assert blobs.get(name) == b"picture"
    assert blobs.put(b"picture") == name
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(StorageFailed, match="full"):
        blobs.put(b"another")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [name]


def test_blob_names_are_digests_and_never_paths(tmp_path):
    blobs = LocalBlobs(tmp_path / "blobs")
    (tmp_path / "secret").write_bytes(b"x")
    for name in ("../secret", "/etc/passwd", "", "0" * 63, "G" * 64, "0" * 64):
        with pytest.raises(NotFound):
            blobs.get(name)


def test_migrations_go_up_and_down_and_end_in_the_tables_as_declared(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'x.db'}")
    migrate(engine)
    assert current(engine) == HEAD
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    migrate(engine, "base")
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    migrate(engine)
    migrate(engine)
    assert set(metadata.tables) <= set(sa.inspect(engine).get_table_names())
    engine.dispose()


def test_sqlite_is_set_up_to_be_durable(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'x.db'}", VAULT)
    with store.engine.connect() as connection:
        pragma = lambda name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()  # noqa: E731
        assert pragma("journal_mode") == "wal"
        assert pragma("foreign_keys") == 1
        assert pragma("synchronous") == 2
        assert pragma("busy_timeout") >= 10_000
    store.close()


def test_a_transaction_that_fails_leaves_nothing(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'x.db'}", VAULT)
    migrate(store.engine)
    with contextlib.suppress(RuntimeError), store.begin() as tx:
        tx.log.put_checkpoint(1, "text")
        raise RuntimeError
    with store.read() as tx:
        assert tx.log.checkpoint() is None
    store.close()
