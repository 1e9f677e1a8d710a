"""Reading XMP packets and SVG documents that anybody may have written.

Expat with namespaces; a document type with entity declarations is refused before anything expands,
so neither "billion laughs" nor external entities have anything to work with. Time is linear in the
bytes, depth is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from pingxing.label.record import NAMESPACE

IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
XMP = "http://ns.adobe.com/xap/1.0/"
_FACTS = {
    f"{IPTC} DigitalSourceType": "source_type",
    f"{IPTC} AISystemUsed": "system",
    f"{IPTC} AISystemVersionUsed": "version",
    f"{XMP} CreateDate": "created",
}
_AIGC = f"{NAMESPACE} AIGC"
_MAX_DEPTH = 256
_MAX_TEXT = 32_768
_MAX_RECORDS, _MAX_OUTLINES = 16, 64  # more than one record is wrong anyhow


class HostileXml(ValueError):
    """Entity declarations or absurd depth: refused, whatever else the document says."""


class BrokenXml(ValueError):
    """Not well-formed."""


@dataclass(slots=True)
class Packet:
    """What one XML document says that concerns us."""

    records: list[str] = field(default_factory=list)  # text of every TC260:AIGC, element or attribute
    facts: dict[str, str] = field(default_factory=dict)
    root: tuple[str, dict[str, str]] | None = None  # name ("namespace local") and attributes
    c2pa: bool = False
    last: tuple[str, tuple[str, ...]] = ("", ())  # SVG: identifier and outlines of what is drawn last


def parse(data: bytes, *, drawn_group: str = "") -> Packet:
    """Read one XMP packet or SVG document. Raises HostileXml or BrokenXml.

    `drawn_group`: an SVG group identifier whose outlines (`d` of its paths) are collected.
    """
    reader = _Reader(drawn_group)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.EntityDeclHandler = _forbid
    parser.ExternalEntityRefHandler = _forbid
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BrokenXml(str(error)) from error
    return reader.packet


def _forbid(*_: object) -> int:
    raise HostileXml("entity")


class _Reader:
    def __init__(self, drawn_group: str) -> None:
        self.packet = Packet()
        self._stack: list[str] = []
        self._wanted: str | None = None
        self._text: list[str] = []
        self._size = 0
        self._group = drawn_group
        self._outlines: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._stack) >= _MAX_DEPTH:
            raise HostileXml("depth")
        self._stack.append(name)
        if self.packet.root is None:
            self.packet.root = (name, dict(attributes))
        if "c2pa" in name and name.endswith(" manifest"):
            self.packet.c2pa = True
        for attribute, value in attributes.items():
            self._note(attribute, value)
        if self._wanted is None and (name == _AIGC or name in _FACTS):
            self._wanted, self._text, self._size = name, [], 0
        if len(self._stack) == 2:
            self._outlines = [] if self._group and attributes.get("id") == self._group else None
            self.packet.last = (attributes.get("id", ""), ())
        if self._outlines is not None and "d" in attributes and len(self._outlines) < _MAX_OUTLINES:
            self._outlines.append(attributes["d"])

    def end(self, name: str) -> None:
        self._stack.pop()
        if name == self._wanted:
            self._note(name, "".join(self._text))
            self._wanted = None
        if len(self._stack) == 1 and self._outlines is not None:
            self.packet.last = (self._group, tuple(self._outlines))
            self._outlines = None

    def text(self, value: str) -> None:
        if self._wanted is not None and self._size <= _MAX_TEXT:
            self._text.append(value)
            self._size += len(value)

    def _note(self, name: str, value: str) -> None:
        if name == _AIGC and len(self.packet.records) < _MAX_RECORDS:
            self.packet.records.append(value.strip())
        elif name in _FACTS:
            self.packet.facts.setdefault(_FACTS[name], value.strip()[:200])
