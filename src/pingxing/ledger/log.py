"""The log as the house uses it: append, seal, prove, verify."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pingxing.errors import LedgerBroken, NotFound
from pingxing.ledger import checkpoint as checkpoints
from pingxing.ledger import entries, merkle
from pingxing.ledger.checkpoint import Checkpoint
from pingxing.ledger.entries import Entry
from pingxing.ledger.keys import SigningKey
from pingxing.ledger.storage import LogStorage

_BATCH = 128  # entries; at most twice as many nodes are asked for in one query
_MAX_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Position:
    """Entry `index` (0-based) of a log that holds `size` entries with it."""

    index: int
    size: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """The log as it stands: `root` in hex, `checkpoint` the signed text that says so."""

    size: int
    root: str
    checkpoint: str


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Entry `index` (its bytes are `leaf`) is in the tree of `size` entries with `root`. Hashes in hex."""

    index: int
    size: int
    leaf: bytes
    path: tuple[str, ...]
    root: str
    checkpoint: str


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """The tree of `old` entries is a prefix of the tree of `new` entries. Hashes in hex."""

    old: int
    new: int
    old_root: str
    new_root: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is a key below `ledger.problem` in the catalogues; `index` the entry, where there is one."""

    code: str
    index: int | None = None

    def __str__(self) -> str:
        return self.code if self.index is None else f"{self.code} at {self.index}"


@dataclass(frozen=True, slots=True)
class Report:
    """What `verify` found; `root` is the one rebuilt from the entries, in hex."""

    size: int
    root: str
    ok: bool
    problems: tuple[Problem, ...]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, repr=False)
class Ledger:
    """One log, named by `signing.name`. Holds keys and no state: that lies in each call's `storage`."""

    signing: SigningKey
    pseudonym_key: bytes
    clock: Callable[[], datetime] = utc_now

    @property
    def origin(self) -> str:
        return self.signing.name

    @property
    def vkey(self) -> str:
        """The public key to publish, as a C2SP verifier key."""
        return self.signing.vkey

    def pseudonym(self, account: str) -> str:
        """The stable stand-in of an account, 32 hex digits; nobody without the key can reverse it."""
        return entries.pseudonym(self.pseudonym_key, account)

    # --- writing ---------------------------------------------------------------------------------

    def append(self, storage: LogStorage, entry: Entry) -> Position:
        """Add one entry inside the caller's transaction; `seal` before that transaction commits."""
        return self.extend(storage, [entry])[0]

    def extend(self, storage: LogStorage, new: Sequence[Entry]) -> list[Position]:
        """Add entries in order, with one lock and one read. Raises LedgerBroken where nodes are missing."""
        if not new:
            return []
        size = storage.lock()
        frontier = _need(storage, merkle.cover((0, size)))
        last = storage.last_time()
        leaves: list[bytes] = []
        positions = []
        for index, entry in enumerate(new, start=size):
            now = self.clock()
            at = now if last is None or now > last else last  # a clock set back never reorders the log
            data = entries.encode(entry, at)
            leaves.append(merkle.leaf_hash(data))
            storage.add_entry(index, data, leaves[-1], at)
            positions.append(Position(index, index + 1))
            last = at
        storage.put_nodes(merkle.append(size, leaves, frontier))
        return positions

    def seal(self, storage: LogStorage) -> Sealed:
        """Sign a checkpoint over all entries, once a transaction, after its last append."""
        size = storage.lock()
        root = _root(storage, size)
        text = checkpoints.sign(Checkpoint(self.origin, size, root), self.signing)
        if storage.checkpoint(size) != text:  # sealed twice without an append between
            storage.put_checkpoint(size, text)
        return Sealed(size, root.hex(), text)

    # --- reading ---------------------------------------------------------------------------------

    def attest(self, storage: LogStorage) -> Sealed | None:
        """The newest checkpoint, checked against key, size and stored nodes; None in an empty log.

        Quick enough for every start. Raises LedgerBroken where they disagree: another key, entries
        lost or added behind the log's back, a restored backup that is older than its log.
        """
        text, problem = self._newest(storage, storage.size())
        if problem is not None:
            raise LedgerBroken(problem.code)
        if text is None:
            return None
        sealed = self._opened(text)
        if _root(storage, sealed.size) != sealed.root:
            raise LedgerBroken("root")
        return Sealed(sealed.size, sealed.root.hex(), text)

    def prove(self, storage: LogStorage, index: int, size: int | None = None) -> InclusionProof:
        """That entry `index` is in the log under the checkpoint of `size` entries (newest when None).

        Raises NotFound for an entry or checkpoint that is not there, LedgerBroken where the stored
        entry, nodes and checkpoint do not agree: a wrong proof is never handed out.
        """
        text = storage.checkpoint(size)
        if text is None:
            raise NotFound("checkpoint")
        sealed = self._opened(text)
        if not 0 <= index < sealed.size:
            raise NotFound("entry")
        leaf = storage.entry(index)
        path = _hashes(storage, merkle.inclusion_ranges(index, sealed.size))
        if not merkle.verify_inclusion(merkle.leaf_hash(leaf), index, sealed.size, path, sealed.root):
            raise LedgerBroken("proof")
        return InclusionProof(index, sealed.size, leaf, tuple(h.hex() for h in path), sealed.root.hex(), text)

    def consistency(self, storage: LogStorage, old: int, new: int) -> ConsistencyProof:
        """That the log of `old` entries grew into that of `new`. Raises NotFound for sizes it never had."""
        if not 0 <= old <= new <= storage.size():
            raise NotFound("checkpoint")
        before, after = _root(storage, old), _root(storage, new)
        path = _hashes(storage, merkle.consistency_ranges(old, new))
        if not merkle.verify_consistency(old, new, before, after, path):
            raise LedgerBroken("proof")
        return ConsistencyProof(old, new, before.hex(), after.hex(), tuple(h.hex() for h in path))

    def verify(self, storage: LogStorage) -> Report:
        """Rebuild the whole tree from the entries and compare it with everything that is stored.

        Reports at most 100 problems, in the order of the log; memory does not grow with the log.
        """
        rebuilt = _Rebuilt(storage)
        problems = [problem for count, problem in enumerate(rebuilt.problems()) if count < _MAX_PROBLEMS]
        root = merkle.fold((0, rebuilt.size), rebuilt.frontier)
        problems += self._checkpoint_problems(storage, rebuilt.size, root)
        return Report(rebuilt.size, root.hex(), not problems, tuple(problems[:_MAX_PROBLEMS]))

    def _checkpoint_problems(self, storage: LogStorage, size: int, root: bytes) -> list[Problem]:
        text, problem = self._newest(storage, size)
        if problem is not None or text is None:
            return [problem] if problem else []
        try:
            sealed = checkpoints.verify(text, self.vkey)
        except ValueError:
            return [Problem("signature")]
        return [] if (sealed.size, sealed.root) == (size, root) else [Problem("root")]

    def _newest(self, storage: LogStorage, size: int) -> tuple[str | None, Problem | None]:
        """The checkpoint over exactly `size` entries, or what is wrong with there being none.

        A database that shows each statement the newest commit (PostgreSQL's READ COMMITTED) may have
        grown since `size` was read, so only what can never be, at any moment, is a problem.
        """
        newest = storage.checkpoint()
        claimed = 0 if newest is None else self._claimed(newest)
        if claimed > storage.size():
            return None, Problem("truncated", storage.size())
        text = storage.checkpoint(size)
        if text is None and size:
            return None, Problem("unsealed", size - 1)
        return text, None

    def _claimed(self, text: str) -> int:
        try:
            return checkpoints.verify(text, self.vkey).size
        except ValueError:
            return 0  # its signature is reported where it is opened

    def _opened(self, text: str) -> Checkpoint:
        try:
            return checkpoints.verify(text, self.vkey)
        except ValueError as error:
            raise LedgerBroken("signature") from error


