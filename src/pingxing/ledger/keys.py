"""Keys of the log: made at the first start, kept in files that only their owner reads.

The Ed25519 key signs checkpoints; its `vkey` (C2SP signed-note) is what the operator publishes.
"""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pingxing.errors import LedgerBroken, StorageFailed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHM = b"\x01"  # Ed25519, C2SP signed-note
SIGNING_FILE = "ledger-signing.pem"
PSEUDONYM_FILE = "ledger-pseudonym.key"


def key_id(name: str, public: bytes) -> bytes:
    """First 4 bytes of SHA-256(name || LF || algorithm || public key), as signed-note says."""
    return sha256(name.encode() + b"\n" + ALGORITHM + public).digest()[:4]


def is_name(name: str) -> bool:
    """A key's name is not empty and holds neither white space nor '+'."""
    return bool(name) and name.isprintable() and not any(c.isspace() or c == "+" for c in name)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`name` is the log's origin; `public` is the raw public key of 32 bytes."""

    name: str
    public: bytes
    private: Ed25519PrivateKey

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise ValueError("a key's name holds neither white space nor '+'")

    def __repr__(self) -> str:
        return f"SigningKey({self.vkey})"

    @property
    def vkey(self) -> str:
        return f"{self.name}+{key_id(self.name, self.public).hex()}+{b64encode(ALGORITHM + self.public).decode()}"

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)


def signing_key(folder: Path, name: str) -> SigningKey:
    """The log's key from `folder`, made there where it is missing.

    Raises LedgerBroken where the file is damaged or others may read it, StorageFailed where it can
    be neither read nor written.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    pem = _read_or_make(folder / SIGNING_FILE, _new_pem)
    try:
        return _wrap(name, load_pem_private_key(pem, password=None))
    except (ValueError, TypeError) as error:
        raise LedgerBroken("key_damaged", file=SIGNING_FILE) from error


def pseudonym_key(folder: Path) -> bytes:
    """32 secret bytes for `entries.pseudonym`, made where they are missing. Raises as `signing_key`."""
    text = _read_or_make(folder / PSEUDONYM_FILE, lambda: secrets.token_hex(32).encode() + b"\n")
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError as error:
        raise LedgerBroken("key_damaged", file=PSEUDONYM_FILE) from error
    if len(key) != 32:
        raise LedgerBroken("key_damaged", file=PSEUDONYM_FILE)
    return key


def ephemeral_key(name: str) -> SigningKey:
    """A key that lives in memory only."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return _wrap(name, Ed25519PrivateKey.generate())


def _wrap(name: str, private: object) -> SigningKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not isinstance(private, Ed25519PrivateKey):
        raise TypeError("not an Ed25519 key")
    return SigningKey(name, private.public_key().public_bytes_raw(), private)


def _new_pem() -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


# --- files ---------------------------------------------------------------------------------------


def _read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    try:
        try:
            return _read_private(path)
        except FileNotFoundError:
            _create_private(path, make())
            return _read_private(path)
    except OSError as error:
        raise StorageFailed("keys", file=path.name) from error


def _read_private(path: Path) -> bytes:
    with path.open("rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise LedgerBroken("key_exposed", file=path.name)
        return file.read()


def _create_private(path: Path, content: bytes) -> None:
    """Write a file that is either wholly there or not at all, and that never replaces another.

    The name is given by link(2): of two first starts at once, one wins and both read its key.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        Path(temporary).unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
