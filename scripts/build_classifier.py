"""Train the classifier that sends prompts to a person: `python scripts/build_classifier.py` (some minutes, one core).

Writes src/pingxing/policy/data/classifier.npz and src/pingxing/training/guard/report.json. This is where the
recipe (pingxing.training.guard) meets the room that uses what it makes (pingxing.policy), which know nothing of each
other. `--check` trains again and fails where the file would be another one.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from pingxing.policy import views
from pingxing.policy.grams import BUCKETS, Numbers, grams
from pingxing.policy.network import Network
from pingxing.training.guard.fit import Plan
from pingxing.training.guard.recipe import Budget, Sizes, Trained, quantized, train

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "src/pingxing/policy/data/classifier.npz"
REPORT = ROOT / "src/pingxing/training/guard/report.json"


BENCH = ROOT / "bench/results/guard_classifier.json"
OPEN, CLOSE = "<!-- numbers -->", "<!-- /numbers -->"
CARDS = {
    "classifier.md": {
        "head": "| %, English / Chinese | template: stopped | named | right | family: stopped | named | right |",
        "mistakes": "| Stopped by mistake, %, English / Chinese | template | family |",
        "ordinary": "ordinary wishes",
        "near": "harmless neighbours, and ordinary wishes with a harmful word in them",
        "bank": "| Independent bank, stopped by the classifier alone, % | prompts | English | Chinese |",
        "refuse": "must be refused, mildly worded",
        "refuse_plain": "must be refused, asked outright",
        "pairs": "harmless, and looking like something forbidden",
    },
    "classifier.zh.md": {
        "head": "| %,英文 / 中文 | 句式:拦下 | 说中 | 准确 | 话题:拦下 | 说中 | 准确 |",
        "mistakes": "| 误拦,%,英文 / 中文 | 句式 | 话题 |",
        "ordinary": "普通愿望",
        "near": "无害近邻,以及夹着一个有害词的普通愿望",
        "bank": "| 独立题库,分类器单独拦下,% | 条数 | 英文 | 中文 |",
        "refuse": "必须拒绝,说法温和",
        "refuse_plain": "必须拒绝,直接提出",
        "pairs": "看着像违禁、其实无害",
    },
}


def features(text: str) -> Numbers:
    """As the product reads a prompt without disguises."""
    return np.unique(grams(views.spaced(views.light(text))).ids)


def network(trained: Trained) -> Network:
    table, scale = quantized(trained.network.table)
    inner, inner_bias, outer, outer_bias = (part.astype(np.float64) for part in trained.network.dense())
    return Network(
        labels=trained.labels,
        table=table,
        scale=scale.astype(np.float64),
        inner=inner,
        inner_bias=inner_bias,
        outer=outer,
        outer_bias=outer_bias,
        slopes=trained.slopes,
        offsets=trained.offsets,
        thresholds=trained.thresholds,
    )


def cards() -> None:
    """Write the numbers of the last training and benchmark into the card, in both languages."""
    report = json.loads(REPORT.read_text(encoding="utf-8"))
    bank = json.loads(BENCH.read_text(encoding="utf-8"))["ours"] if BENCH.exists() else None
    for name, words in CARDS.items():
        page = ROOT / "docs" / "cards" / name
        before, _, rest = page.read_text(encoding="utf-8").partition(OPEN)
        after = rest.partition(CLOSE)[2]
        page.write_text(f"{before}{OPEN}\n{_table(report, bank, words)}\n{CLOSE}{after}", encoding="utf-8")


def _table(report: dict[str, Any], bank: dict[str, Any] | None, words: dict[str, str]) -> str:
    parts = [report[f"held out by {by}"] for by in ("template", "family")]
    lines = [words["head"], "|---|" + "---:|" * 6]
    for name in parts[0]["categories"]:
        cells = [
            " / ".join(f"{100 * part['categories'][name][language][what]:.0f}" for language in ("en", "zh"))
            for part in parts
            for what in ("stopped", "recall", "precision")
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", words["mistakes"], "|---|---:|---:|"]
    for kind in ("ordinary", "near"):
        cells = [
            " / ".join(f"{100 * part['mistakes'][f'{kind} {language}']:.2f}" for language in ("en", "zh"))
            for part in parts
        ]
        lines.append(f"| {words[kind]} | " + " | ".join(cells) + " |")
    if bank is not None:
        lines += ["", words["bank"], "|---|---:|---:|---:|"]
        for name in ("refuse", "refuse_plain", "ordinary", "pairs"):
            row = bank[name]
            shares = " | ".join(f"{100 * row[language]:.1f}" for language in ("en", "zh"))
            lines.append(f"| {words[name]} | {row['n']} | {shares} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the weights would change")
    begun = time.perf_counter()

    def say(text: str) -> None:
        print(f"{time.perf_counter() - begun:6.1f} s  {text}", file=sys.stderr, flush=True)

    parser.add_argument("--cards", action="store_true", help="only write the numbers into docs/cards/classifier*.md")
    chosen = parser.parse_args()
    if chosen.cards:
        cards()
        return 0
    trained = train(features, BUCKETS, Sizes(), Plan(), Budget(), say)
    data = network(trained).bytes()
    say(f"{len(data):,} bytes, thresholds {trained.thresholds.round(4)}")
    if chosen.check:
        same = data == WEIGHTS.read_bytes()
        say("the same bytes" if same else "other bytes")
        return 0 if same else 1
    WEIGHTS.write_bytes(data)
    REPORT.write_text(json.dumps(trained.report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    cards()
    return 0


if __name__ == "__main__":
    sys.exit(main())
