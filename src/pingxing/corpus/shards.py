"""Shards in WebDataset's form: tar files in which the members of one pair share a key.

    000000017.webp    the picture
    000000017.json    captions, idea, licence, size, hash

Members are written with fixed times and owners, so the same pairs give the same bytes. Reading streams: one pair is in
memory at a time. The form is that of the `webdataset` package (github.com/webdataset/webdataset), which reads it too.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pingxing.corpus.values import Idea, Pair, Thing

MOST_BYTES = 16 * 1024 * 1024  # of one shard
_BLOCK = 512


class BadShard(ValueError):
    """A shard that is cut off or whose members do not belong together."""


def pair_facts(pair: Pair) -> dict[str, Any]:
    """Everything but the picture, as JSON values."""
    facts = asdict(pair)
    for name in ("image", "key"):
        del facts[name]
    facts["phash"] = f"{pair.phash:016x}"
    return facts


def pair_of(key: str, image: bytes, facts: dict[str, Any]) -> Pair:
    """The pair again. Raises BadShard for members that are missing or of the wrong kind."""
    try:
        idea = facts["idea"]
        things = tuple(Thing(t["concept"], t["count"], t["colour"]) for t in idea["things"])
        return Pair(
            key,
            image,
            int(facts["width"]),
            int(facts["height"]),
            str(facts["licence"]),
            Idea(idea["kind"], things, idea["relation"], idea["setting"], idea["time"], idea["style"]),
            tuple(facts["shown"]),
            {language: tuple(sentences) for language, sentences in facts["captions"].items()},
            int(facts["phash"], 16),
            float(facts["detail"]),
            str(facts["split"]),
            dict(facts["more"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadShard(f"{key}: {error}") from error


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = len(data), 0, 0o644
    tar.addfile(info, io.BytesIO(data))


def write(folder: Path, stem: str, pairs: Iterable[Pair], most: int = MOST_BYTES) -> list[Path]:
    """Pairs as `stem-00000.tar.gz`, ... of at most `most` bytes each, in their order. Returns the files written.

    Pictures do not shrink, but the words and the tar's own headers do, sixfold.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    room = 0
    with ExitStack() as files:
        tar: tarfile.TarFile | None = None
        for pair in pairs:
            kind = "png" if pair.image.startswith(b"\x89PNG") else "webp"
            facts = json.dumps(pair_facts(pair), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
            size = sum(_BLOCK + -(-len(data) // _BLOCK) * _BLOCK for data in (pair.image, facts))
            if tar is None or size > room:
                files.pop_all().close()
                written.append(folder / f"{stem}-{len(written):05d}.tar.gz")
                raw = files.enter_context(written[-1].open("wb"))
                packed = files.enter_context(gzip.GzipFile("", "wb", 6, raw, mtime=0))
                tar = files.enter_context(tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT))
                room = most - tarfile.RECORDSIZE
            _add(tar, f"{pair.key}.{kind}", pair.image)
            _add(tar, f"{pair.key}.json", facts)
            room -= size
    return written


def read(*shards: Path) -> Iterator[Pair]:
    """Every pair of the shards, one at a time. Raises BadShard, where its sum is wrong not before its end."""
    for shard in shards:
        try:
            with gzip.open(shard, "rb") as whole, tarfile.open(fileobj=whole, mode="r|") as tar:
                yield from _pairs(tar)
                whole.read()  # to the end, where the checksum stands
        except (tarfile.TarError, ValueError, EOFError, OSError, zlib.error) as error:
            raise BadShard(f"{shard.name}: {error}") from error


def _pairs(tar: tarfile.TarFile) -> Iterator[Pair]:
    held: tuple[str, bytes] | None = None
    for member in tar:
        file = tar.extractfile(member)
        key, _, kind = member.name.rpartition(".")
        if file is None or kind not in ("webp", "png", "json"):
            raise BadShard(f"{member.name} is of no known kind")
        data = file.read()
        if kind != "json":
            if held is not None:
                raise BadShard(f"{held[0]} has no words")
            held = (key, data)
        elif held is None or held[0] != key:
            raise BadShard(f"{key} has no picture")
        else:
            yield pair_of(key, held[1], json.loads(data))
            held = None
    if held is not None:
        raise BadShard(f"{held[0]} has no words")
