"""Which files are taken, what they are called when they leave, and how much of them there may be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from pingxing.errors import UnreadableFile
from pingxing.label.containers import sniff
from pingxing.label.metadata import texts

Family = Literal["picture", "drawing", "document", "text", "sound", "film"]

FAMILIES: dict[str, Family] = {
    "image/png": "picture",
    "image/jpeg": "picture",
    "image/webp": "picture",
    "image/svg+xml": "drawing",
    "application/pdf": "document",
    "text/plain": "text",
    texts.MARKDOWN: "text",
    "audio/wav": "sound",
    "audio/mpeg": "sound",
    "audio/flac": "sound",
    "audio/ogg": "sound",
    "audio/mp4": "sound",
    "video/mp4": "film",
    "video/quicktime": "film",
    "video/webm": "film",
    "video/x-matroska": "film",
    "video/x-msvideo": "film",
}
ENDINGS: dict[str, str] = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/svg+xml": ".svg",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    texts.MARKDOWN: ".md",
    texts.SIDECAR: ".json",
    "audio/wav": ".wav",
    "audio/mpeg": ".mp3",
    "audio/flac": ".flac",
    "audio/ogg": ".ogg",
    "audio/mp4": ".m4a",
    "video/mp4": ".mp4",
}
"""Of what leaves. A film leaves as MP4, whatever it came as."""
ACCEPT = (
    *(".png", ".jpg", ".jpeg", ".webp", ".svg", ".pdf", ".txt", ".md", ".wav", ".mp3", ".flac", ".ogg", ".opus"),
    *(".m4a", ".mp4", ".mov", ".webm", ".mkv", ".avi"),
)
"""Endings as file dialogs know them."""

MAX_CHARS = 100_000  # of a text
MAX_PAGES = 60  # of a document; each is looked at
MAX_SOUND_SECONDS = 1_800
MAX_FILM_SECONDS = 180
MAX_FRAMES = 10_800  # of a film: three minutes at sixty a second
MAX_FRAME_PIXELS = 1920 * 1088
MAX_FILM_PIXELS = (
    2_500_000_000  # of all frames: 48 s of 1080p at 25 a second, 108 s of 720p; some six minutes of a core
)
MAX_NAME = 200  # characters of a file's name
_TEXTS = {".txt": "text/plain", ".md": texts.MARKDOWN, ".markdown": texts.MARKDOWN}


@dataclass(frozen=True, slots=True)
class Brought:
    """A file as it came. `name` is how its owner calls it, without folders."""

    data: bytes
    name: str
    media_type: str

    @property
    def family(self) -> Family:
        return FAMILIES[self.media_type]


def brought(data: bytes, name: str) -> Brought:
    """What a file is, by its first bytes; a text, which looks like nothing, by its name's ending.

    Raises UnreadableFile (empty, label_kind).
    """
    if not data:
        raise UnreadableFile("empty")
    called = PurePath("".join(c if c.isprintable() else "_" for c in name).replace("\\", "/")).name[-MAX_NAME:]
    media_type = sniff(data)
    if media_type in (None, texts.MARKDOWN):
        media_type = _TEXTS.get(PurePath(called).suffix.lower())
    if media_type not in FAMILIES:
        raise UnreadableFile("label_kind", known=", ".join(ACCEPT))
    return Brought(data, called, media_type)
