"""A check for tests of other rooms: it finds the exact words it was given, and can be told to fail."""

from __future__ import annotations

from collections.abc import Sequence

from pingxing.errors import BackendFailed
from pingxing.policy.base import Subject, TextSubject
from pingxing.types import Decision, Finding


class FakeCheck:
    """Reads everything. Texts that hold one of `stops` get a finding; pictures get `pictures`, if anything."""

    name = "fake"
    version = "1"

    def __init__(
        self,
        stops: Sequence[str] = ("forbidden",),
        *,
        action: Decision = "block",
        pictures: Decision = "allow",
        broken: bool = False,
    ) -> None:
        self.stops = tuple(stops)
        self.action = action
        self.pictures = pictures
        self.broken = broken

    def reads(self, subject: Subject) -> bool:
        return True

    def examine(self, subject: Subject) -> Sequence[Finding]:
        if self.broken:
            raise BackendFailed("check", check=self.name)
        if not isinstance(subject, TextSubject):
            return () if self.pictures == "allow" else (self._finding((0, 0), "picture", self.pictures),)
        places = [(word, subject.text.find(word)) for word in self.stops]
        return tuple(self._finding((at, at + len(word)), "plain", self.action) for word, at in places if at >= 0)

    def _finding(self, span: tuple[int, int], view: str, action: Decision) -> Finding:
        return Finding(
            rule="fake",
            pack="fake",
            version=self.version,
            category="fake",
            span=span,
            view=view,
            action=action,
            reason_en="A test asked for this to be stopped.",
            reason_zh="测试要求在这里停下。",
            clause="test",
        )
