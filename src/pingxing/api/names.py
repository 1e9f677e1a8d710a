"""Real names over HTTP: how one's own account stands, entering who one is, leaving; for the operator, what waits.

No answer ever holds a name or a number. What is entered is sealed at once, and sent to the verifying service where the
operator configured one.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from pingxing import enrolment, i18n, realnames
from pingxing.api.doors import ActorDep, AppDep, LanguageDep
from pingxing.enrolment import MAX_WORDS, Own
from pingxing.errors import NotFound
from pingxing.identity.vault import MAX_NAME, MAX_NUMBER
from pingxing.papers import Paper
from pingxing.realnames import Held
from pingxing.types import Language

router = APIRouter(prefix="/api", tags=["Names"])

Id = Annotated[str, Path(max_length=32)]


class NameShape(BaseModel):
    """How one's own account stands. `verifier` is the service that is sent what one enters, null where people look.
    `told` says it in the reader's language, with the reason of a refusal; `ends_at` is when what is kept will be
    destroyed. `may_enter` now, with `tries_left` of five in a day."""

    mode: Literal["off", "asked", "required"]
    standing: Held
    verifier: str | None
    reason: str | None
    told: str
    at: datetime | None
    ends_at: datetime | None
    may_enter: bool
    tries_left: int


class Document(BaseModel):
    """As it stands on the document; `number` in any way of writing it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
    paper: Paper
    number: Annotated[str, Field(min_length=1, max_length=MAX_NUMBER)]


class Entered(Document):
    """`agreed`: that this is kept and, where there is a `verifier`, sent there. `people`: a person shall look, and not
    the one who refused last; `words` tell them how to reach you."""

    agreed: Literal[True]
    people: bool = False
    words: Annotated[str, Field(max_length=MAX_WORDS)] = ""


class RefusedShape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    reason: Literal["differs", "ended", "unreadable", "not_shown", "not_theirs"]


class PersonShape(BaseModel):
    """How an account stands, without who it is. `words` are to whoever looks; `another` where you refused it before and
    somebody else has to look."""

    account: str
    name: str
    standing: Held
    by: str
    at: datetime | None
    ends_at: datetime | None
    reason: str | None
    words: str
    another: bool


@router.get("/name")
def own_name(app: AppDep, actor: ActorDep, language: LanguageDep) -> NameShape:
    """How one's own account stands (deep-synthesis provisions, art. 9)."""
    return _shape(enrolment.own(app, actor), language)


@router.post("/name", status_code=201)
async def enter_name(app: AppDep, actor: ActorDep, language: LanguageDep, request: Request, body: Entered) -> NameShape:
    """Enter who one is: five times in a day. A refusal destroys what was entered, and is answered by entering it again;
    `people` asks for a person to look."""
    work = partial(
        enrolment.hand_in,
        app,
        actor,
        body.name,
        body.paper,
        body.number,
        agreed=body.agreed,
        words=body.words,
        people=body.people,
    )
    return _shape(await to_thread.run_sync(work, limiter=turns(request)), language)


@router.delete("/name")
def leave(app: AppDep, actor: ActorDep, language: LanguageDep) -> NameShape:
    """Take back what waits, which is destroyed at once; or have a verified record destroyed, at `ends_at`."""
    return _shape(enrolment.leave(app, actor), language)


def turns(request: Request) -> CapacityLimiter:
    """Who is asked slowly must not hold the threads of everybody."""
    limiter: CapacityLimiter = request.app.state.asking
    return limiter


# --- for the operator ----------------------------------------------------------------------------


@router.get("/oversight/names")
def people(app: AppDep, actor: ActorDep) -> list[PersonShape]:
    """For the operator: how every account stands, those that wait first. No name and no number is told."""
    return [_person(one) for one in realnames.register(app, actor)]


@router.post("/oversight/names/{account_id}/verify")
def verify_person(app: AppDep, actor: ActorDep, account_id: Id, body: Document) -> PersonShape:
    """For the operator, with the document before their eyes: it is this person's. What the person entered is not shown:
    what is read off the document has to be the same."""
    realnames.verify(app, actor, account_id, body.name, body.paper, body.number)
    return _of(app, actor, account_id)


@router.post("/oversight/names/{account_id}/refuse")
def refuse_person(app: AppDep, actor: ActorDep, account_id: Id, body: RefusedShape) -> PersonShape:
    """For the operator: it is not so, and why. What was entered is destroyed."""
    realnames.refuse(app, actor, account_id, body.reason)
    return _of(app, actor, account_id)


@router.delete("/oversight/names/{account_id}")
def erase_person(app: AppDep, actor: ActorDep, account_id: Id) -> PersonShape:
    """For the operator: destroy at once what is kept of a person."""
    realnames.erase(app, actor, account_id)
    return _of(app, actor, account_id)


def _of(app: AppDep, actor: ActorDep, account_id: str) -> PersonShape:
    for one in realnames.register(app, actor):
        if one.account.id == account_id:
            return _person(one)
    raise NotFound("account")


def _person(one: realnames.Registered) -> PersonShape:
    return PersonShape(
        account=one.account.id,
        name=one.account.name,
        standing=one.standing,
        by=one.by,
        at=one.at,
        ends_at=one.ends_at,
        reason=one.reason or None,
        words=one.words,
        another=one.elsewhere,
    )


def _shape(own: Own, language: Language) -> NameShape:
    return NameShape(
        mode=own.mode,
        standing=own.standing,
        verifier=own.host or None,
        reason=own.reason or None,
        told=told(own, language),
        at=own.at,
        ends_at=own.ends_at,
        may_enter=own.may,
        tries_left=own.tries_left,
    )


def told(own: Own, language: Language) -> str:
    """The standing in one sentence, and why it is so."""
    kind = own.standing if own.standing != "none" else f"none.{own.mode}"
    if own.standing == "waiting" and own.by_service:
        kind = "waiting.service"
    if own.standing == "refused":
        gap = " " if language == "en" else ""
        return gap.join(i18n.say(language, key) for key in (f"names.why.{own.reason}", "names.own.refused"))
    return i18n.say(language, f"names.own.{kind}")
