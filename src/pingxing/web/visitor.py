"""Who looks at a page, and how: signed in or not, in which language and light."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Annotated, Final, Literal, cast
from urllib.parse import urlsplit

from fastapi import Depends, Form, Header, Request

from pingxing import appeals, i18n, oversight, realnames
from pingxing.api.doors import SESSION_COOKIE, app_of
from pingxing.errors import Forbidden, Unauthenticated
from pingxing.types import LANGUAGES, Actor, Language, Scope

LANGUAGE_COOKIE, THEME_COOKIE = "pingxing_lang", "pingxing_theme"
YEAR_S: Final = 365 * 86_400
Theme = Literal["auto", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Visitor:
    language: Language
    theme: Theme
    actor: Actor | None = None
    name: str = ""
    csrf: str = ""
    answers: int = 0  # to one's appeals, not yet read
    waiting: int = 0  # for an operator: cases that wait for a person
    people: int = 0  # for an operator: people who wait for somebody to look at their document

    @property
    def makes(self) -> bool:
        return self.actor is not None and self.actor.may(Scope.GENERATE)

    @property
    def operates(self) -> bool:
        return self.actor is not None and self.actor.may(Scope.OPERATE)


def visitor_of(request: Request) -> Visitor:
    """A session that has ended makes a visitor, not an error: public pages stay readable."""
    theme = request.cookies.get(THEME_COOKIE, "auto")
    theme = theme if theme in ("light", "dark") else "auto"
    cookie = request.cookies.get(SESSION_COOKIE)
    if cookie:
        try:
            session = app_of(request).identity.session(cookie)
        except Unauthenticated:
            cookie = None
        else:
            language = _language(request, session.actor.language)
            answers = appeals.unread(app_of(request), session.actor) if session.actor.may(Scope.GENERATE) else 0
            waiting = people = 0
            if session.actor.may(Scope.OPERATE):
                waiting = oversight.backlog(app_of(request), session.actor).waiting
                people = realnames.waiting(app_of(request), session.actor)
            told = (session.actor, session.name, session.csrf, answers, waiting, people)
            return Visitor(language, cast(Theme, theme), *told)
    return Visitor(_language(request, None), cast(Theme, theme))


def _language(request: Request, own: Language | None) -> Language:
    """Asked for in the address, chosen before, the account's, the browser's: in this order."""
    for asked in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if asked in LANGUAGES:
            return asked
    return own or i18n.choose(request.headers.get("accept-language", ""), app_of(request).settings.language)


def member_of(visitor: Annotated[Visitor, Depends(visitor_of)]) -> Actor:
    """Raises Unauthenticated; the page for that leads to the sign-in."""
    if visitor.actor is None:
        raise Unauthenticated("session")
    return visitor.actor


def changing(
    visitor: Annotated[Visitor, Depends(visitor_of)],
    csrf: Annotated[str, Form(max_length=200)] = "",
    x_csrf_token: Annotated[str, Header(max_length=200)] = "",
) -> Actor:
    """A signed-in person who pressed a button on a page of ours. Raises Unauthenticated, Forbidden."""
    if visitor.actor is None:
        raise Unauthenticated("session")
    if not hmac.compare_digest((csrf or x_csrf_token).encode(), visitor.csrf.encode()):
        raise Forbidden("csrf")
    return visitor.actor


def from_here(request: Request) -> None:
    """For forms that come before any session, and so before any token: no other site may fill them in.

    A page elsewhere could sign its visitor in to an account of its own. Browsers say where a form came
    from (Fetch metadata, Origin); what says nothing is no browser and has no visitor to mislead.
    Raises Forbidden.
    """
    origin = request.headers.get("origin")
    ours = (request.headers.get("host"), urlsplit(app_of(request).settings.url).netloc)  # the second: behind a proxy
    elsewhere = origin is not None and origin.partition("://")[2] not in ours
    if request.headers.get("sec-fetch-site") == "cross-site" or elsewhere:
        raise Forbidden("csrf")


VisitorDep = Annotated[Visitor, Depends(visitor_of)]
MemberDep = Annotated[Actor, Depends(member_of)]
ChangingDep = Annotated[Actor, Depends(changing)]
