"""The rule book: for everybody which rules hold and whose they are; for the operator its own packs and their editor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from pingxing import i18n, oversight, rehearsal, rulebook
from pingxing.api.doors import AppDep
from pingxing.bootstrap import App
from pingxing.errors import InvalidRequest, NotFound, PingxingError
from pingxing.identity.authority import require
from pingxing.policy.packs import default_packs
from pingxing.rulebook import Edition
from pingxing.types import LANGUAGES, MAX_PROMPT_CHARS, Actor, Language, Scope
from pingxing.web.drafting import (
    ACTIONS,
    SEVERITIES,
    RuleForm,
    form_of,
    lacking,
    next_version,
    parsed,
    redrafted,
    shared,
    simple,
    started,
    typed,
    without,
    written,
)
from pingxing.web.paper import page
from pingxing.web.sayings import sayings
from pingxing.web.visitor import ChangingDep, MemberDep, Visitor, VisitorDep

router = APIRouter(include_in_schema=False)

_MOST_TEXT = 200_000  # bytes of a file that a text field still holds well
_STARTER = RuleForm(stop_zh="", stop_en="")


async def _sent(request: Request) -> dict[str, str]:
    """The fields of the form that came, texts only."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


SentDep = Annotated[dict[str, str], Depends(_sent)]


@router.get("/rules")
def public(request: Request, app: AppDep, visitor: VisitorDep) -> Response:
    """Every rule in force, with its reason and clause, and whose it is."""
    told = oversight.in_force(app)
    own = [pack.pack for pack in told if pack.pack not in {shipped.pack for shipped in default_packs()}]
    return page("rules_public.html", request, visitor, packs=told, ours=own, **sayings(visitor.language))


# --- the operator's packs ---


@router.get("/operator/packs")
def shelf(request: Request, app: AppDep, visitor: VisitorDep, actor: MemberDep) -> Response:
    editions = rulebook.shelf(app, actor)
    packs: dict[str, list[Edition]] = {}
    for one in editions:
        packs.setdefault(one.name, []).append(one)
    facts: dict[str, Any] = {
        "packs": {name: _first(found) for name, found in packs.items()},
        "counts": {name: len(found) for name, found in packs.items()},
        "shipped": default_packs(),
        "searches": rehearsal.searches(app, actor),
        "signed_only": app.settings.pack_keys is not None,
    }
    return page("rules_packs.html", request, visitor, **facts)


def _first(editions: list[Edition]) -> Edition:
    """The version in force, else the one on trial, else the newest."""
    order = {"active": 0, "shadow": 1, "draft": 2, "retired": 3}
    return min(editions, key=lambda one: order[one.stage])


