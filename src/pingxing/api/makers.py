"""Makers over HTTP: packs, wallpapers and prints are ordered, watched file by file, fetched as ZIPs, cancelled."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, cast

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from pingxing import i18n
from pingxing.api.doors import ActorDep, AdmittingDep, LanguageDep, app_of
from pingxing.bootstrap import App
from pingxing.flow import release
from pingxing.identity.authority import require
from pingxing.makers.grid import cost, plan
from pingxing.makers.judging import Finding
from pingxing.makers.viewing import SCORES, By, Choice, Only, View, picked
from pingxing.makers.wanted import (
    GridWanted,
    NailsWanted,
    PatternsWanted,
    PrintsWanted,
    StickersWanted,
    WallpapersWanted,
    Wanted,
    packs,
    products,
    screens,
)
from pingxing.makers.workshop import Workshop
from pingxing.types import Actor, Language, Scope

router = APIRouter(prefix="/api/makers", tags=["Makers"])
Id = Annotated[str, Path(max_length=32)]
LeastDep = Annotated[int, Query(ge=0, le=SCORES[-1])]  # the least score; 0: scored or not
_PIECE = 1 << 20  # bytes of a ZIP handed on at once


class MadeFile(BaseModel):
    """One finished file: `folder` is the platform's, `path` its name within, `url` hands out its bytes."""

    folder: str
    path: str
    role: str
    receipt: str
    url: str


class MadeFinding(BaseModel):
    """What a platform would say: `must` gets it rejected, the others are advice."""

    platform: str
    file: str
    rule: str
    what: str
    fix: str
    found: str
    wanted: str
    must: bool


class Trouble(BaseModel):
    """Why it failed; `job` of a refusal, where it can be contested."""

    code: str
    title: str
    hint: str
    job: str


class OrderShape(BaseModel):
    """`done` of `total` files are there. `zips`: folder -> address. Files appear as they are finished, and stay. What a
    person said of pictures stands in `chosen` and `scores` (1 to 5), by receipt."""

    order: str
    kind: Literal["stickers", "wallpapers", "prints", "patterns", "nails", "grid"]
    state: Literal["making", "paused", "done", "failed", "refused", "cancelled"]
    done: int
    total: int
    created_at: datetime
    wanted: dict[str, Any]
    files: list[MadeFile]
    words: dict[str, dict[str, Any]]
    findings: list[MadeFinding]
    zips: dict[str, str]
    chosen: dict[str, Choice]
    scores: dict[str, int]
    trouble: Trouble | None


class GridPlan(BaseModel):
    """What a grid would be, before it starts: `cells` pictures, `same` that are another's again and drawn once, names
    that the template does not use; `charge` in thousandths of a step of 1024 x 1024; `seconds` at the pace measured
    here, null before any was."""

    cells: int
    same: int
    unused: list[str]
    charge: int
    seconds: float | None


class Choosing(BaseModel):
    """One picture that a person keeps or drops; null takes the choice back."""

    model_config = ConfigDict(extra="forbid")

    receipt: Annotated[str, Field(max_length=64)]
    choice: Choice | None


class Scoring(BaseModel):
    """What one picture is worth to a person, 1 to 5; null takes the score back."""

    model_config = ConfigDict(extra="forbid")

    receipt: Annotated[str, Field(max_length=64)]
    score: Literal[1, 2, 3, 4, 5] | None


class GridCell(BaseModel):
    """One picture of a grid, with what a person said of it: `choice` keep, drop or null, `score` 1 to 5 or null."""

    path: str
    receipt: str
    url: str
    choice: Choice | None
    score: int | None


class Retrying(BaseModel):
    """Files of a grid that failed; none named: all of them."""

    model_config = ConfigDict(extra="forbid")

    files: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=1_000)] = []


class PlaceShape(BaseModel):
    """A platform, screen or product that can be ordered for. `moving`: it takes stickers that move."""

    name: str
    title: str
    kind: Literal["stickers", "wallpapers", "prints"]
    moving: bool
    source: str


def workshop_of(request: Request) -> Workshop:
    return cast(Workshop, request.app.state.workshop)


@dataclass(frozen=True, slots=True)
class Ordering:
    """Who orders, in which language, and where the answer goes: the same at every maker's door."""

    request: Request
    actor: Actor
    language: Language
    admitting: CapacityLimiter
    response: Response

    async def take(self, body: Wanted) -> OrderShape:
        told = (self.request, self.actor, self.language, body, self.response)
        return await to_thread.run_sync(_order, *told, limiter=self.admitting)


async def ordering_of(
    request: Request, actor: ActorDep, language: LanguageDep, admitting: AdmittingDep, response: Response
) -> Ordering:
    return Ordering(request, actor, language, admitting, response)


OrderingDep = Annotated[Ordering, Depends(ordering_of)]


