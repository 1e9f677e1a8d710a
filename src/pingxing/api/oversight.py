"""What the rules do, as JSON: the public report; for the operator statistics, the review queue and decisions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from limits import parse
from limits.strategies import MovingWindowRateLimiter
from pydantic import BaseModel, ConfigDict, Field

from pingxing import appeals, oversight
from pingxing.api import shapes
from pingxing.api.doors import ActorDep, AppDep, LanguageDep
from pingxing.api.native import AppealShape, appeal_shape
from pingxing.errors import Overloaded
from pingxing.oversight import Count, Report
from pingxing.types import Language

router = APIRouter(tags=["Rules"])

_REPORTS_PER_MINUTE = 60  # of one address; each is counted once a minute anyway
Days = Annotated[int, Query(json_schema_extra={"enum": list(oversight.PERIODS)})]


class TallyShape(BaseModel):
    """Counts of jobs and of refused uploads; "<5" hides a small one. `false_stop_rate`: overturned of stopped, null
    where one is hidden."""

    stopped: Count
    review: Count
    contested: Count
    decided: Count
    overturned: Count
    false_stop_rate: float | None


class NamedTally(TallyShape):
    name: str


class RuleShape(TallyShape):
    rule: str
    pack: str
    versions: list[str]
    category: str
    stage: Literal["input", "output", "upload"]


class PackShape(BaseModel):
    """`own`: the operator\'s, not one that ships with the program."""

    pack: str
    version: str
    date: date
    languages: list[Language]
    rules: int
    on_trial: int
    entries: int
    licence: str
    own: bool
    about: dict[str, str]
    categories: dict[str, int]


class CheckShape(BaseModel):
    name: str
    version: str


class NoticeCountShape(BaseModel):
    """Pictures that people marked as untrue, withdrew, or set right again, in the period."""

    category: str
    marked: Count
    withdrawn: Count
    lifted: Count


class AppealsShape(BaseModel):
    days: int
    how: str
    free: bool = True
    decided_by: str = "a person"


class ReportShape(BaseModel):
    """Whole days (UTC), `until` not included. Nothing personal; a job that two rules stopped counts for both."""

    days: int
    since: date
    until: date
    counted_at: datetime
    asked: Count
    states: dict[str, Count]
    total: TallyShape
    kept_back: TallyShape
    """Jobs whose pictures, all or some, were made and kept back."""
    uploads: TallyShape
    """Pictures that people brought and rules refused."""
    median_hours_to_answer: float | None
    categories: list[NamedTally]
    by_pack: list[NamedTally]
    rules: list[RuleShape]
    packs: list[PackShape]
    checks: list[CheckShape]
    clauses: list[str]
    notices: list[NoticeCountShape]
    appeals: AppealsShape
    ledger: dict[str, Any]


@router.get("/report.json")
def read_report(app: AppDep, request: Request, response: Response, days: Days = 30) -> ReportShape:
    """Public: what was asked, stopped, contested and set right, by which rules of which packs."""
    response.headers["Cache-Control"] = "public, max-age=60"
    return _told(report_of(request, days), app.settings.url)


def report_of(request: Request, days: int) -> Report:
    """The report everybody shares this minute. Raises Overloaded, InvalidRequest."""
    client = request.client.host if request.client else "unknown"
    limiter: MovingWindowRateLimiter = request.app.state.verifications
    if not limiter.hit(parse(f"{_REPORTS_PER_MINUTE}/minute"), "report", client):
        raise Overloaded("verify", retry_after=60)
    reports: oversight.Reports = request.app.state.reports
    return reports.of(days)


def _told(report: Report, url: str) -> ReportShape:
    head = {} if report.head is None else asdict(report.head)
    return ReportShape(
        days=report.days,
        since=report.since,
        until=report.until,
        counted_at=report.counted_at,
        asked=report.asked,
        states={state.value: count for state, count in report.states.items()},
        total=TallyShape(**asdict(report.total)),
        kept_back=TallyShape(**asdict(report.kept_back)),
        uploads=TallyShape(**asdict(report.uploads)),
        median_hours_to_answer=report.answer_hours,
        categories=[NamedTally(name=name, **asdict(tally)) for name, tally in report.categories],
        by_pack=[NamedTally(name=name, **asdict(tally)) for name, tally in report.by_pack],
        rules=[_rule(one, TallyShape(**asdict(one.tally))) for one in report.rules],
        packs=[_pack(card) for card in report.packs],
        checks=[CheckShape(name=name, version=version) for name, version in report.checks],
        clauses=list(report.clauses),
        notices=[NoticeCountShape(**asdict(one)) for one in report.notices],
        appeals=AppealsShape(days=report.appeal_days, how=f"{url}/appeals"),
        ledger={**head, "vkey": report.vkey},
    )


