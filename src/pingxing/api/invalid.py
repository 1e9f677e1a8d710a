"""What pydantic found wrong, as an InvalidRequest that names the member and says in words what would fit."""

from __future__ import annotations

from typing import Any

from pingxing.errors import InvalidRequest

# Pydantic's kind of error -> our reason (a key below `error.invalid_request` in the catalogues).
_REASONS = {
    "extra_forbidden": "unknown_member",
    "missing": "missing",
    "json_invalid": "json",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "greater_than_equal": "least",
    "less_than_equal": "most",
    "int_type": "whole_number",
    "int_from_float": "whole_number",
    "int_parsing": "whole_number",
    "int_parsing_size": "whole_number",
    "float_type": "number",
    "finite_number": "number",
    "string_type": "text",
    "enum": "choice",
    "literal_error": "choice",
}


def invalid(problems: list[Any]) -> InvalidRequest:
    """The first of pydantic's problems; one at a time is what a person can mend."""
    first = problems[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path", "header"))
    kind, facts = first["type"], first.get("ctx") or {}
    if kind == "value_error":  # our own validators say "member: reason"
        member, _, reason = str(facts.get("error", "")).partition(": ")
        return InvalidRequest(reason.replace(" ", "_"), member=where or member)
    limit = next((facts[name] for name in ("ge", "le", "max_length", "min_length", "expected") if name in facts), "–")
    reason = _REASONS.get(kind, "member")
    return InvalidRequest(reason, member=where[:80] or "body", limit=limit, problem=first["msg"])
