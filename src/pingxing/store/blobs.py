"""Labelled files, named by the SHA-256 of their bytes. A name that exists is complete; writing twice is harmless."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import threading
import time
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Protocol

from pingxing.errors import Integrity, NotFound, StorageFailed


class Blobs(Protocol):
    def put(self, data: bytes) -> str:
        """Store durably before returning; the SHA-256 in hex. Raises StorageFailed."""

    def get(self, sha256: str) -> bytes:
        """Raises NotFound, or Integrity when the bytes are not those of the name."""

    def has(self, sha256: str) -> bool: ...

    def sweep(self, wanted: Container[str], older_than_s: float) -> int:
        """Remove what no receipt names (left by a crash between blob and commit); how many went."""


class LocalBlobs:
    """Files under `root/ab/cd/…`. A blob appears by rename after its bytes are on the disk."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._turns = threading.Lock()  # between "it exists already" and "nobody wants it"

    def put(self, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        path = self._path(name)
        try:
            if self._renew(path):
                return name
            _make_folder(path.parent)
            draft = path.with_name(f".{name}.{secrets.token_hex(4)}")
            try:
                with draft.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                draft.rename(path)
            except OSError:
                draft.unlink(missing_ok=True)
                raise
            _sync_folder(path.parent)
        except OSError as error:
            raise storage_failed(error) from error
        return name

    def _renew(self, path: Path) -> bool:
        """Whether the blob exists; then it counts as just written, since whoever puts it will want it."""
        with self._turns:
            try:
                os.utime(path)
            except FileNotFoundError:
                return False
        _sync_folder(path.parent)  # whoever wrote it may have been killed before this
        return True

    def get(self, sha256: str) -> bytes:
        try:
            data = self._path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFound("blob", sha256=sha256) from None
        except OSError as error:
            raise storage_failed(error) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Integrity("blob", sha256=sha256)
        return data

    def has(self, sha256: str) -> bool:
        return self._path(sha256).exists()

    def names(self) -> Iterator[str]:
        yield from (path.name for path in self._files() if not path.name.startswith("."))

    def sweep(self, wanted: Container[str], older_than_s: float) -> int:
        gone, horizon = 0, time.time() - older_than_s
        for path in list(self._files()):
            if path.name in wanted:
                continue
            with self._turns:
                try:
                    if path.stat().st_mtime <= horizon:
                        path.unlink()
                        gone += 1
                except FileNotFoundError:
                    continue  # a draft that has got its name since it was listed
        return gone

    def _files(self) -> Iterator[Path]:
        return (path for path in self._root.glob("??/??/*") if path.is_file())

    def _path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise NotFound("blob", sha256="?")
        return self._root / sha256[:2] / sha256[2:4] / sha256


def storage_failed(error: OSError) -> StorageFailed:
    """The error that says what to do: free space, allow writing, or look at the disk."""
    reason = {errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EROFS: "readonly", errno.EACCES: "readonly"}
    return StorageFailed(reason.get(error.errno or 0, "disk"), problem=error.strerror or type(error).__name__)


def _make_folder(folder: Path) -> None:
    """Folders that a power cut does not take away again, with what will lie in them."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
