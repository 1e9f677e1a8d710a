"""Adapters as people write them: `ink:0.8, oil` in forms and commands, `<lora:ink:0.8>` in prompts of A1111."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from pydantic import ValidationError

from pingxing.api.invalid import invalid
from pingxing.errors import InvalidRequest
from pingxing.types import MAX_ADAPTERS, AdapterUse

_WRITTEN = re.compile(r"<(lora|lyco|hypernet):([^:<>]*)(?::([^<>]*))?>")
_SPACES = re.compile(r"[^a-z0-9._-]+")


def adapters_of(text: str, member: str = "adapters") -> tuple[AdapterUse, ...]:
    """`ink:0.8, oil:-0.5, wash` -> three, the last with weight 1. Raises InvalidRequest naming `member`."""
    written = [one.strip() for one in text.split(",") if one.strip()]
    if len(written) > MAX_ADAPTERS:
        raise InvalidRequest("too_many", member=member, limit=MAX_ADAPTERS)
    return tuple(_use(one, member) for one in written)


def _use(text: str, member: str) -> AdapterUse:
    name, colon, weight = text.rpartition(":") if ":" in text else (text, "", "")
    try:
        told: dict[str, Any] = {"name": name.strip(), "weight": float(weight) if colon else 1.0}
    except ValueError:
        raise InvalidRequest("number", member=member) from None
    try:
        return AdapterUse(**told)
    except ValidationError as error:
        raise invalid(list(error.errors()), within=member) from None


def written(prompt: str, known: Collection[str]) -> tuple[str, tuple[AdapterUse, ...], list[str]]:
    """A prompt of A1111's without its `<lora:name:weight>`, the adapters that these mean, and those that mean none.

    A1111 calls an adapter by its file's name; ours are in small letters. The same one twice counts together, as there.
    Raises InvalidRequest for a weight beyond its limits.
    """
    weights: dict[str, float] = {}
    unknown: list[str] = []
    for found in _WRITTEN.finditer(prompt):
        kind, name, rest = found.groups()
        name = _SPACES.sub("-", name.strip().lower()).strip("-._")
        weight = _number(rest)
        if kind == "hypernet" or name not in known or weight is None:
            unknown.append(found[0])
        else:
            weights[name] = weights.get(name, 0.0) + weight
    if len(weights) > MAX_ADAPTERS:
        raise InvalidRequest("too_many", member="prompt", limit=MAX_ADAPTERS)
    try:
        uses = tuple(AdapterUse(name=name, weight=weight) for name, weight in weights.items())
    except ValidationError as error:
        raise invalid(list(error.errors()), within="prompt") from None
    return _WRITTEN.sub("", prompt).strip(), uses, unknown


def _number(rest: str | None) -> float | None:
    """The first weight of `0.8`, `0.8:0.5` or `te=0.5`; 1 where there is none, None where it is no number."""
    if not rest:
        return 1.0
    try:
        return float(rest.partition(":")[0].rpartition("=")[2])
    except ValueError:
        return None


def as_written(uses: Collection[AdapterUse]) -> str:
    """As A1111 shows them behind a prompt."""
    return "".join(f" <lora:{use.name}:{use.weight:g}>" for use in uses)
