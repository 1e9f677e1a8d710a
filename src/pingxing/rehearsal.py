"""What a rule pack would do, before it does anything: on its own cases, on one text, on what was asked lately.

Prompts belong to those who wrote them; they are sealed with each account's key and opened here only inside the server.
Without a stated reason an operator learns counts alone, small ones hidden, as in the public report: a rule made to
look for one person's words tells nothing. With a reason, a few matched words are shown in a narrow context: no names,
no accounts, no times, no order, no whole prompts. The ledger records every look before anything is told of it, those
that told counts alone too: who would learn from the differences of many nearly equal rules leaves as many entries.
"""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Literal

from pingxing.errors import InvalidRequest
from pingxing.house import House
from pingxing.identity.authority import require
from pingxing.ledger import entries
from pingxing.policy.base import Purpose, Reloadable
from pingxing.policy.guard import Guard
from pingxing.policy.match import Match, Matcher
from pingxing.policy.rules import Pack
from pingxing.policy.words import WordsCheck
from pingxing.rulebook import readable
from pingxing.sentry import on_duty, read
from pingxing.store.packs import Search
from pingxing.types import LANGUAGES, MAX_PROMPT_CHARS, Actor, Job, JobState, Language, Scope, Verdict

DAYS = (1, 7, 30)
FEW = 5  # counts below it are told only to who states a reason
LEAST_REASON, MOST_REASON = 10, 500
MOST_LOOKED = 20_000  # wishes, the newest ones
MOST_SECONDS = 8.0
MOST_GLIMPSES = 20
_AROUND = 12  # characters on either side of what matched


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case of a rule: `found` are the spans in which the rule matched, `views` the forms that caught them."""

    rule: str
    language: Language
    text: str
    wanted: Literal["stop", "allow"]
    ok: bool
    found: tuple[tuple[int, int], ...]
    views: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """`verdict`: of all rules in force with this pack among them; `before`: without it."""

    text: str
    verdict: Verdict
    before: Verdict


@dataclass(frozen=True, slots=True)
class Glimpse:
    rule: str
    view: str
    before: str
    words: str
    after: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`asked`: wishes of the period that can still be read; `looked`: those that were tried; `stopped`: those that the
    pack would have stopped, `anew` those of them that nothing stopped then. None: few, and no reason was stated."""

    days: int
    asked: int
    looked: int
    stopped: int | None
    anew: int | None
    rules: tuple[tuple[str, int | None], ...]
    glimpses: tuple[Glimpse, ...]
    reasoned: bool
    log_index: int  # of the search's entry


def cases(body: bytes, rule: str | None = None) -> tuple[CaseResult, ...]:
    """How every case of the pack, or of one of its rules, comes out. Raises InvalidRequest, Conflict."""
    pack = readable(body)
    matcher = _alone(body)
    return tuple(_case(matcher, *case) for case in _cases(pack) if rule in (None, case[0]))


def _cases(pack: Pack) -> Iterator[tuple[str, Language, str, Literal["stop", "allow"]]]:
    for rule in pack.rules:
        for language in LANGUAGES:
            yield from ((rule.id, language, text, "stop") for text in rule.cases.stop.of(language))
            yield from ((rule.id, language, text, "allow") for text in rule.cases.allow.of(language))


def _case(matcher: Matcher, rule: str, language: Language, text: str, wanted: Literal["stop", "allow"]) -> CaseResult:
    found = [match for match in matcher.find(text) if match.rule.id == rule]
    spans = tuple(sorted({match.span for match in found}))
    return CaseResult(rule, language, text, wanted, bool(found) == (wanted == "stop"), spans, _views(found))


def _views(found: list[Match]) -> tuple[str, ...]:
    return tuple(sorted({match.view for match in found}))


def trying(house: House, actor: Actor, body: bytes, text: str) -> Tried:
    """One text, judged with the pack in force and without it; nothing is counted or kept.

    Raises Forbidden, InvalidRequest (no pack; a text over 4,000 characters), Conflict.
    """
    require(actor, Scope.OPERATE)
    if not 0 < len(text.strip()) <= len(text) <= MAX_PROMPT_CHARS:
        raise InvalidRequest("length", member="text", least=1, most=MAX_PROMPT_CHARS)
    pack = _awake(readable(body))
    sentry = on_duty(house)
    sentry.follow()
    words = [check for check in sentry.checks if isinstance(check, WordsCheck)]
    now = tuple(other for check in words[:1] for other in check.packs)
    others = [check for check in sentry.checks if not isinstance(check, Reloadable)]
    # Built anew, because the guard on duty counts what its rules on trial catch.
    with_it = Guard([WordsCheck([*(other for other in now if other.pack != pack.pack), pack]), *others])
    without = Guard([WordsCheck(now), *others]) if now else with_it
    return Tried(text, with_it.words(text), without.words(text))


