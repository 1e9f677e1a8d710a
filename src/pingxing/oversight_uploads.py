"""Pictures that people brought and rules refused, counted from the log: that is all that is kept of them.

An entry says which rules stopped an upload, and whose it was by a pseudonym; a plea names the rules again, and its
answer the plea. A plea belongs to the newest refusal before it, of the same account and by those rules, that has none
yet. Where there is none (a picture shown to people at once, without being sent first), the plea is the refusal, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pingxing.errors import LedgerBroken
from pingxing.ledger import entries
from pingxing.store.log import LogRows
from pingxing.store.oversight import Contest, Fired, Stopped

_KINDS = tuple(kind.kind for kind in (entries.Declined, entries.Pleaded, entries.Answered))
_BEFORE = timedelta(days=7)  # a plea of the period may be about a refusal of the days before it, which counts there
_PICTURES = {
    "nudity": "sexual",
    "too-much-writing": "unread",
}  # rules of the checks of pictures, by what they are about


@dataclass(slots=True)
class _Refusal:
    id: str
    actor: str
    rules: frozenset[str]
    at: datetime
    plea: str = ""


@dataclass(slots=True)
class _Found:
    refusals: list[_Refusal] = field(default_factory=list)
    pleas: dict[str, datetime] = field(default_factory=dict)
    answers: dict[str, tuple[entries.Ending, datetime]] = field(default_factory=dict)


def refused_uploads(
    log: LogRows, since: datetime, until: datetime, categories: Mapping[str, str]
) -> tuple[tuple[Stopped, ...], dict[str, Contest]]:
    """Refusals of the period, oldest first, and what became of those that were contested, by the refusal's id.

    `categories` of rules ("pack/rule") that read words. The language of whoever brought it is not known.
    Raises LedgerBroken where an entry is not what the ledger writes.
    """
    found = _read(log, since - _BEFORE)
    mine = [one for one in found.refusals if since <= one.at < until]
    contests = (_contest(one, found) for one in mine if one.plea)
    return (
        tuple(Stopped(one.id, None, True, one.at, tuple(_fired(one.rules, categories))) for one in mine),
        {contest.job: contest for contest in contests},
    )


def _read(log: LogRows, since: datetime) -> _Found:
    found = _Found()
    for position, data in log.kinds(_KINDS, since):
        try:
            entry, at = entries.decode(data)
        except ValueError as fault:
            raise LedgerBroken("node") from fault
        if isinstance(entry, entries.Declined):
            found.refusals.append(_Refusal(f"upload/{position}", entry.actor, frozenset(entry.rules), at))
        elif isinstance(entry, entries.Pleaded):
            found.pleas[entry.appeal] = at
            _pleaded(found, entry, at, position)
        elif isinstance(entry, entries.Answered):
            found.answers[entry.appeal] = (entry.ending, at)
    return found


def _pleaded(found: _Found, entry: entries.Pleaded, at: datetime, position: int) -> None:
    rules = frozenset(entry.rules)
    for refusal in reversed(found.refusals):
        ended = found.answers.get(refusal.plea)
        free = not refusal.plea or (ended is not None and ended[0] == "withdrawn")  # taken back, it may be shown again
        if free and refusal.actor == entry.actor and rules <= refusal.rules:
            refusal.plea = entry.appeal
            return
    found.refusals.append(_Refusal(f"upload/{position}", entry.actor, rules, at, entry.appeal))


def _contest(one: _Refusal, found: _Found) -> Contest:
    filed, ended = found.pleas[one.plea], found.answers.get(one.plea)
    if ended is None or ended[0] == "withdrawn":  # nobody decided
        return Contest(one.plea, one.id, "contested", "open", filed, None, filed)
    return Contest(one.plea, one.id, "contested", ended[0], filed, ended[1], filed)


def _fired(rules: frozenset[str], categories: Mapping[str, str]) -> Iterator[Fired]:
    """An upload that was stopped is refused at once: nobody looks at it unless it is contested."""
    for name in sorted(rules):
        pack, _, rule = name.partition("/")
        category = categories.get(name) or _category(pack, rule)
        yield Fired(rule, pack, "", category, "", "block", "upload")


def _category(pack: str, rule: str) -> str:
    """Of a rule that reads pictures; of one that is no longer in force what its pack is called."""
    return _PICTURES.get(rule, "forbidden") if pack == "pictures" else pack
