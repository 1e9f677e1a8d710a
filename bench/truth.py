"""What really is: database, files and log of a data folder, read without the product's own reading code.

SQLite is read with the standard library, the log is exported and given to the independent checker,
every picture's digest and label are looked at. Used by the load and the crash benchmark.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENDS_WELL = ("delivered", "refused")
_DELIVERIES = ("delivered", "previewed")


@dataclass
class Truth:
    """One look. `problems` is empty when everything agrees."""

    jobs: dict[str, dict[str, Any]]
    receipts: dict[str, dict[str, Any]]
    entries: list[dict[str, Any]]
    files: set[str]
    root: str
    problems: list[str] = field(default_factory=list)
    orphans: set[str] = field(default_factory=set)  # files that no receipt names

    def states(self) -> dict[str, int]:
        return dict(Counter(job["state"] for job in self.jobs.values()))


class Examiner:
    """Looks at one data folder, again and again; a file that was right once is not opened again."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._export = data.parent / f"{data.name}-ledger.jsonl"
        self._right: dict[str, str | None] = {}  # sha256 -> the receipt that its label names
        self._highest = 0  # size of the log when it was last looked at
        self._roots: list[tuple[int, str]] = []

    def look(self) -> Truth:
        """Everything that must hold at every moment, whether jobs are under way or not."""
        truth = self._read()
        problems = truth.problems
        problems += self._ledger_problems(truth)
        problems += _receipt_problems(truth)
        problems += _job_problems(truth)
        for receipt in truth.receipts.values():
            problems += self._file_problems(receipt)
        truth.orphans = truth.files - {receipt["sha256"] for receipt in truth.receipts.values()}
        return truth

    def settled(self) -> Truth:
        """As `look`, when nothing is under way: also nothing may be unfinished or left over."""
        truth = self.look()
        for job_id, job in truth.jobs.items():
            if job["state"] not in (*ENDS_WELL, "cancelled", "failed"):
                truth.problems.append(f"job {job_id} is {job['state']}")
        truth.problems += [f"picture {name} has no receipt" for name in sorted(truth.orphans)]
        return truth

    # --- reading ---------------------------------------------------------------------------------

    def _read(self) -> Truth:
        with closing(sqlite3.connect(self._data / "pingxing.db", timeout=20)) as database:
            database.row_factory = sqlite3.Row
            database.execute("BEGIN")
            jobs = {row["id"]: dict(row) for row in database.execute("SELECT * FROM jobs")}
            receipts = {row["id"]: dict(row) for row in database.execute("SELECT * FROM receipts")}
            entries = [
                json.loads(row["data"]) for row in database.execute("SELECT data FROM log_entries ORDER BY position")
            ]
        files = {path.name for path in (self._data / "artifacts").glob("??/??/*") if not path.name.startswith(".")}
        return Truth(jobs, receipts, entries, files, "")

    def _ledger_problems(self, truth: Truth) -> list[str]:
        from pingxing.ledger import audit

        if not truth.entries and not self._highest:
            return []  # killed before anything was promised: there is no log yet, and nothing it should hold
        vkey = export_log(self._data, self._export)
        result = audit.audit(self._export, vkey)
        truth.root = result.root
        problems = [f"audit: {problem}" for problem in result.problems]
        if result.size < self._highest:
            problems.append(f"the log shrank from {self._highest} to {result.size} entries")
        hashes = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in _leaves(self._export)]
        for size, root in self._roots[-1:]:
            if audit.tree_head(hashes[:size]).hex() != root:
                problems.append(f"the first {size} entries are no longer those that were there before")
        self._highest = result.size
        self._roots.append((result.size, result.root))
        return problems

    def _file_problems(self, receipt: dict[str, Any]) -> list[str]:
        name = receipt["sha256"]
        if name not in self._right:
            path = self._data / "artifacts" / name[:2] / name[2:4] / name
            if not path.is_file():
                return [f"receipt {receipt['id']} has no picture"]
            data = path.read_bytes()
            if hashlib.sha256(data).hexdigest() != name:
                return [f"picture {name} is not what its name says"]
            self._right[name] = labelled_for(data)
        found = self._right[name]
        return [] if found == receipt["id"] else [f"picture {name} is labelled for {found}, not {receipt['id']}"]


