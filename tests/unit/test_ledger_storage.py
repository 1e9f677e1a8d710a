"""One contract for every log storage: the fake that the unit tests trust and the tables of the store."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime

import pytest
from tests.fakes.log import MemoryLog

from pingxing.errors import LedgerBroken, NotFound
from pingxing.ledger import audit, keys
from pingxing.ledger.entries import Admitted
from pingxing.ledger.export import export
from pingxing.ledger.log import Ledger
from pingxing.ledger.storage import LogStorage
from pingxing.store.schema import migrate
from pingxing.store.store import Store
from pingxing.store.vault import Vault

AT = datetime(2026, 11, 22, 1, 2, 3, 456789, UTC)
LEDGER = Ledger(keys.from_seed("log.test", bytes(32)), b"p" * 32, lambda: AT)


class InMemory:
    def __init__(self) -> None:
        self.log = MemoryLog()

    def begin(self) -> AbstractContextManager[LogStorage]:
        return nullcontext(self.log)

    read = begin


class InTables:
    def __init__(self, store: Store) -> None:
        self.store = store

    @contextmanager
    def begin(self) -> Iterator[LogStorage]:
        with self.store.begin() as tx:
            yield tx.log

    @contextmanager
    def read(self) -> Iterator[LogStorage]:
        with self.store.read() as tx:
            yield tx.log


@pytest.fixture(params=["memory", "sqlite"])
def place(request, tmp_path):
    if request.param == "memory":
        yield InMemory()
        return
    store = Store(f"sqlite:///{tmp_path / 'log.db'}", Vault(bytes(32)))
    migrate(store.engine)
    yield InTables(store)
    store.close()


def entry(number):
    return Admitted(f"job-{number:016d}", "0f" * 16, f"{number:064x}", "scene", 1)


def test_an_empty_log(place):
    with place.read() as log:
        assert (log.size(), log.last_time(), log.checkpoint(), log.checkpoint(0)) == (0, None, None, None)
        assert list(log.entries(0, 5)) == []
        assert log.nodes([]) == {}
        with pytest.raises(NotFound):
            log.entry(0)


def test_what_was_stored_comes_back(place):
    with place.begin() as log:
        assert log.lock() == 0
        log.add_entry(0, b"zero", b"0" * 32, AT)
        log.add_entry(1, b"one", b"1" * 32, AT)
        assert log.lock() == log.size() == 2
        log.put_nodes([(0, 0, b"a" * 32), (0, 1, b"b" * 32), (1, 0, b"c" * 32)])
        log.put_checkpoint(1, "first")
        log.put_checkpoint(2, "second")
    with place.read() as log:
        assert log.last_time() == AT
        assert (log.entry(0), log.entry(1)) == (b"zero", b"one")
        assert list(log.entries(0, 9)) == [b"zero", b"one"]
        assert list(log.entries(1, 2)) == [b"one"]
        assert log.nodes([(1, 0), (0, 1), (9, 9)]) == {(1, 0): b"c" * 32, (0, 1): b"b" * 32}
        assert (log.checkpoint(), log.checkpoint(1), log.checkpoint(3)) == ("second", "first", None)


def test_nothing_is_written_over(place):
    with place.begin() as log:
        log.add_entry(0, b"zero", b"0" * 32, AT)
        log.put_nodes([(0, 0, b"a" * 32)])
        log.put_checkpoint(1, "first")
    for write in (
        lambda log: log.add_entry(0, b"other", b"1" * 32, AT),
        lambda log: log.put_nodes([(0, 0, b"b" * 32)]),
        lambda log: log.put_checkpoint(1, "other"),
    ):
        with pytest.raises(Exception, match=r"UNIQUE|entry 0|node 0|size 1"), place.begin() as log:
            write(log)
    with place.read() as log:
        assert (log.entry(0), log.nodes([(0, 0)]), log.checkpoint()) == (b"zero", {(0, 0): b"a" * 32}, "first")


def test_a_log_of_several_transactions_verifies_proves_and_audits(place, tmp_path):
    for first in range(0, 300, 60):
        with place.begin() as log:
            LEDGER.extend(log, [entry(i) for i in range(first, first + 60)])
            LEDGER.seal(log)
    with place.read() as log:
        assert LEDGER.verify(log).ok
        assert LEDGER.attest(log).size == 300
        proof = LEDGER.prove(log, 123, 180)
        path = [bytes.fromhex(h) for h in proof.path]
        assert audit.includes(proof.leaf, 123, 180, path, bytes.fromhex(proof.root))
        (tmp_path / "log.jsonl").write_bytes(b"".join(export(log, LEDGER)))
    assert audit.audit(tmp_path / "log.jsonl", LEDGER.vkey).ok


def test_text_in_the_place_of_bytes_is_a_wrong_log_and_not_a_crash(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'log.db'}", Vault(bytes(32)))
    migrate(store.engine)
    with store.begin() as tx:
        LEDGER.extend(tx.log, [entry(i) for i in range(4)])
        LEDGER.seal(tx.log)
    with store.engine.connect() as connection, connection.begin():  # as somebody at the sqlite3 prompt would
        connection.exec_driver_sql("UPDATE log_entries SET data = replace(data, '\"count\":1', '\"count\":2')")
        connection.exec_driver_sql("UPDATE log_nodes SET hash = 'text' WHERE level = 1")
    with store.read() as tx:
        report = LEDGER.verify(tx.log)
        assert {problem.code for problem in report.problems} == {"leaf", "node", "root"}
        with pytest.raises(LedgerBroken):
            LEDGER.prove(tx.log, 1)
    store.close()


def test_a_transaction_that_fails_leaves_no_entry(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'log.db'}", Vault(bytes(32)))
    migrate(store.engine)
    with store.begin() as tx:
        LEDGER.append(tx.log, entry(0))
        LEDGER.seal(tx.log)
    with pytest.raises(ZeroDivisionError), store.begin() as tx:  # noqa: PT012
        LEDGER.append(tx.log, entry(1))
        LEDGER.seal(tx.log)
        raise ZeroDivisionError
    with store.read() as tx:
        assert LEDGER.attest(tx.log).size == 1
        assert LEDGER.verify(tx.log).ok
    store.close()
