"""The public page where anyone can check files: four layers as four plain sentences. It keeps nothing."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from pingxing.api.doors import AppDep, app_of
from pingxing.api.native import allow_verification, fetched, uploaded
from pingxing.bootstrap import App
from pingxing.errors import InvalidRequest
from pingxing.fetching import MAX_LINK
from pingxing.settings import UNREGISTERED
from pingxing.types import Language
from pingxing.verify import verify
from pingxing.web.answers import ACCEPT, FATES, MOST, VERDICTS, Answer, tell
from pingxing.web.paper import page
from pingxing.web.visitor import VisitorDep

router = APIRouter(include_in_schema=False)
Link = Annotated[str, Form(max_length=MAX_LINK)]


@router.get("/verify")
def ask(app: AppDep, request: Request, visitor: VisitorDep) -> Response:
    return page("verify.html", request, visitor, answer=None, **_limits(app))


@router.post("/verify")
async def answer(request: Request, visitor: VisitorDep) -> Response:
    """Works as a plain form and for a file dropped on the page. No session and no CSRF token: it changes nothing."""
    app = app_of(request)
    allow_verification(app, request)
    name, data = await uploaded(request)
    if not data:
        raise InvalidRequest("missing", member="file")
    told = await asyncio.to_thread(_answer, app, name, data, visitor.language)
    if "hx-request" in request.headers:
        return page("parts/answer.html", request, visitor, answer=told, vkey=app.ledger.vkey)
    return page("verify.html", request, visitor, answer=told, vkey=app.ledger.vkey, **_limits(app))


@router.post("/verify/link")
async def answer_link(request: Request, visitor: VisitorDep, url: Link) -> Response:
    """As `answer`, for a file on the web."""
    app = app_of(request)
    link = url.strip()
    file = await fetched(app, request, link)
    told = await asyncio.to_thread(_answer, app, file.name, file.data, visitor.language)
    if "hx-request" in request.headers:
        return page("parts/answer.html", request, visitor, answer=told, vkey=app.ledger.vkey)
    return page("verify.html", request, visitor, answer=told, vkey=app.ledger.vkey, link=link, **_limits(app))


def _answer(app: App, name: str, data: bytes, language: Language) -> Answer:
    digest = hashlib.sha256(data).hexdigest()
    return tell(name, digest, len(data), verify(app, data), language, f"{app.settings.url}/verify")


def _limits(app: App) -> dict[str, Any]:
    return {
        "most": app.settings.max_upload_bytes,
        "per_minute": app.settings.verify_per_minute,
        "by_link": app.settings.verify_links,
        "at_once": MOST,
        "accept": ACCEPT,
        "verdicts": VERDICTS,
        "fates": FATES,
        "registered": app.settings.provider_code != UNREGISTERED,
    }


@router.get("/about")
def about(app: AppDep, request: Request, visitor: VisitorDep) -> Response:
    return page("about.html", request, visitor, models=app.models(), vkey=app.ledger.vkey)
