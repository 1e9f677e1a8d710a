"""What is wrong in a form, in words for whoever filled it in, and beside which field it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pingxing import i18n
from pingxing.errors import PingxingError
from pingxing.types import Language


@dataclass(frozen=True, slots=True)
class Fault:
    """`field` is the form's own name of it; "" where the whole form is meant."""

    field: str
    what: str
    hint: str


def fault_of(error: PingxingError, language: Language, fields: Mapping[str, str], room: str) -> Fault:
    """`fields`: members of a request to fields of the form. A catalogue may have words of its own for what is wrong
    with one, as `<room>.fault.<field>.<reason>`, better than those that name a member to a program."""
    member = str(error.params.get("member", "")).rpartition(".")[2]
    field = fields.get(member, "")
    own = f"{room}.fault.{field}.{error.reason}"
    if field and i18n.knows(language, own):
        told = {name: value for name, value in error.params.items() if isinstance(value, str | int | float)}
        return Fault(field, i18n.say(language, own, **told), "")
    return Fault(field, *i18n.explain(error, language))
