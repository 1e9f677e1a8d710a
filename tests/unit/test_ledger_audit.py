"""The exported log and the checker that shares no code with what wrote it."""

import ast
import base64
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.log import MemoryLog

from pingxing.errors import LedgerBroken, NotFound
from pingxing.ledger import audit, checkpoint, entries, keys, merkle
from pingxing.ledger.entries import (
    Admitted,
    Agreed,
    Cancelled,
    Consented,
    Copied,
    Delivered,
    Failed,
    Labelled,
    Listed,
    Noticed,
    Opened,
    Previewed,
    Refused,
    Searched,
    Staged,
    Vetted,
)
from pingxing.ledger.export import export
from pingxing.ledger.log import Ledger

ACTOR = "0f" * 16
LEDGER = Ledger(keys.from_seed("log.test", bytes(32)), b"p" * 32, lambda: datetime(2026, 11, 22, tzinfo=UTC))


def admitted(job, count=2):
    return Admitted(f"job-{job:016d}", ACTOR, "ab" * 32, "scene", count)


def labelled(job, artifact):
    return Labelled(f"job-{job:016d}", f"{artifact:064x}", "cd" * 32)


def delivered(job, artifact, position=0, receipt=None):
    receipt = f"receipt-{artifact if receipt is None else receipt:010d}"
    return Delivered(f"job-{job:016d}", ACTOR, receipt, position, f"{artifact:064x}", "scene")


def previewed(job, artifact, receipt):
    return Previewed(f"job-{job:016d}", f"receipt-{receipt:010d}", 1, f"{artifact:064x}", "cd" * 32)


def refused(job):
    return Refused(f"job-{job:016d}", ACTOR, "ab" * 32, ("protect.minors",), "output")


def agreed(actor=ACTOR):
    return Agreed(actor, "ef" * 32)


def copied(job, origin, receipt):
    origin = f"receipt-{origin:010d}"
    return Copied(f"job-{job:016d}", ACTOR, f"receipt-{receipt:010d}", origin, "aa" * 32, "cd" * 32, "ef" * 32)


def pack(status, version="1.0.0", body="ab" * 32):
    return Staged(ACTOR, "house-rules", version, body, status)


def consented(upload):
    return Consented(ACTOR, f"upload-{upload:010d}", "ab" * 32, "cd" * 32, "agreed")


def listed(number, listing):
    return Listed(ACTOR, f"picture-{number:010d}", listing, "ab" * 32)


def vetted(subject, standing="verified", means="by_hand", actor=ACTOR):
    return Vetted(actor, f"{subject:032x}", standing, means)


def asked(subject):
    return vetted(subject, "asked", actor=f"{subject:032x}")


def opened(turn, actor, subject=9, statement="ab"):
    return Opened(f"{actor:032x}", f"{subject:032x}", f"opening-{7:010d}", turn, statement * 32)


def notice(job, receipt):
    return Noticed(f"job-{job:016d}", ACTOR, f"receipt-{receipt:010d}", "withdrawn", "ef" * 32)


GOOD = [
    admitted(1),
    Refused("job-0000000000000009", ACTOR, "ab" * 32, ("fraud.1",), "input"),
    admitted(2, 1),
    previewed(1, 5, 90),
    labelled(1, 10),
    delivered(1, 10, 0),
    labelled(2, 20),
    delivered(2, 20, 0),
    labelled(1, 11),
    delivered(1, 11, 1),
    admitted(3),
    Cancelled("job-0000000000000003", ACTOR),
    admitted(4),
    Failed("job-0000000000000004", "backend_failed"),
    agreed(),
    copied(1, 10, 91),
    pack("draft"),
    pack("active"),
    Searched(ACTOR, "ab" * 32, 2, "cd" * 32),
    notice(1, 10),
]


def written(tmp_path, log):
    storage = MemoryLog()
    LEDGER.extend(storage, log)
    LEDGER.seal(storage)
    file = tmp_path / "log.jsonl"
    file.write_bytes(b"".join(export(storage, LEDGER)))
    return file


def codes(result):
    return [(problem.code, problem.index) for problem in result.problems]


def test_a_good_log_passes(tmp_path):
    result = audit.audit(written(tmp_path, GOOD), LEDGER.vkey)
    assert result.problems == ()
    assert (result.ok, result.size, result.pinned) == (True, len(GOOD), True)
    assert not audit.audit(tmp_path / "log.jsonl").pinned


