"""The XMP packet we write: the AIGC record, the IPTC 2025.1 fields and who made it when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape, unescape

from pingxing.errors import LabelFailed
from pingxing.label.record import NAMESPACE, aigc_record
from pingxing.types import Mark

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
XMP = "http://ns.adobe.com/xap/1.0/"
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TRAINED = "trainedAlgorithmicMedia"  # made by a model that learned from samples
COMPOSED = "algorithmicMedia"  # made purely by an algorithm, without sampled training data
PREFIXES = {NAMESPACE: "TC260", IPTC: "Iptc4xmpExt", XMP: "xmp"}


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which system made the content, and when: IPTC 2025.1, California SB 942's latent disclosure."""

    system: str
    version: str
    model: str
    created_at: datetime
    trained: bool = True  # False: composed by rule
    mixed: bool = False  # made out of a picture that somebody brought

    @classmethod
    def of(cls, mark: Mark) -> Provenance:
        return cls(mark.system, mark.version, mark.model, mark.created_at, mark.trained, mark.mixed)

    @property
    def source_type(self) -> str:
        """The last part of IPTC's term for how this came to be."""
        if self.mixed:
            return "compositeWithTrainedAlgorithmicMedia" if self.trained else "composite"
        return TRAINED if self.trained else COMPOSED


@dataclass(frozen=True, slots=True)
class Property:
    """One simple XMP property; `text` is escaped already."""

    namespace: str
    name: str
    text: str
    replaces: bool  # False: what a file says of itself already stays as it is

    @property
    def element(self) -> str:
        name = f"{PREFIXES[self.namespace]}:{self.name}"
        return f"<{name}>{self.text}</{name}>"


def properties(record: str, provenance: Provenance | None) -> tuple[Property, ...]:
    """What a label says in XMP, in the order in which it is written.

    Raises LabelFailed for a time without a zone: what a label says must mean one instant.
    """
    said = (Property(NAMESPACE, "AIGC", escape(record), True),)
    if provenance is None:
        return said
    if provenance.created_at.tzinfo is None:
        raise LabelFailed("record", member="created_at")
    created = provenance.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    tool = f"{provenance.system} {provenance.version} ({provenance.model})"
    return (
        *said,
        Property(IPTC, "DigitalSourceType", SOURCE_TYPES + provenance.source_type, True),
        Property(IPTC, "AISystemUsed", _text(provenance.system), True),
        Property(IPTC, "AISystemVersionUsed", _text(provenance.version), True),
        Property(XMP, "CreateDate", created, False),
        Property(XMP, "CreatorTool", _text(tool), False),
    )


TAGS = {
    "DIGITALSOURCETYPE": "source_type",
    "AISYSTEMUSED": "system",
    "AISYSTEMVERSIONUSED": "version",
    "CREATEDATE": "created",
}
"""The same facts as plain tags, for containers without a place for XMP (Matroska, Vorbis comments, FLV)."""


def tags(provenance: Provenance | None) -> dict[str, str]:
    """Names of IPTC and XMP in capitals, as those containers spell theirs. Raises LabelFailed as `properties` does."""
    values = {p.name.upper(): unescape(p.text) for p in properties("", provenance)}
    return {name: values[name] for name in TAGS if name in values}


def rdf(said: tuple[Property, ...]) -> str:
    """The `rdf:RDF` element (ISO 16684-1), the same in every container."""
    used = {p.namespace: PREFIXES[p.namespace] for p in said}
    declared = "".join(f' xmlns:{prefix}="{namespace}"' for namespace, prefix in used.items())
    return (
        f'<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about=""{declared}>'
        + "".join(p.element for p in said)
        + "</rdf:Description></rdf:RDF>"
    )


def wrapped(rdf: str) -> bytes:
    """A whole XMP packet. Read-only wrapper: the label is replaced on re-export, never edited in place."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{rdf}</x:xmpmeta>'
        '<?xpacket end="r"?>'
    ).encode()


def description(mark: Mark) -> str:
    """The `rdf:RDF` element of a file written for the first time."""
    return rdf(properties(aigc_record(mark), Provenance.of(mark)))


def packet(mark: Mark) -> bytes:
    return wrapped(description(mark))


def _text(value: str) -> str:
    if not all(c in "\t" or c >= " " for c in value) or any("\ud800" <= c <= "\udfff" for c in value):
        raise LabelFailed("record", member="system")
    return escape(value)
