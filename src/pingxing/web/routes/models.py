"""Which models are served: a short page for everybody, and the operator's with what lies on the disk and the device."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from pingxing import i18n
from pingxing.api.doors import AppDep
from pingxing.bootstrap import App, shelf
from pingxing.errors import Integrity, InvalidRequest, NotFound, Unavailable, UnreadableFile
from pingxing.identity.authority import require
from pingxing.types import Scope
from pingxing.web.paper import page
from pingxing.web.stock import held
from pingxing.web.visitor import ChangingDep, MemberDep, Visitor, VisitorDep

router = APIRouter(include_in_schema=False)


@router.get("/models")
def known(app: AppDep, request: Request, visitor: VisitorDep) -> Response:
    """What each model is, under which licence, and what it was made from, as far as anyone said."""
    return page("models.html", request, visitor, models=held(app))


@router.get("/operator/models")
def stock(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep) -> Response:
    require(actor, Scope.OPERATE)
    return _page(app, request, visitor, None)


@router.post("/operator/models/{name}/check")
def check(app: AppDep, request: Request, visitor: VisitorDep, actor: ChangingDep, name: str) -> Response:
    """Read every byte of a model's files again and say whether they are what was added; a large one takes a while."""
    require(actor, Scope.OPERATE)
    words: tuple[str, str] | None = None
    try:
        shelf(app.settings).check(name)
    except (Integrity, NotFound, UnreadableFile) as error:
        words = i18n.explain(error, visitor.language)
    return _told(app, request, visitor, Told(name, "checked", words))


@router.post("/operator/models/{name}/plan")
def plan(app: AppDep, request: Request, visitor: VisitorDep, actor: ChangingDep, name: str) -> Response:
    """Ask the device how this model would lie on it; loads torch where nothing has, but no weights."""
    require(actor, Scope.OPERATE)
    try:
        found = app.registry.planned(name)
    except (Unavailable, InvalidRequest, NotFound) as error:
        return _told(app, request, visitor, Told(name, "planned", i18n.explain(error, visitor.language)))
    if "hx-request" in request.headers:
        return page("parts/plan.html", request, visitor, plan=found)
    return _page(app, request, visitor, None)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a question about one model; `words` (title, hint) where something is wrong."""

    name: str
    done: str
    words: tuple[str, str] | None


def _told(app: App, request: Request, visitor: Visitor, told: Told) -> Response:
    if "hx-request" in request.headers:
        return page("parts/model_told.html", request, visitor, told=told)
    return _page(app, request, visitor, told)


def _page(app: App, request: Request, visitor: Visitor, told: Told | None) -> Response:
    models = held(app)
    wrong = {one.card.name: one.offer.trouble for one in models}
    return page(
        "operator_models.html",
        request,
        visitor,
        models=models,
        troubles={name: i18n.explain(error, visitor.language) for name, error in wrong.items() if error is not None},
        exact=app.settings.exact,
        folder=app.settings.data_dir,
        told=told,
    )
