"""The studio itself: a wish is typed, admitted, followed as it is made, and cancelled if need be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError
from sse_starlette import EventSourceResponse

from pingxing import flow
from pingxing.api.doors import AdmittingDep, AppDep, app_of
from pingxing.api.invalid import invalid
from pingxing.api.pictures import palette_of, sides
from pingxing.api.uploads import allow, turns
from pingxing.bootstrap import App
from pingxing.desk import JobView
from pingxing.errors import InvalidRequest, PingxingError, Refused
from pingxing.identity.authority import require
from pingxing.types import (
    MAX_COUNT,
    MAX_PROMPT_CHARS,
    USUAL_SIDE,
    Actor,
    AdapterUse,
    Format,
    Job,
    JobState,
    Language,
    Receipt,
    Scope,
)
from pingxing.types import Request as Wish
from pingxing.web.asked import Asked, AskedDep
from pingxing.web.beginning import KINDS, Begun, begin, statement
from pingxing.web.can_make import EXAMPLES as CAN_MAKE
from pingxing.web.lending import Lending, drop
from pingxing.web.made_here import made_here
from pingxing.web.palettes import PALETTES
from pingxing.web.paper import page, render
from pingxing.web.stock import chosen, offers
from pingxing.web.understood import pieces, sample
from pingxing.web.visitor import ChangingDep, MemberDep, Visitor, VisitorDep

router = APIRouter(include_in_schema=False)

SHAPES = (
    ("1024x1024", 1, 1),
    ("896x1152", 3, 4),
    ("1152x896", 4, 3),
    ("768x1344", 9, 16),
    ("1344x768", 16, 9),
    ("2048x512", 4, 1),
)
_GRID = 64  # pixels, that sides are multiples of
EXAMPLES = 6  # web.example.1 ... in the catalogues: each language has its own, not translations
_PAGE = 24
_STREAMS = 3  # cards of one page that hold a connection open
_UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


@router.get("/")
def studio(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    prompt: Annotated[str, Query(max_length=MAX_PROMPT_CHARS)] = "",
    receipt: Annotated[str, Query(max_length=64, alias="from")] = "",
) -> Response:
    """`from` names a picture of one's own that the next one begins with."""
    if visitor.actor is None:
        shown = sample(visitor.language)
        told: dict[str, Any] = {
            "scene": shown.scene,
            "pieces": pieces(shown.prompt, shown.scene),
            "made_here": made_here(),
            "can_make": CAN_MAKE,
        }
        return page("welcome.html", request, visitor, **told)
    if not visitor.makes:
        return page("reader.html", request, visitor)
    lending(request).settle(app, visitor.actor)
    jobs = app.desk.jobs(visitor.actor, limit=12)
    source = _source(app, visitor.actor, receipt) if receipt else None
    if source is not None and not prompt:
        prompt = app.desk.job(visitor.actor, source.job).job.request.prompt
    choices = _choices(app, visitor.language, source, visitor.actor)
    return page("studio.html", request, visitor, prompt=prompt, jobs=jobs, streams=_streams(jobs), **choices)


def _source(app: App, actor: Actor, receipt_id: str) -> Receipt | None:
    """A picture that another may begin with; none for what is gone, another's, or no picture of pixels."""
    try:
        receipt = app.desk.receipt(actor, receipt_id)
    except PingxingError:
        return None
    return receipt if receipt.account == actor.account and receipt.artifact.media_type in KINDS else None


