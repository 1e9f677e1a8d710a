"""Train the classifier that sends prompts to a person: `python scripts/build_classifier.py` (ten minutes, one core).

Writes src/pingxing/policy/data/classifier.npz and src/pingxing/training/guard/report.json; needs torch. This is where
the recipe (pingxing.training.guard) meets the room that uses what it makes (pingxing.policy), which know nothing of
each other. The words and their vectors are those of the file that is there, or of `--words`, which
build_classifier_words.py makes.
`--check` trains again and fails where the file would be another one.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pingxing.policy import views
from pingxing.policy.network import Network
from pingxing.policy.tokens import Numbers, Vocabulary
from pingxing.training.guard.recipe import Budget, Sizes, train
from pingxing.training.guard.student import Floats, Members, Plan

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "src/pingxing/policy/data/classifier.npz"
REPORT = ROOT / "src/pingxing/training/guard/report.json"


BENCH = ROOT / "bench/results/guard_classifier.json"
OPEN, CLOSE = "<!-- numbers -->", "<!-- /numbers -->"
CARDS = {
    "classifier.md": {
        "head": "| %, English / Chinese | stopped | named | right |",
        "mistakes": "| Stopped by mistake, %, English / Chinese | |",
        "by hand": "**all that were written one by one**",
        "template": "all of templates",
        "ordinary": "ordinary wishes, as people wrote them",
        "multiplied": "ordinary wishes of templates, honest questions in harmful words among them",
        "near": "harmless neighbours, and ordinary wishes with a harmful word in them",
        "bank": "| Independent bank, stopped by the classifier alone, % | prompts | English | Chinese |",
        "refuse": "must be refused, mildly worded",
        "refuse_plain": "must be refused, asked outright",
        "pairs": "harmless, and looking like something forbidden",
    },
    "classifier.zh.md": {
        "head": "| %,英文 / 中文 | 拦下 | 说中 | 准确 |",
        "mistakes": "| 误拦,%,英文 / 中文 | |",
        "by hand": "**逐句手写的全部**",
        "template": "句式生成的全部",
        "ordinary": "普通愿望,人写的原话",
        "multiplied": "句式生成的普通愿望,其中有用词吓人的正经问题",
        "near": "无害近邻,以及夹着一个有害词的普通愿望",
        "bank": "| 独立题库,分类器单独拦下,% | 条数 | 英文 | 中文 |",
        "refuse": "必须拒绝,说法温和",
        "refuse_plain": "必须拒绝,直接提出",
        "pairs": "看着像违禁、其实无害",
    },
}


def trained(
    words: Sequence[str], table: NDArray[np.int8], scale: Floats, members: int, say: Callable[[str], None]
) -> tuple[Network, Mapping[str, object]]:
    """The recipe over the product's own reading and arithmetic, and its report; writes nothing."""
    vocabulary = Vocabulary(words)

    def features(text: str) -> Numbers:
        """As the product reads a prompt without disguises."""
        return vocabulary.read(views.spaced(views.light(text))).ids

    def score(members: Members, rows: Sequence[Numbers]) -> Floats:
        labels = members["outer_bias"].shape[1]
        net = Network.of(words=words, labels=(), table=table, scale=scale, members=members, **_flat(labels))
        found = [net.logits(rows[at : at + 128]) for at in range(0, len(rows), 128)]
        return np.concatenate(found)

    result = train(features, score, table * scale, Sizes(), Plan(), Budget(), members, say)
    network = Network.of(
        words=words,
        labels=result.labels,
        table=table,
        scale=scale,
        members=result.members,
        slopes=result.slopes,
        offsets=result.offsets,
        thresholds=result.thresholds,
    )
    return network, result.report


def _flat(labels: int) -> dict[str, Floats]:
    """A calibration that changes nothing."""
    return {"slopes": np.ones((2, labels)), "offsets": np.zeros((2, labels)), "thresholds": np.zeros(2)}


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
    part = report["held out by family"]
    lines = [words["head"], "|---|" + "---:|" * 3]
    for kind in ("by hand", "template"):
        both = " / ".join(f"{100 * part['stopped'][f'{kind} {language}']:.0f}" for language in ("en", "zh"))
        lines.append(f"| {words[kind]} | {both} | | |")
    for name, row in part["categories"].items():
        cells = [
            " / ".join(f"{100 * row[language][what]:.0f}" for language in ("en", "zh"))
            for what in ("stopped", "recall", "precision")
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", words["mistakes"], "|---|---:|"]
    for kind in ("ordinary", "multiplied", "near"):
        cell = " / ".join(f"{100 * part['mistakes'][f'{kind} {language}']:.2f}" for language in ("en", "zh"))
        lines.append(f"| {words[kind]} | {cell} |")
    if bank is not None:
        lines += ["", words["bank"], "|---|---:|---:|---:|"]
        for name in ("refuse", "refuse_plain", "ordinary", "pairs"):
            row = bank[name]
            shares = " | ".join(f"{100 * row[language]:.1f}" for language in ("en", "zh"))
            lines.append(f"| {words[name]} | {row['n']} | {shares} |")
    return "\n".join(lines)


def words_of(path: Path) -> tuple[list[str], NDArray[np.int8], Floats]:
    """Words, their vectors in whole numbers and the size of one for each column, of either kind of file."""
    with np.load(path, allow_pickle=False) as file:
        return file["words"].tobytes().decode("utf-8").split("\n"), file["table"], file["scale"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where the weights would change")
    parser.add_argument("--cards", action="store_true", help="only write the numbers into docs/cards/classifier*.md")
    parser.add_argument("--words", type=Path, default=WEIGHTS, help="words and vectors to train over")
    parser.add_argument("--members", type=int, default=3, help="networks whose mean decides")
    chosen = parser.parse_args()
    begun = time.perf_counter()

    def say(text: str) -> None:
        print(f"{time.perf_counter() - begun:6.1f} s  {text}", file=sys.stderr, flush=True)

    if chosen.cards:
        cards()
        return 0
    network, report = trained(*words_of(chosen.words), chosen.members, say)
    data = network.bytes()
    say(f"{len(data):,} bytes, thresholds {network.thresholds.round(4)}")
    if chosen.check:
        same = data == WEIGHTS.read_bytes()
        say("the same bytes" if same else "other bytes")
        return 0 if same else 1
    WEIGHTS.write_bytes(data)
    REPORT.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    cards()
    return 0


if __name__ == "__main__":
    sys.exit(main())
