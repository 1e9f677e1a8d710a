"""What pydantic found wrong, as an InvalidRequest that names the member and says in words what would fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pingxing.errors import InvalidRequest

# Pydantic's kind of error -> our reason (a key below `error.invalid_request` in the catalogues).
_REASONS = {
    "extra_forbidden": "unknown_member",
    "missing": "missing",
    "json_invalid": "json",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "greater_than": "above",
    "greater_than_equal": "least",
    "less_than_equal": "most",
    "int_type": "whole_number",
    "int_from_float": "whole_number",
    "int_parsing": "whole_number",
    "int_parsing_size": "whole_number",
    "float_type": "number",
    "finite_number": "number",
    "string_type": "text",
    "bool_type": "yes_or_no",
    "bool_parsing": "yes_or_no",
    "too_long": "too_many",
    "too_short": "too_few",
    "tuple_type": "list",
    "list_type": "list",
    "float_parsing": "number",
    "model_type": "object",
    "model_attributes_type": "object",
    "enum": "choice",
    "literal_error": "choice",
}


_LIMITS = ("ge", "gt", "le", "max_length", "min_length", "expected")
_PATTERNS = {"#": "colour", "[": "concept"}  # by the first letter of what must be matched


def invalid(problems: list[Any], *, within: str = "") -> InvalidRequest:
    """The first of pydantic's problems; one at a time is what a person can mend. `within` names the whole."""
    first = problems[0]
    parts = ([within] if within else []) + list(first["loc"])
    where = ".".join(str(part) for part in parts if part not in ("body", "query", "path", "header"))
    kind, facts = first["type"], first.get("ctx") or {}
    if kind == "value_error":  # our own validators say "member: reason"
        member, _, reason = str(facts.get("error", "")).partition(": ")
        return InvalidRequest(reason.replace(" ", "_"), member=where or member)
    limit = next(
        (facts[name] for name in ("ge", "gt", "le", "max_length", "min_length", "expected") if name in facts), "–"
    )
    reason = _REASONS.get(kind, "member")
    if kind == "string_pattern_mismatch":
        reason = _PATTERNS.get(str(facts.get("pattern", "")).removeprefix("^")[:1], reason)
    return InvalidRequest(reason, member=where[:80] or "body", limit=limit, problem=first["msg"])


def renamed(error: InvalidRequest, names: Mapping[str, str]) -> InvalidRequest:
    """The same error about a member by the name that whoever asked knows it by: ours on the left of `names`."""
    member = str(error.params.get("member"))
    if (theirs := names.get(member)) is None:
        return error
    return type(error)(
        error.reason, **{fact: theirs if told == member else told for fact, told in error.params.items()}
    )
