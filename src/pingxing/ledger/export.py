"""The whole log as one JSON Lines file that `audit.py`, or anyone else's program, can check."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator

from pingxing.errors import LedgerBroken, NotFound
from pingxing.ledger.log import Ledger
from pingxing.ledger.storage import LogStorage

FORMAT = "pingxing-ledger/1"


def export(storage: LogStorage, ledger: Ledger) -> Iterator[bytes]:
    """Lines: an object {format, origin, vkey, size, checkpoint}, then each entry's bytes as a base64 string.

    The export ends where the newest checkpoint does. Raises NotFound("checkpoint") for a log that
    was never sealed and LedgerBroken where it no longer agrees with its checkpoint.
    """
    sealed = ledger.attest(storage)
    if sealed is None:
        raise NotFound("checkpoint")
    yield _line(
        {
            "format": FORMAT,
            "origin": ledger.origin,
            "vkey": ledger.vkey,
            "size": sealed.size,
            "checkpoint": sealed.checkpoint,
        }
    )
    written = 0
    for data in storage.entries(0, sealed.size):
        yield _line(b64encode(data).decode("ascii"))
        written += 1
    if written != sealed.size:
        raise LedgerBroken("missing")


def _line(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode("ascii") + b"\n"
