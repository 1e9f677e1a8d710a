"""A real log storage that forgets when the process ends; keeps every rule of `ledger.storage`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from pingxing.errors import NotFound


class MemoryLog:
    def __init__(self) -> None:
        self.rows: list[tuple[bytes, bytes, datetime]] = []
        self.hashes: dict[tuple[int, int], bytes] = {}
        self.checkpoints: dict[int, str] = {}

    def lock(self) -> int:
        return len(self.rows)

    def size(self) -> int:
        return len(self.rows)

    def last_time(self) -> datetime | None:
        return self.rows[-1][2] if self.rows else None

    def add_entry(self, index: int, data: bytes, leaf_hash: bytes, at: datetime) -> None:
        if index != len(self.rows):
            raise ValueError(f"entry {index} cannot follow {len(self.rows)} entries")
        self.rows.append((data, leaf_hash, at))

    def entry(self, index: int) -> bytes:
        if not 0 <= index < len(self.rows):
            raise NotFound("entry")
        return self.rows[index][0]

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        for data, _, _ in self.rows[start:stop]:
            yield data

    def put_nodes(self, nodes: Sequence[tuple[int, int, bytes]]) -> None:
        for level, index, digest in nodes:
            if (level, index) in self.hashes:
                raise ValueError(f"node {level}, {index} is stored and never changes")
            self.hashes[level, index] = digest

    def nodes(self, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        return {key: self.hashes[key] for key in keys if key in self.hashes}

    def put_checkpoint(self, size: int, text: str) -> None:
        if size in self.checkpoints:
            raise ValueError(f"size {size} is sealed")
        self.checkpoints[size] = text

    def checkpoint(self, size: int | None = None) -> str | None:
        if size is None:
            size = max(self.checkpoints, default=0)
        return self.checkpoints.get(size)
