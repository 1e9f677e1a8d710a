"""One label in an XMP packet or SVG document that somebody else may have written.

Expat says at which byte every element stands; what must go is cut out there and what must come is put in
before the end of the RDF, so every other byte of the document stays as it was (practice guide TC260-PG-20259A:
the namespace is updated by property, never overwritten).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from pingxing.errors import LabelFailed
from pingxing.label.record import NAMESPACE
from pingxing.label.xmp import IPTC, PREFIXES, RDF, XMP, Property, Provenance, properties, rdf, wrapped

_MAX_DEPTH = 256
_TAG = re.compile(rb"<[^\"'>]*(?:\"[^\"]*\"[^\"'>]*|'[^']*'[^\"'>]*)*>")
_KNOWN = frozenset(  # properties that a label says, and which therefore may have to go
    f"{namespace} {name}"
    for namespace, names in {
        NAMESPACE: ("AIGC",),
        IPTC: ("DigitalSourceType", "AISystemUsed", "AISystemVersionUsed"),
        XMP: ("CreateDate", "CreatorTool"),
    }.items()
    for name in names
)
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"<\0": "utf-16-le", b"\0<": "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Label:
    """What is to be written: the record's text and, where XMP is possible, who made the content."""

    text: str
    provenance: Provenance | None = None

    @property
    def said(self) -> tuple[Property, ...]:
        return properties(self.text, self.provenance)


def merged(packet: bytes | None, label: Label) -> bytes:
    """The packet with exactly this label. Raises LabelFailed(metadata) for a packet that is no XMP."""
    if packet is None or _blank(packet):
        return wrapped(rdf(label.said))
    document = _Document(_utf8(packet))
    return document.with_said(label.said)


def beside(packet: bytes | None, label: Label) -> bytes | None:
    """The packet of a container whose label stands elsewhere: IPTC's fields and no AIGC record.

    None where there is nothing to say. Raises LabelFailed(metadata).
    """
    kept = None if packet is None or _blank(packet) else without_label(packet)
    facts = tuple(p for p in label.said if p.namespace != NAMESPACE)
    if not facts:
        return kept
    if kept is None:
        return wrapped(rdf(facts))
    return _Document(_utf8(kept)).with_said(facts)


def in_svg(data: bytes, label: Label) -> bytes:
    """The SVG document with exactly this label. Raises LabelFailed(metadata)."""
    document = _Document(_utf8(data))
    if document.end_of_rdf is not None:
        return document.with_said(label.said)
    if document.root_end is None:
        raise LabelFailed("metadata")
    cut, at = document.without(label.said), document.root_end
    shift = sum(end - start for start, end in document.cuts(label.said) if start < at)
    at -= shift
    return cut[:at] + b"<metadata>" + wrapped(rdf(label.said)) + b"</metadata>" + cut[at:]


def without_label(packet: bytes) -> bytes:
    """The packet without any AIGC record; the same bytes where it holds none. Raises LabelFailed(metadata)."""
    document = _Document(_utf8(packet))
    nothing = (Property(NAMESPACE, "AIGC", "", True),)
    return document.without(nothing) if document.cuts(nothing) else packet


def _blank(packet: bytes) -> bool:
    """Whether there is room for a packet and none in it."""
    return not packet.strip(b"\0 \t\r\n")


def _utf8(data: bytes) -> bytes:
    encoding = _UTF16.get(bytes(data[:2]))
    if encoding is None:
        return data
    try:
        return data.decode(encoding).removeprefix("\ufeff").encode()
    except UnicodeDecodeError as error:
        raise LabelFailed("metadata") from error


@dataclass(slots=True)
class _Open:
    name: str
    start: int
    tag_end: int  # 0 where the tag is empty: <a/>
    holds: set[str] = field(default_factory=set)  # names of its attributes and children, but for rdf:about


class _Document:
    """Where the elements and attributes of one XML document stand, in bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.end_of_rdf: int | None = None  # where `</rdf:RDF>` begins
        self.root_end: int | None = None  # behind the root's start tag
        self.about = ""
        self.has: set[str] = set()
        self._pieces: list[tuple[str, int, int]] = []  # "namespace name", start, end
        self._descriptions: list[tuple[set[str], int, int]] = []
        self._stack: list[_Open] = []
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.namespace_prefixes = True
        parser.EntityDeclHandler = _forbid
        parser.ExternalEntityRefHandler = _forbid
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            raise LabelFailed("metadata") from error

    def cuts(self, said: tuple[Property, ...]) -> list[tuple[int, int]]:
        names = {f"{p.namespace} {p.name}" for p in said if p.replaces}
        found = [(start, end) for name, start, end in self._pieces if name in names]
        # a description of nothing but what goes, goes too: labelling again and again must not pile them up
        found += [(start, end) for holds, start, end in self._descriptions if holds and holds <= names]
        found.sort(key=lambda piece: (piece[0], -piece[1]))
        outer: list[tuple[int, int]] = []
        for start, end in found:
            if not outer or start >= outer[-1][1]:
                outer.append((start, end))
        return outer

    def without(self, said: tuple[Property, ...]) -> bytes:
        out, at = bytearray(), 0
        for start, end in self.cuts(said):
            out += self.data[at:start]
            at = end
        return bytes(out + self.data[at:])

    def with_said(self, wanted: tuple[Property, ...]) -> bytes:
        said = tuple(p for p in wanted if p.replaces or f"{p.namespace} {p.name}" not in self.has)
        used = dict.fromkeys(p.namespace for p in said)
        declared = "".join(f' xmlns:{PREFIXES[n]}="{n}"' for n in used)
        words = "".join(p.element for p in said)
        # a prefix of our own for RDF: the document may call it anything
        extra = (
            f'<rdf:Description xmlns:rdf="{RDF}" rdf:about={quoteattr(self.about)}{declared}>{words}</rdf:Description>'
        )
        at = self.end_of_rdf
        if at is None:
            raise LabelFailed("metadata")
        at -= sum(end - start for start, end in self.cuts(wanted) if start < at)
        rest = self.without(wanted)
        return rest[:at] + self._spelled(extra) + rest[at:]

    def _spelled(self, text: str) -> bytes:
        """As ASCII: the document may declare any encoding that extends it."""
        return text.encode("ascii", "xmlcharrefreplace")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        start = self._parser.CurrentByteIndex
        tag = _TAG.match(self.data, start)
        if tag is None or len(self._stack) >= _MAX_DEPTH:
            raise LabelFailed("metadata")
        empty = tag[0].endswith(b"/>")
        plain = _plain(name)
        if self._stack:
            self._stack[-1].holds.add(plain)
        held = {_plain(a) for a in attributes} - {f"{RDF} about"}
        self._stack.append(_Open(plain, start, 0 if empty else tag.end(), held))
        if len(self._stack) == 1 and not empty:
            self.root_end = tag.end()
        if plain == f"{RDF} Description" and not self.about:
            self.about = next((v for n, v in attributes.items() if _plain(n) == f"{RDF} about"), "")
        for attribute in attributes:
            if _plain(attribute) in _KNOWN:
                self._attribute(attribute, start, tag[0])

    def _attribute(self, name: str, start: int, tag: bytes) -> None:
        namespace, local, *prefix = name.split(" ")
        written = f"{prefix[0]}:{local}" if prefix else local
        match = re.search(rb"\s" + re.escape(written.encode()) + rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')", tag)
        if match is None:
            raise LabelFailed("metadata")
        self._pieces.append((f"{namespace} {local}", start + match.start(), start + match.end()))
        self.has.add(f"{namespace} {local}")

    def _end(self, name: str) -> None:
        opened = self._stack.pop()
        at = self._parser.CurrentByteIndex
        end = at if not opened.tag_end else self.data.index(b">", at) + 1
        if opened.name == f"{RDF} RDF" and opened.tag_end and self.end_of_rdf is None:
            self.end_of_rdf = at
        if opened.name == f"{RDF} Description":
            self._descriptions.append((opened.holds, opened.start, end))
        if opened.name in _KNOWN:
            self._pieces.append((opened.name, opened.start, end))
            self.has.add(opened.name)


def _plain(name: str) -> str:
    """ "namespace local prefix" without the prefix."""
    return " ".join(name.split(" ")[:2])


def _forbid(*_: object) -> int:
    raise LabelFailed("metadata")
