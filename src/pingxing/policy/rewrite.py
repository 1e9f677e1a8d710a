"""Wordings that would pass: the wish without the clauses that were stopped, or what a rule's author suggests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pingxing.policy.base import TextSubject
from pingxing.policy.match import Matchers
from pingxing.policy.rules import Rule
from pingxing.types import Finding

# Where one thought ends and the next begins. A conjunction goes with the clause that it opens.
_CLAUSE = re.compile(r"[,，;；。！!?？\n]|\.(?=\s|$)|\s(?:and|with|but|while|then)\s|(?:并且|而且|同时|然后|以及)")
_WORD = re.compile(r"[A-Za-z0-9]{2,}|[\u3400-\u9fff]{2}")
_EDGE = " ,，;；。.!！?？、\n"
LEAST_WORDS = 2  # below it, what is left says nothing


@dataclass(frozen=True, slots=True)
class Rewording:
    matcher: Matchers
    rules: Mapping[tuple[str, str], Rule]

    def of(self, subject: TextSubject, findings: Sequence[Finding]) -> str | None:
        """The nearest wording that passes these rules. None where a rule says that nothing near it may be made."""
        fired = [rule for f in findings if (rule := self.rules.get((f.pack, f.rule))) is not None]
        if not fired or any(rule.severity == "critical" and rule.rewrite is None for rule in fired):
            return None
        return next((wording for wording in self._candidates(subject.text, findings) if self._passes(wording)), None)

    def _passes(self, wording: str) -> bool:
        return not any(match.rule.stage == "active" for match in self.matcher.find(wording))

    def _candidates(self, text: str, findings: Sequence[Finding]) -> Iterator[str]:
        # A critical wish is not repaired by leaving half of it out; for the others the rest of the wish stands.
        rules = [self.rules[found.pack, found.rule] for found in findings if (found.pack, found.rule) in self.rules]
        if all(rule.severity != "critical" for rule in rules):
            rest = _without(text, [found.span for found in findings])
            if len(_WORD.findall(rest)) >= LEAST_WORDS:
                yield rest
        chinese = any("\u3400" <= character <= "\u9fff" for character in text)
        for found in sorted(findings, key=lambda f: (f.action != "block", f.span)):
            rule = self.rules.get((found.pack, found.rule))
            if rule is not None and rule.rewrite is not None:
                yield rule.rewrite.of("zh" if chinese else "en")


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The clauses that touch none of the spans, joined as they were."""
    borders = [0, *(found.start() for found in _CLAUSE.finditer(text)), len(text)]
    kept = [
        text[start:end]
        for start, end in pairwise(borders)
        if not any(first < end and start < last for first, last in spans)
    ]
    rest = "".join(kept).strip(_EDGE)
    return re.sub(r"^(?:and|with|but|while|then)\s+|^(?:并且|而且|同时|然后|以及)", "", rest)
