"""Text: YAML front matter for Markdown (practice guide TC260-PG-20258A), a JSON file beside plain text.

Front matter is parsed as events and never built into objects: no anchors, no tags, no surprises.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label.containers import Contents
from pingxing.label.metadata.merging import Label
from pingxing.label.record import MEMBERS

if TYPE_CHECKING:
    import yaml

MARKDOWN, SIDECAR = "text/markdown", "application/json"
_MAX_MATTER = 1 << 16
_FRONT = re.compile(r"(\ufeff?---[ \t]*\r?\n)(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Line:
    """One key of the front matter's outermost mapping."""

    key: str
    text: str  # its value as JSON text, or as it stands
    start: int  # first line
    end: int  # line behind the last


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableFile("damaged") from error
    if "\0" in text:
        raise UnreadableFile("damaged")
    return text


def _front(text: str) -> re.Match[str] | None:
    """The front matter, where the text begins with one of bearable length."""
    if not text.removeprefix("\ufeff").startswith("---"):
        return None
    return _FRONT.match(text, 0, min(len(text), _MAX_MATTER))


def parted(text: str) -> tuple[str, str]:
    """Front matter with its fences ("" where there is none) and what follows it."""
    front = _front(text)
    return ("", text) if front is None else (text[: front.end()], text[front.end() :])


def _keys(matter: str) -> list[_Line]:
    """Raises yaml.YAMLError, and ValueError for a front matter that is no plain mapping."""
    import yaml

    events = list(yaml.parse(matter, Loader=yaml.SafeLoader))
    if any(isinstance(e, yaml.AliasEvent) or getattr(e, "anchor", None) for e in events):
        raise ValueError("anchors")
    roots = events[2:3]
    if not roots or not isinstance(roots[0], yaml.MappingStartEvent) or roots[0].flow_style:
        raise ValueError("no mapping")
    found: list[tuple[str, str, int]] = []
    at = 3
    while not isinstance(events[at], yaml.MappingEndEvent):
        key, mark = events[at], events[at].start_mark
        after = _after(events, at)
        name = key.value if isinstance(key, yaml.ScalarEvent) else ""
        end = _after(events, after)
        found.append((name, _json(events[after:end]), mark.line if mark else 0))
        at = end
    lines = [start for _, _, start in found[1:]] + [matter.count("\n") + 1]
    return [_Line(name, text, start, end) for (name, text, start), end in zip(found, lines, strict=True)]


def _after(events: Sequence[yaml.Event], at: int) -> int:
    """The event behind one whole value."""
    import yaml

    depth = 0
    while True:
        event = events[at]
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        at += 1
        if depth == 0:
            return at


def _json(events: Sequence[yaml.Event]) -> str:
    """A value as the text of a record: what is text stays so; a flat mapping becomes an object."""
    import yaml

    if len(events) == 1 and isinstance(events[0], yaml.ScalarEvent):
        return events[0].value
    inner = events[1:-1]
    if not isinstance(events[0], yaml.MappingStartEvent) or len(inner) % 2:
        return "[]"
    if not all(isinstance(event, yaml.ScalarEvent) for event in inner):
        return "[]"
    scalars = [event for event in inner if isinstance(event, yaml.ScalarEvent)]
    pairs = zip(scalars[::2], scalars[1::2], strict=True)
    # repeated members stay repeated, so that they are judged as what they are
    return "{" + ",".join(f"{json.dumps(key.value)}:{_value(value)}" for key, value in pairs) + "}"


def _value(event: yaml.ScalarEvent) -> str:
    """YAML reads a bare 1 as a number, and annex E wants strings: such a value stays without quotes."""
    import yaml

    resolver = yaml.resolver.Resolver()
    tag = resolver.resolve(yaml.ScalarNode, event.value, event.implicit)  # type: ignore[no-untyped-call]
    return json.dumps(event.value) if tag == "tag:yaml.org,2002:str" else "0"


def read(data: bytes) -> Contents:
    """Markdown. Raises UnreadableFile(damaged) for what is no text."""
    import yaml

    found = Contents(MARKDOWN, end=len(data))
    front = _front(_decoded(data[: 4 * _MAX_MATTER]) if len(data) <= 4 * _MAX_MATTER else _head(data))
    if front is None:
        return found
    try:
        found.texts.extend(line.text for line in _keys(front[2]) if line.key == "AIGC")
    except (yaml.YAMLError, ValueError, LookupError, RecursionError):
        found.broken = re.search(r"^\s*['\"]?AIGC['\"]?\s*:", front[2], re.MULTILINE) is not None
    return found


def _head(data: bytes) -> str:
    """The beginning of a long text; the last character may be cut."""
    return data[: 4 * _MAX_MATTER].decode("utf-8", "ignore")


def write(data: bytes, label: Label) -> bytes:
    """The label as the last key of the front matter, which is made where there is none.

    Raises UnreadableFile(damaged), LabelFailed(metadata) for a front matter that is no mapping.
    """
    import yaml

    text = _decoded(data)
    mine = _mapping(label.text)
    front = _front(text)
    if front is None:
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        return f"{mark}---\n{mine}---\n\n{text.removeprefix(mark)}".encode()
    try:
        found = _keys(front[2]) if front[2].strip() else []
    except (yaml.YAMLError, ValueError, LookupError) as error:
        raise LabelFailed("metadata") from error
    lines = front[2].splitlines(keepends=True)
    for line in reversed([line for line in found if line.key == "AIGC"]):
        del lines[line.start : line.end]
    if "\r\n" in front[1]:
        mine = mine.replace("\n", "\r\n")
    start, end = front.span(2)
    return (text[:start] + "".join(lines) + mine + text[end:]).encode()


def _mapping(record: str) -> str:
    """The record as the guide shows it: one line a member, in single quotes, which need no other escape."""
    values = json.loads(record)
    quoted = {member: values[member].replace("'", "''") for member in MEMBERS}
    return "AIGC:\n" + "".join(f"  {member}: '{value}'\n" for member, value in quoted.items())


def sidecar(content: bytes, label: Label) -> bytes:
    """The JSON file that goes beside a plain text (`name.txt` -> `name.txt.aigc.json`), bound to it by digest."""
    digest = hashlib.sha256(content).hexdigest()
    return f'{{"AIGC":{label.text},"sha256":"{digest}"}}\n'.encode("ascii")


def describes(beside: bytes, content: bytes) -> bool:
    """Whether a sidecar speaks of exactly this text. Raises UnreadableFile(damaged)."""
    return bool(_object(beside).get("sha256") == hashlib.sha256(content).hexdigest())


def read_sidecar(data: bytes) -> Contents:
    found = Contents(SIDECAR, end=len(data))
    if len(data) <= _MAX_MATTER:
        try:
            values = _object(data)
        except UnreadableFile:
            found.broken = True
            return found
        if "AIGC" in values:
            found.texts.append(json.dumps(values["AIGC"]))
    return found


def _object(data: bytes) -> dict[str, object]:
    try:
        values = json.loads(_decoded(data), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile("damaged") from error
    if not isinstance(values, dict):
        raise UnreadableFile("damaged")
    return values


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("repeated member")
    return dict(pairs)
