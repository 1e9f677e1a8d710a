"""A refused upload, contested over HTTP: shown to a person, looked at, answered. Jobs are contested at /api/appeals."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from pingxing import appeals
from pingxing.api import shapes
from pingxing.api.doors import ActorDep, AppDep, LanguageDep
from pingxing.api.uploads import allow, form_of, posted, turns
from pingxing.identity.authority import require
from pingxing.store.pleas import Plea
from pingxing.types import Language, Scope

router = APIRouter(prefix="/api", tags=["Rules"])

Id = Annotated[str, Path(max_length=32)]
Position = Annotated[int, Query(ge=0, le=1_000)]
_WORDS = {"type": "string", "minLength": 1, "maxLength": appeals.MAX_WORDS}

# What a stranger's file may do in the browser of whoever looks at it: be looked at.
LOOKED_AT = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


class PleaShape(BaseModel):
    """`verdict` is what the rules said of the picture; it is deleted with the answer, which comes by `due_at`.

    Once `overturned`, exactly this file may be uploaded."""

    id: str
    state: Literal["open", "upheld", "overturned", "withdrawn"]
    sha256: str
    media_type: str
    width: int
    height: int
    verdict: shapes.VerdictShape
    words: str
    answer: str
    created_at: datetime
    due_at: datetime
    decided_at: datetime | None


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    outcome: Literal["uphold", "overturn"]
    words: Annotated[str, Field(min_length=1, max_length=appeals.MAX_WORDS)]


def plea_shape(plea: Plea, language: Language) -> PleaShape:
    return PleaShape(
        id=plea.id,
        state=plea.state,
        sha256=plea.sha256,
        media_type=plea.media_type,
        width=plea.width,
        height=plea.height,
        verdict=shapes.verdict(plea.verdict, language),
        words=plea.words,
        answer=plea.answer,
        created_at=plea.created_at,
        due_at=plea.due_at,
        decided_at=plea.decided_at,
    )


@router.post("/appeals/uploads", status_code=201, openapi_extra=form_of(words=_WORDS))
async def plead(app: AppDep, actor: ActorDep, language: LanguageDep, request: Request) -> PleaShape:
    """Show a refused upload to a person: send the file again, and say why. It is kept sealed until the answer."""
    require(actor, Scope.GENERATE)
    allow(request, actor, app.settings.uploads_per_minute)
    data, words = await posted(request, ("words",))
    work = partial(appeals.plead, app, actor, data, words["words"])
    return plea_shape(await to_thread.run_sync(work, limiter=turns(request)), language)


@router.get("/appeals/uploads")
def list_pleas(app: AppDep, actor: ActorDep, language: LanguageDep) -> list[PleaShape]:
    """One's own, newest first."""
    return [plea_shape(plea, language) for plea in appeals.pleas(app, actor)]


@router.delete("/appeals/uploads/{plea_id}")
def withdraw(app: AppDep, actor: ActorDep, language: LanguageDep, plea_id: Id) -> PleaShape:
    """Take it back while nobody has answered: the picture is gone at once."""
    return plea_shape(appeals.withdraw(app, actor, plea_id), language)


# --- for the operator ----------------------------------------------------------------------------


@router.get("/oversight/uploads")
def waiting_pleas(app: AppDep, actor: ActorDep, language: LanguageDep) -> list[PleaShape]:
    """For the operator: refused uploads that wait for a person, due first."""
    return [plea_shape(exhibit.plea, language) for exhibit in appeals.exhibits(app, actor)]


@router.post("/appeals/uploads/{plea_id}/decision")
def answer_plea(app: AppDep, actor: ActorDep, language: LanguageDep, plea_id: Id, body: Answer) -> PleaShape:
    """For the operator: uphold the refusal, or release exactly this file for whoever brought it."""
    ended = appeals.answer(app, actor, plea_id, overturn=body.outcome == "overturn", words=body.words)
    return plea_shape(ended, language)


@router.get("/oversight/cases/{case_id}/picture", response_class=Response)
def see_picture(app: AppDep, actor: ActorDep, case_id: Id, position: Position = 0) -> Response:
    """For the operator: the picture that an open case is about, as brought or drawn again. That it was shown is
    recorded in the ledger."""
    shown = appeals.show(app, actor, case_id, position)
    return Response(shown.data, media_type=shown.media_type, headers=LOOKED_AT)
