"""What makers hand over: files with their receipts, and what a platform would say of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pingxing.errors import NotFound
from pingxing.makers.judging import Finding
from pingxing.store.blobs import storage_failed


@dataclass(frozen=True, slots=True)
class File:
    path: Path
    role: str
    receipt: str  # identifier


@dataclass(frozen=True, slots=True)
class Set:
    files: tuple[File, ...]
    findings: tuple[tuple[str, Finding], ...]  # with the platform's name


OnFile = Callable[[int, int, File], None]  # how many are there, how many will be, the newest


def put(path: Path, role: str, receipt: str, data: bytes) -> File:
    """Write what was released, whole or not at all. Raises NotFound where a folder stands there, StorageFailed."""
    write(path, data)
    return File(path, role, receipt)


def write(path: Path, data: bytes) -> None:
    if path.is_dir():
        raise NotFound("file", path=path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.part")
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        raise storage_failed(error) from error