def shapes(side: int) -> tuple[tuple[str, int, int], ...]:
    """The shapes for a model that was made for squares of that side; the page's script counts the same way."""
    if side == USUAL_SIDE:
        return SHAPES

    def sized(size: str) -> str:
        return "x".join(str(max(_GRID, int(one) * side // USUAL_SIDE // _GRID * _GRID)) for one in size.split("x"))

    return tuple((sized(size), width, height) for size, width, height in SHAPES)


def _streams(views: Sequence[JobView]) -> set[str]:
    """The jobs that end first; the rest of a long queue is asked about now and then."""
    return {view.job.id for view in [view for view in views if not view.job.state.final][-_STREAMS:]}


def _choices(app: App, language: Language, source: Receipt | None, actor: Actor) -> dict[str, Any]:
    models = offers(app)
    like = "" if source is None else app.desk.job(actor, source.job).job.request.model
    picked = chosen(models, begins=source is not None, like=like)
    return {
        "models": models,
        "picked": picked,
        "styles": next((one.card.styles for one in models if one.card.describes_scene), models[0].card.styles),
        "samplers": tuple(dict.fromkeys(name for one in models for name in one.samplers)),
        "begins": any(one.card.takes_picture for one in models),
        "source": source,
        "kinds": ",".join(KINDS),
        "terms": statement(language),
        "most": MAX_COUNT,
        "most_bytes": app.settings.max_upload_bytes,
        "days": app.settings.upload_days,
        "shapes": shapes(next(one.card.usual_side for one in models if one.name == picked)),
        "whole": SHAPES,
        "formats": list(Format),
        "examples": EXAMPLES,
        "palettes": PALETTES,
        "made_here": made_here(),
        "can_make": CAN_MAKE,
    }


def lending(request: Request) -> Lending:
    """What pages of this process have lent to jobs."""
    found: Lending = request.app.state.lending
    return found


@router.post("/jobs")
async def make(app: AppDep, request: Request, visitor: VisitorDep, admitting: AdmittingDep, sent: AskedDep) -> Response:
    """Admit what was typed. Answers with the job's card, or with the refusal while the prompt stays where it is."""
    actor, asked = sent
    brings = bool(asked.files or asked["receipt"])
    if brings:
        require(actor, Scope.GENERATE)
        allow(request, actor, app.settings.uploads_per_minute)
    work = partial(_make, app, request, visitor, actor, asked)
    return await to_thread.run_sync(work, limiter=turns(request) if brings else admitting)


def _make(app: App, request: Request, visitor: Visitor, actor: Actor, asked: Asked) -> Response:
    partly = "hx-request" in request.headers
    try:
        job = _admit(app, request, actor, asked)
    except Refused as refused:
        held = app.desk.job(actor, refused.job).appeal if refused.job else None
        facts: dict[str, Any] = {"error": refused, "prompt": asked["prompt"], "appeal": held}
        if partly:
            return page("parts/refused.html", request, visitor, **facts)
        return page("refused.html", request, visitor, status=refused.status, **facts)
    if not partly:
        return RedirectResponse(f"/jobs/{job.id}", 303)
    few = len(app.desk.jobs(actor, limit=_STREAMS + 1, states=_UNFINISHED)) <= _STREAMS
    return page("parts/job.html", request, visitor, view=app.desk.job(actor, job.id), streamed=few)


def _admit(app: App, request: Request, actor: Actor, asked: Asked) -> Job:
    """The form has fields for every kind of engine, and shows those of the one that is picked: the others' are left."""
    lending(request).settle(app, actor)
    card = app.registry.backend(asked["model"] or app.registry.default).model
    told: dict[str, Any] = {name: asked[name] for name in ("prompt", "count", "seed", "model", "negative")}
    told |= {"form": asked["format"] or "png"}
    begun = begin(app, actor, asked) if card.takes_picture else Begun()
    if card.describes_scene:
        inks = palette_of(asked["palette"]) or PALETTES.get(asked["inks"], ())
        told |= {"style": asked["style"], "palette": inks, "clear": bool(asked["transparent"])}
    else:
        others = {kind for one in app.models() if one.describes_scene for kind in one.styles}
        told |= {name: asked[name] for name in ("steps", "guidance", "sampler")}
        told |= {"style": "" if asked["style"] in others else asked["style"]}
        told |= {"adapters": _adapters(asked, card.name)}
    if begun.image is not None:
        told |= {"begins": begun.image.id, "mask": begun.mask, "strength": asked["strength"]}
    try:
        job = flow.admit(app, actor, wish_of(size=_size(asked, begun), **told))
    except Exception as error:
        if not isinstance(error, Refused):  # a refused wish may be allowed on appeal, and then needs its picture
            drop(app, actor, begun.lent)
        raise
    lending(request).note(actor.account, job.id, begun.lent)
    return job


def _adapters(asked: Asked, model: str) -> tuple[AdapterUse, ...]:
    """Those that were switched on for this model. Raises InvalidRequest naming the weight."""
    uses = []
    for name, weight in asked.weights:
        base, _, adapter = name.partition("/")
        if base == model:
            try:
                uses.append(AdapterUse(name=adapter, weight=_number("weight", weight or "1", float)))
            except ValidationError as error:
                raise invalid(list(error.errors())) from None
    return tuple(uses)


def _size(asked: Asked, begun: Begun) -> str:
    """What was typed; else the shape that was picked (scripts copy it into the size); "auto" is that of the picture,
    or the model's own."""
    size = asked["size"]
    if size in ("", asked["usual"] or SHAPES[0][0]):
        size = asked["shape"] or size or "auto"
    return "x".join(map(str, begun.size)) if size == "auto" and begun.size else size


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
    strength: str = "",
    begins: str = "",
    adapters: tuple[AdapterUse, ...] = (),
    **words: str,
) -> Wish:
    """A Request from form fields. Raises InvalidRequest that names the field."""
    rest: dict[str, Any] = {
        **sides(size.strip()),
        **words,
        "palette": palette,
        "transparent": clear,
        "init_image": begins,
        "adapters": adapters,
    }
    numbers = (("count", count), ("seed", seed), ("steps", steps))
    rest |= {name: _number(name, text) for name, text in numbers if text.strip()}
    parts = (("guidance", guidance), ("strength", strength))
    rest |= {name: _number(name, text, float) for name, text in parts if text.strip()}
    try:
        return Wish(prompt=prompt, format=Format(form), **rest)
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
            if view.job.state.final:
                await asyncio.to_thread(lending(request).settle, app, actor)
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
