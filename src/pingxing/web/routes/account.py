"""Oneself: signing in and out, keys for programs, language, label, password, and one's appeals."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from pingxing import appeals, enrolment, i18n
from pingxing.api.doors import SESSION_COOKIE, AppDep
from pingxing.api.names import told
from pingxing.bootstrap import App
from pingxing.desk import Usage
from pingxing.errors import InvalidRequest, Overloaded, Unauthenticated
from pingxing.types import LANGUAGES, Actor, Language, Scope
from pingxing.web.paper import page
from pingxing.web.visitor import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    YEAR_S,
    ChangingDep,
    MemberDep,
    Visitor,
    VisitorDep,
    from_here,
)

router = APIRouter(include_in_schema=False)

_MOST_ONWARD = 2_000  # characters of an address to go on to; it may hold a prompt


@router.get("/sign-in")
def sign_in_page(
    request: Request, visitor: VisitorDep, onward: Annotated[str, Query(alias="next", max_length=_MOST_ONWARD)] = "/"
) -> Response:
    if visitor.actor is not None:
        return RedirectResponse(_local(onward), 303)
    return page("sign_in.html", request, visitor, onward=_local(onward), trouble=None, name="", token=None)


@router.post("/sign-in", dependencies=[Depends(from_here)])
def sign_in(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    name: Annotated[str, Form(max_length=80)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
    onward: Annotated[str, Form(alias="next", max_length=_MOST_ONWARD)] = "/",
) -> Response:
    client = request.client.host if request.client else "unknown"
    try:
        signed_in = app.identity.sign_in(name, password, client)
    except (Unauthenticated, Overloaded) as error:
        trouble = i18n.explain(error, visitor.language)
        facts = {"onward": _local(onward), "trouble": trouble, "name": name, "token": None}
        return page("sign_in.html", request, visitor, status=error.status, **facts)
    return _welcome(app, visitor, signed_in.cookie, _local(onward))


@router.get("/sign-in/{token}")
def link_page(request: Request, visitor: VisitorDep, token: str) -> Response:
    """Asks for one press of a button: programs that preview links would otherwise use the link up."""
    return page("sign_in.html", request, visitor, onward="/", trouble=None, name="", token=token[:100])


@router.post("/sign-in/{token}", dependencies=[Depends(from_here)])
def sign_in_by_link(app: AppDep, visitor: VisitorDep, token: str) -> Response:
    return _welcome(app, visitor, app.identity.sign_in_by_link(token).cookie, "/")


def _welcome(app: App, visitor: Visitor, cookie: str, onward: str) -> Response:
    answer = RedirectResponse(onward, 303)
    # Whoever signed in on a Chinese page goes on in Chinese, whatever a new account was made with.
    answer.set_cookie(LANGUAGE_COOKIE, visitor.language, max_age=YEAR_S, samesite="lax")
    answer.set_cookie(
        SESSION_COOKIE,
        cookie,
        max_age=app.settings.session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=app.settings.cookie_secure,
    )
    return answer


@router.post("/sign-out")
def sign_out(app: AppDep, request: Request, actor: ChangingDep) -> Response:
    app.identity.sign_out(request.cookies[SESSION_COOKIE])
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


@router.get("/look")
def look(
    lang: Annotated[str, Query(max_length=8)] = "",
    theme: Annotated[str, Query(max_length=8)] = "",
    back: Annotated[str, Query(max_length=300)] = "/",
) -> Response:
    """Language and light of the pages, kept in this browser alone."""
    answer = RedirectResponse(_local(back), 303)
    if lang in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, lang, max_age=YEAR_S, samesite="lax")
    if theme in ("auto", "light", "dark"):
        answer.set_cookie(THEME_COOKIE, theme, max_age=YEAR_S, samesite="lax")
    return answer


def _local(path: str) -> str:
    """A path of ours; anything that could lead elsewhere becomes the start page."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if safe else "/"


# --- keys ----------------------------------------------------------------------------------------

GRANTABLE = (Scope.GENERATE, Scope.CHECK, Scope.AUDIT, Scope.OPERATE)


