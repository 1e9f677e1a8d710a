"""What the bytes of any file say about how they were made. For files from strangers.

    read(data) -> Labels        four layers, each with a plain answer
    verdict(labels) -> ...      the one word of the labelling measures, art. 6

Bounded before anything is followed: bytes, declared pixels, metadata, depth, time. What cannot be
read is an UnreadableFile or TooLarge with a reason; everything else is an answer.
"""

from __future__ import annotations

from io import BytesIO
from time import monotonic
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pingxing.errors import TooLarge, UnreadableFile
from pingxing.label import apart, c2pa, plate
from pingxing.label.containers import sniff
from pingxing.label.finding import GENERATED, Found, find, generated
from pingxing.label.kit import PLAIN, Kit
from pingxing.label.media.text import notice_line
from pingxing.label.metadata import texts
from pingxing.label.recognising import Recognised, recognise
from pingxing.label.record import may_be_personal
from pingxing.label.signing import check_signature
from pingxing.label.watermark import Detection, detect
from pingxing.types import LANGUAGES, MAX_PIXELS, MAX_SIDE, Labels, LabelVerdict, Layer

if TYPE_CHECKING:
    from pingxing.label.media.looking import Looked

MAX_BYTES = 256 << 20
_PILLOW = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/tiff": "TIFF",
    "image/avif": "AVIF",
}
_PDF_SECONDS = 3  # of a processor
_FILM_SECONDS = 4.0
_SOUND_SECONDS, _LONGEST_SOUND = 4, 1e6  # of a processor; of what is listened to near its ends
_TEXT_END = 4_000  # bytes of either end of a text in which its notice is looked for
_LEAST_CHANCE = 1e-15  # what is smaller is beyond the model it was computed with; nothing is certain
SMALLEST_READ = 96  # pixels of the shorter side below which no watermark can be found
_NOT_A_PICTURE = Layer(False, None, "label.not_a_picture")


