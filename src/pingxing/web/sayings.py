"""Numbers as a page says them: parts of a hundred, spans of time, names of languages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pingxing import i18n
from pingxing.types import Language

NONE = "–"


def percent(rate: float | None) -> str:
    """0..1 as a percentage; a dash where there is nothing to say."""
    return NONE if rate is None else f"{rate * 100:.1f}".removesuffix(".0") + " %"


def span(seconds: float | None, language: Language) -> str:
    """About how long: minutes, hours or days."""
    if seconds is None:
        return NONE
    for size, unit, below in ((60, "minutes", 5_400), (3_600, "hours", 172_800)):
        if seconds < below:
            return i18n.say(language, f"oversight.{unit}", count=round(seconds / size))
    return i18n.say(language, "oversight.some_days", count=round(seconds / 86_400))


def sayings(language: Language) -> dict[str, Any]:
    """As functions for a template."""

    def languages(names: Iterable[Language]) -> str:
        return " · ".join(i18n.say(language, f"oversight.language.{name}") for name in names)

    return {"percent": percent, "span": lambda seconds: span(seconds, language), "languages": languages}
