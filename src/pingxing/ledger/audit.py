"""An independent checker for an exported log: `python audit.py FILE [--vkey KEY]`.

It imports nothing of the program that wrote the log (a test sees to that) and shares no code with
it: the tree is the recursive definition of RFC 9162 section 2.1, the checkpoint is taken apart by
hand. Copy this one file to another machine, with Python and `cryptography`, and check there.

Exit codes: 0 everything agrees; 2 wrong usage; 4 no such file; 5 something does not agree.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = "pingxing-ledger/1"
MAX_LINE = 65_536
MAX_PROBLEMS = 100
ENDS = ("refused", "cancelled", "failed")
ABOUT_NO_JOB = (
    *("agreed", "pack", "searched", "consented", "declined", "forbidden"),
    *("pleaded", "answered", "looked"),
    *("person", "opening"),
)

MEANING = {
    "header": "the first line is not the header of an exported log",
    "vkey": "the file names another public key than the one given",
    "signature": "the checkpoint is malformed or not signed by the log's key",
    "size": "the number of entries is not the one that the checkpoint signs",
    "root": "the entries do not hash to the root that the checkpoint signs",
    "leaf": "an entry is not readable",
    "time": "an entry is older than the one before it",
    "admitted-twice": "a job was admitted a second time",
    "not-admitted": "a delivery without an earlier admission of its job",
    "not-labelled": "a delivery without an earlier label on the same file of its job",
    "delivered-twice": "the same picture of a job was delivered a second time",
    "beyond-count": "a delivery beyond the number of pictures that was admitted",
    "delivered-after-end": "a delivery after its job was refused, cancelled or failed",
    "receipt-twice": "a receipt was issued a second time",
    "not-agreed": "a copy without a visible mark for an account that had not agreed to the terms",
    "not-delivered": "a copy of a picture that was not delivered",
    "pack-changed": "a version of a rule pack with other content than before",
    "pack-not-added": "a rule pack brought to a stage without having been a draft",
    "consented-twice": "a consent for an upload that has one already",
    "not-listed": "a forbidden picture taken off the list without having been on it, or put on it twice",
    "answered-unasked": "an answer to a plea that nobody made, or that was answered before",
    "person-erased-unknown": "a person erased of whom nothing was kept",
    "person-not-asked": "a person refused, or verified by a service, who had not asked to be",
    "vetted-oneself": "a person who verified their own account",
    "opened-alone": "a name shown that no second person approved, or not to whoever asked",
    "notice-of-nothing": "a notice about a picture that was not handed out",
}


@dataclass(frozen=True)
class Problem:
    """`code` is a key of MEANING; `index` the entry (0-based), where there is one."""

    code: str
    index: int | None = None

    def __str__(self) -> str:
        where = "" if self.index is None else f"entry {self.index}: "
        return f"{where}{MEANING[self.code]} ({self.code})"


@dataclass(frozen=True)
class Audit:
    """`root` (hex) is the one computed here from the entries. `pinned`: the key was given by the caller
    and not only taken from the file, without which a file forged as a whole looks right."""

    ok: bool
    size: int
    root: str
    problems: tuple[Problem, ...]
    pinned: bool


def audit(path: str | Path, vkey: str | None = None) -> Audit:
    """Check an exported log. Raises OSError where the file cannot be read; all else is a problem."""
    problems: list[Problem] = []
    hashes: list[bytes] = []
    rules = _Rules()
    header: dict[str, Any] = {}
    for number, line in enumerate(_lines(Path(path))):
        if number == 0:
            header = _header(line)
            continue
        data = _leaf(line)
        index = number - 1
        hashes.append(hashlib.sha256(b"\x00" + (data or b"")).digest())
        problems += [Problem(code, index) for code in rules.judge(data)]
    root = tree_head(hashes)
    problems = _signed(header, vkey, len(hashes), root) + problems
    return Audit(not problems, len(hashes), root.hex(), tuple(problems[:MAX_PROBLEMS]), vkey is not None)


# --- RFC 9162 section 2.1, by its recursive definitions ------------------------------------------


def tree_head(hashes: Sequence[bytes]) -> bytes:
    """MTH of section 2.1.1 over leaf hashes."""
    return _head(hashes, 0, len(hashes)) if hashes else hashlib.sha256(b"").digest()


def _head(hashes: Sequence[bytes], start: int, stop: int) -> bytes:
    if stop - start == 1:
        return hashes[start]
    middle = start + _half(stop - start)
    return _join(_head(hashes, start, middle), _head(hashes, middle, stop))


def _half(size: int) -> int:
    half = 1
    while half * 2 < size:
        half *= 2
    return half


def _join(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Does the inclusion proof `path` (PATH of section 2.1.3.1) lead from the entry's bytes to `root`?"""
    if not 0 <= index < size:
        return False
    return _climb(hashlib.sha256(b"\x00" + leaf).digest(), index, size, list(path)) == root


