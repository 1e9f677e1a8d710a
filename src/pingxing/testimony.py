"""What a file says about itself, and what the house answers: values of `pingxing.types`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

LabelVerdict = Literal["confirmed", "possible", "suspected", "none"]


@dataclass(frozen=True, slots=True)
class Layer:
    """One technique's answer. `detail` is a catalogue key; `facts` fill its blanks. Nothing personal."""

    found: bool
    valid: bool | None  # None: nothing to judge
    detail: str
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Labels:
    """What the bytes of one file say, before the ledger is asked."""

    visible: Layer
    aigc: Layer
    c2pa: Layer
    watermark: Layer
    produce_id: str | None = None
    propagate_id: str | None = None  # of a label that was passed on
    tag: int | None = None  # what the watermark says: the first 40 bits of a receipt's identifier
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class PublicNotice:
    """What a person of the house said of a picture after it was delivered; for everybody to read."""

    state: Literal["marked", "withdrawn"]
    category: str
    note: str
    link: str  # where the truth stands; may be empty
    at: datetime


@dataclass(frozen=True, slots=True)
class LedgerAnswer:
    found: bool
    log_index: int | None = None
    proof_ok: bool | None = None
    same_bytes: bool | None = None  # True: exactly the file that was delivered
    issued_at: datetime | None = None
    by: Literal["bytes", "label", "watermark"] | None = None  # what led to the entry
    proof: LedgerProof | None = None  # where proof_ok
    notice: PublicNotice | None = None
    origin: Literal["made", "brought"] | None = None  # where proof_ok: made here, or brought here to be labelled


@dataclass(frozen=True, slots=True)
class LedgerProof:
    """That the entry is in the log (RFC 9162, 2.1.3). Its digest only: the entry itself holds a pseudonym."""

    size: int  # entries under the signed checkpoint
    root: str  # hex, as all digests here
    leaf_hash: str
    path: tuple[str, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Verification:
    verdict: LabelVerdict
    labels: Labels
    ledger: LedgerAnswer
