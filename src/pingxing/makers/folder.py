"""A folder as a platform sees it: which file plays which role, and the words that go with them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pingxing.errors import InvalidRequest, NotFound, PingxingError, TooLarge
from pingxing.makers.facts import MAX_BYTES, Facts, facts
from pingxing.makers.formats import Platform, Role

WORDS_FILE = "pack.json"
MAX_FILES = 500
MAX_KEPT = 800_000_000  # bytes of one folder, files and first frames
_MAX_WORDS_BYTES = 1_000_000
_Line = Annotated[str, Field(max_length=2_000)]


class Sticker(BaseModel):
    """What goes with one picture: its file's name, its meaning, the emoji that stand for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: _Line
    meaning: _Line = ""
    emoji: Annotated[tuple[_Line, ...], Field(max_length=100)] = ()


class Words(BaseModel):
    """What a person types beside a pack; `pack.json` in its folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: _Line = ""
    intro: _Line = ""
    copyright: _Line = ""
    publisher: _Line = ""
    stickers: Annotated[tuple[Sticker, ...], Field(max_length=MAX_FILES)] = ()

    def of(self, file: str) -> Sticker | None:
        return next((sticker for sticker in self.stickers if sticker.file == file), None)


@dataclass(frozen=True, slots=True)
class Piece:
    """One file: its name within the folder, the role it plays, and what it is, or why it cannot be read."""

    name: str
    role: str
    data: bytes
    facts: Facts | PingxingError


@dataclass(frozen=True, slots=True)
class Pack:
    folder: Path
    pieces: tuple[Piece, ...]
    words: Words | None  # None where there is no pack.json

    def of(self, role: str) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.role == role)


def open_pack(path: Path, platform: Platform) -> Pack:
    """A folder, or one file by itself. Hidden files and files of no role are left alone.

    Raises NotFound, TooLarge (files), InvalidRequest where `pack.json` cannot be read.
    """
    if path.is_file():
        return Pack(path.parent, (_piece(path, path.name, next(iter(platform.roles))),), None)
    if not path.is_dir():
        raise NotFound("file", path=path)
    found = [(file, role) for file in _files(path, platform) if (role := role_of(file, path, platform))]
    if len(found) > MAX_FILES:
        raise TooLarge(limit=MAX_FILES, member="files")
    pieces: list[Piece] = []
    kept = 0  # of every file the bytes and the first frame stay in memory
    for file, role in found:
        piece = _piece(file, file.relative_to(path).as_posix(), role)
        kept += len(piece.data) + (piece.facts.first.nbytes if isinstance(piece.facts, Facts) else 0)
        if kept > MAX_KEPT:
            raise TooLarge(limit=MAX_KEPT, member="folder")
        pieces.append(piece)
    return Pack(path, tuple(pieces), _words(path / WORDS_FILE))


def _files(path: Path, platform: Platform) -> list[Path]:
    inside = [path, *(path / role.folder for role in platform.roles.values() if role.folder)]
    files = [file for folder in inside if folder.is_dir() for file in folder.iterdir()]
    return sorted(file for file in files if file.is_file() and not file.name.startswith("."))


def role_of(file: Path, folder: Path, platform: Platform) -> str | None:
    for name, role in platform.roles.items():
        if role.folder and file.parent == folder / role.folder:
            return name
        if role.file and file.parent == folder and role.file in (file.name, file.stem):
            return name
    if file.parent != folder or file.suffix.lower() in (".json", ".txt", ".md", ".zip", ".html"):
        return None
    return next((name for name, role in platform.roles.items() if not role.file and not role.folder), None)


def expected(role: Role, sticker: str) -> str:
    """The name under which a role's file is looked for."""
    if role.folder:
        return f"{role.folder}/{Path(sticker).stem}.png"
    return role.file if "." in role.file else f"{role.file}.png"


def _piece(file: Path, name: str, role: str) -> Piece:
    data = b""
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        return Piece(name, role, data, facts(data))
    except OSError as error:
        raise NotFound("file", path=file) from error
    except PingxingError as error:
        return Piece(name, role, data, error)


def _words(file: Path) -> Words | None:
    if not file.is_file():
        return None
    if file.stat().st_size > _MAX_WORDS_BYTES:
        raise TooLarge(limit=_MAX_WORDS_BYTES, member=WORDS_FILE)
    try:
        return Words.model_validate(json.loads(file.read_text("utf-8")))
    except (ValueError, RecursionError) as error:  # ValidationError and UnicodeDecodeError are ValueErrors
        where = ".".join(map(str, error.errors()[0]["loc"])) if isinstance(error, ValidationError) else ""
        raise InvalidRequest("pack_words", file=WORDS_FILE, where=where or "-") from error
