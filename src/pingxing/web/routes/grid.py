"""Grids in the studio: a table and a sentence with blanks, counted first; then chosen from by keyboard, and printed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, File, Form, Path, Query, Request, Response, UploadFile
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from pingxing.api.doors import AdmittingDep, app_of
from pingxing.api.invalid import invalid
from pingxing.api.makers import LeastDep, contact, parcel, workshop_of
from pingxing.errors import InvalidRequest, NotFound, Overloaded, PingxingError, TooLarge
from pingxing.makers.grid import MAX_VARIANTS, RETRIED, SIDE, Cost, Join, Plan, cost, plan
from pingxing.makers.grid_table import MAX_BYTES, MAX_TEXT, Table, csv_of, read_table
from pingxing.makers.viewing import SCORES, By, Choice, Only, View, picked, shortlist
from pingxing.makers.wanted import GridWanted
from pingxing.types import Actor
from pingxing.web.faults import fault_of
from pingxing.web.paper import page
from pingxing.web.routes.makers import models_of
from pingxing.web.visitor import ChangingDep, MemberDep, Visitor, VisitorDep

router = APIRouter(include_in_schema=False)
SIZES = (256, SIDE, 1_024)
_LONGEST = 100_000  # letters of a field: what is too long is said beside it, and not thrown away
FIELDS = {
    "template": "template", "prompt": "template", "table": "table", "rows": "table", "columns": "table",
    "lists": "lists", "join": "lists", "names": "names", "variants": "variants", "width": "size", "height": "size",
    "model": "model",
}  # fmt: skip
_FIRST = 6  # wishes shown before the start
Id = Annotated[str, Path(max_length=32)]


@dataclass(frozen=True, slots=True)
class Given:
    """What the form holds; `table` as text."""

    template: str = ""
    table: str = ""
    lists: str = ""
    join: Join = "product"
    variants: int = 1
    size: int = SIDE
    names: str = ""
    model: str = ""

    def wanted(self) -> GridWanted:
        """Raises InvalidRequest."""
        table = read_table(self.table.encode()) if self.table.strip() else Table()
        lists = tuple(line.strip() for line in self.lists.splitlines() if line.strip())
        told: dict[str, Any] = {"columns": table.columns, "rows": table.rows, "lists": lists, "join": self.join}
        told |= {"variants": self.variants, "names": self.names, "width": self.size, "height": self.size}
        told["model"] = self.model
        try:
            return GridWanted(template=self.template, **told)
        except ValidationError as error:
            raise invalid(list(error.errors())) from None


@dataclass(frozen=True, slots=True)
class Counted:
    """What it would be, before it starts."""

    plan: Plan
    cost: Cost

    @property
    def first(self) -> tuple[tuple[str, str], ...]:
        return tuple((cell.name, cell.request.prompt) for cell in self.plan.cells[:_FIRST])

    @property
    def minutes(self) -> int | None:
        return None if self.cost.seconds is None else max(1, round(self.cost.seconds / 60))


@router.get("/makers/grid")
def form(request: Request, visitor: VisitorDep, _: MemberDep) -> Response:
    return _form(request, visitor, Given())


def _form(
    request: Request,
    visitor: Visitor,
    given: Given,
    trouble: PingxingError | None = None,
    counted: Counted | None = None,
) -> Response:
    status, fault = 200, None
    if trouble is not None:
        status, fault = trouble.status, fault_of(trouble, visitor.language, FIELDS, "grid")
    facts: dict[str, Any] = {
        "given": given,
        "fault": fault,
        "counted": counted,
        "sizes": SIZES,
        "most": MAX_VARIANTS,
        "bytes": MAX_BYTES,
    }
    facts["models"] = models_of(request)
    return page("grid.html", request, visitor, status=status, **facts)


@router.post("/makers/grid")
async def order(
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    admitting: AdmittingDep,
    template: Annotated[str, Form(max_length=_LONGEST)] = "",
    table: Annotated[str, Form(max_length=MAX_TEXT)] = "",
    lists: Annotated[str, Form(max_length=100_000)] = "",
    join: Annotated[Join, Form()] = "product",
    variants: Annotated[int, Form(ge=1, le=MAX_VARIANTS)] = 1,
    size: Annotated[int, Form(ge=64, le=2_048)] = SIDE,
    names: Annotated[str, Form(max_length=_LONGEST)] = "",
    model: Annotated[str, Form(max_length=100)] = "",
    go: Annotated[bool, Form()] = False,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Count what is asked for; with `go`, order it. A file stands in for what was pasted."""
    data = await file.read(MAX_BYTES + 1) if file is not None and file.filename else None
    given = Given(template.strip(), table, lists, join, variants, size, names, model)
    return await to_thread.run_sync(_ordered, request, visitor, actor, given, data, go, limiter=admitting)


