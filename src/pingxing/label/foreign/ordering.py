"""Which record a file from elsewhere gets (GB 45438-2025 annex E, labelling measures art. 5, 6 and 10).

A valid label stays what it is: its producer, its number and its signature are passed on, and whoever marks the file
here becomes its propagator. A file without one gets its first. What it says follows art. 6: 1 where the file's own
metadata or a watermark of ours say that it was generated, 2 where only whoever brings it says so. A label that is
broken, doubled or forged is neither passed on nor written over: taking a mark away is what art. 10 forbids, and nobody
here can tell which of two is the right one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from pingxing.errors import InvalidRequest
from pingxing.label.finding import GENERATED, Found
from pingxing.label.kit import Kit
from pingxing.label.record import Aigc, as_propagator
from pingxing.label.signing import sign_record
from pingxing.types import Labels, Mark

Basis = Literal["label", "metadata", "declared"]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be put on one file. `mark` says who does it, when, and under which receipt."""

    mark: Mark
    kit: Kit
    record: Aigc
    basis: Basis  # another's label passed on; what the metadata say; what whoever brings it says
    sealed: bool = False  # a lawful seal of ours is on it: it is not drawn twice
    woven: bool = False  # a watermark of ours is in it: it leads to the first receipt, and stays


def order(mark: Mark, kit: Kit, found: Found, had: Labels) -> Order:
    """`found` is what `finding` says of the file, `had` what `label.read` does (its seal and watermark).

    Raises InvalidRequest(label_unclear) for a file whose label is broken, doubled or forged, LabelFailed for a mark
    that breaks annex E.
    """
    unclear = len(found.records) > 1 or found.stray or found.broken_packet
    if unclear or any(judged.flaw is not None for judged in found.records) or had.aigc.detail == "label.aigc.forged":
        raise InvalidRequest("label_unclear", member="file")
    code = as_propagator(mark.producer)
    kept = found.records[0].aigc if found.records else None
    basis: Basis = "label" if kept is not None else "metadata" if _said(had) else "declared"
    if kept is not None:
        record = kept.passed_on(code, mark.produce_id)
    else:
        record = replace(Aigc.first(code, mark.produce_id), label="1" if basis == "metadata" else "2")
    if kit.record is not None:
        record = sign_record(record, kit.record, "propagator" if kept is not None else "producer")
    record.text()
    return Order(mark, kit, record, basis, had.visible.valid is True, had.watermark.found)


def _said(had: Labels) -> bool:
    """Whether the file itself says that a machine made it."""
    credentials = had.c2pa.valid is not False and had.c2pa.facts.get("source_type") in GENERATED
    return credentials or had.aigc.facts.get("source_type") in GENERATED or had.watermark.found
