"""The operator's own models: which folders are served, under which names, and what was in them when they were added.

    Shelf(folder).add(path, name) -> Shelved            a checkpoint
    Shelf(folder).join(path, name, bases) -> Joined     an adapter or an embedding, for models of the shelf

One small JSON file each, so that a running server sees at once what a command line added. Weights stay where the
operator put them, but for single-file checkpoints, which are laid out as folders beside the records.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pingxing.engine import kinds
from pingxing.engine.backends.diffusion import extras
from pingxing.engine.backends.diffusion.extras import Extra
from pingxing.engine.kinds import digest, inspect
from pingxing.errors import Conflict, Integrity, InvalidRequest, NotFound
from pingxing.store.blobs import storage_failed
from pingxing.types import MAX_SIDE, MIN_SIDE, USUAL_SIDE, Addition, Format, Model

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
    datasets: tuple[str, ...] = ()  # what it was trained on, where its card says
    side: Annotated[int, Field(ge=MIN_SIDE, le=MAX_SIDE)] = USUAL_SIDE  # pixels of the squares that it was made for
    source: str = ""  # the single file that it was converted from, and that file's digest
    source_sha256: str = ""
    about_en: str = ""  # what its makers say that it can and cannot do
    about_zh: str = ""

    @property
    def card(self) -> Model:
        takes_picture, takes_mask = kinds.begins_with(self.family, self.pipeline)
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
            takes_picture=takes_picture,
            takes_mask=takes_mask,
            cuts_out=True,
            usual_side=self.side,
            simple=kinds.simple(self.family),
            about=(self.about_en, self.about_zh),
        )


class Joined(BaseModel):
    """An adapter or an embedding, as it was found when it was added."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=rf"^{_NAME.pattern}$")]
    kind: Literal["adapter", "embedding"]
    bases: Annotated[tuple[str, ...], Field(min_length=1)]  # the models that it was fitted to
    path: Path
    trigger: str
    licence: str
    lineage: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size_bytes: int
    parts: tuple[str, ...]  # of the model that it changes
    rank: int  # of an adapter's widest layer; of an embedding, the number of vectors
    values: int = 0  # of an adapter as it lies beside the weights
    width: int = 0  # of an embedding's vectors
    added_at: datetime

    @property
    def extra(self) -> Extra:
        told = {name: getattr(self, name) for name in ("name", "kind", "trigger", "licence", "lineage", "sha256")}
        told |= {"values": self.values, "width": self.width}
        told["vectors"] = self.rank if self.kind == "embedding" else 0
        return Extra(Addition(size_bytes=self.size_bytes, **told), self.path)


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
        return self._record(path, self._free(name or _named_after(path)), now, licence, told)

    def convert(
        self,
        path: Path,
        name: str,
        now: datetime,
        *,
        licence: str = "",
        like: str = "",
        prediction: str = "",
        told: Callable[[int, int], None] | None = None,
    ) -> Shelved:
        """Lay a checkpoint in one file out as a folder of ours, and serve that.

        `like` is a model of the shelf or a folder, from which comes what the file leaves out; `prediction` says what
        the network predicts, where the file does not. Raises as `add` does; InvalidRequest naming the part that is
        missing; StorageFailed where there is no room; Unavailable without torch.
        """
        from pingxing.engine.backends.diffusion import single

        file = extras.located(path.resolve())
        name = self._free(name or _named_after(file.with_suffix("")))
        kind, found = extras.kind_of(file)
        if kind != "checkpoint":
            raise InvalidRequest("model_for", file=file.name)
        known = self.get(like).path if like in self.names() else Path(like)
        target = self.made(name)
        shutil.rmtree(target, ignore_errors=True)  # of somebody who was stopped before it was on record
        try:
            single.convert(file, target, like=known if like else None, prediction=prediction, told=told)
            licence = licence or extras.said(found.metadata, "licence")
            more = {"source": file.name, "source_sha256": extras.digest(file)}
            more["lineage"] = extras.said(found.metadata, "lineage") or file.stem
            return self._record(target, name, now, licence, told, **more)
        except BaseException:
            if not self._file(name).exists():
                shutil.rmtree(target, ignore_errors=True)
            raise

    def _record(
        self,
        path: Path,
        name: str,
        now: datetime,
        licence: str,
        told: Callable[[int, int], None] | None,
        **more: str,
    ) -> Shelved:
        found = inspect(path)
        kinds.belonging(found)
        done = 0

        def heard(count: int) -> None:
            nonlocal done
            done += count
            if told is not None:
                told(done, found.size_bytes)

        about_en, about_zh = kinds.about(found)
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
            datasets=found.datasets,
            side=kinds.usual(found),
            added_at=now,
            about_en=about_en,
            about_zh=about_zh,
        ).model_copy(update=more)
        self._write(self._file(name), shelved)
        return shelved

    def join(
        self,
        path: Path,
        name: str,
        bases: Sequence[str],
        now: datetime,
        *,
        licence: str = "",
        trigger: str = "",
        told: Callable[[int, int], None] | None = None,
    ) -> Joined:
        """Fit an adapter or an embedding to models of the shelf, and offer it with them from now on.

        `trigger` is the word of an embedding ("": what its file says), or words that bring an adapter out. Raises
        NotFound, UnreadableFile, InvalidRequest naming file and key; Unavailable without torch; as `add` does.
        """
        path = path.resolve()
        name = self._free(name or _named_after(path.with_suffix("") if path.is_file() else path))
        file = extras.located(path)
        kind, found = extras.kind_of(file)
        if kind == "checkpoint":
            raise InvalidRequest("no_addition", file=file.name)
        trigger = trigger or extras.said(found.metadata, "trigger")
        parts: tuple[str, ...] = ()
        rank = values = width = 0
        for base in bases:
            checkpoint = inspect(self.get(base).path)
            if kind == "adapter":
                from pingxing.engine.backends.diffusion.adapters import fitted

                made = fitted(checkpoint, file)
                parts, rank, values = tuple(made.parts), made.rank, made.values
            else:
                from pingxing.engine.backends.diffusion import embeddings

                vectors = embeddings.inspect(checkpoint, file, found)
                trigger = trigger or embeddings.named(found, file)
                embeddings.check_word(checkpoint, trigger)
                self._unspoken(trigger, base)
                parts, rank, width = tuple(vectors.parts), vectors.count, vectors.width
        size, done = file.stat().st_size, 0

        def heard(count: int) -> None:
            nonlocal done
            done += count
            if told is not None:
                told(done, size)

        joined = Joined(
            name=name,
            kind=kind,
            bases=tuple(dict.fromkeys(bases)),
            path=file,
            trigger=trigger,
            licence=licence or extras.said(found.metadata, "licence") or "unknown",
            lineage=extras.said(found.metadata, "lineage") or file.stem,
            sha256=extras.digest(file, heard),
            size_bytes=size,
            parts=parts,
            rank=rank,
            values=values,
            width=width,
            added_at=now,
        )
        self._write(self._beside(name), joined)
        return joined

    def _unspoken(self, trigger: str, base: str) -> None:
        """Raises Conflict where a word means something already."""
        for extra in self.extras(base):
            if extra.addition.kind == "embedding" and extra.addition.trigger == trigger:
                raise Conflict("trigger", value=trigger, name=extra.addition.name)

    def adds(self, name: str) -> bool:
        """Whether this is the name of an adapter or embedding."""
        return bool(_NAME.fullmatch(name)) and self._beside(name).is_file()

    def joined(self, name: str) -> Joined:
        """Raises NotFound, Integrity, as `get` does."""
        if not _NAME.fullmatch(name) or not (file := self._beside(name)).is_file():
            raise NotFound("model", model=name[:64])
        try:
            return Joined.model_validate_json(file.read_bytes())
        except ValidationError as error:
            raise Integrity("model_record", path=file) from error

    def additions(self) -> tuple[Joined, ...]:
        """All adapters and embeddings."""
        names = sorted(file.stem for file in self._beside("x").parent.glob("*.json") if _NAME.fullmatch(file.stem))
        found = []
        for name in names:
            try:
                found.append(self.joined(name))
            except NotFound:  # taken off the shelf since it was listed
                continue
        return tuple(found)

    def extras(self, base: str) -> tuple[Extra, ...]:
        """What may be added to a model."""
        return tuple(joined.extra for joined in self.additions() if base in joined.bases)

    def card(self, name: str) -> Model:
        """Raises as `get` does."""
        return replace(self.get(name).card, additions=tuple(extra.addition for extra in self.extras(name)))

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
        """Serve it no more; its folder stays where it is, but for one that was made here. Raises NotFound.

        What was added to this model alone goes with it.
        """
        shelved = self.get(name)
        self._file(name).unlink(missing_ok=True)
        for joined in self.additions():
            if joined.bases == (name,):
                self._beside(joined.name).unlink(missing_ok=True)
            elif name in joined.bases:
                left = tuple(base for base in joined.bases if base != name)
                self._write(self._beside(joined.name), joined.model_copy(update={"bases": left}))
        if shelved.source and shelved.path == self.made(name):
            shutil.rmtree(shelved.path, ignore_errors=True)
        return shelved

    def part(self, name: str) -> Joined:
        """Offer an adapter or embedding no more; its file stays. Raises NotFound."""
        joined = self.joined(name)
        self._beside(name).unlink(missing_ok=True)
        return joined

    def check(self, name: str) -> Shelved | Joined:
        """Read every byte again. Raises Integrity where it is no longer what was added, and as `inspect` does."""
        if self._beside(name).is_file():
            joined = self.joined(name)
            if not joined.path.is_file():
                raise NotFound("model_file", file=joined.path.name, path=joined.path.parent)
            if extras.digest(joined.path) != joined.sha256:
                raise Integrity("model_changed", model=name)
            return joined
        shelved = self.get(name)
        if digest(inspect(shelved.path)) != shelved.sha256:
            raise Integrity("model_changed", model=name)
        return shelved

    def made(self, name: str) -> Path:
        """Where the folder of a checkpoint that came as one file lies."""
        return self._folder / "converted" / name

    def _free(self, name: str) -> str:
        """The name, where it can be one and nobody has it. Raises InvalidRequest, Conflict."""
        if not _NAME.fullmatch(name):
            raise InvalidRequest("model_name", value=name[:64])
        if name in self._taken or self._file(name).exists() or self._beside(name).exists():
            raise Conflict("model_name", value=name)
        return name

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _beside(self, name: str) -> Path:
        return self._folder / "additions" / f"{name}.json"

    def _write(self, file: Path, record: BaseModel) -> None:
        draft = file.with_name(f".{file.name}.draft")
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft.write_text(record.model_dump_json(indent=2), "utf-8")
            draft.replace(file)
        except OSError as error:
            raise storage_failed(error) from error


def _named_after(path: Path) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", path.name.lower()).strip("-._")[:64]
