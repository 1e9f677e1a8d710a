"""Signed checkpoints: what the log promises to the outside, in a text that anyone can check.

Format: C2SP tlog-checkpoint inside C2SP signed-note (https://c2sp.org/tlog-checkpoint):

    <origin>
    <size>
    <root, base64>

    — <key name> <base64 of key id || Ed25519 signature>
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from pingxing.ledger.keys import ALGORITHM, SigningKey, is_name, key_id
from pingxing.ledger.merkle import HASH_BYTES

MAX_CHARS = 16_384
_SIGNATURE = re.compile(r"— (\S+) ([A-Za-z0-9+/]+=*)")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`size` entries whose Merkle tree head is `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def sign(checkpoint: Checkpoint, key: SigningKey) -> str:
    """The checkpoint as a signed note. Equal input gives equal text (Ed25519 is deterministic)."""
    return note(checkpoint.body, key)


def note(body: str, key: SigningKey) -> str:
    """Any text that ends with a line feed, as a signed note."""
    blob = b64encode(key_id(key.name, key.public) + key.sign(body.encode())).decode()
    return f"{body}\n— {key.name} {blob}\n"


def verify(text: str, vkey: str) -> Checkpoint:
    """The checkpoint in `text`, signed by the key `vkey`. Signatures by other keys are passed over.

    Raises ValueError where the text is malformed or bears no valid signature of that key.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    name, public = parse_vkey(vkey)
    checkpoint, signed, signatures = _parse(text)
    if checkpoint.origin != name:
        raise ValueError("a checkpoint of another log")
    mine = [blob[4:] for who, blob in signatures if who == name and blob[:4] == key_id(name, public)]
    if not mine:
        raise ValueError("the checkpoint is not signed by this log's key")
    try:
        for signature in mine:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except InvalidSignature as error:
        raise ValueError("the checkpoint's signature is wrong") from error
    return checkpoint


def parse_vkey(vkey: str) -> tuple[str, bytes]:
    """Name and raw public key of a signed-note verifier key. Raises ValueError for anything else."""
    name, _, rest = vkey.partition("+")
    identifier, _, encoded = rest.partition("+")
    key = b64decode(encoded, validate=True)
    if not is_name(name) or key[:1] != ALGORITHM or len(key) != 33 or key_id(name, key[1:]).hex() != identifier:
        raise ValueError("not an Ed25519 verifier key")
    if b64encode(key).decode() != encoded:  # decoders let "=" be said too often: one key has one spelling
        raise ValueError("not an Ed25519 verifier key as it is written")
    return name, key[1:]


def _parse(text: str) -> tuple[Checkpoint, bytes, list[tuple[str, bytes]]]:
    if len(text) > MAX_CHARS or "\n\n" not in text or not text.endswith("\n"):
        raise ValueError("not a signed note")
    if any(c < " " and c != "\n" for c in text):
        raise ValueError("control characters in a signed note")
    cut = text.rindex("\n\n") + 1
    body, signature_lines = text[:cut], text[cut + 1 : -1].split("\n")
    lines = body[:-1].split("\n")  # further lines than three are extensions, which are signed but not read
    if len(lines) < 3 or not lines[0] or not _SIZE.fullmatch(lines[1]) or not all(lines):
        raise ValueError("not a checkpoint")
    root = b64decode(lines[2], validate=True)
    if len(root) != HASH_BYTES or b64encode(root).decode() != lines[2]:
        raise ValueError("not a root")
    signatures = []
    for line in signature_lines:
        match = _SIGNATURE.fullmatch(line)
        if match is None:
            raise ValueError("not a signature line")
        signatures.append((match[1], b64decode(match[2], validate=True)))
    return Checkpoint(lines[0], int(lines[1]), root), body.encode(), signatures
