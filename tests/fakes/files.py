"""A small sample of every container, made here and now: Pillow, FFmpeg (PyAV), zipfile, pypdf and struct."""

from __future__ import annotations

import struct
import wave
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
from PIL import Image
from tests.fakes.pictures import photo

PICTURES = {
    "image/jpeg": ("JPEG", {"quality": 80}),
    "image/png": ("PNG", {}),
    "image/webp": ("WEBP", {}),
    "image/gif": ("GIF", {}),
    "image/tiff": ("TIFF", {}),
    "image/avif": ("AVIF", {"speed": 10}),
}
VIDEOS = {
    "video/mp4": ("mp4", "mpeg4", {}),
    "video/quicktime": ("mov", "mpeg4", {}),
    "video/x-matroska": ("matroska", "mpeg4", {}),
    "video/webm": ("webm", "libvpx", {}),
    "video/x-msvideo": ("avi", "mpeg4", {}),
    "video/x-flv": ("flv", "flv", {}),
}
SOUNDS = {
    "audio/mp4": ("ipod", "aac"),
    "audio/mpeg": ("mp3", "libmp3lame"),
    "audio/flac": ("flac", "flac"),
    "audio/ogg": ("ogg", "libopus"),
}
OFFICE = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "word/document.xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xl/workbook.xml",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "ppt/presentation.xml",
}


def image(kind: str, width: int = 48, height: int = 40, seed: int = 1, **options: object) -> bytes:
    name, usual = PICTURES[kind]
    out = BytesIO()
    Image.fromarray(photo(width, height, seed)).save(out, name, **(usual | options))
    return out.getvalue()


def video(kind: str, frames: int = 5, tags: dict[str, str] | None = None, **options: str) -> bytes:
    import av

    form, codec, usual = VIDEOS[kind]
    with TemporaryDirectory() as folder:  # `faststart` opens its own output a second time
        path = Path(folder) / "file"
        with av.open(str(path), "w", format=form, options=usual | options) as container:
            container.metadata.update(tags or {})
            _draw(container, codec, frames)
        return path.read_bytes()


def _draw(container: Any, codec: str, frames: int) -> None:
    import av

    stream = container.add_stream(codec, rate=10)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    for i in range(frames):
        picture = av.VideoFrame.from_ndarray(photo(64, 48, i + 1), format="rgb24")
        for packet in stream.encode(picture):
            container.mux(packet)
    for packet in stream.encode(None):
        container.mux(packet)


def sound(kind: str, tags: dict[str, str] | None = None, codec: str = "") -> bytes:
    if kind == "audio/wav":
        out = BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8_000)
            file.writeframes(tone(800).tobytes())
        return out.getvalue()
    import av

    form, usual = SOUNDS[kind]
    out = BytesIO()
    with av.open(out, "w", format=form) as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(codec or usual, rate=48_000, layout="stereo")
        stream.codec_context.options = {"strict": "experimental"}
        fifo = av.AudioFifo()
        samples = np.stack([tone(9_600), tone(9_600)], axis=1).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
        frame.sample_rate = 48_000
        fifo.write(frame)
        resampler = av.AudioResampler(stream.codec_context.format, "stereo", 48_000)
        while chunk := fifo.read(stream.codec_context.frame_size or 1_024, partial=True):
            for ready in resampler.resample(chunk):
                for packet in stream.encode(ready):
                    container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return out.getvalue()


def tone(samples: int) -> np.ndarray:
    return (8_000 * np.sin(np.arange(samples) / 9)).astype("<i2")


def office(kind: str, *, custom: bool = False) -> bytes:
    """The least that Office opens: content types, relations and one part. `custom`: with properties of its own."""
    main = OFFICE[kind]
    out = BytesIO()
    package = "http://schemas.openxmlformats.org/package/2006"
    media = "application/vnd.openxmlformats"
    related = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    types = (
        f'<Default Extension="rels" ContentType="{media}-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{main}" ContentType="{kind}.main+xml"/>'
    )
    relations = f'<Relationship Id="rId1" Type="{related}/officeDocument" Target="{main}"/>'
    parts = {main: "<root/>"}
    if custom:
        types += (
            f'<Override PartName="/docProps/custom.xml" ContentType="{media}-officedocument.custom-properties+xml"/>'
        )
        relations += f'<Relationship Id="rId2" Type="{related}/custom-properties" Target="docProps/custom.xml"/>'
        parts["docProps/custom.xml"] = (
            '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
            'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
            '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="Client"><vt:lpwstr>甲</vt:lpwstr>'
            "</property></Properties>"
        )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">{relations}</Relationships>',
        **parts,
    }
    with ZipFile(out, "w", ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(ZipInfo(name, (2026, 1, 1, 0, 0, 0)), head + text, ZIP_DEFLATED)
    return out.getvalue()


def pdf() -> bytes:
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(200, 100)
    writer.add_metadata({"/Title": "Plan"})
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="80" height="60"><rect width="80" height="60" fill="#369"/></svg>'
MARKDOWN = b"---\ntitle: Plan\ntags: [a, b]\n---\n\n# Plan\n\nText.\n"
TEXT = "一段文字。\n".encode()


@cache
def sample(kind: str) -> bytes:
    """The plainest file of a kind, without any label."""
    if kind in PICTURES:
        return image(kind)
    if kind in VIDEOS:
        return video(kind)
    if kind in SOUNDS or kind == "audio/wav":
        return sound(kind)
    if kind in OFFICE:
        return office(kind)
    plain = {"image/svg+xml": SVG, "text/markdown": MARKDOWN, "application/pdf": pdf()}
    return plain[kind]


def chunk(kind: bytes, body: bytes) -> bytes:
    """A RIFF chunk."""
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)
