"""The guard: strictest wins, in a fixed order, and silence is never consent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from pingxing.errors import BackendFailed, BadSettings
from pingxing.i18n import explain
from pingxing.policy.base import PictureSubject, Subject, TextSubject
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.policy.packs import default_packs
from pingxing.policy.words import WordsCheck
from pingxing.types import Decision, Finding, Picture

PICTURE = Picture(2, 2, np.zeros((2, 2, 3), np.uint8))


class Named(FakeCheck):
    def __init__(self, name: str, stops: Sequence[str] = (), **more: object) -> None:
        super().__init__(stops, **more)  # type: ignore[arg-type]
        self.name = name


class Exploding(Named):
    def examine(self, subject: Subject) -> Sequence[Finding]:
        raise ZeroDivisionError


class TextOnly(Named):
    def reads(self, subject: Subject) -> bool:
        return isinstance(subject, TextSubject)


class Suggesting(Named):
    wording = "a tree"

    def rewrite(self, subject: Subject, findings: Sequence[Finding]) -> str | None:
        return self.wording


@pytest.mark.parametrize(
    ("actions", "decision"),
    [
        (("review", "block"), "block"),
        (("block", "review"), "block"),
        (("review", "review"), "review"),
    ],
)
def test_the_strictest_decides(actions: tuple[Decision, Decision], decision: Decision) -> None:
    guard = Guard([Named("a", ["x"], action=actions[0]), Named("b", ["x"], action=actions[1])])
    verdict = guard.words("x")
    assert verdict.decision == decision
    assert len(verdict.findings) == 2


def test_nothing_found_is_allowed() -> None:
    verdict = Guard([FakeCheck()]).words("a tree")
    assert (verdict.decision, verdict.findings, verdict.allows) == ("allow", (), True)


def test_findings_stand_in_a_fixed_order() -> None:
    mild, strict = Named("a", ["b", "a"], action="review"), Named("b", ["c"], action="block")
    first = Guard([mild, strict]).judge(TextSubject("a b c"), TextSubject("c"))
    second = Guard([strict, mild]).judge(TextSubject("a b c"), TextSubject("c"))
    assert first == second
    assert [f.span for f in first.findings] == [(4, 5), (0, 1), (2, 3), (0, 1)]


def test_an_empty_guard_is_refused() -> None:
    with pytest.raises(BadSettings) as caught:
        Guard([])
    assert all(explain(caught.value, language) for language in ("en", "zh"))


def test_two_checks_of_one_name_are_refused() -> None:
    with pytest.raises(BadSettings, match="twin"):
        Guard([FakeCheck(), FakeCheck()])


@pytest.mark.parametrize("broken", [FakeCheck(broken=True), Exploding("e")])
def test_a_check_that_cannot_answer_lets_nothing_pass(broken: FakeCheck) -> None:
    with pytest.raises(BackendFailed) as caught:
        Guard([Named("calm"), broken]).words("a tree")
    assert caught.value.retryable
    assert all(broken.name in explain(caught.value, language)[0] for language in ("en", "zh"))


def test_a_picture_that_no_check_reads_does_not_pass() -> None:
    guard = Guard([TextOnly("t")])
    assert guard.words("a tree").allows
    with pytest.raises(BackendFailed) as caught:
        guard.picture(PICTURE)
    assert caught.value.reason == "unread"


def test_pictures_are_judged() -> None:
    assert Guard([FakeCheck(pictures="block")]).picture(PICTURE).decision == "block"
    assert Guard([FakeCheck()]).judge(TextSubject("forbidden"), PictureSubject(PICTURE)).decision == "block"


def test_a_rewrite_is_offered_only_if_every_check_lets_it_pass() -> None:
    assert Guard([Suggesting("s", ["x"])]).words("x").rewrite == "a tree"
    assert Guard([Suggesting("s", ["x"]), Named("no trees", ["tree"])]).words("x").rewrite is None
    assert Guard([Suggesting("s", ["x"])]).words("y").rewrite is None


def test_what_loads_late_can_be_loaded_early() -> None:
    class Loading(Named):
        warmed = 0

        def warm(self) -> None:
            self.warmed += 1

    lazy = Loading("l")
    Guard([Named("a"), lazy]).warm()
    assert lazy.warmed == 1


def test_the_version_names_every_check() -> None:
    guard = Guard([WordsCheck(default_packs()), FakeCheck()])
    assert guard.version.startswith("words/")
    assert guard.version.endswith(" fake/1")