def export_log(data: Path, file: Path) -> str:
    """Write the log of a data folder as `ledger export` does; the public key to check it with."""
    from pingxing.bootstrap import ORIGIN
    from pingxing.ledger.export import export
    from pingxing.ledger.keys import pseudonym_key, signing_key
    from pingxing.ledger.log import Ledger
    from pingxing.store.store import Store
    from pingxing.store.vault import Vault

    ledger = Ledger(signing_key(data / "keys", ORIGIN), pseudonym_key(data / "keys"))
    store = Store(f"sqlite:///{data / 'pingxing.db'}", Vault(bytes(32)))  # the log is not sealed: any key will do
    try:
        with store.read() as tx, file.open("wb") as out:
            out.writelines(export(tx.log, ledger))
    finally:
        store.close()
    return ledger.vkey


def labelled_for(data: bytes) -> str | None:
    """The receipt that a picture's metadata label names; None where the label is missing or wrong."""
    from pingxing import label

    labels = label.read(data)
    return labels.produce_id if labels.aigc.valid and label.verdict(labels) == "confirmed" else None


def _leaves(file: Path) -> list[bytes]:
    with file.open("rb") as lines:
        next(lines)
        return [base64.b64decode(json.loads(line)) for line in lines]


# --- what must agree -----------------------------------------------------------------------------


def _receipt_problems(truth: Truth) -> list[str]:
    """Receipts and delivery entries are the same set, said twice."""
    problems = []
    logged = {
        entry["receipt"]: (index, entry) for index, entry in enumerate(truth.entries) if entry["kind"] in _DELIVERIES
    }
    for name, receipt in truth.receipts.items():
        index, entry = logged.pop(name, (None, {}))
        if (index, entry.get("job"), entry.get("artifact")) != (
            receipt["log_index"],
            receipt["job"],
            receipt["sha256"],
        ):
            problems.append(f"receipt {name} and the log disagree")
    problems += [f"the log delivers {name}, which is no receipt" for name in logged]
    outputs = Counter((r["job"], r["position"]) for r in truth.receipts.values() if r["kind"] == "output")
    problems += [f"picture {place} was delivered {count} times" for place, count in outputs.items() if count > 1]
    return problems


def _job_problems(truth: Truth) -> list[str]:
    """A job's row, its entries and its receipts tell one story."""
    problems = []
    begun: dict[str, dict[str, Any]] = {}
    ended: dict[str, str] = {}
    for index, entry in enumerate(truth.entries):
        job, kind = entry["job"], entry["kind"]
        if kind == "admitted" or (kind == "refused" and entry["stage"] == "input"):
            begun[job] = {**entry, "index": index}
        if kind in ("refused", "cancelled", "failed"):
            ended[job] = kind
    delivered = Counter(r["job"] for r in truth.receipts.values() if r["kind"] == "output")
    for name, job in truth.jobs.items():
        first = begun.pop(name, None)
        if first is None or first["index"] != job["log_index"]:
            problems.append(f"job {name} and the log disagree on its beginning")
            continue
        wanted = first.get("count", 0) if job["state"] == "delivered" else 0
        if delivered[name] != wanted:
            problems.append(f"job {name} is {job['state']} with {delivered[name]} of {wanted} pictures")
        if ended.get(name, "delivered") != (job["state"] if job["state"] in ended.values() else "delivered"):
            problems.append(f"job {name} is {job['state']} and the log says {ended.get(name)}")
    problems += [f"the log admits {name}, which is no job" for name in begun]
    return problems
