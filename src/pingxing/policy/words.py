"""The check that reads words by the rules of packs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pingxing.policy.base import Subject, TextSubject
from pingxing.policy.match import Match, Matcher
from pingxing.policy.rules import Pack, Rule
from pingxing.types import Finding


class WordsCheck:
    """Rule packs over text. Thread-safe; building one for the default packs takes some ten milliseconds."""

    name = "words"

    def __init__(self, packs: Sequence[Pack]) -> None:
        self.packs = tuple(packs)
        self._matcher = Matcher(self.packs)
        self._rules: dict[tuple[str, str], Rule] = {(p.pack, r.id): r for p in self.packs for r in p.rules}
        content = "\n".join(pack.model_dump_json() for pack in self.packs)
        digest = hashlib.sha256(content.encode()).hexdigest()[:12]
        self.version = f"{'+'.join(f'{pack.pack}-{pack.version}' for pack in self.packs)}.{digest}"

    def reads(self, subject: Subject) -> bool:
        return isinstance(subject, TextSubject)

    def examine(self, subject: Subject) -> Sequence[Finding]:
        if not isinstance(subject, TextSubject):
            raise TypeError("the guard asks `reads` first")
        return tuple(_finding(m) for m in self._matcher.find(subject.text) if subject.purpose in m.rule.purposes)

    def rewrite(self, subject: Subject, findings: Sequence[Finding]) -> str | None:
        """The wording that the strictest rule's author suggests, in the language of the text."""
        if not isinstance(subject, TextSubject):
            return None
        chinese = any("\u3400" <= character <= "\u9fff" for character in subject.text)
        for finding in sorted(findings, key=lambda f: (f.action != "block", f.span)):
            rule = self._rules.get((finding.pack, finding.rule))
            if rule is not None and rule.rewrite is not None:
                return rule.rewrite.of("zh" if chinese else "en")
        return None


def _finding(match: Match) -> Finding:
    return Finding(
        rule=match.rule.id,
        pack=match.pack.pack,
        version=match.pack.version,
        category=match.rule.category,
        span=match.span,
        view=match.view,
        action=match.rule.action,
        reason_en=match.rule.reason.en,
        reason_zh=match.rule.reason.zh,
        clause=match.rule.clause,
    )
