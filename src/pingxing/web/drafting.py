"""A rule as a form: what an operator types becomes the next version of a pack's file, and back.

The form holds rules of one combination: words, optionally near other words, optionally excused by others. Rules that
combine more are edited as the file itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import yaml

from pingxing.errors import InvalidRequest
from pingxing.policy.rules import Pack, Rule, Terms
from pingxing.types import LANGUAGES, Language

_NAME = re.compile(r"[a-z][a-z0-9-]{0,59}")  # within what `policy.rules` takes as a name
MOST_FIELD = 100_000  # characters of one field
SEVERITIES = ("low", "medium", "high", "critical")
ACTIONS = ("block", "review")
_WITHIN = 8  # words, as packs have it


@dataclass(frozen=True, slots=True)
class RuleForm:
    """Every field as it is typed; lists hold one term a line."""

    id: str = ""
    category: str = "house"
    action: str = "block"
    severity: str = "medium"
    words_zh: str = ""
    words_en: str = ""
    near_zh: str = ""
    near_en: str = ""
    within: str = str(_WITHIN)
    unless_zh: str = ""
    unless_en: str = ""
    disguised: str = ""  # "yes": also look for what was written to sound alike, backwards or as initials
    reason_zh: str = ""
    reason_en: str = ""
    clause: str = ""
    rewrite_zh: str = ""
    rewrite_en: str = ""
    expires: str = ""
    stop_zh: str = ""
    stop_en: str = ""
    allow_zh: str = ""
    allow_en: str = ""


FIELDS = tuple(field.name for field in fields(RuleForm))


def form_of(given: Mapping[str, Any]) -> RuleForm:
    """The form's fields out of all that was sent. Raises InvalidRequest for one that is no text or too long."""
    found = {name: str(given[name]).replace("\r\n", "\n") for name in FIELDS if name in given}
    for name, text in found.items():
        if len(text) > MOST_FIELD:
            raise InvalidRequest("too_long", member=name, limit=MOST_FIELD)
    return RuleForm(**found)


def lacking(form: RuleForm, languages: Sequence[Language]) -> tuple[tuple[str, Language | None], ...]:
    """What is still to be written: the field's name in the catalogue (`rulebook.needs`), and in which language."""
    names: list[tuple[str, Language | None]] = []
    names += [("id", None)] if not _NAME.fullmatch(form.id.strip()) else []
    names += [("words", None)] if not (form.words_en.strip() or form.words_zh.strip()) else []
    names += [("reason", language) for language in LANGUAGES if not _text(form, "reason", language)]
    names += [("clause", None)] if not form.clause.strip() else []
    if any(_text(form, "rewrite", language) for language in LANGUAGES):
        names += [("rewrite", language) for language in LANGUAGES if not _text(form, "rewrite", language)]
    names += [
        (field, language) for field in ("stop", "allow") for language in languages if not _text(form, field, language)
    ]
    return tuple(names)


def _text(form: RuleForm, field: str, language: Language) -> str:
    return str(getattr(form, f"{field}_{language}")).strip()


def simple(rule: Rule) -> bool:
    """Whether the form can hold it without losing anything."""
    return len(rule.when) == 1 and len(rule.when[0].all) <= 2 and len(rule.unless) <= 1


def typed(pack: Pack, rule: Rule) -> RuleForm:
    """A simple rule as it would have been typed."""
    first, second = (*rule.when[0].all, "")[:2]
    third = rule.unless[0] if rule.unless else ""
    lists = {**pack.lists, "": Terms()}
    return RuleForm(
        id=rule.id,
        category=rule.category,
        action=rule.action,
        severity=rule.severity,
        words_zh=_lines(lists[first].zh),
        words_en=_lines(lists[first].en),
        near_zh=_lines(lists[second].zh),
        near_en=_lines(lists[second].en),
        within=str(rule.when[0].within),
        unless_zh=_lines(lists[third].zh),
        unless_en=_lines(lists[third].en),
        disguised="yes" if pack.lists[first].disguises else "",
        reason_zh=rule.reason.zh,
        reason_en=rule.reason.en,
        clause=rule.clause,
        rewrite_zh=rule.rewrite.zh if rule.rewrite else "",
        rewrite_en=rule.rewrite.en if rule.rewrite else "",
        expires=rule.expires.isoformat() if rule.expires else "",
        stop_zh=_lines(rule.cases.stop.zh),
        stop_en=_lines(rule.cases.stop.en),
        allow_zh=_lines(rule.cases.allow.zh),
        allow_en=_lines(rule.cases.allow.en),
    )


def shared(pack: Pack, rule: Rule) -> tuple[str, ...]:
    """Other rules that read one of this rule's lists: editing it changes them too."""
    return tuple(other.id for other in pack.rules if other.id != rule.id and other.lists() & rule.lists())


