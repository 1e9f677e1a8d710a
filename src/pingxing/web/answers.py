"""What the verify page tells of one file: the answer, its facts in the reader's words, and the same as plain text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from pingxing import i18n
from pingxing.types import Language, Layer, Verification

# Every kind that `label.read` reads, with the endings that file dialogs know it by.
KINDS: dict[str, tuple[str, ...]] = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/webp": (".webp",),
    "image/gif": (".gif",),
    "image/tiff": (".tif", ".tiff"),
    "image/avif": (".avif",),
    "image/heic": (".heic",),
    "image/svg+xml": (".svg",),
    "application/pdf": (".pdf",),
    "video/mp4": (".mp4",),
    "video/quicktime": (".mov",),
    "video/x-msvideo": (".avi",),
    "video/x-matroska": (".mkv",),
    "video/webm": (".webm",),
    "video/x-flv": (".flv",),
    "audio/wav": (".wav",),
    "audio/mpeg": (".mp3",),
    "audio/mp4": (".m4a",),
    "audio/flac": (".flac",),
    "audio/ogg": (".ogg", ".opus"),
    "application/zip": (".docx", ".xlsx", ".pptx"),
    "text/markdown": (".md",),
    "application/json": (".json",),
}
ACCEPT = ",".join(ending for endings in KINDS.values() for ending in endings)
VERDICTS = ("confirmed", "possible", "suspected", "none")
MOST = 50  # files of one drop; each is a question of its own
# What becomes of each technique when a picture is saved again, sent in a chat, photographed off the screen, or cut.
FATES = {
    "visible": {"saved": "kept", "chat": "kept", "shot": "kept", "cut": "partly"},
    "aigc": {"saved": "partly", "chat": "lost", "shot": "lost", "cut": "partly"},
    "c2pa": {"saved": "lost", "chat": "lost", "shot": "lost", "cut": "lost"},
    "watermark": {"saved": "kept", "chat": "kept", "shot": "kept", "cut": "kept"},
}
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_ORDER = ("visible", "aigc", "c2pa", "watermark")


@dataclass(frozen=True, slots=True)
class Shown:
    """One technique's answer: `sign` is "yes", "odd" or "no"; `facts` are pairs of words."""

    kind: str
    sign: str
    sentence: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    name: str  # of the file, as its sender calls it; shown to the sender alone
    sha256: str
    size: int
    found: Verification
    means: str
    layers: tuple[Shown, ...]
    ledger: Shown
    text: str


def tell(name: str, sha256: str, size: int, found: Verification, language: Language, asked_at: str) -> Answer:
    """`asked_at` is the address of the page, named in the text so that whoever gets it can ask again."""
    labels = found.labels
    every = dict(zip(_ORDER, (labels.visible, labels.aigc, labels.c2pa, labels.watermark), strict=True))
    layers = tuple(_layer(kind, layer, language) for kind, layer in every.items())
    ledger = _ledger(found, language)
    means = i18n.say(language, _because(found))
    text = _text(sha256, found, means, (*layers, ledger), language, asked_at)
    return Answer(name[:80], sha256, size, found, means, layers, ledger, text)


def _because(found: Verification) -> str:
    """What the verdict rests on; the first that suffices."""
    if found.verdict != "confirmed":
        return f"web.verdict.{found.verdict}.means"
    return f"verify.because.{'aigc' if found.labels.aigc.valid else 'c2pa' if found.labels.c2pa.valid else 'watermark'}"


def _layer(kind: str, layer: Layer, language: Language) -> Shown:
    sign = "no" if not layer.found else "yes" if layer.valid else "odd"
    odds = {"false_alarm": _odds(layer.facts["false_alarm"])} if "false_alarm" in layer.facts else {}
    sentence = i18n.say(language, layer.detail, **layer.facts | odds)
    return Shown(kind, sign, sentence, tuple(_facts(layer, language)) if layer.facts else ())


def _odds(chance: str) -> str:
    """A probability as people say it: below one in ten to the n-th."""
    digits = max(0, min(15, int(-math.log10(max(float(chance), 1e-15)) + 1e-9)))
    return f"< 1 : 10{str(digits).translate(_RAISED)}"


def _facts(layer: Layer, language: Language) -> list[tuple[str, str]]:
    """What a reader may want to know beyond the sentence: which system and version, when, how, who signed."""
    said, out = layer.facts, []
    if said.get("system"):
        out.append(("system", " ".join(part for part in (said["system"], said.get("version", "")) if part)))
    if said.get("created"):
        out.append(("created", moment(said["created"])))
    if (source := said.get("source_type", "")) and i18n.knows(language, f"verify.source.{source}"):
        out.append(("source", i18n.say(language, f"verify.source.{source}")))
    if said.get("signature"):
        out.append(("signature", i18n.say(language, f"verify.signature.{said['signature']}")))
    if said.get("timestamp"):
        out.append(("timestamp", moment(said["timestamp"])))
    return [(i18n.say(language, f"verify.fact.{name}"), value) for name, value in out]


def _ledger(found: Verification, language: Language) -> Shown:
    ledger = found.ledger
    if not ledger.found:
        return Shown("ledger", "no", i18n.say(language, "verify.ledger.none"), ())
    if not ledger.proof_ok or ledger.issued_at is None:
        return Shown("ledger", "odd", i18n.say(language, "verify.ledger.broken"), ())
    key = "verify.ledger.bytes" if ledger.same_bytes else f"verify.ledger.{ledger.by}"
    key = "verify.ledger.brought" if ledger.origin == "brought" else key
    return Shown("ledger", "yes", i18n.say(language, key, index=ledger.log_index, when=_utc(ledger.issued_at)), ())


def moment(text: str) -> str:
    """A time as it stands in a file (ISO 8601), in UTC; what is no time stays as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return _utc(at) if at.tzinfo is not None else at.strftime("%Y-%m-%d %H:%M")


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _text(
    sha256: str, found: Verification, means: str, layers: tuple[Shown, ...], language: Language, asked_at: str
) -> str:
    """The answer to paste into a message. The file's name stays out: it may be somebody's."""

    def line(name: str, sentence: str) -> str:
        return i18n.say(language, "verify.text.answer", name=i18n.say(language, name), sentence=sentence)

    lines = [f"{i18n.say(language, 'verify.text.head')} {asked_at}", f"SHA-256 {sha256}", ""]
    lines.append(line(f"web.verdict.{found.verdict}", means))
    lines.append(i18n.say(language, f"verify.{found.verdict}.not"))
    lines.append("")
    for shown in layers:
        facts = "; ".join(f"{name} {value}" for name, value in shown.facts)
        lines.append("- " + line(f"verify.layer.{shown.kind}", shown.sentence) + (f" ({facts})" if facts else ""))
    if proof := found.ledger.proof:
        lines.append("- " + i18n.say(language, "verify.text.proof", size=proof.size, root=proof.root))
    return "\n".join(lines)
