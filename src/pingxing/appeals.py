"""A refusal can be contested, free of charge, and a person decides (DSA art. 20; deep-synthesis art. 12).

    file()      a job that was refused, or some of whose pictures were kept back      decide()  a person's answer
    plead()     a picture that was refused as an upload: sent again with the plea     answer()  a person's answer
    show()      to whoever decides: the picture in question, and on record that it was shown

Where a rule only doubts about a wish, the case lies before people already (`refusal.hold`). Each is promised an answer
by a day. No refused picture is kept without being asked for: a made one is drawn again for whoever decides, and a
brought one lies sealed from the plea to the answer.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

from pingxing import uploads
from pingxing.errors import Conflict, InvalidRequest, NotFound, QuotaExceeded, Refused
from pingxing.flow import admit
from pingxing.house import House
from pingxing.identity.authority import may_see, require
from pingxing.ledger import entries
from pingxing.press import BROUGHT, glimpse
from pingxing.store.oversight import Contest
from pingxing.store.pleas import Plea
from pingxing.store.store import Tx
from pingxing.store.work import Appeal
from pingxing.types import Actor, Job, JobState, Scope

MAX_WORDS = 2_000
MAX_PLEAS = 5  # of one account, open at a time: each keeps a picture
_RETRY_S = 3_600
_PRECEDENTS = 3  # earlier decisions on a rule that are shown beside a case


@dataclass(frozen=True, slots=True)
class Precedent:
    """What people decided before where this rule had fired, newest first."""

    rule: str  # "pack/rule"
    upheld: int
    overturned: int
    last: tuple[Appeal | Plea, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """What a person needs to decide. `pictures`: positions of those that were stopped after they were made."""

    appeal: Appeal
    job: Job
    late: bool
    precedents: tuple[Precedent, ...]
    pictures: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A refused upload that its owner shows."""

    plea: Plea
    late: bool
    precedents: tuple[Precedent, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    data: bytes
    media_type: str


def contestable(job: Job) -> bool:
    """Refused, or delivered without some of its pictures."""
    stopped = job.verdict is not None and any(finding.action != "allow" for finding in job.verdict.findings)
    return job.state is JobState.REFUSED or (job.state is JobState.DELIVERED and stopped)


def file(house: House, actor: Actor, job_id: str, words: str) -> Appeal:
    """Ask a person to look at a job that was refused, or partly, once; a case that the house opened gets the words.

    Raises NotFound, Conflict, InvalidRequest.
    """
    require(actor, Scope.GENERATE)
    _bound(words)
    with house.store.begin() as tx:
        job = tx.work.get(job_id)
        if not may_see(actor, job.account):
            raise NotFound("job", job=job_id)
        if not contestable(job):
            raise Conflict("not_refused", state=job.state.value)
        appeal = _opened(house, tx, job, words)
        who = house.ledger.pseudonym(actor.account)
        house.ledger.append(tx.log, entries.Appealed(job_id, who, appeal.id, _statement(words)))
        house.ledger.seal(tx.log)
    return appeal


def _opened(house: House, tx: Tx, job: Job, words: str) -> Appeal:
    held = tx.work.appeal_of(job.id)
    if held is not None and (held.kind, held.state, held.words) == ("review", "open", ""):
        held = replace(held, words=words)
        tx.work.plead(held)
        return held
    now = house.clock()
    appeal = Appeal(
        id=uuid.uuid4().hex,
        job=job.id,
        account=job.account,
        words=words,
        state="open",
        answer="",
        successor=None,
        created_at=now,
        decided_at=None,
        due_at=now + timedelta(days=house.settings.appeal_days),
    )
    tx.work.add_appeal(appeal)  # raises Conflict where there is one
    return appeal


def mine(house: House, actor: Actor) -> tuple[Appeal, ...]:
    require(actor, Scope.GENERATE)
    with house.store.read() as tx:
        return tx.work.appeals(account=actor.account)


def unread(house: House, actor: Actor) -> int:
    """How many answers wait to be read by whoever asked. One look at an index: pages ask it each time."""
    require(actor, Scope.GENERATE)
    with house.store.read() as tx:
        return tx.work.unread(actor.account) + tx.pleas.unread(actor.account)


def read(house: House, actor: Actor) -> None:
    """They were shown."""
    require(actor, Scope.GENERATE)
    with house.store.begin() as tx:
        tx.work.read(actor.account, house.clock())
        tx.pleas.read(actor.account, house.clock())


def pending(house: House, actor: Actor) -> tuple[Appeal, ...]:
    """What waits for a person, due first."""
    require(actor, Scope.OPERATE)
    with house.store.read() as tx:
        return tx.work.appeals(open_only=True)


def docket(house: House, actor: Actor, limit: int = 50) -> tuple[Case, ...]:
    """The same with everything a person needs to decide: the wish, what stopped it, and earlier decisions on it."""
    require(actor, Scope.OPERATE)
    now = house.clock()
    with house.store.read() as tx:
        waiting = [(appeal, tx.work.get(appeal.job)) for appeal in tx.work.appeals(open_only=True)[:limit]]
        wanted = {rule for _, job in waiting if job.verdict for rule in job.verdict.rules}
        known = _precedents(tx, wanted) if wanted else {}
        stopped = {job.id: _kept_back(tx, job) for _, job in waiting}
    return tuple(
        Case(
            appeal,
            job,
            appeal.state == "open" and appeal.due_at < now,
            tuple(known[rule] for rule in sorted(job.verdict.rules) if rule in known) if job.verdict else (),
            stopped[job.id],
        )
        for appeal, job in waiting
    )


def _kept_back(tx: Tx, job: Job) -> tuple[int, ...]:
    """Positions of the pictures that were made and not delivered; none where the words were refused already."""
    if job.verdict is None or not any(finding.view == "picture" for finding in job.verdict.findings):
        return ()
    delivered = {receipt.position for receipt in tx.work.receipts_of(job.id)}
    return tuple(place for place in range(job.request.count) if place not in delivered)


def _precedents(tx: Tx, wanted: set[str]) -> dict[str, Precedent]:
    found: dict[str, list[Contest]] = {}
    for contest, rules in tx.oversight.decided():
        for rule in rules & wanted:
            found.setdefault(rule, []).append(contest)
    shown = [plea for plea in tx.pleas.decided() if plea.verdict.rules & wanted]
    return {rule: _precedent(tx, rule, found.get(rule, []), shown) for rule in {*found, *_rules(shown)} & wanted}


def _rules(pleas: list[Plea]) -> set[str]:
    return {rule for plea in pleas for rule in plea.verdict.rules}


def _precedent(tx: Tx, rule: str, contests: list[Contest], pleas: list[Plea]) -> Precedent:
    mine = [plea for plea in pleas if rule in plea.verdict.rules]
    last: list[Appeal | Plea] = [*(tx.work.appeal(contest.id) for contest in contests[:_PRECEDENTS]), *mine]
    last.sort(key=lambda one: one.decided_at or one.created_at, reverse=True)
    ends = [*(contest.state for contest in contests), *(plea.state for plea in mine)]
    return Precedent(rule, ends.count("upheld"), ends.count("overturned"), tuple(last[:_PRECEDENTS]))


def decide(house: House, actor: Actor, appeal_id: str, *, overturn: bool, words: str) -> Appeal:
    """Uphold the refusal, or overturn it: then the wish is admitted anew with the contested rules set aside.

    The answer is on record before the wish runs; if the wish could not be admitted then (a full queue, a crash),
    overturning once more admits it. Where another rule stops the wish meanwhile, that refusal is what comes of it.
    Whoever pleaded is owed an answer in words; a review that nobody pleaded may be decided without.
    Raises Conflict when it was decided before, or the wish is past its retention; InvalidRequest.
    """
    require(actor, Scope.OPERATE)
    with house.store.begin() as tx:
        appeal = tx.work.appeal(appeal_id)
        job = tx.work.get(appeal.job)
        halfway = appeal.state == "overturned" and appeal.successor is None and overturn
        if appeal.state != "open" and not halfway:
            raise Conflict("decided", state=appeal.state)
        if overturn and not job.request.prompt:
            raise Conflict("forgotten")
        if not halfway:
            _bound(words, least=1 if appeal.words else 0)
            appeal = _record(house, tx, actor, appeal, overturn=overturn, words=words)
        owner = house.identity.still(tx, job.account, job.credential) if overturn else None
    if owner is None or job.verdict is None:
        return appeal
    if job.request.model == BROUGHT:  # nothing was made: brought again, the file passes (`labelling`)
        appeal = replace(appeal, successor=job.id)
        with house.store.begin() as tx:
            tx.work.decide_appeal(appeal)
        return appeal
    try:
        successor = admit(house, owner, job.request, cleared=job.cleared | job.verdict.rules).id
    except Refused as refused:  # by a rule that did not stop it before: a refusal of its own, with its own appeal
        successor = refused.job
    appeal = replace(appeal, successor=successor)
    with house.store.begin() as tx:
        tx.work.decide_appeal(appeal)
    return appeal


def _record(house: House, tx: Tx, actor: Actor, appeal: Appeal, *, overturn: bool, words: str) -> Appeal:
    outcome: entries.Outcome = "overturned" if overturn else "upheld"
    decided = replace(appeal, state=outcome, answer=words, decided_at=house.clock())
    tx.work.decide_appeal(decided)
    who = house.ledger.pseudonym(actor.account)
    house.ledger.append(tx.log, entries.Decided(appeal.job, who, appeal.id, outcome, _statement(words)))
    house.ledger.seal(tx.log)
    return decided


# --- a picture that was refused as an upload -----------------------------------------------------


def plead(house: House, actor: Actor, data: bytes, words: str) -> Plea:
    """Show a refused picture to a person, with words. It lies sealed until the answer, and no longer.

    Raises InvalidRequest, TooLarge, UnreadableFile; Conflict "upload_passes" where no rule stops it (any more),
    "appealed" where a person decides or decided about it already; QuotaExceeded beyond MAX_PLEAS.
    """
    require(actor, Scope.GENERATE)
    _bound(words)
    opened, verdict = uploads.examine(house, actor, data)
    if verdict.allows:
        raise Conflict("upload_passes")
    sha256, now = hashlib.sha256(data).hexdigest(), house.clock()
    plea = Plea(
        id=uuid.uuid4().hex,
        account=actor.account,
        words=words,
        sha256=sha256,
        verdict=verdict,
        media_type=opened.media_type,
        width=opened.picture.width,
        height=opened.picture.height,
        state="open",
        answer="",
        created_at=now,
        due_at=now + timedelta(days=house.settings.appeal_days),
    )
    entry = entries.Pleaded(
        house.ledger.pseudonym(actor.account),
        plea.id,
        _statement(sha256),
        tuple(sorted(verdict.rules))[:50],
        _statement(words),
    )
    with house.store.begin() as tx:
        house.identity.still(tx, actor.account, actor.credential)
        tx.log.lock()  # writers take turns, so the limit is exact
        before = tx.pleas.list(account=actor.account)
        if any(_same(one, plea) for one in before):
            raise Conflict("appealed")
        if sum(one.state == "open" for one in before) >= MAX_PLEAS:
            raise QuotaExceeded("pleas", retry_after=_RETRY_S, most=MAX_PLEAS)
        house.ledger.append(tx.log, entry)
        house.ledger.seal(tx.log)
        tx.pleas.add(plea, data)
    return plea


def _same(before: Plea, plea: Plea) -> bool:
    """The same picture, stopped by nothing that was not looked at then."""
    looked = before.state != "withdrawn" and before.sha256 == plea.sha256
    return looked and plea.verdict.rules <= before.verdict.rules


def pleas(house: House, actor: Actor) -> tuple[Plea, ...]:
    """One's own, newest first."""
    require(actor, Scope.GENERATE)
    with house.store.read() as tx:
        return tx.pleas.list(account=actor.account)


def exhibits(house: House, actor: Actor, limit: int = 50) -> tuple[Exhibit, ...]:
    """Refused uploads that wait for a person, due first."""
    require(actor, Scope.OPERATE)
    now = house.clock()
    with house.store.read() as tx:
        waiting = tx.pleas.list(open_only=True, limit=limit)
        wanted = _rules(list(waiting))
        known = _precedents(tx, wanted) if wanted else {}
    return tuple(
        Exhibit(plea, plea.due_at < now, tuple(known[rule] for rule in sorted(plea.verdict.rules) if rule in known))
        for plea in waiting
    )


def withdraw(house: House, actor: Actor, plea_id: str) -> Plea:
    """Take one's own plea back; the picture is gone with it. Raises NotFound, Conflict where it was decided."""
    require(actor, Scope.GENERATE)
    with house.store.begin() as tx:
        plea = tx.pleas.get(plea_id, lock=True)
        if plea.account != actor.account:
            raise NotFound("appeal")
        return _end(house, tx, actor, plea, "withdrawn", "")


def answer(house: House, actor: Actor, plea_id: str, *, overturn: bool, words: str) -> Plea:
    """Uphold the refusal of an upload, or release it: from then on the rules that stopped it do not count for exactly
    this file of this account, which may be sent again. The picture is deleted either way.

    Raises NotFound, Conflict where it was decided before, InvalidRequest without words.
    """
    require(actor, Scope.OPERATE)
    _bound(words)
    with house.store.begin() as tx:
        plea = tx.pleas.get(plea_id, lock=True)
        return _end(house, tx, actor, plea, "overturned" if overturn else "upheld", words)


def _end(house: House, tx: Tx, actor: Actor, plea: Plea, ending: entries.Ending, words: str) -> Plea:
    if plea.state != "open":
        raise Conflict("decided", state=plea.state)
    house.identity.still(tx, actor.account, actor.credential)
    who = house.ledger.pseudonym(actor.account)
    house.ledger.append(tx.log, entries.Answered(who, plea.id, ending, _statement(words)))
    house.ledger.seal(tx.log)
    ended = replace(plea, state=ending, answer=words, decided_at=house.clock(), shown=False)
    tx.pleas.end(ended)
    return ended


# --- what a person has to look at ----------------------------------------------------------------


def show(house: House, actor: Actor, case_id: str, position: int = 0) -> Shown:
    """The picture that an open case is about: as it was brought, or (`position` of the job) drawn again and
    labelled. That it was shown is on record before anybody sees it.

    Raises NotFound (also once it was decided), and what drawing it raises.
    """
    require(actor, Scope.OPERATE)
    shown = _brought(house, case_id) or _drawn(house, actor, case_id, position)
    with house.store.begin() as tx:
        house.identity.still(tx, actor.account, actor.credential)
        house.ledger.append(tx.log, entries.Looked(house.ledger.pseudonym(actor.account), case_id))
        house.ledger.seal(tx.log)
    return shown


def _brought(house: House, case_id: str) -> Shown | None:
    with house.store.read() as tx:
        try:
            plea = tx.pleas.get(case_id)
        except NotFound:  # then the case is about a job
            return None
        return Shown(tx.pleas.data(plea), plea.media_type)


def _drawn(house: House, actor: Actor, case_id: str, position: int) -> Shown:
    """No refused picture is kept, and the same wish makes the same pixels: so it is made once more."""
    with house.store.read() as tx:
        appeal = tx.work.appeal(case_id)
        job = tx.work.get(appeal.job)
        stopped = _kept_back(tx, job)
    if appeal.state != "open" or position not in stopped or not job.request.prompt:
        raise NotFound("appeal")
    given = uploads.brought(house, job.account, job.request)
    wish = list(job.request.each())[position]
    (picture,) = house.scheduler.run(wish, lambda *_: None, threading.Event(), given.inputs)
    return Shown(*glimpse(house, job, actor, picture, position))


def _bound(words: str, least: int = 1) -> None:
    if not least <= len(words.strip()) <= MAX_WORDS:
        raise InvalidRequest("length", member="words", least=least, most=MAX_WORDS)


def _statement(words: str) -> str:
    return entries.commit(words, secrets.token_bytes(entries.SALT_BYTES))
