"""Who comes in over A1111's shapes, and what they send where it is read by hand."""

from __future__ import annotations

from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, HTTPException
from fastapi import Request as HttpRequest
from fastapi.security import HTTPAuthorizationCredentials, HTTPBasic, HTTPBasicCredentials, HTTPBearer
from pydantic_core import from_json

from pingxing.api.doors import app_of
from pingxing.errors import InvalidRequest, Unauthenticated
from pingxing.types import Actor


class _Basic(HTTPBasic):
    async def __call__(self, request: HttpRequest) -> HTTPBasicCredentials | None:  # type: ignore[override] # as HTTPBasic does
        try:
            return await super().__call__(request)
        except HTTPException:  # no Base64, or no colon in it
            raise Unauthenticated("key") from None


_bearer = HTTPBearer(auto_error=False, description="An API key: `px-…`")
_basic = _Basic(auto_error=False, description="Any name, and an API key as the password")


def key_of(
    request: HttpRequest,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    basic: Annotated[HTTPBasicCredentials | None, Depends(_basic)],
) -> Actor:
    """Keys only: without cookies, nobody else's page can act for whoever is signed in. Raises Unauthenticated."""
    if bearer is not None:
        return app_of(request).identity.by_key(bearer.credentials)
    if basic is not None:
        return app_of(request).identity.by_key(basic.password)
    raise Unauthenticated("missing")


KeyDep = Annotated[Actor, Depends(key_of)]


async def told(request: HttpRequest) -> Any:
    """The JSON of a body that is read here and not by the framework, which would buffer a stranger's pictures before
    it asks who that is. Raises InvalidRequest."""
    try:
        return await to_thread.run_sync(from_json, await request.body())
    except ValueError:
        raise InvalidRequest("json", member="body") from None
