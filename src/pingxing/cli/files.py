"""Files that a command writes: complete under their name, or not there at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path

from pingxing.errors import NotFound, TooLarge
from pingxing.store.blobs import storage_failed


def check_folder(path: Path) -> None:
    """Asked before the work is done, so that nothing is made that cannot be put. Raises NotFound."""
    if not path.parent.is_dir():
        raise NotFound("file", path=path.parent)


def write(path: Path, parts: Iterable[bytes]) -> None:
    """By a draft beside it and a rename. What is no plain file (a device, a pipe) is written to and never replaced.

    Raises NotFound where the folder is missing, StorageFailed.
    """
    check_folder(path)
    plain = path.is_file() or not path.exists()
    target = path.with_name(f".{path.name}.{secrets.token_hex(4)}") if plain else path
    try:
        with target.open("wb") as file:
            file.writelines(parts)
        if plain:
            target.replace(path)
    except OSError as error:
        if plain:
            target.unlink(missing_ok=True)
        raise storage_failed(error) from error


def read(path: Path, most: int) -> bytes:
    """A file of at most `most` bytes. Raises NotFound, StorageFailed, TooLarge."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise NotFound("file", path=path) from None
    except OSError as error:
        raise storage_failed(error) from error
    if len(data) > most:
        raise TooLarge(limit=most, member=str(path))
    return data