def test_whoever_asks_is_verified_refused_or_erased(tmp_path):
    log = [
        *(asked(1), vetted(1, "refused", "service"), asked(1), vetted(1, means="service"), vetted(1, "leaving")),
        *(vetted(1, "erased", "time"), asked(2), vetted(2, "erased"), asked(2), vetted(2), vetted(3)),
    ]
    assert audit.audit(written(tmp_path, log), LEDGER.vkey).problems == ()


def test_the_export_is_json_lines(tmp_path):
    lines = written(tmp_path, GOOD).read_bytes().splitlines()
    header = json.loads(lines[0])
    assert header["format"] == "pingxing-ledger/1"
    assert (header["origin"], header["vkey"], header["size"]) == ("log.test", LEDGER.vkey, len(GOOD))
    assert checkpoint.verify(header["checkpoint"], header["vkey"]).size == len(GOOD)
    leaves = [base64.b64decode(json.loads(line)) for line in lines[1:]]
    assert [entries.decode(leaf)[0] for leaf in leaves] == GOOD


def test_an_unsealed_or_broken_log_is_not_exported():
    storage = MemoryLog()
    with pytest.raises(NotFound):
        list(export(storage, LEDGER))
    LEDGER.append(storage, admitted(1))
    with pytest.raises(LedgerBroken):
        list(export(storage, LEDGER))
    LEDGER.seal(storage)
    storage.entries = lambda start, stop: iter([])
    with pytest.raises(LedgerBroken, match="missing"):
        list(export(storage, LEDGER))


@pytest.mark.parametrize(
    ("log", "problem"),
    [
        ([labelled(1, 10), delivered(1, 10)], ("not-admitted", 1)),
        ([labelled(1, 10), delivered(1, 10), admitted(1)], ("not-admitted", 1)),
        ([admitted(1), delivered(1, 10)], ("not-labelled", 1)),
        ([admitted(1), labelled(1, 10), delivered(1, 10), copied(1, 10, 91)], ("not-agreed", 3)),
        ([admitted(1), labelled(1, 10), delivered(1, 10), agreed("00" * 16), copied(1, 10, 91)], ("not-agreed", 4)),
        ([agreed(), admitted(1), labelled(1, 10), copied(1, 10, 91)], ("not-delivered", 3)),
        ([admitted(1), labelled(1, 10), notice(1, 10)], ("notice-of-nothing", 2)),
        ([pack("active")], ("pack-not-added", 0)),
        ([consented(1), consented(2), consented(1)], ("consented-twice", 2)),
        ([listed(1, "added"), listed(2, "removed")], ("not-listed", 1)),
        ([listed(1, "added"), listed(1, "added")], ("not-listed", 1)),
        ([listed(1, "added"), listed(1, "removed"), listed(1, "removed")], ("not-listed", 2)),
        ([opened("asked", 1), opened("approved", 1)], ("opened-alone", 1)),
        ([opened("asked", 1), opened("approved", 9)], ("opened-alone", 1)),
        ([opened("asked", 1), opened("shown", 1)], ("opened-alone", 1)),
        ([opened("asked", 1), opened("declined", 2), opened("shown", 1)], ("opened-alone", 2)),
        ([opened("asked", 1), opened("approved", 2), opened("shown", 2)], ("opened-alone", 2)),
        ([opened("asked", 1), opened("approved", 2), opened("shown", 1, statement="cd")], ("opened-alone", 2)),
        ([opened("asked", 1), opened("approved", 2), opened("shown", 1, subject=8)], ("opened-alone", 2)),
        ([opened("asked", 1), opened("approved", 2), opened("shown", 1), opened("shown", 1)], ("opened-alone", 3)),
        ([opened("approved", 2)], ("opened-alone", 0)),
        ([vetted(1), vetted(1, "erased"), vetted(1, "erased")], ("person-erased-unknown", 2)),
        ([vetted(1), vetted(2, "erased", "time")], ("person-erased-unknown", 1)),
        ([vetted(1), vetted(2, "leaving")], ("person-erased-unknown", 1)),
        ([asked(1), vetted(1, "refused"), vetted(1, "erased")], ("person-erased-unknown", 2)),
        ([vetted(1, "refused")], ("person-not-asked", 0)),
        ([asked(1), vetted(1, "refused"), vetted(1, "refused")], ("person-not-asked", 2)),
        ([vetted(1, means="service")], ("person-not-asked", 0)),
        ([asked(2), vetted(1, means="service")], ("person-not-asked", 1)),
        ([asked(1), vetted(1, "erased"), vetted(1, means="service")], ("person-not-asked", 2)),
        ([asked(1), vetted(1, actor=f"{1:032x}")], ("vetted-oneself", 1)),
        ([vetted(1, actor=f"{2:032x}"), vetted(2, actor=f"{2:032x}")], ("vetted-oneself", 1)),
        ([pack("draft"), pack("draft", "1.0.1"), pack("active", body="cd" * 32)], ("pack-changed", 2)),
        ([agreed(), admitted(1), labelled(1, 10), delivered(1, 10), copied(1, 10, 10)], ("receipt-twice", 4)),
        ([admitted(1), delivered(1, 10), labelled(1, 10)], ("not-labelled", 1)),
        ([admitted(1), labelled(1, 11), delivered(1, 10)], ("not-labelled", 2)),
        ([admitted(1), admitted(2), labelled(2, 10), delivered(1, 10)], ("not-labelled", 3)),
        ([admitted(1), labelled(1, 10), delivered(1, 10), delivered(1, 10, receipt=3)], ("delivered-twice", 3)),
        ([admitted(1), labelled(1, 10), delivered(1, 10), delivered(1, 10, 1)], ("receipt-twice", 3)),
        ([admitted(1), previewed(1, 5, 7), labelled(1, 10), delivered(1, 10, receipt=7)], ("receipt-twice", 3)),
        ([admitted(1, 1), labelled(1, 10), delivered(1, 10, 1)], ("beyond-count", 2)),
        ([admitted(1), admitted(1)], ("admitted-twice", 1)),
        ([admitted(1), labelled(1, 10), refused(1), delivered(1, 10)], ("delivered-after-end", 3)),
        (
            [admitted(1), labelled(1, 10), Failed("job-0000000000000001", "x"), delivered(1, 10)],
            ("delivered-after-end", 3),
        ),
    ],
)
def test_a_log_that_breaks_a_promise_is_found_though_its_tree_is_right(tmp_path, log, problem):
    result = audit.audit(written(tmp_path, log), LEDGER.vkey)
    assert codes(result) == [problem]
    assert not result.ok


