"""The AIGC record: the JSON text of GB 45438-2025 annex E, written and judged.

One object of strings, seven members in this spelling and order. Values are bytes 0x21-0x7E without
`"` and `\\`, so the text is plain ASCII that no container, encoder or terminal can damage. `judge`
shares nothing with `aigc_record` but the table of names: what was written is read back by other code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pingxing.errors import LabelFailed
from pingxing.types import Mark

MEMBERS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"  # practice guide TC260, V1.0-202508
MAX_RECORD_CHARS = 16_384
_VALUE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]*")
_MAY_BE_EMPTY = frozenset({"ReservedCode1", "ReservedCode2"})

Flaw = Literal["json", "members", "values", "label"]


def aigc_record(mark: Mark) -> str:
    """The record of a file written for the first time: the propagator pair equals the producer pair.

    Raises LabelFailed where a value breaks annex E's character set or is missing.
    """
    values = ("1", mark.producer, mark.produce_id, "", mark.producer, mark.produce_id, "")
    for member, value in zip(MEMBERS, values, strict=True):
        if not _VALUE.fullmatch(value) or not (value or member in _MAY_BE_EMPTY):
            raise LabelFailed("record", member=member)
    return "{" + ",".join(f'"{member}":"{value}"' for member, value in zip(MEMBERS, values, strict=True)) + "}"


@dataclass(frozen=True, slots=True)
class Judged:
    """What one record found in a file says. `flaw` is None where it keeps annex E."""

    values: dict[str, str]
    flaw: Flaw | None

    @property
    def label(self) -> str:
        return self.values.get("Label", "")


def judge(text: str, *, wrapped: bool = False) -> Judged:
    """Parse an untrusted record. `wrapped`: the text is `{"AIGC": {...}}`, as in EXIF and PNG tEXt."""
    if len(text) > MAX_RECORD_CHARS:
        return Judged({}, "json")
    try:
        data = json.loads(text, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError):
        return Judged({}, "json")
    if wrapped and isinstance(data, dict):
        data = data["AIGC"] if set(data) == {"AIGC"} else None
    if not isinstance(data, dict):
        return Judged({}, "members")
    values = {str(name): value for name, value in data.items() if isinstance(value, str)}
    if set(data) != set(MEMBERS) or len(values) != len(data):
        return Judged(values, "members")
    if any(not _VALUE.fullmatch(v) or not (v or name in _MAY_BE_EMPTY) for name, v in values.items()):
        return Judged(values, "values")
    return Judged(values, None if values["Label"] in ("1", "2", "3") else "label")


def _no_duplicates(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    """JSON leaves the meaning of a repeated member open; a label must not mean two things."""
    members: dict[str, object] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError("repeated member")
        members[name] = value
    return members


_ID_NUMBER = re.compile(r"(?=(\d{17}[\dXx]))")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def may_be_personal(code: str) -> bool:
    """Whether a foreign producer's code holds a Chinese identity number (GB 11643 checksum).

    A label may come from a natural person; what a public verify page repeats must never be personal.
    """
    for digits in _ID_NUMBER.findall(code):
        total = sum(int(d) * w for d, w in zip(digits[:17], _ID_WEIGHTS, strict=True))
        if "10X98765432"[total % 11] == digits[17].upper() and 1 <= int(digits[10:12]) <= 12:
            return True
    return False
