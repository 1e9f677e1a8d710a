"""Training on the operator's own pictures, over HTTP: begin, list, show, pause, resume, cancel. The operator's alone.

Pictures lie in a folder of the server already: what is sent is where. A training runs in a process of its own and
outlives the server that started it; it is a folder, not a row, so every process tells the same of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path as File
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pingxing import i18n
from pingxing.api.doors import ActorDep, AppDep, LanguageDep
from pingxing.bootstrap import App, shelf, training_jobs
from pingxing.engine.backends.apart.wire import raised
from pingxing.errors import InvalidRequest
from pingxing.identity.authority import require
from pingxing.tuning import background
from pingxing.tuning.jobs import Job, wished
from pingxing.tuning.run import begin
from pingxing.types import Actor, Language, Scope

router = APIRouter(prefix="/api/v1/trainings", tags=["Training"])

Id = Annotated[str, Path(max_length=32)]
_Words = Annotated[str, Field(max_length=1000)]
_MOST = 200  # that a list holds


def _whole(value: Any) -> Any:
    """To JSON 64.0 is a whole number too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_WHOLE = BeforeValidator(_whole)


class TrainingWish(BaseModel):
    """`images`, `captions`: paths on the server; without `captions` each picture has a .txt of its name beside it.

    Of each other member the default is what `pingxing train --help` says."""

    model_config = ConfigDict(extra="forbid", strict=True)

    images: Annotated[str, Field(min_length=1, max_length=1000)]
    captions: _Words = ""
    base: Annotated[str, Field(min_length=1, max_length=64)]
    name: Annotated[str, Field(max_length=64)] = ""
    licence: Annotated[str, Field(max_length=200)] = ""
    trigger: Annotated[str, Field(max_length=80)] = ""
    steps: Annotated[int, Field(ge=1, le=200_000), _WHOLE] = 800
    batch: Annotated[int, Field(ge=1, le=64), _WHOLE] = 1
    rank: Annotated[int, Field(ge=1, le=256), _WHOLE] = 16
    rate: Annotated[float, Field(gt=0, le=0.1, allow_inf_nan=False)] = 1e-4
    side: Annotated[int, Field(ge=0, le=2048), _WHOLE] = 0
    seed: Annotated[int, Field(ge=0, lt=2**31), _WHOLE] = 0
    sparing: bool = True


class TrainingError(BaseModel):
    message: str
    hint: str


class TrainingShape(BaseModel):
    """`stage`: ready, preparing, training, paused, interrupted (cut off; it can be resumed), cancelled, failed, done.

    `saved`: the step from which it would go on. `rate`: pictures a second, of late. `model`: its name on the shelf,
    once it is done. `seconds`: of training, all sittings together."""

    id: str
    stage: str
    running: bool
    base: str
    name: str
    step: int
    steps: int
    saved: int
    loss: float | None
    rate: float | None
    seconds: float
    pictures: int
    created_at: datetime
    model: str
    error: TrainingError | None


class TrainingList(BaseModel):
    trainings: list[TrainingShape]


@router.get("")
def list_trainings(app: AppDep, actor: ActorDep, language: LanguageDep) -> TrainingList:
    """All trainings, the newest first, at most 200."""
    require(actor, Scope.OPERATE)
    return TrainingList(trainings=[shape(job, language) for job in list(training_jobs(app.settings))[:_MOST]])


@router.post("", status_code=202)
def start_training(app: AppDep, actor: ActorDep, language: LanguageDep, asked: TrainingWish) -> TrainingShape:
    """Look pictures and captions over and begin; the same wish again is the same training. 400 names the file or line
    that is wrong, 404 a base or folder that is not there, 409 a name that is taken, 503 where torch is missing."""
    require(actor, Scope.OPERATE)
    given: dict[str, Any] = asked.model_dump(exclude={"images", "captions"})
    images, captions = _path(asked.images, "images"), _path(asked.captions, "captions") if asked.captions else None
    wish = wished(images=images, captions=captions, **given)
    job = begin(wish, shelf(app.settings), training_jobs(app.settings), datetime.now(UTC))
    if job.state.stage != "done" and not job.running:
        background.start(job, app.settings.data_dir)
    return shape(job, language)


@router.get("/{training_id}")
def read_training(app: AppDep, actor: ActorDep, language: LanguageDep, training_id: Id) -> TrainingShape:
    return shape(_job(app, actor, training_id), language)


@router.post("/{training_id}/pause")
def pause_training(app: AppDep, actor: ActorDep, language: LanguageDep, training_id: Id) -> TrainingShape:
    """Ask whoever trains it to save and stop for now. 409 where nobody does."""
    job = _job(app, actor, training_id)
    job.pause()
    return shape(job, language)


@router.post("/{training_id}/resume", status_code=202)
def resume_training(app: AppDep, actor: ActorDep, language: LanguageDep, training_id: Id) -> TrainingShape:
    """Go on from its last checkpoint, in a new process. 409 where it is running."""
    job = _job(app, actor, training_id)
    background.start(job, app.settings.data_dir)
    return shape(job, language)


@router.post("/{training_id}/cancel")
def cancel_training(app: AppDep, actor: ActorDep, language: LanguageDep, training_id: Id) -> TrainingShape:
    """End it for good and forget what was prepared. 409 where it is done."""
    job = _job(app, actor, training_id)
    job.cancel()
    return shape(job, language)


def shape(job: Job, language: Language) -> TrainingShape:
    state = job.state
    error = None
    if state.error is not None:
        message, hint = i18n.explain(raised(state.error), language)
        error = TrainingError(message=message, hint=hint)
    return TrainingShape(
        id=job.id,
        stage="interrupted" if job.interrupted else state.stage,
        running=job.running,
        base=job.wish.base,
        name=job.wish.name,
        pictures=len(job.examples),
        created_at=job.created_at,
        error=error,
        **state.model_dump(include={"step", "steps", "saved", "loss", "rate", "seconds", "model"}),
    )


def _job(app: App, actor: Actor, id: str) -> Job:
    require(actor, Scope.OPERATE)
    return training_jobs(app.settings).get(id)


def _path(text: str, member: str) -> File:
    """Raises InvalidRequest for what no file system takes."""
    if "\0" in text:
        raise InvalidRequest("train_value", member=member, problem="a name without zero bytes")
    return File(text)