def read(
    data: bytes,
    kit: Kit = PLAIN,
    *,
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
    seconds: float = 10.0,
) -> Labels:
    """Read every label of one file. Keeps nothing. `kit` has the watermark's keys and the trusted roots.

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
        document, page = apart.read_pdf(data, _PDF_SECONDS, seconds)
    found = find(data, document)
    if found.media_type is None:
        return Labels(_noticed(data) or _NOT_A_PICTURE, _NOT_A_PICTURE, _NOT_A_PICTURE, _NOT_A_PICTURE)
    aigc = _aigc(found, kit)
    image = _page(found, page) if document else _picture(found, data, max_pixels)
    film = found.media_type.startswith("video/")
    looked = _look(data, kit, max_pixels, deadline) if film else None
    watermark, tag = _frames_marked(looked, kit) if film else _watermark(image, kit)
    if found.media_type == "image/svg+xml":
        visible = _outlines(found)
    elif found.media_type == texts.MARKDOWN:
        visible = _noticed(data) or Layer(False, None, "label.visible.no_notice")
    elif found.media_type.startswith("audio/"):
        visible = _heard(data, deadline)
    else:
        visible = _frames_sealed(looked) if film else _visible(found, image, deadline)
    return Labels(
        visible=visible,
        aigc=aigc,
        c2pa=_c2pa(found, data, kit),
        watermark=watermark,
        tag=tag,
        produce_id=found.records[0].values["ProduceID"] if aigc.valid else None,
        propagate_id=found.records[0].values["PropagateID"] if aigc.valid else None,
        media_type=found.media_type,
    )


def verdict(labels: Labels) -> LabelVerdict:
    """Labelling measures art. 6: metadata says it (confirmed), metadata doubts (possible), traces (suspected)."""
    if labels.aigc.valid:
        by_label: dict[str, LabelVerdict] = {"1": "confirmed", "2": "possible", "3": "suspected"}
        return by_label[labels.aigc.facts["label"]]
    if labels.c2pa.valid and labels.c2pa.facts.get("source_type") in GENERATED:
        return "confirmed"  # metadata that says so, signed by somebody trusted here
    traces = (
        labels.aigc.found,
        labels.visible.found,
        labels.watermark.found,
        "source_type" in labels.aigc.facts,
        labels.c2pa.facts.get("source_type") in GENERATED,
    )
    return "suspected" if any(traces) else "none"


def _aigc(found: Found, kit: Kit) -> Layer:
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
        signed = _signed(found, kit)
        if signed == "false":
            return Layer(True, False, "label.aigc.forged", facts | {"producer": _maker(found)["producer"]})
        facts |= {"signature": signed}
        key = {"1": "confirmed", "2": "possible", "3": "suspected"}[label]
        return Layer(True, True, f"label.aigc.{key}", facts | {"label": label} | _maker(found))
    if found.stray:
        return Layer(True, False, "label.aigc.stray", facts)
    if found.encrypted:
        return Layer(False, None, "label.aigc.encrypted")
    return Layer(False, None, "label.aigc.source_only" if "source_type" in facts else "label.aigc.none", facts)


def _signed(found: Found, kit: Kit) -> Literal["known", "unknown", "false"]:
    """Whether ReservedCode1 holds the signature of the provider that the record names.

    False only where the provider is one that always signs, with a code of its own: then somebody else wrote it.
    """
    record = found.records[0].aigc
    if record is None:
        return "unknown"
    makers = [maker for maker in kit.makers if maker.code == record.producer]
    if any(check_signature(record, maker.key) for maker in makers):
        return "known"
    return "false" if any(maker.own_code for maker in makers) else "unknown"


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


def _c2pa(found: Found, data: bytes, kit: Kit) -> Layer:
    if found.c2pa is None:
        return Layer(False, None, "label.c2pa.none")
    said = c2pa.look(data, str(found.media_type), kit.anchors) if found.media_type in c2pa.SIGNABLE else None
    if said is None:  # there is something, and the library cannot read it: CBOR keeps text as it is
        source = next((name for name in GENERATED if b"/" + name.encode() in found.c2pa), None)
        return Layer(True, False, "label.c2pa.unreadable", {"source_type": source} if source else {})
    named = {"source_type": said.source_type, "system": said.system, "version": said.version, "created": said.created}
    facts = {name: value for name, value in (named | {"timestamp": said.timestamp}).items() if value}
    if said.state == "invalid":
        return Layer(True, False, "label.c2pa.invalid", facts | {"problem": said.problem or "claim"})
    if said.state == "trusted":
        return Layer(True, True, "label.c2pa.trusted", facts)
    return Layer(True, None, "label.c2pa.unknown_signer", facts)  # whole, by somebody we cannot vouch for


def _watermark(image: Image.Image | None, kit: Kit) -> tuple[Layer, int | None]:
    """What the picture itself says, and the tag of a receipt where it says one."""
    if not kit.keys or image is None:
        return Layer(False, None, "label.watermark.not_looked_for"), None
    if min(image.size) < SMALLEST_READ:
        return Layer(False, None, "label.watermark.too_small"), None
    if max(image.size) > MAX_SIDE:
        return Layer(False, None, "label.watermark.too_long"), None
    return _told(detect(np.asarray(image.convert("RGB")), kit.keys))


def _look(data: bytes, kit: Kit, max_pixels: int, deadline: float) -> Looked | None:
    """A film's frames; one that cannot be looked at (no decoder, damaged, too slow) says nothing."""
    from pingxing.label.media.looking import look

    return look(data, kit.keys, max_pixels, min(_FILM_SECONDS, deadline - monotonic()))


def _frames_marked(looked: Looked | None, kit: Kit) -> tuple[Layer, int | None]:
    if looked is None or not kit.keys:
        return Layer(False, None, "label.watermark.not_looked_for"), None
    if looked.small:
        return Layer(False, None, "label.watermark.too_small"), None
    return _told(looked.seen)


