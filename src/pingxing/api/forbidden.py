"""The operator's list of forbidden pictures over HTTP."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from pingxing import forbidden
from pingxing.api.doors import ActorDep, AppDep
from pingxing.api.uploads import allow, form_of, posted, turns
from pingxing.bootstrap import App
from pingxing.identity.authority import require
from pingxing.store.forbidden import Listed
from pingxing.types import Actor, Scope

router = APIRouter(prefix="/api", tags=["Rules"])

_REASON = {"type": "string", "minLength": 1, "maxLength": forbidden.MAX_REASON}
_CLAUSE = {"type": "string", "maxLength": forbidden.MAX_CLAUSE}


class Hashes(BaseModel):
    """PDQ hashes as other lists hold them. All or none are taken."""

    model_config = ConfigDict(extra="forbid", strict=True)
    hashes: Annotated[
        list[Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]],
        Field(min_length=1, max_length=forbidden.MAX_AT_ONCE),
    ]
    reason: Annotated[str, Field(min_length=1, max_length=forbidden.MAX_REASON)]
    clause: Annotated[str, Field(max_length=forbidden.MAX_CLAUSE)] = ""


class ForbiddenShape(BaseModel):
    """One listed picture. `rule` is what findings call it; `log_index` the entry that says it was listed."""

    id: str
    rule: str
    hash: str
    reason: str
    clause: str
    added_at: datetime
    log_index: int


@router.get("/forbidden")
def list_forbidden(
    app: AppDep, actor: ActorDep, limit: Annotated[int, Query(ge=1, le=100_000)] = 1_000
) -> list[ForbiddenShape]:
    """For the operator: what is on the list, newest first."""
    return [_shape(one) for one in forbidden.listing(app, actor, limit)]


@router.post("/forbidden", status_code=201)
def forbid_hashes(app: AppDep, actor: ActorDep, body: Hashes) -> list[ForbiddenShape]:
    """For the operator: from now on nothing near these is delivered or taken in."""
    return [_shape(one) for one in forbidden.add(app, actor, body.hashes, body.reason, body.clause)]


@router.post("/forbidden/pictures", status_code=201, openapi_extra=form_of(reason=_REASON, clause=_CLAUSE))
async def forbid_picture(app: AppDep, actor: ActorDep, request: Request) -> ForbiddenShape:
    """For the operator: the same by a picture, which is hashed and not kept."""
    require(actor, Scope.OPERATE)
    allow(request, actor, app.settings.uploads_per_minute)
    data, words = await posted(request, ("reason", "clause"))
    work = partial(_forbid, app, actor, data, words["reason"], words["clause"])
    return _shape(await to_thread.run_sync(work, limiter=turns(request)))


@router.delete("/forbidden/{listed_id}", status_code=204)
def permit(app: AppDep, actor: ActorDep, listed_id: Annotated[str, Path(max_length=32)]) -> None:
    """For the operator: off the list; the ledger keeps that it was on it."""
    forbidden.remove(app, actor, listed_id)


def _forbid(app: App, actor: Actor, data: bytes, reason: str, clause: str) -> Listed:
    return forbidden.add(app, actor, [forbidden.fingerprint(app, actor, data)], reason, clause)[0]


def _shape(one: Listed) -> ForbiddenShape:
    return ForbiddenShape(
        id=one.id,
        rule=f"pictures/forbidden-{one.id[:12]}",
        hash=one.hash,
        reason=one.reason,
        clause=one.clause,
        added_at=one.added_at,
        log_index=one.log_index,
    )
