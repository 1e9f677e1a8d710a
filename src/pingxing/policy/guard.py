"""The guard: every check reads every subject it can; the strictest finding decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pingxing.errors import BackendFailed, BadSettings, PingxingError
from pingxing.policy.base import Check, Lazy, PictureSubject, Purpose, Reloadable, Rewriter, Subject, TextSubject
from pingxing.policy.rules import Pack
from pingxing.types import Decision, Finding, Picture, Verdict

_STRICTNESS: dict[Decision, int] = {"block": 0, "review": 1, "allow": 2}


class Guard:
    """Checks in a fixed order. It fails closed: no answer from a check is never an "allow"."""

    def __init__(self, checks: Iterable[Check]) -> None:
        """Raises `BadSettings` when there is nothing to check with, or two checks share a name."""
        self.checks = tuple(checks)
        if not self.checks:
            raise BadSettings("empty_guard")
        names = [check.name for check in self.checks]
        if len(set(names)) != len(names):
            raise BadSettings("twin_checks", names=", ".join(names))

    @property
    def version(self) -> str:
        """Names every check and its version, for the ledger and for the readers of a verdict."""
        return " ".join(f"{check.name}/{check.version}" for check in self.checks)

    def judge(self, *subjects: Subject) -> Verdict:
        """The verdict on all subjects together: block beats review, review beats allow.

        Findings stand in a fixed order: by subject, then strictness, then place in the text, then rule.
        Raises `BackendFailed` when a check cannot answer, or when no check reads a subject.
        """
        ranked: list[tuple[int, int, Finding]] = []
        rewrite: str | None = None
        for place, subject in enumerate(subjects):
            found = self._findings(subject)
            ranked.extend((place, _STRICTNESS[finding.action], finding) for finding in found)
            if found and rewrite is None and isinstance(subject, TextSubject):
                rewrite = self._rewrite(subject, found)
        ranked.sort(key=lambda row: (row[0], row[1], row[2].span, row[2].pack, row[2].rule))
        findings = tuple(row[2] for row in ranked)
        decision: Decision = min((f.action for f in findings), key=_STRICTNESS.__getitem__, default="allow")
        return Verdict(decision, findings, rewrite)

    def words(self, text: str, purpose: Purpose = "prompt") -> Verdict:
        return self.judge(TextSubject(text, purpose))

    def picture(self, picture: Picture) -> Verdict:
        return self.judge(PictureSubject(picture))

    def reload(self, packs: Sequence[Pack]) -> str:
        """Judge words by these packs from now on, without losing a request, and return the guard's new version.

        Every check that reads packs exchanges them at once; whoever is being judged meanwhile is judged by the old
        ones. Raises `BadSettings` when no check reads packs, or the packs cannot be compiled: then nothing changes.
        """
        readers = [check for check in self.checks if isinstance(check, Reloadable)]
        if not readers:
            raise BadSettings("empty_guard")
        for check in readers:
            check.reload(packs)
        return self.version

    def warm(self) -> None:
        """Load now what would otherwise make the first subject wait (a quarter of a second). Raises `BackendFailed`."""
        for check in self.checks:
            if isinstance(check, Lazy):
                check.warm()

    def _findings(self, subject: Subject) -> list[Finding]:
        readers = [check for check in self.checks if check.reads(subject)]
        if not readers:
            raise BackendFailed("unread", subject=type(subject).__name__)
        return [finding for check in readers for finding in _examine(check, subject)]

    def _rewrite(self, subject: TextSubject, findings: Sequence[Finding]) -> str | None:
        """The first wording that a check proposes and that every check lets pass."""
        for check in self.checks:
            if isinstance(check, Rewriter):
                wording = check.rewrite(subject, findings)
                if wording is not None and not self._findings(TextSubject(wording, subject.purpose)):
                    return wording
        return None


def _examine(check: Check, subject: Subject) -> Sequence[Finding]:
    try:
        return check.examine(subject)
    except PingxingError:
        raise
    except Exception as fault:
        # A check that breaks has not said "allow". Whatever broke, the caller sees a retryable failure.
        raise BackendFailed("check", check=check.name) from fault
