"""What a sound or a film says in writing: the words of its tags, its lyrics, and its subtitles.

Nobody here can listen. But what is spoken and sung is often written beside the sound, and the rules read all of that.
Subtitles that are pictures are not read; no part of any of this is in the marked file but the tags that name a piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pingxing.errors import TooLarge
from pingxing.label.foreign.kinds import MAX_CHARS

NAMING = ("title", "artist", "album", "date", "genre", "track")
_WRITTEN = frozenset((
    *NAMING, "comment", "description", "synopsis", "composer", "lyrics", "unsyncedlyrics", "syncedlyrics",
    "subtitle", "keywords", "show",
))  # fmt: skip
_DRAWN = re.compile(r"\{\\[^}]*\}|<[^>\n]{0,80}>")  # how a cue is set: {\i1}, <i>
_TIMED = re.compile(r"\[\d+:\d+(?:[.:]\d+)?\]")  # of lyrics that scroll


def words(source: Any) -> list[str]:
    """Of the tags of a container and its streams. Raises TooLarge("chars")."""
    told = [source.metadata, *(stream.metadata for stream in source.streams)]
    found = [str(value) for tags in told for name, value in sorted(tags.items()) if _written(name)]
    return _bounded(iter(_TIMED.sub(" ", one) for one in dict.fromkeys(found)))


def subtitles(data: bytes) -> list[str]:
    """Cue after cue, each stream for itself. Raises TooLarge("chars"), what PyAV raises."""
    import av

    with av.open(BytesIO(data), "r") as source:
        return _bounded(_cues(source))


def _cues(source: Any) -> Iterator[str]:
    streams = source.streams.subtitles
    found: dict[int, list[str]] = {stream.index: [] for stream in streams}
    size = 0
    for packet in source.demux(streams) if streams else ():
        for cue in packet.decode():
            plain = getattr(cue, "dialogue", None)  # of a picture there is none
            if plain:
                text = _DRAWN.sub("", plain.decode("utf-8", "replace"))
                found[packet.stream.index].append(text)
                size += len(text)
        if size > MAX_CHARS:
            break
    for one in found.values():
        yield "\n".join(one)


def _written(name: str) -> bool:
    """ "lyrics-eng" is how an MP3 says in which language they are."""
    return name.lower().partition("-")[0] in _WRITTEN


def _bounded(texts: Iterator[str]) -> list[str]:
    found = [text for text in texts if text.strip()]
    size = sum(map(len, found))
    if size > MAX_CHARS:  # what nobody has read does not leave
        raise TooLarge("chars", limit=MAX_CHARS, found=size)
    return found
