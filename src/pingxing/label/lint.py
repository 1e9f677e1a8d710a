"""Which clause a generated file breaks: China, the European Union, California.

    lint(data, kit) -> tuple[Broken, ...]       empty where nothing is wrong that a program can see

The file is taken for what it will be: machine-made content that somebody is about to publish. A `must` is a duty
that the file does not keep; a `should` is a recommendation, or a duty that a program cannot judge by itself.
Words are in the catalogues under `lint.<rule>`, `lint.<rule>.fix` and the clauses' own keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from pingxing.label.finding import GENERATED
from pingxing.label.kit import PLAIN, Kit
from pingxing.label.metadata import office, texts
from pingxing.label.reading import read
from pingxing.label.record import may_be_personal
from pingxing.types import Labels, Layer

Jurisdiction = Literal["CN", "EU", "US-CA"]
Severity = Literal["must", "should"]

# catalogue keys: each law is called by the name that its readers know
ANNEX_E = "clause.annex_e"
ART_4, ART_4_TEXT = "clause.labelling_4", "clause.labelling_4_1"
ART_4_AUDIO, ART_4_IMAGE, ART_4_VIDEO = "clause.labelling_4_2", "clause.labelling_4_3", "clause.labelling_4_4"
ART_5, ART_10 = "clause.labelling_5", "clause.labelling_10"
HEIGHT = "clause.glyph_height"
CODE = "clause.provider_code"
AI_ACT, SIGNED, WATERMARK = "clause.ai_act_50_2", "clause.code_signed", "clause.code_watermark"
LATENT = "clause.sb942_latent"

_DOCUMENTS = (*office.KINDS.values(), texts.MARKDOWN, texts.SIDECAR)
_SHOWN = ("image/", "video/", "application/pdf")
_NOTICE = re.compile(
    r"(?:人工智能|AI|A\.I\.|Artificial Intelligence).{0,16}?(?:生成|合成|generat|synthe)", re.IGNORECASE
)
_WINDOW = 200  # characters at either end of a text in which its notice is looked for
_PROVIDER = re.compile(r"0011([0-9A-HJ-NPQRTUWXY]{18})[12][0-9A-Za-z]{4}")
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: digits and letters less I, O, S, V, Z
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


_NONE = Layer(False, None, "label.aigc.none")
_NOTHING = Labels(_NONE, _NONE, _NONE, _NONE)


@dataclass(frozen=True, slots=True)
class Broken:
    """One finding. `rule` is the catalogue key's last part; `facts` fill the words' blanks."""

    rule: str
    clauses: tuple[str, ...]
    jurisdiction: Jurisdiction
    severity: Severity
    facts: dict[str, str] = field(default_factory=dict)


def lint(data: bytes, kit: Kit = PLAIN, *, text: bool = False, beside: bytes | None = None) -> tuple[Broken, ...]:
    """What a file breaks, China first. Raises UnreadableFile, TooLarge as `read` does.

    `text`: the file's name says that it is text, which nothing in its bytes does; `beside` is its label file.
    """
    labels = read(data, kit) if data or not text else _NOTHING
    if labels.media_type is None and text:
        labels = read(beside) if beside is not None and texts.describes(beside, data) else _NOTHING
        notice = () if _has_notice(data) else (Broken("no_notice", (ART_4_TEXT,), "CN", "must"),)
        return (*_record(labels), *notice)
    if labels.media_type is None:
        return (Broken("unknown_kind", (ART_5,), "CN", "should"),)
    return (*_china(labels, data), *_union(labels, kit), *_california(labels))


def ok(found: tuple[Broken, ...]) -> bool:
    """Whether no duty is broken."""
    return not any(one.severity == "must" for one in found)


# --- China: labelling measures, GB 45438-2025, practice guides TC260 ----------------------------------------


def _china(labels: Labels, data: bytes) -> Iterator[Broken]:
    yield from _record(labels)
    yield from _visible(labels, data)


def _record(labels: Labels) -> Iterator[Broken]:
    aigc = labels.aigc
    if not aigc.found:
        rule = "encrypted" if aigc.detail == "label.aigc.encrypted" else "no_metadata"
        yield Broken(rule, (ART_5, ANNEX_E), "CN", "must")
        return
    if not aigc.valid:
        rule = aigc.detail.removeprefix("label.aigc.").replace("broken.", "broken_")
        clauses = (ART_10,) if rule in ("stray", "trailing") else (ANNEX_E,)
        yield Broken(rule, clauses, "CN", "must", {k: v for k, v in aigc.facts.items() if k in ("count", "bytes")})
        return
    producer = aigc.facts["producer"]
    if producer == "—" or may_be_personal(producer):
        yield Broken("personal_producer", (CODE,), "CN", "should")
    elif not provider_code(producer):
        yield Broken("producer_code", (CODE,), "CN", "should", {"producer": producer})


def provider_code(code: str) -> bool:
    """27 characters: 00, organisation, credit code (with its check character, GB 32100-2015), role, model."""
    match = _PROVIDER.fullmatch(code)
    if match is None:
        return False
    credit = match[1]
    total = sum(_USCC.index(c) * w for c, w in zip(credit, _USCC_WEIGHTS, strict=False))
    return _USCC[(31 - total % 31) % 31] == credit[17]


def _visible(labels: Labels, data: bytes) -> Iterator[Broken]:
    visible, kind = labels.visible, labels.media_type or ""
    if kind == texts.MARKDOWN:
        if not _has_notice(data):
            yield Broken("no_notice", (ART_4_TEXT,), "CN", "must")
    elif kind.startswith("audio/") and visible.detail != "label.visible.unheard":
        if not visible.found:
            yield Broken("no_rhythm", (ART_4_AUDIO,), "CN", "should")  # it may be spoken, which nobody here hears
    elif not kind.startswith(_SHOWN) or visible.detail == "label.visible.no_frames":
        if kind != texts.SIDECAR:
            yield Broken("visible_unchecked", (ART_4,), "CN", "should")
    else:
        article = ART_4_VIDEO if kind.startswith("video/") else ART_4_IMAGE
        if visible.found and visible.valid is False:
            facts = {k: v for k, v in visible.facts.items() if k in ("share", "contrast")}
            yield Broken("faint", (article, HEIGHT), "CN", "must", facts)
        elif not visible.found or visible.detail == "label.visible.some_frames":
            # marks of other makers are not recognised, so this is a question and no verdict
            yield Broken("no_visible", (article,), "CN", "should")


def _has_notice(data: bytes) -> bool:
    """Whether a text says at its start or end that it was generated (labelling measures art. 4(1))."""
    text = data.decode("utf-8-sig", "replace")
    if text.startswith("---"):
        text = re.split(r"^(?:---|\.\.\.)[ \t]*$", text, maxsplit=2, flags=re.MULTILINE)[-1]
    text = text.strip()
    return bool(_NOTICE.search(text[:_WINDOW]) or _NOTICE.search(text[-_WINDOW:]))


# --- European Union: AI Act art. 50(2), code of practice ----------------------------------------------------


def _union(labels: Labels, kit: Kit) -> Iterator[Broken]:
    if labels.media_type in (texts.MARKDOWN, texts.SIDECAR):
        return  # the two layers are asked of image, sound and video
    named = labels.aigc.facts.get("source_type") or labels.c2pa.facts.get("source_type")
    if not (labels.aigc.valid or labels.c2pa.found or labels.watermark.found or named):
        yield Broken("not_machine_readable", (AI_ACT,), "EU", "must")
    if labels.media_type in _DOCUMENTS:
        return
    c2pa = labels.c2pa
    if not c2pa.found:
        yield Broken("not_signed", (SIGNED,), "EU", "should")
    elif c2pa.valid is False:
        yield Broken("signature_broken", (SIGNED,), "EU", "must")
    else:
        if c2pa.facts.get("source_type") not in GENERATED:
            yield Broken("source_type", (SIGNED,), "EU", "should")
        if "timestamp" not in c2pa.facts:
            yield Broken("no_timestamp", (SIGNED,), "EU", "should")
    if not labels.watermark.found:
        looked = bool(kit.keys) and labels.watermark.detail == "label.watermark.none"
        yield Broken("no_watermark" if looked else "watermark_unchecked", (WATERMARK,), "EU", "should")


# --- California: SB 942, latent disclosure ------------------------------------------------------------------


def _california(labels: Labels) -> Iterator[Broken]:
    """Provider, system and version, date and time, unique identifier: in image, video and sound."""
    if labels.media_type in _DOCUMENTS or labels.media_type == "application/pdf":
        return
    said = labels.c2pa.facts | labels.aigc.facts
    has = {
        "provider": labels.aigc.valid or "producer" in said,
        "system": "system" in said,
        "version": "version" in said,
        "created": "created" in said,
        "identifier": bool(labels.produce_id) or labels.tag is not None,
    }
    for name, there in has.items():
        if not there:
            yield Broken(f"latent_{name}", (LATENT,), "US-CA", "must")
