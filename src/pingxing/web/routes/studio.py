"""The studio itself: a wish is typed, admitted, followed as it is made, and cancelled if need be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError
from sse_starlette import EventSourceResponse

from pingxing import flow
from pingxing.api.doors import AppDep, app_of
from pingxing.api.invalid import invalid
from pingxing.api.pictures import palette_of, parse_size
from pingxing.desk import JobView
from pingxing.engine.samplers import FLOW_SAMPLERS, SAMPLERS
from pingxing.errors import InvalidRequest, Refused
from pingxing.types import MAX_COUNT, MAX_PROMPT_CHARS, Actor, Format, JobState
from pingxing.types import Request as Wish
from pingxing.web.made_here import made_here
from pingxing.web.palettes import PALETTES
from pingxing.web.paper import page, render
from pingxing.web.understood import pieces, sample
from pingxing.web.visitor import ChangingDep, MemberDep, VisitorDep

router = APIRouter()

SHAPES = (
    ("1024x1024", 1, 1),
    ("896x1152", 3, 4),
    ("1152x896", 4, 3),
    ("768x1344", 9, 16),
    ("1344x768", 16, 9),
    ("2048x512", 4, 1),
)
EXAMPLES = 6  # web.example.1 ... in the catalogues: each language has its own, not translations
_PAGE = 24
_STREAMS = 3  # cards of one page that hold a connection open
_UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


@router.get("/")
def studio(
    app: AppDep, request: Request, visitor: VisitorDep, prompt: Annotated[str, Query(max_length=MAX_PROMPT_CHARS)] = ""
) -> Response:
    if visitor.actor is None:
        shown = sample(visitor.language)
        told: dict[str, Any] = {
            "scene": shown.scene,
            "pieces": pieces(shown.prompt, shown.scene),
            "made_here": made_here(),
        }
        return page("welcome.html", request, visitor, **told)
    if not visitor.makes:
        return page("reader.html", request, visitor)
    jobs = app.desk.jobs(visitor.actor, limit=12)
    return page("studio.html", request, visitor, prompt=prompt, jobs=jobs, streams=_streams(jobs), **_choices(app))


def _streams(views: Sequence[JobView]) -> set[str]:
    """The jobs that end first; the rest of a long queue is asked about now and then."""
    return {view.job.id for view in [view for view in views if not view.job.state.final][-_STREAMS:]}


def _choices(app: Any) -> dict[str, Any]:
    return {
        "models": sorted(app.models(), key=lambda card: card.name != app.registry.default),
        "samplers": (*SAMPLERS, *FLOW_SAMPLERS),
        "shapes": SHAPES,
        "formats": list(Format),
        "most": MAX_COUNT,
        "examples": EXAMPLES,
        "palettes": PALETTES,
        "made_here": made_here(),
    }


@router.post("/jobs")
def make(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    prompt: Annotated[str, Form()] = "",
    model: Annotated[str, Form(max_length=100)] = "",
    size: Annotated[str, Form(max_length=20)] = "1024x1024",
    style: Annotated[str, Form(max_length=40)] = "",
    count: Annotated[str, Form(max_length=10)] = "1",
    seed: Annotated[str, Form(max_length=30)] = "",
    form: Annotated[str, Form(max_length=10, alias="format")] = "png",
    negative: Annotated[str, Form()] = "",
    inks: Annotated[str, Form(max_length=20)] = "",
    palette: Annotated[str, Form(max_length=400)] = "",
    transparent: Annotated[str, Form(max_length=5)] = "",
    steps: Annotated[str, Form(max_length=10)] = "",
    guidance: Annotated[str, Form(max_length=10)] = "",
    sampler: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Admit what was typed. Answers with the job's card, or with the refusal while the prompt stays where it is."""
    told: dict[str, Any] = {"prompt": prompt, "size": size, "count": count, "seed": seed, "form": form}
    told |= {"model": model, "negative": negative}
    if _composes(app, model):  # the form has fields for both kinds of engine, and shows those of the one
        told |= {"style": style, "palette": palette_of(palette) or PALETTES.get(inks, ()), "clear": bool(transparent)}
    else:
        others = {kind for card in app.models() if card.describes_scene for kind in card.styles}
        told |= {"steps": steps, "guidance": guidance, "sampler": sampler, "style": "" if style in others else style}
    wish = wish_of(**told)
    try:
        job = flow.admit(app, actor, wish)
    except Refused as refused:
        held = app.desk.job(actor, refused.job).appeal
        facts: dict[str, Any] = {"error": refused, "prompt": prompt, "appeal": held}
        if "hx-request" in request.headers:
            return page("parts/refused.html", request, visitor, **facts)
        return page("refused.html", request, visitor, status=refused.status, **facts)
    if "hx-request" not in request.headers:
        return RedirectResponse(f"/jobs/{job.id}", 303)
    few = len(app.desk.jobs(actor, limit=_STREAMS + 1, states=_UNFINISHED)) <= _STREAMS
    return page("parts/job.html", request, visitor, view=app.desk.job(actor, job.id), streamed=few)


