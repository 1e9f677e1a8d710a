"""Training jobs as folders: what was asked for, how far it is, and what it left. Any process reads the same.

    wish.json     what was asked for; never changed afterwards
    data.json     every picture with its caption and digest; never changed afterwards
    state.json    how far it is, replaced whole after every few steps
    pause, cancel empty files that somebody puts there; whoever trains looks for them between two steps
    lock          held by whoever trains, and let go by the kernel when that process dies, however it dies

A job's name is a digest of what was asked for, the base's weights and the pictures, so that the same command again is
the same job: it goes on where it was, or says what came of it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pingxing.errors import Conflict, Integrity, InvalidRequest, NotFound
from pingxing.store.blobs import storage_failed
from pingxing.tuning.data import Example

Stage = Literal["ready", "preparing", "training", "paused", "cancelled", "failed", "done"]
GOING = frozenset({"preparing", "training"})
_ID = re.compile(r"[0-9a-f]{16}")
_Kind = TypeVar("_Kind", bound=BaseModel)
_NAME = r"^([a-z0-9][a-z0-9._-]{0,63})?$"


class Wish(BaseModel):
    """What somebody asks to be trained. `side` 0: what the base was made for; `name` "": after the folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: Path
    captions: Path | None = None
    base: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(pattern=_NAME)] = ""
    licence: Annotated[str, Field(max_length=200)] = ""  # of the pictures, as the person states it
    trigger: Annotated[str, Field(max_length=80)] = ""  # words that bring the result out
    steps: Annotated[int, Field(ge=1, le=200_000)] = 800
    batch: Annotated[int, Field(ge=1, le=64)] = 1
    rank: Annotated[int, Field(ge=1, le=256)] = 16
    rate: Annotated[float, Field(gt=0, le=0.1, allow_inf_nan=False)] = 1e-4
    side: Annotated[int, Field(ge=0, le=2048)] = 0
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    sparing: bool = True  # compute once more instead of keeping (gradient checkpointing)


def wished(**given: Any) -> Wish:
    """A wish out of what somebody gave. Raises InvalidRequest naming the member that is beyond its limits."""
    try:
        return Wish(**given)
    except ValidationError as error:
        first = error.errors()[0]
        member = str(first["loc"][0]) if first["loc"] else "wish"
        raise InvalidRequest("train_value", member=member, problem=first["msg"]) from None


