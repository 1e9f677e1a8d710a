"""The data card: what is in a corpus, where it comes from and what was left out, in numbers and in two languages."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from pingxing.corpus.operators import Sieve
from pingxing.corpus.values import Pair, Source


def counts(pairs: Iterable[Pair], sieves: Mapping[str, Sieve], sources: Sequence[Source]) -> dict[str, Any]:
    """Numbers of the card as JSON values. `sieves`: part of the corpus -> the sieve its pairs went through."""
    kinds, splits, styles, licences = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    total = captions = 0
    for pair in pairs:
        total += 1
        captions += sum(map(len, pair.captions.values()))
        kinds[pair.idea.kind] += 1
        splits[pair.split] += 1
        styles[pair.idea.style] += 1
        licences.update({part.strip() for part in pair.licence.split(";")})
    return {
        "pairs": total,
        "captions": captions,
        "kinds": _sorted(kinds),
        "splits": _sorted(splits),
        "styles": _sorted(styles),
        "licences": _sorted(licences),
        "filters": {
            name: {"seen": sieve.seen, "kept": sieve.kept, "dropped": sieve.counts()} for name, sieve in sieves.items()
        },
        "sources": [asdict(source) for source in sources],
    }


def _sorted(found: Counter[str]) -> dict[str, int]:
    return dict(sorted(found.items()))


def page(facts: Mapping[str, Any], language: str) -> str:
    """The card as Markdown. Raises KeyError for a language that is not written, or numbers that are not there."""
    text = tomllib.loads(files("pingxing.corpus").joinpath("data", "card.toml").read_text("utf-8"))[language]
    names: Mapping[str, str] = text.get("names", {})
    lead = text["lead_picked" if "chosen" in facts else "lead"]
    lines = [str(text["title"]), "", str(lead).format(**facts), "", str(text["filters"]), ""]
    lines += _table(facts["filters"], text["columns"], names)
    if "chosen" in facts:
        lines += ["", str(text["chosen"]), "", str(text["chosen_lead"]), ""]
        for part, found in facts["chosen"].items():
            reasons = [f"{text['reasons'][name]} {count}" for name, count in found["dropped"].items() if count]
            lines.append(f"- {text['parts'][part].format(**found)}{text['comma'].join(reasons) or 0}")
    lines += ["", str(text["numbers"]), ""]
    for member in ("kinds", "splits", "styles", "licences"):
        counted = text["comma"].join(f"{names.get(key, key)} {value}" for key, value in facts[member].items())
        lines.append(f"- {names.get(member, member)}{text['colon']}{counted}")
    lines += ["", str(text["sources"]), ""]
    lines += [
        f"- {s['package']} {s['version']}{text['comma']}{s['licence']}{text['colon']}{s['credit']}"
        for s in facts["sources"]
    ]
    return "\n".join([*lines, "", str(text["limits"]), ""])


def _table(filters: Mapping[str, Any], columns: Sequence[str], names: Mapping[str, str]) -> list[str]:
    checks = list(next(iter(filters.values()))["dropped"])
    lines = [f"| {' | '.join((*columns, *(names.get(check, check) for check in checks)))} |"]
    lines.append("|---" * (len(columns) + len(checks)) + "|")
    for part, found in filters.items():
        cells = (names.get(part, part), found["seen"], found["kept"], *(found["dropped"][check] for check in checks))
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines
