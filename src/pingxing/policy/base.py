"""What a check is: it reads a subject and says which rules fired, with everything a person needs to contest it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from pingxing.types import Finding, Picture

if TYPE_CHECKING:  # rules.py reads Purpose from here
    from pingxing.policy.rules import Pack

Purpose = Literal["prompt", "negative", "output"]


@dataclass(frozen=True, slots=True)
class TextSubject:
    """Words, and what they are for. A negative prompt names what must *not* be drawn, so fewer rules read it."""

    text: str
    purpose: Purpose = "prompt"


@dataclass(frozen=True, slots=True)
class PictureSubject:
    """Pixels before any label. `words_known`: its engine sets every word itself, and the prompt's check read it.
    `composed`: its engine has learnt nothing, and puts the house's own drawings together, all of them clothed."""

    picture: Picture
    words_known: bool = False
    composed: bool = False


Subject = TextSubject | PictureSubject


class Check(Protocol):
    """One way of looking at subjects. Pure and thread-safe: equal subjects get equal findings.

    Implementations are held to tests/contract/test_checks.py.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str:
        """Changes whenever the same subject might be judged differently."""

    def reads(self, subject: Subject) -> bool: ...

    def examine(self, subject: Subject) -> Sequence[Finding]:
        """Findings whose spans lie inside the subject's text, or (0, 0) for a picture.

        Errors: `BackendFailed` when the check cannot answer; the guard then lets nothing pass.
        """


@runtime_checkable
class Rewriter(Protocol):
    """A check that may also know a wording that would pass."""

    def rewrite(self, subject: Subject, findings: Sequence[Finding]) -> str | None: ...


@runtime_checkable
class Lazy(Protocol):
    """A check that loads something at its first use, and can be told to do so before."""

    def warm(self) -> None: ...


@runtime_checkable
class Reloadable(Protocol):
    """A check whose rule packs can be exchanged while it works."""

    def reload(self, packs: Sequence[Pack]) -> str: ...
