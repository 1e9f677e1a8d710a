"""What the bytes of any file say about how they were made. For files from strangers.

    read(data) -> Labels        four layers, each with a plain answer
    verdict(labels) -> ...      the one word of the labelling measures, art. 6

Bounded before anything is followed: bytes, declared pixels, metadata, depth, time. What cannot be
read is an UnreadableFile or TooLarge with a reason; everything else is an answer.
"""

from __future__ import annotations

from io import BytesIO
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.errors import TooLarge, UnreadableFile
from pingxing.label import apart, plate
from pingxing.label.containers import sniff
from pingxing.label.finding import GENERATED, Found, find, generated
from pingxing.label.recognising import Recognised, recognise
from pingxing.label.record import may_be_personal
from pingxing.types import LANGUAGES, MAX_PIXELS, Labels, LabelVerdict, Layer

MAX_BYTES = 256 << 20
_PILLOW = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/tiff": "TIFF",
}
_PDF_SECONDS = 3.0
_NOT_A_PICTURE = Layer(False, None, "label.not_a_picture")


def read(data: bytes, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS, seconds: float = 10.0) -> Labels:
    """Read every label of one file. Keeps nothing.

    Raises TooLarge (bytes, pixels, metadata) and UnreadableFile (empty, truncated, damaged, bomb,
    hostile_xml). A file of a kind that is not read here has no media type and no labels.
    """
    deadline = monotonic() + seconds
    if len(data) > max_bytes:
        raise TooLarge("bytes", limit_mb=max_bytes >> 20)
    if not data:
        raise UnreadableFile("empty")
    document, page = None, None
    if sniff(data) == "application/pdf":
        document, page = apart.read_pdf(data, min(seconds, _PDF_SECONDS))
    found = find(data, document)
    watermark = Layer(False, None, "label.watermark.not_yet")
    if found.media_type is None:
        return Labels(_NOT_A_PICTURE, _NOT_A_PICTURE, _NOT_A_PICTURE, watermark)
    aigc = _aigc(found)
    return Labels(
        visible=_on_page(found, page, deadline) if document else _visible(found, data, max_pixels, deadline),
        aigc=aigc,
        c2pa=_c2pa(found),
        watermark=watermark,
        produce_id=found.records[0].values["ProduceID"] if aigc.valid else None,
        media_type=found.media_type,
    )


def verdict(labels: Labels) -> LabelVerdict:
    """Labelling measures art. 6: metadata says it (confirmed), metadata doubts (possible), traces (suspected)."""
    if labels.aigc.valid:
        by_label: dict[str, LabelVerdict] = {"1": "confirmed", "2": "possible", "3": "suspected"}
        return by_label[labels.aigc.facts["label"]]
    traces = (
        labels.aigc.found,
        labels.visible.found,
        labels.watermark.found,
        "source_type" in labels.aigc.facts,
        "source_type" in labels.c2pa.facts,
    )
    return "suspected" if any(traces) else "none"


def _aigc(found: Found) -> Layer:
    facts = _facts(found)
    if len(found.records) > 1 or (found.records and found.stray):
        return Layer(True, False, "label.aigc.several", facts | {"count": str(max(2, len(found.records)))})
    if found.records and (flaw := found.records[0].flaw) is not None:
        return Layer(True, False, f"label.aigc.broken.{flaw}", facts)
    if found.broken_packet:
        return Layer(True, False, "label.aigc.broken.packet", facts)
    if found.records and found.trailing:
        return Layer(True, False, "label.aigc.trailing", facts | {"bytes": str(found.trailing)})
    if found.records:
        label = found.records[0].label
        key = {"1": "confirmed", "2": "possible", "3": "suspected"}[label]
        return Layer(True, True, f"label.aigc.{key}", facts | {"label": label} | _maker(found))
    if found.stray:
        return Layer(True, False, "label.aigc.stray", facts)
    if found.encrypted:
        return Layer(False, None, "label.aigc.encrypted")
    return Layer(False, None, "label.aigc.source_only" if "source_type" in facts else "label.aigc.none", facts)