def redrafted(content: dict[str, Any], old: str, form: RuleForm, *, version: str, today: date) -> dict[str, Any]:
    """The pack's content with the rule `old` ("" for a new one) as the form says, under another version.

    `content` is a pack as parsed from its file; it is not changed. Whether the result is a pack, `rulebook` says.
    """
    rules = [dict(rule) for rule in content.get("rules", ())]
    before = next((rule for rule in rules if rule["id"] == old), None)
    lists = {name: dict(words) for name, words in content.get("lists", {}).items()}
    rule, wanted = _rule(form, before)
    for name, terms in wanted.items():
        kept = {member: value for member, value in lists.get(name, {}).items() if member not in ("en", "zh")}
        lists[name] = {**kept, **terms}
        if not lists[name].get("disguises", True):
            del lists[name]["disguises"]
    if before is None:
        rules.append(rule)
    else:
        rules[rules.index(before)] = rule
    read = {name for one in rules for name in _read(one)}
    return {
        **content,
        "version": version,
        "date": today,
        "lists": {name: words for name, words in lists.items() if name in read},
        "rules": rules,
    }


def without(content: dict[str, Any], rule: str, *, version: str, today: date) -> dict[str, Any]:
    """The pack's content without one of its rules, and without the lists that only it read."""
    rules = [one for one in content["rules"] if one["id"] != rule]
    read = {name for one in rules for name in _read(one)}
    lists = {name: words for name, words in content["lists"].items() if name in read}
    return {**content, "version": version, "date": today, "lists": lists, "rules": rules}


def _read(rule: Mapping[str, Any]) -> set[str]:
    return {name for combination in rule["when"] for name in combination["all"]} | set(rule.get("unless", ()))


def _rule(form: RuleForm, before: dict[str, Any] | None) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The rule and the lists it reads, kept under the names they had."""
    names = list(before["when"][0]["all"]) if before else []
    excuse = next(iter(before.get("unless", ())), "") if before else ""
    first, second = (*names, "", "")[:2]
    first, second, excuse = first or f"{form.id}-words", second or f"{form.id}-near", excuse or f"{form.id}-unless"
    wanted: dict[str, dict[str, Any]] = {first: _terms(form.words_en, form.words_zh)}
    wanted[first]["disguises"] = ["sound", "initials", "reversed"] if form.disguised else []
    combination: dict[str, Any] = {"all": [first]}
    if near := _terms(form.near_en, form.near_zh):
        wanted[second] = near
        combination = {"all": [first, second], "within": _number(form.within)}
    rule = {
        **(before or {}),
        "id": form.id.strip(),
        "category": form.category.strip(),
        "when": [combination],
        "action": form.action,
        "severity": form.severity,
        "reason": {"en": form.reason_en.strip(), "zh": form.reason_zh.strip()},
        "clause": form.clause.strip(),
        "cases": {
            "stop": _terms(form.stop_en, form.stop_zh),
            "allow": _terms(form.allow_en, form.allow_zh),
        },
    }
    for member in ("unless", "rewrite", "expires"):
        rule.pop(member, None)
    if excused := _terms(form.unless_en, form.unless_zh):
        wanted[excuse] = excused
        rule["unless"] = [excuse]
    if form.rewrite_en.strip() or form.rewrite_zh.strip():
        rule["rewrite"] = {"en": form.rewrite_en.strip(), "zh": form.rewrite_zh.strip()}
    if form.expires.strip():
        rule["expires"] = _day(form.expires.strip())
    return rule, wanted


def _terms(en: str, zh: str) -> dict[str, Any]:
    return {language: found for language, text in (("en", en), ("zh", zh)) if (found := _split(text))}


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in text.split("\n") if line.strip()))


def _lines(terms: Iterable[str]) -> str:
    return "\n".join(terms)


def _number(text: str) -> int | str:
    return int(text) if text.strip().isdecimal() and len(text) < 6 else text.strip()  # the pack says what would fit


def _day(text: str) -> date | str:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def parsed(body: bytes) -> dict[str, Any]:
    """A stored file as plain content; it was proved when it was added."""
    content: dict[str, Any] = yaml.safe_load(body)
    return content


def written(content: dict[str, Any]) -> bytes:
    """The file: members in their order, short lists on one line; the same content gives the same bytes."""
    return yaml.dump(
        content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=110
    ).encode()


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True  # what stands twice is written twice: a reader should not have to follow anchors


def started(name: str, about_en: str, about_zh: str, *, today: date) -> dict[str, Any]:
    """A pack without rules yet."""
    return {
        "pack": name,
        "version": "1.0.0",
        "date": today,
        "licence": "Proprietary",
        "languages": ["zh", "en"],
        "about": {"en": about_en, "zh": about_zh},
        "lists": {},
        "rules": [],
    }


def next_version(versions: Iterable[str]) -> str:
    """One after the highest; 1.0.0 where there is none."""
    numbers = sorted(tuple(map(int, version.split("."))) for version in versions)
    return ".".join(map(str, (*numbers[-1][:2], numbers[-1][2] + 1))) if numbers else "1.0.0"