def _frames_sealed(looked: Looked | None) -> Layer:
    """What the frames that were looked at show; of several seals the one that keeps the rule least."""
    if looked is None:
        return Layer(False, None, "label.visible.no_frames")
    seals = [seal for seal in looked.seals if seal is not None]
    if not seals:
        return Layer(False, None, "label.visible.not_recognised")
    if len(seals) < len(looked.seals):
        return Layer(True, None, "label.visible.some_frames", {"wording": seals[0].wording})
    return _seen(min(seals, key=_kept))


def _kept(seal: Recognised) -> tuple[bool, float]:
    """For order: below the law, then merely seen, then lawful; and by the letters' height."""
    measured = seal.measured
    if measured is None:
        return True, 0.0
    return measured.keeps_the_law, measured.ink / measured.required


def _told(seen: Detection) -> tuple[Layer, int | None]:
    if not seen.found:
        return Layer(False, None, "label.watermark.none"), None
    return Layer(
        True, True, "label.watermark.found", {"false_alarm": f"{max(seen.false_alarm, _LEAST_CHANCE):.0e}"}
    ), seen.tag


def _noticed(data: bytes) -> Layer | None:
    """The notice at the start or the end of what may be a text, where there is one."""
    ends = (data,) if len(data) <= 2 * _TEXT_END else (data[:_TEXT_END], data[-_TEXT_END:])
    if any(b"\0" in end for end in ends):
        return None
    for end in ends:
        text = end.decode("utf-8", "ignore").removeprefix("\ufeff")
        line = notice_line(texts.parted(text)[1].strip())
        if line is not None:
            return Layer(True, True, "label.visible.notice", {"wording": line})
    return None


def _heard(data: bytes, deadline: float) -> Layer:
    """The rhythm near the start or the end of a sound."""
    from pingxing.label.foreign import apart as workshop

    if monotonic() > deadline:
        return Layer(False, None, "label.visible.no_time")
    try:
        answer, _ = workshop.run("sound.listen", data, _SOUND_SECONDS, seconds=_LONGEST_SOUND)
    except UnreadableFile:  # no decoder here, damaged, too slow: its metadata were read, and that is told
        return Layer(False, None, "label.visible.unheard")
    if answer["at"] is None:
        return Layer(False, None, "label.visible.no_rhythm")
    return Layer(True, True, "label.visible.rhythm", {"wording": "▪ ▬ ▪ ▪", "at": f"{answer['at']:.1f}"})


def _visible(found: Found, image: Image.Image | None, deadline: float) -> Layer:
    if found.encrypted or not (found.media_type in _PILLOW or found.media_type == "application/pdf"):
        return Layer(False, None, "label.visible.not_looked_for")
    if image is None:
        return Layer(False, None, "label.visible.no_time")
    seal = recognise(image, deadline)
    if seal is None:
        return Layer(False, None, "label.visible.not_recognised")
    if seal.measured is None and found.media_type == "application/pdf":  # drawn smaller, or not in whole pixels
        return Layer(True, None, "label.visible.page", {"wording": seal.wording})
    return _seen(seal)


def _picture(found: Found, data: bytes, max_pixels: int) -> Image.Image | None:
    """The pixels of a still picture. Strangers' SVG is not drawn, sound and text are read for metadata only."""
    if found.media_type not in _PILLOW:
        return None
    if found.width * found.height > max_pixels:
        raise TooLarge("pixels", width=found.width, height=found.height, limit=max_pixels)
    return _decode(data, _PILLOW[str(found.media_type)], max_pixels)


def _page(found: Found, page: NDArray[np.uint8] | None) -> Image.Image | None:
    return None if found.encrypted or page is None else Image.fromarray(page)


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
        RuntimeError,
        Warning,
    ) as error:
        raise UnreadableFile("damaged") from error
