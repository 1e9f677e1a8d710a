"""The server: routes, pages and errors put together over one App."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from pingxing import __version__
from pingxing.api import (
    a1111,
    a1111_pictures,
    appeals,
    batches,
    copies,
    forbidden,
    labelling,
    makers,
    names,
    native,
    openai,
    ops,
    oversight,
    packs,
    trainings,
    trust,
    uploads,
)
from pingxing.api.body import BodyLimit
from pingxing.api.document import describe
from pingxing.api.doors import as_our_error, language_of, openai_error, problem, status_of, tool_error
from pingxing.bootstrap import App
from pingxing.errors import PingxingError
from pingxing.makers.workshop import Workshop
from pingxing.oversight import Reports
from pingxing.web import mount
from pingxing.web.routes import page_error

_API_PATHS = ("/api/", "/healthz", "/readyz", "/metrics", "/report.json")

# Writers take turns at the database, so more threads would only wait there, where watching and looking want them.
_ADMITTING = 4
_FETCHING = 4  # links that strangers gave us, fetched at a time: a slow one holds a thread for up to 20 s
_ASKING = 4  # services that verify people may take up to a minute
_UPLOADING = 2  # pictures of strangers, decoded and looked at: up to 150 MB and some seconds each

log = logging.getLogger(__name__)

ROOMS = (
    ops,
    native,
    batches,
    makers,
    uploads,
    labelling,
    appeals,
    trust,
    copies,
    oversight,
    packs,
    forbidden,
    names,
    trainings,
    openai,
    a1111,
    a1111_pictures,
)


def create(app: App, *, work: bool = True) -> FastAPI:
    """The ASGI application. With `work` it also runs jobs while it serves. Raises BadSettings."""
    app.verifier.ready()

    workshop = Workshop(app, app.desk)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if work and await run_in_threadpool(app.worker.start):
            await run_in_threadpool(workshop.start)
        yield
        await run_in_threadpool(workshop.close)

    server = FastAPI(
        title=app.settings.name,
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # ours, below: FastAPI's page would load its script from another host
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    server.state.app = app
    server.state.workshop = workshop
    server.state.admitting = CapacityLimiter(_ADMITTING)
    server.state.verifications = MovingWindowRateLimiter(MemoryStorage())  # the public's share of this process
    server.state.fetching = CapacityLimiter(_FETCHING)
    server.state.asking = CapacityLimiter(_ASKING)
    server.state.uploading = CapacityLimiter(_UPLOADING)
    server.state.reports = Reports(app)
    server.state.tools = {}  # account -> the model it chose over A1111's shapes, while this process lives
    server.add_middleware(BodyLimit, most=app.settings.max_upload_bytes)
    server.add_api_route("/api/docs", _reference, include_in_schema=False)
    for room in ROOMS:  # as they are: what is included is worked out again for every server, at its first request
        server.router.routes.extend(room.router.routes)
    describe(server)
    mount(server, app)
    for kind in (PingxingError, RequestValidationError, HTTPException, Exception):
        server.add_exception_handler(kind, _answer)
    return server


def _reference(request: Request) -> Response:
    """The API's reference, tried out in the browser; everything comes from this server."""
    page = get_swagger_ui_html(
        openapi_url="/api/openapi.json",
        title=f"{request.app.title} API",
        swagger_js_url="/static/vendor/swagger-ui-bundle.js",
        swagger_css_url="/static/vendor/swagger-ui.css",
        swagger_favicon_url="/static/seal.svg",
    )
    page.headers["Content-Security-Policy"] = (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
    )
    return page


async def _answer(request: Request, raw: Exception) -> Response:
    error = as_our_error(raw)
    status = status_of(error, raw)
    if type(error) is PingxingError:
        log.error("unexpected", exc_info=raw)
    path, language = request.url.path, language_of(request)
    if path.startswith("/v1/"):
        return openai_error(error, language, status)
    if path.startswith("/sdapi/"):
        return tool_error(error, language, status)
    if path.startswith(_API_PATHS):
        return problem(error, language, status)
    return await run_in_threadpool(page_error, request, error)
