"""The XMP packet we write: the AIGC record, the IPTC 2025.1 fields and who made it when."""

from __future__ import annotations

from datetime import UTC
from xml.sax.saxutils import escape

from pingxing.errors import LabelFailed
from pingxing.label.record import NAMESPACE, aigc_record
from pingxing.types import Mark

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TRAINED = "trainedAlgorithmicMedia"  # made by a model that learned from samples
COMPOSED = "algorithmicMedia"  # made purely by an algorithm, without sampled training data


def description(mark: Mark) -> str:
    """The `rdf:RDF` element (ISO 16684-1), the same in every container.

    Raises LabelFailed for a time without a zone: what a label says must mean one instant.
    """
    if mark.created_at.tzinfo is None:
        raise LabelFailed("record", member="created_at")
    created = mark.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    source = SOURCE_TYPES + (TRAINED if mark.trained else COMPOSED)
    tool = f"{mark.system} {mark.version} ({mark.model})"
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about=""'
        f' xmlns:TC260="{NAMESPACE}"'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
        f"<TC260:AIGC>{escape(aigc_record(mark))}</TC260:AIGC>"
        f"<Iptc4xmpExt:DigitalSourceType>{source}</Iptc4xmpExt:DigitalSourceType>"
        f"<Iptc4xmpExt:AISystemUsed>{_text(mark.system)}</Iptc4xmpExt:AISystemUsed>"
        f"<Iptc4xmpExt:AISystemVersionUsed>{_text(mark.version)}</Iptc4xmpExt:AISystemVersionUsed>"
        f"<xmp:CreateDate>{created}</xmp:CreateDate>"
        f"<xmp:CreatorTool>{_text(tool)}</xmp:CreatorTool>"
        "</rdf:Description></rdf:RDF>"
    )


def packet(mark: Mark) -> bytes:
    """A whole XMP packet. Read-only wrapper: the label is replaced on re-export, never edited in place."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{description(mark)}</x:xmpmeta>'
        '<?xpacket end="r"?>'
    ).encode()


def _text(value: str) -> str:
    if not all(c in "\t" or c >= " " for c in value) or any("\ud800" <= c <= "\udfff" for c in value):
        raise LabelFailed("record", member="system")
    return escape(value)
