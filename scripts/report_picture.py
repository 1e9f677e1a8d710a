"""The report page of a trained picture model, in both languages, with grids to look at: docs/cards and docs/pictures.

    python scripts/evaluate_picture.py nano --corpus C --out RUN --served FOLDER
    python scripts/report_picture.py RUN/nano --evaluation evaluation-combination-int8

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

{what}, {pictures} pictures seen in training; {steps} steps, guidance {guidance}. Prompts are of a split that was held out
({split}: known things in new company), {each} for each kind, half of them Chinese: every idea is told once in each language,
and both begin from the same noise. A recogniser that was trained on the same art says whether the picture shows what was
asked for. Beside each share stands what it says of pictures that are known to be right: a model cannot score above that.

| | right | English | Chinese | English ahead by points | recogniser on true pictures |
|---|---|---|---|---|---|
{rows}

Over all kinds English is ahead by {ahead} points. What stands after ± holds 95 of 100 times for as many ideas.

| | |
|---|---|
{facts}

{beside}## What it draws

The first prompts of each kind, neither chosen nor left out, in the order of the page's list.
""",  # noqa: E501 - a page's words
    "zh": """# {name}：画得怎么样？

[English]({name}-report.md)

{what}，训练中看过 {pictures} 张图；采样 {steps} 步，引导强度 {guidance}。提示词来自没有参与训练的一组（{split}：认识的东西，没见过的搭配），
每类 {each} 条，中英文各半：每个想法用两种语言各说一次，从同一份噪声画起。画得对不对，由一个用同样图画训练的识别器判断；旁边写着它在真图上
的准确率：模型的分数不可能超过它。

| | 正确 | 英文 | 中文 | 英文领先（百分点） | 识别器看真图 |
|---|---|---|---|---|---|
{rows}

全部合计，英文领先 {ahead} 个百分点。± 之后的数，按这么多想法计算，一百次里有九十五次不会超出。

| | |
|---|---|
{facts}

{beside}## 它画的图

每类最前面的几条提示词，没有挑选，顺序与列表一致。
""",  # noqa: E501
}
WHAT = {
    "en": {"": "Weights of step {step}", "int8": "The files that come with the package (int8 graphs, step {step})",
           "fp32": "fp32 graphs of step {step}"},
    "zh": {"": "第 {step} 步的权重", "int8": "随软件包附带的文件（int8 计算图，第 {step} 步）",
           "fp32": "第 {step} 步的 fp32 计算图"},
}  # fmt: skip
FACTS = {
    "en": (
        ("Fréchet distance to true pictures, on the recogniser's features", "{frechet:.3f}"),
        ("The same between two halves of the true pictures", "{halves:.3f}"),
        (
            "Variety: distance between seeds of one prompt, in the same features (true pictures: {variety_true:.2f})",
            "{variety:.2f}",
        ),
        ("Nearest of 4,096 training pictures, root mean square of 2: median (true pictures: {near_true})", "{near}"),
        ("The same, the nearest of all (true pictures: {least_true})", "{least}"),
    ),
    "zh": (
        ("与真图的 Fréchet 距离（识别器特征）", "{frechet:.3f}"),
        ("真图的两半之间", "{halves:.3f}"),
        ("多样性：同一提示词、不同种子之间的距离，同样的特征（真图：{variety_true:.2f}）", "{variety:.2f}"),
        ("与 4096 张训练图中最近一张的距离（均方根，满值为 2），中位数（真图：{near_true}）", "{near}"),
        ("同上，最小值（真图：{least_true}）", "{least}"),
    ),
}
BESIDE = {
    "en": """## Other ways to draw with the same weights

{each} prompts of each kind, the same for all rows, from the same noise; for so few all distances are larger than above.

| | Fréchet distance | two things | as many as said | in the colour said | left, right, above |
|---|---|---|---|---|---|
""",
    "zh": """## 同一份权重的其他画法

每类 {each} 条提示词，各行相同，噪声也相同；条数少，所以距离比上面的大。

| | Fréchet 距离 | 两个物体 | 数量 | 颜色 | 左右上下 |
|---|---|---|---|---|---|
""",
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


def page(
    report: dict[str, Any], said: dict[str, list[str]], language: str, seen: int, name: str, others: Sequence[Any]
) -> str:
    place = 0 if language == "en" else 1
    rows = [
        f"| {KINDS[kind][place]} | {share(row['share'])} | {share(row['en'])} | {share(row['zh'])} "
        f"| {ahead(report, kind)} | {share(report['recogniser'][kind]['share'])} |"
        for kind, row in report["kinds"].items()
    ]
    blanks = {
        "frechet": report["frechet"], "halves": report["frechet_of_two_halves_of_the_truth"],
        "variety": report["variety"], "variety_true": report["variety_of_true_pictures"],
        "near": report["nearest_training_picture"]["median"], "near_true": report["nearest_of_true_pictures"]["median"],
        "least": report["nearest_training_picture"]["least"], "least_true": report["nearest_of_true_pictures"]["least"],
    }  # fmt: skip
    facts = "\n".join(f"| {label.format(**blanks)} | {value.format(**blanks)} |" for label, value in FACTS[language])
    beside = ""
    if others:
        each = next(iter(others[0]["kinds"].values()))["n"]
        beside = BESIDE[language].format(each=each) + "".join(f"{_beside(one)}\n" for one in others) + "\n"
    text = PAGE[language].format(
        name=name, what=WHAT[language][report.get("precision", "")].format(step=report["step"]), pictures=f"{seen:,}",
        steps=report["steps"], guidance=report["guidance"], split=report["split"],
        each=next(iter(report["kinds"].values()))["n"], rows="\n".join(rows), ahead=ahead(report, "all"), facts=facts,
        beside=beside,
    )  # fmt: skip
    for kind, words in said.items():
        listed = " · ".join(words[:SHOWN])
        text += f"\n### {KINDS[kind][place]}\n\n![]({name}-{kind}.webp)\n\n{listed}\n".replace(
            f"]({name}", f"](../pictures/{name}"
        )
    return text


def _beside(report: dict[str, Any]) -> str:
    """One way to draw: its precision, steps and solver, and what is told of it."""
    way = f"{report['precision']}, {report['steps']} × {report['sampler']}"
    shares = " | ".join(share(report["kinds"][kind]["share"]) for kind in ("pair", "count", "colour", "position"))
    return f"| {way} | {report['frechet']:.3f} | {shares} |"


def ahead(report: dict[str, Any], kind: str) -> str:
    one = report["languages"][kind]
    return f"{round(one['english_ahead']):+d} ± {round(one['within'])}"


def share(value: float) -> str:
    return f"{100 * value:.0f} %"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of the transformer's run, with its evaluation")
    parser.add_argument("--evaluation", default="evaluation-combination", help="folder of the run to report")
    parser.add_argument("--beside", nargs="*", default=(), help="folders of other evaluations, to compare with")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs")
    asked = parser.parse_args(arguments)
    folder, name = asked.run / asked.evaluation, asked.run.name
    report = json.loads((folder / "report.json").read_text("utf-8"))
    others = [json.loads((asked.run / one / "report.json").read_text("utf-8")) for one in asked.beside]
    facts = json.loads((asked.run / "checkpoint" / "facts.json").read_text("utf-8"))
    seen = int(report["step"]) * int(facts["course"]["batch"])
    said = {kind: (folder / f"{kind}.txt").read_text("utf-8").splitlines() for kind in report["kinds"]}
    for kind in said:
        (asked.docs / "pictures" / f"{name}-{kind}.webp").write_bytes(sheet(folder / f"{kind}.png"))
    for language, ending in (("en", ""), ("zh", ".zh")):
        text = page(report, said, language, seen, name, others)
        (asked.docs / "cards" / f"{name}-report{ending}.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
