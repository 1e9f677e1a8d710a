"""Matroska and WebM: a SimpleTag `AIGC` in Segment.Tags (practice guide TC260-PG-20257A; RFC 9559).

Clusters and cues are never moved: the tags go where the old ones were if they fit there with the padding around,
else to the end of the segment, and the seek head is told. Checksums of what is rewritten are left out, which
RFC 8794 allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label.containers import Contents
from pingxing.label.metadata.merging import Label
from pingxing.label.xmp import TAGS, tags

SEGMENT, SEEK_HEAD, TAGS_ID, CLUSTER, VOID, CRC = 0x18538067, 0x114D9B74, 0x1254C367, 0x1F43B675, 0xEC, 0xBF
TAG, TARGETS, SIMPLE, NAME, STRING, BINARY = 0x7373, 0x63C0, 0x67C8, 0x45A3, 0x4487, 0x4485
SEEK, SEEK_ID = 0x4DBB, 0x53AB
_OPEN = {SEGMENT, CLUSTER}  # of nothing else may the size be left open (RFC 9559, 5.1)
_LEVEL_1 = {SEEK_HEAD, TAGS_ID, CLUSTER, 0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x1043A770, 0x1941A469}
_MAX_ELEMENTS = 200_000
_MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Element:
    kind: int
    start: int
    body: int
    end: int
    unknown: bool  # live streams leave the size open


class Elements:
    """A reader with one budget for all levels of a file."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._left = _MAX_ELEMENTS

    def within(self, at: int, end: int) -> Iterator[Element]:
        """Raises UnreadableFile (truncated, damaged, bomb)."""
        while at < end:
            one = self._at(at, end)
            if one.unknown and one.kind == CLUSTER:
                one = Element(one.kind, one.start, one.body, self._end_of_cluster(one.body, end), True)
            yield one
            at = one.end

    def _at(self, at: int, end: int) -> Element:
        self._left -= 1
        if self._left < 0:
            raise UnreadableFile("bomb")
        kind, width = self._number(at, end, keep=True)
        size, more = self._number(at + width, end, keep=False)
        body = at + width + more
        unknown = size == (1 << 7 * more) - 1
        if unknown and kind not in _OPEN:
            raise UnreadableFile("damaged")
        if not unknown and body + size > end:
            raise UnreadableFile("truncated")
        return Element(kind, at, body, end if unknown else body + size, unknown)

    def _number(self, at: int, end: int, *, keep: bool) -> tuple[int, int]:
        """A variable-length number (RFC 8794, 4): its value and its width in bytes."""
        width = 9 - int.from_bytes(self.data[at : at + 1], "big").bit_length()
        if at + width > end:
            raise UnreadableFile("truncated")
        if width > (4 if keep else 8):
            raise UnreadableFile("damaged")
        value = int.from_bytes(self.data[at : at + width], "big")
        return (value if keep else value & (1 << 7 * width) - 1), width

    def _end_of_cluster(self, at: int, end: int) -> int:
        while at < end:
            one = self._at(at, end)
            if one.kind in _LEVEL_1 or one.kind == SEGMENT:
                return at
            at = one.end
        return end