@router.get("/keys")
def keys(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep) -> Response:
    return _keys(app, request, visitor, None)


def _keys(app: App, request: Request, visitor: VisitorDep, secret: str | None) -> Response:
    assert visitor.actor is not None  # noqa: S101 - the routes above depend on a signed-in actor
    scopes = [scope for scope in GRANTABLE if visitor.actor.may(scope)]
    held = app.identity.keys(visitor.actor)
    return page("keys.html", request, visitor, keys=held, secret=secret, scopes=scopes, url=app.settings.url)


@router.post("/keys")
def make_key(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    label: Annotated[str, Form(max_length=80)] = "",
    scope: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Shows the secret once, in this very answer; it is not kept."""
    wanted = frozenset(Scope(name) for name in scope or [] if name in set(Scope))
    _, secret = app.identity.make_key(actor, label, wanted)
    return _keys(app, request, visitor, secret)


@router.post("/keys/{key_id}/revoke")
def revoke_key(app: AppDep, actor: ChangingDep, key_id: str) -> Response:
    app.identity.revoke_key(actor, key_id)
    return RedirectResponse("/keys", 303)


# --- settings ------------------------------------------------------------------------------------


@router.get("/settings")
def settings(app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep, saved: bool = False) -> Response:
    return page("settings.html", request, visitor, saved=saved, trouble=None, **_oneself(app, actor, visitor.language))


def _oneself(app: App, actor: Actor, language: Language) -> dict[str, Any]:
    name = enrolment.own(app, actor)
    profile = app.identity.profile(actor)
    return {"profile": profile, "usage": _usage(app, actor), "name": name, "told": told(name, language)}


def _usage(app: App, actor: Actor) -> Usage | None:
    return app.desk.usage(actor) if actor.may(Scope.GENERATE) else None


@router.post("/settings")
def save_settings(
    app: AppDep,
    actor: ChangingDep,
    language: Annotated[str, Form(max_length=8)] = "",
    label_language: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    for member, value in (("language", language), ("label_language", label_language)):
        if value not in LANGUAGES:
            raise InvalidRequest("unknown_language", member=member, value=value)
    app.identity.update_profile(actor, language=cast(Language, language), label_language=cast(Language, label_language))
    answer = RedirectResponse("/settings?saved=true", 303)
    answer.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, samesite="lax")
    return answer


@router.post("/settings/password")
def set_password(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    old: Annotated[str, Form(max_length=200)] = "",
    new: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    try:
        app.identity.set_password(actor, old=old, new=new)
    except (InvalidRequest, Unauthenticated) as error:
        oneself, trouble = _oneself(app, actor, visitor.language), i18n.explain(error, visitor.language)
        return page("settings.html", request, visitor, status=error.status, saved=False, trouble=trouble, **oneself)
    return RedirectResponse("/settings?saved=true", 303)


# --- appeals -------------------------------------------------------------------------------------


@router.get("/appeals")
def my_appeals(
    app: AppDep, request: Request, visitor: VisitorDep, actor: MemberDep, job: Annotated[str, Query(max_length=32)] = ""
) -> Response:
    view = app.desk.job(actor, job) if job else None
    mine = [(appeal, app.desk.job(actor, appeal.job).job) for appeal in appeals.mine(app, actor)]
    days, pleas = app.settings.appeal_days, appeals.pleas(app, actor)
    if visitor.answers:
        appeals.read(app, actor)
    return page("appeals.html", request, visitor, appeals=mine, pleas=pleas, view=view, days=days)


@router.get("/appeals/unread")
def unread(request: Request, visitor: VisitorDep, actor: MemberDep) -> Response:
    """The mark beside one's name, for a page that stays open while a person answers."""
    return page("parts/answers.html", request, visitor, member=actor)


@router.post("/appeals")
def appeal(
    app: AppDep,
    actor: ChangingDep,
    job: Annotated[str, Form(max_length=32)],
    words: Annotated[str, Form(max_length=appeals.MAX_WORDS)] = "",
) -> Response:
    appeals.file(app, actor, job, words)
    return RedirectResponse("/appeals", 303)
