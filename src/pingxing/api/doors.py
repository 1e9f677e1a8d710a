"""Who comes in, in which language, and how an error leaves: what every route of the API shares."""

from __future__ import annotations

import hmac
from typing import Annotated, Any, cast

from anyio import CapacityLimiter
from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from pingxing import i18n
from pingxing.api import shapes
from pingxing.api.invalid import invalid
from pingxing.bootstrap import App
from pingxing.errors import (
    Forbidden,
    InvalidRequest,
    NotFound,
    Overloaded,
    PingxingError,
    Refused,
    TooLarge,
    Unauthenticated,
)
from pingxing.types import Actor, Language

SESSION_COOKIE = "pingxing_session"
CSRF_HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_bearer = HTTPBearer(auto_error=False, description="An API key: `px-…`")


def app_of(request: Request) -> App:
    return cast(App, request.app.state.app)


def language_of(request: Request) -> Language:
    asked = request.headers.get("accept-language", "")
    return i18n.choose(asked, app_of(request).settings.language)


def actor_of(request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Actor:
    """A key, or the studio's session (whose changes need its CSRF token). Raises Unauthenticated, Forbidden."""
    app = app_of(request)
    if bearer is not None:
        return app.identity.by_key(bearer.credentials)
    cookie = request.cookies.get(SESSION_COOKIE)
    if not cookie:
        raise Unauthenticated("missing")
    session = app.identity.session(cookie)
    if request.method not in _SAFE and not hmac.compare_digest(
        request.headers.get(CSRF_HEADER, "").encode(), session.csrf.encode()
    ):
        raise Forbidden("csrf")
    return session.actor


# What needs no waiting is asynchronous: FastAPI gives every synchronous dependency a thread of its own, and in a
# burst each turn for a thread is a wait behind everybody else.


async def _app(request: Request) -> App:
    return app_of(request)


async def _admitting(request: Request) -> CapacityLimiter:
    return cast(CapacityLimiter, request.app.state.admitting)


async def _language(request: Request) -> Language:
    return language_of(request)


AppDep = Annotated[App, Depends(_app)]
ActorDep = Annotated[Actor, Depends(actor_of)]
LanguageDep = Annotated[Language, Depends(_language)]
AdmittingDep = Annotated[CapacityLimiter, Depends(_admitting)]


# --- errors on their way out ---------------------------------------------------------------------


def as_our_error(error: Exception) -> PingxingError:
    """Whatever the framework raised, as a leaf of our own tree."""
    if isinstance(error, PingxingError):
        return error
    if isinstance(error, RequestValidationError):
        return invalid(list(error.errors()))
    if isinstance(error, HTTPException):
        if isinstance(error.__cause__, PingxingError):
            return error.__cause__  # raised while the framework read the body, and wrapped by it
        if error.status_code == 404:
            return NotFound("route")
        if error.status_code == 413:
            return TooLarge(limit="")
        return InvalidRequest("http", member="request", problem=str(error.detail))
    return PingxingError()


def status_of(error: PingxingError, raw: Exception) -> int:
    if isinstance(raw, HTTPException) and raw.__cause__ is not error:
        return raw.status_code
    return error.status


def problem(error: PingxingError, language: Language, status: int) -> Response:
    """RFC 9457."""
    title, hint = i18n.explain(error, language)
    body: dict[str, Any] = {
        "type": f"https://pingxing.example/errors/{error.code}",
        "title": title,
        "status": status,
        "detail": hint,
        "code": error.code,
    }
    if error.reason:
        body["reason"] = error.reason
    body |= _extras(error, language)
    return JSONResponse(body, status, _headers(error, language), media_type="application/problem+json")


def openai_error(error: PingxingError, language: Language, status: int) -> Response:
    """The object the `openai` clients turn into exceptions."""
    return JSONResponse(openai_error_body(error, language, status), status, _headers(error, language))


def openai_error_body(error: PingxingError, language: Language, status: int | None = None) -> dict[str, Any]:
    status = error.status if status is None else status
    title, hint = i18n.explain(error, language)
    kind = "server_error" if status >= 500 else "rate_limit_error" if status == 429 else "invalid_request_error"
    body: dict[str, Any] = {
        "message": f"{title} {hint}",
        "type": "authentication_error" if status == 401 else kind,
        "param": error.params.get("member"),
        "code": "content_policy_violation" if isinstance(error, Refused) else error.code,
    }
    return {"error": body | _extras(error, language)}


def tool_error(error: PingxingError, language: Language, status: int) -> Response:
    """As A1111 answers; its tools show `detail` or `errors`."""
    title, hint = i18n.explain(error, language)
    body: dict[str, Any] = {"error": error.code, "detail": f"{title} {hint}", "body": "", "errors": f"{title} {hint}"}
    body["member"] = error.params.get("member")
    return JSONResponse(body | _extras(error, language), status, _headers(error, language))


def _extras(error: PingxingError, language: Language) -> dict[str, Any]:
    if isinstance(error, Refused):
        told = shapes.verdict(error.verdict, language)
        return {"job": error.job or None, "findings": [f.model_dump() for f in told.findings], "rewrite": told.rewrite}
    if isinstance(error, Overloaded):
        return {"retry_after": error.retry_after, "place": error.params.get("place")}
    return {}


def _headers(error: PingxingError, language: Language) -> dict[str, str]:
    headers = {"Content-Language": language, "Cache-Control": "no-store"}
    if isinstance(error, Overloaded):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="pingxing"'
    return headers
