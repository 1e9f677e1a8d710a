"""Refused uploads, told from what the log says of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pingxing.errors import LedgerBroken
from pingxing.ledger import entries
from pingxing.oversight_uploads import refused_uploads
from pingxing.store.oversight import Contest

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = timedelta(days=1)
A, B = "a" * 32, "b" * 32
STATEMENT = "c" * 64


class Log:
    """The entries of a log, some of another kind among them."""

    def __init__(self, *told: tuple[entries.Entry, datetime]) -> None:
        self._rows = [(place, entries.encode(entry, at), at) for place, (entry, at) in enumerate(told)]

    def kinds(self, kinds, since):
        return ((place, data) for place, data, at in self._rows if at >= since)


def declined(actor: str, *rules: str) -> entries.Declined:
    return entries.Declined(actor, rules)


def pleaded(actor: str, appeal: str, *rules: str) -> entries.Pleaded:
    return entries.Pleaded(actor, appeal * 32, STATEMENT, rules, STATEMENT)


def answered(appeal: str, ending: entries.Ending) -> entries.Answered:
    return entries.Answered(A, appeal * 32, ending, STATEMENT)


def counted(*told: tuple[entries.Entry, datetime]):
    return refused_uploads(Log(*told), NOW - 5 * DAY, NOW, {"news/quake": "fabricated-news"})  # type: ignore[arg-type]


def test_each_refusal_counts_with_its_rules_and_their_categories() -> None:
    stopped, contests = counted(
        (declined(A, "news/quake", "pictures/nudity"), NOW - DAY),
        (declined(B, "pictures/forbidden-123"), NOW - DAY),
        (declined(B, "gone/rule"), NOW - DAY),
        (entries.Looked(A, "c" * 32), NOW - DAY),
        (declined(B, "pictures/nudity"), NOW),  # after the period
        (declined(B, "pictures/nudity"), NOW - 6 * DAY),
    )
    assert contests == {}
    assert [{(fired.category, fired.stage, fired.action) for fired in one.fired} for one in stopped] == [
        {("fabricated-news", "upload", "block"), ("sexual", "upload", "block")},
        {("forbidden", "upload", "block")},
        {("gone", "upload", "block")},
    ]
    assert [one.language for one in stopped] == [None] * 3


def test_a_plea_belongs_to_the_newest_refusal_that_has_none() -> None:
    stopped, contests = counted(
        (declined(A, "pictures/nudity"), NOW - 3 * DAY),
        (declined(A, "pictures/nudity"), NOW - 2 * DAY),
        (declined(B, "pictures/nudity"), NOW - 2 * DAY),
        (pleaded(A, "1", "pictures/nudity"), NOW - DAY),
        (pleaded(A, "2", "pictures/nudity"), NOW - DAY),
        (answered("1", "overturned"), NOW + DAY),  # whenever it came
    )
    assert len(stopped) == 3
    assert {place: (one.state, one.kind) for place, one in contests.items()} == {
        stopped[1].job: ("overturned", "contested"),
        stopped[0].job: ("open", "contested"),
    }
    assert contests[stopped[1].job] == Contest(
        "1" * 32, stopped[1].job, "contested", "overturned", NOW - DAY, NOW + DAY, NOW - DAY
    )


def test_a_plea_alone_is_a_refusal_and_one_taken_back_leaves_room_for_another() -> None:
    stopped, contests = counted(
        (pleaded(A, "1", "pictures/nudity"), NOW - 3 * DAY),
        (answered("1", "withdrawn"), NOW - 2 * DAY),
        (pleaded(A, "2", "pictures/nudity"), NOW - DAY),
        (answered("2", "upheld"), NOW - DAY),
    )
    assert [one.job for one in stopped] == ["upload/0"]
    assert [(one.id[0], one.state) for one in contests.values()] == [("2", "upheld")]


def test_a_plea_about_a_refusal_before_the_period_counts_there() -> None:
    assert counted(
        (declined(A, "pictures/nudity"), NOW - 6 * DAY),
        (pleaded(A, "1", "pictures/nudity"), NOW - 4 * DAY),
    ) == ((), {})


def test_what_the_ledger_does_not_write_is_found_wrong() -> None:
    log = Log()
    log._rows.append((0, b'{"kind":"declined"}', NOW))
    with pytest.raises(LedgerBroken):
        refused_uploads(log, NOW - DAY, NOW, {})  # type: ignore[arg-type]
