"""Training in the studio: one's own pictures become an adapter of a model on the shelf. The operator's room."""

from __future__ import annotations

import importlib.util
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path as File
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from pingxing import i18n
from pingxing.api.doors import AppDep
from pingxing.bootstrap import App, shelf, training_jobs
from pingxing.engine.backends.apart.wire import raised
from pingxing.errors import PingxingError
from pingxing.identity.authority import require
from pingxing.tuning import background
from pingxing.tuning.jobs import Job, State, Wish, wished
from pingxing.tuning.run import bases, begin
from pingxing.types import Language, Scope
from pingxing.web.paper import page
from pingxing.web.visitor import ChangingDep, MemberDep, Visitor, VisitorDep

router = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(max_length=32)]
Text = Annotated[str, Form(max_length=1000)]
_SHOWN = 50  # jobs


@dataclass(frozen=True, slots=True)
class Given:
    """What the form holds."""

    images: str = ""
    captions: str = ""
    base: str = ""
    name: str = ""
    licence: str = ""
    trigger: str = ""
    steps: int = 800
    batch: int = 1
    rank: int = 16
    rate: float = 1e-4
    side: int = 0

    def wish(self) -> Wish:
        """Raises InvalidRequest."""
        captions = File(self.captions) if self.captions else None
        return wished(**asdict(self) | {"images": File(self.images), "captions": captions})


@dataclass(frozen=True, slots=True)
class Row:
    """One job as the page shows it."""

    job: Job
    state: State
    stage: str
    running: bool
    trouble: tuple[str, str] | None
    whole: bool  # what came of it is a model of its own, no adapter

    @property
    def part(self) -> int:
        """Of a hundred."""
        return 100 * self.state.step // max(1, self.state.steps)

    @property
    def minutes(self) -> int | None:
        """Left, as fast as it was of late."""
        if not self.running or not self.state.rate:
            return None
        left = (self.state.steps - self.state.step) * self.job.wish.batch
        return round(left / self.state.rate / 60)


@router.get("/operator/training")
def room(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep) -> Response:
    require(actor, Scope.OPERATE)
    if "hx-request" in request.headers:
        return page("parts/training_jobs.html", request, visitor, rows=_rows(app, visitor.language))
    return _page(app, request, visitor, Given(), None)


@router.post("/operator/training")
def new(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    images: Text,
    base: Text,
    captions: Text = "",
    name: Text = "",
    licence: Text = "",
    trigger: Text = "",
    steps: Annotated[int, Form()] = 800,
    batch: Annotated[int, Form()] = 1,
    rank: Annotated[int, Form()] = 16,
    rate: Annotated[float, Form()] = 1e-4,
    side: Annotated[int, Form()] = 0,
) -> Response:
    """Look the pictures over; where all is well, write the job down and begin."""
    require(actor, Scope.OPERATE)
    given = Given(
        images.strip(), captions.strip(), base, name.strip(), licence.strip(), trigger.strip(),
        steps, batch, rank, rate, side,
    )  # fmt: skip
    try:
        job = begin(given.wish(), shelf(app.settings), training_jobs(app.settings), datetime.now(UTC))
        if job.state.stage != "done" and not job.running:
            background.start(job, app.settings.data_dir)
    except PingxingError as error:
        return _page(app, request, visitor, given, error)
    return RedirectResponse("/operator/training", 303)


@router.post("/operator/training/{job_id}/{what}")
def change(app: AppDep, request: Request, visitor: VisitorDep, actor: ChangingDep, job_id: Id, what: Id) -> Response:
    """Pause, resume or cancel."""
    require(actor, Scope.OPERATE)
    job = training_jobs(app.settings).get(job_id)
    trouble: PingxingError | None = None
    try:
        if what == "pause":
            job.pause()
        elif what == "cancel":
            job.cancel()
        elif what == "resume":
            background.start(job, app.settings.data_dir)
    except PingxingError as error:  # it has ended since the page was shown, mostly
        trouble = error
    if trouble is not None:
        return _page(app, request, visitor, Given(), trouble)
    return RedirectResponse("/operator/training", 303)


def _page(app: App, request: Request, visitor: Visitor, given: Given, error: PingxingError | None) -> Response:
    return page(
        "training.html",
        request,
        visitor,
        status=200 if error is None else error.status,
        given=given,
        bases=bases(shelf(app.settings)),
        able=importlib.util.find_spec("torch") is not None,
        trouble=None if error is None else i18n.explain(error, visitor.language),
        rows=_rows(app, visitor.language),
    )


def _rows(app: App, language: Language) -> list[Row]:
    found, models = [], shelf(app.settings).names()
    for job in list(training_jobs(app.settings))[:_SHOWN]:
        state, running = job.state, job.running
        stage = "interrupted" if job.interrupted else state.stage
        trouble = None if state.error is None else i18n.explain(raised(state.error), language)
        found.append(Row(job, state, stage, running, trouble, state.model in models))
    return found
