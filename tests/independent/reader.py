"""A regulator's tool: reads the AIGC label of any file with other people's libraries, and judges it.

Nothing of Pingxing is imported here, and nothing of its code was copied: Pillow, pypdf, zipfile, ElementTree, PyYAML
and FFmpeg (PyAV) find the label, `struct` where no library looks (WAV's own chunk). Written from GB 45438-2025
annex E and the practice guides TC260-PG-20257A (video), 20258A (text), 20259A (pictures) and 202510A (sound).

    labels(data) -> list[str]       every record that the libraries find, as text
    problems(data) -> list[str]     what a regulator would object to; empty where there is exactly one valid label

    python tests/independent/reader.py FILE...
"""

from __future__ import annotations

import io
import json
import struct
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import av
import pypdf
import yaml
from PIL import Image

KEY = "AIGC"
ELEMENT = "{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC"
PROPERTY = "{http://schemas.openxmlformats.org/officeDocument/2006/custom-properties}property"
MEMBERS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
REQUIRED = {"Label", "ContentProducer", "ProduceID", "ContentPropagator", "PropagateID"}


def labels(data: bytes) -> list[str]:
    """Raises ValueError for a file of no known kind, and whatever the libraries say of a damaged one."""
    head = data[:16]
    if head.startswith(b"%PDF"):
        return _pdf(data)
    if head.startswith(b"PK\3\4"):
        return _office(data)
    if head.removeprefix(b"\xef\xbb\xbf").startswith(b"---"):
        return [_compact(yaml.safe_load(data.decode("utf-8-sig").split("\n---", 1)[0])[KEY])]
    if head.lstrip().startswith(b"{"):
        return [_compact(json.loads(data)[KEY])]
    if head.lstrip().startswith(b"<"):
        return _xmp(data)
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return _wave(data)
    if _media(head):
        return _ffmpeg(data)
    return _picture(data)


def _media(head: bytes) -> bool:
    avi = head[:4] == b"RIFF" and head[8:12] == b"AVI "
    film = head[4:8] == b"ftyp" and head[8:12] not in (b"avif", b"avis")
    return avi or film or head[:4] in (b"\x1a\x45\xdf\xa3", b"fLaC", b"OggS", b"FLV\1") or head[:3] == b"ID3"


def _compact(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _xmp(document: bytes) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(document).iter(ELEMENT)]


def _picture(data: bytes) -> list[str]:
    with Image.open(io.BytesIO(data)) as image:
        packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
        if image.format == "TIFF" and image.tag_v2.tagtype[0x2BC] != 7:  # the guide wants "undefined"
            raise ValueError("tag 0x2BC of another type")
        if image.format == "GIF":
            name, start = image.info["extension"]
            assert name == b"XMP DataXMP", name
            # a reader of GIF that takes the packet for blocks must come out at the same place
            packet = data[start : data.index(b"\x01\xff\xfe", start)]
        image.load()
    if packet is None:
        return []
    return _xmp(packet.encode() if isinstance(packet, str) else packet.rstrip(b"\0"))


def _pdf(data: bytes) -> list[str]:
    reader = pypdf.PdfReader(io.BytesIO(data))
    info = [str(reader.metadata["/AIGC"])] if reader.metadata and "/AIGC" in reader.metadata else []
    said = reader.xmp_metadata
    xmp = _xmp(said.stream.get_data()) if said is not None else []
    return info if info == xmp else info + xmp  # ISO 32000: the same, said twice


def _office(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        broken = archive.testzip()
        if broken is not None:
            raise ValueError(f"damaged: {broken}")
        if "docProps/custom.xml" not in archive.namelist():
            return []
        if b"docProps/custom.xml" not in archive.read("[Content_Types].xml"):
            raise ValueError("custom.xml has no content type")
        if b"docProps/custom.xml" not in archive.read("_rels/.rels"):
            raise ValueError("nothing relates to custom.xml")
        root = ElementTree.fromstring(archive.read("docProps/custom.xml"))
        numbers = [p.get("pid") for p in root.iter(PROPERTY)]
        if len(set(numbers)) != len(numbers):
            raise ValueError("two properties of one number")
        return ["".join(p.itertext()) for p in root.iter(PROPERTY) if p.get("name") == KEY]


def _wave(data: bytes) -> list[str]:
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 != len(data):
        raise ValueError("RIFF size")
    found, at = [], 12
    while at < len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        if name == b"AIGC":
            found.append(data[at + 8 : at + 8 + length].decode("ascii"))
        at += 8 + length + length % 2
    if at != len(data):
        raise ValueError("chunks do not end where the file ends")
    return found


def _ffmpeg(data: bytes) -> list[str]:
    with av.open(io.BytesIO(data)) as container:
        places = [container.metadata, *(stream.metadata for stream in container.streams)]
        packets = sum(1 for packet in container.demux() if packet.size)
    if not packets:
        raise ValueError("nothing to play")
    return [place[KEY] for place in places if KEY in place]


def problems(data: bytes) -> list[str]:
    try:
        found = labels(data)
    except Exception as error:  # whatever a library says of the file is the finding
        return [f"unreadable: {error!r}"]
    if len(found) != 1:
        return [f"{len(found)} labels instead of one"]
    return [*_judge(found[0]), *_hidden(data)]


def _judge(text: str) -> list[str]:
    if not text.startswith("{"):
        return ["no plain JSON"]
    pairs = json.loads(text, object_pairs_hook=list)
    wrong = []
    if tuple(name for name, _ in pairs) != MEMBERS:
        wrong.append("annex E: other members, spelling or order")
    for name, value in pairs:
        if not isinstance(value, str):
            wrong.append(f"annex E: {name} is no string")
        elif any(not 0x21 <= ord(c) <= 0x7E or c in '"\\' for c in value):
            wrong.append(f"annex E: {name} holds other characters than 0x21-0x7E")
        elif not value and name in REQUIRED:
            wrong.append(f"annex E: {name} is empty")
    if dict(pairs).get("Label") not in ("1", "2", "3"):
        wrong.append("annex E: Label")
    return wrong


def _hidden(data: bytes) -> list[str]:
    """A second record that no library shows, left somewhere in the bytes."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            times = sum(archive.read(name).count(b"ContentProducer") for name in archive.namelist())
    elif data.startswith(b"%PDF"):
        times = data.count(b'"ContentProducer"') - 1  # Info, and XMP, which pypdf leaves uncompressed
    elif data.startswith(b"OggS"):
        times = 1  # a page may end in the middle of the word
    else:
        times = data.count(b"ContentProducer")
    return [] if times == 1 else [f"{times} records in the bytes"]


def main(paths: list[str]) -> int:
    wrong = {path: problems(Path(path).read_bytes()) for path in paths}
    for path, found in wrong.items():
        print(f"{path}: {'; '.join(found) or 'one valid label'}")
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