def _climb(found: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    if size == 1:
        return None if path else found
    if not path:
        return None
    half = _half(size)
    if index < half:
        below = _climb(found, index, half, path[:-1])
        return None if below is None else _join(below, path[-1])
    below = _climb(found, index - half, size - half, path[:-1])
    return None if below is None else _join(path[-1], below)


def grew(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Is the tree of `old` entries a prefix of the tree of `new`, by PROOF of section 2.1.4.1?"""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    return _regrow(old, new, old_root, list(path), whole=True) == (old_root, new_root)


def _regrow(old: int, new: int, old_root: bytes, path: list[bytes], whole: bool) -> tuple[bytes, bytes] | None:
    """Roots of the old and new leaves below one node, rebuilt from SUBPROOF."""
    if old == new:
        if whole:
            return None if path else (old_root, old_root)
        return (path[0], path[0]) if len(path) == 1 else None
    if not path:
        return None
    half = _half(new)
    if old <= half:
        below = _regrow(old, half, old_root, path[:-1], whole)
        return None if below is None else (below[0], _join(below[1], path[-1]))
    below = _regrow(old - half, new - half, old_root, path[:-1], whole=False)
    return None if below is None else (_join(path[-1], below[0]), _join(path[-1], below[1]))


# --- what the entries must say -------------------------------------------------------------------


@dataclass
class _Rules:
    """State of one walk along the log; `judge` names what is wrong with the next entry."""

    last: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    labelled: set[tuple[str, str]] = field(default_factory=set)
    delivered: set[tuple[str, int]] = field(default_factory=set)
    receipts: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    agreed: set[str] = field(default_factory=set)
    outputs: set[tuple[str, str]] = field(default_factory=set)
    packs: dict[tuple[str, str], str] = field(default_factory=dict)
    consented: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    pleading: set[str] = field(default_factory=set)
    persons: set[str] = field(default_factory=set)  # of whom something is kept
    asking: set[str] = field(default_factory=set)
    openings: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def judge(self, data: bytes | None) -> list[str]:
        record = _record(data)
        if record is None:
            return ["leaf"]
        problems = ["time"] if record["at"] < self.last else []
        self.last = max(self.last, record["at"])
        try:
            problems += self._by_kind(record)
        except (KeyError, TypeError):  # a member that this kind needs is missing or of the wrong type
            problems.append("leaf")
        return problems

    def _by_kind(self, record: dict[str, Any]) -> Iterator[str]:
        kind = record["kind"]
        if kind in ABOUT_NO_JOB:
            yield from self._by_itself(kind, record)
            return
        job = record["job"]
        if kind == "admitted":
            if job in self.counts:
                yield "admitted-twice"
            self.counts[job] = int(record["count"])
        elif kind == "labelled":
            self.labelled.add((job, record["artifact"]))
        elif kind == "delivered":
            yield from self._delivery(job, record)
        elif kind == "copied":
            if record["actor"] not in self.agreed:
                yield "not-agreed"
            if (job, record["origin"]) not in self.outputs:
                yield "not-delivered"
        elif kind == "notice":
            if record["receipt"] not in self.receipts:
                yield "notice-of-nothing"
        elif kind in ENDS:
            self.ended.add(job)
        if kind in ("delivered", "previewed", "copied"):
            if record["receipt"] in self.receipts:
                yield "receipt-twice"
            self.receipts.add(record["receipt"])

    def _by_itself(self, kind: str, record: dict[str, Any]) -> Iterator[str]:
        if kind == "agreed":
            self.agreed.add(record["actor"])
        elif kind == "pack":
            key, body = (record["pack"], record["version"]), record["body"]
            if key not in self.packs and record["status"] != "draft":
                yield "pack-not-added"
            if self.packs.setdefault(key, body) != body:
                yield "pack-changed"
        elif kind == "consented":
            if record["upload"] in self.consented:
                yield "consented-twice"
            self.consented.add(record["upload"])
        elif kind == "pleaded":
            self.pleading.add(record["appeal"])
        elif kind == "answered":
            if record["appeal"] not in self.pleading:
                yield "answered-unasked"
            self.pleading.discard(record["appeal"])
        elif kind == "person":
            yield from self._person(record)
        elif kind == "opening":
            yield from self._opening(record)
        elif kind == "forbidden":
            if (record["listed"] in self.listed) != (record["listing"] == "removed"):
                yield "not-listed"
            (self.listed.discard if record["listing"] == "removed" else self.listed.add)(record["listed"])

    def _person(self, record: dict[str, Any]) -> Iterator[str]:
        subject, standing = record["subject"], record["standing"]
        if standing in ("erased", "leaving"):
            if subject not in self.persons:
                yield "person-erased-unknown"
            if standing == "erased":
                self.persons.discard(subject)
                self.asking.discard(subject)
            return
        if standing == "asked":
            self.asking.add(subject)
            self.persons.add(subject)
            return
        if record["actor"] == subject:
            yield "vetted-oneself"
        if subject not in self.asking and (standing == "refused" or record["means"] == "service"):
            yield "person-not-asked"
        self.asking.discard(subject)
        (self.persons.add if standing == "verified" else self.persons.discard)(subject)

    def _opening(self, record: dict[str, Any]) -> Iterator[str]:
        """One opening goes asked, approved, shown; the second step by another hand, the third by the first's."""
        turn, actor, about = record["turn"], record["actor"], (record["subject"], record["statement"])
        asker, *before = self.openings.get(record["opening"], ("",))
        self.openings[record["opening"]] = (asker or actor, *about, turn)
        if turn == "asked":
            right = not before
        elif turn == "shown":
            right = before == [*about, "approved"] and actor == asker
        else:
            right = before == [*about, "asked"] and actor not in (asker, record["subject"])
        if not right:
            yield "opened-alone"

    def _delivery(self, job: str, record: dict[str, Any]) -> Iterator[str]:
        position = record["position"]
        if job not in self.counts:
            yield "not-admitted"
        elif not 0 <= position < self.counts[job]:
            yield "beyond-count"
        if (job, record["artifact"]) not in self.labelled:
            yield "not-labelled"
        if (job, position) in self.delivered:
            yield "delivered-twice"
        if job in self.ended:
            yield "delivered-after-end"
        self.delivered.add((job, position))
        self.outputs.add((job, record["receipt"]))


# --- reading -------------------------------------------------------------------------------------


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(MAX_LINE):
            yield line


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _unbase64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _header(line: bytes) -> dict[str, Any]:
    value = _json(line)
    wanted = {"format": str, "origin": str, "vkey": str, "checkpoint": str, "size": int}
    if not isinstance(value, dict) or any(type(value.get(k)) is not t for k, t in wanted.items()):
        return {}
    return value if value["format"] == FORMAT else {}


def _leaf(line: bytes) -> bytes | None:
    value = _json(line)
    return _unbase64(value) if isinstance(value, str) else None


def _record(data: bytes | None) -> dict[str, Any] | None:
    value = None if data is None else _json(data)
    if not isinstance(value, dict) or value.get("v") != 1 or type(value.get("at")) is not int:
        return None
    about = isinstance(value.get("job"), str) or value.get("kind") in ABOUT_NO_JOB
    return value if isinstance(value.get("kind"), str) and about else None


def _signed(header: dict[str, Any], vkey: str | None, size: int, root: bytes) -> list[Problem]:
    if not header:
        return [Problem("header")]
    problems = []
    if vkey is not None and vkey != header["vkey"]:
        problems.append(Problem("vkey"))
    claim = _opened(header["checkpoint"], vkey or header["vkey"], header["origin"])
    if claim is None:
        return [*problems, Problem("signature")]
    if (claim[0], header["size"]) != (size, size):
        problems.append(Problem("size"))
    elif claim[1] != root:
        problems.append(Problem("root"))
    return problems


def _opened(text: str, vkey: str, origin: str) -> tuple[int, bytes] | None:
    """Size and root that the checkpoint states, None unless the key signed it for this origin."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    body, gap, signatures = text.partition("\n\n")
    lines = body.split("\n")
    parts = vkey.split("+", 2)
    key = _unbase64(parts[2]) if len(parts) == 3 else None
    root = _unbase64(lines[2]) if len(lines) >= 3 else None
    if not gap or root is None or key is None or len(key) != 33 or key[0] != 1 or lines[0] != origin:
        return None
    name = parts[0]
    mark = hashlib.sha256(name.encode("utf-8", "replace") + b"\n" + key).digest()[:4]
    if name != origin or mark.hex() != parts[1] or not _is_size(lines[1]):
        return None
    for line in signatures.split("\n"):
        blob = _unbase64(line[len(name) + 3 :]) if line.startswith(f"— {name} ") else None
        if blob is None or blob[:4] != mark:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(blob[4:], (body + "\n").encode("utf-8", "replace"))
        except InvalidSignature:
            return None
        return int(lines[1]), root
    return None


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


# --- as a script ---------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check an exported log without the program that wrote it.")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--vkey", help="the public key as the operator published it")
    chosen = parser.parse_args(arguments)
    try:
        result = audit(chosen.file, chosen.vkey)
    except OSError as error:
        print(f"{chosen.file}: {error.strerror}", file=sys.stderr)
        return 4
    record = {"ok": result.ok, "size": result.size, "root": result.root, "pinned": result.pinned}
    print(json.dumps({**record, "problems": [str(problem) for problem in result.problems]}))
    return 0 if result.ok else 5


if __name__ == "__main__":
    sys.exit(main())
