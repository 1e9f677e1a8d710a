"""The operator's own models: which folders are served, under which names, and what was in them when they were added.

    Shelf(folder).add(path, name) -> Shelved

One small JSON file a model, so that a running server sees at once what a command line added. Weights are never
copied: a checkpoint stays where the operator put it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pingxing.engine.backends.diffusion.folder import ALONE, digest, inspect
from pingxing.errors import Conflict, Integrity, InvalidRequest, NotFound
from pingxing.store.blobs import storage_failed
from pingxing.types import Format, Model

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FORMATS = (Format.PNG, Format.JPEG, Format.WEBP)


class Shelved(BaseModel):
    """One model of the shelf, as it was found when it was added."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=rf"^{_NAME.pattern}$")]
    path: Path
    family: str
    pipeline: str
    licence: str
    lineage: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size_bytes: int
    parameters: int
    dtype: str
    added_at: datetime

    @property
    def card(self) -> Model:
        return Model(
            name=self.name,
            family=self.family,
            media=("image",),
            licence=self.licence,
            lineage=self.lineage,
            sha256=self.sha256,
            size_bytes=self.size_bytes,
            formats=_FORMATS,
            styles=(),
            takes_picture=self.family != ALONE,
            takes_mask=self.family != ALONE,
        )


class Shelf:
    """`folder` holds the records. Every method reads the disk, so any number of processes agree."""

    def __init__(self, folder: Path, taken: frozenset[str] = frozenset()) -> None:
        """`taken` are names of models that come with the house."""
        self._folder, self._taken = folder, taken

    def add(
        self, path: Path, name: str, now: datetime, *, licence: str = "", told: Callable[[int, int], None] | None = None
    ) -> Shelved:
        """Look the folder over, digest it, and serve it as `name` ("": the folder's name) from now on.

        `told(done, whole)` hears of the bytes that were read. Raises NotFound, UnreadableFile, InvalidRequest naming
        the file; Conflict where the name is taken; StorageFailed.
        """
        path = path.resolve()
        name = name or _named_after(path)
        if not _NAME.fullmatch(name):
            raise InvalidRequest("model_name", value=name[:64])
        if name in self._taken or self._file(name).exists():
            raise Conflict("model_name", value=name)
        found = inspect(path)
        done = 0

        def heard(count: int) -> None:
            nonlocal done
            done += count
            if told is not None:
                told(done, found.size_bytes)

        shelved = Shelved(
            name=name,
            path=path,
            family=found.family,
            pipeline=found.pipeline,
            licence=licence or found.licence,
            lineage=found.lineage,
            sha256=digest(found, heard),
            size_bytes=found.size_bytes,
            parameters=found.parameters,
            dtype=found.dtype,
            added_at=now,
        )
        self._write(shelved)
        return shelved

    def get(self, name: str) -> Shelved:
        """Raises NotFound, Integrity where the record was changed by hand into something that it is not."""
        if not _NAME.fullmatch(name) or not (file := self._file(name)).is_file():
            raise NotFound("model", model=name[:64])
        try:
            return Shelved.model_validate_json(file.read_bytes())
        except ValidationError as error:
            raise Integrity("model_record", path=file) from error

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(file.stem for file in self._folder.glob("*.json") if _NAME.fullmatch(file.stem)))

    def __iter__(self) -> Iterator[Shelved]:
        return (self.get(name) for name in self.names())

    def remove(self, name: str) -> Shelved:
        """Serve it no more; its folder stays where it is. Raises NotFound."""
        shelved = self.get(name)
        self._file(name).unlink(missing_ok=True)
        return shelved

    def check(self, name: str) -> Shelved:
        """Read every byte again. Raises Integrity where it is no longer what was added, and as `inspect` does."""
        shelved = self.get(name)
        if digest(inspect(shelved.path)) != shelved.sha256:
            raise Integrity("model_changed", model=name)
        return shelved

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _write(self, shelved: Shelved) -> None:
        file = self._file(shelved.name)
        draft = file.with_name(f".{file.name}.draft")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft.write_text(shelved.model_dump_json(indent=2), "utf-8")
            draft.replace(file)
        except OSError as error:
            raise storage_failed(error) from error


def _named_after(path: Path) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", path.name.lower()).strip("-._")[:64]