def lines_of(tmp_path):
    return written(tmp_path, GOOD).read_bytes().splitlines(keepends=True)


def header_with(lines, **changes):
    return [json.dumps({**json.loads(lines[0]), **changes}).encode() + b"\n", *lines[1:]]


OTHER = keys.from_seed("log.test", bytes(range(32)))


def resigned(lines, key, **changes):
    point = checkpoint.verify(json.loads(lines[0])["checkpoint"], LEDGER.vkey)
    values = {"origin": point.origin, "size": point.size, "root": point.root, **changes}
    return checkpoint.sign(checkpoint.Checkpoint(**values), key)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda ls: ls[:-1], {"size"}),
        (lambda ls: [*ls, ls[-1]], {"size"}),
        (lambda ls: [*ls[:3], ls[4], ls[3], *ls[5:]], {"root"}),
        (lambda ls: [*ls[:4], b'"AAAA"\n', *ls[5:]], {"root", "leaf"}),
        (lambda ls: [*ls[:4], b"{\n", *ls[5:]], {"root", "leaf"}),
        (lambda ls: [*ls[:4], b"\n", *ls[5:]], {"root", "leaf"}),
        (lambda ls: ls[1:], {"header"}),
        (lambda ls: [], {"header"}),
        (lambda ls: [b"\xff\xfe\n", *ls[1:]], {"header"}),
        (lambda ls: header_with(ls, format="other/1"), {"header"}),
        (lambda ls: header_with(ls, checkpoint=7), {"header"}),
        (lambda ls: header_with(ls, size=True), {"header"}),
        (lambda ls: header_with(ls, size=3), {"size"}),
        (lambda ls: header_with(ls, checkpoint="x"), {"signature"}),
        (lambda ls: header_with(ls, checkpoint="\n\n"), {"signature"}),
        (lambda ls: header_with(ls, origin="log.other"), {"signature"}),
        (lambda ls: header_with(ls, checkpoint=resigned(ls, OTHER)), {"signature"}),
        (lambda ls: header_with(ls, checkpoint=resigned(ls, OTHER), vkey=OTHER.vkey), {"vkey", "signature"}),
        (lambda ls: header_with(ls, checkpoint=resigned(ls, LEDGER.signing, size=3)), {"size"}),
        (lambda ls: header_with(ls, checkpoint=resigned(ls, LEDGER.signing, root=bytes(32))), {"root"}),
    ],
)
def test_a_changed_file_is_found(tmp_path, change, expected):
    lines = lines_of(tmp_path)
    file = tmp_path / "changed.jsonl"
    file.write_bytes(b"".join(change(lines)))
    result = audit.audit(file, LEDGER.vkey)
    assert not result.ok
    found = {problem.code for problem in result.problems}
    assert expected <= found
    assert found <= expected | {"not-labelled", "not-admitted", "delivered-twice", "receipt-twice"}


