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
    columns = text["columns"]
    names = list(next(iter(facts["filters"].values()))["dropped"])
    lines = [str(text["title"]), "", str(text["lead"]).format(**facts), "", str(text["filters"]), ""]
    lines += [f"| {' | '.join((*columns, *names))} |", "|---" * (len(columns) + len(names)) + "|"]
    for part, found in facts["filters"].items():
        cells = (part, found["seen"], found["kept"], *(found["dropped"][name] for name in names))
        lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", str(text["numbers"]), ""]
    for member in ("kinds", "splits", "styles", "licences"):
        lines.append(f"- {member}: " + ", ".join(f"{key} {value}" for key, value in facts[member].items()))
    lines += ["", str(text["sources"]), ""]
    lines += [f"- {s['package']} {s['version']}, {s['licence']}: {s['credit']}" for s in facts["sources"]]
    return "\n".join([*lines, "", str(text["limits"]), ""])