def _facts(found: Found) -> dict[str, str]:
    """IPTC's word on the source, where it means generated; the system and time it names."""
    facts: dict[str, str] = {
        name: _printable(found.facts[name]) for name in ("system", "version", "created") if name in found.facts
    }
    if source := generated(found.facts.get("source_type", "")):
        return facts | {"source_type": source}
    return facts if found.records else {}


def _maker(found: Found) -> dict[str, str]:
    values = found.records[0].values
    producer = values["ContentProducer"]
    return {
        "producer": "—" if may_be_personal(producer) else producer[:200],
        "produce_id": "—" if may_be_personal(values["ProduceID"]) else values["ProduceID"][:200],
    }


def _printable(value: str) -> str:
    return "".join(c if c.isprintable() else " " for c in value)[:200]


def _c2pa(found: Found) -> Layer:
    if found.c2pa is None:
        return Layer(False, None, "label.c2pa.none")
    # CBOR keeps text as it is, so the manifest's claim about its source stands in the bytes
    source = next((name for name in GENERATED if b"/" + name.encode() in found.c2pa), None)
    if source is None:
        return Layer(True, None, "label.c2pa.present")
    return Layer(True, None, "label.c2pa.present_generated", {"source_type": source})


def _visible(found: Found, data: bytes, max_pixels: int, deadline: float) -> Layer:
    if found.media_type == "image/svg+xml":
        return _outlines(found)
    kind = _PILLOW[str(found.media_type)]
    if found.width * found.height > max_pixels:
        raise TooLarge("pixels", width=found.width, height=found.height, limit=max_pixels)
    seal = recognise(_decode(data, kind, max_pixels), deadline)
    return _seen(seal) if seal is not None else Layer(False, None, "label.visible.not_recognised")


def _on_page(found: Found, page: NDArray[np.uint8] | None, deadline: float) -> Layer:
    if found.encrypted:
        return Layer(False, None, "label.visible.not_looked_for")
    if page is None:
        return Layer(False, None, "label.visible.no_time")
    seal = recognise(Image.fromarray(page), deadline)
    return _seen(seal) if seal is not None else Layer(False, None, "label.visible.not_recognised")


def _seen(seal: Recognised) -> Layer:
    facts = {"wording": seal.wording}
    if seal.measured is None:
        return Layer(True, None, "label.visible.scaled", facts)
    measured = seal.measured
    facts |= {
        "share": f"{100 * plate.REQUIRED_SHARE * measured.ink / measured.required:.1f}",
        "contrast": f"{measured.contrast:.1f}",
    }
    good = measured.keeps_the_law
    return Layer(True, good, "label.visible.valid" if good else "label.visible.faint", facts)


def _outlines(found: Found) -> Layer:
    """SVG: strangers' documents are not drawn, but the seal's outlines are recognised where drawn last."""
    for language in LANGUAGES:
        if found.outlines and found.outlines == plate.outlines(language):
            return Layer(True, None, "label.visible.outlines", {"wording": plate.wording(language)})
    return Layer(False, None, "label.visible.not_recognised")


def _decode(data: bytes, kind: str, max_pixels: int) -> Image.Image:
    """The first frame as RGB, over white: what is transparent is not seen. Raises UnreadableFile or TooLarge."""
    try:
        with Image.open(BytesIO(data), formats=[kind]) as image:
            if image.width * image.height > max_pixels:  # what Pillow believes, not only what we read
                raise TooLarge("pixels", width=image.width, height=image.height, limit=max_pixels)
            image.load()
            if not image.has_transparency_data:
                return image.convert("RGB")
            clear = image if image.mode == "RGBA" else image.convert("RGBA")
            sheet = Image.new("RGB", clear.size, "white")
            sheet.paste(clear, mask=clear.getchannel("A"))
            return sheet
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise UnreadableFile("bomb") from error
    # what Pillow's decoders raise on damage, over its formats; warnings where the caller made them errors
    except (
        OSError,
        SyntaxError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        Warning,
    ) as error:
        raise UnreadableFile("damaged") from error