class _Rebuilt:
    """One walk over all entries that keeps only the frontier of the tree built so far."""

    def __init__(self, storage: LogStorage) -> None:
        self.storage = storage
        self.size = 0
        self.frontier: dict[merkle.Key, bytes] = {}
        self.last: datetime | None = None

    def problems(self) -> Iterator[Problem]:
        """Walk the log; `size` and `frontier` are right once this is used up."""
        expected = self.storage.size()
        batch: list[bytes] = []
        for data in self.storage.entries(0, expected):
            batch.append(data)
            if len(batch) == _BATCH:
                yield from self._take(batch)
                batch = []
        yield from self._take(batch)
        if self.size != expected:
            yield Problem("missing", self.size)

    def _take(self, batch: Sequence[bytes]) -> Iterator[Problem]:
        for index, data in enumerate(batch, start=self.size):
            yield from self._entry_problems(index, data)
        made = merkle.append(self.size, [merkle.leaf_hash(data) for data in batch], self.frontier)
        stored = self.storage.nodes([(level, index) for level, index, _ in made])
        for level, index, found in made:
            if stored.get((level, index)) != found:
                yield Problem("leaf" if level == 0 else "node", index << level)
        self.size += len(batch)
        known = self.frontier | {(level, index): found for level, index, found in made}
        self.frontier = {key: known[key] for key in merkle.cover((0, self.size))}

    def _entry_problems(self, index: int, data: bytes) -> Iterator[Problem]:
        try:
            _, at = entries.decode(data)
        except ValueError:
            yield Problem("entry", index)
            return
        if self.last is not None and at < self.last:
            yield Problem("time", index)
        self.last = at


def _need(storage: LogStorage, keys: Sequence[merkle.Key]) -> dict[merkle.Key, bytes]:
    found = storage.nodes(keys) if keys else {}
    if len(found) != len(set(keys)):
        raise LedgerBroken("node")
    return found


def _root(storage: LogStorage, size: int) -> bytes:
    return merkle.fold((0, size), _need(storage, merkle.cover((0, size))))


def _hashes(storage: LogStorage, ranges: Sequence[merkle.Range]) -> list[bytes]:
    nodes = _need(storage, [key for span in ranges for key in merkle.cover(span)])
    return [merkle.fold(span, nodes) for span in ranges]
