"""The AIGC record: the JSON text of GB 45438-2025 annex E, written and judged.

One object of strings, seven members in this spelling and order. Values are bytes 0x21-0x7E without
`"` and `\\`, so the text is plain ASCII that no container, encoder or terminal can damage. `judge`
shares nothing with `aigc_record` but the table of names: what was written is read back by other code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from typing import Literal

from pingxing.errors import LabelFailed
from pingxing.papers import is_id_number as is_id_number
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
LABELS = ("1", "2", "3")  # made by AI, possible, suspected
MAX_RECORD_CHARS = 16_384
_VALUE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]*")
_MAY_BE_EMPTY = frozenset({"ReservedCode1", "ReservedCode2"})

Flaw = Literal["json", "members", "values", "label"]


@dataclass(frozen=True, slots=True)
class Aigc:
    """The seven values of one label, in annex E's order."""

    label: str
    producer: str
    produce_id: str
    reserved1: str
    propagator: str
    propagate_id: str
    reserved2: str

    @classmethod
    def first(cls, producer: str, produce_id: str) -> Aigc:
        """Of a file written for the first time: the propagator pair equals the producer pair."""
        return cls("1", producer, produce_id, "", producer, produce_id, "")

    def passed_on(self, propagator: str, propagate_id: str) -> Aigc:
        """Of the same content published by somebody: what the producer wrote stays (annex E)."""
        return replace(self, propagator=propagator, propagate_id=propagate_id, reserved2="")

    @property
    def values(self) -> tuple[str, ...]:
        return astuple(self)

    def text(self) -> str:
        """The JSON text. Raises LabelFailed where a value breaks annex E's character set or is missing."""
        for member, value in zip(MEMBERS, self.values, strict=True):
            if not _VALUE.fullmatch(value) or not (value or member in _MAY_BE_EMPTY):
                raise LabelFailed("record", member=member)
        if self.label not in LABELS:
            raise LabelFailed("record", member="Label")
        text = "{" + ",".join(f'"{m}":"{v}"' for m, v in zip(MEMBERS, self.values, strict=True)) + "}"
        if len(text) > MAX_RECORD_CHARS:
            raise LabelFailed("record", member="ProduceID")
        return text


def aigc_record(mark: Mark) -> str:
    """The text of a file written for the first time. Raises LabelFailed as `Aigc.text` does."""
    return replace(Aigc.first(mark.producer, mark.produce_id), reserved1=mark.signature).text()


@dataclass(frozen=True, slots=True)
class Judged:
    """What one record found in a file says. `flaw` is None where it keeps annex E."""

    values: dict[str, str]
    flaw: Flaw | None

    @property
    def label(self) -> str:
        return self.values.get("Label", "")

    @property
    def aigc(self) -> Aigc | None:
        """The record, where it keeps annex E."""
        return None if self.flaw is not None else Aigc(*(self.values[member] for member in MEMBERS))


def judge(text: str) -> Judged:
    """Parse an untrusted record: the seven members, or `{"AIGC": {...}}` around them as EXIF and PNG tEXt have it.

    White space, the order of the members and JSON's own escapes are the maker's business; what the
    values say after parsing must keep annex E.
    """
    if len(text) > MAX_RECORD_CHARS:
        return Judged({}, "json")
    try:
        data = json.loads(text, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError):
        return Judged({}, "json")
    if isinstance(data, dict) and set(data) == {"AIGC"}:
        data = data["AIGC"]
    if not isinstance(data, dict):
        return Judged({}, "members")
    values = {str(name): value for name, value in data.items() if isinstance(value, str)}
    if set(data) != set(MEMBERS) or len(values) != len(data):
        return Judged(values, "members")
    if any(not _VALUE.fullmatch(v) or not (v or name in _MAY_BE_EMPTY) for name, v in values.items()):
        return Judged(values, "values")
    return Judged(values, None if values["Label"] in LABELS else "label")


def _no_duplicates(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    """JSON leaves the meaning of a repeated member open; a label must not mean two things."""
    members: dict[str, object] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError("repeated member")
        members[name] = value
    return members


_ROLE = 22  # place of the role in a provider code: 1 generates, 2 propagates (TC260 practice guide)
_GENERATES = re.compile(r"0011[0-9A-Z]{18}1[0-9A-Za-z]{4}")


def as_propagator(code: str) -> str:
    """A provider code of 27 characters in the role of whoever passes content on; any other code as it is."""
    return code[:_ROLE] + "2" + code[_ROLE + 1 :] if _GENERATES.fullmatch(code) else code


_ID_NUMBER = re.compile(r"(?=(\d{17}[\dXx]))")


def may_be_personal(code: str) -> bool:
    """Whether a foreign producer's code holds a Chinese identity number (GB 11643 checksum).

    A label may come from a natural person; what a public verify page repeats must never be personal.
    """
    return any(is_id_number(digits) for digits in _ID_NUMBER.findall(code))
