"""Who stands behind a record: an Ed25519 signature in the member that annex E reserves for it.

`ReservedCode1` is the producer's, `ReservedCode2` the propagator's (GB 45438-2025 annex E, F.4; practice guide
TC260-PG-202511A). The producer signs what it says and no propagator may change: Label, ContentProducer and
ProduceID. The propagator signs the whole record with the producer's signature in it, so a label that was passed
on keeps both. The signature binds the record to the key, and through ProduceID to the receipt that names the
file's digest; it is not a digest of the content, which any lawful recompression would break.

A value is `ed25519:` and the signature in base64url without padding: 94 bytes of annex E's character set. That
labels are "never Base64" is said of the record as a whole, which stays plain JSON.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pingxing.label.record import Aigc

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

Signer = Literal["producer", "propagator"]
_SCHEME = "ed25519:"
_DOMAINS: dict[Signer, bytes] = {
    "producer": b"pingxing/aigc/producer/1\n",
    "propagator": b"pingxing/aigc/propagator/1\n",
}


def sign_record(record: Aigc, key: Ed25519PrivateKey, by: Signer = "producer") -> Aigc:
    """The record with its signature. Raises LabelFailed where the record breaks annex E."""
    value = _SCHEME + base64.urlsafe_b64encode(key.sign(_message(record, by))).decode().rstrip("=")
    return replace(record, reserved1=value) if by == "producer" else replace(record, reserved2=value)


def check_signature(record: Aigc, key: Ed25519PublicKey, by: Signer = "producer") -> bool | None:
    """Whether the record's signature is this key's; None where there is no signature in this form."""
    from cryptography.exceptions import InvalidSignature

    value = record.reserved1 if by == "producer" else record.reserved2
    if not value.startswith(_SCHEME):
        return None
    text = value.removeprefix(_SCHEME)
    try:
        signature = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    if base64.urlsafe_b64encode(signature).decode().rstrip("=") != text:
        return False  # one signature has one spelling
    try:
        key.verify(signature, _message(record, by))
    except InvalidSignature:
        return False
    return True


def _message(record: Aigc, by: Signer) -> bytes:
    """What is signed: the record's own text, with what the signer does not answer for left empty."""
    if by == "producer":
        producer = (record.producer, record.produce_id)
        said = Aigc(record.label, *producer, "", *producer, "")
    else:
        said = replace(record, reserved2="")
    return _DOMAINS[by] + said.text().encode("ascii")