@router.post("/stickers", status_code=202)
async def order_stickers(ordering: OrderingDep, body: StickersWanted) -> OrderShape:
    """A sticker pack for one or more platforms. Durable when this answers; ask for it again to see its files come."""
    return await ordering.take(body)


@router.post("/wallpapers", status_code=202)
async def order_wallpapers(ordering: OrderingDep, body: WallpapersWanted) -> OrderShape:
    """Wallpapers for one or more screens, by day and by night where a pair is asked for."""
    return await ordering.take(body)


@router.post("/patterns", status_code=202)
async def order_patterns(ordering: OrderingDep, body: PatternsWanted) -> OrderShape:
    """One seamless tile for cloth, paper or walls, PNG and SVG, in every colourway that is named."""
    return await ordering.take(body)


@router.post("/nails", status_code=202)
async def order_nails(ordering: OrderingDep, body: NailsWanted) -> OrderShape:
    """A set of ten press-on nails: a sheet true to the millimetre, a picture of each nail, and both hands."""
    return await ordering.take(body)


@router.post("/prints", status_code=202)
async def order_prints(ordering: OrderingDep, body: PrintsWanted) -> OrderShape:
    """Print files for one or more products."""
    return await ordering.take(body)


@router.post("/grid", status_code=202)
async def order_grid(ordering: OrderingDep, body: GridWanted) -> OrderShape:
    """A table times a template: one picture for every row and every value of the lists."""
    return await ordering.take(body)


@router.post("/grid/plan")
def plan_grid(request: Request, actor: ActorDep, body: GridWanted) -> GridPlan:
    """How many pictures there would be, and what they cost. Nothing is made."""
    require(actor, Scope.GENERATE)
    planned = plan(body.order)
    told = cost(app_of(request), planned)
    return GridPlan(
        cells=len(planned.cells),
        same=planned.same,
        unused=list(planned.unused),
        charge=told.charge,
        seconds=told.seconds,
    )


@router.post("/{order_id}/pause")
def pause_order(request: Request, actor: ActorDep, language: LanguageDep, order_id: Id) -> OrderShape:
    """Begin nothing new; what is under way ends. 409 when it is not being made."""
    workshop_of(request).pause(actor, order_id)
    return _shape(workshop_of(request).view(actor, order_id), language)


@router.post("/{order_id}/resume")
def resume_order(request: Request, actor: ActorDep, language: LanguageDep, order_id: Id) -> OrderShape:
    """Go on with one that was paused or failed as a whole, with the pictures that it has."""
    workshop_of(request).resume(actor, order_id)
    return _shape(workshop_of(request).view(actor, order_id), language)


@router.post("/{order_id}/retry")
def retry_order(request: Request, actor: ActorDep, language: LanguageDep, order_id: Id, body: Retrying) -> OrderShape:
    """Make again what failed of a grid."""
    workshop_of(request).retry(actor, order_id, body.files)
    return _shape(workshop_of(request).view(actor, order_id), language)


@router.post("/{order_id}/choice")
def choose_picture(
    request: Request, actor: ActorDep, language: LanguageDep, order_id: Id, body: Choosing
) -> OrderShape:
    """Keep or drop one picture of an order that is paused or has ended. 409 while it is being made."""
    workshop_of(request).mark(actor, order_id, body.receipt, body.choice)
    return _shape(workshop_of(request).view(actor, order_id), language)


@router.post("/{order_id}/score")
def score_picture(request: Request, actor: ActorDep, language: LanguageDep, order_id: Id, body: Scoring) -> OrderShape:
    """Give one picture of an order that is paused or has ended a score. 409 while it is being made."""
    workshop_of(request).score(actor, order_id, body.receipt, body.score)
    return _shape(workshop_of(request).view(actor, order_id), language)


