"""Train the classifier that sends prompts to a person: `python scripts/build_classifier.py` (some minutes, one core).

Writes src/pingxing/policy/data/classifier.npz and bench/results/guard_classifier_training.json. This is where the
recipe (pingxing.training.guard) meets the room that uses what it makes (pingxing.policy), which know nothing of each
other. `--check` trains again and fails where the file would be another one.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from pingxing.policy import views
from pingxing.policy.grams import BUCKETS, Numbers, grams
from pingxing.policy.network import Network
from pingxing.training.guard.fit import Plan
from pingxing.training.guard.recipe import Budget, Sizes, Trained, quantized, train

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "src/pingxing/policy/data/classifier.npz"
REPORT = ROOT / "bench/results/guard_classifier_training.json"


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the weights would change")
    begun = time.perf_counter()

    def say(text: str) -> None:
        print(f"{time.perf_counter() - begun:6.1f} s  {text}", file=sys.stderr, flush=True)

    chosen = parser.parse_args()
    trained = train(features, BUCKETS, Sizes(), Plan(), Budget(), say)
    data = network(trained).bytes()
    say(f"{len(data):,} bytes, thresholds {trained.thresholds.round(4)}")
    if chosen.check:
        same = data == WEIGHTS.read_bytes()
        say("the same bytes" if same else "other bytes")
        return 0 if same else 1
    WEIGHTS.write_bytes(data)
    REPORT.write_text(json.dumps(trained.report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