def test_times_that_decrease_are_found(tmp_path):
    storage = MemoryLog()
    for index, second in enumerate((5, 4)):
        data = entries.encode(admitted(index), datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC))
        storage.put_nodes(merkle.append(index, [merkle.leaf_hash(data)], storage.hashes))
        storage.add_entry(index, data, merkle.leaf_hash(data), datetime(2026, 1, 1, tzinfo=UTC))
    LEDGER.seal(storage)
    file = tmp_path / "log.jsonl"
    file.write_bytes(b"".join(export(storage, LEDGER)))
    assert codes(audit.audit(file, LEDGER.vkey)) == [("time", 1)]


@pytest.mark.parametrize(
    "record",
    [
        {"kind": "delivered"},
        {"kind": "delivered", "position": "0", "receipt": "r", "artifact": "a"},
        {"kind": "delivered", "position": 0, "receipt": [], "artifact": "a"},
        {"kind": "admitted"},
        {"kind": "admitted", "count": None},
        {"kind": 3},
    ],
)
def test_a_leaf_without_its_members_is_found(record):
    rules = audit._Rules()
    rules.judge(json.dumps({"v": 1, "at": 1, "job": "j", "kind": "admitted", "count": 1}).encode())
    assert "leaf" in rules.judge(json.dumps({"v": 1, "at": 1, "job": "j", **record}).encode())


@given(
    st.lists(
        st.binary(max_size=200)
        | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda v: json.dumps(v).encode()),
        max_size=5,
    )
)
def test_any_file_gets_an_answer(tmp_path_factory, lines):
    file = tmp_path_factory.getbasetemp() / "any.jsonl"
    file.write_bytes(b"\n".join(lines))
    assert not audit.audit(file).ok


@given(st.dictionaries(st.sampled_from(["checkpoint", "vkey", "origin"]), st.text(), min_size=1))
def test_any_header_gets_an_answer(tmp_path_factory, changes):
    folder = tmp_path_factory.getbasetemp()
    lines = header_with(lines_of(folder), **changes)
    file = folder / "header.jsonl"
    file.write_bytes(b"".join(lines))
    assert not audit.audit(file).ok


def test_a_checkpoint_of_a_huge_number_gets_an_answer(tmp_path):
    lines = lines_of(tmp_path)
    text = json.loads(lines[0])["checkpoint"].replace(f"\n{len(GOOD)}\n", f"\n{'9' * 6000}\n")
    signed = checkpoint.note(text.split("\n\n")[0] + "\n", LEDGER.signing)
    file = tmp_path / "huge.jsonl"
    for note in (text, signed):
        file.write_bytes(b"".join(header_with(lines, checkpoint=note)))
        assert codes(audit.audit(file))[0] == ("signature", None)


def test_a_checkpoint_signed_in_the_name_of_another_log_is_found(tmp_path):
    other = keys.from_seed("log.other", bytes(32))
    lines = lines_of(tmp_path)
    file = tmp_path / "other.jsonl"
    file.write_bytes(b"".join(header_with(lines, checkpoint=resigned(lines, other), vkey=other.vkey)))
    assert codes(audit.audit(file)) == [("signature", None)]


def test_it_runs_alone_as_a_script(tmp_path):
    """Copied to another folder, in isolated mode: neither the package nor its folder is on the path."""
    file = written(tmp_path, GOOD)
    script = tmp_path / "elsewhere" / "audit.py"
    script.parent.mkdir()
    script.write_text(Path(audit.__file__).read_text())

    def run(*arguments):
        command = [sys.executable, "-I", str(script), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    good = run(file, "--vkey", LEDGER.vkey)
    assert (good.returncode, json.loads(good.stdout)["ok"]) == (0, True)
    assert run(file, "--vkey", OTHER.vkey).returncode == 5
    assert run(tmp_path / "none").returncode == 4
    assert run().returncode == 2


def test_it_imports_nothing_of_the_product():
    tree = ast.parse(Path(audit.__file__).read_text())
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names.add(str(node.module).split(".")[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("__import__", "eval", "exec")
    assert "cryptography" in names
    assert len(names) > 8
    assert names - {"cryptography"} <= sys.stdlib_module_names
    assert "importlib" not in names


def test_every_problem_can_be_shown():
    assert len(audit.MEANING) > 10
    for code in audit.MEANING:
        assert audit.MEANING[code] in str(audit.Problem(code, 3))
