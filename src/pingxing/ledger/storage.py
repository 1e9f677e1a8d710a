"""What the log asks of whoever stores it.

The log opens no transaction: an entry is durable exactly when the job state beside it is, because
both lie in the caller's one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol


class LogStorage(Protocol):
    """One transaction's view of one log. Indexes count from 0; times are aware UTC datetimes."""

    def lock(self) -> int:
        """Hold the only writer's lock until the transaction ends; return the size. May be called again."""

    def size(self) -> int:
        """How many entries there are, those of this transaction included."""

    def last_time(self) -> datetime | None:
        """Time of the newest entry, None in an empty log."""

    def add_entry(self, index: int, data: bytes, leaf_hash: bytes, at: datetime) -> None:
        """Store entry number `index`, which equals the size. Never replaces one."""

    def entry(self, index: int) -> bytes:
        """Raises NotFound where there is none."""

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """Entries start .. stop-1 in order, without holding them all in memory; ends early where they end."""

    def put_nodes(self, nodes: Sequence[tuple[int, int, bytes]]) -> None:
        """Store (level, index, hash) of complete subtrees; level 0 holds the leaves."""

    def nodes(self, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        """Hashes by (level, index) in one query; keys that are not stored are left out."""

    def put_checkpoint(self, size: int, text: str) -> None:
        """Store the signed checkpoint over `size` entries; once for each size."""

    def checkpoint(self, size: int | None = None) -> str | None:
        """The checkpoint over exactly `size` entries; the one of the largest size where None is given."""