@router.post("/operator/packs")
def upload(
    app: AppDep,
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    file: UploadFile,
    signature: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """A file from elsewhere: kept as a draft, or told what is wrong with it."""
    require(actor, Scope.OPERATE)
    body = file.file.read(rulebook.MOST_BYTES + 1)
    one = rulebook.add(app, actor, body, _signature(signature))
    return RedirectResponse(f"/operator/packs/{one.name}?version={one.version}", 303)


def _signature(text: str) -> bytes | None:
    import base64

    if not text.strip():
        return None
    try:
        return base64.b64decode(text.strip(), validate=True)
    except ValueError as fault:
        raise InvalidRequest("pack_signature") from fault


@router.get("/operator/packs/new")
def new(request: Request, app: AppDep, visitor: VisitorDep, actor: MemberDep) -> Response:
    require(actor, Scope.OPERATE)
    facts = {"pack": "", "base": "", "rule": "", "upcoming": "1.0.0", "about_zh": "", "about_en": ""}
    return _editor(request, visitor, form=_STARTER, facts=facts)


@router.get("/operator/packs/{name}")
def show(
    request: Request,
    app: AppDep,
    visitor: VisitorDep,
    actor: MemberDep,
    name: str,
    version: Annotated[str | None, Query(max_length=20)] = None,
    against: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """One pack: the version in force or the one asked for, its rules in numbers, its versions and its history."""
    versions = [one for one in rulebook.shelf(app, actor) if one.name == name]
    if not versions:
        raise NotFound("pack", pack=name)
    shown = _first(versions) if version is None else rulebook.show(app, actor, name, version)
    counted = {one.rule: one.tally for one in oversight.statistics(app, actor, 30).rules if one.pack == name}
    trial = dict(oversight.on_trial(app, actor))
    other = against if against in {one.version for one in versions} else None
    facts: dict[str, Any] = {
        "shown": shown,
        "versions": versions,
        "steps": rulebook.history(app, actor, name),
        "counted": counted,
        "trial": {rule: trial.get(f"{name}@{shown.version}/{rule}", 0) for rule in _ids(shown)},
        "simple": {rule.id: simple(rule) for rule in shown.pack.rules} if shown.pack else {},
        "against": other,
        "lines": rulebook.difference(app, actor, name, other, shown.version) if other else (),
        "text": shown.body.decode() if len(shown.body) <= _MOST_TEXT else "",
    }
    return page("rules_pack.html", request, visitor, **facts, **sayings(visitor.language))


def _ids(one: Edition) -> list[str]:
    return [rule.id for rule in one.pack.rules] if one.pack else []


@router.get("/operator/packs/{name}/file")
def download(
    app: AppDep, actor: MemberDep, name: str, version: Annotated[str | None, Query(max_length=20)] = None
) -> Response:
    one = rulebook.show(app, actor, name, version)
    headers = {"Content-Disposition": f'attachment; filename="{one.name}-{one.version}.yaml"'}
    return Response(one.body, media_type="application/yaml", headers=headers)


@router.post("/operator/packs/{name}/stage")
def stage(
    app: AppDep,
    actor: ChangingDep,
    name: str,
    wanted: Annotated[str, Form(max_length=10)],
    version: Annotated[str, Form(max_length=20)],
) -> Response:
    match = next((known for known in rulebook.STAGES if known == wanted), None)
    if match is None:
        raise InvalidRequest("member", member="wanted", problem=wanted)
    rulebook.stage(app, actor, name, match, version)
    return RedirectResponse(f"/operator/packs/{name}?version={version}", 303)


@router.post("/operator/packs/{name}/rollback")
def roll_back(app: AppDep, actor: ChangingDep, name: str) -> Response:
    one = rulebook.roll_back(app, actor, name)
    return RedirectResponse(f"/operator/packs/{name}?version={one.version}", 303)


# --- the editor ---


@router.get("/operator/packs/{name}/edit")
def edit(
    request: Request,
    app: AppDep,
    visitor: VisitorDep,
    actor: MemberDep,
    name: str,
    version: Annotated[str | None, Query(max_length=20)] = None,
    rule: Annotated[str, Query(max_length=60)] = "",
    file: bool = False,
) -> Response:
    """One rule as a form ("" for a new one), or the whole file."""
    base = rulebook.show(app, actor, name, version)
    upcoming = next_version(one.version for one in rulebook.shelf(app, actor) if one.name == name)
    facts: dict[str, Any] = {"pack": name, "base": base.version, "rule": rule, "upcoming": upcoming}
    if file or base.pack is None:
        content = {**parsed(base.body), "version": upcoming}
        body = base.body if base.version == upcoming else written(content)
        return _editor(request, visitor, form=None, facts={**facts, "rule": "", "body": body.decode()})
    found = next((one for one in base.pack.rules if one.id == rule), None)
    if rule and (found is None or not simple(found)):
        raise NotFound("rule")
    form = _STARTER if found is None else typed(base.pack, found)
    others = shared(base.pack, found) if found else ()
    return _editor(request, visitor, form=form, facts={**facts, "shared": others})


def _editor(
    request: Request, visitor: Visitor, *, form: RuleForm | None, facts: Mapping[str, Any], **more: Any
) -> Response:
    categories = sorted({rule.category for pack in default_packs() for rule in pack.rules})
    told: dict[str, Any] = {"about_zh": "", "about_en": "", "body": "", "shared": (), "panel": None, "status": 200}
    told |= {"trouble": None, "lacking": (), "cases": (), "tried": None, "seen": None, **facts, **more}
    lists: dict[str, Any] = {
        "severities": SEVERITIES,
        "actions": ACTIONS,
        "days": rehearsal.DAYS,
        "categories": categories,
    }
    return page("rules_edit.html", request, visitor, form=form, **told, **lists)


def _body(app: App, actor: Actor, sent: Mapping[str, str]) -> bytes:
    """The file that the form means. Raises Forbidden, NotFound, InvalidRequest."""
    require(actor, Scope.OPERATE)
    if "body" in sent:
        return sent["body"].replace("\r\n", "\n").encode()
    name, base, today = sent.get("pack", "").strip(), sent.get("base", ""), app.clock().date()
    about = [sent.get(f"about_{language}", "").strip() for language in ("en", "zh")]
    content = parsed(rulebook.show(app, actor, name, base).body) if base else started(name, *about, today=today)
    version = sent.get("version", "").strip()
    if sent.get("drop"):
        return written(without(content, sent.get("rule", ""), version=version, today=today))
    return written(redrafted(content, sent.get("rule", ""), form_of(sent), version=version, today=today))


def _lacking(app: App, actor: Actor, sent: Mapping[str, str]) -> list[tuple[str, Language | None]]:
    """What the form still needs before it can be a pack; nothing where the file itself is edited."""
    if "body" in sent or sent.get("drop"):
        return []
    base = rulebook.show(app, actor, sent.get("pack", ""), sent["base"]) if sent.get("base") else None
    languages = base.pack.languages if base and base.pack else LANGUAGES
    missing: list[tuple[str, Language | None]] = [] if base else _unnamed(sent)
    return [*missing, *lacking(form_of(sent), languages)]


def _unnamed(sent: Mapping[str, str]) -> list[tuple[str, Language | None]]:
    named = re.fullmatch(r"[a-z][a-z0-9-]{0,59}", sent.get("pack", "").strip())
    missing: list[tuple[str, Language | None]] = [] if named else [("name", None)]
    return missing + [("about", language) for language in LANGUAGES if not sent.get(f"about_{language}", "").strip()]


def _panel(request: Request, visitor: Visitor, sent: Mapping[str, str], part: str, facts: dict[str, Any]) -> Response:
    """The answer beside the form, or where there is no JavaScript the form with the answer beside it."""
    if "hx-request" in request.headers:
        return page(f"parts/{part}.html", request, visitor, **facts)
    form = None if "body" in sent else form_of(sent)
    return _editor(request, visitor, form=form, facts=_kept(sent), panel=part, **facts)


def _kept(sent: Mapping[str, str]) -> dict[str, str]:
    """What the form carries besides the rule itself."""
    names = ("pack", "base", "rule", "about_zh", "about_en", "body")
    return {**{name: sent.get(name, "") for name in names}, "upcoming": sent.get("version", "")}


@router.post("/operator/packs/check")
def check(request: Request, app: AppDep, visitor: VisitorDep, actor: ChangingDep, sent: SentDep) -> Response:
    """How the cases come out while one types; what is wrong is an answer here and not an error."""
    require(actor, Scope.OPERATE)
    facts: dict[str, Any] = {"cases": (), "trouble": None, "lacking": _lacking(app, actor, sent)}
    if facts["lacking"]:
        return _panel(request, visitor, sent, "rule_cases", facts)
    try:
        body = _body(app, actor, sent)
        focus = None if "body" in sent else form_of(sent).id.strip()
        facts["cases"] = rehearsal.cases(body, focus)
    except InvalidRequest as error:
        facts["trouble"] = i18n.explain(error, visitor.language)
    return _panel(request, visitor, sent, "rule_cases", facts)


@router.post("/operator/packs/try")
def try_text(request: Request, app: AppDep, visitor: VisitorDep, actor: ChangingDep, sent: SentDep) -> Response:
    """One text, judged with these rules and without."""
    require(actor, Scope.OPERATE)
    facts: dict[str, Any] = {"tried": None, "trouble": None}
    if missing := _lacking(app, actor, sent):
        return _panel(request, visitor, sent, "lacking", {"lacking": missing})
    try:
        facts["tried"] = rehearsal.trying(app, actor, _body(app, actor, sent), sent.get("text", "")[:MAX_PROMPT_CHARS])
    except InvalidRequest as error:
        facts["trouble"] = i18n.explain(error, visitor.language)
    return _panel(request, visitor, sent, "rule_tried", facts)


@router.post("/operator/packs/lately")
def lately(request: Request, app: AppDep, visitor: VisitorDep, actor: ChangingDep, sent: SentDep) -> Response:
    """Which of the last days' prompts these rules would have stopped; words of them only for a stated reason."""
    require(actor, Scope.OPERATE)
    facts: dict[str, Any] = {"seen": None, "trouble": None}
    if missing := _lacking(app, actor, sent):
        return _panel(request, visitor, sent, "lacking", {"lacking": missing})
    days = sent.get("days", "7")
    try:
        body = _body(app, actor, sent)
        facts["seen"] = rehearsal.lately(app, actor, body, int(days) if days.isdecimal() else 0, sent.get("why", ""))
    except InvalidRequest as error:
        facts["trouble"] = i18n.explain(error, visitor.language)
    return _panel(request, visitor, sent, "rule_lately", facts)


@router.post("/operator/packs/save")
def save(request: Request, app: AppDep, visitor: VisitorDep, actor: ChangingDep, sent: SentDep) -> Response:
    """The next version of the pack as a draft; what stands in the way is told, and nothing typed is lost."""
    require(actor, Scope.OPERATE)
    if missing := _lacking(app, actor, sent):
        return _editor(request, visitor, form=form_of(sent), facts=_kept(sent), lacking=missing, status=400)
    try:
        one = rulebook.add(app, actor, _body(app, actor, sent), _signature(sent.get("signature", "")))
    except PingxingError as error:
        if error.status not in (400, 409):
            raise
        trouble = i18n.explain(error, visitor.language)
        form = None if "body" in sent else form_of(sent)
        return _editor(request, visitor, form=form, facts=_kept(sent), trouble=trouble, status=error.status)
    return RedirectResponse(f"/operator/packs/{one.name}?version={one.version}", 303)
