"""Anyone's question: was this file made here, and what do its labels say? Keeps nothing, tells nothing personal."""

from __future__ import annotations

import hashlib
from typing import Literal

from pingxing import label
from pingxing.errors import LedgerBroken, NotFound
from pingxing.house import House
from pingxing.ledger import entries
from pingxing.ledger.merkle import leaf_hash
from pingxing.press import BROUGHT
from pingxing.store.store import Tx
from pingxing.types import Labels, LabelVerdict, LedgerAnswer, LedgerProof, PublicNotice, Receipt, Verification


def verify(house: House, data: bytes) -> Verification:
    """Raises TooLarge, UnreadableFile; whatever the file claims, it is an answer and not an error."""
    labels = label.read(data, house.kit)
    sha256 = hashlib.sha256(data).hexdigest()
    with house.store.read() as tx:
        answer = _ask_ledger(house, tx, sha256, labels)
        return Verification(_verdict(labels, answer), labels, answer)


def _verdict(labels: Labels, answer: LedgerAnswer) -> LabelVerdict:
    """Art. 6 of the labelling measures speaks of metadata. Where they are gone, our own watermark or the very bytes,
    and a proof that we delivered them, leave no doubt either: we made it. What we only labelled somebody declared."""
    said = label.verdict(labels)
    if not (answer.proof_ok is True and (labels.watermark.found or answer.same_bytes)):
        return said
    if answer.origin == "brought":
        return said if labels.aigc.valid else "possible"
    return "confirmed"


def _ask_ledger(house: House, tx: Tx, sha256: str, labels: Labels) -> LedgerAnswer:
    by, receipt = receipt_of(tx, sha256, labels)
    if receipt is None:
        return LedgerAnswer(found=False)
    proof, origin = _proof(house, tx, receipt)
    return LedgerAnswer(
        found=True,
        log_index=receipt.log_index,
        proof_ok=proof is not None,
        same_bytes=receipt.artifact.sha256 == sha256,
        issued_at=receipt.issued_at,
        by=by,
        proof=proof,
        notice=_said(tx, receipt),
        origin=origin,
    )


def _said(tx: Tx, receipt: Receipt) -> PublicNotice | None:
    notice = tx.notices.of(receipt.id)
    if notice is None or notice.state == "lifted":
        return None
    return PublicNotice(notice.state, notice.category, notice.note, notice.link, notice.at)


def receipt_of(
    tx: Tx, sha256: str, labels: Labels
) -> tuple[Literal["bytes", "label", "watermark"] | None, Receipt | None]:
    """The receipt of a file and what led to it: the surest first."""
    if receipt := tx.work.receipt_of_bytes(sha256):
        return "bytes", receipt
    if receipt := _by_label(tx, labels.produce_id) or _by_label(tx, labels.propagate_id):
        return "label", receipt
    if receipt := _by_watermark(tx, labels.tag):
        return "watermark", receipt
    return None, None


def _by_label(tx: Tx, produce_id: str | None) -> Receipt | None:
    if produce_id is None:
        return None
    try:
        return tx.work.receipt(produce_id)
    except NotFound:
        return None


def _by_watermark(tx: Tx, tag: int | None) -> Receipt | None:
    """The receipt whose identifier begins so; None where there is none, or more than one to choose from."""
    if tag is None:
        return None
    found = tx.work.receipts_beginning(f"{tag:010x}")
    return found[0] if len(found) == 1 else None


def _proof(house: House, tx: Tx, receipt: Receipt) -> tuple[LedgerProof | None, Literal["made", "brought"] | None]:
    """The proof, and whether the file was made here or only labelled; None, None where the log does not prove that
    exactly this artifact was delivered."""
    try:
        proof = house.ledger.prove(tx.log, receipt.log_index)
        given = entries.handed_over(proof.leaf)
    except LedgerBroken:
        return None, None
    if given is None or given[1] != receipt.artifact.sha256:
        return None, None
    told = LedgerProof(proof.size, proof.root, leaf_hash(proof.leaf).hex(), proof.path, proof.checkpoint)
    entry, _ = entries.decode(proof.leaf)
    return told, "brought" if isinstance(entry, entries.Delivered) and entry.model == BROUGHT else "made"
