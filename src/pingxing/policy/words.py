"""The check that reads words by the rules of packs."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from weakref import WeakValueDictionary

from pingxing.errors import InvalidRequest
from pingxing.policy.base import Subject, TextSubject
from pingxing.policy.match import Match, Matcher, Matchers
from pingxing.policy.rewrite import Rewording
from pingxing.policy.rules import Pack, Rule
from pingxing.types import Finding

LARGE = 10_000  # terms; a pack of more is compiled by itself, so that a change of another need not compile it again
MOST_CHARACTERS = 200_000  # a book of text, read in seconds at worst; time grows with the length


@dataclass(frozen=True, slots=True)
class _Compiled:
    """Everything that belongs to one set of packs, so that one assignment exchanges all of it."""

    packs: tuple[Pack, ...]
    matcher: Matchers
    rules: Mapping[tuple[str, str], Rule]
    version: str


class WordsCheck:
    """Rule packs over text. Thread-safe; compiling the default packs takes half a second."""

    name = "words"

    def __init__(self, packs: Sequence[Pack] | Callable[[], Sequence[Pack]], *, today: date | None = None) -> None:
        """Rules that expired before `today` (default: the day of compiling) are left out. Packs that have yet to be
        read, by a function, are read and compiled when somebody first asks: most commands never do."""
        self._beginning = packs, today
        self._now = None if callable(packs) else _compile(packs, today)
        self._turns = threading.Lock()
        self._held = threading.local()
        self._shadow: Counter[str] = Counter()
        self._counting = threading.Lock()

    @property
    def _compiled(self) -> _Compiled:
        if (now := self._now) is not None:
            return now
        with self._turns:
            if self._now is None:
                packs, today = self._beginning
                self._now = _compile(packs() if callable(packs) else packs, today)
            return self._now

    def warm(self) -> None:
        """Compile now. Raises `BadSettings` where the packs cannot be read."""
        _ = self._compiled

    @property
    def packs(self) -> tuple[Pack, ...]:
        now, (first, _) = self._now, self._beginning
        return now.packs if now else tuple(first() if callable(first) else first)

    @property
    def version(self) -> str:
        return self._compiled.version

    def reload(self, packs: Sequence[Pack], *, today: date | None = None) -> str:
        """Judge by these packs from now on, and return the new version.

        The new set is compiled beside the old one and takes over by one assignment: a subject that is being read
        is read to its end by the set it began with, and none waits. What did not change is not compiled again: large
        packs each by themselves, the others together. Raises `BadSettings` and leaves the old set
        in force when the new one cannot be compiled.
        """
        self._now = now = _compile(packs, today)
        return now.version

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within the block, everything this thread asks is judged by the set now in force, whatever is reloaded."""
        before = getattr(self._held, "set", None)
        self._held.set = before or self._compiled
        try:
            yield
        finally:
            self._held.set = before

    @property
    def _set(self) -> _Compiled:
        return getattr(self._held, "set", None) or self._compiled

    def reads(self, subject: Subject) -> bool:
        return isinstance(subject, TextSubject)

    def examine(self, subject: Subject) -> Sequence[Finding]:
        """Raises `InvalidRequest` ("too_long") beyond MOST_CHARACTERS: unread text is never let through."""
        if not isinstance(subject, TextSubject):
            raise TypeError("the guard asks `reads` first")
        if len(subject.text) > MOST_CHARACTERS:
            raise InvalidRequest("too_long", member="text", limit=MOST_CHARACTERS)
        matches = [m for m in self._set.matcher.find(subject.text) if subject.purpose in m.rule.purposes]
        if shadow := {f"{m.pack.pack}/{m.rule.id}" for m in matches if m.rule.stage == "shadow"}:
            with self._counting:
                self._shadow.update(shadow)
        return tuple(_finding(m) for m in matches if m.rule.stage == "active")

    def shadow_counts(self) -> dict[str, int]:
        """How many subjects each rule in shadow ("pack/rule") would have stopped since this check was built."""
        with self._counting:
            return dict(sorted(self._shadow.items()))

    def rewrite(self, subject: Subject, findings: Sequence[Finding]) -> str | None:
        """A wording near the text that no rule stops: the text without what was found where that is enough, else
        what the strictest rule's author suggests, in the language of the text."""
        if not isinstance(subject, TextSubject):
            return None
        compiled = self._set
        return Rewording(compiled.matcher, compiled.rules).of(subject, findings)


_PARTS: WeakValueDictionary[tuple[str, date], Matcher] = WeakValueDictionary()
"""What anybody in this process judges by now, by what it was compiled from and the day: none is compiled twice."""


def _compile(packs: Sequence[Pack], today: date | None) -> _Compiled:
    chosen = tuple(packs)
    day = today or date.today()
    content = {id(pack): pack.model_dump_json() for pack in chosen}
    parts = []
    for group in _groups(chosen):
        key = _digest(content[id(pack)] for pack in group), day
        _PARTS[key] = part = _PARTS.get(key) or Matcher(group, today=day)
        parts.append(part)
    names = "+".join(f"{pack.pack}-{pack.version}" for pack in chosen)
    return _Compiled(
        packs=chosen,
        matcher=Matchers(parts),
        rules={(p.pack, r.id): r for p in chosen for r in p.rules},
        version=f"{names}.{_digest(content[id(pack)] for pack in chosen)[:12]}",
    )


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _groups(packs: tuple[Pack, ...]) -> tuple[tuple[Pack, ...], ...]:
    """Every large pack alone; the others, compiled in a third of a second, together: a text is read once a group."""
    large = [pack for pack in packs if sum(len(w.en) + len(w.zh) for w in pack.lists.values()) > LARGE]
    rest = tuple(pack for pack in packs if all(pack is not other for other in large))
    return (*((rest,) if rest or not large else ()), *((pack,) for pack in large))


def _finding(match: Match) -> Finding:
    return Finding(
        rule=match.rule.id,
        pack=match.pack.pack,
        version=match.pack.version,
        category=match.rule.category,
        span=match.span,
        view=match.view,
        action=match.action,
        reason_en=match.rule.reason.en,
        reason_zh=match.rule.reason.zh,
        clause=match.rule.clause,
    )