def _ordered(request: Request, visitor: Visitor, actor: Actor, given: Given, data: bytes | None, go: bool) -> Response:
    try:
        given = given if data is None else _with_file(given, data)
        wanted = given.wanted()
        if go:
            return RedirectResponse(f"/makers/{workshop_of(request).order(actor, wanted, once=True).id}/grid", 303)
        planned = plan(wanted.order)
        return _form(request, visitor, given, counted=Counted(planned, cost(app_of(request), planned)))
    except (InvalidRequest, NotFound, Overloaded, TooLarge) as error:
        return _form(request, visitor, given, error)


def _with_file(given: Given, data: bytes) -> Given:
    """The file's table as the text of the form: seen and mended there before the order."""
    if not data:
        raise InvalidRequest("grid_empty", member="table")
    table = read_table(data)
    text = csv_of(table.columns, table.rows, safe=False).decode("utf-8-sig")
    return replace(given, table=text)


@router.get("/makers/{order_id}/grid")
def show(
    request: Request, visitor: VisitorDep, actor: MemberDep, order_id: Id, only: Annotated[Only, Query()] = "all",
    least: LeastDep = 0, by: Annotated[By, Query()] = "table",
) -> Response:  # fmt: skip
    """The order as it stands; where it rests, one picture after the other to keep, drop or score."""
    view = _grid(request, actor, order_id)
    failed = tuple(finding for _, finding in view.findings if finding.rule in RETRIED)
    facts: dict[str, Any] = {"view": view, "order": view.order, "failed": failed, "count": len(view.cells)}
    facts |= {"pictures": picked(view, only, least, by), "scores": SCORES, "only": only, "least": least, "by": by}
    return page("grid_order.html", request, visitor, **facts)


@router.get("/makers/{order_id}/sheet")
def sheet(
    request: Request, visitor: VisitorDep, actor: MemberDep, order_id: Id, least: LeastDep = 0,
    by: Annotated[By, Query()] = "table",
) -> Response:  # fmt: skip
    """The contact sheet: what was kept, on paper."""
    view = _grid(request, actor, order_id)
    kept = picked(view, "keep", least, by) if not least else shortlist(view, least, by)
    facts: dict[str, Any] = {"view": view, "order": view.order, "kept": kept, "least": least, "by": by}
    return page("grid_sheet.html", request, visitor, scores=SCORES, **facts)


@router.post("/makers/{order_id}/choice")
def choose(
    request: Request,
    actor: ChangingDep,
    order_id: Id,
    receipt: Annotated[str, Form(max_length=64)],
    choice: Annotated[str, Form(pattern="^(keep|drop|undo)$")] = "",
    score: Annotated[int | None, Form(ge=0, le=SCORES[-1])] = None,
    following: Annotated[str, Form(max_length=64, pattern="^[0-9A-Za-z_-]*$")] = "",
) -> Response:
    """Keep or drop it, or give it a score (0: take it back), then the next one; scripts get no page back."""
    if choice:
        chosen: Choice | None = None if choice == "undo" else "keep" if choice == "keep" else "drop"
        workshop_of(request).mark(actor, order_id, receipt, chosen)
    if score is not None:
        workshop_of(request).score(actor, order_id, receipt, score or None)
    if "x-quiet" in request.headers:
        return Response(status_code=204)
    on = receipt if score is not None else following or receipt
    return RedirectResponse(f"/makers/{order_id}/grid#p-{on}", 303)


@router.post("/makers/{order_id}/pause")
def pause(request: Request, actor: ChangingDep, order_id: Id) -> Response:
    workshop_of(request).pause(actor, order_id)
    return RedirectResponse(f"/makers/{order_id}/grid", 303)


@router.post("/makers/{order_id}/resume")
def resume(request: Request, actor: ChangingDep, order_id: Id) -> Response:
    workshop_of(request).resume(actor, order_id)
    return RedirectResponse(f"/makers/{order_id}/grid", 303)


@router.post("/makers/{order_id}/retry")
def retry(
    request: Request, actor: ChangingDep, order_id: Id, file: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """One that failed, or all of them."""
    workshop_of(request).retry(actor, order_id, [file] if file else ())
    return RedirectResponse(f"/makers/{order_id}/grid", 303)


@router.get("/makers/{order_id}/kept")
def download(
    request: Request, actor: MemberDep, order_id: Id, kept: Annotated[bool, Query()] = True, least: LeastDep = 0,
    by: Annotated[By, Query()] = "table",
) -> Response:  # fmt: skip
    """The chosen ones as a ZIP, under the names that the table gave them."""
    return parcel(workshop_of(request), actor, order_id, "", kept=kept, least=least, by=by)


@router.get("/makers/{order_id}/contact-sheet")
def on_paper(
    request: Request, actor: MemberDep, order_id: Id, least: LeastDep = 0, by: Annotated[By, Query()] = "table"
) -> Response:
    """The contact sheet as PDF."""
    return contact(app_of(request), workshop_of(request), actor, order_id, least, by)


def _grid(request: Request, actor: Actor, order_id: str) -> View:
    view = workshop_of(request).view(actor, order_id)
    if not isinstance(view.wanted, GridWanted):
        raise NotFound("order")
    return view
