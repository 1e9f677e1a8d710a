"""What is sealed at rest: prompts, scenes, appeals. AES-256-GCM under one data key an account.

The data key is itself sealed by the master key, a file in the data folder. Destroying an account's
data key destroys everything sealed for it (crypto-shredding) while the ledger keeps its proofs.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pingxing.errors import Integrity
from pingxing.store.blobs import storage_failed

_NONCE = 12  # bytes; random nonces are safe to 2^32 messages a key (NIST SP 800-38D section 8.3)


class Vault:
    def __init__(self, master_key: bytes) -> None:
        self._master = AESGCM(master_key)

    def new_data_key(self, account: str) -> bytes:
        """A fresh data key for the account, wrapped."""
        return _seal(self._master, AESGCM.generate_key(256), account)

    def seal(self, data_key: bytes, account: str, about: str, plain: bytes) -> bytes:
        """`about` (which value of which row) is bound in, so that a sealed value cannot be moved to another row."""
        return _seal(AESGCM(_open(self._master, data_key, account)), plain, about)

    def open(self, data_key: bytes, account: str, about: str, sealed: bytes) -> bytes:
        """Raises Integrity when the bytes were changed, moved, or sealed by another key."""
        return _open(AESGCM(_open(self._master, data_key, account)), sealed, about)

    def rewrap(self, data_key: bytes, account: str, old: Vault) -> bytes:
        """A data key that `old` wrapped, wrapped by this one. What it seals stays as it is."""
        return _seal(self._master, _open(old._master, data_key, account), account)

    def seal_own(self, about: str, plain: bytes) -> bytes:
        """For what the law keeps although its account is gone: no data key can be destroyed to forget it."""
        return _seal(self._master, plain, about)

    def open_own(self, about: str, sealed: bytes) -> bytes:
        """Raises Integrity when the bytes were changed or moved."""
        return _open(self._master, sealed, about)


def _seal(cipher: AESGCM, plain: bytes, about: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + cipher.encrypt(nonce, plain, about.encode())


def _open(cipher: AESGCM, sealed: bytes, about: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
    except InvalidTag:
        raise Integrity("sealed") from None


def secret_file(path: Path, size: int = 32) -> bytes:
    """The secret in `path`, made at first use: readable by its owner alone, complete or absent.

    Raises Integrity where others may read it or it has another length, StorageFailed where it cannot be written.
    """
    try:
        if path.exists():
            if path.stat().st_mode & 0o077:
                raise Integrity("key_open", path=path)
            secret = path.read_bytes()
            if len(secret) != size:
                raise Integrity("key_length", path=path)
            return secret
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        secret = secrets.token_bytes(size)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # fails where another process was first: then its secret is the one
        except FileExistsError:
            return secret_file(path, size)
        finally:
            draft.unlink()
        return secret
    except OSError as error:
        raise storage_failed(error) from error
