"""The log as the house uses it: appended, sealed, proved, verified, tampered with."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.fakes.log import MemoryLog

from pingxing import i18n
from pingxing.errors import LedgerBroken, NotFound
from pingxing.ledger import audit, checkpoint, entries, keys, merkle
from pingxing.ledger.entries import Admitted, Labelled
from pingxing.ledger.log import Ledger, Problem

START = datetime(2026, 11, 22, tzinfo=UTC)
ACTOR = "0f" * 16


class Clock:
    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ledger(clock):
    return Ledger(keys.from_seed("log.test", bytes(32)), b"p" * 32, clock)


@pytest.fixture
def storage():
    return MemoryLog()


def entry(number):
    return Admitted(f"job-{number:016d}", ACTOR, f"{number:064x}", "scene", 1)


def fill(ledger, storage, count, batch=1):
    for first in range(0, count, batch):
        ledger.extend(storage, [entry(i) for i in range(first, min(first + batch, count))])
        ledger.seal(storage)


def codes(report):
    return {problem.code for problem in report.problems}


def test_append_returns_where_the_entry_is(ledger, storage):
    positions = [ledger.append(storage, entry(i)) for i in range(3)]
    assert [(p.index, p.size) for p in positions] == [(0, 1), (1, 2), (2, 3)]
    assert ledger.extend(storage, []) == []
    assert entries.decode(storage.entry(2)) == (entry(2), START)


def test_seal_signs_the_root_of_all_entries(ledger, storage):
    for size in range(1, 20):
        ledger.append(storage, entry(size))
        sealed = ledger.seal(storage)
        root = audit.tree_head([merkle.leaf_hash(data) for data in storage.entries(0, size)])
        assert (sealed.size, sealed.root) == (size, root.hex())
        assert checkpoint.verify(sealed.checkpoint, ledger.vkey) == checkpoint.Checkpoint("log.test", size, root)
        assert storage.checkpoint() == sealed.checkpoint


def test_sealing_twice_changes_nothing(ledger, storage):
    ledger.append(storage, entry(0))
    assert ledger.seal(storage) == ledger.seal(storage)
    assert len(storage.checkpoints) == 1


def test_an_empty_log_seals_to_the_empty_root(ledger, storage):
    assert ledger.seal(storage).root == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert ledger.verify(storage).ok


def test_times_never_decrease_when_the_clock_does(ledger, storage, clock):
    seen = []
    for shift in (0, 5, -3600, -3599, 6):
        clock.now = START + timedelta(seconds=shift)
        ledger.append(storage, entry(len(seen)))
        seen.append(entries.decode(storage.entry(len(seen)))[1])
    assert seen == [START + timedelta(seconds=s) for s in (0, 5, 5, 5, 6)]
    assert [row[2] for row in storage.rows] == seen


def test_every_entry_proves_at_every_sealed_size(ledger, storage):
    fill(ledger, storage, 21, batch=3)
    for size in range(3, 22, 3):
        for index in range(size):
            proof = ledger.prove(storage, index, size)
            path = [bytes.fromhex(h) for h in proof.path]
            assert audit.includes(proof.leaf, index, size, path, bytes.fromhex(proof.root))
            assert checkpoint.verify(proof.checkpoint, ledger.vkey).root.hex() == proof.root
    assert ledger.prove(storage, 0).size == 21


@pytest.mark.parametrize(("index", "size"), [(-1, None), (4, None), (2, 2), (0, 3), (0, 99)])
def test_what_is_not_there_has_no_proof(ledger, storage, index, size):
    fill(ledger, storage, 4, batch=2)
    with pytest.raises(NotFound):
        ledger.prove(storage, index, size)


def test_the_log_proves_that_it_only_grew(ledger, storage):
    fill(ledger, storage, 17)
    for new in range(18):
        for old in range(new + 1):
            proof = ledger.consistency(storage, old, new)
            roots = bytes.fromhex(proof.old_root), bytes.fromhex(proof.new_root)
            path = [bytes.fromhex(h) for h in proof.path]
            assert merkle.verify_consistency(old, new, *roots, path)
            assert not old or audit.grew(old, new, *roots, path)
    with pytest.raises(NotFound):
        ledger.consistency(storage, 3, 18)


def test_a_whole_log_verifies(ledger, storage):
    fill(ledger, storage, 300, batch=7)
    report = ledger.verify(storage)
    assert report.ok
    assert report.problems == ()
    assert (report.size, report.root) == (300, ledger.attest(storage).root)


def replace(storage, index, data):
    _, leaf, at = storage.rows[index]
    storage.rows[index] = (data, leaf, at)


def test_a_changed_entry_is_found(ledger, storage):
    fill(ledger, storage, 40)
    replace(storage, 17, entries.encode(entry(99), START))
    report = ledger.verify(storage)
    assert Problem("leaf", 17) in report.problems
    assert codes(report) == {"leaf", "node", "root"}
    with pytest.raises(LedgerBroken):
        ledger.prove(storage, 17)


def test_a_changed_entry_whose_hashes_were_mended_too_is_found(ledger, storage):
    fill(ledger, storage, 40)
    forged = MemoryLog()
    for index in range(40):
        ledger.append(forged, entry(99 if index == 17 else index))
    forged.checkpoints = storage.checkpoints
    assert codes(ledger.verify(forged)) == {"root"}
    with pytest.raises(LedgerBroken, match=r"root"):
        ledger.attest(forged)
    with pytest.raises(LedgerBroken, match=r"proof"):
        ledger.prove(forged, 3)


def test_a_changed_node_is_found_and_never_proved_with(ledger, storage):
    fill(ledger, storage, 8)
    storage.hashes[2, 1] = bytes(32)
    assert ledger.verify(storage).problems == (Problem("node", 4),)
    with pytest.raises(LedgerBroken):
        ledger.prove(storage, 0)
    del storage.hashes[2, 1]
    assert codes(ledger.verify(storage)) == {"node"}
    with pytest.raises(LedgerBroken, match="node"):
        ledger.prove(storage, 0)


def test_a_node_missing_below_an_append_is_an_error(ledger, storage):
    fill(ledger, storage, 4)
    del storage.hashes[2, 0]
    with pytest.raises(LedgerBroken, match="node"):
        ledger.append(storage, entry(4))
    assert storage.size() == 4


def test_lost_entries_are_found(ledger, storage):
    fill(ledger, storage, 9)
    del storage.rows[7:]
    assert Problem("truncated", 7) in ledger.verify(storage).problems
    with pytest.raises(LedgerBroken, match="truncated"):
        ledger.attest(storage)


def test_entries_behind_the_back_of_the_log_are_found(ledger, storage):
    fill(ledger, storage, 9)
    ledger.append(storage, entry(9))
    assert ledger.verify(storage).problems == (Problem("unsealed", 9),)
    with pytest.raises(LedgerBroken, match="unsealed"):
        ledger.attest(storage)


def test_an_entry_that_vanishes_while_it_is_read_is_found(ledger, storage):
    fill(ledger, storage, 5)
    storage.entries = lambda start, stop: iter([row[0] for row in storage.rows[:3]])
    assert Problem("missing", 3) in ledger.verify(storage).problems


def test_a_log_that_grows_while_it_is_verified_is_not_called_broken(ledger, storage):
    fill(ledger, storage, 5)

    def entries_while_another_commits(start, stop, read=storage.entries):
        yield from list(read(start, stop))
        fill_more = [entry(i) for i in range(5, 9)]
        ledger.extend(storage, fill_more)
        ledger.seal(storage)

    storage.entries = entries_while_another_commits
    report = ledger.verify(storage)
    assert (report.ok, report.size) == (True, 5)


def test_another_key_is_noticed_at_the_start(ledger, storage, clock):
    fill(ledger, storage, 3)
    other = Ledger(keys.from_seed("log.test", bytes(range(32))), b"p" * 32, clock)
    with pytest.raises(LedgerBroken, match="signature"):
        other.attest(storage)
    assert codes(other.verify(storage)) == {"signature"}


def test_nonsense_in_the_place_of_an_entry_is_reported_not_raised(ledger, storage):
    fill(ledger, storage, 6)
    replace(storage, 2, b"\xff{")
    assert {Problem("entry", 2), Problem("leaf", 2)} <= set(ledger.verify(storage).problems)


def test_time_running_backwards_is_reported(ledger, storage):
    fill(ledger, storage, 2)
    data = entries.encode(entry(2), START - timedelta(days=1))
    leaf = merkle.leaf_hash(data)
    storage.put_nodes(merkle.append(2, [leaf], storage.hashes))
    storage.add_entry(2, data, leaf, START)
    ledger.seal(storage)
    assert ledger.verify(storage).problems == (Problem("time", 2),)


def test_a_wholly_broken_log_gives_a_bounded_report(ledger, storage):
    fill(ledger, storage, 300, batch=50)
    for index in range(300):
        replace(storage, index, b"x")
    assert len(ledger.verify(storage).problems) <= 101


def test_a_fresh_log_attests_to_nothing(ledger, storage):
    assert ledger.attest(storage) is None


def test_pseudonyms_are_stable_and_fit_an_entry(ledger):
    name = ledger.pseudonym("account-of-someone")
    assert name == ledger.pseudonym("account-of-someone") != ledger.pseudonym("account-of-another")
    Labelled("job-0000000000000000", "ab" * 32, "cd" * 32)
    assert re.fullmatch("[0-9a-f]{32}", name)
    assert "p" * 32 not in repr(ledger)


def test_each_append_asks_little_of_the_storage(ledger, storage):
    fill(ledger, storage, 1000, batch=50)
    asked = []
    read = storage.nodes
    storage.nodes = lambda keys: asked.append(len(keys)) or read(keys)
    ledger.extend(storage, [entry(1), entry(2)])
    ledger.seal(storage)
    assert len(asked) == 2
    assert max(asked) <= 10


def test_every_problem_has_words_in_both_languages():
    source = Path(audit.__file__).with_name("log.py").read_text()
    found = set(re.findall(r'Problem\(\s*"([a-z-]+)"', source)) | {"leaf", "node", "unsealed", "truncated"}
    found |= audit.MEANING.keys()
    assert len(found) > 15
    reasons = set(re.findall(r'LedgerBroken\("([a-z]+)"', source)) | {"unsealed", "truncated"}
    assert len(reasons) >= 6
    for language in ("en", "zh"):
        for code in found:
            assert i18n.say(language, f"ledger.problem.{code}")
        for reason in reasons:
            assert i18n.say(language, f"error.ledger_broken.{reason}")


def test_leaves_are_json_that_anybody_reads(ledger, storage):
    ledger.append(storage, entry(7))
    assert json.loads(storage.entry(0)) == {
        "actor": ACTOR,
        "at": 1795305600000000,
        "count": 1,
        "job": "job-0000000000000007",
        "kind": "admitted",
        "model": "scene",
        "prompt": f"{7:064x}",
        "v": 1,
    }
