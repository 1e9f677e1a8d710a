"""The public page where anyone can check a file: four layers as four plain sentences. It keeps nothing."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response

from pingxing.api.doors import AppDep, app_of
from pingxing.api.native import allow_verification, uploaded
from pingxing.errors import InvalidRequest
from pingxing.verify import verify
from pingxing.web.paper import page
from pingxing.web.visitor import VisitorDep

router = APIRouter()


@router.get("/verify")
def ask(app: AppDep, request: Request, visitor: VisitorDep) -> Response:
    return page("verify.html", request, visitor, answer=None, name="", most=app.settings.max_upload_bytes)


@router.post("/verify")
async def answer(request: Request, visitor: VisitorDep) -> Response:
    """Works as a plain form and for a file dropped on the page. No session and no CSRF token: it changes nothing."""
    app = app_of(request)
    allow_verification(app, request)
    name, data = await uploaded(request)
    if not data:
        raise InvalidRequest("missing", member="file")
    found = await asyncio.to_thread(verify, app, data)
    template = "parts/answer.html" if "hx-request" in request.headers else "verify.html"
    return page(template, request, visitor, answer=found, name=name[:80], most=app.settings.max_upload_bytes)


@router.get("/about")
def about(app: AppDep, request: Request, visitor: VisitorDep) -> Response:
    return page("about.html", request, visitor, models=app.models(), vkey=app.ledger.vkey)