def element(kind: int, body: bytes, least: int = 1) -> bytes:
    return kind.to_bytes((kind.bit_length() + 7) // 8, "big") + _size(len(body), least) + body


def _size(size: int, least: int = 1) -> bytes:
    """In `least` bytes, or as many more as it needs; all bits set would leave it open."""
    width = next(w for w in range(least, 9) if size < (1 << 7 * w) - 1)
    return (size | 1 << 7 * width).to_bytes(width, "big")


def _void(size: int) -> bytes:
    """Padding of exactly `size` bytes, two at least."""
    width = 1 if size < 2 + 126 else 8
    return element(VOID, bytes(size - 1 - width), width)


def read(data: bytes) -> Contents:
    elements = Elements(data)
    found = Contents("video/x-matroska", end=len(data))
    for top in elements.within(0, len(data)):
        if top.kind == SEGMENT:
            for one in elements.within(top.body, top.end):
                if one.kind == TAGS_ID:
                    for tag in elements.within(one.body, one.end):
                        if tag.kind == TAG:
                            found.texts.extend(_records(elements, tag, 0))
                            found.facts |= _facts(elements, tag)
    return found


def _facts(elements: Elements, tag: Element) -> dict[str, str]:
    said = {}
    for child in elements.within(tag.body, tag.end):
        if child.kind == SIMPLE:
            name, value = _name_and_value(elements, child)
            if name in TAGS:
                said[TAGS[name]] = value
    return said


def _records(elements: Elements, parent: Element, depth: int) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        raise UnreadableFile("bomb")
    for child in elements.within(parent.body, parent.end):
        if child.kind == SIMPLE:
            text = _record(elements, child)
            if text is not None:
                yield text
            yield from _records(elements, child, depth + 1)


def _record(elements: Elements, simple: Element) -> str | None:
    name, value = _name_and_value(elements, simple)
    return value if name == "AIGC" else None


def _name_and_value(elements: Elements, simple: Element) -> tuple[str, str]:
    parts = {e.kind: elements.data[e.body : e.end] for e in elements.within(simple.body, simple.end)}
    value = parts.get(STRING, parts.get(BINARY, b""))
    return parts.get(NAME, b"").rstrip(b"\0").decode("ascii", "replace").upper(), value.rstrip(b"\0").decode(
        "utf-8", "replace"
    )


def write(data: bytes, label: Label) -> bytes:
    """Raises UnreadableFile, LabelFailed (container: no segment or several, no_room)."""
    elements = Elements(data)
    tops = list(elements.within(0, len(data)))
    segments = [top for top in tops if top.kind == SEGMENT]
    if len(segments) != 1:
        raise LabelFailed("container", kind="video/x-matroska")
    segment = segments[0]
    parts = list(elements.within(segment.body, segment.end))
    old = [part for part in parts if part.kind == TAGS_ID]
    said = tags(label.provenance)
    before = read(data).facts
    said = {name: value for name, value in said.items() if name != "CREATEDATE" or "created" not in before}
    kept = b"".join(_kept(elements, part, {"AIGC", *said}) for part in old)
    mine = b"".join(
        element(SIMPLE, element(NAME, name.encode()) + element(STRING, value.encode(), 2))
        for name, value in {"AIGC": label.text, **said}.items()
    )
    new = element(TAGS_ID, kept + element(TAG, element(TARGETS, b"") + mine))
    out = bytearray(data[segment.body : segment.end])
    for part in parts:
        if part.kind in (TAGS_ID, CRC):  # a checksum of the whole segment would no longer hold
            _fill(out, part.start - segment.body, part.end - segment.body, b"")
    place = _room(parts, old, len(new)) if old else None
    if place is not None:
        _fill(out, place[0] - segment.body, place[1] - segment.body, new)
        position = place[0] - segment.body
    else:
        if old and old[-1] is parts[-1]:  # so that labelling again and again does not grow the file
            del out[old[-1].start - segment.body :]
        position = len(out)
        out += new
    _tell_seek_head(elements, segment, parts, out, position)
    head = data[segment.start : segment.body]
    if not segment.unknown:
        head = head[:4] + _size(len(out), len(head) - 4)
    return data[: segment.start] + head + bytes(out) + data[segment.end :]


def _kept(elements: Elements, old: Element, gone: set[str]) -> bytes:
    """The tags that are not to go, byte for byte; a tag that held nothing else is left out."""
    parts = []
    for tag in elements.within(old.body, old.end):
        if tag.kind == CRC:
            continue
        if tag.kind != TAG or not _holds(elements, tag, gone):
            parts.append(elements.data[tag.start : tag.end])
            continue
        body = _without(elements, tag, gone)
        if any(e.kind == SIMPLE for e in Elements(body).within(0, len(body))):
            parts.append(element(TAG, body))
    return b"".join(parts)


def _holds(elements: Elements, parent: Element, names: set[str], depth: int = 0) -> bool:
    if depth > _MAX_DEPTH:
        raise UnreadableFile("bomb")
    inner = [child for child in elements.within(parent.body, parent.end) if child.kind == SIMPLE]
    return any(
        _name_and_value(elements, child)[0] in names or _holds(elements, child, names, depth + 1) for child in inner
    )


def _without(elements: Elements, parent: Element, gone: set[str]) -> bytes:
    parts = []
    for child in elements.within(parent.body, parent.end):
        if child.kind == CRC or (child.kind == SIMPLE and _name_and_value(elements, child)[0] in gone):
            continue
        if child.kind == SIMPLE and _holds(elements, child, gone):
            parts.append(element(SIMPLE, _without(elements, child, gone)))
        else:
            parts.append(elements.data[child.start : child.end])
    return b"".join(parts)


def _room(parts: list[Element], old: list[Element], size: int) -> tuple[int, int] | None:
    """A run of padding and old tags that holds `size` bytes, exactly or with two bytes of padding at least."""
    start: int | None = None
    for part in parts:
        if part.kind != VOID and part not in old:
            start = None
            continue
        start = part.start if start is None else start
        if part.end - start == size or part.end - start >= size + 2:
            return start, part.end
    return None


def _fill(out: bytearray, start: int, end: int, content: bytes) -> None:
    left = end - start - len(content)
    out[start:end] = content + (_void(left) if left else b"")


def _tell_seek_head(elements: Elements, segment: Element, parts: list[Element], out: bytearray, position: int) -> None:
    """The first seek head gets the place of the tags, if it has room for one more line; stale lines go in any case."""
    for number, head in enumerate(part for part in parts if part.kind == SEEK_HEAD):
        lines = [
            elements.data[line.start : line.end]
            for line in elements.within(head.body, head.end)
            if line.kind != CRC and not (line.kind == SEEK and _leads_to_tags(elements, line))
        ]
        index = parts.index(head)
        behind = parts[index + 1] if index + 1 < len(parts) else None
        end = head.end
        if behind is not None and behind.kind == VOID and behind.start - segment.body != position:
            end = behind.end  # padding behind it is its own, but where the tags stand there now
        mine = element(
            SEEK, element(SEEK_ID, TAGS_ID.to_bytes(4, "big")) + element(0x53AC, position.to_bytes(8, "big"))
        )
        wanted = element(SEEK_HEAD, b"".join(lines) + mine) if number == 0 else b""
        room = end - head.start
        if not wanted or (len(wanted) != room and len(wanted) + 2 > room):
            wanted, end = element(SEEK_HEAD, b"".join(lines)), head.end
            room = end - head.start
            if len(wanted) + 1 == room:  # one byte is no padding: a longer size field takes it
                wanted = element(SEEK_HEAD, b"".join(lines), len(_size(len(b"".join(lines)))) + 1)
        _fill(out, head.start - segment.body, end - segment.body, wanted)


def _leads_to_tags(elements: Elements, line: Element) -> bool:
    inner = elements.within(line.body, line.end)
    return any(e.kind == SEEK_ID and elements.data[e.body : e.end] == TAGS_ID.to_bytes(4, "big") for e in inner)
