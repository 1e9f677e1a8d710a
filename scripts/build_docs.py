"""Write what code knows better than docs: line numbers of links; the reference of settings, errors and commands.

`python scripts/build_docs.py` writes; `--check` exits with 1 where something would change.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from pingxing import i18n
from pingxing.cli.console import Console
from pingxing.cli.main import group
from pingxing.errors import PingxingError
from pingxing.settings import PREFIX, Settings
from plot_engine import svg, title

ROOT = Path(__file__).parent.parent
PLOT = "docs/pictures/engine.svg"
_CAPTION = (
    "Eight people arrive at random, each with steps, guidance and a seed of their own; the dashed line is diffusers "
    "serving one after the other in the same run. "
    "八位用户随机到达，步数、引导强度和种子各不相同；虚线是同一次运行中 diffusers 逐个处理的结果。"
)
_LINK = re.compile(r"\[`(?P<name>[\w.]+)`\]\((?P<path>\.\./src/[\w/.]+\.py)#L\d+\)")


def main() -> int:
    wanted = {
        ROOT / "docs/architecture.md": with_lines((ROOT / "docs/architecture.md").read_text("utf-8")),
        ROOT / "docs/reference.md": reference(),
        ROOT / "docs/numbers.md": numbers(),
        ROOT / PLOT: svg(json.loads((ROOT / "bench/results/engine.json").read_text("utf-8"))),
    }
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if "--check" in sys.argv:
            print(f"{path.relative_to(ROOT)} is stale: run `make docs`")
        else:
            path.write_text(wanted[path], "utf-8")
            print(f"{path.relative_to(ROOT)} written")
    return 1 if stale and "--check" in sys.argv else 0


def with_lines(text: str) -> str:
    """Links like [`name`](../src/…py#L1) with the line of the name's definition. Raises KeyError for no such name."""

    def link(match: re.Match[str]) -> str:
        file = (ROOT / "docs" / match["path"]).resolve()
        line = lines(file)[match["name"]]
        return f"[`{match['name']}`]({match['path']}#L{line})"

    return _LINK.sub(link, text)


def lines(file: Path) -> dict[str, int]:
    """Line of every class and function of a module; methods as `Class.method` and by their bare name."""
    found: dict[str, int] = {}
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = node.lineno
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    found[f"{node.name}.{inner.name}"] = inner.lineno
                    found.setdefault(inner.name, inner.lineno)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = node.lineno
    return found


def reference() -> str:
    parts = [
        "# Reference\n\nWritten by `make docs` from the code.\n",
        "## Settings\n\nIn `pingxing.toml` by this name, or in the environment as `"
        + PREFIX
        + "` and the name in capitals.\n",
        table(("Setting", "Default", "Meaning"), settings_rows()),
        "\n## Errors\n\n`code` as it stands in every answer, the HTTP status, the exit code of the command line.\n",
        table(("Code", "HTTP", "Exit", "English", "中文"), error_rows()),
        "\n## Commands\n",
        *commands(group(Console("en", json_only=False)), "pingxing"),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def numbers() -> str:
    """What the benchmarks found, from bench/results: each number beside the one to reach, with its conditions."""
    parts = ["# Numbers\n\nWritten by `make docs` from `bench/results`. [How they are measured](../bench/README.md)."]
    for file in sorted((ROOT / "bench/results").glob("*.json")):
        result = json.loads(file.read_text("utf-8"))
        facts = result["conditions"]
        rows = [
            (
                goal["name"],
                f"{goal['measured']:g} {goal['unit']}",
                f"{'≤' if goal['better'] == 'lower' else '≥'} {goal['wanted']:g} {goal['unit']}",
                "yes" if goal["met"] else "**no**",
            )
            for goal in result["targets"]
        ]
        ratios = ", ".join(f"{name.replace('_', ' ')} {value:g}×" for name, value in result.get("ratio", {}).items())
        parts.append(f"## {result['name']}")
        if result["name"] == "engine":
            parts.append(f"![{title(result)}]({PLOT.removeprefix('docs/')})\n\n{_CAPTION}")
        parts.append(table(("What", "Measured", "To reach", "Reached"), rows))
        if ratios:
            parts.append(f"Against the floor in the same run: {ratios}.")
        parts.append(
            f"{facts['date'][:10]}, commit {facts['commit']}; {facts['cores']} cores ({facts['cpu']}), "
            f"{facts['memory_gib']:g} GiB, {facts['system']}, Python {facts['python']}; load before "
            f"{', '.join(f'{load:g}' for load in facts['load_average'])}."
        )
    return "\n\n".join(parts) + "\n"


def settings_rows() -> list[tuple[str, ...]]:
    notes = attribute_docs(Settings)
    defaults = Settings.model_fields
    return [(f"`{name}`", f"`{default_of(name, field)}`", notes.get(name, "")) for name, field in defaults.items()]


def default_of(name: str, field: Any) -> str:
    # What depends on the machine is described, so that this page is the same on every machine.
    return {"data_dir": "~/.local/share/pingxing", "workers": "number of cores"}.get(
        name, str(field.default) or "(empty)"
    )


def attribute_docs(cls: type) -> dict[str, str]:
    """The string under each field, which Python itself forgets."""
    file = Path(sys.modules[cls.__module__].__file__ or "")
    body = next(
        n for n in ast.parse(file.read_text("utf-8")).body if isinstance(n, ast.ClassDef) and n.name == cls.__name__
    ).body
    notes = {}
    for field, note in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(note, ast.Expr) and isinstance(note.value, ast.Constant):
            notes[ast.unparse(field.target)] = str(note.value.value).replace("\n    ", " ")
    return notes


def error_rows() -> list[tuple[str, ...]]:
    def leaves(kind: type[PingxingError]) -> list[type[PingxingError]]:
        return [kind, *(leaf for child in kind.__subclasses__() for leaf in leaves(child))]

    return [
        (
            f"`{kind.code}`",
            str(kind.status),
            str(kind.exit_code),
            *(words(kind.code, language) for language in ("en", "zh")),
        )
        for kind in leaves(PingxingError)
    ]


def words(code: str, language: Any) -> str:
    return f"{i18n.catalogue(language)[f'error.{code}']} {i18n.catalogue(language)[f'error.{code}.hint']}"


def commands(command: click.Command, path: str) -> list[str]:
    with click.Context(command, info_name=path, max_content_width=100) as context:
        text = [f"\n### {path}\n\n```\n{command.get_help(context)}\n```"]
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            text += commands(command.commands[name], f"{path} {name}")
    return text


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    cells = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells)


if __name__ == "__main__":
    sys.exit(main())