def _composes(app: Any, model: str) -> bool:
    """Whether this model draws scenes by rule. Raises UnknownModel."""
    return bool(app.registry.backend(model or app.registry.default).model.describes_scene)


def wish_of(
    *,
    prompt: str,
    size: str,
    count: str,
    seed: str,
    form: str,
    palette: tuple[str, ...] = (),
    clear: bool = False,
    steps: str = "",
    guidance: str = "",
    **words: str,
) -> Wish:
    """A Request from form fields. Raises InvalidRequest that names the field."""
    width, height = parse_size(size.strip())
    rest: dict[str, Any] = {**words, "palette": palette, "transparent": clear}
    numbers = (("count", count), ("seed", seed), ("steps", steps))
    rest |= {name: _number(name, text) for name, text in numbers if text.strip()}
    rest |= {"guidance": _number("guidance", guidance, float)} if guidance.strip() else {}
    try:
        return Wish(prompt=prompt, width=width, height=height, format=Format(form), **rest)
    except ValidationError as error:
        raise invalid(list(error.errors())) from None
    except ValueError:
        raise InvalidRequest("member", member="format", problem=form) from None


def _number(member: str, text: str, kind: type[int] | type[float] = int) -> float:
    try:
        return kind(text.strip())
    except ValueError:
        raise InvalidRequest("member", member=member, problem=text[:20]) from None


@router.get("/jobs/{job_id}")
def job(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep, job_id: str) -> Response:
    """One job on a page of its own; without JavaScript it reloads itself until the job has ended."""
    view = app.desk.job(actor, job_id)
    if "hx-request" in request.headers:
        return page("parts/job.html", request, visitor, view=view, streamed=False)
    return page("job.html", request, visitor, view=view)


@router.get("/jobs/{job_id}/stream")
async def stream(request: Request, visitor: VisitorDep, actor: MemberDep, job_id: str) -> EventSourceResponse:
    """The job's card, anew with each change; `state` while it is made, `end` when it has ended."""
    app = app_of(request)
    await asyncio.to_thread(app.desk.job, actor, job_id)

    async def cards() -> AsyncIterator[dict[str, str]]:
        async for event in app.desk.watch(actor, job_id):
            view = await asyncio.to_thread(app.desk.job, actor, job_id)
            part = "parts/inside.html" if event.kind in ("queued", "progress") else "parts/job.html"
            html = render(part, request, visitor, view=view, progress=event, alone=True)
            yield {"event": "state" if part == "parts/inside.html" else "end", "data": html.replace("\n", " ")}

    return EventSourceResponse(cards(), ping=15)


@router.post("/jobs/{job_id}/cancel")
def cancel(app: AppDep, request: Request, visitor: VisitorDep, actor: ChangingDep, job_id: str) -> Response:
    flow.cancel(app, actor, job_id)
    if "hx-request" not in request.headers:
        return RedirectResponse(f"/jobs/{job_id}", 303)
    return page("parts/job.html", request, visitor, view=app.desk.job(actor, job_id))


@router.get("/gallery")
def gallery(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: MemberDep,
    before: Annotated[str | None, Query(max_length=32)] = None,
) -> HTMLResponse:
    jobs = app.desk.jobs(actor, before=before, limit=_PAGE, states=[JobState.DELIVERED])
    return page("gallery.html", request, visitor, jobs=jobs, older=jobs[-1].job.id if len(jobs) == _PAGE else None)


@router.get("/queue")
def queue(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep) -> HTMLResponse:
    waiting = app.desk.jobs(actor, limit=100, states=_UNFINISHED)
    ended = app.desk.jobs(actor, limit=20, states=[state for state in JobState if state.final])
    return page("queue.html", request, visitor, waiting=waiting, ended=ended, streams=_streams(waiting))


def again(app: Any, actor: Actor, wish: Wish, **changes: Any) -> str:
    """Admit a variation of an earlier wish; the new job's id."""
    return flow.admit(app, actor, wish.model_copy(update=changes)).id
