"""Keys of the log: made at the first start, kept in files that only their owner reads.

The Ed25519 key signs checkpoints; its `vkey` (C2SP signed-note) is what the operator publishes.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHM = b"\x01"  # Ed25519, C2SP signed-note
SIGNING_FILE = "ledger-signing.key"
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


def from_seed(name: str, seed: bytes) -> SigningKey:
    """The key of RFC 8032's 32-byte private key `seed`. Raises ValueError for another length."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(seed)
    return SigningKey(name, private.public_key().public_bytes_raw(), private)


def signing_key(folder: Path, name: str) -> SigningKey:
    """The log's key from `folder`, made there where it is missing.

    Raises Integrity where the file is damaged or others may read it, StorageFailed where it can be
    neither read nor written.
    """
    from pingxing.store.vault import secret_file

    return from_seed(name, secret_file(folder / SIGNING_FILE))


def pseudonym_key(folder: Path) -> bytes:
    """32 secret bytes for `entries.pseudonym`, made where they are missing. Raises as `signing_key`."""
    from pingxing.store.vault import secret_file

    return secret_file(folder / PSEUDONYM_FILE)