def lately(house: House, actor: Actor, body: bytes, days: int, reason: str = "") -> Rehearsal:
    """Which wishes of the last `days` days (1, 7, 30) the pack would have stopped.

    With a `reason` (10 to 500 characters) exact counts and words of up to 20 wishes are told. On record before this
    returns. Looks at the newest 20,000 wishes, for at most 8 seconds. Raises Forbidden, InvalidRequest.
    """
    require(actor, Scope.OPERATE)
    if days not in DAYS:
        raise InvalidRequest("member", member="days", problem=str(days))
    if reason and not LEAST_REASON <= len(reason.strip()) <= len(reason) <= MOST_REASON:
        raise InvalidRequest("length", member="reason", least=LEAST_REASON, most=MOST_REASON)
    pack = readable(body)
    digest = hashlib.sha256(body).hexdigest()
    seen = _look(house, body, days, digest)
    glimpses = tuple(glimpse for _, glimpse in sorted(seen.glimpses, key=lambda pair: pair[0])[:MOST_GLIMPSES])
    shown = glimpses if reason else ()
    return Rehearsal(
        days=days,
        asked=seen.asked,
        looked=seen.looked,
        stopped=_told(seen.stopped, reason),
        anew=_told(seen.anew, reason),
        rules=tuple((rule.id, _told(seen.rules[rule.id], reason)) for rule in pack.rules),
        glimpses=shown,
        reasoned=bool(reason),
        log_index=_record(house, actor, digest, reason, days, seen.looked, len(shown)),
    )


@dataclass(slots=True)
class _Seen:
    rules: Counter[str]
    glimpses: list[tuple[bytes, Glimpse]]
    asked: int = 0
    looked: int = 0
    stopped: int = 0
    anew: int = 0


def _look(house: House, body: bytes, days: int, digest: str) -> _Seen:
    matcher, seen = _alone(body), _Seen(Counter(), [])
    until, deadline = house.clock() + timedelta(microseconds=1), time.monotonic() + MOST_SECONDS
    since = until - timedelta(days=days)
    with house.store.read() as tx:
        seen.asked = tx.work.readable(since, until)
        for job in tx.work.asked(since, until, MOST_LOOKED):
            if time.monotonic() > deadline:
                break
            seen.looked += 1
            found = list(_matches(matcher, job))
            if not found:
                continue
            seen.stopped += 1
            seen.anew += job.state is not JobState.REFUSED
            seen.rules.update({match.rule.id for _, match in found})
            order = hashlib.sha256(f"{digest}{job.id}".encode()).digest()  # neither by time nor by account
            seen.glimpses.append((order, _glimpse(*found[0])))
    return seen


def _matches(matcher: Matcher, job: Job) -> Iterator[tuple[str, Match]]:
    subjects: tuple[tuple[str, Purpose], ...] = ((job.request.prompt, "prompt"), (job.request.negative, "negative"))
    for text, purpose in subjects:
        yield from ((text, match) for match in matcher.find(text) if purpose in match.rule.purposes)


def _glimpse(text: str, match: Match) -> Glimpse:
    start, end = match.span
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    return Glimpse(match.rule.id, match.view, before, text[start:end][:80], after)


def _told(count: int, reason: str) -> int | None:
    return count if reason or not 0 < count < FEW else None


def _record(house: House, actor: Actor, digest: str, reason: str, days: int, looked: int, shown: int) -> int:
    statement = entries.commit(reason, secrets.token_bytes(entries.SALT_BYTES))
    with house.store.begin() as tx:
        entry = entries.Searched(house.ledger.pseudonym(actor.account), digest, shown, statement)
        place = house.ledger.append(tx.log, entry)
        house.ledger.seal(tx.log)
        tx.packs.searched(
            Search(
                id=uuid.uuid4().hex,
                account=actor.account,
                digest=digest,
                reason=reason,
                days=days,
                looked=looked,
                shown=shown,
                log_index=place.index,
                at=house.clock(),
            )
        )
    return place.index


@dataclass(frozen=True, slots=True)
class Searched:
    """Who tried rules on prompts, was shown words of how many, and why; for operators and auditors."""

    by: str
    search: Search


def searches(house: House, actor: Actor) -> tuple[Searched, ...]:
    """Newest first. Raises Forbidden."""
    if not actor.may(Scope.AUDIT):
        require(actor, Scope.OPERATE)
    with house.store.read() as tx:
        names = {account.id: account.name for account in tx.people.all()}
        return tuple(Searched(names.get(found.account, ""), found) for found in tx.packs.searches())


def _awake(pack: Pack) -> Pack:
    """Every rule that is not retired, as if it were in force."""
    rules = tuple(r if r.stage == "retired" else r.model_copy(update={"stage": "active"}) for r in pack.rules)
    return pack.model_copy(update={"rules": rules})


@lru_cache(maxsize=8)
def _alone(body: bytes) -> Matcher:
    """Compiling a large pack takes a second, and whoever edits asks again and again."""
    pack = read(body, "pack")
    rules = tuple(r.model_copy(update={"stage": "active"}) for r in pack.rules)
    return Matcher([pack.model_copy(update={"rules": rules})])
