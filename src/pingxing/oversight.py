"""What the rules do, counted: for the operator rule by rule, for the public as a report. No prompt is opened for it.

statistics()   what each rule stopped, what was contested, what people overturned
report()       the same for anyone to read, small counts hidden, with the packs and how to appeal

Wishes and the pictures made of them are counted from verdicts and appeals. Pictures that people brought and rules
refused are not kept, so they are counted from the log, which says that a rule stopped one (`oversight_uploads`).
"""

from __future__ import annotations

import statistics as stats
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from threading import Lock
from typing import Literal

from pingxing.errors import InvalidRequest
from pingxing.house import House
from pingxing.identity.authority import require
from pingxing.oversight_uploads import refused_uploads
from pingxing.policy.packs import default_packs
from pingxing.policy.rules import Pack
from pingxing.policy.words import WordsCheck
from pingxing.sentry import on_duty
from pingxing.store.oversight import Contest, Fired, Stage, Stopped
from pingxing.types import Actor, JobState, Language, Scope

PERIODS = (7, 30, 90)  # days
FEW = 5  # what is published hides smaller counts, and what could be reckoned from them
_FRESH_S = 60.0  # a report is counted once a minute, however many ask


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of jobs and of refused uploads. `stopped` holds those for `review`; `contested` those that somebody
    appealed who was refused."""

    stopped: int = 0
    review: int = 0
    contested: int = 0
    decided: int = 0
    overturned: int = 0

    @property
    def false_stop_rate(self) -> float | None:
        """Of what was stopped, the part that a person set right (0..1). A lower bound: not everyone contests."""
        return self.overturned / self.stopped if self.stopped else None


@dataclass(frozen=True, slots=True)
class RuleTally:
    rule: str
    pack: str
    category: str
    stage: Stage
    versions: tuple[str, ...]  # of the pack, that stopped something in the period
    tally: Tally


@dataclass(frozen=True, slots=True)
class Statistics:
    since: datetime
    until: datetime
    states: dict[JobState, int]
    total: Tally
    rules: tuple[RuleTally, ...]  # what stopped most comes first
    packs: tuple[tuple[str, Tally], ...]
    categories: tuple[tuple[str, Tally], ...]
    days: tuple[tuple[datetime, int], ...]  # stopped on each day (UTC)
    waiting: int
    late: int
    answer_s: float | None  # median time to a decision
    languages: tuple[Language, ...]  # of the accounts something was stopped for, before filtering
    kept_back: Tally  # jobs whose pictures, all or some, were made and not handed over
    uploads: Tally  # pictures that were brought and refused

    @property
    def asked(self) -> int:
        return sum(self.states.values())


def statistics(
    house: House, actor: Actor, days: int, *, stage: Stage | None = None, language: Language | None = None
) -> Statistics:
    """The last `days` days (7, 30 or 90) to this moment, for the operator. Raises Forbidden, InvalidRequest."""
    require(actor, Scope.OPERATE)
    _known(days)
    now = house.clock()
    # A moment later than now, so that what was admitted in this very microsecond is counted.
    return _count(house, now - timedelta(days=days), now + timedelta(microseconds=1), stage=stage, language=language)


@dataclass(frozen=True, slots=True)
class Backlog:
    waiting: int
    late: int


def backlog(house: House, actor: Actor) -> Backlog:
    """How many wait for a person, and how many of them longer than was promised."""
    require(actor, Scope.OPERATE)
    with house.store.read() as tx:
        return Backlog(*tx.oversight.waiting(house.clock()))


def on_trial(house: House, actor: Actor, days: int = PERIODS[-1]) -> tuple[tuple[str, int], ...]:
    """Rules ("pack/rule", of an operator's pack "pack@version/rule") that stop nothing yet, and how many texts each
    would have in the last `days` days: in all processes, but for what others have not written down for some seconds."""
    require(actor, Scope.OPERATE)
    _known(days)
    sentry = on_duty(house)
    sentry.follow()
    rules = [
        f"{pack.pack}/{rule.id}"
        for check in _readers(house)
        for pack in check.packs
        for rule in pack.rules
        if rule.stage == "shadow"
    ]
    since = (house.clock() - timedelta(days=days)).astimezone(UTC).date()
    with house.store.read() as tx:
        counts = Counter(tx.packs.counted((since - date(1970, 1, 1)).days))
    counts.update(sentry.unkept())
    return tuple(sorted(((rule, counts[rule]) for rule in rules), key=lambda pair: (-pair[1], pair[0])))


def _readers(house: House) -> tuple[WordsCheck, ...]:
    return tuple(check for check in house.guard.checks if isinstance(check, WordsCheck))


def _known(days: int) -> None:
    if days not in PERIODS:
        raise InvalidRequest("member", member="days", problem=str(days))


def _count(
    house: House, since: datetime, until: datetime, *, stage: Stage | None = None, language: Language | None = None
) -> Statistics:
    with house.store.read() as tx:
        states = tx.oversight.states(since, until)
        stopped = list(tx.oversight.stopped(since, until))
        contests = {contest.job: contest for contest in tx.oversight.contests(since, until)}
        waiting, late = tx.oversight.waiting(house.clock())
        brought, pleaded = refused_uploads(tx.log, since, until, _categories(house))
    stopped, contests = sorted([*stopped, *brought], key=lambda one: (one.at, one.job)), {**contests, **pleaded}
    languages = tuple(sorted({one.language for one in stopped if one.language is not None}))
    chosen = [one for one in (_at(one, stage) for one in stopped if language in (None, one.language)) if one.fired]
    answers = [
        (contest.decided_at - contest.created_at).total_seconds()
        for contest in (contests[one.job] for one in chosen if one.job in contests)
        if contest.decided_at is not None
    ]
    return Statistics(
        since=since,
        until=until,
        states=states,
        total=_tally(chosen, contests, lambda fired: True),
        rules=_rules(chosen, contests),
        packs=_by(chosen, contests, lambda fired: fired.pack),
        categories=_by(chosen, contests, lambda fired: fired.category),
        days=_daily(chosen, since, until),
        waiting=waiting,
        late=late,
        answer_s=stats.median(answers) if answers else None,
        languages=languages,
        kept_back=_tally(chosen, contests, lambda fired: fired.stage == "output"),
        uploads=_tally(chosen, contests, lambda fired: fired.stage == "upload"),
    )


def _categories(house: House) -> dict[str, str]:
    """Of every rule ("pack/rule") that reads words now: the log says which rule stopped an upload, and not of what
    category it is."""
    return {
        f"{pack.pack}/{rule.id}": rule.category
        for check in _readers(house)
        for pack in check.packs
        for rule in pack.rules
    }


def _at(one: Stopped, stage: Stage | None) -> Stopped:
    if stage is None:
        return one
    fired = tuple(fired for fired in one.fired if fired.stage == stage)
    return Stopped(one.job, one.language, one.refused, one.at, fired)


def _tally(stopped: Iterable[Stopped], contests: dict[str, Contest], fits: Callable[[Fired], bool]) -> Tally:
    review = contested = decided = overturned = total = 0
    for one in stopped:
        if not any(fits(fired) for fired in one.fired):
            continue
        total += 1
        review += all(fired.action == "review" for fired in one.fired)  # where another rule blocks, nobody is asked
        if (contest := contests.get(one.job)) is not None:
            contested += contest.kind == "contested"
            decided += contest.state != "open"
            overturned += contest.state == "overturned"
    return Tally(total, review, contested, decided, overturned)


def _by(
    stopped: list[Stopped], contests: dict[str, Contest], key: Callable[[Fired], str]
) -> tuple[tuple[str, Tally], ...]:
    groups: dict[str, list[Stopped]] = {}
    for one in stopped:
        for name in {key(fired) for fired in one.fired}:
            groups.setdefault(name, []).append(one)
    tallies = [(name, _tally(members, contests, partial(_same, key, name))) for name, members in groups.items()]
    return tuple(sorted(tallies, key=lambda pair: (-pair[1].stopped, pair[0])))


def _same(key: Callable[[Fired], object], wanted: object, fired: Fired) -> bool:
    return key(fired) == wanted


def _rule_of(fired: Fired) -> tuple[str, str, Stage]:
    return fired.pack, fired.rule, fired.stage


def _rules(stopped: list[Stopped], contests: dict[str, Contest]) -> tuple[RuleTally, ...]:
    groups: dict[tuple[str, str, Stage], list[Stopped]] = {}
    seen: dict[tuple[str, str, Stage], dict[str, str]] = {}
    for one in stopped:
        for fired in one.fired:
            key = _rule_of(fired)
            members = groups.setdefault(key, [])
            if not members or members[-1] is not one:
                members.append(one)
            seen.setdefault(key, {})[fired.version] = fired.category  # the log gives no version of an upload's rule
    found = [
        RuleTally(
            rule=key[1],
            pack=key[0],
            category=list(seen[key].values())[-1],
            stage=key[2],
            versions=tuple(sorted(filter(None, seen[key]))),
            tally=_tally(members, contests, partial(_same, _rule_of, key)),
        )
        for key, members in groups.items()
    ]
    return tuple(sorted(found, key=lambda r: (-r.tally.stopped, r.pack, r.rule, r.stage)))


def _daily(stopped: list[Stopped], since: datetime, until: datetime) -> tuple[tuple[datetime, int], ...]:
    first, last = _midnight(since), _midnight(until - timedelta(microseconds=1))
    days = {first + timedelta(days=n): 0 for n in range((last - first).days + 1)}
    for one in stopped:
        days[_midnight(one.at)] += 1
    return tuple(days.items())


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


# --- for the public ------------------------------------------------------------------------------

Count = int | Literal["<5"]


@dataclass(frozen=True, slots=True)
class PublicTally:
    stopped: Count
    review: Count
    contested: Count
    decided: Count
    overturned: Count
    false_stop_rate: float | None  # None where one of its counts is hidden, or nothing was stopped


@dataclass(frozen=True, slots=True)
class PublicRule:
    rule: str
    pack: str
    category: str
    stage: Stage
    versions: tuple[str, ...]
    tally: PublicTally


@dataclass(frozen=True, slots=True)
class PackCard:
    """A rule pack that is loaded. `own`: by this studio's operator, not one that ships with the program.

    `rules` are those in force, `on_trial` those that only count; `categories`: how many rules of each are in force.
    """

    pack: str
    version: str
    date: date
    languages: tuple[Language, ...]
    rules: int
    on_trial: int
    entries: int
    licence: str
    own: bool
    about_en: str
    about_zh: str
    categories: tuple[tuple[str, int], ...]

    def about(self, language: Language) -> str:
        return self.about_zh if language == "zh" else self.about_en


@dataclass(frozen=True, slots=True)
class NoticeCount:
    """Pictures that people marked or withdrew after they were delivered (lifted again included)."""

    category: str
    marked: Count
    withdrawn: Count
    lifted: Count


@dataclass(frozen=True, slots=True)
class Head:
    """The ledger's newest signed checkpoint."""

    size: int
    root: str
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Report:
    """Whole days (UTC), `until` not included: a report that moved with every job would tell of each of them."""

    days: int
    since: date
    until: date
    counted_at: datetime
    states: dict[JobState, Count]
    asked: Count
    total: PublicTally
    kept_back: PublicTally
    uploads: PublicTally
    answer_hours: float | None  # median; None where fewer than 5 were decided
    categories: tuple[tuple[str, PublicTally], ...]
    by_pack: tuple[tuple[str, PublicTally], ...]
    rules: tuple[PublicRule, ...]
    packs: tuple[PackCard, ...]
    checks: tuple[tuple[str, str], ...]  # name and version of every check, pictures' too
    clauses: tuple[str, ...]
    notices: tuple[NoticeCount, ...]
    appeal_days: int
    head: Head | None
    vkey: str


class Reports:
    """One report a period and minute, shared by everybody who asks. Thread-safe."""

    def __init__(self, house: House) -> None:
        self._house, self._lock = house, Lock()
        self._made: dict[int, tuple[float, Report]] = {}

    def of(self, days: int) -> Report:
        """Raises InvalidRequest unless `days` is 7, 30 or 90; LedgerBroken."""
        _known(days)
        with self._lock:  # whoever asks while it is counted waits for that count
            made = self._made.get(days)
            if made is None or time.monotonic() - made[0] > _FRESH_S:
                made = (time.monotonic(), report(self._house, days))
                self._made[days] = made
            return made[1]


def report(house: House, days: int) -> Report:
    """The last `days` whole days, as anyone may read them."""
    now = house.clock()
    until = _midnight(now)
    counted = _count(house, until - timedelta(days=days), until)
    on_duty(house).follow()
    with house.store.read() as tx:
        sealed = house.ledger.attest(tx.log)
        said = tx.notices.counts(counted.since, counted.until)
    packs = tuple(pack for check in _readers(house) for pack in check.packs)
    many_answers = counted.answer_s is not None and counted.total.decided >= FEW
    return Report(
        days=days,
        since=counted.since.date(),
        until=counted.until.date(),
        counted_at=now,
        states={state: _shown(count) for state, count in counted.states.items()},
        asked=_shown(counted.asked),
        total=_public(counted.total),
        kept_back=_public(counted.kept_back),
        uploads=_public(counted.uploads),
        answer_hours=round(counted.answer_s / 3600, 1) if many_answers and counted.answer_s is not None else None,
        categories=tuple((name, _public(tally)) for name, tally in counted.categories),
        by_pack=tuple((name, _public(tally)) for name, tally in counted.packs),
        rules=tuple(
            PublicRule(r.rule, r.pack, r.category, r.stage, r.versions, _public(r.tally)) for r in counted.rules
        ),
        packs=tuple(_card(pack) for pack in packs),
        checks=tuple((check.name, check.version) for check in house.guard.checks),
        clauses=tuple(sorted({rule.clause for pack in packs for rule in pack.rules if rule.stage == "active"})),
        notices=tuple(
            NoticeCount(
                category,
                _shown(said.get((category, "marked"), 0)),
                _shown(said.get((category, "withdrawn"), 0)),
                _shown(said.get((category, "lifted"), 0)),
            )
            for category in sorted({category for category, _ in said})
        ),
        appeal_days=house.settings.appeal_days,
        head=None if sealed is None else Head(sealed.size, sealed.root, sealed.checkpoint),
        vkey=house.ledger.vkey,
    )


def _shown(count: int) -> Count:
    return "<5" if 0 < count < FEW else count


def _public(tally: Tally) -> PublicTally:
    hidden = 0 < tally.stopped < FEW or 0 < tally.overturned < FEW
    rate = tally.false_stop_rate
    return PublicTally(
        stopped=_shown(tally.stopped),
        review=_shown(tally.review),
        contested=_shown(tally.contested),
        decided=_shown(tally.decided),
        overturned=_shown(tally.overturned),
        false_stop_rate=None if hidden or rate is None else round(rate, 4),
    )


def in_force(house: House) -> tuple[Pack, ...]:
    """The packs that judge words now, each with the rules that are in force; for anyone to read."""
    on_duty(house).follow()
    today = house.clock().date()
    found = []
    for pack in (pack for check in _readers(house) for pack in check.packs):
        rules = tuple(rule for rule in pack.rules if rule.stage == "active" and rule.lives(today))
        if rules:
            found.append(pack.model_copy(update={"rules": rules}))
    return tuple(found)


def _card(pack: Pack) -> PackCard:
    return PackCard(
        pack=pack.pack.partition("@")[0],  # on trial it is called by name and version (`sentry.staged`)
        version=pack.version,
        date=pack.date,
        languages=pack.languages,
        rules=sum(rule.stage == "active" for rule in pack.rules),
        on_trial=sum(rule.stage == "shadow" for rule in pack.rules),
        entries=sum(len(words.en) + len(words.zh) for words in pack.lists.values()),
        licence=pack.licence,
        own=pack not in default_packs(),
        about_en=pack.about.en,
        about_zh=pack.about.zh,
        categories=tuple(sorted(Counter(r.category for r in pack.rules if r.stage == "active").items())),
    )
