"""What the rules do, counted: for the operator rule by rule, for the public as a report. No prompt is opened for it.

statistics()   what each rule stopped, what was contested, what people overturned
report()       the same for anyone to read, small counts hidden, with the packs and how to appeal
"""

from __future__ import annotations

import statistics as stats
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pingxing.errors import InvalidRequest
from pingxing.house import House
from pingxing.identity.authority import require
from pingxing.store.oversight import Contest, Fired, Stage, Stopped
from pingxing.types import Actor, JobState, Language, Scope

PERIODS = (7, 30, 90)  # days


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of jobs. `stopped` holds those for `review`; `contested` those that somebody appealed who was refused."""

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
    languages = tuple(sorted({one.language for one in stopped}))
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
    )


def _at(one: Stopped, stage: Stage | None) -> Stopped:
    if stage is None:
        return one
    fired = tuple(fired for fired in one.fired if fired.stage == stage)
    return Stopped(one.job, one.language, one.refused, one.at, fired)


def _tally(stopped: Iterable[Stopped], contests: dict[str, Contest], fits: Callable[[Fired], bool]) -> Tally:
    review = contested = decided = overturned = total = 0
    for one in stopped:
        mine = [fired for fired in one.fired if fits(fired)]
        if not mine:
            continue
        total += 1
        review += all(fired.action == "review" for fired in mine)
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
    tallies = [
        (name, _tally(members, contests, lambda fired, name=name: key(fired) == name))  # type: ignore[misc]
        for name, members in groups.items()
    ]
    return tuple(sorted(tallies, key=lambda pair: (-pair[1].stopped, pair[0])))


def _rules(stopped: list[Stopped], contests: dict[str, Contest]) -> tuple[RuleTally, ...]:
    groups: dict[tuple[str, str, Stage], list[Stopped]] = {}
    seen: dict[tuple[str, str, Stage], dict[str, str]] = {}
    for one in stopped:
        for fired in one.fired:
            key = (fired.pack, fired.rule, fired.stage)
            members = groups.setdefault(key, [])
            if not members or members[-1] is not one:
                members.append(one)
            seen.setdefault(key, {})[fired.version] = fired.category
    found = [
        RuleTally(
            rule=key[1],
            pack=key[0],
            category=list(seen[key].values())[-1],
            stage=key[2],
            versions=tuple(sorted(seen[key])),
            tally=_tally(members, contests, lambda fired, key=key: (fired.pack, fired.rule, fired.stage) == key),  # type: ignore[misc]
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
