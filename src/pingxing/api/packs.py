"""The operator's rule packs as JSON: check, load, stage, roll back, rehearse; notices about delivered pictures."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NoBase64
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from pingxing import rehearsal, rulebook, takedown
from pingxing.api import shapes
from pingxing.api.doors import ActorDep, AppDep, LanguageDep
from pingxing.errors import InvalidRequest
from pingxing.identity.authority import require
from pingxing.rulebook import Edition
from pingxing.store.notices import Notice
from pingxing.store.packs import Stage
from pingxing.types import MAX_PROMPT_CHARS, Scope

router = APIRouter(prefix="/api", tags=["Rules"])

Body = Annotated[str, Field(min_length=1, max_length=rulebook.MOST_BYTES)]
Version = Annotated[str, Query(max_length=20)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class EditionShape(BaseModel):
    """One version of a pack. `rules` and `entries` are null where this program can no longer read it."""

    pack: str
    version: str
    stage: Stage
    digest: str
    signed_by: Literal["house", "operator"]
    added_at: datetime
    staged_at: datetime
    next: list[Stage]
    rules: int | None
    entries: int | None


class StepShape(BaseModel):
    version: str
    stage: Stage
    by: str
    at: datetime
    log_index: int


class FileShape(EditionShape):
    body: str
    history: list[StepShape]


class PackFile(Strict):
    """`body`: the YAML file; `signature`: Ed25519 over its bytes, Base64, where the operator's people sign."""

    body: Body
    signature: Annotated[str, Field(max_length=100)] | None = None


class CheckedShape(BaseModel):
    """`ok`: it may be added. `cases` that fail stand first."""

    ok: bool
    pack: str
    version: str
    cases: list[CaseShape]


class CaseShape(BaseModel):
    rule: str
    language: Literal["en", "zh"]
    text: str
    wanted: Literal["stop", "allow"]
    ok: bool
    found: list[tuple[int, int]]
    views: list[str]


class Move(Strict):
    stage: Stage
    version: Annotated[str, Field(max_length=20)] | None = None


class Trial(Strict):
    body: Body
    text: Annotated[str, Field(min_length=1, max_length=MAX_PROMPT_CHARS)]


class TriedShape(BaseModel):
    """The verdict of all rules in force with this pack among them, and without it."""

    verdict: shapes.VerdictShape
    before: shapes.VerdictShape


class Look(Strict):
    """`reason`: recorded before anything is shown; without one, counts below 5 are null and no words are shown."""

    body: Body
    days: Literal[1, 7, 30] = 7
    reason: Annotated[str, Field(max_length=rehearsal.MOST_REASON)] = ""


class GlimpseShape(BaseModel):
    rule: str
    view: str
    before: str
    words: str
    after: str


class RehearsalShape(BaseModel):
    days: int
    asked: int
    looked: int
    stopped: int | None
    anew: int | None
    rules: dict[str, int | None]
    glimpses: list[GlimpseShape]
    reasoned: bool
    log_index: int


class SearchShape(BaseModel):
    """`shown`: of how many prompts words were shown; 0 where only counts were told, for which no reason is needed."""

    by: str
    at: datetime
    digest: str
    reason: str
    days: int
    looked: int
    shown: int
    log_index: int


class Said(Strict):
    state: Literal["marked", "withdrawn", "lifted"]
    note: Annotated[str, Field(max_length=takedown.MOST_NOTE)] = ""
    link: Annotated[str, Field(max_length=takedown.MOST_LINK)] = ""
    category: Annotated[str, Field(max_length=60)] = takedown.CATEGORY
    never_again: bool = False
    """With "withdrawn": what looks like it is put on the list of forbidden pictures."""


class SaidShape(BaseModel):
    receipt: str
    state: Literal["marked", "withdrawn", "lifted"]
    category: str
    note: str
    link: str
    at: datetime
    log_index: int


@router.get("/packs")
def list_packs(app: AppDep, actor: ActorDep) -> list[EditionShape]:
    """For the operator: every version of its own packs, by name, the newest first."""
    return [edition(one) for one in rulebook.shelf(app, actor)]


@router.post("/packs", status_code=201)
def add_pack(app: AppDep, actor: ActorDep, body: PackFile) -> EditionShape:
    """For the operator: keep a pack as a draft. One whose own cases fail is not kept; the failing case is named."""
    require(actor, Scope.OPERATE)
    return edition(rulebook.add(app, actor, body.body.encode(), _signature(body.signature)))


