"""The data card: what is in a corpus, where it comes from and what was left out, in numbers and in two languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
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


_TEXTS = {
    "en": {
        "title": "# Data card: the corpus of our own picture model",
        "lead": (
            "{pairs} pictures with {captions} captions, half of them Chinese and half English, written by grammars of "
            "our own in each language and not translated. {concepts} concepts; {concepts_held_out} of them are never "
            "trained on. Everything is drawn from openly licensed emoji by our own scene engine: the model's world is "
            "emoji and illustration. There are no photographs, no real people, no text scraped from anywhere and no "
            "personal data. Training lays out further pictures from the same drawings while it runs."
        ),
        "filters": "## What the filters saw",
        "columns": ("part", "seen", "kept"),
        "numbers": "## What is in it",
        "sources": "## Sources",
        "limits": (
            "Limits: faces and people are as Unicode names them and in its default yellow; things of one culture "
            "(food, dress, buildings) are those that Unicode has; captions say what is drawn and know no irony."
        ),
    },
    "zh": {
        "title": "# 数据卡：自有图像模型的语料",
        "lead": (
            "共 {pairs} 张图、{captions} 条说明，中英文各半，由我们为两种语言分别编写的语法生成，不是互相翻译的。"
            "包含 {concepts} 个概念，其中 {concepts_held_out} 个从不参与训练。"
            "所有图画都由自己的场景引擎用开放许可的表情符号绘成：这个模型的世界就是表情符号和插画。没有照片，没有真实人物，没有从网上抓取的文字，也没有个人信息。"
            "训练时还会用同一批图画随时拼出更多画面。"
        ),
        "filters": "## 各道筛选的结果",
        "columns": ("部分", "看过", "留下"),
        "numbers": "## 内容",
        "sources": "## 来源",
        "limits": (
            "局限：人物和表情照 Unicode 的命名，肤色为默认的黄色；"
            "各地文化的事物（食物、服饰、建筑）以 Unicode 收录的为限；"
            "说明只讲画了什么，不懂反话。"
        ),
    },
}


def page(facts: Mapping[str, Any], language: str) -> str:
    """The card as Markdown. Raises KeyError for a language that is not written, or numbers that are not there."""
    text = _TEXTS[language]
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