def _pack(card: oversight.PackCard) -> PackShape:
    told = asdict(card)
    about = {"en": told.pop("about_en"), "zh": told.pop("about_zh")}
    return PackShape(**{**told, "categories": dict(card.categories)}, about=about)


# --- for the operator ----------------------------------------------------------------------------


class StatisticsShape(BaseModel):
    since: datetime
    until: datetime
    states: dict[str, int]
    total: TallyShape
    kept_back: TallyShape
    uploads: TallyShape
    rules: list[RuleShape]
    packs: list[NamedTally]
    categories: list[NamedTally]
    waiting: int
    late: int
    median_seconds_to_answer: float | None
    on_trial: dict[str, int]
    """Texts that rules in shadow ("pack@version/rule" of an operator's pack) would have stopped in the period."""


class CaseShape(BaseModel):
    appeal: AppealShape
    prompt: str
    verdict: shapes.VerdictShape | None
    late: bool
    precedents: list[dict[str, Any]]


class Decision(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    outcome: Literal["uphold", "overturn"]
    words: Annotated[str, Field(max_length=appeals.MAX_WORDS)] = ""


@router.get("/api/oversight/rules")
def rule_statistics(
    app: AppDep,
    actor: ActorDep,
    days: Days = 30,
    stage: Literal["input", "output", "upload"] | None = None,
    language: Language | None = None,
) -> StatisticsShape:
    """For the operator: what each rule stopped, and how often people set it right."""
    counted = oversight.statistics(app, actor, days, stage=stage, language=language)
    return StatisticsShape(
        since=counted.since,
        until=counted.until,
        states={state.value: count for state, count in counted.states.items()},
        total=_tally(counted.total),
        kept_back=_tally(counted.kept_back),
        uploads=_tally(counted.uploads),
        rules=[_rule(one, _tally(one.tally)) for one in counted.rules],
        packs=[NamedTally(name=name, **_tally(tally).model_dump()) for name, tally in counted.packs],
        categories=[NamedTally(name=name, **_tally(tally).model_dump()) for name, tally in counted.categories],
        waiting=counted.waiting,
        late=counted.late,
        median_seconds_to_answer=counted.answer_s,
        on_trial=dict(oversight.on_trial(app, actor, days)),
    )


def _rule(one: oversight.RuleTally | oversight.PublicRule, tally: TallyShape) -> RuleShape:
    return RuleShape(
        rule=one.rule,
        pack=one.pack,
        versions=list(one.versions),
        category=one.category,
        stage=one.stage,
        **tally.model_dump(),
    )


def _tally(tally: oversight.Tally) -> TallyShape:
    return TallyShape(**asdict(tally), false_stop_rate=tally.false_stop_rate)


@router.get("/api/oversight/queue")
def review_queue(app: AppDep, actor: ActorDep, language: LanguageDep) -> list[CaseShape]:
    """For the operator: what waits for a person, due first."""
    return [
        CaseShape(
            appeal=appeal_shape(case.appeal),
            prompt=case.job.request.prompt,
            verdict=None if case.job.verdict is None else shapes.verdict(case.job.verdict, language),
            late=case.late,
            precedents=[
                {"rule": seen.rule, "upheld": seen.upheld, "overturned": seen.overturned} for seen in case.precedents
            ],
        )
        for case in appeals.docket(app, actor)
    ]


@router.post("/api/appeals/{appeal_id}/decision")
def decide(app: AppDep, actor: ActorDep, appeal_id: str, body: Decision) -> AppealShape:
    """For the operator: uphold the refusal, or overturn it, and the wish is admitted with these rules set aside."""
    return appeal_shape(appeals.decide(app, actor, appeal_id, overturn=body.outcome == "overturn", words=body.words))