@router.post("/packs/check")
def check_pack(actor: ActorDep, body: PackFile) -> CheckedShape:
    """For the operator: how every case of a pack comes out; nothing is kept."""
    require(actor, Scope.OPERATE)
    found = rehearsal.cases(body.body.encode())
    pack = rulebook.readable(body.body.encode())
    cases = [CaseShape(**asdict(case)) for case in sorted(found, key=lambda case: case.ok)]
    return CheckedShape(ok=all(case.ok for case in cases), pack=pack.pack, version=pack.version, cases=cases)


@router.post("/packs/try")
def try_pack(app: AppDep, actor: ActorDep, language: LanguageDep, body: Trial) -> TriedShape:
    """For the operator: one text, judged with the pack in force and without it."""
    tried = rehearsal.trying(app, actor, body.body.encode(), body.text)
    return TriedShape(verdict=shapes.verdict(tried.verdict, language), before=shapes.verdict(tried.before, language))


@router.post("/packs/rehearse")
def rehearse_pack(app: AppDep, actor: ActorDep, body: Look) -> RehearsalShape:
    """For the operator: how many of the last days' wishes a pack would have stopped."""
    seen = rehearsal.lately(app, actor, body.body.encode(), body.days, body.reason)
    return RehearsalShape(**{**asdict(seen), "rules": dict(seen.rules)})


@router.get("/packs/{name}")
def show_pack(app: AppDep, actor: ActorDep, name: str, version: Version | None = None) -> FileShape:
    """For the operator: one version (the newest) with its file, and who did what with the pack when."""
    one = rulebook.show(app, actor, name, version)
    steps = [StepShape(**asdict(step)) for step in rulebook.history(app, actor, name)]
    return FileShape(**edition(one).model_dump(), body=one.body.decode(), history=steps)


@router.post("/packs/{name}/stage")
def stage_pack(app: AppDep, actor: ActorDep, name: str, body: Move) -> EditionShape:
    """For the operator: draft, shadow (counts, stops nothing), active, retired. Every process judges so at once."""
    return edition(rulebook.stage(app, actor, name, body.stage, body.version))


@router.post("/packs/{name}/rollback")
def roll_back_pack(app: AppDep, actor: ActorDep, name: str) -> EditionShape:
    """For the operator: back to the version that was in force before."""
    return edition(rulebook.roll_back(app, actor, name))


@router.get("/packs/{name}/difference")
def compare_packs(app: AppDep, actor: ActorDep, name: str, old: Version, new: Version) -> list[str]:
    """For the operator: lines of a unified diff between two versions."""
    return list(rulebook.difference(app, actor, name, old, new))


@router.get("/searches")
def list_searches(app: AppDep, actor: ActorDep) -> list[SearchShape]:
    """For operators and auditors: who tried rules on people's prompts, was shown words of how many, and why."""
    return [
        SearchShape(by=one.by, **{name: getattr(one.search, name) for name in SearchShape.model_fields if name != "by"})
        for one in rehearsal.searches(app, actor)
    ]


@router.get("/receipts/{receipt_id}/notice", tags=["Receipts"])
def read_notice(app: AppDep, actor: ActorDep, receipt_id: str) -> SaidShape | None:
    """What a person of the house said of one's picture after it was delivered."""
    notice = takedown.of(app, actor, receipt_id)
    return None if notice is None else _said(notice)


@router.post("/receipts/{receipt_id}/notice", tags=["Receipts"])
def say_notice(app: AppDep, actor: ActorDep, receipt_id: str, body: Said) -> SaidShape:
    """For the operator: mark a delivered picture as untrue, withdraw it (410 from then on), or lift that again."""
    return _said(takedown.say(app, actor, receipt_id, **body.model_dump()))


def edition(one: Edition) -> EditionShape:
    """As the API and the command line tell it."""
    lists = one.pack.lists.values() if one.pack else ()
    return EditionShape(
        pack=one.name,
        version=one.version,
        stage=one.stage,
        digest=one.digest,
        signed_by="house" if one.house_signed else "operator",
        added_at=one.added_at,
        staged_at=one.staged_at,
        next=list(one.next),
        rules=len(one.pack.rules) if one.pack else None,
        entries=sum(len(words.en) + len(words.zh) for words in lists) if one.pack else None,
    )


def _said(notice: Notice) -> SaidShape:
    told = asdict(notice)
    return SaidShape(**{name: told[name] for name in SaidShape.model_fields})


def _signature(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        return b64decode(text, validate=True)
    except (NoBase64, ValueError) as fault:
        raise InvalidRequest("pack_signature") from fault