class State(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Stage
    step: int = 0
    steps: int = 0
    loss: float | None = None
    rate: float | None = None  # pictures a second, of late
    seconds: float = 0.0  # of training, all sittings together
    saved: int = 0  # the step from which it would go on
    error: dict[str, Any] | None = None  # kind, reason and params
    model: str = ""  # the name under which the result is on the shelf


@dataclass(frozen=True, slots=True)
class Job:
    """One training job in its folder."""

    id: str
    folder: Path
    wish: Wish
    base_sha256: str
    created_at: datetime

    @property
    def state(self) -> State:
        """Raises Integrity."""
        return _read(self.folder / "state.json", State)

    @property
    def running(self) -> bool:
        """Whether some process trains it at this moment."""
        with (self.folder / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
            return False

    @property
    def interrupted(self) -> bool:
        """Whether it was training and whoever did has died: it can be resumed."""
        return self.state.stage in GOING and not self.running

    @property
    def examples(self) -> tuple[Example, ...]:
        return tuple(Example(**row) for row in json.loads((self.folder / "data.json").read_text("utf-8")))

    def note(self, state: State) -> None:
        _write(self.folder / "state.json", state.model_dump_json(indent=1))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Train it alone. Raises Conflict where another process does already."""
        with (self.folder / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Conflict("train_running", job=self.id) from error
            yield

    def asked(self) -> Literal["", "pause", "cancel"]:
        """What somebody wants of whoever trains it."""
        if (self.folder / "cancel").exists():
            return "cancel"
        return "pause" if (self.folder / "pause").exists() else ""

    def pause(self) -> None:
        """Ask for a pause; whoever trains saves first. Raises Conflict where nobody trains."""
        if not self.running:
            raise Conflict("train_idle", job=self.id, stage=self.state.stage)
        (self.folder / "pause").touch()

    def cancel(self) -> None:
        """End it for good and forget what was prepared. Raises Conflict where it is done."""
        if self.state.stage == "done":
            raise Conflict("train_idle", job=self.id, stage="done")
        (self.folder / "cancel").touch()
        if not self.running:
            self.ended(self.state.model_copy(update={"stage": "cancelled"}))

    def ended(self, state: State) -> None:
        """Write the last state down, and let go of what only training needs."""
        self.note(state)
        for name in ("prepared", "checkpoint", "checkpoint.old", "checkpoint.new"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def reopen(self) -> None:
        """Before somebody goes on with it: forget what was asked of whoever trained it last, and a cancel.

        Whoever starts calls this, not who trains: what is asked while a process still starts must be heard by it.
        """
        self.cleared()
        if self.state.stage == "cancelled":
            self.note(State(stage="ready", steps=self.wish.steps))

    def cleared(self) -> None:
        """Forget what was asked, once it is done."""
        for name in ("pause", "cancel"):
            (self.folder / name).unlink(missing_ok=True)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    wish: Wish
    base_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    created_at: datetime


class Jobs:
    """All training jobs under one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, wish: Wish, base_sha256: str, examples: Sequence[Example]) -> Job | None:
        """The job for this wish, if there is one."""
        id = _id(wish, base_sha256, examples)
        return self.get(id) if (self._folder / id / "wish.json").is_file() else None

    def create(self, wish: Wish, base_sha256: str, examples: Sequence[Example], now: datetime) -> Job:
        """The job for this wish, which may be there already. Raises StorageFailed."""
        if (found := self.find(wish, base_sha256, examples)) is not None:
            return found
        id = _id(wish, base_sha256, examples)
        folder = self._folder / id
        rows = [asdict(example) for example in examples]
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise storage_failed(error) from error
        _write(folder / "data.json", json.dumps(rows, ensure_ascii=False, indent=1))
        _write(folder / "state.json", State(stage="ready", steps=wish.steps).model_dump_json(indent=1))
        record = _Record(wish=wish, base_sha256=base_sha256, created_at=now)
        _write(folder / "wish.json", record.model_dump_json(indent=1))  # last: with it the job is there
        return self.get(id)

    def get(self, id: str) -> Job:
        """Raises NotFound, Integrity."""
        if not _ID.fullmatch(id) or not (self._folder / id / "wish.json").is_file():
            raise NotFound("train_job", job=id[:40])
        record = _read(self._folder / id / "wish.json", _Record)
        return Job(id, self._folder / id, record.wish, record.base_sha256, record.created_at)

    def __iter__(self) -> Iterator[Job]:
        """The newest first."""
        found = [
            self.get(file.parent.name) for file in self._folder.glob("*/wish.json") if _ID.fullmatch(file.parent.name)
        ]
        return iter(sorted(found, key=lambda job: (job.created_at, job.id), reverse=True))


def _id(wish: Wish, base_sha256: str, examples: Sequence[Example]) -> str:
    rows = [asdict(example) for example in examples]
    named = {"wish": wish.model_dump(mode="json"), "base": base_sha256, "data": rows}
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()[:16]


def _read(file: Path, kind: type[_Kind]) -> _Kind:
    try:
        return kind.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise Integrity("train_record", path=file) from error


def _write(file: Path, text: str) -> None:
    """Whole or not at all. Raises StorageFailed."""
    draft = file.with_name(f".{file.name}.draft")
    try:
        draft.write_text(text + "\n", "utf-8")
        draft.replace(file)
    except OSError as error:
        raise storage_failed(error) from error