@router.get("")
def list_orders(
    request: Request, actor: ActorDep, language: LanguageDep, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[OrderShape]:
    """One's own, newest first."""
    return [_shape(view, language) for view in workshop_of(request).views(actor, limit)]


@router.get("/places")
def list_places(actor: ActorDep, language: LanguageDep) -> list[PlaceShape]:
    """What can be ordered for."""
    kinds = (("stickers", packs()), ("wallpapers", screens()), ("prints", products()))
    return [
        PlaceShape(
            name=place.name,
            title=place.names[language],
            kind=cast(Literal["stickers", "wallpapers", "prints"], kind),
            moving="sticker" in place.roles and place.roles["sticker"].moving is not None,
            source=place.source,
        )
        for kind, places in kinds
        for place in places
    ]


@router.get("/{order_id}")
def get_order(request: Request, actor: ActorDep, language: LanguageDep, order_id: Id) -> OrderShape:
    return _shape(workshop_of(request).view(actor, order_id), language)


@router.get("/{order_id}/cells")
def list_cells(
    request: Request, actor: ActorDep, order_id: Id, only: Annotated[Only, Query()] = "all", least: LeastDep = 0,
    by: Annotated[By, Query()] = "table",
) -> list[GridCell]:  # fmt: skip
    """Pictures of a grid with what was said of them: those of one choice (`open`: of none), with at least one score,
    in the table's order, the best score first, or by name."""
    view = workshop_of(request).view(actor, order_id)
    return [
        GridCell(
            path=piece.path,
            receipt=piece.receipt,
            url=_url(piece.receipt),
            choice=view.chosen.get(piece.receipt),
            score=view.scores.get(piece.receipt),
        )
        for piece in picked(view, only, least, by)
    ]


@router.delete("/{order_id}")
def cancel_order(request: Request, actor: ActorDep, language: LanguageDep, order_id: Id) -> OrderShape:
    """Cancel what is still to be made; what is finished stays. 409 when it has ended."""
    workshop_of(request).cancel(actor, order_id)
    return _shape(workshop_of(request).view(actor, order_id), language)


@router.get("/{order_id}/zip", response_class=Response)
def get_zip(
    request: Request,
    actor: ActorDep,
    order_id: Id,
    folder: Annotated[str, Query(max_length=60)] = "",
    kept: Annotated[bool, Query()] = False,
    least: LeastDep = 0,
    by: Annotated[By, Query()] = "table",
) -> Response:
    """The finished files of one folder, as they are uploaded; `kept`: only those that were chosen, `least`: only those
    with that score; of a grid with its table as CSV, its lines in the order of `by`."""
    return parcel(workshop_of(request), actor, order_id, folder, kept=kept, least=least, by=by)


@router.get("/{order_id}/sheet", response_class=Response)
def get_sheet(
    request: Request, actor: ActorDep, order_id: Id, least: LeastDep = 0, by: Annotated[By, Query()] = "table"
) -> Response:
    """The contact sheet of a grid as PDF: what was kept, or all of it where nothing was chosen, with scores; `least`:
    only what has that one. It has a receipt."""
    return contact(app_of(request), workshop_of(request), actor, order_id, least, by)


def parcel(
    workshop: Workshop, actor: Actor, order_id: str, folder: str, *, kept: bool = False, least: int = 0,
    by: By = "table",
) -> Response:  # fmt: skip
    """The ZIP, a piece at a time from the disk."""
    name = folder or workshop.view(actor, order_id).wanted.kind
    file = workshop.parcel(actor, order_id, folder, kept=kept, least=least, by=by)

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(_PIECE):
                yield piece

    headers = _handed_over(f"{name}.zip") | {"Content-Length": str(os.fstat(file.fileno()).st_size)}
    return StreamingResponse(pieces(), media_type="application/zip", headers=headers)


def contact(app: App, workshop: Workshop, actor: Actor, order_id: str, least: int = 0, by: By = "table") -> Response:
    receipt = workshop.sheet(actor, order_id, least=least, by=by)
    data = release(app, actor, receipt.id).data
    return Response(data, media_type=receipt.artifact.media_type, headers=_handed_over("contact-sheet.pdf"))


def _handed_over(name: str) -> dict[str, str]:
    return {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }


def _order(request: Request, actor: Actor, language: Language, wanted: Wanted, response: Response) -> OrderShape:
    workshop = workshop_of(request)
    order = workshop.order(actor, wanted)
    response.headers["Location"] = f"/api/makers/{order.id}"
    return _shape(workshop.view(actor, order.id), language)


def _shape(view: View, language: Language) -> OrderShape:
    order = view.order
    return OrderShape(
        order=order.id,
        kind=view.wanted.kind,
        state=order.state,
        done=order.done,
        total=order.total,
        created_at=order.created_at,
        wanted=view.wanted.model_dump(mode="json"),
        files=[
            MadeFile(
                folder=piece.folder,
                path=piece.path,
                role=piece.role,
                receipt=piece.receipt,
                url=_url(piece.receipt),
            )
            for piece in view.pieces
        ],
        words=view.words,
        findings=[_finding(platform, one, language) for platform, one in view.findings],
        zips={folder: f"/api/makers/{order.id}/zip?folder={folder}" for folder in view.folders},
        chosen=view.chosen,
        scores=view.scores,
        trouble=None if view.trouble is None else Trouble(**view.trouble),
    )


def _url(receipt: str) -> str:
    return f"/api/receipts/{receipt}/file"


def _finding(platform: str, one: Finding, language: Language) -> MadeFinding:
    return MadeFinding(
        platform=platform,
        file=one.file,
        rule=one.rule,
        what=i18n.say(language, f"makers.rule.{one.rule}"),
        fix=i18n.say(language, f"makers.rule.{one.rule}.fix"),
        found=one.found,
        wanted=one.wanted,
        must=one.must,
    )
