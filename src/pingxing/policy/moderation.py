"""Our categories in the words of the OpenAI moderation object (`POST /v1/moderations`)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pingxing.types import Decision, Verdict

# In the order of the OpenAI reference.
OPENAI_CATEGORIES: tuple[str, ...] = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)

# Every category of a rule or check, and what it is called there. Fraud, forgery, impersonation and invented news
# have no name of their own; "illicit" is the nearest.
AS_OPENAI: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "minors": ("sexual", "sexual/minors"),
        "intimate-images": ("sexual", "harassment"),
        "sexual": ("sexual",),
        "weapons": ("illicit", "illicit/violent"),
        "violence": ("violence",),
        "threats": ("harassment", "harassment/threatening", "violence"),
        "self-harm": ("self-harm",),
        "self-harm/instructions": ("self-harm", "self-harm/instructions"),
        "fraud": ("illicit",),
        "forgery": ("illicit",),
        "impersonation": ("illicit",),
        "fabricated-news": ("illicit",),
        "drugs": ("illicit",),
        "hate": ("hate",),
        "privacy": ("harassment",),
    }
)

# Rules decide; they do not estimate. These three numbers say which decision it was, for clients that read scores.
_SCORE: dict[Decision, float] = {"allow": 0.0, "review": 0.5, "block": 1.0}


def result(verdict: Verdict) -> dict[str, object]:
    """One member of `results`: flagged, categories, category_scores, category_applied_input_types.

    A finding of a category that is not in the table counts as "illicit": flagged must never have no reason.
    """
    scores = dict.fromkeys(OPENAI_CATEGORIES, 0.0)
    for finding in verdict.findings:
        for category in AS_OPENAI.get(finding.category, ("illicit",)):
            scores[category] = max(scores[category], _SCORE[finding.action])
    return {
        "flagged": not verdict.allows,
        "categories": {category: score > 0 for category, score in scores.items()},
        "category_scores": scores,
        "category_applied_input_types": {c: ["text"] if score > 0 else [] for c, score in scores.items()},
    }
