"""The report page of a trained picture model, in both languages, with grids to look at: docs/cards and docs/pictures.

    python scripts/evaluate_picture.py nano --corpus C --out RUN && python scripts/report_picture.py RUN/nano

Every figure stands beside what the recogniser gets right on pictures that are known to be right: nobody can score above
what it can see. Grids are WebP of at most 150 KB.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
MOST_BYTES = 150_000
COLUMNS, CELL, GAP = 12, 64, 2  # of the sheets that evaluate_picture.py writes
SHOWN = 24  # pictures of each kind
KINDS = {
    "single": ("one thing", "单个物体"), "pair": ("two things", "两个物体"), "count": ("as many as said", "数量"),
    "colour": ("in the colour said", "颜色"), "position": ("left, right, above", "左右上下"),
    "setting": ("where it should be", "环境"), "style": ("in the style said", "风格"),
}  # fmt: skip
PAGE = {
    "en": """# {name}: how good is it?

[中文]({name}-report.zh.md)

Step {step}, {pictures} pictures seen in training; {steps} steps of the sampler, guidance {guidance}. Prompts are of a split that
was held out ({split}: known things in new company), {each} for each kind, half of them Chinese. A recogniser that was trained
on the same art says whether the picture shows what was asked for. Beside each share stands what it says of pictures that
are known to be right: a model cannot score above that.

| | right | English | Chinese | recogniser on true pictures |
|---|---|---|---|---|
{rows}

Languages differ by {apart:.1f} points at most. Fréchet distance on the recogniser's features: {frechet:.1f}; two halves of the
true pictures lie {halves:.1f} apart. Distance to the nearest of 2,048 training pictures (root mean square, of 2): median {near},
least {least}; for true pictures {near_true}.

## What it draws

The first prompts of each kind, neither chosen nor left out, in the order of the page's list.
""",  # noqa: E501 - a page's words
    "zh": """# {name}：画得怎么样？

[English]({name}-report.md)

第 {step} 步，训练中看过 {pictures} 张图；采样 {steps} 步，引导强度 {guidance}。提示词来自没有参与训练的一组（{split}：认识的东西，没见过的搭配），
每类 {each} 条，中英文各半。画得对不对，由一个用同样图画训练的识别器判断；旁边写着它在真图上的准确率：模型的分数不可能超过它。

| | 正确 | 英文 | 中文 | 识别器看真图 |
|---|---|---|---|---|
{rows}

两种语言最多相差 {apart:.1f} 个百分点。以识别器特征计算的 Fréchet 距离为 {frechet:.1f}，真图的两半之间为 {halves:.1f}。与 2048 张训练图中最近一张的
距离（均方根，满值为 2）：中位数 {near}，最小 {least}；真图为 {near_true}。

## 它画的图

每类最前面的几条提示词，没有挑选，顺序与列表一致。
""",  # noqa: E501
}


def sheet(file: Path) -> bytes:
    """The first pictures of a sheet, six a row and twice as large, as WebP under `MOST_BYTES`."""
    with Image.open(file) as opened:
        whole = opened.convert("RGB")
    count = min(SHOWN, COLUMNS * ((whole.height - GAP) // (CELL + GAP)))
    step, across = 2 * CELL + GAP, 6
    made = Image.new("RGB", (across * step + GAP, -(-count // across) * step + GAP), "white")
    for number in range(count):
        x, y = GAP + number % COLUMNS * (CELL + GAP), GAP + number // COLUMNS * (CELL + GAP)
        picture = whole.crop((x, y, x + CELL, y + CELL)).resize((2 * CELL, 2 * CELL), Image.Resampling.BICUBIC)
        made.paste(picture, (GAP + number % across * step, GAP + number // across * step))
    for quality in (86, 76, 60, 40):
        data = io.BytesIO()
        made.save(data, "WEBP", quality=quality, method=6)
        if data.tell() <= MOST_BYTES:
            return data.getvalue()
    raise ValueError(f"{file} does not fit into {MOST_BYTES} bytes")


def page(report: dict[str, Any], said: dict[str, list[str]], language: str, seen: int, name: str) -> str:
    place = 0 if language == "en" else 1
    rows = [
        f"| {KINDS[kind][place]} | {share(row['share'])} | {share(row['en'])} | {share(row['zh'])} "
        f"| {share(report['recogniser'][kind]['share'])} |"
        for kind, row in report["kinds"].items()
    ]
    text = PAGE[language].format(
        name=name, step=report["step"], pictures=f"{seen:,}", steps=report["steps"], guidance=report["guidance"],
        split=report["split"], each=next(iter(report["kinds"].values()))["n"], rows="\n".join(rows),
        apart=report["languages_apart_points"], frechet=report["frechet"],
        halves=report["frechet_of_two_halves_of_the_truth"], near=report["nearest_training_picture"]["median"],
        least=report["nearest_training_picture"]["least"], near_true=report["nearest_of_true_pictures"]["median"],
    )  # fmt: skip
    for kind, words in said.items():
        listed = " · ".join(words[:SHOWN])
        text += f"\n### {KINDS[kind][place]}\n\n![]({name}-{kind}.webp)\n\n{listed}\n".replace(
            f"]({name}", f"](../pictures/{name}"
        )
    return text


def share(value: float) -> str:
    return f"{100 * value:.0f} %"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of the transformer's run, with its evaluation")
    parser.add_argument("--split", default="combination")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs")
    asked = parser.parse_args(arguments)
    folder, name = asked.run / f"evaluation-{asked.split}", asked.run.name
    report = json.loads((folder / "report.json").read_text("utf-8"))
    facts = json.loads((asked.run / "checkpoint" / "facts.json").read_text("utf-8"))
    seen = int(report["step"]) * int(facts["course"]["batch"])
    said = {kind: (folder / f"{kind}.txt").read_text("utf-8").splitlines() for kind in report["kinds"]}
    for kind in said:
        (asked.docs / "pictures" / f"{name}-{kind}.webp").write_bytes(sheet(folder / f"{kind}.png"))
    for language, ending in (("en", ""), ("zh", ".zh")):
        text = page(report, said, language, seen, name)
        (asked.docs / "cards" / f"{name}-report{ending}.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
