"""Who says that a person is who they say: a protocol, what it may answer, and the embedded one.

A verifier answers `verified`, `refused` with a reason, or `people`: somebody has to look. Anything else, an answer that
is late, unsigned or not understood, is no answer, and nobody is verified by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from pingxing.identity.vault import Person

Outcome = Literal["verified", "refused", "people"]
Reason = Literal[
    "differs", "unknown", "ended", "not_covered", "unreadable", "not_shown", "not_theirs", "unanswered"
]  # fmt: skip
OF_SERVICES: tuple[Reason, ...] = ("differs", "unknown", "ended", "not_covered")
OF_PEOPLE: tuple[Reason, ...] = ("differs", "ended", "unreadable", "not_shown", "not_theirs")


@dataclass(frozen=True, slots=True)
class Answer:
    """`reason` says why it was refused, and is empty otherwise. Raises ValueError where the two do not agree."""

    outcome: Outcome
    reason: Reason | Literal[""] = ""

    def __post_init__(self) -> None:
        if (self.outcome == "refused") != bool(self.reason):
            raise ValueError("who refuses says why, and nobody else does")


class Verifier(Protocol):
    """`host` is who is sent what a person enters, "" where it leaves nobody's hands: people are told before."""

    @property
    def name(self) -> str: ...

    @property
    def host(self) -> str: ...

    def ready(self) -> None:
        """Raises BadSettings where it could not ask: looked at before a server opens, and not by every command."""
        ...

    def ask(self, case: str, who: Person) -> Answer:
        """Whether `who` is right. `case` is drawn for this question and says nothing of the account.

        Raises ServiceDown where there is no answer that counts."""
        ...


class ByOperator:
    """The embedded one: whoever operates looks at the document."""

    name, host = "operator", ""

    def ready(self) -> None:
        return None

    def ask(self, case: str, who: Person) -> Answer:
        return Answer("people")
